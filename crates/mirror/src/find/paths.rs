//! Which way a search takes through a table that has one row for each thing that is found: the narrowest term leads through
//! its index and the others sift, all in the order of the key, which is the date; `a OR b` goes both ways beside each
//! other. Where no term has an index the rows are walked along their key.

use domain::Timestamp;

use super::branch::{Branch, Marks, Rows, Source, Span, Window};
use super::conditions::{Conditions, nested};
use super::term::{Asks, Node, Sort, Term};
use crate::key::first_of_second;
use crate::statement::Value;

/// Ways to rows, the narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// The keys are listed.
    List,
    /// An index that has few rows for a value.
    Few,
    /// An index that has many; a lower number is the narrower.
    Many(u8),
    /// The key itself, from a date on.
    Span,
    /// The key itself, from its end.
    Walk,
}

/// Most ways beside each other.
const MOST_BRANCHES: usize = 100;

/// Moments from the first on, itself included, and up to the second.
pub(super) type Period = (Option<Timestamp>, Option<Timestamp>);

/// What is searched for in one table.
pub(super) trait Subject: Copy {
    /// What its terms ask.
    type Ask: Asks;

    /// The table.
    fn rows(self) -> Rows;
    /// The way to the rows that a term asks for.
    fn way(self, ask: &Self::Ask) -> Way;
    /// Where they come from, with the condition that holds there. Asked only where the way is an index or a list.
    fn source(self, made: &mut Conditions, ask: &Self::Ask) -> (Source, Option<String>);
    /// The condition of a term on rows that are come by otherwise.
    fn term(self, made: &mut Conditions, ask: &Self::Ask) -> String;
    /// The time that a term asks for, where that is all it asks.
    fn period(self, ask: &Self::Ask) -> Option<Period>;
    /// Whether any row of the table can have all of these.
    fn can_have(self, _nodes: &[Node<Self::Ask>]) -> bool {
        true
    }

    /// The condition of a node on rows that are come by otherwise.
    fn node(self, made: &mut Conditions, node: &Node<Self::Ask>) -> String {
        let joined = |made: &mut Conditions, nodes: &[Node<Self::Ask>], by: &str| {
            let parts: Vec<String> = nodes.iter().map(|node| self.node(made, node)).collect();
            nested(&parts, by)
        };
        match node {
            Node::Term(term) => format!("({})", self.term(made, &term.ask)),
            // An empty column answers neither yes nor no; what is not yes is meant by `-`.
            Node::Not(node) => format!("not coalesce({}, 0)", self.node(made, node)),
            Node::All(nodes) => joined(made, nodes, " and "),
            Node::Any(nodes) => joined(made, nodes, " or "),
        }
    }

    /// The way to the rows of a node.
    fn way_of(self, node: &Node<Self::Ask>) -> Way {
        match node {
            Node::Term(term) => self.way(&term.ask),
            Node::Not(_) => Way::Walk,
            Node::All(nodes) => nodes.iter().map(|node| self.way_of(node)).min().unwrap_or(Way::Walk),
            Node::Any(nodes) => nodes.iter().map(|node| self.way_of(node)).max().unwrap_or(Way::Walk),
        }
    }
}

/// The condition of a period on a key that is written so.
pub(super) fn within(made: &mut Conditions, key: &str, (from, until): Period) -> String {
    let from = from.map(|from| format!("{key} >= ?{}", made.bind(first_of_second(from))));
    let until = until.map(|until| format!("{key} < ?{}", made.bind(first_of_second(until))));
    let both: Vec<String> = from.into_iter().chain(until).collect();
    if both.is_empty() { "true".to_owned() } else { both.join(" and ") }
}

/// What a search needs of a table: a branch for each way that it goes.
#[derive(Debug, Clone)]
pub(super) struct Paths<S> {
    subject: S,
    branches: Vec<Branch>,
    made: Conditions,
    sort: Sort,
}

impl<S: Subject> Paths<S> {
    /// The ways to rows that have all of these.
    pub(super) fn new(subject: S, nodes: &[Node<S::Ask>], sort: Sort) -> Self {
        let mut paths = Self { subject, branches: Vec::new(), made: Conditions::default(), sort };
        if subject.can_have(nodes) {
            paths.lead(nodes);
        }
        paths
    }

    /// One way, that was chosen already; `further` holds for all of its rows.
    pub(super) fn by(subject: S, source: Source, nodes: &[Node<S::Ask>], further: &str, sort: Sort) -> Self {
        let mut paths = Self { subject, branches: Vec::new(), made: Conditions::default(), sort };
        if subject.can_have(nodes) {
            paths.push(source, Some(further.to_owned()), nodes);
        }
        paths
    }

    /// Whether no row can be found.
    pub(super) fn is_nowhere(&self) -> bool {
        self.branches.is_empty()
    }

    /// Whether every row is found, so that they need only be counted.
    pub(super) fn is_everything(&self) -> bool {
        matches!(self.branches.as_slice(), [only] if only.conditions.is_empty() && only.span == Span::default()
            && only.source == Source::Key)
    }

    /// Goes the way of the narrowest of these nodes, which must all hold.
    fn lead(&mut self, nodes: &[Node<S::Ask>]) {
        let narrowest = nodes.iter().enumerate().min_by_key(|(_, node)| self.subject.way_of(node));
        let found = narrowest.filter(|(_, node)| self.subject.way_of(node) < Way::Span);
        let Some((place, node)) = found else {
            self.push(Source::Key, None, nodes);
            return;
        };
        let mut rest = nodes.to_vec();
        rest.remove(place);
        match node {
            Node::Any(ways) if ways.len() <= MOST_BRANCHES => {
                // A way by which no row can be come by is not gone.
                let subject = self.subject;
                for node in ways.iter().filter(|node| subject.can_have(std::slice::from_ref(*node))) {
                    let branch = match node {
                        Node::All(nodes) => nodes.clone(),
                        node => vec![node.clone()],
                    };
                    self.lead(&branch.into_iter().chain(rest.clone()).collect::<Vec<_>>());
                }
            }
            Node::All(parts) => self.lead(&parts.iter().cloned().chain(rest).collect::<Vec<_>>()),
            Node::Term(term) => {
                let (source, condition) = self.subject.source(&mut self.made, &term.ask);
                self.push(source, condition, &rest);
            }
            Node::Any(_) | Node::Not(_) => self.push(Source::Key, None, nodes),
        }
    }

    fn push(&mut self, source: Source, condition: Option<String>, rest: &[Node<S::Ask>]) {
        let (span, sifted) = self.sift(rest);
        let conditions = condition.into_iter().chain(sifted).collect();
        self.branches.push(Branch { source, span, conditions });
    }

    /// The span of dates and the conditions of nodes that sift. A date narrows every way, since all are in the order of
    /// the key.
    fn sift(&mut self, nodes: &[Node<S::Ask>]) -> (Span, Vec<String>) {
        let (mut span, mut sifted) = (Span::default(), Vec::new());
        for node in nodes {
            let period = match node {
                Node::Term(Term { ask, .. }) => self.subject.period(ask),
                _ => None,
            };
            match period {
                Some((from, until)) => {
                    span.from.extend(from.map(|from| self.made.bind(first_of_second(from))));
                    span.until.extend(until.map(|until| self.made.bind(first_of_second(until))));
                }
                None => sifted.push(self.subject.node(&mut self.made, node)),
            }
        }
        (span, sifted)
    }

    /// What follows `from` and the table for a page of rows behind a key, up to a last key, and what is bound in it.
    pub(super) fn page(&self, start: i64, last: i64, limit: i64) -> (String, Vec<Value>) {
        let mut values = self.made.values.clone();
        let first = values.len() + 1;
        values.extend([start.into(), last.into(), limit.into()]);
        let marks = Marks { key: first, last: first + 1, amount: first, limit: first + 2 };
        let rows = self.subject.rows();
        if let [only] = self.branches.as_slice()
            && !matches!(only.source, Source::Unsorted(_))
        {
            return (only.page(rows, self.sort, marks), values);
        }
        // Each way goes as far as a page; the first rows of all are among the first rows of each.
        let Rows { table, key, along } = rows;
        let pages = self.branches.iter().map(|branch| {
            let page = branch.page(rows, self.sort, marks);
            format!("select key from (select {key} as key from {table} {page})")
        });
        let keys = pages.collect::<Vec<_>>().join(" union ");
        let (direction, limit) = (self.sort.direction(), marks.limit);
        (format!("{along} where {key} in ({keys}) order by {key} {direction} limit ?{limit}"), values)
    }

    /// Counts the rows whose keys are from one value up to another.
    pub(super) fn count(&self, (from, until): (i64, i64)) -> (String, Vec<Value>) {
        let mut values = self.made.values.clone();
        let first = values.len() + 1;
        values.extend([from.into(), until.into()]);
        let window = Some(Window { from: first, until: first + 1 });
        let rows = self.subject.rows();
        let statement = match self.branches.as_slice() {
            [only] => format!("select count(*) from {}", only.all(rows, window)),
            all => {
                let keys: Vec<String> = all.iter().map(|branch| branch.keys(rows, window)).collect();
                format!("select count(*) from ({})", keys.join(" union "))
            }
        };
        (statement, values)
    }
}
