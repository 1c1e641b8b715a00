//! Finding bank account numbers in free text: they may be kept, but not shown in a log, and their
//! digits are no card number however they fall.

/// Lengths by country (ISO 13616 registry), of the countries whose accounts Stripe pays from or to.
const LENGTHS: [(&str, usize); 34] = [
    ("AT", 20),
    ("BE", 16),
    ("BG", 22),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GI", 23),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IS", 26),
    ("IT", 27),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
];

/// The byte ranges of the IBANs in a text, written in one piece or in groups.
pub fn iban_ranges(text: &str) -> Vec<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at + 15 <= bytes.len() {
        let begins = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        match if begins { iban_end(bytes, at) } else { None } {
            Some(end) => {
                found.push(at..end);
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

fn iban_end(bytes: &[u8], start: usize) -> Option<usize> {
    let country = bytes.get(start..start + 2)?.to_ascii_uppercase();
    let (_, length) = LENGTHS.iter().find(|(name, _)| name.as_bytes() == country)?;
    let mut letters = Vec::with_capacity(*length);
    let mut at = start;
    while letters.len() < *length {
        match bytes.get(at)? {
            byte if byte.is_ascii_alphanumeric() => letters.push(byte.to_ascii_uppercase()),
            b' ' if !letters.is_empty() => {}
            _ => return None,
        }
        at += 1;
    }
    let ends = bytes.get(at).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    (ends && passes(&letters)).then_some(at)
}

/// ISO 7064 mod 97-10: the first four stand last, a letter counts as two digits.
fn passes(letters: &[u8]) -> bool {
    let turned = letters.iter().skip(4).chain(letters.iter().take(4));
    let rest = turned.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.saturating_sub(b'A')) + 10) % 97,
    });
    rest == 1
}

/// The text with each IBAN cut to its country and its last four characters.
pub fn mask_ibans(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for range in iban_ranges(text) {
        masked.push_str(&text[done..range.start]);
        let letters: String = text[range.clone()].chars().filter(|one| *one != ' ').collect();
        masked.push_str(&letters[..2]);
        masked.push_str("***");
        masked.push_str(&letters[letters.len() - 4..]);
        done = range.end;
    }
    masked.push_str(&text[done..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::{iban_ranges, mask_ibans};

    #[test]
    fn v11_ibans_are_found_in_one_piece_and_in_groups() {
        assert_eq!(mask_ibans("to DE89370400440532013000, please"), "to DE***3000, please");
        assert_eq!(mask_ibans("GB29 NWBK 6016 1331 9268 19"), "GB***6819");
        for no in
            ["DE89370400440532013001", "DE8937040044053201300", "XDE89370400440532013000", "", "order DE12"]
        {
            assert_eq!(iban_ranges(no), Vec::new(), "{no}");
        }
    }
}
