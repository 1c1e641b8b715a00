//! The Desk over a real home: real files, a real local socket, the built-in sandbox over real HTTP.

mod accounts;
mod approvals;
mod book;
mod bulk;
mod bulk_troubles;
mod channels;
mod disk;
mod doubts;
mod exports;
mod history;
mod home;
mod journeys;
mod keeping;
mod later;
mod listening;
mod lost;
mod money;
mod one_desk;
mod proof;
mod relay;
mod replays;
mod run_approvals;
mod support;
mod two_keys;
mod undo;
mod views;
