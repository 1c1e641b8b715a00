//! Amounts as they are typed, and ranges of anything.

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

/// An amount as people and documents write it: `1,299.00`, `1.299,00`, `1'299.00`, `19,99`. None where
/// it could be several numbers, as in `10,20,30`.
pub(super) fn written(text: &str) -> Option<i64> {
    thousandths(text).or_else(|| {
        let (whole, decimals) = parts(text)?;
        let groups: Vec<&str> = whole.split(GROUPING).collect();
        let (first, others) = groups.split_first()?;
        // Of three digits each; in India the last one is of three and those before it of two.
        let (last, middle) =
            others.split_last().map_or((None, others), |(last, middle)| (Some(last), middle));
        let fits = (1..=3).contains(&first.len())
            && middle.iter().all(|group| (2..=3).contains(&group.len()))
            && last.is_none_or(|last| last.len() == 3);
        if !fits {
            return None;
        }
        let whole = groups.concat();
        thousandths(&if decimals.is_empty() { whole } else { format!("{whole}.{decimals}") })
    })
}

/// What may stand between thousands.
const GROUPING: [char; 4] = [',', '.', '\'', '\u{2019}'];

/// What stands before the decimal sign, with one sign between thousands at most, and what stands behind it.
fn parts(text: &str) -> Option<(&str, &str)> {
    let signs: Vec<(usize, char)> = text.char_indices().filter(|(_, one)| GROUPING.contains(one)).collect();
    let ((at, last), before) = signs.split_last()?;
    let same =
        |signs: &[(usize, char)]| signs.windows(2).all(|pair| matches!(pair, [one, next] if one.1 == next.1));
    let behind = text.get(at + last.len_utf8()..)?;
    let is_decimal = match before.last() {
        Some((_, sign)) => sign != last,
        None => behind.len() < 3,
    };
    if !same(before) {
        return None;
    }
    match is_decimal {
        true if matches!(last, ',' | '.') && !behind.is_empty() => Some((text.get(..*at)?, behind)),
        true => None,
        false => Some((text, "")),
    }
}

/// One amount, `10..20`, `10..`, `..20`, or a comparison.
pub(super) fn bounds(text: &str) -> Option<Bounds> {
    let (left, right, open) = ends(text)?;
    let read = |end: Option<&str>| match end {
        None => Some(None),
        Some(text) => written(text).map(Some),
    };
    Some(Bounds { least: read(left)?, most: read(right)?, open })
}

/// Lower end, upper end, and whether the ends themselves are left out.
pub(super) fn ends(text: &str) -> Option<(Option<&str>, Option<&str>, bool)> {
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
    fn amounts_are_read_as_people_write_them() {
        for (text, meant) in [
            ("1,299.00", 1_299_000),
            ("1.299,00", 1_299_000),
            ("1'299.50", 1_299_500),
            ("1\u{2019}299.50", 1_299_500),
            ("19,99", 19_990),
            ("19,9", 19_900),
            ("1,299", 1_299_000),
            ("1.299.000", 1_299_000_000),
            ("1,299,000.5", 1_299_000_500),
            ("12,34,567.00", 1_234_567_000),
            ("19.99", 19_990),
        ] {
            assert_eq!(written(text), Some(meant), "{text}");
        }
        for bad in [
            "10,20,30",
            "1,2345",
            ",5",
            "5,",
            "1,299.",
            "1.299,00.1",
            "1,299'000",
            "'",
            "1,,299",
            "12345,678.00",
        ] {
            assert_eq!(written(bad), None, "{bad}");
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
}
