//! Where a page starts.

use domain::Timestamp;
use sha2::{Digest, Sha256};

use super::term::Sort;
use super::{FindScope, FoundPayment};
use crate::error::{MirrorError, Result};

/// Where a page starts, and how the page before it understood the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) spot: Spot,
    pub(super) fit: Fit,
    /// The first page's moment: `created:-7d` must mean the same on all of them.
    pub(super) now: Timestamp,
}

/// A place in the order of a search: behind this key, and where amounts are sorted behind this key of
/// this amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) amount: i64,
    pub(super) key: i64,
}

impl Spot {
    /// Before everything.
    pub(super) fn start(sort: Sort) -> Self {
        Self { amount: sort.start(), key: sort.start() }
    }

    /// Behind a payment.
    pub(super) fn behind(key: i64, found: &FoundPayment) -> Self {
        Self { amount: found.payment.amount.minor, key }
    }
}

/// What the pages so far found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Nothing fits so far; where nothing does in all of history, words are let go.
    NothingYet,
    /// Payments that fit every word.
    Strict,
    /// Payments that are found after words were let go.
    Relaxed,
}

/// The letters of [`Fit`].
const FITS: [(u8, Fit); 3] = [(b'n', Fit::NothingYet), (b's', Fit::Strict), (b'r', Fit::Relaxed)];

/// A fingerprint of query and scope: a cursor of another search is refused, since its pages would
/// leave payments out without a word.
pub(super) fn binding(query: &str, scope: FindScope) -> u32 {
    let mut hasher = Sha256::new();
    hasher.update(query.trim().as_bytes());
    hasher.update([0]);
    hasher.update(scope.account.map(|account| account.to_string()).unwrap_or_default().as_bytes());
    hasher.finalize().iter().take(4).fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

/// The place as the text that a page hands out.
pub(super) fn write(place: Place, binding: u32) -> String {
    let Place { spot: Spot { amount, key }, fit, now } = place;
    let letter = FITS.iter().find(|(_, one)| *one == fit).map_or('s', |(letter, _)| char::from(*letter));
    format!("{letter}{key:016x}{amount:016x}{:016x}{binding:08x}", now.as_ms())
}

/// Reads it back.
///
/// # Errors
/// [`MirrorError::BadCursor`] where it is none, or one of another search.
pub(super) fn read(text: &str, binding: u32) -> Result<Place> {
    let bad = || MirrorError::BadCursor;
    let digits = text.get(1..).filter(|digits| digits.len() == 56).ok_or_else(bad)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(bad());
    }
    let letter = text.as_bytes().first();
    let fit = FITS.iter().find(|(one, _)| Some(one) == letter).map(|(_, fit)| *fit).ok_or_else(bad)?;
    // A number below zero is written as its bits.
    let number = |from: usize, until: usize| {
        let digits = digits.get(from..until).ok_or_else(bad)?;
        u64::from_str_radix(digits, 16).map_err(|_| bad())
    };
    if number(48, 56)? != u64::from(binding) {
        return Err(bad());
    }
    Ok(Place {
        spot: Spot { key: number(0, 16)?.cast_signed(), amount: number(16, 32)?.cast_signed() },
        fit,
        now: Timestamp::from_ms(number(32, 48)?.cast_signed()),
    })
}

#[cfg(test)]
mod tests {
    use domain::AccountId;

    use super::*;

    #[test]
    fn cursors_read_back_and_are_bound_to_their_search() {
        let now = Timestamp::from_seconds(1_772_366_400);
        let all = FindScope::all(now);
        let ours = binding("status:failed", all);
        for place in [
            Place { spot: Spot { key: 42, amount: 1_999 }, fit: Fit::Relaxed, now },
            Place { spot: Spot { key: 7, amount: 0 }, fit: Fit::NothingYet, now },
            Place { spot: Spot { key: i64::MAX, amount: -5 }, fit: Fit::Strict, now: Timestamp::from_ms(-1) },
        ] {
            assert_eq!(read(&write(place, ours), ours).unwrap(), place);
        }
        let text = write(Place { spot: Spot { key: 42, amount: 0 }, fit: Fit::Relaxed, now }, ours);
        for other in [
            binding("status:pending", all),
            binding("status:failed", FindScope { account: Some(AccountId::generate()), now }),
        ] {
            assert_eq!(read(&text, other).unwrap_err().code(), "bad_cursor");
        }
        assert_eq!(binding("status:failed", FindScope::all(now.plus_ms(1))), ours);
        for bad in ["", "s", "x", &text.replace('r', "x"), &text[..40], &text.replacen('0', "+", 1), "é"] {
            assert_eq!(read(bad, ours).unwrap_err().code(), "bad_cursor", "{bad}");
        }
    }
}
