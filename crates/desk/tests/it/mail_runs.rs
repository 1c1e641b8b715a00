//! Email by the thousand, over real sockets: everybody gets one message or is told of with a reason, and nobody two.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::collections::HashMap;

use contract::bulk::{BulkOrigin, BulkRunState};
use contract::mail_lists::{ListGroups, ListSuppressions, ListTemplates, ShowTemplate};
use contract::mail_runs::{
    CancelMailRun, HoldMailRun, ImportMailRun, ListMailRunRows, MailRunView, PreviewMailRun, RunMail,
    ShowMailRun,
};
use contract::messages::{MessageContent, PreviewMessage};
use contract::{ErrorBody, ErrorCode, Timestamp};
use desk::Connection;
use domain::RequestId;
use sandbox::MailSandbox;

use crate::listening::LIMIT;
use crate::messages::{allow, mail_vendor, with_mail};
use crate::support::{SANDBOX, TestHome, connected, refundable, small_vendor};

const RECEIPT: &str = "d-00000000000000000000000000000001";
const NEWS: &str = "d-00000000000000000000000000000003";

async fn started() -> (TestHome, MailSandbox, Connection) {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = home.open().await;
    with_mail(&desk, &mail).await;
    allow(&desk, "@example.com").await;
    (home, mail, desk)
}

fn people(count: usize) -> String {
    let rows = (0..count).map(|n| format!("person{n}@example.com,Person {n},CODE{n}\n"));
    format!("email,name,code\n{}", rows.collect::<String>())
}

fn list(text: &str) -> ImportMailRun {
    ImportMailRun {
        request_id: RequestId::generate(),
        account: None,
        origin: BulkOrigin::Text { text: text.to_owned() },
        sheet: None,
        address: None,
        content: MessageContent::Template { id: NEWS.to_owned(), data: String::new() },
        group: None,
        send_at: None,
        per_request: Some(10),
    }
}

async fn imported(desk: &Connection, request: ImportMailRun) -> MailRunView {
    desk.call(SANDBOX, request).await.unwrap()
}

/// Begins a run, and waits until it rests.
async fn sent(desk: &Connection, run: &MailRunView) -> MailRunView {
    let mut notices = desk.notices();
    let stands = desk.call(SANDBOX, ShowMailRun { id: run.id.clone() }).await.unwrap();
    let request =
        RunMail { id: run.id.clone(), recipients: stands.to_send, resume: stands.started.is_some() };
    desk.call(SANDBOX, request).await.unwrap();
    let waited = async {
        loop {
            let run = desk.call(SANDBOX, ShowMailRun { id: run.id.clone() }).await.unwrap();
            if run.state != BulkRunState::Running {
                return run;
            }
            let _ = notices.recv().await;
        }
    };
    tokio::time::timeout(LIMIT, waited).await.unwrap()
}

fn rows_in(run: &MailRunView, state: &str) -> u64 {
    run.states.iter().filter(|one| one.state == state).map(|one| one.rows).sum()
}

/// How often the vendor took a message for each address.
fn taken(mail: &MailSandbox) -> HashMap<String, usize> {
    let mut all = HashMap::new();
    for one in mail.taken() {
        *all.entry(one.to).or_insert(0) += 1;
    }
    all
}

async fn refused(desk: &Connection, request: ImportMailRun) -> ErrorBody {
    desk.call(SANDBOX, request).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_on_a_list_gets_one_and_whoever_is_left_out_is_told_with_the_reason() {
    let (_home, mail, desk) = started().await;
    let text = format!(
        "{}person3@example.com,Again,X\nno address,Nobody,X\ngone@example.com,Gone,X\nnonews@example.com,Left,X\nfull@example.com,Full,X\n",
        people(25)
    );
    let run = imported(&desk, ImportMailRun { group: Some(102), ..list(&text) }).await;
    assert_eq!((run.rows, run.to_send, run.suppressions_read), (30, 26, true), "{run:?}");
    let problems: Vec<_> =
        run.problems.iter().map(|one| (one.hold.as_str(), one.code.as_str(), one.rows)).collect();
    for wanted in [
        ("duplicate", "duplicate", 1),
        ("invalid", "bad_address", 1),
        ("suppressed", "bounce", 1),
        ("suppressed", "group_unsubscribed", 1),
    ] {
        assert!(problems.contains(&wanted), "{wanted:?} in {problems:?}");
    }
    let samples = desk.call(SANDBOX, PreviewMailRun { id: run.id.clone() }).await.unwrap();
    assert_eq!(samples.items.len(), 3);
    assert_eq!(samples.items[1].rendered.text, "Hello Person 1, your code is CODE1.");
    assert!(mail.taken().is_empty(), "looking sends nothing");
    let wrong = RunMail { id: run.id.clone(), recipients: 25, resume: false };
    assert_eq!(desk.call(SANDBOX, wrong).await.unwrap_err().code, ErrorCode::RecipientsChanged);

    let done = sent(&desk, &run).await;
    assert_eq!((done.state, rows_in(&done, "ready"), done.in_doubt), (BulkRunState::Done, 0, 0), "{done:?}");
    let taken_by = taken(&mail);
    assert_eq!((taken_by.len(), taken_by.values().max().copied()), (26, Some(1)));
    let rows = ListMailRunRows { id: run.id.clone(), states: Vec::new(), range: Default::default() };
    let rows = desk.call(SANDBOX, rows).await.unwrap();
    let of = |line: u64| rows.items.iter().find(|row| row.line == line).unwrap();
    assert_eq!((of(27).state.as_str(), of(27).detail.as_deref()), ("duplicate", Some("line 5")));
    assert!(of(29).detail.as_deref().unwrap().contains("550"), "{:?}", of(29));
    let ids: std::collections::HashSet<_> = mail.taken().into_iter().map(|one| one.arguments).collect();
    assert_eq!(ids.len(), 26, "each has an id of their own");
    assert!(desk.call(SANDBOX, RunMail { id: run.id.clone(), recipients: 0, resume: true }).await.is_err());
    let same = imported(&desk, ImportMailRun { group: Some(102), ..list(&text) }).await;
    assert_eq!(same.same_as, Some(run.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_answer_the_whole_request_is_in_doubt_and_nobody_of_it_is_tried_again() {
    let (_home, mail, desk) = started().await;
    let run = imported(&desk, list(&people(40))).await;
    mail.set_faults("POST /v3/mail/send:reset-after:1".parse().unwrap());
    let done = sent(&desk, &run).await;
    assert_eq!(
        (done.state, done.in_doubt, rows_in(&done, "queued")),
        (BulkRunState::Done, 10, 30),
        "{done:?}"
    );
    assert!(taken(&mail).values().all(|count| *count == 1));
    // Two answers in a row that are lost pause it, and going on leaves those alone.
    let people = people(60).replace("person", "other");
    let run = imported(&desk, list(&people)).await;
    mail.set_faults("POST /v3/mail/send:reset-after:2".parse().unwrap());
    let paused = sent(&desk, &run).await;
    assert_eq!((paused.state, paused.problem.as_deref()), (BulkRunState::Paused, Some("message_in_doubt")));
    let done = sent(&desk, &run).await;
    assert_eq!((done.state, done.in_doubt), (BulkRunState::Done, 20));
    assert_eq!((taken(&mail).len(), taken(&mail).values().max().copied()), (100, Some(1)));
    // One like it is not sent to whoever may have it.
    let again = imported(&desk, list(&people)).await;
    let again = sent(&desk, &again).await;
    assert_eq!((rows_in(&again, "held"), rows_in(&again, "queued")), (20, 40), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_half_way_stops_the_run_and_a_new_one_goes_on_with_it() {
    let (_home, mail, desk) = started().await;
    let run = imported(&desk, list(&people(30))).await;
    mail.set_faults("POST /v3/mail/send:401:1".parse().unwrap());
    let paused = sent(&desk, &run).await;
    assert_eq!(
        (paused.state, paused.problem.as_deref(), paused.to_send, paused.in_doubt),
        (BulkRunState::Paused, Some("vendor_unauthorized"), 30, 0),
        "{paused:?}"
    );
    assert!(mail.taken().is_empty());
    let begun = RunMail { id: run.id.clone(), recipients: 30, resume: false };
    assert_eq!(desk.call(SANDBOX, begun).await.unwrap_err().code, ErrorCode::BulkBegun);
    let done = sent(&desk, &run).await;
    assert_eq!((done.state, rows_in(&done, "queued")), (BulkRunState::Done, 30));
    assert!(taken(&mail).values().all(|count| *count == 1));
    // A vendor that is busy is waited for.
    let run = imported(&desk, list(&people(5).replace("person", "late"))).await;
    mail.set_faults("POST /v3/mail/send:429:1".parse().unwrap());
    assert_eq!(rows_in(&sent(&desk, &run).await, "queued"), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_its_time_is_held_let_go_and_taken_back() {
    let (_home, mail, desk) = started().await;
    let now = Timestamp::from(chrono::Utc::now());
    for send_at in [now.plus_ms(-60_000), now.plus_ms(73 * 3_600_000)] {
        let request = ImportMailRun { send_at: Some(send_at), ..list(&people(3)) };
        assert_eq!(refused(&desk, request).await.code, ErrorCode::BadSendTime);
    }
    let run =
        imported(&desk, ImportMailRun { send_at: Some(now.plus_ms(3_600_000)), ..list(&people(12)) }).await;
    let hold = |hold| HoldMailRun { id: run.id.clone(), hold };
    assert_eq!(desk.call(SANDBOX, hold(true)).await.unwrap_err().code, ErrorCode::NotScheduled);
    let done = sent(&desk, &run).await;
    assert_eq!((done.state, done.schedule.as_deref()), (BulkRunState::Done, Some("waiting")), "{done:?}");
    let batches: std::collections::HashSet<_> = mail.taken().into_iter().map(|one| one.batch_id).collect();
    assert_eq!(batches.len(), 1, "all of it can be taken back at once");
    assert!(mail.taken().iter().all(|one| one.send_at.is_some()));
    assert_eq!(desk.call(SANDBOX, hold(true)).await.unwrap().schedule.as_deref(), Some("paused"));
    assert_eq!(desk.call(SANDBOX, hold(false)).await.unwrap().schedule.as_deref(), Some("waiting"));
    assert_eq!(desk.call(SANDBOX, hold(true)).await.unwrap().schedule.as_deref(), Some("paused"));
    let canceled = desk.call(SANDBOX, CancelMailRun { id: run.id.clone() }).await.unwrap();
    assert_eq!(
        (canceled.schedule.as_deref(), rows_in(&canceled, "canceled")),
        (Some("canceled"), 12),
        "{canceled:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_shown_with_a_payments_data_and_holes_are_named_before_anything_is_sent() {
    let (_home, mail, desk) = started().await;
    let vendor = small_vendor().await;
    connected(&desk, &vendor, "shop").await;
    let templates = desk.call(SANDBOX, ListTemplates::default()).await.unwrap();
    assert_eq!(templates.items.len(), 3);
    let payment = refundable(&desk).await;
    let show = |data: Option<&str>| ShowTemplate {
        account: None,
        id: RECEIPT.to_owned(),
        payment: Some(payment.clone()),
        data: data.map(str::to_owned),
        fresh: false,
    };
    let shown = desk.call(SANDBOX, show(None)).await.unwrap();
    let rendered = shown.rendered.unwrap();
    assert!(
        rendered.subject.starts_with("Your payment of ") && rendered.missing == ["lines"],
        "{rendered:?}"
    );
    let huge = format!("{{\"a\":\"{}\"}}", "b".repeat(200_000));
    assert_eq!(desk.call(SANDBOX, show(Some(&huge))).await.unwrap_err().code, ErrorCode::BadMessage);
    let unknown = ShowTemplate { id: "d-9".to_owned(), ..show(None) };
    assert_eq!(desk.call(SANDBOX, unknown).await.unwrap_err().code, ErrorCode::UnknownTemplate);
    let holes = refused(&desk, list("email,name\nada@example.com,Ada\n")).await;
    assert_eq!((holes.code, holes.params["names"].as_str()), (ErrorCode::TemplateDataMissing, "code"));
    let nobody = refused(&desk, list("what,name\n1,Ada\n")).await;
    assert_eq!(nobody.code, ErrorCode::NoAddressColumn);
    assert!(mail.taken().is_empty());

    let asked = |to: &str, group| PreviewMessage {
        channel: None,
        account: None,
        from: None,
        to: Some(to.to_owned()),
        payment: None,
        content: MessageContent::FreeText { subject: "Hello".to_owned(), text: "Hello".to_owned() },
        language: None,
        group,
        send_at: None,
        check: true,
    };
    let why = |to: &'static str, group| {
        let desk = &desk;
        async move {
            let found = desk.call(SANDBOX, asked(to, group)).await.unwrap().suppressions.unwrap();
            found.into_iter().map(|one| (one.kind, one.drops)).collect::<Vec<_>>()
        }
    };
    assert_eq!(why("ada@example.com", None).await, []);
    assert_eq!(why("gone@example.com", None).await, [("bounce".to_owned(), true)]);
    assert_eq!(why("full@example.com", None).await, [("block".to_owned(), false)]);
    assert_eq!(why("nonews@example.com", None).await, []);
    let listed = desk.call(SANDBOX, ListSuppressions::default()).await.unwrap();
    assert_eq!((listed.total, listed.items.len()), (6, 6));
    // From then on the kept lists answer.
    assert_eq!(why("nonews@example.com", Some(102)).await, [("group_unsubscribed".to_owned(), true)]);
    assert_eq!(why("left@example.com", None).await, [("unsubscribed".to_owned(), true)]);
    let groups = desk.call(SANDBOX, ListGroups::default()).await.unwrap();
    assert_eq!(
        groups.items.iter().map(|one| (one.id, one.unsubscribes)).collect::<Vec<_>>(),
        [(101, 0), (102, 1)]
    );
}
