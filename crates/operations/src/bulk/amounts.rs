//! Amounts as people of different countries write them. What can be read in two ways is not guessed at:
//! `1.299` is one euro thirty or one thousand three hundred, and the rest of the column or a person says which.

use domain::{Currency, ExponentTable, Money};
use export::reading::GivenCell;

/// What stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decimals {
    /// A point, as in `1,299.00`.
    Point,
    /// A comma, as in `1.299,00`.
    Comma,
}

/// Why an amount cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is no amount.
    NotAnAmount,
    /// It can be read in two ways.
    Ambiguous,
    /// It names another currency than the payment's.
    OtherCurrency,
}

/// What an amount is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wished {
    /// All that is left.
    All,
    /// So much.
    Exactly(Money),
}

/// Words for all that is left.
const ALL: [&str; 9] = ["all", "full", "alles", "voll", "tout", "total", "todo", "tutto", "tudo"];
/// Signs of one currency alone.
const SIGNS: [(&str, &str); 5] = [("€", "EUR"), ("£", "GBP"), ("₹", "INR"), ("₩", "KRW"), ("zł", "PLN")];
/// Signs that several currencies share, with these.
const SHARED_SIGNS: [(&str, &[&str]); 4] = [
    (
        "$",
        &[
            "USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "BRL", "DOP", "UYU",
            "JMD", "TTD", "BBD", "BMD", "BND", "BSD", "BZD", "FJD", "GYD", "KYD", "LRD", "NAD", "SBD", "SRD",
            "XCD",
        ],
    ),
    ("¥", &["JPY", "CNY"]),
    ("￥", &["JPY", "CNY"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
];

/// The currencies that an amount can be in by its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// This one.
    One(String),
    /// One of these.
    OneOf(&'static [&'static str]),
}

impl Named {
    fn is(&self, currency: Currency) -> bool {
        match self {
            Self::One(code) => code == currency.code(),
            Self::OneOf(codes) => codes.contains(&currency.code()),
        }
    }
}

/// What stands before the decimals in a column, where its amounts leave no doubt.
pub(super) fn decimals_of<'a>(cells: impl Iterator<Item = &'a GivenCell>) -> Option<Decimals> {
    let mut found = None;
    for cell in cells.filter(|cell| !cell.is_number) {
        let (digits, _) = bare(&cell.text);
        match (found, certain(&digits)) {
            (_, None) => {}
            (None, certain) => found = certain,
            (Some(before), Some(now)) if before == now => {}
            // Written in both ways: then each amount must tell for itself.
            (Some(_), Some(_)) => return None,
        }
    }
    found
}

/// Reads an amount in a currency.
pub(super) fn read(
    cell: &GivenCell,
    currency: Currency,
    decimals: Option<Decimals>,
) -> Result<Wished, Unread> {
    if ALL.contains(&cell.text.to_lowercase().as_str()) {
        return Ok(Wished::All);
    }
    let (text, named) = bare(&cell.text);
    if named.is_some_and(|named| !named.is(currency)) {
        return Err(Unread::OtherCurrency);
    }
    let plain = if cell.is_number { text } else { with_point(&text, certain(&text).or(decimals), currency)? };
    // Zeros that the currency has no place for are the same amount, such as 1299.00 in yen.
    let exponent = usize::try_from(ExponentTable::Stripe.exponent(currency)).unwrap_or(0);
    let plain = match plain.split_once('.') {
        Some((whole, decimals)) if decimals.len() > exponent => {
            let (kept, beyond) = decimals.split_at(exponent);
            match (beyond.bytes().all(|digit| digit == b'0'), kept.is_empty()) {
                (true, true) => whole.to_owned(),
                (true, false) => format!("{whole}.{kept}"),
                (false, _) => plain,
            }
        }
        _ => plain,
    };
    Money::parse(&plain, currency, ExponentTable::Stripe)
        .map(Wished::Exactly)
        .map_err(|_| Unread::NotAnAmount)
}

/// Without the sign or code of a currency, which is told beside it. White space within parts thousands, as an
/// apostrophe does: `12 99` is neither twelve nor thirteen hundred.
fn bare(text: &str) -> (String, Option<Named>) {
    let text = text.trim();
    let (number, named) = unsigned(text);
    let number = number.trim().chars().map(|one| if one.is_whitespace() { '\'' } else { one }).collect();
    (number, named)
}

/// Without the sign or code of a currency.
fn unsigned(text: &str) -> (String, Option<Named>) {
    let parted = |sign: &str| text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)).map(str::to_owned);
    for (sign, code) in SIGNS {
        if let Some(rest) = parted(sign) {
            return (rest, Some(Named::One(code.to_owned())));
        }
    }
    let letters = |part: &str| part.len() == 3 && part.bytes().all(|one| one.is_ascii_alphabetic());
    let (start, end) = (text.get(..3), text.len().checked_sub(3).and_then(|from| text.get(from..)));
    for (code, rest) in
        [(start, text.get(3..)), (end, text.len().checked_sub(3).and_then(|to| text.get(..to)))]
    {
        let has_digits = |rest: &&str| rest.contains(|one: char| one.is_ascii_digit());
        if let (Some(code), Some(rest)) = (code.filter(|code| letters(code)), rest.filter(has_digits)) {
            return (rest.to_owned(), Some(Named::One(code.to_ascii_uppercase())));
        }
    }
    let shared =
        SHARED_SIGNS.iter().find_map(|(sign, codes)| Some((parted(sign)?, Some(Named::OneOf(codes)))));
    shared.unwrap_or_else(|| (text.to_owned(), None))
}

/// What stands before the decimals of an amount that can be read in one way alone.
fn certain(text: &str) -> Option<Decimals> {
    let (points, commas) = (text.matches('.').count(), text.matches(',').count());
    let after = |sign: char| text.rsplit(sign).next().map_or(0, str::len);
    match (points, commas) {
        // One of each kind: the last stands before the decimals.
        (1.., 1..) if text.rfind('.') > text.rfind(',') => Some(Decimals::Point),
        (1.., 1..) => Some(Decimals::Comma),
        // Several of one kind part thousands.
        (2.., 0) => Some(Decimals::Comma),
        (0, 2..) => Some(Decimals::Point),
        // Thousands have three digits behind them, so anything else is decimals; and nothing stands before 0.
        (1, 0) if after('.') != 3 || text.starts_with("0.") => Some(Decimals::Point),
        (0, 1) if after(',') != 3 || text.starts_with("0,") => Some(Decimals::Comma),
        _ => None,
    }
}

/// The amount with a point before its decimals and nothing between its thousands.
fn with_point(text: &str, decimals: Option<Decimals>, currency: Currency) -> Result<String, Unread> {
    if !text.contains(['.', ',', '\'', '\u{2019}']) {
        return Ok(text.to_owned());
    }
    let text: String = text.chars().map(|one| if one == '\u{2019}' { '\'' } else { one }).collect();
    if !text.chars().all(|one| one.is_ascii_digit() || matches!(one, '.' | ',' | '\'')) {
        return Err(Unread::NotAnAmount);
    }
    let Some(first) = text.find(['.', ',']) else { return grouped(&text, '\'') };
    // Nobody parts decimals.
    if text.rfind('\'').is_some_and(|last| last > first) {
        return Err(Unread::NotAnAmount);
    }
    let decimals = match decimals {
        Some(decimals) => decimals,
        // A currency without decimals has nothing but thousands.
        None if ExponentTable::Stripe.exponent(currency) == 0 && text.contains(',') => Decimals::Point,
        None if ExponentTable::Stripe.exponent(currency) == 0 => Decimals::Comma,
        None => return Err(Unread::Ambiguous),
    };
    let (point, other) = if decimals == Decimals::Point { ('.', ',') } else { (',', '.') };
    let (whole, rest) =
        text.split_once(point).map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let parting = if whole.contains('\'') { '\'' } else { other };
    let whole = if whole.contains(parting) { grouped(whole, parting)? } else { whole.to_owned() };
    match rest {
        Some(rest) if rest.is_empty() || !rest.bytes().all(|one| one.is_ascii_digit()) => {
            Err(Unread::NotAnAmount)
        }
        Some(rest) => Ok(format!("{whole}.{rest}")),
        None => Ok(whole),
    }
}

/// Digits in groups of three, without what parts them.
fn grouped(text: &str, sign: char) -> Result<String, Unread> {
    let mut groups = text.split(sign);
    let first = groups.next().unwrap_or_default();
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|one| one.is_ascii_digit());
    let mut joined = first.to_owned();
    for group in groups {
        if group.len() != 3 || !is_digits(group) {
            return Err(Unread::NotAnAmount);
        }
        joined.push_str(group);
    }
    if is_digits(first) && first.len() <= 3 { Ok(joined) } else { Err(Unread::NotAnAmount) }
}

#[cfg(test)]
mod tests {
    use domain::Currency;
    use export::reading::GivenCell;

    use super::{Decimals, Unread, Wished, decimals_of, read};

    fn cell(text: &str) -> GivenCell {
        GivenCell { text: text.to_owned(), is_number: false }
    }

    fn minor(text: &str, currency: &str, decimals: Option<Decimals>) -> Result<i64, Unread> {
        let currency: Currency = currency.parse().unwrap();
        match read(&cell(text), currency, decimals) {
            Ok(Wished::Exactly(money)) => Ok(money.minor),
            Ok(Wished::All) => Ok(-1),
            Err(why) => Err(why),
        }
    }

    #[test]
    fn m13_amounts_of_several_countries_are_read_or_asked_about() {
        for (text, currency, wanted) in [
            ("12,99", "EUR", Ok(1_299)),
            ("1.299,00", "EUR", Ok(129_900)),
            ("1,299.00", "USD", Ok(129_900)),
            ("1.234.567", "EUR", Ok(123_456_700)),
            ("1 299,00", "EUR", Ok(129_900)),
            ("1\u{202f}299,00 €", "EUR", Ok(129_900)),
            ("1'299.00", "CHF", Ok(129_900)),
            ("CHF 1\u{2019}299.50", "CHF", Ok(129_950)),
            ("$12.5", "USD", Ok(1_250)),
            ("12.5 usd", "USD", Ok(1_250)),
            ("1299", "EUR", Ok(129_900)),
            ("0.125", "KWD", Err(Unread::NotAnAmount)),
            ("0.120", "KWD", Ok(120)),
            ("1,299", "JPY", Ok(1_299)),
            ("1299.00", "JPY", Ok(1_299)),
            ("all", "EUR", Ok(-1)),
            ("1.299", "EUR", Err(Unread::Ambiguous)),
            ("1,299", "USD", Err(Unread::Ambiguous)),
            ("12.999", "USD", Err(Unread::Ambiguous)),
            ("€5", "USD", Err(Unread::OtherCurrency)),
            ("$5", "EUR", Err(Unread::OtherCurrency)),
            ("kr 5", "SEK", Ok(500)),
            ("¥500", "USD", Err(Unread::OtherCurrency)),
            ("5 GBP", "USD", Err(Unread::OtherCurrency)),
        ] {
            assert_eq!(minor(text, currency, None), wanted, "{text} {currency}");
        }
    }

    #[test]
    fn m07_m14_m15_and_other_texts_that_are_no_amounts_are_refused() {
        for text in [
            "1e3",
            "-5",
            "(5.00)",
            "+5",
            "١٢",
            "12.9.9",
            "1,29,9",
            "1.29,99.0",
            "=1+1",
            "",
            ".5",
            "5.",
            "1,2345.00",
            "NaN",
            "0x10",
            "12 99",
            "12. 99",
            "1 2 3",
        ] {
            assert_eq!(minor(text, "USD", None).err(), Some(Unread::NotAnAmount), "{text}");
        }
        assert_eq!(minor("12.99", "JPY", None), Err(Unread::NotAnAmount));
        assert_eq!(minor("9223372036854775808", "USD", None), Err(Unread::NotAnAmount));
    }

    #[test]
    fn a_column_tells_what_one_amount_alone_does_not() {
        let column =
            |texts: &[&str]| decimals_of(texts.iter().map(|one| cell(one)).collect::<Vec<_>>().iter());
        assert_eq!(column(&["1.299", "12,50"]), Some(Decimals::Comma));
        assert_eq!(column(&["1,299", "12.50"]), Some(Decimals::Point));
        assert_eq!(column(&["1.299", "2.000"]), None);
        assert_eq!(column(&["12,50", "12.50"]), None);
        assert_eq!(minor("1.299", "EUR", Some(Decimals::Comma)), Ok(129_900));
        assert_eq!(minor("1.299", "EUR", Some(Decimals::Point)), Err(Unread::NotAnAmount));
        assert_eq!(minor("1,299", "USD", Some(Decimals::Point)), Ok(129_900));
    }

    #[test]
    fn a_number_of_a_spreadsheet_has_a_decimal_point_for_certain() {
        let number = GivenCell { text: "1.2".to_owned(), is_number: true };
        let usd: Currency = "USD".parse().unwrap();
        assert!(
            matches!(read(&number, usd, Some(Decimals::Comma)), Ok(Wished::Exactly(money)) if money.minor == 120)
        );
        let finer = GivenCell { text: "1.299".to_owned(), is_number: true };
        assert_eq!(read(&finer, usd, None), Err(Unread::NotAnAmount));
    }
}
