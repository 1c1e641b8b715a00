//! An account at a simulated vendor, wired up as the Desk does it.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::{AccountId, Environment, Secret, Timestamp, Vendor};
use mirror::{AccountRow, KeyReference, Mirror, OpenOptions};
use operations::sync::{Run, Summary};
use operations::{Clock, OpenAccount, OperationError};
use sandbox::{Sandbox, SandboxConfig};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use transport::{AttemptRecord, AttemptSink, SystemClock};
use vendors::stripe::{Stripe, StripeConfig};

/// The machine's time, moved by a test.
#[derive(Default)]
pub(crate) struct MovedClock(AtomicI64);

impl MovedClock {
    pub(crate) fn move_hours(&self, hours: i64) {
        self.move_seconds(hours * 3_600);
    }

    pub(crate) fn move_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().plus_ms(self.0.load(Ordering::SeqCst))
    }
}

struct SystemTime;

impl SystemTime {
    fn now() -> Timestamp {
        operations::SystemClock.now()
    }
}

struct Nowhere;

impl AttemptSink for Nowhere {
    fn record(&self, _attempt: AttemptRecord) {}
}

pub(crate) struct World {
    pub(crate) vendor: Sandbox,
    pub(crate) account: OpenAccount,
    pub(crate) clock: Arc<MovedClock>,
    _folder: TempDir,
}

/// A simulated vendor with so many payments, and an account that was not mirrored yet.
pub(crate) async fn world(charges: u32) -> World {
    let vendor = Sandbox::start(SandboxConfig { charges, ..SandboxConfig::default() }).await.unwrap();
    let (base_url, key) = (vendor.base_url(), vendor.secret_key().to_owned());
    let (account, clock, folder) = account_at(&base_url, &key).await;
    World { vendor, account, clock, _folder: folder }
}

/// An account of a new mirror at any address of this machine.
pub(crate) async fn account_at(base_url: &str, key: &str) -> (OpenAccount, Arc<MovedClock>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home").join("mirror-sandbox.db");
    std::fs::create_dir(folder.path().join("home")).unwrap();
    let options = OpenOptions { path, environment: Environment::Sandbox, key: None, readers: 2 };
    let mirror = Mirror::open(options).await.unwrap();
    let clock = Arc::new(MovedClock::default());
    let row = AccountRow {
        id: AccountId::generate(),
        vendor: Vendor::Stripe,
        environment: Environment::Sandbox,
        label: "shop".parse().unwrap(),
        base_url: base_url.to_owned(),
        key_reference: KeyReference::Vault,
        write_key_reference: None,
        vendor_account_id: None,
        vendor_name: None,
        rights_json: "[]".to_owned(),
        default_currency: None,
        created_at: clock.now(),
        removed_at: None,
    };
    mirror.accounts().insert(&row).await.unwrap();
    let config = StripeConfig::new(row.id, base_url.parse().unwrap(), Secret::new(key));
    let stripe = Stripe::new(config, Arc::new(Nowhere), Arc::new(SystemClock::new())).unwrap();
    (OpenAccount { row, mirror, stripe, clock: clock.clone(), reads_back: true }, clock, folder)
}

/// The account with a connection that remembers no failures.
pub(crate) fn connected_anew(account: &OpenAccount, key: &str) -> OpenAccount {
    let base_url = account.row.base_url.parse().unwrap();
    let config = StripeConfig::new(account.row.id, base_url, Secret::new(key));
    let stripe = Stripe::new(config, Arc::new(Nowhere), Arc::new(SystemClock::new())).unwrap();
    OpenAccount { stripe, ..account.clone() }
}

/// Brings an account's mirror up to date.
pub(crate) async fn sync(account: &OpenAccount) -> Result<Summary, OperationError> {
    Run { account, cancel: CancellationToken::new(), report: &|_| {}, every_list: false }.sync().await
}

/// Does something at a vendor, past everything that is tested.
pub(crate) async fn call_vendor(vendor: &Sandbox, method: &str, path: &str, form: &str) -> serde_json::Value {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let base = vendor.base_url();
    let address = base.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
        vendor.secret_key(),
        form.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 "), "{answer}");
    serde_json::from_str(body).unwrap()
}
