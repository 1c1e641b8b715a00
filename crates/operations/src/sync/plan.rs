//! Which slices of a list are read next. Pure: it knows no clock, no vendor and no file.
//!
//! Vendors tell neither how many objects a list has nor how old the oldest is. So a first load begins
//! with the newest page, and from how long it reaches back the plan guesses where older slices should
//! begin: eight and sixty-four times as far, and so on while the oldest slice goes on. Whoever has
//! nothing to do splits the slice that has most left, at the density it showed so far. A small list
//! costs two or three requests more than one that is read in a row; a long one is read from many
//! places at once, and the newest first.

use std::collections::{HashMap, HashSet};

use domain::{AccountId, Kind, Timestamp};
use mirror::LoadSlice;

/// How much further back than what was seen the next older slice begins.
const FURTHER: i64 = 8;
/// A slice with less left than this is not worth another request for its end.
const WORTH_SPLITTING_ROWS: u64 = 400;
/// Slices of one list, done ones included. Many more would mostly be half-empty pages.
const SLICES_MAX: usize = 160;
/// No guess goes further back: Stripe began in 2010. The oldest slice has no end of its own, so
/// nothing older is lost.
const OLDEST_GUESS: Timestamp = Timestamp::const_from_ms(1_230_768_000_000);
/// The density of a slice is that of about so many rows.
const DENSITY_ROWS: u64 = 800;
/// What was seen counts as reaching at least this far, so that a guess is never the same second.
const SHORTEST_REACH_MS: i64 = 60_000;

/// The slices of one list while it loads.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) slices: Vec<LoadSlice>,
    busy: HashSet<u32>,
    /// Creation of the newest record.
    newest: Option<Timestamp>,
    /// How dense each slice is where it is being read: rows of its last pages, and the time that they
    /// cover. A slice may begin in quiet years, which say nothing about what comes below them.
    dense: HashMap<u32, Density>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Density {
    rows: u64,
    covered_ms: i64,
}

/// What somebody who has nothing to do should do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Go on with this slice.
    GoOn(LoadSlice),
    /// Write down that the first slice was cut short and the second begins there, then go on with it.
    Split { newer: LoadSlice, older: LoadSlice },
}

impl Plan {
    pub(super) fn new(slices: Vec<LoadSlice>, newest: Option<Timestamp>) -> Self {
        Self { slices, busy: HashSet::new(), newest, dense: HashMap::new() }
    }

    /// What to do next; nothing while all slices are done or in somebody's hands and none is long.
    pub(super) fn next(&mut self) -> Option<Next> {
        let idle = self.slices.iter().filter(|slice| !slice.done && !self.busy.contains(&slice.number));
        let next = match idle.max_by_key(|slice| slice.until.unwrap_or(Timestamp::from_ms(i64::MAX))) {
            Some(slice) => Next::GoOn(slice.clone()),
            None => self.split()?,
        };
        let (Next::GoOn(slice) | Next::Split { older: slice, .. }) = &next;
        self.busy.insert(slice.number);
        Some(next)
    }

    fn split(&mut self) -> Option<Next> {
        let plain = self.slices.iter().any(|slice| slice.plain);
        if plain || self.slices.len() >= SLICES_MAX {
            return None;
        }
        let (place, at) = self.guess().or_else(|| self.middle_of_longest())?;
        let number = self.slices.iter().map(|slice| slice.number).max().unwrap_or(0) + 1;
        let newer = self.slices.get_mut(place)?;
        let whole = LoadSlice::whole(newer.account_id, newer.kind, number);
        let older = LoadSlice { from: newer.from, until: Some(at), ..whole };
        newer.from = Some(at);
        let newer = newer.clone();
        self.slices.push(older.clone());
        Some(Next::Split { newer, older })
    }

    /// Where an older slice should begin in the one that has no end. At most two slices that nobody
    /// looked into yet stand at the old end: most lists are short.
    fn guess(&self) -> Option<(usize, Timestamp)> {
        let newest = self.newest?;
        let place = self.slices.iter().position(|slice| slice.from.is_none() && !slice.done)?;
        let open = self.slices.get(place)?;
        let end = match (open.reached, open.until) {
            (Some(reached), _) => reached,
            (None, Some(until)) if self.is_started_above(until) => until,
            _ => return None,
        };
        let reach = newest.ms_since(end).max(SHORTEST_REACH_MS);
        let further = newest.plus_ms(reach.saturating_mul(-FURTHER));
        // Where that would be before anything can be, half of what is left is the best guess.
        let half = OLDEST_GUESS.plus_ms(end.ms_since(OLDEST_GUESS) / 2);
        let at = whole_second(further.max(half));
        (at > OLDEST_GUESS && at < whole_second(end)).then_some((place, at))
    }

    /// Whether the slice that ends where another begins has shown something.
    fn is_started_above(&self, until: Timestamp) -> bool {
        self.slices.iter().any(|slice| slice.from == Some(until) && slice.reached.is_some())
    }

    fn middle_of_longest(&self) -> Option<(usize, Timestamp)> {
        let left = |slice: &LoadSlice| self.left_of(slice).unwrap_or(0);
        let candidates = self.slices.iter().enumerate().filter(|(_, slice)| !slice.done && slice.rows > 0);
        let (place, slice) = candidates.max_by_key(|(_, slice)| left(slice))?;
        if left(slice) < WORTH_SPLITTING_ROWS {
            return None;
        }
        let (reached, from) = (slice.reached?, slice.from?);
        let middle = whole_second(from.plus_ms(reached.ms_since(from) / 2));
        (middle > from && middle < whole_second(reached)).then_some((place, middle))
    }

    /// Rows that a slice with both ends probably still has, at its own density, or at that of what
    /// was seen of the list where nobody looked into it yet.
    fn left_of(&self, slice: &LoadSlice) -> Option<u64> {
        if slice.done {
            return Some(0);
        }
        let from = slice.from?;
        let top = slice.until.or(self.newest)?;
        let (rows, covered, end) = match slice.reached {
            Some(reached) => match self.dense.get(&slice.number) {
                Some(density) => (density.rows, density.covered_ms.max(1), reached),
                None => (slice.rows, top.ms_since(reached).max(1), reached),
            },
            None => {
                let (rows, covered) = self.seen();
                (rows, covered, top)
            }
        };
        let left = i128::from(end.ms_since(from).max(0)) * i128::from(rows) / i128::from(covered.max(1));
        u64::try_from(left).ok()
    }

    /// Rows of all slices and the time that they cover.
    fn seen(&self) -> (u64, i64) {
        let covered = |slice: &LoadSlice| -> i64 {
            let end = if slice.done { slice.from.or(slice.reached) } else { slice.reached };
            match (slice.until.or(self.newest), end) {
                (Some(top), Some(end)) => top.ms_since(end).max(0),
                _ => 0,
            }
        };
        (self.slices.iter().map(|slice| slice.rows).sum(), self.slices.iter().map(covered).sum())
    }

    /// Rows that the whole list probably still has; none while it is not known how far back it goes.
    pub(super) fn left(&self) -> Option<u64> {
        self.slices.iter().map(|slice| self.left_of(slice)).sum()
    }

    /// Notes a page that was read for a slice as it was when it was asked for, and answers with the
    /// slice after it. None where the slice is gone.
    pub(super) fn advance(&mut self, number: u32, page: &Seen) -> Option<LoadSlice> {
        let newest = &mut self.newest;
        let slice = self.slices.iter_mut().find(|slice| slice.number == number)?;
        if slice.until.is_none() && slice.rows == 0 {
            *newest = page.newest.max(*newest);
        }
        slice.rows = slice.rows.saturating_add(page.rows);
        let density = self.dense.entry(number).or_default();
        if density.rows >= DENSITY_ROWS {
            *density = Density { rows: density.rows / 2, covered_ms: density.covered_ms / 2 };
        }
        // From where the page before ended, or from its own newest record where it is the first.
        let top = slice.reached.or(page.newest);
        density.rows += page.rows;
        density.covered_ms += top.zip(page.oldest).map_or(0, |(top, oldest)| top.ms_since(oldest).max(0));
        slice.reached = match (slice.reached, page.oldest) {
            (Some(reached), Some(oldest)) => Some(reached.min(oldest)),
            (reached, oldest) => reached.or(oldest),
        };
        // It may have been cut short while the page was on its way, and the page reach further.
        let past_end = slice.from.zip(page.oldest).is_some_and(|(from, oldest)| oldest < from);
        match &page.cursor {
            Some(cursor) if !past_end || slice.plain => slice.cursor = Some(cursor.clone()),
            _ => {
                slice.done = true;
                slice.cursor = None;
            }
        }
        Some(slice.clone())
    }

    /// The place in a slice was deleted: it goes on by time, from the second of its oldest record.
    pub(super) fn lose_cursor(&mut self, number: u32) {
        if let Some(slice) = self.slices.iter_mut().find(|slice| slice.number == number) {
            slice.cursor = None;
        }
    }

    /// Hands a slice back.
    pub(super) fn release(&mut self, number: u32) {
        self.busy.remove(&number);
    }

    /// One slice in place of all, in the vendor's own order from its first page.
    pub(super) fn become_plain(&mut self, account: AccountId, kind: Kind) -> LoadSlice {
        let number = self.slices.iter().map(|slice| slice.number).max().unwrap_or(0) + 1;
        let plain = LoadSlice { plain: true, ..LoadSlice::whole(account, kind, number) };
        self.busy.clear();
        self.slices = vec![plain.clone()];
        plain
    }
}

/// What matters of a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) rows: u64,
    pub(super) newest: Option<Timestamp>,
    pub(super) oldest: Option<Timestamp>,
    /// Where the next page starts; none on the last.
    pub(super) cursor: Option<String>,
}

/// Vendors count whole seconds.
fn whole_second(moment: Timestamp) -> Timestamp {
    Timestamp::from_seconds(moment.as_seconds())
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
