//! The simulated account: all its rows, and what happens to them.
//!
//! The seeded history and the requests of clients go through the same functions here, so a refund made by a client and one made two months ago by the seed leave
//! the same traces: balance lines, events, changed charges.

mod charges;
mod disputes;
mod payouts;
mod refunds;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::ids::Ids;
use crate::model::{
    BalanceTransaction, Cause, Charge, Customer, Dispute, Endpoint, Event, PaymentIntent, PaymentMethod,
    Payout, Refund, Snapshot, Source, Text, Token,
};
pub(crate) use charges::{NewCharge, NewIntent, end_of_day, midnight, nobody};
pub(crate) use disputes::NewDispute;
pub(crate) use refunds::NewRefund;

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
}

/// The account.
pub(crate) struct World {
    pub(crate) ids: Ids,
    pub(crate) seed: u64,
    /// The instant the seeded history ends at.
    pub(crate) history_end: i64,
    pub(crate) customers: Vec<Customer>,
    pub(crate) methods: Vec<PaymentMethod>,
    pub(crate) intents: Vec<PaymentIntent>,
    pub(crate) charges: Vec<Charge>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) disputes: Vec<Dispute>,
    pub(crate) transactions: Vec<BalanceTransaction>,
    pub(crate) payouts: Vec<Payout>,
    pub(crate) events: Vec<Event>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) tokens: Vec<Token>,
    /// Rows below these places were seeded; the others were made by clients.
    pub(crate) seeded_refunds: usize,
    /// Balance lines that no payout has taken yet.
    unpaid: Vec<u32>,
    later: BinaryHeap<Reverse<(i64, u64, Later)>>,
    later_count: u64,
    /// The request being executed, for the events it causes.
    pub(crate) cause: Option<Arc<Cause>>,
}

impl World {
    /// An account with no rows.
    pub(crate) fn empty(seed: u64, history_end: i64) -> World {
        World {
            ids: Ids::new(seed),
            seed,
            history_end,
            customers: Vec::new(),
            methods: Vec::new(),
            intents: Vec::new(),
            charges: Vec::new(),
            refunds: Vec::new(),
            disputes: Vec::new(),
            transactions: Vec::new(),
            payouts: Vec::new(),
            events: Vec::new(),
            endpoints: Vec::new(),
            tokens: Vec::new(),
            seeded_refunds: 0,
            unpaid: Vec::new(),
            later: BinaryHeap::new(),
            later_count: 0,
            cause: None,
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
            Snapshot::Charge(charge, Box::new(world.charges[charge as usize].clone()))
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
            Snapshot::Refund(refund, Box::new(world.refunds[refund as usize].clone()))
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
            Snapshot::Intent(intent, Box::new(world.intents[intent as usize].clone()))
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
            let row = &world.customers[customer as usize];
            // The lists of places are for our own look-ups and no part of the object.
            let copy = Customer {
                methods: Vec::new(),
                charges: Vec::new(),
                intents: Vec::new(),
                metadata: row.metadata.clone(),
                name: row.name.clone(),
                email: row.email.clone(),
                phone: row.phone.clone(),
                description: row.description.clone(),
                address: row.address.clone(),
                ..*row
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
            Snapshot::Method(method, Box::new(world.methods[method as usize].clone()))
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
            Snapshot::Dispute(dispute, Box::new(world.disputes[dispute as usize].clone()))
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
            let row = &world.payouts[payout as usize];
            Snapshot::Payout(payout, Box::new(Payout { lines: Vec::new(), ..row.clone() }))
        });
    }

    /// Adds a balance line.
    pub(crate) fn book(&mut self, line: BalanceTransaction) -> u32 {
        let index = self.transactions.len() as u32;
        if !matches!(line.source, Source::Payout(_)) || line.words.0 == "payout_failure" {
            self.unpaid.push(index);
        }
        self.transactions.push(line);
        index
    }

    /// Adds a customer.
    pub(crate) fn create_customer(&mut self, customer: Customer) -> u32 {
        let index = self.customers.len() as u32;
        let now = customer.created;
        self.customers.push(customer);
        self.emit_customer(now, "customer.created", index, None);
        index
    }

    /// Adds a card, not yet tied to a customer.
    pub(crate) fn create_method(&mut self, method: PaymentMethod) -> u32 {
        self.methods.push(method);
        (self.methods.len() - 1) as u32
    }

    /// Ties a card to a customer.
    pub(crate) fn attach(&mut self, now: i64, method: u32, customer: u32) {
        self.methods[method as usize].customer = Some(customer);
        self.customers[customer as usize].methods.push(method);
        self.emit_method(now, "payment_method.attached", method, None);
    }

    /// Unties a card.
    pub(crate) fn detach(&mut self, now: i64, method: u32) {
        if let Some(customer) = self.methods[method as usize].customer.take() {
            let owner = &mut self.customers[customer as usize];
            owner.methods.retain(|other| *other != method);
            owner.default_method = owner.default_method.filter(|other| *other != method);
            owner.default_source = owner.default_source.filter(|other| *other != method);
            let before =
                serde_json::json!({ "customer": self.ids.text(crate::ids::Kind::Customer, customer) });
            self.emit_method(now, "payment_method.detached", method, Some(before));
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
            }
            self.cause = cause;
        }
    }
}

/// Shared text from a plain one.
pub(crate) fn text(value: &str) -> Text {
    Arc::from(value)
}
