//! The vaults over real files, real processes and a real Secret Service.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail the test; clippy excuses only the test functions themselves"
)]

mod environment;
mod keychain;
mod keychain_session;
mod passphrase;
mod passphrase_processes;
mod support;
mod verifier;
