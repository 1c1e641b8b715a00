//! How many events a search finds, as an answer of its own, so that the rows never wait for it.

use domain::Timestamp;
use sqlx::Row;

use super::page::Ways;
use crate::bounded::{Allowance, Bounded};
use crate::error::{MirrorError, Result};
use crate::find::FindScope;
use crate::find::look::{LookBudget, Walk};
use crate::find::term::Sort;
use crate::{Mirror, events, key};

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
        let all = (i64::MIN, i64::MAX);
        let exact = |events| EventCount { events, exact: true, looked_back_to: None };
        let Some(budget) = budget else {
            let counted = counted(&mut bounded, &ways, all, Allowance::default()).await?;
            return Ok(exact(counted.unwrap_or(0)));
        };
        let mut walk = Walk::new(&budget);
        let first = walk.first_try(&budget);
        if let Some(counted) = counted(&mut bounded, &ways, all, first).await? {
            return Ok(exact(counted));
        }
        let (mut events, mut start) = (0, i64::MAX);
        while let Some(window) = walk.next(&mut bounded, events::TABLE.name, start, Sort::Newest).await? {
            let stretch = (window.last, start - 1);
            events += counted(&mut bounded, &ways, stretch, Allowance::default()).await?.unwrap_or(0);
            if window.ends {
                return Ok(exact(events));
            }
            start = window.last;
        }
        let looked_back_to = Some(start).filter(|start| *start < i64::MAX).map(key::moment_of);
        Ok(EventCount { events, exact: false, looked_back_to })
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
    for filter in [&ways.events, &ways.requests].into_iter().filter(|filter| !filter.is_nowhere()) {
        let (statement, values) = filter.count(stretch);
        let bound = bounded.rows(statement, values, allowance).await?;
        let Some(row) = bound.rows.first().filter(|_| bound.whole) else { return Ok(None) };
        let count: i64 = row.try_get(0)?;
        sum += u64::try_from(count).map_err(|_| MirrorError::corrupt("a count is negative"))?;
    }
    Ok(Some(sum))
}
