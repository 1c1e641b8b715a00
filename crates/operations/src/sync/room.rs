//! How much the lists of one first load may have on their way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Kind;
use tokio::sync::Semaphore;

/// Pages of one list that are being asked for at once. At 300 ms each, eight reach the 25 requests a
/// second that an endpoint may have; twice as many reach it at 600 ms.
const FETCHES_OF_A_LIST: usize = 16;
/// A list that is nearly done is still asked for this many at once.
const FETCHES_AT_LEAST: usize = 2;
/// Pages of all lists between asking and writing; it bounds the memory of a load.
const PAGES_AT_ONCE: usize = 96;

/// Shared by the lists of a load.
pub(super) struct Room {
    /// One for each page between asking and writing.
    pub(super) places: Arc<Semaphore>,
    /// Records that each list probably still has, where that can be told.
    left: Mutex<HashMap<Kind, u64>>,
}

impl Room {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { places: Arc::new(Semaphore::new(PAGES_AT_ONCE)), left: Mutex::default() })
    }

    /// How many pages a list may ask for at once. Lists share what an account may ask in a second, and the
    /// longest one decides when the load ends, so a list has as much of it as it needs to end with that one.
    pub(super) fn fetches(&self, kind: Kind, left: Option<u64>) -> usize {
        let mut lists = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(left) = left else { return FETCHES_OF_A_LIST };
        lists.insert(kind, left);
        let most = lists.values().copied().max().unwrap_or(left).max(1);
        let share = (FETCHES_OF_A_LIST as u64 * left).div_ceil(most);
        usize::try_from(share).unwrap_or(FETCHES_OF_A_LIST).clamp(FETCHES_AT_LEAST, FETCHES_OF_A_LIST)
    }

    /// A list is whole.
    pub(super) fn leave(&self, kind: Kind) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).remove(&kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_asks_for_as_much_as_it_needs_to_end_with_the_longest() {
        let room = Room::new();
        assert_eq!(room.fetches(Kind::Payments, Some(100_000)), 16);
        assert_eq!(room.fetches(Kind::Customers, Some(25_000)), 4);
        assert_eq!(room.fetches(Kind::Disputes, Some(100)), 2, "a short list goes on, too");
        assert_eq!(room.fetches(Kind::Refunds, None), 16, "nobody knows yet how long it is");
        room.leave(Kind::Payments);
        assert_eq!(room.fetches(Kind::Customers, Some(20_000)), 16, "now it is the longest");
    }
}
