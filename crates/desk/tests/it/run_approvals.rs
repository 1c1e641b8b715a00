//! Two people on two homes: one brings a file whose refunds go beyond what one person alone may give back, the other
//! answers for all of it, and each thing that must not work has its own reason.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::Arc;

use contract::accounts::SetRefundLimits;
use contract::approvals::{
    ApprovalView, AskRunApproval, DistrustApprover, ListApprovalRows, ListApprovals, OpenApproval,
};
use contract::book::{AcceptBookLoss, ListBook, VerifyBook};
use contract::bulk::{
    BulkRunState, BulkRunView, BulkTicking, CancelBulk, RunBulk, ShowBulkRun, TickBulkRows, WriteBulkReceipts,
};
use contract::refunds::ListRefunds;
use contract::shared::ListRange;
use contract::{ErrorBody, ErrorCode};
use desk::Connection;
use domain::{IntentId, RequestId};

use crate::approvals::{At, PASSPHRASE, Pair, ask, decide, take, text, trust};
use crate::bulk::{count, imported, minor, rested, rows, shown, whole_payments};
use crate::support::{SANDBOX, connected, go_wrong, refund};

/// Refunds of 2.00 each, and two of 6.00, which are above the 5.00 that Ada may give back alone.
async fn brought(pair: &Pair) -> BulkRunView {
    let payments = whole_payments(&pair.ada.desk, 8).await;
    let mut file = String::from("payment,amount,reason\n");
    for (place, one) in payments.iter().enumerate() {
        let amount = if place < 6 { "2.00" } else { "6.00" };
        file.push_str(&format!("{},{amount},requested_by_customer\n", one.id));
    }
    let run = imported(&pair.ada.desk, &file).await;
    assert_eq!((run.to_send, count(&run, "needs_approval"), run.total.as_str()), (6, 2, "12.00 USD"));
    run
}

fn ask_for(run: &BulkRunView) -> AskRunApproval {
    AskRunApproval {
        request_id: RequestId::generate(),
        run: run.id.clone(),
        total: run.askable_total.clone(),
        note: Some("double charges of May".to_owned()),
        ticket: Some("T-9".to_owned()),
        seconds: None,
        to: None,
    }
}

/// A run that Bob agreed to, whose answer Ada took.
async fn approved(pair: &Pair) -> (BulkRunView, ApprovalView) {
    let run = brought(pair).await;
    let taken = agreed(pair, &run).await;
    (run, taken)
}

async fn agreed(pair: &Pair, run: &BulkRunView) -> ApprovalView {
    let asked = pair.ada.ok(ask_for(&shown(&pair.ada.desk, run).await)).await;
    let answer = pair.bob.ok(decide(asked.file.as_deref().unwrap(), true)).await.file.unwrap();
    let taken = pair.ada.ok(take(&answer)).await;
    assert_eq!((taken.state.as_str(), taken.can_issue), ("approved", true));
    taken
}

async fn begin(
    desk: &Connection,
    run: &BulkRunView,
    approval: Option<&ApprovalView>,
    resume: bool,
) -> Result<BulkRunView, ErrorBody> {
    let stands = shown(desk, run).await;
    let total = approval.map_or(stands.total, |approval| approval.run.clone().unwrap().total);
    let approval = approval.map(|approval| approval.id.clone());
    desk.call(SANDBOX, RunBulk { id: run.id.clone(), total, resume, ticket: None, approval }).await
}

async fn refused(desk: &Connection, run: &BulkRunView, approval: &ApprovalView) -> ErrorCode {
    let error = begin(desk, run, Some(approval), true).await.unwrap_err();
    assert_eq!(error.money_moved, contract::MoneyMoved::No, "{error:?}");
    error.code
}

fn nothing_moved(pair: &Pair) {
    assert!(pair.vendor.counters().refunds_by_charge.is_empty());
}

/// Every payment of the file was refunded once, to the cent.
fn each_once(vendor: &sandbox::Sandbox, done: &BulkRunView) {
    assert_eq!(
        (done.state, count(done, "settled"), minor(done, "settled")),
        (BulkRunState::Done, 8, 2_400),
        "{done:?}"
    );
    let counted = vendor.counters().refunds_by_charge;
    assert!(counted.len() == 8 && counted.values().all(|refunds| *refunds == 1), "{counted:?}");
}

async fn limits(desk: &Connection, per_refund: &str, per_day: &str) {
    let limits = SetRefundLimits {
        label: "shop".to_owned(),
        currency: "usd".to_owned(),
        per_refund: Some(per_refund.to_owned()),
        per_day: Some(per_day.to_owned()),
        per_person: None,
    };
    desk.call(SANDBOX, limits).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_above_the_limits_is_asked_about_approved_and_sent_row_by_row_with_its_approval() {
    let pair = Pair::new().await;
    let (ada, bob) = (&pair.ada, &pair.bob);
    limits(&ada.desk, "5.00", "10.00").await;
    let run = brought(&pair).await;
    let over: Vec<_> =
        run.over_limits.iter().map(|one| (one.limit.as_str(), one.wanted.minor, one.rows)).collect();
    assert_eq!(over, [("per_refund", 600, 2), ("per_day", 2_400, 8)]);
    assert_eq!((run.askable, run.askable_total.as_str(), &run.approval), (8, "24.00 USD", &None));
    let other = AskRunApproval { total: "23.00 USD".to_owned(), ..ask_for(&run) };
    assert_eq!(ada.refused(other).await, ErrorCode::BulkTotalChanged);
    let wish = ask_for(&run);
    let asked = ada.ok(wish.clone()).await;
    assert_eq!(ada.ok(wish).await.id, asked.id, "the same request of the shell is the same request");
    assert_eq!((asked.state.as_str(), asked.limit.as_deref()), ("asked", Some("per_refund")));
    let waits = shown(&ada.desk, &run).await.approval.unwrap();
    assert_eq!(
        (waits.state.as_str(), waits.fits, waits.rows, waits.total.as_str()),
        ("asked", true, 8, "24.00 USD")
    );
    assert_eq!(refused(&ada.desk, &run, &asked).await, ErrorCode::ApprovalNotGiven);
    // Bob sees how many, how much and each row, before he signs.
    let file = asked.file.clone().unwrap();
    let seen = bob.ok(OpenApproval { file: text(&file) }).await;
    let about = seen.run.clone().unwrap();
    assert_eq!(
        (seen.can_decide, seen.warnings.len(), seen.note.as_deref()),
        (true, 0, Some("double charges of May"))
    );
    assert_eq!(
        (about.rows, about.total.as_str(), about.totals[0].minor, about.name),
        (8, "24.00 USD", 2_400, None)
    );
    let range = ListRange { limit: Some(5), after: None };
    let list = ListApprovalRows { file: Some(text(&file)), id: None, range };
    let first = bob.ok(list.clone()).await;
    let after = ListRange { limit: Some(5), after: first.next.clone() };
    let rest = bob.ok(ListApprovalRows { range: after, ..list }).await;
    assert_eq!((first.total, first.items.len(), rest.items.len(), rest.next), (8, 5, 3, None));
    assert!(first.items.iter().chain(&rest.items).all(|row| row.warning.is_none() && row.reason.is_some()));
    assert_eq!(rest.items[2].amount.minor, 600);
    let answer = bob.ok(decide(&file, true)).await.file.unwrap();
    assert!(ada.ok(take(&answer)).await.can_issue);
    let ready = shown(&ada.desk, &run).await.approval.unwrap();
    assert_eq!((ready.state.as_str(), ready.by.as_deref(), ready.fits), ("approved", Some("Bob"), true));
    let approval = ada.row(&asked.id).await;
    let wrong = RunBulk {
        id: run.id.clone(),
        total: "12.00 USD".to_owned(),
        resume: false,
        ticket: None,
        approval: Some(asked.id.clone()),
    };
    assert_eq!(ada.refused(wrong).await, ErrorCode::BulkTotalChanged, "only the sum that was shown is sent");
    begin(&ada.desk, &run, Some(&approval), false).await.unwrap();
    let done = rested(&ada.desk, &run).await;
    each_once(&pair.vendor, &done);
    assert_eq!(done.approval.map(|one| one.state), Some("used".to_owned()));
    // Each row made one refund, whose record names the approval; what Ada may give back alone is as it was.
    for made in ada.ok(ListRefunds::default()).await.items {
        assert_eq!(
            (made.approval.as_deref(), made.approved_by.as_deref()),
            (Some(asked.id.as_str()), Some("Bob"))
        );
    }
    assert!(rows(&ada.desk, &run).await.iter().all(|row| row.approval.as_deref() == Some(asked.id.as_str())));
    let out = ada.home.folder.path().join("receipts.csv");
    let write = WriteBulkReceipts { id: run.id.clone(), path: out.display().to_string(), overwrite: false };
    assert_eq!(ada.ok(write).await.rows, 8);
    let receipts = std::fs::read_to_string(out).unwrap();
    assert!(receipts.lines().skip(1).all(|line| line.ends_with(&asked.id)), "{receipts}");
    assert_eq!(
        ada.actions().await,
        ["approver_trusted", "approval_asked", "approval_taken", "approval_used"]
    );
    assert_eq!(bob.actions().await, ["approver_trusted", "approval_given"]);
    let decided =
        ada.ok(ListBook { range: ListRange { limit: Some(200), after: None }, ..ListBook::default() }).await;
    let named = decided.items.iter().filter(|line| line.action == "refund_decided");
    assert!(named.clone().count() == 8 && named.clone().all(|line| format!("{line:?}").contains(&asked.id)));
    for person in [ada, bob] {
        assert!(person.ok(VerifyBook::default()).await.whole);
    }
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_under_its_approval_after_a_crash_also_when_a_limit_is_lowered_and_its_time_is_over() {
    let pair = Pair::new().await;
    let run = brought(&pair).await;
    let asked = pair.ada.ok(AskRunApproval { seconds: Some(60), ..ask_for(&run) }).await;
    let answer = pair.bob.ok(decide(asked.file.as_deref().unwrap(), true)).await.file.unwrap();
    let approval = pair.ada.ok(take(&answer)).await;
    let Pair { vendor, ada, bob, .. } = pair;
    go_wrong(&vendor, "POST /v1/refunds:latency=200");
    begin(&ada.desk, &run, Some(&approval), false).await.unwrap();
    while !vendor.counters().requests.contains_key("POST /v1/refunds") {
        tokio::task::yield_now().await;
    }
    ada.desk.close().await;
    go_wrong(&vendor, "");
    // After its time, and the limits are tighter by then.
    let late = Arc::new(At(approval.expires.plus_ms(120_000)));
    let desk = Connection::open_at(ada.home.options(false), late).await.unwrap();
    limits(&desk, "1.00", "1.00").await;
    let cut_off = shown(&desk, &run).await;
    assert_eq!((cut_off.state, cut_off.problem.as_deref()), (BulkRunState::Paused, Some("interrupted")));
    assert!(count(&cut_off, "ready") > 0 && cut_off.over_limits.is_empty(), "{cut_off:?}");
    begin(&desk, &run, None, true).await.unwrap();
    each_once(&vendor, &rested(&desk, &run).await);
    desk.close().await;
    bob.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_beyond_the_limit_that_a_run_left_are_asked_about_afterwards() {
    let pair = Pair::new().await;
    let run = brought(&pair).await;
    begin(&pair.ada.desk, &run, None, false).await.unwrap();
    let done = rested(&pair.ada.desk, &run).await;
    assert_eq!(
        (done.state, count(&done, "settled"), count(&done, "needs_approval")),
        (BulkRunState::Done, 6, 2)
    );
    assert_eq!((done.askable, done.askable_total.as_str()), (2, "12.00 USD"));
    let approval = agreed(&pair, &run).await;
    begin(&pair.ada.desk, &run, Some(&approval), true).await.unwrap();
    each_once(&pair.vendor, &rested(&pair.ada.desk, &run).await);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_wait_for_a_second_person_can_be_asked_about_also_once_the_limit_is_another_one() {
    let pair = Pair::new().await;
    let run = brought(&pair).await;
    limits(&pair.ada.desk, "5.50", "90000.00").await;
    let stands = shown(&pair.ada.desk, &run).await;
    assert_eq!((stands.over_limits.len(), stands.to_send, stands.askable), (1, 6, 8));
    let approval = agreed(&pair, &run).await;
    begin(&pair.ada.desk, &run, Some(&approval), false).await.unwrap();
    each_once(&pair.vendor, &rested(&pair.ada.desk, &run).await);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_meets_the_limit_only_when_it_is_sent_waits_for_a_second_person_too() {
    let pair = Pair::new().await;
    let run = brought(&pair).await;
    limits(&pair.ada.desk, "1.00", "100.00").await;
    begin(&pair.ada.desk, &run, None, false).await.unwrap();
    let done = rested(&pair.ada.desk, &run).await;
    assert_eq!((count(&done, "needs_approval"), count(&done, "not_sent")), (8, 0), "{done:?}");
    nothing_moved(&pair);
    let approval = agreed(&pair, &run).await;
    begin(&pair.ada.desk, &run, Some(&approval), true).await.unwrap();
    each_once(&pair.vendor, &rested(&pair.ada.desk, &run).await);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_of_a_run_fits_no_other_rows() {
    let pair = Pair::new().await;
    let (run, approval) = approved(&pair).await;
    let tick = |lines: Vec<u64>, ticked| TickBulkRows {
        id: run.id.clone(),
        which: BulkTicking::Lines { lines },
        ticked,
    };
    pair.ada.ok(tick(vec![3], false)).await;
    assert!(!shown(&pair.ada.desk, &run).await.approval.unwrap().fits);
    assert_eq!(refused(&pair.ada.desk, &run, &approval).await, ErrorCode::ApprovalDiffers);
    pair.ada.ok(tick(vec![3], true)).await;
    assert!(shown(&pair.ada.desk, &run).await.approval.unwrap().fits, "as it was signed it counts again");
    // A row is sent alone meanwhile, so what is left is not what was signed.
    pair.ada.ok(tick(vec![2, 3, 4, 5, 6, 8, 9], false)).await;
    begin(&pair.ada.desk, &run, None, false).await.unwrap();
    rested(&pair.ada.desk, &run).await;
    pair.ada.ok(tick(vec![2, 3, 4, 5, 6, 8, 9], true)).await;
    assert_eq!(refused(&pair.ada.desk, &run, &approval).await, ErrorCode::ApprovalDiffers);
    assert_eq!(pair.vendor.counters().refunds_by_charge.values().sum::<u64>(), 1);
    assert_eq!(pair.ada.row(&approval.id).await.state, "approved", "nothing of it was spent");
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_added_after_a_second_person_was_asked_makes_it_another_run() {
    let pair = Pair::new().await;
    let payments = whole_payments(&pair.ada.desk, 3).await;
    let line = |place: usize| format!("{},6.00\n", payments[place].id);
    // The last row is the first one again, which nobody ticked when Bob was asked.
    let run = imported(&pair.ada.desk, &[line(0), line(1), line(0)].concat()).await;
    assert_eq!((count(&run, "needs_approval"), count(&run, "asks")), (2, 1));
    let approval = agreed(&pair, &run).await;
    let which = BulkTicking::Problem { problem: "twice_in_file".to_owned() };
    pair.ada.ok(TickBulkRows { id: run.id.clone(), which, ticked: true }).await;
    assert_eq!(refused(&pair.ada.desk, &run, &approval).await, ErrorCode::ApprovalDiffers);
    nothing_moved(&pair);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_ticked_after_the_run_began_is_not_covered() {
    let pair = Pair::new().await;
    let payments = whole_payments(&pair.ada.desk, 2).await;
    let line = |place: usize| format!("{},6.00\n", payments[place].id);
    let run = imported(&pair.ada.desk, &[line(0), line(1), line(0)].concat()).await;
    let approval = agreed(&pair, &run).await;
    begin(&pair.ada.desk, &run, Some(&approval), false).await.unwrap();
    let done = rested(&pair.ada.desk, &run).await;
    assert_eq!((count(&done, "settled"), count(&done, "asks")), (2, 1));
    pair.ada.ok(TickBulkRows { id: run.id.clone(), which: BulkTicking::All, ticked: true }).await;
    let stands = shown(&pair.ada.desk, &run).await;
    assert_eq!(stands.over_limits.len(), 1, "{stands:?}");
    begin(&pair.ada.desk, &run, None, true).await.unwrap();
    let done = rested(&pair.ada.desk, &run).await;
    assert_eq!((count(&done, "settled"), count(&done, "needs_approval")), (2, 1), "{done:?}");
    let again = agreed(&pair, &run).await;
    begin(&pair.ada.desk, &run, Some(&again), true).await.unwrap();
    assert_eq!(count(&rested(&pair.ada.desk, &run).await, "settled"), 3);
    assert_eq!(pair.vendor.counters().refunds_by_charge.get(&payments[0].id), Some(&2));
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_of_a_run_is_for_no_other_run_and_no_other_account_and_is_used_once() {
    let pair = Pair::new().await;
    let (run, approval) = approved(&pair).await;
    // The same payments in another file; as rows of an earlier one they must be ticked by hand.
    let list: String = rows(&pair.ada.desk, &run)
        .await
        .iter()
        .map(|row| {
            format!(
                "{},{}.00,requested_by_customer\n",
                row.payment.as_deref().unwrap(),
                row.amount.unwrap().minor / 100
            )
        })
        .collect();
    let other = imported(&pair.ada.desk, &list).await;
    assert_eq!(other.same_as.as_deref(), Some(run.id.as_str()));
    pair.ada.ok(TickBulkRows { id: other.id.clone(), which: BulkTicking::All, ticked: true }).await;
    assert_eq!(refused(&pair.ada.desk, &other, &approval).await, ErrorCode::ApprovalDiffers);
    // A second shop whose vendor happens to use the same ids is another account all the same.
    let config = sandbox::SandboxConfig { charges: 120, seed: 77, ..sandbox::SandboxConfig::default() };
    let second = sandbox::Sandbox::start(config).await.unwrap();
    connected(&pair.ada.desk, &second, "second").await;
    let found =
        crate::support::find(&pair.ada.desk, "account:second status:succeeded currency:usd amount:>20").await;
    let elsewhere = contract::bulk::ImportBulk {
        account: Some("second".to_owned()),
        ..crate::bulk::import_of(&format!("{},6.00\n", found.items[0].id))
    };
    let elsewhere = pair.ada.ok(elsewhere).await;
    assert_eq!(refused(&pair.ada.desk, &elsewhere, &approval).await, ErrorCode::ApprovalDiffers);
    begin(&pair.ada.desk, &run, Some(&approval), false).await.unwrap();
    each_once(&pair.vendor, &rested(&pair.ada.desk, &run).await);
    for run in [&run, &other] {
        let code = refused(&pair.ada.desk, run, &approval).await;
        assert_eq!(code, ErrorCode::ApprovalUsed);
    }
    assert!(second.counters().refunds_by_charge.is_empty());
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_of_one_refund_is_none_for_a_run_and_the_other_way_round() {
    let pair = Pair::new().await;
    let (run, approval) = approved(&pair).await;
    let first = rows(&pair.ada.desk, &run).await.remove(0);
    let single = contract::refunds::IssueRefund {
        approval: Some(approval.id.clone()),
        reason: first.reason.clone(),
        ..refund(first.payment.as_deref().unwrap(), "2.00")
    };
    assert_eq!(pair.ada.refused(single).await, ErrorCode::ApprovalDiffers);
    let asked = pair.ada.ok(ask(&pair.payment, "9.00")).await;
    let answer = pair.bob.ok(decide(asked.file.as_deref().unwrap(), true)).await.file.unwrap();
    pair.ada.ok(take(&answer)).await;
    let total = shown(&pair.ada.desk, &run).await.total;
    let with_single =
        RunBulk { id: run.id.clone(), total, resume: false, ticket: None, approval: Some(asked.id.clone()) };
    assert_eq!(pair.ada.refused(with_single).await, ErrorCode::ApprovalDiffers);
    nothing_moved(&pair);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_a_run_that_was_changed_on_its_way_is_refused() {
    let pair = Pair::new().await;
    let run = brought(&pair).await;
    let asked = pair.ada.ok(ask_for(&run)).await;
    let file = asked.file.unwrap();
    let row = rows(&pair.ada.desk, &run).await.remove(0);
    let payment = row.payment.unwrap();
    let changes = [
        file.replacen("\"USD\",\"600\"", "\"USD\",\"601\"", 1),
        file.replacen(&payment, "ch_another", 1),
        file.replacen("\"minor\":\"2400\"", "\"minor\":\"1400\"", 1),
        file.replacen("\"count\":\"8\"", "\"count\":\"7\"", 1),
        file.replacen(&run.id, &RequestId::generate().to_string(), 1),
    ];
    for changed in changes {
        assert_ne!(changed, file);
        assert_eq!(pair.bob.refused(decide(&changed, true)).await, ErrorCode::ApprovalForged);
        let list = ListApprovalRows { file: Some(text(&changed)), id: None, range: ListRange::default() };
        assert_eq!(pair.bob.refused(list).await, ErrorCode::ApprovalForged);
    }
    assert_eq!(pair.ada.refused(decide(&file, true)).await, ErrorCode::ApprovalOwn);
    let answer = pair.bob.ok(decide(&file, false)).await.file.unwrap();
    let turned = answer.replace("\"declined\"", "\"approved\"");
    assert_eq!(pair.ada.refused(take(&turned)).await, ErrorCode::ApprovalForged);
    let declined = pair.ada.ok(take(&answer)).await;
    assert_eq!(refused(&pair.ada.desk, &run, &declined).await, ErrorCode::ApprovalDeclined);
    assert_eq!(shown(&pair.ada.desk, &run).await.approval.unwrap().state, "declined");
    nothing_moved(&pair);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_expired_before_the_run_began_is_refused_by_any_clock() {
    let pair = Pair::new().await;
    let run = brought(&pair).await;
    let asked = pair.ada.ok(AskRunApproval { seconds: Some(60), ..ask_for(&run) }).await;
    let answer = pair.bob.ok(decide(asked.file.as_deref().unwrap(), true)).await.file.unwrap();
    let approval = pair.ada.ok(take(&answer)).await;
    let Pair { vendor, ada, bob, .. } = pair;
    ada.desk.close().await;
    let late = Arc::new(At(asked.created.plus_ms(120_000)));
    let desk = Connection::open_at(ada.home.options(false), late).await.unwrap();
    assert_eq!(refused(&desk, &run, &approval).await, ErrorCode::ApprovalExpired);
    assert_eq!(shown(&desk, &run).await.approval.unwrap().state, "expired");
    desk.call(SANDBOX, DistrustApprover { who: "Bob".to_owned() }).await.unwrap();
    desk.call(SANDBOX, trust(&bob.key, "Bob", Some(PASSPHRASE))).await.unwrap();
    desk.close().await;
    // The clock jumps back into its time, and the book remembers.
    let back = Arc::new(At(asked.created.plus_ms(1_000)));
    let desk = Connection::open_at(ada.home.options(false), back).await.unwrap();
    assert_eq!(refused(&desk, &run, &approval).await, ErrorCode::ApprovalExpired);
    assert!(vendor.counters().refunds_by_charge.is_empty());
    desk.close().await;
    bob.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn distrusting_whoever_approved_a_run_stops_it_before_and_half_way_and_costs_no_row() {
    let pair = Pair::new().await;
    let (run, approval) = approved(&pair).await;
    let (ada, bob) = (&pair.ada, &pair.bob);
    ada.ok(DistrustApprover { who: "Bob".to_owned() }).await;
    assert_eq!(refused(&ada.desk, &run, &approval).await, ErrorCode::ApprovalUnknownPerson);
    ada.trusts(bob, "Bob").await;
    go_wrong(&pair.vendor, "POST /v1/refunds:latency=2000");
    begin(&ada.desk, &run, Some(&approval), false).await.unwrap();
    ada.ok(DistrustApprover { who: "Bob".to_owned() }).await;
    go_wrong(&pair.vendor, "");
    let paused = rested(&ada.desk, &run).await;
    assert_eq!(
        (paused.state, paused.problem.as_deref()),
        (BulkRunState::Paused, Some("approval_unknown_person")),
        "{paused:?}"
    );
    assert_eq!(count(&paused, "not_sent") + count(&paused, "needs_approval"), 0, "{paused:?}");
    // Somebody else may agree to what is left.
    let left = count(&paused, "ready");
    assert!((1..=8).contains(&left), "{paused:?}");
    ada.trusts(bob, "Bob").await;
    let again = agreed(&pair, &run).await;
    assert_eq!(again.run.clone().unwrap().rows, left);
    begin(&ada.desk, &run, Some(&again), true).await.unwrap();
    each_once(&pair.vendor, &rested(&ada.desk, &run).await);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_was_put_back_behind_paydesk_cannot_send_an_approved_run_again() {
    let pair = Pair::new().await;
    let (run, approval) = approved(&pair).await;
    let Pair { vendor, ada, bob, .. } = pair;
    ada.desk.close().await;
    let folder = ada.home.folder.path().join("home");
    let before = std::fs::read(folder.join("mirror-sandbox.db")).unwrap();
    let desk = ada.home.open().await;
    begin(&desk, &run, Some(&approval), false).await.unwrap();
    each_once(&vendor, &rested(&desk, &run).await);
    desk.close().await;
    std::fs::write(folder.join("mirror-sandbox.db"), &before).unwrap();
    for leftover in ["mirror-sandbox.db-wal", "mirror-sandbox.db-shm"] {
        let _ = std::fs::remove_file(folder.join(leftover));
    }
    let desk = ada.home.open().await;
    assert_eq!(refused(&desk, &run, &approval).await, ErrorCode::ApprovalVoid);
    // Somebody accepts that the book lost its end: then the vendor still has each refund with the id that follows
    // from the approval and the row's line, so that not one of them is made twice.
    let found = desk.call(SANDBOX, VerifyBook::default()).await.unwrap();
    desk.call(SANDBOX, AcceptBookLoss { lines: found.lines }).await.unwrap();
    begin(&desk, &run, Some(&approval), true).await.unwrap();
    let again = rested(&desk, &run).await;
    assert_eq!((count(&again, "not_sent"), count(&again, "settled")), (8, 0), "{again:?}");
    assert!(again.problems.iter().all(|one| one.code == "approval_used"), "{again:?}");
    assert!(vendor.counters().refunds_by_charge.values().all(|refunds| *refunds == 1));
    desk.close().await;
    bob.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_be_asked_about_is_not_asked() {
    let pair = Pair::new().await;
    let run = brought(&pair).await;
    let missing = AskRunApproval { run: RequestId::generate().to_string(), ..ask_for(&run) };
    assert_eq!(pair.ada.refused(missing).await, ErrorCode::UnknownId);
    let with_card = AskRunApproval { note: Some("4242 4242 4242 4242".to_owned()), ..ask_for(&run) };
    assert_eq!(pair.ada.refused(with_card).await, ErrorCode::CardNumber);
    pair.ada.ok(TickBulkRows { id: run.id.clone(), which: BulkTicking::All, ticked: false }).await;
    assert_eq!(pair.ada.refused(ask_for(&run)).await, ErrorCode::BulkNothingToSend);
    pair.ada.ok(CancelBulk { id: run.id.clone() }).await;
    assert_eq!(pair.ada.refused(ask_for(&run)).await, ErrorCode::BulkState);
    assert_eq!(pair.ada.ok(ListApprovals::default()).await.total, 0);
    // Of a list that is no request for a run there are no rows.
    let asked = pair.ada.ok(ask(&pair.payment, "9.00")).await;
    let of = |file, id| ListApprovalRows { file, id, range: ListRange::default() };
    let file = asked.file.as_deref().map(text);
    assert_eq!(pair.ada.refused(of(file, None)).await, ErrorCode::BadRequest);
    assert_eq!(pair.ada.refused(of(None, None)).await, ErrorCode::BadRequest);
    let unknown = Some(IntentId::generate().to_string());
    assert_eq!(pair.ada.refused(of(None, unknown)).await, ErrorCode::ApprovalNotAskedHere);
    assert!(pair.ada.desk.call(SANDBOX, ShowBulkRun { id: run.id }).await.is_ok());
    pair.close().await;
}
