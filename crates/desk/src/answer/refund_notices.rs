//! What refunds tell their payers by themselves: the rule of an account, and sending what it asks for, once for each refund.

use std::sync::Arc;
use std::time::Duration;

use contract::endpoint::Tag;
use contract::error::ExitCode;
use contract::messages::{MessageContent, PreviewMessage};
use contract::payments::TimelineEntry;
use contract::refund_notices::{RefundNoticeView, RefundNoticesView, SetRefundNotices, ShowRefundNotices};
use contract::{ErrorBody, ErrorCode};
use domain::{
    AccountId, Environment, ExponentTable, MessageChannel, MessagePurpose, Refund, RefundStatus, Timestamp,
};
use mirror::{
    AccountRow, MessageInserted, MessageLink, Mirror, MirrorError, NoticeRule, NoticeState, RefundNotice,
};
use operations::mail::{self, MailWish};
use operations::sms::{self as sms_sending, SmsWish};
use serde_json::json;
use tokio::time::Instant;

use super::scope::Resolved;
use super::{airlock, mail_lists, messages, sms, text_templates};
use crate::desk::{Desk, OpenMirror};
use crate::errors;
use crate::replies::language;

/// Notices that are read at once.
const AT_ONCE: u32 = 50;
/// How long one may be handed to the vendor.
const HANDING_OVER: Duration = Duration::from_secs(30);
/// How long a notice is tried that something keeps from being sent.
const TRIED_FOR_MS: i64 = 72 * 3_600_000;
/// How long a refund may be on its way; by then every vendor has said what became of it.
const ON_ITS_WAY_MS: i64 = 45 * 86_400_000;
/// The shortest and the longest wait before a notice is tried again.
const WAIT_MS: (i64, i64) = (30_000, 3_600_000);
/// How often it is looked whether a refund that is on its way arrived.
const LOOK_AGAIN_MS: i64 = 300_000;
/// Notices that nobody got which are shown.
const NOT_SENT_SHOWN: u32 = 20;
/// Notices of one payment that its timeline shows.
const TIMELINE_MAX: u32 = 200;
/// Longest id of a template.
const TEMPLATE_MAX: usize = 64;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `show_refund_notices`.
pub(crate) async fn show(
    scope: &Resolved,
    request: ShowRefundNotices,
) -> Result<RefundNoticesView, ErrorBody> {
    let (open, row) = scope.one_account(Some(&request.label)).await?;
    view(&open, &row).await
}

/// Answers `set_refund_notices`. In live it is an action like any other, since from then on mail leaves without anybody looking at it.
pub(crate) async fn set(scope: &Resolved, request: SetRefundNotices) -> Result<RefundNoticesView, ErrorBody> {
    let (open, row) = scope.one_account(Some(&request.label)).await?;
    let before = open.mirror.refund_notices().rule(row.id).await.map_err(of_mirror)?;
    let after = changed(scope, before.clone(), request).await?;
    if after != before {
        let _spent = airlock::pass(&scope.desk, &row).await?;
        open.mirror.refund_notices().set_rule(row.id, &after, scope.clock.now()).await.map_err(of_mirror)?;
        scope.book_heads.want();
    }
    view(&open, &row).await
}

async fn changed(
    scope: &Resolved,
    before: NoticeRule,
    request: SetRefundNotices,
) -> Result<NoticeRule, ErrorBody> {
    let mut rule = before.clone();
    rule.is_on = request.on.unwrap_or(rule.is_on);
    if let Some(word) = &request.channel {
        rule.channel = messages::channel(Some(word))?;
    }
    let chosen = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    if let Some(template) = request.template {
        rule.template = chosen(template);
    }
    if let Some(word) = request.language {
        rule.language = match chosen(word) {
            Some(word) => Some(read_language(&word)?.to_owned()),
            None => None,
        };
    }
    if let Some(template) = &rule.template {
        check_template(scope, rule.channel, template).await?;
    }
    if request.by.is_some() || (rule.is_on && (rule.sender.is_none() || rule.channel != before.channel)) {
        let label = request.by.as_deref();
        let (_, sender) = match rule.channel {
            MessageChannel::Email => scope.mail_account(label).await?,
            MessageChannel::Sms => scope.sms_account(label).await?,
        };
        rule.sender = Some(sender.id);
    }
    Ok(rule)
}

/// A template of email is the vendor's, and its id can only look like one; that of an SMS is ours and is there.
async fn check_template(scope: &Resolved, channel: MessageChannel, template: &str) -> Result<(), ErrorBody> {
    if channel == MessageChannel::Sms {
        return text_templates::check(&scope.open_mirror().await?, template).await;
    }
    let plain = template.chars().all(|one| one.is_ascii_alphanumeric() || one == '-');
    match plain && template.len() <= TEMPLATE_MAX {
        true => Ok(()),
        false => Err(errors::bad_request("the id of a template has letters, digits and hyphens")),
    }
}

fn read_language(word: &str) -> Result<&'static str, ErrorBody> {
    let codes: Vec<&str> = language::codes().collect();
    let unknown = || errors::bad_request(format_args!("a language is one of {}", codes.join(", ")));
    language::of_locale(word).ok_or_else(unknown)
}

async fn view(open: &OpenMirror, row: &AccountRow) -> Result<RefundNoticesView, ErrorBody> {
    let notices = open.mirror.refund_notices();
    let rule = notices.rule(row.id).await.map_err(of_mirror)?;
    let rows = open.mirror.accounts().list().await.map_err(of_mirror)?;
    let by = rule.sender.and_then(|id| rows.iter().find(|one| one.id == id));
    let not_sent = notices.not_sent(row.id, NOT_SENT_SHOWN).await.map_err(of_mirror)?;
    let shown = |one: RefundNotice| RefundNoticeView {
        payment: one.payment_id,
        refund: one.refund_id,
        reason: one.reason,
        created: one.created_at,
    };
    Ok(RefundNoticesView {
        account: row.label.to_string(),
        on: rule.is_on,
        channel: rule.channel.to_string(),
        by: by.map(|one| one.label.to_string()),
        template: rule.template,
        language: rule.language,
        waiting: notices.count_waiting(row.id).await.map_err(of_mirror)?,
        not_sent: not_sent.into_iter().map(shown).collect(),
    })
}

/// Notices of a payment that are no message yet, or never will be, as entries of its timeline. The others are there as their messages.
pub(super) async fn timeline(
    mirror: &Mirror,
    account: AccountId,
    payment: &str,
) -> Result<Vec<TimelineEntry>, ErrorBody> {
    let found =
        mirror.refund_notices().of_payment(account, payment, TIMELINE_MAX).await.map_err(of_mirror)?;
    let entry = |one: RefundNotice| TimelineEntry {
        at: one.updated_at,
        sort: "notice".to_owned(),
        what: format!("notice_{}", one.state.as_str()),
        id: one.refund_id.unwrap_or_else(|| one.intent_id.to_string()),
        amount: None,
        detail: one.reason,
    };
    Ok(found.into_iter().filter(|one| one.state != NoticeState::Done).map(entry).collect())
}

/// What is to be done with a notice.
enum Next {
    /// It is in the journal of messages.
    Done,
    /// Nobody is told.
    NotSent(String),
    /// It is looked at again after so many milliseconds.
    Wait(String, i64),
}

/// Sends each notice of an environment that is due.
pub(crate) async fn tell_due(desk: &Arc<Desk>, environment: Environment) -> Result<(), ErrorBody> {
    let scope = Resolved::by_rule(Arc::clone(desk), environment);
    let Some(open) = scope.existing_mirror(environment).await? else { return Ok(()) };
    loop {
        let due = open.mirror.refund_notices().due(desk.clock.now(), AT_ONCE).await.map_err(of_mirror)?;
        if due.is_empty() {
            return Ok(());
        }
        for notice in &due {
            let next = match Box::pin(tell(&scope, &open, notice)).await {
                Ok(next) => next,
                Err(error) => after_error(notice, &error, desk.clock.now()),
            };
            let (journal, now) = (open.mirror.refund_notices(), desk.clock.now());
            let written = match &next {
                Next::Done => journal.end(notice.number, NoticeState::Done, None, now).await,
                Next::NotSent(why) => journal.end(notice.number, NoticeState::NotSent, Some(why), now).await,
                Next::Wait(why, wait_ms) => {
                    journal.put_off(notice.number, why, now.plus_ms(*wait_ms), now).await
                }
            };
            written.map_err(of_mirror)?;
            desk.say_changed(
                environment,
                &[Tag::Messages, Tag::Payments, Tag::Refunds, Tag::Calls, Tag::Book],
            );
        }
    }
}

/// What follows where something went wrong before anything was written down: what only a person can mend is told at once, and all else is
/// tried again for three days.
fn after_error(notice: &RefundNotice, error: &ErrorBody, now: Timestamp) -> Next {
    let code = error.code.as_str().to_owned();
    let passes = matches!(error.code, ErrorCode::BreakerOpen | ErrorCode::MessageOpen);
    let is_final = matches!(error.code.exit_code(), ExitCode::BadInput | ExitCode::RefusedByGuard) && !passes;
    let age_ms = now.ms_since(notice.created_at);
    if is_final || age_ms > TRIED_FOR_MS {
        return Next::NotSent(code);
    }
    Next::Wait(code, (age_ms / 4).clamp(WAIT_MS.0, WAIT_MS.1))
}

async fn tell(scope: &Resolved, open: &OpenMirror, notice: &RefundNotice) -> Result<Next, ErrorBody> {
    // A kill between the message and this row: the message is there, and there is no second.
    let written = open.mirror.messages().by_request_id(notice.request_id).await.map_err(of_mirror)?;
    if written.is_some() {
        return Ok(Next::Done);
    }
    let not_sent = |why: &str| Ok(Next::NotSent(why.to_owned()));
    let rule = open.mirror.refund_notices().rule(notice.account_id).await.map_err(of_mirror)?;
    if !rule.is_on {
        return not_sent("rule_off");
    }
    let (Some(refund), Some(payment)) = (&notice.refund_id, &notice.payment_id) else {
        return not_sent("no_payment");
    };
    if open.mirror.refund_notices().is_erased(notice.account_id, payment) {
        return not_sent("erased");
    }
    let found = open.mirror.refunds().by_id(notice.account_id, refund).await.map_err(of_mirror)?;
    let Some(found) = found.map(|one| one.value) else { return not_sent("refund_gone") };
    match &found.status {
        RefundStatus::Succeeded => {}
        RefundStatus::Failed | RefundStatus::Canceled => return not_sent("refund_failed"),
        _ if scope.clock.now().ms_since(notice.created_at) > ON_ITS_WAY_MS => {
            return not_sent("refund_pending");
        }
        _ => return Ok(Next::Wait("refund_pending".to_owned(), LOOK_AGAIN_MS)),
    }
    let (_, rows) = scope.accounts().await?;
    let Some(sender) = rule.sender.and_then(|id| rows.iter().find(|one| one.id == id)) else {
        return not_sent("sender_gone");
    };
    let wished = wish_of(&rule, sender, payment, &found);
    match rule.channel {
        MessageChannel::Email => Box::pin(by_email(scope, notice, wished)).await,
        MessageChannel::Sms => Box::pin(by_sms(scope, notice, wished)).await,
    }
}

fn wish_of(rule: &NoticeRule, sender: &AccountRow, payment: &str, refund: &Refund) -> PreviewMessage {
    let amount = format!("{} {}", refund.amount.to_decimal(ExponentTable::Stripe), refund.amount.currency);
    let content = match &rule.template {
        None => MessageContent::RefundNotice,
        Some(id) => MessageContent::Template {
            id: id.clone(),
            data: json!({ "refund": refund.vendor_id, "refund_amount": amount }).to_string(),
        },
    };
    PreviewMessage {
        channel: Some(rule.channel.to_string()),
        account: Some(sender.label.to_string()),
        from: None,
        to: None,
        payment: Some(payment.to_owned()),
        content,
        language: rule.language.clone(),
        group: None,
        send_at: None,
        check: false,
    }
}

fn linked(link: Option<MessageLink>, notice: &RefundNotice) -> Option<MessageLink> {
    link.map(|link| MessageLink { refund_id: notice.refund_id.clone(), ..link })
}

/// What became of writing the message down.
fn decided(inserted: &MessageInserted) -> Next {
    match inserted {
        MessageInserted::New | MessageInserted::Already(_) => Next::Done,
        // Another notice of this payment may be at the vendor or not.
        MessageInserted::Open(_) => Next::Wait("message_open".to_owned(), LOOK_AGAIN_MS),
    }
}

async fn by_email(
    scope: &Resolved,
    notice: &RefundNotice,
    wished: PreviewMessage,
) -> Result<Next, ErrorBody> {
    let digest = messages::digest(&notice.request_id.to_string(), &wished)?;
    let composed = messages::compose(scope, wished).await?;
    composed.rendered.refuse()?;
    let shown = composed.rendered.words();
    let (open, row, ready) = (composed.open, composed.row, composed.ready);
    let suppressed = mail_lists::suppressions_of(scope, &open, &row, ready.mail.to.as_str(), None).await?;
    if suppressed.is_some_and(|found| found.iter().any(|one| one.drops)) {
        return Ok(Next::NotSent("suppressed".to_owned()));
    }
    let account = scope.open_mail_account(&row, &open).await?;
    messages::refuse_while_open(&account)?;
    let wish = MailWish {
        request_id: notice.request_id,
        to: ready.mail.to.clone(),
        purpose: MessagePurpose::RefundNotice,
        content: ready.mail.content.clone(),
        link: linked(composed.link, notice),
        digest,
        shown,
    };
    let _under_way = scope.desk.handing_over.begin(ready.mail.message);
    let inserted = mail::decide(&account, &wish, &ready).await;
    let inserted = inserted.map_err(|error| errors::of_operation(&error, row.label.as_str()))?;
    if inserted == MessageInserted::New
        && let Err(error) = mail::hand_over(&account, &ready, Instant::now() + HANDING_OVER).await
    {
        messages::in_doubt(scope, &open, ready.mail.message, (&error, "email")).await;
    }
    Ok(decided(&inserted))
}

async fn by_sms(scope: &Resolved, notice: &RefundNotice, wished: PreviewMessage) -> Result<Next, ErrorBody> {
    let digest = messages::digest(&notice.request_id.to_string(), &wished)?;
    let composed = sms::compose(scope, wished).await?;
    let (open, row, ready) = (composed.open, composed.row, composed.ready);
    let account = scope.open_sms_account(&row, &open).await?;
    if let Some(until) = account.client.breaker_next_try() {
        return Err(ErrorBody::new(ErrorCode::BreakerOpen).with("until", until));
    }
    let wish = SmsWish {
        request_id: notice.request_id,
        purpose: MessagePurpose::RefundNotice,
        link: linked(composed.link, notice),
        digest,
        template: composed.template,
    };
    let _under_way = scope.desk.handing_over.begin(ready.sms.message);
    let inserted = sms_sending::decide(&account, &wish, &ready).await;
    let inserted = inserted.map_err(|error| errors::of_operation(&error, row.label.as_str()))?;
    if inserted == MessageInserted::New
        && let Err(error) = sms_sending::hand_over(&account, &ready, Instant::now() + HANDING_OVER).await
    {
        messages::in_doubt(scope, &open, ready.sms.message, (&error, "sms")).await;
    }
    Ok(decided(&inserted))
}
