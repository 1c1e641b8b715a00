//! What a restricted key may do, found out without changing anything.

use domain::Kind;
use transport::{Body, Endpoint, Method, Request};

use super::form::Form;
use super::problem::{CallError, VendorProblem};
use super::{PageRequest, Stripe};

/// Whether the key may do one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// It may.
    Allowed,
    /// It may not.
    Denied,
    /// The vendor has no such thing for this account.
    NotOffered,
    /// Asking proved nothing; the first use will tell.
    UnknownUntilFirstUse,
}

impl Right {
    /// The word for it, over JSON and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::NotOffered => "not_offered",
            Self::UnknownUntilFirstUse => "unknown_until_first_use",
        }
    }
}

/// What the key may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// Reading each kind.
    pub reads: Vec<(Kind, Right)>,
    /// Making refunds.
    pub refunds: Right,
    /// Confirming, capturing and canceling payments.
    pub payments: Right,
    /// Making and changing customers.
    pub customers: Right,
}

impl Rights {
    /// Whether a kind may be read.
    pub fn read(&self, kind: Kind) -> Right {
        let found = self.reads.iter().find(|(one, _)| *one == kind);
        found.map_or(Right::UnknownUntilFirstUse, |(_, right)| *right)
    }
}

/// What a right is called where keys are made at Stripe (Dashboard, API keys, Create restricted key), by the words
/// that Paydesk has for it.
pub const PERMISSIONS: [(&str, &str); 11] = [
    ("read payments", "Charges and Refunds: Read"),
    ("read refunds", "Charges and Refunds: Read"),
    ("read payment_intents", "PaymentIntents: Read"),
    ("read customers", "Customers: Read"),
    ("read disputes", "Disputes: Read"),
    ("read balance_entries", "Balance: Read"),
    ("read payouts", "Payouts: Read"),
    ("read events", "Events: Read"),
    ("write refunds", "Charges and Refunds: Write"),
    ("write payments", "PaymentIntents: Write"),
    ("write customers", "Customers: Write"),
];

/// An id that Stripe never makes: the writes that carry it cannot hit anything.
const IMPOSSIBLE: &str = "paydesk_rights_probe";

impl Stripe {
    /// Finds out what the key may do: a read of one object of each kind, and writes to ids that do
    /// not exist. A write that is refused for the id was let in; one refused for the right was not.
    ///
    /// # Errors
    /// [`CallError::Unauthorized`] when the key is not accepted at all, and whatever keeps every
    /// call from being answered.
    pub async fn probe_rights(&self) -> Result<Rights, CallError> {
        let mut reads = Vec::with_capacity(Kind::ALL.len());
        for kind in Kind::ALL {
            reads.push((kind, self.probe_read(kind).await?));
        }
        let refund = Form::new().with("charge", format!("ch_{IMPOSSIBLE}")).with("amount", 1);
        let intent = format!("pi_{IMPOSSIBLE}");
        let customer = format!("cus_{IMPOSSIBLE}");
        let note = Form::new().with("description", "");
        Ok(Rights {
            reads,
            refunds: self.probe_write("/v1/refunds", &[], &refund).await?,
            payments: self.probe_write("/v1/payment_intents/{id}/cancel", &[&intent], &Form::new()).await?,
            customers: self.probe_write("/v1/customers/{id}", &[&customer], &note).await?,
        })
    }

    async fn probe_read(&self, kind: Kind) -> Result<Right, CallError> {
        let request = PageRequest { limit: 1, ..PageRequest::default() };
        match self.list(kind, &request).await {
            Ok(page) if page.offered => Ok(Right::Allowed),
            Ok(_) => Ok(Right::NotOffered),
            Err(error) => of_error(error),
        }
    }

    /// Sent without an idempotency key, so it goes out once and never again.
    async fn probe_write(
        &self,
        path_template: &'static str,
        ids: &[&str],
        form: &Form,
    ) -> Result<Right, CallError> {
        let endpoint = Endpoint { method: Method::POST, path_template };
        let path = endpoint.path(ids).map_err(|error| CallError::NotSent { reason: error.to_string() })?;
        let mut request = Request::new(endpoint, path);
        request.body = Some(Body::Form(form.encode().into()));
        request.deadline = self.read_deadline;
        // The reads before this were answered, so a write that is not says nothing about the account.
        let Ok(response) = self.writes().send(request).await else {
            return Ok(Right::UnknownUntilFirstUse);
        };
        if response.is_success() {
            // The vendor made something of an impossible id: nothing is known about the right.
            return Ok(Right::UnknownUntilFirstUse);
        }
        if is_refused_for_the_id(&VendorProblem::from_response(&response)) {
            return Ok(Right::Allowed);
        }
        of_error(CallError::from_response(&response))
    }
}

fn is_refused_for_the_id(problem: &VendorProblem) -> bool {
    matches!(problem.status, 400 | 404) && problem.code.as_deref() == Some("resource_missing")
}

fn of_error(error: CallError) -> Result<Right, CallError> {
    match error {
        CallError::Forbidden { .. } => Ok(Right::Denied),
        CallError::Unauthorized(_) | CallError::BreakerOpen { .. } | CallError::Unanswered { .. } => {
            Err(error)
        }
        _ => Ok(Right::UnknownUntilFirstUse),
    }
}
