//! What `doctor` shows of the mirror.

use sqlx::Connection;

use crate::connection::{self, Role};
use crate::error::Result;
use crate::{Mirror, files};

/// The result of looking at the settings that keep money safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfTest {
    /// Whether the file is encrypted.
    pub encrypted: bool,
    /// Version of the SQLite inside.
    pub sqlite_version: String,
    /// Version of SQLCipher; none in a build without it.
    pub cipher_version: Option<String>,
    /// Schema number of the file.
    pub schema_version: i64,
    /// Every check.
    pub checks: Vec<SelfCheck>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfCheck {
    /// What was looked at, such as `writer.synchronous`.
    pub name: String,
    /// What it must be.
    pub wanted: String,
    /// What it is.
    pub found: String,
}

impl SelfCheck {
    /// Whether it is as it must be.
    pub fn passed(&self) -> bool {
        self.wanted == self.found
    }
}

impl SelfTest {
    /// Whether everything is as it must be.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(SelfCheck::passed)
    }
}

impl Mirror {
    /// Reads back the settings of the writing connection and of one that reads, and the modes of
    /// the files.
    pub async fn self_test(&self) -> Result<SelfTest> {
        let mut checks = Vec::new();
        let mut writer = self.writer().await?;
        let connection = writer.connection()?;
        connection.ping().await?;
        for (name, wanted, found) in connection::read_settings(connection, Role::Writer).await? {
            checks.push(SelfCheck { name: format!("writer.{name}"), wanted: wanted.to_owned(), found });
        }
        let sqlite_version =
            sqlx::query_scalar("select sqlite_version()").fetch_one(&mut *connection).await?;
        let cipher_version = connection::read_pragma(connection, "cipher_version").await?;
        let schema_version = sqlx::query_scalar("select user_version from pragma_user_version")
            .fetch_one(&mut *connection)
            .await?;
        drop(writer);
        let mut reader = self.readers().acquire().await?;
        for (name, wanted, found) in connection::read_settings(&mut reader, Role::Reader).await? {
            checks.push(SelfCheck { name: format!("reader.{name}"), wanted: wanted.to_owned(), found });
        }
        drop(reader);
        let mut finder = self.finders().acquire().await?;
        for (name, wanted, found) in connection::read_settings(&mut finder, Role::Finder).await? {
            checks.push(SelfCheck { name: format!("finder.{name}"), wanted: wanted.to_owned(), found });
        }
        let modes = [("file.mode", self.path(), "0600")];
        let home = self.path().parent().map(|home| ("home.mode", home, "0700"));
        for (name, path, wanted) in modes.into_iter().chain(home) {
            if let Some(found) = files::mode_text(path) {
                checks.push(SelfCheck { name: name.to_owned(), wanted: wanted.to_owned(), found });
            }
        }
        Ok(SelfTest { encrypted: self.encrypted(), sqlite_version, cipher_version, schema_version, checks })
    }

    /// Reads the whole file and tells what is damaged; nothing where all is well. It takes about a
    /// second for each gigabyte.
    pub async fn integrity_problems(&self) -> Result<Vec<String>> {
        let mut reader = self.readers().acquire().await?;
        let mut problems: Vec<String> =
            sqlx::query_scalar("pragma integrity_check(100)").fetch_all(&mut *reader).await?;
        problems.retain(|line| line != "ok");
        if self.encrypted() {
            // Checks the seal of each page, which lists a line for every broken one.
            let broken: Vec<String> =
                sqlx::query_scalar("pragma cipher_integrity_check").fetch_all(&mut *reader).await?;
            problems.extend(broken);
        }
        Ok(problems)
    }

    /// Bytes that each table and index takes, the largest first. It reads the whole file.
    pub async fn sizes(&self) -> Result<Vec<(String, u64)>> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select name, sum(pgsize) from dbstat group by name order by 2 desc")
                .fetch_all(self.readers())
                .await?;
        Ok(rows.into_iter().map(|(name, bytes)| (name, u64::try_from(bytes).unwrap_or(0))).collect())
    }

    /// Keeps the file from growing beyond so many bytes, or lets it grow again. A write that needs
    /// more fails with [`crate::MirrorError::DiskFull`] and changes nothing.
    pub async fn limit_size(&self, most_bytes: Option<u64>) -> Result<()> {
        /// What SQLite takes for no limit (sqlite.org/limits.html).
        const NO_LIMIT: u64 = 4_294_967_294;
        let pages = most_bytes.map_or(NO_LIMIT, |bytes| bytes / 4096);
        let mut writer = self.writer().await?;
        sqlx::query(sqlx::AssertSqlSafe(format!("pragma max_page_count = {pages}")))
            .execute(writer.connection()?)
            .await?;
        Ok(())
    }
}
