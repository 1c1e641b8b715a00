//! Where events come from: the accounts at vendors, and sources, which deliver here and are no accounts at anybody's
//! API. A source stands in the table of accounts, so that whatever is kept of its events is kept as theirs is.

use domain::{AccountId, Label, Timestamp};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::accounts::{about, label_taken};
use crate::book::{self, NewLine};
use crate::error::{MirrorError, Result};
use crate::mirrored::moment_or_none;
use crate::{AccountRow, Mirror};

/// An account or a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Our own id.
    pub id: AccountId,
    /// The name that a person gave it; unique among accounts and sources that are not removed.
    pub label: Label,
    /// Who delivers: the vendor of an account, or the way in which a source signs.
    pub vendor: String,
    /// Whether it is a source.
    pub is_source: bool,
    /// When it was removed.
    pub removed_at: Option<Timestamp>,
}

/// What has an id and a label.
pub trait Labelled {
    /// Our own id.
    fn id(&self) -> AccountId;
    /// The name that a person gave it.
    fn label(&self) -> &Label;
}

impl Labelled for Origin {
    fn id(&self) -> AccountId {
        self.id
    }

    fn label(&self) -> &Label {
        &self.label
    }
}

impl Labelled for AccountRow {
    fn id(&self) -> AccountId {
        self.id
    }

    fn label(&self) -> &Label {
        &self.label
    }
}

const SELECT: &str = "select id, label, vendor, is_source, removed_at from accounts";

impl Mirror {
    /// The accounts and sources that are not removed, by label.
    pub async fn origins(&self) -> Result<Vec<Origin>> {
        self.origins_where("where removed_at is null order by label").await
    }

    /// All of them, removed ones too.
    pub async fn origins_with_removed(&self) -> Result<Vec<Origin>> {
        self.origins_where("order by label, number").await
    }

    async fn origins_where(&self, rest: &str) -> Result<Vec<Origin>> {
        let statement = sqlx::query(AssertSqlSafe(format!("{SELECT} {rest}")));
        statement.fetch_all(self.readers()).await?.iter().map(read).collect()
    }

    /// Adds a source.
    pub async fn insert_source(
        &self,
        id: AccountId,
        label: &Label,
        vendor: &str,
        at: Timestamp,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        let done = sqlx::query(
            "insert into accounts (id, vendor, environment, label, base_url, rights_json, created_at, is_source) \
             values (?1, ?2, ?3, ?4, '', '[]', ?5, 1)",
        )
        .bind(id.to_string())
        .bind(vendor)
        .bind(self.environment().as_str())
        .bind(label.as_str())
        .bind(at.as_ms())
        .execute(&mut *transaction)
        .await
        .map_err(label_taken)?;
        let facts = json!({ "after": { "label": label.as_str(), "vendor": vendor } });
        let line = NewLine { facts, ..about(id, at, "source_added") };
        book::append(&mut transaction, self, &line).await?;
        transaction.commit().await?;
        self.remember_number(id, done.last_insert_rowid());
        Ok(())
    }
}

fn read(row: &SqliteRow) -> Result<Origin> {
    let unreadable = |_| MirrorError::corrupt("an account or source does not read");
    Ok(Origin {
        id: row.try_get::<&str, _>("id")?.parse().map_err(unreadable)?,
        label: row
            .try_get::<&str, _>("label")?
            .parse()
            .map_err(|_| MirrorError::corrupt("an account or source has no label"))?,
        vendor: row.try_get("vendor")?,
        is_source: row.try_get("is_source")?,
        removed_at: moment_or_none(row, "removed_at")?,
    })
}
