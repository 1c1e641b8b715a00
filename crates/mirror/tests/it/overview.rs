//! Figures by day and currency.

use domain::{Kind, Record};
use mirror::{OverviewScope, SliceRow};

use crate::support::*;

fn month() -> OverviewScope {
    OverviewScope {
        account: None,
        from: at(NOON - 43_200),
        until: at(NOON - 43_200 + 30 * 86_400),
        reasons: 10,
    }
}

#[tokio::test]
async fn days_currencies_reasons_and_as_of() {
    let (_home, mirror, account) = shop().await;
    let mut page = Vec::new();
    for number in 0..4 {
        let mut one = payment(&format!("ch_{number}"), 1_000);
        one.created_at = at(NOON + number * 86_400 / 2);
        page.push(seen(Record::Payment(one), NOON));
    }
    let mut yen = payment("ch_jpy", 500);
    yen.amount = money(500, "jpy");
    page.push(seen(Record::Payment(yen), NOON));
    for (number, reason) in
        [Some("insufficient_funds"), Some("insufficient_funds"), None].into_iter().enumerate()
    {
        let mut one = payment(&format!("ch_f{number}"), 9_999);
        one.status = "failed".into();
        one.captured_minor = 0;
        one.decline_reason = reason.map(str::to_owned);
        page.push(seen(Record::Payment(one), NOON));
    }
    let mut late = refund("re_1", "ch_0", 300);
    late.created_at = at(NOON + 86_400);
    let mut failed = refund("re_2", "ch_0", 700);
    failed.status = "failed".into();
    page.push(seen(Record::Refund(late), NOON));
    page.push(seen(Record::Refund(failed), NOON));
    mirror.commit_page(account, &page, None).await.unwrap();

    let overview = mirror.overview(month()).await.unwrap();
    let usd: Vec<(i64, u64, u64, i64, i64, i64)> = overview
        .days
        .iter()
        .filter(|day| day.totals.currency.code() == "USD")
        .map(|day| {
            let t = &day.totals;
            (
                (day.day.as_seconds() - NOON + 43_200) / 86_400,
                t.succeeded,
                t.failed,
                t.gross_minor,
                t.refunded_minor,
                t.net_minor,
            )
        })
        .collect();
    assert_eq!(usd, [(0, 1, 3, 1_000, 0, 1_000), (1, 2, 0, 2_000, 300, 1_700), (2, 1, 0, 1_000, 0, 1_000)]);
    assert_eq!(overview.totals.len(), 2);
    assert_eq!(overview.totals[0].gross_minor, 500);
    assert_eq!((overview.totals[1].gross_minor, overview.totals[1].net_minor), (4_000, 3_700));
    let reasons: Vec<(&str, u64)> =
        overview.failure_reasons.iter().map(|one| (one.reason.as_str(), one.count)).collect();
    assert_eq!(reasons, [("insufficient_funds", 2), ("unknown", 1)]);
    assert_eq!(overview.as_of, None);
    let recent = mirror.payments().recent_failures(None, Some("insufficient_funds"), 10, None).await.unwrap();
    assert_eq!(recent.items.len(), 2);

    for (kind, seconds) in [(Kind::Payments, NOON + 20), (Kind::Refunds, NOON + 10)] {
        let mut slice = SliceRow::started(account, kind, at(NOON));
        slice.as_of = Some(at(seconds));
        mirror.sync_slices().put(&slice).await.unwrap();
    }
    assert_eq!(mirror.overview(month()).await.unwrap().as_of, Some(at(NOON + 10)));
    let other = add_account(&mirror, "other").await;
    assert_eq!(mirror.overview(month()).await.unwrap().as_of, None);
    let scope = OverviewScope { account: Some(other), ..month() };
    assert!(mirror.overview(scope).await.unwrap().days.is_empty());
}

#[tokio::test]
async fn sums_beyond_64_bits_are_an_error_and_no_wrong_figure() {
    let (_home, mirror, account) = shop().await;
    let page = ["ch_1", "ch_2"].map(|id| seen(Record::Payment(payment(id, i64::MAX)), NOON));
    mirror.commit_page(account, &page, None).await.unwrap();
    assert_eq!(mirror.overview(month()).await.unwrap_err().code(), "sum_overflow");
}
