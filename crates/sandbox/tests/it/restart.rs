//! What was done survives a restart.

use std::time::Duration;

use sandbox::{JournalError, Sandbox, SandboxConfig, SandboxError};

use crate::client::{Client, all, text};
use crate::config;

#[tokio::test]
async fn rows_events_and_keys_survive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.journal");
    let settings = || SandboxConfig { state_file: Some(path.clone()), ..config() };
    let sandbox = Sandbox::start(settings()).await.unwrap();
    let client = Client::new(&sandbox);
    let customer = client.post("/v1/customers", "email=ada@example.com").await.json();
    let charge = client.key("c").post("/v1/charges", "amount=2000&currency=usd&source=tok_visa").await;
    client.post("/v1/charges", "amount=700&currency=usd&source=tok_chargeDeclined").await;
    // Refused requests leave nothing behind that would number later rows differently.
    client.post("/v1/charges", "amount=7&currency=usd&source=tok_visa").await;
    client.post("/v1/refunds", "charge=ch_none").await;
    let charge_id = text(&charge.json(), "id").to_owned();
    let refund_form = format!("charge={charge_id}&amount=500");
    sandbox.set_faults("POST /v1/refunds:reset-after:1".parse().unwrap());
    assert!(client.key("r").send("POST", "/v1/refunds", &refund_form).await.is_err());
    sandbox.set_faults("POST /v1/refunds:500-after:1".parse().unwrap());
    client.key("r500").post("/v1/refunds", &format!("charge={charge_id}&amount=100")).await;
    let fails = client.post("/v1/charges", "amount=900&currency=usd&source=tok_refundFail").await.json();
    client.post("/v1/refunds", &format!("charge={}", text(&fails, "id"))).await;
    sandbox.advance(Duration::from_secs(60));
    client.delete(&format!("/v1/customers/{}", text(&customer, "id"))).await;
    let paths = [
        "/v1/charges?limit=20",
        "/v1/refunds?limit=20",
        "/v1/events?limit=60",
        "/v1/balance",
        "/v1/customers?limit=5",
        "/v1/balance_transactions?limit=20",
    ];
    let mut before = Vec::new();
    for path in paths {
        before.push(client.get(path).await.body);
    }
    sandbox.stop().await;

    let sandbox = Sandbox::start(settings()).await.unwrap();
    let client = Client::new(&sandbox);
    for (path, old) in paths.into_iter().zip(before) {
        assert_eq!(
            String::from_utf8(client.get(path).await.body).unwrap(),
            String::from_utf8(old).unwrap(),
            "{path}"
        );
    }
    assert_eq!(
        client.key("c").post("/v1/charges", "amount=2000&currency=usd&source=tok_visa").await.body,
        charge.body
    );
    assert_eq!(
        client.key("r").post("/v1/refunds", &refund_form).await.header("idempotent-replayed"),
        Some("true")
    );
    assert_eq!(
        client.key("r500").post("/v1/refunds", &format!("charge={charge_id}&amount=100")).await.status,
        500
    );
    assert_eq!(sandbox.counters().refunds_by_charge[&charge_id], 2);
}

#[tokio::test]
async fn a_torn_line_is_forgotten_and_another_world_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.journal");
    let settings = || SandboxConfig { state_file: Some(path.clone()), charges: 20, ..config() };
    let sandbox = Sandbox::start(settings()).await.unwrap();
    let client = Client::new(&sandbox);
    for _ in 0..3 {
        client.post("/v1/charges", "amount=2000&currency=usd&source=tok_visa").await;
    }
    sandbox.stop().await;
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    let sandbox = Sandbox::start(settings()).await.unwrap();
    assert_eq!(all(&Client::new(&sandbox), "/v1/charges").await.len(), 22);
    sandbox.stop().await;
    let other = Sandbox::start(SandboxConfig { seed: 9, ..settings() }).await;
    assert!(
        matches!(other, Err(SandboxError::Journal(JournalError::OtherWorld { seed: 1, charges: 20, .. }))),
        "{other:?}"
    );
    std::fs::write(&path, b"{\"not\":\"ours\"}\n").unwrap();
    assert!(matches!(
        Sandbox::start(settings()).await,
        Err(SandboxError::Journal(JournalError::Damaged { line: 1, .. }))
    ));
}

#[tokio::test]
async fn the_history_of_a_real_clock_stays_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.journal");
    let settings =
        || SandboxConfig { state_file: Some(path.clone()), charges: 50, ..SandboxConfig::default() };
    let sandbox = Sandbox::start(settings()).await.unwrap();
    let first = Client::new(&sandbox).get("/v1/charges?limit=100").await.body;
    sandbox.stop().await;
    // The header's end is what counts, not the moment of the second start.
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("{\"sandbox_journal\":1,"));
    let sandbox = Sandbox::start(settings()).await.unwrap();
    assert_eq!(Client::new(&sandbox).get("/v1/charges?limit=100").await.body, first);
}

#[tokio::test]
async fn settings_out_of_range_are_refused() {
    let bad_key = Sandbox::start(SandboxConfig { secret_key: Some("sk_live_x".into()), ..config() }).await;
    assert!(matches!(bad_key, Err(SandboxError::Setting(_))));
    assert!(matches!(
        Sandbox::start(SandboxConfig { webhook_secret: Some("  ".into()), ..config() }).await,
        Err(SandboxError::Setting(_))
    ));
    assert!(matches!(
        Sandbox::start(SandboxConfig { charges: u32::MAX, ..config() }).await,
        Err(SandboxError::Setting(_))
    ));
    let first = Sandbox::start(config()).await.unwrap();
    let port: u16 = first.base_url().rsplit(':').next().unwrap().parse().unwrap();
    assert!(matches!(
        Sandbox::start(SandboxConfig { port, ..config() }).await,
        Err(SandboxError::Bind { .. })
    ));
    first.stop().await;
    let again = Sandbox::start(SandboxConfig { port, ..config() }).await.unwrap();
    assert!(again.base_url().ends_with(&port.to_string()));
}
