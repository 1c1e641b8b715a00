//! Reading that ends: a connection whose statements are stopped after so many steps of SQLite or at
//! a moment, so that one broad question cannot hold up the window, or once it takes too much memory.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row, SqlSafeStr};

use crate::error::{MirrorError, Result};
use crate::memory;
use crate::statement::{Value, bind_all};

/// SQLite's primary result code of a statement that was stopped (`SQLITE_INTERRUPT`).
const INTERRUPTED: i32 = 9;
/// Steps of SQLite between two looks at the limit: a fraction of a millisecond.
const STEPS_PER_LOOK: u32 = 1_000;
/// The same where memory is watched as well: thirty steps can double a text up to a gigabyte.
const STEPS_PER_CLOSE_LOOK: u32 = 20;
/// How often the memory is read, which costs some microseconds.
const MEMORY_INTERVAL: Duration = Duration::from_millis(1);

/// What a statement may take; without either it runs to its end.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Allowance {
    /// Steps of SQLite, of which a row that is looked at takes about ten.
    pub(crate) steps: Option<u64>,
    /// The moment at which it ends.
    pub(crate) until: Option<Instant>,
}

#[derive(Debug, Default)]
struct Limit {
    looks: AtomicU64,
    until: Mutex<Option<Instant>>,
    memory: Option<MemoryLimit>,
}

/// How far the memory of this process may grow while a statement runs.
#[derive(Debug)]
struct MemoryLimit {
    most_bytes: u64,
    read_at: Mutex<Instant>,
    passed: AtomicBool,
}

impl MemoryLimit {
    fn keeps(&self, now: Instant) -> bool {
        let mut read_at = self.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(*read_at) >= MEMORY_INTERVAL {
            *read_at = now;
            if memory::resident_bytes().is_some_and(|bytes| bytes > self.most_bytes) {
                self.passed.store(true, Ordering::Relaxed);
            }
        }
        !self.passed.load(Ordering::Relaxed)
    }
}

impl Limit {
    fn set(&self, allowance: Allowance) {
        let looks = allowance.steps.map_or(u64::MAX, |steps| steps.div_ceil(u64::from(STEPS_PER_LOOK)));
        self.looks.store(looks, Ordering::Relaxed);
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = allowance.until;
    }

    /// Called by SQLite every so many steps.
    fn goes_on(&self) -> bool {
        let left = self.looks.load(Ordering::Relaxed).saturating_sub(1);
        self.looks.store(left, Ordering::Relaxed);
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        left > 0
            && until.is_none_or(|until| now < until)
            && self.memory.as_ref().is_none_or(|memory| memory.keeps(now))
    }
}

/// A limit that a connection keeps to.
#[derive(Debug)]
pub(crate) struct Leash(Arc<Limit>);

impl Leash {
    /// Puts a connection under a limit that allows everything until it is told otherwise.
    pub(crate) async fn on(connection: &mut SqliteConnection) -> Result<Self> {
        Self::with(connection, None, STEPS_PER_LOOK).await
    }

    /// As [`Leash::on`], and stops what lets the memory of this process grow by more than this. Where the
    /// system does not tell how much memory there is, only the other limits hold.
    pub(crate) async fn with_memory(connection: &mut SqliteConnection, growth_bytes: u64) -> Result<Self> {
        let memory = memory::resident_bytes().map(|bytes| MemoryLimit {
            most_bytes: bytes.saturating_add(growth_bytes),
            read_at: Mutex::new(Instant::now()),
            passed: AtomicBool::new(false),
        });
        Self::with(connection, memory, STEPS_PER_CLOSE_LOOK).await
    }

    async fn with(
        connection: &mut SqliteConnection,
        memory: Option<MemoryLimit>,
        steps_per_look: u32,
    ) -> Result<Self> {
        let limit = Arc::new(Limit { memory, ..Limit::default() });
        limit.set(Allowance::default());
        let seen = Arc::clone(&limit);
        let steps = i32::try_from(steps_per_look).unwrap_or(i32::MAX);
        connection.lock_handle().await?.set_progress_handler(steps, move || seen.goes_on());
        Ok(Self(limit))
    }

    /// Whether it stopped something because of its memory.
    pub(crate) fn memory_passed(&self) -> bool {
        self.0.memory.as_ref().is_some_and(|memory| memory.passed.load(Ordering::Relaxed))
    }

    /// What the statements from now on may take, together.
    pub(crate) fn allow(&self, allowance: Allowance) {
        self.0.set(allowance);
    }
}

/// Rows of a statement, and whether they are all.
pub(crate) struct Bound {
    pub(crate) rows: Vec<SqliteRow>,
    pub(crate) whole: bool,
}

/// A reading connection under a limit, given back without one.
pub(crate) struct Bounded {
    connection: PoolConnection<Sqlite>,
    leash: Leash,
}

impl Drop for Bounded {
    fn drop(&mut self) {
        // Whoever reads through this connection next has no limit.
        self.leash.allow(Allowance::default());
    }
}

impl crate::Mirror {
    /// A connection that finds and can be limited.
    pub(crate) async fn bounded(&self) -> Result<Bounded> {
        let mut connection = self.finders().acquire().await?;
        let leash = Leash::on(&mut connection).await?;
        Ok(Bounded { connection, leash })
    }
}

impl Bounded {
    /// The number that a statement answers; none where it answers nothing.
    pub(crate) async fn number(&mut self, (statement, values): (String, Vec<Value>)) -> Result<Option<i64>> {
        let found = self.rows(statement, values, Allowance::default()).await?;
        Ok(found.rows.first().map(|row| row.try_get(0)).transpose()?)
    }

    /// Reads until the rows or the allowance end. Rows that came before the end are kept: a statement
    /// that answers in the order of an index gives them as it finds them.
    pub(crate) async fn rows(
        &mut self,
        statement: String,
        values: Vec<Value>,
        allowance: Allowance,
    ) -> Result<Bound> {
        self.leash.allow(allowance);
        let statement = sqlx::query(AssertSqlSafe(statement).into_sql_str());
        let mut found = bind_all(statement, values).fetch(&mut *self.connection);
        let mut rows = Vec::new();
        loop {
            match found.try_next().await {
                Ok(Some(row)) => rows.push(row),
                Ok(None) => return Ok(Bound { rows, whole: true }),
                Err(error) if is_interrupted(&error) => return Ok(Bound { rows, whole: false }),
                Err(error) => return Err(MirrorError::from(error)),
            }
        }
    }
}

/// Whether a statement ended because its allowance did.
pub(crate) fn is_interrupted(error: &sqlx::Error) -> bool {
    let code = match error {
        sqlx::Error::Database(database) => database.code().and_then(|code| code.parse::<i32>().ok()),
        _ => None,
    };
    code.is_some_and(|code| code & 0xff == INTERRUPTED)
}
