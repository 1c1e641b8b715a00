//! Statements for one way to rows, in the order of their keys.

use super::term::Sort;

/// The table that is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rows {
    /// The table, with the name that it goes by where it has another.
    pub(super) table: &'static str,
    /// The key of its rows, which is the order of what is found.
    pub(super) key: &'static str,
    /// What holds SQLite to the way along that key.
    pub(super) along: &'static str,
}

/// The payments.
pub(super) const PAYMENTS: Rows = Rows { table: "payments", key: "payments.key", along: "not indexed" };

/// Where the rows of one way come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The rows by their key, or by a list of keys in the conditions.
    Key,
    /// The numbers of the rows, of which a condition gives one.
    Numbered,
    /// An index of the table.
    Index(&'static str),
    /// An index of the table whose rows are in another order than that of the key.
    Unsorted(&'static str),
    /// Another table: a select of its keys as `word_key`, and what they are called in it.
    Found { select: String, key: &'static str },
}

/// Numbers of the values that a search by date keeps to: keys from the first ones on, themselves
/// included, and those before the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Vec<usize>,
    pub(super) until: Vec<usize>,
}

/// One way to rows, with what all of them must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) source: Source,
    pub(super) span: Span,
    pub(super) conditions: Vec<String>,
}

/// Numbers of the values that keys are between, themselves included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: usize,
    pub(super) until: usize,
}

/// Numbers of the values of a page: the key and the amount that it starts behind, the last key that it
/// may reach, and its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) key: usize,
    pub(super) last: usize,
    pub(super) amount: usize,
    pub(super) limit: usize,
}

impl Branch {
    fn further(&self) -> String {
        self.conditions.iter().map(|condition| format!(" and {condition}")).collect()
    }

    /// What follows `from` and the table for rows behind a key, in the order of the keys.
    pub(super) fn page(&self, rows: Rows, sort: Sort, marks: Marks) -> String {
        let key_of_rows = rows.key;
        let (direction, limit) = (sort.direction(), marks.limit);
        let further = self.further();
        match &self.source {
            // The other table must be the outer loop to be read in its own order.
            Source::Found { select, key } => format!(
                "join ({select} and {} order by {key} {direction}) as found \
                 on {key_of_rows} = found.word_key where true{further} \
                 order by found.word_key {direction} limit ?{limit}",
                self.span.page(key, sort, marks)
            ),
            source => format!(
                "{} where {}{further} order by {key_of_rows} {direction} limit ?{limit}",
                source.hint(rows),
                self.span.page(key_of_rows, sort, marks)
            ),
        }
    }

    /// What follows `from` for all rows, or for those in a window.
    pub(super) fn all(&self, rows: Rows, window: Option<Window>) -> String {
        let Rows { table, key, .. } = rows;
        let (further, select) = (self.further(), self.found(window));
        match (select, &self.source) {
            (Some(select), _) => {
                format!(
                    "({select}) as found cross join {table} on {key} = found.word_key where true{further}"
                )
            }
            (None, source) => {
                format!("{table} {} where true{further}{}", source.hint(rows), self.span.within(key, window))
            }
        }
    }

    pub(super) fn keys(&self, rows: Rows, window: Option<Window>) -> String {
        match self.found(window).filter(|_| self.conditions.is_empty()) {
            Some(select) => select,
            None => format!("select {} from {}", rows.key, self.all(rows, window)),
        }
    }

    /// The select of another table's keys.
    fn found(&self, window: Option<Window>) -> Option<String> {
        match &self.source {
            Source::Found { select, key } => Some(format!("{select}{}", self.span.within(key, window))),
            Source::Key | Source::Numbered | Source::Index(_) | Source::Unsorted(_) => None,
        }
    }
}

impl Span {
    /// Keys of a page within the span. SQLite takes one bound at either end for its way through an
    /// index and tries the others on each row, so those that there are become one.
    pub(super) fn page(&self, key: &str, sort: Sort, marks: Marks) -> String {
        let (mark, last) = (format!("?{}", marks.key), format!("?{}", marks.last));
        let from = self.from.iter().map(|number| format!("?{number}"));
        let until = self.until.iter().map(|number| format!("?{number}"));
        if sort.goes_up() {
            let (behind, last) = (most(mark, from.map(before)), least(last, until.map(before)));
            format!("{key} > {behind} and {key} <= {last}")
        } else {
            format!("{key} < {} and {key} >= {}", least(mark, until), most(last, from))
        }
    }

    /// Keys in a window and within the span, behind other conditions.
    pub(super) fn within(&self, key: &str, window: Option<Window>) -> String {
        if window.is_none() && *self == Self::default() {
            return String::new();
        }
        let window = window.map(|Window { from, until }| (format!("?{from}"), format!("?{until}")));
        let (first, last) = window.unwrap_or_else(|| (i64::MIN.to_string(), i64::MAX.to_string()));
        let from = self.from.iter().map(|number| format!("?{number}"));
        let until = self.until.iter().map(|number| before(format!("?{number}")));
        format!(" and {key} between {} and {}", most(first, from), least(last, until))
    }
}

/// The value before a value.
fn before(value: String) -> String {
    format!("{value} - 1")
}

fn most(value: String, others: impl Iterator<Item = String>) -> String {
    joined("max", value, others)
}

fn least(value: String, others: impl Iterator<Item = String>) -> String {
    joined("min", value, others)
}

/// With one value alone the names would be those of aggregates.
fn joined(function: &str, value: String, others: impl Iterator<Item = String>) -> String {
    let others: Vec<String> = others.collect();
    if others.is_empty() { value } else { format!("{function}({value}, {})", others.join(", ")) }
}

impl Source {
    /// Holds SQLite to the way.
    fn hint(&self, rows: Rows) -> String {
        match self {
            Self::Index(name) | Self::Unsorted(name) => format!("indexed by {name}"),
            Self::Numbered => "not indexed".to_owned(),
            Self::Key | Self::Found { .. } => rows.along.to_owned(),
        }
    }
}
