//! What of the vendor's JSON must not be kept.
//!
//! Client secrets let anybody with a publishable key act on a payment; card numbers and keys that
//! people typed into descriptions may not lie in a file. They are taken out before anything is
//! decoded, so that neither the record nor its JSON can carry them out of this crate.

use std::borrow::Cow;

use domain::card_number::{contains_card_number, mask_card_numbers, pieces_make_card_number};

use super::json::Json;

/// Fields that are dropped wherever they stand.
const DROPPED: [&str; 7] =
    ["client_secret", "secret", "cvc", "cvv", "cvv2", "security_code", "card_verification_value"];

/// Fields that hold a reference made by a vendor or bank: long numbers that may pass the check digit
/// by chance and are no card numbers. Everything else is free text.
const REFERENCES: [&str; 8] = [
    "id",
    "reference",
    "fingerprint",
    "transaction_id",
    "network_transaction_id",
    "authorization_code",
    "acquirer_reference_number",
    "receipt_url",
];

/// What stands in place of a text that holds a secret.
pub(crate) const REMOVED: &str = "[removed]";

/// Beginnings of what lets somebody act as the seller.
const SECRET_PREFIXES: [&str; 5] = ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"];

/// Takes out of a tree what must not be kept.
pub(crate) fn clean(tree: &mut Json<'_>) {
    match tree {
        Json::Map(pairs) => {
            pairs.retain(|(name, _)| !DROPPED.contains(&name.as_ref()));
            join_pieces(pairs);
            for (name, value) in pairs {
                match value {
                    // Whatever decides about money is exact or refused; it is never masked.
                    Json::Int(_) | Json::Large(_) if !is_figure(name) => clean_number(value),
                    Json::Text(_) if REFERENCES.contains(&name.as_ref()) => {}
                    Json::Map(_) if name == "metadata" => clean_metadata(value),
                    other => clean(other),
                }
            }
        }
        Json::List(items) => {
            for item in items {
                match item {
                    Json::Int(_) | Json::Large(_) => clean_number(item),
                    other => clean(other),
                }
            }
        }
        Json::Text(text) => clean_cow(text),
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::Large(_) | Json::Float(_) => {}
    }
}

/// Whether a card number stands anywhere that is no reference, whatever else would be taken out.
pub(crate) fn holds_card_number(tree: &Json<'_>) -> bool {
    match tree {
        Json::Map(pairs) => {
            holds_pieces(pairs)
                || pairs.iter().any(|(name, value)| match value {
                    Json::Int(_) | Json::Large(_) => !is_figure(name) && number_is_card(value),
                    Json::Text(_) if REFERENCES.contains(&name.as_ref()) => false,
                    Json::Map(own) if name == "metadata" => {
                        own.iter().any(|(name, value)| {
                            text_holds_card(name)
                                || number_is_card(value)
                                || matches!(value, Json::Text(text) if text_holds_card(text))
                        }) || holds_pieces(own)
                    }
                    other => holds_card_number(other),
                })
        }
        Json::List(items) => items.iter().any(|item| number_is_card(item) || holds_card_number(item)),
        Json::Text(text) => text_holds_card(text),
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::Large(_) | Json::Float(_) => false,
    }
}

fn text_holds_card(text: &str) -> bool {
    let seen = glance(text);
    let may = seen.digits >= 13 || !seen.is_ascii || seen.may_be_encoded;
    may && !is_uuid(text) && contains_card_number(text)
}

fn number_is_card(value: &Json<'_>) -> bool {
    if !matches!(value, Json::Int(_) | Json::Large(_)) {
        return false;
    }
    let mut cleaned = value.clone();
    clean_number(&mut cleaned);
    cleaned != *value
}

fn holds_pieces(pairs: &[(Cow<'_, str>, Json<'_>)]) -> bool {
    if pairs.iter().filter(|(_, value)| matches!(value, Json::Text(_))).count() < 2 {
        return false;
    }
    let mut joined = pairs.to_vec();
    join_pieces(&mut joined);
    joined != pairs
}

/// In metadata the names are the seller's own words too, and none of them is a reference.
fn clean_metadata(metadata: &mut Json<'_>) {
    if let Json::Map(pairs) = metadata {
        pairs.retain(|(name, _)| !DROPPED.contains(&name.as_ref()));
        join_pieces(pairs);
        for (name, value) in pairs {
            clean_cow(name);
            match value {
                Json::Int(_) | Json::Large(_) => clean_number(value),
                other => clean(other),
            }
        }
    }
}

/// Names of fields that hold money or a moment.
fn is_figure(name: &str) -> bool {
    const PARTS: [&str; 8] = ["amount", "fee", "net", "total", "balance", "created", "_at", "_on"];
    PARTS.iter().any(|part| name.contains(part))
}

/// A card number that somebody sent as a number.
fn clean_number(value: &mut Json<'_>) {
    const SHORTEST: u64 = 1_000_000_000_000;
    let number = match value {
        Json::Int(number) => number.unsigned_abs(),
        Json::Large(number) => *number,
        _ => return,
    };
    if number >= SHORTEST && contains_card_number(&number.to_string()) {
        *value = Json::Text(Cow::Owned(mask_card_numbers(&number.to_string())));
    }
}

/// Takes out a card number that was cut over two to four fields that stand side by side.
fn join_pieces(pairs: &mut [(Cow<'_, str>, Json<'_>)]) {
    fn digits<'a>(value: &'a Json<'_>) -> Option<&'a str> {
        match value {
            Json::Text(text) if text.len() <= 20 && text.starts_with(|one: char| one.is_ascii_digit()) => {
                Some(text.as_ref())
            }
            _ => None,
        }
    }
    for start in 0..pairs.len() {
        for length in 2..=4 {
            let found = pairs.get(start..start + length).is_some_and(|window| {
                let pieces: Option<Vec<&str>> = window.iter().map(|(_, value)| digits(value)).collect();
                pieces.is_some_and(|pieces| pieces_make_card_number(&pieces))
            });
            if found {
                for (_, value) in pairs.iter_mut().skip(start).take(length) {
                    *value = Json::Text(Cow::Borrowed(REMOVED));
                }
            }
        }
    }
}

fn clean_cow(text: &mut Cow<'_, str>) {
    if let Some(masked) = cleaned_text(text) {
        *text = Cow::Owned(masked);
    }
}

/// The text as it may be kept and shown.
pub(crate) fn clean_text(text: &str) -> String {
    cleaned_text(text).unwrap_or_else(|| text.to_owned())
}

/// What one pass over a text tells, so that nearly all texts need no second one.
struct Glance {
    digits: usize,
    is_ascii: bool,
    /// Percent signs and long words may hold a card number that is encoded.
    may_be_encoded: bool,
    /// Every secret has an underscore after `k` (`sk_`), `c` (`whsec_`) or `t` (`client_secret`).
    may_hold_secret: bool,
}

fn glance(text: &str) -> Glance {
    let mut seen = Glance { digits: 0, is_ascii: true, may_be_encoded: false, may_hold_secret: false };
    let mut previous = 0;
    let mut marks = 0;
    for byte in text.bytes() {
        seen.digits += usize::from(byte.is_ascii_digit());
        seen.is_ascii &= byte.is_ascii();
        seen.may_hold_secret |= byte == b'_' && matches!(previous, b'k' | b'c' | b't');
        seen.may_be_encoded |= byte == b'%';
        // Four of these at the least stand in a card number in base64.
        marks += usize::from(matches!(byte, b'M' | b'N' | b'O'));
        previous = byte;
    }
    seen.may_be_encoded |= marks >= 3 && text.len() >= 18;
    seen
}

/// The text as it may be kept, none where it may be kept as it is.
fn cleaned_text(text: &str) -> Option<String> {
    let seen = glance(text);
    // A redirect address carries the client secret in its query.
    if seen.may_hold_secret && (text.contains("_secret_") || text.contains("client_secret")) {
        return Some(REMOVED.to_owned());
    }
    let without_keys = if seen.may_hold_secret { mask_keys(text) } else { None };
    if (seen.digits < 13 && seen.is_ascii && !seen.may_be_encoded) || is_uuid(text) {
        return without_keys;
    }
    let masked = mask_card_numbers(without_keys.as_deref().unwrap_or(text));
    if masked == text { None } else { Some(masked) }
}

/// Our intent ids and idempotency keys are UUIDs, and about one in some thousands holds digits that
/// pass the check of a card number. Masked, a refund of ours could not be found again.
fn is_uuid(text: &str) -> bool {
    let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, byte): (usize, u8)| if is_dash(at) { byte == b'-' } else { byte.is_ascii_hexdigit() };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

/// The text with what looks like an API key cut after its prefix; Stripe's own `sk_test_***1234` in
/// error messages is already cut and stays.
fn mask_keys(text: &str) -> Option<String> {
    if !SECRET_PREFIXES.iter().any(|prefix| text.contains(prefix)) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let next = |rest: &str| {
        SECRET_PREFIXES.iter().filter_map(|prefix| Some((rest.find(prefix)?, prefix.len()))).min()
    };
    while let Some((at, length)) = next(rest) {
        let (before, tail) = rest.split_at(at + length);
        let is_key = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.');
        let end = tail.find(|one| !is_key(one)).unwrap_or(tail.len());
        out.push_str(before);
        if end > 0 {
            out.push_str("***");
        }
        rest = tail.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{clean, clean_text};
    use crate::stripe::json::read;

    fn cleaned(text: &str) -> String {
        read(text.as_bytes(), |mut tree| {
            clean(&mut tree);
            String::from_utf8(tree.to_bytes()).unwrap()
        })
        .unwrap()
    }

    #[test]
    fn client_secrets_are_dropped_wherever_they_stand() {
        assert_eq!(
            cleaned(
                r#"{"id":"pi_1","client_secret":"pi_1_secret_x","next":{"url":"https://h.example/?client_secret=src_1_secret_y","client_secret":null}}"#
            ),
            r#"{"id":"pi_1","next":{"url":"[removed]"}}"#
        );
    }

    #[test]
    fn v01_v04_card_numbers_in_free_text_are_masked_and_references_kept() {
        assert_eq!(
            cleaned(
                r#"{"description":"card 4242 4242 4242 4242","metadata":{"4242424242424242":"4242-4242-4242-4242"},"reference":"4242424242424242"}"#
            ),
            r#"{"description":"card **** **** **** 4242","metadata":{"************4242":"****-****-****-4242"},"reference":"4242424242424242"}"#
        );
        let full_width: String = "4242424242424242"
            .chars()
            .map(|one| char::from_u32(one as u32 - 0x30 + 0xff10).unwrap())
            .collect();
        assert!(clean_text(&full_width).starts_with("************"));
    }

    #[test]
    fn v02_pan_in_json_number() {
        assert_eq!(
            cleaned(
                r#"{"a":4242424242424242,"b":[4242424242424242],"metadata":{"c":4242424242424242},"created":1772366400}"#
            ),
            r#"{"a":"************4242","b":["************4242"],"metadata":{"c":"************4242"},"created":1772366400}"#
        );
    }

    #[test]
    fn v03_pan_split_over_two_fields() {
        assert_eq!(
            cleaned(r#"{"metadata":{"first":"42424242","second":"42424242","order":"12345678"}}"#),
            r#"{"metadata":{"first":"[removed]","second":"[removed]","order":"12345678"}}"#
        );
    }

    #[test]
    fn v05_v06_v10_disguised_card_numbers_are_taken_out() {
        assert_eq!(
            cleaned(
                r#"{"x":"NDI0MjQyNDI0MjQyNDI0Mg==","y":"https://h.example/?pan=4242424242424242","z":"%B4242424242424242^A/B^3012?"}"#
            ),
            r#"{"x":"[removed]","y":"https://h.example/?pan=************4242","z":"[removed]"}"#
        );
        assert_eq!(cleaned(r#"{"x":"4242%204242%204242%204242"}"#), r#"{"x":"[removed]"}"#);
    }

    #[test]
    fn v09_cvv_next_to_pan_and_cvv_fields() {
        assert_eq!(
            cleaned(r#"{"description":"4242 4242 4242 4242 123","cvc":"123","checks":{"cvc_check":"pass"}}"#),
            r#"{"description":"**** **** **** 4242 ***","checks":{"cvc_check":"pass"}}"#
        );
    }

    #[test]
    fn v11_an_iban_is_kept() {
        let kept = r#"{"description":"pay to GB29 NWBK 6016 1331 9268 19"}"#;
        assert_eq!(cleaned(kept), kept);
    }

    #[test]
    fn v08_luhn_valid_ids_are_kept() {
        let kept =
            r#"{"id":"ch_4242424242424242","customer":"cus_4242424242424242","amount":4242424242424242}"#;
        assert_eq!(cleaned(kept), kept);
        let uuid = "01890242-4242-7242-8242-424242424242";
        assert_ne!(domain::card_number::mask_card_numbers(uuid), uuid, "the case must be one");
        assert_eq!(clean_text(uuid), uuid);
    }

    #[test]
    fn v12_secret_keys_in_free_text_are_cut() {
        assert_eq!(
            clean_text("use sk_live_abc123, please or whsec_Zz/x"),
            "use sk_live_***, please or whsec_***/x"
        );
        assert_eq!(
            clean_text("Invalid API Key provided: sk_test_***1234"),
            "Invalid API Key provided: sk_test_***1234"
        );
        assert_eq!(
            cleaned(r#"{"metadata":{"sk_live_abc":"rk_test_x","secret":"y"}}"#),
            r#"{"metadata":{"sk_live_***":"rk_test_***"}}"#
        );
        assert_eq!(clean_text("sk_test_"), "sk_test_");
        assert_eq!(clean_text("plain é text"), "plain é text");
    }
}
