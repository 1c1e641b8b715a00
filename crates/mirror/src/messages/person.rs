//! A person in the journal of messages: what went to them or was about a payment of theirs, to copy and to erase.

use std::collections::{BTreeMap, HashSet};

use domain::AccountId;
use serde_json::{Value as Json, json};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use super::row::{SELECT, read};
use crate::Mirror;
use crate::delivered::{ERASED, erased_address, message_name};
use crate::erased::digest;
use crate::error::{MirrorError, Result};
use crate::statement::{Value, bind_all, fold, numbers};

/// Values of one statement.
const AT_ONCE: usize = 500;
/// Events of one message in a copy for its person.
const EVENTS_MAX: u32 = 1_000;

/// A message of somebody's.
#[derive(Debug)]
pub(crate) struct Theirs {
    number: i64,
    /// The number of the account that sent it.
    pub(crate) account: i64,
    /// Our id of it.
    pub(crate) id: String,
    vendor_id: Option<String>,
    /// The person's address or number: whom it went to, or who sent it in.
    address: String,
    inbound: bool,
    is_open: bool,
    /// The vendor's ids of what was told of it.
    pub(crate) events: Vec<String>,
}

impl Theirs {
    /// The vendor's id, or ours where the vendor gave none.
    fn name(&self) -> &str {
        self.vendor_id.as_deref().unwrap_or(&self.id)
    }

    /// Hashes of all by which a later event may tell of it.
    fn digests(&self, salt: &str, account: AccountId) -> impl Iterator<Item = [u8; 32]> {
        let names = [message_name(self.name(), &self.address), self.id.clone()];
        let all: Vec<String> = names.into_iter().chain(self.events.iter().cloned()).collect();
        let salt = salt.to_owned();
        all.into_iter().map(move |name| digest(&salt, account, &name))
    }
}

/// The messages of a person who was not erased from them yet: by their addresses and numbers, as a customer, and by payments.
pub(crate) async fn of_person(
    connection: &mut SqliteConnection,
    reached: &[String],
    customer_id: &[String],
    payments: &[String],
) -> Result<Vec<Theirs>> {
    let mut found = BTreeMap::new();
    for (column, values) in [
        ("to_folded", reached),
        ("from_address", reached),
        ("customer_id", customer_id),
        ("payment_id", payments),
    ] {
        for chunk in values.chunks(AT_ONCE) {
            let statement = format!(
                "select number, account, id, vendor_id, direction = 'inbound' as inbound, \
                 iif(direction = 'inbound', from_address, to_folded) as address, \
                 state in ('prepared', 'unsettled', 'needs_person') as is_open from messages \
                 where {column} in ({}) and to_address not glob '{ERASED}*' \
                 and ifnull(from_address, '') not glob '{ERASED}*'",
                numbers(1, chunk.len())
            );
            let query = bind_all(sqlx::query(AssertSqlSafe(statement)), chunk.iter().map(Value::from));
            for row in query.fetch_all(&mut *connection).await? {
                let number: i64 = row.try_get("number")?;
                let message = Theirs {
                    number,
                    account: row.try_get("account")?,
                    id: row.try_get("id")?,
                    vendor_id: row.try_get("vendor_id")?,
                    address: row.try_get::<Option<String>, _>("address")?.unwrap_or_default(),
                    inbound: row.try_get("inbound")?,
                    is_open: row.try_get("is_open")?,
                    events: Vec::new(),
                };
                found.insert(number, message);
            }
        }
    }
    for (number, message) in &mut found {
        message.events = sqlx::query_scalar("select event_id from message_events where message = ?1")
            .bind(number)
            .fetch_all(&mut *connection)
            .await?;
    }
    Ok(found.into_values().collect())
}

/// Refuses where one of them may be at the vendor or not: its row is what keeps it from being sent again.
pub(crate) fn refuse_open(theirs: &[Theirs]) -> Result<()> {
    match theirs.iter().find(|one| one.is_open) {
        Some(open) => Err(MirrorError::OpenMessageExists { message_id: open.id.clone() }),
        None => Ok(()),
    }
}

/// Takes a person out of the log, and out of who gets real mail outside live: what was sent, when and how it ended stays, under a name
/// that tells nobody who it was. Answers with the hashes by which what is told later is known as theirs.
pub(crate) async fn forget_person(
    mirror: &Mirror,
    transaction: &mut Transaction<'_, Sqlite>,
    salt: &str,
    theirs: &[Theirs],
    reached: &[String],
) -> Result<HashSet<[u8; 32]>> {
    let mut digests = HashSet::new();
    for one in theirs {
        let account = mirror.account_of(one.account)?;
        digests.extend(one.digests(salt, account));
        sqlx::query("update message_events set reason = null where message = ?1")
            .bind(one.number)
            .execute(&mut **transaction)
            .await?;
        // The id is ours and random, so that on a screen two messages of one person do not look alike.
        let theirs = match one.inbound {
            true => "from_address = ?2".to_owned(),
            false => format!("to_address = '{ERASED}' || substr(id, 25), to_folded = ?2"),
        };
        let statement = format!(
            "update messages set {theirs}, subject = null, body = null, reason = null, customer_id = null, wish = null, \
             named = null, fingerprint = null where number = ?1"
        );
        sqlx::query(AssertSqlSafe(statement))
            .bind(one.number)
            .bind(erased_address(salt, account, one.name(), &one.address))
            .execute(&mut **transaction)
            .await?;
    }
    forget_allowed(transaction, reached).await?;
    Ok(digests)
}

async fn forget_allowed(transaction: &mut Transaction<'_, Sqlite>, reached: &[String]) -> Result<()> {
    let rows =
        sqlx::query("select account, allowed from mail_settings").fetch_all(&mut **transaction).await?;
    for row in &rows {
        let allowed: Vec<String> = serde_json::from_str(row.try_get("allowed")?)
            .map_err(|_| MirrorError::corrupt("settings of mail do not read"))?;
        let kept: Vec<&String> = allowed.iter().filter(|one| !reached.contains(&fold(one))).collect();
        if kept.len() < allowed.len() {
            sqlx::query("update mail_settings set allowed = ?2 where account = ?1")
                .bind(row.try_get::<i64, _>("account")?)
                .bind(json!(kept).to_string())
                .execute(&mut **transaction)
                .await?;
        }
    }
    Ok(())
}

/// What was sent to a person and what became of it, for them.
pub(crate) async fn written(
    mirror: &Mirror,
    connection: &mut SqliteConnection,
    theirs: &[Theirs],
) -> Result<Vec<Json>> {
    let mut found = Vec::with_capacity(theirs.len());
    for one in theirs {
        let row = sqlx::query(AssertSqlSafe(format!("{SELECT} where m.number = ?1")))
            .bind(one.number)
            .fetch_one(&mut *connection)
            .await?;
        let message = read(mirror, &row)?;
        let told = sqlx::query(
            "select event_id, kind, at, reason from message_events where message = ?1 order by at, event_id limit ?2",
        )
        .bind(one.number)
        .bind(EVENTS_MAX)
        .fetch_all(&mut *connection)
        .await?;
        let mut events = Vec::with_capacity(told.len());
        for event in &told {
            events.push(json!({
                "id": event.try_get::<&str, _>("event_id")?,
                "what": event.try_get::<&str, _>("kind")?,
                "at_ms": event.try_get::<i64, _>("at")?,
                "reason": event.try_get::<Option<&str>, _>("reason")?,
            }));
        }
        found.push(json!({
            "id": one.id,
            "vendor_id": message.vendor_id,
            "channel": message.channel.as_str(),
            "direction": message.direction.as_str(),
            "from": message.from,
            "purpose": message.purpose.as_str(),
            "state": message.standing.state.as_str(),
            "reason": message.standing.reason,
            "to": message.to,
            "subject": message.subject,
            "template": message.template,
            "body": message.body,
            "payment": message.link.map(|link| link.payment_id),
            "created_at_ms": message.created_at.as_ms(),
            "events": events,
        }));
    }
    Ok(found)
}
