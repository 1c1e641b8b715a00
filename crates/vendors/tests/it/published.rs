//! Stripe's own published example objects and word lists, where they lie on this machine. They are
//! not part of this repository; without them these tests say that they are skipped.

use std::path::PathBuf;

use domain::{
    DisputeStatus, Kind, PaymentIntentStatus, PaymentStatus, PayoutStatus, RefundReason, RefundStatus,
};
use serde_json::Value;

use crate::support::{answer, serve};

fn published(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs/stripe").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(_) => {
            println!("skipped: ../shared/specs/stripe/{name} is not here");
            None
        }
    }
}

#[tokio::test]
async fn every_published_object_that_is_read_decodes() {
    let Some(published) = published("fixtures3.json") else { return };
    let resources = &published["resources"];
    let kinds = [
        (Kind::Payments, "charge"),
        (Kind::PaymentIntents, "payment_intent"),
        (Kind::Refunds, "refund"),
        (Kind::Customers, "customer"),
        (Kind::Disputes, "dispute"),
        (Kind::BalanceEntries, "balance_transaction"),
        (Kind::Payouts, "payout"),
        (Kind::Events, "event"),
    ];
    let (_server, stripe) =
        serve(kinds.iter().map(|(_, name)| answer(200, &resources[*name].to_string()))).await;
    for (kind, name) in kinds {
        let id = resources[name]["id"].as_str().unwrap();
        let seen = stripe.one(kind, id).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(seen.record.kind(), kind);
        assert!(!String::from_utf8(seen.json).unwrap().contains("_secret_"));
    }
}

#[tokio::test]
async fn the_published_account_deleted_customer_and_payment_method_decode() {
    let Some(published) = published("fixtures3.json") else { return };
    let resources = &published["resources"];
    let list = crate::support::list_of(&[resources["payment_method"].to_string()], false);
    let deleted = resources["deleted_customer"].to_string();
    let scripts = [answer(200, &resources["account"].to_string()), answer(200, &deleted), answer(200, &list)];
    let (_server, stripe) = serve(scripts).await;
    assert!(stripe.account().await.unwrap().is_some());
    let id = resources["deleted_customer"]["id"].as_str().unwrap();
    let found = stripe.customer(id).await.unwrap();
    assert!(matches!(found, vendors::stripe::CustomerFound::Deleted { .. }));
    assert_eq!(stripe.saved_payment_methods("cus_1").await.unwrap().len(), 1);
}

#[test]
fn every_published_word_is_read_and_written_back() {
    let Some(words) = published("enums.2026-10-28.json") else { return };
    let list = |name: &str| -> Vec<String> {
        words[name].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    for word in list("charge_status") {
        assert!(PaymentStatus::KNOWN.contains(&word.as_str()), "{word}");
    }
    for word in list("payment_intent_status") {
        assert!(PaymentIntentStatus::KNOWN.contains(&word.as_str()), "{word}");
    }
    for word in list("refund_status") {
        assert!(RefundStatus::KNOWN.contains(&word.as_str()), "{word}");
    }
    for word in list("refund_create_reason") {
        assert!(RefundReason::KNOWN.contains(&word.as_str()), "{word}");
    }
    for word in list("payout_status") {
        assert!(PayoutStatus::KNOWN.contains(&word.as_str()), "{word}");
    }
    // The two words of appeals are newer than our list: kept as they came.
    for word in list("dispute_status") {
        assert_eq!(DisputeStatus::from(word.as_str()).as_str(), word);
    }
}
