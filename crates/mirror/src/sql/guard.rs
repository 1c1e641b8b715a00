//! Carries a question out in thought, on an empty database that has the documented views and nothing
//! else. A name that stands for anything but a view of these does not exist there, however it is written;
//! and since the views hold no table either, whatever still opens one is SQLite's own.
//!
//! Nothing runs before SQLite itself found that there is one statement: it is compiled between brackets
//! first, where a second one cannot stand, and then by itself, so that its own brackets are known to match.

use std::time::Instant;

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, Executor, Row, SqlSafeStr, Statement};

use super::text::{bare, place, tokens};
use super::{MOST_MEMORY, SqlMistake, SqlView, too_much_memory};
use crate::bounded::{Allowance, Leash, is_interrupted};
use crate::connection;
use crate::error::{MirrorError, Result};

/// Functions that reach beyond the rows of a question, or take any amount of memory in one step.
const REFUSED_FUNCTIONS: [&str; 7] = [
    "load_extension",
    "sqlcipher_export",
    "fts3_tokenizer",
    "sqlite_compileoption_get",
    "sqlite_offset",
    "zeroblob",
    "randomblob",
];
/// Functions whose format may ask for any width.
const FORMATTING: [&str; 2] = ["printf", "format"];
/// Digits of a width that a format may hold.
const MOST_WIDTH_DIGITS: usize = 4;
/// Steps of SQLite's programs that open a table, a virtual one included, or change something.
const REFUSED_STEPS: [&str; 13] = [
    "OpenRead",
    "OpenWrite",
    "ReopenIdx",
    "VOpen",
    "VUpdate",
    "VCreate",
    "VDestroy",
    "CreateBtree",
    "Destroy",
    "ParseSchema",
    "Vacuum",
    "JournalMode",
    "Checkpoint",
];

/// Refuses what is not a question to the views alone.
pub(super) async fn check(views: &[SqlView], statement: &str, until: Instant) -> Result<()> {
    let mut connection = connection::open_in_memory().await?;
    let checked = check_on(&mut connection, views, statement, until).await;
    connection.close().await?;
    checked
}

async fn check_on(
    connection: &mut SqliteConnection,
    views: &[SqlView],
    statement: &str,
    until: Instant,
) -> Result<()> {
    for view in views {
        let columns: Vec<String> =
            view.columns.iter().map(|column| format!("null as \"{column}\"")).collect();
        let made = format!("create view \"{}\" as select {}", view.name, columns.join(", "));
        sqlx::raw_sql(AssertSqlSafe(made)).execute(&mut *connection).await?;
    }
    // A wall behind the others: whatever runs on this connection changes no file.
    sqlx::raw_sql("pragma query_only = on").execute(&mut *connection).await?;
    let leash = Leash::with_memory(connection, MOST_MEMORY).await?;
    leash.allow(Allowance { steps: None, until: Some(until) });
    let stopped = |error: &sqlx::Error| match (is_interrupted(error), leash.memory_passed()) {
        (true, true) => Some(MirrorError::Sql(too_much_memory())),
        (true, false) => Some(MirrorError::SqlTooSlow { seconds: 0 }),
        (false, _) => None,
    };
    if let Err(error) = compiled(connection, statement).await {
        return Err(match stopped(&error) {
            Some(stopped) => stopped,
            None => MirrorError::Sql(mistake(connection, statement, &error).await),
        });
    }
    if let Err(error) = compiled(connection, &format!("select 1 from (\n{statement}\n)")).await {
        let why = "only one statement can be asked at a time".to_owned();
        return Err(stopped(&error).unwrap_or(MirrorError::Sql(SqlMistake { why, place: None })));
    }
    let program = match explained(connection, statement).await {
        Ok(program) => program,
        Err(error) => {
            return Err(match stopped(&error) {
                Some(stopped) => stopped,
                None => MirrorError::Sql(mistake(connection, statement, &error).await),
            });
        }
    };
    for step in program {
        let operation: String = step.try_get("opcode")?;
        let detail: Option<String> = step.try_get_unchecked("p4")?;
        if REFUSED_STEPS.contains(&operation.as_str()) {
            let why = "it names something that is not one of the documented views".to_owned();
            return Err(MirrorError::Sql(SqlMistake { why, place: None }));
        }
        let function = detail.as_deref().and_then(|detail| detail.split('(').next()).unwrap_or_default();
        if operation.contains("Func") && REFUSED_FUNCTIONS.contains(&function) {
            let at = tokens(statement).find(|(_, token)| token.eq_ignore_ascii_case(function));
            let why = format!("the function {function} cannot be used here");
            return Err(MirrorError::Sql(SqlMistake { why, place: at.map(|(at, _)| place(statement, at)) }));
        }
        if operation.contains("Func") && FORMATTING.contains(&function) {
            refuse_wide_formats(statement)?;
        }
    }
    Ok(())
}

/// Lets through formats that stand there as a text, with widths that a line has room for.
fn refuse_wide_formats(statement: &str) -> Result<()> {
    let found: Vec<(usize, &str)> = tokens(statement).collect();
    for (number, (at, token)) in found.iter().enumerate() {
        let next = |step: usize| found.get(number + step).map_or("", |(_, token)| token);
        if FORMATTING.iter().any(|name| bare(token).eq_ignore_ascii_case(name))
            && next(1) == "("
            && !(is_narrow(next(2)) && matches!(next(3), "," | ")"))
        {
            let why = format!(
                "{} needs its format written out, with widths of at most {MOST_WIDTH_DIGITS} digits",
                bare(token)
            );
            return Err(MirrorError::Sql(SqlMistake { why, place: Some(place(statement, *at)) }));
        }
    }
    Ok(())
}

fn is_narrow(format: &str) -> bool {
    let widths = format.split(|one: char| !one.is_ascii_digit());
    format.starts_with('\'')
        && !format.contains('*')
        && widths.map(str::len).all(|digits| digits <= MOST_WIDTH_DIGITS)
}

/// Compiles a text, all of it, and runs nothing of it.
async fn compiled(connection: &mut SqliteConnection, text: &str) -> std::result::Result<(), sqlx::Error> {
    let prepared = connection.prepare(AssertSqlSafe(text.to_owned()).into_sql_str()).await?;
    match prepared.parameters() {
        Some(sqlx::Either::Right(0)) | None => Ok(()),
        _ => Err(sqlx::Error::Protocol("it names a parameter".to_owned())),
    }
}

async fn explained(
    connection: &mut SqliteConnection,
    statement: &str,
) -> std::result::Result<Vec<SqliteRow>, sqlx::Error> {
    sqlx::query(AssertSqlSafe(format!("explain {statement}"))).persistent(false).fetch_all(connection).await
}

fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => database.message().to_owned(),
        other => other.to_string(),
    }
}

/// SQLite's sentence with the place that it is about.
async fn mistake(connection: &mut SqliteConnection, statement: &str, error: &sqlx::Error) -> SqlMistake {
    let why = said(error);
    let quoted = why
        .strip_prefix("near \"")
        .and_then(|rest| rest.rsplit_once("\": "))
        .map(|(token, _)| token.to_owned());
    let mut at = None;
    if let Some(token) = &quoted {
        // The token may stand in several places; reading stopped at the first one up to which the text
        // fails in the same way.
        for (start, found) in tokens(statement).filter(|(_, found)| found == token) {
            let read = statement.get(..start + found.len()).unwrap_or(statement);
            if compiled(connection, read).await.is_err_and(|error| said(&error) == why) {
                at = Some(start);
                break;
            }
        }
    } else if let Some((_, name)) = why.rsplit_once(": ") {
        let name = name.rsplit('.').next().unwrap_or(name);
        at = tokens(statement).find(|(_, token)| bare(token).eq_ignore_ascii_case(name)).map(|(at, _)| at);
    }
    SqlMistake { why, place: at.map(|at| place(statement, at)) }
}
