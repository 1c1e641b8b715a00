//! Templates of SMS, which are ours.

use domain::Timestamp;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};

use crate::Mirror;
use crate::book::{self, NewLine};
use crate::error::Result;
use crate::mirrored::moment;

/// Most templates of a mirror.
pub const MOST_TEXT_TEMPLATES: usize = 200;

/// A template of SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTemplate {
    /// Its name, unique whatever the case of its letters.
    pub name: String,
    /// Its text, as Handlebars.
    pub text: String,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// The templates.
#[derive(Debug)]
pub struct TextTemplates<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl TextTemplates<'_> {
    /// All of them, by name.
    pub async fn list(&self) -> Result<Vec<TextTemplate>> {
        let rows = sqlx::query("select name, text, updated_at from text_templates order by name_folded")
            .fetch_all(self.mirror.readers())
            .await?;
        rows.iter().map(read).collect()
    }

    /// The one of a name.
    pub async fn by_name(&self, name: &str) -> Result<Option<TextTemplate>> {
        let row = sqlx::query("select name, text, updated_at from text_templates where name_folded = ?1")
            .bind(name.to_lowercase())
            .fetch_optional(self.mirror.readers())
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Saves one, with its line in the book; one whose name exists is changed. Tells whether there was room for it.
    pub async fn save(&self, template: &TextTemplate) -> Result<bool> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query(
            "insert into text_templates (name, name_folded, text, updated_at) values (?1, ?2, ?3, ?4) \
             on conflict (name_folded) do update set name = excluded.name, text = excluded.text, \
             updated_at = excluded.updated_at",
        )
        .bind(&template.name)
        .bind(template.name.to_lowercase())
        .bind(&template.text)
        .bind(template.updated_at.as_ms())
        .execute(&mut *transaction)
        .await?;
        let count: i64 =
            sqlx::query_scalar("select count(*) from text_templates").fetch_one(&mut *transaction).await?;
        if usize::try_from(count).unwrap_or(usize::MAX) > MOST_TEXT_TEMPLATES {
            return Ok(false);
        }
        note(&mut transaction, self.mirror, ("text_template_saved", &template.name), template.updated_at)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Removes one, with its line in the book, and tells whether it was there.
    pub async fn remove(&self, name: &str, at: Timestamp) -> Result<bool> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let done = sqlx::query("delete from text_templates where name_folded = ?1")
            .bind(name.to_lowercase())
            .execute(&mut *transaction)
            .await?;
        let was_there = done.rows_affected() > 0;
        if was_there {
            note(&mut transaction, self.mirror, ("text_template_removed", name), at).await?;
        }
        transaction.commit().await?;
        Ok(was_there)
    }
}

async fn note(
    transaction: &mut Transaction<'_, Sqlite>,
    mirror: &Mirror,
    (action, name): (&'static str, &str),
    at: Timestamp,
) -> Result<()> {
    let line = NewLine { facts: json!({ "template": name }), ..NewLine::new(at, action, name.to_owned()) };
    book::append(transaction, mirror, &line).await?;
    Ok(())
}

/// Takes templates over from the present file; what only the copy has stays.
pub(crate) async fn carry(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    sqlx::query(
        "insert or replace into main.text_templates (name, name_folded, text, updated_at) \
         select name, name_folded, text, updated_at from present.text_templates",
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<TextTemplate> {
    Ok(TextTemplate {
        name: row.try_get("name")?,
        text: row.try_get("text")?,
        updated_at: moment(row, "updated_at")?,
    })
}
