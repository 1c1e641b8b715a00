//! The journal of messages. A row is on the disk before its first byte leaves for the vendor, and what the vendor tells later moves it by
//! one pure function ([`domain::Standing`]).

mod absorb;
mod events;
mod figures;
mod imports;
mod joins;
mod keeping;
mod log;
mod person;
mod row;
mod settings;
mod thread;

use domain::{AccountId, MessageId, MessageState, RequestId, Standing, Timestamp};
use serde_json::json;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use crate::book::{self, NewLine, Person};
use crate::error::{MirrorError, Result};
use crate::statement::{Value, bind_all, fold};
use crate::{Mirror, commit};

pub use events::{Applied, MessageEventRow};
pub use figures::MailFigures;
pub use imports::{ImportedLines, MailImport};
pub use joins::Joined;
pub(crate) use keeping::{carry, hold_back};
pub use log::{LogMark, Logged};
pub(crate) use person::{Theirs, forget_person, of_person, refuse_open, written};
pub use row::{MessageLink, MessageRow, NewMessage};
pub(crate) use row::{SELECT, SELECT_FROM, insert, read};
pub use settings::{MailSender, MailSettings};

/// What became of an insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageInserted {
    /// It is on the disk and may be sent, once.
    New,
    /// The request was answered before, by this message; nothing was written.
    Already(Box<MessageRow>),
    /// One like it may be at the vendor; nothing was written.
    Open(Box<MessageRow>),
}

/// The journal of messages.
#[derive(Debug)]
pub struct Messages<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Messages<'_> {
    /// Writes a message that is about to be sent; it and its line in the book are on the disk when this returns.
    pub async fn insert(&self, message: &NewMessage) -> Result<MessageInserted> {
        let number = self.mirror.number_of(message.account_id)?;
        let payment_account =
            message.link.as_ref().map(|link| self.mirror.number_of(link.account_id)).transpose()?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        commit::refuse_removed(&mut transaction, number).await?;
        let request = Value::from(message.request_id.to_string());
        if let Some(row) = self.one_in(&mut transaction, "m.request_id = ?1", vec![request]).await? {
            return Ok(MessageInserted::Already(Box::new(row)));
        }
        let link = message.link.as_ref();
        let same = vec![
            number.into(),
            fold(&message.to).into(),
            message.purpose.as_str().into(),
            link.map_or("", |link| link.payment_id.as_str()).into(),
            message.template.as_deref().unwrap_or_default().into(),
        ];
        let open = "m.account = ?1 and m.to_folded = ?2 and m.purpose = ?3 and ifnull(m.payment_id, '') = ?4 \
             and ifnull(m.template, '') = ?5 and m.state in ('prepared', 'unsettled', 'needs_person')";
        if let Some(row) = self.one_in(&mut transaction, open, same).await? {
            return Ok(MessageInserted::Open(Box::new(row)));
        }
        row::insert(&mut transaction, message, number, payment_account).await?;
        let line = NewLine {
            account: Some(message.account_id),
            facts: json!({
                "channel": message.channel.as_str(),
                "purpose": message.purpose.as_str(),
                "payment": link.map(|link| link.payment_id.clone()),
                "template": message.template,
                "sandbox_mode": message.sandbox_mode,
            }),
            personal: json!({ "to": message.to }),
            person: Some(person_of(message)),
            ..NewLine::new(message.created_at, "message_decided", message.id.to_string())
        };
        book::append(&mut transaction, self.mirror, &line).await?;
        transaction.commit().await?;
        Ok(MessageInserted::New)
    }

    /// Notes that it is handed to the vendor once more, after an answer that it was certainly not taken.
    pub async fn sent_again(&self, id: MessageId) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query("update messages set sends = sends + 1 where id = ?1 and state = 'prepared'")
            .bind(id.to_string())
            .execute(writer.connection()?)
            .await?;
        Ok(())
    }

    /// Writes what our own call came to. What an event told before stays.
    pub async fn answered(
        &self,
        id: MessageId,
        state: MessageState,
        reason: Option<String>,
        vendor_id: Option<&str>,
        at: Timestamp,
    ) -> Result<MessageRow> {
        self.stand(id, vendor_id, at, |standing| standing.answered(state, reason)).await
    }

    /// Gives a message up that may be at the vendor or not: a person decided. Only one that is open.
    pub async fn close(&self, id: MessageId, at: Timestamp) -> Result<MessageRow> {
        self.stand(id, None, at, |standing| standing.answered(MessageState::Canceled, None)).await
    }

    async fn stand(
        &self,
        id: MessageId,
        vendor_id: Option<&str>,
        at: Timestamp,
        next: impl FnOnce(Standing) -> Standing,
    ) -> Result<MessageRow> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let key = vec![Value::from(id.to_string())];
        let Some(before) = self.one_in(&mut transaction, "m.id = ?1", key).await? else {
            return Err(MirrorError::corrupt("a message is gone from its journal"));
        };
        let standing = next(before.standing.clone());
        row::write_standing(&mut transaction, before.number, &standing, at).await?;
        if let Some(vendor_id) = vendor_id {
            sqlx::query("update messages set vendor_id = ?2 where number = ?1 and vendor_id is null")
                .bind(before.number)
                .bind(vendor_id)
                .execute(&mut *transaction)
                .await?;
        }
        let standing = match vendor_id {
            Some(vendor_id) => self.absorb(&mut transaction, &before, vendor_id, standing, at).await?,
            None => standing,
        };
        self.note_end(&mut transaction, &before, standing.state, at).await?;
        transaction.commit().await?;
        drop(writer);
        self.by_id(id).await?.ok_or_else(|| MirrorError::corrupt("a message was not kept"))
    }

    /// The book has a line where a message comes to rest, or a person gave it up.
    async fn note_end(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        before: &MessageRow,
        state: MessageState,
        at: Timestamp,
    ) -> Result<()> {
        if state == before.standing.state || !before.standing.state.is_open() {
            return Ok(());
        }
        let line = NewLine {
            account: Some(before.account_id),
            facts: json!({
                "before": { "state": before.standing.state.as_str() },
                "after": { "state": state.as_str() },
            }),
            ..NewLine::new(at, "message_ended", before.id.to_string())
        };
        book::append(transaction, self.mirror, &line).await?;
        Ok(())
    }

    /// The message of that id.
    pub async fn by_id(&self, id: MessageId) -> Result<Option<MessageRow>> {
        let mut connection = self.mirror.readers().acquire().await?;
        self.one_in(&mut connection, "m.id = ?1", vec![id.to_string().into()]).await
    }

    /// The message that answered a request.
    pub async fn by_request_id(&self, id: RequestId) -> Result<Option<MessageRow>> {
        let mut connection = self.mirror.readers().acquire().await?;
        self.one_in(&mut connection, "m.request_id = ?1", vec![id.to_string().into()]).await
    }

    /// The messages about a payment, oldest first, at most so many.
    pub async fn of_payment(
        &self,
        account: AccountId,
        payment_id: &str,
        most: u32,
    ) -> Result<Vec<MessageRow>> {
        let statement =
            format!("{SELECT} where m.payment_id = ?1 and m.payment_account = ?2 order by m.number limit ?3");
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(payment_id)
            .bind(self.mirror.number_of(account)?)
            .bind(most)
            .fetch_all(self.mirror.readers())
            .await?;
        rows.iter().map(|row| read(self.mirror, row)).collect()
    }

    /// Messages of an account that may have been sent or not, oldest first, at most so many.
    pub async fn in_doubt(&self, account: AccountId, most: u32) -> Result<Vec<MessageRow>> {
        let statement = format!(
            "{SELECT} where m.account = ?1 and m.state in ('unsettled', 'needs_person') order by m.place limit ?2"
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(self.mirror.number_of(account)?)
            .bind(most)
            .fetch_all(self.mirror.readers())
            .await?;
        rows.iter().map(|row| read(self.mirror, row)).collect()
    }

    /// What was on its way when Paydesk ended may be at the vendor: it is not sent again. What nothing was told of for as long as the vendor
    /// goes on trying waits for a person. Called before anything is sent, and then now and again with what is under way. Tells how many
    /// stand otherwise now.
    pub async fn recover(&self, now: Timestamp, under_way: &[MessageId]) -> Result<u64> {
        let ids: Vec<String> = under_way.iter().map(MessageId::to_string).collect();
        let under_way = serde_json::to_string(&ids).unwrap_or_else(|_| "[]".to_owned());
        let untold_since = now.plus_ms(-UNTOLD_MS);
        let has_any: bool = sqlx::query_scalar(
            "select exists (select 1 from messages where (state = 'prepared' and id not in (select value from json_each(?1))) \
             or (state = 'unsettled' and created_at < ?2))",
        )
        .bind(&under_way)
        .bind(untold_since.as_ms())
        .fetch_one(self.mirror.readers())
        .await?;
        if !has_any {
            return Ok(0);
        }
        let mut writer = self.mirror.writer().await?;
        let cut_off = sqlx::query(
            "update messages set state = 'unsettled', reason = 'interrupted', updated_at = ?1 where state = 'prepared' \
             and id not in (select value from json_each(?2))",
        )
        .bind(now.as_ms())
        .bind(&under_way)
        .execute(writer.connection()?)
        .await?
        .rows_affected();
        let untold = sqlx::query(
            "update messages set state = 'needs_person', updated_at = ?1 where state = 'unsettled' and created_at < ?2",
        )
        .bind(now.as_ms())
        .bind(untold_since.as_ms())
        .execute(writer.connection()?)
        .await?
        .rows_affected();
        Ok(cut_off + untold)
    }

    /// The first row that fits.
    async fn one_in(
        &self,
        connection: &mut SqliteConnection,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Option<MessageRow>> {
        let statement = format!("{SELECT} where {condition} order by m.number desc limit 1");
        let row = bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_optional(connection).await?;
        row.as_ref().map(|row| read(self.mirror, row)).transpose()
    }
}

/// SendGrid goes on trying for 72 hours; what it told nothing of by then it tells nothing of any more.
const UNTOLD_MS: i64 = 72 * 3_600_000;

fn person_of(message: &NewMessage) -> Person {
    match message.link.as_ref().and_then(|link| link.customer_id.clone()) {
        Some(customer) => Person::Customer(customer),
        None => Person::Email(message.to.clone()),
    }
}
