//! Messages of our own: each once for ever, whatever is restarted, and one summary in the place of many.

use domain::intent::{Intent, IntentKind, IntentState};
use domain::{AccountId, Record};
use mirror::proof::{Found, VendorDays};
use mirror::{
    AttemptEnd, DeliveryBody, DeliveryFilter, DeliveryState, EndpointFacts, EndpointForm, EndpointPurpose,
    EndpointRow, KeyReference, Lane, Means, Mirror, NewDelivery, NewEndpoint, Next,
};
use serde_json::Value;

use crate::support::*;

const HOUR: i64 = 3_600;
const HOURS: [u32; 3] = [168, 48, 24];

async fn channel(mirror: &Mirror, name: &str) -> EndpointRow {
    let new = NewEndpoint {
        id: format!("ch_{name}"),
        account_id: None,
        purpose: EndpointPurpose::Standing,
        form: EndpointForm::Slack,
        scheme: "slack".to_owned(),
        secret_entry: format!("ch_{name}"),
        events_from: at(0),
        lease_until: None,
        facts: EndpointFacts {
            url: format!("slack:{name}"),
            types: vec!["paydesk.*".to_owned()],
            conditions: Vec::new(),
            secret_reference: KeyReference::Vault,
            allow_local: false,
            rate_per_second: 1,
            concurrency: 1,
            ordered: true,
            name: Some(name.to_owned()),
            channel: Some("{}".to_owned()),
        },
    };
    mirror.endpoints().insert(&new, at(NOON)).await.unwrap()
}

/// Types and names of all messages that nobody was chosen for yet.
async fn told(mirror: &Mirror) -> Vec<(String, Value)> {
    let messages = mirror.deliveries().to_route(1_000).await.unwrap();
    messages
        .into_iter()
        .map(|one| {
            let whole: Value = serde_json::from_slice(&one.body.unwrap()).unwrap();
            assert_eq!(whole["type"], one.event_type.as_str());
            (one.event_type, whole["data"].clone())
        })
        .collect()
}

async fn types(mirror: &Mirror) -> Vec<String> {
    told(mirror).await.into_iter().map(|(event_type, _)| event_type).collect()
}

async fn due(mirror: &Mirror, seconds_before: i64) -> u64 {
    mirror.disputes().tell_due(&HOURS, at(NOON + 86_400 - seconds_before)).await.unwrap()
}

#[tokio::test]
async fn a_dispute_that_is_due_is_told_once_for_each_time_over_restarts() {
    let (home, mirror, account) = shop().await;
    channel(&mirror, "ops").await;
    let dispute = Record::Dispute(dispute("dp_1", "ch_1"));
    mirror.commit_page(account, &[seen(dispute.clone(), NOON - 86_400 * 9)], None).await.unwrap();
    assert_eq!(due(&mirror, 169 * HOUR).await, 0, "too early");
    assert_eq!(due(&mirror, 168 * HOUR).await, 1);
    assert_eq!(due(&mirror, 100 * HOUR).await, 0);
    mirror.close().await.unwrap();
    let mirror = home.open().await;
    assert_eq!(due(&mirror, 99 * HOUR).await, 0, "a restart tells it no second time");
    // A sleep over both of the other times: only the nearest is told.
    assert_eq!(due(&mirror, 20 * HOUR).await, 1);
    assert_eq!(due(&mirror, 47 * HOUR).await, 0, "a clock that was set back tells nothing older");
    assert_eq!(due(&mirror, 0).await, 0, "its time is over");
    let within: Vec<_> =
        told(&mirror).await.into_iter().map(|(_, data)| data["within_hours"].clone()).collect();
    assert_eq!(within, [168, 24]);
    let (event_type, data) = told(&mirror).await.remove(0);
    assert_eq!(event_type, "paydesk.dispute.due");
    assert_eq!((&data["dispute"], &data["account_label"]), (&"dp_1".into(), &"shop".into()));
    assert_eq!((&data["amount_minor"], &data["environment"]), (&"500".into(), &"test".into()));
}

#[tokio::test]
async fn nothing_is_told_of_a_dispute_that_was_answered_or_that_nobody_wants() {
    let (_home, mirror, account) = shop().await;
    let open = dispute("dp_1", "ch_1");
    mirror.commit_page(account, &[seen(Record::Dispute(open.clone()), NOON)], None).await.unwrap();
    assert_eq!(due(&mirror, HOUR).await, 0, "nobody is there to be told");
    channel(&mirror, "ops").await;
    for status in ["under_review", "won", "lost", "warning_closed", "warning_under_review"] {
        let answered = domain::Dispute { status: status.into(), ..open.clone() };
        mirror.commit_page(account, &[seen(Record::Dispute(answered), NOON + 60)], None).await.unwrap();
        assert_eq!(due(&mirror, HOUR).await, 0, "{status}");
    }
    let inquiry = domain::Dispute { status: "warning_needs_response".into(), ..dispute("dp_2", "ch_2") };
    mirror.commit_page(account, &[seen(Record::Dispute(inquiry), NOON)], None).await.unwrap();
    assert_eq!(due(&mirror, HOUR).await, 1);
}

#[tokio::test]
async fn a_refund_that_fails_after_it_was_on_its_way_is_told_once_and_old_failures_are_not() {
    let (_home, mirror, account) = shop().await;
    channel(&mirror, "ops").await;
    let with = |id: &str, status: &str| {
        let status = status.into();
        Record::Refund(domain::Refund { status, ..refund(id, "ch_1", 250) })
    };
    let first = [seen(with("re_old", "failed"), NOON), seen(with("re_1", "pending"), NOON)];
    mirror.commit_page(account, &first, None).await.unwrap();
    assert_eq!(types(&mirror).await, [""; 0], "years of them come with a first load");
    for (status, seconds) in [("succeeded", 1), ("failed", 2), ("failed", 3), ("canceled", 4)] {
        mirror.commit_page(account, &[seen(with("re_1", status), NOON + seconds)], None).await.unwrap();
    }
    let all = told(&mirror).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0].0, "paydesk.refund.failed");
    assert_eq!((&all[0].1["refund"], &all[0].1["payment"]), (&"re_1".into(), &"ch_1".into()));
}

#[tokio::test]
async fn a_dispute_that_was_due_and_is_answered_is_told_once_and_again_where_it_opens_anew() {
    let (home, mirror, account) = shop().await;
    channel(&mirror, "ops").await;
    let open = dispute("dp_1", "ch_1");
    let stated = |status: &str, seconds: i64| {
        let one = domain::Dispute { status: status.into(), ..open.clone() };
        seen(Record::Dispute(one), NOON - 86_400 * 9 + seconds)
    };
    let answered = async |mirror: &Mirror| mirror.disputes().tell_answered(at(NOON)).await.unwrap();
    mirror.commit_page(account, &[stated("needs_response", 0)], None).await.unwrap();
    assert_eq!((due(&mirror, 168 * HOUR).await, due(&mirror, 20 * HOUR).await), (1, 1));
    assert_eq!(answered(&mirror).await, 0, "it is open");
    mirror.commit_page(account, &[stated("under_review", 1)], None).await.unwrap();
    assert_eq!(answered(&mirror).await, 1);
    mirror.close().await.unwrap();
    let mirror = home.open().await;
    assert_eq!(answered(&mirror).await, 0, "a restart tells it no second time");
    let (event_type, data) = told(&mirror).await.pop().unwrap();
    assert_eq!((event_type.as_str(), &data["dispute"]), ("paydesk.dispute.answered", &"dp_1".into()));
    // What was an inquiry may become a dispute with another deadline.
    let later = domain::Dispute { evidence_due_at: Some(at(NOON + 86_400 * 2)), ..open.clone() };
    mirror.commit_page(account, &[seen(Record::Dispute(later), NOON - 86_400)], None).await.unwrap();
    assert_eq!(due(&mirror, 0).await, 1);
    mirror.commit_page(account, &[stated("lost", 86_400 * 8 + 1)], None).await.unwrap();
    assert_eq!((answered(&mirror).await, answered(&mirror).await), (1, 0));
}

async fn moved(mirror: &Mirror, intent: &Intent, state: IntentState) {
    let stored = mirror.intents().by_id(intent.id).await.unwrap().unwrap();
    let object_id = (state == IntentState::Settled).then(|| format!("re_{}", intent.id));
    let next = Intent { state, object_id, updated_at: at(NOON + 5), ..stored.clone() };
    assert!(mirror.intents().update(&next, stored.state).await.unwrap());
}

#[tokio::test]
async fn what_was_refused_or_needed_a_person_is_told_to_be_over_once() {
    let (_home, mirror, account) = shop().await;
    channel(&mirror, "ops").await;
    let began = async |minor: i64| {
        let intent = intent(account, IntentKind::Refund, "ch_1", minor);
        mirror.intents().insert_refund(&intent, 100_000).await.unwrap();
        intent
    };
    let closed = began(300).await;
    moved(&mirror, &closed, IntentState::NeedsPerson).await;
    moved(&mirror, &closed, IntentState::Canceled).await;
    let refused = began(500).await;
    moved(&mirror, &refused, IntentState::Refused).await;
    let smaller = began(200).await;
    moved(&mirror, &smaller, IntentState::Settled).await;
    let over = async || {
        let all = told(&mirror).await.into_iter();
        all.filter(|(one, _)| one == "paydesk.refund.closed")
            .map(|(_, data)| data["intent"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(over().await, [closed.id.to_string()], "as much was not given back yet");
    for _ in 0..2 {
        let whole = began(500).await;
        moved(&mirror, &whole, IntentState::Settled).await;
        assert_eq!(over().await, [closed.id.to_string(), refused.id.to_string()], "each once");
    }
}

#[tokio::test]
async fn a_gap_is_told_once_and_once_more_when_it_is_closed() {
    let (home, mirror, account) = shop().await;
    channel(&mirror, "ops").await;
    for hour in 0..3 {
        mirror.note_key(account, false, at(NOON + hour)).await.unwrap();
        mirror.catch_ups().begin(account, at(NOON - 9), Means::Events, at(NOON + hour)).await.unwrap();
        let found = Found { missing: 1, ..Found::default() };
        mirror.proof_days().flag(account, domain::Kind::Refunds, 20_000, found, at(NOON)).await.unwrap();
    }
    mirror.close().await.unwrap();
    let mirror = home.open().await;
    mirror.note_key(account, false, at(NOON + 9)).await.unwrap();
    assert_eq!(types(&mirror).await, ["paydesk.mirror.gap"; 3]);
    let causes: Vec<_> = told(&mirror).await.into_iter().map(|(_, data)| data["cause"].clone()).collect();
    assert_eq!(causes, ["key", "following", "proof"]);
    mirror.note_key(account, true, at(NOON + 10)).await.unwrap();
    mirror.note_key(account, true, at(NOON + 11)).await.unwrap();
    mirror.catch_ups().finish(account, at(NOON), at(NOON + 12)).await.unwrap();
    let listed = VendorDays { seen_at: Some(at(NOON + 13)), ..VendorDays::default() };
    mirror.proof_days().record(account, domain::Kind::Refunds, &[20_000], &listed).await.unwrap();
    let all = told(&mirror).await;
    assert_eq!(all.iter().filter(|(one, _)| one == "paydesk.mirror.healed").count(), 3);
    for (opened, healed) in all.iter().take(3).zip(all.iter().skip(3)) {
        assert_eq!(
            (&opened.1["gap"], &opened.1["cause"]),
            (&healed.1["gap"], &healed.1["cause"]),
            "they pair up"
        );
    }
    mirror.note_key(account, false, at(NOON + 20)).await.unwrap();
    assert_eq!(types(&mirror).await.len(), 7, "another one is told again");
}

fn delivery(to: &EndpointRow, account: AccountId, number: i64, event_type: &str) -> NewDelivery {
    NewDelivery {
        endpoint: to.number,
        account_id: account,
        event_id: format!("message_{number}"),
        event_type: event_type.to_owned(),
        object_id: Some(format!("ch_{number}")),
        event_created_at: at(NOON + number),
        replay: None,
        body: DeliveryBody::Own,
        own: Some(b"{\"data\":{}}".to_vec()),
        tries: 10,
        failed: None,
    }
}

async fn in_state(mirror: &Mirror, state: DeliveryState) -> Vec<mirror::DeliveryRow> {
    let filter = DeliveryFilter { state: Some(state), ..DeliveryFilter::default() };
    mirror.deliveries().list(&filter, 100, None).await.unwrap().items
}

#[tokio::test]
async fn what_is_beyond_an_hour_becomes_one_summary_that_grows() {
    let (home, mirror, account) = shop().await;
    let to = channel(&mirror, "ops").await;
    let made = |numbers: std::ops::Range<i64>| -> Vec<NewDelivery> {
        numbers.map(|number| delivery(&to, account, number, "paydesk.refund.settled")).collect()
    };
    mirror.deliveries().route(&[], &made(0..1), at(NOON)).await.unwrap();
    let due = at(NOON + HOUR);
    assert_eq!(mirror.deliveries().fold(to.number, &[], due, at(NOON)).await.unwrap(), 0, "one alone stays");
    mirror.deliveries().route(&[], &made(1..3), at(NOON)).await.unwrap();
    let healed = delivery(&to, account, 9, "paydesk.mirror.healed");
    mirror.deliveries().route(&[], &[healed], at(NOON)).await.unwrap();
    let keep = ["paydesk.mirror.healed"];
    assert_eq!(mirror.deliveries().fold(to.number, &keep, due, at(NOON)).await.unwrap(), 3);
    mirror.close().await.unwrap();
    let mirror = home.open().await;
    mirror.deliveries().route(&[], &made(3..4), at(NOON + 60)).await.unwrap();
    assert_eq!(mirror.deliveries().fold(to.number, &keep, due, at(NOON + 60)).await.unwrap(), 1);
    assert_eq!(mirror.deliveries().fold(to.number, &keep, due, at(NOON + 61)).await.unwrap(), 0);
    let waiting = in_state(&mirror, DeliveryState::Waiting).await;
    let summaries: Vec<_> = waiting.iter().filter(|one| one.event_type == "paydesk.summary").collect();
    assert_eq!((waiting.len(), summaries.len()), (2, 1), "what ends something is kept");
    assert_eq!(summaries[0].next_try_at, due);
    let body = mirror.deliveries().own_message(summaries[0].number).await.unwrap().unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["data"]["count"], 4);
    assert_eq!(body["data"]["types"]["paydesk.refund.settled"], 4);
    let folded = in_state(&mirror, DeliveryState::Canceled).await;
    assert!(folded.len() == 4 && folded.iter().all(|one| one.problem.as_deref() == Some("summarized")));
}

#[tokio::test]
async fn an_hour_counts_what_was_taken_and_no_summary() {
    let (_home, mirror, account) = shop().await;
    let to = channel(&mirror, "ops").await;
    let all = [
        delivery(&to, account, 1, "paydesk.refund.settled"),
        delivery(&to, account, 2, "paydesk.summary"),
        delivery(&to, account, 3, "paydesk.refund.settled"),
    ];
    mirror.deliveries().route(&[], &all, at(NOON)).await.unwrap();
    let lane = Lane { endpoint: to.number, replay: None };
    for (number, next) in [(0, Next::Delivered), (1, Next::Delivered), (2, Next::GiveUp)] {
        let claimed = mirror.deliveries().claim(lane, true, at(NOON), 1).await.unwrap().remove(0);
        let end = AttemptEnd::default();
        mirror.deliveries().finish(&claimed, &end, &next, at(NOON + number)).await.unwrap();
    }
    let sent = mirror.deliveries();
    assert_eq!(sent.sent_within(to.number, 1_001, at(NOON)).await.unwrap(), (1, Some(at(NOON))));
    assert_eq!(sent.sent_within(to.number, 1_000, at(NOON + 1)).await.unwrap(), (0, None));
    let back = at(NOON - 86_400);
    let counted = sent.sent_within(to.number, HOUR * 1_000, back).await.unwrap();
    assert_eq!(counted, (0, None), "a clock that was ahead fills no hour once it is set back");
}

#[tokio::test]
async fn the_summary_of_several_accounts_stays_when_one_of_them_goes() {
    let (_home, mirror, account) = shop().await;
    let other = add_account(&mirror, "other").await;
    let to = channel(&mirror, "ops").await;
    let all = [
        delivery(&to, account, 1, "paydesk.refund.settled"),
        delivery(&to, other, 2, "paydesk.refund.needs_person"),
        delivery(&to, account, 3, "paydesk.test"),
    ];
    mirror.deliveries().route(&[], &all, at(NOON)).await.unwrap();
    let folded = mirror.deliveries().fold(to.number, &[], at(NOON + HOUR), at(NOON)).await.unwrap();
    assert_eq!(folded, 2, "a message that a person asked for is no part of it");
    mirror.accounts().remove(account, at(NOON)).await.unwrap();
    let waiting = in_state(&mirror, DeliveryState::Waiting).await;
    let types: Vec<_> = waiting.iter().map(|one| (one.event_type.as_str(), one.account_id)).collect();
    assert_eq!(types, [("paydesk.summary", other)]);
}

#[tokio::test]
async fn what_cannot_be_read_is_put_back_and_costs_no_try() {
    let (_home, mirror, account) = shop().await;
    let to = channel(&mirror, "ops").await;
    mirror
        .deliveries()
        .route(&[], &[delivery(&to, account, 1, "paydesk.refund.settled")], at(NOON))
        .await
        .unwrap();
    let lane = Lane { endpoint: to.number, replay: None };
    let claimed = mirror.deliveries().claim(lane, true, at(NOON), 1).await.unwrap().remove(0);
    mirror.deliveries().put_back(&claimed, "unreadable", at(NOON + 30)).await.unwrap();
    let waiting = in_state(&mirror, DeliveryState::Waiting).await.remove(0);
    assert_eq!((waiting.attempts, waiting.tries_left, waiting.next_try_at), (0, 10, at(NOON + 30)));
    assert_eq!(waiting.problem.as_deref(), Some("unreadable"));
    assert!(mirror.deliveries().attempts(waiting.number).await.unwrap().is_empty());
    let again = mirror.deliveries().claim(lane, true, at(NOON + 30), 1).await.unwrap().remove(0);
    assert_eq!((again.attempt, again.counted), (1, 1));
}
