//! Signed delivery to endpoints.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::{Client, text};
use crate::start;

#[derive(Clone, Debug)]
struct Received {
    signature: String,
    body: Vec<u8>,
}

/// A receiver that answers with each status in turn, the last for ever, and keeps what came.
async fn receiver(statuses: Vec<u16>) -> (String, Arc<Mutex<Vec<Received>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks?from=sandbox", listener.local_addr().unwrap());
    let received = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        for turn in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            let (head, length) = loop {
                stream.read_buf(&mut bytes).await.unwrap();
                let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
                let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
                let length: usize = head
                    .lines()
                    .find_map(|line| line.strip_prefix("Content-Length: "))
                    .unwrap()
                    .parse()
                    .unwrap();
                if bytes.len() >= end + 4 + length {
                    break (head, end + 4);
                }
            };
            let signature =
                head.lines().find_map(|line| line.strip_prefix("Stripe-Signature: ")).unwrap().to_owned();
            kept.lock().unwrap().push(Received { signature, body: bytes[length..].to_vec() });
            let status = statuses[turn.min(statuses.len() - 1)];
            stream
                .write_all(format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n").as_bytes())
                .await
                .unwrap();
        }
    });
    (url, received)
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(tokio::time::Instant::now() < deadline, "{what} never happened");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn verify(received: &Received, secret: &str) {
    let (at, hash) = received.signature.split_once(",v1=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{}.", at.strip_prefix("t=").unwrap()).as_bytes());
    mac.update(&received.body);
    mac.verify_slice(&hex::decode(hash).unwrap()).unwrap();
}

#[tokio::test]
async fn endpoints_get_the_events_they_want_signed() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let (url, received) = receiver(vec![200]).await;
    let form = format!(
        "url={}&enabled_events[]=charge.refunded&enabled_events[]=refund.created",
        url.replace('?', "%3F").replace('=', "%3D")
    );
    let endpoint = client.post("/v1/webhook_endpoints", &form).await.json();
    let secret = text(&endpoint, "secret").to_owned();
    let path = format!("/v1/webhook_endpoints/{}", text(&endpoint, "id"));
    assert!(client.get(&path).await.json().get("secret").is_none(), "the secret is shown once");
    let charge = client.post("/v1/charges", "amount=2000&currency=usd&source=tok_visa").await.json();
    client.post("/v1/refunds", &format!("charge={}", text(&charge, "id"))).await;
    until("both deliveries", || received.lock().unwrap().len() == 2).await;
    for one in received.lock().unwrap().iter() {
        verify(one, &secret);
        let event: Value = serde_json::from_slice(&one.body).unwrap();
        assert!(matches!(text(&event, "type"), "charge.refunded" | "refund.created"));
    }
    until("the count", || sandbox.deliveries().iter().filter(|delivery| delivery.succeeded()).count() == 2)
        .await;
    let event = &client.get("/v1/events?limit=1&type=refund.created").await.json()["data"][0];
    assert_eq!(event["pending_webhooks"], 0);
    assert_eq!(client.delete(&path).await.json()["deleted"], true);
    assert_eq!(client.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_failed_delivery_is_pending_and_tried_again() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let (url, received) = receiver(vec![500, 204]).await;
    client
        .post(
            "/v1/webhook_endpoints",
            &format!("url={}&enabled_events[]=charge.succeeded", url.replace('?', "%3F").replace('=', "%3D")),
        )
        .await;
    client.post("/v1/charges", "amount=2000&currency=usd&source=tok_visa").await;
    until("the first try", || sandbox.deliveries().len() == 1).await;
    let pending = client.get("/v1/events?delivery_success=false").await.json();
    assert_eq!(
        (pending["data"].as_array().unwrap().len(), pending["data"][0]["pending_webhooks"].as_i64()),
        (1, Some(1))
    );
    until("the second try", || sandbox.deliveries().len() == 2).await;
    assert_eq!(
        sandbox.deliveries().iter().map(|delivery| (delivery.attempt, delivery.status)).collect::<Vec<_>>(),
        [(1, Some(500)), (2, Some(204))]
    );
    assert_eq!(received.lock().unwrap().len(), 2);
    assert!(
        client.get("/v1/events?delivery_success=false").await.json()["data"].as_array().unwrap().is_empty()
    );
}

#[tokio::test]
async fn forwarding_takes_everything_and_other_hosts_are_never_called() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let (url, received) = receiver(vec![200]).await;
    sandbox.forward_webhooks_to(&url);
    client.post("/v1/webhook_endpoints", "url=https://example.com/x&enabled_events[]=*").await;
    client.post("/v1/customers", "email=ada@example.com").await;
    until("the forward", || received.lock().unwrap().len() == 1).await;
    verify(&received.lock().unwrap()[0], sandbox.webhook_secret());
    until("both results", || sandbox.deliveries().len() >= 2).await;
    let outside: Vec<_> =
        sandbox.deliveries().into_iter().filter(|delivery| delivery.url.starts_with("https")).collect();
    assert!(outside.iter().all(|delivery| delivery.status.is_none()));
}
