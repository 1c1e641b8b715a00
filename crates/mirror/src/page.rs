//! Pages of lists that are read by key, never by offset.

use crate::error::{MirrorError, Result};

/// Most items of one page.
pub(crate) const MOST: u32 = 1000;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Where the next page starts; none on the last one.
    pub next: Option<String>,
}

/// The limit as the database takes it, where it is from 1 to 1,000.
pub(crate) fn checked_limit(limit: u32) -> Result<i64> {
    if (1..=MOST).contains(&limit) {
        Ok(i64::from(limit))
    } else {
        Err(MirrorError::LimitOutOfRange { most: MOST })
    }
}

/// The key below which the page starts.
pub(crate) fn start(after: Option<&str>) -> Result<i64> {
    match after {
        None => Ok(i64::MAX),
        Some(text) => i64::from_str_radix(text, 16).map_err(|_| MirrorError::BadCursor),
    }
}

/// Cuts one item more than asked for into a page and the place of the next one.
pub(crate) fn cut<T>(mut rows: Vec<(i64, T)>, limit: i64) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(key, _)| format!("{key:x}"));
    Page { items: rows.into_iter().map(|(_, item)| item).collect(), next }
}
