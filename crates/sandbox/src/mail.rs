//! Simulated SendGrid over real HTTP on loopback, in the shapes of its API v3.
//!
//! It takes mail, tells later what became of it by a signed event webhook, and goes wrong on request. What becomes of a mail follows from the seed, its place and
//! its address alone: an address that begins with `bounce`, `defer`, `drop` or `spam` does just that. It is written from SendGrid's documents and shares no
//! type with the rest of Paydesk.

mod activity;
mod events;
mod history;
mod requests;
mod schedule;
mod server;
mod suppressions;
mod templates;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::connection::{Loopback, Switch, bind};
use crate::faults::{FaultPlan, FaultSpec};
use crate::random::mix;
use crate::sandbox::SandboxError;
use crate::shared::locked;
pub use history::{PastEvent, PastMail};

/// How a simulated SendGrid is made.
#[derive(Clone, Debug)]
pub struct MailSandboxConfig {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// What its key and what becomes of mail are made from.
    pub seed: u64,
    /// Milliseconds each answer takes.
    pub latency_ms: u64,
    /// What goes wrong from the start.
    pub faults: FaultSpec,
    /// How long the first thing happens after a mail was taken; the others follow at multiples of it.
    pub pace: Duration,
    /// Where events are delivered to, from the start.
    pub events_to: Option<String>,
    /// Mail of the time before, oldest charge first.
    pub history: Vec<PastMail>,
    /// Whether the account has the paid extra of asking for its activity.
    pub activity: bool,
}

impl Default for MailSandboxConfig {
    fn default() -> MailSandboxConfig {
        MailSandboxConfig {
            port: 0,
            seed: 1,
            latency_ms: 0,
            faults: FaultSpec::default(),
            pace: Duration::from_millis(500),
            events_to: None,
            history: Vec::new(),
            activity: true,
        }
    }
}

/// One mail that was taken, or checked in sandbox mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenMail {
    /// The id that the answer named it by.
    pub message_id: String,
    /// Whom it goes to.
    pub to: String,
    /// Its subject.
    pub subject: Option<String>,
    /// It was only checked.
    pub only_checked: bool,
    /// What its sender put with it, by name.
    pub arguments: Vec<(String, String)>,
    /// Whether opens are counted.
    pub tracked: bool,
    /// Why it is not sent, though it was taken.
    pub dropped: Option<&'static str>,
    /// Headers of its sender's own, by name.
    pub headers: Vec<(String, String)>,
    /// When it is sent, in seconds since 1970; at once where there is none.
    pub send_at: Option<u64>,
    /// The id that it can be taken back under until then.
    pub batch_id: Option<String>,
}

/// What all requests share.
struct Shared {
    seed: u64,
    latency_ms: u64,
    pace: Duration,
    key: String,
    signing: PKey<Private>,
    public_key: String,
    faults: Mutex<FaultPlan>,
    taken: Mutex<Vec<TakenMail>>,
    suppressed: Mutex<Vec<suppressions::Suppressed>>,
    batches: Mutex<schedule::Batches>,
    history: Vec<PastMail>,
    activity: bool,
    /// What became of each mail that was taken, by its place.
    happened: Mutex<BTreeMap<usize, Vec<PastEvent>>>,
    events_to: Mutex<Option<String>>,
    delivered: Mutex<Vec<u16>>,
    stop: CancellationToken,
}

/// A running simulated SendGrid; it stops when it is dropped.
pub struct MailSandbox {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl std::fmt::Debug for MailSandbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("MailSandbox").field("address", &self.address).finish_non_exhaustive()
    }
}

impl MailSandbox {
    /// Serves it.
    pub async fn start(config: MailSandboxConfig) -> Result<MailSandbox, SandboxError> {
        let of_port = |source| SandboxError::Bind { port: config.port, source };
        let listener = bind(config.port).await.map_err(of_port)?;
        let address = listener.local_addr().map_err(of_port)?;
        let (signing, public_key) = signing_key(config.seed)
            .map_err(|error| SandboxError::Setting(format!("no key to sign events with: {error}")))?;
        let shared = Arc::new(Shared {
            seed: config.seed,
            latency_ms: config.latency_ms,
            pace: config.pace,
            key: format!(
                "SG.sandbox{:016x}.{:016x}{:016x}",
                mix(config.seed),
                mix(config.seed ^ 1),
                mix(config.seed ^ 2)
            ),
            signing,
            public_key,
            faults: Mutex::new(FaultPlan::new(config.faults, config.seed)),
            taken: Mutex::default(),
            suppressed: Mutex::new(suppressions::seeded()),
            batches: Mutex::default(),
            history: config.history,
            activity: config.activity,
            happened: Mutex::default(),
            events_to: Mutex::new(config.events_to),
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
                tracing::error!(%error, "the simulated SendGrid stopped serving");
            }
        });
        Ok(MailSandbox { shared, address, server })
    }

    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The key with all scopes.
    pub fn api_key(&self) -> &str {
        &self.shared.key
    }

    /// The public key that its events are signed under, as SendGrid shows it.
    pub fn public_key(&self) -> &str {
        &self.shared.public_key
    }

    /// Delivers the events of all mail from now on to this loopback address.
    pub fn deliver_events_to(&self, url: &str) {
        *locked(&self.shared.events_to) = Some(url.to_owned());
    }

    /// Puts other faults in force.
    pub fn set_faults(&self, faults: FaultSpec) {
        locked(&self.shared.faults).replace(faults);
    }

    /// Every mail that was taken or checked, in order.
    pub fn taken(&self) -> Vec<TakenMail> {
        locked(&self.shared.taken).clone()
    }

    /// The statuses that deliveries of events were answered with, in order.
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

impl Drop for MailSandbox {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

/// The key of a seed on the curve that SendGrid signs by, and its public half as base64 of its DER.
fn signing_key(seed: u64) -> Result<(PKey<Private>, String), ErrorStack> {
    use base64::Engine;
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    // The first 31 bytes of a hash are below the order of the curve, and never nothing.
    let digest = Sha256::digest(format!("paydesk sandbox mail {seed}"));
    let secret = BigNum::from_slice(&digest[..31])?;
    let mut point = EcPoint::new(&group)?;
    let mut context = openssl::bn::BigNumContext::new()?;
    point.mul_generator2(&group, &secret, &mut context)?;
    let key = PKey::from_ec_key(EcKey::from_private_components(&group, &secret, &point)?)?;
    let public = base64::engine::general_purpose::STANDARD.encode(key.public_key_to_der()?);
    Ok((key, public))
}
