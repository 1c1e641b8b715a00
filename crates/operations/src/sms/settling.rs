//! Finding out, after a lost answer, whether the vendor took a message.
//!
//! Twilio's list has no field for our id. What marks a message as ours is whom it went to, what it said and when: the row keeps a salted hash of the first two.
//! Only where the whole list around that moment was read and exactly one message in it fits, and is not known to be another of ours, is the row told to be
//! it. None, or several, prove nothing, and the row stays as it is.

use domain::{LoggedMessage, MessageDirection, MessageId, MessageState, Timestamp};
use mirror::{MessageRow, Mirror};
use sha2::{Digest, Sha256};
use vendors::twilio::{CallError, LogSearch};

use super::SmsAccount;
use crate::error::Result;

/// Messages that are looked for at once.
const MOST_AT_ONCE: u32 = 100;
/// Pages of the list that are read for one message; somebody who gets more at one number is left to a person.
const MOST_PAGES: usize = 10;
/// Messages of a page.
const PAGE_SIZE: u32 = 200;
/// How far the vendor's clock, and ours, may be wrong.
const CLOCKS_MS: i64 = 5 * 60_000;
/// How long after its row a message may have reached the vendor.
const UNDER_WAY_MS: i64 = 10 * 60_000;
/// From that age on, one that is not in the list waits for a person.
const LISTED_BY_MS: i64 = 3_600_000;

/// A hash of whom a message went to and what it said, salted by our id, so that two rows with the same text do not look alike.
pub fn fingerprint(message: MessageId, to: &str, text: &str) -> String {
    let mut hash = Sha256::new();
    for part in [message.to_string().as_str(), to, text] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What looking for one message came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// It is found, and told.
    Found,
    /// The list tells nothing for certain.
    InDoubt,
    /// The list could not be read.
    NotRead,
}

/// Looks for every message of the account that may be at the vendor; answers with how many were found.
///
/// # Errors
/// When the mirror refuses.
pub async fn settle(account: &SmsAccount) -> Result<u64> {
    let mut found = 0;
    for row in account.mirror.messages().doubtful(account.row.id, MOST_AT_ONCE).await? {
        match settle_one(account, &row).await? {
            Looked::Found => found += 1,
            Looked::InDoubt => {}
            // Whatever keeps this one from being read keeps the others too.
            Looked::NotRead => break,
        }
    }
    Ok(found)
}

/// Looks for one message in the vendor's list.
///
/// # Errors
/// When the mirror refuses.
pub async fn settle_one(account: &SmsAccount, row: &MessageRow) -> Result<Looked> {
    let listed = match list_around(account, row).await {
        Ok(Some(listed)) => listed,
        Ok(None) => return Ok(Looked::InDoubt),
        Err(error) => {
            tracing::warn!(%error, "the list of messages could not be read");
            return Ok(Looked::NotRead);
        }
    };
    let mut fitting = Vec::new();
    for one in listed.iter().filter(|one| fits(row, one)) {
        if !account.mirror.messages().is_ours(account.row.id, &one.vendor_id).await? {
            fitting.push(one);
        }
    }
    match fitting.as_slice() {
        [one] => {
            tell(&account.mirror, row, one, account.clock.now()).await?;
            Ok(Looked::Found)
        }
        several => {
            hold_for_person(account, row, several.len()).await?;
            Ok(Looked::InDoubt)
        }
    }
}

/// Everything in the list that went to the number about then; none where there is more of it than is read.
async fn list_around(
    account: &SmsAccount,
    row: &MessageRow,
) -> std::result::Result<Option<Vec<LoggedMessage>>, CallError> {
    // A day more, since the list goes by days, and by when a message was sent, which may be later than when it was taken.
    let search = LogSearch {
        to: Some(row.to.clone()),
        since: Some(row.created_at.plus_ms(-86_400_000)),
        page_size: PAGE_SIZE,
        ..LogSearch::default()
    };
    let (mut all, mut place) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let page = account.client.messages(&search, place.as_ref()).await?;
        if page.skipped > 0 {
            // One that could not be read may be the one.
            return Ok(None);
        }
        all.extend(page.messages);
        match page.next {
            Some(next) => place = Some(next),
            None => return Ok(Some(all)),
        }
    }
    Ok(None)
}

/// Whether a listed message can be the row's.
fn fits(row: &MessageRow, one: &LoggedMessage) -> bool {
    let from = row.created_at.plus_ms(-CLOCKS_MS);
    let until = row.created_at.plus_ms(UNDER_WAY_MS + CLOCKS_MS);
    let is_then = (from..=until).contains(&one.created_at);
    let says = one.body.as_deref().unwrap_or_default();
    one.by_request
        && one.direction == MessageDirection::Outbound
        && one.to == row.to
        && is_then
        && row.fingerprint.as_deref() == Some(fingerprint(row.id, &row.to, says).as_str())
}

async fn tell(mirror: &Mirror, row: &MessageRow, one: &LoggedMessage, now: Timestamp) -> Result<()> {
    let journal = mirror.messages();
    journal.answered(row.id, MessageState::Queued, None, Some(&one.vendor_id), now).await?;
    let mark = journal.log_mark(row.account_id).await?;
    journal.log(row.account_id, std::slice::from_ref(one), &mark, now).await?;
    Ok(())
}

/// What several messages may be, or none after an hour is, a person decides.
async fn hold_for_person(account: &SmsAccount, row: &MessageRow, fitting: usize) -> Result<()> {
    let now = account.clock.now();
    let is_late = now.ms_since(row.created_at) > LISTED_BY_MS;
    let reason = match fitting {
        0 if is_late => "not_listed",
        0 => return Ok(()),
        _ => "several_alike",
    };
    let is_told =
        row.standing.state == MessageState::NeedsPerson && row.standing.reason.as_deref() == Some(reason);
    if !is_told {
        let reason = Some(reason.to_owned());
        account.mirror.messages().answered(row.id, MessageState::NeedsPerson, reason, None, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_apart_who_what_and_which_row() {
        let (one, other) = (MessageId::generate(), MessageId::generate());
        let base = fingerprint(one, "+4915112345678", "Hi");
        assert_eq!(base, fingerprint(one, "+4915112345678", "Hi"));
        for differs in [
            fingerprint(other, "+4915112345678", "Hi"),
            fingerprint(one, "+4915112345679", "Hi"),
            fingerprint(one, "+4915112345678", "Hi "),
            fingerprint(one, "+491511234567", "8Hi"),
        ] {
            assert_ne!(base, differs);
        }
    }
}
