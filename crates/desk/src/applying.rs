//! Applies what was received, once it is on the disk and acknowledged.
//!
//! To apply an event takes several times as long as to keep it, and both need the one writer. While vendors deliver one
//! event upon the other, those that wait to be acknowledged therefore go first, for some seconds at the most.

use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::endpoint::Tag;
use contract::{ErrorBody, Notice};
use domain::Environment;
use tokio_util::sync::CancellationToken;

mod history;
mod messages;

use crate::answer::{events, sync};
use crate::desk::{Desk, OpenMirror};
use crate::{errors, handing_over};

/// How often it is looked whether something waits that nobody told of.
const APPLY_EVERY: Duration = Duration::from_secs(30);
/// Nothing came for so long: the vendors take a breath.
const BREATH: Duration = Duration::from_millis(20);
/// How long is waited for a breath.
const PATIENCE: Duration = Duration::from_secs(15);
/// Requests of one turn, and of one that others wait behind: it has the writer for a few milliseconds.
const AT_ONCE: u32 = 200;
const AT_ONCE_BESIDE_OTHERS: u32 = 20;

/// Applies what was received, until told to stop.
pub(crate) async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    loop {
        for environment in Environment::ALL {
            let Ok(Some(open)) = desk.existing_mirror(environment).await else { continue };
            if let Err(error) = apply_all(&desk, environment, &open.by_itself()).await {
                desk.note_refused_write(environment, &error);
                tracing::warn!(code = %error.code, "what was received is applied later");
            }
            // After what was received, which may tell of them.
            if let Err(error) = handing_over::recover(&desk, environment, &open).await {
                desk.note_refused_write(environment, &error);
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = desk.listening.something_came() => {}
            () = tokio::time::sleep(APPLY_EVERY) => {}
        }
    }
}

/// Waits for a breath, no longer than patience lasts; says how many requests the next turn may have.
async fn breath(desk: &Desk, since: Instant) -> u32 {
    loop {
        let Some(left) = desk.listening.quiet_for().and_then(|quiet| BREATH.checked_sub(quiet)) else {
            return AT_ONCE;
        };
        if since.elapsed() >= PATIENCE {
            return AT_ONCE_BESIDE_OTHERS;
        }
        tokio::select! {
            () = desk.stop.cancelled() => return AT_ONCE,
            () = tokio::time::sleep(left) => {}
        }
    }
}

/// Applies all that waits of an environment, one after the other.
async fn apply_all(desk: &Arc<Desk>, environment: Environment, open: &OpenMirror) -> Result<(), ErrorBody> {
    let of_mirror = |error: mirror::MirrorError| errors::of_mirror(&error);
    let since = Instant::now();
    loop {
        let most = breath(desk, since).await;
        let rows = open.mirror.accounts().list().await.map_err(of_mirror)?;
        let taken = operations::inbox::apply_waiting(&open.mirror, &rows, most).await;
        let mut taken = taken.map_err(|error| errors::of_operation(&error, "this account"))?;
        taken.extend(history::keep_waiting(&open.mirror, most).await.map_err(of_mirror)?);
        if taken.is_empty() {
            return Ok(());
        }
        let origins = open.mirror.origins().await.map_err(of_mirror)?;
        for one in &taken {
            let event = events::received_view(&origins, &one.row, one.object_id.clone());
            desk.say(Notice::Event { environment, event });
        }
        let tags = [Tag::Events, Tag::Payments, Tag::Customers, Tag::Refunds, Tag::Messages];
        desk.say_changed(environment, &tags);
        for row in rows.iter().filter(|row| taken.iter().any(|one| one.row.account_id == row.id)) {
            // An account whose key cannot be had now keeps no other waiting: its refunds are settled as it is followed next.
            if let Err(error) = settle_told(desk, open, row).await {
                desk.note_refused_write(environment, &error);
                tracing::warn!(code = %error.code, "what was told of refunds is settled later");
            }
        }
    }
}

/// Settles the intents of an account that their refunds settle.
async fn settle_told(desk: &Arc<Desk>, open: &OpenMirror, row: &mirror::AccountRow) -> Result<(), ErrorBody> {
    let told = open.mirror.intents().not_settled_by_their_refunds(row.id).await;
    if told.map_err(|error| errors::of_mirror(&error))?.is_empty() {
        return Ok(());
    }
    let account = desk.open_account(row, open).await?;
    sync::settle_told(desk, open, &account).await?;
    Ok(())
}
