//! Stripe.

use webhooks::Invalid;

use crate::support::{SIGNED, STRIPE, stripe};

const NAME: &str = "Stripe-Signature";
const BY_1: &str = "v1=7c55ba9ffaeff33d20e943118e7649a7eb896dd4b67a27be2197733c05026e0f";
const BY_2: &str = "v1=52dd76133f839c3d8e8d526461ddd5541d0e491e12ceb4e74cad65c2e01f562a";

fn judged(value: &str) -> Result<Option<usize>, Invalid> {
    stripe().header(NAME, value).judged().map(|valid| valid.secret)
}

#[test]
fn a_known_signature_is_good() {
    let valid = stripe().judged().unwrap();
    assert_eq!((valid.secret, valid.covers_body), (Some(0), true));
    assert_eq!(valid.signed_at.unwrap().as_seconds(), SIGNED);
}

#[test]
fn w54_of_two_secrets_either_is_good_and_named() {
    let both = stripe().secrets(&["whsec_test_0", "whsec_test_1"]);
    assert_eq!(both.judged().unwrap().secret, Some(1));
    assert_eq!(judged(&format!("t=1700000000,{BY_2},{BY_1}")), Ok(Some(0)));
    assert_eq!(judged(&format!("t=1700000000,{BY_1},{BY_2}")), Ok(Some(0)));
    assert_eq!(judged(&format!("t=1700000000,{BY_2}")), Err(Invalid::Mismatch));
}

#[test]
fn other_schemes_are_passed_over_and_never_enough() {
    let hex = BY_1.trim_start_matches("v1=");
    assert_eq!(judged(&format!("{STRIPE},v0={hex}")), Ok(Some(0)));
    assert_eq!(judged(&format!("v2=x,{STRIPE}")), Ok(Some(0)));
    for other in
        [format!("t=1700000000,v0={hex}"), format!("t=1700000000,V1={hex}"), "t=1700000000".to_owned()]
    {
        assert_eq!(judged(&other), Err(Invalid::NoSignature(NAME, "v1")), "{other}");
    }
}

#[test]
fn a_value_that_is_no_signature_fits_nothing() {
    let hex = BY_1.trim_start_matches("v1=");
    for value in
        ["potato".to_owned(), hex.to_uppercase(), hex[1..].to_owned(), format!("{hex}00"), format!("0x{hex}")]
    {
        assert_eq!(judged(&format!("t=1700000000,v1={value}")), Err(Invalid::Mismatch), "{value}");
        assert_eq!(judged(&format!("t=1700000000,v1={value},{BY_1}")), Ok(Some(0)), "{value}");
    }
}

#[test]
fn the_list_is_whole_and_in_its_form() {
    for value in [
        "",
        ",",
        "t",
        BY_1,
        &format!("{STRIPE},"),
        &format!(",{STRIPE}"),
        &format!("{STRIPE},x"),
        &format!("{STRIPE},x="),
        &format!("{STRIPE},=x"),
        &format!("{STRIPE} "),
        &format!(" {STRIPE}"),
        &format!("{STRIPE}\n"),
        &format!("{STRIPE}\0"),
        &format!("{STRIPE},é=1"),
        &format!("t=1700000000, {BY_1}"),
        &format!("t=1700000000;{BY_1}"),
        &format!("t=1700000000,t=1700000000,{BY_1}"),
        &format!("{STRIPE},t=1700000001"),
        &format!("t=,{BY_1}"),
        &format!("{STRIPE},{}", "x=1,".repeat(2000)),
    ] {
        assert!(matches!(judged(value), Err(Invalid::HeaderMalformed(NAME, _))), "{value}");
    }
}

#[test]
fn a_time_has_one_spelling() {
    let other = [
        "01700000000",
        "+1700000000",
        "-1700000000",
        "1700000000.0",
        "1.7e9",
        "1700000000abc",
        "0x6553f100",
        "١٧",
        "9223372036854775808",
        "1700000000000",
    ];
    for time in other {
        let judged = judged(&format!("t={time},{BY_1}"));
        assert!(matches!(judged, Err(Invalid::HeaderMalformed(NAME, _))), "{time}");
    }
}

#[test]
fn w47_w48_a_replay_is_good_for_300_seconds_both_ways() {
    assert!(stripe().later(299_000).is_ok());
    assert!(stripe().later(300_999).is_ok());
    assert_eq!(stripe().later(301_000), Err(Invalid::TooOld));
    assert_eq!(stripe().later(40 * 86_400_000), Err(Invalid::TooOld));
    assert!(stripe().later(-300_000).is_ok());
    assert_eq!(stripe().later(-300_001), Err(Invalid::TooNew));
    let mut off = stripe();
    off.tolerance = None;
    assert!(off.later(40 * 86_400_000).is_ok());
    assert_eq!(
        stripe().secrets(&["other"]).later(301_000),
        Err(Invalid::Mismatch),
        "the signature comes first"
    );
}
