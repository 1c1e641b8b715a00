//! Accounts that a query names.

use std::collections::HashMap;

use super::error::{QueryError, nearest};
use super::term::{Ask, Node, Query, Term};
use crate::error::Result;
use crate::statement::fold;
use crate::{Mirror, Origin};

impl Mirror {
    /// The query with the numbers of the accounts that it names. One that names an account which there
    /// is not is refused: it would find nothing, as if there were nothing to be found.
    ///
    /// # Errors
    /// [`QueryError::BadValue`] with the place of the name and the label that comes nearest.
    pub(super) async fn with_accounts(&self, query: Query) -> Result<Query> {
        let mut named = Vec::new();
        for node in &query.nodes {
            node.each_term(&mut |term| {
                if let Ask::Account { name, column } = &term.ask {
                    named.push((name.clone(), *column));
                }
            });
        }
        if named.is_empty() {
            return Ok(query);
        }
        let numbers = self.account_numbers(named).await?;
        let numbered = |term: &Term| match &term.ask {
            Ask::Account { name, .. } => {
                let found = numbers.of(name).map(|number| Node::of(Ask::AccountNumber(number)));
                Some(Node::any_flat(found.collect()))
            }
            _ => None,
        };
        Ok(Query { nodes: query.nodes.iter().map(|node| node.with(&numbered)).collect(), ..query })
    }

    /// The numbers of the accounts that a query names, each name with its place.
    pub(super) async fn account_numbers(&self, named: Vec<(String, usize)>) -> Result<AccountNumbers> {
        let mut numbers = AccountNumbers::default();
        if named.is_empty() {
            return Ok(numbers);
        }
        let rows = self.origins_with_removed().await?;
        // Labels are compared as Rust folds them: SQLite folds the letters of English alone.
        let names = |row: &Origin| [fold(row.label.as_str()), row.id.to_string()];
        for row in &rows {
            for name in names(row) {
                numbers.0.entry(name).or_default().push(self.number_of(row.id)?);
            }
        }
        for (name, column) in named {
            let folded = fold(&name);
            if !numbers.0.contains_key(&folded) {
                let labels: Vec<String> = rows.iter().map(|row| fold(row.label.as_str())).collect();
                let nearest = nearest(&folded, labels.iter().map(String::as_str)).map(str::to_owned);
                let (field, value) = ("account".to_owned(), name.chars().take(40).collect());
                let expected = "the label or the id of an account";
                return Err(QueryError::BadValue { column, field, value, expected, nearest }.into());
            }
        }
        Ok(numbers)
    }
}

/// Numbers of accounts by their labels and ids.
#[derive(Debug, Default)]
pub(super) struct AccountNumbers(HashMap<String, Vec<i64>>);

impl AccountNumbers {
    /// Those of a name.
    pub(super) fn of(&self, name: &str) -> impl Iterator<Item = i64> + '_ {
        self.0.get(&fold(name)).into_iter().flatten().copied()
    }
}
