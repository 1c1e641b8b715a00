//! Every try is a row (design rule 4): what is told about an attempt, and to whom.

use domain::{AccountId, Timestamp};
use http::Method;
use uuid::Uuid;

use crate::failure::ErrorKind;
use crate::retry::Decision;

/// Takes one record per attempt. It is called on the path of money: it must not block, so the desk
/// puts the record into a channel and writes rows elsewhere.
pub trait AttemptSink: Send + Sync {
    /// Takes the record of one attempt that is over.
    fn record(&self, attempt: AttemptRecord);
}

/// One attempt: no body, no secret, no personal data, never the query, no id in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Groups the attempts of one call.
    pub call_id: Uuid,
    /// Whose key was used.
    pub account: AccountId,
    /// The HTTP method.
    pub method: Method,
    /// Such as `/v1/charges/{id}`.
    pub path_template: &'static str,
    /// From 1.
    pub attempt: u32,
    /// The status, when there was an answer.
    pub status: Option<u16>,
    /// What went wrong, when there was no whole answer.
    pub error: Option<ErrorKind>,
    /// When the attempt was sent.
    pub started_at: Timestamp,
    /// From sending to the end of the body, in milliseconds.
    pub duration_ms: u64,
    /// The vendor's name for the attempt.
    pub request_id: Option<String>,
    /// The key that a write was sent under.
    pub idempotency_key: Option<String>,
    /// What followed.
    pub decision: Decision,
    /// The wait before the next attempt, when there is one, in milliseconds.
    pub wait_ms: Option<u64>,
}
