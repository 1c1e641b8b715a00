//! Every try is a row (design rule 4): what is told about an attempt, and to whom.

use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Timestamp};
use http::Method;
use uuid::Uuid;

use crate::clock::Clock;
use crate::failure::ErrorKind;
use crate::request::Request;
use crate::retry::{AttemptEnd, Decision, Outcome};

/// Takes one record per attempt. It is called on the path of money: it must not block, so the desk
/// puts the record into a channel and writes rows elsewhere.
pub trait AttemptSink: Send + Sync {
    /// Takes the record of one attempt that is over.
    fn record(&self, attempt: AttemptRecord);
}

/// One attempt: no body, no secret, no personal data, never the query, no id in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Groups the attempts of one call.
    pub call_id: Uuid,
    /// Whose key was used.
    pub account: AccountId,
    /// The HTTP method.
    pub method: Method,
    /// Such as `/v1/charges/{id}`.
    pub path_template: &'static str,
    /// From 1.
    pub attempt: u32,
    /// The status, when there was an answer.
    pub status: Option<u16>,
    /// What went wrong, when there was no whole answer.
    pub error: Option<ErrorKind>,
    /// When the attempt was sent.
    pub started_at: Timestamp,
    /// From sending to the end of the body, in milliseconds.
    pub duration_ms: u64,
    /// The vendor's name for the attempt.
    pub request_id: Option<String>,
    /// The key that a write was sent under.
    pub idempotency_key: Option<String>,
    /// What followed.
    pub decision: Decision,
    /// The wait before the next attempt, when there is one, in milliseconds.
    pub wait_ms: Option<u64>,
}

/// The record of an attempt on its way. Dropped unfinished it still becomes a row: every try is one.
pub(crate) struct OpenRecord {
    sink: Arc<dyn AttemptSink>,
    clock: Arc<dyn Clock>,
    started: Duration,
    record: Option<AttemptRecord>,
}

impl OpenRecord {
    pub(crate) fn start(
        sink: Arc<dyn AttemptSink>,
        clock: Arc<dyn Clock>,
        account: AccountId,
        request: &Request,
        attempt: u32,
    ) -> Self {
        let record = AttemptRecord {
            call_id: request.call_id,
            account,
            method: request.endpoint.method.clone(),
            path_template: request.endpoint.path_template,
            attempt,
            status: None,
            error: None,
            started_at: clock.now(),
            duration_ms: 0,
            request_id: None,
            idempotency_key: request.idempotency_key.clone(),
            decision: Decision::Abandoned,
            wait_ms: None,
        };
        Self { sink, started: clock.monotonic(), clock, record: Some(record) }
    }

    /// Notes how the attempt ended and what follows; the record leaves with it.
    pub(crate) fn finish(mut self, end: AttemptEnd, request_id: Option<String>, outcome: Outcome) {
        let Some(record) = &mut self.record else { return };
        match end {
            AttemptEnd::Status(status) => record.status = Some(status),
            AttemptEnd::NoAnswer(kind) => record.error = Some(kind),
        }
        record.request_id = request_id;
        match outcome {
            Outcome::Stop(reason) => record.decision = Decision::Stop(reason),
            Outcome::RetryAfter { at_least, .. } => {
                record.decision = Decision::Retry;
                record.wait_ms = Some(u64::try_from(at_least.as_millis()).unwrap_or(u64::MAX));
            }
        }
    }
}

impl Drop for OpenRecord {
    fn drop(&mut self) {
        let Some(mut record) = self.record.take() else { return };
        let took = self.clock.monotonic().saturating_sub(self.started);
        record.duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(
            call_id = %record.call_id,
            account = %record.account,
            method = %record.method,
            path = record.path_template,
            attempt = record.attempt,
            status = record.status,
            error = record.error.map(|kind| kind.as_str()),
            duration_ms = record.duration_ms,
            decision = record.decision.as_str(),
            wait_ms = record.wait_ms,
            "attempt"
        );
        self.sink.record(record);
    }
}
