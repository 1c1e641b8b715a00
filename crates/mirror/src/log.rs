//! When the write-ahead log is moved into the file.
//!
//! Nothing is written while it moves, which takes a few hundredths of a second for some thousand pages. SQLite would do
//! it within the very commit that finds the log long, so that a vendor who waits for its event to be acknowledged would
//! wait for that too. It is therefore moved between transactions, and while vendors deliver one event upon the other it
//! grows until they take a breath, as far as the bound that SQLite itself holds ([`crate::connection`]).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::connection::LONG_LOG_BYTES;
use crate::error::Result;
use crate::{Mirror, files};

/// No request came for so long: the vendors take a breath.
const BREATH: Duration = Duration::from_millis(20);

/// What is known of requests that come.
#[derive(Debug, Default)]
pub(crate) struct Breaths {
    last_request: Mutex<Option<Instant>>,
    watched: AtomicBool,
}

impl Breaths {
    /// A request is here; tells whether nobody waits for the next breath yet, so that the caller must.
    pub(crate) fn request_came(&self) -> bool {
        *self.last_request.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        !self.watched.swap(true, Ordering::SeqCst)
    }

    /// How much longer nothing must come until it is a breath; none where it is one.
    fn left(&self) -> Option<Duration> {
        let last = *self.last_request.lock().unwrap_or_else(PoisonError::into_inner);
        last.and_then(|at| BREATH.checked_sub(at.elapsed()))
    }
}

impl Mirror {
    /// Waits for a breath and moves the log then, if it is long.
    pub(crate) fn move_log_at_next_breath(&self) {
        let mirror = self.clone();
        tokio::spawn(async move {
            while let Some(left) = mirror.0.breaths.left() {
                tokio::time::sleep(left).await;
            }
            mirror.0.breaths.watched.store(false, Ordering::SeqCst);
            mirror.move_long_log().await;
        });
    }

    /// Moves the log into the file where it is long and nobody waits for a request to be kept.
    pub(crate) async fn move_long_log(&self) {
        let log = files::beside(&self.0.path, "-wal");
        let is_long = std::fs::metadata(log).is_ok_and(|facts| facts.len() > LONG_LOG_BYTES);
        if is_long
            && self.0.breaths.left().is_none()
            && let Err(error) = self.move_log().await
        {
            // Nothing is lost by it: the log holds what the file does not, and the next turn tries again.
            tracing::warn!(code = error.code(), "the log could not be moved into the file");
        }
    }

    async fn move_log(&self) -> Result<()> {
        let mut writer = self.writer().await?;
        // As far as nobody still reads what stands behind it, and without waiting for whoever does.
        sqlx::query("pragma wal_checkpoint(passive)").execute(writer.connection()?).await?;
        Ok(())
    }
}
