//! What each field word asks, and what a piece without one asks by its shape.

use domain::{DisputeStatus, RefundStatus};

use super::error::{QueryError, nearest};
use super::lexer::Piece;
use super::number::{bounds, period, thousandths};
use super::shape::{find_email, find_id};
use super::term::{Ask, Bounds, Id, STATUSES, Term, Text, Words};
use crate::statement::fold;

/// Field words; `metadata.KEY` comes beside them.
const FIELDS: [&str; 22] = [
    "status",
    "amount",
    "last4",
    "email",
    "created",
    "customer",
    "currency",
    "brand",
    "id",
    "name",
    "description",
    "metadata",
    "refund",
    "dispute",
    "country",
    "date",
    "exp",
    "method",
    "postal",
    "receipt",
    "risk",
    "statement",
];
/// Levels of risk, by docs.stripe.com/api/charges/object (`outcome.risk_level`).
const RISKS: [&str; 5] = ["normal", "elevated", "highest", "not_assessed", "unknown"];

/// Whether the word is a field word; a key of metadata keeps its case, the rest has none.
pub(super) fn is_field(word: &str) -> bool {
    let lower = word.to_lowercase();
    FIELDS.contains(&lower.as_str()) || lower.starts_with("metadata.")
}

/// What a piece asks; none where it is punctuation. `last` says that nothing follows it.
pub(super) fn term(piece: &Piece, last: bool) -> Result<Option<Term>, QueryError> {
    let Some(field) = &piece.field else {
        return Ok(bare(piece, &piece.value));
    };
    let lower = field.to_lowercase();
    // The key of metadata keeps its case: the vendor tells `order` from `Order`.
    let metadata_key = if lower.starts_with("metadata.") { field.get("metadata.".len()..) } else { None };
    let known = FIELDS.contains(&lower.as_str()) || metadata_key.is_some();
    if !known {
        return match nearest(&lower, FIELDS) {
            Some(nearest) if !piece.value.is_empty() => Err(QueryError::UnknownField {
                column: piece.column,
                word: field.chars().take(40).collect(),
                nearest: nearest.to_owned(),
            }),
            // Pasted text such as `Order:1042` or an address of a page.
            _ => Ok(bare(piece, &format!("{field}:{}", piece.value))),
        };
    }
    if piece.value.trim().is_empty() {
        // `Email: jane@x.org` is pasted; what follows tells itself by its shape.
        let missing = QueryError::MissingValue { column: piece.column, field: lower };
        return if last { Err(missing) } else { Ok(None) };
    }
    let ask = match metadata_key {
        Some(key) => metadata(piece, key)?,
        None => field_ask(&lower, piece)?,
    };
    Ok(Some(Term { bare: false, ask }))
}

fn bad(piece: &Piece, field: &str, expected: &'static str, nearest: Option<&str>) -> QueryError {
    QueryError::BadValue {
        column: piece.value_column,
        field: field.to_owned(),
        value: piece.value.chars().take(40).collect(),
        expected,
        nearest: nearest.map(str::to_owned),
    }
}

fn field_ask(field: &str, piece: &Piece) -> Result<Ask, QueryError> {
    let value = piece.value.trim();
    let lower = value.to_lowercase();
    match field {
        "status" => {
            let found = STATUSES.iter().find(|(word, _)| *word == lower);
            let near = || nearest(&lower, STATUSES.iter().map(|(word, _)| *word));
            found.map(|(_, status)| Ask::Status(*status)).ok_or_else(|| {
                bad(piece, field, "succeeded, failed, pending, uncaptured, canceled, refunded, partially_refunded or disputed", near())
            })
        }
        "amount" => bounds(value)
            .map(Ask::Amount)
            .ok_or_else(|| bad(piece, field, "an amount such as 19.99, 10..20 or >10", None)),
        "last4" => four_digits(value)
            .map(|digits| Ask::Last4(digits.to_owned()))
            .ok_or_else(|| bad(piece, field, "four digits", None)),
        "created" | "date" => period(value)
            .map(|(from, until)| Ask::Created { from, until })
            .ok_or_else(|| bad(piece, field, "a date such as 2026-03-01, 2026-03 or >2026-03-01", None)),
        "currency" => match value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            true => Ok(Ask::Currency(value.to_ascii_uppercase())),
            false => Err(bad(piece, field, "a code of three letters such as EUR", None)),
        },
        "brand" => Ok(Ask::Brand(lower)),
        "email" if value.contains('@') => Ok(Ask::Email(text(value))),
        "email" => {
            words(value, piece.quoted, &["email"]).ok_or_else(|| bad(piece, field, "an email address", None))
        }
        "customer" => match find_id(value) {
            Some(Id::Customer(id)) => Ok(Ask::Customer(id)),
            _ if value.contains('@') => Ok(Ask::Email(text(value))),
            _ => words(value, piece.quoted, &["name", "email"])
                .ok_or_else(|| bad(piece, field, "a customer's id, email or name", None)),
        },
        "id" => Ok(Ask::Id(find_id(value).unwrap_or_else(|| Id::Payment(value.to_owned())))),
        "name" => words(value, piece.quoted, &["name"]).ok_or_else(|| bad(piece, field, "a name", None)),
        "description" => {
            words(value, piece.quoted, &["description"]).ok_or_else(|| bad(piece, field, "words", None))
        }
        "refund" => match find_id(value) {
            Some(Id::Refund(id)) => Ok(Ask::Id(Id::Refund(id))),
            _ => status_of(&lower, RefundStatus::KNOWN).map(Ask::Refund).ok_or_else(|| {
                bad(
                    piece,
                    field,
                    "a refund's id, its status, or `any`",
                    nearest(&lower, RefundStatus::KNOWN.iter().copied()),
                )
            }),
        },
        "dispute" => match find_id(value) {
            Some(Id::Dispute(id)) => Ok(Ask::Id(Id::Dispute(id))),
            _ => status_of(&lower, DisputeStatus::KNOWN).map(Ask::Dispute).ok_or_else(|| {
                bad(
                    piece,
                    field,
                    "a dispute's id, its status, or `any`",
                    nearest(&lower, DisputeStatus::KNOWN.iter().copied()),
                )
            }),
        },
        "metadata" => Err(bad(piece, field, "a key, such as metadata.order_id:1042", None)),
        other => fact_ask(other, piece, value, lower),
    }
}

/// Facts of the card and of the charge, in the words of docs.stripe.com/dashboard/search.
fn fact_ask(field: &str, piece: &Piece, value: &str, lower: String) -> Result<Ask, QueryError> {
    let column = |column, value| Ok(Ask::Column { column, value });
    match field {
        "country" if value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            column("card_country", value.to_ascii_uppercase())
        }
        "country" => Err(bad(piece, field, "a code of two letters such as GB", None)),
        "exp" => month_of_expiry(value)
            .map(|(month, year)| Ask::Expiry { month, year })
            .ok_or_else(|| bad(piece, field, "a month such as 05/28", None)),
        "method" => column("method", lower),
        "risk" if RISKS.contains(&lower.as_str()) => column("risk_level", lower),
        "risk" => {
            let expected = "normal, elevated, highest, not_assessed or unknown";
            Err(bad(piece, field, expected, nearest(&lower, RISKS)))
        }
        // Their words stand in the word index, which knows no case and needs no index of its own.
        _ => words(value, piece.quoted, &["other"]).ok_or_else(|| bad(piece, field, "words", None)),
    }
}

/// `05/28`, `5/28` or `05/2028`.
fn month_of_expiry(text: &str) -> Option<(u8, u16)> {
    let (month, year) = text.split_once('/')?;
    let digits = |part: &str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(month, &[1, 2]) || !digits(year, &[2, 4]) {
        return None;
    }
    let century = if year.len() == 2 { 2000 } else { 0 };
    let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    Some((month, year.parse::<u16>().ok()? + century))
}

fn metadata(piece: &Piece, key: &str) -> Result<Ask, QueryError> {
    if key.is_empty() {
        return Err(bad(piece, "metadata", "a key, such as metadata.order_id:1042", None));
    }
    Ok(Ask::Metadata { name: key.to_owned(), value: text(&piece.value) })
}

/// A status word, or none for any.
fn status_of(word: &str, known: &'static [&'static str]) -> Option<Option<String>> {
    match word {
        "any" => Some(None),
        word => known.contains(&word).then(|| Some(word.to_owned())),
    }
}

fn four_digits(text: &str) -> Option<&str> {
    Some(text).filter(|text| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A folded text; a star at its end makes it a beginning.
fn text(value: &str) -> Text {
    let prefix = value.ends_with('*');
    Text { text: fold(value.trim_end_matches('*')), prefix }
}

/// Words for the word index; none where there is nothing to look for in the text.
fn words(value: &str, quoted: bool, columns: &'static [&'static str]) -> Option<Ask> {
    let prefix = !quoted && value.ends_with('*');
    let text = value.trim_end_matches('*').trim();
    let any = text.chars().any(char::is_alphanumeric);
    any.then(|| Ask::Words(Words { text: text.to_owned(), prefix, columns }))
}

/// A piece without a field word, told by its shape; none where it is punctuation.
fn bare(piece: &Piece, value: &str) -> Option<Term> {
    let ask = if piece.quoted { words(value, true, &[]) } else { by_shape(value) };
    ask.map(|ask| Term { bare: true, ask })
}

fn by_shape(value: &str) -> Option<Ask> {
    if let Some(id) = find_id(value) {
        return Some(Ask::Id(id));
    }
    if let Some(email) = find_email(value) {
        return Some(Ask::Email(text(&email)));
    }
    let edge = |one: char| !one.is_alphanumeric();
    let trimmed = value.trim_start_matches(edge).trim_end_matches(|one| edge(one) && one != '*');
    let number =
        thousandths(trimmed).map(|exact| Bounds { least: Some(exact), most: Some(exact), open: false });
    match (number, words(trimmed, false, &[])) {
        (Some(amount), _) if trimmed.contains('.') => Some(Ask::Amount(amount)),
        (Some(amount), Some(Ask::Words(word))) => {
            Some(Ask::Number { amount, last4: four_digits(trimmed).map(str::to_owned), word })
        }
        (_, ask) => ask,
    }
}
