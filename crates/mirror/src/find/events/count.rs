//! How many events a search finds, as an answer of its own, so that the rows never wait for it.

use domain::Timestamp;
use sqlx::Row;

use super::conditions::Side;
use super::page::{Ways, count_of};
use super::plan::EVENTS;
use crate::bounded::{Allowance, Bounded};
use crate::error::{MirrorError, Result};
use crate::find::FindScope;
use crate::find::look::LookBudget;
use crate::find::stretches::Stretches;
use crate::find::term::Sort;
use crate::{Mirror, key};

/// What a search for events finds in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCount {
    /// How many; at least so many where it is not exact.
    pub events: u64,
    /// Whether all of history was counted.
    pub exact: bool,
    /// Down to when everything was counted, where not all of history was.
    pub looked_back_to: Option<Timestamp>,
}

impl Mirror {
    /// Counts what [`Mirror::find_events`] finds over all pages. Without a budget it is exact, however long that takes.
    pub async fn count_events(
        &self,
        query: &str,
        scope: FindScope,
        budget: Option<LookBudget>,
    ) -> Result<EventCount> {
        let ways = self.event_ways(query, scope, scope.now).await?;
        let mut bounded = self.bounded().await?;
        let mut stretches = Stretches::new(EVENTS, Sort::Newest, i64::MAX, budget);
        let mut events = 0;
        while let Some(stretch) = stretches.next(&mut bounded).await? {
            let more = counted(&mut bounded, &ways, stretch.newest_first(), stretch.allowance).await?;
            if stretches.looked(&stretch, more.is_some()) {
                events += more.unwrap_or(0);
            }
        }
        let reached = stretches.reached();
        let looked_back_to = reached.filter(|key| *key < i64::MAX).map(key::moment_of);
        Ok(EventCount { events, exact: reached.is_none(), looked_back_to })
    }
}

/// How many rows have keys from one value up to another; none where the allowance ended before.
async fn counted(
    bounded: &mut Bounded,
    ways: &Ways,
    stretch: (i64, i64),
    allowance: Allowance,
) -> Result<Option<u64>> {
    let mut sum = 0;
    for (side, filter) in [(Side::Events, &ways.events), (Side::Requests, &ways.requests)] {
        if filter.is_nowhere() {
            continue;
        }
        let (statement, values) = count_of(side, filter, stretch);
        let bound = bounded.rows(statement, values, allowance).await?;
        let Some(row) = bound.rows.first().filter(|_| bound.whole) else { return Ok(None) };
        let count: i64 = row.try_get(0)?;
        sum += u64::try_from(count).map_err(|_| MirrorError::corrupt("a count is negative"))?;
    }
    Ok(Some(sum))
}
