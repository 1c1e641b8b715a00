//! Erasing a person from messages, and from all that vendors told of them.

use std::fmt::Write as _;

use domain::{
    AccountId, Event, EventSubject, Kind, LinkCertainty, MessageEvent, MessageEventKind, MessageId,
    MessagePurpose, MessageState, Observed, Record, RequestId, TellsOf, ToldEvent, Vendor,
};
use mirror::{
    AccountRow, BookFilter, Decided, FindScope, InboxState, KeyReference, MailSettings, MessageInserted,
    MessageLink, MessageRow, Mirror, NewMessage, Received, Verdict, WaitFor,
};
use serde_json::{Value as Json, json};

use crate::support::{Home, NOON, account_row, at, customer, seen, shop};

pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const BOB: &str = "bob@example.org";

/// A shop that takes payments, and its account at the vendor of mail, where customers are `cus_1` with Ada's address and `cus_2` with Bob's.
pub(crate) struct Shop {
    pub(crate) home: Home,
    pub(crate) mirror: Mirror,
    pub(crate) stripe: AccountId,
    pub(crate) mail: AccountId,
    pub(crate) hook: i64,
}

pub(crate) async fn mailing() -> Shop {
    let (home, mirror, stripe) = shop().await;
    let row = AccountRow { vendor: Vendor::SendGrid, ..account_row("mail") };
    mirror.accounts().insert(&row).await.unwrap();
    let hook = hook(&mirror, row.id, "sendgrid").await;
    let people =
        [("cus_1", ADA), ("cus_2", BOB)].map(|(id, to)| seen(Record::Customer(customer(id, to)), NOON));
    mirror.commit_page(stripe, &people, None).await.unwrap();
    Shop { home, mirror, stripe, mail: row.id, hook }
}

async fn hook(mirror: &Mirror, account: AccountId, scheme: &str) -> i64 {
    mirror
        .hooks()
        .insert(&format!("hook-{account}"), account, scheme, &KeyReference::Vault, at(NOON))
        .await
        .unwrap()
        .number
}

pub(crate) fn told_by_sendgrid(id: &str, message: &str, to: &str, what: &str) -> Json {
    json!({
        "sg_event_id": format!("event-{id}"), "sg_message_id": format!("{message}.filter.1"), "email": to, "event": what,
        "timestamp": NOON, "reason": format!("550 <{to}> is unknown here"), "ip": "192.0.2.7",
        "url": format!("https://shop.example/?who={}", to.replace('@', "%40")),
    })
}

impl Shop {
    async fn receive(&self, account: AccountId, hook: i64, scheme: &str, body: &str) {
        let one = Received {
            account_id: account,
            hook,
            received_at: at(NOON),
            method: "POST".to_owned(),
            path: "/hooks/…".to_owned(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            scheme: scheme.to_owned(),
            verdict: Verdict::Verified,
            state: InboxState::Waiting,
            reason: None,
            event_id: None,
            event_type: None,
            replayable: true,
        };
        self.mirror.receive(&one).await.unwrap();
    }

    /// Takes over what waits, as the Desk does: what it tells of messages, then its events.
    async fn apply(&self) {
        let waiting = self.mirror.inbox().waiting(WaitFor::History, 100).await.unwrap();
        for (row, body) in &waiting {
            let body = body.clone().unwrap();
            let entries = match serde_json::from_slice(&body) {
                Ok(Json::Array(entries)) => entries,
                Ok(entry) => vec![entry],
                Err(_) => vec![json!({ "form": String::from_utf8(body).unwrap() })],
            };
            let told: Vec<ToldEvent> = entries.iter().filter_map(told).collect();
            // A source has no messages.
            if row.account_id == self.mail {
                self.mirror
                    .messages()
                    .apply(row.account_id, domain::MessageChannel::Email, &told, at(NOON + 1))
                    .await
                    .unwrap();
            }
            let events: Vec<Observed> =
                entries.iter().enumerate().map(|(place, one)| observed(row.number, place, one)).collect();
            self.mirror.events().insert_new(row.account_id, &events).await.unwrap();
        }
        let done = waiting.iter().map(|(row, _)| Decided {
            number: row.number,
            state: InboxState::Applied,
            reason: None,
            event_id: None,
            event_type: None,
            several: Vec::new(),
        });
        self.mirror.inbox().decide(&done.collect::<Vec<_>>()).await.unwrap();
    }

    pub(crate) async fn deliver(&self, events: &[Json]) {
        self.receive(self.mail, self.hook, "sendgrid", &json!(events).to_string()).await;
        self.apply().await;
    }

    pub(crate) async fn send(&self, to: &str, vendor_id: &str, about: Option<&str>) -> MessageId {
        let message = self.message(to, about);
        assert_eq!(self.mirror.messages().insert(&message).await.unwrap(), MessageInserted::New);
        let queued = MessageState::Queued;
        self.mirror.messages().answered(message.id, queued, None, Some(vendor_id), at(NOON)).await.unwrap();
        message.id
    }

    pub(crate) fn message(&self, to: &str, about: Option<&str>) -> NewMessage {
        NewMessage {
            id: MessageId::generate(),
            request_id: RequestId::generate(),
            account_id: self.mail,
            channel: domain::MessageChannel::Email,
            from: None,
            purpose: MessagePurpose::FreeText,
            to: to.to_owned(),
            subject: Some("A word".to_owned()),
            template: None,
            body: Some("Dear reader".to_owned()),
            sandbox_mode: false,
            card_masked: false,
            segments: None,
            fingerprint: None,
            link: about.map(|customer| MessageLink {
                account_id: self.stripe,
                payment_id: format!("ch_{customer}"),
                customer_id: Some(customer.to_owned()),
                refund_id: None,
                certainty: LinkCertainty::Exact,
            }),
            wish: Some("0".repeat(64)),
            header_id: None,
            schedule: None,
            created_at: at(NOON),
        }
    }

    /// All that the file tells of anybody, outside the mirrored records.
    pub(crate) async fn everything(&self) -> String {
        let mut all = String::new();
        for row in self.mirror.inbox().list(None, false, 100, None).await.unwrap().items {
            let body = self.mirror.inbox().body(row.number).await.unwrap().unwrap();
            writeln!(all, "inbox {} {}", row.replayable, String::from_utf8_lossy(&body)).unwrap();
        }
        for event in self.mirror.events().list(None, 100, None).await.unwrap().items {
            let raw = self.mirror.raw(event.account_id, Kind::Events, &event.value.vendor_id).await;
            let raw = raw.unwrap().unwrap();
            writeln!(all, "event {:?} {}", event.value, String::from_utf8_lossy(&raw)).unwrap();
        }
        for message in self.messages("").await {
            let events = self.mirror.messages().events(&message).await.unwrap();
            writeln!(all, "message {message:?} {events:?}").unwrap();
        }
        let lines = self.mirror.book().list(&BookFilter::default(), 100, None).await.unwrap().items;
        writeln!(all, "book {lines:?}").unwrap();
        writeln!(all, "settings {:?}", self.mirror.messages().settings(self.mail).await.unwrap()).unwrap();
        all.to_lowercase().replace("%40", "@")
    }

    async fn messages(&self, query: &str) -> Vec<MessageRow> {
        self.mirror.find_messages(query, FindScope::all(at(NOON + 9)), 50, None, None).await.unwrap().items
    }

    pub(crate) async fn by_id(&self, id: MessageId) -> MessageRow {
        self.mirror.messages().by_id(id).await.unwrap().unwrap()
    }
}

fn told(entry: &Json) -> Option<ToldEvent> {
    let text = |name: &str| entry[name].as_str().map(str::to_owned);
    let vendor_id = text("sg_message_id")?.split('.').next().map(str::to_owned);
    let kind =
        if text("event")? == "bounce" { MessageEventKind::Bounced } else { MessageEventKind::Delivered };
    let event = MessageEvent {
        id: text("sg_event_id")?,
        kind,
        at: at(entry["timestamp"].as_i64()?),
        reason: text("reason"),
    };
    Some(ToldEvent { of: TellsOf { vendor_id, to: text("email")?, ..TellsOf::default() }, event })
}

fn observed(request: i64, place: usize, entry: &Json) -> Observed {
    let id = entry["sg_event_id"].as_str().map_or_else(|| format!("entry-{request}-{place}"), str::to_owned);
    let subject = EventSubject {
        object: Some("message".to_owned()),
        vendor_id: entry["sg_message_id"].as_str().or(entry["about"].as_str()).map(str::to_owned),
        payment_id: None,
        customer_id: None,
    };
    let event = Event {
        vendor_id: id,
        kind: "event".to_owned(),
        created_at: at(NOON),
        api_version: None,
        subject,
        request_id: None,
        idempotency_key: None,
        live: false,
    };
    Observed { record: Record::Event(event), json: entry.to_string().into_bytes(), observed_at: at(NOON) }
}

#[tokio::test]
async fn nothing_that_the_vendor_of_mail_delivered_tells_of_who_was_erased_and_all_of_others_stays() {
    let shop = mailing().await;
    let ada = shop.send(ADA, "shared", Some("cus_1")).await;
    shop.send(BOB, "shared", Some("cus_2")).await;
    let both = [
        told_by_sendgrid("ada-1", "shared", ADA, "delivered"),
        told_by_sendgrid("bob-1", "shared", BOB, "delivered"),
    ];
    shop.deliver(&both).await;
    let before = shop.everything().await;
    shop.mirror.erase_person(shop.stripe, "cus_1", at(NOON + 2)).await.unwrap();
    let after = shop.everything().await;
    assert!(!after.contains("ada@") && !after.contains("ada%"), "{after}");
    let bobs = |text: &str| text.matches(BOB).count();
    assert_eq!(bobs(&after), bobs(&before), "{after}");
    // The same again, and what is told of the same message later.
    shop.deliver(&both).await;
    let later = [
        told_by_sendgrid("bob-2", "shared", BOB, "bounce"),
        told_by_sendgrid("ada-2", "shared", ADA, "bounce"),
    ];
    shop.deliver(&later).await;
    let after = shop.everything().await;
    assert!(!after.contains("ada@"), "{after}");
    assert!(after.contains(&format!("550 <{BOB}>")), "{after}");
    // It is still told of her message, and of no new one.
    assert_eq!(shop.by_id(ada).await.standing.state, MessageState::Bounced);
    assert_eq!(shop.messages("").await.len(), 2);
    assert!(shop.mirror.health().await.unwrap().iter().all(mirror::SelfCheck::passed));
    // Nor does a program that was started anew take any of it in again.
    shop.mirror.clone().close().await.unwrap();
    let shop = Shop { mirror: shop.home.open().await, ..shop };
    shop.deliver(&[told_by_sendgrid("ada-3", "shared", ADA, "delivered")]).await;
    assert!(!shop.everything().await.contains("ada@"));
}

#[tokio::test]
async fn what_other_vendors_delivered_of_a_person_goes_too() {
    let shop = mailing().await;
    let mut ada = customer("cus_1", ADA);
    ada.phone = Some("+44 20 5550199".to_owned());
    shop.mirror.commit_page(shop.stripe, &[seen(Record::Customer(ada), NOON + 1)], None).await.unwrap();
    let contact =
        json!([{ "eventId": 1_034_567_890_i64, "propertyValue": ADA, "sourceId": "ada@example.com" }]);
    let payer = json!({ "id": "WH-1234567", "reason": "asked by Ada@example.com", "resource": { "payer": { "email_address": ADA } } });
    let about = json!({ "type": "user.changed", "about": ADA, "data": { "id": ADA } });
    for (vendor, body) in [
        ("hubspot", contact.to_string()),
        ("paypal", payer.to_string()),
        ("standard", about.to_string()),
        ("twilio", "MessageSid=SM1&To=%2B44205550199&Body=hello".to_owned()),
        ("twilio", "MessageSid=SM2&To=%2B15558675310&Body=mail+to+ada%40example.com".to_owned()),
        ("twilio", "MessageSid=SM3&To=%2B15558675310&Body=hello+bob".to_owned()),
    ] {
        let source = AccountId::generate();
        let label = format!("{vendor}-{}", body.len()).parse().unwrap();
        shop.mirror.insert_source(source, &label, vendor, at(NOON)).await.unwrap();
        let hook = hook(&shop.mirror, source, vendor).await;
        shop.receive(source, hook, vendor, &body).await;
        shop.apply().await;
    }
    let copy = shop.mirror.copy_person(shop.stripe, "cus_1").await.unwrap().document;
    for hers in ["1034567890", "WH-1234567", "user.changed", "SM1", "SM2"] {
        assert!(copy.contains(hers), "{hers} is not in {copy}");
    }
    assert!(!copy.contains("SM3"), "{copy}");
    shop.mirror.erase_person(shop.stripe, "cus_1", at(NOON + 2)).await.unwrap();
    let after = shop.everything().await;
    for gone in ["ada@", "205550199"] {
        assert!(!after.contains(gone), "{gone} is in {after}");
    }
    assert!(after.contains("hello+bob"), "{after}");
}

#[tokio::test]
async fn a_source_of_the_vendors_events_knows_the_messages_of_who_was_erased_as_well() {
    let shop = mailing().await;
    let source = AccountId::generate();
    shop.mirror.insert_source(source, &"letters".parse().unwrap(), "sendgrid", at(NOON)).await.unwrap();
    let hook = hook(&shop.mirror, source, "sendgrid").await;
    for (id, to) in [("ada-1", ADA), ("ada-2", ADA), ("bob-1", BOB)] {
        if id == "ada-2" {
            shop.mirror.erase_person(shop.stripe, "cus_1", at(NOON + 2)).await.unwrap();
        }
        let event = told_by_sendgrid(id, "shared", to, "delivered");
        shop.receive(source, hook, "sendgrid", &json!([event]).to_string()).await;
        shop.apply().await;
    }
    let after = shop.everything().await;
    assert!(!after.contains("ada@") && after.contains(BOB) && after.contains("event-ada-2"), "{after}");
}

#[tokio::test]
async fn an_event_of_one_of_a_thousand_readers_is_never_booked_on_another_who_was_erased() {
    for order in [["ada", "bob"], ["bob", "ada"]] {
        let shop = mailing().await;
        let ids = [shop.send(ADA, "shared", None).await, shop.send(BOB, "shared", None).await];
        let event = |who: &str| match who {
            "ada" => told_by_sendgrid("ada-1", "shared", ADA, "bounce"),
            _ => told_by_sendgrid("bob-1", "shared", BOB, "delivered"),
        };
        shop.mirror.erase_person(shop.stripe, "cus_1", at(NOON + 2)).await.unwrap();
        shop.deliver(&order.map(event)).await;
        let states = [shop.by_id(ids[0]).await.standing.state, shop.by_id(ids[1]).await.standing.state];
        assert_eq!(states, [MessageState::Bounced, MessageState::Delivered], "{order:?}");
        // Both erased, and a third reader of the same call whom nobody heard of yet.
        shop.mirror.erase_person(shop.stripe, "cus_2", at(NOON + 3)).await.unwrap();
        let third = told_by_sendgrid("eve-1", "shared", "eve@example.net", "bounce");
        let bobs = told_by_sendgrid("bob-2", "shared", BOB, "bounce");
        shop.deliver(&[third, bobs]).await;
        let all = shop.messages("").await;
        assert_eq!(all.len(), 3, "{all:?}");
        let of = |id| all.iter().find(|one| one.id == id).unwrap();
        assert_eq!(of(ids[1]).standing.state, MessageState::Bounced);
        assert!(all.iter().any(|one| one.to == "eve@example.net"));
        assert!(!shop.everything().await.contains(BOB));
    }
}

#[tokio::test]
async fn the_book_does_not_keep_the_address_of_who_was_erased() {
    let shop = mailing().await;
    let people = [customer("cus_1", ADA), customer("cus_3", "kunde@b\u{fc}cher.example")];
    let people = people.map(|one| seen(Record::Customer(one), NOON + 1));
    shop.mirror.commit_page(shop.stripe, &people, None).await.unwrap();
    // To her other address about a payment of hers, and to the form of an address that mail is sent under.
    shop.send("ada.private@example.net", "m1", Some("cus_1")).await;
    shop.send("kunde@xn--bcher-kva.example", "m2", None).await;
    shop.send(BOB, "m3", Some("cus_2")).await;
    let allowed = ["ada@example.com", "KUNDE@xn--bcher-kva.example", "@example.com", BOB].map(str::to_owned);
    let settings = MailSettings { allowed: allowed.to_vec(), ..MailSettings::default() };
    shop.mirror.messages().set_settings(shop.mail, &settings, at(NOON)).await.unwrap();
    for customer in ["cus_1", "cus_3"] {
        shop.mirror.erase_person(shop.stripe, customer, at(NOON + 2)).await.unwrap();
    }
    let after = shop.everything().await;
    for gone in ["ada.private", "ada@", "kunde"] {
        assert!(!after.contains(gone), "{gone} is in {after}");
    }
    let readable = after.matches("readable").count();
    assert_eq!(readable, 1, "the line about Bob's message stays: {after}");
    let kept = shop.mirror.messages().settings(shop.mail).await.unwrap().allowed;
    assert_eq!(kept, ["@example.com", BOB]);
    assert_eq!(shop.mirror.book().verify(&[]).await.unwrap().broken, None);
}
