//! SendGrid's Email Activity: what was sent, by a question, and what became of one message. A paid extra, which an account may be without.

use serde_json::{Value, json};

use super::requests::{Answer, SENDER};
use super::{PastEvent, Shared};
use crate::shared::locked;

/// Messages of an answer where none are asked for, and the most of one.
const MESSAGES: usize = 10;
const MOST_MESSAGES: usize = 1_000;

/// A message as it is asked about.
struct Known {
    id: String,
    to: String,
    subject: String,
    arguments: Vec<(String, String)>,
    events: Vec<PastEvent>,
}

/// Answers `/v3/messages`, or `/v3/messages/{id}`.
pub(super) fn answer(shared: &Shared, path: &str, query: &str) -> Answer {
    if !shared.activity {
        return Answer::error(403, "access forbidden", None);
    }
    let known = all(shared);
    if let Some(id) = path.strip_prefix("/v3/messages/") {
        return match known.iter().find(|one| one.id == id) {
            Some(one) => Answer::new(200, detail(one)),
            None => Answer::error(404, "resource not found", None),
        };
    }
    let field = |name: &str| {
        let found = url::form_urlencoded::parse(query.as_bytes()).find(|(one, _)| one == name);
        found.map(|(_, value)| value.into_owned())
    };
    let limit = match field("limit").map(|text| text.parse::<usize>()) {
        None => MESSAGES,
        Some(Ok(limit)) if (1..=MOST_MESSAGES).contains(&limit) => limit,
        Some(_) => return Answer::error(400, "limit must be between 1 and 1000", Some("limit")),
    };
    let Some(fits) = asked(field("query").as_deref().unwrap_or_default()) else {
        return Answer::error(400, "invalid query", Some("query"));
    };
    let mut found: Vec<&Known> = known.iter().filter(|one| fits(one)).collect();
    found.sort_by_key(|one| std::cmp::Reverse(last_event(one)));
    found.truncate(limit);
    Answer::new(200, json!({ "messages": found.into_iter().map(listed).collect::<Vec<_>>() }))
}

/// Whether a message is what a query asks for.
type Fits = Box<dyn Fn(&Known) -> bool>;

/// What a query such as `to_email="ada@example.com"` asks for; none where it is none that is understood here.
fn asked(query: &str) -> Option<Fits> {
    if query.trim().is_empty() {
        return Some(Box::new(|_| true));
    }
    let (name, value) = query.split_once('=')?;
    let value = value.trim().strip_prefix('"')?.strip_suffix('"')?.to_owned();
    match name.trim() {
        "to_email" => Some(Box::new(move |one| one.to.eq_ignore_ascii_case(&value))),
        "subject" => Some(Box::new(move |one| one.subject == value)),
        "msg_id" => Some(Box::new(move |one| one.id == value)),
        "status" => Some(Box::new(move |one| status(one) == value)),
        _ => None,
    }
}

fn all(shared: &Shared) -> Vec<Known> {
    let past = shared.history.iter().map(|one| Known {
        id: format!("{}.filter0001.1.0", one.message_id),
        to: one.to.clone(),
        subject: one.subject.clone(),
        arguments: one.arguments.clone(),
        events: one.events.clone(),
    });
    let happened = locked(&shared.happened);
    let taken = locked(&shared.taken);
    let sent = taken.iter().enumerate().filter(|(_, one)| !one.only_checked).map(|(place, one)| Known {
        id: format!("{}.filter0001.1.{place}", one.message_id),
        to: one.to.clone(),
        subject: one.subject.clone().unwrap_or_default(),
        arguments: one.arguments.clone(),
        events: happened.get(&place).cloned().unwrap_or_default(),
    });
    past.chain(sent).collect()
}

fn last_event(one: &Known) -> i64 {
    one.events.iter().map(|event| event.at).max().unwrap_or_default()
}

fn status(one: &Known) -> &'static str {
    let has = |event: &str| one.events.iter().any(|one| one.event == event);
    if has("bounce") || has("dropped") {
        "not_delivered"
    } else if has("delivered") {
        "delivered"
    } else {
        "processed"
    }
}

fn moment(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn listed(one: &Known) -> Value {
    let count = |event: &str| one.events.iter().filter(|one| one.event == event).count();
    json!({
        "from_email": SENDER,
        "msg_id": one.id,
        "subject": one.subject,
        "to_email": one.to,
        "status": status(one),
        "opens_count": count("open"),
        "clicks_count": count("click"),
        "last_event_time": moment(last_event(one)),
    })
}

/// The words of the activity for what the webhook calls otherwise.
fn word(event: &str) -> &str {
    match event {
        "bounce" => "bounced",
        "open" => "opened",
        "click" => "clicked",
        "spamreport" => "spam_report",
        other => other,
    }
}

fn detail(one: &Known) -> Value {
    let events = one.events.iter().map(|PastEvent { event, at, reason }| {
        json!({
            "event_name": word(event),
            "processed": moment(*at),
            "reason": reason.unwrap_or_default(),
            "bounce_type": if *event == "bounce" { "hard" } else { "soft" },
            "http_user_agent": "",
            "mx_server": "mx.example.com",
        })
    });
    let arguments: serde_json::Map<String, Value> =
        one.arguments.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "from_email": SENDER,
        "msg_id": one.id,
        "subject": one.subject,
        "to_email": one.to,
        "status": status(one),
        "template_id": "",
        "asm_group_id": 1,
        "teammate": "",
        "api_key_id": "sandbox",
        "events": events.collect::<Vec<_>>(),
        "originating_ip": "127.0.0.1",
        "categories": [],
        "unique_args": Value::Object(arguments).to_string(),
        "outbound_ip": "127.0.0.1",
        "outbound_ip_type": "shared",
    })
}
