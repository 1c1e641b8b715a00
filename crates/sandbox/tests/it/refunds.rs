//! Refund rules, disputes and what cards do to refunds.

use std::time::Duration;

use serde_json::Value;

use crate::client::{Client, all, text};
use crate::start;

async fn charge(client: &Client, form: &str) -> Value {
    let answer = client.post("/v1/charges", form).await;
    assert_eq!(answer.status, 200, "{:?}", answer.error());
    answer.json()
}

async fn refund(client: &Client, charge: &Value, more: &str) -> crate::client::Answer {
    client.post("/v1/refunds", &format!("charge={}{more}", text(charge, "id"))).await
}

async fn reread(client: &Client, charge: &Value) -> Value {
    client.get(&format!("/v1/charges/{}", text(charge, "id"))).await.json()
}

#[tokio::test]
async fn partial_then_the_rest_then_no_more() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let paid = charge(&client, "amount=2000&currency=usd&source=tok_visa").await;
    let first = refund(&client, &paid, "&amount=500&reason=duplicate&metadata[intent]=i1").await.json();
    assert_eq!(
        (text(&first, "status"), first["amount"].as_i64(), text(&first, "reason")),
        ("succeeded", Some(500), "duplicate")
    );
    let partly = reread(&client, &paid).await;
    assert_eq!((partly["amount_refunded"].as_i64(), partly["refunded"].as_bool()), (Some(500), Some(false)));
    assert!(partly.get("refunds").is_none(), "refunds only when expanded");
    let over = refund(&client, &paid, "&amount=5000").await;
    assert_eq!(over.status, 400);
    let error = &over.json()["error"];
    assert_eq!(
        text(error, "message"),
        "Refund amount ($50.00) is greater than unrefunded amount on charge ($15.00)"
    );
    assert_eq!((text(error, "param"), error.get("code")), ("amount", None));
    let rest = refund(&client, &paid, "").await.json();
    assert_eq!(rest["amount"], 1_500);
    assert_eq!(reread(&client, &paid).await["refunded"], true);
    let again = refund(&client, &paid, "").await;
    assert_eq!(again.error().1, "charge_already_refunded");
    assert_eq!(again.error().2, format!("Charge {} has already been refunded.", text(&paid, "id")));
    let listed = all(&client, &format!("/v1/refunds?charge={}", text(&paid, "id"))).await;
    assert_eq!(
        listed.iter().map(|refund| refund["amount"].as_i64().unwrap()).collect::<Vec<_>>(),
        [1_500, 500]
    );
    let expanded = client
        .get(&format!("/v1/charges/{}?expand[]=refunds.data.balance_transaction", text(&paid, "id")))
        .await
        .json();
    assert_eq!(expanded["refunds"]["data"][0]["balance_transaction"]["net"], -1_500);
    assert_eq!(sandbox.counters().refunds_by_charge[text(&paid, "id")], 2);
    let kinds: Vec<String> = all(&client, "/v1/events?types[]=refund.created&types[]=charge.refunded")
        .await
        .iter()
        .take(4)
        .map(|event| text(event, "type").to_owned())
        .collect();
    assert_eq!(kinds, ["refund.created", "charge.refunded", "refund.created", "charge.refunded"]);
}

#[tokio::test]
async fn amounts_and_reasons_are_checked() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let paid = charge(&client, "amount=2000&currency=usd&source=tok_visa").await;
    for bad in ["&amount=0", "&amount=-5", "&amount=1.5", "&amount=abc"] {
        assert_eq!(refund(&client, &paid, bad).await.error().1, "parameter_invalid_integer", "{bad}");
    }
    let reason = refund(&client, &paid, "&reason=bogus").await.error().2;
    assert_eq!(
        reason,
        "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer. You passed bogus"
    );
    assert_eq!(client.post("/v1/refunds", "amount=5").await.error().1, "parameter_missing");
    assert_eq!(client.post("/v1/refunds", "charge=ch_nope").await.error().2, "No such charge: 'ch_nope'");
    assert_eq!(reread(&client, &paid).await["amount_refunded"], 0);
    let dinars = charge(&client, "amount=12340&currency=kwd&source=tok_visa").await;
    assert_eq!(refund(&client, &dinars, "&amount=1235").await.status, 400);
    assert_eq!(refund(&client, &dinars, "&amount=1230").await.status, 200);
    let kronur = charge(&client, "amount=500000&currency=isk&source=tok_visa").await;
    assert_eq!(refund(&client, &kronur, "&amount=1050").await.status, 400);
    assert_eq!(refund(&client, &kronur, "&amount=1100").await.status, 200);
    let yen = charge(&client, "amount=1299&currency=jpy&source=tok_visa").await;
    assert_eq!(
        refund(&client, &yen, "&amount=1300").await.error().2,
        "Refund amount (¥1300) is greater than unrefunded amount on charge (¥1299)"
    );
}

#[tokio::test]
async fn disputed_charges_give_nothing_back_but_inquiries_do() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let disputed = charge(&client, "amount=2000&currency=usd&source=tok_createDispute").await;
    let now = reread(&client, &disputed).await;
    assert_eq!(now["disputed"], true);
    let refused = refund(&client, &disputed, "").await;
    assert_eq!(refused.error().1, "charge_disputed");
    assert_eq!(
        refused.error().2,
        format!("Charge {} has been charged back; cannot issue a refund.", text(&disputed, "id"))
    );
    assert!(refused.json()["error"].get("param").is_none());
    let dispute =
        &client.get(&format!("/v1/disputes?charge={}", text(&disputed, "id"))).await.json()["data"][0];
    assert_eq!(
        (text(dispute, "status"), dispute["is_charge_refundable"].as_bool()),
        ("needs_response", Some(false))
    );
    assert!(dispute["evidence_details"]["due_by"].as_i64().unwrap() > crate::moment().timestamp());
    assert_eq!(dispute["balance_transactions"][0]["net"], -3_500);
    let asked = charge(&client, "amount=2000&currency=usd&source=tok_createDisputeInquiry").await;
    assert_eq!(refund(&client, &asked, "").await.status, 200);
}

#[tokio::test]
async fn disputes_are_answered_and_closed() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    charge(&client, "amount=2000&currency=usd&source=tok_createDispute").await;
    charge(&client, "amount=2000&currency=usd&source=tok_createDispute").await;
    let page = client.get("/v1/disputes?limit=2").await.json();
    let path = |at: usize| format!("/v1/disputes/{}", text(&page["data"][at], "id"));
    let staged = client.post(&path(0), "evidence[product_description]=A%20tent&submit=false").await.json();
    assert_eq!(
        (text(&staged, "status"), staged["evidence_details"]["has_evidence"].as_bool()),
        ("needs_response", Some(true))
    );
    assert_eq!(client.post(&path(0), "evidence[colour]=red").await.error().1, "parameter_unknown");
    let sent = client.post(&path(0), "evidence[customer_name]=Ada").await.json();
    assert_eq!(
        (text(&sent, "status"), sent["evidence_details"]["submission_count"].as_i64()),
        ("under_review", Some(1))
    );
    assert_eq!(client.post(&format!("{}/close", path(1)), "").await.json()["status"], "lost");
    assert_eq!(client.post(&format!("{}/close", path(1)), "").await.status, 400);
}

#[tokio::test]
async fn a_refund_can_fail_after_it_succeeded() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let paid = charge(
        &client,
        "amount=2000&currency=usd&source[number]=4000000000005126&source[exp_month]=1&source[exp_year]=2030",
    )
    .await;
    let given = refund(&client, &paid, "").await.json();
    assert_eq!(text(&given, "status"), "succeeded");
    assert_eq!(reread(&client, &paid).await["refunded"], true);
    sandbox.advance(Duration::from_secs(5));
    let failed = client
        .get(&format!("/v1/refunds/{}?expand[]=failure_balance_transaction", text(&given, "id")))
        .await
        .json();
    assert_eq!(
        (text(&failed, "status"), text(&failed, "failure_reason")),
        ("failed", "expired_or_canceled_card")
    );
    assert_eq!(failed["failure_balance_transaction"]["net"], 2_000);
    let after = reread(&client, &paid).await;
    assert_eq!((after["amount_refunded"].as_i64(), after["refunded"].as_bool()), (Some(0), Some(false)));
    let event = &client.get("/v1/events?limit=1&type=refund.failed").await.json()["data"][0];
    assert_eq!(event["data"]["object"]["id"], given["id"]);
    let created = &client.get("/v1/events?limit=1&type=refund.created").await.json()["data"][0];
    assert_eq!(created["data"]["object"]["status"], "succeeded", "events show the object as it was");
    assert_eq!(refund(&client, &paid, "").await.status, 200, "the money is there again");
}

#[tokio::test]
async fn a_pending_refund_arrives_later() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let paid = charge(&client, "amount=2000&currency=usd&source=tok_pendingRefund").await;
    let given = refund(&client, &paid, "&amount=700").await.json();
    assert_eq!((text(&given, "status"), text(&given, "pending_reason")), ("pending", "processing"));
    assert_eq!(reread(&client, &paid).await["amount_refunded"], 700);
    sandbox.advance(Duration::from_secs(5));
    assert_eq!(
        client.get(&format!("/v1/refunds/{}", text(&given, "id"))).await.json()["status"],
        "succeeded"
    );
    let event = &client.get("/v1/events?limit=1&type=refund.updated").await.json()["data"][0];
    assert_eq!(event["data"]["previous_attributes"]["status"], "pending");
}

#[tokio::test]
async fn a_hold_is_released_whole_and_cancels_its_intent() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let intent = client
        .post(
            "/v1/payment_intents",
            "amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual",
        )
        .await
        .json();
    let form = format!("payment_intent={}", text(&intent, "id"));
    assert!(
        client
            .post("/v1/refunds", &format!("{form}&amount=500"))
            .await
            .error()
            .2
            .starts_with("You cannot partially refund an uncaptured charge.")
    );
    let released = client.post("/v1/refunds", &form).await.json();
    assert!(released["balance_transaction"].is_null());
    assert_eq!(
        client.get(&format!("/v1/payment_intents/{}", text(&intent, "id"))).await.json()["status"],
        "canceled"
    );
    assert_eq!(
        client.post(&format!("/v1/payment_intents/{}/capture", text(&intent, "id")), "").await.error().1,
        "payment_intent_unexpected_state"
    );
}

#[tokio::test]
async fn only_metadata_of_a_refund_changes_and_only_waiting_ones_are_canceled() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let paid = charge(&client, "amount=2000&currency=usd&source=tok_visa").await;
    let given = refund(&client, &paid, "").await.json();
    let path = format!("/v1/refunds/{}", text(&given, "id"));
    assert_eq!(client.post(&path, "metadata[note]=x").await.json()["metadata"]["note"], "x");
    assert_eq!(client.post(&path, "amount=5").await.error().1, "parameter_unknown");
    assert!(client.post(&format!("{path}/cancel"), "").await.error().2.contains("status of succeeded"));
    let waiting = all(&client, "/v1/refunds")
        .await
        .into_iter()
        .find(|refund| refund["status"] == "requires_action")
        .expect("the history has one that waits");
    let canceled = client.post(&format!("/v1/refunds/{}/cancel", text(&waiting, "id")), "").await.json();
    assert_eq!(canceled["status"], "canceled");
}

#[tokio::test]
async fn a_refund_that_is_held_moves_money_only_once_it_is_approved() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    for (decision, status, moved, left) in
        [("approve", "succeeded", true, 500), ("decline", "canceled", false, 2_000)]
    {
        let paid = charge(&client, "amount=2000&currency=usd&source=tok_reviewRefund").await;
        let held = refund(&client, &paid, "&amount=1500").await.json();
        assert_eq!(
            (&held["status"], &held["balance_transaction"]),
            (&"requires_review".into(), &Value::Null)
        );
        let id = text(&held, "id").to_owned();
        assert!(
            client.post(&format!("/v1/refunds/{id}/cancel"), "").await.error().2.contains("requires_review")
        );
        let path = format!("/v1/test_helpers/refunds/{id}/{decision}");
        let decided = client.post(&path, "").await.json();
        assert_eq!(
            (decided["status"].as_str(), decided["balance_transaction"].is_string()),
            (Some(status), moved)
        );
        assert!(client.post(&path, "").await.error().2.contains("waits for no approval"));
        let charge = client.get(&format!("/v1/charges/{}", text(&held, "charge"))).await.json();
        assert_eq!(charge["amount"].as_i64().unwrap() - charge["amount_refunded"].as_i64().unwrap(), left);
    }
}

#[tokio::test]
async fn failed_charges_are_not_refunded() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let failed = text(&client.post("/v1/charges", "amount=700&currency=usd&source=tok_chargeDeclined").await.json()["error"], "charge").to_owned();
    assert_eq!(
        client.post("/v1/refunds", &format!("charge={failed}")).await.error().1,
        "charge_not_refundable"
    );
}
