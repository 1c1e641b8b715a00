//! A history of which only the newest part is played: the archive behind it over the wire.

use std::collections::BTreeSet;

use sandbox::{Sandbox, SandboxConfig};
use serde_json::Value;

use crate::client::{Client, all, ids, text};

const CHARGES: u32 = 3_500;

fn config() -> SandboxConfig {
    SandboxConfig { charges: CHARGES, recent_charges: 400, ..crate::config() }
}

async fn start() -> Sandbox {
    Sandbox::start(config()).await.unwrap()
}

fn number(row: &Value, name: &str) -> i64 {
    row[name].as_i64().unwrap_or_else(|| panic!("{name} in {row}"))
}

/// The oldest row that the test asks for.
fn oldest(rows: &[Value], wanted: impl Fn(&Value) -> bool) -> &Value {
    rows.iter().rev().find(|row| wanted(row)).unwrap()
}

fn refundable(charge: &Value) -> bool {
    charge["captured"] == true && charge["disputed"] == false && charge["amount_refunded"] == 0
}

#[tokio::test]
async fn pages_of_every_kind_meet_each_row_once_in_order() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    for kind in
        ["charges", "payment_intents", "refunds", "customers", "disputes", "balance_transactions", "payouts"]
    {
        let rows = all(&client, &format!("/v1/{kind}")).await;
        let distinct: BTreeSet<&str> = rows.iter().map(|row| text(row, "id")).collect();
        assert_eq!(distinct.len(), rows.len(), "{kind}");
        assert!(
            rows.is_sorted_by(|newer, older| number(newer, "created") >= number(older, "created")),
            "{kind}"
        );
        if kind == "charges" {
            assert_eq!(rows.len(), CHARGES as usize);
        }
        // Upwards from the oldest, the same rows.
        let mut up = vec![text(rows.last().unwrap(), "id").to_owned()];
        loop {
            let page =
                client.get(&format!("/v1/{kind}?limit=100&ending_before={}", up[up.len() - 1])).await.json();
            up.extend(ids(&page).into_iter().rev());
            if page["has_more"] == false {
                break;
            }
        }
        up.reverse();
        assert_eq!(up, rows.iter().map(|row| text(row, "id").to_owned()).collect::<Vec<_>>(), "{kind}");
        // Each is found by its id and is the same there; some of them, to keep the test short.
        for row in rows.iter().step_by(97) {
            assert_eq!(client.get(&format!("/v1/{kind}/{}", text(row, "id"))).await.json(), *row);
        }
    }
}

#[tokio::test]
async fn ranges_and_filters_find_what_a_scan_finds() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let charges = all(&client, "/v1/charges").await;
    for kind in ["charges", "balance_transactions", "refunds"] {
        let rows = all(&client, &format!("/v1/{kind}")).await;
        let (newer, older) =
            (number(&rows[rows.len() / 3], "created"), number(&rows[rows.len() * 2 / 3], "created"));
        let found = all(&client, &format!("/v1/{kind}?created[gte]={older}&created[lt]={newer}")).await;
        let scanned: Vec<&Value> =
            rows.iter().filter(|row| (older..newer).contains(&number(row, "created"))).collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), scanned, "{kind}");
    }
    let twice = charges.iter().rev().filter_map(|charge| charge["customer"].as_str());
    let mut seen = BTreeSet::new();
    let customer = twice.into_iter().find(|customer| !seen.insert(*customer)).unwrap();
    let own = all(&client, &format!("/v1/charges?customer={customer}")).await;
    let scanned: Vec<&Value> = charges.iter().filter(|charge| charge["customer"] == customer).collect();
    assert_eq!(own.iter().collect::<Vec<_>>(), scanned);
    let intents = all(&client, &format!("/v1/payment_intents?customer={customer}")).await;
    assert!(!intents.is_empty() && intents.iter().all(|intent| intent["customer"] == customer));
    let cards = all(&client, &format!("/v1/payment_methods?customer={customer}")).await;
    assert_eq!(cards.len(), 1);
    let refunded = oldest(&charges, |charge| number(charge, "amount_refunded") > 0);
    let refunds = all(&client, &format!("/v1/refunds?charge={}", text(refunded, "id"))).await;
    assert!(!refunds.is_empty() && refunds.iter().all(|refund| refund["charge"] == refunded["id"]));
}

#[tokio::test]
async fn archived_rows_expand() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let refunds = all(&client, "/v1/refunds?expand[]=data.charge.customer&expand[]=data.charge.balance_transaction.source&expand[]=data.payment_intent.latest_charge").await;
    for refund in &refunds {
        assert_eq!(text(&refund["charge"], "object"), "charge");
        let line = &refund["charge"]["balance_transaction"];
        assert!(line.is_null() || line["source"]["id"] == refund["charge"]["id"]);
        let intent = &refund["payment_intent"];
        assert!(intent.is_null() || intent["latest_charge"]["id"] == refund["charge"]["id"]);
    }
    let lines = all(&client, "/v1/balance_transactions?expand[]=data.source").await;
    for line in &lines {
        let named = &line["source"]["balance_transaction"];
        let also = &line["source"]["failure_balance_transaction"];
        assert!(named == &line["id"] || also == &line["id"] || line["type"] == "adjustment", "{line}");
    }
}

#[tokio::test]
async fn a_client_changes_archived_rows_and_a_restart_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = SandboxConfig { state_file: Some(folder.path().join("state")), ..config() };
    let sandbox = Sandbox::start(config.clone()).await.unwrap();
    let client = Client::new(&sandbox);
    let charges = all(&client, "/v1/charges").await;
    let charge = oldest(&charges, |charge| refundable(charge) && charge["customer"].is_string());
    let (id, amount) = (text(charge, "id"), number(charge, "amount_captured"));
    let customer = text(charge, "customer");
    let refund = client.post("/v1/refunds", &format!("charge={id}")).await.json();
    assert_eq!((text(&refund, "status"), number(&refund, "amount")), ("succeeded", amount));
    let newest = client.get("/v1/refunds?limit=1").await.json();
    assert_eq!(newest["data"][0]["id"], refund["id"]);
    let changed = client.get(&format!("/v1/charges/{id}")).await.json();
    assert_eq!((number(&changed, "amount_refunded"), &changed["refunded"]), (amount, &Value::Bool(true)));
    assert_eq!(
        client.post("/v1/refunds", &format!("charge={id}")).await.error().1,
        "charge_already_refunded"
    );
    let noted = client.post(&format!("/v1/charges/{id}"), "metadata[note]=old").await.json();
    assert_eq!(text(&noted["metadata"], "note"), "old");
    let named = client.post(&format!("/v1/customers/{customer}"), "name=Somebody Else").await.json();
    assert_eq!(text(&named, "name"), "Somebody Else");
    let cards = all(&client, &format!("/v1/payment_methods?customer={customer}")).await;
    let card = text(&cards[0], "id");
    let paid = client
        .post(
            "/v1/payment_intents",
            &format!("amount=500&currency=usd&customer={customer}&payment_method={card}&confirm=true"),
        )
        .await
        .json();
    assert_eq!(text(&paid, "status"), "succeeded");
    let own = ids(&client.get(&format!("/v1/charges?customer={customer}&limit=100")).await.json());
    assert!(own.contains(&id.to_owned()) && own[0] == text(&paid, "latest_charge"));
    let other = oldest(&charges, |other| other["customer"].is_string() && other["customer"] != customer);
    let gone = text(other, "customer");
    assert_eq!(client.delete(&format!("/v1/customers/{gone}")).await.json()["deleted"], true);
    let customers = all(&client, "/v1/customers").await;
    assert!(customers.iter().all(|row| row["id"] != gone));
    let before = all(&client, "/v1/charges").await;
    assert_eq!(before.len(), CHARGES as usize + 1);
    drop(sandbox);
    let again = Sandbox::start(config).await.unwrap();
    let client = Client::new(&again);
    assert_eq!(all(&client, "/v1/charges").await, before);
    assert_eq!(all(&client, "/v1/customers").await, customers);
}

#[tokio::test]
async fn the_balance_is_the_sum_of_all_lines() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let lines = all(&client, "/v1/balance_transactions").await;
    let balance = client.get("/v1/balance").await.json();
    for (side, status) in [("available", "available"), ("pending", "pending")] {
        for sum in balance[side].as_array().unwrap() {
            let own =
                lines.iter().filter(|line| line["currency"] == sum["currency"] && line["status"] == status);
            assert_eq!(
                own.map(|line| number(line, "net")).sum::<i64>(),
                number(sum, "amount"),
                "{side} {sum}"
            );
        }
    }
}
