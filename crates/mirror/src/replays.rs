//! Replays: events that a person sends again, or to an endpoint that was not there when they happened. What became of
//! each is a delivery of its own.

use domain::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::deliveries::NewDelivery;
use crate::error::{MirrorError, Result};
use crate::mirrored::{moment, moment_or_none, small};
use crate::page::{self, Page};

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayState {
    /// Events are being looked up.
    Preparing,
    /// All are found, and some are not sent yet.
    Running,
    /// Each came to its end.
    Done,
    /// What was not sent was taken back.
    Canceled,
}

/// A replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayRow {
    /// Its number in this file.
    pub number: i64,
    /// Our own id.
    pub id: String,
    /// Number of the endpoint.
    pub endpoint: i64,
    /// How far it is.
    pub state: ReplayState,
    /// JSON: which events.
    pub source: String,
    /// How far they are looked up.
    pub cursor: Option<String>,
    /// Most requests a second.
    pub rate_per_second: u32,
    /// Events that were found and cannot be sent.
    pub left_out: u64,
    /// When it was begun.
    pub started_at: Timestamp,
    /// When it came to its end.
    pub ended_at: Option<Timestamp>,
    /// JSON: why its events could not be looked up to their end.
    pub problem: Option<String>,
}

/// What became of a replay's events so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplayCounts {
    /// Those that wait or are being sent.
    pub waiting: u64,
    /// Those that were taken.
    pub delivered: u64,
    /// Those that were not.
    pub failed: u64,
    /// Those that were taken back.
    pub canceled: u64,
}

/// What a page of events brought to a replay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplayPage {
    /// Deliveries of events that can be sent.
    pub deliveries: Vec<NewDelivery>,
    /// How many cannot.
    pub left_out: u64,
    /// How far they are looked up now; none where that was the last page.
    pub cursor: Option<String>,
}

const SELECT: &str = "select number, id, endpoint, state, source, cursor, rate_per_second, left_out, started_at, ended_at, \
     problem from replays";

impl Mirror {
    /// Events that are sent again.
    pub fn replays(&self) -> Replays<'_> {
        Replays { mirror: self }
    }
}

/// The replays.
#[derive(Debug)]
pub struct Replays<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Replays<'_> {
    /// Begins one.
    pub async fn insert(
        &self,
        id: &str,
        endpoint: i64,
        source: &str,
        rate_per_second: u32,
        now: Timestamp,
    ) -> Result<ReplayRow> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query(
            "insert into replays (id, endpoint, state, source, rate_per_second, started_at) \
             values (?1, ?2, 'preparing', ?3, ?4, ?5)",
        )
        .bind(id)
        .bind(endpoint)
        .bind(source)
        .bind(rate_per_second)
        .bind(now.as_ms())
        .execute(writer.connection()?)
        .await?;
        drop(writer);
        self.by_id(id).await?.ok_or_else(|| MirrorError::corrupt("a replay was not kept"))
    }

    /// The one with an id.
    pub async fn by_id(&self, id: &str) -> Result<Option<ReplayRow>> {
        let statement = format!("{SELECT} where id = ?1");
        let row =
            sqlx::query(AssertSqlSafe(statement)).bind(id).fetch_optional(self.mirror.readers()).await?;
        row.as_ref().map(read).transpose()
    }

    /// Those that have no end, oldest first.
    pub async fn open(&self) -> Result<Vec<ReplayRow>> {
        let statement = format!("{SELECT} where state in ('preparing', 'running') order by number");
        let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(self.mirror.readers()).await?;
        rows.iter().map(read).collect()
    }

    /// A page of them, newest first.
    pub async fn list(&self, limit: u32, after: Option<&str>) -> Result<Page<ReplayRow>> {
        let limit = page::checked_limit(limit)?;
        let statement = format!("{SELECT} where number < ?1 order by number desc limit ?2");
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(page::start(after)?)
            .bind(limit + 1)
            .fetch_all(self.mirror.readers())
            .await?;
        let rows: Result<Vec<_>> = rows.iter().map(|row| read(row).map(|one| (one.number, one))).collect();
        Ok(page::cut(rows?, limit))
    }

    /// How many there are.
    pub async fn count(&self) -> Result<u64> {
        let count: i64 =
            sqlx::query_scalar("select count(*) from replays").fetch_one(self.mirror.readers()).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// What became of its events.
    pub async fn counts(&self, number: i64) -> Result<ReplayCounts> {
        let rows =
            sqlx::query("select state, count(*) as count from deliveries where replay = ?1 group by state")
                .bind(number)
                .fetch_all(self.mirror.readers())
                .await?;
        let mut counts = ReplayCounts::default();
        for row in &rows {
            let count: u64 = small(row, "count")?.unwrap_or(0);
            match row.try_get("state")? {
                "delivered" => counts.delivered += count,
                "failed" => counts.failed += count,
                "canceled" => counts.canceled += count,
                _ => counts.waiting += count,
            }
        }
        Ok(counts)
    }

    /// Takes a page of events in, with how far they are looked up, in one transaction; tells whether it took them, which
    /// one that was canceled meanwhile does not. All of them are due since the replay was begun, whichever page brought
    /// them, so that the older leave first.
    pub async fn add_page(&self, number: i64, found: &ReplayPage, now: Timestamp) -> Result<bool> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let state = if found.cursor.is_some() { "preparing" } else { "running" };
        let started_at: Option<i64> = sqlx::query_scalar(
            "update replays set cursor = ?2, left_out = left_out + ?3, state = ?4 where number = ?1 and state = 'preparing' \
             returning started_at",
        )
        .bind(number)
        .bind(&found.cursor)
        .bind(i64::try_from(found.left_out).unwrap_or(i64::MAX))
        .bind(state)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(started_at) = started_at else { return Ok(false) };
        let due = Timestamp::from_ms(started_at);
        self.mirror.deliveries().insert(&mut transaction, &found.deliveries, due, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Ends it where nothing of it waits any more, and with it the endpoint that was there for it alone; tells whether that
    /// was so.
    pub async fn end_if_done(&self, number: i64, now: Timestamp) -> Result<bool> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let done = sqlx::query(
            "update replays set state = 'done', ended_at = ?2 where number = ?1 and state = 'running' \
             and not exists (select 1 from deliveries where replay = ?1 and state in ('waiting', 'sending'))",
        )
        .bind(number)
        .bind(now.as_ms())
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            // Nothing to write is no reason to wait for the disk.
            return Ok(false);
        }
        sqlx::query(
            "update endpoints set removed_at = ?2 where purpose = 'replay' and removed_at is null \
             and number = (select endpoint from replays where number = ?1)",
        )
        .bind(number)
        .bind(now.as_ms())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Takes back what of it was not sent. What is on its way comes to its end.
    pub async fn cancel(&self, number: i64, now: Timestamp) -> Result<()> {
        self.end(number, None, now).await
    }

    /// Ends it since its events cannot be looked up, with why as JSON, and takes back what of it was not sent.
    pub async fn give_up(&self, number: i64, problem: &str, now: Timestamp) -> Result<()> {
        self.end(number, Some(problem), now).await
    }

    async fn end(&self, number: i64, problem: Option<&str>, now: Timestamp) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query(
            "update replays set state = 'canceled', ended_at = ?2, problem = ?3 where number = ?1 and ended_at is null",
        )
        .bind(number)
        .bind(now.as_ms())
        .bind(problem)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "update deliveries set state = 'canceled', ended_at = ?2 where replay = ?1 and state = 'waiting'",
        )
        .bind(number)
        .bind(now.as_ms())
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// Events whose deliveries failed since a moment and were not taken by the endpoint after that: account, vendor's id,
    /// and where the next page begins.
    pub async fn failed_since(
        &self,
        since: Timestamp,
        of_endpoint: Option<i64>,
        to_endpoint: i64,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, domain::AccountId, String)>> {
        let rows = sqlx::query(
            "select d.number, d.account, d.event_id from deliveries d where d.state = 'failed' and d.number > ?4 \
             and d.ended_at >= ?1 and (?2 is null or d.endpoint = ?2) and d.body <> 'own' \
             and not exists (select 1 from deliveries t where t.event_id = d.event_id and t.account = d.account \
                 and t.endpoint = ?3 and t.state = 'delivered' and t.ended_at >= d.ended_at) \
             order by d.number limit ?5",
        )
        .bind(since.as_ms())
        .bind(of_endpoint)
        .bind(to_endpoint)
        .bind(after)
        .bind(limit)
        .fetch_all(self.mirror.readers())
        .await?;
        rows.iter()
            .map(|row| {
                let account = self.mirror.account_of(row.try_get("account")?)?;
                Ok((row.try_get("number")?, account, row.try_get("event_id")?))
            })
            .collect()
    }
}

fn read(row: &SqliteRow) -> Result<ReplayRow> {
    Ok(ReplayRow {
        number: row.try_get("number")?,
        id: row.try_get("id")?,
        endpoint: row.try_get("endpoint")?,
        state: match row.try_get("state")? {
            "preparing" => ReplayState::Preparing,
            "running" => ReplayState::Running,
            "done" => ReplayState::Done,
            _ => ReplayState::Canceled,
        },
        source: row.try_get("source")?,
        cursor: row.try_get("cursor")?,
        rate_per_second: small(row, "rate_per_second")?.unwrap_or(1),
        left_out: small(row, "left_out")?.unwrap_or(0),
        started_at: moment(row, "started_at")?,
        ended_at: moment_or_none(row, "ended_at")?,
        problem: row.try_get("problem")?,
    })
}
