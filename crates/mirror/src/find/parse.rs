//! From tokens to a tree.
//!
//! `OR` joins its two neighbours and binds closer than the space between words, which is the same as
//! `AND`; `-` and `NOT` turn round what follows; brackets group. Operators are in capitals. Brackets
//! that nothing closes or opens only part words, as in pasted text, and so do those around words
//! without an operator, since a group of words that must all hold is no group.

use domain::Timestamp;

use super::error::{QueryError, nearest};
use super::fields::bad;
use super::grammar::{Grammar, OfPayments};
use super::lexer::{Open, Piece, Token, cut};
use super::slips::mended;
use super::term::{Ask, Asks, Node, Query, Sort};

/// Most characters of a query.
const MOST_CHARACTERS: usize = 20_000;
/// Most terms of a query.
pub(super) const MOST_TERMS: usize = 64;
/// Most groups inside of one another, well below what SQLite takes.
const MOST_DEPTH: usize = 50;

/// What was read of a text in the words of a subject.
pub(super) struct Tree<A> {
    /// All of these must hold.
    pub(super) nodes: Vec<Node<A>>,
    /// The order that was asked for, and where.
    pub(super) sort: Option<(Sort, usize)>,
}

/// Reads a query for payments. Only field words and depth can be wrong; everything else is taken as text.
pub(super) fn parse(text: &str, now: Timestamp) -> Result<Query, QueryError> {
    let Tree { nodes, sort } = tree::<OfPayments>(text, now)?;
    let order = sort.map(|(sort, _)| sort).unwrap_or_default();
    let query = Query { nodes, sort: order, is_essence: false };
    if let Some((sort, column)) = sort
        && sort.by_amount()
        && !query.nodes.iter().any(|node| node.is(|ask| matches!(ask, Ask::Currency(_))))
    {
        return Err(QueryError::SortNeedsCurrency { column });
    }
    if query.terms() <= MOST_TERMS {
        return Ok(query);
    }
    // A whole message was pasted: an id, an email or an amount in it is what is looked for.
    let essence = query.essence(true).filter(|essence| essence.terms() <= MOST_TERMS);
    essence.ok_or(QueryError::TooManyWords { most: MOST_TERMS })
}

/// Reads a text in the words of a subject.
pub(super) fn tree<G: Grammar>(text: &str, now: Timestamp) -> Result<Tree<G::Ask>, QueryError> {
    if text.chars().count() > MOST_CHARACTERS {
        return Err(QueryError::TooLong { most: MOST_CHARACTERS });
    }
    let tokens = mended::<G>(balanced(cut(text, G::LISTED)), now);
    let mut frames = Vec::new();
    let mut frame = Frame::<G>::new(now);
    let mut sort = None;
    for (place, token) in tokens.iter().enumerate() {
        let next = tokens.get(place + 1);
        match token {
            Token::Piece(piece) if asks_order(piece) => {
                if sort.is_some() || !frames.is_empty() || frame.is_at_work() || is_or(next) {
                    return Err(QueryError::Misplaced { column: piece.column, field: "sort".to_owned() });
                }
                sort = Some((order::<G>(piece)?, piece.column));
            }
            Token::Piece(piece) => frame.piece(piece, next)?,
            Token::Open(open) => {
                let known = open.field.as_ref().is_none_or(|field| G::is_field(field));
                if let Some(field) = open.field.clone().filter(|_| !known) {
                    // `Order:(1042)` is pasted.
                    frame.piece(&field_alone(field, false, open.column), Some(token))?;
                }
                let mut inner = Frame::of(open, known, now);
                if open.field.is_none() {
                    // `status:((failed OR pending))`: the field holds for brackets in its brackets.
                    inner.field.clone_from(&frame.field);
                }
                frames.push(std::mem::replace(&mut frame, inner));
            }
            Token::Close => {
                let Some(around) = frames.pop() else { continue };
                let inner = std::mem::replace(&mut frame, around);
                frame.group(inner)?;
            }
        }
    }
    Ok(Tree { nodes: flat(frame.nodes), sort })
}

/// The tokens without brackets that nothing closes or opens, or that hold nothing.
fn balanced(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut opened = Vec::new();
    for token in tokens {
        match &token {
            Token::Open(_) => opened.push(kept.len()),
            Token::Close => match opened.pop() {
                None => continue,
                Some(at) if at + 1 == kept.len() => {
                    kept.pop();
                    continue;
                }
                Some(_) => {}
            },
            Token::Piece(_) => {}
        }
        kept.push(Some(token));
    }
    for at in opened {
        let Some(Some(Token::Open(open))) = kept.get(at).cloned() else { continue };
        if let Some(place) = kept.get_mut(at) {
            *place = open.field.map(|field| Token::Piece(field_alone(field, open.negated, open.column)));
        }
    }
    kept.into_iter().flatten().collect()
}

/// A field word with nothing after its colon.
fn field_alone(field: String, negated: bool, column: usize) -> Piece {
    let value_column = column + field.chars().count() + 1;
    Piece { negated, field: Some(field), value: String::new(), quoted: false, column, value_column }
}

/// A group under way: what is in it already, and what was said of what comes next.
#[derive(Debug)]
struct Frame<G: Grammar> {
    nodes: Vec<Node<G::Ask>>,
    /// `OR` stands before what comes next.
    joins: bool,
    /// `NOT` stands before what comes next.
    negates: bool,
    /// The group as a whole is turned round.
    negated: bool,
    /// The field word before the bracket, for the values in it.
    field: Option<String>,
    /// Where the bracket stands.
    column: usize,
    /// What relative dates are counted from.
    now: Timestamp,
}

impl<G: Grammar> Frame<G> {
    /// Whether an operator waits for what comes next.
    fn is_at_work(&self) -> bool {
        self.joins || self.negates
    }

    fn new(now: Timestamp) -> Self {
        Self { nodes: Vec::new(), joins: false, negates: false, negated: false, field: None, column: 1, now }
    }

    fn of(open: &Open, known: bool, now: Timestamp) -> Self {
        let field = open.field.clone().filter(|_| known);
        Self { negated: open.negated, field, column: open.column, ..Self::new(now) }
    }

    fn piece(&mut self, piece: &Piece, next: Option<&Token>) -> Result<(), QueryError> {
        let followed = matches!(next, Some(Token::Piece(_) | Token::Open(_)));
        match operator(piece) {
            // At the end it waits for what is still to be typed, and what was found stays on screen; alone it
            // is a word.
            Some(_) if !followed && !self.nodes.is_empty() => return Ok(()),
            Some(_) if !followed => {}
            Some(Operator::Or) if !self.nodes.is_empty() => {
                self.joins = true;
                return Ok(());
            }
            Some(Operator::And) if !self.nodes.is_empty() => return Ok(()),
            Some(Operator::Not) => {
                self.negates ^= true;
                return Ok(());
            }
            _ => {}
        }
        let mut piece = piece.clone();
        if piece.field.is_none() && self.field.is_some() {
            piece.field = self.field.clone();
        }
        if let Some(node) = G::ask(&piece, next.is_none(), self.now)? {
            self.push(node, piece.negated);
        }
        Ok(())
    }

    fn push(&mut self, node: Node<G::Ask>, negated: bool) {
        let node = match (negated ^ std::mem::take(&mut self.negates), node) {
            (false, node) => node,
            (true, Node::Not(node)) => *node,
            (true, node) => Node::Not(Box::new(node)),
        };
        match self.nodes.pop() {
            Some(before) if std::mem::take(&mut self.joins) => self.nodes.push(either(before, node)),
            before => {
                self.nodes.extend(before);
                self.nodes.push(node);
            }
        }
    }

    /// A group that was closed.
    fn group(&mut self, inner: Self) -> Result<(), QueryError> {
        let mut nodes = flat(inner.nodes);
        let node = match nodes.len() {
            0 => return Ok(()),
            1 => nodes.remove(0),
            _ => Node::All(nodes),
        };
        if node.depth() > MOST_DEPTH {
            return Err(QueryError::TooDeep { column: inner.column, most: MOST_DEPTH });
        }
        self.push(node, inner.negated);
        Ok(())
    }
}

/// `sort:…`, where something follows the colon; `Sort: by date` is pasted.
fn asks_order(piece: &Piece) -> bool {
    let field = piece.field.as_deref().is_some_and(|field| field.eq_ignore_ascii_case("sort"));
    field && !piece.value.trim().is_empty()
}

fn order<G: Grammar>(piece: &Piece) -> Result<Sort, QueryError> {
    let word = piece.value.trim().to_lowercase().replace("date", "created");
    let found = G::SORTS.iter().find(|(name, _)| *name == word).filter(|_| !piece.negated);
    found.map(|(_, sort)| *sort).ok_or_else(|| {
        let nearest = nearest(&word, G::SORTS.iter().map(|(name, _)| *name));
        bad(piece, "sort", G::SORTS_EXPECTED, nearest)
    })
}

fn is_or(token: Option<&Token>) -> bool {
    matches!(token, Some(Token::Piece(piece)) if operator(piece) == Some(Operator::Or))
}

/// One of two; `a OR b OR c` is one of three.
fn either<A: Asks>(before: Node<A>, node: Node<A>) -> Node<A> {
    let parts = |node| match node {
        Node::Any(nodes) => nodes,
        node => vec![node],
    };
    let mut nodes = parts(before);
    nodes.extend(parts(node));
    Node::Any(nodes)
}

/// All of these in all of those is the same as all of them.
fn flat<A: Asks>(nodes: Vec<Node<A>>) -> Vec<Node<A>> {
    let parts = |node| match node {
        Node::All(nodes) => nodes,
        node => vec![node],
    };
    nodes.into_iter().flat_map(parts).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    And,
    Or,
    Not,
}

/// Operators are in capitals and outside of quotes, so that the same words in a message stay words.
fn operator(piece: &Piece) -> Option<Operator> {
    if piece.field.is_some() || piece.quoted || piece.negated {
        return None;
    }
    match piece.value.as_str() {
        "AND" => Some(Operator::And),
        "OR" => Some(Operator::Or),
        "NOT" => Some(Operator::Not),
        _ => None,
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
