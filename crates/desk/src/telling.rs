//! Refunds that settled tell their payers, where a rule of their account says so: at once after a refund of this Desk, and again and again for
//! what waits. A Desk that works in the background does it beside everything else; one that lives no longer than its command does it before
//! that ends.

use std::sync::Arc;
use std::time::Duration;

use domain::Environment;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

use crate::answer::refund_notices;
use crate::desk::Desk;

/// How often it is looked for what waits.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// How long a command waits at its end for what it has to tell.
const COMMAND_WAITS: Duration = Duration::from_secs(30);

/// Who tells.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    /// One at a time, or two could compose the same notice.
    turn: Mutex<()>,
    wake: Notify,
}

/// Works until told to stop.
pub(crate) async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    let mut due = tokio::time::interval(LOOK_EVERY);
    // After a sleep of the machine one round is enough.
    due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = desk.telling.wake.notified() => {}
            _ = due.tick() => {}
        }
        for environment in Environment::ALL {
            // What was written down is never left half-way: the row of a message that is on its way when Paydesk ends says so.
            tokio::select! {
                () = stop.cancelled() => return,
                () = tell(&desk, environment) => {}
            }
        }
    }
}

/// Tells what is to be told after a refund was worked on.
pub(crate) async fn after_refunds(desk: &Arc<Desk>, environment: Environment) {
    if desk.background {
        desk.telling.wake.notify_one();
        return;
    }
    // On a stack of its own: what answers the refund has used much of this one.
    let telling = {
        let desk = Arc::clone(desk);
        desk.tasks.clone().spawn(async move { tell(&desk, environment).await })
    };
    if tokio::time::timeout(COMMAND_WAITS, telling).await.is_err() {
        tracing::warn!("not every payer of a refund was told in time; the rest waits");
    }
}

async fn tell(desk: &Arc<Desk>, environment: Environment) {
    let _turn = desk.telling.turn.lock().await;
    if let Err(error) = Box::pin(refund_notices::tell_due(desk, environment)).await {
        tracing::warn!(code = %error.code, "payers of refunds are told later");
        desk.note_refused_write(environment, &error);
    }
}
