//! One telephone number in the only form that is sent: E.164.

use std::fmt;

/// Most digits of a number (ITU-T E.164, 6.1).
const MOST_DIGITS: usize = 15;
/// Fewest digits of a number with its country's: shorter ones are short codes, which belong to one country.
const FEWEST_DIGITS: usize = 7;

/// A telephone number as E.164 writes it: a plus and 7 to 15 digits, the country's first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

/// Why a text is not one telephone number. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberProblem {
    /// Nothing there.
    #[error("no number was given")]
    Empty,
    /// It does not begin with a plus, so nobody knows of which country it is.
    #[error("it must begin with + and the country's digits, such as +49")]
    NoCountry,
    /// Something else than digits and what people put between them.
    #[error("it holds something that is no digit")]
    NotDigits,
    /// Fewer or more digits than a number has.
    #[error("a number has {FEWEST_DIGITS} to {MOST_DIGITS} digits")]
    Length,
    /// No country's digits begin with a zero.
    #[error("no country's digits begin with 0")]
    ZeroFirst,
}

impl PhoneNumber {
    /// Reads one number as typed or kept. Spaces, hyphens, dots, slashes and brackets between the digits do not count.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, NumberProblem> {
        let text = text.trim_matches(' ');
        if text.is_empty() {
            return Err(NumberProblem::Empty);
        }
        let rest = text.strip_prefix('+').ok_or(NumberProblem::NoCountry)?;
        let is_between = |one: char| matches!(one, ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{202f}');
        let digits: String = rest.chars().filter(|one| !is_between(*one)).collect();
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NumberProblem::NotDigits);
        }
        if digits.starts_with('0') {
            return Err(NumberProblem::ZeroFirst);
        }
        if !(FEWEST_DIGITS..=MOST_DIGITS).contains(&digits.len()) {
            return Err(NumberProblem::Length);
        }
        Ok(Self(format!("+{digits}")))
    }

    /// The number, such as `+4915112345678`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{NumberProblem, PhoneNumber};

    fn read(text: &str) -> Result<String, NumberProblem> {
        PhoneNumber::read(text).map(|number| number.to_string())
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for text in ["+4915112345678", " +49 151 1234-5678 ", "+49 (151) 1234.5678", "+49/151/12345678"] {
            assert_eq!(read(text).as_deref(), Ok("+4915112345678"), "{text}");
        }
        assert_eq!(read("+15005550006").as_deref(), Ok("+15005550006"));
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_reason() {
        for (text, problem) in [
            ("", NumberProblem::Empty),
            ("  ", NumberProblem::Empty),
            ("0151 12345678", NumberProblem::NoCountry),
            ("0049 151 12345678", NumberProblem::NoCountry),
            ("+0151 12345678", NumberProblem::ZeroFirst),
            ("+49", NumberProblem::Length),
            ("+1234567890123456", NumberProblem::Length),
            ("+49 151 CALL", NumberProblem::NotDigits),
            ("+4915112345678,+4915112345679", NumberProblem::NotDigits),
            ("+49151\r\n12345678", NumberProblem::NotDigits),
            ("+\u{664}\u{669}15112345678", NumberProblem::NotDigits),
            ("ada@example.com", NumberProblem::NoCountry),
        ] {
            assert_eq!(read(text), Err(problem), "{text:?}");
        }
    }
}
