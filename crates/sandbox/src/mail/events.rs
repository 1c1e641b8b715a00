//! What becomes of a mail that was taken, told by signed deliveries as SendGrid makes them.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use openssl::hash::MessageDigest;
use openssl::sign::Signer;
use serde_json::{Map, Value, json};

use super::schedule::{self, Status};
use super::{PastEvent, Shared, TakenMail, suppressions};
use crate::random::Random;
use crate::shared::locked;
use crate::webhook;

/// Tries to deliver an array that was not taken. SendGrid goes on for a day; here it is short enough to watch.
const TRIES: u32 = 5;
/// How often it is looked whether mail that waits was canceled.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// One thing that becomes of a mail, after so many paces.
struct Happening {
    after_paces: u32,
    event: &'static str,
    reason: Option<&'static str>,
}

fn happening(after_paces: u32, event: &'static str, reason: Option<&'static str>) -> Happening {
    Happening { after_paces, event, reason }
}

/// What becomes of a mail: by its address where that says so, else by the seed and its place.
fn fate(seed: u64, place: usize, mail: &TakenMail) -> Vec<Happening> {
    const GONE: Option<&str> = Some("550 5.1.1 The email account that you tried to reach does not exist.");
    const LATER: Option<&str> =
        Some("450 4.2.1 The user you are trying to contact is receiving mail too quickly.");
    let mut random = Random::of_row(seed, 90, u32::try_from(place).unwrap_or(u32::MAX));
    let name = mail.to.to_ascii_lowercase();
    let chance = random.below(100);
    if mail.dropped.is_some() {
        return vec![happening(1, "dropped", mail.dropped)];
    }
    let mut all = vec![happening(1, "processed", None)];
    if name.starts_with("drop") || (chance == 0 && !name.starts_with("bounce")) {
        return vec![happening(1, "dropped", Some("Bounced Address"))];
    }
    if name.starts_with("bounce") || chance < 4 {
        all.push(happening(2, "bounce", GONE));
        return all;
    }
    let defers = name.starts_with("defer") || chance < 8;
    if defers {
        all.push(happening(2, "deferred", LATER));
    }
    all.push(happening(if defers { 6 } else { 2 }, "delivered", Some("250 OK")));
    if name.starts_with("spam") {
        all.push(happening(8, "spamreport", None));
    } else if mail.tracked && random.chance(600_000) {
        all.push(happening(8, "open", None));
        if random.chance(200_000) {
            all.push(happening(9, "click", None));
        }
    }
    all
}

/// Lets happen what becomes of a mail, each in its time.
pub(super) fn begin(shared: &Arc<Shared>, place: usize, mail: TakenMail) {
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        if !waited_for(&shared, &mail).await {
            return;
        }
        let mut passed = 0;
        for (number, one) in fate(shared.seed, place, &mail).into_iter().enumerate() {
            let wait = shared.pace * one.after_paces.saturating_sub(passed);
            passed = one.after_paces;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = shared.stop.cancelled() => return,
            }
            suppressions::note_event(&shared, &mail.to, one.event, one.reason, now_seconds());
            let at = i64::try_from(now_seconds()).unwrap_or(i64::MAX);
            let told = PastEvent { event: one.event, at, reason: one.reason };
            locked(&shared.happened).entry(place).or_default().push(told);
            let body = Value::Array(vec![event(&mail, (place, number), &one)]).to_string();
            deliver(&shared, body.as_bytes()).await;
        }
    });
}

/// Waits for the time of a mail; false where it is not sent after all.
async fn waited_for(shared: &Shared, mail: &TakenMail) -> bool {
    let Some(send_at) = mail.send_at else { return true };
    loop {
        let status = mail.batch_id.as_deref().map_or(Status::Go, |id| schedule::status(shared, id));
        let left = Duration::from_secs(send_at.saturating_sub(now_seconds()));
        match status {
            Status::Cancel => return false,
            Status::Go if left.is_zero() => return true,
            // What is paused is looked at again now and then; so is what may still be canceled.
            Status::Go | Status::Pause => tokio::select! {
                () = tokio::time::sleep(left.clamp(shared.pace, LOOK_AGAIN)) => {}
                () = shared.stop.cancelled() => return false,
            },
        }
    }
}

fn event(mail: &TakenMail, (place, number): (usize, usize), one: &Happening) -> Value {
    let mut fields = Map::new();
    for (name, value) in &mail.arguments {
        fields.insert(name.clone(), json!(value));
    }
    fields.insert("email".to_owned(), json!(mail.to));
    fields.insert("timestamp".to_owned(), json!(now_seconds()));
    fields.insert("event".to_owned(), json!(one.event));
    fields.insert("sg_event_id".to_owned(), json!(format!("{}-{place}-{number}", mail.message_id)));
    fields.insert("sg_message_id".to_owned(), json!(format!("{}.filter0001.1.{place}", mail.message_id)));
    if let Some(reason) = one.reason {
        let name = if one.event == "delivered" { "response" } else { "reason" };
        fields.insert(name.to_owned(), json!(reason));
    }
    Value::Object(fields)
}

pub(super) fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Delivers an array, again and again until it is taken.
async fn deliver(shared: &Shared, body: &[u8]) {
    for attempt in 1..=TRIES {
        let Some(url) = locked(&shared.events_to).clone() else { return };
        let Some(headers) = signed(shared, body) else { return };
        let status = match webhook::loopback(&url) {
            Some(address) => webhook::post(address, &url, "SendGrid Event API", &headers, body).await.ok(),
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

/// The two headers that prove where an array comes from: ECDSA over the time and the body behind it.
fn signed(shared: &Shared, body: &[u8]) -> Option<String> {
    let time = now_seconds().to_string();
    let mut signer = Signer::new(MessageDigest::sha256(), &shared.signing).ok()?;
    signer.update(time.as_bytes()).ok()?;
    signer.update(body).ok()?;
    let signature = base64::engine::general_purpose::STANDARD.encode(signer.sign_to_vec().ok()?);
    Some(format!(
        "X-Twilio-Email-Event-Webhook-Signature: {signature}\r\nX-Twilio-Email-Event-Webhook-Timestamp: {time}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(seed: u64, place: usize, to: &str) -> Vec<&'static str> {
        let mail = TakenMail {
            message_id: "sg1".to_owned(),
            to: to.to_owned(),
            subject: None,
            only_checked: false,
            arguments: Vec::new(),
            tracked: true,
            dropped: None,
            headers: Vec::new(),
            send_at: None,
            batch_id: None,
        };
        fate(seed, place, &mail).into_iter().map(|one| one.event).collect()
    }

    #[test]
    fn what_becomes_of_a_mail_follows_from_the_seed_or_its_address() {
        let of_seed = |seed| (0..200).map(|place| words(seed, place, "ada@example.com")).collect::<Vec<_>>();
        assert_eq!(of_seed(7), of_seed(7));
        assert_ne!(of_seed(7), of_seed(8));
        let delivered = of_seed(7).iter().filter(|all| all.contains(&"delivered")).count();
        assert!((170..200).contains(&delivered), "{delivered}");
        for place in 0..50 {
            assert_eq!(words(1, place, "bounce@example.com"), ["processed", "bounce"]);
            assert_eq!(words(1, place, "drop.it@example.com"), ["dropped"]);
        }
    }
}
