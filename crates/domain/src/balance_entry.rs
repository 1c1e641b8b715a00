//! Lines of the account's balance at the vendor.

use serde::{Deserialize, Serialize};

use crate::{Money, Timestamp};

/// One movement of the balance, in the settlement currency, which can differ from the payment's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceEntry {
    /// The vendor's id, such as `txn_…`.
    pub vendor_id: String,
    /// Before fees.
    pub amount: Money,
    /// Fees, in the same currency.
    pub fee_minor: i64,
    /// `amount` less fees, in the same currency.
    pub net_minor: i64,
    /// The vendor's category for accounts, such as `charge`, `refund` or `payout`.
    pub category: String,
    /// The vendor's id of what moved the money.
    pub source_id: Option<String>,
    /// `pending` or `available`.
    pub status: String,
    /// When the vendor made it.
    pub created_at: Timestamp,
    /// From when the money can be paid out.
    pub available_at: Option<Timestamp>,
    /// What it is, in the vendor's words.
    pub description: Option<String>,
}
