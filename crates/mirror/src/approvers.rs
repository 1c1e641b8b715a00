//! Whose approvals count here. Trust is of this file alone, each change of it is a line of the book, and who is
//! trusted no more stays known, so that what they agreed to can still be read.

use domain::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Mirror;
use crate::book::{self, NewLine};
use crate::error::Result;
use crate::mirrored::{moment, moment_or_none};

/// A colleague by their public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// The key, as text.
    pub key: String,
    /// The name that they were given here.
    pub name: String,
    /// Since when their approvals count.
    pub trusted_at: Timestamp,
    /// Since when they count no more.
    pub removed_at: Option<Timestamp>,
}

/// The colleagues of a mirror.
#[derive(Debug)]
pub struct Approvers<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Approvers<'_> {
    /// All that were ever trusted, those that are first, by name.
    pub async fn list(&self) -> Result<Vec<Approver>> {
        let rows = sqlx::query(
            "select key, name, trusted_at, removed_at from approvers order by removed_at is not null, name, number",
        )
        .fetch_all(self.mirror.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Whoever has a key, trusted or no more.
    pub async fn by_key(&self, key: &str) -> Result<Option<Approver>> {
        let row = sqlx::query("select key, name, trusted_at, removed_at from approvers where key = ?1")
            .bind(key)
            .fetch_optional(self.mirror.readers())
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Trusts a key under a name, with its line in the book. Whoever was trusted before is so again.
    pub async fn trust(
        &self,
        (key, fingerprint): (&str, &str),
        name: &str,
        checked_by: &str,
        at: Timestamp,
    ) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query(
            "insert into approvers (key, name, trusted_at) values (?1, ?2, ?3) \
             on conflict (key) do update set name = ?2, trusted_at = ?3, removed_at = null",
        )
        .bind(key)
        .bind(name)
        .bind(at.as_ms())
        .execute(&mut *transaction)
        .await?;
        let facts = json!({ "key": key, "person": name, "checked_by": checked_by });
        let line = NewLine { facts, ..NewLine::new(at, "approver_trusted", fingerprint) };
        book::append(&mut transaction, self.mirror, &line).await?;
        Ok(transaction.commit().await?)
    }

    /// Trusts a key no more, with its line in the book; tells whether it was trusted. What they approved and
    /// was not issued yet cannot be issued any more.
    pub async fn distrust(&self, key: &str, fingerprint: &str, at: Timestamp) -> Result<bool> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let name: Option<String> = sqlx::query_scalar(
            "update approvers set removed_at = ?2 where key = ?1 and removed_at is null returning name",
        )
        .bind(key)
        .bind(at.as_ms())
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(name) = name else { return Ok(false) };
        let facts = json!({ "key": key, "person": name });
        let line = NewLine { facts, ..NewLine::new(at, "approver_distrusted", fingerprint) };
        book::append(&mut transaction, self.mirror, &line).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

fn read(row: &SqliteRow) -> Result<Approver> {
    Ok(Approver {
        key: row.try_get("key")?,
        name: row.try_get("name")?,
        trusted_at: moment(row, "trusted_at")?,
        removed_at: moment_or_none(row, "removed_at")?,
    })
}
