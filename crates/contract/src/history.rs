//! The history of events: finding them, comparing them, writing them into a file, what was missed, and causing one.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::shared::ListRange;

/// Finds events, and requests that brought none, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListEvents {
    /// The search, such as `type:charge.* created:-7d -verdict:feed`; its words are in `messages/search-events.en.json`.
    pub query: String,
    /// Which page.
    pub range: ListRange,
}

/// What a search for events found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FoundEvents {
    /// What was found.
    pub items: Vec<HistoryView>,
    /// Hand this back to get the next page; none on the last.
    pub next: Option<String>,
    /// How far everything was looked at, where the search stopped before history did; `next` looks further.
    #[ts(type = "string | null")]
    pub looked_back_to: Option<Timestamp>,
    /// As of when the mirror is complete.
    #[ts(type = "string | null")]
    pub as_of: Option<Timestamp>,
}

/// How an event came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CameBy {
    /// By the vendor's feed alone.
    Feed,
    /// It was delivered, signed by the vendor as a whole.
    Verified,
    /// It was delivered, signed by the vendor in a way that covers a part of it alone.
    Part,
    /// A request that was refused.
    Refused,
    /// A request that is kept apart, or only kept, though its signature holds.
    Apart,
}

/// An event, or a request that brought none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HistoryView {
    /// The vendor's id, or the number of a received request such as `in_17`.
    pub id: String,
    /// Label of the account.
    pub account: String,
    /// The vendor's word for what happened, where one could be read.
    #[serde(rename = "type")]
    pub event_type: Option<String>,
    /// When it happened at the vendor; for a request, when it was received.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// The vendor's word for the sort of thing that it is about.
    pub object: Option<String>,
    /// The thing's id.
    pub object_id: Option<String>,
    /// The vendor's id of the payment that it concerns.
    pub payment: Option<String>,
    /// How it came.
    pub came: CameBy,
    /// Why a request was refused or is kept apart, as a word.
    pub reason: Option<String>,
    /// How sending it on stands; none where it was sent nowhere.
    pub deliveries: Option<DeliveryFigures>,
}

/// How the deliveries of one event stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeliveryFigures {
    /// Those that wait or are being sent.
    pub waiting: u64,
    /// Those that were taken.
    pub delivered: u64,
    /// Those that were not, for good.
    pub failed: u64,
}

/// Counts what a search for events finds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct CountEvents {
    /// The search.
    pub query: String,
    /// Count to the end, however long that takes.
    pub exact: bool,
}

/// How many events a search finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EventCount {
    /// So many; at least so many where it is not exact.
    pub events: u64,
    /// Whether all were counted.
    pub exact: bool,
    /// Down to when all were counted, where not all of history was.
    #[ts(type = "string | null")]
    pub looked_back_to: Option<Timestamp>,
}

/// Compares two events, or what an event carries with the object as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct DiffEvents {
    /// The vendor's id of an event.
    pub one: String,
    /// The other's; the object as it is mirrored when left out.
    #[serde(default)]
    pub other: Option<String>,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiffSide {
    /// The event's id, or the object's where it is compared as it is now.
    pub id: String,
    /// The vendor's word for what happened; none for the object as it is now.
    #[serde(rename = "type")]
    pub event_type: Option<String>,
    /// When it was so.
    #[ts(type = "string")]
    pub at: Timestamp,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EventDiff {
    /// What was so first.
    pub before: DiffSide,
    /// What was so then.
    pub after: DiffSide,
    /// Whether both are about one object.
    pub same_object: bool,
    /// What differs in `data.object`, in the order of its paths.
    pub changes: Vec<FieldChange>,
    /// Whether there are more changes than are listed.
    pub cut: bool,
    /// What the later event itself says was so before (`data.previous_attributes`), as JSON.
    pub previous_attributes: Option<String>,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FieldChange {
    /// Where it is: `refunds.data[0].amount`.
    pub path: String,
    /// What was there, as JSON; none where there was nothing.
    pub before: Option<String>,
    /// What is there, as JSON; none where there is nothing.
    pub after: Option<String>,
}

/// Writes what a search for events finds into a file of recorded requests, one JSON object a line, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExportEvents {
    /// The search.
    pub query: String,
    /// The file, which must not exist; `~/` stands for the person's own folder.
    pub to: String,
}

/// Events in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EventsExported {
    /// The file.
    pub path: String,
    /// Requests in it, byte for byte as they were received.
    pub requests: u64,
    /// Events of the feed in it, which nobody delivered here: their documents, with the header `Paydesk-Source: feed` and
    /// no signature.
    pub from_feed: u64,
    /// Requests that were left out, since what is kept of them is not what came.
    pub left_out: u64,
}

/// Tells which events came by the feed alone while nobody here followed or listened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ShowMissed {
    /// Only this account, by label.
    pub account: Option<String>,
    /// Since this moment, besides the times that the Desk knows it was away.
    #[ts(type = "string", optional)]
    pub since: Option<Timestamp>,
}

/// A time in which events were missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MissedView {
    /// Label of the account.
    pub account: String,
    /// From when on.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// Until when.
    #[ts(type = "string")]
    pub until: Timestamp,
    /// How many.
    pub events: u64,
    /// How many of each type, the most first.
    pub types: Vec<TypeCount>,
    /// Whether the feed no longer reached back to all of it, so that there may have been more.
    pub beyond_feed: bool,
    /// The search that finds them, for `list_events` and replays.
    pub query: String,
}

/// How many of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TypeCount {
    /// The vendor's word.
    #[serde(rename = "type")]
    pub event_type: String,
    /// How many.
    pub events: u64,
}

/// What was missed, the newest time first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MissedEvents {
    /// The times, those of the last 30 days; none in which nothing was missed.
    pub items: Vec<MissedView>,
}

/// Causes an event at a vendor of the sandbox, by doing what it tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct TriggerEvent {
    /// The type, such as `charge.refunded`.
    pub event_type: String,
    /// At this account, by label; the only one when left out.
    #[serde(default)]
    pub account: Option<String>,
}

/// An event that was caused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Triggered {
    /// The type that was asked for.
    pub event_type: String,
    /// Label of the account.
    pub account: String,
    /// What was done for it, in order.
    pub steps: Vec<TriggerStep>,
    /// The vendor's id of the event.
    pub event: Option<String>,
}

/// One call of a trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TriggerStep {
    /// Such as `POST /v1/refunds`.
    pub call: String,
    /// Status of the answer.
    pub status: u16,
    /// Id of what it made or changed.
    pub id: Option<String>,
}
