//! Disputes: a payer's bank asks for the money back.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Money, Timestamp};

open_enum! {
    /// How far a dispute came.
    DisputeStatus {
        /// An inquiry that wants an answer; no money was withdrawn.
        WarningNeedsResponse = "warning_needs_response",
        /// An inquiry that was answered.
        WarningUnderReview = "warning_under_review",
        /// An inquiry that ended.
        WarningClosed = "warning_closed",
        /// Money was withdrawn; evidence can be given until the deadline.
        NeedsResponse = "needs_response",
        /// The bank looks at the evidence.
        UnderReview = "under_review",
        /// The money came back.
        Won = "won",
        /// The money is gone.
        Lost = "lost",
        /// It was prevented before it became one.
        Prevented = "prevented",
    }
}

impl DisputeStatus {
    /// Whether it may still end either way.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::WarningClosed | Self::Won | Self::Lost | Self::Prevented)
    }
}

/// A dispute as the vendor keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The vendor's id, such as `dp_…`.
    pub vendor_id: String,
    /// The vendor's id of the payment in dispute.
    pub payment_id: Option<String>,
    /// How much is in dispute.
    pub amount: Money,
    /// How far it came.
    pub status: DisputeStatus,
    /// Why, in the vendor's word, such as `product_not_received`.
    pub reason: Option<String>,
    /// When the vendor made it.
    pub created_at: Timestamp,
    /// Until when evidence is taken; none where no answer is allowed.
    pub evidence_due_at: Option<Timestamp>,
    /// Whether the vendor would still refund the payment (true for inquiries).
    pub payment_refundable: Option<bool>,
}
