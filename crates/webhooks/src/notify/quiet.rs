//! Hours in which a channel is sent nothing, by the clock on the wall of a place.

use chrono::{DateTime, Days, LocalResult, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest that a clock on a wall ever skips, in minutes.
const SKIPPED_MOST: i64 = 26 * 60;
/// Most quiet times that are one.
const ENDS_MOST: u32 = 4;

/// From one time of the day to another, over midnight where the second is the earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// When they begin, such as `22:00`.
    pub from: String,
    /// When they end, such as `07:00`.
    pub to: String,
    /// The time zone, as the IANA database names it.
    pub zone: String,
}

impl QuietHours {
    /// Reads `22:00-07:00` and a time zone.
    ///
    /// # Errors
    /// Says what is wrong, in words.
    pub fn read(hours: &str, zone: &str) -> Result<Self, &'static str> {
        let (from, to) = hours.split_once('-').ok_or("quiet hours are written as 22:00-07:00")?;
        let quiet =
            Self { from: from.trim().to_owned(), to: to.trim().to_owned(), zone: zone.trim().to_owned() };
        quiet.check()?;
        Ok(quiet)
    }

    /// Whether the times and the zone are ones.
    ///
    /// # Errors
    /// Says what is wrong, in words.
    pub fn check(&self) -> Result<(), &'static str> {
        let (from, to, _) = self.parts()?;
        if from == to {
            return Err("quiet hours that end when they begin are none or all; pause the channel instead");
        }
        Ok(())
    }

    /// Until when nothing is sent, where that is so at a moment. What cannot be read holds nothing back.
    pub fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        let mut held = None;
        // A clock that skips the hour between two quiet times makes one of both.
        for _ in 0..ENDS_MOST {
            match self.next_end(held.unwrap_or(now)) {
                Some(end) => held = Some(end),
                None => break,
            }
        }
        held
    }

    fn next_end(&self, now: Timestamp) -> Option<Timestamp> {
        let (from, to, zone) = self.parts().ok()?;
        let wall = now.to_datetime().with_timezone(&zone).naive_local();
        let time = wall.time();
        let (is_quiet, is_tomorrow) = match from < to {
            true => (from <= time && time < to, false),
            false => (from <= time || time < to, time >= from),
        };
        if !is_quiet {
            return None;
        }
        let day = wall.date().checked_add_days(Days::new(u64::from(is_tomorrow)))?;
        let end = on_the_wall(zone, day.and_time(to), now.to_datetime())?;
        Some(Timestamp::from_ms(end.timestamp_millis()))
    }

    fn parts(&self) -> Result<(NaiveTime, NaiveTime, Tz), &'static str> {
        let time = |text: &str| {
            NaiveTime::parse_from_str(text, "%H:%M")
                .ok()
                .filter(|time| time.second() == 0)
                .ok_or("a time of the day is written as 07:00")
        };
        let zone = self.zone.parse().map_err(|_| "a time zone is named as Europe/Berlin")?;
        Ok((time(&self.from)?, time(&self.to)?, zone))
    }
}

/// The first moment after another at which the clock on the wall shows a time, or has skipped it.
fn on_the_wall(zone: Tz, time: NaiveDateTime, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    for minutes in 0..=SKIPPED_MOST {
        match zone.from_local_datetime(&(time + TimeDelta::minutes(minutes))) {
            LocalResult::Single(moment) => return Some(moment.to_utc()),
            LocalResult::Ambiguous(first, second) => {
                let first = first.to_utc();
                return Some(if first > after { first } else { second.to_utc() });
            }
            LocalResult::None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use domain::Timestamp;
    use proptest::prelude::*;

    use super::QuietHours;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_ms(text.parse::<DateTime<Utc>>().unwrap().timestamp_millis())
    }

    fn until(hours: &str, zone: &str, now: &str) -> Option<String> {
        let end = QuietHours::read(hours, zone).unwrap().held_until(at(now))?;
        Some(end.to_datetime().format("%m-%d %H:%M").to_string())
    }

    #[test]
    fn a_night_goes_over_midnight() {
        let night = |now| until("22:00-07:00", "Europe/Berlin", now);
        assert_eq!(night("2026-11-22T20:59:59Z"), None);
        assert_eq!(night("2026-11-22T21:00:00Z").as_deref(), Some("11-23 06:00"));
        assert_eq!(night("2026-11-23T05:59:59Z").as_deref(), Some("11-23 06:00"));
        assert_eq!(night("2026-11-23T06:00:00Z"), None);
        assert_eq!(
            until("12:00-13:30", "Asia/Kolkata", "2026-11-22T07:00:00Z").as_deref(),
            Some("11-22 08:00")
        );
    }

    #[test]
    fn a_night_that_changes_the_clock_ends_by_the_clock_on_the_wall() {
        // Summer time ends on 25 October 2026 and begins on 28 March 2027.
        let night = |now| until("22:00-07:00", "Europe/Berlin", now);
        assert_eq!(night("2026-10-24T20:00:00Z").as_deref(), Some("10-25 06:00"), "ten hours");
        assert_eq!(night("2027-03-27T21:00:00Z").as_deref(), Some("03-28 05:00"), "eight hours");
        // An end that the clock skips is when it skips it.
        let skipped = until("22:00-02:30", "Europe/Berlin", "2027-03-27T23:00:00Z");
        assert_eq!(skipped.as_deref(), Some("03-28 01:00"));
        // One that comes twice: quiet until the first, and again until the second.
        let twice = |now| until("22:00-02:30", "Europe/Berlin", now);
        assert_eq!(twice("2026-10-24T23:00:00Z").as_deref(), Some("10-25 00:30"));
        assert_eq!(twice("2026-10-25T00:45:00Z"), None);
        assert_eq!(twice("2026-10-25T01:10:00Z").as_deref(), Some("10-25 01:30"));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for bad in ["", "22:00", "22-07", "25:00-07:00", "22:00-07:60", "07:00-07:00", "22:00:01-07:00"] {
            assert!(QuietHours::read(bad, "Europe/Berlin").is_err(), "{bad:?}");
        }
        for bad in ["", "Berlin", "CEST+2", "../etc"] {
            assert!(QuietHours::read("22:00-07:00", bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        /// Whatever is held is held until a moment that comes, within two days, and is quiet no more then.
        #[test]
        fn the_end_comes_and_is_the_end(minute in 0_i64..2_000_000, from in 0_u32..1_440, to in 0_u32..1_440) {
            prop_assume!(from != to);
            let text = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
            let quiet = QuietHours { from: text(from), to: text(to), zone: "America/New_York".to_owned() };
            let now = at("2026-01-01T00:00:00Z").plus_ms(minute * 60_000);
            if let Some(end) = quiet.held_until(now) {
                let held_ms = end.ms_since(now);
                prop_assert!(held_ms > 0 && held_ms <= 49 * 3_600_000, "{held_ms}");
                prop_assert_eq!(quiet.held_until(end), None);
            }
        }
    }
}
