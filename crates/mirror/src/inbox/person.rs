//! A person in what was received.

use std::collections::HashSet;

use domain::AccountId;
use serde_json::Value as Json;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Row, Sqlite, Transaction};

use crate::Mirror;
use crate::compression::Packer;
use crate::delivered::{entries_of, without_entries};
use crate::error::Result;
use crate::kept_apart::{holds_text, tells_of};
use crate::traces::Traces;

impl Mirror {
    /// Numbers of the requests that tell of a person, by an id of theirs or by a word.
    pub(crate) async fn received_of(
        &self,
        connection: &mut SqliteConnection,
        number: i64,
        ids: &HashSet<&str>,
        traces: &Traces,
    ) -> Result<Vec<i64>> {
        let mut found = Vec::new();
        let mut after = 0_i64;
        loop {
            let rows = sqlx::query(
                "select number, body_zstd from inbox where account = ?1 and number > ?2 order by number limit 500",
            )
            .bind(number)
            .bind(after)
            .fetch_all(&mut *connection)
            .await?;
            let Some(last) = rows.last() else { return Ok(found) };
            after = last.try_get("number")?;
            for row in &rows {
                let body = self.unpack(row.try_get("body_zstd")?)?;
                if tells_of(&body, |text| ids.contains(text) || traces.are_in(text)) {
                    found.push(row.try_get("number")?);
                }
            }
        }
    }

    /// Takes the person out of requests, and leaves others in them. They are not what came any more, and cannot be sent on.
    pub(crate) async fn clear_received(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        (account, salt): (AccountId, &str),
        numbers: &[i64],
        tells: impl Fn(&str) -> bool,
    ) -> Result<()> {
        for number in numbers {
            let packed: Vec<u8> = sqlx::query_scalar("select body_zstd from inbox where number = ?1")
                .bind(number)
                .fetch_one(&mut **transaction)
                .await?;
            let body = self.unpack(&packed)?;
            let redacted = without_entries(&body, salt, account, |entry| holds_text(entry, &tells));
            sqlx::query("update inbox set body_zstd = ?2, replayable = 0 where number = ?1")
                .bind(number)
                .bind(Packer::new(None)?.pack(&redacted)?)
                .execute(&mut **transaction)
                .await?;
        }
        Ok(())
    }

    /// The requests with these numbers, for their person.
    pub(crate) async fn read_received(
        &self,
        connection: &mut SqliteConnection,
        numbers: &[i64],
        tells: impl Fn(&str) -> bool,
    ) -> Result<Vec<Json>> {
        let mut found = Vec::with_capacity(numbers.len());
        for number in numbers {
            let row = sqlx::query("select received_at, event_type, body_zstd from inbox where number = ?1")
                .bind(number)
                .fetch_one(&mut *connection)
                .await?;
            let body = self.unpack(row.try_get("body_zstd")?)?;
            found.push(serde_json::json!({
                "received_at_ms": row.try_get::<i64, _>("received_at")?,
                "type": row.try_get::<Option<String>, _>("event_type")?,
                "body": entries_of(&body, |entry| holds_text(entry, &tells)),
            }));
        }
        Ok(found)
    }
}
