//! Writes before they are sent: the exact bytes, which the journal keeps in between.

use domain::card_number::contains_card_number;
use domain::{ExponentTable, IntentId, Money, MoneyError, RefundReason};
use transport::{Endpoint, Method};

use super::Stripe;
use super::form::{Form, Param};
use super::records::INTENT_METADATA;

/// What a write does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Gives money back.
    CreateRefund,
    /// Stops a refund that waits for the payer to act.
    CancelRefund,
    /// Changes the metadata of a refund, the only thing about it that can be changed.
    UpdateRefund,
    /// Starts a payer's intention to pay.
    CreatePayment,
    /// Confirms it.
    ConfirmPayment,
    /// Takes authorised money.
    CapturePayment,
    /// Takes authorised money of a payment that has no intention behind it.
    CaptureBarePayment,
    /// Lets authorised money go.
    CancelPayment,
    /// Makes a customer.
    CreateCustomer,
    /// Keeps a payment method for a customer.
    AttachPaymentMethod,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::CreateRefund,
        Self::CancelRefund,
        Self::UpdateRefund,
        Self::CreatePayment,
        Self::ConfirmPayment,
        Self::CapturePayment,
        Self::CaptureBarePayment,
        Self::CancelPayment,
        Self::CreateCustomer,
        Self::AttachPaymentMethod,
    ];

    /// The path, as it is logged and budgeted.
    pub fn path_template(self) -> &'static str {
        match self {
            Self::CreateRefund => "/v1/refunds",
            Self::CancelRefund => "/v1/refunds/{id}/cancel",
            Self::UpdateRefund => "/v1/refunds/{id}",
            Self::CreatePayment => "/v1/payment_intents",
            Self::ConfirmPayment => "/v1/payment_intents/{id}/confirm",
            Self::CapturePayment => "/v1/payment_intents/{id}/capture",
            Self::CaptureBarePayment => "/v1/charges/{id}/capture",
            Self::CancelPayment => "/v1/payment_intents/{id}/cancel",
            Self::CreateCustomer => "/v1/customers",
            Self::AttachPaymentMethod => "/v1/payment_methods/{id}/attach",
        }
    }

    pub(crate) fn endpoint(self) -> Endpoint {
        Endpoint { method: Method::POST, path_template: self.path_template() }
    }
}

/// A write that is ready to be sent, as often as needed, always in the same bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct PreparedWrite {
    /// What it does.
    pub operation: Operation,
    /// The path with its ids.
    pub path: String,
    /// The exact bytes of the form.
    pub body: String,
}

/// Shows no path and no body: they hold ids and personal data.
impl std::fmt::Debug for PreparedWrite {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.body.len();
        formatter
            .debug_struct("PreparedWrite")
            .field("operation", &self.operation)
            .field("bytes", &bytes)
            .finish()
    }
}

impl PreparedWrite {
    /// The write that a journal row holds; none where its path is none of ours.
    pub fn from_journal(path: &str, body: &str) -> Option<Self> {
        let operation = Operation::ALL.into_iter().find(|operation| {
            let template = operation.path_template();
            let fits = |(expected, actual): (&str, &str)| {
                if expected.starts_with('{') { !actual.is_empty() } else { expected == actual }
            };
            template.split('/').count() == path.split('/').count()
                && template.split('/').zip(path.split('/')).all(fits)
        })?;
        Some(Self { operation, path: path.to_owned(), body: body.to_owned() })
    }

    /// The id in the path, where there is one. Ids of Stripe need no encoding in a path.
    pub fn target_id(&self) -> Option<&str> {
        let place = self.operation.path_template().split('/').position(|segment| segment.starts_with('{'))?;
        self.path.split('/').nth(place)
    }

    fn new(operation: Operation, ids: &[&str], form: &Form) -> Result<Self, BuildError> {
        if !ids.iter().all(|id| is_plain_id(id)) {
            return Err(BuildError::BadId);
        }
        let path = operation.endpoint().path(ids).map_err(|_| BuildError::BadId)?;
        Ok(Self { operation, path, body: form.encode() })
    }
}

/// Why a write was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Not an id of Stripe.
    #[error("this is not an id of Stripe, or not one that this can be done to")]
    BadId,
    /// Zero or less.
    #[error("the amount must be more than zero")]
    AmountNotPositive,
    /// Not an amount that Stripe takes in this currency.
    #[error(transparent)]
    Amount(#[from] MoneyError),
    /// A reason that Stripe takes from nobody.
    #[error("the reason must be duplicate, fraudulent or requested_by_customer")]
    Reason,
    /// A card number in a text; Paydesk neither keeps nor sends them.
    #[error("the {field} holds a card number")]
    CardNumber {
        /// Which text.
        field: &'static str,
    },
    /// A text longer than Stripe takes.
    #[error("the {field} is too long")]
    TooLong {
        /// Which text.
        field: &'static str,
    },
    /// A name of metadata that Stripe does not take.
    #[error("a metadata key has 1 to 40 characters and no brackets")]
    MetadataKey,
}

impl BuildError {
    /// Its code in the error table.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadId => "bad_id",
            Self::AmountNotPositive => "amount_not_positive",
            Self::Amount(_) => "amount_not_taken",
            Self::Reason => "bad_reason",
            Self::CardNumber { .. } => "card_number",
            Self::TooLong { .. } => "too_long",
            Self::MetadataKey => "bad_metadata_key",
        }
    }
}

/// What a new payer's intention is made from.
#[derive(Debug, Clone)]
pub struct NewPayment<'a> {
    /// Our intent, which goes into its metadata.
    pub intent_id: IntentId,
    /// What is to be paid.
    pub amount: Money,
    /// The customer who pays.
    pub customer_id: Option<&'a str>,
    /// The payment method, or a test token such as `pm_card_visa`.
    pub payment_method_id: Option<&'a str>,
    /// Which methods may be used; `card` where empty.
    pub methods: &'a [&'a str],
    /// Whether it is confirmed at once.
    pub confirm: bool,
    /// Whether the money is only authorised and captured later.
    pub capture_later: bool,
    /// What it is for.
    pub description: Option<&'a str>,
    /// Where the receipt goes.
    pub receipt_email: Option<&'a str>,
}

/// What a new customer is made from.
#[derive(Debug, Clone)]
pub struct NewCustomer<'a> {
    /// Our intent, which goes into its metadata.
    pub intent_id: IntentId,
    /// Email address.
    pub email: Option<&'a str>,
    /// Name.
    pub name: Option<&'a str>,
    /// Telephone number.
    pub phone: Option<&'a str>,
    /// A note.
    pub description: Option<&'a str>,
}

impl Stripe {
    /// A refund of a payment (`ch_…`, `py_…`) or of what a payer's intention brought (`pi_…`). The
    /// amount is always sent: without it Stripe would take whatever is left at that moment.
    ///
    /// # Errors
    /// Where Stripe would refuse it, or the id is none.
    pub fn build_refund(
        intent_id: IntentId,
        payment_id: &str,
        amount: Money,
        reason: Option<&RefundReason>,
    ) -> Result<PreparedWrite, BuildError> {
        let target = match payment_id.split_once('_') {
            Some(("ch" | "py", _)) => "charge",
            Some(("pi", _)) => "payment_intent",
            _ => return Err(BuildError::BadId),
        };
        if !is_plain_id(payment_id) {
            return Err(BuildError::BadId);
        }
        if matches!(reason, Some(RefundReason::Other(_))) {
            return Err(BuildError::Reason);
        }
        let form = Form::new()
            .with(target, payment_id)
            .with("amount", positive(amount)?.minor)
            .with_some("reason", reason.map(RefundReason::as_str))
            .with("metadata", marked_with(INTENT_METADATA, intent_id));
        PreparedWrite::new(Operation::CreateRefund, &[], &form)
    }

    /// Stops a refund; Stripe takes it only from `requires_action`.
    ///
    /// # Errors
    /// Where the id is none.
    pub fn build_cancel_refund(refund_id: &str) -> Result<PreparedWrite, BuildError> {
        PreparedWrite::new(Operation::CancelRefund, &[refund_id], &Form::new())
    }

    /// Changes metadata of a refund; a value of `None` removes the key.
    ///
    /// # Errors
    /// Where a key or value is none that Stripe takes, or the id is none.
    pub fn build_update_refund_metadata(
        refund_id: &str,
        changes: &[(&str, Option<&str>)],
    ) -> Result<PreparedWrite, BuildError> {
        let mut pairs = Vec::with_capacity(changes.len());
        for (key, value) in changes {
            let length = key.chars().count();
            if !(1..=40).contains(&length) || key.contains(['[', ']']) {
                return Err(BuildError::MetadataKey);
            }
            let value = free_text("metadata", *value, 500)?;
            pairs.push(((*key).to_owned(), value.map_or(Param::Unset, Param::from)));
        }
        let form = Form::new().with("metadata", Param::Map(pairs));
        PreparedWrite::new(Operation::UpdateRefund, &[refund_id], &form)
    }

    /// Starts a payer's intention to pay.
    ///
    /// # Errors
    /// Where Stripe would refuse it.
    pub fn build_create_payment(payment: &NewPayment<'_>) -> Result<PreparedWrite, BuildError> {
        let ids = [payment.customer_id, payment.payment_method_id];
        if !ids.into_iter().flatten().all(is_plain_id) {
            return Err(BuildError::BadId);
        }
        let amount = positive(payment.amount)?;
        let methods = if payment.methods.is_empty() { &["card"][..] } else { payment.methods };
        let form = Form::new()
            .with("amount", amount.minor)
            .with("currency", amount.currency.code().to_ascii_lowercase())
            .with("payment_method_types", Param::List(methods.iter().map(|one| Param::from(*one)).collect()))
            .with_some("customer", payment.customer_id)
            .with_some("payment_method", payment.payment_method_id)
            .with_some("confirm", payment.confirm.then_some(true))
            .with_some("capture_method", payment.capture_later.then_some("manual"))
            .with_some("description", free_text("description", payment.description, 1000)?)
            .with_some("receipt_email", free_text("email", payment.receipt_email, 512)?)
            .with("metadata", marked_with(INTENT_METADATA, payment.intent_id));
        PreparedWrite::new(Operation::CreatePayment, &[], &form)
    }

    /// Confirms a payer's intention, with a payment method where it has none yet.
    ///
    /// # Errors
    /// Where an id is none.
    pub fn build_confirm_payment(
        payment_intent_id: &str,
        payment_method_id: Option<&str>,
    ) -> Result<PreparedWrite, BuildError> {
        if !payment_method_id.is_none_or(is_plain_id) {
            return Err(BuildError::BadId);
        }
        let form = Form::new().with_some("payment_method", payment_method_id);
        PreparedWrite::new(Operation::ConfirmPayment, &[payment_intent_id], &form)
    }

    /// Takes authorised money of a payer's intention (`pi_…`), or of a payment that has none behind
    /// it (`ch_…`). The amount is always sent; what is above it is let go.
    ///
    /// # Errors
    /// Where Stripe would refuse it, or the id is none.
    pub fn build_capture(target_id: &str, amount: Money) -> Result<PreparedWrite, BuildError> {
        let minor = positive(amount)?.minor;
        match target_id.split_once('_') {
            Some(("pi", _)) => {
                let form = Form::new().with("amount_to_capture", minor);
                PreparedWrite::new(Operation::CapturePayment, &[target_id], &form)
            }
            Some(("ch" | "py", _)) => {
                let form = Form::new().with("amount", minor);
                PreparedWrite::new(Operation::CaptureBarePayment, &[target_id], &form)
            }
            _ => Err(BuildError::BadId),
        }
    }

    /// Gives up a payer's intention; authorised money is let go.
    ///
    /// # Errors
    /// Where the id is none.
    pub fn build_cancel_payment(
        payment_intent_id: &str,
        reason: Option<&str>,
    ) -> Result<PreparedWrite, BuildError> {
        let form = Form::new().with_some("cancellation_reason", reason);
        PreparedWrite::new(Operation::CancelPayment, &[payment_intent_id], &form)
    }

    /// Makes a customer.
    ///
    /// # Errors
    /// Where a text is none that Stripe takes.
    pub fn build_create_customer(customer: &NewCustomer<'_>) -> Result<PreparedWrite, BuildError> {
        let form = Form::new()
            .with_some("email", free_text("email", customer.email, 512)?)
            .with_some("name", free_text("name", customer.name, 256)?)
            .with_some("phone", free_text("phone", customer.phone, 20)?)
            .with_some("description", free_text("description", customer.description, 1000)?)
            .with("metadata", marked_with(INTENT_METADATA, customer.intent_id));
        PreparedWrite::new(Operation::CreateCustomer, &[], &form)
    }

    /// Keeps a payment method for a customer.
    ///
    /// # Errors
    /// Where an id is none.
    pub fn build_attach_payment_method(
        payment_method_id: &str,
        customer_id: &str,
    ) -> Result<PreparedWrite, BuildError> {
        if !is_plain_id(customer_id) {
            return Err(BuildError::BadId);
        }
        let form = Form::new().with("customer", customer_id);
        PreparedWrite::new(Operation::AttachPaymentMethod, &[payment_method_id], &form)
    }
}

/// Ids are opaque and of any length, but never hold more than these characters.
fn is_plain_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !id.is_empty() && id.len() <= 255 && id.bytes().all(plain)
}

fn positive(amount: Money) -> Result<Money, BuildError> {
    if amount.minor <= 0 {
        return Err(BuildError::AmountNotPositive);
    }
    Ok(amount.on_step(ExponentTable::Stripe)?)
}

fn marked_with(key: &str, intent_id: IntentId) -> Param {
    Param::Map(vec![(key.to_owned(), Param::Text(intent_id.to_string()))])
}

fn free_text<'a>(
    field: &'static str,
    text: Option<&'a str>,
    most: usize,
) -> Result<Option<&'a str>, BuildError> {
    match text {
        Some(text) if contains_card_number(text) => Err(BuildError::CardNumber { field }),
        Some(text) if text.chars().count() > most => Err(BuildError::TooLong { field }),
        other => Ok(other),
    }
}

#[cfg(test)]
#[path = "prepare_tests.rs"]
mod tests;
