//! The answer of a vendor.

use std::fmt;

use bytes::Bytes;
use domain::Timestamp;

use crate::retry::StopReason;

/// Response headers, looked up without regard to case. At most [`crate::Limits::max_headers`] of
/// them are kept, `Set-Cookie` never.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// From names and values in any case.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
    }

    /// The first value under `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Shows names only: a value can repeat what was sent.
impl fmt::Debug for Headers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// The final answer of a call, whatever its status.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers that were kept.
    pub headers: Headers,
    /// The whole body, within [`crate::Limits::max_body_bytes`].
    pub body: Bytes,
    /// How many attempts the call took, this one included.
    pub attempts: u32,
    /// The server's `Date`: the moment the vendor's state was read.
    pub server_date: Option<Timestamp>,
    /// The vendor's name for this attempt.
    pub request_id: Option<String>,
    /// The vendor replayed a saved answer under the idempotency key instead of running the request.
    pub replayed: bool,
    /// Why the call ended with this answer.
    pub ended: StopReason,
    /// An earlier attempt of this call may have been carried out: it broke after it was sent, or was
    /// answered `408`, `409` or `5xx`. Then a refusal in this answer is no proof that nothing happened.
    pub earlier_attempt_may_have_run: bool,
}

impl Response {
    /// `2xx`.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Shows no body.
impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .field("attempts", &self.attempts)
            .field("server_date", &self.server_date)
            .field("request_id", &self.request_id)
            .field("replayed", &self.replayed)
            .field("ended", &self.ended)
            .field("earlier_attempt_may_have_run", &self.earlier_attempt_may_have_run)
            .finish()
    }
}
