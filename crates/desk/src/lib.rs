//! One running Desk per home.
//!
//! Whoever starts first, the window or a `paydeskctl` command, takes the home's lock and runs the
//! Desk in its own process: one writing connection, one scheduler. Another shell on the same home
//! sends the same requests to it over a local socket. A shell sees none of this: it opens a
//! [`Connection`] and calls it.
//!
//! | part | files |
//! |---|---|
//! | the home folder, its settings, its lock | `home`, `places`, `settings`, `seat` |
//! | the local socket | `socket`, `server`, `remote`, `connection` |
//! | the one window program of a home | `window_seat` |
//! | what the Desk owns: mirrors, vendor clients, the vault, the built-in sandbox | `desk`, `clients`, `call_log` |
//! | one file per subject that answers its requests | `answer/` |
//! | the book: what was shown, its heads in the vault, evidence of a payment | `look_ups`, `book_heads`, `evidence_page` |
//! | the lock on live money, and the system's check of the person | `airlock`, `credential` |
//! | what it does by itself | `scheduler`, `undo_windows`, `view_watch` |
//! | what vendors deliver: the listener, and what is done with a request | `listening`, `intake` |
//! | its log in the home; figures of calls for whoever wants them elsewhere | `log_file`, `telemetry` |
//! | from our words to the contract's | `views`, `errors` |

/// Declared here so that every shell has it; `.cargo/config.toml` says how it gives memory back.
#[cfg(target_os = "linux")]
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

mod activity_turns;
mod airlock;
mod answer;
mod applying;
mod book_heads;
mod call_log;
mod certificates;
mod clients;
mod connection;
mod credential;
mod desk;
mod errors;
mod evidence_page;
mod handing_over;
mod home;
mod intake;
mod json_diff;
mod listening;
mod log_file;
mod look_ups;
mod message_dumps;
mod message_logs;
mod message_work;
mod places;
mod public_url;
mod put_off;
mod relay;
mod remote;
mod replies;
mod scheduler;
mod seat;
mod server;
mod settings;
mod socket;
mod telemetry;
mod telling;
mod undo_windows;
mod view_watch;
mod views;
mod window_seat;

pub use connection::{Connection, DeskOptions};
pub use home::{default_home, is_new_home};
pub use listening::new_webhook_secret;
pub use log_file::{LogLayer, log_layer};
pub use window_seat::{NoAnswer, WindowSeat, WindowTaken, take_window};
