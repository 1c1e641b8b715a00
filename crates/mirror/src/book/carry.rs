//! The book after a copy was put back: nothing that the present file has in it is lost.

use domain::Environment;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use super::{RAW, RawLine, head, insert, raw, secrets};
use crate::error::Result;

/// Takes lines over from the attached `present` file. Where the copy's book is a beginning of the present
/// one, which it nearly always is, they follow as they are, hashes and all. Lines of a book of another line,
/// as after a file was lost and begun anew, are written behind the copy's with new numbers and hashes.
/// Keys that were destroyed in the present file are destroyed here too.
pub(crate) async fn carry(connection: &mut SqliteConnection, environment: Environment) -> Result<()> {
    let same = same_until(connection).await?;
    let ends_here = head(connection, "main", environment).await?.count == same;
    take_keys_over(connection, same, ends_here).await?;
    let key = secrets::book_key(connection, "present").await?;
    let statement = format!("select {RAW} from present.book where number > ?1 order by number");
    let rows = sqlx::query(AssertSqlSafe(statement)).bind(whole(same)).fetch_all(&mut *connection).await?;
    for row in &rows {
        let line = raw(row)?;
        if ends_here {
            insert(connection, &line).await?;
            continue;
        }
        let before = head(connection, "main", environment).await?;
        let (from, number) = (line.number, before.count + 1);
        let mut line = RawLine { number, previous: before.hash.to_vec(), ..line };
        line.hash = line.hashed().to_vec();
        insert(connection, &line).await?;
        if let Some(key) = &key
            && let Some(line_key) = secrets::line_key(connection, "present", key, from).await?
        {
            secrets::keep_line_key(connection, number, None, key, &line_key).await?;
        }
    }
    Ok(())
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How many lines from the first one on are the same in both files.
async fn same_until(connection: &mut SqliteConnection) -> Result<u64> {
    let differs: Option<i64> = sqlx::query_scalar(
        "select min(m.number) from main.book m left join present.book p on p.number = m.number \
         where p.hash is null or p.hash <> m.hash",
    )
    .fetch_one(&mut *connection)
    .await?;
    let last: i64 =
        sqlx::query("select count(*) from main.book").fetch_one(&mut *connection).await?.try_get(0)?;
    let same = differs.map_or(last, |number| number - 1);
    Ok(u64::try_from(same).unwrap_or(0))
}

/// The keys are those of the present file: only there is it known whose were destroyed since. Lines that only
/// the copy has keep theirs, each by itself, since the persons of two files have nothing in common.
async fn take_keys_over(connection: &mut SqliteConnection, same: u64, ends_here: bool) -> Result<()> {
    let own = own_keys(connection, same).await?;
    sqlx::query("delete from main.book_keys").execute(&mut *connection).await?;
    sqlx::query("delete from main.book_people").execute(&mut *connection).await?;
    for statement in [
        "insert or replace into main.file_facts (name, value) \
         select name, value from present.file_facts where name = 'book_key'",
        "insert into main.book_people (number, tag, wrapped) \
         select number, tag, wrapped from present.book_people",
    ] {
        sqlx::query(statement).execute(&mut *connection).await?;
    }
    sqlx::query(
        "insert into main.book_keys (line, person, wrapped) \
         select line, person, wrapped from present.book_keys where line <= ?1",
    )
    .bind(if ends_here { i64::MAX } else { whole(same) })
    .execute(&mut *connection)
    .await?;
    if let Some(key) = secrets::book_key(connection, "main").await? {
        for (line, line_key) in own {
            secrets::keep_line_key(connection, line, None, &key, &line_key).await?;
        }
    }
    Ok(())
}

/// The keys of the copy's lines behind a number.
async fn own_keys(connection: &mut SqliteConnection, same: u64) -> Result<Vec<(u64, secrets::Key)>> {
    let Some(key) = secrets::book_key(connection, "main").await? else { return Ok(Vec::new()) };
    let lines: Vec<i64> = sqlx::query_scalar("select line from main.book_keys where line > ?1 order by line")
        .bind(whole(same))
        .fetch_all(&mut *connection)
        .await?;
    let mut found = Vec::with_capacity(lines.len());
    for line in lines {
        let line = u64::try_from(line).unwrap_or(0);
        if let Some(line_key) = secrets::line_key(connection, "main", &key, line).await? {
            found.push((line, line_key));
        }
    }
    Ok(found)
}
