//! What the Desk does by itself for accounts that send SMS: it looks for messages whose answer was lost, and reads the vendor's list on.

use std::sync::Arc;
use std::time::Duration;

use contract::endpoint::Tag;
use domain::{Capability, Environment};
use mirror::AccountRow;
use operations::sms::settling::Lookup;
use tokio_util::sync::CancellationToken;

use crate::answer;
use crate::desk::{Desk, OpenMirror};

/// How often the list is read on.
const READ_EVERY: Duration = Duration::from_secs(120);
/// Pages of one turn, so that other calls of the account are not kept waiting.
const PAGES_OF_A_TURN: usize = 5;

/// Works until told to stop.
pub(crate) async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    let mut due = tokio::time::interval(READ_EVERY);
    // After a sleep of the machine one round is enough.
    due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {}
        }
        for environment in Environment::ALL {
            let Ok(Some(open)) = desk.existing_mirror(environment).await else { continue };
            let open = open.by_itself();
            let Ok(rows) = open.mirror.accounts().list().await else { continue };
            for row in rows.iter().filter(|row| row.vendor.capability() == Capability::Sms) {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = read(&desk, environment, &open, row) => {}
                }
            }
        }
    }
}

/// Reads one account's list on. What keeps it from being read is in the call log; the next turn tries again.
async fn read(desk: &Desk, environment: Environment, open: &OpenMirror, row: &AccountRow) {
    // Test credentials can read nothing.
    if !open.mirror.messages().settings(row.id).await.is_ok_and(|settings| !settings.test_credentials) {
        return;
    }
    let Ok(account) = desk.open_sms_account(row, open).await else { return };
    match answer::sms::read_log(&account, (Lookup::Recent, PAGES_OF_A_TURN), &desk.handing_over.ids()).await {
        Ok(done) if done.new + done.changed + done.found > 0 => {
            desk.say_changed(environment, &[Tag::Messages]);
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(code = %error.code, "the list of messages is read later"),
    }
}
