//! Ties messages that somebody else sent to the payments that they are about ([`domain::joining`]), and does what a person says of any.

use domain::joining::{LIKELY_WITHIN_MS, Movement, likely, names_something, tells_of_a_letter};
use domain::{AccountId, LinkCertainty, MessageId, Timestamp};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use super::{MessageRow, Messages};
use crate::book::{self, NewLine};
use crate::error::{MirrorError, Result};
use crate::key::first_of_second;
use crate::statement::{Value, bind_all, fold, groups, marks};

/// Most payments of one person that are looked at, the newest first.
const MOST_OF_ONE: u32 = 500;

/// What looking for payments came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Joined {
    /// Messages that were looked at.
    pub looked_at: u64,
    /// Those whose link is another now.
    pub changed: u64,
}

/// A message that waits for its payment.
struct Waiting {
    number: i64,
    to: String,
    at: Timestamp,
    named: Vec<(String, String)>,
    link: Option<(i64, String)>,
}

/// The payment that was found for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    key: i64,
    certainty: LinkCertainty,
}

impl Messages<'_> {
    /// Looks for the payments of messages that somebody else sent and that have none for sure, in one transaction: those that were
    /// not looked at since a moment, and those that were sent since another, none twice at one moment; first those that waited longest.
    pub async fn join(
        &self,
        (looked, sent): (Timestamp, Timestamp),
        now: Timestamp,
        most: u32,
    ) -> Result<Joined> {
        let waiting = sqlx::query(
            "select number, to_folded, created_at, named, link, payment_account, payment_id from messages indexed by messages_to_join \
             where purpose = 'elsewhere' and chosen = 0 and (link is null or link = 'likely') and tried_at < ?1 \
             and (tried_at < ?2 or place >= ?3) order by tried_at limit ?4",
        );
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let rows = waiting
            .bind(now.as_ms())
            .bind(looked.as_ms())
            .bind(first_of_second(sent))
            .bind(most)
            .fetch_all(&mut *transaction)
            .await?;
        let mut joined = Joined::default();
        let mut tried = Vec::with_capacity(rows.len());
        for row in &rows {
            let waiting = read(row)?;
            let found = match exact(&mut transaction, &waiting).await? {
                Some(key) => Some(Found { key, certainty: LinkCertainty::Exact }),
                None if waiting.named.iter().any(|(name, _)| tells_of_a_letter(name)) => None,
                None => likely_of(&mut transaction, &waiting).await?,
            };
            joined.looked_at += 1;
            joined.changed += u64::from(write(&mut transaction, &waiting, found, now).await?);
            tried.push(waiting.number);
        }
        for some in groups(&tried) {
            let statement =
                format!("update messages set tried_at = ? where number in ({})", marks(some.len()));
            let values = std::iter::once(Value::from(now)).chain(some.iter().copied().map(Value::from));
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(joined)
    }

    /// Ties a message to a payment, or with none to nothing, because a person says so: nothing else changes that any more.
    pub async fn choose_link(
        &self,
        id: MessageId,
        payment: Option<(AccountId, &str)>,
        at: Timestamp,
    ) -> Result<MessageRow> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let before = self.one_in(&mut transaction, "m.id = ?1", vec![Value::from(id.to_string())]).await?;
        let before = before.ok_or_else(|| MirrorError::corrupt("a message is gone from its journal"))?;
        let key = match payment {
            Some((account, payment)) => {
                let number = self.mirror.number_of(account)?;
                let found: Option<i64> =
                    sqlx::query_scalar("select key from payments where vendor_id = ?1 and account = ?2")
                        .bind(payment)
                        .bind(number)
                        .fetch_optional(&mut *transaction)
                        .await?;
                Some(found.ok_or_else(|| MirrorError::corrupt("a payment is not mirrored"))?)
            }
            None => None,
        };
        set_link(&mut transaction, before.number, key.map(|key| (key, LinkCertainty::ByHand)), true, at)
            .await?;
        let name = |link: Option<&str>| link.map(str::to_owned);
        let line = NewLine {
            account: Some(before.account_id),
            facts: json!({
                "before": { "payment": name(before.link.as_ref().map(|link| link.payment_id.as_str())) },
                "after": { "payment": name(payment.map(|(_, payment)| payment)) },
            }),
            ..NewLine::new(at, "message_link_chosen", id.to_string())
        };
        book::append(&mut transaction, self.mirror, &line).await?;
        transaction.commit().await?;
        drop(writer);
        self.by_id(id).await?.ok_or_else(|| MirrorError::corrupt("a message was not kept"))
    }
}

fn read(row: &SqliteRow) -> Result<Waiting> {
    let named: Option<&str> = row.try_get("named")?;
    let link: Option<&str> = row.try_get("link")?;
    let payment: Option<i64> = row.try_get("payment_account")?;
    Ok(Waiting {
        number: row.try_get("number")?,
        to: row.try_get("to_folded")?,
        at: Timestamp::from_ms(row.try_get("created_at")?),
        named: match named {
            Some(text) => serde_json::from_str(text)
                .map_err(|_| MirrorError::corrupt("what a message names does not read"))?,
            None => Vec::new(),
        },
        link: match (link, payment) {
            (Some(_), Some(account)) => Some((account, row.try_get("payment_id")?)),
            _ => None,
        },
    })
}

/// The one payment that everything its sender named leads to.
async fn exact(transaction: &mut Transaction<'_, Sqlite>, waiting: &Waiting) -> Result<Option<i64>> {
    let mut found: Vec<i64> = Vec::new();
    for (name, value) in waiting.named.iter().filter(|(name, _)| names_something(name)) {
        let asked: sqlx::query::QueryScalar<'_, Sqlite, i64, _> = if value.starts_with("ch_")
            || value.starts_with("py_")
        {
            sqlx::query_scalar("select key from payments where vendor_id = ?1 limit 2").bind(value)
        } else if value.starts_with("pi_") {
            sqlx::query_scalar("select key from payments where payment_intent_id = ?1 limit 2").bind(value)
        } else {
            sqlx::query_scalar(
                "select payment_key from payment_metadata where name = ?1 and value_folded = ?2 limit 2",
            )
            .bind(name)
            .bind(fold(value))
        };
        found.extend(asked.fetch_all(&mut **transaction).await?);
    }
    found.sort_unstable();
    found.dedup();
    // Two orders, or an order that was paid twice: what it is about cannot be said for sure.
    Ok(if let [only] = found.as_slice() { Some(*only) } else { None })
}

/// The payment of the same person whose money moved last before it.
async fn likely_of(transaction: &mut Transaction<'_, Sqlite>, waiting: &Waiting) -> Result<Option<Found>> {
    let (from, until) = (waiting.at.plus_ms(-LIKELY_WITHIN_MS), waiting.at.plus_ms(1_000));
    let rows = sqlx::query(
        "with theirs (key, account, vendor_id) as materialized ( \
         select key, account, vendor_id from payments indexed by payments_email where email_folded = ?1 and key < ?3 \
         union select p.key, p.account, p.vendor_id from customers c indexed by customers_email \
         join payments p indexed by payments_customer on p.customer_id = c.vendor_id and p.account = c.account \
         where c.email_folded = ?1 and p.key < ?3 order by 1 desc limit ?4) \
         select t.key, p.created_at as at from theirs t join payments p on p.key = t.key where t.key >= ?2 \
         union all select t.key, r.created_at from theirs t join refunds r indexed by refunds_payment \
         on r.payment_id = t.vendor_id and r.account = t.account where r.key >= ?2 and r.key < ?3 and r.status <> 'failed'",
    )
    .bind(&waiting.to)
    .bind(first_of_second(from))
    .bind(first_of_second(until))
    .bind(MOST_OF_ONE)
    .fetch_all(&mut **transaction)
    .await?;
    let mut movements = Vec::with_capacity(rows.len());
    for row in &rows {
        let at = Timestamp::from_ms(row.try_get("at")?);
        movements.push(Movement { payment: row.try_get::<i64, _>("key")?, at });
    }
    let found = likely(waiting.at, &movements);
    Ok(found.map(|key| Found { key, certainty: LinkCertainty::Likely }))
}

/// Writes what was found; whether that is another than before.
async fn write(
    transaction: &mut Transaction<'_, Sqlite>,
    waiting: &Waiting,
    found: Option<Found>,
    now: Timestamp,
) -> Result<bool> {
    let same = match (&waiting.link, found) {
        (None, None) => true,
        (Some((account, payment)), Some(Found { key, certainty: LinkCertainty::Likely })) => {
            let was: Option<i64> = sqlx::query_scalar(
                "select 1 from payments where key = ?1 and account = ?2 and vendor_id = ?3",
            )
            .bind(key)
            .bind(account)
            .bind(payment)
            .fetch_optional(&mut **transaction)
            .await?;
            was.is_some()
        }
        _ => false,
    };
    if !same {
        let link = found.map(|found| (found.key, found.certainty));
        set_link(transaction, waiting.number, link, false, now).await?;
    }
    Ok(!same)
}

async fn set_link(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    link: Option<(i64, LinkCertainty)>,
    chosen: bool,
    at: Timestamp,
) -> Result<()> {
    sqlx::query(
        "update messages set (payment_account, payment_id, customer_id) = \
         (select account, vendor_id, customer_id from payments where key = ?2), link = ?3, refund_id = null, \
         chosen = ?4, updated_at = max(updated_at, ?5) where number = ?1",
    )
    .bind(number)
    .bind(link.map(|(key, _)| key))
    .bind(link.map(|(_, certainty)| certainty.as_str()))
    .bind(chosen)
    .bind(at.as_ms())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
