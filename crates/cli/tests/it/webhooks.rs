//! `webhooks verify`: what it prints and exits with, for signatures that another program made.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::{Done, paydeskctl};

const HEADER: &str = "t=1700000000,v1=7c55ba9ffaeff33d20e943118e7649a7eb896dd4b67a27be2197733c05026e0f";
/// `{"id":"evt_1","name":"José"}` and a line end.
const BODY: &str = "eyJpZCI6ImV2dF8xIiwibmFtZSI6Ikpvc8OpIn0NCg==";

/// A folder with a good request of Stripe.
struct Recorded {
    folder: TempDir,
}

impl Recorded {
    fn new() -> Self {
        let recorded = Self { folder: TempDir::new().unwrap() };
        recorded.write("F.json", &good().to_string());
        recorded
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The command with a home that must never come to be.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = paydeskctl();
        command.current_dir(self.folder.path()).env("PAYDESK_HOME", self.folder.path().join("home"));
        command.env("SECRET", "whsec_test_1").env("OTHER", "whsec_test_0").env("EMPTY", "");
        command.args(["webhooks", "verify"]).args(words);
        command
    }

    fn run(&self, words: &[&str]) -> Done {
        let done = Done::from(self.command(words).output().unwrap());
        assert!(!self.folder.path().join("home").exists(), "it opens no home");
        done
    }

    /// With the good request, judged when it was signed.
    fn stripe(&self, more: &[&str]) -> Done {
        let words = ["--scheme", "stripe", "--request", "F.json", "--secret-env", "SECRET"];
        self.run(&[&words[..], more].concat())
    }
}

fn good() -> Value {
    let url = "https://hooks.example/hook";
    json!({"method": "POST", "url": url, "headers": [["Stripe-Signature", HEADER]], "body_base64": BODY})
}

fn printed(done: &Done) -> (i32, &str, &str) {
    (done.code, done.out.as_str(), done.err.as_str())
}

#[test]
fn a_good_signature_is_valid_and_exits_with_0() {
    let recorded = Recorded::new();
    assert_eq!(printed(&recorded.stripe(&["--at", "1700000300"])), (0, "valid\n", ""));
    assert_eq!(printed(&recorded.stripe(&["--tolerance", "off"])), (0, "valid\n", ""));
    assert_eq!(printed(&recorded.stripe(&["--at", "1700000301", "--tolerance", "301"])), (0, "valid\n", ""));
    let document = recorded.stripe(&["--at", "1700000000", "--json"]).json();
    let expected = json!({"valid": true, "secret_env": "SECRET", "signed_at": "2023-11-14T22:13:20.000Z", "covers_body": true});
    assert_eq!(document, expected);
}

#[test]
fn a_bad_one_says_why_and_exits_with_3() {
    let recorded = Recorded::new();
    let old = "invalid: it was signed too long ago\n";
    assert_eq!(printed(&recorded.stripe(&[])), (3, old, ""), "now");
    assert_eq!(printed(&recorded.stripe(&["--at", "1700000301"])), (3, old, ""));
    assert_eq!(printed(&recorded.stripe(&["--at", "1700000001", "--tolerance", "0"])), (3, old, ""));
    let new = "invalid: it was signed in a time to come\n";
    assert_eq!(printed(&recorded.stripe(&["--at", "1699999699"])), (3, new, ""));
    let words = ["--scheme", "stripe", "--request", "F.json", "--tolerance", "off", "--secret-env"];
    let with = |name: &str| recorded.run(&[&words[..], &[name]].concat());
    let mismatch = "invalid: the signature does not fit the request and the key\n";
    assert_eq!(printed(&with("OTHER")), (3, mismatch, ""));
    assert_eq!(printed(&with("EMPTY")), (3, "invalid: a key is empty\n", ""));
    let document = recorded.stripe(&["--json"]);
    assert_eq!(document.code, 3);
    let expected = json!({"valid": false, "code": "too_old", "reason": "it was signed too long ago"});
    assert_eq!(document.json(), expected);
}

#[test]
fn one_of_several_secrets_is_enough_and_named() {
    let recorded = Recorded::new();
    let words =
        ["--scheme", "stripe", "--request", "F.json", "--secret-env", "OTHER", "--secret-env", "SECRET"];
    let document = recorded.run(&[&words[..], &["--at", "1700000000", "--json"]].concat()).json();
    assert_eq!(document["secret_env"], "SECRET");
}

#[test]
fn what_cannot_be_read_exits_with_2() {
    let recorded = Recorded::new();
    let words = |scheme: &'static str, file: &'static str| ["--scheme", scheme, "--request", file];
    let secret = ["--secret-env", "SECRET"];
    for words in [
        &words("stripe", "F.json")[..],
        &words("paypal", "F.json"),
        &[&words("paypal", "F.json")[..], &secret].concat(),
        &[&words("Stripe", "F.json")[..], &secret].concat(),
        &[&words("github", "F.json")[..], &secret].concat(),
        &[&words("stripe", "nothing.json")[..], &secret].concat(),
        &[&words("stripe", ".")[..], &secret].concat(),
        &[&words("stripe", "F.json")[..], &["--secret-env", "NOTHING"]].concat(),
        &[&words("stripe", "F.json")[..], &secret, &["--tolerance", "-1"]].concat(),
        &[&words("stripe", "F.json")[..], &secret, &["--tolerance", "5m"]].concat(),
        &[&words("stripe", "F.json")[..], &secret, &["--tolerance", ""]].concat(),
        &[&words("stripe", "F.json")[..], &secret, &["--at", "now"]].concat(),
        &[&words("stripe", "F.json")[..], &secret, &["--at", "253402300800"]].concat(),
    ] {
        let done = recorded.run(words);
        assert!(done.code == 2 && done.out.is_empty() && !done.err.is_empty(), "{words:?}: {}", done.out);
        assert!(!done.err.contains("whsec_test"), "{}", done.err);
        let document = recorded.run(&[words, &["--json"]].concat());
        assert_eq!(
            (document.code, document.json()["error"]["code"].as_str()),
            (2, Some("bad_request")),
            "{words:?}"
        );
    }
}

#[test]
fn a_file_that_is_no_recorded_request_exits_with_2_and_is_not_repeated() {
    let recorded = Recorded::new();
    let mut more = good();
    more["canary"] = json!("canary");
    let mut spelled = good();
    spelled["body_base64"] = json!("Y2FuYXJ5PT0");
    let mut shaped = good();
    shaped["headers"] = json!({"Stripe-Signature": "canary"});
    for text in [
        String::new(),
        "canary".to_owned(),
        more.to_string(),
        spelled.to_string(),
        shaped.to_string(),
        format!("{}{}", good(), good()),
    ] {
        recorded.write("F.json", &text);
        let done = recorded.stripe(&["--at", "1700000000"]);
        assert!(done.code == 2 && done.out.is_empty(), "{text}: {}", done.out);
        assert!(done.err.contains("no recorded request") && !done.err.contains("canary"), "{}", done.err);
    }
}

#[test]
fn paypal_needs_no_secret_and_says_what_is_missing_of_it() {
    let recorded = Recorded::new();
    recorded.write("cert.pem", "");
    recorded.write("roots.pem", "");
    let words = [
        "--scheme",
        "paypal",
        "--request",
        "F.json",
        "--webhook-id",
        "1JE",
        "--cert-file",
        "cert.pem",
        "--ca-file",
        "roots.pem",
    ];
    let missing = "invalid: the header PAYPAL-CERT-URL is missing\n";
    assert_eq!(printed(&recorded.run(&words)), (3, missing, ""));
    // A variable named for it is not even looked at.
    assert_eq!(
        printed(&recorded.run(&[&words[..], &["--secret-env", "NOTHING"]].concat())),
        (3, missing, "")
    );
}

#[test]
fn the_help_names_every_scheme() {
    let done = Recorded::new().run(&["--help"]);
    for word in
        ["stripe", "sendgrid", "twilio", "paypal", "standard", "svix", "hubspot", "--cert-file", "invalid: "]
    {
        assert!(done.code == 0 && done.out.contains(word), "{word}");
    }
}
