//! Object ids that look like Stripe's and can be read back without a table.
//!
//! An id is the object's kind and its place in its list, run through a keyed permutation and printed in base 62. So a million charges need no hash map, an id
//! from another sandbox (another seed) is not found, and no id tells a client anything about order: ids are opaque at Stripe too.

use crate::random::mix;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CODE_LENGTH: usize = 11;

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

    /// How many letters of the account follow the code.
    fn tail_length(self) -> usize {
        match self {
            Kind::Customer | Kind::Request => 3,
            _ => 12,
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
    keys: [u32; 4],
    tail: [u8; 16],
}

impl Ids {
    /// The ids of the account that belongs to this seed.
    pub(crate) fn new(seed: u64) -> Ids {
        let mut keys = [0; 4];
        for (round, key) in keys.iter_mut().enumerate() {
            *key = mix(seed ^ ((round as u64 + 1) << 40)) as u32;
        }
        let mut tail = [0; 16];
        let mut bits = mix(seed ^ 0x7a6f_6e65);
        for letter in &mut tail {
            *letter = DIGITS[(bits % 62) as usize];
            bits = mix(bits);
        }
        Ids { keys, tail }
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
        let mut code = [b'0'; CODE_LENGTH];
        let mut value = self.scramble(u64::from(kind as u8) << 56 | u64::from(index));
        for digit in code.iter_mut().rev() {
            *digit = DIGITS[(value % 62) as usize];
            value /= 62;
        }
        push(kind.prefix());
        push(std::str::from_utf8(&code).unwrap_or_default());
        push(std::str::from_utf8(&self.tail[..kind.tail_length()]).unwrap_or_default());
    }

    /// The place an id of this kind names, if it was made by this account.
    pub(crate) fn index(&self, kind: Kind, text: &str) -> Option<u32> {
        let rest = text.strip_prefix(kind.prefix())?.as_bytes();
        if rest.len() != CODE_LENGTH + kind.tail_length()
            || rest[CODE_LENGTH..] != self.tail[..kind.tail_length()]
        {
            return None;
        }
        let mut value: u64 = 0;
        for letter in &rest[..CODE_LENGTH] {
            let digit = DIGITS.iter().position(|known| known == letter)?;
            value = value.checked_mul(62)?.checked_add(digit as u64)?;
        }
        let plain = self.unscramble(value);
        if plain >> 56 != u64::from(kind as u8) || (plain >> 32) & 0x00ff_ffff != 0 {
            return None;
        }
        Some(plain as u32)
    }

    fn scramble(&self, value: u64) -> u64 {
        let (mut left, mut right) = ((value >> 32) as u32, value as u32);
        for key in self.keys {
            (left, right) = (right, left ^ round(right, key));
        }
        u64::from(left) << 32 | u64::from(right)
    }

    fn unscramble(&self, value: u64) -> u64 {
        let (mut left, mut right) = ((value >> 32) as u32, value as u32);
        for key in self.keys.iter().rev() {
            (left, right) = (right ^ round(left, *key), left);
        }
        u64::from(left) << 32 | u64::from(right)
    }
}

fn round(half: u32, key: u32) -> u32 {
    mix(u64::from(half) << 32 | u64::from(key)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_reads_back() {
        let ids = Ids::new(1);
        for index in (0..1_000).chain([u32::MAX]) {
            for kind in [Kind::Charge, Kind::Customer, Kind::BalanceTransaction] {
                assert_eq!(ids.index(kind, &ids.text(kind, index)), Some(index));
            }
        }
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
