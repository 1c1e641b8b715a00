//! What happens inside the private sessions of `keychain`; each test is one process.
#![cfg(all(unix, not(target_os = "macos")))]

use std::collections::HashMap;
use std::future::Future;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use domain::{Environment, Secret};
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use vault::{EntryName, Vault, VaultError, VaultKind};

use crate::support::{self, CANARY, account, canary};

/// The promise is 3 s; the rest is for a busy machine.
const LONGEST_CALL: Duration = Duration::from_secs(5);

/// Starts the keychain's daemon, in place of one that runs; returns when it serves.
fn start_daemon(password: Option<&str>) {
    let mut command = Command::new("gnome-keyring-daemon");
    command.args(["--replace", "--daemonize", "--components=secrets"]);
    if password.is_some() {
        command.arg("--unlock");
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("gnome-keyring-daemon is needed; ./dev installs it");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(password.unwrap_or_default().as_bytes()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success(), "gnome-keyring-daemon did not start");
}

fn home() -> PathBuf {
    PathBuf::from(std::env::var_os("HOME").unwrap())
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn open(home_id: &str) -> Vault {
    wait(Vault::open(support::config(VaultKind::Keychain, &home(), home_id))).unwrap()
}

fn get(vault: &Vault, name: &EntryName) -> Result<Option<Secret>, VaultError> {
    wait(vault.get(name))
}

fn set(vault: &Vault, name: &EntryName, text: &str) {
    wait(vault.set(name, &Secret::new(text))).unwrap();
}

/// How many entries of Paydesk the keychain holds, as another program sees it.
fn entries_in_keychain() -> usize {
    let service = SecretService::connect(EncryptionType::Plain).unwrap();
    let found = service.search_items(HashMap::from([("service", "paydesk")])).unwrap();
    found.unlocked.len() + found.locked.len()
}

/// Asks all four at once; each must give the code in time, in words that name a way out.
fn assert_all_fail_with(expected: &str) -> Vec<VaultError> {
    let vault = open("home");
    let (name, secret) = (account("a1"), canary());
    let asked = Instant::now();
    let errors = wait(async {
        let (got, stored, removed, probed) =
            tokio::join!(vault.get(&name), vault.set(&name, &secret), vault.delete(&name), vault.probe());
        vec![got.map(|_| ()).unwrap_err(), stored.unwrap_err(), removed.unwrap_err(), probed.unwrap_err()]
    });
    assert!(asked.elapsed() < LONGEST_CALL, "the answer took {:?}", asked.elapsed());
    for error in &errors {
        assert_eq!(error.code(), expected, "{error:?}");
        assert_says_how_to_go_on(error);
    }
    assert_eq!(support::files_with(&home(), CANARY), Vec::<String>::new(), "written in plain text");
    errors
}

fn assert_says_how_to_go_on(error: &VaultError) {
    let told = error.to_string();
    assert!(told.contains("PAYDESK_VAULT=passphrase"), "{told}");
    for raw in ["org.freedesktop", "zbus", "D-Bus", "SS error", "Secret Service", CANARY] {
        assert!(!told.contains(raw), "{told}");
    }
    assert!(!format!("{error:?}").contains(CANARY), "{error:?}");
}

#[test]
#[ignore = "run by the tests of `keychain`"]
fn inner_keeps_reads_and_removes() {
    start_daemon(Some("pw"));
    let vault = open("home-1");
    assert_eq!(vault.kind(), VaultKind::Keychain);
    let (key, mirror) = (account("a1"), EntryName::MirrorKey(Environment::Live));
    assert_eq!(get(&vault, &key).unwrap(), None);
    set(&vault, &key, CANARY);
    set(&vault, &mirror, "schlüssel \u{1f511}\nzwei");
    assert_eq!(get(&vault, &key).unwrap(), Some(canary()));
    assert_eq!(get(&vault, &mirror).unwrap(), Some(Secret::new("schlüssel \u{1f511}\nzwei")));

    set(&vault, &key, "sk_test_2");
    assert_eq!(get(&vault, &key).unwrap(), Some(Secret::new("sk_test_2")));
    assert_eq!(entries_in_keychain(), 2, "replacing a secret made another entry");

    let other = open("home-2");
    assert_eq!(get(&other, &key).unwrap(), None, "two homes share an entry");
    set(&other, &key, CANARY);
    assert_eq!(get(&vault, &key).unwrap(), Some(Secret::new("sk_test_2")));

    wait(vault.delete(&key)).unwrap();
    wait(vault.delete(&key)).unwrap();
    assert_eq!(get(&vault, &key).unwrap(), None);
    assert_eq!(get(&other, &key).unwrap(), Some(canary()));

    let variable = EntryName::AccountKeyFromVariable { variable: "SHOP_KEY".to_owned() };
    assert_eq!(get(&vault, &variable).unwrap_err().code(), "not_supported");
    assert_eq!(support::files_with(&home(), CANARY), Vec::<String>::new());
}

#[test]
#[ignore = "run by the tests of `keychain`"]
fn inner_probe_leaves_nothing() {
    start_daemon(Some("pw"));
    let vault = open("home");
    set(&vault, &account("a1"), CANARY);
    wait(async {
        let (first, second) = tokio::join!(vault.probe(), vault.probe());
        first.unwrap();
        second.unwrap();
    });
    assert_eq!(entries_in_keychain(), 1);
    assert_eq!(get(&vault, &account("a1")).unwrap(), Some(canary()));
}

#[test]
#[ignore = "run by the tests of `keychain`"]
fn inner_d18_entry_lost() {
    start_daemon(Some("pw"));
    let vault = open("home");
    set(&vault, &account("a1"), CANARY);
    let service = SecretService::connect(EncryptionType::Plain).unwrap();
    let found = service.search_items(HashMap::from([("username", "home/account-key:a1")])).unwrap();
    assert_eq!(found.unlocked.len(), 1);
    assert_eq!(found.unlocked[0].get_label().unwrap(), "Paydesk account-key:a1");
    found.unlocked[0].delete().unwrap();
    assert_eq!(get(&vault, &account("a1")).unwrap(), None, "a lost entry is no entry, not a failure");
}

#[test]
#[ignore = "run by the tests of `keychain`"]
fn inner_restarted_keychain() {
    start_daemon(Some("pw"));
    let vault = open("home");
    set(&vault, &account("a1"), CANARY);
    start_daemon(Some("pw"));
    assert_eq!(get(&vault, &account("a1")).unwrap(), Some(canary()));
}

#[test]
#[ignore = "run by the tests of `keychain`"]
fn inner_unavailable() {
    let errors = assert_all_fail_with("unavailable");
    // The words of D-Bus are kept for the log.
    assert!(errors.iter().all(|error| std::error::Error::source(error).is_some()));
}

#[test]
#[ignore = "run by the tests of `keychain`"]
fn inner_timed_out() {
    assert_all_fail_with("timed_out");
    // The four threads hang still; that this process ends all the same is seen by the outer test.
}

/// Fills a keychain and leaves it locked.
fn start_locked() {
    start_daemon(Some("pw"));
    set(&open("home"), &account("a1"), CANARY);
    start_daemon(None);
}

#[test]
#[ignore = "run by the tests of `keychain`"]
fn inner_locked() {
    start_locked();
    assert_all_fail_with("locked");
}

#[test]
#[ignore = "run by the tests of `keychain`"]
fn inner_dismissed() {
    start_locked();
    let vault = open("home");
    let asked = Instant::now();
    let error = get(&vault, &account("a1")).unwrap_err();
    assert!(asked.elapsed() < LONGEST_CALL, "the answer took {:?}", asked.elapsed());
    assert_eq!(error.code(), "dismissed", "{error:?}");
    assert_says_how_to_go_on(&error);
    start_daemon(Some("pw"));
    assert_eq!(get(&vault, &account("a1")).unwrap(), Some(canary()), "unlocked, it must work again");
}

#[test]
#[ignore = "run by the tests of `keychain`"]
fn inner_no_default_keychain() {
    start_daemon(None);
    let vault = open("home");
    assert_eq!(get(&vault, &account("a1")).unwrap(), None);
    let error = wait(vault.set(&account("a1"), &canary())).unwrap_err();
    assert_eq!(error.code(), "no_default_keychain", "{error:?}");
    assert_says_how_to_go_on(&error);
    assert!(!Path::new(&home()).join("vault.bin").exists());
}
