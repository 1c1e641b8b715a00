//! What is sent: one mail to one recipient, as exact bytes.

use domain::MessageId;
use domain::card_number::mask_card_numbers;
use serde_json::{Map, Value};

use super::batch::{Batch, BatchMail, Recipient};
use crate::EmailAddress;

/// Under this name each mail carries our id, and each event of it brings it back.
pub(super) const MESSAGE_ARGUMENT: &str = "paydesk_message";
/// What SendGrid's ids of dynamic templates begin with.
pub const TEMPLATE_PREFIX: &str = "d-";
/// Longest subject, in characters: the longest line that mail allows (RFC 5322, 2.1.1).
const SUBJECT_MAX: usize = 998;
/// Longest text, in bytes. SendGrid takes 30 MB; nobody writes a customer more than this.
const TEXT_MAX_BYTES: usize = 256 * 1024;
/// Most data for a template, in bytes as JSON.
const DATA_MAX_BYTES: usize = 100 * 1024;
/// How deep data for a template may be nested.
const DATA_MAX_DEPTH: usize = 20;
/// Longest id of a template, in bytes.
const TEMPLATE_MAX_BYTES: usize = 100;

/// What a mail says.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A text of ours.
    Text {
        /// The subject.
        subject: String,
        /// The text.
        text: String,
    },
    /// A dynamic template with what is filled in.
    Template {
        /// Its id at SendGrid.
        id: String,
        /// What is filled in.
        data: Map<String, Value>,
    },
}

/// What puts a mail behind earlier ones of the same conversation, in its reader's program too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// The mail's own id, such as `<…@example.com>`.
    pub id: String,
    /// The ids of earlier ones, oldest first.
    pub references: Vec<String>,
}

impl Thread {
    /// The headers of it, by name.
    pub(super) fn headers(&self) -> Map<String, Value> {
        let mut headers = Map::from_iter([("Message-ID".to_owned(), Value::from(self.id.as_str()))]);
        if let Some(last) = self.references.last() {
            headers.insert("In-Reply-To".to_owned(), Value::from(last.as_str()));
            headers.insert("References".to_owned(), Value::from(self.references.join(" ")));
        }
        headers
    }
}

/// One mail to one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// Our id of it.
    pub message: MessageId,
    /// Who sends it; a sender that SendGrid has verified.
    pub from: EmailAddress,
    /// The sender's name.
    pub from_name: Option<String>,
    /// Who gets it.
    pub to: EmailAddress,
    /// What it says.
    pub content: Content,
    /// Whether opens and clicks are counted.
    pub tracking: bool,
    /// SendGrid checks it and delivers nothing.
    pub sandbox_mode: bool,
    /// The group that its reader can unsubscribe from.
    pub group: Option<i64>,
    /// When it is sent, where that is later.
    pub schedule: Option<Batch>,
    /// The conversation that it belongs to.
    pub thread: Option<Thread>,
}

/// Why a mail is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailProblem {
    /// A subject or name with a line break: what stands behind it would become a header.
    #[error("the subject or the sender's name holds a line break or another character that cannot be seen")]
    ControlCharacter,
    /// No subject.
    #[error("it has no subject")]
    NoSubject,
    /// A subject beyond what a line of mail may be.
    #[error("the subject is longer than {SUBJECT_MAX} characters")]
    SubjectTooLong,
    /// No text.
    #[error("it has no text")]
    NoText,
    /// Too long a text.
    #[error("the text is larger than {} KiB", TEXT_MAX_BYTES / 1024)]
    TextTooLarge,
    /// An id that no template has.
    #[error("the id of a template begins with d- and has letters, digits and hyphens")]
    BadTemplate,
    /// Too much to fill in.
    #[error("the template's data is larger than {} KiB or nested deeper than {DATA_MAX_DEPTH}", DATA_MAX_BYTES / 1024)]
    DataTooLarge,
}

impl Content {
    /// The same without card numbers, and whether there were any.
    pub fn without_card_numbers(self) -> (Self, bool) {
        let clean = match self.clone() {
            Self::Text { subject, text } => {
                Self::Text { subject: mask_card_numbers(&subject), text: mask_card_numbers(&text) }
            }
            Self::Template { id, data } => {
                let mut data = Value::Object(data);
                mask(&mut data);
                let Value::Object(data) = data else { return (self, false) };
                Self::Template { id, data }
            }
        };
        let masked = clean != self;
        (clean, masked)
    }

    /// The subject, where it is ours.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Text { subject, .. } => Some(subject),
            Self::Template { .. } => None,
        }
    }

    /// Checks what could not be sent.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn check(&self) -> Result<(), MailProblem> {
        match self {
            Self::Text { subject, text } => check_text(subject, text),
            Self::Template { id, data } => {
                if !check_template_id(id) {
                    return Err(MailProblem::BadTemplate);
                }
                check_data(data)
            }
        }
    }
}

/// Whether a text is of the form that ids of dynamic templates have.
pub(super) fn check_template_id(id: &str) -> bool {
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    id.starts_with(TEMPLATE_PREFIX) && plain && id.len() <= TEMPLATE_MAX_BYTES
}

/// Checks that data for a template is neither huge nor deep.
///
/// # Errors
/// When it is.
pub fn check_data(data: &Map<String, Value>) -> Result<(), MailProblem> {
    let data = Value::Object(data.clone());
    let fits = depth(&data) <= DATA_MAX_DEPTH && data.to_string().len() <= DATA_MAX_BYTES;
    if fits { Ok(()) } else { Err(MailProblem::DataTooLarge) }
}

fn check_text(subject: &str, text: &str) -> Result<(), MailProblem> {
    if subject.trim().is_empty() {
        return Err(MailProblem::NoSubject);
    }
    if subject.chars().any(|one| one.is_control() || domain::is_deceptive(one)) {
        return Err(MailProblem::ControlCharacter);
    }
    if subject.chars().count() > SUBJECT_MAX {
        return Err(MailProblem::SubjectTooLong);
    }
    if text.trim().is_empty() {
        return Err(MailProblem::NoText);
    }
    if text.len() > TEXT_MAX_BYTES { Err(MailProblem::TextTooLarge) } else { Ok(()) }
}

/// Masks card numbers in every text of a tree, names of fields too.
fn mask(value: &mut Value) {
    match value {
        Value::String(text) => *text = mask_card_numbers(text),
        Value::Number(number) => {
            let text = number.to_string();
            let masked = mask_card_numbers(&text);
            if masked != text {
                *value = Value::String(masked);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(fields) => {
            let taken = std::mem::take(fields);
            fields.extend(taken.into_iter().map(|(name, mut value)| {
                mask(&mut value);
                (mask_card_numbers(&name), value)
            }));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

impl Mail {
    /// The exact bytes that are sent.
    ///
    /// # Errors
    /// When it could not be sent as it is.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MailProblem> {
        let recipient = Recipient { message: self.message, to: self.to.clone(), data: Map::new() };
        let mail = BatchMail {
            from: self.from.clone(),
            from_name: self.from_name.clone(),
            content: self.content.clone(),
            tracking: self.tracking,
            sandbox_mode: self.sandbox_mode,
            group: self.group,
            schedule: self.schedule.clone(),
            thread: self.thread.clone(),
        };
        mail.to_bytes(&[recipient])
    }
}

/// Our id of the message that an event is about, where it carries one.
pub fn message_of_custom_args(event: &Map<String, Value>) -> Option<MessageId> {
    event.get(MESSAGE_ARGUMENT)?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(subject: &str, text: &str) -> Content {
        Content::Text { subject: subject.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_subject_cannot_carry_a_header() {
        assert_eq!(text("Hello\r\nBcc: x@example.com", "a").check(), Err(MailProblem::ControlCharacter));
        assert_eq!(text(&"a".repeat(999), "a").check(), Err(MailProblem::SubjectTooLong));
        assert_eq!(text(" ", "a").check(), Err(MailProblem::NoSubject));
        assert_eq!(text("a", "\n").check(), Err(MailProblem::NoText));
        assert_eq!(text("a", &"b".repeat(300_000)).check(), Err(MailProblem::TextTooLarge));
    }

    #[test]
    fn huge_or_deep_data_for_a_template_is_refused() {
        let template = |id: &str, data: Value| {
            let Value::Object(data) = data else { panic!("an object") };
            Content::Template { id: id.to_owned(), data }
        };
        assert_eq!(template("d-1", json!({ "a": 1 })).check(), Ok(()));
        assert_eq!(
            template("d-1", json!({ "a": "b".repeat(200_000) })).check(),
            Err(MailProblem::DataTooLarge)
        );
        let deep = (0..30).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(template("d-1", json!({ "a": deep })).check(), Err(MailProblem::DataTooLarge));
        for id in ["", "1", "d-1/../x", "D-1"] {
            assert_eq!(template(id, json!({})).check(), Err(MailProblem::BadTemplate), "{id}");
        }
    }

    #[test]
    fn card_numbers_are_masked_wherever_they_stand_and_it_is_told() {
        let (clean, masked) = text("4242 4242 4242 4242", "card 4242424242424242").without_card_numbers();
        assert!(masked);
        assert!(!format!("{clean:?}").contains("42424242"), "{clean:?}");
        let Value::Object(data) =
            json!({ "a": [{ "b": "4242424242424242" }], "n": 4_242_424_242_424_242_u64 })
        else {
            panic!("an object")
        };
        let (clean, masked) = Content::Template { id: "d-1".to_owned(), data }.without_card_numbers();
        assert!(masked && !format!("{clean:?}").contains("42424242"), "{clean:?}");
        assert!(!text("Order 17", "Thank you").without_card_numbers().1);
    }

    #[test]
    fn a_mail_carries_our_id_and_counts_nothing_unless_asked() {
        let mail = Mail {
            message: MessageId::generate(),
            from: EmailAddress::read("shop@example.com").unwrap(),
            from_name: None,
            to: EmailAddress::read("ada@example.com").unwrap(),
            content: text("Receipt", "Thank you"),
            tracking: false,
            sandbox_mode: true,
            group: None,
            schedule: None,
            thread: Some(Thread {
                id: "<c@example.com>".to_owned(),
                references: vec!["<a@example.com>".to_owned(), "<b@example.com>".to_owned()],
            }),
        };
        let bytes = mail.to_bytes().unwrap();
        assert_eq!(bytes, mail.to_bytes().unwrap());
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(body["mail_settings"]["sandbox_mode"]["enable"], true);
        assert_eq!(body["tracking_settings"]["open_tracking"]["enable"], false);
        let arguments = body["personalizations"][0]["custom_args"].as_object().unwrap();
        assert_eq!(message_of_custom_args(arguments), Some(mail.message));
        assert_eq!(body["headers"]["Message-ID"], "<c@example.com>");
        assert_eq!(body["headers"]["In-Reply-To"], "<b@example.com>");
        assert_eq!(body["headers"]["References"], "<a@example.com> <b@example.com>");
    }
}
