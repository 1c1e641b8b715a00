//! What an account that sends mail lists at its vendor: templates, groups, and whom it sends nothing to.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::shared::ListRange;

/// Lists the templates of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListTemplates {
    /// The account, by label; the only one that sends mail when left out.
    pub account: Option<String>,
    /// Ask the vendor now, and not only where what is kept is old.
    pub fresh: bool,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TemplateView {
    /// The vendor's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The subject of the version that is sent; none where none is.
    pub subject: Option<String>,
    /// When it changed, in the vendor's words.
    pub updated: Option<String>,
}

/// The templates of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TemplateList {
    /// Label of the account.
    pub account: String,
    /// The templates, in the vendor's order.
    pub items: Vec<TemplateView>,
    /// When the vendor listed them.
    #[ts(type = "string")]
    pub as_of: Timestamp,
}

/// Shows a template, and what it comes to with the data of a payment and other data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ShowTemplate {
    /// The account.
    #[serde(default)]
    pub account: Option<String>,
    /// The vendor's id of the template.
    pub id: String,
    /// The payment whose data is filled in.
    #[serde(default)]
    pub payment: Option<String>,
    /// What else is filled in: a JSON object, as text. It goes before what the payment tells.
    #[serde(default)]
    pub data: Option<String>,
    /// Ask the vendor now.
    #[serde(default)]
    pub fresh: bool,
}

/// What a template comes to. Its HTML is somebody else's: it is shown where nothing in it runs or loads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RenderedView {
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// Names that the template writes out and that the data does not have.
    pub missing: Vec<String>,
    /// Helpers that the vendor does not document.
    pub unknown_helpers: Vec<String>,
}

/// A template with what it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TemplateDetail {
    /// The template.
    pub template: TemplateView,
    /// What it comes to; none where it cannot be rendered.
    pub rendered: Option<RenderedView>,
    /// Why it cannot be rendered.
    pub problem: Option<String>,
    /// What was filled in, as JSON.
    pub data: String,
    /// When the vendor showed it.
    #[ts(type = "string")]
    pub as_of: Timestamp,
}

/// Lists the addresses that the vendor sends nothing to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListSuppressions {
    /// The account.
    pub account: Option<String>,
    /// A part of the address, or the word of a list such as `bounce`.
    pub query: String,
    /// Ask the vendor now.
    pub fresh: bool,
    /// Which page.
    pub range: ListRange,
}

/// Why an address gets nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SuppressionView {
    /// `bounce`, `block`, `spam_report`, `invalid`, `unsubscribed` or `group_unsubscribed`.
    pub kind: String,
    /// The address.
    pub email: String,
    /// The group that its owner left.
    pub group: Option<i64>,
    /// Why, in the receiving side's words.
    pub reason: Option<String>,
    /// Since when, where the vendor tells it.
    #[ts(type = "string | null")]
    pub since: Option<Timestamp>,
    /// Whether the vendor would drop a message to it; a block alone drops nothing.
    pub drops: bool,
}

/// Addresses that the vendor sends nothing to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SuppressionList {
    /// Label of the account.
    pub account: String,
    /// The page.
    pub items: Vec<SuppressionView>,
    /// How many there are.
    pub total: u64,
    /// Where the next page starts.
    pub next: Option<String>,
    /// When the vendor listed them.
    #[ts(type = "string")]
    pub as_of: Timestamp,
}

/// Lists the groups that people can unsubscribe from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListGroups {
    /// The account.
    pub account: Option<String>,
    /// Ask the vendor now.
    pub fresh: bool,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GroupView {
    /// The vendor's number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// How many left it.
    pub unsubscribes: u64,
}

/// The groups of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GroupList {
    /// Label of the account.
    pub account: String,
    /// The groups.
    pub items: Vec<GroupView>,
    /// When the vendor listed them.
    #[ts(type = "string")]
    pub as_of: Timestamp,
}
