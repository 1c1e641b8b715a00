//! Time, handed in so that tests need not wait.

use std::fmt::Debug;
use std::time::Duration;

use domain::Timestamp;
use futures::future::BoxFuture;
use tokio::time::Instant;

/// The wall clock, a clock that only runs forward, and a way to wait.
pub trait Clock: Debug + Send + Sync {
    /// The moment, as the computer believes it.
    fn now(&self) -> Timestamp;
    /// Time since some fixed start; never goes back, and may stand still while the computer sleeps.
    fn monotonic(&self) -> Duration;
    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The computer's own clocks.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Starts the monotonic clock at zero.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        chrono::Utc::now().into()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
