//! No whole answer: the kind of fault, whether the vendor may have acted, and an end in time.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use testkit::{Fault, FaultProxy, Script, ScriptedServer, Step};
use tokio::time::Instant;
use transport::resolver::NameLookup;
use transport::{Client, ErrorKind, Failure, Request, RetryPolicy, StopReason, Unanswered};

use crate::support::{config, harness, harness_at, keyed_write, read};

fn unanswered(result: Result<transport::Response, Failure>) -> Unanswered {
    match result {
        Err(Failure::Unanswered(unanswered)) => unanswered,
        other => panic!("expected no answer, got {other:?}"),
    }
}

/// One attempt only, so that the fault itself is seen.
async fn fault_within(limit: Duration, script: Script) -> Unanswered {
    let server = ScriptedServer::start([script]).await;
    let mut config = config(&server.base_url());
    config.limits.attempt = limit;
    config.policy = RetryPolicy { max_attempts_read: 1, max_attempts_write: 1, ..RetryPolicy::default() };
    let fault = unanswered(harness(config).client.send(keyed_write()).await);
    assert!(fault.maybe_executed, "the request was sent: {fault}");
    fault
}

/// The fault of an answer that is wrong in itself.
async fn fault_of(script: Script) -> Unanswered {
    fault_within(Duration::from_secs(20), script).await
}

/// The fault of an answer that never ends.
async fn fault_of_endless(script: Script) -> Unanswered {
    let began = Instant::now();
    let fault = fault_within(Duration::from_millis(400), script).await;
    assert!(began.elapsed() < Duration::from_secs(10), "the attempt's time is limited");
    fault
}

#[tokio::test]
async fn p03_200_truncated_json_cut_by_the_network() {
    let fault = fault_of(Script::wrong_content_length(500, r#"{"id":"re_1","#)).await;
    assert_eq!((fault.kind, fault.ended), (ErrorKind::Truncated, StopReason::AttemptsSpent));
}

#[tokio::test]
async fn p25_1xx_flood() {
    assert_eq!(fault_of_endless(Script::interim_flood()).await.kind, ErrorKind::Timeout);
}

#[tokio::test]
async fn p26_10_000_headers() {
    let fault = fault_of(Script::many_headers(10_000)).await;
    assert_eq!((fault.kind, fault.ended), (ErrorKind::BadHeader, StopReason::WouldRepeat));
    // Few but long ones are refused too.
    let long = format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(200_000));
    assert_eq!(fault_of(Script::raw(long)).await.kind, ErrorKind::BadHeader);
}

#[tokio::test]
async fn p27_100_mb_body() {
    let announced = Script::raw("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\nx");
    assert_eq!(fault_of(announced).await.kind, ErrorKind::TooLarge);
    // Without an announced length the bytes are counted as they come.
    let megabyte = bytes::Bytes::from(vec![b'x'; 1024 * 1024]);
    let fault = fault_of(Script::steps(vec![
        Step::Send("HTTP/1.1 200 OK\r\n\r\n".into()),
        Step::Repeat { bytes: megabyte, pause: Duration::ZERO, times: 100 },
    ]))
    .await;
    assert_eq!((fault.kind, fault.ended), (ErrorKind::TooLarge, StopReason::WouldRepeat));
}

#[tokio::test]
async fn p28_gzip_bomb() {
    let fault = fault_of(Script::gzip_bomb(200 * 1024 * 1024)).await;
    assert_eq!((fault.kind, fault.ended), (ErrorKind::UnexpectedEncoding, StopReason::WouldRepeat));
}

#[tokio::test]
async fn p29_wrong_content_length() {
    assert_eq!(fault_of(Script::wrong_content_length(9, "{}")).await.kind, ErrorKind::Truncated);
    assert_eq!(
        fault_of(Script::raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "))
            .await
            .kind,
        ErrorKind::BadHeader
    );
    // Too short: what was announced arrives, and the rest is never taken for another answer.
    let smuggled =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    let server = ScriptedServer::start([
        Script::steps(vec![Step::Send(smuggled.into())]),
        Script::answer(200, &[], "good"),
    ])
    .await;
    let harness = harness_at(&server.base_url());
    assert_eq!(&harness.client.send(read()).await.expect("an answer").body[..], b"{}");
    assert_eq!(&harness.client.send(read()).await.expect("an answer").body[..], b"good");
}

#[tokio::test]
async fn p30_chunk_never_ends() {
    assert_eq!(
        fault_of_endless(Script::endless_chunk(Duration::from_millis(50))).await.kind,
        ErrorKind::Timeout
    );
    assert_eq!(fault_of(Script::endless_chunk(Duration::ZERO)).await.kind, ErrorKind::TooLarge);
}

#[tokio::test]
async fn p31_one_byte_per_10_s() {
    // The same at another scale: each byte comes well within the time for an attempt, the whole never.
    assert_eq!(
        fault_of_endless(Script::one_byte_per(Duration::from_millis(40))).await.kind,
        ErrorKind::Timeout
    );
    assert_eq!(fault_of_endless(Script::silent()).await.kind, ErrorKind::Timeout);
}

#[tokio::test]
async fn p32_reset_before_during_and_after_headers() {
    assert_eq!(fault_of(Script::reset_after_request()).await.kind, ErrorKind::Reset);
    let during = Step::Send("HTTP/1.1 200 OK\r\nContent-Le".into());
    let pause = Step::Wait(Duration::from_millis(50));
    assert_eq!(
        fault_of(Script::steps(vec![during, pause.clone(), Step::Reset])).await.kind,
        ErrorKind::Reset
    );
    let after = Step::Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".into());
    assert_eq!(fault_of(Script::steps(vec![after, pause, Step::Reset])).await.kind, ErrorKind::Truncated);
}

#[tokio::test]
async fn p32_a_keyed_write_is_sent_again_under_its_key_after_a_reset() {
    let vendor =
        ScriptedServer::start([]).await.then_always(Script::answer(200, &["Request-Id: req_1"], "{}"));
    let proxy = FaultProxy::start(vendor.address()).await;
    // The vendor acts, the answer is lost.
    proxy.push(Fault::ResetAfterAnswerBytes(0));
    proxy.push(Fault::TruncateAnswer(20));
    let harness = harness_at(&proxy.base_url());
    let response = harness.client.send(keyed_write()).await.expect("an answer");
    assert_eq!((response.status, response.attempts), (200, 3));
    assert!(response.earlier_attempt_may_have_run);
    let keys: Vec<_> = vendor.requests().iter().map(|one| one.header("idempotency-key").concat()).collect();
    assert_eq!(keys.len(), proxy.connections());
    assert!(keys.iter().all(|key| key == &keys[0]));
}

#[tokio::test]
async fn p32_through_a_proxy_that_breaks_connections_at_every_stage() {
    let vendor = ScriptedServer::start([]).await.then_always(Script::answer(200, &[], r#"{"id":"re_1"}"#));
    for (fault, kind, vendor_saw_it) in [
        (Fault::ResetOnAccept, ErrorKind::Reset, false),
        (Fault::ResetAfterRequestBytes(30), ErrorKind::Reset, false),
        (Fault::ResetAfterAnswerBytes(0), ErrorKind::Reset, true),
        (Fault::ResetAfterAnswerBytes(20), ErrorKind::Reset, true),
        (Fault::TruncateAnswer(54), ErrorKind::Truncated, true),
        (Fault::OneBytePer(Duration::from_millis(50)), ErrorKind::Timeout, true),
        (Fault::DelayAnswer(Duration::from_secs(20)), ErrorKind::Timeout, true),
        (Fault::SwallowAnswer, ErrorKind::Timeout, true),
    ] {
        let proxy = FaultProxy::start(vendor.address()).await;
        proxy.always(fault);
        let mut config = config(&proxy.base_url());
        config.limits.attempt = Duration::from_millis(if kind == ErrorKind::Timeout { 500 } else { 10_000 });
        config.policy = RetryPolicy { max_attempts_write: 1, ..RetryPolicy::default() };
        let before = vendor.requests().len();
        let found = unanswered(harness(config).client.send(keyed_write()).await);
        assert_eq!((found.kind, found.maybe_executed), (kind, true), "{fault:?}: {found}");
        assert_eq!(vendor.requests().len() > before, vendor_saw_it, "{fault:?}");
    }
}

#[tokio::test]
async fn not_http_at_all() {
    assert_eq!(fault_of(Script::raw("SSH-2.0-OpenSSH_9.2\r\n\r\n")).await.kind, ErrorKind::BadHeader);
}

#[tokio::test]
async fn a_refused_connection_is_no_doubt() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let harness = harness_at(&base);
    let fault = unanswered(harness.client.send(keyed_write()).await);
    assert_eq!((fault.kind, fault.maybe_executed, fault.attempts), (ErrorKind::Connect, false, 4));
    assert_eq!(fault.ended, StopReason::AttemptsSpent);
}

#[tokio::test]
async fn doubt_of_an_early_attempt_stays_though_later_ones_do_not_connect() {
    let server = ScriptedServer::start([Script::reset_after_request()]).await;
    let harness = harness_at(&server.base_url());
    let call = harness.client.send(keyed_write());
    let stop = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        drop(server);
    };
    let (result, ()) = tokio::join!(call, stop);
    let fault = unanswered(result);
    assert!(fault.maybe_executed && fault.attempts > 1, "{fault}");
}

#[tokio::test]
async fn a_deadline_ends_the_call_in_the_middle_of_an_attempt() {
    let server = ScriptedServer::start([]).await.then_always(Script::silent());
    let sink = Arc::new(crate::support::Recorder::default());
    let mut config = config(&server.base_url());
    config.limits.attempt = Duration::from_secs(60);
    // The computer's own clock: this time really passes.
    let client =
        Client::new(config, sink.clone(), Arc::new(transport::SystemClock::new())).expect("a client");
    let request = Request { deadline: Duration::from_millis(150), ..keyed_write() };
    let began = Instant::now();
    let fault = unanswered(client.send(request).await);
    assert!(began.elapsed() >= Duration::from_millis(150) && began.elapsed() < Duration::from_secs(30));
    assert_eq!((fault.kind, fault.maybe_executed), (ErrorKind::Timeout, true));
    assert_eq!((fault.attempts, fault.ended), (1, StopReason::DeadlineSpent));
    assert!(sink.records()[0].duration_ms >= 140);
}

/// A resolver that does what it is told.
enum Told {
    Fail(io::ErrorKind),
    Never,
    Nothing,
    Addresses(Vec<SocketAddr>),
}

impl NameLookup for Told {
    fn lookup(&self, _name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        match self {
            Self::Fail(kind) => Box::pin(std::future::ready(Err((*kind).into()))),
            Self::Never => Box::pin(std::future::pending()),
            Self::Nothing => Box::pin(std::future::ready(Ok(Vec::new()))),
            Self::Addresses(found) => Box::pin(std::future::ready(Ok(found.clone()))),
        }
    }
}

#[tokio::test]
async fn p35_dns_nxdomain_servfail_and_slow() {
    let server = ScriptedServer::start([]).await.then_always(Script::answer(200, &[], "{}"));
    let elsewhere = "192.0.2.1:0".parse().expect("an address");
    let here = "127.0.0.1:0".parse().expect("an address");
    for told in [
        Told::Fail(io::ErrorKind::NotFound),
        Told::Fail(io::ErrorKind::Other),
        Told::Never,
        Told::Nothing,
        // `localhost` that leads to another machine, alone or besides this one.
        Told::Addresses(vec![elsewhere]),
        Told::Addresses(vec![here, elsewhere]),
    ] {
        let mut config = config(&format!("http://localhost:{}", server.address().port()));
        config.limits.resolve = Duration::from_millis(50);
        config.policy = RetryPolicy { max_attempts_write: 2, ..RetryPolicy::default() };
        let parts = harness_at(&server.base_url());
        let client =
            Client::with_name_lookup(config, parts.sink, parts.clock, Arc::new(told)).expect("a client");
        let fault = unanswered(client.send(keyed_write()).await);
        assert_eq!((fault.kind, fault.maybe_executed, fault.attempts), (ErrorKind::Dns, false, 2));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn localhost_that_leads_here_is_called() {
    let server = ScriptedServer::start([Script::answer(200, &[], "{}")]).await;
    let parts = harness_at(&server.base_url());
    let config = config(&format!("http://localhost:{}", server.address().port()));
    let told = Told::Addresses(vec!["127.0.0.1:0".parse().expect("an address")]);
    let client = Client::with_name_lookup(config, parts.sink, parts.clock, Arc::new(told)).expect("a client");
    assert_eq!(client.send(read()).await.expect("an answer").status, 200);
}
