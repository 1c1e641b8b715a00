//! Runs of refunds that something comes in between of: rows that go wrong at the vendor or later, a key without
//! the right, a disk that fills up, a Desk that closes in the middle.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::time::Duration;

use contract::SecretText;
use contract::accounts::{ConnectAccount, KeySource};
use contract::bulk::{BulkRunState, BulkRunView};
use contract::payments::{FindPayments, PaymentView};
use contract::shared::ListRange;
use contract::sync::StartSync;
use desk::{Connection, DeskOptions};
use domain::{Secret, Vendor};

use crate::bulk::{begin, count, imported, minor, rested, rows, run_to_its_end, shown, whole_payments};
use crate::disk::Disk;
use crate::money::pay;
use crate::support::{SANDBOX, TestHome, connected, go_wrong, small_vendor, synced};

/// The rows of some payments, one dollar of each.
fn one_dollar(payments: &[PaymentView]) -> String {
    payments.iter().map(|one| format!("{},1.00\n", one.id)).collect()
}

/// How often the vendor was asked for a refund.
fn asked(vendor: &sandbox::Sandbox) -> u64 {
    vendor.counters().requests.get("POST /v1/refunds").copied().unwrap_or(0)
}

async fn asked_once(vendor: &sandbox::Sandbox) {
    while asked(vendor) == 0 {
        tokio::task::yield_now().await;
    }
}

/// Every payment was refunded once, and the run says the same.
fn each_once(vendor: &sandbox::Sandbox, payments: &[PaymentView], done: &BulkRunView) {
    let wanted = payments.len() as u64;
    assert_eq!((done.state, count(done, "settled")), (BulkRunState::Done, wanted), "{done:?}");
    assert_eq!(minor(done, "settled"), i64::try_from(wanted).unwrap() * 100);
    let counted = vendor.counters().refunds_by_charge;
    assert!(payments.iter().all(|one| counted.get(&one.id) == Some(&1)), "{counted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn m26_bulk_500_with_one_bad_row() {
    let config = sandbox::SandboxConfig { charges: 2_500, ..sandbox::SandboxConfig::default() };
    let vendor = sandbox::Sandbox::start(config).await.unwrap();
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let (mut payments, mut after) = (Vec::new(), None);
    while payments.len() < 499 {
        let range = ListRange { limit: Some(1_000), after };
        let query = "status:succeeded currency:usd amount:>6".to_owned();
        let page = desk.call(SANDBOX, FindPayments { query, account: None, range }).await.unwrap();
        payments
            .extend(page.items.into_iter().filter(|one| one.refunded.minor == 0 && one.state == "succeeded"));
        assert!(
            page.next.is_some() || payments.len() >= 499,
            "the vendor has too few payments for this test"
        );
        after = page.next;
    }
    payments.truncate(499);
    let mut text = one_dollar(&payments);
    text.insert_str(text.len() / 2 + text[text.len() / 2..].find('\n').unwrap() + 1, "ch_nobody,1.00\n");
    let run = imported(&desk, &text).await;
    assert_eq!((run.rows, run.to_send, count(&run, "blocked")), (500, 499, 1));
    let done = run_to_its_end(&desk, &run).await;
    assert_eq!(count(&done, "blocked"), 1);
    each_once(&vendor, &payments, &done);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m24_m25_rows_whose_refunds_wait_or_fail_later_are_told_as_they_are_by_then() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let fails = pay(&desk, "shop", "30.00", "pm_card_refundFail", false).await;
    let waits = pay(&desk, "shop", "40.00", "pm_card_pendingRefund", false).await;
    let good = pay(&desk, "shop", "50.00", "pm_card_visa", false).await;
    let run = imported(&desk, &format!("{fails},3.00\n{waits},4.00\n{good},5.00\n")).await;
    let done = run_to_its_end(&desk, &run).await;
    assert_eq!((done.state, minor(&done, "settled")), (BulkRunState::Done, 1_200), "{done:?}");
    // What went wrong later is no more told as given back, and what waited has arrived.
    vendor.advance(Duration::from_secs(40 * 86_400));
    synced(&desk).await;
    let later = shown(&desk, &run).await;
    assert_eq!((minor(&later, "settled"), minor(&later, "failed")), (900, 300), "{later:?}");
    let ends: Vec<(String, Option<String>)> =
        rows(&desk, &run).await.into_iter().map(|row| (row.state, row.refund_status)).collect();
    let end = |state: &str, status: &str| (state.to_owned(), Some(status.to_owned()));
    assert_eq!(ends, [end("failed", "failed"), end("settled", "succeeded"), end("settled", "succeeded")]);
    // The failed one may be sent once more by another file, and is not taken for a repeat.
    let again = imported(&desk, &format!("{fails},3.00\n")).await;
    assert_eq!(again.to_send, 1, "{again:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_u12_a_key_without_the_right_to_refund_pauses_the_run_at_its_first_row() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    let key = KeySource::Text { key: SecretText(Secret::new(vendor.restricted_key_without_refunds())) };
    let (label, base_url) = ("shop".to_owned(), Some(vendor.base_url()));
    desk.call(SANDBOX, ConnectAccount { vendor: Vendor::Stripe, label, base_url, key }).await.unwrap();
    desk.call(SANDBOX, StartSync { account: None, wait: true }).await.unwrap();
    let run = imported(&desk, &one_dollar(&whole_payments(&desk, 10).await)).await;
    let paused = run_to_its_end(&desk, &run).await;
    assert_eq!((paused.state, paused.problem.as_deref()), (BulkRunState::Paused, Some("vendor_forbidden")));
    assert!(paused.to_send >= 9, "{paused:?}");
    assert!(vendor.counters().refunds_by_charge.is_empty());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_401_mid_run_pauses_it_with_the_reason_and_it_goes_on_once_the_key_is_mended() {
    // More rows than are sent at once, so that some have not left when the key is revoked.
    let config = sandbox::SandboxConfig { charges: 600, ..sandbox::SandboxConfig::default() };
    let vendor = sandbox::Sandbox::start(config).await.unwrap();
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 60).await;
    let run = imported(&desk, &one_dollar(&payments)).await;
    go_wrong(&vendor, "latency=20");
    begin(&desk, &run, false).await.unwrap();
    while vendor.counters().refunds_by_charge.len() < 5 {
        tokio::task::yield_now().await;
    }
    // Revoked, the key is good for nothing more, neither for looking nor for refunding.
    go_wrong(&vendor, "latency=20,401");
    let paused = rested(&desk, &run).await;
    assert_eq!(
        (paused.state, paused.problem.as_deref()),
        (BulkRunState::Paused, Some("vendor_unauthorized")),
        "{paused:?}"
    );
    let given = vendor.counters().refunds_by_charge;
    assert!(given.len() < payments.len() && given.values().all(|refunds| *refunds == 1), "{given:?}");
    assert_eq!(
        count(&paused, "settled"),
        given.len() as u64,
        "what was given back is told as that: {paused:?}"
    );
    assert!(paused.to_send > 0, "rows that had not left are as they were: {paused:?}");
    // Going on with the revoked key costs one row at most, and moves nothing.
    begin(&desk, &run, true).await.unwrap();
    let again = rested(&desk, &run).await;
    assert_eq!(again.problem.as_deref(), Some("vendor_unauthorized"));
    assert!(again.to_send + 1 >= paused.to_send, "{again:?}");
    assert_eq!(vendor.counters().refunds_by_charge, given);
    go_wrong(&vendor, "");
    begin(&desk, &run, true).await.unwrap();
    let done = rested(&desk, &run).await;
    let refused = count(&done, "refused");
    assert_eq!((done.state, count(&done, "settled") + refused), (BulkRunState::Done, 60), "{done:?}");
    // What the vendor turned away was given back to nobody, and may come in another file without being a repeat.
    let left: Vec<PaymentView> = payments
        .iter()
        .filter(|one| !vendor.counters().refunds_by_charge.contains_key(&one.id))
        .cloned()
        .collect();
    assert_eq!(left.len() as u64, refused);
    if refused > 0 {
        let rest = imported(&desk, &one_dollar(&left)).await;
        assert_eq!(rest.to_send, refused, "{rest:?}");
        run_to_its_end(&desk, &rest).await;
    }
    let given = vendor.counters().refunds_by_charge;
    assert!(payments.iter().all(|one| given.get(&one.id) == Some(&1)), "{given:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t08_a_run_that_the_desk_is_closed_in_the_middle_of_is_gone_on_with_to_the_cent() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 30).await;
    let run = imported(&desk, &one_dollar(&payments)).await;
    go_wrong(&vendor, "POST /v1/refunds:latency=200");
    begin(&desk, &run, false).await.unwrap();
    asked_once(&vendor).await;
    desk.close().await;
    go_wrong(&vendor, "");
    let desk = home.open().await;
    let cut_off = shown(&desk, &run).await;
    assert_eq!((cut_off.state, cut_off.problem.as_deref()), (BulkRunState::Paused, Some("interrupted")));
    assert!(count(&cut_off, "settled") < 30, "{cut_off:?}");
    begin(&desk, &run, true).await.unwrap();
    each_once(&vendor, &payments, &rested(&desk, &run).await);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d06_a_disk_that_fills_up_in_the_middle_of_a_run_pauses_it_and_doubles_nothing() {
    let Some(disk) = Disk::of("24m", "d06_a_disk_that_fills_up_in_the_middle_of_a_run") else { return };
    let home = TestHome::new();
    let options = || DeskOptions { home: disk.path().join("home"), ..home.options(false) };
    let vendor = small_vendor().await;
    let desk = Connection::open(options()).await.unwrap();
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 20).await;
    let run = imported(&desk, &one_dollar(&payments)).await;
    desk.close().await;
    // Opened anew its log has no room of its own, so that each write needs some of the disk's.
    let desk = Connection::open(options()).await.unwrap();
    go_wrong(&vendor, "POST /v1/refunds:latency=1000");
    begin(&desk, &run, false).await.unwrap();
    asked_once(&vendor).await;
    disk.fill();
    let paused = rested(&desk, &run).await;
    assert_eq!(paused.state, BulkRunState::Paused, "{paused:?}");
    assert!(count(&paused, "not_sent") == 0 && count(&paused, "settled") < 20, "{paused:?}");
    go_wrong(&vendor, "");
    disk.make_room();
    let mut done = shown(&desk, &run).await;
    while count(&done, "settled") < 20 {
        begin(&desk, &run, true).await.unwrap();
        done = rested(&desk, &run).await;
    }
    each_once(&vendor, &payments, &done);
    desk.close().await;
}
