//! Events that are history alone: those of every vendor but Stripe, and of every source. They are kept, found, sent on
//! and replayed as Stripe's are; no ledger follows from them, since most of their signatures cover a part of a body.

use std::collections::HashMap;

use domain::{Environment, Event, EventSubject, Observed, Record};
use mirror::{Decided, InboxRow, InboxState, KnownEvent, Mirror, MirrorError, WaitFor, is_same_event};
use operations::inbox::{Taken, own_fault};
use webhooks::{NoEvents, Scheme, VendorEvent, read_events};

use super::messages;

/// Some entries of a list are no events; the others are kept.
const SOME_UNREAD: &str = "some_unread";
/// Requests that are read at once: each may hold ten thousand events.
const MOST_READ: u32 = 8;
/// Events of one transaction.
const AT_ONCE: usize = 500;

/// Keeps the events of the oldest requests that wait, so many requests at most and no more than can be in memory at once; answers with what became of each.
pub(super) async fn keep_waiting(mirror: &Mirror, most: u32) -> Result<Vec<Taken>, MirrorError> {
    let (mut taken, mut decided) = (Vec::new(), Vec::new());
    for (row, body) in mirror.inbox().waiting(WaitFor::History, most.min(MOST_READ)).await? {
        let judged = match body {
            Some(body) => match tell_and_judge(mirror, &row, &body).await {
                Ok(judged) => judged,
                Err(error) => Judged::apart(own_fault(&error).ok_or(error)?),
            },
            None => Judged::apart("damaged"),
        };
        decided.push(judged.decided(&row));
        taken.push(judged.taken(row));
    }
    // Last of all: a kill before this finds the events known, and decides the same.
    if !decided.is_empty() {
        mirror.inbox().decide(&decided).await?;
    }
    Ok(taken)
}

/// What was found of a request.
struct Judged {
    state: InboxState,
    reason: Option<&'static str>,
    events: Vec<Seen>,
}

/// An event of a request, as lists show it.
struct Seen {
    id: String,
    kind: String,
    object_id: Option<String>,
}

impl Judged {
    fn apart(reason: &'static str) -> Self {
        Self { state: InboxState::Apart, reason: Some(reason), events: Vec::new() }
    }

    /// The only event.
    fn single(&self) -> Option<&Seen> {
        match self.events.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    fn decided(&self, row: &InboxRow) -> Decided {
        // One that was read from a list with others that were not is not all that the request brought.
        let is_list = self.events.len() > 1 || self.reason == Some(SOME_UNREAD);
        let several = if is_list { self.events.as_slice() } else { &[] };
        Decided {
            number: row.number,
            state: self.state,
            reason: self.reason.map(str::to_owned),
            event_id: self.single().map(|one| one.id.clone()),
            event_type: self.single().map(|one| one.kind.clone()),
            several: several.iter().map(|one| one.id.clone()).collect(),
        }
    }

    fn taken(self, row: InboxRow) -> Taken {
        let several = if self.events.len() > 1 { self.events.len() } else { 0 };
        let (event_id, event_type, object_id) = match self.single() {
            Some(one) => (Some(one.id.clone()), Some(one.kind.clone()), one.object_id.clone()),
            None => (None, None, None),
        };
        let word = self.state.as_str().to_owned();
        let reason = self.reason.map(str::to_owned);
        let several = u32::try_from(several).unwrap_or(u32::MAX);
        Taken {
            row: InboxRow { state: word, reason, event_id, event_type, several, ..row },
            state: self.state,
            object_id,
        }
    }
}

async fn tell_and_judge(mirror: &Mirror, row: &InboxRow, body: &[u8]) -> Result<Judged, MirrorError> {
    messages::tell(mirror, row, body).await?;
    judge(mirror, row, body).await
}

/// Decides about a request, and keeps the events in it that are new.
async fn judge(mirror: &Mirror, row: &InboxRow, body: &[u8]) -> Result<Judged, MirrorError> {
    let Ok(scheme) = row.scheme.parse::<Scheme>() else { return Ok(Judged::apart("other_object")) };
    let found = match read_events(scheme, &row.headers, body) {
        Ok(found) => found,
        Err(no_events) => return Ok(Judged::apart(NoEvents::code(no_events))),
    };
    let live = mirror.environment() == Environment::Live;
    let all: Vec<Observed> = found.events.into_iter().map(|event| observed(event, row, live)).collect();
    let (mut new, mut differs) = (Vec::new(), false);
    let mut here: HashMap<String, usize> = HashMap::new();
    for (place, one) in all.iter().enumerate() {
        let id = one.record.vendor_id();
        let known = match here.get(id).and_then(|place| all.get(*place)) {
            Some(before) if is_same_event(&before.json, &one.json) => KnownEvent::Same,
            Some(_) => KnownEvent::Different,
            None => mirror.events().compare(row.account_id, one).await?,
        };
        match known {
            KnownEvent::New => {
                here.insert(id.to_owned(), place);
                new.push(one.clone());
            }
            KnownEvent::Same => {}
            KnownEvent::Different => differs = true,
        }
    }
    for page in new.chunks(AT_ONCE) {
        mirror.events().insert_new(row.account_id, page).await?;
    }
    let (state, reason) = match (differs, found.unread > 0, new.is_empty()) {
        (true, _, _) => (InboxState::Apart, Some("other_body")),
        (false, true, _) => (InboxState::Apart, Some(SOME_UNREAD)),
        (false, false, true) => (InboxState::Known, None),
        (false, false, false) => (InboxState::Applied, None),
    };
    Ok(Judged { state, reason, events: all.iter().filter_map(seen).collect() })
}

fn seen(one: &Observed) -> Option<Seen> {
    let Record::Event(event) = &one.record else { return None };
    Some(Seen {
        id: event.vendor_id.clone(),
        kind: event.kind.clone(),
        object_id: event.subject.vendor_id.clone(),
    })
}

fn observed(event: VendorEvent, row: &InboxRow, live: bool) -> Observed {
    let created_at = event.at.unwrap_or(row.received_at);
    let record = Record::Event(Event {
        vendor_id: event.id,
        kind: event.kind,
        created_at,
        api_version: None,
        subject: EventSubject {
            object: event.object,
            vendor_id: event.object_id,
            payment_id: None,
            customer_id: None,
        },
        request_id: None,
        idempotency_key: None,
        live,
    });
    Observed { record, json: event.document, observed_at: created_at }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
