//! What becomes of runs of email when a copy comes back, when the file went to another device, and when a person is erased.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use super::rows;
use crate::error::Result;
use crate::statement::{Value, bind_all, numbers};
use crate::traces::Traces;

/// Columns of a run but its account.
const RUN_COLUMNS: [&str; 22] = [
    "id",
    "request_id",
    "name",
    "source",
    "digest",
    "same_as",
    "state",
    "problem_code",
    "problem_detail",
    "subject",
    "body",
    "template",
    "data",
    "group_id",
    "send_at",
    "batch_id",
    "schedule",
    "per_request",
    "suppressions_read",
    "created_at",
    "started_at",
    "ended_at",
];

/// Takes runs over as the present file has them; what only the copy knows is held back.
pub(crate) async fn carry(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    let from = |names: &[&str]| names.iter().map(|name| format!("p.{name}")).collect::<Vec<_>>().join(", ");
    let run_columns = &RUN_COLUMNS;
    let row_columns: Vec<&str> =
        rows::COLUMNS.into_iter().filter(|name| *name != "payment_account").collect();
    let account = |column: &str| {
        format!(
            "(select a.number from present.accounts b join main.accounts a on a.id = b.id where b.number = p.{column})"
        )
    };
    for statement in [
        "delete from main.mail_run_rows where run in (select number from main.mail_runs where id in (select id from present.mail_runs))"
            .to_owned(),
        "delete from main.mail_runs where id in (select id from present.mail_runs)".to_owned(),
        format!(
            "insert into main.mail_runs (account, {}) select {}, {} from present.mail_runs p order by p.number",
            run_columns.join(", "),
            account("account"),
            from(run_columns)
        ),
        format!(
            "insert into main.mail_run_rows (run, payment_account, {}) select (select m.number from main.mail_runs m \
             join present.mail_runs u on u.id = m.id where u.number = p.run), {}, {} from present.mail_run_rows p",
            row_columns.join(", "),
            account("payment_account"),
            from(&row_columns)
        ),
        "create temp table present_mail_runs as select id from present.mail_runs".to_owned(),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Takes back what runs that only the copy knows have not handed over: it may have been since, by requests that nothing here remembers. Of a
/// file that comes from elsewhere that is so of every run.
pub(crate) async fn hold_back(connection: &mut SqliteConnection) -> Result<()> {
    for statement in [
        "create temp table if not exists present_mail_runs (id text)",
        "update main.mail_run_rows set hold = 'held', problem_code = 'restored_row', problem_detail = null \
         where run in (select number from main.mail_runs where id not in (select id from present_mail_runs) \
             and state in ('ready', 'running', 'paused')) \
         and hold is null and message_id not in (select id from main.messages)",
        "update main.mail_runs set state = 'canceled', problem_code = null, problem_detail = null \
         where id not in (select id from present_mail_runs) and state in ('ready', 'running', 'paused')",
        "drop table present_mail_runs",
    ] {
        sqlx::query(statement).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Takes a person out of runs and of the lists that are kept of their addresses: that somebody got a message stays, under a name that tells
/// nobody who it was. Whoever has not got theirs yet does not get it.
pub(crate) async fn forget_person(
    transaction: &mut Transaction<'_, Sqlite>,
    emails: &[String],
    traces: &Traces,
) -> Result<()> {
    for chunk in emails.chunks(400) {
        let values = || chunk.iter().map(Value::from);
        let theirs = numbers(1, chunk.len());
        for statement in [
            format!(
                "update mail_run_rows set hold = case when message_id in (select id from messages) then hold else 'held' end, \
                 problem_code = case when message_id in (select id from messages) then problem_code else 'erased' end, \
                 given = 'erased ' || substr(message_id, 25), to_address = null, to_folded = null, data = null, \
                 problem_detail = null, payment_account = null, payment_id = null where to_folded in ({theirs})"
            ),
            format!("delete from mail_suppressions where email_folded in ({theirs})"),
        ] {
            bind_all(sqlx::query(AssertSqlSafe(statement)), values()).execute(&mut **transaction).await?;
        }
    }
    let runs = sqlx::query("select number, name from mail_runs").fetch_all(&mut **transaction).await?;
    for run in runs {
        let name: String = run.try_get("name")?;
        if let Some(masked) = traces.masked(&name) {
            sqlx::query("update mail_runs set name = ?2 where number = ?1")
                .bind(run.try_get::<i64, _>("number")?)
                .bind(masked)
                .execute(&mut **transaction)
                .await?;
        }
    }
    Ok(())
}
