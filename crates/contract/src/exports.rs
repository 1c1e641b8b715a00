//! Exports: rows of the mirror into a file.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::ErrorBody;

/// What a file is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Comma-separated values; no cell of text is read as a formula.
    Csv,
    /// A spreadsheet.
    Xlsx,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
}

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "rows", rename_all = "snake_case")]
pub enum ExportSource {
    /// Every record of a kind: `payments refunds customers payment_intents disputes payouts
    /// balance_entries events`.
    Kind {
        /// The kind.
        kind: String,
    },
    /// The payments that a search finds.
    Query {
        /// The search.
        query: String,
    },
    /// The payments of a saved view.
    View {
        /// Its name.
        name: String,
    },
}

/// Writes a file. It stands under its name only once it is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct StartExport {
    /// Which rows.
    pub source: ExportSource,
    /// Only those of this account, by label.
    #[serde(default)]
    pub account: Option<String>,
    /// As what.
    pub format: ExportFormat,
    /// The file, from the root or from `~/`.
    pub path: String,
    /// Whether a file that is there may be replaced.
    #[serde(default)]
    pub overwrite: bool,
    /// Answer only when it ended, and with its error where it failed; otherwise at once.
    #[serde(default)]
    pub wait: bool,
}

/// Stops an export; it leaves no file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CancelExport {
    /// The export's id.
    pub id: String,
}

/// The exports of this run of the Desk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListExports {}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// Rows are being written.
    Running,
    /// All rows are read; the file is brought to its end.
    Finishing,
    /// The file is in its place.
    Done,
    /// It was stopped; there is no file.
    Canceled,
    /// It failed; there is no file.
    Failed,
}

/// An export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExportView {
    /// Its id, for canceling.
    pub id: String,
    /// How far it is.
    pub state: ExportState,
    /// Which rows.
    pub source: ExportSource,
    /// As what.
    pub format: ExportFormat,
    /// The file.
    pub path: String,
    /// Rows so far.
    pub rows: u64,
    /// Rows there will be, once they are counted.
    pub total: Option<u64>,
    /// Rows per second, once known.
    pub rows_per_second: Option<u32>,
    /// Estimate of what is left, once there is a base for one.
    pub remaining_ms: Option<u64>,
    /// Bytes of the file, once it is in its place.
    pub bytes: Option<u64>,
    /// Cells that were cut because a spreadsheet's cell cannot hold more than 32,767 characters.
    pub shortened: u64,
    /// When it was started; the rows are those of this moment.
    #[ts(type = "string")]
    pub started: Timestamp,
    /// Why it failed.
    pub problem: Option<ErrorBody>,
}

/// The exports of this run of the Desk, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExportList {
    /// The exports of the environment.
    pub items: Vec<ExportView>,
    /// The folder that files are proposed for, with the separator at its end.
    pub folder: String,
}
