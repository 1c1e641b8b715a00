//! The overview.

use std::collections::BTreeSet;

use contract::ErrorBody;
use contract::overview::{CurrencyOverview, DayOverview, FailureCount, MailRates, Overview, ShowOverview};
use domain::{Currency, Money, Timestamp};
use mirror::{AccountRow, CurrencyTotals, DayTotals, Mirror, OverviewScope};

use super::home::{needs_person, open_intents};
use super::scope::{Resolved, label_of};
use crate::{errors, views};

/// Days when the shell asks for no number, and the most that it may ask for.
const DAYS: u32 = 30;
const DAYS_MAX: u32 = 366;
const DAY_MS: i64 = 86_400_000;
/// Reasons and payments that are shown.
const FAILURES: u32 = 8;

/// Answers `show_overview`.
pub(crate) async fn show(scope: &Resolved, request: ShowOverview) -> Result<Overview, ErrorBody> {
    let days = request.days.unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(errors::bad_request(format!("the overview takes 1 to {DAYS_MAX} days")));
    }
    let (open, rows) = scope.some_accounts(request.account.as_deref()).await?;
    let account = request.account.as_ref().and_then(|_| rows.first()).map(|row| row.id);
    let today = today(&open.mirror, &rows, scope.clock.now())?;
    let (from, until) = (today.plus_ms(-i64::from(days - 1) * DAY_MS), today.plus_ms(DAY_MS));
    let of_mirror = |error: mirror::MirrorError| errors::of_mirror(&error);
    let mirror = &open.mirror;
    let found = mirror
        .overview(OverviewScope { account, from, until, reasons: FAILURES })
        .await
        .map_err(of_mirror)?;
    let failed = mirror.payments().recent_failures(account, None, FAILURES, None).await.map_err(of_mirror)?;
    let mut currencies: Vec<CurrencyOverview> =
        found.totals.iter().map(|totals| currency(totals, &found.days, from, days)).collect();
    currencies.sort_by_key(|one| std::cmp::Reverse((one.succeeded, one.currency.clone())));
    Ok(Overview {
        currencies,
        failures: found
            .failure_reasons
            .into_iter()
            .map(|one| FailureCount { reason: one.reason, count: one.count })
            .collect(),
        recent_failures: failed
            .items
            .iter()
            .map(|one| views::payment(one, &label_of(&rows, one.account_id)))
            .collect(),
        open_intents: open_intents(mirror).await.map_err(of_mirror)?,
        needs_person: needs_person(mirror).await.map_err(of_mirror)?,
        open_disputes: mirror.disputes().count_open(account).await.map_err(of_mirror)?,
        mail: if account.is_none() { mail(scope, mirror, (from, until)).await? } else { Vec::new() },
        first_day: day_word(from),
        last_day: day_word(today),
        reporting_zone: common_zone(mirror, &rows)?,
        as_of: oldest_as_of(scope, request.account.as_deref()).await?,
    })
}

/// What became of email in these days.
async fn mail(
    scope: &Resolved,
    mirror: &Mirror,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<MailRates>, ErrorBody> {
    let of_mirror = |error: mirror::MirrorError| errors::of_mirror(&error);
    let (_, rows) = scope.accounts().await?;
    let figures = mirror.messages().figures(from, until).await.map_err(of_mirror)?;
    let rates = figures.into_iter().map(|one| {
        let of_taken = |part: u64| rate(i128::from(part), i128::from(one.taken));
        MailRates {
            account: label_of(&rows, one.account_id),
            taken: one.taken,
            delivered: one.delivered,
            bounced: one.bounced,
            opened: one.opened,
            delivered_per_10_000: of_taken(one.delivered),
            bounced_per_10_000: of_taken(one.bounced),
            opened_per_10_000: of_taken(one.opened),
        }
    });
    Ok(rates.collect())
}

/// The day that it is where it is latest: each account's figures are of days of its own zone.
fn today(mirror: &Mirror, rows: &[AccountRow], now: Timestamp) -> Result<Timestamp, ErrorBody> {
    let mut latest = None;
    for row in rows {
        let day = mirror.accounts().reporting_day(row.id, now).map_err(|error| errors::of_mirror(&error))?;
        latest = latest.max(Some(day));
    }
    Ok(latest.unwrap_or_else(|| Timestamp::from_ms(now.as_ms().div_euclid(DAY_MS) * DAY_MS)))
}

/// The zone that the accounts share.
fn common_zone(mirror: &Mirror, rows: &[AccountRow]) -> Result<Option<String>, ErrorBody> {
    let mut zones = BTreeSet::new();
    for row in rows {
        let zone = mirror.accounts().reporting_zone(row.id).map_err(|error| errors::of_mirror(&error))?;
        zones.insert(zone);
    }
    Ok(zones.pop_first().filter(|_| zones.is_empty()))
}

/// As of when the mirror is complete, for the account that is furthest behind.
pub(crate) async fn oldest_as_of(
    scope: &Resolved,
    label: Option<&str>,
) -> Result<Option<Timestamp>, ErrorBody> {
    let (open, rows) = scope.some_accounts(label).await?;
    let mut oldest = None;
    for row in &rows {
        let Some(moment) = super::accounts::as_of(&open.mirror, row.id).await? else { return Ok(None) };
        oldest = Some(oldest.map_or(moment, |so_far: Timestamp| so_far.min(moment)));
    }
    Ok(oldest)
}

fn day_word(moment: Timestamp) -> String {
    moment.to_datetime().format("%Y-%m-%d").to_string()
}

fn money(minor: i64, currency: Currency) -> Money {
    Money::new(minor, currency)
}

fn currency(totals: &CurrencyTotals, days: &[DayTotals], from: Timestamp, count: u32) -> CurrencyOverview {
    let code = totals.currency;
    let filled = (0..count).map(|place| {
        let day = from.plus_ms(i64::from(place) * DAY_MS);
        let of_day = days.iter().find(|one| one.day == day && one.totals.currency == code);
        let values = of_day.map(|one| &one.totals);
        DayOverview {
            day: day_word(day),
            gross: money(values.map_or(0, |one| one.gross_minor), code),
            refunded: money(values.map_or(0, |one| one.refunded_minor), code),
            succeeded: values.map_or(0, |one| one.succeeded),
            failed: values.map_or(0, |one| one.failed),
        }
    });
    CurrencyOverview {
        currency: code.to_string(),
        gross: money(totals.gross_minor, code),
        refunded: money(totals.refunded_minor, code),
        net: money(totals.net_minor, code),
        succeeded: totals.succeeded,
        failed: totals.failed,
        refunds: totals.refunds,
        refund_rate_per_10_000: rate(i128::from(totals.refunded_minor), i128::from(totals.gross_minor)),
        success_rate_per_10_000: rate(
            i128::from(totals.succeeded),
            i128::from(totals.succeeded) + i128::from(totals.failed),
        ),
        days: filled.collect(),
    }
}

/// Parts per ten thousand, rounded to the nearest; nothing of nothing is nothing.
fn rate(part: i128, whole: i128) -> u32 {
    if whole <= 0 || part <= 0 {
        return 0;
    }
    u32::try_from((part * 10_000 + whole / 2) / whole).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn rates_are_whole_numbers_and_never_divide_by_nothing() {
        assert_eq!(rate(1, 3), 3_333);
        assert_eq!(rate(2, 3), 6_667);
        assert_eq!(rate(5, 0), 0);
        assert_eq!(rate(i128::from(i64::MAX), i128::from(i64::MAX)), 10_000);
    }
}
