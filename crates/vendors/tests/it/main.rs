//! Stripe and Twilio over real loopback HTTP, against scripts of what a vendor can answer.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up must fail loudly")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

mod lists;
mod objects;
mod published;
mod single;
mod stateful_mock;
mod support;
mod twilio;
mod writes;
