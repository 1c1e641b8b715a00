//! What the listener received, applied: the events that vendors signed meet those of the feed in one table, and what
//! they carry is written with the moment it was so, in whatever order they come.
//!
//! Nothing here asks a vendor. What an event does not carry whole is noted as unread and read again by following, and
//! an event that cannot be what it says is kept apart with the reason and never applied.

mod cards;

use std::borrow::Cow;
use std::collections::HashMap;

use domain::{AccountId, Environment, Record};
use mirror::{
    AccountRow, Decided, InboxRow, InboxState, KnownEvent, Mirror, MirrorError, WaitFor, is_same_event,
};
use vendors::stripe::{EventSeen, body_without_cards, read_event};

use crate::error::{OperationError, Result};
use crate::sync::follow::put_beside;

/// Longest id of an event; the vendor's have some thirty characters.
const LONGEST_ID: usize = 255;

/// A request whose event was decided about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The request, with what became of it.
    pub row: InboxRow,
    /// What became of it.
    pub state: InboxState,
    /// Id of what its event is about.
    pub object_id: Option<String>,
}

/// A body as it may be kept, and whether that is byte for byte what came. Of a vendor's own event only what is free
/// text is looked at, since its references are long numbers too.
pub fn fit_to_keep(body: &[u8], is_vendors: bool) -> (Cow<'_, [u8]>, bool) {
    let (kept, is_read) = match body_without_cards(body) {
        Ok(None) => (Cow::Borrowed(body), true),
        Ok(Some(cleaned)) => (Cow::Owned(cleaned), true),
        Err(_) => (Cow::Borrowed(body), false),
    };
    let replayable = matches!(kept, Cow::Borrowed(_));
    if is_vendors && is_read {
        return (kept, replayable);
    }
    match cards::masked(&kept) {
        Some(masked) => (Cow::Owned(masked), false),
        None => (kept, replayable),
    }
}

/// Why a request is kept apart that this went wrong with, where that is its own fault and no trouble of the file's as a whole:
/// all that came after it would wait for it for ever.
pub fn own_fault(error: &MirrorError) -> Option<&'static str> {
    match error {
        // It came while its account or source was taken away.
        MirrorError::UnknownAccount => Some("unknown_account"),
        // What is known of its event was damaged on the disk.
        MirrorError::Corrupt { .. } => Some("damaged"),
        _ => None,
    }
}

/// Applies the oldest requests that wait, so many at most; answers with what became of each, and with nothing once none
/// waits.
pub async fn apply_waiting(mirror: &Mirror, accounts: &[AccountRow], most: u32) -> Result<Vec<Taken>> {
    let mut turns: HashMap<AccountId, Turn> = HashMap::new();
    let mut taken = Vec::new();
    for (row, body) in mirror.inbox().waiting(WaitFor::Ledger, most).await? {
        let account = accounts.iter().find(|account| account.id == row.account_id);
        let judged = match (account, body) {
            (Some(account), Some(body)) => {
                turns.entry(account.id).or_default().judge(mirror, account, &row, &body).await?
            }
            (None, _) => Judged::apart("unknown_account"),
            // The file was damaged there. What came after it must not wait for it.
            (_, None) => Judged::apart("damaged"),
        };
        taken.push(judged.of(row));
    }
    for (account, turn) in turns {
        turn.write(mirror, account).await?;
    }
    // Last of all: a kill before this finds the events known, and decides the same.
    let decided: Vec<Decided> = taken.iter().map(decided).collect();
    if !decided.is_empty() {
        mirror.inbox().decide(&decided).await?;
    }
    Ok(taken)
}

fn decided(taken: &Taken) -> Decided {
    let row = &taken.row;
    Decided {
        number: row.number,
        state: taken.state,
        reason: row.reason.clone(),
        event_id: row.event_id.clone(),
        event_type: row.event_type.clone(),
        several: Vec::new(),
    }
}

/// What was found of a request.
struct Judged {
    state: InboxState,
    reason: Option<String>,
    event: Option<(String, String, Option<String>)>,
}

impl Judged {
    fn apart(reason: &str) -> Self {
        Self { state: InboxState::Apart, reason: Some(reason.to_owned()), event: None }
    }

    fn of(self, row: InboxRow) -> Taken {
        let (event_id, event_type, object_id) = match self.event {
            Some((id, kind, object)) => (Some(id), Some(kind), object),
            None => (row.event_id, row.event_type, None),
        };
        let word = self.state.as_str().to_owned();
        let row = InboxRow { state: word, reason: self.reason, event_id, event_type, ..row };
        Taken { row, state: self.state, object_id }
    }
}

/// The events of one account that are written together.
#[derive(Default)]
struct Turn {
    events: Vec<EventSeen>,
    /// Place of each event among them.
    by_id: HashMap<String, usize>,
}

impl Turn {
    /// Decides about a request, and takes its event in where it is to be applied.
    async fn judge(
        &mut self,
        mirror: &Mirror,
        account: &AccountRow,
        row: &InboxRow,
        body: &[u8],
    ) -> Result<Judged> {
        let seen = match read_event(body, account.environment == Environment::Live) {
            Ok(seen) => seen,
            Err(unread) => return Ok(Judged::apart(unread.code())),
        };
        let Record::Event(event) = &seen.observed.record else { return Ok(Judged::apart("other_object")) };
        if !is_id(&event.vendor_id) {
            return Ok(Judged::apart("bad_id"));
        }
        let about = (event.vendor_id.clone(), event.kind.clone(), event.subject.vendor_id.clone());
        let judged = |state, reason: Option<&str>| Judged {
            state,
            reason: reason.map(str::to_owned),
            event: Some(about.clone()),
        };
        let is_others =
            seen.account.as_ref().is_some_and(|given| Some(given) != account.vendor_account_id.as_ref());
        if is_others {
            return Ok(judged(InboxState::Apart, Some("other_account")));
        }
        let known = match self.by_id.get(&event.vendor_id).and_then(|place| self.events.get(*place)) {
            Some(before) if is_same_event(&before.observed.json, &seen.observed.json) => KnownEvent::Same,
            Some(_) => KnownEvent::Different,
            None => match mirror.events().compare(row.account_id, &seen.observed).await {
                Ok(known) => known,
                Err(error) => match own_fault(&error) {
                    Some(reason) => return Ok(judged(InboxState::Apart, Some(reason))),
                    None => return Err(error.into()),
                },
            },
        };
        Ok(match known {
            KnownEvent::Same => judged(InboxState::Known, None),
            KnownEvent::Different => judged(InboxState::Apart, Some("other_body")),
            KnownEvent::New => {
                self.by_id.insert(event.vendor_id.clone(), self.events.len());
                let judged = judged(InboxState::Applied, None);
                self.events.push(seen);
                judged
            }
        })
    }

    async fn write(self, mirror: &Mirror, account: AccountId) -> Result<()> {
        if self.events.is_empty() {
            return Ok(());
        }
        match write_together(mirror, account, &self.events).await {
            // What one of them is about was damaged on the disk, and must not keep the others waiting.
            Err(OperationError::Mirror(error)) if own_fault(&error).is_some() => {}
            done => return done,
        }
        for seen in self.events {
            let alone = seen.observed.clone();
            match write_together(mirror, account, &[seen]).await {
                // The event is kept; the proof finds the damaged row, lists it again and heals it with all that became of it.
                Err(OperationError::Mirror(error)) if own_fault(&error).is_some() => {
                    mirror.commit_page(account, &[alone], None).await?;
                }
                done => done?,
            }
        }
        Ok(())
    }
}

async fn write_together(mirror: &Mirror, account: AccountId, events: &[EventSeen]) -> Result<()> {
    let mut records = Vec::with_capacity(events.len());
    let mut carried = Vec::with_capacity(events.len());
    for seen in events {
        records.push(seen.observed.clone());
        carried.extend(seen.carried.clone());
    }
    let unread = put_beside(&mut records, carried);
    if !unread.is_empty() {
        // Before the events: a kill in between costs a read, and the other way round an object would be forgotten.
        mirror.unread_objects().note(account, &unread).await?;
    }
    mirror.commit_page(account, &records, None).await?;
    Ok(())
}

/// Whether a text can be the id of an event: it goes into addresses and onto screens.
fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len())
        && text.bytes().all(|one| one.is_ascii_alphanumeric() || matches!(one, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::fit_to_keep;

    #[test]
    fn a_body_with_a_card_number_is_kept_masked_and_anything_else_as_it_came() {
        let plain: &[u8] = br#"{"id":"evt_1","reference":"4242424242424242","created":1700000000}"#;
        assert_eq!(fit_to_keep(plain, true), (plain.into(), true));
        let (kept, replayable) = fit_to_keep(plain, false);
        assert!(!replayable && !String::from_utf8_lossy(&kept).contains("4242424242424242"));
        for with_card in [
            r#"{"id":"evt_1","description":"card 4242 4242 4242 4242"}"#,
            r#"{"id":"evt_1","description":"card \u0034242 4242 4242 4242"}"#,
            r#"{"id":"evt_1","metadata":{"card":4242424242424242}}"#,
            r#"{"id":"evt_1","metadata":{"a":"4242 4242","b":"4242 4242"}}"#,
            "card=4242424242424242&x=1",
        ] {
            let (kept, replayable) = fit_to_keep(with_card.as_bytes(), true);
            assert!(!replayable, "{with_card}");
            let kept = String::from_utf8_lossy(&kept);
            let again = fit_to_keep(kept.as_bytes(), true);
            assert!(again.1 && !kept.contains("4242424242424242"), "{kept}");
        }
        let bytes = [0xff, 0xfe, 0, b'a'];
        assert_eq!(fit_to_keep(&bytes, true), (bytes.as_slice().into(), true));
    }
}
