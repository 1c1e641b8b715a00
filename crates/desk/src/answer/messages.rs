//! Messages to customers: what would be sent, sending it, and what became of each.

use contract::endpoint::Tag;
use contract::messages::{
    CloseMessage, CountMessages, FoundMessages, LinkMessage, ListMessages, MessageContent, MessageCount,
    MessageDetail, MessageEventView, MessagePreview, MessageView, PreviewMessage, SendMessage, ShowMessage,
    UnlinkMessage,
};
use contract::payments::TimelineEntry;
use contract::replies::{PrepareReplies, Replies};
use contract::{ErrorBody, ErrorCode};
use domain::{
    AccountId, LinkCertainty, MessageChannel, MessageId, MessagePurpose, MessageState, Timestamp, Vendor,
};
use mirror::{
    AccountRow, FindScope, LookBudget, MessageInserted, MessageLink, MessageRow, Mirror, MirrorError,
};
use operations::mail::{self, MailAccount, MailWish, NotReady, ReadyMail};
use sha2::{Digest, Sha256};
use vendors::sendgrid::{Batch, Content, MOST_AHEAD_SECONDS, Rendered};

use super::intents::Patience;
use super::scope::{Resolved, label_of};
use super::{airlock, conversations, lookup, mail_lists, replies, sms};
use crate::desk::OpenMirror;
use crate::errors;
use crate::replies::language::Language;

/// Rows of a page where nothing else is asked for.
const ROWS: u32 = 50;
/// Messages of one payment that its timeline shows.
const TIMELINE_MAX: u32 = 200;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// What is to be sent, with the account that sends it.
pub(super) struct Composed {
    pub(super) open: OpenMirror,
    pub(super) row: AccountRow,
    pub(super) ready: ReadyMail,
    purpose: MessagePurpose,
    pub(super) link: Option<MessageLink>,
    pub(super) rendered: Filled,
    send_at: Option<Timestamp>,
}

/// What a template comes to.
pub(super) enum Filled {
    /// It is none.
    Text,
    /// This.
    Shown(Rendered),
    /// The key may not read it, so only the vendor can tell.
    Not(String),
}

impl Filled {
    /// What its reader sees, as we fill it in: the plain text, or else the HTML as it is written.
    pub(super) fn words(&self) -> Option<String> {
        let Self::Shown(rendered) = self else { return None };
        let words = if rendered.text.is_empty() { &rendered.html } else { &rendered.text };
        Some(words.clone()).filter(|words| !words.is_empty())
    }

    /// Refuses what would leave with holes.
    pub(super) fn refuse(&self) -> Result<(), ErrorBody> {
        match self {
            Self::Shown(rendered) if !rendered.missing.is_empty() => {
                Err(ErrorBody::new(ErrorCode::TemplateDataMissing).with("names", rendered.missing.join(", ")))
            }
            _ => Ok(()),
        }
    }
}

/// The latest moment that mail can be sent at is 72 hours ahead.
pub(super) fn check_send_at(send_at: Option<Timestamp>, now: Timestamp) -> Result<(), ErrorBody> {
    let Some(send_at) = send_at else { return Ok(()) };
    let why = match send_at.ms_since(now) {
        ms if ms <= 0 => "it is over",
        ms if ms > MOST_AHEAD_SECONDS * 1_000 => "it is more than 72 hours ahead",
        _ => return Ok(()),
    };
    Err(ErrorBody::new(ErrorCode::BadSendTime).with("given", send_at).with("why", why))
}

/// By what a message is to go: email where nothing is said.
pub(super) fn channel(word: Option<&str>) -> Result<MessageChannel, ErrorBody> {
    let unknown = |_| errors::bad_request("a message goes by email or sms");
    word.map_or(Ok(MessageChannel::Email), |word| word.parse().map_err(unknown))
}

/// Answers `preview_message`.
pub(crate) async fn preview(scope: &Resolved, request: PreviewMessage) -> Result<MessagePreview, ErrorBody> {
    if channel(request.channel.as_deref())? == MessageChannel::Sms {
        return sms::preview(scope, request).await;
    }
    let check = request.check;
    let composed = compose(scope, request).await?;
    let (open, row) = (&composed.open, &composed.row);
    let mail = composed.ready.mail;
    let suppressions = match check {
        true => mail_lists::suppressions_of(scope, open, row, mail.to.as_str(), mail.group).await?,
        false => None,
    };
    let (rendered, problem) = match composed.rendered {
        Filled::Shown(rendered) => (Some(mail_lists::rendered_view(rendered)), None),
        Filled::Not(problem) => (None, Some(problem)),
        Filled::Text => (None, None),
    };
    let (text, template) = match &mail.content {
        Content::Text { text, .. } => (Some(text.clone()), None),
        Content::Template { id, .. } => (None, Some(id.clone())),
    };
    Ok(MessagePreview {
        account: composed.row.label.to_string(),
        from: mail.from_name.map_or_else(|| mail.from.to_string(), |name| format!("{name} <{}>", mail.from)),
        to: mail.to.to_string(),
        subject: mail.content.subject().map(str::to_owned),
        text,
        template,
        sandbox_mode: mail.sandbox_mode,
        card_masked: composed.ready.card_masked,
        rendered,
        problem,
        suppressions,
        send_at: composed.send_at,
        size: None,
    })
}

/// Answers `send_message`: the row first, then the call, then what the answer makes of it.
pub(crate) async fn send(scope: &Resolved, request: SendMessage) -> Result<MessageView, ErrorBody> {
    if channel(request.channel.as_deref())? == MessageChannel::Sms {
        return sms::send(scope, request).await;
    }
    let patience = Patience::begin(None);
    let SendMessage { request_id, channel, account, from, to, payment, content, language, group, send_at } =
        request;
    let wished = PreviewMessage {
        channel,
        account,
        from,
        to,
        payment,
        content,
        language,
        group,
        send_at,
        check: false,
    };
    let digest = digest(&request_id.to_string(), &wished)?;
    let (open, rows) = scope.accounts().await?;
    if let Some(row) = open.mirror.messages().by_request_id(request_id).await.map_err(of_mirror)? {
        return repeated(&rows, &row, &digest);
    }
    let Composed { open, row, mut ready, purpose, link, rendered, send_at } = compose(scope, wished).await?;
    rendered.refuse()?;
    let account = scope.open_mail_account(&row, &open).await?;
    refuse_while_open(&account)?;
    if let Some(send_at) = send_at {
        // An id without mail under it does nothing, so it may be made before anything is written down.
        let id = account.client.new_batch_id().await;
        let id = id.map_err(|error| errors::of_mail_call(&error, row.label.as_str()))?;
        ready.mail.schedule = Some(Batch { id, send_at });
    }
    let wish = MailWish {
        request_id,
        to: ready.mail.to.clone(),
        purpose,
        content: ready.mail.content.clone(),
        link,
        digest: digest.clone(),
        shown: rendered.words(),
    };
    let _under_way = scope.desk.handing_over.begin(ready.mail.message);
    let pass = airlock::pass(&scope.desk, &row).await?;
    let decided = mail::decide(&account, &wish, &ready).await;
    pass.settle_if(&scope.desk, matches!(decided, Ok(MessageInserted::New))).await;
    match decided.map_err(|error| errors::of_operation(&error, row.label.as_str()))? {
        MessageInserted::Already(earlier) => repeated(&rows, &earlier, &digest),
        MessageInserted::Open(open) => Err(ErrorBody::new(ErrorCode::MessageOpen).with("id", open.id)),
        MessageInserted::New => match mail::hand_over(&account, &ready, patience.for_driving()).await {
            Ok(sent) => Ok(view(&rows, &sent)),
            Err(error) => Err(in_doubt(scope, &open, ready.mail.message, (&error, "email")).await),
        },
    }
}

/// The answer to a request that was answered before: the same message, unless something else was asked for now.
pub(super) fn repeated(
    rows: &[AccountRow],
    row: &MessageRow,
    digest: &str,
) -> Result<MessageView, ErrorBody> {
    if row.wish.as_deref().is_some_and(|wish| wish != digest) {
        return Err(ErrorBody::new(ErrorCode::MessageRequestUsed).with("id", row.id));
    }
    Ok(MessageView { repeated: true, ..view(rows, row) })
}

/// The hash of all that was asked for. Our own words may be others the next time; what was wished is the same. The request's id is in it, so
/// that two messages that say the same do not look alike.
pub(super) fn digest(request_id: &str, wished: &PreviewMessage) -> Result<String, ErrorBody> {
    let wished = serde_json::to_vec(&(request_id, wished)).map_err(errors::defect)?;
    Ok(hex::encode(Sha256::digest(&wished)))
}

/// What the vendor answered could not be written down, so the message may be at the vendor or not.
pub(super) async fn in_doubt(
    scope: &Resolved,
    open: &OpenMirror,
    id: MessageId,
    (error, command): (&operations::OperationError, &str),
) -> ErrorBody {
    tracing::warn!(%error, "what became of a message could not be written down");
    let (state, reason) = (MessageState::Unsettled, Some("not_written".to_owned()));
    let written = open.mirror.messages().answered(id, state, reason, None, scope.clock.now()).await;
    if let Err(error) = written {
        scope.desk.note_refused_write(open.mirror.environment(), &of_mirror(error));
    }
    scope.desk.say_changed(open.mirror.environment(), &[Tag::Messages, Tag::Calls, Tag::Book]);
    ErrorBody::new(ErrorCode::MessageInDoubt).with("id", id).with("command", command).detail(error)
}

/// Nothing is written down for a vendor that has not been answering.
pub(super) fn refuse_while_open(account: &MailAccount) -> Result<(), ErrorBody> {
    match account.client.breaker_next_try() {
        Some(until) => Err(ErrorBody::new(ErrorCode::BreakerOpen).with("until", until)),
        None => Ok(()),
    }
}

pub(super) async fn compose(scope: &Resolved, wished: PreviewMessage) -> Result<Composed, ErrorBody> {
    let (open, row) = scope.mail_account(wished.account.as_deref()).await?;
    let settings = open.mirror.messages().settings(row.id).await.map_err(of_mirror)?;
    let payment = wished.payment.as_deref().map(str::trim).filter(|payment| !payment.is_empty());
    let about = match payment {
        Some(payment) => Some(about(scope, &open, payment).await?),
        None => None,
    };
    let to = match (wished.to.as_deref(), &about) {
        (Some(to), _) => errors::address(to)?,
        (None, Some(About { payer: Some(payer), .. })) => errors::address(payer)?,
        (None, _) => return Err(ErrorBody::new(ErrorCode::NoAddress)),
    };
    check_send_at(wished.send_at, scope.clock.now())?;
    let (purpose, content) = content(scope, &open, wished.content, payment, wished.language).await?;
    let mut ready =
        mail::ready(row.environment, &settings, to, purpose, content).map_err(|problem| match problem {
            NotReady::NoSender => ErrorBody::new(ErrorCode::SenderNeeded).with("label", &row.label),
            NotReady::Content(problem) => ErrorBody::new(ErrorCode::BadMessage).with("why", problem),
        })?;
    ready.mail.group = wished.group;
    let rendered = fill(scope, &open, &row, &ready.mail.content).await?;
    let link = about.map(|about| about.link);
    conversations::put_into_thread(&open, &row, &mut ready, link.as_ref()).await?;
    Ok(Composed { open, row, ready, purpose, link, rendered, send_at: wished.send_at })
}

/// What a template comes to with exactly what is sent.
async fn fill(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    content: &Content,
) -> Result<Filled, ErrorBody> {
    let Content::Template { id, data } = content else { return Ok(Filled::Text) };
    let found = match mail_lists::version_of(scope, open, row, id, false).await {
        Err(error) if error.code == ErrorCode::VendorForbidden => {
            return Ok(Filled::Not("the key may not read templates".to_owned()));
        }
        other => other?,
    };
    match mail_lists::rendered(found.version, data.clone()).await? {
        Ok(rendered) => Ok(Filled::Shown(rendered)),
        Err(problem) => Err(ErrorBody::new(ErrorCode::BadTemplate).with("why", problem)),
    }
}

/// The payment that a message is about.
pub(super) struct About {
    pub(super) link: MessageLink,
    pub(super) payer: Option<String>,
}

pub(super) async fn about(scope: &Resolved, open: &OpenMirror, payment: &str) -> Result<About, ErrorBody> {
    let located = lookup::payment(scope, payment).await?;
    let stored = open.mirror.payments().by_id(located.row.id, &located.vendor_id).await.map_err(of_mirror)?;
    let payment = stored.map(|stored| stored.payment);
    let customer = payment.as_ref().and_then(|payment| payment.customer_id.clone());
    let mut payer = payment.as_ref().and_then(|payment| payment.email.clone());
    if let (None, Some(customer)) = (&payer, &customer) {
        let known = open.mirror.customers().by_id(located.row.id, customer).await.map_err(of_mirror)?;
        payer = known.and_then(|one| one.value.email);
    }
    Ok(About {
        payer,
        link: MessageLink {
            account_id: located.row.id,
            payment_id: located.vendor_id,
            customer_id: customer,
            refund_id: None,
            certainty: LinkCertainty::Exact,
        },
    })
}

pub(super) async fn content(
    scope: &Resolved,
    open: &OpenMirror,
    wished: MessageContent,
    payment: Option<&str>,
    language: Option<String>,
) -> Result<(MessagePurpose, Content), ErrorBody> {
    match wished {
        MessageContent::FreeText { subject, text } => {
            Ok((MessagePurpose::FreeText, Content::Text { subject, text }))
        }
        MessageContent::Template { id, data } => {
            let data = mail_lists::whole_data(scope, open, payment, mail_lists::read_data(&data)?).await?;
            Ok((MessagePurpose::Template, Content::Template { id, data }))
        }
        MessageContent::Receipt => {
            let words = words(scope, payment, language, "why_was_i_charged", "receipt").await?;
            Ok((MessagePurpose::Receipt, words))
        }
        MessageContent::RefundNotice => {
            let words = words(scope, payment, language, "where_is_my_refund", "refund").await?;
            Ok((MessagePurpose::RefundNotice, words))
        }
    }
}

/// The words of an answer to the payer, in their language, as a mail of its own.
async fn words(
    scope: &Resolved,
    payment: Option<&str>,
    language: Option<String>,
    question: &str,
    what: &str,
) -> Result<Content, ErrorBody> {
    let nothing = |why: String| ErrorBody::new(ErrorCode::NothingToTell).with("why", why);
    let payment = payment.ok_or_else(|| nothing("no payment was given".to_owned()))?;
    let asked = PrepareReplies { payment: payment.to_owned(), language };
    let Replies { cards, language, .. } = replies::prepare(scope, asked).await?;
    let card = cards.into_iter().find(|card| card.question == question);
    let card = card.ok_or_else(|| errors::defect("an answer is missing"))?;
    let tells = match what {
        "receipt" => card.state == "succeeded",
        _ => !matches!(card.state.as_str(), "none" | "nothing_taken" | "disputed" | "failed" | "canceled"),
    };
    if !tells {
        return Err(nothing(format!("it is {}", card.state)));
    }
    let language =
        Language::of(&language).ok_or_else(|| errors::defect("the words of a language cannot be read"))?;
    Ok(Content::Text { subject: language.say(&format!("subject.{what}"), &[]), text: card.reply })
}

/// What the customer heard of a payment, with what became of it, as entries of the payment's timeline.
pub(super) async fn timeline(
    mirror: &Mirror,
    account: AccountId,
    payment: &str,
) -> Result<Vec<TimelineEntry>, ErrorBody> {
    let mut entries = Vec::new();
    for row in mirror.messages().of_payment(account, payment, TIMELINE_MAX).await.map_err(of_mirror)? {
        let prefix = match row.channel {
            MessageChannel::Email => "message",
            MessageChannel::Sms => "sms",
        };
        let entry = |at: Timestamp, what: &str, detail: Option<String>| TimelineEntry {
            at,
            sort: "message".to_owned(),
            what: format!("{prefix}_{what}"),
            id: row.id.to_string(),
            amount: None,
            detail,
        };
        let standing = &row.standing;
        entries.push(entry(row.created_at, what_was_done(&row), None));
        // The vendor counts in whole seconds, so that it may have delivered before it was asked to.
        let heard = [("delivered", standing.delivered_at), ("opened", standing.opened_at)];
        entries.extend(
            heard.into_iter().filter_map(|(what, at)| Some(entry(at?.max(row.created_at), what, None))),
        );
        // Where it came to another end than its delivery, that stands at its own moment.
        if !matches!(standing.state, MessageState::Delivered | MessageState::Queued) {
            let at = standing.told_by.as_ref().map_or(row.updated_at, |(at, _)| *at).max(row.created_at);
            entries.push(entry(at, standing.state.as_str(), standing.reason.clone()));
        }
    }
    Ok(entries)
}

/// What was done with a message, and no more than that: nobody gets one that was only checked, and one that was refused or given up,
/// or of which nothing is known, was written and that is all.
fn what_was_done(row: &MessageRow) -> &'static str {
    match row.standing.state {
        MessageState::Refused | MessageState::Canceled => "written",
        state if state.is_open() => "written",
        _ if row.sandbox_mode => "checked",
        _ => row.purpose.as_str(),
    }
}

/// Answers `list_messages`.
pub(crate) async fn list(scope: &Resolved, request: ListMessages) -> Result<FoundMessages, ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    let (of, limit) = (FindScope::all(scope.clock.now()), request.range.limit.unwrap_or(ROWS));
    let (query, after) = (&request.query, request.range.after.as_deref());
    let found = open.mirror.find_messages(query, of, limit, after, Some(LookBudget::PAGE)).await;
    let found = found.map_err(of_mirror)?;
    Ok(FoundMessages {
        items: found.items.iter().map(|row| view(&rows, row)).collect(),
        next: found.next,
        looked_back_to: found.looked_back_to,
    })
}

/// Answers `count_messages`.
pub(crate) async fn count(scope: &Resolved, request: CountMessages) -> Result<MessageCount, ErrorBody> {
    let open = scope.open_mirror().await?;
    let budget = (!request.exact).then_some(LookBudget::COUNT);
    let of = FindScope::all(scope.clock.now());
    let counted = open.mirror.count_messages(&request.query, of, budget).await.map_err(of_mirror)?;
    Ok(MessageCount {
        messages: counted.messages,
        exact: counted.exact,
        looked_back_to: counted.looked_back_to,
    })
}

/// Answers `show_message`.
pub(crate) async fn show(scope: &Resolved, request: ShowMessage) -> Result<MessageDetail, ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    let row = read(&open, &request.id).await?;
    let events = open.mirror.messages().events(&row).await.map_err(of_mirror)?;
    let event = |one: mirror::MessageEventRow| MessageEventView {
        id: one.event.id,
        kind: one.event.kind.to_string(),
        at: one.event.at,
        reason: one.event.reason,
        received: one.received_at,
    };
    Ok(MessageDetail {
        message: view(&rows, &row),
        body: row.body.clone(),
        vendor_id: row.vendor_id.clone(),
        sends: row.sends,
        events: events.into_iter().map(event).collect(),
        can_close: can_close(scope, &row),
        can_take_back: conversations::waits(scope, &open, &row).await?,
    })
}

/// What is being sent at this moment is nobody's to give up yet.
fn can_close(scope: &Resolved, row: &MessageRow) -> bool {
    row.standing.state.is_open() && !scope.desk.handing_over.ids().contains(&row.id)
}

/// Answers `close_message`.
pub(crate) async fn close(scope: &Resolved, request: CloseMessage) -> Result<MessageView, ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    let row = read(&open, &request.id).await?;
    if !can_close(scope, &row) {
        return Err(ErrorBody::new(ErrorCode::MessageNotOpen).with("state", row.standing.state));
    }
    let closed = open.mirror.messages().close(row.id, scope.clock.now()).await.map_err(of_mirror)?;
    Ok(view(&rows, &closed))
}

/// Answers `link_message`.
pub(crate) async fn link(scope: &Resolved, request: LinkMessage) -> Result<MessageView, ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    let row = read(&open, &request.id).await?;
    let located = lookup::payment(scope, &request.payment).await?;
    // One that the vendor alone knows yet is mirrored first by whoever opens it.
    let known = open.mirror.payments().by_id(located.row.id, &located.vendor_id).await.map_err(of_mirror)?;
    if known.is_none() {
        return Err(ErrorBody::new(ErrorCode::UnknownId).with("id", &located.vendor_id));
    }
    let payment = Some((located.row.id, located.vendor_id.as_str()));
    let chosen = open.mirror.messages().choose_link(row.id, payment, scope.clock.now()).await;
    Ok(view(&rows, &chosen.map_err(of_mirror)?))
}

/// Answers `unlink_message`.
pub(crate) async fn unlink(scope: &Resolved, request: UnlinkMessage) -> Result<MessageView, ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    let row = read(&open, &request.id).await?;
    let chosen = open.mirror.messages().choose_link(row.id, None, scope.clock.now()).await;
    Ok(view(&rows, &chosen.map_err(of_mirror)?))
}

pub(super) async fn read(open: &OpenMirror, id: &str) -> Result<MessageRow, ErrorBody> {
    let unknown = || {
        let shown: String = id.chars().filter(|one| !one.is_control()).take(80).collect();
        ErrorBody::new(ErrorCode::UnknownId).with("id", shown)
    };
    let parsed: MessageId = id.trim().parse().map_err(|_| unknown())?;
    open.mirror.messages().by_id(parsed).await.map_err(of_mirror)?.ok_or_else(unknown)
}

/// A message as the shells show it.
pub(crate) fn view(rows: &[AccountRow], row: &MessageRow) -> MessageView {
    let link = row.link.as_ref();
    MessageView {
        id: row.id.to_string(),
        account: label_of(rows, row.account_id),
        channel: row.channel.to_string(),
        direction: row.direction.as_str().to_owned(),
        purpose: row.purpose.to_string(),
        state: row.standing.state.to_string(),
        reason: row.standing.reason.clone(),
        from: row.from.clone(),
        to: row.to.clone(),
        segments: row.segments,
        price: row.price.as_ref().map(|(price, _)| price.clone()),
        price_currency: row.price.as_ref().map(|(_, currency)| currency.clone()),
        subject: row.subject.clone(),
        template: row.template.clone(),
        sandbox_mode: row.sandbox_mode,
        card_masked: row.card_masked,
        payment: link.map(|link| link.payment_id.clone()),
        customer: link.and_then(|link| link.customer_id.clone()),
        link: link.map(|link| link.certainty.as_str().to_owned()),
        created: row.created_at,
        send_at: row.send_at,
        delivered: row.standing.delivered_at,
        opened: row.standing.opened_at,
        clicked: row.standing.clicked_at,
        complained: row.standing.complained_at,
        repeated: false,
        vendor: vendor_of(rows, row).as_str().to_owned(),
        no_body: no_body(row).map(str::to_owned),
    }
}

/// The vendor of a message; of an account that was removed only the channel tells.
fn vendor_of(rows: &[AccountRow], row: &MessageRow) -> Vendor {
    let of_channel = match row.channel {
        MessageChannel::Email => Vendor::SendGrid,
        MessageChannel::Sms => Vendor::Twilio,
    };
    rows.iter().find(|one| one.id == row.account_id).map_or(of_channel, |one| one.vendor)
}

/// Why what a message said is not there.
fn no_body(row: &MessageRow) -> Option<&'static str> {
    match () {
        () if row.body.is_some() => None,
        () if row.is_erased() => Some("erased"),
        () if row.purpose == MessagePurpose::Elsewhere => Some("elsewhere"),
        () if row.template.is_some() && row.channel == MessageChannel::Email => Some("template"),
        () => Some("not_kept"),
    }
}
