//! Saved views: searches with a name, and what they held when they were last looked at.
//!
//! They are kept here, and not in files of their own, because a search may hold an email address:
//! here it is encrypted, in every backup, and there is one writer. Files are how views are shared.

mod gains;
pub(crate) mod touched;

use domain::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::mirrored::moment;
pub use gains::GainedView;
pub use touched::Touched;

/// Most views of a mirror: what a person can keep apart, and what is counted again after each sync.
pub const MOST_VIEWS: usize = 200;

/// What a view searches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ViewSubject {
    /// Payments.
    #[default]
    Payments,
    /// Events, and requests that brought none. Nothing is said of what such a view gains.
    Events,
}

impl ViewSubject {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Events => "events",
        }
    }

    fn read(word: &str) -> Result<Self> {
        match word {
            "payments" => Ok(Self::Payments),
            "events" => Ok(Self::Events),
            _ => Err(MirrorError::corrupt("a view searches what nobody knows")),
        }
    }
}

/// A search with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its name, unique whatever the case of its letters.
    pub name: String,
    /// What it searches.
    pub subject: ViewSubject,
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
        subject: ViewSubject::read(row.try_get("subject")?)?,
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
            "select name, subject, query, notify, created_at, updated_at from saved_views order by name_folded",
        )
        .fetch_all(self.mirror.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// The one of a name.
    pub async fn by_name(&self, name: &str) -> Result<Option<SavedView>> {
        let row = sqlx::query(
            "select name, subject, query, notify, created_at, updated_at from saved_views where name_folded = ?1",
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
}

async fn save_one(connection: &mut SqliteConnection, view: &SavedView) -> Result<()> {
    let name = folded(&view.name);
    sqlx::query(
        "delete from saved_view_looks where view in \
         (select number from saved_views where name_folded = ?1 and (query <> ?2 or notify < ?3 or subject <> ?4))",
    )
    .bind(&name)
    .bind(&view.query)
    .bind(view.notify)
    .bind(view.subject.as_str())
    .execute(&mut *connection)
    .await?;
    // What it gained as another view, or what nobody wants to be told of any more, is not told.
    sqlx::query(
        "delete from saved_view_gains where view in \
         (select number from saved_views where name_folded = ?1 and (query <> ?2 or notify <> ?3 or subject <> ?4))",
    )
    .bind(&name)
    .bind(&view.query)
    .bind(view.notify)
    .bind(view.subject.as_str())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into saved_views (name, name_folded, query, notify, created_at, updated_at, subject) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (name_folded) do update set \
         name = excluded.name, query = excluded.query, notify = excluded.notify, subject = excluded.subject, \
         updated_at = excluded.updated_at",
    )
    .bind(&view.name)
    .bind(&name)
    .bind(&view.query)
    .bind(view.notify)
    .bind(view.created_at.as_ms())
    .bind(view.updated_at.as_ms())
    .bind(view.subject.as_str())
    .execute(&mut *connection)
    .await?;
    Ok(())
}
