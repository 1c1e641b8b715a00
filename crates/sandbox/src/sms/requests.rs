//! What each request comes to, without its HTTP.

use chrono::DateTime;
use serde_json::{Value, json};

use super::{Kept, NUMBER, Shared, VOICE_NUMBER, history, now_seconds};
use crate::form::decode;
use crate::shared::locked;

/// Longest text, in characters.
const BODY_MAX: usize = 1_600;
/// Largest page, and the usual one.
const PAGE_MAX: usize = 1_000;
const PAGE_USUAL: usize = 50;
/// What one message on the air costs, in hundred-thousandths of a dollar.
const PRICE: usize = 750;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Account,
    TestCredentials,
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    /// What was taken for somebody, with its place.
    pub(super) taken: Option<(usize, Kept)>,
}

impl Answer {
    fn new(status: u16, body: Value) -> Answer {
        Answer { status, body, taken: None }
    }

    pub(super) fn error(status: u16, code: u32, message: &str) -> Answer {
        let more = format!("https://www.twilio.com/docs/errors/{code}");
        Answer::new(status, json!({ "code": code, "message": message, "more_info": more, "status": status }))
    }
}

/// Carries a request out; the path is what stands behind the account's.
pub(super) fn answer(
    shared: &Shared,
    caller: Caller,
    (method, path): (&str, &str),
    query: &str,
    body: &str,
) -> Answer {
    if caller == Caller::TestCredentials && (method, path) != ("POST", "/Messages.json") {
        return Answer::error(403, 20008, "Resource not accessible with Test Account Credentials");
    }
    match (method, path) {
        ("GET", ".json") => account(shared),
        ("GET", "/IncomingPhoneNumbers.json") => numbers(shared),
        ("GET", "/Messages.json") => list(shared, query),
        ("POST", "/Messages.json") => send(shared, caller, body),
        ("GET", _) => {
            let sid = path.strip_prefix("/Messages/").and_then(|rest| rest.strip_suffix(".json"));
            let messages = locked(&shared.messages);
            match messages.iter().find(|one| Some(one.taken.sid.as_str()) == sid) {
                Some(one) => Answer::new(200, message(shared, one)),
                None => not_found(path),
            }
        }
        _ => not_found(path),
    }
}

fn not_found(path: &str) -> Answer {
    Answer::error(404, 20404, &format!("The requested resource {path} was not found"))
}

fn account(shared: &Shared) -> Answer {
    let sid = &shared.account.sid;
    Answer::new(
        200,
        json!({ "sid": sid, "friendly_name": "The shop", "status": "active", "type": "Full", "owner_account_sid": sid,
            "uri": format!("/2010-04-01/Accounts/{sid}.json") }),
    )
}

fn numbers(shared: &Shared) -> Answer {
    let number = |number: &str, name: &str, sms: bool| {
        json!({ "sid": format!("PN{}", super::hex32(shared.seed, number.len() as u64 + u64::from(sms))),
            "account_sid": shared.account.sid, "phone_number": number, "friendly_name": name,
            "capabilities": { "voice": true, "sms": sms, "mms": sms, "fax": false } })
    };
    let all = [number(VOICE_NUMBER, "Calls only", false), number(NUMBER, "The shop", true)];
    Answer::new(
        200,
        json!({ "incoming_phone_numbers": all, "page": 0, "page_size": 50, "next_page_uri": null }),
    )
}

/// The first field of that name, decoded.
fn field(form: &str, name: &str) -> Option<String> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(one, value)| (decode(one), value))
        .find(|(one, _)| one == name)
        .map(|(_, value)| decode(value))
}

/// Takes a message, or says why not, with the numbers of Twilio's documents.
fn send(shared: &Shared, caller: Caller, form: &str) -> Answer {
    let filled = |name: &str| field(form, name).filter(|value| !value.is_empty());
    let (to, body) = (filled("To").unwrap_or_default(), filled("Body").unwrap_or_default());
    let sender = filled("From").or_else(|| filled("MessagingServiceSid"));
    let callback = filled("StatusCallback");
    let checked = check(caller, &to, sender.as_deref(), &body, callback.as_deref());
    if let Err((code, message)) = checked {
        return Answer::error(400, code, message);
    }
    let from = sender.filter(|sender| sender.starts_with('+')).unwrap_or_else(|| NUMBER.to_owned());
    let mut messages = locked(&shared.messages);
    let place = messages.len();
    let mut kept =
        history::outbound(shared.seed, place, (&to, &from, &body, callback.as_deref()), now_seconds());
    kept.test = caller == Caller::TestCredentials;
    messages.push(kept.clone());
    drop(messages);
    let body = message(shared, &kept);
    Answer { status: 201, body, taken: (!kept.test).then_some((place, kept)) }
}

fn check(
    caller: Caller,
    to: &str,
    from: Option<&str>,
    body: &str,
    callback: Option<&str>,
) -> Result<(), (u32, &'static str)> {
    if to.is_empty() {
        return Err((21604, "A 'To' phone number is required."));
    }
    let from = from.ok_or((21603, "A 'From' phone number is required."))?;
    if body.is_empty() {
        return Err((21602, "Message body is required."));
    }
    if body.encode_utf16().count() > BODY_MAX {
        return Err((21617, "The concatenated message body exceeds the 1600 character limit."));
    }
    if !is_number(to) {
        return Err((21211, "The 'To' number is not a valid phone number."));
    }
    match to {
        "+15005550001" => return Err((21211, "The 'To' number is not a valid phone number.")),
        "+15005550002" => return Err((21612, "The message From/To pair violates a rule: not routable.")),
        "+15005550003" => {
            return Err((21408, "Permission to send an SMS has not been enabled for the region."));
        }
        "+15005550004" => return Err((21610, "Attempt to send to unsubscribed recipient")),
        "+15005550009" => return Err((21614, "'To' number is not a valid mobile number")),
        _ => {}
    }
    let is_service = from.starts_with("MG") && caller == Caller::Account;
    match from {
        NUMBER => {}
        "+15005550001" => return Err((21212, "The 'From' number is not a valid phone number.")),
        "+15005550008" => {
            return Err((21611, "This 'From' number has exceeded the maximum number of queued messages"));
        }
        _ if is_service => {}
        _ => {
            return Err((
                21606,
                "The 'From' phone number is not a valid, SMS-capable number of the account.",
            ));
        }
    }
    let is_url = |url: &str| url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if callback.is_some_and(|url| !is_url(url)) {
        return Err((21609, "The 'StatusCallback' URL is not a valid URL."));
    }
    Ok(())
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The messages that fit, newest first, from a place on.
fn list(shared: &Shared, query: &str) -> Answer {
    let filter = |name: &str| field(query, name).filter(|value| !value.is_empty());
    let size = filter("PageSize").map_or(Some(PAGE_USUAL), |size| size.parse().ok());
    let Some(size) = size.filter(|size| (1..=PAGE_MAX).contains(size)) else {
        return Answer::error(400, 20001, "Page size must be between 1 and 1000");
    };
    let (to, from, token) = (filter("To"), filter("From"), filter("PageToken"));
    let (on, before, after) = (filter("DateSent"), filter("DateSent<"), filter("DateSent>"));
    let fits = |one: &&Kept| {
        let day = day(one.created);
        let is =
            |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        is(&to, &one.taken.to)
            && is(&from, &one.taken.from)
            && on.as_deref().is_none_or(|wanted| day == wanted)
            && before.as_deref().is_none_or(|wanted| day.as_str() <= wanted)
            && after.as_deref().is_none_or(|wanted| day.as_str() >= wanted)
    };
    let messages = locked(&shared.messages);
    let mut all: Vec<&Kept> = messages.iter().rev().filter(|one| !one.test).filter(fits).collect();
    if let Some(token) = &token {
        let Some(at) = all.iter().position(|one| token.strip_prefix("PA") == Some(one.taken.sid.as_str()))
        else {
            return Answer::error(400, 20006, "Invalid page token");
        };
        all.drain(..at);
    }
    let next = all.get(size).map(|one| one.taken.sid.clone());
    all.truncate(size);
    let shown: Vec<Value> = all.iter().map(|one| message(shared, one)).collect();
    let path = format!("/2010-04-01/Accounts/{}/Messages.json", shared.account.sid);
    let kept: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("Page")).collect();
    let page: usize = filter("Page").and_then(|page| page.parse().ok()).unwrap_or(0);
    let uri = |page: usize, token: Option<&str>| {
        let token = token.map(|sid| format!("PageToken=PA{sid}"));
        let place = [format!("PageSize={size}"), format!("Page={page}")];
        let all: Vec<String> = kept.iter().map(|one| (*one).to_owned()).chain(place).chain(token).collect();
        format!("{path}?{}", all.join("&"))
    };
    Answer::new(
        200,
        json!({
            "messages": shown, "page": page, "page_size": size, "start": page * size,
            "end": page * size + all.len().saturating_sub(1), "uri": uri(page, None), "first_page_uri": uri(0, None),
            "previous_page_uri": null, "next_page_uri": next.map(|sid| uri(page + 1, Some(&sid))),
        }),
    )
}

fn day(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y-%m-%d").to_string()
}

/// A message as Twilio shows it.
fn message(shared: &Shared, one: &Kept) -> Value {
    let time = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or_default().to_rfc2822();
    let is_over = matches!(one.status, "delivered" | "undelivered" | "read" | "sent" | "received");
    let account = if one.test { &shared.test.sid } else { &shared.account.sid };
    let price = one.segments * PRICE;
    json!({
        "sid": one.taken.sid, "account_sid": account, "api_version": "2010-04-01", "body": one.taken.body,
        "num_segments": one.segments.to_string(), "num_media": "0",
        "direction": if one.inbound { "inbound" } else { "outbound-api" },
        "from": one.taken.from, "to": one.taken.to, "messaging_service_sid": null, "status": one.status,
        "error_code": one.error_code, "error_message": null,
        "price": is_over.then(|| format!("-{}.{:05}", price / 100_000, price % 100_000)), "price_unit": "USD",
        "date_created": time(one.created), "date_updated": time(one.updated),
        "date_sent": is_over.then(|| time(one.updated)),
        "uri": format!("/2010-04-01/Accounts/{account}/Messages/{}.json", one.taken.sid),
        "subresource_uris": { "media": format!("/2010-04-01/Accounts/{account}/Messages/{}/Media.json", one.taken.sid) },
    })
}
