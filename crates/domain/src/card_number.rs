//! Finding and masking what looks like a card number in free text.
//!
//! Paydesk keeps no card numbers (PCI DSS 3.4.1): a note, a description or a query that holds one
//! is masked before it is written or refused where the person can still take it back.

/// Shortest and longest card number.
const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;

/// Whether the text holds a run of 13 to 19 digits, spaces, dots and dashes between them ignored,
/// that passes the Luhn check.
pub fn contains_card_number(text: &str) -> bool {
    !card_number_spans(text).is_empty()
}

/// The text with every digit but the last four of each card number replaced by `*`.
pub fn mask_card_numbers(text: &str) -> String {
    let spans = card_number_spans(text);
    if spans.is_empty() {
        return text.to_owned();
    }
    let masked: std::collections::HashSet<usize> =
        spans.iter().flat_map(|positions| positions.iter().take(positions.len() - 4).copied()).collect();
    text.char_indices().map(|(at, one)| if masked.contains(&at) { '*' } else { one }).collect()
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
/// (an id such as `ch_4242…`) is not one.
fn card_number_spans(text: &str) -> Vec<Vec<usize>> {
    let mut spans = Vec::new();
    let mut run: Vec<(usize, u32)> = Vec::new();
    let mut separators = 0;
    let mut glued = false;
    let mut previous = ' ';
    for (at, character) in text.char_indices().chain(std::iter::once((text.len(), '\n'))) {
        if let Some(value) = digit_value(character) {
            if run.is_empty() {
                glued = previous.is_alphabetic() || previous == '_';
            }
            run.push((at, value));
            separators = 0;
        } else if is_separator(character) && !run.is_empty() && separators < 2 {
            separators += 1;
        } else {
            let glued_after = separators == 0 && (character.is_alphabetic() || character == '_');
            if !glued && !glued_after {
                spans.extend(card_numbers_in_run(&run));
            }
            run.clear();
            separators = 0;
        }
        previous = character;
    }
    spans
}

/// The card numbers in one run of digits: the run itself, or where it is longer than a card number
/// the first window of 16, 15 or 14 digits that passes, since two numbers may stand side by side.
fn card_numbers_in_run(run: &[(usize, u32)]) -> Vec<Vec<usize>> {
    if LENGTHS.contains(&run.len()) {
        return if passes_luhn(run) { vec![run.iter().map(|(at, _)| *at).collect()] } else { Vec::new() };
    }
    let mut found = Vec::new();
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
    fn v08_ids_and_order_numbers_are_kept() {
        for text in
            ["ch_4242424242424242", "order 1234567890123", "2026-11-21 03:52:00", "re_3P4242424242424242x"]
        {
            assert!(!contains_card_number(text), "{text}");
        }
    }
}
