//! The airlock before live money: closed until somebody opens it for one account, for a time or for a number
//! of actions. It lives in the running Desk only, so a restart closes it; see `answer/airlock.rs` for commands
//! whose Desk lives no longer than they do.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use contract::home::WriteLock;
use domain::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// A window that nobody touched for so long is locked.
pub(crate) const IDLE_MS: i64 = 5 * 60_000;

/// An opened airlock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unlocked {
    /// The account, and no other.
    pub(crate) account: AccountId,
    /// Its label, for the screen.
    pub(crate) label: String,
    /// Until when at the latest.
    pub(crate) until: Timestamp,
    /// How many more actions; none where only the time counts.
    pub(crate) actions_left: Option<u32>,
    /// When a person was last seen, where being away closes it.
    pub(crate) seen: Option<Timestamp>,
    /// By whom it was opened, as the operating system knows them.
    pub(crate) system_user: String,
}

impl Unlocked {
    /// Whether it is still open at a moment. A clock that was set back closes it too: nobody opens it for a
    /// time that has not begun.
    fn is_open(&self, now: Timestamp) -> bool {
        self.is_in_time(now) && self.actions_left != Some(0)
    }

    fn is_in_time(&self, now: Timestamp) -> bool {
        let present = self.seen.is_none_or(|seen| now.ms_since(seen).abs() < IDLE_MS);
        self.until > now && present
    }
}

/// Whether actions are counted, so that one that was taken must be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted(pub(crate) bool);

/// The airlock of a Desk.
#[derive(Debug, Default)]
pub(crate) struct Airlock {
    open: Mutex<Option<Unlocked>>,
    /// Whether what was opened last is also there for commands that come after this one.
    outlives: AtomicBool,
}

impl Airlock {
    /// Opens it, in place of what was open; for this command alone, or for later ones too.
    pub(crate) fn open(&self, unlocked: Unlocked, outlives: bool) {
        self.outlives.store(outlives, Ordering::Relaxed);
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(unlocked);
    }

    /// Whether what was opened last is also there for commands that come after this one.
    pub(crate) fn outlives_its_command(&self) -> bool {
        self.outlives.load(Ordering::Relaxed)
    }

    /// Closes it; tells what was open.
    pub(crate) fn close(&self) -> Option<Unlocked> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What is open now.
    pub(crate) fn now(&self, now: Timestamp) -> Option<Unlocked> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // One whose actions are spent stays until its time is over: the last of them may be given back.
        *open = open.take().filter(|open| open.is_in_time(now));
        open.clone().filter(|open| open.is_open(now))
    }

    /// Whether it was opened for a time that is not over, even if its actions are spent.
    pub(crate) fn was_opened(&self, now: Timestamp) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.as_ref().is_some_and(|open| open.is_in_time(now))
    }

    /// Takes one action of an account, where it may; tells whether actions are counted.
    pub(crate) fn pass(&self, account: AccountId, now: Timestamp) -> Option<Counted> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let unlocked = open.as_mut().filter(|open| open.account == account && open.is_open(now))?;
        let counted = Counted(unlocked.actions_left.is_some());
        unlocked.actions_left = unlocked.actions_left.map(|left| left.saturating_sub(1));
        Some(counted)
    }

    /// Gives an action back that came to nothing: it was refused before anything was written down.
    pub(crate) fn give_back(&self, account: AccountId) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unlocked) = open.as_mut().filter(|open| open.account == account) {
            unlocked.actions_left = unlocked.actions_left.map(|left| left.saturating_add(1));
        }
    }

    /// Somebody is there.
    pub(crate) fn touch(&self, now: Timestamp) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unlocked) = open.as_mut().filter(|open| open.is_open(now) && open.seen.is_some()) {
            unlocked.seen = Some(now);
        }
    }

    /// How it is, for shells.
    pub(crate) fn view(&self, now: Timestamp) -> WriteLock {
        view(self.now(now).as_ref())
    }
}

/// How an airlock is, for shells.
pub(crate) fn view(open: Option<&Unlocked>) -> WriteLock {
    WriteLock {
        unlocked_until: open.map(|open| open.until),
        actions_left: open.and_then(|open| open.actions_left),
        account: open.map(|open| open.label.clone()),
    }
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, Timestamp};

    use super::{Airlock, IDLE_MS, Unlocked};

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(1_760_000_000_000 + ms)
    }

    fn opened(account: AccountId, actions_left: Option<u32>, seen: Option<Timestamp>) -> Airlock {
        let airlock = Airlock::default();
        airlock.open(
            Unlocked {
                account,
                label: "shop".to_owned(),
                until: at(600_000),
                actions_left,
                seen,
                system_user: "ada".to_owned(),
            },
            true,
        );
        airlock
    }

    #[test]
    fn it_is_closed_until_it_is_opened_and_again_when_its_time_is_over() {
        let account = AccountId::generate();
        assert!(Airlock::default().pass(account, at(0)).is_none());
        let airlock = opened(account, None, None);
        assert!(airlock.pass(account, at(0)).is_some() && airlock.pass(account, at(599_999)).is_some());
        assert!(airlock.pass(account, at(600_000)).is_none());
        assert_eq!(airlock.now(at(600_000)), None);
        assert!(airlock.pass(account, at(0)).is_none(), "what was over once does not open again");
    }

    #[test]
    fn it_is_open_for_one_account_and_for_so_many_actions() {
        let (account, other) = (AccountId::generate(), AccountId::generate());
        let airlock = opened(account, Some(2), None);
        assert!(airlock.pass(other, at(1)).is_none());
        assert!(airlock.pass(account, at(1)).is_some() && airlock.pass(account, at(2)).is_some());
        assert!(airlock.pass(account, at(3)).is_none());
        airlock.give_back(other);
        assert!(airlock.pass(account, at(3)).is_none());
        airlock.give_back(account);
        assert!(airlock.pass(account, at(4)).is_some() && airlock.pass(account, at(5)).is_none());
        // Looking at it between the last action and its being given back spends nothing.
        assert_eq!(airlock.now(at(6)), None);
        airlock.give_back(account);
        assert_eq!(airlock.now(at(7)).and_then(|open| open.actions_left), Some(1));
    }

    #[test]
    fn a_window_that_nobody_touches_is_locked_and_cannot_be_touched_open() {
        let account = AccountId::generate();
        let airlock = opened(account, None, Some(at(0)));
        airlock.touch(at(IDLE_MS - 1));
        assert!(airlock.pass(account, at(2 * IDLE_MS - 2)).is_some());
        airlock.touch(at(2 * IDLE_MS - 1));
        assert!(airlock.pass(account, at(2 * IDLE_MS - 1)).is_none());
        let airlock = opened(account, None, Some(at(0)));
        assert!(airlock.pass(account, at(-IDLE_MS)).is_none(), "the clock was set back");
    }

    #[test]
    fn it_is_closed_at_once_by_hand() {
        let account = AccountId::generate();
        let airlock = opened(account, None, None);
        assert_eq!(airlock.close().map(|one| one.account), Some(account));
        assert!(airlock.pass(account, at(1)).is_none());
        assert_eq!(airlock.view(at(1)).unlocked_until, None);
    }
}
