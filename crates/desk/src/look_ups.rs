//! What was shown to whom, until it is in the book. A window asks with every letter that is typed; only what
//! rests on the screen was looked at, and only what this Desk answered was shown.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use domain::{AccountId, Environment, Timestamp};
use mirror::{FoundPayment, Mirror, NewLine, Person};
use serde_json::json;

/// Searches whose answers are remembered.
const MOST_SEARCHES: usize = 32;
/// Rows of one search that are remembered.
const MOST_ROWS: usize = 10_000;
/// Payments that one line of the book names.
const ROWS_OF_A_LINE: usize = 200;
/// The same shown again within so long is the same look-up: a page asks anew whenever something changed.
const SAME_LOOK_MS: i64 = 10 * 60_000;

/// A search as it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) environment: Environment,
    pub(crate) query: String,
    /// The account that it was asked of, by label.
    pub(crate) account: Option<String>,
}

/// A payment that was shown in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownRow {
    account: AccountId,
    id: String,
    person: Person,
}

impl From<&FoundPayment> for ShownRow {
    fn from(found: &FoundPayment) -> Self {
        let payment = &found.payment;
        let id = payment.vendor_id.clone();
        let person = match (&payment.customer_id, &payment.email) {
            (Some(customer), _) => Person::Customer(customer.clone()),
            (None, Some(email)) => Person::Email(email.clone()),
            (None, None) => Person::Payment(id.clone()),
        };
        Self { account: found.account_id, id, person }
    }
}

#[derive(Debug)]
struct Search {
    asked: Asked,
    rows: Vec<ShownRow>,
    /// How many of them are in the book already.
    noted: usize,
    noted_at: Option<Timestamp>,
}

/// What waits to be written, for whom.
type Waiting = (Mirror, NewLine);

/// The Desk's memory of what it showed.
#[derive(Debug, Default)]
pub(crate) struct LookUps {
    searches: Mutex<VecDeque<Search>>,
    opened: Mutex<HashMap<(Environment, String), Timestamp>>,
    /// Lines that the disk refused. Looking goes on while a disk is full, and its lines come later.
    waiting: Mutex<Vec<Waiting>>,
}

impl LookUps {
    /// Remembers a page of answers to a search.
    pub(crate) fn answered(&self, asked: Asked, found: &[FoundPayment]) {
        let mut searches = self.searches.lock().unwrap_or_else(PoisonError::into_inner);
        let known = searches.iter().position(|one| one.asked == asked);
        let mut search = known.and_then(|place| searches.remove(place)).unwrap_or_else(|| Search {
            asked,
            rows: Vec::new(),
            noted: 0,
            noted_at: None,
        });
        for row in found.iter().map(ShownRow::from) {
            if search.rows.len() < MOST_ROWS && !search.rows.contains(&row) {
                search.rows.push(row);
            }
        }
        searches.push_back(search);
        if searches.len() > MOST_SEARCHES {
            searches.pop_front();
        }
    }

    /// The rows of a search that are not in the book yet, as lines for it; none where it was never answered.
    pub(crate) fn rested(&self, asked: &Asked, now: Timestamp) -> Vec<NewLine> {
        let mut searches = self.searches.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(search) = searches.iter_mut().find(|one| one.asked == *asked) else { return Vec::new() };
        if search.noted_at.is_some_and(|at| now.ms_since(at) >= SAME_LOOK_MS) {
            search.noted = 0;
        }
        let fresh = search.rows.get(search.noted..).unwrap_or_default();
        let lines = lines_of(&asked.query, fresh, now);
        if !lines.is_empty() {
            search.noted = search.rows.len();
            search.noted_at = Some(now);
        }
        lines
    }

    /// Whether opening something in a window is a look-up of its own, and not the same one still.
    pub(crate) fn is_new(&self, environment: Environment, id: &str, now: Timestamp) -> bool {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|_, at| now.ms_since(*at) < SAME_LOOK_MS);
        opened.insert((environment, id.to_owned()), now).is_none()
    }

    /// Writes a line, behind those that wait. What the disk refuses is written later.
    pub(crate) async fn write(&self, mirror: &Mirror, line: NewLine) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((mirror.clone(), line));
        self.write_waiting().await;
    }

    /// Writes what waits, in its order, as far as the disk takes it.
    pub(crate) async fn write_waiting(&self) {
        let mut waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let mut written = 0;
        for (mirror, line) in &waiting {
            if let Err(error) = mirror.book().append(line).await {
                tracing::warn!(%error, lines = waiting.len() - written, "look-ups wait for the book");
                break;
            }
            written += 1;
        }
        waiting.drain(..written);
        if !waiting.is_empty() {
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).splice(0..0, waiting);
        }
    }
}

/// Lines for rows that a search showed.
pub(crate) fn lines_of(query: &str, rows: &[ShownRow], now: Timestamp) -> Vec<NewLine> {
    let line = |rows: &[ShownRow]| {
        let first = rows.first();
        let same = |is: &dyn Fn(&ShownRow, &ShownRow) -> bool| {
            first.filter(|first| rows.iter().all(|one| is(one, first)))
        };
        let account = same(&|one, first| one.account == first.account).map(|one| one.account);
        let person = same(&|one, first| one.person == first.person).map(|one| one.person.clone());
        let ids: Vec<&str> = rows.iter().map(|one| one.id.as_str()).collect();
        NewLine {
            account,
            facts: json!({ "shown": rows.len(), "payments": ids }),
            personal: if query.trim().is_empty() { json!({}) } else { json!({ "query": query }) },
            person,
            ..NewLine::new(now, "search_shown", "")
        }
    };
    rows.chunks(ROWS_OF_A_LINE).map(line).collect()
}
