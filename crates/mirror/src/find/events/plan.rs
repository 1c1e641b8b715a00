//! Which way a search for events takes to its rows: the narrowest term leads through its index and the others sift, all
//! in the order of the key; `a OR b` goes both ways beside each other. Where no term has an index the events are walked
//! along their key, which is the date.

use super::ask::EventAsk;
use super::conditions::{Side, fits};
use crate::find::branch::{Marks, Span, Window};
use crate::find::conditions::Conditions;
use crate::find::term::{Node, Sort, Term};
use crate::key::first_of_second;
use crate::statement::Value;

/// Ways to rows, the narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// The keys are listed.
    List,
    /// An index that has few rows for a value.
    Few,
    /// The index on the type.
    Kind,
    /// The index on the sort of thing that it is about.
    Object,
    /// The index on how it came.
    Came,
    /// The key itself, from a date on.
    Span,
    /// The key itself, from its end.
    Walk,
}

/// Most ways beside each other.
const MOST_BRANCHES: usize = 100;
/// Most types that a wildcard is taken apart into: of more than these every page is soon full.
const MOST_KINDS: usize = 40;

fn way(ask: &EventAsk) -> Way {
    match ask {
        EventAsk::Id(_) | EventAsk::Nothing => Way::List,
        EventAsk::Subject(_)
        | EventAsk::Payment(_)
        | EventAsk::OwnPayment(_)
        | EventAsk::Customer(_)
        | EventAsk::Call(_)
        | EventAsk::Key(_) => Way::Few,
        EventAsk::Kind(_) => Way::Kind,
        EventAsk::Object(_) => Way::Object,
        EventAsk::Came(_) => Way::Came,
        EventAsk::Created { from: Some(_), .. } => Way::Span,
        _ => Way::Walk,
    }
}

/// The index that leads to what a term asks.
fn hint(ask: &EventAsk) -> &'static str {
    match ask {
        EventAsk::Subject(_) => "indexed by events_subject",
        EventAsk::Payment(_) | EventAsk::OwnPayment(_) => "indexed by events_payment",
        EventAsk::Customer(_) => "indexed by events_customer",
        EventAsk::Call(_) => "indexed by events_request",
        EventAsk::Key(_) => "indexed by events_idempotency_key",
        EventAsk::Kind(_) => "indexed by events_kind",
        EventAsk::Object(_) => "indexed by events_object",
        EventAsk::Came(_) => "indexed by events_signed",
        _ => "not indexed",
    }
}

fn way_of(node: &Node<EventAsk>) -> Way {
    match node {
        Node::Term(term) => way(&term.ask),
        Node::Not(_) => Way::Walk,
        Node::All(nodes) => nodes.iter().map(way_of).min().unwrap_or(Way::Walk),
        Node::Any(nodes) => nodes.iter().map(way_of).max().unwrap_or(Way::Walk),
    }
}

/// The types that a pattern stands for, where they are few enough to go to each.
pub(super) fn kinds_like(pattern: &str, kinds: &[String]) -> Option<Node<EventAsk>> {
    let found: Vec<_> = kinds.iter().filter(|kind| fits(pattern, kind)).take(MOST_KINDS + 1).collect();
    if found.len() > MOST_KINDS {
        return None;
    }
    Some(Node::any_flat(found.into_iter().map(|kind| Node::of(EventAsk::Kind(kind.clone()))).collect()))
}

/// One way to rows, with what all of them must hold.
#[derive(Debug, Clone)]
struct Branch {
    hint: &'static str,
    span: Span,
    conditions: Vec<String>,
}

/// What a search needs of one of the two tables. A branch for each way that it goes.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    side: Side,
    branches: Vec<Branch>,
    made: Conditions,
    sort: Sort,
}

impl Filter {
    /// The way to events.
    pub(super) fn of_events(nodes: &[Node<EventAsk>], kinds: &[String], sort: Sort) -> Self {
        let apart = |node: &Node<EventAsk>| {
            node.with(&|term| match &term.ask {
                EventAsk::Like(pattern) => kinds_like(pattern, kinds),
                _ => None,
            })
        };
        let nodes: Vec<_> = nodes.iter().map(apart).collect();
        let mut filter = Self { side: Side::Events, branches: Vec::new(), made: Conditions::default(), sort };
        if Side::Events.can_have(&nodes) {
            filter.lead(&nodes);
        }
        filter
    }

    /// The way to requests that brought no event.
    pub(super) fn of_requests(nodes: &[Node<EventAsk>], sort: Sort) -> Self {
        let mut filter =
            Self { side: Side::Requests, branches: Vec::new(), made: Conditions::default(), sort };
        if Side::Requests.can_have(nodes) {
            let by = |what: fn(&EventAsk) -> bool| nodes.iter().any(|node| node.is(what));
            let hint = if by(|ask| matches!(ask, EventAsk::Received(_))) {
                "not indexed"
            } else if by(|ask| matches!(ask, EventAsk::Id(_))) {
                "indexed by inbox_event"
            } else {
                "indexed by inbox_place"
            };
            let (span, mut conditions) = filter.sift(nodes);
            conditions.push("inbox.state in ('apart', 'kept')".to_owned());
            filter.branches.push(Branch { hint, span, conditions });
        }
        filter
    }

    /// Whether no row can be found.
    pub(super) fn is_nowhere(&self) -> bool {
        self.branches.is_empty()
    }

    /// Whether every row is found, so that they need only be counted.
    fn is_everything(&self) -> bool {
        matches!(self.branches.as_slice(), [only] if self.side == Side::Events && only.conditions.is_empty() && only.span == Span::default())
    }

    fn table(&self) -> &'static str {
        match self.side {
            Side::Events => "events",
            Side::Requests => "inbox",
        }
    }

    fn key(&self) -> &'static str {
        match self.side {
            Side::Events => "events.key",
            Side::Requests => "inbox.place",
        }
    }

    /// Goes the way of the narrowest of these nodes, which must all hold.
    fn lead(&mut self, nodes: &[Node<EventAsk>]) {
        let narrowest = nodes.iter().enumerate().min_by_key(|(_, node)| way_of(node));
        let Some((place, node)) = narrowest.filter(|(_, node)| way_of(node) < Way::Span) else {
            self.push("not indexed", Vec::new(), nodes);
            return;
        };
        let mut rest = nodes.to_vec();
        rest.remove(place);
        match node {
            Node::Any(ways) if ways.len() <= MOST_BRANCHES => {
                // A way by which no event can be come by, such as `verdict:refused`, is not gone.
                for node in ways.iter().filter(|node| Side::Events.can_have(std::slice::from_ref(*node))) {
                    let branch = match node {
                        Node::All(nodes) => nodes.clone(),
                        node => vec![node.clone()],
                    };
                    self.lead(&branch.into_iter().chain(rest.clone()).collect::<Vec<_>>());
                }
            }
            Node::Term(Term { ask: ask @ EventAsk::Id(_), .. }) => {
                let listed = Side::Events.term(&mut self.made, ask);
                let listed = listed.replace("events.", "e.");
                let listed = format!(
                    "events.key in (select e.key from events e indexed by events_vendor_id where {listed})"
                );
                self.push("not indexed", vec![listed], &rest);
            }
            Node::Term(term) => {
                let condition = Side::Events.term(&mut self.made, &term.ask);
                self.push(hint(&term.ask), vec![condition], &rest);
            }
            Node::Any(_) | Node::All(_) | Node::Not(_) => self.push("not indexed", Vec::new(), nodes),
        }
    }

    fn push(&mut self, hint: &'static str, mut conditions: Vec<String>, rest: &[Node<EventAsk>]) {
        let (span, sifted) = self.sift(rest);
        conditions.extend(sifted);
        self.branches.push(Branch { hint, span, conditions });
    }

    /// The span of dates and the conditions of nodes that sift. A date narrows every way, since all are in the order of
    /// the key.
    fn sift(&mut self, nodes: &[Node<EventAsk>]) -> (Span, Vec<String>) {
        let (mut span, mut sifted) = (Span::default(), Vec::new());
        for node in nodes {
            match node {
                Node::Term(Term { ask: EventAsk::Created { from, until }, .. }) => {
                    span.from.extend(from.map(|from| self.made.bind(first_of_second(from))));
                    span.until.extend(until.map(|until| self.made.bind(first_of_second(until))));
                }
                node => sifted.push(self.side.node(&mut self.made, node)),
            }
        }
        (span, sifted)
    }

    fn further(branch: &Branch) -> String {
        branch.conditions.iter().map(|condition| format!(" and {condition}")).collect()
    }

    fn branch_page(&self, branch: &Branch, marks: Marks) -> String {
        let (key, direction, limit) = (self.key(), self.sort.direction(), marks.limit);
        let (span, further) = (branch.span.page(key, self.sort, marks), Self::further(branch));
        format!("{} where {span}{further} order by {key} {direction} limit ?{limit}", branch.hint)
    }

    /// What follows `from` and the table for a page of rows behind a key, up to a last key, and what is bound in it.
    pub(super) fn page(&self, start: i64, last: i64, limit: i64) -> (String, Vec<Value>) {
        let mut values = self.made.values.clone();
        let first = values.len() + 1;
        values.extend([start.into(), last.into(), limit.into()]);
        let marks = Marks { key: first, last: first + 1, amount: first, limit: first + 2 };
        if let [only] = self.branches.as_slice() {
            return (self.branch_page(only, marks), values);
        }
        // Each way goes as far as a page; the first rows of all are among the first rows of each.
        let (table, key, direction) = (self.table(), self.key(), self.sort.direction());
        let pages = self.branches.iter().map(|branch| {
            format!("select key from (select {key} as key from {table} {})", self.branch_page(branch, marks))
        });
        let keys = pages.collect::<Vec<_>>().join(" union ");
        let limit = marks.limit;
        (format!("not indexed where {key} in ({keys}) order by {key} {direction} limit ?{limit}"), values)
    }

    /// Counts the rows whose keys are from one value up to another.
    pub(super) fn count(&self, (from, until): (i64, i64)) -> (String, Vec<Value>) {
        let mut values = self.made.values.clone();
        let first = values.len() + 1;
        values.extend([from.into(), until.into()]);
        let (table, key) = (self.table(), self.key());
        if self.is_everything() && (from, until) == (i64::MIN, i64::MAX) {
            return (format!("select count(*) from {table} indexed by events_signed where ?1 <= ?2"), values);
        }
        let window = Window { from: first, until: first + 1 };
        let rows = |branch: &Branch| {
            let (within, further) = (branch.span.within(key, Some(window)), Self::further(branch));
            format!("from {table} {} where true{further}{within}", branch.hint)
        };
        let statement = match self.branches.as_slice() {
            [only] => format!("select count(*) {}", rows(only)),
            all => {
                let keys: Vec<String> =
                    all.iter().map(|branch| format!("select {key} as key {}", rows(branch))).collect();
                format!("select count(*) from ({})", keys.join(" union "))
            }
        };
        (statement, values)
    }
}
