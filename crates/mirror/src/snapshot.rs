//! A mirror as it stood at one moment, for what must be of one piece: an export of a million rows
//! must not miss a row that moves while it is read, nor hold one twice.

use std::sync::{Mutex as BlockingMutex, PoisonError, RwLock};

use sqlx::sqlite::SqlitePool;

use crate::connection;
use crate::error::Result;
use crate::{Inner, Mirror, Readers};

/// The connections that hold a snapshot, so that they are closed before the writing one, which must
/// close last.
#[derive(Debug, Default)]
pub(crate) struct Snapshots(BlockingMutex<Vec<SqlitePool>>);

impl Snapshots {
    fn add(&self, pool: SqlitePool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|pool| !pool.is_closed());
        all.push(pool);
    }

    /// Closes what is still open.
    pub(crate) async fn close(&self) {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for pool in all {
            pool.close().await;
        }
    }
}

impl Mirror {
    /// The mirror as it is now, whatever is written afterwards. All that reads can be asked of it;
    /// what writes answers [`MirrorError::Closed`](crate::MirrorError::Closed). The write-ahead log
    /// keeps what the snapshot needs, and so grows until [`Mirror::close`] is called on it: hand
    /// its rows to a file, never to something that may stop reading.
    ///
    /// # Errors
    /// [`MirrorError::Closed`](crate::MirrorError::Closed) once the mirror is closed.
    pub async fn snapshot(&self) -> Result<Self> {
        let options = self.readers().connect_options().as_ref().clone();
        // One connection in one transaction: every statement through it sees the same moment.
        let readers = connection::open_snapshot(options).await?;
        self.0.snapshots.add(readers.clone());
        let readers = Readers { finders: readers.clone(), all: readers };
        let numbers = self.0.numbers.read().unwrap_or_else(PoisonError::into_inner).clone();
        let lock = self.0.lock.try_clone()?;
        let mut inner =
            Inner::new(self.0.path.clone(), self.0.environment, self.0.encrypted, None, readers, lock);
        inner.numbers = RwLock::new(numbers);
        inner.zones = RwLock::new(self.zones());
        Ok(Self::from_inner(inner))
    }
}
