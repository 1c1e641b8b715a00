//! SendGrid's event webhook: ECDSA with P-256 and SHA-256 over the time as it stands in its header and the body behind it.

use domain::{Secret, Timestamp};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Public};
use openssl::sign::Verifier;

use crate::request::RecordedRequest;
use crate::text::{base64_bytes, header, judge_time, seconds, secrets};
use crate::verdict::{Invalid, Keys, Rules, Valid};

const SIGNATURE: &str = "X-Twilio-Email-Event-Webhook-Signature";
const TIME: &str = "X-Twilio-Email-Event-Webhook-Timestamp";
/// Nothing parts the time from the body, so that digits could be moved from one to the other; of ten digits it has been
/// since 2001 and will be until 2286.
const TIME_DIGITS: usize = 10;

pub(crate) fn verify(request: &RecordedRequest, keys: &Keys, rules: &Rules) -> Result<Valid, Invalid> {
    let keys: Vec<_> = secrets(keys)?.iter().map(key).collect::<Result<_, _>>()?;
    let time = header(request, TIME)?;
    let seconds = seconds(time).filter(|_| time.len() == TIME_DIGITS);
    let seconds = seconds.ok_or(Invalid::HeaderMalformed(TIME, "it is not seconds of ten digits"))?;
    let malformed = Invalid::HeaderMalformed(SIGNATURE, "it is not base64");
    let signature = base64_bytes(header(request, SIGNATURE)?).ok_or(malformed)?;
    let made = |key: &PKey<Public>| is_made_by(key, &signature, &[time.as_bytes(), &request.body]);
    // What the library cannot read as a signature is one that fits no key.
    let secret = keys.iter().position(|key| made(key).unwrap_or(false)).ok_or(Invalid::Mismatch)?;
    let signed_at = Timestamp::from_seconds(seconds);
    judge_time(signed_at, 1000, rules)?;
    Ok(Valid { secret: Some(secret), signed_at: Some(signed_at), covers_body: false })
}

/// A signature has one form: the library writes what it read again and compares.
fn is_made_by(key: &PKey<Public>, signature: &[u8], message: &[&[u8]]) -> Result<bool, ErrorStack> {
    let mut verifier = Verifier::new(MessageDigest::sha256(), key)?;
    for piece in message {
        verifier.update(piece)?;
    }
    verifier.verify(signature)
}

/// The public key as SendGrid shows it: base64 of its DER, with no lines of PEM around it. It has one form, too.
fn key(text: &Secret) -> Result<PKey<Public>, Invalid> {
    let malformed = Invalid::MalformedKey("the base64 of a public key of the curve P-256");
    let der = base64_bytes(text.expose()).ok_or(malformed)?;
    let key = PKey::public_key_from_der(&der).map_err(|_| malformed)?;
    let curve = key.ec_key().ok().and_then(|key| key.group().curve_name());
    let same = key.public_key_to_der().is_ok_and(|written| written == der);
    if curve == Some(Nid::X9_62_PRIME256V1) && same { Ok(key) } else { Err(malformed) }
}
