//! Mirroring: starting, stopping, watching.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Brings the mirror up to date: goes on with a first load where it stopped, then follows events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct StartSync {
    /// Only this account, by label; all of the scope when left out.
    pub account: Option<String>,
    /// Answer only when it ended; otherwise at once.
    pub wait: bool,
}

/// Stops a running sync at its next page; it goes on from there the next time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CancelSync {
    /// Only this account, by label.
    pub account: Option<String>,
}

/// How far each account's mirror is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ShowSync {}

/// One account's mirror.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncView {
    /// Label of the account.
    pub account: String,
    /// Whether a sync runs now.
    pub running: bool,
    /// `never`, `loading`, `complete`, `failed` or `canceled`.
    pub state: String,
    /// Code of why it failed last, from the error table.
    pub problem: Option<String>,
    /// The vendor's own sentence to it.
    pub problem_detail: Option<String>,
    /// As of when every kind is complete.
    #[ts(type = "string | null")]
    pub as_of: Option<Timestamp>,
    /// Rows written or seen again in this run.
    pub rows_this_run: u64,
    /// Each kind.
    pub kinds: Vec<SyncKindView>,
}

/// One kind of an account's mirror.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncKindView {
    /// `payments`, `refunds` …
    pub kind: String,
    /// `waiting`, `loading`, `complete`, `not_offered`, `not_allowed` or `failed`.
    pub state: String,
    /// Rows in the mirror.
    pub rows: u64,
    /// Rows that could not be read and were kept apart.
    pub skipped: u64,
    /// Rows per second in this run, once known.
    pub rows_per_second: Option<u32>,
    /// Estimate of what is left, once there is a base for one.
    pub remaining_ms: Option<u64>,
    /// As of when it is complete.
    #[ts(type = "string | null")]
    pub as_of: Option<Timestamp>,
}
