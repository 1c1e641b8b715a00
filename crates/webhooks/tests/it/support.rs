//! A good request of each scheme, and what can be done to it.

use std::time::Duration;

use domain::{Secret, Timestamp};
use webhooks::{Invalid, Keys, RecordedRequest, Rules, Scheme, Valid, verify};

use crate::{paypal, sendgrid};

/// When everything here was signed, in seconds.
pub(crate) const SIGNED: i64 = 1_700_000_000;
/// What was signed, with two bytes for one character and a line end that belongs to it.
pub(crate) const BODY: &[u8] = "{\"id\":\"evt_1\",\"name\":\"José\"}\r\n".as_bytes();

/// A request with what it is judged by.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) scheme: Scheme,
    pub(crate) request: RecordedRequest,
    pub(crate) keys: Keys,
    pub(crate) at_ms: i64,
    pub(crate) tolerance: Option<Duration>,
}

impl Case {
    pub(crate) fn new(name: &'static str, scheme: Scheme, headers: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let request = RecordedRequest {
            method: "POST".to_owned(),
            url: "https://hooks.example/hook".to_owned(),
            headers: headers.iter().map(own).collect(),
            body: BODY.to_vec(),
        };
        let tolerance = scheme.default_tolerance();
        Self { name, scheme, request, keys: Keys::default(), at_ms: SIGNED * 1000, tolerance }
    }

    pub(crate) fn judged(&self) -> Result<Valid, Invalid> {
        let rules = Rules { at: Timestamp::from_ms(self.at_ms), tolerance: self.tolerance };
        verify(self.scheme, &self.request, &self.keys, &rules)
    }

    /// So many milliseconds after it was signed.
    pub(crate) fn later(&self, milliseconds: i64) -> Result<Valid, Invalid> {
        let mut later = self.clone();
        later.at_ms += milliseconds;
        later.judged()
    }

    pub(crate) fn secrets(mut self, secrets: &[&str]) -> Self {
        self.keys.secrets = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        self
    }

    pub(crate) fn url(mut self, url: &str) -> Self {
        self.request.url = url.to_owned();
        self
    }

    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.request.body = body.to_vec();
        self
    }

    /// With a header in place of the one of that name.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        self.without(name).also(name, value)
    }

    /// With one header more.
    pub(crate) fn also(mut self, name: &str, value: &str) -> Self {
        self.request.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.request.headers.retain(|(held, _)| !held.eq_ignore_ascii_case(name));
        self
    }
}

pub(crate) const STRIPE: &str =
    "t=1700000000,v1=7c55ba9ffaeff33d20e943118e7649a7eb896dd4b67a27be2197733c05026e0f";
pub(crate) const STANDARD: &str = "v1,09f4+b9G1GxH7Z9msX3lzUNfxw+IePubU+4HimpQn7s=";
pub(crate) const STANDARD_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

pub(crate) fn stripe() -> Case {
    Case::new("stripe", Scheme::Stripe, &[("Stripe-Signature", STRIPE)]).secrets(&["whsec_test_1"])
}

pub(crate) fn standard() -> Case {
    let headers =
        [("webhook-id", "msg_1"), ("webhook-timestamp", "1700000000"), ("webhook-signature", STANDARD)];
    Case::new("standard", Scheme::Standard, &headers).secrets(&[STANDARD_SECRET])
}

pub(crate) fn svix() -> Case {
    let headers = [("svix-id", "msg_1"), ("svix-timestamp", "1700000000"), ("svix-signature", STANDARD)];
    Case::new("svix", Scheme::Svix, &headers).secrets(&[STANDARD_SECRET])
}

pub(crate) fn twilio_form() -> Case {
    let kind = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    Case::new("twilio", Scheme::Twilio, &[("X-Twilio-Signature", "A8BSNrqeXgiIjGRVqGLdD4cSkwc="), kind])
        .secrets(&["0123456789abcdef"])
        .url("https://hooks.example/twilio?account=1")
        .body(b"From=%2B15017122661&Digits=5678&Body=a+b%2Bc%26d%3D%C3%A9&Digits=1234&Digits=5678&A=")
}

pub(crate) fn twilio_json() -> Case {
    let kind = ("Content-Type", "application/json");
    let hash = "f175011291c01ae17b0e068c8f898ddcaf8e07f92ba7e4c35afc7a0229d40055";
    Case::new(
        "twilio with a hash",
        Scheme::Twilio,
        &[("X-Twilio-Signature", "pXPu0oG3M+0nx5LOaztk5HSlPL4="), kind],
    )
    .secrets(&["0123456789abcdef"])
    .url(&format!("https://hooks.example/json?bodySHA256={hash}"))
}

pub(crate) fn hubspot_3() -> Case {
    let signature = ("X-HubSpot-Signature-v3", "+CII8B2Mudu6TMwogN0hjaTGOQhQT5spRI8SJWJKZFo=");
    let headers = [signature, ("X-HubSpot-Request-Timestamp", "1700000000123")];
    Case::new("hubspot v3", Scheme::HubSpot, &headers)
        .secrets(&["client-secret"])
        .url("https://hooks.example/h?x=a%40b")
}

pub(crate) fn hubspot_2() -> Case {
    let signature = "98182dedcb7faad32d5d8986bbf0e227b18557960674bdc53c4819fe97511992";
    let headers = [("X-HubSpot-Signature", signature), ("X-HubSpot-Signature-Version", "v2")];
    Case::new("hubspot v2", Scheme::HubSpot, &headers)
        .secrets(&["client-secret"])
        .url("https://hooks.example/h?x=a%40b")
}

pub(crate) fn hubspot_1() -> Case {
    let signature = "15a2cd577b516a7c243ea2716979703b9ed84d4fbc659f72484256c352a19a91";
    let headers = [("X-HubSpot-Signature", signature), ("X-HubSpot-Signature-Version", "v1")];
    Case::new("hubspot v1", Scheme::HubSpot, &headers).secrets(&["client-secret"])
}

/// A good one of every scheme and version. The signatures of the schemes with secrets were made by another program.
pub(crate) fn all() -> Vec<Case> {
    vec![
        stripe(),
        standard(),
        svix(),
        sendgrid::good(),
        twilio_form(),
        twilio_json(),
        paypal::good(),
        hubspot_3(),
        hubspot_2(),
        hubspot_1(),
    ]
}
