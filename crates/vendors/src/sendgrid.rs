//! Twilio SendGrid, API v3 (vendor facts section 3).
//!
//! [`SendGrid`] is one account's connection. SendGrid has no idempotency key: a send that got no answer may have been carried out, and nothing that
//! SendGrid offers makes sending it again safe. So [`SendGrid::send_mail`] sends once, and its answer says whether the mail was certainly
//! not taken ([`MailAnswer`]).

mod activity;
mod answer;
mod batch;
mod events;
mod handlebars_helpers;
mod key;
mod mail;
mod reads;
mod rendering;
mod schedule;
mod suppressions;
mod templates;

use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Environment, Secret, Timestamp};
use transport::retry::RateLimitScope;
use transport::{
    AttemptSink, Authorization, BreakerPolicy, BreakerState, Client, ClientConfig, Clock, ConfigError,
    Limits, Pacing, Quota, RateBudgetConfig, RetryPolicy, VendorDialect,
};
use url::Url;

pub use activity::{ACTIVITY_EVENT, ACTIVITY_PER_MINUTE, ActiveMessage};
pub use answer::{CallError, MailAnswer, Problem};
pub use batch::{BATCH_MOST, Batch, BatchMail, MOST_AHEAD_SECONDS, Recipient};
pub use events::{MOST_EVENTS, ReadEvents, read_events};
pub use key::{KeyProblem, recognise_key};
pub use mail::{Content, Mail, MailProblem, TEMPLATE_PREFIX, Thread, check_data, message_of_custom_args};
pub use reads::VerifiedSender;
pub use rendering::{RenderProblem, Rendered, render, render_text, render_value};
pub use schedule::ScheduleStatus;
pub use suppressions::{Suppression, SuppressionKind, UnsubscribeGroup};
pub use templates::{Template, TemplateSummary, TemplateVersion};

/// Where an account's mail is worked on. An account of the European Union has its own host, and keys of one region are not known in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// Anywhere.
    Global,
    /// In the European Union.
    Eu,
}

impl Region {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Global, Self::Eu];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Eu => "eu",
        }
    }

    /// Its host's address.
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Global => "https://api.sendgrid.com",
            Self::Eu => "https://api.eu.sendgrid.com",
        }
    }

    /// The region of an address of SendGrid's own.
    pub fn of(base_url: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.base_url() == base_url.trim_end_matches('/'))
    }

    fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::Global => &["api.sendgrid.com"],
            Self::Eu => &["api.eu.sendgrid.com"],
        }
    }
}

/// Every machine that a key of SendGrid may be sent to.
pub const HOSTS: &[&str] = &["api.sendgrid.com", "api.eu.sendgrid.com"];

/// What a connection is made from.
#[derive(Debug, Clone)]
pub struct SendGridConfig {
    /// Whose connection it is, for the call log.
    pub account: AccountId,
    /// Where the API is: the address of a region, or one of this machine.
    pub base_url: Url,
    /// The environment that a person connected it into: a key has none of its own.
    pub environment: Environment,
    /// The key, already recognised.
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

/// Holds an address against an environment and answers with the region: none on this machine.
///
/// # Errors
/// When the address is neither SendGrid's own over https nor on this machine, or a key of test or live would go to this machine, or one of
/// the sandbox elsewhere.
pub fn check_base_url(base_url: &Url, environment: Environment) -> Result<Option<Region>, ConfigError> {
    let reach = transport::base_url::check(base_url, HOSTS)?;
    transport::base_url::check_environment(reach, environment)?;
    Ok(Region::of(base_url.as_str()))
}

/// One account's connection. Clones share the rate budget and the breaker.
#[derive(Debug, Clone)]
pub struct SendGrid {
    client: Arc<Client>,
    environment: Environment,
}

impl SendGrid {
    /// A connection for one account; each attempt is handed to `sink`.
    ///
    /// # Errors
    /// When the key is none, or must not be sent to the base address.
    pub fn new(
        config: SendGridConfig,
        sink: Arc<dyn AttemptSink>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConnectError> {
        recognise_key(config.key.expose())?;
        let region = check_base_url(&config.base_url, config.environment)?;
        let client = Client::new(
            ClientConfig {
                account: config.account,
                environment: config.environment,
                base_url: config.base_url,
                // Only the region that was chosen: a redirect or a slip must not take the key to the other.
                allowed_hosts: region.unwrap_or(Region::Global).hosts(),
                loopback_root: None,
                authorization: Authorization::Bearer(config.key),
                fixed_headers: Vec::new(),
                limits: Limits {
                    attempt: config.attempt,
                    // A batch, with room for its head.
                    max_request_bytes: batch::BATCH_MAX_BYTES + 1024 * 1024,
                    ..Limits::default()
                },
                policy: RetryPolicy::default(),
                breaker: BreakerPolicy::default(),
                budget: limits(config.environment),
                dialect: dialect(),
            },
            sink,
            clock,
        )?;
        Ok(Self { client: Arc::new(client), environment: config.environment })
    }

    /// The environment that it was connected into.
    pub fn environment(&self) -> Environment {
        self.environment
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

/// SendGrid publishes no numbers, only headers with each answer (vendor facts 3). Its own documents speak of 600 requests a minute for most
/// endpoints, so ten a second are kept from the start; a 429 slows down further.
fn limits(environment: Environment) -> RateBudgetConfig {
    RateBudgetConfig {
        account_per_second: 10,
        endpoint_per_second: 10,
        endpoint_exceptions: Vec::new(),
        max_concurrent: 10,
        pacing: match environment {
            Environment::Sandbox => Pacing::OnceRefused { lower_account_per_second: 10 },
            Environment::Test | Environment::Live => Pacing::FromTheStart,
        },
    }
}

/// SendGrid's headers. It has none for idempotency, and no call of ours has a key.
fn dialect() -> VendorDialect {
    VendorDialect {
        idempotency_header: "Idempotency-Key",
        request_id_header: "X-Message-Id",
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
        assert_eq!(check("https://api.sendgrid.com", Environment::Live), Ok(Some(Region::Global)));
        assert_eq!(check("https://api.eu.sendgrid.com/", Environment::Test), Ok(Some(Region::Eu)));
        assert_eq!(check("http://127.0.0.1:8025", Environment::Sandbox), Ok(None));
        assert_eq!(check("http://127.0.0.1:8025", Environment::Live), Err(ConfigError::KeyToLoopback));
        assert_eq!(
            check("https://api.sendgrid.com", Environment::Sandbox),
            Err(ConfigError::SandboxElsewhere)
        );
        assert!(check("https://api.sendgrid.com.evil.example", Environment::Live).is_err());
        assert!(check("http://api.sendgrid.com", Environment::Live).is_err());
    }
}
