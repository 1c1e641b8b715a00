//! Driving intents: one driver each, to its end or to the end of the shell's patience.

use std::sync::Arc;
use std::time::Duration;

use contract::endpoint::Tag;
use contract::{ErrorBody, ErrorCode};
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
/// When the Desk stops, how long it still waits for an answer that is on its way.
const LAST_ANSWER: Duration = Duration::from_secs(1);
/// How long one driver goes on after the shell that started it stopped waiting: long enough for a
/// last answer to come in and be written down.
const DRIVE_ON: Duration = Duration::from_secs(90);

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// How long to wait for the end.
pub(crate) fn patience(wait_ms: Option<u32>) -> Duration {
    let wait_ms = wait_ms.unwrap_or(WAIT_MS).min(WAIT_MAX_MS);
    let shown_in = if wait_ms > 2 * SHOWING_MS { SHOWING_MS } else { 0 };
    Duration::from_millis(u64::from(wait_ms - shown_in))
}

/// Drives what was issued, and answers with it as it is when it rests or patience ends. The driving
/// itself goes on behind, also when the shell is gone.
pub(crate) async fn drive_issued(
    scope: &Resolved,
    located: &Located,
    issued: Issued,
    patience: Duration,
) -> Result<Intent, ErrorBody> {
    let (Issued::New(intent) | Issued::Again(intent)) = issued;
    if !intent.state.is_pending() {
        return Ok(intent);
    }
    drive_patiently(&scope.desk, &located.open, &located.row, intent.id, patience).await
}

/// Drives an intent behind the shell's back, and answers with it when it rests or patience ends.
pub(crate) async fn drive_patiently(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
    id: IntentId,
    patience: Duration,
) -> Result<Intent, ErrorBody> {
    let until = Instant::now() + patience;
    let driving = {
        let (desk, open, row) = (Arc::clone(desk), open.clone(), row.clone());
        desk.tasks.clone().spawn(async move { drive_once(&desk, &open, &row, id, until).await })
    };
    match tokio::time::timeout_at(until, driving).await {
        Ok(driven) => driven.map_err(errors::defect)?,
        Err(_) => read(open, id).await,
    }
}

/// Drives an intent until it rests or the time is over; whoever else drives it is waited for first.
pub(crate) async fn drive_once(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    row: &AccountRow,
    id: IntentId,
    until: Instant,
) -> Result<Intent, ErrorBody> {
    let lock = desk.intent_lock(id);
    let _alone = lock.lock().await;
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

/// Looks at the vendor once more for an intent that needs a person.
pub(crate) async fn look_again(
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
    looked.map_err(|error| errors::of_operation(&error, row.label.as_str()))
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
    closed.map_err(|error| errors::of_operation(&error, row.label.as_str()))
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
