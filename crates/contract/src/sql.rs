//! Questions in SQL over documented views; see docs/SQL.md.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks one question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct RunSql {
    /// One statement that begins with SELECT, WITH or VALUES.
    pub text: String,
    /// At most so many rows, 1 to 10,000; 500 when left out.
    pub limit: Option<u32>,
    /// Stop after so many seconds, 1 to 60; 5 when left out.
    pub seconds: Option<u32>,
}

/// A value in a row. Numbers are text, since a page has no whole numbers of this size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum SqlCell {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(String),
    /// A number with a fraction.
    Real(String),
    /// Text; bytes are hexadecimal digits.
    Text(String),
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SqlAnswer {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<SqlCell>>,
    /// Whether there are more rows than the limit, or than fit into 8 MB.
    pub more: bool,
}

/// Lists the views that may be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ListSqlViews {}

/// The views that may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SqlViews {
    /// By name.
    pub items: Vec<SqlView>,
}

/// A view that may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SqlView {
    /// Its name, such as `v_payments`.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
}
