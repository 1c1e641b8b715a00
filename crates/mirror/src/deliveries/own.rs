//! Messages of our own: what became of a refund, a dispute that is due, a mirror with a gap. Each is written in the
//! transaction that finds what it tells, once for ever by its name; which endpoints want it is decided after that.

use domain::intent::{Intent, IntentKind, IntentState};
use domain::{AccountId, Record, Timestamp};
use serde_json::{Value as Json, json};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::Deliveries;
use super::folding::{SUMMARY, TEST};
use super::routing::NewDelivery;
use crate::Mirror;
use crate::compression::Packer;
use crate::error::{MirrorError, Result};
use crate::mirrored::moment;
use crate::rows::Written;

/// Tries of a message, as many as of an event that is relayed.
pub(super) const TRIES: i64 = 10;

/// States of a refund that the vendor took and gave up on: the money is with the seller again.
const FAILED: [&str; 2] = ["failed", "canceled"];

/// A message of our own to be written.
pub(crate) struct OwnMessage {
    /// Number of the account that it is about.
    pub(crate) account: i64,
    /// What it says of what: it is written once under this name.
    pub(crate) name: String,
    /// Its type, such as `paydesk.refund.settled`.
    pub(crate) event_type: &'static str,
    /// Id of what it is about.
    pub(crate) object_id: Option<String>,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// What it says beside the account and the environment, as an object; nothing of a payer.
    pub(crate) data: Json,
}

/// A message of our own of which it is not decided yet which endpoints want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageToRoute {
    /// Its place in the line.
    pub number: i64,
    /// The account that it is about.
    pub account_id: AccountId,
    /// What it says of what.
    pub name: String,
    /// Its type.
    pub event_type: String,
    /// Id of what it is about.
    pub object_id: Option<String>,
    /// When it happened.
    pub created_at: Timestamp,
    /// The message; none where it was taken out.
    pub body: Option<Vec<u8>>,
}

/// Writes a message, where there is anybody to be told; one that was written before stays as it is. Tells whether it is new.
pub(crate) async fn note(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    message: OwnMessage,
) -> Result<bool> {
    let any = "select exists (select 1 from endpoints where removed_at is null and purpose <> 'replay')";
    if !sqlx::query_scalar::<_, bool>(any).fetch_one(&mut *connection).await? {
        return Ok(false);
    }
    let label: Option<String> = sqlx::query_scalar("select label from accounts where number = ?1")
        .bind(message.account)
        .fetch_optional(&mut *connection)
        .await?;
    let mut data = message.data;
    data["account"] = mirror.account_of(message.account)?.to_string().into();
    data["account_label"] = label.into();
    data["environment"] = mirror.environment().as_str().into();
    let whole = json!({
        "type": message.event_type,
        "timestamp": message.at.to_datetime().to_rfc3339(),
        "data": data,
    });
    let body = serde_json::to_vec(&whole).map_err(|_| MirrorError::corrupt("a message cannot be written"))?;
    let done = sqlx::query(
        "insert or ignore into own_messages (account, name, event_type, object_id, created_at, body_zstd) \
         values (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(message.account)
    .bind(message.name)
    .bind(message.event_type)
    .bind(message.object_id)
    .bind(message.at.as_ms())
    .bind(Packer::new(None)?.pack(&body)?)
    .execute(&mut *connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Whether the vendor took a refund and gave up on it since.
pub(crate) fn has_failed(intent: &Intent) -> bool {
    intent.object_status.as_deref().is_some_and(|status| FAILED.contains(&status))
}

/// Makes a message of a refund that settled, was refused or needs a person, in the transaction that says so. There is one of
/// each for an intent, of a need for a person one for each time that it was sent, and nothing of the payer in it.
pub(crate) async fn note_refund(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    before: IntentState,
    intent: &Intent,
) -> Result<()> {
    if intent.kind != IntentKind::Refund || intent.state == before {
        return Ok(());
    }
    let has_failed = has_failed(intent);
    if !has_failed {
        note_closed(connection, mirror, before, intent).await?;
    }
    let (name, event_type) = match intent.state {
        // The vendor took it, and gave up on it since.
        IntentState::Settled if has_failed => {
            (format!("{}_failed", intent.object_id.as_deref().unwrap_or_default()), "paydesk.refund.failed")
        }
        IntentState::Settled => (format!("{}_settled", intent.id), "paydesk.refund.settled"),
        IntentState::Refused => (format!("{}_refused", intent.id), "paydesk.refund.refused"),
        // One that a person let go again may need one again.
        IntentState::NeedsPerson => {
            (format!("{}_needs_person_{}", intent.id, intent.progress.sends), "paydesk.refund.needs_person")
        }
        _ => return Ok(()),
    };
    let data = json!({
        "intent": intent.id.to_string(),
        "payment": intent.target_id,
        "refund": intent.object_id,
        "status": intent.object_status,
        "amount_minor": intent.amount.map(|amount| amount.minor.to_string()),
        "currency": intent.amount.map(|amount| amount.currency.to_string()),
        "problem": intent.problem_code,
        "sent": intent.progress.sends > 0,
    });
    let message = OwnMessage {
        account: mirror.number_of(intent.account_id)?,
        name,
        event_type,
        object_id: intent.target_id.clone(),
        at: intent.updated_at,
        data,
    };
    note(connection, mirror, message).await?;
    Ok(())
}

/// Makes a message of each refund that the vendor gave up on after it had been on its way, whoever asked for it. Of one that
/// is seen for the first time nothing is told: a first load brings years of them.
pub(crate) async fn note_failed_refunds(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    written: &[Written<'_>],
) -> Result<()> {
    for one in written {
        let (Some(old), Record::Refund(refund)) = (one.old.as_deref(), &one.given.row.record) else {
            continue;
        };
        let Record::Refund(before) = old else { continue };
        let status = refund.status.as_str();
        if !FAILED.contains(&status) || FAILED.contains(&before.status.as_str()) {
            continue;
        }
        let message = OwnMessage {
            account: one.given.account,
            name: format!("{}_failed", refund.vendor_id),
            event_type: "paydesk.refund.failed",
            object_id: refund.payment_id.clone(),
            at: one.given.row.observed_at,
            data: json!({
                "intent": refund.intent_id,
                "payment": refund.payment_id,
                "refund": refund.vendor_id,
                "status": status,
                "amount_minor": refund.amount.minor.to_string(),
                "currency": refund.amount.currency.to_string(),
                "problem": refund.failure_reason,
            }),
        };
        note(connection, mirror, message).await?;
    }
    Ok(())
}

/// Makes a message of what is over of refunds that were told to be refused or to need a person: one that a person closed,
/// and refused ones of a payment of which as much was given back since.
async fn note_closed(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    before: IntentState,
    intent: &Intent,
) -> Result<()> {
    let closed = match (before, intent.state) {
        (IntentState::NeedsPerson, IntentState::Canceled) => {
            "select i.id, i.amount_minor, i.currency from own_messages m join intents i on i.id = ?2 \
             where m.account = ?1 and m.name >= ?2 || '_needs_person' and m.name < ?2 || '_needs_person`' \
             and ?3 is ?3 and ?4 is ?4 limit 1"
        }
        (_, IntentState::Settled) => {
            "select i.id, i.amount_minor, i.currency from own_messages m indexed by own_messages_opening \
             join intents i on m.name = i.id || '_refused' \
             where m.account = ?1 and m.event_type = 'paydesk.refund.refused' and m.object_id = ?3 \
             and m.event_type in ('paydesk.dispute.due', 'paydesk.refund.refused') \
             and i.target_id = ?3 and i.id <> ?2 and i.state = 'refused' and i.amount_minor <= ?4 \
             and not exists (select 1 from own_messages o where o.account = ?1 and o.name = i.id || '_closed')"
        }
        _ => return Ok(()),
    };
    let rows = sqlx::query(closed)
        .bind(mirror.number_of(intent.account_id)?)
        .bind(intent.id.to_string())
        .bind(intent.target_id.as_deref())
        .bind(intent.amount.map(|amount| amount.minor))
        .fetch_all(&mut *connection)
        .await?;
    for row in &rows {
        let id: String = row.try_get("id")?;
        let message = OwnMessage {
            account: mirror.number_of(intent.account_id)?,
            name: format!("{id}_closed"),
            event_type: "paydesk.refund.closed",
            object_id: intent.target_id.clone(),
            at: intent.updated_at,
            data: json!({
                "intent": id,
                "payment": intent.target_id,
                "refund": intent.object_id,
                "amount_minor": row.try_get::<Option<i64>, _>("amount_minor")?.map(|minor| minor.to_string()),
                "currency": row.try_get::<Option<String>, _>("currency")?,
            }),
        };
        note(connection, mirror, message).await?;
    }
    Ok(())
}

impl Deliveries<'_> {
    /// The first messages of our own of which it is not decided yet who wants them.
    pub async fn to_route(&self, limit: u32) -> Result<Vec<MessageToRoute>> {
        let rows = sqlx::query(
            "select number, account, name, event_type, object_id, created_at, body_zstd from own_messages \
             where routed = 0 order by number limit ?1",
        )
        .bind(limit)
        .fetch_all(self.mirror.readers())
        .await?;
        rows.iter()
            .map(|row| {
                let packed: Option<Vec<u8>> = row.try_get("body_zstd")?;
                Ok(MessageToRoute {
                    number: row.try_get("number")?,
                    account_id: self.mirror.account_of(row.try_get("account")?)?,
                    name: row.try_get("name")?,
                    event_type: row.try_get("event_type")?,
                    object_id: row.try_get("object_id")?,
                    created_at: moment(row, "created_at")?,
                    body: packed.map(|packed| self.mirror.unpack(&packed)).transpose()?,
                })
            })
            .collect()
    }

    /// Makes the deliveries of messages of our own and takes those out of the line, in one transaction.
    pub async fn route(
        &self,
        messages: &[MessageToRoute],
        deliveries: &[NewDelivery],
        now: Timestamp,
    ) -> Result<u64> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let made = self.insert(&mut transaction, deliveries, now, now).await?;
        for message in messages {
            sqlx::query("update own_messages set routed = 1 where number = ?1")
                .bind(message.number)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(made)
    }

    /// Whether an endpoint was told, or is about to be, one of the messages whose names begin so.
    pub async fn was_told(&self, endpoint: i64, account: AccountId, names: &[String]) -> Result<bool> {
        let number = self.mirror.number_of(account)?;
        for name in names {
            let told: bool = sqlx::query_scalar(
                "select exists (select 1 from deliveries where endpoint = ?1 and account = ?2 and event_id >= ?3 \
                 and event_id < ?3 || char(0x10ffff) and replay is null and state in ('waiting', 'sending', 'delivered'))",
            )
            .bind(endpoint)
            .bind(number)
            .bind(name)
            .fetch_one(self.mirror.readers())
            .await?;
            if told {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an endpoint was told, or is about to be, a message of a type about an object.
    pub async fn was_told_of(
        &self,
        endpoint: i64,
        account: AccountId,
        (event_type, object_id): (&str, &str),
    ) -> Result<bool> {
        let told = sqlx::query_scalar(
            "select exists (select 1 from own_messages m indexed by own_messages_opening \
             join deliveries d on d.endpoint = ?1 and d.account = m.account and d.event_id = m.name \
             where m.account = ?2 and m.event_type = ?3 and m.object_id = ?4 \
             and m.event_type in ('paydesk.dispute.due', 'paydesk.refund.refused') \
             and d.replay is null and d.state in ('waiting', 'sending', 'delivered'))",
        )
        .bind(endpoint)
        .bind(self.mirror.number_of(account)?)
        .bind(event_type)
        .bind(object_id)
        .fetch_one(self.mirror.readers())
        .await?;
        Ok(told)
    }

    /// How many messages a channel was sent in so many milliseconds until now, summaries left out, and when the first of them
    /// was. What was sent by a clock that was ahead counts for nothing, or it would count until that time comes.
    pub async fn sent_within(
        &self,
        endpoint: i64,
        within_ms: i64,
        now: Timestamp,
    ) -> Result<(u32, Option<Timestamp>)> {
        let row = sqlx::query(
            "select count(*) as sent, min(ended_at) as first from deliveries indexed by deliveries_ended \
             where endpoint = ?1 and state = 'delivered' and ended_at > ?2 and ended_at <= ?4 and event_type not in (?3, ?5)",
        )
        .bind(endpoint)
        .bind(now.plus_ms(-within_ms).as_ms())
        .bind(SUMMARY)
        .bind(now.as_ms())
        .bind(TEST)
        .fetch_one(self.mirror.readers())
        .await?;
        let first: Option<i64> = row.try_get("first")?;
        let sent = u32::try_from(row.try_get::<i64, _>("sent")?).unwrap_or(u32::MAX);
        Ok((sent, first.map(Timestamp::from_ms)))
    }
}
