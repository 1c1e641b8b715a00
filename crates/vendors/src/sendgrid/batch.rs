//! One request to many recipients, each with an id of ours: what one mail to one recipient is, too.

use domain::{MessageId, Timestamp};
use serde_json::{Map, Value, json};

use super::mail::{Content, MESSAGE_ARGUMENT, MailProblem, Thread, check_data};
use crate::EmailAddress;

/// Most recipients of one request.
pub const BATCH_MOST: usize = 1_000;
/// Largest body of a batch, in bytes. SendGrid takes 30 MB, attachments included; this is sent within seconds.
pub(super) const BATCH_MAX_BYTES: usize = 8 * 1024 * 1024;
/// How far ahead SendGrid takes a mail, in seconds.
pub const MOST_AHEAD_SECONDS: i64 = 72 * 3_600;
/// What a recipient takes beside their address and data, in bytes.
const RECIPIENT_BYTES: usize = 160;

/// When mail is sent, and under which id of SendGrid's it can be taken back until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// SendGrid's id.
    pub id: String,
    /// When it is sent.
    pub send_at: Timestamp,
}

/// One recipient of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipient {
    /// Our id of the message.
    pub message: MessageId,
    /// Who gets it.
    pub to: EmailAddress,
    /// What is filled in for them, besides what is filled in for all.
    pub data: Map<String, Value>,
}

impl Recipient {
    /// About how many bytes of a request they take.
    pub fn bytes(&self) -> usize {
        RECIPIENT_BYTES + self.to.as_str().len() + Value::Object(self.data.clone()).to_string().len()
    }
}

/// What all recipients of a request have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchMail {
    /// Who sends it; a sender that SendGrid has verified.
    pub from: EmailAddress,
    /// The sender's name.
    pub from_name: Option<String>,
    /// What it says. The data of a template is filled in for everybody, where they have none of that name.
    pub content: Content,
    /// Whether opens and clicks are counted.
    pub tracking: bool,
    /// SendGrid checks it and delivers nothing.
    pub sandbox_mode: bool,
    /// The group that readers can unsubscribe from; whoever did gets nothing.
    pub group: Option<i64>,
    /// When it is sent, where that is later.
    pub schedule: Option<Batch>,
    /// The conversation that it belongs to, of a mail to one recipient.
    pub thread: Option<Thread>,
}

impl BatchMail {
    /// How many of the recipients, from the first, one request holds.
    pub fn most(&self, recipients: &[Recipient], most: usize) -> usize {
        let mut bytes = 0_usize;
        let fits = |one: &&Recipient| {
            bytes += one.bytes();
            bytes <= BATCH_MAX_BYTES
        };
        recipients.iter().take(most.min(BATCH_MOST)).take_while(fits).count()
    }

    /// The exact bytes that are sent to these recipients.
    ///
    /// # Errors
    /// When it could not be sent as it is.
    pub fn to_bytes(&self, recipients: &[Recipient]) -> Result<Vec<u8>, MailProblem> {
        self.content.check()?;
        if self.from_name.as_ref().is_some_and(|name| name.chars().any(char::is_control)) {
            return Err(MailProblem::ControlCharacter);
        }
        let all = recipients.iter().map(|one| self.personalization(one)).collect::<Result<Vec<_>, _>>()?;
        let mut body = json!({
            "personalizations": all,
            "from": { "email": self.from.as_str() },
            "tracking_settings": {
                "click_tracking": { "enable": self.tracking, "enable_text": false },
                "open_tracking": { "enable": self.tracking },
            },
        });
        if let Some(name) = &self.from_name {
            body["from"]["name"] = json!(name);
        }
        match &self.content {
            Content::Text { subject, text } => {
                body["subject"] = json!(subject);
                body["content"] = json!([{ "type": "text/plain", "value": text }]);
            }
            Content::Template { id, .. } => body["template_id"] = json!(id),
        }
        if self.sandbox_mode {
            body["mail_settings"] = json!({ "sandbox_mode": { "enable": true } });
        }
        if let Some(group) = self.group {
            body["asm"] = json!({ "group_id": group });
        }
        if let Some(schedule) = &self.schedule {
            body["send_at"] = json!(schedule.send_at.as_seconds());
            body["batch_id"] = json!(schedule.id);
        }
        if let Some(thread) = &self.thread {
            body["headers"] = Value::Object(thread.headers());
        }
        Ok(body.to_string().into_bytes())
    }

    fn personalization(&self, recipient: &Recipient) -> Result<Value, MailProblem> {
        let mut one = json!({
            "to": [{ "email": recipient.to.as_str() }],
            "custom_args": { MESSAGE_ARGUMENT: recipient.message.to_string() },
        });
        if let Content::Template { data, .. } = &self.content {
            let mut whole = data.clone();
            whole.extend(recipient.data.clone());
            check_data(&whole)?;
            one["dynamic_template_data"] = Value::Object(whole);
        }
        Ok(one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(name: &str, data: Value) -> Recipient {
        let Value::Object(data) = data else { panic!("an object") };
        let to = EmailAddress::read(&format!("{name}@example.com")).unwrap();
        Recipient { message: MessageId::generate(), to, data }
    }

    fn mail() -> BatchMail {
        let Value::Object(data) = json!({ "shop": "ours", "name": "you" }) else { panic!("an object") };
        BatchMail {
            from: EmailAddress::read("shop@example.com").unwrap(),
            from_name: None,
            content: Content::Template { id: "d-1".to_owned(), data },
            tracking: false,
            sandbox_mode: false,
            group: Some(7),
            schedule: Some(Batch { id: "b1".to_owned(), send_at: Timestamp::from_seconds(1_700_000_000) }),
            thread: None,
        }
    }

    #[test]
    fn each_recipient_has_an_id_and_data_of_their_own() {
        let both = [to("ada", json!({ "name": "Ada" })), to("bob", json!({}))];
        let body: Value = serde_json::from_slice(&mail().to_bytes(&both).unwrap()).unwrap();
        assert_eq!(
            body["personalizations"][0]["dynamic_template_data"],
            json!({ "shop": "ours", "name": "Ada" })
        );
        assert_eq!(body["personalizations"][1]["dynamic_template_data"]["name"], "you");
        assert_eq!(
            body["personalizations"][1]["custom_args"]["paydesk_message"],
            both[1].message.to_string()
        );
        assert_eq!((&body["asm"]["group_id"], &body["batch_id"]), (&json!(7), &json!("b1")));
        assert_eq!(body["send_at"], 1_700_000_000);
    }

    #[test]
    fn a_request_holds_no_more_than_a_thousand_and_no_more_than_its_bytes() {
        let small: Vec<Recipient> = (0..1_200).map(|n| to(&format!("a{n}"), json!({}))).collect();
        assert_eq!((mail().most(&small, 2_000), mail().most(&small, 100)), (1_000, 100));
        let large: Vec<Recipient> =
            (0..200).map(|n| to(&format!("a{n}"), json!({ "text": "x".repeat(90_000) }))).collect();
        let most = mail().most(&large, 1_000);
        assert!((80..100).contains(&most), "{most}");
        assert!(mail().to_bytes(&large[..most]).unwrap().len() <= BATCH_MAX_BYTES);
    }
}
