//! SMS: how long a text is on the air, and what a vendor's log says of a message.
//!
//! A text goes out in the 7-bit alphabet of 3GPP TS 23.038 where every character is in it, else in UCS-2. One that does not fit into a single message goes
//! in parts, each of which loses the six bytes by which they are put together again (3GPP TS 23.040, 9.2.3.24.1).

use crate::ids::UnknownWord;
use crate::{MessageEvent, Timestamp};
use std::fmt;
use std::str::FromStr;

/// What fits into one message by itself, and into each of several, in septets.
const GSM_ALONE: usize = 160;
const GSM_PART: usize = 153;
/// The same in UTF-16 units.
const UCS2_ALONE: usize = 70;
const UCS2_PART: usize = 67;
/// The 7-bit alphabet without its escape.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// What stands behind the escape, so that each takes two septets.
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// By what a message goes to a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageChannel {
    /// Email.
    Email,
    /// SMS.
    Sms,
}

impl MessageChannel {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Email, Self::Sms];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

impl fmt::Display for MessageChannel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for MessageChannel {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageDirection {
    /// To a customer.
    Outbound,
    /// From a customer.
    Inbound,
}

impl MessageDirection {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Outbound, Self::Inbound];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }
}

impl FromStr for MessageDirection {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// In which characters a text goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SmsEncoding {
    /// The 7-bit alphabet.
    Gsm7,
    /// Two bytes for each unit of UTF-16.
    Ucs2,
}

impl SmsEncoding {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "gsm7",
            Self::Ucs2 => "ucs2",
        }
    }
}

/// How long a text is on the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmsSize {
    /// In which characters it goes out.
    pub encoding: SmsEncoding,
    /// Its length as vendors count it: units of UTF-16.
    pub characters: usize,
    /// Its length on the air: septets, or units of UTF-16.
    pub units: usize,
    /// How many messages it is, each of which is paid.
    pub segments: usize,
    /// What still fits into the last of them, in the same units.
    pub left: usize,
    /// The first character that is not in the 7-bit alphabet, with its place from 1; none where all are.
    pub forced_by: Option<(char, usize)>,
}

impl SmsSize {
    /// Measures a text.
    pub fn of(text: &str) -> Self {
        let forced_by = text.chars().zip(1..).find(|(one, _)| septets(*one).is_none());
        let (encoding, alone, part) = match forced_by {
            None => (SmsEncoding::Gsm7, GSM_ALONE, GSM_PART),
            Some(_) => (SmsEncoding::Ucs2, UCS2_ALONE, UCS2_PART),
        };
        let sizes = || {
            text.chars().map(|one| match encoding {
                SmsEncoding::Gsm7 => septets(one).unwrap_or(1),
                SmsEncoding::Ucs2 => one.len_utf16(),
            })
        };
        let units: usize = sizes().sum();
        let (segments, filled, most) =
            if units <= alone { (usize::from(units > 0), units, alone) } else { parts(sizes(), part) };
        let characters = text.chars().map(char::len_utf16).sum();
        Self { encoding, characters, units, segments, left: most - filled, forced_by }
    }
}

/// How many parts there are, how full the last one is, and what fits into it. No character is cut in two: an escape and what it escapes stay together, and so
/// do the halves of a pair.
fn parts(sizes: impl Iterator<Item = usize>, most: usize) -> (usize, usize, usize) {
    let (segments, filled) = sizes.fold((1, 0), |(segments, filled), size| {
        if filled + size > most { (segments + 1, size) } else { (segments, filled + size) }
    });
    (segments, filled, most)
}

/// How many septets a character takes in the 7-bit alphabet; none where it is not in it.
fn septets(one: char) -> Option<usize> {
    if GSM_BASIC.contains(one) {
        Some(1)
    } else if GSM_EXTENSION.contains(one) {
        Some(2)
    } else {
        None
    }
}

/// A message as the log of its vendor lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedMessage {
    /// The vendor's id of it.
    pub vendor_id: String,
    /// Which way it went.
    pub direction: MessageDirection,
    /// Who sent it.
    pub from: Option<String>,
    /// Whom it went to.
    pub to: String,
    /// What it said; none where the vendor keeps that no more.
    pub body: Option<String>,
    /// How many messages it was on the air.
    pub segments: Option<u32>,
    /// What it cost, in the vendor's own digits, with its currency; none while that is not known.
    pub price: Option<(String, String)>,
    /// How it stands.
    pub event: MessageEvent,
    /// When the vendor took it.
    pub created_at: Timestamp,
    /// Whether it was sent by a request, as ours are.
    pub by_request: bool,
}

#[cfg(test)]
mod tests {
    use super::{GSM_BASIC, GSM_EXTENSION, SmsEncoding, SmsSize};

    fn size(text: &str) -> (&'static str, usize, usize, usize) {
        let size = SmsSize::of(text);
        (size.encoding.as_str(), size.units, size.segments, size.left)
    }

    #[test]
    fn the_alphabet_has_its_127_characters_and_the_ten_behind_the_escape() {
        assert_eq!((GSM_BASIC.chars().count(), GSM_EXTENSION.chars().count()), (127, 10));
        for one in GSM_BASIC.chars() {
            assert_eq!(size(&one.to_string()), ("gsm7", 1, 1, 159), "{one:?}");
        }
        for one in GSM_EXTENSION.chars() {
            assert_eq!(size(&one.to_string()), ("gsm7", 2, 1, 158), "{one:?}");
        }
        // These look as if they were in it, and are not.
        for one in "ç`´’“”…–\tÀÁâê".chars() {
            assert_eq!(SmsSize::of(&one.to_string()).encoding, SmsEncoding::Ucs2, "{one:?}");
        }
    }

    #[test]
    fn lengths_on_the_edge_are_counted_exactly() {
        for (text, expected) in [
            (String::new(), ("gsm7", 0, 0, 160)),
            ("a".repeat(160), ("gsm7", 160, 1, 0)),
            ("a".repeat(161), ("gsm7", 161, 2, 145)),
            ("a".repeat(306), ("gsm7", 306, 2, 0)),
            ("a".repeat(307), ("gsm7", 307, 3, 152)),
            ("a".repeat(1_530), ("gsm7", 1_530, 10, 0)),
            ("a".repeat(1_531), ("gsm7", 1_531, 11, 152)),
            ("€".repeat(80), ("gsm7", 160, 1, 0)),
            ("я".repeat(70), ("ucs2", 70, 1, 0)),
            ("я".repeat(71), ("ucs2", 71, 2, 63)),
            ("я".repeat(134), ("ucs2", 134, 2, 0)),
            ("я".repeat(135), ("ucs2", 135, 3, 66)),
            ("😀".repeat(35), ("ucs2", 70, 1, 0)),
        ] {
            assert_eq!(size(&text), expected, "{} characters", text.chars().count());
        }
    }

    #[test]
    fn no_character_is_cut_in_two_between_parts() {
        // The 153rd septet would be the escape of the euro sign, which goes on with it in the next part.
        let text = format!("{}€{}", "a".repeat(152), "b".repeat(7));
        assert_eq!(size(&text), ("gsm7", 161, 2, 144));
        // 36 pairs are 72 units; 33 of them fit into a part of 67.
        assert_eq!(size(&"😀".repeat(36)), ("ucs2", 72, 2, 61));
    }

    #[test]
    fn the_first_character_that_forces_ucs2_is_named_with_its_place() {
        assert_eq!(SmsSize::of("Grüße aus Köln").forced_by, None);
        assert_eq!(SmsSize::of("It’s here – today").forced_by, Some(('’', 3)));
        assert_eq!(SmsSize::of("ok 👍").forced_by, Some(('👍', 4)));
        assert_eq!(SmsSize::of("ok 👍").characters, 5);
    }
}
