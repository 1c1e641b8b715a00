//! The passphrase vault over real files.

use std::fs;
use std::path::{Path, PathBuf};

use domain::{Environment, Secret};
use tempfile::TempDir;
use vault::{EntryName, PassphraseSource, Vault, VaultKind};

use crate::support::{
    CANARY, PASSPHRASE, account, canary, files_with, open_passphrase, open_passphrase_from,
};

fn vault_file(home: &TempDir) -> PathBuf {
    home.path().join("vault.bin")
}

async fn home_with_canary() -> (TempDir, Vault) {
    let home = TempDir::new().unwrap();
    let vault = open_passphrase(home.path(), PASSPHRASE).await.unwrap();
    vault.set(&account("a1"), &canary()).await.unwrap();
    (home, vault)
}

fn names_in(home: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn keeps_reads_replaces_and_removes() {
    let (home, vault) = home_with_canary().await;
    assert_eq!(vault.kind(), VaultKind::Passphrase);
    let mirror = EntryName::MirrorKey(Environment::Live);
    vault.set(&mirror, &Secret::new("line\nbreak \"quotes\" \u{1f511}")).await.unwrap();
    vault.set(&account("a1"), &Secret::new("sk_test_2")).await.unwrap();

    let again = open_passphrase(home.path(), PASSPHRASE).await.unwrap();
    assert_eq!(again.get(&account("a1")).await.unwrap(), Some(Secret::new("sk_test_2")));
    assert_eq!(again.get(&mirror).await.unwrap(), Some(Secret::new("line\nbreak \"quotes\" \u{1f511}")));
    assert_eq!(again.get(&account("a2")).await.unwrap(), None);

    again.delete(&account("a1")).await.unwrap();
    again.delete(&account("a1")).await.unwrap();
    assert_eq!(vault.get(&account("a1")).await.unwrap(), None, "the first handle must see the removal");
    assert!(vault.get(&mirror).await.unwrap().is_some(), "removing one entry must keep the others");
}

#[tokio::test]
async fn nothing_is_made_before_the_first_set() {
    let home = TempDir::new().unwrap();
    let vault = open_passphrase(home.path(), PASSPHRASE).await.unwrap();
    assert_eq!(vault.get(&account("a1")).await.unwrap(), None);
    vault.delete(&account("a1")).await.unwrap();
    vault.probe().await.unwrap();
    assert_eq!(names_in(home.path()), Vec::<String>::new());
}

#[tokio::test]
async fn probe_leaves_the_file_as_it_was() {
    let (home, vault) = home_with_canary().await;
    let before = (names_in(home.path()), fs::read(vault_file(&home)).unwrap());
    vault.probe().await.unwrap();
    assert_eq!(before, (names_in(home.path()), fs::read(vault_file(&home)).unwrap()));
}

#[tokio::test]
async fn g34_the_secret_is_in_no_file_of_the_home() {
    let (home, vault) = home_with_canary().await;
    vault.set(&account("a2"), &canary()).await.unwrap();
    vault.delete(&account("a2")).await.unwrap();
    assert_eq!(files_with(home.path(), CANARY), Vec::<String>::new());
    assert_eq!(files_with(home.path(), PASSPHRASE), Vec::<String>::new());
    assert_eq!(files_with(home.path(), "account-key"), Vec::<String>::new());
    fs::write(home.path().join("leak"), CANARY).unwrap();
    assert_eq!(files_with(home.path(), CANARY).len(), 1, "the scan itself must be able to find it");
}

#[cfg(unix)]
#[tokio::test]
async fn t16_the_files_and_a_new_home_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let parent = TempDir::new().unwrap();
    let home = parent.path().join("deep/home");
    let vault = open_passphrase(&home, PASSPHRASE).await.unwrap();
    vault.set(&account("a1"), &canary()).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&home), 0o700);
    for name in names_in(&home) {
        assert_eq!(mode(&home.join(&name)), 0o600, "{name}");
    }
    // A file that a copy tool has opened to others is closed again by the next write.
    fs::set_permissions(home.join("vault.bin"), fs::Permissions::from_mode(0o644)).unwrap();
    vault.set(&account("a2"), &canary()).await.unwrap();
    assert_eq!(mode(&home.join("vault.bin")), 0o600);
}

#[tokio::test]
async fn d17_wrong_passphrase() {
    let (home, _vault) = home_with_canary().await;
    let before = fs::read(vault_file(&home)).unwrap();
    for wrong in ["correct horse battery staplf", "correct horse battery staple ", "Correct Horse"] {
        let error = open_passphrase(home.path(), wrong).await.unwrap_err();
        assert_eq!(error.code(), "wrong_passphrase");
        assert!(!format!("{error} {error:?}").contains(wrong), "{error:?}");
    }
    assert_eq!(fs::read(vault_file(&home)).unwrap(), before);
}

#[tokio::test]
async fn d17_a_file_made_meanwhile_under_another_passphrase_is_not_overwritten() {
    let home = TempDir::new().unwrap();
    let early = open_passphrase(home.path(), "another passphrase").await.unwrap();
    let vault = open_passphrase(home.path(), PASSPHRASE).await.unwrap();
    vault.set(&account("a1"), &canary()).await.unwrap();
    let before = fs::read(vault_file(&home)).unwrap();
    assert_eq!(early.set(&account("a2"), &canary()).await.unwrap_err().code(), "wrong_passphrase");
    assert_eq!(early.get(&account("a1")).await.unwrap_err().code(), "wrong_passphrase");
    assert_eq!(fs::read(vault_file(&home)).unwrap(), before);
}

#[tokio::test]
async fn d13_every_flipped_byte_is_an_error_and_is_never_overwritten() {
    let (home, vault) = home_with_canary().await;
    let whole = fs::read(vault_file(&home)).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x01;
        fs::write(vault_file(&home), &damaged).unwrap();
        let read = vault.get(&account("a1")).await.unwrap_err();
        assert_eq!(read.code(), "corrupt_file", "byte {at}");
        let opened = open_passphrase(home.path(), PASSPHRASE).await.unwrap_err();
        assert_eq!(opened.code(), "corrupt_file", "byte {at}");
        let name = account("a2");
        for result in [vault.set(&name, &canary()).await, vault.delete(&name).await, vault.probe().await] {
            assert_eq!(result.unwrap_err().code(), "corrupt_file", "byte {at}");
        }
        assert_eq!(fs::read(vault_file(&home)).unwrap(), damaged, "byte {at}: the file was written");
    }
    fs::write(vault_file(&home), &whole).unwrap();
    assert_eq!(vault.get(&account("a1")).await.unwrap(), Some(canary()), "a restored copy must open again");
}

#[tokio::test]
async fn d14_zero_length_and_d15_not_a_vault_are_never_overwritten() {
    let (home, vault) = home_with_canary().await;
    let whole = fs::read(vault_file(&home)).unwrap();
    let mut longer = whole.clone();
    longer.push(0);
    let database = [b"SQLite format 3\0".as_slice(), &[0; 4096]].concat();
    let cases = [Vec::new(), vec![0; 500], whole[..whole.len() / 2].to_vec(), longer, database];
    for content in cases {
        fs::write(vault_file(&home), &content).unwrap();
        assert_eq!(vault.get(&account("a1")).await.unwrap_err().code(), "corrupt_file");
        assert_eq!(vault.set(&account("a1"), &canary()).await.unwrap_err().code(), "corrupt_file");
        assert_eq!(fs::read(vault_file(&home)).unwrap(), content);
    }
}

#[tokio::test]
async fn a_rest_of_a_crash_between_temporary_file_and_rename_does_no_harm() {
    let (home, vault) = home_with_canary().await;
    let new = home.path().join("vault.bin.new");
    let whole = fs::read(vault_file(&home)).unwrap();
    for rest in [b"".as_slice(), &whole[..whole.len() / 3], &whole] {
        fs::write(&new, rest).unwrap();
        assert_eq!(vault.get(&account("a1")).await.unwrap(), Some(canary()));
        vault.set(&account("a2"), &Secret::new("sk_test_2")).await.unwrap();
        assert!(!new.exists(), "the rest was not cleared away");
    }
    let again = open_passphrase(home.path(), PASSPHRASE).await.unwrap();
    assert_eq!(again.get(&account("a1")).await.unwrap(), Some(canary()));
    assert_eq!(again.get(&account("a2")).await.unwrap(), Some(Secret::new("sk_test_2")));
}

#[tokio::test]
async fn a_write_that_fails_keeps_the_old_file() {
    let (home, vault) = home_with_canary().await;
    let before = fs::read(vault_file(&home)).unwrap();
    // A folder in the way fails for the superuser too, whom permissions do not stop.
    let in_the_way = home.path().join("vault.bin.new");
    fs::create_dir(&in_the_way).unwrap();
    let error = vault.set(&account("a1"), &Secret::new("sk_test_2")).await.unwrap_err();
    assert_eq!(error.code(), "file");
    assert!(error.to_string().contains("vault.bin.new"), "{error}");
    assert_eq!(fs::read(vault_file(&home)).unwrap(), before);
    fs::remove_dir(&in_the_way).unwrap();
    vault.set(&account("a1"), &Secret::new("sk_test_2")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_at_once_lose_no_entry() {
    let (home, vault) = home_with_canary().await;
    let other = open_passphrase(home.path(), PASSPHRASE).await.unwrap();
    let writes = (0..40).map(|index| {
        let handle = if index % 2 == 0 { vault.clone() } else { other.clone() };
        tokio::spawn(async move {
            handle.set(&account(&format!("w{index}")), &Secret::new(format!("key {index}"))).await
        })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    for index in 0..40 {
        let found = vault.get(&account(&format!("w{index}"))).await.unwrap();
        assert_eq!(found, Some(Secret::new(format!("key {index}"))));
    }
    assert_eq!(vault.get(&account("a1")).await.unwrap(), Some(canary()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_beside_a_writer_never_sees_half_a_file() {
    let (_home, vault) = home_with_canary().await;
    let writer = vault.clone();
    let writing = tokio::spawn(async move {
        for index in 0..60 {
            writer.set(&account("w"), &Secret::new(format!("key {index}"))).await.unwrap();
        }
    });
    let mut reads = 0;
    while !writing.is_finished() || reads == 0 {
        assert_eq!(vault.get(&account("a1")).await.unwrap(), Some(canary()), "after {reads} reads");
        reads += 1;
    }
    writing.await.unwrap();
}

#[tokio::test]
async fn a_missing_or_blank_passphrase_is_refused() {
    let home = TempDir::new().unwrap();
    let error = open_passphrase_from(home.path(), None).await.unwrap_err();
    assert_eq!(error.code(), "passphrase_missing");
    assert!(error.to_string().contains("PAYDESK_PASSPHRASE_FILE"), "{error}");
    for blank in ["", " ", "\t \n"] {
        assert_eq!(open_passphrase(home.path(), blank).await.unwrap_err().code(), "passphrase_blank");
    }
}

#[tokio::test]
async fn a_secret_that_is_too_long_is_refused_by_name_and_not_by_content() {
    let (_home, vault) = home_with_canary().await;
    let error = vault.set(&account("a2"), &Secret::new(CANARY.repeat(4000))).await.unwrap_err();
    assert_eq!(error.code(), "too_long");
    assert!(!format!("{error:?}").contains(CANARY));
}

#[tokio::test]
async fn a_key_of_a_variable_is_not_kept_here() {
    let (_home, vault) = home_with_canary().await;
    let name = EntryName::AccountKeyFromVariable { variable: "SHOP_KEY".to_owned() };
    for error in [
        vault.get(&name).await.map(|_| ()).unwrap_err(),
        vault.set(&name, &canary()).await.unwrap_err(),
        vault.delete(&name).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "not_supported");
        assert!(error.to_string().contains("SHOP_KEY"), "{error}");
    }
}

#[cfg(unix)]
mod passphrase_file {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn write(folder: &TempDir, content: &[u8], mode: u32) -> PassphraseSource {
        let path = folder.path().join("passphrase");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        PassphraseSource::File(path)
    }

    #[tokio::test]
    async fn its_trailing_line_break_is_not_part_of_the_passphrase() {
        let (home, _vault) = home_with_canary().await;
        let folder = TempDir::new().unwrap();
        for ending in ["", "\n", "\r\n"] {
            let source = write(&folder, format!("{PASSPHRASE}{ending}").as_bytes(), 0o600);
            let vault = open_passphrase_from(home.path(), Some(source)).await.unwrap();
            assert_eq!(vault.get(&account("a1")).await.unwrap(), Some(canary()));
        }
        let source = write(&folder, format!("{PASSPHRASE}\n\n").as_bytes(), 0o600);
        let error = open_passphrase_from(home.path(), Some(source)).await.unwrap_err();
        assert_eq!(error.code(), "wrong_passphrase");
    }

    #[tokio::test]
    async fn one_that_others_can_reach_is_refused_with_the_reason() {
        let (home, _vault) = home_with_canary().await;
        let folder = TempDir::new().unwrap();
        for mode in [0o640, 0o604, 0o620, 0o601, 0o644, 0o777] {
            let source = write(&folder, PASSPHRASE.as_bytes(), mode);
            let error = open_passphrase_from(home.path(), Some(source)).await.unwrap_err();
            assert_eq!(error.code(), "passphrase_file_open_to_others");
            let told = error.to_string();
            assert!(told.contains(&format!("{mode:04o}")) && told.contains("chmod 600"), "{told}");
        }
        let source = write(&folder, PASSPHRASE.as_bytes(), 0o400);
        open_passphrase_from(home.path(), Some(source)).await.unwrap();
    }

    #[tokio::test]
    async fn one_that_is_no_passphrase_is_refused() {
        let home = TempDir::new().unwrap();
        let folder = TempDir::new().unwrap();
        let missing = PassphraseSource::File(folder.path().join("nothing"));
        let directory = folder.path().join("directory");
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
        let large = write(&folder, &[b'a'; 5000], 0o600);
        for (source, expected) in [
            (missing, "passphrase_file_unusable"),
            (PassphraseSource::File(directory), "passphrase_file_unusable"),
            (large, "passphrase_file_unusable"),
        ] {
            let error = open_passphrase_from(home.path(), Some(source)).await.unwrap_err();
            assert_eq!(error.code(), expected, "{error}");
        }
        for (content, expected) in
            [(b"\xff\xfe".as_slice(), "passphrase_file_unusable"), (b"\n", "passphrase_blank")]
        {
            let source = write(&folder, content, 0o600);
            let error = open_passphrase_from(home.path(), Some(source)).await.unwrap_err();
            assert_eq!(error.code(), expected, "{error}");
        }
    }
}
