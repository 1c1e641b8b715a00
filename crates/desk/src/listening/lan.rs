//! How long the listener reaches beyond this machine: as long as whoever asked for that is there.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long it reaches there after whoever asked for it was last heard of.
const LEASE: Duration = Duration::from_secs(60);

/// The address beyond this machine that is listened on, and until when.
#[derive(Debug, Default)]
pub(super) struct Lan(Mutex<Option<(IpAddr, Instant)>>);

impl Lan {
    fn with<T>(&self, act: impl FnOnce(&mut Option<(IpAddr, Instant)>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The address that is to be listened on now.
    pub(super) fn at(&self, now: Instant) -> Option<IpAddr> {
        self.with(|held| held.filter(|(_, until)| now < *until).map(|(address, _)| address))
    }

    /// Holds it open for longer, unless another address is open now; says whether that is news.
    pub(super) fn hold(&self, address: IpAddr, now: Instant) -> bool {
        match self.at(now) {
            Some(open) if open != address => false,
            _ => self.open(address, now),
        }
    }

    /// Opens it; says whether that is news.
    pub(super) fn open(&self, address: IpAddr, now: Instant) -> bool {
        let before = self.at(now);
        self.back_to(Some(address), now);
        before != Some(address)
    }

    /// Closes it, where it is that address; says whether it was.
    pub(super) fn close(&self, address: IpAddr) -> bool {
        self.with(|held| held.take_if(|(open, _)| *open == address)).is_some()
    }

    /// Puts what is listened on in the place of what could not be had.
    pub(super) fn back_to(&self, address: Option<IpAddr>, now: Instant) {
        self.with(|held| *held = address.map(|address| (address, now + LEASE)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_open_for_as_long_as_somebody_holds_it_and_closed_at_once_by_whoever_opened_it() {
        let (lan, began) = (Lan::default(), Instant::now());
        let [ours, other] = [IpAddr::from([192, 168, 1, 5]), IpAddr::from([10, 0, 0, 5])];
        assert_eq!(lan.at(began), None);
        assert!(lan.open(ours, began));
        let later = began + LEASE / 2;
        assert!(!lan.hold(ours, later), "it was open");
        assert!(!lan.hold(other, later), "the address that was asked for last stays");
        assert_eq!(lan.at(began + LEASE), Some(ours));
        assert_eq!(lan.at(later + LEASE), None, "nobody held it");
        assert!(lan.hold(ours, later + LEASE), "and now it is open again");
        assert!(!lan.close(other));
        assert!(lan.close(ours) && !lan.close(ours));
        assert_eq!(lan.at(later + LEASE), None);
    }
}
