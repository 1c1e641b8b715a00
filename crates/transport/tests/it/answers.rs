//! Whole answers: each arrives with status, headers and body, and only the right ones are asked for
//! again.

use std::time::Duration;

use testkit::{Script, ScriptedServer};
use transport::{Failure, Response, StopReason};

use crate::support::{Harness, config, harness, harness_at, keyed_write, read, write_without_key};

async fn one_answer(script: Script) -> (Response, Harness, ScriptedServer) {
    let server = ScriptedServer::start([script]).await;
    let harness = harness_at(&server.base_url());
    let response = harness.client.send(keyed_write()).await.expect("an answer");
    (response, harness, server)
}

#[tokio::test]
async fn p01_200_empty_body() {
    let (response, ..) = one_answer(Script::answer(200, &[], "")).await;
    assert_eq!((response.status, response.body.len(), response.attempts), (200, 0, 1));
}

#[tokio::test]
async fn p02_200_html() {
    let (response, ..) =
        one_answer(Script::answer(200, &["Content-Type: text/html"], "<html>login</html>")).await;
    assert_eq!((response.headers.get("content-TYPE"), response.attempts), (Some("text/html"), 1));
    assert_eq!(&response.body[..], b"<html>login</html>");
}

#[tokio::test]
async fn p03_200_truncated_json() {
    // Cut by the vendor with a right length: it is an answer, and the vendor module's to judge.
    let (response, ..) = one_answer(Script::answer(200, &[], r#"{"id":"re_1","amou"#)).await;
    assert_eq!((response.status, &response.body[..]), (200, &br#"{"id":"re_1","amou"#[..]));
}

#[tokio::test]
async fn p07_201_and_202() {
    for status in [201, 202] {
        let (response, ..) = one_answer(Script::answer(status, &[], "{}")).await;
        assert_eq!((response.status, response.attempts, response.is_success()), (status, 1, true));
    }
}

#[tokio::test]
async fn p08_204() {
    let (response, ..) = one_answer(Script::raw("HTTP/1.1 204 No Content\r\n\r\n")).await;
    assert_eq!((response.status, response.body.len(), response.attempts), (204, 0, 1));
}

#[tokio::test]
async fn p09_302_to_other_host() {
    let other = ScriptedServer::start([Script::answer(200, &[], "stolen")]).await;
    let location = format!("Location: {}/v1/refunds", other.base_url());
    let (response, ..) = one_answer(Script::answer(302, &[&location], "")).await;
    assert_eq!((response.status, response.attempts, response.ended), (302, 1, StopReason::Answered));
    assert_eq!(other.connections(), 0, "the key was sent to another host");
}

#[tokio::test]
async fn p10_307_same_host() {
    let (response, _, server) = one_answer(Script::answer(307, &["Location: /v1/elsewhere"], "")).await;
    assert_eq!((response.status, server.requests().len()), (307, 1));
}

#[tokio::test]
async fn p11_400_idempotency_error() {
    let body = r#"{"error":{"type":"idempotency_error"}}"#;
    let (response, ..) = one_answer(Script::answer(400, &[], body)).await;
    assert_eq!((response.status, response.attempts, &response.body[..]), (400, 1, body.as_bytes()));
}

#[tokio::test]
async fn p13_401_mid_run() {
    let server =
        ScriptedServer::start([Script::answer(200, &[], "{}"), Script::answer(401, &[], "{}")]).await;
    let harness = harness_at(&server.base_url());
    assert_eq!(harness.client.send(read()).await.expect("an answer").status, 200);
    let refused = harness.client.send(read()).await.expect("an answer");
    assert_eq!((refused.status, refused.attempts), (401, 1));
}

#[tokio::test]
async fn p14_403() {
    let (response, ..) = one_answer(Script::answer(403, &[], "{}")).await;
    assert_eq!((response.status, response.attempts, response.ended), (403, 1, StopReason::Answered));
}

#[tokio::test]
async fn p15_404() {
    let (response, ..) = one_answer(Script::answer(404, &[], "{}")).await;
    assert_eq!((response.status, response.attempts, response.ended), (404, 1, StopReason::Answered));
}

#[tokio::test]
async fn p16_409_key_in_use() {
    let server = ScriptedServer::start([
        Script::answer(409, &[], r#"{"error":{"code":"idempotency_key_in_use"}}"#),
        Script::answer(200, &["Idempotent-Replayed: true"], "{}"),
    ])
    .await;
    let harness = harness_at(&server.base_url());
    let response = harness.client.send(keyed_write()).await.expect("an answer");
    assert_eq!((response.status, response.attempts, response.replayed), (200, 2, true));
    assert!(response.earlier_attempt_may_have_run);
    let requests = server.requests();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[0].header("idempotency-key"), requests[1].header("idempotency-key"));
    assert_eq!(requests[0].header("idempotency-key"), ["5b0f7e0e-7d1c-4c52-9b7a-111111111111"]);
}

#[tokio::test]
async fn g5_a_409_storm_keeps_the_key_and_ends() {
    let server = ScriptedServer::start([]).await.then_always(Script::answer(409, &[], "{}"));
    let harness = harness_at(&server.base_url());
    let response = harness.client.send(keyed_write()).await.expect("an answer");
    assert_eq!((response.status, response.ended), (409, StopReason::AttemptsSpent));
    assert!(server.requests().len() <= 8);
    let first = server.requests()[0].clone();
    assert!(server.requests().iter().all(|one| one.body == first.body && one.head == first.head));
}

#[tokio::test]
async fn p23_500_replayed_by_key() {
    let (response, _, server) = one_answer(Script::answer(500, &["Idempotent-Replayed: true"], "{}")).await;
    assert_eq!((response.status, response.ended), (500, StopReason::NothingMoreUnderKey));
    assert!(response.replayed && server.requests().len() == 1);
}

#[tokio::test]
async fn the_same_5xx_twice_ends_a_keyed_write_and_another_5xx_does_not() {
    let server =
        ScriptedServer::start([500, 503, 503, 200].map(|status| Script::answer(status, &[], "{}"))).await;
    let harness = harness_at(&server.base_url());
    let response = harness.client.send(keyed_write()).await.expect("an answer");
    assert_eq!((response.status, response.attempts), (503, 3));
    assert_eq!(response.ended, StopReason::NothingMoreUnderKey);
    assert_eq!(harness.sink.decisions(), ["retry", "retry", "nothing_more_under_key"]);
}

#[tokio::test]
async fn p45_idempotent_replayed_true() {
    let (response, ..) = one_answer(Script::answer(200, &["Idempotent-Replayed: true"], "{}")).await;
    assert_eq!((response.status, response.attempts, response.replayed), (200, 1, true));
}

#[tokio::test]
async fn a_write_without_a_key_is_sent_once_after_any_fault() {
    for script in [
        Script::answer(503, &[], ""),
        Script::answer(429, &[], ""),
        Script::reset_after_request(),
        Script::silent(),
    ] {
        let server = ScriptedServer::start([script]).await.then_always(Script::answer(200, &[], "{}"));
        let mut config = config(&server.base_url());
        config.limits.attempt = Duration::from_millis(300);
        match harness(config).client.send(write_without_key()).await {
            Ok(response) => assert_eq!(response.ended, StopReason::WriteWithoutKey),
            Err(failure) => assert!(failure.maybe_executed(), "{failure}"),
        }
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn the_wire_carries_what_was_asked_and_nothing_else() {
    let server =
        ScriptedServer::start([Script::answer(200, &[], "{}"), Script::answer(200, &[], "{}")]).await;
    let harness = harness_at(&format!("{}/stripe", server.base_url()));
    let mut request = read();
    request.query = vec![("expand[]".to_owned(), "a b&c".to_owned())];
    request.headers = vec![("Stripe-Account", "acct_1".to_owned())];
    harness.client.send(request).await.expect("an answer");
    harness.client.send(keyed_write()).await.expect("an answer");
    let requests = server.requests();
    assert_eq!(requests[0].line(), "GET /stripe/v1/charges/ch_1?expand%5B%5D=a+b%26c HTTP/1.1");
    assert_eq!(requests[0].header("stripe-account"), ["acct_1"]);
    assert_eq!(requests[0].header("authorization"), ["Bearer sk_test_canary4242424242"]);
    assert_eq!(requests[0].header("stripe-version"), ["2026-10-28.endive"]);
    assert_eq!(requests[0].header("accept-encoding"), ["identity"]);
    assert_eq!(requests[0].header("user-agent"), [concat!("Paydesk/", env!("CARGO_PKG_VERSION"))]);
    assert_eq!(requests[0].header("idempotency-key"), Vec::<&str>::new());
    assert_eq!(requests[0].header("referer"), Vec::<&str>::new());
    assert_eq!(requests[1].header("content-type"), ["application/x-www-form-urlencoded"]);
    assert_eq!(requests[1].body, b"charge=ch_1&amount=500");
}

#[tokio::test]
async fn a_request_that_cannot_be_right_is_not_sent() {
    let server = ScriptedServer::start([]).await;
    let harness = harness_at(&server.base_url());
    let mut wrong = Vec::new();
    wrong.push(transport::Request { path: "/v1/charges/".to_owned(), ..read() });
    wrong.push(transport::Request { path: "/v1/charges/a/../b".to_owned(), ..read() });
    for header in ["Authorization", "Host", "Idempotency-Key", "Stripe-Version", "Content-Length"] {
        wrong.push(transport::Request { headers: vec![(header, "x".to_owned())], ..read() });
    }
    wrong.push(transport::Request { headers: vec![("X-A", "a\r\nX-B: b".to_owned())], ..read() });
    wrong.push(transport::Request { idempotency_key: Some("k".to_owned()), ..read() });
    for key in [String::new(), "a b".to_owned(), "k".repeat(256), "k\r\nX: y".to_owned()] {
        wrong.push(transport::Request { idempotency_key: Some(key), ..keyed_write() });
    }
    let huge = bytes::Bytes::from(vec![b'x'; 1024 * 1024]);
    wrong.push(transport::Request { body: Some(transport::Body::Form(huge)), ..keyed_write() });
    for request in wrong {
        let described = format!("{request:?}");
        let result = harness.client.send(request).await;
        assert!(matches!(result, Err(Failure::InvalidRequest { .. })), "{described}: {result:?}");
    }
    assert_eq!((server.connections(), harness.sink.records().len()), (0, 0));
}

#[tokio::test]
async fn t05_a_key_that_slept_with_the_computer_is_not_sent_again() {
    let server = ScriptedServer::start([Script::steps(vec![
        testkit::Step::Wait(Duration::from_millis(100)),
        testkit::Step::Reset,
    ])])
    .await
    .then_always(Script::answer(200, &[], "{}"));
    let harness = harness_at(&server.base_url());
    let (result, ()) = tokio::join!(harness.client.send(keyed_write()), async {
        // The computer sleeps 25 hours while the request is on its way; only the wall clock sees it.
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        harness.clock.0.jump_wall_ms(25 * 3_600_000);
    });
    let Err(Failure::Unanswered(unanswered)) = result else { panic!("{result:?}") };
    assert!(unanswered.maybe_executed);
    assert_eq!((unanswered.attempts, unanswered.ended), (1, StopReason::DeadlineSpent));
    assert_eq!(server.requests().len(), 1);
}
