//! The archive's balance lines and payouts.

use super::bits::Bits;
use super::story::{Story, Taken};
use super::{AVAILABLE_AFTER, Archive, Given, PAYOUT_SECOND};
use crate::currency::{Currency, EUR, GBP, USD};
use crate::random::Random;
use crate::world::{ARRIVAL_DAYS, DAY, DISPUTE_FEE, convert, fee, midnight};

/// The currencies that the account is paid out in.
pub(super) const SETTLED: [Currency; 3] = [USD, EUR, GBP];
const PAYOUT_DICE: u64 = 28;

/// What a balance line is about that does not come with its charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Payout(u32),
    PayoutFailed(u32),
    Captured(u32),
    Refund(u32),
    RefundReturned(u32),
    Dispute(u32),
    DisputeWon(u32),
}

/// A balance line that does not come with its charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) at: i64,
    pub(super) what: What,
    /// The place of its currency among the settled ones.
    pub(super) currency: u8,
    /// The line's number.
    line: u32,
}

/// A payout.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paid {
    pub(super) at: i64,
    pub(super) amount: i64,
    pub(super) currency: u8,
    pub(super) failed: Option<i64>,
}

/// What a line comes from; of two in the same second the charge is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Charge(u32),
    /// A place in the list of moments.
    Moment(u32),
}

pub(super) fn settled(currency: Currency) -> u8 {
    let settlement = currency.settlement();
    SETTLED.iter().position(|known| *known == settlement).unwrap_or(0) as u8
}

/// When the money of a charge captured at this moment is available.
pub(super) fn available(captured: i64) -> i64 {
    midnight(captured) + AVAILABLE_AFTER
}

/// The sums that wait for the payout run of each day.
struct Due {
    by_day: Vec<[i64; 3]>,
}

impl Due {
    /// The day whose run is the first after this moment.
    fn run(archive: &Archive, available: i64) -> usize {
        let day = archive.calendar.day_at(available);
        if available.rem_euclid(DAY) < PAYOUT_SECOND { day } else { day + 1 }
    }

    fn add(&mut self, archive: &Archive, available: i64, currency: u8, net: i64) {
        if let Some(sums) = self.by_day.get_mut(Due::run(archive, available)) {
            sums[currency as usize] += net;
        }
    }
}

impl Archive {
    /// Walks all charges once and notes what does not come with its charge; then pays out day by day.
    pub(super) fn keep_books(&mut self) {
        let mut due = Due { by_day: vec![[0; 3]; self.calendar.days()] };
        let mut moments: Vec<(i64, u32, What, u8, i64)> = Vec::new();
        self.at_once = Bits::new(self.charges(), |number| {
            let story = self.story(number);
            let currency = settled(story.region.currency);
            if let Taken::At(at, amount) = story.taken {
                let net = net_of_charge(&story, amount);
                if at != story.at {
                    moments.push((at, number, What::Captured(number), currency, 0));
                }
                self.count(&mut due, available(at), currency, net);
            }
            self.note(number, &story);
            matches!(story.taken, Taken::At(at, _) if at == story.at)
        });
        self.refunds.sort_unstable();
        self.disputes.sort_unstable();
        self.note_lines(&mut moments);
        for (at, _, _, currency, net) in &moments {
            self.count(&mut due, *at, *currency, *net);
        }
        self.moments =
            moments.iter().map(|(at, _, what, currency, _)| Moment::new(*at, *what, *currency)).collect();
        self.pay_out(&mut due);
        self.moments.sort_unstable();
        self.moments.shrink_to_fit();
        self.number_lines();
        self.unpaid = self.left_over();
    }

    /// Notes the refunds and the dispute of a charge.
    fn note(&mut self, number: u32, story: &Story) {
        for (slot, refund) in story.refunds.iter().enumerate() {
            if let Some(refund) = refund {
                self.refunds.push(Given { at: refund.at, charge: number, slot: slot as u8 });
            }
        }
        if let Some(dispute) = story.dispute {
            self.disputes.push((dispute.at, number));
        }
    }

    /// The lines of refunds and disputes, now that these have their numbers.
    fn note_lines(&self, moments: &mut Vec<(i64, u32, What, u8, i64)>) {
        for (place, given) in self.refunds.iter().enumerate() {
            let (number, story) = (place as u32, self.story(given.charge));
            let Some(refund) = story.refunds[usize::from(given.slot)] else { continue };
            if matches!(story.taken, Taken::Lapsed(_)) {
                continue;
            }
            let currency = settled(story.region.currency);
            let amount = convert(refund.amount, story.region.currency);
            moments.push((refund.at, given.charge, What::Refund(number), currency, -amount));
            if let Some(returned) = refund.returned {
                moments.push((returned, given.charge, What::RefundReturned(number), currency, amount));
            }
        }
        for (place, (at, charge)) in self.disputes.iter().enumerate() {
            let (number, story) = (place as u32, self.story(*charge));
            let Some(dispute) = story.dispute.filter(|dispute| !dispute.inquiry) else { continue };
            let currency = settled(story.region.currency);
            let cost = convert(story.captured(), story.region.currency) + DISPUTE_FEE;
            moments.push((*at, *charge, What::Dispute(number), currency, -cost));
            if let Some(won) = dispute.won {
                moments.push((won, *charge, What::DisputeWon(number), currency, cost));
            }
        }
    }

    /// Adds a line to what is due and to what all lines come to.
    fn count(&mut self, due: &mut Due, available: i64, currency: u8, net: i64) {
        due.add(self, available, currency, net);
        let from = if available < self.end() { 0 } else { available };
        *self.sums.entry((from, SETTLED[currency as usize])).or_default() += net;
    }

    fn pay_out(&mut self, due: &mut Due) {
        let mut waiting = [0_i64; 3];
        for day in 0..self.calendar.days() {
            let at = self.calendar.day_start(day) + PAYOUT_SECOND;
            for (sum, more) in waiting.iter_mut().zip(due.by_day[day]) {
                *sum += more;
            }
            // 1970-01-01 was a Thursday: days 2 and 3 of this count are the weekend, when banks rest.
            if matches!((at / DAY).rem_euclid(7), 2 | 3) {
                continue;
            }
            for currency in 0..3_u8 {
                let amount = std::mem::take(&mut waiting[currency as usize]);
                if amount <= 0 {
                    waiting[currency as usize] = amount;
                    continue;
                }
                let number = self.payouts.len() as u32;
                self.moments.push(Moment::new(at, What::Payout(number), currency));
                *self.sums.entry((0, SETTLED[currency as usize])).or_default() -= amount;
                let failed = self.payout_fails(number, at);
                if let Some(failed) = failed {
                    self.moments.push(Moment::new(failed, What::PayoutFailed(number), currency));
                    self.count(due, failed, currency, amount);
                }
                self.payouts.push(Paid { at, amount, currency, failed });
                self.payouts_by_currency[currency as usize].push(number);
            }
        }
    }

    fn payout_fails(&self, number: u32, at: i64) -> Option<i64> {
        let mut dice = Random::of_row(self.seed, PAYOUT_DICE, number);
        let failed = midnight(at) + ARRIVAL_DAYS * DAY + 7 * 3_600 + dice.between(DAY, 3 * DAY);
        (dice.chance(8_000) && failed < self.end()).then_some(failed)
    }

    fn number_lines(&mut self) {
        for place in 0..self.moments.len() {
            let before = self.calendar.first_after(self.seed, self.moments[place].at);
            self.moments[place].line = self.at_once.below(before) + place as u32;
        }
    }

    /// How many balance lines there are.
    pub(super) fn line_count(&self) -> u32 {
        self.at_once.len() + self.moments.len() as u32
    }

    /// What a line comes from.
    pub(super) fn origin(&self, line: u32) -> Origin {
        let place = self.moments.partition_point(|moment| moment.line < line);
        match self.moments.get(place) {
            Some(moment) if moment.line == line => Origin::Moment(place as u32),
            _ => Origin::Charge(self.at_once.nth(line - place as u32)),
        }
    }

    /// When a line was made.
    pub(super) fn line_time(&self, origin: Origin) -> i64 {
        match origin {
            Origin::Charge(charge) => self.calendar.time(self.seed, charge),
            Origin::Moment(place) => self.moments[place as usize].at,
        }
    }

    fn line_currency(&self, origin: Origin) -> u8 {
        match origin {
            Origin::Charge(charge) => settled(self.currency_of(charge)),
            Origin::Moment(place) => self.moments[place as usize].currency,
        }
    }

    /// The number that the first line of a day has.
    fn first_line(&self, day: usize) -> u32 {
        let start = self.calendar.day_start(day);
        let moments = self.moments.partition_point(|moment| moment.at < start) as u32;
        self.at_once.below(self.calendar.first_of(day)) + moments
    }

    /// The line that a charge brought.
    pub(super) fn line_of_charge(&self, number: u32, story: &Story) -> Option<u32> {
        match story.taken {
            Taken::At(at, _) if at == story.at => {
                let moments = self.moments.partition_point(|moment| moment.at < at) as u32;
                Some(self.at_once.below(number) + moments)
            }
            Taken::At(at, _) => self.line_of(at, What::Captured(number)),
            _ => None,
        }
    }

    /// The line of something that does not come with its charge.
    pub(super) fn line_of(&self, at: i64, what: What) -> Option<u32> {
        let from = self.moments.partition_point(|moment| (moment.at, moment.what) < (at, what));
        self.moments.get(from).filter(|moment| moment.what == what).map(|moment| moment.line)
    }

    /// The payout that takes what is available from this moment on.
    pub(super) fn payout_of(&self, available: i64, currency: u8) -> Option<u32> {
        let own = &self.payouts_by_currency[currency as usize];
        own.get(own.partition_point(|payout| self.payouts[*payout as usize].at <= available)).copied()
    }

    /// The payout of a line.
    pub(super) fn payout_of_line(&self, origin: Origin) -> Option<u32> {
        let at = self.line_time(origin);
        let available = match origin {
            Origin::Charge(_) => available(at),
            Origin::Moment(place) => match self.moments[place as usize].what {
                What::Payout(payout) => return Some(payout),
                What::Captured(_) => available(at),
                _ => at,
            },
        };
        self.payout_of(available, self.line_currency(origin))
    }

    /// The lines that a payout pays out, its own line last.
    pub(crate) fn payout_lines(&self, payout: u32) -> Vec<u32> {
        let paid = self.payouts[payout as usize];
        let own = &self.payouts_by_currency[paid.currency as usize];
        let before = own.partition_point(|other| *other < payout).checked_sub(1);
        let from = before.map_or(i64::MIN, |place| self.payouts[own[place] as usize].at - AVAILABLE_AFTER);
        let first = self.first_line(self.calendar.day_at(from.max(self.calendar.day_start(0))));
        let end = self.first_line(self.calendar.day_at(paid.at) + 1);
        (first..end).filter(|line| self.payout_of_line(self.origin(*line)) == Some(payout)).collect()
    }

    /// The lines that no payout took; they are all younger than the last payouts but two days.
    fn left_over(&self) -> Vec<u32> {
        let last = |own: &Vec<u32>| own.last().map_or(i64::MIN, |payout| self.payouts[*payout as usize].at);
        let from = self.payouts_by_currency.iter().map(last).min().unwrap_or(i64::MIN);
        let first_day =
            self.calendar.day_at((from.max(self.calendar.day_start(0) + AVAILABLE_AFTER)) - AVAILABLE_AFTER);
        let lines = self.first_line(first_day)..self.line_count();
        lines.filter(|line| self.payout_of_line(self.origin(*line)).is_none()).collect()
    }
}

impl Moment {
    fn new(at: i64, what: What, currency: u8) -> Moment {
        Moment { at, what, currency, line: 0 }
    }
}

fn net_of_charge(story: &Story, captured: i64) -> i64 {
    let amount = convert(captured, story.region.currency);
    amount - fee(amount, story.region.currency.settlement(), story.region.country)
}
