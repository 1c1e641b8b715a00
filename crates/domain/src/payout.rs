//! Payouts: what a vendor sends to the seller's bank.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Money, Timestamp};

open_enum! {
    /// How far a payout came. `paid` can still become `failed` within five business days.
    PayoutStatus {
        /// Sent to the bank.
        Paid = "paid",
        /// Not sent yet.
        Pending = "pending",
        /// On its way.
        InTransit = "in_transit",
        /// Stopped.
        Canceled = "canceled",
        /// The bank sent it back.
        Failed = "failed",
    }
}

/// A payout as the vendor keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// The vendor's id, such as `po_…`.
    pub vendor_id: String,
    /// How much; negative where the vendor takes money from the bank.
    pub amount: Money,
    /// How far it came.
    pub status: PayoutStatus,
    /// When the vendor made it.
    pub created_at: Timestamp,
    /// When the bank should have it.
    pub arrival_at: Option<Timestamp>,
    /// `standard` or `instant`.
    pub method: Option<String>,
    /// Whether the vendor's schedule made it, not a person.
    pub automatic: bool,
    /// Why it failed, in the vendor's word.
    pub failure_code: Option<String>,
}
