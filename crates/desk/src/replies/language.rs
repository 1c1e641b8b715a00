//! The words of the replies: one plain file per language, read when they are needed.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use contract::{ExponentTable, Money};

/// Every language with its file.
const FILES: [(&str, &str); 4] = [
    ("en", include_str!("../../messages/replies.en.json")),
    ("de", include_str!("../../messages/replies.de.json")),
    ("fr", include_str!("../../messages/replies.fr.json")),
    ("es", include_str!("../../messages/replies.es.json")),
];
/// What is written where nobody knows better.
pub(crate) const DEFAULT: &str = "en";
/// Digits between two separators.
const GROUP: usize = 3;

/// The codes of all languages.
pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(code, _)| *code)
}

/// The code of the language that a locale such as `de-AT` or `de_AT` is of, where there are words in it.
pub(crate) fn of_locale(locale: &str) -> Option<&'static str> {
    let language = locale.split(['-', '_']).next()?.trim().to_ascii_lowercase();
    codes().find(|code| *code == language)
}

/// The language that most people of a country read, where it is one that there are words in. A country of
/// several such languages, such as Belgium, Canada or Switzerland, tells nothing.
pub(crate) fn of_country(country: &str) -> Option<&'static str> {
    match country {
        "US" | "GB" | "IE" | "AU" | "NZ" => Some("en"),
        "DE" | "AT" | "LI" => Some("de"),
        "FR" | "MC" => Some("fr"),
        "ES" | "MX" | "AR" | "CL" | "CO" | "PE" | "EC" | "UY" | "PY" | "BO" | "VE" | "CR" | "PA" | "DO"
        | "GT" | "HN" | "NI" | "SV" => Some("es"),
        _ => None,
    }
}

/// One language.
#[derive(Debug)]
pub(crate) struct Language {
    words: BTreeMap<String, String>,
}

impl Language {
    /// The language of a code.
    pub(crate) fn of(code: &str) -> Option<Self> {
        let (_, file) = FILES.iter().find(|(one, _)| *one == code)?;
        Some(Self { words: serde_json::from_str(file).ok()? })
    }

    /// A sentence with its values. What is in a value is never read as a place for another.
    pub(crate) fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut said = String::new();
        let mut rest = self.words.get(key).map_or(key, String::as_str);
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let Some((name, after)) = after.split_once('}') else { break };
            said.push_str(values.iter().find(|(one, _)| *one == name).map_or("", |(_, value)| value));
            rest = after;
        }
        said.push_str(rest);
        said
    }

    /// An amount with the separators of the language, such as `1.299,00 EUR`.
    pub(crate) fn money(&self, money: Money) -> String {
        let plain = money.to_decimal(ExponentTable::Stripe);
        let (whole, part) =
            plain.split_once('.').map_or((plain.as_str(), None), |(whole, part)| (whole, Some(part)));
        let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
        let mut number = sign.to_owned();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(GROUP) {
                number.push_str(&self.say("group", &[]));
            }
            number.push(digit);
        }
        if let Some(part) = part {
            number.push_str(&self.say("decimal", &[]));
            number.push_str(part);
        }
        self.say("money", &[("number", &number), ("currency", money.currency.code())])
    }

    /// A day as the language writes it.
    pub(crate) fn day(&self, day: NaiveDate) -> String {
        let months = self.say("months", &[]);
        let month = months.split(' ').nth(day.month0() as usize).unwrap_or_default();
        self.say(
            "day",
            &[("day", &day.day().to_string()), ("month", month), ("year", &day.year().to_string())],
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn places(text: &str) -> BTreeSet<String> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    #[test]
    fn every_language_says_all_that_english_says_with_the_same_values() {
        let english = Language::of(DEFAULT).unwrap();
        for code in codes() {
            let language = Language::of(code).unwrap();
            let keys = |one: &Language| one.words.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&language), keys(&english), "{code}");
            for (key, words) in &english.words {
                assert_eq!(places(&language.words[key]), places(words), "{code}: {key}");
                assert!(!language.words[key].is_empty(), "{code}: {key}");
            }
            assert_eq!(language.words["months"].split(' ').count(), 12, "{code}");
        }
    }

    #[test]
    fn amounts_and_days_are_written_as_the_language_writes_them() {
        let money = |minor, currency: &str| Money::new(minor, currency.parse().unwrap());
        let day = NaiveDate::from_ymd_opt(2026, 3, 5).unwrap();
        let of = |code: &str| {
            let language = Language::of(code).unwrap();
            let amounts =
                [money(129_900, "EUR"), money(1_234_567, "JPY"), money(-5, "USD"), money(99_999, "KWD")];
            (amounts.map(|one| language.money(one)), language.day(day))
        };
        let (amounts, day_en) = of("en");
        assert_eq!(amounts, ["1,299.00 EUR", "1,234,567 JPY", "-0.05 USD", "99.999 KWD"]);
        assert_eq!(day_en, "5 March 2026");
        assert_eq!(of("de").0[0], "1.299,00 EUR");
        assert_eq!(of("de").1, "5. März 2026");
        assert_eq!(of("fr").0[1], "1\u{202f}234\u{202f}567 JPY");
        assert_eq!(of("es").1, "5 de marzo de 2026");
    }

    #[test]
    fn a_value_that_looks_like_a_place_stays_as_it_is() {
        let english = Language::of("en").unwrap();
        assert_eq!(english.say("charge.for", &[("description", "{amount} {")]), "It is for: {amount} {.");
    }

    #[test]
    fn a_locale_and_a_country_tell_the_language_or_nothing() {
        assert_eq!(of_locale("de-AT"), Some("de"));
        assert_eq!(of_locale("ES_mx"), Some("es"));
        assert_eq!(of_locale("ja"), None);
        assert_eq!(of_locale(""), None);
        assert_eq!(of_country("FR"), Some("fr"));
        assert_eq!(of_country("CH"), None);
    }
}
