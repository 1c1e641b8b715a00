//! How long the find box and the overview take on a large encrypted mirror of synthetic records.
//!
//! `find_cost [CHARGES] [FOLDER]` builds the mirror once and keeps it in the folder (`target/bench`),
//! then prints a line for each kind of query: half and 99 of 100 answers came within p50 and p99, warm,
//! and how long the first answer of a newly opened file took after the system forgot the file, cold.
//! An answer is the first 50 rows and what comes with them. Each answer is checked against what the
//! query asks for, so that a quick wrong answer is no figure.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints, and ends where it fails"
)]

mod synthetic;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use domain::{Environment, Payment, Record, Secret, Timestamp};
use mirror::{FindPage, FindScope, Mirror, OpenOptions, OverviewScope};
use synthetic::NEWEST;

/// Different queries of each kind.
const QUERIES: u64 = 300;
/// Rows of the first page.
const ROWS: u32 = 50;

/// A kind of query: its name, its text for a payment, and whether a found payment is what it asks for.
struct Question {
    name: &'static str,
    text: fn(&Payment, &Payment) -> String,
    fits: fn(&Payment, &Payment, &Payment) -> bool,
}

const QUESTIONS: [Question; 7] = [
    Question {
        name: "exact id",
        text: |one, _| one.vendor_id.clone(),
        fits: |found, one, _| found.vendor_id == one.vendor_id,
    },
    Question {
        name: "email",
        text: |one, _| format!("email:{}", email(one)),
        fits: |found, one, _| found.email == one.email,
    },
    Question {
        name: "email prefix",
        text: |one, _| format!("email:{}*", start_of_email(one)),
        fits: |found, one, _| email(found).starts_with(start_of_email(one)),
    },
    Question {
        name: "last4 + amount + date",
        text: |one, _| format!("last4:{} amount:{} created:{}", last4(one), decimal(one), day(one)),
        fits: |found, one, _| found.card.last4 == one.card.last4 && found.amount.minor == one.amount.minor,
    },
    Question {
        name: "two words",
        text: |one, _| format!("{} {}", first_name(one), last_word(one)),
        fits: |found, one, _| first_name(found) == first_name(one) && last_word(found) == last_word(one),
    },
    Question {
        name: "status + range",
        text: |one, _| format!("status:failed created:{}..{}", month_before(one), day(one)),
        fits: |found, _, _| found.status.as_str() == "failed",
    },
    Question {
        name: "OR of two",
        text: |one, other| format!("email:{} OR last4:{}", email(one), last4(other)),
        fits: |found, one, other| found.email == one.email || found.card.last4 == other.card.last4,
    },
];

#[tokio::main(worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let charges = arguments.next().map_or(1_000_000, |text| text.parse().unwrap());
    let folder = arguments.next().map_or_else(|| PathBuf::from("target/bench"), PathBuf::from);
    let path = folder.join(format!("find-{charges}.db"));
    let mirror = build(&path, charges).await;
    mirror.close().await.unwrap();
    for question in &QUESTIONS {
        measure(question, &path, charges).await;
    }
    overview(&path).await;
}

fn options(path: &Path) -> OpenOptions {
    // The records are made up, so the key need not be secret; a fixed one opens the file again in the next run.
    let key = Some(Secret::new("5a".repeat(32)));
    OpenOptions { path: path.to_owned(), environment: Environment::Test, key, readers: 2 }
}

/// The kept mirror, or a new one where there is none, or where it has other tables or rows than are wanted.
async fn build(path: &Path, charges: u64) -> Mirror {
    let whole = path.with_extension("whole");
    if whole.exists() {
        let scope = FindScope::all(Timestamp::from_seconds(NEWEST));
        if let Ok(mirror) = Mirror::open(options(path)).await {
            let oldest = payment(charges - 1).vendor_id;
            if mirror.find(&oldest, scope, 1, None).await.is_ok_and(|page| page.items.len() == 1) {
                return mirror;
            }
            mirror.close().await.unwrap();
        }
    }
    for ending in ["whole", "db", "db-wal", "db-shm"] {
        let _ = std::fs::remove_file(path.with_extension(ending));
    }
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mirror = Mirror::open(options(path)).await.unwrap();
    let started = Instant::now();
    let rows = synthetic::load_all(&mirror, charges).await;
    println!("find: built {rows} rows with {charges} payments in {} s", started.elapsed().as_secs());
    std::fs::write(whole, "").unwrap();
    mirror
}

async fn measure(question: &Question, path: &Path, charges: u64) {
    forget(path);
    let mirror = Mirror::open(options(path)).await.unwrap();
    let mut cold = None;
    let (mut warm, mut wrong, mut refused) = (Vec::new(), 0, None);
    for round in 0..2 {
        for number in 0..QUERIES {
            let place = |salt: u64| (number * 2_654_435_761 + salt) % charges;
            let (one, other) = (payment(place(17)), payment(place(40_503)));
            let text = (question.text)(&one, &other);
            let began = Instant::now();
            let found = mirror.find(&text, FindScope::all(Timestamp::from_seconds(NEWEST)), ROWS, None).await;
            let took = began.elapsed();
            cold.get_or_insert(took);
            match found {
                Ok(page) if right(question, &page, &one, &other) => {}
                Ok(_) => wrong += 1,
                Err(error) => refused = Some(error.to_string()),
            }
            if round == 1 {
                warm.push(took);
            }
        }
    }
    mirror.close().await.unwrap();
    let verdict = match refused {
        Some(error) => format!("; NOT ANSWERED: {error}"),
        None if wrong > 0 => format!("; NOT RIGHT in {wrong} of {} answers", 2 * QUERIES),
        None => String::new(),
    };
    warm.sort_unstable();
    println!(
        "find at {charges} payments, {}: p50 {} p99 {} (limit 2 and 20 ms), cold {}{verdict}",
        question.name,
        milliseconds(warm[warm.len() / 2]),
        milliseconds(warm[warm.len() * 99 / 100]),
        milliseconds(cold.unwrap()),
    );
}

/// Whether all rows are what was asked for. A status in a month may have no row; the others come from a payment that is there.
fn right(question: &Question, page: &FindPage, one: &Payment, other: &Payment) -> bool {
    let may_be_empty = question.name == "status + range";
    !page.relaxed
        && (may_be_empty || !page.items.is_empty())
        && page.items.iter().all(|found| (question.fits)(&found.payment, one, other))
}

async fn overview(path: &Path) {
    forget(path);
    let mirror = Mirror::open(options(path)).await.unwrap();
    let days = OverviewScope {
        account: None,
        from: Timestamp::from_seconds(NEWEST - 30 * 86_400),
        until: Timestamp::from_seconds(NEWEST + 86_400),
        reasons: 8,
    };
    let mut times = Vec::new();
    for _ in 0..50 {
        let began = Instant::now();
        assert!(!mirror.overview(days).await.unwrap().days.is_empty());
        times.push(began.elapsed());
    }
    let cold = times[0];
    times.sort_unstable();
    println!(
        "overview of 30 days: p50 {} (limit 50 ms), cold {}",
        milliseconds(times[25]),
        milliseconds(cold)
    );
    mirror.close().await.unwrap();
}

/// Asks the system to forget what it holds of the file, so that the next read comes from the disk.
fn forget(path: &Path) {
    let mut file = std::ffi::OsString::from("if=");
    file.push(path);
    let done = Command::new("dd").arg(file).args(["iflag=nocache", "count=0", "status=none"]).status();
    assert!(done.unwrap().success(), "the system's cache could not be emptied of the file");
}

/// Thousandths of a second with two decimals, without floating point.
fn milliseconds(time: Duration) -> String {
    format!("{}.{:02} ms", time.as_micros() / 1_000, time.as_micros() % 1_000 / 10)
}

/// The payment with this number, as it was kept.
fn payment(number: u64) -> Payment {
    match synthetic::charge(number).0 {
        Record::Payment(payment) => payment,
        other => unreachable!("a charge is a payment, not {}", other.vendor_id()),
    }
}

fn email(one: &Payment) -> &str {
    one.email.as_deref().unwrap()
}

/// All but the last digits before the `@`: some hundred people share it.
fn start_of_email(one: &Payment) -> &str {
    let local = email(one).split('@').next().unwrap();
    local.trim_end_matches(|digit: char| digit.is_ascii_digit())
}

fn last4(one: &Payment) -> &str {
    one.card.last4.as_deref().unwrap()
}

fn first_name(one: &Payment) -> &str {
    one.name.as_deref().unwrap().split(' ').next().unwrap()
}

fn last_word(one: &Payment) -> &str {
    one.description.as_deref().unwrap().rsplit(' ').next().unwrap()
}

fn decimal(one: &Payment) -> String {
    format!("{}.{:02}", one.amount.minor / 100, one.amount.minor % 100)
}

fn day(one: &Payment) -> String {
    date(one.created_at.as_seconds())
}

fn month_before(one: &Payment) -> String {
    date(one.created_at.as_seconds() - 30 * 86_400)
}

fn date(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0).unwrap().format("%Y-%m-%d").to_string()
}
