//! PaymentIntents.

use crate::client::{Client, text};
use crate::start;

#[tokio::test]
async fn a_payment_is_confirmed_declined_and_tried_again() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let intent = client.post("/v1/payment_intents", "amount=2000&currency=usd").await.json();
    assert_eq!(text(&intent, "status"), "requires_payment_method");
    let path = format!("/v1/payment_intents/{}/confirm", text(&intent, "id"));
    let declined = client.post(&path, "payment_method=pm_card_chargeDeclinedInsufficientFunds").await;
    assert_eq!((declined.status, declined.error().1.as_str()), (402, "card_declined"));
    let shown = &declined.json()["error"]["payment_intent"];
    assert_eq!(
        (text(shown, "status"), text(&shown["last_payment_error"], "decline_code")),
        ("requires_payment_method", "insufficient_funds")
    );
    let paid = client
        .post(&path, "payment_method=pm_card_visa&expand[]=latest_charge.balance_transaction")
        .await
        .json();
    assert_eq!((text(&paid, "status"), paid["amount_received"].as_i64()), ("succeeded", Some(2_000)));
    assert_eq!(paid["latest_charge"]["balance_transaction"]["amount"], 2_000);
    assert!(paid.get("charges").is_none());
    assert_eq!(client.post(&path, "").await.error().1, "payment_intent_unexpected_state");
    let tries = client.get(&format!("/v1/charges?payment_intent={}", text(&intent, "id"))).await.json();
    assert_eq!(tries["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn three_d_secure_waits_for_the_customer() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let intent = client
        .post(
            "/v1/payment_intents",
            "amount=2000&currency=eur&payment_method=pm_card_authenticationRequired&confirm=true",
        )
        .await
        .json();
    assert_eq!(
        (text(&intent, "status"), text(&intent["next_action"], "type")),
        ("requires_action", "redirect_to_url")
    );
    assert!(intent["latest_charge"].is_null());
    let canceled = client
        .post(&format!("/v1/payment_intents/{}/cancel", text(&intent, "id")), "cancellation_reason=abandoned")
        .await
        .json();
    assert_eq!(
        (text(&canceled, "status"), text(&canceled, "cancellation_reason")),
        ("canceled", "abandoned")
    );
    let off_session = client.post("/v1/payment_intents", "amount=2000&currency=eur&payment_method=pm_card_authenticationRequired&confirm=true&off_session=true").await;
    assert_eq!(off_session.error().1, "authentication_required");
}

#[tokio::test]
async fn a_manual_payment_is_captured_in_part_or_canceled() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let form = "amount=2000&currency=gbp&payment_method=pm_card_visa&confirm=true&capture_method=manual";
    let held = client.post("/v1/payment_intents", form).await.json();
    assert_eq!(
        (text(&held, "status"), held["amount_capturable"].as_i64()),
        ("requires_capture", Some(2_000))
    );
    let captured = client
        .post(&format!("/v1/payment_intents/{}/capture", text(&held, "id")), "amount_to_capture=1200")
        .await
        .json();
    assert_eq!(
        (
            text(&captured, "status"),
            captured["amount_received"].as_i64(),
            captured["amount_capturable"].as_i64()
        ),
        ("succeeded", Some(1_200), Some(0))
    );
    let other = client.post("/v1/payment_intents", form).await.json();
    assert_eq!(
        client.post(&format!("/v1/payment_intents/{}/cancel", text(&other, "id")), "").await.json()["status"],
        "canceled"
    );
    let charge = client.get(&format!("/v1/charges/{}", text(&other, "latest_charge"))).await.json();
    assert_eq!((charge["captured"].as_bool(), charge["refunded"].as_bool()), (Some(false), Some(true)));
}
