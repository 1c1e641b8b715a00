//! Exporting: rows of the mirror into a file, page by page, as they stood at one moment.
//!
//! The rows are read on the runtime and written on a thread of their own, with a few pages between
//! them: a slow disk holds the reading up, and what is in memory is the same for a thousand rows and
//! for ten million.

use std::collections::HashMap;
use std::path::PathBuf;

use domain::{AccountId, ExponentTable, Kind, Record, Timestamp};
use export::{ExportError, File, Finished, Format, Row};
use mirror::{FindScope, LookBudget, Mirror, Stored};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::error::{OperationError, Result};

/// Rows that are read at once.
const ROWS_OF_PAGE: u32 = 1_000;
/// Pages that may wait for the disk.
const PAGES_WAITING: usize = 2;

/// What to export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Every record of a kind.
    Kind(Kind),
    /// The payments that a search finds.
    Search(String),
}

impl What {
    /// The kind of its rows.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Kind(kind) => *kind,
            Self::Search(_) => Kind::Payments,
        }
    }
}

/// An export.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The rows.
    pub what: What,
    /// Those of one account, or of all.
    pub account: Option<AccountId>,
    /// What the dates of a search such as `created:-7d` are counted from.
    pub now: Timestamp,
    /// The labels that stand for accounts in the file.
    pub labels: HashMap<AccountId, String>,
    /// As what.
    pub format: Format,
    /// Where to.
    pub path: PathBuf,
    /// Whether a file that is there already may be replaced.
    pub overwrite: bool,
}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows handed to the file.
    pub rows: u64,
    /// Rows there will be.
    pub total: u64,
    /// Whether all rows are read and the file is being brought to its end.
    pub finishing: bool,
}

/// What goes to the thread that writes. Without an end the file is given up.
enum Piece {
    Rows(Vec<Stored<Record>>),
    End,
}

/// Exports, and tells from time to time how far it is. Canceled or failed, it leaves no file.
///
/// # Errors
/// [`OperationError::Canceled`], or why the rows could not be read or the file not be written.
pub async fn run(
    mirror: &Mirror,
    wanted: Wanted,
    cancel: &CancellationToken,
    report: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Finished> {
    let snapshot = mirror.snapshot().await?;
    let done = run_on(&snapshot, wanted, cancel, report).await;
    // What the snapshot held back is let go of before anything else is said.
    snapshot.close().await?;
    done
}

async fn run_on(
    snapshot: &Mirror,
    wanted: Wanted,
    cancel: &CancellationToken,
    report: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Finished> {
    let (what, scope) = (wanted.what.clone(), FindScope { account: wanted.account, now: wanted.now });
    let (sender, receiver) = mpsc::channel(PAGES_WAITING);
    let canceled = cancel.clone();
    let writing = tokio::task::spawn_blocking(move || write(wanted, receiver, &canceled));
    let read = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(OperationError::Canceled),
        read = read(snapshot, &what, scope, &sender, report) => read,
    };
    drop(sender);
    let written = writing.await.map_err(|error| OperationError::Defect(error.to_string()))?;
    // Where the file failed, reading stopped because of it.
    match (read, written) {
        (_, Err(error)) => Err(error.into()),
        (Err(error), _) => Err(error),
        (Ok(()), Ok(Some(finished))) => Ok(finished),
        (Ok(()), Ok(None)) => Err(OperationError::Canceled),
    }
}

/// Reads all rows, newest first. Ends early without an error where the file failed.
async fn read(
    snapshot: &Mirror,
    what: &What,
    scope: FindScope,
    sender: &mpsc::Sender<Piece>,
    report: &(dyn Fn(Progress) + Send + Sync),
) -> Result<()> {
    let mut progress = Progress { rows: 0, total: total(snapshot, what, scope).await?, finishing: false };
    let mut after = None;
    loop {
        report(progress);
        let (rows, next) = page(snapshot, what, scope, after.as_deref()).await?;
        progress.rows += rows.len() as u64;
        if sender.send(Piece::Rows(rows)).await.is_err() {
            return Ok(());
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    report(Progress { finishing: true, ..progress });
    // Where nobody hears it the file failed, and its own error is told.
    let _ = sender.send(Piece::End).await;
    Ok(())
}

async fn total(snapshot: &Mirror, what: &What, scope: FindScope) -> Result<u64> {
    Ok(match what {
        What::Kind(kind) => snapshot.count(*kind, scope.account).await?,
        What::Search(query) => {
            let found = snapshot.count_found(query, scope, None).await?;
            if found.relaxed { 0 } else { found.payments }
        }
    })
}

/// A page of rows, and where the next one starts.
async fn page(
    snapshot: &Mirror,
    what: &What,
    scope: FindScope,
    after: Option<&str>,
) -> Result<(Vec<Stored<Record>>, Option<String>)> {
    match what {
        What::Kind(kind) => {
            let page = snapshot.records(*kind, scope.account, ROWS_OF_PAGE, after).await?;
            Ok((page.items, page.next))
        }
        What::Search(query) => {
            // Piece by piece, so that whoever cancels need not wait for a search through all of history.
            let budget = Some(LookBudget::PAGE);
            let found = snapshot.find_within(query, scope, ROWS_OF_PAGE, after, budget).await?;
            if found.relaxed {
                // The box shows what is near where nothing fits; a file must hold what was asked for.
                return Ok((Vec::new(), None));
            }
            let stored = found.items.into_iter().map(|one| Stored {
                account_id: one.account_id,
                value: Record::Payment(one.payment),
                observed_at: one.observed_at,
            });
            Ok((stored.collect(), found.next))
        }
    }
}

/// Writes what comes until its end; none where it was given up before.
fn write(
    wanted: Wanted,
    mut pieces: mpsc::Receiver<Piece>,
    canceled: &CancellationToken,
) -> std::result::Result<Option<Finished>, ExportError> {
    let mut file = File::create(&wanted.path, wanted.format, wanted.what.kind(), wanted.overwrite)?;
    while let Some(piece) = pieces.blocking_recv() {
        let Piece::Rows(rows) = piece else {
            return file.finish_unless(|| canceled.is_cancelled());
        };
        for stored in rows {
            let label = wanted.labels.get(&stored.account_id).map(String::as_str).unwrap_or_default();
            let row = Row {
                record: &stored.value,
                account: label,
                // All vendors so far count in Stripe's units.
                exponents: ExponentTable::Stripe,
                as_of: stored.observed_at,
            };
            file.push(&export::cells(&row))?;
        }
    }
    Ok(None)
}
