//! Card numbers that are not written as digits: encoded ones, and what a magnetic stripe holds.

use crate::card_number::{contains_plain_card_number, mask_plain_card_numbers};

/// What stands in place of what cannot be cut without leaving a card.
pub(crate) const REMOVED: &str = "[removed]";

/// Characters before which an encoded number ends.
fn ends_word(one: char) -> bool {
    one.is_whitespace()
        || matches!(one, '"' | '\'' | '<' | '>' | ',' | ';' | '&' | '?' | '(' | ')' | '[' | ']')
}

/// The text without stripes and without words that hold a card number once they are decoded; none
/// where there is none.
pub(crate) fn without_disguised(text: &str) -> Option<String> {
    let without_stripes = without_stripes(text);
    let text = without_stripes.as_deref().unwrap_or(text);
    let mut out: Option<String> = None;
    let mut start = 0;
    for (at, one) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        if !ends_word(one) {
            continue;
        }
        if let Some(word) = text.get(start..at).filter(|word| is_disguised(word)) {
            let kept = out.get_or_insert_with(|| text.to_owned());
            *kept = kept.replace(word, REMOVED);
        }
        start = at + one.len_utf8();
    }
    out.or(without_stripes)
}

/// Whether a word holds a card number once its percent signs or its base64 are decoded.
fn is_disguised(word: &str) -> bool {
    if word.contains('%') && contains_plain_card_number(&percent_decoded(word)) {
        return true;
    }
    // The value behind `=` in a query or a setting is a word of its own.
    let pieces = word.split(['=', ':', '.']).chain(std::iter::once(word));
    pieces
        .filter(|piece| may_hold_digits(piece))
        .any(|piece| base64_decoded(piece).is_some_and(|decoded| contains_plain_card_number(&decoded)))
}

/// Digits in base64 show: each three of them become four characters of which the first is `M`, `N` or
/// `O`, and `I` or `L` where a blank or a dash is in front. Four such in a row are rare in ids.
fn may_hold_digits(piece: &str) -> bool {
    let bytes = piece.trim_end_matches('=').as_bytes();
    if bytes.len() < 18 || !bytes.iter().all(|byte| value_of(*byte).is_some()) {
        return false;
    }
    let digits =
        |group: &[u8]| group.first().is_some_and(|first| matches!(first, b'M' | b'N' | b'O' | b'I' | b'L'));
    bytes.chunks(4).collect::<Vec<_>>().windows(4).any(|groups| groups.iter().all(|group| digits(group)))
}

fn value_of(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

fn base64_decoded(piece: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(piece.len());
    for group in piece.trim_end_matches('=').as_bytes().chunks(4) {
        let mut bits = 0;
        for byte in group {
            bits = (bits << 6) | value_of(*byte)?;
        }
        bits <<= 6 * (4 - group.len());
        let bytes = bits.to_be_bytes();
        decoded.extend(bytes.iter().skip(1).take(group.len().saturating_sub(1)));
    }
    String::from_utf8(decoded).ok()
}

fn percent_decoded(word: &str) -> String {
    let mut decoded = Vec::with_capacity(word.len());
    let mut bytes = word.bytes();
    while let Some(byte) = bytes.next() {
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let mut ahead = bytes.clone();
                match (hex(ahead.next()), hex(ahead.next())) {
                    (Some(high), Some(low)) => {
                        bytes = ahead;
                        decoded.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                    }
                    _ => decoded.push(b'%'),
                }
            }
            other => decoded.push(other),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The text without what a magnetic stripe holds (ISO/IEC 7813): `%B` number `^` name `^` …`?` and `;`
/// number `=` …`?`. All of it goes, since it holds the means to make the card.
fn without_stripes(text: &str) -> Option<String> {
    let mut out: Option<String> = None;
    let mut rest = text;
    let mut kept = String::new();
    while let Some(at) = rest.find(['%', ';']) {
        let (before, tail) = rest.split_at(at);
        let (mark, ends): (usize, &[char]) = match tail.as_bytes() {
            [b'%', b'B' | b'b', ..] => (2, &['^']),
            [b';', ..] => (1, &['=', 'D']),
            _ => (1, &[]),
        };
        let number = tail.get(mark..).unwrap_or_default();
        let digits = number.chars().take_while(|one| one.is_ascii_digit() || *one == ' ').count();
        let behind = number.get(digits..).unwrap_or_default();
        kept.push_str(before);
        if (13..=23).contains(&digits) && behind.starts_with(ends) && !ends.is_empty() {
            kept.push_str(REMOVED);
            rest = behind.split_once('?').map_or("", |(_, after)| after);
            out = Some(String::new());
        } else {
            kept.push_str(tail.get(..1).unwrap_or_default());
            rest = tail.get(1..).unwrap_or_default();
        }
    }
    out.map(|_| {
        kept.push_str(rest);
        mask_plain_card_numbers(&kept)
    })
}

#[cfg(test)]
mod tests {
    use crate::card_number::{contains_card_number, mask_card_numbers};

    #[test]
    fn v05_pan_base64_or_url_encoded() {
        for text in [
            "NDI0MjQyNDI0MjQyNDI0Mg==",
            "note NDI0MiA0MjQyIDQyNDIgNDI0Mg== end",
            "card=NDI0MjQyNDI0MjQyNDI0Mg",
            "Y2FyZCA0MjQyNDI0MjQyNDI0MjQy",
            "%34%32%34%32%34%32%34%32%34%32%34%32%34%32%34%32",
            "pan%3D4242%204242%204242%204242",
            "4242+4242+4242+4242%20",
        ] {
            assert!(contains_card_number(text), "{text}");
            assert!(!contains_card_number(&mask_card_numbers(text)), "{text}");
        }
        assert_eq!(mask_card_numbers("note NDI0MjQyNDI0MjQyNDI0Mg== end"), "note [removed] end");
        for kept in
            ["ch_3MNOPqLkdIwHu7ixraBm864M", "cus_NffrFeUfNV2Hib", "100%25 sure", "a%zz%", "%B", ";;=;"]
        {
            assert_eq!(mask_card_numbers(kept), kept);
        }
    }

    #[test]
    fn v10_track_data() {
        assert_eq!(
            mask_card_numbers("read %B4242424242424242^DOE/JOHN^30121010000000000000? ok"),
            "read [removed] ok"
        );
        assert_eq!(mask_card_numbers("read ;4242424242424242=30121010000000000? ok"), "read [removed] ok");
        assert_eq!(mask_card_numbers("a; b = c? 100%B d"), "a; b = c? 100%B d");
    }
}
