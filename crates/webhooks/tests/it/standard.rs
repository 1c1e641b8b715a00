//! Standard Webhooks and Svix.

use webhooks::{Invalid, Scheme};

use crate::support::{STANDARD, STANDARD_SECRET, standard, svix};

const ID: &str = "webhook-id";
const TIME: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
const OTHER: &str = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn judged(value: &str) -> Result<Option<usize>, Invalid> {
    standard().header(SIGNATURE, value).judged().map(|valid| valid.secret)
}

#[test]
fn a_known_signature_is_good_under_the_names_of_each() {
    for case in [standard(), svix()] {
        let valid = case.judged().unwrap();
        assert_eq!((valid.secret, valid.covers_body), (Some(0), true));
    }
    let mut unbranded = standard();
    unbranded.scheme = Scheme::Svix;
    assert!(unbranded.judged().is_ok(), "Svix sends the names of the standard, too");
    let mut branded = svix();
    branded.scheme = Scheme::Standard;
    assert_eq!(branded.judged(), Err(Invalid::HeaderMissing(ID)));
}

#[test]
fn parts_of_both_sets_of_names_are_no_set() {
    let mut mixed = standard().also("svix-id", "msg_1");
    mixed.scheme = Scheme::Svix;
    assert_eq!(mixed.judged(), Err(Invalid::HeaderMissing("svix-timestamp")));
}

#[test]
fn of_two_secrets_either_is_good_and_named() {
    let both = standard().secrets(&["whsec_AAAA", STANDARD_SECRET]);
    assert_eq!(both.judged().unwrap().secret, Some(1));
    assert_eq!(judged(&format!("{OTHER} {STANDARD}")), Ok(Some(0)));
    assert_eq!(judged(&format!("{STANDARD} {OTHER}")), Ok(Some(0)));
    assert_eq!(judged(OTHER), Err(Invalid::Mismatch));
}

#[test]
fn other_versions_are_passed_over_and_never_enough() {
    let encoded = STANDARD.trim_start_matches("v1,");
    assert_eq!(judged(&format!("v1a,hnO3f9T8 {STANDARD} v2,x")), Ok(Some(0)));
    for other in
        [format!("v1a,{encoded}"), format!("v2,{encoded}"), format!("V1,{encoded}"), format!("v11,{encoded}")]
    {
        assert_eq!(judged(&other), Err(Invalid::NoSignature(SIGNATURE, "v1")), "{other}");
    }
}

#[test]
fn a_value_that_is_no_signature_fits_nothing() {
    let encoded = STANDARD.trim_start_matches("v1,");
    let unused_bits = encoded.replace("s=", "t=");
    for value in [
        "potato",
        encoded.trim_end_matches('='),
        &unused_bits,
        &format!("{encoded}="),
        &encoded[4..],
        &format!("AAAA{encoded}"),
        &encoded.replace('+', "-"),
        &format!("{encoded},{encoded}"),
    ] {
        assert_eq!(judged(&format!("v1,{value}")), Err(Invalid::Mismatch), "{value}");
        assert_eq!(judged(&format!("v1,{value} {STANDARD}")), Ok(Some(0)), "{value}");
    }
}

#[test]
fn the_list_is_whole_and_in_its_form() {
    let encoded = STANDARD.trim_start_matches("v1,");
    for value in [
        "",
        " ",
        "v1",
        "v1,",
        encoded,
        &format!(",{encoded}"),
        &format!("{STANDARD} "),
        &format!(" {STANDARD}"),
        &format!("{STANDARD}  {OTHER}"),
        &format!("{STANDARD} v1"),
        &format!("{STANDARD}\t{OTHER}"),
        &format!("{STANDARD}\n"),
    ] {
        assert!(matches!(judged(value), Err(Invalid::HeaderMalformed(SIGNATURE, _))), "{value:?}");
    }
}

#[test]
fn an_id_has_no_full_stop_and_a_time_one_spelling() {
    for id in ["", "msg.1", "msg 1", " msg_1", "msg_1\n", "méssage", &"m".repeat(257)] {
        let judged = standard().header(ID, id).judged();
        assert!(matches!(judged, Err(Invalid::HeaderMalformed(ID, _))), "{id:?}");
    }
    for time in [
        "",
        "01700000000",
        "+1700000000",
        "-1",
        "1700000000.0",
        " 1700000000",
        "1700000000 ",
        "1700000000000",
        "NaN",
    ] {
        let judged = standard().header(TIME, time).judged();
        assert!(matches!(judged, Err(Invalid::HeaderMalformed(TIME, _))), "{time:?}");
    }
}

#[test]
fn a_part_cannot_be_moved_into_its_neighbour() {
    // The message is msg_1.1700000000.BODY in each of these, too.
    let moved = standard().header(ID, "msg_1.1700000000").header(TIME, "1");
    assert!(moved.judged().is_err());
    let body = [b"1700000000.", crate::support::BODY].concat();
    assert!(standard().header(TIME, "").body(&body).judged().is_err());
}

#[test]
fn a_secret_is_base64_with_or_without_its_prefix() {
    let bare = STANDARD_SECRET.trim_start_matches("whsec_");
    assert!(standard().secrets(&[bare]).judged().is_ok());
    for blank in ["", " ", "\n", "whsec_"] {
        assert_eq!(standard().secrets(&[blank]).judged(), Err(Invalid::BlankKey), "{blank:?}");
    }
    let malformed = Err(Invalid::MalformedKey("base64 after whsec_"));
    for secret in [
        "whsec_AAE",
        "whsec_AAF=",
        "whsec_AAE= ",
        &format!("{STANDARD_SECRET}\n"),
        &format!("{STANDARD_SECRET}="),
        &format!(" {STANDARD_SECRET}"),
        &format!("whsec_{STANDARD_SECRET}"),
        &format!("v1,{STANDARD_SECRET}"),
        "WHSEC_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        "whpk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        "whsec_-_ECAwQFBgcICQoLDA0ODxAREhMUFRYX",
    ] {
        assert_eq!(standard().secrets(&[secret]).judged(), malformed, "{secret:?}");
    }
}

#[test]
fn w47_time_is_judged_both_ways() {
    for case in [standard(), svix()] {
        assert!(case.later(300_000).is_ok() && case.later(-300_000).is_ok());
        assert_eq!(case.later(301_000), Err(Invalid::TooOld));
        assert_eq!(case.later(-300_001), Err(Invalid::TooNew));
    }
}
