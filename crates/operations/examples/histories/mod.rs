//! Histories of one payment, made from a seed, over a real mirror file and a simulated vendor over real HTTP, with
//! the clock passed in: answers are lost, the process dies between any two steps, the clock is set wrong, a person
//! repeats, undoes, sends and closes. What was carried out is counted at the vendor.
#![expect(clippy::unwrap_used, reason = "what a history stands on must be there")]

mod world;

use std::collections::HashSet;
use std::time::Duration;

use domain::intent::{Intent, IntentState};
use domain::{IntentId, Record, RequestId};
use mirror::IntentFilter;
use operations::refund::{RefundWish, WishedAmount, issue};
use operations::{OperationError, drive, undo};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::Instant;

pub(crate) use world::Stage;
use world::{World, cut_off};

/// Steps of the troubled part of a history.
const STEPS: u32 = 14;
/// Minor units of the payment, and of what is wished for.
const CAPTURED: i64 = 2_000;
const AMOUNTS: [&str; 3] = ["5.00", "10.00", "20.00"];
/// What goes wrong with the next requests.
const FAULTS: [&str; 14] = [
    "",
    "",
    "POST /v1/refunds:reset-after:1",
    "POST /v1/refunds:reset-before:1",
    "POST /v1/refunds:truncate:1",
    "POST /v1/refunds:html:1",
    "POST /v1/refunds:bad-gateway:1",
    "POST /v1/refunds:500-after:1",
    "POST /v1/refunds:500-saved:1",
    "POST /v1/refunds:500-lost:1",
    "POST /v1/refunds:409:1",
    "POST /v1/refunds:503:2",
    "POST /v1/refunds:429:1",
    "POST /v1/refunds:reset-after:1,GET /v1/refunds:500:2",
];
/// Polls after which a step is cut off at the latest; most steps end before.
const POLLS_MAX: u32 = 60;
/// How long a step may wait for its own next try: not at all, since time is passed in.
const PATIENCE: Duration = Duration::from_millis(20);

/// What a history came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Executions beyond one for each intent.
    pub(crate) doubles: u64,
    /// Intents whose end is not what the vendor has.
    pub(crate) lost: u64,
    /// Intents that came to no end.
    pub(crate) unresolved: u64,
    /// Whether more went back than was taken.
    pub(crate) over_refunded: u64,
    /// Errors that can only be mistakes of ours.
    pub(crate) defects: u64,
    /// Intents, deaths and decisions of a person: what the history consisted of.
    pub(crate) intents: u64,
    pub(crate) deaths: u64,
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
        self.intents += other.intents;
        self.deaths += other.deaths;
        self.persons += other.persons;
    }
}

impl Stage {
    /// Plays the history of a seed.
    pub(crate) async fn play(&self, seed: u64) -> Outcome {
        let world = self.world().await;
        let mut history = History {
            world,
            rng: StdRng::seed_from_u64(seed),
            denied: HashSet::new(),
            last: None,
            sum: Outcome::default(),
        };
        for _ in 0..STEPS {
            history.step(self).await;
        }
        self.vendor.set_faults("".parse().unwrap());
        history.calm_down(self).await;
        history.judge().await;
        history.world.close().await;
        history.sum
    }
}

struct History {
    world: World,
    rng: StdRng,
    /// Intents that were once shown as not carried out.
    denied: HashSet<IntentId>,
    /// The request that was made last, for a shell that repeats it.
    last: Option<RequestId>,
    sum: Outcome,
}

impl History {
    async fn step(&mut self, stage: &Stage) {
        let faults = FAULTS[self.rng.random_range(0..FAULTS.len())];
        stage.vendor.set_faults(faults.parse().unwrap());
        let polls = self.rng.random_bool(0.5).then(|| self.rng.random_range(1..POLLS_MAX));
        let ended = match self.rng.random_range(0..12) {
            0..3 => self.wish(polls).await,
            3..6 => self.drive(polls).await,
            6 => self.hear(polls).await,
            7 => self.undo_or_release(polls).await,
            8 => self.race().await,
            9 => self.person(polls).await,
            10 => {
                self.refund_elsewhere().await;
                true
            }
            _ => {
                self.pass_time(stage).await;
                true
            }
        };
        if !ended || self.rng.random_bool(0.1) {
            self.sum.deaths += 1;
            self.world.restart().await;
        }
        self.show().await;
    }

    /// A person asks for a refund, or their shell repeats the request.
    async fn wish(&mut self, polls: Option<u32>) -> bool {
        let repeated = self.last.filter(|_| self.rng.random_bool(0.3));
        let request_id = repeated.unwrap_or_else(RequestId::generate);
        self.last = Some(request_id);
        let wish = RefundWish {
            request_id,
            payment_id: self.world.charge.clone(),
            amount: WishedAmount::Exactly(AMOUNTS[self.rng.random_range(0..AMOUNTS.len())].to_owned()),
            reason: None,
            note: None,
            approval: None,
            undo_ms: if self.rng.random_bool(0.4) {
                self.rng.random_range(1_000..=undo::UNDO_MAX_MS)
            } else {
                0
            },
        };
        let until = Instant::now() + Duration::from_secs(60);
        let issued = cut_off(polls, issue(&self.world.account, &wish, until)).await;
        self.ended(issued.map(|one| one.map(|_| ())))
    }

    /// What Paydesk does by itself: windows that are over, and intents that are open.
    async fn drive(&mut self, polls: Option<u32>) -> bool {
        let now = self.world.account.clock.now();
        for intent in self.intents().await {
            let account = self.world.account.clone();
            let is_over = intent.state == IntentState::Waiting && undo::left_ms(&intent, now).is_none();
            let done = if is_over {
                cut_off(polls, undo::run_out(&account.mirror, &intent, now)).await.map(|one| one.map(|_| ()))
            } else if intent.state.is_pending() {
                let driven = drive::drive(&account, intent, Instant::now() + PATIENCE);
                cut_off(polls, driven).await.map(|one| one.map(|_| ()))
            } else {
                continue;
            };
            if !self.ended(done) {
                return false;
            }
        }
        true
    }

    /// The vendor tells of refunds, before the answer, after it, or instead of it.
    async fn hear(&mut self, polls: Option<u32>) -> bool {
        let account = self.world.account.clone();
        let heard = async {
            let seen = account.stripe.refunds_of(&self.world.charge).await?;
            account.mirror.commit_page(account.id(), &seen, None).await?;
            for (id, refund_id) in account.mirror.intents().not_settled_by_their_refunds(account.id()).await?
            {
                drive::believe_mirrored(&account, id, &refund_id).await?;
            }
            Ok::<(), OperationError>(())
        };
        let heard = cut_off(polls, heard).await;
        self.ended(heard)
    }

    /// The countdown ends, or the person takes it back before.
    async fn undo_or_release(&mut self, polls: Option<u32>) -> bool {
        let (mirror, now) = (self.world.account.mirror.clone(), self.world.account.clock.now());
        for intent in self.intents().await.into_iter().filter(undo::may_be_withdrawn) {
            let withdraws = intent.state != IntentState::Waiting || self.rng.random_bool(0.5);
            let done = match withdraws {
                true => cut_off(polls, undo::withdraw(&mirror, &intent, now)).await,
                false => cut_off(polls, undo::release(&mirror, &intent, now)).await,
            };
            if !self.ended(done.map(|one| one.map(|_| ()))) {
                return false;
            }
        }
        true
    }

    /// The person's undo and the release at the same moment: at most one is written.
    async fn race(&mut self) -> bool {
        let (mirror, now) = (self.world.account.mirror.clone(), self.world.account.clock.now());
        let waiting = self.intents().await.into_iter().filter(|one| one.state == IntentState::Waiting);
        for intent in waiting {
            let (undone, released) =
                tokio::join!(undo::withdraw(&mirror, &intent, now), undo::release(&mirror, &intent, now));
            let written = [undone, released].into_iter().filter(|one| matches!(one, Ok(Some(_)))).count();
            self.sum.defects += u64::from(written != 1);
        }
        true
    }

    /// Somebody decides about what Paydesk cannot find out, or what never left.
    async fn person(&mut self, polls: Option<u32>) -> bool {
        let now = self.world.account.clock.now();
        let asked = self.intents().await.into_iter().filter(|one| one.state == IntentState::NeedsPerson);
        for intent in asked {
            self.sum.persons += 1;
            let account = self.world.account.clone();
            let done = if undo::may_be_sent_now(&intent, now) && self.rng.random_bool(0.5) {
                cut_off(polls, undo::release(&account.mirror, &intent, now)).await.map(|one| one.map(|_| ()))
            } else if undo::may_be_withdrawn(&intent) {
                cut_off(polls, undo::withdraw(&account.mirror, &intent, now)).await.map(|one| one.map(|_| ()))
            } else {
                let looked = cut_off(polls, drive::look_again(&account, intent)).await;
                match looked {
                    Some(Ok(looked)) if looked.state == IntentState::NeedsPerson => {
                        // Where the look failed it cannot be closed, which is no defect.
                        let _ = drive::close(&account, looked).await;
                        Some(Ok(()))
                    }
                    other => other.map(|one| one.map(|_| ())),
                }
            };
            if !self.ended(done) {
                return false;
            }
        }
        true
    }

    /// The dashboard gives some back as well.
    async fn refund_elsewhere(&mut self) {
        let form = format!("charge={}&amount={}", self.world.charge, self.rng.random_range(1..=4) * 250);
        self.world.post("/v1/refunds", &form).await;
    }

    /// This machine's clock is set, or both go on.
    async fn pass_time(&mut self, stage: &Stage) {
        match self.rng.random_range(0..4) {
            0 => self.world.clock.set_ahead(self.rng.random_range(-30..30) * 3_600_000),
            1 => self.world.clock.set_ahead(0),
            2 => stage.pass(&self.world, Duration::from_secs(self.rng.random_range(1..120))),
            _ => stage.pass(&self.world, Duration::from_secs(self.rng.random_range(1..26) * 3_600)),
        }
    }

    /// Whether a step came to its end; an error that only a mistake of ours brings is counted.
    fn ended(&mut self, done: Option<Result<(), OperationError>>) -> bool {
        if let Some(Err(OperationError::Defect(_))) = &done {
            self.sum.defects += 1;
        }
        done.is_some()
    }

    /// The person reads the queue: whoever reads that nothing was carried out asks for the money again.
    async fn show(&mut self) {
        let journal = self.world.account.mirror.clone();
        for intent in self.intents().await {
            if matches!(intent.state, IntentState::Refused | IntentState::Canceled) {
                self.denied.insert(intent.id);
            }
            let is_end = !intent.state.is_open() && intent.acknowledged_at.is_none();
            if is_end && self.rng.random_bool(0.5) {
                let state = intent.state;
                let shown = Intent { acknowledged_at: Some(self.world.account.clock.now()), ..intent };
                journal.intents().update(&shown, state).await.unwrap();
            }
        }
    }

    async fn intents(&self) -> Vec<Intent> {
        let journal = self.world.account.mirror.clone();
        journal.intents().list(&IntentFilter::default(), 1_000, None).await.unwrap().items
    }

    /// The network is back and the clock is right; whatever can be found out now is, and persons decide.
    async fn calm_down(&mut self, stage: &Stage) {
        self.world.clock.set_ahead(0);
        self.world.restart().await;
        for _ in 0..30 {
            self.drive(None).await;
            self.undo_or_release(None).await;
            self.person(None).await;
            if self.intents().await.iter().all(|one| !one.state.is_open()) {
                break;
            }
            stage.pass(&self.world, Duration::from_secs(60));
            self.world.account.stripe.payment(&self.world.charge).await.unwrap();
        }
        self.hear(None).await;
        self.show().await;
    }

    async fn judge(&mut self) {
        let made = self.world.account.stripe.refunds_of(&self.world.charge).await.unwrap();
        let refunds = made.iter().filter_map(|seen| match &seen.record {
            Record::Refund(refund) => Some(refund),
            _ => None,
        });
        let (mut gone, mut executed) = (0, std::collections::HashMap::<String, u64>::new());
        for refund in refunds {
            gone += if refund.status.is_definitely_failed() { 0 } else { refund.amount.minor };
            *executed.entry(refund.intent_id.clone().unwrap_or_default()).or_default() += 1;
        }
        self.sum.over_refunded = u64::from(gone > CAPTURED);
        let journal = self.intents().await;
        let known: HashSet<String> = journal.iter().map(|one| one.id.to_string()).collect();
        self.sum.lost += executed.keys().filter(|id| !id.is_empty() && !known.contains(*id)).count() as u64;
        self.sum.intents = journal.len() as u64;
        for intent in journal {
            let times = executed.get(&intent.id.to_string()).copied().unwrap_or(0);
            self.sum.doubles += times.saturating_sub(1);
            self.sum.unresolved += u64::from(intent.state.is_open());
            let told_done = intent.state == IntentState::Settled;
            let wrong = !intent.state.is_open() && told_done != (times > 0);
            self.sum.lost += u64::from(wrong || (times > 0 && self.denied.contains(&intent.id)));
        }
    }
}
