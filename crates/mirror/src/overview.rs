//! Figures by day and currency, as they are kept for each day (`rollups.rs`). Currencies are never
//! added together.

use std::collections::BTreeMap;

use domain::{AccountId, Currency, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::error::{MirrorError, Result};
use crate::{Mirror, mirrored, rollups};

/// Milliseconds of a day in UTC, which has no leap seconds here.
const DAY_MS: i64 = 86_400_000;
/// Reasons of failures that are told.
const MOST_REASONS: u32 = 100;

/// What to sum up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverviewScope {
    /// One account, or all of the environment.
    pub account: Option<AccountId>,
    /// From this day on. A day is one of each account's own reporting zone, and is named by the first
    /// moment that the day of that date has in UTC.
    pub from: Timestamp,
    /// Up to this day, itself left out.
    pub until: Timestamp,
    /// How many reasons of failures to tell, at most 100.
    pub reasons: u32,
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// By day, then by currency.
    pub days: Vec<DayTotals>,
    /// Over all days, by currency.
    pub totals: Vec<CurrencyTotals>,
    /// Why payments failed, most frequent first.
    pub failure_reasons: Vec<FailureReason>,
    /// The moment that all of it is true for: the oldest of the accounts' lists of payments and
    /// refunds; none where one was never loaded whole.
    pub as_of: Option<Timestamp>,
}

/// One currency's figures, in minor units as the vendor counts them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyTotals {
    /// The currency.
    pub currency: Currency,
    /// Payments that succeeded.
    pub succeeded: u64,
    /// Payments that failed.
    pub failed: u64,
    /// What succeeded payments took.
    pub gross_minor: i64,
    /// Refunds that are not definitely failed.
    pub refunds: u64,
    /// What they gave back, on the day that the refund was made.
    pub refunded_minor: i64,
    /// What was taken less what was given back.
    pub net_minor: i64,
}

/// One day of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTotals {
    /// The first moment that the day of this date has in UTC, whichever zone it is a day of.
    pub day: Timestamp,
    /// Its figures.
    pub totals: CurrencyTotals,
}

/// A reason for which payments failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureReason {
    /// The bank's reason, else the vendor's code, else `unknown`.
    pub reason: String,
    /// How many payments.
    pub count: u64,
}

impl Mirror {
    /// The figures of payments and refunds by day and currency, from what is kept for each day: it
    /// takes as long for ten million payments as for ten.
    pub async fn overview(&self, scope: OverviewScope) -> Result<Overview> {
        if scope.reasons > MOST_REASONS {
            return Err(MirrorError::LimitOutOfRange { most: MOST_REASONS });
        }
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let between = (day_of(scope.from), day_of(scope.until));
        let days = self.days(number, between).await?;
        let mut totals: BTreeMap<Currency, CurrencyTotals> = BTreeMap::new();
        for ((_, currency), day) in &days {
            totals.entry(*currency).or_insert_with(|| empty(*currency)).add(day)?;
        }
        let day = |((day, _), totals): ((i64, Currency), CurrencyTotals)| DayTotals {
            day: rollups::moment_of_day(day),
            totals,
        };
        Ok(Overview {
            days: days.into_iter().map(day).collect(),
            totals: totals.into_values().collect(),
            failure_reasons: self.failure_reasons(number, between, scope.reasons).await?,
            as_of: self.as_of(number).await?,
        })
    }

    async fn days(
        &self,
        number: Option<i64>,
        between: (i64, i64),
    ) -> Result<BTreeMap<(i64, Currency), CurrencyTotals>> {
        let rows = sqlx::query(
            "select day, currency, sum(succeeded) as succeeded, sum(failed) as failed, \
             sum(gross_high) as gross_high, sum(gross_low) as gross_low, sum(refunds) as refunds, \
             sum(refunded_high) as refunded_high, sum(refunded_low) as refunded_low from daily_totals \
             where account in (select number from accounts where ?1 is null or number = ?1) \
             and day >= ?2 and day < ?3 group by day, currency",
        )
        .bind(number)
        .bind(between.0)
        .bind(between.1)
        .fetch_all(self.readers())
        .await?;
        let mut days = BTreeMap::new();
        for row in &rows {
            let mut totals = CurrencyTotals {
                succeeded: count(row, "succeeded")?,
                failed: count(row, "failed")?,
                gross_minor: rollups::whole(row.try_get("gross_high")?, row.try_get("gross_low")?)?,
                refunds: count(row, "refunds")?,
                refunded_minor: rollups::whole(row.try_get("refunded_high")?, row.try_get("refunded_low")?)?,
                ..empty(mirrored::currency(row, "currency")?)
            };
            totals.net_minor = subtract(totals.gross_minor, totals.refunded_minor)?;
            // What came and went again leaves a line of nothing behind.
            if totals != empty(totals.currency) {
                days.insert((row.try_get("day")?, totals.currency), totals);
            }
        }
        Ok(days)
    }

    async fn failure_reasons(
        &self,
        number: Option<i64>,
        between: (i64, i64),
        limit: u32,
    ) -> Result<Vec<FailureReason>> {
        let rows = sqlx::query(
            "select reason, sum(count) as count from daily_failures \
             where account in (select number from accounts where ?1 is null or number = ?1) \
             and day >= ?2 and day < ?3 group by reason having sum(count) > 0 order by 2 desc, 1 limit ?4",
        )
        .bind(number)
        .bind(between.0)
        .bind(between.1)
        .bind(i64::from(limit))
        .fetch_all(self.readers())
        .await?;
        let read = |row: &SqliteRow| -> Result<FailureReason> {
            Ok(FailureReason { reason: row.try_get("reason")?, count: count(row, "count")? })
        };
        rows.iter().map(read).collect()
    }

    /// The oldest moment that the lists of payments and refunds of the accounts are true for.
    async fn as_of(&self, number: Option<i64>) -> Result<Option<Timestamp>> {
        let row = sqlx::query(
            "select min(s.as_of) as oldest, count(*) as lists, count(s.as_of) as loaded \
             from accounts a cross join (select 'payments' as kind union all select 'refunds') k \
             left join sync_slices s on s.account = a.number and s.kind = k.kind \
             where a.removed_at is null and (?1 is null or a.number = ?1) \
             and coalesce(s.state, '') <> 'not_offered'",
        )
        .bind(number)
        .fetch_one(self.readers())
        .await?;
        let all_loaded = row.try_get::<i64, _>("lists")? == row.try_get::<i64, _>("loaded")?;
        let oldest: Option<i64> = row.try_get("oldest")?;
        Ok(oldest.filter(|_| all_loaded).map(Timestamp::from_ms))
    }
}

impl CurrencyTotals {
    fn add(&mut self, other: &Self) -> Result<()> {
        let sum = |left: i64, right: i64| left.checked_add(right).ok_or(MirrorError::SumOverflow);
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.refunds += other.refunds;
        self.gross_minor = sum(self.gross_minor, other.gross_minor)?;
        self.refunded_minor = sum(self.refunded_minor, other.refunded_minor)?;
        self.net_minor = subtract(self.gross_minor, self.refunded_minor)?;
        Ok(())
    }
}

fn empty(currency: Currency) -> CurrencyTotals {
    CurrencyTotals {
        currency,
        succeeded: 0,
        failed: 0,
        gross_minor: 0,
        refunds: 0,
        refunded_minor: 0,
        net_minor: 0,
    }
}

fn day_of(moment: Timestamp) -> i64 {
    moment.as_ms().div_euclid(DAY_MS)
}

fn count(row: &SqliteRow, column: &'static str) -> Result<u64> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| MirrorError::SumOverflow)
}

fn subtract(left: i64, right: i64) -> Result<i64> {
    left.checked_sub(right).ok_or(MirrorError::SumOverflow)
}
