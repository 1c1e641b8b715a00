//! The simulated account: all its rows, and what happens to them.
//!
//! The seeded history and the requests of clients go through the same functions here, so a refund made by a client and one made two months ago by the seed leave
//! the same traces: balance lines, events, changed charges.

mod charges;
mod disputes;
mod payouts;
mod refunds;
mod table;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::archive::Archive;
use crate::ids::{Ids, Kind};
use crate::model::{
    BalanceTransaction, Cause, Charge, Customer, Dispute, Endpoint, Event, PaymentIntent, PaymentMethod,
    Payout, Refund, Snapshot, Source, Text, Token,
};
pub(crate) use charges::{ChargeLine, NewCharge, NewIntent, convert, end_of_day, fee, midnight, nobody};
pub(crate) use disputes::{DISPUTE_FEE, NewDispute, dispute_line};
pub(crate) use payouts::{ARRIVAL_DAYS, PAYOUT_FAILURE, payout_line};
pub(crate) use refunds::{NewRefund, refund_line};
pub(crate) use table::Table;

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;
/// How far back `/v1/events` goes.
pub(crate) const EVENT_DAYS: i64 = 30;

/// Something that happens by itself later, in whole seconds of the sandbox's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Later {
    /// A refund that was answered as succeeded comes back from the bank.
    RefundFails(u32),
    /// A pending refund arrives.
    RefundSettles(u32),
    /// A payout that a client asked for is in the bank, or comes back.
    PayoutEnds(u32),
}

/// The account.
pub(crate) struct World {
    pub(crate) ids: Ids,
    pub(crate) seed: u64,
    /// The instant the seeded history ends at.
    pub(crate) history_end: i64,
    pub(crate) customers: Table<Customer>,
    pub(crate) methods: Table<PaymentMethod>,
    pub(crate) intents: Table<PaymentIntent>,
    pub(crate) charges: Table<Charge>,
    pub(crate) refunds: Table<Refund>,
    pub(crate) disputes: Table<Dispute>,
    pub(crate) transactions: Table<BalanceTransaction>,
    pub(crate) payouts: Table<Payout>,
    pub(crate) events: Vec<Event>,
    pub(crate) endpoints: Vec<Endpoint>,
    /// Events that were asked to be delivered again, each with its endpoint, until they are handed to delivery.
    pub(crate) resends: Vec<(u32, u32)>,
    pub(crate) tokens: Vec<Token>,
    /// Rows below these places were seeded; the others were made by clients.
    pub(crate) seeded_refunds: usize,
    /// Balance lines that no payout has taken yet.
    unpaid: Vec<u32>,
    later: BinaryHeap<Reverse<(i64, u64, Later)>>,
    later_count: u64,
    /// The request being executed, for the events it causes.
    pub(crate) cause: Option<Arc<Cause>>,
    /// The older part of a large history.
    pub(crate) archive: Option<Arc<Archive>>,
}

impl World {
    /// An account with no rows but those of its archive.
    pub(crate) fn empty(seed: u64, history_end: i64, archive: Option<Arc<Archive>>) -> World {
        World {
            ids: Ids::new(seed),
            seed,
            history_end,
            customers: Table::new(archive.as_ref()),
            methods: Table::new(archive.as_ref()),
            intents: Table::new(archive.as_ref()),
            charges: Table::new(archive.as_ref()),
            refunds: Table::new(archive.as_ref()),
            disputes: Table::new(archive.as_ref()),
            transactions: Table::new(archive.as_ref()),
            payouts: Table::new(archive.as_ref()),
            events: Vec::new(),
            endpoints: Vec::new(),
            resends: Vec::new(),
            tokens: Vec::new(),
            seeded_refunds: 0,
            unpaid: archive.as_ref().map(|archive| archive.unpaid().to_vec()).unwrap_or_default(),
            later: BinaryHeap::new(),
            later_count: 0,
            cause: None,
            archive,
        }
    }

    /// Makes room for a history of this many charges.
    pub(crate) fn reserve(&mut self, charges: usize) {
        self.charges.reserve(charges);
        self.intents.reserve(charges);
        self.transactions.reserve(charges + charges / 5);
    }

    /// Whether an event at this time can still be read when history ends; older ones are not made at all.
    pub(crate) fn remembers(&self, now: i64) -> bool {
        now >= self.history_end - EVENT_DAYS * DAY
    }

    /// Records an event, unless it is older than events are kept. The snapshot is only taken when it is needed.
    pub(crate) fn emit(
        &mut self,
        now: i64,
        kind: &'static str,
        previous: Option<serde_json::Value>,
        snapshot: impl FnOnce(&World) -> Snapshot,
    ) {
        if !self.remembers(now) {
            return;
        }
        let snapshot = snapshot(self);
        let pending = self.endpoints.iter().filter(|endpoint| endpoint.wants(kind)).count() as u32;
        self.events.push(Event {
            created: now,
            kind,
            snapshot,
            previous: previous.map(Box::new),
            cause: self.cause.clone(),
            pending,
        });
    }

    pub(crate) fn emit_charge(
        &mut self,
        now: i64,
        kind: &'static str,
        charge: u32,
        previous: Option<serde_json::Value>,
    ) {
        self.emit(now, kind, previous, |world| {
            Snapshot::Charge(charge, Box::new(world.charges.at(charge).into_owned()))
        });
    }

    pub(crate) fn emit_refund(
        &mut self,
        now: i64,
        kind: &'static str,
        refund: u32,
        previous: Option<serde_json::Value>,
    ) {
        self.emit(now, kind, previous, |world| {
            Snapshot::Refund(refund, Box::new(world.refunds.at(refund).into_owned()))
        });
    }

    pub(crate) fn emit_intent(
        &mut self,
        now: i64,
        kind: &'static str,
        intent: u32,
        previous: Option<serde_json::Value>,
    ) {
        self.emit(now, kind, previous, |world| {
            Snapshot::Intent(intent, Box::new(world.intents.at(intent).into_owned()))
        });
    }

    pub(crate) fn emit_customer(
        &mut self,
        now: i64,
        kind: &'static str,
        customer: u32,
        previous: Option<serde_json::Value>,
    ) {
        self.emit(now, kind, previous, |world| {
            let row = world.customers.at(customer);
            // The lists of places are for our own look-ups and no part of the object.
            let copy = Customer {
                methods: Vec::new(),
                charges: Vec::new(),
                intents: Vec::new(),
                ..row.into_owned()
            };
            Snapshot::Customer(customer, Box::new(copy))
        });
    }

    pub(crate) fn emit_method(
        &mut self,
        now: i64,
        kind: &'static str,
        method: u32,
        previous: Option<serde_json::Value>,
    ) {
        self.emit(now, kind, previous, |world| {
            Snapshot::Method(method, Box::new(world.methods.at(method).into_owned()))
        });
    }

    pub(crate) fn emit_dispute(
        &mut self,
        now: i64,
        kind: &'static str,
        dispute: u32,
        previous: Option<serde_json::Value>,
    ) {
        self.emit(now, kind, previous, |world| {
            Snapshot::Dispute(dispute, Box::new(world.disputes.at(dispute).into_owned()))
        });
    }

    pub(crate) fn emit_payout(
        &mut self,
        now: i64,
        kind: &'static str,
        payout: u32,
        previous: Option<serde_json::Value>,
    ) {
        self.emit(now, kind, previous, |world| {
            let row = world.payouts.at(payout);
            Snapshot::Payout(payout, Box::new(Payout { lines: Vec::new(), ..row.into_owned() }))
        });
    }

    /// Adds a balance line.
    pub(crate) fn book(&mut self, line: BalanceTransaction) -> u32 {
        let index = self.transactions.end();
        if !matches!(line.source, Source::Payout(_)) || line.words.0 != "payout" {
            self.unpaid.push(index);
        }
        self.transactions.push(line);
        index
    }

    /// Adds a customer.
    pub(crate) fn create_customer(&mut self, customer: Customer) -> u32 {
        let index = self.customers.end();
        let now = customer.created;
        self.customers.push(customer);
        self.emit_customer(now, "customer.created", index, None);
        index
    }

    /// The number an id of this kind names, if there is such a row.
    pub(crate) fn place(&self, kind: Kind, id: &str) -> Option<u32> {
        let number = self.ids.index(kind, id)?;
        let known = match kind {
            Kind::Charge => self.charges.has(number),
            Kind::PaymentIntent => self.intents.has(number),
            Kind::Refund => self.refunds.has(number),
            Kind::Customer => self.customers.has(number),
            Kind::PaymentMethod => self.methods.has(number),
            Kind::Dispute => self.disputes.has(number),
            Kind::BalanceTransaction => self.transactions.has(number),
            Kind::Payout => self.payouts.has(number),
            Kind::Event => (number as usize) < self.events.len(),
            Kind::WebhookEndpoint => (number as usize) < self.endpoints.len(),
            Kind::Token => (number as usize) < self.tokens.len(),
            Kind::Request => false,
        };
        known.then_some(number)
    }

    /// Adds a card, not yet tied to a customer.
    pub(crate) fn create_method(&mut self, method: PaymentMethod) -> u32 {
        self.methods.push(method)
    }

    /// Ties a card to a customer.
    pub(crate) fn attach(&mut self, now: i64, method: u32, customer: u32) {
        self.methods.edit(method).customer = Some(customer);
        self.customers.edit(customer).methods.push(method);
        self.emit_method(now, "payment_method.attached", method, None);
    }

    /// Unties a card.
    pub(crate) fn detach(&mut self, now: i64, method: u32) {
        if let Some(customer) = self.methods.edit(method).customer.take() {
            let owner = self.customers.edit(customer);
            owner.methods.retain(|other| *other != method);
            owner.default_method = owner.default_method.filter(|other| *other != method);
            owner.default_source = owner.default_source.filter(|other| *other != method);
            let before = serde_json::json!({ "customer": self.ids.text(Kind::Customer, customer) });
            self.emit_method(now, "payment_method.detached", method, Some(before));
        }
    }

    /// The charges of a customer, oldest first.
    pub(crate) fn charges_of(&self, customer: u32) -> Vec<u32> {
        let mut charges = self.customers.at(customer).into_owned().charges;
        if let Some(archive) = self.archive.as_ref().filter(|_| customer < self.customers.first()) {
            charges.extend(archive.customer_charges(customer));
            charges.sort_unstable();
        }
        charges
    }

    /// The intents of a customer, oldest first.
    pub(crate) fn intents_of(&self, customer: u32) -> Vec<u32> {
        let mut intents = self.customers.at(customer).into_owned().intents;
        if let Some(archive) = self.archive.as_ref().filter(|_| customer < self.customers.first()) {
            intents.extend(archive.customer_intents(customer));
            intents.sort_unstable();
        }
        intents
    }

    /// The balance lines that a payout pays out, its own line last.
    pub(crate) fn lines_of(&self, payout: u32) -> Vec<u32> {
        match self.archive.as_ref().filter(|_| payout < self.payouts.first()) {
            Some(archive) => archive.payout_lines(payout),
            None => self.payouts.at(payout).into_owned().lines,
        }
    }

    /// A charge's customer and card; of one in the archive without making the whole row.
    pub(crate) fn parties(&self, charge: u32) -> (Option<u32>, u32) {
        match (self.charges.kept(charge), &self.archive) {
            (None, Some(archive)) => archive.parties(charge),
            _ => {
                let row = self.charges.at(charge);
                (row.customer, row.payment_method)
            }
        }
    }

    /// Whether a card was made by the older calls.
    pub(crate) fn legacy(&self, method: u32) -> bool {
        match (self.methods.kept(method), &self.archive) {
            (None, Some(archive)) => archive.legacy(method),
            _ => self.methods.at(method).legacy,
        }
    }

    /// Plans something for later.
    pub(crate) fn schedule(&mut self, at: i64, what: Later) {
        self.later_count += 1;
        self.later.push(Reverse((at, self.later_count, what)));
    }

    /// When the next planned thing is due.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.later.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Does what was planned for up to now, each at its own time, so that a restart that replays the journal meets the same order.
    pub(crate) fn catch_up(&mut self, now: i64) {
        while let Some(Reverse((at, _, what))) = self.later.peek().copied() {
            if at > now {
                return;
            }
            self.later.pop();
            let cause = self.cause.take();
            match what {
                Later::RefundFails(refund) => self.fail_refund(at, refund, "expired_or_canceled_card"),
                Later::RefundSettles(refund) => self.settle_refund(at, refund),
                Later::PayoutEnds(payout) => self.payout_ends(at, payout),
            }
            self.cause = cause;
        }
    }
}

/// Shared text from a plain one.
pub(crate) fn text(value: &str) -> Text {
    Arc::from(value)
}
