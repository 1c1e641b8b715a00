//! Mail of the time before the sandbox was started, to the customers of a simulated Stripe: receipts, notices of refunds, words about payments that
//! failed, and letters about nothing they bought. What was sent, and what became of it, follows from the seed and the charges alone.

use serde_json::{Map, Value, json};

use crate::ids::Kind;
use crate::model::ChargeStatus;
use crate::random::{Random, mix};
use crate::sandbox::Sandbox;
use crate::world::World;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Why a mail does not arrive.
const GONE: [&str; 3] = [
    "550 5.1.1 The email account that you tried to reach does not exist.",
    "552 5.2.2 The mailbox is full.",
    "550 5.7.1 Message rejected by policy.",
];

/// One mail of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastMail {
    /// SendGrid's id of it, as the answer to its send named it.
    pub message_id: String,
    /// Whom it went to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What its sender put with it, by name.
    pub arguments: Vec<(String, String)>,
    /// What became of it, oldest first.
    pub events: Vec<PastEvent>,
    /// The charge that it was about: what nobody can ask SendGrid, for tests that judge what others make of it.
    pub about: Option<String>,
}

/// What became of a mail at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastEvent {
    /// SendGrid's word.
    pub event: &'static str,
    /// When, in seconds of Unix time.
    pub at: i64,
    /// Why.
    pub reason: Option<&'static str>,
}

impl PastMail {
    /// The events as the webhook delivers them.
    pub fn webhook_events(&self) -> Vec<Value> {
        let told = |(number, one): (usize, &PastEvent)| {
            let mut fields: Map<String, Value> =
                self.arguments.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            fields.insert("email".to_owned(), json!(self.to));
            fields.insert("timestamp".to_owned(), json!(one.at));
            fields.insert("event".to_owned(), json!(one.event));
            fields.insert("sg_event_id".to_owned(), json!(format!("{}-{number}", self.message_id)));
            fields.insert("sg_message_id".to_owned(), json!(format!("{}.filter0001.1.0", self.message_id)));
            if let Some(reason) = one.reason {
                let name = if one.event == "delivered" { "response" } else { "reason" };
                fields.insert(name.to_owned(), json!(reason));
            }
            Value::Object(fields)
        };
        self.events.iter().enumerate().map(told).collect()
    }
}

/// What a mail is sent for.
struct Occasion<'a> {
    charge: u32,
    purpose: u64,
    subject: &'a str,
    at: i64,
}

impl Sandbox {
    /// The mail that a shop with this history sent about its newest charges, at most so many, in the order of the charges.
    pub fn past_mail(&self, charges: u32) -> Vec<PastMail> {
        let core = self.reading();
        let world = &core.world;
        let end = world.charges.end();
        let mut all = Vec::new();
        for charge in end.saturating_sub(charges)..end {
            about_charge(world, charge, &mut all);
        }
        all
    }
}

fn about_charge(world: &World, number: u32, all: &mut Vec<PastMail>) {
    let charge = world.charges.at(number);
    let Some(to) = charge.receipt_email.as_ref().or(charge.contact.email.as_ref()) else { return };
    let mut random = Random::of_row(world.seed, 91, number);
    let mut write = |purpose, subject, at| {
        let occasion = Occasion { charge: number, purpose, subject, at };
        if at < world.history_end {
            all.push(mail(world, &occasion, to));
        }
    };
    if charge.status == ChargeStatus::Failed {
        if random.chance(300_000) {
            write(1, "Your payment did not go through", charge.created + random.between(10, 90));
        }
    } else if random.chance(900_000) {
        write(2, "Your receipt", charge.created + random.between(5, 4 * MINUTE));
    }
    for (place, refund) in charge.refunds.iter().enumerate() {
        let at = world.refunds.at(*refund).created + random.between(5, 5 * MINUTE);
        write(10 + place as u64, "Your refund is on its way", at);
    }
    if random.chance(80_000) {
        write(3, "What is new in the shop", charge.created + random.between(0, 20 * DAY));
    }
}

/// The mail of an occasion, with what became of it.
fn mail(world: &World, occasion: &Occasion<'_>, to: &str) -> PastMail {
    let Occasion { charge: number, purpose, subject, at } = *occasion;
    let mut random = Random::of_row(world.seed, 100 + purpose, number);
    let charge = world.charges.at(number);
    let letter = purpose == 3;
    let order = charge.metadata.iter().find(|(name, _)| name.as_ref() == "order_id");
    let charge_id = world.ids.text(Kind::Charge, number);
    let arguments = if letter {
        let is_marked = random.chance(800_000);
        is_marked.then(|| ("singlesend_id".to_owned(), format!("{:016x}", mix(at.unsigned_abs() / 86_400))))
    } else if random.chance(400_000) {
        // Some shops name the order, others the charge; some do neither, as the rest of this one's mail.
        Some(match order {
            Some((_, order)) => ("order_id".to_owned(), order.to_string()),
            None => ("charge_id".to_owned(), charge_id.clone()),
        })
    } else {
        None
    };
    PastMail {
        message_id: format!("sg{:016x}", mix(world.seed ^ mix(u64::from(number) << 8 | purpose))),
        to: to.to_owned(),
        subject: subject.to_owned(),
        arguments: arguments.into_iter().collect(),
        events: events(&mut random, at, world.history_end),
        about: (!letter).then_some(charge_id),
    }
}

fn events(random: &mut Random, at: i64, end: i64) -> Vec<PastEvent> {
    let mut events = vec![PastEvent { event: "processed", at, reason: None }];
    let mut tell = |event, at, reason| events.push(PastEvent { event, at, reason });
    let mut now = at + random.between(1, 9);
    let chance = random.below(100);
    if chance == 0 {
        tell("dropped", now, Some("Bounced Address"));
    } else if chance < 4 {
        tell("bounce", now, Some(random.pick::<&str>(&GONE)));
    } else {
        if chance < 8 {
            tell(
                "deferred",
                now,
                Some("450 4.2.1 The user you are trying to contact is receiving mail too quickly."),
            );
            now += 15 * MINUTE;
        }
        tell("delivered", now, Some("250 OK"));
        if random.chance(550_000) {
            now += random.between(MINUTE, 9 * HOUR);
            tell("open", now, None);
            if random.chance(150_000) {
                tell("click", now + random.between(2, 90), None);
            }
        }
    }
    // What has not happened yet is not told of.
    events.retain(|one| one.at <= end);
    events
}
