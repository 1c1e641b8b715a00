//! Use cases over real SQLite files and real loopback HTTP, with the clock passed in.

mod refunds;
mod support;
mod syncing;
