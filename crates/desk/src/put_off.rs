//! Intents whose next try is put off because of an error of our own.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::intent::Intent;
use domain::{IntentId, Timestamp};

/// Waits after so many errors in a row; the last repeats.
const WAITS_MS: [i64; 5] = [5_000, 15_000, 60_000, 300_000, 900_000];
/// A next try that lies further ahead than any wait was written down by a clock that was wrong.
const LONGEST_WAIT_MS: i64 = 30 * 60_000;

/// Which intents wait, since when and after how many errors. It lives in memory: the journal may be the
/// very thing that takes no writes.
#[derive(Debug, Default)]
pub(crate) struct PutOffs(Mutex<HashMap<IntentId, (usize, Timestamp)>>);

impl PutOffs {
    fn all(&self) -> MutexGuard<'_, HashMap<IntentId, (usize, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more error, and tells when it is tried again.
    pub(crate) fn add(&self, id: IntentId, now: Timestamp) -> Timestamp {
        let mut all = self.all();
        let errors = all.get(&id).map_or(0, |(errors, _)| *errors);
        let wait_ms = WAITS_MS.get(errors).or(WAITS_MS.last()).copied().unwrap_or(0);
        let next_try = now.plus_ms(wait_ms);
        all.insert(id, (errors.saturating_add(1), next_try));
        next_try
    }

    /// It could be driven again.
    pub(crate) fn forget(&self, id: IntentId) {
        self.all().remove(&id);
    }

    /// Whether an intent is to be tried now.
    pub(crate) fn is_due(&self, intent: &Intent, now: Timestamp) -> bool {
        let put_off = self.all().get(&intent.id).map(|(_, next_try)| *next_try);
        !waits(intent.next_try_at, now) && !waits(put_off, now)
    }
}

/// Whether a next try lies ahead; one beyond every wait is of another clock and counts as come.
fn waits(next_try: Option<Timestamp>, now: Timestamp) -> bool {
    next_try.is_some_and(|next_try| (1..=LONGEST_WAIT_MS).contains(&next_try.ms_since(now)))
}

#[cfg(test)]
mod tests {
    use domain::{IntentId, Timestamp};

    use super::PutOffs;

    #[test]
    fn each_error_puts_the_next_try_off_further_until_it_works_again() {
        let (put_offs, id, now) = (PutOffs::default(), IntentId::generate(), Timestamp::from_ms(1_000));
        let waits: Vec<i64> = (0..7).map(|_| put_offs.add(id, now).ms_since(now)).collect();
        assert_eq!(waits, [5_000, 15_000, 60_000, 300_000, 900_000, 900_000, 900_000]);
        put_offs.forget(id);
        assert_eq!(put_offs.add(id, now).ms_since(now), 5_000);
    }

    #[test]
    fn t02_a_clock_that_is_set_back_during_a_wait_does_not_stop_what_waits() {
        let now = Timestamp::from_ms(86_400_000);
        let waits = |next_try: Timestamp, now: Timestamp| super::waits(Some(next_try), now);
        assert!(waits(now.plus_ms(60_000), now), "a minute is waited");
        assert!(!waits(now.plus_ms(60_000), now.plus_ms(60_000)));
        assert!(!waits(now.plus_ms(60_000), now.plus_ms(86_400_000)), "ahead by a day it is due");
        assert!(
            !waits(now.plus_ms(60_000), now.plus_ms(-86_400_000)),
            "back by a day it does not wait a day"
        );
    }
}
