//! The search box over messages: the same grammar as for payments, over what went to customers, newest first.

use domain::{MessageChannel, MessageDirection, MessageState, PhoneNumber, Timestamp};
use sqlx::{AssertSqlSafe, Row};

use super::conditions::{Conditions, nested};
use super::error::{QueryError, nearest};
use super::fields::bad;
use super::grammar::Grammar;
use super::lexer::{Piece, is_listed};
use super::parse::{MOST_TERMS, tree};
use super::period::{DATE_WORDS, period};
use super::term::{Asks, Node, Sort, Term};
use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::messages::{MessageRow, SELECT, read};
use crate::page::{Page, checked_limit};
use crate::statement::{bind_all, fold};

/// Field words of a search for messages.
const FIELDS: [&str; 13] = [
    "to",
    "from",
    "status",
    "purpose",
    "channel",
    "direction",
    "template",
    "payment",
    "customer",
    "reason",
    "subject",
    "created",
    "sort",
];
/// Purposes, as they are searched for.
const PURPOSES: [&str; 5] = ["receipt", "refund_notice", "free_text", "template", "elsewhere"];
/// What else can be asked of how a message stands.
const READ_WORDS: [(&str, &str); 4] = [
    ("opened", "opened_at"),
    ("clicked", "clicked_at"),
    ("complained", "complained_at"),
    ("unsubscribed", "unsubscribed_at"),
];

/// What a term asks of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum MessageAsk {
    /// To exactly this address.
    To(String),
    /// To an address that has this in it.
    ToLike(String),
    /// From exactly this address, number or service.
    From(String),
    /// By this.
    Channel(MessageChannel),
    /// This way.
    Direction(MessageDirection),
    /// It stands so.
    State(MessageState),
    /// This moment of it is known.
    Known(&'static str),
    /// For this.
    Purpose(String),
    /// By this template.
    Template(String),
    /// About this payment.
    Payment(String),
    /// To this customer.
    Customer(String),
    /// This stands in why it stands so.
    Reason(String),
    /// This stands in its subject.
    Subject(String),
    /// With this id, of ours or the vendor's.
    Id(String),
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
enum OfMessages {}

impl Grammar for OfMessages {
    type Ask = MessageAsk;
    const FIELDS: &'static [&'static str] = &FIELDS;
    const LISTED: &'static [&'static str] =
        &["to", "from", "status", "purpose", "template", "payment", "customer"];
    const SPACED: &'static [&'static str] = &["status", "purpose"];
    const SORTS: &'static [(&'static str, Sort)] = &[("-created", Sort::Newest)];
    const SORTS_EXPECTED: &'static str = "-created";

    fn ask(
        piece: &Piece,
        last: bool,
        now: Timestamp,
    ) -> std::result::Result<Option<Node<MessageAsk>>, QueryError> {
        let Some(field) = &piece.field else { return Ok(bare(&piece.value)) };
        let lower = field.to_lowercase();
        if !Self::is_field(field) {
            let word: String = field.chars().take(40).collect();
            return Err(match nearest(&lower, FIELDS) {
                Some(nearest) => {
                    QueryError::UnknownField { column: piece.column, word, nearest: nearest.to_owned() }
                }
                None => QueryError::NoSuchField { column: piece.column, word, fields: FIELDS.join(", ") },
            });
        }
        if piece.value.trim().is_empty() {
            let missing = QueryError::MissingValue { column: piece.column, field: lower };
            return if last { Err(missing) } else { Ok(None) };
        }
        if !is_listed(Self::LISTED, &lower) || piece.quoted || !piece.value.contains([',', '|']) {
            return asked(&lower, piece, now).map(Some);
        }
        let (mut nodes, mut passed) = (Vec::new(), 0);
        for value in piece.value.split([',', '|']) {
            let value_column = piece.value_column + passed;
            passed += value.chars().count() + 1;
            let one = Piece { value: value.to_owned(), value_column, ..piece.clone() };
            nodes.push(asked(&lower, &one, now)?);
        }
        Ok(Some(Node::any_flat(nodes)))
    }
}

fn asked(field: &str, piece: &Piece, now: Timestamp) -> std::result::Result<Node<MessageAsk>, QueryError> {
    let value = piece.value.trim();
    let owned = || value.to_owned();
    Ok(Node::of(match field {
        "to" => to(value),
        "from" => MessageAsk::From(as_kept(value)),
        "channel" => {
            let words = MessageChannel::ALL.map(MessageChannel::as_str);
            MessageAsk::Channel(word(piece, field, "email or sms", words)?)
        }
        "direction" => {
            let words = MessageDirection::ALL.map(MessageDirection::as_str);
            MessageAsk::Direction(word(piece, field, "outbound or inbound", words)?)
        }
        "status" => status(piece, &value.to_lowercase())?,
        "purpose" => {
            let lower = value.to_lowercase();
            if !PURPOSES.contains(&lower.as_str()) {
                let expected = "receipt, refund_notice, free_text, template or elsewhere";
                return Err(bad(piece, field, expected, nearest(&lower, PURPOSES)));
            }
            MessageAsk::Purpose(lower)
        }
        "template" => MessageAsk::Template(owned()),
        "payment" => MessageAsk::Payment(owned()),
        "customer" => MessageAsk::Customer(owned()),
        "reason" => MessageAsk::Reason(fold(value)),
        "subject" => MessageAsk::Subject(fold(value)),
        "sort" => return Err(QueryError::Misplaced { column: piece.column, field: field.to_owned() }),
        _ => {
            let (from, until) = period(value, now).ok_or_else(|| {
                let expected = "a date such as 2026-03-01, 2026-03, >2026-03-01, -7d or yesterday";
                bad(piece, field, expected, nearest(&value.to_lowercase(), DATE_WORDS))
            })?;
            MessageAsk::Created { from, until }
        }
    }))
}

/// A word of a fixed choice of two.
fn word<T: std::str::FromStr>(
    piece: &Piece,
    field: &str,
    expected: &'static str,
    words: [&str; 2],
) -> std::result::Result<T, QueryError> {
    let lower = piece.value.trim().to_lowercase();
    lower.parse().map_err(|_| bad(piece, field, expected, nearest(&lower, words)))
}

/// A telephone number as it is kept, however it was typed; anything else as it is.
fn as_kept(value: &str) -> String {
    PhoneNumber::read(value).map_or_else(|_| value.to_owned(), |number| number.to_string())
}

fn to(value: &str) -> MessageAsk {
    if let Ok(number) = PhoneNumber::read(value) {
        return MessageAsk::To(number.to_string());
    }
    let lower = fold(value);
    if lower.contains('@') && !lower.starts_with('@') {
        MessageAsk::To(lower)
    } else {
        MessageAsk::ToLike(lower)
    }
}

fn status(piece: &Piece, lower: &str) -> std::result::Result<MessageAsk, QueryError> {
    if let Some((_, column)) = READ_WORDS.iter().find(|(word, _)| *word == lower) {
        return Ok(MessageAsk::Known(column));
    }
    lower.parse().map(MessageAsk::State).map_err(|_| {
        let words = MessageState::ALL.map(MessageState::as_str);
        let all = words.into_iter().chain(READ_WORDS.map(|(word, _)| word));
        let expected =
            "delivered, bounced, deferred, dropped, queued, sent, refused, unsettled, opened or clicked";
        bad(piece, "status", expected, nearest(lower, all))
    })
}

/// A piece without a field word: an address, an id, or words of a subject or a reason. None where it is punctuation.
fn bare(value: &str) -> Option<Node<MessageAsk>> {
    let plus = value.trim().to_owned();
    let value = value.trim_matches(|one: char| !one.is_alphanumeric() && one != '@');
    if !value.chars().any(char::is_alphanumeric) {
        return None;
    }
    let lower = fold(value);
    let ways = if value.contains('@') {
        vec![to(value)]
    } else if let Ok(number) = PhoneNumber::read(&plus) {
        vec![MessageAsk::To(number.to_string()), MessageAsk::From(number.to_string())]
    } else if ["ch_", "py_", "pi_", "pay_"].iter().any(|prefix| value.starts_with(prefix)) {
        vec![MessageAsk::Payment(value.to_owned())]
    } else if value.starts_with("cus_") {
        vec![MessageAsk::Customer(value.to_owned())]
    } else if value.len() >= 16 && value.bytes().any(|byte| byte.is_ascii_digit()) {
        vec![MessageAsk::Id(value.to_owned())]
    } else {
        vec![MessageAsk::ToLike(lower.clone()), MessageAsk::Subject(lower.clone()), MessageAsk::Reason(lower)]
    };
    Some(Node::any_flat(ways.into_iter().map(|ask| Node::Term(Term { bare: true, ask })).collect()))
}

/// The condition of a node. User text is always bound, never part of a statement.
fn condition(made: &mut Conditions, node: &Node<MessageAsk>) -> String {
    let mut joined = |nodes: &[Node<MessageAsk>], by: &str| {
        let parts: Vec<String> = nodes.iter().map(|node| condition(made, node)).collect();
        nested(&parts, by)
    };
    match node {
        Node::Term(term) => format!("({})", term_condition(made, &term.ask)),
        Node::Not(node) => format!("not coalesce({}, 0)", condition(made, node)),
        Node::All(nodes) => joined(nodes, " and "),
        Node::Any(nodes) => joined(nodes, " or "),
    }
}

fn term_condition(made: &mut Conditions, ask: &MessageAsk) -> String {
    let equal =
        |made: &mut Conditions, column: &str, value: &str| format!("{column} = ?{}", made.bind(value));
    // `instr` has no wildcards, so that nothing in the text stands for anything else.
    let holds = |made: &mut Conditions, column: &str, value: &str| {
        format!("instr(lower({column}), ?{}) > 0", made.bind(value))
    };
    match ask {
        MessageAsk::To(address) => equal(made, "m.to_folded", address),
        MessageAsk::ToLike(part) => format!("instr(m.to_folded, ?{}) > 0", made.bind(part)),
        MessageAsk::From(address) => equal(made, "m.from_address", address),
        MessageAsk::Channel(channel) => equal(made, "m.channel", channel.as_str()),
        MessageAsk::Direction(direction) => equal(made, "m.direction", direction.as_str()),
        MessageAsk::State(state) => equal(made, "m.state", state.as_str()),
        MessageAsk::Known(column) => format!("m.{column} is not null"),
        MessageAsk::Purpose(word) => equal(made, "m.purpose", word),
        MessageAsk::Template(id) => equal(made, "m.template", id),
        MessageAsk::Payment(id) if id.starts_with("pay_") => {
            let key = crate::key::from_own_id(id);
            format!("m.payment_id = (select p.vendor_id from payments p where p.key = ?{})", made.bind(key))
        }
        MessageAsk::Payment(id) => equal(made, "m.payment_id", id),
        MessageAsk::Customer(id) => equal(made, "m.customer_id", id),
        MessageAsk::Reason(text) => holds(made, "m.reason", text),
        MessageAsk::Subject(text) => holds(made, "m.subject", text),
        MessageAsk::Id(id) => {
            let number = made.bind(id);
            format!("m.id = ?{number} or m.vendor_id = ?{number}")
        }
        MessageAsk::Created { from, until } => {
            let from = from.map(|from| format!("m.created_at >= ?{}", made.bind(from)));
            let until = until.map(|until| format!("m.created_at < ?{}", made.bind(until)));
            let both: Vec<String> = from.into_iter().chain(until).collect();
            if both.is_empty() { "true".to_owned() } else { both.join(" and ") }
        }
        MessageAsk::Nothing => "false".to_owned(),
    }
}

fn conditions(query: &str, now: Timestamp) -> std::result::Result<(String, Conditions), QueryError> {
    let nodes = tree::<OfMessages>(query, now)?.nodes;
    if nodes.iter().map(Node::terms).sum::<usize>() > MOST_TERMS {
        return Err(QueryError::TooManyWords { most: MOST_TERMS });
    }
    let mut made = Conditions::default();
    let text = condition(&mut made, &Node::All(nodes));
    Ok((text, made))
}

/// The second and the number below which a page starts.
fn start(after: Option<&str>) -> Result<(i64, i64)> {
    let Some(after) = after else { return Ok((i64::MAX, i64::MAX)) };
    let place = after.split_once('.').map(|(second, number)| (second.parse(), number.parse()));
    let Some((Ok(second), Ok(number))) = place else { return Err(MirrorError::BadCursor) };
    Ok((second, number))
}

impl Mirror {
    /// Finds messages, newest first to the second, since vendors count in whole ones, and then by when they were written down. `limit` is from 1 to 1,000; `after` is the `next` of the page before. An empty query finds all.
    pub async fn find_messages(
        &self,
        query: &str,
        now: Timestamp,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<MessageRow>> {
        let limit = checked_limit(limit)?;
        let (second, number) = start(after)?;
        let (text, mut made) = conditions(query, now)?;
        let (second, number, most) = (made.bind(second), made.bind(number), made.bind(limit + 1));
        let statement = format!(
            "{SELECT} where {text} and (m.created_at / 1000, m.number) < (?{second}, ?{number}) \
             order by m.created_at / 1000 desc, m.number desc limit ?{most}"
        );
        let rows =
            bind_all(sqlx::query(AssertSqlSafe(statement)), made.values).fetch_all(self.readers()).await?;
        let mut items = rows.iter().map(|row| read(self, row)).collect::<Result<Vec<_>>>()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more);
        let next = next.map(|last| format!("{}.{}", last.created_at.as_ms().div_euclid(1_000), last.number));
        Ok(Page { items, next })
    }

    /// How many messages a search finds.
    pub async fn count_messages(&self, query: &str, now: Timestamp) -> Result<u64> {
        let (text, made) = conditions(query, now)?;
        let statement = format!("select count(*) from messages m where {text}");
        let row =
            bind_all(sqlx::query(AssertSqlSafe(statement)), made.values).fetch_one(self.readers()).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_with_their_place() {
        let mistake = |text: &str| {
            let error = conditions(text, Timestamp::const_from_ms(0)).unwrap_err();
            (error.code().to_owned(), error.column())
        };
        for (text, code, column) in [
            ("stauts:bounced", "query_unknown_field", 1),
            ("colour:red", "query_no_such_field", 1),
            ("status:bounce", "query_bad_value", 8),
            ("purpose:x", "query_bad_value", 9),
            ("channel:post", "query_bad_value", 9),
            ("direction:up", "query_bad_value", 11),
            ("created:soon", "query_bad_value", 9),
            ("to:", "query_missing_value", 1),
        ] {
            assert_eq!(mistake(text), (code.to_owned(), Some(column)), "{text}");
        }
    }
}
