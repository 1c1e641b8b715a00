//! What the field words of a search for messages ask.

use domain::{
    LinkCertainty, MessageChannel, MessageDirection, MessagePurpose, MessageState, PhoneNumber, Timestamp,
};

use crate::find::error::{QueryError, nearest};
use crate::find::fields::bad;
use crate::find::grammar::{Grammar, created, fielded, unknown_field};
use crate::find::lexer::Piece;
use crate::find::term::{Asks, Node, Sort, Term, Words};
use crate::key;
use crate::statement::fold;

/// Field words of a search for messages.
pub(super) const FIELDS: [&str; 17] = [
    "to",
    "from",
    "channel",
    "direction",
    "status",
    "purpose",
    "template",
    "payment",
    "customer",
    "link",
    "reason",
    "subject",
    "account",
    "id",
    "created",
    "date",
    "sort",
];
/// The orders that can be asked for.
pub(super) const SORTS: [(&str, Sort); 2] = [("-created", Sort::Newest), ("created", Sort::Oldest)];
/// What else can be asked of how a message stands.
pub(super) const MARKS: [(&str, Mark); 4] = [
    ("opened", Mark { column: "m.opened_at", index: "messages_opened" }),
    ("clicked", Mark { column: "m.clicked_at", index: "messages_clicked" }),
    ("complained", Mark { column: "m.complained_at", index: "messages_complained" }),
    ("unsubscribed", Mark { column: "m.unsubscribed_at", index: "messages_unsubscribed" }),
];
/// Fewest characters of an id of ours or the vendor's that is written without a field word.
const CHARACTERS_OF_AN_ID: usize = 16;

/// A moment that is known of some messages alone, with the index that has those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::find) struct Mark {
    pub(super) column: &'static str,
    pub(super) index: &'static str,
}

/// What a term asks of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::find) enum MessageAsk {
    /// To exactly this address.
    To(String),
    /// To an address that begins so; whether few do was looked up.
    ToPrefix { text: String, few: bool },
    /// To any address of this domain.
    Domain(String),
    /// From exactly this number, name or service.
    From(String),
    /// By this.
    Channel(MessageChannel),
    /// This way.
    Direction(MessageDirection),
    /// It stands so.
    State(MessageState),
    /// This moment of it is known.
    Known(Mark),
    /// For this.
    Purpose(MessagePurpose),
    /// By this template.
    Template(String),
    /// About the payment with the vendor's id.
    Payment(String),
    /// The same by our own id; none where no payment can have it.
    OwnPayment(Option<i64>),
    /// To this customer.
    Customer(String),
    /// Tied to its payment so surely.
    Link(LinkCertainty),
    /// These words stand in its subject, or in why it did not arrive.
    Words(Words),
    /// With this id, of ours or the vendor's.
    Id(String),
    /// Of the account with this label or id.
    Account { name: String, column: usize },
    /// Of the account with this number.
    AccountNumber(i64),
    /// Decided in this time; the end is left out.
    Created { from: Option<Timestamp>, until: Option<Timestamp> },
    /// What none has.
    Nothing,
}

impl Asks for MessageAsk {
    fn nothing() -> Self {
        Self::Nothing
    }
}

/// Searches for messages.
#[derive(Debug)]
pub(in crate::find) enum OfMessages {}

impl Grammar for OfMessages {
    type Ask = MessageAsk;
    const FIELDS: &'static [&'static str] = &FIELDS;
    const LISTED: &'static [&'static str] =
        &["to", "from", "status", "purpose", "template", "payment", "customer", "link", "id"];
    const SPACED: &'static [&'static str] = &["status", "purpose", "link"];
    const SORTS: &'static [(&'static str, Sort)] = &SORTS;
    const SORTS_EXPECTED: &'static str = "created or -created";

    fn ask(piece: &Piece, last: bool, now: Timestamp) -> Result<Option<Node<MessageAsk>>, QueryError> {
        let Some(field) = &piece.field else { return Ok(bare(&piece.value)) };
        if !Self::is_field(field) {
            return Err(unknown_field::<Self>(field, piece));
        }
        fielded::<Self>(&field.to_lowercase(), piece, last, now, asked)
    }
}

fn asked(field: &str, piece: &Piece, now: Timestamp) -> Result<Node<MessageAsk>, QueryError> {
    let value = piece.value.trim();
    let owned = || value.to_owned();
    Ok(Node::of(match field {
        "to" => to(value),
        "from" => {
            MessageAsk::From(PhoneNumber::read(value).map_or_else(|_| owned(), |number| number.to_string()))
        }
        "channel" => MessageAsk::Channel(word(piece, field, &MessageChannel::ALL, MessageChannel::as_str)?),
        "direction" => {
            MessageAsk::Direction(word(piece, field, &MessageDirection::ALL, MessageDirection::as_str)?)
        }
        "status" => status(piece, &value.to_lowercase())?,
        "purpose" => MessageAsk::Purpose(word(piece, field, &MessagePurpose::ALL, MessagePurpose::as_str)?),
        "link" => MessageAsk::Link(word(piece, field, &LinkCertainty::ALL, LinkCertainty::as_str)?),
        "template" => MessageAsk::Template(owned()),
        "payment" => payment(value),
        "customer" => MessageAsk::Customer(owned()),
        "reason" => words(value, &["reason"]),
        "subject" => words(value, &["subject"]),
        "id" => MessageAsk::Id(owned()),
        "account" => MessageAsk::Account { name: owned(), column: piece.value_column },
        "sort" => return Err(QueryError::Misplaced { column: piece.column, field: field.to_owned() }),
        _ => {
            let (from, until) = created(field, piece, now)?;
            MessageAsk::Created { from, until }
        }
    }))
}

/// A whole address, what stands behind an `@`, or the beginning of an address.
fn to(value: &str) -> MessageAsk {
    // However it was typed, a number is kept in one form.
    if let Ok(number) = PhoneNumber::read(value) {
        return MessageAsk::To(number.to_string());
    }
    let lower = fold(value);
    match (lower.strip_prefix('@'), lower.strip_suffix('*')) {
        (Some(domain), _) => MessageAsk::Domain(domain.to_owned()),
        (None, Some(begun)) => MessageAsk::ToPrefix { text: begun.to_owned(), few: false },
        (None, None) if lower.contains('@') => MessageAsk::To(lower),
        (None, None) => MessageAsk::ToPrefix { text: lower, few: false },
    }
}

fn payment(value: &str) -> MessageAsk {
    match value.starts_with("pay_") {
        true => MessageAsk::OwnPayment(key::from_own_id(value)),
        false => MessageAsk::Payment(value.to_owned()),
    }
}

/// Words as one phrase; a star behind them stands for the rest of the last one.
fn words(value: &str, columns: &'static [&'static str]) -> MessageAsk {
    let (text, prefix) = value.strip_suffix('*').map_or((value, false), |begun| (begun, true));
    if !text.chars().any(char::is_alphanumeric) {
        return MessageAsk::Nothing;
    }
    MessageAsk::Words(Words { text: text.to_owned(), prefix, columns })
}

fn status(piece: &Piece, lower: &str) -> Result<MessageAsk, QueryError> {
    if let Some((_, mark)) = MARKS.iter().find(|(word, _)| *word == lower) {
        return Ok(MessageAsk::Known(*mark));
    }
    lower.parse().map(MessageAsk::State).map_err(|_| {
        let expected =
            "delivered, bounced, deferred, dropped, queued, sent, refused, unsettled, opened or clicked";
        bad(piece, "status", expected, nearest(lower, state_words()))
    })
}

/// The words of [`MessageState`], and those of [`MARKS`].
pub(super) fn state_words() -> impl Iterator<Item = &'static str> {
    MessageState::ALL.into_iter().map(MessageState::as_str).chain(MARKS.into_iter().map(|(word, _)| word))
}

/// One of some words.
fn word<T: Copy>(piece: &Piece, field: &str, all: &[T], of: fn(T) -> &'static str) -> Result<T, QueryError> {
    let lower = piece.value.trim().to_lowercase();
    all.iter().copied().find(|one| of(*one) == lower).ok_or_else(|| {
        let known: Vec<&'static str> = all.iter().map(|one| of(*one)).collect();
        let expected = match field {
            "purpose" => "receipt, refund_notice, free_text, template or elsewhere",
            "channel" => "email or sms",
            "direction" => "outbound or inbound",
            _ => "exact, likely or by_hand",
        };
        bad(piece, field, expected, nearest(&lower, known))
    })
}

/// A piece without a field word: an address, an id, or words of a subject or a reason. None where it is punctuation.
fn bare(value: &str) -> Option<Node<MessageAsk>> {
    let number = PhoneNumber::read(value.trim());
    let value = value.trim_matches(|one: char| !one.is_alphanumeric() && !matches!(one, '@' | '*'));
    if !value.chars().any(char::is_alphanumeric) {
        return None;
    }
    let ways = if value.contains('@') {
        vec![to(value)]
    } else if let Ok(number) = number {
        vec![MessageAsk::To(number.to_string()), MessageAsk::From(number.to_string())]
    } else if ["ch_", "py_", "pi_", "pay_"].iter().any(|prefix| value.starts_with(prefix)) {
        vec![payment(value)]
    } else if value.starts_with("cus_") {
        vec![MessageAsk::Customer(value.to_owned())]
    } else if is_id(value) {
        vec![MessageAsk::Id(value.to_owned())]
    } else {
        let domain = value.contains('.').then(|| MessageAsk::Domain(fold(value)));
        let mut ways = vec![to(value), words(value, &[])];
        ways.extend(domain);
        ways
    };
    Some(Node::any_flat(ways.into_iter().map(|ask| Node::Term(Term { bare: true, ask })).collect()))
}

fn is_id(value: &str) -> bool {
    value.chars().count() >= CHARACTERS_OF_AN_ID && value.bytes().any(|byte| byte.is_ascii_digit())
}
