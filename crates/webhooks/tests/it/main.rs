//! Signatures of every scheme: known ones, made elsewhere, and everything that must be refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

mod authority;
mod changes;
mod hubspot;
mod listener;
mod paypal;
mod published;
mod random;
mod sendgrid;
mod session;
mod signing;
mod standard;
mod stripe;
mod support;
mod twilio;
