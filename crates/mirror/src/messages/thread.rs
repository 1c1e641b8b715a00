//! Messages that belong together: those about one payment, of one customer, and with one address or number.

use domain::{AccountId, MessageId, Timestamp};
use serde_json::json;
use sqlx::AssertSqlSafe;

use super::row::{SELECT, read};
use super::{MessageRow, Messages};
use crate::book::{self, NewLine};
use crate::error::Result;
use crate::statement::fold;

/// Earlier emails that a new one names in its headers.
const REFERENCES_MAX: u32 = 20;

impl MessageRow {
    /// The address or number of the person: whom it went to, or who sent it in.
    pub fn correspondent(&self) -> &str {
        match (&self.direction, &self.from) {
            (domain::MessageDirection::Inbound, Some(from)) => from,
            _ => &self.to,
        }
    }
}

impl Messages<'_> {
    /// The newest messages that belong to the same conversation as one, by either channel and either way, oldest first, at most so many.
    pub async fn thread(&self, of: &MessageRow, most: u32) -> Result<Vec<MessageRow>> {
        let link = of.link.as_ref();
        let person = if of.is_erased() { String::new() } else { fold(of.correspondent()) };
        let ways = [
            "m.payment_id = ?1 and m.payment_account = ?2",
            "m.customer_id = ?3 and m.payment_account = ?2",
            "m.to_folded = ?4",
            "m.from_address = ?4 and m.direction = 'inbound'",
            "m.number = ?5",
        ];
        let each = ways.map(|way| {
            format!("select number from (select number from messages m where {way} order by m.place desc limit ?6)")
        });
        let statement =
            format!("{SELECT} where m.number in ({}) order by m.place desc limit ?6", each.join(" union "));
        let account = link.map(|link| self.mirror.number_of(link.account_id)).transpose()?;
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(link.map(|link| &link.payment_id))
            .bind(account)
            .bind(link.and_then(|link| link.customer_id.as_ref()))
            .bind(Some(person).filter(|person| !person.is_empty()))
            .bind(of.number)
            .bind(most)
            .fetch_all(self.mirror.readers())
            .await?;
        let mut found: Vec<MessageRow> =
            rows.iter().map(|row| read(self.mirror, row)).collect::<Result<_>>()?;
        found.reverse();
        Ok(found)
    }

    /// The ids of earlier emails to an address about the same payment, or about none, oldest first. What was refused or only checked
    /// nobody got, so that nothing can answer it.
    pub async fn references(
        &self,
        account: AccountId,
        to: &str,
        payment_id: Option<&str>,
    ) -> Result<Vec<String>> {
        let mut found: Vec<String> = sqlx::query_scalar(
            "select header_id from messages indexed by messages_thread where account = ?1 and to_folded = ?2 \
             and header_id is not null and payment_id is ?3 and sandbox_mode = 0 \
             and state in ('queued', 'sent', 'deferred', 'delivered') order by place desc limit ?4",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(fold(to))
        .bind(payment_id)
        .bind(REFERENCES_MAX)
        .fetch_all(self.mirror.readers())
        .await?;
        found.reverse();
        Ok(found)
    }

    /// Whether a message is one of a run, which is taken back as a whole.
    pub async fn is_of_run(&self, id: MessageId) -> Result<bool> {
        let found = sqlx::query_scalar("select exists (select 1 from mail_run_rows where message_id = ?1)")
            .bind(id.to_string())
            .fetch_one(self.mirror.readers())
            .await?;
        Ok(found)
    }

    /// Notes that the vendor was told not to send what waits there for its time, with its line in the book. What an event told of before stays.
    pub async fn take_back(&self, message: &MessageRow, at: Timestamp) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let done = sqlx::query(
            "update messages set state = 'canceled', reason = 'schedule_canceled', updated_at = ?2 \
             where number = ?1 and state = 'queued' and told_event is null",
        )
        .bind(message.number)
        .bind(at.as_ms())
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() > 0 {
            let line = NewLine {
                account: Some(message.account_id),
                facts: json!({ "before": { "state": "queued" }, "after": { "state": "canceled" } }),
                ..NewLine::new(at, "message_taken_back", message.id.to_string())
            };
            book::append(&mut transaction, self.mirror, &line).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
