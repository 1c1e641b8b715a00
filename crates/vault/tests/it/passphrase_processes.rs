//! The passphrase vault used by several processes, some of which are killed.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use domain::Secret;
use tempfile::TempDir;

use crate::support::{PASSPHRASE, account, open_passphrase, this_test_alone};

const HOME: &str = "PAYDESK_TEST_HOME";
const WRITER: &str = "PAYDESK_TEST_WRITER";
const WRITES: &str = "PAYDESK_TEST_WRITES";

fn writer(home: &TempDir, name: &str, writes: u32) -> Command {
    let mut command = this_test_alone("passphrase_processes::inner_writer");
    command
        .env(HOME, home.path())
        .env(WRITER, name)
        .env(WRITES, writes.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}

/// The number in a line with which a writer tells that its entry is stored.
fn acknowledged(line: &str) -> Option<u32> {
    line.split("stored ").nth(1)?.trim().parse().ok()
}

#[tokio::test]
#[ignore = "started by the tests of this file as a process of its own"]
async fn inner_writer() {
    let home = PathBuf::from(std::env::var_os(HOME).unwrap());
    let name = std::env::var(WRITER).unwrap();
    let writes: u32 = std::env::var(WRITES).unwrap().parse().unwrap();
    let vault = open_passphrase(&home, PASSPHRASE).await.unwrap();
    for index in 0..writes {
        let secret = Secret::new(format!("{name} {index}"));
        vault.set(&account(&format!("{name}-{index}")), &secret).await.unwrap();
        println!("stored {index}");
    }
}

async fn assert_all_there(home: &TempDir, name: &str, count: u32) {
    let vault = open_passphrase(home.path(), PASSPHRASE).await.unwrap();
    for index in 0..count {
        let found = vault.get(&account(&format!("{name}-{index}"))).await.unwrap();
        assert_eq!(found, Some(Secret::new(format!("{name} {index}"))), "{name} {index} is lost");
    }
}

#[tokio::test]
async fn processes_that_make_and_write_the_file_at_once_lose_no_entry() {
    let home = TempDir::new().unwrap();
    let names = ["one", "two", "three"];
    let writers: Vec<_> = names.iter().map(|name| writer(&home, name, 15).spawn().unwrap()).collect();
    for writer in writers {
        let output = writer.wait_with_output().unwrap();
        crate::support::assert_one_passed(&output);
    }
    for name in names {
        assert_all_there(&home, name, 15).await;
    }
}

#[tokio::test]
async fn d01_a_writer_killed_at_any_moment_loses_nothing_it_acknowledged() {
    let home = TempDir::new().unwrap();
    for round in 0..8_u32 {
        let name = format!("round{round}");
        let mut child = writer(&home, &name, 100_000).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut stored = 0;
        // Each round kills after another number of writes, at whatever the next one is doing.
        while stored <= 2 * round {
            let line = lines.next().unwrap().unwrap();
            if let Some(index) = acknowledged(&line) {
                stored = index + 1;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            stored = acknowledged(&line).map_or(stored, |index| index + 1);
        }
        assert_all_there(&home, &name, stored).await;
    }
    assert_all_there(&home, "round0", 1).await;
}
