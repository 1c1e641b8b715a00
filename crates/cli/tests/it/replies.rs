//! What to answer a payer, by command.

use crate::stage::{Done, Home, Sandbox, Vault};

#[test]
fn a_payer_is_answered_from_the_mirror_in_a_language_of_theirs() {
    let sandbox = Sandbox::start(&[]);
    let first = sandbox.charge(123_456, "usd", "ada@example.com");
    let second = sandbox.charge(123_456, "usd", "ADA@example.com");
    // Another address on the same card: whoever owns the card sees it on the same statement.
    let third = sandbox.charge(123_456, "usd", "bob@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    home.json(&["sync"], 0);

    let answered = home.json(&["payments", "answer", &first, "--language", "de-AT"], 0);
    assert_eq!(
        (answered["language"].as_str(), answered["language_from"].as_str()),
        (Some("de"), Some("asked"))
    );
    let card = |answered: &serde_json::Value, index: usize| answered["cards"][index].clone();
    assert_eq!(card(&answered, 0)["state"], "none");
    let twice = card(&answered, 2);
    assert_eq!(
        (twice["state"].as_str(), twice["evidence"].as_array().map(Vec::len)),
        (Some("possible_double"), Some(3))
    );
    let known_by = |charge: &str| -> Option<String> {
        let one = twice["evidence"].as_array().unwrap().iter().find(|one| one["id"] == charge)?;
        one["known_by"].as_str().map(str::to_owned)
    };
    assert_eq!(
        [&first, &second, &third].map(|id| known_by(id)),
        [None, Some("email".into()), Some("card".into())]
    );
    assert!(
        twice["reply"].as_str().unwrap().starts_with("Wir finden 3 Zahlungen über 1.234,56 USD von Ihnen"),
        "{twice}"
    );

    home.json(&["refund", &third, "--all", "--yes"], 0);
    home.json(&["refund", &second, "--all", "--yes"], 0);
    let answered = home.json(&["payments", "answer", &second, "--language", "en"], 0);
    let refund = card(&answered, 0);
    assert_eq!(refund["state"], "on_its_way");
    assert!(
        refund["expected"]["until"].is_string()
            && refund["reply"].as_str().unwrap().contains("We refunded 1,234.56 USD")
    );
    assert_eq!(card(&answered, 2)["state"], "one_refunded");

    let text: Done = home.command(&["payments", "answer", &second]).output().unwrap().into();
    assert_eq!(text.code, 0, "{}", text.err);
    assert!(text.out.contains("where is my refund: on its way"), "{}", text.out);
    // It shows what the page of the payment shows, so the book says that it was looked at.
    let book = home.json(&["book", "list", "--about", &second], 0);
    assert!(book["items"].as_array().unwrap().iter().any(|line| line["action"] == "payment_shown"), "{book}");
    let wrong = home.run(&["payments", "answer", &second, "--language", "tlh"]);
    assert!(
        wrong.code == 2 && wrong.out.contains("en, de, fr, es"),
        "{} {}{}",
        wrong.code,
        wrong.out,
        wrong.err
    );
}
