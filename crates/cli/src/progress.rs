//! How far a sync or a proof is, on stderr: one line that is drawn anew on a terminal, otherwise a line per
//! second and account at most.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use contract::bulk::BulkRunView;
use contract::exports::{ExportState, ExportView};
use contract::mail_runs::MailRunView;
use contract::proof::ProofRun;
use contract::relay::ReplayView;
use contract::sync::{SyncKindView, SyncView};

use crate::words::clean;

/// Shortest time between two lines where they cannot be drawn over.
const BETWEEN_LINES: Duration = Duration::from_secs(1);
/// Shortest time between two drawings on a terminal.
const BETWEEN_DRAWINGS: Duration = Duration::from_millis(100);
/// Columns of the narrowest usual terminal, less one so that the line never wraps.
const COLUMNS: usize = 79;

/// Shows the progress of one command.
pub(crate) struct Progress {
    terminal: bool,
    drawn: bool,
    last: HashMap<String, Instant>,
}

impl Progress {
    /// Nothing shown yet.
    pub(crate) fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), drawn: false, last: HashMap::new() }
    }

    /// Shows one account's sync, unless something was shown just now.
    pub(crate) fn show(&mut self, sync: &SyncView, now: Instant) {
        self.show_line(&sync.account, &line(sync), now);
    }

    /// Shows one account's proof, unless something was shown just now.
    pub(crate) fn show_proof(&mut self, run: &ProofRun) {
        let ProofRun { account, compared, planned, requests, gaps, .. } = run;
        let line =
            format!("{account}: {compared} of {planned} days compared, {requests} requests, {gaps} gaps");
        self.show_line(account, &line, Instant::now());
    }

    /// Shows an export, unless something was shown just now.
    pub(crate) fn show_export(&mut self, export: &ExportView, now: Instant) {
        self.show_line(&export.id, &export_line(export), now);
    }

    /// Shows how long a refund still waits, and how it is taken back.
    pub(crate) fn show_countdown(&mut self, left_ms: i64, now: Instant) {
        let left = span(u64::try_from(left_ms).unwrap_or(0));
        self.show_line("", &format!("Nothing has left yet; it leaves in {left}. Ctrl-C takes it back."), now);
    }

    /// Shows a run of refunds, unless something was shown just now.
    pub(crate) fn show_bulk(&mut self, run: &BulkRunView, now: Instant) {
        let mut line = format!("{} ended, {} to send", run.ended_rows, run.to_send);
        if let Some(rate) = run.rows_per_second {
            line.push_str(&format!(", {rate}/s"));
        }
        if let Some(remaining) = run.remaining_ms {
            line.push_str(&format!(", about {} left", span(remaining)));
        }
        self.show_line(&run.id, &line, now);
    }

    /// Shows a run of email, unless something was shown just now.
    pub(crate) fn show_mail_run(&mut self, run: &MailRunView, now: Instant) {
        let mut line = format!("{} of {} to send", run.to_send, run.rows);
        if let Some(rate) = run.rows_per_second {
            line.push_str(&format!(", {rate}/s"));
        }
        if let Some(remaining) = run.remaining_ms {
            line.push_str(&format!(", about {} left", span(remaining)));
        }
        self.show_line(&run.id, &line, now);
    }

    /// Shows a replay, unless something was shown just now.
    pub(crate) fn show_replay(&mut self, replay: &ReplayView, now: Instant) {
        let ReplayView { delivered, failed, waiting, .. } = replay;
        let mut line = format!("{delivered} delivered, {failed} failed, {waiting} to send");
        if let Some(rate) = replay.ended_per_second {
            line.push_str(&format!(", {rate}/s"));
        }
        if let Some(remaining) = replay.remaining_ms {
            line.push_str(&format!(", about {} left", span(remaining)));
        }
        self.show_line(&replay.id, &line, now);
    }

    fn show_line(&mut self, account: &str, line: &str, now: Instant) {
        let pause = if self.terminal { BETWEEN_DRAWINGS } else { BETWEEN_LINES };
        if self.last.get(account).is_some_and(|last| now.duration_since(*last) < pause) {
            return;
        }
        self.last.insert(account.to_owned(), now);
        let line = clean(line);
        let mut stderr = std::io::stderr().lock();
        let _ = if self.terminal {
            let short: String = line.chars().take(COLUMNS).collect();
            self.drawn = true;
            write!(stderr, "\r\u{1b}[2K{short}").and_then(|()| stderr.flush())
        } else {
            writeln!(stderr, "{line}")
        };
    }

    /// Takes the drawn line away, so that what follows starts on a clean one.
    pub(crate) fn end(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let mut stderr = std::io::stderr().lock();
            let _ = write!(stderr, "\r\u{1b}[2K").and_then(|()| stderr.flush());
        }
    }
}

/// `shop: payments 1200 rows, 450/s, about 12 s left; refunds 300 rows`.
fn line(sync: &SyncView) -> String {
    let loading: Vec<String> =
        sync.kinds.iter().filter(|kind| kind.state == "loading").map(describe).collect();
    let what = if loading.is_empty() { format!("{} rows", sync.rows_this_run) } else { loading.join("; ") };
    format!("{}: {what}", sync.account)
}

fn describe(kind: &SyncKindView) -> String {
    let mut text = format!("{} {} rows", crate::words::code(&kind.kind), kind.rows);
    if let Some(rate) = kind.rows_per_second {
        text.push_str(&format!(", {rate}/s"));
    }
    if let Some(remaining) = kind.remaining_ms {
        text.push_str(&format!(", about {} left", span(remaining)));
    }
    text
}

/// `12000 of 100000 rows, 45000/s, about 2 s left`.
fn export_line(export: &ExportView) -> String {
    let mut text = match export.total {
        Some(total) => format!("{} of {total} rows", export.rows),
        None => format!("{} rows", export.rows),
    };
    if export.state == ExportState::Finishing {
        text.push_str(", finishing the file");
        return text;
    }
    if let Some(rate) = export.rows_per_second {
        text.push_str(&format!(", {rate}/s"));
    }
    if let Some(remaining) = export.remaining_ms {
        text.push_str(&format!(", about {} left", span(remaining)));
    }
    text
}

/// A span of time in its largest fitting unit, rounded up: nothing is ever `0 s` away.
fn span(milliseconds: u64) -> String {
    let seconds = milliseconds.div_ceil(1000).max(1);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use contract::sync::{ReadsView, SyncKindView, SyncView};

    use super::{line, span};

    fn kind(kind: &str, state: &str, rows: u64, rate: Option<u32>, left: Option<u64>) -> SyncKindView {
        SyncKindView {
            kind: kind.to_owned(),
            state: state.to_owned(),
            rows,
            skipped: 0,
            left: None,
            rows_per_second: rate,
            remaining_ms: left,
            as_of: None,
        }
    }

    #[test]
    fn the_line_names_what_is_loading() {
        let mut sync = SyncView {
            account: "shop".to_owned(),
            running: true,
            state: "loading".to_owned(),
            problem: None,
            problem_detail: None,
            as_of: None,
            rows_this_run: 1500,
            requests_this_run: 15,
            too_many_this_run: 0,
            duration_ms: 3_000,
            caught_up: Vec::new(),
            reads: ReadsView {
                counted: true,
                today: 15,
                proof_today: 0,
                this_month: 15,
                allowance: 10_000,
                poll_every_ms: 480_000,
            },
            kinds: vec![
                kind("payments", "loading", 1200, Some(450), Some(11_200)),
                kind("balance_entries", "loading", 300, None, None),
                kind("customers", "complete", 7, None, None),
            ],
        };
        assert_eq!(line(&sync), "shop: payments 1200 rows, 450/s, about 12 s left; balance entries 300 rows");
        sync.kinds.clear();
        assert_eq!(line(&sync), "shop: 1500 rows");
    }

    #[test]
    fn spans_are_rounded_up() {
        assert_eq!(span(0), "1 s");
        assert_eq!(span(119_001), "2 min");
        assert_eq!(span(3_600_000), "60 min");
        assert_eq!(span(7_200_001), "3 h");
    }
}
