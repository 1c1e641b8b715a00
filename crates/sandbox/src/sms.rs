//! Simulated Twilio over real HTTP on loopback, in the shapes of its API 2010-04-01.
//!
//! It takes SMS, tells later what became of each by signed status callbacks, lists what was sent and what came in page by page, and goes wrong on request. What
//! becomes of a message follows from the seed, its place and its number alone: one that ends in `30003` to `30008` is undelivered with just that error, one in
//! `7777` is read, and of one in `8888` it is told out of order. Twilio's magic numbers are refused as Twilio refuses them. It is written from Twilio's
//! documents and shares no type with the rest of Paydesk.

mod callbacks;
mod history;
mod requests;
mod server;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::connection::{Loopback, Switch, bind};
use crate::faults::{FaultPlan, FaultSpec};
use crate::random::mix;
use crate::sandbox::SandboxError;
use crate::shared::locked;

/// The number that both pairs of credentials send as.
const NUMBER: &str = "+15005550006";
/// A number that only receives.
const VOICE_NUMBER: &str = "+15005550010";

/// How a simulated Twilio is made.
#[derive(Clone, Debug)]
pub struct SmsSandboxConfig {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// What its keys and what becomes of messages are made from.
    pub seed: u64,
    /// Milliseconds each answer takes.
    pub latency_ms: u64,
    /// What goes wrong from the start.
    pub faults: FaultSpec,
    /// How long the first thing happens after a message was taken; the others follow at multiples of it.
    pub pace: Duration,
    /// How many older messages there are, an hour apart; every fifth came in.
    pub history: u32,
}

impl Default for SmsSandboxConfig {
    fn default() -> SmsSandboxConfig {
        SmsSandboxConfig {
            port: 0,
            seed: 1,
            latency_ms: 0,
            faults: FaultSpec::default(),
            pace: Duration::from_millis(500),
            history: 0,
        }
    }
}

/// One message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenSms {
    /// Its id.
    pub sid: String,
    /// Whom it goes to.
    pub to: String,
    /// Who it comes from.
    pub from: String,
    /// What it says.
    pub body: String,
    /// Where its sender wants to be told what becomes of it.
    pub callback: Option<String>,
}

/// A message as it is kept.
#[derive(Clone, Debug)]
struct Kept {
    taken: TakenSms,
    status: &'static str,
    error_code: Option<u32>,
    inbound: bool,
    /// Seconds of Unix time.
    created: i64,
    updated: i64,
    segments: usize,
    /// Only checked: the credentials were those for tests.
    test: bool,
}

/// An id and what opens with it.
#[derive(Debug)]
struct Pair {
    sid: String,
    secret: String,
}

/// What all requests share.
struct Shared {
    seed: u64,
    latency_ms: u64,
    pace: Duration,
    account: Pair,
    key: Pair,
    test: Pair,
    faults: Mutex<FaultPlan>,
    /// Oldest first.
    messages: Mutex<Vec<Kept>>,
    delivered: Mutex<Vec<u16>>,
    stop: CancellationToken,
}

/// A running simulated Twilio; it stops when it is dropped.
pub struct SmsSandbox {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl std::fmt::Debug for SmsSandbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SmsSandbox").field("address", &self.address).finish_non_exhaustive()
    }
}

impl SmsSandbox {
    /// Serves it.
    pub async fn start(config: SmsSandboxConfig) -> Result<SmsSandbox, SandboxError> {
        let of_port = |source| SandboxError::Bind { port: config.port, source };
        let listener = bind(config.port).await.map_err(of_port)?;
        let address = listener.local_addr().map_err(of_port)?;
        let pair = |letters: &str, purpose: u64| Pair {
            sid: format!("{letters}{}", hex32(config.seed, purpose)),
            secret: hex32(config.seed, purpose + 1),
        };
        let shared = Arc::new(Shared {
            seed: config.seed,
            latency_ms: config.latency_ms,
            pace: config.pace,
            account: pair("AC", 10),
            key: pair("SK", 20),
            test: pair("AC", 30),
            faults: Mutex::new(FaultPlan::new(config.faults, config.seed)),
            messages: Mutex::new(history::of(config.seed, config.history, now_seconds())),
            delivered: Mutex::default(),
            stop: CancellationToken::new(),
        });
        let router = Router::new().fallback(server::serve).with_state(Arc::clone(&shared));
        let service = router.into_make_service_with_connect_info::<Switch>();
        let stop = shared.stop.clone();
        let server = tokio::spawn(async move {
            let serving = axum::serve(Loopback { listener }, service)
                .with_graceful_shutdown(async move { stop.cancelled().await });
            if let Err(error) = serving.await {
                tracing::error!(%error, "the simulated Twilio stopped serving");
            }
        });
        Ok(SmsSandbox { shared, address, server })
    }

    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The id of the account, and its auth token, which its callbacks are signed with.
    pub fn account(&self) -> (&str, &str) {
        (&self.shared.account.sid, &self.shared.account.secret)
    }

    /// The id of an API key of the account, and its secret.
    pub fn api_key(&self) -> (&str, &str) {
        (&self.shared.key.sid, &self.shared.key.secret)
    }

    /// The test credentials, which send to nobody.
    pub fn test_credentials(&self) -> (&str, &str) {
        (&self.shared.test.sid, &self.shared.test.secret)
    }

    /// The number that it sends as.
    pub fn number(&self) -> &'static str {
        NUMBER
    }

    /// Puts other faults in force.
    pub fn set_faults(&self, faults: FaultSpec) {
        locked(&self.shared.faults).replace(faults);
    }

    /// Every message that was taken for somebody, in order, without those of the history.
    pub fn taken(&self) -> Vec<TakenSms> {
        let messages = locked(&self.shared.messages);
        let taken = messages.iter().filter(|one| !one.inbound && !one.test && one.taken.from == NUMBER);
        taken.map(|one| one.taken.clone()).collect()
    }

    /// Lets a message come in.
    pub fn receive(&self, from: &str, body: &str) {
        let mut messages = locked(&self.shared.messages);
        let place = messages.len();
        let created = now_seconds();
        messages.push(history::inbound(self.shared.seed, place, (from, body), created));
    }

    /// Takes the text out of every message, as an account that keeps none has it.
    pub fn redact(&self) {
        for one in locked(&self.shared.messages).iter_mut() {
            one.taken.body.clear();
        }
    }

    /// The statuses that callbacks were answered with, in order.
    pub fn deliveries(&self) -> Vec<u16> {
        locked(&self.shared.delivered).clone()
    }

    /// Stops serving and frees the port.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        if tokio::time::timeout(Duration::from_secs(5), &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}

impl Drop for SmsSandbox {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

/// 32 hexadecimal digits of a seed.
fn hex32(seed: u64, purpose: u64) -> String {
    format!("{:016x}{:016x}", mix(seed ^ mix(purpose)), mix(seed ^ mix(purpose + 1_000)))
}

fn now_seconds() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
