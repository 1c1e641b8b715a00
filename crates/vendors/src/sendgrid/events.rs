//! What SendGrid's event webhook delivers: a JSON array of events, of several messages, in any order.

use domain::card_number::mask_card_numbers;
use domain::joining::{names_something, tells_of_a_letter};
use domain::{MessageEvent, MessageEventKind, TellsOf, Timestamp, ToldEvent};
use serde_json::{Map, Value};

use super::mail::message_of_custom_args;

/// Most events of one array; SendGrid sends some hundreds at most.
pub const MOST_EVENTS: usize = 10_000;
/// Longest reason that is kept, in characters.
pub(super) const REASON_MAX: usize = 500;
/// Longest subject that is kept, in characters.
const SUBJECT_MAX: usize = 500;
/// Most names of a sender's that are kept of a message.
const MOST_NAMED: usize = 20;
/// Longest id or word that is kept, in characters.
pub(super) const WORD_MAX: usize = 200;

/// What an array held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadEvents {
    /// What could be read, as it stood in the array.
    pub events: Vec<ToldEvent>,
    /// How many could not: without an id, an address or a time.
    pub skipped: usize,
}

/// Reads what was delivered: an array, or one event by itself. None where it is neither, or holds more than [`MOST_EVENTS`].
pub fn read_events(body: &[u8]) -> Option<ReadEvents> {
    let items = match serde_json::from_slice(body).ok()? {
        Value::Array(items) => items,
        one @ Value::Object(_) => vec![one],
        _ => return None,
    };
    if items.len() > MOST_EVENTS {
        return None;
    }
    let mut read = ReadEvents::default();
    for item in &items {
        match item.as_object().and_then(read_event) {
            Some(event) => read.events.push(event),
            None => read.skipped += 1,
        }
    }
    Some(read)
}

fn read_event(fields: &Map<String, Value>) -> Option<ToldEvent> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let id = text("sg_event_id").filter(|id| id.chars().count() <= WORD_MAX)?;
    let seconds =
        fields.get("timestamp")?.as_i64().filter(|seconds| (0..=253_402_300_799).contains(seconds))?;
    let word = text("event")?;
    let reason = text("reason").or_else(|| text("response"));
    // `sg_message_id` begins with what `X-Message-Id` said, up to the first dot (vendor facts 3).
    let vendor_id = text("sg_message_id").map(|id| cut(id.split('.').next().unwrap_or(id), WORD_MAX));
    Some(ToldEvent {
        of: TellsOf {
            message: message_of_custom_args(fields),
            vendor_id,
            to: cut(text("email")?, 320),
            subject: text("subject").map(|subject| mask_card_numbers(&cut(subject, SUBJECT_MAX))),
            template: text("sg_template_id").or_else(|| text("template_id")).map(|id| cut(id, WORD_MAX)),
            named: named(fields),
        },
        event: MessageEvent {
            id: id.to_owned(),
            kind: kind(&cut(word, WORD_MAX)),
            at: Timestamp::from_seconds(seconds),
            reason: reason.map(|reason| mask_card_numbers(&cut(reason, REASON_MAX))),
        },
    })
}

/// Names and values that a message's sender gave it: SendGrid puts its `custom_args` beside the fields of its own.
pub(super) fn named(fields: &Map<String, Value>) -> Vec<(String, String)> {
    let of_sender = |name: &str| names_something(name) || tells_of_a_letter(name);
    let word = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let all = fields.iter().filter(|(name, _)| of_sender(name));
    let all = all.filter_map(|(name, value)| Some((name.clone(), word(value)?)));
    all.filter(|(_, value)| !value.is_empty() && value.chars().count() <= WORD_MAX).take(MOST_NAMED).collect()
}

/// SendGrid's word for what happened, in ours; one that is not known is kept.
fn kind(word: &str) -> MessageEventKind {
    match word {
        "processed" => MessageEventKind::Processed,
        "deferred" => MessageEventKind::Deferred,
        "delivered" => MessageEventKind::Delivered,
        "bounce" | "blocked" => MessageEventKind::Bounced,
        "dropped" => MessageEventKind::Dropped,
        "open" => MessageEventKind::Opened,
        "click" => MessageEventKind::Clicked,
        "spamreport" => MessageEventKind::Complained,
        "unsubscribe" | "group_unsubscribe" => MessageEventKind::Unsubscribed,
        other => MessageEventKind::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use domain::MessageId;

    use super::*;

    #[test]
    fn an_array_is_read_and_what_cannot_be_is_counted() {
        let message = MessageId::generate();
        let body = serde_json::json!([
            { "sg_event_id": "e1", "sg_message_id": "abc.filter-1", "event": "bounce", "timestamp": 5, "email": "a@example.com",
              "reason": "refused: 4242424242424242", "paydesk_message": message.to_string() },
            { "sg_event_id": "e2", "event": "translated", "timestamp": 6, "email": "a@example.com" },
            { "event": "open", "timestamp": 6, "email": "a@example.com" },
            { "sg_event_id": "e3", "event": "open", "timestamp": "soon", "email": "a@example.com" },
            7,
        ]);
        let read = read_events(body.to_string().as_bytes()).unwrap();
        assert_eq!((read.events.len(), read.skipped), (2, 3));
        assert_eq!(read.events[0].of.message, Some(message));
        assert_eq!(read.events[0].of.vendor_id.as_deref(), Some("abc"));
        assert_eq!(read.events[0].event.kind, MessageEventKind::Bounced);
        assert!(!read.events[0].event.reason.as_deref().unwrap().contains("4242424242"));
        assert_eq!(read.events[1].event.kind, MessageEventKind::Other("translated".to_owned()));
        assert_eq!(read.events[1].event.kind.state(), None);
    }

    #[test]
    fn ten_thousand_events_are_read_and_one_more_is_too_many() {
        let one = serde_json::json!({ "sg_event_id": "e", "event": "open", "timestamp": 6, "email": "a@example.com" });
        let many = |count| Value::Array(vec![one.clone(); count]).to_string();
        assert_eq!(read_events(many(10_000).as_bytes()).unwrap().events.len(), 10_000);
        assert_eq!(read_events(many(10_001).as_bytes()), None);
        assert_eq!(read_events(b"\"text\""), None);
        assert_eq!(read_events(b"[{"), None);
        assert_eq!(read_events(one.to_string().as_bytes()).unwrap().events.len(), 1);
    }
}
