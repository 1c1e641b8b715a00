//! What is held of a person, as one document for them.

use domain::AccountId;
use serde_json::{Value as Json, json};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::error::{MirrorError, Result};
use crate::person::{Held, MOST_BYTES};
use crate::{Mirror, book, bulk_person, messages};

/// A copy of all that is held of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonCopy {
    /// The JSON document.
    pub document: String,
    /// Records of the vendor in it.
    pub records: u64,
    /// Intents of ours in it.
    pub intents: u64,
}

impl Mirror {
    /// A copy of all that is held of a customer, as one JSON document: what the vendor says, as it was
    /// last stated, and what was decided here.
    pub async fn copy_person(&self, account: AccountId, customer_id: &str) -> Result<PersonCopy> {
        let number = self.number_of(account)?;
        let mut connection = self.readers().acquire().await?;
        let held = self.held(&mut connection, number, customer_id).await?;
        if held.is_empty() {
            return Err(MirrorError::UnknownPerson { vendor_id: customer_id.to_owned() });
        }
        self.write_copy(&mut connection, customer_id, &[&held]).await
    }

    /// Writes a copy of what accounts hold of a person.
    pub(crate) async fn write_copy(
        &self,
        connection: &mut SqliteConnection,
        who: &str,
        parts: &[&Held],
    ) -> Result<PersonCopy> {
        let mut document = serde_json::Map::new();
        document.insert("document".to_owned(), json!("everything that Paydesk holds of a customer"));
        document.insert("version".to_owned(), json!(1));
        document.insert("customer".to_owned(), json!(who));
        let (mut bytes, mut records, mut intents) = (0, 0, 0);
        for held in parts {
            for (kind, rows) in &held.by_kind {
                let mut objects = Vec::with_capacity(rows.len());
                for (key, _) in rows {
                    let Some(found) = self.object(connection, *key).await? else { continue };
                    bytes += found.len();
                    if bytes > MOST_BYTES {
                        return Err(MirrorError::LimitOutOfRange { most: 64 });
                    }
                    objects.push(serde_json::from_slice::<Json>(&found).unwrap_or(Json::Null));
                }
                add(&mut document, &kind.to_string(), objects);
            }
            for (name, found) in self.written_here(connection, held).await? {
                add(&mut document, name, found);
            }
            records += held.records();
            intents += held.intents.len() as u64;
        }
        let document = serde_json::to_string_pretty(&document)
            .map_err(|_| MirrorError::corrupt("a document cannot be written"))?;
        if document.len() > MOST_BYTES {
            return Err(MirrorError::LimitOutOfRange { most: 64 });
        }
        Ok(PersonCopy { document, records, intents })
    }

    /// What was received, decided and sent of a person, by what it is called in a copy for them.
    async fn written_here(
        &self,
        connection: &mut SqliteConnection,
        held: &Held,
    ) -> Result<[(&'static str, Vec<Json>); 8]> {
        let mut intents = Vec::with_capacity(held.intents.len());
        for number in &held.intents {
            intents.push(intent(connection, *number).await?);
        }
        let named = held.named();
        let tells = |text: &str| named.contains(text) || held.traces.are_in(text);
        let mut received = self.read_received(connection, &held.received, tells).await?;
        let (elsewhere, received_elsewhere) = self.read_elsewhere(connection, held).await?;
        received.extend(received_elsewhere);
        Ok([
            ("paydesk_intents", intents),
            ("paydesk_messages", messages::written(self, connection, &held.messages).await?),
            ("kept_apart", self.read_apart(connection, &held.apart).await?),
            ("received", received),
            ("events_of_other_vendors", elsewhere),
            ("paydesk_book", book::written(connection, held).await?),
            ("paydesk_views", held.traces.written(connection).await?),
            ("paydesk_bulk_rows", bulk_person::written(connection, &held.payments(), &held.traces).await?),
        ])
    }
}

/// Adds to a list of a document.
fn add(document: &mut serde_json::Map<String, Json>, name: &str, mut found: Vec<Json>) {
    match document.entry(name).or_insert_with(|| Json::Array(Vec::new())) {
        Json::Array(known) => known.append(&mut found),
        other => *other = Json::Array(found),
    }
}

async fn intent(connection: &mut SqliteConnection, number: i64) -> Result<Json> {
    let row = sqlx::query(
        "select id, kind, state, target_id, amount_minor, currency, reason, note, body, created_at, updated_at, \
         object_id, object_status from intents where number = ?1",
    )
    .bind(number)
    .fetch_one(&mut *connection)
    .await?;
    let text = |column: &str| row.try_get::<Option<String>, _>(column);
    let count = |column: &str| row.try_get::<Option<i64>, _>(column);
    Ok(json!({
        "id": text("id")?,
        "kind": text("kind")?,
        "state": text("state")?,
        "acts_on": text("target_id")?,
        "amount_minor": count("amount_minor")?,
        "currency": text("currency")?,
        "reason": text("reason")?,
        "note": text("note")?,
        "request": text("body")?,
        "created_at_ms": count("created_at")?,
        "updated_at_ms": count("updated_at")?,
        "made": text("object_id")?,
        "made_status": text("object_status")?,
    }))
}
