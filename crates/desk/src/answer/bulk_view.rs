//! A run as the shells show it.

use std::sync::Arc;

use contract::bulk::{BulkProblemView, BulkRunState, BulkRunView, BulkTotal};
use contract::{ErrorBody, ErrorCode};
use domain::bulk::{BulkRowState, BulkRun, BulkState};
use domain::{BulkRunId, Money};
use mirror::{BulkCounts, MirrorError, NewLine};

use super::bulk_sending::Pace;
use super::run_approvals::standing;
use super::scope::label_of;
use crate::desk::{Desk, OpenMirror};
use crate::errors;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// The run with an id.
pub(super) async fn run_of(open: &OpenMirror, id: &str) -> Result<BulkRun, ErrorBody> {
    let unknown = || {
        let shown: String = id.chars().filter(|one| !one.is_control()).take(80).collect();
        ErrorBody::new(ErrorCode::UnknownId).with("id", shown)
    };
    let id: BulkRunId = id.trim().parse().map_err(|_| unknown())?;
    open.mirror.bulk_runs().by_id(id).await.map_err(of_mirror)?.ok_or_else(unknown)
}

/// What cannot be done with a run as it stands.
pub(super) fn wrong_state(state: BulkRunState) -> ErrorBody {
    let word = match state {
        BulkRunState::Ready => "not begun",
        BulkRunState::Running => "running",
        BulkRunState::Paused => "paused",
        BulkRunState::Done => "done",
        BulkRunState::Canceled => "canceled",
    };
    ErrorBody::new(ErrorCode::BulkState).with("state", word)
}

/// How far a run is: one that stands as running and that nobody works on was cut off.
pub(super) fn state_now(desk: &Desk, run: &BulkRun) -> BulkRunState {
    state_of(run, desk.bulks.is_running(run.id))
}

fn state_of(run: &BulkRun, is_sent: bool) -> BulkRunState {
    match run.state {
        BulkState::Ready => BulkRunState::Ready,
        BulkState::Running if is_sent => BulkRunState::Running,
        BulkState::Running | BulkState::Paused => BulkRunState::Paused,
        BulkState::Done => BulkRunState::Done,
        BulkState::Canceled => BulkRunState::Canceled,
    }
}

/// A run, which may have changed since the caller read it, and how far it is at one and the same moment. A run that
/// ends is written down before nobody works on it any more; so one that was read as running, and that nobody works
/// on by then, is read again before it is told as cut off.
async fn as_it_stands(
    desk: &Desk,
    open: &OpenMirror,
    run: &BulkRun,
) -> Result<(BulkRun, BulkRunState), ErrorBody> {
    let read = async || -> Result<BulkRun, ErrorBody> {
        let found = open.mirror.bulk_runs().by_id(run.id).await.map_err(of_mirror)?;
        Ok(found.unwrap_or_else(|| run.clone()))
    };
    let mut run_now = read().await?;
    let mut is_sent = desk.bulks.is_running(run.id);
    if run_now.state == BulkState::Running && !is_sent {
        run_now = read().await?;
        is_sent = desk.bulks.is_running(run.id);
    }
    let state = state_of(&run_now, is_sent);
    Ok((run_now, state))
}

/// A run as the shells show it.
pub(super) async fn view(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    run: &BulkRun,
) -> Result<BulkRunView, ErrorBody> {
    let (run, state) = &as_it_stands(desk, open, run).await?;
    let state = *state;
    let counts = open.mirror.bulk_runs().counts(run.id).await.map_err(of_mirror)?;
    let accounts = open.mirror.accounts().list().await.map_err(of_mirror)?;
    let was_cut_off = state == BulkRunState::Paused && run.state == BulkState::Running;
    let to_send = rows_in(&counts, &[BulkRowState::Ready]);
    let pace = desk.bulks.pace(run.id, to_send, desk.clock.now()).unwrap_or_default();
    let Pace { rows_per_second, remaining_ms } = pace;
    let total = total_words(&counts);
    let waiting = rows_in(&counts, &[BulkRowState::NeedsApproval]);
    let standing = standing(desk, open, run, (state, waiting)).await?;
    let (askable, askable_total) = standing.askable.unwrap_or_else(|| (to_send, total.clone()));
    Ok(BulkRunView {
        id: run.id.to_string(),
        account: label_of(&accounts, run.account_id),
        environment: open.mirror.environment(),
        name: run.name.clone(),
        source: run.source.to_string(),
        state,
        problem: if was_cut_off { Some("interrupted".to_owned()) } else { run.problem_code.clone() },
        problem_detail: run.problem_detail.clone(),
        same_as: run.same_as.map(|id| id.to_string()),
        created: run.created_at,
        started: run.started_at,
        ended: run.ended_at,
        rows: counts.amounts.iter().map(|one| one.rows).sum(),
        to_send,
        ended_rows: rows_in(&counts, &ENDED),
        total,
        over_limits: standing.over_limits,
        askable,
        askable_total,
        approval: standing.approval,
        totals: counts
            .amounts
            .iter()
            .map(|one| BulkTotal { state: one.state.to_string(), rows: one.rows, amount: one.amount })
            .collect(),
        problems: counts
            .problems
            .iter()
            .map(|one| BulkProblemView { code: one.code.clone(), hold: one.hold.to_string(), rows: one.rows })
            .collect(),
        rows_per_second,
        remaining_ms,
    })
}

/// States that rows end in.
const ENDED: [BulkRowState; 5] = [
    BulkRowState::Settled,
    BulkRowState::Failed,
    BulkRowState::Refused,
    BulkRowState::NotSent,
    BulkRowState::Canceled,
];

fn rows_in(counts: &BulkCounts, states: &[BulkRowState]) -> u64 {
    counts.amounts.iter().filter(|one| states.contains(&one.state)).map(|one| one.rows).sum()
}

/// What is to be sent, in words.
pub(super) fn total_words(counts: &BulkCounts) -> String {
    let ready = counts.amounts.iter().filter(|one| one.state == BulkRowState::Ready);
    in_words(ready.filter_map(|one| one.amount))
}

/// Sums in words: `12.50 EUR + 300 JPY`.
pub(super) fn in_words(sums: impl Iterator<Item = Money>) -> String {
    let words: Vec<String> = sums.map(errors::in_words).collect();
    if words.is_empty() { "0".to_owned() } else { words.join(" + ") }
}

/// Whether a sum is the one that was shown, whatever the spaces in it.
pub(super) fn same_total(total: &str, shown: &str) -> bool {
    let plain = |total: &str| -> String {
        total.chars().filter(|one| !one.is_whitespace()).collect::<String>().to_uppercase()
    };
    plain(total) == plain(shown)
}

/// A line in the book about a run; its refunds have theirs. What the disk refuses is written later.
pub(super) async fn note(
    desk: &Desk,
    open: &OpenMirror,
    action: &str,
    run: &BulkRun,
    detail: serde_json::Value,
) {
    let line = NewLine {
        account: Some(run.account_id),
        facts: detail,
        ..NewLine::new(desk.clock.now(), action, run.id.to_string())
    };
    desk.look_ups.write(&open.mirror, line).await;
    desk.book_heads.want();
}
