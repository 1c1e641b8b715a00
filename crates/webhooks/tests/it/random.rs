//! Any bytes at all: nothing panics, and nothing is believed.

use domain::Secret;
use proptest::prelude::{Strategy, any, prop, prop_assert, prop_oneof, proptest};
use webhooks::{RecordedRequest, Scheme, certificate_url};

use crate::support::{Case, all};

/// Text like that of headers: of their own characters, or of any.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[tv01a=,. ]{0,40}",
        "(t|v1|v0|v1a)[=,][0-9a-zA-Z+/=]{0,70}([ ,](v1|t)[=,][0-9a-f]{0,64}){0,4}",
        "[0-9+-]{0,20}",
        "[A-Za-z0-9+/=]{0,90}",
        "https?://[a-z.@:\\[\\]%0-9]{0,30}[/?#&=%a-zA-Z0-9+']{0,60}",
        prop::collection::vec(any::<char>(), 0..60).prop_map(|characters| characters.into_iter().collect()),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "([A-Za-z]{0,3}=?[%+0-9A-Fa-f]{0,8}&?){0,6}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn headers_of_any_text_are_refused_without_a_panic(
        which in 0..10_usize,
        place in any::<prop::sample::Index>(),
        value in text(),
    ) {
        let case = &all_once()[which];
        let headers = &case.request.headers;
        let (name, held) = &headers[place.index(headers.len())];
        if !["Content-Type", "PAYPAL-CERT-URL"].contains(&name.as_str()) && *held != value {
            prop_assert!(case.clone().header(name, &value).judged().is_err());
        }
    }

    #[test]
    fn keys_addresses_and_bodies_of_any_kind_do_not_panic(
        which in 0..10_usize,
        secrets in prop::collection::vec(text(), 0..3),
        url in text(),
        body in body(),
        method in text(),
        at_ms in any::<i64>(),
        tolerance in prop::option::of(any::<u32>()),
        more in prop::option::of((text(), body())),
    ) {
        let mut case = all_once()[which].clone();
        let good = case.request.clone();
        case.request.url = url;
        case.request.body = body;
        case.request.method = method;
        case.at_ms = at_ms;
        case.tolerance = tolerance.map(|seconds| std::time::Duration::from_secs(seconds.into()));
        if let Some((webhook_id, pem)) = more {
            case.keys.webhook_id = Some(webhook_id);
            case.keys.certificate_pem = Some(pem.clone());
            case.keys.roots_pem = Some(pem);
        }
        let judged = case.judged();
        prop_assert!(judged.is_err() || case.request.body == good.body);
        case.keys.secrets = secrets.into_iter().map(Secret::new).collect();
        prop_assert!(case.judged().is_err() || case.scheme == Scheme::PayPal);
    }

    #[test]
    fn a_request_that_is_read_is_written_as_it_was(
        method in text(),
        url in text(),
        headers in prop::collection::vec((text(), text()), 0..5),
        body in body(),
    ) {
        let request = RecordedRequest { method, url, headers, body };
        let text = request.to_json().unwrap();
        prop_assert!(!text.contains('\n'), "a session has one on each line");
        prop_assert!(RecordedRequest::from_json(text.as_bytes()).unwrap() == request);
    }

    #[test]
    fn any_bytes_are_read_as_a_request_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(RecordedRequest::from_json(&bytes).is_err());
    }

    #[test]
    fn no_address_of_a_certificate_leads_elsewhere(url in "https://[a-z.@:/\\\\%#?-]{0,12}paypal\\.com[a-z.@:/\\\\%#?-]{0,12}") {
        let case = Case::new("address", Scheme::PayPal, &[("PAYPAL-CERT-URL", &url)]);
        if certificate_url(&case.request).is_ok() {
            let host = url.trim_start_matches("https://").split(['/', '?', '#', '\\', '@', ':']).next();
            prop_assert!(host.is_some_and(|host| host.ends_with(".paypal.com")), "{url}");
            prop_assert!(!url.contains(['@', '\\', '?', '#', '%']), "{url}");
        }
    }
}

/// Made once, since some of them take a certificate.
fn all_once() -> &'static [Case] {
    static ALL: std::sync::OnceLock<Vec<Case>> = std::sync::OnceLock::new();
    ALL.get_or_init(all)
}
