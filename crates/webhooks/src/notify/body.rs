//! What each kind of channel is sent.

use serde_json::{Value as Json, json};

use super::message::{TEST, Weight, Words};
use super::{Channel, Form, Message, Payer, opened_by};

/// Longest summary that PagerDuty takes, in characters.
const SUMMARY_MOST: usize = 1_024;

/// What else is needed to render a message.
#[derive(Debug, Clone, Copy)]
pub struct Render<'a> {
    /// The channel.
    pub channel: &'a Channel,
    /// The id of the delivery, the same over all its tries.
    pub message_id: &'a str,
    /// What the message says of what.
    pub name: &'a str,
    /// Whose payment it is, where the channel is told.
    pub payer: Option<&'a Payer>,
    /// The secret, where it stands in the body (PagerDuty's routing key).
    pub secret: &'a str,
}

/// A mail to be sent, whoever writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail<'a> {
    /// Who sends it.
    pub from: &'a str,
    /// Who receives it; they see each other.
    pub to: &'a [String],
    /// Its subject.
    pub subject: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Our own id, which the vendor gives back with its events: mail is not idempotent there.
    pub message_id: &'a str,
}

impl Mail<'_> {
    /// The body of SendGrid's `v3/mail/send`.
    pub fn body(&self) -> Json {
        let to: Vec<Json> = self.to.iter().map(|address| json!({ "email": address })).collect();
        json!({
            "personalizations": [{ "to": to, "custom_args": { "paydesk_message": self.message_id } }],
            "from": { "email": self.from },
            "subject": self.subject,
            "content": [{ "type": "text/plain", "value": self.text }],
            "tracking_settings": {
                "click_tracking": { "enable": false, "enable_text": false },
                "open_tracking": { "enable": false },
            },
        })
    }
}

/// What a notification of the desktop says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its first line.
    pub title: String,
    /// The rest.
    pub text: String,
}

/// A message as its channel takes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Sent {
    /// The body of a request.
    Json(Json),
    /// A notification of this desktop.
    Desktop(Notice),
}

/// Renders a message for a channel.
pub fn render(form: Form, message: &Message, with: &Render<'_>) -> Sent {
    let payer = with.payer.filter(|_| with.channel.with_personal);
    let words = message.words(payer);
    match form {
        Form::Slack => Sent::Json(json!({ "text": slack_text(&words) })),
        Form::PagerDuty => Sent::Json(incident(message, &words, with)),
        Form::Email => {
            let mail = Mail {
                from: with.channel.from.as_deref().unwrap_or_default(),
                to: &with.channel.to,
                subject: &words.title,
                text: &mail_text(&words),
                message_id: with.message_id,
            };
            Sent::Json(mail.body())
        }
        Form::Desktop => {
            let mut lines: Vec<String> =
                words.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            lines.extend([words.money, words.next]);
            Sent::Desktop(Notice { title: words.title, text: lines.join("\n") })
        }
    }
}

/// The three characters that Slack reads as something else, so that no text becomes a mention or a link.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn slack_text(words: &Words) -> String {
    // The title is ours but for an amount; what stands in stars ends them.
    let mut lines = vec![format!("*{}*", escaped(&words.title).replace('*', "∗"))];
    lines.extend(words.facts.iter().map(|(name, value)| format!("{name}: {}", escaped(value))));
    lines.push(escaped(&words.money));
    lines.push(format!("Next: {}", escaped(&words.next)));
    lines.join("\n")
}

fn mail_text(words: &Words) -> String {
    let mut lines = vec![words.title.clone(), String::new()];
    lines.extend(words.facts.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.extend([String::new(), words.money.clone(), format!("Next: {}", words.next)]);
    lines.push(String::new());
    lines.push(
        "Sent by Paydesk on somebody's own computer. Answers to this mail are not read by it.".to_owned(),
    );
    lines.join("\r\n")
}

fn incident(message: &Message, words: &Words, with: &Render<'_>) -> Json {
    let ends = opened_by(&message.event_type, with.name).is_some();
    let key = message.about().unwrap_or_else(|| with.message_id.to_owned());
    let mut details = serde_json::Map::new();
    for (name, value) in &words.facts {
        details.insert((*name).to_owned(), value.as_str().into());
    }
    details.insert("Money".to_owned(), words.money.as_str().into());
    details.insert("Next".to_owned(), words.next.as_str().into());
    let severity = match message.weight() {
        Weight::Error => "error",
        Weight::Warning => "warning",
        Weight::Info => "info",
    };
    let source = message.text("account_label").unwrap_or_else(|| "Paydesk".to_owned());
    let mut body = json!({
        "routing_key": with.secret,
        "event_action": if ends { "resolve" } else { "trigger" },
        "dedup_key": if message.event_type == TEST { "paydesk-test".to_owned() } else { format!("paydesk-{key}") },
    });
    if !ends {
        body["client"] = "Paydesk".into();
        body["payload"] = json!({
            "summary": words.title.chars().take(SUMMARY_MOST).collect::<String>(),
            "source": source,
            "severity": severity,
            "timestamp": message.timestamp,
            "class": message.event_type,
            "custom_details": details,
        });
    }
    body
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::{Channel, Form, Message, Payer, TEST, TYPES, sample};
    use super::{Render, Sent, render};

    fn all(form: Form, channel: &Channel) -> String {
        let payer =
            Payer { name: Some("Ada <script>".to_owned()), email: Some("ada@example.com".to_owned()) };
        let mut out = String::new();
        let summary =
            br#"{"type":"paydesk.summary","timestamp":"2026-11-22T14:00:00+00:00","data":{"count":37,
            "types":{"paydesk.dispute.due":7,"paydesk.refund.settled":30},"environment":"live"}}"#;
        let samples = TYPES
            .into_iter()
            .chain([TEST])
            .map(|one| sample(one, "live", "Shop & <!channel> *one*", "2026-11-22T14:00:00+00:00"));
        for message in samples.chain(Message::read(summary)) {
            let name = format!("x_{}", message.event_type.rsplit('.').next().unwrap());
            let with =
                Render { channel, message_id: "msg_1", name: &name, payer: Some(&payer), secret: "KEY" };
            let shown = match render(form, &message, &with) {
                Sent::Json(body) => serde_json::to_string_pretty(&body).unwrap(),
                Sent::Desktop(notice) => format!("{}\n{}", notice.title, notice.text),
            };
            writeln!(out, "== {}\n{shown}\n", message.event_type).unwrap();
        }
        out
    }

    #[test]
    fn what_became_of_the_money_is_told_as_it_is() {
        let told = |event_type: &str, data: &str| {
            let body = format!(
                r#"{{"type":"{event_type}","timestamp":"2026-11-22T14:00:00+00:00","data":{{"environment":"live",{data}}}}}"#
            );
            let words = Message::read(body.as_bytes()).unwrap().words(None);
            format!("{}: {}", words.title, words.money)
        };
        let settled = |status: &str| told("paydesk.refund.settled", &format!(r#""status":"{status}""#));
        assert_eq!(settled("succeeded"), "Refund settled: The money is on its way back to the payer.");
        assert!(settled("requires_action").contains("the money goes once the payer said where to"));
        let failed = told("paydesk.refund.failed", r#""status":"failed""#);
        assert!(failed.contains("The payer did not get it"), "{failed}");
        let needs = |sent: bool| told("paydesk.refund.needs_person", &format!(r#""sent":{sent}"#));
        assert!(needs(true).contains("is not known") && needs(false).contains("it was never sent"));
        for (due, words) in [
            ("2026-11-22T14:30:00+00:00", "within an hour or two"),
            ("2026-11-24T13:59:00+00:00", "within 47 hours"),
            ("2026-11-24T15:00:00+00:00", "within 2 days"),
            ("2026-11-29T14:00:00+00:00", "within 7 days"),
        ] {
            let said = told("paydesk.dispute.due", &format!(r#""due":"{due}","within_hours":168"#));
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn slack_is_sent_text_in_which_nothing_is_a_mention() {
        let all = all(Form::Slack, &Channel::default());
        assert!(!all.contains("<!channel>") && !all.contains("ada@example.com"));
        insta::assert_snapshot!(all);
    }

    #[test]
    fn pagerduty_is_sent_what_opens_and_what_ends_an_incident() {
        let all = all(Form::PagerDuty, &Channel::default());
        assert!(!all.contains("ada@example.com"));
        insta::assert_snapshot!(all);
    }

    #[test]
    fn mail_is_sent_as_plain_text() {
        let channel = Channel {
            from: Some("desk@example.com".to_owned()),
            to: vec!["ops@example.com".to_owned(), "boss@example.com".to_owned()],
            ..Channel::default()
        };
        let all = all(Form::Email, &channel);
        assert!(!all.contains("ada@example.com"));
        insta::assert_snapshot!(all);
    }

    #[test]
    fn the_desktop_is_shown_some_lines() {
        let all = all(Form::Desktop, &Channel::default());
        assert!(!all.contains("ada@example.com"));
        insta::assert_snapshot!(all);
    }

    #[test]
    fn a_payer_is_named_only_where_the_channel_is_told() {
        let channel = Channel { with_personal: true, ..Channel::default() };
        for form in [Form::Slack, Form::PagerDuty, Form::Email, Form::Desktop] {
            assert!(all(form, &channel).contains("ada@example.com"), "{form:?}");
        }
        assert!(all(Form::Slack, &channel).contains("Ada &lt;script&gt;"));
    }
}
