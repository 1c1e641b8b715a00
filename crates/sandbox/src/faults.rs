//! Faults on request.
//!
//! # Grammar
//!
//! A specification is a list of items with commas between them; spaces around an item do not count.
//!
//! ```text
//! spec   = [ item *( "," item ) ]
//! item   = [ target ":" ] fault
//! target = METHOD " " PATH        the path as a template (/v1/charges/{charge}), as sent, or ending in * for everything below
//! fault  = "latency=" MILLISECONDS      waits this long, besides the configured latency
//!        | KIND                         every matching request
//!        | KIND "=" PROBABILITY         a share from 0 to 1, drawn from the seed
//!        | KIND ":" COUNT               the first COUNT matching requests
//! ```
//!
//! | kind | executed? | what the client sees |
//! |---|---|---|
//! | `reset-before` | no | the connection is reset |
//! | `reset-after` | yes, answer kept under the key | the connection is reset |
//! | `truncate` | yes, kept | the answer stops in the middle of its body and the connection closes |
//! | `html` | yes, kept | status 200 with a page of HTML, as from a captive portal |
//! | `bad-gateway` | yes, kept | status 502 with a page of HTML, as from a proxy |
//! | `timeout` | yes, kept | nothing, on an open connection |
//! | `500-before`, `500` … `504` | no | that status, before the endpoint began: nothing is kept and a retry runs anew |
//! | `500-after` | yes | 500, and it is the 500 that is kept and replayed, as Stripe documents |
//! | `500-saved` | no | 500, kept and replayed |
//! | `500-lost` | yes, the true answer is kept | 500 once; a retry replays the true answer |
//! | `401` | no | the key is not accepted, as once it was revoked |
//! | `409` | no | `idempotency_key_in_use` |
//! | `429` | no | a rate limit with its reason header |
//! | `lock-timeout` | no | 429 `lock_timeout` without a reason header |
//!
//! Example: `latency=50,429=0.05,500=0.02,POST /v1/refunds:reset-after:1`.

use std::str::FromStr;

use thiserror::Error;

use crate::random::Random;

/// What can go wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    ResetBefore,
    ResetAfter,
    Truncate,
    Html,
    BadGateway,
    Timeout,
    ServerBefore(u16),
    ServerAfter,
    ServerSaved,
    ServerLost,
    KeyRevoked,
    KeyInUse,
    RateLimit,
    LockTimeout,
}

impl Fault {
    fn parse(word: &str) -> Option<Fault> {
        Some(match word {
            "reset-before" => Fault::ResetBefore,
            "reset-after" => Fault::ResetAfter,
            "truncate" => Fault::Truncate,
            "html" => Fault::Html,
            "bad-gateway" => Fault::BadGateway,
            "timeout" => Fault::Timeout,
            "500" | "500-before" => Fault::ServerBefore(500),
            "502" => Fault::ServerBefore(502),
            "503" => Fault::ServerBefore(503),
            "504" => Fault::ServerBefore(504),
            "500-after" => Fault::ServerAfter,
            "500-saved" => Fault::ServerSaved,
            "500-lost" => Fault::ServerLost,
            "401" => Fault::KeyRevoked,
            "409" => Fault::KeyInUse,
            "429" => Fault::RateLimit,
            "lock-timeout" => Fault::LockTimeout,
            _ => return None,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Effect {
    Latency(u64),
    /// A fault in so many of a million matching requests.
    Share(Fault, u32),
    /// A fault in the next so many matching requests.
    Count(Fault, u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    target: Option<(String, String)>,
    effect: Effect,
}

/// Which requests go wrong and how; read from text by the grammar at the head of the module.
///
/// The whole grammar, with every kind of fault, stands in the sandbox's documentation of faults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultSpec {
    rules: Vec<Rule>,
}

/// A fault specification that cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FaultSpecError {
    /// The word names no fault.
    #[error(
        "`{0}` is no fault; known are latency, reset-before, reset-after, truncate, html, bad-gateway, timeout, 500, 500-before, 500-after, 500-saved, 500-lost, 502, 503, 504, 401, 409, 429, lock-timeout"
    )]
    UnknownKind(String),
    /// The value is no number in its range.
    #[error(
        "`{0}` needs a probability from 0 to 1 after `=`, a count after `:`, or milliseconds after `latency=`"
    )]
    BadValue(String),
    /// The target is not `METHOD /path`.
    #[error("`{0}` is no target; write it as `POST /v1/refunds`")]
    BadTarget(String),
}

impl FromStr for FaultSpec {
    type Err = FaultSpecError;

    fn from_str(text: &str) -> Result<FaultSpec, FaultSpecError> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        Ok(FaultSpec { rules: items.map(rule).collect::<Result<_, _>>()? })
    }
}

fn rule(item: &str) -> Result<Rule, FaultSpecError> {
    let (target, fault) = match item.split_once(':') {
        Some((head, rest)) if head.contains('/') => (Some(target(head)?), rest),
        _ => (None, item),
    };
    if let Some(milliseconds) = fault.strip_prefix("latency=") {
        let wait = milliseconds.parse().map_err(|_| FaultSpecError::BadValue(item.to_owned()))?;
        return Ok(Rule { target, effect: Effect::Latency(wait) });
    }
    let end = fault.find(['=', ':']).unwrap_or(fault.len());
    let kind =
        Fault::parse(&fault[..end]).ok_or_else(|| FaultSpecError::UnknownKind(fault[..end].to_owned()))?;
    let value = &fault[end..];
    let effect = if value.is_empty() {
        Effect::Share(kind, 1_000_000)
    } else if let Some(count) = value.strip_prefix(':') {
        Effect::Count(kind, count.parse().map_err(|_| FaultSpecError::BadValue(item.to_owned()))?)
    } else {
        Effect::Share(kind, share(&value[1..]).ok_or_else(|| FaultSpecError::BadValue(item.to_owned()))?)
    };
    Ok(Rule { target, effect })
}

fn target(text: &str) -> Result<(String, String), FaultSpecError> {
    let bad = || FaultSpecError::BadTarget(text.to_owned());
    let (method, path) = text.split_once(' ').ok_or_else(bad)?;
    let path = path.trim();
    if !path.starts_with('/') || !["GET", "POST", "DELETE"].contains(&method) {
        return Err(bad());
    }
    Ok((method.to_owned(), path.to_owned()))
}

/// A decimal from 0 to 1 in millionths, read without floating point.
fn share(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 6
        || !fraction.bytes().all(|digit| digit.is_ascii_digit())
        || (whole.is_empty() && fraction.is_empty())
    {
        return None;
    }
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let parts: u32 = format!("{fraction:0<6}").parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(parts).filter(|share| *share <= 1_000_000)
}

/// The faults in force, with what is left of counted ones, and their dice.
pub(crate) struct FaultPlan {
    spec: FaultSpec,
    random: Random,
}

/// What happens to one request besides its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawn {
    pub(crate) latency_ms: u64,
    pub(crate) fault: Option<Fault>,
}

impl FaultPlan {
    pub(crate) fn new(spec: FaultSpec, seed: u64) -> FaultPlan {
        FaultPlan { spec, random: Random::new(seed, 4) }
    }

    /// Puts other faults in force; the dice go on.
    pub(crate) fn replace(&mut self, spec: FaultSpec) {
        self.spec = spec;
    }

    /// Decides about one request: latencies add up, and of the faults the first that strikes wins.
    pub(crate) fn draw(&mut self, method: &str, template: &str, path: &str) -> Drawn {
        let mut drawn = Drawn::default();
        for rule in &mut self.spec.rules {
            if !rule
                .target
                .as_ref()
                .is_none_or(|(wanted, place)| wanted == method && meets(place, template, path))
            {
                continue;
            }
            match &mut rule.effect {
                Effect::Latency(wait) => drawn.latency_ms += *wait,
                Effect::Share(fault, share) => {
                    let strikes = *share >= 1_000_000 || self.random.chance(*share);
                    if strikes && drawn.fault.is_none() {
                        drawn.fault = Some(*fault);
                    }
                }
                Effect::Count(fault, left) => {
                    if *left > 0 && drawn.fault.is_none() {
                        *left -= 1;
                        drawn.fault = Some(*fault);
                    }
                }
            }
        }
        drawn
    }
}

fn meets(place: &str, template: &str, path: &str) -> bool {
    match place.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => place == template || place == path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_reads() {
        let spec: FaultSpec =
            "latency=50, 429=0.05,500=.02,POST /v1/refunds:reset-after:1,GET /v1/*:truncate".parse().unwrap();
        assert_eq!(spec.rules.len(), 5);
        assert_eq!(spec.rules[2].effect, Effect::Share(Fault::ServerBefore(500), 20_000));
        assert_eq!(spec.rules[3].effect, Effect::Count(Fault::ResetAfter, 1));
        assert_eq!("".parse::<FaultSpec>().unwrap(), FaultSpec::default());
        for bad in [
            "500=1.5",
            "500=-1",
            "nonsense",
            "latency=x",
            "POST refunds/x:500",
            "500:x",
            "409=",
            "FETCH /v1/x:409",
            "429=0.00000001",
            "500=.",
        ] {
            assert!(bad.parse::<FaultSpec>().is_err(), "{bad}");
        }
    }

    #[test]
    fn counted_faults_strike_first_and_stop() {
        let mut plan = FaultPlan::new("POST /v1/refunds:reset-after:2".parse().unwrap(), 1);
        let mut draw = |method: &str| plan.draw(method, "/v1/refunds", "/v1/refunds").fault;
        assert_eq!(draw("GET"), None);
        assert_eq!(
            [draw("POST"), draw("POST"), draw("POST")],
            [Some(Fault::ResetAfter), Some(Fault::ResetAfter), None]
        );
    }

    #[test]
    fn shares_come_from_the_seed() {
        let run = |seed| -> Vec<bool> {
            let mut plan = FaultPlan::new("409=0.25".parse().unwrap(), seed);
            (0..1_000).map(|_| plan.draw("GET", "/", "/").fault.is_some()).collect()
        };
        assert_eq!(run(5), run(5));
        let struck = run(5).iter().filter(|struck| **struck).count();
        assert!((200..300).contains(&struck), "{struck}");
    }
}
