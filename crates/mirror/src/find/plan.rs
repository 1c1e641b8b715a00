//! Which way a search takes to its rows.
//!
//! SQLite is told the way, since it knows nothing of how many rows hold a value: the narrowest term
//! leads, the others sift. Every way gives keys in the order of the date, so that a page ends as soon
//! as it is full and nothing is sorted; `a OR b` goes both ways beside each other, each only as far as
//! a page. Where no term has an index the payments are walked along their key.

use domain::Currency;

use super::branch::{Branch, Marks, PAYMENTS, Source, Span, Window};
use super::classes::exact_minor;
use super::conditions::{Conditions, match_of};
use super::term::{Ask, Id, Node, Query, Sort, Status, Term};
use crate::key::first_of_second;
use crate::statement::Value;

/// Ways to rows, the narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// The keys are listed: an id, an email, a note.
    List,
    /// An index that has few rows for a value: a customer, an intention.
    Few,
    /// The last digits of a card.
    Last4,
    /// The word index.
    Words,
    /// A value of metadata.
    Metadata,
    /// An amount in its currency.
    Amount,
    /// Keys of all that begins so, or of all that has a dispute or such a refund.
    LongList,
    /// An index over the few rows that something is true of.
    Flag,
    /// The index on the status.
    Status,
    /// The key itself, from a date on.
    Span,
    /// The key itself, from its end.
    Walk,
}

/// Most ways beside each other. SQLite joins up to 500 selects in one statement.
const MOST_BRANCHES: usize = 200;
/// Words that nearly every payment has need no index.
const COMMON_STATUS: &str = "succeeded";

fn way(ask: &Ask) -> Way {
    match ask {
        Ask::Id(Id::Customer(_) | Id::PaymentIntent(_)) | Ask::Customer(_) => Way::Few,
        Ask::Keys(_) | Ask::Trace(_) | Ask::Id(_) | Ask::Note(_) | Ask::Nothing => Way::List,
        Ask::Email(email) if !email.prefix => Way::List,
        Ask::Metadata { value, .. } if !value.prefix => Way::Metadata,
        Ask::Email(_) | Ask::Metadata { .. } | Ask::Dispute(_) => Way::LongList,
        Ask::Refund(Some(status)) if status != COMMON_STATUS => Way::LongList,
        Ask::Last4(_) => Way::Last4,
        Ask::Words(_) => Way::Words,
        Ask::Minor { .. } => Way::Amount,
        Ask::Status(Status::Plain(COMMON_STATUS)) => Way::Walk,
        Ask::Status(Status::Plain(_)) => Way::Status,
        Ask::Status(_) => Way::Flag,
        Ask::Created { from: Some(_), .. } => Way::Span,
        _ => Way::Walk,
    }
}

fn way_of(node: &Node) -> Way {
    match node {
        Node::Term(term) => way(&term.ask),
        Node::Not(_) => Way::Walk,
        Node::All(nodes) => nodes.iter().map(way_of).min().unwrap_or(Way::Walk),
        // Either of them may be the one that holds.
        Node::Any(_) if match_of(node).is_some() => Way::Words,
        Node::Any(nodes) => nodes.iter().map(way_of).max().unwrap_or(Way::Walk),
    }
}

/// What a search needs of the database. A branch for each way that it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    branches: Vec<Branch>,
    conditions: Conditions,
    pub(super) sort: Sort,
    way: Way,
}

impl Filter {
    /// The way for a query, in a mirror that holds these currencies.
    pub(super) fn new(query: &Query, account: Option<i64>, currencies: &[Currency]) -> Self {
        let mut nodes: Vec<Node> = query.nodes.iter().map(|node| taken_apart(node, currencies)).collect();
        nodes.extend(account.map(|number| Node::of(Ask::AccountNumber(number))));
        let mut filter = Self {
            branches: Vec::new(),
            conditions: Conditions::default(),
            sort: query.sort,
            way: nodes.iter().map(way_of).min().unwrap_or(Way::Walk),
        };
        filter.lead(&nodes);
        filter
    }

    /// What is bound in its conditions.
    pub(super) fn values(&self) -> &[Value] {
        &self.conditions.values
    }

    /// Whether every payment is found.
    pub(super) fn is_everything(&self) -> bool {
        match self.branches.as_slice() {
            [Branch { source: Source::Key, span, conditions }] => {
                conditions.is_empty() && *span == Span::default()
            }
            _ => false,
        }
    }

    /// Whether what it leads to is worth gathering and sorting by amount.
    pub(super) fn is_narrow(&self) -> bool {
        self.way < Way::Walk
    }

    /// Goes the way of the narrowest of these nodes, which must all hold.
    fn lead(&mut self, nodes: &[Node]) {
        let narrowest = nodes.iter().enumerate().min_by_key(|(_, node)| way_of(node));
        let Some((place, node)) = narrowest.filter(|(_, node)| way_of(node) < Way::Span) else {
            if let Some(spans) = spans(nodes) {
                spans.iter().for_each(|nodes| self.lead(nodes));
                return;
            }
            self.walk(nodes);
            return;
        };
        let mut rest = nodes.to_vec();
        rest.remove(place);
        match node {
            _ if match_of(node).is_some() => self.lead_by_words(nodes),
            // More ways than SQLite joins in one statement: the payments are walked instead.
            Node::Any(ways) if ways.len() > MOST_BRANCHES => {
                self.way = Way::Walk;
                self.walk(nodes);
            }
            Node::Any(nodes) => {
                for node in nodes {
                    let branch = match node {
                        Node::All(nodes) => nodes.clone(),
                        node => vec![node.clone()],
                    };
                    self.lead(&branch.into_iter().chain(rest.clone()).collect::<Vec<_>>());
                }
            }
            Node::Term(term) => self.lead_by(&term.ask, &rest),
            Node::All(_) | Node::Not(_) => self.walk(nodes),
        }
    }

    /// Goes along the key.
    fn walk(&mut self, nodes: &[Node]) {
        let (span, conditions) = self.sift(nodes, Way::Walk);
        self.branches.push(Branch { source: Source::Key, span, conditions });
    }

    fn lead_by(&mut self, ask: &Ask, rest: &[Node]) {
        if let Ask::Minor { currency, .. } = ask
            && rest.iter().any(|node| node.is(|ask| matches!(ask, Ask::Currency(other) if other != currency)))
        {
            // That currency was ruled out.
            return;
        }
        let source = match ask {
            Ask::Id(Id::PaymentIntent(_)) => Source::Index("payments_intent"),
            Ask::Id(Id::Customer(_)) | Ask::Customer(_) => Source::Index("payments_customer"),
            Ask::Last4(_) => Source::Index("payments_last4"),
            Ask::Minor { .. } => Source::Index("payments_amount"),
            Ask::Status(Status::Disputed) => Source::Index("payments_disputed"),
            Ask::Status(Status::Refunded | Status::PartiallyRefunded) => Source::Index("payments_refunded"),
            Ask::Status(Status::Plain(_)) => Source::Index("payments_status"),
            Ask::Metadata { name, value } if !value.prefix => {
                let name = self.conditions.bind(name);
                let value = self.conditions.begins("value_folded", value);
                let select = format!(
                    "select payment_key as word_key from payment_metadata where name = ?{name} and {value}"
                );
                Source::Found { select, key: "payment_key" }
            }
            _ => Source::Key,
        };
        let mut conditions = match &source {
            Source::Found { .. } => Vec::new(),
            _ => vec![self.conditions.term(ask, "payments.key")],
        };
        let (span, sifted) = self.sift(rest, way(ask));
        conditions.extend(sifted);
        self.branches.push(Branch { source, span, conditions });
    }

    /// All that is asked of the word index in one go; it knows no plain `NOT`, only `this NOT that`.
    fn lead_by_words(&mut self, nodes: &[Node]) {
        let (mut matched, mut ruled_out, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for node in nodes {
            let inner = if let Node::Not(inner) = node { match_of(inner) } else { None };
            match (match_of(node), inner) {
                (Some(text), _) => matched.push(text),
                (None, Some(text)) => ruled_out.push(format!(" NOT {text}")),
                (None, None) => rest.push(node.clone()),
            }
        }
        let text = format!("({}){}", matched.join(" AND "), ruled_out.concat());
        let number = self.conditions.bind(text);
        let select =
            format!("select rowid as word_key from payment_words where payment_words match ?{number}");
        let (span, conditions) = self.sift(&rest, Way::Words);
        self.branches.push(Branch { source: Source::Found { select, key: "rowid" }, span, conditions });
    }

    /// The span of dates and the conditions for rows that are come by in this way. A date narrows
    /// every way, since all are in the order of the key.
    fn sift(&mut self, nodes: &[Node], way: Way) -> (Span, Vec<String>) {
        self.conditions.few = way <= Way::Few;
        let (mut span, mut sifted) = (Span::default(), Vec::new());
        for node in nodes {
            match node {
                Node::Term(Term { ask: Ask::Created { from, until }, .. }) => {
                    span.from.extend(from.map(|from| self.conditions.bind(first_of_second(from))));
                    span.until.extend(until.map(|until| self.conditions.bind(first_of_second(until))));
                }
                node => sifted.push(self.conditions.node(node)),
            }
        }
        (span, sifted)
    }

    /// What follows the columns of a figure over all rows whose keys are from one value up to the other.
    pub(super) fn all(&self, from: usize, until: usize) -> String {
        let window = Window { from, until };
        match self.branches.as_slice() {
            [only] => format!("from {}", only.all(PAYMENTS, Some(window))),
            _ => format!("from payments not indexed where payments.key in ({})", self.keys(Some(window))),
        }
    }

    /// Counts what is found, up to a number of rows.
    pub(super) fn count_up_to(&self, most: i64) -> (String, Vec<Value>) {
        let mut values = self.conditions.values.clone();
        values.push(most.into());
        let limit = values.len();
        (format!("select count(*) from (select 1 from ({}) limit ?{limit})", self.keys(None)), values)
    }

    /// A select of all keys, each once.
    pub(super) fn keys(&self, window: Option<Window>) -> String {
        let selects: Vec<String> = self.branches.iter().map(|branch| branch.keys(PAYMENTS, window)).collect();
        if selects.is_empty() { "select null where false".to_owned() } else { selects.join(" union ") }
    }

    /// What follows `from payments` for a page of rows.
    pub(super) fn page(&self, marks: Marks) -> String {
        if self.sort.by_amount() {
            return self.page_by_amount(marks);
        }
        if let [only] = self.branches.as_slice() {
            return only.page(PAYMENTS, self.sort, marks);
        }
        // Each way goes as far as a page; the first rows of all are among the first rows of each.
        let pages = self.branches.iter().map(|branch| {
            format!(
                "select key from (select payments.key as key from payments {})",
                branch.page(PAYMENTS, self.sort, marks)
            )
        });
        let pages: Vec<String> = pages.collect();
        let keys = if pages.is_empty() { "null".to_owned() } else { pages.join(" union ") };
        format!(
            "not indexed where payments.key in ({keys}) order by payments.key {} limit ?{}",
            self.sort.direction(),
            marks.limit
        )
    }

    /// What is little enough to be gathered is sorted anew for each page.
    fn page_by_amount(&self, marks: Marks) -> String {
        let Marks { key, amount, limit, .. } = marks;
        let (sign, direction) = (self.sort.sign(), self.sort.direction());
        let behind = format!(
            "payments.amount_minor {sign}= ?{amount} \
             and (payments.amount_minor {sign} ?{amount} or +payments.key {sign} ?{key})"
        );
        let order =
            format!("order by payments.amount_minor {direction}, payments.key {direction} limit ?{limit}");
        format!("not indexed where payments.key in ({}) and {behind} {order}", self.keys(None))
    }
}

/// Bare numbers and exact amounts become the amounts that they are in each currency of the mirror.
pub(super) fn taken_apart(node: &Node, currencies: &[Currency]) -> Node {
    let parts = |nodes: &[Node]| nodes.iter().map(|node| taken_apart(node, currencies)).collect();
    let minor = |bounds| {
        currencies.iter().filter_map(move |currency| {
            let minor = exact_minor(*currency, bounds)?;
            Some(Node::of(Ask::Minor { currency: currency.code().to_owned(), minor }))
        })
    };
    match node {
        Node::Not(node) => Node::Not(Box::new(taken_apart(node, currencies))),
        Node::All(nodes) => Node::All(parts(nodes)),
        Node::Any(nodes) => Node::any_flat(parts(nodes)),
        Node::Term(Term { ask: Ask::Amount(bounds), .. }) if bounds.is_exact() => {
            Node::any_flat(minor(*bounds).collect())
        }
        Node::Term(Term { ask: Ask::Number { amount, last4, word }, .. }) => {
            let others = [last4.clone().map(Ask::Last4), Some(Ask::Words(word.clone()))];
            Node::any_flat(minor(*amount).chain(others.into_iter().flatten().map(Node::of)).collect())
        }
        Node::Term(_) => node.clone(),
    }
}

/// `created:2026-01 OR created:2026-03` goes to each of its times, where all that holds beside it is
/// sifted; none where no node is such.
fn spans(nodes: &[Node]) -> Option<Vec<Vec<Node>>> {
    let is_span = |node: &Node| match node {
        Node::Any(nodes) => nodes.iter().all(|node| way_of(node) == Way::Span),
        _ => false,
    };
    let place = nodes.iter().position(is_span)?;
    let mut rest = nodes.to_vec();
    let Node::Any(times) = rest.remove(place) else { return None };
    let branch = |node| match node {
        Node::All(nodes) => nodes,
        node => vec![node],
    };
    Some(times.into_iter().map(|node| branch(node).into_iter().chain(rest.clone()).collect()).collect())
}
