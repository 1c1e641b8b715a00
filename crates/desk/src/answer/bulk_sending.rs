//! The runs that are being sent, and how to stop one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use contract::{ErrorBody, ErrorCode};
use domain::{AccountId, BulkRunId, Environment, Timestamp};
use mirror::AccountRow;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::desk::Desk;

/// How long a run goes on before its pace is told.
const PACE_AFTER_MS: u64 = 2_000;

/// How fast a run is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    pub(crate) rows_per_second: Option<u32>,
    pub(crate) remaining_ms: Option<u64>,
}

/// The runs that are being sent.
#[derive(Default)]
pub(crate) struct Bulks {
    sending: Mutex<HashMap<BulkRunId, Arc<Sending>>>,
    /// One at a time decides what a run sends: who ticks, or who begins it.
    pub(super) deciding: tokio::sync::Mutex<()>,
}

/// A run that is being sent.
pub(super) struct Sending {
    pub(super) environment: Environment,
    pub(super) account: AccountId,
    /// No further row is begun.
    pub(super) stop: CancellationToken,
    /// Why, where it was not by itself.
    pub(super) why: Mutex<Option<(String, Option<String>)>>,
    /// What has not left is taken back.
    pub(super) canceled: AtomicBool,
    pub(super) ended: watch::Sender<bool>,
    pub(super) since: Timestamp,
    pub(super) done: AtomicU64,
    pub(super) doubts: AtomicU32,
}

impl Sending {
    /// A run of an account that begins now.
    pub(super) fn new(desk: &Desk, row: &AccountRow) -> Self {
        Self {
            environment: row.environment,
            account: row.id,
            stop: desk.stop.child_token(),
            why: Mutex::default(),
            canceled: AtomicBool::new(false),
            ended: watch::Sender::new(false),
            since: desk.clock.now(),
            done: AtomicU64::new(0),
            doubts: AtomicU32::new(0),
        }
    }

    /// Lets no further row begin. The first reason is the one that is told.
    pub(super) fn pause(&self, code: &str, detail: Option<String>) {
        let mut why = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        why.get_or_insert_with(|| (code.to_owned(), detail));
        drop(why);
        self.stop.cancel();
    }

    pub(super) async fn wait(&self) {
        // The sender lives in itself, so waiting can only end with it.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }
}

impl Bulks {
    pub(super) fn all(&self) -> std::sync::MutexGuard<'_, HashMap<BulkRunId, Arc<Sending>>> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, id: BulkRunId) -> Option<Arc<Sending>> {
        self.all().get(&id).cloned()
    }

    /// Whether rows of the run are being sent.
    pub(crate) fn is_running(&self, id: BulkRunId) -> bool {
        self.all().contains_key(&id)
    }

    /// Whether a run of the account is being sent.
    pub(super) fn is_sending(&self, account: AccountId) -> bool {
        self.all().values().any(|one| one.account == account)
    }

    /// How fast a run is that has so many rows to send.
    pub(crate) fn pace(&self, id: BulkRunId, to_send: u64, now: Timestamp) -> Option<Pace> {
        let sending = self.get(id)?;
        let done = sending.done.load(Ordering::Relaxed);
        let elapsed_ms = u64::try_from(now.ms_since(sending.since)).unwrap_or(0).max(1);
        // The first rows say nothing yet of how fast the others go.
        if done == 0 || elapsed_ms < PACE_AFTER_MS {
            return Some(Pace::default());
        }
        let rate = done.saturating_mul(1_000) / elapsed_ms;
        Some(Pace {
            rows_per_second: Some(u32::try_from(rate).unwrap_or(u32::MAX)),
            remaining_ms: Some(elapsed_ms.saturating_mul(to_send) / done),
        })
    }

    pub(super) fn add(&self, id: BulkRunId, sending: Arc<Sending>) -> Result<(), ErrorBody> {
        let mut all = self.all();
        if all.values().any(|one| one.account == sending.account) {
            return Err(ErrorBody::new(ErrorCode::BulkBusy));
        }
        all.insert(id, sending);
        Ok(())
    }
}

/// Pauses what is being sent of an account, refunds or email, and waits until it came to rest.
pub(crate) async fn stop_and_wait(desk: &Desk, account: AccountId) {
    for runs in [&desk.bulks, &desk.mail_runs] {
        let found = runs.all().values().find(|one| one.account == account).cloned();
        if let Some(sending) = found {
            sending.pause("by_person", None);
            sending.wait().await;
        }
    }
}
