//! How many requests each account made on each day (UTC): the base of the read budget. The calls
//! themselves leave the call log after some time and are too many to count again and again.

use std::collections::BTreeMap;

use domain::{AccountId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use crate::Mirror;
use crate::api_calls::ApiCallRow;
use crate::error::Result;
use crate::key::first_of_second;
use crate::mirrored::small;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Payments that are counted at most; the allowance that follows from so many is never used up.
const TRANSACTIONS_MAX: i64 = 20_000;
/// How the call log tells of tries that found no connection. The vendor saw nothing of them, and a
/// laptop without a network must not use up what the vendor allows.
pub const NEVER_LEFT: [&str; 4] = ["dns", "connect", "tls", "certificate"];

/// The requests of some days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestCounts {
    /// Tries of reads that left this machine, whoever asked for them.
    pub reads: u64,
    /// Of them, those that the proof made.
    pub proof_reads: u64,
    /// Tries of writes.
    pub writes: u64,
    /// Tries of either that the vendor answered with `429`.
    pub too_many: u64,
}

/// The counts.
#[derive(Debug)]
pub struct RequestDays<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl RequestDays<'_> {
    /// The requests of an account from the day of `from` to the day of `until`, both included.
    pub async fn between(
        &self,
        account: AccountId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<RequestCounts> {
        let row = sqlx::query(
            "select coalesce(sum(reads), 0) as reads, coalesce(sum(proof_reads), 0) as proof_reads, \
             coalesce(sum(writes), 0) as writes, coalesce(sum(too_many), 0) as too_many \
             from request_days where account_id = ?1 and day between ?2 and ?3",
        )
        .bind(account.to_string())
        .bind(day(from))
        .bind(day(until))
        .fetch_one(self.mirror.readers())
        .await?;
        read(&row)
    }

    /// Notes that so many of the reads of that day were the proof's. They are in the reads already.
    pub async fn note_proof(&self, account: AccountId, at: Timestamp, reads: u64) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query(
            "insert into request_days (account_id, day, reads, proof_reads, writes, too_many) \
             values (?1, ?2, 0, ?3, 0, 0) \
             on conflict (account_id, day) do update set proof_reads = proof_reads + excluded.proof_reads",
        )
        .bind(account.to_string())
        .bind(day(at))
        .bind(i64::try_from(reads).unwrap_or(i64::MAX))
        .execute(writer.connection()?)
        .await?;
        Ok(())
    }

    /// Payments that were created since, counted to twenty thousand.
    pub async fn transactions_since(&self, account: AccountId, since: Timestamp) -> Result<u64> {
        let count: i64 = sqlx::query_scalar(
            "select count(*) from (select 1 from payments where key >= ?1 and account = ?2 limit ?3)",
        )
        .bind(first_of_second(since))
        .bind(self.mirror.number_of(account)?)
        .bind(TRANSACTIONS_MAX)
        .fetch_one(self.mirror.readers())
        .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// Counts tries inside the transaction that writes them down.
pub(crate) async fn count(transaction: &mut Transaction<'_, Sqlite>, attempts: &[ApiCallRow]) -> Result<()> {
    let mut counts: BTreeMap<(String, i64), RequestCounts> = BTreeMap::new();
    let has_left = |one: &&ApiCallRow| !one.error.as_deref().is_some_and(|error| NEVER_LEFT.contains(&error));
    for one in attempts.iter().filter(has_left) {
        let counted = counts.entry((one.account_id.to_string(), day(one.started_at))).or_default();
        match one.method.as_str() {
            "GET" | "HEAD" => counted.reads += 1,
            _ => counted.writes += 1,
        }
        counted.too_many += u64::from(one.status == Some(429));
    }
    for ((account_id, day), counted) in counts {
        sqlx::query(
            "insert into request_days (account_id, day, reads, proof_reads, writes, too_many) \
             values (?1, ?2, ?3, 0, ?4, ?5) on conflict (account_id, day) do update set \
             reads = reads + excluded.reads, writes = writes + excluded.writes, \
             too_many = too_many + excluded.too_many",
        )
        .bind(account_id)
        .bind(day)
        .bind(i64::try_from(counted.reads).unwrap_or(i64::MAX))
        .bind(i64::try_from(counted.writes).unwrap_or(i64::MAX))
        .bind(i64::try_from(counted.too_many).unwrap_or(i64::MAX))
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

fn day(moment: Timestamp) -> i64 {
    moment.as_ms().div_euclid(DAY_MS)
}

fn read(row: &SqliteRow) -> Result<RequestCounts> {
    Ok(RequestCounts {
        reads: small(row, "reads")?.unwrap_or(0),
        proof_reads: small(row, "proof_reads")?.unwrap_or(0),
        writes: small(row, "writes")?.unwrap_or(0),
        too_many: small(row, "too_many")?.unwrap_or(0),
    })
}
