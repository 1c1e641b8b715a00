//! The first load of a list in slices of creation time. Each slice goes on from its own cursor, which
//! is written with the rows of its page, so that a kill at any moment leaves each where it stands.

use domain::{AccountId, Kind, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};

use crate::error::{MirrorError, Result};
use crate::mirrored::{moment_or_none, small};
use crate::unread_objects::{self, UnreadObject};
use crate::{Mirror, SliceRow, sync_slices};

/// One span of creation time of a list, read from its newest record to its oldest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadSlice {
    /// The account.
    pub account_id: AccountId,
    /// The list.
    pub kind: Kind,
    /// Tells the slices of a list apart.
    pub number: u32,
    /// Where it ends, going back: this moment is still in it. None goes to the first record.
    pub from: Option<Timestamp>,
    /// Where it begins: this moment is not in it. None begins at the newest record.
    pub until: Option<Timestamp>,
    /// Where the next page starts, in the vendor's words.
    pub cursor: Option<String>,
    /// Creation of the oldest record so far.
    pub reached: Option<Timestamp>,
    /// Records so far.
    pub rows: u64,
    /// Whether its end was reached.
    pub done: bool,
    /// Whether the list is read page by page in the vendor's own order, without any span, because
    /// the vendor does not keep to spans.
    pub plain: bool,
}

impl LoadSlice {
    /// A slice that holds a whole list.
    pub fn whole(account_id: AccountId, kind: Kind, number: u32) -> Self {
        Self {
            account_id,
            kind,
            number,
            from: None,
            until: None,
            cursor: None,
            reached: None,
            rows: 0,
            done: false,
            plain: false,
        }
    }
}

/// How far a page took a slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadStep {
    /// The slice after the page. Its span is not written: it may have been split meanwhile.
    pub slice: LoadSlice,
    /// Records that the page brought.
    pub rows: u64,
}

/// What is written in one transaction with a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SliceUpdate {
    /// Where a list stands; the whole row is replaced.
    List(SliceRow),
    /// How far a slice of a first load came.
    Load(LoadStep),
    /// Where the event feed stands, and what its events told of and did not carry: neither without
    /// the other.
    Feed {
        /// The feed.
        list: SliceRow,
        /// What is to be read.
        unread: Vec<UnreadObject>,
    },
}

impl From<SliceRow> for SliceUpdate {
    fn from(slice: SliceRow) -> Self {
        Self::List(slice)
    }
}

impl SliceUpdate {
    /// The account that it belongs to.
    pub(crate) fn account_id(&self) -> AccountId {
        match self {
            Self::List(list) => list.account_id,
            Self::Load(step) => step.slice.account_id,
            Self::Feed { list, .. } => list.account_id,
        }
    }

    /// Writes it inside the transaction that writes the records.
    pub(crate) async fn write(&self, transaction: &mut Transaction<'_, Sqlite>, number: i64) -> Result<()> {
        match self {
            Self::List(list) => sync_slices::put(transaction, number, list).await,
            Self::Load(step) => put_step(transaction, number, step).await,
            Self::Feed { list, unread } => {
                sync_slices::put(transaction, number, list).await?;
                unread_objects::note(transaction, number, unread).await
            }
        }
    }
}

async fn put_step(transaction: &mut Transaction<'_, Sqlite>, number: i64, step: &LoadStep) -> Result<()> {
    let slice = &step.slice;
    let after = i64::try_from(slice.rows).unwrap_or(i64::MAX);
    let rows = i64::try_from(step.rows).unwrap_or(i64::MAX);
    let moved = sqlx::query(
        "update load_slices set cursor = ?4, reached_at = ?5, rows = ?6, done = ?7 \
         where account = ?1 and kind = ?2 and number = ?3 and rows = ?6 - ?8",
    )
    .bind(number)
    .bind(slice.kind.as_str())
    .bind(slice.number)
    .bind(&slice.cursor)
    .bind(slice.reached.map(Timestamp::as_ms))
    .bind(after)
    .bind(slice.done)
    .bind(rows)
    .execute(&mut **transaction)
    .await?;
    if moved.rows_affected() == 0 {
        return refuse_gap(transaction, number, slice, after - rows).await;
    }
    sqlx::query(
        "update sync_slices set rows = rows + ?3, last_error = null, \
         earliest_seen = min(coalesce(earliest_seen, ?4), coalesce(?4, earliest_seen)) \
         where account = ?1 and kind = ?2",
    )
    .bind(number)
    .bind(slice.kind.as_str())
    .bind(rows)
    .bind(slice.reached.map(Timestamp::as_ms))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Pages of a slice are queued in their order, but the page before this one may not have been written.
/// A cursor behind this one would then lose that page for ever. A slice that is further already was moved
/// by pages of a run that was stopped, which were still to be written when this one began; and where the
/// list was begun anew meanwhile the slice is gone. What the page brought is kept in either case.
async fn refuse_gap(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    slice: &LoadSlice,
    before: i64,
) -> Result<()> {
    let stands: Option<i64> =
        sqlx::query_scalar("select rows from load_slices where account = ?1 and kind = ?2 and number = ?3")
            .bind(number)
            .bind(slice.kind.as_str())
            .bind(slice.number)
            .fetch_optional(&mut **transaction)
            .await?;
    match stands {
        Some(rows) if rows < before => {
            Err(MirrorError::Mismatch { what: "the page before this one of its slice".to_owned() })
        }
        _ => Ok(()),
    }
}

async fn insert(transaction: &mut Transaction<'_, Sqlite>, number: i64, slice: &LoadSlice) -> Result<()> {
    sqlx::query(
        "insert into load_slices (account, kind, number, from_at, until_at, cursor, reached_at, rows, done, \
         plain) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(number)
    .bind(slice.kind.as_str())
    .bind(slice.number)
    .bind(slice.from.map(Timestamp::as_ms))
    .bind(slice.until.map(Timestamp::as_ms))
    .bind(&slice.cursor)
    .bind(slice.reached.map(Timestamp::as_ms))
    .bind(i64::try_from(slice.rows).unwrap_or(i64::MAX))
    .bind(slice.done)
    .bind(slice.plain)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Forgets the slices of a list, or of all lists of an account, inside a transaction that does more.
pub(crate) async fn clear(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    kind: Option<Kind>,
) -> Result<()> {
    sqlx::query("delete from load_slices where account = ?1 and (?2 is null or kind = ?2)")
        .bind(number)
        .bind(kind.map(Kind::as_str))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

const LIST: &str = "select number, from_at, until_at, cursor, reached_at, rows, done, plain from load_slices \
     where account = ?1 and kind = ?2 order by number";

/// The slices of first loads.
#[derive(Debug)]
pub struct LoadSlices<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl LoadSlices<'_> {
    /// The slices of a list whose first load is under way, by number; none before and after it.
    pub async fn list(&self, account: AccountId, kind: Kind) -> Result<Vec<LoadSlice>> {
        let rows = sqlx::query(LIST)
            .bind(self.mirror.number_of(account)?)
            .bind(kind.as_str())
            .fetch_all(self.mirror.readers())
            .await?;
        rows.iter().map(|row| read(row, account, kind)).collect()
    }

    /// The same for a run that goes on with them. A run that was stopped may have left a split half-way,
    /// which is written or undone once the writer is free.
    pub async fn take_up(&self, account: AccountId, kind: Kind) -> Result<Vec<LoadSlice>> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let rows = sqlx::query(LIST).bind(number).bind(kind.as_str()).fetch_all(writer.connection()?).await?;
        rows.iter().map(|row| read(row, account, kind)).collect()
    }

    /// Begins the first load of a list, or begins it anew, with one slice.
    pub async fn begin(&self, list: &SliceRow, slice: &LoadSlice) -> Result<()> {
        let number = self.mirror.number_of(list.account_id)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sync_slices::put(&mut transaction, number, list).await?;
        clear(&mut transaction, number, Some(list.kind)).await?;
        insert(&mut transaction, number, slice).await?;
        Ok(transaction.commit().await?)
    }

    /// Splits a slice: what is older than the moment that `newer` now ends at becomes `older`. Both
    /// are written at once, so that no moment is ever in neither.
    pub async fn split(&self, newer: &LoadSlice, older: &LoadSlice) -> Result<()> {
        let number = self.mirror.number_of(newer.account_id)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        insert(&mut transaction, number, older).await?;
        sqlx::query("update load_slices set from_at = ?4 where account = ?1 and kind = ?2 and number = ?3")
            .bind(number)
            .bind(newer.kind.as_str())
            .bind(newer.number)
            .bind(newer.from.map(Timestamp::as_ms))
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Ends the first load of a list: writes where it stands now and forgets its slices.
    pub async fn finish(&self, list: &SliceRow) -> Result<()> {
        let number = self.mirror.number_of(list.account_id)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sync_slices::put(&mut transaction, number, list).await?;
        clear(&mut transaction, number, Some(list.kind)).await?;
        Ok(transaction.commit().await?)
    }
}

fn read(row: &SqliteRow, account_id: AccountId, kind: Kind) -> Result<LoadSlice> {
    let off = || MirrorError::corrupt("a slice of a first load does not read");
    Ok(LoadSlice {
        account_id,
        kind,
        number: small(row, "number")?.ok_or_else(off)?,
        from: moment_or_none(row, "from_at")?,
        until: moment_or_none(row, "until_at")?,
        cursor: row.try_get("cursor")?,
        reached: moment_or_none(row, "reached_at")?,
        rows: small(row, "rows")?.ok_or_else(off)?,
        done: row.try_get("done")?,
        plain: row.try_get("plain")?,
    })
}
