//! A refund with an undo window: it counts down, and Ctrl-C takes it back.

use std::time::{Instant, SystemTime};

use contract::refunds::{IssueRefund, ListRefunds, RefundView, SettleRefunds, WithdrawIntent};
use contract::shared::ListRange;
use contract::{ExitCode, Timestamp};

use crate::failure::Failure;
use crate::outcome;
use crate::progress::Progress;
use crate::session::Session;
use crate::stop::Stop;

/// How often the countdown is drawn anew.
const DRAWN_EVERY: std::time::Duration = std::time::Duration::from_millis(500);
/// The longest that the Desk may be asked to wait.
const WAIT_MAX_MS: u32 = 600_000;

/// Issues a refund, shows its countdown and how it ended.
pub(crate) async fn issue(session: &Session<'_>, request: IssueRefund, wait_ms: u32) -> Result<u8, Failure> {
    let mut stop = Stop::listen()?;
    let undo_ms = request.undo_seconds.unwrap_or(0).saturating_mul(1_000);
    let issued = session.call(request).await?;
    let Some(intent_id) = issued.intent_id.clone().filter(|_| issued.release_at.is_some()) else {
        return Ok(session.show_end(&issued, outcome::of_refund(&issued)).await);
    };
    let settle = SettleRefunds {
        intent_id: Some(intent_id.clone()),
        wait_ms: Some(undo_ms.saturating_add(wait_ms).min(WAIT_MAX_MS)),
    };
    let ended = session.call(settle);
    tokio::pin!(ended);
    let mut drawing = tokio::time::interval(DRAWN_EVERY);
    let mut progress = Progress::new();
    let mut taken_back = false;
    let page = loop {
        tokio::select! {
            page = &mut ended => break page?,
            _ = drawing.tick() => show_countdown(&mut progress, &issued),
            () = stop.told(), if !taken_back => {
                progress.end();
                taken_back = true;
                match session.call(WithdrawIntent { intent_id: intent_id.clone() }).await {
                    // Nothing left this machine for it.
                    Ok(withdrawn) => {
                        return Ok(session.show_end(&withdrawn, ExitCode::RefusedByGuard).await);
                    }
                    Err(too_late) => session.output().say(&too_late.sentences()),
                }
            }
        }
    };
    progress.end();
    match page.items.into_iter().next() {
        Some(refund) => Ok(session.show_end(&refund, outcome::of_refund(&refund)).await),
        // Somebody else drove it to its end or took it back meanwhile, so that it is not open any more.
        None => shown_as_it_is(session, &intent_id).await,
    }
}

fn show_countdown(progress: &mut Progress, issued: &RefundView) {
    let Some(release_at) = issued.release_at else { return };
    let Ok(now) = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) else { return };
    let now = Timestamp::from_ms(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    let left_ms = release_at.ms_since(now);
    if left_ms > 0 {
        progress.show_countdown(left_ms, Instant::now());
    }
}

/// How an intent is that is not open any more.
async fn shown_as_it_is(session: &Session<'_>, intent_id: &str) -> Result<u8, Failure> {
    let range = ListRange { limit: Some(1_000), after: None };
    let listed = session.call(ListRefunds { range, ..ListRefunds::default() }).await?;
    let found = listed.items.into_iter().find(|one| one.intent_id.as_deref() == Some(intent_id));
    let refund = found.ok_or_else(|| Failure::internal("the refund is not in the journal"))?;
    Ok(session.show_end(&refund, outcome::of_refund(&refund)).await)
}
