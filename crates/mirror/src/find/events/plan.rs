//! Which way a search for events takes to the rows of both tables.

use super::ask::EventAsk;
use super::conditions::{Side, fits};
use crate::find::branch::{Rows, Source};
use crate::find::conditions::Conditions;
use crate::find::paths::{Paths, Period, Subject, Way};
use crate::find::term::{Node, Sort};

/// Most types that a wildcard is taken apart into: of more than these every page is soon full.
const MOST_KINDS: usize = 40;

/// The events.
pub(super) const EVENTS: Rows = Rows { table: "events", key: "events.key", along: "not indexed" };

impl Subject for Side {
    type Ask = EventAsk;

    fn rows(self) -> Rows {
        match self {
            Self::Events => EVENTS,
            Self::Requests => Rows { table: "inbox", key: "inbox.place", along: "indexed by inbox_place" },
        }
    }

    fn way(self, ask: &EventAsk) -> Way {
        match ask {
            EventAsk::Id(_) | EventAsk::Nothing => Way::List,
            EventAsk::Subject(_)
            | EventAsk::Payment(_)
            | EventAsk::OwnPayment(_)
            | EventAsk::Customer(_)
            | EventAsk::Call(_)
            | EventAsk::Key(_) => Way::Few,
            EventAsk::Kind(_) => Way::Many(0),
            EventAsk::Object(_) => Way::Many(1),
            EventAsk::Came(_) => Way::Many(2),
            EventAsk::Created { from: Some(_), .. } => Way::Span,
            _ => Way::Walk,
        }
    }

    fn source(self, made: &mut Conditions, ask: &EventAsk) -> (Source, Option<String>) {
        let condition = self.term(made, ask);
        let index = match ask {
            EventAsk::Id(_) => {
                let listed = condition.replace("events.", "e.");
                let listed = format!(
                    "events.key in (select e.key from events e indexed by events_vendor_id where {listed})"
                );
                return (Source::Key, Some(listed));
            }
            EventAsk::Subject(_) => "events_subject",
            EventAsk::Payment(_) | EventAsk::OwnPayment(_) => "events_payment",
            EventAsk::Customer(_) => "events_customer",
            EventAsk::Call(_) => "events_request",
            EventAsk::Key(_) => "events_idempotency_key",
            EventAsk::Kind(_) => "events_kind",
            EventAsk::Object(_) => "events_object",
            EventAsk::Came(_) => "events_signed",
            _ => return (Source::Key, Some(condition)),
        };
        (Source::Index(index), Some(condition))
    }

    fn term(self, made: &mut Conditions, ask: &EventAsk) -> String {
        self.condition(made, ask)
    }

    fn period(self, ask: &EventAsk) -> Option<Period> {
        match ask {
            EventAsk::Created { from, until } => Some((*from, *until)),
            _ => None,
        }
    }

    fn can_have(self, nodes: &[Node<EventAsk>]) -> bool {
        self.has_all(nodes)
    }
}

/// The types that a pattern stands for, where they are few enough to go to each.
pub(super) fn kinds_like(pattern: &str, kinds: &[String]) -> Option<Node<EventAsk>> {
    let found: Vec<_> = kinds.iter().filter(|kind| fits(pattern, kind)).take(MOST_KINDS + 1).collect();
    if found.len() > MOST_KINDS {
        return None;
    }
    Some(Node::any_flat(found.into_iter().map(|kind| Node::of(EventAsk::Kind(kind.clone()))).collect()))
}

/// The way to events.
pub(super) fn of_events(nodes: &[Node<EventAsk>], kinds: &[String], sort: Sort) -> Paths<Side> {
    let apart = |node: &Node<EventAsk>| {
        node.with(&|term| match &term.ask {
            EventAsk::Like(pattern) => kinds_like(pattern, kinds),
            _ => None,
        })
    };
    let nodes: Vec<_> = nodes.iter().map(apart).collect();
    Paths::new(Side::Events, &nodes, sort)
}

/// The way to requests that brought no event.
pub(super) fn of_requests(nodes: &[Node<EventAsk>], sort: Sort) -> Paths<Side> {
    let by = |what: fn(&EventAsk) -> bool| nodes.iter().any(|node| node.is(what));
    let source = if by(|ask| matches!(ask, EventAsk::Received(_))) {
        Source::Numbered
    } else if by(|ask| matches!(ask, EventAsk::Id(_))) {
        Source::Index("inbox_event")
    } else {
        Source::Key
    };
    Paths::by(Side::Requests, source, nodes, "inbox.state in ('apart', 'kept')", sort)
}
