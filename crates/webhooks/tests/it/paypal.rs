//! PayPal.

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use webhooks::{Invalid, Scheme};

use crate::authority::{Certified, Wish, curve_key, issue, pem, root, rsa_key, signed};
use crate::support::{BODY, Case, SIGNED};

const NAME: &str = "messageverificationcerts.paypal.com";
const SIGNATURE: &str = "PAYPAL-TRANSMISSION-SIG";
const TIME: &str = "PAYPAL-TRANSMISSION-TIME";
const ID: &str = "PAYPAL-TRANSMISSION-ID";
/// The CRC32 of the body, by another program.
const CRC32: u32 = 1_174_832_942;

static ROOT: LazyLock<Certified> = LazyLock::new(|| root("A root"));
static KEY: LazyLock<PKey<Private>> = LazyLock::new(|| rsa_key(2048));

fn headers(key: &PKey<Private>, time: &str, webhook_id: &str) -> Vec<(&'static str, String)> {
    let id = "69cd13f0-d67a-11e5-baa3-778b53f4ae55";
    let message = format!("{id}|{time}|{webhook_id}|{CRC32}");
    vec![
        (ID, id.to_owned()),
        (TIME, time.to_owned()),
        (SIGNATURE, BASE64_STANDARD.encode(signed(key, message.as_bytes()))),
        ("PAYPAL-CERT-URL", "https://api.paypal.com/v1/notifications/certs/CERT-1".to_owned()),
        ("PAYPAL-AUTH-ALGO", "SHA256withRSA".to_owned()),
    ]
}

fn signed_at(time: &str, key: &PKey<Private>) -> Case {
    let headers = headers(key, time, "1JE4291016473214C");
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut case = Case::new("paypal", Scheme::PayPal, &headers);
    case.keys.webhook_id = Some("1JE4291016473214C".to_owned());
    case.keys.roots_pem = Some(pem(&[&ROOT]));
    case
}

/// With a certificate of this kind, by the root or another authority, and those that lead there.
fn certified(wish: &Wish, key: PKey<Private>, authority: &Certified, between: &[&Certified]) -> Case {
    let mut case = signed_at("2023-11-14T22:13:20Z", &key);
    let leaf = issue(wish, key, Some(authority));
    let chain: Vec<_> = std::iter::once(&leaf).chain(between.iter().copied()).collect();
    case.keys.certificate_pem = Some(pem(&chain));
    case
}

pub(crate) fn good() -> Case {
    certified(&Wish::named(NAME), KEY.clone(), &ROOT, &[])
}

#[test]
fn a_good_one_says_when_and_that_the_body_is_not_covered() {
    let valid = good().judged().unwrap();
    assert_eq!((valid.secret, valid.covers_body), (None, false));
    assert_eq!(valid.signed_at.unwrap().as_seconds(), SIGNED);
    let mut within = good();
    within.tolerance = Some(Duration::from_secs(300));
    assert!(within.later(300_000).is_ok());
    assert_eq!(within.later(301_000), Err(Invalid::TooOld));
    assert_eq!(within.later(-301_000), Err(Invalid::TooNew));
}

#[test]
fn t6_another_body_with_the_same_crc32_is_why_it_is_not_covered() {
    // Four bytes bring any body to any CRC32.
    let mut forged = b"{\"id\":\"evt_2\"}    ".to_vec();
    let place = forged.len() - 4;
    let found = forge(&mut forged, place);
    assert!(found && forged != BODY);
    assert!(!good().body(&forged).judged().unwrap().covers_body);
}

/// Sets the last four bytes so that the CRC32 is that of the body: running the register back over four bytes.
fn forge(bytes: &mut [u8], place: usize) -> bool {
    let step = |register: u32| if register & 1 == 1 { (register >> 1) ^ 0xedb8_8320 } else { register >> 1 };
    let back = |register: u32| {
        if register & 0x8000_0000 == 0 { register << 1 } else { ((register ^ 0xedb8_8320) << 1) | 1 }
    };
    let mut forward = !0_u32;
    for byte in &bytes[..place] {
        forward ^= u32::from(*byte);
        forward = (0..8).fold(forward, |register, _| step(register));
    }
    let backward = (0..32).fold(!CRC32, |register, _| back(register));
    bytes[place..].copy_from_slice(&(forward ^ backward).to_le_bytes());
    crc32fast::hash(bytes) == CRC32
}

#[test]
fn the_certificate_is_judged_at_the_time_of_the_check() {
    let good = good();
    assert_eq!(good.later(999_000).map(|_| ()), Ok(()));
    assert_eq!(good.later(1_000_000), Err(Invalid::CertificateExpired));
    assert_eq!(good.later(-1_000_000).map(|_| ()), Ok(()));
    assert_eq!(good.later(-1_001_000), Err(Invalid::CertificateNotYet));
}

#[test]
fn the_certificate_leads_to_a_root_that_is_trusted() {
    let stranger = root("A root");
    let by_stranger = certified(&Wish::named(NAME), KEY.clone(), &stranger, &[]);
    assert_eq!(by_stranger.judged(), Err(Invalid::CertificateUntrusted), "a root of the same name");
    let brought_along = certified(&Wish::named(NAME), KEY.clone(), &stranger, &[&stranger]);
    assert_eq!(
        brought_along.judged(),
        Err(Invalid::CertificateUntrusted),
        "a root in the chain is not trusted"
    );
    let own = issue(&Wish::named(NAME), KEY.clone(), None);
    let mut alone = good();
    alone.keys.certificate_pem = Some(pem(&[&own]));
    assert_eq!(alone.judged(), Err(Invalid::CertificateUntrusted), "signed by itself");

    let between = Wish { is_authority: true, ..Wish::named("Between") };
    let between = issue(&between, rsa_key(2048), Some(&ROOT));
    assert!(certified(&Wish::named(NAME), KEY.clone(), &between, &[&between]).judged().is_ok());
    let missing = certified(&Wish::named(NAME), KEY.clone(), &between, &[]);
    assert_eq!(missing.judged(), Err(Invalid::CertificateUntrusted));
    let no_authority = issue(&Wish::named("Between"), rsa_key(2048), Some(&ROOT));
    let by_nobody = certified(&Wish::named(NAME), KEY.clone(), &no_authority, &[&no_authority]);
    assert_eq!(by_nobody.judged(), Err(Invalid::CertificateUntrusted));
}

#[test]
fn weak_certificates_are_refused() {
    let short = certified(&Wish::named(NAME), rsa_key(1024), &ROOT, &[]);
    assert_eq!(short.judged(), Err(Invalid::CertificateUntrusted));
    let sha1 = Wish { digest: MessageDigest::sha1(), ..Wish::named(NAME) };
    assert_eq!(certified(&sha1, KEY.clone(), &ROOT, &[]).judged(), Err(Invalid::CertificateUntrusted));
    let curve = certified(&Wish::named(NAME), curve_key(Nid::X9_62_PRIME256V1), &ROOT, &[]);
    assert_eq!(curve.judged(), Err(Invalid::CertificateUnreadable));
}

#[test]
fn the_certificate_is_paypals() {
    let named = |names: &[&'static str]| {
        let wish = Wish { names: names.to_vec(), ..Wish::named(NAME) };
        certified(&wish, KEY.clone(), &ROOT, &[]).judged().map(|_| ())
    };
    assert_eq!(named(&["messageverificationcerts.sandbox.paypal.com"]), Ok(()));
    for names in [
        &["paypal.com"][..],
        &["evilpaypal.com"],
        &["api.paypal.com.evil.example"],
        &["*.paypal.com"],
        &["api.paypal.com\0.evil.example"],
        &["evil.example\0.paypal.com"],
        &[],
        &[NAME, "evil.example"],
        &["evil.example", NAME],
    ] {
        assert_eq!(named(names), Err(Invalid::CertificateName), "{names:?}");
    }
}

#[test]
fn the_address_of_the_certificate_is_judged_before_anything_else() {
    let mut case = good().header("PAYPAL-CERT-URL", "https://evil.example/cert").header(SIGNATURE, "?");
    case.keys.certificate_pem = None;
    assert_eq!(case.judged(), Err(Invalid::CertificateUrl));
    assert_eq!(case.without("PAYPAL-CERT-URL").judged(), Err(Invalid::HeaderMissing("PAYPAL-CERT-URL")));
}

#[test]
fn what_is_not_here_or_not_readable_is_said() {
    let with = |certificate: Option<&[u8]>, roots: Option<&[u8]>| {
        let mut case = good();
        case.keys.certificate_pem = certificate.map(<[u8]>::to_vec);
        case.keys.roots_pem = roots.map(<[u8]>::to_vec);
        case.judged()
    };
    let roots = pem(&[&ROOT]);
    let chain = good().keys.certificate_pem.unwrap();
    assert_eq!(with(None, Some(&roots)), Err(Invalid::CertificateMissing));
    assert_eq!(with(Some(b""), Some(&roots)), Err(Invalid::CertificateUnreadable));
    assert_eq!(with(Some(b"<html>"), Some(&roots)), Err(Invalid::CertificateUnreadable));
    assert_eq!(with(Some(&chain[..chain.len() / 2]), Some(&roots)), Err(Invalid::CertificateUnreadable));
    assert_eq!(with(Some(&chain.repeat(11)), Some(&roots)), Err(Invalid::CertificateUnreadable));
    for roots in
        [None, Some(&b""[..]), Some(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    {
        assert_eq!(with(Some(&chain), roots), Err(Invalid::RootsMissing));
    }
    for id in [None, Some(""), Some(" "), Some("1JE4291016473214C|"), Some("1JE\n")] {
        let mut case = good();
        case.keys.webhook_id = id.map(str::to_owned);
        assert_eq!(case.judged(), Err(Invalid::WebhookId), "{id:?}");
    }
    let mut other = good();
    other.keys.webhook_id = Some("1JE4291016473214D".to_owned());
    assert_eq!(other.judged(), Err(Invalid::Mismatch));
}

#[test]
fn every_header_has_one_form() {
    let malformed = |name, value: &str| {
        let judged = good().header(name, value).judged();
        assert!(
            matches!(judged, Err(Invalid::HeaderMalformed(found, _)) if found == name),
            "{name}: {value}"
        );
    };
    for algorithm in ["SHA1withRSA", "sha256withrsa", "SHA256withRSA ", "SHA256withECDSA", "none", ""] {
        malformed("PAYPAL-AUTH-ALGO", algorithm);
    }
    for id in ["", " ", "a|b", "a b", "é"] {
        malformed(ID, id);
    }
    let (_, signature) = good().request.headers[2].clone();
    for other in [
        signature.trim_end_matches('=').to_owned(),
        format!("{signature}="),
        format!("{signature} "),
        signature.replace('/', "_") + "-",
    ] {
        malformed(SIGNATURE, &other);
    }
    // A time that is signed as it stands, in any spelling but the one.
    for time in ["2023-11-14T22:13:20+00:00", "2023-11-14 22:13:20Z", "1700000000", "2023-11-14T22:13:20z"] {
        let mut case = signed_at(time, &KEY);
        case.keys.certificate_pem = good().keys.certificate_pem;
        assert!(matches!(case.judged(), Err(Invalid::HeaderMalformed(TIME, _))), "{time}");
    }
}
