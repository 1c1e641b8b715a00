//! The proof through the contract: calendar, one day, a run that is waited for.

use contract::ErrorCode;
use contract::proof::{RunProof, ShowProof, ShowProofDay};

use crate::support::{SANDBOX, TestHome, connected, small_vendor};

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_is_amber_until_it_was_compared_and_green_after_it() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let before = desk.call(SANDBOX, ShowProof::default()).await.unwrap();
    assert!(before.amber > 0 && before.green == 0 && before.red == 0);
    assert_eq!(before.as_of, None);
    let run = desk.call(SANDBOX, RunProof { wait: true, ..RunProof::default() }).await.unwrap();
    let run = run.items.first().unwrap();
    assert_eq!((run.state.as_str(), run.gaps, run.green), ("complete", 0, run.planned), "{run:?}");
    let after = desk.call(SANDBOX, ShowProof::default()).await.unwrap();
    assert_eq!((after.amber, after.red), (0, 0), "{after:?}");
    assert_eq!(after.green, before.amber);
    assert!(after.as_of.is_some());
    let account = after.accounts.first().unwrap();
    assert_eq!((account.kinds.len(), account.reads_allowed_today), (domain::Kind::ALL.len(), None));
    assert_eq!(account.reads_today, run.requests);
    let only = ShowProof {
        kind: Some("refunds".to_owned()),
        from: Some(after.last_day.clone()),
        ..ShowProof::default()
    };
    let today = desk.call(SANDBOX, only).await.unwrap();
    assert_eq!((today.days.len(), today.green), (1, 1));
    let day = after.days.iter().find(|day| day.state == "green").unwrap().day.clone();
    let detail = desk.call(SANDBOX, ShowProofDay { day, account: None }).await.unwrap();
    assert!(!detail.rows.is_empty());
    for row in detail.rows {
        assert_eq!(Some(&row.mirror), row.vendor.as_ref(), "{}", row.kind);
        assert!(row.checked.is_some() && row.reason.is_none());
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_fails_leaves_the_run_failed_and_nothing_green() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    crate::support::go_wrong(&vendor, "500:100");
    let run = desk.call(SANDBOX, RunProof { wait: true, ..RunProof::default() }).await.unwrap();
    let run = run.items.first().unwrap();
    assert_eq!((run.state.as_str(), run.green), ("failed", 0), "{run:?}");
    assert!(run.problem.is_some());
    assert_eq!(desk.call(SANDBOX, ShowProof::default()).await.unwrap().green, 0);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn days_and_kinds_that_are_none_are_refused() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    for bad in ["yesterday", "2026-02-30", "2026-1-1", "", "2026-01-01T00:00:00Z", "99999-01-01"] {
        let asked = RunProof { from: Some(bad.to_owned()), wait: true, ..RunProof::default() };
        assert_eq!(desk.call(SANDBOX, asked).await.unwrap_err().code, ErrorCode::BadRequest, "{bad}");
        let day = ShowProofDay { day: bad.to_owned(), account: None };
        assert_eq!(desk.call(SANDBOX, day).await.unwrap_err().code, ErrorCode::BadRequest, "{bad}");
    }
    let kind = ShowProof { kind: Some("cards".to_owned()), ..ShowProof::default() };
    assert_eq!(desk.call(SANDBOX, kind).await.unwrap_err().code, ErrorCode::BadRequest);
    desk.close().await;
}
