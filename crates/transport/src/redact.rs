//! Masks what must not be in a log: keys, tokens, email addresses, card numbers.
//!
//! It is the last net, not the first: bodies, queries and headers are never put into a message in
//! the first place. It errs towards masking too much.

use domain::card_number::mask_card_numbers;
use domain::iban::mask_ibans;

/// Beginnings of secrets of the vendors that Paydesk speaks to. What follows, up to the first
/// character that cannot be in a key, is masked.
const SECRET_PREFIXES: &[&str] = &[
    "sk_test_",
    "sk_live_",
    "rk_test_",
    "rk_live_",
    "sk_",
    "rk_",
    "whsec_",
    "SG.",
    "access_token$",
    "pat-na1-",
    "AKIA",
];

/// Words after which the next word is a secret.
const SECRET_WORDS: &[&str] = &["bearer", "basic"];

/// What stands for a secret in the masked text.
const MASK: &str = "<redacted>";

/// Masks keys and tokens, email addresses, bank account numbers, the user and query parts of addresses, and card numbers
/// (Luhn-valid; their last four digits stay) in free text.
pub fn redact(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut after_secret_word = false;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end_matches(char::is_whitespace);
        let space = &piece[word.len()..];
        if after_secret_word && !word.is_empty() {
            masked.push_str(MASK);
        } else {
            masked.push_str(&redact_word(word));
        }
        masked.push_str(space);
        if !word.is_empty() {
            after_secret_word = ends_with_secret_word(word);
        }
    }
    mask_card_numbers(&mask_ibans(&masked))
}

fn ends_with_secret_word(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|secret| {
        lower.strip_suffix(secret).is_some_and(|before| !before.ends_with(|one: char| one.is_alphanumeric()))
    })
}

fn redact_word(word: &str) -> String {
    let without_secrets = mask_prefixed(word);
    let without_address = mask_address(&without_secrets);
    mask_emails(&without_address)
}

/// Masks each secret that begins with a known prefix, keeping the prefix so that a reader sees what
/// kind of secret it was.
fn mask_prefixed(word: &str) -> String {
    let mut masked = String::with_capacity(word.len());
    let mut rest = word;
    let mut before: Option<char> = None;
    'next: while let Some(first) = rest.chars().next() {
        let at_start = !before.is_some_and(|one| one.is_ascii_alphanumeric());
        for prefix in SECRET_PREFIXES {
            // `rk_` and `sk_` are also inside ordinary words such as `risk_level`; longer beginnings
            // are not, and are masked wherever they stand.
            let may_begin = at_start || prefix.len() > 3;
            if may_begin && starts_with_ignoring_case(rest, prefix) {
                let body = &rest[prefix.len()..];
                let end = body.find(|one: char| !is_key_character(one)).unwrap_or(body.len());
                if end >= 4 {
                    masked.push_str(&rest[..prefix.len()]);
                    masked.push_str(MASK);
                    rest = &body[end..];
                    before = Some('>');
                    continue 'next;
                }
            }
        }
        masked.push(first);
        before = Some(first);
        rest = &rest[first.len_utf8()..];
    }
    masked
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn is_key_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | '*' | '+' | '/' | '=')
}

/// Cuts user and query out of `scheme://user@host/path?query#fragment`.
fn mask_address(word: &str) -> String {
    let Some(at) = word.find("://") else { return word.to_owned() };
    let (scheme, rest) = word.split_at(at + 3);
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let authority_end = rest.find('/').unwrap_or(rest.len()).min(end);
    let (authority, path) = (&rest[..authority_end], &rest[authority_end..end]);
    let host = authority.rsplit_once('@').map_or(authority.to_owned(), |(_, host)| format!("{MASK}@{host}"));
    let tail = if end < rest.len() { format!("{}{MASK}", &rest[end..=end]) } else { String::new() };
    format!("{scheme}{host}{path}{tail}")
}

/// Masks `name@domain`, also where it is glued to quotes, or written with `%40`.
fn mask_emails(word: &str) -> String {
    let word = if word.contains("%40") { word.replace("%40", "@") } else { word.to_owned() };
    let mut masked = String::with_capacity(word.len());
    let mut rest = word.as_str();
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let start = before
            .char_indices()
            .rev()
            .take_while(|(_, one)| is_email_character(*one))
            .last()
            .map_or(at, |(start, _)| start);
        // A quote may be inside a name, as in o'neil, but does not begin one.
        let start = start + before[start..].len() - before[start..].trim_start_matches(['\'', '`']).len();
        let end = after
            .find(|one: char| !(one.is_alphanumeric() || matches!(one, '.' | '-')))
            .unwrap_or(after.len());
        if start == at || end == 0 || before.ends_with(MASK) {
            masked.push_str(&rest[..=at]);
            rest = after;
        } else {
            masked.push_str(&before[..start]);
            masked.push_str("<email>");
            rest = &after[end..];
        }
    }
    masked.push_str(rest);
    masked
}

fn is_email_character(character: char) -> bool {
    character.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(character)
}

/// The chain of causes of an error as one line: redacted, without repetition, at most 400 characters.
pub fn redacted_chain(error: &dyn std::error::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(current) = next {
        let text = current.to_string();
        if !parts.iter().any(|earlier| earlier.contains(&text)) {
            parts.push(text);
        }
        next = current.source().filter(|_| parts.len() < 12);
    }
    let line: String = parts.join(": ").chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    redact(&line).chars().take(400).collect()
}

#[cfg(test)]
mod tests {
    use super::{redact, redacted_chain};
    use proptest::prelude::*;

    #[test]
    fn v11_ibans_are_masked_in_logs() {
        let masked = redact("paid to DE89 3704 0044 0532 0130 00 today");
        assert!(masked.contains("DE***3000") && !masked.contains("0532"), "{masked}");
    }

    #[test]
    fn v12_secret_key_in_free_text() {
        for (text, expected) in [
            ("Invalid API Key provided: sk_test_51Habc", "Invalid API Key provided: sk_test_<redacted>"),
            ("key=rk_live_51Habc&x", "key=rk_live_<redacted>&x"),
            ("\"whsec_abc+/=def\"", "\"whsec_<redacted>\""),
            ("SG.aaaa.bbbb-cc", "SG.<redacted>"),
            ("Authorization: Bearer abc.def", "Authorization: Bearer <redacted>"),
            ("authorization:basic c2s6", "authorization:basic <redacted>"),
            ("SK_LIVE_51HABC", "SK_LIVE_<redacted>"),
            ("risk_level task_list", "risk_level task_list"),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn emails_and_addresses_are_masked() {
        for (text, expected) in [
            ("No such customer: 'jane.doe+x@example.com'", "No such customer: '<email>'"),
            ("email=jane%40example.com", "<email>"),
            ("<jane@example.com>,bob@example.org", "<<email>>,<email>"),
            (
                "https://api.stripe.com/v1/charges?email=a@b.c#x",
                "https://api.stripe.com/v1/charges?<redacted>",
            ),
            ("http://sk_test_1234:@127.0.0.1:80/v1", "http://<redacted>@127.0.0.1:80/v1"),
            ("2 @ 3", "2 @ 3"),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn v01_card_numbers_are_masked_but_their_last_four() {
        let masked = redact("card 4242 4242 4242 4242 declined");
        assert!(masked.contains("4242 declined") && !masked.contains("4242 4242"), "{masked}");
    }

    #[test]
    fn a_chain_is_one_line_without_secrets() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] std::io::Error);
        let chain = redacted_chain(&Outer(std::io::Error::other("line\r\nbreak sk_live_abcdef")));
        assert_eq!(chain, "outer: line  break sk_live_<redacted>");
    }

    proptest! {
        #[test]
        fn no_secret_survives_in_any_surroundings(
            before in "[^a-zA-Z0-9]{0,8}", prefix in "(sk_live_|rk_test_|whsec_|SG\\.)", key in "[A-Z0-9]{16,40}", after in "\\PC{0,8}",
        ) {
            let masked = redact(&format!("{before}{prefix}{key}{after}"));
            prop_assert!(!masked.contains(&key), "{}", masked);
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,64}") {
            redact(&text);
        }
    }
}
