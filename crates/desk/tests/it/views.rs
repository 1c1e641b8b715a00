//! Saved views through the Desk.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use contract::bulk::{BulkOrigin, ReadBulk};
use contract::completion::QuerySubject;
use contract::payments::{CreatePayment, WriteOutcome};
use contract::saved_views::{
    ExportViews, ImportViews, ListViews, RemoveView, RenameView, SaveView, TakeGainedViews,
};
use contract::{ErrorCode, Notice};
use desk::Connection;
use domain::RequestId;

use crate::listening::{SECRET, customer, deliver, event, hook, now, shop};
use crate::support::{SANDBOX, TestHome, connected, count, find, small_vendor, synced};

fn save(name: &str, query: &str, notify: bool) -> SaveView {
    SaveView {
        name: name.to_owned(),
        of: QuerySubject::Payments,
        query: query.to_owned(),
        notify,
        only_new: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn views_are_saved_counted_shared_and_taken_over() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    desk.call(SANDBOX, save("Failed", "status:failed", false)).await.unwrap();
    desk.call(SANDBOX, save("Mine \"quoted\"", "name:\"Ada\" -status:failed", true)).await.unwrap();
    let exact = desk.call(SANDBOX, ListViews { exact: true, of: None }).await.unwrap();
    let failed = &exact.items[0];
    let total = count(&desk, "status:failed").await;
    assert_eq!((failed.name.as_str(), failed.count, failed.count_exact), ("Failed", Some(total), true));

    let file = desk.call(SANDBOX, ExportViews::default()).await.unwrap();
    assert_eq!(file.views, 2);
    for name in ["failed", "mine \"quoted\""] {
        desk.call(SANDBOX, RemoveView { name: name.to_owned() }).await.unwrap();
    }
    let import = |text: &str, replace| ImportViews { text: text.to_owned(), replace };
    let taken = desk.call(SANDBOX, import(&file.text, false)).await.unwrap();
    assert_eq!(taken.saved, ["Failed", "Mine \"quoted\""]);
    let again = desk.call(SANDBOX, ExportViews::default()).await.unwrap();
    assert_eq!(again.text, file.text, "what was shared comes back as it was");

    let changed = file.text.replace("status:failed\"", "status:disputed\"");
    let kept = desk.call(SANDBOX, import(&changed, false)).await.unwrap();
    assert_eq!((kept.saved.len(), kept.kept.len()), (0, 2));
    let replaced = desk.call(SANDBOX, import(&changed, true)).await.unwrap();
    assert_eq!(replaced.saved, ["Failed"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_view_is_refused_in_words() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    desk.call(SANDBOX, save("Failed", "status:failed", false)).await.unwrap();
    desk.call(SANDBOX, save("Other", "", false)).await.unwrap();
    let code = |error: contract::ErrorBody| error.code;
    for (request, wanted) in [
        (save("", "status:failed", false), ErrorCode::BadViewName),
        (save("New", "status:nonsense", false), ErrorCode::BadQuery),
        (save("New", "4242424242424242", false), ErrorCode::CardNumber),
        (SaveView { only_new: true, ..save("FAILED", "x", false) }, ErrorCode::ViewNameTaken),
    ] {
        assert_eq!(desk.call(SANDBOX, request).await.map_err(code).unwrap_err(), wanted);
    }
    let rename = |name: &str, to: &str| RenameView { name: name.to_owned(), to: to.to_owned() };
    assert_eq!(desk.call(SANDBOX, rename("None", "x")).await.unwrap_err().code, ErrorCode::UnknownView);
    assert_eq!(
        desk.call(SANDBOX, rename("Failed", "other")).await.unwrap_err().code,
        ErrorCode::ViewNameTaken
    );
    let renamed = desk.call(SANDBOX, rename("failed", "Declined")).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.query.as_str()), ("Declined", "status:failed"));
    let gone = desk.call(SANDBOX, RemoveView { name: "failed".to_owned() }).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::UnknownView);
    desk.close().await;
}

fn of_events(name: &str, query: &str) -> SaveView {
    SaveView { of: QuerySubject::Events, ..save(name, query, false) }
}

#[tokio::test(flavor = "multi_thread")]
async fn views_of_events_stand_apart_and_count_what_comes_and_are_shared_with_what_they_search() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    synced(&desk).await;
    desk.call(SANDBOX, save("Failed", "status:failed", false)).await.unwrap();
    desk.call(SANDBOX, of_events("Wendy", "type:customer.* customer:cus_of_views")).await.unwrap();
    let listed = async |of| {
        let page = desk.call(SANDBOX, ListViews { exact: false, of }).await.unwrap();
        page.items.into_iter().map(|view| (view.name, view.count)).collect::<Vec<_>>()
    };
    let names = async |of| listed(of).await.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(Some(QuerySubject::Payments)).await, ["Failed"]);
    assert_eq!(names(Some(QuerySubject::Events)).await, ["Wendy"]);
    assert_eq!(names(None).await, ["Failed", "Wendy"]);

    // The badge follows what comes, without anybody asking for it.
    let badge = async |wanted: u64| {
        let began = std::time::Instant::now();
        while listed(Some(QuerySubject::Events)).await[0].1 != Some(wanted) {
            assert!(began.elapsed() < crate::listening::LIMIT, "the badge did not become {wanted}");
            tokio::task::yield_now().await;
        }
    };
    badge(0).await;
    let hook = hook(&desk, SECRET).await;
    let body =
        event("evt_of_views", "customer.created", now() - 5, &customer("cus_of_views", "Ada", now() - 9));
    assert_eq!(deliver(&hook, &body).await, 200);
    badge(1).await;

    let file = desk.call(SANDBOX, ExportViews::default()).await.unwrap().text;
    assert_eq!(file.matches("of = \"events\"").count(), 1, "{file}");
    desk.call(SANDBOX, RemoveView { name: "wendy".to_owned() }).await.unwrap();
    let taken = desk.call(SANDBOX, ImportViews { text: file.clone(), replace: false }).await.unwrap();
    assert_eq!(taken.saved, ["Wendy"]);
    assert_eq!(names(Some(QuerySubject::Events)).await, ["Wendy"]);

    let notifying = SaveView { notify: true, ..of_events("Loud", "type:charge.*") };
    for (request, wanted) in [
        (notifying, ErrorCode::BadRequest),
        (of_events("Mistaken", "status:failed"), ErrorCode::BadQuery),
        (save("Mistaken", "amount:much", false), ErrorCode::BadQuery),
    ] {
        assert_eq!(desk.call(SANDBOX, request).await.unwrap_err().code, wanted);
    }
    let bring = ReadBulk { origin: BulkOrigin::View { name: "Wendy".to_owned() }, sheet: None };
    assert_eq!(desk.call(SANDBOX, bring).await.unwrap_err().code, ErrorCode::BadRequest);
    desk.close().await;
    vendor.stop().await;
}

async fn pay(desk: &Connection, amount: &str) -> WriteOutcome {
    let request = CreatePayment {
        request_id: RequestId::generate(),
        amount: amount.to_owned(),
        currency: "usd".to_owned(),
        account: None,
        customer: None,
        payment_method: Some("pm_card_visa".to_owned()),
        confirm: true,
        capture_later: false,
        description: None,
    };
    desk.call(SANDBOX, request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notifying_view_says_what_it_gained_and_a_first_load_is_no_news() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = Connection::open(home.options(true)).await.unwrap();
    connected(&desk, &vendor, "shop").await;
    let mut notices = desk.notices();
    desk.call(SANDBOX, save("All", "", true)).await.unwrap();
    // The count says that the view was looked at, which is when it takes down what it holds.
    loop {
        let listed = desk.call(SANDBOX, ListViews { exact: false, of: None }).await.unwrap();
        if listed.items[0].count == Some(120) {
            break;
        }
        let _ = notices.recv().await;
    }
    // The look goes on a moment after its count is told; the next one waits for it to end.
    pay(&desk, "12.34").await;
    synced(&desk).await;
    let gained = loop {
        match notices.recv().await.unwrap() {
            Notice::ViewGained { view, gained, payment, .. } => break (view, gained, payment),
            _ => continue,
        }
    };
    assert_eq!((gained.0.as_str(), gained.1), ("All", 1), "and not the 120 of the first load");
    let newest = find(&desk, "amount:12.34").await.items.remove(0);
    assert_eq!(gained.2.as_ref(), Some(&newest.own_id));
    // It waits for a shell that tells it, also past the end of this Desk.
    desk.close().await;
    let desk = home.open().await;
    let taken = desk.call(SANDBOX, TakeGainedViews {}).await.unwrap();
    assert_eq!((taken.items.len(), taken.items[0].payments), (1, 1), "{taken:?}");
    assert_eq!((taken.items[0].name.as_str(), &taken.items[0].payment), ("All", &Some(newest.own_id)));
    assert_eq!(desk.call(SANDBOX, TakeGainedViews {}).await.unwrap().items, []);
    desk.close().await;
}
