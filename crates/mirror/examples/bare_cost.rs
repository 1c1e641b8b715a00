//! What keeping records costs by itself: synthetic pages of 100 go from memory through
//! [`Mirror::commit_page`], with every index, search words, figures by day, JSON and durability, and
//! no vendor. `./dev bench` compares a whole first load with it.
//!
//! `bare_cost [CHARGES] [encrypted|plain|both] [--tables]` prints one line of JSON for each file:
//! rows, milliseconds, rows a second, bytes for 100,000 charges with all their objects, most memory.
//! `--tables` adds what each table and index takes.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints, and ends where it fails"
)]

mod synthetic;

use std::path::Path;
use std::time::Instant;

use domain::{Environment, Timestamp};
use mirror::{Mirror, OpenOptions, OverviewScope};
use synthetic::NEWEST;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let charges = arguments.iter().find_map(|one| one.parse().ok()).unwrap_or(100_000_u64);
    let tables = arguments.iter().any(|one| one == "--tables");
    let mode = |word: &str| arguments.iter().any(|one| one == word);
    if mode("encrypted") || mode("plain") {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.unwrap().block_on(measure(charges, mode("encrypted"), tables));
        return;
    }
    // Each file in a process of its own, so that each has its own peak of memory.
    for word in ["encrypted", "plain"] {
        let own = std::env::current_exe().unwrap();
        let mut command = std::process::Command::new(own);
        command.args([charges.to_string().as_str(), word]).args(tables.then_some("--tables"));
        assert!(command.status().unwrap().success());
    }
}

async fn measure(charges: u64, encrypted: bool, tables: bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mirror-test.db");
    let key = encrypted.then(|| Mirror::generate_key().unwrap());
    let options = OpenOptions { path: path.clone(), environment: Environment::Test, key, readers: 2 };
    let mirror = Mirror::open(options.clone()).await.unwrap();
    let started = Instant::now();
    let rows = synthetic::load_all(&mirror, charges).await;
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap().max(1);
    let opened = Instant::now();
    let days = OverviewScope {
        account: None,
        from: Timestamp::from_seconds(NEWEST - 30 * 86_400),
        until: Timestamp::from_seconds(NEWEST + 86_400),
        reasons: 8,
    };
    assert!(!mirror.overview(days).await.unwrap().days.is_empty());
    let overview = opened.elapsed().as_micros();
    mirror.close().await.unwrap();
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!(
        "{{\"file\":\"{}\",\"charges\":{charges},\"rows\":{rows},\"milliseconds\":{milliseconds},\
         \"rows_per_second\":{},\"bytes\":{bytes},\"bytes_per_100000_charges\":{},\"peak_rss_bytes\":{},\
         \"overview_microseconds\":{overview}}}",
        if encrypted { "encrypted" } else { "plain" },
        rows * 1_000 / milliseconds,
        bytes * 100_000 / charges,
        peak_rss(),
    );
    if tables {
        let mirror = Mirror::open(options).await.unwrap();
        for (name, bytes) in mirror.sizes().await.unwrap() {
            println!("{:>12} {name}", bytes * 100_000 / charges);
        }
        mirror.close().await.unwrap();
    }
}
/// The most memory that the process held, from the system's own account of it.
fn peak_rss() -> u64 {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
