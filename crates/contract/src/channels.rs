//! Channels: where messages of Paydesk's own go besides endpoints, and by which rules.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::accounts::KeySource;
use crate::relay::{DeliveryState, EndpointState};

/// The kind of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// An incoming webhook of Slack.
    Slack,
    /// Incidents of PagerDuty.
    Pagerduty,
    /// Mail that SendGrid sends.
    Email,
    /// Notifications of this desktop, while a window is open.
    Desktop,
}

/// Where the vendor of a channel keeps the account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChannelRegion {
    /// In the United States.
    #[default]
    Us,
    /// In Europe.
    Eu,
}

/// Hours in which a channel is sent nothing; what comes meanwhile is sent once they end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// When they begin, such as `22:00`.
    pub from: String,
    /// When they end, such as `07:00`.
    pub to: String,
    /// The time zone, such as `Europe/Berlin`.
    pub zone: String,
}

/// What a channel wants, and how it is sent it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ChannelRules {
    /// The types that it wants, such as `paydesk.refund.*`; all of Paydesk's own when empty.
    pub events: Vec<String>,
    /// Conditions, all of which must hold, such as `currency=eur`, `amount>=5000` (minor units) or `account=LABEL`.
    pub conditions: Vec<String>,
    /// When nothing is sent.
    pub quiet: Option<QuietHours>,
    /// Most messages an hour, 1 to 1,000; what is more becomes one summary.
    pub per_hour: Option<u32>,
    /// Whether name and mail address of a payer are sent along.
    pub with_personal: bool,
    /// Where the vendor keeps the account, for PagerDuty and mail.
    pub region: ChannelRegion,
    /// Who sends mail.
    pub from: Option<String>,
    /// Who receives it, at most ten.
    pub to: Vec<String>,
}

/// Adds a channel. What happens from now on and that it wants is sent to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct AddChannel {
    /// Its kind.
    pub kind: ChannelKind,
    /// What it is called; each name is there once.
    pub name: String,
    /// What it wants.
    #[serde(default)]
    pub rules: ChannelRules,
    /// The webhook's address (Slack), the routing key (PagerDuty) or the API key (mail); none for the desktop.
    #[serde(default)]
    pub secret: Option<KeySource>,
}

/// Changes a channel; what is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ChangeChannel {
    /// Which: `ch_…` or its name.
    pub id: String,
    /// Another name.
    #[serde(default)]
    pub name: Option<String>,
    /// Other rules, in the place of all of them.
    #[serde(default)]
    pub rules: Option<ChannelRules>,
    /// Another secret.
    #[serde(default)]
    pub secret: Option<KeySource>,
}

/// Lists the channels, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListChannels {}

/// Shows how a channel would show each message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PreviewChannel {
    /// Its kind.
    pub kind: ChannelKind,
    /// Its rules.
    pub rules: ChannelRules,
}

/// A message as a channel would show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PreviewedMessage {
    /// Its type.
    #[serde(rename = "type")]
    pub event_type: String,
    /// Whether the channel wants messages of this type.
    pub wanted: bool,
    /// The body that is sent, or what the desktop shows.
    pub text: String,
}

/// How a channel would show each message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChannelPreview {
    /// One of each type.
    pub messages: Vec<PreviewedMessage>,
}

/// Sends a test message now, whatever the rules say, and waits for the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TestChannel {
    /// Which: `ch_…` or its name.
    pub id: String,
}

/// What came of a test message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChannelTested {
    /// The channel's name.
    pub name: String,
    /// Whether the vendor took it.
    pub taken: bool,
    /// Status of the answer.
    pub status: Option<u16>,
    /// Why it was not taken, as a word of a delivery.
    pub problem: Option<String>,
    /// What the vendor answered, its first 500 characters.
    pub answer: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// Holds back what is to be sent to a channel. Messages go on waiting for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PauseChannel {
    /// Which: `ch_…` or its name.
    pub id: String,
}

/// Sends to a channel again that was paused or has stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ResumeChannel {
    /// Which: `ch_…` or its name.
    pub id: String,
}

/// Removes a channel with its secret. What waits for it is canceled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RemoveChannel {
    /// Which: `ch_…` or its name.
    pub id: String,
}

/// The newest message of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LastMessage {
    /// Its type.
    #[serde(rename = "type")]
    pub event_type: String,
    /// When it was made.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// How far it is.
    pub state: DeliveryState,
    /// Status of the newest answer.
    pub status: Option<u16>,
    /// Why it was not taken, as a word of a delivery.
    pub problem: Option<String>,
}

/// A channel. The secret is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChannelView {
    /// Our own id, `ch_…`.
    pub id: String,
    /// Its kind.
    pub kind: ChannelKind,
    /// What it is called.
    pub name: String,
    /// What it wants.
    pub rules: ChannelRules,
    /// Where the secret is: `vault`, or `variable NAME` with the environment vault; none where it has none.
    pub secret_location: Option<String>,
    /// Whether it is sent to.
    pub state: EndpointState,
    /// Why it stopped: `gone` or `failing`; `no_secret` while its secret cannot be had and nothing is sent.
    pub reason: Option<String>,
    /// Since when nothing was taken, where the newest try failed.
    #[ts(type = "string | null")]
    pub failing_since: Option<Timestamp>,
    /// Until when its quiet hours hold messages back, where they do now.
    #[ts(type = "string | null")]
    pub quiet_until: Option<Timestamp>,
    /// When it was added.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// Messages that wait or are being sent.
    pub waiting: u64,
    /// Messages that came to their end without being taken.
    pub failed: u64,
    /// The newest message.
    pub last: Option<LastMessage>,
}

/// Takes the messages for this desktop, each once. Only a window does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TakeDesktopMessages {}

/// A notification of the desktop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DesktopMessage {
    /// Its first line.
    pub title: String,
    /// The rest.
    pub text: String,
}

/// Lists what the built-in sandbox recorded in the place of Slack, PagerDuty and SendGrid, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListSandboxMessages {}

/// What the sandbox recorded of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SandboxMessage {
    /// In whose place: `slack`, `pagerduty` or `email`.
    pub vendor: ChannelKind,
    /// When, by the sandbox's clock.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// What it answered.
    pub status: u16,
    /// The body, with the routing key hidden.
    pub body: String,
}
