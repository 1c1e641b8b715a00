//! What Twilio answers, and what that says about a message.

use domain::Timestamp;
use domain::card_number::mask_card_numbers;
use serde_json::Value;
use transport::{ErrorKind, Failure, Response};

use super::key::is_sid;
use super::reasons::reason;

/// Longest sentence of the vendor that is kept, in characters.
const MAX_MESSAGE: usize = 500;
/// Twilio's number for too many requests at once.
const TOO_MANY: u32 = 20429;
/// Twilio's number for what test credentials may not do.
const TEST_CREDENTIALS: u32 = 20008;

/// What Twilio says of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// Twilio's number for it; none where the body is not Twilio's, but that of a proxy on the way.
    pub code: Option<u32>,
    /// Its sentence, without card numbers.
    pub message: Option<String>,
}

impl Problem {
    pub(super) fn of(response: &Response) -> Self {
        let tree: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let message = tree["message"].as_str();
        let cut = |text: &str| mask_card_numbers(&text.chars().take(MAX_MESSAGE).collect::<String>());
        Self {
            status: response.status,
            code: tree["code"].as_u64().and_then(|code| u32::try_from(code).ok()),
            message: message.map(cut),
        }
    }

    /// Why, in a word of ours with Twilio's number, or the status where it gave none.
    pub fn reason(&self) -> String {
        self.code.map_or_else(|| format!("HTTP {}", self.status), reason)
    }

    /// Its sentence, or the status where it said nothing.
    pub fn words(&self) -> String {
        self.message.clone().unwrap_or_else(|| format!("HTTP {}", self.status))
    }
}

/// What came of sending a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmsAnswer {
    /// 201: Twilio took it and will send it.
    Taken {
        /// Twilio's id of it.
        vendor_id: String,
        /// How many messages it is on the air, as Twilio counts, where it says so at once.
        segments: Option<u32>,
    },
    /// Twilio says no in its own words; it was not taken.
    Refused(Box<Problem>),
    /// Not looked at: the rate was too high, the breaker is open, or nothing left this machine.
    NotAdmitted {
        /// Why, as a code.
        code: &'static str,
        /// Whether trying later can help.
        later: bool,
        /// When that may be, where it is known.
        not_before: Option<Timestamp>,
    },
    /// It may have been taken: no whole answer, one of a server that failed, or one that is not Twilio's.
    InDoubt {
        /// Why, as a code.
        code: &'static str,
    },
}

impl SmsAnswer {
    pub(super) fn of(result: Result<Response, Failure>) -> Self {
        let not_admitted = |code, later, not_before| Self::NotAdmitted { code, later, not_before };
        match result {
            Ok(response) => read_answer(&response),
            Err(Failure::BreakerOpen { next_try }) => not_admitted("breaker_open", true, Some(next_try)),
            Err(Failure::DeadlineSpent { .. }) => not_admitted("rate_limited", true, None),
            Err(Failure::InvalidRequest { .. }) => not_admitted("not_sent", false, None),
            Err(Failure::Unanswered(end)) if end.maybe_executed => Self::InDoubt { code: "unanswered" },
            Err(Failure::Unanswered(end)) => {
                not_admitted("unreachable", end.kind != ErrorKind::Certificate, None)
            }
        }
    }
}

/// Only Twilio's own numbers refuse: a page of a proxy tells nothing of what Twilio did.
fn read_answer(response: &Response) -> SmsAnswer {
    let problem = Box::new(Problem::of(response));
    match response.status {
        200 | 201 => {
            let tree: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            match tree["sid"].as_str().filter(|sid| is_message_sid(sid)) {
                Some(sid) => {
                    let segments = tree["num_segments"].as_str().and_then(|text| text.parse().ok());
                    // Of a messaging service Twilio knows only later which sender it takes, and says nought until then.
                    let segments = segments.filter(|segments| *segments > 0);
                    SmsAnswer::Taken { vendor_id: sid.to_owned(), segments }
                }
                None => SmsAnswer::InDoubt { code: "unreadable" },
            }
        }
        429 if problem.code.is_none_or(|code| code == TOO_MANY) => {
            SmsAnswer::NotAdmitted { code: "rate_limited", later: true, not_before: None }
        }
        400..=499 if response.status != 408 && problem.code.is_some() => SmsAnswer::Refused(problem),
        500..=599 => SmsAnswer::InDoubt { code: "vendor_failed" },
        _ => SmsAnswer::InDoubt { code: "unreadable" },
    }
}

/// Whether a text is an id of a message: `SM…`, or `MM…` of one with pictures.
pub(super) fn is_message_sid(text: &str) -> bool {
    is_sid("SM", text) || is_sid("MM", text)
}

/// Why a read has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// 401: the key is wrong, was deleted, or is of another region.
    #[error("Twilio does not accept the key")]
    Unauthorized(Box<Problem>),
    /// These are test credentials, which can do nothing but send to nobody.
    #[error("test credentials can read nothing")]
    TestCredentials(Box<Problem>),
    /// 403: the key may not do this.
    #[error("the key may not do this")]
    Forbidden(Box<Problem>),
    /// 429 until the tries were spent.
    #[error("Twilio refuses for the rate of requests")]
    RateLimited(Box<Problem>),
    /// Any other refusal.
    #[error("Twilio refused the request with status {}", .0.status)]
    Refused(Box<Problem>),
    /// No whole answer, or a server that failed.
    #[error("no answer from Twilio")]
    Unanswered,
    /// A success that cannot be read.
    #[error("the answer cannot be read")]
    Unreadable,
    /// The account has not been answering and is left alone.
    #[error("the account has not been answering; the next try is at {next_try}")]
    BreakerOpen {
        /// When one request is let through to see.
        next_try: Timestamp,
    },
}

impl CallError {
    pub(super) fn of(response: &Response) -> Self {
        let problem = Box::new(Problem::of(response));
        match (response.status, problem.code) {
            (401 | 403, Some(TEST_CREDENTIALS)) => Self::TestCredentials(problem),
            (401, _) => Self::Unauthorized(problem),
            (403, _) => Self::Forbidden(problem),
            (429, _) => Self::RateLimited(problem),
            (400..=499, _) => Self::Refused(problem),
            _ => Self::Unanswered,
        }
    }

    /// What Twilio said, where it said something.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Unauthorized(problem)
            | Self::TestCredentials(problem)
            | Self::Forbidden(problem)
            | Self::RateLimited(problem)
            | Self::Refused(problem) => Some(problem),
            Self::Unanswered | Self::Unreadable | Self::BreakerOpen { .. } => None,
        }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::BreakerOpen { next_try } => Self::BreakerOpen { next_try },
            _ => Self::Unanswered,
        }
    }
}
