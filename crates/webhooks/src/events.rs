//! What a request of a scheme says happened: one event, or a list of them. Only what a request was verified for is read,
//! and of each event no more than lists and searches show; all else stays in its document as the vendor wrote it.

use std::collections::BTreeMap;

use domain::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::mac::sha256;
use crate::scheme::Scheme;
use crate::{standard, twilio};

/// Events of one request; SendGrid posts some thousands at the most.
pub const MOST_EVENTS: usize = 10_000;
/// Longest id and longest word of an event that is kept.
const WORD_MAX: usize = 200;
/// The word for what happened where the vendor gives none.
const UNNAMED: &str = "event";

/// One event of a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorEvent {
    /// The vendor's id, or a hash of the document where it gives none.
    pub id: String,
    /// The vendor's word for what happened.
    pub kind: String,
    /// When it happened, where it tells.
    pub at: Option<Timestamp>,
    /// The vendor's word for the sort of thing that it is about.
    pub object: Option<String>,
    /// The thing's id.
    pub object_id: Option<String>,
    /// The document, in JSON: the vendor's bytes, or those of a form's fields.
    pub document: Vec<u8>,
}

/// The events of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VendorEvents {
    /// In their order.
    pub events: Vec<VendorEvent>,
    /// Entries of a list that are no events.
    pub unread: usize,
}

/// Why a body holds no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoEvents {
    /// It is neither JSON nor a form.
    #[error("the body is not JSON")]
    NotJson,
    /// It is no object and no list of them.
    #[error("the body is no event")]
    OtherShape,
    /// It holds more than any vendor posts at once.
    #[error("the body has more than {MOST_EVENTS} events")]
    TooMany,
}

impl NoEvents {
    /// The word for it in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::OtherShape => "other_object",
            Self::TooMany => "too_many",
        }
    }
}

/// Reads the events of a request that was verified by the scheme.
///
/// # Errors
/// Says why it holds none.
pub fn read_events(
    scheme: Scheme,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<VendorEvents, NoEvents> {
    if scheme == Scheme::Twilio && !body.trim_ascii_start().starts_with(b"[") && !is_object(body) {
        return of_form(body);
    }
    let document: &RawValue = serde_json::from_slice(body).map_err(|_| NoEvents::NotJson)?;
    let single = |document: &RawValue| read(scheme, headers, document);
    if document.get().starts_with('{') {
        let event = single(document).ok_or(NoEvents::NotJson)?;
        return Ok(VendorEvents { events: vec![event], unread: 0 });
    }
    let entries: Vec<&RawValue> = serde_json::from_str(document.get()).map_err(|_| NoEvents::OtherShape)?;
    if entries.len() > MOST_EVENTS {
        return Err(NoEvents::TooMany);
    }
    let events: Vec<VendorEvent> = entries.iter().filter_map(|entry| single(entry)).collect();
    if events.is_empty() {
        return Err(NoEvents::OtherShape);
    }
    Ok(VendorEvents { unread: entries.len() - events.len(), events })
}

fn is_object(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
}

/// One event; none where the document is no object.
fn read(scheme: Scheme, headers: &[(String, String)], document: &RawValue) -> Option<VendorEvent> {
    let fields: Map<String, Value> = serde_json::from_str(document.get()).ok()?;
    let facts = match scheme {
        Scheme::Stripe => of_stripe(&fields),
        Scheme::SendGrid => of_sendgrid(&fields),
        Scheme::Twilio => of_cloud_event(&fields),
        Scheme::PayPal => of_paypal(&fields),
        Scheme::Standard => of_standard(standard::Names::STANDARD, headers, &fields),
        Scheme::Svix => of_standard(standard::Names::of_svix(headers), headers, &fields),
        Scheme::HubSpot => of_hubspot(fields),
    };
    Some(facts.with(document.get().as_bytes().to_vec()))
}

/// What was found of an event.
#[derive(Default)]
struct Facts {
    id: Option<String>,
    kind: Option<String>,
    at: Option<Timestamp>,
    object: Option<String>,
    object_id: Option<String>,
}

impl Facts {
    fn with(self, document: Vec<u8>) -> VendorEvent {
        let hashed = || format!("hash_{}", hex::encode(&sha256(&[&document])[..16]));
        VendorEvent {
            id: self.id.as_deref().and_then(fit_id).unwrap_or_else(hashed),
            kind: self.kind.and_then(fit_word).unwrap_or_else(|| UNNAMED.to_owned()),
            at: self.at,
            object: self.object.and_then(fit_word),
            object_id: self.object_id.and_then(fit_word),
            document,
        }
    }
}

/// An id that may stand in addresses, on screens and in searches. Others are known by the hash of what they name, so
/// that nothing is lost by a strange one.
fn fit_id(id: &str) -> Option<String> {
    let is_fit = |one: u8| one.is_ascii_alphanumeric() || b"_-=.:+".contains(&one);
    ((1..=WORD_MAX).contains(&id.len()) && id.bytes().all(is_fit) && !id.contains(".."))
        .then(|| id.to_owned())
}

fn fit_word(word: String) -> Option<String> {
    let fits = !word.is_empty() && word.len() <= WORD_MAX && !word.chars().any(char::is_control);
    fits.then_some(word)
}

/// A text, or a number as its digits.
fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn whole(fields: &Map<String, Value>, name: &str) -> Option<i64> {
    fields.get(name).and_then(Value::as_i64).filter(|number| *number >= 0)
}

fn moment(fields: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    fields.get(name)?.as_str()?.parse().ok()
}

fn within<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    fields.get(name)?.as_object()
}

fn of_stripe(fields: &Map<String, Value>) -> Facts {
    let object = within(fields, "data").and_then(|data| within(data, "object"));
    Facts {
        id: text(fields, "id"),
        kind: text(fields, "type"),
        at: whole(fields, "created").map(Timestamp::from_seconds),
        object: object.and_then(|object| text(object, "object")),
        object_id: object.and_then(|object| text(object, "id")),
    }
}

fn of_sendgrid(fields: &Map<String, Value>) -> Facts {
    // What stands before the first full stop is the id under which the message was taken.
    let message = text(fields, "sg_message_id");
    let message = message.as_deref().and_then(|id| id.split('.').next()).map(str::to_owned);
    Facts {
        id: text(fields, "sg_event_id"),
        kind: text(fields, "event"),
        at: whole(fields, "timestamp").map(Timestamp::from_seconds),
        object: message.is_some().then(|| "message".to_owned()),
        object_id: message,
    }
}

fn of_paypal(fields: &Map<String, Value>) -> Facts {
    Facts {
        id: text(fields, "id"),
        kind: text(fields, "event_type"),
        at: moment(fields, "create_time"),
        object: text(fields, "resource_type"),
        object_id: within(fields, "resource").and_then(|resource| text(resource, "id")),
    }
}

/// The id stands in a header, which is signed under the names that the request was verified by, and others that stand beside
/// them are anybody's; the body is the seller's own, in which the standard asks for `type`, `timestamp` and `data`.
fn of_standard(names: standard::Names, headers: &[(String, String)], fields: &Map<String, Value>) -> Facts {
    let named = |name: &str| {
        let found = headers.iter().find(|(held, _)| held.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    };
    let signed = named(names.time).and_then(|seconds| seconds.parse().ok()).map(Timestamp::from_seconds);
    let data = within(fields, "data");
    Facts {
        id: named(names.id),
        kind: text(fields, "type").or_else(|| text(fields, "event_type")),
        at: moment(fields, "timestamp").or(signed),
        object: data.and_then(|data| text(data, "object")),
        object_id: data.and_then(|data| text(data, "id")),
    }
}

/// HubSpot gives no id that is of one event alone: it says so of `eventId`, so that the rest of the document goes into ours,
/// but for the number of the try.
fn of_hubspot(mut fields: Map<String, Value>) -> Facts {
    fields.remove("attemptNumber");
    let hash = hex::encode(sha256(&[Value::Object(fields.clone()).to_string().as_bytes()]));
    let given = text(&fields, "eventId").as_deref().and_then(fit_id);
    Facts {
        id: Some(match given {
            Some(id) => format!("{id}-{}", &hash[..12]),
            None => format!("hash_{}", &hash[..32]),
        }),
        kind: text(&fields, "subscriptionType"),
        at: whole(&fields, "occurredAt").map(Timestamp::from_ms),
        object: text(&fields, "subscriptionType").and_then(|word| word.split('.').next().map(str::to_owned)),
        object_id: text(&fields, "objectId"),
    }
}

/// An entry of Twilio's event streams.
fn of_cloud_event(fields: &Map<String, Value>) -> Facts {
    let data = within(fields, "data");
    let sid = |name| data.and_then(|data| text(data, name));
    Facts {
        id: text(fields, "id"),
        kind: text(fields, "type"),
        at: moment(fields, "time"),
        object: data.and(Some("message".to_owned())),
        object_id: sid("messageSid").or_else(|| sid("callSid")),
    }
}

/// What Twilio tells in a form. A message or a call has one event for each state that it reaches; whatever else is told of
/// them, and of other things, comes any number of times, and is known by all that it says.
fn of_form(body: &[u8]) -> Result<VendorEvents, NoEvents> {
    let fields = twilio::form_fields(body).ok_or(NoEvents::NotJson)?;
    // A single value is a text, as the field was; several stay several.
    let value = |values: &Vec<String>| match values.as_slice() {
        [only] => Value::from(only.as_str()),
        several => Value::from(several),
    };
    let document: BTreeMap<&str, Value> =
        fields.iter().map(|(name, values)| (name.as_str(), value(values))).collect();
    let document = serde_json::to_vec(&document).map_err(|_| NoEvents::NotJson)?;
    Ok(VendorEvents { events: vec![facts_of_form(&fields).with(document)], unread: 0 })
}

fn facts_of_form(fields: &BTreeMap<String, Vec<String>>) -> Facts {
    let first = |names: &[&str]| names.iter().find_map(|name| fields.get(*name)?.first()).cloned();
    let thing = |object: &str, sid: Option<String>, kind: String| Facts {
        kind: Some(kind),
        object: sid.is_some().then(|| object.to_owned()),
        object_id: sid,
        ..Facts::default()
    };
    let (object, sid) = match first(&["MessageSid", "SmsSid", "SmsMessageSid"]) {
        Some(sid) => ("message", Some(sid)),
        None => ("call", first(&["CallSid"])),
    };
    let told = first(&["RecordingStatus", "StatusCallbackEvent", "EventType"]);
    let comes_in = || {
        (told.is_none() && object == "message" && fields.contains_key("Body")).then(|| "received".to_owned())
    };
    if let Some(state) = first(&["MessageStatus", "SmsStatus", "CallStatus"]).or_else(comes_in) {
        let id = sid.as_ref().map(|sid| format!("{sid}:{state}"));
        return Facts { id, ..thing(object, sid, format!("{object}.{state}")) };
    }
    if let Some(state) = first(&["RecordingStatus"]) {
        return thing("recording", first(&["RecordingSid"]), format!("recording.{state}"));
    }
    if let Some(event) = first(&["StatusCallbackEvent"]) {
        for (object, name) in [("conference", "ConferenceSid"), ("room", "RoomSid")] {
            if let Some(sid) = first(&[name]) {
                return thing(object, Some(sid), format!("{object}.{event}"));
            }
        }
    }
    let kind = told.unwrap_or_else(|| if sid.is_some() { object } else { UNNAMED }.to_owned());
    thing(object, sid, kind)
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
