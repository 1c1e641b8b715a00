//! The sandbox's clock: the real one, or a fixed one that only moves when told to.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

/// Whole seconds, never going backward: rows are ordered by their time.
pub(crate) struct Clock {
    fixed: Option<i64>,
    moved: AtomicI64,
    latest: AtomicI64,
}

impl Clock {
    /// A clock that stands at `fixed`, or follows the system; it never shows less than `floor`.
    pub(crate) fn new(fixed: Option<DateTime<Utc>>, floor: i64) -> Clock {
        Clock {
            fixed: fixed.map(|at| at.timestamp()),
            moved: AtomicI64::new(0),
            latest: AtomicI64::new(floor),
        }
    }

    /// The time now, in Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        let at = self.fixed.unwrap_or_else(|| Utc::now().timestamp()) + self.moved.load(Ordering::SeqCst);
        self.latest.fetch_max(at, Ordering::SeqCst).max(at)
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, seconds: i64) {
        self.moved.fetch_add(seconds.max(0), Ordering::SeqCst);
    }
}

/// A time as HTTP prints it.
pub(crate) fn http_date(at: i64) -> String {
    DateTime::from_timestamp(at, 0).unwrap_or_default().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::new(DateTime::from_timestamp(1_700_000_000, 0), 0);
        assert_eq!((clock.now(), clock.now()), (1_700_000_000, 1_700_000_000));
        clock.advance(90);
        assert_eq!(clock.now(), 1_700_000_090);
        clock.advance(-50);
        assert_eq!(clock.now(), 1_700_000_090);
        assert_eq!(Clock::new(DateTime::from_timestamp(5, 0), 9).now(), 9);
        assert_eq!(http_date(1_700_000_000), "Tue, 14 Nov 2023 22:13:20 GMT");
    }
}
