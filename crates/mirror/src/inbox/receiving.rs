//! Requests on their way to the disk.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use sqlx::{AssertSqlSafe, Sqlite, Transaction};
use tokio::sync::oneshot;

use super::Received;
use crate::compression::Packer;
use crate::error::{MirrorError, Result};
use crate::statement::{Value, bind_all, groups, value_rows};
use crate::{Mirror, Writer};

/// Requests that wait at once. More than that are refused, and their vendors send them again.
const WAITING_MAX: usize = 4_096;
/// Requests of one transaction.
const PER_TRANSACTION: usize = 512;
/// After a transaction, tasks that are ready have their turn until this many requests are there, this many times at most:
/// each transaction writes the same pages once more, so that a few requests in each fill the log faster than many.
const ENOUGH: usize = 16;
const TURNS_OF_OTHERS: u32 = 8;
/// Columns of a row.
const COLUMNS: usize = 15;

/// What packs bodies is kept for the next ones, this many at most: one is made in the time that ten bodies are packed.
const PACKERS_KEPT: usize = 4;

/// Requests that wait to be written, and whether a task is at work on them.
#[derive(Default)]
pub(crate) struct Receiving {
    queue: Mutex<Queue>,
    packers: Mutex<Vec<Packer<'static>>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Arrived>,
    at_work: bool,
}

struct Arrived {
    hook: i64,
    values: Vec<Value>,
    answer: oneshot::Sender<Result<()>>,
}

impl std::fmt::Debug for Receiving {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Receiving")
    }
}

impl Receiving {
    fn with<T>(&self, act: impl FnOnce(&mut Queue) -> T) -> T {
        act(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn pack(&self, body: &[u8]) -> Result<Vec<u8>> {
        let kept = self.packers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut packer = kept.map_or_else(Packer::quick, Ok)?;
        let packed = packer.pack(body)?;
        let mut packers = self.packers.lock().unwrap_or_else(PoisonError::into_inner);
        if packers.len() < PACKERS_KEPT {
            packers.push(packer);
        }
        Ok(packed)
    }

    /// Adds a request; tells whether nobody is at work, so that the caller must be. None where too many wait.
    fn push(&self, arrived: Arrived) -> Option<bool> {
        self.with(|queue| {
            if queue.waiting.len() >= WAITING_MAX {
                return None;
            }
            queue.waiting.push_back(arrived);
            Some(!std::mem::replace(&mut queue.at_work, true))
        })
    }

    /// Lets requests that are being read come along with those that wait.
    async fn gather(&self) {
        for _ in 0..TURNS_OF_OTHERS {
            if self.with(|queue| queue.waiting.len() >= ENOUGH) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// The requests of the next transaction; none ends the work.
    fn take(&self) -> Vec<Arrived> {
        self.with(|queue| {
            let count = queue.waiting.len().min(PER_TRANSACTION);
            queue.at_work = count > 0;
            queue.waiting.drain(..count).collect()
        })
    }
}

/// Ends the work however it ends: requests that nobody would ever write are let go, which their callers see.
struct AtWork<'a> {
    receiving: &'a Receiving,
    /// Whether there was nothing left to take; from then on the queue is another's.
    ended: bool,
}

impl AtWork<'_> {
    fn take(&mut self) -> Vec<Arrived> {
        let taken = self.receiving.take();
        self.ended = taken.is_empty();
        taken
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.receiving.with(|queue| {
                queue.waiting.clear();
                queue.at_work = false;
            });
        }
    }
}

impl Mirror {
    /// Keeps a request. The answer comes once it is on the disk, and never before; whoever waits no longer does not
    /// take it back.
    pub async fn receive(&self, received: &Received) -> Result<()> {
        if self.0.breaths.request_came() {
            self.move_log_at_next_breath();
        }
        let values = self.inbox_values(received)?;
        let (answer, answered) = oneshot::channel();
        match self.0.receiving.push(Arrived { hook: received.hook, values, answer }) {
            None => return Err(MirrorError::Busy),
            Some(true) => {
                let mirror = self.clone();
                // On its own, so that a caller that goes away does not stop the requests of others.
                tokio::spawn(async move { mirror.write_received().await });
            }
            Some(false) => {}
        }
        answered.await.unwrap_or(Err(MirrorError::Closed))
    }

    async fn write_received(&self) {
        let mut at_work = AtWork { receiving: &self.0.receiving, ended: false };
        loop {
            self.0.receiving.gather().await;
            // Taken only once the writer is free, so that all that came meanwhile share the transaction.
            let Ok(mut writer) = self.writer().await else { return };
            let arrived = at_work.take();
            if arrived.is_empty() {
                return;
            }
            let mut outcomes = Vec::with_capacity(arrived.len());
            match write(&mut writer, &arrived).await {
                Ok(()) => outcomes.resize_with(arrived.len(), || Ok(())),
                Err(error) if arrived.len() == 1 => outcomes.push(Err(error)),
                // One row may break a rule that the others keep.
                Err(_) => {
                    for one in arrived.chunks(1) {
                        outcomes.push(write(&mut writer, one).await);
                    }
                }
            }
            drop(writer);
            for (one, outcome) in arrived.into_iter().zip(outcomes) {
                // A caller that went away misses nothing: its request is kept.
                let _ = one.answer.send(outcome);
            }
        }
    }

    fn inbox_values(&self, received: &Received) -> Result<Vec<Value>> {
        let redacted = self.without_erased(received.account_id, &received.body);
        let of_erased = redacted.is_some();
        let packed = self.0.receiving.pack(redacted.as_deref().unwrap_or(&received.body))?;
        let headers = serde_json::to_string(&received.headers)
            .map_err(|_| MirrorError::corrupt("headers cannot be written"))?;
        Ok(vec![
            self.number_of(received.account_id)?.into(),
            received.hook.into(),
            received.received_at.into(),
            received.method.as_str().into(),
            received.path.as_str().into(),
            headers.into(),
            Value::Bytes(packed),
            i64::try_from(received.body.len()).unwrap_or(i64::MAX).into(),
            received.scheme.as_str().into(),
            received.verdict.as_str().into(),
            received.state.as_str().into(),
            received.reason.as_ref().into(),
            received.event_id.as_ref().into(),
            received.event_type.as_ref().into(),
            (received.replayable && !of_erased).into(),
        ])
    }
}

/// Writes requests in one transaction.
async fn write(writer: &mut Writer<'_>, arrived: &[Arrived]) -> Result<()> {
    let mut transaction = writer.begin().await?;
    refuse_removed(&mut transaction, arrived).await?;
    for group in groups(arrived) {
        let statement = format!(
            "insert into inbox (account, hook, received_at, method, path, headers, body_zstd, body_bytes, scheme, verdict, \
             state, reason, event_id, event_type, replayable) values {}",
            value_rows(group.len(), COLUMNS)
        );
        let values = group.iter().flat_map(|one| one.values.iter().cloned());
        bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

/// A request may have been on its way while its path was taken away, or its account: what it brings would be of nobody.
async fn refuse_removed(transaction: &mut Transaction<'_, Sqlite>, arrived: &[Arrived]) -> Result<()> {
    let hooks: BTreeSet<i64> = arrived.iter().map(|one| one.hook).collect();
    for hook in hooks {
        let present: bool = sqlx::query_scalar(
            "select exists (select 1 from hooks h join accounts a on a.number = h.account \
             where h.number = ?1 and h.removed_at is null and a.removed_at is null)",
        )
        .bind(hook)
        .fetch_one(&mut **transaction)
        .await?;
        if !present {
            return Err(MirrorError::UnknownAccount);
        }
    }
    Ok(())
}
