//! An approval is good for one refund, exactly the one that was approved, once.

use domain::intent::{Intent, IntentKind, IntentState};
use domain::{AccountId, Environment, Record, Timestamp};
use mirror::{
    ApprovalProblem, ApprovalRow, ApprovalState, ApprovalWish, BookFilter, Inserted, Mirror, MirrorError,
    NewLine, RefundLimits, RestoreOptions, TakenAnswer, restore,
};
use serde_json::json;

use crate::support::*;

const DAY: i64 = 86_400;
const BOB: &str = "ed25519:b0b";

/// A payment of 1,000.00, of which one person alone may give back 5.00.
async fn limited() -> (Home, Mirror, AccountId) {
    let (home, mirror, account) = shop().await;
    mirror
        .commit_page(account, &[seen(Record::Payment(payment("ch_1", 100_000)), NOON)], None)
        .await
        .unwrap();
    let limits = RefundLimits {
        currency: "usd".parse().unwrap(),
        per_refund: Some(500),
        per_day: None,
        per_person: None,
    };
    mirror.set_refund_limits(account, &limits, at(NOON)).await.unwrap();
    mirror.approvers().trust((BOB, "b0b"), "Bob", "passphrase", at(NOON)).await.unwrap();
    (home, mirror, account)
}

fn wish(account: AccountId, minor: i64) -> Intent {
    let wished = intent(account, IntentKind::Refund, "ch_1", minor);
    Intent { state: IntentState::Prepared, created_at: at(NOON + 60), approval: Some(wished.id), ..wished }
}

/// The same wish of one person alone.
fn alone(wished: Intent) -> Intent {
    Intent { approval: None, ..wished }
}

fn request(wished: &Intent) -> ApprovalRow {
    ApprovalRow {
        id: wished.id,
        own: true,
        state: ApprovalState::Asked,
        account: Some(wished.account_id),
        wish: ApprovalWish::Refund {
            payment_id: "ch_1".to_owned(),
            amount: wished.amount.unwrap(),
            reason: Some("duplicate".to_owned()),
        },
        file: format!("the request {}", wished.id),
        answer: None,
        approver: None,
        created_at: at(NOON),
        expires_at: at(NOON + DAY),
        updated_at: at(NOON),
    }
}

fn yes() -> TakenAnswer {
    TakenAnswer { file: "the answer".to_owned(), approver: BOB.to_owned(), approved: true }
}

/// A wish above the limit that Bob agreed to.
async fn approved(mirror: &Mirror, account: AccountId, minor: i64) -> Intent {
    let wished = wish(account, minor);
    mirror.approvals().ask(&request(&wished), Some("a note")).await.unwrap();
    mirror.approvals().take(wished.id, &yes(), at(NOON + 30)).await.unwrap();
    wished
}

async fn issue(mirror: &Mirror, intent: &Intent, latest: Timestamp) -> Result<Inserted, MirrorError> {
    mirror.intents().insert_approved_refund(intent, 100_000, latest).await
}

async fn problem(mirror: &Mirror, intent: &Intent, latest: Timestamp) -> ApprovalProblem {
    let refused = of(issue(mirror, intent, latest).await);
    assert_eq!(mirror.intents().by_id(intent.id).await.unwrap(), None, "nothing was written down");
    refused
}

fn of<T: std::fmt::Debug>(result: Result<T, MirrorError>) -> ApprovalProblem {
    match result.unwrap_err() {
        MirrorError::Approval(problem) => problem,
        other => panic!("{other}"),
    }
}

async fn state(mirror: &Mirror, intent: &Intent) -> ApprovalState {
    mirror.approvals().by_id(intent.id).await.unwrap().unwrap().state
}

#[tokio::test]
async fn an_approval_is_spent_in_the_transaction_of_its_intent_and_named_in_the_book() {
    let (_home, mirror, account) = limited().await;
    let wished = wish(account, 90_000);
    let refused = mirror.intents().insert_refund(&alone(wished.clone()), 100_000).await.unwrap_err();
    assert!(matches!(refused, MirrorError::OverLimit { .. }), "{refused}");
    assert_eq!(problem(&mirror, &wished, at(NOON + 60)).await, ApprovalProblem::NotAskedHere);
    mirror.approvals().ask(&request(&wished), None).await.unwrap();
    assert_eq!(problem(&mirror, &wished, at(NOON + 60)).await, ApprovalProblem::NotGiven);
    mirror.approvals().take(wished.id, &yes(), at(NOON + 30)).await.unwrap();
    assert_eq!(issue(&mirror, &wished, at(NOON + 60)).await.unwrap(), Inserted::New);
    assert_eq!(state(&mirror, &wished).await, ApprovalState::Used);
    let decided = BookFilter { actions: vec!["refund_decided".to_owned()], ..BookFilter::default() };
    let line = &mirror.book().list(&decided, 1, None).await.unwrap().items[0];
    assert_eq!(line.facts["approved_by"], "Bob");
    assert_eq!(line.facts["approval"], json!(wished.id.to_string()));
    assert!(mirror.book().verify(&[]).await.unwrap().broken.is_none());
}

#[tokio::test]
async fn an_approval_is_spent_once_also_by_two_at_the_same_time() {
    let (_home, mirror, account) = limited().await;
    let wished = approved(&mirror, account, 90_000).await;
    // The same approval for two requests of shells; their intents have its id.
    let again = Intent {
        request_id: domain::RequestId::generate(),
        idempotency_key: "another key".to_owned(),
        ..wished.clone()
    };
    let (first, second) =
        tokio::join!(issue(&mirror, &wished, at(NOON + 60)), issue(&mirror, &again, at(NOON + 60)));
    let ends = [first, second];
    assert_eq!(ends.iter().filter(|end| matches!(end, Ok(Inserted::New))).count(), 1, "{ends:?}");
    let refused = ends.into_iter().find(Result::is_err).unwrap();
    assert_eq!(of(refused), ApprovalProblem::Used);
    // Also once the first is over and nothing else is in the way.
    let failed = Intent { state: IntentState::Refused, ..wished.clone() };
    let kept = mirror.intents().by_id(wished.id).await.unwrap().unwrap();
    mirror.intents().update(&Intent { request_id: kept.request_id, ..failed }, kept.state).await.unwrap();
    let third = Intent { request_id: domain::RequestId::generate(), ..again };
    assert_eq!(of(issue(&mirror, &third, at(NOON + 61)).await), ApprovalProblem::Used);
    // The answer cannot be taken a second time to make it fresh, either.
    assert!(matches!(
        mirror.approvals().take(wished.id, &yes(), at(NOON + 62)).await,
        Err(MirrorError::Approval(ApprovalProblem::Used))
    ));
}

#[tokio::test]
async fn an_approval_that_a_guard_stopped_is_not_spent() {
    let (_home, mirror, account) = limited().await;
    let wished = approved(&mirror, account, 90_000).await;
    let other = alone(wish(account, 200));
    mirror.intents().insert_refund(&other, 100_000).await.unwrap();
    let stopped = issue(&mirror, &wished, at(NOON + 60)).await.unwrap_err();
    assert!(matches!(stopped, MirrorError::OpenIntentExists { .. }), "{stopped}");
    assert_eq!(state(&mirror, &wished).await, ApprovalState::Approved);
}

#[tokio::test]
async fn an_approval_fits_no_other_payment_account_amount_or_reason() {
    let (_home, mirror, account) = limited().await;
    let other_account = add_account(&mirror, "other").await;
    let payments = [
        seen(Record::Payment(payment("ch_1", 100_000)), NOON),
        seen(Record::Payment(payment("ch_2", 100_000)), NOON),
    ];
    mirror.commit_page(other_account, &payments, None).await.unwrap();
    mirror.commit_page(account, &payments[1..], None).await.unwrap();
    let wished = approved(&mirror, account, 90_000).await;
    for (changed, why) in [
        (Intent { target_id: Some("ch_2".to_owned()), ..wished.clone() }, ApprovalProblem::OtherPayment),
        (Intent { account_id: other_account, ..wished.clone() }, ApprovalProblem::OtherAccount),
        (Intent { amount: Some(money(90_001, "usd")), ..wished.clone() }, ApprovalProblem::OtherAmount),
        (Intent { amount: Some(money(89_999, "usd")), ..wished.clone() }, ApprovalProblem::OtherAmount),
        (Intent { amount: Some(money(90_000, "eur")), ..wished.clone() }, ApprovalProblem::OtherAmount),
        (Intent { reason: None, ..wished.clone() }, ApprovalProblem::OtherReason),
    ] {
        assert_eq!(problem(&mirror, &changed, at(NOON + 60)).await, why);
    }
    assert_eq!(issue(&mirror, &wished, at(NOON + 60)).await.unwrap(), Inserted::New);
}

#[tokio::test]
async fn an_approval_past_its_time_is_refused_also_by_a_clock_that_jumped_back() {
    let (_home, mirror, account) = limited().await;
    let wished = approved(&mirror, account, 90_000).await;
    let until = at(NOON + DAY);
    assert_eq!(problem(&mirror, &wished, until).await, ApprovalProblem::Expired { until });
    // Something is seen after its end, then the clock is set back into its time.
    mirror.book().append(&NewLine::new(at(NOON + DAY + 1), "exported", "")).await.unwrap();
    assert_eq!(problem(&mirror, &wished, at(NOON + 60)).await, ApprovalProblem::Expired { until });
}

#[tokio::test]
async fn an_approval_that_was_asked_on_another_device_is_refused() {
    let (_home, mirror, account) = limited().await;
    mirror.work_on("one", at(NOON)).await.unwrap();
    let wished = approved(&mirror, account, 90_000).await;
    mirror.work_on("another", at(NOON + 40)).await.unwrap();
    assert_eq!(problem(&mirror, &wished, at(NOON + 60)).await, ApprovalProblem::OtherDevice);
    mirror.work_on("one", at(NOON + 50)).await.unwrap();
    assert_eq!(issue(&mirror, &wished, at(NOON + 60)).await.unwrap(), Inserted::New);
}

#[tokio::test]
async fn an_answer_of_somebody_unknown_or_trusted_no_more_is_none() {
    let (_home, mirror, account) = limited().await;
    let wished = wish(account, 90_000);
    mirror.approvals().ask(&request(&wished), None).await.unwrap();
    let mallory = TakenAnswer { approver: "ed25519:bad".to_owned(), ..yes() };
    assert_eq!(
        of(mirror.approvals().take(wished.id, &mallory, at(NOON + 1)).await),
        ApprovalProblem::UnknownPerson
    );
    mirror.approvals().take(wished.id, &yes(), at(NOON + 2)).await.unwrap();
    assert!(mirror.approvers().distrust(BOB, "b0b", at(NOON + 3)).await.unwrap());
    assert!(!mirror.approvers().distrust(BOB, "b0b", at(NOON + 4)).await.unwrap(), "once is enough");
    assert_eq!(problem(&mirror, &wished, at(NOON + 60)).await, ApprovalProblem::UnknownPerson);
    let trust = BookFilter { actions: vec!["approver_*".to_owned()], ..BookFilter::default() };
    let actions: Vec<String> = mirror
        .book()
        .list(&trust, 9, None)
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|line| line.action)
        .collect();
    assert_eq!(actions, ["approver_distrusted", "approver_trusted"]);
}

#[tokio::test]
async fn a_declined_request_stays_declined() {
    let (_home, mirror, account) = limited().await;
    let wished = wish(account, 90_000);
    mirror.approvals().ask(&request(&wished), None).await.unwrap();
    let no = TakenAnswer { approved: false, file: "no".to_owned(), ..yes() };
    mirror.approvals().take(wished.id, &no, at(NOON + 1)).await.unwrap();
    mirror.approvals().take(wished.id, &no, at(NOON + 1)).await.unwrap();
    assert_eq!(of(mirror.approvals().take(wished.id, &yes(), at(NOON + 2)).await), ApprovalProblem::Declined);
    assert_eq!(problem(&mirror, &wished, at(NOON + 60)).await, ApprovalProblem::Declined);
}

#[tokio::test]
async fn what_a_second_person_agreed_to_leaves_the_limits_of_one_alone_as_they_are() {
    let (_home, mirror, account) = limited().await;
    let currency = "usd".parse().unwrap();
    let limits = RefundLimits { currency, per_refund: Some(500), per_day: Some(700), per_person: None };
    mirror.set_refund_limits(account, &limits, at(NOON)).await.unwrap();
    let wished = approved(&mirror, account, 50_000).await;
    issue(&mirror, &wished, at(NOON + 60)).await.unwrap();
    let settled = Intent { state: IntentState::Settled, object_id: Some("re_1".to_owned()), ..wished };
    assert!(mirror.intents().update(&settled, IntentState::Prepared).await.unwrap());
    let room = mirror.refund_room(account, currency, at(NOON + 60)).await.unwrap().unwrap();
    assert_eq!((room.limit.as_str(), room.left.minor), ("per_refund", 500));
    mirror.intents().insert_refund(&alone(wish(account, 400)), 100_000).await.unwrap();
    let room = mirror.refund_room(account, currency, at(NOON + 61)).await.unwrap().unwrap();
    assert_eq!((room.limit.as_str(), room.left.minor, room.most.minor), ("per_day", 300, 700));
}

async fn put_back(home: &Home, copy: std::path::PathBuf) -> Mirror {
    let back = RestoreOptions {
        from: copy,
        path: home.file(),
        environment: Environment::Test,
        key: home.key.clone(),
        now: at(NOON + 90),
    };
    restore(&back).await.unwrap();
    home.open().await
}

#[tokio::test]
async fn a_copy_from_before_an_approval_was_used_does_not_give_it_back() {
    let (home, mirror, account) = limited().await;
    let wished = approved(&mirror, account, 50_000).await;
    let unused = approved(&mirror, account, 40_000).await;
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    issue(&mirror, &wished, at(NOON + 60)).await.unwrap();
    mirror.approvers().trust(("ed25519:eve", "eve"), "Eve", "passphrase", at(NOON + 61)).await.unwrap();
    mirror.approvers().distrust(BOB, "b0b", at(NOON + 62)).await.unwrap();
    mirror.close().await.unwrap();
    let mirror = put_back(&home, copy).await;
    assert_eq!(state(&mirror, &wished).await, ApprovalState::Used);
    assert_eq!(
        state(&mirror, &unused).await,
        ApprovalState::Approved,
        "the present file knows that it was not used"
    );
    let trusted: Vec<String> = mirror
        .approvers()
        .list()
        .await
        .unwrap()
        .into_iter()
        .filter(|one| one.removed_at.is_none())
        .map(|one| one.name)
        .collect();
    assert_eq!(trusted, ["Eve"], "trust is as it is now");
}

#[tokio::test]
async fn a_copy_without_the_present_file_gives_no_approval_back() {
    let (home, mirror, account) = limited().await;
    let wished = approved(&mirror, account, 50_000).await;
    let asked = wish(account, 40_000);
    mirror.approvals().ask(&request(&asked), None).await.unwrap();
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    mirror.close().await.unwrap();
    std::fs::write(home.file(), b"nothing of it can be read").unwrap();
    let mirror = put_back(&home, copy).await;
    assert_eq!(problem(&mirror, &wished, at(NOON + 95)).await, ApprovalProblem::Void);
    assert_eq!(of(mirror.approvals().take(asked.id, &yes(), at(NOON + 95)).await), ApprovalProblem::Void);
}

#[tokio::test]
async fn a_refund_that_the_vendor_has_of_an_approval_uses_it_up() {
    let (_home, mirror, account) = limited().await;
    let wished = approved(&mirror, account, 50_000).await;
    // As after the whole home came back from a copy of its disk: only the vendor remembers.
    let made = domain::Refund { intent_id: Some(wished.id.to_string()), ..refund("re_1", "ch_1", 50_000) };
    mirror.commit_page(account, &[seen(Record::Refund(made), NOON + 50)], None).await.unwrap();
    assert_eq!(problem(&mirror, &wished, at(NOON + 60)).await, ApprovalProblem::Used);
}

#[tokio::test]
async fn an_erased_person_takes_the_signed_files_along() {
    let (_home, mirror, account) = limited().await;
    let theirs = domain::Payment {
        customer_id: Some("cus_1".to_owned()),
        email: Some("jane@example.org".to_owned()),
        ..payment("ch_1", 100_000)
    };
    let records = [
        seen(Record::Payment(theirs), NOON + 1),
        seen(Record::Customer(customer("cus_1", "jane@example.org")), NOON),
    ];
    mirror.commit_page(account, &records, None).await.unwrap();
    let wished = approved(&mirror, account, 50_000).await;
    mirror.erase_person(account, "cus_1", at(NOON + 70)).await.unwrap();
    let left = mirror.approvals().by_id(wished.id).await.unwrap().unwrap();
    assert_eq!((left.file.as_str(), left.answer, left.state), ("", None, ApprovalState::Void));
    assert_eq!(problem(&mirror, &wished, at(NOON + 80)).await, ApprovalProblem::Void);
}
