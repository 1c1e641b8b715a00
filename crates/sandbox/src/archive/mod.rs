//! The archive: the older, settled part of a large history, of which no row is held.
//!
//! A sandbox of a million charges plays only the newest days (see [`crate::seed`]). Everything older is computed when it is asked for, from the seed and the row's
//! number, so the same seed gives the same answers in any order of asking. Held are only a few bytes for what does not come with its charge (refunds, disputes, late
//! captures and payouts), and one bit for each charge, from which the balance lines get their numbers: some MB per million charges.

mod bits;
mod calendar;
mod ledger;
mod rows;
mod story;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike};

use crate::currency::Currency;
use crate::ids::Ids;
use crate::world::DAY;
use bits::Bits;
use calendar::Calendar;
use ledger::{Moment, Paid};
pub(crate) use rows::Archived;
use story::Story;

/// A refund: when, of which charge, and whether it is the charge's first or second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Given {
    at: i64,
    charge: u32,
    slot: u8,
}

/// The archive of one sandbox.
pub(crate) struct Archive {
    seed: u64,
    ids: Ids,
    calendar: Calendar,
    history_end: i64,
    this_year: u16,
    /// In the order of time, as are the other lists; a row's number is its place.
    refunds: Vec<Given>,
    /// When, and of which charge.
    disputes: Vec<(i64, u32)>,
    payouts: Vec<Paid>,
    /// The places of the payouts in each of the three settlement currencies.
    payouts_by_currency: [Vec<u32>; 3],
    /// The balance lines that do not come with their charge.
    moments: Vec<Moment>,
    /// The charges that brought a balance line when they were made.
    at_once: Bits,
    unpaid: Vec<u32>,
    /// What the balance lines come to, by when they are available (0 for all that were before the archive's end) and currency.
    sums: BTreeMap<(i64, Currency), i64>,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Archive").field("charges", &self.calendar.charges()).finish_non_exhaustive()
    }
}

impl Archive {
    /// The archive of a history of `charges` that ends at `end`, of which at least the `recent` newest are left to be played; none when no whole day is older.
    pub(crate) fn new(seed: u64, charges: u32, recent: u32, end: i64) -> Option<Archive> {
        if charges <= recent {
            return None;
        }
        let calendar = Calendar::cut(charges, recent, end)?;
        let mut archive = Archive {
            seed,
            ids: Ids::new(seed),
            history_end: end,
            this_year: DateTime::from_timestamp(end, 0).map_or(2_026, |at| at.year() as u16),
            refunds: Vec::new(),
            disputes: Vec::new(),
            payouts: Vec::new(),
            payouts_by_currency: Default::default(),
            moments: Vec::new(),
            at_once: Bits::default(),
            unpaid: Vec::new(),
            sums: BTreeMap::new(),
            calendar,
        };
        archive.keep_books();
        Some(archive)
    }

    /// How many charges it has, which is also the number of the first charge that is played.
    pub(crate) fn charges(&self) -> u32 {
        self.calendar.charges()
    }

    /// The first second after it.
    pub(crate) fn end(&self) -> i64 {
        self.calendar.end()
    }

    /// The balance lines that none of its payouts took: those of its last days.
    pub(crate) fn unpaid(&self) -> &[u32] {
        &self.unpaid
    }

    /// What all its balance lines come to: the instant they are available from, the currency and the sum.
    pub(crate) fn sums(&self) -> impl Iterator<Item = (i64, Currency, i64)> {
        self.sums.iter().map(|((at, currency), sum)| (*at, *currency, *sum))
    }

    /// The charges of one of its customers that are in the archive, oldest first.
    pub(crate) fn customer_charges(&self, customer: u32) -> Vec<u32> {
        self.charges_of_customer(customer)
    }

    /// The intents of one of its customers, oldest first.
    pub(crate) fn customer_intents(&self, customer: u32) -> Vec<u32> {
        let mut charges = self.charges_of_customer(customer);
        charges.retain(|number| {
            let story = self.story(*number);
            story.order == *number && !story.bare
        });
        charges
    }

    /// A charge's customer and card, without the rest of the row.
    pub(crate) fn parties(&self, charge: u32) -> (Option<u32>, u32) {
        let story = self.story(charge);
        (story.customer(), story.method())
    }

    /// Whether one of its cards was made by the older calls.
    pub(crate) fn legacy(&self, method: u32) -> bool {
        self.story(method).bare
    }

    fn refund_number(&self, charge: u32, slot: u8, at: i64) -> Option<u32> {
        self.refunds.binary_search(&Given { at, charge, slot }).ok().map(|place| place as u32)
    }

    fn dispute_number(&self, charge: u32, story: &Story) -> Option<u32> {
        let at = story.dispute?.at;
        self.disputes.binary_search(&(at, charge)).ok().map(|place| place as u32)
    }
}

/// When a payout run of a day takes place, counted from the day's start.
const PAYOUT_SECOND: i64 = 5 * 60;
/// How long after its start-of-day a charge's money is available.
const AVAILABLE_AFTER: i64 = 2 * DAY;
