//! Reading the vendor's own list of messages into the journal, newest first, going on where it ended.

use domain::Timestamp;
use mirror::LogMark;
use vendors::twilio::{CallError, LogPage, LogSearch};

use super::SmsAccount;
use crate::error::Result;

/// Messages of a page.
const PAGE_SIZE: u32 = 500;
/// The state, and the price, of a message may change for so long, so that much is read again each time.
const CHANGES_MS: i64 = 72 * 3_600_000;
/// Pages of what came since the last time that are held until they are written, oldest first. Whoever was away for longer has the list read as if for the
/// first time.
const NEW_PAGES_MAX: usize = 50;

/// What reading came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogRead {
    /// Messages that were read.
    pub read: u64,
    /// Of them, those that were not known.
    pub new: u64,
    /// Of them, those of which something was new.
    pub changed: u64,
    /// Those that could not be read.
    pub skipped: u64,
    /// The vendor said no, or nothing, before it was done.
    pub stopped_early: bool,
    /// How far the list is read now.
    pub mark: LogMark,
}

/// Reads the list: what came since the last time, then further back, at most so many pages. What was read stays, so that another call goes on from there.
///
/// # Errors
/// When the mirror refuses, and what the vendor said as the inner error where it was asked for nothing yet.
pub async fn read(
    account: &SmsAccount,
    most_pages: usize,
) -> Result<std::result::Result<LogRead, CallError>> {
    let mut mark = account.mirror.messages().log_mark(account.row.id).await?;
    let mut reading = Reading { account, left: most_pages, done: LogRead::default() };
    if let Some(newest) = mark.newest_at {
        match reading.new_ones(newest, &mut mark).await? {
            Ok(()) => {}
            Err(error) => return Ok(reading.ended(error, mark)),
        }
    }
    if !mark.reached_end
        && let Err(error) = reading.older_ones(&mut mark).await?
    {
        return Ok(reading.ended(error, mark));
    }
    Ok(Ok(LogRead { mark, ..reading.done }))
}

struct Reading<'a> {
    account: &'a SmsAccount,
    left: usize,
    done: LogRead,
}

impl Reading<'_> {
    /// An error after something was read leaves that standing.
    fn ended(self, error: CallError, mark: LogMark) -> std::result::Result<LogRead, CallError> {
        if self.done.read == 0 {
            return Err(error);
        }
        Ok(LogRead { stopped_early: true, mark, ..self.done })
    }

    /// What came since, and what may have changed.
    async fn new_ones(
        &mut self,
        newest: Timestamp,
        mark: &mut LogMark,
    ) -> Result<std::result::Result<(), CallError>> {
        let known_from = newest.plus_ms(-CHANGES_MS);
        let search = LogSearch {
            page_size: PAGE_SIZE,
            since: Some(known_from.plus_ms(-86_400_000)),
            ..LogSearch::default()
        };
        let (mut pages, mut place) = (Vec::new(), None);
        loop {
            let page = match self.account.client.messages(&search, place.as_ref()).await {
                Ok(page) => page,
                Err(error) => return Ok(Err(error)),
            };
            self.left = self.left.saturating_sub(1);
            let reaches_known = page.messages.last().is_some_and(|last| last.created_at < known_from);
            place = page.next.clone();
            pages.push(page);
            if reaches_known || place.is_none() {
                break;
            }
            if pages.len() >= NEW_PAGES_MAX {
                // Too much for the memory: from here on it is read as if for the first time, which doubles nothing.
                *mark = LogMark::default();
                return Ok(Ok(()));
            }
        }
        let read_at = Some(self.account.clock.now());
        let newest_at = pages.iter().flat_map(|page| &page.messages).map(|one| one.created_at).max();
        for page in pages.iter().rev() {
            self.write(page, mark).await?;
        }
        *mark = LogMark { newest_at: newest_at.max(mark.newest_at), read_at, ..*mark };
        self.write(&LogPage::default(), mark).await?;
        Ok(Ok(()))
    }

    /// What is older than all that was read, down to the end of the list.
    async fn older_ones(&mut self, mark: &mut LogMark) -> Result<std::result::Result<(), CallError>> {
        let search = LogSearch { page_size: PAGE_SIZE, until: mark.oldest_at, ..LogSearch::default() };
        let mut place = None;
        while self.left > 0 {
            self.left -= 1;
            let page = match self.account.client.messages(&search, place.as_ref()).await {
                Ok(page) => page,
                Err(error) => return Ok(Err(error)),
            };
            let moments = || page.messages.iter().map(|one| one.created_at);
            if mark.newest_at.is_none() {
                mark.newest_at = moments().max();
                mark.read_at = Some(self.account.clock.now());
            }
            mark.oldest_at = mark.oldest_at.into_iter().chain(moments()).min();
            mark.reached_end = page.next.is_none();
            self.write(&page, mark).await?;
            match page.next {
                Some(next) => place = Some(next),
                None => break,
            }
        }
        Ok(Ok(()))
    }

    async fn write(&mut self, page: &LogPage, mark: &LogMark) -> Result<()> {
        let journal = self.account.mirror.messages();
        let logged = journal.log(self.account.row.id, &page.messages, mark, self.account.clock.now()).await?;
        self.done.read += page.messages.len() as u64;
        self.done.new += logged.new;
        self.done.changed += logged.changed;
        self.done.skipped += page.skipped as u64;
        Ok(())
    }
}
