//! Orders: when they come, who places them, how they are paid and what follows.

use std::sync::Arc;

use chrono::{DateTime, Datelike};

use super::people::{self, Person};
use super::words::GOODS;
use super::{Action, Fate, HISTORY_DAYS, History};
use crate::cards::{Decline, SEEDED_DECLINES};
use crate::currency::Currency;
use crate::model::{Customer, Metadata, PaymentMethod, Text};
use crate::random::Random;
use crate::world::{DAY, NewCharge, NewIntent, midnight, text};

/// Orders per hour of the day, in UTC, as weights: nights are quiet, evenings are not.
const HOURS: [u32; 24] =
    [30, 22, 16, 12, 10, 12, 18, 28, 42, 56, 66, 72, 78, 80, 84, 88, 92, 98, 108, 118, 120, 104, 76, 48];
/// Monday to Sunday.
const WEEKDAYS: [u32; 7] = [104, 98, 96, 98, 106, 118, 120];

/// How many orders the hours of a history that ends at `end` have, as weights, each with those of all hours before it: growing over the months, with days, weeks
/// and a busy late November.
pub(crate) fn hour_weights(end: i64) -> Vec<u64> {
    let start = midnight(end - HISTORY_DAYS * DAY);
    let mut totals: Vec<u64> = Vec::with_capacity((HISTORY_DAYS as usize + 1) * 24);
    let mut total = 0;
    let mut hour_start = start;
    while hour_start <= end {
        let day = (hour_start - start) / DAY;
        // The first day of 1970 was a Thursday, the fourth day of the week counted from Monday.
        let weekday = ((hour_start / DAY + 3).rem_euclid(7)) as usize;
        let date = DateTime::from_timestamp(hour_start, 0).unwrap_or_default();
        let busy = if date.month() == 11 && date.day() >= 24 {
            260
        } else if date.month() == 12 && date.day() <= 20 {
            160
        } else {
            100
        };
        let growth = 1_000 + day as u64 * 2;
        let hour = ((hour_start % DAY) / 3_600) as usize;
        total += u64::from(HOURS[hour]) * u64::from(WEEKDAYS[weekday]) * busy * growth;
        totals.push(total);
        hour_start += 3_600;
    }
    totals
}

/// The moments of `count` orders from an hour of the history on, oldest first.
pub(super) fn order_times(seed: u64, count: u32, from: i64, end: i64) -> Vec<i64> {
    let mut random = Random::new(seed, 2);
    let start = midnight(end - HISTORY_DAYS * DAY);
    let totals = hour_weights(end);
    let before = match ((from - start) / 3_600) as usize {
        0 => 0,
        hours => totals[hours - 1],
    };
    let left = totals.last().map_or(0, |total| total - before);
    let mut times: Vec<i64> = (0..count)
        .map(|_| {
            let point = before + random.below(left);
            let hour = totals.partition_point(|sum| *sum <= point) as i64;
            (start + hour * 3_600 + random.between(0, 3_599)).min(end)
        })
        .collect();
    times.sort_unstable();
    times
}

/// The shop: its customers so far and its own dice.
pub(super) struct Shop {
    random: Random,
    known: Vec<(u32, Person)>,
    orders: u32,
    /// How many orders were before the first of this shop.
    archived: u32,
    this_year: u16,
    goods: Vec<Text>,
}

impl Shop {
    pub(super) fn new(seed: u64, archived: u32, end: i64) -> Shop {
        let this_year = DateTime::from_timestamp(end, 0).map_or(2_026, |at| at.year() as u16);
        Shop {
            random: Random::new(seed, 3),
            known: Vec::new(),
            orders: archived,
            archived,
            this_year,
            goods: GOODS.iter().map(|(name, _)| text(name)).collect(),
        }
    }

    /// One order: buyer, goods, payment; `must_pay` leaves out those that may end without a charge.
    pub(super) fn order(&mut self, history: &mut History, now: i64, must_pay: bool) {
        self.orders += 1;
        let (customer, method, currency, email) = self.buyer(history, now);
        let good = self.random.below(GOODS.len() as u64) as usize;
        let pieces = [1, 2, 3, 5][self.random.weighted(&[72, 18, 7, 3])];
        let amount = price(&mut self.random, GOODS[good].1 * pieces, currency);
        let mut metadata: Metadata = Vec::new();
        if self.random.chance(930_000) {
            metadata.push((text("order_id"), text(&format!("{}", 100_000 + self.orders))));
        }
        if self.random.chance(80_000) {
            metadata.push((text("channel"), text(self.random.pick::<&str>(&["web", "app", "phone"]))));
        }
        let description = self.random.chance(850_000).then(|| {
            if pieces == 1 {
                Arc::clone(&self.goods[good])
            } else {
                text(&format!("{pieces} × {}", GOODS[good].0))
            }
        });
        let receipt_email = if customer.is_none() || self.random.chance(600_000) { email } else { None };
        if self.random.chance(80_000) {
            self.bare_charge(
                history,
                now,
                NewIntent {
                    amount,
                    currency,
                    customer,
                    payment_method: Some(method),
                    manual_capture: false,
                    description,
                    receipt_email,
                    metadata,
                },
            );
            return;
        }
        let manual_capture = self.random.chance(45_000);
        let intent = history.world.create_intent(
            now,
            NewIntent {
                amount,
                currency,
                customer,
                payment_method: Some(method),
                manual_capture,
                description,
                receipt_email,
                metadata,
            },
        );
        if !must_pay && self.random.chance(25_000) {
            history.plan(now + DAY, Action::Abandon { intent });
            return;
        }
        if !must_pay && self.random.chance(60_000) {
            history.world.intents.edit(intent).status = crate::model::IntentStatus::RequiresAction;
            history.world.emit_intent(now, "payment_intent.requires_action", intent, None);
            let at = now + self.random.between(20, 180);
            history.plan(at, Action::Authenticate { intent });
            return;
        }
        pay(history, now, intent, Some(method), false);
    }

    /// The buyer: someone known, someone new, or a guest; with their card.
    fn buyer(&mut self, history: &mut History, now: i64) -> (Option<u32>, u32, Currency, Option<Text>) {
        if !self.known.is_empty() && self.random.chance(620_000) {
            // Regular customers buy again and again: the draw leans towards early ones.
            let bound = self.known.len() as u64;
            let at = self.random.below(bound).min(self.random.below(bound)) as usize;
            let (customer, person) = &self.known[at];
            let method = history.world.customers.at(*customer).default_method.unwrap_or_default();
            return (Some(*customer), method, person.region.currency, person.contact.email.clone());
        }
        let person = people::person(&mut self.random, self.this_year);
        let row = PaymentMethod {
            created: now,
            contact: Arc::clone(&person.contact),
            card: Arc::clone(&person.card),
            customer: None,
            legacy: false,
            metadata: Vec::new(),
        };
        let (currency, email) = (person.region.currency, person.contact.email.clone());
        if self.random.chance(300_000) {
            let method = history.world.create_method(row);
            return (None, method, currency, email);
        }
        let customer = history.world.create_customer(Customer {
            created: now,
            name: person.contact.name.clone(),
            email: email.clone(),
            phone: person.contact.phone.clone(),
            description: None,
            address: self.random.chance(500_000).then(|| Arc::new(person.contact.address.clone())),
            locale: Some(person.region.locale),
            metadata: if self.random.chance(300_000) {
                vec![(
                    text("customer_no"),
                    text(&format!("K-{:06}", self.archived as usize + self.known.len() + 1)),
                )]
            } else {
                Vec::new()
            },
            ..Customer::default()
        });
        let method = history.world.create_method(row);
        history.world.attach(now, method, customer);
        history.world.customers.edit(customer).default_method = Some(method);
        self.known.push((customer, person));
        (Some(customer), method, currency, email)
    }

    /// A payment by the older calls: a charge of its own, with a card of its own.
    fn bare_charge(&mut self, history: &mut History, now: i64, new: NewIntent) {
        let seen = new.payment_method.unwrap_or_default();
        let mut row = history.world.methods.at(seen).into_owned();
        row.legacy = true;
        row.customer = None;
        row.created = now;
        let method = history.world.create_method(row);
        let decline = draw_decline(&mut self.random);
        let charge = history.world.charge(
            now,
            NewCharge {
                amount: new.amount,
                currency: new.currency,
                customer: new.customer,
                payment_intent: None,
                payment_method: method,
                capture: true,
                authenticated: false,
                decline,
                risk_score: self.random.below(65) as u8,
                description: new.description,
                receipt_email: new.receipt_email,
                statement_suffix: None,
                metadata: new.metadata,
            },
        );
        if decline.is_none() {
            plan_aftermath(history, now, charge);
        }
    }
}

/// A price in the buyer's currency, rounded as shops do it.
pub(crate) fn price(random: &mut Random, us_cents: i64, currency: Currency) -> i64 {
    let cents = us_cents * random.between(90, 110) / 100;
    match currency.code() {
        "jpy" => (cents * 3 / 2 / 10 * 10).max(100),
        // Dinars have three decimals of which the last is always 0.
        "kwd" => (cents * 3 / 10 * 10).max(500),
        // Whole krónur, sent with two decimals that do not exist.
        "isk" => (cents * 137 / 100 * 100).max(10_000),
        _ => (cents / 100 * 100 + *random.pick(&[0, 50, 95, 99])).max(100),
    }
}

fn draw_decline(random: &mut Random) -> Option<&'static Decline> {
    if !random.chance(78_000) {
        return None;
    }
    let weights: [u32; 9] = std::array::from_fn(|index| SEEDED_DECLINES[index].1);
    Some(SEEDED_DECLINES[random.weighted(&weights)].0)
}

/// Tries to pay an intent; a decline may be tried again, a success has its aftermath.
pub(super) fn pay(history: &mut History, now: i64, intent: u32, method: Option<u32>, authenticated: bool) {
    let row = history.world.intents.at(intent);
    let tried = row.charges.len();
    // A second try uses the card of the first.
    let known = row
        .payment_method
        .or_else(|| row.latest_charge.map(|charge| history.world.charges.at(charge).payment_method));
    let Some(payment_method) = method.or(known) else { return };
    let decline =
        if tried > 0 && history.random.chance(700_000) { None } else { draw_decline(&mut history.random) };
    let row = history.world.intents.at(intent);
    let manual = row.manual_capture;
    let new = NewCharge {
        amount: row.amount,
        currency: row.currency,
        customer: row.customer,
        payment_intent: Some(intent),
        payment_method,
        capture: !manual,
        authenticated,
        decline,
        risk_score: 0,
        description: row.description.clone(),
        receipt_email: row.receipt_email.clone(),
        statement_suffix: None,
        metadata: row.metadata.clone(),
    };
    let risk_score = history.random.below(72) as u8;
    let charge = history.world.charge(now, NewCharge { risk_score, ..new });
    if decline.is_some() {
        if tried < 3 && history.random.chance(650_000) {
            let at = now + history.random.between(30, 1_800);
            history.plan(at, Action::Retry { intent });
        }
    } else if manual {
        plan_capture(history, now, intent, charge);
    } else {
        plan_aftermath(history, now, charge);
    }
}

fn plan_capture(history: &mut History, now: i64, intent: u32, charge: u32) {
    let at = now + history.random.between(DAY / 2, 6 * DAY);
    match history.random.weighted(&[70, 18, 12]) {
        0 => history.plan(at, Action::Capture { charge, share: 100 }),
        1 => {
            let share = history.random.between(30, 95) as u8;
            history.plan(at, Action::Capture { charge, share });
        }
        _ => history.plan(now + 7 * DAY, Action::Expire { intent }),
    }
}

/// What may follow a captured payment: refunds, a dispute.
pub(super) fn plan_aftermath(history: &mut History, now: i64, charge: u32) {
    if plan_dispute(history, now, charge) || !history.random.chance(85_000) {
        return;
    }
    let fate = [Fate::Succeeds, Fate::Fails, Fate::Pends, Fate::NeedsCustomer, Fate::Canceled]
        [history.random.weighted(&[900, 30, 45, 12, 13])];
    // The smaller of two draws: most refunds come soon.
    let (first, second) = (history.random.between(1_200, 45 * DAY), history.random.between(1_200, 45 * DAY));
    let at = now + first.min(second);
    if history.random.chance(600_000) {
        history.plan(at, Action::Refund { charge, share: 100, fate });
        return;
    }
    let share = history.random.between(10, 80) as u8;
    history.plan(at, Action::Refund { charge, share, fate });
    if history.random.chance(250_000) {
        let later = at + history.random.between(3_600, 10 * DAY);
        let share = *history.random.pick(&[25, 50, 100]);
        history.plan(later, Action::Refund { charge, share, fate: Fate::Succeeds });
    }
}

/// Every so many charges one is disputed; a history large enough to show rarities always has some, old and recent.
fn plan_dispute(history: &mut History, now: i64, charge: u32) -> bool {
    let every = if super::shows_rarities(history.wanted) { (history.wanted / 14).clamp(7, 160) } else { 200 };
    if charge % every != every / 2 {
        return false;
    }
    let inquiry = (charge / every) % 4 == 3;
    let at = now + history.random.between(DAY, 18 * DAY);
    history.plan(at, Action::Dispute { charge, inquiry });
    true
}
