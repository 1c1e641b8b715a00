//! Twilio.

use webhooks::Invalid;

use crate::support::{BODY, Case, twilio_form, twilio_json};

const NAME: &str = "X-Twilio-Signature";
const KIND: &str = "Content-Type";

/// A request without a body, whose signature is of `https://hooks.example/twilio?account=1`.
fn empty() -> Case {
    twilio_form().body(b"").without(KIND).header(NAME, "Q+QL/EuAPYO6r8RM5581iG9jvhU=")
}

#[test]
fn known_signatures_are_good() {
    for case in [twilio_form(), twilio_json(), empty()] {
        let valid = case.judged().unwrap();
        assert_eq!((valid.secret, valid.signed_at, valid.covers_body), (Some(0), None, false));
    }
    assert!(twilio_form().without(KIND).judged().is_ok());
    assert!(twilio_form().header(KIND, "Application/X-WWW-Form-Urlencoded").judged().is_ok());
}

#[test]
fn time_is_never_judged() {
    let mut case = twilio_form();
    case.tolerance = Some(std::time::Duration::ZERO);
    assert!(case.later(i64::from(u32::MAX)).is_ok());
}

#[test]
fn the_port_is_there_or_not() {
    assert!(empty().url("https://hooks.example:443/twilio?account=1").judged().is_ok());
    assert!(empty().url("https://hooks.example:8443/twilio?account=1").judged().is_ok());
    // Signed with the port of HTTPS.
    assert!(empty().header(NAME, "NutCb2a2oE2D6IHuPXUEvlr+L0g=").judged().is_ok());
    for url in [
        "http://hooks.example/twilio?account=1",
        "https://hooks.example/twilio?account=2",
        "https://hooks.example/twilio?account=1&",
        "https://hooks.example/twilio",
        "https://hooks.example/twilio?account=1#a",
        "https://HOOKS.example/twilio?account=1",
        "https://hooks.example:a/twilio?account=1",
        "/twilio?account=1",
        "https://hooks.example/twilio?account=1 ",
    ] {
        assert!(empty().url(url).judged().is_err(), "{url}");
    }
}

#[test]
fn fields_are_sorted_and_said_once() {
    let body = b"A=&Body=a%20b%2Bc%26d%3D%C3%A9&Digits=1234&Digits=5678&From=%2B15017122661";
    assert!(twilio_form().body(body).judged().is_ok());
    for body in [
        &b"A=&Body=a%20b%2Bc%26d%3D%C3%A9&Digits=1234&From=%2B15017122661"[..],
        b"A=&Body=a%20b%2Bc%26d%3D%C3%A9&Digits=1234&Digits=5678&Digits=9&From=%2B15017122661",
        b"Body=a%20b%2Bc%26d%3D%C3%A9&Digits=1234&Digits=5678&From=%2B15017122661",
        b"A=&Body=a b+c&d=%C3%A9&Digits=1234&Digits=5678&From=+15017122661",
    ] {
        assert_eq!(twilio_form().body(body).judged(), Err(Invalid::Mismatch));
    }
}

#[test]
fn w28_a_body_is_a_form_in_one_spelling_or_its_hash_is_told() {
    let good = twilio_form().request.body;
    for body in [
        &[&good[..], b"&"].concat()[..],
        &[b"&", &good[..]].concat(),
        &[&good[..], b"&A"].concat(),
        &[&good[..], b"&B=%"].concat(),
        &[&good[..], b"&B=%4"].concat(),
        &[&good[..], b"&B=%zz"].concat(),
        &[&good[..], b"&B=\xff"].concat(),
        b"From=%2b15017122661",
        b"{}",
    ] {
        assert_eq!(
            twilio_form().body(body).judged(),
            Err(Invalid::NoForm),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
    assert_eq!(twilio_form().header(KIND, "application/json").judged(), Err(Invalid::NoForm));
    assert_eq!(twilio_form().header(KIND, "multipart/form-data").judged(), Err(Invalid::NoForm));
    assert_eq!(twilio_form().also(KIND, "application/json").judged(), Err(Invalid::NoForm));
}

#[test]
fn the_hash_in_the_address_is_the_one_of_the_body() {
    let good = twilio_json();
    assert_eq!(good.clone().body(b"{}").judged(), Err(Invalid::BodyHash));
    assert_eq!(good.clone().body(b"").judged(), Err(Invalid::BodyHash));
    // It is looked at whatever the body claims to be, and however its name is written.
    let form = good.clone().header(KIND, "application/x-www-form-urlencoded");
    assert_eq!(form.body(b"").judged(), Err(Invalid::BodyHash));
    let hidden = good.request.url.replace("bodySHA256", "%62odySHA256");
    assert_eq!(good.clone().url(&hidden).body(b"").judged(), Err(Invalid::BodyHash));
    let (start, hash) = good.request.url.split_once('=').unwrap();
    for other in [
        hash.to_uppercase(),
        hash[1..].to_owned(),
        format!("{hash}0"),
        format!("{hash}&bodySHA256={hash}"),
        String::new(),
    ] {
        let url = format!("{start}={other}");
        assert_eq!(good.clone().url(&url).body(BODY).judged(), Err(Invalid::BodyHash), "{url}");
    }
}

#[test]
fn a_signature_has_one_spelling() {
    let (_, signature) = twilio_form().request.headers[0].clone();
    for other in [
        "",
        "=",
        signature.trim_end_matches('='),
        &format!("{signature}="),
        &format!("{signature} "),
        &format!("{signature}\n"),
        &signature.replace("c=", "d="),
        &signature[4..],
        &format!("AAAA{signature}"),
        "0354813ab7ba9e5e08888c6455a862dd0f8712930700",
    ] {
        let judged = twilio_form().header(NAME, other).judged();
        assert!(matches!(judged, Err(Invalid::HeaderMalformed(NAME, _))), "{other:?}");
    }
}

#[test]
fn of_two_tokens_either_is_good_and_named() {
    let both = twilio_form().secrets(&["fedcba9876543210", "0123456789abcdef"]);
    assert_eq!(both.judged().unwrap().secret, Some(1));
}
