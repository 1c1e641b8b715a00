//! Questions in SQL.

use std::time::Duration;

use contract::sql::{RunSql, SqlAnswer, SqlCell, SqlView, SqlViews};
use contract::{ErrorBody, ErrorCode};
use domain::card_number::contains_card_number;
use mirror::SqlValue;

use super::scope::Resolved;
use crate::errors;

/// Rows where none are asked for.
const ROWS: u32 = 500;
/// Seconds where none are given.
const SECONDS: u32 = 5;

/// Answers `run_sql`.
pub(crate) async fn run(scope: &Resolved, request: RunSql) -> Result<SqlAnswer, ErrorBody> {
    if contains_card_number(&request.text) {
        return Err(ErrorBody::new(ErrorCode::CardNumber));
    }
    let seconds = request.seconds.unwrap_or(SECONDS);
    if !(1..=60).contains(&seconds) {
        return Err(errors::bad_request("a question takes from 1 to 60 seconds"));
    }
    let open = scope.open_mirror().await?;
    let time = Duration::from_secs(u64::from(seconds));
    let answer = open.mirror.sql(&request.text, request.limit.unwrap_or(ROWS), time).await;
    let answer = answer.map_err(|error| errors::of_mirror(&error))?;
    super::book::asked_in_sql(scope, &open, &request.text, answer.rows.len()).await;
    Ok(SqlAnswer {
        columns: answer.columns,
        rows: answer.rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect(),
        more: answer.more,
    })
}

fn cell(value: SqlValue) -> SqlCell {
    match value {
        SqlValue::Null => SqlCell::Null,
        SqlValue::Integer(number) => SqlCell::Integer(number.to_string()),
        SqlValue::Real(number) => SqlCell::Real(format!("{number:?}")),
        SqlValue::Text(text) => SqlCell::Text(text),
    }
}

/// Answers `list_sql_views`.
pub(crate) async fn views(scope: &Resolved) -> Result<SqlViews, ErrorBody> {
    let open = scope.open_mirror().await?;
    let views = open.mirror.sql_views().await.map_err(|error| errors::of_mirror(&error))?;
    let items = views.into_iter().map(|view| SqlView { name: view.name, columns: view.columns });
    Ok(SqlViews { items: items.collect() })
}
