//! Signatures that official SDKs made, where they lie on this machine. They are not part of this repository; without
//! them these tests say that they are skipped.

use std::path::PathBuf;

use serde_json::Value;
use webhooks::{Invalid, Scheme};

use crate::support::Case;

fn published(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs/vectors").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(_) => {
            println!("skipped: ../shared/specs/vectors/{name} is not here");
            None
        }
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}"))
}

fn cases(published: &Value) -> impl Iterator<Item = &Value> {
    let cases = published["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    cases.iter()
}

#[test]
fn stripes_are_good() {
    let Some(published) = published("stripe_webhook.json") else { return };
    for one in cases(&published) {
        let judged = |header: &str| {
            Case::new("published", Scheme::Stripe, &[("Stripe-Signature", text(one, header))])
                .body(text(one, "body").as_bytes())
                .secrets(&[text(one, "secret")])
                .judged()
        };
        for good in ["header", "header_rolled", "header_with_v0"] {
            assert!(judged(good).is_ok(), "{good} in {one}");
        }
        assert_eq!(judged("header_wrong_secret"), Err(Invalid::Mismatch));
    }
}

#[test]
fn twilios_are_good() {
    let Some(published) = published("twilio_signature.json") else { return };
    for one in cases(&published) {
        let case = Case::new("published", Scheme::Twilio, &[("X-Twilio-Signature", text(one, "signature"))])
            .url(text(one, "url"))
            .secrets(&[text(&published, "auth_token")]);
        let case = match one["params"].as_object() {
            Some(fields) => case.body(form(fields).as_bytes()),
            None => case.header("Content-Type", "application/json").body(text(one, "body").as_bytes()),
        };
        assert!(case.judged().is_ok(), "{one}");
    }
}

/// Fields as an encoder writes them that escapes all but letters and digits.
fn form(fields: &serde_json::Map<String, Value>) -> String {
    let encoded = |text: &str| {
        let byte = |byte: u8| {
            if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
        };
        text.bytes().map(byte).collect::<String>()
    };
    let fields =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value.as_str().unwrap())));
    fields.collect::<Vec<_>>().join("&")
}

#[test]
fn sendgrids_are_good() {
    let Some(published) = published("sendgrid_event_webhook.json") else { return };
    for one in cases(&published) {
        let headers = [
            ("X-Twilio-Email-Event-Webhook-Signature", text(one, "signature")),
            ("X-Twilio-Email-Event-Webhook-Timestamp", text(one, "timestamp")),
        ];
        let case = Case::new("published", Scheme::SendGrid, &headers)
            .body(text(one, "body").as_bytes())
            .secrets(&[text(&published, "public_key_spki_base64")]);
        assert!(case.judged().is_ok(), "{one}");
    }
}

#[test]
fn paypals_are_good() {
    let Some(published) = published("paypal_webhook.json") else { return };
    for one in cases(&published) {
        let headers = [
            ("PAYPAL-TRANSMISSION-ID", text(one, "transmission_id")),
            ("PAYPAL-TRANSMISSION-TIME", text(one, "transmission_time")),
            ("PAYPAL-TRANSMISSION-SIG", text(one, "transmission_sig")),
            ("PAYPAL-AUTH-ALGO", text(one, "auth_algo")),
            ("PAYPAL-CERT-URL", "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1"),
        ];
        let mut case = Case::new("published", Scheme::PayPal, &headers).body(text(one, "body").as_bytes());
        case.keys.webhook_id = Some(text(one, "webhook_id").to_owned());
        case.keys.certificate_pem = Some(text(&published, "leaf_pem").into());
        case.keys.roots_pem = Some(text(&published, "root_pem").into());
        case.at_ms = 1_771_444_900_000;
        assert!(case.judged().is_ok(), "{one}");
        case.at_ms = 2_400_000_000_000;
        assert_eq!(case.judged(), Err(Invalid::CertificateExpired));
    }
}
