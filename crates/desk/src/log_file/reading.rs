//! Reads the log back, newest first. It is small by its limits, so files are read whole, one after the other, until a page is full.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::Line;
use super::files::{FILE_BYTES_MOST, newest_first};

/// Longest line that can be one of ours.
const LINE_BYTES_MOST: u64 = 256 * 1024;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Levels that are kept, in the words of the file; all when empty.
    pub(crate) levels: Vec<&'static str>,
    /// Only lines with this text, capital or not.
    pub(crate) text: Option<String>,
    /// Only lines before this number.
    pub(crate) before: Option<u64>,
    /// At most so many.
    pub(crate) limit: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) lines: Vec<Line>,
    /// Whether there is more behind.
    pub(crate) more: bool,
    /// The bytes of all files.
    pub(crate) bytes: u64,
}

/// Reads a page. What cannot be read is left out: a log with a hole is better than none.
pub(crate) fn read(home: &Path, wanted: &Wanted) -> Found {
    let mut found = Found::default();
    for path in newest_first(home) {
        let Ok(file) = File::open(&path) else { continue };
        found.bytes += file.metadata().map_or(0, |about| about.len());
        if found.more {
            continue;
        }
        let mut text = Vec::new();
        // One that was made larger by somebody else is read as far as ours go.
        if file.take(2 * FILE_BYTES_MOST).read_to_end(&mut text).is_err() {
            continue;
        }
        let text = String::from_utf8_lossy(&text);
        let lines = text.lines().rev().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        for line in lines.filter(|line| fits(line, wanted)) {
            if found.lines.len() == wanted.limit {
                found.more = true;
                break;
            }
            found.lines.push(line);
        }
    }
    found
}

fn fits(line: &Line, wanted: &Wanted) -> bool {
    let contains = |text: &str| {
        let text = text.to_lowercase();
        let in_facts = |(name, value): &(String, String)| {
            name.to_lowercase().contains(&text) || value.to_lowercase().contains(&text)
        };
        line.message.to_lowercase().contains(&text)
            || line.part.to_lowercase().contains(&text)
            || line.facts.iter().any(in_facts)
    };
    (wanted.levels.is_empty() || wanted.levels.contains(&line.level.as_str()))
        && wanted.before.is_none_or(|before| line.number < before)
        && wanted.text.as_deref().is_none_or(contains)
}

/// The first line of a file.
pub(super) fn first_line(path: &Path) -> Option<Line> {
    let mut text = String::new();
    let file = fs::File::open(path).ok()?;
    BufReader::new(file.take(LINE_BYTES_MOST)).read_line(&mut text).ok()?;
    serde_json::from_str(text.trim_end()).ok()
}
