use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn of(body: &str) -> Option<String> {
    masked(body.as_bytes()).map(|kept| String::from_utf8(kept).unwrap())
}

#[test]
fn json_with_a_card_number_stays_json_and_keeps_all_other_bytes() {
    for (body, kept) in [
        (
            r#"{"a" : "card 4242 4242 4242 4242 123", "b":1.50}"#,
            r#"{"a" : "card **** **** **** 4242 ***", "b":1.50}"#,
        ),
        (
            r#"[4242424242424242,100,{"4242424242424242":1}]"#,
            r#"["************4242",100,{"************4242":1}]"#,
        ),
        (
            r#"{"a":-4242424242424242.0,"b":4.242424242424242e15}"#,
            r#"{"a":"************4242","b":"************4242"}"#,
        ),
        (r#"{"a":"\u0034242424242424242\n"}"#, r#"{"a":"************4242\n"}"#),
        (r#"{"a":"\ud800 4242424242424242"}"#, r#"{"a":"[removed]"}"#),
        (r#"{"a":"q?pan=4242424242424242&x=\"1\""}"#, r#"{"a":"q?pan=************4242&x=\"1\""}"#),
    ] {
        assert_eq!(of(body).as_deref(), Some(kept), "{body}");
    }
}

#[test]
fn figures_and_phone_numbers_are_no_cards() {
    for body in [
        r#"{"lat":52.52000000077,"lon":13.405}"#,
        r#"{"phone":"+5511987654309","other":"+49 151 12345678"}"#,
        r#"{"id":"01890242-4242-7242-8242-424242424242"}"#,
        r#"{"at":1700000000123,"sum":4242424242.424242}"#,
        "From=%2B5511987654309&To=whatsapp%3A%2B5511987654309&Body=hi",
        "{\"half\":",
        "",
    ] {
        assert_eq!(of(body).as_deref(), None, "{body}");
    }
}

#[test]
fn a_form_with_a_card_number_keeps_its_names_and_its_other_values() {
    for (body, kept) in [
        ("From=5511987654309&Body=a+b", "From=*********4309&Body=a+b"),
        ("Body=card+4242+4242+4242+4242+%26&To=%2B1", "Body=card+****+****+****+4242+%26&To=%2B1"),
        ("a=%34242424242424242&4242424242424242=1", "a=************4242&************4242=1"),
        ("P=%7B%22n%22%3A4242424242424242%7D&x=1", "P=%7B%22n%22%3A%22************4242%22%7D&x=1"),
        ("a=b=4242424242424242", "a=b%3D************4242"),
    ] {
        assert_eq!(of(body).as_deref(), Some(kept), "{body}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (4_242_424_242_424_240_u64..4_242_424_242_424_260).prop_map(Value::from),
        "[ 0-9.+%\"\\\\-]{0,40}".prop_map(Value::from),
        "(4242 ?4242 ?4242 ?4242|\\+5511987654309|a\u{e9}\n){0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("[a-z0-9]{0,20}", inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn masked_json_is_json(value in any_json(), pretty in any::<bool>()) {
        let json = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let json = json.unwrap();
        if let Some(kept) = of(&json) {
            prop_assert!(serde_json::from_str::<Value>(&kept).is_ok(), "{}", kept);
            prop_assert_ne!(&kept, &json);
        }
    }

    #[test]
    fn a_masked_form_has_as_many_fields_of_the_same_names(values in proptest::collection::vec("[0-9+%a-zA-Z.]{0,30}", 1..5)) {
        let form = values.iter().enumerate().map(|(at, value)| format!("n{at}={value}")).collect::<Vec<_>>().join("&");
        if let Some(kept) = of(&form) {
            prop_assert_eq!(kept.split('&').count(), values.len());
            for (at, field) in kept.split('&').enumerate() {
                let name = format!("n{at}=");
                prop_assert!(field.starts_with(&name), "{}", kept);
            }
        }
    }
}
