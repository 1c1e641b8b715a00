//! Mirrored payers' intentions.

use domain::{AccountId, PaymentIntent};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::{self, Stored, Table};
use crate::statement::Value;

pub(crate) const TABLE: Table = Table {
    name: "payment_intents",
    columns: &[
        "amount_minor",
        "currency",
        "received_minor",
        "capturable_minor",
        "status",
        "customer_id",
        "latest_payment_id",
        "description",
        "cancellation_reason",
        "last_error_code",
        "metadata",
    ],
    repeated: &["vendor_id", "customer_id", "latest_payment_id", "description"],
};

pub(crate) fn values(intent: &PaymentIntent) -> Vec<Value> {
    vec![
        intent.amount.minor.into(),
        intent.amount.currency.code().into(),
        intent.received_minor.into(),
        intent.capturable_minor.into(),
        intent.status.as_str().into(),
        intent.customer_id.as_ref().into(),
        intent.latest_payment_id.as_ref().into(),
        intent.description.as_ref().into(),
        intent.cancellation_reason.as_ref().into(),
        intent.last_error_code.as_ref().into(),
        mirrored::metadata_value(&intent.metadata),
    ]
}

pub(crate) fn read(row: &SqliteRow) -> Result<PaymentIntent> {
    Ok(PaymentIntent {
        vendor_id: row.try_get("vendor_id")?,
        amount: mirrored::amount(row)?,
        received_minor: row.try_get("received_minor")?,
        capturable_minor: row.try_get("capturable_minor")?,
        status: mirrored::word(row, "status")?,
        created_at: mirrored::moment(row, "created_at")?,
        customer_id: row.try_get("customer_id")?,
        latest_payment_id: row.try_get("latest_payment_id")?,
        description: row.try_get("description")?,
        cancellation_reason: row.try_get("cancellation_reason")?,
        last_error_code: row.try_get("last_error_code")?,
        metadata: mirrored::metadata(row)?,
    })
}

/// The mirrored payers' intentions.
#[derive(Debug)]
pub struct PaymentIntents<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl PaymentIntents<'_> {
    /// The intention of one account with the vendor's id.
    pub async fn by_id(&self, account: AccountId, vendor_id: &str) -> Result<Option<Stored<PaymentIntent>>> {
        self.mirror.stored_one(&TABLE, read, account, vendor_id).await
    }

    /// The intentions with the vendor's id over all accounts.
    pub async fn by_vendor_id_any_account(&self, vendor_id: &str) -> Result<Vec<Stored<PaymentIntent>>> {
        let rest = "where vendor_id = ?1 order by key desc";
        self.mirror.stored_list(&TABLE, read, rest, vec![vendor_id.into()]).await
    }

    /// The intentions of a customer, newest first, at most 1,000.
    pub async fn by_customer(
        &self,
        account: AccountId,
        customer_id: &str,
    ) -> Result<Vec<Stored<PaymentIntent>>> {
        let rest = "where account = ?1 and customer_id = ?2 order by key desc limit 1000";
        let values = vec![self.mirror.number_of(account)?.into(), customer_id.into()];
        self.mirror.stored_list(&TABLE, read, rest, values).await
    }
}
