//! What differs between two JSON documents, field by field.

use contract::history::FieldChange;
use serde_json::Value;

/// Most changes that are listed.
const MOST_CHANGES: usize = 500;
/// Longest value that is shown whole, in characters.
const LONGEST_VALUE: usize = 2_000;

/// The changes from one document to another, in the order of their paths; and whether there are more.
pub(crate) fn diff(before: &Value, after: &Value) -> (Vec<FieldChange>, bool) {
    let mut changes = Vec::new();
    compare("", Some(before), Some(after), &mut changes);
    let cut = changes.len() > MOST_CHANGES;
    changes.truncate(MOST_CHANGES);
    (changes, cut)
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<FieldChange>) {
    if before == after || changes.len() > MOST_CHANGES {
        return;
    }
    match (before, after) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                compare(&below(path, name), one.get(name), other.get(name), changes);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            for place in 0..one.len().max(other.len()) {
                compare(&format!("{path}[{place}]"), one.get(place), other.get(place), changes);
            }
        }
        (before, after) => changes.push(FieldChange {
            path: path.to_owned(),
            before: before.map(shown),
            after: after.map(shown),
        }),
    }
}

/// The path of a field; a name that a path would be misread with stands in quotes.
fn below(path: &str, name: &str) -> String {
    let plain = name.chars().all(|one| one.is_alphanumeric() || matches!(one, '_' | '-'));
    match (plain && !name.is_empty(), path.is_empty()) {
        (true, true) => name.to_owned(),
        (true, false) => format!("{path}.{name}"),
        (false, _) => format!("{path}[{}]", Value::from(name)),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LONGEST_VALUE {
        return text;
    }
    text.chars().take(LONGEST_VALUE).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_told_by_their_paths() {
        let before = json!({ "a": 1, "b": { "c": [1, 2], "d.e": true }, "gone": null, "same": { "x": 1 } });
        let after = json!({ "a": 2, "b": { "c": [1, 3, 4], "d.e": false }, "new": "n", "same": { "x": 1 } });
        let (changes, cut) = diff(&before, &after);
        let read: Vec<(&str, Option<&str>, Option<&str>)> = changes
            .iter()
            .map(|one| (one.path.as_str(), one.before.as_deref(), one.after.as_deref()))
            .collect();
        assert!(!cut);
        assert_eq!(
            read,
            [
                ("a", Some("1"), Some("2")),
                ("b.c[1]", Some("2"), Some("3")),
                ("b.c[2]", None, Some("4")),
                ("b[\"d.e\"]", Some("true"), Some("false")),
                ("gone", Some("null"), None),
                ("new", None, Some("\"n\"")),
            ]
        );
        assert!(diff(&before, &before).0.is_empty());
    }

    #[test]
    fn a_great_many_changes_are_cut() {
        let many = |offset: i32| json!((0..2_000).map(|one| one + offset).collect::<Vec<_>>());
        let (changes, cut) = diff(&many(0), &many(1));
        assert!(cut && changes.len() == MOST_CHANGES);
        let long = json!("x".repeat(10_000));
        let (changes, _) = diff(&json!({ "a": long }), &json!({ "a": 1 }));
        assert!(changes[0].before.as_ref().is_some_and(|text| text.chars().count() == LONGEST_VALUE + 1));
    }
}
