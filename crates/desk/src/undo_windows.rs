//! Counting undo windows down. The Desk that counts one down releases it; by a clock that nobody can set.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contract::endpoint::Tag;
use domain::intent::{Intent, IntentState};
use domain::{Environment, IntentId, Timestamp};
use mirror::{AccountRow, Mirror};
use operations::{OperationError, undo};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::answer::intents;
use crate::desk::{Desk, OpenMirror};

/// How long what was released is driven before the scheduler goes on with it.
const DRIVE_LIMIT: Duration = Duration::from_secs(60);
/// A machine that slept so long during a window let nobody see it end.
const SLEPT_AT_LEAST: Duration = Duration::from_secs(5);

/// The windows that this Desk counts down.
#[derive(Debug, Default)]
pub(crate) struct UndoWindows(Mutex<HashMap<IntentId, Countdown>>);

/// One window that is counted down.
#[derive(Debug, Clone)]
pub(crate) struct Countdown {
    ends: Instant,
    began: Instant,
    up_since_boot: Option<Duration>,
    over: CancellationToken,
}

impl Countdown {
    fn begin(lasts: Duration) -> Self {
        let began = Instant::now();
        Self { ends: began + lasts, began, up_since_boot: since_boot(), over: CancellationToken::new() }
    }

    /// Comes back once the window is over, however it ended.
    pub(crate) async fn over(&self) {
        self.over.cancelled().await;
    }

    /// Whether the machine slept meanwhile: its running clock stood still, the time since its start did not.
    fn slept(&self) -> bool {
        let (Some(then), Some(now)) = (self.up_since_boot, since_boot()) else { return false };
        now.saturating_sub(then).saturating_sub(self.began.elapsed()) >= SLEPT_AT_LEAST
    }
}

/// The time since this machine was started, its sleep included, where the system tells it.
fn since_boot() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, rest) = text.split_once('.')?;
    let hundredths = rest.get(..2)?.parse().ok()?;
    Some(Duration::from_secs(seconds.parse().ok()?) + Duration::from_millis(10) * hundredths)
}

impl UndoWindows {
    fn all(&self) -> MutexGuard<'_, HashMap<IntentId, Countdown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The window of an intent, where this Desk counts it down.
    pub(crate) fn of(&self, id: IntentId) -> Option<Countdown> {
        self.all().get(&id).cloned()
    }

    /// When a window ends by this machine's clock as it is now; none where this Desk does not count it down.
    pub(crate) fn ends_at(&self, id: IntentId, now: Timestamp) -> Option<Timestamp> {
        let left = self.of(id)?.ends.saturating_duration_since(Instant::now());
        Some(now.plus_ms(i64::try_from(left.as_millis()).ok()?))
    }

    /// It is over: released, withdrawn or run out.
    pub(crate) fn end(&self, id: IntentId) {
        if let Some(countdown) = self.all().remove(&id) {
            countdown.over.cancel();
        }
    }

    /// Notes a window as counted down; none where it is already.
    fn add(&self, id: IntentId, lasts: Duration) -> Option<Countdown> {
        let mut all = self.all();
        if all.contains_key(&id) {
            return None;
        }
        let countdown = Countdown::begin(lasts);
        all.insert(id, countdown.clone());
        Some(countdown)
    }
}

/// Counts down what an intent has left of its window, or says that nobody did in time.
pub(crate) async fn count_down(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
    intent: &Intent,
) -> Result<(), OperationError> {
    if intent.state != IntentState::Waiting || desk.undo_windows.of(intent.id).is_some() {
        return Ok(());
    }
    let now = desk.clock.now();
    let Some(left_ms) = undo::left_ms(intent, now) else {
        undo::run_out(&open.mirror, intent, now).await?;
        desk.say_changed(row.environment, &[Tag::Refunds, Tag::Home]);
        return Ok(());
    };
    let lasts = Duration::from_millis(u64::try_from(left_ms).unwrap_or(0));
    if let Some(countdown) = desk.undo_windows.add(intent.id, lasts) {
        let (desk, row, id) = (Arc::clone(desk), row.clone(), intent.id);
        desk.tasks.clone().spawn(async move { wait_and_release(&desk, &row, id, &countdown).await });
    }
    Ok(())
}

/// Counts down every window of an environment that nobody counts yet.
pub(crate) async fn count_down_all(desk: &Arc<Desk>, open: &OpenMirror, rows: &[AccountRow]) {
    let Ok(waiting) = open.mirror.intents().waiting().await else { return };
    for intent in waiting {
        let Some(row) = rows.iter().find(|row| row.id == intent.account_id) else { continue };
        if let Err(error) = count_down(desk, open, row, &intent).await {
            tracing::warn!(intent = %intent.id, %error, "an undo window could not be counted down");
        }
    }
}

/// Says of every window that ended before this Desk opened the mirror that nobody could have undone it.
pub(crate) async fn find_ended(windows: &UndoWindows, mirror: &Mirror, now: Timestamp) {
    let Ok(waiting) = mirror.intents().waiting().await else { return };
    for intent in waiting.iter().filter(|one| windows.of(one.id).is_none()) {
        if undo::left_ms(intent, now).is_some() {
            continue;
        }
        if let Err(error) = undo::run_out(mirror, intent, now).await {
            tracing::warn!(intent = %intent.id, %error, "an undo window that ended could not be written down");
        }
    }
}

async fn wait_and_release(desk: &Arc<Desk>, row: &AccountRow, id: IntentId, countdown: &Countdown) {
    tokio::select! {
        () = tokio::time::sleep_until(countdown.ends) => {}
        () = countdown.over() => return,
        // The next Desk goes on counting, or asks a person.
        () = desk.stop.cancelled() => return,
    }
    let released = release(desk, row.environment, id, countdown).await;
    desk.undo_windows.end(id);
    desk.say_changed(row.environment, &[Tag::Refunds, Tag::Home]);
    match released {
        Ok(Some(open)) => {
            // What goes wrong from here on is written down with the intent.
            let _ = intents::drive_once(desk, &open, row, id, Instant::now() + DRIVE_LIMIT).await;
        }
        Ok(None) => {}
        // It still waits, and the next round of the scheduler finds that its time is over.
        Err(error) => tracing::warn!(intent = %id, %error, "an undo window could not be released"),
    }
}

/// Commits the release, or that the machine slept through it; tells the mirror where it leaves next.
async fn release(
    desk: &Arc<Desk>,
    environment: Environment,
    id: IntentId,
    countdown: &Countdown,
) -> Result<Option<OpenMirror>, OperationError> {
    // A restore or another key may have closed the file that it was counted down for.
    let found = desk.existing_mirror(environment).await;
    let Some(open) = found.map_err(|error| OperationError::Defect(error.to_string()))? else {
        return Ok(None);
    };
    let Some(intent) = open.mirror.intents().by_id(id).await? else { return Ok(None) };
    if intent.state != IntentState::Waiting {
        return Ok(None);
    }
    let now = desk.clock.now();
    if countdown.slept() {
        undo::run_out(&open.mirror, &intent, now).await?;
        return Ok(None);
    }
    Ok(undo::release(&open.mirror, &intent, now).await?.map(|_| open))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Countdown, since_boot};

    #[test]
    fn t05_a_machine_that_slept_through_a_window_is_noticed() {
        let Some(up) = since_boot() else { return };
        let awake = Countdown::begin(Duration::from_secs(10));
        assert!(!awake.slept());
        // Eight hours more since the start of the machine than its running clock went on.
        let before = up.saturating_sub(Duration::from_secs(8 * 3_600));
        let slept = Countdown { up_since_boot: Some(before), ..awake.clone() };
        assert_eq!(slept.slept(), up.saturating_sub(before) > super::SLEPT_AT_LEAST);
        assert!(!Countdown { up_since_boot: None, ..awake }.slept());
    }
}
