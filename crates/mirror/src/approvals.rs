//! Requests for a second person's word on a refund or on a run of refunds, and what became of them.
//!
//! A request for one refund becomes one intent at most, and that intent has the request's id: the journal, and
//! the vendor's own record of the refund, which carries that id, both say that it was used, even where this table
//! came back from an old copy. A request for a run is used once, by that run, and the ids of the intents of its rows
//! follow from the request's.

mod of_run;
mod problem;
mod spend;

use std::str::FromStr;

use domain::{AccountId, BulkRunId, IntentId, Money, Timestamp};
use serde_json::{Value as Json, json};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::book::{self, NewLine};
use crate::error::{MirrorError, Result};
use crate::mirrored::{amount, moment};
use crate::page::{self, Page};

pub use of_run::{AgreedRow, BegunRun};
pub use problem::ApprovalProblem;
pub(crate) use spend::{AgreedBy, spend};
use spend::{in_its_place, in_its_time, is_given, trusted};

const COLUMNS: &str = "number, id, own, state, account, payment_id, amount_minor, currency, reason, run, digest, \
     row_count, file, answer, approver, device, asked_after, created_at, expires_at, updated_at";

/// How a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalState {
    /// Nobody answered yet.
    Asked,
    /// It may be paid.
    Approved,
    /// It may not.
    Declined,
    /// It became an intent, or its run began under it.
    Used,
    /// It came back with an old copy, so that nobody knows whether it was used.
    Void,
}

impl ApprovalState {
    const ALL: [Self; 5] = [Self::Asked, Self::Approved, Self::Declined, Self::Used, Self::Void];

    /// The word in the database and over JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Used => "used",
            Self::Void => "void",
        }
    }
}

impl FromStr for ApprovalState {
    type Err = MirrorError;

    fn from_str(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == word);
        found.ok_or_else(|| MirrorError::corrupt("a request for approval has no state"))
    }
}

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApprovalWish {
    /// One refund.
    Refund {
        /// The vendor's id of the payment.
        payment_id: String,
        /// How much.
        amount: Money,
        /// Why, in the vendor's word.
        reason: Option<String>,
    },
    /// Rows of a run.
    Run {
        /// The run, in the home that asked.
        run: BulkRunId,
        /// What its file hashes the rows to.
        digest: String,
        /// How many rows.
        rows: u64,
    },
}

/// A request as it is kept, with the files that were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRow {
    /// Its id, which its intent gets.
    pub id: IntentId,
    /// Whether it was asked here; else it was decided here for somebody else.
    pub own: bool,
    /// How it is.
    pub state: ApprovalState,
    /// The account here; none where somebody else's account is not connected here.
    pub account: Option<AccountId>,
    /// What for.
    pub wish: ApprovalWish,
    /// The request's file; empty once its person was erased.
    pub file: String,
    /// The answer's file.
    pub answer: Option<String>,
    /// The key of whoever answered.
    pub approver: Option<String>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// An answer to a request that was asked here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenAnswer {
    /// Its file.
    pub file: String,
    /// The key of whoever answered.
    pub approver: String,
    /// Whether they agree.
    pub approved: bool,
}

/// The requests of a mirror.
#[derive(Debug)]
pub struct Approvals<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Approvals<'_> {
    /// Keeps a request that was asked here, with its line in the book.
    pub async fn ask(&self, row: &ApprovalRow, note: Option<&str>) -> Result<()> {
        let account = row.account.ok_or(MirrorError::UnknownAccount)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let number = self.mirror.number_of(account)?;
        let line = NewLine {
            personal: note.map_or_else(|| json!({}), |note| json!({ "note": note })),
            person: match &row.wish {
                ApprovalWish::Refund { payment_id, .. } => {
                    Some(book::person_of(&mut transaction, number, payment_id).await?)
                }
                ApprovalWish::Run { .. } => None,
            },
            ..about(row, row.created_at, "approval_asked", json!({ "expires": row.expires_at.to_string() }))
        };
        insert(&mut transaction, self.mirror, row).await?;
        book::append(&mut transaction, self.mirror, &line).await?;
        Ok(transaction.commit().await?)
    }

    /// Keeps what was decided here for somebody else, with its line in the book. It is decided once.
    pub async fn decided(&self, row: &ApprovalRow, facts: Json) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let action =
            if row.state == ApprovalState::Approved { "approval_given" } else { "approval_declined" };
        insert(&mut transaction, self.mirror, row).await?;
        book::append(&mut transaction, self.mirror, &about(row, row.updated_at, action, facts)).await?;
        Ok(transaction.commit().await?)
    }

    /// Keeps an answer to a request that was asked here and has none yet. Who answered must be trusted now.
    pub async fn take(&self, id: IntentId, answer: &TakenAnswer, latest: Timestamp) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let kept = find(&mut transaction, self.mirror, id).await?;
        let (row, held) = kept.filter(|(row, _)| row.own).ok_or(problem(ApprovalProblem::NotAskedHere))?;
        match row.state {
            ApprovalState::Asked => {}
            ApprovalState::Approved | ApprovalState::Declined
                if row.answer.as_ref() == Some(&answer.file) =>
            {
                return Ok(());
            }
            ApprovalState::Approved | ApprovalState::Used => return Err(problem(ApprovalProblem::Used)),
            ApprovalState::Declined => return Err(problem(ApprovalProblem::Declined)),
            ApprovalState::Void => return Err(problem(ApprovalProblem::Void)),
        }
        in_its_place(&mut transaction, &held).await?;
        in_its_time(&mut transaction, &row, &held, latest).await?;
        let name = trusted(&mut transaction, &answer.approver).await?;
        let state = if answer.approved { ApprovalState::Approved } else { ApprovalState::Declined };
        sqlx::query(
            "update approval_requests set state = ?2, answer = ?3, approver = ?4, updated_at = ?5 where id = ?1",
        )
        .bind(id.to_string())
        .bind(state.as_str())
        .bind(&answer.file)
        .bind(&answer.approver)
        .bind(latest.as_ms())
        .execute(&mut *transaction)
        .await?;
        let facts = json!({ "state": state.as_str(), "by": name, "key": answer.approver });
        book::append(&mut transaction, self.mirror, &about(&row, latest, "approval_taken", facts)).await?;
        Ok(transaction.commit().await?)
    }

    /// The request of an id, whoever asked.
    pub async fn by_id(&self, id: IntentId) -> Result<Option<ApprovalRow>> {
        let mut connection = self.mirror.readers().acquire().await?;
        Ok(find(&mut connection, self.mirror, id).await?.map(|(row, _)| row))
    }

    /// The newest request that was asked here for rows of a run.
    pub async fn of_run(&self, run: BulkRunId) -> Result<Option<ApprovalRow>> {
        let statement = format!(
            "select {COLUMNS} from approval_requests where run = ?1 and own = 1 order by number desc limit 1"
        );
        let row = sqlx::query(AssertSqlSafe(statement))
            .bind(run.to_string())
            .fetch_optional(self.mirror.readers())
            .await?;
        Ok(row.as_ref().map(|row| read(self.mirror, row)).transpose()?.map(|(row, _)| row))
    }

    /// Says why the approval of an id is not one that could be used now, as far as it alone tells.
    pub async fn check_given(&self, id: IntentId) -> Result<()> {
        let row = self.by_id(id).await?.filter(|row| row.own);
        is_given(&row.ok_or(problem(ApprovalProblem::NotAskedHere))?)
    }

    /// A page of requests, newest first; of those that were asked here, of the others, or of all.
    pub async fn list(
        &self,
        own: Option<bool>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<ApprovalRow>> {
        let limit = page::checked_limit(limit)?;
        let rows = sqlx::query(AssertSqlSafe(format!(
            "select {COLUMNS} from approval_requests where number < ?1 and (?3 is null or own = ?3) \
             order by number desc limit ?2"
        )))
        .bind(page::start(after)?)
        .bind(limit + 1)
        .bind(own)
        .fetch_all(self.mirror.readers())
        .await?;
        let read = |row: &SqliteRow| Ok((row.try_get("number")?, read(self.mirror, row)?.0));
        Ok(page::cut(rows.iter().map(read).collect::<Result<_>>()?, limit))
    }

    /// How many there are of those.
    pub async fn count(&self, own: Option<bool>) -> Result<u64> {
        let count: i64 =
            sqlx::query_scalar("select count(*) from approval_requests where ?1 is null or own = ?1")
                .bind(own)
                .fetch_one(self.mirror.readers())
                .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

fn problem(problem: ApprovalProblem) -> MirrorError {
    MirrorError::Approval(problem)
}

fn about(row: &ApprovalRow, at: Timestamp, action: &str, facts: Json) -> NewLine {
    let mut facts = facts;
    if let Some(fields) = facts.as_object_mut() {
        fields.insert("approval".to_owned(), json!(row.id.to_string()));
        match &row.wish {
            ApprovalWish::Refund { amount, .. } => {
                let amount = json!({ "minor": amount.minor, "currency": amount.currency.to_string() });
                fields.insert("amount".to_owned(), amount);
            }
            ApprovalWish::Run { digest, rows, .. } => {
                fields.insert("rows".to_owned(), json!(rows));
                fields.insert("rows_digest".to_owned(), json!(digest));
            }
        }
    }
    let subject = match &row.wish {
        ApprovalWish::Refund { payment_id, .. } => payment_id.clone(),
        ApprovalWish::Run { run, .. } => run.to_string(),
    };
    NewLine { account: row.account, facts, ..NewLine::new(at, action, subject) }
}

/// What only this file knows of a request.
struct Held {
    device: Option<String>,
    /// How many lines the book had when it was asked.
    asked_after: i64,
}

async fn insert(connection: &mut SqliteConnection, mirror: &Mirror, row: &ApprovalRow) -> Result<()> {
    let account = row.account.map(|account| mirror.number_of(account)).transpose()?;
    let (refund, run) = match &row.wish {
        ApprovalWish::Refund { payment_id, amount, reason } => (Some((payment_id, amount, reason)), None),
        ApprovalWish::Run { run, digest, rows } => {
            let rows = i64::try_from(*rows).map_err(|_| MirrorError::SumOverflow)?;
            (None, Some((run.to_string(), digest, rows)))
        }
    };
    let run = run.as_ref();
    sqlx::query(
        "insert into approval_requests (id, own, state, account, payment_id, amount_minor, currency, reason, run, \
         digest, row_count, file, answer, approver, device, asked_after, created_at, expires_at, updated_at) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
         (select value from file_facts where name = 'device'), (select coalesce(max(number), 0) from book), \
         ?15, ?16, ?17)",
    )
    .bind(row.id.to_string())
    .bind(row.own)
    .bind(row.state.as_str())
    .bind(account)
    .bind(refund.map(|(payment_id, ..)| payment_id))
    .bind(refund.map(|(_, amount, _)| amount.minor))
    .bind(refund.map(|(_, amount, _)| amount.currency.to_string()))
    .bind(refund.and_then(|(.., reason)| reason.as_ref()))
    .bind(run.map(|(run, ..)| run))
    .bind(run.map(|(_, digest, _)| *digest))
    .bind(run.map(|(.., rows)| *rows))
    .bind(&row.file)
    .bind(&row.answer)
    .bind(&row.approver)
    .bind(row.created_at.as_ms())
    .bind(row.expires_at.as_ms())
    .bind(row.updated_at.as_ms())
    .execute(connection)
    .await?;
    Ok(())
}

async fn find(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    id: IntentId,
) -> Result<Option<(ApprovalRow, Held)>> {
    let row = sqlx::query(AssertSqlSafe(format!("select {COLUMNS} from approval_requests where id = ?1")))
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(|row| read(mirror, row)).transpose()
}

fn read(mirror: &Mirror, row: &SqliteRow) -> Result<(ApprovalRow, Held)> {
    let account: Option<i64> = row.try_get("account")?;
    let id: &str = row.try_get("id")?;
    let found = ApprovalRow {
        id: id.parse().map_err(|_| MirrorError::corrupt("a request for approval has no id"))?,
        own: row.try_get("own")?,
        state: row.try_get::<&str, _>("state")?.parse()?,
        account: account.map(|number| mirror.account_of(number)).transpose()?,
        wish: read_wish(row)?,
        file: row.try_get("file")?,
        answer: row.try_get("answer")?,
        approver: row.try_get("approver")?,
        created_at: moment(row, "created_at")?,
        expires_at: moment(row, "expires_at")?,
        updated_at: moment(row, "updated_at")?,
    };
    Ok((found, Held { device: row.try_get("device")?, asked_after: row.try_get("asked_after")? }))
}

fn read_wish(row: &SqliteRow) -> Result<ApprovalWish> {
    let run: Option<&str> = row.try_get("run")?;
    let Some(run) = run else {
        let (payment_id, reason) = (row.try_get("payment_id")?, row.try_get("reason")?);
        return Ok(ApprovalWish::Refund { payment_id, amount: amount(row)?, reason });
    };
    Ok(ApprovalWish::Run {
        run: run.parse().map_err(|_| MirrorError::corrupt("a request for approval has no run"))?,
        digest: row.try_get("digest")?,
        rows: u64::try_from(row.try_get::<i64, _>("row_count")?).unwrap_or(0),
    })
}
