//! What was received from outside: on the disk before it is answered, and its person's like everything else.

use std::time::{Duration, Instant};

use domain::{AccountId, Record};
use mirror::{
    Decided, InboxState, KeyReference, Mirror, Received, RestoreOptions, Verdict, WaitFor, restore,
};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::*;

async fn hook(mirror: &Mirror, account: AccountId) -> i64 {
    let made =
        mirror.hooks().insert("hook-1", account, "stripe", &KeyReference::Vault, at(NOON)).await.unwrap();
    assert_eq!(made.token.len(), 32);
    made.number
}

fn received(account: AccountId, hook: i64, body: &str) -> Received {
    Received {
        account_id: account,
        hook,
        received_at: at(NOON),
        method: "POST".to_owned(),
        path: "/hooks/…".to_owned(),
        headers: vec![("A".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())],
        body: body.as_bytes().to_vec(),
        scheme: "stripe".to_owned(),
        verdict: Verdict::Verified,
        state: InboxState::Waiting,
        reason: None,
        event_id: None,
        event_type: None,
        replayable: true,
    }
}

#[tokio::test]
async fn requests_that_come_together_are_each_kept_once_as_they_came() {
    let (home, mirror, account) = shop().await;
    let hook = hook(&mirror, account).await;
    let mut all = tokio::task::JoinSet::new();
    for number in 0..300 {
        let (mirror, one) = (mirror.clone(), received(account, hook, &format!("{{\"n\":{number}}}\r\n")));
        all.spawn(async move { mirror.receive(&one).await });
    }
    assert!(all.join_all().await.into_iter().all(|kept| kept.is_ok()));
    mirror.close().await.unwrap();
    let mirror = home.open().await;
    let waiting = mirror.inbox().waiting(WaitFor::Ledger, 1_000).await.unwrap();
    let mut bodies: Vec<String> =
        waiting.iter().map(|(_, body)| String::from_utf8(body.clone().unwrap()).unwrap()).collect();
    bodies.sort();
    bodies.dedup();
    assert_eq!((waiting.len(), bodies.len()), (300, 300));
    assert!(bodies.iter().all(|body| body.ends_with("\r\n")));
    assert_eq!(waiting[0].0.headers, received(account, hook, "").headers);
    let number = waiting[0].0.number;
    let reason = Some("not_json".to_owned());
    let event_id = Some("evt_1".to_owned());
    let apart =
        Decided { number, state: InboxState::Apart, reason, event_id, event_type: None, several: Vec::new() };
    mirror.inbox().decide(&[apart]).await.unwrap();
    assert_eq!(mirror.inbox().count(None, true).await.unwrap(), 1);
    assert_eq!(mirror.inbox().of_event(account, "evt_1").await.unwrap()[0].state, "apart");
    assert_eq!(mirror.inbox().purge_before(at(NOON + 1)).await.unwrap(), 1, "what waits stays");
    assert_eq!(mirror.inbox().count(None, false).await.unwrap(), 299);
}

#[tokio::test]
async fn w50_what_comes_while_the_file_is_locked_waits_a_while_and_is_never_said_to_be_kept() {
    let home = Home::plain();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    let hook = hook(&mirror, account).await;
    let options = SqliteConnectOptions::new().filename(home.file());
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    let (one, began) = (received(account, hook, "{}"), Instant::now());
    let waiting = mirror.receive(&one);
    tokio::pin!(waiting);
    assert!(tokio::time::timeout(Duration::from_millis(500), &mut waiting).await.is_err(), "it is locked");
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    waiting.await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(500));
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    assert_eq!(mirror.receive(&one).await.unwrap_err().code(), "mirror_busy");
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    assert_eq!(mirror.inbox().count(None, false).await.unwrap(), 1);
    mirror.receive(&one).await.unwrap();
    assert_eq!(mirror.inbox().count(None, false).await.unwrap(), 2);
    mirror.clone().close().await.unwrap();
    // W51: what comes after it was closed is not kept, and never said to be.
    assert_eq!(mirror.receive(&one).await.unwrap_err().code(), "mirror_closed");
}

#[tokio::test]
async fn a_person_who_is_erased_is_not_in_what_was_received_nor_in_what_comes_later() {
    let (_home, mirror, account) = shop().await;
    let hook = hook(&mirror, account).await;
    let mut ada = customer("cus_ada", "ada@example.org");
    ada.name = Some("Ada Lovelace".to_owned());
    mirror.commit_page(account, &[seen(Record::Customer(ada), NOON)], None).await.unwrap();
    let hers = r#"{"id":"evt_1","data":{"object":{"customer":"cus_ada","name":"Ada Lovelace"}}}"#;
    let others = r#"{"id":"evt_2","data":{"object":{"customer":"cus_bob","name":"Bob"}}}"#;
    let no_json = "name=Ada Lovelace&customer=cus_ada&id=evt_3";
    for body in [hers, others, no_json] {
        mirror.receive(&received(account, hook, body)).await.unwrap();
    }
    let copy = mirror.copy_person(account, "cus_ada").await.unwrap().document;
    assert!(copy.contains("evt_1") && copy.contains("evt_3") && !copy.contains("evt_2"), "{copy}");
    mirror.erase_person(account, "cus_ada", at(NOON + 1)).await.unwrap();
    for body in [hers, no_json] {
        mirror.receive(&received(account, hook, body)).await.unwrap();
    }
    let waiting = mirror.inbox().waiting(WaitFor::Ledger, 10).await.unwrap();
    let told: Vec<bool> = waiting
        .iter()
        .map(|(_, body)| String::from_utf8_lossy(body.as_ref().unwrap()).contains("Ada"))
        .collect();
    assert_eq!(told, [false; 5]);
    let replayable: Vec<bool> = waiting.iter().map(|(row, _)| row.replayable).collect();
    assert_eq!(replayable, [false, true, false, false, false]);
    assert!(String::from_utf8_lossy(waiting[1].1.as_ref().unwrap()).contains("Bob"));
}

#[tokio::test]
async fn a_copy_that_comes_back_takes_over_where_vendors_deliver_and_what_they_did() {
    let (home, mirror, account) = shop().await;
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    let number = hook(&mirror, account).await;
    mirror.receive(&received(account, number, "{\"id\":\"evt_1\"}")).await.unwrap();
    let waiting = mirror.inbox().waiting(WaitFor::Ledger, 10).await.unwrap()[0].0.number;
    let applied = Decided {
        number: waiting,
        state: InboxState::Applied,
        reason: None,
        event_id: None,
        event_type: None,
        several: Vec::new(),
    };
    mirror.inbox().decide(&[applied]).await.unwrap();
    let before = mirror.hooks().list().await.unwrap();
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
    let after = mirror.hooks().list().await.unwrap();
    assert_eq!(
        (after[0].id.clone(), after[0].token.clone()),
        (before[0].id.clone(), before[0].token.clone())
    );
    assert_eq!(
        mirror.inbox().waiting(WaitFor::Ledger, 10).await.unwrap().len(),
        1,
        "its event is not in the copy"
    );
}

#[tokio::test]
async fn a_request_that_was_damaged_on_the_disk_does_not_keep_others_waiting() {
    let home = Home::plain();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    let hook = hook(&mirror, account).await;
    for body in ["{\"n\":1}", "{\"n\":2}"] {
        mirror.receive(&received(account, hook, body)).await.unwrap();
    }
    let options = SqliteConnectOptions::new().filename(home.file());
    let mut behind = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("update inbox set body_zstd = x'00' where number = 1").execute(&mut behind).await.unwrap();
    behind.close().await.unwrap();
    let bodies: Vec<Option<Vec<u8>>> = mirror
        .inbox()
        .waiting(WaitFor::Ledger, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|(_, body)| body)
        .collect();
    assert_eq!(bodies, [None, Some(b"{\"n\":2}".to_vec())]);
}

#[tokio::test]
async fn what_comes_while_its_path_or_account_is_taken_away_is_refused_and_the_rest_is_kept() {
    let (_home, mirror, account) = shop().await;
    let other = add_account(&mirror, "other").await;
    let hooks = mirror.hooks();
    let kept = hook(&mirror, account).await;
    let gone = hooks.insert("hook-2", account, "svix", &KeyReference::Vault, at(NOON)).await.unwrap();
    let of_other = hooks.insert("hook-3", other, "stripe", &KeyReference::Vault, at(NOON)).await.unwrap();
    hooks.remove(&gone.id, at(NOON)).await.unwrap();
    mirror.accounts().remove(other, at(NOON)).await.unwrap();
    let all = [
        received(account, kept, "{}"),
        received(account, gone.number, "{}"),
        received(other, of_other.number, "{}"),
    ];
    let [first, second, third] = &all;
    let (first, second, third) =
        tokio::join!(mirror.receive(first), mirror.receive(second), mirror.receive(third));
    first.unwrap();
    assert_eq!(second.unwrap_err().code(), "account_unknown");
    assert_eq!(third.unwrap_err().code(), "account_unknown");
    assert_eq!(mirror.inbox().count(None, false).await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_kept_apart_for_a_part_of_it_is_read_again_once_a_copy_comes_back() {
    let (home, mirror, account) = shop().await;
    let hook = hook(&mirror, account).await;
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    for reason in ["some_unread", "other_body", "not_json"] {
        mirror.receive(&received(account, hook, "[]")).await.unwrap();
        let number = mirror.inbox().waiting(WaitFor::Ledger, 10).await.unwrap()[0].0.number;
        let apart = Decided {
            number,
            state: InboxState::Apart,
            reason: Some(reason.to_owned()),
            event_id: None,
            event_type: None,
            several: Vec::new(),
        };
        mirror.inbox().decide(&[apart]).await.unwrap();
    }
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
    let all = mirror.inbox().list(None, false, 10, None).await.unwrap().items;
    let states: Vec<_> = all.iter().rev().map(|one| (one.state.as_str(), one.reason.as_deref())).collect();
    assert_eq!(states, [("waiting", None), ("waiting", None), ("apart", Some("not_json"))]);
}

#[tokio::test]
async fn requests_that_wait_are_read_so_many_bytes_at_a_time_and_one_alone_whatever_it_has() {
    const MIB: usize = 1024 * 1024;
    let (_home, mirror, account) = shop().await;
    let hook = hook(&mirror, account).await;
    for size in [20 * MIB, 6 * MIB, 6 * MIB, 6 * MIB] {
        mirror.receive(&received(account, hook, &"a".repeat(size))).await.unwrap();
    }
    let mut sizes = Vec::new();
    loop {
        let waiting = mirror.inbox().waiting(WaitFor::Ledger, 200).await.unwrap();
        if waiting.is_empty() {
            break;
        }
        sizes.push(waiting.len());
        let known: Vec<Decided> = waiting
            .into_iter()
            .map(|(row, _)| Decided {
                number: row.number,
                state: InboxState::Known,
                reason: None,
                event_id: None,
                event_type: None,
                several: Vec::new(),
            })
            .collect();
        mirror.inbox().decide(&known).await.unwrap();
    }
    assert_eq!(sizes, [1, 2, 1]);
}
