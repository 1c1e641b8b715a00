//! Why a call has no answer.

use std::fmt;
use std::time::Duration;

use domain::Timestamp;

use crate::retry::StopReason;

/// What went wrong with an attempt that got no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The name of the host was not resolved, or to an address that is not allowed.
    Dns,
    /// No connection: refused, unreachable, or not within the limit.
    Connect,
    /// The TLS handshake failed before anything was sent.
    Tls,
    /// The certificate is expired, of another host, or of nobody we trust. Never tried again.
    Certificate,
    /// The whole answer did not come within the time for one attempt.
    Timeout,
    /// The connection broke before the headers were there.
    Reset,
    /// The headers came, the body did not come whole.
    Truncated,
    /// The body is larger than allowed.
    TooLarge,
    /// What came is not a usable HTTP head: not HTTP, too many headers, or too long ones.
    BadHeader,
    /// The body is compressed though that was not asked for.
    UnexpectedEncoding,
    /// The server said over HTTP/2 that it has not touched the request (`REFUSED_STREAM`, `GOAWAY`).
    NotProcessed,
}

impl ErrorKind {
    /// All kinds, for tables and tests.
    pub const ALL: [Self; 11] = [
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Certificate,
        Self::Timeout,
        Self::Reset,
        Self::Truncated,
        Self::TooLarge,
        Self::BadHeader,
        Self::UnexpectedEncoding,
        Self::NotProcessed,
    ];

    /// The word for it in the call log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Certificate => "certificate",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Truncated => "truncated",
            Self::TooLarge => "too_large",
            Self::BadHeader => "bad_header",
            Self::UnexpectedEncoding => "unexpected_encoding",
            Self::NotProcessed => "not_processed",
        }
    }

    /// Whether the vendor may have carried the request out although there is no answer.
    pub fn maybe_executed(self) -> bool {
        match self {
            Self::Dns | Self::Connect | Self::Tls | Self::Certificate | Self::NotProcessed => false,
            Self::Timeout
            | Self::Reset
            | Self::Truncated
            | Self::TooLarge
            | Self::BadHeader
            | Self::UnexpectedEncoding => true,
        }
    }

    /// Whether the request left this machine towards the vendor at all, so that it counts against
    /// what the vendor allows.
    pub fn has_left(self) -> bool {
        !matches!(self, Self::Dns | Self::Connect | Self::Tls | Self::Certificate)
    }

    /// Whether another attempt could end otherwise.
    pub fn is_transient(self) -> bool {
        match self {
            Self::Dns
            | Self::Connect
            | Self::Tls
            | Self::Timeout
            | Self::Reset
            | Self::Truncated
            | Self::NotProcessed => true,
            Self::Certificate | Self::TooLarge | Self::BadHeader | Self::UnexpectedEncoding => false,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The last attempt of a call got no whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no answer after {attempts} attempts in {} ms: {kind}: {detail}", duration.as_millis())]
pub struct Unanswered {
    /// What went wrong at the last attempt.
    pub kind: ErrorKind,
    /// Any attempt of this call may have been carried out at the vendor. For a write this means
    /// `unsettled`, never `failed`.
    pub maybe_executed: bool,
    /// How many attempts were made.
    pub attempts: u32,
    /// From the call's start to its end, the waits included.
    pub duration: Duration,
    /// Why no further attempt was made.
    pub ended: StopReason,
    /// The chain of causes for the log, redacted, without the address.
    pub detail: String,
}

/// Why [`crate::Client::send`] has no answer to give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The request was refused here and never sent.
    #[error("the request was not sent: {reason}")]
    InvalidRequest {
        /// What is wrong with it, redacted.
        reason: String,
    },
    /// The account has not been answering and is left alone. Nothing was sent in this call.
    #[error("the account has not been answering; the next try is at {next_try}")]
    BreakerOpen {
        /// When the breaker lets one request through to see.
        next_try: Timestamp,
    },
    /// The time for the call was spent waiting for the rate budget. Nothing was sent in this call.
    #[error("the time for the call was spent waiting for the rate budget, {} ms; nothing was sent", waited.as_millis())]
    DeadlineSpent {
        /// How long the call waited.
        waited: Duration,
    },
    /// Something was tried and no whole answer came.
    #[error(transparent)]
    Unanswered(Unanswered),
}

impl Failure {
    /// Whether the vendor may have carried the request out.
    pub fn maybe_executed(&self) -> bool {
        matches!(self, Self::Unanswered(unanswered) if unanswered.maybe_executed)
    }
}
