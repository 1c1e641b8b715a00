//! Runs of refunds by the thousand. What became of a row is told by its intent, which is found by the
//! request id that the row was given when it came in: nothing is noted twice, so a crash between two
//! notes cannot make them differ.

use domain::bulk::{BulkHold, BulkRow, BulkRowState, BulkRun, BulkState};
use domain::{AccountId, BulkRunId, Money, RequestId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use crate::error::{MirrorError, Result};
use crate::mirrored::{currency, moment, moment_or_none};
use crate::page::{self, Page};
use crate::statement::{Value, bind_all, groups, value_rows};
use crate::{Mirror, bulk_rows};

/// Columns of a run but its account.
pub(crate) const RUN_COLUMNS: [&str; 12] = [
    "id",
    "request_id",
    "name",
    "source",
    "digest",
    "same_as",
    "state",
    "problem_code",
    "problem_detail",
    "created_at",
    "started_at",
    "ended_at",
];

/// Columns of a run, with the account's id in place of its number.
const SELECT: &str = "select u.number, u.id, u.request_id, a.id as account_id, u.name, u.source, u.digest, u.same_as, \
     u.state, u.problem_code, u.problem_detail, u.created_at, u.started_at, u.ended_at \
     from bulk_runs u join accounts a on a.number = u.account";

/// What a row is, from itself (`r`), its run (`u`), its intent (`i`, by the request id) and the refund that came of
/// that (`f`): a refund can fail days after it settled its intent, and then only the mirror hears of it.
pub(crate) const ROW_STATE: &str = "case \
     when i.state = 'settled' and coalesce(f.status, i.object_status) in ('failed', 'canceled') then 'failed' \
     when i.id is not null then i.state \
     when r.hold = 'refused' then 'not_sent' \
     when r.hold = 'blocked' then 'blocked' \
     when r.hold = 'asks' and not r.ticked then 'asks' \
     when not r.ticked then 'left_out' \
     when u.state = 'canceled' then 'canceled' \
     when r.hold = 'approval' then 'needs_approval' \
     else 'ready' end";

/// The tables that [`ROW_STATE`] is of.
pub(crate) const ROWS_JOINED: &str = "from bulk_rows r join bulk_runs u on u.number = r.run \
     left join intents i on i.request_id = r.request_id \
     left join refunds f on f.account = i.account and f.vendor_id = i.object_id";

/// Rows of one state in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkAmounts {
    /// The state.
    pub state: BulkRowState,
    /// How many rows.
    pub rows: u64,
    /// What they come to; none where no amount was decided. What is blocked comes to nothing: there may stand more
    /// than any sum can hold.
    pub amount: Option<Money>,
}

/// Rows with one problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkProblem {
    /// The code.
    pub code: String,
    /// What it does to the rows.
    pub hold: BulkHold,
    /// How many rows.
    pub rows: u64,
}

/// What the rows of a run come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkCounts {
    /// By state and currency.
    pub amounts: Vec<BulkAmounts>,
    /// By problem, of rows without an intent.
    pub problems: Vec<BulkProblem>,
}

/// The runs.
#[derive(Debug)]
pub struct BulkRuns<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl BulkRuns<'_> {
    /// Writes a run with all its rows in one transaction. A repeat of its request writes nothing, and gives
    /// the run that answered it first.
    pub async fn insert(&self, run: &BulkRun, rows: &[BulkRow]) -> Result<Option<BulkRun>> {
        let account = self.mirror.number_of(run.account_id)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let before = sqlx::query(AssertSqlSafe(format!("{SELECT} where u.request_id = ?1")))
            .bind(run.request_id.to_string())
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(before) = before {
            return read(&before).map(|(_, run)| Some(run));
        }
        let number: i64 = sqlx::query_scalar(
            "insert into bulk_runs (id, request_id, account, name, source, digest, same_as, state, created_at) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) returning number",
        )
        .bind(run.id.to_string())
        .bind(run.request_id.to_string())
        .bind(account)
        .bind(&run.name)
        .bind(run.source.as_str())
        .bind(&run.digest)
        .bind(run.same_as.map(|id| id.to_string()))
        .bind(run.state.as_str())
        .bind(run.created_at.as_ms())
        .fetch_one(&mut *transaction)
        .await?;
        insert_rows(&mut transaction, number, rows).await?;
        transaction.commit().await?;
        Ok(None)
    }

    /// The run with the id.
    pub async fn by_id(&self, id: BulkRunId) -> Result<Option<BulkRun>> {
        self.first("where u.id = ?1", id.to_string()).await
    }

    /// The run that answered the request.
    pub async fn by_request_id(&self, request_id: RequestId) -> Result<Option<BulkRun>> {
        self.first("where u.request_id = ?1", request_id.to_string()).await
    }

    /// The newest run of the same rows that was not taken back before anything was sent.
    pub async fn same_rows(&self, account: AccountId, digest: &str) -> Result<Option<BulkRun>> {
        let number = self.mirror.number_of(account)?;
        let statement = format!(
            "{SELECT} where u.digest = ?1 and u.account = ?2 \
             and not (u.state = 'canceled' and u.started_at is null) order by u.number desc limit 1"
        );
        let row = sqlx::query(AssertSqlSafe(statement))
            .bind(digest)
            .bind(number)
            .fetch_optional(self.mirror.readers())
            .await?;
        Ok(row.as_ref().map(read).transpose()?.map(|(_, run)| run))
    }

    /// A page of runs, newest first.
    pub async fn list(&self, limit: u32, after: Option<&str>) -> Result<Page<BulkRun>> {
        let limit = page::checked_limit(limit)?;
        let statement = format!("{SELECT} where u.number < ?1 order by u.number desc limit ?2");
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(page::start(after)?)
            .bind(limit + 1)
            .fetch_all(self.mirror.readers())
            .await?;
        Ok(page::cut(rows.iter().map(read).collect::<Result<_>>()?, limit))
    }

    /// How many runs there are.
    pub async fn count(&self) -> Result<u64> {
        let count: i64 =
            sqlx::query_scalar("select count(*) from bulk_runs").fetch_one(self.mirror.readers()).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Brings a run from one of some states to another, with why; tells whether it was in one of them.
    pub async fn set_state(
        &self,
        id: BulkRunId,
        from: &[BulkState],
        to: BulkState,
        why: Option<(&str, Option<&str>)>,
        now: Timestamp,
    ) -> Result<bool> {
        let words: Vec<String> = from.iter().map(|state| format!("'{state}'")).collect();
        let statement = format!(
            "update bulk_runs set state = ?2, problem_code = ?3, problem_detail = ?4, \
             started_at = case when ?2 = 'running' then coalesce(started_at, ?5) else started_at end, \
             ended_at = case when ?2 in ('done', 'canceled') then ?5 end \
             where id = ?1 and state in ({})",
            words.join(", ")
        );
        let mut writer = self.mirror.writer().await?;
        let done = sqlx::query(AssertSqlSafe(statement))
            .bind(id.to_string())
            .bind(to.as_str())
            .bind(why.map(|(code, _)| code.to_owned()))
            .bind(why.and_then(|(_, detail)| detail.map(str::to_owned)))
            .bind(now.as_ms())
            .execute(writer.connection()?)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// What the rows of a run come to.
    pub async fn counts(&self, id: BulkRunId) -> Result<BulkCounts> {
        let mut connection = self.mirror.readers().acquire().await?;
        let statement = format!(
            "select {ROW_STATE} as row_state, count(*) as found, \
             case when r.hold is not 'blocked' then r.currency end as counted_in, \
             sum(case when r.hold is not 'blocked' then r.amount_minor end) as amount_minor {ROWS_JOINED} \
             where u.id = ?1 group by row_state, counted_in order by counted_in, row_state"
        );
        let rows =
            sqlx::query(AssertSqlSafe(statement)).bind(id.to_string()).fetch_all(&mut *connection).await?;
        let amounts = rows.iter().map(read_amounts).collect::<Result<_>>()?;
        let statement = format!(
            "select r.problem_code, r.hold, count(*) as found {ROWS_JOINED} \
             where u.id = ?1 and r.problem_code is not null and i.id is null \
             group by r.problem_code, r.hold order by r.hold, found desc, r.problem_code"
        );
        let rows =
            sqlx::query(AssertSqlSafe(statement)).bind(id.to_string()).fetch_all(&mut *connection).await?;
        let problems = rows.iter().map(read_problem).collect::<Result<_>>()?;
        Ok(BulkCounts { amounts, problems })
    }

    /// The number of a run.
    pub(crate) async fn number(&self, id: BulkRunId) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar("select number from bulk_runs where id = ?1")
            .bind(id.to_string())
            .fetch_optional(self.mirror.readers())
            .await?)
    }

    async fn first(&self, rest: &str, value: String) -> Result<Option<BulkRun>> {
        let row = sqlx::query(AssertSqlSafe(format!("{SELECT} {rest}")))
            .bind(value)
            .fetch_optional(self.mirror.readers())
            .await?;
        Ok(row.as_ref().map(read).transpose()?.map(|(_, run)| run))
    }
}

async fn insert_rows(transaction: &mut Transaction<'_, Sqlite>, run: i64, rows: &[BulkRow]) -> Result<()> {
    let columns = bulk_rows::COLUMNS;
    for group in groups(rows) {
        let statement = format!(
            "insert into bulk_rows (run, {}) values {}",
            columns.join(", "),
            value_rows(group.len(), columns.len() + 1)
        );
        let values =
            group.iter().flat_map(|row| std::iter::once(Value::from(run)).chain(bulk_rows::bound(row)));
        bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    }
    Ok(())
}

fn read_amounts(row: &SqliteRow) -> Result<BulkAmounts> {
    let minor: Option<i64> = row.try_get("amount_minor")?;
    let amount = match minor {
        Some(minor) => Some(Money::new(minor, currency(row, "counted_in")?)),
        None => None,
    };
    Ok(BulkAmounts { state: word(row, "row_state")?, rows: count(row)?, amount })
}

fn read_problem(row: &SqliteRow) -> Result<BulkProblem> {
    Ok(BulkProblem { code: row.try_get("problem_code")?, hold: word(row, "hold")?, rows: count(row)? })
}

fn count(row: &SqliteRow) -> Result<u64> {
    Ok(u64::try_from(row.try_get::<i64, _>("found")?).unwrap_or(0))
}

/// A word or id of our own in a column; anything else there is damage.
pub(crate) fn word<T: std::str::FromStr>(row: &SqliteRow, column: &'static str) -> Result<T> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|_| MirrorError::corrupt(format!("column {column} of a bulk run does not read")))
}

fn read(row: &SqliteRow) -> Result<(i64, BulkRun)> {
    let same_as: Option<String> = row.try_get("same_as")?;
    let run = BulkRun {
        id: word(row, "id")?,
        request_id: word(row, "request_id")?,
        account_id: word(row, "account_id")?,
        name: row.try_get("name")?,
        source: word(row, "source")?,
        digest: row.try_get("digest")?,
        same_as: match same_as {
            Some(_) => Some(word(row, "same_as")?),
            None => None,
        },
        state: word(row, "state")?,
        problem_code: row.try_get("problem_code")?,
        problem_detail: row.try_get("problem_detail")?,
        created_at: moment(row, "created_at")?,
        started_at: moment_or_none(row, "started_at")?,
        ended_at: moment_or_none(row, "ended_at")?,
    };
    Ok((row.try_get("number")?, run))
}
