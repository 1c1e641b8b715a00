//! What a vendor's lists hold: the kinds, and one record of any of them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::UnknownWord;
use crate::{BalanceEntry, Customer, Dispute, Event, Payment, PaymentIntent, Payout, Refund, Timestamp};

/// A kind of record that is mirrored; each is listed and resumed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Payments.
    Payments,
    /// Refunds.
    Refunds,
    /// Customers.
    Customers,
    /// Payers' intentions.
    PaymentIntents,
    /// Disputes.
    Disputes,
    /// Lines of the balance.
    BalanceEntries,
    /// Payouts.
    Payouts,
    /// Events.
    Events,
}

impl Kind {
    /// All of them, in the order in which a first load is most useful.
    pub const ALL: [Self; 8] = [
        Self::Payments,
        Self::Refunds,
        Self::Customers,
        Self::Disputes,
        Self::PaymentIntents,
        Self::Payouts,
        Self::BalanceEntries,
        Self::Events,
    ];

    /// The word for it, in the database, over JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Refunds => "refunds",
            Self::Customers => "customers",
            Self::PaymentIntents => "payment_intents",
            Self::Disputes => "disputes",
            Self::BalanceEntries => "balance_entries",
            Self::Payouts => "payouts",
            Self::Events => "events",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// One record of any kind, in Paydesk's own words.
#[expect(
    clippy::large_enum_variant,
    reason = "payments are by far the most frequent records, so a box would cost an allocation each"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A payment.
    Payment(Payment),
    /// A refund.
    Refund(Refund),
    /// A customer.
    Customer(Customer),
    /// A payer's intention.
    PaymentIntent(PaymentIntent),
    /// A dispute.
    Dispute(Dispute),
    /// A line of the balance.
    BalanceEntry(BalanceEntry),
    /// A payout.
    Payout(Payout),
    /// An event.
    Event(Event),
}

impl Record {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Payment(_) => Kind::Payments,
            Self::Refund(_) => Kind::Refunds,
            Self::Customer(_) => Kind::Customers,
            Self::PaymentIntent(_) => Kind::PaymentIntents,
            Self::Dispute(_) => Kind::Disputes,
            Self::BalanceEntry(_) => Kind::BalanceEntries,
            Self::Payout(_) => Kind::Payouts,
            Self::Event(_) => Kind::Events,
        }
    }

    /// The vendor's id of it.
    pub fn vendor_id(&self) -> &str {
        match self {
            Self::Payment(one) => &one.vendor_id,
            Self::Refund(one) => &one.vendor_id,
            Self::Customer(one) => &one.vendor_id,
            Self::PaymentIntent(one) => &one.vendor_id,
            Self::Dispute(one) => &one.vendor_id,
            Self::BalanceEntry(one) => &one.vendor_id,
            Self::Payout(one) => &one.vendor_id,
            Self::Event(one) => &one.vendor_id,
        }
    }

    /// When the vendor made it.
    pub fn created_at(&self) -> Timestamp {
        match self {
            Self::Payment(one) => one.created_at,
            Self::Refund(one) => one.created_at,
            Self::Customer(one) => one.created_at,
            Self::PaymentIntent(one) => one.created_at,
            Self::Dispute(one) => one.created_at,
            Self::BalanceEntry(one) => one.created_at,
            Self::Payout(one) => one.created_at,
            Self::Event(one) => one.created_at,
        }
    }
}

/// A record as it was seen at a moment, with the vendor's own JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The record in our words.
    pub record: Record,
    /// The vendor's JSON, without what Paydesk must not keep (client secrets, card numbers).
    pub json: Vec<u8>,
    /// When the vendor stated it: the server's time of a read, or the event's `created`. An older
    /// observation never overwrites a newer one.
    pub observed_at: Timestamp,
}
