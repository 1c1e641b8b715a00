//! How far a search looks. A search that an index answers ends by itself; one that must look at
//! payment after payment, newest first, is cut into windows of the date key and stops where its
//! budget does, knowing how far back it came.

use std::time::{Duration, Instant};

use sqlx::Row;

use super::plan::Filter;
use super::term::Sort;
use super::{FoundPayment, page_statement};
use crate::bounded::{Allowance, Bounded};
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

/// Keys behind `start` up to `last`, in the order of a search by date.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) start: i64,
    pub(super) last: i64,
    /// Nothing comes behind it.
    pub(super) ends: bool,
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
        start: i64,
        sort: Sort,
    ) -> Result<Option<Window>> {
        let spent = self.started.elapsed();
        let late = self.time.is_some_and(|time| spent >= time) && self.size != FIRST_WINDOW;
        let size = self.size.min(self.rows);
        if late || size == 0 {
            return Ok(None);
        }
        let (sign, direction) = (sort.sign(), sort.direction());
        let statement = format!(
            "select key from payments not indexed where key {sign} ?1 order by key {direction} limit 1 offset ?2"
        );
        let values = vec![Value::from(start), Value::from(i64::from(size) - 1)];
        let found = bounded.rows(statement, values, Allowance::default()).await?.rows;
        let last = found.first().map(|row| row.try_get::<i64, _>("key")).transpose()?;
        self.rows -= size;
        // While a window takes a small part of the time, twice as much is looked at with less to do around it.
        if self.time.is_none_or(|time| spent < time / 4) {
            self.size = (size * 2).min(LARGEST_WINDOW);
        }
        Ok(Some(Window { start, last: last.unwrap_or(sort.end()), ends: last.is_none() }))
    }
}

/// What one answer found.
pub(super) struct Looked {
    /// With their keys, in order; one more than asked for where there are more.
    pub(super) rows: Vec<(i64, FoundPayment)>,
    /// The key up to which everything was looked at, where the budget ended before history did.
    pub(super) reached: Option<i64>,
}

impl Mirror {
    /// Up to `wanted` payments behind a key and an amount.
    pub(super) async fn look(
        &self,
        filter: &Filter,
        start: (i64, i64),
        wanted: i64,
        budget: Option<LookBudget>,
    ) -> Result<Looked> {
        let sort = filter.sort;
        let mut bounded = self.bounded().await?;
        // Amounts have an index of their own and no windows of dates.
        let Some(budget) = budget.filter(|_| !sort.by_amount()) else {
            let all = Allowance::default();
            let (rows, _) = self.page_of(&mut bounded, filter, start, sort.end(), wanted, all).await?;
            return Ok(Looked { rows, reached: None });
        };
        let mut walk = Walk::new(&budget);
        let allowance = walk.first_try(&budget);
        let (mut rows, whole) =
            self.page_of(&mut bounded, filter, start, sort.end(), wanted, allowance).await?;
        if whole {
            return Ok(Looked { rows, reached: None });
        }
        // Rows come in the order of their keys, so those that came are all up to the last one.
        let mut start = rows.last().map_or(start.0, |(key, _)| *key);
        loop {
            let left = wanted - i64::try_from(rows.len()).unwrap_or(wanted);
            if left <= 0 {
                return Ok(Looked { rows, reached: None });
            }
            let Some(window) = walk.next(&mut bounded, start, sort).await? else {
                return Ok(Looked { rows, reached: Some(start) });
            };
            let all = Allowance::default();
            let (more, _) =
                self.page_of(&mut bounded, filter, (window.start, 0), window.last, left, all).await?;
            rows.extend(more);
            if window.ends {
                return Ok(Looked { rows, reached: None });
            }
            start = window.last;
        }
    }

    async fn page_of(
        &self,
        bounded: &mut Bounded,
        filter: &Filter,
        start: (i64, i64),
        last: i64,
        wanted: i64,
        allowance: Allowance,
    ) -> Result<(Vec<(i64, FoundPayment)>, bool)> {
        let (rest, values) = page_statement(filter, start, last, wanted);
        let bound = bounded.rows(payments::TABLE.select(&rest), values, allowance).await?;
        let found = bound.rows.iter().map(|row| {
            let (key, stored) = self.stored_row(row, payments::read)?;
            Ok((key, payments::found((key, stored))))
        });
        Ok((found.collect::<Result<_>>()?, bound.whole))
    }
}
