//! What Stripe answers when it does not do what was asked (vendor facts 1.6).

use domain::Timestamp;
use transport::{ErrorKind, Failure, Response};

use super::clean::clean_text;
use super::json::{Json, Unread, read};

/// The vendor's own account of a refusal, in the parts it gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VendorProblem {
    /// The HTTP status.
    pub status: u16,
    /// Stripe's sort of error, such as `card_error`.
    pub kind: Option<String>,
    /// Stripe's code, such as `charge_already_refunded`; missing for some, such as a refund above
    /// the remainder.
    pub code: Option<String>,
    /// The bank's reason for a decline, such as `insufficient_funds`.
    pub decline_code: Option<String>,
    /// The parameter that is wrong.
    pub param: Option<String>,
    /// Stripe's sentence, card numbers and keys masked.
    pub message: Option<String>,
    /// Stripe's name for the call, to be quoted to its support.
    pub request_id: Option<String>,
    /// The payment that the failed try left behind, such as a declined one.
    pub payment_id: Option<String>,
    /// The payer's intention that the failed try left behind.
    pub payment_intent_id: Option<String>,
    /// Whether the body is Stripe's: a proxy or a captive portal answers in its own way, which says
    /// nothing about what Stripe did.
    pub from_vendor: bool,
}

/// Longest sentence of the vendor that is kept, in characters.
const MAX_MESSAGE: usize = 500;
/// Longest code or name of a parameter that is kept, in characters.
const MAX_WORD: usize = 200;

impl VendorProblem {
    /// Reads an answer that is no success. Every part may be missing, and the body may be anything.
    pub(crate) fn from_response(response: &Response) -> Self {
        let mut problem = read(&response.body, |tree| Self::from_tree(&tree)).unwrap_or_default();
        problem.status = response.status;
        problem.request_id = response.request_id.clone();
        problem
    }

    fn from_tree(tree: &Json<'_>) -> Self {
        let error = tree.get("error");
        let cut = |text: &str, most: usize| clean_text(&text.chars().take(most).collect::<String>());
        let word = |name: &str| error.get(name).as_text().map(|text| cut(text, MAX_WORD));
        let sentence = error.as_text().or_else(|| error.get("message").as_text());
        Self {
            status: 0,
            kind: word("type"),
            code: word("code"),
            decline_code: word("decline_code"),
            param: word("param"),
            message: sentence.map(|text| cut(text, MAX_MESSAGE)),
            request_id: None,
            payment_id: error.id_of("charge"),
            payment_intent_id: error.id_of("payment_intent"),
            from_vendor: matches!(error, Json::Map(_) | Json::Text(_)),
        }
    }

    /// Why, as a code that the shells have a sentence for. It follows the status, Stripe's code and
    /// the parameter, never the prose.
    pub fn reason_code(&self) -> &'static str {
        match (self.status, self.code.as_deref()) {
            (_, Some("charge_already_refunded")) => "already_refunded",
            (_, Some("charge_disputed" | "refund_disputed_payment")) => "payment_disputed",
            (_, Some("charge_not_refundable")) => "not_refundable",
            (_, Some("resource_missing")) => "not_found_at_vendor",
            (_, Some("idempotency_key_in_use")) => "key_in_use",
            (_, Some("amount_too_small" | "amount_too_large" | "parameter_invalid_integer")) => {
                "amount_refused"
            }
            (_, Some("payment_intent_unexpected_state" | "charge_already_captured")) => "wrong_state",
            (402, _) => "declined",
            _ if self.kind.as_deref() == Some("card_error") => "declined",
            _ if self.kind.as_deref() == Some("idempotency_error") => "key_misused",
            // Stripe gives no code for a refund above the remainder (vendor facts 1.11).
            (400, None) if self.param.as_deref() == Some("amount") => "amount_refused",
            (401, _) => "unauthorized",
            (403, _) => "forbidden",
            (404, _) => "not_found_at_vendor",
            (429, _) => "rate_limited",
            _ => "refused_by_vendor",
        }
    }

    /// The right that a restricted key lacks (`rak_charge_read`), where Stripe names it. It only
    /// stands in the sentence; it is shown, and nothing is decided by it.
    pub fn missing_right(&self) -> Option<String> {
        let message = self.message.as_deref()?;
        message
            .split(|one: char| !(one.is_ascii_alphanumeric() || one == '_'))
            .find(|word| word.starts_with("rak_"))
            .map(str::to_owned)
    }

    /// Whether something that was named was not found, rather than the address.
    pub(crate) fn is_about_an_object(&self) -> bool {
        self.code.as_deref() == Some("resource_missing")
    }

    /// Whether a cursor is what was not found: the object it names was deleted or is too old.
    pub(crate) fn is_about_cursor(&self) -> bool {
        self.is_about_an_object() && matches!(self.param.as_deref(), Some("starting_after" | "ending_before"))
    }
}

/// Why a read has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// 401: the key is wrong, expired or was rolled.
    #[error("Stripe does not accept the key")]
    Unauthorized(Box<VendorProblem>),
    /// 403: the key lacks a right.
    #[error("the key may not do this{}", right_in_words(.permission))]
    Forbidden {
        /// The right, where Stripe names it.
        permission: Option<String>,
        /// What Stripe said.
        problem: Box<VendorProblem>,
    },
    /// 404: no such object, in this mode, for this account.
    #[error("Stripe has no such object")]
    NotFound(Box<VendorProblem>),
    /// The object that a cursor names is gone; start again from a time.
    #[error("the place in the list is gone")]
    CursorGone(Box<VendorProblem>),
    /// 429 until the attempts were spent.
    #[error("Stripe refuses for the rate of requests")]
    RateLimited(Box<VendorProblem>),
    /// Any other refusal.
    #[error("Stripe refused the request with status {}", .0.status)]
    Refused(Box<VendorProblem>),
    /// 5xx or 424 until the attempts were spent.
    #[error("Stripe failed with status {}", .0.status)]
    ServerError(Box<VendorProblem>),
    /// No whole answer.
    #[error("no answer from Stripe: {kind}")]
    Unanswered {
        /// What went wrong last.
        kind: ErrorKind,
    },
    /// A success that cannot be read.
    #[error("the answer cannot be read: {what}")]
    Unreadable {
        /// Why.
        what: Unread,
        /// Stripe's name for the call.
        request_id: Option<String>,
    },
    /// A redirect, which is never followed: it would take the key elsewhere.
    #[error("the answer is a redirect, which is not followed")]
    Redirected,
    /// A list whose pages repeat themselves, or that never ends.
    #[error("the list repeats itself or does not end")]
    ListDoesNotEnd,
    /// The account has not been answering and is left alone.
    #[error("the account has not been answering; the next try is at {next_try}")]
    BreakerOpen {
        /// When one request is let through to see.
        next_try: Timestamp,
    },
    /// The time was spent waiting for the rate budget.
    #[error("the time for the call was spent waiting for the rate budget")]
    BudgetSpent,
    /// The request was refused here, such as for an id that is none.
    #[error("the request was not sent: {reason}")]
    NotSent {
        /// Why.
        reason: String,
    },
}

fn right_in_words(permission: &Option<String>) -> String {
    permission.as_ref().map(|right| format!("; it needs the right {right}")).unwrap_or_default()
}

impl CallError {
    /// Its code in the error table.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized(_) => "unauthorized",
            Self::Forbidden { .. } => "forbidden",
            Self::NotFound(_) => "not_found_at_vendor",
            Self::CursorGone(_) => "cursor_gone",
            Self::RateLimited(_) => "rate_limited",
            Self::Refused(problem) => problem.reason_code(),
            Self::ServerError(_) => "vendor_failed",
            Self::Unanswered { .. } => "unanswered",
            Self::Unreadable { .. } => "unreadable",
            Self::Redirected => "redirected",
            Self::ListDoesNotEnd => "list_does_not_end",
            Self::BreakerOpen { .. } => "breaker_open",
            Self::BudgetSpent => "budget_spent",
            Self::NotSent { .. } => "not_sent",
        }
    }

    /// What Stripe said, where it said something.
    pub fn problem(&self) -> Option<&VendorProblem> {
        match self {
            Self::Unauthorized(problem)
            | Self::Forbidden { problem, .. }
            | Self::NotFound(problem)
            | Self::CursorGone(problem)
            | Self::RateLimited(problem)
            | Self::Refused(problem)
            | Self::ServerError(problem) => Some(problem),
            _ => None,
        }
    }

    /// Whether the same call can succeed later without anybody mending anything.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::RateLimited(_)
                | Self::ServerError(_)
                | Self::Unanswered { .. }
                | Self::BreakerOpen { .. }
                | Self::BudgetSpent
        )
    }

    /// From an answer that is no success.
    pub(crate) fn from_response(response: &Response) -> Self {
        let problem = Box::new(VendorProblem::from_response(response));
        match response.status {
            300..=399 => Self::Redirected,
            401 => Self::Unauthorized(problem),
            403 => Self::Forbidden { permission: problem.missing_right(), problem },
            _ if problem.is_about_cursor() => Self::CursorGone(problem),
            404 => Self::NotFound(problem),
            429 => Self::RateLimited(problem),
            424 | 500.. => Self::ServerError(problem),
            _ => Self::Refused(problem),
        }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::InvalidRequest { reason } => Self::NotSent { reason },
            Failure::BreakerOpen { next_try } => Self::BreakerOpen { next_try },
            Failure::DeadlineSpent { .. } => Self::BudgetSpent,
            Failure::Unanswered(unanswered) => Self::Unanswered { kind: unanswered.kind },
        }
    }
}
