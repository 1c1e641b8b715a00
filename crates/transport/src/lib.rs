//! The one HTTP client of Paydesk: deadlines, the retry decision, rate budget, circuit breaker,
//! redaction and the call log.
//!
//! One [`Client`] serves one account. [`Client::send`] takes one call through the layers, each of
//! which can be read and tested alone:
//!
//! 1. [`base_url`]: a key only ever goes to the vendor's own host over https, or to this machine;
//! 2. `breaker`: an account that keeps not answering is left alone for a while;
//! 3. `budget`: token buckets per account and per endpoint that adapt to `429`;
//! 4. `wire`: one attempt over a real socket, within limits of time and size, no redirects;
//! 5. [`retry`]: a pure function that says what follows an attempt;
//! 6. [`call_log`]: every attempt is handed to an [`AttemptSink`], without body, query or secret;
//! 7. [`redact`]: every text that leaves for a log has keys, emails and card numbers masked.
//!
//! `send` answers `Ok` for every answer a vendor gave, whatever its status, and a [`Failure`] only
//! where there is no answer: what a status means is the vendor module's to say.
//!
//! What is sent on to endpoints of the user's goes by a [`Courier`], which holds no key and may call any machine but those
//! that [`target`] refuses.

pub mod base_url;
mod breaker;
mod budget;
pub mod call_log;
mod client;
pub mod clock;
pub mod config;
mod courier;
mod endpoint;
mod failure;
pub mod quota;
pub mod redact;
mod request;
pub mod resolver;
mod response;
pub mod retry;
pub mod target;
mod wire;

pub use call_log::{AttemptRecord, AttemptSink};
pub use client::Client;
pub use clock::{Clock, SystemClock};
pub use config::{
    Authorization, BreakerPolicy, ClientConfig, ConfigError, Limits, Pacing, RateBudgetConfig, RetryPolicy,
    VendorDialect,
};
pub use courier::{Courier, CourierLimits, Handed, NotHanded, Parcel, Receipt};
pub use endpoint::{Endpoint, PathError};
pub use failure::{ErrorKind, Failure, Unanswered};
pub use http::Method;
pub use quota::{BreakerState, EndpointQuota, Meter, Quota};
pub use redact::redact;
pub use request::{Body, Request};
pub use resolver::NameLookup;
pub use response::{Headers, Response};
pub use retry::{Decision, RateLimitScope, StopReason};
pub use target::{Target, TargetRefusal};
