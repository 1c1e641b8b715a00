//! The stretches of keys that one answer looks at: all of history first, and where the budget stopped that, window after
//! window for as long as it reaches.

use super::branch::Rows;
use super::look::{LookBudget, Walk};
use super::term::Sort;
use crate::bounded::{Allowance, Bounded};
use crate::error::Result;

/// A stretch of keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// Behind this key, and up to this one.
    pub(super) keys: (i64, i64),
    /// What looking at it may take.
    pub(super) allowance: Allowance,
    /// Nothing comes behind it.
    ends: bool,
    /// It is all of history, of which the budget may leave some.
    is_all: bool,
}

impl Stretch {
    /// The lowest and the highest key of it, where the newest is looked at first.
    pub(super) fn newest_first(&self) -> (i64, i64) {
        let (start, last) = self.keys;
        if self.is_all { (i64::MIN, i64::MAX) } else { (last, start.saturating_sub(1)) }
    }
}

/// Hands out stretches until history or the budget ends.
pub(super) struct Stretches {
    rows: Rows,
    sort: Sort,
    walk: Option<(Walk, LookBudget)>,
    at: i64,
    /// All of history was tried.
    tried: bool,
    ended: bool,
    reached: Option<i64>,
}

impl Stretches {
    /// From a key on. Without a budget all of history is one stretch.
    pub(super) fn new(rows: Rows, sort: Sort, start: i64, budget: Option<LookBudget>) -> Self {
        let walk = budget.map(|budget| (Walk::new(&budget), budget));
        Self { rows, sort, walk, at: start, tried: false, ended: false, reached: None }
    }

    /// The next one; none at the end of history, or of the budget.
    pub(super) async fn next(&mut self, bounded: &mut Bounded) -> Result<Option<Stretch>> {
        if self.ended {
            return Ok(None);
        }
        if !self.tried {
            let allowance =
                self.walk.as_ref().map_or(Allowance::default(), |(walk, budget)| walk.first_try(budget));
            let keys = (self.at, self.sort.end());
            return Ok(Some(Stretch { keys, allowance, ends: true, is_all: true }));
        }
        let Some((walk, _)) = &mut self.walk else { return Ok(None) };
        match walk.next(bounded, self.rows, self.at, self.sort).await? {
            Some(window) => Ok(Some(Stretch {
                keys: (self.at, window.last),
                allowance: Allowance::default(),
                ends: window.ends,
                is_all: false,
            })),
            None => {
                (self.ended, self.reached) = (true, Some(self.at));
                Ok(None)
            }
        }
    }

    /// Notes that a stretch was looked at, whole or until the budget stopped that. Whether what was found in it counts.
    pub(super) fn looked(&mut self, stretch: &Stretch, whole: bool) -> bool {
        self.tried = true;
        if !whole {
            return false;
        }
        self.ended = stretch.ends;
        self.at = stretch.keys.1;
        true
    }

    /// Up to where everything was looked at, where the budget ended before history did.
    pub(super) fn reached(&self) -> Option<i64> {
        self.reached
    }
}
