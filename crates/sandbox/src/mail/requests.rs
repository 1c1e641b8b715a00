//! What each request comes to, without its HTTP.

use serde_json::{Value, json};

use super::{Shared, TakenMail, activity, events, schedule, suppressions, templates};
use crate::random::mix;
use crate::shared::locked;

/// Most personalizations, and most recipients, of one request.
const MOST_RECIPIENTS: usize = 1_000;
/// The sender that is verified.
pub(super) const SENDER: &str = "shop@example.com";
/// How far ahead mail may be sent, in seconds.
const MOST_AHEAD: u64 = 72 * 3_600;
/// Most bytes of what a sender puts with a recipient.
const MOST_ARGUMENTS: usize = 10_000;
/// What the key may do.
const SCOPES: [&str; 9] = [
    "mail.send",
    "sender_verification_eligible",
    "templates.read",
    "suppression.read",
    "asm.groups.read",
    "mail.batch.create",
    "user.scheduled_sends.create",
    "user.webhooks.event.settings.read",
    "user.webhooks.event.settings.update",
];

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    /// The id of a mail that was taken.
    pub(super) message_id: Option<String>,
    /// What was taken, with its place.
    pub(super) taken: Vec<(usize, TakenMail)>,
}

impl Answer {
    pub(super) fn new(status: u16, body: Value) -> Answer {
        Answer { status, body: Some(body), message_id: None, taken: Vec::new() }
    }

    pub(super) fn ok(body: Value) -> Answer {
        Answer::new(200, body)
    }

    pub(super) fn empty(status: u16) -> Answer {
        Answer { status, body: None, message_id: None, taken: Vec::new() }
    }

    pub(super) fn error(status: u16, message: &str, field: Option<&str>) -> Answer {
        Answer::new(status, json!({ "errors": [{ "message": message, "field": field, "help": null }] }))
    }
}

/// Carries a request out.
pub(super) fn answer(
    shared: &Shared,
    method: &str,
    (path, raw_query): (&str, &str),
    query: &[(String, String)],
    body: &[u8],
) -> Answer {
    match (method, path) {
        ("GET", path) if path == "/v3/messages" || path.starts_with("/v3/messages/") => {
            activity::answer(shared, path, raw_query)
        }
        ("POST", "/v3/mail/send") => send(shared, body),
        ("GET", "/v3/scopes") => {
            let paid = shared.activity.then_some("messages.read");
            Answer::new(200, json!({ "scopes": SCOPES.into_iter().chain(paid).collect::<Vec<_>>() }))
        }
        ("GET", "/v3/verified_senders") => Answer::new(
            200,
            json!({ "results": [
                { "id": 1, "nickname": "Shop", "from_email": SENDER, "from_name": "The shop", "verified": true, "locked": false },
                { "id": 2, "nickname": "New", "from_email": "new@example.com", "from_name": "New", "verified": false, "locked": false },
            ] }),
        ),
        ("GET", "/v3/templates") => templates::list(query),
        ("GET", _) if path.starts_with("/v3/templates/") => {
            templates::show(path.trim_start_matches("/v3/templates/"))
        }
        (_, _) if path.starts_with("/v3/suppression/") || path.starts_with("/v3/asm/") => {
            suppressions::answer(shared, method, path, query, body)
        }
        (_, _) if path.starts_with("/v3/mail/batch") || path.starts_with("/v3/user/scheduled_sends") => {
            schedule::answer(shared, method, path, body)
        }
        // No part of SendGrid's API: what was taken, for whoever counts.
        ("GET", "/sandbox/taken") => taken(shared),
        ("GET", "/v3/user/webhooks/event/settings") => {
            let url = locked(&shared.events_to).clone();
            Answer::new(200, json!({ "enabled": url.is_some(), "url": url, "public_key": shared.public_key }))
        }
        ("PATCH", "/v3/user/webhooks/event/settings") => set_webhook(shared, body),
        _ => Answer::error(404, "not found", None),
    }
}

/// Everybody whom mail was taken for, with what its sender put with it.
fn taken(shared: &Shared) -> Answer {
    let all = locked(&shared.taken);
    let one = |mail: &TakenMail| {
        let arguments: serde_json::Map<String, Value> =
            mail.arguments.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({ "to": mail.to, "only_checked": mail.only_checked, "arguments": arguments })
    };
    Answer::ok(Value::Array(all.iter().map(one).collect()))
}

fn set_webhook(shared: &Shared, body: &[u8]) -> Answer {
    let Ok(settings) = serde_json::from_slice::<Value>(body) else {
        return Answer::error(400, "bad request", None);
    };
    let url = settings["url"].as_str().filter(|_| settings["enabled"].as_bool() == Some(true));
    *locked(&shared.events_to) = url.map(str::to_owned);
    Answer::new(200, json!({ "enabled": url.is_some(), "url": url }))
}

/// Takes a mail, or says why not, in the words of SendGrid's documents.
fn send(shared: &Shared, body: &[u8]) -> Answer {
    let Ok(mail) = serde_json::from_slice::<Value>(body) else {
        return Answer::error(400, "Bad Request", None);
    };
    if let Err((status, message, field)) = check(shared, &mail) {
        return Answer::error(status, message, Some(field));
    }
    if let Some(place) = bad_recipient(&mail) {
        let field = format!("personalizations.{place}.to.0.email");
        return Answer::error(400, "Does not contain a valid address.", Some(&field));
    }
    let only_checked = mail["mail_settings"]["sandbox_mode"]["enable"] == true;
    let tracked = mail["tracking_settings"]["open_tracking"]["enable"] == true;
    let group = mail["asm"]["group_id"].as_i64();
    let mut taken = locked(&shared.taken);
    let message_id = format!("sg{:016x}", mix(shared.seed ^ mix(taken.len() as u64)));
    let mut new = Vec::new();
    for (recipient, to) in recipients(&mail) {
        let arguments = arguments(&mail).chain(arguments(recipient)).collect();
        let subject = recipient["subject"].as_str().or_else(|| mail["subject"].as_str()).map(str::to_owned);
        let one = TakenMail {
            message_id: message_id.clone(),
            to: to.to_owned(),
            subject,
            only_checked,
            arguments,
            tracked,
            dropped: suppressions::dropped(shared, to, group),
            headers: texts(&mail["headers"]).collect(),
            send_at: recipient["send_at"].as_u64().or_else(|| mail["send_at"].as_u64()),
            batch_id: mail["batch_id"].as_str().map(str::to_owned),
        };
        new.push((taken.len(), one.clone()));
        taken.push(one);
    }
    if only_checked {
        return Answer { status: 200, body: None, message_id: None, taken: Vec::new() };
    }
    Answer { status: 202, body: None, message_id: Some(message_id), taken: new }
}

fn arguments(of: &Value) -> impl Iterator<Item = (String, String)> + '_ {
    texts(&of["custom_args"])
}

/// The fields of an object, as texts by name.
fn texts(of: &Value) -> impl Iterator<Item = (String, String)> + '_ {
    let fields = of.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
}

fn recipients(mail: &Value) -> impl Iterator<Item = (&Value, &str)> {
    let all = mail["personalizations"].as_array().into_iter().flatten();
    all.flat_map(|one| {
        let to = one["to"].as_array().into_iter().flatten();
        to.filter_map(move |to| Some((one, to["email"].as_str()?)))
    })
}

/// The first personalization whose address is none.
fn bad_recipient(mail: &Value) -> Option<usize> {
    let all = mail["personalizations"].as_array()?;
    all.iter().position(|one| {
        let to = one["to"].as_array().into_iter().flatten();
        to.filter_map(|to| to["email"].as_str()).any(|address| !is_address(address))
    })
}

/// What is wrong with when a mail is to be sent.
fn check_time(shared: &Shared, mail: &Value) -> Result<(), (u16, &'static str, &'static str)> {
    if let Some(send_at) = mail["send_at"].as_u64()
        && send_at > events::now_seconds() + MOST_AHEAD
    {
        return Err((400, "Send at must be no more than 72 hours in the future.", "send_at"));
    }
    match mail["batch_id"].as_str() {
        Some(id) if !schedule::is_known(shared, id) => Err((400, "The batch id is invalid.", "batch_id")),
        _ => Ok(()),
    }
}

fn check(shared: &Shared, mail: &Value) -> Result<(), (u16, &'static str, &'static str)> {
    let count = mail["personalizations"].as_array().map_or(0, Vec::len);
    if count == 0 {
        return Err((
            400,
            "The personalizations field is required and must have at least one personalization.",
            "personalizations",
        ));
    }
    let addresses: Vec<&str> = recipients(mail).map(|(_, to)| to).collect();
    if addresses.is_empty() {
        return Err((
            400,
            "The to array is required for all personalization objects, and must have at least one email object with a valid email address.",
            "personalizations.0.to",
        ));
    }
    if count > MOST_RECIPIENTS || addresses.len() > MOST_RECIPIENTS {
        return Err((400, "There are too many recipients or personalizations.", "personalizations"));
    }
    let too_long =
        |one: &Value| one["custom_args"].is_object() && one["custom_args"].to_string().len() > MOST_ARGUMENTS;
    if mail["personalizations"].as_array().into_iter().flatten().any(too_long) {
        return Err((400, "The custom_args are too large.", "personalizations.0.custom_args"));
    }
    check_time(shared, mail)?;
    let mut once = std::collections::HashSet::new();
    if !addresses.iter().all(|address| once.insert(address.to_ascii_lowercase())) {
        return Err((
            400,
            "Each email address in the personalization block should be unique between to, cc, and bcc.",
            "personalizations",
        ));
    }
    match mail["from"]["email"].as_str() {
        None => return Err((400, "The from object must be provided for every email send.", "from.email")),
        Some(from) if !from.eq_ignore_ascii_case(SENDER) => {
            return Err((
                403,
                "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.",
                "from",
            ));
        }
        Some(_) => {}
    }
    if let Some(template) = mail["template_id"].as_str() {
        return if templates::is_known(template) {
            Ok(())
        } else {
            Err((400, "The template_id is not a valid template.", "template_id"))
        };
    }
    let has_subject = mail["subject"].as_str().is_some_and(|subject| !subject.is_empty());
    if !has_subject {
        return Err((
            400,
            "The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined.",
            "subject",
        ));
    }
    let has_text = mail["content"][0]["value"].as_str().is_some_and(|text| !text.is_empty());
    if has_text {
        Ok(())
    } else {
        Err((400, "The content value must be a string at least one character in length.", "content.0.value"))
    }
}

fn is_address(text: &str) -> bool {
    let plain = !text.chars().any(|one| one.is_whitespace() || one.is_control() || one == ',');
    plain && text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
}
