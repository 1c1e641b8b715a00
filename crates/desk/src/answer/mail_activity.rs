//! Asking the vendor's activity about messages that may have been sent or not.

use contract::message_sources::{ActivityChecked, CheckActivity};
use contract::{ErrorBody, ErrorCode, Tag};
use mirror::{MessageRow, MirrorError};
use operations::mail::MailAccount;
use vendors::sendgrid::{ACTIVITY_PER_MINUTE, CallError};

use super::messages;
use super::scope::Resolved;
use crate::{errors, message_work};

/// Messages that one answer looks at.
const MOST: u32 = 100;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// What the activity says of one message.
enum Said {
    Known,
    Unknown,
    /// It was not asked: the rate is spent.
    Later,
}

/// Answers `check_activity`.
pub(crate) async fn check(scope: &Resolved, request: CheckActivity) -> Result<ActivityChecked, ErrorBody> {
    let (open, row) = scope.mail_account(request.account.as_deref()).await?;
    let open_ones = match &request.id {
        Some(id) => vec![messages::read(&open, id).await?],
        None => open.mirror.messages().in_doubt(row.id, MOST).await.map_err(of_mirror)?,
    };
    let account = scope.open_mail_account(&row, &open).await?;
    let mut answer = ActivityChecked::default();
    for message in open_ones.into_iter().filter(|message| message.account_id == row.id) {
        match ask(scope, &account, &message).await? {
            Said::Known => {
                answer.asked += 1;
                answer.settled += 1;
            }
            Said::Unknown => {
                answer.asked += 1;
                answer.unknown += 1;
            }
            Said::Later => answer.waiting += 1,
        }
    }
    message_work::follow(&scope.desk, &open, message_work::SOME).await?;
    scope.desk.say_changed(open.mirror.environment(), &[Tag::Messages]);
    Ok(answer)
}

/// Looks for the message among those to its address, and takes over what became of it. Only what names our id of the message, or has the
/// id that the vendor gave it, is it: two messages may be alike in everything else.
async fn ask(scope: &Resolved, account: &MailAccount, message: &MessageRow) -> Result<Said, ErrorBody> {
    let turns = &scope.desk.activity_turns;
    let label = account.row.label.as_str();
    // The list, and the message itself.
    if !turns.take(message.account_id, 2, scope.clock.now(), ACTIVITY_PER_MINUTE) {
        return Ok(Said::Later);
    }
    let failed = |error| of_call(error, label);
    let listed = account.client.activity_to(&message.to).await.map_err(failed)?;
    let ours = message.vendor_id.as_deref();
    let mut asked = 0;
    for one in listed.iter().filter(|one| one.to_email.eq_ignore_ascii_case(&message.to)) {
        if ours.is_some_and(|ours| ours != one.vendor_id()) {
            continue;
        }
        if asked > 0 && !turns.take(message.account_id, 1, scope.clock.now(), ACTIVITY_PER_MINUTE) {
            return Ok(Said::Later);
        }
        asked += 1;
        let told = account.client.activity_of(&one.msg_id).await.map_err(failed)?;
        let is_it = |of: &domain::TellsOf| of.message == Some(message.id) || ours.is_some();
        if told.first().is_some_and(|first| is_it(&first.of)) {
            let applied = account
                .mirror
                .messages()
                .apply(message.account_id, domain::MessageChannel::Email, &told, scope.clock.now())
                .await;
            applied.map_err(of_mirror)?;
            return Ok(Said::Known);
        }
    }
    Ok(Said::Unknown)
}

/// Whoever did not buy the extra is refused, and is told so rather than of a key.
fn of_call(error: CallError, label: &str) -> ErrorBody {
    let refused = match &error {
        CallError::Forbidden(_) => true,
        CallError::Refused(problem) => problem.status == 404,
        _ => false,
    };
    if refused {
        return ErrorBody::new(ErrorCode::ActivityNotOffered).with("label", label);
    }
    errors::of_mail_call(&error, label)
}
