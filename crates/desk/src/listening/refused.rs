//! What is kept of requests that are not believed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Bounds how much of what is not believed is kept: whoever knows a path could fill the disk with it.
#[derive(Default)]
pub(crate) struct RefusedRoom(Mutex<HashMap<i64, (i64, u32)>>);

impl RefusedRoom {
    /// Whether one more of a path is kept in the present minute.
    pub(crate) fn take(&self, hook: i64, now: domain::Timestamp, most: u32) -> bool {
        let minute = now.as_ms() / 60_000;
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = taken.entry(hook).or_insert((minute, 0));
        if place.0 != minute {
            *place = (minute, 0);
        }
        place.1 = place.1.saturating_add(1);
        place.1 <= most
    }
}

#[cfg(test)]
mod tests {
    use super::RefusedRoom;
    use domain::Timestamp;

    #[test]
    fn of_what_is_not_believed_only_so_much_a_minute_is_kept() {
        let room = RefusedRoom::default();
        let at = Timestamp::from_ms;
        assert!(room.take(1, at(0), 2) && room.take(1, at(59_999), 2));
        assert!(!room.take(1, at(59_999), 2));
        assert!(room.take(2, at(0), 2), "another path");
        assert!(room.take(1, at(60_000), 2), "another minute");
    }
}
