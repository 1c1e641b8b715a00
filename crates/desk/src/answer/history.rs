//! The history of events: finding, counting, and what was missed.

use std::collections::HashMap;

use contract::history::{
    CameBy, CountEvents, DeliveryFigures, EventCount, FoundEvents, HistoryView, ListEvents, MissedEvents,
    MissedView, ShowMissed, TypeCount,
};
use contract::{ErrorBody, ErrorCode};
use domain::card_number::contains_card_number;
use domain::{AccountId, Timestamp};
use mirror::{
    AccountRow, Came, CatchUp, FindScope, FoundEvent, FoundWhat, LookBudget, Means, MirrorError, Origin,
};

use super::calls::ROWS;
use super::events::RECEIVED;
use super::scope::{Resolved, label_of};
use crate::desk::OpenMirror;
use crate::errors;

/// Times of an account that are looked through for what was missed.
const MOST_GAPS: u32 = 20;
/// How long what was missed is told, which is as long as the vendor's feed reaches back.
const TOLD_MS: i64 = 30 * 86_400_000;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `list_events`.
pub(crate) async fn list(scope: &Resolved, request: ListEvents) -> Result<FoundEvents, ErrorBody> {
    if contains_card_number(&request.query) {
        return Err(ErrorBody::new(ErrorCode::CardNumber));
    }
    let (open, rows) = scope.origins().await?;
    let limit = request.range.limit.unwrap_or(ROWS);
    let (of, after) = (FindScope::all(scope.clock.now()), request.range.after.as_deref());
    let found = open.mirror.find_events(&request.query, of, limit, after, Some(LookBudget::PAGE)).await;
    let found = found.map_err(of_mirror)?;
    let figures = figures_of(&open, &found.items).await?;
    let items = found.items.into_iter().map(|one| {
        let deliveries = match &one.what {
            FoundWhat::Event(event) => figures.get(&(one.account_id, event.vendor_id.clone())).copied(),
            FoundWhat::Request(_) => None,
        };
        history_view(&rows, one, deliveries)
    });
    Ok(FoundEvents {
        items: items.collect(),
        next: found.next,
        looked_back_to: found.looked_back_to,
        as_of: match super::overview::oldest_as_of(scope, None).await {
            // A home of sources alone follows nobody.
            Err(error) if error.code == ErrorCode::NoAccount => None,
            as_of => as_of?,
        },
    })
}

/// How sending on stands of each event that was sent anywhere.
async fn figures_of(
    open: &OpenMirror,
    found: &[FoundEvent],
) -> Result<HashMap<(AccountId, String), DeliveryFigures>, ErrorBody> {
    let mut ids: HashMap<AccountId, Vec<String>> = HashMap::new();
    for one in found {
        if let FoundWhat::Event(event) = &one.what {
            ids.entry(one.account_id).or_default().push(event.vendor_id.clone());
        }
    }
    let mut figures = HashMap::new();
    for (account, ids) in ids {
        for (id, of) in open.mirror.deliveries().figures_of(account, &ids).await.map_err(of_mirror)? {
            let of = DeliveryFigures { waiting: of.waiting, delivered: of.delivered, failed: of.failed };
            figures.insert((account, id), of);
        }
    }
    Ok(figures)
}

/// How an event came, as shells are told.
pub(super) fn came_by(came: Came) -> CameBy {
    match came {
        Came::Feed => CameBy::Feed,
        Came::Verified => CameBy::Verified,
        Came::Part => CameBy::Part,
        Came::Refused => CameBy::Refused,
        Came::Apart => CameBy::Apart,
    }
}

fn history_view(rows: &[Origin], found: FoundEvent, deliveries: Option<DeliveryFigures>) -> HistoryView {
    let (account, came) = (label_of(rows, found.account_id), came_by(found.came));
    match found.what {
        FoundWhat::Event(event) => HistoryView {
            id: event.vendor_id,
            account,
            event_type: Some(event.kind),
            created: event.created_at,
            object: event.subject.object,
            object_id: event.subject.vendor_id,
            payment: event.subject.payment_id,
            came,
            reason: None,
            deliveries,
        },
        FoundWhat::Request(request) => HistoryView {
            id: format!("{RECEIVED}{}", request.number),
            account,
            event_type: request.event_type,
            created: request.received_at,
            object: None,
            object_id: None,
            payment: None,
            came,
            reason: request.reason,
            deliveries,
        },
    }
}

/// Answers `count_events`.
pub(crate) async fn count(scope: &Resolved, request: CountEvents) -> Result<EventCount, ErrorBody> {
    if contains_card_number(&request.query) {
        return Err(ErrorBody::new(ErrorCode::CardNumber));
    }
    let (open, _) = scope.origins().await?;
    let budget = (!request.exact).then_some(LookBudget::COUNT);
    let counted = open.mirror.count_events(&request.query, FindScope::all(scope.clock.now()), budget).await;
    let counted = counted.map_err(of_mirror)?;
    Ok(EventCount { events: counted.events, exact: counted.exact, looked_back_to: counted.looked_back_to })
}

/// Answers `show_missed`.
pub(crate) async fn missed(scope: &Resolved, request: ShowMissed) -> Result<MissedEvents, ErrorBody> {
    let (open, rows) = scope.some_accounts(request.account.as_deref()).await?;
    let now = scope.clock.now();
    let mut items = Vec::new();
    for account in &rows {
        let known = open.mirror.catch_ups().last(account.id, MOST_GAPS).await.map_err(of_mirror)?;
        for gap in gaps(known, request.since, now) {
            items.extend(missed_in(&open, account, &gap).await?);
        }
    }
    items.sort_by_key(|one| std::cmp::Reverse(one.until));
    Ok(MissedEvents { items })
}

/// A time in which an account was not followed.
#[derive(Debug, PartialEq, Eq)]
struct Gap {
    from: Timestamp,
    until: Timestamp,
    beyond_feed: bool,
}

/// The times that the mirror knows of, and the one that was named where none of them reaches back to it.
fn gaps(known: Vec<CatchUp>, since: Option<Timestamp>, now: Timestamp) -> Vec<Gap> {
    let whole = |one: &CatchUp| Gap {
        from: one.from,
        until: one.until.unwrap_or(now),
        beyond_feed: one.means == Means::Lists,
    };
    let is_told = |gap: &Gap| since.unwrap_or(now.plus_ms(-TOLD_MS)) <= gap.until;
    let mut gaps: Vec<Gap> = known.iter().map(whole).filter(is_told).collect();
    if let Some(since) = since {
        let behind = gaps.iter().map(|gap| gap.until).max().unwrap_or(since).max(since);
        if behind < now {
            gaps.push(Gap { from: behind, until: now, beyond_feed: false });
        }
    }
    gaps
}

async fn missed_in(
    open: &OpenMirror,
    account: &AccountRow,
    gap: &Gap,
) -> Result<Option<MissedView>, ErrorBody> {
    // Whole seconds, as searches take them.
    let until = Timestamp::from_seconds(gap.until.as_seconds() + 1);
    let from = Timestamp::from_seconds(gap.from.as_seconds());
    let types = open.mirror.events().types_by_feed(account.id, from, until).await.map_err(of_mirror)?;
    let events = types.iter().map(|(_, events)| events).sum();
    if events == 0 {
        return Ok(None);
    }
    let label = account.label.as_str().replace('"', " ");
    Ok(Some(MissedView {
        account: account.label.to_string(),
        from,
        until,
        events,
        types: types.into_iter().map(|(event_type, events)| TypeCount { event_type, events }).collect(),
        beyond_feed: gap.beyond_feed,
        query: format!("verdict:feed account:\"{label}\" created:{}..{}", moment(from), moment(until)),
    }))
}

fn moment(at: Timestamp) -> String {
    at.to_datetime().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn known(from: i64, until: Option<i64>) -> CatchUp {
        CatchUp { from: at(from), until: until.map(at), means: Means::Events, records: 1 }
    }

    #[test]
    fn a_named_moment_adds_what_no_known_time_reaches_back_to() {
        let gap = |from, until| Gap { from: at(from), until: at(until), beyond_feed: false };
        assert_eq!(gaps(vec![known(100, Some(200))], None, at(300)), [gap(100, 200)]);
        assert_eq!(gaps(vec![known(100, None)], None, at(300)), [gap(100, 300)]);
        assert_eq!(gaps(vec![known(100, Some(200))], Some(at(250)), at(300)), [gap(250, 300)]);
        assert_eq!(gaps(vec![known(100, Some(200))], Some(at(50)), at(300)), [gap(100, 200), gap(200, 300)]);
        assert_eq!(gaps(Vec::new(), Some(at(250)), at(300)), [gap(250, 300)]);
        assert_eq!(gaps(vec![known(1, Some(2))], None, at(3 * 86_400 * 30)), []);
    }
}
