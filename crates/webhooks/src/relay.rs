//! The pure part of sending events on: which endpoint wants an event, and what follows a try.

mod filter;
mod schedule;

pub use filter::{Filter, FilterMistake, MOST_CONDITIONS, MOST_TYPES, OWN};
pub use schedule::{
    Ended, FAILING_LIMIT_MS, LONGEST_WAIT_MS, NextStep, PAUSE_MOST_MS, Schedule, StopReason, Tried,
    attempts_of, decide,
};
