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

/// Stops a running sync at its next page; it goes on from there the next time. A paused account is
/// not followed either, until somebody starts its sync again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CancelSync {
    /// Only this account, by label.
    pub account: Option<String>,
    /// Stay stopped until somebody starts a sync.
    pub pause: bool,
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
    /// `never`, `loading`, `complete`, `failed`, `canceled` or `paused`.
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
    /// Requests that left for this account while the run went on.
    pub requests_this_run: u64,
    /// Of them, those that the vendor answered with `429`: too many.
    pub too_many_this_run: u64,
    /// How long this run took so far, or in all.
    pub duration_ms: u64,
    /// Each kind.
    pub kinds: Vec<SyncKindView>,
    /// The last times that the mirror was behind and was brought up to date, newest first.
    pub caught_up: Vec<CatchUpView>,
    /// What is left of the reads that the vendor allows.
    pub reads: ReadsView,
}

/// A time that the mirror was behind, because the computer slept or nothing ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CatchUpView {
    /// As of when it was true before.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// As of when it was true again; none while it is being caught up.
    #[ts(type = "string | null")]
    pub until: Option<Timestamp>,
    /// `events`: the vendor's feed reached back; `lists`: it did not, so every list was read anew.
    pub means: String,
    /// Events that came, or rows that were listed.
    pub records: u64,
}

/// The reads of an account in the month (UTC), and what they allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReadsView {
    /// Whether the vendor counts at all; a vendor on this machine does not.
    pub counted: bool,
    /// Reads of today.
    pub today: u64,
    /// Of today's reads, those of the proof.
    pub proof_today: u64,
    /// Reads of this month.
    pub this_month: u64,
    /// Reads that the vendor allows this month.
    pub allowance: u64,
    /// How often the event feed is asked, as follows from what is left.
    pub poll_every_ms: u64,
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
    /// Rows that the list probably still has, once there is a base for a guess.
    pub left: Option<u64>,
    /// Rows per second in this run, once known.
    pub rows_per_second: Option<u32>,
    /// Estimate of what is left, once there is a base for one.
    pub remaining_ms: Option<u64>,
    /// As of when it is complete.
    #[ts(type = "string | null")]
    pub as_of: Option<Timestamp>,
}
