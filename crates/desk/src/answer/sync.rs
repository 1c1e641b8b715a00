//! Mirroring: one run per account at a time, watched by every shell.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use contract::endpoint::Tag;
use contract::sync::{CancelSync, CatchUpView, ReadsView, StartSync, SyncKindView, SyncView};
use contract::{ErrorBody, ErrorCode, Notice, Page};
use domain::{AccountId, Kind, Timestamp};
use mirror::{AccountRow, SliceRow};
use operations::sync::{ListState, Report, Run, list_state};
use operations::{OpenAccount, OperationError, ReadBudget, drive};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::scope::Resolved;
use crate::clients::SentCounts;
use crate::desk::{Desk, OpenMirror};
use crate::{errors, message_work, telling};

/// Notices of one run are at least this far apart.
const NOTICE_PAUSE_MS: i64 = 100;
/// While a run goes on, rows are counted anew after so long.
const COUNTED_FOR_MS: i64 = 5_000;
/// Gaps that are shown.
const GAPS_SHOWN: u32 = 5;

/// What is known of the runs of this Desk.
#[derive(Default)]
pub(crate) struct Syncs(Mutex<HashMap<AccountId, Arc<Watched>>>);

/// How the last run of an account ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastRun {
    pub(crate) ended_at: Timestamp,
    pub(crate) requests: u64,
    /// How many runs in a row, this one included, failed for a reason that passes by itself.
    pub(crate) failures: u32,
}

/// One run, or the last one.
struct Watched {
    /// Whether somebody waits for it, and not only the clock.
    asked_for: bool,
    /// Runs before it that failed in a row for a reason that passes by itself.
    failures_before: u32,
    cancel: CancellationToken,
    ended: watch::Sender<Option<Result<(), ErrorBody>>>,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    said_at: Option<Timestamp>,
    sent_before: SentCounts,
    sent_at_end: Option<SentCounts>,
    kinds: HashMap<Kind, KindProgress>,
    counted: HashMap<Kind, Counted>,
}

/// Rows of a kind, counted at a moment. Counting a million rows takes long enough to matter when a
/// run tells of itself ten times a second.
#[derive(Clone, Copy)]
struct Counted {
    rows: u64,
    at: Timestamp,
}

#[derive(Clone, Copy, Default)]
struct KindProgress {
    state: Option<ListState>,
    records: u64,
    skipped: u64,
    started_at: Option<Timestamp>,
    left: Option<u64>,
    /// Whether its first load was under way in this run.
    loaded: bool,
}

impl Watched {
    fn is_running(&self) -> bool {
        self.ended.borrow().is_none()
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    /// Runs up to this one that failed in a row for a reason that passes by itself.
    fn failures(&self) -> u32 {
        match &*self.ended.borrow() {
            Some(Err(error)) if passes_by_itself(error.code) => self.failures_before.saturating_add(1),
            _ => 0,
        }
    }

    /// Requests, milliseconds and rows of the run.
    fn figures(&self, sent: SentCounts, now: Timestamp) -> (SentCounts, u64, u64) {
        let progress = self.progress();
        let ended = progress.ended_at.unwrap_or(now);
        let duration = progress.started_at.map_or(0, |started_at| ended.ms_since(started_at));
        let rows = progress.kinds.values().map(|one| one.records).sum();
        let sent = progress.sent_at_end.unwrap_or(sent).since(progress.sent_before);
        (sent, u64::try_from(duration).unwrap_or(0), rows)
    }
}

/// Whether a run that failed so may well succeed a moment later: the network is not up yet, or the
/// vendor is in trouble. What answers in place of the vendor may be the page of a hotel.
fn passes_by_itself(code: ErrorCode) -> bool {
    use ErrorCode::{BreakerOpen, VendorBusy, VendorUnreachable, VendorUnreadable};
    matches!(code, VendorUnreachable | VendorUnreadable | VendorBusy | BreakerOpen)
}

impl Syncs {
    fn get(&self, account: AccountId) -> Option<Arc<Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }

    /// What the last run of an account cost and when it ended; none while it runs or where none ran.
    pub(crate) fn last_run(&self, account: AccountId) -> Option<LastRun> {
        let run = self.get(account)?;
        let progress = run.progress();
        let sent = progress.sent_at_end?.since(progress.sent_before);
        // A first load is paid once; what following costs shows after it.
        let loaded = progress.kinds.values().any(|kind| kind.loaded);
        let requests = if loaded { sent.requests.min(1) } else { sent.requests };
        Some(LastRun { ended_at: progress.ended_at?, requests, failures: run.failures() })
    }

    /// Whether a run is under way.
    pub(crate) fn is_running(&self, account: AccountId) -> bool {
        self.get(account).is_some_and(|run| run.is_running())
    }

    /// The run that is under way, or a new one that the caller must start.
    fn join_or_begin(
        &self,
        account: AccountId,
        asked_for: bool,
        stop: &CancellationToken,
    ) -> (Arc<Watched>, bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.get(&account);
        if let Some(running) = before.filter(|run| run.is_running()) {
            return (Arc::clone(running), false);
        }
        let run = Arc::new(Watched {
            asked_for,
            failures_before: before.map_or(0, |run| run.failures()),
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
        let unpaused = open.mirror.catch_ups().set_paused(row.id, None).await;
        unpaused.map_err(|error| errors::of_mirror(&error))?;
        runs.push(begin(&scope.desk, &open, row, true));
    }
    if request.wait {
        for run in runs {
            wait(&run).await;
        }
    }
    views(scope, &open, &rows).await
}

/// Starts a run for an account, or joins the one that is under way.
pub(crate) fn begin(desk: &Arc<Desk>, open: &OpenMirror, row: &AccountRow, asked_for: bool) -> RunHandle {
    let (run, is_new) = desk.syncs.join_or_begin(row.id, asked_for, &desk.stop);
    if is_new {
        // What a sync finds is nobody's doing, whoever asked for it.
        let (desk, open, row, run) = (Arc::clone(desk), open.by_itself(), row.clone(), Arc::clone(&run));
        desk.tasks.clone().spawn(async move {
            let result = go(&desk, &open, &row, &run).await;
            {
                let mut progress = run.progress();
                progress.ended_at = Some(desk.clock.now());
                progress.sent_at_end = Some(desk.clients.sent(row.id));
            }
            tell_of(&desk, &open, &row, &result).await;
            if let Err(error) = &result {
                desk.note_refused_write(row.environment, error);
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

/// Writes down what a run found that somebody wants to be told of: a key that the vendor takes no more, or takes again, and
/// disputes that are due soon.
async fn tell_of(desk: &Desk, open: &OpenMirror, row: &AccountRow, result: &Result<(), ErrorBody>) {
    let is_taken = match result {
        Ok(()) => Some(true),
        Err(error) if error.code == ErrorCode::VendorUnauthorized => Some(false),
        // Of the key nothing else tells.
        Err(_) => None,
    };
    if let Some(is_taken) = is_taken
        && let Err(error) = open.mirror.note_key(row.id, is_taken, desk.clock.now()).await
    {
        tracing::warn!(%error, "whether the vendor takes the key is not written down");
    }
    tell_due(desk, open).await;
    desk.relay.wake(row.environment);
}

/// Tells of disputes that are due soon, and of those that need no answer any more.
pub(crate) async fn tell_due(desk: &Desk, open: &OpenMirror) {
    let hours = desk.settings.lock().await.dispute_due_hours();
    let (disputes, now) = (open.mirror.disputes(), desk.clock.now());
    for told in [disputes.tell_due(&hours, now).await, disputes.tell_answered(now).await] {
        match told {
            Ok(0) => {}
            Ok(_) => desk.relay.wake(open.mirror.environment()),
            Err(error) => tracing::warn!(%error, "disputes that are due cannot be told of"),
        }
    }
}

/// Brings the mirror up to date with what the vendor tells from now on: a run that is under way may
/// have read the feed already, so it is waited for and another one follows.
pub(crate) async fn follow_anew(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
) -> Result<(), ErrorBody> {
    if let Some(running) = desk.syncs.get(row.id).filter(|run| run.is_running()) {
        wait(&RunHandle(running)).await;
    }
    let run = begin(desk, open, row, true);
    wait(&run).await;
    run.0.ended.borrow().clone().unwrap_or(Ok(()))
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
    {
        let mut progress = run.progress();
        progress.started_at = Some(desk.clock.now());
        progress.sent_before = desk.clients.sent(row.id);
    }
    // A run before may have been cut off between what it wrote and what follows from it.
    settle_told(desk, open, &account).await?;
    let hear = |report: Report| hear(desk, open, row, run, report);
    let work =
        Run { account: &account, cancel: run.cancel.clone(), report: &hear, every_list: run.asked_for };
    let done = tokio::select! {
        biased;
        () = run.cancel.cancelled() => Err(OperationError::Canceled),
        done = work.sync() => done,
    };
    // What a run brought before it ended early is in the mirror, and stands.
    let settled = settle_told(desk, open, &account).await;
    done.map_err(|error| errors::of_operation(&error, label))?;
    settled?;
    telling::after_refunds(desk, row.environment).await;
    message_work::follow(desk, open, message_work::SOME).await
}

/// Refunds in the mirror that carry an intent of ours settle it. One that somebody works on now finds
/// out by itself.
pub(crate) async fn settle_told(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    account: &OpenAccount,
) -> Result<(), ErrorBody> {
    let told = open.mirror.intents().not_settled_by_their_refunds(account.id()).await;
    let mut first_error = None;
    for (id, refund_id) in told.map_err(|error| errors::of_mirror(&error))? {
        let lock = desk.intent_lock(id);
        let Ok(_alone) = lock.try_lock() else { continue };
        if let Err(error) = drive::believe_mirrored(account, id, &refund_id).await {
            tracing::warn!(intent = %id, %error, "a refund of ours could not settle its intent");
            first_error.get_or_insert_with(|| errors::of_operation(&error, account.row.label.as_str()));
        }
    }
    first_error.map_or(Ok(()), Err)
}

/// Hears how far a run is, and tells the shells, not too often.
fn hear(desk: &Arc<Desk>, open: &OpenMirror, row: &AccountRow, run: &Arc<Watched>, report: Report) {
    let now = desk.clock.now();
    let say = {
        let mut progress = run.progress();
        let kind = progress.kinds.entry(report.kind).or_default();
        kind.started_at.get_or_insert(now);
        kind.state = Some(report.state);
        kind.records += report.records;
        kind.skipped += report.skipped;
        kind.left = report.left;
        kind.loaded |= report.state == ListState::Loading;
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
        if request.pause {
            let paused = open.mirror.catch_ups().set_paused(row.id, Some(scope.clock.now())).await;
            paused.map_err(|error| errors::of_mirror(&error))?;
        }
        stop_and_wait(scope, row.id).await;
    }
    views(scope, &open, &rows).await
}

/// Stops the run of an account, if there is one, and waits until it ended.
/// Tells whether there was one.
pub(crate) async fn stop_and_wait(scope: &Resolved, account: AccountId) -> bool {
    let Some(run) = scope.syncs.get(account).filter(|run| run.is_running()) else { return false };
    run.cancel.cancel();
    wait(&RunHandle(run)).await;
    true
}

/// Answers `show_sync`.
pub(crate) async fn show(scope: &Resolved) -> Result<Page<SyncView>, ErrorBody> {
    let (open, rows) = scope.paying_accounts().await?;
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
    let now = desk.clock.now();
    let mut kinds = Vec::with_capacity(Kind::ALL.len());
    for kind in Kind::ALL {
        let slice = slices.iter().find(|slice| slice.kind == kind);
        let rows = rows_of(open, row, run.as_deref(), slice, kind, now).await.map_err(of_mirror)?;
        let progress = run.as_ref().and_then(|run| run.progress().kinds.get(&kind).copied());
        kinds.push(kind_view(kind, slice, rows, progress.unwrap_or_default(), running, now));
    }
    let problem = ended.as_ref().and_then(|ended| ended.as_ref().err());
    let as_of = super::accounts::as_of(&open.mirror, row.id).await?;
    let paused = open.mirror.catch_ups().paused_at(row.id).await.map_err(of_mirror)?.is_some();
    let state = match (running, problem, as_of) {
        (true, ..) => "loading",
        _ if paused => "paused",
        (_, Some(problem), _) if problem.code == ErrorCode::Canceled => "canceled",
        (_, Some(_), _) => "failed",
        (_, None, Some(_)) => "complete",
        (_, None, None) if slices.is_empty() => "never",
        (_, None, None) => "canceled",
    };
    let (sent, duration_ms, rows_this_run) = match &run {
        Some(run) => run.figures(desk.clients.sent(row.id), now),
        None => Default::default(),
    };
    let gaps = open.mirror.catch_ups().last(row.id, GAPS_SHOWN).await.map_err(of_mirror)?;
    Ok(SyncView {
        account: row.label.to_string(),
        running,
        state: state.to_owned(),
        problem: problem.map(|problem| problem.code.to_string()),
        problem_detail: problem.and_then(|problem| problem.detail.clone()),
        as_of,
        rows_this_run,
        requests_this_run: sent.requests,
        too_many_this_run: sent.too_many,
        duration_ms,
        kinds,
        caught_up: gaps.into_iter().map(gap_view).collect(),
        reads: reads_view(&read_budget(desk, open, row).await?),
    })
}

/// What an account has spent of its reads, and what it may spend.
pub(crate) async fn read_budget(
    desk: &Desk,
    open: &OpenMirror,
    row: &AccountRow,
) -> Result<ReadBudget, ErrorBody> {
    let budget = ReadBudget::of(&open.mirror, row.id, row.environment, desk.clock.now()).await;
    budget.map_err(|error| errors::of_operation(&error, row.label.as_str()))
}

fn reads_view(budget: &ReadBudget) -> ReadsView {
    ReadsView {
        counted: budget.counted,
        today: budget.today.reads,
        proof_today: budget.today.proof_reads,
        this_month: budget.this_month.reads,
        allowance: budget.allowance,
        poll_every_ms: u64::try_from(budget.poll_interval().as_millis()).unwrap_or(u64::MAX),
    }
}

fn gap_view(gap: mirror::CatchUp) -> CatchUpView {
    CatchUpView {
        from: gap.from,
        until: gap.until,
        means: gap.means.as_str().to_owned(),
        records: gap.records,
    }
}

/// Rows of a kind in the mirror. While its first load runs, what was listed so far stands for them;
/// otherwise they are counted, during a run not too often.
async fn rows_of(
    open: &OpenMirror,
    row: &AccountRow,
    run: Option<&Watched>,
    slice: Option<&SliceRow>,
    kind: Kind,
    now: Timestamp,
) -> mirror::Result<u64> {
    let Some(run) = run.filter(|run| run.is_running()) else {
        return open.mirror.count(kind, Some(row.id)).await;
    };
    if let Some(loading) = slice.filter(|slice| slice.state == mirror::SliceState::Running) {
        return Ok(loading.rows);
    }
    let known = run.progress().counted.get(&kind).copied();
    if let Some(known) = known.filter(|known| now.ms_since(known.at) < COUNTED_FOR_MS) {
        return Ok(known.rows);
    }
    let rows = open.mirror.count(kind, Some(row.id)).await?;
    run.progress().counted.insert(kind, Counted { rows, at: now });
    Ok(rows)
}

fn kind_view(
    kind: Kind,
    slice: Option<&SliceRow>,
    rows: u64,
    progress: KindProgress,
    running: bool,
    now: Timestamp,
) -> SyncKindView {
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
    let left = progress.left.filter(|_| loading);
    SyncKindView {
        kind: kind.to_string(),
        state: state.to_owned(),
        rows,
        skipped: progress.skipped,
        left,
        rows_per_second: loading.then(|| per_second(progress.records, elapsed_ms)),
        remaining_ms: left.and_then(|left| remaining_ms(left, progress.records, elapsed_ms)),
        as_of: slice.and_then(|slice| slice.as_of),
    }
}

fn per_second(records: u64, elapsed_ms: i64) -> u32 {
    let per_second = records.saturating_mul(1_000) / u64::try_from(elapsed_ms).unwrap_or(1).max(1);
    u32::try_from(per_second).unwrap_or(u32::MAX)
}

/// How long what is left will take, at the speed so far.
fn remaining_ms(left: u64, records: u64, elapsed_ms: i64) -> Option<u64> {
    let remaining = i128::from(elapsed_ms) * i128::from(left) / i128::from(records.max(1));
    u64::try_from(remaining).ok().filter(|_| records > 0)
}

#[cfg(test)]
mod tests {
    use super::{per_second, remaining_ms};

    #[test]
    fn what_is_left_takes_as_long_as_what_came_took() {
        assert_eq!(remaining_ms(3_000, 1_000, 10_000), Some(30_000));
        assert_eq!(remaining_ms(0, 1_000, 10_000), Some(0));
        assert_eq!(remaining_ms(3_000, 0, 10_000), None);
        assert_eq!(per_second(1_500, 500), 3_000);
    }
}
