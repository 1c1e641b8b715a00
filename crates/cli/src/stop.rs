//! Being told to stop: Ctrl-C, and on Unix also SIGTERM, which service managers send.

use crate::failure::Failure;

/// Waits for being told to stop. From the moment it exists the signals no longer end the program.
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// Starts to listen.
    #[cfg(unix)]
    pub(crate) fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let on = |kind| signal(kind).map_err(Failure::internal);
        Ok(Self { interrupt: on(SignalKind::interrupt())?, terminate: on(SignalKind::terminate())? })
    }

    /// Starts to listen.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// Comes back when told to stop.
    #[cfg(unix)]
    pub(crate) async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Comes back when told to stop.
    #[cfg(not(unix))]
    pub(crate) async fn told(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
