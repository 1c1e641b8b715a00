//! What every writer of rows does.

use crate::cell::{Cell, Column};
use crate::error::{ExportError, Result};

/// Writes rows of fixed columns into a stream.
pub(crate) trait Rows {
    /// Adds a row.
    fn push(&mut self, cells: &[Cell<'_>]) -> Result<()>;
    /// Writes what is left and flushes; tells how many cells had to be shortened.
    fn finish(self: Box<Self>) -> Result<u64>;
}

/// Refuses a row that does not fit its columns.
pub(crate) fn check(columns: &[Column], cells: &[Cell<'_>]) -> Result<()> {
    let fits = columns.len() == cells.len()
        && columns.iter().zip(cells).all(|(column, cell)| cell.fits(column.sort));
    if fits { Ok(()) } else { Err(ExportError::Mismatch) }
}
