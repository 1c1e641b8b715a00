//! What holds for every scheme: whatever is changed, left out, repeated or lent from another is refused.

use domain::Secret;
use webhooks::{Invalid, Scheme};

use crate::support::{Case, all};

/// What a byte is changed by: the lowest bits, the case of a letter, and all of it.
const CHANGES: [u8; 6] = [0x01, 0x02, 0x10, 0x20, 0x80, 0xff];

/// The headers that a scheme reads; not PayPal's address of the certificate, which is judged and not signed.
fn read(case: &Case) -> Vec<String> {
    let is_read = |name: &&String| !matches!(name.as_str(), "Content-Type" | "PAYPAL-CERT-URL");
    case.request.headers.iter().map(|(name, _)| name).filter(is_read).cloned().collect()
}

fn refused(case: &Case, what: &str) {
    assert!(case.judged().is_err(), "{}: {what}", case.name);
}

#[test]
fn the_good_ones_are_good() {
    for case in all() {
        assert_eq!(case.judged().map(|_| ()), Ok(()), "{}", case.name);
    }
}

#[test]
fn every_change_of_a_byte_of_the_body_is_refused() {
    for case in all() {
        for place in 0..case.request.body.len() {
            for change in CHANGES {
                let mut changed = case.clone();
                changed.request.body[place] ^= change;
                refused(&changed, &format!("byte {place} of the body by {change:#x}"));
            }
            let mut shorter = case.clone();
            shorter.request.body.remove(place);
            // One of two equal neighbours is left where the other goes; it is the same body in any case.
            if shorter.request.body != case.request.body {
                refused(&shorter, &format!("no byte {place} of the body"));
            }
            let mut longer = case.clone();
            longer.request.body.insert(place, b' ');
            refused(&longer, &format!("a space before byte {place} of the body"));
        }
    }
}

#[test]
fn every_change_of_a_character_of_a_header_is_refused() {
    for case in all() {
        for name in read(&case) {
            let value = case.request.header_values(&name).next().unwrap().to_owned();
            let with = |bytes: Vec<u8>| {
                // What is not ASCII stands as the character of that number.
                case.clone().header(&name, &bytes.into_iter().map(char::from).collect::<String>())
            };
            for place in 0..value.len() {
                for change in CHANGES {
                    let mut bytes = value.clone().into_bytes();
                    bytes[place] ^= change;
                    refused(&with(bytes), &format!("{name}: character {place} by {change:#x}"));
                }
                let mut bytes = value.clone().into_bytes();
                let removed = bytes.remove(place);
                refused(&with(bytes.clone()), &format!("{name}: no character {place}"));
                for more in *b"\0\t\n =,.0aA" {
                    let mut bytes = value.clone().into_bytes();
                    bytes.insert(place, more);
                    refused(
                        &with(bytes),
                        &format!("{name}: {more:#x} before character {place} ({removed:#x})"),
                    );
                }
            }
            for end in ["\0", "\n", "\r\n", " ", "=", ",", ".", "0", "a"] {
                refused(
                    &case.clone().header(&name, &format!("{value}{end}")),
                    &format!("{name} with {end:?} behind it"),
                );
            }
        }
    }
}

#[test]
fn every_change_of_a_signed_address_or_method_is_refused() {
    let signs_address =
        |case: &Case| matches!(case.name, "twilio" | "twilio with a hash" | "hubspot v3" | "hubspot v2");
    for case in all().into_iter().filter(signs_address) {
        for place in 0..case.request.url.len() {
            for change in CHANGES {
                let mut bytes = case.request.url.clone().into_bytes();
                bytes[place] ^= change;
                let url: String = bytes.into_iter().map(char::from).collect();
                refused(&case.clone().url(&url), &url);
            }
        }
        if case.scheme == Scheme::HubSpot {
            for method in ["GET", "post", "POST ", ""] {
                let mut other = case.clone();
                other.request.method = method.to_owned();
                refused(&other, method);
            }
        }
    }
}

#[test]
fn a_header_is_there_once_under_any_case_of_its_name() {
    for case in all() {
        for name in read(&case)
            .into_iter()
            .chain((case.scheme == Scheme::PayPal).then(|| "PAYPAL-CERT-URL".to_owned()))
        {
            let value = case.request.header_values(&name).next().unwrap().to_owned();
            let missing = case.clone().without(&name).judged().unwrap_err();
            assert!(matches!(missing, Invalid::HeaderMissing(_)), "{}: no {name}: {missing:?}", case.name);
            let twice = case.clone().also(&name.to_uppercase(), &value).judged().unwrap_err();
            assert!(matches!(twice, Invalid::HeaderRepeated(_)), "{}: {name} twice: {twice:?}", case.name);
            for other in [name.to_lowercase(), name.to_uppercase()] {
                assert!(case.clone().without(&name).also(&other, &value).judged().is_ok(), "{other}");
            }
            refused(&case.clone().without(&name).also(&name.replace('-', "_"), &value), &name);
        }
    }
}

#[test]
fn no_key_a_blank_one_and_another_are_refused() {
    for mut case in all().into_iter().filter(|case| case.scheme != Scheme::PayPal) {
        let good = case.keys.secrets[0].expose().to_owned();
        case.keys.secrets.clear();
        assert_eq!(case.judged(), Err(Invalid::NoKey), "{}", case.name);
        for blank in ["", " ", "\t\r\n", "\u{a0}"] {
            assert_eq!(case.clone().secrets(&[blank]).judged(), Err(Invalid::BlankKey), "{}", case.name);
            // A blank one beside a good one is a mistake that would let everybody in.
            assert_eq!(
                case.clone().secrets(&[&good, blank]).judged(),
                Err(Invalid::BlankKey),
                "{}",
                case.name
            );
        }
        for place in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[place] ^= 0x01;
            case.keys.secrets = vec![Secret::new(String::from_utf8(bytes).unwrap())];
            refused(&case, &format!("character {place} of the key"));
        }
    }
}

#[test]
fn a_request_of_one_scheme_is_none_of_another() {
    for case in all() {
        for scheme in Scheme::ALL {
            let mut other = case.clone();
            other.scheme = scheme;
            // Svix sends under the names of the standard, too.
            if scheme != case.scheme && (case.scheme, scheme) != (Scheme::Standard, Scheme::Svix) {
                refused(&other, scheme.as_str());
            }
        }
    }
}
