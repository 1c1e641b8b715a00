//! Files that are not what they should be: a typed refusal, and not one byte changed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use domain::{Kind, Record};
use mirror::{Mirror, MirrorError};
use sqlx::Connection;

use crate::support::*;

/// Bytes of a page of the file.
const PAGE_BYTES: usize = 4_096;

async fn filled(home: &Home) {
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    let page: Vec<_> = (0..300)
        .map(|number| {
            let mut one = payment(&format!("ch_{number}"), 1_000 + number);
            one.description = Some(format!("order {number}"));
            seen(Record::Payment(one), NOON)
        })
        .collect();
    mirror.commit_page(account, &page, None).await.unwrap();
    mirror.close().await.unwrap();
}

async fn refused_untouched(home: &Home, code: &str) {
    let before = fs::read(home.file()).unwrap();
    let error = home.refusal().await;
    assert_eq!(error.code(), code, "{error}");
    assert!(fs::read(home.file()).unwrap() == before, "the file was changed");
}

#[tokio::test]
async fn d14_zero_length_db() {
    for home in [Home::encrypted(), Home::plain()] {
        fs::write(home.file(), b"").unwrap();
        refused_untouched(&home, "mirror_empty_file").await;
    }
}

#[tokio::test]
async fn d15_not_a_db() {
    for home in [Home::encrypted(), Home::plain()] {
        fs::write(home.file(), b"just a note to myself").unwrap();
        refused_untouched(&home, "mirror_not_a_database").await;
        fs::write(home.file(), vec![0x5a; 8192]).unwrap();
        let code = if home.key.is_some() { "mirror_wrong_key" } else { "mirror_key_missing" };
        refused_untouched(&home, code).await;
    }
    let home = Home::plain();
    let mut header_only = b"SQLite format 3\0".to_vec();
    header_only.extend(vec![0xff; 4080]);
    fs::write(home.file(), header_only).unwrap();
    refused_untouched(&home, "mirror_corrupt").await;
}

#[tokio::test]
async fn d15_another_programs_db() {
    let home = Home::plain();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(home.file()).create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("create table bookmarks (address text)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    refused_untouched(&home, "mirror_not_a_database").await;
}

#[tokio::test]
async fn d16_newer_schema() {
    let home = Home::plain();
    filled(&home).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(home.file());
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("pragma user_version = 99").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    refused_untouched(&home, "mirror_newer_file").await;
    match home.refusal().await {
        MirrorError::NewerFile { file_version: 99, program_version: 3..99 } => {}
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn d17_wrong_passphrase() {
    let mut home = Home::encrypted();
    filled(&home).await;
    let right = home.key.replace(Mirror::generate_key().unwrap());
    refused_untouched(&home, "mirror_wrong_key").await;
    home.key = right;
    assert_eq!(home.open().await.count(Kind::Payments, None).await.unwrap(), 300);
}

#[tokio::test]
async fn d18_keyring_entry_lost() {
    let mut home = Home::encrypted();
    filled(&home).await;
    home.key = None;
    refused_untouched(&home, "mirror_key_missing").await;
}

#[tokio::test]
async fn a_plain_file_is_not_taken_for_an_encrypted_one() {
    let mut home = Home::plain();
    filled(&home).await;
    home.key = Some(Mirror::generate_key().unwrap());
    refused_untouched(&home, "mirror_plain_file").await;
}

/// Reads everything; damage must show as an error and never as another amount.
async fn read_all(home: &Home) -> Result<(), MirrorError> {
    let mirror = Mirror::open(home.options()).await?;
    let outcome = async {
        let page = mirror.find("", everywhere(), 1000, None).await?;
        assert_eq!(page.items.len(), 300);
        for found in &page.items {
            let number: i64 = found.payment.vendor_id[3..].parse().unwrap();
            assert_eq!(found.payment.amount.minor, 1_000 + number);
            mirror.raw(found.account_id, Kind::Payments, &found.payment.vendor_id).await?;
        }
        Ok(())
    }
    .await;
    mirror.close().await?;
    outcome
}

#[tokio::test]
async fn d13_byte_flips() {
    let home = Home::encrypted();
    filled(&home).await;
    let whole = fs::read(home.file()).unwrap();
    let mut noticed_by_reading = 0;
    for step in 0..60_usize {
        let place = step * whole.len() / 60 + step % 7;
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (step % 8);
        fs::write(home.file(), &damaged).unwrap();
        match read_all(&home).await {
            // The page holds what this reading does not touch, such as an index of another table;
            // then the check of the whole file tells it.
            Ok(()) => {
                let mirror = home.open().await;
                let problems = mirror.integrity_problems().await;
                assert!(!matches!(&problems, Ok(found) if found.is_empty()), "{place} went unnoticed");
                mirror.close().await.unwrap();
            }
            Err(MirrorError::Corrupt { .. } | MirrorError::WrongKey) => noticed_by_reading += 1,
            Err(other) => panic!("{place}: {} {other}", other.code()),
        }
    }
    assert!(noticed_by_reading > 0);
    fs::write(home.file(), &whole).unwrap();
    read_all(&home).await.unwrap();
}

#[tokio::test]
async fn d10_wal_deleted_and_d12_shm_stale() {
    let home = Home::encrypted();
    filled(&home).await;
    fs::write(home.folder().join("mirror-test.db-shm"), vec![7; 32_768]).unwrap();
    read_all(&home).await.unwrap();
    let _gone = fs::remove_file(home.folder().join("mirror-test.db-wal"));
    read_all(&home).await.unwrap();
}

#[tokio::test]
async fn d10_database_deleted_beside_its_wal() {
    let home = Home::encrypted();
    fs::write(home.folder().join("mirror-test.db-wal"), b"what is left").unwrap();
    assert_eq!(home.refusal().await.code(), "mirror_leftover_log");
    assert!(!home.file().exists());
}

#[tokio::test]
async fn d11_wal_of_another_db() {
    let (home, other) = (Home::encrypted(), Home::encrypted());
    filled(&home).await;
    let mirror = other.open().await;
    add_account(&mirror, "other").await;
    let foreign = fs::read(other.folder().join("mirror-test.db-wal")).unwrap();
    assert!(!foreign.is_empty());
    fs::write(home.folder().join("mirror-test.db-wal"), &foreign).unwrap();
    let before = fs::read(home.file()).unwrap();
    let error = home.refusal().await;
    assert_eq!(error.code(), "mirror_corrupt", "{error}");
    assert!(error.to_string().contains("log"), "{error}");
    assert!(fs::read(home.file()).unwrap() == before);
    fs::remove_file(home.folder().join("mirror-test.db-wal")).unwrap();
    read_all(&home).await.unwrap();
}

/// The newest frame of each page of a log, in the order in which they are moved into the file: four bytes of number,
/// twenty of other facts and then the page (sqlite.org/fileformat2.html, "WAL File Format").
fn pages_of_log(log: &[u8]) -> BTreeMap<usize, &[u8]> {
    let frames = log[32..].chunks_exact(24 + PAGE_BYTES);
    frames.map(|frame| (u32::from_be_bytes(frame[..4].try_into().unwrap()) as usize, &frame[24..])).collect()
}

#[tokio::test]
async fn d02_killed_while_the_log_was_moved_into_the_file() {
    for home in [Home::encrypted(), Home::plain()] {
        let log_file = home.folder().join("mirror-test.db-wal");
        let mirror = home.open().await;
        let account = add_account(&mirror, "shop").await;
        let records: Vec<_> = (0..300)
            .map(|number| seen(Record::Payment(payment(&format!("ch_{number}"), 1_000 + number)), NOON))
            .collect();
        mirror.commit_page(account, &records, None).await.unwrap();
        let (before, log) = (fs::read(home.file()).unwrap(), fs::read(&log_file).unwrap());
        mirror.close().await.unwrap();
        let pages = pages_of_log(&log);
        assert!(pages.keys().any(|page| page * PAGE_BYTES > before.len()), "the file grows");
        for moved in [1, 2, pages.len() / 2, pages.len() - 1, pages.len()] {
            let mut torn = before.clone();
            for (number, page) in pages.iter().take(moved) {
                let end = number * PAGE_BYTES;
                torn.resize(torn.len().max(end), 0);
                torn[end - PAGE_BYTES..end].copy_from_slice(page);
            }
            fs::write(home.file(), &torn).unwrap();
            fs::write(&log_file, &log).unwrap();
            if let Some(key) = &home.key {
                assert!(mirror::opens(&home.file(), key).await.unwrap(), "{moved} of {} moved", pages.len());
                let other = Mirror::generate_key().unwrap();
                assert!(!mirror::opens(&home.file(), &other).await.unwrap(), "{moved} moved, another key");
                assert!(fs::read(home.file()).unwrap() == torn && fs::read(&log_file).unwrap() == log);
            }
            let mirror = home.open().await;
            assert_eq!(mirror.count(Kind::Payments, Some(account)).await.unwrap(), 300, "{moved} moved");
            mirror.close().await.unwrap();
        }
    }
}

#[tokio::test]
async fn d20_symlinked_profile() {
    let real = tempfile::tempdir().unwrap();
    let around = tempfile::tempdir().unwrap();
    let link = around.path().join("home");
    std::os::unix::fs::symlink(real.path(), &link).unwrap();
    let mut options = Home::plain().options();
    options.path = link.join("mirror-test.db");
    assert_eq!(Mirror::open(options.clone()).await.unwrap_err().code(), "mirror_symlink");
    let home = Home::plain();
    fs::write(real.path().join("elsewhere"), b"x").unwrap();
    std::os::unix::fs::symlink(real.path().join("elsewhere"), home.file()).unwrap();
    assert_eq!(home.refusal().await.code(), "mirror_symlink");
    assert_eq!(fs::read(real.path().join("elsewhere")).unwrap(), b"x");
}

#[tokio::test]
async fn d21_world_readable_profile() {
    let home = Home::plain();
    filled(&home).await;
    let open_to_all =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    open_to_all(home.folder(), 0o755);
    open_to_all(&home.file(), 0o644);
    let mirror = home.open().await;
    assert!(mirror.self_test().await.unwrap().passed());
    assert_eq!(fs::metadata(home.folder()).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(home.file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn d06_enospc() {
    let home = Home::plain();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    // The database's own limit on pages fails as a full disk does, in the middle of a page.
    mirror.limit_size(Some(512 * 1024)).await.unwrap();
    let page: Vec<_> =
        (0..2_000).map(|n| seen(Record::Payment(payment(&format!("ch_{n}"), 1)), NOON)).collect();
    let full = mirror.commit_page(account, &page, None).await.map(|_| ()).unwrap_err();
    assert!(matches!(full, MirrorError::DiskFull), "{full}");
    assert_eq!(mirror.count(Kind::Payments, None).await.unwrap(), 0);
    mirror.limit_size(None).await.unwrap();
    mirror.commit_page(account, &page, None).await.unwrap();
    assert_eq!(mirror.count(Kind::Payments, None).await.unwrap(), 2_000);
}

#[tokio::test]
async fn d05_torn_page_in_the_file() {
    let home = Home::encrypted();
    filled(&home).await;
    let length = fs::metadata(home.file()).unwrap().len();
    let mut file = fs::OpenOptions::new().write(true).open(home.file()).unwrap();
    file.seek(SeekFrom::Start(length / 2 / 4096 * 4096)).unwrap();
    file.write_all(&[0; 2048]).unwrap();
    drop(file);
    match read_all(&home).await {
        Ok(()) | Err(MirrorError::Corrupt { .. }) => {}
        Err(other) => panic!("{} {other}", other.code()),
    }
}

#[tokio::test]
async fn d03_sigkill_while_the_file_is_made() {
    for home in [Home::encrypted(), Home::plain()] {
        fs::write(home.folder().join("mirror-test.db.creating"), b"half made").unwrap();
        fs::write(home.folder().join("mirror-test.db.creating-journal"), vec![1; 600]).unwrap();
        filled(&home).await;
        read_all(&home).await.unwrap();
    }
}
