//! Objects have the fields of their version, and the same world the same bytes.

use std::collections::BTreeSet;

use sandbox::{Sandbox, SandboxConfig};
use serde_json::Value;

use crate::client::{Client, all};
use crate::{config, start};

#[tokio::test]
async fn the_same_settings_give_the_same_bytes() {
    let (one, two) = (start().await, start().await);
    let other = Sandbox::start(SandboxConfig { seed: 2, ..config() }).await.unwrap();
    for path in [
        "/v1/charges?limit=100",
        "/v1/events?limit=100",
        "/v1/payouts?limit=50",
        "/v1/disputes",
        "/v1/balance",
        "/v1/account",
    ] {
        let first = Client::new(&one).get(path).await.body;
        assert_eq!(first, Client::new(&two).get(path).await.body, "{path}");
        assert_ne!(first, Client::new(&other).get(path).await.body, "{path}");
    }
    assert_eq!(one.secret_key(), two.secret_key());
}

/// The published example objects; they live beside the project and are not part of it.
fn fixtures() -> Option<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/specs/stripe/fixtures3.json");
    match std::fs::read(path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(_) => {
            println!("skipped: the published fixtures are not here");
            None
        }
    }
}

#[tokio::test]
async fn objects_have_the_fields_of_the_published_examples() {
    let Some(fixtures) = fixtures() else { return };
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    // Shown only when asked for, when they have a value, or only to other kinds of account.
    let optional = ["refunds", "authorization_code", "source", "excluded_payment_method_types"];
    for (kind, path) in [
        ("charge", "/v1/charges"),
        ("refund", "/v1/refunds"),
        ("customer", "/v1/customers"),
        ("dispute", "/v1/disputes"),
        ("payment_intent", "/v1/payment_intents"),
        ("balance_transaction", "/v1/balance_transactions"),
        ("payout", "/v1/payouts"),
        ("event", "/v1/events"),
    ] {
        let wanted: BTreeSet<&String> = fixtures["resources"][kind].as_object().unwrap().keys().collect();
        let page = client.get(path).await.json();
        let found: BTreeSet<&String> = page["data"][0].as_object().unwrap().keys().collect();
        let missing: Vec<&&String> =
            wanted.difference(&found).filter(|name| !optional.contains(&name.as_str())).collect();
        assert!(missing.is_empty(), "{kind} lacks {missing:?}");
    }
    let card = &client.get("/v1/charges").await.json()["data"][0]["payment_method_details"]["card"];
    let wanted = fixtures["resources"]["charge"]["payment_method_details"]["card"].as_object().unwrap();
    let missing: Vec<&String> = wanted.keys().filter(|name| card.get(name.as_str()).is_none()).collect();
    assert!(missing.is_empty(), "a charge's card lacks {missing:?}");
}

#[tokio::test]
async fn words_are_those_of_the_version() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/specs/stripe/enums.2026-10-28.json");
    let Ok(bytes) = std::fs::read(path) else {
        println!("skipped: the lists of words are not here");
        return;
    };
    let enums: Value = serde_json::from_slice(&bytes).unwrap();
    let sandbox = Sandbox::start(SandboxConfig { charges: 3_000, ..config() }).await.unwrap();
    let client = Client::new(&sandbox);
    for (path, field, list) in [
        ("/v1/charges", "status", "charge_status"),
        ("/v1/payment_intents", "status", "payment_intent_status"),
        ("/v1/refunds", "status", "refund_status"),
        ("/v1/refunds", "reason", "refund_reason"),
        ("/v1/refunds", "failure_reason", "refund_failure_reason"),
        ("/v1/disputes", "status", "dispute_status"),
        ("/v1/disputes", "reason", "dispute_reason"),
        ("/v1/balance_transactions", "type", "balance_transaction_type"),
        ("/v1/payouts", "status", "payout_status"),
        ("/v1/events", "type", "event_types"),
    ] {
        let known = enums[list].as_array().unwrap();
        let words: BTreeSet<String> = all(&client, path)
            .await
            .iter()
            .filter_map(|item| item[field].as_str().map(str::to_owned))
            .collect();
        assert!(words.len() > 1, "{path} {field}: {words:?}");
        for word in words {
            assert!(known.iter().any(|value| *value == word.as_str()), "{path} {field}: {word}");
        }
    }
}
