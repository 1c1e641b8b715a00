//! What the vendors said happened. An event never changes, so the first copy of it stays.

use domain::{AccountId, Event, EventSubject, Observed, Record};
use serde_json::Value as Json;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::mirrored::{self, Stored, Table};
use crate::page::{self, Page};
use crate::payments::checked_ids;
use crate::statement::{Value, bind_all, marks, numbers};

pub(crate) const TABLE: Table = Table {
    name: "events",
    columns: &[
        "kind",
        "api_version",
        "subject_object",
        "subject_id",
        "payment_id",
        "customer_id",
        "request_id",
        "idempotency_key",
        "live",
    ],
};

pub(crate) fn values(event: &Event) -> Vec<Value> {
    vec![
        event.kind.as_str().into(),
        event.api_version.as_ref().into(),
        event.subject.object.as_ref().into(),
        event.subject.vendor_id.as_ref().into(),
        event.subject.payment_id.as_ref().into(),
        event.subject.customer_id.as_ref().into(),
        event.request_id.as_ref().into(),
        event.idempotency_key.as_ref().into(),
        event.live.into(),
    ]
}

pub(crate) fn read(row: &SqliteRow) -> Result<Event> {
    Ok(Event {
        vendor_id: row.try_get("vendor_id")?,
        kind: row.try_get("kind")?,
        created_at: mirrored::moment(row, "created_at")?,
        api_version: row.try_get("api_version")?,
        subject: EventSubject {
            object: row.try_get("subject_object")?,
            vendor_id: row.try_get("subject_id")?,
            payment_id: row.try_get("payment_id")?,
            customer_id: row.try_get("customer_id")?,
        },
        request_id: row.try_get("request_id")?,
        idempotency_key: row.try_get("idempotency_key")?,
        live: row.try_get("live")?,
    })
}

/// What is known of an event that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownEvent {
    /// Nothing.
    New,
    /// The same.
    Same,
    /// Something else under its id.
    Different,
}

/// Which events are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Types, of which a `*` at the end stands for any ending; all where there are none.
    pub types: Vec<String>,
    /// Ids of events, of what they are about, of payments, or keys of our intents.
    pub about: Vec<String>,
}

/// Whether two documents are one event. How many endpoints still wait for it is no part of it.
pub fn is_same_event(one: &[u8], other: &[u8]) -> bool {
    let read = |json: &[u8]| -> Option<Json> {
        let mut event: Json = serde_json::from_slice(json).ok()?;
        event.as_object_mut()?.remove("pending_webhooks");
        Some(event)
    };
    let (Some(one), Some(other)) = (read(one), read(other)) else { return false };
    if one["api_version"] == other["api_version"] {
        return one == other;
    }
    let meaning = |event: &Json| {
        let object = &event["data"]["object"];
        [
            &event["id"],
            &event["type"],
            &event["created"],
            &event["livemode"],
            &object["object"],
            &object["id"],
        ]
        .map(Json::clone)
    };
    meaning(&one) == meaning(&other)
}

/// The events.
#[derive(Debug)]
pub struct Events<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Events<'_> {
    /// Keeps the events that are not known yet, in one transaction, and tells the vendor's ids of
    /// those that were new, in the order given. Anything but an event is refused.
    pub async fn insert_new(&self, account: AccountId, events: &[Observed]) -> Result<Vec<String>> {
        if events.iter().any(|one| !matches!(one.record, Record::Event(_))) {
            return Err(MirrorError::Mismatch { what: "a record that is no event".to_owned() });
        }
        Ok(self.mirror.commit_page(account, events, None).await?.inserted_ids)
    }

    /// Whether an event is known, and whether what is known of it is the same. Of one that is written in another version
    /// of the API only what means the same in all of them is compared.
    pub async fn compare(&self, account: AccountId, seen: &Observed) -> Result<KnownEvent> {
        let vendor_id = seen.record.vendor_id();
        let Some(known) = self.mirror.raw(account, domain::Kind::Events, vendor_id).await? else {
            return Ok(KnownEvent::New);
        };
        // Somebody who was erased is in neither of them.
        let (seen, _) = self.mirror.permitted(account, seen);
        let same = is_same_event(&known, &seen.json);
        Ok(if same { KnownEvent::Same } else { KnownEvent::Different })
    }

    /// A page of events, newest first, that a filter lets through.
    pub async fn search(
        &self,
        account: Option<AccountId>,
        filter: &EventFilter,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<Stored<Event>>> {
        let limit = page::checked_limit(limit)?;
        let (condition, values) = self.condition(account, filter)?;
        let rest = format!("where key < ? and {condition} order by key desc limit ?");
        let values = std::iter::once(page::start(after)?.into()).chain(values).chain([(limit + 1).into()]);
        Ok(page::cut(self.mirror.stored(&TABLE, read, &rest, values.collect()).await?, limit))
    }

    /// How many events a filter lets through.
    pub async fn count(&self, account: Option<AccountId>, filter: &EventFilter) -> Result<u64> {
        let (condition, values) = self.condition(account, filter)?;
        let statement = format!("select count(*) from events where {condition}");
        let row =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_one(self.mirror.readers()).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }

    fn condition(&self, account: Option<AccountId>, filter: &EventFilter) -> Result<(String, Vec<Value>)> {
        let number = account.map(|account| self.mirror.number_of(account)).transpose()?;
        let mut conditions = vec!["(? is null or account = ?)".to_owned()];
        let mut values: Vec<Value> = vec![number.into(), number.into()];
        if !filter.types.is_empty() {
            let each = filter.types.iter().map(|word| {
                let is_prefix = word.ends_with('*');
                let word = word.trim_end_matches('*');
                values.push(word.into());
                if is_prefix {
                    // Compared by its beginning and never as a pattern: what somebody types is no pattern of SQLite's.
                    values.push(i64::try_from(word.chars().count()).unwrap_or(i64::MAX).into());
                    values.push(word.into());
                    "(kind >= ? and substr(kind, 1, ?) = ?)"
                } else {
                    "kind = ?"
                }
            });
            conditions.push(format!("({})", each.collect::<Vec<_>>().join(" or ")));
        }
        if !filter.about.is_empty() {
            // Each way has an index of its own.
            let listed = marks(filter.about.len());
            let ways = ["vendor_id", "subject_id", "payment_id", "idempotency_key"]
                .map(|column| format!("select key from events where {column} in ({listed})"));
            for _ in &ways {
                values.extend(filter.about.iter().map(Value::from));
            }
            conditions.push(format!("key in ({})", ways.join(" union ")));
        }
        Ok((conditions.join(" and "), values))
    }

    /// The event of one account with the vendor's id.
    pub async fn by_id(&self, account: AccountId, vendor_id: &str) -> Result<Option<Stored<Event>>> {
        self.mirror.stored_one(&TABLE, read, account, vendor_id).await
    }

    /// The events about any of the things, or about payments of those ids, newest first, at most
    /// 1,000.
    pub async fn for_subject(&self, account: AccountId, ids: &[String]) -> Result<Vec<Stored<Event>>> {
        checked_ids(ids)?;
        let listed = numbers(2, ids.len());
        let rest = format!(
            "where account = ?1 and key in (select key from events where subject_id in ({listed}) \
             union select key from events where payment_id in ({listed})) order by key desc limit 1000"
        );
        let mut values: Vec<Value> = vec![self.mirror.number_of(account)?.into()];
        values.extend(ids.iter().map(Value::from));
        self.mirror.stored_list(&TABLE, read, &rest, values).await
    }

    /// The events about a payment, newest first.
    pub async fn for_payment(&self, account: AccountId, payment_id: &str) -> Result<Vec<Stored<Event>>> {
        self.for_subject(account, &[payment_id.to_owned()]).await
    }

    /// The events that our intent's key caused, newest first.
    pub async fn by_idempotency_key(&self, key: &str) -> Result<Vec<Stored<Event>>> {
        let rest = "where idempotency_key = ?1 order by key desc limit 1000";
        self.mirror.stored_list(&TABLE, read, rest, vec![key.into()]).await
    }

    /// The vendor's id of the newest event, where following resumes.
    pub async fn latest_id(&self, account: AccountId) -> Result<Option<String>> {
        let latest =
            sqlx::query_scalar("select vendor_id from events where account = ?1 order by key desc limit 1")
                .bind(self.mirror.number_of(account)?)
                .fetch_optional(self.mirror.readers())
                .await?;
        Ok(latest)
    }

    /// A page of events, newest first.
    pub async fn list(
        &self,
        account: Option<AccountId>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<Stored<Event>>> {
        let limit = page::checked_limit(limit)?;
        let number = account.map(|account| self.mirror.number_of(account)).transpose()?;
        let rest = "where (?1 is null or account = ?1) and key < ?2 order by key desc limit ?3";
        let values = vec![number.into(), page::start(after)?.into(), (limit + 1).into()];
        Ok(page::cut(self.mirror.stored(&TABLE, read, rest, values).await?, limit))
    }
}
