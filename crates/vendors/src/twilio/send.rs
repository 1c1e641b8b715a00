//! What is sent: one text to one number, as exact bytes.

use std::time::Duration;

use domain::card_number::mask_card_numbers;
use domain::{MessageId, PhoneNumber};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use transport::{Body, Endpoint, Method, Request};
use uuid::Uuid;

use super::callback::MESSAGE_ARGUMENT;
use super::key::is_service_sid;
use super::{SmsAnswer, Twilio};

/// Longest text, in units of UTF-16 (vendor facts 4).
pub const BODY_MAX: usize = 1_600;
/// The only sender that test credentials know.
pub const TEST_SENDER: &str = "+15005550006";
/// Longest sender of letters, in characters.
const LETTERS_MAX: usize = 11;
/// Longest time for a send, the wait for the rate budget included.
const SEND_DEADLINE: Duration = Duration::from_secs(30);
/// Everything but the unreserved characters of RFC 3986 is written as `%XX`.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Who a message comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// A number of the account's.
    Number(PhoneNumber),
    /// A name of up to eleven letters, which not every country takes.
    Letters(String),
    /// A messaging service, by its id, which chooses among its numbers.
    Service(String),
}

impl Sender {
    /// Reads a sender as typed; none where it is none of the three.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if is_service_sid(text) {
            return Some(Self::Service(text.to_owned()));
        }
        if let Ok(number) = PhoneNumber::read(text) {
            return Some(Self::Number(number));
        }
        let is_letters = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-' | b'_' | b'&'));
        let has_letter = text.bytes().any(|byte| byte.is_ascii_alphabetic());
        (is_letters && has_letter && text.len() <= LETTERS_MAX).then(|| Self::Letters(text.to_owned()))
    }

    /// The sender as it is shown and kept.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Number(number) => number.as_str(),
            Self::Letters(text) | Self::Service(text) => text,
        }
    }
}

/// One text to one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sms {
    /// Our id of it.
    pub message: MessageId,
    /// Who sends it.
    pub from: Sender,
    /// Who gets it.
    pub to: PhoneNumber,
    /// What it says.
    pub text: String,
    /// Where Twilio tells what becomes of it, without our id, which is put behind it.
    pub callback: Option<String>,
}

/// Why a text is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmsProblem {
    /// No text.
    #[error("it has no text")]
    NoText,
    /// Too long a text.
    #[error("the text is longer than {BODY_MAX} characters")]
    TooLong,
    /// A character that no handset shows, or that hides what stands beside it.
    #[error("the text holds a character that cannot be seen")]
    ControlCharacter,
    /// It would go to the number that it comes from.
    #[error("it would go to the number that it comes from")]
    ToItself,
}

/// Checks what could not be sent.
///
/// # Errors
/// Says what is wrong.
pub(super) fn check_text(text: &str) -> Result<(), SmsProblem> {
    if text.trim().is_empty() {
        return Err(SmsProblem::NoText);
    }
    if text.encode_utf16().count() > BODY_MAX {
        return Err(SmsProblem::TooLong);
    }
    let is_plain = |one: char| matches!(one, '\n' | '\r') || !(one.is_control() || domain::is_deceptive(one));
    if text.chars().all(is_plain) { Ok(()) } else { Err(SmsProblem::ControlCharacter) }
}

impl Sms {
    /// The text without card numbers, and whether there were any.
    pub fn without_card_numbers(text: &str) -> (String, bool) {
        let clean = mask_card_numbers(text);
        let masked = clean != text;
        (clean, masked)
    }

    /// The exact bytes that are sent.
    ///
    /// # Errors
    /// When it could not be sent as it is.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SmsProblem> {
        check_text(&self.text)?;
        if self.from.as_str() == self.to.as_str() {
            return Err(SmsProblem::ToItself);
        }
        let sender = match &self.from {
            Sender::Service(_) => "MessagingServiceSid",
            Sender::Number(_) | Sender::Letters(_) => "From",
        };
        let callback = self.callback.as_ref().map(|url| format!("{url}?{MESSAGE_ARGUMENT}={}", self.message));
        let fields = [
            ("To", Some(self.to.as_str())),
            (sender, Some(self.from.as_str())),
            ("Body", Some(self.text.as_str())),
            ("StatusCallback", callback.as_deref()),
        ];
        let written: Vec<String> = fields
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", utf8_percent_encode((*value)?, VALUE))))
            .collect();
        Ok(written.join("&").into_bytes())
    }
}

impl Twilio {
    /// Sends a message once. The caller has stored it before, and never sends it again after [`SmsAnswer::InDoubt`].
    pub async fn send_sms(&self, body: Vec<u8>, call_id: Uuid) -> SmsAnswer {
        const ENDPOINT: Endpoint =
            Endpoint { method: Method::POST, path_template: "/2010-04-01/Accounts/{account}/Messages.json" };
        let Ok(path) = ENDPOINT.path(&[&self.account_sid]) else {
            return SmsAnswer::NotAdmitted { code: "not_sent", later: false, not_before: None };
        };
        let mut request = Request::new(ENDPOINT, path);
        request.body = Some(Body::Form(body.into()));
        request.call_id = call_id;
        request.deadline = SEND_DEADLINE;
        SmsAnswer::of(self.client.send(request).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sms(text: &str, from: &str) -> Sms {
        Sms {
            message: MessageId::generate(),
            from: Sender::read(from).unwrap(),
            to: PhoneNumber::read("+4915112345678").unwrap(),
            text: text.to_owned(),
            callback: None,
        }
    }

    #[test]
    fn the_bytes_are_a_form_and_always_the_same() {
        let one = sms("Größe & mehr+\n", "+15005550006");
        let bytes = String::from_utf8(one.to_bytes().unwrap()).unwrap();
        assert_eq!(bytes, "To=%2B4915112345678&From=%2B15005550006&Body=Gr%C3%B6%C3%9Fe%20%26%20mehr%2B%0A");
        assert_eq!(bytes.as_bytes(), one.to_bytes().unwrap());
        let service = "MG0123456789abcdef0123456789abcdef";
        let told = Sms { callback: Some("https://a.example/in".to_owned()), ..sms("Hi", service) };
        let bytes = String::from_utf8(told.to_bytes().unwrap()).unwrap();
        assert!(bytes.contains(&format!("&MessagingServiceSid={service}&")), "{bytes}");
        let callback =
            format!("StatusCallback=https%3A%2F%2Fa.example%2Fin%3Fpaydesk_message%3D{}", told.message);
        assert!(bytes.ends_with(&callback), "{bytes}");
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let refused = |text: &str| sms(text, "Shop").to_bytes().unwrap_err();
        assert_eq!(refused(" \n"), SmsProblem::NoText);
        assert_eq!(refused(&"a".repeat(1_601)), SmsProblem::TooLong);
        assert_eq!(refused(&"😀".repeat(801)), SmsProblem::TooLong);
        assert!(sms(&"😀".repeat(800), "Shop").to_bytes().is_ok());
        assert_eq!(refused("a\0b"), SmsProblem::ControlCharacter);
        assert_eq!(refused("a\u{202e}b"), SmsProblem::ControlCharacter);
        assert_eq!(sms("a", "+49 151 12345678").to_bytes().unwrap_err(), SmsProblem::ToItself);
        assert!(Sms::without_card_numbers("card 4242424242424242").1);
    }

    #[test]
    fn a_sender_is_a_number_a_name_or_a_service() {
        assert!(matches!(Sender::read("+15005550006"), Some(Sender::Number(_))));
        assert!(matches!(Sender::read("My Shop"), Some(Sender::Letters(_))));
        for text in ["", "12345", "A name that is long", "MG1", "Shop\r\nX", "+12"] {
            assert_eq!(
                Sender::read(text).filter(|one| !matches!(one, Sender::Letters(name) if name == "MG1")),
                None,
                "{text:?}"
            );
        }
    }
}
