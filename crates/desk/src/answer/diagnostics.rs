//! The log, and the text for support: made, shown to a person, and saved only as it was shown.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::PoisonError;

use contract::diagnostics::{
    Diagnostics, DiagnosticsSaved, LogLevel, LogLine, LogPage, ReadLog, SaveDiagnostics,
};
use contract::home::{HomeView, ShowHome};
use contract::{Environment, ErrorBody, ErrorCode};
use domain::Timestamp;
use sha2::{Digest, Sha256};
use transport::redact;

use super::book::of_file;
use super::exports::absolute;
use super::scope::Resolved;
use crate::log_file::{self, Line, Wanted};

/// Rows of a page when the shell asks for no number, and most of one.
const ROWS: u32 = 100;
const ROWS_MOST: u32 = 1_000;
/// Lines of the log in a text for support.
const LINES_IN_TEXT: usize = 300;

/// Answers `read_log`.
pub(crate) async fn read_log(scope: &Resolved, request: ReadLog) -> Result<LogPage, ErrorBody> {
    let home = scope.home().root().to_owned();
    let before = match &request.range.after {
        None => None,
        Some(cursor) => Some(cursor.parse().map_err(|_| {
            ErrorBody::new(ErrorCode::BadRequest).with("why", "this place in the log is none")
        })?),
    };
    let limit = request.range.limit.unwrap_or(ROWS).clamp(1, ROWS_MOST);
    let least = request.level.unwrap_or(LogLevel::Debug);
    let levels = LEVELS.iter().filter(|(_, level)| *level >= least).map(|(word, _)| *word).collect();
    let text = request.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let wanted = Wanted { levels, text, before, limit: usize::try_from(limit).unwrap_or(usize::MAX) };
    let folder = log_file::folder(&home).display().to_string();
    let found = tokio::task::spawn_blocking(move || log_file::read(&home, &wanted))
        .await
        .map_err(crate::errors::defect)?;
    let next = found.lines.last().filter(|_| found.more).map(|line| line.number.to_string());
    Ok(LogPage { folder, bytes: found.bytes, items: found.lines.into_iter().map(view).collect(), next })
}

/// The words of the files.
const LEVELS: [(&str, LogLevel); 4] = [
    ("debug", LogLevel::Debug),
    ("info", LogLevel::Info),
    ("warn", LogLevel::Warn),
    ("error", LogLevel::Error),
];

fn view(line: Line) -> LogLine {
    let level =
        LEVELS.iter().find(|(word, _)| *word == line.level).map_or(LogLevel::Info, |(_, level)| *level);
    LogLine {
        number: line.number,
        at: Timestamp::from_ms(line.at),
        level,
        part: line.part,
        message: line.message,
        facts: line.facts,
    }
}

/// Answers `prepare_diagnostics`.
pub(crate) async fn prepare(scope: &Resolved) -> Result<Diagnostics, ErrorBody> {
    let home = super::home::show(scope, ShowHome { thorough: true }).await?;
    let vendors = vendors(scope).await;
    let folder = scope.home().root().to_owned();
    let wanted = Wanted { limit: LINES_IN_TEXT, ..Wanted::default() };
    let log = tokio::task::spawn_blocking(move || log_file::read(&folder, &wanted))
        .await
        .map_err(crate::errors::defect)?;
    let calls = scope.desk.telemetry.figures.lines();
    let settings = scope.settings.lock().await.clone();
    let text = mask(&write_text(scope.clock.now(), &home, &vendors, &settings, &calls, &log.lines));
    let digest = digest_of(&text);
    *scope.desk.shown_diagnostics.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.clone());
    Ok(Diagnostics { digest, text })
}

/// Answers `save_diagnostics`: exactly what was shown, and nothing that was not.
pub(crate) fn save(scope: &Resolved, request: &SaveDiagnostics) -> Result<DiagnosticsSaved, ErrorBody> {
    let path = absolute(&request.to)?;
    let shown = scope.desk.shown_diagnostics.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(text) = shown.filter(|text| digest_of(text) == request.digest) else {
        return Err(ErrorBody::new(ErrorCode::DiagnosticsChanged));
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&path).map_err(|error| of_file(&error, &path))?;
    if let Err(error) = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
        // Half a file says less than none.
        let _ = std::fs::remove_file(&path);
        return Err(of_file(&error, &path));
    }
    let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
    Ok(DiagnosticsSaved { path: path.display().to_string(), bytes })
}

fn digest_of(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// How many accounts of which vendor each environment has. Labels are people's own words and stay out.
async fn vendors(scope: &Resolved) -> Vec<String> {
    let mut lines = Vec::new();
    for environment in Environment::ALL {
        let Ok(Some(open)) = scope.existing_mirror(environment).await else { continue };
        let Ok(accounts) = open.mirror.accounts().list().await else { continue };
        for vendor in domain::Vendor::ALL {
            let count = accounts.iter().filter(|account| account.vendor == vendor).count();
            if count > 0 {
                lines.push(format!("{environment}: {count} of {}", vendor.name()));
            }
        }
    }
    lines
}

fn write_text(
    now: Timestamp,
    home: &HomeView,
    vendors: &[String],
    settings: &crate::settings::Settings,
    calls: &[String],
    log: &[Line],
) -> String {
    let mut text = String::new();
    let at = now.to_datetime().to_rfc3339();
    let _ = writeln!(text, "Paydesk diagnostics, made {at}. Nothing of it was sent anywhere.\n");
    let _ = writeln!(text, "## Program\nversion {}", home.version);
    let _ = writeln!(text, "system {} {}", std::env::consts::OS, std::env::consts::ARCH);
    for variable in ["XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "LANG"] {
        let _ = writeln!(text, "{variable} {}", std::env::var(variable).unwrap_or_else(|_| "-".to_owned()));
    }
    let _ = writeln!(text, "\n## Home\nvault {} (answers: {})", home.vault.kind, home.vault.available);
    for view in &home.environments {
        let _ = writeln!(
            text,
            "{}: {} accounts, file {} ({} bytes, encrypted: {}), {} not settled, {} sent to, writable: {}",
            view.environment,
            view.accounts,
            view.mirror_exists,
            view.bytes,
            view.encrypted.map_or("-", |encrypted| if encrypted { "yes" } else { "no" }),
            view.open_intents,
            view.sent_to,
            view.writable
        );
        for check in &view.checks {
            let _ = writeln!(text, "  {}: {} ({})", check.check, check.passed, check.found);
        }
    }
    write_list(&mut text, "Accounts", vendors);
    let problems: Vec<String> =
        home.problems.iter().map(|problem| format!("{}: {}", problem.code, problem.message)).collect();
    write_list(&mut text, "Problems", &problems);
    let port = settings.listener_port.map_or_else(|| "-".to_owned(), |port| port.to_string());
    let chosen = [
        format!("undo_seconds {}", settings.undo_seconds()),
        format!("listener_port {port}"),
        format!("telemetry {}", if settings.telemetry_address.is_some() { "on" } else { "off" }),
    ];
    write_list(&mut text, "Settings", &chosen);
    write_list(&mut text, "Calls since the start, by kind", calls);
    let lines: Vec<String> = log.iter().map(line_words).collect();
    write_list(&mut text, "Log, newest first", &lines);
    text
}

fn write_list(text: &mut String, title: &str, lines: &[String]) {
    let _ = writeln!(text, "\n## {title}");
    if lines.is_empty() {
        text.push_str("(none)\n");
    }
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
}

fn line_words(line: &Line) -> String {
    let facts: String = line.facts.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    let at = Timestamp::from_ms(line.at).to_datetime().to_rfc3339();
    format!("{at} {} {} {}{facts}", line.level, line.part, line.message)
}

/// The last net: every line once more, and the person's folder by the sign for it, since it has their name.
fn mask(text: &str) -> String {
    let person = directories::BaseDirs::new().map(|folders| folders.home_dir().display().to_string());
    let mut masked = String::with_capacity(text.len());
    for line in text.lines() {
        let line = match person.as_deref().filter(|folder| folder.len() > 1) {
            Some(folder) => line.replace(folder, "~"),
            None => line.to_owned(),
        };
        masked.push_str(&redact(&line));
        masked.push('\n');
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn the_text_for_support_has_no_secret_no_address_and_no_card() {
        let masked = mask(
            "key sk_live_canary1 of jane@example.com\npaid by 4242 4242 4242 4242 at https://a.example/x?y=canary2",
        );
        for secret in ["canary", "jane", "4242 4242"] {
            assert!(!masked.contains(secret), "{masked}");
        }
        assert_eq!(masked.lines().count(), 2);
    }

    #[test]
    fn the_person_s_folder_is_not_named() {
        let folders = directories::BaseDirs::new().unwrap();
        let line = format!("{}/paydesk/mirror-live.db is missing", folders.home_dir().display());
        assert_eq!(mask(&line), "~/paydesk/mirror-live.db is missing\n");
    }
}
