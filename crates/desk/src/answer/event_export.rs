//! Events in a file of recorded requests, for a developer's own tests.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use contract::ErrorBody;
use contract::history::{EventsExported, ExportEvents};
use domain::{AccountId, Event, Kind};
use mirror::{FindScope, FoundWhat, InboxRow, MirrorError, NewLine};
use serde_json::json;
use webhooks::RecordedRequest;

use super::book::of_file;
use super::exports::absolute;
use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::errors;

/// Events of one read.
const AT_ONCE: u32 = 200;
/// Tells an event of the feed from a request: nobody delivered it here, so it has no signature.
const SOURCE: (&str, &str) = ("Paydesk-Source", "feed");

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `export_events`.
pub(crate) async fn export(scope: &Resolved, request: ExportEvents) -> Result<EventsExported, ErrorBody> {
    let (open, _) = scope.origins().await?;
    let path = absolute(&request.to)?;
    // A search that cannot be read leaves no file behind.
    mirror::find::check_event_query(&request.query)
        .map_err(|mistake| of_mirror(MirrorError::Query(mistake)))?;
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(|error| of_file(&error, &path))?;
    let port = scope.settings.lock().await.listener_port.unwrap_or(80);
    let mut writing = Writing {
        open: &open,
        path: &path,
        origin: format!("http://127.0.0.1:{port}"),
        out: BufWriter::new(&file),
        exported: EventsExported { path: path.display().to_string(), requests: 0, from_feed: 0, left_out: 0 },
    };
    let done = writing.all(&request.query, FindScope::all(scope.clock.now())).await;
    let exported = writing.exported;
    if let Err(error) = done.and_then(|()| file.sync_all().map_err(|error| of_file(&error, &path))) {
        let _ = std::fs::remove_file(&path);
        return Err(error);
    }
    let rows = exported.requests + exported.from_feed;
    let line = NewLine {
        facts: json!({ "rows": rows, "format": "requests" }),
        personal: json!({ "path": exported.path, "source": request.query }),
        ..NewLine::new(scope.clock.now(), "exported", "")
    };
    scope.look_ups.write(&open.mirror, line).await;
    scope.book_heads.want();
    Ok(exported)
}

/// A file under way.
struct Writing<'a> {
    open: &'a OpenMirror,
    path: &'a Path,
    /// What stands before the path of a request.
    origin: String,
    out: BufWriter<&'a std::fs::File>,
    exported: EventsExported,
}

impl Writing<'_> {
    async fn all(&mut self, query: &str, of: FindScope) -> Result<(), ErrorBody> {
        let mut after = None;
        loop {
            let page = self.open.mirror.find_events(query, of, AT_ONCE, after.as_deref(), None).await;
            let page = page.map_err(of_mirror)?;
            for found in page.items {
                match found.what {
                    FoundWhat::Event(event) => self.event(found.account_id, &event).await?,
                    FoundWhat::Request(request) => {
                        let row =
                            self.open.mirror.inbox().by_number(request.number).await.map_err(of_mirror)?;
                        self.best_of(row.into_iter().collect()).await?;
                    }
                }
            }
            after = page.next;
            if after.is_none() {
                return self.out.flush().map_err(|error| of_file(&error, self.path));
            }
        }
    }

    /// The request that brought an event; where nobody delivered it, its document.
    async fn event(&mut self, account: AccountId, event: &Event) -> Result<(), ErrorBody> {
        let mirror = &self.open.mirror;
        let brought = mirror.inbox().of_event(account, &event.vendor_id).await.map_err(of_mirror)?;
        if !brought.is_empty() {
            return self.best_of(brought).await;
        }
        let document = mirror.raw(account, Kind::Events, &event.vendor_id).await.map_err(of_mirror)?;
        let headers = [("Content-Type", "application/json; charset=utf-8"), SOURCE];
        let request = RecordedRequest {
            method: "POST".to_owned(),
            url: format!("{}/", self.origin),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: document.unwrap_or_default(),
        };
        self.exported.from_feed += 1;
        self.line(&request)
    }

    /// The first of some requests of which every byte is kept.
    async fn best_of(&mut self, rows: Vec<InboxRow>) -> Result<(), ErrorBody> {
        let Some(row) = rows.into_iter().find(|row| row.replayable) else {
            self.exported.left_out += 1;
            return Ok(());
        };
        let body = self.open.mirror.inbox().body(row.number).await.map_err(of_mirror)?.unwrap_or_default();
        let url = format!("{}{}", self.origin, row.path);
        self.exported.requests += 1;
        self.line(&RecordedRequest { method: row.method, url, headers: row.headers, body })
    }

    fn line(&mut self, request: &RecordedRequest) -> Result<(), ErrorBody> {
        let text = request.to_json().map_err(|error| errors::defect(&error))?;
        writeln!(self.out, "{text}").map_err(|error| of_file(&error, self.path))
    }
}
