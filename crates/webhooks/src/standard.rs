//! Standard Webhooks, and Svix, which is the same under names of its own: an HMAC-SHA256 over `ID.SECONDS.BODY`.
//!
//! The signature header is a list with spaces between, `v1,BASE64` each. Signatures of the asymmetric version `v1a`
//! are passed over like those of any version to come: Paydesk holds secrets only, and a message that has no other is
//! refused with that reason.

use domain::{Secret, Timestamp};
use zeroize::Zeroizing;

use crate::mac::{hmac_sha256, which};
use crate::request::RecordedRequest;
use crate::text::{base64_bytes, header, judge_time, seconds, secrets};
use crate::verdict::{Invalid, Keys, Rules, Valid};

/// What a secret begins with as it is shown to people; the vendors' libraries do without it, too.
const PREFIX: &str = "whsec_";

/// The longest id of a message.
const ID_MAX_BYTES: usize = 256;

/// How the three headers are called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    pub(crate) id: &'static str,
    pub(crate) time: &'static str,
    pub(crate) signature: &'static str,
}

impl Names {
    /// Of the standard.
    pub(crate) const STANDARD: Self =
        Self { id: "webhook-id", time: "webhook-timestamp", signature: "webhook-signature" };
    /// Of Svix.
    pub(crate) const SVIX: Self = Self { id: "svix-id", time: "svix-timestamp", signature: "svix-signature" };

    /// Those of Svix, or of the standard where the request has none of Svix: Svix sends either, and never parts of both.
    pub(crate) fn of_svix(headers: &[(String, String)]) -> Self {
        let is_there = |name: &str| headers.iter().any(|(held, _)| held.eq_ignore_ascii_case(name));
        let Self { id, time, signature } = Self::SVIX;
        if [id, time, signature].into_iter().any(is_there) { Self::SVIX } else { Self::STANDARD }
    }
}

pub(crate) fn verify(
    names: Names,
    request: &RecordedRequest,
    keys: &Keys,
    rules: &Rules,
) -> Result<Valid, Invalid> {
    let keys: Vec<_> = secrets(keys)?.iter().map(key).collect::<Result<_, _>>()?;
    let id = header(request, names.id)?;
    if !is_id(id) {
        return Err(Invalid::HeaderMalformed(
            names.id,
            "an id has up to 256 printed characters and no full stop",
        ));
    }
    let time = header(request, names.time)?;
    let malformed = Invalid::HeaderMalformed(names.time, "it is not whole seconds");
    let signed_at = Timestamp::from_seconds(seconds(time).ok_or(malformed)?);
    let signatures = parse(names.signature, header(request, names.signature)?)?;
    let message = [id.as_bytes(), b".", time.as_bytes(), b".", &request.body];
    let secret =
        which(keys.iter().map(|key| hmac_sha256(key, &message)), &signatures).ok_or(Invalid::Mismatch)?;
    judge_time(signed_at, 1000, rules)?;
    Ok(Valid { secret: Some(secret), signed_at: Some(signed_at), covers_body: true })
}

/// The standard forbids the full stop in an id: with it, one signature would fit several messages.
pub(crate) fn is_id(id: &str) -> bool {
    (1..=ID_MAX_BYTES).contains(&id.len())
        && id.bytes().all(|byte| (b'!'..=b'~').contains(&byte) && byte != b'.')
}

/// The bytes of a secret.
pub(crate) fn key(secret: &Secret) -> Result<Zeroizing<Vec<u8>>, Invalid> {
    let text = secret.expose();
    let encoded = text.strip_prefix(PREFIX).unwrap_or(text);
    let key = base64_bytes(encoded).ok_or(Invalid::MalformedKey("base64 after whsec_"))?;
    if key.is_empty() { Err(Invalid::BlankKey) } else { Ok(Zeroizing::new(key)) }
}

/// The list must be whole and in its form. Of the signatures only those of version 1 count, and a value that cannot be
/// one fits nothing, as with the official libraries.
fn parse(name: &'static str, value: &str) -> Result<Vec<[u8; 32]>, Invalid> {
    let mut has_version = false;
    let mut signatures = Vec::new();
    for part in value.split(' ') {
        let pair = part.split_once(',').filter(|(version, held)| !version.is_empty() && !held.is_empty());
        let (version, held) =
            pair.ok_or(Invalid::HeaderMalformed(name, "a part is not VERSION,SIGNATURE"))?;
        if version == "v1" {
            has_version = true;
            signatures.extend(base64_bytes(held).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()));
        }
    }
    if has_version { Ok(signatures) } else { Err(Invalid::NoSignature(name, "v1")) }
}
