//! Whom the simulated account sends nothing to: some from the start, and whoever bounces, complains or unsubscribes.

use serde_json::{Value, json};

use super::Shared;
use super::requests::Answer;
use crate::shared::locked;

/// One address on one list.
#[derive(Clone, Debug)]
pub(super) struct Suppressed {
    list: List,
    email: String,
    reason: Option<&'static str>,
    group: Option<i64>,
    since: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Bounces,
    Blocks,
    SpamReports,
    Invalid,
    Unsubscribes,
    Group,
}

/// The groups that people can leave.
const GROUPS: [(i64, &str, &str); 2] =
    [(101, "Receipts", "What was paid and given back"), (102, "News", "What is new in the shop")];
/// When the seeded ones came onto their lists.
const SEEDED: u64 = 1_770_000_000;

/// Those from the start.
pub(super) fn seeded() -> Vec<Suppressed> {
    let one = |list, email: &str, reason, group| Suppressed {
        list,
        email: email.to_owned(),
        reason,
        group,
        since: SEEDED,
    };
    vec![
        one(
            List::Bounces,
            "gone@example.com",
            Some("550 5.1.1 The email account that you tried to reach does not exist."),
            None,
        ),
        one(List::Blocks, "full@example.com", Some("452 4.2.2 The mailbox is full."), None),
        one(List::SpamReports, "complained@example.com", None, None),
        one(
            List::Invalid,
            "typo@example.con",
            Some("Mail domain mentioned in email address is unknown"),
            None,
        ),
        one(List::Unsubscribes, "left@example.com", None, None),
        one(List::Group, "nonews@example.com", None, Some(102)),
    ]
}

impl List {
    fn of(word: &str) -> Option<List> {
        Some(match word {
            "bounces" => List::Bounces,
            "blocks" => List::Blocks,
            "spam_reports" => List::SpamReports,
            "invalid_emails" => List::Invalid,
            "unsubscribes" => List::Unsubscribes,
            _ => return None,
        })
    }
}

/// Why mail to the address is dropped, in the words of the event; none where it is sent.
pub(super) fn dropped(shared: &Shared, email: &str, group: Option<i64>) -> Option<&'static str> {
    let held = locked(&shared.suppressed);
    let theirs = held.iter().filter(|one| one.email.eq_ignore_ascii_case(email));
    theirs.filter(|one| one.list != List::Group || one.group == group).find_map(|one| match one.list {
        List::Bounces => Some("Bounced Address"),
        List::SpamReports => Some("Spam Reporting Address"),
        List::Invalid => Some("Invalid"),
        List::Unsubscribes | List::Group => Some("Unsubscribed Address"),
        List::Blocks => None,
    })
}

/// Takes down what an event means for later mail.
pub(super) fn note_event(shared: &Shared, email: &str, event: &str, reason: Option<&'static str>, now: u64) {
    let list = match event {
        "bounce" => List::Bounces,
        "spamreport" => List::SpamReports,
        _ => return,
    };
    let mut held = locked(&shared.suppressed);
    if !held.iter().any(|one| one.list == list && one.email.eq_ignore_ascii_case(email)) {
        held.push(Suppressed { list, email: email.to_owned(), reason, group: None, since: now });
    }
}

/// Answers what stands below `/v3/suppression` and `/v3/asm`.
pub(super) fn answer(
    shared: &Shared,
    method: &str,
    path: &str,
    query: &[(String, String)],
    body: &[u8],
) -> Answer {
    let parts: Vec<String> = path.trim_start_matches("/v3/").split('/').map(crate::form::decode).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match (method, parts.as_slice()) {
        ("GET", ["suppression", list]) => match List::of(list) {
            Some(list) => page(shared, list, query),
            None => Answer::error(404, "not found", None),
        },
        ("GET", ["suppression", list, email]) => match List::of(list) {
            Some(list) => Answer::ok(Value::Array(of(shared, list, Some(email)))),
            None => Answer::error(404, "not found", None),
        },
        ("DELETE", ["suppression", list, email]) => match List::of(list) {
            Some(list) => remove(shared, list, email),
            None => Answer::error(404, "not found", None),
        },
        ("GET", ["asm", "groups"]) => groups(shared),
        ("GET", ["asm", "suppressions"]) => Answer::ok(Value::Array(of(shared, List::Group, None))),
        ("GET", ["asm", "suppressions", "global", email]) => {
            let found = of(shared, List::Unsubscribes, Some(email));
            Answer::ok(if found.is_empty() { json!({}) } else { json!({ "recipient_email": email }) })
        }
        ("POST", ["asm", "suppressions", "global"]) => add(shared, List::Unsubscribes, None, body),
        ("POST", ["asm", "groups", group, "suppressions"]) => {
            add(shared, List::Group, group.parse().ok(), body)
        }
        ("GET", ["asm", "suppressions", email]) => of_groups(shared, email),
        _ => Answer::error(404, "not found", None),
    }
}

fn row(one: &Suppressed) -> Value {
    let mut row = match one.list {
        List::Group => json!({ "email": one.email, "group_id": one.group, "created_at": one.since }),
        List::SpamReports => json!({ "email": one.email, "created": one.since, "ip": "192.0.2.1" }),
        _ => json!({ "email": one.email, "created": one.since }),
    };
    if let Some(reason) = one.reason {
        row["reason"] = json!(reason);
    }
    if let Some((_, name, _)) = GROUPS.iter().find(|(id, _, _)| Some(*id) == one.group) {
        row["group_name"] = json!(name);
    }
    row
}

fn of(shared: &Shared, list: List, email: Option<&str>) -> Vec<Value> {
    let held = locked(&shared.suppressed);
    let fits = |one: &&Suppressed| {
        one.list == list && email.is_none_or(|email| one.email.eq_ignore_ascii_case(email))
    };
    held.iter().filter(fits).map(row).collect()
}

fn page(shared: &Shared, list: List, query: &[(String, String)]) -> Answer {
    let number = |name: &str, usual: usize| {
        let given = query.iter().find(|(one, _)| one == name).and_then(|(_, value)| value.parse().ok());
        given.unwrap_or(usual)
    };
    let rows = of(shared, list, None);
    Answer::ok(Value::Array(
        rows.into_iter().skip(number("offset", 0)).take(number("limit", 500).min(500)).collect(),
    ))
}

fn remove(shared: &Shared, list: List, email: &str) -> Answer {
    locked(&shared.suppressed).retain(|one| one.list != list || !one.email.eq_ignore_ascii_case(email));
    Answer::empty(204)
}

fn groups(shared: &Shared) -> Answer {
    let held = locked(&shared.suppressed);
    let group = |(id, name, description): &(i64, &str, &str)| {
        let left = held.iter().filter(|one| one.group == Some(*id)).count();
        json!({ "id": id, "name": name, "description": description, "is_default": false, "unsubscribes": left })
    };
    Answer::ok(Value::Array(GROUPS.iter().map(group).collect()))
}

fn of_groups(shared: &Shared, email: &str) -> Answer {
    let held = locked(&shared.suppressed);
    let left =
        |id: i64| held.iter().any(|one| one.group == Some(id) && one.email.eq_ignore_ascii_case(email));
    let all: Vec<Value> = GROUPS
        .iter()
        .map(|(id, name, description)| {
            json!({ "id": id, "name": name, "description": description, "is_default": false, "suppressed": left(*id) })
        })
        .collect();
    Answer::ok(json!({ "suppressions": all }))
}

fn add(shared: &Shared, list: List, group: Option<i64>, body: &[u8]) -> Answer {
    let given: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(emails) = given["recipient_emails"].as_array() else {
        return Answer::error(400, "recipient_emails is required", Some("recipient_emails"));
    };
    let known = list != List::Group || GROUPS.iter().any(|(id, _, _)| Some(*id) == group);
    if !known {
        return Answer::error(404, "group not found", None);
    }
    let mut held = locked(&shared.suppressed);
    for email in emails.iter().filter_map(Value::as_str) {
        held.push(Suppressed { list, email: email.to_owned(), reason: None, group, since: SEEDED });
    }
    let mut answer = Answer::ok(json!({ "recipient_emails": emails }));
    answer.status = 201;
    answer
}
