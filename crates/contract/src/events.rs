//! Events: what vendors say happened, where they deliver it, and what was received.

use domain::{Environment, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::SecretText;
use crate::accounts::KeySource;
use crate::history::CameBy;
use crate::shared::ListRange;

/// Opens the path that a vendor delivers the events of an account or a source to, and listens where this Desk works in
/// the background. A path that is there stays the same one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct OpenHook {
    /// The account, or a source that is there, by label; the only account when left out.
    pub account: Option<String>,
    /// How what comes is signed: `stripe` when left out, `sendgrid`, `twilio`, `paypal`, `standard`, `svix` or `hubspot`.
    pub scheme: Option<String>,
    /// The label of a source, which is made where there is none: whoever delivers here without an account of theirs.
    pub name: Option<String>,
    /// The address that the vendor calls, where it signs that; without a path the one of the listener is put behind it.
    pub public_url: Option<String>,
    /// The id that PayPal gave the webhook.
    pub webhook_id: Option<String>,
    /// PayPal's certificate and those between it and a root, in PEM; fetched from PayPal when left out.
    pub certificate_pem: Option<String>,
    /// The roots to trust, in PEM; those of the system when left out.
    pub roots_pem: Option<String>,
    /// Have the sandbox deliver there, by its own API, with the secret that it makes.
    pub register: bool,
    /// Listen on this address of the machine as well, or on all by `0.0.0.0`, for a minute and as long as the shell says
    /// `hold_lan`, which it should twice a minute; never by a window.
    pub lan: Option<String>,
    /// The port of the listener from now on; as it was when left out.
    pub port: Option<u16>,
    /// The secret that the vendor signs with, where it made one. The one before it is honoured for another day.
    pub secret: Option<KeySource>,
    /// A secret that the shell made, taken only where the path has none yet.
    pub offered_secret: Option<SecretText>,
}

/// Says that whoever had the listener reach beyond this machine is still there, or goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HoldLan {
    /// The address, as it was opened.
    pub address: String,
    /// Whether it goes, so that the listener is heard on this machine alone again.
    pub ended: bool,
}

/// Takes away the path of an account or a source. What it received stays, unless all of a source is to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct RemoveHook {
    /// The account or source, by label.
    pub account: String,
    /// Forget the source with all that came from it.
    #[serde(default)]
    pub forget: bool,
}

/// Has the vendor deliver an event again, where it has a way: Stripe has for 30 days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ResendEvent {
    /// The vendor's id of the event.
    pub id: String,
    /// The vendor's id of its endpoint, `we_…`; the only one that is on when left out.
    #[serde(default)]
    pub endpoint: Option<String>,
}

/// An event that the vendor delivers again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ResentEvent {
    /// The vendor's id of the event.
    pub id: String,
    /// The vendor's id of its endpoint.
    pub endpoint: String,
    /// The endpoint's address.
    pub url: String,
}

/// Shows a received request as a line of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RecordReceived {
    /// Its number, `in_17`.
    pub received_id: String,
}

/// A line of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordedLine {
    /// The recorded request as JSON; none where what is kept is not what came.
    pub line: Option<String>,
}

/// Lists the paths that vendors deliver to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListHooks {}

/// A path that a vendor delivers to. The secret is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HookView {
    /// Label of the account or source.
    pub account: String,
    /// Its environment.
    #[ts(type = "Environment")]
    pub environment: Environment,
    /// Whether it is a source.
    pub is_source: bool,
    /// How what comes there is signed, such as `stripe`.
    pub scheme: String,
    /// The address that the vendor calls, where that is another one.
    pub public_url: Option<String>,
    /// The id that PayPal gave the webhook.
    pub webhook_id: Option<String>,
    /// Where to deliver to; none before there was ever a listener.
    pub url: Option<String>,
    /// Where the secret is: `vault`, or `variable NAME` with the environment vault.
    pub secret_location: String,
    /// Whether the secret that was offered was taken.
    pub took_offered: bool,
    /// Whether somebody listens there now.
    pub listening: bool,
    /// The address beyond this machine that is listened on as well.
    pub lan: Option<String>,
    /// Why nobody does, where somebody should; or why nobody does on the port that was asked for.
    pub problem: Option<String>,
    /// The port that could not be had.
    pub problem_port: Option<u16>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EventView {
    /// The vendor's id.
    pub id: String,
    /// Label of the account.
    pub account: String,
    /// The vendor's word for what happened; unknown ones are shown as they are.
    #[serde(rename = "type")]
    pub event_type: String,
    /// When it happened at the vendor.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// The vendor's word for the sort of thing that it is about.
    pub object: Option<String>,
    /// The thing's id.
    pub object_id: Option<String>,
    /// The vendor's id of the payment that it concerns.
    pub payment: Option<String>,
    /// The version of the vendor's API that it is written in.
    pub api_version: Option<String>,
    /// The vendor's id of the call that caused it.
    pub request_id: Option<String>,
    /// How it came.
    pub came: CameBy,
}

/// Lists what the listener received, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListReceived {
    /// Only this account, by label.
    pub account: Option<String>,
    /// Only what is kept apart, refused ones included.
    pub apart_only: bool,
    /// Which page.
    pub range: ListRange,
}

/// A request that the listener received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceivedEventView {
    /// Its number, as `show_event` takes it: `in_17`.
    pub received_id: String,
    /// Label of the account.
    pub account: String,
    /// When it came.
    #[ts(type = "string")]
    pub received: Timestamp,
    /// What the check of its signature found: `verified`, `verified_in_part` or `refused`.
    pub verdict: String,
    /// What became of it: `waiting`, `applied`, `known`, `kept` or `apart`.
    pub state: String,
    /// Why it was refused or is kept apart, as a word.
    pub reason: Option<String>,
    /// The vendor's id of the event, where it could be read and is the only one.
    pub event: Option<String>,
    /// How many events it brought, where they were several; else 0.
    pub several: u32,
    /// The vendor's word for what happened.
    #[serde(rename = "type")]
    pub event_type: Option<String>,
    /// Id of what it is about, where that is told.
    pub object_id: Option<String>,
    /// Whether what is kept is byte for byte what came.
    pub replayable: bool,
}

/// Shows an event by the vendor's id, or a received request by its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowEvent {
    /// Such as `evt_…` or `in_17`.
    pub id: String,
}

/// An event with how it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EventDetail {
    /// The event, where it is in the mirror.
    pub event: Option<EventView>,
    /// Its document, without what must not be kept; what was received, masked, where it is no event.
    pub document: String,
    /// The requests that brought it, oldest first; none where only the feed did.
    pub received: Vec<ReceivedDetail>,
    /// The events about the same thing, itself among them, newest first, at most 100.
    pub versions: Vec<EventView>,
}

/// A request with its headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceivedDetail {
    /// What became of it.
    pub request: ReceivedEventView,
    /// The HTTP method.
    pub method: String,
    /// The path without its token.
    pub path: String,
    /// Names and values, in their order.
    pub headers: Vec<(String, String)>,
    /// How long the body was.
    pub body_bytes: u64,
    /// The scheme that its signature was checked by.
    pub scheme: String,
    /// When it says that it was signed, where the scheme tells.
    #[ts(type = "string | null")]
    pub signed_at: Option<Timestamp>,
}
