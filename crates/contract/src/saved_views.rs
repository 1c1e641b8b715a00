//! Saved views: searches with a name.

use crate::completion::QuerySubject;
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The saved views of the environment, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListViews {
    /// Count each exactly before answering, however long that takes; otherwise what is known now.
    pub exact: bool,
    /// Only those that search this; all when left out.
    pub of: Option<QuerySubject>,
}

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SavedViewView {
    /// Its name.
    pub name: String,
    /// What it searches.
    pub of: QuerySubject,
    /// The search.
    pub query: String,
    /// Whether something is said when it gains a payment.
    pub notify: bool,
    /// How many payments or events it holds, once counted.
    pub count: Option<u64>,
    /// Whether that is all of them: counting has a limit of time.
    pub count_exact: bool,
    /// When they were counted.
    #[ts(type = "string | null")]
    pub counted: Option<Timestamp>,
    /// Why the search cannot be carried out any more, as a code of the error table.
    pub problem: Option<String>,
}

/// Asks what views that notify gained and nobody was told of yet. Whoever asks tells it: from then on it
/// counts as told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TakeGainedViews {}

/// What a view gained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GainedView {
    /// Its name.
    pub name: String,
    /// Its search, for a link to it.
    pub query: String,
    /// How many payments came in.
    pub payments: u64,
    /// Our own id of the one, where it is only one.
    pub payment: Option<String>,
}

/// Saves a search under a name; a view of that name is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SaveView {
    /// The name, 1 to 60 characters; case makes no difference between names.
    pub name: String,
    /// What is searched.
    #[serde(default)]
    pub of: QuerySubject,
    /// The search.
    pub query: String,
    /// Whether something is said when it gains a payment; refused of a view of events.
    #[serde(default)]
    pub notify: bool,
    /// Refuse where there is a view of that name already.
    #[serde(default)]
    pub only_new: bool,
}

/// Gives a view another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RenameView {
    /// Its name now.
    pub name: String,
    /// Its new name.
    pub to: String,
}

/// Removes a view. The payments stay, of course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RemoveView {
    /// Its name.
    pub name: String,
}

/// Views as the text of a file that can be shared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ExportViews {
    /// Only those of these names; all when left out.
    pub names: Option<Vec<String>>,
}

/// The text of a views file: TOML with `paydesk_views = 1` and a `[[view]]` with `name`, `query` and
/// `notify` for each, and `of = "events"` for those that search events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ViewsFile {
    /// The text.
    pub text: String,
    /// How many views it holds.
    pub views: u32,
}

/// Takes the views of a file over, all or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ImportViews {
    /// The text of the file.
    pub text: String,
    /// Whether views that are here under the same name are changed; otherwise they stay as they are.
    #[serde(default)]
    pub replace: bool,
}

/// What an import did, by names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImportedViews {
    /// Saved, new or changed.
    pub saved: Vec<String>,
    /// Here already and left as they are.
    pub kept: Vec<String>,
}
