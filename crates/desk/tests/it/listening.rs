//! What vendors deliver, over a real socket into a real home: believed only with a signature, on the disk before it is
//! answered, and in the mirror once and in no order.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::time::{Duration, Instant};

use contract::accounts::{ConnectAccount, KeySource};
use contract::events::{
    EventDetail, HookView, ListHooks, ListReceived, OpenHook, ReceivedEventView, ShowEvent,
};
use contract::history::{CameBy, CountEvents, HistoryView, ListEvents};
use contract::shared::ListRange;
use contract::{ErrorCode, Page, SecretText, Timestamp};
use desk::{Connection, DeskOptions};
use domain::{Secret, Vendor};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::disk::Disk;
use crate::support::{SANDBOX, TestHome, connected, find, small_vendor, synced};

pub(crate) const SECRET: &str = "whsec_of_the_tests";
/// The longest that anything here may take on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn now() -> i64 {
    let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(passed.as_secs()).unwrap()
}

pub(crate) fn secret(text: &str) -> Option<KeySource> {
    Some(KeySource::Text { key: SecretText(Secret::new(text)) })
}

/// Opens the path of an account on any free port.
pub(crate) async fn hook(desk: &Connection, given: &str) -> HookView {
    let port = Some(free_port());
    let request = OpenHook { port, secret: secret(given), ..OpenHook::default() };
    let hook = desk.call(SANDBOX, request).await.unwrap();
    assert!(hook.listening, "{hook:?}");
    hook
}

/// Tests run beside each other, and the port that is tried first is one.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Delivers a body, signed at some second, and answers with the status.
pub(crate) async fn deliver_signed(hook: &HookView, secret: &str, body: &[u8], at: i64) -> u16 {
    let signed = webhooks::sign(
        webhooks::Scheme::Stripe,
        "",
        Timestamp::from_seconds(at),
        body,
        &[Secret::new(secret)],
    );
    let (name, value) = signed.unwrap().remove(0);
    send(hook.url.as_deref().unwrap(), &format!("{name}: {value}\r\n"), body).await
}

pub(crate) async fn send(url: &str, lines: &str, body: &[u8]) -> u16 {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // What is refused by its length is refused before it is all said.
    let _ = stream.write_all(body).await;
    let mut heard = Vec::new();
    let _ = tokio::time::timeout(LIMIT, stream.read_to_end(&mut heard)).await.unwrap();
    String::from_utf8_lossy(&heard).get(9..12).unwrap().parse().unwrap()
}

pub(crate) async fn deliver(hook: &HookView, event: &Value) -> u16 {
    deliver_signed(hook, SECRET, event.to_string().as_bytes(), now()).await
}

/// An event of a customer, which nothing else in a mirror depends on.
pub(crate) fn event(id: &str, kind: &str, created: i64, customer: &Value) -> Value {
    json!({
        "id": id, "object": "event", "api_version": "2026-10-28.endive", "created": created, "livemode": false,
        "pending_webhooks": 1, "request": { "id": null, "idempotency_key": null }, "type": kind,
        "data": { "object": customer },
    })
}

pub(crate) fn customer(id: &str, name: &str, created: i64) -> Value {
    json!({
        "id": id, "object": "customer", "created": created, "email": "ada@example.org", "livemode": false,
        "metadata": {}, "name": name, "phone": null, "description": null,
    })
}

pub(crate) async fn received(desk: &Connection, apart_only: bool) -> Page<ReceivedEventView> {
    let range = ListRange { limit: Some(1_000), after: None };
    desk.call(SANDBOX, ListReceived { apart_only, range, account: None }).await.unwrap()
}

/// All requests, once none waits any more and there are so many of them.
pub(crate) async fn decided(desk: &Connection, count: u64) -> Vec<ReceivedEventView> {
    let mut notices = desk.notices();
    loop {
        let page = received(desk, false).await;
        if page.total >= count && page.items.iter().all(|one| one.state != "waiting") {
            assert_eq!(page.total, count, "{:?}", page.items);
            return page.items;
        }
        let heard = tokio::time::timeout(LIMIT, notices.recv()).await;
        assert!(heard.is_ok(), "{} of {count}: {:?}", page.total, page.items);
    }
}

/// The events that a search finds, without the requests that brought none.
pub(crate) async fn listed(desk: &Connection, query: &str) -> Vec<HistoryView> {
    let request = ListEvents { query: query.to_owned(), range: ListRange::default() };
    let mut found = desk.call(SANDBOX, request).await.unwrap().items;
    found.retain(|one| matches!(one.came, CameBy::Feed | CameBy::Verified));
    found
}

/// How many events a search finds, without the requests that brought none.
pub(crate) async fn counted(desk: &Connection, query: &str) -> u64 {
    let query = format!("{query} verdict:feed,verified");
    desk.call(SANDBOX, CountEvents { query, exact: true }).await.unwrap().events
}

async fn name_of(desk: &Connection, id: &str) -> Option<String> {
    let request = contract::payments::ShowCustomer { id: id.to_owned() };
    let shown = desk.call(SANDBOX, request).await.ok()?;
    shown.customer.name
}

/// A home in the background with an account that is mirrored.
pub(crate) async fn shop(home: &TestHome) -> (Connection, sandbox::Sandbox) {
    let desk = Connection::open(home.options(true)).await.unwrap();
    let vendor = small_vendor().await;
    connected(&desk, &vendor, "shop").await;
    (desk, vendor)
}

/// Posts a form to the vendor as its own client would.
pub(crate) async fn at_vendor(vendor: &sandbox::Sandbox, path: &str, form: &str) -> Value {
    let base = vendor.base_url();
    let host = base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let said = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        vendor.secret_key(),
        form.len()
    );
    stream.write_all(said.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await.unwrap();
    let text = String::from_utf8(heard).unwrap();
    serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_vendor_delivers_is_in_the_mirror_before_anybody_asked_it() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let hook = hook(&desk, vendor.webhook_secret()).await;
    vendor.forward_webhooks_to(hook.url.as_deref().unwrap());
    let mut notices = desk.notices();
    let charge = at_vendor(&vendor, "/v1/charges", "amount=4711&currency=usd&source=tok_visa").await;
    let id = charge["id"].as_str().unwrap();
    let brought = loop {
        let all = received(&desk, false).await.items;
        let mine = all.into_iter().find(|one| one.event_type.as_deref() == Some("charge.succeeded"));
        if let Some(one) = mine.filter(|one| one.state != "waiting") {
            break one;
        }
        let heard = tokio::time::timeout(LIMIT, notices.recv()).await;
        assert!(heard.is_ok(), "nothing came of it: {:?}", vendor.deliveries());
    };
    assert_eq!(brought.verdict, "verified");
    assert!(matches!(brought.state.as_str(), "applied" | "known"), "{brought:?}");
    assert!(brought.replayable);
    assert!(vendor.deliveries().iter().all(sandbox::Delivery::succeeded), "{:?}", vendor.deliveries());
    let found = find(&desk, id).await;
    assert_eq!(found.items.len(), 1, "the payment that the event carries is not in the mirror");
    let events = listed(&desk, &format!("type:charge.* {id}")).await;
    assert!(events.iter().any(|one| Some(&one.id) == brought.event.as_ref()), "{events:?}");
    // The feed tells the same, and it is one event.
    synced(&desk).await;
    assert_eq!(listed(&desk, brought.event.as_deref().unwrap()).await.len(), 1);
    let request = ShowEvent { id: brought.event.clone().unwrap() };
    let shown: EventDetail = desk.call(SANDBOX, request).await.unwrap();
    assert_eq!(shown.received.len(), 1);
    assert!(shown.document.contains(id));
    let path = &shown.received[0].path;
    assert!(!hook.url.as_deref().unwrap().ends_with(path.as_str()) && path.starts_with("/hooks/"), "{path}");
    desk.close().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w29_to_w43_what_is_signed_and_cannot_be_what_it_says_is_kept_apart() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let at = now();
    let good = |id: &str| event(id, "customer.created", at, &customer("cus_w", "W", at));
    let with = |id: &str, change: &dyn Fn(&mut Value)| {
        let mut one = good(id);
        change(&mut one);
        one.to_string().into_bytes()
    };
    let text = |id: &str| good(id).to_string();
    let keys: String = (0..100_000).map(|number| format!("\"{number:x}\":1,")).collect();
    let cases: Vec<(&str, Vec<u8>, &str, Option<&str>)> = vec![
        ("w25 empty", Vec::new(), "apart", Some("empty")),
        ("w28 form", b"id=evt_1&type=x".to_vec(), "apart", Some("not_json")),
        ("w29 list", format!("[{}]", text("evt_w29")).into_bytes(), "apart", None),
        (
            "w30 byte order mark",
            format!("\u{feff}{}", text("evt_w30")).into_bytes(),
            "apart",
            Some("not_json"),
        ),
        (
            "w31 utf-16",
            text("evt_w31").encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "apart",
            Some("not_json"),
        ),
        ("w32 invalid utf-8", [text("evt_w32").as_bytes(), b"\xff"].concat(), "apart", None),
        (
            "w33 depth",
            ["[".repeat(10_000), "]".repeat(10_000)].concat().into_bytes(),
            "apart",
            Some("too_deep"),
        ),
        (
            "w34 long text",
            with("evt_w34", &|one| one["data"]["object"]["description"] = "a".repeat(900_000).into()),
            "applied",
            None,
        ),
        ("w35 100,000 keys", format!("{{{keys}\"id\":1}}").into_bytes(), "apart", None),
        (
            "w36 two ids",
            text("evt_w36").replacen('{', "{\"id\":\"evt_other\",", 1).into_bytes(),
            "apart",
            Some("duplicate_name"),
        ),
        (
            "w37 nan",
            text("evt_w37").replace("\"pending_webhooks\":1", "\"pending_webhooks\":NaN").into_bytes(),
            "apart",
            Some("not_json"),
        ),
        (
            "w38 long id",
            with("evt", &|one| one["id"] = format!("evt_{}", "a".repeat(10_000)).into()),
            "apart",
            Some("bad_id"),
        ),
        ("w39 sql", with("x' or 1=1; drop table events;--", &|_| {}), "apart", Some("bad_id")),
        ("w39 html", with("<script>alert(1)</script>", &|_| {}), "apart", Some("bad_id")),
        ("w39 path", with("../../etc/passwd", &|_| {}), "apart", Some("bad_id")),
        ("w40 unknown type", with("evt_w40", &|one| one["type"] = "moon.eclipsed".into()), "applied", None),
        (
            "w41 version to come",
            with("evt_w41", &|one| one["api_version"] = "2031-01-01.zebra".into()),
            "applied",
            None,
        ),
        ("w42 live", with("evt_w42", &|one| one["livemode"] = true.into()), "apart", Some("other_mode")),
        (
            "w43 another account",
            with("evt_w43", &|one| one["account"] = "acct_somebody_else".into()),
            "apart",
            Some("other_account"),
        ),
    ];
    for (place, (name, body, state, reason)) in (1..).zip(&cases) {
        assert_eq!(deliver_signed(&hook, SECRET, body, now()).await, 200, "{name}");
        let newest = decided(&desk, place).await.swap_remove(0);
        assert_eq!(
            (newest.verdict.as_str(), newest.state.as_str()),
            ("verified", *state),
            "{name}: {newest:?}"
        );
        assert_eq!(newest.reason.is_some(), *state == "apart", "{name}: {newest:?}");
        if reason.is_some() {
            assert_eq!(newest.reason.as_deref(), *reason, "{name}");
        }
        let shown = desk.call(SANDBOX, ShowEvent { id: newest.received_id }).await.unwrap();
        assert_eq!(shown.received[0].body_bytes, body.len() as u64, "{name}");
    }
    assert_eq!(listed(&desk, "type:moon.eclipsed").await.len(), 1);
    assert_eq!(listed(&desk, "evt_w41 version:2031-01-01.zebra").await.len(), 1);
    for kept_apart in ["evt_w36", "evt_other", "evt_w42", "evt_w43"] {
        assert_eq!(listed(&desk, kept_apart).await.len(), 0, "{kept_apart} was applied");
    }
    desk.close().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w44_w45_w46_w48_one_event_is_one_whatever_comes_how_often_and_in_which_order() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let at = now() - 100;
    // W45: that it is gone comes first.
    let gone = event("evt_3", "customer.deleted", at + 20, &customer("cus_a", "Ada III", at));
    let made = event("evt_1", "customer.created", at, &customer("cus_a", "Ada I", at));
    let changed = event("evt_2", "customer.updated", at + 10, &customer("cus_a", "Ada II", at));
    for one in [&gone, &made, &changed] {
        assert_eq!(deliver(&hook, one).await, 200);
    }
    decided(&desk, 3).await;
    assert_eq!(name_of(&desk, "cus_a").await.as_deref(), Some("Ada III"));
    // W44: the id is known, and says something else.
    let mut other = changed.clone();
    other["data"]["object"]["name"] = "Mallory".into();
    assert_eq!(deliver(&hook, &other).await, 200);
    let newest = decided(&desk, 4).await.swap_remove(0);
    assert_eq!((newest.state.as_str(), newest.reason.as_deref()), ("apart", Some("other_body")));
    assert_eq!(name_of(&desk, "cus_a").await.as_deref(), Some("Ada III"));
    // W46, W48: again and again, with another count of endpoints that wait, and of long ago.
    let old =
        event("evt_old", "customer.updated", at - 40 * 86_400, &customer("cus_a", "Ada 0", at - 40 * 86_400));
    let mut again = tokio::task::JoinSet::new();
    for number in 0..200 {
        let mut one = if number % 2 == 0 { changed.clone() } else { old.clone() };
        one["pending_webhooks"] = number.into();
        let hook = hook.clone();
        again.spawn(async move { deliver(&hook, &one).await });
    }
    assert!(again.join_all().await.into_iter().all(|status| status == 200));
    let all = decided(&desk, 204).await;
    assert_eq!(all.iter().filter(|one| one.state == "known").count(), 199, "the old one was new once");
    for (id, count) in [("evt_1", 1), ("evt_2", 1), ("evt_3", 1), ("evt_old", 1)] {
        assert_eq!(listed(&desk, id).await.len(), count, "{id}");
    }
    assert_eq!(name_of(&desk, "cus_a").await.as_deref(), Some("Ada III"));
    desk.close().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w47_w48_w52_what_is_not_signed_for_this_path_and_this_time_is_refused_and_kept() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let other_vendor = small_vendor().await;
    let request = ConnectAccount {
        vendor: Vendor::Stripe,
        label: "second".to_owned(),
        base_url: Some(other_vendor.base_url()),
        key: secret(other_vendor.secret_key()).unwrap(),
    };
    desk.call(SANDBOX, request).await.unwrap();
    let request = OpenHook {
        account: Some("second".to_owned()),
        secret: secret("whsec_of_the_second"),
        ..OpenHook::default()
    };
    let second = desk.call(SANDBOX, request).await.unwrap();
    assert_ne!(second.url, hook.url);
    let body = |id: &str| {
        event(id, "customer.created", now(), &customer("cus_b", "B", now())).to_string().into_bytes()
    };
    let cases = [
        ("w47 295 s old", SECRET, -295, 200, None),
        ("w47 302 s old", SECRET, -302, 400, Some("too_old")),
        ("w47 295 s to come", SECRET, 295, 200, None),
        ("w47 305 s to come", SECRET, 305, 400, Some("too_new")),
        ("w48 40 days old", SECRET, -40 * 86_400, 400, Some("too_old")),
        ("w52 signed for another path", "whsec_of_the_second", 0, 400, Some("mismatch")),
        ("an empty secret", " ", 0, 400, Some("mismatch")),
    ];
    for (place, (name, signed_with, after, status, reason)) in (1..).zip(cases) {
        let id = format!("evt_{place}");
        if signed_with.trim().is_empty() {
            let line = format!("Stripe-Signature: t={},v1={}\r\n", now(), "0".repeat(64));
            assert_eq!(send(hook.url.as_deref().unwrap(), &line, &body(&id)).await, status, "{name}");
        } else {
            assert_eq!(deliver_signed(&hook, signed_with, &body(&id), now() + after).await, status, "{name}");
        }
        let newest = decided(&desk, place).await.swap_remove(0);
        assert_eq!(newest.reason.as_deref(), reason, "{name}: {newest:?}");
        assert_eq!(newest.verdict, if status == 200 { "verified" } else { "refused" }, "{name}");
        assert_eq!(listed(&desk, &id).await.len(), usize::from(status == 200), "{name}");
    }
    assert_eq!(received(&desk, true).await.total, 5);
    assert_eq!(send(hook.url.as_deref().unwrap(), "", b"{}").await, 400, "without any signature");
    desk.close().await;
    vendor.stop().await;
    other_vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w53_w54_both_secrets_are_good_while_one_is_exchanged_for_the_next() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let body = |id: &str| {
        event(id, "customer.created", now(), &customer("cus_c", "C", now())).to_string().into_bytes()
    };
    let next = "whsec_that_comes_next";
    assert_eq!(deliver_signed(&hook, next, &body("evt_1"), now()).await, 400);
    let request = OpenHook { secret: secret(next), ..OpenHook::default() };
    let changed = desk.call(SANDBOX, request).await.unwrap();
    assert_eq!(changed.url, hook.url, "the vendor delivers there");
    assert_eq!(deliver_signed(&hook, next, &body("evt_2"), now()).await, 200);
    assert_eq!(deliver_signed(&hook, SECRET, &body("evt_3"), now()).await, 200, "W54");
    for blank in ["", " \t"] {
        let request = OpenHook { secret: secret(blank), ..OpenHook::default() };
        assert_eq!(desk.call(SANDBOX, request).await.unwrap_err().code, ErrorCode::HookSecretBlank);
    }
    decided(&desk, 3).await;
    desk.close().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_with_a_card_number_is_kept_masked_and_not_replayable() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let mut about = customer("cus_d", "D", now());
    about["description"] = "card 4242 4242 4242 4242".into();
    assert_eq!(deliver(&hook, &event("evt_card", "customer.created", now(), &about)).await, 200);
    let newest = decided(&desk, 1).await.swap_remove(0);
    assert!(!newest.replayable && newest.state == "applied", "{newest:?}");
    for id in ["evt_card".to_owned(), newest.received_id] {
        let shown = desk.call(SANDBOX, ShowEvent { id }).await.unwrap();
        assert!(
            !shown.document.contains("4242 4242 4242") && shown.document.contains("4242"),
            "{}",
            shown.document
        );
    }
    desk.close().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w51_a_desk_that_closes_takes_nothing_more_and_the_next_one_listens_at_the_same_place() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let one = |id: &str| event(id, "customer.created", now(), &customer("cus_e", "E", now()));
    assert_eq!(deliver(&hook, &one("evt_before")).await, 200);
    desk.close().await;
    let host =
        hook.url.as_deref().unwrap().strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    assert!(TcpStream::connect(&host).await.is_err(), "it still listens");
    let desk = Connection::open(home.options(true)).await.unwrap();
    let mut notices = desk.notices();
    loop {
        let hooks = desk.call(SANDBOX, ListHooks {}).await.unwrap();
        if hooks.items[0].listening {
            assert_eq!(hooks.items[0].url, hook.url);
            break;
        }
        let heard = tokio::time::timeout(LIMIT, notices.recv()).await;
        assert!(heard.is_ok(), "{hooks:?}");
    }
    assert_eq!(deliver(&hook, &one("evt_after")).await, 200);
    decided(&desk, 2).await;
    assert_eq!(listed(&desk, "evt_before").await.len() + listed(&desk, "evt_after").await.len(), 2);
    desk.close().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_somebody_else_has_is_never_said_to_be_listened_on() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let request = || OpenHook { port: Some(port), secret: secret(SECRET), ..OpenHook::default() };
    let refused = desk.call(SANDBOX, request()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ListenerPortTaken);
    let hooks = desk.call(SANDBOX, ListHooks {}).await.unwrap();
    assert!(!hooks.items[0].listening && hooks.items[0].problem.is_some(), "{hooks:?}");
    drop(other);
    assert!(desk.call(SANDBOX, request()).await.unwrap().listening);
    desk.close().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_cannot_be_had_leaves_the_listener_that_works_and_is_not_remembered() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let one = |id: &str| event(id, "customer.created", now(), &customer("cus_e", "E", now()));
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = Some(other.local_addr().unwrap().port());
    let refused = desk.call(SANDBOX, OpenHook { port, ..OpenHook::default() }).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ListenerPortTaken);
    assert_eq!(deliver(&hook, &one("evt_1")).await, 200, "it goes on where vendors deliver");
    let lan = Some("192.0.2.1".to_owned());
    let refused = desk.call(SANDBOX, OpenHook { lan, ..OpenHook::default() }).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ListenerPortTaken, "no address of this machine");
    assert_eq!(deliver(&hook, &one("evt_2")).await, 200);
    let same = desk.call(SANDBOX, OpenHook::default()).await.unwrap();
    assert!(same.listening && same.problem.is_none() && same.url == hook.url, "{same:?}");
    desk.close().await;
    let desk = Connection::open(home.options(true)).await.unwrap();
    assert_eq!(desk.call(SANDBOX, OpenHook::default()).await.unwrap().url, hook.url);
    drop(other);
    let moved = desk.call(SANDBOX, OpenHook { port, ..OpenHook::default() }).await.unwrap();
    assert_ne!(moved.url, hook.url);
    assert_eq!(deliver(&moved, &one("evt_3")).await, 200);
    decided(&desk, 3).await;
    desk.close().await;
    let desk = Connection::open(home.options(true)).await.unwrap();
    assert_eq!(desk.call(SANDBOX, OpenHook::default()).await.unwrap().url, moved.url, "it is remembered");
    desk.close().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_is_shown_though_its_port_cannot_be_had() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = Some(other.local_addr().unwrap().port());
    let offered = || Some(SecretText(Secret::new("whsec_made_by_the_shell")));
    let request = || OpenHook { port, offered_secret: offered(), ..OpenHook::default() };
    let hook = desk.call(SANDBOX, request()).await.unwrap();
    assert!(hook.took_offered && !hook.listening && hook.problem.is_some(), "{hook:?}");
    assert_eq!(hook.problem_port, port);
    let refused = desk.call(SANDBOX, request()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ListenerPortTaken, "nothing is there to be shown");
    drop(other);
    let hook = desk.call(SANDBOX, request()).await.unwrap();
    assert!(hook.listening && !hook.took_offered, "{hook:?}");
    let body = event("evt_1", "customer.created", now(), &customer("cus_1", "Ada", now())).to_string();
    assert_eq!(deliver_signed(&hook, "whsec_made_by_the_shell", body.as_bytes(), now()).await, 200);
    desk.close().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w49_what_comes_while_the_disk_is_full_is_told_to_come_again_and_then_is_kept() {
    let Some(disk) = Disk::of("24m", "w49_sent_while_the_disk_is_full") else { return };
    let home = TestHome::new();
    let options = || DeskOptions { home: disk.path().join("home"), ..home.options(true) };
    let vendor = small_vendor().await;
    let desk = Connection::open(options()).await.unwrap();
    connected(&desk, &vendor, "shop").await;
    let hook = hook(&desk, SECRET).await;
    disk.fill();
    // Its log may have room that it took before; bodies that do not pack use that up.
    let mut kept = 0;
    let began = Instant::now();
    let refused = loop {
        let mut about = customer("cus_f", "F", now());
        let words: String = (0..12_000_u64)
            .map(|number| format!("{:x} ", number.wrapping_mul(0x9E37_79B9_7F4A_7C15 + kept)))
            .collect();
        about["description"] = words.into();
        let one = event(&format!("evt_full_{kept}"), "customer.updated", now(), &about);
        match deliver(&hook, &one).await {
            200 => kept += 1,
            503 => break one,
            other => panic!("it was answered {other}"),
        }
        assert!(began.elapsed() < LIMIT, "the disk never filled");
    };
    disk.make_room();
    assert_eq!(deliver(&hook, &refused).await, 200, "it recovers by itself");
    let all = decided(&desk, kept + 1).await;
    assert!(all.iter().all(|one| one.state == "applied"), "{all:?}");
    assert_eq!(listed(&desk, refused["id"].as_str().unwrap()).await.len(), 1);
    desk.close().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_that_came_with_a_dotenv_file_is_the_one_that_is_believed() {
    let home = TestHome::new();
    let desk = Connection::open(home.options(true)).await.unwrap();
    let vendor = small_vendor().await;
    let text = format!("STRIPE_SECRET_KEY={}\nSTRIPE_WEBHOOK_SECRET={SECRET}\n", vendor.secret_key());
    let request = ConnectAccount {
        vendor: Vendor::Stripe,
        label: "shop".to_owned(),
        base_url: Some(vendor.base_url()),
        key: KeySource::DotenvText { text: SecretText(Secret::new(text)) },
    };
    desk.call(SANDBOX, request).await.unwrap();
    let offered_secret = Some(SecretText(Secret::new("whsec_made_by_the_shell")));
    let request = OpenHook { port: Some(free_port()), offered_secret, ..OpenHook::default() };
    let hook = desk.call(SANDBOX, request).await.unwrap();
    assert!(hook.listening && !hook.took_offered, "{hook:?}");
    let body = event("evt_1", "customer.created", now(), &customer("cus_1", "Ada", now()));
    assert_eq!(deliver(&hook, &body).await, 200);
    let body = body.to_string();
    assert_eq!(deliver_signed(&hook, "whsec_made_by_the_shell", body.as_bytes(), now()).await, 400);
    desk.close().await;
}
