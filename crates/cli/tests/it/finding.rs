//! Finding: what can be typed next, how a search is written, and where it is wrong.

use crate::stage::{Home, Sandbox, Vault, paydeskctl};

fn texts(answer: &serde_json::Value) -> Vec<&str> {
    answer["offers"].as_array().unwrap().iter().filter_map(|offer| offer["text"].as_str()).collect()
}

#[test]
fn completion_offers_words_and_what_the_mirror_holds() {
    let sandbox = Sandbox::start(&[]);
    sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    home.sync();
    let words = home.json(&["find", "--complete", "jane sta"], 0);
    assert_eq!(texts(&words), ["status:", "statement:"]);
    assert_eq!((&words["from"], &words["until"]), (&5.into(), &8.into()));
    assert_eq!(words["offers"][0]["explanation"], "status");
    let values = home.json(&["find", "--complete", "status:failed currency:usd", "--at", "9"], 0);
    assert_eq!(texts(&values), ["failed"]);
    assert!(texts(&home.json(&["find", "--complete", "currency:"], 0)).contains(&"USD"));
    let shown = home.command(&["find", "--complete", "sta"]).output().unwrap().stdout;
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("status:") && shown.contains("refunded"), "{shown}");
}

#[test]
fn help_shows_the_grammar_and_every_word_on_one_screen() {
    let help = paydeskctl().args(["find", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for word in
        ["status", "amount", "created", "metadata", "note", "account", "vendor", "sort", "zip", "risk_level"]
    {
        assert!(help.contains(&format!("{word}:")), "{word}: {help}");
    }
    assert!(help.contains("a OR b c") && help.contains("status:failed,pending"), "{help}");
}

#[test]
fn a_wrong_word_is_told_with_its_column() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    for (query, column) in
        [("jane emial:x@y.z", "column 6"), ("a sort:amount", "column 3"), ("flow:redirect", "column 1")]
    {
        let error = home.json(&["find", query], 2);
        assert_eq!(error["error"]["code"], "bad_query", "{query}");
        assert!(error["error"]["what"].as_str().unwrap().contains(column), "{query}: {error}");
    }
}
