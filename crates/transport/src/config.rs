//! What a client is made from: plain data that a vendor module fills in.

use std::time::Duration;

use domain::{AccountId, Environment, Secret};
use url::Url;

use crate::endpoint::Endpoint;
use crate::retry::RateLimitScope;

/// How the key is shown to the vendor.
#[derive(Debug, Clone)]
pub enum Authorization {
    /// `Authorization: Bearer <key>`.
    Bearer(Secret),
    /// `Authorization: Basic <base64(user:password)>`.
    Basic {
        /// An account name that is no secret.
        user: String,
        /// The key.
        password: Secret,
    },
}

/// A limit on everything. The defaults suit a payment vendor's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest time to resolve the host's name.
    pub resolve: Duration,
    /// Longest time to connect, name and TLS handshake included.
    pub connect: Duration,
    /// Longest time for one attempt, from sending to the last byte of the body.
    pub attempt: Duration,
    /// Longest time for one call, all attempts and waits included; a request can ask for less.
    pub total: Duration,
    /// Largest body of an answer, in bytes.
    pub max_body_bytes: usize,
    /// Most headers of an answer.
    pub max_headers: usize,
    /// Most bytes of all header names and values of an answer.
    pub max_header_bytes: usize,
    /// Longest path, query and body of a request, in bytes together.
    pub max_request_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(4),
            connect: Duration::from_secs(5),
            attempt: Duration::from_secs(30),
            total: Duration::from_secs(80),
            max_body_bytes: 16 * 1024 * 1024,
            max_headers: 100,
            max_header_bytes: 64 * 1024,
            max_request_bytes: 1024 * 1024,
        }
    }
}

/// How often and how long to try again. This is the one table of waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Most attempts of a read, the first included.
    pub max_attempts_read: u32,
    /// Most attempts of a write under its key, the first included.
    pub max_attempts_write: u32,
    /// The wait after the first attempt is drawn from zero to this; the range doubles each time.
    pub first_wait_cap: Duration,
    /// The range of waits grows no further than this.
    pub wait_cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts_read: 5,
            max_attempts_write: 4,
            first_wait_cap: Duration::from_secs(1),
            wait_cap: Duration::from_secs(16),
        }
    }
}

/// When to leave an account alone that does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// So many attempts in a row without an answer, or with a `5xx`, open the breaker.
    pub failures_to_open: u32,
    /// How long it first stays open; each failed look doubles it.
    pub first_open: Duration,
    /// Longest time it stays open. Half a minute keeps a recovered network from being noticed late.
    pub open_cap: Duration,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self { failures_to_open: 5, first_open: Duration::from_secs(5), open_cap: Duration::from_secs(30) }
    }
}

/// Whether the published limits are kept before the vendor ever asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// They are, from 80 % up.
    FromTheStart,
    /// Nothing is held back until the first `429`, such as from a vendor on this machine. From then
    /// on the published limits are kept, or the lower account limit where that was what was met.
    OnceRefused {
        /// The lower one of the account limits that the vendor publishes.
        lower_account_per_second: u32,
    },
}

/// What the vendor publishes as its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateBudgetConfig {
    /// Requests per second of one account.
    pub account_per_second: u32,
    /// Requests per second of one endpoint of one account.
    pub endpoint_per_second: u32,
    /// Endpoints whose published limit differs.
    pub endpoint_exceptions: Vec<(Endpoint, u32)>,
    /// Most requests on their way at once.
    pub max_concurrent: u32,
    /// From when on the limits are kept.
    pub pacing: Pacing,
}

/// The vendor's own headers. Plain data, and one function for the words of a `429`.
#[derive(Debug, Clone)]
pub struct VendorDialect {
    /// The header that carries the idempotency key.
    pub idempotency_header: &'static str,
    /// The header that names the request in the vendor's logs.
    pub request_id_header: &'static str,
    /// The header that says `true` or `false` to another attempt.
    pub should_retry_header: Option<&'static str>,
    /// The header that is `true` on an answer replayed under an idempotency key.
    pub replayed_header: Option<&'static str>,
    /// The header that says which limit a `429` is about. Where a vendor has one, a `429` without it
    /// is about the object, not about the rate (Stripe: `lock_timeout`).
    pub rate_limited_reason_header: Option<&'static str>,
    /// Reads the word in that header.
    pub rate_limit_scope: fn(&str) -> RateLimitScope,
}

/// Everything a [`crate::Client`] needs for one account.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Whose calls these are, for the call log.
    pub account: AccountId,
    /// `Sandbox` exactly when the base address is on this machine: a live or test key never goes to
    /// a local address, a sandbox never anywhere else.
    pub environment: Environment,
    /// Where the vendor's API is.
    pub base_url: Url,
    /// The vendor's own hosts, in lower case. Nothing else is called, except loopback addresses.
    pub allowed_hosts: &'static [&'static str],
    /// A certificate (PEM) to trust on loopback besides the system's, for a sandbox over TLS.
    /// Refused for any other host: it would let somebody read a live key.
    pub loopback_root: Option<Vec<u8>>,
    /// The key.
    pub authorization: Authorization,
    /// Sent with every request, such as `Stripe-Version`.
    pub fixed_headers: Vec<(&'static str, String)>,
    /// Times and sizes.
    pub limits: Limits,
    /// When to try again.
    pub policy: RetryPolicy,
    /// When to leave the account alone.
    pub breaker: BreakerPolicy,
    /// How fast to call.
    pub budget: RateBudgetConfig,
    /// The vendor's own headers.
    pub dialect: VendorDialect,
}

/// Why a client was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not `http` or `https`, or without a host.
    #[error("the base address must be an http or https address with a host")]
    NotHttp,
    /// Plain `http` to another machine.
    #[error("the base address must be https, except on this machine")]
    NotHttps,
    /// A host that is not the vendor's.
    #[error("the base address must be one of the vendor's own hosts ({allowed}) or on this machine")]
    ForeignHost {
        /// The hosts that are allowed.
        allowed: String,
    },
    /// User name, password, query, fragment, or a port or path that the vendor does not use.
    #[error("the base address must be a plain address without user, query or fragment")]
    NotPlain,
    /// A test or live account on this machine.
    #[error("an account at an address on this machine is a sandbox; a test or live key is not sent there")]
    KeyToLoopback,
    /// A sandbox account at the vendor's host.
    #[error("a sandbox account must be at an address on this machine")]
    SandboxElsewhere,
    /// A certificate to trust, but not for this machine.
    #[error("an extra certificate is only trusted on this machine")]
    RootElsewhere,
    /// A key or header with a line break or another byte that cannot be in a header.
    #[error(
        "the value of the header `{name}` cannot be sent: it holds a line break or another control character"
    )]
    BadHeader {
        /// Which header; its value stays out of the message.
        name: String,
    },
    /// A limit of zero or below what works.
    #[error("the limit `{name}` must be more than zero")]
    BadLimit {
        /// Which limit.
        name: &'static str,
    },
    /// The TLS library or the certificate.
    #[error("the HTTP client could not be made: {detail}")]
    Build {
        /// The chain of causes, redacted.
        detail: String,
    },
}
