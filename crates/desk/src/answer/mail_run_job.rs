//! Beginning, pausing, canceling and holding runs of email, and their work: one batch after the other.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use contract::bulk::BulkRunState;
use contract::endpoint::Tag;
use contract::mail_runs::{CancelMailRun, HoldMailRun, MailRunView, PauseMailRun, RunMail};
use contract::{ErrorBody, ErrorCode, Notice};
use domain::bulk::BulkState;
use domain::mail_run::{MailRun, MailSchedule};
use mirror::{AccountRow, MirrorError};
use operations::mail::MailAccount;
use operations::mail_batch::{self, BatchEnd};
use serde_json::json;
use tokio::time::Instant;
use vendors::sendgrid::ScheduleStatus;

use super::bulk_blame::detail_of;
use super::bulk_sending::Sending;
use super::bulk_view::wrong_state;
use super::mail_run_view::{note, run_of, state_now, view};
use super::messages::check_send_at;
use super::scope::Resolved;
use super::{airlock, mail_lists};
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// Recipients that are looked at for one batch.
const LOOKED_AT: u32 = 2_000;
/// Batches in a row whose end is not known, after which a run pauses.
const DOUBTS_MAX: u32 = 2;
/// Notices of a run are at least this far apart; more where counting takes long.
const NOTICE_PAUSE: Duration = Duration::from_millis(500);

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// What sends a run.
struct Job {
    desk: Arc<Desk>,
    open: OpenMirror,
    row: AccountRow,
    account: MailAccount,
    run: MailRun,
    sending: Arc<Sending>,
}

/// Answers `run_mail`, as soon as its messages are being handed over.
pub(crate) async fn run(scope: &Resolved, request: RunMail) -> Result<MailRunView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let run = run_of(&open, &request.id).await?;
    let row = account_of(&open, &run).await?;
    airlock::check_account(&scope.desk, &row).await?;
    let account = scope.open_mail_account(&row, &open).await?;
    // While it is decided who gets one, nobody else decides that.
    let _alone = scope.mail_runs.deciding.lock().await;
    let run = run_of(&open, &run.id.to_string()).await?;
    match state_now(&scope.desk, &run) {
        // Of one that is done, what was filled in may be forgotten.
        state @ (BulkRunState::Canceled | BulkRunState::Done) => return Err(wrong_state(state)),
        // Asked twice, it is sent once.
        BulkRunState::Running => return view(&scope.desk, &open, &run).await,
        _ if run.started_at.is_some() && !request.resume => return Err(ErrorBody::new(ErrorCode::BulkBegun)),
        _ => {}
    }
    check_send_at(run.send_at, scope.clock.now())?;
    leave_out_suppressed(scope, &open, &row, &run).await?;
    let runs = open.mirror.mail_runs();
    let now = runs.counts(run.id).await.map_err(of_mirror)?.of(&["ready"]);
    match now {
        0 => return Err(ErrorBody::new(ErrorCode::NobodyToSendTo)),
        _ if now != request.recipients => {
            let said = request.recipients;
            return Err(ErrorBody::new(ErrorCode::RecipientsChanged).with("now", now).with("said", said));
        }
        _ => {}
    }
    let run = scheduled(&open, &account, run).await?;
    let sending = Arc::new(Sending::new(&scope.desk, &row));
    scope.mail_runs.add(run.id, Arc::clone(&sending))?;
    let from = [BulkState::Ready, BulkState::Running, BulkState::Paused];
    let begun = runs.set_state(run.id, &from, BulkState::Running, None, scope.clock.now()).await;
    if !matches!(begun, Ok(true)) {
        scope.mail_runs.all().remove(&run.id);
        begun.map_err(of_mirror)?;
        return Err(wrong_state(BulkRunState::Canceled));
    }
    note(scope, &open, "mail_run_begun", &run, json!({ "recipients": now, "resumed": request.resume })).await;
    let job =
        Job { desk: Arc::clone(&scope.desk), open: open.clone(), row, account, run: run.clone(), sending };
    scope.tasks.clone().spawn(job.go());
    view(&scope.desk, &open, &run).await
}

async fn account_of(open: &OpenMirror, run: &MailRun) -> Result<AccountRow, ErrorBody> {
    let rows = open.mirror.accounts().list().await.map_err(of_mirror)?;
    let unknown = || ErrorBody::new(ErrorCode::UnknownAccount).with("label", run.account_id);
    rows.into_iter().find(|row| row.id == run.account_id).ok_or_else(unknown)
}

/// Leaves out whom the vendor sends nothing to by now. What the key may not read leaves nobody out.
async fn leave_out_suppressed(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    run: &MailRun,
) -> Result<(), ErrorBody> {
    match mail_lists::refresh_suppressions(scope, open, row, false).await {
        Ok(_) => open.mirror.mail_runs().mark_suppressed(run.id).await.map(|_| ()).map_err(of_mirror),
        Err(error) if error.code == ErrorCode::VendorForbidden => Ok(()),
        Err(error) => Err(error),
    }
}

/// A run that is sent later has an id at the vendor before anything of it is handed over.
async fn scheduled(open: &OpenMirror, account: &MailAccount, run: MailRun) -> Result<MailRun, ErrorBody> {
    if run.send_at.is_none() || run.batch_id.is_some() {
        return Ok(run);
    }
    let made = account.client.new_batch_id().await;
    let made = made.map_err(|error| errors::of_mail_call(&error, account.row.label.as_str()))?;
    open.mirror.mail_runs().set_batch(run.id, &made).await.map_err(of_mirror)?;
    run_of(open, &run.id.to_string()).await
}

impl Job {
    async fn go(self) {
        let worked = tokio::select! {
            worked = self.work() => worked,
            never = self.tell() => match never {},
        };
        if let Err(error) = worked {
            self.sending.pause(error.code.as_str(), detail_of(&error));
        }
        self.end().await;
    }

    /// Tells the shells from time to time, until it is dropped.
    async fn tell(&self) -> std::convert::Infallible {
        loop {
            let counted = Instant::now();
            self.say().await;
            tokio::time::sleep(NOTICE_PAUSE.max(counted.elapsed() * 10)).await;
        }
    }

    async fn say(&self) {
        match view(&self.desk, &self.open, &self.run).await {
            Ok(run) => {
                self.desk.say(Notice::MailRun { environment: self.sending.environment, run: Box::new(run) });
            }
            Err(error) => tracing::warn!(code = %error.code, "how far a run of email is could not be read"),
        }
    }

    /// Hands over batch after batch, until nobody is left or something says stop.
    async fn work(&self) -> Result<(), ErrorBody> {
        let settings = self.open.mirror.messages().settings(self.row.id).await.map_err(of_mirror)?;
        while !self.sending.stop.is_cancelled() {
            let rows =
                self.open.mirror.mail_runs().to_send(self.run.id, LOOKED_AT).await.map_err(of_mirror)?;
            if rows.is_empty() {
                return Ok(());
            }
            let (sandbox_mode, rows) = mail_batch::of_one_mode(self.row.environment, &settings, rows);
            // Each request is an action of its own; one that is locked half-way pauses the run and costs nobody their message.
            let pass = airlock::pass_of_run(&self.desk, &self.row).await?;
            let stop = &self.sending.stop;
            // Until the answer is written down, none of them was abandoned.
            let _under_way: Vec<_> =
                rows.iter().map(|row| self.desk.handing_over.begin(row.message)).collect();
            let sent =
                mail_batch::send(&self.account, &self.run, (&settings, sandbox_mode), &rows, stop).await;
            pass.settle_if(&self.desk, sent.as_ref().is_ok_and(|sent| sent.written > 0)).await;
            let sent = sent.map_err(|error| errors::of_operation(&error, self.row.label.as_str()))?;
            let count = u64::try_from(sent.written).unwrap_or(u64::MAX);
            match sent.end {
                BatchEnd::Taken => {
                    self.sending.done.fetch_add(count, Ordering::Relaxed);
                    self.sending.doubts.store(0, Ordering::Relaxed);
                }
                BatchEnd::InDoubt(code) => {
                    self.sending.done.fetch_add(count, Ordering::Relaxed);
                    if self.sending.doubts.fetch_add(1, Ordering::Relaxed) + 1 >= DOUBTS_MAX {
                        self.sending.pause(ErrorCode::MessageInDoubt.as_str(), Some(code.to_owned()));
                    }
                }
                BatchEnd::NotNow { code, detail } => self.sending.pause(code, detail),
            }
        }
        Ok(())
    }

    async fn end(&self) {
        let why = self.sending.why.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let is_canceled = self.sending.canceled.load(Ordering::Relaxed);
        let why = why.or_else(|| self.sending.stop.is_cancelled().then(|| ("interrupted".to_owned(), None)));
        let (state, why) = match (is_canceled, why) {
            (true, _) => (BulkState::Canceled, None),
            (false, Some(why)) => (BulkState::Paused, Some(why)),
            (false, None) => (BulkState::Done, None),
        };
        let told = why.as_ref().map(|(code, detail)| (code.as_str(), detail.as_deref()));
        let runs = self.open.mirror.mail_runs();
        let now = self.desk.clock.now();
        if let Err(error) = runs.set_state(self.run.id, &[BulkState::Running], state, told, now).await {
            // It stands as running then, which is told as cut off.
            tracing::warn!(%error, "how a run of email ended could not be written down");
            self.desk.note_refused_write(self.row.environment, &errors::of_mirror(&error));
        }
        if let Some((code, _)) = told.filter(|_| state == BulkState::Paused) {
            note(&self.desk, &self.open, "mail_run_paused", &self.run, json!({ "because": code })).await;
        }
        self.desk.mail_runs.all().remove(&self.run.id);
        self.sending.ended.send_replace(true);
        self.say().await;
        self.desk.say_changed(self.row.environment, &[Tag::MailRuns, Tag::Messages, Tag::Calls]);
    }
}

/// Answers `pause_mail_run`, once what was on its way came to its end.
pub(crate) async fn pause(scope: &Resolved, request: PauseMailRun) -> Result<MailRunView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let run = run_of(&open, &request.id).await?;
    let Some(sending) = scope.mail_runs.get(run.id) else {
        return Err(wrong_state(state_now(&scope.desk, &run)));
    };
    sending.pause("by_person", None);
    sending.wait().await;
    view(&scope.desk, &open, &run).await
}

/// Answers `cancel_mail_run`: what was not handed over is not, and what waits at the vendor for its time is taken back.
pub(crate) async fn cancel(scope: &Resolved, request: CancelMailRun) -> Result<MailRunView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let run = run_of(&open, &request.id).await?;
    if let Some(sending) = scope.mail_runs.get(run.id) {
        sending.canceled.store(true, Ordering::Relaxed);
        sending.pause("by_person", None);
        sending.wait().await;
    }
    let run = run_of(&open, &request.id).await?;
    let waits = waits_at_vendor(scope, &run);
    if waits {
        tell_vendor(scope, &open, &run, MailSchedule::Canceled).await?;
    }
    let from = [BulkState::Ready, BulkState::Running, BulkState::Paused];
    let now = scope.clock.now();
    let runs = open.mirror.mail_runs();
    let canceled = runs.set_state(run.id, &from, BulkState::Canceled, None, now).await.map_err(of_mirror)?;
    let run = run_of(&open, &request.id).await?;
    if !canceled && !waits && run.state != BulkState::Canceled {
        return Err(wrong_state(state_now(&scope.desk, &run)));
    }
    note(scope, &open, "mail_run_canceled", &run, json!({ "at_vendor": waits })).await;
    view(&scope.desk, &open, &run).await
}

/// Answers `hold_mail_run`.
pub(crate) async fn hold(scope: &Resolved, request: HoldMailRun) -> Result<MailRunView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let run = run_of(&open, &request.id).await?;
    if !waits_at_vendor(scope, &run) {
        return Err(ErrorBody::new(ErrorCode::NotScheduled));
    }
    let schedule = if request.hold { MailSchedule::Paused } else { MailSchedule::Waiting };
    tell_vendor(scope, &open, &run, schedule).await?;
    note(scope, &open, "mail_run_held", &run, json!({ "held": request.hold })).await;
    view(&scope.desk, &open, &run).await
}

/// Whether anything of the run is at the vendor and its time has not come.
fn waits_at_vendor(scope: &Resolved, run: &MailRun) -> bool {
    let is_later = run.send_at.is_some_and(|at| at.ms_since(scope.clock.now()) > 0);
    // What is held stays at the vendor beyond its time.
    let is_held = run.schedule == Some(MailSchedule::Paused);
    run.batch_id.is_some()
        && run.started_at.is_some()
        && run.schedule != Some(MailSchedule::Canceled)
        && (is_later || is_held)
}

/// Tells the vendor first, and writes down what it took.
async fn tell_vendor(
    scope: &Resolved,
    open: &OpenMirror,
    run: &MailRun,
    schedule: MailSchedule,
) -> Result<(), ErrorBody> {
    let row = account_of(open, run).await?;
    let account = scope.open_mail_account(&row, open).await?;
    let id = run.batch_id.as_deref().unwrap_or_default();
    let told = match schedule {
        MailSchedule::Waiting => account.client.resume_schedule(id).await,
        MailSchedule::Paused => account.client.set_schedule(id, ScheduleStatus::Pause).await,
        MailSchedule::Canceled => account.client.set_schedule(id, ScheduleStatus::Cancel).await,
    };
    told.map_err(|error| errors::of_mail_call(&error, row.label.as_str()))?;
    open.mirror.mail_runs().set_schedule(run.id, schedule, scope.clock.now()).await.map_err(of_mirror)?;
    Ok(())
}
