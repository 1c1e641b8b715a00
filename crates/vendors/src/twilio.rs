//! Twilio Programmable Messaging, API 2010-04-01 (vendor facts section 4).
//!
//! [`Twilio`] is one account's connection. Twilio has no idempotency key: a send that got no answer may have been carried out. So [`Twilio::send_sms`] sends
//! once, its answer says whether the message was certainly not taken ([`SmsAnswer`]), and what stays in doubt is looked for in Twilio's own list of messages
//! ([`Twilio::messages`]).

mod answer;
mod callback;
mod key;
mod log;
mod reads;
mod reasons;
mod send;

use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Environment, Secret, Timestamp};
use transport::retry::RateLimitScope;
use transport::{
    AttemptSink, Authorization, BreakerPolicy, BreakerState, Client, ClientConfig, Clock, ConfigError,
    Limits, Pacing, Quota, RateBudgetConfig, RetryPolicy, VendorDialect,
};
use url::Url;

pub use answer::{CallError, Problem, SmsAnswer};
pub use callback::{MESSAGE_ARGUMENT, read_callback};
pub use key::{Credentials, KeyProblem, is_account_sid, is_service_sid};
pub use log::{LogPage, LogPlace, LogSearch};
pub use reads::{AccountStanding, SmsSender};
pub use send::{BODY_MAX, Sender, Sms, SmsProblem, TEST_SENDER};

/// Where an account's messages are worked on. Each region has its own host, and keys of one are not known in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// The United States, where accounts are unless somebody chose otherwise.
    Us1,
    /// Ireland.
    Ie1,
    /// Australia.
    Au1,
    /// Japan.
    Jp1,
}

impl Region {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Us1, Self::Ie1, Self::Au1, Self::Jp1];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Us1 => "us1",
            Self::Ie1 => "ie1",
            Self::Au1 => "au1",
            Self::Jp1 => "jp1",
        }
    }

    /// Its host's address.
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Us1 => "https://api.twilio.com",
            Self::Ie1 => "https://api.dublin.ie1.twilio.com",
            Self::Au1 => "https://api.sydney.au1.twilio.com",
            Self::Jp1 => "https://api.tokyo.jp1.twilio.com",
        }
    }

    /// The region of an address of Twilio's own.
    pub fn of(base_url: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.base_url() == base_url.trim_end_matches('/'))
    }

    fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::Us1 => &["api.twilio.com"],
            Self::Ie1 => &["api.dublin.ie1.twilio.com"],
            Self::Au1 => &["api.sydney.au1.twilio.com"],
            Self::Jp1 => &["api.tokyo.jp1.twilio.com"],
        }
    }
}

/// What a connection is made from.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// Whose connection it is, for the call log.
    pub account: AccountId,
    /// Where the API is: the address of a region, or one of this machine.
    pub base_url: Url,
    /// The environment that a person connected it into: a key has none of its own.
    pub environment: Environment,
    /// The id of the account at Twilio, which begins with `AC`.
    pub account_sid: String,
    /// What it is opened with: the auth token, or an API key with its secret.
    pub key: Secret,
    /// Longest time for one try.
    pub attempt: Duration,
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
}

/// Every machine that a key of Twilio may be sent to.
pub const HOSTS: &[&str] =
    &["api.twilio.com", "api.dublin.ie1.twilio.com", "api.sydney.au1.twilio.com", "api.tokyo.jp1.twilio.com"];

/// Holds an address against an environment and answers with the region: none on this machine.
///
/// # Errors
/// When the address is neither Twilio's own over https nor on this machine, or a key of test or live would go to this machine, or one of the sandbox
/// elsewhere.
pub fn check_base_url(base_url: &Url, environment: Environment) -> Result<Option<Region>, ConfigError> {
    let reach = transport::base_url::check(base_url, HOSTS)?;
    transport::base_url::check_environment(reach, environment)?;
    Ok(Region::of(base_url.as_str()))
}

/// One account's connection. Clones share the rate budget and the breaker.
#[derive(Debug, Clone)]
pub struct Twilio {
    client: Arc<Client>,
    account_sid: String,
}

impl Twilio {
    /// A connection for one account; each attempt is handed to `sink`.
    ///
    /// # Errors
    /// When the key is none, or must not be sent to the base address.
    pub fn new(
        config: TwilioConfig,
        sink: Arc<dyn AttemptSink>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConnectError> {
        let Credentials { user, password } = Credentials::of(&config.account_sid, &config.key)?;
        let region = check_base_url(&config.base_url, config.environment)?;
        let client = Client::new(
            ClientConfig {
                account: config.account,
                environment: config.environment,
                base_url: config.base_url,
                // Only the region that was chosen: a redirect or a slip must not take the key to another.
                allowed_hosts: region.unwrap_or(Region::Us1).hosts(),
                loopback_root: None,
                authorization: Authorization::Basic { user, password },
                fixed_headers: Vec::new(),
                limits: Limits { attempt: config.attempt, ..Limits::default() },
                policy: RetryPolicy::default(),
                breaker: BreakerPolicy::default(),
                budget: limits(config.environment),
                dialect: dialect(),
            },
            sink,
            clock,
        )?;
        Ok(Self { client: Arc::new(client), account_sid: config.account_sid })
    }

    /// What is left of the rate budget, and the breaker.
    pub fn quota(&self) -> Quota {
        self.client.quota()
    }

    /// When an open breaker lets one call through to see; none while calls are let through.
    pub fn breaker_next_try(&self) -> Option<Timestamp> {
        if self.client.breaker_allows() {
            return None;
        }
        match self.client.quota().breaker {
            BreakerState::Open { next_try } => Some(next_try),
            BreakerState::Closed { .. } | BreakerState::HalfOpen => None,
        }
    }
}

/// Twilio publishes no rate for its API; it answers 429 with code 20429 where too many requests are under way at once (vendor facts 4). A second takes
/// ten here from the start, and a 429 slows down further.
fn limits(environment: Environment) -> RateBudgetConfig {
    RateBudgetConfig {
        account_per_second: 10,
        endpoint_per_second: 10,
        endpoint_exceptions: Vec::new(),
        max_concurrent: 5,
        pacing: match environment {
            Environment::Sandbox => Pacing::OnceRefused { lower_account_per_second: 10 },
            Environment::Test | Environment::Live => Pacing::FromTheStart,
        },
    }
}

/// Twilio's headers. It has none for idempotency, and no call of ours has a key.
fn dialect() -> VendorDialect {
    VendorDialect {
        idempotency_header: "Idempotency-Key",
        request_id_header: "Twilio-Request-Id",
        should_retry_header: None,
        replayed_header: None,
        rate_limited_reason_header: None,
        rate_limit_scope: |_| RateLimitScope::AccountRate,
    }
}

#[cfg(test)]
mod tests {
    use domain::Environment;
    use transport::ConfigError;

    use super::{Region, check_base_url};

    #[test]
    fn a_key_goes_to_its_region_or_for_a_sandbox_to_this_machine_and_nowhere_else() {
        let check = |address: &str, environment| check_base_url(&address.parse().unwrap(), environment);
        for region in Region::ALL {
            assert_eq!(check(region.base_url(), Environment::Live), Ok(Some(region)));
            assert_eq!(region.base_url(), format!("https://{}", region.hosts()[0]));
        }
        assert_eq!(check("http://127.0.0.1:8025", Environment::Sandbox), Ok(None));
        assert_eq!(check("http://127.0.0.1:8025", Environment::Live), Err(ConfigError::KeyToLoopback));
        assert_eq!(check("https://api.twilio.com", Environment::Sandbox), Err(ConfigError::SandboxElsewhere));
        assert!(check("https://api.twilio.com.evil.example", Environment::Live).is_err());
        assert!(check("https://api.frankfurt.ie1.twilio.com", Environment::Live).is_err());
        assert!(check("http://api.twilio.com", Environment::Live).is_err());
    }
}
