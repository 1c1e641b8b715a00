//! Connect, mirror, find, go_wrong, refund: the main job, and what goes wrong in it.

use contract::payments::{Show, Shown};
use contract::refunds::{AcknowledgeIntent, ListRefunds, PreflightRefund, RefundAmount, SettleRefunds};
use contract::{ErrorCode, MoneyMoved};

use crate::support::{
    SANDBOX, TestHome, built_in, connected, find, go_wrong, refund, refundable, small_vendor, synced,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_on_the_built_in_sandbox() {
    let home = TestHome::new();
    let desk = home.open().await;
    built_in(&desk).await;
    let payment = refundable(&desk).await;
    let before = desk.call(SANDBOX, PreflightRefund { payment: payment.clone() }).await.unwrap();
    assert_eq!(before.blocked_by, None);
    let made = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    assert_eq!((made.state.as_deref(), made.refund_status.as_deref()), (Some("settled"), Some("succeeded")));
    let Shown::Payment(detail) = desk.call(SANDBOX, Show { id: payment.clone() }).await.unwrap() else {
        panic!("a payment's id shows a payment");
    };
    assert_eq!(detail.payment.refunded.minor, 500);
    assert_eq!(detail.payment.state, "partially_refunded");
    assert!(detail.timeline.iter().any(|entry| entry.what == "refund_succeeded"));
    let email = detail.payment.email.clone().unwrap();
    assert!(find(&desk, &email).await.items.iter().any(|one| one.id == payment));
    let after = desk.call(SANDBOX, PreflightRefund { payment }).await.unwrap();
    assert_eq!(after.refundable.minor, before.refundable.minor - 500);
    desk.close().await;
    // What was done survives a restart of everything, the simulated vendor included.
    let desk = home.open().await;
    synced(&desk).await;
    let listed = desk.call(SANDBOX, ListRefunds::default()).await.unwrap();
    assert_eq!(listed.items[0].refund_id, made.refund_id);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p32_an_answer_lost_after_execution_is_settled_under_the_same_key() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    go_wrong(&vendor, "POST /v1/refunds:reset-after:1");
    let payment = refundable(&desk).await;
    let made = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    assert_eq!(made.state.as_deref(), Some("settled"), "{made:?}");
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_fails_for_longer_than_one_waits_leaves_it_unsettled_and_then_settles_it() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    go_wrong(&vendor, "POST /v1/refunds:503");
    let payment = refundable(&desk).await;
    let impatient = contract::refunds::IssueRefund { wait_ms: Some(50), ..refund(&payment, "5.00") };
    let waiting = desk.call(SANDBOX, impatient).await.unwrap();
    assert!(matches!(waiting.state.as_deref(), Some("prepared" | "sent" | "unsettled")), "{waiting:?}");
    go_wrong(&vendor, "");
    let settled = desk.call(SANDBOX, SettleRefunds::default()).await.unwrap();
    assert_eq!(settled.items[0].state.as_deref(), Some("settled"), "{settled:?}");
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_repeated_before_its_end_was_shown_is_answered_with_the_same_refund() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    let made = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    let again = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    assert_eq!(made.intent_id, again.intent_id);
    assert!(again.repeated && !made.repeated, "{again:?}");
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    // M23: once it was shown, an equal partial refund is a new and legitimate one.
    let intent_id = made.intent_id.clone().unwrap();
    desk.call(SANDBOX, AcknowledgeIntent { intent_id }).await.unwrap();
    let second = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    assert_ne!(made.intent_id, second.intent_id);
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&2));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m01_to_m05_amounts_that_cannot_be_are_refused_before_anything_leaves() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    let cases = [
        ("0", ErrorCode::BadAmount),
        ("-1", ErrorCode::BadAmount),
        ("12,99", ErrorCode::BadAmount),
        ("1e3", ErrorCode::BadAmount),
        ("99999999999999999999", ErrorCode::BadAmount),
        ("92233720368547758.07", ErrorCode::OverRefund),
    ];
    for (amount, code) in cases {
        let error = desk.call(SANDBOX, refund(&payment, amount)).await.unwrap_err();
        assert_eq!((error.code, error.money_moved), (code, MoneyMoved::No), "{amount}");
    }
    let left = desk.call(SANDBOX, PreflightRefund { payment: payment.clone() }).await.unwrap().refundable;
    let over = domain::Money::new(left.minor + 1, left.currency).to_decimal(domain::ExponentTable::Stripe);
    assert_eq!(desk.call(SANDBOX, refund(&payment, &over)).await.unwrap_err().code, ErrorCode::OverRefund);
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), None);
    let all = contract::refunds::IssueRefund { amount: RefundAmount::All, ..refund(&payment, "") };
    let made = desk.call(SANDBOX, all.clone()).await.unwrap();
    assert_eq!(made.amount, Some(left));
    let intent_id = made.intent_id.unwrap();
    desk.call(SANDBOX, AcknowledgeIntent { intent_id }).await.unwrap();
    let again = contract::refunds::IssueRefund { request_id: domain::RequestId::generate(), ..all };
    assert_eq!(desk.call(SANDBOX, again).await.unwrap_err().code, ErrorCode::NothingLeft);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn v01_a_card_number_is_refused_in_a_note_and_in_a_search() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    let noted = contract::refunds::IssueRefund {
        note: Some("card 4242 4242 4242 4242".to_owned()),
        ..refund(&payment, "5.00")
    };
    assert_eq!(desk.call(SANDBOX, noted).await.unwrap_err().code, ErrorCode::CardNumber);
    let query = contract::payments::FindPayments {
        query: "4242424242424242".to_owned(),
        ..contract::payments::FindPayments::default()
    };
    assert_eq!(desk.call(SANDBOX, query).await.unwrap_err().code, ErrorCode::CardNumber);
    desk.close().await;
}
