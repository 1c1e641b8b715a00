//! Small helpers for statements whose number of values is known only when they run.

use domain::Timestamp;
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;

/// A value to be bound.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Integer(i64::from(flag))
    }
}

impl From<Timestamp> for Value {
    fn from(moment: Timestamp) -> Self {
        Self::Integer(moment.as_ms())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A statement of SQLite with what is bound to it.
pub(crate) type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

/// Binds values in order.
pub(crate) fn bind_all<'q>(
    statement: Statement<'q>,
    values: impl IntoIterator<Item = Value>,
) -> Statement<'q> {
    values.into_iter().fold(statement, |statement, value| match value {
        Value::Null => statement.bind(None::<i64>),
        Value::Integer(number) => statement.bind(number),
        Value::Text(text) => statement.bind(text),
        Value::Bytes(bytes) => statement.bind(bytes),
    })
}

/// `(?, ?), (?, ?)` for two rows of two columns. The marks have no numbers: looking each number up
/// in the list of all would take longer than writing the row.
pub(crate) fn value_rows(rows: usize, columns: usize) -> String {
    vec![format!("({})", marks(columns)); rows].join(", ")
}

/// `?, ?, ?` for three values.
pub(crate) fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// Rows in groups of few sizes, so that the statements of each size are prepared once and kept.
pub(crate) fn groups<T>(rows: &[T]) -> Vec<&[T]> {
    let mut groups = Vec::with_capacity(rows.len() / 50 + 2);
    let mut rest = rows;
    for size in [50, 10, 1] {
        let whole = rest.len() - rest.len() % size;
        let (now, later) = rest.split_at(whole);
        groups.extend(now.chunks(size));
        rest = later;
    }
    groups
}

/// Values of a look-up, the last one repeated up to a size whose statement is kept. None for none.
pub(crate) fn padded(mut values: Vec<Value>) -> Vec<Value> {
    let size = [1, 10, 100, 500].into_iter().find(|size| *size >= values.len());
    if let (Some(size), Some(last)) = (size, values.last().cloned()) {
        values.resize(size, last);
    }
    values
}

/// `?1, ?2, ?3` for three values from number 1.
pub(crate) fn numbers(first: usize, count: usize) -> String {
    (first..first + count).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ")
}

/// A text folded for comparison without regard to case.
pub(crate) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}
