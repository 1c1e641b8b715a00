//! Figures by day stay equal to a recount, whatever comes, changes and goes.

use std::collections::BTreeMap;

use chrono::TimeZone;
use domain::{AccountId, Kind, Record};
use mirror::{Mirror, Overview, OverviewScope};
use proptest::prelude::*;

use crate::support::*;

const HOUR: i64 = 3_600;
/// Enough for every moment of these tests, in every zone.
fn all_days(account: AccountId) -> OverviewScope {
    OverviewScope { account: Some(account), from: at(0), until: at(4 * NOON), reasons: 100 }
}

/// Day, currency; succeeded, failed, gross, refunds, refunded.
type Figures = BTreeMap<(String, String), (u64, u64, i64, u64, i64)>;

/// What the mirror tells.
fn told(overview: &Overview) -> (Figures, BTreeMap<String, u64>) {
    let days = overview.days.iter().map(|day| {
        let place = (day.day.to_datetime().date_naive().to_string(), day.totals.currency.to_string());
        let is = &day.totals;
        (place, (is.succeeded, is.failed, is.gross_minor, is.refunds, is.refunded_minor))
    });
    let reasons = overview.failure_reasons.iter().map(|one| (one.reason.clone(), one.count));
    (days.collect(), reasons.collect())
}

/// The same from the records alone, by another way.
fn recounted(records: &BTreeMap<String, Record>, zone: chrono_tz::Tz) -> (Figures, BTreeMap<String, u64>) {
    let (mut days, mut reasons) = (Figures::new(), BTreeMap::new());
    for record in records.values() {
        let date = zone.timestamp_opt(record.created_at().as_seconds(), 0).unwrap().date_naive().to_string();
        match record {
            Record::Payment(one) if one.status.as_str() == "succeeded" => {
                let day = days.entry((date, one.amount.currency.to_string())).or_default();
                (day.0, day.2) = (day.0 + 1, day.2 + one.captured_minor);
            }
            Record::Payment(one) if one.status.as_str() == "failed" => {
                days.entry((date, one.amount.currency.to_string())).or_default().1 += 1;
                let reason = one.decline_reason.clone().or(one.failure_code.clone());
                *reasons.entry(reason.unwrap_or_else(|| "unknown".to_owned())).or_default() += 1;
            }
            Record::Refund(one) if !["failed", "canceled"].contains(&one.status.as_str()) => {
                let day = days.entry((date, one.amount.currency.to_string())).or_default();
                (day.3, day.4) = (day.3 + 1, day.4 + one.amount.minor);
            }
            _ => {}
        }
    }
    (days, reasons)
}

/// One thing that happens to one of a few records.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "few exist at a time")]
enum Step {
    State(Record),
    Forget(Kind, String),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let currency = prop::sample::select(vec!["usd", "eur", "jpy"]);
    let moment = (0_i64..14 * 24).prop_map(|hours| at(NOON + hours * HOUR + 1_234));
    let status = prop::sample::select(vec!["succeeded", "failed", "pending"]);
    let reason = prop::option::of(prop::sample::select(vec!["insufficient_funds", "lost_card"]));
    let paid = (0_u8..12, -500_i64..100_000, currency.clone(), moment.clone(), status, reason).prop_map(
        |(id, minor, currency, moment, status, reason)| {
            let mut one = payment(&format!("ch_{id}"), minor);
            (one.amount, one.created_at, one.status) = (money(minor, currency), moment, status.into());
            one.decline_reason = reason.map(str::to_owned);
            Step::State(Record::Payment(one))
        },
    );
    let state = prop::sample::select(vec!["succeeded", "pending", "failed", "canceled", "requires_action"]);
    let refunded =
        (0_u8..6, 1_i64..5_000, currency, moment, state).prop_map(|(id, minor, currency, moment, state)| {
            let mut one = refund(&format!("re_{id}"), "ch_1", minor);
            (one.amount, one.created_at, one.status) = (money(minor, currency), moment, state.into());
            Step::State(Record::Refund(one))
        });
    let forget = prop_oneof![
        (0_u8..12).prop_map(|id| Step::Forget(Kind::Payments, format!("ch_{id}"))),
        (0_u8..6).prop_map(|id| Step::Forget(Kind::Refunds, format!("re_{id}"))),
    ];
    prop::collection::vec(prop_oneof![6 => paid, 3 => refunded, 1 => forget], 1..60)
}

/// Lets the steps happen, some of them in one page, and tells what the vendor has after them.
async fn happen(mirror: &Mirror, account: AccountId, from: i64, steps: &[Step]) -> BTreeMap<String, Record> {
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    let mut page = Vec::new();
    for (moment, step) in (from..).zip(steps) {
        match step {
            Step::State(record) => {
                // The vendor never changes when something was made.
                let mut record = record.clone();
                if let Some(known) = records.get(record.vendor_id()) {
                    match &mut record {
                        Record::Payment(one) => one.created_at = known.created_at(),
                        Record::Refund(one) => one.created_at = known.created_at(),
                        _ => {}
                    }
                }
                records.insert(record.vendor_id().to_owned(), record.clone());
                page.push(seen(record, moment));
                if moment % 3 == 0 {
                    mirror.commit_page(account, &std::mem::take(&mut page), None).await.unwrap();
                }
            }
            Step::Forget(kind, id) => {
                mirror.commit_page(account, &std::mem::take(&mut page), None).await.unwrap();
                let gone =
                    mirror.forget_records(account, *kind, &[id.clone(), "x".to_owned()]).await.unwrap();
                assert_eq!(gone, u64::from(records.remove(id).is_some()));
            }
        }
    }
    mirror.commit_page(account, &page, None).await.unwrap();
    records
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn figures_equal_a_full_recount_whatever_happens(steps in steps(), zone in prop::sample::select(vec![
        chrono_tz::UTC, chrono_tz::Asia::Kathmandu, chrono_tz::America::New_York, chrono_tz::Pacific::Kiritimati,
    ])) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let home = Home::plain();
            let mirror = home.open().await;
            let account = add_account(&mirror, "shop").await;
            let other = add_account(&mirror, "other").await;
            // One half in UTC, counted anew in the zone, and the other half in the zone.
            let (first, second) = steps.split_at(steps.len() / 2);
            let mut records = happen(&mirror, account, NOON, first).await;
            assert_eq!(told(&mirror.overview(all_days(account)).await.unwrap()), recounted(&records, chrono_tz::UTC));
            mirror.accounts().set_reporting_zone(account, zone.name()).await.unwrap();
            assert_eq!(told(&mirror.overview(all_days(account)).await.unwrap()), recounted(&records, zone));
            let before: Vec<Step> = records.values().cloned().map(Step::State).collect();
            let all = [before.as_slice(), second].concat();
            records = happen(&mirror, account, NOON + HOUR, &all).await;
            assert_eq!(told(&mirror.overview(all_days(account)).await.unwrap()), recounted(&records, zone));
            assert!(mirror.overview(all_days(other)).await.unwrap().days.is_empty());
            // Nothing is left of an account that was removed.
            mirror.accounts().remove(account, at(NOON)).await.unwrap();
            assert!(mirror.overview(all_days(account)).await.unwrap().days.is_empty());
            mirror.close().await.unwrap();
        });
    }
}

#[tokio::test]
async fn a_zone_stays_over_a_restart_and_an_unknown_one_is_refused() {
    let (home, mirror, account) = shop().await;
    let mut one = payment("ch_1", 500);
    one.created_at = at(NOON + 11 * HOUR + HOUR / 2);
    mirror.commit_page(account, &[seen(Record::Payment(one), NOON)], None).await.unwrap();
    let refused = mirror.accounts().set_reporting_zone(account, "Europe/Nowhere").await.unwrap_err();
    assert_eq!(refused.code(), "zone_unknown");
    assert_eq!(mirror.accounts().reporting_zone(account).unwrap(), "UTC");
    mirror.accounts().set_reporting_zone(account, "Europe/Zurich").await.unwrap();
    mirror.close().await.unwrap();

    let mirror = home.open().await;
    assert_eq!(mirror.accounts().reporting_zone(account).unwrap(), "Europe/Zurich");
    let overview = mirror.overview(all_days(account)).await.unwrap();
    assert_eq!(overview.days[0].day.to_datetime().date_naive().to_string(), "2026-03-02");
    assert_eq!(mirror.accounts().reporting_day(account, at(NOON + 11 * HOUR)).unwrap(), at(NOON + 12 * HOUR));
    assert!(mirror::reporting_zone_names().any(|name| name == "Europe/Zurich"));
}
