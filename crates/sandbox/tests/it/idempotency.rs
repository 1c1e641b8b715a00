//! Idempotency keys (vendor facts: "Idempotency").

use std::time::Duration;

use sandbox::{Sandbox, SandboxConfig};

use crate::client::{Client, text};
use crate::{config, start};

const CHARGE: &str = "amount=2000&currency=usd&source=tok_visa";

#[tokio::test]
async fn the_first_answer_is_replayed() {
    let sandbox = start().await;
    let client = Client::new(&sandbox).key("k1");
    let first = client.post("/v1/charges", CHARGE).await;
    let second = client.post("/v1/charges", "source=tok_visa&currency=usd&amount=2000").await;
    assert_eq!((first.status, &first.body), (200, &second.body));
    assert_eq!(
        (first.header("idempotent-replayed"), second.header("idempotent-replayed")),
        (None, Some("true"))
    );
    assert_eq!(second.header("original-request"), first.header("request-id"));
    assert_ne!(second.header("request-id"), first.header("request-id"));
    assert_eq!(
        (first.header("idempotency-key"), first.header("original-request")),
        (Some("k1"), first.header("request-id"))
    );
    assert_eq!(first.header("stripe-should-retry"), Some("false"));
    let newest = client.get("/v1/charges?limit=2").await.json();
    assert_eq!(newest["data"][0]["id"], first.json()["id"]);
    assert!(
        newest["data"][1]["payment_method_details"]["card"]["last4"] != "4242"
            || newest["data"][1]["created"] != newest["data"][0]["created"]
    );
}

#[tokio::test]
async fn other_parameters_or_another_path_are_refused() {
    let sandbox = start().await;
    let client = Client::new(&sandbox).key("k1");
    let charge = client.post("/v1/charges", CHARGE).await.json();
    let changed = client.post("/v1/charges", "amount=2001&currency=usd&source=tok_visa").await;
    assert_eq!((changed.status, changed.error().0.as_str()), (400, "idempotency_error"));
    assert!(changed.error().2.contains("Try using a key other than 'k1'"));
    let elsewhere = client.post("/v1/refunds", &format!("charge={}", text(&charge, "id"))).await;
    assert_eq!(elsewhere.error().0, "idempotency_error");
    assert_eq!(sandbox.counters().refunds, 0);
}

#[tokio::test]
async fn refusals_of_state_and_declines_are_kept_but_bad_parameters_are_not() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let declined =
        client.key("d").post("/v1/charges", "amount=700&currency=usd&source=tok_chargeDeclined").await;
    let again =
        client.key("d").post("/v1/charges", "amount=700&currency=usd&source=tok_chargeDeclined").await;
    assert_eq!((declined.body, again.header("idempotent-replayed")), (again.body.clone(), Some("true")));
    let charge = client.post("/v1/charges", CHARGE).await.json();
    let form = format!("charge={}&amount=5000", text(&charge, "id"));
    assert_eq!(client.key("over").post("/v1/refunds", &form).await.status, 400);
    assert_eq!(
        client.key("over").post("/v1/refunds", &form).await.header("idempotent-replayed"),
        Some("true")
    );
    assert_eq!(
        client.key("bad").post("/v1/charges", "amount=x&currency=usd&source=tok_visa").await.status,
        400
    );
    assert_eq!(
        client.key("bad").post("/v1/charges", CHARGE).await.status,
        200,
        "a request that never began leaves its key free"
    );
}

#[tokio::test]
async fn a_key_in_flight_conflicts() {
    let sandbox =
        Sandbox::start(SandboxConfig { faults: "POST /v1/charges:latency=600".parse().unwrap(), ..config() })
            .await
            .unwrap();
    let client = Client::new(&sandbox).key("k1");
    let (one, two) = (client.clone(), client.clone());
    let (first, second) = tokio::join!(async move { one.post("/v1/charges", CHARGE).await }, async move {
        two.post("/v1/charges", CHARGE).await
    });
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let conflict = if first.status == 409 { first } else { second };
    assert_eq!(
        (conflict.error().1.as_str(), conflict.header("stripe-should-retry")),
        ("idempotency_key_in_use", Some("true"))
    );
    sandbox.set_faults("".parse().unwrap());
    assert_eq!(client.post("/v1/charges", CHARGE).await.header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn keys_are_forgotten_after_a_day_of_the_clock() {
    let sandbox = start().await;
    let client = Client::new(&sandbox).key("k1");
    let first = client.post("/v1/charges", CHARGE).await.json();
    sandbox.advance(Duration::from_secs(86_399));
    assert_eq!(client.post("/v1/charges", CHARGE).await.json()["id"], first["id"]);
    sandbox.advance(Duration::from_secs(120));
    assert_ne!(client.post("/v1/charges", CHARGE).await.json()["id"], first["id"]);
}

#[tokio::test]
async fn rate_limited_and_unauthorised_calls_leave_the_key_free() {
    let sandbox = start().await;
    let client = Client::new(&sandbox).key("k1");
    assert_eq!(client.header("authorization", "Bearer nope").post("/v1/charges", CHARGE).await.status, 401);
    sandbox.set_faults("POST /v1/charges:429:1".parse().unwrap());
    let limited = client.post("/v1/charges", CHARGE).await;
    assert_eq!((limited.status, limited.header("stripe-rate-limited-reason")), (429, Some("global-rate")));
    let done = client.post("/v1/charges", CHARGE).await;
    assert_eq!((done.status, done.header("idempotent-replayed")), (200, None));
    let long = Client::new(&sandbox).key(&"k".repeat(256)).post("/v1/charges", CHARGE).await;
    assert_eq!(long.status, 400);
}

#[tokio::test]
async fn keys_mean_nothing_on_get() {
    let sandbox = start().await;
    let client = Client::new(&sandbox).key("k1");
    assert_eq!(client.get("/v1/charges?limit=1").await.header("idempotent-replayed"), None);
    assert_eq!(client.get("/v1/charges?limit=2").await.status, 200);
}
