//! How far each list of each account is mirrored.

use std::str::FromStr;

use domain::{AccountId, Kind, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};

use crate::error::{MirrorError, Result};
use crate::mirrored::{moment, moment_or_none};
use crate::{Mirror, load_slices};

/// How far a list came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SliceState {
    /// The first load is under way, or stands at its cursor.
    Running,
    /// The first load reached the oldest record.
    Complete,
    /// The vendor does not offer this list to this key.
    NotOffered,
}

impl SliceState {
    const ALL: [Self; 3] = [Self::Running, Self::Complete, Self::NotOffered];

    /// The word for it in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Complete => "complete",
            Self::NotOffered => "not_offered",
        }
    }
}

impl FromStr for SliceState {
    type Err = domain::ids::UnknownWord;

    fn from_str(word: &str) -> std::result::Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == word);
        found.ok_or_else(|| domain::ids::UnknownWord(word.to_owned()))
    }
}

/// Where one list of one account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceRow {
    /// The account.
    pub account_id: AccountId,
    /// The list.
    pub kind: Kind,
    /// How far it came.
    pub state: SliceState,
    /// Where the next page starts, in the vendor's words.
    pub cursor: Option<String>,
    /// The vendor's id of the newest record seen, where following starts.
    pub newest_id: Option<String>,
    /// Creation of the oldest record seen.
    pub earliest_seen: Option<Timestamp>,
    /// How many records came.
    pub rows: u64,
    /// When the first load started.
    pub started_at: Timestamp,
    /// When the first load ended.
    pub completed_at: Option<Timestamp>,
    /// The moment that the mirror is true for.
    pub as_of: Option<Timestamp>,
    /// Code of what went wrong last.
    pub last_error: Option<String>,
}

impl SliceRow {
    /// A list that was not begun yet.
    pub fn started(account_id: AccountId, kind: Kind, started_at: Timestamp) -> Self {
        Self {
            account_id,
            kind,
            state: SliceState::Running,
            cursor: None,
            newest_id: None,
            earliest_seen: None,
            rows: 0,
            started_at,
            completed_at: None,
            as_of: None,
            last_error: None,
        }
    }
}

/// Writes a slice inside a transaction that also writes its records.
pub(crate) async fn put(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    slice: &SliceRow,
) -> Result<()> {
    sqlx::query(
        "insert into sync_slices (account, kind, state, cursor, newest_id, earliest_seen, rows, started_at, \
         completed_at, as_of, last_error) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
         on conflict (account, kind) do update set state = excluded.state, cursor = excluded.cursor, \
         newest_id = excluded.newest_id, earliest_seen = excluded.earliest_seen, rows = excluded.rows, \
         started_at = excluded.started_at, completed_at = excluded.completed_at, as_of = excluded.as_of, \
         last_error = excluded.last_error",
    )
    .bind(number)
    .bind(slice.kind.as_str())
    .bind(slice.state.as_str())
    .bind(&slice.cursor)
    .bind(&slice.newest_id)
    .bind(slice.earliest_seen.map(Timestamp::as_ms))
    .bind(i64::try_from(slice.rows).unwrap_or(i64::MAX))
    .bind(slice.started_at.as_ms())
    .bind(slice.completed_at.map(Timestamp::as_ms))
    .bind(slice.as_of.map(Timestamp::as_ms))
    .bind(&slice.last_error)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// The slices.
#[derive(Debug)]
pub struct SyncSlices<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl SyncSlices<'_> {
    /// Where a list stands; none where it was never begun.
    pub async fn get(&self, account: AccountId, kind: Kind) -> Result<Option<SliceRow>> {
        let row = sqlx::query(
            "select account, kind, state, cursor, newest_id, earliest_seen, rows, started_at, completed_at, \
             as_of, last_error from sync_slices where account = ?1 and kind = ?2",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(kind.as_str())
        .fetch_optional(self.mirror.readers())
        .await?;
        row.map(|row| self.read(&row)).transpose()
    }

    /// Writes where a list stands, with no records.
    pub async fn put(&self, slice: &SliceRow) -> Result<()> {
        let number = self.mirror.number_of(slice.account_id)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        put(&mut transaction, number, slice).await?;
        Ok(transaction.commit().await?)
    }

    /// Where all lists stand, of one account or of all.
    pub async fn list(&self, account: Option<AccountId>) -> Result<Vec<SliceRow>> {
        let number = account.map(|account| self.mirror.number_of(account)).transpose()?;
        let rows = sqlx::query(
            "select account, kind, state, cursor, newest_id, earliest_seen, rows, started_at, completed_at, \
             as_of, last_error from sync_slices where ?1 is null or account = ?1 order by account, kind",
        )
        .bind(number)
        .fetch_all(self.mirror.readers())
        .await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    /// Forgets where a list stands, or all lists of an account, so that they are loaded anew. The
    /// records stay until they are stated again.
    pub async fn reset(&self, account: AccountId, kind: Option<Kind>) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query("delete from sync_slices where account = ?1 and (?2 is null or kind = ?2)")
            .bind(number)
            .bind(kind.map(Kind::as_str))
            .execute(&mut *transaction)
            .await?;
        load_slices::clear(&mut transaction, number, kind).await?;
        Ok(transaction.commit().await?)
    }

    fn read(&self, row: &SqliteRow) -> Result<SliceRow> {
        let unknown = |error: domain::ids::UnknownWord| MirrorError::corrupt(error.to_string());
        Ok(SliceRow {
            account_id: self.mirror.account_of(row.try_get("account")?)?,
            kind: row.try_get::<&str, _>("kind")?.parse().map_err(unknown)?,
            state: row.try_get::<&str, _>("state")?.parse().map_err(unknown)?,
            cursor: row.try_get("cursor")?,
            newest_id: row.try_get("newest_id")?,
            earliest_seen: moment_or_none(row, "earliest_seen")?,
            rows: u64::try_from(row.try_get::<i64, _>("rows")?).unwrap_or(0),
            started_at: moment(row, "started_at")?,
            completed_at: moment_or_none(row, "completed_at")?,
            as_of: moment_or_none(row, "as_of")?,
            last_error: row.try_get("last_error")?,
        })
    }
}
