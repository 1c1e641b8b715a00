//! From Stripe's objects to the records of `domain`: one file per sort of object.
//!
//! Every function here takes a cleaned tree. A field that decides about money must be exact or the
//! record is refused; every other field is taken where it fits and left out where it does not.

mod event;
mod money_movement;
mod payment;
mod people;
mod refund;

pub(crate) use event::event;
pub(crate) use money_movement::{balance_entry, payout};
pub(crate) use payment::{payment, payment_intent};
pub(crate) use people::{customer, saved_payment_method};
pub(crate) use refund::{dispute, refund};

use domain::{Kind, Record};

use super::json::{Json, Unread};

/// The name of our intent in the metadata of what it makes. It never changes: it is how a refund is
/// found again after a crash.
pub const INTENT_METADATA: &str = "paydesk_intent_id";

/// What Stripe calls the objects of a kind.
pub(crate) fn object_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Payments => "charge",
        Kind::Refunds => "refund",
        Kind::Customers => "customer",
        Kind::PaymentIntents => "payment_intent",
        Kind::Disputes => "dispute",
        Kind::BalanceEntries => "balance_transaction",
        Kind::Payouts => "payout",
        Kind::Events => "event",
    }
}

/// The kind that Stripe's word for an object names; none for what is not mirrored.
pub fn kind_of_object(word: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| object_word(*kind) == word)
}

/// The record in a cleaned tree, which must be the object that the kind says.
pub(crate) fn record(kind: Kind, tree: &Json<'_>) -> Result<Record, Unread> {
    if tree.get("object").as_text() != Some(object_word(kind)) {
        return Err(Unread::OtherObject);
    }
    Ok(match kind {
        Kind::Payments => Record::Payment(payment(tree)?),
        Kind::Refunds => Record::Refund(refund(tree)?),
        Kind::Customers => Record::Customer(customer(tree)?),
        Kind::PaymentIntents => Record::PaymentIntent(payment_intent(tree)?),
        Kind::Disputes => Record::Dispute(dispute(tree)?),
        Kind::BalanceEntries => Record::BalanceEntry(balance_entry(tree)?),
        Kind::Payouts => Record::Payout(payout(tree)?),
        Kind::Events => Record::Event(event(tree)?),
    })
}
