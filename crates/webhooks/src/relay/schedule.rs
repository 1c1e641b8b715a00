//! When a delivery is tried again: a table, and one pure function.

use domain::Timestamp;

/// Waits between the tries of an event that is relayed, in seconds: ten tries over three days at least, however chance
/// moves each.
const RELAY_WAITS_S: [i64; 9] = [5, 300, 1_800, 7_200, 28_800, 54_000, 72_000, 79_200, 86_400];
/// Waits between the tries of an event that is replayed: whoever replays waits for the end.
const REPLAY_WAITS_S: [i64; 2] = [2, 10];
/// What wants fewer requests, or did not answer in time, is tried after twice the wait, but after so many seconds at least,
const SLOWER_AT_LEAST_S: i64 = 30;
/// and so many later at most, so that ten tries do not take a week.
const SLOWER_AT_MOST_S: i64 = 3_600;
/// Longest that an endpoint's `Retry-After` is followed: a day.
const RETRY_AFTER_MOST_MS: i64 = 86_400_000;
/// A wait is so many thousandths of the table's at least, and as many more than a thousand at most.
const JITTER_LEAST: i64 = 800;
const JITTER_MOST: i64 = 1_200;
/// The longest wait that follows any try: 30 hours.
pub const LONGEST_WAIT_MS: i64 = (86_400 + SLOWER_AT_MOST_S) * JITTER_MOST;
/// Longest pause between two tries within which an endpoint still counts as having taken nothing: somewhat more than the
/// longest wait, so that Paydesk was there all the time.
pub const PAUSE_MOST_MS: i64 = LONGEST_WAIT_MS + 6 * 3_600_000;
/// An endpoint that took nothing for so long is switched off: five days.
pub const FAILING_LIMIT_MS: i64 = 5 * 86_400_000;

/// Which table of waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Of events that are relayed as they come.
    Relay,
    /// Of events that a person replays.
    Replay,
}

impl Schedule {
    fn waits(self) -> &'static [i64] {
        match self {
            Self::Relay => &RELAY_WAITS_S,
            Self::Replay => &REPLAY_WAITS_S,
        }
    }
}

/// Most tries of a delivery.
pub fn attempts_of(schedule: Schedule) -> u32 {
    u32::try_from(schedule.waits().len() + 1).unwrap_or(u32::MAX)
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With a whole answer of this status.
    Status(u16),
    /// Without one in time.
    TimedOut,
    /// Without one, for another reason that may pass.
    NoAnswer,
    /// It was refused here, before anything was sent: the address is none to send to.
    RefusedHere,
}

/// A try, and what is known around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// Which waits.
    pub schedule: Schedule,
    /// How it ended.
    pub ended: Ended,
    /// Number of the try, from 1.
    pub attempt: u32,
    /// What the endpoint asked for by `Retry-After`, in milliseconds.
    pub retry_after_ms: Option<i64>,
    /// Since when the endpoint took nothing, this try not counted; only as long as it was tried.
    pub failing_since: Option<Timestamp>,
    /// When it ended.
    pub now: Timestamp,
    /// Any number; it moves the wait a little, so that what failed together does not come back together.
    pub chance: u32,
}

/// Why an endpoint is not sent to any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// It said that it is gone.
    Gone,
    /// It took nothing for days.
    Failing,
}

impl StopReason {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// What follows a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// It was taken.
    Delivered,
    /// It is tried again in so many milliseconds.
    Retry {
        /// From now.
        wait_ms: i64,
    },
    /// It is not tried any more.
    GiveUp,
    /// It is not tried any more, and nothing else is sent to the endpoint.
    Stop(StopReason),
}

/// Says what follows a try.
///
/// A redirect is not followed and counts as any other answer that is not of the 200s. `Retry-After` makes a wait longer
/// and never shorter.
pub fn decide(tried: &Tried) -> NextStep {
    match tried.ended {
        Ended::Status(200..=299) => return NextStep::Delivered,
        Ended::Status(410) => return NextStep::Stop(StopReason::Gone),
        _ => {}
    }
    if tried.failing_since.is_some_and(|since| tried.now.ms_since(since) >= FAILING_LIMIT_MS) {
        return NextStep::Stop(StopReason::Failing);
    }
    let place = usize::try_from(tried.attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(wait_s) = tried.schedule.waits().get(place) else { return NextStep::GiveUp };
    let wait_s = match tried.ended {
        Ended::Status(429) | Ended::TimedOut => {
            (wait_s + (*wait_s).min(SLOWER_AT_MOST_S)).max(SLOWER_AT_LEAST_S)
        }
        _ => *wait_s,
    };
    let thousandths = JITTER_LEAST + i64::from(tried.chance) % (JITTER_MOST - JITTER_LEAST + 1);
    let asked_ms = tried.retry_after_ms.unwrap_or(0).clamp(0, RETRY_AFTER_MOST_MS);
    NextStep::Retry { wait_ms: (wait_s * thousandths).max(asked_ms) }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use domain::Timestamp;

    use super::{
        Ended, FAILING_LIMIT_MS, LONGEST_WAIT_MS, NextStep, RELAY_WAITS_S, Schedule, StopReason, Tried,
        attempts_of, decide,
    };

    fn tried(ended: Ended) -> Tried {
        Tried {
            schedule: Schedule::Relay,
            ended,
            attempt: 1,
            retry_after_ms: None,
            failing_since: None,
            now: Timestamp::from_ms(1_700_000_000_000),
            // The middle: the wait of the table itself.
            chance: 200,
        }
    }

    #[test]
    fn ten_tries_take_three_days_at_least_whatever_chance_says() {
        assert_eq!(attempts_of(Schedule::Relay), 10);
        let total_ms = |chance: u32| -> i64 {
            (1..10)
                .map(|attempt| match decide(&Tried { chance, attempt, ..tried(Ended::NoAnswer) }) {
                    NextStep::Retry { wait_ms } => wait_ms,
                    other => panic!("{other:?}"),
                })
                .sum()
        };
        let (shortest, longest) = (total_ms(0), total_ms(400));
        assert!(shortest >= 72 * 3_600_000, "{shortest}");
        assert!(
            longest < FAILING_LIMIT_MS,
            "{longest}: whoever fails for days is not switched off by one event"
        );
        assert!(RELAY_WAITS_S.is_sorted());
    }

    #[test]
    fn no_wait_is_longer_than_the_longest() {
        let waits = [Ended::Status(429), Ended::NoAnswer].map(|ended| {
            match decide(&Tried { chance: 400, attempt: 9, ..tried(ended) }) {
                NextStep::Retry { wait_ms } => wait_ms,
                other => panic!("{other:?}"),
            }
        });
        assert_eq!(waits[0], LONGEST_WAIT_MS);
        assert!(waits[1] < LONGEST_WAIT_MS);
    }

    /// The whole table of what follows which end of which try, as it was looked over.
    #[test]
    fn the_table_of_what_follows() {
        let mut table = String::new();
        let ends = [
            ("200", Ended::Status(200)),
            ("299", Ended::Status(299)),
            ("302", Ended::Status(302)),
            ("400", Ended::Status(400)),
            ("404", Ended::Status(404)),
            ("410", Ended::Status(410)),
            ("429", Ended::Status(429)),
            ("500", Ended::Status(500)),
            ("503", Ended::Status(503)),
            ("timeout", Ended::TimedOut),
            ("no answer", Ended::NoAnswer),
            ("refused here", Ended::RefusedHere),
        ];
        for (name, ended) in ends {
            for schedule in [Schedule::Relay, Schedule::Replay] {
                let steps: Vec<String> = (1..=attempts_of(schedule))
                    .map(|attempt| match decide(&Tried { attempt, schedule, ..tried(ended) }) {
                        NextStep::Delivered => "taken".to_owned(),
                        NextStep::Retry { wait_ms } => format!("{}s", wait_ms / 1_000),
                        NextStep::GiveUp => "end".to_owned(),
                        NextStep::Stop(reason) => format!("stop:{}", reason.as_str()),
                    })
                    .collect();
                let _ = writeln!(table, "{schedule:?} {name}: {}", steps.join(" "));
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn jitter_stays_within_a_fifth_and_every_number_is_one() {
        for chance in [0, 1, 399, 400, 401, u32::MAX] {
            let NextStep::Retry { wait_ms } = decide(&Tried { chance, attempt: 2, ..tried(Ended::NoAnswer) })
            else {
                panic!("it is tried again")
            };
            assert!((240_000..=360_000).contains(&wait_ms), "{wait_ms}");
        }
    }

    #[test]
    fn retry_after_makes_a_wait_longer_and_never_shorter_or_endless() {
        let wait =
            |asked: i64| match decide(&Tried { retry_after_ms: Some(asked), ..tried(Ended::Status(503)) }) {
                NextStep::Retry { wait_ms } => wait_ms,
                other => panic!("{other:?}"),
            };
        assert_eq!(wait(0), 5_000);
        assert_eq!(wait(-7), 5_000);
        assert_eq!(wait(60_000), 60_000);
        assert_eq!(wait(i64::MAX), 86_400_000);
    }

    #[test]
    fn an_endpoint_that_took_nothing_for_five_days_is_switched_off() {
        let now = Timestamp::from_ms(1_700_000_000_000);
        let after = |ms: i64| {
            decide(&Tried { failing_since: Some(now.plus_ms(-ms)), now, ..tried(Ended::Status(500)) })
        };
        assert!(matches!(after(4 * 86_400_000), NextStep::Retry { .. }));
        assert_eq!(after(FAILING_LIMIT_MS), NextStep::Stop(StopReason::Failing));
        let taken =
            Tried { failing_since: Some(now.plus_ms(-FAILING_LIMIT_MS)), now, ..tried(Ended::Status(200)) };
        assert_eq!(decide(&taken), NextStep::Delivered, "what is taken is taken");
    }
}
