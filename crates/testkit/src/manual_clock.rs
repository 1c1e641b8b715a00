//! A clock that stands still until it is told to move, and that never really waits.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug)]
struct Times {
    wall_ms: i64,
    monotonic: Duration,
    sleeps: Vec<Duration>,
}

/// Wall time, monotonic time and the sleeps that were asked for. Sleeping moves both times at once
/// and is over at once: it suits one task that waits at a time.
#[derive(Debug)]
pub struct ManualClock(Mutex<Times>);

impl ManualClock {
    /// Starts at this many milliseconds since 1970, monotonic time at zero.
    pub fn at_ms(wall_ms: i64) -> Self {
        Self(Mutex::new(Times { wall_ms, monotonic: Duration::ZERO, sleeps: Vec::new() }))
    }

    fn with<R>(&self, change: impl FnOnce(&mut Times) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.with(|times| times.wall_ms)
    }

    /// Time since the start; never goes back.
    pub fn monotonic(&self) -> Duration {
        self.with(|times| times.monotonic)
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.with(|times| {
            times.monotonic = times.monotonic.saturating_add(by);
            let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            times.wall_ms = times.wall_ms.saturating_add(by_ms);
        });
    }

    /// Moves the wall clock alone, as a correction or the sleep of a computer does; negative goes back.
    pub fn jump_wall_ms(&self, by_ms: i64) {
        self.with(|times| times.wall_ms = times.wall_ms.saturating_add(by_ms));
    }

    /// Notes the wait and lets that time pass.
    pub fn sleep(&self, duration: Duration) {
        self.advance(duration);
        self.with(|times| times.sleeps.push(duration));
    }

    /// The waits asked for so far, in order.
    pub fn sleeps(&self) -> Vec<Duration> {
        self.with(|times| times.sleeps.clone())
    }
}
