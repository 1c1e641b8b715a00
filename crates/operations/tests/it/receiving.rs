//! What was received and cannot be applied keeps nothing else waiting.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use domain::Timestamp;
use mirror::{InboxState, KeyReference, Received, Verdict};
use operations::OpenAccount;
use operations::inbox::apply_waiting;
use serde_json::json;

use crate::support::world;

async fn came(account: &OpenAccount, hook: i64, id: &str) {
    let customer =
        json!({ "id": "cus_1", "object": "customer", "created": 1, "livemode": false, "metadata": {} });
    let event = json!({
        "id": id, "object": "event", "created": 1, "livemode": false, "type": "customer.created",
        "pending_webhooks": 1, "data": { "object": customer },
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
