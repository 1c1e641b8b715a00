//! From bytes to observed records: single objects, pages, and what events carry.

use std::collections::HashSet;

use domain::{Kind, Observed, Record, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::API_VERSION;
use super::clean::{clean, holds_card_number};
use super::json::{Json, Unread, classify, read};
use super::records::{self, object_word};

/// The circumstances of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances {
    /// The server's time, or ours where it gave none.
    pub(crate) seen_at: Timestamp,
    /// Whether the account moves real money.
    pub(crate) live: bool,
}

/// An object of a page that is not among its records, kept so that it can be shown and counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its id, where that much could be read.
    pub vendor_id: Option<String>,
    /// Why it is no record.
    pub reason: Unread,
    /// Its JSON, cleaned, where it could be read at all.
    pub json: Option<Vec<u8>>,
}

/// The state of an object as an event tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The event that carries it.
    pub event_id: String,
    /// The object; it was so when the event was made.
    pub observed: Observed,
    /// Whether it is written in our version of the API. Where not, every field of the record still
    /// means the same, but newer ones may be missing: the row must be listed again.
    pub exact: bool,
}

/// An event with the object that it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSeen {
    /// The event; its JSON holds the object as well.
    pub observed: Observed,
    /// The object, where it is of a kind that is mirrored, whole, and of a version that is known to
    /// mean the same.
    pub carried: Option<Carried>,
    /// The connected account that it is about, where it is not the one whose events these are.
    pub account: Option<String>,
}

/// One page of a list, in the vendor's order unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What it is a list of.
    pub kind: Kind,
    /// The records, each once.
    pub records: Vec<Observed>,
    /// What the events of this page carry; empty for other kinds.
    pub carried: Vec<Carried>,
    /// Objects that could not become records.
    pub skipped: Vec<Skipped>,
    /// Ids of which the vendor only says that they were deleted.
    pub deleted: Vec<String>,
    /// How many objects stood twice in the page; they are in `records` once.
    pub repeated: usize,
    /// Whether the vendor has more in this direction.
    pub has_more: bool,
    /// Id of the first object, whatever became of it; the cursor towards newer ones.
    pub first_id: Option<String>,
    /// Id of the last object; the cursor towards older ones.
    pub last_id: Option<String>,
    /// The server's `Date`.
    pub server_date: Option<Timestamp>,
    /// Whether the vendor has such a list at all; false after a 404.
    pub offered: bool,
    /// Whether it starts with the newest, where that can be seen from it.
    pub newest_first: Option<bool>,
}

impl Page {
    /// The page of a kind that the vendor does not offer to this account.
    pub(crate) fn not_offered(kind: Kind) -> Self {
        Self {
            kind,
            records: Vec::new(),
            carried: Vec::new(),
            skipped: Vec::new(),
            deleted: Vec::new(),
            repeated: 0,
            has_more: false,
            first_id: None,
            last_id: None,
            server_date: None,
            offered: false,
            newest_first: None,
        }
    }
}

/// What an object of a list or a single answer turned out to be.
pub(crate) enum Item {
    Record { observed: Box<Observed>, carried: Option<Box<Carried>> },
    Deleted { vendor_id: String },
}

/// The envelope of a list; the objects inside stay unread so that one bad object spoils no page.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    has_more: bool,
}

/// Splits a list into its objects.
pub(crate) fn split_list(body: &[u8]) -> Result<(Vec<&[u8]>, bool), Unread> {
    // What is skipped in the envelope would not be checked otherwise.
    let text = std::str::from_utf8(body).map_err(|_| Unread::NotJson)?;
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Unread::OtherObject,
        _ => classify(body, &error),
    })?;
    Ok((envelope.data.into_iter().map(|raw| raw.get().as_bytes()).collect(), envelope.has_more))
}

/// Reads a page of a list.
pub(crate) fn page(kind: Kind, body: &[u8], around: Circumstances) -> Result<Page, Unread> {
    let (objects, has_more) = split_list(body)?;
    let mut page = Page { has_more, offered: true, ..Page::not_offered(kind) };
    let mut seen = HashSet::with_capacity(objects.len());
    for object in objects {
        let read = item(kind, object, around);
        let id = match &read {
            Ok(Item::Record { observed, .. }) => Some(observed.record.vendor_id().to_owned()),
            Ok(Item::Deleted { vendor_id }) => Some(vendor_id.clone()),
            Err(skipped) => skipped.vendor_id.clone(),
        };
        if let Some(id) = id {
            page.first_id.get_or_insert_with(|| id.clone());
            page.last_id = Some(id.clone());
            if !seen.insert(id) {
                page.repeated += 1;
                continue;
            }
        }
        match read {
            Ok(Item::Record { observed, carried }) => {
                page.records.push(*observed);
                page.carried.extend(carried.map(|carried| *carried));
            }
            Ok(Item::Deleted { vendor_id }) => page.deleted.push(vendor_id),
            Err(skipped) => page.skipped.push(skipped),
        }
    }
    page.newest_first = order(&page.records);
    Ok(page)
}

/// Whether a list goes from newest to oldest; none where its ends are of one second.
fn order(records: &[Observed]) -> Option<bool> {
    let first = records.first()?.record.created_at();
    let last = records.last()?.record.created_at();
    (first != last).then_some(first > last)
}

/// Reads one object.
pub(crate) fn item(kind: Kind, bytes: &[u8], around: Circumstances) -> Result<Item, Skipped> {
    let result = read(bytes, |mut tree| {
        clean(&mut tree);
        item_of_tree(kind, &tree, around).map_err(|reason| Skipped {
            vendor_id: tree.text("id"),
            reason,
            json: Some(tree.to_bytes()),
        })
    });
    result.unwrap_or_else(|reason| Err(Skipped { vendor_id: bare_id(bytes), reason, json: None }))
}

fn item_of_tree(kind: Kind, tree: &Json<'_>, around: Circumstances) -> Result<Item, Unread> {
    if tree.flag("livemode").is_some_and(|live| live != around.live) {
        return Err(Unread::OtherMode);
    }
    let is_stub = tree.flag("deleted") == Some(true) && matches!(tree.get("created"), Json::Null);
    if is_stub && tree.get("object").as_text() == Some(object_word(kind)) {
        return Ok(Item::Deleted { vendor_id: tree.need_id()? });
    }
    let record = records::record(kind, tree)?;
    // An event never changes; it was so when it was made.
    let observed_at = if kind == Kind::Events { record.created_at() } else { around.seen_at };
    let carried = match &record {
        Record::Event(event) => carried(event, tree).map(Box::new),
        _ => None,
    };
    let observed = Box::new(Observed { record, json: tree.to_bytes(), observed_at });
    Ok(Item::Record { observed, carried })
}

/// Only the id of bytes that could not be read as a tree.
fn bare_id(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Bare {
        id: String,
    }
    serde_json::from_slice::<Bare>(bytes).ok().map(|bare| bare.id)
}

/// The oldest version in which every field that becomes part of a record means what it means today
/// (vendor facts 1.10: between it and 2026-10-28 only `invoice` fields were removed).
const SAME_MEANING_SINCE: &str = "2023-08-16";

/// The object in an event, where it can be trusted to mean what it says.
fn carried(event: &domain::Event, tree: &Json<'_>) -> Option<Carried> {
    let version = event.api_version.as_deref()?;
    let exact = major_of(version) == major_of(API_VERSION);
    let date = version.get(..10)?;
    if !exact && !(SAME_MEANING_SINCE..=&API_VERSION[..10]).contains(&date) {
        return None;
    }
    let object = tree.get("data").get("object");
    let word = object.get("object").as_text()?;
    let kind = Kind::ALL.into_iter().find(|kind| *kind != Kind::Events && object_word(*kind) == word)?;
    let mut record = records::record(kind, object).ok()?;
    // The event carries the customer as it was; only its type says that it is gone.
    if let (Record::Customer(customer), "customer.deleted") = (&mut record, event.kind.as_str()) {
        customer.deleted = true;
    }
    let observed_at = event.created_at.plus_ms(place_in_second(&event.kind));
    let observed = Observed { record, json: object.to_bytes(), observed_at };
    Some(Carried { event_id: event.vendor_id.clone(), observed, exact })
}

/// Stripe tells whole seconds only, and an object is often created and changed in one. That it was
/// created comes first and that it was deleted last, in whatever order the events arrive; between
/// others of one second only the vendor can tell.
fn place_in_second(kind: &str) -> i64 {
    match kind.rsplit_once('.').map_or(kind, |(_, verb)| verb) {
        "created" => 0,
        "deleted" => 2,
        _ => 1,
    }
}

/// `endive` of `2026-10-28.endive`; within a major version Stripe only adds (vendor facts 1.1).
/// Older versions have only a date, which then is the name.
fn major_of(version: &str) -> &str {
    version.split_once('.').map_or(version, |(_, major)| major)
}

/// Reads an event as it comes from the feed or a webhook, whose signature the caller has checked.
///
/// # Errors
/// Says why it cannot be read.
pub fn read_event(body: &[u8], live: bool) -> Result<EventSeen, Unread> {
    let around = Circumstances { seen_at: Timestamp::from_ms(0), live };
    match item(Kind::Events, body, around) {
        Ok(Item::Record { observed, carried }) => {
            let account = read(&observed.json, |tree| tree.text("account")).unwrap_or_default();
            Ok(EventSeen { observed: *observed, carried: carried.map(|carried| *carried), account })
        }
        Ok(Item::Deleted { .. }) => Err(Unread::OtherObject),
        Err(skipped) => Err(skipped.reason),
    }
}

/// The body of a webhook as it may be shown.
///
/// # Errors
/// Says why it cannot be read.
pub fn shown_body(body: &[u8]) -> Result<Vec<u8>, Unread> {
    read(body, |mut tree| {
        clean(&mut tree);
        tree.to_bytes()
    })
}

/// The body of a webhook as it may be kept where it holds a card number; none where it may be kept as it is.
///
/// # Errors
/// Says why it cannot be read.
pub fn body_without_cards(body: &[u8]) -> Result<Option<Vec<u8>>, Unread> {
    read(body, |mut tree| {
        holds_card_number(&tree).then(|| {
            clean(&mut tree);
            tree.to_bytes()
        })
    })
}

#[cfg(test)]
mod tests {
    use domain::{Kind, Money, Record, Timestamp};
    use proptest::prelude::*;

    use super::{Circumstances, page};

    const AROUND: Circumstances = Circumstances { seen_at: Timestamp::const_from_ms(1), live: false };
    const LIST: &str = r#"{"object":"list","has_more":false,"data":[{"id":"ch_1","object":"charge","amount":1999,"amount_captured":1999,"amount_refunded":5,"created":1,"currency":"usd","status":"succeeded"}]}"#;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            for kind in Kind::ALL {
                let _ = page(kind, &bytes, AROUND);
            }
        }

        #[test]
        fn a_damaged_page_never_yields_money_that_another_parser_does_not_see(
            at in 0_usize..230,
            with in proptest::collection::vec(prop_oneof![any::<u8>(), proptest::sample::select(b"0123456789\"{}[]:,.eE-".to_vec())], 0..6),
            cut in 0_usize..6,
        ) {
            let mut bytes = LIST.as_bytes().to_vec();
            let at = at.min(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with);
            let Ok(page) = page(Kind::Payments, &bytes, AROUND) else { return Ok(()) };
            let seen: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            for observed in page.records {
                let Record::Payment(payment) = observed.record else { panic!("a payment") };
                let data = seen["data"].as_array().cloned().unwrap_or_default();
                let states_it = data.iter().any(|one| {
                    let minor = one["amount"].as_i64().or_else(|| one["amount"].as_str()?.parse().ok());
                    let currency = one["currency"].as_str().and_then(|code| code.parse().ok());
                    minor.zip(currency).is_some_and(|(minor, currency)| Money::new(minor, currency) == payment.amount)
                });
                prop_assert!(states_it, "{:?} is not in the bytes", payment.amount);
            }
        }
    }
}
