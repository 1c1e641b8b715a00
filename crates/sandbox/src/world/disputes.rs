//! Disputes: opened, answered, closed.

use serde_json::json;

use super::World;
use super::charges::convert;
use crate::currency::Currency;
use crate::model::{BalanceTransaction, Dispute, Source};

/// A dispute to be opened.
pub(crate) struct NewDispute {
    pub(crate) charge: u32,
    pub(crate) inquiry: bool,
    pub(crate) reason: &'static str,
    pub(crate) network_code: &'static str,
    pub(crate) due_by: Option<i64>,
}

/// What a dispute costs, in the settlement currency's minor unit.
pub(crate) const DISPUTE_FEE: i64 = 1_500;

impl World {
    /// The customer's bank asks for the money (or, as an inquiry, only asks).
    pub(crate) fn open_dispute(&mut self, now: i64, new: NewDispute) -> u32 {
        let index = self.disputes.end();
        let row = self.charges.edit(new.charge);
        row.disputed = true;
        row.dispute = Some(index);
        self.disputes.push(Dispute {
            created: now,
            amount: row.amount_captured - row.amount_refunded,
            currency: row.currency,
            charge: new.charge,
            payment_intent: row.payment_intent,
            status: if new.inquiry { "warning_needs_response" } else { "needs_response" },
            reason: new.reason,
            network_code: new.network_code,
            inquiry: new.inquiry,
            due_by: new.due_by,
            evidence: Vec::new(),
            submissions: 0,
            transactions: Vec::new(),
            metadata: Vec::new(),
        });
        if !new.inquiry {
            self.dispute_line(now, index, -1);
        }
        self.emit_dispute(now, "charge.dispute.created", index, None);
        if !new.inquiry {
            self.emit_dispute(now, "charge.dispute.funds_withdrawn", index, None);
        }
        index
    }

    fn dispute_line(&mut self, now: i64, dispute: u32, sign: i64) {
        let row = self.disputes.at(dispute);
        let charge = self.ids.text(crate::ids::Kind::Charge, row.charge);
        let line = dispute_line(now, dispute, (row.amount, row.currency), &charge, sign);
        let index = self.book(line);
        self.disputes.edit(dispute).transactions.push(index);
    }

    /// Evidence goes to the bank.
    pub(crate) fn submit_evidence(&mut self, now: i64, dispute: u32) {
        let row = self.disputes.edit(dispute);
        let before =
            json!({ "evidence_details": { "submission_count": row.submissions }, "status": row.status });
        row.submissions += 1;
        row.status = if row.inquiry { "warning_under_review" } else { "under_review" };
        self.emit_dispute(now, "charge.dispute.updated", dispute, Some(before));
    }

    /// The dispute ends; a won one brings the money back.
    pub(crate) fn close_dispute(&mut self, now: i64, dispute: u32, status: &'static str) {
        self.disputes.edit(dispute).status = status;
        if status == "won" || (status == "prevented" && !self.disputes.at(dispute).transactions.is_empty()) {
            self.dispute_line(now, dispute, 1);
            self.emit_dispute(now, "charge.dispute.funds_reinstated", dispute, None);
        }
        self.emit_dispute(now, "charge.dispute.closed", dispute, None);
    }
}

/// The balance line of a dispute's withdrawal (`sign` -1) or its reversal (1); `charge` is the charge's id.
pub(crate) fn dispute_line(
    at: i64,
    dispute: u32,
    (amount, currency): (i64, Currency),
    charge: &str,
    sign: i64,
) -> BalanceTransaction {
    let settlement = currency.settlement();
    BalanceTransaction {
        created: at,
        available_on: at,
        amount: sign * convert(amount, currency),
        // The fee of the withdrawal comes back with the money.
        fee: -sign * DISPUTE_FEE,
        currency: settlement,
        rate: (settlement != currency).then(|| currency.rate_per_million()),
        words: ("adjustment", if sign < 0 { "dispute" } else { "dispute_reversal" }),
        fee_words: ("stripe_fee", "Dispute fee"),
        description: Some(super::text(&if sign < 0 {
            format!("Chargeback withdrawal for {charge}")
        } else {
            format!("Chargeback reversal for {charge}")
        })),
        source: Source::Dispute(dispute),
        payout: None,
    }
}
