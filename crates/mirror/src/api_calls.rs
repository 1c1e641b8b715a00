//! Every try of every call, as rows: no body, no secret, no personal data.

use std::collections::HashMap;

use domain::{AccountId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::error::{MirrorError, Result};
use crate::mirrored::{moment, small};
use crate::page::{self, Page};
use crate::statement::{Value, bind_all, numbers};
use crate::{Mirror, request_days};

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiCallRow {
    /// Groups the tries of one call.
    pub call_id: String,
    /// Whose key was used.
    pub account_id: AccountId,
    /// The HTTP method.
    pub method: String,
    /// Such as `/v1/charges/{id}`.
    pub path_template: String,
    /// From 1.
    pub attempt: u32,
    /// The status, where there was an answer.
    pub status: Option<u16>,
    /// Code of what went wrong, where there was no whole answer.
    pub error: Option<String>,
    /// When it was sent.
    pub started_at: Timestamp,
    /// From sending to the end of the body, in milliseconds.
    pub duration_ms: u64,
    /// The vendor's name for the try.
    pub request_id: Option<String>,
    /// The key that a write was sent under.
    pub idempotency_key: Option<String>,
    /// What followed.
    pub decision: String,
    /// The wait before the next try, in milliseconds.
    pub wait_ms: Option<u64>,
}

/// One call with its tries, first one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiCall {
    /// What groups them.
    pub call_id: String,
    /// The tries.
    pub attempts: Vec<ApiCallRow>,
}

/// The calls.
#[derive(Debug)]
pub struct ApiCalls<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl ApiCalls<'_> {
    /// Adds tries, in one transaction.
    pub async fn insert(&self, attempts: &[ApiCallRow]) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        for one in attempts {
            sqlx::query(
                "insert into api_calls (call_id, account_id, method, path_template, attempt, status, error, \
                 started_at, duration_ms, request_id, idempotency_key, decision, wait_ms, opens_call) \
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, \
                 not exists (select 1 from api_calls where call_id = ?1))",
            )
            .bind(&one.call_id)
            .bind(one.account_id.to_string())
            .bind(&one.method)
            .bind(&one.path_template)
            .bind(i64::from(one.attempt))
            .bind(one.status.map(i64::from))
            .bind(&one.error)
            .bind(one.started_at.as_ms())
            .bind(i64::try_from(one.duration_ms).unwrap_or(i64::MAX))
            .bind(&one.request_id)
            .bind(&one.idempotency_key)
            .bind(&one.decision)
            .bind(one.wait_ms.map(|wait| i64::try_from(wait).unwrap_or(i64::MAX)))
            .execute(&mut *transaction)
            .await?;
        }
        request_days::count(&mut transaction, attempts).await?;
        Ok(transaction.commit().await?)
    }

    /// A page of calls, newest first, each with all its tries.
    pub async fn list(
        &self,
        account: Option<AccountId>,
        writes_only: bool,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<ApiCall>> {
        let limit = page::checked_limit(limit)?;
        let opening: Vec<(i64, String)> = sqlx::query_as(
            "select number, call_id from api_calls where opens_call = 1 and (?1 is null or account_id = ?1) \
             and number < ?2 and (?4 = 0 or method <> 'GET') order by number desc limit ?3",
        )
        .bind(account.map(|account| account.to_string()))
        .bind(page::start(after)?)
        .bind(limit + 1)
        .bind(writes_only)
        .fetch_all(self.mirror.readers())
        .await?;
        let page = page::cut(opening, limit);
        let mut attempts = self.attempts(&page.items).await?;
        let calls = page
            .items
            .into_iter()
            .map(|call_id| ApiCall { attempts: attempts.remove(&call_id).unwrap_or_default(), call_id });
        Ok(Page { items: calls.collect(), next: page.next })
    }

    /// How many calls there are, all or only writes.
    pub async fn count(&self, account: Option<AccountId>, writes_only: bool) -> Result<u64> {
        let count: i64 = sqlx::query_scalar(
            "select count(*) from api_calls where opens_call = 1 and (?1 is null or account_id = ?1) \
             and (?2 = 0 or method <> 'GET')",
        )
        .bind(account.map(|account| account.to_string()))
        .bind(writes_only)
        .fetch_one(self.mirror.readers())
        .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Deletes calls that began before the moment and tells how many tries went.
    pub async fn purge_before(&self, moment: Timestamp) -> Result<u64> {
        let mut writer = self.mirror.writer().await?;
        let done = sqlx::query(
            "delete from api_calls where call_id in \
             (select call_id from api_calls where opens_call = 1 and started_at < ?1)",
        )
        .bind(moment.as_ms())
        .execute(writer.connection()?)
        .await?;
        Ok(done.rows_affected())
    }

    async fn attempts(&self, call_ids: &[String]) -> Result<HashMap<String, Vec<ApiCallRow>>> {
        let statement = format!(
            "select call_id, account_id, method, path_template, attempt, status, error, started_at, duration_ms, \
             request_id, idempotency_key, decision, wait_ms from api_calls where call_id in ({}) \
             order by attempt, number",
            numbers(1, call_ids.len())
        );
        let values = call_ids.iter().map(Value::from);
        let rows =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(self.mirror.readers()).await?;
        let mut attempts: HashMap<String, Vec<ApiCallRow>> = HashMap::new();
        for row in &rows {
            let one = read(row)?;
            attempts.entry(one.call_id.clone()).or_default().push(one);
        }
        Ok(attempts)
    }
}

fn read(row: &SqliteRow) -> Result<ApiCallRow> {
    let off = || MirrorError::corrupt("a call does not read");
    Ok(ApiCallRow {
        call_id: row.try_get("call_id")?,
        account_id: row.try_get::<&str, _>("account_id")?.parse().map_err(|_| off())?,
        method: row.try_get("method")?,
        path_template: row.try_get("path_template")?,
        attempt: small(row, "attempt")?.ok_or_else(off)?,
        status: small(row, "status")?,
        error: row.try_get("error")?,
        started_at: moment(row, "started_at")?,
        duration_ms: small(row, "duration_ms")?.ok_or_else(off)?,
        request_id: row.try_get("request_id")?,
        idempotency_key: row.try_get("idempotency_key")?,
        decision: row.try_get("decision")?,
        wait_ms: small(row, "wait_ms")?,
    })
}
