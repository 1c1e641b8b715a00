//! One message, one row: what was heard of a message before its answer told us its id at the vendor.

use domain::{MessageEvent, MessageEventKind, Standing, Timestamp};
use sqlx::{Row, Sqlite, Transaction};

use super::row::write_standing;
use super::{MessageRow, Messages};
use crate::error::Result;
use crate::mirrored::moment;
use crate::statement::{Value, fold};

impl Messages<'_> {
    /// Takes over what a row holds that was made for the same message when it was not yet known to be ours: a call of the vendor's that carried no id of
    /// ours, or its list, was faster than the answer. Its events are told to our row, and it goes.
    pub(super) async fn absorb(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        ours: &MessageRow,
        vendor_id: &str,
        mut standing: Standing,
        at: Timestamp,
    ) -> Result<Standing> {
        let number = self.mirror.number_of(ours.account_id)?;
        let same = "m.account = ?1 and m.vendor_id = ?2 and m.purpose = 'elsewhere' and m.number <> ?3 \
             and (m.channel = 'sms' or m.to_folded = ?4)";
        let values = vec![Value::from(number), vendor_id.into(), ours.number.into(), fold(&ours.to).into()];
        let Some(other) = self.one_in(transaction, same, values).await? else { return Ok(standing) };
        let told = sqlx::query("select event_id, kind, at, reason from message_events where message = ?1")
            .bind(other.number)
            .fetch_all(&mut **transaction)
            .await?;
        for row in &told {
            let event = MessageEvent {
                id: row.try_get("event_id")?,
                kind: MessageEventKind::from(row.try_get::<&str, _>("kind")?),
                at: moment(row, "at")?,
                reason: row.try_get("reason")?,
            };
            standing = standing.told(&event);
        }
        for statement in [
            "update message_events set message = ?2 where message = ?1",
            "update messages set price = (select price from messages o where o.number = ?1), \
             price_currency = (select price_currency from messages o where o.number = ?1), \
             segments = coalesce((select segments from messages o where o.number = ?1), segments) where number = ?2",
        ] {
            sqlx::query(statement).bind(other.number).bind(ours.number).execute(&mut **transaction).await?;
        }
        sqlx::query("delete from messages where number = ?1")
            .bind(other.number)
            .execute(&mut **transaction)
            .await?;
        write_standing(transaction, ours.number, &standing, at).await?;
        Ok(standing)
    }
}
