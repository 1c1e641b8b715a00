//! Events sent on to endpoints, over real sockets from the listener to a receiver: byte for byte, signed anew, tried
//! again, and stopped where nobody takes them (bad inputs F15 and F19 to F22).
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use contract::accounts::RemoveAccount;
use contract::events::HookView;
use contract::relay::{
    AddEndpoint, ChangeEndpoint, DeliveryBody, DeliveryDetail, DeliveryState, DeliveryView, EndpointScheme,
    EndpointState, EndpointView, ListDeliveries, PauseEndpoint, RemoveEndpoint, ResumeEndpoint, ShowDelivery,
    ShowEndpoint, TouchEndpoint,
};
use contract::shared::ListRange;
use contract::{ErrorCode, SecretText, Timestamp};
use desk::Connection;
use domain::Secret;
use operations::Clock;
use serde_json::Value;
use testkit::{RecordedRequest, Script, ScriptedServer, Step, http_response};

use crate::listening::{LIMIT, SECRET, customer, deliver, deliver_signed, event, hook, now, shop};
use crate::support::{SANDBOX, TestHome, connected, refund, refundable, small_vendor};

pub(crate) const ENDPOINT_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A clock that a test moves.
#[derive(Debug)]
pub(crate) struct Moving(pub(crate) AtomicI64);

impl Moving {
    pub(crate) fn forward(&self, days: i64) {
        self.0.fetch_add(days * 86_400_000, Ordering::SeqCst);
    }
}

impl Clock for Moving {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) async fn receiver(scripts: impl IntoIterator<Item = Script>) -> ScriptedServer {
    ScriptedServer::start(scripts).await.then_always(Script::answer(200, &["X-Receiver: 1"], "taken"))
}

pub(crate) fn to(url: &str) -> AddEndpoint {
    AddEndpoint {
        url: url.to_owned(),
        events: Vec::new(),
        conditions: Vec::new(),
        account: None,
        scheme: EndpointScheme::Stripe,
        secret: None,
        offered_secret: Some(SecretText(Secret::new(ENDPOINT_SECRET))),
        secret_of_listener: false,
        allow_local: true,
        rate_per_second: None,
        concurrency: None,
        ordered: false,
        temporary: false,
    }
}

pub(crate) async fn added(desk: &Connection, request: AddEndpoint) -> EndpointView {
    desk.call(SANDBOX, request).await.unwrap()
}

pub(crate) async fn deliveries(desk: &Connection, endpoint: &str) -> Vec<DeliveryView> {
    let range = ListRange { limit: Some(1_000), after: None };
    let request = ListDeliveries { endpoint: Some(endpoint.to_owned()), range, ..ListDeliveries::default() };
    desk.call(SANDBOX, request).await.unwrap().items
}

/// Looks until what is listed is as it should be. Whatever happens wakes the relay, and so does asking it to.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < LIMIT, "{what} did not happen in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn shown(desk: &Connection, id: &str) -> DeliveryDetail {
    desk.call(SANDBOX, ShowDelivery { id: id.to_owned() }).await.unwrap()
}

async fn endpoint(desk: &Connection, id: &str) -> EndpointView {
    desk.call(SANDBOX, ShowEndpoint { id: id.to_owned() }).await.unwrap().endpoint
}

/// The one delivery to an endpoint, once it has made so many tries and is not on its way.
async fn tried(desk: &Connection, endpoint: &str, attempts: u32) -> DeliveryView {
    until("the try", async || {
        let found = deliveries(desk, endpoint).await;
        found.into_iter().find(|one| one.attempts == attempts && one.state != DeliveryState::Sending)
    })
    .await
}

async fn in_state(
    desk: &Connection,
    endpoint: &str,
    state: DeliveryState,
    count: usize,
) -> Vec<DeliveryView> {
    until(&format!("{count} that are {state:?}"), async || {
        let found: Vec<_> =
            deliveries(desk, endpoint).await.into_iter().filter(|one| one.state == state).collect();
        (found.len() == count).then_some(found)
    })
    .await
}

/// Has a customer's event delivered by the vendor, and answers with its bytes.
pub(crate) async fn happened(hook: &HookView, id: &str) -> Vec<u8> {
    let body = event(id, "customer.created", now(), &customer(&format!("cus_{id}"), "Ada", now()));
    assert_eq!(deliver(hook, &body).await, 200);
    body.to_string().into_bytes()
}

/// Whether what arrived is signed by the endpoint's secret as Stripe signs, now.
pub(crate) fn is_signed(request: &RecordedRequest, secret: &str) -> bool {
    let as_recorded = webhooks::RecordedRequest {
        method: "POST".to_owned(),
        url: "http://127.0.0.1/".to_owned(),
        headers: request
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: request.body.clone(),
    };
    let scheme = match request.header("stripe-signature").is_empty() {
        true => webhooks::Scheme::Standard,
        false => webhooks::Scheme::Stripe,
    };
    let keys = webhooks::Keys { secrets: vec![Secret::new(secret)], ..webhooks::Keys::default() };
    let rules = webhooks::Rules { at: Timestamp::from_seconds(now()), tolerance: scheme.default_tolerance() };
    webhooks::verify(scheme, &as_recorded, &keys, &rules).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_vendor_sent_arrives_byte_for_byte_and_signed_anew() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let (stripe, standard) = (receiver([]).await, receiver([]).await);
    let first = added(&desk, to(&stripe.base_url())).await;
    assert!(first.took_offered && first.secret_location == "vault" && first.state == EndpointState::On);
    let second =
        added(&desk, AddEndpoint { scheme: EndpointScheme::Standard, ..to(&standard.base_url()) }).await;
    let sent = happened(&hook, "evt_whole").await;
    let delivery = in_state(&desk, &first.id, DeliveryState::Delivered, 1).await.remove(0);
    in_state(&desk, &second.id, DeliveryState::Delivered, 1).await;
    for server in [&stripe, &standard] {
        let request = server.requests().remove(0);
        assert_eq!(request.body, sent, "byte for byte");
        assert!(is_signed(&request, ENDPOINT_SECRET), "{}", request.head);
        assert!(!is_signed(&request, SECRET), "the vendor's own signature is not sent on");
    }
    assert_eq!(stripe.requests()[0].header("webhook-id"), [delivery.message_id.as_str()]);
    assert_eq!((delivery.event.as_str(), delivery.status, delivery.attempts), ("evt_whole", Some(200), 1));
    let detail = shown(&desk, &delivery.id).await;
    assert_eq!(detail.attempts.len(), 1);
    assert_eq!((detail.attempts[0].status, detail.attempts[0].answer.as_str()), (Some(200), "taken"));
    assert!(detail.attempts[0].headers.contains(&("x-receiver".to_owned(), "1".to_owned())));
    let health = desk.call(SANDBOX, ShowEndpoint { id: first.id }).await.unwrap();
    assert_eq!((health.days.len(), health.days[0].taken, health.days[0].failed), (1, 1, 0));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_gets_what_it_wants_and_from_its_beginning_on() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let (typed, sifted, other) = (receiver([]).await, receiver([]).await, receiver([]).await);
    let events = |types: &[&str]| types.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
    let typed_at =
        added(&desk, AddEndpoint { events: events(&["customer.*"]), ..to(&typed.base_url()) }).await;
    let conditions = vec!["data.object.name=Grace".to_owned()];
    let sifted_at = added(&desk, AddEndpoint { conditions, ..to(&sifted.base_url()) }).await;
    let other_at = added(&desk, AddEndpoint { events: events(&["refund.*"]), ..to(&other.base_url()) }).await;
    for (id, name) in [("evt_ada", "Ada"), ("evt_grace", "Grace")] {
        let body = event(id, "customer.created", now(), &customer(&format!("cus_{id}"), name, now()));
        assert_eq!(deliver(&hook, &body).await, 200);
    }
    // One from before there was an endpoint, such as a vendor sends late.
    let old = event("evt_old", "customer.created", now() - 3_600, &customer("cus_old", "Grace", now()));
    assert_eq!(deliver(&hook, &old).await, 200);
    in_state(&desk, &typed_at.id, DeliveryState::Delivered, 2).await;
    let grace = in_state(&desk, &sifted_at.id, DeliveryState::Delivered, 1).await;
    assert_eq!(grace[0].event, "evt_grace");
    assert!(deliveries(&desk, &other_at.id).await.is_empty());
    assert_eq!((typed.requests().len(), sifted.requests().len(), other.connections()), (2, 1, 0));
    // An event that is delivered to us twice is sent on once.
    assert_eq!(deliver(&hook, &old).await, 200);
    happened(&hook, "evt_last").await;
    in_state(&desk, &typed_at.id, DeliveryState::Delivered, 3).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_endpoint_says_why() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let code = async |request: AddEndpoint| desk.call(SANDBOX, request).await.unwrap_err().code;
    let local = AddEndpoint { allow_local: false, ..to("https://127.0.0.1/") };
    assert_eq!(code(local).await, ErrorCode::EndpointLocal);
    assert_eq!(code(to("http://good@127.0.0.1/")).await, ErrorCode::BadEndpointUrl);
    assert_eq!(code(to("file:///etc/passwd")).await, ErrorCode::BadEndpointUrl);
    assert_eq!(code(to("http://169.254.169.254/")).await, ErrorCode::BadEndpointUrl);
    // F15: what it sends would come back to it for ever.
    assert_eq!(code(to(hook.url.as_deref().unwrap())).await, ErrorCode::BadEndpointUrl);
    let fine = "http://127.0.0.1:3000/";
    let filter = AddEndpoint { events: vec!["char*".to_owned()], ..to(fine) };
    assert_eq!(code(filter).await, ErrorCode::BadEndpointFilter);
    let condition = AddEndpoint { conditions: vec!["currency".to_owned()], ..to(fine) };
    assert_eq!(code(condition).await, ErrorCode::BadEndpointFilter);
    for (rate_per_second, concurrency) in [(Some(0), None), (Some(1_001), None), (None, Some(65))] {
        let request = AddEndpoint { rate_per_second, concurrency, ..to(fine) };
        assert_eq!(code(request).await, ErrorCode::BadEndpointLimit);
    }
    let blank = |text: &str| Some(SecretText(Secret::new(text)));
    assert_eq!(
        code(AddEndpoint { offered_secret: blank(" "), ..to(fine) }).await,
        ErrorCode::BadEndpointSecret
    );
    assert_eq!(code(AddEndpoint { offered_secret: None, ..to(fine) }).await, ErrorCode::BadEndpointSecret);
    let unsuited =
        AddEndpoint { scheme: EndpointScheme::Standard, offered_secret: blank("not base64!"), ..to(fine) };
    assert_eq!(code(unsuited).await, ErrorCode::BadEndpointSecret);
    let unknown = desk.call(SANDBOX, PauseEndpoint { id: "ep_0".to_owned() }).await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::UnknownEndpoint);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f19_an_endpoint_that_is_gone_stops_and_what_waited_can_be_told_apart() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let server = receiver([Script::answer(410, &[], "gone")]).await;
    let at = added(&desk, to(&server.base_url())).await;
    happened(&hook, "evt_1").await;
    let first = in_state(&desk, &at.id, DeliveryState::Failed, 1).await.remove(0);
    assert_eq!((first.status, first.problem.as_deref()), (Some(410), Some("status")));
    let stopped = endpoint(&desk, &at.id).await;
    assert_eq!((stopped.state, stopped.reason.as_deref()), (EndpointState::Stopped, Some("gone")));
    happened(&hook, "evt_2").await;
    let both = in_state(&desk, &at.id, DeliveryState::Failed, 2).await;
    assert_eq!(both[0].problem.as_deref(), Some("endpoint_stopped"));
    assert_eq!(server.requests().len(), 1);
    let resumed = desk.call(SANDBOX, ResumeEndpoint { id: at.id.clone() }).await.unwrap();
    assert_eq!((resumed.state, resumed.reason), (EndpointState::On, None));
    happened(&hook, "evt_3").await;
    assert_eq!(in_state(&desk, &at.id, DeliveryState::Delivered, 1).await[0].event, "evt_3");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f20_an_endpoint_that_wants_fewer_requests_says_until_when() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let dated = ["Date: Sun, 22 Nov 2026 10:00:00 GMT", "Retry-After: Sun, 22 Nov 2026 10:10:00 GMT"];
    let server = receiver([Script::answer(429, &dated, "")]).await;
    let at = added(&desk, to(&server.base_url())).await;
    happened(&hook, "evt_1").await;
    let waiting = tried(&desk, &at.id, 1).await;
    assert_eq!((waiting.state, waiting.status), (DeliveryState::Waiting, Some(429)));
    let wait_s = waiting.next_try.unwrap().as_seconds() - now();
    assert!((540..=600).contains(&wait_s), "{wait_s}");
    assert!(endpoint(&desk, &at.id).await.failing_since.is_some());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_an_endpoint_that_fails_for_days_is_switched_off_and_says_so() {
    let home = TestHome::new();
    let clock = Arc::new(Moving(AtomicI64::new(now() * 1_000)));
    let desk = Connection::open_at(home.options(true), Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
    let vendor = small_vendor().await;
    connected(&desk, &vendor, "shop").await;
    let hook = hook(&desk, SECRET).await;
    let server = ScriptedServer::start([]).await.then_always(Script::answer(500, &[], "no"));
    let at = added(&desk, to(&server.base_url())).await;
    happened(&hook, "evt_1").await;
    // Each day a try: of ten tries the first four days see four more.
    for attempts in 1..=5 {
        let one = tried(&desk, &at.id, attempts).await;
        assert_eq!(one.state, DeliveryState::Waiting, "{one:?}");
        assert_eq!(endpoint(&desk, &at.id).await.state, EndpointState::On);
        clock.forward(1);
        desk.call(SANDBOX, ResumeEndpoint { id: at.id.clone() }).await.unwrap();
    }
    let last = in_state(&desk, &at.id, DeliveryState::Failed, 1).await.remove(0);
    assert_eq!(last.attempts, 6);
    let stopped = endpoint(&desk, &at.id).await;
    assert_eq!((stopped.state, stopped.reason.as_deref()), (EndpointState::Stopped, Some("failing")));
    let ids: Vec<String> =
        server.requests().iter().map(|one| one.header("webhook-id")[0].to_owned()).collect();
    assert_eq!((ids.len(), ids.iter().all(|id| *id == last.message_id)), (6, true), "one id over all tries");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f22_an_endpoint_that_is_removed_gets_nothing_of_what_waits() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let server = receiver([]).await;
    let at = added(&desk, to(&server.base_url())).await;
    desk.call(SANDBOX, PauseEndpoint { id: at.id.clone() }).await.unwrap();
    for id in ["evt_1", "evt_2", "evt_3"] {
        happened(&hook, id).await;
    }
    in_state(&desk, &at.id, DeliveryState::Waiting, 3).await;
    desk.call(SANDBOX, RemoveEndpoint { id: at.id.clone() }).await.unwrap();
    let request = ListDeliveries { state: Some(DeliveryState::Canceled), ..ListDeliveries::default() };
    let canceled = desk.call(SANDBOX, request).await.unwrap();
    assert_eq!(canceled.total, 3);
    assert!(canceled.items.iter().all(|one| one.problem.as_deref() == Some("endpoint_removed")));
    let touched = desk.call(SANDBOX, TouchEndpoint { id: at.id }).await.unwrap_err();
    assert_eq!(touched.code, ErrorCode::UnknownEndpoint);
    assert_eq!(server.connections(), 0);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_survives_the_desk_and_keeps_its_id() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let server = receiver([Script::reset_after_request(), Script::answer(500, &[], "")]).await;
    let at = added(&desk, to(&server.base_url())).await;
    let sent = happened(&hook, "evt_1").await;
    let first = tried(&desk, &at.id, 1).await;
    assert_eq!((first.state, first.problem.as_deref()), (DeliveryState::Waiting, Some("reset")));
    desk.call(SANDBOX, PauseEndpoint { id: at.id.clone() }).await.unwrap();
    happened(&hook, "evt_2").await;
    desk.close().await;
    let again = Connection::open(home.options(true)).await.unwrap();
    assert_eq!(endpoint(&again, &at.id).await.state, EndpointState::Paused, "a person holds it back");
    again.call(SANDBOX, ResumeEndpoint { id: at.id.clone() }).await.unwrap();
    let both = in_state(&again, &at.id, DeliveryState::Delivered, 2).await;
    let arrived: Vec<_> = server.requests().into_iter().filter(|one| one.body == sent).collect();
    assert!(arrived.len() >= 2);
    let kept = both.iter().find(|one| one.event == "evt_1").unwrap();
    assert!(arrived.iter().all(|one| one.header("webhook-id") == [kept.message_id.as_str()]));
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_masked_is_never_sent_on() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let server = receiver([]).await;
    let at = added(&desk, to(&server.base_url())).await;
    let mut masked = event("evt_card", "customer.created", now(), &customer("cus_card", "Ada", now()));
    masked["data"]["object"]["description"] = Value::from("my card is 4242 4242 4242 4242");
    assert_eq!(deliver_signed(&hook, SECRET, masked.to_string().as_bytes(), now()).await, 200);
    let refused = in_state(&desk, &at.id, DeliveryState::Failed, 1).await.remove(0);
    assert_eq!(refused.problem.as_deref(), Some("not_replayable"));
    assert_eq!(server.connections(), 0);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_order_an_object_s_later_event_waits_for_the_earlier_one() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let server = receiver([Script::answer(500, &[], "")]).await;
    let at =
        added(&desk, AddEndpoint { ordered: true, concurrency: Some(8), ..to(&server.base_url()) }).await;
    for (id, object) in [("evt_1", "cus_a"), ("evt_2", "cus_a"), ("evt_3", "cus_b")] {
        let body = event(id, "customer.created", now(), &customer(object, "Ada", now()));
        assert_eq!(deliver(&hook, &body).await, 200);
        if id == "evt_1" {
            tried(&desk, &at.id, 1).await;
        }
    }
    let other = in_state(&desk, &at.id, DeliveryState::Delivered, 1).await;
    assert_eq!(other[0].event, "evt_3", "another object's does not wait");
    // The first one is tried again after five seconds, and then the second one follows.
    in_state(&desk, &at.id, DeliveryState::Delivered, 3).await;
    let arrived: Vec<Value> =
        server.requests().iter().map(|one| serde_json::from_slice(&one.body).unwrap()).collect();
    let order: Vec<&str> = arrived.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(order, ["evt_1", "evt_3", "evt_1", "evt_2"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_changed_and_signed_by_another_secret_from_then_on() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let (before, after) = (receiver([]).await, receiver([]).await);
    let at = added(&desk, to(&before.base_url())).await;
    happened(&hook, "evt_1").await;
    in_state(&desk, &at.id, DeliveryState::Delivered, 1).await;
    let change = ChangeEndpoint {
        id: at.id.clone(),
        url: Some(after.base_url()),
        secret: crate::listening::secret("whsec_another"),
        rate_per_second: Some(5),
        ..ChangeEndpoint::default()
    };
    let changed = desk.call(SANDBOX, change).await.unwrap();
    assert_eq!(
        (changed.rate_per_second, changed.url.as_str()),
        (5, format!("{}/", after.base_url()).as_str())
    );
    happened(&hook, "evt_2").await;
    in_state(&desk, &at.id, DeliveryState::Delivered, 2).await;
    assert!(is_signed(&after.requests()[0], "whsec_another"));
    assert_eq!(before.requests().len(), 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_a_refund_is_told_to_who_asks_for_it_by_name() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let (asks, takes_all) = (receiver([]).await, receiver([]).await);
    let own = AddEndpoint { events: vec!["paydesk.refund.*".to_owned()], ..to(&asks.base_url()) };
    let unsigned = desk.call(SANDBOX, own.clone()).await.unwrap_err();
    assert_eq!(unsigned.code, ErrorCode::BadEndpointFilter, "they are Standard Webhooks");
    let at = added(&desk, AddEndpoint { scheme: EndpointScheme::Standard, ..own }).await;
    let other = added(&desk, to(&takes_all.base_url())).await;
    let payment = refundable(&desk).await;
    let settled = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    let told = in_state(&desk, &at.id, DeliveryState::Delivered, 1).await.remove(0);
    assert_eq!((told.event_type.as_str(), told.body), ("paydesk.refund.settled", DeliveryBody::Own));
    let request = asks.requests().remove(0);
    assert!(is_signed(&request, ENDPOINT_SECRET));
    let message: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(message["type"], "paydesk.refund.settled");
    assert_eq!(message["data"]["amount_minor"], "500");
    assert_eq!(message["data"]["intent"], settled.intent_id.as_deref().unwrap_or_default());
    assert!(!request.body.contains(&b'@'), "nothing of the payer");
    let theirs = deliveries(&desk, &other.id).await;
    assert!(theirs.iter().all(|one| !one.event_type.starts_with("paydesk.")), "{theirs:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_goes_while_its_event_is_on_its_way_stops_nobody_s_endpoint() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let first = hook(&desk, SECRET).await;
    let slow = Step::Wait(Duration::from_secs(3));
    let answer = Step::Send(http_response(200, &[], "late"));
    let server = receiver([Script::steps(vec![slow, answer])]).await;
    let at = added(&desk, to(&server.base_url())).await;
    happened(&first, "evt_1").await;
    until("the request", async || (server.connections() == 1).then_some(())).await;
    desk.call(SANDBOX, RemoveAccount { label: "shop".to_owned() }).await.unwrap();
    assert!(deliveries(&desk, &at.id).await.is_empty(), "while it is on its way");
    connected(&desk, &vendor, "shop").await;
    let second = hook(&desk, SECRET).await;
    happened(&second, "evt_2").await;
    let taken = in_state(&desk, &at.id, DeliveryState::Delivered, 1).await;
    assert_eq!(taken[0].event, "evt_2");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_with_the_listener_s_secret_follows_it() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let first = hook(&desk, SECRET).await;
    let server = receiver([]).await;
    let of_listener = AddEndpoint {
        account: Some("shop".to_owned()),
        offered_secret: None,
        secret_of_listener: true,
        ..to(&server.base_url())
    };
    let at = added(&desk, of_listener).await;
    happened(&first, "evt_1").await;
    in_state(&desk, &at.id, DeliveryState::Delivered, 1).await;
    let second = hook(&desk, "whsec_rolled").await;
    let body = event("evt_2", "customer.created", now(), &customer("cus_2", "Ada", now()));
    assert_eq!(deliver_signed(&second, "whsec_rolled", body.to_string().as_bytes(), now()).await, 200);
    in_state(&desk, &at.id, DeliveryState::Delivered, 2).await;
    let requests = server.requests();
    assert!(is_signed(&requests[0], SECRET));
    assert!(is_signed(&requests[1], "whsec_rolled"), "{}", requests[1].head);
    desk.close().await;
}
