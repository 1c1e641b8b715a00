//! When the archive's charges came: so many a day, and in the day by the hours of a shop.

use crate::random::Random;
use crate::seed::{HISTORY_DAYS, hour_weights};
use crate::world::{DAY, midnight};

const HOURS: usize = 24;
/// The jitter of a charge inside its own share of the day, in bits.
const JITTER_BITS: u32 = 20;

/// The days of the archive, and the charges that each has.
#[derive(Debug)]
pub(crate) struct Calendar {
    /// The first second of the first day.
    start: i64,
    /// The number of each day's first charge, and after the last day the number of all.
    firsts: Vec<u32>,
    /// The weights of all hours, each with those before it.
    hours: Vec<u64>,
}

impl Calendar {
    /// Cuts a history of `charges` that ends at `end`: the last days that have at least `recent` of them are not the archive's. Nothing when no day is left.
    pub(crate) fn cut(charges: u32, recent: u32, end: i64) -> Option<Calendar> {
        let start = midnight(end - HISTORY_DAYS * DAY);
        let hours = hour_weights(end);
        let total = hours.last().copied().unwrap_or(1);
        let before = |day: usize| {
            let weight = if day == 0 { 0 } else { hours[day * HOURS - 1] };
            (u128::from(charges) * u128::from(weight) / u128::from(total.max(1))) as u32
        };
        let whole_days = hours.len() / HOURS;
        let days = (0..=whole_days).rev().find(|day| charges - before(*day) >= recent).unwrap_or(0);
        if before(days) == 0 {
            return None;
        }
        let firsts = (0..=days).map(before).collect();
        Some(Calendar { start, firsts, hours })
    }

    /// How many days there are.
    pub(crate) fn days(&self) -> usize {
        self.firsts.len() - 1
    }

    /// How many charges there are.
    pub(crate) fn charges(&self) -> u32 {
        self.firsts[self.days()]
    }

    /// The first second after the last day.
    pub(crate) fn end(&self) -> i64 {
        self.day_start(self.days())
    }

    /// The first second of a day.
    pub(crate) fn day_start(&self, day: usize) -> i64 {
        self.start + day as i64 * DAY
    }

    /// The day of a moment inside the archive.
    pub(crate) fn day_at(&self, at: i64) -> usize {
        (at - self.start).div_euclid(DAY).max(0) as usize
    }

    /// The number of a day's first charge, and behind the last day that of all.
    pub(crate) fn first_of(&self, day: usize) -> u32 {
        self.firsts[day]
    }

    /// The numbers of the charges of a day.
    pub(crate) fn charges_of(&self, day: usize) -> std::ops::Range<u32> {
        self.firsts[day]..self.firsts[day + 1]
    }

    /// When a charge came. Each has its own share of the day's weight and a place drawn inside it, so the times need no sorting and are in the order of the
    /// numbers.
    pub(crate) fn time(&self, seed: u64, number: u32) -> i64 {
        let day = self.firsts.partition_point(|first| *first <= number).saturating_sub(1);
        let (first, next) = (self.firsts[day], self.firsts[day + 1]);
        let jitter = Random::of_row(seed, super::story::TIME, number).below(1 << JITTER_BITS);
        let place = (u64::from(number - first) << JITTER_BITS) + jitter;
        // The place as a part of the day in 2^32 parts; the charges of a day are far fewer than would overflow.
        let part = (place << (32 - JITTER_BITS)) / u64::from(next - first);
        let before = if day == 0 { 0 } else { self.hours[day * HOURS - 1] };
        let of_day = &self.hours[day * HOURS..(day + 1) * HOURS];
        let weight = of_day[HOURS - 1] - before;
        let point = before + ((u128::from(weight) * u128::from(part)) >> 32) as u64;
        let hour = of_day.partition_point(|sum| *sum <= point);
        let low = if hour == 0 { before } else { of_day[hour - 1] };
        let second = ((point - low) * 3_600 / (of_day[hour] - low)) as i64;
        self.day_start(day) + hour as i64 * 3_600 + second
    }

    /// The number of the first charge after a moment of the archive.
    pub(crate) fn first_after(&self, seed: u64, at: i64) -> u32 {
        let charges = self.charges_of(self.day_at(at));
        let (mut low, mut high) = (charges.start, charges.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time(seed, middle) <= at {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}
