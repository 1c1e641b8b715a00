//! Writes every attempt that left this machine as a row, beside the path of money.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{AccountId, Environment, Vendor};
use mirror::{ApiCallRow, Mirror};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use transport::{AttemptRecord, AttemptSink};

use crate::telemetry::CallFigures;

/// Records that may wait for the writer. A flood beyond it is counted and said, never blocked on.
const WAITING_MAX: usize = 4_096;
/// Rows written in one transaction.
const BATCH_MAX: usize = 256;

/// Where one environment's clients put their records.
#[derive(Clone)]
pub(crate) struct CallLog {
    records: mpsc::Sender<AttemptRecord>,
    dropped: Arc<AtomicU64>,
    environment: Environment,
    figures: Arc<CallFigures>,
}

/// Where the records of one vendor's client go: into the log, and into the figures.
struct OfVendor {
    log: CallLog,
    vendor: Vendor,
}

impl CallLog {
    /// Starts the writer of one mirror; it ends when every client is gone.
    pub(crate) fn start(
        mirror: Mirror,
        tasks: &TaskTracker,
        environment: Environment,
        figures: Arc<CallFigures>,
    ) -> Self {
        let (records, waiting) = mpsc::channel(WAITING_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        tasks.spawn(write(mirror, waiting, Arc::clone(&dropped)));
        Self { records, dropped, environment, figures }
    }

    /// The same for the clients of a vendor.
    pub(crate) fn of(&self, vendor: Vendor) -> Arc<dyn AttemptSink> {
        Arc::new(OfVendor { log: self.clone(), vendor })
    }
}

impl AttemptSink for OfVendor {
    fn record(&self, attempt: AttemptRecord) {
        self.log.figures.note(self.vendor, self.log.environment, &attempt);
        if attempt.error.is_some() || attempt.status.is_some_and(|status| status >= 400) {
            tracing::info!(
                vendor = self.vendor.as_str(),
                environment = self.log.environment.as_str(),
                method = %attempt.method,
                path = attempt.path_template,
                attempt = attempt.attempt,
                status = attempt.status,
                error = attempt.error.map(transport::ErrorKind::as_str),
                request_id = attempt.request_id.as_deref(),
                decision = attempt.decision.as_str(),
                "a call to a vendor did not go well"
            );
        }
        if self.log.records.try_send(attempt).is_err() {
            self.log.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn write(mirror: Mirror, mut waiting: mpsc::Receiver<AttemptRecord>, dropped: Arc<AtomicU64>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while waiting.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let rows: Vec<ApiCallRow> = batch.drain(..).map(row).collect();
        if let Err(error) = mirror.api_calls().insert(&rows).await {
            tracing::warn!(%error, rows = rows.len(), "attempts could not be written to the call log");
        }
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(lost, "attempts came faster than the call log could be written");
        }
    }
}

fn row(attempt: AttemptRecord) -> ApiCallRow {
    let account_id: AccountId = attempt.account;
    ApiCallRow {
        call_id: attempt.call_id.to_string(),
        account_id,
        method: attempt.method.to_string(),
        path_template: attempt.path_template.to_owned(),
        attempt: attempt.attempt,
        status: attempt.status,
        error: attempt.error.map(|kind| kind.to_string()),
        started_at: attempt.started_at,
        duration_ms: attempt.duration_ms,
        request_id: attempt.request_id,
        idempotency_key: attempt.idempotency_key,
        decision: attempt.decision.as_str().to_owned(),
        wait_ms: attempt.wait_ms,
    }
}

#[cfg(test)]
mod tests {
    use transport::ErrorKind;

    #[test]
    fn tries_that_never_left_are_those_that_the_count_of_a_day_leaves_out() {
        let words = |has_left: bool| {
            let kinds = ErrorKind::ALL.into_iter().filter(move |kind| kind.has_left() == has_left);
            kinds.map(ErrorKind::as_str).collect::<Vec<_>>()
        };
        assert_eq!(words(false), mirror::NEVER_LEFT);
        assert!(words(true).iter().all(|word| !mirror::NEVER_LEFT.contains(word)));
    }
}
