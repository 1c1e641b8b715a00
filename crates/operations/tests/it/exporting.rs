//! Exports of many rows: what they hold in memory, and what one that is canceled leaves behind.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use domain::{
    AccountId, BalanceEntry, CardFacts, Environment, Kind, Money, Observed, Payment, Record, Timestamp,
};
use export::Format;
use mirror::{Mirror, OpenOptions};
use operations::OperationError;
use operations::export_rows::{self, Progress, Wanted, What};
use tokio_util::sync::CancellationToken;

use crate::support::account_at;

const FORMATS: [(Format, &str); 4] =
    [(Format::Csv, "csv"), (Format::Xlsx, "xlsx"), (Format::Jsonl, "jsonl"), (Format::Parquet, "parquet")];
/// A second well inside the tests' days.
const NOON: i64 = 1_772_366_400; // 2026-03-01T12:00:00Z
/// Rows of the large export.
const MANY: u64 = 100_000;
/// Letters of each row's longest text: all rows at once would be more than twice of what may be held.
const LONG: usize = 1_000;
/// Bytes that an export may take on top of a program that does nothing. Half of it is the database's own
/// memory for pages.
const MOST_MEMORY: u64 = 128 * 1_024 * 1_024;

/// Payments from a number on.
fn payments(numbers: std::ops::Range<u64>) -> Vec<Observed> {
    let one = |number: u64| {
        let seconds = NOON + i64::try_from(number).unwrap();
        let payment = Payment {
            vendor_id: format!("ch_{number:08}"),
            payment_intent_id: None,
            amount: Money::new(100 + i64::try_from(number).unwrap(), "usd".parse().unwrap()),
            captured_minor: 0,
            refunded_minor: 0,
            presentment: None,
            status: "failed".into(),
            disputed: false,
            created_at: Timestamp::from_seconds(seconds),
            customer_id: None,
            email: None,
            name: None,
            postal_code: None,
            description: None,
            statement_descriptor: None,
            receipt_number: None,
            method: Some("card".to_owned()),
            payment_method_id: None,
            card: CardFacts { last4: Some("4242".to_owned()), ..CardFacts::default() },
            failure_code: Some("card_declined".to_owned()),
            failure_message: Some("declined by the bank".to_owned()),
            decline_reason: None,
            risk_level: None,
            balance_entry_id: None,
            metadata: Vec::new(),
        };
        let json = format!("{{\"id\":\"ch_{number:08}\"}}").into_bytes();
        Observed { record: Record::Payment(payment), json, observed_at: Timestamp::from_seconds(seconds) }
    };
    numbers.map(one).collect()
}

/// Lines of the balance from a number on, the cheapest to write, each with a long text.
fn balance_entries(numbers: std::ops::Range<u64>) -> Vec<Observed> {
    let text: String = "paid out by the bank ".chars().cycle().take(LONG).collect();
    let one = |number: u64| {
        let at = Timestamp::from_seconds(NOON + i64::try_from(number).unwrap());
        let entry = BalanceEntry {
            vendor_id: format!("txn_{number:08}"),
            amount: Money::new(500, "usd".parse().unwrap()),
            fee_minor: 45,
            net_minor: 455,
            category: "charge".to_owned(),
            source_id: None,
            status: "available".to_owned(),
            created_at: at,
            available_at: None,
            description: Some(text.clone()),
        };
        let json = format!("{{\"id\":\"txn_{number:08}\"}}").into_bytes();
        Observed { record: Record::BalanceEntry(entry), json, observed_at: at }
    };
    numbers.map(one).collect()
}

/// Writes so many rows in large pages.
async fn fill(
    mirror: &Mirror,
    account: AccountId,
    rows: u64,
    made: impl Fn(std::ops::Range<u64>) -> Vec<Observed>,
) {
    let size = 5_000;
    for start in (0..rows).step_by(usize::try_from(size).unwrap()) {
        mirror.commit_page(account, &made(start..(start + size).min(rows)), None).await.unwrap();
    }
}

fn wanted(what: What, format: Format, path: &Path) -> Wanted {
    Wanted {
        what,
        account: None,
        now: Timestamp::from_seconds(NOON),
        labels: HashMap::new(),
        format,
        path: path.to_owned(),
        overwrite: false,
    }
}

const CHILD_FILE: &str = "OPERATIONS_EXPORT_MIRROR";
const CHILD_FORMAT: &str = "OPERATIONS_EXPORT_FORMAT";

/// Bytes of memory: what a process holds, or the most that it ever held.
#[cfg(target_os = "linux")]
fn memory(line: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let found = status.lines().find_map(|one| one.strip_prefix(line)).unwrap();
    Some(found.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1_024)
}

#[cfg(not(target_os = "linux"))]
fn memory(_line: &str) -> Option<u64> {
    None
}

/// What the child runs: one export in a process of its own, whose memory is nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn child_exports_and_tells_its_memory() {
    let Ok(path) = std::env::var(CHILD_FILE) else { return };
    let (format, ending) = FORMATS[std::env::var(CHILD_FORMAT).unwrap().parse::<usize>().unwrap()];
    let path = PathBuf::from(path);
    let out = path.with_file_name(format!("many.{ending}"));
    let options = OpenOptions { path, environment: Environment::Sandbox, key: None, readers: 2 };
    let mirror = Mirror::open(options).await.unwrap();
    let before = memory("VmRSS:");
    let wanted = wanted(What::Kind(Kind::BalanceEntries), format, &out);
    let done = export_rows::run(&mirror, wanted, &CancellationToken::new(), &|_| {}).await.unwrap();
    let grown = memory("VmHWM:").zip(before).map(|(most, before)| most.saturating_sub(before));
    println!("exported {} {} {}", done.rows, done.bytes, grown.unwrap_or(0));
    mirror.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_rows_are_never_held_at_once_in_any_format() {
    let (account, _clock, folder) = account_at("http://127.0.0.1:9", "sk_test_1").await;
    fill(&account.mirror, account.id(), MANY, balance_entries).await;
    account.mirror.close().await.unwrap();
    let path = folder.path().join("home").join("mirror-sandbox.db");
    for (place, (_, ending)) in FORMATS.into_iter().enumerate() {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "exporting::child_exports_and_tells_its_memory", "--nocapture"])
            .env(CHILD_FILE, &path)
            .env(CHILD_FORMAT, place.to_string())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&child.stdout);
        let told = told.lines().find_map(|line| line.split_once("exported ")).map(|(_, numbers)| numbers);
        let numbers: Vec<u64> = told
            .unwrap_or_else(|| panic!("{ending}: {child:?}"))
            .split_whitespace()
            .map(|number| number.parse().unwrap())
            .collect();
        let &[rows, bytes, grown] = numbers.as_slice() else { panic!("{ending}: {numbers:?}") };
        assert_eq!(rows, MANY, "{ending}");
        assert!(bytes > 0, "{ending}");
        assert!(grown < MOST_MEMORY, "{ending}: {grown} bytes of memory for {bytes} bytes of file");
    }
}

/// Every file of a folder, hidden ones too.
fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Tells a moment of an export.
type Moment = fn(Progress) -> bool;

/// Cancels once it hears of a moment.
async fn canceled_at(mirror: &Mirror, wanted: Wanted, moment: Moment) -> u64 {
    let (cancel, heard) = (CancellationToken::new(), Mutex::new(0));
    let report = |progress: Progress| {
        *heard.lock().unwrap() = progress.rows;
        if moment(progress) {
            cancel.cancel();
        }
    };
    let done = export_rows::run(mirror, wanted, &cancel, &report).await;
    assert!(matches!(done, Err(OperationError::Canceled)), "{done:?}");
    heard.into_inner().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn canceled_at_any_moment_it_leaves_nothing_locks_nothing_and_can_be_repeated() {
    const ROWS: u64 = 6_000;
    let (account, _clock, folder) = account_at("http://127.0.0.1:9", "sk_test_1").await;
    let mirror = &account.mirror;
    fill(mirror, account.id(), ROWS, payments).await;
    let moments: [(&str, Moment); 3] = [
        ("before the first row", |at| at.rows == 0),
        ("half-way", |at| at.rows >= ROWS / 2),
        ("at the end", |at| at.finishing),
    ];
    let mut next = ROWS;
    for (format, ending) in FORMATS {
        let out = folder.path().join(ending);
        fs::create_dir(&out).unwrap();
        let path = out.join(format!("payments.{ending}"));
        // What comes in meanwhile is not of this search, so that all files are of the same rows.
        let what = || What::Search(format!("status:failed amount:<{}", 1 + ROWS / 100));
        for (when, moment) in moments {
            let heard = canceled_at(mirror, wanted(what(), format, &path), moment).await;
            assert!(files(&out).is_empty(), "{ending} {when}: {:?}", files(&out));
            assert!(when != "half-way" || (ROWS / 2..ROWS).contains(&heard), "{ending}: {heard} rows");
            // Whatever it held of the mirror it let go: new rows are taken in at once.
            mirror.commit_page(account.id(), &payments(next..next + 1), None).await.unwrap();
            next += 1;
        }
        let run = |path: PathBuf, overwrite| {
            let wanted = Wanted { overwrite, ..wanted(what(), format, &path) };
            async move { export_rows::run(mirror, wanted, &CancellationToken::new(), &|_| {}).await.unwrap() }
        };
        let (first, again) = (out.join("first"), out.join("again"));
        let rows = run(first.clone(), false).await.rows;
        assert_eq!(rows, ROWS, "{ending}");
        // Canceled over a file that is there, that file stays as it was.
        fs::write(&again, "mine").unwrap();
        let over = Wanted { overwrite: true, ..wanted(what(), format, &again) };
        canceled_at(mirror, over, |at| at.rows >= ROWS / 2).await;
        assert_eq!(fs::read(&again).unwrap(), b"mine", "{ending}");
        assert_eq!(files(&out).len(), 2, "{ending}: {:?}", files(&out));
        run(again.clone(), true).await;
        assert!(fs::read(&first).unwrap() == fs::read(&again).unwrap(), "{ending} differs after a cancel");
    }
    let expected = mirror.count(Kind::Payments, None).await.unwrap();
    assert_eq!(expected, next);
    // The last connection takes the log away with it: were a snapshot left open, it would stay.
    account.mirror.close().await.unwrap();
    let log = folder.path().join("home").join("mirror-sandbox.db-wal");
    assert!(!log.exists(), "something of the mirror is still open");
}
