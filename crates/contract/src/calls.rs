//! API calls: every try that left this machine, and what is left of the rate.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::shared::ListRange;

/// Lists calls, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListCalls {
    /// Only this account, by label.
    pub account: Option<String>,
    /// Only writes.
    pub writes_only: bool,
    /// Which page.
    pub range: ListRange,
}

/// One call with its tries. There is never a body, a query, a secret or personal data in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallView {
    /// Ties the tries of one call.
    pub call_id: String,
    /// Label of the account, or its id once it was removed.
    pub account: String,
    /// HTTP method.
    pub method: String,
    /// Path with ids left out, such as `/v1/charges/{id}`.
    pub path: String,
    /// When the first try started.
    #[ts(type = "string")]
    pub started: Timestamp,
    /// Its tries, first first.
    pub attempts: Vec<AttemptView>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AttemptView {
    /// 1 for the first.
    pub attempt: u32,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// What went wrong, when there was none.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: u64,
    /// The vendor's id of the request, to quote to its support.
    pub request_id: Option<String>,
    /// The idempotency key it was sent under.
    pub idempotency_key: Option<String>,
    /// What was decided after it, such as `done` or `retry`.
    pub decision: String,
    /// How long Paydesk waited before the next try.
    pub wait_ms: Option<u64>,
}

/// What is left of each account's rate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ShowQuota {}

/// The rates of all accounts in scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Quotas {
    /// One per account that was called since the Desk started.
    pub accounts: Vec<QuotaView>,
}

/// The rate of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QuotaView {
    /// Label of the account.
    pub account: String,
    /// Whether anything is held back. A vendor on this machine is not until it asks for it, and then
    /// the next two say nothing.
    pub paced: bool,
    /// Requests per second that Paydesk allows itself now.
    pub allowed_per_second: u32,
    /// Requests that may leave at once now.
    pub left_now: u32,
    /// When the vendor last said that it was too much.
    #[ts(type = "string | null")]
    pub last_too_many: Option<Timestamp>,
    /// `closed` (calls go out), `open` (none go out) or `half_open` (one is tried).
    pub breaker: String,
    /// When an open breaker lets one call try again.
    #[ts(type = "string | null")]
    pub breaker_next_try: Option<Timestamp>,
    /// Each endpoint that was called.
    pub endpoints: Vec<EndpointQuotaView>,
}

/// The rate of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EndpointQuotaView {
    /// Method and path template.
    pub endpoint: String,
    /// Whether anything is held back. A vendor on this machine is not until it asks for it, and then
    /// the next two say nothing.
    pub paced: bool,
    /// Requests per second that Paydesk allows itself now.
    pub allowed_per_second: u32,
    /// Requests that may leave at once now.
    pub left_now: u32,
}
