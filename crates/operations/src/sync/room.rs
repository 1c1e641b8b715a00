//! How much the lists of one first load may have on their way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Kind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::is_queued;

/// Pages of one list that are being asked for at once. At 300 ms each, eight reach the 25 requests a
/// second that an endpoint may have; twice as many reach it at 600 ms.
const FETCHES_OF_A_LIST: usize = 16;
/// A list that is nearly done is still asked for this many at once.
const FETCHES_AT_LEAST: usize = 2;
/// Pages of all lists that are asked for or still as the vendor sent them, a quarter of a megabyte each. At 300 ms
/// each, thirty reach the 100 requests a second that an account may have.
const PAGES_AT_ONCE: usize = 40;
/// Pages made ready that wait for the writer, of which each takes half as much: those of one transaction, so that lists
/// go on while it ends.
const READY_PAGES_AT_ONCE: usize = 64;

/// Shared by the lists of a load.
pub(super) struct Room {
    /// One for each page between asking and being ready.
    pub(super) places: Arc<Semaphore>,
    /// One for each page between being ready and being written.
    pub(super) ready: Arc<Semaphore>,
    /// Records that each list probably still has, where that can be told.
    left: Mutex<HashMap<Kind, u64>>,
}

impl Room {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            places: Arc::new(Semaphore::new(PAGES_AT_ONCE)),
            ready: Arc::new(Semaphore::new(READY_PAGES_AT_ONCE)),
            left: Mutex::default(),
        })
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

/// Where a page of a slice stands: behind the one before it, and with what it holds of the room.
pub(super) struct InOrder {
    /// Comes once the page before it is queued.
    pub(super) before: Option<oneshot::Receiver<()>>,
    /// Is told once this one is.
    pub(super) queued: oneshot::Sender<()>,
    /// Its place among the pages that are not ready.
    pub(super) held: OwnedSemaphorePermit,
    /// The room that it is in.
    pub(super) room: Arc<Room>,
}

/// Leave to queue a page.
pub(super) struct Turn {
    queued: oneshot::Sender<()>,
    waits: OwnedSemaphorePermit,
}

impl InOrder {
    /// Waits until the page before this one is queued and few enough wait for the writer. The page keeps its first
    /// place until then, or pages whose turn has not come could take all of the second ones. None where the page
    /// before it failed: nothing may follow that, and its own error ends the run.
    pub(super) async fn turn(self) -> Option<Turn> {
        let Self { before, queued, held, room } = self;
        if !is_queued(before).await {
            return None;
        }
        // The room closes with nobody in it.
        let waits = Arc::clone(&room.ready).acquire_owned().await.ok()?;
        drop(held);
        Some(Turn { queued, waits })
    }
}

impl Turn {
    /// Lets the next page of the slice follow; what it answers is to be held until this one is written.
    pub(super) fn queued(self) -> OwnedSemaphorePermit {
        // Whoever does not wait any more has no page to queue.
        let _ = self.queued.send(());
        self.waits
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
