//! What a query asks for, before it becomes SQL.

use domain::Timestamp;

/// A query: all of its terms must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) terms: Vec<Term>,
}

impl Query {
    /// Whether plain words stand beside an id or an email that was pasted with them.
    pub(super) fn can_relax(&self) -> bool {
        self.has_anchor() && self.terms.iter().any(Term::is_soft)
    }

    pub(super) fn has_anchor(&self) -> bool {
        self.terms.iter().any(|term| term.bare && matches!(term.ask, Ask::Id(_) | Ask::Email(_)))
    }
}

/// One thing that must hold, or must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) negated: bool,
    /// Whether it came without a field word, told by its shape.
    pub(super) bare: bool,
    pub(super) ask: Ask,
}

impl Term {
    /// Whether it may be let go when the text turns out to be a pasted message.
    pub(super) fn is_soft(&self) -> bool {
        self.bare && !self.negated && matches!(self.ask, Ask::Words(_) | Ask::Number { .. } | Ask::Amount(_))
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
    /// A card's brand.
    Brand(String),
    /// An id of ours or of the vendor, of the payment or of something tied to it.
    Id(Id),
    /// A column holds exactly this text.
    Column { column: &'static str, value: String },
    /// A card that expires in this month.
    Expiry { month: u8, year: u16 },
    /// One of these holds.
    Any(Vec<Term>),
    /// Words of the payment.
    Words(Words),
    /// A value of the seller's own words.
    Metadata { name: String, value: Text },
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
