//! SendGrid's Email Activity: a paid extra that says of the last 30 days what was sent and what became of it, six requests a minute.

use domain::card_number::mask_card_numbers;
use domain::{MessageEvent, MessageEventKind, TellsOf, Timestamp, ToldEvent};
use serde::Deserialize;
use serde_json::{Map, Value};
use transport::{Endpoint, Method, Request};
use url::form_urlencoded;

use super::events::{REASON_MAX, WORD_MAX};
use super::mail::message_of_custom_args;
use super::{CallError, SendGrid};

/// Requests that SendGrid answers in a minute (docs: email-activity, rate limits).
pub const ACTIVITY_PER_MINUTE: usize = 6;
/// Messages to one address that are listed.
const LISTED: usize = 100;
/// What stands before the id of an event that the activity tells of, which has none of its own.
pub const ACTIVITY_EVENT: &str = "activity:";

/// A message that the activity knows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ActiveMessage {
    /// SendGrid's id of it: what the answer to its send told, and more behind the first dot.
    pub msg_id: String,
    /// Its subject.
    #[serde(default)]
    pub subject: String,
    /// Whom it went to.
    pub to_email: String,
}

impl ActiveMessage {
    /// SendGrid's id as the answer to its send told it.
    pub fn vendor_id(&self) -> &str {
        self.msg_id.split('.').next().unwrap_or(&self.msg_id)
    }
}

#[derive(Deserialize)]
struct Listed {
    messages: Vec<ActiveMessage>,
}

#[derive(Deserialize)]
struct Detail {
    msg_id: String,
    to_email: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    template_id: Option<String>,
    #[serde(default)]
    unique_args: Value,
    #[serde(default)]
    events: Vec<DetailEvent>,
}

#[derive(Deserialize)]
struct DetailEvent {
    event_name: String,
    processed: String,
    #[serde(default)]
    reason: Option<String>,
}

impl SendGrid {
    /// The newest messages to an address.
    ///
    /// # Errors
    /// [`CallError::Forbidden`] where the account or its key is without the extra; when nothing answers.
    pub async fn activity_to(&self, address: &str) -> Result<Vec<ActiveMessage>, CallError> {
        // A quote in an address would end the text in the question.
        let query = format!("to_email=\"{}\"", address.replace(['"', '\\'], ""));
        let mut request = Request::new(asking("/v3/messages"), "/v3/messages");
        request.query = vec![("limit".to_owned(), LISTED.to_string()), ("query".to_owned(), query)];
        let Listed { messages } = self.read(request).await?;
        Ok(messages)
    }

    /// What became of a message, as events.
    ///
    /// # Errors
    /// As [`SendGrid::activity_to`]; [`CallError::Refused`] where it is not known.
    pub async fn activity_of(&self, msg_id: &str) -> Result<Vec<ToldEvent>, CallError> {
        let id: String = form_urlencoded::byte_serialize(msg_id.as_bytes()).collect();
        let request = Request::new(asking("/v3/messages/{msg_id}"), format!("/v3/messages/{id}"));
        let detail: Detail = self.read(request).await?;
        Ok(told(&detail))
    }
}

fn asking(path_template: &'static str) -> Endpoint {
    Endpoint { method: Method::GET, path_template }
}

fn told(detail: &Detail) -> Vec<ToldEvent> {
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let arguments = arguments(&detail.unique_args);
    let vendor_id = detail.msg_id.split('.').next().unwrap_or_default();
    let of = TellsOf {
        message: message_of_custom_args(&arguments),
        vendor_id: Some(cut(vendor_id, WORD_MAX)),
        to: cut(&detail.to_email, 320),
        subject: Some(mask_card_numbers(&cut(&detail.subject, REASON_MAX))).filter(|text| !text.is_empty()),
        template: detail.template_id.clone().filter(|id| !id.is_empty()).map(|id| cut(&id, WORD_MAX)),
        named: super::events::named(&arguments),
    };
    let event = |one: &DetailEvent| {
        let at: Timestamp = one.processed.parse().ok()?;
        let reason = one.reason.as_deref().filter(|reason| !reason.is_empty());
        Some(ToldEvent {
            of: of.clone(),
            event: MessageEvent {
                id: format!(
                    "{ACTIVITY_EVENT}{}:{}:{}",
                    cut(vendor_id, WORD_MAX),
                    one.event_name,
                    at.as_seconds()
                ),
                kind: kind(&cut(&one.event_name, WORD_MAX)),
                at,
                reason: reason.map(|reason| mask_card_numbers(&cut(reason, REASON_MAX))),
            },
        })
    };
    detail.events.iter().filter_map(event).collect()
}

/// What its sender put with it: an object, or the text of one.
fn arguments(value: &Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields.clone(),
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        _ => Map::new(),
    }
}

/// The activity's word for what happened, in ours.
fn kind(word: &str) -> MessageEventKind {
    match word {
        "processed" => MessageEventKind::Processed,
        "deferred" => MessageEventKind::Deferred,
        "delivered" => MessageEventKind::Delivered,
        "bounced" => MessageEventKind::Bounced,
        "dropped" => MessageEventKind::Dropped,
        "opened" => MessageEventKind::Opened,
        "clicked" => MessageEventKind::Clicked,
        "spam_report" => MessageEventKind::Complained,
        "unsubscribe" | "group_unsubscribe" => MessageEventKind::Unsubscribed,
        other => MessageEventKind::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use domain::MessageId;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_of_the_activity_is_told_as_events_that_keep_their_ids() {
        let message = MessageId::generate();
        let detail = json!({
            "msg_id": "abc.filter-1", "to_email": "ada@example.com", "subject": "Your receipt",
            "unique_args": json!({ "paydesk_message": message.to_string(), "order_id": "17", "plan": "x" }).to_string(),
            "events": [
                { "event_name": "processed", "processed": "2026-03-01T12:00:00Z" },
                { "event_name": "bounced", "processed": "2026-03-01T12:00:04Z", "reason": "550 no" },
                { "event_name": "opened", "processed": "soon" },
            ],
        });
        let read: Detail = serde_json::from_value(detail).unwrap();
        let all = told(&read);
        assert_eq!(all, told(&read));
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[1].event.kind.clone(), all[1].event.reason.as_deref()),
            (MessageEventKind::Bounced, Some("550 no"))
        );
        assert_eq!(all[0].event.id, "activity:abc:processed:1772366400");
        assert_eq!((all[0].of.message, all[0].of.vendor_id.as_deref()), (Some(message), Some("abc")));
        assert_eq!(all[0].of.named, [("order_id".to_owned(), "17".to_owned())]);
        assert_eq!(arguments(&json!(7)).len(), 0);
    }
}
