//! Payouts: each takes all balance lines of its currency that are available, so its amount is the sum of their nets.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::charges::midnight;
use super::{DAY, Later, World};
use crate::currency::{Currency, EUR, GBP, USD};
use crate::model::{BalanceTransaction, ByHand, Payout, Snapshot, Source};

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
            by_hand: None,
        });
        self.emit_payout(now, "payout.created", payout, None);
        self.emit_payout(now, "payout.reconciliation_completed", payout, None);
        Some(payout)
    }

    /// The bank has it.
    pub(crate) fn payout_arrives(&mut self, now: i64, payout: u32) {
        let row = self.payouts.edit(payout);
        let before = json!({ "status": row.status });
        row.status = "paid";
        self.emit_payout(now, "payout.paid", payout, Some(before));
    }

    /// The bank sends it back, which can come after it was shown as paid.
    pub(crate) fn payout_fails(&mut self, now: i64, payout: u32, why: (&'static str, &'static str)) {
        let (currency, amount) = (self.payouts.at(payout).currency, self.payouts.at(payout).amount);
        let line =
            self.book(payout_line(now, currency, amount, ("payout_failure", "payout_reversal"), payout));
        let row = self.payouts.edit(payout);
        let before = json!({ "failure_balance_transaction": null, "failure_code": null, "failure_message": null, "status": row.status });
        row.status = "failed";
        row.failure_transaction = Some(line);
        row.failure = Some(why);
        self.emit_payout(now, "payout.failed", payout, Some(before));
    }

    /// Pays out an amount that a client asked for. An instant one has its end at once, the others when they arrive.
    pub(crate) fn pay_out_by_hand(
        &mut self,
        now: i64,
        (amount, currency): (i64, Currency),
        by_hand: ByHand,
    ) -> u32 {
        let payout = self.payouts.end();
        let own = self.book(payout_line(now, currency, -amount, ("payout", "payout"), payout));
        let arrival = if by_hand.instant { now } else { midnight(now) + ARRIVAL_DAYS * DAY };
        self.payouts.push(Payout {
            created: now,
            arrival,
            amount,
            currency,
            status: "pending",
            balance_transaction: own,
            failure_transaction: None,
            failure: None,
            reconciled: false,
            lines: vec![own],
            by_hand: Some(Arc::new(by_hand)),
        });
        self.emit_payout(now, "payout.created", payout, None);
        if arrival == now {
            self.payout_ends(now, payout);
        } else {
            self.schedule(arrival, Later::PayoutEnds(payout));
        }
        payout
    }

    /// A payout of a client's is in the bank, or comes back from it; one that was canceled stays so.
    pub(crate) fn payout_ends(&mut self, now: i64, payout: u32) {
        let row = self.payouts.at(payout);
        if row.status != "pending" {
            return;
        }
        match row.by_hand.as_ref().and_then(|by_hand| by_hand.returned) {
            Some(why) => self.payout_fails(now, payout, why),
            None => self.payout_arrives(now, payout),
        }
    }

    /// Takes a payout back that is still pending.
    pub(crate) fn cancel_payout(&mut self, now: i64, payout: u32) {
        let (currency, amount) = (self.payouts.at(payout).currency, self.payouts.at(payout).amount);
        let line =
            self.book(payout_line(now, currency, amount, ("payout_cancel", "payout_reversal"), payout));
        let row = self.payouts.edit(payout);
        let before = json!({ "failure_balance_transaction": null, "status": row.status });
        row.status = "canceled";
        row.failure_transaction = Some(line);
        self.emit_payout(now, "payout.canceled", payout, Some(before));
    }

    /// What is available and what is pending: every line ever booked, by currency.
    pub(crate) fn balance(&self, now: i64) -> BTreeMap<Currency, (i64, i64)> {
        let mut sums: BTreeMap<Currency, (i64, i64)> =
            [USD, EUR, GBP].into_iter().map(|currency| (currency, (0, 0))).collect();
        let archived = self.archive.iter().flat_map(|archive| archive.sums());
        let held = self.transactions.held().iter().map(|line| (line.available_on, line.currency, line.net()));
        for (from, currency, sum) in archived.chain(held) {
            let sums = sums.entry(currency).or_default();
            *(if from <= now { &mut sums.0 } else { &mut sums.1 }) += sum;
        }
        sums
    }

    /// Money became available.
    pub(crate) fn emit_balance(&mut self, now: i64) {
        self.emit(now, "balance.available", None, |world| Snapshot::Balance(Box::new(world.balance(now))));
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
        description: Some(super::text(match words.0 {
            "payout" => "STRIPE PAYOUT",
            "payout_cancel" => "STRIPE PAYOUT CANCEL",
            _ => "STRIPE PAYOUT FAILURE",
        })),
        source: Source::Payout(payout),
        payout: None,
    }
}
