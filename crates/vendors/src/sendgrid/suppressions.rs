//! Whom SendGrid sends nothing to, and why: bounces, blocks, spam reports, addresses that are none, and who unsubscribed.

use domain::Timestamp;
use domain::card_number::mask_card_numbers;
use serde::Deserialize;
use serde_json::Value;
use transport::{Endpoint, Method, Request};

use super::{CallError, SendGrid};

/// Rows of one page; SendGrid gives at most 500.
const PAGE: usize = 500;
/// Most rows of one list that are read.
const MOST_ROWS: usize = 200_000;
/// Longest reason that is kept, in characters.
const REASON_MAX: usize = 300;
/// Most groups that are kept; SendGrid allows 200.
const MOST_GROUPS: usize = 1_000;

/// A list of addresses that get nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SuppressionKind {
    /// The receiving side does not know the address.
    Bounce,
    /// The receiving side refused a message.
    Block,
    /// Somebody called a message spam.
    SpamReport,
    /// It is no address.
    Invalid,
    /// Its owner wants nothing at all.
    Unsubscribed,
    /// Its owner wants nothing of one group.
    GroupUnsubscribed,
}

impl SuppressionKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Bounce,
        Self::Block,
        Self::SpamReport,
        Self::Invalid,
        Self::Unsubscribed,
        Self::GroupUnsubscribed,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bounce => "bounce",
            Self::Block => "block",
            Self::SpamReport => "spam_report",
            Self::Invalid => "invalid",
            Self::Unsubscribed => "unsubscribed",
            Self::GroupUnsubscribed => "group_unsubscribed",
        }
    }

    /// Whether SendGrid drops what goes to such an address. A block is told and tried again.
    pub fn drops(self) -> bool {
        self != Self::Block
    }

    fn path(self) -> &'static str {
        match self {
            Self::Bounce => "/v3/suppression/bounces",
            Self::Block => "/v3/suppression/blocks",
            Self::SpamReport => "/v3/suppression/spam_reports",
            Self::Invalid => "/v3/suppression/invalid_emails",
            Self::Unsubscribed => "/v3/suppression/unsubscribes",
            Self::GroupUnsubscribed => "/v3/asm/suppressions",
        }
    }
}

impl std::str::FromStr for SuppressionKind {
    type Err = domain::ids::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str() == word)
            .ok_or_else(|| domain::ids::UnknownWord(word.to_owned()))
    }
}

/// One address on one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The list.
    pub kind: SuppressionKind,
    /// The address.
    pub email: String,
    /// The group, of one that its owner left.
    pub group_id: Option<i64>,
    /// Why, in the receiving side's words.
    pub reason: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// A group that people can unsubscribe from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsubscribeGroup {
    /// Its number at SendGrid.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// How many addresses left it.
    pub unsubscribes: u64,
}

#[derive(Deserialize)]
struct WireGroup {
    id: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    unsubscribes: Option<u64>,
}

impl SendGrid {
    /// Everything that stands on a list, at most 200,000 rows of it.
    ///
    /// # Errors
    /// When the key may not read it, or nothing answers.
    pub async fn suppressions(&self, kind: SuppressionKind) -> Result<Vec<Suppression>, CallError> {
        let mut all = Vec::new();
        loop {
            let endpoint = Endpoint { method: Method::GET, path_template: kind.path() };
            let mut request = Request::new(endpoint, kind.path());
            // What left groups comes whole: that list has no pages.
            if kind == SuppressionKind::GroupUnsubscribed {
                let rows: Vec<Value> = self.read(request).await?;
                return Ok(rows.iter().filter_map(|row| read_row(kind, row)).collect());
            }
            request.query =
                vec![("limit".to_owned(), PAGE.to_string()), ("offset".to_owned(), all.len().to_string())];
            let rows: Vec<Value> = self.read(request).await?;
            let count = rows.len();
            // A row that names no address suppresses nobody; it still counts for where the next page begins.
            all.extend(rows.iter().map(|row| read_row(kind, row)));
            if count < PAGE || all.len() >= MOST_ROWS {
                return Ok(all.into_iter().flatten().collect());
            }
        }
    }

    /// Why one address gets nothing, from all lists. The groups are those that its owner left.
    ///
    /// # Errors
    /// When the key may not read one of them, or nothing answers.
    pub async fn suppressions_of(&self, email: &str) -> Result<Vec<Suppression>, CallError> {
        use SuppressionKind::{Block, Bounce, Invalid, SpamReport};
        let lists = [
            (Bounce, "/v3/suppression/bounces/{email}"),
            (Block, "/v3/suppression/blocks/{email}"),
            (SpamReport, "/v3/suppression/spam_reports/{email}"),
            (Invalid, "/v3/suppression/invalid_emails/{email}"),
        ];
        let rows = futures::future::try_join_all(lists.map(|(kind, path)| self.rows_of(kind, path, email)));
        let global = self.one_of::<Value>("/v3/asm/suppressions/global/{email}", email);
        let groups = self.one_of::<Value>("/v3/asm/suppressions/{email}", email);
        let (rows, global, groups) = futures::try_join!(rows, global, groups)?;
        let mut all: Vec<Suppression> = rows.into_iter().flatten().collect();
        let plain = |kind, group_id, reason| Suppression {
            kind,
            email: email.to_owned(),
            group_id,
            reason,
            since: None,
        };
        if global["recipient_email"].as_str().is_some_and(|text| text.eq_ignore_ascii_case(email)) {
            all.push(plain(SuppressionKind::Unsubscribed, None, None));
        }
        for group in groups["suppressions"].as_array().into_iter().flatten() {
            if group["suppressed"].as_bool() == Some(true) {
                let name = group["name"].as_str().map(cut);
                all.push(plain(SuppressionKind::GroupUnsubscribed, group["id"].as_i64(), name));
            }
        }
        Ok(all)
    }

    async fn rows_of(
        &self,
        kind: SuppressionKind,
        path: &'static str,
        email: &str,
    ) -> Result<Vec<Suppression>, CallError> {
        let rows: Vec<Value> = match self.one_of(path, email).await {
            Err(CallError::Refused(problem)) if problem.status == 404 => Vec::new(),
            other => other?,
        };
        Ok(rows.iter().filter_map(|row| read_row(kind, row)).collect())
    }

    async fn one_of<T: serde::de::DeserializeOwned>(
        &self,
        path: &'static str,
        email: &str,
    ) -> Result<T, CallError> {
        let endpoint = Endpoint { method: Method::GET, path_template: path };
        let path = endpoint.path(&[email]).map_err(|_| CallError::Unreadable)?;
        self.read(Request::new(endpoint, path)).await
    }

    /// The groups that people can unsubscribe from.
    ///
    /// # Errors
    /// When the key may not read them, or nothing answers.
    pub async fn unsubscribe_groups(&self) -> Result<Vec<UnsubscribeGroup>, CallError> {
        let endpoint = Endpoint { method: Method::GET, path_template: "/v3/asm/groups" };
        let groups: Vec<WireGroup> = self.read(Request::new(endpoint, "/v3/asm/groups")).await?;
        let group = |one: WireGroup| UnsubscribeGroup {
            id: one.id,
            name: cut(&one.name),
            description: cut(&one.description.unwrap_or_default()),
            unsubscribes: one.unsubscribes.unwrap_or_default(),
        };
        Ok(groups.into_iter().take(MOST_GROUPS).map(group).collect())
    }
}

fn cut(text: &str) -> String {
    let plain: String = text.chars().filter(|one| !one.is_control()).take(REASON_MAX).collect();
    mask_card_numbers(&plain)
}

fn read_row(kind: SuppressionKind, row: &Value) -> Option<Suppression> {
    let email = row["email"].as_str()?.trim();
    if email.is_empty() || email.len() > 320 {
        return None;
    }
    let since = row["created"].as_i64().or_else(|| row["created_at"].as_i64());
    let reason = row["reason"].as_str().or_else(|| row["group_name"].as_str()).map(cut);
    Some(Suppression {
        kind,
        email: email.to_owned(),
        group_id: row["group_id"].as_i64(),
        reason: reason.filter(|reason| !reason.is_empty()),
        since: since.map(Timestamp::from_seconds),
    })
}
