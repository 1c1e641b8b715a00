//! What of the vendor's JSON must not be kept.
//!
//! Client secrets let anybody with a publishable key act on a payment; card numbers and keys that
//! people typed into descriptions may not lie in a file. They are taken out before anything is
//! decoded, so that neither the record nor its JSON can carry them out of this crate.

use std::borrow::Cow;

use domain::card_number::mask_card_numbers;

use super::json::Json;

/// Fields that are dropped wherever they stand.
const DROPPED: [&str; 2] = ["client_secret", "secret"];

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
            for (name, value) in pairs {
                match value {
                    Json::Text(_) if REFERENCES.contains(&name.as_ref()) => {}
                    Json::Map(_) if name == "metadata" => clean_metadata(value),
                    other => clean(other),
                }
            }
        }
        Json::List(items) => items.iter_mut().for_each(clean),
        Json::Text(text) => clean_cow(text),
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::Large(_) | Json::Float(_) => {}
    }
}

/// In metadata the names are the seller's own words too, and none of them is a reference.
fn clean_metadata(metadata: &mut Json<'_>) {
    if let Json::Map(pairs) = metadata {
        pairs.retain(|(name, _)| !DROPPED.contains(&name.as_ref()));
        for (name, value) in pairs {
            clean_cow(name);
            clean(value);
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
    /// Every secret has an underscore after `k` (`sk_`), `c` (`whsec_`) or `t` (`client_secret`).
    may_hold_secret: bool,
}

fn glance(text: &str) -> Glance {
    let mut seen = Glance { digits: 0, is_ascii: true, may_hold_secret: false };
    let mut previous = 0;
    for byte in text.bytes() {
        seen.digits += usize::from(byte.is_ascii_digit());
        seen.is_ascii &= byte.is_ascii();
        seen.may_hold_secret |= byte == b'_' && matches!(previous, b'k' | b'c' | b't');
        previous = byte;
    }
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
    if (seen.digits < 13 && seen.is_ascii) || is_uuid(text) {
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
    fn v08_luhn_valid_ids_are_kept() {
        let kept = r#"{"id":"ch_4242424242424242","customer":"cus_4242424242424242","a":[4242424242424242]}"#;
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
