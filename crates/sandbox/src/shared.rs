//! What all connections of one running sandbox share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::api::route;
use crate::clock::Clock;
use crate::core::{Core, Executed, Request};
use crate::error::ApiError;
use crate::faults::FaultPlan;
use crate::ids::Kind;
use crate::journal::{Entry, Journal};
use crate::json::Json;
use crate::keys::Keys;
use crate::messages::Messages;
use crate::rate::RateLimits;
use crate::render::{View, write_event};
use crate::webhook::{Delivery, Job, Target};

/// One running sandbox.
pub(crate) struct Shared {
    pub(crate) core: RwLock<Core>,
    pub(crate) clock: Clock,
    pub(crate) keys: Keys,
    pub(crate) account: String,
    pub(crate) latency_ms: u64,
    pub(crate) faults: Mutex<FaultPlan>,
    pub(crate) limits: Option<Mutex<RateLimits>>,
    pub(crate) requests: Mutex<BTreeMap<String, u64>>,
    pub(crate) journal: Mutex<Option<Journal>>,
    pub(crate) request_count: AtomicU64,
    pub(crate) jobs: UnboundedSender<Job>,
    pub(crate) forwards: Mutex<Vec<String>>,
    pub(crate) deliveries: Mutex<Vec<Delivery>>,
    pub(crate) messages: Mutex<Messages>,
    /// How many events have been handed to delivery.
    pub(crate) dispatched: AtomicUsize,
    pub(crate) stop: CancellationToken,
}

/// A panic in one request must not stop the others: the data behind a lock is used as it is.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn reading(&self) -> RwLockReadGuard<'_, Core> {
        self.core.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn writing(&self) -> RwLockWriteGuard<'_, Core> {
        self.core.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new request id.
    pub(crate) fn request_id(&self) -> String {
        let count = self.request_count.fetch_add(1, Ordering::SeqCst);
        self.reading().world.ids.text(Kind::Request, count as u32)
    }

    /// Does what was planned for up to now, and sends the events of it.
    pub(crate) fn settle(&self) {
        let now = self.clock.now();
        if self.reading().world.next_due().is_some_and(|due| due <= now) {
            let mut core = self.writing();
            core.world.catch_up(now);
            self.dispatch(&core);
        }
    }

    /// Hands new events to delivery.
    pub(crate) fn dispatch(&self, core: &Core) {
        let from = self.dispatched.swap(core.world.events.len(), Ordering::SeqCst);
        let forwards = locked(&self.forwards).clone();
        for (offset, event) in core.world.events.iter().skip(from).enumerate() {
            let place = (from + offset) as u32;
            let endpoints =
                core.world.endpoints.iter().enumerate().filter(|(_, endpoint)| endpoint.wants(event.kind));
            let targets = endpoints
                .map(|(index, _)| Target::Endpoint(index as u32))
                .chain(forwards.iter().cloned().map(Target::Forward));
            for target in targets {
                // The receiver is gone only when the sandbox stops.
                let _ = self.jobs.send(Job { event: place, target });
            }
        }
    }

    /// Executes a write and has it on disk before it is answered.
    pub(crate) fn write(&self, method: &str, form: &str, request: &Request<'_>) -> Executed {
        let Some((route, captures)) = route(method, request.path) else {
            let core = self.reading();
            return core.failed(&ApiError::unknown_url(method, request.path), request.request_id, request.at);
        };
        let mut core = self.writing();
        // The time is read again under the lock: two requests that wait for it must not be executed out of the order of their times.
        let request = Request { at: self.clock.now(), ..*request };
        let executed = core.write(route, captures, &request);
        if executed.lasting && !executed.replayed {
            let entry = Entry::Request {
                at: request.at,
                request_id: request.request_id.to_owned(),
                method: method.to_owned(),
                path: request.path.to_owned(),
                form: form.to_owned(),
                key: request.key.map(str::to_owned),
                failure: request.failure,
            };
            if let Some(journal) = locked(&self.journal).as_mut()
                && let Err(error) = journal.append(&entry)
            {
                tracing::error!(%error, "the sandbox's state file could not be written");
                return core.failed(&ApiError::server(500), request.request_id, request.at);
            }
        }
        self.dispatch(&core);
        for (event, endpoint) in std::mem::take(&mut core.world.resends) {
            let _ = self.jobs.send(Job { event, target: Target::Endpoint(endpoint) });
        }
        executed
    }

    /// Plays the journal on a fresh account; answers the time of its last request.
    pub(crate) fn replay(core: &mut Core, entries: Vec<Entry>) -> i64 {
        let mut latest = 0;
        for entry in entries {
            match entry {
                Entry::Delivered { event } => {
                    if let Some(event) = core.world.events.get_mut(event as usize) {
                        event.pending = event.pending.saturating_sub(1);
                    }
                }
                Entry::Request { at, request_id, method, path, form, key, failure } => {
                    latest = at;
                    let (Some((route, captures)), Ok(params)) =
                        (route(&method, &path), crate::form::parse(&form))
                    else {
                        continue;
                    };
                    let request = Request {
                        request_id: &request_id,
                        path: &path,
                        params: &params,
                        key: key.as_deref(),
                        at,
                        failure,
                    };
                    core.write(route, captures, &request);
                    if let Some(key) = &key {
                        core.finish(key);
                    }
                }
            }
        }
        // What was asked for before the stop was begun then.
        core.world.resends.clear();
        latest
    }

    /// What an event's delivery needs: its id, where it goes, the secret and the body; nothing when the endpoint is gone.
    pub(crate) fn event_for(&self, job: &Job) -> Option<(String, String, String, Vec<u8>)> {
        let core = self.reading();
        let (url, secret) = match &job.target {
            Target::Forward(url) => (url.clone(), self.keys.webhook.clone()),
            Target::Endpoint(index) => {
                let endpoint = core
                    .world
                    .endpoints
                    .get(*index as usize)
                    .filter(|endpoint| endpoint.enabled && !endpoint.deleted)?;
                (endpoint.url.clone(), endpoint.secret.clone())
            }
        };
        let mut json = Json::new(&core.world.ids);
        write_event(View { world: &core.world, now: self.clock.now() }, &mut json, job.event);
        let mut body = json.finish();
        // Stripe's bodies of events end without a line end.
        body.pop();
        Some((core.world.ids.text(Kind::Event, job.event), url, secret, body))
    }

    /// Notes a try, and counts the endpoint off when it took the event.
    pub(crate) fn delivered(&self, job: &Job, delivery: Delivery) {
        if delivery.succeeded() && matches!(job.target, Target::Endpoint(_)) {
            let mut core = self.writing();
            if let Some(event) = core.world.events.get_mut(job.event as usize) {
                event.pending = event.pending.saturating_sub(1);
            }
            if let Some(journal) = locked(&self.journal).as_mut()
                && let Err(error) = journal.note(&Entry::Delivered { event: job.event })
            {
                tracing::warn!(%error, "a delivery was not noted in the sandbox's state file");
            }
        }
        locked(&self.deliveries).push(delivery);
    }
}
