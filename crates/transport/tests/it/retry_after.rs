//! What the vendor's own headers do to a call.

use std::time::Duration;

use domain::Timestamp;
use testkit::{Script, ScriptedServer};
use transport::retry::parse_retry_after;
use transport::{RateLimitScope, StopReason};

use crate::support::{NOW_MS, harness_at, keyed_write, read, write_without_key};

#[test]
fn retry_after_is_read_in_seconds_and_as_a_date_and_nonsense_is_ignored() {
    let now = Timestamp::from_seconds(784_111_777);
    let seconds = |text| parse_retry_after(text, now).map(|wait| wait.as_secs());
    assert_eq!(seconds("0"), Some(0));
    assert_eq!(seconds(" 7 "), Some(7));
    assert_eq!(seconds("1000000000"), Some(1_000_000_000));
    assert_eq!(seconds("99999999999999999999999999"), Some(u64::MAX));
    assert_eq!(seconds("Sun, 06 Nov 1994 08:49:40 GMT"), Some(3));
    assert_eq!(seconds("Sunday, 06-Nov-94 08:49:40 GMT"), Some(3));
    assert_eq!(seconds("Sun, 06 Nov 1994 08:49:30 GMT"), Some(0));
    for nonsense in ["", "-1", "1.5", "1e3", "soon", "+3", "\u{0663}", "Sun, 99 Nov 1994 08:49:40 GMT"] {
        assert_eq!(seconds(nonsense), None, "{nonsense}");
    }
}

#[tokio::test]
async fn p17_429_no_header() {
    let server =
        ScriptedServer::start([Script::answer(429, &[], "{}"), Script::answer(200, &[], "{}")]).await;
    let harness = harness_at(&server.base_url());
    let response = harness.client.send(keyed_write()).await.expect("an answer");
    assert_eq!((response.status, response.attempts), (200, 2));
    // 429 is answered before the vendor's idempotency layer: nothing can have run.
    assert!(!response.earlier_attempt_may_have_run);
    let waited: Duration = harness.clock.0.sleeps().iter().sum();
    assert!(waited >= Duration::from_secs(1), "the account cools down at least a second, not {waited:?}");
    // Without a reason it is about the object, so the rate stays.
    let quota = harness.client.quota();
    assert_eq!(quota.last_429_scope, Some(RateLimitScope::Object));
    assert!(quota.account.allowed_millirequests_per_second >= 8_000_000 && !quota.cooling_down);
}

#[tokio::test]
async fn p18_429_retry_after_0() {
    let server = ScriptedServer::start([
        Script::answer(429, &["Retry-After: 0"], "{}"),
        Script::answer(200, &[], "{}"),
    ])
    .await;
    let harness = harness_at(&server.base_url());
    let response = harness.client.send(read()).await.expect("an answer");
    assert_eq!((response.status, response.attempts), (200, 2));
    let waited: Duration = harness.clock.0.sleeps().iter().sum();
    assert!(waited >= Duration::from_secs(1), "zero is no leave for a storm: {waited:?}");
}

#[tokio::test]
async fn p19_retry_after_10_to_the_9() {
    let server = ScriptedServer::start([Script::answer(429, &["Retry-After: 1000000000"], "{}")]).await;
    let harness = harness_at(&server.base_url());
    let response = harness.client.send(read()).await.expect("an answer");
    assert_eq!((response.status, response.attempts), (429, 1));
    assert_eq!(response.ended, StopReason::RetryAfterTooLong);
    assert_eq!(harness.sink.decisions(), ["retry_after_too_long"]);
    assert_eq!(harness.clock.0.sleeps(), []);
    // The account is held back a minute, not for 31 years.
    let not_before = harness.client.quota().not_before.expect("a moment");
    assert_eq!(not_before, Timestamp::from_ms(NOW_MS + 60_000));
}

#[tokio::test]
async fn p20_retry_after_as_date_in_the_past() {
    let past = "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT";
    let server =
        ScriptedServer::start([Script::answer(503, &[past], "{}"), Script::answer(200, &[], "{}")]).await;
    let harness = harness_at(&server.base_url());
    let response = harness.client.send(read()).await.expect("an answer");
    assert_eq!((response.status, response.attempts), (200, 2));
    let waited: Duration = harness.clock.0.sleeps().iter().sum();
    assert!(waited <= Duration::from_secs(1), "only our own jitter: {waited:?}");
}

#[tokio::test]
async fn g9_retry_after_is_obeyed_in_both_forms_and_jitter_comes_on_top() {
    // The date is counted from the server's clock, however wrong ours is.
    let date = ["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:49:57 GMT"];
    for headers in [&["Retry-After: 20"][..], &date[..]] {
        let server =
            ScriptedServer::start([Script::answer(503, headers, "{}"), Script::answer(200, &[], "{}")]).await;
        let harness = harness_at(&server.base_url());
        let response = harness.client.send(read()).await.expect("an answer");
        assert_eq!((response.status, response.attempts), (200, 2));
        let waited: Duration = harness.clock.0.sleeps().iter().sum();
        assert!((20_000..=21_000).contains(&waited.as_millis()), "{waited:?}");
        let record = &harness.sink.records()[0];
        assert!(record.wait_ms.is_some_and(|wait| wait >= 20_000));
    }
}

#[tokio::test]
async fn p21_should_retry_true_on_400() {
    let server = ScriptedServer::start([
        Script::answer(400, &["Stripe-Should-Retry: true"], "{}"),
        Script::answer(200, &[], "{}"),
    ])
    .await
    .then_always(Script::answer(400, &["Stripe-Should-Retry: true"], "{}"));
    let harness = harness_at(&server.base_url());
    let response = harness.client.send(keyed_write()).await.expect("an answer");
    assert_eq!((response.status, response.attempts), (200, 2));
    // Not for a write without a key, and not without end.
    let response = harness.client.send(write_without_key()).await.expect("an answer");
    assert_eq!((response.status, response.attempts, response.ended), (400, 1, StopReason::WriteWithoutKey));
    let response = harness.client.send(keyed_write()).await.expect("an answer");
    assert_eq!((response.status, response.attempts, response.ended), (400, 4, StopReason::AttemptsSpent));
}

#[tokio::test]
async fn p22_should_retry_false_on_503() {
    let server = ScriptedServer::start([Script::answer(503, &["Stripe-Should-Retry: false"], "{}")]).await;
    let harness = harness_at(&server.base_url());
    let response = harness.client.send(read()).await.expect("an answer");
    assert_eq!((response.status, response.attempts, response.ended), (503, 1, StopReason::VendorSaysNo));
}
