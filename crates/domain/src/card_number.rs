//! Finding and masking what looks like a card number in free text.
//!
//! Paydesk keeps no card numbers (PCI DSS 3.4.1): a note, a description or a query that holds one
//! is masked before it is written or refused where the person can still take it back.

use std::collections::HashSet;

use crate::{card_disguise, iban};

/// Shortest and longest card number.
const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;
/// Most digits of a telephone number in its international form (ITU-T E.164).
const PHONE_MOST: usize = 15;

/// Whether the text holds a card number: a run of 13 to 19 digits, spaces, dots and dashes between them
/// ignored, that passes the Luhn check, in plain or encoded, or what a magnetic stripe holds.
pub fn contains_card_number(text: &str) -> bool {
    contains_plain_card_number(text) || card_disguise::without_disguised(text).is_some()
}

/// The text with every digit but the last four of each card number replaced by `*`, and encoded ones
/// taken out whole.
pub fn mask_card_numbers(text: &str) -> String {
    match card_disguise::without_disguised(text) {
        Some(text) => mask_plain_card_numbers(&text),
        None => mask_plain_card_numbers(text),
    }
}

pub(crate) fn contains_plain_card_number(text: &str) -> bool {
    !card_number_spans(text).is_empty()
}

pub(crate) fn mask_plain_card_numbers(text: &str) -> String {
    let spans = card_number_spans(text);
    let Some(last) = spans.iter().filter_map(|span| span.last()).max() else { return text.to_owned() };
    let mut masked: HashSet<usize> =
        spans.iter().flat_map(|positions| positions.iter().take(positions.len() - 4).copied()).collect();
    masked.extend(security_code(text, *last));
    text.char_indices().map(|(at, one)| if masked.contains(&at) { '*' } else { one }).collect()
}

/// The digits of a security code that stands behind a card number: three or four of them on their own.
fn security_code(text: &str, last_digit: usize) -> Vec<usize> {
    let behind = text.char_indices().filter(|(at, _)| *at > last_digit);
    let mut group: Vec<usize> = Vec::new();
    let mut previous = ' ';
    for (at, one) in behind.take(60).chain(std::iter::once((text.len(), ' '))) {
        if one.is_ascii_digit() && (!group.is_empty() || !previous.is_alphanumeric()) {
            group.push(at);
        } else {
            // `12/28` is the month and year, which may stay.
            if (3..=4).contains(&group.len()) && !one.is_alphanumeric() && one != '/' {
                return group;
            }
            group.clear();
        }
        previous = one;
    }
    Vec::new()
}

/// Whether several pieces of digits make one card number: numbers that were cut over fields. Stricter
/// than for one text, since any two numbers may stand side by side: 15 or 16 digits that begin as the
/// cards of one of the networks do.
pub fn pieces_make_card_number(pieces: &[&str]) -> bool {
    let is_piece = |piece: &&str| {
        (2..=15).contains(&piece.len()) && piece.chars().all(|one| one.is_ascii_digit() || is_separator(one))
    };
    if pieces.len() < 2 || !pieces.iter().all(is_piece) {
        return false;
    }
    let digits: String = pieces.concat().chars().filter(char::is_ascii_digit).collect();
    let number =
        |length: usize| digits.get(..length).and_then(|front| front.parse::<u32>().ok()).unwrap_or(0);
    let of_network = match digits.len() {
        16 => {
            number(1) == 4
                || (51..=55).contains(&number(2))
                || (2221..=2720).contains(&number(4))
                || matches!(number(2), 35 | 65)
                || number(4) == 6011
        }
        15 => matches!(number(2), 34 | 37),
        _ => false,
    };
    of_network && contains_plain_card_number(&digits)
}

/// A digit in ASCII or full width; other scripts are not used to write card numbers.
fn digit_value(character: char) -> Option<u32> {
    match character {
        '0'..='9' => character.to_digit(10),
        '\u{ff10}'..='\u{ff19}' => Some(character as u32 - 0xff10),
        _ => None,
    }
}

/// Characters that people put between the digits of a card number, zero-width ones included.
fn is_separator(character: char) -> bool {
    matches!(character, ' ' | '-' | '.' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{200b}'..='\u{200d}' | '\u{2010}'..='\u{2015}')
}

/// Byte positions of the digits of each card number found. A run glued to letters or underscores
/// (an id such as `ch_4242…`) is not one, nor is a telephone number, of which one in ten would pass the check.
fn card_number_spans(text: &str) -> Vec<Vec<usize>> {
    let mut spans = Vec::new();
    // Thirteen digits take thirteen bytes at least, and most texts have no digit at all.
    if text.len() < *LENGTHS.start() || !text.chars().any(|one| digit_value(one).is_some()) {
        return spans;
    }
    let ibans = iban::iban_ranges(text);
    let mut run: Vec<(usize, u32)> = Vec::new();
    let mut separators = 0;
    let mut glued = false;
    let mut is_phone = false;
    let (mut before, mut previous) = (' ', ' ');
    for (at, character) in text.char_indices().chain(std::iter::once((text.len(), '\n'))) {
        if ibans.iter().any(|range| range.contains(&at)) {
            glued = true;
            (before, previous) = (previous, 'I');
            continue;
        }
        if let Some(value) = digit_value(character) {
            if run.is_empty() {
                glued = previous.is_alphabetic() || previous == '_';
                is_phone = previous == '+' && !before.is_alphanumeric();
            }
            run.push((at, value));
            separators = 0;
        } else if is_separator(character) && !run.is_empty() && separators < 2 {
            separators += 1;
        } else {
            let glued_after = separators == 0 && (character.is_alphabetic() || character == '_');
            let is_other = is_phone && run.len() <= PHONE_MOST;
            if !glued && !glued_after && !is_other {
                spans.extend(card_numbers_in_run(&run));
            }
            run.clear();
            separators = 0;
        }
        (before, previous) = (previous, character);
    }
    spans
}

/// The card numbers in one run of digits: the run itself; or whatever begins and ends where groups of it do, since other
/// numbers, a security code or a date may stand before and behind; and where the run is longer than a card number also the
/// first window of 16, 15 or 14 digits that passes, since two numbers may stand side by side. They may overlap: which of them
/// is the card nobody knows.
fn card_numbers_in_run(run: &[(usize, u32)]) -> Vec<Vec<usize>> {
    let places = |part: &[(usize, u32)]| part.iter().map(|(at, _)| *at).collect();
    if LENGTHS.contains(&run.len()) && passes_luhn(run) {
        return vec![places(run)];
    }
    let parts = |at: usize| at == 0 || at == run.len() || run[at].0 > run[at - 1].0 + 1;
    let mut found = Vec::new();
    for start in (0..run.len()).filter(|start| parts(*start)) {
        let ends = LENGTHS.map(|length| start + length).filter(|end| *end <= run.len() && parts(*end));
        found.extend(ends.map(|end| &run[start..end]).filter(|part| passes_luhn(part)).map(places));
    }
    let mut start = 0;
    while run.len() > *LENGTHS.end() && start + 14 <= run.len() {
        let window =
            [16, 15, 14].iter().find(|length| run.get(start..start + **length).is_some_and(passes_luhn));
        match window {
            Some(length) => {
                found.push(run[start..start + length].iter().map(|(at, _)| *at).collect());
                start += length;
            }
            None => start += 1,
        }
    }
    found
}

/// The check digit rule of ISO/IEC 7812, over a number that is not all one digit and starts as a
/// payment card does (2 to 6; 1 and 0 are other industries').
fn passes_luhn(run: &[(usize, u32)]) -> bool {
    let sum: u32 = run
        .iter()
        .rev()
        .enumerate()
        .map(|(place, (_, value))| match place % 2 {
            0 => *value,
            _ => (value * 2) / 10 + (value * 2) % 10,
        })
        .sum();
    let starts_as_a_card = run.first().is_some_and(|(_, value)| (2..=6).contains(value));
    sum.is_multiple_of(10) && starts_as_a_card
}

#[cfg(test)]
mod tests {
    use super::{contains_card_number, mask_card_numbers};

    #[test]
    fn v01_pan_spaced_dashed_dotted() {
        for text in ["4242 4242 4242 4242", "4242-4242-4242-4242", "4242.4242.4242.4242", "4242424242424242"]
        {
            assert!(contains_card_number(text), "{text}");
        }
        assert_eq!(mask_card_numbers("card 4242 4242 4242 4242 ok"), "card **** **** **** 4242 ok");
    }

    #[test]
    fn v04_pan_with_zero_width_or_full_width_digits() {
        assert!(contains_card_number("4242\u{200b}4242\u{200b}4242\u{200b}4242"));
        let full_width: String = "4242424242424242"
            .chars()
            .map(|one| char::from_u32(one as u32 - 0x30 + 0xff10).unwrap())
            .collect();
        assert!(contains_card_number(&full_width));
    }

    #[test]
    fn v07_19_digit_and_13_digit() {
        assert!(contains_card_number("4222222222222"));
        assert!(contains_card_number("6304000000000000000"));
    }

    #[test]
    fn v03_pan_split_over_two_fields() {
        use super::pieces_make_card_number;
        assert!(pieces_make_card_number(&["4242 4242", "4242 4242"]));
        assert!(pieces_make_card_number(&["4242", "4242", "4242", "4242"]));
        assert!(pieces_make_card_number(&["3782", "822463", "10005"]));
        for pieces in
            [&["20261121", "20261122"][..], &["4242424242424242"], &["4242", "x"], &["1234", "5678"]]
        {
            assert!(!pieces_make_card_number(pieces), "{pieces:?}");
        }
    }

    #[test]
    fn v06_pan_in_a_url_query() {
        assert_eq!(
            mask_card_numbers("https://shop.example/pay?pan=4242424242424242&x=1"),
            "https://shop.example/pay?pan=************4242&x=1"
        );
    }

    #[test]
    fn v09_cvv_next_to_pan() {
        assert_eq!(mask_card_numbers("4242 4242 4242 4242 123"), "**** **** **** 4242 ***");
        assert_eq!(
            mask_card_numbers("4242424242424242 12/28 cvc: 123, paid"),
            "************4242 12/28 cvc: ***, paid"
        );
        assert_eq!(mask_card_numbers("room 123 and 4711"), "room 123 and 4711");
    }

    #[test]
    fn other_digits_may_stand_before_a_card_number() {
        assert_eq!(mask_card_numbers("550 4242 4242 4242 4242"), "550 **** **** **** 4242");
        assert!(contains_card_number("12 12 3782 822463 10005 99"));
    }

    /// A number of some digits whose last one is the check digit.
    fn card_of(front: &[u8]) -> String {
        let with = |last: u32| {
            let digits = front.iter().map(|one| u32::from(*one)).chain([last]);
            digits.enumerate().map(|(at, value)| (at, value)).collect::<Vec<_>>()
        };
        let last = (0..10).find(|last| super::passes_luhn(&with(*last))).unwrap();
        with(last).into_iter().map(|(_, value)| char::from_digit(value, 10).unwrap()).collect()
    }

    proptest::proptest! {
        /// Whatever stands before and behind a card number in groups of its own, none of its digits but the last four is kept.
        #[test]
        fn a_card_number_within_a_longer_chain_of_groups_is_found(
            network in 2_u8..=6,
            rest in proptest::collection::vec(0_u8..=9, 11..=17),
            groups_of in 3_usize..=6,
            before in "([0-9]{1,4} ){0,3}",
            behind in "( [0-9]{1,4}){0,3}",
        ) {
            let front: Vec<u8> = std::iter::once(network).chain(rest).collect();
            let digits: Vec<char> = card_of(&front).chars().collect();
            let card = digits.chunks(groups_of).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ");
            let text = format!("{before}{card}{behind}");
            proptest::prop_assert!(contains_card_number(&text), "{text}");
            let masked = mask_card_numbers(&text);
            let shown = masked[before.len()..before.len() + card.len()].chars().filter(char::is_ascii_digit).count();
            proptest::prop_assert!(shown <= 4, "{text} became {masked}");
        }
    }

    #[test]
    fn v11_an_iban_is_kept() {
        for iban in ["DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19", "DE89370400440532013000"] {
            assert_eq!(mask_card_numbers(iban), iban);
        }
    }

    #[test]
    fn a_telephone_number_is_kept_and_a_card_number_behind_a_plus_is_not() {
        for text in
            ["+5511987654309", "tel: +49 151 12345678", "From=%2B5511987654309&x", "whatsapp:+5511987654309"]
        {
            assert_eq!(mask_card_numbers(text), text);
        }
        assert!(contains_card_number("5511987654309"), "the case must be one");
        for text in ["+4242 4242 4242 4242", "a+5511987654309", "%2B4242424242424242"] {
            assert!(contains_card_number(text), "{text}");
        }
    }

    #[test]
    fn v08_ids_and_order_numbers_are_kept() {
        for text in
            ["ch_4242424242424242", "order 1234567890123", "2026-11-21 03:52:00", "re_3P4242424242424242x"]
        {
            assert!(!contains_card_number(text), "{text}");
        }
    }
}
