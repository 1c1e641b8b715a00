//! The log in the home: what Paydesk did, in files that turn over by size and age, with secrets, addresses and card numbers masked
//! before anything is written. It never leaves the machine by itself.
//!
//! The process whose Desk holds the home's seat writes, so there is one writer. What is said before waits in memory. Whoever logs
//! never waits for a disk: lines go to a thread, and beyond what may wait there they are counted and left out.

mod files;
mod reading;

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use transport::redact;

use files::Files;

pub(crate) use files::folder;
pub(crate) use reading::{Wanted, read};

/// Lines that may wait for the disk.
const WAITING_MAX: usize = 1_024;
/// Lines that are remembered until there is a home to write them into.
const EARLY_MAX: usize = 200;
/// Longest text of a line's message or of one fact, in characters.
const TEXT_CHARACTERS_MOST: usize = 1_000;
/// Most facts of a line.
const FACTS_MOST: usize = 24;
/// Parts of the program that are ours. Of all others only warnings are kept.
const OURS: [&str; 14] = [
    "paydesk_app",
    "paydeskctl",
    "desk",
    "mirror",
    "operations",
    "transport",
    "vendors",
    "vault",
    "webhooks",
    "sandbox",
    "export",
    "approval",
    "domain",
    "contract",
];

/// A line as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Its place: milliseconds since 1970 and a count within this process, so that it grows from start to start.
    pub(crate) number: u64,
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) level: String,
    pub(crate) part: String,
    pub(crate) message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) facts: Vec<(String, String)>,
}

/// Where lines go.
enum Sink {
    /// Nobody keeps lines: the shell did not ask for a log.
    Off,
    /// There is no home yet.
    Early(VecDeque<Line>),
    /// To the thread that writes.
    Open { lines: SyncSender<Line>, writer: JoinHandle<()> },
}

static SINK: Mutex<Sink> = Mutex::new(Sink::Off);
static LAST_NUMBER: AtomicU64 = AtomicU64::new(0);
static LEFT_OUT: AtomicU64 = AtomicU64::new(0);

fn sink() -> MutexGuard<'static, Sink> {
    SINK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a shell adds to its logging, so that what happens is kept in the home.
#[derive(Debug)]
pub struct LogLayer(());

/// Makes the layer. From now on lines are remembered until a home is opened.
pub fn log_layer() -> LogLayer {
    let mut sink = sink();
    if matches!(*sink, Sink::Off) {
        *sink = Sink::Early(VecDeque::new());
    }
    LogLayer(())
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        if level > least_level(target) {
            return;
        }
        let mut facts = Facts::default();
        event.record(&mut facts);
        hand_over(line(level, target, facts));
    }
}

/// The least grave level that is kept of a part of the program.
fn least_level(target: &str) -> Level {
    let part = target.split("::").next().unwrap_or_default();
    if OURS.contains(&part) { Level::INFO } else { Level::WARN }
}

fn line(level: Level, target: &str, facts: Facts) -> Line {
    let now = Utc::now().timestamp_millis();
    Line {
        number: next_number(now),
        at: now,
        level: level.as_str().to_ascii_lowercase(),
        part: target.split("::").take(2).collect::<Vec<_>>().join("::"),
        message: fit(&facts.message),
        facts: facts.others,
    }
}

/// A number that is greater than all before it, also than those of an earlier start, unless the clock was set back.
fn next_number(now_ms: i64) -> u64 {
    let from_clock = u64::try_from(now_ms).unwrap_or(0).saturating_mul(1_000);
    let following = |last: u64| Some(from_clock.max(last.saturating_add(1)));
    let last = LAST_NUMBER.fetch_update(Ordering::Relaxed, Ordering::Relaxed, following).unwrap_or_default();
    from_clock.max(last.saturating_add(1))
}

/// Masked, on one line, and of a length that does no harm.
fn fit(text: &str) -> String {
    let cut: String = text
        .chars()
        .take(TEXT_CHARACTERS_MOST * 2)
        .map(|one| if one.is_control() { ' ' } else { one })
        .collect();
    redact(&cut).chars().take(TEXT_CHARACTERS_MOST).collect()
}

fn hand_over(line: Line) {
    match &mut *sink() {
        Sink::Off => {}
        Sink::Early(waiting) => {
            if waiting.len() == EARLY_MAX {
                waiting.pop_front();
            }
            waiting.push_back(line);
        }
        Sink::Open { lines, .. } => {
            if lines.try_send(line).is_err() {
                LEFT_OUT.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Begins to write into a home, where the shell asked for a log. Only who holds the home's seat calls this.
pub(crate) fn open(home: &Path) {
    let mut sink = sink();
    let Sink::Early(early) = &mut *sink else { return };
    let early: Vec<Line> = early.drain(..).collect();
    let mut files = Files::new(home);
    let (lines, waiting) = sync_channel::<Line>(WAITING_MAX);
    let writer = std::thread::Builder::new().name("log".to_owned()).spawn(move || {
        early.iter().for_each(|line| files.write(line));
        for line in waiting {
            files.write(&line);
            let left_out = LEFT_OUT.swap(0, Ordering::Relaxed);
            if left_out > 0 {
                files.write(&left_out_line(left_out));
            }
        }
    });
    // Without a thread there is no log; everything else goes on.
    if let Ok(writer) = writer {
        *sink = Sink::Open { lines, writer };
    }
}

fn left_out_line(count: u64) -> Line {
    let facts = Facts {
        message: "lines came faster than the disk took them".to_owned(),
        others: vec![("left_out".to_owned(), count.to_string())],
    };
    line(Level::WARN, "desk::log_file", facts)
}

/// Writes what waits, and lets the home go.
pub(crate) fn close() {
    let open = {
        let mut sink = sink();
        if matches!(*sink, Sink::Open { .. }) {
            Some(std::mem::replace(&mut *sink, Sink::Early(VecDeque::new())))
        } else {
            None
        }
    };
    if let Some(Sink::Open { lines, writer }) = open {
        drop(lines);
        // A thread that panicked has nothing left to write.
        let _ = writer.join();
    }
}

/// What an event says.
#[derive(Debug, Default)]
struct Facts {
    message: String,
    others: Vec<(String, String)>,
}

impl Facts {
    fn take(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            name if self.others.len() < FACTS_MOST => self.others.push((name.to_owned(), fit(&value))),
            _ => {}
        }
    }
}

impl Visit for Facts {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::{Wanted, close, log_layer, next_number, open, read};

    /// One test, since the sink is one per process.
    #[test]
    fn secrets_and_cards_reach_no_file() {
        let home = tempfile::tempdir().unwrap();
        let logging = tracing_subscriber::registry().with(log_layer());
        tracing::subscriber::with_default(logging, || {
            tracing::warn!(target: "desk::early", key = "sk_live_canary0000", "said before there is a home");
            open(home.path());
            tracing::info!(
                target: "desk::sync",
                email = "jane.doe@example.com",
                card = 4_242_424_242_424_242_u64,
                address = "https://ada:pw@api.example.com/v1/charges?email=jane@example.com",
                account = "DE89 3704 0044 0532 0130 00",
                "Authorization: Bearer canary1111 for 4242 4242 4242 4242\nwhsec_canary2222 SG.canary3333.x"
            );
            tracing::debug!(target: "desk::sync", "canary-debug");
            tracing::info!(target: "hyper::client", "canary-foreign");
            tracing::error!(target: "hyper::client", "a foreign error");
            close();
        });
        let mut written = String::new();
        for entry in std::fs::read_dir(home.path().join("logs")).unwrap() {
            written.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
        }
        for secret in ["canary", "jane", "ada:pw", "4242 4242 4242", "4242424242424242", "0532 0130", "\\n"] {
            assert!(!written.contains(secret), "{secret} is in {written}");
        }
        assert_eq!(written.lines().count(), 3, "{written}");
        let page = read(home.path(), &Wanted { limit: 10, ..Wanted::default() });
        let messages: Vec<_> = page.lines.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(messages[0], "a foreign error");
        assert_eq!(messages[2], "said before there is a home");
        assert!(
            page.lines[1].facts.iter().any(|(name, value)| name == "email" && value == "<email>"),
            "{page:?}"
        );
    }

    #[test]
    fn numbers_grow_also_within_a_millisecond() {
        let first = next_number(1_000);
        assert!(next_number(1_000) > first && next_number(0) > first + 1);
    }
}
