//! Why a query was not understood, with the place in it.

/// What is wrong with a query. Columns count characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// A field word that is almost a known one.
    #[error("column {column}: there is no field `{word}:`; the nearest is `{nearest}:`")]
    UnknownField {
        /// Where it stands.
        column: usize,
        /// What was written.
        word: String,
        /// The field that comes nearest.
        nearest: String,
    },
    /// A word before a colon where only field words may stand.
    #[error("column {column}: there is no field `{word}:`; there are {fields}")]
    NoSuchField {
        /// Where it stands.
        column: usize,
        /// What was written, cut to 40 characters.
        word: String,
        /// The field words that there are.
        fields: String,
    },
    /// A field word with nothing after it.
    #[error("column {column}: `{field}:` needs a value")]
    MissingValue {
        /// Where it stands.
        column: usize,
        /// The field.
        field: String,
    },
    /// A value that its field does not take.
    #[error("column {column}: `{field}:` takes {expected}, not `{value}`{}", hint(.nearest))]
    BadValue {
        /// Where the value stands.
        column: usize,
        /// The field.
        field: String,
        /// What was written, cut to 40 characters.
        value: String,
        /// What it takes.
        expected: &'static str,
        /// The word that comes nearest, where it takes words.
        nearest: Option<String>,
    },
    /// A word that says something of the whole search, somewhere inside of it.
    #[error("column {column}: `{field}:` stands once, outside of brackets, `OR` and `NOT`")]
    Misplaced {
        /// Where it stands.
        column: usize,
        /// The field.
        field: String,
    },
    /// Amounts of several currencies have no order.
    #[error("column {column}: sorting by amount needs one `currency:` beside it, such as currency:EUR")]
    SortNeedsCurrency {
        /// Where the `sort:` stands.
        column: usize,
    },
    /// A word of the vendor's dashboard for things that are not mirrored.
    #[error("column {column}: `{field}:` asks about {of}, which Paydesk does not mirror")]
    NotMirrored {
        /// Where it stands.
        column: usize,
        /// The field.
        field: String,
        /// What it is about.
        of: &'static str,
    },
    /// Brackets in brackets in brackets.
    #[error("column {column}: brackets can stand at most {most} deep")]
    TooDeep {
        /// Where the bracket stands that is one too many.
        column: usize,
        /// The most.
        most: usize,
    },
    /// More text than a query may have.
    #[error("a search has at most {most} characters")]
    TooLong {
        /// The most.
        most: usize,
    },
    /// More words than a query may have, and no id or email among them.
    #[error("a search has at most {most} words; keep an id, an email or a few words")]
    TooManyWords {
        /// The most.
        most: usize,
    },
}

impl QueryError {
    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownField { .. } => "query_unknown_field",
            Self::NoSuchField { .. } => "query_no_such_field",
            Self::MissingValue { .. } => "query_missing_value",
            Self::BadValue { .. } => "query_bad_value",
            Self::Misplaced { .. } => "query_misplaced",
            Self::SortNeedsCurrency { .. } => "query_sort_needs_currency",
            Self::NotMirrored { .. } => "query_not_mirrored",
            Self::TooDeep { .. } => "query_too_deep",
            Self::TooLong { .. } => "query_too_long",
            Self::TooManyWords { .. } => "query_too_many_words",
        }
    }

    /// Where it is wrong, where one place is.
    pub fn column(&self) -> Option<usize> {
        match self {
            Self::UnknownField { column, .. }
            | Self::NoSuchField { column, .. }
            | Self::MissingValue { column, .. }
            | Self::Misplaced { column, .. }
            | Self::SortNeedsCurrency { column }
            | Self::NotMirrored { column, .. }
            | Self::TooDeep { column, .. }
            | Self::BadValue { column, .. } => Some(*column),
            Self::TooLong { .. } | Self::TooManyWords { .. } => None,
        }
    }
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|word| format!("; the nearest is `{word}`")).unwrap_or_default()
}

/// The known word that comes nearest, where one is near enough for a slip of the fingers.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let allowed = match length {
        0..=3 => return None,
        4 => 1,
        5..=20 => 2,
        _ => return None,
    };
    let near = known.into_iter().map(|one| (distance(&word, one), one));
    near.filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, one)| one)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for (at, one) in left.iter().enumerate() {
        let mut row = vec![at + 1];
        for (place, other) in right.iter().enumerate() {
            let changed = rows[at][place] + usize::from(one != other);
            let mut best = changed.min(rows[at][place + 1] + 1).min(row[place] + 1);
            if at > 0 && place > 0 && *one == right[place - 1] && left[at - 1] == *other {
                best = best.min(rows[at - 1][place - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_other_words_are_not() {
        let known = ["status", "email", "amount", "created", "name", "id"];
        assert_eq!(nearest("emial", known), Some("email"));
        assert_eq!(nearest("Staus", known), Some("status"));
        assert_eq!(nearest("amuont", known), Some("amount"));
        for other in ["order", "http", "to", "from", "time", "subject", ""] {
            assert_eq!(nearest(other, known), None, "{other}");
        }
    }
}
