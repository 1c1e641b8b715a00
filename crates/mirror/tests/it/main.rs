//! The mirror over real files, through `Mirror::open` alone.
#![expect(clippy::unwrap_used, reason = "helpers of tests end a test by panicking, as tests do")]
#![expect(clippy::print_stdout, reason = "a test that cannot be tried here says so")]

mod any_order;
mod approvals;
mod bad_files;
mod book;
mod bulk;
mod crash;
mod customer_messages;
mod disks;
mod erased_later;
mod erasing;
mod erasing_addresses;
mod erasing_messages;
mod events_find;
mod find;
mod find_completion;
mod find_dashboard;
mod find_plans;
mod find_robust;
mod find_sorting;
mod find_written;
mod first_load;
mod health;
mod inbox;
mod journal;
mod keeping;
mod look;
mod messages;
mod opening;
mod overview;
mod records;
mod refund_guard;
mod refund_limits;
mod relay_troubles;
mod relaying;
mod request_days;
mod restoring;
mod rollups;
mod run_approvals;
mod sms;
mod snapshot;
mod sql;
mod support;
mod views;
