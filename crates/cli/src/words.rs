//! Values as a person reads them: the same text in every locale, so that scripts may cut it too.

use contract::completion::{SEARCH_EN, SEARCH_EVENTS_EN, SEARCH_MESSAGES_EN};
use contract::{ExponentTable, Money, Timestamp};

/// The field words of a search with what they take, in the order of the alphabet.
pub(crate) fn explanations() -> Vec<(String, String)> {
    explained(SEARCH_EN)
}

/// The same of a search for events.
pub(crate) fn event_explanations() -> Vec<(String, String)> {
    explained(SEARCH_EVENTS_EN)
}

/// The same of a search for messages.
pub(crate) fn message_explanations() -> Vec<(String, String)> {
    explained(SEARCH_MESSAGES_EN)
}

fn explained(messages: &str) -> Vec<(String, String)> {
    let read = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(messages);
    let words = read.unwrap_or_default();
    words.into_iter().map(|(word, means)| (word, means.as_str().unwrap_or_default().to_owned())).collect()
}

/// `12.99 USD`. All vendors so far count in Stripe's units.
pub(crate) fn money(money: Money) -> String {
    format!("{} {}", money.to_decimal(ExponentTable::Stripe), money.currency)
}

/// `2026-11-21 04:40:12 UTC`.
pub(crate) fn moment(moment: Timestamp) -> String {
    moment.to_datetime().format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// So many per 10,000 as a percentage with two decimals.
pub(crate) fn rate(per_10_000: u32) -> String {
    format!("{}.{:02} %", per_10_000 / 100, per_10_000 % 100)
}

/// A code such as `partially_refunded` as words.
pub(crate) fn code(code: &str) -> String {
    code.replace('_', " ")
}

/// A card as its brand and last digits.
pub(crate) fn card(card: &contract::payments::CardView) -> String {
    let brand = card.brand.as_deref().unwrap_or("card");
    card.last4.as_ref().map_or_else(|| brand.to_owned(), |last4| format!("{brand} {last4}"))
}

/// The text with everything taken out that could move the cursor, change colours or turn the
/// reading direction: names and descriptions come from strangers (bad input U01, U02).
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|one| if is_harmful(one) { '\u{fffd}' } else { one }).collect()
}

fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use contract::{Money, Timestamp};

    use super::{clean, moment, money, rate};

    #[test]
    fn money_has_the_decimals_of_its_currency() {
        let shown = |minor, currency: &str| money(Money::new(minor, currency.parse().unwrap()));
        assert_eq!(shown(1299, "usd"), "12.99 USD");
        assert_eq!(shown(1299, "jpy"), "1299 JPY");
        assert_eq!(shown(12_990, "kwd"), "12.990 KWD");
        assert_eq!(shown(500, "isk"), "5.00 ISK");
        assert_eq!(shown(-5, "usd"), "-0.05 USD");
    }

    #[test]
    fn times_and_rates_are_the_same_everywhere() {
        assert_eq!(moment(Timestamp::from_seconds(1_700_000_000)), "2023-11-14 22:13:20 UTC");
        assert_eq!(rate(9_805), "98.05 %");
        assert_eq!(rate(7), "0.07 %");
    }

    #[test]
    fn u01_u02_escape_sequences_and_direction_marks_do_not_reach_the_terminal() {
        let shown = clean("Ada\u{1b}[31m\r\nLovelace\u{202e}\u{200b}\u{9b}1m");
        assert!(shown.chars().all(|one| !one.is_control() && one != '\u{202e}' && one != '\u{200b}'));
        assert_eq!(clean("Łódź 東京 ada@example.com"), "Łódź 東京 ada@example.com");
    }
}
