//! What a vendor says happened.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// An event from the vendor's feed or webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The vendor's id, such as `evt_…`; unique for ever.
    pub vendor_id: String,
    /// The vendor's word for what happened, such as `refund.updated`; an unknown one is kept.
    pub kind: String,
    /// When it happened at the vendor.
    pub created_at: Timestamp,
    /// The API version that its object is written in.
    pub api_version: Option<String>,
    /// The thing that it is about.
    pub subject: EventSubject,
    /// The vendor's id of the API call that caused it, where one did.
    pub request_id: Option<String>,
    /// The idempotency key of that call: an exact tie to an intent of ours.
    pub idempotency_key: Option<String>,
    /// The account's mode as the event states it.
    pub live: bool,
}

/// What an event is about, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSubject {
    /// The vendor's word for the sort of thing, such as `charge`.
    pub object: Option<String>,
    /// Its id.
    pub vendor_id: Option<String>,
    /// The payment it concerns, where the event tells.
    pub payment_id: Option<String>,
    /// The customer it concerns, where the event tells.
    pub customer_id: Option<String>,
}
