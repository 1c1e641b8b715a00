//! What other vendors than Stripe deliver, over a real socket into a real home: each by its own scheme, each event once,
//! found, sent on and replayed, and nothing about money from any of them.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use contract::accounts::ConnectAccount;
use contract::events::{HookView, ListHooks, OpenHook, RemoveHook, ShowEvent};
use contract::history::{CameBy, CountEvents, HistoryView, ListEvents};
use contract::relay::{AddEndpoint, DeliveryState};
use contract::shared::ListRange;
use contract::{ErrorCode, Scope, SecretText, Timestamp};
use desk::Connection;
use domain::{Environment, Secret, Vendor};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use serde_json::{Value, json};
use webhooks::{Scheme, sign};

use crate::listening::{decided, free_port, now, received, secret, send};
use crate::relay::{deliveries, is_signed, receiver, to, until};
use crate::support::{SANDBOX, TestHome, small_vendor};

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const CALLED: &str = "https://hooks.example.com/in/1";

async fn opened(desk: &Connection, request: OpenHook) -> HookView {
    let hook = desk.call(SANDBOX, OpenHook { port: Some(free_port()), ..request }).await.unwrap();
    assert!(hook.listening && hook.is_source, "{hook:?}");
    hook
}

fn source(scheme: Scheme, name: &str, given: &str) -> OpenHook {
    OpenHook {
        scheme: Some(scheme.to_string()),
        name: Some(name.to_owned()),
        secret: secret(given),
        ..OpenHook::default()
    }
}

async fn deliver(hook: &HookView, headers: &[(&str, String)], body: &[u8]) -> u16 {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    send(hook.url.as_deref().unwrap(), &lines, body).await
}

async fn found(desk: &Connection, query: &str) -> Vec<HistoryView> {
    let range = ListRange { limit: Some(100), after: None };
    desk.call(SANDBOX, ListEvents { query: query.to_owned(), range }).await.unwrap().items
}

async fn count(desk: &Connection, query: &str) -> u64 {
    desk.call(SANDBOX, CountEvents { query: query.to_owned(), exact: true }).await.unwrap().events
}

/// A sender of SendGrid's events with its key.
struct Mailer(PKey<Private>);

impl Mailer {
    fn new() -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        Self(PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap())
    }

    fn public_key(&self) -> String {
        BASE64_STANDARD.encode(self.0.public_key_to_der().unwrap())
    }

    async fn post(&self, hook: &HookView, body: &[u8]) -> u16 {
        let time = now().to_string();
        let mut signer = Signer::new(MessageDigest::sha256(), &self.0).unwrap();
        signer.update(time.as_bytes()).unwrap();
        signer.update(body).unwrap();
        let signature = BASE64_STANDARD.encode(signer.sign_to_vec().unwrap());
        let headers = [
            ("Content-Type", "application/json".to_owned()),
            ("X-Twilio-Email-Event-Webhook-Signature", signature),
            ("X-Twilio-Email-Event-Webhook-Timestamp", time),
        ];
        deliver(hook, &headers, body).await
    }
}

fn mail_event(id: usize, kind: &str) -> Value {
    json!({
        "email": "ada@example.org", "event": kind, "sg_event_id": format!("sg{id}=="), "timestamp": now(),
        "sg_message_id": format!("msg{id}.filter0001.1.2.0"),
    })
}

fn list(events: &[Value]) -> Vec<u8> {
    let mut body = serde_json::to_vec(events).unwrap();
    // SendGrid ends its bodies so.
    body.extend_from_slice(b"\r\n");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_of_a_list_of_sendgrids_is_kept_once_and_found_and_sent_on() {
    let home = TestHome::new();
    let desk = Connection::open(home.options(true)).await.unwrap();
    let mailer = Mailer::new();
    let hook = opened(&desk, source(Scheme::SendGrid, "mail", &mailer.public_key())).await;
    let server = receiver([]).await;
    let bounces = AddEndpoint {
        events: vec!["bounce".to_owned()],
        account: Some("mail".to_owned()),
        ..to(&server.base_url())
    };
    let endpoint = desk.call(SANDBOX, bounces).await.unwrap();
    let all: Vec<Value> =
        (0..50).map(|id| mail_event(id, if id == 7 { "bounce" } else { "delivered" })).collect();
    assert_eq!(mailer.post(&hook, &list(&all)).await, 200);
    // The same again, with one more: what is known is not kept twice.
    let more: Vec<Value> = all.iter().cloned().chain([mail_event(50, "open")]).collect();
    assert_eq!(mailer.post(&hook, &list(&more)).await, 200);
    assert_eq!(mailer.post(&hook, &list(&all[..1])).await, 200);
    let requests = decided(&desk, 3).await;
    let facts: Vec<_> =
        requests.iter().map(|one| (one.state.as_str(), one.several, one.verdict.as_str())).collect();
    assert_eq!(
        facts,
        [
            ("known", 0, "verified_in_part"),
            ("applied", 51, "verified_in_part"),
            ("applied", 50, "verified_in_part")
        ]
    );
    assert_eq!(requests[0].event.as_deref(), Some("sg0=="), "one of a single event names it");
    assert_eq!(count(&desk, "vendor:sendgrid").await, 51);
    assert_eq!(count(&desk, "source:mail type:delivered verdict:part").await, 49);
    let bounce = found(&desk, "type:bounce").await.remove(0);
    assert_eq!(
        (bounce.id.as_str(), bounce.came, bounce.object_id.as_deref()),
        ("sg7==", CameBy::Part, Some("msg7"))
    );
    let shown = desk.call(SANDBOX, ShowEvent { id: "sg7==".to_owned() }).await.unwrap();
    assert_eq!(shown.received.len(), 2, "both requests brought it");
    let sent = until("the delivery", async || {
        let all = deliveries(&desk, &endpoint.id).await;
        all.into_iter().find(|one| one.state == DeliveryState::Delivered)
    });
    assert_eq!(sent.await.event, "sg7==");
    let request = server.requests().remove(0);
    assert_eq!(request.body, format!("[{}]", all[7]).into_bytes(), "a list, as its vendor delivers");
    assert_eq!(request.header("paydesk-signed"), ["in part"], "our signature does not vouch for all of it");
    assert_eq!(server.requests().len(), 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w24_a_list_of_ten_thousand_events_is_taken_and_a_larger_body_than_any_is_not() {
    let home = TestHome::new();
    let desk = Connection::open(home.options(true)).await.unwrap();
    let mailer = Mailer::new();
    let hook = opened(&desk, source(Scheme::SendGrid, "mail", &mailer.public_key())).await;
    let all: Vec<Value> = (0..10_000).map(|id| mail_event(id, "processed")).collect();
    let body = list(&all);
    assert!(body.len() > 1024 * 1024 && body.len() < 4 * 1024 * 1024, "{}", body.len());
    assert_eq!(mailer.post(&hook, &body).await, 200);
    assert_eq!(mailer.post(&hook, &vec![b' '; 4 * 1024 * 1024 + 1]).await, 413);
    assert_eq!(decided(&desk, 1).await[0].several, 10_000);
    assert_eq!(count(&desk, "vendor:sendgrid").await, 10_000);
    // One of Twilio has no such room.
    let request = OpenHook { public_url: Some(CALLED.to_owned()), ..source(Scheme::Twilio, "sms", TOKEN) };
    let sms = opened(&desk, request).await;
    assert_eq!(deliver(&sms, &[], &vec![b'a'; 256 * 1024 + 1]).await, 413);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w29_to_w33_w52_what_is_signed_and_is_no_list_of_events_is_kept_apart() {
    let home = TestHome::new();
    let desk = Connection::open(home.options(true)).await.unwrap();
    let mailer = Mailer::new();
    let hook = opened(&desk, source(Scheme::SendGrid, "mail", &mailer.public_key())).await;
    let deep = format!("[{}1{}]", "[".repeat(10_000), "]".repeat(10_000));
    for body in ["", "{", "\u{feff}[{}]", "[]", "7", "NaN", &deep, "[\"a\"]"] {
        assert_eq!(mailer.post(&hook, body.as_bytes()).await, 200, "{body:.20}");
    }
    assert_eq!(mailer.post(&hook, b"[{\"event\":\"open\",\"sg_event_id\":\"a\"},7]").await, 200);
    // Somebody else's signature.
    assert_eq!(Mailer::new().post(&hook, &list(&[mail_event(1, "open")])).await, 400);
    let requests = decided(&desk, 10).await;
    assert!(requests.iter().all(|one| one.state == "apart"), "{requests:?}");
    let reasons: Vec<_> = requests.iter().rev().map(|one| one.reason.as_deref().unwrap()).collect();
    let (bad, no_event) = ("not_json", "other_object");
    assert_eq!(
        reasons,
        [bad, bad, bad, no_event, no_event, bad, no_event, no_event, "some_unread", "mismatch"]
    );
    assert_eq!(count(&desk, "vendor:sendgrid verdict:part").await, 1, "what could be read of a list is kept");
    desk.close().await;
}

/// Signs as Twilio does: the address and the fields of a form, in order.
fn by_twilio(url: &str, fields: &[(&str, &str)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let message: String = sorted.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    let key = PKey::hmac(TOKEN.as_bytes()).unwrap();
    let mut signer = Signer::new(MessageDigest::sha1(), &key).unwrap();
    signer.update(message.as_bytes()).unwrap();
    BASE64_STANDARD.encode(signer.sign_to_vec().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn twilio_is_believed_by_the_address_that_it_calls_and_its_form_is_sent_on_as_it_came() {
    let home = TestHome::new();
    let desk = Connection::open(home.options(true)).await.unwrap();
    let without = desk.call(SANDBOX, source(Scheme::Twilio, "sms", TOKEN)).await.unwrap_err();
    assert_eq!(without.code, ErrorCode::HookUnfit, "it signs an address that nobody named");
    let request = OpenHook { public_url: Some(CALLED.to_owned()), ..source(Scheme::Twilio, "sms", TOKEN) };
    let hook = opened(&desk, request).await;
    assert_eq!(hook.public_url.as_deref(), Some(CALLED));
    let server = receiver([]).await;
    let endpoint = desk.call(SANDBOX, to(&server.base_url())).await.unwrap();
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("To", "5551")];
    let form = "MessageSid=SM1&MessageStatus=delivered&To=5551";
    let headers = |url: &str| {
        [
            ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
            ("X-Twilio-Signature", by_twilio(url, &fields)),
        ]
    };
    assert_eq!(deliver(&hook, &headers(CALLED), form.as_bytes()).await, 200);
    assert_eq!(deliver(&hook, &headers("https://other.example/in/1"), form.as_bytes()).await, 400);
    assert_eq!(deliver(&hook, &headers(CALLED), form.replace("5551", "5552").as_bytes()).await, 400);
    assert_eq!(decided(&desk, 3).await[2].event.as_deref(), Some("SM1:delivered"));
    let event = found(&desk, "vendor:twilio type:message.*").await.remove(0);
    assert_eq!((event.id.as_str(), event.came), ("SM1:delivered", CameBy::Part));
    until("the delivery", async || (!server.requests().is_empty()).then_some(())).await;
    let sent = server.requests().remove(0);
    assert_eq!(sent.body, form.as_bytes());
    assert_eq!(sent.header("content-type"), ["application/x-www-form-urlencoded"]);
    assert!(is_signed(&sent, WHSEC), "{}", sent.head);
    let _ = endpoint;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_svix_and_hubspot_are_believed_as_they_sign_and_a_source_keeps_its_events_when_its_path_goes()
 {
    let home = TestHome::new();
    let desk = Connection::open(home.options(true)).await.unwrap();
    let at = Timestamp::from_seconds(now());
    for (scheme, id) in [(Scheme::Standard, "msg_1"), (Scheme::Svix, "msg_2")] {
        let name = scheme.as_str();
        let offered_secret = Some(SecretText(Secret::new(WHSEC)));
        let request = OpenHook { offered_secret, secret: None, ..source(scheme, name, "") };
        let hook = opened(&desk, request).await;
        assert!(hook.took_offered);
        let body = br#"{"type":"invoice.paid","data":{"id":"in_1"}}"#;
        let signed = sign(scheme, id, at, body, &[Secret::new(WHSEC)]).unwrap();
        assert_eq!(deliver(&hook, &signed, body).await, 200);
        assert_eq!(deliver(&hook, &signed, body).await, 200, "w46");
        let old = sign(scheme, "msg_3", at.plus_ms(-302_000), body, &[Secret::new(WHSEC)]).unwrap();
        assert_eq!(deliver(&hook, &old, body).await, 400, "w47");
        let shown = until("the verified event", async || {
            let shown = desk.call(SANDBOX, ShowEvent { id: id.to_owned() }).await.ok()?;
            shown.event.filter(|event| event.came == CameBy::Verified)
        });
        assert_eq!(shown.await.event_type, "invoice.paid");
    }
    let public_url = Some(CALLED.to_owned());
    let hook = opened(&desk, OpenHook { public_url, ..source(Scheme::HubSpot, "crm", TOKEN) }).await;
    let body =
        json!([{"eventId": 1, "subscriptionType": "contact.creation", "occurredAt": 1, "attemptNumber": 0}]);
    let again =
        json!([{"eventId": 1, "subscriptionType": "contact.creation", "occurredAt": 1, "attemptNumber": 1}]);
    for body in [body.to_string(), again.to_string()] {
        let time = at.as_ms().to_string();
        let key = PKey::hmac(TOKEN.as_bytes()).unwrap();
        let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
        signer.update(format!("POST{CALLED}{body}{time}").as_bytes()).unwrap();
        let signature = BASE64_STANDARD.encode(signer.sign_to_vec().unwrap());
        let headers = [("X-HubSpot-Signature-v3", signature), ("X-HubSpot-Request-Timestamp", time)];
        assert_eq!(deliver(&hook, &headers, body.as_bytes()).await, 200);
    }
    let requests = decided(&desk, 8).await;
    assert_eq!((requests[0].state.as_str(), requests[1].state.as_str()), ("known", "applied"));
    let gone = |forget| RemoveHook { account: "crm".to_owned(), forget };
    desk.call(SANDBOX, gone(false)).await.unwrap();
    assert_eq!(desk.call(SANDBOX, ListHooks {}).await.unwrap().total, 2);
    assert_eq!(count(&desk, "vendor:hubspot").await, 1, "what came stays");
    until("the path to be gone", async || (deliver(&hook, &[], b"{}").await == 404).then_some(())).await;
    desk.call(SANDBOX, gone(true)).await.unwrap();
    assert_eq!(count(&desk, "vendor:hubspot").await, 0);
    assert_eq!(received(&desk, false).await.total, 6);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_stands_for_one_account_or_source_of_the_whole_home() {
    let test = Scope { environment: Some(Environment::Test), ..SANDBOX };
    let any = Scope { environment: None, ..SANDBOX };
    let home = TestHome::new();
    let desk = Connection::open(home.options(true)).await.unwrap();
    let crm = opened(&desk, source(Scheme::Standard, "crm", WHSEC)).await;
    assert_eq!(crm.environment, Environment::Sandbox);
    desk.call(test, source(Scheme::Standard, "other", WHSEC)).await.unwrap();
    let again = desk.call(test, source(Scheme::Standard, "crm", WHSEC)).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::LabelTaken, "it is in another environment");
    let found = desk.call(any, source(Scheme::Standard, "crm", WHSEC)).await.unwrap();
    assert_eq!((found.environment, found.url), (Environment::Sandbox, crm.url));
    let vendor = small_vendor().await;
    let account = ConnectAccount {
        vendor: Vendor::Stripe,
        label: "crm".to_owned(),
        base_url: Some(vendor.base_url()),
        key: secret(vendor.secret_key()).unwrap(),
    };
    assert_eq!(desk.call(SANDBOX, account).await.unwrap_err().code, ErrorCode::LabelTaken);
    desk.call(any, RemoveHook { account: "other".to_owned(), forget: true }).await.unwrap();
    desk.close().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_may_call_the_listener_at_its_root_or_under_a_path_that_ends_in_a_slash() {
    let home = TestHome::new();
    let desk = Connection::open(home.options(true)).await.unwrap();
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "sent")];
    let headers = |url: &str| {
        [
            ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
            ("X-Twilio-Signature", by_twilio(url, &fields)),
        ]
    };
    let form = b"MessageSid=SM1&MessageStatus=sent";
    let at =
        |url: &str| OpenHook { public_url: Some(url.to_owned()), ..source(Scheme::Twilio, "sms", TOKEN) };
    let bare = opened(&desk, at("https://hooks.example.com/")).await;
    let called = bare.public_url.clone().unwrap();
    assert!(called.starts_with("https://hooks.example.com/hooks/"), "{called}");
    for (url, status) in [
        (called.as_str(), 200),
        ("https://hooks.example.com/", 200),
        ("https://hooks.example.com/other", 400),
        ("https://other.example.com/", 400),
    ] {
        assert_eq!(deliver(&bare, &headers(url), form).await, status, "{url}");
    }
    let slash = opened(&desk, at("https://hooks.example.com/in/")).await;
    assert_eq!(slash.public_url.as_deref(), Some("https://hooks.example.com/in/"));
    for (url, status) in [
        ("https://hooks.example.com/in/", 200),
        ("https://hooks.example.com/in", 400),
        ("https://hooks.example.com/", 400),
    ] {
        assert_eq!(deliver(&slash, &headers(url), form).await, status, "{url}");
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t7_a_certificate_is_asked_for_at_paypal_alone_and_a_path_says_what_it_lacks() {
    let home = TestHome::new();
    let desk = Connection::open(home.options(true)).await.unwrap();
    let paypal = OpenHook { secret: None, ..source(Scheme::PayPal, "wallet", "") };
    let error = desk.call(SANDBOX, paypal.clone()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::HookUnfit, "{error:?}");
    let hook =
        opened(&desk, OpenHook { webhook_id: Some("8PT597110X687430LKGECATA".to_owned()), ..paypal }).await;
    let asked = receiver([]).await;
    let url = asked.base_url().replace("http://", "https://");
    assert_eq!(deliver(&hook, &[("PAYPAL-CERT-URL", format!("{url}/cert.pem"))], b"{}").await, 400);
    assert!(asked.requests().is_empty(), "nobody but PayPal is asked");
    assert_eq!(decided(&desk, 1).await[0].reason.as_deref(), Some("certificate_url"));
    // A scheme whose secret only its vendor has takes none that is made here, and a name has one scheme.
    let offered_secret = Some(SecretText(Secret::new(WHSEC)));
    let bare = OpenHook { secret: None, offered_secret, ..source(Scheme::SendGrid, "mail", "") };
    assert_eq!(desk.call(SANDBOX, bare).await.unwrap_err().code, ErrorCode::HookUnfit);
    let other = source(Scheme::Standard, "wallet", WHSEC);
    assert_eq!(desk.call(SANDBOX, other).await.unwrap_err().code, ErrorCode::HookUnfit);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_forgotten_while_its_vendor_delivers_keeps_no_other_waiting() {
    let home = TestHome::new();
    let desk = Connection::open(home.options(true)).await.unwrap();
    let kept = opened(&desk, source(Scheme::Standard, "kept", WHSEC)).await;
    for round in 0..5 {
        let gone = desk.call(SANDBOX, source(Scheme::Standard, "gone", WHSEC)).await.unwrap();
        let first = std::sync::Arc::new(tokio::sync::Notify::new());
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..8 {
            let (gone, first) = (gone.clone(), first.clone());
            senders.spawn(async move {
                for number in 0.. {
                    let (id, at) = (format!("msg_{round}_{sender}_{number}"), Timestamp::from_seconds(now()));
                    let body = br#"{"type":"invoice.paid","data":{"id":"in_1"}}"#;
                    let signed = sign(Scheme::Standard, &id, at, body, &[Secret::new(WHSEC)]).unwrap();
                    match deliver(&gone, &signed, body).await {
                        200 => first.notify_one(),
                        other => return other,
                    }
                }
                200
            });
        }
        first.notified().await;
        desk.call(SANDBOX, RemoveHook { account: "gone".to_owned(), forget: true }).await.unwrap();
        for status in senders.join_all().await {
            assert_eq!(status, 404, "the vendor is told that nobody takes it there");
        }
    }
    let body = br#"{"type":"invoice.paid","data":{"id":"in_2"}}"#;
    let at = Timestamp::from_seconds(now());
    let signed = sign(Scheme::Standard, "msg_of_the_kept", at, body, &[Secret::new(WHSEC)]).unwrap();
    assert_eq!(deliver(&kept, &signed, body).await, 200);
    assert_eq!(decided(&desk, 1).await[0].state, "applied");
    desk.close().await;
}
