//! What one subject's searches are made of: the words of its fields and what they ask. Reading a search, with its
//! operators, brackets and quotes, is the same for all of them.

use std::fmt::Debug;

use domain::Timestamp;

use super::error::QueryError;
use super::fields::{self, FIELDS};
use super::lexer::{LISTED, Piece};
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
