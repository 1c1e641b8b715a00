//! People and firms who pay.

use serde::{Deserialize, Serialize};

use crate::{CardFacts, Timestamp};

/// A customer as the vendor keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The vendor's id, such as `cus_…`.
    pub vendor_id: String,
    /// When the vendor made it.
    pub created_at: Timestamp,
    /// Email address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// What the seller noted at the vendor.
    pub description: Option<String>,
    /// Whether the vendor says that it was deleted; it is kept here and marked.
    pub deleted: bool,
    /// The seller's own words; sorted by key.
    pub metadata: Vec<(String, String)>,
}

/// A means of payment kept at the vendor for a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPaymentMethod {
    /// The vendor's id, such as `pm_…`.
    pub vendor_id: String,
    /// `card`, `sepa_debit` …
    pub method: String,
    /// What may be shown of the card.
    pub card: CardFacts,
    /// When the vendor made it.
    pub created_at: Timestamp,
}
