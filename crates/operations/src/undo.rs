//! The undo window of a refund: what a person decided waits before it leaves, and can be taken back.
//!
//! The Desk that counts a window down is the one that releases it, and the release is committed before
//! anything is sent. What is found waiting by anybody else goes on counting while its time is not over; once
//! it is, nobody was there who could have undone it, so a person decides.

use domain::Timestamp;
use domain::intent::{Input, Intent, IntentState, step};
use mirror::Mirror;

use crate::error::{OperationError, Result};

/// Why a refund needs a person whose window ended while nobody counted it down.
pub const RAN_OUT_PROBLEM: &str = "undo_ran_out";
/// The longest that a refund waits.
pub const UNDO_MAX_MS: i64 = 60_000;

/// How many milliseconds are left of a window that was found in the journal; none where it is over. Of a
/// clock that was set back nobody knows how much is over, so such a window counts as ended.
pub fn left_ms(intent: &Intent, now: Timestamp) -> Option<i64> {
    let release_at = intent.release_at.filter(|_| intent.state == IntentState::Waiting)?;
    let whole_ms = release_at.ms_since(intent.created_at).clamp(0, UNDO_MAX_MS);
    let left_ms = release_at.ms_since(now);
    (left_ms > 0 && left_ms <= whole_ms).then_some(left_ms)
}

/// Whether a person may send an intent that never left: it waits, or its window ran out, and its key lives.
pub fn may_be_sent_now(intent: &Intent, now: Timestamp) -> bool {
    let waits = matches!(intent.state, IntentState::Waiting | IntentState::NeedsPerson);
    waits && intent.progress.never_sent() && now < intent.key_expires_at
}

/// Whether a person may take an intent back because it never left.
pub fn may_be_withdrawn(intent: &Intent) -> bool {
    let states = [IntentState::Waiting, IntentState::Prepared, IntentState::NeedsPerson];
    states.contains(&intent.state) && intent.progress.never_sent()
}

/// Commits that the window is over and the refund leaves next. None where something else was quicker, such
/// as the person who undid it.
pub async fn release(mirror: &Mirror, intent: &Intent, now: Timestamp) -> Result<Option<Intent>> {
    commit(mirror, intent, Input::Released, now).await
}

/// Commits that it was taken back before it left. None where it left meanwhile.
pub async fn withdraw(mirror: &Mirror, intent: &Intent, now: Timestamp) -> Result<Option<Intent>> {
    commit(mirror, intent, Input::Withdrawn, now).await
}

/// Commits that its window ended while nobody counted it down. None where something else was quicker.
pub async fn run_out(mirror: &Mirror, intent: &Intent, now: Timestamp) -> Result<Option<Intent>> {
    commit(mirror, intent, Input::RanOut, now).await
}

/// Writes what the machine makes of the input, unless somebody else wrote another step first: of a person's
/// undo and the release exactly one is written.
async fn commit(mirror: &Mirror, intent: &Intent, input: Input, now: Timestamp) -> Result<Option<Intent>> {
    let next = step(intent.state, intent.progress, intent.key_expires_at, input)
        .map_err(|error| OperationError::Defect(error.to_string()))?;
    let stepped = Intent {
        state: next.state,
        progress: next.progress,
        updated_at: now,
        next_try_at: None,
        problem_code: (input == Input::RanOut).then(|| RAN_OUT_PROBLEM.to_owned()),
        problem_detail: None,
        ..intent.clone()
    };
    let written = mirror.intents().update(&stepped, intent.state).await?;
    Ok(written.then_some(stepped))
}

#[cfg(test)]
mod tests {
    use domain::intent::{IntentKind, Progress};
    use domain::{AccountId, IntentId, RequestId};

    use super::*;

    fn waiting() -> Intent {
        let at = Timestamp::from_ms(1_000_000);
        Intent {
            id: IntentId::generate(),
            request_id: RequestId::generate(),
            account_id: AccountId::generate(),
            kind: IntentKind::Refund,
            state: IntentState::Waiting,
            target_id: None,
            amount: None,
            reason: None,
            note: None,
            approval: None,
            path: "/v1/refunds".to_owned(),
            body: String::new(),
            idempotency_key: "key".to_owned(),
            api_version: "version".to_owned(),
            created_at: at,
            updated_at: at,
            key_expires_at: at.plus_ms(23 * 3_600_000),
            release_at: Some(at.plus_ms(10_000)),
            progress: Progress::default(),
            next_try_at: None,
            object_id: None,
            object_status: None,
            problem_code: None,
            problem_detail: None,
            acknowledged_at: None,
        }
    }

    #[test]
    fn t01_a_window_found_in_the_journal_counts_only_while_the_clock_can_be_believed() {
        let intent = waiting();
        let left_at = |ms: i64| left_ms(&intent, intent.created_at.plus_ms(ms));
        assert_eq!(left_at(0), Some(10_000));
        assert_eq!(left_at(9_999), Some(1));
        assert_eq!(left_at(10_000), None);
        assert_eq!(left_at(86_400_000), None, "a day later");
        assert_eq!(left_at(-1), None, "set back by a moment");
        assert_eq!(left_at(-86_400_000), None, "set back by a day");
        let absurd = Intent { release_at: Some(intent.created_at.plus_ms(i64::from(u32::MAX))), ..intent };
        assert_eq!(left_ms(&absurd, absurd.created_at.plus_ms(10)), None, "no window is so long");
    }

    #[test]
    fn what_was_on_the_wire_is_neither_sent_anew_nor_withdrawn() {
        let ran_out = Intent { state: IntentState::NeedsPerson, ..waiting() };
        assert!(may_be_sent_now(&ran_out, ran_out.created_at) && may_be_withdrawn(&ran_out));
        assert!(!may_be_sent_now(&ran_out, ran_out.key_expires_at) && may_be_withdrawn(&ran_out));
        for progress in [
            Progress { sends: 1, ..Progress::default() },
            Progress { doubtful: true, ..Progress::default() },
            Progress { key_spent: true, ..Progress::default() },
        ] {
            let left = Intent { progress, ..ran_out.clone() };
            assert!(!may_be_sent_now(&left, left.created_at) && !may_be_withdrawn(&left), "{progress:?}");
        }
    }
}
