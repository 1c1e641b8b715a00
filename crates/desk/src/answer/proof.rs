//! Proving: one run per account at a time, in the background as the read budget allows, or at once
//! because somebody asked.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use contract::endpoint::Tag;
use contract::proof::{CancelProof, ProofRun, RunProof};
use contract::{ErrorBody, Notice, Page};
use domain::{AccountId, Kind, Timestamp};
use mirror::proof::Recorded;
use mirror::{AccountRow, DaySpan, ProofState, SliceState};
use operations::OperationError;
use operations::proof::{ProofReport, ProofSummary, Prover, Scope};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::proof_calendar::read_day;
use super::scope::Resolved;
use super::sync;
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// Notices of one run are at least this far apart.
const NOTICE_PAUSE_MS: i64 = 100;
/// Requests of one background cycle; the day's budget is a limit too.
const REQUESTS_A_CYCLE: u64 = 60;

/// What is known of the runs of this Desk.
#[derive(Default)]
pub(crate) struct Proofs(Mutex<HashMap<AccountId, Arc<Watched>>>);

/// One run, or the last one.
struct Watched {
    label: String,
    asked_for: bool,
    cancel: CancellationToken,
    ended: watch::Sender<Option<Ended>>,
    progress: Mutex<Progress>,
    started_at: Timestamp,
}

/// How a run ended.
#[derive(Clone)]
struct Ended {
    at: Timestamp,
    left: u64,
    healed: u64,
    resume: Option<i64>,
    problem: Option<ErrorBody>,
}

#[derive(Default)]
struct Progress {
    said_at: Option<Timestamp>,
    planned: u64,
    recorded: Recorded,
    gaps: HashSet<(Kind, i64)>,
    requests: u64,
}

impl Watched {
    fn is_running(&self) -> bool {
        self.ended.borrow().is_none()
    }

    fn progress<T>(&self, act: impl FnOnce(&mut Progress) -> T) -> T {
        act(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn wait(&self) {
        let mut ended = self.ended.subscribe();
        // The sender lives in the run itself, so waiting can only end with the run.
        let _ = ended.wait_for(Option::is_some).await;
    }

    fn view(&self) -> ProofRun {
        let ended = self.ended.borrow().clone();
        let problem = ended.as_ref().and_then(|ended| ended.problem.as_ref());
        let state = match (&ended, problem) {
            (None, _) => "running",
            (_, Some(problem)) if problem.code == contract::ErrorCode::Canceled => "canceled",
            (_, Some(_)) => "failed",
            (Some(ended), None) if ended.left > 0 => "partial",
            (Some(_), None) => "complete",
        };
        self.progress(|progress| ProofRun {
            account: self.label.clone(),
            state: state.to_owned(),
            problem: problem.map(|problem| problem.code.to_string()),
            problem_detail: problem.and_then(|problem| problem.detail.clone()),
            planned: progress.planned,
            compared: progress.recorded.green + progress.recorded.amber + progress.recorded.red,
            green: progress.recorded.green,
            gaps: progress.gaps.len() as u64,
            healed: ended.as_ref().map_or(0, |ended| ended.healed),
            requests: progress.requests,
            started: self.started_at,
            ended: ended.as_ref().map(|ended| ended.at),
        })
    }
}

impl Proofs {
    fn get(&self, account: AccountId) -> Option<Arc<Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }

    /// The last run of an account, as shells show it.
    pub(crate) fn view(&self, account: AccountId) -> Option<ProofRun> {
        self.get(account).map(|run| run.view())
    }

    /// A new run, unless one is under way.
    fn begin(&self, desk: &Desk, row: &AccountRow, asked_for: bool) -> (Arc<Watched>, Option<i64>, bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.get(&row.id).cloned();
        if let Some(running) = before.clone().filter(|run| run.is_running()) {
            return (running, None, false);
        }
        let resume = before.and_then(|run| run.ended.borrow().as_ref().and_then(|ended| ended.resume));
        let run = Arc::new(Watched {
            label: row.label.to_string(),
            asked_for,
            cancel: desk.stop.child_token(),
            ended: watch::Sender::new(None),
            progress: Mutex::default(),
            started_at: desk.clock.now(),
        });
        all.insert(row.id, Arc::clone(&run));
        (run, resume, true)
    }
}

/// Answers `run_proof`. A run that somebody asked for is joined; one of the background makes room.
pub(crate) async fn run(scope: &Resolved, request: RunProof) -> Result<Page<ProofRun>, ErrorBody> {
    let days = Scope {
        from: request.from.as_deref().map(read_day).transpose()?,
        until: request.until.as_deref().map(read_day).transpose()?.map(|day| day + 1),
        every_day: true,
    };
    let (open, rows) = scope.some_accounts(request.account.as_deref()).await?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(background) = scope.proofs.get(row.id).filter(|run| run.is_running() && !run.asked_for) {
            background.cancel.cancel();
            background.wait().await;
        }
        runs.push(begin(&scope.desk, &open, row, days));
    }
    if request.wait {
        for run in &runs {
            run.wait().await;
        }
    }
    Ok(page(runs.iter().map(|run| run.view()).collect()))
}

/// Answers `cancel_proof`.
pub(crate) async fn cancel(scope: &Resolved, request: CancelProof) -> Result<Page<ProofRun>, ErrorBody> {
    let (_, rows) = scope.some_accounts(request.account.as_deref()).await?;
    for row in &rows {
        stop_and_wait(scope, row.id).await;
    }
    Ok(page(rows.iter().filter_map(|row| scope.proofs.view(row.id)).collect()))
}

fn page(items: Vec<ProofRun>) -> Page<ProofRun> {
    Page { total: items.len() as u64, items, next: None }
}

/// Stops the run of an account, if there is one, and waits until it ended.
pub(crate) async fn stop_and_wait(scope: &Resolved, account: AccountId) {
    if let Some(run) = scope.proofs.get(account).filter(|run| run.is_running()) {
        run.cancel.cancel();
        run.wait().await;
    }
}

/// A background cycle for an account whose lists are all mirrored.
pub(crate) async fn cycle(desk: &Arc<Desk>, open: &OpenMirror, row: &AccountRow) {
    // Whoever paused an account wants nothing read of it.
    if !matches!(open.mirror.catch_ups().paused_at(row.id).await, Ok(None)) {
        return;
    }
    let Ok(slices) = open.mirror.sync_slices().list(Some(row.id)).await else { return };
    let is_loading = slices.iter().any(|slice| slice.state == SliceState::Running);
    if !slices.is_empty() && !is_loading {
        begin(desk, open, row, Scope::default());
    }
}

fn begin(desk: &Arc<Desk>, open: &OpenMirror, row: &AccountRow, days: Scope) -> Arc<Watched> {
    let (run, resume, is_new) = desk.proofs.begin(desk, row, days.every_day);
    if is_new {
        let (desk, open, row, run) = (Arc::clone(desk), open.by_itself(), row.clone(), Arc::clone(&run));
        desk.tasks.clone().spawn(async move {
            let result = go(&desk, &open, &row, &run, days, resume).await;
            if let Err(error) = &result {
                tracing::info!(account = %row.id, code = %error.code, "a proof ended early");
            }
            let healed = healed(&open, &row, &run).await;
            let (left, resume, problem) = match result {
                Ok(summary) => (summary.left, summary.resume, summary.failed),
                Err(error) => (0, resume, Some(error)),
            };
            let at = desk.clock.now();
            let found = run.progress(|progress| !progress.gaps.is_empty());
            run.ended.send_replace(Some(Ended { at, left, healed, resume, problem }));
            desk.say(Notice::Proof { environment: row.environment, run: run.view() });
            let shown: &[Tag] = if found {
                &[Tag::Proof, Tag::Calls, Tag::Payments, Tag::Customers, Tag::Refunds]
            } else {
                &[Tag::Proof, Tag::Calls]
            };
            desk.say_changed(row.environment, shown);
        });
    }
    run
}

/// What a run brought, with its errors in the words of the contract.
struct Brought {
    left: u64,
    resume: Option<i64>,
    failed: Option<ErrorBody>,
}

async fn go(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
    run: &Arc<Watched>,
    days: Scope,
    resume: Option<i64>,
) -> Result<Brought, ErrorBody> {
    let label = row.label.as_str();
    let account = desk.open_account(row, open).await?;
    let follow_failed: Mutex<Option<ErrorBody>> = Mutex::default();
    let follow = || -> futures::future::BoxFuture<'_, Result<(), OperationError>> {
        Box::pin(async {
            sync::follow_anew(desk, open, row).await.map_err(|error| {
                *follow_failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                OperationError::Canceled
            })
        })
    };
    let hear = |report: ProofReport| hear(desk, row, run, report);
    let prover = Prover {
        account: &account,
        cancel: run.cancel.clone(),
        report: &hear,
        follow: &follow,
        scope: days,
        requests_max: if days.every_day { u64::MAX } else { REQUESTS_A_CYCLE },
        resume,
    };
    let done = prover.run().await;
    let unfollowed = follow_failed.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(error) = unfollowed {
        return Err(error);
    }
    let ProofSummary { left, resume, failed, .. } =
        done.map_err(|error| errors::of_operation(&error, label))?;
    // A gap may have hidden a refund of ours.
    sync::settle_told(desk, open, &account).await?;
    Ok(Brought { left, resume, failed: failed.map(|error| errors::of_operation(&error, label)) })
}

/// How many of the days that were red are green by now.
async fn healed(open: &OpenMirror, row: &AccountRow, run: &Watched) -> u64 {
    let gaps = run.progress(|progress| progress.gaps.clone());
    let mut healed = 0;
    for (kind, day) in gaps {
        let span = DaySpan { account: row.id, kind, from: Some(day), until: Some(day + 1) };
        let Ok(days) = open.mirror.proof_days().list(span).await else { continue };
        healed += days.iter().filter(|day| day.state == ProofState::Green).count() as u64;
    }
    healed
}

/// Hears how far a run is, and tells the shells, not too often.
fn hear(desk: &Arc<Desk>, row: &AccountRow, run: &Watched, report: ProofReport) {
    let now = desk.clock.now();
    let is_due = run.progress(|progress| {
        match report {
            ProofReport::Planned { days } => progress.planned = days,
            ProofReport::Gap { kind, day, .. } => {
                progress.gaps.insert((kind, day));
            }
            ProofReport::Compared { recorded, requests } => {
                progress.recorded.green += recorded.green;
                progress.recorded.amber += recorded.amber;
                progress.recorded.red += recorded.red;
                progress.requests = requests;
            }
        }
        let is_due = progress.said_at.is_none_or(|said_at| now.ms_since(said_at) >= NOTICE_PAUSE_MS);
        if is_due {
            progress.said_at = Some(now);
        }
        is_due
    });
    if is_due {
        desk.say(Notice::Proof { environment: row.environment, run: run.view() });
    }
}
