//! Exports through the Desk, from a mirror of a simulated vendor.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::fs;
use std::path::Path;

use contract::completion::QuerySubject;
use contract::exports::{
    CancelExport, ExportFormat, ExportSource, ExportState, ExportView, ListExports, StartExport,
};
use contract::saved_views::SaveView;
use contract::{ErrorCode, Notice};
use desk::Connection;
use domain::Kind;

use crate::support::{SANDBOX, TestHome, connected, count, find, small_vendor};

fn request(source: ExportSource, format: ExportFormat, path: &Path) -> StartExport {
    let path = path.display().to_string();
    StartExport { source, account: None, format, path, overwrite: false, wait: true }
}

fn kind(kind: Kind) -> ExportSource {
    ExportSource::Kind { kind: kind.to_string() }
}

fn query(query: &str) -> ExportSource {
    ExportSource::Query { query: query.to_owned() }
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).unwrap().lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_and_every_format_is_written_twice_with_the_same_bytes() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let formats = [
        (ExportFormat::Csv, "csv"),
        (ExportFormat::Xlsx, "xlsx"),
        (ExportFormat::Jsonl, "jsonl"),
        (ExportFormat::Parquet, "parquet"),
    ];
    for one in Kind::ALL {
        for (format, ending) in formats {
            let mut files = Vec::new();
            for round in ["first", "second"] {
                let path = home.folder.path().join(format!("{one}-{round}.{ending}"));
                let done = desk.call(SANDBOX, request(kind(one), format, &path)).await.unwrap();
                assert_eq!(done.state, ExportState::Done, "{done:?}");
                assert_eq!(done.total, Some(done.rows));
                if ending == "jsonl" {
                    assert_eq!(lines(&path) as u64, done.rows);
                }
                files.push(fs::read(path).unwrap());
            }
            assert!(files[0] == files[1], "{one} as {ending} differs between two exports");
        }
    }
    let path = home.folder.path().join("payments-first.jsonl");
    assert_eq!(lines(&path) as u64, count(&desk, "").await);
    assert!(fs::read_to_string(path).unwrap().contains("\"account\":\"shop\""));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_and_a_view_are_exported_as_the_box_finds_them() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let wanted: Vec<String> =
        find(&desk, "status:failed").await.items.into_iter().map(|one| one.id).collect();
    assert!(!wanted.is_empty());
    let ids = |path: &Path| -> Vec<String> {
        let text = fs::read_to_string(path).unwrap();
        let id = |line: &str| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned()
        };
        text.lines().map(id).collect()
    };
    let path = home.folder.path().join("search.jsonl");
    desk.call(SANDBOX, request(query("status:failed"), ExportFormat::Jsonl, &path)).await.unwrap();
    assert_eq!(ids(&path), wanted);
    let save = SaveView {
        name: "Failed".to_owned(),
        of: QuerySubject::Payments,
        query: "status:failed".to_owned(),
        notify: false,
        only_new: true,
    };
    desk.call(SANDBOX, save).await.unwrap();
    let path = home.folder.path().join("view.jsonl");
    let source = ExportSource::View { name: "failed".to_owned() };
    desk.call(SANDBOX, request(source, ExportFormat::Jsonl, &path)).await.unwrap();
    assert_eq!(ids(&path), wanted);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_exported_is_refused_in_words() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let there = home.folder.path().join("there.csv");
    fs::write(&there, "mine").unwrap();
    let path = home.folder.path().join("new.csv");
    let csv = |source, path: &Path| request(source, ExportFormat::Csv, path);
    let cases = [
        (csv(kind(Kind::Refunds), &there), ErrorCode::FileExists),
        (csv(kind(Kind::Refunds), &home.folder.path().join("no/such.csv")), ErrorCode::BadPath),
        (csv(kind(Kind::Refunds), Path::new("relative.csv")), ErrorCode::BadPath),
        (csv(query("status:nonsense"), &path), ErrorCode::BadQuery),
        (csv(query("4242 4242 4242 4242"), &path), ErrorCode::CardNumber),
        (csv(ExportSource::View { name: "none".to_owned() }, &path), ErrorCode::UnknownView),
        (csv(ExportSource::Kind { kind: "secrets".to_owned() }, &path), ErrorCode::BadRequest),
    ];
    for (request, code) in cases {
        assert_eq!(desk.call(SANDBOX, request.clone()).await.unwrap_err().code, code, "{request:?}");
    }
    assert!(!path.exists());
    assert_eq!(fs::read_to_string(&there).unwrap(), "mine");
    let replacing = StartExport { overwrite: true, ..csv(kind(Kind::Refunds), &there) };
    desk.call(SANDBOX, replacing).await.unwrap();
    assert!(fs::read_to_string(&there).unwrap().starts_with("id,"));
    desk.close().await;
}

/// Waits for an export to end, by its notices.
async fn ended(desk: &Connection, started: ExportView) -> ExportView {
    let mut notices = desk.notices();
    loop {
        let listed = desk.call(SANDBOX, ListExports {}).await.unwrap();
        let one = listed.items.into_iter().find(|one| one.id == started.id).unwrap();
        if !matches!(one.state, ExportState::Running | ExportState::Finishing) {
            return one;
        }
        let _ = notices.recv().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_canceled_leaves_no_file() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let folder = home.folder.path().join("out");
    fs::create_dir(&folder).unwrap();
    let path = folder.join("payments.xlsx");
    let request = StartExport { wait: false, ..request(kind(Kind::Payments), ExportFormat::Xlsx, &path) };
    let started = desk.call(SANDBOX, request).await.unwrap();
    let stopped = desk.call(SANDBOX, CancelExport { id: started.id.clone() }).await.unwrap();
    // It may have been faster than the cancel; then the file is whole, and otherwise there is none.
    match stopped.state {
        ExportState::Done => assert!(path.exists()),
        ExportState::Canceled => {
            assert_eq!(stopped.problem.unwrap().code, ErrorCode::ExportCanceled);
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        }
        other => panic!("{other:?}"),
    }
    let unknown = desk.call(SANDBOX, CancelExport { id: "none".to_owned() }).await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::UnknownId);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shells_hear_how_far_an_export_is() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let mut notices = desk.notices();
    let path = home.folder.path().join("payments.csv");
    let request = StartExport { wait: false, ..request(kind(Kind::Payments), ExportFormat::Csv, &path) };
    let started = desk.call(SANDBOX, request).await.unwrap();
    let last = ended(&desk, started).await;
    assert_eq!((last.state, last.rows), (ExportState::Done, 120));
    assert_eq!(last.bytes, Some(fs::metadata(&path).unwrap().len()));
    let mut heard = Vec::new();
    while let Ok(notice) = notices.try_recv() {
        if let Notice::Export { export, .. } = notice {
            heard.push(export.state);
        }
    }
    assert!(heard.contains(&ExportState::Finishing) && heard.last() == Some(&ExportState::Done), "{heard:?}");
    desk.close().await;
}
