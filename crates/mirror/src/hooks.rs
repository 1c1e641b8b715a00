//! Where vendors deliver what happened: one path of the listener for an account or source and a scheme. Secrets are not
//! here: a row says where its secret is kept.

use domain::{AccountId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use crate::accounts::KeyReference;
use crate::error::{MirrorError, Result};
use crate::mirrored::{moment, moment_or_none};
use crate::{Mirror, commit};

/// A certificate that requests are believed by; it is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The address that it was fetched from; none where a person gave it.
    pub url: Option<String>,
    /// It and those between it and a root, as PEM.
    pub pem: String,
}

/// What the check of a signature needs besides the secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookWays {
    /// The address that the vendor calls, where it signs that.
    pub public_url: Option<String>,
    /// The id that PayPal gave the webhook.
    pub webhook_id: Option<String>,
    /// PayPal's certificate.
    pub certificate: Option<Certificate>,
    /// The roots to trust, as PEM; those of the system where none were given.
    pub roots_pem: Option<String>,
}

/// A path that vendors deliver to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRow {
    /// Its number in this file, which requests name.
    pub number: i64,
    /// Our own id, by which a copy that comes back is told from the present file.
    pub id: String,
    /// Whose events come there.
    pub account_id: AccountId,
    /// How they are signed, such as `stripe`.
    pub scheme: String,
    /// The last part of the path: 128 random bits in hexadecimal digits.
    pub token: String,
    /// Where its secret is kept.
    pub secret_reference: KeyReference,
    /// Until when the secret before this one is honoured as well.
    pub previous_until: Option<Timestamp>,
    /// What the check of a signature needs besides the secret.
    pub ways: HookWays,
    /// When it was made.
    pub created_at: Timestamp,
}

const SELECT: &str = "select h.number, h.id, h.account, h.scheme, h.token, h.secret_variable, h.previous_until, h.created_at, \
     h.public_url, h.webhook_id, h.certificate_url, h.certificate_pem, h.roots_pem \
     from hooks h join accounts a on a.number = h.account where h.removed_at is null and a.removed_at is null";

/// The paths.
#[derive(Debug)]
pub struct Hooks<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Hooks<'_> {
    /// Those of accounts that are not removed, oldest first.
    pub async fn list(&self) -> Result<Vec<HookRow>> {
        let statement = format!("{SELECT} order by h.number");
        let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(self.mirror.readers()).await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    /// The one of an account and a scheme.
    pub async fn of(&self, account: AccountId, scheme: &str) -> Result<Option<HookRow>> {
        let statement = format!("{SELECT} and h.account = ?1 and h.scheme = ?2");
        let row = sqlx::query(AssertSqlSafe(statement))
            .bind(self.mirror.number_of(account)?)
            .bind(scheme)
            .fetch_optional(self.mirror.readers())
            .await?;
        row.as_ref().map(|row| self.read(row)).transpose()
    }

    /// Adds one with a new token. An account has one of each scheme.
    pub async fn insert(
        &self,
        id: &str,
        account: AccountId,
        scheme: &str,
        secret: &KeyReference,
        now: Timestamp,
    ) -> Result<HookRow> {
        let number = self.mirror.number_of(account)?;
        let token = new_token()?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        commit::refuse_removed(&mut transaction, number).await?;
        sqlx::query(
            "insert into hooks (id, account, scheme, token, secret_variable, created_at) \
             values (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(id)
        .bind(number)
        .bind(scheme)
        .bind(&token)
        .bind(variable(secret))
        .bind(now.as_ms())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        drop(writer);
        self.of(account, scheme).await?.ok_or_else(|| MirrorError::corrupt("a hook was not kept"))
    }

    /// Takes down that the secret is another one now, and until when the one before it is honoured as well.
    pub async fn set_secret(
        &self,
        id: &str,
        secret: &KeyReference,
        previous_until: Option<Timestamp>,
    ) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query("update hooks set secret_variable = ?2, previous_until = ?3 where id = ?1")
            .bind(id)
            .bind(variable(secret))
            .bind(previous_until.map(Timestamp::as_ms))
            .execute(writer.connection()?)
            .await?;
        Ok(())
    }

    /// Takes down what the check of a signature needs besides the secret.
    pub async fn set_ways(&self, id: &str, ways: &HookWays) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query(
            "update hooks set public_url = ?2, webhook_id = ?3, certificate_url = ?4, certificate_pem = ?5, \
             roots_pem = ?6 where id = ?1",
        )
        .bind(id)
        .bind(&ways.public_url)
        .bind(&ways.webhook_id)
        .bind(ways.certificate.as_ref().and_then(|one| one.url.as_deref()))
        .bind(ways.certificate.as_ref().map(|one| one.pem.as_str()))
        .bind(&ways.roots_pem)
        .execute(writer.connection()?)
        .await?;
        Ok(())
    }

    /// Takes a path away: nothing is taken there any more. What it received stays.
    pub async fn remove(&self, id: &str, now: Timestamp) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query("update hooks set removed_at = ?2 where id = ?1 and removed_at is null")
            .bind(id)
            .bind(now.as_ms())
            .execute(writer.connection()?)
            .await?;
        Ok(())
    }

    fn read(&self, row: &SqliteRow) -> Result<HookRow> {
        let variable: Option<String> = row.try_get("secret_variable")?;
        let (url, pem) =
            (row.try_get("certificate_url")?, row.try_get::<Option<String>, _>("certificate_pem")?);
        let ways = HookWays {
            public_url: row.try_get("public_url")?,
            webhook_id: row.try_get("webhook_id")?,
            certificate: pem.map(|pem| Certificate { url, pem }),
            roots_pem: row.try_get("roots_pem")?,
        };
        Ok(HookRow {
            ways,
            number: row.try_get("number")?,
            id: row.try_get("id")?,
            account_id: self.mirror.account_of(row.try_get("account")?)?,
            scheme: row.try_get("scheme")?,
            token: row.try_get("token")?,
            secret_reference: variable.map_or(KeyReference::Vault, KeyReference::Variable),
            previous_until: moment_or_none(row, "previous_until")?,
            created_at: moment(row, "created_at")?,
        })
    }
}

fn variable(reference: &KeyReference) -> Option<&str> {
    match reference {
        KeyReference::Vault => None,
        KeyReference::Variable(name) => Some(name),
    }
}

/// 128 random bits.
fn new_token() -> Result<String> {
    let whole = Mirror::generate_key()?;
    Ok(whole.expose().chars().take(32).collect())
}

/// Takes paths and what they received over from the present file: vendors go on delivering there after a copy from
/// before came back, and what was received is nowhere else.
pub(crate) async fn carry(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    const OF: &str = "(select a.number from present.accounts b join main.accounts a on a.id = b.id where b.number = p.account)";
    const HOOK: &str = "scheme, token, secret_variable, previous_until, created_at, removed_at, public_url, webhook_id, \
         certificate_url, certificate_pem, roots_pem";
    const CAME: &str = "received_at, method, path, headers, body_zstd, body_bytes, scheme, verdict";
    const EVENT: &str = "event_id, event_type, replayable";
    const AGAIN: &str =
        "state in ('applied', 'known') or (state = 'apart' and reason in ('some_unread', 'other_body'))";
    for statement in [
        "delete from main.inbox where hook in (select h.number from main.hooks h join present.hooks p on p.id = h.id)"
            .to_owned(),
        // One of another line gives way to the one that vendors deliver to now.
        format!(
            "update main.hooks set removed_at = created_at where id not in (select id from present.hooks) \
             and exists (select 1 from present.hooks p where p.removed_at is null \
             and p.scheme = main.hooks.scheme and {OF} = main.hooks.account)"
        ),
        "update main.hooks set (secret_variable, previous_until, removed_at, public_url, webhook_id, certificate_url, \
         certificate_pem, roots_pem) = (select p.secret_variable, p.previous_until, p.removed_at, p.public_url, \
         p.webhook_id, p.certificate_url, p.certificate_pem, p.roots_pem from present.hooks p where p.id = main.hooks.id) \
         where id in (select id from present.hooks)"
            .to_owned(),
        format!(
            "insert into main.hooks (id, account, {HOOK}) select p.id, {OF}, {HOOK} \
             from present.hooks p where p.id not in (select id from main.hooks) order by p.number"
        ),
        // What was applied since the copy was made is applied to it again, and so is what could be read of a request that is
        // kept apart for the rest of it. What is known already stays as it is.
        format!(
            "insert into main.inbox (account, hook, {CAME}, state, reason, {EVENT}) select {OF}, (select m.number \
             from main.hooks m join present.hooks h on h.id = m.id where h.number = p.hook), {CAME}, \
             case when {AGAIN} then 'waiting' else state end, case when {AGAIN} then null else reason end, {EVENT} \
             from present.inbox p order by p.number"
        ),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut **transaction).await?;
    }
    Ok(())
}
