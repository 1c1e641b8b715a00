//! The history of events on a real listener and a real vendor: found, compared, exported, missed and caused.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use contract::ErrorCode;
use contract::events::ShowEvent;
use contract::history::{
    CameBy, CountEvents, DiffEvents, ExportEvents, ListEvents, ShowMissed, TriggerEvent,
};
use contract::shared::ListRange;
use domain::Timestamp;
use serde_json::json;
use webhooks::{Keys, RecordedRequest, Rules, Scheme};

use crate::listening::{SECRET, customer, decided, deliver, deliver_signed, event, hook, listed, now, shop};
use crate::support::{SANDBOX, TestHome, synced};

fn find(query: &str) -> ListEvents {
    ListEvents { query: query.to_owned(), range: ListRange::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_refused_requests_stand_in_one_history_and_are_compared_and_exported() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let at = now();
    let mut second = event("evt_2", "customer.updated", at - 5, &customer("cus_a", "Ada II", at - 100));
    second["data"]["previous_attributes"] = json!({ "name": "Ada" });
    assert_eq!(
        deliver(&hook, &event("evt_1", "customer.created", at - 50, &customer("cus_a", "Ada", at - 100)))
            .await,
        200
    );
    assert_eq!(deliver(&hook, &second).await, 200);
    assert_eq!(deliver_signed(&hook, "whsec_of_nobody", b"{\"id\":\"evt_forged\"}", at).await, 400);
    decided(&desk, 3).await;

    let all = desk.call(SANDBOX, find("customer:cus_a OR verdict:refused")).await.unwrap();
    let ids: Vec<&str> = all.items.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["in_3", "evt_2", "evt_1"]);
    assert_eq!((all.items[0].came, all.items[0].reason.as_deref()), (CameBy::Refused, Some("mismatch")));
    assert!(all.items[1..].iter().all(|one| one.came == CameBy::Verified));
    let count = CountEvents { query: "verdict:verified".to_owned(), exact: true };
    assert_eq!(desk.call(SANDBOX, count).await.unwrap().events, 2);
    let mistake = desk.call(SANDBOX, find("verdit:refused")).await.unwrap_err();
    assert_eq!((mistake.code, mistake.params["column"].as_str()), (ErrorCode::BadQuery, "1"));
    assert_eq!(mistake.params["nearest"], "verdict");

    // The older one stands first, whichever is named first.
    for (one, other) in [("evt_1", "evt_2"), ("evt_2", "evt_1")] {
        let request = DiffEvents { one: one.to_owned(), other: Some(other.to_owned()) };
        let diff = desk.call(SANDBOX, request).await.unwrap();
        assert_eq!((diff.before.id.as_str(), diff.after.id.as_str()), ("evt_1", "evt_2"));
        let [change] = diff.changes.as_slice() else { panic!("{:?}", diff.changes) };
        assert_eq!((change.path.as_str(), change.before.as_deref()), ("name", Some("\"Ada\"")));
        assert!(diff.same_object && diff.previous_attributes.unwrap().contains("Ada"));
    }
    let present = desk.call(SANDBOX, DiffEvents { one: "evt_1".to_owned(), other: None }).await.unwrap();
    assert!(present.changes.iter().any(|one| one.after.as_deref() == Some("\"Ada II\"")), "{present:?}");
    let shown = desk.call(SANDBOX, ShowEvent { id: "evt_2".to_owned() }).await.unwrap();
    assert_eq!(shown.versions.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["evt_2", "evt_1"]);
    assert!(shown.received[0].signed_at.is_some() && shown.received[0].scheme == "stripe");

    exported_is_what_came(&desk, &home).await;
    desk.close().await;
    vendor.stop().await;
}

async fn exported_is_what_came(desk: &desk::Connection, home: &TestHome) {
    let file = home.folder.path().join("events.jsonl");
    let request = ExportEvents { query: "customer:cus_a".to_owned(), to: file.display().to_string() };
    let exported = desk.call(SANDBOX, request.clone()).await.unwrap();
    assert_eq!((exported.requests, exported.from_feed, exported.left_out), (2, 0, 0));
    assert_eq!(desk.call(SANDBOX, request).await.unwrap_err().code, ErrorCode::FileExists);
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<RecordedRequest> =
        text.lines().map(|line| RecordedRequest::from_json(line.as_bytes()).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    for line in &lines {
        // What the vendor signed is what is in the file, so its signature still holds.
        let keys = Keys { secrets: vec![domain::Secret::new(SECRET)], ..Keys::default() };
        let rules = Rules { at: Timestamp::from_seconds(now()), tolerance: None };
        assert!(webhooks::verify(Scheme::Stripe, line, &keys, &rules).is_ok(), "{}", line.url);
    }
    let nowhere = home.folder.path().join("mistake.jsonl");
    let request = ExportEvents { query: "colour:red".to_owned(), to: nowhere.display().to_string() };
    assert_eq!(desk.call(SANDBOX, request).await.unwrap_err().code, ErrorCode::BadQuery);
    assert!(!nowhere.exists(), "a search that cannot be read left a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_caused_at_the_sandbox_comes_by_the_feed_and_counts_as_missed() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    synced(&desk).await;
    let since = Timestamp::from_seconds(now() - 1);
    for event_type in vendors::stripe::triggers() {
        let request = TriggerEvent { event_type: event_type.to_owned(), account: None };
        let done = desk.call(SANDBOX, request).await.unwrap();
        assert!(done.event.is_some_and(|id| id.starts_with("evt_")), "{event_type}: {:?}", done.steps);
    }
    let unknown = TriggerEvent { event_type: "moon.eclipsed".to_owned(), account: None };
    let refused = desk.call(SANDBOX, unknown).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::UnknownTrigger);
    assert!(refused.params["known"].contains("charge.refunded"));
    // Following holds back the newest seconds of the feed.
    let began = std::time::Instant::now();
    let found = loop {
        synced(&desk).await;
        let found = listed(&desk, "customer.deleted").await;
        if !found.is_empty() {
            break found;
        }
        assert!(began.elapsed() < crate::listening::LIMIT, "it did not come by the feed");
    };
    assert!(found.iter().all(|one| one.came == CameBy::Feed));
    let missed = desk.call(SANDBOX, ShowMissed { account: None, since: Some(since) }).await.unwrap();
    let [gap] = missed.items.as_slice() else { panic!("{missed:?}") };
    assert!(gap.types.iter().any(|one| one.event_type == "customer.deleted" && one.events == 1), "{gap:?}");
    let count = CountEvents { query: gap.query.clone(), exact: true };
    assert_eq!(desk.call(SANDBOX, count).await.unwrap().events, gap.events, "{}", gap.query);
    desk.close().await;
    vendor.stop().await;
}
