//! Who is connected. Anybody can open connections and say nothing, so those who have said nothing for longest make
//! room for whoever comes: a vendor says all it has to say at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// The connections.
pub(super) struct Crowd(Arc<Inside>);

struct Inside {
    most: usize,
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    connected: usize,
    next: u64,
    /// Connections that have not said a whole request, the one that waits for longest first.
    silent: BTreeMap<u64, CancellationToken>,
}

/// The place of one connection; given up when it is dropped.
pub(super) struct Place {
    inside: Arc<Inside>,
    silent_as: Option<u64>,
}

impl Crowd {
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Inside { most, seats: Mutex::default() }))
    }

    /// A place; none where everybody is being answered.
    pub(super) fn enter(&self) -> Option<Place> {
        let mut seats = self.0.seats();
        if seats.connected >= self.0.most {
            let (_, oldest) = seats.silent.pop_first()?;
            oldest.cancel();
        }
        seats.connected += 1;
        drop(seats);
        Some(Place { inside: Arc::clone(&self.0), silent_as: None })
    }

    /// Lets the one go that has said nothing for longest.
    pub(super) fn make_room(&self) {
        if let Some((_, oldest)) = self.0.seats().silent.pop_first() {
            oldest.cancel();
        }
    }
}

impl Inside {
    fn seats(&self) -> std::sync::MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// From now on it may be asked to make room, which the token tells.
    pub(super) fn fall_silent(&mut self) -> CancellationToken {
        let mut seats = self.inside.seats();
        let number = seats.next;
        seats.next += 1;
        let asked = CancellationToken::new();
        seats.silent.insert(number, asked.clone());
        drop(seats);
        self.silent_as = Some(number);
        asked
    }

    /// It has said a request, and is answered before it makes room for anybody.
    pub(super) fn speak(&mut self) {
        if let Some(number) = self.silent_as.take() {
            self.inside.seats().silent.remove(&number);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.speak();
        self.inside.seats().connected -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::Crowd;

    #[test]
    fn the_longest_silent_makes_room_and_whoever_is_answered_stays() {
        let crowd = Crowd::new(2);
        let mut first = crowd.enter().unwrap();
        let mut second = crowd.enter().unwrap();
        assert!(crowd.enter().is_none(), "nobody is known to be silent");
        let (asked_first, asked_second) = (first.fall_silent(), second.fall_silent());
        first.speak();
        let third = crowd.enter().unwrap();
        assert!(asked_second.is_cancelled());
        assert!(!asked_first.is_cancelled());
        drop((first, second, third));
        assert_eq!(crowd.0.seats().connected, 0);
        assert!(crowd.0.seats().silent.is_empty());
    }
}
