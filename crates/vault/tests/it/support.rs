//! What several tests need: names, vaults, and this test binary started again as a process of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use domain::Secret;
use vault::{EntryName, PassphraseSource, Vault, VaultConfig, VaultError, VaultKind};

pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

/// A text that occurs nowhere by chance, so that finding it in a file is a leak.
pub(crate) const CANARY: &str = "sk_live_canary51HqW0nWbA1rZ";

pub(crate) fn account(id: &str) -> EntryName {
    EntryName::AccountKey(id.to_owned())
}

pub(crate) fn canary() -> Secret {
    Secret::new(CANARY)
}

pub(crate) fn config(kind: VaultKind, home: &Path, home_id: &str) -> VaultConfig {
    VaultConfig { kind, home: home.to_owned(), home_id: home_id.to_owned(), passphrase: None }
}

pub(crate) async fn open_passphrase(home: &Path, passphrase: &str) -> Result<Vault, VaultError> {
    let source = PassphraseSource::Given(Secret::new(passphrase));
    open_passphrase_from(home, Some(source)).await
}

pub(crate) async fn open_passphrase_from(
    home: &Path,
    passphrase: Option<PassphraseSource>,
) -> Result<Vault, VaultError> {
    Vault::open(VaultConfig { passphrase, ..config(VaultKind::Passphrase, home, "home") }).await
}

/// One ignored test of this binary, to be run in a process of its own.
pub(crate) fn this_test_alone(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments_for(name));
    command
}

/// `--exact` with a name that does not exist runs nothing and succeeds, hence [`assert_one_passed`].
pub(crate) fn arguments_for(name: &str) -> [&str; 5] {
    ["--exact", name, "--ignored", "--nocapture", "--test-threads=1"]
}

pub(crate) fn assert_one_passed(output: &std::process::Output) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the inner test failed\n{out}\n{err}");
    assert!(out.contains("1 passed"), "the inner test did not run\n{out}\n{err}");
}

/// Every file below a folder that contains the text as it is or as hex.
pub(crate) fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            for form in [text.to_owned(), hex] {
                if bytes.windows(form.len()).any(|window| window == form.as_bytes()) {
                    found.push(path.display().to_string());
                }
            }
        }
    }
    found
}
