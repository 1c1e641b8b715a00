//! Driving intents: one driver each, to its end or to the end of the shell's patience.

use std::sync::Arc;
use std::time::Duration;

use contract::endpoint::Tag;
use contract::{ErrorBody, ErrorCode, MoneyMoved};
use domain::IntentId;
use domain::intent::{Intent, IntentState};
use mirror::{AccountRow, IntentFilter, MirrorError};
use operations::drive;
use operations::refund::Issued;
use tokio::time::Instant;

use super::lookup::Located;
use super::scope::Resolved;
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// How long a shell waits when it names no time.
const WAIT_MS: u32 = 30_000;
/// The longest that a shell may wait.
const WAIT_MAX_MS: u32 = 600_000;
/// What of a shell's patience is left for writing down and showing the end.
const SHOWING_MS: u32 = 1_000;
/// How long the vendor may be asked before an intent is written, however short the shell's patience is.
const READS_AT_LEAST: Duration = Duration::from_secs(10);
/// When the Desk stops, how long it still waits for an answer that is on its way.
const LAST_ANSWER: Duration = Duration::from_secs(1);
/// How long one driver goes on after the shell that started it stopped waiting: long enough for a
/// last answer to come in and be written down.
const DRIVE_ON: Duration = Duration::from_secs(90);

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// How long a shell waits for its answer, from when its request arrived.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    until: Instant,
    whole: Duration,
}

impl Patience {
    /// Begins now.
    pub(crate) fn begin(wait_ms: Option<u32>) -> Self {
        let wait_ms = wait_ms.unwrap_or(WAIT_MS).min(WAIT_MAX_MS);
        let shown_in = if wait_ms > 2 * SHOWING_MS { SHOWING_MS } else { 0 };
        let whole = Duration::from_millis(u64::from(wait_ms - shown_in));
        Self { until: Instant::now() + whole, whole }
    }

    /// Until when the vendor may be asked before anything is written down. Whoever waits for a second
    /// only wants to see it leave, which needs those reads all the same.
    pub(crate) fn for_reads(self) -> Instant {
        let arrived = self.until - self.whole;
        (self.until - self.moment()).max(arrived + READS_AT_LEAST)
    }

    /// Whether it ended.
    pub(crate) fn is_over(self) -> bool {
        Instant::now() >= self.until
    }

    /// Until when an intent is waited for. Slow reads before it leave it a moment to get on its way.
    pub(crate) fn for_driving(self) -> Instant {
        self.until.max(Instant::now() + self.moment())
    }

    fn moment(self) -> Duration {
        self.whole.min(Duration::from_millis(u64::from(SHOWING_MS)))
    }
}

/// What is worked on an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// It goes on by itself.
    Drive,
    /// The vendor is looked at once more for an intent that needs a person.
    LookAgain,
}

/// Drives what was issued, and answers with it as it is when it rests or patience ends. The driving
/// itself goes on behind, also when the shell is gone.
pub(crate) async fn drive_issued(
    scope: &Resolved,
    located: &Located,
    issued: &Issued,
    patience: Patience,
) -> Result<Intent, ErrorBody> {
    let intent = issued.intent();
    if !intent.state.is_pending() {
        return Ok(intent.clone());
    }
    let until = patience.for_driving();
    work_patiently(&scope.desk, &located.open, &located.row, (intent.id, Work::Drive), until).await
}

/// Works on an intent behind the shell's back, and answers with it when it rests or the time is over.
///
/// Once an intent is written down no error says any more what became of it: the journal does. So what
/// goes wrong on the way is told as the intent's problem, and only where not even the journal can be
/// read, as something of which nothing is known.
pub(crate) async fn work_patiently(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
    (id, work): (IntentId, Work),
    until: Instant,
) -> Result<Intent, ErrorBody> {
    let working = {
        let (desk, open, row) = (Arc::clone(desk), open.clone(), row.clone());
        desk.tasks.clone().spawn(async move {
            match work {
                Work::Drive => drive_once(&desk, &open, &row, id, until).await,
                Work::LookAgain => look_again(&desk, &open, &row, id).await,
            }
        })
    };
    let problem = match tokio::time::timeout_at(until, working).await {
        Ok(Ok(Ok(intent))) => return Ok(intent),
        Ok(Ok(Err(error))) => Some(error),
        Ok(Err(panic)) => Some(errors::defect(panic)),
        Err(_) => None,
    };
    let unknown = |error: ErrorBody| {
        let words = problem.as_ref().unwrap_or(&error).words();
        ErrorBody::new(ErrorCode::Unsettled).with("intent_id", id).detail(words.what)
    };
    let mut intent = read(open, id).await.map_err(unknown)?;
    if let Some(error) = &problem
        && intent.state.is_open()
    {
        intent.problem_code = Some(error.code.to_string());
        intent.problem_detail = error.detail.clone();
    }
    Ok(intent)
}

/// Drives an intent until it rests or the time is over; whoever else drives it is waited for first.
/// Where that is not possible, the next try is put off.
pub(crate) async fn drive_once(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
    id: IntentId,
    until: Instant,
) -> Result<Intent, ErrorBody> {
    let lock = desk.intent_lock(id);
    let _alone = lock.lock().await;
    let driven = drive_alone(desk, open, row, id, until).await;
    match &driven {
        Ok(_) => desk.put_offs.forget(id),
        Err(error) => put_off(desk, open, row, id, error).await,
    }
    driven
}

async fn drive_alone(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
    id: IntentId,
    until: Instant,
) -> Result<Intent, ErrorBody> {
    let intent = read(open, id).await?;
    if !intent.state.is_pending() {
        return Ok(intent);
    }
    let account = desk.open_account(row, open).await?;
    let work = drive::drive(&account, intent, until);
    let stopped = async {
        desk.stop.cancelled().await;
        tokio::time::sleep(LAST_ANSWER).await;
    };
    let driven = tokio::select! {
        driven = tokio::time::timeout_at(until + DRIVE_ON, work) => driven.ok(),
        () = stopped => None,
    };
    let driven = match driven {
        Some(driven) => driven.map_err(|error| errors::of_operation(&error, row.label.as_str()))?,
        // What was on the wire stays `sent` in the journal, and the next Desk goes on from there.
        None => read(open, id).await?,
    };
    desk.say_changed(row.environment, &[Tag::Refunds, Tag::Payments, Tag::Calls]);
    Ok(driven)
}

/// Puts the next try off after an error of our own, such as a full disk or a locked vault: it would
/// come again at once, and with it whatever was sent before it came. It is kept in the journal where
/// that takes it, for the next Desk and for whoever reads when it is tried again.
pub(super) async fn put_off(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
    id: IntentId,
    error: &ErrorBody,
) {
    tracing::warn!(intent = %id, code = %error.code, "an intent could not be driven");
    desk.note_refused_write(row.environment, error);
    let next_try = desk.put_offs.add(id, desk.clock.now());
    let Ok(intent) = read(open, id).await else { return };
    if !intent.state.is_pending() {
        return;
    }
    let state = intent.state;
    let next_try = intent.next_try_at.map_or(next_try, |known| known.max(next_try));
    let later = Intent {
        next_try_at: Some(next_try),
        problem_code: Some(error.code.to_string()),
        problem_detail: error.detail.clone(),
        ..intent
    };
    if let Err(error) = open.mirror.intents().update(&later, state).await {
        tracing::warn!(intent = %id, %error, "that an intent is tried later could not be written down");
    }
    desk.say_changed(row.environment, &[Tag::Refunds]);
}

/// Looks at the vendor once more for an intent that needs a person.
async fn look_again(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
    id: IntentId,
) -> Result<Intent, ErrorBody> {
    let lock = desk.intent_lock(id);
    let _alone = lock.lock().await;
    let intent = read(open, id).await?;
    if intent.state != IntentState::NeedsPerson {
        return Ok(intent);
    }
    let account = desk.open_account(row, open).await?;
    let looked = drive::look_again(&account, intent).await;
    desk.say_changed(row.environment, &[Tag::Refunds, Tag::Payments, Tag::Calls]);
    let looked = looked.map_err(|error| errors::of_operation(&error, row.label.as_str()));
    if let Err(error) = &looked {
        desk.note_refused_write(row.environment, error);
    }
    looked
}

/// Closes an intent that needs a person.
pub(crate) async fn close(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
    id: IntentId,
) -> Result<Intent, ErrorBody> {
    let lock = desk.intent_lock(id);
    let _alone = lock.lock().await;
    let intent = read(open, id).await?;
    let account = desk.open_account(row, open).await?;
    let closed = drive::close(&account, intent).await;
    desk.say_changed(row.environment, &[Tag::Refunds, Tag::Payments]);
    closed.map_err(|error| {
        let told = errors::of_operation(&error, row.label.as_str());
        match told.code {
            ErrorCode::CannotClose => told,
            // What the intent did is not known, whatever keeps it from being closed.
            _ => ErrorBody { money_moved: MoneyMoved::Unknown, ..told },
        }
    })
}

/// An intent as the journal has it.
pub(crate) async fn read(open: &OpenMirror, id: IntentId) -> Result<Intent, ErrorBody> {
    let found = open.mirror.intents().by_id(id).await.map_err(of_mirror)?;
    found.ok_or_else(|| ErrorBody::new(ErrorCode::UnknownId).with("id", id))
}

/// Intents that act on a payment, or on the payer's intention behind it.
pub(crate) async fn of_target(located: &Located) -> Result<Vec<Intent>, ErrorBody> {
    let mirror = &located.open.mirror;
    let payment = mirror.payments().by_id(located.row.id, &located.vendor_id).await.map_err(of_mirror)?;
    let mut targets = vec![located.vendor_id.clone()];
    targets.extend(payment.and_then(|one| one.payment.payment_intent_id));
    let mut found = Vec::new();
    for target in targets {
        let filter = IntentFilter {
            account: Some(located.row.id),
            target_id: Some(target),
            ..IntentFilter::default()
        };
        found.extend(mirror.intents().list(&filter, 200, None).await.map_err(of_mirror)?.items);
    }
    Ok(found)
}
