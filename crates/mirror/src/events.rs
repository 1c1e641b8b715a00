//! What the vendors said happened. An event never changes, so the first copy of it stays.

use domain::{AccountId, Event, EventSubject, Observed, Record};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::mirrored::{self, Stored, Table};
use crate::page::{self, Page};
use crate::payments::checked_ids;
use crate::statement::{Value, numbers};

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
