//! A batch of a run: its messages are on the disk before the call, and its answer moves all of them at once.

use domain::mail_run::{MailHold, MailRun};
use domain::{BulkRunId, MessageId, MessageState, Timestamp};
use serde_json::json;
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use super::MailRuns;
use crate::book::{self, NewLine};
use crate::commit;
use crate::error::Result;
use crate::messages::{self, NewMessage};
use crate::statement::{Value, bind_all, fold, numbers};

/// Messages of one statement.
const AT_ONCE: usize = 400;

/// What became of writing a batch down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecidedBatch {
    /// The messages that are on the disk now, and may be sent once.
    pub written: Vec<MessageId>,
    /// Lines that one like theirs may be at the vendor for already; they are left out.
    pub held: Vec<u64>,
}

impl MailRuns<'_> {
    /// Writes the messages of a batch, each with the line of its recipient; all of them, and their line in the book, are on the disk when
    /// this returns. One whose like may be at the vendor is left out and noted. One that is in the journal already is left out too.
    pub async fn decide_batch(
        &self,
        run: &MailRun,
        batch: &[(u64, NewMessage)],
        now: Timestamp,
    ) -> Result<DecidedBatch> {
        let number = self.mirror.number_of(run.account_id)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        commit::refuse_removed(&mut transaction, number).await?;
        let mut decided = DecidedBatch::default();
        for (line, message) in batch {
            if let Some(open) = like_it(&mut transaction, number, message).await? {
                if open != message.id.to_string() {
                    hold(&mut transaction, run.id, *line, &open).await?;
                    decided.held.push(*line);
                }
                continue;
            }
            let link = message.link.as_ref();
            let payment_account = link.map(|link| self.mirror.number_of(link.account_id)).transpose()?;
            messages::insert(&mut transaction, message, number, payment_account).await?;
            decided.written.push(message.id);
        }
        let line = NewLine {
            account: Some(run.account_id),
            facts: json!({ "messages": decided.written.len(), "held": decided.held.len(), "first": decided.written.first().map(ToString::to_string) }),
            ..NewLine::new(now, "mail_batch_decided", run.id.to_string())
        };
        book::append(&mut transaction, self.mirror, &line).await?;
        transaction.commit().await?;
        Ok(decided)
    }

    /// Writes what the call of a batch came to. What an event told of one of them before stays.
    pub async fn answer_batch(
        &self,
        run: &MailRun,
        batch: &[MessageId],
        (state, reason): (MessageState, Option<&str>),
        vendor_id: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        for chunk in batch.chunks(AT_ONCE) {
            let ids = || chunk.iter().map(|id| Value::from(id.to_string()));
            let among = numbers(5, chunk.len());
            let statement = format!(
                "update messages set state = case when state in ('prepared', 'unsettled', 'needs_person') then ?1 else state end, \
                 reason = case when state in ('prepared', 'unsettled', 'needs_person') then ?2 else reason end, \
                 vendor_id = coalesce(vendor_id, ?3), updated_at = ?4 where id in ({among})"
            );
            let fixed = [state.as_str().into(), reason.into(), vendor_id.into(), now.into()];
            let values = fixed.into_iter().chain(ids());
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut *transaction).await?;
        }
        let line = NewLine {
            account: Some(run.account_id),
            facts: json!({ "messages": batch.len(), "state": state.as_str() }),
            ..NewLine::new(now, "mail_batch_ended", run.id.to_string())
        };
        book::append(&mut transaction, self.mirror, &line).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Takes messages out of the journal that were certainly not taken, so that their recipients get theirs later. One that anything was
    /// told of stays.
    pub async fn take_back(
        &self,
        run: &MailRun,
        batch: &[MessageId],
        why: &str,
        now: Timestamp,
    ) -> Result<u64> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let mut taken_back = 0;
        for chunk in batch.chunks(AT_ONCE) {
            let statement = format!(
                "delete from messages where id in ({}) and state = 'prepared' \
                 and not exists (select 1 from message_events e where e.message = messages.number)",
                numbers(1, chunk.len())
            );
            let ids = chunk.iter().map(|id| Value::from(id.to_string()));
            taken_back += bind_all(sqlx::query(AssertSqlSafe(statement)), ids)
                .execute(&mut *transaction)
                .await?
                .rows_affected();
        }
        let line = NewLine {
            account: Some(run.account_id),
            facts: json!({ "messages": taken_back, "because": why }),
            ..NewLine::new(now, "mail_batch_taken_back", run.id.to_string())
        };
        book::append(&mut transaction, self.mirror, &line).await?;
        transaction.commit().await?;
        Ok(taken_back)
    }
}

/// The id of a message that is this one, or like it and may be at the vendor.
async fn like_it(
    transaction: &mut Transaction<'_, Sqlite>,
    account: i64,
    message: &NewMessage,
) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(
        "select id from messages where id = ?1 union all select id from messages where account = ?2 and to_folded = ?3 \
         and purpose = ?4 and ifnull(payment_id, '') = ?5 and ifnull(template, '') = ?6 \
         and state in ('prepared', 'unsettled', 'needs_person') limit 1",
    )
    .bind(message.id.to_string())
    .bind(account)
    .bind(fold(&message.to))
    .bind(message.purpose.as_str())
    .bind(message.link.as_ref().map_or("", |link| link.payment_id.as_str()))
    .bind(message.template.as_deref().unwrap_or_default())
    .fetch_optional(&mut **transaction)
    .await?)
}

async fn hold(
    transaction: &mut Transaction<'_, Sqlite>,
    run: BulkRunId,
    line: u64,
    open: &str,
) -> Result<()> {
    sqlx::query(
        "update mail_run_rows set hold = ?3, problem_code = 'message_open', problem_detail = ?4 \
         where run = (select number from mail_runs where id = ?1) and line = ?2",
    )
    .bind(run.to_string())
    .bind(i64::try_from(line).unwrap_or(i64::MAX))
    .bind(MailHold::Held.as_str())
    .bind(open)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
