//! Putting rows right that are not as the vendor states them.
//!
//! A row that somebody altered may hold anything, also a fingerprint that says it is unchanged and a
//! time in the future. It is therefore taken out without being read and written anew, and the
//! figures of its account, which grew with what it was, are counted again.

use domain::{AccountId, Kind, Observed, Timestamp};
use sqlx::{AssertSqlSafe, Connection, Row, Sqlite, Transaction};

use crate::commit::{self, PageOutcome};
use crate::error::{MirrorError, Result};
use crate::mirrored::table;
use crate::rollups::{self, Zones};
use crate::rows::{self, Given};
use crate::statement::{Value, bind_all, numbers};
use crate::{Mirror, changes};

/// A row may be stated this much later than the vendor's clock says now, because clocks differ; one
/// that is later still was not stated by the vendor.
const CLOCK_SLACK_MS: i64 = 10 * 60_000;
/// Keys of one statement.
const KEYS_PER_STATEMENT: usize = 500;

/// What healing did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Healed {
    /// Rows that were written anew.
    pub written: u64,
    /// Rows that were left alone, because they are stated later than what was given.
    pub newer: u64,
}

impl Mirror {
    /// Writes records anew, whatever stands in their rows, unless a row was stated later.
    pub async fn heal(&self, account: AccountId, records: &[Observed]) -> Result<Healed> {
        let number = self.number_of(account)?;
        let mut prepared = self.prepare(account, records).await?;
        let mut healed = Healed::default();
        let mut writer = self.writer().await?;
        let all = prepared.iter_mut().flat_map(|(_, rows)| rows.iter_mut().map(|row| (number, row)));
        let mut withheld = self.withhold(&mut all.collect::<Vec<_>>())?;
        let mut transaction = writer.begin().await?;
        commit::refuse_removed(&mut transaction, number).await?;
        let mut changes = Vec::new();
        let mut counts_again = false;
        for (kind, rows) in &prepared {
            let mut given = Vec::with_capacity(rows.len());
            let mut ids = Vec::with_capacity(rows.len());
            for row in rows {
                let vendor_id = row.record.vendor_id();
                if takes_place(&mut transaction, number, *kind, vendor_id, row.observed_at).await? {
                    given.push(Given { page: 0, account: number, row });
                    ids.push(vendor_id.to_owned());
                } else {
                    healed.newer += 1;
                }
            }
            take_out(&mut transaction, number, *kind, &ids).await?;
            let written = rows::write(&mut transaction, *kind, given, &mut [PageOutcome::default()]).await?;
            rows::put_json(&mut transaction, &written).await?;
            healed.written += written.len() as u64;
            counts_again |= !written.is_empty() && matches!(kind, Kind::Payments | Kind::Refunds);
            changes.extend(commit::changes_of(written));
        }
        let zones = self.zones();
        changes::follow(&mut transaction, &zones, &changes).await?;
        if counts_again {
            count_again(&mut transaction, &zones, number).await?;
        }
        self.keep_withheld(&mut transaction, &mut withheld).await?;
        transaction.commit().await?;
        self.remember_withheld(withheld);
        Ok(healed)
    }

    /// Runs SQL behind the program's back, as somebody with the file and its key could.
    #[cfg(feature = "tampering")]
    pub async fn tamper(&self, sql: &str) -> Result<u64> {
        let mut writer = self.writer().await?;
        let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(writer.connection()?).await?;
        Ok(done.rows_affected())
    }

    /// Takes out rows that the vendor does not have, without reading them.
    pub async fn take_out_unknown(
        &self,
        account: AccountId,
        kind: Kind,
        vendor_ids: &[String],
    ) -> Result<()> {
        let number = self.number_of(account)?;
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        take_out(&mut transaction, number, kind, vendor_ids).await?;
        if matches!(kind, Kind::Payments | Kind::Refunds) {
            count_again(&mut transaction, &self.zones(), number).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Counts the figures of the account again. While another row holds no sense they stay as they are:
/// healing that row counts again.
async fn count_again(transaction: &mut Transaction<'_, Sqlite>, zones: &Zones, number: i64) -> Result<()> {
    let mut inner = transaction.begin().await?;
    match rollups::recount(&mut inner, zones, number).await {
        Ok(()) => Ok(inner.commit().await?),
        Err(MirrorError::Corrupt { .. }) => Ok(inner.rollback().await?),
        Err(error) => Err(error),
    }
}

/// Whether a statement of that moment may replace the row that is there.
async fn takes_place(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    kind: Kind,
    vendor_id: &str,
    observed_at: Timestamp,
) -> Result<bool> {
    let statement =
        format!("select observed_at from {} where account = ?1 and vendor_id = ?2", table(kind).name);
    let known: Option<i64> = sqlx::query_scalar(AssertSqlSafe(statement))
        .bind(number)
        .bind(vendor_id)
        .fetch_optional(&mut **transaction)
        .await?;
    let is_newer =
        |known: i64| known > observed_at.as_ms() && known <= observed_at.plus_ms(CLOCK_SLACK_MS).as_ms();
    Ok(!known.is_some_and(is_newer))
}

async fn take_out(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    kind: Kind,
    vendor_ids: &[String],
) -> Result<()> {
    let name = table(kind).name;
    for chunk in vendor_ids.chunks(KEYS_PER_STATEMENT) {
        let statement = format!(
            "select key from {name} where account = ?1 and vendor_id in ({})",
            numbers(2, chunk.len())
        );
        let values = std::iter::once(Value::from(number)).chain(chunk.iter().map(Value::from));
        let rows =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(&mut **transaction).await?;
        let keys: Vec<i64> =
            rows.iter().map(|row| row.try_get("key")).collect::<std::result::Result<_, _>>()?;
        if keys.is_empty() {
            continue;
        }
        // The search is told by key: the words that it knows of the row are not those that stand in it.
        let search: &[(&str, &str)] = match kind {
            Kind::Payments => &[("payment_words", "rowid"), ("payment_metadata", "payment_key")],
            _ => &[],
        };
        for (table, column) in search.iter().chain(&[("raw_objects", "key"), (name, "key")]) {
            let statement = format!("delete from {table} where {column} in ({})", numbers(1, keys.len()));
            let values = keys.iter().map(|key| Value::from(*key));
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
        }
    }
    Ok(())
}
