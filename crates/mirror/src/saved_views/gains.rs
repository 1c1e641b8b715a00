//! What saved views gain.
//!
//! Of a view that notifies all keys are kept that it held when it was last looked at, so that whatever
//! it holds now besides is news, however old it is. A view of few payments is looked through whole each
//! time. Of a larger one only its newest payments are, and those that something happened to since
//! ([`touched`](super::touched)): nothing else can have come in but by the passing of time, for which it
//! is looked through whole once a day.

use std::collections::BTreeSet;

use domain::{AccountId, Timestamp};
use sqlx::Row;

use super::{SavedViews, Touched, folded};
use crate::error::Result;
use crate::{FindScope, key};

/// Newest payments of a view that are looked at each time; a view of fewer is small.
const NEWEST: u32 = 1_000;
/// Keys that are written in one transaction, so that the writer is soon free again.
const KEYS_OF_TRANSACTION: usize = 5_000;
/// How often a large view is looked through whole.
const ANEW_AFTER_MS: i64 = 86_400_000;

/// What a view gained and nobody was told of yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GainedView {
    /// Its name.
    pub name: String,
    /// Its search.
    pub query: String,
    /// How many payments came in.
    pub payments: u64,
    /// Our own id of the payment, where it is one.
    pub only: Option<String>,
}

/// A view in one account, as it was last looked at.
struct Look {
    view: i64,
    account: i64,
    query: String,
    /// When all of its keys were last taken; none where they never were to their end.
    whole_at: Option<Timestamp>,
}

/// What changes in the keys of a view.
#[derive(Default)]
struct Difference {
    gone: Vec<i64>,
    new: Vec<i64>,
}

impl Difference {
    fn between(before: &BTreeSet<i64>, now: &BTreeSet<i64>) -> Self {
        Self {
            gone: before.difference(now).copied().collect(),
            new: now.difference(before).copied().collect(),
        }
    }

    fn is_none(&self) -> bool {
        self.gone.is_empty() && self.new.is_empty()
    }
}

impl SavedViews<'_> {
    /// Our own ids of the payments of one account that the view gained since it was last looked at, newest
    /// first, and remembers what it holds now. They wait in [`SavedViews::take_gained`] to be told. The
    /// first look at an account gains nothing, so a first load is no news.
    ///
    /// An account whose first load is under way must not be asked for: the caller knows.
    pub async fn gained(
        &self,
        name: &str,
        account: AccountId,
        touched: &Touched,
        now: Timestamp,
    ) -> Result<Vec<String>> {
        let number = self.mirror.number_of(account)?;
        let Some(look) = self.last_look(name, number).await? else { return Ok(Vec::new()) };
        let scope = FindScope::of(account, now);
        let newest = self.mirror.find_newest(&look.query, scope, NEWEST).await?;
        let newest: BTreeSet<i64> = newest.iter().filter_map(|one| key::from_own_id(&one.own_id)).collect();
        let is_small = newest.len() < NEWEST as usize;
        let is_due = look.whole_at.is_none_or(|at| now.ms_since(at) >= ANEW_AFTER_MS);
        let (whole, difference) = if is_small || is_due {
            let held = if is_small { newest } else { self.mirror.find_keys(&look.query, scope).await? };
            (true, Difference::between(&self.all_held(&look).await?, &held))
        } else {
            (false, self.difference_of_few(&look, scope, newest, touched.of(number)).await?)
        };
        let is_first = look.whole_at.is_none();
        if !difference.is_none() || is_first || (is_due && !is_small) {
            let gained = if is_first { &[][..] } else { &difference.new };
            if !self.keep(&look, &difference, gained, whole, now).await? {
                return Ok(Vec::new());
            }
        }
        if is_first {
            return Ok(Vec::new());
        }
        Ok(difference.new.iter().rev().map(|key| key::own_id(*key)).collect())
    }

    /// What came and went among the newest payments of a large view and those that were touched.
    async fn difference_of_few(
        &self,
        look: &Look,
        scope: FindScope,
        newest: BTreeSet<i64>,
        touched: &[i64],
    ) -> Result<Difference> {
        let mut now = self.mirror.find_among(&look.query, scope, touched).await?;
        now.extend(newest);
        let asked: BTreeSet<i64> = now.iter().chain(touched).copied().collect();
        let held = self.held_of(look, &asked).await?;
        Ok(Difference::between(&held, &now))
    }

    async fn last_look(&self, name: &str, account: i64) -> Result<Option<Look>> {
        let row = sqlx::query(
            "select v.number, v.query, l.whole_at from saved_views v \
             left join saved_view_looks l on l.view = v.number and l.account = ?2 where v.name_folded = ?1",
        )
        .bind(folded(name))
        .bind(account)
        .fetch_optional(self.mirror.readers())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let whole_at: Option<i64> = row.try_get("whole_at")?;
        Ok(Some(Look {
            view: row.try_get("number")?,
            account,
            query: row.try_get("query")?,
            whole_at: whole_at.map(Timestamp::from_ms),
        }))
    }

    async fn all_held(&self, look: &Look) -> Result<BTreeSet<i64>> {
        let keys = sqlx::query_scalar::<_, i64>(
            "select payment_key from saved_view_payments where view = ?1 and account = ?2",
        );
        Ok(keys
            .bind(look.view)
            .bind(look.account)
            .fetch_all(self.mirror.readers())
            .await?
            .into_iter()
            .collect())
    }

    /// Those of some keys that it held.
    async fn held_of(&self, look: &Look, keys: &BTreeSet<i64>) -> Result<BTreeSet<i64>> {
        let held = sqlx::query_scalar::<_, i64>(
            "select payment_key from saved_view_payments where view = ?1 and account = ?2 \
             and payment_key in (select value from json_each(?3))",
        )
        .bind(look.view)
        .bind(look.account)
        .bind(serde_json::json!(keys).to_string());
        Ok(held.fetch_all(self.mirror.readers()).await?.into_iter().collect())
    }

    /// Writes what changed in the keys of a view and what of it is to be told; false where the view was
    /// removed or became another one meanwhile. A large change is written in several transactions, and one
    /// that is cut off is made up for by the next look, since the keys then count as not taken to their end.
    async fn keep(
        &self,
        look: &Look,
        difference: &Difference,
        gained: &[i64],
        whole: bool,
        now: Timestamp,
    ) -> Result<bool> {
        let chunks = |keys: &[i64]| keys.chunks(KEYS_OF_TRANSACTION).map(<[i64]>::to_vec).collect::<Vec<_>>();
        let (gone, new) = (chunks(&difference.gone), chunks(&difference.new));
        let count = gone.len().max(new.len()).max(1);
        for place in 0..count {
            let mut writer = self.mirror.writer().await?;
            let mut transaction = writer.begin().await?;
            if place == 0 {
                let whole_at = look.whole_at.filter(|_| count == 1).map(Timestamp::as_ms);
                let looked = sqlx::query(
                    "insert into saved_view_looks (view, account, whole_at) \
                     select number, ?2, ?3 from saved_views where number = ?1 and query = ?4 \
                     on conflict (view, account) do update set whole_at = excluded.whole_at",
                );
                let looked = looked.bind(look.view).bind(look.account).bind(whole_at).bind(&look.query);
                if looked.execute(&mut *transaction).await?.rows_affected() == 0 {
                    return Ok(false);
                }
                note_gained(&mut transaction, look.view, gained).await?;
            }
            let statements = [
                (
                    gone.get(place),
                    "delete from saved_view_payments where view = ?1 and account = ?2 \
                  and payment_key in (select value from json_each(?3))",
                ),
                (
                    new.get(place),
                    "insert or ignore into saved_view_payments (view, account, payment_key) \
                  select ?1, ?2, value from json_each(?3)",
                ),
            ];
            for (keys, statement) in statements {
                let Some(keys) = keys else { continue };
                let statement = sqlx::query(statement).bind(look.view).bind(look.account);
                statement.bind(serde_json::json!(keys).to_string()).execute(&mut *transaction).await?;
            }
            if place + 1 == count {
                let whole_at = if whole { Some(now) } else { look.whole_at };
                sqlx::query("update saved_view_looks set whole_at = ?3 where view = ?1 and account = ?2")
                    .bind(look.view)
                    .bind(look.account)
                    .bind(whole_at.map(Timestamp::as_ms))
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
        }
        Ok(true)
    }

    /// What views gained that nobody was told of yet, by name; from now on it counts as told.
    pub async fn take_gained(&self) -> Result<Vec<GainedView>> {
        let waiting: bool = sqlx::query_scalar("select exists (select 1 from saved_view_gains)")
            .fetch_one(self.mirror.readers())
            .await?;
        if !waiting {
            return Ok(Vec::new());
        }
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let rows = sqlx::query(
            "select v.name, v.query, g.payments, p.key from saved_view_gains g \
             join saved_views v on v.number = g.view left join payments p on p.key = g.payment_key \
             order by v.name_folded",
        )
        .fetch_all(&mut *transaction)
        .await?;
        sqlx::query("delete from saved_view_gains").execute(&mut *transaction).await?;
        transaction.commit().await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let payments: i64 = row.try_get("payments")?;
            let only: Option<i64> = row.try_get("key")?;
            Ok(GainedView {
                name: row.try_get("name")?,
                query: row.try_get("query")?,
                payments: u64::try_from(payments).unwrap_or_default(),
                only: only.filter(|_| payments == 1).map(key::own_id),
            })
        };
        rows.iter().map(read).collect()
    }
}

/// Adds to what is to be told of a view.
async fn note_gained(connection: &mut sqlx::SqliteConnection, view: i64, gained: &[i64]) -> Result<()> {
    let Some(newest) = gained.iter().max() else { return Ok(()) };
    sqlx::query(
        "insert into saved_view_gains (view, payments, payment_key) values (?1, ?2, ?3) \
         on conflict (view) do update set payments = payments + excluded.payments, \
         payment_key = excluded.payment_key",
    )
    .bind(view)
    .bind(i64::try_from(gained.len()).unwrap_or(i64::MAX))
    .bind(newest)
    .execute(connection)
    .await?;
    Ok(())
}
