//! Refunds by the thousand, on a Desk with a real file and a simulated vendor that answers over HTTP.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::fs;

use contract::accounts::SetRefundLimits;
use contract::book::{BookLineView, ListBook};
use contract::bulk::{
    BulkOrigin, BulkRowView, BulkRunState, BulkRunView, BulkTicking, CancelBulk, ImportBulk, ListBulkRows,
    PauseBulk, ReadBulk, RunBulk, ShowBulkRun, TickBulkRows, WriteBulkReceipts,
};
use contract::completion::QuerySubject;
use contract::payments::PaymentView;
use contract::saved_views::SaveView;
use contract::shared::ListRange;
use contract::{ErrorBody, ErrorCode};
use desk::Connection;
use domain::RequestId;

use crate::support::{SANDBOX, TestHome, connected, find, go_wrong, refund, small_vendor, synced};

/// Payments in dollars that can be refunded whole, dearest first.
pub(crate) async fn whole_payments(desk: &Connection, wanted: usize) -> Vec<PaymentView> {
    let found = find(desk, "status:succeeded currency:usd amount:>6").await.items;
    let whole: Vec<PaymentView> = found
        .into_iter()
        .filter(|one| one.state == "succeeded" && one.refunded.minor == 0)
        .take(wanted)
        .collect();
    assert_eq!(whole.len(), wanted, "the vendor has too few payments for this test");
    whole
}

pub(crate) fn import_of(text: &str) -> ImportBulk {
    ImportBulk {
        request_id: RequestId::generate(),
        origin: BulkOrigin::Text { text: text.to_owned() },
        sheet: None,
        mapping: None,
        decimals: None,
        account: None,
        reason: None,
        note: None,
    }
}

pub(crate) async fn imported(desk: &Connection, text: &str) -> BulkRunView {
    desk.call(SANDBOX, import_of(text)).await.unwrap()
}

pub(crate) async fn rows(desk: &Connection, run: &BulkRunView) -> Vec<BulkRowView> {
    let range = ListRange { limit: Some(1_000), after: None };
    let request = ListBulkRows { id: run.id.clone(), states: Vec::new(), problem: None, range };
    desk.call(SANDBOX, request).await.unwrap().items
}

pub(crate) async fn shown(desk: &Connection, run: &BulkRunView) -> BulkRunView {
    desk.call(SANDBOX, ShowBulkRun { id: run.id.clone() }).await.unwrap()
}

pub(crate) async fn begin(
    desk: &Connection,
    run: &BulkRunView,
    resume: bool,
) -> Result<BulkRunView, ErrorBody> {
    let stands = shown(desk, run).await;
    desk.call(
        SANDBOX,
        RunBulk { id: run.id.clone(), total: stands.total, resume, ticket: None, approval: None },
    )
    .await
}

/// Waits, by its notices, until a run rests.
pub(crate) async fn rested(desk: &Connection, run: &BulkRunView) -> BulkRunView {
    let mut notices = desk.notices();
    loop {
        let now = shown(desk, run).await;
        if now.state != BulkRunState::Running {
            return now;
        }
        let _ = notices.recv().await;
    }
}

pub(crate) async fn run_to_its_end(desk: &Connection, run: &BulkRunView) -> BulkRunView {
    begin(desk, run, false).await.unwrap();
    rested(desk, run).await
}

pub(crate) fn count(run: &BulkRunView, state: &str) -> u64 {
    run.totals.iter().filter(|one| one.state == state).map(|one| one.rows).sum()
}

pub(crate) fn minor(run: &BulkRunView, state: &str) -> i64 {
    run.totals.iter().filter(|one| one.state == state).filter_map(|one| one.amount).map(|one| one.minor).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_over_run_and_receipted_to_the_cent() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 8).await;
    let mut text = String::from("Payment ID;Amount;Note\n");
    for one in &payments {
        text.push_str(&format!("{};1,50;=cmd\n", one.id));
    }
    let path = home.folder.path().join("refunds.csv");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(&path, wide).unwrap();
    let origin = BulkOrigin::File { path: path.display().to_string() };
    let read = desk.call(SANDBOX, ReadBulk { origin: origin.clone(), sheet: None }).await.unwrap();
    assert_eq!(
        (read.encoding.as_deref(), read.delimiter.as_deref(), read.rows),
        (Some("UTF-16LE"), Some(";"), 9)
    );
    let request = ImportBulk { origin, ..import_of("") };
    let run = desk.call(SANDBOX, request.clone()).await.unwrap();
    assert_eq!(
        (run.state, run.rows, run.to_send, run.total.as_str()),
        (BulkRunState::Ready, 8, 8, "12.00 USD")
    );
    assert!(vendor.counters().refunds_by_charge.is_empty(), "a dry run sends nothing");
    assert_eq!(desk.call(SANDBOX, request).await.unwrap().id, run.id, "the same request makes no second run");
    let done = run_to_its_end(&desk, &run).await;
    assert_eq!(
        (done.state, count(&done, "settled"), minor(&done, "settled")),
        (BulkRunState::Done, 8, 1_200)
    );
    for one in &payments {
        assert_eq!(vendor.counters().refunds_by_charge.get(&one.id), Some(&1));
    }
    let out = home.folder.path().join("receipts.csv");
    let write = WriteBulkReceipts { id: run.id.clone(), path: out.display().to_string(), overwrite: false };
    assert_eq!(desk.call(SANDBOX, write.clone()).await.unwrap().rows, 8);
    assert_eq!(desk.call(SANDBOX, write).await.unwrap_err().code, ErrorCode::FileExists);
    let receipts = fs::read_to_string(out).unwrap();
    assert_eq!(receipts.lines().count(), 9);
    for (line, row) in receipts.lines().skip(1).zip(rows(&desk, &run).await) {
        assert!(line.contains("settled,yes,") && line.contains("1.50,USD"), "{line}");
        assert!(line.contains(row.refund_id.as_deref().unwrap()) && line.contains("'=cmd"), "{line}");
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m26_bulk_with_bad_rows_sends_the_others() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 6).await;
    let id = |place: usize| payments[place].id.as_str();
    let text = format!(
        "payment,amount,currency,reason\n{},5.00,usd,duplicate\nch_unknown,5.00,,\n{},999999.00,,\n{},5.00,EUR,\n{},1e3,,\n\
         {},\"1,299\",,\n{},4.00,,because\n{},2.00,,\n{},2.00,,\n{},0.00,,\n",
        id(0),
        id(1),
        id(2),
        id(3),
        id(4),
        id(5),
        id(5),
        id(5),
        id(1)
    );
    let run = imported(&desk, &text).await;
    let looked: Vec<(u64, String, Option<String>)> =
        rows(&desk, &run).await.into_iter().map(|row| (row.line, row.state, row.problem)).collect();
    let wanted = [
        (2, "ready", None),
        (3, "blocked", Some("no_match")),
        (4, "blocked", Some("over_refund")),
        (5, "blocked", Some("currency_differs")),
        (6, "blocked", Some("bad_amount")),
        // The other amounts tell that this is one thousand and more.
        (7, "blocked", Some("over_refund")),
        (8, "blocked", Some("bad_reason")),
        (9, "ready", None),
        (10, "asks", Some("twice_in_file")),
        (11, "blocked", Some("bad_amount")),
    ];
    let wanted: Vec<(u64, String, Option<String>)> = wanted
        .into_iter()
        .map(|(line, state, problem)| (line, state.to_owned(), problem.map(str::to_owned)))
        .collect();
    assert_eq!(looked, wanted);
    let doubtful = imported(&desk, &format!("{};1.299\n", id(4))).await;
    assert_eq!(doubtful.problems[0].code, "ambiguous_amount");
    // One goes wrong only after it was looked over: somebody else refunds the payment meanwhile.
    let elsewhere =
        contract::refunds::IssueRefund { amount: contract::refunds::RefundAmount::All, ..refund(id(0), "") };
    desk.call(SANDBOX, elsewhere).await.unwrap();
    let done = run_to_its_end(&desk, &run).await;
    assert_eq!((count(&done, "settled"), count(&done, "not_sent"), count(&done, "blocked")), (1, 1, 7));
    let first = rows(&desk, &run).await.swap_remove(0);
    assert_eq!((first.state.as_str(), first.problem.as_deref()), ("not_sent", Some("nothing_left")));
    assert_eq!(vendor.counters().refunds_by_charge.get(id(5)), Some(&1), "the equal row was not ticked");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m23_equal_refunds_of_one_payment_are_sent_after_each_other_once_they_are_ticked() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = whole_payments(&desk, 1).await.remove(0).id;
    let run = imported(&desk, &format!("{payment},2.00\n{payment},2.00\n{payment},2.00\n")).await;
    assert_eq!((count(&run, "ready"), count(&run, "asks")), (1, 2));
    let which = BulkTicking::Problem { problem: "twice_in_file".to_owned() };
    let ticked = desk.call(SANDBOX, TickBulkRows { id: run.id.clone(), which, ticked: true }).await.unwrap();
    assert_eq!((ticked.to_send, ticked.total.as_str()), (3, "6.00 USD"));
    let done = run_to_its_end(&desk, &run).await;
    assert_eq!((count(&done, "settled"), minor(&done, "settled")), (3, 600));
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&3));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m28_same_csv_imported_twice_is_recognised_in_any_order() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 3).await;
    let line = |one: &PaymentView| format!("{},3.00\n", one.id);
    let text: String = payments.iter().map(line).collect();
    let turned: String = payments.iter().rev().map(line).collect();
    let first = imported(&desk, &text).await;
    // It is known even before the first was run.
    let before = imported(&desk, &turned).await;
    assert_eq!((before.same_as.as_ref(), before.to_send), (Some(&first.id), 0));
    desk.call(SANDBOX, CancelBulk { id: before.id.clone() }).await.unwrap();
    run_to_its_end(&desk, &first).await;
    let again = imported(&desk, &turned).await;
    assert_eq!((again.same_as.as_ref(), again.to_send, count(&again, "asks")), (Some(&first.id), 0, 3));
    assert_eq!(again.problems[0].code, "seen_before");
    let nothing = begin(&desk, &again, false).await.unwrap_err();
    assert_eq!(nothing.code, ErrorCode::BulkNothingToSend);
    assert_eq!(vendor.counters().refunds_by_charge.values().sum::<u64>(), 3);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_matched_by_intention_order_and_by_email_with_a_tick() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 20).await;
    let with_intention = payments.iter().find(|one| one.payment_intent.is_some()).unwrap();
    let lone = {
        let mut found = None;
        for one in payments.iter().filter(|one| one.email.is_some() && one.id != with_intention.id) {
            let same = find(&desk, &format!("email:{}", one.email.as_deref().unwrap())).await.items.len();
            if same == 1 {
                found = Some(one);
                break;
            }
        }
        found.unwrap()
    };
    let text = format!(
        "id,email,amount,date\n{},,1.00,\n,{},1.00,{}\n,nobody@example.com,1.00,\n",
        with_intention.payment_intent.as_deref().unwrap(),
        lone.email.as_deref().unwrap().to_uppercase(),
        &lone.created.to_string()[..10],
    );
    let run = imported(&desk, &text).await;
    let looked = rows(&desk, &run).await;
    let facts = |row: &BulkRowView| {
        (row.matched.clone(), row.matched_by.clone(), row.state.clone(), row.payment.clone())
    };
    let text = |text: &str| text.to_owned();
    assert_eq!(
        facts(&looked[0]),
        (text("exact"), Some(text("id")), text("ready"), Some(with_intention.id.clone()))
    );
    assert_eq!(facts(&looked[1]), (text("likely"), Some(text("email")), text("asks"), Some(lone.id.clone())));
    assert_eq!(facts(&looked[2]), (text("none"), None, text("blocked"), None));
    let done = run_to_its_end(&desk, &run).await;
    assert_eq!((count(&done, "settled"), count(&done, "asks")), (1, 1), "nobody ticked the likely one");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p24_p32_a_vendor_that_is_down_pauses_the_run_and_costs_no_row() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 10).await;
    let text: String = payments.iter().map(|one| format!("{},1.00\n", one.id)).collect();
    let run = imported(&desk, &text).await;
    go_wrong(&vendor, "GET /v1/charges/*:reset-before");
    let paused = run_to_its_end(&desk, &run).await;
    assert_eq!((paused.state, paused.to_send), (BulkRunState::Paused, 10), "{paused:?}");
    let code = paused.problem.as_deref().unwrap();
    assert!(["vendor_unreachable", "breaker_open"].contains(&code), "{code}");
    assert!(vendor.counters().refunds_by_charge.is_empty());
    go_wrong(&vendor, "");
    assert_eq!(begin(&desk, &run, false).await.unwrap_err().code, ErrorCode::BulkBegun);
    // The breaker lets one call through after a while; until then the run pauses again and costs nothing.
    let mut done = paused;
    while done.state != BulkRunState::Done {
        begin(&desk, &run, true).await.unwrap();
        done = rested(&desk, &run).await;
    }
    assert_eq!((count(&done, "settled"), minor(&done, "settled")), (10, 1_000));
    assert!(vendor.counters().refunds_by_charge.values().all(|refunds| *refunds == 1));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lost_double_nothing_and_a_run_is_paused_gone_on_with_and_canceled() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 20).await;
    let text: String = payments.iter().map(|one| format!("{},1.00\n", one.id)).collect();
    let run = imported(&desk, &text).await;
    go_wrong(&vendor, "POST /v1/refunds:reset-after=0.2,POST /v1/refunds:truncate=0.1");
    begin(&desk, &run, false).await.unwrap();
    // It may have been faster than the pause.
    match desk.call(SANDBOX, PauseBulk { id: run.id.clone() }).await {
        Ok(paused) => assert!(matches!(paused.state, BulkRunState::Paused | BulkRunState::Done)),
        Err(error) => assert_eq!(error.code, ErrorCode::BulkState),
    }
    let mut done = shown(&desk, &run).await;
    while count(&done, "settled") < 20 {
        match begin(&desk, &run, true).await {
            Ok(_) => done = rested(&desk, &run).await,
            Err(error) => panic!("{error:?} {done:?}"),
        }
    }
    assert_eq!(minor(&done, "settled"), 2_000);
    let counted = vendor.counters().refunds_by_charge;
    assert!(payments.iter().all(|one| counted.get(&one.id) == Some(&1)), "{counted:?}");
    synced(&desk).await;
    let rest = imported(&desk, &format!("{},2.00\n{},2.00\n", payments[0].id, payments[1].id)).await;
    let changed = RunBulk {
        id: rest.id.clone(),
        total: "2.00 USD".to_owned(),
        resume: false,
        ticket: None,
        approval: None,
    };
    assert_eq!(desk.call(SANDBOX, changed).await.unwrap_err().code, ErrorCode::BulkTotalChanged);
    let canceled = desk.call(SANDBOX, CancelBulk { id: rest.id.clone() }).await.unwrap();
    assert_eq!(
        (canceled.state, count(&canceled, "canceled"), canceled.to_send),
        (BulkRunState::Canceled, 2, 0)
    );
    assert_eq!(begin(&desk, &rest, true).await.unwrap_err().code, ErrorCode::BulkState);
    desk.close().await;
}

async fn limited(desk: &Connection, per_refund: Option<&str>, per_day: Option<&str>) {
    let text = |text: &str| text.to_owned();
    let limits = SetRefundLimits {
        label: text("shop"),
        currency: text("usd"),
        per_refund: per_refund.map(text),
        per_day: per_day.map(text),
        per_person: None,
    };
    desk.call(SANDBOX, limits).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_reached_half_way_pauses_the_run_and_costs_no_row() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 10).await;
    limited(&desk, Some("3.00"), Some("7.00")).await;
    let mut text: String = payments.iter().take(9).map(|one| format!("{},1.00\n", one.id)).collect();
    text.push_str(&format!("{},3.01\n", payments[9].id));
    let run = imported(&desk, &text).await;
    assert_eq!((run.to_send, count(&run, "needs_approval")), (9, 1));
    let dearest = rows(&desk, &run).await.pop().unwrap();
    assert_eq!(
        (dearest.problem.as_deref(), dearest.problem_detail.as_deref()),
        (Some("over_limit"), Some("3.00 USD"))
    );
    let paused = run_to_its_end(&desk, &run).await;
    assert_eq!((paused.state, paused.problem.as_deref()), (BulkRunState::Paused, Some("over_limit")));
    assert_eq!(paused.problem_detail.as_deref(), Some("7.00 USD for all refunds of 24 hours"));
    assert_eq!((count(&paused, "settled"), paused.to_send, count(&paused, "not_sent")), (7, 2, 0));
    begin(&desk, &run, true).await.unwrap();
    assert_eq!(rested(&desk, &run).await.to_send, 2, "the day is not over");
    limited(&desk, None, None).await;
    begin(&desk, &run, true).await.unwrap();
    let done = rested(&desk, &run).await;
    assert_eq!((done.state, count(&done, "settled")), (BulkRunState::Done, 10), "{done:?}");
    assert!(vendor.counters().refunds_by_charge.values().all(|refunds| *refunds == 1));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_raised_or_taken_away_lets_the_rows_go_that_waited_for_it() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 4).await;
    limited(&desk, Some("2.00"), None).await;
    let amounts = ["1.00", "3.00", "5.00", "4.00"];
    let text: String =
        payments.iter().zip(amounts).map(|(one, amount)| format!("{},{amount}\n", one.id)).collect();
    let run = imported(&desk, &text).await;
    let canceled = imported(&desk, &text).await;
    desk.call(SANDBOX, CancelBulk { id: canceled.id.clone() }).await.unwrap();
    let done = run_to_its_end(&desk, &run).await;
    assert_eq!(
        (done.state, count(&done, "settled"), count(&done, "needs_approval")),
        (BulkRunState::Done, 1, 3)
    );
    // Raised, it lets go what is within it, which is shown before it is sent.
    limited(&desk, Some("4.00"), None).await;
    let raised = shown(&desk, &run).await;
    assert_eq!((raised.to_send, raised.total.as_str(), count(&raised, "needs_approval")), (2, "7.00 USD", 1));
    let waits = rows(&desk, &run).await.into_iter().find(|row| row.state == "needs_approval").unwrap();
    assert_eq!(waits.problem_detail.as_deref(), Some("4.00 USD"), "it is told which limit is in its way now");
    begin(&desk, &run, true).await.unwrap();
    let done = rested(&desk, &run).await;
    assert_eq!(
        (done.state, count(&done, "settled"), count(&done, "needs_approval")),
        (BulkRunState::Done, 3, 1)
    );
    // Lowered, it lets nothing go; without one, all of it.
    limited(&desk, Some("1.00"), None).await;
    assert_eq!(shown(&desk, &run).await.to_send, 0);
    limited(&desk, None, None).await;
    assert_eq!(shown(&desk, &run).await.total, "5.00 USD");
    begin(&desk, &run, true).await.unwrap();
    let done = rested(&desk, &run).await;
    assert_eq!((count(&done, "settled"), minor(&done, "settled")), (4, 1_300), "{done:?}");
    assert!(vendor.counters().refunds_by_charge.values().all(|refunds| *refunds == 1));
    let canceled = shown(&desk, &canceled).await;
    assert_eq!((canceled.to_send, canceled.state), (0, BulkRunState::Canceled));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_brings_looks_at_ticks_and_runs_a_file_is_in_the_book() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = whole_payments(&desk, 1).await.remove(0).id;
    let path = home.folder.path().join("ada.csv");
    fs::write(&path, format!("{payment},1.00\n{payment},1.00\n")).unwrap();
    let origin = BulkOrigin::File { path: path.display().to_string() };
    let run = desk.call(SANDBOX, ImportBulk { origin, ..import_of("") }).await.unwrap();
    rows(&desk, &run).await;
    let which = BulkTicking::Lines { lines: vec![2] };
    desk.call(SANDBOX, TickBulkRows { id: run.id.clone(), which, ticked: true }).await.unwrap();
    let total = shown(&desk, &run).await.total;
    let ticket = Some("T-42".to_owned());
    desk.call(SANDBOX, RunBulk { id: run.id.clone(), total, resume: false, ticket, approval: None })
        .await
        .unwrap();
    rested(&desk, &run).await;
    let book = desk.call(SANDBOX, ListBook::default()).await.unwrap().items;
    let lines: Vec<&BookLineView> = book.iter().rev().filter(|line| line.action != "search_shown").collect();
    let actions: Vec<&str> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "account_added",
            "bulk_imported",
            "bulk_rows_shown",
            "bulk_ticked",
            "bulk_begun",
            "refund_decided",
            "refund_ended",
            "refund_decided",
            "refund_ended"
        ]
    );
    assert!(lines[5..].iter().step_by(2).all(|line| format!("{line:?}").contains("T-42")), "{lines:?}");
    let told = format!("{:?}", lines[1]);
    assert!(told.contains("ada.csv") && told.contains(&run.id), "{told}");
    assert!(format!("{:?}", lines[2]).contains(&payment));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_view_becomes_a_run_of_all_that_is_left() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = whole_payments(&desk, 2).await;
    let query = format!("{} OR {}", payments[0].id, payments[1].id);
    let save = SaveView {
        name: "Doubles".to_owned(),
        of: QuerySubject::Payments,
        query,
        notify: false,
        only_new: true,
    };
    desk.call(SANDBOX, save).await.unwrap();
    let origin = BulkOrigin::View { name: "doubles".to_owned() };
    let request = ImportBulk { origin, reason: Some("duplicate".to_owned()), ..import_of("") };
    let run = desk.call(SANDBOX, request).await.unwrap();
    let whole: i64 = payments.iter().map(|one| one.captured.minor).sum();
    assert_eq!((run.to_send, minor(&run, "ready"), run.source.as_str()), (2, whole, "view"));
    let done = run_to_its_end(&desk, &run).await;
    assert_eq!((count(&done, "settled"), minor(&done, "settled")), (2, whole));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_no_tables_are_refused_in_words() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let bad = |origin| ImportBulk { origin, ..import_of("") };
    let path = |name: &str| home.folder.path().join(name).display().to_string();
    fs::write(path("picture.csv"), b"\x89PNG\r\n\x1a\n\0\0").unwrap();
    for (origin, code) in [
        (BulkOrigin::Text { text: String::new() }, ErrorCode::BadBulkFile),
        (BulkOrigin::Text { text: "colour,size\nred,4\n".to_owned() }, ErrorCode::BadBulkFile),
        (BulkOrigin::File { path: path("none.csv") }, ErrorCode::FileMissing),
        (BulkOrigin::File { path: path("picture.csv") }, ErrorCode::BadBulkFile),
        (BulkOrigin::File { path: home.folder.path().display().to_string() }, ErrorCode::BadBulkFile),
        (BulkOrigin::Content { name: "x.csv".to_owned(), base64: "?".to_owned() }, ErrorCode::BadBulkFile),
        (BulkOrigin::View { name: "none".to_owned() }, ErrorCode::UnknownView),
    ] {
        let error = desk.call(SANDBOX, bad(origin.clone())).await.unwrap_err();
        assert_eq!(error.code, code, "{origin:?}: {error:?}");
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_ends_while_somebody_looks_is_never_told_as_cut_off() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    for one in whole_payments(&desk, 12).await {
        let run = imported(&desk, &format!("payment,amount\n{},1.00\n", one.id)).await;
        begin(&desk, &run, false).await.unwrap();
        let look = async || loop {
            let now = shown(&desk, &run).await;
            if now.state != BulkRunState::Running {
                return now;
            }
        };
        let (first, second, third) = tokio::join!(look(), look(), look());
        for seen in [first, second, third] {
            assert_eq!((seen.state, seen.problem.as_deref()), (BulkRunState::Done, None), "{seen:?}");
        }
    }
    desk.close().await;
}
