//! For tests only: servers that misbehave on purpose, a proxy that injects faults, a clock that is
//! moved by hand, and a home that is thrown away.
//!
//! Everything listens on 127.0.0.1 at a port the system picks, over real sockets. Faults here are
//! those of networks and vendors; nothing in this crate knows Paydesk's own types.
#![expect(clippy::expect_used, reason = "a test that cannot set up its own machinery must fail loudly")]

mod certificate;
mod connection;
mod fault_proxy;
mod http2;
mod manual_clock;
mod script;
mod scripted_server;
mod temp_home;

pub use certificate::TestCertificate;
pub use fault_proxy::{Fault, FaultProxy};
pub use http2::{Http2Reply, Http2Server};
pub use manual_clock::ManualClock;
pub use script::{Script, Step, http_response};
pub use scripted_server::{RecordedRequest, ScriptedServer};
pub use temp_home::TempHome;
