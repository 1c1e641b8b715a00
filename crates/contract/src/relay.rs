//! The relay: endpoints that events are sent on to, what was sent to them, and replays.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::accounts::KeySource;
use crate::shared::ListRange;
use crate::{ErrorBody, SecretText};

/// How what is sent to an endpoint is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EndpointScheme {
    /// As Stripe signs: `Stripe-Signature`.
    #[default]
    Stripe,
    /// As Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature`.
    Standard,
}

/// Adds an endpoint. Events that happen from now on and that it wants are sent to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct AddEndpoint {
    /// Where to: `https://…`; with `allow_local` also `http://…` and addresses on this machine and in private networks.
    pub url: String,
    /// The types that it wants, such as `charge.refunded` or `charge.*`; all when empty.
    #[serde(default)]
    pub events: Vec<String>,
    /// Conditions on the document, all of which must hold, such as `data.object.currency=eur`.
    #[serde(default)]
    pub conditions: Vec<String>,
    /// Only events of this account, by label; of all when left out.
    #[serde(default)]
    pub account: Option<String>,
    /// How to sign.
    #[serde(default)]
    pub scheme: EndpointScheme,
    /// The secret to sign with, where the receiver has one already.
    #[serde(default)]
    pub secret: Option<KeySource>,
    /// A secret that the shell made, taken where none was given.
    #[serde(default)]
    pub offered_secret: Option<SecretText>,
    /// Sign with the secret of the path that this account's events are delivered to, as `stripe listen` does.
    #[serde(default)]
    pub secret_of_listener: bool,
    /// Whether the address may be on this machine or in a private network.
    #[serde(default)]
    pub allow_local: bool,
    /// Most requests a second, 1 to 1,000; 20 when left out.
    #[serde(default)]
    pub rate_per_second: Option<u32>,
    /// Most requests at once, 1 to 64; 1 when left out, so that a kill sends no more than one again.
    #[serde(default)]
    pub concurrency: Option<u32>,
    /// Whether what concerns one object is sent one after the other, the older first.
    #[serde(default)]
    pub ordered: bool,
    /// Whether it goes by itself once the shell that made it no longer says `touch_endpoint`, which it must twice a minute.
    #[serde(default)]
    pub temporary: bool,
}

/// Changes an endpoint; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ChangeEndpoint {
    /// Which: `ep_…`.
    pub id: String,
    /// Another address.
    pub url: Option<String>,
    /// Other types.
    pub events: Option<Vec<String>>,
    /// Other conditions.
    pub conditions: Option<Vec<String>>,
    /// Another secret.
    pub secret: Option<KeySource>,
    /// Whether the address may be on this machine or in a private network.
    pub allow_local: Option<bool>,
    /// Most requests a second.
    pub rate_per_second: Option<u32>,
    /// Most requests at once.
    pub concurrency: Option<u32>,
    /// Whether what concerns one object is sent one after the other.
    pub ordered: Option<bool>,
}

/// Lists the endpoints, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListEndpoints {}

/// Shows an endpoint with its health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowEndpoint {
    /// Which: `ep_…`.
    pub id: String,
}

/// Holds back what is to be sent to an endpoint. Events go on waiting for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PauseEndpoint {
    /// Which: `ep_…`.
    pub id: String,
}

/// Sends to an endpoint again that was paused or has stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ResumeEndpoint {
    /// Which: `ep_…`.
    pub id: String,
}

/// Removes an endpoint with its secret. What waits for it is canceled; what was sent stays listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RemoveEndpoint {
    /// Which: `ep_…`.
    pub id: String,
}

/// Says that whoever made a temporary endpoint is still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TouchEndpoint {
    /// Which: `ep_…`.
    pub id: String,
}

/// Whether an endpoint is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EndpointState {
    /// It is.
    On,
    /// A person holds it back; events wait for it.
    Paused,
    /// It stopped for its reason; no events wait for it meanwhile.
    Stopped,
}

/// An endpoint. The secret is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EndpointView {
    /// Our own id, `ep_…`.
    pub id: String,
    /// Label of the account whose events it wants; none where it wants those of all.
    pub account: Option<String>,
    /// Where it is.
    pub url: String,
    /// The types that it wants; all when empty.
    pub events: Vec<String>,
    /// Conditions on the document, all of which must hold.
    pub conditions: Vec<String>,
    /// How what is sent is signed.
    pub scheme: EndpointScheme,
    /// Where the secret is: `vault`, or `variable NAME` with the environment vault.
    pub secret_location: String,
    /// Whether the secret that was offered was taken.
    pub took_offered: bool,
    /// Whether the address may be on this machine or in a private network.
    pub allow_local: bool,
    /// Most requests a second.
    pub rate_per_second: u32,
    /// Most requests at once.
    pub concurrency: u32,
    /// Whether what concerns one object is sent one after the other.
    pub ordered: bool,
    /// Whether it goes with the shell that made it.
    pub temporary: bool,
    /// Whether it is sent to.
    pub state: EndpointState,
    /// Why it stopped: `gone` (it answered 410) or `failing` (nothing was taken for days); `no_secret` while its secret
    /// cannot be had and nothing is sent.
    pub reason: Option<String>,
    /// Since when it is in its state.
    #[ts(type = "string")]
    pub since: Timestamp,
    /// Since when nothing was taken, where the newest try failed.
    #[ts(type = "string | null")]
    pub failing_since: Option<Timestamp>,
    /// When it was added.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// Deliveries that wait or are being sent.
    pub waiting: u64,
    /// Deliveries that came to their end without being taken.
    pub failed: u64,
}

/// What was tried at an endpoint on one day of UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EndpointDay {
    /// Such as `2026-11-22`.
    pub day: String,
    /// Tries that were taken.
    pub taken: u64,
    /// Tries that were not.
    pub failed: u64,
    /// How long a try took in the middle, in milliseconds.
    pub typical_ms: u64,
}

/// An endpoint with its health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EndpointDetail {
    /// The endpoint.
    pub endpoint: EndpointView,
    /// The last 14 days on which something was tried, newest first.
    pub days: Vec<EndpointDay>,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried at `next_try`, or as soon as the endpoint's rate lets it.
    Waiting,
    /// It is on its way.
    Sending,
    /// The endpoint took it.
    Delivered,
    /// It is not tried any more.
    Failed,
    /// A person took it back.
    Canceled,
}

/// Why something is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryCause {
    /// The endpoint wants such events.
    Relay,
    /// A person replayed it.
    Replay,
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryBody {
    /// The bytes that the vendor sent.
    Received,
    /// The document of the vendor's feed, without what must not be kept: nobody delivered this event here.
    Feed,
    /// A message of Paydesk's own.
    Own,
}

/// Lists deliveries, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListDeliveries {
    /// Only to this endpoint.
    pub endpoint: Option<String>,
    /// Only of this event, by the vendor's id.
    pub event: Option<String>,
    /// Only of this replay, `rp_…`.
    pub replay: Option<String>,
    /// Only in this state.
    pub state: Option<DeliveryState>,
    /// Which page.
    pub range: ListRange,
}

/// One event, or one message of our own, on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeliveryView {
    /// Our own id, `dl_…`.
    pub id: String,
    /// The endpoint's id.
    pub endpoint: String,
    /// Where the endpoint is.
    pub url: String,
    /// Label of the account.
    pub account: String,
    /// The vendor's id of the event, or the number of the received request that it is made of.
    pub event: String,
    /// The vendor's word for what happened.
    #[serde(rename = "type")]
    pub event_type: String,
    /// Id of what it is about, where that is told.
    pub object_id: Option<String>,
    /// Why it is sent.
    pub cause: DeliveryCause,
    /// The replay that sends it.
    pub replay: Option<String>,
    /// What is sent.
    pub body: DeliveryBody,
    /// The id that stays the same over all tries: the header `webhook-id`.
    pub message_id: String,
    /// How far it is.
    pub state: DeliveryState,
    /// Tries so far.
    pub attempts: u32,
    /// Most tries that there will be.
    pub attempts_max: u32,
    /// When it is tried next, where it waits.
    #[ts(type = "string | null")]
    pub next_try: Option<Timestamp>,
    /// Status of the newest answer.
    pub status: Option<u16>,
    /// Why it was not taken, as a word: `status`, `redirect`, `timeout`, `dns`, `connect`, `tls`, `certificate`, `reset`,
    /// `bad_answer`, `address_refused`, `no_secret`, `not_replayable`, `endpoint_stopped`,
    /// `endpoint_removed`, `summarized` (one summary stands for it), `unreadable` (what is to be sent could not be read;
    /// it is read again), `cut_off` (Paydesk ended while it was on its way; it is sent again) or `held_back` (the home was
    /// copied or came back, and it may have been sent elsewhere).
    pub problem: Option<String>,
    /// How long the newest try took, in milliseconds.
    pub took_ms: Option<u64>,
    /// When it was made.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// When it came to its end.
    #[ts(type = "string | null")]
    pub ended: Option<Timestamp>,
}

/// Shows a delivery with its tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowDelivery {
    /// Which: `dl_…`.
    pub id: String,
}

/// A delivery with its tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeliveryDetail {
    /// The delivery.
    pub delivery: DeliveryView,
    /// Its tries, the first one first.
    pub attempts: Vec<DeliveryAttemptView>,
}

/// One try of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeliveryAttemptView {
    /// From 1.
    pub number: u32,
    /// When it was begun.
    #[ts(type = "string")]
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Status of the answer, where there was one.
    pub status: Option<u16>,
    /// Why it was not taken, as a word of [`DeliveryView::problem`].
    pub problem: Option<String>,
    /// More about the problem, without secrets.
    pub detail: Option<String>,
    /// The address that it was sent to.
    pub address: Option<String>,
    /// Headers of the answer.
    pub headers: Vec<(String, String)>,
    /// The answer as text, its first 64 KiB.
    pub answer: String,
    /// Whether the answer was longer.
    pub answer_cut: bool,
}

/// Which events to replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "replay", rename_all = "snake_case")]
pub enum ReplaySource {
    /// These, by the vendor's ids or by the numbers of received requests, at most 1,000.
    Events {
        /// Such as `evt_…` or `in_17`.
        ids: Vec<String>,
    },
    /// Those that a search for events finds, the oldest first.
    Query {
        /// The search.
        query: String,
    },
    /// Those whose deliveries failed.
    FailedSince {
        /// From when on.
        #[ts(type = "string")]
        since: Timestamp,
        /// Only those to this endpoint.
        endpoint: Option<String>,
    },
}

/// Sends events again, or to an endpoint that was not there when they happened. It goes on in the background.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct StartReplay {
    /// Which events.
    pub source: ReplaySource,
    /// An endpoint, `ep_…`, or an address on this machine.
    pub to: String,
    /// For an address: how to sign.
    #[serde(default)]
    pub scheme: EndpointScheme,
    /// For an address: the secret to sign with.
    #[serde(default)]
    pub secret: Option<KeySource>,
    /// For an address: a secret that the shell made, taken where none was given.
    #[serde(default)]
    pub offered_secret: Option<SecretText>,
    /// Most requests a second, 1 to 1,000; the endpoint's when left out.
    #[serde(default)]
    pub rate_per_second: Option<u32>,
}

/// Shows a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowReplay {
    /// Which: `rp_…`.
    pub id: String,
}

/// Goes on with a replay that was cut off. Whoever works in the background does so without being asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ResumeReplay {
    /// Which: `rp_…`.
    pub id: String,
}

/// Takes back what of a replay was not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CancelReplay {
    /// Which: `rp_…`.
    pub id: String,
}

/// Lists replays, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListReplays {
    /// Which page.
    pub range: ListRange,
}

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReplayState {
    /// Events are being looked up; none is sent yet.
    Preparing,
    /// All are found, and some are not sent yet; the older are sent first.
    Running,
    /// Each was taken, or not, for good.
    Done,
    /// What was not sent was taken back.
    Canceled,
}

/// A replay. What became of each event is listed by `list_deliveries`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReplayView {
    /// Our own id, `rp_…`.
    pub id: String,
    /// How far it is.
    pub state: ReplayState,
    /// Which events.
    pub source: ReplaySource,
    /// The endpoint's id.
    pub endpoint: String,
    /// Where it is.
    pub url: String,
    /// How the endpoint stands: one that is paused or has stopped takes nothing.
    pub endpoint_state: EndpointState,
    /// Where the secret is that it is signed with.
    pub secret_location: String,
    /// Whether the secret that was offered was taken.
    pub took_offered: bool,
    /// Most requests a second.
    pub rate_per_second: u32,
    /// Events found so far.
    pub total: u64,
    /// Those that wait or are being sent.
    pub waiting: u64,
    /// Those that were taken.
    pub delivered: u64,
    /// Those that were not.
    pub failed: u64,
    /// Those that were taken back.
    pub canceled: u64,
    /// Found ones that cannot be sent, since what is kept of them is not what the vendor sent.
    pub left_out: u64,
    /// How many ended a second, once known.
    pub ended_per_second: Option<u32>,
    /// Estimate of what is left, once there is a base for one.
    pub remaining_ms: Option<u64>,
    /// When it was begun.
    #[ts(type = "string")]
    pub started: Timestamp,
    /// When it came to its end.
    #[ts(type = "string | null")]
    pub ended: Option<Timestamp>,
    /// Why its events could not be looked up to their end, where that ended it.
    pub problem: Option<Box<ErrorBody>>,
}
