//! The real `paydeskctl` in real processes, against a real sandbox over HTTP.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod approvals;
mod book;
mod bulk;
mod bulk_approvals;
mod bulk_bad;
mod copied;
mod exit_codes;
mod exports;
mod finding;
mod journey;
mod keeping;
mod kills;
mod listening;
mod machine;
mod mail_kills;
mod night;
mod notice_kills;
mod notifying;
mod processes;
mod relaying;
mod replies;
mod secrets;
mod sql;
mod stage;
mod sync_kills;
mod two_keys;
mod typed;
mod undo;
mod watching;
mod webhooks;
