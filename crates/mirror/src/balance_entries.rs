//! Mirrored lines of the balance.

use domain::{AccountId, BalanceEntry, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::{self, Stored, Table};
use crate::statement::Value;

pub(crate) const TABLE: Table = Table {
    name: "balance_entries",
    columns: &[
        "amount_minor",
        "currency",
        "fee_minor",
        "net_minor",
        "category",
        "source_id",
        "status",
        "available_at",
        "description",
    ],
    repeated: &["vendor_id", "source_id", "description"],
};

pub(crate) fn values(entry: &BalanceEntry) -> Vec<Value> {
    vec![
        entry.amount.minor.into(),
        entry.amount.currency.code().into(),
        entry.fee_minor.into(),
        entry.net_minor.into(),
        entry.category.as_str().into(),
        entry.source_id.as_ref().into(),
        entry.status.as_str().into(),
        entry.available_at.into(),
        entry.description.as_ref().into(),
    ]
}

pub(crate) fn read(row: &SqliteRow) -> Result<BalanceEntry> {
    Ok(BalanceEntry {
        vendor_id: row.try_get("vendor_id")?,
        amount: mirrored::amount(row)?,
        fee_minor: row.try_get("fee_minor")?,
        net_minor: row.try_get("net_minor")?,
        category: row.try_get("category")?,
        source_id: row.try_get("source_id")?,
        status: row.try_get("status")?,
        created_at: mirrored::moment(row, "created_at")?,
        available_at: mirrored::moment_or_none(row, "available_at")?,
        description: row.try_get("description")?,
    })
}

/// The mirrored lines of the balance.
#[derive(Debug)]
pub struct BalanceEntries<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl BalanceEntries<'_> {
    /// The line of one account with the vendor's id.
    pub async fn by_id(&self, account: AccountId, vendor_id: &str) -> Result<Option<Stored<BalanceEntry>>> {
        self.mirror.stored_one(&TABLE, read, account, vendor_id).await
    }

    /// The lines that a payment, a refund or a payout made, newest first.
    pub async fn for_source(&self, account: AccountId, source_id: &str) -> Result<Vec<Stored<BalanceEntry>>> {
        let rest = "where account = ?1 and source_id = ?2 order by key desc";
        let values = vec![self.mirror.number_of(account)?.into(), source_id.into()];
        self.mirror.stored_list(&TABLE, read, rest, values).await
    }

    /// Lines that should have become available by that moment and were not stated since, nor within
    /// the time before it: their ids with their creation, newest first. No event tells of it.
    pub async fn overdue(
        &self,
        account: AccountId,
        moment: Timestamp,
        not_stated_for_ms: i64,
        limit: u32,
    ) -> Result<Vec<(String, Timestamp)>> {
        let rows = sqlx::query(
            "select vendor_id, created_at from balance_entries indexed by balance_entries_pending \
             where account = ?1 and status = 'pending' and available_at <= ?2 \
             and (observed_at < available_at or observed_at < ?3) order by created_at desc limit ?4",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(moment.as_ms())
        .bind(moment.plus_ms(-not_stated_for_ms).as_ms())
        .bind(limit)
        .fetch_all(self.mirror.readers())
        .await?;
        let mut overdue = Vec::with_capacity(rows.len());
        for row in rows {
            overdue.push((row.try_get("vendor_id")?, mirrored::moment(&row, "created_at")?));
        }
        Ok(overdue)
    }
}
