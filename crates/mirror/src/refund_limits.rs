//! How much one person alone may give back: per refund, in a day, and in a day by one person. Checked in the
//! transaction that writes the intent, so that two refunds at once cannot both pass under what only one may.

use std::fmt;

use domain::intent::Intent;
use domain::{AccountId, Currency, ExponentTable, Money, Timestamp};
use serde_json::{Value as Json, json};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::book::{self, NewLine};
use crate::error::{MirrorError, Result};

/// What counts as a day: the last so many milliseconds, so that no midnight gives a second one.
const DAY_MS: i64 = 86_400_000;

/// The limits of an account in one currency, in minor units; what is none has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundLimits {
    /// Of which currency.
    pub currency: Currency,
    /// For one refund.
    pub per_refund: Option<i64>,
    /// For all refunds of 24 hours.
    pub per_day: Option<i64>,
    /// For all refunds of 24 hours that one person decided, by the operating system's name.
    pub per_person: Option<i64>,
}

impl RefundLimits {
    fn is_empty(&self) -> bool {
        self.per_refund.is_none() && self.per_day.is_none() && self.per_person.is_none()
    }

    fn to_json(self) -> Json {
        json!({ "per_refund": self.per_refund, "per_day": self.per_day, "per_person": self.per_person })
    }
}

/// Which limit a refund would go beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundLimit {
    /// That of one refund.
    PerRefund,
    /// That of a day.
    PerDay,
    /// That of one person in a day.
    PerPerson,
}

impl RefundLimit {
    /// The word over JSON and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PerRefund => "per_refund",
            Self::PerDay => "per_day",
            Self::PerPerson => "per_person",
        }
    }
}

impl fmt::Display for RefundLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::PerRefund => "one refund",
            Self::PerDay => "all refunds of 24 hours",
            Self::PerPerson => "your refunds of 24 hours",
        })
    }
}

/// What one person alone may still give back now, by the limit that is nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundRoom {
    /// The limit.
    pub limit: RefundLimit,
    /// What it allows in all.
    pub most: Money,
    /// What is left of it.
    pub left: Money,
}

impl Mirror {
    /// What whoever acts may still give back alone at an account; none where nothing is limited.
    pub async fn refund_room(
        &self,
        account: AccountId,
        currency: Currency,
        now: Timestamp,
    ) -> Result<Option<RefundRoom>> {
        let number = self.number_of(account)?;
        let mut connection = self.readers().acquire().await?;
        let rooms = rooms(&mut connection, self, number, currency, now).await?;
        Ok(nearest(rooms))
    }

    /// What whoever acts may still give back alone at an account, by each of its limits.
    pub async fn refund_rooms(
        &self,
        account: AccountId,
        currency: Currency,
        now: Timestamp,
    ) -> Result<Vec<RefundRoom>> {
        let number = self.number_of(account)?;
        let mut connection = self.readers().acquire().await?;
        rooms(&mut connection, self, number, currency, now).await
    }

    /// The limits of an account, by currency.
    pub async fn refund_limits(&self, account: AccountId) -> Result<Vec<RefundLimits>> {
        let rows = sqlx::query(
            "select currency, per_refund, per_day, per_person from refund_limits where account = ?1 order by currency",
        )
        .bind(self.number_of(account)?)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Sets the limits of an account in one currency, with their line in the book. Without any, the currency
    /// has none. Rows of runs that waited because of the limit before are judged by the new one.
    pub async fn set_refund_limits(
        &self,
        account: AccountId,
        limits: &RefundLimits,
        at: Timestamp,
    ) -> Result<()> {
        let number = self.number_of(account)?;
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        let before = limits_of(&mut transaction, number, limits.currency).await?;
        if limits.is_empty() {
            sqlx::query("delete from refund_limits where account = ?1 and currency = ?2")
                .bind(number)
                .bind(limits.currency.to_string())
                .execute(&mut *transaction)
                .await?;
        } else {
            sqlx::query(
                "insert or replace into refund_limits (account, currency, per_refund, per_day, per_person) \
                 values (?1, ?2, ?3, ?4, ?5)",
            )
            .bind(number)
            .bind(limits.currency.to_string())
            .bind(limits.per_refund)
            .bind(limits.per_day)
            .bind(limits.per_person)
            .execute(&mut *transaction)
            .await?;
        }
        take_up(&mut transaction, number, limits).await?;
        let facts = json!({
            "limits_in": limits.currency.to_string(),
            "before": before.map(RefundLimits::to_json),
            "after": limits.to_json(),
        });
        let line = NewLine {
            account: Some(account),
            facts,
            ..NewLine::new(at, "limits_changed", account.to_string())
        };
        book::append(&mut transaction, self, &line).await?;
        Ok(transaction.commit().await?)
    }
}

/// Lets rows of runs that wait for a second person be sent again where the limit of one refund no longer stands in
/// their way, and tells the others of the limit that now does. The limits of a day hold no row: they pause a run.
async fn take_up(connection: &mut SqliteConnection, account: i64, limits: &RefundLimits) -> Result<()> {
    const WAITS: &str = "hold = 'approval' and problem_code = 'over_limit' and currency = ?2 \
         and run in (select number from bulk_runs where account = ?1 and state <> 'canceled') \
         and not exists (select 1 from intents i where i.request_id = bulk_rows.request_id)";
    let within = format!(
        "update bulk_rows set hold = null, problem_code = null, problem_detail = null \
         where {WAITS} and (?3 is null or amount_minor <= ?3)"
    );
    sqlx::query(AssertSqlSafe(within))
        .bind(account)
        .bind(limits.currency.to_string())
        .bind(limits.per_refund)
        .execute(&mut *connection)
        .await?;
    let Some(most) = limits.per_refund else { return Ok(()) };
    let most = Money::new(most, limits.currency).to_decimal(ExponentTable::Stripe);
    sqlx::query(AssertSqlSafe(format!("update bulk_rows set problem_detail = ?3 where {WAITS}")))
        .bind(account)
        .bind(limits.currency.to_string())
        .bind(format!("{most} {}", limits.currency))
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// Refuses a refund that goes beyond a limit. What was refused or taken back does not count, nor what a second
/// person agreed to; all else does, also what is not settled yet.
pub(crate) async fn check(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    number: i64,
    intent: &Intent,
) -> Result<()> {
    let Some(amount) = intent.amount else { return Ok(()) };
    let rooms = rooms(connection, mirror, number, amount.currency, intent.created_at).await?;
    match nearest(rooms) {
        Some(room) if amount.minor > room.left.minor => {
            Err(MirrorError::OverLimit { limit: room.limit, most: room.most })
        }
        _ => Ok(()),
    }
}

/// The limit under which the least is left; of equals the first.
fn nearest(rooms: Vec<RefundRoom>) -> Option<RefundRoom> {
    rooms.into_iter().min_by_key(|room| room.left.minor)
}

/// Each limit, and what is left under it.
async fn rooms(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    number: i64,
    currency: Currency,
    now: Timestamp,
) -> Result<Vec<RefundRoom>> {
    let Some(limits) = limits_of(connection, number, currency).await? else { return Ok(Vec::new()) };
    let since = now.plus_ms(-DAY_MS);
    let mut rooms = Vec::new();
    for (limit, most, person) in [
        (RefundLimit::PerRefund, limits.per_refund, None),
        (RefundLimit::PerDay, limits.per_day, None),
        (RefundLimit::PerPerson, limits.per_person, Some(mirror.who().system_user.as_str())),
    ] {
        let Some(most) = most else { continue };
        let decided = match limit {
            RefundLimit::PerRefund => 0,
            _ => decided_since(connection, number, currency, since, person).await?,
        };
        let left = Money::new(most.saturating_sub(decided).max(0), currency);
        rooms.push(RefundRoom { limit, most: Money::new(most, currency), left });
    }
    Ok(rooms)
}

/// What was decided to give back since a moment, by everybody or by one person.
async fn decided_since(
    connection: &mut SqliteConnection,
    number: i64,
    currency: Currency,
    since: Timestamp,
    person: Option<&str>,
) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select coalesce(sum(i.amount_minor), 0) from intents i where i.account = ?1 and i.created_at > ?2 \
         and i.kind = 'refund' and i.currency = ?3 and i.state not in ('refused', 'canceled') \
         and i.approval is null \
         and (?4 is null or exists (select 1 from book b where b.subject = i.target_id \
             and b.action = 'refund_decided' and b.system_user = ?4 \
             and json_extract(b.facts, '$.intent') = i.id))",
    )
    .bind(number)
    .bind(since.as_ms())
    .bind(currency.to_string())
    .bind(person)
    .fetch_one(&mut *connection)
    .await?)
}

async fn limits_of(
    connection: &mut SqliteConnection,
    number: i64,
    currency: Currency,
) -> Result<Option<RefundLimits>> {
    let row = sqlx::query(
        "select currency, per_refund, per_day, per_person from refund_limits where account = ?1 and currency = ?2",
    )
    .bind(number)
    .bind(currency.to_string())
    .fetch_optional(&mut *connection)
    .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &SqliteRow) -> Result<RefundLimits> {
    let currency: &str = row.try_get("currency")?;
    Ok(RefundLimits {
        currency: currency.parse().map_err(|_| MirrorError::corrupt("a limit has no currency"))?,
        per_refund: row.try_get("per_refund")?,
        per_day: row.try_get("per_day")?,
        per_person: row.try_get("per_person")?,
    })
}
