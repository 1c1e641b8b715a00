//! Reading the vendor's own list of messages into the journal, newest first, going on where it ended.

use domain::{LoggedMessage, Timestamp};
use mirror::LogMark;
use vendors::twilio::{CallError, LogPage, LogPlace, LogSearch};

use super::SmsAccount;
use crate::error::Result;

/// Messages of a page.
const PAGE_SIZE: u32 = 500;
/// The state, and the price, of a message may change for so long, so that much is read again each time.
const CHANGES_MS: i64 = 72 * 3_600_000;
/// Pages that are read once more, and not counted, to get to where reading ended: the vendor's list is entered by days alone.
const AGAIN_MAX: usize = 50;
/// From when on something may be new in a list that was empty.
const EMPTY_MS: i64 = 24 * 3_600_000;

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
    let mut reading = Reading { account, left: most_pages, again: AGAIN_MAX, done: LogRead::default() };
    match reading.all(&mut mark).await? {
        Ok(()) => Ok(Ok(LogRead { mark, ..reading.done })),
        Err(error) => Ok(reading.ended(error, mark)),
    }
}

/// A page, or why there was none.
type Told<T> = std::result::Result<T, CallError>;

struct Reading<'a> {
    account: &'a SmsAccount,
    /// Pages that may still be read.
    left: usize,
    /// Pages that may still be read once more.
    again: usize,
    done: LogRead,
}

impl Reading<'_> {
    async fn all(&mut self, mark: &mut LogMark) -> Result<Told<()>> {
        if let Some(newest) = mark.newest_at {
            if let Err(error) = self.new_ones(newest, mark).await? {
                return Ok(Err(error));
            }
            if let Some((_, behind)) = mark.ahead
                && let Err(error) = self.between(behind, newest, mark).await?
            {
                return Ok(Err(error));
            }
        }
        if mark.reached_end { Ok(Ok(())) } else { self.older_ones(mark).await }
    }

    /// An error after something was read leaves that standing.
    fn ended(self, error: CallError, mark: LogMark) -> std::result::Result<LogRead, CallError> {
        if self.done.read == 0 {
            return Err(error);
        }
        Ok(LogRead { stopped_early: true, mark, ..self.done })
    }

    /// What came since, and what may have changed. Each page is written as it is read; where the pages end before what is known is reached, the gap is
    /// marked and read later.
    async fn new_ones(&mut self, newest: Timestamp, mark: &mut LogMark) -> Result<Told<()>> {
        let before = *mark;
        let reaches = before.ahead.map_or(newest, |(top, _)| top);
        let changes_from = newest.plus_ms(-CHANGES_MS);
        let search = LogSearch {
            page_size: PAGE_SIZE,
            since: Some(changes_from.plus_ms(-86_400_000)),
            ..LogSearch::default()
        };
        // What may have changed leaves half of the pages to what was not read yet.
        let spare = if before.ahead.is_none() && before.reached_end { 0 } else { self.left / 2 };
        let (mut place, mut part): (_, Option<(Timestamp, Timestamp)>) = (None, None);
        while self.left > 0 {
            self.left -= 1;
            let page = match self.account.client.messages(&search, place.as_ref()).await {
                Ok(page) => page,
                Err(error) => return Ok(Err(error)),
            };
            let moments = || page.messages.iter().map(|one| one.created_at);
            let top = part.map(|(top, _)| top).into_iter().chain(moments()).max();
            let bottom = part.map(|(_, bottom)| bottom).into_iter().chain(moments()).min();
            part = top.zip(bottom);
            let is_joined = page.next.is_none() || bottom.is_some_and(|bottom| bottom < reaches);
            *mark = joined(&before, part, is_joined);
            mark.read_at = Some(self.account.clock.now());
            self.write(&page, mark).await?;
            let is_over = page.next.is_none() || bottom.is_some_and(|bottom| bottom < changes_from);
            place = page.next;
            if is_over || (is_joined && self.left <= spare) {
                break;
            }
        }
        Ok(Ok(()))
    }

    /// What stands between the newer part, down from where that ends, and what was known before it.
    async fn between(&mut self, behind: Timestamp, known: Timestamp, mark: &mut LogMark) -> Result<Told<()>> {
        let since = Some(known.plus_ms(-86_400_000));
        let search = LogSearch { page_size: PAGE_SIZE, since, until: Some(behind), ..LogSearch::default() };
        let mut place = None;
        while self.left > 0 {
            let page = match self.page(&search, place.as_ref(), Some(behind)).await {
                Ok(page) => page,
                Err(error) => return Ok(Err(error)),
            };
            let bottom = page.messages.iter().map(|one| one.created_at).min();
            let is_joined = page.next.is_none() || bottom.is_some_and(|bottom| bottom < known);
            if let Some((top, before)) = mark.ahead {
                mark.ahead = Some((top, bottom.map_or(before, |bottom| bottom.min(before))));
                if is_joined {
                    *mark = LogMark { newest_at: Some(top), ahead: None, ..*mark };
                }
            }
            self.write(&page, mark).await?;
            place = page.next;
            if is_joined {
                break;
            }
        }
        Ok(Ok(()))
    }

    /// What is older than all that was read, down to the end of the list.
    async fn older_ones(&mut self, mark: &mut LogMark) -> Result<Told<()>> {
        let (behind, mut place) = (mark.oldest_at, None);
        let search = LogSearch { page_size: PAGE_SIZE, until: behind, ..LogSearch::default() };
        while self.left > 0 {
            let page = match self.page(&search, place.as_ref(), behind).await {
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
            if mark.reached_end && mark.newest_at.is_none() {
                // Nothing is there yet, and what comes is newer than this.
                mark.newest_at = mark.read_at.map(|read_at| read_at.plus_ms(-EMPTY_MS));
            }
            self.write(&page, mark).await?;
            place = page.next;
            if place.is_none() {
                break;
            }
        }
        Ok(Ok(()))
    }

    /// One page. One that holds only what was read before is not counted, so that a day with more messages than a turn reads is got through.
    async fn page(
        &mut self,
        search: &LogSearch,
        place: Option<&LogPlace>,
        behind: Option<Timestamp>,
    ) -> Told<LogPage> {
        let page = self.account.client.messages(search, place).await?;
        let is_known = |one: &LoggedMessage| behind.is_some_and(|behind| one.created_at > behind);
        if self.again > 0 && page.next.is_some() && page.messages.iter().all(is_known) {
            self.again -= 1;
        } else {
            self.left -= 1;
        }
        Ok(page)
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

/// How far the list is read by a part from its start down.
fn joined(before: &LogMark, part: Option<(Timestamp, Timestamp)>, is_joined: bool) -> LogMark {
    let Some((top, bottom)) = part else { return *before };
    match (is_joined, before.ahead) {
        (true, Some((known, behind))) => LogMark { ahead: Some((top.max(known), behind)), ..*before },
        (true, None) => LogMark {
            newest_at: before.newest_at.max(Some(top)),
            oldest_at: before.oldest_at.or(Some(bottom)),
            ..*before
        },
        // An earlier newer part is read once more, which doubles nothing.
        (false, _) => LogMark { ahead: Some((top, bottom)), ..*before },
    }
}
