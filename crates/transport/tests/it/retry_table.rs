//! The whole decision table as snapshots: the policy is read there and cannot drift unseen.

use std::fmt::Write as _;
use std::time::Duration;

use transport::retry::{AttemptEnd, CallKind, Outcome, Situation, decide};
use transport::{ErrorKind, RetryPolicy, StopReason};

const CALLS: [(&str, CallKind); 3] = [
    ("read", CallKind::Read),
    ("keyed write", CallKind::KeyedWrite),
    ("write without key", CallKind::WriteWithoutKey),
];

fn situation(policy: &RetryPolicy, end: AttemptEnd, call: CallKind) -> Situation<'_> {
    Situation {
        end,
        call,
        attempt: 1,
        should_retry: None,
        retry_after: None,
        replayed: false,
        previous_status: None,
        elapsed: Duration::ZERO,
        total: Duration::from_secs(80),
        policy,
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::RetryAfter { .. } => "retry",
        Outcome::Stop(reason) => reason.as_str(),
    }
}

/// One line per status with what follows a read, a keyed write and a write without key.
fn status_table(change: impl Fn(&mut Situation<'_>)) -> String {
    let policy = RetryPolicy::default();
    let mut table = String::from("status | read | keyed write | write without key\n");
    for status in 100..=599 {
        let cells = CALLS.map(|(_, call)| {
            let mut one = situation(&policy, AttemptEnd::Status(status), call);
            change(&mut one);
            word(decide(&one))
        });
        writeln!(table, "{status} | {}", cells.join(" | ")).unwrap();
    }
    table
}

/// The same, with equal neighbours as one range.
fn status_ranges(change: impl Fn(&mut Situation<'_>)) -> String {
    let table = status_table(change);
    let mut ranges: Vec<(String, String, String)> = Vec::new();
    for line in table.lines().skip(1) {
        let (status, rest) = line.split_once(" | ").unwrap();
        match ranges.last_mut() {
            Some((_, last, same)) if same == rest => *last = status.to_owned(),
            _ => ranges.push((status.to_owned(), status.to_owned(), rest.to_owned())),
        }
    }
    ranges.iter().map(|(first, last, rest)| format!("{first}..={last} | {rest}\n")).collect()
}

#[test]
fn every_status() {
    insta::assert_snapshot!(status_table(|_| {}));
}

#[test]
fn every_status_where_the_vendor_says_retry() {
    insta::assert_snapshot!(status_ranges(|one| one.should_retry = Some(true)));
}

#[test]
fn every_status_where_the_vendor_says_no() {
    insta::assert_snapshot!(status_ranges(|one| one.should_retry = Some(false)));
}

#[test]
fn every_status_replayed_under_the_key() {
    insta::assert_snapshot!(status_ranges(|one| one.replayed = true));
}

#[test]
fn every_status_for_the_second_time() {
    insta::assert_snapshot!(status_ranges(|one| {
        one.attempt = 2;
        one.previous_status = match one.end {
            AttemptEnd::Status(status) => Some(status),
            AttemptEnd::NoAnswer(_) => None,
        };
    }));
}

#[test]
fn every_fault_without_an_answer() {
    let policy = RetryPolicy::default();
    let mut table = String::from("fault | may have run | read | keyed write | write without key\n");
    for kind in ErrorKind::ALL {
        let cells =
            CALLS.map(|(_, call)| word(decide(&situation(&policy, AttemptEnd::NoAnswer(kind), call))));
        writeln!(table, "{kind} | {} | {}", kind.maybe_executed(), cells.join(" | ")).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_write_without_a_key_is_never_sent_twice_whatever_the_vendor_says() {
    let policy = RetryPolicy::default();
    let ends = (100..=599).map(AttemptEnd::Status).chain(ErrorKind::ALL.map(AttemptEnd::NoAnswer));
    for end in ends {
        for should_retry in [None, Some(true), Some(false)] {
            for retry_after in [None, Some(Duration::ZERO), Some(Duration::from_secs(1))] {
                let one = Situation {
                    should_retry,
                    retry_after,
                    ..situation(&policy, end, CallKind::WriteWithoutKey)
                };
                assert!(matches!(decide(&one), Outcome::Stop(_)), "{one:?}");
            }
        }
    }
}

#[test]
fn attempts_and_time_are_capped_whatever_the_vendor_says() {
    let policy = RetryPolicy::default();
    for (call, most) in [(CallKind::Read, 5), (CallKind::KeyedWrite, 4)] {
        let at = |attempt| {
            let end = AttemptEnd::Status(409);
            decide(&Situation { attempt, should_retry: Some(true), ..situation(&policy, end, call) })
        };
        assert!(matches!(at(most - 1), Outcome::RetryAfter { .. }));
        assert_eq!(at(most), Outcome::Stop(StopReason::AttemptsSpent));
    }
    let late = Situation {
        elapsed: Duration::from_secs(80),
        ..situation(&policy, AttemptEnd::Status(503), CallKind::Read)
    };
    assert_eq!(decide(&late), Outcome::Stop(StopReason::DeadlineSpent));
}
