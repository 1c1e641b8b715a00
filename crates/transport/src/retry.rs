//! What follows an attempt: one pure function, and the words for its results.
//!
//! Nothing here waits, asks for the time or draws a random number; the whole table of statuses is a
//! snapshot in `tests/it/snapshots`.

use std::fmt;
use std::time::Duration;

use domain::Timestamp;

use crate::config::RetryPolicy;
use crate::failure::ErrorKind;

/// Whether sending again could do something twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// Changes nothing.
    Read,
    /// Changes something, under a key that the caller has stored and the vendor honours.
    KeyedWrite,
    /// Changes something and has no key: never sent twice.
    WriteWithoutKey,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptEnd {
    /// With an answer of this status.
    Status(u16),
    /// Without a whole answer.
    NoAnswer(ErrorKind),
}

impl AttemptEnd {
    /// Whether the vendor may have carried the request out, though this is no success: a `5xx` may be
    /// rolled forward later, a `409` means that the same key is running, a `408` that it was cut.
    pub fn leaves_doubt(self) -> bool {
        match self {
            Self::Status(status) => matches!(status, 408 | 409 | 500..=599),
            Self::NoAnswer(kind) => kind.maybe_executed(),
        }
    }

    /// Whether it counts against the vendor for the circuit breaker.
    pub(crate) fn is_outage(self) -> bool {
        matches!(self, Self::Status(500..=599) | Self::NoAnswer(_))
    }
}

/// Which limit a `429` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimitScope {
    /// Requests per second of the account.
    AccountRate,
    /// Requests at once of the account.
    AccountConcurrency,
    /// Requests per second of the endpoint.
    EndpointRate,
    /// Requests at once of the endpoint.
    EndpointConcurrency,
    /// One object, for instance locked by another request; says nothing about the rate.
    Object,
}

/// All that the decision depends on.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// How the attempt ended.
    pub end: AttemptEnd,
    /// What was sent.
    pub call: CallKind,
    /// Which attempt this was, from 1.
    pub attempt: u32,
    /// What the vendor says about another attempt, in its own header.
    pub should_retry: Option<bool>,
    /// How long the vendor asks to wait, as [`parse_retry_after`] reads it.
    pub retry_after: Option<Duration>,
    /// The answer was replayed under the idempotency key.
    pub replayed: bool,
    /// The status of the attempt before this one.
    pub previous_status: Option<u16>,
    /// Time since the call began.
    pub elapsed: Duration,
    /// Longest time for the call.
    pub total: Duration,
    /// Attempts and waits.
    pub policy: &'a RetryPolicy,
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The call is over.
    Stop(StopReason),
    /// Another attempt, after `at_least` and a random time between zero and `jitter_cap` on top.
    RetryAfter {
        /// What the vendor asked for, else zero.
        at_least: Duration,
        /// Top of the range of the random part.
        jitter_cap: Duration,
    },
}

/// Why a call is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StopReason {
    /// The answer is final: a success, or a refusal that would be the same again.
    Answered,
    /// The vendor's header says not to try again.
    VendorSaysNo,
    /// It could be tried again, but it is a write without a key.
    WriteWithoutKey,
    /// Nothing more will come under this key: the error was replayed, or came twice.
    NothingMoreUnderKey,
    /// The fault would be the same again.
    WouldRepeat,
    /// No attempts are left.
    AttemptsSpent,
    /// The time for the call is over, or would be before the next attempt.
    DeadlineSpent,
    /// The vendor asked to wait longer than the time for the call.
    RetryAfterTooLong,
    /// The account's breaker opened.
    BreakerOpen,
}

impl StopReason {
    /// The word for it in the call log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::VendorSaysNo => "vendor_says_no",
            Self::WriteWithoutKey => "write_without_key",
            Self::NothingMoreUnderKey => "nothing_more_under_key",
            Self::WouldRepeat => "would_repeat",
            Self::AttemptsSpent => "attempts_spent",
            Self::DeadlineSpent => "deadline_spent",
            Self::RetryAfterTooLong => "retry_after_too_long",
            Self::BreakerOpen => "breaker_open",
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What the call log says followed an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Another attempt is planned.
    Retry,
    /// The call was over.
    Stop(StopReason),
    /// The caller gave up while the attempt was on its way; its end is unknown.
    Abandoned,
}

impl Decision {
    /// The word for it in the call log: `retry`, `abandoned`, or that of the reason.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Stop(reason) => reason.as_str(),
            Self::Abandoned => "abandoned",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Says what follows an attempt.
///
/// The vendor's own header beats the status, and `Retry-After` beats our waits. Three things beat the
/// vendor's header, always towards stopping: a write without a key, a key from which nothing more will
/// come, and our own limits.
pub fn decide(situation: &Situation<'_>) -> Outcome {
    if let Some(reason) = reason_to_stop(situation) {
        return Outcome::Stop(reason);
    }
    let at_least = situation.retry_after.unwrap_or_default();
    let left = situation.total.saturating_sub(situation.elapsed);
    if at_least >= left {
        return Outcome::Stop(match situation.retry_after {
            Some(wait) if !wait.is_zero() && !left.is_zero() => StopReason::RetryAfterTooLong,
            _ => StopReason::DeadlineSpent,
        });
    }
    // The random part must not eat the time that the next attempt needs.
    let jitter_cap = wait_cap(situation.policy, situation.attempt).min((left - at_least) / 2);
    Outcome::RetryAfter { at_least, jitter_cap }
}

fn reason_to_stop(situation: &Situation<'_>) -> Option<StopReason> {
    let by_default = match situation.end {
        AttemptEnd::Status(status) if status < 400 => return Some(StopReason::Answered),
        AttemptEnd::Status(status) => matches!(status, 408 | 409 | 429 | 500..=599),
        AttemptEnd::NoAnswer(kind) => {
            if !kind.is_transient() {
                return Some(StopReason::WouldRepeat);
            }
            true
        }
    };
    if !situation.should_retry.unwrap_or(by_default) {
        return Some(if by_default { StopReason::VendorSaysNo } else { StopReason::Answered });
    }
    if situation.call == CallKind::WriteWithoutKey {
        return Some(StopReason::WriteWithoutKey);
    }
    if situation.call == CallKind::KeyedWrite && nothing_more_under_key(situation) {
        return Some(StopReason::NothingMoreUnderKey);
    }
    let most = match situation.call {
        CallKind::Read => situation.policy.max_attempts_read,
        _ => situation.policy.max_attempts_write,
    };
    (situation.attempt >= most).then_some(StopReason::AttemptsSpent)
}

/// A vendor saves the first answer of a key, an error too. Once it has been replayed, or the same
/// `5xx` came twice, the caller must look for what happened instead (`reliability` section 2, rule 3).
fn nothing_more_under_key(situation: &Situation<'_>) -> bool {
    match situation.end {
        AttemptEnd::Status(status @ 500..=599) => {
            situation.replayed || situation.previous_status == Some(status)
        }
        _ => false,
    }
}

/// Top of the range of the wait after attempt number `attempt`.
pub fn wait_cap(policy: &RetryPolicy, attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(20);
    policy.first_wait_cap.saturating_mul(1 << doublings).min(policy.wait_cap)
}

/// Full jitter: any time from zero to `cap`, all equally likely, so that callers that failed
/// together do not come back together.
pub fn jitter(cap: Duration, random: &mut impl rand::Rng) -> Duration {
    use rand::RngExt as _;
    let most = u64::try_from(cap.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(random.random_range(0..=most))
}

/// Reads `Retry-After`: whole seconds, or an HTTP date counted from `server_now`. A date in the past
/// is no wait; what cannot be read is ignored.
pub fn parse_retry_after(text: &str, server_now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit is still a number: a very long wait.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let moment = parse_http_date(text)?;
    Some(Duration::from_millis(u64::try_from(moment.ms_since(server_now)).unwrap_or(0)))
}

/// Reads an HTTP date in any of its three forms.
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    let moment = httpdate::parse_http_date(text).ok()?;
    let since_epoch = moment.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)))
}
