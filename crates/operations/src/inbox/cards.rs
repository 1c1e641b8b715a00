//! A received body without the card numbers in it, still what it was: JSON stays JSON and a form stays a form, so that an
//! event is not lost for a number in it.

use domain::card_number::{contains_card_number, mask_card_numbers};
use serde_json::value::RawValue;

/// What stands in place of a text that cannot be read and may hold a card number.
const REMOVED: &str = "[removed]";
/// Digits of the shortest card number.
const FEWEST_DIGITS: usize = 13;

/// The body without card numbers; none where it holds none.
pub(super) fn masked(body: &[u8]) -> Option<Vec<u8>> {
    match std::str::from_utf8(body) {
        Ok(text) => masked_text(text).map(String::into_bytes),
        Err(_) => masked_words(&String::from_utf8_lossy(body)).map(String::into_bytes),
    }
}

fn masked_text(text: &str) -> Option<String> {
    if is_json(text) {
        return masked_json(text);
    }
    if is_form(text) { masked_form(text) } else { masked_words(text) }
}

fn masked_words(text: &str) -> Option<String> {
    contains_card_number(text).then(|| mask_card_numbers(text))
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

/// Whether a text is names and values as a form has them.
fn is_form(text: &str) -> bool {
    text.bytes().all(|one| one.is_ascii_graphic()) && text.split('&').all(|field| field.contains('='))
}

/// JSON whose texts and numbers are masked each by itself; whatever is no card keeps its bytes.
fn masked_json(json: &str) -> Option<String> {
    let mut out = String::with_capacity(json.len());
    let (mut rest, mut any) = (json, false);
    while let Some(first) = rest.bytes().next() {
        let (token, after) = rest.split_at(match first {
            b'"' => text_length(rest),
            b'-' | b'0'..=b'9' => length_while(rest, |one| b"+-.eE0123456789".contains(&one)),
            _ => length_while(rest, |one| !b"\"-0123456789".contains(&one)),
        });
        let masked = match first {
            b'"' => without_cards_in_text(token),
            b'-' | b'0'..=b'9' => without_card_as_number(token),
            _ => None,
        };
        any |= masked.is_some();
        out.push_str(masked.as_deref().unwrap_or(token));
        rest = after;
    }
    any.then_some(out)
}

fn length_while(text: &str, fits: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|one| !fits(one)).unwrap_or(text.len())
}

/// How long the text is that a document goes on with, its quotes included.
fn text_length(json: &str) -> usize {
    let mut escaped = false;
    for (at, one) in json.bytes().enumerate().skip(1) {
        match one {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

/// A text of JSON, with its quotes, without card numbers; none where it may stay.
fn without_cards_in_text(token: &str) -> Option<String> {
    if token.bytes().filter(|one| matches!(one, b'0'..=b'9' | b'%' | b'M'..=b'O' | 0x80..)).count() < 4 {
        return None;
    }
    let Ok(text) = serde_json::from_str::<String>(token) else {
        // Half of a pair of surrogates stands in it.
        let digits = token.bytes().filter(u8::is_ascii_digit).count();
        return (digits >= FEWEST_DIGITS).then(|| format!("\"{REMOVED}\""));
    };
    let is_uuid = text.len() == 36 && uuid::Uuid::try_parse(&text).is_ok();
    let masked = masked_words(&text).filter(|_| !is_uuid)?;
    Some(serde_json::Value::from(masked).to_string())
}

/// A number of JSON that is a card number, as a text without it; none for any other number.
fn without_card_as_number(token: &str) -> Option<String> {
    let whole = match token.split_once(['e', 'E']) {
        Some((mantissa, _)) => mantissa.replace('.', ""),
        None => token.split('.').next().unwrap_or_default().to_owned(),
    };
    let digits = whole.trim_start_matches('-');
    let masked = masked_words(digits).filter(|_| digits.len() >= FEWEST_DIGITS)?;
    Some(format!("\"{masked}\""))
}

/// A form whose names and values are masked each by itself.
fn masked_form(form: &str) -> Option<String> {
    let mut any = false;
    let mut without = |part: &str| match masked_part(part) {
        Some(masked) => {
            any = true;
            masked
        }
        None => part.to_owned(),
    };
    let fields = form.split('&').map(|field| {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        format!("{}={}", without(name), without(value))
    });
    let masked = fields.collect::<Vec<_>>().join("&");
    any.then_some(masked)
}

fn masked_part(part: &str) -> Option<String> {
    let text: String = url::form_urlencoded::parse(format!("={}", part.replace('=', "%3D")).as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect();
    let masked = match text.as_bytes().first() {
        Some(b'{' | b'[') if is_json(&text) => masked_json(&text),
        _ => masked_words(&text),
    };
    Some(url::form_urlencoded::byte_serialize(masked?.as_bytes()).collect())
}

#[cfg(test)]
#[path = "cards_tests.rs"]
mod tests;
