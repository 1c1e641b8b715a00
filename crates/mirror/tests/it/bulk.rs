//! Runs of refunds in the file: what became of their rows, whom they tell of, and what a copy brings back.

use std::fs;

use domain::bulk::{BulkHold, BulkMatch, BulkRow, BulkRowState, BulkRun, BulkSource, BulkState, GivenRefund};
use domain::intent::{Intent, IntentKind, IntentState};
use domain::{AccountId, BulkRunId, Environment, Record, RequestId};
use mirror::{BulkFilter, BulkReceipt, Mirror, RestoreOptions, Ticking, restore};

use crate::support::*;

fn run(account: AccountId, state: BulkState) -> BulkRun {
    BulkRun {
        id: BulkRunId::generate(),
        request_id: RequestId::generate(),
        account_id: account,
        name: "refunds of ada@example.org.csv".to_owned(),
        source: BulkSource::File,
        digest: "d".to_owned(),
        same_as: None,
        state,
        problem_code: None,
        problem_detail: None,
        created_at: at(NOON),
        started_at: None,
        ended_at: None,
    }
}

fn row(line: u64, payment: &str, minor: i64) -> BulkRow {
    BulkRow {
        given: GivenRefund {
            line,
            email: Some("Ada@Example.org".to_owned()),
            note: Some("for Ada Lovelace".to_owned()),
            ..GivenRefund::default()
        },
        matched: BulkMatch::Exact,
        matched_by: Some("id".to_owned()),
        payment_id: Some(payment.to_owned()),
        amount: Some(domain::Money::new(minor, "usd".parse().unwrap())),
        hold: None,
        problem_code: None,
        problem_detail: None,
        ticked: true,
        request_id: RequestId::generate(),
    }
}

async fn rows(mirror: &Mirror, run: &BulkRun) -> Vec<BulkReceipt> {
    mirror.bulk_runs().rows(run.id, &BulkFilter::default(), 100, None).await.unwrap().items
}

async fn states(mirror: &Mirror, run: &BulkRun) -> Vec<BulkRowState> {
    rows(mirror, run).await.into_iter().map(|one| one.state).collect()
}

/// The intent that a row became, in a state.
async fn decided(mirror: &Mirror, account: AccountId, row: &BulkRow, state: IntentState) {
    let minor = row.amount.unwrap().minor;
    let made = intent(account, IntentKind::Refund, row.payment_id.as_deref().unwrap(), minor);
    let made = Intent { request_id: row.request_id, state: IntentState::Prepared, ..made };
    mirror.intents().insert_refund(&made, 10_000).await.unwrap();
    let ended = Intent { state, ..made };
    assert!(mirror.intents().update(&ended, IntentState::Prepared).await.unwrap());
}

#[tokio::test]
async fn a_row_is_what_its_intent_is_and_never_noted_twice() {
    let (_home, mirror, account) = shop().await;
    for id in ["ch_1", "ch_2", "ch_3", "ch_4"] {
        mirror.commit_page(account, &[seen(Record::Payment(payment(id, 10_000)), NOON)], None).await.unwrap();
    }
    let mut given: Vec<BulkRow> =
        (1..).zip(["ch_1", "ch_2", "ch_3", "ch_4"]).map(|(line, id)| row(line, id, 100)).collect();
    given[2].hold = Some(BulkHold::Asks);
    given[2].ticked = false;
    given[3].hold = Some(BulkHold::Blocked);
    given[3].ticked = false;
    let stands = run(account, BulkState::Ready);
    assert_eq!(mirror.bulk_runs().insert(&stands, &given).await.unwrap(), None);
    let again =
        mirror.bulk_runs().insert(&BulkRun { id: BulkRunId::generate(), ..stands.clone() }, &given).await;
    assert_eq!(again.unwrap().map(|one| one.id), Some(stands.id), "one request is one run");
    use BulkRowState::{Asks, Blocked, Canceled, Ready, Settled, Unsettled};
    assert_eq!(states(&mirror, &stands).await, [Ready, Ready, Asks, Blocked]);
    assert_eq!(
        mirror.bulk_runs().tick(stands.id, &Ticking::All, true).await.unwrap(),
        1,
        "what is blocked stays so"
    );
    assert_eq!(states(&mirror, &stands).await, [Ready, Ready, Ready, Blocked]);
    decided(&mirror, account, &given[0], IntentState::Settled).await;
    decided(&mirror, account, &given[1], IntentState::Unsettled).await;
    assert_eq!(states(&mirror, &stands).await, [Settled, Unsettled, Ready, Blocked]);
    assert_eq!(mirror.bulk_runs().pending(stands.id).await.unwrap(), [given[1].request_id]);
    let to_send: Vec<u64> =
        mirror.bulk_runs().to_send(stands.id).await.unwrap().into_iter().map(|one| one.line).collect();
    assert_eq!(to_send, [3]);
    let from = [BulkState::Ready];
    assert!(
        mirror.bulk_runs().set_state(stands.id, &from, BulkState::Canceled, None, at(NOON)).await.unwrap()
    );
    assert_eq!(states(&mirror, &stands).await, [Settled, Unsettled, Canceled, Blocked]);
    let earlier =
        mirror.bulk_facts().of_payments(account, &["ch_1".to_owned(), "ch_3".to_owned()]).await.unwrap();
    assert_eq!((earlier["ch_1"].earlier.len(), earlier.get("ch_3").map(|one| one.earlier.len())), (1, None));
}

#[tokio::test]
async fn an_erased_person_is_in_no_row_of_any_file() {
    let home = Home::plain();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    let mut ada = customer("cus_ada", "ada@example.org");
    ada.name = Some("Ada Lovelace".to_owned());
    let mut paid = payment("ch_ada", 900);
    paid.customer_id = Some("cus_ada".to_owned());
    let page = [seen(Record::Customer(ada), NOON), seen(Record::Payment(paid), NOON)];
    mirror.commit_page(account, &page, None).await.unwrap();
    let stands = run(account, BulkState::Ready);
    let nameless = BulkRow { payment_id: None, amount: None, ..row(2, "ch_none", 5) };
    mirror.bulk_runs().insert(&stands, &[row(1, "ch_ada", 100), nameless]).await.unwrap();
    let copy = mirror.copy_person(account, "cus_ada").await.unwrap().document;
    assert!(copy.contains("for Ada Lovelace") && copy.contains("paydesk_bulk_rows"), "{copy}");
    mirror.erase_person(account, "cus_ada", at(NOON)).await.unwrap();
    let kept = rows(&mirror, &stands).await;
    assert_eq!((kept[0].row.payment_id.as_deref(), kept[0].row.amount.unwrap().minor), (Some("ch_ada"), 100));
    for ending in ["", "-wal"] {
        let bytes = fs::read(home.folder().join(format!("mirror-test.db{ending}"))).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(!text.contains("lovelace") && !text.contains("ada@example.org"), "file{ending}");
    }
}

#[tokio::test]
async fn g32_rows_that_a_copy_brings_back_are_never_sent() {
    let (home, mirror, account) = shop().await;
    mirror.commit_page(account, &[seen(Record::Payment(payment("ch_1", 10_000)), NOON)], None).await.unwrap();
    let known = run(account, BulkState::Ready);
    mirror.bulk_runs().insert(&known, &[row(1, "ch_1", 100)]).await.unwrap();
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    // After the copy was made the run is sent, and another one comes in.
    let later = run(account, BulkState::Ready);
    mirror.bulk_runs().insert(&later, &[row(1, "ch_1", 200)]).await.unwrap();
    let from = [BulkState::Ready];
    assert!(
        mirror.bulk_runs().set_state(known.id, &from, BulkState::Done, None, at(NOON + 1)).await.unwrap()
    );
    mirror.close().await.unwrap();
    let options = |seconds| RestoreOptions {
        from: copy.clone(),
        path: home.file(),
        environment: Environment::Test,
        key: home.key.clone(),
        now: at(NOON + seconds),
    };
    // Where the present file can be read, runs are as it has them.
    restore(&options(9)).await.unwrap();
    let mirror = home.open().await;
    assert_eq!(mirror.bulk_runs().by_id(known.id).await.unwrap().unwrap().state, BulkState::Done);
    assert_eq!(states(&mirror, &later).await, [BulkRowState::Ready]);
    mirror.close().await.unwrap();
    // Where it cannot, nobody knows what was sent since the copy was made.
    fs::write(home.file(), b"broken").unwrap();
    restore(&options(10)).await.unwrap();
    let mirror = home.open().await;
    assert_eq!(mirror.bulk_runs().by_id(known.id).await.unwrap().unwrap().state, BulkState::Canceled);
    let held = rows(&mirror, &known).await.remove(0);
    assert_eq!((held.state, held.row.problem_code.as_deref()), (BulkRowState::NotSent, Some("restored_row")));
    assert!(mirror.bulk_runs().to_send(known.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn t24_rows_of_a_home_that_comes_from_another_machine_are_never_sent() {
    let (_home, mirror, account) = shop().await;
    mirror.commit_page(account, &[seen(Record::Payment(payment("ch_1", 10_000)), NOON)], None).await.unwrap();
    mirror.work_on("one", at(NOON)).await.unwrap();
    let stands = run(account, BulkState::Ready);
    let sent = row(1, "ch_1", 100);
    mirror.bulk_runs().insert(&stands, &[sent.clone(), row(2, "ch_1", 200)]).await.unwrap();
    decided(&mirror, account, &sent, IntentState::Settled).await;
    mirror.work_on("one", at(NOON + 1)).await.unwrap();
    assert_eq!(states(&mirror, &stands).await, [BulkRowState::Settled, BulkRowState::Ready]);
    mirror.work_on("another", at(NOON + 2)).await.unwrap();
    assert_eq!(states(&mirror, &stands).await, [BulkRowState::Settled, BulkRowState::NotSent]);
    assert!(mirror.bulk_runs().to_send(stands.id).await.unwrap().is_empty());
    assert_eq!(mirror.bulk_runs().by_id(stands.id).await.unwrap().unwrap().state, BulkState::Canceled);
}
