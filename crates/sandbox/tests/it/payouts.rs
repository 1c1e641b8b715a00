//! Payouts that a client asks for, and money that is available at once.

use std::time::Duration;

use serde_json::Value;

use crate::client::Client;
use crate::start;

const FUNDS: &str = "amount=100000&currency=usd&confirm=true&payment_method=pm_card_bypassPending&payment_method_types[]=card";

async fn newest(client: &Client, event_type: &str) -> Value {
    client.get(&format!("/v1/events?type={event_type}&limit=1")).await.json()["data"][0].clone()
}

fn available(balance: &Value) -> i64 {
    let sums = balance["available"].as_array().unwrap();
    sums.iter().find(|one| one["currency"] == "usd").unwrap()["amount"].as_i64().unwrap()
}

#[tokio::test]
async fn a_card_that_bypasses_pending_brings_money_that_is_available_at_once_and_says_so() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let before = available(&client.get("/v1/balance").await.json());
    assert_eq!(client.post("/v1/payment_intents", FUNDS).await.status, 200);
    let told = newest(&client, "balance.available").await;
    let balance = client.get("/v1/balance").await.json();
    assert_eq!(told["data"]["object"], balance, "the event shows the balance as it was then");
    assert_eq!(available(&balance), before + 100_000 - 2_930);
}

#[tokio::test]
async fn a_payout_is_pending_until_it_arrives_and_what_it_takes_is_not_available_any_more() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    client.post("/v1/payment_intents", FUNDS).await;
    let before = available(&client.get("/v1/balance").await.json());
    let made = client.post("/v1/payouts", "amount=1100&currency=usd&description=By+hand").await.json();
    assert_eq!((made["status"].as_str(), made["automatic"].as_bool()), (Some("pending"), Some(false)));
    assert_eq!(available(&client.get("/v1/balance").await.json()), before - 1_100);
    assert_eq!(newest(&client, "payout.created").await["data"]["object"]["id"], made["id"]);
    let too_much = client.post("/v1/payouts", &format!("amount={before}&currency=usd")).await;
    assert_eq!((too_much.status, too_much.error().1), (400, "balance_insufficient".to_owned()));
    sandbox.advance(Duration::from_secs(3 * 86_400));
    let paid = newest(&client, "payout.paid").await;
    assert_eq!(paid["data"]["object"]["id"], made["id"]);
    assert_eq!(paid["data"]["previous_attributes"]["status"], "pending");
    let late = client.post(&format!("/v1/payouts/{}/cancel", made["id"].as_str().unwrap()), "").await;
    assert_eq!(late.status, 400, "it is in the bank");
}

#[tokio::test]
async fn a_payout_that_is_canceled_or_comes_back_gives_its_money_back() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    client.post("/v1/payment_intents", FUNDS).await;
    let before = available(&client.get("/v1/balance").await.json());
    let made = client.post("/v1/payouts", "amount=1100&currency=usd").await.json();
    let id = made["id"].as_str().unwrap().to_owned();
    let canceled = client.post(&format!("/v1/payouts/{id}/cancel"), "").await.json();
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(newest(&client, "payout.canceled").await["data"]["object"]["id"], made["id"]);
    let closed = "amount=1100&currency=usd&method=instant&destination=btok_us_account_closed";
    let failed = client.post("/v1/payouts", closed).await.json();
    assert_eq!(
        (failed["status"].as_str(), failed["failure_code"].as_str()),
        (Some("failed"), Some("account_closed"))
    );
    let told = newest(&client, "payout.failed").await;
    assert_eq!(told["data"]["object"]["id"], failed["id"]);
    let instant = client.post("/v1/payouts", "amount=1100&currency=usd&method=instant").await.json();
    assert_eq!((instant["status"].as_str(), instant["method"].as_str()), (Some("paid"), Some("instant")));
    assert_eq!(available(&client.get("/v1/balance").await.json()), before - 1_100);
    // What was canceled does not arrive later.
    sandbox.advance(Duration::from_secs(3 * 86_400));
    assert_eq!(client.get(&format!("/v1/payouts/{id}")).await.json()["status"], "canceled");
    let unknown = client.post("/v1/payouts", "amount=1100&currency=usd&destination=ba_elsewhere").await;
    assert_eq!(unknown.status, 404);
}
