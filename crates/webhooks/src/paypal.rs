//! PayPal, checked without PayPal: RSA with SHA-256 over `TRANSMISSION_ID|TIME|WEBHOOK_ID|CRC32`, where the last is that of
//! the body as a decimal number, by the key of a certificate whose address stands in a header.
//!
//! The sender names the certificate, so its address is judged before anything else, and the certificate at the moment
//! of the check: by its chain to the roots, its name and its key.

use domain::Timestamp;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Public};
use openssl::sign::Verifier;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyParam;
use openssl::x509::{X509, X509Ref, X509StoreContext, X509VerifyResult};

use crate::request::RecordedRequest;
use crate::text::{base64_bytes, header, judge_time};
use crate::verdict::{Invalid, Keys, Rules, Valid};

const URL: &str = "PAYPAL-CERT-URL";
const ALGORITHM: &str = "PAYPAL-AUTH-ALGO";
const ID: &str = "PAYPAL-TRANSMISSION-ID";
const TIME: &str = "PAYPAL-TRANSMISSION-TIME";
const SIGNATURE: &str = "PAYPAL-TRANSMISSION-SIG";

/// More certificates than any chain has.
const CERTIFICATES_MAX: usize = 10;
/// Far more than any chain or set of roots takes.
const PEM_MAX_BYTES: usize = 4 * 1024 * 1024;
/// The level of OpenSSL at which keys have at least 112 bits of strength and no certificate is signed over SHA-1.
const STRENGTH_LEVEL: i32 = 2;
/// `X509_V_ERR_CERT_NOT_YET_VALID` and `X509_V_ERR_CERT_HAS_EXPIRED`, which the safe side of the library has no names for.
const NOT_YET_VALID: i32 = 9;
const EXPIRED: i32 = 10;

pub(crate) fn verify(request: &RecordedRequest, keys: &Keys, rules: &Rules) -> Result<Valid, Invalid> {
    certificate_url(request)?;
    if header(request, ALGORITHM)? != "SHA256withRSA" {
        return Err(Invalid::HeaderMalformed(ALGORITHM, "it is not SHA256withRSA"));
    }
    let webhook_id = keys.webhook_id.as_deref().filter(|id| is_id(id)).ok_or(Invalid::WebhookId)?;
    let id = header(request, ID)?;
    if !is_id(id) {
        return Err(Invalid::HeaderMalformed(ID, "an id has letters, digits and hyphens"));
    }
    let time = header(request, TIME)?;
    let signed_at = moment(time)
        .ok_or(Invalid::HeaderMalformed(TIME, "it is not a time such as 2026-02-18T20:01:35Z"))?;
    let malformed = Invalid::HeaderMalformed(SIGNATURE, "it is not base64");
    let signature = base64_bytes(header(request, SIGNATURE)?).ok_or(malformed)?;
    let key = key(keys, rules.at)?;
    let message = format!("{id}|{time}|{webhook_id}|{}", crc32fast::hash(&request.body));
    if !is_made_by(&key, &signature, message.as_bytes()).unwrap_or(false) {
        return Err(Invalid::Mismatch);
    }
    judge_time(signed_at, 1000, rules)?;
    Ok(Valid { secret: None, signed_at: Some(signed_at), covers_body: false })
}

/// Where the certificate of a request of PayPal is to be had. Only a plain address at PayPal is one: this is the guard
/// before anything is fetched.
///
/// # Errors
/// Where the header is missing, repeated, or names any other address.
pub fn certificate_url(request: &RecordedRequest) -> Result<&str, Invalid> {
    let url = header(request, URL)?;
    let is_plain =
        |path: &str| path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte));
    let parts = url.strip_prefix("https://").and_then(|rest| rest.split_once('/'));
    let is_allowed =
        parts.is_some_and(|(host, path)| is_of_paypal(host) && is_plain(path) && !path.contains(".."));
    if is_allowed { Ok(url) } else { Err(Invalid::CertificateUrl) }
}

/// What the names end with of machines that certificates come from.
pub const CERTIFICATE_DOMAIN: &str = ".paypal.com";

/// Whether a name is one under `paypal.com`, in the one spelling that it has.
fn is_of_paypal(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    name.ends_with(CERTIFICATE_DOMAIN) && name.split('.').all(is_label)
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A time in UTC, with or without a fraction of a second.
fn moment(text: &str) -> Option<Timestamp> {
    let shape: String = text.chars().map(|one| if one.is_ascii_digit() { '0' } else { one }).collect();
    let fraction = shape.strip_prefix("0000-00-00T00:00:00")?.strip_suffix('Z')?;
    let digits = fraction.strip_prefix('.').map(str::len);
    let is_fraction = fraction.is_empty() || digits.is_some_and(|digits| (1..=9).contains(&digits));
    let is_digits = fraction.trim_start_matches('.').bytes().all(|byte| byte == b'0');
    (is_fraction && is_digits).then(|| text.parse().ok()).flatten()
}

fn is_made_by(key: &PKey<Public>, signature: &[u8], message: &[u8]) -> Result<bool, ErrorStack> {
    let mut verifier = Verifier::new(MessageDigest::sha256(), key)?;
    verifier.update(message)?;
    verifier.verify(signature)
}

/// The key of the certificate, once the certificate was found to be PayPal's.
fn key(keys: &Keys, at: Timestamp) -> Result<PKey<Public>, Invalid> {
    let chain = keys.certificate_pem.as_deref().ok_or(Invalid::CertificateMissing)?;
    let roots = keys.roots_pem.as_deref().ok_or(Invalid::RootsMissing)?;
    let chain = certificates(chain).filter(|chain| chain.len() <= CERTIFICATES_MAX);
    let chain = chain.ok_or(Invalid::CertificateUnreadable)?;
    let (leaf, between) = chain.split_first().ok_or(Invalid::CertificateUnreadable)?;
    let roots = certificates(roots).ok_or(Invalid::RootsMissing)?;
    match judged(leaf, between, &roots, at) {
        Ok(X509VerifyResult::OK) => {}
        Ok(result) => return Err(objection(result)),
        Err(_) => return Err(Invalid::CertificateUntrusted),
    }
    if !name(leaf).is_some_and(|name| is_of_paypal(&name)) {
        return Err(Invalid::CertificateName);
    }
    let key = leaf.public_key().map_err(|_| Invalid::CertificateUnreadable)?;
    if key.id() == Id::RSA { Ok(key) } else { Err(Invalid::CertificateUnreadable) }
}

/// The certificates of a text in PEM, of which there is at least one.
fn certificates(pem: &[u8]) -> Option<Vec<X509>> {
    if pem.len() > PEM_MAX_BYTES {
        return None;
    }
    X509::stack_from_pem(pem).ok().filter(|certificates| !certificates.is_empty())
}

/// What the library says of the chain at a moment.
fn judged(
    leaf: &X509Ref,
    between: &[X509],
    roots: &[X509],
    at: Timestamp,
) -> Result<X509VerifyResult, ErrorStack> {
    let store = store(roots, at)?;
    let mut chain = Stack::new()?;
    for certificate in between {
        chain.push(certificate.clone())?;
    }
    let mut context = X509StoreContext::new()?;
    context.init(&store, leaf, &chain, |context| {
        let is_good = context.verify_cert()?;
        let result = context.error();
        // No is never said without a reason; were it so, it would still be no.
        Ok(if is_good || result != X509VerifyResult::OK {
            result
        } else {
            X509VerifyResult::APPLICATION_VERIFICATION
        })
    })
}

fn store(roots: &[X509], at: Timestamp) -> Result<X509Store, ErrorStack> {
    let mut store = X509StoreBuilder::new()?;
    for root in roots {
        store.add_cert(root.clone())?;
    }
    let mut parameters = X509VerifyParam::new()?;
    parameters.set_time(at.as_seconds());
    parameters.set_auth_level(STRENGTH_LEVEL);
    store.set_param(&parameters)?;
    Ok(store.build())
}

fn objection(result: X509VerifyResult) -> Invalid {
    match result.as_raw() {
        NOT_YET_VALID => Invalid::CertificateNotYet,
        EXPIRED => Invalid::CertificateExpired,
        _ => Invalid::CertificateUntrusted,
    }
}

/// The one common name of a certificate.
fn name(certificate: &X509Ref) -> Option<String> {
    let mut names = certificate.subject_name().entries_by_nid(Nid::COMMONNAME);
    // The bytes themselves: a reader of text could end at a zero among them.
    let name = std::str::from_utf8(names.next()?.data().as_slice()).ok()?.to_owned();
    names.next().is_none().then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{certificate_url, is_of_paypal, moment};
    use crate::request::RecordedRequest;
    use crate::verdict::Invalid;

    fn judged(url: &str) -> Result<(), Invalid> {
        let headers = vec![("Paypal-Cert-Url".to_owned(), url.to_owned())];
        let request =
            RecordedRequest { method: String::new(), url: String::new(), headers, body: Vec::new() };
        certificate_url(&request).map(|_| ())
    }

    #[test]
    fn a_certificate_is_fetched_from_paypal_alone() {
        for url in [
            "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77",
            "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42",
            "https://api-m.paypal.com/cert.pem",
        ] {
            assert_eq!(judged(url), Ok(()), "{url}");
        }
        for url in [
            "http://api.paypal.com/c",
            "HTTPS://api.paypal.com/c",
            "https://api.paypal.com",
            "https://paypal.com/c",
            "https://evilpaypal.com/c",
            "https://api.paypal.com.evil.example/c",
            "https://evil.example/api.paypal.com/c",
            "https://evil.example#.paypal.com/c",
            "https://evil.example?.paypal.com/c",
            "https://evil.example\\.paypal.com/c",
            "https://api.paypal.com@evil.example/c",
            "https://user@api.paypal.com/c",
            "https://api.paypal.com:443/c",
            "https://api.paypal.com:8443/c",
            "https://API.paypal.com/c",
            "https://api.paypal.com./c",
            "https://.paypal.com/c",
            "https://a..paypal.com/c",
            "https://-a.paypal.com/c",
            "https://api.paypal.com/../c",
            "https://api.paypal.com/c?next=https://evil.example",
            "https://api.paypal.com/c#d",
            "https://api.paypal.com/%2e%2e/c",
            "https://127.0.0.1/c",
            "//api.paypal.com/c",
            "file:///etc/passwd",
            " https://api.paypal.com/c",
            "https://api.paypal.com/c ",
        ] {
            assert_eq!(judged(url), Err(Invalid::CertificateUrl), "{url}");
        }
        assert!(
            !is_of_paypal("paypal.com") && !is_of_paypal("a\0.paypal.com") && !is_of_paypal("*.paypal.com")
        );
    }

    #[test]
    fn a_time_is_one_in_utc() {
        assert_eq!(moment("2026-02-18T20:01:35Z").unwrap().as_seconds(), 1_771_444_895);
        assert_eq!(moment("2026-02-18T20:01:35.250Z").unwrap().as_ms(), 1_771_444_895_250);
        for other in [
            "",
            "2026-02-18T20:01:35",
            "2026-02-18T20:01:35+00:00",
            "2026-02-18 20:01:35Z",
            "2026-02-18t20:01:35z",
            "2026-02-30T20:01:35Z",
            "2026-02-18T25:01:35Z",
            "2026-02-18T20:01:35.Z",
            "2026-02-18T20:01:35.0000000000Z",
            "2026-02-18T20:01:35..0Z",
            "1771444895",
        ] {
            assert_eq!(moment(other), None, "{other}");
        }
    }
}
