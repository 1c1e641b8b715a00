//! What a restore takes over from the file that it replaces.

use std::fs;
use std::path::PathBuf;

use domain::intent::{IntentKind, IntentState};
use domain::{AccountId, Customer, Environment, Kind, Payment, Record};
use mirror::{BookFilter, Mirror, NewLine, RestoreOptions, restore};

use crate::support::*;

fn back(home: &Home, from: PathBuf) -> RestoreOptions {
    RestoreOptions {
        from,
        path: home.file(),
        environment: Environment::Test,
        key: home.key.clone(),
        now: at(NOON + 9),
    }
}

/// A home whose file is as a kill leaves it: what was committed last is in the log alone.
fn killed(home: &Home) -> Home {
    let mut after = Home::encrypted();
    for ending in ["", "-wal"] {
        let name = format!("mirror-test.db{ending}");
        fs::copy(home.folder().join(&name), after.folder().join(&name)).unwrap();
    }
    after.key = home.key.clone();
    let log = fs::metadata(after.folder().join("mirror-test.db-wal")).unwrap();
    assert!(log.len() > 0, "nothing is in the log alone");
    after
}

fn of_ada(seconds: i64) -> Vec<domain::Observed> {
    let ada = Customer { name: Some("Ada Lovelace".to_owned()), ..customer("cus_ada", "ada@example.org") };
    let paid = Payment {
        customer_id: Some("cus_ada".to_owned()),
        name: Some("Ada Lovelace".to_owned()),
        ..payment("ch_ada", 900)
    };
    vec![seen(Record::Customer(ada), seconds), seen(Record::Payment(paid), seconds)]
}

async fn name_of(mirror: &Mirror, account: AccountId) -> Option<String> {
    mirror.customers().by_id(account, "cus_ada").await.unwrap().unwrap().value.name
}

#[tokio::test]
async fn open_intents_of_a_file_that_comes_from_another_device_are_only_looked_for() {
    let (home, mirror, account) = shop().await;
    assert_eq!(mirror.work_on("one", at(NOON)).await.unwrap(), 0);
    let mut open = Vec::new();
    for (target, state) in [
        ("ch_1", IntentState::Waiting),
        ("ch_2", IntentState::Prepared),
        ("ch_3", IntentState::NeedsPerson),
        ("ch_4", IntentState::Refused),
    ] {
        let mut one = intent(account, IntentKind::Refund, target, 100);
        (one.state, one.release_at) = (state, Some(at(NOON + 10)));
        mirror.intents().insert_refund(&one, 500).await.unwrap();
        open.push(one);
    }
    assert_eq!(mirror.work_on("one", at(NOON + 1)).await.unwrap(), 0, "nothing changed hands");
    mirror.close().await.unwrap();
    let mirror = home.open().await;
    assert_eq!(mirror.work_on("another", at(NOON + 2)).await.unwrap(), 3);
    for (before, expected) in open.iter().zip([
        IntentState::Unsettled,
        IntentState::Unsettled,
        IntentState::NeedsPerson,
        IntentState::Refused,
    ]) {
        let found = mirror.intents().by_id(before.id).await.unwrap().unwrap();
        assert_eq!(found.state, expected);
        let is_held = expected != IntentState::Refused;
        assert_eq!((found.progress.doubtful, found.progress.key_spent), (is_held, is_held));
        assert_eq!(found.problem_code.as_deref(), is_held.then_some(mirror::FOREIGN_PROBLEM));
    }
    assert_eq!(mirror.work_on("another", at(NOON + 3)).await.unwrap(), 0, "it is told once");
}

#[tokio::test]
async fn what_a_kill_left_in_the_log_is_carried_over() {
    let (home, mirror, account) = shop().await;
    mirror.commit_page(account, &of_ada(NOON), None).await.unwrap();
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    mirror.erase_person(account, "cus_ada", at(NOON + 1)).await.unwrap();
    let mut sent = intent(account, IntentKind::Refund, "ch_ada", 60);
    sent.state = IntentState::Prepared;
    mirror.intents().insert_refund(&sent, 900).await.unwrap();
    let head = mirror.book().append(&NewLine::new(at(NOON + 2), "exported", "a file")).await.unwrap();

    let after = killed(&home);
    let done = restore(&back(&after, copy)).await.unwrap();
    assert_eq!((done.carried_intents, done.held_intents), (Some(1), 1), "{done:?}");
    let mirror = after.open().await;
    assert!(mirror.intents().by_id(sent.id).await.unwrap().is_some());
    assert_eq!(name_of(&mirror, account).await.as_deref(), Some("Ada Lovelace"));
    assert_eq!(mirror.erase_again(at(NOON + 9)).await.unwrap(), 1);
    assert_eq!(name_of(&mirror, account).await, None);
    let verified = mirror.book().verify(&[head]).await.unwrap();
    assert_eq!(verified.broken, None, "the lines are those that were there, hashes and all");
    let lines = mirror.book().list(&BookFilter::default(), 100, None).await.unwrap().items;
    assert_eq!(lines.iter().filter(|one| one.action == "exported").count(), 1, "{lines:?}");
    // What was there is kept as a whole, with what was in its log.
    let kept = done.kept.unwrap();
    let old = Mirror::open(mirror::OpenOptions { path: kept, ..after.options() }).await.unwrap();
    assert!(old.intents().by_id(sent.id).await.unwrap().is_some());
}

#[tokio::test]
async fn another_key_takes_in_what_a_kill_left_in_the_log() {
    let (home, mirror, account) = shop().await;
    mirror.commit_page(account, &of_ada(NOON), None).await.unwrap();
    let mut after = killed(&home);
    let new = Mirror::generate_key().unwrap();
    let old = after.key.clone().unwrap();
    mirror::rekey(&after.file(), Environment::Test, &old, &new).await.unwrap();
    after.key = Some(new);
    let mirror = after.open().await;
    assert_eq!(mirror.count(Kind::Payments, Some(account)).await.unwrap(), 1);
}

#[tokio::test]
async fn accounts_are_as_they_are_now_and_keep_their_intents() {
    let (home, mirror, first) = shop().await;
    let (left, right) = (add_account(&mirror, "left").await, add_account(&mirror, "right").await);
    mirror.commit_page(first, &of_ada(NOON), None).await.unwrap();
    mirror.commit_page(left, &[seen(Record::Payment(payment("ch_left", 5)), NOON)], None).await.unwrap();
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    // The account goes, another one gets its label, and two swap theirs.
    mirror.accounts().remove(first, at(NOON + 1)).await.unwrap();
    let second = add_account(&mirror, "shop").await;
    for (account, label) in [(left, "between"), (right, "left"), (left, "right")] {
        mirror.accounts().rename(account, &label.parse().unwrap(), at(NOON + 1)).await.unwrap();
    }
    let mut sent = intent(second, IntentKind::Refund, "ch_new", 60);
    sent.state = IntentState::Prepared;
    mirror.intents().insert_refund(&sent, 900).await.unwrap();
    mirror.close().await.unwrap();

    let done = restore(&back(&home, copy)).await.unwrap();
    assert_eq!((done.carried_intents, done.held_intents), (Some(1), 1), "{done:?}");
    let mirror = home.open().await;
    let labels: Vec<_> = mirror
        .accounts()
        .list()
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.id, row.label.to_string()))
        .collect();
    let wanted = [(right, "left"), (left, "right"), (second, "shop")];
    assert_eq!(labels, wanted.map(|(id, label)| (id, label.to_owned())));
    assert_eq!(mirror.intents().by_id(sent.id).await.unwrap().unwrap().account_id, second);
    // Nothing of the removed account comes back.
    assert_eq!(mirror.count(Kind::Payments, Some(first)).await.unwrap(), 0);
    assert_eq!(mirror.count(Kind::Payments, Some(left)).await.unwrap(), 1);
    assert!(mirror.health().await.unwrap().iter().all(mirror::SelfCheck::passed));
}

#[tokio::test]
async fn a_file_that_was_begun_anew_keeps_its_accounts_and_who_was_erased_in_it() {
    let (home, mirror, early) = shop().await;
    mirror.commit_page(early, &of_ada(NOON), None).await.unwrap();
    mirror.erase_person(early, "cus_ada", at(NOON)).await.unwrap();
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    mirror.close().await.unwrap();
    fs::remove_file(home.file()).unwrap();
    let mirror = home.open().await;
    let late = add_account(&mirror, "shop").await;
    mirror.commit_page(late, &of_ada(NOON), None).await.unwrap();
    mirror.erase_person(late, "cus_ada", at(NOON)).await.unwrap();
    mirror.close().await.unwrap();

    restore(&back(&home, copy)).await.unwrap();
    let mirror = home.open().await;
    let shops = mirror.accounts().list().await.unwrap();
    assert_eq!(shops.iter().filter(|row| row.label.as_str() == "shop").count(), 1);
    assert_eq!(mirror.accounts().by_label("shop").await.unwrap().unwrap().id, late);
    assert_eq!(shops.len(), 2);
    for account in [early, late] {
        mirror.commit_page(account, &of_ada(NOON + 60), None).await.unwrap();
        assert_eq!(name_of(&mirror, account).await, None, "erased in one of the two files");
    }
}
