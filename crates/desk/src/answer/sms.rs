//! SMS to customers: what would be sent, sending it, and reading the vendor's own list.

use contract::messages::{
    MessagePreview, MessageView, MessagesSynced, PreviewMessage, SendMessage, SmsSizeView, SyncMessages,
};
use contract::{ErrorBody, ErrorCode};
use domain::{Environment, MessageId, MessagePurpose, MessageState, PhoneNumber, SmsSize};
use mirror::{AccountRow, MessageInserted, MessageLink, MessageRow, MirrorError};
use operations::sms::settling::{self, Lookup};
use operations::sms::{self, NotReady, ReadySms, SmsAccount, SmsDraft, SmsWish, log};
use vendors::sendgrid::Content;
use webhooks::Scheme;

use super::intents::Patience;
use super::messages::{about, content, digest, in_doubt, repeated, view};
use super::scope::Resolved;
use super::{airlock, text_templates};
use crate::desk::OpenMirror;
use crate::{errors, public_url};

/// Pages of the list that one command reads; it goes on from there the next time.
const PAGES_OF_COMMAND: usize = 2_000;
/// Messages in doubt that are counted.
const DOUBTFUL_MAX: u32 = 1_000;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// What is to be sent, with the account that sends it.
pub(super) struct Composed {
    pub(super) open: OpenMirror,
    pub(super) row: AccountRow,
    pub(super) ready: ReadySms,
    purpose: MessagePurpose,
    pub(super) link: Option<MessageLink>,
    /// The name of our own template that it was made from.
    pub(super) template: Option<String>,
}

/// Answers `preview_message` for an SMS.
pub(super) async fn preview(scope: &Resolved, request: PreviewMessage) -> Result<MessagePreview, ErrorBody> {
    let Composed { row, ready, template, .. } = compose(scope, request).await?;
    Ok(MessagePreview {
        account: row.label.to_string(),
        from: ready.sms.from.as_str().to_owned(),
        to: ready.sms.to.to_string(),
        subject: None,
        text: Some(ready.sms.text),
        template,
        sandbox_mode: ready.sandbox_mode,
        card_masked: ready.card_masked,
        rendered: None,
        problem: None,
        suppressions: None,
        send_at: None,
        size: Some(size_view(&ready.size)),
    })
}

fn size_view(size: &SmsSize) -> SmsSizeView {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    SmsSizeView {
        encoding: size.encoding.as_str().to_owned(),
        characters: number(size.characters),
        segments: number(size.segments),
        left: number(size.left),
        forced_by: size.forced_by.map(|(one, _)| one.to_string()),
        forced_at: size.forced_by.map(|(_, place)| number(place)),
    }
}

/// Answers `send_message` for an SMS: the row first, then the call, then what the answer makes of it. Where the answer was lost, the vendor's list is looked
/// into once at once.
pub(super) async fn send(scope: &Resolved, request: SendMessage) -> Result<MessageView, ErrorBody> {
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
    let Composed { open, row, ready, purpose, link, template } = compose(scope, wished).await?;
    let account = scope.open_sms_account(&row, &open).await?;
    if let Some(until) = account.client.breaker_next_try() {
        return Err(ErrorBody::new(ErrorCode::BreakerOpen).with("until", until));
    }
    let wish = SmsWish { request_id, purpose, link, digest: digest.clone(), template };
    let _under_way = scope.desk.handing_over.begin(ready.sms.message);
    let pass = airlock::pass(&scope.desk, &row).await?;
    let decided = sms::decide(&account, &wish, &ready).await;
    pass.settle_if(&scope.desk, matches!(decided, Ok(MessageInserted::New))).await;
    match decided.map_err(|error| errors::of_operation(&error, row.label.as_str()))? {
        MessageInserted::Already(earlier) => repeated(&rows, &earlier, &digest),
        MessageInserted::Open(open) => Err(ErrorBody::new(ErrorCode::MessageOpen).with("id", open.id)),
        MessageInserted::New => {
            let sent = match sms::hand_over(&account, &ready, patience.for_driving()).await {
                Ok(sent) => sent,
                Err(error) => return Err(in_doubt(scope, &open, ready.sms.message, (&error, "sms")).await),
            };
            if sent.standing.state != MessageState::Unsettled {
                return Ok(view(&rows, &sent));
            }
            Ok(view(&rows, &looked_for(&account, sent, patience).await))
        }
    }
}

/// What is known of a message with a lost answer after one look into the vendor's list. Whatever goes wrong here, the row stands as it is and is looked for
/// again, so nothing of it becomes an error.
async fn looked_for(account: &SmsAccount, sent: MessageRow, patience: Patience) -> MessageRow {
    let look = settling::settle_one(account, &sent);
    match tokio::time::timeout_at(patience.for_driving(), look).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "a lost answer is looked for later"),
        Err(_) => tracing::warn!("the list was not read in time, so a lost answer is looked for later"),
    }
    match account.mirror.messages().by_id(sent.id).await {
        Ok(now) => now.unwrap_or(sent),
        Err(error) => {
            tracing::warn!(%error, "how a message stands could not be read again");
            sent
        }
    }
}

pub(super) async fn compose(scope: &Resolved, wished: PreviewMessage) -> Result<Composed, ErrorBody> {
    let (open, row) = scope.sms_account(wished.account.as_deref()).await?;
    if wished.send_at.is_some() || wished.group.is_some() {
        let why = "an SMS goes at once, and there are no groups to unsubscribe from";
        return Err(ErrorBody::new(ErrorCode::BadMessage).with("why", why));
    }
    let settings = open.mirror.messages().settings(row.id).await.map_err(of_mirror)?;
    let payment = wished.payment.as_deref().map(str::trim).filter(|payment| !payment.is_empty());
    let link = match payment {
        Some(payment) => Some(about(scope, &open, payment).await?.link),
        None => None,
    };
    let to = match (wished.to.as_deref(), &link) {
        (Some(to), _) => errors::number(to)?,
        (None, Some(link)) => number_of_payer(&open, link).await?,
        (None, None) => return Err(ErrorBody::new(ErrorCode::NoAddress)),
    };
    let (purpose, content) = content(scope, &open, wished.content, payment, wished.language).await?;
    let (template, text) = match content {
        Content::Text { text, .. } => (None, text),
        Content::Template { id, data } => {
            let (name, text) = text_templates::filled(&open, &id, data).await?;
            (Some(name), text)
        }
    };
    let callback = callback(&open, &row).await?;
    let draft = SmsDraft { to, from: wished.from, purpose, text, callback };
    let ready = sms::ready(row.environment, &settings, draft).map_err(|problem| not_ready(problem, &row))?;
    Ok(Composed { open, row, ready, purpose, link, template })
}

fn not_ready(problem: NotReady, row: &AccountRow) -> ErrorBody {
    match problem {
        NotReady::NoSender => ErrorBody::new(ErrorCode::SenderNeeded).with("label", &row.label),
        NotReady::BadSender => ErrorBody::new(ErrorCode::BadNumber).with("why", problem),
        NotReady::NotAllowed => ErrorBody::new(ErrorCode::RecipientNotAllowed)
            .with("label", &row.label)
            .with("vendor", row.vendor.name()),
        NotReady::Content(problem) => ErrorBody::new(ErrorCode::BadMessage).with("why", problem),
    }
}

/// The telephone number of the customer who paid, where the vendor of the payment keeps one with its country.
async fn number_of_payer(open: &OpenMirror, link: &MessageLink) -> Result<PhoneNumber, ErrorBody> {
    let none = || ErrorBody::new(ErrorCode::NoAddress);
    let customer = link.customer_id.as_ref().ok_or_else(none)?;
    let customer = open.mirror.customers().by_id(link.account_id, customer).await.map_err(of_mirror)?;
    let phone = customer.and_then(|one| one.value.phone).ok_or_else(none)?;
    errors::number(&phone)
}

/// Where the vendor tells what becomes of a message: the account's own path on the listener, where the vendor can reach that. A sandbox reaches this machine
/// alone, and the vendor all but this machine.
async fn callback(open: &OpenMirror, row: &AccountRow) -> Result<Option<String>, ErrorBody> {
    let hook = open.mirror.hooks().of(row.id, Scheme::Twilio.as_str()).await.map_err(of_mirror)?;
    let Some(hook) = hook else { return Ok(None) };
    let Some(url) = &hook.ways.public_url else { return Ok(None) };
    let called = public_url::called(url, &format!("{}{}", webhooks::PATH, hook.token));
    let name = public_url::name_of(url);
    let is_here = name == "localhost" || name.starts_with("127.") || name == "[::1]";
    let reaches = match row.environment {
        Environment::Sandbox => is_here,
        Environment::Test | Environment::Live => !is_here && url.starts_with("https://"),
    };
    Ok(reaches.then_some(called))
}

/// Answers `sync_messages`: what may have been sent is looked for first, then the list is read on.
pub(crate) async fn sync(scope: &Resolved, request: SyncMessages) -> Result<MessagesSynced, ErrorBody> {
    let (open, row) = scope.sms_account(request.account.as_deref()).await?;
    let account = scope.open_sms_account(&row, &open).await?;
    read_log(&account, (Lookup::All, PAGES_OF_COMMAND), &scope.desk.handing_over.ids()).await
}

/// Looks for what may have been sent, and reads the list on by so many pages.
pub(crate) async fn read_log(
    account: &SmsAccount,
    (lookup, pages): (Lookup, usize),
    under_way: &[MessageId],
) -> Result<MessagesSynced, ErrorBody> {
    let label = account.row.label.as_str();
    let of_operation = |error| errors::of_operation(&error, label);
    let found = settling::settle(account, lookup, under_way).await.map_err(of_operation)?;
    let read = log::read(account, pages).await.map_err(of_operation)?;
    let read = read.map_err(|error| errors::of_sms_call(&error, label))?;
    let doubtful =
        account.mirror.messages().doubtful(account.row.id, None, DOUBTFUL_MAX).await.map_err(of_mirror)?;
    Ok(MessagesSynced {
        account: label.to_owned(),
        read: read.read,
        new: read.new,
        changed: read.changed,
        skipped: read.skipped,
        found,
        in_doubt: doubtful.len() as u64,
        complete: read.mark.reached_end && read.mark.ahead.is_none() && !read.stopped_early,
        stopped_early: read.stopped_early,
        oldest: read.mark.oldest_at,
    })
}
