//! What differs between two events, or between an event and the object as it is now.

use contract::history::{DiffEvents, DiffSide, EventDiff};
use contract::{ErrorBody, ErrorCode};
use domain::{Event, Kind};
use mirror::{MirrorError, Origin, Stored};
use serde_json::Value;

use super::events::one_event;
use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::{errors, json_diff};

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// One of the two.
struct Side {
    shown: DiffSide,
    about: Option<String>,
    object: Value,
    previous: Option<Value>,
}

/// Answers `diff_events`.
pub(crate) async fn diff(scope: &Resolved, request: DiffEvents) -> Result<EventDiff, ErrorBody> {
    let (open, rows) = scope.origins().await?;
    let one = one_event(&open, &rows, &request.one).await?;
    let other = match &request.other {
        Some(id) => side_of(&open, &rows, id).await?,
        None => present(&open, &one).await?,
    };
    let one = side_of(&open, &rows, &request.one).await?;
    // What was so first stands first; the object as it is now comes after every event about it.
    let turned = other.shown.event_type.is_some() && other.shown.at < one.shown.at;
    let (before, after) = if turned { (other, one) } else { (one, other) };
    let (changes, cut) = json_diff::diff(&before.object, &after.object);
    Ok(EventDiff {
        same_object: before.about.is_some() && before.about == after.about,
        previous_attributes: after.previous.and_then(|value| serde_json::to_string_pretty(&value).ok()),
        before: before.shown,
        after: after.shown,
        changes,
        cut,
    })
}

async fn side_of(open: &OpenMirror, rows: &[Origin], id: &str) -> Result<Side, ErrorBody> {
    let event = one_event(open, rows, id).await?;
    let document = document(open, &event, Kind::Events, id).await?;
    let previous = document["data"]["previous_attributes"].clone();
    Ok(Side {
        shown: DiffSide {
            id: event.value.vendor_id,
            event_type: Some(event.value.kind),
            at: event.value.created_at,
        },
        about: event.value.subject.vendor_id,
        // Only Stripe puts the object there; what others deliver is compared as a whole.
        object: document.pointer("/data/object").cloned().unwrap_or(document),
        previous: (!previous.is_null()).then_some(previous),
    })
}

/// The object that an event is about, as it is mirrored.
async fn present(open: &OpenMirror, event: &Stored<Event>) -> Result<Side, ErrorBody> {
    let of = |why: &str| {
        ErrorBody::new(ErrorCode::NothingToCompare).with("id", &event.value.vendor_id).with("why", why)
    };
    let subject = &event.value.subject;
    let (Some(id), Some(word)) = (&subject.vendor_id, &subject.object) else {
        return Err(of("it says nothing of what it is about"));
    };
    let kind = vendors::stripe::kind_of_object(word).filter(|kind| *kind != Kind::Events);
    let kind = kind.ok_or_else(|| of("what it is about is not mirrored"))?;
    let object = document(open, event, kind, id).await?;
    if object.is_null() {
        return Err(of("what it is about is not in the mirror"));
    }
    let at = open.mirror.observed_at(event.account_id, kind, id).await.map_err(of_mirror)?;
    Ok(Side {
        shown: DiffSide { id: id.clone(), event_type: None, at: at.unwrap_or(event.observed_at) },
        about: Some(id.clone()),
        object,
        previous: None,
    })
}

async fn document(
    open: &OpenMirror,
    event: &Stored<Event>,
    kind: Kind,
    id: &str,
) -> Result<Value, ErrorBody> {
    let raw = open.mirror.raw(event.account_id, kind, id).await.map_err(of_mirror)?;
    Ok(raw.and_then(|raw| serde_json::from_slice(&raw).ok()).unwrap_or_default())
}
