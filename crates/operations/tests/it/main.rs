//! Use cases over real SQLite files and real loopback HTTP, with the clock passed in.

mod card_data;
mod doubts;
mod exporting;
mod gaps;
mod hiding;
mod kills;
mod losing;
mod proving;
mod receiving;
mod refunds;
mod seeds;
mod sms_log;
mod strange_lists;
mod support;
mod syncing;
