//! Dates as they are typed. Days are days of UTC, as everywhere in Paydesk where no account's own
//! zone is named.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use domain::Timestamp;

use super::number::ends;

/// Words for a time, by docs.stripe.com/dashboard/search (`date:yesterday`, `last week`).
pub(super) const DATE_WORDS: [&str; 8] =
    ["today", "yesterday", "this-week", "last-week", "this-month", "last-month", "this-year", "last-year"];

/// A time that was named: its beginning, and where the time after it begins. Both are the same for a
/// moment such as `-7d`.
type Span = (DateTime<Utc>, DateTime<Utc>);

/// A year, a month or a day, a word for a time, a moment such as `-7d`, a range of them, or a
/// comparison. From the beginning on, and up to the end without it.
pub(super) fn period(text: &str, now: Timestamp) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
    let text = text.to_lowercase();
    let (left, right, open) = ends(&text)?;
    let read = |end: Option<&str>| match end {
        None => Some(None),
        Some(text) => span(text, now.to_datetime()).map(Some),
    };
    let alone = left == right;
    let (left, right) = (read(left)?, read(right)?);
    // After a day means from the end of it, and before a day means up to its start.
    let from = left.map(|span| if open { span.1 } else { span.0 });
    let until = right.map(|span| if open { span.0 } else { span.1 });
    // A moment alone means since then.
    let until = until.filter(|until| !(alone && from == Some(*until)));
    Some((from.map(Timestamp::from), until.map(Timestamp::from)))
}

fn span(text: &str, now: DateTime<Utc>) -> Option<Span> {
    if let Some(since) = text.strip_prefix('-') {
        return ago(since, now).map(|moment| (moment, moment));
    }
    if let Some(moment) = moment(text) {
        return Some((moment, moment));
    }
    let (first, after) = words(text, now.date_naive()).or_else(|| days(text, now.date_naive()))?;
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    Some((midnight(first), midnight(after)))
}

/// `7d` before now; `h` for hours, `d` for 24 of them, `w` for seven of those, `m` for months, `y` for years.
fn ago(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let unit = text.chars().last()?;
    let digits = text.get(..text.len() - unit.len_utf8())?;
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u32 = digits.parse().ok()?;
    match unit {
        'h' => now.checked_sub_signed(TimeDelta::hours(count.into())),
        'd' => now.checked_sub_days(Days::new(count.into())),
        'w' => now.checked_sub_days(Days::new(u64::from(count) * 7)),
        'm' => now.checked_sub_months(Months::new(count)),
        'y' => now.checked_sub_months(Months::new(count * 12)),
        _ => None,
    }
}

/// `2026-03-01T08:00:00Z`, as times are written in files; in lower case by now.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&text.to_uppercase()).ok().map(|moment| moment.to_utc())
}

/// `yesterday`, `last week`: the first day, and the day after the last one. Weeks begin on Mondays.
fn words(text: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let text = text.replace([' ', '_'], "-");
    let monday = || today.checked_sub_days(Days::new(today.weekday().num_days_from_monday().into()));
    let (year, month) = (Months::new(12), Months::new(1));
    let first = match text.as_str() {
        "today" => return Some((today, today.succ_opt()?)),
        "yesterday" => return Some((today.pred_opt()?, today)),
        "this-week" => {
            return monday().and_then(|first| Some((first, first.checked_add_days(Days::new(7))?)));
        }
        "last-week" => {
            return monday().and_then(|after| Some((after.checked_sub_days(Days::new(7))?, after)));
        }
        "this-month" | "last-month" => today.with_day(1)?,
        "this-year" | "last-year" => today.with_day(1)?.with_month(1)?,
        _ => return None,
    };
    let length = if text.ends_with("year") { year } else { month };
    match text.starts_with("this") {
        true => Some((first, first.checked_add_months(length)?)),
        false => Some((first.checked_sub_months(length)?, first)),
    }
}

/// `2026-03-01`, `2026/03`, `2026`, or `03/31` for the last such day: the first day, and the day
/// after the last one.
fn days(text: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let number = |part: &str, digits: usize| {
        let fits = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| part.parse::<u32>().ok()).flatten()
    };
    let day = |day: NaiveDate| Some((day, day.succ_opt()?));
    match parts.as_slice() {
        [month, of_month] if text.contains('/') && month.len() == 2 => {
            let (month, of_month) = (number(month, 2)?, number(of_month, 2)?);
            // The 29th of February comes once in four years, or in eight.
            let last = (0..=8).find_map(|years| {
                let found = NaiveDate::from_ymd_opt(today.year() - years, month, of_month)?;
                (found <= today).then_some(found)
            });
            day(last?)
        }
        [year] => {
            let first = NaiveDate::from_ymd_opt(i32::try_from(number(year, 4)?).ok()?, 1, 1)?;
            Some((first, first.checked_add_months(Months::new(12))?))
        }
        [year, month] => {
            let first = NaiveDate::from_ymd_opt(i32::try_from(number(year, 4)?).ok()?, number(month, 2)?, 1)?;
            Some((first, first.checked_add_months(Months::new(1))?))
        }
        [year, month, of_month] => {
            let year = i32::try_from(number(year, 4)?).ok()?;
            day(NaiveDate::from_ymd_opt(year, number(month, 2)?, number(of_month, 2)?)?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let text = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
        text.parse().unwrap()
    }

    /// A Wednesday.
    fn read(text: &str) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
        period(text, at("2026-03-04T12:30:00Z"))
    }

    fn both(from: &str, until: &str) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
        Some((Some(at(from)), Some(at(until))))
    }

    #[test]
    fn periods_end_where_the_next_begins() {
        assert_eq!(read("2026-03"), both("2026-03-01", "2026-04-01"));
        assert_eq!(read("2026"), both("2026-01-01", "2027-01-01"));
        assert_eq!(read("2026-03-01..2026-03-31"), both("2026-03-01", "2026-04-01"));
        assert_eq!(read("2026-03-01..2026-03-01"), both("2026-03-01", "2026-03-02"));
        assert_eq!(read(">2026-03-01"), Some((Some(at("2026-03-02")), None)));
        assert_eq!(read("<2026-03-01"), Some((None, Some(at("2026-03-01")))));
        assert_eq!(read("2024-02-29"), both("2024-02-29", "2024-03-01"));
        assert_eq!(read("2020/07/12"), both("2020-07-12", "2020-07-13"));
        for bad in [
            "2026-02-30",
            "2026-13",
            "26-01-01",
            "2026-3-1",
            "soon",
            "2026-03-01-01",
            "..",
            "-",
            "-d",
            "-7",
            "-7x",
            "-99999d",
            "--7d",
            "02/30",
            "13/01",
            "é",
            "-é",
            "-1é",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn words_and_moments_are_told_from_now() {
        let since = |text: &str| Some((Some(at(text)), None));
        assert_eq!(read("-7d"), since("2026-02-25T12:30:00Z"));
        assert_eq!(read("-24h"), since("2026-03-03T12:30:00Z"));
        assert_eq!(read("-1w"), read("-7d"));
        assert_eq!(read("-3m"), since("2025-12-04T12:30:00Z"));
        assert_eq!(read("-1y"), since("2025-03-04T12:30:00Z"));
        assert_eq!(read("-7d.."), read("-7d"));
        assert_eq!(read(">-7d"), read("-7d"));
        assert_eq!(read("-30d..-7d"), both("2026-02-02T12:30:00Z", "2026-02-25T12:30:00Z"));
        assert_eq!(read("..-7d"), Some((None, Some(at("2026-02-25T12:30:00Z")))));
        assert_eq!(read("Today"), both("2026-03-04", "2026-03-05"));
        assert_eq!(read("yesterday"), both("2026-03-03", "2026-03-04"));
        assert_eq!(read("yesterday..today"), both("2026-03-03", "2026-03-05"));
        assert_eq!(read("last week"), both("2026-02-23", "2026-03-02"));
        assert_eq!(read("this-week"), both("2026-03-02", "2026-03-09"));
        assert_eq!(read("last_month"), both("2026-02-01", "2026-03-01"));
        assert_eq!(read("this month"), both("2026-03-01", "2026-04-01"));
        assert_eq!(read("last year"), both("2025-01-01", "2026-01-01"));
        assert_eq!(read("this year"), both("2026-01-01", "2027-01-01"));
        assert_eq!(read("03/04"), both("2026-03-04", "2026-03-05"));
        assert_eq!(read("08/22"), both("2025-08-22", "2025-08-23"));
        assert_eq!(read("02/29"), both("2024-02-29", "2024-03-01"));
        for word in DATE_WORDS {
            assert!(read(word).is_some(), "{word}");
        }
        assert_eq!(period("-31d", at("2026-03-31T00:00:00Z")).unwrap().0, Some(at("2026-02-28")));
    }
}
