//! SendGrid.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use webhooks::{Invalid, Scheme};

use crate::authority::{curve_key, rsa_key, signed};
use crate::support::{BODY, Case};

const SIGNATURE: &str = "X-Twilio-Email-Event-Webhook-Signature";
const TIME: &str = "X-Twilio-Email-Event-Webhook-Timestamp";
const BAD_KEY: Result<webhooks::Valid, Invalid> =
    Err(Invalid::MalformedKey("the base64 of a public key of the curve P-256"));

static KEY: LazyLock<PKey<Private>> = LazyLock::new(|| curve_key(Nid::X9_62_PRIME256V1));

fn public(key: &PKey<Private>) -> Vec<u8> {
    key.public_key_to_der().unwrap()
}

fn case(key: &PKey<Private>, time: &str, body: &[u8]) -> Case {
    let signature = BASE64_STANDARD.encode(signed(key, &[time.as_bytes(), body].concat()));
    Case::new("sendgrid", Scheme::SendGrid, &[(SIGNATURE, &signature), (TIME, time)])
        .body(body)
        .secrets(&[&BASE64_STANDARD.encode(public(key))])
}

pub(crate) fn good() -> Case {
    case(&KEY, "1700000000", BODY)
}

#[test]
fn time_is_judged_only_where_it_is_asked_for() {
    let mut good = good();
    assert_eq!(good.later(86_400_000).unwrap().signed_at.unwrap().as_seconds(), 1_700_000_000);
    assert!(!good.judged().unwrap().covers_body);
    good.tolerance = Some(std::time::Duration::from_secs(10));
    assert!(good.later(10_000).is_ok());
    assert_eq!(good.later(11_000), Err(Invalid::TooOld));
    assert_eq!(good.later(-11_000), Err(Invalid::TooNew));
}

#[test]
fn digits_cannot_be_moved_between_time_and_body() {
    let moved = case(&KEY, "1700000000", b"12[]");
    assert!(moved.judged().is_ok());
    let malformed = Err(Invalid::HeaderMalformed(TIME, "it is not seconds of ten digits"));
    assert_eq!(moved.clone().header(TIME, "17000000001").body(b"2[]").judged(), malformed);
    assert_eq!(moved.clone().header(TIME, "170000000").body(b"012[]").judged(), malformed);
    for time in [
        "",
        "01700000000",
        "0170000000",
        "+170000000",
        " 1700000000",
        "1700000000 ",
        "1.70000000",
        "1e99999999",
    ] {
        // Each of them is signed as it stands.
        assert!(case(&KEY, time, BODY).judged().is_err(), "{time}");
    }
}

#[test]
fn a_signature_has_one_form() {
    let good = good();
    let (_, encoded) = good.request.headers[0].clone();
    let der = BASE64_STANDARD.decode(&encoded).unwrap();
    let with = |der: &[u8]| good.clone().header(SIGNATURE, &BASE64_STANDARD.encode(der)).judged();
    assert!(with(&der).is_ok());
    let mut longer = der.clone();
    longer.push(0);
    assert_eq!(with(&longer), Err(Invalid::Mismatch), "a byte behind it");
    longer[1] += 1;
    assert_eq!(with(&longer), Err(Invalid::Mismatch), "a byte at its end");
    // The length in two bytes instead of one, which reads as the same.
    let wide = [&[0x30, 0x81, der[1]], &der[2..]].concat();
    assert_eq!(with(&wide), Err(Invalid::Mismatch));
    assert_eq!(with(&der[..der.len() - 1]), Err(Invalid::Mismatch));
    assert_eq!(with(&[0x30, 0]), Err(Invalid::Mismatch));
    assert_eq!(with(&[0x30, 6, 2, 1, 0, 2, 1, 0]), Err(Invalid::Mismatch), "zeros");
    for text in [
        encoded.trim_end_matches('=').to_owned() + "\n",
        format!("{encoded}="),
        format!(" {encoded}"),
        "=".to_owned(),
    ] {
        assert!(
            matches!(good.clone().header(SIGNATURE, &text).judged(), Err(Invalid::HeaderMalformed(..))),
            "{text}"
        );
    }
}

#[test]
fn a_key_is_one_of_the_curve_in_its_one_form() {
    let good = good();
    let der = public(&KEY);
    let with = |der: &[u8]| good.clone().secrets(&[&BASE64_STANDARD.encode(der)]).judged();
    assert!(with(&der).is_ok());
    assert_eq!(with(&[&der[..], &[0]].concat()), BAD_KEY, "a byte behind it");
    assert_eq!(with(&der[..der.len() - 1]), BAD_KEY);
    assert_eq!(with(&public(&curve_key(Nid::SECP384R1))), BAD_KEY);
    assert_eq!(with(&public(&curve_key(Nid::SECP256K1))), BAD_KEY);
    assert_eq!(with(&public(&rsa_key(1024))), BAD_KEY);
    let text = BASE64_STANDARD.encode(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n");
    for text in [pem, format!("{text}\n"), format!("{text}="), text.replace('=', ""), text.replace('M', "-")]
    {
        assert_eq!(good.clone().secrets(&[&text]).judged(), BAD_KEY, "{text}");
    }
}

#[test]
fn the_second_key_of_a_roll_is_named() {
    let other = BASE64_STANDARD.encode(public(&curve_key(Nid::X9_62_PRIME256V1)));
    let own = BASE64_STANDARD.encode(public(&KEY));
    assert_eq!(good().secrets(&[&other, &own]).judged().unwrap().secret, Some(1));
    assert_eq!(good().secrets(&[&other]).judged(), Err(Invalid::Mismatch));
}
