//! A connection to a scripted server, and the synthetic objects in `fixtures/stripe`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Secret};
use testkit::{Script, ScriptedServer};
use transport::{AttemptRecord, AttemptSink, SystemClock};
use vendors::stripe::{Stripe, StripeConfig};

struct NoSink;

impl AttemptSink for NoSink {
    fn record(&self, _attempt: AttemptRecord) {}
}

/// `Date: Thu, 01 Oct 2026 00:00:00 GMT`, as every answer of these tests says.
pub(crate) const SERVER_SECONDS: i64 = 1_790_812_800;
const DATE: &str = "Date: Thu, 01 Oct 2026 00:00:00 GMT";

/// A connection that tries once, so that one script is one call.
pub(crate) fn connect(base_url: &str) -> Stripe {
    let key = Secret::new("sk_test_paydesk");
    let mut config = StripeConfig::new(AccountId::generate(), base_url.parse().unwrap(), key);
    config.retry.max_attempts_read = 1;
    config.retry.max_attempts_write = 1;
    config.breaker.failures_to_open = 1000;
    config.limits.attempt = Duration::from_secs(5);
    Stripe::new(config, Arc::new(NoSink), Arc::new(SystemClock::new())).unwrap()
}

pub(crate) fn answer(status: u16, body: &str) -> Script {
    Script::answer(status, &[DATE, "Content-Type: application/json", "Request-Id: req_answer"], body)
}

pub(crate) async fn serve(scripts: impl IntoIterator<Item = Script>) -> (ScriptedServer, Stripe) {
    let server = ScriptedServer::start(scripts).await;
    let stripe = connect(&server.base_url());
    (server, stripe)
}

/// One call's server that answers a fixture.
pub(crate) async fn serve_fixture(name: &str) -> Stripe {
    let (server, stripe) = serve([answer(200, &fixture(name))]).await;
    // The server lives as long as the test's process needs it.
    std::mem::forget(server);
    stripe
}

pub(crate) fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stripe").join(format!("{name}.json"));
    std::fs::read_to_string(path).unwrap()
}

/// A list of objects given as JSON.
pub(crate) fn list_of(objects: &[String], has_more: bool) -> String {
    format!(r#"{{"object":"list","url":"/v1/x","has_more":{has_more},"data":[{}]}}"#, objects.join(","))
}

pub(crate) fn charge(id: &str, created: i64) -> String {
    format!(
        r#"{{"id":"{id}","object":"charge","amount":100,"amount_refunded":0,"captured":true,"created":{created},"currency":"usd","livemode":false,"status":"succeeded"}}"#
    )
}

pub(crate) fn refund(id: &str, charge: &str, intent: &str) -> String {
    format!(
        r#"{{"id":"{id}","object":"refund","amount":5,"charge":"{charge}","payment_intent":"{intent}","created":1780000000,"currency":"usd","status":"succeeded"}}"#
    )
}
