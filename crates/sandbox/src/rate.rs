//! Rate limits of a test account: 25 requests a second in all and for each endpoint (vendor facts: "Limits").

use std::collections::HashMap;
use std::time::Instant;

const PER_SECOND: u64 = 25;
const MICROS: u64 = 1_000_000;

/// A bucket that holds one second's worth of requests and fills as time goes by; counted in millionths of a request, so no floating point is needed.
#[derive(Clone, Copy)]
struct Bucket {
    filled: u64,
    at: Instant,
}

impl Bucket {
    fn new(at: Instant) -> Bucket {
        Bucket { filled: PER_SECOND * MICROS, at }
    }

    fn fill(&mut self, now: Instant) {
        let passed = u64::try_from(now.saturating_duration_since(self.at).as_micros()).unwrap_or(u64::MAX);
        self.filled = self.filled.saturating_add(passed.saturating_mul(PER_SECOND)).min(PER_SECOND * MICROS);
        self.at = now;
    }
}

/// The limits of one account.
#[derive(Default)]
pub(crate) struct RateLimits {
    account: Option<Bucket>,
    endpoints: HashMap<String, Bucket>,
}

impl RateLimits {
    /// Takes one request from both buckets, or names the one that is empty.
    pub(crate) fn take(&mut self, endpoint: &str, now: Instant) -> Result<(), &'static str> {
        let account = self.account.get_or_insert_with(|| Bucket::new(now));
        let own = self.endpoints.entry(endpoint.to_owned()).or_insert_with(|| Bucket::new(now));
        account.fill(now);
        own.fill(now);
        if account.filled < MICROS {
            return Err("global-rate");
        }
        if own.filled < MICROS {
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

    #[test]
    fn twenty_five_a_second_and_no_more() {
        let mut limits = RateLimits::default();
        let start = Instant::now();
        let taken = (0..40).filter(|_| limits.take("GET /v1/charges", start).is_ok()).count();
        assert_eq!(taken, 25);
        assert_eq!(limits.take("GET /v1/refunds", start), Err("global-rate"));
        assert!(limits.take("GET /v1/charges", start + Duration::from_millis(40)).is_ok());
        let later = start + Duration::from_secs(60);
        assert_eq!((0..40).filter(|_| limits.take("GET /v1/charges", later).is_ok()).count(), 25);
    }
}
