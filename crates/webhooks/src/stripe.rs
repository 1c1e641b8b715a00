//! Stripe: `Stripe-Signature: t=SECONDS,v1=HEX[,v1=HEX][,v0=HEX]`, an HMAC-SHA256 with the whole secret over `SECONDS.BODY`.

use domain::Timestamp;

use crate::mac::{hmac_sha256, which};
use crate::request::RecordedRequest;
use crate::text::{header, hex_bytes, judge_time, seconds, secrets};
use crate::verdict::{Invalid, Keys, Rules, Valid};

/// The header.
pub(crate) const NAME: &str = "Stripe-Signature";

/// What the header says.
struct Parsed<'a> {
    /// As it was signed.
    time: &'a str,
    seconds: i64,
    signatures: Vec<[u8; 32]>,
}

pub(crate) fn verify(request: &RecordedRequest, keys: &Keys, rules: &Rules) -> Result<Valid, Invalid> {
    let secrets = secrets(keys)?;
    let Parsed { time, seconds, signatures } = parse(header(request, NAME)?)?;
    let message = [time.as_bytes(), b".", &request.body];
    let codes = secrets.iter().map(|secret| hmac_sha256(secret.expose().as_bytes(), &message));
    let secret = which(codes, &signatures).ok_or(Invalid::Mismatch)?;
    let signed_at = Timestamp::from_seconds(seconds);
    judge_time(signed_at, 1000, rules)?;
    Ok(Valid { secret: Some(secret), signed_at: Some(signed_at), covers_body: true })
}

/// The list must be whole and in its form, with one time. Of the signatures only those of version 1 count, and a value
/// that cannot be one fits nothing, as with Stripe's own libraries.
fn parse(value: &str) -> Result<Parsed<'_>, Invalid> {
    let malformed = |why| Invalid::HeaderMalformed(NAME, why);
    let mut time = None;
    let mut has_version = false;
    let mut signatures = Vec::new();
    for part in value.split(',') {
        let pair = part.split_once('=').filter(|(name, held)| !name.is_empty() && !held.is_empty());
        let (name, held) =
            pair.filter(|_| !part.contains(' ')).ok_or(malformed("a part is not NAME=VALUE"))?;
        match name {
            "t" if time.is_some() => return Err(malformed("it has two times")),
            "t" => time = Some((held, seconds(held).ok_or(malformed("its time is not whole seconds"))?)),
            "v1" => {
                has_version = true;
                signatures.extend(hex_bytes(held));
            }
            _ => {}
        }
    }
    let (time, seconds) = time.ok_or(malformed("it has no time"))?;
    if !has_version {
        return Err(Invalid::NoSignature(NAME, "v1"));
    }
    Ok(Parsed { time, seconds, signatures })
}
