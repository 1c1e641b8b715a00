//! Pages of a search for events: both tables are asked for the next rows of the same stretch of keys and put in order.

use domain::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::conditions::Side;
use super::plan::{EVENTS, of_events, of_requests};
use super::{Came, EventPage, EventQuery, FoundEvent, FoundRequest, FoundWhat};
use crate::bounded::{Allowance, Bounded};
use crate::error::Result;
use crate::find::FindScope;
use crate::find::cursor::{self, Fit, Place, Spot};
use crate::find::look::LookBudget;
use crate::find::paths::Paths;
use crate::find::stretches::Stretches;
use crate::find::term::Sort;
use crate::inbox::Verdict;
use crate::mirrored::moment;
use crate::page::checked_limit;
use crate::statement::Value;
use crate::{Mirror, events, key};

/// The ways to both tables.
pub(in crate::find) struct Ways {
    pub(super) events: Paths<Side>,
    pub(super) requests: Paths<Side>,
    pub(super) sort: Sort,
}

impl Ways {
    pub(super) fn new(query: &EventQuery, kinds: &[String]) -> Self {
        Self {
            events: of_events(&query.nodes, kinds, query.sort),
            requests: of_requests(&query.nodes, query.sort),
            sort: query.sort,
        }
    }

    /// The statements of a first page and of a count, for tests of the indexes.
    pub(in crate::find) fn statements(&self) -> Vec<(String, Vec<Value>)> {
        let sides = [(Side::Events, &self.events), (Side::Requests, &self.requests)];
        let all = sides.into_iter().filter(|(_, filter)| !filter.is_nowhere());
        all.flat_map(|(side, filter)| {
            let stretch = (self.sort.start(), self.sort.end());
            [page_of(side, filter, stretch, 51), count_of(side, filter, (0, i64::MAX - 1))]
        })
        .collect()
    }
}

type Keyed = (i64, FoundEvent);

impl Mirror {
    pub(super) async fn event_page(
        &self,
        query: &str,
        scope: FindScope,
        limit: u32,
        after: Option<&str>,
        budget: Option<LookBudget>,
    ) -> Result<EventPage> {
        let limit = checked_limit(limit)?;
        let binding = cursor::binding(&format!("events {query}"), scope);
        let place = after.map(|text| cursor::read(text, binding)).transpose()?;
        let now = place.map_or(scope.now, |place| place.now);
        let ways = self.event_ways(query, scope, now).await?;
        let start = place.map_or(ways.sort.start(), |place| place.spot.key);
        let (rows, reached) = self.look_for_events(&ways, start, limit + 1, budget).await?;
        let page = crate::page::cut(rows, limit);
        // What was cut off names its last key; what the budget ended is gone on with from where it came to.
        let last = page.next.as_deref().and_then(|key| i64::from_str_radix(key, 16).ok());
        let reached = reached.filter(|_| last.is_none());
        let next = last.or(reached).map(|key| {
            let spot = Spot { amount: 0, key };
            cursor::write(Place { spot, fit: Fit::Strict, now }, binding)
        });
        Ok(EventPage { items: page.items, next, looked_back_to: reached.map(key::moment_of) })
    }

    pub(in crate::find) async fn event_ways(
        &self,
        query: &str,
        scope: FindScope,
        now: Timestamp,
    ) -> Result<Ways> {
        let (query, kinds) = self.event_query(query, scope, now).await?;
        Ok(Ways::new(&query, &kinds))
    }

    /// Rows behind a key, and up to where everything was looked at, where the budget ended before history did.
    async fn look_for_events(
        &self,
        ways: &Ways,
        start: i64,
        wanted: i64,
        budget: Option<LookBudget>,
    ) -> Result<(Vec<Keyed>, Option<i64>)> {
        let mut bounded = self.bounded().await?;
        let mut stretches = Stretches::new(EVENTS, ways.sort, start, budget);
        let (mut found, mut left) = (Vec::new(), wanted);
        while left > 0 {
            let Some(stretch) = stretches.next(&mut bounded).await? else { break };
            let (more, whole) =
                self.events_between(&mut bounded, ways, stretch.keys, left, stretch.allowance).await?;
            if stretches.looked(&stretch, whole) {
                found.extend(more);
            }
            left = wanted - i64::try_from(found.len()).unwrap_or(wanted);
        }
        Ok((found, stretches.reached()))
    }

    /// The next rows of both tables behind one key and up to another, in order; and whether that is all of them.
    async fn events_between(
        &self,
        bounded: &mut Bounded,
        ways: &Ways,
        (start, last): (i64, i64),
        wanted: i64,
        allowance: Allowance,
    ) -> Result<(Vec<Keyed>, bool)> {
        let mut rows = Vec::new();
        for side in [Side::Events, Side::Requests] {
            let filter = if side == Side::Events { &ways.events } else { &ways.requests };
            if filter.is_nowhere() {
                continue;
            }
            let (statement, values) = page_of(side, filter, (start, last), wanted);
            let bound = bounded.rows(statement, values, allowance).await?;
            if !bound.whole {
                return Ok((Vec::new(), false));
            }
            for row in &bound.rows {
                rows.push(if side == Side::Events {
                    self.found_event(row)?
                } else {
                    self.found_request(row)?
                });
            }
        }
        rows.sort_by_key(|(key, _)| if ways.sort.goes_up() { *key } else { -*key });
        rows.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        Ok((rows, true))
    }

    fn found_event(&self, row: &SqliteRow) -> Result<Keyed> {
        let (key, stored) = self.stored_row(row, events::read)?;
        let came = Came::of_signed(row.try_get("signed")?);
        Ok((key, FoundEvent { account_id: stored.account_id, came, what: FoundWhat::Event(stored.value) }))
    }

    fn found_request(&self, row: &SqliteRow) -> Result<Keyed> {
        let verdict: &str = row.try_get("verdict")?;
        let request = FoundRequest {
            number: row.try_get("number")?,
            received_at: moment(row, "received_at")?,
            event_id: row.try_get("event_id")?,
            event_type: row.try_get("event_type")?,
            reason: row.try_get("reason")?,
            replayable: row.try_get("replayable")?,
        };
        let found = FoundEvent {
            account_id: self.account_of(row.try_get("account")?)?,
            came: if verdict == Verdict::Refused.as_str() { Came::Refused } else { Came::Apart },
            what: FoundWhat::Request(request),
        };
        Ok((row.try_get("place")?, found))
    }
}

/// The statement for a page of one table, and what is bound in it.
pub(super) fn page_of(
    side: Side,
    filter: &Paths<Side>,
    (start, last): (i64, i64),
    wanted: i64,
) -> (String, Vec<Value>) {
    let (rest, values) = filter.page(start, last, wanted);
    let statement = match side {
        Side::Events => events::TABLE.select_also(", events.signed", &rest),
        Side::Requests => format!(
            "select inbox.place, inbox.number, inbox.account, inbox.received_at, inbox.verdict, inbox.event_id, \
             inbox.event_type, inbox.reason, inbox.replayable from inbox {rest}"
        ),
    };
    (statement, values)
}

/// The statement that counts the rows of one table, and what is bound in it.
pub(super) fn count_of(side: Side, filter: &Paths<Side>, keys: (i64, i64)) -> (String, Vec<Value>) {
    if side == Side::Events && filter.is_everything() && keys == (i64::MIN, i64::MAX) {
        // The narrowest index has all of them as well.
        return ("select count(*) from events indexed by events_signed".to_owned(), Vec::new());
    }
    filter.count(keys)
}
