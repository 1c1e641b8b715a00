//! The last guard before a refund is decided: never more back than was taken.

use domain::Money;
use domain::intent::Intent;
use sqlx::{Sqlite, Transaction};

use crate::error::{MirrorError, Result};

/// Refuses a refund that, with all that the vendor has or may have, exceeds what was captured. It
/// runs inside the transaction that writes the intent, so that two at once cannot both pass.
///
/// What has gone back is the larger of two counts: the refunds known here (mirrored ones that are
/// not definitely failed, and settled intents whose refund is not mirrored yet), and what the vendor
/// itself counted when the payment was last read. Refunds made elsewhere and not mirrored yet stand
/// only in the second; newer ones only in the first. On top come open intents. Where the payment was
/// not read again after a refund failed, this refuses too much rather than too little.
pub(crate) async fn check(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    intent: &Intent,
    captured_minor: i64,
) -> Result<()> {
    let (Some(amount), Some(target_id)) = (intent.amount, intent.target_id.as_ref()) else {
        return Err(MirrorError::Mismatch { what: "a refund without payment or amount".to_owned() });
    };
    let counts = Counts {
        mirrored: mirrored(transaction, number, target_id).await?,
        settled_unseen: settled_unseen(transaction, number, target_id).await?,
        open: open(transaction, number, target_id).await?,
        counted_by_vendor: counted_by_vendor(transaction, number, target_id, &amount).await?,
    };
    let remaining = counts.remaining(captured_minor)?;
    if amount.minor <= 0 || amount.minor > remaining {
        return Err(MirrorError::OverRefund { remaining: Money::new(remaining, amount.currency) });
    }
    Ok(())
}

/// Minor units that went back or may have, by where they are known from.
struct Counts {
    mirrored: i64,
    settled_unseen: i64,
    open: i64,
    counted_by_vendor: i64,
}

impl Counts {
    /// What can still go back, never below nothing.
    fn remaining(&self, captured_minor: i64) -> Result<i64> {
        let known = self.mirrored.checked_add(self.settled_unseen).ok_or(MirrorError::SumOverflow)?;
        let gone =
            known.max(self.counted_by_vendor).checked_add(self.open).ok_or(MirrorError::SumOverflow)?;
        Ok(captured_minor.checked_sub(gone).ok_or(MirrorError::SumOverflow)?.max(0))
    }
}

async fn mirrored(transaction: &mut Transaction<'_, Sqlite>, number: i64, target_id: &str) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select coalesce(sum(amount_minor), 0) from refunds \
         where account = ?1 and status not in ('failed', 'canceled') \
         and (payment_id = ?2 or (payment_id is null and payment_intent_id = \
         (select payment_intent_id from payments where account = ?1 and vendor_id = ?2)))",
    )
    .bind(number)
    .bind(target_id)
    .fetch_one(&mut **transaction)
    .await?)
}

/// Settled intents whose refund is not mirrored; one that failed since gives its money free again.
async fn settled_unseen(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    target_id: &str,
) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select coalesce(sum(i.amount_minor), 0) from intents i \
         where i.account = ?1 and i.target_id = ?2 and i.kind = 'refund' and i.state = 'settled' \
         and coalesce(i.object_status, '') not in ('failed', 'canceled') \
         and not exists (select 1 from refunds r where r.account = ?1 \
             and (r.vendor_id = i.object_id or r.intent_id = i.id))",
    )
    .bind(number)
    .bind(target_id)
    .fetch_one(&mut **transaction)
    .await?)
}

/// Open intents that may become a refund; one whose refund is mirrored already is counted there.
async fn open(transaction: &mut Transaction<'_, Sqlite>, number: i64, target_id: &str) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select coalesce(sum(i.amount_minor), 0) from intents i \
         where i.account = ?1 and i.target_id = ?2 and i.kind = 'refund' \
         and i.state in ('waiting', 'prepared', 'sent', 'unsettled', 'needs_person') \
         and not exists (select 1 from refunds r where r.account = ?1 \
             and (r.vendor_id = i.object_id or r.intent_id = i.id))",
    )
    .bind(number)
    .bind(target_id)
    .fetch_one(&mut **transaction)
    .await?)
}

async fn counted_by_vendor(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    target_id: &str,
    amount: &Money,
) -> Result<i64> {
    let row: Option<(i64, String)> =
        sqlx::query_as("select refunded_minor, currency from payments where account = ?1 and vendor_id = ?2")
            .bind(number)
            .bind(target_id)
            .fetch_optional(&mut **transaction)
            .await?;
    match row {
        None => Ok(0),
        Some((refunded, currency)) if currency == amount.currency.code() => Ok(refunded),
        Some((_, currency)) => Err(MirrorError::Mismatch {
            what: format!("the currency {}, which is {currency} here,", amount.currency),
        }),
    }
}
