//! Use cases over real SQLite files and real loopback HTTP, with the clock passed in.

mod refunds;
mod support;
mod gaps;
mod kills;
mod strange_lists;
mod syncing;
