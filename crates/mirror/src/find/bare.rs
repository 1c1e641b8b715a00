//! What a piece without a field word asks, told by its shape and by what it names.

use super::fields::{BRANDS, brand, four_digits, text, words};
use super::lexer::Piece;
use super::number::written;
use super::shape::{find_email, find_id};
use super::term::{Ask, Bounds, Node, Term};

/// A piece without a field word, told by its shape; none where it is punctuation.
pub(super) fn bare(piece: &Piece, value: &str) -> Option<Node> {
    let ask = if piece.quoted { words(value, true, &[]) } else { by_shape(value) }?;
    let called = match &ask {
        Ask::Words(word) if !piece.quoted && !word.prefix => called(&word.text),
        _ => None,
    };
    let nodes = called.into_iter().chain([ask]).map(|ask| Node::Term(Term { bare: true, ask })).collect();
    Some(Node::any_flat(nodes))
}

/// Currencies that stand beside amounts in what people write, other than those that are words or names.
const CURRENCIES: [&str; 31] = [
    "usd", "eur", "gbp", "jpy", "chf", "cad", "aud", "nzd", "sek", "nok", "dkk", "pln", "czk", "huf", "bgn",
    "hkd", "sgd", "mxn", "brl", "inr", "krw", "cny", "thb", "zar", "aed", "sar", "isk", "kwd", "myr", "php",
    "twd",
];
/// Digits of the number that a bank traces a refund by.
const DIGITS_OF_TRACE: usize = 23;

/// What a bare word names besides being a word: `visa 4242`, `83.50 EUR`, or a bank's number of a refund.
fn called(word: &str) -> Option<Ask> {
    let lower = word.to_lowercase();
    let brand = brand(&lower);
    if brand != "link" && BRANDS.contains(&brand.as_str()) {
        return Some(Ask::Column { column: "card_brand", value: brand });
    }
    if CURRENCIES.contains(&lower.as_str()) {
        return Some(Ask::Currency(lower.to_ascii_uppercase()));
    }
    let is_trace = word.len() == DIGITS_OF_TRACE && word.bytes().all(|byte| byte.is_ascii_digit());
    is_trace.then(|| Ask::Trace(word.to_owned()))
}

/// Signs that stand right beside an amount and nothing else, as in `$500`, `US$500` and `19,99€`.
pub(super) const CURRENCY_SIGNS: [char; 14] =
    ['$', '€', '£', '¥', '₹', '₩', '₽', '₺', '₫', '₪', '₦', '₱', '฿', '₴'];

fn by_shape(value: &str) -> Option<Ask> {
    if let Some(id) = find_id(value) {
        return Some(Ask::Id(id));
    }
    if let Some(email) = find_email(value) {
        return Some(Ask::Email(text(&email)));
    }
    let exactly = |exact| Bounds { least: Some(exact), most: Some(exact), open: false };
    if value.contains(CURRENCY_SIGNS)
        && let Some(amount) = written(value.trim_matches(|one: char| !one.is_ascii_digit()))
    {
        return Some(Ask::Amount(exactly(amount)));
    }
    let edge = |one: char| !one.is_alphanumeric();
    let trimmed = value.trim_start_matches(edge).trim_end_matches(|one| edge(one) && one != '*');
    let has_sign = !trimmed.bytes().all(|byte| byte.is_ascii_digit());
    match (written(trimmed).map(exactly), words(trimmed, false, &[])) {
        (Some(amount), _) if has_sign => Some(Ask::Amount(amount)),
        (Some(amount), Some(Ask::Words(word))) => {
            Some(Ask::Number { amount, last4: four_digits(trimmed).map(str::to_owned), word })
        }
        (_, ask) => ask,
    }
}
