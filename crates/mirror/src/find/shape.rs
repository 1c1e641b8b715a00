//! Telling ids and emails by their shape, wherever they stand in a piece of text.

use super::term::Id;
use crate::key;

/// Prefixes of ids with what they name, by docs.stripe.com/api; `pay_` is ours.
const PREFIXES: [&str; 10] = ["ch_", "py_", "pi_", "re_", "pyr_", "cus_", "dp_", "du_", "txn_", "pay_"];
/// Letters alone after a prefix are taken for an id from this length on: `re_order` is a word.
const LETTERS_OF_AN_ID: usize = 14;

/// The id in a piece of text, such as in the address of a vendor's page.
pub(super) fn find_id(text: &str) -> Option<Id> {
    let mut boundary = true;
    for (at, one) in text.char_indices() {
        if boundary && let Some(id) = text.get(at..).and_then(id_at_start) {
            return Some(id);
        }
        boundary = !one.is_alphanumeric() && one != '_';
    }
    None
}

fn id_at_start(text: &str) -> Option<Id> {
    let prefix = PREFIXES.into_iter().find(|prefix| text.starts_with(prefix))?;
    let rest = text.get(prefix.len()..)?;
    let length = rest.find(|one: char| !one.is_ascii_alphanumeric() && one != '_').unwrap_or(rest.len());
    // A client secret begins with the id of its intention; the secret itself is let go.
    let rest = rest.get(..length)?;
    let rest = rest.split("_secret").next().unwrap_or(rest);
    let plausible = rest.bytes().any(|byte| byte.is_ascii_digit()) || rest.len() >= LETTERS_OF_AN_ID;
    if rest.is_empty() || !plausible { None } else { Some(named(prefix, format!("{prefix}{rest}"))) }
}

fn named(prefix: &str, id: String) -> Id {
    match prefix {
        "pay_" => Id::Own(key::from_own_id(&id)),
        "pi_" => Id::PaymentIntent(id),
        "re_" | "pyr_" => Id::Refund(id),
        "cus_" => Id::Customer(id),
        "dp_" | "du_" => Id::Dispute(id),
        "txn_" => Id::BalanceEntry(id),
        _ => Id::Payment(id),
    }
}

/// The email address in a piece of text, in lower case, with a `*` at its end where it is only the
/// beginning of one.
pub(super) fn find_email(text: &str) -> Option<String> {
    let at = text.find('@')?;
    let local = |one: char| {
        one.is_alphanumeric() || matches!(one, '.' | '_' | '+' | '-' | '%' | '\'' | '&' | '#' | '~')
    };
    let host = |one: char| one.is_alphanumeric() || matches!(one, '.' | '-' | '*');
    let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
    let start =
        before.char_indices().rev().take_while(|(_, one)| local(*one)).last().map_or(at, |(start, _)| start);
    let end = after.find(|one: char| !host(one)).unwrap_or(after.len());
    let name = text.get(start..at)?.trim_start_matches(['.', '\'', '-']);
    let host = after.get(..end)?.trim_end_matches(['.', '-']);
    let host = host.split_inclusive('*').next().unwrap_or(host);
    let whole = host.contains('.') || host.ends_with('*');
    if name.is_empty() || host.is_empty() || !whole {
        None
    } else {
        Some(format!("{name}@{host}").to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_addresses_and_brackets() {
        let payment = |id: &str| Some(Id::Payment(id.to_owned()));
        assert_eq!(find_id("ch_3Abc"), payment("ch_3Abc"));
        assert_eq!(find_id("https://dashboard.stripe.com/payments/ch_3Abc?tab=1"), payment("ch_3Abc"));
        assert_eq!(find_id("(py_1)."), payment("py_1"));
        assert_eq!(find_id("pi_1_secret_xyz9"), Some(Id::PaymentIntent("pi_1".to_owned())));
        assert_eq!(find_id("pay_2a"), Some(Id::Own(Some(42))));
        assert_eq!(find_id("cus_NffrFeUfNV2Hib"), Some(Id::Customer("cus_NffrFeUfNV2Hib".to_owned())));
        for word in ["re_order", "ch_", "branch_1", "x_ch_1", "é", "", "ch", "re_"] {
            assert_eq!(find_id(word), None, "{word}");
        }
    }

    #[test]
    fn emails_are_found_in_pasted_text() {
        let email = |text: &str| Some(text.to_owned());
        assert_eq!(find_email("Jane.Doe+x@Example.ORG"), email("jane.doe+x@example.org"));
        assert_eq!(find_email("mailto:jane@x.org?subject=hi"), email("jane@x.org"));
        assert_eq!(find_email("jane@x.org."), email("jane@x.org"));
        assert_eq!(find_email("'jane@x.org'"), email("jane@x.org"));
        assert_eq!(find_email("jane@*"), email("jane@*"));
        assert_eq!(find_email("jane@exam*"), email("jane@exam*"));
        for text in ["@jane", "jane@", "a@b", "@", "no", "@@"] {
            assert_eq!(find_email(text), None, "{text}");
        }
    }
}
