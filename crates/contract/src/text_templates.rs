//! Templates of SMS, which are kept here.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Lists the templates of SMS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListTextTemplates {}

/// Saves a template of SMS; one whose name exists is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SaveTextTemplate {
    /// Its name; 1 to 64 characters.
    pub name: String,
    /// Its text, with names to be filled in as `{{name}}`.
    pub text: String,
}

/// Removes a template of SMS. What was sent with it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RemoveTextTemplate {
    /// Its name.
    pub name: String,
}

/// A template of SMS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TextTemplateView {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The names that it fills in.
    pub names: Vec<String>,
    /// When it was changed last.
    #[ts(type = "string")]
    pub updated: Timestamp,
}
