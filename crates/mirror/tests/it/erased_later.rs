//! Who was erased stays out of what comes in later, whatever names them and whenever it was made ready.

use domain::{
    AccountId, BalanceEntry, Dispute, Event, Kind, Observed, Payment, PaymentIntent, Record, Refund,
};
use mirror::{Apart, BookFilter, Cause, Mirror, NewLine, Personal, SavedView};
use serde_json::json;

use crate::support::*;

/// What nothing in the mirror may hold of her.
const NAME: &str = "Ada Lovelace";

fn told(record: Record, seconds: i64) -> Observed {
    let json = format!(
        "{{\"id\":\"{}\",\"object\":\"thing\",\"description\":\"for {NAME}\",\"evidence\":{{\"customer_name\":\"{NAME}\"}}}}",
        record.vendor_id()
    );
    Observed { record, json: json.into_bytes(), observed_at: at(seconds) }
}

fn paid(id: &str, customer: Option<&str>, behind: Option<&str>) -> Payment {
    Payment {
        customer_id: customer.map(str::to_owned),
        payment_intent_id: behind.map(str::to_owned),
        name: Some(NAME.to_owned()),
        description: Some(format!("for {NAME}")),
        ..payment(id, 900)
    }
}

/// Everything that hangs on a later payment of hers, and names that payment only.
fn hanging() -> Vec<Record> {
    let behind = PaymentIntent {
        vendor_id: "pi_9".to_owned(),
        amount: money(900, "usd"),
        received_minor: 900,
        capturable_minor: 0,
        status: "succeeded".into(),
        created_at: at(NOON),
        customer_id: None,
        latest_payment_id: Some("ch_9".to_owned()),
        description: Some(format!("for {NAME}")),
        cancellation_reason: None,
        last_error_code: None,
        metadata: vec![("who".to_owned(), NAME.to_owned())],
    };
    let by_intent = Refund {
        payment_id: None,
        payment_intent_id: Some("pi_9".to_owned()),
        metadata: vec![("who".to_owned(), NAME.to_owned())],
        ..refund("re_8", "ch_9", 10)
    };
    let moved = |id: &str, source: &str| BalanceEntry {
        description: Some(format!("refund for {NAME}")),
        ..balance_entry(id, source)
    };
    let told_of = Event { ..event("evt_9", "ch_9", NOON) };
    let argued = Dispute { ..dispute("dp_9", "ch_9") };
    vec![
        Record::PaymentIntent(behind),
        Record::Refund(refund("re_9", "ch_9", 20)),
        Record::Refund(by_intent),
        Record::Dispute(argued),
        Record::BalanceEntry(moved("txn_9", "ch_9")),
        Record::BalanceEntry(moved("txn_8", "re_8")),
        Record::BalanceEntry(moved("txn_7", "dp_9")),
        Record::Event(told_of),
    ]
}

/// Records whose document still tells of her.
async fn telling(mirror: &Mirror, account: AccountId, records: &[Record]) -> Vec<String> {
    let mut found = Vec::new();
    for record in records {
        let raw = mirror.raw(account, record.kind(), record.vendor_id()).await.unwrap().unwrap();
        if String::from_utf8(raw).unwrap().contains(NAME) {
            found.push(record.vendor_id().to_owned());
        }
    }
    found
}

async fn erased() -> (Home, Mirror, AccountId) {
    let (home, mirror, account) = shop().await;
    let page = [told(Record::Customer(customer("cus_1", "ada@example.org")), NOON)];
    mirror.commit_page(account, &page, None).await.unwrap();
    mirror.erase_person(account, "cus_1", at(NOON + 1)).await.unwrap();
    (home, mirror, account)
}

#[tokio::test]
async fn what_hangs_on_a_later_payment_comes_without_its_person_in_any_order() {
    let all: Vec<Record> =
        [vec![Record::Payment(paid("ch_9", Some("cus_1"), Some("pi_9")))], hanging()].concat();
    let mut orders = vec![vec![all.clone()], all.iter().map(|one| vec![one.clone()]).collect::<Vec<_>>()];
    // What hangs on it comes first, which is the order of lists that are read beside each other.
    orders.push(all.iter().rev().map(|one| vec![one.clone()]).collect());
    orders.push(vec![all.iter().rev().cloned().collect()]);
    for (number, order) in orders.into_iter().enumerate() {
        let (home, mirror, account) = erased().await;
        for page in order {
            let page: Vec<_> = page.into_iter().map(|one| told(one, NOON + 9)).collect();
            mirror.commit_page(account, &page, None).await.unwrap();
        }
        assert_eq!(telling(&mirror, account, &all).await, Vec::<String>::new(), "order {number}");
        let words = mirror.find("lovelace", everywhere(), 10, None).await.unwrap();
        assert!(words.items.is_empty(), "order {number}");
        assert!(mirror.health().await.unwrap().iter().all(mirror::SelfCheck::passed), "order {number}");
        // Nor does a program that was started anew take any of it in again.
        mirror.close().await.unwrap();
        let mirror = home.open().await;
        let again: Vec<_> = hanging().into_iter().map(|one| told(one, NOON + 99)).collect();
        mirror.commit_page(account, &again, None).await.unwrap();
        assert_eq!(telling(&mirror, account, &all).await, Vec::<String>::new(), "order {number}");
        // Others stay as they are.
        let other = Record::Payment(paid("ch_other", Some("cus_2"), None));
        mirror.commit_page(account, &[told(other.clone(), NOON + 99)], None).await.unwrap();
        assert_eq!(telling(&mirror, account, &[other]).await.len(), 1);
    }
}

#[tokio::test]
async fn a_new_refund_of_an_old_payment_takes_its_balance_line_along() {
    let (_home, mirror, account) = shop().await;
    let page = [told(Record::Payment(paid("ch_1", Some("cus_1"), None)), NOON)];
    mirror.commit_page(account, &page, None).await.unwrap();
    mirror.erase_person(account, "cus_1", at(NOON + 1)).await.unwrap();
    let again = Record::Refund(refund("re_10", "ch_1", 20));
    let moved = Record::BalanceEntry(BalanceEntry {
        description: Some(format!("refund for {NAME}")),
        ..balance_entry("txn_10", "re_10")
    });
    for record in [&again, &moved] {
        mirror.commit_page(account, &[told(record.clone(), NOON + 9)], None).await.unwrap();
    }
    assert_eq!(telling(&mirror, account, &[again, moved]).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_made_ready_before_the_erasure_is_written_without_the_person() {
    let (_home, mirror, account) = shop().await;
    let first = [told(Record::Customer(customer("cus_1", "ada@example.org")), NOON)];
    mirror.commit_page(account, &first, None).await.unwrap();
    let hers = |id: &str| Record::Payment(paid(id, Some("cus_1"), None));
    let (listed, proven) = ([told(hers("ch_listed"), NOON)], [told(hers("ch_proven"), NOON)]);
    // The erasure has the writer before the others are ready, and keeps it until it is done.
    let (erased, written, healed) = tokio::join!(
        mirror.erase_person(account, "cus_1", at(NOON + 1)),
        mirror.commit_page(account, &listed, None),
        mirror.heal(account, &proven),
    );
    erased.unwrap();
    assert_eq!((written.unwrap().inserted, healed.unwrap().written), (1, 1));
    // What hangs on them names them only.
    let argued =
        [Record::Dispute(dispute("dp_1", "ch_listed")), Record::Dispute(dispute("dp_2", "ch_proven"))];
    let page: Vec<_> = argued.iter().map(|one| told(one.clone(), NOON)).collect();
    mirror.commit_page(account, &page, None).await.unwrap();
    let all = [&[hers("ch_listed"), hers("ch_proven")][..], &argued].concat();
    assert_eq!(telling(&mirror, account, &all).await, Vec::<String>::new());
    assert!(mirror.find("lovelace", everywhere(), 10, None).await.unwrap().items.is_empty());
}

fn unreadable<'a>(id: Option<&'a str>, json: &'a [u8], seconds: i64) -> Apart<'a> {
    Apart {
        kind: Kind::Payments,
        vendor_id: id,
        cause: Cause::Unreadable,
        json: Some(json),
        at: at(seconds),
        detail: serde_json::json!({ "kind": "payments", "reason": "no amount" }),
    }
}

#[tokio::test]
async fn an_object_that_is_no_record_is_kept_once_and_is_the_persons_too() {
    let (_home, mirror, account) = shop().await;
    let mut ada = customer("cus_1", "ada@example.org");
    ada.name = Some(NAME.to_owned());
    mirror.commit_page(account, &[told(Record::Customer(ada), NOON)], None).await.unwrap();
    let theirs =
        br#"{"id":"ch_x","amount":null,"customer":"cus_1","billing_details":{"name":"Ada Lovelace"}}"#;
    let nameless = br#"{"object":"charge","receipt_email":"ADA@example.org"}"#;
    let other = br#"{"id":"ch_y","customer":"cus_2","billing_details":{"name":"Grace Hopper"}}"#;
    for seconds in [NOON, NOON + 5] {
        let is_new = seconds == NOON;
        for (id, json) in [(Some("ch_x"), &theirs[..]), (None, &nameless[..]), (Some("ch_y"), &other[..])] {
            assert_eq!(mirror.keep_apart(account, &unreadable(id, json, seconds)).await.unwrap(), is_new);
        }
    }
    let book = mirror.book().list(&BookFilter::default(), 100, None).await.unwrap().items;
    assert_eq!(book.iter().filter(|line| line.action == "record_kept_apart").count(), 3);
    assert!(book.iter().all(|line| !line.facts.to_string().contains("Ada")));

    let copy = mirror.copy_person(account, "cus_1").await.unwrap().document;
    let copy: serde_json::Value = serde_json::from_str(&copy).unwrap();
    let apart = copy["kept_apart"].as_array().unwrap();
    assert_eq!(apart.len(), 2, "{apart:?}");
    mirror.erase_person(account, "cus_1", at(NOON + 6)).await.unwrap();
    let copy = mirror.copy_person(account, "cus_1").await.unwrap().document;
    assert!(!copy.contains("Lovelace") && !copy.to_lowercase().contains("ada@"), "{copy}");
    // The vendor lists it again, and later one more.
    for id in ["ch_x", "ch_z"] {
        mirror.keep_apart(account, &unreadable(Some(id), theirs, NOON + 9)).await.unwrap();
    }
    let copy = mirror.copy_person(account, "cus_1").await.unwrap().document;
    assert!(copy.contains("ch_x") && !copy.contains("Lovelace"), "{copy}");
}

#[tokio::test]
async fn searches_that_name_the_person_are_copied_for_them_and_erased() {
    let (_home, mirror, account) = shop().await;
    let mut ada = customer("cus_1", "Ada@Example.org");
    ada.name = Some(NAME.to_owned());
    mirror.commit_page(account, &[told(Record::Customer(ada), NOON)], None).await.unwrap();
    let view = |name: &str, query: &str| SavedView {
        name: name.to_owned(),
        subject: mirror::ViewSubject::Payments,
        query: query.to_owned(),
        notify: false,
        created_at: at(NOON),
        updated_at: at(NOON),
    };
    let views = [
        view("ada lovelace", "email:ada@example.org status:failed"),
        view("Ada Lovelace's", "name:\"ADA LOVELACE\""),
        view("all failed", "status:failed"),
    ];
    mirror.saved_views().save(&views).await.unwrap();
    let exported = NewLine {
        facts: json!({ "rows": 3 }),
        personal: json!({ "path": "ada@example.org.csv", "source": { "query": "email:ADA@example.org" } }),
        ..NewLine::new(at(NOON), "exported", "")
    };
    mirror.book().append(&exported).await.unwrap();
    let copy = mirror.copy_person(account, "cus_1").await.unwrap().document;
    let copy: serde_json::Value = serde_json::from_str(&copy).unwrap();
    assert_eq!(copy["paydesk_book"].as_array().unwrap().len(), 1);
    assert_eq!(copy["paydesk_views"].as_array().unwrap().len(), 2);
    mirror.erase_person(account, "cus_1", at(NOON + 1)).await.unwrap();
    let views = mirror.saved_views().list().await.unwrap();
    let book = mirror.book().list(&BookFilter::default(), 10, None).await.unwrap().items;
    let all = format!("{views:?} {book:?}").to_lowercase();
    assert!(!all.contains("lovelace") && !all.contains("ada@"), "{all}");
    assert_eq!(views.len(), 3);
    assert!(views.iter().any(|view| view.query == "email:erased status:failed"));
    let line = book.iter().find(|line| line.action == "exported").unwrap();
    assert_eq!((&line.facts, &line.personal), (&json!({ "rows": 3 }), &Personal::Erased));
}
