//! The recipients of a run.

use domain::mail_run::{MailHold, MailRunRow};
use domain::{AccountId, BulkRunId, MessageId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use super::MailRuns;
use crate::Mirror;
use crate::bulk::word;
use crate::error::{MirrorError, Result};
use crate::mirrored::moment_or_none;
use crate::page::{self, Page};
use crate::statement::{Value, bind_all, fold, groups, numbers, value_rows};

/// Columns after the run.
pub(super) const COLUMNS: [&str; 11] = [
    "line",
    "given",
    "to_address",
    "to_folded",
    "data",
    "payment_account",
    "payment_id",
    "hold",
    "problem_code",
    "problem_detail",
    "message_id",
];

/// What a recipient is, from their row (`r`), their run (`u`) and their message (`m`).
const ROW_STATE: &str = "case when m.id is not null then m.state when r.hold is not null then r.hold \
     when u.state = 'canceled' then 'canceled' else 'ready' end";
/// The tables that it is of.
const JOINED: &str =
    "from mail_run_rows r join mail_runs u on u.number = r.run left join messages m on m.id = r.message_id";

/// Recipients with one problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailProblem {
    /// What it does to them.
    pub hold: MailHold,
    /// The code.
    pub code: String,
    /// How many.
    pub rows: u64,
}

/// What the recipients of a run come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailCounts {
    /// By state: that of the message, or `ready invalid duplicate suppressed held canceled` where there is none.
    pub states: Vec<(String, u64)>,
    /// By problem, of those without a message.
    pub problems: Vec<MailProblem>,
}

impl MailCounts {
    /// How many are in one of some states.
    pub fn of(&self, states: &[&str]) -> u64 {
        self.states.iter().filter(|(state, _)| states.contains(&state.as_str())).map(|(_, rows)| rows).sum()
    }

    /// How many there are.
    pub fn of_all(&self) -> u64 {
        self.states.iter().map(|(_, rows)| rows).sum()
    }
}

/// A recipient who gets the next messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRowToSend {
    /// The line of the file.
    pub line: u64,
    /// The address.
    pub to: String,
    /// What is filled in for them, as JSON.
    pub data: String,
    /// The payment that it is about.
    pub payment: Option<(AccountId, String)>,
    /// The message that they get.
    pub message: MessageId,
}

/// A recipient with what became of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRowResult {
    /// The line of the file.
    pub line: u64,
    /// What stood there.
    pub given: String,
    /// The address.
    pub to: Option<String>,
    /// What became of them.
    pub state: String,
    /// Why, as a code or in the receiving side's words.
    pub reason: Option<String>,
    /// More to it.
    pub detail: Option<String>,
    /// The vendor's id of the payment.
    pub payment_id: Option<String>,
    /// Their message, once it is in the journal.
    pub message: Option<MessageId>,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
}

pub(super) async fn insert(
    mirror: &Mirror,
    transaction: &mut Transaction<'_, Sqlite>,
    run: i64,
    rows: &[MailRunRow],
) -> Result<()> {
    for group in groups(rows) {
        let statement = format!(
            "insert into mail_run_rows (run, {}) values {}",
            COLUMNS.join(", "),
            value_rows(group.len(), COLUMNS.len() + 1)
        );
        let mut values = Vec::with_capacity(group.len() * (COLUMNS.len() + 1));
        for row in group {
            let payment = row.payment.as_ref();
            let payment_account = payment.map(|(account, _)| mirror.number_of(*account)).transpose()?;
            values.extend([
                Value::from(run),
                i64::try_from(row.line).unwrap_or(i64::MAX).into(),
                (&row.given).into(),
                row.to.as_ref().into(),
                row.to.as_deref().map(fold).into(),
                row.data.as_ref().into(),
                payment_account.into(),
                payment.map(|(_, id)| id).into(),
                row.hold.map(MailHold::as_str).into(),
                row.problem_code.as_ref().into(),
                row.problem_detail.as_ref().into(),
                row.message.to_string().into(),
            ]);
        }
        bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    }
    Ok(())
}

impl MailRuns<'_> {
    /// What the recipients of a run come to.
    pub async fn counts(&self, id: BulkRunId) -> Result<MailCounts> {
        let mut connection = self.mirror.readers().acquire().await?;
        let statement = format!(
            "select {ROW_STATE} as row_state, count(*) as found {JOINED} where u.id = ?1 group by row_state order by row_state"
        );
        let rows =
            sqlx::query(AssertSqlSafe(statement)).bind(id.to_string()).fetch_all(&mut *connection).await?;
        let state = |row: &SqliteRow| Ok((row.try_get("row_state")?, count(row)?));
        let states = rows.iter().map(state).collect::<Result<_>>()?;
        let statement = format!(
            "select r.hold, r.problem_code, count(*) as found {JOINED} where u.id = ?1 and r.hold is not null and m.id is null \
             group by r.hold, r.problem_code order by found desc, r.hold, r.problem_code"
        );
        let rows =
            sqlx::query(AssertSqlSafe(statement)).bind(id.to_string()).fetch_all(&mut *connection).await?;
        let problem = |row: &SqliteRow| {
            let code: Option<String> = row.try_get("problem_code")?;
            Ok(MailProblem { hold: word(row, "hold")?, code: code.unwrap_or_default(), rows: count(row)? })
        };
        Ok(MailCounts { states, problems: rows.iter().map(problem).collect::<Result<_>>()? })
    }

    /// A page of recipients with what became of them, in the order of the file; those in some states where these are named.
    pub async fn rows(
        &self,
        id: BulkRunId,
        states: &[String],
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<MailRowResult>> {
        let limit = page::checked_limit(limit)?;
        let after: i64 = match after {
            None => -1,
            Some(text) => text.parse().map_err(|_| MirrorError::BadCursor)?,
        };
        let mut values: Vec<Value> = vec![id.to_string().into(), after.into(), (limit + 1).into()];
        let condition = match states.is_empty() {
            true => String::new(),
            false => format!("and {ROW_STATE} in ({})", numbers(4, states.len())),
        };
        values.extend(states.iter().map(Value::from));
        let statement = format!(
            "select r.line, r.given, r.to_address, {ROW_STATE} as row_state, case when m.id is null then r.problem_code \
             else m.reason end as why, r.problem_detail, r.payment_id, m.id as message, m.delivered_at {JOINED} \
             where u.id = ?1 and r.line > ?2 {condition} order by r.line limit ?3"
        );
        let rows =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(self.mirror.readers()).await?;
        let mut items: Vec<MailRowResult> = rows.iter().map(read_result).collect::<Result<_>>()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|one| one.line.to_string());
        Ok(Page { items, next })
    }

    /// How many recipients are in some states, or in all.
    pub async fn count_rows(&self, id: BulkRunId, states: &[String]) -> Result<u64> {
        let counts = self.counts(id).await?;
        let fits = |state: &String| states.is_empty() || states.contains(state);
        Ok(counts.states.iter().filter(|(state, _)| fits(state)).map(|(_, rows)| rows).sum())
    }

    /// Who gets the next messages, at most so many, in the order of the file.
    pub async fn to_send(&self, id: BulkRunId, most: u32) -> Result<Vec<MailRowToSend>> {
        let statement = format!(
            "select r.line, r.to_address, r.data, r.payment_account, r.payment_id, r.message_id {JOINED} \
             where u.id = ?1 and u.state <> 'canceled' and r.hold is null and r.to_address is not null and m.id is null \
             order by r.line limit ?2"
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(id.to_string())
            .bind(most)
            .fetch_all(self.mirror.readers())
            .await?;
        let read = |row: &SqliteRow| {
            let account: Option<i64> = row.try_get("payment_account")?;
            let account = account.map(|number| self.mirror.account_of(number)).transpose()?;
            let data: Option<String> = row.try_get("data")?;
            Ok(MailRowToSend {
                line: line(row)?,
                to: row.try_get("to_address")?,
                data: data.unwrap_or_else(|| "{}".to_owned()),
                payment: account.zip(row.try_get("payment_id")?),
                message: word(row, "message_id")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Leaves out whoever the vendor sends nothing to by the lists that are kept, of those that have no message yet; and lets in again
    /// whoever is on none any more.
    pub async fn mark_suppressed(&self, id: BulkRunId) -> Result<u64> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query(
            "update mail_run_rows set hold = null, problem_code = null, problem_detail = null \
             where run = (select number from mail_runs where id = ?1) and hold = 'suppressed' \
             and message_id not in (select id from messages)",
        )
        .bind(id.to_string())
        .execute(&mut *transaction)
        .await?;
        // A block is one message that was refused: the vendor tries the next, so it leaves nobody out.
        let listed = "from mail_suppressions s join mail_runs u on u.id = ?1 and s.account = u.account \
             where s.email_folded = mail_run_rows.to_folded and s.kind <> 'block' \
             and (s.group_id is null or s.group_id = u.group_id)";
        let statement = format!(
            "update mail_run_rows set hold = 'suppressed', \
             problem_code = (select s.kind {listed} order by s.number limit 1), \
             problem_detail = (select coalesce(strftime('%Y-%m-%d', s.since / 1000, 'unixepoch') || ' ', '') || \
             coalesce(s.reason, '') {listed} order by s.number limit 1) \
             where run = (select number from mail_runs where id = ?1) and hold is null and to_folded is not null \
             and message_id not in (select id from messages) and exists (select 1 {listed})"
        );
        let marked =
            sqlx::query(AssertSqlSafe(statement)).bind(id.to_string()).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(marked.rows_affected())
    }
}

fn count(row: &SqliteRow) -> Result<u64> {
    Ok(u64::try_from(row.try_get::<i64, _>("found")?).unwrap_or(0))
}

fn line(row: &SqliteRow) -> Result<u64> {
    u64::try_from(row.try_get::<i64, _>("line")?).map_err(|_| MirrorError::corrupt("a row has no line"))
}

fn read_result(row: &SqliteRow) -> Result<MailRowResult> {
    let message: Option<String> = row.try_get("message")?;
    let detail: Option<String> = row.try_get("problem_detail")?;
    Ok(MailRowResult {
        line: line(row)?,
        given: row.try_get("given")?,
        to: row.try_get("to_address")?,
        state: row.try_get("row_state")?,
        reason: row.try_get("why")?,
        detail: detail
            .map(|detail| detail.trim().to_owned())
            .filter(|detail| !detail.is_empty() && message.is_none()),
        payment_id: row.try_get("payment_id")?,
        message: message.map(|_| word(row, "message")).transpose()?,
        delivered_at: moment_or_none(row, "delivered_at")?,
    })
}
