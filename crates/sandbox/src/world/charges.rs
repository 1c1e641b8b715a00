//! Payments: intents, charges, captures, cancellations.

use std::sync::Arc;

use serde_json::json;

use super::{DAY, World};
use crate::cards::{Behaviour, Decline};
use crate::currency::{Currency, EUR, GBP};
use crate::model::{
    BalanceTransaction, Charge, ChargeStatus, Contact, IntentStatus, Metadata, PaymentIntent, Source, Text,
};
use crate::world::disputes::NewDispute;

/// A PaymentIntent to be made.
pub(crate) struct NewIntent {
    pub(crate) amount: i64,
    pub(crate) currency: Currency,
    pub(crate) customer: Option<u32>,
    pub(crate) payment_method: Option<u32>,
    pub(crate) manual_capture: bool,
    pub(crate) description: Option<Text>,
    pub(crate) receipt_email: Option<Text>,
    pub(crate) metadata: Metadata,
}

/// A charge to be tried.
pub(crate) struct NewCharge {
    pub(crate) amount: i64,
    pub(crate) currency: Currency,
    pub(crate) customer: Option<u32>,
    pub(crate) payment_intent: Option<u32>,
    pub(crate) payment_method: u32,
    pub(crate) capture: bool,
    pub(crate) authenticated: bool,
    pub(crate) decline: Option<&'static Decline>,
    pub(crate) risk_score: u8,
    pub(crate) description: Option<Text>,
    pub(crate) receipt_email: Option<Text>,
    pub(crate) statement_suffix: Option<Text>,
    pub(crate) metadata: Metadata,
}

/// What a captured charge brings into the account's own currency.
pub(crate) struct ChargeLine {
    pub(crate) at: i64,
    pub(crate) charge: u32,
    pub(crate) captured: i64,
    pub(crate) currency: Currency,
    pub(crate) card_country: &'static str,
    pub(crate) description: Option<Text>,
}

impl ChargeLine {
    /// The balance line.
    pub(crate) fn line(self) -> BalanceTransaction {
        let settlement = self.currency.settlement();
        let amount = convert(self.captured, self.currency);
        BalanceTransaction {
            created: self.at,
            available_on: midnight(self.at) + 2 * DAY,
            amount,
            fee: fee(amount, settlement, self.card_country),
            currency: settlement,
            rate: (settlement != self.currency).then(|| self.currency.rate_per_million()),
            words: ("charge", "charge"),
            fee_words: ("stripe_fee", "Stripe processing fees"),
            description: self.description,
            source: Source::Charge(self.charge),
            payout: None,
        }
    }
}

/// How long an uncaptured charge holds the money.
const HOLD_DAYS: i64 = 7;

impl World {
    /// Adds a PaymentIntent in its first state.
    pub(crate) fn create_intent(&mut self, now: i64, new: NewIntent) -> u32 {
        let index = self.intents.end();
        if let Some(customer) = new.customer {
            self.customers.edit(customer).intents.push(index);
        }
        self.intents.push(PaymentIntent {
            created: now,
            amount: new.amount,
            amount_received: 0,
            amount_capturable: 0,
            currency: new.currency,
            status: if new.payment_method.is_some() {
                IntentStatus::RequiresConfirmation
            } else {
                IntentStatus::RequiresPaymentMethod
            },
            customer: new.customer,
            payment_method: new.payment_method,
            latest_charge: None,
            manual_capture: new.manual_capture,
            description: new.description,
            receipt_email: new.receipt_email,
            metadata: new.metadata,
            canceled_at: None,
            cancellation_reason: None,
            last_error: None,
            charges: Vec::new(),
        });
        self.emit_intent(now, "payment_intent.created", index, None);
        index
    }

    /// Tries a charge; a declined one becomes a row too, as at the vendor.
    pub(crate) fn charge(&mut self, now: i64, new: NewCharge) -> u32 {
        let index = self.charges.end();
        let method = self.methods.at(new.payment_method);
        let (card, contact) = (Arc::clone(&method.card), Arc::clone(&method.contact));
        let succeeded = new.decline.is_none();
        let captured = succeeded && new.capture;
        self.charges.push(Charge {
            created: now,
            amount: new.amount,
            amount_captured: if captured { new.amount } else { 0 },
            amount_refunded: 0,
            currency: new.currency,
            status: if succeeded { ChargeStatus::Succeeded } else { ChargeStatus::Failed },
            captured,
            refunded: false,
            disputed: false,
            authenticated: new.authenticated,
            risk_score: new.risk_score,
            customer: new.customer,
            payment_intent: new.payment_intent,
            payment_method: new.payment_method,
            balance_transaction: None,
            contact,
            card: Arc::clone(&card),
            decline: new.decline,
            description: new.description,
            receipt_email: new.receipt_email,
            statement_suffix: new.statement_suffix,
            metadata: new.metadata,
            fraud_report: None,
            refunds: Vec::new(),
            dispute: None,
            capture_before: (succeeded && !new.capture).then_some(now + HOLD_DAYS * DAY),
        });
        if let Some(customer) = new.customer {
            self.customers.edit(customer).charges.push(index);
        }
        if captured {
            self.book_charge(now, index);
        }
        self.emit_charge(now, if succeeded { "charge.succeeded" } else { "charge.failed" }, index, None);
        if let Some(intent) = new.payment_intent {
            self.advance_intent(now, intent, index, new.decline);
        }
        self.react(now, index, card.behaviour, succeeded);
        index
    }

    /// Test cards that are disputed, or whose money is available at once, do it as soon as the charge is through.
    fn react(&mut self, now: i64, charge: u32, behaviour: Behaviour, succeeded: bool) {
        let inquiry = match behaviour {
            Behaviour::Disputed => false,
            Behaviour::Inquired => true,
            Behaviour::BypassesPending if self.charges.at(charge).captured => {
                self.emit_balance(now);
                return;
            }
            _ => return,
        };
        if succeeded {
            self.open_dispute(
                now,
                NewDispute {
                    charge,
                    inquiry,
                    reason: "fraudulent",
                    network_code: "10.4",
                    due_by: Some(end_of_day(now + 9 * DAY)),
                },
            );
        }
    }

    fn advance_intent(&mut self, now: i64, intent: u32, charge: u32, decline: Option<&'static Decline>) {
        let charge_row = self.charges.at(charge);
        let (amount, captured, method) = (charge_row.amount, charge_row.captured, charge_row.payment_method);
        let row = self.intents.edit(intent);
        row.latest_charge = Some(charge);
        row.charges.push(charge);
        let kind = if decline.is_some() {
            row.status = IntentStatus::RequiresPaymentMethod;
            row.last_error = decline;
            row.payment_method = None;
            "payment_intent.payment_failed"
        } else if captured {
            row.status = IntentStatus::Succeeded;
            row.amount_received = amount;
            "payment_intent.succeeded"
        } else {
            row.status = IntentStatus::RequiresCapture;
            row.amount_capturable = amount;
            "payment_intent.amount_capturable_updated"
        };
        if decline.is_none() {
            row.last_error = None;
            row.payment_method = Some(method);
        }
        self.emit_intent(now, kind, intent, None);
    }

    /// Books what a captured charge brings into the account's own currency.
    fn book_charge(&mut self, now: i64, charge: u32) {
        let row = self.charges.at(charge);
        let at_once = row.card.behaviour == Behaviour::BypassesPending;
        let mut line = ChargeLine {
            at: now,
            charge,
            captured: row.amount_captured,
            currency: row.currency,
            card_country: row.card.country,
            description: row.description.clone(),
        }
        .line();
        if at_once {
            line.available_on = now;
        }
        let index = self.book(line);
        self.charges.edit(charge).balance_transaction = Some(index);
    }

    /// Takes a held amount, or a part of it; the rest of the hold is released.
    pub(crate) fn capture(&mut self, now: i64, charge: u32, amount: i64) {
        let row = self.charges.edit(charge);
        row.captured = true;
        row.amount_captured = amount;
        row.capture_before = None;
        let intent = row.payment_intent;
        self.book_charge(now, charge);
        let before = json!({ "amount_captured": 0, "balance_transaction": null, "captured": false });
        self.emit_charge(now, "charge.captured", charge, Some(before));
        if let Some(intent) = intent {
            let row = self.intents.edit(intent);
            row.status = IntentStatus::Succeeded;
            row.amount_received = amount;
            row.amount_capturable = 0;
            self.emit_intent(now, "payment_intent.succeeded", intent, None);
        }
    }

    /// Ends an intent; a hold it has is released by a refund that moves no money.
    pub(crate) fn cancel_intent(&mut self, now: i64, intent: u32, reason: Option<&'static str>) {
        let held = self
            .intents
            .at(intent)
            .latest_charge
            .filter(|_| self.intents.at(intent).status == IntentStatus::RequiresCapture);
        if let Some(charge) = held {
            self.release(now, charge, reason == Some("automatic"));
        }
        self.close_intent(now, intent, reason);
    }

    /// The intent's own part of a cancellation.
    pub(crate) fn close_intent(&mut self, now: i64, intent: u32, reason: Option<&'static str>) {
        let row = self.intents.edit(intent);
        row.status = IntentStatus::Canceled;
        row.amount_capturable = 0;
        row.canceled_at = Some(now);
        row.cancellation_reason = reason;
        self.emit_intent(now, "payment_intent.canceled", intent, None);
    }
}

/// An amount in the currency it settles in. Rounded half up; amounts are never negative here.
pub(crate) fn convert(amount: i64, currency: Currency) -> i64 {
    if currency.settlement() == currency {
        return amount;
    }
    let product = i128::from(amount) * i128::from(currency.rate_per_million());
    ((product + 500_000) / 1_000_000) as i64
}

/// Stripe's price: a share and a fixed part, by the account's currency and where the card is from.
pub(crate) fn fee(amount: i64, settlement: Currency, card_country: &str) -> i64 {
    let (per_mille_tenths, fixed) = match settlement {
        EUR => (150, 25),
        GBP => (150, 20),
        _ if card_country == "US" => (290, 30),
        _ => (440, 30),
    };
    (amount * per_mille_tenths + 5_000) / 10_000 + fixed
}

/// The start of the UTC day.
pub(crate) fn midnight(at: i64) -> i64 {
    at - at.rem_euclid(DAY)
}

/// The last second of the UTC day, when deadlines fall.
pub(crate) fn end_of_day(at: i64) -> i64 {
    midnight(at) + DAY - 1
}

/// The contact that no one gave: everything empty.
pub(crate) fn nobody() -> Arc<Contact> {
    Arc::new(Contact::default())
}
