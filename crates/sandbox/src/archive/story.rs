//! What happened to one charge of the archive, as far as money and time go. Everything here is a function of the seed and the charge's number.
//!
//! Numbers are shared: an order has the number of its first charge, and so have its intent, its card if it is a new one, and its customer if they are new. Those
//! kinds therefore have gaps in their numbers, which nobody sees, since ids tell no order.

use super::Archive;
use crate::cards::{Decline, SEEDED_DECLINES};
use crate::currency::Currency;
use crate::model::RefundStatus;
use crate::random::Random;
use crate::seed::{DISPUTE_REASONS, GOODS, Region, price, region};
use crate::world::DAY;

/// The purposes of the dice.
pub(super) const TIME: u64 = 21;
const PAIR: u64 = 22;
const BUYER: u64 = 23;
pub(super) const PERSON: u64 = 24;
const ORDER: u64 = 25;
const FATE: u64 = 26;
pub(super) const WORDS: u64 = 27;

/// Among so many neighbouring charges there is at most one that is the second try of another.
const PAIR_GROUP: u32 = 16;
/// Customers come back in the same block of orders, or so many blocks later.
const BLOCK: u32 = 64;
const STRIDES: [u32; 8] = [0, 1, 4, 16, 64, 256, 1_024, 4_096];

/// Who places an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Buyer {
    /// A customer who is new with this order, and has its number.
    New,
    /// Somebody without an account.
    Guest,
    /// The customer of this number.
    Back(u32),
}

/// How a charge was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was declined.
    Never,
    /// At this moment, this much of it.
    At(i64, i64),
    /// It was held and let go at this moment.
    Lapsed(i64),
}

/// A refund of an archived charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Giving {
    pub(super) at: i64,
    pub(super) amount: i64,
    pub(super) reason: Option<&'static str>,
    pub(super) status: RefundStatus,
    /// When the money came back, for a refund that failed or was canceled.
    pub(super) returned: Option<i64>,
}

/// A dispute of an archived charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contest {
    pub(super) at: i64,
    pub(super) inquiry: bool,
    pub(super) reason: (&'static str, &'static str),
    pub(super) due_days: i64,
    pub(super) status: &'static str,
    pub(super) answered: bool,
    /// When the money came back.
    pub(super) won: Option<i64>,
}

/// One charge.
#[derive(Clone, Debug)]
pub(super) struct Story {
    /// The number of the order it pays; less than its own when it is a second try.
    pub(super) order: u32,
    /// The charge that tries again, when this one failed and was tried again.
    pub(super) tried_again: Option<u32>,
    pub(super) at: i64,
    pub(super) buyer: Buyer,
    pub(super) region: &'static Region,
    pub(super) amount: i64,
    pub(super) good: usize,
    pub(super) pieces: i64,
    /// Made by the older calls, without an intent.
    pub(super) bare: bool,
    pub(super) manual: bool,
    pub(super) authenticated: bool,
    pub(super) risk_score: u8,
    pub(super) decline: Option<&'static Decline>,
    pub(super) taken: Taken,
    pub(super) refunds: [Option<Giving>; 2],
    pub(super) dispute: Option<Contest>,
}

impl Story {
    /// The customer.
    pub(super) fn customer(&self) -> Option<u32> {
        match self.buyer {
            Buyer::New => Some(self.order),
            Buyer::Guest => None,
            Buyer::Back(home) => Some(home),
        }
    }

    /// The number whose dice made the person who pays.
    pub(super) fn person(&self) -> u32 {
        self.customer().unwrap_or(self.order)
    }

    /// The card.
    pub(super) fn method(&self) -> u32 {
        if self.bare { self.order } else { self.person() }
    }

    /// What was captured.
    pub(super) fn captured(&self) -> i64 {
        match self.taken {
            Taken::At(_, amount) => amount,
            _ => 0,
        }
    }

    /// What has been given back for good.
    pub(super) fn given_back(&self) -> i64 {
        let lasting = self.refunds.iter().flatten().filter(|refund| refund.returned.is_none());
        lasting.map(|refund| refund.amount).sum()
    }
}

impl Archive {
    fn dice(&self, purpose: u64, number: u32) -> Random {
        Random::of_row(self.seed, purpose, number)
    }

    /// The two charges of this number's group of which the second tries the first one's order again.
    fn pair(&self, number: u32) -> Option<(u32, u32)> {
        let first = number - number % PAIR_GROUP;
        if first + PAIR_GROUP > self.calendar.charges() {
            return None;
        }
        let mut dice = self.dice(PAIR, first);
        let half = u64::from(PAIR_GROUP / 2);
        let (failed, again) = (dice.below(half) as u32, dice.below(half) as u32 + PAIR_GROUP / 2);
        dice.chance(450_000).then_some((first + failed, first + again))
    }

    /// The order that a charge pays.
    pub(super) fn order_of(&self, number: u32) -> u32 {
        self.pair(number).filter(|(_, again)| *again == number).map_or(number, |(failed, _)| failed)
    }

    /// Whether the number is that of an order whose buyer is a new customer.
    pub(super) fn new_customer(&self, number: u32) -> bool {
        self.dice(BUYER, number).chance(300_000) && self.order_of(number) == number
    }

    /// Who places an order; the number must be an order's.
    fn buyer(&self, order: u32) -> Buyer {
        let mut dice = self.dice(BUYER, order);
        if dice.chance(300_000) {
            return Buyer::New;
        }
        if dice.chance(170_000) {
            return Buyer::Guest;
        }
        let block = order / BLOCK;
        let stride = *dice.pick(&STRIDES);
        let found = if stride == 0 || stride > block {
            // Among those of the same block that came before.
            let from = block * BLOCK + dice.below(u64::from(order % BLOCK).max(1)) as u32;
            (block * BLOCK..=from).rev().find(|home| *home < order && self.new_customer(*home))
        } else {
            let first = (block - stride) * BLOCK;
            let from = dice.below(u64::from(BLOCK)) as u32;
            (0..BLOCK).map(|step| first + (from + step) % BLOCK).find(|home| self.new_customer(*home))
        };
        found.map_or(Buyer::Guest, Buyer::Back)
    }

    /// The charges of a customer, oldest first: only the blocks in which they may come back are looked through.
    pub(super) fn charges_of_customer(&self, home: u32) -> Vec<u32> {
        let block = home / BLOCK;
        let blocks = STRIDES.iter().map(|stride| block + stride);
        let numbers = blocks.flat_map(|block| block * BLOCK..(block + 1) * BLOCK);
        let own = |number: &u32| {
            let order = self.order_of(*number);
            match self.buyer(order) {
                Buyer::New => order == home,
                Buyer::Guest => false,
                Buyer::Back(other) => other == home,
            }
        };
        numbers.take_while(|number| *number < self.calendar.charges()).filter(own).collect()
    }

    /// The currency of a charge, without the rest of its story.
    pub(super) fn currency_of(&self, number: u32) -> Currency {
        let order = self.order_of(number);
        let person = if let Buyer::Back(home) = self.buyer(order) { home } else { order };
        region(&mut self.dice(PERSON, person)).currency
    }

    /// Everything about one charge.
    pub(super) fn story(&self, number: u32) -> Story {
        let pair = self.pair(number);
        let again = pair.is_some_and(|(_, again)| again == number);
        let tried_again = pair.filter(|(failed, _)| *failed == number).map(|(_, again)| again);
        let order = if again { pair.map_or(number, |(failed, _)| failed) } else { number };
        let buyer = self.buyer(order);
        let person = if let Buyer::Back(home) = buyer { home } else { order };
        let region = region(&mut self.dice(PERSON, person));
        let mut dice = self.dice(ORDER, order);
        let good = dice.below(GOODS.len() as u64) as usize;
        let pieces = [1, 2, 3, 5][dice.weighted(&[72, 18, 7, 3])];
        let amount = price(&mut dice, GOODS[good].1 * pieces, region.currency);
        let plain = !again && tried_again.is_none();
        let bare = dice.chance(80_000) && plain && buyer != Buyer::New;
        let manual = dice.chance(45_000) && plain && !bare;
        let mut story = Story {
            order,
            tried_again,
            at: self.calendar.time(self.seed, number),
            buyer,
            region,
            amount,
            good,
            pieces,
            bare,
            manual,
            authenticated: dice.chance(60_000) && !bare,
            risk_score: 0,
            decline: None,
            taken: Taken::Never,
            refunds: [None, None],
            dispute: None,
        };
        let mut dice = self.dice(FATE, number);
        story.risk_score = dice.below(65) as u8;
        if tried_again.is_some() || (!again && dice.chance(50_000)) {
            let weights: [u32; 9] = std::array::from_fn(|index| SEEDED_DECLINES[index].1);
            story.decline = Some(SEEDED_DECLINES[dice.weighted(&weights)].0);
        } else {
            self.take(&mut story, &mut dice);
        }
        story
    }

    fn take(&self, story: &mut Story, dice: &mut Random) {
        story.taken = Taken::At(story.at, story.amount);
        if story.manual {
            let at = story.at + dice.between(DAY / 2, 6 * DAY);
            let lapses = story.at + 7 * DAY;
            match dice.weighted(&[70, 18, 12]) {
                0 if self.holds(at) => story.taken = Taken::At(at, story.amount),
                1 if self.holds(at) => {
                    let amount = share(story.amount, dice.between(30, 95), story.region.currency.step());
                    story.taken = Taken::At(at, amount);
                }
                2 if self.holds(lapses) => {
                    story.taken = Taken::Lapsed(lapses);
                    story.refunds[0] = Some(Giving {
                        at: lapses,
                        amount: story.amount,
                        reason: Some("expired_uncaptured_charge"),
                        status: RefundStatus::Succeeded,
                        returned: None,
                    });
                    return;
                }
                // What could not be captured inside the archive was captured at once.
                _ => story.manual = false,
            }
        }
        let Taken::At(taken, captured) = story.taken else { return };
        if dice.chance(6_000) {
            story.dispute = self.disputed(dice, taken);
        } else if dice.chance(85_000) {
            story.refunds = self.givings(dice, taken, captured, story.region.currency.step());
        }
    }

    /// Whether a moment lies inside the archive; what would come later never happened.
    fn holds(&self, at: i64) -> bool {
        at < self.calendar.end()
    }

    fn disputed(&self, dice: &mut Random, taken: i64) -> Option<Contest> {
        let at = taken + dice.between(DAY, 18 * DAY);
        let inquiry = dice.chance(250_000);
        let reason = *dice.pick(&DISPUTE_REASONS);
        let due_days = dice.between(7, 21);
        let closed = at + dice.between(21 * DAY, 76 * DAY);
        let (status, won, answered) = match dice.weighted(&[20, 40, 20, 20]) {
            _ if inquiry => ("warning_closed", None, due_days % 2 == 0),
            0 if self.holds(at + 3_600) => ("prevented", Some(at + 3_600), false),
            1 if self.holds(closed) => ("won", Some(closed), true),
            2 => ("lost", None, true),
            _ => ("lost", None, false),
        };
        self.holds(at).then_some(Contest { at, inquiry, reason, due_days, status, answered, won })
    }

    fn givings(&self, dice: &mut Random, taken: i64, captured: i64, step: i64) -> [Option<Giving>; 2] {
        let at = taken + dice.between(1_200, 45 * DAY).min(dice.between(1_200, 45 * DAY));
        if !self.holds(at) {
            return [None, None];
        }
        let parts = if dice.chance(600_000) { 100 } else { dice.between(10, 80) };
        let mut first = giving(dice, at, share(captured, parts, step));
        let returned = at + dice.between(2 * DAY, 12 * DAY);
        let status = [RefundStatus::Succeeded, RefundStatus::Failed, RefundStatus::Canceled]
            [dice.weighted(&[957, 30, 13])];
        if status != RefundStatus::Succeeded && self.holds(returned) {
            (first.status, first.returned) = (status, Some(returned));
        }
        let later = at + dice.between(3_600, 10 * DAY);
        let left = captured - first.amount;
        let second = (left > 0 && dice.chance(250_000) && self.holds(later)).then(|| {
            let parts = *dice.pick(&[25, 50, 100]);
            giving(dice, later, share(left, parts, step))
        });
        [Some(first), second]
    }
}

fn giving(dice: &mut Random, at: i64, amount: i64) -> Giving {
    let reason = [None, Some("requested_by_customer"), Some("duplicate"), Some("fraudulent")]
        [dice.weighted(&[30, 56, 10, 4])];
    Giving { at, amount, reason, status: RefundStatus::Succeeded, returned: None }
}

/// So many hundredths of an amount, in the currency's steps and never nothing.
fn share(amount: i64, parts: i64, step: i64) -> i64 {
    if parts >= 100 { amount } else { (amount * parts / 100 / step * step).max(step).min(amount) }
}
