//! What the field words of a search for events ask.

use domain::Timestamp;

use crate::find::error::{QueryError, nearest};
use crate::find::fields::bad;
use crate::find::grammar::{Grammar, created, fielded, unknown_field};
use crate::find::lexer::Piece;
use crate::find::term::{Asks, Node, Sort, Term};
use crate::key;

/// Field words of a search for events.
pub(super) const FIELDS: [&str; 16] = [
    "type", "object", "id", "payment", "customer", "account", "source", "vendor", "created", "date",
    "verdict", "delivery", "request", "key", "version", "sort",
];
/// The orders that can be asked for.
pub(super) const SORTS: [(&str, Sort); 2] = [("-created", Sort::Newest), ("created", Sort::Oldest)];
/// How deliveries stand, with the words of the table; a waiting one may be on its way.
pub(super) const DELIVERIES: [(&str, &str); 4] = [
    ("waiting", "('waiting', 'sending')"),
    ("delivered", "('delivered')"),
    ("failed", "('failed')"),
    ("canceled", "('canceled')"),
];
/// What stands before the number of a received request.
const RECEIVED: &str = "in_";
/// Letters alone behind an underscore are taken for an id from this length on: `payment_intent` is none.
const LETTERS_OF_AN_ID: usize = 14;
/// What stands before the underscore of ids and of no type, by docs.stripe.com/api; `pay` is ours.
const PREFIXES: [&str; 10] = ["evt", "ch", "py", "pi", "re", "cus", "dp", "du", "req", "pay"];
/// Fewest characters of a key of ours, which has hyphens.
const CHARACTERS_OF_A_KEY: usize = 30;

/// How an event came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// By the vendor's feed alone.
    Feed,
    /// It was delivered, signed by the vendor as a whole.
    Verified,
    /// It was delivered, signed by the vendor in a way that covers a part of it alone.
    Part,
    /// A request that was refused: its signature is not the vendor's, or not of now.
    Refused,
    /// A request that is kept apart, or only kept, though its signature holds.
    Apart,
}

impl Came {
    /// All, with their words.
    pub const ALL: [Self; 5] = [Self::Feed, Self::Verified, Self::Part, Self::Refused, Self::Apart];

    /// How an event came, by the number that stands with it.
    pub(crate) fn of_signed(number: i64) -> Self {
        match number {
            0 => Self::Feed,
            1 => Self::Verified,
            _ => Self::Part,
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Verified => "verified",
            Self::Part => "part",
            Self::Refused => "refused",
            Self::Apart => "apart",
        }
    }
}

/// What a term asks of an event, or of a request that brought none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::find) enum EventAsk {
    /// Exactly this type.
    Kind(String),
    /// A type that fits, where `*` stands for anything; lower case.
    Like(String),
    /// About this sort of thing, in the vendor's word.
    Object(String),
    /// With the vendor's id.
    Id(String),
    /// About the thing with this id.
    Subject(String),
    /// About the payment with the vendor's id, or something that belongs to it.
    Payment(String),
    /// The same by our own id; none where no payment can have it.
    OwnPayment(Option<i64>),
    /// About something of this customer.
    Customer(String),
    /// Caused by the call with the vendor's id.
    Call(String),
    /// Caused by the intent of ours with this key.
    Key(String),
    /// Written in this version of the vendor's API.
    Version(String),
    /// The request with this number.
    Received(i64),
    /// It happened in this time; the end is left out.
    Created { from: Option<Timestamp>, until: Option<Timestamp> },
    /// How it came.
    Came(Came),
    /// It was sent to an endpoint, and that stands so: states of deliveries as SQLite takes them.
    Delivery(&'static str),
    /// Of the account with this label or id.
    Account { name: String, column: usize },
    /// Of an account or source of this vendor, in lower case.
    Vendor(String),
    /// Of the account with this number.
    AccountNumber(i64),
    /// What none has.
    Nothing,
}

impl Asks for EventAsk {
    fn nothing() -> Self {
        Self::Nothing
    }
}

/// Searches for events.
#[derive(Debug)]
pub(in crate::find) enum OfEvents {}

impl Grammar for OfEvents {
    type Ask = EventAsk;
    const FIELDS: &'static [&'static str] = &FIELDS;
    const LISTED: &'static [&'static str] = &[
        "type", "object", "id", "payment", "customer", "vendor", "verdict", "delivery", "request", "key",
        "version",
    ];
    const SPACED: &'static [&'static str] = &["type", "verdict", "delivery", "object", "vendor"];
    const SORTS: &'static [(&'static str, Sort)] = &SORTS;
    const SORTS_EXPECTED: &'static str = "created or -created";

    fn ask(piece: &Piece, last: bool, now: Timestamp) -> Result<Option<Node<EventAsk>>, QueryError> {
        let Some(field) = &piece.field else { return Ok(bare(&piece.value)) };
        let lower = field.to_lowercase();
        if !Self::is_field(field) {
            return unknown(field, piece);
        }
        fielded::<Self>(&lower, piece, last, now, asked)
    }
}

/// A word before a colon that is none of ours: an address in which an id stands, or a slip.
fn unknown(field: &str, piece: &Piece) -> Result<Option<Node<EventAsk>>, QueryError> {
    if piece.value.is_empty() || piece.value.starts_with("//") {
        return Ok(bare(&piece.value));
    }
    Err(unknown_field::<OfEvents>(field, piece))
}

fn asked(field: &str, piece: &Piece, now: Timestamp) -> Result<Node<EventAsk>, QueryError> {
    let value = piece.value.trim();
    let owned = || value.to_owned();
    Ok(Node::of(match field {
        "type" => kind(value),
        "object" if id_in(value).is_some() => EventAsk::Subject(owned()),
        "object" => EventAsk::Object(value.to_lowercase()),
        "id" => return Ok(about(value)),
        "payment" => {
            let tied = match value.starts_with("pay_") {
                true => EventAsk::OwnPayment(key::from_own_id(value)),
                false => EventAsk::Payment(owned()),
            };
            return Ok(Node::any_flat(vec![Node::of(tied), Node::of(EventAsk::Subject(owned()))]));
        }
        "customer" => {
            let ways = [EventAsk::Customer(owned()), EventAsk::Subject(owned())];
            return Ok(Node::any_flat(ways.map(Node::of).to_vec()));
        }
        "request" => match received(value) {
            Some(number) => EventAsk::Received(number),
            None => EventAsk::Call(owned()),
        },
        "key" => EventAsk::Key(owned()),
        "version" => EventAsk::Version(owned()),
        "vendor" => EventAsk::Vendor(value.to_lowercase()),
        "account" | "source" => EventAsk::Account { name: owned(), column: piece.value_column },
        "verdict" => came(piece, &value.to_lowercase())?,
        "delivery" => delivery(piece, &value.to_lowercase())?,
        "sort" => return Err(QueryError::Misplaced { column: piece.column, field: field.to_owned() }),
        _ => {
            let (from, until) = created(field, piece, now)?;
            EventAsk::Created { from, until }
        }
    }))
}

fn came(piece: &Piece, lower: &str) -> Result<EventAsk, QueryError> {
    let found = Came::ALL.into_iter().find(|one| one.as_str() == lower).map(EventAsk::Came);
    found.ok_or_else(|| {
        let expected = "verified, part, feed, refused or apart";
        bad(piece, "verdict", expected, nearest(lower, Came::ALL.map(Came::as_str)))
    })
}

fn delivery(piece: &Piece, lower: &str) -> Result<EventAsk, QueryError> {
    let found =
        DELIVERIES.iter().find(|(word, _)| *word == lower).map(|(_, states)| EventAsk::Delivery(states));
    found.ok_or_else(|| {
        let expected = "waiting, delivered, failed or canceled";
        bad(piece, "delivery", expected, nearest(lower, DELIVERIES.map(|(word, _)| word)))
    })
}

/// A type, or what types fit: `charge.*`, `*.created`.
fn kind(value: &str) -> EventAsk {
    let lower = value.to_lowercase();
    if lower.contains('*') { EventAsk::Like(lower) } else { EventAsk::Kind(lower) }
}

/// A piece without a field word, told by its shape: an id in it, a type, or a part of one. None where it is
/// punctuation.
fn bare(value: &str) -> Option<Node<EventAsk>> {
    if let Some(id) = id_in(value) {
        return Some(about(id));
    }
    let edge = |one: char| !one.is_alphanumeric() && one != '*';
    let word = value.trim_matches(edge).to_lowercase();
    if !word.chars().any(char::is_alphanumeric) {
        return None;
    }
    let ask = match word.contains(['.', '*']) {
        true => kind(&word),
        false => EventAsk::Like(format!("*{word}*")),
    };
    Some(Node::Term(Term { bare: true, ask }))
}

/// Whatever has this id: the event, what it is about, what that belongs to, or what caused it.
fn about(id: &str) -> Node<EventAsk> {
    let owned = || id.to_owned();
    let prefix = id.split('_').next().unwrap_or_default();
    let ways = match prefix {
        "evt" => vec![EventAsk::Id(owned())],
        "in" if received(id).is_some() => received(id).map(EventAsk::Received).into_iter().collect(),
        "pay" => vec![EventAsk::OwnPayment(key::from_own_id(id))],
        "ch" | "py" | "pi" => vec![EventAsk::Subject(owned()), EventAsk::Payment(owned())],
        "cus" => vec![EventAsk::Subject(owned()), EventAsk::Customer(owned())],
        "req" => vec![EventAsk::Call(owned())],
        _ => vec![
            EventAsk::Subject(owned()),
            EventAsk::Id(owned()),
            EventAsk::Payment(owned()),
            EventAsk::Key(owned()),
        ],
    };
    let terms = ways.into_iter().map(|ask| Node::Term(Term { bare: true, ask }));
    Node::any_flat(terms.collect())
}

/// The number in `in_17`.
pub(super) fn received(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(RECEIVED)?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// The id in a piece of text, such as in the address of a vendor's page.
fn id_in(text: &str) -> Option<&str> {
    let inside = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-');
    text.split(|one| !inside(one)).find(|part| is_id(part))
}

fn is_id(part: &str) -> bool {
    let has_digit = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    let known = |prefix: &&str| {
        part.strip_prefix(*prefix).is_some_and(|rest| rest.starts_with('_') && rest.len() > 1)
    };
    if PREFIXES.iter().any(known) {
        return true;
    }
    if let Some((prefix, rest)) = part.rsplit_once('_') {
        return !prefix.is_empty() && (has_digit(rest) || rest.len() >= LETTERS_OF_AN_ID);
    }
    part.len() >= CHARACTERS_OF_A_KEY && part.contains('-') && has_digit(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_by_their_shape_and_words_are_not() {
        for id in ["evt_1", "in_17", "ch_3Abc", "cus_NffrFeUfNV2Hib", "req_aBcDeFgHiJkLmN"] {
            assert_eq!(id_in(id), Some(id));
            assert_eq!(id_in(&format!("https://x.test/events/{id}?tab=1")), Some(id));
        }
        let key = "0191d7a0-5e2c-7c3e-8f11-1f2e3d4c5b6a";
        assert_eq!(id_in(key), Some(key));
        for word in ["payment_intent", "charge.refunded", "", "_", "refund", "invoice_item.created"] {
            assert_eq!(id_in(word), None, "{word}");
        }
    }
}
