//! Objects that must be read at the vendor before their lists are complete: an event told that they
//! changed and could not be trusted to carry them, or they were stated in two ways for one moment.
//!
//! They are noted in the transaction that writes what told of them, so that a kill, a network that
//! breaks or a list that fails cannot make them forgotten once the feed's position is behind them.

use domain::{AccountId, Kind, Timestamp};
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::{moment_or_none, table};
use crate::statement::numbers;

/// Numbers of one statement.
const NUMBERS_PER_STATEMENT: usize = 500;

/// An object that is to be read at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadObject {
    /// Its kind.
    pub kind: Kind,
    /// The vendor's id.
    pub vendor_id: String,
    /// When it was created, as far as that is known: neighbours are read together.
    pub created_at: Option<Timestamp>,
}

/// An object that was noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedObject {
    /// Of this note. What is noted again gets another one, so that a reading that was under way
    /// meanwhile does not strike it out.
    pub number: i64,
    /// The object.
    pub object: UnreadObject,
}

/// The objects that are to be read.
#[derive(Debug)]
pub struct UnreadObjects<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl UnreadObjects<'_> {
    /// Those of one kind, the newest first; those whose creation nobody knows come last.
    pub async fn list(&self, account: AccountId, kind: Kind, limit: u32) -> Result<Vec<NotedObject>> {
        let statement = format!(
            "select u.number, u.vendor_id, coalesce(u.created_at, t.created_at) as created \
             from unread_objects u left join {} t on t.vendor_id = u.vendor_id and t.account = u.account \
             where u.account = ?1 and u.kind = ?2 order by created is null, created desc, u.number limit ?3",
            table(kind).name
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(self.mirror.number_of(account)?)
            .bind(kind.as_str())
            .bind(limit)
            .fetch_all(self.mirror.readers())
            .await?;
        let mut noted = Vec::with_capacity(rows.len());
        for row in rows {
            let (vendor_id, created_at) = (row.try_get("vendor_id")?, moment_or_none(&row, "created")?);
            let object = UnreadObject { kind, vendor_id, created_at };
            noted.push(NotedObject { number: row.try_get("number")?, object });
        }
        Ok(noted)
    }

    /// How many there are of each kind that has any.
    pub async fn counts(&self, account: AccountId) -> Result<Vec<(Kind, u64)>> {
        let rows = sqlx::query(
            "select kind, count(*) as count from unread_objects where account = ?1 group by kind",
        )
        .bind(self.mirror.number_of(account)?)
        .fetch_all(self.mirror.readers())
        .await?;
        let mut counts = Vec::with_capacity(rows.len());
        for row in rows {
            let word: &str = row.try_get("kind")?;
            if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.as_str() == word) {
                counts.push((kind, u64::try_from(row.try_get::<i64, _>("count")?).unwrap_or(0)));
            }
        }
        Ok(counts)
    }

    /// Notes objects that nothing else is written with.
    pub async fn note(&self, account: AccountId, objects: &[UnreadObject]) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        note(&mut transaction, number, objects).await?;
        Ok(transaction.commit().await?)
    }

    /// Strikes out notes, once what they are of was read and written.
    pub async fn strike(&self, account: AccountId, notes: &[i64]) -> Result<()> {
        if notes.is_empty() {
            return Ok(());
        }
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        for chunk in notes.chunks(NUMBERS_PER_STATEMENT) {
            let statement = format!(
                "delete from unread_objects where account = ?1 and number in ({})",
                numbers(2, chunk.len())
            );
            let statement = sqlx::query(AssertSqlSafe(statement)).bind(number);
            let statement = chunk.iter().fold(statement, |statement, note| statement.bind(*note));
            statement.execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Notes objects inside the transaction that writes what told of them.
pub(crate) async fn note(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    objects: &[UnreadObject],
) -> Result<()> {
    for object in objects {
        sqlx::query(
            "insert or replace into unread_objects (account, kind, vendor_id, created_at) values (?1, ?2, ?3, \
             coalesce(?4, (select created_at from unread_objects where account = ?1 and kind = ?2 and vendor_id = ?3)))",
        )
        .bind(number)
        .bind(object.kind.as_str())
        .bind(&object.vendor_id)
        .bind(object.created_at.map(Timestamp::as_ms))
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}
