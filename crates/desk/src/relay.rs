//! The relay of a Desk: it makes deliveries of events that came, looks up what is replayed, and sends what is due, each
//! endpoint within its own pace.
//!
//! One task works for each environment. What is to be done stands in the mirror, so it begins anew after a kill, a sleep
//! or a restart where it was; only the pace, secrets and what is on its way are held here. A Desk that ends with its
//! command sends nothing but the replay that it was asked for.

pub(crate) mod channels;
mod clock;
mod pace;
mod routing;
pub(crate) mod sending;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex as BlockingMutex, MutexGuard, PoisonError};
use std::time::Duration;

use contract::endpoint::Tag;
use contract::{ErrorBody, Notice};
use domain::{Environment, Secret, Timestamp};
use mirror::{
    EndpointPurpose, EndpointRow, EndpointState, KeyReference, Lane, MirrorError, ReplayRow, ReplayState,
};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use transport::{Courier, CourierLimits};
use webhooks::notify::Form;

use crate::answer::{endpoint_secrets, endpoints, replays};
use crate::desk::{Desk, OpenMirror};
use crate::errors;
use channels::Gate;
use pace::Pace;

/// How often it is looked whether there is anything to do that nobody told of; a clock that was set, or that stood still
/// in the machine's sleep, costs no more than this.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long a lane is left at least whose deliveries are due and must wait for others.
const BLOCKED_PAUSE: Duration = Duration::from_millis(500);
/// How long an endpoint is left whose secret cannot be had.
const SECRET_PAUSE: Duration = Duration::from_secs(30);
/// Shortest time between two notices that deliveries changed.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// Something of an environment, whose numbers are its own.
type Of<T> = (Environment, T);

/// What the relay holds.
pub(crate) struct Relay {
    wakes: HashMap<Environment, Notify>,
    pub(crate) courier: Courier,
    held: BlockingMutex<Held>,
}

#[derive(Default)]
struct Held {
    /// Requests on their way to each endpoint.
    on_their_way: HashMap<Of<i64>, u32>,
    paces: HashMap<Of<Lane>, Pace>,
    /// Secrets by the endpoint's own id and by where they are kept.
    secrets: HashMap<(String, KeyReference), Secret>,
    /// How often a secret was another one since the start: what was looked up across a change is not held.
    secret_changes: u64,
    /// Until when an endpoint is left whose secret could not be had from where it was kept.
    without_secret: HashMap<Of<i64>, (Instant, KeyReference)>,
    /// Replays that this Desk works on though it does nothing else by itself.
    replays: HashSet<Of<i64>>,
    /// When each replay was first seen here, and how many of its events had ended then.
    progress: HashMap<Of<i64>, (Instant, u64)>,
    /// When windows were told last that something waits for this desktop.
    desktop_told: HashMap<Of<i64>, Instant>,
    /// When shells were told last.
    told: HashMap<Environment, Instant>,
    /// What the clock said when it was last looked at, and when that was.
    clocks: HashMap<Environment, (Timestamp, Instant)>,
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            wakes: Environment::ALL.into_iter().map(|environment| (environment, Notify::new())).collect(),
            courier: Courier::new(CourierLimits::default()),
            held: BlockingMutex::default(),
        }
    }
}

impl Relay {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There may be something to do.
    pub(crate) fn wake(&self, environment: Environment) {
        if let Some(wake) = self.wakes.get(&environment) {
            wake.notify_one();
        }
    }

    /// Forgets the secret of an endpoint, which is another one now. To be called once that is written.
    pub(crate) fn forget_secret(&self, endpoint: &EndpointRow, environment: Environment) {
        let mut held = self.held();
        held.secret_changes += 1;
        held.secrets.retain(|(id, _), _| *id != endpoint.id);
        held.without_secret.remove(&(environment, endpoint.number));
    }

    /// Whether nothing of an environment is on its way, or about to be.
    fn is_idle(&self, environment: Environment) -> bool {
        let held = self.held();
        held.on_their_way.iter().all(|((one, _), count)| *one != environment || *count == 0)
    }

    /// Whether nothing is sent to an endpoint since its secret cannot be had.
    pub(crate) fn is_without_secret(&self, environment: Environment, endpoint: i64) -> bool {
        self.held().without_secret.contains_key(&(environment, endpoint))
    }

    /// How many of a replay's events ended since it was first seen here, and in how long.
    pub(crate) fn pace_of(&self, environment: Environment, replay: i64, ended: u64) -> (u64, Duration) {
        let now = Instant::now();
        let mut held = self.held();
        let (since, before) = *held.progress.entry((environment, replay)).or_insert((now, ended));
        (ended.saturating_sub(before), now.duration_since(since))
    }
}

/// What a relay does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// All of it.
    Everything,
    /// One replay and nothing else.
    Replay(i64),
}

/// Works for an environment until told to stop.
pub(crate) async fn run(desk: Arc<Desk>, environment: Environment, stop: CancellationToken) {
    work(&desk, environment, Work::Everything, &stop).await;
}

/// Works on one replay, in a Desk that does nothing else by itself, until it has its end.
pub(crate) fn work_on_replay(desk: &Arc<Desk>, environment: Environment, replay: i64) {
    if !desk.relay.held().replays.insert((environment, replay)) {
        return;
    }
    let (desk, stop) = (Arc::clone(desk), desk.stop.clone());
    desk.tasks.clone().spawn(async move {
        work(&desk, environment, Work::Replay(replay), &stop).await;
        desk.relay.held().replays.remove(&(environment, replay));
    });
}

async fn work(desk: &Arc<Desk>, environment: Environment, work: Work, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let wait = match desk.existing_mirror(environment).await {
            Ok(Some(open)) => match turn(desk, environment, &open.by_itself(), work).await {
                Ok(Some(wait)) => wait,
                Ok(None) => return,
                Err(error) => {
                    desk.note_refused_write(environment, &error);
                    tracing::warn!(code = %error.code, "the relay goes on later");
                    LOOK_EVERY
                }
            },
            _ => LOOK_EVERY,
        };
        let Some(wake) = desk.relay.wakes.get(&environment) else { return };
        tokio::select! {
            () = stop.cancelled() => {}
            () = wake.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Does what can be done now; says how long to wait, or nothing where all is done.
async fn turn(
    desk: &Arc<Desk>,
    environment: Environment,
    open: &OpenMirror,
    work: Work,
) -> Result<Option<Duration>, ErrorBody> {
    let now = desk.clock.now();
    // After a start, and after the file was put in the place of another: whoever sent it is gone.
    if desk.relay.is_idle(environment) && open.mirror.deliveries().any_sending().await.map_err(of_mirror)? {
        let again = open.mirror.deliveries().recover(now).await.map_err(of_mirror)?;
        tracing::info!(again, "what was on its way when Paydesk ended is sent again");
    }
    clock::look(desk, environment, open).await?;
    if work == Work::Everything {
        end_leases(desk, environment, open, now).await?;
        routing::relay(desk, open).await?;
        routing::relay_own(desk, open).await?;
    }
    let more = routing::prepare_replays(desk, environment, open, work).await?;
    let endpoints = open.mirror.endpoints().list().await.map_err(of_mirror)?;
    let replays = end_replays(desk, environment, open, &endpoints, work).await?;
    if let Work::Replay(number) = work
        && !replays.iter().any(|replay| replay.number == number)
    {
        return Ok(None);
    }
    let mut wait = if more { Duration::ZERO } else { LOOK_EVERY };
    for endpoint in endpoints.into_iter().filter(|one| one.state == EndpointState::On).map(Arc::new) {
        let mut lanes: Vec<(Lane, u32)> = Vec::new();
        if work == Work::Everything {
            lanes.push((Lane { endpoint: endpoint.number, replay: None }, endpoint.facts.rate_per_second));
        }
        for replay in replays.iter().filter(|one| one.endpoint == endpoint.number) {
            if replay.state == ReplayState::Running {
                let lane = Lane { endpoint: endpoint.number, replay: Some(replay.number) };
                lanes.push((lane, replay.rate_per_second));
            }
        }
        for (lane, rate) in lanes {
            wait = wait.min(send_due(desk, environment, open, &endpoint, lane, rate).await?);
        }
    }
    Ok(Some(wait))
}

/// Decides of events that came which of the present endpoints want them, before there is another one: it is sent only
/// what comes after it was made.
pub(crate) async fn decide_line(desk: &Arc<Desk>, open: &OpenMirror) -> Result<(), ErrorBody> {
    routing::relay(desk, open).await
}

/// Ends replays of which nothing waits any more, with the endpoints that were theirs; answers with the others that are
/// worked on here.
async fn end_replays(
    desk: &Arc<Desk>,
    environment: Environment,
    open: &OpenMirror,
    endpoints: &[EndpointRow],
    work: Work,
) -> Result<Vec<ReplayRow>, ErrorBody> {
    let now = desk.clock.now();
    let mut goes_on = Vec::new();
    for replay in open.mirror.replays().open().await.map_err(of_mirror)? {
        if work != Work::Everything && work != Work::Replay(replay.number) {
            continue;
        }
        if !open.mirror.replays().end_if_done(replay.number, now).await.map_err(of_mirror)? {
            goes_on.push(replay);
            continue;
        }
        let own = endpoints
            .iter()
            .find(|one| one.number == replay.endpoint && one.purpose == EndpointPurpose::Replay);
        if let Some(endpoint) = own {
            endpoints::take_away(desk, environment, open, endpoint).await?;
        }
        tell_replay(desk, environment, open, &replay.id).await;
        tell(desk, environment, true);
    }
    Ok(goes_on)
}

/// How long a replay may be without one after its endpoint was made.
const ORPHAN_AFTER_MS: i64 = 60_000;

/// Removes temporary endpoints whose makers are gone, and those of replays that are not there, as a copy that came back may
/// hold them.
async fn end_leases(
    desk: &Arc<Desk>,
    environment: Environment,
    open: &OpenMirror,
    now: Timestamp,
) -> Result<(), ErrorBody> {
    let replays = open.mirror.replays().open().await.map_err(of_mirror)?;
    let is_orphan = |one: &EndpointRow| {
        one.purpose == EndpointPurpose::Replay
            && now.ms_since(one.created_at) >= ORPHAN_AFTER_MS
            && replays.iter().all(|replay| replay.endpoint != one.number)
    };
    for endpoint in open.mirror.endpoints().list().await.map_err(of_mirror)? {
        if endpoint.lease_until.is_some_and(|until| now.ms_since(until) >= 0) || is_orphan(&endpoint) {
            endpoints::take_away(desk, environment, open, &endpoint).await?;
            desk.say_changed(environment, &[Tag::Endpoints, Tag::Deliveries]);
        }
    }
    Ok(())
}

/// Begins what is due of a lane, as far as its pace and the endpoint's go; says how long to wait for more.
async fn send_due(
    desk: &Arc<Desk>,
    environment: Environment,
    open: &OpenMirror,
    endpoint: &Arc<EndpointRow>,
    lane: Lane,
    rate_per_second: u32,
) -> Result<Duration, ErrorBody> {
    let now = desk.clock.now();
    let Some(due) = open.mirror.deliveries().next_due(lane, None).await.map_err(of_mirror)? else {
        return Ok(LOOK_EVERY);
    };
    if due.ms_since(now) > 0 {
        return Ok(Duration::from_millis(u64::try_from(due.ms_since(now)).unwrap_or(0)).min(LOOK_EVERY));
    }
    let mut room = match room(desk, environment, endpoint, lane, rate_per_second) {
        Ok(room) => room,
        Err(wait) => return Ok(wait),
    };
    if let Some(form) = channels::form(endpoint) {
        match channels::gate(open, endpoint, form, now).await? {
            Gate::Open(more) => room = room.min(more),
            Gate::Closed(wait) => return Ok(wait),
        }
        if form == Form::Desktop {
            // A window takes what waits for the desktop.
            channels::tell_desktop(desk, environment, endpoint.number);
            return Ok(LOOK_EVERY);
        }
    }
    let Some(secret) = secret_of(desk, open, endpoint).await else { return Ok(LOOK_EVERY) };
    // Taken before, so that nobody believes that nothing is on its way.
    let mut places = Place::take(desk, environment, endpoint.number, room);
    let claimed = open.mirror.deliveries().claim(lane, endpoint.facts.ordered, now, room).await;
    let claimed = claimed.map_err(of_mirror)?;
    if claimed.is_empty() {
        // Whatever ends wakes the relay up; until then only what comes due can be begun.
        let next = open.mirror.deliveries().next_due(lane, Some(now)).await.map_err(of_mirror)?;
        let wait = next.and_then(|next| u64::try_from(next.ms_since(now)).ok()).map(Duration::from_millis);
        return Ok(wait.unwrap_or(LOOK_EVERY).clamp(BLOCKED_PAUSE, LOOK_EVERY));
    }
    let begun = u32::try_from(claimed.len()).unwrap_or(room);
    {
        let mut held = desk.relay.held();
        let whole = Lane { replay: None, ..lane };
        held.paces.entry((environment, whole)).or_default().take(begun, endpoint.facts.rate_per_second);
        if lane != whole {
            held.paces.entry((environment, lane)).or_default().take(begun, rate_per_second);
        }
    }
    for one in claimed {
        let place = places.pop();
        let sender = sending::Sender {
            desk: Arc::clone(desk),
            environment,
            open: open.clone(),
            endpoint: Arc::clone(endpoint),
            secret: secret.clone(),
            is_replay: lane.replay.is_some(),
        };
        desk.tasks.spawn(async move {
            sender.send(one).await;
            drop(place);
            sender.desk.relay.wake(environment);
        });
    }
    Ok(Duration::ZERO)
}

/// How many of a lane may leave now, or how long to wait for the first.
fn room(
    desk: &Desk,
    environment: Environment,
    endpoint: &EndpointRow,
    lane: Lane,
    rate_per_second: u32,
) -> Result<u32, Duration> {
    let mut held = desk.relay.held();
    let busy = held.on_their_way.get(&(environment, endpoint.number)).copied().unwrap_or(0);
    let mut room = endpoint.facts.concurrency.saturating_sub(busy);
    if room == 0 {
        // Whoever is on its way wakes the relay up.
        return Err(LOOK_EVERY);
    }
    let now = Instant::now();
    let whole = Lane { replay: None, ..lane };
    for (lane, rate) in [(whole, endpoint.facts.rate_per_second), (lane, rate_per_second)] {
        let pace = held.paces.entry((environment, lane)).or_default();
        room = room.min(pace.room(now, rate));
        if room == 0 {
            return Err(pace.wait(now));
        }
    }
    Ok(room)
}

/// A place among what is on its way to an endpoint, given back however the try ends.
pub(crate) struct Place {
    desk: Arc<Desk>,
    environment: Environment,
    endpoint: i64,
}

impl Place {
    /// Takes so many.
    pub(crate) fn take(desk: &Arc<Desk>, environment: Environment, endpoint: i64, count: u32) -> Vec<Self> {
        *desk.relay.held().on_their_way.entry((environment, endpoint)).or_default() += count;
        (0..count).map(|_| Self { desk: Arc::clone(desk), environment, endpoint }).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(count) = self.desk.relay.held().on_their_way.get_mut(&(self.environment, self.endpoint)) {
            *count = count.saturating_sub(1);
        }
    }
}

/// The secret of an endpoint; none while it cannot be had, and then the endpoint is left for a while.
async fn secret_of(desk: &Arc<Desk>, open: &OpenMirror, endpoint: &EndpointRow) -> Option<Secret> {
    let key = (open.mirror.environment(), endpoint.number);
    let reference = &endpoint.facts.secret_reference;
    let kept = (endpoint.id.clone(), reference.clone());
    let changes = {
        let held = desk.relay.held();
        if let Some(secret) = held.secrets.get(&kept) {
            return Some(secret.clone());
        }
        let left = held.without_secret.get(&key);
        if left.is_some_and(|(until, at)| at == reference && *until > Instant::now()) {
            return None;
        }
        held.secret_changes
    };
    let found = endpoint_secrets::secret(desk, open, endpoint).await;
    let mut held = desk.relay.held();
    match found {
        Ok(secret) => {
            held.without_secret.remove(&key);
            if held.secret_changes == changes {
                held.secrets.insert(kept, secret.clone());
            }
            Some(secret)
        }
        Err(error) => {
            tracing::warn!(code = %error.code, "an endpoint's secret cannot be had, so nothing is sent to it");
            held.without_secret.insert(key, (Instant::now() + SECRET_PAUSE, reference.clone()));
            None
        }
    }
}

/// Tells shells that deliveries changed, now and then, or at once.
fn tell(desk: &Desk, environment: Environment, at_once: bool) {
    let now = Instant::now();
    {
        let mut held = desk.relay.held();
        let last = held.told.get(&environment).copied();
        if !at_once && last.is_some_and(|last| now.duration_since(last) < TELL_EVERY) {
            return;
        }
        held.told.insert(environment, now);
    }
    desk.say_changed(environment, &[Tag::Deliveries]);
}

/// Tells shells how far a replay is.
async fn tell_replay(desk: &Desk, environment: Environment, open: &OpenMirror, id: &str) {
    if let Ok(Some(row)) = open.mirror.replays().by_id(id).await
        && let Ok(replay) = replays::view(desk, environment, open, row).await
    {
        desk.say(Notice::Replay { environment, replay: Box::new(replay) });
    }
}

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}
