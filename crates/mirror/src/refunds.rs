//! Mirrored refunds.

use domain::{AccountId, Refund};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::{self, Stored, Table};
use crate::page::{self, Page};
use crate::statement::Value;

pub(crate) const TABLE: Table = Table {
    name: "refunds",
    columns: &[
        "payment_id",
        "payment_intent_id",
        "amount_minor",
        "currency",
        "status",
        "reason",
        "pending_reason",
        "failure_reason",
        "trace_reference",
        "balance_entry_id",
        "intent_id",
        "metadata",
    ],
    repeated: &[
        "vendor_id",
        "payment_id",
        "payment_intent_id",
        "balance_entry_id",
        "trace_reference",
        "intent_id",
    ],
};

pub(crate) fn values(refund: &Refund) -> Vec<Value> {
    vec![
        refund.payment_id.as_ref().into(),
        refund.payment_intent_id.as_ref().into(),
        refund.amount.minor.into(),
        refund.amount.currency.code().into(),
        refund.status.as_str().into(),
        refund.reason.as_ref().map(|reason| reason.as_str()).into(),
        refund.pending_reason.as_ref().into(),
        refund.failure_reason.as_ref().into(),
        refund.trace_reference.as_ref().into(),
        refund.balance_entry_id.as_ref().into(),
        refund.intent_id.as_ref().into(),
        mirrored::metadata_value(&refund.metadata),
    ]
}

pub(crate) fn read(row: &SqliteRow) -> Result<Refund> {
    Ok(Refund {
        vendor_id: row.try_get("vendor_id")?,
        payment_id: row.try_get("payment_id")?,
        payment_intent_id: row.try_get("payment_intent_id")?,
        amount: mirrored::amount(row)?,
        status: mirrored::word(row, "status")?,
        reason: mirrored::word_or_none(row, "reason")?,
        created_at: mirrored::moment(row, "created_at")?,
        pending_reason: row.try_get("pending_reason")?,
        failure_reason: row.try_get("failure_reason")?,
        trace_reference: row.try_get("trace_reference")?,
        balance_entry_id: row.try_get("balance_entry_id")?,
        intent_id: row.try_get("intent_id")?,
        metadata: mirrored::metadata(row)?,
    })
}

/// The mirrored refunds.
#[derive(Debug)]
pub struct Refunds<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Refunds<'_> {
    /// The refund of one account with the vendor's id.
    pub async fn by_id(&self, account: AccountId, vendor_id: &str) -> Result<Option<Stored<Refund>>> {
        self.mirror.stored_one(&TABLE, read, account, vendor_id).await
    }

    /// The refunds with the vendor's id over all accounts.
    pub async fn by_vendor_id_any_account(&self, vendor_id: &str) -> Result<Vec<Stored<Refund>>> {
        let rest = "where vendor_id = ?1 order by key desc";
        self.mirror.stored_list(&TABLE, read, rest, vec![vendor_id.into()]).await
    }

    /// All refunds of a payment, newest first, those too that name only its payer's intention.
    pub async fn for_payment(&self, account: AccountId, payment_id: &str) -> Result<Vec<Stored<Refund>>> {
        let rest = "where account = ?1 and (payment_id = ?2 or (payment_id is null and payment_intent_id = \
             (select payment_intent_id from payments where account = ?1 and vendor_id = ?2))) order by key desc";
        let values = vec![self.mirror.number_of(account)?.into(), payment_id.into()];
        self.mirror.stored_list(&TABLE, read, rest, values).await
    }

    /// The refund that our intent made, told by its metadata.
    pub async fn by_intent(&self, intent: domain::IntentId) -> Result<Option<Stored<Refund>>> {
        let rest = "where intent_id = ?1 order by key";
        let rows = self.mirror.stored_list(&TABLE, read, rest, vec![intent.to_string().into()]).await?;
        Ok(rows.into_iter().next())
    }

    /// A page of refunds, newest first; of one status where one is given.
    pub async fn list(
        &self,
        account: Option<AccountId>,
        status: Option<&str>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<Stored<Refund>>> {
        let limit = page::checked_limit(limit)?;
        let number = account.map(|account| self.mirror.number_of(account)).transpose()?;
        let rest = "where (?1 is null or account = ?1) and (?2 is null or status = ?2) and key < ?3 \
             order by key desc limit ?4";
        let values = vec![number.into(), status.into(), page::start(after)?.into(), (limit + 1).into()];
        Ok(page::cut(self.mirror.stored(&TABLE, read, rest, values).await?, limit))
    }

    /// Refunds whose money is neither out nor certainly back, oldest first: they are looked at again
    /// until they end.
    pub async fn unfinished(&self, account: AccountId, limit: u32) -> Result<Vec<Stored<Refund>>> {
        let rest =
            "where account = ?1 and status not in ('succeeded', 'failed', 'canceled') order by key limit ?2";
        let values = vec![self.mirror.number_of(account)?.into(), page::checked_limit(limit)?.into()];
        self.mirror.stored_list(&TABLE, read, rest, values).await
    }

    /// Minor units of all mirrored refunds of a payment that are not definitely failed.
    pub async fn not_failed_total(&self, account: AccountId, payment_id: &str) -> Result<i64> {
        let total = sqlx::query_scalar(
            "select coalesce(sum(amount_minor), 0) from refunds \
             where account = ?1 and status not in ('failed', 'canceled') \
             and (payment_id = ?2 or (payment_id is null and payment_intent_id = \
             (select payment_intent_id from payments where account = ?1 and vendor_id = ?2)))",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(payment_id)
        .fetch_one(self.mirror.readers())
        .await?;
        Ok(total)
    }
}
