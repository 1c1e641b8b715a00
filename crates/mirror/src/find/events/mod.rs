//! The search box over events: the same grammar as for payments, over what vendors said happened and over the
//! requests that brought no event, newest first in one list.
//!
//! Keys of events begin with their second, and requests have a key of the same form (`inbox.place`), so that both are
//! walked side by side and one cursor holds for both.

mod ask;
mod completion;
mod conditions;
mod count;
mod page;
mod plan;

use domain::{AccountId, Event, Timestamp};

use super::error::QueryError;
use super::parse::{MOST_TERMS, tree};
use super::term::{Node, Sort, Term};
use super::{FindScope, LookBudget};
use crate::Mirror;
use crate::error::Result;
pub use ask::Came;
use ask::{EventAsk, OfEvents};
pub use count::EventCount;

/// An event, or a request that brought none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEvent {
    /// Whose.
    pub account_id: AccountId,
    /// How it came.
    pub came: Came,
    /// What it is.
    pub what: FoundWhat,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundWhat {
    /// An event of the mirror.
    Event(Event),
    /// A request that brought no event.
    Request(FoundRequest),
}

/// A request that brought no event, as far as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRequest {
    /// Its number.
    pub number: i64,
    /// When it was received.
    pub received_at: Timestamp,
    /// The vendor's id of an event, where one could be read.
    pub event_id: Option<String>,
    /// The vendor's word for what happened, where it could be read.
    pub event_type: Option<String>,
    /// Why it was refused or is kept apart.
    pub reason: Option<String>,
    /// Whether the body is byte for byte what came.
    pub replayable: bool,
}

/// One page of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// What was found, in the order that was asked for.
    pub items: Vec<FoundEvent>,
    /// Where the next page starts; none on the last one.
    pub next: Option<String>,
    /// How far everything was looked at, where the budget ended before the page was full and before history did: the
    /// next page looks further.
    pub looked_back_to: Option<Timestamp>,
}

/// A search for events that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::find) struct EventQuery {
    nodes: Vec<Node<EventAsk>>,
    sort: Sort,
}

/// Every field word of a search for events, for whoever explains them.
pub fn event_field_words() -> impl Iterator<Item = &'static str> {
    ask::FIELDS.into_iter()
}

/// Whether the text can be understood as a search for events.
pub fn check_event_query(text: &str) -> std::result::Result<(), QueryError> {
    // Whether it can be understood does not hang on the moment.
    parse(text, Timestamp::const_from_ms(0)).map(|_| ())
}

fn parse(text: &str, now: Timestamp) -> std::result::Result<EventQuery, QueryError> {
    let read = tree::<OfEvents>(text, now)?;
    if read.nodes.iter().map(Node::terms).sum::<usize>() > MOST_TERMS {
        return Err(QueryError::TooManyWords { most: MOST_TERMS });
    }
    Ok(EventQuery { nodes: read.nodes, sort: read.sort.map(|(sort, _)| sort).unwrap_or_default() })
}

impl Mirror {
    /// Finds events, and requests that brought none. `limit` is from 1 to 1,000; `after` is the `next` of the page
    /// before, of the same query in the same scope. An empty query finds all. Without a budget it looks back as far as
    /// it must; with one the page may hold less than asked for and says how far back it looked.
    pub async fn find_events(
        &self,
        query: &str,
        scope: FindScope,
        limit: u32,
        after: Option<&str>,
        budget: Option<LookBudget>,
    ) -> Result<EventPage> {
        self.event_page(query, scope, limit, after, budget).await
    }

    /// The query with the numbers of the accounts that it names, and the types that its wildcards may stand for.
    async fn event_query(
        &self,
        text: &str,
        scope: FindScope,
        now: Timestamp,
    ) -> Result<(EventQuery, Vec<String>)> {
        let mut query = parse(text, now)?;
        let (mut named, mut has_wildcards) = (Vec::new(), false);
        for node in &query.nodes {
            node.each_term(&mut |term| match &term.ask {
                EventAsk::Account { name, column } => named.push((name.clone(), *column)),
                EventAsk::Like(_) => has_wildcards = true,
                _ => {}
            });
        }
        let numbers = self.account_numbers(named).await?;
        let numbered = |term: &Term<EventAsk>| match &term.ask {
            EventAsk::Account { name, .. } => {
                let found = numbers.of(name).map(|number| Node::of(EventAsk::AccountNumber(number)));
                Some(Node::any_flat(found.collect()))
            }
            _ => None,
        };
        query.nodes = query.nodes.iter().map(|node| node.with(&numbered)).collect();
        if let Some(account) = scope.account {
            query.nodes.push(Node::of(EventAsk::AccountNumber(self.number_of(account)?)));
        }
        let kinds = if has_wildcards { self.event_kinds().await? } else { Vec::new() };
        Ok((query, kinds))
    }

    /// The types of all events, each by one step in the index that they stand first in.
    async fn event_kinds(&self) -> Result<Vec<String>> {
        let kinds = sqlx::query_scalar(
            "with recursive kinds (kind) as (select min(kind) from events indexed by events_kind union all \
             select (select min(kind) from events indexed by events_kind where kind > kinds.kind) from kinds \
             where kind is not null limit 5000) select kind from kinds where kind is not null",
        );
        Ok(kinds.fetch_all(self.readers()).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(text: &str) -> (String, Option<usize>) {
        let error = parse(text, Timestamp::const_from_ms(0)).unwrap_err();
        (error.code().to_owned(), error.column())
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, code, column) in [
            ("tpye:charge.refunded", "query_unknown_field", 1),
            ("type:a colour:red", "query_no_such_field", 8),
            ("verdict:verifed", "query_bad_value", 9),
            ("type:", "query_missing_value", 1),
            ("a OR sort:created", "query_misplaced", 6),
            ("sort:amount", "query_bad_value", 6),
            ("created:soon", "query_bad_value", 9),
            ("created:2026-03..2026-01", "query_bad_value", 9),
        ] {
            assert_eq!(mistake(text), (code.to_owned(), Some(column)), "{text}");
        }
    }

    #[test]
    fn words_ids_and_types_tell_themselves() {
        let read = |text: &str| parse(text, Timestamp::const_from_ms(0)).unwrap().nodes;
        assert_eq!(read("evt_1"), read("id:evt_1").iter().map(bare).collect::<Vec<_>>());
        assert!(
            matches!(&read("refund")[..], [Node::Term(term)] if term.ask == EventAsk::Like("*refund*".to_owned()))
        );
        assert!(
            matches!(&read("charge.*")[..], [Node::Term(term)] if term.ask == EventAsk::Like("charge.*".to_owned()))
        );
        assert!(
            matches!(&read("charge.refunded")[..], [Node::Term(term)] if term.ask == EventAsk::Kind("charge.refunded".to_owned()))
        );
        assert!(matches!(&read("type:a,b")[..], [Node::Any(kinds)] if kinds.len() == 2));
        assert!(matches!(&read("ch_1 OR verdict:refused")[..], [Node::Any(ways)] if ways.len() == 3));
        assert!(read("  ,, ").is_empty());
        assert_eq!(read("https://dashboard.stripe.com/test/events/evt_1"), read("evt_1"));
    }

    fn bare(node: &Node<EventAsk>) -> Node<EventAsk> {
        node.with(&|term| Some(Node::Term(Term { bare: true, ..term.clone() })))
    }
}
