//! A client with short limits, a clock that never waits, and a sink that keeps every record.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use domain::{AccountId, Environment, Secret, Timestamp};
use futures::future::BoxFuture;
use testkit::ManualClock;
use transport::{
    AttemptRecord, AttemptSink, Authorization, Body, BreakerPolicy, Client, ClientConfig, Clock, Endpoint,
    Limits, Method, RateBudgetConfig, RateLimitScope, Request, RetryPolicy, VendorDialect,
};

pub(crate) const CHARGE: Endpoint = Endpoint { method: Method::GET, path_template: "/v1/charges/{id}" };
pub(crate) const REFUNDS: Endpoint = Endpoint { method: Method::POST, path_template: "/v1/refunds" };

/// A made-up key; no test may find it in anything but a request.
pub(crate) const KEY: &str = "sk_test_canary4242424242";

/// 2026-11-01T00:00:00Z.
pub(crate) const NOW_MS: i64 = 1_793_491_200_000;

#[derive(Debug)]
pub(crate) struct TestClock(pub(crate) ManualClock);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.now_ms())
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(duration);
        // Other tasks get their turn, as in a real wait.
        Box::pin(tokio::task::yield_now())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Vec<AttemptRecord>>);

impl Recorder {
    pub(crate) fn records(&self) -> Vec<AttemptRecord> {
        self.0.lock().unwrap().clone()
    }

    /// What followed each attempt, in order.
    pub(crate) fn decisions(&self) -> Vec<&'static str> {
        self.records().iter().map(|record| record.decision.as_str()).collect()
    }
}

impl AttemptSink for Recorder {
    fn record(&self, attempt: AttemptRecord) {
        self.0.lock().unwrap().push(attempt);
    }
}

pub(crate) struct Harness {
    pub(crate) client: Arc<Client>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) sink: Arc<Recorder>,
}

fn stripe_scope(word: &str) -> RateLimitScope {
    match word {
        "global-rate" => RateLimitScope::AccountRate,
        "global-concurrency" => RateLimitScope::AccountConcurrency,
        "endpoint-rate" => RateLimitScope::EndpointRate,
        "endpoint-concurrency" => RateLimitScope::EndpointConcurrency,
        _ => RateLimitScope::Object,
    }
}

pub(crate) fn config(base_url: &str) -> ClientConfig {
    ClientConfig {
        account: AccountId::generate(),
        environment: Environment::Sandbox,
        base_url: base_url.parse().expect("an address"),
        allowed_hosts: &["api.stripe.com"],
        loopback_root: None,
        authorization: Authorization::Bearer(Secret::new(KEY)),
        fixed_headers: vec![("Stripe-Version", "2026-10-28.endive".to_owned())],
        limits: Limits {
            // Long enough for a busy machine; tests of silence set their own.
            attempt: Duration::from_secs(10),
            max_body_bytes: 1024 * 1024,
            ..Limits::default()
        },
        policy: RetryPolicy::default(),
        breaker: BreakerPolicy { failures_to_open: 100, ..BreakerPolicy::default() },
        budget: RateBudgetConfig {
            account_per_second: 10_000,
            endpoint_per_second: 10_000,
            endpoint_exceptions: Vec::new(),
            max_concurrent: 16,
            pacing: transport::Pacing::FromTheStart,
        },
        dialect: VendorDialect {
            idempotency_header: "Idempotency-Key",
            request_id_header: "Request-Id",
            should_retry_header: Some("Stripe-Should-Retry"),
            replayed_header: Some("Idempotent-Replayed"),
            rate_limited_reason_header: Some("Stripe-Rate-Limited-Reason"),
            rate_limit_scope: stripe_scope,
        },
    }
}

pub(crate) fn harness(config: ClientConfig) -> Harness {
    let clock = Arc::new(TestClock(ManualClock::at_ms(NOW_MS)));
    let sink = Arc::new(Recorder::default());
    let client = Client::new(config, Arc::clone(&sink) as _, Arc::clone(&clock) as _).expect("a client");
    Harness { client: Arc::new(client), clock, sink }
}

/// A client with ordinary test limits at this address.
pub(crate) fn harness_at(base_url: &str) -> Harness {
    harness(config(base_url))
}

pub(crate) fn read() -> Request {
    Request::new(CHARGE, CHARGE.path(&["ch_1"]).expect("a path"))
}

pub(crate) fn write_without_key() -> Request {
    let mut request = Request::new(REFUNDS, "/v1/refunds");
    request.body = Some(Body::Form(Bytes::from_static(b"charge=ch_1&amount=500")));
    request
}

pub(crate) fn keyed_write() -> Request {
    Request {
        idempotency_key: Some("5b0f7e0e-7d1c-4c52-9b7a-111111111111".to_owned()),
        ..write_without_key()
    }
}
