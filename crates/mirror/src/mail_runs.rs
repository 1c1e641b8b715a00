//! Runs of email by the thousand. What became of a recipient is told by their message, which is found by the id that their row was
//! given when it came in: nothing is noted twice, and a row whose message is in the journal is never handed over again.

mod keeping;
mod rows;
mod sending;

use domain::bulk::BulkState;
use domain::mail_run::{MailRun, MailRunContent, MailRunRow, MailSchedule};
use domain::{AccountId, BulkRunId, RequestId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::bulk::word;
use crate::error::{MirrorError, Result};
use crate::mirrored::{moment, moment_or_none};
use crate::page::{self, Page};

pub(crate) use keeping::{carry, forget_person, hold_back};
pub use rows::{MailCounts, MailProblem, MailRowResult, MailRowToSend};
pub use sending::DecidedBatch;

const SELECT: &str = "select u.number, u.id, u.request_id, a.id as account_id, u.name, u.source, u.digest, u.same_as, u.state, \
     u.problem_code, u.problem_detail, u.subject, u.body, u.template, u.data, u.group_id, u.send_at, u.batch_id, u.schedule, \
     u.per_request, u.suppressions_read, u.created_at, u.started_at, u.ended_at \
     from mail_runs u join accounts a on a.number = u.account";

/// The runs.
#[derive(Debug)]
pub struct MailRuns<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl MailRuns<'_> {
    /// Writes a run with all its rows in one transaction. A repeat of its request writes nothing, and gives the run that answered it first.
    pub async fn insert(&self, run: &MailRun, rows: &[MailRunRow]) -> Result<Option<MailRun>> {
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
        let (subject, body, template, data) = match &run.content {
            MailRunContent::Text { subject, text } => (Some(subject), text.as_ref(), None, None),
            MailRunContent::Template { id, data } => (None, None, Some(id), Some(data)),
        };
        let number: i64 = sqlx::query_scalar(
            "insert into mail_runs (id, request_id, account, name, source, digest, same_as, state, subject, body, template, data, \
             group_id, send_at, per_request, suppressions_read, created_at) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) returning number",
        )
        .bind(run.id.to_string())
        .bind(run.request_id.to_string())
        .bind(account)
        .bind(&run.name)
        .bind(run.source.as_str())
        .bind(&run.digest)
        .bind(run.same_as.map(|id| id.to_string()))
        .bind(run.state.as_str())
        .bind(subject)
        .bind(body)
        .bind(template)
        .bind(data)
        .bind(run.group_id)
        .bind(run.send_at.map(Timestamp::as_ms))
        .bind(run.per_request)
        .bind(run.suppressions_read)
        .bind(run.created_at.as_ms())
        .fetch_one(&mut *transaction)
        .await?;
        rows::insert(self.mirror, &mut transaction, number, rows).await?;
        transaction.commit().await?;
        Ok(None)
    }

    /// The run with the id.
    pub async fn by_id(&self, id: BulkRunId) -> Result<Option<MailRun>> {
        self.first("where u.id = ?1", id.to_string()).await
    }

    /// The run that answered the request.
    pub async fn by_request_id(&self, request_id: RequestId) -> Result<Option<MailRun>> {
        self.first("where u.request_id = ?1", request_id.to_string()).await
    }

    /// The newest run that says the same to the same people and was not taken back before anything was sent.
    pub async fn same_rows(&self, account: AccountId, digest: &str) -> Result<Option<MailRun>> {
        let statement = format!(
            "{SELECT} where u.digest = ?1 and u.account = ?2 and not (u.state = 'canceled' and u.started_at is null) \
             order by u.number desc limit 1"
        );
        let row = sqlx::query(AssertSqlSafe(statement))
            .bind(digest)
            .bind(self.mirror.number_of(account)?)
            .fetch_optional(self.mirror.readers())
            .await?;
        Ok(row.as_ref().map(read).transpose()?.map(|(_, run)| run))
    }

    /// A page of runs, newest first.
    pub async fn list(&self, limit: u32, after: Option<&str>) -> Result<Page<MailRun>> {
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
            sqlx::query_scalar("select count(*) from mail_runs").fetch_one(self.mirror.readers()).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Brings a run from one of some states to another, with why; tells whether it was in one of them. One that is over gives up what
    /// it said and filled in, unless that is kept.
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
            "update mail_runs set state = ?2, problem_code = ?3, problem_detail = ?4, \
             started_at = case when ?2 = 'running' then coalesce(started_at, ?5) else started_at end, \
             ended_at = case when ?2 in ('done', 'canceled') then ?5 end where id = ?1 and state in ({})",
            words.join(", ")
        );
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let done = sqlx::query(AssertSqlSafe(statement))
            .bind(id.to_string())
            .bind(to.as_str())
            .bind(why.map(|(code, _)| code.to_owned()))
            .bind(why.and_then(|(_, detail)| detail.map(str::to_owned)))
            .bind(now.as_ms())
            .execute(&mut *transaction)
            .await?;
        if matches!(to, BulkState::Done | BulkState::Canceled) {
            for statement in [
                "update mail_runs set body = null where id = ?1 and ended_at is not null and not exists \
                 (select 1 from mail_settings s where s.account = mail_runs.account and s.keep_bodies)",
                "update mail_run_rows set data = null where data is not null and run = (select number from mail_runs u \
                 where u.id = ?1 and u.ended_at is not null and not exists \
                 (select 1 from mail_settings s where s.account = u.account and s.keep_bodies))",
            ] {
                sqlx::query(statement).bind(id.to_string()).execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Notes under which id of the vendor's a run can be taken back, before anything of it is handed over; the first one stays.
    pub async fn set_batch(&self, id: BulkRunId, batch_id: &str) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query("update mail_runs set batch_id = coalesce(batch_id, ?2), schedule = coalesce(schedule, 'waiting') where id = ?1")
            .bind(id.to_string())
            .bind(batch_id)
            .execute(writer.connection()?)
            .await?;
        Ok(())
    }

    /// Notes what the vendor was told of a run that waits. What it took and is canceled stands as canceled, unless an event told more.
    pub async fn set_schedule(&self, id: BulkRunId, schedule: MailSchedule, now: Timestamp) -> Result<u64> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query("update mail_runs set schedule = ?2 where id = ?1")
            .bind(id.to_string())
            .bind(schedule.as_str())
            .execute(&mut *transaction)
            .await?;
        let mut changed = 0;
        if schedule == MailSchedule::Canceled {
            changed = sqlx::query(
                "update messages set state = 'canceled', reason = 'schedule_canceled', updated_at = ?2 where state = 'queued' \
                 and told_event is null and batch_id = (select batch_id from mail_runs where id = ?1)",
            )
            .bind(id.to_string())
            .bind(now.as_ms())
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        }
        transaction.commit().await?;
        Ok(changed)
    }

    async fn first(&self, rest: &str, value: String) -> Result<Option<MailRun>> {
        let row = sqlx::query(AssertSqlSafe(format!("{SELECT} {rest}")))
            .bind(value)
            .fetch_optional(self.mirror.readers())
            .await?;
        Ok(row.as_ref().map(read).transpose()?.map(|(_, run)| run))
    }
}

fn read(row: &SqliteRow) -> Result<(i64, MailRun)> {
    let content = match row.try_get::<Option<String>, _>("template")? {
        Some(id) => MailRunContent::Template {
            id,
            data: row.try_get::<Option<String>, _>("data")?.unwrap_or_default(),
        },
        None => MailRunContent::Text { subject: row.try_get("subject")?, text: row.try_get("body")? },
    };
    let or_none = |column: &'static str| row.try_get::<Option<String>, _>(column);
    let run = MailRun {
        id: word(row, "id")?,
        request_id: word(row, "request_id")?,
        account_id: word(row, "account_id")?,
        name: row.try_get("name")?,
        source: word(row, "source")?,
        digest: row.try_get("digest")?,
        same_as: or_none("same_as")?.map(|_| word(row, "same_as")).transpose()?,
        state: word(row, "state")?,
        problem_code: row.try_get("problem_code")?,
        problem_detail: row.try_get("problem_detail")?,
        content,
        group_id: row.try_get("group_id")?,
        send_at: moment_or_none(row, "send_at")?,
        batch_id: row.try_get("batch_id")?,
        schedule: or_none("schedule")?.map(|_| word(row, "schedule")).transpose()?,
        per_request: u32::try_from(row.try_get::<i64, _>("per_request")?)
            .map_err(|_| MirrorError::corrupt("a run of email does not read"))?,
        suppressions_read: row.try_get("suppressions_read")?,
        created_at: moment(row, "created_at")?,
        started_at: moment_or_none(row, "started_at")?,
        ended_at: moment_or_none(row, "ended_at")?,
    };
    Ok((row.try_get("number")?, run))
}
