//! Never more back than was taken.

use domain::Record;
use domain::intent::{IntentKind, IntentState};
use mirror::MirrorError;

use crate::support::*;

fn remaining(error: MirrorError) -> i64 {
    match error {
        MirrorError::OverRefund { remaining } => remaining.minor,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn m04_above_captured_by_1_and_m05_exact_remainder() {
    let (_home, mirror, account) = shop().await;
    mirror
        .commit_page(account, &[seen(Record::Refund(refund("re_1", "ch_1", 200)), NOON)], None)
        .await
        .unwrap();
    let above = intent(account, IntentKind::Refund, "ch_1", 301);
    assert_eq!(remaining(mirror.intents().insert_refund(&above, 500).await.unwrap_err()), 300);
    assert!(mirror.intents().by_id(above.id).await.unwrap().is_none());
    let exact = intent(account, IntentKind::Refund, "ch_1", 300);
    mirror.intents().insert_refund(&exact, 500).await.unwrap();
}

#[tokio::test]
async fn m01_amount_0_and_m02_minus_1_and_m03_i64_max() {
    let (_home, mirror, account) = shop().await;
    for minor in [0, -1, i64::MIN, i64::MAX] {
        let one = intent(account, IntentKind::Refund, "ch_1", minor);
        assert_eq!(remaining(mirror.intents().insert_refund(&one, 500).await.unwrap_err()), 500, "{minor}");
    }
    let huge = [
        seen(Record::Refund(refund("re_1", "ch_2", i64::MAX)), NOON),
        seen(Record::Refund(refund("re_2", "ch_2", i64::MAX)), NOON),
    ];
    mirror.commit_page(account, &huge, None).await.unwrap();
    let one = intent(account, IntentKind::Refund, "ch_2", 1);
    assert_eq!(mirror.intents().insert_refund(&one, 500).await.unwrap_err().code(), "sum_overflow");
}

#[tokio::test]
async fn m06_two_partials_above_total_in_parallel() {
    let (_home, mirror, account) = shop().await;
    for round in 0..20 {
        let target = format!("ch_{round}");
        let left = intent(account, IntentKind::Refund, &target, 300);
        let right = intent(account, IntentKind::Refund, &target, 300);
        let (first, second) =
            tokio::join!(async { mirror.intents().insert_refund(&left, 500).await }, async {
                mirror.intents().insert_refund(&right, 500).await
            });
        let refused = [first, second].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].code(), "open_intent_exists");
    }
}

#[tokio::test]
async fn settled_refunds_count_before_they_are_mirrored_and_once_after() {
    let (_home, mirror, account) = shop().await;
    let mut first = intent(account, IntentKind::Refund, "ch_1", 300);
    first.state = IntentState::Settled;
    first.object_id = Some("re_1".to_owned());
    mirror.intents().insert_refund(&first, 500).await.unwrap();
    let second = intent(account, IntentKind::Refund, "ch_1", 201);
    assert_eq!(remaining(mirror.intents().insert_refund(&second, 500).await.unwrap_err()), 200);
    mirror
        .commit_page(account, &[seen(Record::Refund(refund("re_1", "ch_1", 300)), NOON)], None)
        .await
        .unwrap();
    assert_eq!(remaining(mirror.intents().insert_refund(&second, 500).await.unwrap_err()), 200);
    let exact = intent(account, IntentKind::Refund, "ch_1", 200);
    mirror.intents().insert_refund(&exact, 500).await.unwrap();
}

#[tokio::test]
async fn m24_refund_later_turns_failed() {
    let (_home, mirror, account) = shop().await;
    let mut made = refund("re_1", "ch_1", 500);
    mirror.commit_page(account, &[seen(Record::Refund(made.clone()), NOON)], None).await.unwrap();
    let again = intent(account, IntentKind::Refund, "ch_1", 500);
    assert_eq!(remaining(mirror.intents().insert_refund(&again, 500).await.unwrap_err()), 0);
    made.status = "failed".into();
    mirror.commit_page(account, &[seen(Record::Refund(made), NOON + 1)], None).await.unwrap();
    mirror.intents().insert_refund(&again, 500).await.unwrap();
}

#[tokio::test]
async fn what_the_vendor_counted_holds_where_its_refunds_are_not_mirrored() {
    let (_home, mirror, account) = shop().await;
    let mut one = payment("ch_1", 500);
    one.refunded_minor = 400;
    mirror.commit_page(account, &[seen(Record::Payment(one), NOON)], None).await.unwrap();
    let above = intent(account, IntentKind::Refund, "ch_1", 101);
    assert_eq!(remaining(mirror.intents().insert_refund(&above, 500).await.unwrap_err()), 100);
}

#[tokio::test]
async fn m12_currency_differs_from_charge() {
    let (_home, mirror, account) = shop().await;
    mirror.commit_page(account, &[seen(Record::Payment(payment("ch_1", 500)), NOON)], None).await.unwrap();
    let mut euros = intent(account, IntentKind::Refund, "ch_1", 100);
    euros.amount = Some(money(100, "eur"));
    assert_eq!(mirror.intents().insert_refund(&euros, 500).await.unwrap_err().code(), "mirror_mismatch");
}
