//! What a search finds for whoever watches it, in whatever order it wants to be shown.

use std::collections::BTreeSet;

use super::branch::Window;
use super::cursor::Spot;
use super::term::{Ask, Node, Query, Sort};
use super::{Filter, FindScope, FoundPayment, parse};
use crate::Mirror;
use crate::error::Result;
use crate::page::{self, checked_limit};
use crate::statement::bind_all;

impl Mirror {
    /// The newest payments that match every word; none where some of the words were let go, which
    /// makes another search. Whatever order the search names is left aside: what comes in is new, and
    /// the oldest or largest thousand stay the same for ever.
    pub(crate) async fn find_newest(
        &self,
        query: &str,
        scope: FindScope,
        limit: u32,
    ) -> Result<Vec<FoundPayment>> {
        let limit = checked_limit(limit)?;
        let Some(meant) = self.watched(query, scope).await? else { return Ok(Vec::new()) };
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let looked = self.look_for(&meant, number, Spot::start(meant.sort), limit, None).await?;
        Ok(page::cut(looked.rows, limit).items)
    }

    /// The keys of all payments that match every word.
    pub(crate) async fn find_keys(&self, query: &str, scope: FindScope) -> Result<BTreeSet<i64>> {
        match self.watched(query, scope).await? {
            Some(meant) => self.keys_of(&meant, scope).await,
            None => Ok(BTreeSet::new()),
        }
    }

    /// Those of some payments that match every word, by their keys.
    pub(crate) async fn find_among(
        &self,
        query: &str,
        scope: FindScope,
        keys: &[i64],
    ) -> Result<BTreeSet<i64>> {
        let mut found = BTreeSet::new();
        let Some(meant) = self.watched(query, scope).await? else { return Ok(found) };
        for some in keys.chunks(page::MOST as usize) {
            let mut meant = meant.clone();
            meant.nodes.push(Node::of(Ask::Keys(some.to_vec())));
            found.extend(self.keys_of(&meant, scope).await?);
        }
        Ok(found)
    }

    async fn watched(&self, query: &str, scope: FindScope) -> Result<Option<Query>> {
        let meant = self.with_accounts(parse::parse(query, scope.now)?).await?;
        Ok((!meant.is_essence).then_some(Query { sort: Sort::Newest, ..meant }))
    }

    async fn keys_of(&self, query: &Query, scope: FindScope) -> Result<BTreeSet<i64>> {
        let currencies = self.currencies_for(query).await?;
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let filter = Filter::new(query, number, &currencies);
        let mut values = filter.values().to_vec();
        values.extend([i64::MIN.into(), i64::MAX.into()]);
        let window = Window { from: values.len() - 1, until: values.len() };
        let statement = sqlx::query(sqlx::AssertSqlSafe(filter.keys(Some(window))));
        let rows = bind_all(statement, values).fetch_all(self.finders()).await?;
        let mut keys = BTreeSet::new();
        for row in &rows {
            keys.extend(sqlx::Row::try_get::<Option<i64>, _>(row, 0)?);
        }
        Ok(keys)
    }
}
