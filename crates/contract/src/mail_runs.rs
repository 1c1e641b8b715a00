//! Email by the thousand: a file or a view becomes a run, which is looked over, run, paused, canceled and gone on with.

use domain::{RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::bulk::{BulkOrigin, BulkRunState};
use crate::mail_lists::RenderedView;
use crate::messages::MessageContent;
use crate::shared::ListRange;

/// Reads a list of recipients to see what is in it. Nothing is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ReadMailList {
    /// The list.
    pub origin: BulkOrigin,
    /// Of a spreadsheet this sheet.
    #[serde(default)]
    pub sheet: Option<String>,
}

/// What is in a list of recipients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MailListFile {
    /// Its name.
    pub name: String,
    /// The sheets of a spreadsheet.
    pub sheets: Vec<String>,
    /// The sheet that was read.
    pub sheet: Option<String>,
    /// Recipients in it.
    pub rows: u64,
    /// The names that its columns have in a template.
    pub columns: Vec<String>,
    /// The column of the addresses, from 0; none where no column holds any.
    pub address: Option<u32>,
    /// The first recipients, as they stand there.
    pub sample: Vec<Vec<String>>,
}

/// Makes a run of a list: looks every recipient over. Nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ImportMailRun {
    /// Made by the shell; a repeat makes no second run.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// The account that sends; the only one that can when left out.
    #[serde(default)]
    pub account: Option<String>,
    /// Where the recipients come from.
    pub origin: BulkOrigin,
    /// Of a spreadsheet this sheet.
    #[serde(default)]
    pub sheet: Option<String>,
    /// The column of the addresses, from 0; what it seems to be when left out.
    #[serde(default)]
    pub address: Option<u32>,
    /// What it says: a text, or a template into which each recipient's columns are filled.
    pub content: MessageContent,
    /// The group that its readers can unsubscribe from; whoever did is left out.
    #[serde(default)]
    pub group: Option<i64>,
    /// When it is sent; at once when left out. At most 72 hours ahead.
    #[serde(default)]
    #[ts(type = "string", optional)]
    pub send_at: Option<Timestamp>,
    /// Most recipients of one request, 1 to 1,000; 1,000 when left out. A lost answer leaves so many in doubt at once.
    #[serde(default)]
    pub per_request: Option<u32>,
}

/// Recipients in one state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MailStateCount {
    /// That of the message, or `ready invalid duplicate suppressed held canceled` where there is none.
    pub state: String,
    /// How many.
    pub rows: u64,
}

/// Recipients with one problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MailProblemView {
    /// `invalid`, `duplicate`, `suppressed` or `held`.
    pub hold: String,
    /// The problem's word.
    pub code: String,
    /// How many.
    pub rows: u64,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MailRunView {
    /// Our own id of it.
    pub id: String,
    /// Label of the account that sends.
    pub account: String,
    /// Where it sends.
    #[ts(type = "Environment")]
    pub environment: domain::Environment,
    /// Name of the file or view.
    pub name: String,
    /// `file`, `text` or `view`.
    pub source: String,
    /// How far it is.
    pub state: BulkRunState,
    /// Why it paused: a code of the error table, or `interrupted` or `by_person`.
    pub problem: Option<String>,
    /// Somebody else's sentence to it.
    pub problem_detail: Option<String>,
    /// An earlier run that says the same to the same people.
    pub same_as: Option<String>,
    /// Its subject, where that is ours.
    pub subject: Option<String>,
    /// The vendor's id of its template.
    pub template: Option<String>,
    /// The group that its readers can unsubscribe from.
    pub group: Option<i64>,
    /// When it is sent, where that is later.
    #[ts(type = "string | null")]
    pub send_at: Option<Timestamp>,
    /// What the vendor was told of that: `waiting`, `paused` or `canceled`.
    pub schedule: Option<String>,
    /// Most recipients of one request.
    pub per_request: u32,
    /// Whether the vendor's lists of whom it sends nothing to could be read.
    pub suppressions_read: bool,
    /// When it was made.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// When its first recipients were handed over.
    #[ts(type = "string | null")]
    pub started: Option<Timestamp>,
    /// When its last ones were.
    #[ts(type = "string | null")]
    pub ended: Option<Timestamp>,
    /// All its recipients.
    pub rows: u64,
    /// Those that get the next messages, or would: whoever runs it says this number.
    pub to_send: u64,
    /// Those of whom it is not known whether they get one: never tried again by itself.
    pub in_doubt: u64,
    /// Its recipients by state.
    pub states: Vec<MailStateCount>,
    /// What keeps recipients from getting it, the most frequent first.
    pub problems: Vec<MailProblemView>,
    /// Recipients per second, while it runs.
    pub rows_per_second: Option<u32>,
    /// Estimate of what is left, while it runs.
    pub remaining_ms: Option<u64>,
}

/// Which runs, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListMailRuns {
    /// Which page.
    pub range: ListRange,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowMailRun {
    /// The run.
    pub id: String,
}

/// What the next recipients of a run would get: the first three.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PreviewMailRun {
    /// The run.
    pub id: String,
}

/// What one recipient would get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MailSample {
    /// The line of the file.
    pub line: u64,
    /// The address.
    pub to: String,
    /// What they would get.
    pub rendered: RenderedView,
    /// The vendor only checks it, since the address is not on the account's list.
    pub sandbox_mode: bool,
}

/// What some recipients would get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MailSamples {
    /// Who it comes from.
    pub from: String,
    /// The first recipients.
    pub items: Vec<MailSample>,
}

/// Recipients of a run, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListMailRunRows {
    /// The run.
    pub id: String,
    /// Only those in these states.
    #[serde(default)]
    pub states: Vec<String>,
    /// Which page.
    #[serde(default)]
    pub range: ListRange,
}

/// A recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MailRunRowView {
    /// The line of the file.
    pub line: u64,
    /// What stood there.
    pub given: String,
    /// The address.
    pub to: Option<String>,
    /// What became of them.
    pub state: String,
    /// Why: a code of ours, or the receiving side's words.
    pub reason: Option<String>,
    /// More to it, such as the earlier line.
    pub detail: Option<String>,
    /// The vendor's id of the payment.
    pub payment: Option<String>,
    /// Our id of their message.
    pub message: Option<String>,
    /// When it was delivered.
    #[ts(type = "string | null")]
    pub delivered: Option<Timestamp>,
}

/// Hands the messages of a run over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RunMail {
    /// The run.
    pub id: String,
    /// How many get one, as `MailRunView.to_send` said: nothing is sent where it is another number by now.
    pub recipients: u64,
    /// Go on with a run that was begun before.
    pub resume: bool,
}

/// Pauses a run. What is on its way comes to its end first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PauseMailRun {
    /// The run.
    pub id: String,
}

/// Takes back what has not been handed over, and what waits at the vendor for its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CancelMailRun {
    /// The run.
    pub id: String,
}

/// Holds what waits at the vendor for its time, or lets it go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HoldMailRun {
    /// The run.
    pub id: String,
    /// Whether it waits.
    pub hold: bool,
}
