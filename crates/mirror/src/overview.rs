//! Figures by day and currency. Currencies are never added together.

use std::collections::BTreeMap;

use domain::{AccountId, Currency, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::error::{MirrorError, Result};
use crate::key::first_of_second;
use crate::{Mirror, mirrored};

/// Milliseconds of a day in UTC, which has no leap seconds here.
const DAY_MS: i64 = 86_400_000;
/// Reasons of failures that are told.
const MOST_REASONS: u32 = 100;

/// What to sum up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverviewScope {
    /// One account, or all of the environment.
    pub account: Option<AccountId>,
    /// From this moment on; whole UTC days are meant.
    pub from: Timestamp,
    /// Up to this moment, itself left out.
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
    /// The first moment of the day in UTC.
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
    /// Sums up payments and refunds by UTC day and currency.
    pub async fn overview(&self, scope: OverviewScope) -> Result<Overview> {
        if scope.reasons > MOST_REASONS {
            return Err(MirrorError::LimitOutOfRange { most: MOST_REASONS });
        }
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let keys = (first_of_second(scope.from), first_of_second(scope.until));
        let mut days: BTreeMap<(i64, Currency), CurrencyTotals> = BTreeMap::new();
        self.add_payments(number, keys, &mut days).await?;
        self.add_refunds(number, keys, &mut days).await?;
        let mut totals: BTreeMap<Currency, CurrencyTotals> = BTreeMap::new();
        for ((_, currency), day) in &mut days {
            day.net_minor = subtract(day.gross_minor, day.refunded_minor)?;
            totals.entry(*currency).or_insert_with(|| empty(*currency)).add(day)?;
        }
        let day = |((day, _), totals): ((i64, Currency), CurrencyTotals)| DayTotals {
            day: Timestamp::from_ms(day.saturating_mul(DAY_MS)),
            totals,
        };
        Ok(Overview {
            days: days.into_iter().map(day).collect(),
            totals: totals.into_values().collect(),
            failure_reasons: self.failure_reasons(number, keys, scope.reasons).await?,
            as_of: self.as_of(number).await?,
        })
    }

    async fn add_payments(
        &self,
        number: Option<i64>,
        keys: (i64, i64),
        days: &mut BTreeMap<(i64, Currency), CurrencyTotals>,
    ) -> Result<()> {
        let rows = sqlx::query(
            "select created_at / 86400000 as day, currency, \
             sum(status = 'succeeded') as succeeded, sum(status = 'failed') as failed, \
             coalesce(sum(captured_minor) filter (where status = 'succeeded'), 0) as gross_minor \
             from payments where key >= ?2 and key < ?3 and (?1 is null or account = ?1) group by 1, 2",
        )
        .bind(number)
        .bind(keys.0)
        .bind(keys.1)
        .fetch_all(self.readers())
        .await?;
        for row in &rows {
            let day = entry(days, row)?;
            day.succeeded = count(row, "succeeded")?;
            day.failed = count(row, "failed")?;
            day.gross_minor = row.try_get("gross_minor")?;
        }
        Ok(())
    }

    async fn add_refunds(
        &self,
        number: Option<i64>,
        keys: (i64, i64),
        days: &mut BTreeMap<(i64, Currency), CurrencyTotals>,
    ) -> Result<()> {
        let rows = sqlx::query(
            "select created_at / 86400000 as day, currency, count(*) as refunds, \
             sum(amount_minor) as refunded_minor from refunds \
             where key >= ?2 and key < ?3 and (?1 is null or account = ?1) \
             and status not in ('failed', 'canceled') group by 1, 2",
        )
        .bind(number)
        .bind(keys.0)
        .bind(keys.1)
        .fetch_all(self.readers())
        .await?;
        for row in &rows {
            let day = entry(days, row)?;
            day.refunds = count(row, "refunds")?;
            day.refunded_minor = row.try_get("refunded_minor")?;
        }
        Ok(())
    }

    async fn failure_reasons(
        &self,
        number: Option<i64>,
        keys: (i64, i64),
        limit: u32,
    ) -> Result<Vec<FailureReason>> {
        let rows = sqlx::query(
            "select coalesce(decline_reason, failure_code, 'unknown') as reason, count(*) as count \
             from payments where status = 'failed' and key >= ?2 and key < ?3 \
             and (?1 is null or account = ?1) group by 1 order by 2 desc, 1 limit ?4",
        )
        .bind(number)
        .bind(keys.0)
        .bind(keys.1)
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

fn entry<'a>(
    days: &'a mut BTreeMap<(i64, Currency), CurrencyTotals>,
    row: &SqliteRow,
) -> Result<&'a mut CurrencyTotals> {
    let currency = mirrored::currency(row, "currency")?;
    Ok(days.entry((row.try_get("day")?, currency)).or_insert_with(|| empty(currency)))
}

fn count(row: &SqliteRow, column: &'static str) -> Result<u64> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| MirrorError::SumOverflow)
}

fn subtract(left: i64, right: i64) -> Result<i64> {
    left.checked_sub(right).ok_or(MirrorError::SumOverflow)
}
