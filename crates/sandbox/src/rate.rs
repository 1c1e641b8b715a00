//! Rate limits: requests a second for each endpoint and for the account in all (vendor facts: "Limits").

use std::collections::HashMap;
use std::str::FromStr;
use std::time::Instant;

use thiserror::Error;

const MICROS: u64 = 1_000_000;

/// How many requests a second are answered before 429 is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// As many as come.
    #[default]
    None,
    /// So many, with a burst of one second's worth.
    PerSecond {
        /// For each endpoint; reading single objects with different ids is one endpoint.
        endpoint: u32,
        /// For all endpoints together.
        account: u32,
    },
}

impl Limits {
    /// What Stripe allows a live account.
    pub const LIVE: Limits = Limits::PerSecond { endpoint: 25, account: 100 };
    /// What Stripe allows a test account.
    pub const TEST: Limits = Limits::PerSecond { endpoint: 25, account: 25 };
}

/// Why a text names no limits.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` names no limits: give live, test, none, or two numbers above 0 such as 25,100 for one endpoint and for all"
)]
pub struct LimitsError(String);

impl FromStr for Limits {
    type Err = LimitsError;

    fn from_str(text: &str) -> Result<Limits, LimitsError> {
        let number = |word: &str| word.trim().parse::<u32>().ok().filter(|number| *number > 0);
        match text {
            "live" => Ok(Limits::LIVE),
            "test" => Ok(Limits::TEST),
            "none" => Ok(Limits::None),
            _ => text
                .split_once(',')
                .and_then(|(one, all)| Some((number(one)?, number(all)?)))
                .map(|(endpoint, account)| Limits::PerSecond { endpoint, account })
                .ok_or_else(|| LimitsError(text.to_owned())),
        }
    }
}

/// A bucket that holds one second's worth of requests and fills as time goes by; counted in millionths of a request, so no floating point is needed.
#[derive(Clone, Copy)]
struct Bucket {
    per_second: u64,
    filled: u64,
    at: Instant,
}

impl Bucket {
    fn new(per_second: u32, at: Instant) -> Bucket {
        let per_second = u64::from(per_second);
        Bucket { per_second, filled: per_second * MICROS, at }
    }

    fn fill(&mut self, now: Instant) {
        let passed = u64::try_from(now.saturating_duration_since(self.at).as_micros()).unwrap_or(u64::MAX);
        let gained = passed.saturating_mul(self.per_second);
        self.filled = self.filled.saturating_add(gained).min(self.per_second * MICROS);
        self.at = now;
    }
}

/// The limits of one account, and what is left of them at this moment.
pub(crate) struct RateLimits {
    limits: Limits,
    account: Option<Bucket>,
    endpoints: HashMap<String, Bucket>,
    refused: u64,
}

impl RateLimits {
    pub(crate) fn new(limits: Limits) -> RateLimits {
        RateLimits { limits, account: None, endpoints: HashMap::new(), refused: 0 }
    }

    /// How many requests were refused so far.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    /// Takes one request from both buckets, or names the one that is empty.
    pub(crate) fn take(&mut self, endpoint: &str, now: Instant) -> Result<(), &'static str> {
        let Limits::PerSecond { endpoint: per_endpoint, account: per_account } = self.limits else {
            return Ok(());
        };
        let account = self.account.get_or_insert_with(|| Bucket::new(per_account, now));
        let own = self.endpoints.entry(endpoint.to_owned()).or_insert_with(|| Bucket::new(per_endpoint, now));
        account.fill(now);
        own.fill(now);
        if account.filled < MICROS {
            self.refused += 1;
            return Err("global-rate");
        }
        if own.filled < MICROS {
            self.refused += 1;
            return Err("endpoint-rate");
        }
        account.filled -= MICROS;
        own.filled -= MICROS;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn taken(limits: &mut RateLimits, endpoint: &str, tries: usize, now: Instant) -> usize {
        (0..tries).filter(|_| limits.take(endpoint, now).is_ok()).count()
    }

    #[test]
    fn twenty_five_a_second_and_no_more() {
        let mut limits = RateLimits::new(Limits::TEST);
        let start = Instant::now();
        assert_eq!(taken(&mut limits, "GET /v1/charges", 40, start), 25);
        assert_eq!(limits.take("GET /v1/refunds", start), Err("global-rate"));
        assert_eq!(limits.refused(), 16);
        assert!(limits.take("GET /v1/charges", start + Duration::from_millis(40)).is_ok());
        let later = start + Duration::from_secs(60);
        assert_eq!(taken(&mut limits, "GET /v1/charges", 40, later), 25);
    }

    #[test]
    fn a_live_account_has_more_in_all_than_for_one_endpoint() {
        let mut limits = RateLimits::new(Limits::LIVE);
        let start = Instant::now();
        assert_eq!(taken(&mut limits, "GET /v1/charges", 40, start), 25);
        assert_eq!(limits.take("GET /v1/charges", start), Err("endpoint-rate"));
        for endpoint in ["GET /v1/refunds", "GET /v1/customers", "GET /v1/events"] {
            assert_eq!(taken(&mut limits, endpoint, 40, start), 25, "{endpoint}");
        }
        assert_eq!(limits.take("GET /v1/payouts", start), Err("global-rate"));
    }

    #[test]
    fn limits_are_named_or_counted() {
        assert_eq!("live".parse(), Ok(Limits::LIVE));
        assert_eq!("test".parse(), Ok(Limits::TEST));
        assert_eq!("none".parse(), Ok(Limits::None));
        assert_eq!("5, 12".parse(), Ok(Limits::PerSecond { endpoint: 5, account: 12 }));
        for bad in ["", "lively", "5", "0,5", "5,0", "-1,5", "5,5,5", "9999999999,1"] {
            assert!(bad.parse::<Limits>().is_err(), "{bad}");
        }
    }
}
