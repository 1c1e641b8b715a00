//! Messages that belong together: the conversation around one, the headers that keep an email in it, and taking back one that waits for its time.

use contract::messages::{MessageView, ShowThread, TakeBackMessage, ThreadMessage, ThreadView};
use contract::{ErrorBody, ErrorCode};
use domain::{Capability, MessageState};
use mirror::{AccountRow, MessageLink, MessageRow, MirrorError};
use operations::mail::ReadyMail;
use vendors::sendgrid::{ScheduleStatus, Thread};

use super::messages;
use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::errors;

/// Messages of a conversation that are shown.
const SHOWN_MAX: u32 = 100;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `show_thread`.
pub(crate) async fn thread(scope: &Resolved, request: ShowThread) -> Result<ThreadView, ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    let row = messages::read(&open, &request.id).await?;
    let mut found = open.mirror.messages().thread(&row, SHOWN_MAX + 1).await.map_err(of_mirror)?;
    let left_out = found.len() > SHOWN_MAX as usize;
    if left_out {
        found.remove(0);
    }
    let item = |row: MessageRow| ThreadMessage { message: messages::view(&rows, &row), body: row.body };
    Ok(ThreadView { items: found.into_iter().map(item).collect(), left_out })
}

/// Gives an email its own id in its headers, and names the earlier ones to the same address about the same payment, so that its reader's
/// program shows them as one conversation.
pub(super) async fn put_into_thread(
    open: &OpenMirror,
    row: &AccountRow,
    ready: &mut ReadyMail,
    link: Option<&MessageLink>,
) -> Result<(), ErrorBody> {
    let mail = &mut ready.mail;
    let payment = link.map(|link| link.payment_id.as_str());
    let references = open.mirror.messages().references(row.id, mail.to.as_str(), payment).await;
    let domain = mail.from.as_str().rsplit_once('@').map_or("paydesk.invalid", |(_, domain)| domain);
    let id = format!("<{}@{domain}>", mail.message);
    mail.thread = Some(Thread { id, references: references.map_err(of_mirror)? });
    Ok(())
}

/// Whether an email waits at the vendor for its time, by itself and not in a run.
pub(super) async fn waits(scope: &Resolved, open: &OpenMirror, row: &MessageRow) -> Result<bool, ErrorBody> {
    let is_later = row.send_at.is_some_and(|at| at.ms_since(scope.clock.now()) > 0);
    if !is_later || row.batch_id.is_none() || row.standing.state != MessageState::Queued {
        return Ok(false);
    }
    Ok(!open.mirror.messages().is_of_run(row.id).await.map_err(of_mirror)?)
}

/// Answers `take_back_message`: the vendor is told first, and what it took is written down.
pub(crate) async fn take_back(scope: &Resolved, request: TakeBackMessage) -> Result<MessageView, ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    let row = messages::read(&open, &request.id).await?;
    let not_scheduled = || ErrorBody::new(ErrorCode::NotScheduled);
    if !waits(scope, &open, &row).await? {
        return Err(not_scheduled());
    }
    let by = rows.iter().find(|one| one.id == row.account_id && one.vendor.capability() == Capability::Email);
    let by = by.ok_or_else(not_scheduled)?;
    let account = scope.open_mail_account(by, &open).await?;
    let batch = row.batch_id.as_deref().unwrap_or_default();
    let told = account.client.set_schedule(batch, ScheduleStatus::Cancel).await;
    told.map_err(|error| errors::of_mail_call(&error, by.label.as_str()))?;
    open.mirror.messages().take_back(&row, scope.clock.now()).await.map_err(of_mirror)?;
    Ok(messages::view(&rows, &messages::read(&open, &request.id).await?))
}
