//! Refunds as the vendor knows them. The decision to make one is an intent; see `intent`.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Money, Timestamp};

open_enum! {
    /// How far a refund came at the vendor. `succeeded` is not final: a bank can send the money
    /// back up to 30 days later (docs.stripe.com/refunds).
    RefundStatus {
        /// The vendor waits for the bank, the balance or the payment itself.
        Pending = "pending",
        /// The payer must act, such as give bank details.
        RequiresAction = "requires_action",
        /// A person at the seller must approve it at the vendor.
        RequiresReview = "requires_review",
        /// The money left.
        Succeeded = "succeeded",
        /// The money came back.
        Failed = "failed",
        /// It was stopped before the money left.
        Canceled = "canceled",
    }
}

impl RefundStatus {
    /// Whether money that was set aside for it is certainly free again.
    pub fn is_definitely_failed(&self) -> bool {
        matches!(self, Self::Failed | Self::Canceled)
    }
}

open_enum! {
    /// Why money goes back, in the words that vendors take.
    RefundReason {
        /// The payer was charged twice.
        Duplicate = "duplicate",
        /// The payment was fraud. At Stripe this also puts the card and the email on block lists.
        Fraudulent = "fraudulent",
        /// The payer asked for it.
        RequestedByCustomer = "requested_by_customer",
    }
}

/// Money that goes back to a payer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The vendor's id, such as `re_…`.
    pub vendor_id: String,
    /// The vendor's id of the payment that it gives back.
    pub payment_id: Option<String>,
    /// The vendor's id of the payer's intention.
    pub payment_intent_id: Option<String>,
    /// How much.
    pub amount: Money,
    /// How far it came.
    pub status: RefundStatus,
    /// Why, as stated to the vendor.
    pub reason: Option<RefundReason>,
    /// When the vendor made it.
    pub created_at: Timestamp,
    /// Why it is pending, in the vendor's word.
    pub pending_reason: Option<String>,
    /// Why it failed, in the vendor's word.
    pub failure_reason: Option<String>,
    /// The reference that a bank can trace it by (ARN, STAN or RRN), once there is one.
    pub trace_reference: Option<String>,
    /// The vendor's id of the balance entry that took the money.
    pub balance_entry_id: Option<String>,
    /// The intent of ours that asked for it, read from its metadata.
    pub intent_id: Option<String>,
    /// The seller's own words; sorted by key.
    pub metadata: Vec<(String, String)>,
}
