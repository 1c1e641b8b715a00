//! Endpoints that events are sent on to. Secrets are not here: a row says where its secret is kept.

mod words;

use domain::{AccountId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use crate::accounts::KeyReference;
use crate::error::{MirrorError, Result};
use crate::mirrored::{moment, moment_or_none, small};
use crate::{Mirror, commit};

pub use words::{EndpointForm, EndpointPurpose, EndpointState};

/// What a person decides about an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointFacts {
    /// Where it is.
    pub url: String,
    /// The types that it wants.
    pub types: Vec<String>,
    /// Conditions on the document.
    pub conditions: Vec<String>,
    /// Where its secret is kept.
    pub secret_reference: KeyReference,
    /// Whether it may be on this machine or in a private network.
    pub allow_local: bool,
    /// Most requests a second.
    pub rate_per_second: u32,
    /// Most requests at once.
    pub concurrency: u32,
    /// Whether what concerns one object is sent one after the other.
    pub ordered: bool,
    /// What a channel is called; none for endpoints of events.
    pub name: Option<String>,
    /// What else a channel has, as JSON; none for endpoints of events.
    pub channel: Option<String>,
}

/// An endpoint to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Our own id.
    pub id: String,
    /// Whose events; none for those of all.
    pub account_id: Option<AccountId>,
    /// What it is there for.
    pub purpose: EndpointPurpose,
    /// What it takes.
    pub form: EndpointForm,
    /// How what is sent is signed.
    pub scheme: String,
    /// The name that the vault keeps its secret under.
    pub secret_entry: String,
    /// What happened before is not sent by itself.
    pub events_from: Timestamp,
    /// Until when a temporary one stays.
    pub lease_until: Option<Timestamp>,
    /// The rest.
    pub facts: EndpointFacts,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointRow {
    /// Its number in this file.
    pub number: i64,
    /// Our own id.
    pub id: String,
    /// Whose events it wants; none for those of all.
    pub account_id: Option<AccountId>,
    /// What it is there for.
    pub purpose: EndpointPurpose,
    /// What it takes.
    pub form: EndpointForm,
    /// How what is sent is signed.
    pub scheme: String,
    /// The name that the vault keeps its secret under.
    pub secret_entry: String,
    /// What a person decided.
    pub facts: EndpointFacts,
    /// Whether it is sent to.
    pub state: EndpointState,
    /// Why it stopped.
    pub reason: Option<String>,
    /// Since when it is in its state.
    pub since: Timestamp,
    /// Since when nothing was taken.
    pub failing_since: Option<Timestamp>,
    /// What happened before is not sent by itself.
    pub events_from: Timestamp,
    /// Until when a temporary one stays.
    pub lease_until: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was removed.
    pub removed_at: Option<Timestamp>,
}

/// Tries at an endpoint on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointDayRow {
    /// Such as `2026-11-22`, of UTC.
    pub day: String,
    /// Tries that were taken.
    pub taken: u64,
    /// Tries that were not.
    pub failed: u64,
    /// How long a try took in the middle, in milliseconds.
    pub typical_ms: u64,
}

const SELECT: &str = "select number, id, account, purpose, url, types, conditions, scheme, secret_entry, secret_variable, \
     allow_local, rate_per_second, concurrency, ordered, state, reason, since, failing_since, events_from, lease_until, \
     created_at, removed_at, form, name, channel from endpoints";

impl Mirror {
    /// Where events are sent on to.
    pub fn endpoints(&self) -> Endpoints<'_> {
        Endpoints { mirror: self }
    }
}

/// The endpoints.
#[derive(Debug)]
pub struct Endpoints<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Endpoints<'_> {
    /// Those that were not removed, oldest first.
    pub async fn list(&self) -> Result<Vec<EndpointRow>> {
        let statement = format!("{SELECT} where removed_at is null order by number");
        let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(self.mirror.readers()).await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    /// The one with an id, unless it was removed.
    pub async fn by_id(&self, id: &str) -> Result<Option<EndpointRow>> {
        let statement = format!("{SELECT} where id = ?1 and removed_at is null");
        let row =
            sqlx::query(AssertSqlSafe(statement)).bind(id).fetch_optional(self.mirror.readers()).await?;
        row.as_ref().map(|row| self.read(row)).transpose()
    }

    /// The one with a number, also where it was removed.
    pub async fn by_number(&self, number: i64) -> Result<Option<EndpointRow>> {
        let statement = format!("{SELECT} where number = ?1");
        let row =
            sqlx::query(AssertSqlSafe(statement)).bind(number).fetch_optional(self.mirror.readers()).await?;
        row.as_ref().map(|row| self.read(row)).transpose()
    }

    /// The number of the one with an id, also where it was removed.
    pub async fn number_of(&self, id: &str) -> Result<Option<i64>> {
        let number = sqlx::query_scalar("select number from endpoints where id = ?1");
        Ok(number.bind(id).fetch_optional(self.mirror.readers()).await?)
    }

    /// Adds one.
    pub async fn insert(&self, new: &NewEndpoint, now: Timestamp) -> Result<EndpointRow> {
        let account = new.account_id.map(|account| self.mirror.number_of(account)).transpose()?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        if let Some(account) = account {
            commit::refuse_removed(&mut transaction, account).await?;
        }
        sqlx::query(
            "insert into endpoints (id, account, purpose, url, types, conditions, scheme, secret_entry, secret_variable, \
             allow_local, rate_per_second, concurrency, ordered, state, since, events_from, lease_until, created_at, \
             form, name, channel) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 'on', ?14, ?15, ?16, ?14, ?17, ?18, ?19)",
        )
        .bind(&new.id)
        .bind(account)
        .bind(new.purpose.as_str())
        .bind(&new.facts.url)
        .bind(texts(&new.facts.types)?)
        .bind(texts(&new.facts.conditions)?)
        .bind(&new.scheme)
        .bind(&new.secret_entry)
        .bind(variable(&new.facts.secret_reference))
        .bind(new.facts.allow_local)
        .bind(new.facts.rate_per_second)
        .bind(new.facts.concurrency)
        .bind(new.facts.ordered)
        .bind(now.as_ms())
        .bind(new.events_from.as_ms())
        .bind(new.lease_until.map(Timestamp::as_ms))
        .bind(new.form.as_str())
        .bind(&new.facts.name)
        .bind(&new.facts.channel)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        drop(writer);
        self.by_id(&new.id).await?.ok_or_else(|| MirrorError::corrupt("an endpoint was not kept"))
    }

    /// Changes what a person decided about one. Another address has not failed yet, nor has a channel with another secret,
    /// which is its address.
    pub async fn change(&self, id: &str, facts: &EndpointFacts, other_secret: bool) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query(
            "update endpoints set failing_since = case when form <> 'events' and not ?12 or form = 'events' and url = ?2 \
             then failing_since end, url = ?2, types = ?3, \
             conditions = ?4, secret_variable = ?5, allow_local = ?6, rate_per_second = ?7, concurrency = ?8, \
             ordered = ?9, name = ?10, channel = ?11 where id = ?1 and removed_at is null",
        )
        .bind(id)
        .bind(&facts.url)
        .bind(texts(&facts.types)?)
        .bind(texts(&facts.conditions)?)
        .bind(variable(&facts.secret_reference))
        .bind(facts.allow_local)
        .bind(facts.rate_per_second)
        .bind(facts.concurrency)
        .bind(facts.ordered)
        .bind(&facts.name)
        .bind(&facts.channel)
        .bind(other_secret)
        .execute(writer.connection()?)
        .await?;
        Ok(())
    }

    /// Holds one back, or sends to it again.
    pub async fn set_state(&self, id: &str, state: EndpointState, now: Timestamp) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query(
            "update endpoints set state = ?2, reason = null, since = ?3, \
             failing_since = case when ?2 = 'on' then null else failing_since end \
             where id = ?1 and state <> ?2 and removed_at is null",
        )
        .bind(id)
        .bind(state.as_str())
        .bind(now.as_ms())
        .execute(writer.connection()?)
        .await?;
        Ok(())
    }

    /// Whoever made a temporary one is still there. Tells whether it is.
    pub async fn touch(&self, id: &str, until: Timestamp) -> Result<bool> {
        let mut writer = self.mirror.writer().await?;
        let done = sqlx::query(
            "update endpoints set lease_until = ?2 where id = ?1 and lease_until is not null and removed_at is null",
        )
        .bind(id)
        .bind(until.as_ms())
        .execute(writer.connection()?)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Removes one: what waits for it is canceled, and its replays end.
    pub async fn remove(&self, number: i64, now: Timestamp) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        for statement in [
            "update endpoints set removed_at = ?2, lease_until = null where number = ?1 and removed_at is null",
            "update deliveries set state = 'canceled', problem = 'endpoint_removed', ended_at = ?2 \
             where endpoint = ?1 and state = 'waiting'",
            "update replays set state = 'canceled', ended_at = ?2 where endpoint = ?1 and ended_at is null",
        ] {
            sqlx::query(statement).bind(number).bind(now.as_ms()).execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Since when tries at one have failed without a longer pause between them than so many milliseconds, where it is
    /// failing: in a pause nothing says that it would have taken nothing.
    pub async fn failing_without_pause(
        &self,
        number: i64,
        now: Timestamp,
        pause_most_ms: i64,
    ) -> Result<Option<Timestamp>> {
        let since: Option<i64> = sqlx::query_scalar(
            "with tries as (select a.started_at as at from delivery_attempts a join endpoints e on e.number = a.endpoint \
                 where a.endpoint = ?1 and a.started_at >= e.failing_since and a.started_at < ?2 union all select ?2), \
             spaced as (select at, at - lag(at) over (order by at) as pause from tries) \
             select max(at) from spaced where (pause is null or pause > ?3) \
                 and exists (select 1 from endpoints where number = ?1 and failing_since is not null)",
        )
        .bind(number)
        .bind(now.as_ms())
        .bind(pause_most_ms)
        .fetch_one(self.mirror.readers())
        .await?;
        Ok(since.map(Timestamp::from_ms))
    }

    /// Deliveries that wait or are being sent, and those that failed.
    pub async fn counts(&self, number: i64) -> Result<(u64, u64)> {
        let row = sqlx::query(
            "select (select count(*) from deliveries where endpoint = ?1 and state = 'waiting') + \
             (select count(*) from deliveries where endpoint = ?1 and state = 'sending') as open, \
             (select count(*) from deliveries where endpoint = ?1 and state = 'failed') as failed",
        )
        .bind(number)
        .fetch_one(self.mirror.readers())
        .await?;
        let count = |column| row.try_get::<i64, _>(column).map(|count| u64::try_from(count).unwrap_or(0));
        Ok((count("open")?, count("failed")?))
    }

    /// Tries of each day since a moment, newest day first, at most 100,000 tries.
    pub async fn days(&self, number: i64, since: Timestamp) -> Result<Vec<EndpointDayRow>> {
        let rows = sqlx::query(
            "with tries as (select date(started_at / 1000, 'unixepoch') as day, took_ms, problem is null as taken \
                 from delivery_attempts where endpoint = ?1 and started_at >= ?2 and took_ms is not null \
                 order by started_at desc limit 100000), \
             placed as (select day, took_ms, taken, row_number() over (partition by day order by took_ms) as place, \
                 count(*) over (partition by day) as of_day from tries) \
             select day, sum(taken) as taken, sum(1 - taken) as failed, \
                 max(case when place = (of_day + 1) / 2 then took_ms end) as typical_ms \
             from placed group by day order by day desc",
        )
        .bind(number)
        .bind(since.as_ms())
        .fetch_all(self.mirror.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(EndpointDayRow {
                    day: row.try_get("day")?,
                    taken: small(row, "taken")?.unwrap_or(0),
                    failed: small(row, "failed")?.unwrap_or(0),
                    typical_ms: small(row, "typical_ms")?.unwrap_or(0),
                })
            })
            .collect()
    }

    fn read(&self, row: &SqliteRow) -> Result<EndpointRow> {
        let variable: Option<String> = row.try_get("secret_variable")?;
        let account: Option<i64> = row.try_get("account")?;
        Ok(EndpointRow {
            number: row.try_get("number")?,
            id: row.try_get("id")?,
            account_id: account.map(|account| self.mirror.account_of(account)).transpose()?,
            purpose: EndpointPurpose::read(row.try_get("purpose")?),
            form: EndpointForm::read(row.try_get("form")?),
            scheme: row.try_get("scheme")?,
            secret_entry: row.try_get("secret_entry")?,
            facts: EndpointFacts {
                url: row.try_get("url")?,
                types: list_of(row.try_get("types")?)?,
                conditions: list_of(row.try_get("conditions")?)?,
                secret_reference: variable.map_or(KeyReference::Vault, KeyReference::Variable),
                allow_local: row.try_get("allow_local")?,
                rate_per_second: small(row, "rate_per_second")?.unwrap_or(1),
                concurrency: small(row, "concurrency")?.unwrap_or(1),
                ordered: row.try_get("ordered")?,
                name: row.try_get("name")?,
                channel: row.try_get("channel")?,
            },
            state: EndpointState::read(row.try_get("state")?),
            reason: row.try_get("reason")?,
            since: moment(row, "since")?,
            failing_since: moment_or_none(row, "failing_since")?,
            events_from: moment(row, "events_from")?,
            lease_until: moment_or_none(row, "lease_until")?,
            created_at: moment(row, "created_at")?,
            removed_at: moment_or_none(row, "removed_at")?,
        })
    }
}

/// Takes down how an endpoint stands after a try, in the transaction that writes the try.
pub(crate) async fn after_try(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    taken: bool,
    stopped: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let statement = match (taken, stopped) {
        (true, _) => {
            "update endpoints set failing_since = null where number = ?1 and failing_since is not null"
        }
        (false, None) => {
            "update endpoints set failing_since = ?2 where number = ?1 and failing_since is null"
        }
        (false, Some(_)) => {
            "update endpoints set state = 'stopped', reason = ?3, since = ?2, \
             failing_since = coalesce(failing_since, ?2) where number = ?1 and state <> 'stopped'"
        }
    };
    let statement = sqlx::query(statement).bind(number).bind(now.as_ms());
    let statement = match stopped {
        Some(reason) if !taken => statement.bind(reason),
        _ => statement,
    };
    statement.execute(&mut **transaction).await?;
    if stopped.is_some() {
        // They can be replayed as what failed.
        sqlx::query(
            "update deliveries set state = 'failed', problem = 'endpoint_stopped', ended_at = ?2 \
             where endpoint = ?1 and state = 'waiting'",
        )
        .bind(number)
        .bind(now.as_ms())
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

fn variable(reference: &KeyReference) -> Option<&str> {
    match reference {
        KeyReference::Vault => None,
        KeyReference::Variable(name) => Some(name),
    }
}

fn texts(list: &[String]) -> Result<String> {
    serde_json::to_string(list).map_err(|_| MirrorError::corrupt("a list cannot be written"))
}

fn list_of(text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|_| MirrorError::corrupt("a list of an endpoint does not read"))
}
