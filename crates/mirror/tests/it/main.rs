//! The mirror over real files, through `Mirror::open` alone.

mod bad_files;
mod crash;
mod find;
mod journal;
mod opening;
mod overview;
mod records;
mod refund_guard;
mod support;
