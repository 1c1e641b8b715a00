//! Questions in SQL on the command line.

use crate::stage::{Home, Sandbox, Vault};

#[test]
fn a_question_is_answered_a_mistake_has_its_place_and_nothing_is_written() {
    let sandbox = Sandbox::start(&[]);
    sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let question = "select amount, amount_minor, currency from v_payments where email = 'ada@example.com'";
    let answer = home.json(&["sql", question], 0);
    assert_eq!(answer["columns"], serde_json::json!(["amount", "amount_minor", "currency"]));
    let cell = |kind: &str, value: &str| serde_json::json!({ "type": kind, "value": value });
    let row = serde_json::json!([[cell("text", "20.00"), cell("integer", "2000"), cell("text", "USD")]]);
    assert_eq!((&answer["rows"], &answer["more"]), (&row, &false.into()));
    let text = home.command(&["sql", question]).output().unwrap().stdout;
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text, "amount  amount_minor  currency\n20.00           2000  USD\n1 row\n");

    let error = home.json(&["sql", "select amout from v_payments"], 2);
    assert_eq!(error["error"]["code"], "bad_sql");
    assert_eq!(
        (&error["error"]["params"]["line"], &error["error"]["params"]["column"]),
        (&"1".into(), &"8".into())
    );
    for refused in ["delete from payments", "select 1; select 2", "select * from accounts"] {
        assert_eq!(home.error(&["sql", refused], 2), "bad_sql", "{refused}");
    }
    let endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n";
    assert_eq!(home.error(&["sql", endless, "--seconds", "1"], 1), "sql_too_slow");
    let few = home.json(&["sql", "select id from v_payments", "--limit", "2"], 0);
    assert_eq!((few["rows"].as_array().unwrap().len(), &few["more"]), (2, &true.into()));
    let views = home.json(&["sql", "--views"], 0);
    let names: Vec<_> =
        views["items"].as_array().unwrap().iter().map(|view| view["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"v_payments") && names.iter().all(|name| name.starts_with("v_")), "{names:?}");
}
