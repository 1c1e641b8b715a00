//! Spending the approval of one refund: in the transaction that writes its intent, once, and for nothing else.

use domain::intent::Intent;
use domain::{IntentId, Timestamp};
use sqlx::sqlite::SqliteConnection;

use super::{ApprovalProblem, ApprovalRow, ApprovalState, ApprovalWish, Held, find, of_run, problem};
use crate::Mirror;
use crate::error::Result;

/// Who agreed to an intent, and by what, for its line in the book.
#[derive(Debug, Clone)]
pub(crate) struct AgreedBy {
    pub(crate) approval: IntentId,
    pub(crate) key: String,
    pub(crate) name: String,
}

/// Whether an approval was given and not used.
pub(super) fn is_given(row: &ApprovalRow) -> Result<()> {
    Err(problem(match row.state {
        ApprovalState::Approved => return Ok(()),
        ApprovalState::Asked => ApprovalProblem::NotGiven,
        ApprovalState::Declined => ApprovalProblem::Declined,
        ApprovalState::Used => ApprovalProblem::Used,
        ApprovalState::Void => ApprovalProblem::Void,
    }))
}

/// Spends an approval for an intent that is about to be written, or says why it is none for it. The approval of a
/// run was spent when the run began under it; then it is made sure that the intent is one of its rows.
pub(crate) async fn spend(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    intent: &Intent,
    latest: Timestamp,
) -> Result<AgreedBy> {
    let approval = intent.approval.ok_or(problem(ApprovalProblem::NotAskedHere))?;
    if approval != intent.id {
        return of_run::agreed(connection, mirror, intent, approval).await;
    }
    let kept = find(connection, mirror, approval).await?;
    let (row, held) = kept.filter(|(row, _)| row.own).ok_or(problem(ApprovalProblem::NotAskedHere))?;
    is_given(&row)?;
    if row.account != Some(intent.account_id) {
        return Err(problem(ApprovalProblem::OtherAccount));
    }
    fits(&row.wish, intent)?;
    in_its_place(connection, &held).await?;
    in_its_time(connection, &row, &held, latest).await?;
    let key = row.approver.clone().ok_or(problem(ApprovalProblem::NotGiven))?;
    let name = trusted(connection, &key).await?;
    refuse_what_the_vendor_has(connection, mirror, intent).await?;
    let done = sqlx::query(
        "update approval_requests set state = 'used', updated_at = ?2 where id = ?1 and state = 'approved'",
    )
    .bind(intent.id.to_string())
    .bind(latest.as_ms())
    .execute(connection)
    .await?;
    match done.rows_affected() {
        1 => Ok(AgreedBy { approval, key, name }),
        _ => Err(problem(ApprovalProblem::Used)),
    }
}

/// Whether an intent is what a wish for one refund is for.
fn fits(wish: &ApprovalWish, intent: &Intent) -> Result<()> {
    let ApprovalWish::Refund { payment_id, amount, reason } = wish else {
        return Err(problem(ApprovalProblem::OtherPayment));
    };
    let wished = intent.reason.as_ref().map(domain::RefundReason::as_str);
    for (fits, otherwise) in [
        (Some(payment_id) == intent.target_id.as_ref(), ApprovalProblem::OtherPayment),
        (Some(*amount) == intent.amount, ApprovalProblem::OtherAmount),
        (reason.as_deref() == wished, ApprovalProblem::OtherReason),
    ] {
        if !fits {
            return Err(problem(otherwise));
        }
    }
    Ok(())
}

/// Whether this is the device that asked.
pub(super) async fn in_its_place(connection: &mut SqliteConnection, held: &Held) -> Result<()> {
    let device: Option<String> = sqlx::query_scalar("select value from file_facts where name = 'device'")
        .fetch_optional(&mut *connection)
        .await?;
    if device == held.device { Ok(()) } else { Err(problem(ApprovalProblem::OtherDevice)) }
}

/// Whether a request is good at the latest moment that is known here. A clock that was set back cannot make it good
/// again: what the book saw since it was asked counts too.
pub(super) async fn in_its_time(
    connection: &mut SqliteConnection,
    row: &ApprovalRow,
    held: &Held,
    latest: Timestamp,
) -> Result<()> {
    let seen: Option<i64> = sqlx::query_scalar("select max(at) from book where number > ?1")
        .bind(held.asked_after)
        .fetch_one(&mut *connection)
        .await?;
    let latest = seen.map_or(latest, |seen| latest.max(Timestamp::from_ms(seen)));
    if latest >= row.expires_at {
        return Err(problem(ApprovalProblem::Expired { until: row.expires_at }));
    }
    Ok(())
}

/// The name of a person whose key is trusted here now.
pub(super) async fn trusted(connection: &mut SqliteConnection, key: &str) -> Result<String> {
    let name: Option<String> =
        sqlx::query_scalar("select name from approvers where key = ?1 and removed_at is null")
            .bind(key)
            .fetch_optional(connection)
            .await?;
    name.ok_or(problem(ApprovalProblem::UnknownPerson))
}

/// A refund at the vendor that carries the id of the intent was made with this approval, whatever this file
/// remembers of it.
pub(super) async fn refuse_what_the_vendor_has(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    intent: &Intent,
) -> Result<()> {
    let made: bool =
        sqlx::query_scalar("select exists (select 1 from refunds where account = ?1 and intent_id = ?2)")
            .bind(mirror.number_of(intent.account_id)?)
            .bind(intent.id.to_string())
            .fetch_one(connection)
            .await?;
    if made { Err(problem(ApprovalProblem::Used)) } else { Ok(()) }
}
