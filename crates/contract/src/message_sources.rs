//! Where else than from a delivery it is learned what became of messages: dumps of events in a folder, and the vendor's own activity.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Reads dumps of events from a folder, as SendGrid's event webhook delivers them: arrays, or an event or an array a line, also gzipped. It
/// goes on for some seconds and answers with how far it came; asked again it goes on from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ImportMessages {
    /// The account whose messages they are of; the only one that sends mail when left out.
    #[serde(default)]
    pub account: Option<String>,
    /// The folder.
    pub folder: String,
}

/// How far the files of a folder were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MessagesImported {
    /// Files there, in the order of their names.
    pub files: Vec<ImportedFile>,
    /// Whether all of them were read to their end, as far as they can be.
    pub done: bool,
}

/// How far one file was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImportedFile {
    /// Its name.
    pub name: String,
    /// Lines that were read, or elements of an array.
    pub lines: u64,
    /// Events that were new.
    pub events: u64,
    /// Events that were known before.
    pub known: u64,
    /// Lines that could not be read and are kept apart.
    pub bad: u64,
    /// It was read to its end.
    pub finished: bool,
    /// Why it cannot be read on.
    pub problem: Option<String>,
    /// The first lines that could not be read.
    pub problems: Vec<LineProblem>,
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LineProblem {
    /// Its number, counted from one.
    pub line: u64,
    /// Why.
    pub problem: String,
}

/// Asks the vendor's activity about messages that may have been sent or not, within its rate of six requests a minute: a few at a time, those
/// that wait longest first. It never sends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CheckActivity {
    /// The account; the only one that sends mail when left out.
    pub account: Option<String>,
    /// One message alone, by our id of it.
    pub id: Option<String>,
}

/// What the vendor's activity told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActivityChecked {
    /// Messages that were asked about.
    pub asked: u32,
    /// Those that the vendor knows, which says that they were taken.
    pub settled: u32,
    /// Those that it does not know, or not yet.
    pub unknown: u32,
    /// Those that wait for their turn in the vendor's rate.
    pub waiting: u32,
}
