//! Mirroring: one run per account at a time, watched by every shell.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use contract::endpoint::Tag;
use contract::sync::{CancelSync, StartSync, SyncKindView, SyncView};
use contract::{ErrorBody, Notice, Page};
use domain::intent::IntentState;
use domain::{AccountId, Kind, Record, Timestamp};
use mirror::{AccountRow, SliceRow};
use operations::sync::{ListState, Report, Run, Summary, list_state};
use operations::{OpenAccount, OperationError, drive};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::scope::Resolved;
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// Notices of one run are at least this far apart.
const NOTICE_PAUSE_MS: i64 = 100;

/// What is known of the runs of this Desk.
#[derive(Default)]
pub(crate) struct Syncs(Mutex<HashMap<AccountId, Arc<Watched>>>);

/// One run, or the last one.
struct Watched {
    cancel: CancellationToken,
    ended: watch::Sender<Option<Result<(), ErrorBody>>>,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    started_at: Option<Timestamp>,
    said_at: Option<Timestamp>,
    kinds: HashMap<Kind, KindProgress>,
}

#[derive(Clone, Copy, Default)]
struct KindProgress {
    state: Option<ListState>,
    records: u64,
    skipped: u64,
    started_at: Option<Timestamp>,
    earliest: Option<Timestamp>,
}

impl Watched {
    fn is_running(&self) -> bool {
        self.ended.borrow().is_none()
    }
}

impl Syncs {
    fn get(&self, account: AccountId) -> Option<Arc<Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }

    /// The run that is under way, or a new one that the caller must start.
    fn join_or_begin(&self, account: AccountId, stop: &CancellationToken) -> (Arc<Watched>, bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = all.get(&account).filter(|run| run.is_running()) {
            return (Arc::clone(running), false);
        }
        let run = Arc::new(Watched {
            cancel: stop.child_token(),
            ended: watch::Sender::new(None),
            progress: Mutex::default(),
        });
        all.insert(account, Arc::clone(&run));
        (run, true)
    }
}

/// Answers `start_sync`. A run that is under way is joined, never doubled.
pub(crate) async fn start(scope: &Resolved, request: StartSync) -> Result<Page<SyncView>, ErrorBody> {
    let (open, rows) = scope.some_accounts(request.account.as_deref()).await?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in &rows {
        runs.push(begin(&scope.desk, &open, row));
    }
    if request.wait {
        for run in runs {
            wait(&run).await;
        }
    }
    views(scope, &open, &rows).await
}

/// Starts a run for an account, or joins the one that is under way.
pub(crate) fn begin(desk: &Arc<Desk>, open: &OpenMirror, row: &AccountRow) -> RunHandle {
    let (run, is_new) = desk.syncs.join_or_begin(row.id, &desk.stop);
    if is_new {
        let (desk, open, row, run) = (Arc::clone(desk), open.clone(), row.clone(), Arc::clone(&run));
        desk.tasks.clone().spawn(async move {
            let result = go(&desk, &open, &row, &run).await;
            if let Err(error) = &result {
                tracing::info!(account = %row.id, code = %error.code, "a sync ended early");
            }
            run.ended.send_replace(Some(result));
            if let Ok(sync) = view(&desk, &open, &row).await {
                desk.say(Notice::Sync { environment: row.environment, sync });
            }
            desk.say_changed(
                row.environment,
                &[Tag::Accounts, Tag::Sync, Tag::Payments, Tag::Customers, Tag::Refunds, Tag::Calls],
            );
        });
    }
    RunHandle(run)
}

/// A run that can be waited for.
pub(crate) struct RunHandle(Arc<Watched>);

async fn wait(run: &RunHandle) {
    let mut ended = run.0.ended.subscribe();
    // The sender lives in the run itself, so waiting can only end with the run.
    let _ = ended.wait_for(Option::is_some).await;
}

async fn go(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
    run: &Arc<Watched>,
) -> Result<(), ErrorBody> {
    let label = row.label.as_str();
    let account = desk.open_account(row, open).await?;
    let now = desk.clock.now();
    run.progress.lock().unwrap_or_else(PoisonError::into_inner).started_at = Some(now);
    let hear = |report: Report| hear(desk, open, row, run, report);
    let work = Run { account: &account, cancel: run.cancel.clone(), report: &hear };
    let summary = tokio::select! {
        biased;
        () = run.cancel.cancelled() => Err(OperationError::Canceled),
        done = work.sync() => done,
    };
    let summary = summary.map_err(|error| errors::of_operation(&error, label))?;
    settle_seen(desk, open, &account, summary).await
}

/// Refunds that the vendor told of and that carry an intent of ours settle it.
async fn settle_seen(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    account: &OpenAccount,
    summary: Summary,
) -> Result<(), ErrorBody> {
    for seen in summary.our_refunds {
        let Record::Refund(refund) = &seen.record else { continue };
        let Some(id) = refund.intent_id.as_deref().and_then(|id| id.parse().ok()) else { continue };
        let lock = desk.intent_lock(id);
        let _alone = lock.lock().await;
        let found = open.mirror.intents().by_id(id).await.map_err(|error| errors::of_mirror(&error))?;
        let Some(intent) = found.filter(|intent| intent.account_id == account.id()) else { continue };
        if intent.state == IntentState::Settled {
            continue;
        }
        drive::believe_refund(account, intent, seen)
            .await
            .map_err(|error| errors::of_operation(&error, account.row.label.as_str()))?;
    }
    Ok(())
}

/// Hears how far a run is, and tells the shells, not too often.
fn hear(desk: &Arc<Desk>, open: &OpenMirror, row: &AccountRow, run: &Arc<Watched>, report: Report) {
    let now = desk.clock.now();
    let say = {
        let mut progress = run.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = progress.kinds.entry(report.kind).or_default();
        kind.started_at.get_or_insert(now);
        kind.state = Some(report.state);
        kind.records += report.records;
        kind.skipped += report.skipped;
        kind.earliest = report.earliest.or(kind.earliest);
        let due = progress.said_at.is_none_or(|said_at| now.ms_since(said_at) >= NOTICE_PAUSE_MS);
        if due {
            progress.said_at = Some(now);
        }
        due
    };
    if say {
        let (desk, open, row) = (Arc::clone(desk), open.clone(), row.clone());
        desk.tasks.clone().spawn(async move {
            if let Ok(sync) = view(&desk, &open, &row).await {
                desk.say(Notice::Sync { environment: row.environment, sync });
            }
        });
    }
}

/// Answers `cancel_sync`.
pub(crate) async fn cancel(scope: &Resolved, request: CancelSync) -> Result<Page<SyncView>, ErrorBody> {
    let (open, rows) = scope.some_accounts(request.account.as_deref()).await?;
    for row in &rows {
        stop_and_wait(scope, row.id).await;
    }
    views(scope, &open, &rows).await
}

/// Stops the run of an account, if there is one, and waits until it ended.
pub(crate) async fn stop_and_wait(scope: &Resolved, account: AccountId) {
    if let Some(run) = scope.syncs.get(account).filter(|run| run.is_running()) {
        run.cancel.cancel();
        wait(&RunHandle(run)).await;
    }
}

/// Answers `show_sync`.
pub(crate) async fn show(scope: &Resolved) -> Result<Page<SyncView>, ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    views(scope, &open, &rows).await
}

async fn views(
    scope: &Resolved,
    open: &OpenMirror,
    rows: &[AccountRow],
) -> Result<Page<SyncView>, ErrorBody> {
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(view(&scope.desk, open, row).await?);
    }
    Ok(Page { total: items.len() as u64, items, next: None })
}

async fn view(desk: &Desk, open: &OpenMirror, row: &AccountRow) -> Result<SyncView, ErrorBody> {
    let of_mirror = |error: mirror::MirrorError| errors::of_mirror(&error);
    let slices = open.mirror.sync_slices().list(Some(row.id)).await.map_err(of_mirror)?;
    let run = desk.syncs.get(row.id);
    let running = run.as_ref().is_some_and(|run| run.is_running());
    let ended = run.as_ref().and_then(|run| run.ended.borrow().clone());
    let progress: HashMap<Kind, KindProgress> = run
        .as_ref()
        .map(|run| run.progress.lock().unwrap_or_else(PoisonError::into_inner).kinds.clone())
        .unwrap_or_default();
    let now = desk.clock.now();
    let mut kinds = Vec::with_capacity(Kind::ALL.len());
    for kind in Kind::ALL {
        let slice = slices.iter().find(|slice| slice.kind == kind);
        let rows = open.mirror.count(kind, Some(row.id)).await.map_err(of_mirror)?;
        let progress = progress.get(&kind).copied().unwrap_or_default();
        let measured = Measured { rows, progress, oldest: oldest(kind, &slices, now) };
        kinds.push(kind_view(kind, slice, &measured, running, now));
    }
    let problem = ended.as_ref().and_then(|ended| ended.as_ref().err());
    let as_of = super::accounts::as_of(&open.mirror, row.id).await?;
    let state = match (running, problem, as_of) {
        (true, ..) => "loading",
        (_, Some(problem), _) if problem.code == contract::ErrorCode::Canceled => "canceled",
        (_, Some(_), _) => "failed",
        (_, None, Some(_)) => "complete",
        (_, None, None) if slices.is_empty() => "never",
        (_, None, None) => "canceled",
    };
    Ok(SyncView {
        account: row.label.to_string(),
        running,
        state: state.to_owned(),
        problem: problem.map(|problem| problem.code.to_string()),
        problem_detail: problem.and_then(|problem| problem.detail.clone()),
        as_of,
        rows_this_run: progress.values().map(|one| one.records).sum(),
        kinds,
    })
}

/// What is known of a list besides its slice.
struct Measured {
    rows: u64,
    progress: KindProgress,
    /// Creation of the oldest record that the list can have, as far as that is known.
    oldest: Option<Timestamp>,
}

/// The feed goes back 30 days; every other list goes back to the first payment, once that is known.
/// Vendors tell no totals, so the time that is covered is the only measure of what is left.
fn oldest(kind: Kind, slices: &[SliceRow], now: Timestamp) -> Option<Timestamp> {
    const FEED_MS: i64 = 30 * 86_400_000;
    if kind == Kind::Events {
        return Some(now.plus_ms(-FEED_MS));
    }
    let payments = slices.iter().find(|slice| slice.kind == Kind::Payments)?;
    if payments.state == mirror::SliceState::Complete { payments.earliest_seen } else { None }
}

/// What is left of a list, at the speed so far, by the time that it covers already.
fn remaining_ms(earliest: Timestamp, oldest: Timestamp, now: Timestamp, elapsed_ms: i64) -> Option<u64> {
    let covered = i128::from(now.ms_since(earliest));
    let left = i128::from(earliest.ms_since(oldest).max(0));
    if covered <= 0 {
        return None;
    }
    u64::try_from(i128::from(elapsed_ms) * left / covered).ok()
}

fn kind_view(
    kind: Kind,
    slice: Option<&SliceRow>,
    measured: &Measured,
    running: bool,
    now: Timestamp,
) -> SyncKindView {
    let (rows, progress) = (measured.rows, measured.progress);
    let state = match slice.map(list_state) {
        None => "waiting",
        Some(ListState::Loading) if running => "loading",
        Some(ListState::Loading) => "waiting",
        Some(ListState::Complete) => "complete",
        Some(ListState::NotOffered) => "not_offered",
        Some(ListState::NotAllowed) => "not_allowed",
    };
    let elapsed_ms = progress.started_at.map(|started_at| now.ms_since(started_at).max(1)).unwrap_or(0);
    let loading = running && state == "loading" && elapsed_ms > 0;
    let rate = || {
        let per_second =
            progress.records.saturating_mul(1_000) / u64::try_from(elapsed_ms).unwrap_or(1).max(1);
        u32::try_from(per_second).unwrap_or(u32::MAX)
    };
    SyncKindView {
        kind: kind.to_string(),
        state: state.to_owned(),
        rows,
        skipped: progress.skipped,
        rows_per_second: loading.then(rate),
        remaining_ms: match (progress.earliest.filter(|_| loading), measured.oldest) {
            (Some(earliest), Some(oldest)) => remaining_ms(earliest, oldest, now, elapsed_ms),
            _ => None,
        },
        as_of: slice.and_then(|slice| slice.as_of),
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::remaining_ms;

    #[test]
    fn what_is_left_follows_from_the_time_that_is_covered() {
        let day = |days: i64| Timestamp::from_ms(days * 86_400_000);
        assert_eq!(remaining_ms(day(75), day(0), day(100), 10_000), Some(30_000));
        assert_eq!(remaining_ms(day(10), day(20), day(100), 10_000), Some(0));
        assert_eq!(remaining_ms(day(100), day(0), day(100), 10_000), None);
    }
}
