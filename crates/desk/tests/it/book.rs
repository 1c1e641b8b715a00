//! Who saw and did what, as shells ask for it.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use contract::book::{
    AcceptBookLoss, BookLineView, BookPart, BookVerified, ExportBook, ListBook, NoteLookUp, SetMyName,
    VerifyBook, WriteEvidence,
};
use contract::payments::{FindPayments, Show, ShowCustomer};
use contract::refunds::IssueRefund;
use contract::shared::{ListRange, Shell};
use contract::sql::RunSql;
use contract::{ErrorCode, Scope};
use desk::Connection;
use domain::Environment;

use crate::support::*;

const WINDOW: Scope = Scope { environment: Some(Environment::Sandbox), shell: Shell::Window };

async fn lines(desk: &Connection, part: Option<BookPart>) -> Vec<BookLineView> {
    let range = ListRange { limit: Some(1_000), after: None };
    desk.call(SANDBOX, ListBook { part, about: None, who: None, range }).await.unwrap().items
}

async fn looks(desk: &Connection) -> Vec<BookLineView> {
    lines(desk, Some(BookPart::Looks)).await
}

async fn verified(desk: &Connection) -> BookVerified {
    desk.call(SANDBOX, VerifyBook::default()).await.unwrap()
}

fn said<'a>(line: &'a BookLineView, name: &str) -> Option<&'a str> {
    let all = line.personal.iter().chain(&line.facts).chain(&line.before).chain(&line.after);
    all.filter(|one| one.name == name).map(|one| one.value.as_str()).next()
}

async fn ask(desk: &Connection, scope: Scope, query: &str) -> usize {
    let range = ListRange { limit: Some(20), after: None };
    let request = FindPayments { query: query.to_owned(), account: None, range };
    desk.call(scope, request).await.unwrap().items.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_is_in_the_book_once_it_rested_and_never_by_the_pages_word_alone() {
    let home = TestHome::new();
    let desk = home.open().await;
    built_in(&desk).await;
    let shown = ask(&desk, WINDOW, "status:succeeded").await;
    ask(&desk, WINDOW, "status:succeeded currency:usd").await;
    assert!(looks(&desk).await.is_empty(), "what is typed is not yet looked at");
    let rested = |query: &str| NoteLookUp { query: query.to_owned(), account: None };
    desk.call(WINDOW, rested("status:failed")).await.unwrap();
    assert!(looks(&desk).await.is_empty(), "that was never answered");
    desk.call(WINDOW, rested("status:succeeded")).await.unwrap();
    desk.call(WINDOW, rested("status:succeeded")).await.unwrap();
    let found = looks(&desk).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].action.as_str(), found[0].shell.as_str()), ("search_shown", "window"));
    assert_eq!(said(&found[0], "query"), Some("status:succeeded"));
    assert_eq!(said(&found[0], "shown"), Some(shown.to_string().as_str()));
    assert!(!found[0].system_user.is_empty());

    // A command shows what it finds at once.
    desk.call(SANDBOX, SetMyName { name: " Ada L. ".to_owned() }).await.unwrap();
    ask(&desk, SANDBOX, "status:failed").await;
    let line = looks(&desk).await.remove(0);
    assert_eq!((line.shell.as_str(), line.name.as_str()), ("command", "Ada L."));
    desk.call(SANDBOX, RunSql { text: "select count(*) from v_payments".to_owned(), ..RunSql::default() })
        .await
        .unwrap();
    assert_eq!(looks(&desk).await[0].action, "sql_asked");
    assert!(verified(&desk).await.whole);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_opened_is_in_the_book_and_a_page_that_asks_anew_is_the_same_look() {
    let home = TestHome::new();
    let desk = home.open().await;
    built_in(&desk).await;
    let payment = find(&desk, "status:succeeded").await.items.into_iter().find(|one| one.customer.is_some());
    let payment = payment.unwrap();
    let before = looks(&desk).await.len();
    for _ in 0..3 {
        desk.call(WINDOW, Show { id: payment.own_id.clone() }).await.unwrap();
    }
    let customer = payment.customer.clone().unwrap();
    desk.call(WINDOW, ShowCustomer { id: customer.clone() }).await.unwrap();
    let found = looks(&desk).await;
    assert_eq!(found.len(), before + 2, "{found:?}");
    assert_eq!((found[0].action.as_str(), &found[0].about), ("customer_shown", &customer));
    assert_eq!((found[1].action.as_str(), &found[1].about), ("payment_shown", &payment.id));
    assert_eq!(found[1].account.as_deref(), Some("sandbox"));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_in_the_book_with_its_ticket_before_and_after() {
    let home = TestHome::new();
    let desk = home.open().await;
    built_in(&desk).await;
    let payment = refundable(&desk).await;
    let wish = IssueRefund { ticket: Some(" T-4711 ".to_owned()), ..refund(&payment, "5.00") };
    desk.call(SANDBOX, wish).await.unwrap();
    let found = lines(&desk, Some(BookPart::Money)).await;
    let actions: Vec<&str> = found.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["refund_ended", "refund_decided"]);
    assert_eq!(said(&found[1], "ticket"), Some("T-4711"));
    assert_eq!(found[1].amount.unwrap().minor, 500);
    assert_eq!(found[1].before.iter().find(|one| one.name == "refunded").unwrap().value, "0.00 USD");
    assert_eq!(found[1].after.iter().find(|one| one.name == "refunded").unwrap().value, "5.00 USD");
    assert_eq!(found[0].after.iter().find(|one| one.name == "state").unwrap().value, "settled");
    let card = IssueRefund { ticket: Some("4242 4242 4242 4242".to_owned()), ..refund(&payment, "1.00") };
    assert_eq!(desk.call(SANDBOX, card).await.unwrap_err().code, ErrorCode::CardNumber);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_that_lost_its_end_is_found_by_the_vault_and_goes_on_only_when_somebody_says_so() {
    let home = TestHome::new();
    let desk = home.open().await;
    built_in(&desk).await;
    ask(&desk, SANDBOX, "status:failed").await;
    let lines_then = verified(&desk).await.lines;
    desk.close().await;
    let desk = home.open().await;
    let found = verified(&desk).await;
    assert_eq!((found.whole, found.kept, found.since_kept), (true, Some(lines_then), 0), "closing kept it");
    desk.close().await;

    // Somebody takes the file away, and Paydesk begins a new one.
    let file = home.folder.path().join("home/mirror-sandbox.db");
    std::fs::remove_file(&file).unwrap();
    let desk = home.open().await;
    built_in(&desk).await;
    let found = verified(&desk).await;
    let broken = found.broken.clone().unwrap();
    assert!(found.lines < lines_then && !found.whole, "{found:?}");
    assert_eq!(broken.line, found.lines + 1);
    assert_eq!(broken.flaw, "cut_off");
    desk.close().await;
    // Closing did not forget what is missing.
    let desk = home.open().await;
    let found = verified(&desk).await;
    assert_eq!((found.whole, found.kept), (false, Some(lines_then)));
    let refused = desk.call(SANDBOX, AcceptBookLoss { lines: found.lines + 1 }).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NoBookLoss);
    let accepted = desk.call(SANDBOX, AcceptBookLoss { lines: found.lines }).await.unwrap();
    assert_eq!((accepted.whole, accepted.kept), (true, Some(found.lines + 1)));
    let line = lines(&desk, Some(BookPart::Keeping)).await.remove(0);
    assert_eq!(line.action, "book_loss_accepted");
    assert!(said(&line, "kept").unwrap().starts_with(&format!("{lines_then}:")));
    let again = desk.call(SANDBOX, AcceptBookLoss { lines: found.lines + 1 }).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::NoBookLoss);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exported_book_is_a_witness_of_what_was_there() {
    let home = TestHome::new();
    let desk = home.open().await;
    built_in(&desk).await;
    let path = home.folder.path().join("book.jsonl").display().to_string();
    let exported = desk.call(SANDBOX, ExportBook { to: path.clone() }).await.unwrap();
    assert_eq!(exported.broken, None);
    let again = desk.call(SANDBOX, ExportBook { to: path.clone() }).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::FileExists);
    let found = desk.call(SANDBOX, VerifyBook { file: Some(path.clone()) }).await.unwrap();
    assert_eq!((found.whole, found.file_lines), (true, Some(exported.lines)));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("account_added", "account_addeD", 1)).unwrap();
    let found = desk.call(SANDBOX, VerifyBook { file: Some(path.clone()) }).await.unwrap();
    assert_eq!((found.whole, found.broken), (false, None), "the book itself fits");
    assert_eq!(found.file_broken.unwrap().line, 1);
    std::fs::write(&path, "something else").unwrap();
    let error = desk.call(SANDBOX, VerifyBook { file: Some(path) }).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::BadBookFile);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_of_a_payment_is_the_same_twice_and_replaces_nothing() {
    let home = TestHome::new();
    let desk = home.open().await;
    built_in(&desk).await;
    let payment = refundable(&desk).await;
    desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    let to = |name: &str| home.folder.path().join(name).join("evidence.html");
    let mut pages = Vec::new();
    for name in ["first", "second"] {
        std::fs::create_dir(home.folder.path().join(name)).unwrap();
        let request = WriteEvidence { payment: payment.clone(), to: to(name).display().to_string() };
        let written = desk.call(SANDBOX, request.clone()).await.unwrap();
        assert!(written.attachments.len() >= 2, "{written:?}");
        for one in &written.attachments {
            let file = home.folder.path().join(name).join("evidence-attachments").join(&one.name);
            let json: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            assert!(json["id"].is_string());
        }
        pages.push(std::fs::read_to_string(to(name)).unwrap());
        assert_eq!(desk.call(SANDBOX, request).await.unwrap_err().code, ErrorCode::FileExists);
    }
    assert_eq!(pages[0], pages[1]);
    assert!(
        pages[0].contains(&payment) && pages[0].contains("5.00 USD") && pages[0].contains("refund decided")
    );
    assert!(!pages[0].contains("<script") && !pages[0].contains("http://") && !pages[0].contains("src="));
    let wrong = WriteEvidence { payment, to: home.folder.path().join("page.pdf").display().to_string() };
    assert_eq!(desk.call(SANDBOX, wrong).await.unwrap_err().code, ErrorCode::BadPath);
    desk.close().await;
}
