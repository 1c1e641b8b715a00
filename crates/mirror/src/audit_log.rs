//! Who did what, append only.

use domain::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::moment;
use crate::page::{self, Page};

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// When.
    pub at: Timestamp,
    /// Who: the system's user, or `paydesk` for what it does by itself.
    pub actor: String,
    /// What was done, such as `account.removed`.
    pub action: String,
    /// To what, by id.
    pub subject: String,
    /// More about it, as JSON, without secrets.
    pub detail_json: String,
}

/// The log.
#[derive(Debug)]
pub struct AuditLog<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl AuditLog<'_> {
    /// Adds a line; it is on the disk when this returns.
    pub async fn append(&self, line: &AuditRow) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query("insert into audit_log (at, actor, action, subject, detail) values (?1, ?2, ?3, ?4, ?5)")
            .bind(line.at.as_ms())
            .bind(&line.actor)
            .bind(&line.action)
            .bind(&line.subject)
            .bind(&line.detail_json)
            .execute(writer.connection()?)
            .await?;
        Ok(())
    }

    /// A page of lines, newest first.
    pub async fn list(&self, limit: u32, after: Option<&str>) -> Result<Page<AuditRow>> {
        let limit = page::checked_limit(limit)?;
        let rows = sqlx::query(
            "select number, at, actor, action, subject, detail from audit_log where number < ?1 \
             order by number desc limit ?2",
        )
        .bind(page::start(after)?)
        .bind(limit + 1)
        .fetch_all(self.mirror.readers())
        .await?;
        let read = |row: &SqliteRow| -> Result<(i64, AuditRow)> {
            let line = AuditRow {
                at: moment(row, "at")?,
                actor: row.try_get("actor")?,
                action: row.try_get("action")?,
                subject: row.try_get("subject")?,
                detail_json: row.try_get("detail")?,
            };
            Ok((row.try_get("number")?, line))
        };
        Ok(page::cut(rows.iter().map(read).collect::<Result<_>>()?, limit))
    }
}
