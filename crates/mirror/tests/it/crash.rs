//! Killing a child process that writes, at any moment.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use domain::{Kind, Record, Secret};
use mirror::{Mirror, SliceRow};

use crate::support::*;

const FOLDER: &str = "MIRROR_CRASH_FOLDER";
const KEY: &str = "MIRROR_CRASH_KEY";
const ROWS: u64 = 40;

/// What the child runs: pages for ever, each with a cursor that tells how many rows there must be.
#[tokio::test]
async fn child_writes_pages_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let mut options = Home::plain().options();
    options.path = std::path::Path::new(&folder).join("mirror-test.db");
    options.key = Some(Secret::new(std::env::var(KEY).unwrap()));
    let mirror = Mirror::open(options).await.unwrap();
    let account = mirror.accounts().by_label("shop").await.unwrap().unwrap().id;
    println!("ready");
    let slice = mirror.sync_slices().get(account, Kind::Payments).await.unwrap();
    let mut slice = slice.unwrap_or_else(|| SliceRow::started(account, Kind::Payments, at(NOON)));
    loop {
        let page: Vec<_> = (slice.rows..slice.rows + ROWS)
            .map(|number| {
                let mut one = payment(&format!("ch_{number}"), 100);
                one.description = Some(format!("word{number}"));
                seen(Record::Payment(one), NOON)
            })
            .collect();
        slice.rows += ROWS;
        slice.cursor = Some(format!("ch_{}", slice.rows - 1));
        mirror.commit_page(account, &page, Some(slice.clone().into())).await.unwrap();
        let mut intent =
            intent(account, domain::intent::IntentKind::Refund, &format!("ch_{}", slice.rows), 100);
        intent.note = Some("written".to_owned());
        mirror.intents().insert_refund(&intent, 100).await.unwrap();
        println!("intent {}", intent.id);
    }
}

#[tokio::test]
async fn d01_sigkill_in_commit_and_d02_in_checkpoint() {
    let home = Home::encrypted();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    mirror.close().await.unwrap();
    let mut last_rows = 0;
    for round in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child_writes_pages_until_it_is_killed", "--nocapture"])
            .env(FOLDER, home.folder())
            .env(KEY, home.key.as_ref().unwrap().expose())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("ready") {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "the child ended before it was ready");
        }
        // Another moment each round, counted from when it began to write.
        let until = Instant::now() + Duration::from_millis(15 + round * 37);
        while Instant::now() < until {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut told = String::new();
        lines.read_to_string(&mut told).unwrap();

        let mirror = home.open().await;
        let slice = mirror.sync_slices().get(account, Kind::Payments).await.unwrap();
        let rows = slice.as_ref().map_or(0, |slice| slice.rows);
        assert_eq!(mirror.count(Kind::Payments, None).await.unwrap(), rows);
        assert_eq!(mirror.count_found("", everywhere(), None).await.unwrap().payments, rows);
        if let Some(cursor) = slice.and_then(|slice| slice.cursor) {
            let number = cursor.trim_start_matches("ch_");
            let found = mirror.count_found(&format!("word{number}"), everywhere(), None).await.unwrap();
            assert_eq!(found.payments, 1);
            assert!(mirror.raw(account, Kind::Payments, &cursor).await.unwrap().is_some());
        }
        // What the child said was on the disk is there.
        for line in told.lines().filter_map(|line| line.strip_prefix("intent ")) {
            if let Ok(id) = line.trim().parse() {
                assert!(mirror.intents().by_id(id).await.unwrap().is_some(), "an intent was lost");
            }
        }
        assert_eq!(mirror.integrity_problems().await.unwrap(), Vec::<String>::new());
        assert!(rows >= last_rows);
        last_rows = rows;
        mirror.close().await.unwrap();
    }
    assert!(last_rows > 0, "no page was ever written, so nothing was tried");
}
