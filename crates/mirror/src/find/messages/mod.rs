//! The search box over messages: the same grammar as for payments, over what went to customers, by date.

mod ask;
mod completion;
mod plan;

use domain::Timestamp;
use sqlx::Row;

use super::cursor::{self, Fit, Place, Spot};
use super::error::QueryError;
use super::paths::Paths;
use super::stretches::Stretches;
use super::term::{Node, Sort, Term};
use super::{FindScope, LookBudget, MOST_SORTED, parse};
use crate::error::{MirrorError, Result};
use crate::messages::{MessageRow, SELECT_FROM, read};
use crate::page::checked_limit;
use crate::statement::Value;
use crate::{Mirror, key};
use ask::{MessageAsk, OfMessages};
use plan::{MESSAGES, OfTable};

/// One page of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePage {
    /// The messages, in the order that was asked for.
    pub items: Vec<MessageRow>,
    /// Where the next page starts; none on the last one.
    pub next: Option<String>,
    /// How far everything was looked at, where the budget ended before the page was full and before history did: the
    /// next page looks further.
    pub looked_back_to: Option<Timestamp>,
}

/// What a search for messages finds in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageCount {
    /// How many; at least so many where it is not exact.
    pub messages: u64,
    /// Whether all of history was counted.
    pub exact: bool,
    /// Down to when everything was counted, where not all of history was.
    pub looked_back_to: Option<Timestamp>,
}

/// A search for messages that was read.
#[derive(Debug)]
struct MessageQuery {
    nodes: Vec<Node<MessageAsk>>,
    sort: Sort,
}

/// Every field word of a search for messages, for whoever explains them.
pub fn message_field_words() -> impl Iterator<Item = &'static str> {
    ask::FIELDS.into_iter()
}

fn parsed(text: &str, now: Timestamp) -> std::result::Result<MessageQuery, QueryError> {
    let read = parse::tree::<OfMessages>(text, now)?;
    if read.nodes.iter().map(Node::terms).sum::<usize>() > parse::MOST_TERMS {
        return Err(QueryError::TooManyWords { most: parse::MOST_TERMS });
    }
    Ok(MessageQuery { nodes: read.nodes, sort: read.sort.map(|(sort, _)| sort).unwrap_or_default() })
}

impl Mirror {
    /// Finds messages. `limit` is from 1 to 1,000; `after` is the `next` of the page before, of the same query in the same
    /// scope. An empty query finds all. Without a budget it looks back as far as it must; with one the page may hold less
    /// than asked for and says how far back it looked.
    pub async fn find_messages(
        &self,
        query: &str,
        scope: FindScope,
        limit: u32,
        after: Option<&str>,
        budget: Option<LookBudget>,
    ) -> Result<MessagePage> {
        let limit = checked_limit(limit)?;
        let binding = cursor::binding(&format!("messages {query}"), scope);
        let place = after.map(|text| cursor::read(text, binding)).transpose()?;
        let now = place.map_or(scope.now, |place| place.now);
        let (paths, sort) = self.message_paths(query, scope, now).await?;
        let start = place.map_or(sort.start(), |place| place.spot.key);
        let (rows, reached) = self.look_for_messages(&paths, sort, start, limit + 1, budget).await?;
        let page = crate::page::cut(rows, limit);
        // What was cut off names its last key; what the budget ended is gone on with from where it came to.
        let last = page.next.as_deref().and_then(|key| i64::from_str_radix(key, 16).ok());
        let reached = reached.filter(|_| last.is_none());
        let next = last.or(reached).map(|key| {
            let spot = Spot { amount: 0, key };
            cursor::write(Place { spot, fit: Fit::Strict, now }, binding)
        });
        Ok(MessagePage { items: page.items, next, looked_back_to: reached.map(key::moment_of) })
    }

    /// Counts what [`Mirror::find_messages`] finds over all pages. Without a budget it is exact, however long that takes.
    pub async fn count_messages(
        &self,
        query: &str,
        scope: FindScope,
        budget: Option<LookBudget>,
    ) -> Result<MessageCount> {
        let (paths, _) = self.message_paths(query, scope, scope.now).await?;
        let mut bounded = self.bounded().await?;
        let mut stretches = Stretches::new(MESSAGES, Sort::Newest, i64::MAX, budget);
        let mut messages = 0;
        while let Some(stretch) = stretches.next(&mut bounded).await? {
            let (statement, values) = counting(&paths, stretch.newest_first());
            let bound = bounded.rows(statement, values, stretch.allowance).await?;
            let row = bound.rows.first().filter(|_| bound.whole);
            if stretches.looked(&stretch, row.is_some())
                && let Some(row) = row
            {
                messages += u64::try_from(row.try_get::<i64, _>(0)?)
                    .map_err(|_| MirrorError::corrupt("a count is negative"))?;
            }
        }
        let reached = stretches.reached();
        let looked_back_to = reached.filter(|key| *key < i64::MAX).map(key::moment_of);
        Ok(MessageCount { messages, exact: reached.is_none(), looked_back_to })
    }

    /// How a page of a search for messages is come by, and how it is counted.
    pub(in crate::find) async fn message_statements(
        &self,
        query: &str,
        scope: FindScope,
    ) -> Result<Vec<(String, Vec<Value>)>> {
        let (paths, sort) = self.message_paths(query, scope, scope.now).await?;
        let (rest, values) = paths.page(sort.start(), sort.end(), 51);
        Ok(vec![
            (format!("{SELECT_FROM} {} {rest}", MESSAGES.table), values),
            counting(&paths, (i64::MIN, i64::MAX)),
            counting(&paths, (0, i64::MAX - 1)),
        ])
    }

    async fn message_paths(
        &self,
        text: &str,
        scope: FindScope,
        now: Timestamp,
    ) -> Result<(Paths<OfTable>, Sort)> {
        let mut query = parsed(text, now)?;
        let (mut named, mut begun) = (Vec::new(), Vec::new());
        for node in &query.nodes {
            node.each_term(&mut |term| match &term.ask {
                MessageAsk::Account { name, column } => named.push((name.clone(), *column)),
                MessageAsk::ToPrefix { text, .. } => begun.push(text.clone()),
                _ => {}
            });
        }
        let numbers = self.account_numbers(named).await?;
        let mut narrow = Vec::new();
        for text in begun {
            if self.are_few_to(&text).await? {
                narrow.push(text);
            }
        }
        let known = |term: &Term<MessageAsk>| match &term.ask {
            MessageAsk::Account { name, .. } => {
                let found = numbers.of(name).map(|number| Node::of(MessageAsk::AccountNumber(number)));
                Some(Node::any_flat(found.collect()))
            }
            MessageAsk::ToPrefix { text, .. } if narrow.contains(text) => {
                let ask = MessageAsk::ToPrefix { text: text.clone(), few: true };
                Some(Node::Term(Term { bare: term.bare, ask }))
            }
            _ => None,
        };
        query.nodes = query.nodes.iter().map(|node| node.with(&known)).collect();
        if let Some(account) = scope.account {
            query.nodes.push(Node::of(MessageAsk::AccountNumber(self.number_of(account)?)));
        }
        Ok((Paths::new(OfTable, &query.nodes, query.sort), query.sort))
    }

    /// Whether so few addresses begin so that their messages can be gathered and sorted; of more every page is soon full
    /// along the date.
    async fn are_few_to(&self, text: &str) -> Result<bool> {
        let count: i64 = sqlx::query_scalar(
            "select count(*) from (select 1 from messages indexed by messages_to where to_folded >= ?1 \
             and to_folded < ?2 limit ?3)",
        )
        .bind(text)
        .bind(format!("{text}\u{10ffff}"))
        .bind(MOST_SORTED + 1)
        .fetch_one(self.readers())
        .await?;
        Ok(count <= MOST_SORTED)
    }

    /// Rows behind a key, and up to where everything was looked at, where the budget ended before history did.
    async fn look_for_messages(
        &self,
        paths: &Paths<OfTable>,
        sort: Sort,
        start: i64,
        wanted: i64,
        budget: Option<LookBudget>,
    ) -> Result<(Vec<(i64, MessageRow)>, Option<i64>)> {
        let (mut found, mut left) = (Vec::new(), wanted);
        if paths.is_nowhere() {
            return Ok((found, None));
        }
        let mut bounded = self.bounded().await?;
        let mut stretches = Stretches::new(MESSAGES, sort, start, budget);
        while left > 0 {
            let Some(stretch) = stretches.next(&mut bounded).await? else { break };
            let (rest, values) = paths.page(stretch.keys.0, stretch.keys.1, left);
            let statement = format!("{SELECT_FROM} {} {rest}", MESSAGES.table);
            let bound = bounded.rows(statement, values, stretch.allowance).await?;
            if stretches.looked(&stretch, bound.whole) {
                for row in &bound.rows {
                    found.push((row.try_get("place")?, read(self, row)?));
                }
            }
            left = wanted - i64::try_from(found.len()).unwrap_or(wanted);
        }
        Ok((found, stretches.reached()))
    }
}

fn counting(paths: &Paths<OfTable>, keys: (i64, i64)) -> (String, Vec<Value>) {
    if paths.is_everything() && keys == (i64::MIN, i64::MAX) {
        // The narrowest index has all of them as well.
        return ("select count(*) from messages indexed by messages_place".to_owned(), Vec::new());
    }
    paths.count(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_with_their_place() {
        let mistake = |text: &str| {
            let error = parsed(text, Timestamp::const_from_ms(0)).unwrap_err();
            (error.code().to_owned(), error.column())
        };
        for (text, code, column) in [
            ("stauts:bounced", "query_unknown_field", 1),
            ("colour:red", "query_no_such_field", 1),
            ("status:bounce", "query_bad_value", 8),
            ("purpose:x", "query_bad_value", 9),
            ("link:sure", "query_bad_value", 6),
            ("created:soon", "query_bad_value", 9),
            ("to:", "query_missing_value", 1),
            ("a OR sort:created", "query_misplaced", 6),
        ] {
            assert_eq!(mistake(text), (code.to_owned(), Some(column)), "{text}");
        }
    }
}
