//! A second person's word by command, over two homes and files alone.

use crate::stage::{Home, PASSPHRASE, Sandbox, Vault};

/// A home with its own key in its own vault, and the key in a file.
pub(crate) fn person(sandbox: &Sandbox, connected: bool, name: &str) -> Home {
    let home = match connected {
        true => Home::connected(Vault::Passphrase, sandbox),
        false => Home::new(Vault::Passphrase, &sandbox.key),
    };
    home.json(&["book", "name", name, "--environment", "sandbox"], 0);
    let key = home.folder().join("key.txt");
    let mine = home.json(&["approvals", "me", "--out", key.to_str().unwrap()], 0);
    assert_eq!(mine["fingerprint"].as_str().unwrap().len(), 24);
    home
}

pub(crate) fn trust(home: &Home, other: &Home, name: &str) {
    let key = other.folder().join("key.txt");
    let words = ["approvals", "trust", key.to_str().unwrap(), "--name", name, "--passphrase-stdin"];
    let done = home.piped(&[&words[..], &["--environment", "sandbox"]].concat(), &format!("{PASSPHRASE}\n"));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
}

#[test]
fn two_people_ask_and_approve_by_files_and_the_refund_is_issued_once() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(90_000, "usd", "ada@example.com");
    let ada = person(&sandbox, true, "Ada");
    // Bob only approves: he has no account.
    let bob = person(&sandbox, false, "Bob");
    trust(&ada, &bob, "Bob");
    trust(&bob, &ada, "Ada");
    ada.json(&["accounts", "limit", "shop", "--currency", "usd", "--per-refund", "200"], 0);
    let refund = ["refund", &charge, "--amount", "900.00", "--yes"];
    assert_eq!(ada.error(&refund, 3), "over_limit");

    let (request, answer) = (ada.folder().join("request.json"), bob.folder().join("answer.json"));
    let (request, answer) = (request.to_str().unwrap(), answer.to_str().unwrap());
    let asking = ["approvals", "request", &charge, "--amount", "900.00", "--ticket", "T-7", "--out", request];
    let asked = ada.json(&asking, 0);
    let id = asked["id"].as_str().unwrap();
    assert_eq!((asked["state"].as_str(), asked["limit"].as_str()), (Some("asked"), Some("per_refund")));
    assert_eq!(ada.error(&asking, 3), "file_exists");
    assert_eq!(ada.error(&["approvals", "use", id, "--yes"], 3), "approval_not_given");
    assert_eq!(ada.error(&["approvals", "approve", request, "--yes"], 3), "approval_own");

    let seen = bob.json(&["approvals", "list", request], 0);
    assert_eq!((seen["state"].as_str(), seen["can_decide"].as_bool()), (Some("to_decide"), Some(true)));
    assert_eq!(seen["warnings"][0], "account_not_here");
    // Without a passphrase nobody can tell that it is Bob.
    assert_eq!(bob.error(&["approvals", "approve", request, "--yes"], 3), "unlock_passphrase_needed");
    let words = ["approvals", "approve", request, "--yes", "--out", answer, "--passphrase-stdin"];
    let done = bob.piped(&words, &format!("{PASSPHRASE}\n"));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert_eq!(done.json()["state"], "approved");

    assert_eq!(ada.json(&["approvals", "take", answer], 0)["state"], "approved");
    assert_eq!(
        ada.error(&["refund", &charge, "--amount", "899.00", "--approval", id, "--yes"], 3),
        "approval_differs"
    );
    let made = ada.json(&["approvals", "use", id, "--yes"], 0);
    assert_eq!((made["approved_by"].as_str(), made["intent_id"].as_str()), (Some("Bob"), Some(id)));
    assert_eq!(ada.error(&["approvals", "use", id, "--yes"], 3), "approval_used");
    let refunds = sandbox.refunds(&charge);
    assert_eq!(refunds.len(), 1);
    assert_eq!(refunds[0]["amount"], 90_000);
    let listed = ada.json(&["approvals", "list"], 0);
    assert_eq!(listed["items"][0]["state"], "used");
    assert_eq!(ada.json(&["approvals", "people"], 0)["items"][0]["name"], "Bob");
    ada.json(&["book", "verify"], 0);
    bob.json(&["book", "verify", "--environment", "sandbox"], 0);
    let lines = bob.json(&["book", "list", "--environment", "sandbox"], 0);
    assert_eq!(lines["items"][0]["action"], "approval_given");
}

#[test]
fn an_answer_with_one_byte_changed_is_refused_and_a_pasted_one_is_read_with_its_line_break() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(5_000, "usd", "ada@example.com");
    let ada = person(&sandbox, true, "Ada");
    let bob = person(&sandbox, false, "Bob");
    trust(&ada, &bob, "Bob");
    trust(&bob, &ada, "Ada");
    // Without --out the file is what is printed.
    let asked = ada.json(&["approvals", "request", &charge, "--all", "--for", "2h"], 0);
    let request = bob.folder().join("mail.txt");
    std::fs::write(&request, format!("{}\r\n", asked["file"].as_str().unwrap())).unwrap();
    let words = ["approvals", "decline", request.to_str().unwrap(), "--yes", "--passphrase-stdin"];
    let done = bob.piped(&words, &format!("{PASSPHRASE}\n"));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let answer = done.json()["file"].as_str().unwrap().to_owned();
    let file = ada.folder().join("answer.json");
    std::fs::write(&file, answer.replace("\"declined\"", "\"approved\"")).unwrap();
    assert_eq!(ada.error(&["approvals", "take", file.to_str().unwrap()], 3), "approval_forged");
    std::fs::write(&file, format!(" {answer}")).unwrap();
    let taken = ada.json(&["approvals", "take", file.to_str().unwrap()], 0);
    assert_eq!(taken["state"], "declined");
    let id = asked["id"].as_str().unwrap();
    assert_eq!(ada.error(&["approvals", "use", id, "--yes"], 3), "approval_declined");
    assert_eq!(ada.error(&["approvals", "use", "nothing", "--yes"], 3), "approval_not_asked_here");
    assert_eq!(ada.error(&["approvals", "take", "no-such-file"], 2), "file_missing");
    assert_eq!(ada.error(&["approvals", "distrust", "nobody"], 2), "unknown_approver");
    assert!(sandbox.refunds(&charge).is_empty());
}
