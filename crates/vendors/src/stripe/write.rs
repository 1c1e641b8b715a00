//! Sending a prepared write, and what its answer means for the intent behind it.

use domain::intent::{Input, Intent};
use domain::{Kind, Record, Timestamp};
use transport::{Body, ErrorKind, Failure, Request, Response};
use uuid::Uuid;

use super::Stripe;
use super::clean::clean;
use super::json::{Unread, read};
use super::made::{MadeObject, Mismatch, made_fits};
use super::observe::Circumstances;
use super::prepare::{Operation, PreparedWrite};
use super::problem::VendorProblem;
use super::records;

/// What came of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteAnswer {
    /// The vendor made or changed something, now or under the same key before. Whether it is what
    /// was asked for is told by [`WriteAnswer::as_input`].
    Made {
        /// What.
        object: Box<MadeObject>,
        /// The vendor's JSON of it, cleaned.
        json: Vec<u8>,
        /// The server's time of the answer.
        observed_at: Timestamp,
        /// Whether the answer was stored under the key before.
        replayed: bool,
        /// Stripe's name for the call.
        request_id: Option<String>,
    },
    /// The vendor says no.
    Refused {
        /// What it says.
        problem: Box<VendorProblem>,
        /// An earlier try of this call may have been carried out, so that this no proves nothing.
        in_doubt: bool,
    },
    /// The vendor did not look at it: the key is wrong (401), lacks the right (403), or the rate was
    /// too high (429).
    NotAdmitted {
        /// Whether trying later can help.
        later: bool,
        /// What it says.
        problem: Box<VendorProblem>,
        /// As for a refusal.
        in_doubt: bool,
    },
    /// 409: the same idempotency key is being worked on, or the object is locked.
    KeyInUse {
        /// What it says.
        problem: Box<VendorProblem>,
    },
    /// The idempotency key belongs to another request.
    KeyMisused {
        /// What it says.
        problem: Box<VendorProblem>,
    },
    /// 5xx, or 424: the vendor failed inside and may roll forward or back later.
    ServerError {
        /// The HTTP status.
        status: u16,
        /// Whether the answer was stored under the key before, so that nothing else will come.
        replayed: bool,
        /// What it says.
        problem: Box<VendorProblem>,
    },
    /// No whole answer.
    Unanswered {
        /// Whether the request may have reached the vendor.
        maybe_executed: bool,
        /// What went wrong last; none where it was not sent in time.
        kind: Option<ErrorKind>,
    },
    /// An answer that cannot be read, or is not Stripe's: it may have been carried out.
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// Why.
        what: Unread,
        /// Stripe's name for the call.
        request_id: Option<String>,
    },
    /// The account has not been answering; nothing was sent.
    BreakerOpen {
        /// When one request is let through to see.
        next_try: Timestamp,
    },
    /// The request was refused on this side; nothing was sent, and nothing will change that.
    NotSent {
        /// Why.
        reason: String,
    },
}

impl WriteAnswer {
    /// What the answer is to the intent machine.
    pub fn as_input(&self, intent: &Intent) -> Input {
        match self {
            Self::Made { object, .. } => match made_fits(object, intent) {
                Ok(()) => Input::Confirmed,
                Err(_) => Input::Contradicted,
            },
            // The machine then sends once more under the same key, and believes nothing without a
            // look, because it knows of the doubt.
            Self::Refused { in_doubt: true, .. } | Self::NotAdmitted { in_doubt: true, .. } => {
                Input::Unanswered { maybe_executed: true }
            }
            Self::Refused { .. } => Input::Refused,
            Self::NotAdmitted { later, .. } => Input::NotAdmitted { later: *later },
            Self::KeyInUse { .. } => Input::KeyInUse,
            Self::KeyMisused { .. } => Input::KeyMisused,
            Self::ServerError { status, replayed, .. } => {
                Input::ServerError { status: *status, replayed: *replayed }
            }
            Self::Unanswered { maybe_executed, .. } => Input::Unanswered { maybe_executed: *maybe_executed },
            Self::Unreadable { .. } => Input::Unanswered { maybe_executed: true },
            Self::BreakerOpen { .. } => Input::Unanswered { maybe_executed: false },
            Self::NotSent { .. } => Input::NotAdmitted { later: false },
        }
    }

    /// How what was made differs from what was asked for; none where it does not, or nothing was.
    pub fn mismatch(&self, intent: &Intent) -> Option<Mismatch> {
        match self {
            Self::Made { object, .. } => made_fits(object, intent).err(),
            _ => None,
        }
    }

    /// What the vendor said, where it said something.
    pub fn problem(&self) -> Option<&VendorProblem> {
        match self {
            Self::Refused { problem, .. }
            | Self::NotAdmitted { problem, .. }
            | Self::KeyInUse { problem }
            | Self::KeyMisused { problem }
            | Self::ServerError { problem, .. } => Some(problem),
            _ => None,
        }
    }

    /// Its code in the error table; none where something was made.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Made { .. } => return None,
            Self::Refused { problem, .. } | Self::NotAdmitted { problem, .. } => problem.reason_code(),
            Self::KeyInUse { .. } => "key_in_use",
            Self::KeyMisused { .. } => "key_misused",
            Self::ServerError { .. } => "vendor_failed",
            Self::Unanswered { .. } => "unanswered",
            Self::Unreadable { .. } => "unreadable",
            Self::BreakerOpen { .. } => "breaker_open",
            Self::NotSent { .. } => "not_sent",
        })
    }
}

impl Stripe {
    /// Sends a prepared write under its key. The caller has stored both before.
    pub async fn send_write(
        &self,
        write: &PreparedWrite,
        idempotency_key: &str,
        call_id: Uuid,
    ) -> WriteAnswer {
        let mut request = Request::new(write.operation.endpoint(), write.path.clone());
        request.body = Some(Body::Form(write.body.clone().into()));
        request.idempotency_key = Some(idempotency_key.to_owned());
        request.call_id = call_id;
        request.deadline = self.write_deadline;
        let answer = self.writes().send(request).await;
        if let Ok(response) = &answer {
            self.hear(response);
        }
        match answer {
            Ok(response) if response.is_success() => read_made(write, &response, self.around(&response)),
            Ok(response) => read_refusal(&response),
            Err(Failure::BreakerOpen { next_try }) => WriteAnswer::BreakerOpen { next_try },
            Err(Failure::DeadlineSpent { .. }) => {
                WriteAnswer::Unanswered { maybe_executed: false, kind: None }
            }
            Err(Failure::InvalidRequest { reason }) => WriteAnswer::NotSent { reason },
            Err(Failure::Unanswered(end)) => {
                WriteAnswer::Unanswered { maybe_executed: end.maybe_executed, kind: Some(end.kind) }
            }
        }
    }
}

/// What a success says, where it can be read and is of the sort that was asked for.
fn read_made(write: &PreparedWrite, response: &Response, around: Circumstances) -> WriteAnswer {
    let made = read(&response.body, |mut tree| {
        clean(&mut tree);
        if tree.flag("livemode").is_some_and(|live| live != around.live) {
            return Err(Unread::OtherMode);
        }
        let object = match records_kind(write.operation) {
            Some(kind) => match records::record(kind, &tree)? {
                Record::Refund(one) => MadeObject::Refund(one),
                Record::PaymentIntent(one) => MadeObject::PaymentIntent(one),
                Record::Payment(one) => MadeObject::Payment(one),
                Record::Customer(one) => MadeObject::Customer(one),
                _ => return Err(Unread::OtherObject),
            },
            None => MadeObject::PaymentMethod(records::saved_payment_method(&tree)?),
        };
        // The answer to "do this to that" must be about that. Only a payment method may get another
        // id by being attached: Stripe's test methods, such as `pm_card_visa`, are patterns.
        let may_differ = write.operation == Operation::AttachPaymentMethod;
        match write.target_id() {
            Some(target) if target != object.vendor_id() && !may_differ => Err(Unread::OtherObject),
            _ => Ok((object, tree.to_bytes())),
        }
    });
    match made.and_then(|made| made) {
        Ok((object, json)) => WriteAnswer::Made {
            object: Box::new(object),
            json,
            observed_at: around.seen_at,
            replayed: response.replayed,
            request_id: response.request_id.clone(),
        },
        Err(what) => unreadable(response, what),
    }
}

/// The kind of record that an operation answers with; none for payment methods.
fn records_kind(operation: Operation) -> Option<Kind> {
    match operation {
        Operation::CreateRefund | Operation::CancelRefund | Operation::UpdateRefund => Some(Kind::Refunds),
        Operation::CreatePayment
        | Operation::ConfirmPayment
        | Operation::CapturePayment
        | Operation::CancelPayment => Some(Kind::PaymentIntents),
        Operation::CaptureBarePayment => Some(Kind::Payments),
        Operation::CreateCustomer => Some(Kind::Customers),
        Operation::AttachPaymentMethod => None,
    }
}

fn unreadable(response: &Response, what: Unread) -> WriteAnswer {
    WriteAnswer::Unreadable { status: response.status, what, request_id: response.request_id.clone() }
}

/// What an answer that is no success means. Only Stripe's own words refuse: a page of a proxy or a
/// captive portal tells nothing about what Stripe did (vendor facts 1.6 and 1.7).
fn read_refusal(response: &Response) -> WriteAnswer {
    let problem = Box::new(VendorProblem::from_response(response));
    let in_doubt = response.earlier_attempt_may_have_run;
    let is_idempotency_error = problem.kind.as_deref() == Some("idempotency_error");
    match (response.status, problem.code.as_deref()) {
        (409, _) | (400, Some("idempotency_key_in_use")) => WriteAnswer::KeyInUse { problem },
        (424 | 500.., _) => {
            WriteAnswer::ServerError { status: response.status, replayed: response.replayed, problem }
        }
        (408, _) => WriteAnswer::Unanswered { maybe_executed: true, kind: None },
        (429, _) => WriteAnswer::NotAdmitted { later: true, problem, in_doubt },
        _ if !problem.from_vendor => unreadable(response, Unread::NotJson),
        (400..=499, _) if is_idempotency_error => WriteAnswer::KeyMisused { problem },
        (401 | 403, _) => WriteAnswer::NotAdmitted { later: false, problem, in_doubt },
        (400..=499, _) => WriteAnswer::Refused { problem, in_doubt },
        _ => unreadable(response, Unread::OtherObject),
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
