//! Opening: settings, modes, encryption, two at once.

use std::os::unix::fs::PermissionsExt;

use domain::{Environment, Record, Secret};
use mirror::Mirror;

use crate::support::*;

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_self_test_passes_and_names_every_setting() {
    let (_home, mirror, _account) = shop().await;
    let test = mirror.self_test().await.unwrap();
    assert!(test.passed(), "{test:#?}");
    assert!(test.encrypted && test.cipher_version.is_some());
    assert!((3..99).contains(&test.schema_version), "{}", test.schema_version);
    for name in [
        "journal_mode",
        "synchronous",
        "fullfsync",
        "checkpoint_fullfsync",
        "foreign_keys",
        "trusted_schema",
        "cell_size_check",
        "mmap_size",
        "secure_delete",
        "wal_autocheckpoint",
        "query_only",
    ] {
        for role in ["writer", "reader", "finder"] {
            assert!(test.checks.iter().any(|check| check.name == format!("{role}.{name}")), "{role}.{name}");
        }
    }
    let of = |name: &str| test.checks.iter().find(|check| check.name == name).unwrap().found.clone();
    assert_eq!((of("writer.synchronous"), of("writer.journal_mode")), ("2".to_owned(), "wal".to_owned()));
    assert_eq!((of("reader.wal_autocheckpoint"), of("reader.query_only")), ("0".to_owned(), "1".to_owned()));
}

#[tokio::test]
async fn files_are_private_in_a_private_home() {
    let (home, mirror, _account) = shop().await;
    assert_eq!(mode(home.folder()), 0o700);
    for entry in std::fs::read_dir(home.folder()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    mirror.close().await.unwrap();
}

#[tokio::test]
async fn an_encrypted_file_shows_nothing_and_a_plain_one_is_told() {
    const CANARY: &str = "canary-4f1b2c";
    for home in [Home::encrypted(), Home::plain()] {
        let mirror = home.open().await;
        assert_eq!(mirror.encrypted(), home.key.is_some());
        assert_eq!(mirror.self_test().await.unwrap().encrypted, home.key.is_some());
        let account = add_account(&mirror, CANARY).await;
        let mut one = payment("ch_1", 500);
        one.email = Some(format!("{CANARY}@example.org"));
        mirror.commit_page(account, &[seen(Record::Payment(one), NOON)], None).await.unwrap();
        let holds = |needle: &[u8]| {
            std::fs::read_dir(home.folder()).unwrap().any(|entry| {
                let bytes = std::fs::read(entry.unwrap().path()).unwrap();
                bytes.windows(needle.len()).any(|window| window == needle)
            })
        };
        assert_eq!(holds(CANARY.as_bytes()), home.key.is_none());
        mirror.close().await.unwrap();
        assert_eq!(holds(CANARY.as_bytes()), home.key.is_none());
        assert_eq!(holds(b"SQLite format 3"), home.key.is_none());
        assert_eq!(home.open().await.accounts().list().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn keys_are_64_digits_and_never_the_same() {
    let key = Mirror::generate_key().unwrap();
    assert_eq!(key.expose().len(), 64);
    assert!(key.expose().bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_ne!(key, Mirror::generate_key().unwrap());
    for bad in ["", "abc", &"g".repeat(64), &format!("{}'; x", "a".repeat(60)), &"a".repeat(65)] {
        let mut home = Home::plain();
        home.key = Some(Secret::new(bad));
        assert_eq!(home.refusal().await.code(), "mirror_key_malformed");
        assert!(!home.file().exists());
    }
}

#[tokio::test]
async fn d19_two_instances() {
    let (home, mirror, _account) = shop().await;
    assert_eq!(home.refusal().await.code(), "mirror_already_open");
    mirror.close().await.unwrap();
    let again = home.open().await;
    again.close().await.unwrap();
}

#[tokio::test]
async fn a_closed_mirror_says_so_to_its_other_clones() {
    let (home, mirror, account) = shop().await;
    let clone = mirror.clone();
    mirror.close().await.unwrap();
    assert!(!home.folder().join("mirror-test.db-wal").exists());
    assert_eq!(clone.accounts().list().await.unwrap_err().code(), "mirror_closed");
    assert_eq!(clone.commit_page(account, &[], None).await.unwrap_err().code(), "mirror_closed");
}

#[tokio::test]
async fn a_file_of_another_environment_is_refused() {
    let home = Home::encrypted();
    home.open().await.close().await.unwrap();
    let mut options = home.options();
    options.environment = Environment::Live;
    assert_eq!(Mirror::open(options).await.unwrap_err().code(), "mirror_wrong_environment");
}

#[tokio::test]
async fn readers_cannot_write_and_the_rows_they_see_are_committed() {
    let (_home, mirror, account) = shop().await;
    let page: Vec<_> =
        (0..200).map(|n| seen(Record::Payment(payment(&format!("ch_{n}"), 100)), NOON)).collect();
    let reading = async {
        for _ in 0..50 {
            let count = mirror.count(domain::Kind::Payments, None).await.unwrap();
            assert!(count == 0 || count == 200, "{count}");
        }
    };
    let (written, ()) = tokio::join!(mirror.commit_page(account, &page, None), reading);
    written.unwrap();
}
