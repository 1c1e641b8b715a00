//! Signatures of our own.

use domain::{Secret, Timestamp};
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use webhooks::{Invalid, Scheme, Unsignable, sign};

use crate::support::{BODY, Case, SIGNED, STANDARD, STANDARD_SECRET, STRIPE};

fn secrets(secrets: &[&str]) -> Vec<Secret> {
    secrets.iter().map(|secret| Secret::new(*secret)).collect()
}

fn signed(scheme: Scheme, with: &[&str]) -> Vec<(&'static str, String)> {
    sign(scheme, "msg_1", Timestamp::from_seconds(SIGNED), BODY, &secrets(with)).unwrap()
}

#[test]
fn what_is_signed_is_what_another_program_signs() {
    assert_eq!(signed(Scheme::Stripe, &["whsec_test_1"]), [("Stripe-Signature", STRIPE.to_owned())]);
    let named = |names: [&'static str; 3]| {
        let values = ["msg_1", "1700000000", STANDARD].map(str::to_owned);
        names.into_iter().zip(values).collect::<Vec<_>>()
    };
    let standard = named(["webhook-id", "webhook-timestamp", "webhook-signature"]);
    assert_eq!(signed(Scheme::Standard, &[STANDARD_SECRET]), standard);
    assert_eq!(
        signed(Scheme::Svix, &[STANDARD_SECRET]),
        named(["svix-id", "svix-timestamp", "svix-signature"])
    );
}

#[test]
fn what_cannot_be_signed_is_said() {
    let tried = |scheme, id: &str, seconds, with: &[&str]| {
        sign(scheme, id, Timestamp::from_seconds(seconds), BODY, &secrets(with)).map(|_| ())
    };
    for scheme in [Scheme::SendGrid, Scheme::Twilio, Scheme::PayPal, Scheme::HubSpot] {
        assert_eq!(tried(scheme, "msg_1", 1, &["AAAA"]), Err(Unsignable::Scheme(scheme)));
    }
    for scheme in [Scheme::Stripe, Scheme::Standard, Scheme::Svix] {
        assert_eq!(tried(scheme, "msg_1", 1, &[]), Err(Unsignable::Key(Invalid::NoKey)));
        assert_eq!(tried(scheme, "msg_1", 1, &["AAAA", " "]), Err(Unsignable::Key(Invalid::BlankKey)));
        assert_eq!(tried(scheme, "msg_1", -1, &["AAAA"]), Err(Unsignable::Time));
    }
    for scheme in [Scheme::Standard, Scheme::Svix] {
        assert!(matches!(
            tried(scheme, "msg_1", 1, &["whsec_A"]),
            Err(Unsignable::Key(Invalid::MalformedKey(_)))
        ));
        for id in ["", "a.b", "a b", "a\r\nb", "é"] {
            assert_eq!(tried(scheme, id, 1, &["AAAA"]), Err(Unsignable::Id), "{id:?}");
        }
    }
}

proptest! {
    #[test]
    fn what_is_signed_is_believed_for_each_secret_of_a_roll(
        which in 0..3_usize,
        id in "[!--/-~]{1,256}",
        at_ms in 0..253_402_300_799_000_i64,
        body in prop::collection::vec(any::<u8>(), 0..300),
        keys in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..64), 1..4),
        change in any::<prop::sample::Index>(),
    ) {
        let scheme = [Scheme::Stripe, Scheme::Standard, Scheme::Svix][which];
        let texts: Vec<String> = keys.iter().map(|key| encoded(key)).collect();
        let with: Vec<&str> = texts.iter().map(String::as_str).collect();
        let headers = sign(scheme, &id, Timestamp::from_ms(at_ms), &body, &secrets(&with)).unwrap();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut case = Case::new("ours", scheme, &headers).body(&body);
        case.at_ms = at_ms;
        for secret in &with {
            let valid = case.clone().secrets(&[secret]).judged();
            prop_assert_eq!(valid.map(|valid| (valid.secret, valid.covers_body)), Ok((Some(0), true)));
        }
        if !body.is_empty() {
            let mut changed = case.secrets(&with);
            let place = change.index(body.len());
            changed.request.body[place] = changed.request.body[place].wrapping_add(1);
            prop_assert!(changed.judged().is_err());
        }
    }
}

fn encoded(key: &[u8]) -> String {
    use base64::Engine as _;
    format!("whsec_{}", base64::prelude::BASE64_STANDARD.encode(key))
}
