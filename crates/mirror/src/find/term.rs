//! What a query asks for, before it becomes SQL.

use domain::{Currency, Timestamp};

/// A query: all of its nodes must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) nodes: Vec<Node>,
    pub(super) sort: Sort,
    /// Whether words of the text were let go.
    pub(super) is_essence: bool,
}

/// The order of what is found. Payments of one amount, as of one second, are in the order of their
/// keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sort {
    #[default]
    Newest,
    Oldest,
    Smallest,
    Largest,
}

/// The words of [`Sort`].
pub(super) const SORTS: [(&str, Sort); 4] = [
    ("-created", Sort::Newest),
    ("created", Sort::Oldest),
    ("amount", Sort::Smallest),
    ("-amount", Sort::Largest),
];

impl Sort {
    /// Whether minor units are compared, which only amounts of one currency can be by.
    pub(super) fn by_amount(self) -> bool {
        matches!(self, Self::Smallest | Self::Largest)
    }

    pub(super) fn goes_up(self) -> bool {
        matches!(self, Self::Oldest | Self::Smallest)
    }

    /// How a row compares with one that stands before it.
    pub(super) fn sign(self) -> &'static str {
        if self.goes_up() { ">" } else { "<" }
    }

    /// The other way round.
    pub(super) fn sign_back(self) -> &'static str {
        if self.goes_up() { "<" } else { ">" }
    }

    pub(super) fn direction(self) -> &'static str {
        if self.goes_up() { "asc" } else { "desc" }
    }

    /// What stands before everything.
    pub(super) fn start(self) -> i64 {
        if self.goes_up() { i64::MIN } else { i64::MAX }
    }

    /// What stands behind everything.
    pub(super) fn end(self) -> i64 {
        if self.goes_up() { i64::MAX } else { i64::MIN }
    }
}

/// What terms ask of the rows of one subject.
pub(super) trait Asks: Clone {
    /// What no row has.
    fn nothing() -> Self;
}

impl Asks for Ask {
    fn nothing() -> Self {
        Self::Nothing
    }
}

/// A part of a query. What its terms ask is another matter for each subject; payments where none is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node<A = Ask> {
    /// One thing that must hold.
    Term(Term<A>),
    /// It must not hold.
    Not(Box<Node<A>>),
    /// All of these hold.
    All(Vec<Node<A>>),
    /// One of these holds.
    Any(Vec<Node<A>>),
}

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term<A = Ask> {
    /// Whether it came without a field word, told by its shape.
    pub(super) bare: bool,
    pub(super) ask: A,
}

impl<A: Asks> Node<A> {
    /// A term that was not written so.
    pub(super) fn of(ask: A) -> Self {
        Self::Term(Term { bare: false, ask })
    }

    /// One of these; one of those in one of these is the same. Nothing where there are none.
    pub(super) fn any_flat(nodes: Vec<Self>) -> Self {
        let parts = |node| match node {
            Self::Any(nodes) => nodes,
            node => vec![node],
        };
        any(nodes.into_iter().flat_map(parts).collect()).unwrap_or_else(|| Self::of(A::nothing()))
    }

    /// Whether it is one term that asks this.
    pub(super) fn is(&self, what: impl Fn(&A) -> bool) -> bool {
        matches!(self, Self::Term(term) if what(&term.ask))
    }

    /// With other nodes in place of some of its terms.
    pub(super) fn with(&self, other: &impl Fn(&Term<A>) -> Option<Self>) -> Self {
        let parts = |nodes: &[Self]| nodes.iter().map(|node| node.with(other)).collect();
        match self {
            Self::Term(term) => other(term).unwrap_or_else(|| self.clone()),
            Self::Not(node) => Self::Not(Box::new(node.with(other))),
            Self::All(nodes) => Self::All(parts(nodes)),
            Self::Any(nodes) => Self::any_flat(parts(nodes)),
        }
    }

    /// Hands each of its terms to the caller.
    pub(super) fn each_term<'a>(&'a self, hear: &mut impl FnMut(&'a Term<A>)) {
        match self {
            Self::Term(term) => hear(term),
            Self::Not(node) => node.each_term(hear),
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().for_each(|node| node.each_term(hear)),
        }
    }

    /// How many terms it has.
    pub(super) fn terms(&self) -> usize {
        match self {
            Self::Term(_) => 1,
            Self::Not(node) => node.terms(),
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().map(Self::terms).sum(),
        }
    }

    /// How many groups stand inside of one another.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Term(_) => 0,
            Self::Not(node) => node.depth(),
            Self::All(nodes) | Self::Any(nodes) => 1 + nodes.iter().map(Self::depth).max().unwrap_or(0),
        }
    }
}

impl Node {
    /// An id or an email that tells itself by its shape.
    fn is_anchor(&self) -> bool {
        matches!(self, Self::Term(Term { bare: true, ask: Ask::Id(_) | Ask::Email(_) | Ask::Trace(_) }))
    }

    /// Whether it may be let go when the text turns out to be a pasted message: nothing in it was
    /// said with a field word, and nothing ruled out.
    fn is_soft(&self) -> bool {
        match self {
            Self::Term(term) => {
                let ask = &term.ask;
                let is_soft = |ask| {
                    matches!(
                        ask,
                        &Ask::Words(_)
                            | Ask::Number { .. }
                            | Ask::Amount(_)
                            | Ask::Metadata { .. }
                            | Ask::Column { .. }
                            | Ask::Currency(_)
                    )
                };
                term.bare && is_soft(ask)
            }
            Self::Not(_) => false,
            Self::All(nodes) | Self::Any(nodes) => {
                nodes.iter().all(|node| node.is_soft() || node.is_anchor())
            }
        }
    }

    /// The terms of a node that may be let go.
    fn soft_terms<'a>(&'a self, found: &mut Vec<&'a Term>) {
        match self {
            Self::Term(term) => found.push(term),
            Self::Not(_) => {}
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().for_each(|node| node.soft_terms(found)),
        }
    }
}

/// One of the nodes holds; none where there are none.
pub(super) fn any<A>(mut nodes: Vec<Node<A>>) -> Option<Node<A>> {
    match nodes.len() {
        0 | 1 => nodes.pop(),
        _ => Some(Node::Any(nodes)),
    }
}

impl Query {
    /// What is left of a pasted message: its ids and emails, and amounts beside last digits of cards.
    /// A payment that has one of them is meant. What was said with a field word still holds. None
    /// where that is what the query asks anyway, or where it is too little to tell a payment by.
    pub(super) fn relaxed(&self) -> Option<Self> {
        self.essence(false)
    }

    /// As [`Query::relaxed`] for a text that is too long to be meant word for word: then an amount or
    /// last digits alone are enough.
    pub(super) fn essence(&self, of_long_text: bool) -> Option<Self> {
        let mut loose = Vec::new();
        let mut kept = Vec::new();
        for node in &self.nodes {
            match node.is_soft() || node.is_anchor() {
                true => node.soft_terms(&mut loose),
                false => kept.push(node.clone()),
            }
        }
        let node = |ask: &Ask| Node::Term(Term { bare: true, ask: ask.clone() });
        let (mut wanted, mut amounts, mut last4s) = (Vec::new(), Vec::new(), Vec::new());
        let (mut numbers, mut brands) = (Vec::new(), Vec::new());
        for term in &loose {
            match &term.ask {
                ask @ (Ask::Id(_) | Ask::Email(_) | Ask::Trace(_)) => wanted.push(node(ask)),
                ask @ Ask::Column { .. } => brands.push(node(ask)),
                ask @ Ask::Amount(_) => amounts.push(node(ask)),
                Ask::Number { last4: Some(digits), .. } => last4s.push(node(&Ask::Last4(digits.clone()))),
                Ask::Number { amount, .. } => numbers.push(node(&Ask::Amount(*amount))),
                _ => {}
            }
        }
        // "500 on the card ending in 1881": beside last digits any number may be the amount.
        if amounts.is_empty() && !last4s.is_empty() {
            amounts = numbers;
        }
        let enough = of_long_text && wanted.is_empty();
        // Without an amount the brand of the card goes with its last digits.
        let beside = any(amounts).or_else(|| any(brands).filter(|_| !last4s.is_empty()));
        match (beside, any(last4s)) {
            (Some(amounts), Some(last4s)) => wanted.push(Node::All(vec![amounts, last4s])),
            (Some(one), None) | (None, Some(one)) if enough => wanted.push(one),
            _ => {}
        }
        kept.push(any(wanted)?);
        let relaxed = Self { nodes: kept, sort: self.sort, is_essence: true };
        (relaxed.nodes != self.nodes).then_some(relaxed)
    }

    /// The currency that all it finds is in.
    pub(super) fn currency(&self) -> Option<Currency> {
        self.nodes.iter().find_map(|node| match node {
            Node::Term(Term { ask: Ask::Currency(code), .. }) => code.parse().ok(),
            _ => None,
        })
    }

    /// Whether it asks for amounts that are others in each currency.
    pub(super) fn has_amounts(&self) -> bool {
        let mut found = false;
        for node in &self.nodes {
            node.each_term(&mut |term| found |= matches!(term.ask, Ask::Amount(_) | Ask::Number { .. }));
        }
        found
    }

    /// How many terms it has.
    pub(super) fn terms(&self) -> usize {
        self.nodes.iter().map(Node::terms).sum()
    }
}

/// What a term asks of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    /// A word of the status.
    Status(Status),
    /// An amount or a range of amounts.
    Amount(Bounds),
    /// Bare digits: an amount, a word, and where there are four, a card's last digits.
    Number { amount: Bounds, last4: Option<String>, word: Words },
    /// A card's last four digits.
    Last4(String),
    /// An email address, of the payment or of its customer.
    Email(Text),
    /// Made in this time; the end is left out.
    Created { from: Option<Timestamp>, until: Option<Timestamp> },
    /// The vendor's id of the customer.
    Customer(String),
    /// A currency code.
    Currency(String),
    /// An id of ours or of the vendor, of the payment or of something tied to it.
    Id(Id),
    /// A column holds exactly this text.
    Column { column: &'static str, value: String },
    /// A card that expires in this month.
    Expiry { month: u8, year: u16 },
    /// Words of the payment.
    Words(Words),
    /// Exactly so many minor units of a currency.
    Minor { currency: String, minor: i64 },
    /// A value of the seller's own words, under a name.
    Metadata { name: String, value: Text },
    /// Words of a note that was written here with a refund or another change.
    Note(String),
    /// Of the account with this label or id.
    Account { name: String, column: usize },
    /// Of the account with this number.
    AccountNumber(i64),
    /// Of the accounts at this vendor.
    Vendor(String),
    /// A refund of it has this number at the bank.
    Trace(String),
    /// One of these keys; the grammar has no word for it.
    Keys(Vec<i64>),
    /// What no payment has.
    Nothing,
    /// It has a refund, of one status where one is given.
    Refund(Option<String>),
    /// It has a dispute, of one status where one is given.
    Dispute(Option<String>),
}

/// A text that must be equal, or begin so; folded to lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) prefix: bool,
}

/// Words that must stand side by side, the last one perhaps only begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) prefix: bool,
    /// Columns of the word index to look in; all where empty.
    pub(super) columns: &'static [&'static str],
}

/// The statuses that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// One of the vendor's, as it stands in the row.
    Plain(&'static str),
    /// All that was taken went back.
    Refunded,
    /// A part of it went back.
    PartiallyRefunded,
    /// The payer's bank disputes it, or did.
    Disputed,
}

/// The words of [`Status`].
pub(super) const STATUSES: [(&str, Status); 8] = [
    ("succeeded", Status::Plain("succeeded")),
    ("failed", Status::Plain("failed")),
    ("pending", Status::Plain("pending")),
    ("uncaptured", Status::Plain("uncaptured")),
    ("canceled", Status::Plain("canceled")),
    ("refunded", Status::Refunded),
    ("partially_refunded", Status::PartiallyRefunded),
    ("disputed", Status::Disputed),
];

/// What an id names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Id {
    /// Our own id of a payment; none where no payment can have it.
    Own(Option<i64>),
    /// The vendor's id of a payment.
    Payment(String),
    /// Of a payer's intention.
    PaymentIntent(String),
    /// Of a refund.
    Refund(String),
    /// Of a customer.
    Customer(String),
    /// Of a dispute.
    Dispute(String),
    /// Of a line of the balance.
    BalanceEntry(String),
}

/// Both ends of a range in thousandths of a major unit, themselves included; equal for one amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) least: Option<i64>,
    pub(super) most: Option<i64>,
    /// Whether the ends themselves are left out.
    pub(super) open: bool,
}

impl Bounds {
    /// Whether it is one amount.
    pub(super) fn is_exact(self) -> bool {
        self.least.is_some() && self.least == self.most && !self.open
    }
}
