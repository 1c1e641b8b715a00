//! What a history plays on: a vendor that many share, and a file, a client and a clock of its own.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;
use std::time::Duration;

use domain::{AccountId, Environment, Secret, Timestamp, Vendor};
use mirror::{AccountRow, KeyReference, Mirror, OpenOptions};
use operations::{Clock, OpenAccount};
use sandbox::{Sandbox, SandboxConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use transport::{AttemptRecord, AttemptSink, SystemClock};
use vendors::stripe::{Stripe, StripeConfig};

/// Polls a future at most so often, and then drops it where it stands, as a kill does: nothing is told to stop. All
/// of it where there is no limit.
pub(super) async fn cut_off<T>(polls: Option<u32>, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = polls;
    poll_fn(|context| {
        match &mut left {
            Some(0) => return Poll::Ready(None),
            Some(left) => *left -= 1,
            None => {}
        }
        work.as_mut().poll(context).map(Some)
    })
    .await
}

/// This machine's clock: the vendor's time, and how far it is ahead of that.
pub(super) struct SetClock {
    passed_ms: AtomicI64,
    ahead_ms: AtomicI64,
}

impl SetClock {
    pub(super) fn set_ahead(&self, ms: i64) {
        self.ahead_ms.store(ms, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let ms = self.passed_ms.load(Ordering::SeqCst) + self.ahead_ms.load(Ordering::SeqCst);
        operations::SystemClock.now().plus_ms(ms)
    }
}

struct Nowhere;

impl AttemptSink for Nowhere {
    fn record(&self, _attempt: AttemptRecord) {}
}

/// The vendor that all histories of a run share, one after the other.
pub(crate) struct Stage {
    pub(super) vendor: Sandbox,
}

impl Stage {
    /// Starts a vendor with a small history.
    pub(crate) async fn begin() -> Self {
        let config = SandboxConfig { charges: 20, ..SandboxConfig::default() };
        Self { vendor: Sandbox::start(config).await.unwrap() }
    }

    /// Lets time pass at the vendor and here.
    pub(super) fn pass(&self, world: &World, time: Duration) {
        self.vendor.advance(time);
        let ms = i64::try_from(time.as_millis()).unwrap();
        world.clock.passed_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// A new payment, with a mirror that knows nothing of it yet.
    pub(super) async fn world(&self) -> World {
        self.vendor.set_faults("".parse().unwrap());
        let passed_ms = self.vendor.now().timestamp_millis() - operations::SystemClock.now().as_ms();
        let clock = Arc::new(SetClock { passed_ms: AtomicI64::new(passed_ms), ahead_ms: AtomicI64::new(0) });
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        let row = AccountRow {
            id: AccountId::generate(),
            vendor: Vendor::Stripe,
            environment: Environment::Sandbox,
            label: "shop".parse().unwrap(),
            base_url: self.vendor.base_url(),
            key_reference: KeyReference::Vault,
            write_key_reference: None,
            vendor_account_id: None,
            vendor_name: None,
            rights_json: "[]".to_owned(),
            default_currency: None,
            created_at: clock.now(),
            removed_at: None,
        };
        let mirror = opened(&folder).await;
        mirror.accounts().insert(&row).await.unwrap();
        let key = self.vendor.secret_key().to_owned();
        let account =
            OpenAccount { stripe: client(&row, &key), row, mirror, clock: clock.clone(), reads_back: true };
        let mut world = World { account, clock, key, charge: String::new(), folder };
        let form = format!("amount={}&currency=usd&source=tok_visa", super::CAPTURED);
        world.charge = world.post("/v1/charges", &form).await["id"].as_str().unwrap().to_owned();
        world
    }
}

/// What one history plays on.
pub(super) struct World {
    pub(super) account: OpenAccount,
    pub(super) clock: Arc<SetClock>,
    key: String,
    pub(super) charge: String,
    folder: TempDir,
}

impl World {
    /// The process ended, and another opens the file: nothing is remembered but what is in it.
    pub(super) async fn restart(&mut self) {
        self.account.mirror.clone().close().await.unwrap();
        self.account.mirror = opened(&self.folder).await;
        self.account.stripe = client(&self.account.row, &self.key);
    }

    pub(super) async fn close(self) {
        self.account.mirror.close().await.unwrap();
    }

    /// Does something at the vendor, past everything that is tested.
    pub(super) async fn post(&self, path: &str, form: &str) -> serde_json::Value {
        let address = self.account.row.base_url.strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
            self.key,
            form.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A fault of the vendor's may meet it as well; then it was lost, which is a history, too.
        let _ = stream.read_to_end(&mut answer).await;
        let text = String::from_utf8_lossy(&answer);
        let json = text.split_once("\r\n\r\n").map_or("", |(_, json)| json);
        serde_json::from_str(json).unwrap_or(serde_json::Value::Null)
    }
}

async fn opened(folder: &TempDir) -> Mirror {
    let path = folder.path().join("home").join("mirror-sandbox.db");
    let options = OpenOptions { path, environment: Environment::Sandbox, key: None, readers: 2 };
    Mirror::open(options).await.unwrap()
}

fn client(row: &AccountRow, key: &str) -> Stripe {
    let config = StripeConfig::new(row.id, row.base_url.parse().unwrap(), Secret::new(key));
    Stripe::new(config, Arc::new(Nowhere), Arc::new(SystemClock::new())).unwrap()
}
