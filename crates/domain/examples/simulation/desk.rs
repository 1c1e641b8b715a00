//! The Desk as the machine sees it: what is committed survives a death, what was in flight does not.

use domain::Timestamp;
use domain::intent::{Effect, Input, IntentState, Now, Progress, Step, step};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::vendor::{Answer, HOUR_MS, MINUTE_MS, Packet, SECOND_MS, Vendor};

/// The life that Paydesk grants a key of the first API version.
const KEY_LIFE_MS: i64 = 23 * HOUR_MS;
/// The longest that an attempt waits for its answer.
const ATTEMPT_MS: i64 = 20 * SECOND_MS;
/// The longest that a request is under way after nobody waits for it any more.
const LATEST_ARRIVAL_MS: i64 = 30 * SECOND_MS;

/// A next try that lies further ahead than any wait was written down by another clock.
const LONGEST_WAIT_MS: i64 = HOUR_MS;

/// Somebody wants so much given back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) amount: i64,
}

#[derive(Debug)]
pub(super) struct SimulatedIntent {
    pub(super) state: IntentState,
    progress: Progress,
    key: u64,
    amount: i64,
    expires_at: i64,
    /// By the clock of this machine, as the journal has them.
    next_at: i64,
    changed_at: i64,
    /// Until when a try waits for its answer: nobody else works on the intent meanwhile.
    on_the_wire_until: i64,
    gave_up_at: i64,
    /// When the undo window ends, and whether this process counts it down.
    release_at: i64,
    counted: bool,
    shown: bool,
    /// Whether it was ever shown as not carried out: whoever reads that asks for the money again.
    pub(super) denied: bool,
}

#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) intents: Vec<SimulatedIntent>,
    /// Requests that arrive after nobody waits for them any more.
    delayed: Vec<(i64, Packet)>,
    dead_until: i64,
    /// How far this machine's clock is ahead.
    skew: i64,
    /// Whether the process heard from the vendor since it started, and so knows its time.
    heard: bool,
    /// Steps that the journal did not take although nobody else works on it.
    pub(super) defects: u64,
    pub(super) wishes: u64,
    pub(super) sends: u64,
    pub(super) deaths: u64,
    pub(super) persons: u64,
}

impl Desk {
    /// A person asks for a refund. A wish whose end was not shown yet is the same wish again.
    pub(super) fn wish(&mut self, wish: Wish, now: i64, rng: &mut ChaCha8Rng) {
        if now < self.dead_until || self.intents.iter().any(|one| one.state.is_open()) {
            return;
        }
        if let Some(last) = self.intents.last_mut().filter(|last| !last.shown) {
            last.shown = true;
            return;
        }
        self.wishes += 1;
        // A refund is preceded by reads; other wishes are written down before anything was heard.
        self.heard |= rng.random_bool(0.5);
        let time = self.time(now);
        let undo_ms = if rng.random_bool(0.3) { rng.random_range(1..=MINUTE_MS) } else { 0 };
        self.intents.push(SimulatedIntent {
            state: if undo_ms > 0 { IntentState::Waiting } else { IntentState::Prepared },
            release_at: now + undo_ms,
            counted: undo_ms > 0,
            progress: Progress::default(),
            key: rng.random(),
            amount: wish.amount,
            expires_at: time.earliest().as_ms() + KEY_LIFE_MS,
            next_at: time.here.as_ms(),
            changed_at: time.here.as_ms(),
            on_the_wire_until: 0,
            gave_up_at: 0,
            shown: false,
            denied: false,
        });
    }

    /// The process ends between two steps, and is started again some time later.
    pub(super) fn die(&mut self, now: i64, rng: &mut ChaCha8Rng) {
        self.deaths += 1;
        self.dead_until = now
            + match rng.random_range(0..3) {
                0 => 0,
                1 => rng.random_range(0..10 * MINUTE_MS),
                _ => rng.random_range(0..48 * HOUR_MS),
            };
        self.heard = false;
        if rng.random_bool(0.4) {
            self.set_clock(rng);
        }
        // Nobody waits any more for what was under way, so it arrives soon or never.
        for (at, _) in &mut self.delayed {
            *at = (*at).min(now + LATEST_ARRIVAL_MS);
        }
        for number in 0..self.intents.len() {
            self.intents[number].on_the_wire_until = 0;
            self.intents[number].counted = false;
            self.take(number, Input::Restarted, self.dead_until, rng);
        }
    }

    /// The clock of this machine becomes right, or wrong by minutes or by more than a key lives.
    pub(super) fn set_clock(&mut self, rng: &mut ChaCha8Rng) {
        self.skew = match rng.random_range(0..4) {
            0 | 1 => 0,
            2 => rng.random_range(-30 * MINUTE_MS..30 * MINUTE_MS),
            _ => rng.random_range(-30 * HOUR_MS..30 * HOUR_MS),
        };
    }

    /// The time as the process knows it.
    fn time(&self, now: i64) -> Now {
        let at_vendor = self.heard.then(|| Timestamp::from_ms(now));
        Now { here: Timestamp::from_ms(now + self.skew), at_vendor }
    }

    /// The feed tells of refunds, before the answer, after it, or instead of it.
    pub(super) fn hear_events(&mut self, vendor: &Vendor, now: i64, rng: &mut ChaCha8Rng) {
        if now < self.dead_until {
            return;
        }
        self.heard = true;
        for (number, amount) in &vendor.refunds {
            let fits = self.intents.get(*number).is_some_and(|one| one.amount == *amount);
            self.take(*number, if fits { Input::Confirmed } else { Input::Contradicted }, now, rng);
        }
    }

    /// Somebody looks at what Paydesk could not find out, no sooner than an hour after it gave up.
    pub(super) fn person_decides(&mut self, vendor: &mut Vendor, now: i64, rng: &mut ChaCha8Rng) {
        for number in 0..self.intents.len() {
            let waits = self.intents[number].state == IntentState::NeedsPerson;
            if !waits || now < self.dead_until.max(self.intents[number].gave_up_at + HOUR_MS) {
                continue;
            }
            if self.intents[number].progress.never_sent() {
                let decided = if rng.random_bool(0.5) { Input::Released } else { Input::Withdrawn };
                self.take(number, decided, now, rng);
                continue;
            }
            self.take(number, Input::AskedAgain, now, rng);
            self.look(number, vendor, now, false, rng);
            if self.intents[number].state == IntentState::NeedsPerson {
                self.take(number, Input::ClosedByPerson, now, rng);
            }
        }
    }

    /// Releases what waited its undo window out while this process counted it down, and says of what nobody
    /// counted to its end that a person must decide.
    fn count_down(&mut self, now: i64, rng: &mut ChaCha8Rng) {
        for number in 0..self.intents.len() {
            let intent = &mut self.intents[number];
            if intent.state != IntentState::Waiting || now < self.dead_until {
                continue;
            }
            let is_over = now >= intent.release_at;
            if !intent.counted && self.dead_until >= intent.release_at {
                self.take(number, Input::RanOut, now, rng);
            } else if is_over {
                self.take(number, Input::Released, now, rng);
            } else {
                intent.counted = true;
            }
        }
    }

    /// Somebody changes their mind about what may not have left yet, wherever it is.
    pub(super) fn person_undoes(&mut self, now: i64, rng: &mut ChaCha8Rng) {
        for number in 0..self.intents.len() {
            if now >= self.dead_until {
                self.take(number, Input::Withdrawn, now, rng);
            }
        }
    }

    /// Does what is due. `trouble` lets requests, answers and looks be lost.
    pub(super) fn work(&mut self, vendor: &mut Vendor, now: i64, rng: &mut ChaCha8Rng, trouble: bool) {
        self.count_down(now, rng);
        let here = now + self.skew;
        for number in 0..self.intents.len() {
            let wait_ms = self.intents[number].next_at - here;
            if wait_ms <= 0 || wait_ms > LONGEST_WAIT_MS {
                self.drive(number, vendor, now, rng, trouble);
            }
        }
    }

    /// Somebody is impatient and has all that is open driven now, whenever it was to be tried again.
    pub(super) fn settle_now(&mut self, vendor: &mut Vendor, now: i64, rng: &mut ChaCha8Rng) {
        self.count_down(now, rng);
        for number in 0..self.intents.len() {
            self.drive(number, vendor, now, rng, true);
        }
    }

    fn drive(&mut self, number: usize, vendor: &mut Vendor, now: i64, rng: &mut ChaCha8Rng, trouble: bool) {
        let intent = &self.intents[number];
        if !intent.state.is_pending() || now < self.dead_until.max(intent.on_the_wire_until) {
            return;
        }
        let due = match intent.state {
            IntentState::Sent => self.take(number, Input::Restarted, now, rng),
            state => {
                // What is due is asked for and not written down.
                let changed_at = Timestamp::from_ms(intent.changed_at);
                let input = Input::Due { now: self.time(now), changed_at };
                step(state, intent.progress, Timestamp::from_ms(intent.expires_at), input).ok()
            }
        };
        let next = match due.map(|step| step.effect) {
            Some(Effect::Send) => self.send(number, vendor, now, rng, trouble),
            Some(Effect::Look) => self.look(number, vendor, now, trouble, rng),
            _ => None,
        };
        // A look that an answer calls for comes before anything else is sent, unless the Desk dies first.
        if next == Some(Effect::Look) && !(trouble && rng.random_bool(0.2)) {
            self.look(number, vendor, now, trouble, rng);
        }
    }

    /// Requests that nobody waits for any more reach the vendor after all.
    pub(super) fn deliver_delayed(&mut self, vendor: &mut Vendor, now: i64, rng: &mut ChaCha8Rng) {
        let (due, rest): (Vec<_>, Vec<_>) = self.delayed.iter().partition(|(at, _)| *at <= now);
        self.delayed = rest;
        for (at, packet) in due {
            vendor.receive(packet, at, rng);
        }
    }

    fn send(
        &mut self,
        number: usize,
        vendor: &mut Vendor,
        now: i64,
        rng: &mut ChaCha8Rng,
        trouble: bool,
    ) -> Option<Effect> {
        self.take(number, Input::SendStarted, now, rng)?;
        if trouble && rng.random_bool(0.05) {
            self.die(now, rng);
            return None;
        }
        self.sends += 1;
        let intent = &self.intents[number];
        let packet = Packet { intent: number, key: intent.key, amount: intent.amount, late: false };
        let fate = if trouble { rng.random_range(0..10) } else { 9 };
        let heard_at = now + ATTEMPT_MS;
        let unanswered = Input::Unanswered { maybe_executed: true };
        let input = match fate {
            0 => Input::Unanswered { maybe_executed: false },
            1 => unanswered,
            2 => {
                let at = heard_at + rng.random_range(0..LATEST_ARRIVAL_MS);
                self.delayed.push((at, Packet { late: true, ..packet }));
                unanswered
            }
            3 | 4 => {
                vendor.receive(packet, now, rng);
                unanswered
            }
            _ => meaning(vendor.receive(packet, now, rng), packet),
        };
        if trouble && rng.random_bool(0.05) {
            // The answer was there and was not committed.
            self.die(now, rng);
            return None;
        }
        self.heard |= !matches!(input, Input::Unanswered { .. });
        let at = if input == unanswered { heard_at } else { now };
        self.intents[number].on_the_wire_until = at;
        self.take(number, input, at, rng).map(|step| step.effect)
    }

    fn look(
        &mut self,
        number: usize,
        vendor: &mut Vendor,
        now: i64,
        trouble: bool,
        rng: &mut ChaCha8Rng,
    ) -> Option<Effect> {
        vendor.advance(now);
        let found = vendor.refunds.iter().find(|(intent, _)| *intent == number);
        let failed = trouble && rng.random_bool(0.2);
        // What fails may have told the time all the same.
        self.heard |= !failed || rng.random_bool(0.5);
        let input = match found {
            _ if failed => Input::LookFailed,
            Some((_, amount)) if *amount == self.intents[number].amount => Input::Confirmed,
            Some(_) => Input::Contradicted,
            None => Input::LookedEmpty { now: self.time(now) },
        };
        self.take(number, input, now, rng).map(|step| step.effect)
    }

    /// Commits what the machine says, under the guard of the journal. What the machine does not take in a
    /// state changes nothing.
    fn take(&mut self, number: usize, input: Input, now: i64, rng: &mut ChaCha8Rng) -> Option<Step> {
        let here = now + self.skew;
        let intent = self.intents.get_mut(number)?;
        let next = step(intent.state, intent.progress, Timestamp::from_ms(intent.expires_at), input).ok()?;
        if !next.progress.may_follow(intent.progress) {
            self.defects += 1;
            return None;
        }
        if next.state == IntentState::NeedsPerson && intent.state != IntentState::NeedsPerson {
            self.persons += 1;
            intent.gave_up_at = now;
        }
        intent.state = next.state;
        intent.denied |= matches!(next.state, IntentState::Refused | IntentState::Canceled);
        intent.progress = next.progress;
        if !matches!(input, Input::LookFailed | Input::Restarted) {
            intent.changed_at = here;
        }
        intent.next_at = match next.effect {
            Effect::WaitMs(wait_ms) if next.progress.refused_in_doubt => here + wait_ms,
            Effect::WaitMs(wait_ms) => here + wait_ms - rng.random_range(0..=wait_ms / 2),
            _ => here,
        };
        Some(next)
    }
}

fn meaning(answer: Answer, packet: Packet) -> Input {
    match answer {
        Answer::Made { amount } if amount == packet.amount => Input::Confirmed,
        Answer::Made { .. } => Input::Contradicted,
        Answer::Refused => Input::Refused,
        Answer::KeyInUse => Input::KeyInUse,
        Answer::TooMany => Input::NotAdmitted { later: true },
        Answer::ServerError { status, replayed } => Input::ServerError { status, replayed },
    }
}
