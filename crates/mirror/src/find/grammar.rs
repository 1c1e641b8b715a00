//! What one subject's searches are made of: the words of its fields and what they ask. Reading a search, with its
//! operators, brackets and quotes, is the same for all of them.

use std::fmt::Debug;

use domain::Timestamp;

use super::error::{QueryError, nearest};
use super::fields::{self, FIELDS, bad};
use super::lexer::{LISTED, Piece, is_listed};
use super::period::{DATE_WORDS, period};
use super::term::{Ask, Asks, Node, SORTS, Sort};

/// The words of one subject.
pub(super) trait Grammar {
    /// What its terms ask.
    type Ask: Asks + Debug;
    /// Its field words.
    const FIELDS: &'static [&'static str];
    /// Fields whose values are single words, so that a comma parts several of them.
    const LISTED: &'static [&'static str];
    /// Fields whose value may stand behind a space: `status: failed`. What other words with a colon stand
    /// before in a pasted text is told by its shape alone.
    const SPACED: &'static [&'static str];
    /// The orders that can be asked for.
    const SORTS: &'static [(&'static str, Sort)];
    /// The same in a sentence.
    const SORTS_EXPECTED: &'static str;

    /// Whether the word is one of its field words.
    fn is_field(word: &str) -> bool {
        Self::FIELDS.contains(&word.to_lowercase().as_str())
    }

    /// What a piece asks; none where it is punctuation. `last` says that nothing follows it.
    fn ask(piece: &Piece, last: bool, now: Timestamp) -> Result<Option<Node<Self::Ask>>, QueryError>;
}

/// What a field word with its value asks.
type Asked<A> = fn(&str, &Piece, Timestamp) -> Result<Node<A>, QueryError>;

/// What a piece with a field word asks, with each value of a list by itself; none where it is empty in the middle of a search.
pub(super) fn fielded<G: Grammar>(
    field: &str,
    piece: &Piece,
    last: bool,
    now: Timestamp,
    asked: Asked<G::Ask>,
) -> Result<Option<Node<G::Ask>>, QueryError> {
    if piece.value.trim().is_empty() {
        let missing = QueryError::MissingValue { column: piece.column, field: field.to_owned() };
        return if last { Err(missing) } else { Ok(None) };
    }
    if !is_listed(G::LISTED, field) || piece.quoted || !piece.value.contains([',', '|']) {
        return asked(field, piece, now).map(Some);
    }
    let (mut nodes, mut passed) = (Vec::new(), 0);
    for value in piece.value.split([',', '|']) {
        let value_column = piece.value_column + passed;
        passed += value.chars().count() + 1;
        let one = Piece { value: value.to_owned(), value_column, ..piece.clone() };
        nodes.push(asked(field, &one, now)?);
    }
    Ok(Some(Node::any_flat(nodes)))
}

/// A word before a colon that is none of the subject's.
pub(super) fn unknown_field<G: Grammar>(field: &str, piece: &Piece) -> QueryError {
    let word: String = field.chars().take(40).collect();
    match nearest(&field.to_lowercase(), G::FIELDS.iter().copied()) {
        Some(nearest) => QueryError::UnknownField { column: piece.column, word, nearest: nearest.to_owned() },
        None => QueryError::NoSuchField { column: piece.column, word, fields: G::FIELDS.join(", ") },
    }
}

/// The time that a value stands for; the end is left out.
pub(super) fn created(
    field: &str,
    piece: &Piece,
    now: Timestamp,
) -> Result<super::paths::Period, QueryError> {
    let value = piece.value.trim();
    let (from, until) = period(value, now).ok_or_else(|| {
        let expected = "a date such as 2026-03-01, 2026-03, >2026-03-01, -7d or yesterday";
        bad(piece, field, expected, nearest(&value.to_lowercase(), DATE_WORDS))
    })?;
    match from.zip(until) {
        Some((from, until)) if from >= until => {
            Err(bad(piece, field, "the earlier date first, as in 2026-01..2026-03", None))
        }
        _ => Ok((from, until)),
    }
}

/// Searches for payments.
#[derive(Debug)]
pub(super) enum OfPayments {}

impl Grammar for OfPayments {
    type Ask = Ask;
    const FIELDS: &'static [&'static str] = &FIELDS;
    const LISTED: &'static [&'static str] = &LISTED;
    const SPACED: &'static [&'static str] =
        &["status", "currency", "country", "brand", "risk", "type", "method"];
    const SORTS: &'static [(&'static str, Sort)] = &SORTS;
    const SORTS_EXPECTED: &'static str = "created, -created, amount or -amount";

    fn is_field(word: &str) -> bool {
        fields::is_field(word)
    }

    fn ask(piece: &Piece, last: bool, now: Timestamp) -> Result<Option<Node>, QueryError> {
        fields::ask(piece, last, now)
    }
}
