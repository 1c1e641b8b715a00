//! The pace of an endpoint or a replay: evenly so many a second, without making up for time in which nothing was sent, so
//! that what gathered in a sleep does not leave all at once.

use std::time::Duration;

use tokio::time::Instant;

/// So much of the time in which nothing was sent is made up for, since timers are not exact.
const MADE_UP_FOR: Duration = Duration::from_millis(50);

/// When the next one may leave.
#[derive(Debug, Default)]
pub(super) struct Pace {
    next: Option<Instant>,
}

fn interval(rate_per_second: u32) -> Duration {
    Duration::from_secs(1) / rate_per_second.max(1)
}

impl Pace {
    /// How many may leave now.
    pub(super) fn room(&mut self, now: Instant, rate_per_second: u32) -> u32 {
        let earliest = now.checked_sub(MADE_UP_FOR).unwrap_or(now);
        let next = *self.next.insert(self.next.unwrap_or(now).max(earliest));
        if next > now {
            return 0;
        }
        let gathered = now.duration_since(next).as_nanos() / interval(rate_per_second).as_nanos().max(1);
        u32::try_from(gathered).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// How long until the next one may.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        self.next.map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    /// So many left.
    pub(super) fn take(&mut self, count: u32, rate_per_second: u32) {
        if let Some(next) = &mut self.next {
            *next += interval(rate_per_second) * count;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Pace;

    #[test]
    fn so_many_leave_in_a_second_and_no_more_after_a_pause() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut count_until = |from_ms: u64, until_ms: u64| {
            let mut left = 0;
            for ms in from_ms..until_ms {
                let room = pace.room(start + Duration::from_millis(ms), 20);
                pace.take(room, 20);
                left += room;
            }
            left
        };
        assert_eq!(count_until(0, 1_000), 20);
        assert_eq!(count_until(1_000, 2_000), 20);
        // An hour of sleep.
        let after = count_until(3_602_000, 3_603_000);
        assert!((20..=21).contains(&after), "{after}");
    }

    #[test]
    fn whoever_asks_too_early_is_told_how_long_to_wait() {
        let start = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(pace.room(start, 1), 1);
        pace.take(1, 1);
        assert_eq!(pace.room(start + Duration::from_millis(400), 1), 0);
        assert_eq!(pace.wait(start + Duration::from_millis(400)), Duration::from_millis(600));
    }

    #[test]
    fn a_fast_pace_makes_up_for_what_timers_miss() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.room(start, 1_000);
        pace.take(1, 1_000);
        let late = pace.room(start + Duration::from_millis(10), 1_000);
        assert!((9..=10).contains(&late), "{late}");
    }
}
