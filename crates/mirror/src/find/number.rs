//! Amounts and dates as they are typed.

use chrono::{Days, Months, NaiveDate};
use domain::Timestamp;

use super::term::Bounds;

/// The most decimals that a currency has here.
const DECIMALS: usize = 3;
/// Digits before the point that still fit.
const MOST_WHOLE_DIGITS: usize = 15;

/// `19.99` to 19990 thousandths. ASCII digits with at most one point; no sign, no exponent.
pub(super) fn thousandths(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let decimals_fit = decimals.len() <= DECIMALS && !text.ends_with('.');
    if whole.is_empty()
        || whole.len() > MOST_WHOLE_DIGITS
        || !decimals_fit
        || !digits(whole)
        || !digits(decimals)
    {
        return None;
    }
    format!("{whole}{decimals:0<DECIMALS$}").parse().ok()
}

/// One amount, `10..20`, `10..`, `..20`, or a comparison.
pub(super) fn bounds(text: &str) -> Option<Bounds> {
    let (left, right, open) = ends(text)?;
    let read = |end: Option<&str>| match end {
        None => Some(None),
        Some(text) => thousandths(text).map(Some),
    };
    Some(Bounds { least: read(left)?, most: read(right)?, open })
}

/// A year, a month or a day, a range of them, or a comparison; the end is left out.
pub(super) fn period(text: &str) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
    let (left, right, open) = ends(text)?;
    let left = left.map(day_span);
    let right = right.map(day_span);
    if left == Some(None) || right == Some(None) {
        return None;
    }
    let (left, right) = (left.flatten(), right.flatten());
    // After a day means from the end of it, and before a day means up to its start.
    let from = left.map(|span| if open { span.1 } else { span.0 });
    let until = right.map(|span| if open { span.0 } else { span.1 });
    Some((from.map(moment), until.map(moment)))
}

/// Lower end, upper end, and whether the ends themselves are left out.
fn ends(text: &str) -> Option<(Option<&str>, Option<&str>, bool)> {
    let comparisons = [(">=", false, true), ("<=", false, false), (">", true, true), ("<", true, false)];
    for (sign, open, lower) in comparisons {
        if let Some(rest) = text.strip_prefix(sign) {
            return Some(if lower { (Some(rest), None, open) } else { (None, Some(rest), open) });
        }
    }
    let text = text.strip_prefix('=').unwrap_or(text);
    match text.split_once("..") {
        None => Some((Some(text), Some(text), false)),
        Some(("", "")) => None,
        Some((left, right)) => {
            let end = |end| Some(end).filter(|end: &&str| !end.is_empty());
            Some((end(left), end(right), false))
        }
    }
}

/// First day, and the day after the last one.
fn day_span(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let mut parts = text.split('-');
    let number = |part: Option<&str>, digits: usize| {
        let part =
            part.filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        part.parse::<u32>().ok()
    };
    let year = i32::try_from(number(parts.next(), 4)?).ok()?;
    let (month, day) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    let first = NaiveDate::from_ymd_opt(
        year,
        if month.is_some() { number(month, 2)? } else { 1 },
        if day.is_some() { number(day, 2)? } else { 1 },
    )?;
    let after = match (month, day) {
        (None, _) => first.checked_add_months(Months::new(12)),
        (_, None) => first.checked_add_months(Months::new(1)),
        _ => first.checked_add_days(Days::new(1)),
    };
    Some((first, after?))
}

fn moment(day: NaiveDate) -> Timestamp {
    Timestamp::from(day.and_time(chrono::NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_digit_by_digit() {
        assert_eq!(thousandths("19.99"), Some(19_990));
        assert_eq!(thousandths("500"), Some(500_000));
        assert_eq!(thousandths("0.001"), Some(1));
        for bad in ["", ".", "1.", ".5", "1e3", "-1", "1,5", "19.9999", "9999999999999999", "١٢"] {
            assert_eq!(thousandths(bad), None, "{bad}");
        }
    }

    #[test]
    fn ranges_and_comparisons() {
        let range = |least, most, open| Some(Bounds { least, most, open });
        assert_eq!(bounds("10..20"), range(Some(10_000), Some(20_000), false));
        assert_eq!(bounds("10.."), range(Some(10_000), None, false));
        assert_eq!(bounds(">10"), range(Some(10_000), None, true));
        assert_eq!(bounds("<=10"), range(None, Some(10_000), false));
        assert_eq!(bounds("=10"), range(Some(10_000), Some(10_000), false));
        for bad in ["..", "10..x", ">", ">>1", "abc", ""] {
            assert_eq!(bounds(bad), None, "{bad}");
        }
    }

    #[test]
    fn periods_end_where_the_next_begins() {
        let at = |text: &str| format!("{text}T00:00:00Z").parse::<Timestamp>().unwrap();
        assert_eq!(period("2026-03"), Some((Some(at("2026-03-01")), Some(at("2026-04-01")))));
        assert_eq!(period("2026"), Some((Some(at("2026-01-01")), Some(at("2027-01-01")))));
        assert_eq!(period("2026-03-01..2026-03-31"), Some((Some(at("2026-03-01")), Some(at("2026-04-01")))));
        assert_eq!(period(">2026-03-01"), Some((Some(at("2026-03-02")), None)));
        assert_eq!(period("<2026-03-01"), Some((None, Some(at("2026-03-01")))));
        assert_eq!(period("2024-02-29"), Some((Some(at("2024-02-29")), Some(at("2024-03-01")))));
        for bad in ["2026-02-30", "2026-13", "26-01-01", "2026-3-1", "yesterday", "2026-03-01-01", ".."] {
            assert_eq!(period(bad), None, "{bad}");
        }
    }
}
