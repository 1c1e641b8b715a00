//! Starting, asking and stopping a sandbox.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard};
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use thiserror::Error;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::connection::{Loopback, Switch, bind};
use crate::core::Core;
use crate::faults::{FaultPlan, FaultSpec};
use crate::handler;
use crate::ids::Kind;
use crate::journal::{Header, Journal, JournalError};
use crate::keys::Keys;
use crate::messages::Message;
use crate::rate::{Limits, RateLimits};
use crate::seed;
use crate::shared::{Shared, locked};
use crate::webhook::{self, Delivery};

/// More charges than this do not start in the seconds the sandbox promises.
const MOST_CHARGES: u32 = 10_000_000;
/// The newest charges of which a history is played, by default.
const RECENT_CHARGES: u32 = 20_000;
/// How often things that happen by themselves are looked after.
const TICK: Duration = Duration::from_millis(200);
/// Request ids of one run are this far from those of a run that left so many journal lines.
const REQUESTS_PER_ENTRY: u64 = 10_007;

/// How a sandbox is made.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// How many charges the history has.
    pub charges: u32,
    /// How many of the newest charges are played, event by event. Older ones are computed when they are asked for and have no events, so that a large history
    /// takes neither memory nor time at the start.
    pub recent_charges: u32,
    /// What the world and its keys are made from.
    pub seed: u64,
    /// Milliseconds each answer takes, half before and half after the request is executed.
    pub latency_ms: u64,
    /// What goes wrong from the start.
    pub faults: FaultSpec,
    /// Where what is done to the sandbox is kept, if it is to survive a restart.
    pub state_file: Option<PathBuf>,
    /// The instant the history ends at; the clock then stands there until [`Sandbox::advance`] moves it. `None`: the real clock, and for a state file the end
    /// it was made with.
    pub now: Option<DateTime<Utc>>,
    /// How many requests a second are answered.
    pub limits: Limits,
    /// The secret key; `None` derives one from the seed. Must start with `sk_test_`.
    pub secret_key: Option<String>,
    /// The secret that signs forwarded events; `None` derives one from the seed.
    pub webhook_secret: Option<String>,
}

impl Default for SandboxConfig {
    fn default() -> SandboxConfig {
        SandboxConfig {
            port: 0,
            charges: 500,
            recent_charges: RECENT_CHARGES,
            seed: 1,
            latency_ms: 0,
            faults: FaultSpec::default(),
            state_file: None,
            now: None,
            limits: Limits::None,
            secret_key: None,
            webhook_secret: None,
        }
    }
}

/// Why a sandbox does not start.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// The port is taken or not allowed.
    #[error("the sandbox cannot listen on 127.0.0.1:{port}: {source}")]
    Bind {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The state file cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A setting is out of range.
    #[error("{0}")]
    Setting(String),
}

/// What happened to a sandbox, for tests that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests received since the start, by `METHOD /path/{template}`; faults included.
    pub requests: BTreeMap<String, u64>,
    /// How many of them were answered 429 because of the limits; faults are not counted.
    pub refused_by_limits: u64,
    /// Refunds made by clients over the whole life of the state file, by the charge's id. Releases of holds count too.
    pub refunds_by_charge: BTreeMap<String, u64>,
    /// All refunds made by clients.
    pub refunds: u64,
}

/// A running sandbox; it stops when it is dropped.
pub struct Sandbox {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sandbox").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Makes the world and serves it.
    pub async fn start(config: SandboxConfig) -> Result<Sandbox, SandboxError> {
        check(&config)?;
        let listener =
            bind(config.port).await.map_err(|source| SandboxError::Bind { port: config.port, source })?;
        let address =
            listener.local_addr().map_err(|source| SandboxError::Bind { port: config.port, source })?;
        let (jobs, queue) = tokio::sync::mpsc::unbounded_channel();
        let settings = config.clone();
        // Making a large world takes seconds of computing: not on a thread that others wait for.
        let loaded = tokio::task::spawn_blocking(move || load(&settings)).await;
        let (core, journal, latest, entries) = loaded.map_err(|error| {
            SandboxError::Setting(format!("the sandbox's world could not be made: {error}"))
        })??;
        let shared = Arc::new(Shared {
            clock: Clock::new(config.now, latest.max(core.world.history_end)),
            keys: Keys::new(config.seed, config.secret_key, config.webhook_secret),
            account: core.world.ids.account(),
            latency_ms: config.latency_ms,
            faults: Mutex::new(FaultPlan::new(config.faults, config.seed)),
            limits: (config.limits != Limits::None).then(|| Mutex::new(RateLimits::new(config.limits))),
            requests: Mutex::new(BTreeMap::new()),
            journal: Mutex::new(journal),
            request_count: AtomicU64::new(entries as u64 * REQUESTS_PER_ENTRY),
            jobs,
            forwards: Mutex::new(Vec::new()),
            deliveries: Mutex::new(Vec::new()),
            messages: Mutex::default(),
            dispatched: AtomicUsize::new(core.world.events.len()),
            stop: CancellationToken::new(),
            core: RwLock::new(core),
        });
        tokio::spawn(webhook::run(Arc::clone(&shared), queue));
        tokio::spawn(tick(Arc::clone(&shared)));
        let router = Router::new().fallback(handler::serve).with_state(Arc::clone(&shared));
        let service = router.into_make_service_with_connect_info::<Switch>();
        let stop = shared.stop.clone();
        let server = tokio::spawn(async move {
            let serving = axum::serve(Loopback { listener }, service)
                .with_graceful_shutdown(async move { stop.cancelled().await });
            if let Err(error) = serving.await {
                tracing::error!(%error, "the sandbox stopped serving");
            }
        });
        Ok(Sandbox { shared, address, server })
    }

    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The key with all rights.
    pub fn secret_key(&self) -> &str {
        &self.shared.keys.secret
    }

    /// A restricted key that may read everything and write nothing.
    pub fn restricted_key_read_only(&self) -> &str {
        &self.shared.keys.read_only
    }

    /// A restricted key that may make, change and cancel refunds, and capture and cancel payments, and may read nothing.
    pub fn restricted_key_writes_alone(&self) -> &str {
        &self.shared.keys.writes_alone
    }

    /// A restricted key that may do everything but make, change or cancel refunds.
    pub fn restricted_key_without_refunds(&self) -> &str {
        &self.shared.keys.without_refunds
    }

    /// The secret that signs events sent to addresses given to [`Sandbox::forward_webhooks_to`]; registered endpoints have their own.
    pub fn webhook_secret(&self) -> &str {
        &self.shared.keys.webhook
    }

    /// Sends all events from now on to this loopback address, signed with [`Sandbox::webhook_secret`], as a forwarding tool would.
    pub fn forward_webhooks_to(&self, url: &str) {
        locked(&self.shared.forwards).push(url.to_owned());
    }

    /// All tries to deliver events so far, in the order they ended.
    pub fn deliveries(&self) -> Vec<Delivery> {
        locked(&self.shared.deliveries).clone()
    }

    /// What was sent to it in the place of Slack, PagerDuty and SendGrid, the oldest first, at most the newest 1,000.
    pub fn messages(&self) -> Vec<Message> {
        locked(&self.shared.messages).all()
    }

    /// The world, for whoever reads it.
    pub(crate) fn reading(&self) -> RwLockReadGuard<'_, Core> {
        self.shared.reading()
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        let core = self.shared.reading();
        let world = &core.world;
        let mut refunds_by_charge = BTreeMap::new();
        for refund in &world.refunds.held()[world.seeded_refunds..] {
            *refunds_by_charge.entry(world.ids.text(Kind::Charge, refund.charge)).or_default() += 1;
        }
        let refunds = (world.refunds.held().len() - world.seeded_refunds) as u64;
        let refused_by_limits = self.shared.limits.as_ref().map_or(0, |limits| locked(limits).refused());
        let requests = locked(&self.shared.requests).clone();
        Counters { requests, refused_by_limits, refunds_by_charge, refunds }
    }

    /// Puts other faults in force.
    pub fn set_faults(&self, faults: FaultSpec) {
        locked(&self.shared.faults).replace(faults);
    }

    /// Moves the sandbox's clock forward, and lets happen what falls into that time.
    pub fn advance(&self, time: Duration) {
        self.shared.clock.advance(i64::try_from(time.as_secs()).unwrap_or(0));
        self.shared.settle();
    }

    /// The sandbox's time.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.shared.clock.now(), 0).unwrap_or_default()
    }

    /// Stops serving and frees the port.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        // A connection that is being held back by a fault is let go by the same signal; anything slower is cut off.
        if tokio::time::timeout(Duration::from_secs(5), &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

fn check(config: &SandboxConfig) -> Result<(), SandboxError> {
    if config.charges > MOST_CHARGES {
        return Err(SandboxError::Setting(format!(
            "a sandbox can have at most {MOST_CHARGES} charges; {} were asked for",
            config.charges
        )));
    }
    if config.secret_key.as_ref().is_some_and(|key| !key.starts_with("sk_test_")) {
        return Err(SandboxError::Setting("a sandbox's secret key must start with sk_test_".to_owned()));
    }
    if config.webhook_secret.as_ref().is_some_and(|secret| secret.trim().is_empty()) {
        return Err(SandboxError::Setting("a webhook secret must not be blank".to_owned()));
    }
    Ok(())
}

/// Makes the world, and plays on it what the state file holds.
fn load(config: &SandboxConfig) -> Result<(Core, Option<Journal>, i64, usize), SandboxError> {
    let end = config.now.unwrap_or_else(Utc::now).timestamp();
    let Some(path) = &config.state_file else {
        return Ok((
            Core::new(seed::history(config.seed, config.charges, config.recent_charges, end)),
            None,
            0,
            0,
        ));
    };
    let (mut journal, header, entries) = Journal::open(path)?;
    let header = match header {
        Some(header) => header,
        None => {
            let header = Header::new(config.seed, config.charges, config.recent_charges, end);
            journal.begin(&header).map_err(|source| JournalError::Io { path: path.clone(), source })?;
            header
        }
    };
    if (header.seed, header.charges, header.recent_charges)
        != (config.seed, config.charges, config.recent_charges)
    {
        return Err(JournalError::OtherWorld {
            path: path.clone(),
            seed: header.seed,
            charges: header.charges,
        }
        .into());
    }
    let mut core =
        Core::new(seed::history(header.seed, header.charges, header.recent_charges, header.history_end));
    let count = entries.len();
    let latest = Shared::replay(&mut core, entries);
    Ok((core, Some(journal), latest, count))
}

async fn tick(shared: Arc<Shared>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => shared.settle(),
            () = shared.stop.cancelled() => return,
        }
    }
}
