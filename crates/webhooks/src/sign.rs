//! Signatures of our own, in the schemes whose secrets the sender and the receiver share.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::{Secret, Timestamp};

use crate::mac::hmac_sha256;
use crate::scheme::Scheme;
use crate::standard::{self, Names};
use crate::stripe;
use crate::verdict::Invalid;

/// Why something cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsignable {
    /// Only the vendor has what this scheme signs with, or signs in ways that nobody else needs.
    #[error("Paydesk signs as stripe, standard and svix only, not as {0}")]
    Scheme(Scheme),
    /// There is no secret, or one is not in the form of the scheme.
    #[error("{0}")]
    Key(Invalid),
    /// Empty, longer than 256 characters, or with others than the printed ones of ASCII without the full stop.
    #[error("the id of a message has 1 to 256 printed characters of ASCII and no full stop")]
    Id,
    /// Before 1970.
    #[error("nothing is signed before 1970")]
    Time,
}

/// The headers that a message gets, with one signature for each secret. Stripe's scheme signs no id and leaves it out.
///
/// # Errors
/// Says what cannot be signed.
pub fn sign(
    scheme: Scheme,
    id: &str,
    at: Timestamp,
    body: &[u8],
    secrets: &[Secret],
) -> Result<Vec<(&'static str, String)>, Unsignable> {
    if secrets.is_empty() {
        return Err(Unsignable::Key(Invalid::NoKey));
    }
    if secrets.iter().any(Secret::is_blank) {
        return Err(Unsignable::Key(Invalid::BlankKey));
    }
    if at.as_ms() < 0 {
        return Err(Unsignable::Time);
    }
    match scheme {
        Scheme::Stripe => Ok(stripe(at, body, secrets)),
        Scheme::Standard => standard(Names::STANDARD, id, at, body, secrets),
        Scheme::Svix => standard(Names::SVIX, id, at, body, secrets),
        other => Err(Unsignable::Scheme(other)),
    }
}

fn stripe(at: Timestamp, body: &[u8], secrets: &[Secret]) -> Vec<(&'static str, String)> {
    let time = at.as_seconds().to_string();
    let mut value = format!("t={time}");
    let message = [time.as_bytes(), b".", body];
    for code in secrets.iter().filter_map(|secret| hmac_sha256(secret.expose().as_bytes(), &message)) {
        value.push_str(",v1=");
        value.push_str(&hex::encode(code));
    }
    vec![(stripe::NAME, value)]
}

fn standard(
    names: Names,
    id: &str,
    at: Timestamp,
    body: &[u8],
    secrets: &[Secret],
) -> Result<Vec<(&'static str, String)>, Unsignable> {
    if !standard::is_id(id) {
        return Err(Unsignable::Id);
    }
    let keys = secrets.iter().map(standard::key).collect::<Result<Vec<_>, _>>().map_err(Unsignable::Key)?;
    let time = at.as_seconds().to_string();
    let message = [id.as_bytes(), b".", time.as_bytes(), b".", body];
    let signature = |key| Some(format!("v1,{}", BASE64_STANDARD.encode(hmac_sha256(key, &message)?)));
    let signatures: Vec<_> = keys.iter().filter_map(|key| signature(key)).collect();
    Ok(vec![(names.id, id.to_owned()), (names.time, time), (names.signature, signatures.join(" "))])
}
