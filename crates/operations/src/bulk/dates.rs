//! Days as people of different countries write them.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Utc};
use domain::Timestamp;

/// The days that a text can mean: two where day and month cannot be told apart. None where it is no day.
pub(super) fn read(text: &str) -> Option<BTreeSet<NaiveDate>> {
    let text = text.trim();
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(BTreeSet::from([moment.with_timezone(&Utc).date_naive()]));
    }
    for pattern in ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"] {
        if let Ok(moment) = NaiveDateTime::parse_from_str(text, pattern) {
            return Some(BTreeSet::from([moment.date()]));
        }
    }
    // What stands behind the day is the time of it.
    let day = text.split([' ', 'T']).next().unwrap_or(text).trim_end_matches(',');
    let patterns: &[&str] = match day {
        day if day.contains('-') => &["%Y-%m-%d", "%d-%m-%Y"],
        day if day.contains('/') => &["%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y"],
        _ => &["%d.%m.%Y", "%Y.%m.%d", "%Y%m%d"],
    };
    let sound = |day: &NaiveDate| (1990..=2200).contains(&chrono::Datelike::year(day));
    let days: BTreeSet<NaiveDate> = patterns
        .iter()
        .filter_map(|pattern| NaiveDate::parse_from_str(day, pattern).ok())
        .filter(sound)
        .collect();
    if days.is_empty() { None } else { Some(days) }
}

/// Whether something happened on a day, wherever on earth that day was meant.
pub(super) fn is_on(moment: Timestamp, day: NaiveDate) -> bool {
    let happened = moment.to_datetime().date_naive();
    let (before, after) = (day.checked_sub_days(Days::new(1)), day.checked_add_days(Days::new(1)));
    before.is_none_or(|before| happened >= before) && after.is_none_or(|after| happened <= after)
}

/// The span of all that may have happened on some days.
pub(super) fn span(days: impl Iterator<Item = NaiveDate>) -> Option<(Timestamp, Timestamp)> {
    const DAY_MS: i64 = 86_400_000;
    let days: Vec<NaiveDate> = days.collect();
    let start = |day: &NaiveDate| Some(Timestamp::from(day.and_hms_opt(0, 0, 0)?.and_utc()));
    let first = days.iter().min().and_then(start)?;
    let last = days.iter().max().and_then(start)?;
    Some((first.plus_ms(-DAY_MS), last.plus_ms(2 * DAY_MS)))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::read;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn days_are_read_as_they_are_written_in_several_countries() {
        for (text, wanted) in [
            ("2026-11-21", vec![day(2026, 11, 21)]),
            ("2026-11-21T23:15:00Z", vec![day(2026, 11, 21)]),
            ("2026-11-21 23:15", vec![day(2026, 11, 21)]),
            ("21.11.2026", vec![day(2026, 11, 21)]),
            ("21/11/2026", vec![day(2026, 11, 21)]),
            ("11/21/2026", vec![day(2026, 11, 21)]),
            ("03/04/2026", vec![day(2026, 3, 4), day(2026, 4, 3)]),
        ] {
            assert_eq!(read(text).unwrap().into_iter().collect::<Vec<_>>(), wanted, "{text}");
        }
        for text in ["", "yesterday", "31.02.2026", "2026", "46000"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
