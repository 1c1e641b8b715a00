//! The integer key of every mirrored row: the second of its creation, then a hash of its id, then
//! its kind. Keys grow with the date, so newest first is the order of the key in every index.

use domain::{AccountId, Kind, Timestamp};
use sha2::{Digest, Sha256};

/// Bits below the seconds.
const LOW_BITS: u32 = 26;
/// The lowest bits name the kind, so that a key is unique over all tables and the vendor's JSON of
/// every kind can stand in one.
const KIND_BITS: u32 = 4;
/// The last second that fits beside the low bits in 63 (the year 6325); later ones share it.
const LAST_SECOND: i64 = (1 << (63 - LOW_BITS)) - 1;
/// From one key to the next free one of the same kind.
pub(crate) const STEP: i64 = 1 << KIND_BITS;

/// What stands before the hexadecimal key in our own id of a payment.
const OWN_PREFIX: &str = "pay_";

fn kind_number(kind: Kind) -> i64 {
    match kind {
        Kind::Payments => 0,
        Kind::Refunds => 1,
        Kind::Customers => 2,
        Kind::PaymentIntents => 3,
        Kind::Disputes => 4,
        Kind::BalanceEntries => 5,
        Kind::Payouts => 6,
        Kind::Events => 7,
    }
}

/// The kind of the row that has the key.
pub(crate) fn kind_of(key: i64) -> Option<Kind> {
    let number = key & (STEP - 1);
    Kind::ALL.into_iter().find(|kind| kind_number(*kind) == number)
}

/// The key that a new row would have if nothing else took it.
pub(crate) fn first_choice(kind: Kind, account: AccountId, vendor_id: &str, created_at: Timestamp) -> i64 {
    let mut hasher = Sha256::new();
    hasher.update(account.to_string().as_bytes());
    hasher.update([0]);
    hasher.update(vendor_id.as_bytes());
    let hash = hasher.finalize().iter().take(4).fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte));
    let hash = hash & ((1 << (LOW_BITS - KIND_BITS)) - 1);
    first_of_second(created_at) | (hash << KIND_BITS) | kind_number(kind)
}

/// The lowest key of the second that holds the moment; seconds before 1970 count as the first.
pub(crate) fn first_of_second(moment: Timestamp) -> i64 {
    moment.as_seconds().clamp(0, LAST_SECOND) << LOW_BITS
}

/// The second that a key is of.
pub(crate) fn second_of(key: i64) -> i64 {
    key >> LOW_BITS
}

/// The moment at which the second that a key is of begins.
pub(crate) fn moment_of(key: i64) -> Timestamp {
    Timestamp::from_seconds(second_of(key))
}

/// Our own id of a payment.
pub(crate) fn own_id(key: i64) -> String {
    format!("{OWN_PREFIX}{key:x}")
}

/// The key in our own id of a payment.
pub(crate) fn from_own_id(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(OWN_PREFIX)?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if plain { i64::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_the_date_and_never_overflow() {
        let account = AccountId::generate();
        let early = first_choice(Kind::Payments, account, "ch_1", Timestamp::from_seconds(1_700_000_000));
        let late = first_choice(Kind::Payments, account, "ch_1", Timestamp::from_seconds(1_700_000_001));
        assert!(early < late);
        let last = first_choice(Kind::Events, account, "evt_1", Timestamp::from_ms(i64::MAX));
        assert!(last > late);
        assert!(first_choice(Kind::Payments, account, "ch_1", Timestamp::from_ms(i64::MIN)) >= 0);
    }

    #[test]
    fn kinds_never_share_a_key() {
        let account = AccountId::generate();
        let now = Timestamp::from_seconds(1_700_000_000);
        let keys: std::collections::HashSet<i64> =
            Kind::ALL.into_iter().map(|kind| first_choice(kind, account, "x", now)).collect();
        assert_eq!(keys.len(), Kind::ALL.len());
    }

    #[test]
    fn own_ids_read_back() {
        for key in [0, 1, i64::MAX, 1_700_000_000 << 26] {
            assert_eq!(from_own_id(&own_id(key)), Some(key));
        }
        for bad in ["pay_", "pay_-1", "pay_+1", "pay_g", "pay_ffffffffffffffff", "ch_1"] {
            assert_eq!(from_own_id(bad), None, "{bad}");
        }
    }
}
