//! Saved views: searches with a name, and what they held when they were last looked at.
//!
//! They are kept here, and not in files of their own, because a search may hold an email address:
//! here it is encrypted, in every backup, and there is one writer. Files are how views are shared.

use std::collections::HashSet;

use domain::{AccountId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::{MirrorError, Result};
use crate::find::FoundPayment;
use crate::mirrored::moment;
use crate::{FindScope, Mirror, key};

/// Most views of a mirror: what a person can keep apart, and what is counted again after each sync.
pub const MOST_VIEWS: usize = 200;
/// Newest payments of a view that are remembered to tell what came in since.
const REMEMBERED: u32 = 1_000;

/// A search with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its name, unique whatever the case of its letters.
    pub name: String,
    /// The search.
    pub query: String,
    /// Whether something is said when it gains a payment.
    pub notify: bool,
    /// When it was saved first.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// The saved views.
#[derive(Debug)]
pub struct SavedViews<'a> {
    pub(crate) mirror: &'a Mirror,
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn read(row: &SqliteRow) -> Result<SavedView> {
    Ok(SavedView {
        name: row.try_get("name")?,
        query: row.try_get("query")?,
        notify: row.try_get("notify")?,
        created_at: moment(row, "created_at")?,
        updated_at: moment(row, "updated_at")?,
    })
}

impl SavedViews<'_> {
    /// All of them, by name.
    pub async fn list(&self) -> Result<Vec<SavedView>> {
        let rows = sqlx::query(
            "select name, query, notify, created_at, updated_at from saved_views order by name_folded",
        )
        .fetch_all(self.mirror.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// The one of a name.
    pub async fn by_name(&self, name: &str) -> Result<Option<SavedView>> {
        let row = sqlx::query(
            "select name, query, notify, created_at, updated_at from saved_views where name_folded = ?1",
        )
        .bind(folded(name))
        .fetch_optional(self.mirror.readers())
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// Saves views in one transaction; one whose name exists is changed. A search that is another
    /// one now, or notifying that begins, forgets what the view held: what it holds already is no
    /// news.
    ///
    /// # Errors
    /// [`MirrorError::TooManyViews`] where there would be more than [`MOST_VIEWS`]; nothing is saved
    /// then.
    pub async fn save(&self, views: &[SavedView]) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        for view in views {
            save_one(&mut transaction, view).await?;
        }
        let count: i64 =
            sqlx::query_scalar("select count(*) from saved_views").fetch_one(&mut *transaction).await?;
        if usize::try_from(count).unwrap_or(usize::MAX) > MOST_VIEWS {
            return Err(MirrorError::TooManyViews { most: MOST_VIEWS });
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Gives a view another name and tells whether it exists.
    ///
    /// # Errors
    /// [`MirrorError::ViewNameTaken`] where another view has the new name.
    pub async fn rename(&self, from: &str, to: &str, now: Timestamp) -> Result<bool> {
        let mut writer = self.mirror.writer().await?;
        let done = sqlx::query(
            "update saved_views set name = ?2, name_folded = ?3, updated_at = ?4 where name_folded = ?1",
        )
        .bind(folded(from))
        .bind(to)
        .bind(folded(to))
        .bind(now.as_ms())
        .execute(writer.connection()?)
        .await;
        match done.map_err(MirrorError::from) {
            Ok(done) => Ok(done.rows_affected() > 0),
            Err(MirrorError::Constraint { .. }) => Err(MirrorError::ViewNameTaken),
            Err(error) => Err(error),
        }
    }

    /// Removes a view and tells whether it was there.
    pub async fn remove(&self, name: &str) -> Result<bool> {
        let mut writer = self.mirror.writer().await?;
        let done = sqlx::query("delete from saved_views where name_folded = ?1")
            .bind(folded(name))
            .execute(writer.connection()?)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The payments of one account that the view gained since it was last looked at, newest first
    /// whatever order the view is shown in, and remembers what it holds now. The first look at an
    /// account gains nothing, so a first load is no news; nor is a payment that is older than all that
    /// is remembered of a view that holds more than is remembered.
    ///
    /// An account whose first load is under way must not be asked for: the caller knows.
    pub async fn gained(&self, name: &str, account: AccountId, now: Timestamp) -> Result<Vec<FoundPayment>> {
        let number = self.mirror.number_of(account)?;
        let row = sqlx::query(
            "select v.number, v.query, l.looked_at from saved_views v \
             left join saved_view_looks l on l.view = v.number and l.account = ?2 where v.name_folded = ?1",
        )
        .bind(folded(name))
        .bind(number)
        .fetch_optional(self.mirror.readers())
        .await?;
        let Some(row) = row else { return Ok(Vec::new()) };
        let (view, query): (i64, String) = (row.try_get("number")?, row.try_get("query")?);
        let first_look = row.try_get::<Option<i64>, _>("looked_at")?.is_none();
        let items = self.mirror.find_newest(&query, FindScope::of(account, now), REMEMBERED).await?;
        let now_held: HashSet<i64> = items.iter().filter_map(|one| key::from_own_id(&one.own_id)).collect();
        let remembered = self.remembered(view, number).await?;
        if first_look || remembered != now_held {
            self.remember(view, number, &remembered, &now_held, now).await?;
        }
        if first_look {
            return Ok(Vec::new());
        }
        let was_full = remembered.len() >= usize::try_from(REMEMBERED).unwrap_or(usize::MAX);
        let oldest = remembered.iter().min().copied().filter(|_| was_full).unwrap_or(i64::MIN);
        let is_gained = |one: &FoundPayment| {
            key::from_own_id(&one.own_id).is_some_and(|key| key > oldest && !remembered.contains(&key))
        };
        Ok(items.into_iter().filter(is_gained).collect())
    }

    async fn remembered(&self, view: i64, account: i64) -> Result<HashSet<i64>> {
        let keys = sqlx::query_scalar::<_, i64>(
            "select payment_key from saved_view_payments where view = ?1 and account = ?2",
        )
        .bind(view)
        .bind(account)
        .fetch_all(self.mirror.readers())
        .await?;
        Ok(keys.into_iter().collect())
    }

    async fn remember(
        &self,
        view: i64,
        account: i64,
        before: &HashSet<i64>,
        after: &HashSet<i64>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        // A view that was removed meanwhile is not looked at any more.
        let looked = sqlx::query(
            "insert into saved_view_looks (view, account, looked_at) \
             select number, ?2, ?3 from saved_views where number = ?1 \
             on conflict (view, account) do update set looked_at = excluded.looked_at",
        )
        .bind(view)
        .bind(account)
        .bind(now.as_ms())
        .execute(&mut *transaction)
        .await?;
        if looked.rows_affected() == 0 {
            return Ok(());
        }
        for gone in before.difference(after) {
            sqlx::query(
                "delete from saved_view_payments where view = ?1 and account = ?2 and payment_key = ?3",
            )
            .bind(view)
            .bind(account)
            .bind(gone)
            .execute(&mut *transaction)
            .await?;
        }
        for new in after.difference(before) {
            sqlx::query(
                "insert or ignore into saved_view_payments (view, account, payment_key) values (?1, ?2, ?3)",
            )
            .bind(view)
            .bind(account)
            .bind(new)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

async fn save_one(connection: &mut SqliteConnection, view: &SavedView) -> Result<()> {
    let name = folded(&view.name);
    sqlx::query(
        "delete from saved_view_looks where view in \
         (select number from saved_views where name_folded = ?1 and (query <> ?2 or notify < ?3))",
    )
    .bind(&name)
    .bind(&view.query)
    .bind(view.notify)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into saved_views (name, name_folded, query, notify, created_at, updated_at) \
         values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (name_folded) do update set \
         name = excluded.name, query = excluded.query, notify = excluded.notify, \
         updated_at = excluded.updated_at",
    )
    .bind(&view.name)
    .bind(&name)
    .bind(&view.query)
    .bind(view.notify)
    .bind(view.created_at.as_ms())
    .bind(view.updated_at.as_ms())
    .execute(&mut *connection)
    .await?;
    Ok(())
}
