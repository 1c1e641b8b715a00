//! What the program refuses before there is a window, in words and with an exit code.

use std::path::Path;
use std::process::{Command, Output};

/// Starts the program with no display, so that it ends by itself in every case.
fn start(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_paydesk"))
        .args(arguments)
        .env("PAYDESK_HOME", home)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("PAYDESK_PASSPHRASE_FILE")
        .envs(variables.iter().copied())
        .output()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_environment_vault_is_refused_in_words() {
    let home = tempfile::tempdir().unwrap();
    let output = start(home.path(), &[], &[("PAYDESK_VAULT", "environment")]).unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", words(&output));
    assert!(words(&output).contains("window_needs_vault"), "{}", words(&output));
    assert!(words(&output).contains("PAYDESK_VAULT=keychain"), "{}", words(&output));
}

#[test]
fn a_passphrase_vault_without_passphrase_names_the_remedy() {
    let home = tempfile::tempdir().unwrap();
    let output = start(home.path(), &["--sandbox"], &[("PAYDESK_VAULT", "passphrase")]).unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", words(&output));
    assert!(words(&output).contains("PAYDESK_PASSPHRASE_FILE"), "{}", words(&output));
}

#[test]
fn an_unknown_argument_is_refused_before_the_home_is_touched() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("untouched");
    let output = start(&folder, &["--refund=ch_1"], &[]).unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", words(&output));
    assert!(words(&output).contains("--refund=ch_1"), "{}", words(&output));
    assert!(!folder.exists(), "the home was made all the same");
}

#[test]
fn without_a_display_it_says_so() {
    let home = tempfile::tempdir().unwrap();
    let passphrase = home.path().join("passphrase");
    std::fs::write(&passphrase, "a passphrase for this test only\n").unwrap();
    close_to_others(&passphrase);
    let folder = home.path().join("home");
    let variables =
        [("PAYDESK_VAULT", "passphrase"), ("PAYDESK_PASSPHRASE_FILE", &passphrase.to_string_lossy())];
    let output = start(&folder, &[], &variables).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains("DISPLAY"), "{}", words(&output));
}

#[cfg(unix)]
fn close_to_others(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let _ = std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600));
}

#[cfg(not(unix))]
fn close_to_others(_file: &Path) {}
