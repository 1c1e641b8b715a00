//! Whether the figures by day are those of the rows.

use std::collections::BTreeSet;

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection, Row};

use super::{Additions, LOW_BITS, Totals, count, zone_of};
use crate::error::Result;

/// Days whose figures are not those of the rows: of payments, of refunds, and reasons of failure.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Differences {
    pub(crate) payments: i64,
    pub(crate) refunds: i64,
    pub(crate) failures: i64,
}

/// Compares the figures of every day, those without rows and those that are missing included, with the rows,
/// at one moment.
pub(crate) async fn differences(connection: &mut SqliteConnection) -> Result<Differences> {
    let mut moment = connection.begin().await?;
    let found = differences_at(&mut moment).await;
    moment.rollback().await?;
    found
}

async fn differences_at(connection: &mut SqliteConnection) -> Result<Differences> {
    let mut counted = Additions::default();
    let accounts =
        sqlx::query("select number, reporting_zone from accounts").fetch_all(&mut *connection).await?;
    for row in &accounts {
        let zone = zone_of(row.try_get("reporting_zone")?)?;
        let of_account = count(connection, zone.as_ref(), row.try_get("number")?).await?;
        counted.totals.extend(of_account.totals);
        counted.failures.extend(of_account.failures);
    }
    let kept = kept(connection).await?;
    let mut differences = Differences::default();
    let places: BTreeSet<_> = counted.totals.keys().chain(kept.totals.keys()).collect();
    for place in places {
        let is = kept.totals.get(place).copied().unwrap_or_default();
        let wanted = counted.totals.get(place).copied().unwrap_or_default();
        let payments = |of: Totals| (of.succeeded, of.failed, of.gross_minor);
        let refunds = |of: Totals| (of.refunds, of.refunded_minor);
        differences.payments += i64::from(payments(is) != payments(wanted));
        differences.refunds += i64::from(refunds(is) != refunds(wanted));
    }
    let places: BTreeSet<_> = counted.failures.keys().chain(kept.failures.keys()).collect();
    for place in places {
        let of = |all: &Additions| all.failures.get(place).copied().unwrap_or_default();
        differences.failures += i64::from(of(&kept) != of(&counted));
    }
    Ok(differences)
}

/// The figures as they stand in the file.
async fn kept(connection: &mut SqliteConnection) -> Result<Additions> {
    let mut kept = Additions::default();
    let both = |row: &SqliteRow, high: &str, low: &str| -> Result<i128> {
        Ok((i128::from(row.try_get::<i64, _>(high)?) << LOW_BITS) + i128::from(row.try_get::<i64, _>(low)?))
    };
    for row in &sqlx::query("select * from daily_totals").fetch_all(&mut *connection).await? {
        let currency = crate::mirrored::currency(row, "currency")?;
        let totals = Totals {
            succeeded: row.try_get("succeeded")?,
            failed: row.try_get("failed")?,
            gross_minor: both(row, "gross_high", "gross_low")?,
            refunds: row.try_get("refunds")?,
            refunded_minor: both(row, "refunded_high", "refunded_low")?,
        };
        kept.totals.insert((row.try_get("account")?, row.try_get("day")?, currency), totals);
    }
    for row in &sqlx::query("select * from daily_failures").fetch_all(&mut *connection).await? {
        let place = (row.try_get("account")?, row.try_get("day")?, row.try_get("reason")?);
        kept.failures.insert(place, row.try_get("count")?);
    }
    Ok(kept)
}
