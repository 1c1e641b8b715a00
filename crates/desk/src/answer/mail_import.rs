//! Reading dumps of events from a folder.

use std::path::Path;
use std::time::{Duration, Instant};

use contract::message_sources::{ImportMessages, ImportedFile, LineProblem, MessagesImported};
use contract::{ErrorBody, ErrorCode, Tag};
use domain::{AccountId, ToldEvent};
use mirror::{ImportedLines, MailImport, MirrorError};
use vendors::sendgrid;

use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::message_dumps::{DumpFile, Lines, files};
use crate::{errors, message_work};

/// How long one answer goes on reading.
const LONGEST: Duration = Duration::from_secs(3);
/// Lines of one transaction.
const AT_ONCE: u64 = 1_000;
/// Events of one transaction, where a line holds many.
const EVENTS_AT_ONCE: usize = 5_000;
/// Problems of a file that are told.
const PROBLEMS_TOLD: u32 = 20;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `import_messages`.
pub(crate) async fn import(scope: &Resolved, request: ImportMessages) -> Result<MessagesImported, ErrorBody> {
    let (open, row) = scope.mail_account(request.account.as_deref()).await?;
    let folder = request.folder.clone();
    let listed = blocking(move || files(Path::new(&folder))).await?;
    let listed = listed.map_err(|error| {
        ErrorBody::new(ErrorCode::FolderUnreadable).with("path", &request.folder).with("why", error)
    })?;
    let until = Instant::now() + LONGEST;
    let mut answer = MessagesImported { files: Vec::new(), done: true };
    for file in listed {
        let mut known = of_file(&open, row.id, &file).await?;
        let mut problem = None;
        if !known.finished && Instant::now() < until {
            problem = read_on(scope, &open, row.id, &file, known.lines, until).await?;
            known = of_file(&open, row.id, &file).await?;
        }
        answer.done &= known.finished || problem.is_some();
        answer.files.push(told(&open, row.id, &file, known, problem).await?);
    }
    let most = if answer.done { message_work::ALL } else { message_work::SOME };
    message_work::follow(&scope.desk, &open, most).await?;
    scope.desk.say_changed(open.mirror.environment(), &[Tag::Messages]);
    Ok(answer)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ErrorBody> {
    tokio::task::spawn_blocking(work).await.map_err(|_| errors::defect("reading a file was given up"))
}

async fn of_file(open: &OpenMirror, account: AccountId, file: &DumpFile) -> Result<MailImport, ErrorBody> {
    let known = open.mirror.messages().import_of(account, &file.digest).await.map_err(of_mirror)?;
    let none = MailImport { name: file.name.clone(), lines: 0, events: 0, known: 0, bad: 0, finished: false };
    Ok(known.unwrap_or(none))
}

async fn told(
    open: &OpenMirror,
    account: AccountId,
    file: &DumpFile,
    known: MailImport,
    problem: Option<String>,
) -> Result<ImportedFile, ErrorBody> {
    let problems = match known.bad {
        0 => Vec::new(),
        _ => {
            let kept = open.mirror.messages().import_problems(account, &file.digest, PROBLEMS_TOLD).await;
            kept.map_err(of_mirror)?
        }
    };
    Ok(ImportedFile {
        name: known.name,
        lines: known.lines,
        events: known.events,
        known: known.known,
        bad: known.bad,
        finished: known.finished,
        problem,
        problems: problems.into_iter().map(|(line, problem)| LineProblem { line, problem }).collect(),
    })
}

/// Reads a file on from a line until its end or until it is time; why it cannot be read on, where it cannot.
async fn read_on(
    scope: &Resolved,
    open: &OpenMirror,
    account: AccountId,
    file: &DumpFile,
    mut read: u64,
    until: Instant,
) -> Result<Option<String>, ErrorBody> {
    let (path, behind) = (file.path.clone(), read);
    let mut lines = match blocking(move || Lines::open(&path, behind)).await? {
        Ok(lines) => lines,
        Err(error) => return Ok(Some(error.to_string())),
    };
    loop {
        let first = read;
        let (back, some) = blocking(move || {
            let some = some_lines(&mut lines, first);
            (lines, some)
        })
        .await?;
        lines = back;
        let some = match some {
            Ok(some) => some,
            Err(error) => return Ok(Some(error.to_string())),
        };
        read += some.lines;
        let last = some.last;
        let taken = ImportedLines {
            name: file.name.clone(),
            digest: file.digest.clone(),
            lines: some.lines,
            told: some.told,
            problems: some.problems,
            last,
        };
        open.mirror.messages().import(account, &taken, scope.clock.now()).await.map_err(of_mirror)?;
        if last || Instant::now() >= until {
            return Ok(None);
        }
    }
}

/// Lines that are taken over together.
#[derive(Default)]
struct Batch {
    lines: u64,
    told: Vec<ToldEvent>,
    problems: Vec<(u64, String)>,
    last: bool,
}

fn some_lines(lines: &mut Lines, behind: u64) -> std::io::Result<Batch> {
    let mut some = Batch::default();
    while some.lines < AT_ONCE && some.told.len() < EVENTS_AT_ONCE {
        let Some(line) = lines.next()? else {
            some.last = true;
            break;
        };
        some.lines += 1;
        let number = behind + some.lines;
        match line {
            Ok(line) if line.trim_ascii().is_empty() => {}
            Ok(line) => match sendgrid::read_events(&line) {
                None => some.problems.push((number, "it is no event and no list of events".to_owned())),
                Some(read) => {
                    if read.skipped > 0 {
                        let problem = format!("{} events have no id, no address or no time", read.skipped);
                        some.problems.push((number, problem));
                    }
                    some.told.extend(read.events);
                }
            },
            Err(problem) => some.problems.push((number, problem.to_owned())),
        }
    }
    Ok(some)
}
