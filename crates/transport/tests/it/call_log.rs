//! Every try is a record, and no record, error or debug text holds what it must not.

use std::time::Duration;

use testkit::{Script, ScriptedServer};
use transport::{Decision, Failure, Method, Request, StopReason};

use crate::support::{KEY, harness_at, keyed_write, read};

#[tokio::test]
async fn every_attempt_is_a_record() {
    let server = ScriptedServer::start([
        Script::answer(503, &["Request-Id: req_a"], "{}"),
        Script::reset_after_request(),
        Script::answer(200, &["Request-Id: req_c"], "{}"),
    ])
    .await;
    let harness = harness_at(&server.base_url());
    let request = keyed_write();
    let (call_id, key) = (request.call_id, request.idempotency_key.clone());
    let response = harness.client.send(request).await.expect("an answer");
    assert_eq!((response.request_id.as_deref(), response.attempts), (Some("req_c"), 3));
    let records = harness.sink.records();
    let facts: Vec<_> = records
        .iter()
        .map(|one| (one.attempt, one.status, one.error.map(|kind| kind.as_str()), one.decision.as_str()))
        .collect();
    assert_eq!(
        facts,
        [(1, Some(503), None, "retry"), (2, None, Some("reset"), "retry"), (3, Some(200), None, "answered")]
    );
    for record in &records {
        assert_eq!((record.call_id, &record.idempotency_key), (call_id, &key));
        assert_eq!((&record.method, record.path_template), (&Method::POST, "/v1/refunds"));
        assert_eq!(record.wait_ms.is_some(), record.decision == Decision::Retry);
    }
    assert!(records.windows(2).all(|pair| pair[0].started_at <= pair[1].started_at));
    assert_eq!(records[0].request_id.as_deref(), Some("req_a"));
}

#[tokio::test]
async fn g34_no_record_error_or_debug_text_holds_a_secret_or_a_person() {
    let server = ScriptedServer::start([]).await.then_always(Script::reset_after_request());
    let harness = harness_at(&server.base_url());
    let mut request = read();
    request.query = vec![("email".to_owned(), "jane@example.com".to_owned())];
    let mut told = format!("{request:?}");
    let failure = harness.client.send(request).await.expect_err("no answer");
    told += &format!("{failure} {failure:?} {:?} {:?}", harness.client, harness.client.quota());
    told += &format!("{:?} {:?}", harness.sink.records(), crate::support::config(&server.base_url()));
    for canary in [KEY, "canary", "jane", "example.com", "ch_1"] {
        assert!(!told.contains(canary), "{canary} in {told}");
    }
}

#[tokio::test]
async fn a_header_that_repeats_the_key_is_masked_in_the_record() {
    let header = format!("Request-Id: req_{KEY} {KEY}");
    let server = ScriptedServer::start([Script::answer(200, &[&header], "{}")]).await;
    let harness = harness_at(&server.base_url());
    let response = harness.client.send(read()).await.expect("an answer");
    assert!(!format!("{response:?} {:?}", harness.sink.records()).contains(" sk_test_canary"));
}

#[tokio::test]
async fn an_attempt_that_the_caller_gave_up_is_a_record_too() {
    let server = ScriptedServer::start([Script::silent()]).await;
    let harness = harness_at(&server.base_url());
    let call = harness.client.send(keyed_write());
    let seen = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! { _ = call => panic!("silence is no answer"), () = seen => {} }
    assert_eq!(harness.sink.decisions(), ["abandoned"]);
    assert_eq!(harness.client.quota().in_flight, 0);
}

#[tokio::test]
async fn a_call_that_waits_too_long_for_the_budget_says_that_nothing_was_sent() {
    let server = ScriptedServer::start([]).await.then_always(Script::answer(429, &["Retry-After: 50"], "{}"));
    let harness = harness_at(&server.base_url());
    let first = Request { deadline: Duration::from_secs(10), ..read() };
    assert_eq!(harness.client.send(first).await.expect("an answer").ended, StopReason::RetryAfterTooLong);
    let second = Request { deadline: Duration::from_secs(10), ..keyed_write() };
    let failure = harness.client.send(second).await.expect_err("no time");
    assert!(matches!(failure, Failure::DeadlineSpent { .. }) && !failure.maybe_executed(), "{failure}");
    assert_eq!(server.requests().len(), 1);
}
