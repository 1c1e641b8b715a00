//! Two keys for an account: each may do only its half, and together they do all.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use contract::accounts::{AccountView, CheckAccount, ConnectAccount, KeySource, RemoveAccount, SetWriteKey};
use contract::book::ListBook;
use contract::refunds::{AcknowledgeIntent, WithdrawIntent};
use contract::{ErrorBody, ErrorCode, MoneyMoved, SecretText};
use desk::Connection;
use domain::{Secret, Vendor};

use crate::support::{SANDBOX, TestHome, connected, go_wrong, refund, refundable, small_vendor, synced};

fn text(key: &str) -> KeySource {
    KeySource::Text { key: SecretText(Secret::new(key)) }
}

/// Connects with a key that may read all and write nothing.
async fn read_only(desk: &Connection, vendor: &sandbox::Sandbox) -> AccountView {
    let request = ConnectAccount {
        vendor: Vendor::Stripe,
        label: "shop".to_owned(),
        base_url: Some(vendor.base_url()),
        key: text(vendor.restricted_key_read_only()),
    };
    let connected = desk.call(SANDBOX, request).await.unwrap();
    synced(desk).await;
    connected.account
}

async fn set(desk: &Connection, key: Option<&str>) -> Result<AccountView, ErrorBody> {
    desk.call(SANDBOX, SetWriteKey { label: "shop".to_owned(), key: key.map(text) }).await
}

fn answer<'a>(account: &'a AccountView, right: &str) -> (&'a str, &'a str) {
    let found = account.rights.iter().find(|one| one.right == right).unwrap();
    (found.answer.as_str(), found.permission.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_go_by_the_first_key_and_what_moves_money_by_the_second() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    let alone = read_only(&desk, &vendor).await;
    assert_eq!(alone.write_key_location, None);
    assert_eq!(answer(&alone, "write refunds"), ("denied", "Charges and Refunds: Write"));
    for (right, permission) in
        [("read payments", "Charges and Refunds: Read"), ("read balance_entries", "Balance: Read")]
    {
        assert_eq!(answer(&alone, right), ("allowed", permission));
    }
    assert!(alone.rights.iter().all(|one| !one.permission.is_empty()), "{:?}", alone.rights);
    let payment = refundable(&desk).await;
    let refused = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    assert_eq!(
        (refused.state.as_deref(), refused.problem.as_deref()),
        (Some("refused"), Some("vendor_forbidden"))
    );
    desk.call(SANDBOX, AcknowledgeIntent { intent_id: refused.intent_id.unwrap() }).await.unwrap();
    // The second key may read nothing at all, so each call that is answered went by the right one.
    let both = set(&desk, Some(vendor.restricted_key_writes_alone())).await.unwrap();
    assert_eq!(both.write_key_location.as_deref(), Some("vault"));
    assert_eq!(answer(&both, "write refunds").0, "allowed");
    assert_eq!(
        (answer(&both, "write payments").0, answer(&both, "write customers").0),
        ("allowed", "denied")
    );
    assert_eq!(answer(&both, "read payments").0, "allowed");
    let made = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    assert_eq!((made.state.as_deref(), made.refund_status.as_deref()), (Some("settled"), Some("succeeded")));
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    synced(&desk).await;
    let checked = desk.call(SANDBOX, CheckAccount { label: "shop".to_owned() }).await.unwrap();
    assert_eq!(checked.rights, both.rights);
    desk.close().await;
    // And in a process that comes later, from the vault.
    let desk = home.open().await;
    let made = desk.call(SANDBOX, refund(&payment, "6.00")).await.unwrap();
    assert_eq!(made.refund_status.as_deref(), Some("succeeded"));
    desk.call(SANDBOX, AcknowledgeIntent { intent_id: made.intent_id.unwrap() }).await.unwrap();
    let alone = set(&desk, None).await.unwrap();
    assert_eq!((alone.write_key_location.as_deref(), answer(&alone, "write refunds").0), (None, "denied"));
    let refused = desk.call(SANDBOX, refund(&payment, "7.00")).await.unwrap();
    assert_eq!(refused.state.as_deref(), Some("refused"));
    let lines = desk.call(SANDBOX, ListBook::default()).await.unwrap().items;
    for action in ["account_write_key_set", "account_write_key_removed"] {
        assert!(lines.iter().any(|line| line.action == action), "{action}");
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_key_that_cannot_be_one_is_refused_and_not_kept() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    read_only(&desk, &vendor).await;
    let config = sandbox::SandboxConfig { charges: 120, seed: 77, ..sandbox::SandboxConfig::default() };
    let other = sandbox::Sandbox::start(config).await.unwrap();
    for (key, code) in [
        (vendor.restricted_key_read_only().to_owned(), ErrorCode::KeyCannotWrite),
        (other.secret_key().to_owned(), ErrorCode::VendorUnauthorized),
        ("pk_test_1234567890abcdef".to_owned(), ErrorCode::KeyPublishable),
        ("sk_live_1234567890abcdefghij".to_owned(), ErrorCode::KeyLiveInTest),
        ("nonsense".to_owned(), ErrorCode::KeyWrongVendor),
    ] {
        let error = set(&desk, Some(&key)).await.unwrap_err();
        assert_eq!((error.code, error.money_moved), (code, MoneyMoved::No));
    }
    let dotenv = KeySource::Dotenv { path: "/none".to_owned() };
    let request = SetWriteKey { label: "shop".to_owned(), key: Some(dotenv) };
    assert_eq!(desk.call(SANDBOX, request).await.unwrap_err().code, ErrorCode::BadRequest);
    let kept = set(&desk, None).await.unwrap();
    assert_eq!(kept.write_key_location, None);
    // With the account both keys go.
    set(&desk, Some(vendor.restricted_key_writes_alone())).await.unwrap();
    desk.call(SANDBOX, RemoveAccount { label: "shop".to_owned() }).await.unwrap();
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_changed_under_what_has_no_end_yet() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    let narrow = vendor.restricted_key_writes_alone().to_owned();

    // A refund that waits to be sent holds the key it was meant for.
    let mut later = refund(&payment, "5.00");
    later.undo_seconds = Some(60);
    let waiting = desk.call(SANDBOX, later).await.unwrap();
    let refused = set(&desk, Some(&narrow)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::KeyInUse);
    assert_eq!(refused.params["count"], "1");
    desk.call(SANDBOX, WithdrawIntent { intent_id: waiting.intent_id.unwrap() }).await.unwrap();
    set(&desk, Some(&narrow)).await.unwrap();

    // And so does one of which nobody knows yet whether it was carried out.
    go_wrong(&vendor, "POST /v1/refunds:reset-after");
    let mut lost = refund(&payment, "5.00");
    lost.wait_ms = Some(100);
    let unsettled = desk.call(SANDBOX, lost).await.unwrap();
    for key in [None, Some(vendor.restricted_key_writes_alone())] {
        let refused = set(&desk, key).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.money_moved),
            (ErrorCode::KeyInUse, MoneyMoved::No),
            "{unsettled:?}"
        );
    }
}
