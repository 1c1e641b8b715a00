//! From events that came to deliveries.

use std::collections::{BTreeSet, HashMap};

use domain::{AccountId, Event, Record, Timestamp};
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use super::{Deliveries, DeliveryBody};
use crate::compression::Packer;
use crate::error::Result;
use crate::rows::Written;
use crate::statement::{Value, bind_all, groups, value_rows};

/// An event that came, and of which it is not decided yet which endpoints want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventToRelay {
    /// Its place in the line.
    pub number: i64,
    /// Whose.
    pub account_id: AccountId,
    /// The event; none where the mirror has let it go since.
    pub event: Option<Event>,
}

/// What of an event can be sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SentOn {
    /// The bytes that the vendor sent, with the media type that it gave them.
    Received {
        /// The body.
        body: Vec<u8>,
        /// The `Content-Type`.
        content_type: Option<String>,
        /// Its vendor signed a part of it alone.
        in_part: bool,
    },
    /// The document of the event: nobody delivered it here by itself.
    Feed {
        /// The document.
        body: Vec<u8>,
        /// It came in requests of which their vendor signed a part alone.
        in_part: bool,
    },
    /// What is kept is not what the vendor sent: something was masked, or a person was erased.
    Masked,
    /// Nothing is kept of it.
    Gone,
}

/// A delivery to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Number of the endpoint.
    pub endpoint: i64,
    /// Whose event.
    pub account_id: AccountId,
    /// The vendor's id of the event, or that of our message.
    pub event_id: String,
    /// The vendor's word for what happened.
    pub event_type: String,
    /// Id of what it is about.
    pub object_id: Option<String>,
    /// When it happened.
    pub event_created_at: Timestamp,
    /// Number of the replay that sends it.
    pub replay: Option<i64>,
    /// What is sent.
    pub body: DeliveryBody,
    /// The body of a message of our own.
    pub own: Option<Vec<u8>>,
    /// Most tries.
    pub tries: u32,
    /// Why it is not sent at all, as a code.
    pub failed: Option<&'static str>,
}

/// Columns that are written.
const COLUMNS: usize = 17;

/// Puts events that were just written into the line, where there is any endpoint.
pub(crate) async fn note_events(
    transaction: &mut Transaction<'_, Sqlite>,
    written: &[Written<'_>],
) -> Result<()> {
    let mut events: Vec<(i64, &str)> = Vec::new();
    for one in written {
        if let Record::Event(event) = &one.given.row.record {
            events.push((one.given.account, &event.vendor_id));
        }
    }
    if events.is_empty() {
        return Ok(());
    }
    let wanted: bool = sqlx::query_scalar("select exists (select 1 from endpoints where removed_at is null)")
        .fetch_one(&mut **transaction)
        .await?;
    if !wanted {
        return Ok(());
    }
    for (account, event_id) in events {
        sqlx::query(
            "insert into events_to_relay (account, event_id, inbox_until) \
             values (?1, ?2, (select coalesce(max(number), 0) from inbox))",
        )
        .bind(account)
        .bind(event_id)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

impl Deliveries<'_> {
    /// The first events of the line. One that a waiting request may have brought is left until that is applied, since
    /// then its bytes are known; the line is in order, so all behind it are left, too.
    pub async fn to_relay(&self, limit: u32) -> Result<Vec<EventToRelay>> {
        let rows = sqlx::query(
            "select number, account, event_id from events_to_relay where inbox_until < \
             coalesce((select min(number) from inbox where state = 'waiting'), 9223372036854775807) order by number limit ?1",
        )
        .bind(limit)
        .fetch_all(self.mirror.readers())
        .await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            let account_id = self.mirror.account_of(row.try_get("account")?)?;
            let found = self.mirror.events().by_id(account_id, row.try_get("event_id")?).await?;
            let event = found.map(|stored| stored.value);
            events.push(EventToRelay { number: row.try_get("number")?, account_id, event });
        }
        Ok(events)
    }

    /// Makes deliveries and takes their events out of the line, in one transaction. One that is there already stays.
    pub async fn relay(
        &self,
        events: &[EventToRelay],
        deliveries: &[NewDelivery],
        now: Timestamp,
    ) -> Result<u64> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let made = self.insert(&mut transaction, deliveries, now, now).await?;
        for event in events {
            sqlx::query("delete from events_to_relay where number = ?1")
                .bind(event.number)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(made)
    }

    /// Inserts deliveries inside a transaction, due at a moment; tells how many are new. An endpoint that was removed since
    /// it was looked up gets none, and those to one that stopped have failed.
    pub(crate) async fn insert(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        deliveries: &[NewDelivery],
        due: Timestamp,
        now: Timestamp,
    ) -> Result<u64> {
        let stopped = not_removed(transaction, deliveries).await?;
        let wanted: Vec<NewDelivery> = deliveries
            .iter()
            .filter_map(|one| {
                let is_stopped = *stopped.get(&one.endpoint)?;
                let failed = one.failed.or(is_stopped.then_some("endpoint_stopped"));
                Some(NewDelivery { failed, ..one.clone() })
            })
            .collect();
        let mut made = 0;
        for group in groups(&wanted) {
            let statement = format!(
                "insert or ignore into deliveries (endpoint, account, event_id, event_type, object_id, event_created_at, \
                 replay, body, message_id, state, problem, tries_left, next_try_at, created_at, ended_at, attempts, own_zstd) \
                 values {}",
                value_rows(group.len(), COLUMNS)
            );
            let mut values = Vec::with_capacity(group.len() * COLUMNS);
            for one in group {
                values.extend(self.values(one, due, now)?);
            }
            let done =
                bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
            made += done.rows_affected();
        }
        Ok(made)
    }

    fn values(&self, one: &NewDelivery, due: Timestamp, now: Timestamp) -> Result<Vec<Value>> {
        Ok(vec![
            one.endpoint.into(),
            self.mirror.number_of(one.account_id)?.into(),
            one.event_id.as_str().into(),
            one.event_type.as_str().into(),
            one.object_id.as_ref().into(),
            one.event_created_at.into(),
            one.replay.into(),
            one.body.as_str().into(),
            format!("msg_{}", uuid::Uuid::now_v7().simple()).into(),
            if one.failed.is_some() { "failed" } else { "waiting" }.into(),
            one.failed.map(str::to_owned).into(),
            i64::from(one.tries).into(),
            due.into(),
            now.into(),
            one.failed.map(|_| now).into(),
            0.into(),
            match &one.own {
                Some(own) => Value::Bytes(Packer::new(None)?.pack(own)?),
                None => Value::Null,
            },
        ])
    }

    /// What of an event can be sent on: the bytes of the first request that brought it alone, or its document, which for
    /// vendors that deliver lists is a list of it.
    pub async fn sent_on(&self, account: AccountId, event_id: &str) -> Result<SentOn> {
        let row = sqlx::query(
            "select body_zstd, headers, replayable, verdict <> 'verified' as in_part from inbox where event_id = ?2 \
             and account = ?1 and verdict <> 'refused' and state <> 'apart' \
             order by replayable desc, verdict = 'verified' desc, number limit 1",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(event_id)
        .fetch_optional(self.mirror.readers())
        .await?;
        if let Some(row) = row {
            if !row.try_get::<bool, _>("replayable")? {
                return Ok(SentOn::Masked);
            }
            let headers: Vec<(String, String)> =
                serde_json::from_str(row.try_get("headers")?).unwrap_or_default();
            let content_type =
                headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            let body = self.mirror.unpack(row.try_get("body_zstd")?)?;
            let in_part = row.try_get("in_part")?;
            return Ok(SentOn::Received {
                body,
                content_type: content_type.map(|(_, value)| value),
                in_part,
            });
        }
        if self.mirror.is_erased(account, event_id) {
            return Ok(SentOn::Masked);
        }
        let Some(document) = self.mirror.raw(account, domain::Kind::Events, event_id).await? else {
            return Ok(SentOn::Gone);
        };
        self.document_as_sent(account, event_id, document).await
    }

    /// The document of an event in the form in which its vendor delivers it.
    async fn document_as_sent(
        &self,
        account: AccountId,
        event_id: &str,
        document: Vec<u8>,
    ) -> Result<SentOn> {
        let (vendor, brought, as_it_came, whole): (String, i64, i64, i64) = sqlx::query_as(
            "select a.vendor, count(i.number), coalesce(sum(i.replayable), 0), \
             coalesce(sum(i.verdict = 'verified'), 0) from accounts a \
             left join inbox_events e on e.account = a.number and e.event_id = ?2 \
             left join inbox i on i.number = e.inbox where a.number = ?1",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(event_id)
        .fetch_one(self.mirror.readers())
        .await?;
        if brought > 0 && as_it_came == 0 {
            return Ok(SentOn::Masked);
        }
        let in_part = brought > 0 && whole == 0;
        Ok(match vendor.as_str() {
            "sendgrid" | "hubspot" => {
                SentOn::Feed { body: [b"[", document.as_slice(), b"]"].concat(), in_part }
            }
            // It delivers forms, and what is left of one without its request is a document of ours.
            "twilio" if brought == 0 => SentOn::Gone,
            _ => SentOn::Feed { body: document, in_part },
        })
    }
}

/// The endpoints of deliveries that were not removed, each with whether it stopped.
async fn not_removed(
    transaction: &mut Transaction<'_, Sqlite>,
    deliveries: &[NewDelivery],
) -> Result<HashMap<i64, bool>> {
    let mut states = HashMap::new();
    let numbers: BTreeSet<i64> = deliveries.iter().map(|one| one.endpoint).collect();
    for number in numbers {
        let stopped: Option<bool> = sqlx::query_scalar(
            "select state = 'stopped' from endpoints where number = ?1 and removed_at is null",
        )
        .bind(number)
        .fetch_optional(&mut **transaction)
        .await?;
        states.extend(stopped.map(|stopped| (number, stopped)));
    }
    Ok(states)
}
