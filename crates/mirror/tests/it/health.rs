//! What the check of the file finds.

use domain::{Kind, Record};

use crate::support::*;

#[tokio::test]
async fn the_check_of_the_file_names_what_does_not_fit() {
    let home = Home::plain();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    let page: Vec<_> =
        (0..50).map(|n| seen(Record::Payment(payment(&format!("ch_{n}"), 100 + n)), NOON)).collect();
    mirror.commit_page(account, &page, None).await.unwrap();
    assert!(mirror.health().await.unwrap().iter().all(mirror::SelfCheck::passed));
    mirror.close().await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(home.file()).foreign_keys(false);
    let mut behind = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
    for statement in [
        "update payments set captured_minor = captured_minor + 1 where vendor_id = 'ch_7'",
        "delete from raw_objects where key = (select key from payments where vendor_id = 'ch_8')",
        "delete from payment_words where rowid = (select key from payments where vendor_id = 'ch_9')",
        "update payments set account = 99 where vendor_id = 'ch_10'",
        "create index payments_name on payments (name)",
    ] {
        sqlx::query(statement).execute(&mut behind).await.unwrap();
    }
    sqlx::Connection::close(behind).await.unwrap();
    let mirror = home.open().await;
    let failed: Vec<String> = mirror
        .health()
        .await
        .unwrap()
        .into_iter()
        .filter(|check| !check.passed())
        .map(|check| check.name)
        .collect();
    for name in ["file.references", "file.schema", "payments.documents", "search.missing", "figures.payments"]
    {
        assert!(failed.iter().any(|one| one == name), "{name} is not in {failed:?}");
    }
}

#[tokio::test]
async fn the_check_of_the_file_counts_every_day_both_ways() {
    let home = Home::plain();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    mirror.accounts().set_reporting_zone(account, "Pacific/Kiritimati").await.unwrap();
    let paid = |id: &str, day: i64, status: &str| {
        let mut one = payment(id, 500);
        (one.created_at, one.status) = (at(NOON + day * 86_400), status.into());
        one.failure_code = (status == "failed").then(|| "card_declined".to_owned());
        seen(Record::Payment(one), NOON)
    };
    let mut page =
        vec![paid("ch_1", 0, "succeeded"), paid("ch_2", 1, "succeeded"), paid("ch_3", 1, "failed")];
    page.push(seen(Record::Refund(refund("re_1", "ch_1", 100)), NOON));
    mirror.commit_page(account, &page, None).await.unwrap();
    mirror.forget_records(account, Kind::Refunds, &["re_1".to_owned()]).await.unwrap();
    mirror.commit_page(account, &page, None).await.unwrap();
    mirror.close().await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(home.file());
    let failed = async || -> Vec<String> {
        let mirror = home.open().await;
        let checks = mirror.health().await.unwrap();
        mirror.close().await.unwrap();
        checks.into_iter().filter(|check| !check.passed()).map(|check| check.name).collect()
    };
    assert_eq!(failed().await, Vec::<String>::new());
    for (break_it, mend_it, wanted) in [
        ("delete from daily_totals", "insert into daily_totals select * from kept", "payments refunds"),
        (
            "update daily_totals set day = day + 40",
            "update daily_totals set day = day - 40",
            "payments refunds",
        ),
        (
            "update daily_totals set gross_low = gross_low + iif(day % 2, 5, -5)",
            "update daily_totals set gross_low = gross_low - iif(day % 2, 5, -5)",
            "payments",
        ),
        (
            "update daily_totals set refunded_low = refunded_low + 1 where refunds",
            "update daily_totals set refunded_low = refunded_low - 1 where refunds",
            "refunds",
        ),
        (
            "update daily_failures set reason = 'x'",
            "update daily_failures set reason = 'card_declined'",
            "failures",
        ),
        ("delete from daily_failures", "insert into daily_failures select * from kept_failures", "failures"),
    ] {
        let mut behind = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
        sqlx::raw_sql(
            "create temp table kept as select * from daily_totals; \
             create temp table kept_failures as select * from daily_failures",
        )
        .execute(&mut behind)
        .await
        .unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(break_it)).execute(&mut behind).await.unwrap();
        let wanted: Vec<String> = wanted.split(' ').map(|name| format!("figures.{name}")).collect();
        assert_eq!(failed().await, wanted, "{break_it}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(mend_it)).execute(&mut behind).await.unwrap();
        sqlx::Connection::close(behind).await.unwrap();
    }
    assert_eq!(failed().await, Vec::<String>::new());
}
