//! A run of email as the shells show it.

use contract::bulk::BulkRunState;
use contract::mail_runs::{MailProblemView, MailRunView, MailStateCount};
use contract::{ErrorBody, ErrorCode};
use domain::BulkRunId;
use domain::bulk::BulkState;
use domain::mail_run::{MailRun, MailRunContent};
use mirror::{MirrorError, NewLine};

use super::bulk_sending::Pace;
use super::scope::label_of;
use crate::desk::{Desk, OpenMirror};
use crate::errors;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// The run with an id.
pub(super) async fn run_of(open: &OpenMirror, id: &str) -> Result<MailRun, ErrorBody> {
    let unknown = || {
        let shown: String = id.chars().filter(|one| !one.is_control()).take(80).collect();
        ErrorBody::new(ErrorCode::UnknownId).with("id", shown)
    };
    let id: BulkRunId = id.trim().parse().map_err(|_| unknown())?;
    open.mirror.mail_runs().by_id(id).await.map_err(of_mirror)?.ok_or_else(unknown)
}

/// How far a run is: one that stands as running and that nobody works on was cut off.
pub(super) fn state_now(desk: &Desk, run: &MailRun) -> BulkRunState {
    match run.state {
        BulkState::Ready => BulkRunState::Ready,
        BulkState::Running if desk.mail_runs.is_running(run.id) => BulkRunState::Running,
        BulkState::Running | BulkState::Paused => BulkRunState::Paused,
        BulkState::Done => BulkRunState::Done,
        BulkState::Canceled => BulkRunState::Canceled,
    }
}

/// A run as the shells show it.
pub(super) async fn view(desk: &Desk, open: &OpenMirror, run: &MailRun) -> Result<MailRunView, ErrorBody> {
    let runs = open.mirror.mail_runs();
    let again = async || {
        Ok::<_, ErrorBody>(runs.by_id(run.id).await.map_err(of_mirror)?.unwrap_or_else(|| run.clone()))
    };
    let mut run = again().await?;
    // A run that ends is written down before nobody works on it any more, so one that seems cut off is read once more.
    if run.state == BulkState::Running && !desk.mail_runs.is_running(run.id) {
        run = again().await?;
    }
    let state = state_now(desk, &run);
    let counts = runs.counts(run.id).await.map_err(of_mirror)?;
    let accounts = open.mirror.accounts().list().await.map_err(of_mirror)?;
    let was_cut_off = state == BulkRunState::Paused && run.state == BulkState::Running;
    let to_send = counts.of(&["ready"]);
    let Pace { rows_per_second, remaining_ms } =
        desk.mail_runs.pace(run.id, to_send, desk.clock.now()).unwrap_or_default();
    let (subject, template) = match &run.content {
        MailRunContent::Text { subject, .. } => (Some(subject.clone()), None),
        MailRunContent::Template { id, .. } => (None, Some(id.clone())),
    };
    Ok(MailRunView {
        id: run.id.to_string(),
        account: label_of(&accounts, run.account_id),
        environment: open.mirror.environment(),
        name: run.name.clone(),
        source: run.source.to_string(),
        state,
        problem: if was_cut_off { Some("interrupted".to_owned()) } else { run.problem_code.clone() },
        problem_detail: run.problem_detail.clone(),
        same_as: run.same_as.map(|id| id.to_string()),
        subject,
        template,
        group: run.group_id,
        send_at: run.send_at,
        schedule: run.schedule.map(|schedule| schedule.to_string()),
        per_request: run.per_request,
        suppressions_read: run.suppressions_read,
        created: run.created_at,
        started: run.started_at,
        ended: run.ended_at,
        rows: counts.of_all(),
        to_send,
        in_doubt: counts.of(&["prepared", "unsettled", "needs_person"]),
        states: counts.states.into_iter().map(|(state, rows)| MailStateCount { state, rows }).collect(),
        problems: counts
            .problems
            .into_iter()
            .map(|one| MailProblemView { hold: one.hold.to_string(), code: one.code, rows: one.rows })
            .collect(),
        rows_per_second,
        remaining_ms,
    })
}

/// A line in the book about a run. What the disk refuses is written later.
pub(super) async fn note(
    desk: &Desk,
    open: &OpenMirror,
    action: &str,
    run: &MailRun,
    facts: serde_json::Value,
) {
    let line = NewLine {
        account: Some(run.account_id),
        facts,
        ..NewLine::new(desk.clock.now(), action, run.id.to_string())
    };
    desk.look_ups.write(&open.mirror, line).await;
    desk.book_heads.want();
}
