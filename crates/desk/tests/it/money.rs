//! Refunds that must not be made, and those that must not be mixed up (bad inputs M17 to M22).
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use contract::payments::CreatePayment;
use contract::refunds::{AcknowledgeIntent, IssueRefund, PreflightRefund, RefundAmount};
use contract::shared::Shell;
use contract::{ErrorCode, MoneyMoved, Scope};
use desk::Connection;
use domain::{Environment, RequestId};

use crate::support::{SANDBOX, TestHome, connected, find, refund, refundable, small_vendor, synced};

pub(crate) async fn pay(
    desk: &Connection,
    account: &str,
    amount: &str,
    method: &str,
    capture_later: bool,
) -> String {
    let request = CreatePayment {
        request_id: RequestId::generate(),
        account: Some(account.to_owned()),
        amount: amount.to_owned(),
        currency: "usd".to_owned(),
        customer: None,
        payment_method: Some(method.to_owned()),
        confirm: true,
        capture_later,
        description: None,
    };
    let made = desk.call(SANDBOX, request).await.unwrap();
    assert_eq!((made.state.as_str(), made.repeated), ("settled", false), "{made:?}");
    desk.call(SANDBOX, AcknowledgeIntent { intent_id: made.intent_id.clone() }).await.unwrap();
    synced(desk).await;
    made.id.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn m17_refund_of_refunded_charge() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    let all = IssueRefund { amount: RefundAmount::All, ..refund(&payment, "") };
    let made = desk.call(SANDBOX, all.clone()).await.unwrap();
    desk.call(SANDBOX, AcknowledgeIntent { intent_id: made.intent_id.unwrap() }).await.unwrap();
    for wish in [IssueRefund { request_id: RequestId::generate(), ..all }, refund(&payment, "0.50")] {
        let error = desk.call(SANDBOX, wish).await.unwrap_err();
        assert_eq!((error.code, error.money_moved), (ErrorCode::NothingLeft, MoneyMoved::No));
    }
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m18_refund_of_disputed_charge() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = &pay(&desk, "shop", "40.00", "pm_card_createDispute", false).await;
    let shown = desk.call(SANDBOX, PreflightRefund { payment: payment.clone() }).await.unwrap();
    assert_eq!(shown.blocked_by.as_deref(), Some("disputed"), "{shown:?}");
    let error = desk.call(SANDBOX, refund(payment, "5.00")).await.unwrap_err();
    assert_eq!((error.code, error.money_moved), (ErrorCode::Disputed, MoneyMoved::No));
    assert!(vendor.counters().refunds_by_charge.is_empty());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m19_refund_of_uncaptured_payment() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let intention = pay(&desk, "shop", "30.00", "pm_card_visa", true).await;
    let error = desk.call(SANDBOX, refund(&intention, "5.00")).await.unwrap_err();
    assert_eq!((error.code, error.money_moved), (ErrorCode::NotRefundable, MoneyMoved::No));
    assert!(vendor.counters().refunds_by_charge.is_empty());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m20_refund_of_test_charge_with_live_key() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    // What a window of another environment may do is done with the keys of that environment alone.
    for environment in [Environment::Live, Environment::Test] {
        let scope = Scope { environment: Some(environment), shell: Shell::Command };
        let error = desk.call(scope, refund(&payment, "5.00")).await.unwrap_err();
        assert!(
            matches!(error.code, ErrorCode::LiveLocked | ErrorCode::NoAccount),
            "{environment}: {error:?}"
        );
        assert_eq!(error.money_moved, MoneyMoved::No);
    }
    assert!(vendor.counters().refunds_by_charge.is_empty());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m21_refund_of_charge_of_another_account() {
    let config = |seed| sandbox::SandboxConfig { charges: 40, seed, ..sandbox::SandboxConfig::default() };
    let one = sandbox::Sandbox::start(config(1)).await.unwrap();
    let other = sandbox::Sandbox::start(config(2)).await.unwrap();
    let stranger = sandbox::Sandbox::start(config(3)).await.unwrap();
    let (home, elsewhere) = (TestHome::new(), TestHome::new());
    let desk = home.open().await;
    connected(&desk, &one, "one").await;
    connected(&desk, &other, "other").await;
    let intention = pay(&desk, "other", "25.00", "pm_card_visa", false).await;
    let made = desk.call(SANDBOX, refund(&intention, "5.00")).await.unwrap();
    assert_eq!((made.state.as_deref(), made.account.as_str()), (Some("settled"), "other"));
    assert!(one.counters().refunds_by_charge.is_empty());
    assert_eq!(other.counters().refunds_by_charge.len(), 1);
    // A payment of somebody who is not connected is nobody's here, whichever key is tried.
    let third = elsewhere.open().await;
    connected(&third, &stranger, "third").await;
    let foreign = pay(&third, "third", "25.00", "pm_card_visa", false).await;
    let error = desk.call(SANDBOX, refund(&foreign, "5.00")).await.unwrap_err();
    assert_eq!((error.code, error.money_moved), (ErrorCode::UnknownId, MoneyMoved::No), "{error:?}");
    assert!(stranger.counters().refunds_by_charge.is_empty());
    third.close().await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m22_two_charges_same_amount_same_day() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let first = pay(&desk, "shop", "77.31", "pm_card_visa", false).await;
    let second = pay(&desk, "shop", "77.31", "pm_card_visa", false).await;
    assert_ne!(first, second);
    let made = desk.call(SANDBOX, refund(&first, "77.31")).await.unwrap();
    assert_eq!(made.state.as_deref(), Some("settled"));
    synced(&desk).await;
    let both = find(&desk, "amount:77.31").await;
    let refunded: Vec<(Option<String>, i64)> =
        both.items.iter().map(|one| (one.payment_intent.clone(), one.refunded.minor)).collect();
    assert_eq!(both.items.len(), 2);
    assert!(
        refunded.contains(&(Some(first), 7_731)) && refunded.contains(&(Some(second), 0)),
        "{refunded:?}"
    );
    desk.close().await;
}
