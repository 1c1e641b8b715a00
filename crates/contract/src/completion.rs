//! What can be typed next in the search box.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks what can be typed next in a search.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CompleteQuery {
    /// The search so far.
    pub query: String,
    /// The place of the cursor: so many characters (Unicode scalar values) stand before it. The end of
    /// the search where it is not given.
    pub place: Option<u32>,
    /// What is searched for.
    pub of: QuerySubject,
}

/// What a search is for. Each has words of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum QuerySubject {
    /// Payments; their words are in `messages/search.en.json`.
    #[default]
    Payments,
    /// Events; their words are in `messages/search-events.en.json`.
    Events,
    /// Messages to customers; their words are in `messages/search-messages.en.json`.
    Messages,
}

/// What can be typed next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QueryCompletion {
    /// An offer takes the place of the characters from here, counted from 0,
    pub from: u32,
    /// up to here.
    pub until: u32,
    /// The offers, the likeliest first; at most 40.
    pub offers: Vec<QueryOffer>,
}

/// Something that can be typed next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QueryOffer {
    /// What takes the place of what is typed: a field word with its colon, or a value.
    pub text: String,
    /// Key of its explanation in the messages of its subject; a value has none.
    pub explanation: Option<String>,
}

/// The English explanations of the field words; the page's copy of it is generated.
pub const SEARCH_EN: &str = include_str!("../messages/search.en.json");

/// The same for a search for events.
pub const SEARCH_EVENTS_EN: &str = include_str!("../messages/search-events.en.json");

/// The same for a search for messages.
pub const SEARCH_MESSAGES_EN: &str = include_str!("../messages/search-messages.en.json");
