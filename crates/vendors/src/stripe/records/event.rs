//! Events, and the object that each carries (vendor facts 1.14).

use domain::{Event, EventSubject};

use crate::stripe::json::{Json, Unread};

/// An event; the object that it carries is read apart.
pub(crate) fn event(tree: &Json<'_>) -> Result<Event, Unread> {
    let request = tree.get("request");
    Ok(Event {
        vendor_id: tree.need_id()?,
        kind: tree.text("type").ok_or(Unread::Field("type"))?,
        created_at: tree.need_created()?,
        api_version: tree.text("api_version"),
        subject: subject(tree.get("data").get("object")),
        // Before 2017-05-25 `request` was the bare id.
        request_id: tree.id_of("request"),
        idempotency_key: request.text("idempotency_key"),
        live: tree.flag("livemode").unwrap_or(false),
    })
}

/// What the event is about, by id only: that much means the same in every version.
fn subject(object: &Json<'_>) -> EventSubject {
    let word = object.text("object");
    let id = object.text("id");
    let is = |name: &str| word.as_deref() == Some(name);
    let payment_id = if is("charge") {
        id.clone()
    } else {
        object.id_of("charge").or_else(|| object.id_of("latest_charge"))
    };
    let customer_id = if is("customer") { id.clone() } else { object.id_of("customer") };
    EventSubject { vendor_id: id, payment_id, customer_id, object: word }
}
