//! The rows of one kind, by their numbers: those of the archive first, then those that are held.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::archive::{Archive, Archived};

/// All rows of one kind, numbered in the order of `created`.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    archive: Option<Arc<Archive>>,
    /// The number of the first held row.
    first: u32,
    rows: Vec<T>,
    /// Rows of the archive that were changed since.
    changed: HashMap<u32, T>,
}

impl<T: Archived> Table<T> {
    /// A table that holds no rows yet.
    pub(crate) fn new(archive: Option<&Arc<Archive>>) -> Table<T> {
        let first = archive.map_or(0, |archive| T::end(archive));
        Table { archive: archive.cloned(), first, rows: Vec::new(), changed: HashMap::new() }
    }

    /// The number after the last one, which is the next row's.
    pub(crate) fn end(&self) -> u32 {
        self.first + self.rows.len() as u32
    }

    /// Whether there is a row of this number.
    pub(crate) fn has(&self, number: u32) -> bool {
        match &self.archive {
            Some(archive) if number < self.first => T::has(archive, number),
            _ => number < self.end(),
        }
    }

    /// The rows that are held, which begin where the archive ends.
    pub(crate) fn held(&self) -> &[T] {
        &self.rows
    }

    /// The number of the first held row.
    pub(crate) fn first(&self) -> u32 {
        self.first
    }

    /// The row of a number that the caller knows to exist.
    pub(crate) fn at(&self, number: u32) -> Cow<'_, T> {
        match &self.archive {
            Some(archive) if number < self.first => match self.changed.get(&number) {
                Some(row) => Cow::Borrowed(row),
                None => Cow::Owned(T::make(archive, number)),
            },
            _ => Cow::Borrowed(&self.rows[(number - self.first) as usize]),
        }
    }

    /// The row of a number if it is held: one of the archive only when it was changed.
    pub(crate) fn kept(&self, number: u32) -> Option<&T> {
        match number.checked_sub(self.first) {
            Some(place) => self.rows.get(place as usize),
            None => self.changed.get(&number),
        }
    }

    /// The row of a number that the caller knows to exist, to be changed. One of the archive is held from then on.
    pub(crate) fn edit(&mut self, number: u32) -> &mut T {
        match &self.archive {
            Some(archive) if number < self.first => {
                self.changed.entry(number).or_insert_with(|| T::make(archive, number))
            }
            _ => &mut self.rows[(number - self.first) as usize],
        }
    }

    /// When a row was made; in the order of the numbers, also for numbers that no row has.
    pub(crate) fn created(&self, number: u32) -> i64 {
        match &self.archive {
            Some(archive) if number < self.first => T::at(archive, number),
            _ => self.rows[(number - self.first) as usize].created(),
        }
    }

    /// Makes room for so many rows more.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.rows.reserve(rows);
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: T) -> u32 {
        let number = self.end();
        self.rows.push(row);
        number
    }

    /// Drops the held rows from this number on.
    pub(crate) fn truncate(&mut self, end: u32) {
        self.rows.truncate(end.saturating_sub(self.first) as usize);
    }
}
