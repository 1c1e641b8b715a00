//! Twilio: `X-Twilio-Signature`, the base64 of an HMAC-SHA1 over the address, and behind it the fields of a form. A body
//! that is no form has its hash in the address, as `bodySHA256`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::mac::{hmac_sha1, same, sha256, which};
use crate::request::RecordedRequest;
use crate::text::{base64_bytes, header, hex_bytes, secrets};
use crate::verdict::{Invalid, Keys, Valid};

const NAME: &str = "X-Twilio-Signature";
/// The field of an address that tells the hash of the body.
const BODY_HASH: &str = "bodySHA256";

/// The fields of a form: names in the order of their bytes, and so the values of each, without repetitions.
type Fields<'a> = BTreeMap<Cow<'a, [u8]>, BTreeSet<Cow<'a, [u8]>>>;

pub(crate) fn verify(request: &RecordedRequest, keys: &Keys) -> Result<Valid, Invalid> {
    let secrets = secrets(keys)?;
    let signature = base64_bytes(header(request, NAME)?).and_then(|bytes| <[u8; 20]>::try_from(bytes).ok());
    let signature = signature.ok_or(Invalid::HeaderMalformed(NAME, "it is not the base64 of 20 bytes"))?;
    let address = Address::split(&request.url).ok_or(Invalid::Address)?;
    let fields = match body_hash(address.query)? {
        Some(hash) if same(&sha256(&[&request.body]), &hash) => Fields::new(),
        Some(_) => return Err(Invalid::BodyHash),
        None => fields(request)?,
    };
    let tail = fields.iter().flat_map(|(name, values)| values.iter().flat_map(move |value| [name, value]));
    let tail: Vec<&[u8]> = tail.map(AsRef::as_ref).collect();
    let secret = address.spellings().into_iter().find_map(|url| {
        let message: Vec<&[u8]> = std::iter::once(url.as_bytes()).chain(tail.iter().copied()).collect();
        which(secrets.iter().map(|secret| hmac_sha1(secret.expose().as_bytes(), &message)), &[signature])
    });
    Ok(Valid { secret: Some(secret.ok_or(Invalid::Mismatch)?), signed_at: None, covers_body: false })
}

/// The hash that the address tells, which its one field of that name must be in lower-case digits. The name is looked
/// for as the field would be read, so that another spelling of it cannot hide it.
fn body_hash(query: Option<&str>) -> Result<Option<[u8; 32]>, Invalid> {
    let mut hashes = query.unwrap_or_default().split('&').filter_map(|field| {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        (decoded(name, true)?.as_ref() == BODY_HASH.as_bytes()).then_some(value)
    });
    let Some(hash) = hashes.next() else { return Ok(None) };
    let hash = hex_bytes(hash).filter(|_| hashes.next().is_none());
    hash.map(Some).ok_or(Invalid::BodyHash)
}

/// The fields of the body, which is empty or a form; nothing else is signed without its hash in the address.
fn fields(request: &RecordedRequest) -> Result<Fields<'_>, Invalid> {
    let mut kinds = request.header_values("Content-Type");
    let kind = kinds.next().map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let is_form = kind.is_none_or(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    if request.body.is_empty() {
        return Ok(Fields::new());
    }
    let body = std::str::from_utf8(&request.body).ok().filter(|_| is_form && kinds.next().is_none());
    let mut fields = Fields::new();
    for field in body.ok_or(Invalid::NoForm)?.split('&') {
        let (name, value) = field.split_once('=').ok_or(Invalid::NoForm)?;
        let pair = decoded(name, false).zip(decoded(value, false));
        let (name, value) = pair.ok_or(Invalid::NoForm)?;
        fields.entry(name).or_default().insert(value);
    }
    Ok(fields)
}

/// The fields of a form as texts, each with its values in their order; none where the body is no form.
pub(crate) fn form_fields(body: &[u8]) -> Option<BTreeMap<String, Vec<String>>> {
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let text = |part: &str| Some(String::from_utf8_lossy(&decoded(part, false)?).into_owned());
    for field in std::str::from_utf8(body).ok().filter(|body| !body.is_empty())?.split('&') {
        let (name, value) = field.split_once('=')?;
        fields.entry(text(name)?).or_default().push(text(value)?);
    }
    Some(fields)
}

/// The bytes that a name or value of a form stands for. A body has capital digits in its escapes, as every encoder
/// writes them, so that it cannot be written anew under its signature; an address may have either.
fn decoded(text: &str, any_case: bool) -> Option<Cow<'_, [u8]>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text.as_bytes()));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                if !any_case && digits.iter().any(u8::is_ascii_lowercase) {
                    return None;
                }
                rest = after;
                let mut byte = [0];
                hex::decode_to_slice(digits, &mut byte).ok()?;
                byte[0]
            }
            other => other,
        });
    }
    Some(Cow::Owned(bytes))
}

/// An address in its parts.
struct Address<'a> {
    /// Such as `https://`.
    scheme: &'a str,
    /// The host with whom it is called as before it, without the port.
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Address<'a> {
    fn split(url: &'a str) -> Option<Self> {
        if !url.bytes().all(|byte| (b'!'..=b'~').contains(&byte)) {
            return None;
        }
        let scheme = ["https://", "http://"].into_iter().find(|scheme| url.starts_with(scheme))?;
        let rest = &url[scheme.len()..];
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        // The last colon begins a port where it stands behind the host: not in a password, nor in an address of IPv6.
        let colon = authority.rfind(':').filter(|place| !authority[*place..].contains(['@', ']']));
        let (host, port) =
            colon.map_or((authority, None), |place| (&authority[..place], Some(&authority[place + 1..])));
        let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        (!host.is_empty() && port.is_none_or(is_port)).then_some(Self { scheme, host, port, path, query })
    }

    /// Every spelling under which Twilio may have signed it, the one that came first: its servers sign with and without
    /// the port, and write a query in their own way, which is why its libraries try these, too.
    fn spellings(&self) -> Vec<String> {
        let standard = if self.scheme == "https://" { "443" } else { "80" };
        let ports = [self.port, None, Some(self.port.unwrap_or(standard))];
        let queries = [
            self.query.map(str::to_owned),
            self.query.map(|query| query.replace('\'', "%27")),
            self.query.map(encoded_anew),
        ];
        let mut spellings = Vec::new();
        for query in &queries {
            for port in ports {
                let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                let query = query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
                let spelling = format!("{}{}{port}{}{query}", self.scheme, self.host, self.path);
                if !spellings.contains(&spelling) {
                    spellings.push(spelling);
                }
            }
        }
        spellings
    }
}

/// A query with escapes only where they must be, and spaces as `%20`.
fn encoded_anew(query: &str) -> String {
    let fields = query.split('&').map(|field| {
        let parts = field.splitn(2, '=').map(|part| match decoded(part, true) {
            Some(bytes) => encoded(&bytes),
            None => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("=")
    });
    fields.collect::<Vec<_>>().join("&")
}

fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn spellings(url: &str) -> Vec<String> {
        Address::split(url).unwrap().spellings()
    }

    #[test]
    fn an_address_is_tried_with_and_without_its_port() {
        assert_eq!(spellings("https://a.example/h"), ["https://a.example/h", "https://a.example:443/h"]);
        assert_eq!(spellings("http://a.example"), ["http://a.example", "http://a.example:80"]);
        assert_eq!(
            spellings("https://a:b@c.example:8/h"),
            ["https://a:b@c.example:8/h", "https://a:b@c.example/h"]
        );
        assert_eq!(spellings("http://[::1]/h"), ["http://[::1]/h", "http://[::1]:80/h"]);
        assert_eq!(spellings("http://a:b@c/h"), ["http://a:b@c/h", "http://a:b@c:80/h"]);
    }

    #[test]
    fn a_query_is_tried_in_the_ways_of_twilio() {
        let all = spellings("http://a:1/?x=It's+%7e%2f&y");
        assert!(all.contains(&"http://a:1/?x=It%27s+%7e%2f&y".to_owned()), "{all:?}");
        assert!(all.contains(&"http://a/?x=It's%20~%2F&y".to_owned()), "{all:?}");
        assert_eq!(all.len(), 6);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in [
            "",
            "/hook",
            "ftp://a/",
            "https://",
            "https:///x",
            "http://a:/",
            "http://a:b/",
            "http://a b/",
            "http://é/",
        ] {
            assert!(Address::split(url).is_none(), "{url}");
        }
    }
}
