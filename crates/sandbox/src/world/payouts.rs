//! Payouts: each takes all balance lines of its currency that are available, so its amount is the sum of their nets.

use serde_json::json;

use super::charges::midnight;
use super::{DAY, World};
use crate::currency::Currency;
use crate::model::{BalanceTransaction, Payout, Source};

/// Working days until a payout is in the bank, weekends aside.
pub(crate) const ARRIVAL_DAYS: i64 = 2;

/// Why a payout comes back: code and message.
pub(crate) const PAYOUT_FAILURE: (&str, &str) = ("account_closed", "The bank account has been closed.");

impl World {
    /// Pays out what is available in one currency; nothing when that is nothing or less.
    pub(crate) fn pay_out(&mut self, now: i64, currency: Currency) -> Option<u32> {
        let transactions = &self.transactions;
        let due = |index: &u32| {
            let line = transactions.at(*index);
            line.currency == currency && line.available_on <= now
        };
        let lines: Vec<u32> = self.unpaid.iter().copied().filter(|index| due(index)).collect();
        let amount: i64 = lines.iter().map(|index| self.transactions.at(*index).net()).sum();
        if amount <= 0 {
            return None;
        }
        self.unpaid = self.unpaid.iter().copied().filter(|index| !due(index)).collect();
        let payout = self.payouts.end();
        let own = self.book(payout_line(now, currency, -amount, ("payout", "payout"), payout));
        for line in lines.iter().chain([&own]) {
            self.transactions.edit(*line).payout = Some(payout);
        }
        let mut lines = lines;
        lines.push(own);
        self.payouts.push(Payout {
            created: now,
            arrival: midnight(now) + ARRIVAL_DAYS * DAY,
            amount,
            currency,
            status: "in_transit",
            balance_transaction: own,
            failure_transaction: None,
            failure: None,
            reconciled: true,
            lines,
        });
        self.emit_payout(now, "payout.created", payout, None);
        self.emit_payout(now, "payout.reconciliation_completed", payout, None);
        Some(payout)
    }

    /// The bank has it.
    pub(crate) fn payout_arrives(&mut self, now: i64, payout: u32) {
        self.payouts.edit(payout).status = "paid";
        self.emit_payout(now, "payout.paid", payout, Some(json!({ "status": "in_transit" })));
    }

    /// The bank sends it back, which can come after it was shown as paid.
    pub(crate) fn payout_fails(&mut self, now: i64, payout: u32) {
        let (currency, amount) = (self.payouts.at(payout).currency, self.payouts.at(payout).amount);
        let line =
            self.book(payout_line(now, currency, amount, ("payout_failure", "payout_reversal"), payout));
        let row = self.payouts.edit(payout);
        let before = json!({ "failure_balance_transaction": null, "failure_code": null, "failure_message": null, "status": row.status });
        row.status = "failed";
        row.failure_transaction = Some(line);
        row.failure = Some(PAYOUT_FAILURE);
        self.emit_payout(now, "payout.failed", payout, Some(before));
    }
}

/// The balance line of a payout, or of its money coming back.
pub(crate) fn payout_line(
    now: i64,
    currency: Currency,
    amount: i64,
    words: (&'static str, &'static str),
    payout: u32,
) -> BalanceTransaction {
    BalanceTransaction {
        created: now,
        available_on: now,
        amount,
        fee: 0,
        currency,
        rate: None,
        words,
        fee_words: ("", ""),
        description: Some(super::text(if amount < 0 { "STRIPE PAYOUT" } else { "STRIPE PAYOUT FAILURE" })),
        source: Source::Payout(payout),
        payout: None,
    }
}
