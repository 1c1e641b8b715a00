//! The book, the evidence of a payment, the lock on live money and the limits, by commands.

use crate::stage::{Home, Sandbox, Vault};

#[test]
fn the_book_is_listed_verified_exported_and_a_changed_byte_is_named() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    home.sync();
    assert_eq!(home.run(&["book", "name", "Ada L."]).code, 0);
    assert_eq!(home.run(&["find", "ada@example.com"]).code, 0);
    let refunded = home.run(&["refund", &charge, "--amount", "5.00", "--ticket", "T-9", "--yes"]);
    assert_eq!(refunded.code, 0, "{}{}", refunded.out, refunded.err);
    let listed = home.run(&["book", "list"]).json();
    let actions: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["refund_ended", "refund_decided", "search_shown", "account_added"]);
    assert_eq!(listed["items"][1]["name"], "Ada L.");
    let text = listed["items"][1]["personal"].to_string();
    assert!(text.contains("T-9"), "{text}");
    let only = home.run(&["book", "list", "--part", "looks"]).json();
    assert_eq!(only["total"], 1);

    let verified = home.run(&["book", "verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    assert_eq!(
        (verified.json()["whole"].as_bool(), verified.json()["lines"].as_u64()),
        (Some(true), Some(4))
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("book.jsonl");
    let path = file.to_str().unwrap();
    assert_eq!(home.run(&["book", "export", path]).code, 0);
    assert_eq!(home.run(&["book", "export", path]).code, 3, "no file is replaced");
    assert_eq!(home.run(&["book", "verify", path]).code, 0);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("ada@example.com") && !text.contains("T-9"), "{text}");
    std::fs::write(&file, text.replacen("search_shown", "search_shawn", 1)).unwrap();
    let broken = home.run(&["book", "verify", path]);
    assert_eq!(broken.code, 1, "{}", broken.out);
    assert_eq!(broken.json()["file_broken"]["line"], 2);
    assert!(broken.err.contains("Line 2 of the file is not what it was"), "{}", broken.err);
    assert_eq!(home.run(&["book", "accept-loss", "--lines", "5"]).code, 2, "nothing is lost");

    let page = folder.path().join("evidence.html");
    assert_eq!(home.run(&["payments", "evidence", &charge, page.to_str().unwrap()]).code, 0);
    assert!(std::fs::read_to_string(&page).unwrap().contains(&charge));
}

#[test]
fn limits_refuse_what_goes_beyond_them_and_the_lock_answers_by_command() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    home.sync();
    let limit =
        ["accounts", "limit", "shop", "--currency", "usd", "--per-refund", "6.00", "--per-day", "8.00"];
    let set = home.run(&limit);
    assert_eq!(set.code, 0, "{}{}", set.out, set.err);
    assert_eq!(set.json()["limits"][0]["per_refund"]["minor"], "600");
    let refund = |amount: &str| home.run(&["refund", &charge, "--amount", amount, "--yes"]);
    let over = refund("6.01");
    assert_eq!((over.code, over.json()["error"]["code"].as_str()), (3, Some("over_limit")));
    assert!(over.json()["error"]["what"].as_str().unwrap().contains("6.00 USD"), "{}", over.out);
    assert_eq!(refund("6.00").code, 0);
    assert_eq!(refund("2.01").json()["error"]["params"]["limit"], "all refunds of 24 hours");
    assert_eq!(refund("2.00").code, 0);
    assert_eq!(sandbox.refunds(&charge).len(), 2);

    assert_eq!(home.run(&["unlock", "nobody", "--for", "15m"]).code, 2);
    assert_eq!(home.run(&["unlock", "nobody", "--for", "2h"]).code, 2);
    assert_eq!(home.run(&["unlock"]).code, 2);
    let locked = home.run(&["lock"]);
    assert_eq!((locked.code, locked.json()["unlocked_until"].is_null()), (0, true), "{}", locked.err);
}
