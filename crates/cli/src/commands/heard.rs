//! Which requests a command that listens has heard of: notices wait for it in a place of bounded size, and those that found no
//! room there are looked up.

use std::collections::BTreeSet;

use contract::Scope;
use contract::events::{HookView, ListReceived, ReceivedEventView};
use contract::shared::ListRange;

use crate::failure::Failure;
use crate::session::Session;

/// Requests that are remembered as heard of, the newest.
const REMEMBERED: usize = 10_000;
/// Requests of one page.
const PAGE: u32 = 500;

/// Requests that were heard of.
pub(super) struct Heard {
    /// Those up to this one came before, or are remembered no longer.
    floor: i64,
    since: BTreeSet<i64>,
}

impl Heard {
    /// Nothing yet of what comes from now on.
    pub(super) async fn begin(hook: &HookView, session: &Session<'_>) -> Result<Self, Failure> {
        let newest = page(hook, session, 1, None).await?.0;
        Ok(Self { floor: newest.first().and_then(number).unwrap_or(0), since: BTreeSet::new() })
    }

    /// Whether a request is heard of for the first time.
    pub(super) fn is_new(&mut self, event: &ReceivedEventView) -> bool {
        let Some(number) = number(event) else { return true };
        if number <= self.floor || !self.since.insert(number) {
            return false;
        }
        while self.since.len() > REMEMBERED {
            self.floor = self.since.pop_first().unwrap_or(self.floor);
        }
        true
    }

    /// Requests that were decided about and not heard of, oldest first; no more than are remembered.
    pub(super) async fn missed(
        &self,
        hook: &HookView,
        session: &Session<'_>,
    ) -> Result<Vec<ReceivedEventView>, Failure> {
        let (mut missed, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = page(hook, session, PAGE, after).await?;
            let reaches_back = items.last().and_then(number).is_some_and(|last| last > self.floor);
            missed.extend(items.into_iter().filter(|one| self.is_missed(one)));
            after = next.filter(|_| reaches_back && missed.len() < REMEMBERED);
            if after.is_none() {
                missed.truncate(REMEMBERED);
                missed.reverse();
                return Ok(missed);
            }
        }
    }

    /// What waits is told of once it is decided about.
    fn is_missed(&self, event: &ReceivedEventView) -> bool {
        event.state != "waiting"
            && number(event).is_some_and(|number| number > self.floor && !self.since.contains(&number))
    }
}

/// The environment of a path, for whatever is asked about it.
pub(super) fn scope_of(hook: &HookView, session: &Session<'_>) -> Scope {
    Scope { environment: Some(hook.environment), ..session.scope() }
}

async fn page(
    hook: &HookView,
    session: &Session<'_>,
    limit: u32,
    after: Option<String>,
) -> Result<(Vec<ReceivedEventView>, Option<String>), Failure> {
    let range = ListRange { limit: Some(limit), after };
    let request = ListReceived { account: Some(hook.account.clone()), apart_only: false, range };
    let page = session.connection().call(scope_of(hook, session), request).await?;
    Ok((page.items, page.next))
}

/// The number in an id such as `in_17`.
fn number(event: &ReceivedEventView) -> Option<i64> {
    event.received_id.strip_prefix("in_")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use contract::Timestamp;

    use super::*;

    fn event(number: i64, state: &str) -> ReceivedEventView {
        ReceivedEventView {
            received_id: format!("in_{number}"),
            account: "shop".to_owned(),
            received: Timestamp::from_ms(0),
            verdict: "verified".to_owned(),
            state: state.to_owned(),
            reason: None,
            event: None,
            several: 0,
            event_type: None,
            object_id: None,
            replayable: true,
        }
    }

    #[test]
    fn each_request_is_heard_of_once_in_whatever_order() {
        let mut heard = Heard { floor: 5, since: BTreeSet::new() };
        let new: Vec<bool> = [5, 7, 6, 7, 8].map(|number| heard.is_new(&event(number, "applied"))).to_vec();
        assert_eq!(new, [false, true, true, false, true]);
        assert!(heard.is_missed(&event(9, "applied")) && !heard.is_missed(&event(9, "waiting")));
        assert!(!heard.is_missed(&event(7, "applied")) && !heard.is_missed(&event(4, "applied")));
        for number in 10..20_000 {
            heard.is_new(&event(number, "applied"));
        }
        assert_eq!(heard.since.len(), REMEMBERED);
        assert!(!heard.is_new(&event(10, "applied")), "it is forgotten as one of before");
    }
}
