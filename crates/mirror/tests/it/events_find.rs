//! The history of events: what each word finds, in what order, and by what way.

use domain::{AccountId, Event, EventSubject, Record};
use mirror::{Came, Decided, FoundWhat, InboxState, KeyReference, LookBudget, Mirror, Received, Verdict};

use crate::support::*;

/// Events that differ in what searches ask for.
fn events() -> Vec<Event> {
    let about = |id: &str, kind: &str, object: &str, subject: &str, seconds: i64| Event {
        vendor_id: id.to_owned(),
        kind: kind.to_owned(),
        subject: EventSubject {
            object: Some(object.to_owned()),
            vendor_id: Some(subject.to_owned()),
            payment_id: Some("ch_1".to_owned()).filter(|_| object != "customer"),
            customer_id: Some("cus_7".to_owned()).filter(|_| object == "customer"),
        },
        request_id: Some(format!("req_{id}")),
        idempotency_key: None,
        ..event(id, "ch_1", seconds)
    };
    vec![
        about("evt_1", "charge.succeeded", "charge", "ch_1", NOON),
        about("evt_2", "charge.refunded", "charge", "ch_1", NOON + 10),
        about("evt_3", "refund.created", "refund", "re_1", NOON + 10),
        about("evt_4", "customer.updated", "customer", "cus_7", NOON + 86_400),
        Event {
            idempotency_key: Some("key-of-ours-which-is-long-0001".to_owned()),
            ..about("evt_5", "charge.updated", "charge", "ch_2", NOON + 90_000)
        },
    ]
}

async fn hook(mirror: &Mirror, account: AccountId) -> i64 {
    mirror.hooks().insert("hook-1", account, "stripe", &KeyReference::Vault, at(NOON)).await.unwrap().number
}

/// A request as it is kept: one that waits, or one that was refused or is kept apart for a reason.
async fn receive(
    mirror: &Mirror,
    account: AccountId,
    hook: i64,
    seconds: i64,
    verdict: Verdict,
    reason: Option<&str>,
) {
    let state = if reason.is_some() { InboxState::Apart } else { InboxState::Waiting };
    let received = Received {
        account_id: account,
        hook,
        received_at: at(seconds),
        method: "POST".to_owned(),
        path: "/hooks/…".to_owned(),
        headers: Vec::new(),
        body: b"{}".to_vec(),
        scheme: "stripe".to_owned(),
        verdict,
        state,
        reason: reason.map(str::to_owned),
        event_id: Some("evt_forged".to_owned()).filter(|_| reason == Some("mismatch")),
        event_type: Some("charge.refunded".to_owned()).filter(|_| reason == Some("mismatch")),
        replayable: true,
    };
    mirror.receive(&received).await.unwrap();
}

/// A mirror with events, of which the first was delivered too, and with two requests that brought none.
async fn stocked() -> (Home, Mirror, AccountId) {
    let (home, mirror, account) = shop().await;
    let page: Vec<_> = events().into_iter().map(|one| seen(Record::Event(one), NOON)).collect();
    mirror.commit_page(account, &page, None).await.unwrap();
    let hook = hook(&mirror, account).await;
    receive(&mirror, account, hook, NOON + 5, Verdict::Refused, Some("mismatch")).await;
    receive(&mirror, account, hook, NOON + 100_000, Verdict::Verified, Some("other_body")).await;
    receive(&mirror, account, hook, NOON + 1, Verdict::Verified, None).await;
    let brought = Decided {
        number: 3,
        state: InboxState::Known,
        reason: None,
        event_id: Some("evt_1".to_owned()),
        event_type: Some("charge.succeeded".to_owned()),
        several: Vec::new(),
    };
    mirror.inbox().decide(&[brought]).await.unwrap();
    (home, mirror, account)
}

fn id_of(what: &FoundWhat) -> String {
    match what {
        FoundWhat::Event(event) => event.vendor_id.clone(),
        FoundWhat::Request(request) => format!("in_{}", request.number),
    }
}

async fn found(mirror: &Mirror, query: &str) -> Vec<String> {
    let page = mirror.find_events(query, everywhere(), 100, None, None).await.unwrap();
    let all: Vec<String> = page.items.iter().map(|one| id_of(&one.what)).collect();
    let within = mirror.find_events(query, everywhere(), 100, None, Some(LookBudget::PAGE)).await.unwrap();
    assert_eq!(within.items, page.items, "{query}");
    let counted = mirror.count_events(query, everywhere(), None).await.unwrap();
    assert!(counted.exact && counted.events == all.len() as u64, "{query}: {counted:?}");
    all
}

#[tokio::test]
async fn each_word_finds_what_it_asks_for_and_requests_stand_among_the_events_by_their_time() {
    let (_home, mirror, _account) = stocked().await;
    let all = found(&mirror, "").await;
    assert_eq!(all.len(), 7);
    // Two are of one second, in the order of their keys.
    assert_eq!(all[..3], ["in_2", "evt_5", "evt_4"]);
    assert_eq!(all[5..], ["in_1", "evt_1"]);
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids.join(" ")
    };
    for (query, expected) in [
        ("type:charge.refunded", "evt_2 in_1"),
        ("charge.refunded", "evt_2 in_1"),
        ("type:charge.*", "evt_1 evt_2 evt_5 in_1"),
        ("*.updated", "evt_4 evt_5"),
        ("type:refund.created,customer.updated", "evt_3 evt_4"),
        ("refund", "evt_2 evt_3 in_1"),
        ("type:*.nowhere", ""),
        ("object:refund", "evt_3"),
        ("object:ch_1", "evt_1 evt_2"),
        ("ch_1", "evt_1 evt_2 evt_3 evt_5"),
        ("payment:ch_1", "evt_1 evt_2 evt_3 evt_5"),
        ("customer:cus_7", "evt_4"),
        ("cus_7", "evt_4"),
        ("id:evt_3", "evt_3"),
        ("id:evt_forged", "in_1"),
        ("in_2", "in_2"),
        ("request:req_evt_2", "evt_2"),
        ("req_evt_2", "evt_2"),
        ("key-of-ours-which-is-long-0001", "evt_5"),
        ("version:2026-01-01", "evt_1 evt_2 evt_3 evt_4 evt_5"),
        ("verdict:verified", "evt_1"),
        ("verdict:feed", "evt_2 evt_3 evt_4 evt_5"),
        ("verdict:refused", "in_1"),
        ("verdict:apart", "in_2"),
        ("verdict:refused,apart", "in_1 in_2"),
        ("-verdict:feed", "evt_1 in_1 in_2"),
        ("type:charge.* -evt_2", "evt_1 evt_5 in_1"),
        ("account:shop verdict:verified", "evt_1"),
        ("created:2026-03-02", "evt_4 evt_5 in_2"),
        ("created:2026-03-01T12:00:05Z..2026-03-01T12:00:11Z", "evt_2 evt_3 in_1"),
        ("(type:charge.refunded OR customer:cus_7) verdict:feed", "evt_2 evt_4"),
        ("-(type:charge.* OR verdict:apart)", "evt_3 evt_4"),
    ] {
        assert_eq!(sorted(found(&mirror, query).await), expected, "{query}");
    }
    let oldest = found(&mirror, "sort:created").await;
    assert_eq!(oldest, all.iter().rev().cloned().collect::<Vec<_>>());
    let page = mirror.find_events("in_1", everywhere(), 1, None, None).await.unwrap();
    assert_eq!(page.items[0].came, Came::Refused);
}

#[tokio::test]
async fn pages_leave_nothing_out_and_show_nothing_twice() {
    let (_home, mirror, _account) = stocked().await;
    for query in ["", "sort:created", "-verdict:verified", "refund OR ch_1"] {
        let whole = found(&mirror, query).await;
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = mirror.find_events(query, everywhere(), 2, after.as_deref(), None).await.unwrap();
            read.extend(page.items.iter().map(|one| id_of(&one.what)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(read, whole, "{query}");
    }
    let page = mirror.find_events("", everywhere(), 2, None, None).await.unwrap();
    let other = mirror.find_events("type:charge.*", everywhere(), 2, page.next.as_deref(), None).await;
    assert_eq!(other.unwrap_err().code(), "bad_cursor");
}

#[tokio::test]
async fn a_budget_that_ends_says_how_far_it_looked_and_the_next_page_looks_further() {
    let (_home, mirror, account) = shop().await;
    let many: Vec<_> = (0..6_000)
        .map(|one| seen(Record::Event(event(&format!("evt_{one}"), "ch_1", NOON + one)), NOON))
        .collect();
    for page in many.chunks(1_000) {
        mirror.commit_page(account, page, None).await.unwrap();
    }
    // No index knows of the version, so that event after event is looked at.
    let budget = LookBudget { steps: 1_000, rows: 2_000, time: None };
    let (mut pages, mut after, mut reached) = (0, None, at(i64::MAX / 2_000));
    loop {
        let page = mirror
            .find_events("version:1999", everywhere(), 50, after.as_deref(), Some(budget))
            .await
            .unwrap();
        assert!(page.items.is_empty());
        pages += 1;
        after = page.next;
        let Some(back) = page.looked_back_to else { break };
        assert!(back < reached, "{back:?} after {reached:?}");
        reached = back;
    }
    assert!((3..=5).contains(&pages), "{pages}");
    let counted = mirror.count_events("version:1999", everywhere(), Some(budget)).await.unwrap();
    assert!(!counted.exact && counted.looked_back_to.is_some());
}

#[tokio::test]
async fn every_word_goes_by_an_index_or_along_the_date() {
    let (_home, mirror, _account) = stocked().await;
    let walk = "events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
    let words = [
        ("type:charge.refunded", "events_kind (kind=? AND rowid>? AND rowid<?)"),
        ("type:charge.*", "events_kind"),
        ("object:refund", "events_object"),
        ("object:ch_1", "events_subject"),
        ("payment:ch_1", "events_payment"),
        ("payment:pay_1f", "events_payment"),
        ("customer:cus_7", "events_customer"),
        ("id:evt_1", "events_vendor_id"),
        ("request:req_1", "events_request"),
        ("key:abc", "events_idempotency_key"),
        ("verdict:verified", "events_signed (signed=? AND rowid>? AND rowid<?)"),
        ("verdict:feed", "events_signed"),
        ("verdict:refused", "inbox_place"),
        ("verdict:apart", "inbox_place"),
        ("version:2026-01-01", walk),
        ("account:shop", walk),
        ("created:2026-03", walk),
        ("", walk),
        ("in_2", "inbox USING INTEGER PRIMARY KEY"),
    ];
    for (word, way) in words {
        for query in [word.to_owned(), format!("{word} sort:created"), format!("{word} created:2026-03")] {
            let plan = mirror.explain_events(&query, everywhere()).await.unwrap();
            assert!(plan.iter().any(|line| line.contains(way)), "{query} by {way}: {plan:#?}");
            assert_bounded(&query, &plan);
        }
        for query in [
            format!("-({word} type:a)"),
            format!("{word} -type:a"),
            format!("{word} OR version:1"),
            format!("{word} OR customer:cus_1"),
        ] {
            assert_bounded(&query, &mirror.explain_events(&query, everywhere()).await.unwrap());
        }
    }
}

/// No table is read from end to end, and nothing is sorted but the few rows that one id has.
fn assert_bounded(query: &str, plan: &[String]) {
    for line in plan {
        let bare_scan = line.starts_with("SCAN events") || line.starts_with("SCAN inbox");
        assert!(!bare_scan || line.contains("USING"), "{query}: {plan:#?}");
        let sorts = line.contains("USE TEMP B-TREE FOR ORDER BY");
        assert!(!sorts || query.contains("in_") || query.contains("id:"), "{query}: {plan:#?}");
    }
}

#[tokio::test]
async fn what_can_be_typed_next_is_offered() {
    let (_home, mirror, _account) = stocked().await;
    let offers = |text: &'static str| {
        let mirror = mirror.clone();
        async move {
            let found = mirror.complete_events(text, usize::MAX).await.unwrap();
            found.offers.into_iter().map(|offer| offer.text).collect::<Vec<_>>()
        }
    };
    assert_eq!(offers("ty").await, ["type:"]);
    assert_eq!(offers("type:charge.r").await, ["charge.refunded"]);
    assert_eq!(
        offers("type:ch").await,
        ["charge.*", "charge.refunded", "charge.succeeded", "charge.updated"]
    );
    assert_eq!(offers("verdict:re").await, ["refused"]);
    assert_eq!(offers("verdict:verified,a").await, ["apart"]);
    assert_eq!(offers("object:re").await, ["refund"]);
    assert_eq!(offers("account:s").await, ["shop"]);
    assert_eq!(offers("vredict").await, ["verdict:"]);
    assert_eq!(offers("").await.len(), mirror::find::event_field_words().count());
}
