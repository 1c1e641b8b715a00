//! Refunds by the thousand: a file or a view becomes a run, which is looked over, ticked, run and receipted.

use domain::{Money, RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::approvals::{BulkOverLimitView, BulkRunApproval};
use crate::shared::ListRange;

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum BulkOrigin {
    /// A file that the Desk reads.
    File {
        /// From the root or from `~/`.
        path: String,
    },
    /// The bytes of a file that was dropped or chosen, as base64. The Desk finds out what they are.
    Content {
        /// Its name.
        name: String,
        /// The bytes.
        base64: String,
    },
    /// Text that was pasted.
    Text {
        /// The text.
        text: String,
    },
    /// The payments of a saved view; all that is left of each goes back.
    View {
        /// Its name.
        name: String,
    },
}

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BulkColumnName {
    /// An id of the payment.
    Payment,
    /// The payer's email address.
    Email,
    /// How much.
    Amount,
    /// In which currency.
    Currency,
    /// When it was paid.
    Date,
    /// The order's id.
    Order,
    /// Why.
    Reason,
    /// An internal note.
    Note,
}

/// What the columns of a file are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BulkMapping {
    /// Whether the first row holds the names of the columns.
    pub has_names: bool,
    /// What each column is; none where it is nothing of use.
    pub columns: Vec<Option<BulkColumnName>>,
}

/// What stands before the decimals of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BulkDecimals {
    /// `1,299.00`
    Point,
    /// `1.299,00`
    Comma,
}

/// Reads a file to see what is in it. Nothing is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ReadBulk {
    /// The file.
    pub origin: BulkOrigin,
    /// Of a spreadsheet this sheet; the first with anything in it when left out.
    #[serde(default)]
    pub sheet: Option<String>,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BulkFile {
    /// Its name.
    pub name: String,
    /// The encoding of a file of text.
    pub encoding: Option<String>,
    /// What parts its cells.
    pub delimiter: Option<String>,
    /// The sheets of a spreadsheet.
    pub sheets: Vec<String>,
    /// The sheet that was read.
    pub sheet: Option<String>,
    /// Rows, the one with the names among them.
    pub rows: u64,
    /// The first rows, as they stand there.
    pub sample: Vec<Vec<String>>,
    /// What the columns seem to be.
    pub mapping: BulkMapping,
}

/// Makes a run of a file or view: matches every row with a payment and looks it over. Nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ImportBulk {
    /// Made by the shell when the file is opened; a repeat makes no second run.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// Where the rows come from.
    pub origin: BulkOrigin,
    /// Of a spreadsheet this sheet.
    #[serde(default)]
    pub sheet: Option<String>,
    /// What the columns are; what they seem to be when left out.
    #[serde(default)]
    pub mapping: Option<BulkMapping>,
    /// What stands before the decimals; found out where the amounts tell it when left out.
    #[serde(default)]
    pub decimals: Option<BulkDecimals>,
    /// The account, by label; needed where the environment has several.
    #[serde(default)]
    pub account: Option<String>,
    /// Why, for rows that do not say.
    #[serde(default)]
    pub reason: Option<String>,
    /// The note of rows that have none.
    #[serde(default)]
    pub note: Option<String>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BulkRunState {
    /// Looked over; nothing was sent.
    Ready,
    /// Rows are being sent.
    Running,
    /// It goes on when somebody says so.
    Paused,
    /// Every ticked row was tried.
    Done,
    /// What had not left was taken back.
    Canceled,
}

/// Rows of one state in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BulkTotal {
    /// The state: that of the intent, or `ready asks left_out needs_approval blocked not_sent failed` where there is none.
    pub state: String,
    /// How many rows.
    pub rows: u64,
    /// What they come to; none where no amount was decided.
    #[ts(type = "Money | null")]
    pub amount: Option<Money>,
}

/// Rows with one problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BulkProblemView {
    /// The problem's word.
    pub code: String,
    /// `asks` where a tick is enough, `approval` where a second person must agree, `blocked` or `refused`.
    pub hold: String,
    /// How many rows.
    pub rows: u64,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BulkRunView {
    /// Our own id of it.
    pub id: String,
    /// Label of the account.
    pub account: String,
    /// The environment the money is in.
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
    /// An earlier run of the same rows, in whatever order.
    pub same_as: Option<String>,
    /// When it was made.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// When its first row was sent.
    #[ts(type = "string | null")]
    pub started: Option<Timestamp>,
    /// When its last row was tried.
    #[ts(type = "string | null")]
    pub ended: Option<Timestamp>,
    /// All its rows.
    pub rows: u64,
    /// Rows that are sent next, or would be.
    pub to_send: u64,
    /// Rows that were tried and have their end.
    pub ended_rows: u64,
    /// What its rows come to, by state and currency.
    pub totals: Vec<BulkTotal>,
    /// What is wrong with rows, the most frequent first.
    pub problems: Vec<BulkProblemView>,
    /// The limits that the rows which no second person agreed to would go beyond now, for whoever asks. Not told
    /// while it runs.
    pub over_limits: Vec<BulkOverLimitView>,
    /// The rows that a second person can be asked about: what is to be sent, and what waits for one.
    pub askable: u64,
    /// What those come to in words.
    pub askable_total: String,
    /// The newest request to a second person, once there is one.
    pub approval: Option<BulkRunApproval>,
    /// What is to be sent in words, such as `12.50 EUR + 300 JPY`: whoever runs it says this.
    pub total: String,
    /// Rows per second, while it runs.
    pub rows_per_second: Option<u32>,
    /// Estimate of what is left, while it runs.
    pub remaining_ms: Option<u64>,
}

/// Which runs, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListBulkRuns {
    /// Which page.
    pub range: ListRange,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowBulkRun {
    /// The run.
    pub id: String,
}

/// Rows of a run, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListBulkRows {
    /// The run.
    pub id: String,
    /// Only rows in these states.
    #[serde(default)]
    pub states: Vec<String>,
    /// Only rows with this problem.
    #[serde(default)]
    pub problem: Option<String>,
    /// Which page.
    #[serde(default)]
    pub range: ListRange,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BulkRowView {
    /// The line of the file.
    pub line: u64,
    /// What became of it.
    pub state: String,
    /// Whether it is meant to be sent.
    pub ticked: bool,
    /// Whether a tick can be set or taken away.
    pub can_tick: bool,
    /// `exact`, `likely`, `ambiguous` or `none`.
    pub matched: String,
    /// What it was matched by: `id`, `order` or `email`.
    pub matched_by: Option<String>,
    /// The vendor's id of the payment.
    pub payment: Option<String>,
    /// How much goes back.
    #[ts(type = "Money | null")]
    pub amount: Option<Money>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// More to it, or the vendor's own sentence.
    pub problem_detail: Option<String>,
    /// What stood in the file.
    pub given_payment: Option<String>,
    /// What stood in the file.
    pub given_email: Option<String>,
    /// What stood in the file.
    pub given_amount: Option<String>,
    /// What stood in the file.
    pub given_currency: Option<String>,
    /// What stood in the file.
    pub given_date: Option<String>,
    /// What stood in the file.
    pub given_order: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The internal note.
    pub note: Option<String>,
    /// The intent.
    pub intent_id: Option<String>,
    /// The vendor's id of the refund.
    pub refund_id: Option<String>,
    /// The refund's own status.
    pub refund_status: Option<String>,
    /// The bank's reference.
    pub trace_reference: Option<String>,
    /// The approval that it is sent with.
    pub approval: Option<String>,
}

/// Which rows to tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "rows", rename_all = "snake_case")]
pub enum BulkTicking {
    /// These lines, at most 1,000.
    Lines {
        /// The lines.
        lines: Vec<u64>,
    },
    /// Every row that has this problem.
    Problem {
        /// The problem's word.
        problem: String,
    },
    /// Every row.
    All,
}

/// Ticks rows or takes their ticks away, while the run stands. What is blocked cannot be ticked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TickBulkRows {
    /// The run.
    pub id: String,
    /// Which rows.
    pub which: BulkTicking,
    /// Whether they are meant to be sent.
    pub ticked: bool,
}

/// Sends the ticked rows of a run, each as a refund of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct RunBulk {
    /// The run.
    pub id: String,
    /// What is to be sent, in the words of `BulkRunView.total`: nothing is sent where it is another sum by now.
    pub total: String,
    /// Go on with a run that was begun before.
    pub resume: bool,
    /// The ticket that it is for, for the book.
    #[serde(default)]
    pub ticket: Option<String>,
    /// The id of the approval that it begins under, of exactly these rows; `total` is what they come to then.
    #[serde(default)]
    pub approval: Option<String>,
}

/// Pauses a run. Rows that are on their way come to their end first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PauseBulk {
    /// The run.
    pub id: String,
}

/// Takes back what has not left. Rows that are on their way come to their end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CancelBulk {
    /// The run.
    pub id: String,
}

/// Writes one receipt for each row into a CSV file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct WriteBulkReceipts {
    /// The run.
    pub id: String,
    /// The file, from the root or from `~/`.
    pub path: String,
    /// Whether a file that is there may be replaced.
    pub overwrite: bool,
}

/// A file of receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BulkReceiptsFile {
    /// The file.
    pub path: String,
    /// Receipts in it.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BulkImporting {
    /// The request.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// Rows that were matched and looked over.
    pub rows: u64,
    /// Rows in all.
    pub total: u64,
}
