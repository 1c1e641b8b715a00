//! How SQLite carries out a search, for tests of the indexes.

use sqlx::{AssertSqlSafe, Row};

use super::branch::PAYMENTS;
use super::count::statements;
use super::cursor::Spot;
use super::look::key_behind;
use super::plan::Filter;
use super::{FindScope, MOST_SORTED, Way, page_statement, parse};
use crate::error::Result;
use crate::statement::{Value, bind_all};
use crate::{Mirror, payments};

impl Mirror {
    /// How a page of a search is come by, one line per step.
    #[doc(hidden)]
    pub async fn explain_find(&self, query: &str, scope: FindScope) -> Result<Vec<String>> {
        let parsed = self.with_accounts(parse::parse(query, scope.now)?).await?;
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        match self.way_to(&parsed, number, None).await? {
            Way::Keys(filter) => {
                let sort = filter.sort;
                let (rest, values) = page_statement(&filter, Spot::start(sort), sort.end(), 51);
                self.explain(vec![(payments::TABLE.select(&rest), values)]).await
            }
            Way::Amounts(along) => self.explain(along.statements()).await,
            Way::Nowhere => Ok(Vec::new()),
        }
    }

    /// What goes beside it, one line per step: where a piece ends that is looked at by itself, whether
    /// what is found is little enough to be sorted, and how it is counted as a whole and in pieces.
    #[doc(hidden)]
    pub async fn explain_beside(&self, query: &str, scope: FindScope) -> Result<Vec<String>> {
        let parsed = self.with_accounts(parse::parse(query, scope.now)?).await?;
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let currencies = self.currencies().await?;
        let filter = Filter::new(&parsed, number, &currencies);
        let mut asked = vec![key_behind(PAYMENTS, filter.sort, filter.sort.start(), 1_000)];
        if filter.sort.by_amount() && filter.is_narrow() {
            asked.push(filter.count_up_to(MOST_SORTED + 1));
        }
        for keys in [(i64::MIN, i64::MAX), (0, i64::MAX - 1)] {
            let (all_at_once, by_currency) = statements(&filter, &currencies, keys);
            asked.extend(all_at_once);
            asked.push(by_currency);
        }
        self.explain(asked).await
    }

    /// How pages of both tables of a search for events are come by, and how they are counted, one line per step.
    #[doc(hidden)]
    pub async fn explain_events(&self, query: &str, scope: FindScope) -> Result<Vec<String>> {
        let ways = self.event_ways(query, scope, scope.now).await?;
        self.explain(ways.statements()).await
    }

    /// How a page of a search for messages is come by, and how it is counted, one line per step.
    #[doc(hidden)]
    pub async fn explain_messages(&self, query: &str, scope: FindScope) -> Result<Vec<String>> {
        self.explain(self.message_statements(query, scope).await?).await
    }

    async fn explain(&self, statements: Vec<(String, Vec<Value>)>) -> Result<Vec<String>> {
        let mut steps = Vec::new();
        for (statement, values) in statements {
            let statement = sqlx::query(AssertSqlSafe(format!("explain query plan {statement}")));
            for row in bind_all(statement, values).fetch_all(self.readers()).await? {
                steps.push(row.try_get("detail")?);
            }
        }
        Ok(steps)
    }
}
