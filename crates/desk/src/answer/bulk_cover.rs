//! What second people agreed to of a run, read from their signed files before rows are sent with it: whoever can
//! write rows into the mirror cannot sign.

use std::collections::HashMap;

use approval::{Wish, intent_of_row};
use contract::ErrorBody;
use domain::{IntentId, Money};
use mirror::{AccountRow, AgreedRow, BulkToSend};
use operations::refund::Agreed;

use super::approved::{differs, signed};
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// What one approval agrees to.
pub(super) struct Agreement {
    pub(super) id: IntentId,
    pub(super) rows: Vec<AgreedRow>,
    pub(super) totals: Vec<Money>,
}

/// Reads what an approval of a run of an account agrees to. Whether it is in its time, was not used and is of this
/// run is decided in the transaction that spends it.
pub(super) async fn agreement(
    desk: &Desk,
    open: &OpenMirror,
    account: &AccountRow,
    id: IntentId,
) -> Result<Agreement, ErrorBody> {
    let Wish::Run(wish) = signed(desk, &open.mirror, account, id).await?.wish else {
        return Err(differs("it is for one refund"));
    };
    let totals = wish.totals.into_iter().map(Money::from).collect();
    let agreed = |row: approval::WishedRow| AgreedRow {
        line: row.line,
        payment_id: row.payment,
        amount: row.amount,
        reason: row.reason,
    };
    Ok(Agreement { id, rows: wish.rows.into_iter().map(agreed).collect(), totals })
}

/// The rows that are sent with an approval, as they were signed.
#[derive(Default)]
pub(super) struct Cover {
    rows: HashMap<(IntentId, u64), AgreedRow>,
}

impl Cover {
    /// The cover of one agreement.
    pub(super) fn of(agreement: Agreement) -> Self {
        let mut cover = Self::default();
        cover.add(agreement);
        cover
    }

    fn add(&mut self, agreement: Agreement) {
        let id = agreement.id;
        self.rows.extend(agreement.rows.into_iter().map(|row| ((id, row.line), row)));
    }

    /// The cover of a run that is gone on with, of which each row must still be as it was signed.
    pub(super) async fn of_rows(
        desk: &Desk,
        open: &OpenMirror,
        account: &AccountRow,
        rows: &[BulkToSend],
    ) -> Result<Self, ErrorBody> {
        let mut ids: Vec<IntentId> = rows.iter().filter_map(|row| row.approval).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut cover = Self::default();
        for id in ids {
            cover.add(agreement(desk, open, account, id).await?);
        }
        for row in rows {
            cover.agreed(row)?;
        }
        Ok(cover)
    }

    /// What was agreed to of a row; none where it carries no approval, so that the limits hold for it.
    pub(super) fn agreed(&self, row: &BulkToSend) -> Result<Option<Agreed>, ErrorBody> {
        let Some(approval) = row.approval else { return Ok(None) };
        match self.rows.get(&(approval, row.line)) {
            Some(agreed) if agreed.is(row) => {
                let intent = intent_of_row(approval, row.line)
                    .ok_or_else(|| errors::defect("an approved row gives no id for its refund"))?;
                Ok(Some(Agreed::ToRun { approval, intent }))
            }
            _ => Err(differs("a row is not as it was approved")),
        }
    }
}
