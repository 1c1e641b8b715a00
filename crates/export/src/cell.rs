//! What stands in a row.

use std::borrow::Cow;

use domain::{ExponentTable, Money, Timestamp};

/// What a column holds. Any cell may also be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Text that somebody outside wrote, or a word of ours.
    Text,
    /// An amount; its currency stands in a column of its own.
    Amount,
    /// A moment in UTC.
    Moment,
    /// A whole number that is no money.
    Whole,
    /// Yes or no.
    Flag,
    /// The seller's own words: names with texts.
    Pairs,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, the first line of CSV and the key in JSON.
    pub name: &'static str,
    /// What it holds.
    pub sort: Sort,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing is known.
    Empty,
    /// Text.
    Text(Cow<'a, str>),
    /// An amount, with the table that says how many decimals it has.
    Amount(Money, ExponentTable),
    /// A moment.
    Moment(Timestamp),
    /// A whole number.
    Whole(i64),
    /// Yes or no.
    Flag(bool),
    /// Names with texts, in the vendor's order.
    Pairs(&'a [(String, String)]),
}

impl Cell<'_> {
    /// Whether it may stand in such a column.
    pub(crate) fn fits(&self, sort: Sort) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(_) => sort == Sort::Text,
            Self::Amount(..) => sort == Sort::Amount,
            Self::Moment(_) => sort == Sort::Moment,
            Self::Whole(_) => sort == Sort::Whole,
            Self::Flag(_) => sort == Sort::Flag,
            Self::Pairs(_) => sort == Sort::Pairs,
        }
    }

    /// As text for the formats that know nothing else; none where it is empty.
    pub(crate) fn to_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Empty => None,
            Self::Text(text) => Some(Cow::Borrowed(text.as_ref())),
            Self::Amount(money, table) => Some(Cow::Owned(money.to_decimal(*table))),
            Self::Moment(moment) => Some(Cow::Owned(moment.to_string())),
            Self::Whole(number) => Some(Cow::Owned(number.to_string())),
            Self::Flag(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Self::Pairs(pairs) => Some(Cow::Owned(pairs_json(pairs))),
        }
    }
}

/// The pairs as one JSON object. Written by hand because a map would sort them, or keep only the
/// last of two equal names.
pub(crate) fn pairs_json(pairs: &[(String, String)]) -> String {
    let mut json = String::from("{");
    for (number, (name, text)) in pairs.iter().enumerate() {
        if number > 0 {
            json.push(',');
        }
        json.push_str(&json_string(name));
        json.push(':');
        json.push_str(&json_string(text));
    }
    json.push('}');
    json
}

/// A JSON string with its quotes.
pub(crate) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
