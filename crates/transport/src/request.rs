//! One call to a vendor, before it is sent.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

use crate::endpoint::Endpoint;

/// The bytes of a request, already encoded: a keyed write must send the same bytes every time.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// `application/x-www-form-urlencoded`.
    Form(Bytes),
    /// `application/json`.
    Json(Bytes),
}

impl Body {
    pub(crate) fn content_type(&self) -> &'static str {
        match self {
            Self::Form(_) => "application/x-www-form-urlencoded",
            Self::Json(_) => "application/json",
        }
    }

    pub(crate) fn bytes(&self) -> &Bytes {
        match self {
            Self::Form(bytes) | Self::Json(bytes) => bytes,
        }
    }
}

/// Shows the length only: a body holds personal data.
impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Body({}, {} bytes)", self.content_type(), self.bytes().len())
    }
}

/// One call: as many attempts as the retry decision allows, all within [`Request::deadline`].
#[derive(Clone)]
pub struct Request {
    /// What is called, as it is logged and budgeted.
    pub endpoint: Endpoint,
    /// The path with its ids, as [`Endpoint::path`] makes it.
    pub path: String,
    /// Names and values, not yet encoded. Never logged: it can hold an email address.
    pub query: Vec<(String, String)>,
    /// Extra headers. Those that the client itself sets are refused.
    pub headers: Vec<(&'static str, String)>,
    /// The bytes to send.
    pub body: Option<Body>,
    /// The key that the caller has already stored. A write without one is sent once, never again.
    pub idempotency_key: Option<String>,
    /// Groups the attempts of one call in the call log.
    pub call_id: Uuid,
    /// Longest time for the whole call: waiting for the budget, all attempts and the waits between.
    /// The client's own limit holds too.
    pub deadline: Duration,
}

impl Request {
    /// A call of `endpoint` at `path` with nothing else: no query, no body, no key, 80 s.
    pub fn new(endpoint: Endpoint, path: impl Into<String>) -> Self {
        Self {
            endpoint,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            idempotency_key: None,
            call_id: Uuid::now_v7(),
            deadline: Duration::from_secs(80),
        }
    }
}

/// Shows the template, not the path, the query or the headers.
impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("endpoint", &self.endpoint)
            .field("body", &self.body)
            .field("idempotency_key", &self.idempotency_key)
            .field("call_id", &self.call_id)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
