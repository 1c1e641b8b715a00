//! What SendGrid answers, and what that says about a mail.

use std::time::Duration;

use domain::Timestamp;
use domain::card_number::mask_card_numbers;
use transport::{Body, ErrorKind, Failure, Request, Response};
use uuid::Uuid;

use super::SendGrid;

/// Longest sentence of the vendor that is kept, in characters.
const MAX_MESSAGE: usize = 500;
/// Longest id of SendGrid's that is kept, in bytes.
const MAX_ID: usize = 200;
/// Longest time for a send, the wait for the rate budget included.
const SEND_DEADLINE: Duration = Duration::from_secs(30);

/// What SendGrid says of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// Its sentence, without card numbers.
    pub message: Option<String>,
    /// The field that is wrong.
    pub field: Option<String>,
    /// Whether the body is SendGrid's, and not that of a proxy on the way.
    pub from_vendor: bool,
}

impl Problem {
    fn of(response: &Response) -> Self {
        let tree: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let first = &tree["errors"][0];
        let cut = |value: &serde_json::Value| {
            let text = value.as_str()?;
            Some(mask_card_numbers(&text.chars().take(MAX_MESSAGE).collect::<String>()))
        };
        Self {
            status: response.status,
            message: cut(&first["message"]),
            field: cut(&first["field"]),
            from_vendor: tree["errors"].is_array(),
        }
    }

    /// Its words, or the status where it said nothing.
    pub fn words(&self) -> String {
        self.message.clone().unwrap_or_else(|| format!("HTTP {}", self.status))
    }
}

/// What came of sending a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailAnswer {
    /// 202: SendGrid took it and will send it.
    Taken {
        /// SendGrid's id of it; what it tells later begins with that.
        vendor_id: Option<String>,
    },
    /// 200 in sandbox mode: SendGrid checked it and delivers nothing.
    Checked,
    /// SendGrid says no in its own words; it was not taken.
    Refused(Box<Problem>),
    /// Not looked at: the rate was too high, the breaker is open, or nothing left this machine.
    NotAdmitted {
        /// Why, as a code.
        code: &'static str,
        /// Whether trying later can help.
        later: bool,
        /// When that may be, where it is known.
        not_before: Option<Timestamp>,
        /// What SendGrid said, where it said something.
        problem: Option<Box<Problem>>,
    },
    /// It may have been taken: no whole answer, one of a server that failed, or one that is not SendGrid's.
    InDoubt {
        /// Why, as a code.
        code: &'static str,
    },
}

impl SendGrid {
    /// Sends a mail once. The caller has stored it before, and never sends it again after [`MailAnswer::InDoubt`].
    pub async fn send_mail(&self, body: Vec<u8>, sandbox_mode: bool, call_id: Uuid) -> MailAnswer {
        let endpoint =
            transport::Endpoint { method: transport::Method::POST, path_template: "/v3/mail/send" };
        let mut request = Request::new(endpoint, "/v3/mail/send");
        request.body = Some(Body::Json(body.into()));
        request.call_id = call_id;
        request.deadline = SEND_DEADLINE;
        match self.client.send(request).await {
            Ok(response) => read_answer(&response, sandbox_mode),
            Err(Failure::BreakerOpen { next_try }) => not_admitted("breaker_open", true, Some(next_try)),
            Err(Failure::DeadlineSpent { .. }) => not_admitted("rate_limited", true, None),
            Err(Failure::InvalidRequest { .. }) => not_admitted("not_sent", false, None),
            Err(Failure::Unanswered(end)) if end.maybe_executed => MailAnswer::InDoubt { code: "unanswered" },
            Err(Failure::Unanswered(end)) => {
                not_admitted("unreachable", end.kind != ErrorKind::Certificate, None)
            }
        }
    }
}

fn not_admitted(code: &'static str, later: bool, not_before: Option<Timestamp>) -> MailAnswer {
    MailAnswer::NotAdmitted { code, later, not_before, problem: None }
}

/// Only SendGrid's own words refuse: a page of a proxy tells nothing of what SendGrid did.
fn read_answer(response: &Response, sandbox_mode: bool) -> MailAnswer {
    let problem = Box::new(Problem::of(response));
    match response.status {
        202 => MailAnswer::Taken { vendor_id: response.headers.get("x-message-id").and_then(usable_id) },
        200 if sandbox_mode && response.body.is_empty() => MailAnswer::Checked,
        429 => MailAnswer::NotAdmitted {
            code: "rate_limited",
            later: true,
            not_before: reset_at(response),
            problem: Some(problem),
        },
        400..=499 if response.status != 408 && problem.from_vendor => MailAnswer::Refused(problem),
        500..=599 => MailAnswer::InDoubt { code: "vendor_failed" },
        _ => MailAnswer::InDoubt { code: "unreadable" },
    }
}

/// When the rate is free again: `X-RateLimit-Reset` is in seconds since 1970 (vendor facts 3).
fn reset_at(response: &Response) -> Option<Timestamp> {
    let text = response.headers.get("x-ratelimit-reset")?.trim();
    let seconds: u32 = text.parse().ok()?;
    Some(Timestamp::from_seconds(i64::from(seconds)))
}

/// An id as SendGrid makes them; anything else is not kept.
pub(super) fn usable_id(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    (!text.is_empty() && text.len() <= MAX_ID && plain).then(|| text.to_owned())
}

/// Why a read has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// 401: the key is wrong, was deleted, or is of the other region.
    #[error("SendGrid does not accept the key")]
    Unauthorized(Box<Problem>),
    /// 403: the key lacks a scope.
    #[error("the key may not do this")]
    Forbidden(Box<Problem>),
    /// 429 until the tries were spent.
    #[error("SendGrid refuses for the rate of requests")]
    RateLimited(Box<Problem>),
    /// Any other refusal.
    #[error("SendGrid refused the request with status {}", .0.status)]
    Refused(Box<Problem>),
    /// No whole answer, or a server that failed.
    #[error("no answer from SendGrid")]
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
        match response.status {
            401 => Self::Unauthorized(problem),
            403 => Self::Forbidden(problem),
            429 => Self::RateLimited(problem),
            400..=499 => Self::Refused(problem),
            _ => Self::Unanswered,
        }
    }

    /// What SendGrid said, where it said something.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Unauthorized(problem)
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
