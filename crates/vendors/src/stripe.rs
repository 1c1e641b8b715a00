//! Stripe, API v1 (vendor facts section 1).
//!
//! [`Stripe`] is one account's connection: reads return records of `domain`, writes are built into
//! exact bytes first ([`PreparedWrite`], which the journal stores) and sent later. The way of an
//! answer: bytes → `json` (a tree that hides nothing) → `clean` (what must not be kept is taken
//! out) → `records` (mapping to `domain`) → `observe` (records with their JSON and time).

mod clean;
mod fields;
mod form;
mod hooks;
mod json;
mod key;
mod made;
mod observe;
mod prepare;
mod problem;
mod query;
mod reads;
mod records;
mod rights;
mod trigger;
mod write;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{AccountId, Environment, Secret, Timestamp};
use transport::retry::RateLimitScope;
use transport::{
    AttemptSink, Authorization, BreakerPolicy, BreakerState, Client, ClientConfig, Clock, ConfigError,
    Limits, Pacing, Quota, RateBudgetConfig, Response, RetryPolicy, VendorDialect,
};
use url::Url;

pub use form::{Form, Param};
pub use hooks::VendorEndpoint;
pub use json::Unread;
pub use key::{KeyProblem, RecognisedKey, recognise_key};
pub use made::{MadeObject, Mismatch, refund_fits};
pub use observe::{Carried, EventSeen, Page, Skipped, body_without_cards, read_event, shown_body};
pub use prepare::{BuildError, NewCustomer, NewPayment, Operation, PreparedWrite};
pub use problem::{CallError, VendorProblem};
pub use query::{CreatedRange, Cursor, EventFilter, Filter, PageRequest};
pub use reads::{AccountFacts, CustomerFound};
pub use records::{INTENT_METADATA, kind_of_object};
pub use rights::{PERMISSIONS, Right, Rights};
pub use trigger::{Caused, TriggerCall, TriggerError, triggers};
pub use write::WriteAnswer;

/// The version of the API that every request names. Without it Stripe would answer in the version
/// that the account happens to be set to (vendor facts 1.1).
pub const API_VERSION: &str = "2026-10-28.endive";

/// How long an idempotency key is certainly honoured, in milliseconds. Stripe may prune keys once
/// they are 24 hours old (vendor facts 1.7); the hour is for clocks and long calls.
pub const KEY_LIFE_MS: i64 = 23 * 60 * 60 * 1000;

/// Most objects that Stripe puts on a page (vendor facts 1.3).
pub const MAX_PAGE: u16 = 100;

/// Stripe's own host.
pub const BASE_URL: &str = "https://api.stripe.com";

/// The hosts that a key may be sent to, besides this machine.
pub const HOSTS: &[&str] = &["api.stripe.com"];

/// What a connection is made from.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// Whose connection it is, for the call log.
    pub account: AccountId,
    /// Where the API is: [`BASE_URL`], or an address of this machine.
    pub base_url: Url,
    /// The key, already recognised.
    pub key: Secret,
    /// The key for what moves money, where it has one of its own; else `key` is for all.
    pub write_key: Option<Secret>,
    /// Times and sizes of one attempt.
    pub limits: Limits,
    /// When to try again.
    pub retry: RetryPolicy,
    /// When to leave the account alone.
    pub breaker: BreakerPolicy,
    /// How fast to call; none for what Stripe publishes for the environment.
    pub budget: Option<RateBudgetConfig>,
    /// Longest time for a read, all attempts included.
    pub read_deadline: Duration,
    /// Longest time for a write, all attempts included; the official libraries wait 80 s.
    pub write_deadline: Duration,
}

impl StripeConfig {
    /// With the usual limits.
    pub fn new(account: AccountId, base_url: Url, key: Secret) -> Self {
        Self {
            account,
            base_url,
            key,
            write_key: None,
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            breaker: BreakerPolicy::default(),
            budget: None,
            read_deadline: Duration::from_secs(30),
            write_deadline: Duration::from_secs(80),
        }
    }
}

/// Why a connection was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyProblem),
    /// The base address, or something that cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A live key and an address of this machine.
    #[error("a live key is only ever sent to Stripe's own host")]
    LiveKeyToLoopback,
    /// Two keys of different modes.
    #[error("the two keys are not of the same mode")]
    OtherMode,
}

impl ConnectError {
    /// Its code in the error table.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Key(problem) => problem.code(),
            Self::Config(_) => "bad_base_url",
            Self::LiveKeyToLoopback => "live_key_to_loopback",
            Self::OtherMode => "key_other_mode",
        }
    }
}

/// The environment of an account with this key at this address: `sandbox` on this machine, else
/// what the key says.
///
/// # Errors
/// When the address is neither Stripe's own host over https nor on this machine, or a live key would
/// go to this machine.
pub fn check_base_url(base_url: &Url, key: RecognisedKey) -> Result<Environment, ConnectError> {
    match transport::base_url::check(base_url, HOSTS)? {
        transport::base_url::Reach::Loopback if key.live => Err(ConnectError::LiveKeyToLoopback),
        transport::base_url::Reach::Loopback => Ok(Environment::Sandbox),
        transport::base_url::Reach::Vendor if key.live => Ok(Environment::Live),
        transport::base_url::Reach::Vendor => Ok(Environment::Test),
    }
}

/// One account's connection. Clones share the rate budget and the breaker.
#[derive(Debug, Clone)]
pub struct Stripe {
    client: Arc<Client>,
    /// What sends writes, where they have a key of their own.
    writer: Option<Arc<Client>>,
    clock: Arc<dyn Clock>,
    heard: Arc<Mutex<Option<Heard>>>,
    environment: Environment,
    read_deadline: Duration,
    write_deadline: Duration,
}

/// What the vendor last said the time was, and when that was by a clock that only runs forward.
#[derive(Debug, Clone, Copy)]
struct Heard {
    date: Timestamp,
    at: Duration,
}

impl Stripe {
    /// A connection for one account; each attempt is handed to `sink`.
    ///
    /// # Errors
    /// When the key is none, or must not be sent to the base address.
    pub fn new(
        config: StripeConfig,
        sink: Arc<dyn AttemptSink>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConnectError> {
        let environment = check_base_url(&config.base_url, recognise_key(config.key.expose())?)?;
        if let Some(key) = &config.write_key {
            let written = check_base_url(&config.base_url, recognise_key(key.expose())?)?;
            if written != environment {
                return Err(ConnectError::OtherMode);
            }
        }
        let client_of = |key: &Secret| {
            let client_config = ClientConfig {
                account: config.account,
                environment,
                base_url: config.base_url.clone(),
                allowed_hosts: HOSTS,
                loopback_root: None,
                authorization: Authorization::Bearer(key.clone()),
                fixed_headers: vec![("Stripe-Version", API_VERSION.to_owned())],
                limits: config.limits.clone(),
                policy: config.retry.clone(),
                breaker: config.breaker.clone(),
                budget: config.budget.clone().unwrap_or_else(|| published_limits(environment)),
                dialect: dialect(),
            };
            Client::new(client_config, Arc::clone(&sink), Arc::clone(&clock)).map(Arc::new)
        };
        let client = client_of(&config.key)?;
        let writer = config.write_key.as_ref().map(client_of).transpose()?;
        Ok(Self {
            client,
            writer,
            clock: Arc::clone(&clock),
            heard: Arc::default(),
            environment,
            read_deadline: config.read_deadline,
            write_deadline: config.write_deadline,
        })
    }

    /// What sends what moves money.
    fn writes(&self) -> &Client {
        self.writer.as_deref().unwrap_or(&self.client)
    }

    /// Which money the account moves.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// What is left of the rate budget, and the breaker.
    pub fn quota(&self) -> Quota {
        self.client.quota()
    }

    /// Whether a call would be let through now. A refund asks before its intent is written.
    pub fn breaker_allows(&self) -> bool {
        self.client.breaker_allows() && self.writes().breaker_allows()
    }

    /// When an open breaker lets one call through to see; none while it is not open.
    pub fn breaker_next_try(&self) -> Option<Timestamp> {
        let of = |client: &Client| match client.quota().breaker {
            BreakerState::Open { next_try } => Some(next_try),
            BreakerState::Closed { .. } | BreakerState::HalfOpen => None,
        };
        of(&self.client).max(of(self.writes()))
    }

    /// The vendor's time now, as its last answer told it; none before its first.
    pub fn vendor_now(&self) -> Option<Timestamp> {
        let heard = (*self.heard.lock().unwrap_or_else(PoisonError::into_inner))?;
        let since = self.clock.monotonic().saturating_sub(heard.at);
        Some(heard.date.plus_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
    }

    fn hear(&self, response: &Response) {
        if let Some(date) = response.server_date {
            let heard = Heard { date, at: self.clock.monotonic() };
            *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(heard);
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn is_live(&self) -> bool {
        self.environment == Environment::Live
    }
}

/// What Stripe publishes (vendor facts 1.9): live 100 requests a second, test 25, each endpoint 25.
/// A vendor on this machine has no limits until it says so; then they are one of those.
pub fn published_limits(environment: Environment) -> RateBudgetConfig {
    RateBudgetConfig {
        account_per_second: if environment == Environment::Test { TEST_PER_SECOND } else { 100 },
        endpoint_per_second: 25,
        endpoint_exceptions: Vec::new(),
        // At 300 ms for each request 30 must be on their way to reach 100 a second.
        max_concurrent: 40,
        pacing: match environment {
            Environment::Sandbox => Pacing::OnceRefused { lower_account_per_second: TEST_PER_SECOND },
            Environment::Test | Environment::Live => Pacing::FromTheStart,
        },
    }
}

/// Requests a second of a test account.
const TEST_PER_SECOND: u32 = 25;

/// Stripe's own headers (vendor facts 1.1, 1.7 and 1.9).
fn dialect() -> VendorDialect {
    VendorDialect {
        idempotency_header: "Idempotency-Key",
        request_id_header: "Request-Id",
        should_retry_header: Some("Stripe-Should-Retry"),
        replayed_header: Some("Idempotent-Replayed"),
        rate_limited_reason_header: Some("Stripe-Rate-Limited-Reason"),
        rate_limit_scope,
    }
}

fn rate_limit_scope(word: &str) -> RateLimitScope {
    match word {
        "global-rate" => RateLimitScope::AccountRate,
        "global-concurrency" => RateLimitScope::AccountConcurrency,
        "endpoint-rate" => RateLimitScope::EndpointRate,
        "endpoint-concurrency" => RateLimitScope::EndpointConcurrency,
        "resource-specific" => RateLimitScope::Object,
        // An unknown limit is taken for the widest one, which slows down most.
        _ => RateLimitScope::AccountRate,
    }
}

#[cfg(test)]
mod tests {
    use super::{RecognisedKey, check_base_url};
    use domain::Environment;

    #[test]
    fn the_address_and_the_key_give_the_environment() {
        let key = |live| RecognisedKey { live, restricted: false };
        let check = |address: &str, live| {
            check_base_url(&address.parse().unwrap(), key(live)).map_err(|error| error.code())
        };
        assert_eq!(check("https://api.stripe.com", true), Ok(Environment::Live));
        assert_eq!(check("https://api.stripe.com", false), Ok(Environment::Test));
        assert_eq!(check("http://127.0.0.1:8423", false), Ok(Environment::Sandbox));
        assert_eq!(check("http://127.0.0.1:8423", true), Err("live_key_to_loopback"));
        assert_eq!(check("http://api.stripe.com", false), Err("bad_base_url"));
        assert_eq!(check("https://api.stripe.example", false), Err("bad_base_url"));
    }
}
