//! What each field word asks.

use domain::{DisputeStatus, RefundStatus, Timestamp, Vendor};

use super::bare::{CURRENCY_SIGNS, bare};
use super::error::{QueryError, nearest};
use super::lexer::{LISTED, Piece, is_listed};
use super::number::bounds;
use super::period::{DATE_WORDS, period};
use super::shape::find_id;
use super::term::{Ask, Id, Node, STATUSES, Term, Text, Words};
use crate::statement::fold;

/// Field words, those of docs.stripe.com/dashboard/search among them; `metadata.NAME` comes beside them.
pub(super) const FIELDS: [&str; 31] = [
    "status",
    "amount",
    "currency",
    "created",
    "date",
    "email",
    "name",
    "customer",
    "last4",
    "brand",
    "exp",
    "country",
    "type",
    "method",
    "id",
    "description",
    "statement",
    "receipt",
    "postal",
    "zip",
    "metadata",
    "refund",
    "dispute",
    "risk",
    "risk_level",
    "note",
    "account",
    "vendor",
    "sort",
    "number",
    "arn",
];
/// Words of the vendor's dashboard that ask about what is not mirrored.
const NOT_MIRRORED: [(&str, &str); 2] = [("flow", "Sources"), ("usage", "Sources")];
/// Levels of risk, by docs.stripe.com/api/charges/object (`outcome.risk_level`).
pub(super) const RISKS: [&str; 5] = ["normal", "elevated", "highest", "not_assessed", "unknown"];
/// What `refund:` and `dispute:` take, with all statuses that are known.
const REFUND_EXPECTED: &str =
    "a refund's id, `any`, or pending, requires_action, requires_review, succeeded, failed or canceled";
const DISPUTE_EXPECTED: &str = "a dispute's id, `any`, or warning_needs_response, warning_under_review, warning_closed, needs_response, under_review, won, lost or prevented";
/// Vendors whose payments can be mirrored.
pub(super) const VENDORS: [Vendor; 1] = [Vendor::Stripe];

/// Whether the word is a field word; a key of metadata keeps its case, the rest has none.
pub(super) fn is_field(word: &str) -> bool {
    let lower = word.to_lowercase();
    FIELDS.contains(&lower.as_str()) || lower.starts_with("metadata.")
}

/// What a piece asks; none where it is punctuation. `last` says that nothing follows it.
pub(super) fn ask(piece: &Piece, last: bool, now: Timestamp) -> Result<Option<Node>, QueryError> {
    let Some(field) = &piece.field else {
        return Ok(bare(piece, &piece.value));
    };
    let lower = field.to_lowercase();
    if !is_field(field) {
        return unknown(field, &lower, piece);
    }
    if piece.value.trim().is_empty() {
        // `Email: jane@x.org` is pasted; what follows tells itself by its shape.
        let missing = QueryError::MissingValue { column: piece.column, field: lower };
        return if last { Err(missing) } else { Ok(None) };
    }
    // The key of metadata keeps its case: the vendor tells `order` from `Order`.
    let metadata_key = if lower.starts_with("metadata.") { field.get("metadata.".len()..) } else { None };
    let Some(key) = metadata_key else { return asked(&lower, piece, now).map(Some) };
    Ok(Some(Node::of(metadata(piece, key, &piece.value)?)))
}

/// What a field asks; one of several values where they stand in a list.
fn asked(field: &str, piece: &Piece, now: Timestamp) -> Result<Node, QueryError> {
    if field == "amount" {
        return amount(piece);
    }
    if !is_listed(&LISTED, field) || piece.quoted || !piece.value.contains([',', '|']) {
        return field_ask(field, piece, now).map(Node::of);
    }
    let (mut nodes, mut passed) = (Vec::new(), 0);
    for value in piece.value.split([',', '|']) {
        let value_column = piece.value_column + passed;
        passed += value.chars().count() + 1;
        let one = Piece { value: value.to_owned(), value_column, ..piece.clone() };
        nodes.push(Node::of(field_ask(field, &one, now)?));
    }
    Ok(Node::any_flat(nodes))
}

/// An amount or a range, perhaps with the sign or the code of its currency: `10..20`, `$10`, `10.50 EUR`.
/// A sign is that of several currencies, so it says nothing more.
fn amount(piece: &Piece) -> Result<Node, QueryError> {
    let bad = |expected| bad(piece, "amount", expected, None);
    let value = piece.value.trim();
    let (code, rest) =
        match (value.get(..3), value.len().checked_sub(3).and_then(|at| value.split_at_checked(at))) {
            (Some(code), _) if is_code(code) => (Some(code), value.get(3..).unwrap_or_default()),
            (_, Some((rest, code))) if is_code(code) => (Some(code), rest),
            _ => (None, value),
        };
    let plain = rest.trim().trim_matches(CURRENCY_SIGNS).trim();
    let asked = bounds(plain).ok_or_else(|| bad("an amount such as 19.99, 10..20 or >10"))?;
    if let (Some(least), Some(most)) = (asked.least, asked.most)
        && least > most
    {
        return Err(bad("the smaller amount first, as in 10..20"));
    }
    let amount = Node::of(Ask::Amount(asked));
    Ok(match code {
        Some(code) => Node::All(vec![amount, Node::of(Ask::Currency(code.to_ascii_uppercase()))]),
        None => amount,
    })
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// A word before a colon that is none of ours: a name of metadata, as in `order_id:xyn712`, or pasted
/// text such as `Order:1042` or an address of a page.
fn unknown(field: &str, lower: &str, piece: &Piece) -> Result<Option<Node>, QueryError> {
    if piece.value.is_empty() {
        return Ok(bare(piece, field));
    }
    if let Some((_, of)) = NOT_MIRRORED.iter().find(|(word, _)| *word == lower) {
        return Err(QueryError::NotMirrored { column: piece.column, field: lower.to_owned(), of });
    }
    if let Some(nearest) = nearest(lower, FIELDS) {
        return Err(QueryError::UnknownField {
            column: piece.column,
            word: field.chars().take(40).collect(),
            nearest: nearest.to_owned(),
        });
    }
    let written = bare(piece, &format!("{field}:{}", piece.value));
    let could_be_a_name = field.chars().any(char::is_alphabetic) && !piece.value.starts_with("//");
    Ok(match written {
        Some(Node::Term(Term { ask: words @ Ask::Words(_), .. })) if could_be_a_name => {
            let named = Ask::Metadata { name: field.to_owned(), value: text(&piece.value) };
            Some(Node::Any([named, words].map(|ask| Node::Term(Term { bare: true, ask })).to_vec()))
        }
        other => other,
    })
}

/// An error about a piece's value.
pub(super) fn bad(piece: &Piece, field: &str, expected: &'static str, nearest: Option<&str>) -> QueryError {
    QueryError::BadValue {
        column: piece.value_column,
        field: field.to_owned(),
        value: piece.value.chars().take(40).collect(),
        expected,
        nearest: nearest.map(str::to_owned),
    }
}

fn field_ask(field: &str, piece: &Piece, now: Timestamp) -> Result<Ask, QueryError> {
    let value = piece.value.trim();
    let lower = value.to_lowercase();
    let bad = |expected| bad(piece, field, expected, None);
    match field {
        "last4" => {
            four_digits(value).map(|digits| Ask::Last4(digits.to_owned())).ok_or_else(|| bad("four digits"))
        }
        "created" | "date" => {
            let (from, until) = period(value, now).ok_or_else(|| {
                let expected = "a date such as 2026-03-01, 2026-03, >2026-03-01, -7d or yesterday";
                self::bad(piece, field, expected, nearest(&lower, DATE_WORDS))
            })?;
            match from.zip(until) {
                Some((from, until)) if from >= until => {
                    Err(bad("the earlier date first, as in 2026-01..2026-03"))
                }
                _ => Ok(Ask::Created { from, until }),
            }
        }
        "currency" if is_code(value) => Ok(Ask::Currency(value.to_ascii_uppercase())),
        "currency" => Err(bad("a code of three letters such as EUR")),
        "brand" => known_brand(piece, &brand(&lower)),
        "arn" => Ok(Ask::Trace(value.to_owned())),
        "id" => Ok(Ask::Id(find_id(value).unwrap_or_else(|| Id::Payment(value.to_owned())))),
        "metadata" => match value.split_once('=').filter(|(name, _)| !name.is_empty()) {
            Some((name, value)) => metadata(piece, name.trim(), value),
            None => words(value, piece.quoted, &["metadata"])
                .ok_or_else(|| bad("a value, or a name and a value such as metadata:order_id=1042")),
        },
        "note" => Ok(Ask::Note(value.to_owned())),
        "account" => Ok(Ask::Account { name: value.to_owned(), column: piece.value_column }),
        "email" | "customer" | "name" | "description" | "statement" | "receipt" | "postal" | "zip"
        | "number" => text_ask(field, piece, value),
        "status" | "risk" | "risk_level" | "vendor" | "refund" | "dispute" => word_ask(field, piece, &lower),
        other => fact_ask(other, piece, value, lower),
    }
}

/// Fields whose values are words of a text.
fn text_ask(field: &str, piece: &Piece, value: &str) -> Result<Ask, QueryError> {
    let (columns, expected): (&'static [&'static str], _) = match field {
        "email" => (&["email"], "an email address, or the beginning of one"),
        "customer" => (&["name", "email"], "a customer's id, email or name"),
        "name" => (&["name"], "a name"),
        "description" => (&["description"], "words"),
        "statement" => (&["statement"], "words"),
        "receipt" => (&["receipt"], "a receipt's number such as 1817-9523"),
        // Invoices are not mirrored, but their numbers stand in what the vendor writes of a payment.
        "number" => (&["description", "metadata"], "an invoice's number"),
        _ => (&["postal"], "a postal code"),
    };
    if field == "customer"
        && let Some(Id::Customer(id)) = find_id(value)
    {
        return Ok(Ask::Customer(id));
    }
    if matches!(field, "email" | "customer")
        && let Some((name, host)) = value.split_once('@')
        && !name.is_empty()
    {
        // What is not a whole address yet is the beginning of one.
        let whole = host.contains('.');
        return Ok(Ask::Email(Text { prefix: !whole || value.ends_with('*'), ..text(value) }));
    }
    let found = words(value, piece.quoted, columns).ok_or_else(|| bad(piece, field, expected, None))?;
    Ok(match found {
        // A part of an address is known by the beginning of its parts.
        Ask::Words(words) if field == "email" => Ask::Words(Words { prefix: !piece.quoted, ..words }),
        other => other,
    })
}

/// Fields whose values are words of a list.
fn word_ask(field: &str, piece: &Piece, lower: &str) -> Result<Ask, QueryError> {
    let bad = |expected, known: &[&str]| bad(piece, field, expected, nearest(lower, known.iter().copied()));
    let tied = |known: &'static [&'static str]| match lower {
        "any" => Some(None),
        word => known.contains(&word).then(|| Some(word.to_owned())),
    };
    match field {
        "status" => {
            let word = if lower == "cancelled" { "canceled" } else { lower };
            let found = STATUSES.iter().find(|(name, _)| *name == word);
            found.map(|(_, status)| Ask::Status(*status)).ok_or_else(|| {
                let expected = "succeeded, failed, pending, uncaptured, canceled, refunded, partially_refunded or disputed";
                bad(expected, &STATUSES.map(|(name, _)| name))
            })
        }
        "refund" => match find_id(piece.value.trim()) {
            Some(Id::Refund(id)) => Ok(Ask::Id(Id::Refund(id))),
            _ => tied(RefundStatus::KNOWN)
                .map(Ask::Refund)
                .ok_or_else(|| bad(REFUND_EXPECTED, RefundStatus::KNOWN)),
        },
        "dispute" => match find_id(piece.value.trim()) {
            Some(Id::Dispute(id)) => Ok(Ask::Id(Id::Dispute(id))),
            _ => tied(DisputeStatus::KNOWN)
                .map(Ask::Dispute)
                .ok_or_else(|| bad(DISPUTE_EXPECTED, DisputeStatus::KNOWN)),
        },
        "vendor" => match VENDORS.into_iter().find(|vendor| vendor.as_str() == lower) {
            Some(vendor) => Ok(Ask::Vendor(vendor.as_str().to_owned())),
            None => Err(bad("stripe", &VENDORS.map(Vendor::as_str))),
        },
        _ if RISKS.contains(&lower) => Ok(Ask::Column { column: "risk_level", value: lower.to_owned() }),
        _ => Err(bad("normal, elevated, highest, not_assessed or unknown", &RISKS)),
    }
}

/// Facts of the card and of the charge, in the words of docs.stripe.com/dashboard/search.
fn fact_ask(field: &str, piece: &Piece, value: &str, lower: String) -> Result<Ask, QueryError> {
    match field {
        "country" if value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            let code = value.to_ascii_uppercase();
            // What people call it; the code is that of ISO 3166.
            let code = if code == "UK" { "GB".to_owned() } else { code };
            Ok(Ask::Column { column: "card_country", value: code })
        }
        "country" => Err(bad(piece, field, "a code of two letters such as GB", None)),
        "exp" => month_of_expiry(value)
            .map(|(month, year)| Ask::Expiry { month, year })
            .ok_or_else(|| bad(piece, field, "a month such as 05/28", None)),
        "sort" => Err(QueryError::Misplaced { column: piece.column, field: field.to_owned() }),
        // `type:` is the vendor's word for it.
        _ => Ok(Ask::Column { column: "method", value: lower }),
    }
}

/// A brand as the vendor writes it: `american express` is `amex`, by docs.stripe.com/api/charges/object.
pub(super) fn brand(lower: &str) -> String {
    match lower {
        "american express" | "american_express" => "amex".to_owned(),
        "diners club" | "diners_club" => "diners".to_owned(),
        "mc" | "master" | "master card" => "mastercard".to_owned(),
        other => other.to_owned(),
    }
}

/// The brands of docs.stripe.com/api/charges/object.
pub(super) const BRANDS: [&str; 10] = [
    "amex",
    "cartes_bancaires",
    "diners",
    "discover",
    "eftpos_au",
    "jcb",
    "link",
    "mastercard",
    "unionpay",
    "visa",
];

/// A brand that is known, or one that the vendor may have come to know since; not a slip.
fn known_brand(piece: &Piece, brand: &str) -> Result<Ask, QueryError> {
    match nearest(brand, BRANDS).filter(|_| !BRANDS.contains(&brand)) {
        Some(nearest) => Err(bad(piece, "brand", "a brand such as visa", Some(nearest))),
        None => Ok(Ask::Column { column: "card_brand", value: brand.to_owned() }),
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

fn metadata(piece: &Piece, name: &str, value: &str) -> Result<Ask, QueryError> {
    if name.is_empty() || value.trim().is_empty() {
        return Err(bad(piece, "metadata", "a name and a value such as metadata.order_id:1042", None));
    }
    Ok(Ask::Metadata { name: name.to_owned(), value: text(value) })
}

pub(super) fn four_digits(text: &str) -> Option<&str> {
    Some(text).filter(|text| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A folded text; a star at its end makes it a beginning.
pub(super) fn text(value: &str) -> Text {
    let prefix = value.ends_with('*');
    Text { text: fold(value.trim_end_matches('*')), prefix }
}

/// Words for the word index; none where there is nothing to look for in the text.
pub(super) fn words(value: &str, quoted: bool, columns: &'static [&'static str]) -> Option<Ask> {
    let prefix = !quoted && value.ends_with('*');
    let text = value.trim_end_matches('*').trim();
    let any = text.chars().any(char::is_alphanumeric);
    any.then(|| Ask::Words(Words { text: text.to_owned(), prefix, columns }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_every_status_that_is_known() {
        for (expected, known) in
            [(REFUND_EXPECTED, RefundStatus::KNOWN), (DISPUTE_EXPECTED, DisputeStatus::KNOWN)]
        {
            for word in known {
                assert!(expected.split([' ', ',']).any(|one| one == *word), "{word} is not in: {expected}");
            }
        }
    }
}
