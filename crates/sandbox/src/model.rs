//! The rows of the simulated account.
//!
//! Rows are compact and refer to each other by number; each list is in the order of `created`, which is what makes newest-first pages and `created` ranges a
//! matter of slicing.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cards::{Card, Decline};
use crate::currency::Currency;
use crate::ids::Kind;

/// Shared text: the same name stands on a customer, their cards and all their charges.
pub(crate) type Text = Arc<str>;
/// Metadata in the order it was set.
pub(crate) type Metadata = Vec<(Text, Text)>;

/// A postal address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Address {
    pub(crate) line1: Option<Text>,
    pub(crate) line2: Option<Text>,
    pub(crate) city: Option<Text>,
    pub(crate) state: Option<Text>,
    pub(crate) postal_code: Option<Text>,
    pub(crate) country: Option<Text>,
}

/// Who pays, as `billing_details` shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contact {
    pub(crate) name: Option<Text>,
    pub(crate) email: Option<Text>,
    pub(crate) phone: Option<Text>,
    pub(crate) address: Address,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Customer {
    pub(crate) created: i64,
    pub(crate) name: Option<Text>,
    pub(crate) email: Option<Text>,
    pub(crate) phone: Option<Text>,
    pub(crate) description: Option<Text>,
    pub(crate) address: Option<Arc<Address>>,
    pub(crate) locale: Option<&'static str>,
    pub(crate) metadata: Metadata,
    pub(crate) default_source: Option<u32>,
    pub(crate) default_method: Option<u32>,
    pub(crate) deleted: bool,
    /// Places of this customer's objects, so that `?customer=` needs no scan.
    pub(crate) methods: Vec<u32>,
    pub(crate) charges: Vec<u32>,
    pub(crate) intents: Vec<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct PaymentMethod {
    pub(crate) created: i64,
    pub(crate) contact: Arc<Contact>,
    pub(crate) card: Arc<Card>,
    pub(crate) customer: Option<u32>,
    /// Made from a token by the older Charges calls: its id starts with `card_`.
    pub(crate) legacy: bool,
    pub(crate) metadata: Metadata,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IntentStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    RequiresCapture,
    Canceled,
    Succeeded,
}

impl IntentStatus {
    pub(crate) fn word(self) -> &'static str {
        match self {
            IntentStatus::RequiresPaymentMethod => "requires_payment_method",
            IntentStatus::RequiresConfirmation => "requires_confirmation",
            IntentStatus::RequiresAction => "requires_action",
            IntentStatus::RequiresCapture => "requires_capture",
            IntentStatus::Canceled => "canceled",
            IntentStatus::Succeeded => "succeeded",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct PaymentIntent {
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) amount_received: i64,
    pub(crate) amount_capturable: i64,
    pub(crate) currency: Currency,
    pub(crate) status: IntentStatus,
    pub(crate) customer: Option<u32>,
    pub(crate) payment_method: Option<u32>,
    pub(crate) latest_charge: Option<u32>,
    pub(crate) manual_capture: bool,
    pub(crate) description: Option<Text>,
    pub(crate) receipt_email: Option<Text>,
    pub(crate) metadata: Metadata,
    pub(crate) canceled_at: Option<i64>,
    pub(crate) cancellation_reason: Option<&'static str>,
    pub(crate) last_error: Option<&'static Decline>,
    pub(crate) charges: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChargeStatus {
    Succeeded,
    Failed,
}

#[derive(Clone, Debug)]
pub(crate) struct Charge {
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) amount_captured: i64,
    pub(crate) amount_refunded: i64,
    pub(crate) currency: Currency,
    pub(crate) status: ChargeStatus,
    pub(crate) captured: bool,
    pub(crate) refunded: bool,
    pub(crate) disputed: bool,
    pub(crate) authenticated: bool,
    pub(crate) risk_score: u8,
    pub(crate) customer: Option<u32>,
    pub(crate) payment_intent: Option<u32>,
    pub(crate) payment_method: u32,
    pub(crate) balance_transaction: Option<u32>,
    pub(crate) contact: Arc<Contact>,
    pub(crate) card: Arc<Card>,
    pub(crate) decline: Option<&'static Decline>,
    pub(crate) description: Option<Text>,
    pub(crate) receipt_email: Option<Text>,
    pub(crate) statement_suffix: Option<Text>,
    pub(crate) metadata: Metadata,
    pub(crate) fraud_report: Option<&'static str>,
    pub(crate) refunds: Vec<u32>,
    pub(crate) dispute: Option<u32>,
    /// When the hold of an uncaptured charge lapses.
    pub(crate) capture_before: Option<i64>,
}

impl Charge {
    /// What may still be refunded: of an uncaptured charge the whole hold, else what was captured and not given back.
    pub(crate) fn refundable(&self) -> i64 {
        let taken = if self.captured { self.amount_captured } else { self.amount };
        taken - self.amount_refunded
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefundStatus {
    Pending,
    RequiresAction,
    RequiresReview,
    Succeeded,
    Failed,
    Canceled,
}

impl RefundStatus {
    pub(crate) fn word(self) -> &'static str {
        match self {
            RefundStatus::Pending => "pending",
            RefundStatus::RequiresAction => "requires_action",
            RefundStatus::RequiresReview => "requires_review",
            RefundStatus::Succeeded => "succeeded",
            RefundStatus::Failed => "failed",
            RefundStatus::Canceled => "canceled",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) currency: Currency,
    pub(crate) charge: u32,
    pub(crate) payment_intent: Option<u32>,
    pub(crate) status: RefundStatus,
    pub(crate) reason: Option<&'static str>,
    pub(crate) pending_reason: Option<&'static str>,
    pub(crate) failure_reason: Option<&'static str>,
    pub(crate) balance_transaction: Option<u32>,
    pub(crate) failure_transaction: Option<u32>,
    pub(crate) metadata: Metadata,
}

#[derive(Clone, Debug)]
pub(crate) struct Dispute {
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) currency: Currency,
    pub(crate) charge: u32,
    pub(crate) payment_intent: Option<u32>,
    pub(crate) status: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) network_code: &'static str,
    pub(crate) inquiry: bool,
    pub(crate) due_by: Option<i64>,
    pub(crate) evidence: Metadata,
    pub(crate) submissions: u32,
    pub(crate) transactions: Vec<u32>,
    pub(crate) metadata: Metadata,
}

/// What a balance line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Charge(u32),
    Refund(u32),
    Dispute(u32),
    Payout(u32),
}

impl Source {
    pub(crate) fn id(self) -> (Kind, u32) {
        match self {
            Source::Charge(index) => (Kind::Charge, index),
            Source::Refund(index) => (Kind::Refund, index),
            Source::Dispute(index) => (Kind::Dispute, index),
            Source::Payout(index) => (Kind::Payout, index),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct BalanceTransaction {
    pub(crate) created: i64,
    pub(crate) available_on: i64,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    pub(crate) currency: Currency,
    /// Millionths of the settlement unit per unit charged, where the two currencies differ.
    pub(crate) rate: Option<i64>,
    /// `type` and `reporting_category`.
    pub(crate) words: (&'static str, &'static str),
    pub(crate) fee_words: (&'static str, &'static str),
    pub(crate) description: Option<Text>,
    pub(crate) source: Source,
    pub(crate) payout: Option<u32>,
}

impl BalanceTransaction {
    pub(crate) fn net(&self) -> i64 {
        self.amount - self.fee
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Payout {
    pub(crate) created: i64,
    pub(crate) arrival: i64,
    pub(crate) amount: i64,
    pub(crate) currency: Currency,
    pub(crate) status: &'static str,
    pub(crate) balance_transaction: u32,
    pub(crate) failure_transaction: Option<u32>,
    pub(crate) failure: Option<(&'static str, &'static str)>,
    pub(crate) reconciled: bool,
    /// Places of the balance lines it pays out, its own line last.
    pub(crate) lines: Vec<u32>,
    /// Of one that a client asked for; none of those that the schedule makes.
    pub(crate) by_hand: Option<Arc<ByHand>>,
}

/// What a client said of a payout.
#[derive(Clone, Debug)]
pub(crate) struct ByHand {
    pub(crate) instant: bool,
    pub(crate) description: Option<Text>,
    pub(crate) metadata: Metadata,
    /// Why the bank will send it back, as code and message.
    pub(crate) returned: Option<(&'static str, &'static str)>,
}

/// A token made by a client.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) created: i64,
    pub(crate) card: Arc<Card>,
    pub(crate) contact: Arc<Contact>,
    pub(crate) used: bool,
}

/// Where events are sent.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) created: i64,
    pub(crate) url: String,
    pub(crate) secret: String,
    pub(crate) events: Vec<String>,
    pub(crate) description: Option<Text>,
    pub(crate) metadata: Metadata,
    pub(crate) enabled: bool,
    pub(crate) deleted: bool,
    pub(crate) api_version: Option<String>,
}

impl Endpoint {
    /// Whether events of this type are sent here.
    pub(crate) fn wants(&self, kind: &str) -> bool {
        self.enabled && !self.deleted && self.events.iter().any(|event| event == "*" || event == kind)
    }
}

/// The request an event came from.
#[derive(Debug)]
pub(crate) struct Cause {
    pub(crate) request_id: String,
    pub(crate) key: Option<String>,
}

/// The object of an event as it was at that moment.
#[derive(Clone, Debug)]
pub(crate) enum Snapshot {
    Charge(u32, Box<Charge>),
    Refund(u32, Box<Refund>),
    Intent(u32, Box<PaymentIntent>),
    Customer(u32, Box<Customer>),
    Method(u32, Box<PaymentMethod>),
    Dispute(u32, Box<Dispute>),
    Payout(u32, Box<Payout>),
    /// What is available and what is pending, by currency.
    Balance(Box<BTreeMap<Currency, (i64, i64)>>),
}

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) created: i64,
    pub(crate) kind: &'static str,
    pub(crate) snapshot: Snapshot,
    pub(crate) previous: Option<Box<serde_json::Value>>,
    pub(crate) cause: Option<Arc<Cause>>,
    /// Endpoints that have not answered 2xx yet.
    pub(crate) pending: u32,
}
