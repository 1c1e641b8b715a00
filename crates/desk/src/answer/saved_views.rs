//! Saved views: kept in the mirror, shared as files, counted in the background.

use contract::completion::QuerySubject;
use contract::endpoint::Tag;
use contract::saved_views::{
    ExportViews, GainedView, ImportViews, ImportedViews, ListViews, RemoveView, RenameView, SaveView,
    SavedViewView, TakeGainedViews, ViewsFile,
};
use contract::{Empty, ErrorBody, ErrorCode, Page};
use domain::card_number::contains_card_number;
use mirror::{MirrorError, SavedView, ViewSubject};
use serde::{Deserialize, Serialize};

use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::errors;
use crate::view_watch::{self, Count};

/// Characters that a name may have.
const LONGEST_NAME: usize = 60;
/// The version of the file's form.
const FILE_VERSION: u32 = 1;
/// Longest file that is read; 200 views of the longest search stay far below it.
const LONGEST_FILE: usize = 1_000_000;

fn of_mirror(error: MirrorError) -> ErrorBody {
    match error {
        MirrorError::TooManyViews { most } => {
            errors::bad_request(format_args!("there can be {most} views and no more"))
        }
        other => errors::of_mirror(&other),
    }
}

/// The view of a name.
pub(crate) async fn by_name(open: &OpenMirror, name: &str) -> Result<SavedView, ErrorBody> {
    let found = open.mirror.saved_views().by_name(name.trim()).await.map_err(of_mirror)?;
    found.ok_or_else(|| ErrorBody::new(ErrorCode::UnknownView).with("name", name))
}

/// The view of payments of a name, for what takes payments alone.
pub(crate) async fn of_payments(open: &OpenMirror, name: &str) -> Result<SavedView, ErrorBody> {
    let view = by_name(open, name).await?;
    match view.subject {
        ViewSubject::Payments => Ok(view),
        ViewSubject::Events => Err(errors::bad_request(format_args!(
            "the view {} is of events, and a view of payments is wanted here",
            view.name
        ))),
    }
}

fn subject_of(of: QuerySubject) -> Result<ViewSubject, ErrorBody> {
    match of {
        QuerySubject::Payments => Ok(ViewSubject::Payments),
        QuerySubject::Events => Ok(ViewSubject::Events),
        QuerySubject::Messages => {
            Err(errors::bad_request("searches of payments and of events are kept, of messages none"))
        }
    }
}

fn word_of(subject: ViewSubject) -> QuerySubject {
    match subject {
        ViewSubject::Payments => QuerySubject::Payments,
        ViewSubject::Events => QuerySubject::Events,
    }
}

/// Answers `list_views`.
pub(crate) async fn list(scope: &Resolved, request: ListViews) -> Result<Page<SavedViewView>, ErrorBody> {
    let environment = scope.environment().await?;
    let open = scope.open_mirror().await?;
    let mut views = open.mirror.saved_views().list().await.map_err(of_mirror)?;
    if let Some(wanted) = request.of.map(subject_of).transpose()? {
        views.retain(|view| view.subject == wanted);
    }
    let mut items = Vec::with_capacity(views.len());
    let mut unknown = false;
    for view in views {
        let count = if request.exact {
            Some(view_watch::count(&scope.desk, &open, &view, None).await)
        } else {
            scope.view_watch.known(environment, &view)
        };
        unknown |= count.is_none();
        items.push(shown(&view, count));
    }
    if unknown {
        // The answer is not held up: what is counted comes with a notice.
        scope.view_watch.wake(environment);
    }
    Ok(Page { total: items.len() as u64, items, next: None })
}

fn shown(view: &SavedView, count: Option<Count>) -> SavedViewView {
    SavedViewView {
        name: view.name.clone(),
        of: word_of(view.subject),
        query: view.query.clone(),
        notify: view.notify,
        count: count.as_ref().and_then(|count| count.found),
        count_exact: count.as_ref().is_some_and(|count| count.exact),
        counted: count.as_ref().map(|count| count.at),
        problem: count.and_then(|count| count.problem),
    }
}

/// The name as it is kept, where it can be one.
fn read_name(given: &str) -> Result<String, ErrorBody> {
    let bad = |why: &str| {
        let short: String = given.chars().take(LONGEST_NAME).collect();
        Err(ErrorBody::new(ErrorCode::BadViewName).with("given", format!("“{short}”")).with("why", why))
    };
    let name = given.trim();
    let hidden = |one: char| {
        one.is_control()
            || matches!(one, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if name.is_empty() {
        return bad("it is empty");
    }
    if name.chars().count() > LONGEST_NAME {
        return bad("it is longer than 60 characters");
    }
    if name.chars().any(hidden) {
        return bad("it holds characters that cannot be seen");
    }
    Ok(name.to_owned())
}

/// The search as it is kept, where it can be carried out.
fn read_query(of: ViewSubject, given: &str) -> Result<String, ErrorBody> {
    let query = given.trim();
    if contains_card_number(query) {
        return Err(ErrorBody::new(ErrorCode::CardNumber));
    }
    let checked = match of {
        ViewSubject::Payments => mirror::find::check_query(query),
        ViewSubject::Events => mirror::find::check_event_query(query),
    };
    checked.map_err(|problem| errors::of_mirror(&problem.into()))?;
    Ok(query.to_owned())
}

/// Refuses what nobody could be told of.
fn check_notify(of: QuerySubject, notify: bool) -> Result<(), ErrorBody> {
    if notify && of == QuerySubject::Events {
        return Err(errors::bad_request(
            "a view of events does not notify; an endpoint or a channel tells of each event",
        ));
    }
    Ok(())
}

/// Answers `save_view`.
pub(crate) async fn save(scope: &Resolved, request: SaveView) -> Result<SavedViewView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let subject = subject_of(request.of)?;
    let (name, query) = (read_name(&request.name)?, read_query(subject, &request.query)?);
    check_notify(request.of, request.notify)?;
    let before = open.mirror.saved_views().by_name(&name).await.map_err(of_mirror)?;
    if before.is_some() && request.only_new {
        return Err(ErrorBody::new(ErrorCode::ViewNameTaken).with("name", name));
    }
    let now = scope.clock.now();
    let created_at = before.map_or(now, |before| before.created_at);
    let view = SavedView { name, subject, query, notify: request.notify, created_at, updated_at: now };
    open.mirror.saved_views().save(std::slice::from_ref(&view)).await.map_err(of_mirror)?;
    after_change(scope).await?;
    Ok(shown(&view, None))
}

/// Looks at the views anew: a new one is counted, and what a notifying one holds already is no news.
async fn after_change(scope: &Resolved) -> Result<(), ErrorBody> {
    scope.view_watch.wake(scope.environment().await?);
    Ok(())
}

/// Answers `rename_view`.
pub(crate) async fn rename(scope: &Resolved, request: RenameView) -> Result<SavedViewView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let before = by_name(&open, &request.name).await?;
    let to = read_name(&request.to)?;
    let renamed = open.mirror.saved_views().rename(&before.name, &to, scope.clock.now()).await;
    renamed.map_err(|error| match error {
        MirrorError::ViewNameTaken => ErrorBody::new(ErrorCode::ViewNameTaken).with("name", &to),
        other => of_mirror(other),
    })?;
    let view = by_name(&open, &to).await?;
    let count = scope.view_watch.known(scope.environment().await?, &view);
    Ok(shown(&view, count))
}

/// Answers `remove_view`.
pub(crate) async fn remove(scope: &Resolved, request: RemoveView) -> Result<Empty, ErrorBody> {
    let open = scope.open_mirror().await?;
    let view = by_name(&open, &request.name).await?;
    open.mirror.saved_views().remove(&view.name).await.map_err(of_mirror)?;
    Ok(Empty {})
}

/// Answers `take_gained_views`.
pub(crate) async fn take_gained(scope: &Resolved, _: TakeGainedViews) -> Result<Page<GainedView>, ErrorBody> {
    let environment = scope.environment().await?;
    let gained = match scope.existing_mirror(environment).await? {
        Some(open) => open.mirror.saved_views().take_gained().await.map_err(of_mirror)?,
        None => Vec::new(),
    };
    let shown = gained.into_iter().map(|one| GainedView {
        name: one.name,
        query: one.query,
        payments: one.payments,
        payment: one.only,
    });
    let items: Vec<_> = shown.collect();
    Ok(Page { total: items.len() as u64, items, next: None })
}

/// A file of views.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    paydesk_views: u32,
    #[serde(default, rename = "view")]
    views: Vec<FileView>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileView {
    name: String,
    #[serde(default, skip_serializing_if = "is_of_payments")]
    of: QuerySubject,
    query: String,
    #[serde(default)]
    notify: bool,
}

/// Most views are of payments, and a file says only of the others what they search.
fn is_of_payments(of: &QuerySubject) -> bool {
    *of == QuerySubject::Payments
}

/// Answers `export_views`.
pub(crate) async fn export(scope: &Resolved, request: ExportViews) -> Result<ViewsFile, ErrorBody> {
    let open = scope.open_mirror().await?;
    let views = match &request.names {
        None => open.mirror.saved_views().list().await.map_err(of_mirror)?,
        Some(names) => {
            let mut views = Vec::with_capacity(names.len());
            for name in names {
                views.push(by_name(&open, name).await?);
            }
            views
        }
    };
    let count = u32::try_from(views.len()).unwrap_or(u32::MAX);
    let file = File {
        paydesk_views: FILE_VERSION,
        views: views
            .into_iter()
            .map(|view| FileView {
                name: view.name,
                of: word_of(view.subject),
                query: view.query,
                notify: view.notify,
            })
            .collect(),
    };
    let body = toml::to_string_pretty(&file).map_err(errors::defect)?;
    Ok(ViewsFile {
        text: format!("# Views of Paydesk. Take them over with `paydeskctl views import FILE`.\n{body}"),
        views: count,
    })
}

/// Answers `import_views`.
pub(crate) async fn import(scope: &Resolved, request: ImportViews) -> Result<ImportedViews, ErrorBody> {
    let open = scope.open_mirror().await?;
    let given = read_file(&request.text)?;
    let there = open.mirror.saved_views().list().await.map_err(of_mirror)?;
    let now = scope.clock.now();
    let mut imported = ImportedViews { saved: Vec::new(), kept: Vec::new() };
    let mut views = Vec::new();
    for one in given {
        let before = there.iter().find(|view| view.name.to_lowercase() == one.name.to_lowercase());
        let subject = subject_of(one.of)?;
        let is_same = |view: &SavedView| {
            view.query == one.query && view.notify == one.notify && view.subject == subject
        };
        let same = before.is_some_and(is_same);
        if before.is_some() && (same || !request.replace) {
            imported.kept.push(one.name);
            continue;
        }
        imported.saved.push(one.name.clone());
        let created_at = before.map_or(now, |before| before.created_at);
        let FileView { name, query, notify, .. } = one;
        views.push(SavedView { name, subject, query, notify, created_at, updated_at: now });
    }
    open.mirror.saved_views().save(&views).await.map_err(of_mirror)?;
    after_change(scope).await?;
    Ok(imported)
}

/// The views of a file, each as it would be saved by hand. One that could not be refuses them all.
fn read_file(text: &str) -> Result<Vec<FileView>, ErrorBody> {
    let bad = |why: String| ErrorBody::new(ErrorCode::BadViewsFile).with("why", why);
    if text.len() > LONGEST_FILE {
        return Err(bad("it is longer than a million bytes".to_owned()));
    }
    let file: File = toml::from_str(text).map_err(|error| bad(error.message().to_owned()))?;
    if file.paydesk_views != FILE_VERSION {
        return Err(bad(format!(
            "it is of version {}, this program reads {FILE_VERSION}",
            file.paydesk_views
        )));
    }
    let mut names = std::collections::HashSet::new();
    let mut views = Vec::with_capacity(file.views.len());
    for view in file.views {
        let checked = read_name(&view.name).and_then(|name| {
            check_notify(view.of, view.notify)?;
            Ok((name, read_query(subject_of(view.of)?, &view.query)?))
        });
        let (name, query) = checked.map_err(|error| bad(format!("{}: {}", view.name, error.words().what)))?;
        if !names.insert(name.to_lowercase()) {
            return Err(bad(format!("{name} stands in it twice")));
        }
        views.push(FileView { name, of: view.of, query, notify: view.notify });
    }
    Ok(views)
}

/// What a change of the views or their counts makes stale.
pub(crate) const TAGS: &[Tag] = &[Tag::Views];

#[cfg(test)]
mod tests {
    use super::{read_file, read_name};

    #[test]
    fn names_are_plain() {
        assert_eq!(read_name("  Failed today ").unwrap(), "Failed today");
        for bad in ["", "   ", "a\nb", "a\u{202e}b", &"x".repeat(61)] {
            assert_eq!(read_name(bad).unwrap_err().code.as_str(), "bad_view_name", "{bad:?}");
        }
    }

    #[test]
    fn a_file_is_taken_whole_or_not_at_all() {
        let good = "paydesk_views = 1\n[[view]]\nname = \"Failed\"\nquery = \"status:failed\"\n";
        assert_eq!(read_file(good).unwrap().len(), 1);
        for bad in [
            "",
            "not toml",
            "paydesk_views = 2\n",
            "paydesk_views = 1\nextra = true\n",
            "paydesk_views = 1\n[[view]]\nname = \"A\"\n",
            "paydesk_views = 1\n[[view]]\nname = \"\"\nquery = \"\"\n",
            "paydesk_views = 1\n[[view]]\nname = \"A\"\nquery = \"\"\n[[view]]\nname = \"a\"\nquery = \"\"\n",
            "paydesk_views = 1\n[[view]]\nname = \"A\"\nquery = \"4242424242424242\"\n",
            "paydesk_views = 1\n[[view]]\nname = \"A\"\nquery = \"status:nonsense\"\n",
            "paydesk_views = 1\n[[view]]\nname = \"A\"\nof = \"stars\"\nquery = \"\"\n",
            "paydesk_views = 1\n[[view]]\nname = \"A\"\nof = \"events\"\nquery = \"email:ada@example.com\"\n",
            "paydesk_views = 1\n[[view]]\nname = \"A\"\nof = \"events\"\nquery = \"\"\nnotify = true\n",
        ] {
            assert_eq!(read_file(bad).unwrap_err().code.as_str(), "bad_views_file", "{bad:?}");
        }
    }
}
