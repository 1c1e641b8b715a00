//! Mirrored disputes.

mod due;

use domain::{AccountId, Dispute};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::{self, Stored, Table};
use crate::statement::Value;

pub(crate) const TABLE: Table = Table {
    name: "disputes",
    columns: &[
        "payment_id",
        "amount_minor",
        "currency",
        "status",
        "reason",
        "evidence_due_at",
        "payment_refundable",
    ],
    repeated: &["vendor_id", "payment_id"],
};

pub(crate) fn values(dispute: &Dispute) -> Vec<Value> {
    vec![
        dispute.payment_id.as_ref().into(),
        dispute.amount.minor.into(),
        dispute.amount.currency.code().into(),
        dispute.status.as_str().into(),
        dispute.reason.as_ref().into(),
        dispute.evidence_due_at.into(),
        dispute.payment_refundable.into(),
    ]
}

pub(crate) fn read(row: &SqliteRow) -> Result<Dispute> {
    Ok(Dispute {
        vendor_id: row.try_get("vendor_id")?,
        payment_id: row.try_get("payment_id")?,
        amount: mirrored::amount(row)?,
        status: mirrored::word(row, "status")?,
        reason: row.try_get("reason")?,
        created_at: mirrored::moment(row, "created_at")?,
        evidence_due_at: mirrored::moment_or_none(row, "evidence_due_at")?,
        payment_refundable: row.try_get("payment_refundable")?,
    })
}

/// The mirrored disputes.
#[derive(Debug)]
pub struct Disputes<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Disputes<'_> {
    /// The dispute of one account with the vendor's id.
    pub async fn by_id(&self, account: AccountId, vendor_id: &str) -> Result<Option<Stored<Dispute>>> {
        self.mirror.stored_one(&TABLE, read, account, vendor_id).await
    }

    /// The disputes with the vendor's id, whichever account they are of.
    pub async fn by_vendor_id_any_account(&self, vendor_id: &str) -> Result<Vec<Stored<Dispute>>> {
        self.mirror
            .stored_list(&TABLE, read, "where vendor_id = ?1 order by key desc", vec![vendor_id.into()])
            .await
    }

    /// How many disputes may still end either way, of one account or of all.
    pub async fn count_open(&self, account: Option<AccountId>) -> Result<u64> {
        let number = account.map(|account| self.mirror.number_of(account)).transpose()?;
        let count: i64 = sqlx::query_scalar(
            "select count(*) from disputes where (?1 is null or account = ?1) \
             and status not in ('warning_closed', 'won', 'lost', 'prevented')",
        )
        .bind(number)
        .fetch_one(self.mirror.readers())
        .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The disputes of a payment, newest first.
    pub async fn for_payment(&self, account: AccountId, payment_id: &str) -> Result<Vec<Stored<Dispute>>> {
        let rest = "where account = ?1 and payment_id = ?2 order by key desc";
        let values = vec![self.mirror.number_of(account)?.into(), payment_id.into()];
        self.mirror.stored_list(&TABLE, read, rest, values).await
    }
}
