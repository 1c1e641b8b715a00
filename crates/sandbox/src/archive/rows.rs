//! The archive's rows, made when they are asked for.

use std::sync::Arc;

use super::ledger::{Origin, What};
use super::story::{Buyer, Contest, Giving, PERSON, Story, Taken, WORDS};
use super::{Archive, Given};
use crate::ids::Kind;
use crate::model::{
    BalanceTransaction, Charge, ChargeStatus, Customer, Dispute, IntentStatus, Metadata, PaymentIntent,
    PaymentMethod, Payout, Refund, RefundStatus, Text,
};
use crate::random::Random;
use crate::seed::{GOODS, Person, person};
use crate::world::{ARRIVAL_DAYS, ChargeLine, DAY, PAYOUT_FAILURE, end_of_day, midnight, payout_line, text};

const CUSTOMER_WORDS: u64 = 29;
/// An order's number as the shop's customers know it starts here, in the archive as in the played part.
const FIRST_ORDER: u32 = 100_001;

/// A kind whose older rows can be in the archive.
pub(crate) trait Archived: Clone {
    /// The number after the archive's last one.
    fn end(archive: &Archive) -> u32;
    /// Whether the archive has a row of this number, which is below the end.
    fn has(archive: &Archive, number: u32) -> bool;
    /// When the row was made; in the order of the numbers, also for numbers that no row has.
    fn at(archive: &Archive, number: u32) -> i64;
    /// The row.
    fn make(archive: &Archive, number: u32) -> Self;
    /// When this row was made.
    fn created(&self) -> i64;
}

/// What an order says about itself.
struct Words {
    description: Option<Text>,
    receipt: bool,
    dice: Random,
}

impl Archive {
    fn person(&self, number: u32) -> Person {
        person(&mut Random::of_row(self.seed, PERSON, number), self.this_year)
    }

    fn words(&self, story: &Story) -> Words {
        let mut dice = Random::of_row(self.seed, WORDS, story.order);
        let good = GOODS[story.good].0;
        let description = dice.chance(850_000).then(|| {
            if story.pieces == 1 { text(good) } else { text(&format!("{} × {good}", story.pieces)) }
        });
        let receipt = dice.chance(600_000) || story.customer().is_none();
        Words { description, receipt, dice }
    }

    fn metadata(words: &mut Words, story: &Story) -> Metadata {
        let mut metadata = Vec::new();
        if words.dice.chance(930_000) {
            metadata.push((text("order_id"), text(&(FIRST_ORDER + story.order).to_string())));
        }
        if words.dice.chance(80_000) {
            metadata.push((text("channel"), text(words.dice.pick::<&str>(&["web", "app", "phone"]))));
        }
        metadata
    }

    fn refund_numbers(&self, charge: u32, story: &Story) -> Vec<u32> {
        let slots = story.refunds.iter().zip(0_u8..);
        slots.filter_map(|(refund, slot)| self.refund_number(charge, slot, (*refund)?.at)).collect()
    }

    /// A refund's charge, what happened to it, and the refund.
    fn giving(&self, number: u32) -> (u32, Story, Giving) {
        let Given { at, charge, slot } = self.refunds[number as usize];
        let story = self.story(charge);
        let nothing = Giving { at, amount: 0, reason: None, status: RefundStatus::Succeeded, returned: None };
        let giving = story.refunds[usize::from(slot)].unwrap_or(nothing);
        (charge, story, giving)
    }

    fn contest(&self, number: u32) -> (u32, Story, Option<Contest>) {
        let (_, charge) = self.disputes[number as usize];
        let story = self.story(charge);
        let contest = story.dispute;
        (charge, story, contest)
    }

    fn moment_line(&self, at: i64, what: What) -> BalanceTransaction {
        match what {
            What::Captured(charge) => self.charge_line(at, charge),
            What::Refund(number) | What::RefundReturned(number) => {
                let (_, story, giving) = self.giving(number);
                let sign = if matches!(what, What::Refund(_)) { -1 } else { 1 };
                let description = self.words(&story).description;
                let money = (giving.amount, story.region.currency);
                crate::world::refund_line(at, number, money, description.as_ref(), sign)
            }
            What::Dispute(number) | What::DisputeWon(number) => {
                let (charge, story, _) = self.contest(number);
                let sign = if matches!(what, What::Dispute(_)) { -1 } else { 1 };
                let charge = self.ids.text(Kind::Charge, charge);
                crate::world::dispute_line(
                    at,
                    number,
                    (story.captured(), story.region.currency),
                    &charge,
                    sign,
                )
            }
            What::Payout(number) | What::PayoutFailed(number) => {
                let paid = self.payouts[number as usize];
                let currency = super::ledger::SETTLED[usize::from(paid.currency)];
                if matches!(what, What::Payout(_)) {
                    payout_line(at, currency, -paid.amount, ("payout", "payout"), number)
                } else {
                    payout_line(at, currency, paid.amount, ("payout_failure", "payout_reversal"), number)
                }
            }
        }
    }

    fn charge_line(&self, at: i64, number: u32) -> BalanceTransaction {
        let story = self.story(number);
        ChargeLine {
            at,
            charge: number,
            captured: story.captured(),
            currency: story.region.currency,
            card_country: story.region.country,
            description: self.words(&story).description,
        }
        .line()
    }
}

impl Archived for Charge {
    fn end(archive: &Archive) -> u32 {
        archive.charges()
    }

    fn has(_: &Archive, _: u32) -> bool {
        true
    }

    fn at(archive: &Archive, number: u32) -> i64 {
        archive.calendar.time(archive.seed, number)
    }

    fn make(archive: &Archive, number: u32) -> Charge {
        let story = archive.story(number);
        let person = archive.person(story.person());
        let mut words = archive.words(&story);
        let lapsed = matches!(story.taken, Taken::Lapsed(_));
        let back = story.given_back();
        let fraudulent = story.refunds.iter().flatten().any(|refund| refund.reason == Some("fraudulent"));
        Charge {
            created: story.at,
            amount: story.amount,
            amount_captured: story.captured(),
            amount_refunded: back,
            currency: story.region.currency,
            status: if story.decline.is_some() { ChargeStatus::Failed } else { ChargeStatus::Succeeded },
            captured: story.decline.is_none() && !lapsed,
            refunded: back > 0 && (lapsed || back == story.captured()),
            disputed: story.dispute.is_some(),
            authenticated: story.authenticated,
            risk_score: story.risk_score,
            customer: story.customer(),
            payment_intent: (!story.bare).then_some(story.order),
            payment_method: story.method(),
            balance_transaction: archive.line_of_charge(number, &story),
            receipt_email: person.contact.email.clone().filter(|_| words.receipt),
            contact: person.contact,
            card: person.card,
            decline: story.decline,
            metadata: Archive::metadata(&mut words, &story),
            description: words.description,
            statement_suffix: None,
            fraud_report: fraudulent.then_some("fraudulent"),
            refunds: archive.refund_numbers(number, &story),
            dispute: archive.dispute_number(number, &story),
            capture_before: None,
        }
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl Archived for PaymentIntent {
    fn end(archive: &Archive) -> u32 {
        archive.charges()
    }

    fn has(archive: &Archive, number: u32) -> bool {
        let story = archive.story(number);
        story.order == number && !story.bare
    }

    fn at(archive: &Archive, number: u32) -> i64 {
        archive.calendar.time(archive.seed, number)
    }

    fn make(archive: &Archive, number: u32) -> PaymentIntent {
        let first = archive.story(number);
        let latest = first.tried_again.unwrap_or(number);
        let last = if latest == number { first.clone() } else { archive.story(latest) };
        let mut words = archive.words(&first);
        let email = words.receipt.then(|| archive.person(first.person()).contact.email.clone()).flatten();
        let (status, lapsed) = match (last.decline, last.taken) {
            (Some(_), _) => (IntentStatus::RequiresPaymentMethod, None),
            (None, Taken::Lapsed(at)) => (IntentStatus::Canceled, Some(at)),
            (None, _) => (IntentStatus::Succeeded, None),
        };
        PaymentIntent {
            created: first.at,
            amount: first.amount,
            amount_received: last.captured(),
            amount_capturable: 0,
            currency: first.region.currency,
            status,
            customer: first.customer(),
            payment_method: last.decline.is_none().then(|| first.method()),
            latest_charge: Some(latest),
            manual_capture: first.manual,
            metadata: Archive::metadata(&mut words, &first),
            description: words.description,
            receipt_email: email,
            canceled_at: lapsed,
            cancellation_reason: lapsed.map(|_| "automatic"),
            last_error: last.decline,
            charges: std::iter::once(number).chain(first.tried_again).collect(),
        }
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl Archived for Customer {
    fn end(archive: &Archive) -> u32 {
        archive.charges()
    }

    fn has(archive: &Archive, number: u32) -> bool {
        archive.new_customer(number)
    }

    fn at(archive: &Archive, number: u32) -> i64 {
        archive.calendar.time(archive.seed, number)
    }

    /// The row leaves out its charges and intents, which the archive finds by itself.
    fn make(archive: &Archive, number: u32) -> Customer {
        let person = archive.person(number);
        let mut dice = Random::of_row(archive.seed, CUSTOMER_WORDS, number);
        let with_address = dice.chance(500_000);
        Customer {
            created: archive.calendar.time(archive.seed, number),
            name: person.contact.name.clone(),
            email: person.contact.email.clone(),
            phone: person.contact.phone.clone(),
            address: with_address.then(|| Arc::new(person.contact.address.clone())),
            locale: Some(person.region.locale),
            metadata: if dice.chance(300_000) {
                vec![(text("customer_no"), text(&format!("K-{:06}", number + 1)))]
            } else {
                Vec::new()
            },
            default_method: Some(number),
            methods: vec![number],
            ..Customer::default()
        }
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl Archived for PaymentMethod {
    fn end(archive: &Archive) -> u32 {
        archive.charges()
    }

    fn has(archive: &Archive, number: u32) -> bool {
        let story = archive.story(number);
        story.order == number && (story.bare || !matches!(story.buyer, Buyer::Back(_)))
    }

    fn at(archive: &Archive, number: u32) -> i64 {
        archive.calendar.time(archive.seed, number)
    }

    fn make(archive: &Archive, number: u32) -> PaymentMethod {
        let story = archive.story(number);
        let person = archive.person(story.person());
        PaymentMethod {
            created: story.at,
            contact: person.contact,
            card: person.card,
            customer: story.customer().filter(|_| !story.bare),
            legacy: story.bare,
            metadata: Vec::new(),
        }
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl Archived for Refund {
    fn end(archive: &Archive) -> u32 {
        archive.refunds.len() as u32
    }

    fn has(_: &Archive, _: u32) -> bool {
        true
    }

    fn at(archive: &Archive, number: u32) -> i64 {
        archive.refunds[number as usize].at
    }

    fn make(archive: &Archive, number: u32) -> Refund {
        let (charge, story, giving) = archive.giving(number);
        Refund {
            created: giving.at,
            amount: giving.amount,
            currency: story.region.currency,
            charge,
            payment_intent: (!story.bare).then_some(story.order),
            status: giving.status,
            reason: giving.reason,
            pending_reason: None,
            failure_reason: match giving.status {
                RefundStatus::Failed => Some("expired_or_canceled_card"),
                RefundStatus::Canceled => Some("merchant_request"),
                _ => None,
            },
            balance_transaction: archive.line_of(giving.at, What::Refund(number)),
            failure_transaction: giving
                .returned
                .and_then(|at| archive.line_of(at, What::RefundReturned(number))),
            metadata: Vec::new(),
        }
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl Archived for Dispute {
    fn end(archive: &Archive) -> u32 {
        archive.disputes.len() as u32
    }

    fn has(_: &Archive, _: u32) -> bool {
        true
    }

    fn at(archive: &Archive, number: u32) -> i64 {
        archive.disputes[number as usize].0
    }

    fn make(archive: &Archive, number: u32) -> Dispute {
        let (charge, story, contest) = archive.contest(number);
        let at = archive.disputes[number as usize].0;
        let contest = contest.as_ref();
        let answered = contest.is_some_and(|contest| contest.answered);
        let (reason, network_code) = contest.map_or(("general", ""), |contest| contest.reason);
        let won = contest.and_then(|contest| contest.won);
        Dispute {
            created: at,
            amount: story.captured(),
            currency: story.region.currency,
            charge,
            payment_intent: (!story.bare).then_some(story.order),
            status: contest.map_or("lost", |contest| contest.status),
            reason,
            network_code,
            inquiry: contest.is_some_and(|contest| contest.inquiry),
            due_by: contest.map(|contest| end_of_day(at + contest.due_days * DAY)),
            evidence: if answered { vec![crate::seed::evidence()] } else { Vec::new() },
            submissions: u32::from(answered),
            transactions: archive
                .line_of(at, What::Dispute(number))
                .into_iter()
                .chain(won.and_then(|at| archive.line_of(at, What::DisputeWon(number))))
                .collect(),
            metadata: Vec::new(),
        }
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl Archived for BalanceTransaction {
    fn end(archive: &Archive) -> u32 {
        archive.line_count()
    }

    fn has(_: &Archive, _: u32) -> bool {
        true
    }

    fn at(archive: &Archive, number: u32) -> i64 {
        archive.line_time(archive.origin(number))
    }

    fn make(archive: &Archive, number: u32) -> BalanceTransaction {
        let origin = archive.origin(number);
        let at = archive.line_time(origin);
        let mut row = match origin {
            Origin::Charge(charge) => archive.charge_line(at, charge),
            Origin::Moment(place) => archive.moment_line(at, archive.moments[place as usize].what),
        };
        row.payout = archive.payout_of_line(origin);
        row
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl Archived for Payout {
    fn end(archive: &Archive) -> u32 {
        archive.payouts.len() as u32
    }

    fn has(_: &Archive, _: u32) -> bool {
        true
    }

    fn at(archive: &Archive, number: u32) -> i64 {
        archive.payouts[number as usize].at
    }

    /// The row leaves out its lines, which the archive finds by itself.
    fn make(archive: &Archive, number: u32) -> Payout {
        let paid = archive.payouts[number as usize];
        let arrival = midnight(paid.at) + ARRIVAL_DAYS * DAY;
        let status = match paid.failed {
            Some(_) => "failed",
            None if arrival + 7 * 3_600 <= archive.history_end => "paid",
            None => "in_transit",
        };
        Payout {
            created: paid.at,
            arrival,
            amount: paid.amount,
            currency: super::ledger::SETTLED[usize::from(paid.currency)],
            status,
            balance_transaction: archive.line_of(paid.at, What::Payout(number)).unwrap_or_default(),
            failure_transaction: paid.failed.and_then(|at| archive.line_of(at, What::PayoutFailed(number))),
            failure: paid.failed.map(|_| PAYOUT_FAILURE),
            reconciled: true,
            lines: Vec::new(),
            by_hand: None,
        }
    }

    fn created(&self) -> i64 {
        self.created
    }
}
