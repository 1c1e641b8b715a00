//! The rate budget of one account: a bucket for the account, one per endpoint, a limit on requests
//! at once, and the cool-down after a `429`.
//!
//! Callers queue in order per endpoint, and only the first of each endpoint queues for the account:
//! a thousand pages of charges never stand before a refund.

mod bucket;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::config::{Pacing, RateBudgetConfig};
use crate::endpoint::Endpoint;
use crate::quota::{BreakerState, EndpointQuota, Quota};
use crate::retry::RateLimitScope;
use bucket::Bucket;

/// After a `429` so much time passes between two requests of the account until one succeeds.
const COOL_DOWN_STEP: Duration = Duration::from_secs(1);

/// A `Retry-After` holds the whole account back no longer than this: a vendor that says eleven days
/// by mistake must not stop the desk for eleven days. The call that got it ends and says so.
const COOL_DOWN_CAP: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct CoolDown {
    since: Duration,
    next: Duration,
    asked_until: Option<Duration>,
}

#[derive(Debug)]
struct EndpointState {
    bucket: Bucket,
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug)]
struct State {
    account: Bucket,
    endpoints: HashMap<Endpoint, EndpointState>,
    /// Whether the published limits of endpoints are kept, by those too that were not asked for yet.
    keeps_to_endpoint_limits: bool,
    cool_down: Option<CoolDown>,
    in_flight: u32,
    max_concurrent: u32,
    concurrency_changed_at: Duration,
    last_429_scope: Option<RateLimitScope>,
    sent: u64,
    refused: u64,
}

#[derive(Debug)]
pub(crate) struct Budget {
    state: Mutex<State>,
    account_turn: tokio::sync::Mutex<()>,
    released: Notify,
    config: RateBudgetConfig,
    clock: Arc<dyn Clock>,
}

/// Leave to send one request. Dropping it frees its place among the requests at once.
#[derive(Debug)]
pub(crate) struct Permit {
    budget: Arc<Budget>,
    endpoint: Endpoint,
    taken_at: Duration,
}

/// What stands in the way of a request.
enum Obstacle {
    Wait(Duration),
    /// As [`Obstacle::Wait`], which the next success ends.
    Cooling(Duration),
    Full,
}

impl Budget {
    pub(crate) fn new(config: RateBudgetConfig, clock: Arc<dyn Clock>) -> Arc<Self> {
        let now = clock.monotonic();
        let state = Mutex::new(State {
            account: fresh_bucket(&config, config.account_per_second, now),
            endpoints: HashMap::new(),
            keeps_to_endpoint_limits: config.pacing == Pacing::FromTheStart,
            cool_down: None,
            in_flight: 0,
            max_concurrent: config.max_concurrent,
            concurrency_changed_at: now,
            last_429_scope: None,
            sent: 0,
            refused: 0,
        });
        let account_turn = tokio::sync::Mutex::new(());
        Arc::new(Self { state, account_turn, released: Notify::new(), config, clock })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for leave to send, at most `patience`; `None` when it would take longer.
    ///
    /// Being dropped half-way takes nothing from the budget.
    pub(crate) async fn acquire(self: &Arc<Self>, endpoint: &Endpoint, patience: Duration) -> Option<Permit> {
        let give_up_at = self.clock.monotonic().saturating_add(patience);
        let turn = self.endpoint_turn(endpoint);
        // Waiting for a turn is waiting for other tasks, so it is real time, not the given clock's.
        let _endpoint_turn = tokio::time::timeout(patience, turn.lock()).await.ok()?;
        self.wait_until_clear(give_up_at, |state, now| state.endpoint_obstacle(endpoint, now)).await?;
        let _account_turn = tokio::time::timeout(patience, self.account_turn.lock()).await.ok()?;
        loop {
            self.wait_until_clear(give_up_at, |state, now| {
                state.endpoint_obstacle(endpoint, now).or_else(|| state.account_obstacle(now))
            })
            .await?;
            if let Some(permit) = self.take(endpoint) {
                return Some(permit);
            }
        }
    }

    async fn wait_until_clear(
        &self,
        give_up_at: Duration,
        obstacle: impl Fn(&mut State, Duration) -> Option<Obstacle>,
    ) -> Option<()> {
        loop {
            let now = self.clock.monotonic();
            let left = give_up_at.checked_sub(now)?;
            let found = obstacle(&mut self.lock(), now);
            match found {
                None => return Some(()),
                Some(Obstacle::Wait(wait) | Obstacle::Cooling(wait)) if wait > left => return None,
                Some(Obstacle::Wait(wait)) => self.clock.sleep(wait).await,
                Some(Obstacle::Cooling(wait)) => tokio::select! {
                    () = self.clock.sleep(wait) => {}
                    () = self.released.notified() => {}
                },
                Some(Obstacle::Full) => tokio::time::timeout(left, self.released.notified()).await.ok()?,
            }
        }
    }

    fn endpoint_turn(&self, endpoint: &Endpoint) -> Arc<tokio::sync::Mutex<()>> {
        let now = self.clock.monotonic();
        let mut state = self.lock();
        if let Some(known) = state.endpoints.get(endpoint) {
            return Arc::clone(&known.turn);
        }
        let exception = self.config.endpoint_exceptions.iter().find(|(one, _)| one == endpoint);
        let published = exception.map_or(self.config.endpoint_per_second, |(_, published)| *published);
        let turn = Arc::new(tokio::sync::Mutex::new(()));
        let mut bucket = fresh_bucket(&self.config, published, now);
        if bucket.is_unpaced() && state.keeps_to_endpoint_limits {
            bucket.begin_pacing(None, now);
        }
        let fresh = EndpointState { bucket, turn: Arc::clone(&turn) };
        state.endpoints.insert(endpoint.clone(), fresh);
        turn
    }

    fn take(self: &Arc<Self>, endpoint: &Endpoint) -> Option<Permit> {
        let now = self.clock.monotonic();
        let mut state = self.lock();
        let is_clear =
            state.endpoint_obstacle(endpoint, now).or_else(|| state.account_obstacle(now)).is_none();
        if !is_clear {
            return None;
        }
        state.endpoints.get_mut(endpoint)?.bucket.take(now);
        state.account.take(now);
        if let Some(cool_down) = &mut state.cool_down {
            cool_down.next = now.saturating_add(COOL_DOWN_STEP);
        }
        state.in_flight += 1;
        state.sent += 1;
        Some(Permit { budget: Arc::clone(self), endpoint: endpoint.clone(), taken_at: now })
    }

    pub(crate) fn quota(&self, breaker: BreakerState) -> Quota {
        let (now, wall) = (self.clock.monotonic(), self.clock.now());
        let mut state = self.lock();
        let moment = |at: Duration| -> Timestamp {
            wall.plus_ms(i64::try_from(at.saturating_sub(now).as_millis()).unwrap_or(i64::MAX))
        };
        let mut endpoints: Vec<EndpointQuota> = state
            .endpoints
            .iter_mut()
            .map(|(endpoint, one)| EndpointQuota {
                method: endpoint.method.clone(),
                path_template: endpoint.path_template,
                meter: one.bucket.meter(now),
            })
            .collect();
        endpoints
            .sort_by(|a, b| (a.path_template, a.method.as_str()).cmp(&(b.path_template, b.method.as_str())));
        let asked_until = state.cool_down.as_ref().and_then(|cool_down| cool_down.asked_until);
        Quota {
            account: state.account.meter(now),
            endpoints,
            in_flight: state.in_flight,
            max_concurrent: state.max_concurrent,
            cooling_down: state.cool_down.is_some(),
            not_before: asked_until.filter(|until| *until > now).map(moment),
            last_429_scope: state.last_429_scope,
            sent: state.sent,
            refused: state.refused,
            breaker,
        }
    }
}

fn fresh_bucket(config: &RateBudgetConfig, published: u32, now: Duration) -> Bucket {
    match config.pacing {
        Pacing::FromTheStart => Bucket::new(published, now),
        Pacing::OnceRefused { .. } => Bucket::unpaced(published, now),
    }
}

impl State {
    fn endpoint_obstacle(&mut self, endpoint: &Endpoint, now: Duration) -> Option<Obstacle> {
        let wait = self.endpoints.get_mut(endpoint)?.bucket.wait(now);
        (!wait.is_zero()).then_some(Obstacle::Wait(wait))
    }

    fn account_obstacle(&mut self, now: Duration) -> Option<Obstacle> {
        let cooling = self.cool_down.as_ref().map_or(Duration::ZERO, |one| one.next.saturating_sub(now));
        let wait = self.account.wait(now);
        if cooling > wait {
            return Some(Obstacle::Cooling(cooling));
        }
        if !wait.is_zero() {
            return Some(Obstacle::Wait(wait));
        }
        (self.in_flight >= self.max_concurrent).then_some(Obstacle::Full)
    }

    /// Who limits the account or one endpoint limits the others as well: what is published is kept to from now on,
    /// instead of finding each of the limits by a refusal that rests the whole account.
    fn keep_to_endpoint_limits(&mut self, now: Duration) {
        if std::mem::replace(&mut self.keeps_to_endpoint_limits, true) {
            return;
        }
        for one in self.endpoints.values_mut().filter(|one| one.bucket.is_unpaced()) {
            one.bucket.begin_pacing(None, now);
        }
    }

    /// Whether a request that was refused for its rate left before anybody had said that there is a limit.
    fn was_unpaced(&self, scope: RateLimitScope, endpoint: &Endpoint, sent_at: Duration) -> bool {
        match scope {
            RateLimitScope::AccountRate => self.account.was_unpaced_at(sent_at),
            RateLimitScope::EndpointRate => {
                self.endpoints.get(endpoint).is_some_and(|one| one.bucket.was_unpaced_at(sent_at))
            }
            _ => false,
        }
    }

    fn halve_concurrency(&mut self, sent_at: Duration, now: Duration) {
        if sent_at > self.concurrency_changed_at {
            self.max_concurrent = (self.max_concurrent / 2).max(1);
            self.concurrency_changed_at = now;
        }
    }
}

impl Permit {
    /// The vendor answered `429`. The account cools down whatever it is about; what else slows down
    /// is what the vendor named. Where nothing was held back until now, keeping to the limits from here on is
    /// answer enough: a rest would come on top of it.
    pub(crate) fn limited(&self, scope: RateLimitScope, retry_after: Option<Duration>) {
        let (now, wall) = (self.budget.clock.monotonic(), self.budget.clock.now());
        let lower = match self.budget.config.pacing {
            Pacing::FromTheStart => None,
            Pacing::OnceRefused { lower_account_per_second } => Some(lower_account_per_second),
        };
        let mut state = self.budget.lock();
        state.last_429_scope = Some(scope);
        state.refused += 1;
        let was_unpaced = state.was_unpaced(scope, &self.endpoint, self.taken_at);
        match scope {
            RateLimitScope::AccountRate => {
                state.account.halve(lower, self.taken_at, now);
                state.keep_to_endpoint_limits(now);
            }
            RateLimitScope::EndpointRate => state.keep_to_endpoint_limits(now),
            RateLimitScope::AccountConcurrency | RateLimitScope::EndpointConcurrency => {
                state.halve_concurrency(self.taken_at, now);
            }
            RateLimitScope::Object => {}
        }
        state.account.note_429(wall);
        if let Some(endpoint) = state.endpoints.get_mut(&self.endpoint) {
            endpoint.bucket.note_429(wall);
            if scope == RateLimitScope::EndpointRate {
                endpoint.bucket.halve(None, self.taken_at, now);
            }
        }
        if was_unpaced && retry_after.is_none() {
            return;
        }
        let asked = retry_after.map(|wait| now.saturating_add(wait.min(COOL_DOWN_CAP)));
        let next = now.saturating_add(COOL_DOWN_STEP).max(asked.unwrap_or_default());
        let earlier = state.cool_down.take();
        state.cool_down = Some(CoolDown {
            since: now,
            next: earlier.as_ref().map_or(next, |one| one.next.max(next)),
            asked_until: asked.max(earlier.and_then(|one| one.asked_until)),
        });
    }

    /// There was no connection, so the vendor saw nothing of it.
    pub(crate) fn never_left(&self) {
        let mut state = self.budget.lock();
        state.sent = state.sent.saturating_sub(1);
    }

    /// The vendor did what was asked, or refused it for another reason than load.
    pub(crate) fn served(&self) {
        let now = self.budget.clock.monotonic();
        let mut state = self.budget.lock();
        // Only a request sent after the 429 proves that the vendor takes requests again.
        if state.cool_down.as_ref().is_some_and(|cool_down| self.taken_at >= cool_down.since) {
            state.cool_down = None;
        }
        let is_due = now.saturating_sub(state.concurrency_changed_at) >= Duration::from_secs(5);
        if is_due && state.max_concurrent < self.budget.config.max_concurrent {
            state.max_concurrent += 1;
            state.concurrency_changed_at = now;
            self.budget.released.notify_one();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.budget.lock();
        state.in_flight = state.in_flight.saturating_sub(1);
        drop(state);
        self.budget.released.notify_one();
    }
}

#[cfg(test)]
#[path = "budget/tests.rs"]
mod tests;
