//! Proof: what is mirrored of each day against what the vendor listed of it.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks for the calendar: how each day stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ShowProof {
    /// Only this account, by label.
    pub account: Option<String>,
    /// Only this kind; the worst of all kinds when left out.
    pub kind: Option<String>,
    /// From this UTC day on, such as `2026-11-01`; the first of the mirror when left out.
    pub from: Option<String>,
    /// Up to and with this UTC day; today when left out.
    pub until: Option<String>,
}

/// How complete the mirror is proven to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofCalendar {
    /// Each account, with its kinds.
    pub accounts: Vec<AccountProof>,
    /// Each day, oldest first: the worst of the accounts and kinds that were asked for.
    pub days: Vec<ProofDayMark>,
    /// First day of the range; none without any record.
    pub first_day: Option<String>,
    /// Last day of the range.
    pub last_day: String,
    /// Days that are proven.
    pub green: u64,
    /// Days that were not compared to their end, or changed since.
    pub amber: u64,
    /// Days with a gap that is being healed.
    pub red: u64,
    /// Since when every green day was compared: the oldest of their times.
    #[ts(type = "string | null")]
    pub as_of: Option<Timestamp>,
}

/// How a day stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofDayMark {
    /// The UTC day.
    pub day: String,
    /// `green`, `amber` or `red`.
    pub state: String,
    /// Whether something was wrong once and was healed.
    pub healed: bool,
}

/// The proof of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AccountProof {
    /// Label of the account.
    pub account: String,
    /// The run that is under way, or the last one since the Desk started.
    pub run: Option<ProofRun>,
    /// Requests that the proof made today.
    pub reads_today: u64,
    /// Requests that it may make today; none where the vendor does not count.
    pub reads_allowed_today: Option<u64>,
    /// Each kind that can be proven.
    pub kinds: Vec<KindProof>,
}

/// The proof of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KindProof {
    /// `payments`, `refunds` …
    pub kind: String,
    /// Days that are proven.
    pub green: u64,
    /// Days that were not compared to their end, or changed since.
    pub amber: u64,
    /// Days with a gap that is being healed.
    pub red: u64,
    /// The oldest comparison among the proven days.
    #[ts(type = "string | null")]
    pub as_of: Option<Timestamp>,
}

/// One run of the proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofRun {
    /// Label of the account.
    pub account: String,
    /// `running`, `complete`, `partial` (the day's requests are spent), `failed` or `canceled`.
    pub state: String,
    /// Code of why it failed, from the error table.
    pub problem: Option<String>,
    /// The vendor's own sentence to it.
    pub problem_detail: Option<String>,
    /// Days that it compares.
    pub planned: u64,
    /// Days that it compared.
    pub compared: u64,
    /// Of them, proven ones.
    pub green: u64,
    /// Days in which it found something wrong.
    pub gaps: u64,
    /// Days that were healed.
    pub healed: u64,
    /// Requests that it made.
    pub requests: u64,
    /// When it started.
    #[ts(type = "string")]
    pub started: Timestamp,
    /// When it ended.
    #[ts(type = "string | null")]
    pub ended: Option<Timestamp>,
}

/// Asks for one day with both sides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ShowProofDay {
    /// The UTC day.
    pub day: String,
    /// Only this account, by label.
    pub account: Option<String>,
}

/// One day with both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofDayDetail {
    /// The UTC day.
    pub day: String,
    /// Each account and kind.
    pub rows: Vec<ProofDayRow>,
    /// When the mirror's side was counted: now.
    #[ts(type = "string")]
    pub counted: Timestamp,
}

/// One kind of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofDayRow {
    /// Label of the account.
    pub account: String,
    /// The kind.
    pub kind: String,
    /// `green`, `amber` or `red`.
    pub state: String,
    /// Why it is not green: `not_checked`, `changed`, `changing`, `unreadable`, `vendor_failed` …
    pub reason: Option<String>,
    /// What the mirror holds now.
    pub mirror: ProofSide,
    /// What the vendor listed when the day was compared.
    pub vendor: Option<ProofSide>,
    /// When it was compared, by the vendor's clock.
    #[ts(type = "string | null")]
    pub checked: Option<Timestamp>,
    /// Records that were missing, the last time that something was wrong.
    pub missing: u64,
    /// Records that were other than at the vendor.
    pub altered: u64,
    /// Records that the vendor does not have.
    pub unknown: u64,
    /// When that was found.
    #[ts(type = "string | null")]
    pub found: Option<Timestamp>,
    /// When it was healed.
    #[ts(type = "string | null")]
    pub healed: Option<Timestamp>,
}

/// What some records come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofSide {
    /// How many.
    pub count: u64,
    /// Their amounts, by currency.
    pub sums: Vec<ProofSum>,
    /// The digest of their ids and money, in hexadecimal digits.
    pub digest: String,
}

/// A sum. It may be larger than any amount of money, so it is a text and not `Money`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofSum {
    /// The currency as it stands in the rows.
    pub currency: String,
    /// In minor units.
    pub minor: String,
}

/// Compares days with the vendor now, whatever was compared lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct RunProof {
    /// Only this account, by label; all of the scope when left out.
    pub account: Option<String>,
    /// From this UTC day on; the first of the mirror when left out.
    pub from: Option<String>,
    /// Up to and with this UTC day; today when left out.
    pub until: Option<String>,
    /// Answer only when it ended; otherwise at once.
    pub wait: bool,
}

/// Stops a running proof at its next page; what was compared stays compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CancelProof {
    /// Only this account, by label.
    pub account: Option<String>,
}
