//! Mirrored payouts.

use domain::{AccountId, Payout};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::{self, Stored, Table};
use crate::page::{self, Page};
use crate::statement::Value;

pub(crate) const TABLE: Table = Table {
    name: "payouts",
    columns: &["amount_minor", "currency", "status", "arrival_at", "method", "automatic", "failure_code"],
    repeated: &["vendor_id"],
};

pub(crate) fn values(payout: &Payout) -> Vec<Value> {
    vec![
        payout.amount.minor.into(),
        payout.amount.currency.code().into(),
        payout.status.as_str().into(),
        payout.arrival_at.into(),
        payout.method.as_ref().into(),
        payout.automatic.into(),
        payout.failure_code.as_ref().into(),
    ]
}

pub(crate) fn read(row: &SqliteRow) -> Result<Payout> {
    Ok(Payout {
        vendor_id: row.try_get("vendor_id")?,
        amount: mirrored::amount(row)?,
        status: mirrored::word(row, "status")?,
        created_at: mirrored::moment(row, "created_at")?,
        arrival_at: mirrored::moment_or_none(row, "arrival_at")?,
        method: row.try_get("method")?,
        automatic: row.try_get("automatic")?,
        failure_code: row.try_get("failure_code")?,
    })
}

/// The mirrored payouts.
#[derive(Debug)]
pub struct Payouts<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Payouts<'_> {
    /// The payout of one account with the vendor's id.
    pub async fn by_id(&self, account: AccountId, vendor_id: &str) -> Result<Option<Stored<Payout>>> {
        self.mirror.stored_one(&TABLE, read, account, vendor_id).await
    }

    /// A page of payouts, newest first.
    pub async fn list(
        &self,
        account: Option<AccountId>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<Stored<Payout>>> {
        let limit = page::checked_limit(limit)?;
        let number = account.map(|account| self.mirror.number_of(account)).transpose()?;
        let rest = "where (?1 is null or account = ?1) and key < ?2 order by key desc limit ?3";
        let values = vec![number.into(), page::start(after)?.into(), (limit + 1).into()];
        Ok(page::cut(self.mirror.stored(&TABLE, read, rest, values).await?, limit))
    }
}
