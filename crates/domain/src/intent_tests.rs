//! Tests of the intent machine: named rules, then random histories against a model of a vendor
//! that counts how often it carries a request out.

use proptest::prelude::*;

use super::{Effect, Input, IntentState as S, Now, OutOfOrder, Progress, step};
use crate::Timestamp;

/// Twenty-three hours, the life that Paydesk grants a Stripe v1 key.
const END: Timestamp = Timestamp::const_from_ms(23 * 3_600_000);

fn go(state: S, progress: Progress, input: Input) -> super::Step {
    step(state, progress, END, input).unwrap()
}

/// The vendor and this machine agree about the time.
fn agreed(ms: i64) -> Now {
    let now = Timestamp::from_ms(ms);
    Now { here: now, at_vendor: Some(now) }
}

/// Time to do something, right after the last thing that was done.
fn due(ms: i64) -> Input {
    Input::Due { now: agreed(ms), changed_at: Timestamp::from_ms(ms) }
}

fn looked_empty(ms: i64) -> Input {
    Input::LookedEmpty { now: agreed(ms) }
}

fn sent_once() -> Progress {
    Progress { sends: 1, ..Progress::default() }
}

#[test]
fn a_refusal_of_the_first_try_is_believed() {
    assert_eq!(go(S::Sent, sent_once(), Input::Refused).state, S::Refused);
}

#[test]
fn a_refusal_after_an_unanswered_try_is_checked_by_a_look() {
    let unanswered = go(S::Sent, sent_once(), Input::Unanswered { maybe_executed: true });
    assert_eq!(unanswered.state, S::Unsettled);
    let sent = go(S::Unsettled, unanswered.progress, Input::SendStarted);
    let refused = go(S::Sent, sent.progress, Input::Refused);
    assert_eq!((refused.state, refused.effect), (S::Unsettled, Effect::Look));
    // The unanswered try may still be under way, so one look that finds nothing proves nothing.
    let empty = go(S::Unsettled, refused.progress, looked_empty(0));
    assert_eq!((empty.state, empty.effect), (S::Unsettled, Effect::WaitMs(45_000)));
    let again = go(S::Unsettled, empty.progress, looked_empty(45_000));
    assert_eq!(again.state, S::Refused);
    assert_eq!(go(S::Unsettled, refused.progress, Input::Confirmed).state, S::Settled);
}

#[test]
fn a_refusal_in_doubt_is_not_believed_before_its_time_however_often_somebody_looks() {
    let doubtful = Progress { sends: 2, doubtful: true, ..Progress::default() };
    let refused = go(S::Sent, doubtful, Input::Refused);
    let mut known = go(S::Unsettled, refused.progress, looked_empty(1_000)).progress;
    for seconds in [1, 2, 22, 45] {
        let at = seconds * 1_000;
        let left = Effect::WaitMs(46_000 - at);
        assert_eq!(go(S::Unsettled, known, due(at)).effect, left, "after {seconds} s");
        let looked = go(S::Unsettled, known, looked_empty(at));
        assert_eq!((looked.state, looked.effect), (S::Unsettled, left), "after {seconds} s");
        known = looked.progress;
    }
    assert_eq!(go(S::Unsettled, known, due(46_000)).effect, Effect::Look);
    assert_eq!(go(S::Unsettled, known, looked_empty(46_000)).state, S::Refused);
}

#[test]
fn t01_a_clock_that_jumps_makes_no_refusal_in_doubt_true() {
    let doubtful = Progress { sends: 2, doubtful: true, ..Progress::default() };
    let refused = go(S::Sent, doubtful, Input::Refused);
    let known = go(S::Unsettled, refused.progress, looked_empty(3_600_000)).progress;
    // This machine's clock goes ahead by a day while the vendor's goes on by a second.
    let ahead = Now { at_vendor: Some(Timestamp::from_ms(3_601_000)), ..agreed(86_400_000) };
    assert_eq!(go(S::Unsettled, known, Input::LookedEmpty { now: ahead }).state, S::Unsettled);
    // A clock that was set back tells nothing of how long it was, so the whole time is waited again.
    let back = go(S::Unsettled, known, looked_empty(5_000));
    assert_eq!((back.state, back.effect), (S::Unsettled, Effect::WaitMs(45_000)));
    assert_eq!(go(S::Unsettled, back.progress, looked_empty(50_000)).state, S::Refused);
}

#[test]
fn t01_a_doubtful_intent_is_looked_for_before_it_is_sent_after_a_pause() {
    let doubtful = Progress { doubtful: true, ..sent_once() };
    let hour = 3_600_000;
    let due_after = |here: i64, at_vendor: Option<i64>| {
        let now = Now { here: Timestamp::from_ms(here), at_vendor: at_vendor.map(Timestamp::from_ms) };
        Input::Due { now, changed_at: Timestamp::from_ms(10 * hour) }
    };
    let effect = |input| go(S::Unsettled, doubtful, input).effect;
    assert_eq!(effect(due_after(10 * hour + 60_000, Some(10 * hour + 60_000))), Effect::Send);
    assert_eq!(effect(due_after(10 * hour + 660_000, Some(10 * hour + 660_000))), Effect::Look);
    // It changed in the future: a clock was or is wrong.
    assert_eq!(effect(due_after(5 * hour, Some(10 * hour))), Effect::Look);
    // Nothing was heard from the vendor since the program started.
    assert_eq!(effect(due_after(10 * hour + 60_000, None)), Effect::Look);
    // The vendor's clock says that the key ended, this machine's does not.
    assert_eq!(effect(due_after(10 * hour, Some(24 * hour))), Effect::Look);
    let late = Now { at_vendor: Some(Timestamp::from_ms(24 * hour)), ..Now::here(Timestamp::from_ms(0)) };
    assert_eq!(go(S::Unsettled, doubtful, Input::LookedEmpty { now: late }).state, S::NeedsPerson);
    // What was never sent cannot have been carried out.
    let never_sent = go(S::Prepared, Progress::default(), due_after(11 * hour, None));
    assert_eq!(never_sent.effect, Effect::Send);
}

#[test]
fn looks_that_found_nothing_count_until_the_next_try() {
    let failed = Progress { doubtful: true, last_server_error: Some(503), empty_looks: 1, ..sent_once() };
    let sent = go(S::Unsettled, failed, Input::SendStarted).progress;
    assert_eq!(sent.empty_looks, 0);
    assert!(sent.may_follow(failed), "it is a step forward all the same");
    let left = go(S::Sent, sent, Input::NotAdmitted { later: false });
    assert_eq!(left.state, S::NeedsPerson);
    assert!(step(S::NeedsPerson, left.progress, END, Input::ClosedByPerson).is_err());
    // Something of ours is there, if not what was asked for: an earlier empty look is of no use.
    let looked = Progress { empty_looks: 2, ..failed };
    let contradicted = go(S::Unsettled, looked, Input::Contradicted);
    assert!(step(S::NeedsPerson, contradicted.progress, END, Input::ClosedByPerson).is_err());
}

#[test]
fn p45_a_stored_failure_sends_nothing_more() {
    let failed = go(S::Sent, sent_once(), Input::ServerError { status: 500, replayed: true });
    assert_eq!((failed.state, failed.effect), (S::Unsettled, Effect::Look));
    assert_eq!(go(S::Unsettled, failed.progress, due(0)).effect, Effect::Look);
}

#[test]
fn p24_a_503_for_half_an_hour_keeps_the_key_and_looks_each_time() {
    let (mut state, mut progress, mut now_ms) = (S::Prepared, Progress::default(), 0i64);
    while now_ms < 30 * 60_000 {
        assert_eq!(go(state, progress, due(now_ms)).effect, Effect::Send, "after {now_ms} ms");
        progress = go(state, progress, Input::SendStarted).progress;
        let failed = go(S::Sent, progress, Input::ServerError { status: 503, replayed: false });
        let next = match failed.effect {
            Effect::Look => go(failed.state, failed.progress, looked_empty(now_ms)),
            _ => failed,
        };
        (state, progress) = (next.state, next.progress);
        let Effect::WaitMs(wait_ms) = next.effect else { panic!("{next:?} after {now_ms} ms") };
        now_ms += wait_ms;
    }
    assert_eq!(go(S::Sent, progress, Input::Confirmed).state, S::Settled);
}

#[test]
fn p23_the_same_500_twice_is_looked_into() {
    let once = go(S::Sent, sent_once(), Input::ServerError { status: 500, replayed: false });
    assert!(matches!(once.effect, Effect::WaitMs(_)));
    let again = go(S::Unsettled, once.progress, Input::SendStarted);
    let twice = go(S::Sent, again.progress, Input::ServerError { status: 500, replayed: false });
    assert_eq!(twice.effect, Effect::Look);
}

#[test]
fn p16_a_storm_of_conflicts_keeps_the_key_and_ends_in_a_look() {
    let mut progress = Progress::default();
    let mut sends = 0;
    let mut waited_ms = 0;
    let mut state = S::Prepared;
    while go(state, progress, due(waited_ms)).effect == Effect::Send {
        progress = go(state, progress, Input::SendStarted).progress;
        let answered = go(S::Sent, progress, Input::KeyInUse);
        (state, progress) = (answered.state, answered.progress);
        if let Effect::WaitMs(ms) = answered.effect {
            waited_ms += ms;
        }
        sends += 1;
    }
    assert_eq!(sends, 8);
    assert!(waited_ms >= 30 * 60_000, "eight tries cover half an hour, not {waited_ms} ms");
}

#[test]
fn p13_a_401_refuses_a_first_try_and_asks_a_person_after_a_doubtful_one() {
    assert_eq!(go(S::Sent, sent_once(), Input::NotAdmitted { later: false }).state, S::Refused);
    let doubtful = Progress { sends: 2, doubtful: true, ..Progress::default() };
    assert_eq!(go(S::Sent, doubtful, Input::NotAdmitted { later: false }).state, S::NeedsPerson);
}

#[test]
fn past_the_end_of_the_key_nothing_is_sent() {
    for hours in [23, 25, 31 * 24, 46 * 24] {
        let ms = hours * 3_600_000;
        for state in [S::Prepared, S::Unsettled] {
            assert_eq!(go(state, sent_once(), due(ms)).effect, Effect::Look, "{hours} h");
            assert_eq!(go(state, sent_once(), looked_empty(ms)).state, S::NeedsPerson);
        }
    }
}

#[test]
fn a_crash_on_the_wire_is_doubtful_and_a_crash_before_it_is_not() {
    assert!(go(S::Sent, sent_once(), Input::Restarted).progress.doubtful);
    assert!(!go(S::Prepared, Progress::default(), Input::Restarted).progress.doubtful);
}

#[test]
fn a_found_object_settles_from_every_state() {
    for state in S::ALL {
        assert_eq!(go(*state, Progress::default(), Input::Confirmed).state, S::Settled);
        assert_eq!(go(*state, Progress::default(), Input::Contradicted).state, S::NeedsPerson);
    }
}

#[test]
fn a_person_closes_only_after_a_look() {
    let refused = step(S::NeedsPerson, Progress::default(), END, Input::ClosedByPerson);
    assert_eq!(refused, Err(OutOfOrder { state: S::NeedsPerson, input: Input::ClosedByPerson }));
    let looked = go(S::NeedsPerson, Progress::default(), looked_empty(END.as_ms()));
    assert_eq!(looked.state, S::NeedsPerson);
    assert_eq!(go(S::NeedsPerson, looked.progress, Input::ClosedByPerson).state, S::Canceled);
}

#[test]
fn what_left_cannot_be_withdrawn() {
    assert!(step(S::Sent, sent_once(), END, Input::Withdrawn).is_err());
    assert!(step(S::Unsettled, sent_once(), END, Input::Withdrawn).is_err());
    assert_eq!(go(S::Prepared, Progress::default(), Input::Withdrawn).state, S::Canceled);
}

#[test]
fn a_window_that_nobody_counted_to_its_end_is_sent_by_a_person_or_not_at_all() {
    let ran_out = go(S::Waiting, Progress::default(), Input::RanOut);
    assert_eq!((ran_out.state, ran_out.effect), (S::NeedsPerson, Effect::Rest));
    for input in [due(0), Input::Restarted, Input::LookFailed, looked_empty(0)] {
        let next = step(S::NeedsPerson, ran_out.progress, END, input);
        assert!(
            next.is_err() || next == Ok(super::Step { state: S::NeedsPerson, ..next.unwrap() }),
            "{input:?}"
        );
    }
    let sent = go(S::NeedsPerson, ran_out.progress, Input::Released);
    assert_eq!((sent.state, sent.effect), (S::Prepared, Effect::Send));
    assert_eq!(go(S::NeedsPerson, ran_out.progress, Input::Withdrawn).state, S::Canceled);
    assert_eq!(go(S::Waiting, Progress::default(), Input::Released).state, S::Prepared);
    assert_eq!(go(S::Waiting, Progress::default(), Input::Withdrawn).state, S::Canceled);
    // Nothing but a release lets it leave.
    for input in [Input::SendStarted, due(0), looked_empty(0), Input::AskedAgain] {
        assert!(step(S::Waiting, Progress::default(), END, input).is_err(), "{input:?}");
    }
}

#[test]
fn what_may_be_at_the_vendor_is_neither_sent_anew_nor_withdrawn() {
    let seen = go(S::Waiting, Progress::default(), Input::Contradicted).progress;
    let restored = Progress { doubtful: true, key_spent: true, ..Progress::default() };
    for progress in [sent_once(), seen, restored] {
        for input in [Input::Released, Input::Withdrawn] {
            assert!(step(S::NeedsPerson, progress, END, input).is_err(), "{input:?} {progress:?}");
        }
    }
}

/// What the modelled vendor does with one send.
#[derive(Debug, Clone, Copy)]
enum Luck {
    Answer,
    LoseBefore,
    LoseAfter,
    FailAndStore,
    Busy,
    TooMany,
    Refuse,
    CrashBefore,
    CrashAfter,
}

/// A vendor that keeps results by key, as Stripe v1 does within a day.
#[derive(Default)]
struct Vendor {
    stored: Option<Input>,
    executions: u32,
}

impl Vendor {
    fn answer(&mut self, luck: Luck) -> Input {
        if let Some(stored) = self.stored {
            return match (luck, stored) {
                (Luck::LoseBefore | Luck::LoseAfter | Luck::CrashBefore | Luck::CrashAfter, _) => {
                    Input::Unanswered { maybe_executed: true }
                }
                (Luck::TooMany, _) => Input::NotAdmitted { later: true },
                (_, Input::ServerError { status, .. }) => Input::ServerError { status, replayed: true },
                (_, other) => other,
            };
        }
        match luck {
            Luck::LoseBefore | Luck::CrashBefore => Input::Unanswered { maybe_executed: true },
            Luck::Busy => Input::KeyInUse,
            Luck::TooMany => Input::NotAdmitted { later: true },
            Luck::Refuse => Input::Refused,
            Luck::FailAndStore => {
                self.stored = Some(Input::ServerError { status: 500, replayed: false });
                Input::ServerError { status: 500, replayed: false }
            }
            Luck::Answer | Luck::LoseAfter | Luck::CrashAfter => {
                self.executions += 1;
                self.stored = Some(Input::Confirmed);
                match luck {
                    Luck::Answer => Input::Confirmed,
                    _ => Input::Unanswered { maybe_executed: true },
                }
            }
        }
    }
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![
        Just(Luck::Answer),
        Just(Luck::LoseBefore),
        Just(Luck::LoseAfter),
        Just(Luck::FailAndStore),
        Just(Luck::Busy),
        Just(Luck::TooMany),
        Just(Luck::Refuse),
        Just(Luck::CrashBefore),
        Just(Luck::CrashAfter),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Whatever happens, the vendor carries the request out at most once, and an intent that ends
    /// as refused or settled says the truth.
    #[test]
    fn never_doubled_and_never_lied_about(lucks in prop::collection::vec(luck(), 1..24)) {
        let mut vendor = Vendor::default();
        let (mut state, mut progress, mut now_ms) = (S::Prepared, Progress::default(), 0i64);
        for luck in lucks {
            if !state.is_pending() {
                break;
            }
            let input = match go(state, progress, due(now_ms)).effect {
                Effect::Send => {
                    prop_assert!(now_ms < END.as_ms());
                    progress = go(state, progress, Input::SendStarted).progress;
                    state = S::Sent;
                    let answer = vendor.answer(luck);
                    if matches!(luck, Luck::CrashBefore | Luck::CrashAfter) { Input::Restarted } else { answer }
                }
                _ if vendor.executions > 0 => Input::Confirmed,
                _ => looked_empty(now_ms),
            };
            let next = go(state, progress, input);
            (state, progress) = (next.state, next.progress);
            if let Effect::WaitMs(ms) = next.effect {
                now_ms += ms;
            }
        }
        prop_assert!(vendor.executions <= 1);
        if state == S::Refused {
            prop_assert_eq!(vendor.executions, 0);
        }
        if state == S::Settled {
            prop_assert_eq!(vendor.executions, 1);
        }
    }
}
