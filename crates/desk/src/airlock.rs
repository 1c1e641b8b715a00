//! The airlock before live money: closed until somebody opens it for one account, for a time or for a number
//! of actions. It lives in the running Desk only, so a restart closes it; see `answer/airlock.rs` for commands
//! whose Desk lives no longer than they do.
//!
//! Being away closes it to whatever somebody could begin at an unattended window. A run of refunds that was begun
//! before was decided by a person, who opened it for that long: its rows pass until the time or the actions are
//! over, or somebody locks by hand. Nothing can be begun by then, so only rows that were decided remain.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    /// Whether somebody is there. A clock that was set back tells of nobody: nobody was seen at a time that has
    /// not come.
    fn is_attended(&self, now: Timestamp) -> bool {
        self.seen.is_none_or(|seen| now.ms_since(seen).abs() < IDLE_MS)
    }
}

/// What was opened, as the Desk holds it.
#[derive(Debug)]
struct Held {
    unlocked: Unlocked,
    /// When its time is over by a clock that nobody can set.
    ends: Option<Instant>,
    /// Nobody was there at some moment, so that only runs pass that were begun before.
    left: bool,
}

impl Held {
    fn new(unlocked: Unlocked, now: Timestamp) -> Self {
        let left_ms = u64::try_from(unlocked.until.ms_since(now)).unwrap_or(0);
        Self { ends: Instant::now().checked_add(Duration::from_millis(left_ms)), unlocked, left: false }
    }

    /// Whether its time is not over. Once it was, it is gone, whatever a clock says later.
    fn is_in_time(&self, now: Timestamp) -> bool {
        self.unlocked.until > now && self.ends.is_some_and(|ends| Instant::now() < ends)
    }

    fn has_actions(&self) -> bool {
        self.unlocked.actions_left != Some(0)
    }

    /// Whether somebody may begin something.
    fn is_open(&self) -> bool {
        !self.left && self.has_actions()
    }
}

/// Whether actions are counted, so that one that was taken must be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted(pub(crate) bool);

/// The airlock of a Desk.
#[derive(Debug, Default)]
pub(crate) struct Airlock {
    open: Mutex<Option<Held>>,
    /// Whether what was opened last is also there for commands that come after this one.
    outlives: AtomicBool,
}

impl Airlock {
    /// Opens it, in place of what was open; for this command alone, or for later ones too.
    pub(crate) fn open(&self, unlocked: Unlocked, now: Timestamp, outlives: bool) {
        self.outlives.store(outlives, Ordering::Relaxed);
        *self.held() = Some(Held::new(unlocked, now));
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is held at a moment: without what is over, and marked where nobody is there.
    fn held_at(&self, now: Timestamp) -> MutexGuard<'_, Option<Held>> {
        let mut held = self.held();
        // One whose actions are spent stays until its time is over: the last of them may be given back.
        *held = held.take().filter(|held| held.is_in_time(now));
        if let Some(held) = held.as_mut() {
            held.left |= !held.unlocked.is_attended(now);
        }
        held
    }

    /// Whether what was opened last is also there for commands that come after this one.
    pub(crate) fn outlives_its_command(&self) -> bool {
        self.outlives.load(Ordering::Relaxed)
    }

    /// Closes it; tells what was open.
    pub(crate) fn close(&self) -> Option<Unlocked> {
        self.held().take().map(|held| held.unlocked)
    }

    /// Closes it because nobody is there, to all but the runs that were begun; tells what was open.
    pub(crate) fn leave(&self, now: Timestamp) -> Option<Unlocked> {
        let mut held = self.held_at(now);
        let held = held.as_mut()?;
        held.left = true;
        Some(held.unlocked.clone())
    }

    /// What is open now.
    pub(crate) fn now(&self, now: Timestamp) -> Option<Unlocked> {
        self.held_at(now).as_ref().filter(|held| held.is_open()).map(|held| held.unlocked.clone())
    }

    /// Whether it was opened for a time that is not over, even if its actions are spent.
    pub(crate) fn was_opened(&self, now: Timestamp) -> bool {
        self.held_at(now).is_some()
    }

    /// Takes one action of an account, where it may; tells whether actions are counted.
    pub(crate) fn pass(&self, account: AccountId, now: Timestamp) -> Option<Counted> {
        self.take_action(account, now, Held::is_open)
    }

    /// Takes one action for a row of a run, which was begun while it was open. Nobody need be there any more.
    pub(crate) fn pass_of_run(&self, account: AccountId, now: Timestamp) -> Option<Counted> {
        self.take_action(account, now, Held::has_actions)
    }

    fn take_action(
        &self,
        account: AccountId,
        now: Timestamp,
        may: impl Fn(&Held) -> bool,
    ) -> Option<Counted> {
        let mut held = self.held_at(now);
        let held = held.as_mut().filter(|held| held.unlocked.account == account && may(held))?;
        let left = &mut held.unlocked.actions_left;
        let counted = Counted(left.is_some());
        *left = left.map(|left| left.saturating_sub(1));
        Some(counted)
    }

    /// Gives an action back that came to nothing: it was refused before anything was written down.
    pub(crate) fn give_back(&self, account: AccountId) {
        if let Some(held) = self.held().as_mut().filter(|held| held.unlocked.account == account) {
            held.unlocked.actions_left = held.unlocked.actions_left.map(|left| left.saturating_add(1));
        }
    }

    /// Somebody is there.
    pub(crate) fn touch(&self, now: Timestamp) {
        if let Some(held) = self.held_at(now).as_mut().filter(|held| held.is_open()) {
            held.unlocked.seen = held.unlocked.seen.map(|_| now);
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
            at(0),
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
        assert!(airlock.pass(account, at(1)).is_none(), "nobody was there once, whatever a clock says later");
    }

    #[test]
    fn a_run_that_was_begun_goes_on_without_anybody_for_as_long_as_was_granted_and_nothing_else_does() {
        let account = AccountId::generate();
        let airlock = opened(account, None, Some(at(0)));
        assert!(airlock.pass_of_run(AccountId::generate(), at(1)).is_none(), "it is of one account");
        assert!(airlock.pass_of_run(account, at(599_999)).is_some());
        assert!(airlock.pass(account, at(599_999)).is_none() && airlock.now(at(599_999)).is_none());
        airlock.touch(at(599_999));
        assert_eq!(airlock.view(at(599_999)).unlocked_until, None, "coming back does not open it");
        assert!(airlock.pass_of_run(account, at(600_000)).is_none(), "the time is over");
        assert!(airlock.pass_of_run(account, at(1)).is_none(), "and stays so when the clock is set back");
    }

    #[test]
    fn a_run_without_anybody_is_held_to_its_actions_and_to_a_lock_by_hand() {
        let account = AccountId::generate();
        let airlock = opened(account, Some(2), Some(at(0)));
        assert_eq!(airlock.leave(at(1)).map(|one| one.account), Some(account));
        assert!(airlock.pass(account, at(2)).is_none(), "the window said that nobody is there");
        assert!(
            airlock.pass_of_run(account, at(2)).is_some() && airlock.pass_of_run(account, at(3)).is_some()
        );
        assert!(airlock.pass_of_run(account, at(4)).is_none());
        let airlock = opened(account, None, Some(at(0)));
        airlock.leave(at(1));
        airlock.close();
        assert!(airlock.pass_of_run(account, at(2)).is_none());
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_time_longer() {
        let account = AccountId::generate();
        let airlock = Airlock::default();
        let unlocked = Unlocked {
            account,
            label: "shop".to_owned(),
            until: at(20),
            actions_left: None,
            seen: None,
            system_user: "ada".to_owned(),
        };
        airlock.open(unlocked, at(0), true);
        std::thread::sleep(std::time::Duration::from_millis(30));
        assert!(airlock.pass_of_run(account, at(0)).is_none() && airlock.pass(account, at(0)).is_none());
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
