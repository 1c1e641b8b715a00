//! The approval of a run is good for exactly its rows, is used once by that run, and stays with each row.

use domain::bulk::{BulkHold, BulkMatch, BulkRow, BulkRowState, BulkRun, BulkSource, BulkState, GivenRefund};
use domain::intent::{Intent, IntentKind, IntentState};
use domain::{AccountId, BulkRunId, Environment, IntentId, Record, RequestId, Timestamp};
use mirror::{
    AgreedRow, ApprovalProblem, ApprovalRow, ApprovalState, ApprovalWish, BegunRun, BookFilter, Inserted,
    Mirror, MirrorError, NewLine, RefundLimit, RefundLimits, RestoreOptions, TakenAnswer, Ticking, restore,
};
use serde_json::json;

use crate::support::*;

const DAY: i64 = 86_400;
const BOB: &str = "ed25519:b0b";

/// Payments of 1,000.00, of which one person alone may give back 5.00 by one refund and 12.00 in a day.
async fn limited() -> (Home, Mirror, AccountId) {
    let (home, mirror, account) = shop().await;
    for id in ["ch_1", "ch_2", "ch_3"] {
        let payment = seen(Record::Payment(payment(id, 100_000)), NOON);
        mirror.commit_page(account, &[payment], None).await.unwrap();
    }
    limit(&mirror, account, Some(500), Some(1_200)).await;
    mirror.approvers().trust((BOB, "b0b"), "Bob", "passphrase", at(NOON)).await.unwrap();
    (home, mirror, account)
}

async fn limit(mirror: &Mirror, account: AccountId, per_refund: Option<i64>, per_day: Option<i64>) {
    let limits = RefundLimits { currency: "usd".parse().unwrap(), per_refund, per_day, per_person: None };
    mirror.set_refund_limits(account, &limits, at(NOON)).await.unwrap();
}

fn row(line: u64, payment: &str, minor: i64) -> BulkRow {
    BulkRow {
        given: GivenRefund { line, reason: Some("duplicate".to_owned()), ..GivenRefund::default() },
        matched: BulkMatch::Exact,
        matched_by: Some("id".to_owned()),
        payment_id: Some(payment.to_owned()),
        amount: Some(money(minor, "usd")),
        hold: (minor > 500).then_some(BulkHold::Approval),
        problem_code: (minor > 500).then(|| "over_limit".to_owned()),
        problem_detail: None,
        ticked: true,
        request_id: RequestId::generate(),
    }
}

/// Three rows, of which the last goes beyond the limit of one refund.
async fn brought(mirror: &Mirror, account: AccountId) -> (BulkRun, Vec<BulkRow>) {
    let run = BulkRun {
        id: BulkRunId::generate(),
        request_id: RequestId::generate(),
        account_id: account,
        name: "refunds.csv".to_owned(),
        source: BulkSource::File,
        digest: "d".to_owned(),
        same_as: None,
        state: BulkState::Ready,
        problem_code: None,
        problem_detail: None,
        created_at: at(NOON),
        started_at: None,
        ended_at: None,
    };
    let rows = vec![row(2, "ch_1", 400), row(3, "ch_2", 500), row(4, "ch_3", 90_000)];
    mirror.bulk_runs().insert(&run, &rows).await.unwrap();
    (run, rows)
}

/// The rows as a signed file would have them.
fn agreed(rows: &[BulkRow]) -> Vec<AgreedRow> {
    let of = |row: &BulkRow| AgreedRow {
        line: row.given.line,
        payment_id: row.payment_id.clone().unwrap(),
        amount: row.amount.unwrap(),
        reason: row.given.reason.clone(),
    };
    rows.iter().map(of).collect()
}

/// A request about a run that Bob agreed to.
async fn approved(mirror: &Mirror, account: AccountId, run: BulkRunId) -> IntentId {
    let id = IntentId::generate();
    let request = ApprovalRow {
        id,
        own: true,
        state: ApprovalState::Asked,
        account: Some(account),
        wish: ApprovalWish::Run { run, digest: "digest".to_owned(), rows: 3 },
        file: r#"["4","ch_3","USD","90000","duplicate"]"#.to_owned(),
        answer: None,
        approver: None,
        created_at: at(NOON),
        expires_at: at(NOON + DAY),
        updated_at: at(NOON),
    };
    mirror.approvals().ask(&request, Some("a note")).await.unwrap();
    let yes = TakenAnswer { file: "the answer".to_owned(), approver: BOB.to_owned(), approved: true };
    mirror.approvals().take(id, &yes, at(NOON + 30)).await.unwrap();
    id
}

async fn begin(
    mirror: &Mirror,
    run: BulkRunId,
    approval: IntentId,
    rows: &[AgreedRow],
    latest: Timestamp,
) -> Result<(), MirrorError> {
    let begun = BegunRun { run, approval, rows, now: latest, latest };
    mirror.approvals().begin_run(&begun).await
}

fn of<T: std::fmt::Debug>(result: Result<T, MirrorError>) -> ApprovalProblem {
    match result.unwrap_err() {
        MirrorError::Approval(problem) => problem,
        other => panic!("{other}"),
    }
}

/// The intent of a row under an approval.
fn intent_of(account: AccountId, row: &BulkRow, approval: IntentId) -> Intent {
    let minor = row.amount.unwrap().minor;
    Intent {
        request_id: row.request_id,
        created_at: at(NOON + 60),
        approval: Some(approval),
        ..intent(account, IntentKind::Refund, row.payment_id.as_deref().unwrap(), minor)
    }
}

async fn issue(mirror: &Mirror, intent: &Intent) -> Result<Inserted, MirrorError> {
    mirror.intents().insert_approved_refund(intent, 100_000, at(NOON + 60)).await
}

/// A run that began under its approval.
async fn begun(mirror: &Mirror, account: AccountId) -> (BulkRun, Vec<BulkRow>, IntentId) {
    let (run, rows) = brought(mirror, account).await;
    let approval = approved(mirror, account, run.id).await;
    begin(mirror, run.id, approval, &agreed(&rows), at(NOON + 60)).await.unwrap();
    (run, rows, approval)
}

async fn states(mirror: &Mirror, run: &BulkRun) -> Vec<BulkRowState> {
    let rows = mirror.bulk_runs().rows(run.id, &Default::default(), 100, None).await.unwrap().items;
    rows.into_iter().map(|one| one.state).collect()
}

#[tokio::test]
async fn an_approval_of_a_run_is_spent_in_the_transaction_that_begins_it_and_named_with_each_row() {
    let (_home, mirror, account) = limited().await;
    let (run, rows) = brought(&mirror, account).await;
    use BulkRowState::{NeedsApproval, Ready};
    assert_eq!(states(&mirror, &run).await, [Ready, Ready, NeedsApproval]);
    assert_eq!(mirror.bulk_runs().to_send(run.id).await.unwrap().len(), 2);
    let over = mirror.bulk_runs().over_limits(run.id, account, at(NOON)).await.unwrap();
    let told: Vec<_> = over.iter().map(|one| (one.room.limit, one.wanted.minor, one.rows)).collect();
    assert_eq!(told, [(RefundLimit::PerRefund, 90_000, 1), (RefundLimit::PerDay, 90_900, 3)]);
    let approval = approved(&mirror, account, run.id).await;
    begin(&mirror, run.id, approval, &agreed(&rows), at(NOON + 60)).await.unwrap();
    assert_eq!(mirror.bulk_runs().by_id(run.id).await.unwrap().unwrap().state, BulkState::Running);
    assert_eq!(states(&mirror, &run).await, [Ready, Ready, Ready]);
    assert!(mirror.bulk_runs().over_limits(run.id, account, at(NOON)).await.unwrap().is_empty());
    for row in &rows {
        let wished = intent_of(account, row, approval);
        assert_eq!(issue(&mirror, &wished).await.unwrap(), Inserted::New);
        assert_eq!(mirror.intents().by_id(wished.id).await.unwrap().unwrap().approval, Some(approval));
    }
    let decided = BookFilter { actions: vec!["refund_decided".to_owned()], ..BookFilter::default() };
    let lines = mirror.book().list(&decided, 9, None).await.unwrap().items;
    assert_eq!(lines.len(), 3);
    for line in &lines {
        assert_eq!(
            (&line.facts["approval"], &line.facts["approved_by"]),
            (&json!(approval.to_string()), &json!("Bob"))
        );
    }
    let used = BookFilter { actions: vec!["approval_used".to_owned()], ..BookFilter::default() };
    let line = &mirror.book().list(&used, 9, None).await.unwrap().items[0];
    assert_eq!((line.subject.as_str(), &line.facts["rows"]), (run.id.to_string().as_str(), &json!(3)));
    assert!(mirror.book().verify(&[]).await.unwrap().broken.is_none());
    // What was agreed to leaves what one person alone may give back as it is.
    let room = mirror.refund_room(account, "usd".parse().unwrap(), at(NOON + 60)).await.unwrap().unwrap();
    assert_eq!((room.limit, room.left.minor), (RefundLimit::PerRefund, 500));
}

#[tokio::test]
async fn an_approval_of_a_run_is_used_once_and_by_no_other_run() {
    let (_home, mirror, account) = limited().await;
    let (run, rows, approval) = begun(&mirror, account).await;
    assert_eq!(
        of(begin(&mirror, run.id, approval, &agreed(&rows), at(NOON + 61)).await),
        ApprovalProblem::Used
    );
    let (other, same) = brought(&mirror, account).await;
    assert_eq!(
        of(begin(&mirror, other.id, approval, &agreed(&same), at(NOON + 61)).await),
        ApprovalProblem::Used
    );
    let third = approved(&mirror, account, run.id).await;
    assert_eq!(
        of(begin(&mirror, other.id, third, &agreed(&same), at(NOON + 61)).await),
        ApprovalProblem::OtherRun
    );
    // Equal rows of the other run are not covered by what this one began under.
    assert_eq!(of(issue(&mirror, &intent_of(account, &same[0], approval)).await), ApprovalProblem::OtherRun);
    let unknown = IntentId::generate();
    assert_eq!(
        of(begin(&mirror, run.id, unknown, &agreed(&rows), at(NOON + 61)).await),
        ApprovalProblem::NotAskedHere
    );
}

#[tokio::test]
async fn two_begin_a_run_under_one_approval_at_once_and_one_of_them_spends_it() {
    let (_home, mirror, account) = limited().await;
    let (run, rows) = brought(&mirror, account).await;
    let approval = approved(&mirror, account, run.id).await;
    let rows = agreed(&rows);
    let (first, second) = tokio::join!(
        begin(&mirror, run.id, approval, &rows, at(NOON + 60)),
        begin(&mirror, run.id, approval, &rows, at(NOON + 60))
    );
    let ends = [first, second];
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1, "{ends:?}");
    assert_eq!(of(ends.into_iter().find(Result::is_err).unwrap()), ApprovalProblem::Used);
}

#[tokio::test]
async fn a_run_with_a_row_changed_added_or_left_out_does_not_begin_under_its_approval() {
    let (_home, mirror, account) = limited().await;
    let (run, rows) = brought(&mirror, account).await;
    let approval = approved(&mirror, account, run.id).await;
    let signed = agreed(&rows);
    let changed = |change: &dyn Fn(&mut Vec<AgreedRow>)| {
        let mut rows = signed.clone();
        change(&mut rows);
        rows
    };
    for other in [
        changed(&|rows| rows[0].amount = money(401, "usd")),
        changed(&|rows| rows[0].amount = money(400, "eur")),
        changed(&|rows| rows[0].payment_id = "ch_2".to_owned()),
        changed(&|rows| rows[0].reason = None),
        changed(&|rows| rows[0].line = 1),
        changed(&|rows| rows.truncate(2)),
        changed(&|rows| rows.push(AgreedRow { line: 9, ..rows[0].clone() })),
    ] {
        assert_eq!(
            of(begin(&mirror, run.id, approval, &other, at(NOON + 60)).await),
            ApprovalProblem::OtherRows
        );
    }
    // A row that is left out of the run by now, and one that was sent alone meanwhile.
    mirror.bulk_runs().tick(run.id, &Ticking::Lines(vec![4]), false).await.unwrap();
    assert_eq!(
        of(begin(&mirror, run.id, approval, &signed, at(NOON + 60)).await),
        ApprovalProblem::OtherRows
    );
    mirror.bulk_runs().tick(run.id, &Ticking::Lines(vec![4]), true).await.unwrap();
    let alone = Intent { approval: None, ..intent_of(account, &rows[0], approval) };
    mirror.intents().insert_refund(&alone, 100_000).await.unwrap();
    assert_eq!(
        of(begin(&mirror, run.id, approval, &signed, at(NOON + 60)).await),
        ApprovalProblem::OtherRows
    );
    let kept = mirror.approvals().by_id(approval).await.unwrap().unwrap();
    assert_eq!(kept.state, ApprovalState::Approved, "nothing of it was spent");
    assert_eq!(mirror.bulk_runs().by_id(run.id).await.unwrap().unwrap().state, BulkState::Ready);
}

#[tokio::test]
async fn the_intent_of_a_row_is_exactly_the_row_that_was_approved() {
    let (_home, mirror, account) = limited().await;
    let other_account = add_account(&mirror, "other").await;
    let (run, rows, approval) = begun(&mirror, account).await;
    let good = intent_of(account, &rows[2], approval);
    let single = IntentId::generate();
    for (changed, why) in [
        (Intent { amount: Some(money(90_001, "usd")), ..good.clone() }, ApprovalProblem::OtherAmount),
        (Intent { amount: Some(money(90_000, "eur")), ..good.clone() }, ApprovalProblem::OtherAmount),
        (Intent { target_id: Some("ch_2".to_owned()), ..good.clone() }, ApprovalProblem::OtherPayment),
        (Intent { account_id: other_account, ..good.clone() }, ApprovalProblem::OtherAccount),
        (Intent { reason: None, ..good.clone() }, ApprovalProblem::OtherReason),
        (Intent { request_id: RequestId::generate(), ..good.clone() }, ApprovalProblem::OtherRows),
        (Intent { approval: Some(single), ..good.clone() }, ApprovalProblem::NotAskedHere),
        // As if it were the approval of this one refund.
        (Intent { id: approval, ..good.clone() }, ApprovalProblem::Used),
        (Intent { approval: None, ..good.clone() }, ApprovalProblem::NotAskedHere),
    ] {
        assert_eq!(of(issue(&mirror, &changed).await), why, "{changed:?}");
        assert_eq!(mirror.intents().by_id(changed.id).await.unwrap(), None);
    }
    // A row that was ticked after the run began carries no approval, so the limits hold for it.
    let (_, ticked_later) = brought(&mirror, account).await;
    let alone = Intent { approval: None, ..intent_of(account, &ticked_later[2], approval) };
    let refused = mirror.intents().insert_refund(&alone, 100_000).await.unwrap_err();
    assert!(matches!(refused, MirrorError::OverLimit { .. }), "{refused}");
    assert_eq!(issue(&mirror, &good).await.unwrap(), Inserted::New);
    assert_eq!(states(&mirror, &run).await[2], BulkRowState::Prepared);
}

#[tokio::test]
async fn an_approval_that_expired_before_its_run_began_is_refused_and_one_that_expires_later_counts_to_the_end()
 {
    let (_home, mirror, account) = limited().await;
    let (run, rows) = brought(&mirror, account).await;
    let approval = approved(&mirror, account, run.id).await;
    let until = at(NOON + DAY);
    let late = begin(&mirror, run.id, approval, &agreed(&rows), until).await;
    assert_eq!(of(late), ApprovalProblem::Expired { until });
    begin(&mirror, run.id, approval, &agreed(&rows), at(NOON + DAY - 1)).await.unwrap();
    mirror.book().append(&NewLine::new(at(NOON + DAY + 1), "exported", "")).await.unwrap();
    for row in &rows {
        let wished = intent_of(account, row, approval);
        let later = mirror.intents().insert_approved_refund(&wished, 100_000, at(NOON + 9 * DAY)).await;
        assert_eq!(later.unwrap(), Inserted::New);
    }
    // The clock that jumps back makes no other one good again.
    let (run, rows) = brought(&mirror, account).await;
    let approval = approved(&mirror, account, run.id).await;
    mirror.book().append(&NewLine::new(at(NOON + DAY + 2), "exported", "")).await.unwrap();
    let back = begin(&mirror, run.id, approval, &agreed(&rows), at(NOON + 60)).await;
    assert_eq!(of(back), ApprovalProblem::Expired { until });
}

#[tokio::test]
async fn a_limit_that_is_lowered_after_a_run_began_does_not_hold_for_its_rows() {
    let (_home, mirror, account) = limited().await;
    let (_, rows, approval) = begun(&mirror, account).await;
    assert_eq!(issue(&mirror, &intent_of(account, &rows[0], approval)).await.unwrap(), Inserted::New);
    limit(&mirror, account, Some(1), Some(1)).await;
    for row in &rows[1..] {
        assert_eq!(issue(&mirror, &intent_of(account, row, approval)).await.unwrap(), Inserted::New);
    }
}

#[tokio::test]
async fn whoever_is_trusted_no_more_or_another_device_stops_what_was_approved_also_half_way() {
    let (_home, mirror, account) = limited().await;
    mirror.work_on("one", at(NOON)).await.unwrap();
    let (_, rows, approval) = begun(&mirror, account).await;
    assert_eq!(issue(&mirror, &intent_of(account, &rows[0], approval)).await.unwrap(), Inserted::New);
    mirror.approvers().distrust(BOB, "b0b", at(NOON + 61)).await.unwrap();
    assert_eq!(
        of(issue(&mirror, &intent_of(account, &rows[1], approval)).await),
        ApprovalProblem::UnknownPerson
    );
    mirror.approvers().trust((BOB, "b0b"), "Bob", "passphrase", at(NOON + 62)).await.unwrap();
    assert_eq!(issue(&mirror, &intent_of(account, &rows[1], approval)).await.unwrap(), Inserted::New);
    mirror.work_on("another", at(NOON + 63)).await.unwrap();
    assert_eq!(
        of(issue(&mirror, &intent_of(account, &rows[2], approval)).await),
        ApprovalProblem::OtherDevice
    );
}

#[tokio::test]
async fn a_refund_that_the_vendor_has_of_an_approved_row_is_not_made_again() {
    let (_home, mirror, account) = limited().await;
    let (_, rows, approval) = begun(&mirror, account).await;
    let wished = intent_of(account, &rows[2], approval);
    // As after the whole home came back from a copy of its disk: only the vendor remembers.
    let made = domain::Refund { intent_id: Some(wished.id.to_string()), ..refund("re_1", "ch_3", 90_000) };
    mirror.commit_page(account, &[seen(Record::Refund(made), NOON + 50)], None).await.unwrap();
    assert_eq!(of(issue(&mirror, &wished).await), ApprovalProblem::Used);
}

#[tokio::test]
async fn a_copy_gives_no_approval_of_a_run_back_and_the_present_file_keeps_it() {
    let (home, mirror, account) = limited().await;
    let (run, rows) = brought(&mirror, account).await;
    let approval = approved(&mirror, account, run.id).await;
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    begin(&mirror, run.id, approval, &agreed(&rows), at(NOON + 60)).await.unwrap();
    issue(&mirror, &intent_of(account, &rows[0], approval)).await.unwrap();
    mirror.close().await.unwrap();
    let back = |from, seconds| RestoreOptions {
        from,
        path: home.file(),
        environment: Environment::Test,
        key: home.key.clone(),
        now: at(NOON + seconds),
    };
    restore(&back(copy.clone(), 90)).await.unwrap();
    let mirror = home.open().await;
    assert_eq!(
        of(begin(&mirror, run.id, approval, &agreed(&rows), at(NOON + 91)).await),
        ApprovalProblem::Used
    );
    let kept = mirror.intents().by_request_id(rows[0].request_id).await.unwrap().unwrap();
    assert_eq!(kept.approval, Some(approval), "the journal is carried over with it");
    assert_eq!(issue(&mirror, &intent_of(account, &rows[1], approval)).await.unwrap(), Inserted::New);
    mirror.close().await.unwrap();
    std::fs::write(home.file(), b"nothing of it can be read").unwrap();
    restore(&back(copy, 94)).await.unwrap();
    let mirror = home.open().await;
    assert_eq!(
        of(begin(&mirror, run.id, approval, &agreed(&rows), at(NOON + 95)).await),
        ApprovalProblem::Void
    );
    assert_eq!(states(&mirror, &run).await, [BulkRowState::NotSent; 3]);
}

#[tokio::test]
async fn an_erased_person_takes_the_signed_file_of_the_run_along() {
    let (_home, mirror, account) = limited().await;
    let theirs = domain::Payment {
        customer_id: Some("cus_1".to_owned()),
        email: Some("jane@example.org".to_owned()),
        ..payment("ch_3", 100_000)
    };
    let records = [
        seen(Record::Payment(theirs), NOON + 1),
        seen(Record::Customer(customer("cus_1", "jane@example.org")), NOON),
    ];
    mirror.commit_page(account, &records, None).await.unwrap();
    let (run, rows) = brought(&mirror, account).await;
    let approval = approved(&mirror, account, run.id).await;
    mirror.erase_person(account, "cus_1", at(NOON + 70)).await.unwrap();
    let left = mirror.approvals().by_id(approval).await.unwrap().unwrap();
    assert_eq!((left.file.as_str(), left.answer, left.state), ("", None, ApprovalState::Void));
    assert_eq!(
        of(begin(&mirror, run.id, approval, &agreed(&rows), at(NOON + 80)).await),
        ApprovalProblem::Void
    );
}

#[tokio::test]
async fn an_intent_with_an_approval_does_not_come_in_as_one_of_one_person_alone() {
    let (_home, mirror, account) = limited().await;
    let (_, rows, approval) = begun(&mirror, account).await;
    let wished = intent_of(account, &rows[0], approval);
    let refused = mirror.intents().insert_refund(&wished, 100_000).await.unwrap_err();
    assert!(matches!(refused, MirrorError::Mismatch { .. }), "{refused}");
    let settled = Intent { state: IntentState::Settled, ..wished };
    assert!(!mirror.intents().update(&settled, IntentState::Prepared).await.unwrap());
}
