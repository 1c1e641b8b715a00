//! Whether the file is whole and says one thing only: what `mirror check` looks at before it asks a vendor.

use domain::Kind;
use sqlx::{AssertSqlSafe, Connection, Row};

use crate::error::{MirrorError, Result};
use crate::mirrored::table;
use crate::rollups::Differences;
use crate::self_test::SelfCheck;
use crate::{Mirror, connection, migrations, rollups};

impl Mirror {
    /// Reads the whole file: pages and their seals, references, the schema, and whether search, documents
    /// and figures are of the rows that are there. About two seconds for each gigabyte.
    pub async fn health(&self) -> Result<Vec<SelfCheck>> {
        let mut checks = Vec::new();
        let problems = self.integrity_problems().await?;
        checks.push(none_of("file.pages", problems.len() as i64, problems.first().map(String::as_str)));
        let mut reader = self.readers().acquire().await?;
        let broken = sqlx::query("pragma foreign_key_check").fetch_all(&mut *reader).await?;
        let first = broken.first().map(|row| row.try_get::<String, _>(0)).transpose()?;
        checks.push(none_of("file.references", broken.len() as i64, first.as_deref()));
        checks.push(none_of("file.schema", self.schema_differences().await?, None));
        for kind in Kind::ALL {
            let name = table(kind).name;
            let statement =
                format!("select count(*) from {name} where key not in (select key from raw_objects)");
            let missing: i64 = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut *reader).await?;
            checks.push(none_of(&format!("{name}.documents"), missing, None));
        }
        for (name, statement) in [
            (
                "search.missing",
                "select count(*) from payments where key not in (select id from payment_words_docsize)",
            ),
            (
                "search.left_over",
                "select count(*) from payment_words_docsize where id not in (select key from payments)",
            ),
        ] {
            let found: i64 = sqlx::query_scalar(statement).fetch_one(&mut *reader).await?;
            checks.push(none_of(name, found, None));
        }
        let figures = match rollups::differences(&mut reader).await {
            // A row without sense is one of which no figure can be right.
            Err(MirrorError::Corrupt { .. }) => Differences { payments: 1, refunds: 1, failures: 1 },
            other => other?,
        };
        checks.push(none_of("figures.payments", figures.payments, None));
        checks.push(none_of("figures.refunds", figures.refunds, None));
        checks.push(none_of("figures.failures", figures.failures, None));
        Ok(checks)
    }

    /// How many tables and indexes differ from those that this program makes.
    async fn schema_differences(&self) -> Result<i64> {
        const LIST: &str = "select type || ' ' || name || ' ' || coalesce(sql, '') from sqlite_schema \
            where name not like 'sqlite\\_%' escape '\\' order by 1";
        let mut fresh = connection::open_in_memory().await?;
        migrations::apply(&mut fresh).await?;
        let wanted: Vec<String> = sqlx::query_scalar(LIST).fetch_all(&mut fresh).await?;
        fresh.close().await?;
        let found: Vec<String> = sqlx::query_scalar(LIST).fetch_all(self.readers()).await?;
        let differences = wanted.iter().filter(|one| !found.contains(one)).count()
            + found.iter().filter(|one| !wanted.contains(one)).count();
        i64::try_from(differences).map_err(|_| MirrorError::SumOverflow)
    }

    /// Writes something that changes nothing, to learn whether the file takes writes again.
    pub async fn try_write(&self) -> Result<()> {
        let mut writer = self.writer().await?;
        sqlx::query(
            "insert into file_facts (name, value) values ('last_try', hex(randomblob(2048))) \
             on conflict (name) do update set value = excluded.value",
        )
        .execute(writer.connection()?)
        .await?;
        sqlx::query("delete from file_facts where name = 'last_try'").execute(writer.connection()?).await?;
        Ok(())
    }
}

fn none_of(name: &str, found: i64, first: Option<&str>) -> SelfCheck {
    let found = match (found, first) {
        (0, _) => "0 problems".to_owned(),
        (count, Some(first)) => format!("{count} problems, such as {first}"),
        (count, None) => format!("{count} problems"),
    };
    SelfCheck { name: name.to_owned(), wanted: "0 problems".to_owned(), found }
}
