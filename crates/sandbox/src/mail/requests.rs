//! What each request comes to, without its HTTP.

use serde_json::{Value, json};

use super::{Shared, TakenMail, activity};
use crate::random::mix;
use crate::shared::locked;

/// Most personalizations, and most recipients, of one request.
const MOST_RECIPIENTS: usize = 1_000;
/// The sender that is verified.
pub(super) const SENDER: &str = "shop@example.com";
/// The template that there is.
const TEMPLATE: &str = "d-00000000000000000000000000000001";
/// What the key may do.
const SCOPES: [&str; 6] = [
    "mail.send",
    "sender_verification_eligible",
    "templates.read",
    "suppression.read",
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

    pub(super) fn error(status: u16, message: &str, field: Option<&str>) -> Answer {
        Answer::new(status, json!({ "errors": [{ "message": message, "field": field, "help": null }] }))
    }
}

/// Carries a request out.
pub(super) fn answer(shared: &Shared, method: &str, (path, query): (&str, &str), body: &[u8]) -> Answer {
    match (method, path) {
        ("GET", path) if path == "/v3/messages" || path.starts_with("/v3/messages/") => {
            activity::answer(shared, path, query)
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
        ("GET", "/v3/templates") => Answer::new(
            200,
            json!({ "result": [{ "id": TEMPLATE, "name": "Receipt", "generation": "dynamic" }] }),
        ),
        ("GET", "/v3/suppression/bounces") => Answer::new(200, json!([])),
        ("GET", "/v3/user/webhooks/event/settings") => {
            let url = locked(&shared.events_to).clone();
            Answer::new(200, json!({ "enabled": url.is_some(), "url": url, "public_key": shared.public_key }))
        }
        ("PATCH", "/v3/user/webhooks/event/settings") => set_webhook(shared, body),
        _ => Answer::error(404, "not found", None),
    }
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
    if let Err((status, message, field)) = check(&mail) {
        return Answer::error(status, message, Some(field));
    }
    let only_checked = mail["mail_settings"]["sandbox_mode"]["enable"] == true;
    let tracked = mail["tracking_settings"]["open_tracking"]["enable"] == true;
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
    let fields = of["custom_args"].as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
}

fn recipients(mail: &Value) -> impl Iterator<Item = (&Value, &str)> {
    let all = mail["personalizations"].as_array().into_iter().flatten();
    all.flat_map(|one| {
        let to = one["to"].as_array().into_iter().flatten();
        to.filter_map(move |to| Some((one, to["email"].as_str()?)))
    })
}

fn check(mail: &Value) -> Result<(), (u16, &'static str, &'static str)> {
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
    if addresses.iter().any(|address| !is_address(address)) {
        return Err((400, "Does not contain a valid address.", "personalizations.0.to.0.email"));
    }
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
        let known = template == TEMPLATE;
        return if known {
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
