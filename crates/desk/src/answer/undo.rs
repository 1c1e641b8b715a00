//! The undo window: taking back, sending now, and how long it is.

use contract::refunds::{RefundView, ReleaseIntent, SetUndoWindow, UndoWindow, WithdrawIntent};
use contract::shared::Shell;
use contract::{ErrorBody, ErrorCode, MoneyMoved};
use domain::IntentId;
use domain::intent::{Intent, IntentState};
use mirror::AccountRow;
use operations::undo;

use super::airlock;
use super::intents::{self, Patience, Work};
use super::refunds::{read_intent_id, shown};
use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::settings::UNDO_SECONDS_MAX;
use crate::{errors, undo_windows};

/// How often a withdrawal begins anew where somebody else wrote a step meanwhile. Each of them brings the
/// intent further, and there are fewer states than this.
const STEPS_MAX: usize = 5;

/// How long a refund waits, in milliseconds: what was asked for, else what the home's settings say for a
/// window. A command waits only where it says so.
pub(crate) async fn wished_ms(scope: &Resolved, seconds: Option<u32>) -> Result<i64, ErrorBody> {
    let seconds = match (seconds, scope.scope.shell) {
        (Some(seconds), _) if seconds > UNDO_SECONDS_MAX => return Err(too_long(seconds)),
        (Some(seconds), _) => seconds,
        (None, Shell::Window) => scope.settings.lock().await.undo_seconds(),
        (None, _) => 0,
    };
    Ok(i64::from(seconds) * 1_000)
}

fn too_long(seconds: u32) -> ErrorBody {
    errors::bad_request(format!("an undo window lasts 0 to {UNDO_SECONDS_MAX} seconds, not {seconds}"))
}

/// Answers `set_undo_window`.
pub(crate) async fn set_window(scope: &Resolved, request: SetUndoWindow) -> Result<UndoWindow, ErrorBody> {
    if request.seconds > UNDO_SECONDS_MAX {
        return Err(too_long(request.seconds));
    }
    let mut settings = scope.settings.lock().await;
    let mut changed = settings.clone();
    changed.undo_seconds = Some(request.seconds);
    changed.save(scope.home())?;
    *settings = changed;
    Ok(UndoWindow { seconds: request.seconds })
}

/// An intent with its mirror and account.
async fn located(scope: &Resolved, id: IntentId) -> Result<(OpenMirror, AccountRow, Intent), ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    let intent = intents::read(&open, id).await?;
    let unknown = || ErrorBody::new(ErrorCode::UnknownId).with("id", id);
    let row = rows.into_iter().find(|row| row.id == intent.account_id).ok_or_else(unknown)?;
    Ok((open, row, intent))
}

/// Answers `withdraw_intent`. Of this and the release exactly one is written into the journal, and the answer
/// says which.
pub(crate) async fn withdraw(scope: &Resolved, request: WithdrawIntent) -> Result<RefundView, ErrorBody> {
    let id = read_intent_id(&request.intent_id)?;
    let (open, row, mut intent) = located(scope, id).await?;
    let label = row.label.as_str();
    for _ in 0..STEPS_MAX {
        if intent.state == IntentState::Canceled {
            return Ok(shown(scope, &open.mirror, &intent, label).await);
        }
        if !undo::may_be_withdrawn(&intent) {
            break;
        }
        let lock = scope.intent_lock(id);
        // A window is counted down by nobody who holds the lock; what was released is about to be sent by
        // whoever does.
        let alone = lock.try_lock();
        if alone.is_err() && intent.state != IntentState::Waiting {
            break;
        }
        let withdrawn = undo::withdraw(&open.mirror, &intent, scope.clock.now())
            .await
            .map_err(|error| errors::of_operation(&error, label))?;
        if let Some(withdrawn) = withdrawn {
            scope.undo_windows.end(id);
            return Ok(shown(scope, &open.mirror, &withdrawn, label).await);
        }
        drop(alone);
        intent = intents::read(&open, id).await?;
    }
    Err(in_state(ErrorCode::AlreadyLeft, &intents::read(&open, id).await?))
}

/// Answers `release_intent`.
pub(crate) async fn release(scope: &Resolved, request: ReleaseIntent) -> Result<RefundView, ErrorBody> {
    let patience = Patience::begin(request.wait_ms);
    let id = read_intent_id(&request.intent_id)?;
    let (open, row, intent) = located(scope, id).await?;
    let label = row.label.as_str();
    let now = scope.clock.now();
    let lock = scope.intent_lock(id);
    let alone = lock.lock().await;
    if undo::may_be_sent_now(&intent, now) {
        if intent.state == IntentState::NeedsPerson {
            // Nobody saw its window end, so to send it is an action of its own.
            let _spent = airlock::pass(&scope.desk, &row).await?;
        }
        // Where the window ended in this moment it leaves as well, so it does not matter who wrote that.
        undo::release(&open.mirror, &intent, now)
            .await
            .map_err(|error| errors::of_operation(&error, label))?;
        scope.undo_windows.end(id);
    } else if !intent.state.is_pending() {
        return Err(in_state(ErrorCode::NotWaiting, &intent));
    }
    drop(alone);
    let until = patience.for_driving();
    let driven = intents::work_patiently(&scope.desk, &open, &row, (id, Work::Drive), until).await?;
    Ok(shown(scope, &open.mirror, &driven, label).await)
}

/// Waits until a window is over or the shell's patience ends. One that nobody counts yet is counted here:
/// whoever names an intent wants to see how it ends.
pub(crate) async fn wait_for_end(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    intent: &Intent,
    patience: Patience,
) -> Result<(), ErrorBody> {
    undo_windows::count_down(&scope.desk, open, row, intent)
        .await
        .map_err(|error| errors::of_operation(&error, row.label.as_str()))?;
    if let Some(countdown) = scope.undo_windows.of(intent.id) {
        // That patience ended is told by the state that it is in then.
        let _ = tokio::time::timeout_at(patience.for_driving(), countdown.over()).await;
    }
    Ok(())
}

/// What cannot be done with an intent as it is, and whether its money moved.
fn in_state(code: ErrorCode, intent: &Intent) -> ErrorBody {
    let money_moved = match intent.state {
        IntentState::Settled => MoneyMoved::Yes,
        IntentState::Waiting | IntentState::Prepared | IntentState::Refused | IntentState::Canceled => {
            MoneyMoved::No
        }
        _ if intent.progress.never_sent() => MoneyMoved::No,
        _ => MoneyMoved::Unknown,
    };
    let state = intent.state.as_str().replace('_', " ");
    ErrorBody { money_moved, ..ErrorBody::new(code) }.with("state", state).with("intent_id", intent.id)
}
