//! Histories of one payment, made from a seed: a vendor with bad habits, a network that loses and delays,
//! a Desk that dies between any two steps, a clock that is set wrong and right again, and a person who repeats whatever was not answered. The intent
//! machine decides every step; whether it was right is counted at the vendor.

mod desk;
mod vendor;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use desk::{Desk, Wish};
use domain::intent::IntentState;
use vendor::{HOUR_MS, MINUTE_MS, SECOND_MS, Vendor};

/// What a history came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Executions beyond one for each wish.
    pub(crate) doubles: u64,
    /// Settled intents that were never carried out, and carried out ones that were once shown as refused or closed.
    pub(crate) lost: u64,
    /// Intents that never came to an end although the network was back.
    pub(crate) unresolved: u64,
    /// Payments of which more went back than was taken.
    pub(crate) over_refunded: u64,
    /// Steps of the machine that the journal would not have taken.
    pub(crate) defects: u64,
    /// Wishes, tries on the wire, and deaths of the Desk: what the history consisted of.
    pub(crate) wishes: u64,
    pub(crate) sends: u64,
    pub(crate) deaths: u64,
    /// Intents that a person had to decide about.
    pub(crate) persons: u64,
}

impl Outcome {
    /// Whether a rule was broken.
    pub(crate) fn is_broken(&self) -> bool {
        self.doubles + self.lost + self.unresolved + self.over_refunded + self.defects > 0
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.doubles += other.doubles;
        self.lost += other.lost;
        self.unresolved += other.unresolved;
        self.over_refunded += other.over_refunded;
        self.defects += other.defects;
        self.wishes += other.wishes;
        self.sends += other.sends;
        self.deaths += other.deaths;
        self.persons += other.persons;
    }
}

/// Steps of the troubled part of a history.
const STEPS: u32 = 60;

/// Plays the history of a seed.
pub(crate) fn play(seed: u64) -> Outcome {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut vendor = Vendor::new(rng.random_range(1..=10) * 100);
    let mut desk = Desk::default();
    let mut now = 0;
    // Where somebody is in a hurry, all happens within the time that a lost request is under way.
    let hurried = rng.random_bool(0.3);
    for _ in 0..STEPS {
        now += match rng.random_range(0..20) {
            1.. if hurried => rng.random_range(0..4 * SECOND_MS),
            0 => rng.random_range(0..30 * HOUR_MS),
            1..=4 => rng.random_range(0..30 * MINUTE_MS),
            _ => rng.random_range(0..20 * SECOND_MS),
        };
        // What was under way arrives in its own time, before anything that happens now.
        vendor.advance(now);
        desk.deliver_delayed(&mut vendor, now, &mut rng);
        if rng.random_bool(0.15) {
            vendor.troubled_until = now + rng.random_range(0..45 * MINUTE_MS);
        }
        if rng.random_bool(0.05) {
            let longest = if hurried { 40 * SECOND_MS } else { 5 * MINUTE_MS };
            vendor.poor_until = now + rng.random_range(0..longest);
        }
        match rng.random_range(0..15) {
            0 => vendor.refund_elsewhere(rng.random_range(1..=3) * 50),
            1 => desk.die(now, &mut rng),
            2 => desk.hear_events(&vendor, now, &mut rng),
            3 => desk.person_decides(&mut vendor, now, &mut rng),
            4 | 5 => {
                let wish = Wish { amount: rng.random_range(1..=4) * 50 };
                desk.wish(wish, now, &mut rng);
            }
            6 => desk.set_clock(&mut rng),
            14 => desk.person_undoes(now, &mut rng),
            _ if hurried && rng.random_bool(0.4) => desk.settle_now(&mut vendor, now, &mut rng),
            7 => desk.settle_now(&mut vendor, now, &mut rng),
            _ => desk.work(&mut vendor, now, &mut rng, true),
        }
    }
    calm_down(&mut desk, &mut vendor, now, &mut rng);
    judge(&desk, &vendor)
}

/// The network is back and nothing fails any more; whatever can be found out now is.
fn calm_down(desk: &mut Desk, vendor: &mut Vendor, mut now: i64, rng: &mut ChaCha8Rng) {
    (vendor.troubled_until, vendor.poor_until) = (now, now);
    for _ in 0..200 {
        now += HOUR_MS;
        vendor.advance(now);
        desk.deliver_delayed(vendor, now, rng);
        desk.work(vendor, now, rng, false);
    }
    desk.person_decides(vendor, now, rng);
    for _ in 0..200 {
        now += HOUR_MS;
        vendor.advance(now);
        desk.work(vendor, now, rng, false);
    }
    desk.hear_events(vendor, now, rng);
}

fn judge(desk: &Desk, vendor: &Vendor) -> Outcome {
    let mut outcome = Outcome {
        wishes: desk.wishes,
        sends: desk.sends,
        deaths: desk.deaths,
        persons: desk.persons,
        defects: desk.defects,
        over_refunded: u64::from(vendor.refunded > vendor.captured),
        ..Outcome::default()
    };
    for (number, intent) in desk.intents.iter().enumerate() {
        let executed = u64::from(vendor.executions.get(&number).copied().unwrap_or(0));
        outcome.doubles += executed.saturating_sub(1);
        let wrong = match intent.state {
            IntentState::Settled => executed == 0,
            IntentState::Refused | IntentState::Canceled | IntentState::NeedsPerson => false,
            _ => {
                outcome.unresolved += 1;
                false
            }
        };
        outcome.lost += u64::from(wrong || (intent.denied && executed > 0));
    }
    outcome
}
