//! The vendor connections. Keys are not here: a row says where its key is kept.

use domain::{AccountId, Environment, Kind, Label, Timestamp, Vendor};
use serde_json::{Value as Json, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use crate::book::{self, NewLine};
use crate::error::{MirrorError, Result};
use crate::mirrored::{moment, moment_or_none, table};
use crate::{Mirror, changes, deliveries, payment_words};

/// Where the key of an account is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyReference {
    /// In the vault, under the account's id.
    Vault,
    /// In the environment variable of this name.
    Variable(String),
}

/// One vendor connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Our own id.
    pub id: AccountId,
    /// The vendor.
    pub vendor: Vendor,
    /// Which money it moves; always the mirror's own environment.
    pub environment: Environment,
    /// The name that a person gave it; unique among the accounts that are not removed.
    pub label: Label,
    /// The vendor's address, or `builtin:sandbox`.
    pub base_url: String,
    /// Where its key is kept.
    pub key_reference: KeyReference,
    /// Where the key for what moves money is kept; none where the one key is for all.
    pub write_key_reference: Option<KeyReference>,
    /// The vendor's id of the account, where the key may read it.
    pub vendor_account_id: Option<String>,
    /// The vendor's name of the account.
    pub vendor_name: Option<String>,
    /// What the key may do, as JSON.
    pub rights_json: String,
    /// The account's default currency, in the vendor's words.
    pub default_currency: Option<String>,
    /// When it was connected.
    pub created_at: Timestamp,
    /// When it was removed; its journal stays.
    pub removed_at: Option<Timestamp>,
}

/// What the vendor tells of an account, written anew at each check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFacts {
    /// The vendor's id of the account.
    pub vendor_account_id: Option<String>,
    /// The vendor's name of the account.
    pub vendor_name: Option<String>,
    /// What the key may do, as JSON.
    pub rights_json: String,
    /// The account's default currency.
    pub default_currency: Option<String>,
}

const SELECT: &str = "select number, id, vendor, environment, label, base_url, key_variable, write_key, vendor_account_id, \
     vendor_name, rights_json, default_currency, created_at, removed_at from accounts";

/// The accounts.
#[derive(Debug)]
pub struct Accounts<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Accounts<'_> {
    /// Reads the numbers that stand for accounts in rows.
    pub(crate) async fn load_numbers(&self) -> Result<()> {
        let rows = sqlx::query("select id, number from accounts").fetch_all(self.mirror.readers()).await?;
        for row in rows {
            let id: &str = row.try_get("id")?;
            let id = id.parse().map_err(|_| MirrorError::corrupt("an account has no id"))?;
            self.mirror.remember_number(id, row.try_get("number")?);
        }
        Ok(())
    }

    /// Adds an account. Its environment must be the mirror's.
    pub async fn insert(&self, account: &AccountRow) -> Result<()> {
        if account.environment != self.mirror.environment() {
            return Err(MirrorError::WrongEnvironment {
                found: self.mirror.environment().to_string(),
                wanted: account.environment.to_string(),
            });
        }
        let variable = match &account.key_reference {
            KeyReference::Vault => None,
            KeyReference::Variable(name) => Some(name),
        };
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let done = sqlx::query(
            "insert into accounts (id, vendor, environment, label, base_url, key_variable, vendor_account_id, \
             vendor_name, rights_json, default_currency, created_at, removed_at, write_key) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )
        .bind(account.id.to_string())
        .bind(account.vendor.as_str())
        .bind(account.environment.as_str())
        .bind(account.label.as_str())
        .bind(&account.base_url)
        .bind(variable)
        .bind(&account.vendor_account_id)
        .bind(&account.vendor_name)
        .bind(&account.rights_json)
        .bind(&account.default_currency)
        .bind(account.created_at.as_ms())
        .bind(account.removed_at.map(Timestamp::as_ms))
        .bind(account.write_key_reference.as_ref().map(write_key_text))
        .execute(&mut *transaction)
        .await
        .map_err(label_taken)?;
        let facts = json!({ "after": { "label": account.label.as_str(), "base_url": account.base_url } });
        let line = NewLine { facts, ..about(account.id, account.created_at, "account_added") };
        book::append(&mut transaction, self.mirror, &line).await?;
        transaction.commit().await?;
        self.mirror.remember_number(account.id, done.last_insert_rowid());
        Ok(())
    }

    /// The accounts that are not removed, by label. Sources are none ([`Mirror::origins`] has both).
    pub async fn list(&self) -> Result<Vec<AccountRow>> {
        self.all("where removed_at is null and is_source = 0 order by label", None).await
    }

    /// All accounts, removed ones too, for showing the journal.
    pub async fn list_with_removed(&self) -> Result<Vec<AccountRow>> {
        self.all("where is_source = 0 order by label, number", None).await
    }

    /// The account of that label that is not removed.
    pub async fn by_label(&self, label: &str) -> Result<Option<AccountRow>> {
        let found = self
            .all("where label = ?1 and removed_at is null and is_source = 0", Some(label.to_owned()))
            .await?;
        Ok(found.into_iter().next())
    }

    /// The account with the id, removed or not.
    pub async fn by_id(&self, id: AccountId) -> Result<Option<AccountRow>> {
        Ok(self.all("where id = ?1 and is_source = 0", Some(id.to_string())).await?.into_iter().next())
    }

    /// Gives an account another label.
    pub async fn rename(&self, id: AccountId, label: &Label, at: Timestamp) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let before: Option<String> =
            sqlx::query_scalar("select label from accounts where id = ?1 and removed_at is null")
                .bind(id.to_string())
                .fetch_optional(&mut *transaction)
                .await?;
        let done = sqlx::query("update accounts set label = ?2 where id = ?1 and removed_at is null")
            .bind(id.to_string())
            .bind(label.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(label_taken)?;
        one_account(done.rows_affected())?;
        let facts = json!({ "before": { "label": before }, "after": { "label": label.as_str() } });
        let line = NewLine { facts, ..about(id, at, "account_renamed") };
        book::append(&mut transaction, self.mirror, &line).await?;
        Ok(transaction.commit().await?)
    }

    /// Writes what the vendor tells of the account.
    pub async fn update_facts(&self, id: AccountId, facts: &AccountFacts) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let done = sqlx::query(
            "update accounts set vendor_account_id = ?2, vendor_name = ?3, rights_json = ?4, \
             default_currency = ?5 where id = ?1 and removed_at is null",
        )
        .bind(id.to_string())
        .bind(&facts.vendor_account_id)
        .bind(&facts.vendor_name)
        .bind(&facts.rights_json)
        .bind(&facts.default_currency)
        .execute(writer.connection()?)
        .await?;
        one_account(done.rows_affected())
    }

    /// Notes where the key for what moves money is, with its line in the book; none lets the one key do all.
    pub async fn set_write_key(
        &self,
        id: AccountId,
        reference: Option<&KeyReference>,
        rights: Json,
        at: Timestamp,
    ) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let done = sqlx::query("update accounts set write_key = ?2 where number = ?1 and removed_at is null")
            .bind(self.mirror.number_of(id)?)
            .bind(reference.map(write_key_text))
            .execute(&mut *transaction)
            .await?;
        one_account(done.rows_affected())?;
        let action = if reference.is_some() { "account_write_key_set" } else { "account_write_key_removed" };
        let line = NewLine { facts: rights, ..about(id, at, action) };
        book::append(&mut transaction, self.mirror, &line).await?;
        Ok(transaction.commit().await?)
    }

    /// Removes an account: what was mirrored goes, its journal of intents and calls stays, and its
    /// label is free again.
    pub async fn remove(&self, id: AccountId, removed_at: Timestamp) -> Result<()> {
        let number = self.mirror.number_of(id)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let done =
            sqlx::query("update accounts set removed_at = ?2 where number = ?1 and removed_at is null")
                .bind(number)
                .bind(removed_at.as_ms())
                .execute(&mut *transaction)
                .await?;
        one_account(done.rows_affected())?;
        forget_mirrored(&mut transaction, number).await?;
        let line = about(id, removed_at, "account_removed");
        book::append(&mut transaction, self.mirror, &line).await?;
        Ok(transaction.commit().await?)
    }

    async fn all(&self, rest: &str, value: Option<String>) -> Result<Vec<AccountRow>> {
        let statement = sqlx::query(AssertSqlSafe(format!("{SELECT} {rest}")));
        let statement = match value {
            Some(value) => statement.bind(value),
            None => statement,
        };
        statement.fetch_all(self.mirror.readers()).await?.iter().map(read).collect()
    }
}

/// The variable of a key, or nothing of it where the vault keeps it.
fn write_key_text(reference: &KeyReference) -> &str {
    match reference {
        KeyReference::Vault => "",
        KeyReference::Variable(name) => name,
    }
}

pub(crate) fn about(id: AccountId, at: Timestamp, action: &str) -> NewLine {
    NewLine { account: Some(id), ..NewLine::new(at, action, id.to_string()) }
}

/// Takes out all that was mirrored of an account.
pub(crate) async fn forget_mirrored(transaction: &mut Transaction<'_, Sqlite>, number: i64) -> Result<()> {
    payment_words::forget_account(transaction, number).await?;
    changes::forget_account(transaction, number).await?;
    for kind in Kind::ALL {
        let name = table(kind).name;
        let raw = format!("delete from raw_objects where key in (select key from {name} where account = ?1)");
        sqlx::query(AssertSqlSafe(raw)).bind(number).execute(&mut **transaction).await?;
        let rows = format!("delete from {name} where account = ?1");
        sqlx::query(AssertSqlSafe(rows)).bind(number).execute(&mut **transaction).await?;
    }
    deliveries::forget_account(transaction, number).await?;
    for table in [
        "sync_slices",
        "load_slices",
        "unread_objects",
        "catch_ups",
        "paused_accounts",
        "saved_view_looks",
        "proof_parts",
        "kept_apart",
        "inbox_events",
        "inbox",
        "events_to_relay",
    ] {
        let rows = format!("delete from {table} where account = ?1");
        sqlx::query(AssertSqlSafe(rows)).bind(number).execute(&mut **transaction).await?;
    }
    Ok(())
}

fn one_account(changed: u64) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(MirrorError::UnknownAccount) }
}

pub(crate) fn label_taken(error: sqlx::Error) -> MirrorError {
    match MirrorError::from(error) {
        MirrorError::Constraint { name } if name == "accounts.label" => MirrorError::LabelTaken,
        other => other,
    }
}

fn read(row: &SqliteRow) -> Result<AccountRow> {
    let unreadable = |_| MirrorError::corrupt("an account does not read");
    let variable: Option<String> = row.try_get("key_variable")?;
    let write_key: Option<String> = row.try_get("write_key")?;
    Ok(AccountRow {
        id: row
            .try_get::<&str, _>("id")?
            .parse()
            .map_err(|_| MirrorError::corrupt("an account has no id"))?,
        vendor: row.try_get::<&str, _>("vendor")?.parse().map_err(unreadable)?,
        environment: row.try_get::<&str, _>("environment")?.parse().map_err(unreadable)?,
        label: row
            .try_get::<&str, _>("label")?
            .parse()
            .map_err(|_| MirrorError::corrupt("an account has no label"))?,
        base_url: row.try_get("base_url")?,
        key_reference: variable.map_or(KeyReference::Vault, KeyReference::Variable),
        write_key_reference: write_key
            .map(|name| if name.is_empty() { KeyReference::Vault } else { KeyReference::Variable(name) }),
        vendor_account_id: row.try_get("vendor_account_id")?,
        vendor_name: row.try_get("vendor_name")?,
        rights_json: row.try_get("rights_json")?,
        default_currency: row.try_get("default_currency")?,
        created_at: moment(row, "created_at")?,
        removed_at: moment_or_none(row, "removed_at")?,
    })
}
