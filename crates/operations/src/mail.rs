//! Sending email: what must be right before, the row that is written before the call, and what the answer makes of it.
//!
//! SendGrid has no idempotency key, so a mail is handed over once. Only what was certainly not taken is handed over again, and all else that has no
//! answer stays `unsettled` until an event tells of it or a person gives it up.

use std::sync::Arc;
use std::time::Duration;

use domain::{Environment, MessageChannel, MessageId, MessagePurpose, MessageState, RequestId, Timestamp};
use mirror::{AccountRow, MailSettings, MessageInserted, MessageLink, MessageRow, Mirror, NewMessage};
use tokio::time::Instant;
use uuid::Uuid;
use vendors::EmailAddress;
use vendors::sendgrid::{Content, Mail, MailAnswer, MailProblem, SendGrid};

use crate::Clock;
use crate::error::Result;

/// How often a mail is handed over that was certainly not taken.
const HANDED_OVER_MAX: u32 = 3;
/// The wait before it is handed over again where the vendor names none.
const USUAL_WAIT: Duration = Duration::from_secs(1);
/// Longest reason that is kept, in characters.
const REASON_MAX: usize = 300;

/// An account that sends mail and can be worked with.
#[derive(Clone)]
pub struct MailAccount {
    /// Its row.
    pub row: AccountRow,
    /// The mirror of its environment.
    pub mirror: Mirror,
    /// The client of its vendor.
    pub client: SendGrid,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What a person wants to send.
#[derive(Debug, Clone)]
pub struct MailWish {
    /// Made by the shell.
    pub request_id: RequestId,
    /// Whom it goes to.
    pub to: EmailAddress,
    /// What it is for.
    pub purpose: MessagePurpose,
    /// What it says.
    pub content: Content,
    /// What it is about.
    pub link: Option<MessageLink>,
    /// The hash of all that was asked for.
    pub digest: String,
    /// What a template comes to as we fill it in, to be kept where the account keeps what messages say.
    pub shown: Option<String>,
}

/// A mail that could be sent as it is.
#[derive(Debug, Clone)]
pub struct ReadyMail {
    /// The mail.
    pub mail: Mail,
    /// A card number was masked in it.
    pub card_masked: bool,
}

/// Why a mail was not made ready.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// What it says cannot be sent.
    #[error(transparent)]
    Content(#[from] MailProblem),
    /// Nobody that it could come from.
    #[error("the account has no sender")]
    NoSender,
}

/// Makes a mail ready: the sender, the mask over card numbers, and whether anybody gets it. Outside live only whom a person allowed does; for all
/// others the vendor checks it and delivers nothing.
///
/// # Errors
/// When it could not be sent.
pub fn ready(
    environment: Environment,
    settings: &MailSettings,
    to: EmailAddress,
    purpose: MessagePurpose,
    content: Content,
) -> std::result::Result<ReadyMail, NotReady> {
    let from = sender(settings)?;
    content.check()?;
    // Our own words are made of what the mirror keeps, which has no card numbers; a bank's reference of 23 digits may
    // look like one, and masked it would be of no use.
    let (content, card_masked) = match purpose {
        MessagePurpose::Receipt | MessagePurpose::RefundNotice => (content, false),
        MessagePurpose::FreeText | MessagePurpose::Template | MessagePurpose::Elsewhere => {
            content.without_card_numbers()
        }
    };
    let sandbox_mode = environment != Environment::Live && !is_allowed(&settings.allowed, to.as_str());
    let mail = Mail {
        message: MessageId::generate(),
        from,
        from_name: settings.from_name.clone(),
        to,
        content,
        tracking: settings.tracking,
        sandbox_mode,
        group: None,
        schedule: None,
        thread: None,
    };
    Ok(ReadyMail { mail, card_masked })
}

/// Who mail of an account comes from.
pub(crate) fn sender(settings: &MailSettings) -> std::result::Result<EmailAddress, NotReady> {
    let from = settings.from_address.as_deref().and_then(|from| EmailAddress::read(from).ok());
    from.ok_or(NotReady::NoSender)
}

/// Whether an address, or its whole domain, is on the list.
pub fn is_allowed(allowed: &[String], address: &str) -> bool {
    let address = address.to_lowercase();
    let domain = address.rsplit_once('@').map(|(_, domain)| format!("@{domain}"));
    allowed.iter().any(|one| {
        let one = one.to_lowercase();
        one == address || Some(&one) == domain.as_ref()
    })
}

/// Writes the row of a mail, with all guards of the journal. Nothing is sent here.
pub async fn decide(account: &MailAccount, wish: &MailWish, ready: &ReadyMail) -> Result<MessageInserted> {
    let settings = account.mirror.messages().settings(account.row.id).await?;
    let (template, text) = match &ready.mail.content {
        Content::Text { text, .. } => (None, Some(text)),
        Content::Template { id, .. } => (Some(id.clone()), None),
    };
    let message = NewMessage {
        id: ready.mail.message,
        request_id: wish.request_id,
        account_id: account.row.id,
        channel: MessageChannel::Email,
        purpose: wish.purpose,
        from: None,
        to: ready.mail.to.to_string(),
        subject: ready.mail.content.subject().map(str::to_owned),
        template,
        body: text.or(wish.shown.as_ref()).filter(|_| settings.keep_bodies).cloned(),
        sandbox_mode: ready.mail.sandbox_mode,
        card_masked: ready.card_masked,
        segments: None,
        fingerprint: None,
        link: wish.link.clone(),
        wish: Some(wish.digest.clone()),
        schedule: ready.mail.schedule.as_ref().map(|batch| (batch.send_at, batch.id.clone())),
        header_id: ready.mail.thread.as_ref().map(|thread| thread.id.clone()),
        created_at: account.clock.now(),
    };
    Ok(account.mirror.messages().insert(&message).await?)
}

/// Hands a mail over whose row [`decide`] has just written, and writes down what the answer says. It is handed over again only where it was certainly
/// not taken, and while there is time.
pub async fn hand_over(account: &MailAccount, ready: &ReadyMail, until: Instant) -> Result<MessageRow> {
    let (id, journal) = (ready.mail.message, account.mirror.messages());
    let now = || account.clock.now();
    let body = match ready.mail.to_bytes() {
        Ok(body) => body,
        Err(problem) => {
            let reason = Some(problem.to_string());
            return Ok(journal.answered(id, MessageState::Refused, reason, None, now()).await?);
        }
    };
    let mut handed_over = 1;
    loop {
        let answer = account.client.send_mail(body.clone(), ready.mail.sandbox_mode, Uuid::now_v7()).await;
        let wait = wait_before_again(&answer, now())
            .filter(|wait| handed_over < HANDED_OVER_MAX && Instant::now() + *wait < until);
        if let Some(wait) = wait {
            tokio::time::sleep(wait).await;
            journal.sent_again(id).await?;
            handed_over += 1;
            continue;
        }
        let (state, reason, vendor_id) = outcome(&answer);
        return Ok(journal.answered(id, state, reason, vendor_id, now()).await?);
    }
}

/// How long to wait before a mail is handed over again; none where that is out of the question.
fn wait_before_again(answer: &MailAnswer, now: Timestamp) -> Option<Duration> {
    let MailAnswer::NotAdmitted { later: true, not_before, .. } = answer else { return None };
    let named = not_before.and_then(|at| u64::try_from(at.ms_since(now)).ok()).map(Duration::from_millis);
    Some(named.unwrap_or(USUAL_WAIT))
}

/// What an answer makes of a message.
fn outcome(answer: &MailAnswer) -> (MessageState, Option<String>, Option<&str>) {
    let cut = |text: String| Some(text.chars().take(REASON_MAX).collect());
    match answer {
        MailAnswer::Taken { vendor_id } => (MessageState::Queued, None, vendor_id.as_deref()),
        MailAnswer::Checked => (MessageState::Queued, cut("only_checked".to_owned()), None),
        MailAnswer::Refused(problem) => (MessageState::Refused, cut(problem.words()), None),
        MailAnswer::NotAdmitted { code, .. } => (MessageState::Refused, cut((*code).to_owned()), None),
        MailAnswer::InDoubt { code } => (MessageState::Unsettled, cut((*code).to_owned()), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(allowed: &[&str]) -> MailSettings {
        MailSettings {
            from_address: Some("shop@example.com".to_owned()),
            allowed: allowed.iter().map(|one| (*one).to_owned()).collect(),
            ..MailSettings::default()
        }
    }

    fn made(environment: Environment, allowed: &[&str], to: &str) -> bool {
        let content = Content::Text { subject: "Hello".to_owned(), text: "Hello".to_owned() };
        let to = EmailAddress::read(to).unwrap();
        let purpose = MessagePurpose::FreeText;
        ready(environment, &settings(allowed), to, purpose, content).unwrap().mail.sandbox_mode
    }

    #[test]
    fn outside_live_only_whom_a_person_allowed_gets_real_mail() {
        for environment in [Environment::Sandbox, Environment::Test] {
            assert!(made(environment, &[], "ada@example.com"));
            assert!(made(environment, &["bob@example.com", "@example.org"], "ada@example.com"));
            assert!(made(environment, &["@example.com"], "ada@evil-example.com"));
            assert!(!made(environment, &["ADA@example.com"], "ada@Example.com"));
            assert!(!made(environment, &["@example.com"], "ada@example.com"));
        }
        assert!(!made(Environment::Live, &[], "ada@example.com"));
    }

    #[test]
    fn a_banks_reference_in_our_words_is_left_whole_and_a_card_number_in_others_is_not() {
        let text = "reference 70014424242424242424267".to_owned();
        let masked = |purpose| {
            let content = Content::Text { subject: "Hello".to_owned(), text: text.clone() };
            let to = EmailAddress::read("ada@example.com").unwrap();
            ready(Environment::Live, &settings(&[]), to, purpose, content).unwrap().card_masked
        };
        assert!(!masked(MessagePurpose::RefundNotice) && !masked(MessagePurpose::Receipt));
        let text = "my card is 4242424242424242".to_owned();
        let content = Content::Text { subject: "Hello".to_owned(), text };
        let to = EmailAddress::read("ada@example.com").unwrap();
        let free = ready(Environment::Live, &settings(&[]), to, MessagePurpose::FreeText, content).unwrap();
        assert!(free.card_masked);
    }

    #[test]
    fn only_what_was_certainly_not_taken_is_handed_over_again() {
        let now = Timestamp::from_seconds(1_000);
        let not_admitted = |later| MailAnswer::NotAdmitted {
            code: "rate_limited",
            later,
            not_before: Some(Timestamp::from_seconds(1_003)),
            problem: None,
        };
        assert_eq!(wait_before_again(&not_admitted(true), now), Some(Duration::from_secs(3)));
        assert_eq!(wait_before_again(&not_admitted(false), now), None);
        for answer in [
            MailAnswer::InDoubt { code: "unanswered" },
            MailAnswer::Taken { vendor_id: None },
            MailAnswer::Checked,
            MailAnswer::Refused(Box::default()),
        ] {
            assert_eq!(wait_before_again(&answer, now), None, "{answer:?}");
        }
        assert_eq!(outcome(&MailAnswer::InDoubt { code: "unanswered" }).0, MessageState::Unsettled);
    }
}
