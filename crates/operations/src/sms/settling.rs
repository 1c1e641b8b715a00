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

/// Messages that are looked for at once where a person asks, and by the Desk itself.
const MOST_AT_ONCE: u32 = 100;
const MOST_OF_A_TURN: u32 = 20;
/// How long the Desk looks for a message by itself.
const LOOKED_FOR_MS: i64 = 72 * 3_600_000;
/// Other messages of ours that a listed one is held against.
const MOST_RIVALS: u32 = 100;
/// How long after its row a message is looked for in the list, which goes by days, and by when a message was sent.
const LISTED_MS: i64 = 24 * 3_600_000;
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

/// Which messages are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// All: a person asks.
    All,
    /// The newer ones, of which more may still come: the Desk does it by itself, again and again.
    Recent,
}

/// Looks for messages of the account that may be at the vendor, newest first, without those that are under way; answers with how many were found.
///
/// # Errors
/// When the mirror refuses.
pub async fn settle(account: &SmsAccount, lookup: Lookup, under_way: &[MessageId]) -> Result<u64> {
    let (since, most) = match lookup {
        Lookup::All => (None, MOST_AT_ONCE),
        Lookup::Recent => (Some(account.clock.now().plus_ms(-LOOKED_FOR_MS)), MOST_OF_A_TURN),
    };
    let rows = account.mirror.messages().doubtful(account.row.id, since, most).await?;
    let mut found = 0;
    for row in rows.iter().filter(|row| !under_way.contains(&row.id)) {
        match settle_one(account, row).await? {
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
    let (mut fitting, mut without_text) = (Vec::new(), 0);
    for one in listed.iter().filter(|one| is_about_then(row, one)) {
        if !says(row, one).unwrap_or(true)
            || account.mirror.messages().is_ours(account.row.id, &one.vendor_id).await?
        {
            continue;
        }
        match one.body {
            Some(_) => fitting.push(one),
            None => without_text += 1,
        }
    }
    let reason = match fitting.as_slice() {
        [one] if without_text == 0 && !has_rival(account, row, one).await? => {
            tell(&account.mirror, row, one, account.clock.now()).await?;
            return Ok(Looked::Found);
        }
        [] if without_text > 0 => "text_not_listed",
        [] if account.clock.now().ms_since(row.created_at) <= LISTED_BY_MS => return Ok(Looked::InDoubt),
        [] => "not_listed",
        _ => "several_alike",
    };
    hold_for_person(account, row, reason).await?;
    Ok(Looked::InDoubt)
}

/// Whether a listed message may as well be another one of ours, of which the vendor named no id either.
async fn has_rival(account: &SmsAccount, row: &MessageRow, one: &LoggedMessage) -> Result<bool> {
    let reach = UNDER_WAY_MS + 2 * CLOCKS_MS;
    let about = (row.created_at.plus_ms(-reach), row.created_at.plus_ms(reach));
    let rivals = account.mirror.messages().rivals(row, about, MOST_RIVALS + 1).await?;
    let is_it = |other: &MessageRow| is_about_then(other, one) && says(other, one) == Some(true);
    Ok(rivals.len() > MOST_RIVALS as usize || rivals.iter().any(is_it))
}

/// Everything in the list that went to the number about then; none where there is more of it than is read.
async fn list_around(
    account: &SmsAccount,
    row: &MessageRow,
) -> std::result::Result<Option<Vec<LoggedMessage>>, CallError> {
    let search = LogSearch {
        to: Some(row.to.clone()),
        since: Some(row.created_at.plus_ms(-LISTED_MS)),
        until: Some(row.created_at.plus_ms(LISTED_MS)),
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

/// Whether a listed message can be the row's by all but what it says.
fn is_about_then(row: &MessageRow, one: &LoggedMessage) -> bool {
    let from = row.created_at.plus_ms(-CLOCKS_MS);
    let until = row.created_at.plus_ms(UNDER_WAY_MS + CLOCKS_MS);
    one.by_request
        && one.direction == MessageDirection::Outbound
        && one.to == row.to
        && (from..=until).contains(&one.created_at)
        && comes_from(row.from.as_deref(), one.from.as_deref())
}

/// A messaging service sends as whichever of its numbers fits.
fn comes_from(ours: Option<&str>, listed: Option<&str>) -> bool {
    match (ours, listed) {
        (Some(ours), Some(listed)) => ours.starts_with("MG") || ours.eq_ignore_ascii_case(listed),
        _ => true,
    }
}

/// Whether it says what the row said; none where the list does not hold its text.
fn says(row: &MessageRow, one: &LoggedMessage) -> Option<bool> {
    let text = one.body.as_deref()?;
    Some(row.fingerprint.as_deref() == Some(fingerprint(row.id, &row.to, text).as_str()))
}

async fn tell(mirror: &Mirror, row: &MessageRow, one: &LoggedMessage, now: Timestamp) -> Result<()> {
    let journal = mirror.messages();
    journal.answered(row.id, MessageState::Queued, None, Some(&one.vendor_id), now).await?;
    let mark = journal.log_mark(row.account_id).await?;
    journal.log(row.account_id, std::slice::from_ref(one), &mark, now).await?;
    Ok(())
}

/// What several messages may be, or none after an hour is, a person decides.
async fn hold_for_person(account: &SmsAccount, row: &MessageRow, reason: &str) -> Result<()> {
    let is_told =
        row.standing.state == MessageState::NeedsPerson && row.standing.reason.as_deref() == Some(reason);
    if !is_told {
        let (reason, now) = (Some(reason.to_owned()), account.clock.now());
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

    #[test]
    fn a_sender_fits_itself_and_a_messaging_service_fits_any() {
        assert!(comes_from(Some("+15005550006"), Some("+15005550006")));
        assert!(!comes_from(Some("+15005550006"), Some("+15005550016")));
        assert!(comes_from(Some("MG0123"), Some("+15005550016")));
        assert!(comes_from(Some("My Shop"), Some("MY SHOP")));
        assert!(comes_from(None, Some("+15005550016")) && comes_from(Some("+15005550006"), None));
    }
}
