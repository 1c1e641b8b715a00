//! What SendGrid delivers: lists of a hundred events in one request, signed with a private key.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use serde_json::{Value, json};

/// Events of one request.
pub(crate) const EVENTS: u64 = 100;

/// A body, and the headers that sign it.
pub(crate) type Signed = (String, Vec<(&'static str, String)>);

/// Reads a private key: base64 of its PKCS #8.
pub(crate) fn key(text: &str) -> Result<PKey<Private>, String> {
    let der = BASE64_STANDARD.decode(text).map_err(|error| error.to_string())?;
    PKey::private_key_from_pkcs8(&der).map_err(|error| error.to_string())
}

/// The list of one request, as long as those of the vendor are, and the headers that sign it.
pub(crate) fn signed(key: &PKey<Private>, number: u64, seconds: i64) -> Result<Signed, String> {
    let body =
        Value::Array((0..EVENTS).map(|place| event(number * EVENTS + place, seconds)).collect()).to_string();
    let time = seconds.to_string();
    let made = Signer::new(MessageDigest::sha256(), key)
        .and_then(|mut signer| signer.sign_oneshot_to_vec(&[time.as_bytes(), body.as_bytes()].concat()));
    let signature = BASE64_STANDARD.encode(made.map_err(|error| error.to_string())?);
    let headers = vec![
        ("X-Twilio-Email-Event-Webhook-Signature", signature),
        ("X-Twilio-Email-Event-Webhook-Timestamp", time),
    ];
    Ok((body, headers))
}

fn event(number: u64, seconds: i64) -> Value {
    let kinds = ["processed", "delivered", "open", "click"];
    let kind = kinds[usize::try_from(number % 4).unwrap_or_default()];
    json!({
        "email": format!("payer{}@example.com", number / 4), "timestamp": seconds,
        "smtp-id": format!("<{number:016x}@geopod-ismtpd-17>"), "event": kind, "category": ["receipt"],
        "sg_event_id": format!("ZGVsaXZlcmVkLTAtMTIzNDU2Ny1{number:020}"),
        "sg_message_id": format!("{:022x}.recvd-5f54b5d587-8hlwr-1-63A1F2{number:08X}.0", number / 4),
        "response": "250 2.0.0 OK 1700000000 d75a77b69052e-3b9d5a2f4a9si1234567qtv.123 - gsmtp",
        "useragent": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "ip": "203.0.113.7", "order_id": format!("{}", number / 4),
    })
}
