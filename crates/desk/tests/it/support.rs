//! A home of its own for each test, with the passphrase vault.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use contract::accounts::{ConnectAccount, KeySource, OpenSandbox};
use contract::payments::{CountPayments, FindPayments, FoundPayments};
use contract::refunds::{IssueRefund, RefundAmount};
use contract::shared::{ListRange, Shell};
use contract::sync::StartSync;
use contract::{Scope, SecretText};
use desk::{Connection, DeskOptions};
use domain::{Environment, RequestId, Secret, Vendor};
use tempfile::TempDir;

pub(crate) const SANDBOX: Scope = Scope { environment: Some(Environment::Sandbox), shell: Shell::Command };

/// Tests must not touch the keychain of the machine they run on, so each home has its own vault.
pub(crate) struct TestHome {
    pub(crate) folder: TempDir,
}

impl TestHome {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn options(&self, background: bool) -> DeskOptions {
        DeskOptions {
            home: self.folder.path().join("home"),
            shell: Shell::Command,
            passphrase: Some(Secret::new("correct horse battery staple")),
            background,
            vault: Some("passphrase".to_owned()),
        }
    }

    pub(crate) async fn open(&self) -> Connection {
        Connection::open(self.options(false)).await.unwrap()
    }
}

/// A small simulated vendor of the test's own.
pub(crate) async fn small_vendor() -> sandbox::Sandbox {
    let config = sandbox::SandboxConfig { charges: 120, ..sandbox::SandboxConfig::default() };
    sandbox::Sandbox::start(config).await.unwrap()
}

/// What goes wrong at the vendor from now on. Connecting probes the key's rights with writes that
/// hit nothing, so faults that are meant for a refund are set after it.
pub(crate) fn go_wrong(vendor: &sandbox::Sandbox, faults: &str) {
    vendor.set_faults(faults.parse().unwrap());
}

/// Connects to a vendor of the test's own and mirrors it.
pub(crate) async fn connected(desk: &Connection, vendor: &sandbox::Sandbox, label: &str) {
    let key = KeySource::Text { key: SecretText(Secret::new(vendor.secret_key())) };
    let request = ConnectAccount {
        vendor: Vendor::Stripe,
        label: label.to_owned(),
        base_url: Some(vendor.base_url()),
        key,
    };
    desk.call(SANDBOX, request).await.unwrap();
    synced(desk).await;
}

pub(crate) async fn synced(desk: &Connection) {
    let done = desk.call(SANDBOX, StartSync { account: None, wait: true }).await.unwrap();
    for sync in done.items {
        assert_eq!(sync.state, "complete", "{sync:?}");
    }
}

/// The built-in sandbox, opened and mirrored.
pub(crate) async fn built_in(desk: &Connection) {
    desk.call(SANDBOX, OpenSandbox {}).await.unwrap();
    synced(desk).await;
}

pub(crate) async fn find(desk: &Connection, query: &str) -> FoundPayments {
    let range = ListRange { limit: Some(100), after: None };
    let request = FindPayments { query: query.to_owned(), account: None, range };
    desk.call(SANDBOX, request).await.unwrap()
}

/// How many payments a search finds in all.
pub(crate) async fn count(desk: &Connection, query: &str) -> u64 {
    let request = CountPayments { query: query.to_owned(), account: None, exact: true };
    desk.call(SANDBOX, request).await.unwrap().payments
}

/// A payment that can be refunded: succeeded, whole, of more than ten units.
pub(crate) async fn refundable(desk: &Connection) -> String {
    let found = find(desk, "status:succeeded currency:usd").await;
    let whole =
        |one: &&contract::payments::PaymentView| one.captured.minor > 2_000 && one.state == "succeeded";
    found.items.iter().find(whole).unwrap().id.clone()
}

pub(crate) fn refund(payment: &str, amount: &str) -> IssueRefund {
    IssueRefund {
        request_id: RequestId::generate(),
        payment: payment.to_owned(),
        amount: RefundAmount::Exactly { amount: amount.to_owned() },
        reason: None,
        note: None,
        ticket: None,
        wait_ms: None,
        undo_seconds: None,
        approval: None,
    }
}
