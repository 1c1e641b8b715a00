//! TLS and HTTP/2: bad certificates are fatal, broken encryption is no answer, a refused stream is
//! no doubt.

use bytes::Bytes;
use testkit::{Http2Reply, Http2Server, Script, ScriptedServer, Step, TestCertificate};
use transport::{ErrorKind, Failure, StopReason, Unanswered};

use crate::support::{Harness, config, harness, keyed_write, read};

fn trusting(base_url: &str, certificate: &TestCertificate) -> Harness {
    let mut config = config(base_url);
    config.loopback_root = Some(certificate.pem().to_vec());
    harness(config)
}

fn unanswered(result: Result<transport::Response, Failure>) -> Unanswered {
    match result {
        Err(Failure::Unanswered(unanswered)) => unanswered,
        other => panic!("expected no answer, got {other:?}"),
    }
}

#[tokio::test]
async fn a_certificate_that_is_trusted_works() {
    let certificate = TestCertificate::valid();
    let server = ScriptedServer::start_tls(&certificate, [Script::answer(200, &[], "{}")]).await;
    let response = trusting(&server.base_url(), &certificate).client.send(read()).await.expect("an answer");
    assert_eq!((response.status, &response.body[..]), (200, &b"{}"[..]));
}

#[tokio::test]
async fn p34_expired_or_swapped_certificate() {
    let trusted = TestCertificate::valid();
    let expired = TestCertificate::expired();
    let other = TestCertificate::of_another_host();
    let swapped = TestCertificate::valid();
    for (name, served, root) in
        [("expired", &expired, &expired), ("other host", &other, &other), ("swapped", &swapped, &trusted)]
    {
        let server = ScriptedServer::start_tls(served, []).await;
        let harness = trusting(&server.base_url(), root);
        let fault = unanswered(harness.client.send(keyed_write()).await);
        assert_eq!(fault.kind, ErrorKind::Certificate, "{name}: {fault}");
        assert_eq!((fault.attempts, fault.ended, fault.maybe_executed), (1, StopReason::WouldRepeat, false));
        assert_eq!(server.requests().len(), 0, "{name}");
    }
}

#[tokio::test]
async fn tls_to_a_server_that_speaks_plain_http_sends_nothing() {
    let server = ScriptedServer::start([]).await.then_always(Script::raw("HTTP/1.1 400 Bad Request\r\n\r\n"));
    let pem = TestCertificate::valid();
    let harness = trusting(&format!("https://{}", server.address()), &pem);
    let mut limited = keyed_write();
    limited.deadline = std::time::Duration::from_millis(800);
    let fault = unanswered(harness.client.send(limited).await);
    assert!(matches!(fault.kind, ErrorKind::Tls | ErrorKind::Timeout | ErrorKind::Connect), "{fault}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn p33_tls_alert_mid_body() {
    let certificate = TestCertificate::valid();
    let half = Step::Send("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{".into());
    let broken =
        Step::SendBelowTls(Bytes::from_static(b"\x15\x03\x03\x00\x02\x02\x28 this is no TLS record"));
    let script =
        Script::steps(vec![half, Step::Wait(std::time::Duration::from_millis(50)), broken, Step::Silence]);
    let server =
        ScriptedServer::start_tls(&certificate, [script]).await.then_always(Script::answer(200, &[], "{}"));
    let harness = trusting(&server.base_url(), &certificate);
    let response = harness.client.send(keyed_write()).await.expect("an answer");
    assert_eq!((response.status, response.attempts), (200, 2));
    assert!(response.earlier_attempt_may_have_run);
    assert_eq!(harness.sink.records()[0].error, Some(ErrorKind::Truncated));
}

#[tokio::test]
async fn p36_http_2_goaway_and_refused_stream() {
    let certificate = TestCertificate::valid();
    let ok = || Http2Reply::Answer(200, Bytes::from_static(b"{}"));
    for (reply, kind, may_have_run) in [
        (Http2Reply::RefuseStream, ErrorKind::NotProcessed, false),
        (Http2Reply::ResetStream, ErrorKind::Reset, true),
        (Http2Reply::GoAway, ErrorKind::Reset, true),
    ] {
        let server = Http2Server::start(&certificate, [reply.clone(), ok()]).await;
        let harness = trusting(&server.base_url(), &certificate);
        let response = harness.client.send(keyed_write()).await.expect("an answer");
        assert_eq!((response.status, response.attempts), (200, 2), "{reply:?}");
        assert_eq!(harness.sink.records()[0].error, Some(kind), "{reply:?}");
        assert_eq!(response.earlier_attempt_may_have_run, may_have_run, "{reply:?}");
        assert_eq!(server.requests(), 2, "nothing was sent again behind our back after {reply:?}");
    }
}
