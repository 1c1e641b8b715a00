//! What a response means for the exit code. The words are compared here and nowhere else.

use contract::bulk::{BulkRunState, BulkRunView};
use contract::channels::ChannelTested;
use contract::home::HomeView;
use contract::mail_runs::MailRunView;
use contract::messages::{MessageView, MessagesSynced};
use contract::payments::WriteOutcome;
use contract::proof::ProofRun;
use contract::refunds::RefundView;
use contract::sync::SyncView;
use contract::{ErrorCode, ExitCode, Page};

/// An answer is all there is to it.
pub(crate) fn done<T>(_: &T) -> ExitCode {
    ExitCode::Done
}

/// A refund is done once the vendor has it and the money is on its way.
pub(crate) fn of_refund(refund: &RefundView) -> ExitCode {
    match (refund.state.as_deref(), refund.refund_status.as_deref()) {
        (Some("refused" | "canceled"), _) => ExitCode::DeclinedByVendor,
        (Some("settled") | None, Some("succeeded" | "pending")) => ExitCode::Done,
        (Some("settled") | None, Some("failed" | "canceled")) => ExitCode::DeclinedByVendor,
        // Open intents, statuses that wait for somebody, and words that are newer than this.
        _ => ExitCode::Unsettled,
    }
}

/// A test message that was not taken is a failure of its own.
pub(crate) fn of_channel_test(tested: &ChannelTested) -> ExitCode {
    if tested.taken { ExitCode::Done } else { ExitCode::Failed }
}

/// An intent of any kind, each by what it was for: a stopped refund that is canceled is what was wanted,
/// and what has no refund is done once the vendor has it.
fn of_intent(intent: &RefundView) -> ExitCode {
    match intent.kind.as_str() {
        "refund" => of_refund(intent),
        "cancel_refund" => of_canceled_refund(intent),
        _ => intent.state.as_deref().map_or(ExitCode::Unsettled, of_state),
    }
}

/// The worst of several intents: one that is not settled weighs more than one that was declined.
pub(crate) fn of_refunds(page: &Page<RefundView>) -> ExitCode {
    let outcomes = || page.items.iter().map(of_intent);
    let has = |wanted| outcomes().any(|outcome| outcome == wanted);
    [ExitCode::Unsettled, ExitCode::DeclinedByVendor]
        .into_iter()
        .find(|wanted| has(*wanted))
        .unwrap_or(ExitCode::Done)
}

/// A run is done once every row that was sent is settled. What is not settled weighs more than what was
/// declined, and both more than a run that paused.
pub(crate) fn of_bulk(run: &BulkRunView) -> ExitCode {
    let has = |states: &[&str]| run.totals.iter().any(|one| states.contains(&one.state.as_str()));
    if has(&["prepared", "sent", "unsettled", "needs_person"]) {
        return ExitCode::Unsettled;
    }
    match run.state {
        BulkRunState::Done if has(&["refused", "failed", "not_sent"]) => ExitCode::DeclinedByVendor,
        BulkRunState::Done if has(&["needs_approval"]) => ExitCode::RefusedByGuard,
        BulkRunState::Done => ExitCode::Done,
        _ if run.problem.as_deref().is_some_and(is_guard) => ExitCode::RefusedByGuard,
        _ => ExitCode::Failed,
    }
}

/// A run of email is done once everybody has theirs or was left out with a reason.
pub(crate) fn of_mail_run(run: &MailRunView) -> ExitCode {
    let has = |states: &[&str]| run.states.iter().any(|one| states.contains(&one.state.as_str()));
    if run.in_doubt > 0 {
        return ExitCode::Unsettled;
    }
    match run.state {
        BulkRunState::Done if has(&["refused"]) => ExitCode::DeclinedByVendor,
        BulkRunState::Done => ExitCode::Done,
        _ if run.problem.as_deref().is_some_and(is_guard) => ExitCode::RefusedByGuard,
        _ => ExitCode::Failed,
    }
}

/// Whether a run paused by what only a person can open again.
fn is_guard(problem: &str) -> bool {
    matches!(problem, "live_locked" | "over_limit") || problem.starts_with("approval_")
}

/// Stopping a refund is done once it is canceled.
pub(crate) fn of_canceled_refund(refund: &RefundView) -> ExitCode {
    match (refund.state.as_deref(), refund.refund_status.as_deref()) {
        (Some("settled" | "canceled") | None, Some("canceled")) => ExitCode::Done,
        (Some("refused"), _) | (_, Some("succeeded" | "failed" | "pending")) => ExitCode::DeclinedByVendor,
        _ => ExitCode::Unsettled,
    }
}

/// A message is done once the vendor took it, whatever its receiver does with it later.
pub(crate) fn of_message(message: &MessageView) -> ExitCode {
    match message.state.as_str() {
        "queued" | "sent" | "deferred" | "delivered" => ExitCode::Done,
        "refused" | "canceled" | "dropped" | "bounced" => ExitCode::DeclinedByVendor,
        // What may be at the vendor, and words that are newer than this.
        _ => ExitCode::Unsettled,
    }
}

/// Reading the vendor's list is done once nothing is in doubt, and the vendor did not stop it.
pub(crate) fn of_synced_messages(synced: &MessagesSynced) -> ExitCode {
    match (synced.in_doubt, synced.stopped_early) {
        (0, false) => ExitCode::Done,
        (0, true) => ExitCode::Failed,
        _ => ExitCode::Unsettled,
    }
}

/// Giving a message up is done once it is, or was found to have been taken after all.
pub(crate) fn of_closed_message(message: &MessageView) -> ExitCode {
    match message.state.as_str() {
        "canceled" => ExitCode::Done,
        _ => of_message(message),
    }
}

/// Taking an intent back is done once it is canceled.
pub(crate) fn of_withdrawn(refund: &RefundView) -> ExitCode {
    match refund.state.as_deref() {
        Some("canceled") => ExitCode::Done,
        _ => of_intent(refund),
    }
}

/// Closing an intent is done once it is closed, or was found to be settled after all.
pub(crate) fn of_closed_intent(refund: &RefundView) -> ExitCode {
    match refund.state.as_deref() {
        Some("canceled") => ExitCode::Done,
        _ => of_intent(refund),
    }
}

/// Any other write is done once the vendor has it.
pub(crate) fn of_write(outcome: &WriteOutcome) -> ExitCode {
    of_state(&outcome.state)
}

fn of_state(state: &str) -> ExitCode {
    match state {
        "settled" => ExitCode::Done,
        "refused" | "canceled" => ExitCode::DeclinedByVendor,
        _ => ExitCode::Unsettled,
    }
}

/// A sync is done once every account is; otherwise the first account that is not says why.
pub(crate) fn of_sync(page: &Page<SyncView>) -> ExitCode {
    page.items
        .iter()
        .map(of_account_sync)
        .find(|outcome| *outcome != ExitCode::Done)
        .unwrap_or(ExitCode::Done)
}

fn of_account_sync(sync: &SyncView) -> ExitCode {
    let is_over = |state: &str| matches!(state, "complete" | "not_offered" | "not_allowed");
    if sync.problem.is_none()
        && sync.kinds.iter().all(|kind| is_over(&kind.state))
        && sync.state == "complete"
    {
        return ExitCode::Done;
    }
    sync.problem.as_deref().map_or(ExitCode::Failed, of_code)
}

/// A proof is done once it compared all it was asked for and every gap that it found is healed.
pub(crate) fn of_proof(page: &Page<ProofRun>) -> ExitCode {
    let of_run = |run: &ProofRun| match &run.problem {
        Some(code) => of_code(code),
        None if run.state == "complete" && run.healed == run.gaps && run.green == run.compared => {
            ExitCode::Done
        }
        None => ExitCode::Failed,
    };
    page.items.iter().map(of_run).find(|outcome| *outcome != ExitCode::Done).unwrap_or(ExitCode::Done)
}

/// A replay is done once every event that was found was taken.
pub(crate) fn of_replay(replay: &contract::relay::ReplayView) -> ExitCode {
    let whole =
        replay.state == contract::relay::ReplayState::Done && replay.failed == 0 && replay.left_out == 0;
    if whole { ExitCode::Done } else { ExitCode::Failed }
}

/// A file that does not fit together fails.
pub(crate) fn of_file(file: &contract::keeping::MirrorFileView) -> ExitCode {
    if file.whole { ExitCode::Done } else { ExitCode::Failed }
}

/// A book that does not fit fails, also where only the file that it was compared with does not.
pub(crate) fn of_book(book: &contract::book::BookVerified) -> ExitCode {
    if book.whole { ExitCode::Done } else { ExitCode::Failed }
}

/// An export of a book that does not fit is there, and fails.
pub(crate) fn of_exported_book(book: &contract::book::BookExported) -> ExitCode {
    if book.broken.is_none() { ExitCode::Done } else { ExitCode::Failed }
}

/// A home is well without problems; otherwise the first of them counts.
pub(crate) fn of_home(home: &HomeView) -> ExitCode {
    home.problems.first().map_or(ExitCode::Done, |problem| of_code(&problem.code))
}

/// The exit code of an error code as text; one that this program does not know is a failure.
fn of_code(code: &str) -> ExitCode {
    ErrorCode::ALL
        .iter()
        .find(|known| known.as_str() == code)
        .map_or(ExitCode::Failed, |known| known.exit_code())
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
