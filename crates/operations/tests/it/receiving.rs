//! What was received and cannot be applied keeps nothing else waiting.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use domain::Timestamp;
use mirror::{InboxState, KeyReference, Received, Verdict};
use operations::OpenAccount;
use operations::inbox::apply_waiting;
use serde_json::{Value, json};
use vendors::stripe::API_VERSION;

use crate::support::{call_vendor, sync, world};

async fn came(account: &OpenAccount, hook: i64, id: &str) {
    let customer =
        json!({ "id": "cus_1", "object": "customer", "created": 1, "livemode": false, "metadata": {} });
    told(account, hook, id, "customer.created", 1, &customer).await;
}

async fn told(account: &OpenAccount, hook: i64, id: &str, kind: &str, created: i64, object: &Value) {
    let event = json!({
        "id": id, "object": "event", "api_version": API_VERSION, "created": created, "livemode": false, "type": kind,
        "pending_webhooks": 1, "data": { "object": object },
    });
    let received = Received {
        account_id: account.id(),
        hook,
        received_at: Timestamp::from_ms(2_000),
        method: "POST".to_owned(),
        path: "/hooks/…".to_owned(),
        headers: Vec::new(),
        body: event.to_string().into_bytes(),
        scheme: "stripe".to_owned(),
        verdict: Verdict::Verified,
        state: InboxState::Waiting,
        reason: None,
        event_id: None,
        event_type: None,
        replayable: true,
    };
    account.mirror.receive(&received).await.unwrap();
}

#[tokio::test]
async fn a_request_whose_known_event_was_damaged_on_the_disk_does_not_keep_others_waiting() {
    let world = world(1).await;
    let (account, mirror) = (&world.account, &world.account.mirror);
    let hooks = mirror.hooks();
    let hook =
        hooks.insert("hook-1", account.id(), "stripe", &KeyReference::Vault, Timestamp::from_ms(1)).await;
    let hook = hook.unwrap().number;
    let accounts = [account.row.clone()];
    came(account, hook, "evt_1").await;
    assert_eq!(apply_waiting(mirror, &accounts, 100).await.unwrap()[0].state, InboxState::Applied);
    let damage = "update raw_objects set json_zstd = x'00' where key in (select key from events)";
    assert_eq!(mirror.tamper(damage).await.unwrap(), 1);
    came(account, hook, "evt_1").await;
    came(account, hook, "evt_2").await;
    let taken = apply_waiting(mirror, &accounts, 100).await.unwrap();
    let became: Vec<_> = taken.iter().map(|one| (one.state, one.row.reason.as_deref())).collect();
    assert_eq!(became, [(InboxState::Apart, Some("damaged")), (InboxState::Applied, None)]);
}

#[tokio::test]
async fn an_event_of_a_row_that_was_damaged_on_the_disk_is_kept_and_keeps_no_other_waiting() {
    let world = world(2).await;
    let (account, mirror) = (&world.account, &world.account.mirror);
    sync(account).await.unwrap();
    let hook = mirror
        .hooks()
        .insert("hook-1", account.id(), "stripe", &KeyReference::Vault, Timestamp::from_ms(1))
        .await;
    let hook = hook.unwrap().number;
    let accounts = [account.row.clone()];
    let list = call_vendor(&world.vendor, "GET", "/v1/charges?limit=2", "").await;
    let mut charges = list["data"].as_array().unwrap().clone();
    let damaged = charges[0]["id"].as_str().unwrap().to_owned();
    let damage = format!("update payments set currency = '?' where vendor_id = '{damaged}'");
    assert_eq!(mirror.tamper(&damage).await.unwrap(), 1);
    let created = account.clock.now().as_ms() / 1_000 + 60;
    for (charge, id) in charges.iter_mut().zip(["evt_damaged", "evt_whole"]) {
        charge["description"] = json!("told by an event");
        told(account, hook, id, "charge.updated", created, charge).await;
    }
    let taken = apply_waiting(mirror, &accounts, 100).await.unwrap();
    let states: Vec<_> = taken.iter().map(|one| one.state).collect();
    assert_eq!(states, [InboxState::Applied, InboxState::Applied]);
    for (charge, is_told) in charges.iter().zip([false, true]) {
        let raw = mirror.payments().raw(account.id(), charge["id"].as_str().unwrap()).await.unwrap().unwrap();
        assert_eq!(String::from_utf8(raw).unwrap().contains("told by an event"), is_told);
    }
    let events = mirror.events();
    assert!(events.by_id(account.id(), "evt_damaged").await.unwrap().is_some());
    assert!(apply_waiting(mirror, &accounts, 100).await.unwrap().is_empty());
}
