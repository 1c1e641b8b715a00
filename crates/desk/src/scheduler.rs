//! What the Desk does by itself in the window and in `paydeskctl serve`: it follows each account's
//! events and goes on with intents that are not settled.

use std::sync::Arc;
use std::time::Duration;

use domain::Environment;
use mirror::AccountRow;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::answer::{intents, keeping, proof, sync};
use crate::desk::{Desk, OpenMirror};
use crate::undo_windows;

/// How often intents are looked at. Each has its own time for its next try in the journal.
const INTENTS_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked which accounts are due. When each is due follows from its read budget.
const FOLLOW_EVERY: Duration = Duration::from_secs(5);
/// How often the mirror is counted against what was proven, and as much of it compared with the
/// vendor as the day's reads allow.
const PROVE_EVERY: Duration = Duration::from_secs(600);
/// A vendor on this machine counts no reads.
const PROVE_SANDBOX_EVERY: Duration = Duration::from_secs(60);
/// How long one driving of an intent may take before the next is looked at.
const DRIVE_LIMIT: Duration = Duration::from_secs(60);
/// Attempts older than this leave the call log.
const CALLS_KEPT_MS: i64 = 90 * 86_400_000;
/// How often old attempts are taken out.
const PURGE_EVERY: Duration = Duration::from_secs(6 * 3_600);

/// How often it is looked which disputes are due soon.
const REMIND_EVERY: Duration = Duration::from_secs(60);

/// How often a disk that refused a write is tried again.
const RETRY_DISK_EVERY: Duration = Duration::from_secs(2);

/// Works until told to stop.
pub(crate) async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    let mut intents_due = tokio::time::interval(INTENTS_EVERY);
    let mut follow_due = tokio::time::interval(FOLLOW_EVERY);
    let mut purge_due = tokio::time::interval(PURGE_EVERY);
    let mut sandbox_proof_due = tokio::time::interval(PROVE_SANDBOX_EVERY);
    let mut proof_due = tokio::time::interval(PROVE_EVERY);
    let mut remind_due = tokio::time::interval(REMIND_EVERY);
    let mut disk_due = tokio::time::interval(RETRY_DISK_EVERY);
    for timer in [
        &mut intents_due,
        &mut follow_due,
        &mut purge_due,
        &mut sandbox_proof_due,
        &mut proof_due,
        &mut remind_due,
        &mut disk_due,
    ] {
        // After a sleep of the machine one round is enough.
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    }
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = intents_due.tick() => drive_due(&desk).await,
            _ = follow_due.tick() => follow_due_accounts(&desk).await,
            _ = sandbox_proof_due.tick() => prove(&desk, &[Environment::Sandbox]).await,
            _ = proof_due.tick() => prove(&desk, &[Environment::Test, Environment::Live]).await,
            _ = disk_due.tick() => keeping::try_blocked(&desk).await,
            _ = remind_due.tick() => remind(&desk).await,
            _ = purge_due.tick() => purge(&desk).await,
        }
    }
}

/// The accounts of an environment that take payments, and so are followed and proven; none where something keeps them from being read, which the
/// shells show by themselves.
async fn accounts(desk: &Desk, environment: Environment) -> Option<(OpenMirror, Vec<AccountRow>)> {
    let open = desk.existing_mirror(environment).await.ok()??;
    let mut rows = open.mirror.accounts().list().await.ok()?;
    rows.retain(|row| row.vendor.takes_payments());
    Some((open, rows))
}

/// Goes on with each intent whose time has come.
async fn drive_due(desk: &Arc<Desk>) {
    for environment in Environment::ALL {
        let Some((open, rows)) = accounts(desk, environment).await else { continue };
        undo_windows::count_down_all(desk, &open, &rows).await;
        let Ok(pending) = open.mirror.intents().pending().await else { continue };
        let now = desk.clock.now();
        for intent in pending {
            let due = desk.put_offs.is_due(&intent, now);
            let Some(row) = rows.iter().find(|row| row.id == intent.account_id).filter(|_| due) else {
                continue;
            };
            // Somebody drives it already; two at once would only wait for each other.
            if desk.is_driven(intent.id) {
                continue;
            }
            let (desk, open, row) = (Arc::clone(desk), open.clone(), row.clone());
            desk.tasks.clone().spawn(async move {
                let until = Instant::now() + DRIVE_LIMIT;
                // An error is written down with the intent, and puts its next try off.
                let _ = intents::drive_once(&desk, &open, &row, intent.id, until).await;
            });
        }
    }
}

/// Follows each account whose time has come.
async fn follow_due_accounts(desk: &Arc<Desk>) {
    for environment in Environment::ALL {
        let Some((open, rows)) = accounts(desk, environment).await else { continue };
        for row in &rows {
            if !desk.syncs.is_running(row.id) && is_due(desk, &open, row).await == Some(true) {
                sync::begin(desk, &open, row, false);
            }
        }
    }
}

/// Whether an account is to be followed now; none where that cannot be read. The computer's clock
/// decides and not one that stands still in its sleep, so that whoever wakes it up finds the gap
/// closed in seconds. A run that took many requests is followed by a longer wait, and one that failed
/// because the network was not up yet by a short one.
async fn is_due(desk: &Arc<Desk>, open: &OpenMirror, row: &AccountRow) -> Option<bool> {
    if open.mirror.catch_ups().paused_at(row.id).await.ok()?.is_some() {
        return Some(false);
    }
    let Some(last) = desk.syncs.last_run(row.id) else { return Some(true) };
    let budget = sync::read_budget(desk, open, row).await.ok()?;
    let wait = match last.failures {
        0 => budget.wait_after(last.requests),
        failures => budget.wait_after_failures(failures, last.requests),
    };
    let passed = desk.clock.now().ms_since(last.ended_at);
    // A clock that was set back must not stop following.
    Some(passed < 0 || passed >= i64::try_from(wait.as_millis()).ok()?)
}

/// Compares what is due of the accounts of some environments, as far as their read budget goes.
async fn prove(desk: &Arc<Desk>, environments: &[Environment]) {
    for environment in environments {
        let Some((open, rows)) = accounts(desk, *environment).await else { continue };
        for row in &rows {
            proof::cycle(desk, &open, row).await;
        }
    }
}

/// Tells of disputes that are due soon, after a sleep as well.
async fn remind(desk: &Desk) {
    for environment in Environment::ALL {
        if let Some((open, _)) = accounts(desk, environment).await {
            sync::tell_due(desk, &open).await;
        }
    }
}

/// Takes old attempts out of the call log, and old requests out of the inbox.
async fn purge(desk: &Desk) {
    for environment in Environment::ALL {
        let Some((open, _)) = accounts(desk, environment).await else { continue };
        let oldest_kept = desk.clock.now().plus_ms(-CALLS_KEPT_MS);
        if let Err(error) = open.mirror.api_calls().purge_before(oldest_kept).await {
            tracing::warn!(%error, "old attempts could not be taken out of the call log");
        }
        let kept_ms = desk.settings.lock().await.received_kept_ms();
        let oldest_kept = desk.clock.now().plus_ms(-kept_ms);
        if let Err(error) = open.mirror.inbox().purge_before(oldest_kept).await {
            tracing::warn!(%error, "old requests could not be taken out of the inbox");
        }
        if let Err(error) = open.mirror.deliveries().purge_before(oldest_kept).await {
            tracing::warn!(%error, "old deliveries could not be taken out");
        }
    }
}
