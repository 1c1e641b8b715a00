//! Figures by day and currency, kept beside the rows they are of: opening the overview reads days,
//! not payments. A day is one of the account's reporting zone, UTC unless a person says otherwise.

mod differences;

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::{AccountId, Currency, Payment, Record, Refund, Timestamp};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use crate::changes::RowChange;
use crate::error::{MirrorError, Result};
use crate::statement::{Value, bind_all, groups, value_rows};
use crate::{Accounts, Mirror};

pub(crate) use differences::{Differences, differences};

/// Days begin on a quarter of an hour in every zone that any payment can be of, so that a recount
/// may add up quarters and need not look at each row.
const QUARTER_MS: i64 = 15 * 60 * 1000;
/// Where a sum is cut in two.
const LOW_BITS: u32 = 32;

/// The reporting zones of accounts that have another one than UTC.
pub(crate) type Zones = HashMap<i64, Tz>;

/// What is added to one day of one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Totals {
    succeeded: i64,
    failed: i64,
    gross_minor: i128,
    refunds: i64,
    refunded_minor: i128,
}

/// What is added to the days of some accounts.
#[derive(Debug, Default)]
struct Additions {
    totals: BTreeMap<(i64, i64, Currency), Totals>,
    failures: BTreeMap<(i64, i64, String), i64>,
}

/// Whether money of a refund in this state is gone, or may be.
fn counts(status: &str) -> bool {
    !matches!(status, "failed" | "canceled")
}

/// Why a payment failed.
fn reason(payment: &Payment) -> &str {
    payment.decline_reason.as_deref().or(payment.failure_code.as_deref()).unwrap_or("unknown")
}

/// The day of the zone that holds the moment, counted from 1970.
fn day(zone: Option<&Tz>, moment: Timestamp) -> i64 {
    let quarter = moment.as_ms().div_euclid(QUARTER_MS) * QUARTER_MS;
    let in_utc = quarter.div_euclid(86_400_000);
    let Some(zone) = zone else { return in_utc };
    let moment: Option<DateTime<Utc>> = DateTime::from_timestamp_millis(quarter);
    // A moment that no calendar holds has no other day than that of UTC either.
    moment.map_or(in_utc, |moment| days_from_epoch(moment.with_timezone(zone).date_naive()))
}

fn days_from_epoch(date: NaiveDate) -> i64 {
    date.signed_duration_since(NaiveDate::default()).num_days()
}

impl Additions {
    /// Adds a record, or takes it away where `sign` is -1.
    fn add(&mut self, zones: &Zones, account: i64, record: &Record, sign: i64) {
        match record {
            Record::Payment(payment) => self.add_payment(zones, account, payment, sign),
            Record::Refund(refund) => self.add_refund(zones, account, refund, sign),
            _ => {}
        }
    }

    fn add_payment(&mut self, zones: &Zones, account: i64, payment: &Payment, sign: i64) {
        let day = day(zones.get(&account), payment.created_at);
        let place = (account, day, payment.amount.currency);
        match payment.status.as_str() {
            "succeeded" => {
                let totals = self.totals.entry(place).or_default();
                totals.succeeded += sign;
                totals.gross_minor += i128::from(sign) * i128::from(payment.captured_minor);
            }
            "failed" => {
                self.totals.entry(place).or_default().failed += sign;
                *self.failures.entry((account, day, reason(payment).to_owned())).or_default() += sign;
            }
            _ => {}
        }
    }

    fn add_refund(&mut self, zones: &Zones, account: i64, refund: &Refund, sign: i64) {
        if counts(refund.status.as_str()) {
            let day = day(zones.get(&account), refund.created_at);
            let totals = self.totals.entry((account, day, refund.amount.currency)).or_default();
            totals.refunds += sign;
            totals.refunded_minor += i128::from(sign) * i128::from(refund.amount.minor);
        }
    }

    async fn write(&self, transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
        let totals: Vec<[Value; 10]> = self
            .totals
            .iter()
            .filter(|(_, totals)| **totals != Totals::default())
            .map(|(place, totals)| total_values(*place, totals))
            .collect::<Result<_>>()?;
        for chunk in groups(&totals) {
            add_totals(transaction, chunk).await?;
        }
        let failures: Vec<[Value; 4]> = self
            .failures
            .iter()
            .filter(|(_, count)| **count != 0)
            .map(|((account, day, reason), count)| {
                [(*account).into(), (*day).into(), reason.into(), (*count).into()]
            })
            .collect();
        for chunk in groups(&failures) {
            add_failures(transaction, chunk).await?;
        }
        Ok(())
    }
}

fn total_values((account, day, currency): (i64, i64, Currency), totals: &Totals) -> Result<[Value; 10]> {
    let (gross_high, gross_low) = halves(totals.gross_minor)?;
    let (refunded_high, refunded_low) = halves(totals.refunded_minor)?;
    Ok([
        account.into(),
        day.into(),
        currency.code().into(),
        totals.succeeded.into(),
        totals.failed.into(),
        gross_high.into(),
        gross_low.into(),
        totals.refunds.into(),
        refunded_high.into(),
        refunded_low.into(),
    ])
}

/// A sum in the two parts that it is kept in.
fn halves(sum: i128) -> Result<(i64, i64)> {
    let part = |part: i128| i64::try_from(part).map_err(|_| MirrorError::SumOverflow);
    let high = sum >> LOW_BITS;
    Ok((part(high)?, part(sum - (high << LOW_BITS))?))
}

/// The sum that the two parts are of.
pub(crate) fn whole(high: i64, low: i64) -> Result<i64> {
    let sum = (i128::from(high) << LOW_BITS) + i128::from(low);
    i64::try_from(sum).map_err(|_| MirrorError::SumOverflow)
}

async fn add_totals(transaction: &mut Transaction<'_, Sqlite>, rows: &[[Value; 10]]) -> Result<()> {
    let statement = format!(
        "insert into daily_totals (account, day, currency, succeeded, failed, gross_high, gross_low, refunds, \
         refunded_high, refunded_low) values {} on conflict (account, day, currency) do update set \
         succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed, \
         gross_high = gross_high + excluded.gross_high, gross_low = gross_low + excluded.gross_low, \
         refunds = refunds + excluded.refunds, refunded_high = refunded_high + excluded.refunded_high, \
         refunded_low = refunded_low + excluded.refunded_low",
        value_rows(rows.len(), 10)
    );
    let values = rows.iter().flatten().cloned();
    bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    Ok(())
}

async fn add_failures(transaction: &mut Transaction<'_, Sqlite>, rows: &[[Value; 4]]) -> Result<()> {
    let statement = format!(
        "insert into daily_failures (account, day, reason, count) values {} \
         on conflict (account, day, reason) do update set count = count + excluded.count",
        value_rows(rows.len(), 4)
    );
    let values = rows.iter().flatten().cloned();
    bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    Ok(())
}

/// Brings the figures to where the rows are.
pub(crate) async fn follow(
    transaction: &mut Transaction<'_, Sqlite>,
    zones: &Zones,
    changes: &[RowChange<'_>],
) -> Result<()> {
    let mut additions = Additions::default();
    for change in changes {
        if let Some(old) = &change.old {
            additions.add(zones, change.account, old, -1);
        }
        if let Some(new) = change.new {
            additions.add(zones, change.account, new, 1);
        }
    }
    additions.write(transaction).await
}

/// Drops the figures of an account.
pub(crate) async fn forget_account(transaction: &mut Transaction<'_, Sqlite>, number: i64) -> Result<()> {
    for statement in
        ["delete from daily_totals where account = ?1", "delete from daily_failures where account = ?1"]
    {
        sqlx::query(statement).bind(number).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Counts the figures of an account anew, by quarters of an hour, so that ten million payments come
/// back as some hundred thousand lines.
pub(crate) async fn recount(
    transaction: &mut Transaction<'_, Sqlite>,
    zones: &Zones,
    number: i64,
) -> Result<()> {
    forget_account(transaction, number).await?;
    count(transaction, zones.get(&number), number).await?.write(transaction).await
}

/// Counts the figures of an account from its rows.
async fn count(connection: &mut SqliteConnection, zone: Option<&Tz>, number: i64) -> Result<Additions> {
    let mut additions = Additions::default();
    let payments = sqlx::query(
        "select created_at / 900000 - (created_at % 900000 < 0) as quarter, currency, status, \
         case status when 'failed' then coalesce(decline_reason, failure_code, 'unknown') end as reason, \
         count(*) as count, sum(captured_minor >> 32) as high, sum(captured_minor & 4294967295) as low \
         from payments where account = ?1 and status in ('succeeded', 'failed') group by 1, 2, 3, 4",
    )
    .bind(number)
    .fetch_all(&mut *connection)
    .await?;
    for row in &payments {
        let place = (number, quarter_day(zone, row)?, crate::mirrored::currency(row, "currency")?);
        let (count, totals): (i64, _) = (row.try_get("count")?, additions.totals.entry(place).or_default());
        match row.try_get::<Option<String>, _>("reason")? {
            Some(reason) => {
                totals.failed += count;
                *additions.failures.entry((number, place.1, reason)).or_default() += count;
            }
            None => {
                totals.succeeded += count;
                totals.gross_minor += sum(row)?;
            }
        }
    }
    let refunds = sqlx::query(
        "select created_at / 900000 - (created_at % 900000 < 0) as quarter, currency, count(*) as count, \
         sum(amount_minor >> 32) as high, sum(amount_minor & 4294967295) as low \
         from refunds where account = ?1 and status not in ('failed', 'canceled') group by 1, 2",
    )
    .bind(number)
    .fetch_all(&mut *connection)
    .await?;
    for row in &refunds {
        let place = (number, quarter_day(zone, row)?, crate::mirrored::currency(row, "currency")?);
        let totals = additions.totals.entry(place).or_default();
        totals.refunds += row.try_get::<i64, _>("count")?;
        totals.refunded_minor += sum(row)?;
    }
    Ok(additions)
}

fn quarter_day(zone: Option<&Tz>, row: &SqliteRow) -> Result<i64> {
    let quarter: i64 = row.try_get("quarter")?;
    Ok(day(zone, Timestamp::from_ms(quarter.saturating_mul(QUARTER_MS))))
}

fn sum(row: &SqliteRow) -> Result<i128> {
    let (high, low): (i64, i64) = (row.try_get("high")?, row.try_get("low")?);
    Ok((i128::from(high) << LOW_BITS) + i128::from(low))
}

/// The zone of that name in the IANA database, none for UTC.
fn zone_of(name: &str) -> Result<Option<Tz>> {
    let zone: Tz = name.parse().map_err(|_| MirrorError::UnknownZone { name: name.to_owned() })?;
    Ok(Some(zone).filter(|zone| !matches!(zone, Tz::UTC | Tz::Etc__UTC)))
}

impl Accounts<'_> {
    /// The name of the zone whose days the account's figures are of.
    pub fn reporting_zone(&self, id: AccountId) -> Result<String> {
        let number = self.mirror.number_of(id)?;
        Ok(self.mirror.zones().get(&number).copied().map_or("UTC", Tz::name).to_owned())
    }

    /// Takes another zone and counts the figures of the account anew, both in one transaction. Ten
    /// million payments take some seconds.
    pub async fn set_reporting_zone(&self, id: AccountId, name: &str) -> Result<()> {
        let number = self.mirror.number_of(id)?;
        let zone = zone_of(name)?;
        let mut writer = self.mirror.writer().await?;
        let mut zones = self.mirror.zones();
        if zones.get(&number) == zone.as_ref() {
            return Ok(());
        }
        let mut transaction = writer.begin().await?;
        match zone {
            Some(zone) => zones.insert(number, zone),
            None => zones.remove(&number),
        };
        let done =
            sqlx::query("update accounts set reporting_zone = ?2 where number = ?1 and removed_at is null")
                .bind(number)
                .bind(zone.map_or("UTC", Tz::name))
                .execute(&mut *transaction)
                .await?;
        if done.rows_affected() != 1 {
            return Err(MirrorError::UnknownAccount);
        }
        recount(&mut transaction, &zones, number).await?;
        transaction.commit().await?;
        self.mirror.remember_zones(zones);
        Ok(())
    }

    /// The day that it is for the account, as the first moment of the day of that date in UTC, which
    /// is how the overview names days.
    pub fn reporting_day(&self, id: AccountId, moment: Timestamp) -> Result<Timestamp> {
        let number = self.mirror.number_of(id)?;
        Ok(moment_of_day(day(self.mirror.zones().get(&number), moment)))
    }

    /// Reads the zones that days are of.
    pub(crate) async fn load_zones(&self) -> Result<()> {
        let rows = sqlx::query("select number, reporting_zone from accounts")
            .fetch_all(self.mirror.readers())
            .await?;
        let mut zones = Zones::new();
        for row in &rows {
            let name: &str = row.try_get("reporting_zone")?;
            let zone = zone_of(name).map_err(|_| MirrorError::corrupt("an account has no time zone"))?;
            if let Some(zone) = zone {
                zones.insert(row.try_get("number")?, zone);
            }
        }
        self.mirror.remember_zones(zones);
        Ok(())
    }
}

/// The first moment in UTC of the day, counted from 1970.
pub(crate) fn moment_of_day(day: i64) -> Timestamp {
    Timestamp::from_ms(day.saturating_mul(86_400_000))
}

/// The names of all zones that an account may report in.
pub fn reporting_zone_names() -> impl Iterator<Item = &'static str> {
    chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
}

impl Mirror {
    /// The zones, as they are now; whoever holds the writer sees them stay.
    pub(crate) fn zones(&self) -> Zones {
        self.0.zones.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember_zones(&self, zones: Zones) {
        *self.0.zones.write().unwrap_or_else(PoisonError::into_inner) = zones;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_come_back_from_their_parts() {
        for sum in [0, 1, -1, i128::from(i64::MAX), i128::from(i64::MIN), 1 << 32, -(1 << 32) - 7] {
            let (high, low) = halves(sum).unwrap();
            assert_eq!(i128::from(whole(high, low).unwrap()), sum);
        }
        let (high, low) = halves(2 * i128::from(i64::MAX)).unwrap();
        assert_eq!(whole(high, low).unwrap_err().code(), "sum_overflow");
    }

    #[test]
    fn t03_days_begin_at_midnight_of_the_zone_summer_time_too() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let date = |zone: Option<Tz>, text: &str| {
            moment_of_day(day(zone.as_ref(), at(text))).to_datetime().format("%Y-%m-%d").to_string()
        };
        let zurich = Some(chrono_tz::Europe::Zurich);
        assert_eq!(date(zurich, "2026-07-31T21:59:59Z"), "2026-07-31");
        assert_eq!(date(zurich, "2026-07-31T22:00:00Z"), "2026-08-01");
        assert_eq!(date(zurich, "2026-01-31T22:59:59Z"), "2026-01-31");
        assert_eq!(date(zurich, "2026-01-31T23:00:00Z"), "2026-02-01");
        assert_eq!(date(Some(chrono_tz::Asia::Kathmandu), "2026-01-01T18:15:00Z"), "2026-01-02");
        assert_eq!(date(None, "1969-12-31T23:59:59Z"), "1969-12-31");
    }
}
