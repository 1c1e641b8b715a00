//! A vendor that counts what it carries out, with the habits that make refunds doubtful.

use std::collections::HashMap;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

pub(super) const SECOND_MS: i64 = 1_000;
pub(super) const MINUTE_MS: i64 = 60 * SECOND_MS;
pub(super) const HOUR_MS: i64 = 60 * MINUTE_MS;
/// How long the vendor keeps a key after its first use: at least a day, and this one not a moment longer.
const KEY_LIFE_MS: i64 = 24 * HOUR_MS;

/// A request on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet {
    pub(super) intent: usize,
    pub(super) key: u64,
    pub(super) amount: i64,
    /// Whether it arrives after nobody waits for it any more. Its work is then done at once or not at all:
    /// that it is late *and* meets slow or failing work that is carried out much later is beyond what Paydesk can tell from a
    /// refusal (docs/MONEY.md, "What it cannot know").
    pub(super) late: bool,
}

/// What the vendor answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Made { amount: i64 },
    Refused,
    KeyInUse,
    TooMany,
    ServerError { status: u16, replayed: bool },
}

#[derive(Debug, Clone, Copy)]
struct Key {
    first_use: i64,
    stored: Option<Answer>,
    busy_until: i64,
}

/// Work that was begun and is carried out later, whatever was answered meanwhile.
#[derive(Debug, Clone, Copy)]
struct Later {
    at: i64,
    packet: Packet,
    /// What is stored for the key once it is done; none where the answer was stored at once.
    store: bool,
}

#[derive(Debug)]
pub(super) struct Vendor {
    pub(super) captured: i64,
    pub(super) refunded: i64,
    /// How often each intent was carried out, and when it was last.
    pub(super) executions: HashMap<usize, u32>,
    pub(super) refunds: Vec<(usize, i64)>,
    keys: HashMap<u64, Key>,
    later: Vec<Later>,
    /// Failures inside last until then, and always end.
    pub(super) troubled_until: i64,
    /// Until then the balance does not cover refunds, which are refused before they are begun.
    pub(super) poor_until: i64,
}

impl Vendor {
    pub(super) fn new(captured: i64) -> Self {
        Self {
            captured,
            refunded: 0,
            executions: HashMap::new(),
            refunds: Vec::new(),
            keys: HashMap::new(),
            later: Vec::new(),
            troubled_until: 0,
            poor_until: 0,
        }
    }

    /// Somebody else gives back money of the same payment.
    pub(super) fn refund_elsewhere(&mut self, amount: i64) {
        if self.refunded + amount <= self.captured {
            self.refunded += amount;
        }
    }

    fn execute(&mut self, packet: Packet) -> bool {
        if self.refunded + packet.amount > self.captured {
            return false;
        }
        self.refunded += packet.amount;
        *self.executions.entry(packet.intent).or_default() += 1;
        self.refunds.push((packet.intent, packet.amount));
        true
    }

    /// Carries out what is due.
    pub(super) fn advance(&mut self, now: i64) {
        let (due, rest): (Vec<Later>, Vec<Later>) = self.later.iter().partition(|one| one.at <= now);
        self.later = rest;
        for one in due {
            let done = self.execute(one.packet);
            if one.store
                && let Some(key) = self.keys.get_mut(&one.packet.key)
            {
                key.stored =
                    Some(if done { Answer::Made { amount: one.packet.amount } } else { Answer::Refused });
            }
        }
    }

    /// A request arrives.
    pub(super) fn receive(&mut self, packet: Packet, now: i64, rng: &mut ChaCha8Rng) -> Answer {
        self.advance(now);
        if let Some(key) = self.keys.get(&packet.key).filter(|key| now - key.first_use < KEY_LIFE_MS) {
            return match key.stored {
                Some(Answer::ServerError { status, .. }) => Answer::ServerError { status, replayed: true },
                Some(answer) => answer,
                None if now < key.busy_until => Answer::KeyInUse,
                None => self.begin(packet, now, rng),
            };
        }
        self.begin(packet, now, rng)
    }

    fn begin(&mut self, packet: Packet, now: i64, rng: &mut ChaCha8Rng) -> Answer {
        let troubled = now < self.troubled_until && !packet.late;
        if troubled && rng.random_bool(0.2) {
            return Answer::TooMany;
        }
        // A key that was forgotten begins anew.
        let known = self.keys.get(&packet.key).map(|key| key.first_use);
        let first_use = known.filter(|first_use| now - first_use < KEY_LIFE_MS).unwrap_or(now);
        let mut key = Key { first_use, stored: None, busy_until: 0 };
        let answer = match () {
            // Refused before it was begun: nothing is stored for the key.
            () if self.refunded + packet.amount > self.captured && rng.random_bool(0.5) => {
                return Answer::Refused;
            }
            () if now < self.poor_until => return Answer::Refused,
            // A failure before anything was begun, of which nothing is stored either.
            () if troubled && rng.random_bool(0.4) => {
                return Answer::ServerError { status: 503, replayed: false };
            }
            // A stored failure whose work is rolled forward, or not.
            () if troubled && rng.random_bool(0.3) => {
                if rng.random_bool(0.5) {
                    let at = now + rng.random_range(0..10 * MINUTE_MS);
                    self.later.push(Later { at, packet, store: false });
                }
                Answer::ServerError { status: 500, replayed: false }
            }
            // Slow work: whoever asks again meanwhile hears that the key is in use.
            () if troubled && rng.random_bool(0.4) => {
                key.busy_until = now + rng.random_range(SECOND_MS..40 * MINUTE_MS);
                self.later.push(Later { at: key.busy_until, packet, store: true });
                self.keys.insert(packet.key, key);
                return Answer::KeyInUse;
            }
            () if self.execute(packet) => Answer::Made { amount: packet.amount },
            () => Answer::Refused,
        };
        key.stored = Some(answer);
        self.keys.insert(packet.key, key);
        answer
    }
}
