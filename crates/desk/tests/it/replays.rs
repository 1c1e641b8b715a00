//! Events sent again, and to endpoints that were not there when they happened.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::collections::HashSet;

use contract::accounts::KeySource;
use contract::relay::{
    AddEndpoint, CancelReplay, DeliveryState, ListDeliveries, ListEndpoints, ListReplays, PauseEndpoint,
    ReplaySource, ReplayState, ReplayView, ResumeEndpoint, ShowReplay, StartReplay,
};
use contract::{ErrorCode, SecretText};
use desk::Connection;
use domain::Secret;
use testkit::{Script, ScriptedServer};

use crate::listening::{SECRET, counted, customer, decided, deliver_signed, event, hook, now, shop};
use crate::relay::{ENDPOINT_SECRET, added, happened, is_signed, receiver, to, until};
use crate::support::{SANDBOX, TestHome};

fn replay(source: ReplaySource, to: &str) -> StartReplay {
    StartReplay {
        source,
        to: to.to_owned(),
        scheme: contract::relay::EndpointScheme::Stripe,
        secret: None,
        offered_secret: Some(SecretText(Secret::new(ENDPOINT_SECRET))),
        rate_per_second: Some(1_000),
    }
}

fn ids(ids: &[&str]) -> ReplaySource {
    ReplaySource::Events { ids: ids.iter().map(|&id| id.to_owned()).collect() }
}

fn query(query: &str) -> ReplaySource {
    ReplaySource::Query { query: query.to_owned() }
}

async fn ended(desk: &Connection, id: &str) -> ReplayView {
    until("the end of the replay", async || {
        let view = desk.call(SANDBOX, ShowReplay { id: id.to_owned() }).await.unwrap();
        view.ended.is_some().then_some(view)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_replayed_to_an_endpoint_that_came_later_and_the_older_first() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let mut sent = Vec::new();
    for number in 0..5 {
        let body = event(
            &format!("evt_{number}"),
            "customer.updated",
            now() - 1_000 + number,
            &customer(&format!("cus_{number}"), "Ada", now()),
        );
        sent.push(body.to_string().into_bytes());
    }
    for body in sent.iter().rev() {
        assert_eq!(deliver_signed(&hook, SECRET, body, now()).await, 200);
    }
    decided(&desk, 5).await;
    let server = receiver([]).await;
    let at = added(&desk, to(&server.base_url())).await;
    let began = desk.call(SANDBOX, replay(query("type:customer.updated"), &at.id)).await.unwrap();
    let done = ended(&desk, &began.id).await;
    assert_eq!((done.state, done.total, done.delivered, done.failed), (ReplayState::Done, 5, 5, 0));
    let arrived: Vec<Vec<u8>> = server.requests().into_iter().map(|one| one.body).collect();
    assert_eq!(arrived, sent, "byte for byte, the older first");
    let log = ListDeliveries { replay: Some(began.id.clone()), ..ListDeliveries::default() };
    assert_eq!(desk.call(SANDBOX, log).await.unwrap().total, 5);
    assert_eq!(desk.call(SANDBOX, ListReplays::default()).await.unwrap().items[0].id, began.id);
    // Again is again: a replay is asked for by a person.
    let again = desk.call(SANDBOX, replay(ids(&["evt_0"]), &at.id)).await.unwrap();
    ended(&desk, &again.id).await;
    assert_eq!(server.requests().len(), 6);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_on_this_machine_needs_no_endpoint_and_leaves_none() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let sent = happened(&hook, "evt_1").await;
    decided(&desk, 1).await;
    let server = receiver([]).await;
    let without_scheme = server.base_url().replace("http://", "");
    let began = desk.call(SANDBOX, replay(ids(&["in_1"]), &without_scheme)).await.unwrap();
    assert!(began.took_offered);
    let done = ended(&desk, &began.id).await;
    assert_eq!((done.delivered, done.state), (1, ReplayState::Done));
    assert_eq!(server.requests()[0].body, sent);
    assert!(is_signed(&server.requests()[0], ENDPOINT_SECRET));
    assert_eq!(desk.call(SANDBOX, ListEndpoints {}).await.unwrap().total, 0);
    let elsewhere = desk.call(SANDBOX, replay(ids(&["evt_1"]), "https://example.com/")).await.unwrap_err();
    assert_eq!(elsewhere.code, ErrorCode::BadEndpointUrl);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_replayed_until_it_was_taken() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let server = receiver([Script::answer(410, &[], "")]).await;
    let at = added(&desk, to(&server.base_url())).await;
    for id in ["evt_1", "evt_2"] {
        happened(&hook, id).await;
    }
    let failed = ListDeliveries { state: Some(DeliveryState::Failed), ..ListDeliveries::default() };
    until("both failed", async || {
        (desk.call(SANDBOX, failed.clone()).await.unwrap().total == 2).then_some(())
    })
    .await;
    let since = || ReplaySource::FailedSince {
        since: contract::Timestamp::from_seconds(now() - 60),
        endpoint: Some(at.id.clone()),
    };
    let stopped = desk.call(SANDBOX, replay(since(), &at.id)).await.unwrap_err();
    assert_eq!(stopped.code, ErrorCode::EndpointNotOn);
    desk.call(SANDBOX, ResumeEndpoint { id: at.id.clone() }).await.unwrap();
    let began = desk.call(SANDBOX, replay(since(), &at.id)).await.unwrap();
    assert_eq!(ended(&desk, &began.id).await.delivered, 2);
    let nothing = desk.call(SANDBOX, replay(since(), &at.id)).await.unwrap_err();
    assert_eq!(nothing.code, ErrorCode::NothingToReplay, "what was taken since is left out");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_vouches_for_or_is_masked_is_refused() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let forged = event("evt_forged", "customer.created", now(), &customer("cus_1", "Ada", now())).to_string();
    assert_eq!(deliver_signed(&hook, "whsec_of_somebody_else", forged.as_bytes(), now()).await, 400);
    let mut card = event("evt_card", "customer.created", now(), &customer("cus_2", "Ada", now()));
    card["data"]["object"]["description"] = "4242424242424242".into();
    assert_eq!(deliver_signed(&hook, SECRET, card.to_string().as_bytes(), now()).await, 200);
    happened(&hook, "evt_fine").await;
    decided(&desk, 3).await;
    let server = receiver([]).await;
    let code = async |source| desk.call(SANDBOX, replay(source, &server.base_url())).await.unwrap_err().code;
    assert_eq!(code(ids(&["in_1"])).await, ErrorCode::NotReplayable);
    assert_eq!(code(ids(&["evt_card"])).await, ErrorCode::NotReplayable);
    assert_eq!(code(ids(&["evt_forged"])).await, ErrorCode::UnknownId);
    assert_eq!(code(ids(&["in_99"])).await, ErrorCode::UnknownId);
    assert_eq!(code(ids(&[])).await, ErrorCode::NothingToReplay);
    assert_eq!(code(query("type:nothing.like.it")).await, ErrorCode::NothingToReplay);
    assert_eq!(code(query("colour:red")).await, ErrorCode::BadQuery);
    assert_eq!(server.connections(), 0);
    let began = desk.call(SANDBOX, replay(query("type:customer.*"), &server.base_url())).await.unwrap();
    let done = ended(&desk, &began.id).await;
    // Those that the vendor had before are there as well.
    let known = counted(&desk, "type:customer.*").await;
    assert_eq!((done.delivered, done.left_out), (known - 1, 1), "{done:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_nobody_takes_ends_and_says_so() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    happened(&hook, "evt_1").await;
    decided(&desk, 1).await;
    let server = ScriptedServer::start([]).await.then_always(Script::answer(500, &[], "no"));
    let secret = Some(KeySource::Text { key: SecretText(Secret::new("whsec_given")) });
    let request = StartReplay { secret, ..replay(ids(&["evt_1"]), &server.base_url()) };
    let began = desk.call(SANDBOX, request).await.unwrap();
    assert!(!began.took_offered);
    let done = ended(&desk, &began.id).await;
    assert_eq!((done.state, done.delivered, done.failed), (ReplayState::Done, 0, 1));
    assert_eq!(server.requests().len(), 3, "a replay is tried three times");
    assert!(is_signed(&server.requests()[0], "whsec_given"));
    let over = desk.call(SANDBOX, CancelReplay { id: began.id }).await.unwrap_err();
    assert_eq!(over.code, ErrorCode::ReplayEnded);
    desk.close().await;
}

/// Ten thousand deliveries wait at once; they are read in small pages, the rate holds, and what is canceled is not sent.
#[tokio::test(flavor = "multi_thread")]
async fn f25_ten_thousand_at_once() {
    const EVENTS: usize = 100;
    const REPLAYS: usize = 100;
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    for number in 0..EVENTS {
        happened(&hook, &format!("evt_{number}")).await;
    }
    decided(&desk, EVENTS as u64).await;
    let server = receiver([]).await;
    let request = AddEndpoint { rate_per_second: Some(200), concurrency: Some(16), ..to(&server.base_url()) };
    let at = added(&desk, request).await;
    let mut begun = Vec::new();
    for _ in 0..REPLAYS {
        // Those that are begun while it is paused wait; starting one wants the endpoint on.
        desk.call(SANDBOX, ResumeEndpoint { id: at.id.clone() }).await.unwrap();
        begun.push(desk.call(SANDBOX, replay(query("type:customer.*"), &at.id)).await.unwrap().id);
        desk.call(SANDBOX, PauseEndpoint { id: at.id.clone() }).await.unwrap();
    }
    let all = ListDeliveries { endpoint: Some(at.id.clone()), ..ListDeliveries::default() };
    let of_all = counted(&desk, "type:customer.*").await * REPLAYS as u64;
    assert!(of_all >= 10_000);
    until("all deliveries", async || {
        (desk.call(SANDBOX, all.clone()).await.unwrap().total == of_all).then_some(())
    })
    .await;
    let before = server.requests().len();
    let resumed = std::time::Instant::now();
    desk.call(SANDBOX, ResumeEndpoint { id: at.id.clone() }).await.unwrap();
    until("some hundred", async || (server.requests().len() >= before + 300).then_some(())).await;
    let took = resumed.elapsed();
    assert!(took.as_millis() >= 1_300, "at most 200 a second: {took:?}");
    for id in &begun {
        match desk.call(SANDBOX, CancelReplay { id: id.clone() }).await {
            Ok(_) => {}
            Err(error) => assert_eq!(error.code, ErrorCode::ReplayEnded),
        }
    }
    let count = async |state| {
        let request = ListDeliveries { state: Some(state), ..all.clone() };
        desk.call(SANDBOX, request).await.unwrap().total
    };
    until("the end of what was on its way", async || {
        let open = count(DeliveryState::Waiting).await + count(DeliveryState::Sending).await;
        (open == 0).then_some(())
    })
    .await;
    let (delivered, canceled) = (count(DeliveryState::Delivered).await, count(DeliveryState::Canceled).await);
    assert_eq!(delivered + canceled, of_all);
    let requests = server.requests();
    let arrived: HashSet<&str> = requests.iter().map(|one| one.header("webhook-id")[0]).collect();
    assert_eq!((arrived.len() as u64, requests.len() as u64), (delivered, delivered), "each once");
    desk.close().await;
}
