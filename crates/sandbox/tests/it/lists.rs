//! Lists: both directions, ranges, filters, expansion, and money that adds up over the wire.

use std::collections::BTreeSet;

use crate::client::{Client, all, ids, text};
use crate::start;

#[tokio::test]
async fn walking_down_and_up_meets_every_charge_once() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let down: Vec<String> =
        all(&client, "/v1/charges").await.iter().map(|charge| text(charge, "id").to_owned()).collect();
    assert_eq!(down.len(), 500);
    assert_eq!(down.iter().collect::<BTreeSet<_>>().len(), 500);
    let mut up: Vec<String> = vec![down[499].clone()];
    loop {
        let page =
            client.get(&format!("/v1/charges?limit=37&ending_before={}", up[up.len() - 1])).await.json();
        up.extend(ids(&page).into_iter().rev());
        if page["has_more"] == false {
            break;
        }
    }
    up.reverse();
    assert_eq!(up, down);
}

#[tokio::test]
async fn limits_and_cursors_are_checked() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    assert_eq!(client.get("/v1/charges").await.json()["data"].as_array().unwrap().len(), 10);
    for bad in ["limit=0", "limit=101", "limit=-1", "limit=x"] {
        let answer = client.get(&format!("/v1/charges?{bad}")).await;
        assert_eq!((answer.status, answer.error().1.as_str()), (400, "parameter_invalid_integer"), "{bad}");
    }
    let newest = ids(&client.get("/v1/charges?limit=1").await.json())[0].clone();
    let both = client.get(&format!("/v1/charges?starting_after={newest}&ending_before={newest}")).await;
    assert_eq!(both.error().1, "parameters_exclusive");
    assert_eq!(client.get("/v1/charges?starting_after=ch_x").await.error().1, "resource_missing");
    let envelope = client.get(&format!("/v1/charges?ending_before={newest}")).await.json();
    assert_eq!(
        (text(&envelope, "object"), text(&envelope, "url"), envelope["has_more"].as_bool()),
        ("list", "/v1/charges", Some(false))
    );
}

#[tokio::test]
async fn created_ranges_cut_exactly() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let charges = all(&client, "/v1/charges").await;
    let created = |at: usize| charges[at]["created"].as_i64().unwrap();
    let (newer, older) = (created(100), created(200));
    let count = |from: i64, to: i64| {
        charges.iter().filter(|charge| (from..=to).contains(&charge["created"].as_i64().unwrap())).count()
    };
    let inside = all(&client, &format!("/v1/charges?created[gte]={older}&created[lte]={newer}")).await;
    assert_eq!(inside.len(), count(older, newer));
    let between = all(&client, &format!("/v1/charges?created[gt]={older}&created[lt]={newer}")).await;
    assert_eq!(between.len(), count(older + 1, newer - 1));
    assert_eq!(all(&client, &format!("/v1/charges?created={newer}")).await.len(), count(newer, newer));
    assert_eq!(client.get("/v1/charges?created[near]=5").await.error().1, "parameter_unknown");
}

#[tokio::test]
async fn filters_find_what_a_scan_finds() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let charges = all(&client, "/v1/charges").await;
    let refunds = all(&client, "/v1/refunds").await;
    let customer = charges.iter().find_map(|charge| charge["customer"].as_str()).unwrap();
    let own = all(&client, &format!("/v1/charges?customer={customer}")).await;
    assert_eq!(own.len(), charges.iter().filter(|charge| charge["customer"] == customer).count());
    let intent = refunds.iter().find_map(|refund| refund["payment_intent"].as_str()).unwrap();
    let of_intent = all(&client, &format!("/v1/refunds?payment_intent={intent}")).await;
    assert_eq!(of_intent.len(), refunds.iter().filter(|refund| refund["payment_intent"] == intent).count());
    let lines = all(&client, "/v1/balance_transactions").await;
    let adjustments = all(&client, "/v1/balance_transactions?type=adjustment").await;
    assert_eq!(adjustments.len(), lines.iter().filter(|line| line["type"] == "adjustment").count());
    assert!(!adjustments.is_empty());
    let charge = charges.iter().find(|charge| !charge["balance_transaction"].is_null()).unwrap();
    let of_source = all(&client, &format!("/v1/balance_transactions?source={}", text(charge, "id"))).await;
    assert_eq!(of_source[0]["id"], charge["balance_transaction"]);
    let paid = all(&client, "/v1/payouts?status=paid").await;
    assert!(paid.iter().all(|payout| payout["status"] == "paid") && !paid.is_empty());
}

#[tokio::test]
async fn payouts_add_up_over_the_wire() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    for payout in all(&client, "/v1/payouts").await.iter().take(40) {
        let lines = all(&client, &format!("/v1/balance_transactions?payout={}", text(payout, "id"))).await;
        let (own, others): (Vec<_>, Vec<_>) =
            lines.iter().partition(|line| line["id"] == payout["balance_transaction"]);
        let sum: i64 = others.iter().map(|line| line["net"].as_i64().unwrap()).sum();
        assert_eq!(Some(sum), payout["amount"].as_i64());
        assert_eq!(own[0]["net"].as_i64(), payout["amount"].as_i64().map(|amount| -amount));
        for line in &lines {
            assert_eq!(
                line["net"].as_i64().unwrap(),
                line["amount"].as_i64().unwrap() - line["fee"].as_i64().unwrap()
            );
        }
    }
}

#[tokio::test]
async fn events_are_filtered_and_end_after_thirty_days() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let events = all(&client, "/v1/events").await;
    let oldest = events.last().unwrap()["created"].as_i64().unwrap();
    assert!(oldest >= crate::moment().timestamp() - 30 * 86_400);
    let refunds = all(&client, "/v1/events?type=refund.*").await;
    assert_eq!(
        refunds.len(),
        events.iter().filter(|event| text(event, "type").starts_with("refund.")).count()
    );
    let two = all(&client, "/v1/events?types[0]=charge.succeeded&types[1]=charge.failed").await;
    assert_eq!(
        two.len(),
        events
            .iter()
            .filter(|event| matches!(text(event, "type"), "charge.succeeded" | "charge.failed"))
            .count()
    );
    assert_eq!(client.get("/v1/events?type=a&types[]=b").await.error().1, "parameters_exclusive");
    let many: Vec<String> = (0..21).map(|at| format!("types[{at}]=charge.failed")).collect();
    assert_eq!(client.get(&format!("/v1/events?{}", many.join("&"))).await.status, 400);
    let id = text(events.last().unwrap(), "id").to_owned();
    sandbox.advance(std::time::Duration::from_secs(40 * 86_400));
    assert_eq!(client.get(&format!("/v1/events/{id}")).await.status, 404);
    assert!(all(&client, "/v1/events").await.is_empty());
}

#[tokio::test]
async fn expansion_goes_four_levels_deep_and_no_further() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let page = client.get("/v1/refunds?limit=3&expand[]=data.charge.customer&expand[]=data.charge.balance_transaction.source").await.json();
    for refund in page["data"].as_array().unwrap() {
        assert_eq!(text(&refund["charge"], "object"), "charge");
        assert!(
            refund["charge"]["customer"].is_null() || refund["charge"]["customer"]["object"] == "customer"
        );
        assert_eq!(refund["charge"]["balance_transaction"]["source"]["id"], refund["charge"]["id"]);
    }
    let deep = client.get("/v1/refunds?expand[]=data.charge.payment_intent.latest_charge.customer").await;
    assert!(deep.error().2.contains("more than 4 levels"), "{:?}", deep.error());
    assert!(client.get("/v1/charges?expand[]=customer").await.error().2.contains("data.customer"));
}
