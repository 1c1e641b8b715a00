//! The sandbox over real HTTP on loopback.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail by panicking and say what was skipped"
)]

mod archive;
mod charges;
mod client;
mod clock;
mod faults;
mod idempotency;
mod intents;
mod lists;
mod mail;
mod messages;
mod objects;
mod payouts;
mod refunds;
mod restart;
mod sms;
mod webhooks;

use chrono::{DateTime, Utc};
use sandbox::{Sandbox, SandboxConfig};

/// The fixed end of history of all tests.
fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn config() -> SandboxConfig {
    SandboxConfig { now: Some(moment()), ..SandboxConfig::default() }
}

async fn start() -> Sandbox {
    Sandbox::start(config()).await.unwrap()
}
