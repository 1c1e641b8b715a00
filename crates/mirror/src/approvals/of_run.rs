//! The approval of a run: spent in the transaction that begins the run under it, once and for exactly its rows,
//! which carry it from then on. Each row's intent is held against it once more when it is written.

use domain::bulk::BulkState;
use domain::intent::Intent;
use domain::{BulkRunId, IntentId, Money, Timestamp};
use serde_json::json;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use super::spend::{AgreedBy, in_its_place, in_its_time, is_given, refuse_what_the_vendor_has, trusted};
use super::{ApprovalProblem, ApprovalState, ApprovalWish, Approvals, about, find, problem};
use crate::Mirror;
use crate::bulk_rows::{ASKABLE, BulkToSend, rows_where};
use crate::error::Result;
use crate::{book, mirrored};

/// A row that a second person agreed to, as the signed file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedRow {
    /// Its line.
    pub line: u64,
    /// The vendor's id of the payment.
    pub payment_id: String,
    /// How much.
    pub amount: Money,
    /// Why, in the vendor's word.
    pub reason: Option<String>,
}

impl AgreedRow {
    /// Whether a row of a run is this one.
    pub fn is(&self, row: &BulkToSend) -> bool {
        self.line == row.line
            && self.payment_id == row.payment_id
            && self.amount == row.amount
            && self.reason == row.reason
    }
}

/// A run that is to begin under an approval.
#[derive(Debug)]
pub struct BegunRun<'a> {
    /// The run.
    pub run: BulkRunId,
    /// The id of the request.
    pub approval: IntentId,
    /// Its rows, as they were signed.
    pub rows: &'a [AgreedRow],
    /// This machine's time.
    pub now: Timestamp,
    /// The latest moment that any clock here tells.
    pub latest: Timestamp,
}

impl Approvals<'_> {
    /// Begins a run under its approval: spends that, gives it to each row, and lets the run stand as running, all in
    /// one transaction with its line in the book. What is to be sent must be exactly what was signed.
    pub async fn begin_run(&self, begun: &BegunRun<'_>) -> Result<()> {
        let mirror = self.mirror;
        let mut writer = mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let kept = find(&mut transaction, mirror, begun.approval).await?;
        let (row, held) = kept.filter(|(row, _)| row.own).ok_or(problem(ApprovalProblem::NotAskedHere))?;
        is_given(&row)?;
        let (number, account) = run_number(&mut transaction, begun.run).await?;
        if row.account.map(|account| mirror.number_of(account)).transpose()? != Some(account) {
            return Err(problem(ApprovalProblem::OtherAccount));
        }
        if !matches!(row.wish, ApprovalWish::Run { run, .. } if run == begun.run) {
            return Err(problem(ApprovalProblem::OtherRun));
        }
        in_its_place(&mut transaction, &held).await?;
        in_its_time(&mut transaction, &row, &held, begun.latest).await?;
        let key = row.approver.clone().ok_or(problem(ApprovalProblem::NotGiven))?;
        let name = trusted(&mut transaction, &key).await?;
        let to_send = rows_where(&mut transaction, begun.run, ASKABLE).await?;
        let is_same = to_send.len() == begun.rows.len()
            && to_send.iter().zip(begun.rows).all(|(row, agreed)| agreed.is(row));
        if !is_same {
            return Err(problem(ApprovalProblem::OtherRows));
        }
        give(&mut transaction, number, begun).await?;
        stand_as_running(&mut transaction, number, begun.now).await?;
        let done = sqlx::query(
            "update approval_requests set state = 'used', updated_at = ?2 where id = ?1 and state = 'approved'",
        )
        .bind(begun.approval.to_string())
        .bind(begun.latest.as_ms())
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() != 1 {
            return Err(problem(ApprovalProblem::Used));
        }
        let facts = json!({ "approved_by": name, "key": key });
        book::append(&mut transaction, mirror, &about(&row, begun.now, "approval_used", facts)).await?;
        Ok(transaction.commit().await?)
    }
}

/// The numbers of a run and of its account.
async fn run_number(connection: &mut SqliteConnection, run: BulkRunId) -> Result<(i64, i64)> {
    let found: Option<(i64, i64)> = sqlx::query_as("select number, account from bulk_runs where id = ?1")
        .bind(run.to_string())
        .fetch_optional(connection)
        .await?;
    found.ok_or(problem(ApprovalProblem::OtherRun))
}

/// Gives the approval to every row that is to be sent. What waited for it is to be sent now.
async fn give(connection: &mut SqliteConnection, run: i64, begun: &BegunRun<'_>) -> Result<()> {
    let statement = format!(
        "update bulk_rows set approval = ?2, \
         problem_code = case when hold is 'approval' then null else problem_code end, \
         problem_detail = case when hold is 'approval' then null else problem_detail end, \
         hold = case when hold is 'approval' then null else hold end \
         where run = ?1 and line in (select r.line from bulk_rows r join bulk_runs u on u.number = r.run \
         left join intents i on i.request_id = r.request_id where r.run = ?1 and {ASKABLE})"
    );
    let done = sqlx::query(AssertSqlSafe(statement))
        .bind(run)
        .bind(begun.approval.to_string())
        .execute(connection)
        .await?;
    match usize::try_from(done.rows_affected()) == Ok(begun.rows.len()) {
        true => Ok(()),
        false => Err(problem(ApprovalProblem::OtherRows)),
    }
}

async fn stand_as_running(connection: &mut SqliteConnection, run: i64, now: Timestamp) -> Result<()> {
    let done = sqlx::query(
        "update bulk_runs set state = ?2, problem_code = null, problem_detail = null, \
         started_at = coalesce(started_at, ?3), ended_at = null where number = ?1 and state <> ?4",
    )
    .bind(run)
    .bind(BulkState::Running.as_str())
    .bind(now.as_ms())
    .bind(BulkState::Canceled.as_str())
    .execute(connection)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(problem(ApprovalProblem::OtherRows)) }
}

/// Who agreed to the row of a run that an intent is about to be written for. Its time does not count any more: what
/// began in time goes on to its end. Trust does, so that distrusting somebody stops also what they approved before.
pub(super) async fn agreed(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    intent: &Intent,
    approval: IntentId,
) -> Result<AgreedBy> {
    let kept = find(connection, mirror, approval).await?;
    let (row, held) = kept.filter(|(row, _)| row.own).ok_or(problem(ApprovalProblem::NotAskedHere))?;
    if row.state != ApprovalState::Used {
        is_given(&row)?;
        return Err(problem(ApprovalProblem::OtherRows));
    }
    let ApprovalWish::Run { run, .. } = row.wish else { return Err(problem(ApprovalProblem::OtherRun)) };
    in_its_place(connection, &held).await?;
    let key = row.approver.ok_or(problem(ApprovalProblem::NotGiven))?;
    let name = trusted(connection, &key).await?;
    let found = sqlx::query(
        "select r.approval, r.payment_id, r.amount_minor, r.currency, r.reason, u.id as run_id, u.account \
         from bulk_rows r join bulk_runs u on u.number = r.run where r.request_id = ?1",
    )
    .bind(intent.request_id.to_string())
    .fetch_optional(&mut *connection)
    .await?;
    let found = found.ok_or(problem(ApprovalProblem::OtherRows))?;
    let currency: Option<&str> = found.try_get("currency")?;
    let amount = match currency {
        Some(_) => Some(mirrored::amount(&found)?),
        None => None,
    };
    for (fits, otherwise) in [
        (found.try_get::<&str, _>("run_id")? == run.to_string(), ApprovalProblem::OtherRun),
        (
            found.try_get::<i64, _>("account")? == mirror.number_of(intent.account_id)?,
            ApprovalProblem::OtherAccount,
        ),
        (
            found.try_get::<Option<&str>, _>("approval")? == Some(approval.to_string().as_str()),
            ApprovalProblem::OtherRows,
        ),
        (
            found.try_get::<Option<&str>, _>("payment_id")? == intent.target_id.as_deref(),
            ApprovalProblem::OtherPayment,
        ),
        (amount == intent.amount, ApprovalProblem::OtherAmount),
        (
            found.try_get::<Option<&str>, _>("reason")?
                == intent.reason.as_ref().map(domain::RefundReason::as_str),
            ApprovalProblem::OtherReason,
        ),
    ] {
        if !fits {
            return Err(problem(otherwise));
        }
    }
    refuse_what_the_vendor_has(connection, mirror, intent).await?;
    Ok(AgreedBy { approval, key, name })
}
