//! One address that an email goes to or comes from, in the only form that is sent.

use std::fmt;

/// Longest address, in bytes (RFC 5321, 4.5.3.1.3, without the angle brackets).
const MAX_BYTES: usize = 254;
/// Longest part before the `@`, in bytes (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;

/// An address of one mailbox: ASCII, with an international domain in its `xn--` form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Why a text is not one address. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    /// Nothing there.
    #[error("no address was given")]
    Empty,
    /// A line break or another control character: what stands behind it would become a header.
    #[error("it holds a line break or another character that cannot be seen")]
    ControlCharacter,
    /// Several addresses, or a name beside one.
    #[error("give exactly one address, without a name, commas or brackets")]
    NotOne,
    /// Longer than addresses are.
    #[error("it is longer than an address can be")]
    TooLong,
    /// The part before the `@` is in quotes, which SendGrid does not deliver reliably.
    #[error("a part in quotes before the @ cannot be used")]
    Quoted,
    /// The part before the `@` is not ASCII, which SendGrid does not take.
    #[error("the part before the @ has letters that SendGrid does not take")]
    LocalNotAscii,
    /// It is not of the form `name@domain`.
    #[error("it is not of the form name@domain")]
    Shape,
    /// What stands behind the `@` is no domain.
    #[error("what stands behind the @ is no domain")]
    Domain,
}

impl EmailAddress {
    /// Reads one address as typed. White space at its ends does not count; everything else must be right.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, AddressProblem> {
        let text = text.trim_matches(' ');
        if text.is_empty() {
            return Err(AddressProblem::Empty);
        }
        if text.chars().any(|one| one.is_control() || domain::is_deceptive(one)) {
            return Err(AddressProblem::ControlCharacter);
        }
        if text.starts_with('"') {
            return Err(AddressProblem::Quoted);
        }
        if text.contains([',', ';', '<', '>', ' ', '(', ')']) {
            return Err(AddressProblem::NotOne);
        }
        if text.len() > MAX_BYTES {
            return Err(AddressProblem::TooLong);
        }
        let (local, host) = text.rsplit_once('@').ok_or(AddressProblem::Shape)?;
        check_local(local)?;
        let host = ascii_domain(host)?;
        let address = format!("{local}@{host}");
        if address.len() > MAX_BYTES { Err(AddressProblem::TooLong) } else { Ok(Self(address)) }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn check_local(local: &str) -> Result<(), AddressProblem> {
    if local.contains('"') {
        return Err(AddressProblem::Quoted);
    }
    if !local.is_ascii() {
        return Err(AddressProblem::LocalNotAscii);
    }
    // The characters of RFC 5322's `atext`, and single dots between them.
    let is_atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    let plain = local.split('.').all(|part| !part.is_empty() && part.bytes().all(is_atom));
    if plain && local.len() <= MAX_LOCAL_BYTES { Ok(()) } else { Err(AddressProblem::Shape) }
}

/// A domain in lower case and ASCII, as the standard of URLs makes it of an international one.
fn ascii_domain(host: &str) -> Result<String, AddressProblem> {
    // A percent sign would be decoded by what reads hosts of URLs.
    if host.contains('%') {
        return Err(AddressProblem::Domain);
    }
    let Ok(url::Host::Domain(domain)) = url::Host::parse(host) else { return Err(AddressProblem::Domain) };
    let is_label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        !label.is_empty() && label.len() <= 63 && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    let fits = domain.contains('.') && domain.split('.').all(is_label);
    if fits { Ok(domain) } else { Err(AddressProblem::Domain) }
}

#[cfg(test)]
mod tests {
    use super::{AddressProblem, EmailAddress};

    fn read(text: &str) -> Result<String, AddressProblem> {
        EmailAddress::read(text).map(|address| address.to_string())
    }

    #[test]
    fn usual_addresses_are_read() {
        assert_eq!(read(" ada@example.com "), Ok("ada@example.com".to_owned()));
        assert_eq!(read("Ada.Lovelace+shop@Example.COM"), Ok("Ada.Lovelace+shop@example.com".to_owned()));
        assert_eq!(read("o'hara@example.co.uk"), Ok("o'hara@example.co.uk".to_owned()));
    }

    #[test]
    fn an_international_domain_is_sent_in_ascii_and_letters_before_the_at_are_refused() {
        assert_eq!(read("kunde@b\u{fc}cher.example"), Ok("kunde@xn--bcher-kva.example".to_owned()));
        assert_eq!(read("kund\u{e9}@example.com"), Err(AddressProblem::LocalNotAscii));
    }

    #[test]
    fn header_injection_is_refused() {
        for text in [
            "a@example.com\r\nBcc: b@example.com",
            "a@example.com\n",
            "a\0@example.com",
            "a@exa\u{202e}mple.com",
        ] {
            assert_eq!(read(text), Err(AddressProblem::ControlCharacter), "{text:?}");
        }
    }

    #[test]
    fn quoted_addresses_are_refused_by_name() {
        assert_eq!(read("\"ada lovelace\"@example.com"), Err(AddressProblem::Quoted));
        assert_eq!(read("a\"b@example.com"), Err(AddressProblem::Quoted));
    }

    #[test]
    fn a_thousand_addresses_in_one_field_are_not_one() {
        let many = vec!["ada@example.com"; 1_000].join(",");
        assert_eq!(read(&many), Err(AddressProblem::NotOne));
        assert_eq!(read(&vec!["ada@example.com"; 1_000].join("")), Err(AddressProblem::TooLong));
        assert_eq!(read("Ada <ada@example.com>"), Err(AddressProblem::NotOne));
        assert_eq!(read("a@example.com;b@example.com"), Err(AddressProblem::NotOne));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["ada", "@example.com", ".a@example.com", "a..b@example.com", "a@b@example.com"] {
            assert_eq!(read(text), Err(AddressProblem::Shape), "{text}");
        }
        for text in
            ["a@", "a@localhost", "a@127.0.0.1", "a@[::1]", "a@-x.example", "a@exa%6dple.com", "a@x..y"]
        {
            assert_eq!(read(text), Err(AddressProblem::Domain), "{text}");
        }
        assert_eq!(read(""), Err(AddressProblem::Empty));
        assert_eq!(read(&format!("{}@example.com", "a".repeat(65))), Err(AddressProblem::Shape));
    }
}
