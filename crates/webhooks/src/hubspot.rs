//! HubSpot, in three versions. Version 3 is the base64 of an HMAC-SHA256 over method, address, body and milliseconds;
//! version 2 is the hexadecimal SHA-256 of the secret with method, address and body behind it, and version 1 of the
//! secret and the body. A request has version 3 beside an older one, and then version 3 alone decides.

use domain::Timestamp;

use crate::mac::{hmac_sha256, sha256, which};
use crate::request::RecordedRequest;
use crate::text::{base64_bytes, header, hex_bytes, judge_time, secrets};
use crate::verdict::{Invalid, Keys, Rules, Valid};

const NAME_3: &str = "X-HubSpot-Signature-v3";
const TIME: &str = "X-HubSpot-Request-Timestamp";
const NAME: &str = "X-HubSpot-Signature";
const VERSION: &str = "X-HubSpot-Signature-Version";
/// Nothing parts the body from the time, so that digits could be moved from one to the other; of thirteen digits it has
/// been since 2001 and will be until 2286.
const TIME_DIGITS: usize = 13;

/// What HubSpot writes out in an address before it signs it.
const WRITTEN_OUT: [(&str, &str); 12] = [
    ("%3A", ":"),
    ("%2F", "/"),
    ("%3F", "?"),
    ("%40", "@"),
    ("%21", "!"),
    ("%24", "$"),
    ("%27", "'"),
    ("%28", "("),
    ("%29", ")"),
    ("%2A", "*"),
    ("%2C", ","),
    ("%3B", ";"),
];

pub(crate) fn verify(request: &RecordedRequest, keys: &Keys, rules: &Rules) -> Result<Valid, Invalid> {
    if request.header_values(NAME_3).next().is_some() {
        verify_3(request, keys, rules)
    } else {
        verify_older(request, keys)
    }
}

fn verify_3(request: &RecordedRequest, keys: &Keys, rules: &Rules) -> Result<Valid, Invalid> {
    let secrets = secrets(keys)?;
    let signature = base64_bytes(header(request, NAME_3)?).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let signature = signature.ok_or(Invalid::HeaderMalformed(NAME_3, "it is not the base64 of 32 bytes"))?;
    let time = header(request, TIME)?;
    let is_time =
        time.len() == TIME_DIGITS && !time.starts_with('0') && time.bytes().all(|byte| byte.is_ascii_digit());
    let milliseconds = time.parse().ok().filter(|_| is_time);
    let malformed = Invalid::HeaderMalformed(TIME, "it is not milliseconds of thirteen digits");
    let signed_at = Timestamp::from_ms(milliseconds.ok_or(malformed)?);
    let secret = spellings(address(request)?).iter().find_map(|url| {
        let message = [request.method.as_bytes(), url.as_bytes(), &request.body, time.as_bytes()];
        which(secrets.iter().map(|secret| hmac_sha256(secret.expose().as_bytes(), &message)), &[signature])
    });
    let secret = secret.ok_or(Invalid::Mismatch)?;
    judge_time(signed_at, 1, rules)?;
    Ok(Valid { secret: Some(secret), signed_at: Some(signed_at), covers_body: true })
}

/// Versions 1 and 2 are bare hashes, to which anybody can append: neither covers the body.
fn verify_older(request: &RecordedRequest, keys: &Keys) -> Result<Valid, Invalid> {
    let secrets = secrets(keys)?;
    let signature = header(request, NAME)?;
    let malformed = Invalid::HeaderMalformed(NAME, "it is not 64 lower-case hexadecimal digits");
    let signature = hex_bytes(signature).ok_or(malformed)?;
    let head = match header(request, VERSION)? {
        "v1" => String::new(),
        "v2" => format!("{}{}", request.method, address(request)?),
        _ => return Err(Invalid::HeaderMalformed(VERSION, "it is neither v1 nor v2")),
    };
    let hash =
        |secret: &domain::Secret| Some(sha256(&[secret.expose().as_bytes(), head.as_bytes(), &request.body]));
    let secret = which(secrets.iter().map(hash), &[signature]).ok_or(Invalid::Mismatch)?;
    Ok(Valid { secret: Some(secret), signed_at: None, covers_body: false })
}

/// The address, which must be whole, since it is signed.
fn address(request: &RecordedRequest) -> Result<&str, Invalid> {
    let url = request.url.as_str();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_whole = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    let is_printed = url.bytes().all(|byte| (b'!'..=b'~').contains(&byte));
    if is_whole && is_printed { Ok(url) } else { Err(Invalid::Address) }
}

/// The address as it came, and as HubSpot's description says that it is signed; its own library signs it as it is.
fn spellings(url: &str) -> Vec<String> {
    let mut written_out = url.to_owned();
    for (escape, character) in WRITTEN_OUT {
        written_out = written_out.replace(escape, character);
        written_out = written_out.replace(&escape.to_ascii_lowercase(), character);
    }
    let mut spellings = vec![url.to_owned()];
    if written_out != url {
        spellings.push(written_out);
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::spellings;

    #[test]
    fn an_address_is_tried_as_it_came_and_written_out() {
        assert_eq!(spellings("https://a.example/h?x=1"), ["https://a.example/h?x=1"]);
        let all = spellings("https://a.example/h?x=a%40b%2c%20%26");
        assert_eq!(all, ["https://a.example/h?x=a%40b%2c%20%26", "https://a.example/h?x=a@b,%20%26"]);
    }
}
