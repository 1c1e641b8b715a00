//! Turns at an API that answers a few requests a minute, so that asking ends where the vendor would refuse.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use domain::{AccountId, Timestamp};

const MINUTE_MS: i64 = 60_000;

/// When requests of each account were made.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<AccountId, VecDeque<Timestamp>>>);

impl Turns {
    /// Takes so many turns of an account's minute; false, and none taken, where fewer are left.
    pub(crate) fn take(&self, account: AccountId, wanted: usize, now: Timestamp, of_a_minute: usize) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = all.entry(account).or_default();
        // A clock that was set back gives no turns anew, and none that lie ahead hold anybody up for long.
        made.retain(|at| now.ms_since(*at) < MINUTE_MS && at.ms_since(now) < MINUTE_MS);
        if made.len() + wanted > of_a_minute {
            return false;
        }
        made.extend(std::iter::repeat_n(now, wanted));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_turns_and_no_more() {
        let (turns, account) = (Turns::default(), AccountId::generate());
        let at = |second: i64| Timestamp::from_seconds(1_780_000_000 + second);
        assert!(turns.take(account, 2, at(0), 6));
        assert!(turns.take(account, 4, at(30), 6));
        assert!(!turns.take(account, 1, at(59), 6));
        assert!(turns.take(AccountId::generate(), 6, at(59), 6), "another account has its own");
        assert!(turns.take(account, 2, at(60), 6));
        assert!(!turns.take(account, 1, at(60), 6));
    }
}
