//! What the vendors said happened. An event never changes, so the first copy of it stays.

use std::collections::HashMap;

use domain::{AccountId, Event, EventSubject, Observed, Record, Timestamp};
use serde_json::Value as Json;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::find::Came;
use crate::key::first_of_second;
use crate::mirrored::{self, Stored, Table};
use crate::page::{self, Page};
use crate::payments::checked_ids;
use crate::statement::{Value, bind_all, numbers};

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
    repeated: &["vendor_id", "subject_id", "payment_id", "customer_id", "request_id", "idempotency_key"],
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

/// What a vendor writes anew each time that it says the same: how many endpoints of Stripe still wait for it, and
/// HubSpot's number of the try.
const OF_ONE_TRY: [&str; 2] = ["pending_webhooks", "attemptNumber"];

/// Whether two documents are one event.
pub fn is_same_event(one: &[u8], other: &[u8]) -> bool {
    let read = |json: &[u8]| -> Option<Json> {
        let mut event: Json = serde_json::from_slice(json).ok()?;
        let fields = event.as_object_mut()?;
        fields.retain(|name, _| !OF_ONE_TRY.contains(&name.as_str()));
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

    /// How each of the events with these ids came; whatever is not there did not.
    pub async fn came(&self, account: AccountId, ids: &[String]) -> Result<HashMap<String, Came>> {
        checked_ids(ids)?;
        let statement = format!(
            "select vendor_id, signed from events where account = ?1 and vendor_id in ({})",
            numbers(2, ids.len())
        );
        let mut values: Vec<Value> = vec![self.mirror.number_of(account)?.into()];
        values.extend(ids.iter().map(Value::from));
        let rows =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(self.mirror.readers()).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, Came::of_signed(row.try_get(1)?)))).collect()
    }

    /// How many events of each type happened from one moment up to another and came by the feed alone, the most first;
    /// at most 100 types, of the newest 100,000 events.
    pub async fn types_by_feed(
        &self,
        account: AccountId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(String, u64)>> {
        let rows = sqlx::query(
            "select kind, count(*) as number from (select kind from events not indexed \
             where key >= ?2 and key < ?3 and account = ?1 and signed = 0 order by key desc limit 100000) \
             group by kind order by number desc, kind limit 100",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(first_of_second(from))
        .bind(first_of_second(until))
        .fetch_all(self.mirror.readers())
        .await?;
        let read = |row: &SqliteRow| {
            let number: i64 = row.try_get("number")?;
            Ok((row.try_get("kind")?, u64::try_from(number).unwrap_or(0)))
        };
        rows.iter().map(read).collect()
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
