//! Faults on request: what is executed, what is kept, what the client sees.

use std::time::Duration;

use sandbox::{Limits, Sandbox, SandboxConfig};

use crate::client::{Client, text};
use crate::{config, start};

/// A fresh charge and the form that refunds it.
async fn refundable(client: &Client) -> String {
    let charge = client.post("/v1/charges", "amount=2000&currency=usd&source=tok_visa").await.json();
    format!("charge={}&amount=500", text(&charge, "id"))
}

#[tokio::test]
async fn answers_lost_after_the_deed_are_replayed() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    for (number, fault) in
        ["reset-after", "truncate", "html", "bad-gateway", "500-lost"].into_iter().enumerate()
    {
        let form = refundable(&client).await;
        sandbox.set_faults(format!("POST /v1/refunds:{fault}:1").parse().unwrap());
        let keyed = client.key(fault);
        let seen = keyed.send("POST", "/v1/refunds", &form).await;
        match fault {
            "reset-after" | "truncate" => assert!(seen.is_err(), "{fault}: {seen:?}"),
            "html" => assert_eq!(
                (seen.as_ref().unwrap().status, seen.as_ref().unwrap().header("content-type")),
                (200, Some("text/html; charset=utf-8"))
            ),
            "bad-gateway" => assert_eq!(seen.unwrap().status, 502),
            _ => assert_eq!(seen.unwrap().status, 500),
        }
        assert_eq!(sandbox.counters().refunds, number as u64 + 1, "{fault} was executed");
        let replay = keyed.post("/v1/refunds", &form).await;
        assert_eq!((replay.status, replay.header("idempotent-replayed")), (200, Some("true")), "{fault}");
        assert_eq!(sandbox.counters().refunds, number as u64 + 1, "{fault} was not executed again");
    }
}

#[tokio::test]
async fn faults_before_the_deed_leave_no_trace() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    for (number, fault) in
        ["reset-before", "500-before", "503", "401", "409", "lock-timeout", "429"].into_iter().enumerate()
    {
        let form = refundable(&client).await;
        sandbox.set_faults(format!("POST /v1/refunds:{fault}:1").parse().unwrap());
        let keyed = client.key(fault);
        let seen = keyed.send("POST", "/v1/refunds", &form).await;
        assert_eq!(sandbox.counters().refunds, number as u64, "{fault} was not executed");
        match fault {
            "reset-before" => assert!(seen.is_err()),
            "409" => assert_eq!(seen.unwrap().error().1, "idempotency_key_in_use"),
            "lock-timeout" => {
                let seen = seen.unwrap();
                assert_eq!(
                    (seen.status, seen.error().1.as_str(), seen.header("stripe-rate-limited-reason")),
                    (429, "lock_timeout", None)
                );
            }
            "429" => assert_eq!(seen.unwrap().error().1, "rate_limit"),
            "401" | "503" => assert_eq!(seen.unwrap().status.to_string(), fault),
            _ => assert_eq!(seen.unwrap().status, 500),
        }
        let retry = keyed.post("/v1/refunds", &form).await;
        assert_eq!((retry.status, retry.header("idempotent-replayed")), (200, None), "{fault}");
    }
}

#[tokio::test]
async fn a_500_of_the_endpoint_itself_is_kept() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    for (fault, executed) in [("500-after", 1), ("500-saved", 0)] {
        let before = sandbox.counters().refunds;
        let form = refundable(&client).await;
        sandbox.set_faults(format!("POST /v1/refunds:{fault}:1").parse().unwrap());
        let keyed = client.key(fault);
        assert_eq!(keyed.post("/v1/refunds", &form).await.status, 500);
        let replay = keyed.post("/v1/refunds", &form).await;
        assert_eq!(
            (replay.status, replay.header("idempotent-replayed"), replay.header("stripe-should-retry")),
            (500, Some("true"), Some("false"))
        );
        assert_eq!(sandbox.counters().refunds - before, executed, "{fault}");
    }
}

#[tokio::test]
async fn a_timeout_executes_and_never_answers() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let form = refundable(&client).await;
    sandbox.set_faults("POST /v1/refunds:timeout:1".parse().unwrap());
    let keyed = client.key("t");
    let waited =
        tokio::time::timeout(Duration::from_millis(400), keyed.send("POST", "/v1/refunds", &form)).await;
    assert!(waited.is_err(), "no answer comes");
    assert_eq!(sandbox.counters().refunds, 1);
    assert_eq!(keyed.post("/v1/refunds", &form).await.header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn a_write_goes_on_when_its_client_hangs_up() {
    let sandbox = Sandbox::start(SandboxConfig { latency_ms: 400, ..config() }).await.unwrap();
    let client = Client::new(&sandbox);
    let form = refundable(&client).await;
    let gone =
        tokio::time::timeout(Duration::from_millis(50), client.send("POST", "/v1/refunds", &form)).await;
    assert!(gone.is_err());
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    while sandbox.counters().refunds == 0 {
        assert!(tokio::time::Instant::now() < deadline, "the refund was never executed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn reads_break_too_and_faults_can_be_aimed() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    sandbox.set_faults("GET /v1/charges:truncate:1,GET /v1/refunds/*:500:1".parse().unwrap());
    assert!(client.send("GET", "/v1/charges?limit=100", "").await.is_err());
    assert_eq!(client.get("/v1/charges?limit=100").await.status, 200);
    assert_eq!(client.get("/v1/refunds").await.status, 200, "the target is everything below, not the list");
    assert_eq!(client.get("/v1/refunds/re_x").await.status, 500);
    assert_eq!(sandbox.counters().requests["GET /v1/charges"], 2);
}

#[tokio::test]
async fn rate_limits_are_a_test_accounts() {
    let sandbox = Sandbox::start(SandboxConfig { limits: Limits::TEST, ..config() }).await.unwrap();
    let client = Client::new(&sandbox);
    let calls: Vec<_> = (0..60)
        .map(|_| {
            tokio::spawn({
                let client = client.clone();
                async move { client.get("/v1/charges?limit=1").await }
            })
        })
        .collect();
    let mut refused = 0;
    for call in calls {
        let answer = call.await.unwrap();
        if answer.status == 429 {
            refused += 1;
            assert!(matches!(
                answer.header("stripe-rate-limited-reason"),
                Some("global-rate" | "endpoint-rate")
            ));
            assert_eq!(answer.error().1, "rate_limit");
        }
    }
    assert!(refused > 5, "{refused}");
}
