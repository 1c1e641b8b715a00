//! What people write who do not know the grammar, where it can only mean one thing.

use super::fields;
use super::grammar::Grammar;
use super::lexer::{Piece, Token};
use domain::Timestamp;

/// The tokens as they are meant.
pub(super) fn mended<G: Grammar>(tokens: Vec<Token>, now: Timestamp) -> Vec<Token> {
    let tokens = ending_in(spaced::<G>(tokens, now));
    let is_field = |piece: &Piece| piece.field.as_deref().is_some_and(G::is_field);
    let ends = |token: &Token| match token {
        Token::Piece(piece) => is_field(piece),
        token => *token == Token::Close,
    };
    let begins = |token: &Token| match token {
        Token::Piece(piece) => is_field(piece) || is_word(piece, "not") || is_word(piece, "NOT"),
        token => matches!(token, Token::Open(_)),
    };
    let mut mended = Vec::with_capacity(tokens.len());
    for (place, token) in tokens.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|place| tokens.get(place)).is_some_and(ends);
        let after = tokens.get(place + 1).is_some_and(begins);
        mended.push(match token {
            // Between words they are words: `tom and jerry`.
            Token::Piece(piece) if is_word(piece, "and") && before && after => in_capitals(piece),
            Token::Piece(piece) if is_word(piece, "or") && before && after => in_capitals(piece),
            Token::Piece(piece) if is_word(piece, "not") && after => in_capitals(piece),
            other => other.clone(),
        });
    }
    mended
}

fn is_bare(piece: &Piece) -> bool {
    piece.field.is_none() && !piece.quoted && !piece.negated
}

fn is_word(piece: &Piece, word: &str) -> bool {
    is_bare(piece) && piece.value == word
}

fn in_capitals(piece: &Piece) -> Token {
    Token::Piece(Piece { value: piece.value.to_uppercase(), ..piece.clone() })
}

/// `status: failed` as `status:failed`, where the field takes the word.
fn spaced<G: Grammar>(tokens: Vec<Token>, now: Timestamp) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let whole = match (joined.last(), &token) {
            (Some(Token::Piece(field)), Token::Piece(value)) => whole::<G>(field, value, now),
            _ => None,
        };
        match whole {
            Some(whole) => {
                joined.pop();
                joined.push(Token::Piece(whole));
            }
            None => joined.push(token),
        }
    }
    joined
}

fn whole<G: Grammar>(field: &Piece, value: &Piece, now: Timestamp) -> Option<Piece> {
    let name = field.field.as_ref().filter(|name| G::SPACED.contains(&name.to_lowercase().as_str()))?;
    if !field.value.is_empty() || field.quoted || value.negated || value.field.is_some() {
        return None;
    }
    let whole =
        Piece { negated: field.negated, field: Some(name.clone()), column: field.column, ..value.clone() };
    G::ask(&whole, false, now).is_ok().then_some(whole)
}

/// `ending in 4242` without what stands before the digits: no payment holds those words.
fn ending_in(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if let ([.., Token::Piece(ending), Token::Piece(preposition)], Token::Piece(digits)) =
            (kept.as_slice(), &token)
        {
            let ends = ["ending", "ends", "ended"].iter().any(|word| is_word(ending, word));
            let follows = ["in", "with"].iter().any(|word| is_word(preposition, word));
            let trimmed = digits.value.trim_matches(|one: char| !one.is_ascii_digit());
            if ends && follows && is_bare(digits) && fields::four_digits(trimmed).is_some() {
                kept.truncate(kept.len() - 2);
            }
        }
        kept.push(token);
    }
    kept
}
