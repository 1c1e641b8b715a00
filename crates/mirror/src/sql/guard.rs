//! Carries a question out in thought, on an empty database that has the documented views and nothing
//! else. A name that stands for anything but a view of these does not exist there, however it is written;
//! and since the views hold no table either, whatever still opens one is SQLite's own.

use std::time::Instant;

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, Row};

use super::text::{place, tokens};
use super::{SqlMistake, SqlView};
use crate::bounded::{Allowance, Leash, is_interrupted};
use crate::connection;
use crate::error::{MirrorError, Result};

/// Functions that reach beyond the rows of a question.
const REFUSED_FUNCTIONS: [&str; 5] =
    ["load_extension", "sqlcipher_export", "fts3_tokenizer", "sqlite_compileoption_get", "sqlite_offset"];
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
    Leash::on(connection).await?.allow(Allowance { steps: None, until: Some(until) });
    let program = match explained(connection, statement).await {
        Ok(program) => program,
        Err(error) if is_interrupted(&error) => return Err(MirrorError::SqlTooSlow { seconds: 0 }),
        Err(error) => return Err(MirrorError::Sql(mistake(connection, statement, &error).await)),
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
    }
    Ok(())
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
            if explained(connection, read).await.is_err_and(|error| said(&error) == why) {
                at = Some(start);
                break;
            }
        }
    } else if let Some((_, name)) = why.rsplit_once(": ") {
        let name = name.rsplit('.').next().unwrap_or(name);
        let bare = |token: &str| token.trim_matches(['"', '`', '[', ']', '\'']).eq_ignore_ascii_case(name);
        at = tokens(statement).find(|(_, token)| bare(token)).map(|(at, _)| at);
    }
    SqlMistake { why, place: at.map(|at| place(statement, at)) }
}
