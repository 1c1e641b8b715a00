//! Intents that something comes in between of: a run that ends early, a disk that fills up while the
//! vendor works, a wish that is repeated.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use contract::home::{EnvironmentView, HomeView, ShowHome};
use contract::payments::{CreatePayment, WriteOutcome};
use contract::refunds::{
    AcknowledgeIntent, IssueRefund, ListRefunds, RefundAmount, RefundView, SettleRefunds,
};
use contract::sync::StartSync;
use contract::{ErrorCode, MoneyMoved};
use desk::{Connection, DeskOptions};
use domain::{Environment, RequestId};

use crate::disk::Disk;
use crate::support::{SANDBOX, TestHome, connected, go_wrong, refund, refundable, small_vendor};

async fn refunds(desk: &Connection) -> Vec<RefundView> {
    desk.call(SANDBOX, ListRefunds::default()).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_a_run_brought_before_it_ended_early_settles_its_intent() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    // It is carried out, and no answer ever comes back.
    go_wrong(&vendor, "POST /v1/refunds:reset-after");
    let lost = IssueRefund { wait_ms: Some(50), ..refund(&payment, "5.00") };
    let made = desk.call(SANDBOX, lost).await.unwrap();
    while refunds(&desk).await[0].state.as_deref() != Some("unsettled") {
        tokio::task::yield_now().await;
    }
    // The run reads the event and writes its refund down; what it does after that fails.
    go_wrong(&vendor, "GET /v1/balance_transactions:500");
    let run = desk.call(SANDBOX, StartSync { account: None, wait: true }).await.unwrap();
    assert_eq!(run.items[0].state, "failed", "{run:?}");
    let known = refunds(&desk).await;
    assert_eq!(known[0].state.as_deref(), Some("settled"), "{known:?}");
    assert_eq!(known[0].intent_id, made.intent_id);
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
}

async fn environment(desk: &Connection) -> (EnvironmentView, HomeView) {
    let home = desk.call(SANDBOX, ShowHome { thorough: false }).await.unwrap();
    let own = home.environments.iter().find(|one| one.environment == Environment::Sandbox).unwrap();
    (own.clone(), home)
}

#[tokio::test(flavor = "multi_thread")]
async fn d06_a_disk_that_fills_up_while_the_vendor_refunds_is_not_told_as_no_money_moved() {
    let Some(disk) = Disk::of("24m", "d06_a_disk_that_fills_up") else { return };
    let home = TestHome::new();
    let options = || DeskOptions { home: disk.path().join("home"), ..home.options(false) };
    let vendor = small_vendor().await;
    let desk = Connection::open(options()).await.unwrap();
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    desk.close().await;
    // Opened anew its log has no room of its own, so that each write needs some of the disk's.
    let desk = Connection::open(options()).await.unwrap();
    assert!(environment(&desk).await.0.writable);
    go_wrong(&vendor, "POST /v1/refunds:latency=1500");
    let sent = vendor.counters().requests.get("POST /v1/refunds").copied().unwrap_or(0);
    let refunding = tokio::spawn({
        let (desk, payment) = (desk.clone(), payment.clone());
        async move { desk.call(SANDBOX, refund(&payment, "5.00")).await }
    });
    while vendor.counters().requests.get("POST /v1/refunds").copied().unwrap_or(0) == sent {
        tokio::task::yield_now().await;
    }
    disk.fill();
    let answered = refunding.await.unwrap().unwrap();
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    assert_eq!(answered.state.as_deref(), Some("sent"), "{answered:?}");
    assert_eq!(answered.problem.as_deref(), Some("disk_full"), "{answered:?}");
    // The banner comes, and nothing else can be refunded meanwhile; that is certain.
    let (own, whole) = environment(&desk).await;
    assert!(!own.writable && whole.problems.iter().any(|one| one.code == "disk_full"), "{whole:?}");
    let error = desk.call(SANDBOX, refund(&payment, "1.00")).await.unwrap_err();
    assert_eq!((error.code, error.money_moved), (ErrorCode::DiskFull, MoneyMoved::No));
    // With room again the banner goes, and the same refund is found.
    go_wrong(&vendor, "");
    disk.make_room();
    let (own, whole) = environment(&desk).await;
    assert!(own.writable && whole.problems.is_empty(), "{whole:?}");
    let settled = desk.call(SANDBOX, SettleRefunds::default()).await.unwrap();
    assert_eq!(settled.items[0].state.as_deref(), Some("settled"), "{settled:?}");
    assert_eq!(settled.items[0].intent_id, answered.intent_id);
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_left_is_not_the_part_that_is_open() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    go_wrong(&vendor, "POST /v1/refunds:503");
    let part = IssueRefund { wait_ms: Some(50), ..refund(&payment, "5.00") };
    let open = desk.call(SANDBOX, part).await.unwrap();
    let all = IssueRefund { amount: RefundAmount::All, wait_ms: Some(50), ..refund(&payment, "") };
    let error = desk.call(SANDBOX, all).await.unwrap_err();
    assert_eq!((error.code, error.money_moved), (ErrorCode::OpenIntent, MoneyMoved::No));
    // The same part again is a repeat, and says so.
    let again = IssueRefund { wait_ms: Some(50), ..refund(&payment, "5.00") };
    let again = desk.call(SANDBOX, again).await.unwrap();
    assert_eq!((again.intent_id, again.repeated, open.repeated), (open.intent_id, true, false));
    desk.close().await;
}

async fn pay(desk: &Connection, amount: &str) -> WriteOutcome {
    let request = CreatePayment {
        request_id: RequestId::generate(),
        account: None,
        amount: amount.to_owned(),
        currency: "usd".to_owned(),
        customer: None,
        payment_method: Some("pm_card_visa".to_owned()),
        confirm: true,
        capture_later: false,
        description: Some("order 17".to_owned()),
    };
    desk.call(SANDBOX, request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_repeated_before_its_end_was_shown_charges_the_card_once() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let made = pay(&desk, "12.99").await;
    let again = pay(&desk, "12.99").await;
    assert_eq!((&again.id, &again.intent_id, again.repeated), (&made.id, &made.intent_id, true));
    assert!(made.id.is_some() && !made.repeated, "{made:?}");
    // Another amount is another wish, and so is the same one after its end was shown.
    let other = pay(&desk, "13.00").await;
    assert_ne!(other.id, made.id);
    desk.call(SANDBOX, AcknowledgeIntent { intent_id: made.intent_id.clone() }).await.unwrap();
    let second = pay(&desk, "12.99").await;
    assert!(second.id != made.id && !second.repeated, "{second:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_payment_asked_for_twice_at_one_time_charges_the_card_once() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    for amount in ["20.01", "20.02", "20.03", "20.04", "20.05"] {
        let (one, other) = tokio::join!(pay(&desk, amount), pay(&desk, amount));
        assert_eq!(one.intent_id, other.intent_id, "{one:?} {other:?}");
        assert!(one.repeated != other.repeated, "{one:?} {other:?}");
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_went_and_asked_again_has_one_refund_though_their_first_asking_goes_on() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    // The first asking waits to read the vendor again; the second is done and shown before that.
    go_wrong(&vendor, "GET /v1/refunds:500:1");
    let first = desk.call(SANDBOX, refund(&payment, "5.00"));
    let second = async {
        let made = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
        let intent_id = made.intent_id.clone().unwrap();
        desk.call(SANDBOX, AcknowledgeIntent { intent_id }).await.unwrap();
        made
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap().intent_id, second.intent_id);
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
}
