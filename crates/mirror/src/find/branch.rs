//! Statements for one way to rows, in the order of their keys.

use super::term::Sort;

/// Where the rows of one way come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The payments by their key, or by a list of keys in the conditions.
    Key,
    /// An index of the payments.
    Index(&'static str),
    /// Another table: a select of its keys as `word_key`, and what they are called in it.
    Found { select: String, key: &'static str },
}

/// One way to rows, with what all of them must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) source: Source,
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

    /// What follows `from payments` for rows behind a key, in the order of the keys.
    pub(super) fn page(&self, sort: Sort, marks: Marks) -> String {
        let (sign, back, direction) = (sort.sign(), sort.sign_back(), sort.direction());
        let Marks { key: mark, last, limit, .. } = marks;
        let further = self.further();
        match &self.source {
            // The other table must be the outer loop to be read in its own order.
            Source::Found { select, key } => format!(
                "join ({select} and {key} {sign} ?{mark} and {key} {back}= ?{last} order by {key} {direction}) as found \
                 on payments.key = found.word_key where true{further} \
                 order by found.word_key {direction} limit ?{limit}"
            ),
            source => format!(
                "{} where payments.key {sign} ?{mark} and payments.key {back}= ?{last}{further} order by payments.key {direction} limit ?{limit}",
                source.hint()
            ),
        }
    }

    /// What follows `from` for all rows, or for those in a window.
    pub(super) fn all(&self, window: Option<Window>) -> String {
        let (further, select) = (self.further(), self.found(window));
        match (select, &self.source) {
            (Some(select), _) => format!(
                "({select}) as found cross join payments on payments.key = found.word_key where true{further}"
            ),
            (None, source) => {
                format!("payments {} where true{further}{}", source.hint(), within("payments.key", window))
            }
        }
    }

    pub(super) fn keys(&self, window: Option<Window>) -> String {
        match self.found(window).filter(|_| self.conditions.is_empty()) {
            Some(select) => select,
            None => format!("select payments.key from {}", self.all(window)),
        }
    }

    /// The select of another table's keys.
    fn found(&self, window: Option<Window>) -> Option<String> {
        match &self.source {
            Source::Found { select, key } => Some(format!("{select}{}", within(key, window))),
            Source::Key | Source::Index(_) => None,
        }
    }
}

fn within(key: &str, window: Option<Window>) -> String {
    window
        .map_or_else(String::new, |Window { from, until }| format!(" and {key} between ?{from} and ?{until}"))
}

impl Source {
    /// Holds SQLite to the way.
    fn hint(&self) -> String {
        match self {
            Self::Index(name) => format!("indexed by {name}"),
            Self::Key | Self::Found { .. } => "not indexed".to_owned(),
        }
    }
}
