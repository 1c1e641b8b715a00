//! Questions in SQL over the documented views (`docs/SQL.md`), with no way to write and nothing else to
//! be named.
//!
//! Three walls stand behind one another. The text must be one statement that begins with `select`,
//! `with` or `values` ([`text`]). It is then carried out in thought on an empty database that has nothing
//! but views of these names and columns, so that a name which stands for anything else does not exist
//! ([`guard`]). Only then does it run, on a connection of its own that is opened for reading alone, is
//! told to refuse writes as well, and is stopped when its time is up or it takes too much memory.

mod guard;
mod text;

use std::time::{Duration, Instant};

use futures::TryStreamExt;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, Executor, Row, SqlSafeStr, TypeInfo, ValueRef,
};

use crate::Mirror;
use crate::bounded::{Allowance, Leash, is_interrupted};
use crate::connection;
use crate::error::{MirrorError, Result};

/// Most rows of one answer.
pub const MOST_ROWS: u32 = 10_000;
/// Longest time that a question may take.
pub const LONGEST: Duration = Duration::from_secs(60);
/// Bytes of text after which an answer takes no further row.
const MOST_BYTES: usize = 8_000_000;
/// How far the program's memory may grow while a question runs. Sorting goes to memory and never to a
/// file that is not encrypted, so a question could otherwise take all that the machine has.
const MOST_MEMORY: u64 = 512 * 1024 * 1024;

/// Why a question cannot be asked, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct SqlMistake {
    /// What is wrong, as a part of a sentence.
    pub why: String,
    /// Line and column of the place, both from 1, where it is known.
    pub place: Option<(u32, u32)>,
}

/// A value in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number with a fraction, which no amount is.
    Real(f64),
    /// Text, or bytes as hexadecimal digits.
    Text(String),
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlAnswer {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<SqlValue>>,
    /// Whether there are more rows than were asked for, or than fit.
    pub more: bool,
}

/// A view that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlView {
    /// Its name, such as `v_payments`.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
}

impl Mirror {
    /// The views that may be asked, by name.
    pub async fn sql_views(&self) -> Result<Vec<SqlView>> {
        let rows = sqlx::query(
            "select m.name as view, c.name as column_name from sqlite_schema m, pragma_table_info(m.name) c \
             where m.type = 'view' order by m.name, c.cid",
        )
        .fetch_all(self.readers())
        .await?;
        let mut views: Vec<SqlView> = Vec::new();
        for row in rows {
            let (name, column): (String, String) = (row.try_get("view")?, row.try_get("column_name")?);
            match views.last_mut() {
                Some(view) if view.name == name => view.columns.push(column),
                _ => views.push(SqlView { name, columns: vec![column] }),
            }
        }
        Ok(views)
    }

    /// Asks one question. `limit` is from 1 to [`MOST_ROWS`]; after `time`, at most [`LONGEST`], it is
    /// stopped.
    ///
    /// # Errors
    /// [`MirrorError::Sql`] where it cannot be asked, [`MirrorError::SqlTooSlow`] where time was up.
    pub async fn sql(&self, text: &str, limit: u32, time: Duration) -> Result<SqlAnswer> {
        if !(1..=MOST_ROWS).contains(&limit) {
            return Err(MirrorError::LimitOutOfRange { most: MOST_ROWS });
        }
        let time = time.min(LONGEST);
        let until = Instant::now() + time;
        let statement = text::one_question(text)?;
        guard::check(&self.sql_views().await?, statement, until).await?;
        let options = self.readers().connect_options().as_ref().clone().read_only(true);
        // Rows that wait for their turn are memory too.
        let mut connection = options.row_buffer_size(1).connect().await?;
        connection::assert_reader(&mut connection).await?;
        let answered = answer(&mut connection, statement, limit, until).await;
        connection.close().await?;
        match answered {
            Err(MirrorError::SqlTooSlow { .. }) => Err(MirrorError::SqlTooSlow { seconds: time.as_secs() }),
            other => other,
        }
    }
}

async fn answer(
    connection: &mut SqliteConnection,
    statement: &str,
    limit: u32,
    until: Instant,
) -> Result<SqlAnswer> {
    let leash = Leash::with_memory(connection, MOST_MEMORY).await?;
    leash.allow(Allowance { steps: None, until: Some(until) });
    let failed = |error| match leash.memory_passed() {
        true => MirrorError::Sql(too_much_memory()),
        false => failed(error),
    };
    let safe = || AssertSqlSafe(statement.to_owned()).into_sql_str();
    let prepared = connection.prepare(safe()).await.map_err(failed)?;
    let columns = sqlx::Statement::columns(&prepared).iter().map(|column| column.name().to_owned()).collect();
    drop(prepared);
    let mut found = sqlx::query(safe()).fetch(&mut *connection);
    let (mut rows, mut bytes, mut more) = (Vec::new(), 0, false);
    while let Some(row) = found.try_next().await.map_err(failed)? {
        if rows.len() >= limit as usize || bytes > MOST_BYTES {
            more = true;
            break;
        }
        let values = (0..row.len()).map(|place| value(&row, place)).collect::<Result<Vec<_>>>()?;
        bytes += values
            .iter()
            .map(|value| if let SqlValue::Text(text) = value { text.len() } else { 8 })
            .sum::<usize>();
        rows.push(values);
    }
    Ok(SqlAnswer { columns, rows, more })
}

fn too_much_memory() -> SqlMistake {
    SqlMistake { why: "it takes more memory than a question may".to_owned(), place: None }
}

fn value(row: &SqliteRow, place: usize) -> Result<SqlValue> {
    let raw = row.try_get_raw(place)?;
    if raw.is_null() {
        return Ok(SqlValue::Null);
    }
    let kind = raw.type_info().name().to_owned();
    let is_number = matches!(kind.as_str(), "INTEGER" | "BOOLEAN" | "REAL");
    if !is_number && row.try_get_unchecked::<&[u8], _>(place)?.len() > MOST_BYTES {
        let why = format!("a value of it is larger than {} MB", MOST_BYTES / 1_000_000);
        return Err(MirrorError::Sql(SqlMistake { why, place: None }));
    }
    Ok(match kind.as_str() {
        "INTEGER" | "BOOLEAN" => SqlValue::Integer(row.try_get_unchecked(place)?),
        "REAL" => SqlValue::Real(row.try_get_unchecked(place)?),
        "BLOB" => SqlValue::Text(hex::encode(row.try_get_unchecked::<Vec<u8>, _>(place)?)),
        _ => SqlValue::Text(row.try_get_unchecked(place)?),
    })
}

/// What SQLite says while a question runs is about the question, unless the file is at fault.
fn failed(error: sqlx::Error) -> MirrorError {
    if is_interrupted(&error) {
        return MirrorError::SqlTooSlow { seconds: 0 };
    }
    let said = match &error {
        sqlx::Error::Database(database) => database.message().to_owned(),
        _ => String::new(),
    };
    match MirrorError::from(error) {
        MirrorError::Database { .. } | MirrorError::SumOverflow => {
            MirrorError::Sql(SqlMistake { why: said, place: None })
        }
        MirrorError::ReadOnly => {
            MirrorError::Sql(SqlMistake { why: "it would write".to_owned(), place: None })
        }
        other => other,
    }
}
