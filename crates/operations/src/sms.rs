//! Sending SMS: what must be right before, the row that is written before the call, and what the answer makes of it.
//!
//! Twilio has no idempotency key, so a message is handed over once. Only what was certainly not taken is handed over again; all else that has no answer stays
//! `unsettled` until a call of Twilio's tells of it, its list holds exactly one message that can be it ([`settling`]), or a person gives it up.

pub mod log;
pub mod settling;

use std::sync::Arc;
use std::time::Duration;

use domain::{
    Environment, MessageChannel, MessageId, MessagePurpose, MessageState, PhoneNumber, RequestId, SmsSize,
    Timestamp,
};
use mirror::{AccountRow, MailSettings, MessageInserted, MessageLink, MessageRow, Mirror, NewMessage};
use tokio::time::Instant;
use uuid::Uuid;
use vendors::twilio::{Sender, Sms, SmsAnswer, SmsProblem, Twilio};

use crate::Clock;
use crate::error::Result;

/// How often a message is handed over that was certainly not taken.
const HANDED_OVER_MAX: u32 = 3;
/// The wait before it is handed over again where the vendor names none.
const USUAL_WAIT: Duration = Duration::from_secs(1);
/// Longest reason that is kept, in characters.
const REASON_MAX: usize = 300;

/// An account that sends SMS and can be worked with.
#[derive(Clone)]
pub struct SmsAccount {
    /// Its row.
    pub row: AccountRow,
    /// The mirror of its environment.
    pub mirror: Mirror,
    /// The client of its vendor.
    pub client: Twilio,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What a person wants to send.
#[derive(Debug, Clone)]
pub struct SmsWish {
    /// Made by the shell.
    pub request_id: RequestId,
    /// What it is for.
    pub purpose: MessagePurpose,
    /// What it is about.
    pub link: Option<MessageLink>,
    /// The hash of all that was asked for.
    pub digest: String,
    /// The name of our own template that it was made from.
    pub template: Option<String>,
}

/// A message that could be sent as it is.
#[derive(Debug, Clone)]
pub struct ReadySms {
    /// The message.
    pub sms: Sms,
    /// A card number was masked in it.
    pub card_masked: bool,
    /// How long it is on the air.
    pub size: SmsSize,
    /// The vendor only checks it: the account's key is one of test credentials.
    pub sandbox_mode: bool,
}

/// Why a message was not made ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// What it says cannot be sent.
    #[error(transparent)]
    Content(#[from] SmsProblem),
    /// Nobody that it could come from.
    #[error("the account has no sender")]
    NoSender,
    /// A text that is no sender.
    #[error("the sender is neither a number, a name of up to eleven letters nor a messaging service")]
    BadSender,
    /// Outside live only whom a person allowed gets real messages, and the vendor has no way to check one without sending it.
    #[error("the number is not on the account's list")]
    NotAllowed,
}

/// What is to be made ready.
#[derive(Debug, Clone)]
pub struct SmsDraft {
    /// Whom it goes to.
    pub to: PhoneNumber,
    /// Who it comes from, where a person chose another sender than the account's.
    pub from: Option<String>,
    /// What it is for.
    pub purpose: MessagePurpose,
    /// What it says.
    pub text: String,
    /// Where the vendor tells what becomes of it.
    pub callback: Option<String>,
}

/// Makes a message ready: the sender, the mask over card numbers, its length, and whether anybody may get it. Twilio has no mode in which it only checks, so
/// outside live what goes to a number that nobody allowed is not handed over at all, unless the key is one of test credentials, which deliver to nobody.
///
/// # Errors
/// When it could not be sent.
pub fn ready(
    environment: Environment,
    settings: &MailSettings,
    draft: SmsDraft,
) -> std::result::Result<ReadySms, NotReady> {
    let SmsDraft { to, from, purpose, text, callback } = draft;
    let from = from.or_else(|| settings.from_address.clone()).ok_or(NotReady::NoSender)?;
    let from = Sender::read(&from).ok_or(NotReady::BadSender)?;
    let is_allowed = settings.allowed.iter().any(|one| one == to.as_str());
    if environment != Environment::Live && !settings.test_credentials && !is_allowed {
        return Err(NotReady::NotAllowed);
    }
    // Our own words hold no card numbers, but perhaps a bank's reference that looks like one.
    let (text, card_masked) = match purpose {
        MessagePurpose::Receipt | MessagePurpose::RefundNotice => (text, false),
        MessagePurpose::FreeText | MessagePurpose::Template | MessagePurpose::Elsewhere => {
            Sms::without_card_numbers(&text)
        }
    };
    let size = SmsSize::of(&text);
    let sms = Sms { message: MessageId::generate(), from, to, text, callback };
    sms.to_bytes()?;
    Ok(ReadySms { sms, card_masked, size, sandbox_mode: settings.test_credentials })
}

/// Writes the row of a message, with all guards of the journal. Nothing is sent here.
pub async fn decide(account: &SmsAccount, wish: &SmsWish, ready: &ReadySms) -> Result<MessageInserted> {
    let settings = account.mirror.messages().settings(account.row.id).await?;
    let sms = &ready.sms;
    let message = NewMessage {
        id: sms.message,
        request_id: wish.request_id,
        account_id: account.row.id,
        channel: MessageChannel::Sms,
        purpose: wish.purpose,
        from: Some(sms.from.as_str().to_owned()),
        to: sms.to.to_string(),
        subject: None,
        template: wish.template.clone(),
        body: Some(sms.text.clone()).filter(|_| settings.keep_bodies),
        sandbox_mode: ready.sandbox_mode,
        card_masked: ready.card_masked,
        segments: u32::try_from(ready.size.segments).ok(),
        fingerprint: Some(settling::fingerprint(sms.message, sms.to.as_str(), &sms.text)),
        link: wish.link.clone(),
        wish: Some(wish.digest.clone()),
        schedule: None,
        header_id: None,
        created_at: account.clock.now(),
    };
    Ok(account.mirror.messages().insert(&message).await?)
}

/// Hands a message over whose row [`decide`] has just written, and writes down what the answer says. It is handed over again only where it was certainly not
/// taken, and while there is time.
pub async fn hand_over(account: &SmsAccount, ready: &ReadySms, until: Instant) -> Result<MessageRow> {
    let (id, journal) = (ready.sms.message, account.mirror.messages());
    let now = || account.clock.now();
    let body = match ready.sms.to_bytes() {
        Ok(body) => body,
        Err(problem) => {
            let reason = Some(problem.to_string());
            return Ok(journal.answered(id, MessageState::Refused, reason, None, now()).await?);
        }
    };
    let mut handed_over = 1;
    loop {
        let answer = account.client.send_sms(body.clone(), Uuid::now_v7()).await;
        let wait = wait_before_again(&answer, now())
            .filter(|wait| handed_over < HANDED_OVER_MAX && Instant::now() + *wait < until);
        if let Some(wait) = wait {
            tokio::time::sleep(wait).await;
            journal.sent_again(id).await?;
            handed_over += 1;
            continue;
        }
        let (state, reason, vendor_id) = outcome(&answer, ready.sandbox_mode);
        return Ok(journal.answered(id, state, reason, vendor_id, now()).await?);
    }
}

/// How long to wait before a message is handed over again; none where that is out of the question.
fn wait_before_again(answer: &SmsAnswer, now: Timestamp) -> Option<Duration> {
    let SmsAnswer::NotAdmitted { later: true, not_before, .. } = answer else { return None };
    let named = not_before.and_then(|at| u64::try_from(at.ms_since(now)).ok()).map(Duration::from_millis);
    Some(named.unwrap_or(USUAL_WAIT))
}

/// What an answer makes of a message.
fn outcome(answer: &SmsAnswer, sandbox_mode: bool) -> (MessageState, Option<String>, Option<&str>) {
    let cut = |text: String| Some(text.chars().take(REASON_MAX).collect());
    match answer {
        SmsAnswer::Taken { vendor_id, .. } => {
            let reason = sandbox_mode.then(|| "only_checked".to_owned());
            (MessageState::Queued, reason, Some(vendor_id.as_str()))
        }
        SmsAnswer::Refused(problem) => (MessageState::Refused, cut(problem.reason()), None),
        SmsAnswer::NotAdmitted { code, .. } => (MessageState::Refused, cut((*code).to_owned()), None),
        SmsAnswer::InDoubt { code } => (MessageState::Unsettled, cut((*code).to_owned()), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(purpose: MessagePurpose, text: &str) -> SmsDraft {
        let to = PhoneNumber::read("+4915112345678").unwrap();
        SmsDraft { to, from: None, purpose, text: text.to_owned(), callback: None }
    }

    fn settings(allowed: &[&str]) -> MailSettings {
        MailSettings {
            from_address: Some("+15005550006".to_owned()),
            allowed: allowed.iter().map(|one| (*one).to_owned()).collect(),
            ..MailSettings::default()
        }
    }

    #[test]
    fn outside_live_only_whom_a_person_allowed_gets_a_message_and_test_credentials_send_to_nobody() {
        let made = |environment, settings: &MailSettings| {
            ready(environment, settings, draft(MessagePurpose::FreeText, "Hi"))
                .map(|ready| ready.sandbox_mode)
        };
        for environment in [Environment::Sandbox, Environment::Test] {
            assert_eq!(made(environment, &settings(&[])), Err(NotReady::NotAllowed));
            assert_eq!(made(environment, &settings(&["+4915112345679"])), Err(NotReady::NotAllowed));
            assert_eq!(made(environment, &settings(&["+4915112345678"])), Ok(false));
            let checked = MailSettings { test_credentials: true, ..settings(&[]) };
            assert_eq!(made(environment, &checked), Ok(true));
        }
        assert_eq!(made(Environment::Live, &settings(&[])), Ok(false));
        assert_eq!(made(Environment::Live, &MailSettings::default()), Err(NotReady::NoSender));
    }

    #[test]
    fn a_card_number_is_masked_before_it_is_measured() {
        let made = |purpose| {
            ready(Environment::Live, &settings(&[]), draft(purpose, "pay by 4242424242424242")).unwrap()
        };
        let masked = made(MessagePurpose::FreeText);
        assert!(masked.card_masked && !masked.sms.text.contains("42424242"));
        assert!(!made(MessagePurpose::RefundNotice).card_masked);
    }

    #[test]
    fn only_what_was_certainly_not_taken_is_handed_over_again() {
        let now = Timestamp::from_seconds(1_000);
        let not_admitted = |later| SmsAnswer::NotAdmitted { code: "rate_limited", later, not_before: None };
        assert_eq!(wait_before_again(&not_admitted(true), now), Some(USUAL_WAIT));
        assert_eq!(wait_before_again(&not_admitted(false), now), None);
        let taken = SmsAnswer::Taken { vendor_id: "SM1".to_owned(), segments: None };
        for answer in [SmsAnswer::InDoubt { code: "unanswered" }, taken, SmsAnswer::Refused(Box::default())] {
            assert_eq!(wait_before_again(&answer, now), None, "{answer:?}");
        }
        assert_eq!(outcome(&SmsAnswer::InDoubt { code: "unanswered" }, false).0, MessageState::Unsettled);
    }
}
