//! Which payment a message is about that somebody else sent.
//!
//! What its sender named is *exact*: an order, a payment or a charge that one payment alone has. Else it is *likely* the money that moved
//! last before it for the same address, where nothing else moved nearly as late; where anything is in doubt there is no link.

use crate::Timestamp;

/// How long after money moved a message is taken to be about it: as long as a vendor goes on trying to deliver.
pub const LIKELY_WITHIN_MS: i64 = 72 * 3_600_000;
/// Two movements that are nearer than this to each other cannot be told apart by time.
const APART_MS: i64 = 60_000;

/// Names under which a sender gives the id of an order or of its payment.
const NAMES: [&str; 14] = [
    "order",
    "order_id",
    "order_number",
    "invoice",
    "invoice_id",
    "invoice_number",
    "cart_id",
    "booking_id",
    "payment",
    "payment_id",
    "charge",
    "charge_id",
    "payment_intent",
    "payment_intent_id",
];

/// Whether a name that a sender gave says which order or payment a message is about. A name such as `plan` does not, though one payment alone may
/// have it.
pub fn names_something(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Names that a vendor gives to what went to many at once.
const OF_LETTERS: [&str; 4] =
    ["singlesend_id", "marketing_campaign_id", "marketing_campaign_name", "automation_id"];

/// Whether a name says that a message went to many at once, so that it is about no payment of anybody.
pub fn tells_of_a_letter(name: &str) -> bool {
    OF_LETTERS.contains(&name)
}

/// Money of somebody that moved: a payment, or a refund of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement<P> {
    /// The payment.
    pub payment: P,
    /// When it was made, or given back.
    pub at: Timestamp,
}

/// The payment that a message to the same address is likely about; none where there is none, or more than one might be meant.
pub fn likely<P: Copy + PartialEq>(sent: Timestamp, movements: &[Movement<P>]) -> Option<P> {
    // The vendor counts in whole seconds, so that a message may seem to be of the moment before.
    let second = |moment: Timestamp| moment.as_seconds();
    let before = |one: &&Movement<P>| {
        second(one.at) <= second(sent) && sent.as_ms() - one.at.as_ms() <= LIKELY_WITHIN_MS
    };
    let age = |one: &Movement<P>| (sent.as_ms() - one.at.as_ms()).max(0);
    let nearest = movements.iter().filter(before).min_by_key(|one| age(one))?;
    let other = movements.iter().filter(before).filter(|one| one.payment != nearest.payment).map(age).min();
    let is_clear = other.is_none_or(|other| other - age(nearest) >= age(nearest).max(APART_MS));
    is_clear.then_some(nearest.payment)
}

#[cfg(test)]
mod tests {
    use super::{Movement, likely, names_something};
    use crate::Timestamp;

    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;

    /// What is tried, how many seconds before the message each payment's money moved, and which payment is meant.
    type Case = (&'static str, &'static [(u8, i64)], Option<u8>);

    #[test]
    fn the_money_that_moved_last_before_is_meant_unless_something_else_might_be() {
        let cases: [Case; 14] = [
            ("nobody paid", &[], None),
            ("one payment, at once", &[(1, 0)], Some(1)),
            ("one payment, a minute before", &[(1, MINUTE)], Some(1)),
            ("one payment, three days before", &[(1, 3 * DAY)], Some(1)),
            ("one payment, longer ago", &[(1, 3 * DAY + 1)], None),
            ("a payment after it", &[(1, -1)], None),
            ("a payment after it and one before", &[(1, -HOUR), (2, MINUTE)], Some(2)),
            ("the nearer of two", &[(1, DAY), (2, MINUTE)], Some(2)),
            ("two nearly as near", &[(1, 5 * HOUR), (2, 4 * HOUR)], None),
            ("two of one moment", &[(1, MINUTE), (2, MINUTE)], None),
            ("two within a minute", &[(1, 40), (2, 1)], None),
            ("the refund of an old payment", &[(1, 40 * DAY), (1, MINUTE), (2, 2 * DAY)], Some(1)),
            ("a payment and its refund", &[(1, 2 * HOUR), (1, HOUR)], Some(1)),
            ("one is too old to be in the way", &[(1, 2 * DAY), (2, 3 * DAY + HOUR)], Some(1)),
        ];
        let sent = Timestamp::from_seconds(1_780_000_000);
        for (what, moved, expected) in cases {
            let movements: Vec<Movement<u8>> = moved
                .iter()
                .map(|(payment, before)| Movement { payment: *payment, at: sent.plus_ms(-before * 1_000) })
                .collect();
            assert_eq!(likely(sent, &movements), expected, "{what}");
            let turned: Vec<_> = movements.into_iter().rev().collect();
            assert_eq!(likely(sent, &turned), expected, "{what}, the other way round");
        }
    }

    #[test]
    fn only_names_of_orders_and_payments_say_what_a_message_is_about() {
        assert!(names_something("order_id") && names_something("payment_intent"));
        for name in ["plan", "customer_id", "user", "email", "sg_message_id", "category", ""] {
            assert!(!names_something(name), "{name}");
        }
    }
}
