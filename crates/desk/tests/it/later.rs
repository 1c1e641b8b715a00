//! Refunds that take their time, payments that were captured in part, and a network that lies.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::Arc;
use std::time::Duration;

use contract::accounts::{ConnectAccount, KeySource};
use contract::payments::{CapturePayment, CreatePayment};
use contract::refunds::{
    AcknowledgeIntent, CancelRefund, IssueRefund, ListRefunds, PreflightRefund, RefundAmount, RefundView,
    SettleRefunds,
};
use contract::sync::StartSync;
use contract::{ErrorCode, MoneyMoved, SecretText};
use desk::Connection;
use domain::{RequestId, Secret, Timestamp, Vendor};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{SANDBOX, TestHome, connected, go_wrong, refund, refundable, small_vendor, synced};

/// This machine's clock, so much ahead.
struct Ahead(Duration);

impl operations::Clock for Ahead {
    fn now(&self) -> Timestamp {
        operations::SystemClock.now().plus_ms(i64::try_from(self.0.as_millis()).unwrap())
    }
}

const TEN_DAYS: Duration = Duration::from_secs(10 * 86_400);

async fn paid(desk: &Connection, method: &str, capture_later: bool) -> String {
    let request = CreatePayment {
        request_id: RequestId::generate(),
        account: None,
        amount: "30.00".to_owned(),
        currency: "usd".to_owned(),
        customer: None,
        payment_method: Some(method.to_owned()),
        confirm: true,
        capture_later,
        description: None,
    };
    let made = desk.call(SANDBOX, request).await.unwrap();
    desk.call(SANDBOX, AcknowledgeIntent { intent_id: made.intent_id }).await.unwrap();
    made.id.unwrap()
}

fn all_of(payment: &str) -> IssueRefund {
    IssueRefund { amount: RefundAmount::All, ..refund(payment, "") }
}

async fn only_refund(desk: &Connection) -> RefundView {
    let listed = desk.call(SANDBOX, ListRefunds::default()).await.unwrap();
    assert_eq!(listed.total, 1, "{listed:?}");
    listed.items.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn m25_a_refund_that_is_pending_for_ten_days_is_neither_repeated_nor_free_to_be_refunded() {
    // Its clock stands, so that the refund stays as it is until it is told otherwise.
    let now = Some(operations::Clock::now(&operations::SystemClock).to_datetime());
    let config = sandbox::SandboxConfig { charges: 120, now, ..sandbox::SandboxConfig::default() };
    let vendor = sandbox::Sandbox::start(config).await.unwrap();
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = paid(&desk, "pm_card_pendingRefund", false).await;
    let made = desk.call(SANDBOX, all_of(&payment)).await.unwrap();
    assert_eq!((made.state.as_deref(), made.refund_status.as_deref()), (Some("settled"), Some("pending")));
    assert_eq!(made.stoppable, "at_vendor");
    let sent = vendor.counters().requests["POST /v1/refunds"];
    desk.close().await;
    // Ten days later by this machine's clock, and at the vendor it is as it was.
    let desk = Connection::open_at(home.options(false), Arc::new(Ahead(TEN_DAYS))).await.unwrap();
    desk.call(SANDBOX, SettleRefunds::default()).await.unwrap();
    let still = only_refund(&desk).await;
    assert_eq!((still.state.as_deref(), still.refund_status.as_deref()), (Some("settled"), Some("pending")));
    let preflight = desk.call(SANDBOX, PreflightRefund { payment: payment.clone() }).await.unwrap();
    assert_eq!((preflight.refundable.minor, preflight.blocked_by.as_deref()), (0, Some("nothing_left")));
    let error = desk.call(SANDBOX, refund(&payment, "1.00")).await.unwrap_err();
    assert_eq!((error.code, error.money_moved), (ErrorCode::NothingLeft, MoneyMoved::No));
    assert_eq!(vendor.counters().requests["POST /v1/refunds"], sent, "nothing was sent again");
    // When it arrives the list says so, and it is still one.
    vendor.advance(TEN_DAYS);
    synced(&desk).await;
    assert_eq!(only_refund(&desk).await.refund_status.as_deref(), Some("succeeded"));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_held_for_an_approval_is_open_until_it_is_decided_at_the_vendor() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    for (decision, ends, left) in [("approve", "succeeded", 2_000), ("decline", "canceled", 3_000)] {
        let payment = paid(&desk, "pm_card_reviewRefund", false).await;
        let held = desk.call(SANDBOX, refund(&payment, "10.00")).await.unwrap();
        assert_eq!(held.refund_status.as_deref(), Some("requires_review"), "{held:?}");
        assert_eq!(held.stoppable, "in_review");
        desk.call(SANDBOX, AcknowledgeIntent { intent_id: held.intent_id.unwrap() }).await.unwrap();
        // It may still go out, so its money is not there to be given back a second time.
        let error = desk.call(SANDBOX, refund(&payment, "20.01")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::OverRefund);
        let no = CancelRefund { request_id: RequestId::generate(), refund: held.refund_id.clone().unwrap() };
        let error = desk.call(SANDBOX, no).await.unwrap_err();
        assert_eq!((error.code, error.money_moved), (ErrorCode::NotCapturable, MoneyMoved::No), "{error:?}");
        decide(&vendor, &held.refund_id.unwrap(), decision).await;
        // What happened just now may still be held back in the feed.
        vendor.advance(Duration::from_secs(60));
        synced(&desk).await;
        let listed = desk.call(SANDBOX, ListRefunds::default()).await.unwrap();
        assert_eq!(listed.items[0].refund_status.as_deref(), Some(ends), "{listed:?}");
        let preflight = desk.call(SANDBOX, PreflightRefund { payment }).await.unwrap();
        assert_eq!(preflight.refundable.minor, left);
    }
    desk.close().await;
}

/// Somebody decides in the vendor's dashboard.
async fn decide(vendor: &sandbox::Sandbox, refund: &str, decision: &str) {
    let base = vendor.base_url();
    let address = base.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /v1/test_helpers/refunds/{refund}/{decision} HTTP/1.0\r\nHost: {address}\r\n\
         Authorization: Bearer {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        vendor.secret_key()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_payment_that_was_captured_in_part_no_more_goes_back_than_was_captured() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = paid(&desk, "pm_card_visa", true).await;
    let capture = CapturePayment {
        request_id: RequestId::generate(),
        payment: payment.clone(),
        amount: Some("12.50".to_owned()),
    };
    desk.call(SANDBOX, capture).await.unwrap();
    synced(&desk).await;
    let preflight = desk.call(SANDBOX, PreflightRefund { payment: payment.clone() }).await.unwrap();
    assert_eq!((preflight.refundable.minor, preflight.payment.amount.minor), (1_250, 3_000));
    for amount in ["12.51", "30.00"] {
        let error = desk.call(SANDBOX, refund(&payment, amount)).await.unwrap_err();
        assert_eq!((error.code, error.money_moved), (ErrorCode::OverRefund, MoneyMoved::No), "{amount}");
    }
    let made = desk.call(SANDBOX, all_of(&payment)).await.unwrap();
    assert_eq!((made.state.as_deref(), made.amount.unwrap().minor), (Some("settled"), 1_250));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn u12_a_key_without_the_right_to_refund_is_told_so_and_nothing_moved() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    let key = KeySource::Text { key: SecretText(Secret::new(vendor.restricted_key_without_refunds())) };
    let request = ConnectAccount {
        vendor: Vendor::Stripe,
        label: "shop".to_owned(),
        base_url: Some(vendor.base_url()),
        key,
    };
    let connected = desk.call(SANDBOX, request).await.unwrap();
    let denied =
        connected.account.rights.iter().any(|one| one.right.contains("refund") && one.answer == "denied");
    assert!(denied, "{:?}", connected.account.rights);
    let started = desk.call(SANDBOX, StartSync { account: None, wait: true }).await.unwrap();
    assert_eq!(started.items.len(), 1);
    let payment = refundable(&desk).await;
    match desk.call(SANDBOX, refund(&payment, "5.00")).await {
        Ok(view) => {
            assert_eq!((view.state.as_deref(), view.stoppable.as_str()), (Some("refused"), "no"), "{view:?}");
            assert_eq!(view.problem.as_deref(), Some("vendor_forbidden"));
        }
        Err(error) => {
            assert_eq!((error.code, error.money_moved), (ErrorCode::VendorForbidden, MoneyMoved::No));
        }
    }
    assert!(vendor.counters().refunds_by_charge.is_empty());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t06_behind_a_captive_portal_nothing_is_decided_and_what_was_sent_is_found_out_later() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    // The portal answers everything with its own page.
    go_wrong(&vendor, "html");
    let error = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap_err();
    assert_eq!((error.code, error.money_moved), (ErrorCode::VendorUnreadable, MoneyMoved::No), "{error:?}");
    assert_eq!(desk.call(SANDBOX, ListRefunds::default()).await.unwrap().total, 0);
    // The network changes between the questions and the refund.
    go_wrong(&vendor, "POST /v1/refunds:html");
    let lost = IssueRefund { wait_ms: Some(50), ..refund(&payment, "5.00") };
    let lost = desk.call(SANDBOX, lost).await.unwrap();
    assert!(!matches!(lost.state.as_deref(), Some("refused" | "canceled" | "settled")), "{lost:?}");
    go_wrong(&vendor, "");
    let request = SettleRefunds { intent_id: lost.intent_id.clone(), wait_ms: None };
    desk.call(SANDBOX, request).await.unwrap();
    assert_eq!(only_refund(&desk).await.state.as_deref(), Some("settled"));
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
}
