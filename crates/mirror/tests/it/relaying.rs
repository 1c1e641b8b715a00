//! Events on their way to endpoints: none lost and none doubled by a kill, a restart or a copy that comes back, and a person
//! in no answer that is kept.

use domain::{AccountId, Record};
use mirror::{
    AttemptEnd, DeliveryBody, DeliveryFilter, DeliveryRow, DeliveryState, EndpointFacts, EndpointForm,
    EndpointPurpose, EndpointRow, EndpointState, KeyReference, Lane, Mirror, NewDelivery, NewEndpoint, Next,
    RestoreOptions, SentOn, restore,
};

use crate::support::*;

pub(crate) async fn endpoint(mirror: &Mirror, id: &str) -> EndpointRow {
    let new = NewEndpoint {
        id: id.to_owned(),
        account_id: None,
        purpose: EndpointPurpose::Standing,
        form: EndpointForm::Events,
        scheme: "stripe".to_owned(),
        secret_entry: id.to_owned(),
        events_from: at(0),
        lease_until: None,
        facts: EndpointFacts {
            url: "https://example.com/".to_owned(),
            types: vec!["charge.*".to_owned()],
            conditions: Vec::new(),
            secret_reference: KeyReference::Vault,
            allow_local: false,
            rate_per_second: 20,
            concurrency: 1,
            ordered: false,
            name: None,
            channel: None,
        },
    };
    mirror.endpoints().insert(&new, at(NOON)).await.unwrap()
}

pub(crate) fn delivery(
    endpoint: i64,
    account: AccountId,
    event: &str,
    object: &str,
    created: i64,
) -> NewDelivery {
    NewDelivery {
        endpoint,
        account_id: account,
        event_id: event.to_owned(),
        event_type: "charge.updated".to_owned(),
        object_id: Some(object.to_owned()),
        event_created_at: at(created),
        replay: None,
        body: DeliveryBody::Feed,
        own: None,
        tries: 3,
        failed: None,
    }
}

pub(crate) async fn all(mirror: &Mirror) -> Vec<DeliveryRow> {
    mirror.deliveries().list(&DeliveryFilter::default(), 1_000, None).await.unwrap().items
}

pub(crate) async fn add(mirror: &Mirror, made: &[NewDelivery]) {
    mirror.deliveries().relay(&[], made, at(NOON)).await.unwrap();
}

pub(crate) fn lane(endpoint: &EndpointRow) -> Lane {
    Lane { endpoint: endpoint.number, replay: None }
}

pub(crate) fn answered(status: u16, answer: &str) -> AttemptEnd {
    AttemptEnd {
        took_ms: 7,
        status: Some(status),
        problem: (status >= 300).then(|| "status".to_owned()),
        headers: vec![("a".to_owned(), "b".to_owned())],
        answer: answer.as_bytes().to_vec(),
        ..AttemptEnd::default()
    }
}

#[tokio::test]
async fn an_event_is_in_line_with_its_row_and_leaves_it_with_its_deliveries() {
    let (home, mirror, account) = shop().await;
    let stated = |id: &str| seen(Record::Event(event(id, "ch_1", NOON)), NOON);
    mirror.commit_page(account, &[stated("evt_before")], None).await.unwrap();
    assert!(mirror.deliveries().to_relay(10).await.unwrap().is_empty(), "nobody wants any");
    let to = endpoint(&mirror, "ep_1").await;
    mirror.commit_page(account, &[stated("evt_1"), stated("evt_2")], None).await.unwrap();
    mirror.commit_page(account, &[stated("evt_1")], None).await.unwrap();
    mirror.close().await.unwrap();
    let mirror = home.open().await;
    let line = mirror.deliveries().to_relay(10).await.unwrap();
    let mut ids: Vec<_> = line.iter().map(|one| one.event.as_ref().unwrap().vendor_id.as_str()).collect();
    // Of one second the vendor tells no order.
    ids.sort_unstable();
    assert_eq!(ids, ["evt_1", "evt_2"], "each once, and after a restart still");
    let made: Vec<_> = ids.iter().map(|id| delivery(to.number, account, id, "ch_1", NOON)).collect();
    assert_eq!(mirror.deliveries().relay(&line, &made, at(NOON)).await.unwrap(), 2);
    assert_eq!(
        mirror.deliveries().relay(&line, &made, at(NOON)).await.unwrap(),
        0,
        "a second time makes none"
    );
    assert!(mirror.deliveries().to_relay(10).await.unwrap().is_empty());
    assert_eq!(all(&mirror).await.len(), 2);
    let sent = mirror.deliveries().sent_on(account, "evt_1").await.unwrap();
    assert!(matches!(sent, SentOn::Feed { .. }));
    assert_eq!(mirror.deliveries().sent_on(account, "evt_9").await.unwrap(), SentOn::Gone);
}

#[tokio::test]
async fn a_try_is_written_before_it_is_sent_and_one_that_was_cut_off_counts_for_nothing() {
    let (_home, mirror, account) = shop().await;
    let to = endpoint(&mirror, "ep_1").await;
    add(&mirror, &[delivery(to.number, account, "evt_1", "ch_1", NOON)]).await;
    for round in 1..=3 {
        let claimed = mirror.deliveries().claim(lane(&to), false, at(NOON + round), 5).await.unwrap();
        assert_eq!(
            (claimed.len(), claimed[0].attempt, claimed[0].counted),
            (1, u32::try_from(round).unwrap(), 1)
        );
        assert!(mirror.deliveries().claim(lane(&to), false, at(NOON + round), 5).await.unwrap().is_empty());
        assert_eq!(mirror.deliveries().recover(at(NOON + round)).await.unwrap(), 1);
    }
    let claimed = mirror.deliveries().claim(lane(&to), false, at(NOON + 9), 5).await.unwrap();
    let end = answered(500, "no");
    mirror.deliveries().finish(&claimed[0], &end, &Next::TryAt(at(NOON + 60)), at(NOON + 10)).await.unwrap();
    let row = all(&mirror).await.remove(0);
    assert_eq!(
        (row.state, row.attempts, row.tries_left, row.status),
        (DeliveryState::Waiting, 4, 2, Some(500))
    );
    let tries = mirror.deliveries().attempts(row.number).await.unwrap();
    let problems: Vec<_> = tries.iter().map(|one| one.problem.as_deref().unwrap()).collect();
    assert_eq!(problems, ["cut_off", "cut_off", "cut_off", "status"]);
    assert_eq!(tries[3].answer, b"no");
    assert_eq!(mirror.endpoints().by_id("ep_1").await.unwrap().unwrap().failing_since, Some(at(NOON + 10)));
    assert_eq!(mirror.deliveries().next_due(lane(&to), None).await.unwrap(), Some(at(NOON + 60)));
    let claimed = mirror.deliveries().claim(lane(&to), false, at(NOON + 61), 5).await.unwrap();
    assert_eq!(claimed[0].counted, 2);
    mirror
        .deliveries()
        .finish(&claimed[0], &answered(410, ""), &Next::Stop("gone"), at(NOON + 62))
        .await
        .unwrap();
    let stopped = mirror.endpoints().by_id("ep_1").await.unwrap().unwrap();
    assert_eq!((stopped.state, stopped.reason.as_deref()), (EndpointState::Stopped, Some("gone")));
    assert_eq!(mirror.endpoints().counts(to.number).await.unwrap(), (0, 1));
    let days = mirror.endpoints().days(to.number, at(0)).await.unwrap();
    assert_eq!((days.len(), days[0].taken, days[0].failed, days[0].typical_ms), (1, 0, 5, 0));
}

#[tokio::test]
async fn in_order_an_older_delivery_about_a_thing_comes_first() {
    let (_home, mirror, account) = shop().await;
    let to = endpoint(&mirror, "ep_1").await;
    let made = [
        delivery(to.number, account, "evt_2", "ch_1", NOON + 2),
        delivery(to.number, account, "evt_1", "ch_1", NOON + 1),
        delivery(to.number, account, "evt_3", "ch_2", NOON + 3),
    ];
    add(&mirror, &made).await;
    let now = at(NOON + 9);
    let first = mirror.deliveries().claim(lane(&to), true, now, 5).await.unwrap();
    assert_eq!(first.len(), 2, "of ch_1 the older alone");
    assert!(mirror.deliveries().claim(lane(&to), true, now, 5).await.unwrap().is_empty());
    for one in &first {
        mirror.deliveries().finish(one, &answered(200, ""), &Next::Delivered, now).await.unwrap();
    }
    assert_eq!(mirror.deliveries().claim(lane(&to), true, now, 5).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_copy_that_comes_back_sends_nothing_a_second_time() {
    let (home, mirror, account) = shop().await;
    let to = endpoint(&mirror, "ep_1").await;
    let made = [
        delivery(to.number, account, "evt_1", "ch_1", NOON),
        delivery(to.number, account, "evt_2", "ch_1", NOON),
    ];
    add(&mirror, &made).await;
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    let claimed = mirror.deliveries().claim(lane(&to), false, at(NOON + 1), 1).await.unwrap();
    mirror
        .deliveries()
        .finish(&claimed[0], &answered(200, "ok"), &Next::Delivered, at(NOON + 1))
        .await
        .unwrap();
    endpoint(&mirror, "ep_2").await;
    let before = all(&mirror).await;
    mirror.close().await.unwrap();
    let options = RestoreOptions {
        from: copy,
        path: home.file(),
        environment: domain::Environment::Test,
        key: home.key.clone(),
        now: at(NOON + 9),
    };
    restore(&options).await.unwrap();
    let mirror = home.open().await;
    let states = |rows: &[DeliveryRow]| -> Vec<(String, DeliveryState)> {
        rows.iter().map(|row| (row.message_id.clone(), row.state)).collect()
    };
    let after = all(&mirror).await;
    assert_eq!(states(&after), states(&before));
    let delivered = after.iter().find(|row| row.state == DeliveryState::Delivered).unwrap();
    assert_eq!(mirror.deliveries().attempts(delivered.number).await.unwrap()[0].answer, b"ok");
    assert_eq!(mirror.endpoints().list().await.unwrap().len(), 2);
    mirror.close().await.unwrap();
    // Without the present file nobody knows what was sent since.
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", home.file().display()));
    }
    restore(&options).await.unwrap();
    let mirror = home.open().await;
    let held = all(&mirror).await;
    assert!(held.iter().all(|row| row.state == DeliveryState::Canceled), "{held:?}");
    assert!(held.iter().all(|row| row.problem.as_deref() == Some("held_back")), "{held:?}");
    assert_eq!(mirror.endpoints().by_id("ep_1").await.unwrap().unwrap().events_from, at(NOON + 9));
}

#[tokio::test]
async fn who_is_erased_is_in_no_answer_that_is_kept_and_their_events_are_not_sent_on() {
    let (_home, mirror, account) = shop().await;
    let mut ada = customer("cus_ada", "ada@example.org");
    ada.name = Some("Ada Lovelace".to_owned());
    let mut theirs = event("evt_ada", "cus_ada", NOON);
    theirs.subject.customer_id = Some("cus_ada".to_owned());
    let records = [seen(Record::Customer(ada), NOON), seen(Record::Event(theirs), NOON)];
    mirror.commit_page(account, &records, None).await.unwrap();
    let to = endpoint(&mirror, "ep_1").await;
    let made = [
        delivery(to.number, account, "evt_ada", "cus_ada", NOON),
        delivery(to.number, account, "evt_echo", "cus_other", NOON),
        delivery(to.number, account, "evt_other", "cus_other", NOON),
    ];
    add(&mirror, &made).await;
    for (one, answer) in
        mirror.deliveries().claim(lane(&to), false, at(NOON + 1), 3).await.unwrap().iter().zip([
            "noted",
            "hello ada lovelace",
            "kept",
        ])
    {
        mirror
            .deliveries()
            .finish(one, &answered(200, answer), &Next::Delivered, at(NOON + 1))
            .await
            .unwrap();
    }
    mirror.erase_person(account, "cus_ada", at(NOON + 5)).await.unwrap();
    let mut answers = Vec::new();
    for row in all(&mirror).await.iter().rev() {
        let attempt = mirror.deliveries().attempts(row.number).await.unwrap().remove(0);
        answers.push((attempt.answer, attempt.headers.len()));
    }
    assert_eq!(answers, [(vec![], 0), (vec![], 0), (b"kept".to_vec(), 1)]);
    assert_eq!(mirror.deliveries().sent_on(account, "evt_ada").await.unwrap(), SentOn::Masked);
}

#[tokio::test]
async fn who_is_erased_is_in_no_answer_to_what_another_vendor_delivered() {
    let (_home, mirror, account) = shop().await;
    let row = mirror::AccountRow { vendor: domain::Vendor::SendGrid, ..account_row("mail") };
    mirror.accounts().insert(&row).await.unwrap();
    let ada = customer("cus_ada", "ada@example.org");
    mirror.commit_page(account, &[seen(Record::Customer(ada), NOON)], None).await.unwrap();
    let mut theirs = seen(Record::Event(event("event-of-ada", "m1", NOON)), NOON);
    theirs.json = br#"{"sg_event_id":"event-of-ada","email":"ada@example.org"}"#.to_vec();
    mirror.commit_page(row.id, &[theirs], None).await.unwrap();
    let to = endpoint(&mirror, "ep_1").await;
    let made = [
        delivery(to.number, row.id, "event-of-ada", "m1", NOON),
        delivery(to.number, row.id, "event-of-bob", "m1", NOON),
        delivery(to.number, row.id, "event-of-eve", "m1", NOON),
    ];
    add(&mirror, &made).await;
    let claimed = mirror.deliveries().claim(lane(&to), false, at(NOON + 1), 3).await.unwrap();
    for (one, answer) in claimed.iter().zip(["noted", "not Ada@example.org", "kept"]) {
        mirror
            .deliveries()
            .finish(one, &answered(200, answer), &Next::Delivered, at(NOON + 1))
            .await
            .unwrap();
    }
    mirror.erase_person(account, "cus_ada", at(NOON + 5)).await.unwrap();
    let mut answers = Vec::new();
    for row in all(&mirror).await.iter().rev() {
        answers.push(mirror.deliveries().attempts(row.number).await.unwrap().remove(0).answer);
    }
    assert_eq!(answers, [vec![], vec![], b"kept".to_vec()]);
    assert_eq!(mirror.deliveries().sent_on(row.id, "event-of-ada").await.unwrap(), SentOn::Masked);
}

#[tokio::test]
async fn what_ended_long_ago_goes_with_its_tries() {
    let (_home, mirror, account) = shop().await;
    let to = endpoint(&mirror, "ep_1").await;
    let made = [
        delivery(to.number, account, "evt_1", "ch_1", NOON),
        delivery(to.number, account, "evt_2", "ch_1", NOON),
    ];
    add(&mirror, &made).await;
    let claimed = mirror.deliveries().claim(lane(&to), false, at(NOON + 1), 1).await.unwrap();
    mirror
        .deliveries()
        .finish(&claimed[0], &answered(200, ""), &Next::Delivered, at(NOON + 2))
        .await
        .unwrap();
    assert_eq!(mirror.deliveries().purge_before(at(NOON + 2)).await.unwrap(), 0);
    assert_eq!(mirror.deliveries().purge_before(at(NOON + 3)).await.unwrap(), 1);
    let left = all(&mirror).await;
    assert_eq!((left.len(), left[0].state), (1, DeliveryState::Waiting), "what waits stays");
}
