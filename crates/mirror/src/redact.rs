//! Taking a person out of a record: amounts, states, moments and the vendor's ids stay, so that the
//! books still add up; everything else goes.

use domain::{CardFacts, Record};
use serde_json::{Map, Value};

use crate::delivered::ERASED;

/// The name of our intent in metadata: it ties a refund to the journal and tells nothing of a person.
const INTENT_METADATA: &str = "paydesk_intent_id";

/// Fields whose texts stay: words of the vendor and its ids. Every other text goes, so that a field
/// that nobody thought of cannot keep a name.
pub(crate) const KEPT_TEXTS: [&str; 38] = [
    "api_version",
    "balance_transaction",
    "brand",
    "cancellation_reason",
    "capture_method",
    "category",
    "charge",
    "code",
    "confirmation_method",
    "currency",
    "customer",
    "decline_code",
    "dispute",
    "failure_code",
    "failure_reason",
    "funding",
    "id",
    "idempotency_key",
    "invoice",
    "latest_charge",
    "network",
    "network_status",
    "object",
    "outcome_type",
    "payment_intent",
    "payment_method",
    "payout",
    "pending_reason",
    "pending_webhooks",
    "reason",
    "refund",
    "reporting_category",
    "request",
    "risk_level",
    "source",
    "source_type",
    "status",
    "type",
];

/// Where an event of SendGrid's names itself, its message and its reader. Its `reason` is what a server answered, in which
/// the reader's name stands, and its categories are the seller's own words.
const SENDGRID_EVENT: &str = "sg_event_id";
pub(crate) const SENDGRID_MESSAGE: &str = "sg_message_id";
pub(crate) const SENDGRID_ADDRESS: &str = "email";
const SENDGRID_KEPT: [&str; 6] =
    [SENDGRID_EVENT, SENDGRID_MESSAGE, "event", "paydesk_message", "status", "type"];

/// Fields whose numbers tell something of a person or a card.
const DROPPED_NUMBERS: [&str; 5] = ["exp_month", "exp_year", "day", "month", "year"];

/// The record without its person.
pub(crate) fn record(record: &mut Record) {
    match record {
        Record::Payment(one) => {
            one.email = None;
            one.name = None;
            one.postal_code = None;
            one.description = None;
            one.receipt_number = None;
            one.failure_message = None;
            let card = std::mem::take(&mut one.card);
            one.card = CardFacts { brand: card.brand, funding: card.funding, ..CardFacts::default() };
            our_own(&mut one.metadata);
        }
        Record::PaymentIntent(one) => {
            one.description = None;
            our_own(&mut one.metadata);
        }
        Record::Refund(one) => {
            one.trace_reference = None;
            our_own(&mut one.metadata);
        }
        Record::Customer(one) => {
            one.email = None;
            one.name = None;
            one.phone = None;
            one.description = None;
            our_own(&mut one.metadata);
        }
        Record::BalanceEntry(one) => one.description = None,
        // The seller's own events may be about a person by their address.
        Record::Event(one) => {
            one.subject.vendor_id = one.subject.vendor_id.take().filter(|id| is_no_address(id))
        }
        Record::Dispute(_) | Record::Payout(_) => {}
    }
}

fn our_own(metadata: &mut Vec<(String, String)>) {
    metadata.retain(|(name, _)| name == INTENT_METADATA);
}

/// The vendor's JSON without the person in it; nothing of it where it cannot be read.
pub(crate) fn json(document: &[u8]) -> Vec<u8> {
    let Ok(mut tree) = serde_json::from_slice::<Value>(document) else { return b"{}".to_vec() };
    clear("", &mut tree);
    serde_json::to_vec(&tree).unwrap_or_else(|_| b"{}".to_vec())
}

/// No word of a vendor and no id has an `@` in it, whatever the field is called.
fn is_no_address(text: &str) -> bool {
    !text.contains('@')
}

pub(crate) fn clear(field: &str, value: &mut Value) {
    match value {
        Value::String(text) if !KEPT_TEXTS.contains(&field) || !is_no_address(text) => *value = Value::Null,
        Value::Number(_) if DROPPED_NUMBERS.contains(&field) => *value = Value::Null,
        // The seller's own names of fields may name a person too.
        Value::Object(fields) if field == "metadata" => clear_metadata(fields),
        Value::Object(fields) if fields.contains_key(SENDGRID_EVENT) => clear_sendgrid(fields),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| clear(name, value)),
        // Items are of the field that holds the list.
        Value::Array(items) => items.iter_mut().for_each(|item| clear(field, item)),
        _ => {}
    }
}

/// Moments and our own id of the message stay, so that what is told of it later is still told of it.
fn clear_sendgrid(fields: &mut Map<String, Value>) {
    for (name, value) in fields.iter_mut() {
        let stays = match value {
            Value::String(text) if name == SENDGRID_ADDRESS => text.starts_with(ERASED),
            Value::String(text) => SENDGRID_KEPT.contains(&name.as_str()) && is_no_address(text),
            Value::Number(_) | Value::Bool(_) => name == "timestamp" || name == "tls",
            _ => false,
        };
        if !stays {
            *value = Value::Null;
        }
    }
}

fn clear_metadata(fields: &mut Map<String, Value>) {
    fields.retain(|name, _| name == INTENT_METADATA);
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_stays_is_money_states_and_ids() {
        let document = br#"{"id":"ch_1","object":"charge","amount":1250,"currency":"usd","customer":"cus_1",
            "billing_details":{"name":"Ada","email":"ada@example.org","address":{"line1":"1 Way","postal_code":"123"}},
            "payment_method_details":{"type":"card","card":{"brand":"visa","last4":"4242","exp_year":2030}},
            "metadata":{"status":"Ada L.","paydesk_intent_id":"i1"},"names":["Ada"],"paid":true}"#;
        let kept = String::from_utf8(super::json(document)).unwrap();
        for gone in ["Ada", "ada@", "1 Way", "4242", "2030", "123\""] {
            assert!(!kept.contains(gone), "{gone} is in {kept}");
        }
        for stays in ["ch_1", "1250", "usd", "cus_1", "visa", "\"paydesk_intent_id\":\"i1\"", "true"] {
            assert!(kept.contains(stays), "{stays} is not in {kept}");
        }
        assert_eq!(super::json(b"not json"), b"{}");
    }
}
