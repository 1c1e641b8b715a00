//! The vaults over real files, real processes and a real Secret Service.

mod environment;
mod keychain;
mod keychain_session;
mod passphrase;
mod passphrase_processes;
mod support;
