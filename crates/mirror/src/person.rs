//! Everything that is held of one person: what to copy for them, and what to erase.

use std::collections::BTreeSet;

use domain::{AccountId, Kind};
use serde_json::{Value as Json, json};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::mirrored::table;
use crate::statement::{Value, bind_all, numbers};

/// Ids of one statement.
const IDS_PER_STATEMENT: usize = 500;
/// Bytes of one copy; a person with more is told so instead of filling the memory.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Keys and the vendor's ids of what is a person's, by kind.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) by_kind: Vec<(Kind, Vec<(i64, String)>)>,
    /// Numbers of intents of ours that acted on any of it.
    pub(crate) intents: Vec<i64>,
}

impl Held {
    fn ids(&self, kinds: &[Kind]) -> Vec<String> {
        let of_kinds = self.by_kind.iter().filter(|(kind, _)| kinds.contains(kind));
        of_kinds.flat_map(|(_, rows)| rows.iter().map(|(_, id)| id.clone())).collect()
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> u64 {
        self.by_kind.iter().map(|(_, rows)| rows.len() as u64).sum()
    }
}

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

/// Finds what is held of the customer: theirs by id, what hangs on their payments, and payments
/// without any customer that carry one of their addresses.
pub(crate) async fn held(connection: &mut SqliteConnection, number: i64, customer_id: &str) -> Result<Held> {
    let mut held = Held::default();
    let own = |condition: &str| format!("account = ?1 and {condition}");
    let find = Finder { number };
    let me = [customer_id.to_owned()];
    let customers = find.rows(connection, Kind::Customers, &own("vendor_id in (…)"), &me).await?;
    let mut payments = find.rows(connection, Kind::Payments, &own("customer_id in (…)"), &me).await?;
    let mut emails: BTreeSet<String> = BTreeSet::new();
    for (statement, ids) in [
        ("select email_folded from customers where account = ?1 and vendor_id in (…)", &me),
        ("select distinct email_folded from payments where account = ?1 and customer_id in (…)", &me),
    ] {
        emails.extend(find.texts(connection, statement, ids).await?);
    }
    let emails: Vec<String> = emails.into_iter().collect();
    let guest = own("customer_id is null and email_folded in (…)");
    payments.extend(find.rows(connection, Kind::Payments, &guest, &emails).await?);
    held.by_kind = vec![(Kind::Customers, customers), (Kind::Payments, payments)];
    let payment_ids = held.ids(&[Kind::Payments]);
    let mut intents = find.rows(connection, Kind::PaymentIntents, &own("customer_id in (…)"), &me).await?;
    let behind = "select payment_intent_id from payments where account = ?1 and vendor_id in (…)";
    let behind = find.texts(connection, behind, &payment_ids).await?;
    intents.extend(find.rows(connection, Kind::PaymentIntents, &own("vendor_id in (…)"), &behind).await?);
    intents.sort();
    intents.dedup();
    let refunds = find.rows(connection, Kind::Refunds, &own("payment_id in (…)"), &payment_ids).await?;
    let disputes = find.rows(connection, Kind::Disputes, &own("payment_id in (…)"), &payment_ids).await?;
    held.by_kind.extend([
        (Kind::PaymentIntents, intents),
        (Kind::Refunds, refunds),
        (Kind::Disputes, disputes),
    ]);
    let moved = held.ids(&[Kind::Payments, Kind::Refunds, Kind::Disputes]);
    let entries = find.rows(connection, Kind::BalanceEntries, &own("source_id in (…)"), &moved).await?;
    let all = held.ids(&Kind::ALL);
    let mut events = find.rows(connection, Kind::Events, &own("customer_id in (…)"), &me).await?;
    events.extend(find.rows(connection, Kind::Events, &own("payment_id in (…)"), &payment_ids).await?);
    events.extend(find.rows(connection, Kind::Events, &own("subject_id in (…)"), &all).await?);
    events.sort();
    events.dedup();
    held.by_kind.extend([(Kind::BalanceEntries, entries), (Kind::Events, events)]);
    held.by_kind.retain(|(_, rows)| !rows.is_empty());
    held.intents = find.intents(connection, &all).await?;
    Ok(held)
}

struct Finder {
    number: i64,
}

impl Finder {
    async fn rows(
        &self,
        connection: &mut SqliteConnection,
        kind: Kind,
        condition: &str,
        ids: &[String],
    ) -> Result<Vec<(i64, String)>> {
        let mut found = Vec::new();
        for chunk in ids.chunks(IDS_PER_STATEMENT) {
            let condition = condition.replace('…', &numbers(2, chunk.len()));
            let statement = format!("select key, vendor_id from {} where {condition}", table(kind).name);
            for row in self.fetch(connection, statement, chunk).await? {
                found.push((row.try_get("key")?, row.try_get("vendor_id")?));
            }
        }
        Ok(found)
    }

    async fn texts(
        &self,
        connection: &mut SqliteConnection,
        statement: &str,
        ids: &[String],
    ) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for chunk in ids.chunks(IDS_PER_STATEMENT) {
            let statement = statement.replace('…', &numbers(2, chunk.len()));
            for row in self.fetch(connection, statement, chunk).await? {
                found.extend(row.try_get::<Option<String>, _>(0)?);
            }
        }
        Ok(found)
    }

    async fn intents(&self, connection: &mut SqliteConnection, ids: &[String]) -> Result<Vec<i64>> {
        let mut found = BTreeSet::new();
        for chunk in ids.chunks(IDS_PER_STATEMENT) {
            for column in ["target_id", "object_id"] {
                let statement = format!(
                    "select number from intents where account = ?1 and {column} in ({})",
                    numbers(2, chunk.len())
                );
                for row in self.fetch(connection, statement, chunk).await? {
                    found.insert(row.try_get("number")?);
                }
            }
        }
        Ok(found.into_iter().collect())
    }

    async fn fetch(
        &self,
        connection: &mut SqliteConnection,
        statement: String,
        ids: &[String],
    ) -> Result<Vec<sqlx::sqlite::SqliteRow>> {
        let values = std::iter::once(Value::from(self.number)).chain(ids.iter().map(Value::from));
        let statement = bind_all(sqlx::query(AssertSqlSafe(statement)), values);
        Ok(statement.fetch_all(&mut *connection).await?)
    }
}

impl Mirror {
    /// A copy of all that is held of a customer, as one JSON document: what the vendor says, as it was
    /// last stated, and what was decided here.
    pub async fn copy_person(&self, account: AccountId, customer_id: &str) -> Result<PersonCopy> {
        let number = self.number_of(account)?;
        let mut connection = self.readers().acquire().await?;
        let held = held(&mut connection, number, customer_id).await?;
        if held.records() == 0 {
            return Err(MirrorError::UnknownPerson { vendor_id: customer_id.to_owned() });
        }
        let mut document = serde_json::Map::new();
        document.insert("document".to_owned(), json!("everything that Paydesk holds of a customer"));
        document.insert("version".to_owned(), json!(1));
        document.insert("customer".to_owned(), json!(customer_id));
        let mut bytes = 0;
        for (kind, rows) in &held.by_kind {
            let mut objects = Vec::with_capacity(rows.len());
            for (key, _) in rows {
                let Some(found) = self.object(&mut connection, *key).await? else { continue };
                bytes += found.len();
                if bytes > MOST_BYTES {
                    return Err(MirrorError::LimitOutOfRange { most: 64 });
                }
                objects.push(serde_json::from_slice::<Json>(&found).unwrap_or(Json::Null));
            }
            document.insert(kind.to_string(), Json::Array(objects));
        }
        let mut intents = Vec::with_capacity(held.intents.len());
        for number in &held.intents {
            intents.push(intent(&mut connection, *number).await?);
        }
        document.insert("paydesk_intents".to_owned(), Json::Array(intents));
        let document = serde_json::to_string_pretty(&document)
            .map_err(|_| MirrorError::corrupt("a document cannot be written"))?;
        Ok(PersonCopy { document, records: held.records(), intents: held.intents.len() as u64 })
    }

    /// The vendor's JSON of the row with the key.
    pub(crate) async fn object(
        &self,
        connection: &mut SqliteConnection,
        key: i64,
    ) -> Result<Option<Vec<u8>>> {
        let packed: Option<Vec<u8>> = sqlx::query_scalar("select json_zstd from raw_objects where key = ?1")
            .bind(key)
            .fetch_optional(&mut *connection)
            .await?;
        packed.map(|packed| self.unpack(&packed)).transpose()
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
