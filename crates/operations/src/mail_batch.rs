//! A batch of a run of email: its messages are written down whole, handed over once, and moved by the one answer.
//!
//! What was certainly not taken is taken out of the journal again, so that its recipients get theirs later. All else that has no
//! answer stays `unsettled`, and none of it is handed over again by itself.

use std::time::Duration;

use domain::mail_run::{MailRun, MailRunContent};
use domain::{
    Environment, LinkCertainty, MessageChannel, MessageId, MessagePurpose, MessageState, RequestId, Timestamp,
};
use mirror::{MailRowToSend, MailSettings, MessageLink, NewMessage};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vendors::EmailAddress;
use vendors::sendgrid::{Batch, BatchMail, Content, MailAnswer, Problem, Recipient};

use crate::error::Result;
use crate::mail::{MailAccount, NotReady, is_allowed, sender};

/// How often a batch is handed over that was certainly not taken.
const HANDED_OVER_MAX: u32 = 4;
/// How many recipients of one batch the vendor may refuse by name before all of it is left.
const REFUSED_MAX: u32 = 50;
/// The wait before it is handed over again where the vendor names none, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// Longest reason that is kept, in characters.
const REASON_MAX: usize = 300;

/// How a batch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchEnd {
    /// The vendor took it.
    Taken,
    /// It may have been taken, or not.
    InDoubt(&'static str),
    /// It was certainly not taken; its recipients wait for a better time.
    NotNow {
        /// Why, as a code of the error table.
        code: &'static str,
        /// In the vendor's words.
        detail: Option<String>,
    },
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSent {
    /// Recipients whose messages were written down.
    pub written: usize,
    /// How it ended.
    pub end: BatchEnd,
}

/// What a run says, as it is sent.
///
/// # Errors
/// When the account has no sender.
pub fn mail_of(
    run: &MailRun,
    settings: &MailSettings,
    sandbox_mode: bool,
) -> std::result::Result<BatchMail, NotReady> {
    let content = match &run.content {
        MailRunContent::Text { subject, text } => {
            Content::Text { subject: subject.clone(), text: text.clone().unwrap_or_default() }
        }
        MailRunContent::Template { id, data } => {
            Content::Template { id: id.clone(), data: serde_json::from_str(data).unwrap_or_default() }
        }
    };
    Ok(BatchMail {
        from: sender(settings)?,
        from_name: settings.from_name.clone(),
        content,
        tracking: settings.tracking,
        sandbox_mode,
        group: run.group_id,
        schedule: run.send_at.zip(run.batch_id.clone()).map(|(send_at, id)| Batch { id, send_at }),
        thread: None,
    })
}

/// Whether the vendor only checks what goes to an address.
pub fn only_checked(environment: Environment, settings: &MailSettings, address: &str) -> bool {
    environment != Environment::Live && !is_allowed(&settings.allowed, address)
}

/// Those of the rows that one request can hold: all really sent, or all only checked, as the first of them is.
pub fn of_one_mode(
    environment: Environment,
    settings: &MailSettings,
    rows: Vec<MailRowToSend>,
) -> (bool, Vec<MailRowToSend>) {
    let first = rows.first().is_some_and(|row| only_checked(environment, settings, &row.to));
    let fits = |row: &MailRowToSend| only_checked(environment, settings, &row.to) == first;
    (first, rows.into_iter().filter(fits).collect())
}

fn recipient(row: &MailRowToSend) -> Option<Recipient> {
    let data: Map<String, Value> = serde_json::from_str(&row.data).ok()?;
    Some(Recipient { message: row.message, to: EmailAddress::read(&row.to).ok()?, data })
}

fn message_of(
    account: &MailAccount,
    run: &MailRun,
    mail: &BatchMail,
    row: &MailRowToSend,
    keep_body: bool,
) -> NewMessage {
    let (purpose, template, body) = match &mail.content {
        Content::Text { text, .. } => (MessagePurpose::FreeText, None, keep_body.then(|| text.clone())),
        Content::Template { id, .. } => (MessagePurpose::Template, Some(id.clone()), None),
    };
    let link = row.payment.clone().map(|(account_id, payment_id)| MessageLink {
        account_id,
        payment_id,
        customer_id: None,
        refund_id: None,
        certainty: LinkCertainty::Exact,
    });
    NewMessage {
        id: row.message,
        request_id: RequestId::generate(),
        account_id: run.account_id,
        channel: MessageChannel::Email,
        from: None,
        segments: None,
        fingerprint: None,
        purpose,
        to: row.to.clone(),
        subject: mail.content.subject().map(str::to_owned),
        template,
        body,
        sandbox_mode: mail.sandbox_mode,
        card_masked: false,
        link,
        // The run says what was asked for, and its row which message that became.
        wish: None,
        schedule: mail.schedule.as_ref().map(|batch| (batch.send_at, batch.id.clone())),
        header_id: None,
        created_at: account.clock.now(),
    }
}

/// Writes the messages of the first of these rows down, as many as one request holds, hands them over and writes down what the answer says.
///
/// # Errors
/// When the journal cannot be written.
pub async fn send(
    account: &MailAccount,
    run: &MailRun,
    (settings, sandbox_mode): (&MailSettings, bool),
    rows: &[MailRowToSend],
    stop: &CancellationToken,
) -> Result<BatchSent> {
    let Ok(mail) = mail_of(run, settings, sandbox_mode) else {
        return Ok(BatchSent { written: 0, end: not_now("sender_needed", None) });
    };
    let pairs: Vec<(&MailRowToSend, Recipient)> =
        rows.iter().filter_map(|row| Some((row, recipient(row)?))).collect();
    let recipients: Vec<Recipient> = pairs.iter().map(|(_, one)| one.clone()).collect();
    let most = mail.most(&recipients, usize::try_from(run.per_request).unwrap_or(1));
    let batch: Vec<(u64, NewMessage)> = pairs
        .iter()
        .take(most.max(1))
        .map(|(row, _)| (row.line, message_of(account, run, &mail, row, settings.keep_bodies)))
        .collect();
    let runs = account.mirror.mail_runs();
    let decided = runs.decide_batch(run, &batch, account.clock.now()).await?;
    let left: Vec<Recipient> =
        recipients.into_iter().filter(|one| decided.written.contains(&one.message)).collect();
    let written = left.len();
    if written == 0 {
        // Whoever is held back now is not looked at again; where nobody is, trying again would never end.
        let end = if decided.held.is_empty() { not_now("internal", None) } else { BatchEnd::Taken };
        return Ok(BatchSent { written, end });
    }
    let end = hand_over(account, run, &mail, left, stop).await?;
    Ok(BatchSent { written, end })
}

/// Hands a batch over whose messages are on the disk. Whom the vendor refuses by name is noted, and the others are handed over again.
async fn hand_over(
    account: &MailAccount,
    run: &MailRun,
    mail: &BatchMail,
    mut left: Vec<Recipient>,
    stop: &CancellationToken,
) -> Result<BatchEnd> {
    let runs = account.mirror.mail_runs();
    let (mut handed_over, mut refused) = (0, 0);
    loop {
        let ids: Vec<MessageId> = left.iter().map(|one| one.message).collect();
        let now = || account.clock.now();
        let body = match mail.to_bytes(&left) {
            Ok(body) => body,
            Err(problem) => {
                runs.take_back(run, &ids, "bad_message", now()).await?;
                return Ok(not_now("bad_message", Some(problem.to_string())));
            }
        };
        let answer = account.client.send_mail(body, mail.sandbox_mode, Uuid::now_v7()).await;
        handed_over += 1;
        match answer {
            MailAnswer::Taken { vendor_id } => {
                let queued = (MessageState::Queued, None);
                runs.answer_batch(run, &ids, queued, vendor_id.as_deref(), now()).await?;
                return Ok(BatchEnd::Taken);
            }
            MailAnswer::Checked => {
                let queued = (MessageState::Queued, Some("only_checked"));
                runs.answer_batch(run, &ids, queued, None, now()).await?;
                return Ok(BatchEnd::Taken);
            }
            MailAnswer::InDoubt { code } => {
                runs.answer_batch(run, &ids, (MessageState::Unsettled, Some(code)), None, now()).await?;
                return Ok(BatchEnd::InDoubt(code));
            }
            MailAnswer::Refused(problem) => {
                let named =
                    named_recipient(&problem).filter(|place| *place < left.len() && refused < REFUSED_MAX);
                let Some(place) = named else {
                    let code = code_of(&problem);
                    runs.take_back(run, &ids, code, now()).await?;
                    return Ok(not_now(code, Some(cut(&problem.words()))));
                };
                refused += 1;
                let one = left.remove(place);
                let words = cut(&problem.words());
                runs.answer_batch(run, &[one.message], (MessageState::Refused, Some(&words)), None, now())
                    .await?;
                if left.is_empty() {
                    return Ok(BatchEnd::Taken);
                }
            }
            MailAnswer::NotAdmitted { code, later, not_before, problem } => {
                let wait = wait_of(not_before, now());
                if !later || handed_over >= HANDED_OVER_MAX || !waited(wait, stop).await {
                    runs.take_back(run, &ids, code, now()).await?;
                    return Ok(not_now(known(code), problem.map(|problem| cut(&problem.words()))));
                }
            }
        }
    }
}

async fn waited(wait: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(wait) => true,
        () = stop.cancelled() => false,
    }
}

fn wait_of(not_before: Option<Timestamp>, now: Timestamp) -> Duration {
    let named = not_before.and_then(|at| u64::try_from(at.ms_since(now)).ok()).map(Duration::from_millis);
    named.unwrap_or(WAITS.0).min(WAITS.1)
}

fn not_now(code: &'static str, detail: Option<String>) -> BatchEnd {
    BatchEnd::NotNow { code, detail }
}

fn cut(text: &str) -> String {
    text.chars().take(REASON_MAX).collect()
}

/// The recipient that a refusal is about, by their place in the request.
fn named_recipient(problem: &Problem) -> Option<usize> {
    let rest = problem.field.as_deref()?.strip_prefix("personalizations.")?;
    // Only what is wrong with the address is one recipient's matter.
    let (place, field) = rest.split_once('.')?;
    field.starts_with("to").then(|| place.parse().ok())?
}

/// A refusal in our codes.
fn code_of(problem: &Problem) -> &'static str {
    match problem.status {
        401 => "vendor_unauthorized",
        403 => "vendor_forbidden",
        _ => "vendor_refused",
    }
}

/// Why a batch was not admitted, in the codes of the error table.
fn known(code: &'static str) -> &'static str {
    match code {
        "rate_limited" => "vendor_busy",
        "breaker_open" => "breaker_open",
        "unreachable" => "vendor_unreachable",
        _ => "internal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_names_an_address_is_about_one_recipient_and_any_other_is_about_all() {
        let problem =
            |status, field: &str| Problem { status, field: Some(field.to_owned()), ..Problem::default() };
        assert_eq!(named_recipient(&problem(400, "personalizations.17.to.0.email")), Some(17));
        for field in
            ["personalizations", "personalizations.0.custom_args", "from.email", "personalizations.x.to"]
        {
            assert_eq!(named_recipient(&problem(400, field)), None, "{field}");
        }
        assert_eq!(code_of(&problem(401, "")), "vendor_unauthorized");
        assert_eq!(code_of(&problem(403, "from")), "vendor_forbidden");
        assert_eq!(code_of(&problem(413, "")), "vendor_refused");
    }

    #[test]
    fn a_request_holds_those_that_get_it_or_those_that_are_only_checked() {
        let settings = MailSettings { allowed: vec!["@example.com".to_owned()], ..MailSettings::default() };
        let row = |line, to: &str| MailRowToSend {
            line,
            to: to.to_owned(),
            data: "{}".to_owned(),
            payment: None,
            message: MessageId::generate(),
        };
        let rows = vec![row(1, "a@example.com"), row(2, "b@example.org"), row(3, "c@example.com")];
        let (only_checked, all) = of_one_mode(Environment::Test, &settings, rows.clone());
        assert_eq!((only_checked, all.iter().map(|row| row.line).collect::<Vec<_>>()), (false, vec![1, 3]));
        assert_eq!(of_one_mode(Environment::Live, &settings, rows).1.len(), 3);
    }
}
