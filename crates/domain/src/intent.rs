//! The intent machine: what a decision to do something at a vendor goes through.
//!
//! An intent is written, with its idempotency key and the exact bytes of its request, before the
//! first byte leaves. From then on every answer, crash and look at the vendor is an [`Input`], and
//! [`step`] says what the intent becomes and what must be done next. It is a pure function, so
//! that every order of things can be tried.
//!
//! The rules it keeps (docs/MONEY.md names the test of each):
//! - Only the vendor's definite refusal ends in `refused`. A timeout, a reset, a 5xx, a 409 and an
//!   answer that cannot be read leave it `unsettled`.
//! - An unsettled intent is resolved by the same key with the same bytes while the vendor still
//!   honours the key, and after that only by looking. There is never a second key.
//! - Once any try went unanswered, even a refusal is not believed before a look, and a second one when
//!   that try can no longer be under way.
//! - This machine's clock is not believed where it matters: after a pause, or before the vendor told
//!   its own time, a doubtful intent is looked for before it is sent again.

use serde::{Deserialize, Serialize};

use crate::{AccountId, IntentId, Money, RefundReason, RequestId, Timestamp, ids::UnknownWord};

/// Declares a closed set of words of our own, which the database and the shells share.
macro_rules! word_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it, in the database, over JSON and on screen.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    other => Err(UnknownWord(other.to_owned())),
                }
            }
        }
    };
}
pub(crate) use word_enum;

word_enum! {
    /// How far an intent came. These are the only words for it in code, CLI and screen.
    IntentState {
        /// It waits out the undo window; nothing left.
        Waiting = "waiting",
        /// Committed; nothing left yet.
        Prepared = "prepared",
        /// A try is on the wire.
        Sent = "sent",
        /// The vendor has it, whatever its own status then is.
        Settled = "settled",
        /// The vendor definitely refused it; nothing happened.
        Refused = "refused",
        /// It may or may not have happened; Paydesk is finding out.
        Unsettled = "unsettled",
        /// Paydesk cannot find out by itself.
        NeedsPerson = "needs_person",
        /// Taken back before it left, or closed by a person after a look found nothing.
        Canceled = "canceled",
    }
}

impl IntentState {
    /// Whether it still holds its payment: no second intent may be made beside it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Prepared | Self::Sent | Self::Unsettled | Self::NeedsPerson)
    }

    /// Whether Paydesk itself still has to do something for it.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Prepared | Self::Sent | Self::Unsettled)
    }
}

word_enum! {
    /// What is to be done at the vendor.
    IntentKind {
        /// Give money back.
        Refund = "refund",
        /// Stop a refund that still can be stopped.
        CancelRefund = "cancel_refund",
        /// Start a payer's intention to pay.
        CreatePayment = "create_payment",
        /// Confirm it with a payment method.
        ConfirmPayment = "confirm_payment",
        /// Take authorised money.
        Capture = "capture",
        /// Let authorised money go.
        CancelPayment = "cancel_payment",
        /// Make a customer.
        CreateCustomer = "create_customer",
        /// Keep a payment method for a customer.
        AttachPaymentMethod = "attach_payment_method",
    }
}

/// An intent as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Our own id; it also goes into the metadata of what is made, so that it can be found again.
    pub id: IntentId,
    /// The write request that it answers.
    pub request_id: RequestId,
    /// The account it acts on.
    pub account_id: AccountId,
    /// What is to be done.
    pub kind: IntentKind,
    /// How far it came.
    pub state: IntentState,
    /// The vendor's id of the payment, payer's intention, refund or customer that it acts on.
    pub target_id: Option<String>,
    /// How much, where it moves money.
    pub amount: Option<Money>,
    /// Why, for a refund.
    pub reason: Option<RefundReason>,
    /// A note of the person who asked for it; stays on this machine.
    pub note: Option<String>,
    /// The approval of a second person that it was decided with, in place of the limits on what one person alone may
    /// give back. That of one refund has the intent's own id, that of a run of refunds another.
    pub approval: Option<IntentId>,
    /// Path of the request, such as `/v1/refunds`.
    pub path: String,
    /// Exact bytes of the request's form; a repeat sends these and no others.
    pub body: String,
    /// The one idempotency key of its life.
    pub idempotency_key: String,
    /// The vendor's API version that the request is written for.
    pub api_version: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Until when the vendor certainly honours the key.
    pub key_expires_at: Timestamp,
    /// When its undo window ends, by this machine's clock as it then was; none for what has no such window.
    pub release_at: Option<Timestamp>,
    /// What is known that decides the next step.
    pub progress: Progress,
    /// When Paydesk tries again by itself.
    pub next_try_at: Option<Timestamp>,
    /// The vendor's id of what was made, once known.
    pub object_id: Option<String>,
    /// The status of what was made, in its own open set of words.
    pub object_status: Option<String>,
    /// Code of what went wrong last, from the error table.
    pub problem_code: Option<String>,
    /// The vendor's own sentence to it, card numbers masked.
    pub problem_detail: Option<String>,
    /// When the person who asked for it was shown how it ended. Until then the same wish again is
    /// taken for a repeat after a crash, and answered with this intent.
    pub acknowledged_at: Option<Timestamp>,
}

/// What is known of an intent besides its state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// How often it went on the wire.
    pub sends: u32,
    /// Whether any try may have been carried out although no answer said so.
    pub doubtful: bool,
    /// Whether the vendor will answer this key only with the failure that it stored.
    pub key_spent: bool,
    /// Whether the vendor refused it while it was doubtful, so that a look decides.
    pub refused_in_doubt: bool,
    /// How many looks came back with nothing since the last try, or since something of ours that was
    /// not what was asked for was seen. It starts again with each, so it can also become smaller.
    pub empty_looks: u32,
    /// When the first look after a refusal in doubt came back with nothing, by the vendor's clock where
    /// that was known.
    pub empty_since: Option<Timestamp>,
    /// The status of the last 5xx, to notice the same one twice.
    pub last_server_error: Option<u16>,
    /// How many answers said that the key is in use; it only grows, as each answer keeps it.
    pub conflicts: u32,
}

impl Progress {
    /// Whether nothing of it can be at the vendor: it was never on the wire, no copy of the journal may know
    /// less than happened, and nothing of it was seen there.
    pub fn never_sent(self) -> bool {
        self.sends == 0 && !self.doubtful && !self.key_spent
    }

    /// Whether this can be what is known after `earlier`. Two that work on one intent at once are told by
    /// it: of what only ever grows nothing may get lost. Empty looks are counted anew after each try.
    pub fn may_follow(self, earlier: Self) -> bool {
        self.sends >= earlier.sends
            && self.doubtful >= earlier.doubtful
            && self.key_spent >= earlier.key_spent
            && self.refused_in_doubt >= earlier.refused_in_doubt
            && self.conflicts >= earlier.conflicts
    }
}

/// The time, as far as it is known. This machine's clock may be hours wrong: a second system on it keeps
/// the clock in another zone, or it was off and has not asked for the time yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// By this machine's clock.
    pub here: Timestamp,
    /// By the vendor's, once this process heard from it.
    pub at_vendor: Option<Timestamp>,
}

impl Now {
    /// Where only this machine's clock is known.
    pub fn here(here: Timestamp) -> Self {
        Self { here, at_vendor: None }
    }

    /// The time that is to be believed.
    pub fn believed(self) -> Timestamp {
        self.at_vendor.unwrap_or(self.here)
    }

    /// The later of the two: what must not happen after some time has ended by either.
    pub fn latest(self) -> Timestamp {
        self.at_vendor.map_or(self.here, |at_vendor| at_vendor.max(self.here))
    }

    /// The earlier of the two: what must not begin too late has begun by either.
    pub fn earliest(self) -> Timestamp {
        self.at_vendor.map_or(self.here, |at_vendor| at_vendor.min(self.here))
    }
}

/// What happened to an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The undo window ended while it was counted down, or a person sends it now.
    Released,
    /// The undo window ended while nobody counted it down, so that nobody could have undone it.
    RanOut,
    /// A person takes it back before it left.
    Withdrawn,
    /// The Desk started; whatever was on the wire has no one left to hear the answer.
    Restarted,
    /// It goes on the wire now.
    SendStarted,
    /// The vendor made exactly what was asked for.
    Confirmed,
    /// The vendor made something under our key or id that is not what was asked for.
    Contradicted,
    /// The vendor says it was not and will not be carried out.
    Refused,
    /// The vendor did not look at it: the key is wrong, lacks the right, or the rate was too high.
    NotAdmitted {
        /// Whether trying again later can help (429), or a person must mend the key (401, 403).
        later: bool,
    },
    /// The vendor says that the same key is being worked on.
    KeyInUse,
    /// The vendor says that the key belongs to another request.
    KeyMisused,
    /// The vendor failed inside.
    ServerError {
        /// The HTTP status.
        status: u16,
        /// Whether the answer is a stored one.
        replayed: bool,
    },
    /// No answer, or one that cannot be read.
    Unanswered {
        /// Whether the request may have reached the vendor.
        maybe_executed: bool,
    },
    /// Time to try to find out.
    Due {
        /// The time now, to hold against the key's end.
        now: Now,
        /// When the intent last changed, by this machine's clock.
        changed_at: Timestamp,
    },
    /// A complete look at the vendor found nothing of this intent.
    LookedEmpty {
        /// The time now, to hold against the key's end.
        now: Now,
    },
    /// The look itself failed; nothing is known.
    LookFailed,
    /// A person closes it after a look that found nothing.
    ClosedByPerson,
    /// A person asks to look again.
    AskedAgain,
}

/// What must be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Send the stored bytes under the stored key.
    Send,
    /// List what the vendor has for the target and match our intent id.
    Look,
    /// Try again after so many milliseconds, jitter not included. After a refusal in doubt the wait is as
    /// long as a try may be under way, so that jitter may only make it longer.
    WaitMs(i64),
    /// Nothing; a person decides or it is done.
    Rest,
}

/// What an intent becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its state from now on.
    pub state: IntentState,
    /// What is known from now on.
    pub progress: Progress,
    /// What must be done next.
    pub effect: Effect,
}

/// The input makes no sense in this state; nothing changes and it is a defect to be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an intent that is {state} cannot take {input:?}")]
pub struct OutOfOrder {
    /// The state it was in.
    pub state: IntentState,
    /// What came.
    pub input: Input,
}

/// Waits after a try that got no answer, by how many tries there were; the last repeats while the
/// key lives, so that an intent is resolved within a minute of the network's return.
const UNANSWERED_WAITS_MS: [i64; 7] = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000];
/// Waits after `409 key in use`: eight tries cover a storm of half an hour (goal G5), then a look.
const CONFLICT_WAITS_MS: [i64; 8] = [2_000, 5_000, 15_000, 45_000, 120_000, 300_000, 600_000, 900_000];
/// Tries that end in the same 5xx, none of them a stored one, before the key is taken for spent: with
/// the waits above they cover an outage of half an hour (bad input P24).
const SERVER_ERRORS_MAX: u32 = 40;
/// Looks that find nothing, after the vendor stored a failure for the key, before a person is
/// asked: the vendor may still roll the work forward for a while.
const EMPTY_LOOKS_BEFORE_PERSON: u32 = 3;
/// Wait between such looks.
const EMPTY_LOOK_WAIT_MS: i64 = 5_000;
/// How long an unanswered try may still be under way after nobody waits for it any more. A refusal that
/// came meanwhile says nothing of it: the simulation found refunds that were carried out after Paydesk
/// had called them refused, because a delayed first try overtook the look.
const LATE_ARRIVALS_MS: i64 = 45_000;
/// A doubtful intent that did not change for longer than this is looked for before it is sent again: how
/// long ago its key was used is told by clocks alone, and a clock may be wrong by more than a key lives.
const LOOK_AFTER_MS: i64 = 10 * 60_000;

/// The whole machine: a state, what is known, the key's end and an input give the next state, what
/// is then known and what must be done. Found objects are always believed, in every state, since
/// an event may arrive before the answer or long after a person closed the matter.
pub fn step(
    state: IntentState,
    progress: Progress,
    key_expires_at: Timestamp,
    input: Input,
) -> Result<Step, OutOfOrder> {
    use IntentState as S;
    let to = |state, progress, effect| Ok(Step { state, progress, effect });
    match (state, input) {
        (_, Input::Confirmed) => to(S::Settled, progress, Effect::Rest),
        (_, Input::Contradicted) => {
            let seen = Progress { doubtful: true, empty_looks: 0, empty_since: None, ..progress };
            to(S::NeedsPerson, seen, Effect::Rest)
        }
        (S::Waiting, Input::Released) => to(S::Prepared, progress, Effect::Send),
        (S::Waiting, Input::RanOut) => to(S::NeedsPerson, progress, Effect::Rest),
        // A person may decide anew about what never left; nothing of it can be doubled by that.
        (S::NeedsPerson, Input::Released) if progress.never_sent() => to(S::Prepared, progress, Effect::Send),
        (S::Waiting | S::Prepared | S::NeedsPerson, Input::Withdrawn) if progress.never_sent() => {
            to(S::Canceled, progress, Effect::Rest)
        }
        (S::Sent, Input::Restarted) => {
            to(S::Unsettled, Progress { doubtful: true, ..progress }, Effect::WaitMs(0))
        }
        (S::Prepared | S::Unsettled, Input::Restarted) => to(state, progress, Effect::WaitMs(0)),
        (_, Input::Restarted) => to(state, progress, Effect::Rest),
        (S::Prepared | S::Unsettled, Input::SendStarted) => {
            let sends = progress.sends.saturating_add(1);
            to(S::Sent, Progress { sends, empty_looks: 0, empty_since: None, ..progress }, Effect::Rest)
        }
        (S::Prepared | S::Unsettled, Input::Due { now, changed_at }) => {
            to(state, progress, what_is_due(progress, now, changed_at, key_expires_at))
        }
        (S::NeedsPerson, Input::AskedAgain) => to(S::NeedsPerson, progress, Effect::Look),
        (S::NeedsPerson, Input::ClosedByPerson) if progress.empty_looks > 0 => {
            to(S::Canceled, progress, Effect::Rest)
        }
        (S::Sent, _) => after_answer(progress, input).ok_or(OutOfOrder { state, input }),
        (S::Prepared | S::Unsettled | S::NeedsPerson, Input::LookedEmpty { now }) => {
            Ok(after_empty_look(state, progress, now, key_expires_at))
        }
        (S::Prepared | S::Unsettled, Input::LookFailed) => {
            to(state, progress, Effect::WaitMs(wait(&UNANSWERED_WAITS_MS, progress.sends)))
        }
        (S::NeedsPerson, Input::LookFailed) => to(state, progress, Effect::Rest),
        _ => Err(OutOfOrder { state, input }),
    }
}

/// What to do with an intent whose time has come.
fn what_is_due(progress: Progress, now: Now, changed_at: Timestamp, key_expires_at: Timestamp) -> Effect {
    if progress.refused_in_doubt
        && let Some(left_ms) = still_arriving(progress, now)
    {
        return Effect::WaitMs(left_ms);
    }
    // What was never sent cannot have been carried out, so nothing depends on how old it is but the key.
    let is_recent = now.at_vendor.is_some() && (0..=LOOK_AFTER_MS).contains(&now.here.ms_since(changed_at));
    if progress.doubtful && !is_recent {
        return Effect::Look;
    }
    next_way(progress, now, key_expires_at)
}

/// For how long a try may still be under way after the first look that found nothing. None where it
/// cannot be any more, and where the clock was set back since, so that the time is not known.
fn still_arriving(progress: Progress, now: Now) -> Option<i64> {
    let passed = now.believed().ms_since(progress.empty_since?);
    (0..LATE_ARRIVALS_MS).contains(&passed).then_some(LATE_ARRIVALS_MS - passed)
}

/// Whether to send the same bytes under the same key again or to look first.
fn next_way(progress: Progress, now: Now, key_expires_at: Timestamp) -> Effect {
    let conflicts_ended = progress.conflicts as usize >= CONFLICT_WAITS_MS.len();
    let must_look = progress.key_spent || progress.refused_in_doubt || conflicts_ended;
    if must_look || now.latest() >= key_expires_at { Effect::Look } else { Effect::Send }
}

/// What an answer on the wire makes of an intent that was sent.
fn after_answer(progress: Progress, input: Input) -> Option<Step> {
    use IntentState as S;
    let step = |state, progress, effect| Some(Step { state, progress, effect });
    let sends = progress.sends.saturating_sub(1);
    match input {
        Input::Refused if progress.doubtful => {
            let known = Progress { refused_in_doubt: true, empty_looks: 0, empty_since: None, ..progress };
            step(S::Unsettled, known, Effect::Look)
        }
        Input::Refused => step(S::Refused, progress, Effect::Rest),
        Input::NotAdmitted { later: false } if !progress.doubtful => step(S::Refused, progress, Effect::Rest),
        Input::NotAdmitted { later: false } => step(S::NeedsPerson, progress, Effect::Rest),
        Input::NotAdmitted { later: true } => {
            step(S::Unsettled, progress, Effect::WaitMs(wait(&UNANSWERED_WAITS_MS, sends)))
        }
        Input::KeyInUse => {
            let wait_ms = wait(&CONFLICT_WAITS_MS, progress.conflicts);
            let conflicts = progress.conflicts.saturating_add(1);
            step(S::Unsettled, Progress { doubtful: true, conflicts, ..progress }, Effect::WaitMs(wait_ms))
        }
        Input::KeyMisused => {
            step(S::Unsettled, Progress { doubtful: true, key_spent: true, ..progress }, Effect::Look)
        }
        Input::ServerError { status, replayed } => {
            // The same failure twice is looked into at once. Only a stored one, or one that outlasts
            // every outage, says that the key will bring nothing more: until then the same key is
            // the one thing that can be sent again without harm.
            let twice = progress.last_server_error == Some(status);
            let outlasting = twice && progress.sends >= SERVER_ERRORS_MAX;
            let spent = replayed || twice;
            let known = Progress {
                doubtful: true,
                key_spent: progress.key_spent || replayed || outlasting,
                last_server_error: Some(status),
                ..progress
            };
            let effect = if spent { Effect::Look } else { Effect::WaitMs(wait(&UNANSWERED_WAITS_MS, sends)) };
            step(S::Unsettled, known, effect)
        }
        Input::Unanswered { maybe_executed } => {
            let known = Progress { doubtful: progress.doubtful || maybe_executed, ..progress };
            step(S::Unsettled, known, Effect::WaitMs(wait(&UNANSWERED_WAITS_MS, sends)))
        }
        _ => None,
    }
}

/// What a complete look that found nothing makes of an intent.
fn after_empty_look(state: IntentState, progress: Progress, now: Now, key_expires_at: Timestamp) -> Step {
    let known = Progress { empty_looks: progress.empty_looks.saturating_add(1), ..progress };
    let step = |state, effect| Step { state, progress: known, effect };
    if state == IntentState::NeedsPerson {
        return step(state, Effect::Rest);
    }
    if progress.refused_in_doubt {
        return after_refusal_in_doubt(known, now);
    }
    let expired = now.latest() >= key_expires_at;
    if progress.key_spent && !expired && known.empty_looks < EMPTY_LOOKS_BEFORE_PERSON {
        return step(IntentState::Unsettled, Effect::WaitMs(EMPTY_LOOK_WAIT_MS));
    }
    let may_send_again = next_way(progress, now, key_expires_at) == Effect::Send;
    if may_send_again {
        let wait_ms = wait(&UNANSWERED_WAITS_MS, progress.sends.saturating_sub(1));
        return step(IntentState::Unsettled, Effect::WaitMs(wait_ms));
    }
    // Past the key's life nothing is ever sent by Paydesk's own decision, and after a storm of
    // conflicts or a stored failure another send cannot tell anything new.
    step(IntentState::NeedsPerson, Effect::Rest)
}

/// What a look that found nothing makes of a refusal in doubt: one look is taken at once, which mostly finds
/// what was made, and one decides when nothing can be under way any more.
fn after_refusal_in_doubt(known: Progress, now: Now) -> Step {
    if let Some(left_ms) = still_arriving(known, now) {
        return Step { state: IntentState::Unsettled, progress: known, effect: Effect::WaitMs(left_ms) };
    }
    let passed = known.empty_since.map(|since| now.believed().ms_since(since));
    if passed.is_some_and(|passed| passed >= LATE_ARRIVALS_MS) {
        return Step { state: IntentState::Refused, progress: known, effect: Effect::Rest };
    }
    let progress = Progress { empty_since: Some(now.believed()), ..known };
    Step { state: IntentState::Unsettled, progress, effect: Effect::WaitMs(LATE_ARRIVALS_MS) }
}

fn wait(table: &[i64], place: u32) -> i64 {
    let last = table.len().saturating_sub(1);
    table.get((place as usize).min(last)).copied().unwrap_or(60_000)
}

#[cfg(test)]
#[path = "intent_tests.rs"]
mod tests;
