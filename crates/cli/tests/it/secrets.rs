//! The key is nowhere but in the vault.

use std::fs;
use std::path::Path;

use crate::stage::{Done, Home, PASSPHRASE, Running, Sandbox, Vault, until};

/// Files below a folder that hold some bytes.
fn files_with(folder: &Path, wanted: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, wanted));
        } else if fs::read(&path).unwrap_or_default().windows(wanted.len()).any(|part| part == wanted) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Command lines of this machine that hold some bytes.
fn command_lines_with(wanted: &[u8]) -> usize {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.filter(|line| line.windows(wanted.len()).any(|part| part == wanted)).count()
}

#[test]
fn the_key_is_in_no_file_no_answer_no_log_and_no_process_list() {
    let sandbox = Sandbox::start(&["--latency-ms", "20"]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    for vault in [Vault::Passphrase, Vault::Environment] {
        let home = Home::connected(vault, &sandbox);
        let key = sandbox.key.as_bytes();
        let wish = ["refund", &charge, "--amount", "1.00", "--yes", "--json"];
        let mut refund = home.command(&wish);
        let mut refund = Running(
            refund
                .env("PAYDESK_LOG", "trace")
                .stdout(fs::File::create(home.runtime().join("out")).unwrap())
                .stderr(fs::File::create(home.runtime().join("err")).unwrap())
                .spawn()
                .unwrap(),
        );
        let code = until("the end of the refund", || {
            assert_eq!(command_lines_with(key), 0);
            assert_eq!(command_lines_with(PASSPHRASE.as_bytes()), 0);
            refund.0.try_wait().unwrap()
        });
        assert!(code.success());
        for wanted in [key, PASSPHRASE.as_bytes()] {
            assert_eq!(files_with(&home.path(), wanted), Vec::<String>::new());
            assert_eq!(files_with(&home.runtime(), wanted), Vec::<String>::new());
        }
        assert!(
            fs::metadata(home.runtime().join("err")).unwrap().len() > 0,
            "tracing was on, so there is a log"
        );
        for words in [&["accounts", "list"][..], &["doctor"], &["calls"], &["show", &charge]] {
            let done = Done::from(home.command(words).arg("--json").output().unwrap());
            assert!(!done.out.contains(&sandbox.key) && !done.err.contains(&sandbox.key), "{words:?}");
        }
    }
}

#[test]
fn a_dotenv_file_is_taken_over_and_the_person_told_to_delete_it() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::new(Vault::Passphrase, &sandbox.key);
    let file = home.runtime().join("shop.env");
    let text = format!(
        "STRIPE_SECRET_KEY={}\nSTRIPE_PUBLISHABLE_KEY=pk_test_canary\nSTRIPE_WEBHOOK_SECRET=whsec_canary\nFROM_EMAIL=shop@example.com\n",
        sandbox.key
    );
    fs::write(&file, text).unwrap();
    let add =
        ["accounts", "add", "stripe", "--label", "shop", "--base-url", &sandbox.base_url, "--from-dotenv"];
    let done = home.run(&[&add[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(done.err.contains("Delete the .env file"), "{}", done.err);
    let outcome = |name: &str| {
        let imported = done.json()["imported"].as_array().unwrap().clone();
        let one = imported.into_iter().find(|one| one["name"] == name).unwrap_or_default();
        one["outcome"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(outcome("STRIPE_SECRET_KEY"), "account_key");
    assert_eq!(outcome("STRIPE_PUBLISHABLE_KEY"), "skipped");
    assert_eq!(outcome("STRIPE_WEBHOOK_SECRET"), "kept_in_vault");
    assert_eq!(outcome("FROM_EMAIL"), "setting");
    assert_eq!(files_with(&home.path(), b"whsec_canary"), Vec::<String>::new());
    home.sync();
    assert_eq!(home.json(&["doctor"], 0)["from_email"], "shop@example.com");
}
