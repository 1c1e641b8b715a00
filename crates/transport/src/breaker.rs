//! The circuit breaker of one account: after several failures in a row nothing is sent for a while,
//! then one request is let through to see.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Timestamp;

use crate::clock::Clock;
use crate::config::BreakerPolicy;
use crate::quota::BreakerState;

#[derive(Debug)]
enum State {
    Closed { failures: u32 },
    Open { until: Duration, open_for: Duration },
    HalfOpen { open_for: Duration },
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// Grows with each change between closed and open, so that an attempt that began in an earlier
    /// time neither closes nor opens the breaker when it ends.
    generation: u64,
}

#[derive(Debug)]
pub(crate) struct Breaker {
    inner: Mutex<Inner>,
    policy: BreakerPolicy,
    clock: Arc<dyn Clock>,
}

/// Leave to make one attempt. Dropped without a result (the caller gave up) it changes nothing,
/// except that a look at a half-open breaker may be taken by the next one.
#[derive(Debug)]
pub(crate) struct Pass {
    breaker: Arc<Breaker>,
    generation: u64,
    is_probe: bool,
    is_settled: bool,
}

impl Breaker {
    pub(crate) fn new(policy: BreakerPolicy, clock: Arc<dyn Clock>) -> Arc<Self> {
        let inner = Mutex::new(Inner { state: State::Closed { failures: 0 }, generation: 0 });
        Arc::new(Self { inner, policy, clock })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moment_of(&self, monotonic: Duration) -> Timestamp {
        let ahead = monotonic.saturating_sub(self.clock.monotonic());
        self.clock.now().plus_ms(i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX))
    }

    /// Leave for one attempt, or when to ask again.
    pub(crate) fn enter(self: &Arc<Self>) -> Result<Pass, Timestamp> {
        let mut inner = self.lock();
        let is_probe = match inner.state {
            State::Closed { .. } => false,
            State::Open { until, .. } if self.clock.monotonic() < until => return Err(self.moment_of(until)),
            State::Open { open_for, .. } => {
                inner.state = State::HalfOpen { open_for };
                true
            }
            State::HalfOpen { .. } => return Err(self.clock.now().plus_ms(1000)),
        };
        Ok(Pass { breaker: Arc::clone(self), generation: inner.generation, is_probe, is_settled: false })
    }

    /// When an attempt would next be let through, or `None` when one would be now.
    pub(crate) fn refused_until(&self) -> Option<Timestamp> {
        match self.lock().state {
            State::Closed { .. } => None,
            State::Open { until, .. } if self.clock.monotonic() >= until => None,
            State::Open { until, .. } => Some(self.moment_of(until)),
            State::HalfOpen { .. } => Some(self.clock.now().plus_ms(1000)),
        }
    }

    pub(crate) fn state(&self) -> BreakerState {
        match self.lock().state {
            State::Closed { failures } => BreakerState::Closed { failures_in_a_row: failures },
            State::Open { until, .. } => BreakerState::Open { next_try: self.moment_of(until) },
            State::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    fn open(&self, inner: &mut Inner, open_for: Duration) {
        inner.state = State::Open { until: self.clock.monotonic().saturating_add(open_for), open_for };
        inner.generation += 1;
    }
}

impl Pass {
    /// The vendor answered with something other than a `5xx`.
    pub(crate) fn answered(mut self) {
        self.is_settled = true;
        let mut inner = self.breaker.lock();
        if inner.generation != self.generation {
            return;
        }
        if self.is_probe {
            inner.generation += 1;
        }
        inner.state = State::Closed { failures: 0 };
    }

    /// No answer, or a `5xx`.
    pub(crate) fn failed(mut self) {
        self.is_settled = true;
        let mut inner = self.breaker.lock();
        if inner.generation != self.generation {
            return;
        }
        match inner.state {
            State::Closed { failures } if failures + 1 >= self.breaker.policy.failures_to_open => {
                self.breaker.open(&mut inner, self.breaker.policy.first_open);
            }
            State::Closed { failures } => inner.state = State::Closed { failures: failures + 1 },
            State::HalfOpen { open_for } if self.is_probe => {
                let longer = open_for.saturating_mul(2).min(self.breaker.policy.open_cap);
                self.breaker.open(&mut inner, longer);
            }
            State::HalfOpen { .. } | State::Open { .. } => {}
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.is_settled || !self.is_probe {
            return;
        }
        let mut inner = self.breaker.lock();
        if let (State::HalfOpen { open_for }, true) = (&inner.state, inner.generation == self.generation) {
            let (open_for, until) = (*open_for, self.breaker.clock.monotonic());
            inner.state = State::Open { until, open_for };
        }
    }
}
