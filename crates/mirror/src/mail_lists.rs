//! What an account that sends mail listed at its vendor: templates, groups, and whom it sends nothing to. Copies, each with the moment that it is
//! as of, replaced whole when they are read anew.

use domain::{AccountId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::moment_or_none;
use crate::page::{self, Page};
use crate::statement::{Value, bind_all, fold, groups, value_rows};

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailList {
    /// Templates.
    Templates,
    /// Addresses that get nothing.
    Suppressions,
    /// Groups that people can leave.
    Groups,
}

impl MailList {
    fn as_str(self) -> &'static str {
        match self {
            Self::Templates => "templates",
            Self::Suppressions => "suppressions",
            Self::Groups => "groups",
        }
    }
}

/// A template as it was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTemplate {
    /// The vendor's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The subject of the version that is sent.
    pub subject: Option<String>,
    /// When it changed, in the vendor's words.
    pub updated_at: Option<String>,
}

/// A group as it was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptGroup {
    /// The vendor's number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// How many left it.
    pub unsubscribes: u64,
}

/// An address that gets nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSuppression {
    /// `bounce`, `block`, `spam_report`, `invalid`, `unsubscribed` or `group_unsubscribed`.
    pub kind: String,
    /// The address.
    pub email: String,
    /// The group that it left.
    pub group_id: Option<i64>,
    /// Why, in the receiving side's words.
    pub reason: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// The lists.
#[derive(Debug)]
pub struct MailLists<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl MailLists<'_> {
    /// When a list was last read; none where it never was.
    pub async fn as_of(&self, account: AccountId, list: MailList) -> Result<Option<Timestamp>> {
        let row = sqlx::query("select as_of from mail_lists where account = ?1 and list = ?2")
            .bind(self.mirror.number_of(account)?)
            .bind(list.as_str())
            .fetch_optional(self.mirror.readers())
            .await?;
        row.map_or(Ok(None), |row| moment_or_none(&row, "as_of"))
    }

    /// Takes templates as they were listed now. What a version said stays, with the moment that it is as of.
    pub async fn keep_templates(
        &self,
        account: AccountId,
        templates: &[KeptTemplate],
        now: Timestamp,
    ) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query("update mail_templates set place = -1 where account = ?1")
            .bind(number)
            .execute(&mut *transaction)
            .await?;
        for (place, one) in templates.iter().enumerate() {
            sqlx::query(
                "insert into mail_templates (account, place, template, name, subject, updated_at) values (?1, ?2, ?3, ?4, ?5, ?6) \
                 on conflict (account, template) do update set place = excluded.place, name = excluded.name, \
                 subject = excluded.subject, updated_at = excluded.updated_at",
            )
            .bind(number)
            .bind(i64::try_from(place).unwrap_or(i64::MAX))
            .bind(&one.id)
            .bind(&one.name)
            .bind(&one.subject)
            .bind(&one.updated_at)
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query("delete from mail_templates where account = ?1 and place = -1")
            .bind(number)
            .execute(&mut *transaction)
            .await?;
        note(&mut transaction, number, MailList::Templates, now).await?;
        Ok(transaction.commit().await?)
    }

    /// The templates, as they were listed.
    pub async fn templates(&self, account: AccountId) -> Result<Vec<KeptTemplate>> {
        let rows = sqlx::query(
            "select template, name, subject, updated_at from mail_templates where account = ?1 order by place",
        )
        .bind(self.mirror.number_of(account)?)
        .fetch_all(self.mirror.readers())
        .await?;
        let read = |row: &SqliteRow| {
            Ok(KeptTemplate {
                id: row.try_get("template")?,
                name: row.try_get("name")?,
                subject: row.try_get("subject")?,
                updated_at: row.try_get("updated_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Keeps what the version of a template says that is sent, as JSON.
    pub async fn keep_version(
        &self,
        account: AccountId,
        one: &KeptTemplate,
        version: &str,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query(
            "insert into mail_templates (account, place, template, name, subject, updated_at, version, version_as_of) \
             values (?1, 1000000, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (account, template) do update set name = excluded.name, \
             subject = excluded.subject, updated_at = excluded.updated_at, version = excluded.version, \
             version_as_of = excluded.version_as_of",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(&one.id)
        .bind(&one.name)
        .bind(&one.subject)
        .bind(&one.updated_at)
        .bind(version)
        .bind(now.as_ms())
        .execute(writer.connection()?)
        .await?;
        Ok(())
    }

    /// A template with what its version says, as JSON, and the moment that this is as of; none where nobody looked at it yet.
    pub async fn version(
        &self,
        account: AccountId,
        id: &str,
    ) -> Result<Option<(KeptTemplate, String, Timestamp)>> {
        let row = sqlx::query(
            "select template, name, subject, updated_at, version, version_as_of from mail_templates \
             where account = ?1 and template = ?2 and version is not null",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(id)
        .fetch_optional(self.mirror.readers())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(as_of) = moment_or_none(&row, "version_as_of")? else { return Ok(None) };
        let template = KeptTemplate {
            id: row.try_get("template")?,
            name: row.try_get("name")?,
            subject: row.try_get("subject")?,
            updated_at: row.try_get("updated_at")?,
        };
        Ok(Some((template, row.try_get("version")?, as_of)))
    }

    /// Takes groups as they were listed now.
    pub async fn keep_groups(&self, account: AccountId, all: &[KeptGroup], now: Timestamp) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query("delete from mail_groups where account = ?1")
            .bind(number)
            .execute(&mut *transaction)
            .await?;
        for one in all {
            sqlx::query("insert or replace into mail_groups (account, group_id, name, description, unsubscribes) values (?1, ?2, ?3, ?4, ?5)")
                .bind(number)
                .bind(one.id)
                .bind(&one.name)
                .bind(&one.description)
                .bind(i64::try_from(one.unsubscribes).unwrap_or(i64::MAX))
                .execute(&mut *transaction)
                .await?;
        }
        note(&mut transaction, number, MailList::Groups, now).await?;
        Ok(transaction.commit().await?)
    }

    /// The groups, as they were listed.
    pub async fn groups(&self, account: AccountId) -> Result<Vec<KeptGroup>> {
        let rows = sqlx::query(
            "select group_id, name, description, unsubscribes from mail_groups where account = ?1 order by group_id",
        )
        .bind(self.mirror.number_of(account)?)
        .fetch_all(self.mirror.readers())
        .await?;
        let read = |row: &SqliteRow| {
            Ok(KeptGroup {
                id: row.try_get("group_id")?,
                name: row.try_get("name")?,
                description: row.try_get("description")?,
                unsubscribes: u64::try_from(row.try_get::<i64, _>("unsubscribes")?).unwrap_or(0),
            })
        };
        rows.iter().map(read).collect()
    }

    /// Takes the addresses that get nothing, as they were listed now.
    pub async fn keep_suppressions(
        &self,
        account: AccountId,
        all: &[KeptSuppression],
        now: Timestamp,
    ) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query("delete from mail_suppressions where account = ?1")
            .bind(number)
            .execute(&mut *transaction)
            .await?;
        for group in groups(all) {
            let statement = format!(
                "insert into mail_suppressions (account, kind, email, email_folded, group_id, reason, since) values {}",
                value_rows(group.len(), 7)
            );
            let values = group.iter().flat_map(|one| {
                [
                    Value::from(number),
                    (&one.kind).into(),
                    (&one.email).into(),
                    fold(&one.email).into(),
                    one.group_id.into(),
                    one.reason.as_ref().into(),
                    one.since.into(),
                ]
            });
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut *transaction).await?;
        }
        note(&mut transaction, number, MailList::Suppressions, now).await?;
        Ok(transaction.commit().await?)
    }

    /// A page of addresses that get nothing, in the order of the lists; those whose address holds a text where one is given.
    pub async fn suppressions(
        &self,
        account: AccountId,
        text: &str,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<KeptSuppression>> {
        let limit = page::checked_limit(limit)?;
        let rows = sqlx::query(
            "select number, kind, email, group_id, reason, since from mail_suppressions where account = ?1 and number < ?2 \
             and (?3 = '' or instr(email_folded, ?3) > 0 or kind = ?3) order by number desc limit ?4",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(page::start(after)?)
        .bind(fold(text))
        .bind(limit + 1)
        .fetch_all(self.mirror.readers())
        .await?;
        let read = |row: &SqliteRow| Ok((row.try_get("number")?, read_suppression(row)?));
        Ok(page::cut(rows.iter().map(read).collect::<Result<_>>()?, limit))
    }

    /// Why one address gets nothing.
    pub async fn suppressions_of(&self, account: AccountId, email: &str) -> Result<Vec<KeptSuppression>> {
        let rows = sqlx::query(
            "select kind, email, group_id, reason, since from mail_suppressions indexed by mail_suppressions_email \
             where email_folded = ?1 and account = ?2 order by number",
        )
        .bind(fold(email))
        .bind(self.mirror.number_of(account)?)
        .fetch_all(self.mirror.readers())
        .await?;
        rows.iter().map(read_suppression).collect()
    }

    /// How many of them there are.
    pub async fn count_suppressions(&self, account: AccountId, text: &str) -> Result<u64> {
        let count: i64 = sqlx::query_scalar(
            "select count(*) from mail_suppressions where account = ?1 and (?2 = '' or instr(email_folded, ?2) > 0 or kind = ?2)",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(fold(text))
        .fetch_one(self.mirror.readers())
        .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

async fn note(
    transaction: &mut sqlx::Transaction<'_, sqlx::Sqlite>,
    account: i64,
    list: MailList,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("insert or replace into mail_lists (account, list, as_of) values (?1, ?2, ?3)")
        .bind(account)
        .bind(list.as_str())
        .bind(now.as_ms())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

fn read_suppression(row: &SqliteRow) -> Result<KeptSuppression> {
    Ok(KeptSuppression {
        kind: row.try_get("kind")?,
        email: row.try_get("email")?,
        group_id: row.try_get("group_id")?,
        reason: row.try_get("reason")?,
        since: moment_or_none(row, "since")?,
    })
}
