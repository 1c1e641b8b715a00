//! A person in what endpoints answered, and in messages of our own.

use std::collections::HashSet;

use sqlx::{Row, Sqlite, Transaction};

use crate::Mirror;
use crate::error::Result;
use crate::traces::Traces;

/// Rows that are looked through at once.
const AT_ONCE: i64 = 500;

impl Mirror {
    /// Takes a person out of what is kept of deliveries: the answers to events of theirs, and all answers and own messages
    /// that tell of them. A message of our own that is not sent yet is not sent any more.
    pub(crate) async fn clear_deliveries(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        number: i64,
        ids: &HashSet<&str>,
        traces: &Traces,
    ) -> Result<()> {
        let mut after = 0_i64;
        loop {
            let rows = sqlx::query(
                "select t.number, t.detail, t.headers, t.answer_zstd, d.event_id, d.object_id from delivery_attempts t \
                 join deliveries d on d.number = t.delivery where d.account = ?1 and t.number > ?2 order by t.number limit ?3",
            )
            .bind(number)
            .bind(after)
            .bind(AT_ONCE)
            .fetch_all(&mut **transaction)
            .await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get("number")?;
            for row in &rows {
                let about = [row.try_get::<Option<&str>, _>("event_id")?, row.try_get("object_id")?];
                let packed: Option<Vec<u8>> = row.try_get("answer_zstd")?;
                let answer = packed.map(|packed| self.unpack(&packed)).transpose()?.unwrap_or_default();
                let answer = String::from_utf8_lossy(&answer);
                let texts = [
                    &*answer,
                    row.try_get("headers")?,
                    row.try_get::<Option<&str>, _>("detail")?.unwrap_or(""),
                ];
                let tells = |text: &&str| traces.are_in(text);
                if about.into_iter().flatten().any(|id| ids.contains(id)) || texts.iter().any(tells) {
                    sqlx::query(
                        "update delivery_attempts set detail = null, headers = '[]', answer_zstd = null where number = ?1",
                    )
                    .bind(row.try_get::<i64, _>("number")?)
                    .execute(&mut **transaction)
                    .await?;
                }
            }
        }
        self.clear_own_messages(transaction, number, ids).await
    }

    async fn clear_own_messages(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        number: i64,
        ids: &HashSet<&str>,
    ) -> Result<()> {
        for id in ids {
            sqlx::query("update own_messages set body_zstd = null where account = ?1 and object_id = ?2")
                .bind(number)
                .bind(id)
                .execute(&mut **transaction)
                .await?;
            sqlx::query(
                "update deliveries set own_zstd = null, \
                 problem = case when state = 'waiting' then 'not_replayable' else problem end, \
                 ended_at = case when state = 'waiting' then created_at else ended_at end, \
                 state = case when state = 'waiting' then 'failed' else state end \
                 where account = ?1 and object_id = ?2 and body = 'own'",
            )
            .bind(number)
            .bind(id)
            .execute(&mut **transaction)
            .await?;
        }
        Ok(())
    }
}
