//! The listener of a Desk that works in the background: which paths it answers for, under which secrets, and what is
//! told of it. What it receives is on the disk before it is answered, and applied after (`applying.rs`).

mod lan;
mod refused;
mod secrets;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use contract::endpoint::Tag;
use contract::{ErrorBody, SecretText};
use domain::{Environment, Secret};
use mirror::{HookRow, Mirror};
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use webhooks::{Keys, Listener, ListenerConfig, Scheme};

use self::lan::Lan;
use crate::certificates::Certificates;
use crate::desk::Desk;
use crate::errors;
use crate::intake::Intake;
use crate::public_url;

pub(crate) use refused::RefusedRoom;
pub(crate) use secrets::{
    earlier_names, keys, previous_secret, secret_entry, secret_name, take_over_secrets,
};

/// The port that is tried where none was chosen.
const FIRST_PORT: u16 = 4242;
/// How often it is looked whether something is in the way of listening.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long whoever opened a path waits for the listener.
const OPENING_LIMIT: Duration = Duration::from_secs(10);

/// A path with its secrets.
pub(crate) struct KnownHook {
    pub(crate) environment: Environment,
    pub(crate) row: HookRow,
    pub(crate) scheme: Scheme,
    /// None while the vault does not give them out: then nothing can be believed and nothing is taken.
    pub(crate) keys: Option<Keys>,
}

/// How the listener stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ListenState {
    /// The port that it has.
    pub(crate) port: Option<u16>,
    /// Why it has not the port that it was to have, and which that is.
    pub(crate) problem: Option<Problem>,
    /// The address beyond this machine that it listens on as well.
    pub(crate) lan: Option<IpAddr>,
    /// How many changes of paths and ports were taken in.
    taken_in: u64,
}

/// What the listener and those who ask for it share.
pub(crate) struct Listening {
    /// By the hash of the token, so that how long a look takes tells nothing of one.
    hooks: RwLock<HashMap<[u8; 32], Arc<KnownHook>>>,
    state: watch::Sender<ListenState>,
    changes: AtomicU64,
    changed: Notify,
    /// Something was received.
    came: Notify,
    /// When that was, last.
    last_came: Mutex<Option<Instant>>,
    /// The port that somebody asked for and that was not had yet; it is remembered once it is.
    asked: Mutex<Option<u16>>,
    /// The address beyond this machine to listen on as well. It is kept nowhere, so that each start is without.
    lan: Lan,
    /// What requests of PayPal are checked by.
    pub(crate) certificates: Certificates,
    /// Held while the secret of a path is made or changed: it is two steps in the vault and one in the mirror, and whoever
    /// came between would be told a secret that is not the path's.
    pub(crate) secrets: tokio::sync::Mutex<()>,
}

impl Default for Listening {
    fn default() -> Self {
        Self {
            hooks: RwLock::default(),
            state: watch::Sender::new(ListenState::default()),
            changes: AtomicU64::new(0),
            changed: Notify::new(),
            came: Notify::new(),
            last_came: Mutex::default(),
            asked: Mutex::default(),
            lan: Lan::default(),
            certificates: Certificates::default(),
            secrets: tokio::sync::Mutex::default(),
        }
    }
}

impl Listening {
    /// The path of a token.
    pub(crate) fn hook(&self, token: &str) -> Option<Arc<KnownHook>> {
        let hooks = self.hooks.read().unwrap_or_else(PoisonError::into_inner);
        hooks.get(&digest(token)).cloned()
    }

    /// Has it listen on an address beyond this machine as well, for as long as that is held.
    pub(crate) fn expose(&self, address: IpAddr) {
        if self.lan.open(address, Instant::now()) {
            self.tell_changed();
        }
    }

    /// Goes on listening there, or begins again where another Desk was asked. Of two commands that want another address the
    /// one that asked last has its way: the others do not take it back.
    pub(crate) fn keep_exposed(&self, address: IpAddr) {
        if self.lan.hold(address, Instant::now()) {
            self.tell_changed();
        }
    }

    /// Has it listen on this machine alone again, at once.
    pub(crate) fn shut_in(&self, address: IpAddr) {
        if self.lan.close(address) {
            self.tell_changed();
        }
    }

    /// Has it listen on another port, as soon as that can be had.
    pub(crate) fn ask_port(&self, port: u16) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(port);
    }

    fn asked(&self) -> Option<u16> {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A port is asked for no longer, where nobody asked for another one meanwhile.
    fn forget_asked(&self, port: u16) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.take_if(|asked| *asked == port);
    }

    /// Whether a vendor was told to call this listener under that name.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let hooks = self.hooks.read().unwrap_or_else(PoisonError::into_inner);
        let urls = hooks.values().filter_map(|hook| hook.row.ways.public_url.as_deref());
        urls.map(public_url::name_of).any(|called| called.eq_ignore_ascii_case(name))
    }

    /// How it stands now.
    pub(crate) fn state(&self) -> ListenState {
        self.state.borrow().clone()
    }

    /// Tells that paths, secrets or the port are others now, and waits until that is so.
    pub(crate) async fn take_in(&self) -> ListenState {
        let wanted = self.changes.fetch_add(1, Ordering::SeqCst) + 1;
        self.changed.notify_one();
        let mut state = self.state.subscribe();
        let taken_in = state.wait_for(|state| state.taken_in >= wanted);
        match tokio::time::timeout(OPENING_LIMIT, taken_in).await {
            Ok(Ok(state)) => state.clone(),
            // Without an answer in time it stands as it stands.
            Ok(Err(_)) | Err(_) => self.state(),
        }
    }

    /// Tells that paths are others now, for whoever does not wait for it.
    pub(crate) fn tell_changed(&self) {
        self.changed.notify_one();
    }

    /// Something waits to be applied.
    pub(crate) fn tell_came(&self) {
        *self.last_came.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.came.notify_one();
    }

    /// Waits until something was received.
    pub(crate) async fn something_came(&self) {
        self.came.notified().await;
    }

    /// How long nothing came; none where nothing ever did.
    pub(crate) fn quiet_for(&self) -> Option<Duration> {
        self.last_came.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A listener that runs.
struct Running {
    port: u16,
    lan: Option<IpAddr>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// A secret for what a vendor is to sign with: 256 bits, in the form of Stripe's. The shell makes it, since nothing
/// that the Desk answers holds a secret.
///
/// # Errors
/// When the system has no random bits.
pub fn new_webhook_secret() -> Result<SecretText, ErrorBody> {
    let key = Mirror::generate_key().map_err(|error| errors::of_mirror(&error))?;
    Ok(SecretText(Secret::new(format!("whsec_{}", key.expose()))))
}

/// Why a port could not be had, and which.
type Problem = (u16, String);

/// Listens until told to stop, wherever there is a path to listen for.
pub(crate) async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    let mut running: Option<Running> = None;
    // What was asked for and could not be had, with the change that asked for it.
    let mut refused: Option<(u64, Problem)> = None;
    loop {
        let changes = desk.listening.changes.load(Ordering::SeqCst);
        let any = load_hooks(&desk).await;
        if running.as_ref().is_some_and(|one| one.task.is_finished()) {
            running = None;
        }
        let (wanted, lan) = (wanted_port(&desk).await, desk.listening.lan.at(Instant::now()));
        let is_other = |one: &Running| one.lan != lan || wanted.is_some_and(|port| port != one.port);
        let mut ended = None;
        if !any {
            ended = running.take();
        } else if running.as_ref().is_none_or(is_other) {
            let exchanged = exchange(&desk, running.take(), wanted, lan).await;
            (running, ended) = (exchanged.running, exchanged.ended);
            refused = exchanged.problem.map(|problem| (changes, problem));
        }
        tell(
            &desk,
            ListenState {
                port: running.as_ref().map(|one| one.port),
                lan: running.as_ref().and_then(|one| one.lan),
                problem: refused.as_ref().filter(|(of, _)| *of == changes).map(|(_, why)| why.clone()),
                taken_in: changes,
            },
        );
        if let Some(one) = ended {
            end(one).await;
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = desk.listening.changed.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    if let Some(one) = running {
        end(one).await;
    }
    tell(&desk, ListenState::default());
}

/// What became of the wish for another port or address.
struct Exchanged {
    running: Option<Running>,
    /// What listened before and is to end.
    ended: Option<Running>,
    problem: Option<Problem>,
}

/// Listens at another place. What listens goes on wherever that cannot be had: vendors deliver there.
async fn exchange(
    desk: &Arc<Desk>,
    mut before: Option<Running>,
    wanted: Option<u16>,
    lan: Option<IpAddr>,
) -> Exchanged {
    // One port cannot be had twice, so that what has it ends first and begins again where need be.
    let same = before.take_if(|one| wanted.is_none_or(|port| port == one.port));
    let earlier = same.as_ref().map(|one| (one.port, one.lan));
    let wanted = wanted.or(earlier.map(|(port, _)| port));
    if let Some(one) = same {
        end(one).await;
    }
    let (port, error) = match begin(desk, wanted, lan).await {
        Ok(running) => return Exchanged { running: Some(running), ended: before, problem: None },
        Err(failed) => failed,
    };
    let problem = Some((port, error.to_string()));
    if let Some((port, before_lan)) = earlier {
        // What is to be heard on this machine alone is not opened again.
        let lan = lan.and(before_lan);
        desk.listening.lan.back_to(lan, Instant::now());
        before = begin(desk, Some(port), lan).await.ok();
    } else if before.is_some() {
        desk.listening.forget_asked(port);
    }
    Exchanged { running: before, ended: None, problem }
}

/// Tells how it stands, where that is news.
fn tell(desk: &Desk, state: ListenState) {
    let before = desk.listening.state.send_replace(state.clone());
    if (before.port, before.lan, &before.problem) != (state.port, state.lan, &state.problem) {
        for environment in Environment::ALL {
            desk.say_changed(environment, &[Tag::Events]);
        }
    }
}

/// The port that was chosen.
async fn wanted_port(desk: &Desk) -> Option<u16> {
    match desk.listening.asked() {
        Some(asked) => Some(asked),
        None => desk.settings.lock().await.listener_port,
    }
}

/// Takes the port, and remembers which: vendors deliver there from now on.
async fn begin(
    desk: &Arc<Desk>,
    wanted: Option<u16>,
    lan: Option<IpAddr>,
) -> Result<Running, (u16, std::io::Error)> {
    let hosts = desk.settings.lock().await.listener_hosts.clone();
    let config = |port| ListenerConfig { port, lan, hosts: hosts.clone(), ..ListenerConfig::default() };
    let listener = match wanted {
        Some(port) => Listener::bind(config(port)).await.map_err(|error| (port, error))?,
        None => match Listener::bind(config(FIRST_PORT)).await {
            Ok(listener) => listener,
            Err(_) => Listener::bind(config(0)).await.map_err(|error| (FIRST_PORT, error))?,
        },
    };
    let port = listener.port();
    remember_port(desk, port).await;
    desk.listening.forget_asked(port);
    let stop = desk.stop.child_token();
    let receiver = Intake::new(Arc::clone(desk));
    let task = tokio::spawn(listener.run(receiver, stop.clone()));
    Ok(Running { port, lan, stop, task })
}

async fn remember_port(desk: &Desk, port: u16) {
    let mut settings = desk.settings.lock().await;
    if settings.listener_port == Some(port) {
        return;
    }
    settings.listener_port = Some(port);
    if let Err(error) = settings.save(desk.home()) {
        tracing::warn!(code = %error.code, "the listener's port could not be kept");
    }
}

async fn end(running: Running) {
    running.stop.cancel();
    if let Err(error) = running.task.await {
        tracing::error!(%error, "the listener ended badly");
    }
}

/// Reads which paths there are and their secrets; tells whether there are any.
async fn load_hooks(desk: &Desk) -> bool {
    let mut hooks = HashMap::new();
    for environment in Environment::ALL {
        let rows = match desk.existing_mirror(environment).await {
            Ok(Some(open)) => open.mirror.hooks().list().await.ok(),
            _ => None,
        };
        let Some(rows) = rows else {
            // What cannot be read now is answered as before.
            let known = desk.listening.hooks.read().unwrap_or_else(PoisonError::into_inner);
            let kept = known.iter().filter(|(_, hook)| hook.environment == environment);
            hooks.extend(kept.map(|(digest, hook)| (*digest, Arc::clone(hook))));
            continue;
        };
        for row in rows {
            let Ok(scheme) = row.scheme.parse() else { continue };
            let known =
                desk.listening.hook(&row.token).filter(|known| known.row == row && known.keys.is_some());
            let hook = match known {
                Some(known) => known,
                None => {
                    let keys = keys(desk, &row).await.ok();
                    Arc::new(KnownHook { environment, scheme, keys, row })
                }
            };
            hooks.insert(digest(&hook.row.token), hook);
        }
    }
    let any = !hooks.is_empty();
    *desk.listening.hooks.write().unwrap_or_else(PoisonError::into_inner) = hooks;
    any
}
