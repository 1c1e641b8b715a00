//! How far a search looks. A search that an index answers ends by itself; one that must look at
//! payment after payment, newest first, is cut into windows of the date key and stops where its
//! budget does, knowing how far back it came.

use std::time::{Duration, Instant};

use super::branch::{PAYMENTS, Rows};
use super::cursor::Spot;
use super::plan::Filter;
use super::term::Sort;
use super::{FoundPayment, page_statement};
use crate::bounded::{Allowance, Bound, Bounded};
use crate::error::Result;
use crate::statement::Value;
use crate::{Mirror, payments};

/// How much one answer may cost. What is not found within it is looked for by the next answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookBudget {
    /// Steps of SQLite that the search may take when it is tried as a whole; a payment that is looked
    /// at takes about ten.
    pub steps: u64,
    /// Payments that are looked at one after the other once that was not enough.
    pub rows: u32,
    /// How long it all may take; checked between two windows, of which the first one is always
    /// looked at, so that each answer comes further.
    pub time: Option<Duration>,
}

impl LookBudget {
    /// For one page of the window.
    pub const PAGE: Self = Self { steps: 1_000_000, rows: 200_000, time: Some(Duration::from_millis(300)) };
    /// For a count beside a page of the window.
    pub const COUNT: Self =
        Self { steps: 20_000_000, rows: 5_000_000, time: Some(Duration::from_millis(100)) };
}

/// Payments of the first window; later ones grow while they are quick.
const FIRST_WINDOW: u32 = 2_000;
/// Payments of the largest window.
const LARGEST_WINDOW: u32 = 64_000;

/// The end of a budget, and the windows within it.
pub(super) struct Walk {
    started: Instant,
    time: Option<Duration>,
    rows: u32,
    size: u32,
}

/// The key up to which payments are looked at next, in the order of a search by date.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) last: i64,
    /// Nothing comes behind it.
    pub(super) ends: bool,
}

/// The key of the row behind so many others from a key on.
pub(super) fn key_behind(rows: Rows, sort: Sort, start: i64, passed: i64) -> (String, Vec<Value>) {
    let (sign, direction) = (sort.sign(), sort.direction());
    let Rows { table, key, along } = rows;
    let statement = format!(
        "select {key} from {table} {along} where {key} {sign} ?1 order by {key} {direction} limit 1 offset ?2"
    );
    (statement, vec![start.into(), passed.into()])
}

impl Walk {
    pub(super) fn new(budget: &LookBudget) -> Self {
        Self { started: Instant::now(), time: budget.time, rows: budget.rows, size: FIRST_WINDOW }
    }

    /// What the try as a whole may take: half of the time, so that something is left to walk with.
    pub(super) fn first_try(&self, budget: &LookBudget) -> Allowance {
        let until = self.time.map(|time| self.started + time / 2);
        Allowance { steps: Some(budget.steps), until }
    }

    /// The next window behind a key; none where the budget is used up.
    pub(super) async fn next(
        &mut self,
        bounded: &mut Bounded,
        rows: Rows,
        start: i64,
        sort: Sort,
    ) -> Result<Option<Window>> {
        let Some(count) = self.rows() else { return Ok(None) };
        let last = bounded.number(key_behind(rows, sort, start, i64::from(count) - 1)).await?;
        Ok(Some(Window { last: last.unwrap_or(sort.end()), ends: last.is_none() }))
    }

    /// How many rows are looked at next; none where the budget is used up.
    pub(super) fn rows(&mut self) -> Option<u32> {
        let spent = self.started.elapsed();
        let late = self.time.is_some_and(|time| spent >= time) && self.size != FIRST_WINDOW;
        let size = self.size.min(self.rows);
        if late || size == 0 {
            return None;
        }
        self.rows -= size;
        // While a window takes a small part of the time, twice as much is looked at with less to do around it.
        if self.time.is_none_or(|time| spent < time / 4) {
            self.size = (size * 2).min(LARGEST_WINDOW);
        }
        Some(size)
    }
}

/// What one answer found.
#[derive(Default)]
pub(super) struct Looked {
    /// With their keys, in order; one more than asked for where there are more.
    pub(super) rows: Vec<(i64, FoundPayment)>,
    /// Up to where everything was looked at, where the budget ended before history did.
    pub(super) reached: Option<Spot>,
}

impl Looked {
    /// How many are still wanted.
    pub(super) fn left(&self, wanted: i64) -> i64 {
        wanted - i64::try_from(self.rows.len()).unwrap_or(wanted)
    }

    pub(super) fn is_full(&self, wanted: i64) -> bool {
        self.left(wanted) <= 0
    }
}

/// The payments in rows, with their keys.
pub(super) fn read_found(mirror: &Mirror, bound: &Bound) -> Result<Vec<(i64, FoundPayment)>> {
    let found = bound.rows.iter().map(|row| {
        let (key, stored) = mirror.stored_row(row, payments::read)?;
        Ok((key, payments::found((key, stored))))
    });
    found.collect()
}

impl Mirror {
    /// Up to `wanted` payments behind a spot, by their keys.
    pub(super) async fn look(
        &self,
        filter: &Filter,
        start: Spot,
        wanted: i64,
        budget: Option<LookBudget>,
    ) -> Result<Looked> {
        let sort = filter.sort;
        let mut bounded = self.bounded().await?;
        // What was gathered for its amounts is known to be little.
        let Some(budget) = budget.filter(|_| !sort.by_amount()) else {
            let all = Allowance::default();
            let (rows, _) = self.page_of(&mut bounded, filter, start, sort.end(), wanted, all).await?;
            return Ok(Looked { rows, reached: None });
        };
        let mut walk = Walk::new(&budget);
        let allowance = walk.first_try(&budget);
        let (rows, whole) = self.page_of(&mut bounded, filter, start, sort.end(), wanted, allowance).await?;
        if whole {
            return Ok(Looked { rows, reached: None });
        }
        // Rows come in the order of their keys, so those that came are all up to the last one.
        let mut spot = rows.last().map_or(start, |(key, last)| Spot::behind(*key, last));
        let mut looked = Looked { rows, reached: None };
        while !looked.is_full(wanted) {
            let Some(window) = walk.next(&mut bounded, PAYMENTS, spot.key, sort).await? else {
                looked.reached = Some(spot);
                return Ok(looked);
            };
            let (all, left) = (Allowance::default(), looked.left(wanted));
            let (more, _) = self.page_of(&mut bounded, filter, spot, window.last, left, all).await?;
            looked.rows.extend(more);
            if window.ends {
                break;
            }
            spot.key = window.last;
        }
        Ok(looked)
    }

    async fn page_of(
        &self,
        bounded: &mut Bounded,
        filter: &Filter,
        start: Spot,
        last: i64,
        wanted: i64,
        allowance: Allowance,
    ) -> Result<(Vec<(i64, FoundPayment)>, bool)> {
        let (rest, values) = page_statement(filter, start, last, wanted);
        let bound = bounded.rows(payments::TABLE.select(&rest), values, allowance).await?;
        Ok((read_found(self, &bound)?, bound.whole))
    }
}
