//! `paydeskctl views`: searches with a name.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use contract::ExitCode;
use contract::completion::QuerySubject;
use contract::exports::ExportFormat;
use contract::history::ListEvents;
use contract::payments::FindPayments;
use contract::saved_views::{
    ExportViews, ImportViews, ListViews, RemoveView, RenameView, SaveView, SavedViewView, TakeGainedViews,
};

use crate::arguments::RangeArguments;
use crate::commands::events::list as list_events;
use crate::commands::find::find;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::session::Session;

/// What to do with views.
#[derive(Debug, Subcommand)]
pub(crate) enum ViewsCommand {
    /// List views with what they hold
    List,
    /// Save a search under a name, or change the view of that name
    Save {
        /// The name
        name: String,
        /// The search
        #[arg(allow_hyphen_values = true)]
        query: String,
        /// Search events, as `events list` does, and not payments
        #[arg(long, conflicts_with = "notify")]
        events: bool,
        /// Say so when the view gains a payment while `serve` or the window runs
        #[arg(long)]
        notify: bool,
    },
    /// Find the payments of a view, or its events
    Show {
        /// The name
        name: String,
        /// Only this account; a search for events says `account:` itself
        #[arg(long, value_name = "LABEL")]
        account: Option<String>,
        #[command(flatten)]
        range: RangeArguments,
    },
    /// Tell what views that notify gained, where nobody was told yet; the window will not tell it again
    Gained,
    /// Give a view another name
    Rename {
        /// Its name now
        name: String,
        /// Its new name
        to: String,
    },
    /// Remove a view
    Remove {
        /// The name
        name: String,
    },
    /// Write views into a file that can be shared
    Export {
        /// The file, or - for stdout
        file: PathBuf,
        /// Only this view; may be given several times
        #[arg(long = "view", value_name = "NAME")]
        views: Vec<String>,
        /// Replace the file where there is one
        #[arg(long)]
        force: bool,
    },
    /// Take the views of such a file over
    Import {
        /// The file, or - for stdin
        file: PathBuf,
        /// Change views that are here under the same name
        #[arg(long)]
        replace: bool,
    },
}

impl ViewsCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::List => session.answer(ListViews { exact: true, of: None }, outcome::done).await,
            Self::Save { name, query, events, notify } => {
                let of = if events { QuerySubject::Events } else { QuerySubject::Payments };
                session.answer(SaveView { name, of, query, notify, only_new: false }, outcome::done).await
            }
            Self::Show { name, account, range } => show(session, &name, account, range).await,
            Self::Gained => session.answer(TakeGainedViews {}, outcome::done).await,
            Self::Rename { name, to } => session.answer(RenameView { name, to }, outcome::done).await,
            Self::Remove { name } => session.answer(RemoveView { name }, outcome::done).await,
            Self::Export { file, views, force } => export(session, &file, views, force).await,
            Self::Import { file, replace } => {
                let text = read(&file)?;
                session.answer(ImportViews { text, replace }, outcome::done).await
            }
        }
    }
}

/// Finds what a view holds.
async fn show(
    session: &Session<'_>,
    name: &str,
    account: Option<String>,
    range: RangeArguments,
) -> Result<u8, Failure> {
    let SavedViewView { of, query, .. } = view_of(session, name).await?;
    match (of, account) {
        (QuerySubject::Payments, account) => {
            find(session, FindPayments { query, account, range: range.into() }).await
        }
        (QuerySubject::Events, None) => list_events(session, ListEvents { query, range: range.into() }).await,
        (QuerySubject::Events, Some(_)) => {
            Err(Failure::bad_request("a view of events names its account in its search, as account:LABEL"))
        }
    }
}

/// The view of a name; the Desk says it where there is none.
async fn view_of(session: &Session<'_>, name: &str) -> Result<SavedViewView, Failure> {
    session.call(ExportViews { names: Some(vec![name.to_owned()]) }).await?;
    let views = session.call(ListViews { exact: false, of: None }).await?;
    let folded = name.trim().to_lowercase();
    let found = views.items.into_iter().find(|view| view.name.to_lowercase() == folded);
    found.ok_or_else(|| Failure::internal("a view went away meanwhile"))
}

async fn export(session: &Session<'_>, file: &Path, views: Vec<String>, force: bool) -> Result<u8, Failure> {
    let names = (!views.is_empty()).then_some(views);
    let written = session.call(ExportViews { names }).await?;
    if file.as_os_str() == "-" {
        return Ok(exit_after(session.output().raw(&written.text), ExitCode::Done));
    }
    write_new(file, &written.text, force)?;
    Ok(exit_after(session.output().answer(&written), ExitCode::Done))
}

/// Writes a file beside its place and renames it, so that it is there whole or not at all.
fn write_new(file: &Path, text: &str, force: bool) -> Result<(), Failure> {
    use std::io::Write;
    let path = std::path::absolute(file).map_err(Failure::bad_request)?;
    let folder = path.parent().ok_or_else(|| Failure::bad_request("it names no file"))?;
    let bad = |error: std::io::Error| Failure::bad_request(format!("{}: {error}", path.display()));
    let mut part = tempfile::NamedTempFile::new_in(folder).map_err(bad)?;
    part.write_all(text.as_bytes()).and_then(|()| part.as_file().sync_all()).map_err(bad)?;
    let put = if force { part.persist(&path) } else { part.persist_noclobber(&path) };
    match put {
        Ok(_) => Ok(()),
        Err(failed) if failed.error.kind() == std::io::ErrorKind::AlreadyExists => {
            let exists = contract::ErrorBody::new(contract::ErrorCode::FileExists);
            Err(exists.with("path", path.display()).into())
        }
        Err(failed) => Err(bad(failed.error)),
    }
}

/// A file of views; the Desk refuses what is too long.
fn read(file: &Path) -> Result<String, Failure> {
    const LONGEST: u64 = 2_000_000;
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().take(LONGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(LONGEST).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::bad_request(format!("{}: {error}", file.display())))?;
    Ok(text)
}

/// The word of a format.
pub(crate) fn format_word(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "CSV",
        ExportFormat::Xlsx => "XLSX",
        ExportFormat::Jsonl => "JSON Lines",
        ExportFormat::Parquet => "Parquet",
    }
}
