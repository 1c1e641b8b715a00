//! What an endpoint is for, what it takes and whether it is sent to.

/// What an endpoint is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointPurpose {
    /// It stays until somebody removes it.
    Standing,
    /// It goes once whoever made it no longer says that they are there.
    Temporary,
    /// It is there for one replay and wants nothing by itself.
    Replay,
}

impl EndpointPurpose {
    /// Its word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Temporary => "temporary",
            Self::Replay => "replay",
        }
    }

    pub(super) fn read(word: &str) -> Self {
        match word {
            "standing" => Self::Standing,
            "temporary" => Self::Temporary,
            _ => Self::Replay,
        }
    }
}

/// Whether an endpoint is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointState {
    /// It is.
    On,
    /// A person holds it back; events wait for it.
    Paused,
    /// It stopped for its reason; no event waits for it.
    Stopped,
}

impl EndpointState {
    /// Its word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }

    pub(super) fn read(word: &str) -> Self {
        match word {
            "on" => Self::On,
            "paused" => Self::Paused,
            _ => Self::Stopped,
        }
    }
}

/// What an endpoint takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointForm {
    /// Events and messages, signed.
    Events,
    /// Messages, as Slack shows them.
    Slack,
    /// Messages, as incidents of PagerDuty.
    PagerDuty,
    /// Messages, as mail that SendGrid sends.
    Email,
    /// Messages, as notifications of this desktop; a window shows them.
    Desktop,
}

impl EndpointForm {
    /// Its word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Slack => "slack",
            Self::PagerDuty => "pagerduty",
            Self::Email => "email",
            Self::Desktop => "desktop",
        }
    }

    pub(super) fn read(word: &str) -> Self {
        match word {
            "slack" => Self::Slack,
            "pagerduty" => Self::PagerDuty,
            "email" => Self::Email,
            "desktop" => Self::Desktop,
            _ => Self::Events,
        }
    }
}
