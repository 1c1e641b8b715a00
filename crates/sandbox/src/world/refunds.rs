//! Refunds: made, failed, settled, canceled, and holds that are released.

use serde_json::json;

use super::charges::convert;
use super::{Later, World};
use crate::cards::Behaviour;
use crate::currency::Currency;
use crate::model::{BalanceTransaction, ChargeStatus, Metadata, Refund, RefundStatus, Source, Text};

/// A refund to be made; the rules were checked by the caller.
pub(crate) struct NewRefund {
    pub(crate) charge: u32,
    pub(crate) amount: i64,
    pub(crate) reason: Option<&'static str>,
    pub(crate) status: RefundStatus,
    pub(crate) metadata: Metadata,
}

/// Seconds until a test card's refund fails or settles.
const REFUND_DELAY: i64 = 3;

impl World {
    /// Makes a refund the way the charge's card behaves.
    pub(crate) fn refund_by_card(
        &mut self,
        now: i64,
        charge: u32,
        amount: i64,
        reason: Option<&'static str>,
        metadata: Metadata,
    ) -> u32 {
        let behaviour = self.charges.at(charge).card.behaviour;
        let status = match behaviour {
            Behaviour::RefundPends => RefundStatus::Pending,
            Behaviour::RefundReviewed => RefundStatus::RequiresReview,
            _ => RefundStatus::Succeeded,
        };
        let refund = self.refund(now, NewRefund { charge, amount, reason, status, metadata });
        match behaviour {
            Behaviour::RefundFails => self.schedule(now + REFUND_DELAY, Later::RefundFails(refund)),
            Behaviour::RefundPends => self.schedule(now + REFUND_DELAY, Later::RefundSettles(refund)),
            _ => {}
        }
        refund
    }

    /// Gives money back: the charge's totals, a balance line and the events.
    pub(crate) fn refund(&mut self, now: i64, new: NewRefund) -> u32 {
        let index = self.refunds.end();
        let held = new.status == RefundStatus::RequiresReview;
        let row = self.charges.at(new.charge);
        let (captured, intent, before) = (
            row.captured,
            row.payment_intent,
            json!({ "amount_refunded": row.amount_refunded, "refunded": row.refunded }),
        );
        self.refunds.push(Refund {
            created: now,
            amount: new.amount,
            currency: row.currency,
            charge: new.charge,
            payment_intent: intent,
            status: new.status,
            reason: new.reason,
            pending_reason: (new.status == RefundStatus::Pending).then_some("processing"),
            failure_reason: None,
            balance_transaction: None,
            failure_transaction: None,
            metadata: new.metadata,
        });
        if captured && !held {
            let line = self.refund_line(now, index, -1);
            self.refunds.edit(index).balance_transaction = Some(line);
        }
        let row = self.charges.edit(new.charge);
        row.refunds.push(index);
        row.amount_refunded += new.amount;
        row.refunded = row.refundable() == 0;
        if new.reason == Some("fraudulent") {
            row.fraud_report = Some("fraudulent");
        }
        self.emit_charge(now, "charge.refunded", new.charge, Some(before));
        self.emit_refund(now, "refund.created", index, None);
        if !captured && let Some(intent) = intent {
            self.close_intent(now, intent, None);
        }
        index
    }

    /// Releases the hold of an uncaptured charge.
    pub(crate) fn release(&mut self, now: i64, charge: u32, expired: bool) {
        let row = self.charges.edit(charge);
        if row.captured || row.refunded || row.status != ChargeStatus::Succeeded {
            return;
        }
        let (amount, currency, intent) = (row.amount, row.currency, row.payment_intent);
        let before = json!({ "amount_refunded": row.amount_refunded, "refunded": false });
        row.amount_refunded = amount;
        row.refunded = true;
        row.capture_before = None;
        let index = self.refunds.end();
        row.refunds.push(index);
        self.refunds.push(Refund {
            created: now,
            amount,
            currency,
            charge,
            payment_intent: intent,
            status: RefundStatus::Succeeded,
            reason: expired.then_some("expired_uncaptured_charge"),
            pending_reason: None,
            failure_reason: None,
            balance_transaction: None,
            failure_transaction: None,
            metadata: Vec::new(),
        });
        self.emit_charge(
            now,
            if expired { "charge.expired" } else { "charge.refunded" },
            charge,
            Some(before),
        );
        self.emit_refund(now, "refund.created", index, None);
    }

    fn refund_line(&mut self, now: i64, refund: u32, sign: i64) -> u32 {
        let row = self.refunds.at(refund);
        let charge = self.charges.at(row.charge);
        let line = refund_line(now, refund, (row.amount, row.currency), charge.description.as_ref(), sign);
        self.book(line)
    }

    /// The bank sends a refund back: the money returns to the account and the charge counts as not refunded by it.
    pub(crate) fn fail_refund(&mut self, now: i64, refund: u32, reason: &'static str) {
        let row = self.refunds.edit(refund);
        let before = json!({ "failure_balance_transaction": null, "failure_reason": null, "status": row.status.word() });
        row.status = RefundStatus::Failed;
        row.pending_reason = None;
        row.failure_reason = Some(reason);
        let moved = row.balance_transaction.is_some();
        if moved {
            let line = self.refund_line(now, refund, 1);
            self.refunds.edit(refund).failure_transaction = Some(line);
        }
        self.give_back(refund);
        self.emit_refund(now, "refund.updated", refund, Some(before.clone()));
        self.emit_refund(now, "charge.refund.updated", refund, Some(before));
        self.emit_refund(now, "refund.failed", refund, None);
    }

    fn give_back(&mut self, refund: u32) {
        let (charge, amount) = (self.refunds.at(refund).charge, self.refunds.at(refund).amount);
        let row = self.charges.edit(charge);
        row.amount_refunded -= amount;
        row.refunded = false;
    }

    /// A pending refund arrives.
    pub(crate) fn settle_refund(&mut self, now: i64, refund: u32) {
        let row = self.refunds.edit(refund);
        if row.status != RefundStatus::Pending {
            return;
        }
        row.status = RefundStatus::Succeeded;
        row.pending_reason = None;
        let before = json!({ "pending_reason": "processing", "status": "pending" });
        self.emit_refund(now, "refund.updated", refund, Some(before.clone()));
        self.emit_refund(now, "charge.refund.updated", refund, Some(before));
    }

    /// Somebody at the seller approves a refund that was held: its money goes out now.
    pub(crate) fn approve_refund(&mut self, now: i64, refund: u32) {
        let line = self.refund_line(now, refund, -1);
        let row = self.refunds.edit(refund);
        row.status = RefundStatus::Succeeded;
        row.balance_transaction = Some(line);
        let before = json!({ "status": "requires_review", "balance_transaction": null });
        self.emit_refund(now, "refund.updated", refund, Some(before.clone()));
        self.emit_refund(now, "charge.refund.updated", refund, Some(before));
    }

    /// Ends a refund that waited for the customer, or that was held and is declined.
    pub(crate) fn cancel_refund(&mut self, now: i64, refund: u32) {
        let row = self.refunds.edit(refund);
        let before = json!({ "status": row.status.word() });
        row.status = RefundStatus::Canceled;
        row.failure_reason = Some("merchant_request");
        if row.balance_transaction.is_some() {
            let line = self.refund_line(now, refund, 1);
            self.refunds.edit(refund).failure_transaction = Some(line);
        }
        self.give_back(refund);
        self.emit_refund(now, "refund.updated", refund, Some(before.clone()));
        self.emit_refund(now, "charge.refund.updated", refund, Some(before));
    }
}

/// The balance line of a refund (`sign` -1) or of its money coming back (1); `goods` is the charge's description.
pub(crate) fn refund_line(
    at: i64,
    refund: u32,
    (amount, currency): (i64, Currency),
    goods: Option<&Text>,
    sign: i64,
) -> BalanceTransaction {
    let settlement = currency.settlement();
    let (words, description) = if sign < 0 {
        (("refund", "refund"), "REFUND FOR CHARGE")
    } else {
        (("refund_failure", "refund_failure"), "REFUND FAILURE")
    };
    let description = match goods {
        Some(text) if sign < 0 => format!("{description} ({text})"),
        _ => description.to_owned(),
    };
    BalanceTransaction {
        created: at,
        available_on: at,
        amount: sign * convert(amount, currency),
        fee: 0,
        currency: settlement,
        rate: (settlement != currency).then(|| currency.rate_per_million()),
        words,
        fee_words: ("", ""),
        description: Some(super::text(&description)),
        source: Source::Refund(refund),
        payout: None,
    }
}
