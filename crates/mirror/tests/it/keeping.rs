//! Copies, their return, and other keys.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use domain::intent::{IntentKind, IntentState};
use domain::{Environment, Kind, Record, Secret};
use mirror::{Mirror, MirrorError, OpenOptions, RestoreOptions, restore};

use crate::support::*;

const FOLDER: &str = "MIRROR_KEEPING_FOLDER";
const KEYS: &str = "MIRROR_KEEPING_KEYS";

async fn filled(mirror: &Mirror, label: &str, payments: i64) -> domain::AccountId {
    let account = add_account(mirror, label).await;
    let page: Vec<_> =
        (0..payments).map(|n| seen(Record::Payment(payment(&format!("ch_{n}"), 100 + n)), NOON)).collect();
    mirror.commit_page(account, &page, None).await.unwrap();
    account
}

fn back(home: &Home, from: PathBuf) -> RestoreOptions {
    RestoreOptions {
        from,
        path: home.file(),
        environment: Environment::Test,
        key: home.key.clone(),
        now: at(NOON + 9),
    }
}

#[tokio::test]
async fn a_copy_is_made_while_others_write_and_is_as_closed_as_the_file() {
    for home in [Home::encrypted(), Home::plain()] {
        let mirror = home.open().await;
        let account = filled(&mirror, "shop", 300).await;
        let to = home.folder().join("copy.db");
        let writing = async {
            for number in 0..20 {
                let page = [seen(Record::Payment(payment(&format!("late_{number}"), 1)), NOON)];
                mirror.commit_page(account, &page, None).await.unwrap();
            }
        };
        let (copied, ()) = tokio::join!(mirror.backup(&to, home.key.as_ref()), writing);
        let copied = copied.unwrap();
        assert_eq!(copied.encrypted, home.key.is_some());
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&to).unwrap().starts_with(b"SQLite format 3"), home.key.is_none());
        let before = fs::read(&to).unwrap();
        let again = mirror.backup(&to, home.key.as_ref()).await.unwrap_err();
        assert_eq!(again.code(), "file_exists");
        assert!(fs::read(&to).unwrap() == before, "a copy was written over");
        let opened = Mirror::open(OpenOptions { path: to, ..home.options() }).await.unwrap();
        assert!(opened.count(Kind::Payments, None).await.unwrap() >= 300);
        assert!(opened.health().await.unwrap().iter().all(mirror::SelfCheck::passed));
    }
}

#[tokio::test]
async fn a_copy_into_a_folder_that_is_not_there_leaves_nothing() {
    let (home, mirror, _) = shop().await;
    let error = mirror.backup(&home.folder().join("none/copy.db"), home.key.as_ref()).await.unwrap_err();
    assert_eq!(error.code(), "mirror_io", "{error}");
    let names: Vec<_> = fs::read_dir(home.folder()).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("unfinished")), "{names:?}");
}

/// What the child runs: copies for ever.
#[tokio::test]
async fn child_copies_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let Ok(key) = std::env::var(KEYS) else { return };
    let folder = PathBuf::from(folder);
    let key = Some(Secret::new(key));
    let options =
        OpenOptions { path: folder.join("mirror-test.db"), key: key.clone(), ..Home::plain().options() };
    let mirror = Mirror::open(options).await.unwrap();
    for number in 0.. {
        println!("copying");
        mirror.backup(&folder.join(format!("copy-{number}.db")), key.as_ref()).await.unwrap();
    }
}

#[tokio::test]
async fn d04_sigkill_in_backup() {
    let home = Home::encrypted();
    let mirror = home.open().await;
    filled(&mirror, "shop", 2_000).await;
    mirror.close().await.unwrap();
    let mut whole = 0;
    for round in 0..6_u64 {
        kill_after("keeping::child_copies_until_it_is_killed", &home, &home.key, "copying", 5 + round * 29);
        for entry in fs::read_dir(home.folder()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("copy-") && name.ends_with(".db") {
                // Whatever has the name of a copy is whole.
                let copy = Mirror::open(OpenOptions { path: path.clone(), ..home.options() }).await.unwrap();
                assert_eq!(copy.count(Kind::Payments, None).await.unwrap(), 2_000);
                assert_eq!(copy.integrity_problems().await.unwrap(), Vec::<String>::new());
                copy.close().await.unwrap();
                whole += 1;
            }
            if name.starts_with("copy-") {
                fs::remove_file(&path).unwrap();
            }
        }
    }
    assert!(whole > 0, "no copy was ever finished, so nothing was tried");
}

/// Starts a child of these tests, waits until it says the word, and kills it a while later.
fn kill_after(test: &str, home: &Home, key: &Option<Secret>, word: &str, wait_ms: u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, home.folder())
        .env(KEYS, key.as_ref().unwrap().expose())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // The second time it says so, the first one is done.
    for _ in 0..2 {
        line.clear();
        while !line.contains(word) {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "the child ended before it began");
        }
    }
    let until = Instant::now() + Duration::from_millis(wait_ms);
    while Instant::now() < until {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn d23_restore_of_an_old_backup_with_open_intents() {
    let home = Home::encrypted();
    let mirror = home.open().await;
    let account = filled(&mirror, "shop", 5).await;
    let journal = mirror.intents();
    let mut early = intent(account, IntentKind::Refund, "ch_0", 50);
    early.state = IntentState::Prepared;
    journal.insert_refund(&early, 100).await.unwrap();
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    // After the copy: the early intent settles, a late one is sent and its answer is lost.
    let mut settled = early.clone();
    settled.state = IntentState::Settled;
    settled.progress.sends = 1;
    settled.object_id = Some("re_1".to_owned());
    settled.updated_at = at(NOON + 5);
    assert!(journal.update(&settled, IntentState::Prepared).await.unwrap());
    let mut late = intent(account, IntentKind::Refund, "ch_1", 60);
    late.state = IntentState::Prepared;
    journal.insert_refund(&late, 101).await.unwrap();
    mirror.close().await.unwrap();

    let done = restore(&back(&home, copy.clone())).await.unwrap();
    assert_eq!((done.carried_intents, done.held_intents), (Some(2), 1), "{done:?}");
    let kept = done.kept.unwrap();
    assert!(kept.exists() && copy.exists());
    let mirror = home.open().await;
    let known = mirror.intents().by_id(early.id).await.unwrap().unwrap();
    assert_eq!((known.state, known.object_id.as_deref()), (IntentState::Settled, Some("re_1")));
    let held = mirror.intents().by_id(late.id).await.unwrap().unwrap();
    assert_eq!(held.state, IntentState::Unsettled);
    assert!(held.progress.key_spent && held.progress.doubtful);
    assert_eq!(held.problem_code.as_deref(), Some(mirror::RESTORED_PROBLEM));
    // It still holds its payment, and the machine never asks to send it.
    let second = intent(account, IntentKind::Refund, "ch_1", 10);
    assert_eq!(mirror.intents().insert_refund(&second, 101).await.unwrap_err().code(), "open_intent_exists");
    let next = domain::intent::step(
        held.state,
        held.progress,
        held.key_expires_at,
        domain::intent::Input::Due {
            now: domain::intent::Now { here: at(NOON + 10), at_vendor: Some(at(NOON + 10)) },
            changed_at: at(NOON + 10),
        },
    );
    assert_eq!(next.unwrap().effect, domain::intent::Effect::Look);
}

#[tokio::test]
async fn a_restore_over_a_damaged_file_holds_back_what_the_copy_knew_as_open() {
    let home = Home::encrypted();
    let mirror = home.open().await;
    let account = filled(&mirror, "shop", 5).await;
    let mut open = intent(account, IntentKind::Refund, "ch_0", 50);
    open.state = IntentState::Prepared;
    mirror.intents().insert_refund(&open, 100).await.unwrap();
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    mirror.close().await.unwrap();
    fs::write(home.file(), vec![0x5a; 8192]).unwrap();
    let done = restore(&back(&home, copy)).await.unwrap();
    assert_eq!((done.carried_intents, done.held_intents), (None, 1));
    assert_eq!(fs::read(done.kept.unwrap()).unwrap(), vec![0x5a; 8192]);
    let mirror = home.open().await;
    let held = mirror.intents().by_id(open.id).await.unwrap().unwrap();
    assert!(held.state == IntentState::Unsettled && held.progress.key_spent);
}

#[tokio::test]
async fn what_cannot_be_restored_leaves_the_present_file_alone() {
    let home = Home::encrypted();
    let mirror = home.open().await;
    filled(&mirror, "shop", 5).await;
    mirror.close().await.unwrap();
    let before = fs::read(home.file()).unwrap();
    let refuse = async |from: PathBuf, code: &str| {
        let error = restore(&back(&home, from)).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(fs::read(home.file()).unwrap() == before);
        assert!(!home.folder().join("mirror-test.db.restoring").exists());
    };
    refuse(home.folder().join("none.db"), "file_missing").await;
    fs::write(home.folder().join("note.db"), b"just a note").unwrap();
    refuse(home.folder().join("note.db"), "mirror_not_a_database").await;
    // Another home's copy, under another key.
    let other = Home::encrypted();
    let stranger = other.open().await;
    let copy = other.folder().join("copy.db");
    stranger.backup(&copy, other.key.as_ref()).await.unwrap();
    refuse(copy, "mirror_wrong_key").await;
    // The copy of another environment under the same key.
    let live = home.folder().join("mirror-live.db");
    let options = OpenOptions { path: live.clone(), environment: Environment::Live, ..home.options() };
    let mirror = Mirror::open(options).await.unwrap();
    let live_copy = home.folder().join("live-copy.db");
    mirror.backup(&live_copy, home.key.as_ref()).await.unwrap();
    refuse(live_copy, "mirror_wrong_environment").await;
    // A file that another Paydesk has open.
    let open = home.open().await;
    let copy = home.folder().join("copy.db");
    open.backup(&copy, home.key.as_ref()).await.unwrap();
    assert_eq!(restore(&back(&home, copy)).await.unwrap_err().code(), "mirror_already_open");
}

#[tokio::test]
async fn another_key_opens_the_file_and_the_old_one_does_not() {
    let mut home = Home::encrypted();
    let mirror = home.open().await;
    filled(&mirror, "shop", 300).await;
    let (old, new) = (home.key.clone().unwrap(), Mirror::generate_key().unwrap());
    let busy = mirror::rekey(&home.file(), Environment::Test, &old, &new).await.unwrap_err();
    assert_eq!(busy.code(), "mirror_already_open");
    mirror.close().await.unwrap();
    let wrong = mirror::rekey(&home.file(), Environment::Test, &new, &old).await.unwrap_err();
    assert_eq!(wrong.code(), "mirror_wrong_key");
    mirror::rekey(&home.file(), Environment::Test, &old, &new).await.unwrap();
    assert!(mirror::opens(&home.file(), &new).await.unwrap());
    assert!(!mirror::opens(&home.file(), &old).await.unwrap());
    assert_eq!(home.refusal().await.code(), "mirror_wrong_key");
    home.key = Some(new);
    let mirror = home.open().await;
    assert_eq!(mirror.count(Kind::Payments, None).await.unwrap(), 300);
    assert!(mirror.health().await.unwrap().iter().all(mirror::SelfCheck::passed));
    assert!(mirror.self_test().await.unwrap().passed());
}

/// What the child runs: the file goes from one key to the other and back for ever.
#[tokio::test]
async fn child_rekeys_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let Ok(keys) = std::env::var(KEYS) else { return };
    let Some((one, other)) = keys.split_once(':') else { return };
    let (mut from, mut to) = (Secret::new(one), Secret::new(other));
    let path = PathBuf::from(folder).join("mirror-test.db");
    if !mirror::opens(&path, &from).await.unwrap() {
        std::mem::swap(&mut from, &mut to);
    }
    loop {
        println!("rekeying");
        mirror::rekey(&path, Environment::Test, &from, &to).await.unwrap();
        std::mem::swap(&mut from, &mut to);
    }
}

#[tokio::test]
async fn a_rekey_killed_at_any_moment_leaves_a_file_that_one_of_the_two_keys_opens() {
    let mut home = Home::encrypted();
    let mirror = home.open().await;
    filled(&mirror, "shop", 2_000).await;
    mirror.close().await.unwrap();
    let keys = [home.key.clone().unwrap(), Mirror::generate_key().unwrap()];
    let both = Some(Secret::new(format!("{}:{}", keys[0].expose(), keys[1].expose())));
    for round in 0..8_u64 {
        kill_after("keeping::child_rekeys_until_it_is_killed", &home, &both, "rekeying", 3 + round * 31);
        let first = mirror::opens(&home.file(), &keys[0]).await.unwrap();
        let second = mirror::opens(&home.file(), &keys[1]).await.unwrap();
        assert!(first != second, "the file opens with one key and one only");
        home.key = Some(keys[usize::from(second)].clone());
        let mirror = home.open().await;
        assert_eq!(mirror.count(Kind::Payments, None).await.unwrap(), 2_000);
        assert_eq!(mirror.integrity_problems().await.unwrap(), Vec::<String>::new());
        mirror.close().await.unwrap();
    }
}

#[tokio::test]
async fn d22_a_log_of_a_hundred_megabytes_is_taken_in() {
    let home = Home::encrypted();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    // A reader that stays on an old page keeps the log from being moved, which is how logs grow.
    let reader = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(home.file())
        .pragma("key", format!("\"x'{}'\"", home.key.as_ref().unwrap().expose()));
    let mut reader = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&reader).await.unwrap();
    sqlx::query("begin").execute(&mut reader).await.unwrap();
    sqlx::query("select count(*) from accounts").fetch_one(&mut reader).await.unwrap();
    let log = home.folder().join("mirror-test.db-wal");
    let mut number = 0;
    while fs::metadata(&log).map_or(0, |facts| facts.len()) < 100 * 1024 * 1024 {
        let page: Vec<_> = (number..number + 2_000)
            .map(|n| {
                let mut one = payment(&format!("ch_{n}"), 1);
                one.description = Some(format!("{n} {}", "words and more words ".repeat(20)));
                seen(Record::Payment(one), NOON)
            })
            .collect();
        mirror.commit_page(account, &page, None).await.unwrap();
        number += 2_000;
    }
    // The process ends without closing: what it had is copied as a kill leaves it.
    let mut after = Home::encrypted();
    for ending in ["", "-wal"] {
        fs::copy(
            home.folder().join(format!("mirror-test.db{ending}")),
            after.folder().join(format!("mirror-test.db{ending}")),
        )
        .unwrap();
    }
    after.key = home.key.clone();
    let opened = after.open().await;
    assert_eq!(opened.count(Kind::Payments, None).await.unwrap(), number);
    assert_eq!(opened.integrity_problems().await.unwrap(), Vec::<String>::new());
    opened.close().await.unwrap();
    let left = fs::metadata(after.folder().join("mirror-test.db-wal")).map_or(0, |facts| facts.len());
    assert_eq!(left, 0, "the log was not moved into the file");
    match mirror.backup(&home.folder().join("copy.db"), home.key.as_ref()).await {
        Ok(_) => {}
        Err(MirrorError::Busy) => panic!("a copy waits for no reader"),
        Err(other) => panic!("{other}"),
    }
}
