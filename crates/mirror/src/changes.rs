//! What follows from a changed row, in the transaction that changes it.
//!
//! Everything that is kept about rows beside the rows themselves hangs here: it is handed each row
//! that came, changed or went, with what it was and what it is, and can never be behind the rows.

use domain::Record;
use sqlx::{Sqlite, Transaction};

use crate::error::Result;
use crate::proof;
use crate::rollups::{self, Zones};
use crate::saved_views::touched;

/// One row that came (no `old`), changed (both) or went (no `new`). A row that was only confirmed at
/// a later moment is none.
#[derive(Debug)]
pub(crate) struct RowChange<'a> {
    /// The number of its account.
    pub(crate) account: i64,
    /// What it was.
    pub(crate) old: Option<Box<Record>>,
    /// What it is.
    pub(crate) new: Option<&'a Record>,
}

/// Keeps what hangs on rows right after some of them changed; called once in each transaction, with
/// all of its changes in the order in which they were made. A row may stand there more than once.
pub(crate) async fn follow(
    transaction: &mut Transaction<'_, Sqlite>,
    zones: &Zones,
    changes: &[RowChange<'_>],
) -> Result<()> {
    proof::follow(transaction, changes).await?;
    touched::follow(transaction, changes).await?;
    rollups::follow(transaction, zones, changes).await
}

/// Drops what hangs on the rows of an account whose rows all go.
pub(crate) async fn forget_account(transaction: &mut Transaction<'_, Sqlite>, number: i64) -> Result<()> {
    proof::forget_account(transaction, number).await?;
    touched::forget_account(transaction, number).await?;
    rollups::forget_account(transaction, number).await
}
