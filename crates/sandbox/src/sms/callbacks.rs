//! What becomes of a message that was taken, told by signed status callbacks as Twilio makes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Kept, Shared, now_seconds};
use crate::random::Random;
use crate::shared::locked;
use crate::webhook;

/// Tries to tell a state that was not taken. Twilio tries once unless the address asks for more; here it is enough to watch a receiver come back.
const TRIES: u32 = 5;
/// What stands for itself in a form.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*');

/// One state that a message reaches, after so many paces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reached {
    after_paces: u32,
    status: &'static str,
    error_code: Option<u32>,
}

fn reached(after_paces: u32, status: &'static str) -> Reached {
    Reached { after_paces, status, error_code: None }
}

/// What becomes of a message: by its number where that says so, else by the seed and its place.
fn fate(seed: u64, place: usize, to: &str) -> Vec<Reached> {
    let failed = |code| Reached { error_code: Some(code), ..reached(3, "undelivered") };
    let last = to.len().checked_sub(5).and_then(|at| to.get(at..)).unwrap_or_default();
    let mut all = vec![reached(1, "sending"), reached(2, "sent")];
    let code = last.parse::<u32>().ok().filter(|code| (30_003..=30_008).contains(code));
    let mut random = Random::of_row(seed, 92, u32::try_from(place).unwrap_or(u32::MAX));
    let is_named = code.is_some() || to.ends_with("7777") || to.ends_with("8888");
    match code {
        Some(code) => all.push(failed(code)),
        None if !is_named && random.below(100) < 3 => all.push(failed(30_003)),
        None if to.ends_with("8888") => {
            // Told in the wrong order, as may happen on the way.
            all = vec![reached(1, "delivered"), reached(2, "sent"), reached(3, "sending")];
        }
        None => {
            all.push(reached(3, "delivered"));
            if to.ends_with("7777") {
                all.push(reached(4, "read"));
            }
        }
    }
    all
}

/// Lets happen what becomes of a message, each in its time.
pub(super) fn begin(shared: &Arc<Shared>, place: usize, kept: Kept) {
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let mut passed = 0;
        let mut ended = false;
        for one in fate(shared.seed, place, &kept.taken.to) {
            let wait = shared.pace * one.after_paces.saturating_sub(passed);
            passed = one.after_paces;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = shared.stop.cancelled() => return,
            }
            if !ended && let Some(here) = locked(&shared.messages).get_mut(place) {
                here.status = one.status;
                here.error_code = one.error_code;
                here.updated = now_seconds();
            }
            // What is only told late is true already.
            ended |= matches!(one.status, "delivered" | "undelivered") && !kept.taken.to.ends_with("7777");
            if let Some(url) = &kept.taken.callback {
                tell(&shared, url, &kept, one).await;
            }
        }
    });
}

/// Tells one state, again until it is taken.
async fn tell(shared: &Shared, url: &str, kept: &Kept, one: Reached) {
    let code = one.error_code.map(|code| code.to_string());
    let mut fields = BTreeMap::from([
        ("AccountSid", shared.account.sid.as_str()),
        ("ApiVersion", "2010-04-01"),
        ("From", kept.taken.from.as_str()),
        ("MessageSid", kept.taken.sid.as_str()),
        ("MessageStatus", one.status),
        ("SmsSid", kept.taken.sid.as_str()),
        ("SmsStatus", one.status),
        ("To", kept.taken.to.as_str()),
    ]);
    if let Some(code) = &code {
        fields.insert("ErrorCode", code);
    }
    let Some(signature) = signature(&shared.account.secret, url, &fields) else { return };
    let pair = |(name, value): (&&str, &&str)| format!("{name}={}", utf8_percent_encode(value, VALUE));
    let body = fields.iter().map(pair).collect::<Vec<_>>().join("&");
    let headers = format!(
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nX-Twilio-Signature: {signature}"
    );
    for attempt in 1..=TRIES {
        let status = match webhook::loopback(url) {
            Some(address) => {
                webhook::post_as(address, url, "TwilioProxy/1.1", &headers, body.as_bytes()).await.ok()
            }
            None => None,
        };
        locked(&shared.delivered).extend(status);
        if status.is_some_and(|status| (200..300).contains(&status)) {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(shared.pace * attempt) => {}
            () = shared.stop.cancelled() => return,
        }
    }
}

/// The base64 of an HMAC by SHA-1 over the address and, behind it, each field's name and value by the names' order.
fn signature(token: &str, url: &str, fields: &BTreeMap<&str, &str>) -> Option<String> {
    let key = PKey::hmac(token.as_bytes()).ok()?;
    let mut signer = Signer::new(MessageDigest::sha1(), &key).ok()?;
    signer.update(url.as_bytes()).ok()?;
    for (name, value) in fields {
        signer.update(name.as_bytes()).ok()?;
        signer.update(value.as_bytes()).ok()?;
    }
    Some(base64::engine::general_purpose::STANDARD.encode(signer.sign_to_vec().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(seed: u64, place: usize, to: &str) -> Vec<(&'static str, Option<u32>)> {
        fate(seed, place, to).into_iter().map(|one| (one.status, one.error_code)).collect()
    }

    #[test]
    fn what_becomes_of_a_message_follows_from_the_seed_or_its_number() {
        let of_seed = |seed| (0..300).map(|place| words(seed, place, "+4915112345678")).collect::<Vec<_>>();
        assert_eq!(of_seed(7), of_seed(7));
        assert_ne!(of_seed(7), of_seed(8));
        let delivered = of_seed(7).iter().filter(|all| all.contains(&("delivered", None))).count();
        assert!((270..300).contains(&delivered), "{delivered}");
        for place in 0..50 {
            assert_eq!(words(1, place, "+4915112330006").last(), Some(&("undelivered", Some(30_006))));
            assert_eq!(words(1, place, "+4915112347777").last(), Some(&("read", None)));
            assert_eq!(words(1, place, "+4915112348888")[0], ("delivered", None));
        }
    }

    #[test]
    fn a_signature_is_that_of_a_known_vector() {
        // Made once with Python's hmac module.
        let fields =
            BTreeMap::from([("To", "+18005551212"), ("Digits", "1234"), ("CallSid", "CA1234567890ABCDE")]);
        let signature = signature("12345", "https://example.com/myapp.php?foo=1&bar=2", &fields);
        assert_eq!(signature.as_deref(), Some("umTCKexl988++kfx9Pu+y8CiGlY="));
    }
}
