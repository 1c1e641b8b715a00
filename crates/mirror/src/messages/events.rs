//! What vendors tell of messages, taken over once each and in any order.

use std::collections::HashSet;

use domain::{
    AccountId, MessageChannel, MessageEvent, MessageEventKind, MessageId, MessagePurpose, MessageState,
    Standing, Timestamp, ToldEvent,
};
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use super::row::write_standing;
use super::{MessageRow, Messages};
use crate::commit;
use crate::error::{MirrorError, Result};
use crate::mirrored::moment;
use crate::statement::{Value, bind_all, fold, marks, numbers, padded};

/// Most events of one message that are read at once.
const MOST_SHOWN: u32 = 1_000;

/// Events of one transaction.
const AT_ONCE: usize = 500;

/// What taking events over came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Events that were not known.
    pub new: u64,
    /// Events that were.
    pub known: u64,
    /// Messages that were not ours and are kept as messages of their own.
    pub elsewhere: u64,
}

/// An event of a message, with when Paydesk heard of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageEventRow {
    /// The event.
    pub event: MessageEvent,
    /// When it was taken over.
    pub received_at: Timestamp,
}

impl Messages<'_> {
    /// Takes events over, some hundreds in one transaction, so that others have the writer in between. An event whose id is known changes
    /// nothing; one of a message that we did not send makes a message of its own.
    pub async fn apply(
        &self,
        account: AccountId,
        channel: MessageChannel,
        told: &[ToldEvent],
        now: Timestamp,
    ) -> Result<Applied> {
        let mut applied = Applied::default();
        for some in told.chunks(AT_ONCE) {
            let done = self.apply_some((account, channel), some, now).await?;
            applied.new += done.new;
            applied.known += done.known;
            applied.elsewhere += done.elsewhere;
        }
        Ok(applied)
    }

    async fn apply_some(
        &self,
        (account, channel): (AccountId, MessageChannel),
        told: &[ToldEvent],
        now: Timestamp,
    ) -> Result<Applied> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        commit::refuse_removed(&mut transaction, number).await?;
        let applied = self.apply_in(&mut transaction, (number, channel), told, now).await?;
        transaction.commit().await?;
        Ok(applied)
    }

    /// The same in a transaction of the caller's.
    pub(super) async fn apply_in(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        (number, channel): (i64, MessageChannel),
        told: &[ToldEvent],
        now: Timestamp,
    ) -> Result<Applied> {
        let mut applied = Applied::default();
        let mut known = known_of(transaction, number, told).await?;
        for one in told {
            if !known.insert(one.event.id.as_str()) {
                if channel == MessageChannel::Sms
                    && let Some(message) = self.told_of(transaction, number, one).await?
                {
                    self.take_vendor_id(transaction, message, one, now).await?;
                }
                applied.known += 1;
                continue;
            }
            let message = match self.told_of(transaction, number, one).await? {
                Some(message) => self.take_vendor_id(transaction, message, one, now).await?,
                None => {
                    applied.elsewhere += 1;
                    self.insert_elsewhere(transaction, (number, channel), one, now).await?
                }
            };
            if is_told_otherwise(transaction, message.number, &one.event).await? {
                applied.known += 1;
                continue;
            }
            let mut event = one.event.clone();
            if message.is_erased() {
                // A server's own words name whom it refused.
                event.reason = None;
            }
            insert_event(transaction, number, &message, &event, now).await?;
            if let (None, Some(vendor_id)) = (&message.vendor_id, &one.of.vendor_id) {
                set_vendor_id(transaction, message.number, vendor_id).await?;
            }
            if message.purpose == MessagePurpose::Elsewhere && event.at < message.created_at {
                // An earlier event came later: it was sent then at the latest.
                set_created(transaction, message.number, event.at).await?;
            }
            let standing = message.standing.clone().told(&event);
            write_standing(transaction, message.number, &standing, now).await?;
            self.note_end(transaction, &message, standing.state, now).await?;
            applied.new += 1;
        }
        Ok(applied)
    }

    /// The message that an event is about: by our id, which must be one of this account, else by the vendor's.
    async fn told_of(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        account: i64,
        told: &ToldEvent,
    ) -> Result<Option<MessageRow>> {
        if let Some(id) = told.of.message {
            let values = vec![Value::from(account), id.to_string().into()];
            let found = self.one_in(transaction, "m.account = ?1 and m.id = ?2", values).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let Some(vendor_id) = &told.of.vendor_id else { return Ok(None) };
        // The id of an email may be of a thousand messages, each to somebody else; that of an SMS is of one. In the row of one whose reader was erased stands
        // what only this id and this address come to; a message of its own would bring the address back.
        let of = self.mirror.account_of(account)?;
        let mut addresses = self.mirror.erased_addresses(of, vendor_id, &told.of.to);
        addresses.push(fold(&told.of.to));
        let condition = format!(
            "m.account = ?1 and m.vendor_id = ?2 and (m.channel = 'sms' or m.to_folded in ({}))",
            numbers(3, addresses.len())
        );
        let values = [Value::from(account), vendor_id.into()].into_iter();
        let values = values.chain(addresses.iter().map(Value::from)).collect();
        self.one_in(transaction, &condition, values).await
    }

    /// An SMS of ours whose answer was lost learns its id at the vendor from what is told of it, and takes over what is there under that id: else the vendor's
    /// list would make a second message of it.
    async fn take_vendor_id(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        message: MessageRow,
        told: &ToldEvent,
        now: Timestamp,
    ) -> Result<MessageRow> {
        let is_named =
            message.channel != MessageChannel::Sms || message.vendor_id.is_some() || message.is_erased();
        let Some(vendor_id) = told.of.vendor_id.as_ref().filter(|_| !is_named) else { return Ok(message) };
        sqlx::query("update messages set vendor_id = ?2 where number = ?1")
            .bind(message.number)
            .bind(vendor_id)
            .execute(&mut **transaction)
            .await?;
        let before = message.standing.clone();
        let standing = self.absorb(transaction, &message, vendor_id, before, now).await?;
        self.note_end(transaction, &message, standing.state, now).await?;
        Ok(MessageRow { vendor_id: Some(vendor_id.clone()), standing, ..message })
    }

    async fn insert_elsewhere(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        (account, channel): (i64, MessageChannel),
        told: &ToldEvent,
        now: Timestamp,
    ) -> Result<MessageRow> {
        let id = MessageId::generate();
        sqlx::query(
            "insert into messages (id, account, channel, purpose, state, to_address, to_folded, sandbox_mode, card_masked, \
             vendor_id, sends, created_at, updated_at, subject, template, named) values (?1, ?2, ?13, ?3, ?4, ?5, ?6, 0, 0, ?7, 0, \
             ?8, ?9, ?10, ?11, ?12)",
        )
        .bind(id.to_string())
        .bind(account)
        .bind(MessagePurpose::Elsewhere.as_str())
        .bind(Standing::new(MessageState::Queued).state.as_str())
        .bind(&told.of.to)
        .bind(fold(&told.of.to))
        .bind(&told.of.vendor_id)
        .bind(told.event.at.as_ms())
        .bind(now.as_ms())
        .bind(&told.of.subject)
        .bind(&told.of.template)
        .bind((!told.of.named.is_empty()).then(|| serde_json::json!(told.of.named).to_string()))
        .bind(channel.as_str())
        .execute(&mut **transaction)
        .await?;
        let made = self.one_in(transaction, "m.id = ?1", vec![id.to_string().into()]).await?;
        made.ok_or_else(|| MirrorError::corrupt("a message was not kept"))
    }

    /// What was told of a message, oldest first.
    pub async fn events(&self, message: &MessageRow) -> Result<Vec<MessageEventRow>> {
        let rows = sqlx::query(
            "select event_id, kind, at, reason, received_at from message_events indexed by message_events_of \
             where message = ?1 order by at, event_id limit ?2",
        )
        .bind(message.number)
        .bind(MOST_SHOWN)
        .fetch_all(self.mirror.readers())
        .await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok(MessageEventRow {
                event: MessageEvent {
                    id: row.try_get("event_id")?,
                    kind: MessageEventKind::from(row.try_get::<&str, _>("kind")?),
                    at: moment(row, "at")?,
                    reason: row.try_get("reason")?,
                },
                received_at: moment(row, "received_at")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

/// What a message is about hangs on when it was sent, so that is looked for anew.
async fn set_created(transaction: &mut Transaction<'_, Sqlite>, message: i64, at: Timestamp) -> Result<()> {
    sqlx::query("update messages set created_at = ?2, tried_at = 0 where number = ?1")
        .bind(message)
        .bind(at.as_ms())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// An event tells the vendor's id of a message whose send got no answer.
async fn set_vendor_id(
    transaction: &mut Transaction<'_, Sqlite>,
    message: i64,
    vendor_id: &str,
) -> Result<()> {
    sqlx::query("update messages set vendor_id = ?2 where number = ?1")
        .bind(message)
        .bind(vendor_id)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Which events are known already, asked for at once: each question of its own waits for the thread that writes.
async fn known_of<'a>(
    transaction: &mut Transaction<'_, Sqlite>,
    account: i64,
    told: &'a [ToldEvent],
) -> Result<HashSet<&'a str>> {
    let mut known = HashSet::with_capacity(told.len());
    for some in told.chunks(AT_ONCE) {
        let ids = padded(some.iter().map(|one| one.event.id.as_str().into()).collect());
        let statement = format!(
            "select event_id from message_events where account = ? and event_id in ({})",
            marks(ids.len())
        );
        let values = std::iter::once(Value::from(account)).chain(ids);
        let rows =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(&mut **transaction).await?;
        let found =
            rows.iter().map(|row| row.try_get(0)).collect::<std::result::Result<HashSet<&str>, _>>()?;
        known.extend(some.iter().map(|one| one.event.id.as_str()).filter(|id| found.contains(id)));
    }
    Ok(known)
}

pub(super) async fn is_known(
    transaction: &mut Transaction<'_, Sqlite>,
    account: i64,
    event_id: &str,
) -> Result<bool> {
    let known: Option<i64> =
        sqlx::query_scalar("select 1 from message_events where account = ?1 and event_id = ?2")
            .bind(account)
            .bind(event_id)
            .fetch_optional(&mut **transaction)
            .await?;
    Ok(known.is_some())
}

/// What stands before the id of an event that was not delivered and has no id of its own.
const WITHOUT_ID: &str = "activity:";

/// The same thing may be told by a delivery, which gives it an id, and by the vendor's activity, which does not: it is kept once, under its id.
async fn is_told_otherwise(
    transaction: &mut Transaction<'_, Sqlite>,
    message: i64,
    event: &MessageEvent,
) -> Result<bool> {
    if event.id.starts_with(WITHOUT_ID) {
        let known: Option<i64> = sqlx::query_scalar(
            "select 1 from message_events indexed by message_events_of where message = ?1 and at = ?2 and kind = ?3",
        )
        .bind(message)
        .bind(event.at.as_ms())
        .bind(event.kind.as_str())
        .fetch_optional(&mut **transaction)
        .await?;
        return Ok(known.is_some());
    }
    sqlx::query(
        "delete from message_events where message = ?1 and at = ?2 and kind = ?3 and event_id glob 'activity:*'",
    )
    .bind(message)
    .bind(event.at.as_ms())
    .bind(event.kind.as_str())
    .execute(&mut **transaction)
    .await?;
    Ok(false)
}

pub(super) async fn insert_event(
    transaction: &mut Transaction<'_, Sqlite>,
    account: i64,
    message: &MessageRow,
    event: &MessageEvent,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "insert into message_events (message, account, event_id, kind, at, reason, received_at) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(message.number)
    .bind(account)
    .bind(&event.id)
    .bind(event.kind.as_str())
    .bind(event.at.as_ms())
    .bind(&event.reason)
    .bind(now.as_ms())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
