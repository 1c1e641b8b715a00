//! Shapes that several requests share.

use domain::Environment;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A request or response with nothing in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// How many rows the whole list has, exactly.
    pub total: u64,
    /// Hand this back to get the next page; none on the last.
    pub next: Option<String>,
}

/// Where a request comes from. The shell states it, never the page: the environment is a property
/// of the window, so no argument of a request can reach another environment's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The environment of the window, or of `--environment`; none lets the Desk take the only one.
    pub environment: Option<Environment>,
    /// What sort of shell asks, for the audit log.
    pub shell: Shell,
}

/// A sort of shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Shell {
    /// The desktop window.
    Window,
    /// `paydeskctl`.
    Command,
}

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListRange {
    /// At most so many rows, 1 to 1,000; 50 when left out.
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub after: Option<String>,
}
