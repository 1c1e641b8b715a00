//! Objects of a vendor that are no records: what could not be read as one, and what stood here and the vendor
//! does not have. Each is kept once, and the book has one line for it without its content, which may be of a
//! person.

use std::collections::HashSet;

use domain::{AccountId, Kind, Timestamp};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Row, Sqlite, Transaction};

use crate::book::{self, NewLine};
use crate::compression::Packer;
use crate::error::Result;
use crate::traces::Traces;
use crate::{Mirror, commit, redact};

/// Why an object is kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It could not be read as a record.
    Unreadable,
    /// It stood in the mirror, and the vendor does not have it.
    NotAtVendor,
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NotAtVendor => "not_at_vendor",
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Unreadable => "record_kept_apart",
            Self::NotAtVendor => "record_not_at_vendor",
        }
    }
}

/// An object to keep apart.
#[derive(Debug, Clone)]
pub struct Apart<'a> {
    /// The list that it was met in.
    pub kind: Kind,
    /// The vendor's id, where that much could be read.
    pub vendor_id: Option<&'a str>,
    /// Why.
    pub cause: Cause,
    /// Its JSON, where it has any.
    pub json: Option<&'a [u8]>,
    /// When it was met.
    pub at: Timestamp,
    /// What the book tells of it: nothing of a person.
    pub detail: Json,
}

impl Apart<'_> {
    /// What tells one object from another.
    fn name(&self) -> String {
        match (self.vendor_id, self.json) {
            (Some(id), _) => id.to_owned(),
            (None, json) => format!("#{}", hex::encode(Sha256::digest(json.unwrap_or_default()))),
        }
    }
}

/// Whether any text of the document is such.
pub(crate) fn holds_text(document: &Json, is_such: &impl Fn(&str) -> bool) -> bool {
    match document {
        Json::String(text) => is_such(text),
        Json::Array(items) => items.iter().any(|item| holds_text(item, is_such)),
        Json::Object(fields) => fields.values().any(|item| holds_text(item, is_such)),
        _ => false,
    }
}

/// Whether a document tells of such: any of its texts is. What is no JSON is one text, of which any word may be.
pub(crate) fn tells_of(document: &[u8], is_such: impl Fn(&str) -> bool) -> bool {
    if let Ok(document) = serde_json::from_slice::<Json>(document) {
        return holds_text(&document, &is_such);
    }
    let text = String::from_utf8_lossy(document);
    let ends_word = |letter: char| !(letter.is_alphanumeric() || "_-.@+".contains(letter));
    is_such(&text) || text.split(ends_word).any(|word| !word.is_empty() && is_such(word))
}

impl Mirror {
    /// Keeps an object apart; tells whether it was not before. A page that lists it again writes it anew.
    pub async fn keep_apart(&self, account: AccountId, apart: &Apart<'_>) -> Result<bool> {
        let number = self.number_of(account)?;
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        commit::refuse_removed(&mut transaction, number).await?;
        let json = apart.json.map(|json| {
            let is_theirs = self.is_anybody_erased() && tells_of(json, |text| self.is_erased(account, text));
            if is_theirs { redact::json(json) } else { json.to_vec() }
        });
        let packed = json.map(|json| Packer::new(None)?.pack(&json)).transpose()?;
        let name = apart.name();
        let place = (apart.kind.as_str(), name.as_str(), apart.cause.as_str());
        let is_known: bool = sqlx::query_scalar(
            "select exists (select 1 from kept_apart where account = ?1 and kind = ?2 and name = ?3 and cause = ?4)",
        )
        .bind(number)
        .bind(place.0)
        .bind(place.1)
        .bind(place.2)
        .fetch_one(&mut *transaction)
        .await?;
        sqlx::query(
            "insert into kept_apart (account, kind, name, cause, kept_at, json_zstd) values (?1, ?2, ?3, ?4, ?5, ?6) \
             on conflict (account, kind, name, cause) do update set kept_at = excluded.kept_at, \
             json_zstd = coalesce(excluded.json_zstd, json_zstd)",
        )
        .bind(number)
        .bind(place.0)
        .bind(place.1)
        .bind(place.2)
        .bind(apart.at.as_ms())
        .bind(packed)
        .execute(&mut *transaction)
        .await?;
        if !is_known {
            let line = NewLine {
                account: Some(account),
                facts: apart.detail.clone(),
                ..NewLine::new(apart.at, apart.cause.action(), apart.vendor_id.unwrap_or_default())
            };
            book::append(&mut transaction, self, &line).await?;
        }
        transaction.commit().await?;
        Ok(!is_known)
    }

    /// Numbers of the objects that tell of a person, by an id of theirs or by a word.
    pub(crate) async fn apart_of(
        &self,
        connection: &mut SqliteConnection,
        number: i64,
        ids: &HashSet<&str>,
        traces: &Traces,
    ) -> Result<Vec<i64>> {
        let rows =
            sqlx::query("select number, name, json_zstd from kept_apart where account = ?1 order by number")
                .bind(number)
                .fetch_all(&mut *connection)
                .await?;
        let mut found = Vec::new();
        for row in &rows {
            let is_named = ids.contains(row.try_get::<&str, _>("name")?);
            let packed: Option<&[u8]> = row.try_get("json_zstd")?;
            let json = packed.map(|packed| self.unpack(packed)).transpose()?.unwrap_or_default();
            if is_named || tells_of(&json, |text| ids.contains(text) || traces.are_in(text)) {
                found.push(row.try_get("number")?);
            }
        }
        Ok(found)
    }

    /// Takes the person out of objects that are kept apart.
    pub(crate) async fn clear_apart(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        numbers: &[i64],
    ) -> Result<()> {
        for number in numbers {
            let packed: Option<Vec<u8>> =
                sqlx::query_scalar("select json_zstd from kept_apart where number = ?1")
                    .bind(number)
                    .fetch_one(&mut **transaction)
                    .await?;
            let Some(packed) = packed else { continue };
            let redacted = self.without_person(&packed)?;
            sqlx::query("update kept_apart set json_zstd = ?2 where number = ?1")
                .bind(number)
                .bind(redacted)
                .execute(&mut **transaction)
                .await?;
        }
        Ok(())
    }

    /// A packed document without the person in it, packed; nothing of it where it is no JSON.
    pub(crate) fn without_person(&self, packed: &[u8]) -> Result<Vec<u8>> {
        Packer::new(None)?.pack(&redact::json(&self.unpack(packed)?))
    }

    /// The objects with these numbers, for their person.
    pub(crate) async fn read_apart(
        &self,
        connection: &mut SqliteConnection,
        numbers: &[i64],
    ) -> Result<Vec<Json>> {
        let mut found = Vec::with_capacity(numbers.len());
        for number in numbers {
            let row = sqlx::query("select kind, cause, kept_at, json_zstd from kept_apart where number = ?1")
                .bind(number)
                .fetch_one(&mut *connection)
                .await?;
            let packed: Option<&[u8]> = row.try_get("json_zstd")?;
            let object = packed.map(|packed| self.unpack(packed)).transpose()?;
            let (kind, cause): (&str, &str) = (row.try_get("kind")?, row.try_get("cause")?);
            found.push(json!({
                "kind": kind,
                "cause": cause,
                "kept_at_ms": row.try_get::<i64, _>("kept_at")?,
                "object": object.and_then(|object| serde_json::from_slice::<Json>(&object).ok()),
            }));
        }
        Ok(found)
    }
}
