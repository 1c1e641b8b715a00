//! HubSpot.

use webhooks::{Invalid, Scheme};

use crate::support::{Case, hubspot_1, hubspot_2, hubspot_3};

const NAME_3: &str = "X-HubSpot-Signature-v3";
const TIME: &str = "X-HubSpot-Request-Timestamp";
const NAME: &str = "X-HubSpot-Signature";
const VERSION: &str = "X-HubSpot-Signature-Version";

#[test]
fn known_signatures_are_good_and_say_what_they_cover() {
    let valid = hubspot_3().judged().unwrap();
    assert_eq!((valid.secret, valid.covers_body), (Some(0), true));
    assert_eq!(valid.signed_at.unwrap().as_ms(), 1_700_000_000_123);
    for older in [hubspot_2(), hubspot_1()] {
        let valid = older.judged().unwrap();
        assert_eq!((valid.secret, valid.signed_at, valid.covers_body), (Some(0), None, false));
    }
}

// The examples of HubSpot's own description.
#[test]
fn published_examples_are_good() {
    let example = |version: &str, signature: &str, url: &str| {
        Case::new("published", Scheme::HubSpot, &[(NAME, signature), (VERSION, version)])
            .secrets(&["yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"])
            .url(url)
    };
    let signature = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de";
    let body = br#"[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]"#;
    assert!(example("v1", signature, "").body(body).judged().is_ok());
    let url = "https://www.example.com/webhook_uri";
    let signature = "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900";
    assert!(example("v2", signature, url).body(br#"{"example_field":"example_value"}"#).judged().is_ok());
    let signature = "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e";
    let mut get = example("v2", signature, url).body(b"");
    get.request.method = "GET".to_owned();
    assert!(get.judged().is_ok());
}

#[test]
fn an_address_is_signed_as_it_is_or_written_out() {
    let written_out = hubspot_3().header(NAME_3, "CIMlgPXMOXL6R6p8LmEimkp8Y9n4te6WwZ3Skv5t2Ts=");
    assert!(written_out.judged().is_ok());
    assert!(written_out.clone().url("https://hooks.example/h?x=a@b").judged().is_ok());
    assert_eq!(hubspot_3().url("https://hooks.example/h?x=a@b").judged(), Err(Invalid::Mismatch));
    assert_eq!(written_out.url("https://hooks.example/h?x=%61%40b").judged(), Err(Invalid::Mismatch));
    for url in
        ["", "/h?x=a%40b", "https://", "ftp://hooks.example/h?x=a%40b", "https://hooks.example/h?x=a%40b "]
    {
        assert_eq!(hubspot_3().url(url).judged(), Err(Invalid::Address), "{url}");
        assert_eq!(hubspot_2().url(url).judged(), Err(Invalid::Address), "{url}");
        assert!(hubspot_1().url(url).judged().is_ok(), "version 1 signs no address");
    }
}

#[test]
fn version_3_alone_decides_where_it_is() {
    let mut both = hubspot_1();
    both.request.headers.extend(hubspot_3().request.headers);
    both.request.url = hubspot_3().request.url;
    assert!(both.judged().unwrap().covers_body);
    assert_eq!(both.later(300_124), Err(Invalid::TooOld));
    let wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert_eq!(both.clone().header(NAME_3, wrong).judged(), Err(Invalid::Mismatch));
    assert!(matches!(both.clone().header(NAME_3, "").judged(), Err(Invalid::HeaderMalformed(NAME_3, _))));
    assert_eq!(both.clone().also(NAME_3, wrong).judged(), Err(Invalid::HeaderRepeated(NAME_3)));
    assert_eq!(both.without(TIME).judged(), Err(Invalid::HeaderMissing(TIME)));
}

#[test]
fn time_is_judged_to_the_millisecond_both_ways() {
    assert!(hubspot_3().later(300_123).is_ok());
    assert_eq!(hubspot_3().later(300_124), Err(Invalid::TooOld));
    assert!(hubspot_3().later(-299_877).is_ok());
    assert_eq!(hubspot_3().later(-299_878), Err(Invalid::TooNew));
    for older in [hubspot_2(), hubspot_1()] {
        assert!(older.later(i64::from(u32::MAX)).is_ok());
    }
}

#[test]
fn a_time_has_thirteen_digits() {
    for time in [
        "",
        "1700000000",
        "01700000000123",
        "0700000000123",
        "+170000000012",
        "170000000012.",
        " 1700000000123",
        "17000000001234",
        "-170000000012",
    ] {
        let judged = hubspot_3().header(TIME, time).judged();
        assert!(matches!(judged, Err(Invalid::HeaderMalformed(TIME, _))), "{time:?}");
    }
    // A digit of the time moved to the end of the body leaves the message as it was.
    let body = [crate::support::BODY, b"1"].concat();
    assert!(hubspot_3().body(&body).header(TIME, "700000000123").judged().is_err());
}

#[test]
fn signatures_and_versions_have_one_spelling() {
    let (_, signature) = hubspot_3().request.headers[0].clone();
    for other in [
        signature.replace('=', ""),
        format!("{signature}="),
        format!("{signature} "),
        signature.replace('+', "-"),
        signature.replace("o=", "p="),
    ] {
        let judged = hubspot_3().header(NAME_3, &other).judged();
        assert!(matches!(judged, Err(Invalid::HeaderMalformed(NAME_3, _))), "{other}");
    }
    let (_, signature) = hubspot_1().request.headers[0].clone();
    for other in [
        signature.to_uppercase(),
        signature[1..].to_owned(),
        format!("{signature}0"),
        format!(" {signature}"),
        String::new(),
    ] {
        let judged = hubspot_1().header(NAME, &other).judged();
        assert!(matches!(judged, Err(Invalid::HeaderMalformed(NAME, _))), "{other}");
    }
    for other in ["", "v3", "v0", "V1", "1", "v1 ", "v1,v2"] {
        let judged = hubspot_1().header(VERSION, other).judged();
        assert!(matches!(judged, Err(Invalid::HeaderMalformed(VERSION, _))), "{other}");
    }
    assert_eq!(hubspot_1().header(VERSION, "v2").judged(), Err(Invalid::Mismatch));
    assert_eq!(hubspot_1().without(VERSION).judged(), Err(Invalid::HeaderMissing(VERSION)));
    assert_eq!(hubspot_1().without(NAME).judged(), Err(Invalid::HeaderMissing(NAME)));
}

#[test]
fn of_two_client_secrets_either_is_good_and_named() {
    for case in [hubspot_3(), hubspot_2(), hubspot_1()] {
        assert_eq!(case.secrets(&["other", "client-secret"]).judged().unwrap().secret, Some(1));
    }
}
