//! Erasing a person, and giving them a copy.

use std::fs;

use domain::intent::{IntentKind, IntentState};
use domain::{AccountId, Kind, Observed, Record};
use mirror::{Mirror, RestoreOptions, restore};
use sqlx::Row;

use crate::support::*;

const TRACES: [&str; 7] =
    ["lovelace", "ada@example.org", "1815", "elopement", "5550199", "gift for byron", "fingerprintx"];

fn json_of(record: &Record) -> Vec<u8> {
    let id = record.vendor_id();
    format!(
        "{{\"id\":\"{id}\",\"object\":\"thing\",\"amount\":1250,\"currency\":\"usd\",\"billing_details\":{{\"name\":\"Ada \
         Lovelace\",\"email\":\"ada@example.org\",\"address\":{{\"postal_code\":\"1815\"}}}},\"card\":{{\"last4\":\"1815\",\
         \"fingerprint\":\"fingerprintx\"}},\"phone\":\"5550199\",\"description\":\"gift for Byron\",\
         \"metadata\":{{\"why\":\"elopement\"}}}}"
    )
    .into_bytes()
}

fn observed(record: Record, seconds: i64) -> Observed {
    Observed { json: json_of(&record), record, observed_at: at(seconds) }
}

/// What the vendor states of Ada, and of somebody else.
fn stated(seconds: i64) -> Vec<Observed> {
    let mut ada = customer("cus_ada", "Ada@Example.org");
    ada.name = Some("Ada Lovelace".to_owned());
    ada.phone = Some("5550199".to_owned());
    ada.metadata = vec![("why".to_owned(), "elopement".to_owned())];
    let mut paid = payment("ch_ada", 1_250);
    paid.customer_id = Some("cus_ada".to_owned());
    paid.email = Some("ada@example.org".to_owned());
    paid.name = Some("Ada Lovelace".to_owned());
    paid.postal_code = Some("1815".to_owned());
    paid.description = Some("gift for Byron".to_owned());
    paid.card.last4 = Some("1815".to_owned());
    paid.card.fingerprint = Some("fingerprintx".to_owned());
    paid.metadata = vec![("why".to_owned(), "elopement".to_owned())];
    let mut guest = payment("ch_guest", 300);
    guest.email = Some("ada@example.org".to_owned());
    let mut other = payment("ch_other", 999);
    other.email = Some("grace@example.org".to_owned());
    other.name = Some("Grace Hopper".to_owned());
    let mut records = vec![
        observed(Record::Customer(ada), seconds),
        observed(Record::Payment(paid), seconds),
        observed(Record::Payment(guest), seconds),
        observed(Record::Refund(refund("re_ada", "ch_ada", 250)), seconds),
        observed(Record::Dispute(dispute("dp_ada", "ch_ada")), seconds),
        observed(Record::Event(event("evt_ada", "ch_ada", seconds)), seconds),
    ];
    records.push(seen(Record::Payment(other), seconds));
    records
}

/// Everything that a plain copy of the file says, the words of the search included.
async fn traces(home: &Home, mirror: &Mirror) -> Vec<String> {
    let mut found = Vec::new();
    for (kind, id) in [
        (Kind::Customers, "cus_ada"),
        (Kind::Payments, "ch_ada"),
        (Kind::Payments, "ch_guest"),
        (Kind::Refunds, "re_ada"),
        (Kind::Disputes, "dp_ada"),
        (Kind::Events, "evt_ada"),
    ] {
        let account = mirror.accounts().list().await.unwrap()[0].id;
        let raw = mirror.raw(account, kind, id).await.unwrap().unwrap();
        let raw = String::from_utf8(raw).unwrap().to_lowercase();
        found
            .extend(TRACES.iter().filter(|trace| raw.contains(*trace)).map(|trace| format!("{id}: {trace}")));
    }
    for ending in ["", "-wal"] {
        let path = home.folder().join(format!("mirror-test.db{ending}"));
        let bytes = fs::read(path).unwrap_or_default().to_ascii_lowercase();
        for trace in TRACES {
            if bytes.windows(trace.len()).any(|window| window == trace.as_bytes()) {
                found.push(format!("file{ending}: {trace}"));
            }
        }
    }
    found
}

async fn mirrored() -> (Home, Mirror, AccountId) {
    // A plain file, so that its bytes can be searched.
    let home = Home::plain();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    mirror.commit_page(account, &stated(NOON), None).await.unwrap();
    (home, mirror, account)
}

#[tokio::test]
async fn an_erased_person_is_in_no_byte_of_the_file_and_the_books_still_add_up() {
    let (home, mirror, account) = mirrored().await;
    assert!(!traces(&home, &mirror).await.is_empty(), "nothing was there to erase");
    let mut asked = intent(account, IntentKind::Refund, "ch_ada", 250);
    asked.state = IntentState::Prepared;
    asked.note = Some("elopement".to_owned());
    mirror.intents().insert_refund(&asked, 1_250).await.unwrap();
    let refused = mirror.erase_person(account, "cus_ada", at(NOON)).await.unwrap_err();
    assert_eq!(refused.code(), "open_intent_exists");
    asked.state = IntentState::Settled;
    mirror.intents().update(&asked, IntentState::Prepared).await.unwrap();

    let done = mirror.erase_person(account, "cus_ada", at(NOON)).await.unwrap();
    assert!(done.records.contains(&(Kind::Payments, 2)), "{done:?}");
    assert_eq!(traces(&home, &mirror).await, Vec::<String>::new());
    for query in ["lovelace", "ada@example.org", "last4:1815", "metadata.why:elopement"] {
        assert_eq!(mirror.find(query, everywhere(), 10, None).await.unwrap().items.len(), 0, "{query}");
    }
    let kept = mirror.payments().by_id(account, "ch_ada").await.unwrap().unwrap().payment;
    assert_eq!((kept.amount.minor, kept.customer_id.as_deref()), (1_250, Some("cus_ada")));
    assert_eq!(mirror.find("grace@example.org", everywhere(), 10, None).await.unwrap().items.len(), 1);
    assert!(mirror.health().await.unwrap().iter().all(mirror::SelfCheck::passed));
    assert_eq!(mirror.intents().by_id(asked.id).await.unwrap().unwrap().note, None);
}

#[tokio::test]
async fn an_erased_person_stays_erased_when_the_vendor_states_them_again() {
    let (home, mirror, account) = mirrored().await;
    mirror.erase_person(account, "cus_ada", at(NOON)).await.unwrap();
    mirror.commit_page(account, &stated(NOON + 60), None).await.unwrap();
    assert_eq!(traces(&home, &mirror).await, Vec::<String>::new());
    mirror.close().await.unwrap();
    let mirror = home.open().await;
    let mut newer = stated(NOON + 120);
    let mut more = payment("ch_more", 77);
    more.customer_id = Some("cus_ada".to_owned());
    more.name = Some("Ada Lovelace".to_owned());
    newer.push(observed(Record::Payment(more), NOON + 120));
    mirror.commit_page(account, &newer, None).await.unwrap();
    assert_eq!(traces(&home, &mirror).await, Vec::<String>::new());
    let more = mirror.payments().by_id(account, "ch_more").await.unwrap().unwrap().payment;
    assert_eq!((more.amount.minor, more.name), (77, None));
}

#[tokio::test]
async fn a_copy_from_before_does_not_bring_an_erased_person_back() {
    let (home, mirror, account) = mirrored().await;
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, None).await.unwrap();
    mirror.erase_person(account, "cus_ada", at(NOON)).await.unwrap();
    mirror.close().await.unwrap();
    let options = RestoreOptions {
        from: copy,
        path: home.file(),
        environment: domain::Environment::Test,
        key: None,
        now: at(NOON + 9),
    };
    restore(&options).await.unwrap();
    let mirror = home.open().await;
    assert_eq!(mirror.erase_again(at(NOON + 9)).await.unwrap(), 1);
    assert_eq!(traces(&home, &mirror).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_person_gets_all_that_is_held_of_them_and_nothing_of_others() {
    let (_home, mirror, account) = mirrored().await;
    let copy = mirror.copy_person(account, "cus_ada").await.unwrap();
    let document: serde_json::Value = serde_json::from_str(&copy.document).unwrap();
    assert_eq!(copy.records, 6);
    for kind in ["customers", "payments", "refunds", "disputes", "events"] {
        assert!(document[kind].as_array().is_some_and(|list| !list.is_empty()), "{kind}: {document}");
    }
    assert!(copy.document.contains("Ada Lovelace") && !copy.document.contains("ch_other"));
    assert_eq!(mirror.copy_person(account, "cus_none").await.unwrap_err().code(), "unknown_person");
    assert_eq!(
        mirror.erase_person(account, "cus_none", at(NOON)).await.unwrap_err().code(),
        "unknown_person"
    );
}

#[tokio::test]
async fn who_was_erased_cannot_be_read_from_the_hashes() {
    let (home, mirror, account) = mirrored().await;
    mirror.erase_person(account, "cus_ada", at(NOON)).await.unwrap();
    mirror.close().await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(home.file());
    let mut behind = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
    let rows = sqlx::query("select digest from erased").fetch_all(&mut behind).await.unwrap();
    assert!(rows.len() >= 6);
    assert!(rows.iter().all(|row| row.get::<Vec<u8>, _>(0).len() == 32));
}
