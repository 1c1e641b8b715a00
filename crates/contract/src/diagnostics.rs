//! What Paydesk did and where it sends things: its log, what leaves the machine, telemetry, and a bundle for support.

use domain::{Environment, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::shared::ListRange;

/// Reads the log, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ReadLog {
    /// Only lines of this level or a graver one.
    pub level: Option<LogLevel>,
    /// Only lines with this text, capital or not.
    pub text: Option<String>,
    /// Which page.
    pub range: ListRange,
}

/// How grave a line is, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For whoever looks for something.
    Debug,
    /// What was done.
    Info,
    /// Something to look at that hurt nobody.
    Warn,
    /// Something that did not work.
    Error,
}

/// One line of the log. Secrets, addresses and card numbers were masked before it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LogLine {
    /// Its place; later lines have greater ones.
    pub number: u64,
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// How grave.
    pub level: LogLevel,
    /// The part of the program.
    pub part: String,
    /// What happened.
    pub message: String,
    /// What belongs to it, by name.
    pub facts: Vec<(String, String)>,
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LogPage {
    /// The folder of the files.
    pub folder: String,
    /// How large they are together, in bytes.
    pub bytes: u64,
    /// The lines, newest first.
    pub items: Vec<LogLine>,
    /// Hand this back to get older ones; none at the end.
    pub next: Option<String>,
}

/// Asks where this machine sends things.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListDestinations {}

/// Everything that can leave this machine, by the machine that it goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Destinations {
    /// Each, those in use first.
    pub items: Vec<DestinationView>,
}

/// What somebody is to Paydesk that something is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DestinationKind {
    /// The vendor of accounts that take payments.
    Payments,
    /// The vendor of accounts that send email.
    Email,
    /// The vendor of accounts that send SMS.
    Sms,
    /// A service that messages of Paydesk's own are sent to.
    Channel,
    /// An address that a person added, where events are sent on to.
    Endpoint,
    /// Who has the certificate that a vendor signs with.
    Certificate,
    /// Where a person wants figures of calls.
    Telemetry,
}

/// One machine, or a name that stands for several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DestinationView {
    /// Its name.
    pub host: String,
    /// What it is to Paydesk.
    pub kind: DestinationKind,
    /// The company, where it is one that Paydesk knows.
    pub company: Option<String>,
    /// In which environments something is set up that sends there; empty where nothing is.
    #[ts(type = "Array<Environment>")]
    pub used_in: Vec<Environment>,
    /// Whether anything is set up that sends there.
    pub in_use: bool,
}

/// Asks how telemetry is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ShowTelemetry {}

/// Sets where figures of calls to vendors are sent by OTLP over HTTP, or switches it off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SetTelemetry {
    /// The address of the receiver, such as `http://localhost:4318`; none switches it off.
    pub address: Option<String>,
}

/// How telemetry is set. It is off unless a person set an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TelemetryView {
    /// Where figures are sent; none while it is off.
    pub address: Option<String>,
    /// When they were last taken, since the Desk started.
    #[ts(type = "string | null")]
    pub taken_at: Option<Timestamp>,
    /// Why they were not taken the last time.
    pub problem: Option<String>,
}

/// Makes the text of a bundle for support. Nothing is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct PrepareDiagnostics {}

/// The text, for a person to read before it is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Diagnostics {
    /// Names exactly this text.
    pub digest: String,
    /// All of it.
    pub text: String,
}

/// Saves the text that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SaveDiagnostics {
    /// Which text.
    pub digest: String,
    /// The file to write, which must not exist.
    pub to: String,
}

/// What was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiagnosticsSaved {
    /// Where.
    pub path: String,
    /// How many bytes.
    pub bytes: u64,
}
