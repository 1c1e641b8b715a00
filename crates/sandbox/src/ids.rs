//! Object ids that look like Stripe's and can be read back without a table.
//!
//! Stripe's ids begin with the second they were made in, then come letters of the account, then letters without meaning (seen in the ids of its published
//! fixtures: `1Pgafm` is 1721948530). So they are in the order of time, which a database of them feels. Here the place of an object in its list stands for the second,
//! and the last letters are a keyed mark of kind and place: a million charges need no hash map, and an id from another sandbox (another seed) is not found.

use crate::random::mix;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Letters that tell nothing.
const MARK_LENGTH: usize = 8;
/// Between the numbers of two places, so that neighbours differ in more than their last letter.
const STRIDE: u64 = 11;

/// What an id names; the number takes part in the id, so it must never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Kind {
    Charge = 1,
    PaymentIntent = 2,
    Refund = 3,
    Customer = 4,
    PaymentMethod = 5,
    Dispute = 6,
    BalanceTransaction = 7,
    Payout = 8,
    Event = 9,
    WebhookEndpoint = 10,
    Token = 11,
    Request = 12,
}

impl Kind {
    /// The prefix before the code, with the digit that Stripe's newer ids carry.
    fn prefix(self) -> &'static str {
        match self {
            Kind::Charge => "ch_3",
            Kind::PaymentIntent => "pi_3",
            Kind::Refund => "re_3",
            Kind::Customer => "cus_",
            Kind::PaymentMethod => "pm_1",
            Kind::Dispute => "du_1",
            Kind::BalanceTransaction => "txn_3",
            Kind::Payout => "po_1",
            Kind::Event => "evt_1",
            Kind::WebhookEndpoint => "we_1",
            Kind::Token => "tok_1",
            Kind::Request => "req_",
        }
    }

    /// How many letters tell the place, and how many of the account stand between it and the mark. In five letters there
    /// is room for 83 million places.
    fn lengths(self) -> (usize, usize) {
        match self {
            Kind::Customer | Kind::Request => (6, 0),
            _ => (5, 10),
        }
    }

    /// The word in `No such …: '…'`.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Kind::Charge => "charge",
            Kind::PaymentIntent => "payment_intent",
            Kind::Refund => "refund",
            Kind::Customer => "customer",
            Kind::PaymentMethod => "PaymentMethod",
            Kind::Dispute => "dispute",
            Kind::BalanceTransaction => "balance transaction",
            Kind::Payout => "payout",
            Kind::Event => "event",
            Kind::WebhookEndpoint => "webhook endpoint",
            Kind::Token => "token",
            Kind::Request => "request",
        }
    }
}

/// Prints and reads the ids of one sandbox account.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    key: u64,
    tail: [u8; 16],
}

impl Ids {
    /// The ids of the account that belongs to this seed.
    pub(crate) fn new(seed: u64) -> Ids {
        let mut tail = [0; 16];
        let mut bits = mix(seed ^ 0x7a6f_6e65);
        for letter in &mut tail {
            *letter = DIGITS[(bits % 62) as usize];
            bits = mix(bits);
        }
        Ids { key: mix(seed ^ (1 << 40)), tail }
    }

    /// The account's own id.
    pub(crate) fn account(&self) -> String {
        format!("acct_1{}", String::from_utf8_lossy(&self.tail[..15]))
    }

    /// The text of an id.
    pub(crate) fn text(&self, kind: Kind, index: u32) -> String {
        let mut out = String::with_capacity(32);
        self.write(kind, index, &mut |piece| out.push_str(piece));
        out
    }

    /// Hands the pieces of an id to `push`, so that a writer needs no string in between.
    pub(crate) fn write(&self, kind: Kind, index: u32, push: &mut dyn FnMut(&str)) {
        let (place_length, tail_length) = kind.lengths();
        let place: [u8; 6] = digits(u64::from(index) * STRIDE);
        let mark: [u8; MARK_LENGTH] =
            digits(mix(self.key ^ mix(u64::from(kind as u8) << 32 | u64::from(index))));
        push(kind.prefix());
        push(std::str::from_utf8(&place[place.len() - place_length..]).unwrap_or_default());
        push(std::str::from_utf8(&self.tail[..tail_length]).unwrap_or_default());
        push(std::str::from_utf8(&mark).unwrap_or_default());
    }

    /// The place an id of this kind names, if it was made by this account.
    pub(crate) fn index(&self, kind: Kind, text: &str) -> Option<u32> {
        let place = text.strip_prefix(kind.prefix())?.as_bytes().get(..kind.lengths().0)?;
        let mut value: u64 = 0;
        for letter in place {
            let digit = DIGITS.iter().position(|known| known == letter)?;
            value = value * 62 + digit as u64;
        }
        let index = u32::try_from(value / STRIDE).ok()?;
        (self.text(kind, index) == text).then_some(index)
    }
}

/// The last digits of a number in base 62.
fn digits<const LENGTH: usize>(mut value: u64) -> [u8; LENGTH] {
    let mut out = [b'0'; LENGTH];
    for digit in out.iter_mut().rev() {
        *digit = DIGITS[(value % 62) as usize];
        value /= 62;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_reads_back() {
        let ids = Ids::new(1);
        for index in (0..1_000).chain([83_000_000]) {
            for kind in [Kind::Charge, Kind::Customer, Kind::BalanceTransaction, Kind::Event] {
                assert_eq!(ids.index(kind, &ids.text(kind, index)), Some(index));
            }
        }
    }

    #[test]
    fn later_objects_have_later_ids() {
        let ids = Ids::new(1);
        let texts: Vec<String> = (0..5_000).step_by(7).map(|index| ids.text(Kind::Charge, index)).collect();
        assert!(texts.is_sorted());
        assert_eq!(ids.text(Kind::Charge, 1).len(), "ch_3MmlLrLkdIwHu7ix0snN0B15".len());
        assert_eq!(ids.text(Kind::Customer, 1).len(), "cus_NffrFeUfNV2Hib".len());
    }

    #[test]
    fn foreign_and_damaged_ids_are_unknown() {
        let ids = Ids::new(1);
        let charge = ids.text(Kind::Charge, 5);
        assert_eq!(Ids::new(2).index(Kind::Charge, &charge), None);
        assert_eq!(ids.index(Kind::Refund, &charge), None);
        assert_eq!(ids.index(Kind::Charge, "ch_x"), None);
        assert_eq!(ids.index(Kind::Charge, ""), None);
        let mut damaged = charge.clone().into_bytes();
        damaged[8] = if damaged[8] == b'a' { b'b' } else { b'a' };
        assert_eq!(ids.index(Kind::Charge, &String::from_utf8_lossy(&damaged)), None);
    }
}
