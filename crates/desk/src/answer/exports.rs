//! Exporting into files: started, watched by every shell, stopped.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use contract::exports::{
    CancelExport, ExportFormat, ExportList, ExportSource, ExportState, ExportView, ListExports, StartExport,
};
use contract::{ErrorBody, ErrorCode, Notice};
use domain::card_number::contains_card_number;
use domain::{Environment, Kind, Timestamp};
use export::{ExportError, Finished, Format};
use mirror::NewLine;
use operations::OperationError;
use operations::export_rows::{self, Progress, Wanted, What};
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::scope::Resolved;
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// Exports that may run at once: each holds a moment of the mirror, and so its log.
const MOST_AT_ONCE: usize = 2;
/// Exports that are remembered after they ended.
const MOST_REMEMBERED: usize = 20;
/// Notices of one export are at least this far apart.
const NOTICE_PAUSE_MS: i64 = 100;

/// The exports of this run of the Desk, newest last.
#[derive(Default)]
pub(crate) struct Exports(Mutex<Vec<Arc<Export>>>);

struct Export {
    environment: Environment,
    cancel: CancellationToken,
    ended: watch::Sender<bool>,
    now: Mutex<Now>,
}

struct Now {
    view: ExportView,
    said_at: Option<Timestamp>,
}

impl Export {
    fn view(&self) -> ExportView {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).view.clone()
    }

    fn is_running(&self) -> bool {
        !*self.ended.borrow()
    }
}

impl Exports {
    fn of(&self, environment: Environment) -> Vec<Arc<Export>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().rev().filter(|one| one.environment == environment).cloned().collect()
    }

    fn add(&self, export: Arc<Export>) -> Result<(), ErrorBody> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.iter().filter(|one| one.is_running()).count() >= MOST_AT_ONCE {
            return Err(errors::bad_request(format_args!("{MOST_AT_ONCE} exports are running already")));
        }
        all.push(export);
        let surplus = all.len().saturating_sub(MOST_REMEMBERED);
        let mut dropped = 0;
        all.retain(|one| {
            let drop_it = dropped < surplus && !one.is_running();
            dropped += usize::from(drop_it);
            !drop_it
        });
        Ok(())
    }
}

/// Answers `start_export`.
pub(crate) async fn start(scope: &Resolved, request: StartExport) -> Result<ExportView, ErrorBody> {
    let environment = scope.environment().await?;
    let (open, rows) = scope.some_accounts(request.account.as_deref()).await?;
    let account = request.account.as_ref().and_then(|_| rows.first()).map(|row| row.id);
    let wanted = Wanted {
        what: what(&open, &request.source).await?,
        account,
        now: scope.clock.now(),
        labels: rows.iter().map(|row| (row.id, row.label.to_string())).collect::<HashMap<_, _>>(),
        format: format_of(request.format),
        path: absolute(&request.path)?,
        overwrite: request.overwrite,
    };
    let export = Arc::new(Export {
        environment,
        cancel: scope.stop.child_token(),
        ended: watch::Sender::new(false),
        now: Mutex::new(Now { view: begun(scope, &request, &wanted.path), said_at: None }),
    });
    scope.exports.add(Arc::clone(&export))?;
    let (desk, running) = (Arc::clone(&scope.desk), Arc::clone(&export));
    scope.tasks.clone().spawn(async move { go(&desk, &open, wanted, &running).await });
    if request.wait {
        let mut ended = export.ended.subscribe();
        // The sender lives in the export itself, so waiting can only end with it.
        let _ = ended.wait_for(|ended| *ended).await;
        if let Some(problem) = export.view().problem {
            return Err(problem);
        }
    }
    Ok(export.view())
}

/// What the request's words stand for.
async fn what(open: &OpenMirror, source: &ExportSource) -> Result<What, ErrorBody> {
    let query = match source {
        ExportSource::Kind { kind } => {
            let kind: Kind =
                kind.parse().map_err(|_| errors::bad_request(format_args!("{kind} is no kind of record")))?;
            return Ok(What::Kind(kind));
        }
        ExportSource::Query { query } => query.clone(),
        ExportSource::View { name } => super::saved_views::of_payments(open, name).await?.query,
    };
    if contains_card_number(&query) {
        return Err(ErrorBody::new(ErrorCode::CardNumber));
    }
    // A mistake in the search is told now, with its column, and not by an export that failed.
    mirror::find::check_query(&query).map_err(|problem| errors::of_mirror(&problem.into()))?;
    Ok(What::Search(query))
}

fn format_of(format: ExportFormat) -> Format {
    match format {
        ExportFormat::Csv => Format::Csv,
        ExportFormat::Xlsx => Format::Xlsx,
        ExportFormat::Jsonl => Format::Jsonl,
        ExportFormat::Parquet => Format::Parquet,
    }
}

/// The path as the system takes it; `~/` stands for the person's own folder.
pub(super) fn absolute(path: &str) -> Result<PathBuf, ErrorBody> {
    let bad = |why: &str| ErrorBody::new(ErrorCode::BadPath).with("path", path).with("why", why);
    let path = path.trim();
    if path.is_empty() {
        return Err(bad("it is empty"));
    }
    match path.strip_prefix("~/") {
        Some(rest) => {
            let folders =
                directories::BaseDirs::new().ok_or_else(|| bad("the system names no home folder"))?;
            Ok(folders.home_dir().join(rest))
        }
        None => Ok(PathBuf::from(path)),
    }
}

fn begun(scope: &Resolved, request: &StartExport, path: &Path) -> ExportView {
    ExportView {
        id: Uuid::new_v4().simple().to_string(),
        state: ExportState::Running,
        source: request.source.clone(),
        format: request.format,
        path: path.display().to_string(),
        rows: 0,
        total: None,
        rows_per_second: None,
        remaining_ms: None,
        bytes: None,
        shortened: 0,
        started: scope.clock.now(),
        problem: None,
    }
}

async fn go(desk: &Arc<Desk>, open: &OpenMirror, wanted: Wanted, export: &Arc<Export>) {
    let path = wanted.path.clone();
    let report = |progress| hear(desk, export, progress);
    let done = export_rows::run(&open.mirror, wanted, &export.cancel, &report).await;
    if let Ok(finished) = &done {
        note(desk, open, export, *finished).await;
    }
    {
        let mut now = export.now.lock().unwrap_or_else(PoisonError::into_inner);
        end(&mut now.view, done, &path);
    }
    export.ended.send_replace(true);
    desk.say(Notice::Export { environment: export.environment, export: export.view() });
}

fn end(view: &mut ExportView, done: Result<Finished, OperationError>, path: &Path) {
    view.remaining_ms = None;
    match done {
        Ok(finished) => {
            view.state = ExportState::Done;
            view.rows = finished.rows;
            view.total = Some(finished.rows);
            view.bytes = Some(finished.bytes);
            view.shortened = finished.shortened;
        }
        Err(OperationError::Canceled) => {
            view.state = ExportState::Canceled;
            view.problem = Some(ErrorBody::new(ErrorCode::ExportCanceled));
        }
        Err(error) => {
            view.state = ExportState::Failed;
            view.problem = Some(match &error {
                OperationError::Export(error) => of_export(error, path),
                other => errors::of_operation(other, ""),
            });
        }
    }
}

/// The errors of files.
pub(super) fn of_export(error: &ExportError, path: &Path) -> ErrorBody {
    let code = match error {
        ExportError::Exists => ErrorCode::FileExists,
        ExportError::DiskFull => ErrorCode::DiskFull,
        ExportError::BadPath { .. } => ErrorCode::BadPath,
        ExportError::Mismatch => return errors::defect(error),
        ExportError::Io(_) | ExportError::Format { .. } => ErrorCode::ExportFailed,
    };
    ErrorBody::new(code).with("path", path.display()).with("why", error)
}

/// Data that leaves the encrypted file is worth a line in the book.
async fn note(desk: &Desk, open: &OpenMirror, export: &Export, finished: Finished) {
    let view = export.view();
    let line = NewLine {
        facts: json!({ "rows": finished.rows, "format": view.format }),
        personal: json!({ "path": view.path, "source": view.source }),
        ..NewLine::new(desk.clock.now(), "exported", "")
    };
    desk.look_ups.write(&open.mirror, line).await;
    desk.book_heads.want();
}

/// Hears how far an export is, and tells the shells, not too often.
fn hear(desk: &Desk, export: &Export, progress: Progress) {
    let at = desk.clock.now();
    let said = {
        let mut now = export.now.lock().unwrap_or_else(PoisonError::into_inner);
        let view = &mut now.view;
        let is_new_state = progress.finishing && view.state == ExportState::Running;
        if is_new_state {
            view.state = ExportState::Finishing;
        }
        view.rows = progress.rows;
        view.total = Some(progress.total);
        let elapsed_ms = u64::try_from(at.ms_since(view.started)).unwrap_or(0).max(1);
        if progress.rows > 0 {
            let rate = progress.rows.saturating_mul(1_000) / elapsed_ms;
            let left = progress.total.saturating_sub(progress.rows);
            view.rows_per_second = Some(u32::try_from(rate).unwrap_or(u32::MAX));
            view.remaining_ms = Some(elapsed_ms.saturating_mul(left) / progress.rows);
        }
        let due = now.said_at.is_none_or(|said_at| at.ms_since(said_at) >= NOTICE_PAUSE_MS);
        if due || is_new_state {
            now.said_at = Some(at);
            Some(now.view.clone())
        } else {
            None
        }
    };
    if let Some(view) = said {
        desk.say(Notice::Export { environment: export.environment, export: view });
    }
}

/// Answers `cancel_export`, once it ended.
pub(crate) async fn cancel(scope: &Resolved, request: CancelExport) -> Result<ExportView, ErrorBody> {
    let environment = scope.environment().await?;
    let found = scope.exports.of(environment).into_iter().find(|one| one.view().id == request.id);
    let export = found.ok_or_else(|| ErrorBody::new(ErrorCode::UnknownId).with("id", &request.id))?;
    export.cancel.cancel();
    let mut ended = export.ended.subscribe();
    // As above: it can only end with the export.
    let _ = ended.wait_for(|ended| *ended).await;
    Ok(export.view())
}

/// Answers `list_exports`.
pub(crate) async fn list(scope: &Resolved, _: ListExports) -> Result<ExportList, ErrorBody> {
    let environment = scope.environment().await?;
    let items = scope.exports.of(environment).iter().map(|one| one.view()).collect();
    Ok(ExportList { items, folder: folder() })
}

/// Where people look for files that they asked for: the downloads, else their own folder.
fn folder() -> String {
    let folders = directories::UserDirs::new();
    let path = folders.as_ref().map(|folders| {
        folders.download_dir().filter(|path| path.is_dir()).unwrap_or_else(|| folders.home_dir())
    });
    path.map_or_else(|| "~/".to_owned(), |path| format!("{}{}", path.display(), std::path::MAIN_SEPARATOR))
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn a_path_starts_at_the_root_or_at_the_persons_folder() {
        assert_eq!(absolute(" /x/a.csv ").unwrap(), std::path::PathBuf::from("/x/a.csv"));
        assert!(absolute("~/a.csv").unwrap().is_absolute());
        assert_eq!(absolute("  ").unwrap_err().code.as_str(), "bad_path");
    }
}
