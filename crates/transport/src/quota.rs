//! What is left of the rate budget, for the quota view.

use domain::Timestamp;
use http::Method;

use crate::retry::RateLimitScope;

/// One token bucket as it stands. Rates are in thousandths of a request per second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// What the vendor publishes.
    pub published_per_second: u32,
    /// Whether it holds anything back; a vendor on this machine is not held back until it asks for it.
    pub paced: bool,
    /// What Paydesk allows itself now, in thousandths of a request per second.
    pub allowed_millirequests_per_second: u64,
    /// Whole requests that could be sent at once now.
    pub left_now: u32,
    /// When the vendor last answered `429` here.
    pub last_429_at: Option<Timestamp>,
}

/// The budget of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointQuota {
    /// The HTTP method.
    pub method: Method,
    /// Such as `/v1/charges/{id}`.
    pub path_template: &'static str,
    /// Its bucket.
    pub meter: Meter,
}

/// The circuit breaker of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Requests pass.
    Closed {
        /// Failures in a row so far.
        failures_in_a_row: u32,
    },
    /// Requests are refused until then.
    Open {
        /// When one request is let through to see.
        next_try: Timestamp,
    },
    /// One request is on its way to see.
    HalfOpen,
}

/// The rate budget and the breaker of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// The bucket of the whole account.
    pub account: Meter,
    /// The endpoints used so far, by template and method.
    pub endpoints: Vec<EndpointQuota>,
    /// Requests on their way now.
    pub in_flight: u32,
    /// Most requests on their way at once, as it adapts.
    pub max_concurrent: u32,
    /// After a `429` the account is held at one request a second until a success.
    pub cooling_down: bool,
    /// The earliest moment the vendor asked us to come back, while it lies ahead.
    pub not_before: Option<Timestamp>,
    /// What the last `429` was about.
    pub last_429_scope: Option<RateLimitScope>,
    /// Tries that left since the client was made.
    pub sent: u64,
    /// Of them, those that were answered `429`.
    pub refused: u64,
    /// The circuit breaker.
    pub breaker: BreakerState,
}
