//! What goes over the local socket between a shell and the running Desk: one JSON document a line.

use domain::Secret;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Request, Response};
use crate::error::ErrorBody;
use crate::progress::Notice;
use crate::shared::{Scope, Shell};

/// Raised whenever a frame or a type of the contract changes its meaning. Shell and Desk must agree.
pub const PROTOCOL: u32 = 1;

/// The longest line that either side reads.
pub const MAX_FRAME_BYTES: usize = 16 * 1024 * 1024;

/// From a shell to the Desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum ShellFrame {
    /// The first line.
    Hello {
        /// The shell's protocol.
        protocol: u32,
        /// The shell's version, for the sentence when they differ.
        version: String,
        /// The sort of shell.
        shell: Shell,
    },
    /// A request.
    Call {
        /// Chosen by the shell; the answer carries it.
        number: u64,
        /// Where it comes from.
        scope: Scope,
        /// The request.
        call: Box<Request>,
    },
}

/// From the Desk to a shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum DeskFrame {
    /// The first line: the Desk agrees.
    Welcome {
        /// The Desk's version.
        version: String,
    },
    /// The first line: the Desk does not agree; it closes after it.
    Refused {
        /// Why.
        error: ErrorBody,
    },
    /// The answer to a request.
    Answer {
        /// The shell's number of it.
        number: u64,
        /// The response or the error.
        result: Box<Result<Response, ErrorBody>>,
    },
    /// A message that nobody asked for.
    Notice {
        /// The message.
        notice: Box<Notice>,
    },
}

/// Wipes the text of a frame once it is read or written: it may have carried a key.
pub fn wipe(line: String) {
    drop(Secret::new(line));
}
