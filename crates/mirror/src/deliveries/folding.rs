//! What a channel gets beyond the messages of an hour: one summary in the place of all of them.

use std::collections::BTreeMap;

use domain::Timestamp;
use serde_json::{Value as Json, json};
use sqlx::{Row, Sqlite, Transaction};

use super::Deliveries;
use super::own::TRIES;
use crate::compression::Packer;
use crate::error::{MirrorError, Result};

/// The type of the one message that stands for others.
pub(super) const SUMMARY: &str = "paydesk.summary";

/// The type of a message that a person asked for: it waits for nothing and is counted nowhere.
pub(super) const TEST: &str = "paydesk.test";

/// The summary that waits for a channel.
struct Waiting {
    number: i64,
    types: BTreeMap<String, u64>,
}

impl Deliveries<'_> {
    /// Takes what waits for a channel and was never tried into one summary, which is sent once its hour is over. The messages
    /// and the summary are one transaction, so that a kill leaves either. One message alone stays as it is, and so do
    /// those of the types that are kept. Tells how many were taken.
    pub async fn fold(&self, endpoint: i64, keep: &[&str], due: Timestamp, now: Timestamp) -> Result<u64> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let waiting = self.waiting_summary(&mut transaction, endpoint).await?;
        let kept =
            serde_json::to_string(keep).map_err(|_| MirrorError::corrupt("a list cannot be written"))?;
        let rows = sqlx::query(
            "update deliveries set state = 'canceled', problem = 'summarized', ended_at = ?2 where state = 'waiting' \
             and endpoint = ?1 and replay is null and attempts = 0 and event_type not in (?3, ?5) \
             and event_type not in (select value from json_each(?4)) returning account, event_type",
        )
        .bind(endpoint)
        .bind(now.as_ms())
        .bind(SUMMARY)
        .bind(kept)
        .bind(TEST)
        .fetch_all(&mut *transaction)
        .await?;
        if rows.is_empty() || (rows.len() == 1 && waiting.is_none()) {
            return Ok(0);
        }
        let (number, mut types) = match waiting {
            Some(waiting) => (Some(waiting.number), waiting.types),
            None => (None, BTreeMap::new()),
        };
        for row in &rows {
            *types.entry(row.try_get("event_type")?).or_default() += 1;
        }
        let body = self.summary(&types, now)?;
        match number {
            Some(number) => {
                sqlx::query("update deliveries set own_zstd = ?2 where number = ?1")
                    .bind(number)
                    .bind(body)
                    .execute(&mut *transaction)
                    .await?;
            }
            None => {
                let account: i64 = rows.first().map_or(Ok(0), |row| row.try_get("account"))?;
                insert(&mut transaction, (endpoint, account), body, due, now).await?;
            }
        }
        transaction.commit().await?;
        Ok(rows.len() as u64)
    }

    async fn waiting_summary(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        endpoint: i64,
    ) -> Result<Option<Waiting>> {
        let row = sqlx::query(
            "select number, own_zstd from deliveries where state = 'waiting' and endpoint = ?1 and replay is null \
             and event_type = ?2 and attempts = 0 order by number limit 1",
        )
        .bind(endpoint)
        .bind(SUMMARY)
        .fetch_optional(&mut **transaction)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let packed: Option<Vec<u8>> = row.try_get("own_zstd")?;
        let body = packed.map(|packed| self.mirror.unpack(&packed)).transpose()?.unwrap_or_default();
        let whole: Json = serde_json::from_slice(&body).unwrap_or_default();
        let types = serde_json::from_value(whole["data"]["types"].clone()).unwrap_or_default();
        Ok(Some(Waiting { number: row.try_get("number")?, types }))
    }

    fn summary(&self, types: &BTreeMap<String, u64>, now: Timestamp) -> Result<Vec<u8>> {
        let whole = json!({
            "type": SUMMARY,
            "timestamp": now.to_datetime().to_rfc3339(),
            "data": {
                "count": types.values().sum::<u64>(),
                "types": types,
                "environment": self.mirror.environment().as_str(),
            },
        });
        let body =
            serde_json::to_vec(&whole).map_err(|_| MirrorError::corrupt("a message cannot be written"))?;
        Packer::new(None)?.pack(&body)
    }
}

async fn insert(
    transaction: &mut Transaction<'_, Sqlite>,
    (endpoint, account): (i64, i64),
    body: Vec<u8>,
    due: Timestamp,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "insert into deliveries (endpoint, account, event_id, event_type, event_created_at, body, own_zstd, message_id, \
         state, tries_left, next_try_at, created_at) values (?1, ?2, ?3, ?4, ?5, 'own', ?6, ?7, 'waiting', ?8, ?9, ?5)",
    )
    .bind(endpoint)
    .bind(account)
    .bind(format!("summary_{}", uuid::Uuid::now_v7().simple()))
    .bind(SUMMARY)
    .bind(now.as_ms())
    .bind(body)
    .bind(format!("msg_{}", uuid::Uuid::now_v7().simple()))
    .bind(TRIES)
    .bind(due.as_ms())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
