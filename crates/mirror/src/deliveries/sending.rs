//! Tries: each is written before it is sent, and its end with what follows from it.

use domain::Timestamp;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use super::Deliveries;
use crate::compression::Packer;
use crate::endpoints;
use crate::error::{MirrorError, Result};

/// Deliveries that share a pace: what an endpoint is sent as it comes, or what one replay sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lane {
    /// Number of the endpoint.
    pub endpoint: i64,
    /// Number of the replay.
    pub replay: Option<i64>,
}

/// A delivery whose try was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its number.
    pub number: i64,
    /// Number of the try, from 1.
    pub attempt: u32,
    /// Of the tries that count, which one this is, from 1.
    pub counted: u32,
}

/// How a try ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttemptEnd {
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Status of the answer.
    pub status: Option<u16>,
    /// Why it was not taken, as a code.
    pub problem: Option<String>,
    /// More about the problem.
    pub detail: Option<String>,
    /// The address that it was sent to.
    pub address: Option<String>,
    /// Headers of the answer.
    pub headers: Vec<(String, String)>,
    /// The beginning of the answer.
    pub answer: Vec<u8>,
    /// Whether it was longer.
    pub answer_cut: bool,
}

impl AttemptEnd {
    /// The same with nothing of what was answered but its status.
    fn without_answer(&self) -> Self {
        Self {
            took_ms: self.took_ms,
            status: self.status,
            problem: self.problem.clone(),
            address: self.address.clone(),
            ..Self::default()
        }
    }
}

/// What follows a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It was taken.
    Delivered,
    /// It is tried again then.
    TryAt(Timestamp),
    /// It is not tried any more.
    GiveUp,
    /// It is not tried any more, and the endpoint stops for a reason.
    Stop(&'static str),
}

impl Deliveries<'_> {
    /// Begins tries of what is due, the longest due and the older first. With `ordered` nothing of a lane is begun while an
    /// older delivery of the lane about the same thing has no end. What may be begun is looked for without the writer,
    /// since a long line that waits for its first takes a while to look through.
    pub async fn claim(&self, lane: Lane, ordered: bool, now: Timestamp, limit: u32) -> Result<Vec<Claimed>> {
        let in_order = match ordered {
            false => "true",
            true => {
                "(object_id is null or not exists ( \
                     select 1 from deliveries o where o.state in ('waiting', 'sending') and o.endpoint = d.endpoint \
                     and o.replay is d.replay and o.object_id = d.object_id \
                     and (o.event_created_at, o.number) < (d.event_created_at, d.number)))"
            }
        };
        let look = format!(
            "select number from deliveries d where state = 'waiting' and endpoint = ?1 and replay is ?2 \
             and next_try_at <= ?3 and {in_order} order by next_try_at, event_created_at, number limit ?4"
        );
        let numbers: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(look))
            .bind(lane.endpoint)
            .bind(lane.replay)
            .bind(now.as_ms())
            .bind(limit)
            .fetch_all(self.mirror.readers())
            .await?;
        if numbers.is_empty() {
            // Nothing to write is no reason to wait for the disk.
            return Ok(Vec::new());
        }
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let again = format!(
            "select attempts, tries_left from deliveries d where number = ?1 and state = 'waiting' and {in_order}"
        );
        let mut claimed = Vec::with_capacity(numbers.len());
        for number in numbers {
            // It may have been taken back since, or an older one may have come.
            let row = sqlx::query(AssertSqlSafe(again.as_str())).bind(number);
            if let Some(row) = row.fetch_optional(&mut *transaction).await? {
                let (begun, left) = (row.try_get("attempts")?, row.try_get("tries_left")?);
                claimed.push(begin(&mut transaction, lane, number, begun, left, now).await?);
            }
        }
        transaction.commit().await?;
        Ok(claimed)
    }

    /// Takes down how a try ended and what follows, for the delivery and for its endpoint. What was taken back meanwhile
    /// is not tried again, and of an account that was removed meanwhile nothing is written.
    pub async fn finish(
        &self,
        claimed: &Claimed,
        end: &AttemptEnd,
        next: &Next,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let Some((account, event_id, object_id)) = sqlx::query_as::<_, (i64, String, Option<String>)>(
            "select account, event_id, object_id from deliveries where number = ?1",
        )
        .bind(claimed.number)
        .fetch_optional(&mut *transaction)
        .await?
        else {
            return Ok(());
        };
        let account = self.mirror.account_of(account)?;
        // Whoever was erased while it was on its way must not come back in what was answered.
        let is_erased =
            [Some(event_id), object_id].iter().flatten().any(|id| self.mirror.is_erased(account, id));
        match is_erased {
            true => write_end(&mut transaction, claimed, &end.without_answer()).await?,
            false => write_end(&mut transaction, claimed, end).await?,
        }
        let (state, next_try_at, ended_at) = match next {
            Next::Delivered => ("delivered", None, Some(now)),
            Next::TryAt(at) => ("waiting", Some(*at), None),
            Next::GiveUp | Next::Stop(_) => ("failed", None, Some(now)),
        };
        // Whose endpoint went or stopped, or whose replay was canceled, while it was on its way, has no next try.
        let instead: Option<String> = sqlx::query_scalar(
            "select case when e.removed_at is not null or coalesce(r.state, '') = 'canceled' then 'canceled' \
             when e.state = 'stopped' then 'failed' end \
             from deliveries d join endpoints e on e.number = d.endpoint left join replays r on r.number = d.replay \
             where d.number = ?1",
        )
        .bind(claimed.number)
        .fetch_one(&mut *transaction)
        .await?;
        let (state, ended_at) = match (state, &instead) {
            ("waiting", Some(instead)) => (instead.as_str(), Some(now)),
            _ => (state, ended_at),
        };
        let endpoint: i64 = sqlx::query_scalar(
            "update deliveries set state = ?2, problem = ?3, status = ?4, took_ms = ?5, \
             next_try_at = coalesce(?6, next_try_at), ended_at = ?7 where number = ?1 returning endpoint",
        )
        .bind(claimed.number)
        .bind(state)
        .bind(&end.problem)
        .bind(end.status)
        .bind(i64::try_from(end.took_ms).unwrap_or(i64::MAX))
        .bind(next_try_at.map(Timestamp::as_ms))
        .bind(ended_at.map(Timestamp::as_ms))
        .fetch_one(&mut *transaction)
        .await?;
        let stopped = match next {
            Next::Stop(reason) => Some(*reason),
            _ => None,
        };
        endpoints::after_try(&mut transaction, endpoint, *next == Next::Delivered, stopped, now).await?;
        Ok(transaction.commit().await?)
    }

    /// Takes down that a delivery cannot be sent at all, without touching its endpoint.
    pub async fn refuse(&self, claimed: &Claimed, problem: &str, now: Timestamp) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query(
            "update delivery_attempts set took_ms = 0, problem = ?3 where delivery = ?1 and attempt = ?2",
        )
        .bind(claimed.number)
        .bind(claimed.attempt)
        .bind(problem)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("update deliveries set state = 'failed', problem = ?2, ended_at = ?3 where number = ?1")
            .bind(claimed.number)
            .bind(problem)
            .bind(now.as_ms())
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Takes a try back of which nothing was sent, since what is to be sent could not be read: it is as if it had not been
    /// begun, and is due again then.
    pub async fn put_back(&self, claimed: &Claimed, problem: &str, due: Timestamp) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query("delete from delivery_attempts where delivery = ?1 and attempt = ?2")
            .bind(claimed.number)
            .bind(claimed.attempt)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "update deliveries set state = 'waiting', problem = ?2, next_try_at = ?3, attempts = attempts - 1, \
             tries_left = tries_left + 1 where number = ?1 and state = 'sending'",
        )
        .bind(claimed.number)
        .bind(problem)
        .bind(due.as_ms())
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// Whether anything stands as being on its way.
    pub async fn any_sending(&self) -> Result<bool> {
        let any =
            "select exists (select 1 from deliveries indexed by deliveries_sending where state = 'sending')";
        Ok(sqlx::query_scalar(any).fetch_one(self.mirror.readers()).await?)
    }

    /// What was on its way when Paydesk ended waits again, under the same id: whether it arrived is not known. A try that
    /// was cut off is none of those that are counted. Tells how many there were.
    pub async fn recover(&self, now: Timestamp) -> Result<u64> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query(
            "update delivery_attempts set took_ms = 0, problem = 'cut_off' where took_ms is null \
             and delivery in (select number from deliveries indexed by deliveries_sending where state = 'sending')",
        )
        .execute(&mut *transaction)
        .await?;
        // Of what was taken back meanwhile nothing is tried again.
        sqlx::query(
            "update deliveries indexed by deliveries_sending set state = 'canceled', problem = 'cut_off', ended_at = ?1 where state = 'sending' \
             and (endpoint in (select number from endpoints where removed_at is not null) \
             or replay in (select number from replays where state = 'canceled'))",
        )
        .bind(now.as_ms())
        .execute(&mut *transaction)
        .await?;
        let done = sqlx::query(
            "update deliveries indexed by deliveries_sending set state = 'waiting', problem = 'cut_off', tries_left = tries_left + 1, next_try_at = ?1 \
             where state = 'sending'",
        )
        .bind(now.as_ms())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }

    /// When the first delivery of a lane is due, or the first after a moment.
    pub async fn next_due(&self, lane: Lane, after: Option<Timestamp>) -> Result<Option<Timestamp>> {
        let due: Option<i64> = sqlx::query_scalar(
            "select min(next_try_at) from deliveries where state = 'waiting' and endpoint = ?1 and replay is ?2 \
             and next_try_at > ?3",
        )
        .bind(lane.endpoint)
        .bind(lane.replay)
        .bind(after.map_or(i64::MIN, Timestamp::as_ms))
        .fetch_one(self.mirror.readers())
        .await?;
        Ok(due.map(Timestamp::from_ms))
    }

    /// Mends what was written by a clock that was wrong, once it is right: what was made in the future, or is to be tried
    /// again later than ever follows a try, is due now; endpoints want what happens from now on; and temporary ones stay
    /// until a moment, since whoever made them could not say that they are there. Tells how many deliveries there were.
    pub async fn clock_was_set(
        &self,
        now: Timestamp,
        longest_wait_ms: i64,
        lease_until: Timestamp,
    ) -> Result<u64> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let due = sqlx::query(
            "update deliveries set next_try_at = ?1 where state = 'waiting' and next_try_at > ?1 \
             and (created_at > ?1 or next_try_at > ?1 + ?2)",
        )
        .bind(now.as_ms())
        .bind(longest_wait_ms)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("update endpoints set events_from = ?1 where events_from > ?1")
            .bind(now.as_ms())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "update endpoints set lease_until = ?1 where lease_until is not null and removed_at is null",
        )
        .bind(lease_until.as_ms())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(due.rows_affected())
    }
}

/// Writes down that a try begins.
async fn begin(
    transaction: &mut Transaction<'_, Sqlite>,
    lane: Lane,
    number: i64,
    begun: i64,
    left: i64,
    now: Timestamp,
) -> Result<Claimed> {
    // Tries that were cut off count for nothing.
    let ended: i64 = sqlx::query_scalar(
        "select count(*) from delivery_attempts where delivery = ?1 and coalesce(problem, '') <> 'cut_off'",
    )
    .bind(number)
    .fetch_one(&mut **transaction)
    .await?;
    sqlx::query("update deliveries set state = 'sending', attempts = ?2, tries_left = ?3 where number = ?1")
        .bind(number)
        .bind(begun + 1)
        .bind((left - 1).max(0))
        .execute(&mut **transaction)
        .await?;
    sqlx::query(
        "insert into delivery_attempts (delivery, endpoint, attempt, started_at) values (?1, ?2, ?3, ?4)",
    )
    .bind(number)
    .bind(lane.endpoint)
    .bind(begun + 1)
    .bind(now.as_ms())
    .execute(&mut **transaction)
    .await?;
    let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(Claimed { number, attempt: small(begun + 1), counted: small(ended + 1) })
}

/// Writes down how a try ended.
async fn write_end(
    transaction: &mut Transaction<'_, Sqlite>,
    claimed: &Claimed,
    end: &AttemptEnd,
) -> Result<()> {
    let headers =
        serde_json::to_string(&end.headers).map_err(|_| MirrorError::corrupt("headers cannot be written"))?;
    let answer = match end.answer.is_empty() {
        true => None,
        false => Some(Packer::new(None)?.pack(&end.answer)?),
    };
    sqlx::query(
        "update delivery_attempts set took_ms = ?3, status = ?4, problem = ?5, detail = ?6, address = ?7, headers = ?8, \
         answer_zstd = ?9, answer_cut = ?10 where delivery = ?1 and attempt = ?2",
    )
    .bind(claimed.number)
    .bind(claimed.attempt)
    .bind(i64::try_from(end.took_ms).unwrap_or(i64::MAX))
    .bind(end.status)
    .bind(&end.problem)
    .bind(&end.detail)
    .bind(&end.address)
    .bind(headers)
    .bind(answer)
    .bind(end.answer_cut)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
