//! What one person alone may give back.

use domain::intent::{Intent, IntentKind, IntentState};
use domain::{AccountId, Environment, Record};
use mirror::{
    Acting, BookFilter, Inserted, Mirror, MirrorError, RefundLimit, RefundLimits, RestoreOptions, restore,
};

use crate::support::*;

fn limits(per_refund: Option<i64>, per_day: Option<i64>, per_person: Option<i64>) -> RefundLimits {
    RefundLimits { currency: "usd".parse().unwrap(), per_refund, per_day, per_person }
}

fn by(mirror: &Mirror, system_user: &str) -> Mirror {
    mirror.acting(Acting { system_user: system_user.to_owned(), ..Acting::default() })
}

/// A payment of its own for each refund, so that only the limits are in the way.
async fn decide(
    mirror: &Mirror,
    account: AccountId,
    payment_id: &str,
    minor: i64,
    seconds: i64,
) -> Result<Intent, MirrorError> {
    mirror
        .commit_page(account, &[seen(Record::Payment(payment(payment_id, 100_000)), NOON)], None)
        .await
        .unwrap();
    let wished = Intent {
        state: IntentState::Prepared,
        created_at: at(NOON + seconds),
        ..intent(account, IntentKind::Refund, payment_id, minor)
    };
    let inserted = mirror.intents().insert_refund(&wished, 100_000).await?;
    assert_eq!(inserted, Inserted::New);
    Ok(wished)
}

fn over(result: Result<Intent, MirrorError>) -> (RefundLimit, i64) {
    match result.unwrap_err() {
        MirrorError::OverLimit { limit, most } => (limit, most.minor),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn limits_hold_for_one_refund_for_a_day_and_for_a_person() {
    let (_home, mirror, account) = shop().await;
    let (ada, bob) = (by(&mirror, "ada"), by(&mirror, "bob"));
    let day = 86_400;
    mirror.set_refund_limits(account, &limits(Some(500), Some(1_000), Some(700)), at(NOON)).await.unwrap();
    assert_eq!(over(decide(&ada, account, "ch_1", 501, 0).await), (RefundLimit::PerRefund, 500));
    let first = decide(&ada, account, "ch_1", 500, 0).await.unwrap();
    assert_eq!(over(decide(&ada, account, "ch_2", 201, 1).await), (RefundLimit::PerPerson, 700));
    decide(&ada, account, "ch_2", 200, 1).await.unwrap();
    assert_eq!(over(decide(&bob, account, "ch_3", 301, 2).await), (RefundLimit::PerDay, 1_000));
    decide(&bob, account, "ch_3", 300, 2).await.unwrap();
    assert_eq!(over(decide(&bob, account, "ch_4", 1, 3).await), (RefundLimit::PerDay, 1_000));
    // What the vendor refused gave nothing back.
    let refused = Intent { state: IntentState::Refused, ..first };
    assert!(mirror.intents().update(&refused, IntentState::Prepared).await.unwrap());
    decide(&ada, account, "ch_4", 500, 3).await.unwrap();
    assert_eq!(over(decide(&bob, account, "ch_5", 1, day - 1).await), (RefundLimit::PerDay, 1_000));
    // A day later the first ones count no more.
    decide(&ada, account, "ch_5", 200, day + 2).await.unwrap();
    // Another currency and another account have limits of their own.
    let other = add_account(&mirror, "other").await;
    decide(&ada, other, "ch_o", 90_000, 4).await.unwrap();
    mirror.set_refund_limits(account, &limits(None, None, None), at(NOON + 5)).await.unwrap();
    decide(&ada, account, "ch_6", 90_000, 6).await.unwrap();
    let changes = BookFilter { actions: vec!["limits_changed".to_owned()], ..BookFilter::default() };
    let lines = mirror.book().list(&changes, 10, None).await.unwrap().items;
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].facts["before"]["per_day"], 1_000);
}

#[tokio::test]
async fn a_copy_from_before_the_limits_were_set_does_not_take_them_away() {
    let (home, mirror, account) = shop().await;
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    mirror.set_refund_limits(account, &limits(Some(500), None, None), at(NOON)).await.unwrap();
    mirror.close().await.unwrap();
    let back = RestoreOptions {
        from: copy,
        path: home.file(),
        environment: Environment::Test,
        key: home.key.clone(),
        now: at(NOON + 9),
    };
    restore(&back).await.unwrap();
    let mirror = home.open().await;
    assert_eq!(mirror.refund_limits(account).await.unwrap(), [limits(Some(500), None, None)]);
}
