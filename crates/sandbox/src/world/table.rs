//! The rows of one kind, by their numbers.

use std::borrow::Cow;

use crate::model::{
    BalanceTransaction, Charge, Customer, Dispute, PaymentIntent, PaymentMethod, Payout, Refund,
};

/// A row that a list shows in the order of its time.
pub(crate) trait Dated: Clone {
    /// When it was made.
    fn created(&self) -> i64;
}

macro_rules! dated {
    ($($row:ty),*) => {
        $(impl Dated for $row {
            fn created(&self) -> i64 {
                self.created
            }
        })*
    };
}

dated!(BalanceTransaction, Charge, Customer, Dispute, PaymentIntent, PaymentMethod, Payout, Refund);

/// All rows of one kind, numbered in the order of `created`.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    rows: Vec<T>,
}

impl<T: Dated> Table<T> {
    /// A table with no rows.
    pub(crate) fn new() -> Table<T> {
        Table { rows: Vec::new() }
    }

    /// The number after the last one, which is the next row's.
    pub(crate) fn end(&self) -> u32 {
        self.rows.len() as u32
    }

    /// Whether there is a row of this number.
    pub(crate) fn has(&self, number: u32) -> bool {
        number < self.end()
    }

    /// The rows that are held.
    pub(crate) fn held(&self) -> &[T] {
        &self.rows
    }

    /// The row of a number that the caller knows to exist.
    pub(crate) fn at(&self, number: u32) -> Cow<'_, T> {
        Cow::Borrowed(&self.rows[number as usize])
    }

    /// The row of a number that the caller knows to exist, to be changed.
    pub(crate) fn edit(&mut self, number: u32) -> &mut T {
        &mut self.rows[number as usize]
    }

    /// When a row was made.
    pub(crate) fn created(&self, number: u32) -> i64 {
        self.rows[number as usize].created()
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

    /// Drops the rows from this number on.
    pub(crate) fn truncate(&mut self, end: u32) {
        self.rows.truncate(end as usize);
    }
}
