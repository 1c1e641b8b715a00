//! Pages that wait for the writer, and who is at work on them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::{PageOutcome, ReadyPage};
use crate::Mirror;
use crate::error::Result;

/// Records of one transaction, as far as pages allow. A refund that waits for the writer waits for all of
/// them, about half a second at the most.
const RECORDS_PER_TRANSACTION: usize = 6_000;
/// How long pages of a bulk load wait for more to share a transaction with. Each transaction writes
/// every page of the file that it touches, and random ids touch most of the indexes' pages, so that
/// few large transactions cost far less than many small ones: twice as many records in each write a
/// quarter less in all, and take the disk's time, of which a load has least, half as often.
const GATHERING: Duration = Duration::from_millis(400);

/// A page that waits for the writer.
pub(super) struct Page {
    pub(super) ready: ReadyPage,
    pub(super) answer: oneshot::Sender<Result<PageOutcome>>,
}

impl Page {
    fn rows(&self) -> usize {
        self.ready.kinds.iter().map(|(_, rows)| rows.len()).sum()
    }
}

/// The pages that wait, and whether a task is at work on them.
#[derive(Default)]
pub(crate) struct Waiting {
    queue: Mutex<Queue>,
    came: Notify,
}

#[derive(Default)]
pub(super) struct Queue {
    pages: VecDeque<Page>,
    records: usize,
    /// Whether somebody waits for one of the pages, who is not a load.
    urgent: bool,
    at_work: bool,
    pub(super) bulk_loads: usize,
}

/// Says for as long as it lives that many pages are to come.
#[derive(Debug)]
pub struct BulkLoad(pub(super) Mirror);

impl Drop for BulkLoad {
    fn drop(&mut self) {
        self.0.0.waiting.with(|queue| queue.bulk_loads -= 1);
        self.0.0.waiting.came.notify_one();
    }
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Waiting")
    }
}

impl Waiting {
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Queue) -> T) -> T {
        act(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds a page; tells whether nobody is at work on the queue, so that the caller must be.
    pub(super) fn push(&self, page: Page) -> bool {
        let idle = self.with(|queue| {
            queue.records += page.rows();
            queue.urgent |= page.ready.slice.is_none();
            queue.pages.push_back(page);
            !std::mem::replace(&mut queue.at_work, true)
        });
        self.came.notify_one();
        idle
    }

    /// Waits until a transaction is full, while more is to come.
    pub(super) async fn gather(&self) {
        let full = |queue: &mut Queue| {
            queue.urgent || queue.bulk_loads == 0 || queue.records >= RECORDS_PER_TRANSACTION
        };
        let gathered = async {
            while !self.with(full) {
                self.came.notified().await;
            }
        };
        // After that time what is there is written.
        let _ = tokio::time::timeout(GATHERING, gathered).await;
    }

    /// The pages of the next transaction; none ends the work, and whoever brings the next page begins it.
    fn take(&self) -> Vec<Page> {
        self.with(|queue| {
            let mut taken = Vec::new();
            let mut records = 0;
            while let Some(page) = queue.pages.pop_front() {
                records += page.rows();
                if records > RECORDS_PER_TRANSACTION && !taken.is_empty() {
                    queue.pages.push_front(page);
                    break;
                }
                taken.push(page);
            }
            queue.records = queue.pages.iter().map(Page::rows).sum();
            queue.urgent = queue.pages.iter().any(|page| page.ready.slice.is_none());
            queue.at_work = !taken.is_empty();
            taken
        })
    }
}

/// Ends the work however it ends: pages nobody would ever write are let go, which their callers see.
pub(super) struct AtWork<'a> {
    waiting: &'a Waiting,
    /// Whether the work is still this one's. Once there was nothing to take, the queue is another's.
    ours: bool,
}

impl<'a> AtWork<'a> {
    pub(super) fn on(waiting: &'a Waiting) -> Self {
        Self { waiting, ours: true }
    }

    pub(super) fn take(&mut self) -> Vec<Page> {
        let pages = self.waiting.take();
        self.ours = !pages.is_empty();
        pages
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if self.ours {
            self.waiting.with(|queue| {
                queue.at_work = false;
                queue.pages.clear();
                queue.records = 0;
                queue.urgent = false;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> (Page, oneshot::Receiver<Result<PageOutcome>>) {
        let (answer, answered) = oneshot::channel();
        let ready = ReadyPage { number: 1, records: 0, kinds: Vec::new(), slice: None };
        (Page { ready, answer }, answered)
    }

    #[test]
    fn a_page_that_comes_as_the_work_ends_is_the_next_ones() {
        let waiting = Waiting::default();
        let (first, _first) = page();
        assert!(waiting.push(first), "nobody was at work");
        let mut ending = AtWork::on(&waiting);
        assert_eq!(ending.take().len(), 1);
        assert!(ending.take().is_empty());
        // The next page comes after the last look and before the end.
        let (second, _second) = page();
        assert!(waiting.push(second), "whoever brings it begins to work");
        drop(ending);
        assert_eq!(waiting.take().len(), 1, "the page was let go");
    }

    #[test]
    fn pages_that_nobody_will_write_are_let_go() {
        let waiting = Waiting::default();
        let (one, mut answered) = page();
        assert!(waiting.push(one));
        drop(AtWork::on(&waiting));
        assert!(matches!(answered.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
        let (other, _other) = page();
        assert!(waiting.push(other), "somebody must begin again");
    }
}
