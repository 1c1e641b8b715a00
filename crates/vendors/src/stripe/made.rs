//! What a write made, held against the intent that asked for it.

use domain::intent::{Intent, IntentKind};
use domain::{
    Customer, Money, Payment, PaymentIntent, PaymentIntentStatus, Record, Refund, RefundStatus,
    SavedPaymentMethod,
};

use super::records::INTENT_METADATA;

/// What the vendor made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one per write, and `WriteAnswer` keeps it in a box")]
pub enum MadeObject {
    /// A refund, new or changed.
    Refund(Refund),
    /// A payer's intention, new or changed.
    PaymentIntent(PaymentIntent),
    /// A payment that was captured.
    Payment(Payment),
    /// A customer.
    Customer(Customer),
    /// A payment method that was attached.
    PaymentMethod(SavedPaymentMethod),
}

impl MadeObject {
    /// The vendor's id of it.
    pub fn vendor_id(&self) -> &str {
        match self {
            Self::Refund(one) => &one.vendor_id,
            Self::PaymentIntent(one) => &one.vendor_id,
            Self::Payment(one) => &one.vendor_id,
            Self::Customer(one) => &one.vendor_id,
            Self::PaymentMethod(one) => &one.vendor_id,
        }
    }

    /// Its status, where it has one.
    pub fn status(&self) -> Option<&str> {
        match self {
            Self::Refund(one) => Some(one.status.as_str()),
            Self::PaymentIntent(one) => Some(one.status.as_str()),
            Self::Payment(one) => Some(one.status.as_str()),
            Self::Customer(_) | Self::PaymentMethod(_) => None,
        }
    }

    /// It as a record for the mirror; payment methods are not mirrored.
    pub fn into_record(self) -> Option<Record> {
        match self {
            Self::Refund(one) => Some(Record::Refund(one)),
            Self::PaymentIntent(one) => Some(Record::PaymentIntent(one)),
            Self::Payment(one) => Some(Record::Payment(one)),
            Self::Customer(one) => Some(Record::Customer(one)),
            Self::PaymentMethod(_) => None,
        }
    }
}

/// How what was made differs from what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// Another amount or currency.
    Amount,
    /// Of another payment.
    Payment,
    /// It carries another intent of ours.
    Intent,
    /// Another object than the one that was acted on.
    Object,
    /// It did not become what was asked for.
    Status,
}

impl Mismatch {
    /// Its code in the error table.
    pub fn code(self) -> &'static str {
        match self {
            Self::Amount => "other_amount",
            Self::Payment => "other_payment",
            Self::Intent => "other_intent",
            Self::Object => "other_object",
            Self::Status => "other_status",
        }
    }
}

/// Holds a refund against the intent that asked for it: amount, currency, payment and our id in its
/// metadata. Used for the answer of a write and for what a look finds.
///
/// # Errors
/// The first difference.
pub fn refund_fits(refund: &Refund, intent: &Intent) -> Result<(), Mismatch> {
    if intent.amount != Some(refund.amount) {
        return Err(Mismatch::Amount);
    }
    let target = intent.target_id.as_deref();
    let is_of_target = [&refund.payment_id, &refund.payment_intent_id]
        .into_iter()
        .any(|id| id.is_some() && id.as_deref() == target);
    if !is_of_target {
        return Err(Mismatch::Payment);
    }
    own_intent(refund.intent_id.as_deref(), intent)
}

/// An object without our id is taken for ours when it came as the answer; one with another id never.
fn own_intent(found: Option<&str>, intent: &Intent) -> Result<(), Mismatch> {
    let own = intent.id.to_string();
    if found.is_none_or(|found| found == own) { Ok(()) } else { Err(Mismatch::Intent) }
}

fn marked_intent(metadata: &[(String, String)]) -> Option<&str> {
    metadata.iter().find(|(name, _)| name == INTENT_METADATA).map(|(_, value)| value.as_str())
}

fn ensure(fits: bool, mismatch: Mismatch) -> Result<(), Mismatch> {
    if fits { Ok(()) } else { Err(mismatch) }
}

/// Holds what was made against the intent that asked for it.
pub(crate) fn made_fits(object: &MadeObject, intent: &Intent) -> Result<(), Mismatch> {
    let is_target = intent.target_id.as_deref() == Some(object.vendor_id());
    match (intent.kind, object) {
        (IntentKind::Refund, MadeObject::Refund(refund)) => refund_fits(refund, intent),
        (IntentKind::CancelRefund, MadeObject::Refund(refund)) => {
            ensure(is_target, Mismatch::Object)?;
            ensure(refund.status == RefundStatus::Canceled, Mismatch::Status)
        }
        (IntentKind::CreatePayment, MadeObject::PaymentIntent(made)) => {
            ensure(intent.amount == Some(made.amount), Mismatch::Amount)?;
            own_intent(marked_intent(&made.metadata), intent)
        }
        (IntentKind::ConfirmPayment, MadeObject::PaymentIntent(_)) => ensure(is_target, Mismatch::Object),
        (IntentKind::Capture, MadeObject::PaymentIntent(made)) => {
            ensure(is_target, Mismatch::Object)?;
            let captured = Money::new(made.received_minor, made.amount.currency);
            ensure(intent.amount.is_none_or(|asked| asked == captured), Mismatch::Amount)
        }
        (IntentKind::Capture, MadeObject::Payment(made)) => {
            ensure(is_target, Mismatch::Object)?;
            let captured = Money::new(made.captured_minor, made.amount.currency);
            // An old version without `amount_captured` states the remainder as refunded.
            let kept = Money::new(made.captured_minor - made.refunded_minor, made.amount.currency);
            ensure(intent.amount.is_none_or(|asked| asked == captured || asked == kept), Mismatch::Amount)
        }
        (IntentKind::CancelPayment, MadeObject::PaymentIntent(made)) => {
            ensure(is_target, Mismatch::Object)?;
            ensure(made.status == PaymentIntentStatus::Canceled, Mismatch::Status)
        }
        (IntentKind::CreateCustomer, MadeObject::Customer(made)) => {
            own_intent(marked_intent(&made.metadata), intent)
        }
        (IntentKind::AttachPaymentMethod, MadeObject::PaymentMethod(_)) => Ok(()),
        _ => Err(Mismatch::Object),
    }
}
