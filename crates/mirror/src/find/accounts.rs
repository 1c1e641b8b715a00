//! Accounts that a query names.

use super::error::{QueryError, nearest};
use super::term::{Ask, Query};
use crate::Mirror;
use crate::error::Result;
use crate::statement::fold;

impl Mirror {
    /// Refuses a query that names an account which there is not: it would find nothing, as if there
    /// were nothing to be found.
    ///
    /// # Errors
    /// [`QueryError::BadValue`] with the place of the name and the label that comes nearest.
    pub(super) async fn check_accounts(&self, query: &Query) -> Result<()> {
        let mut named = Vec::new();
        for node in &query.nodes {
            node.each_term(&mut |term| {
                if let Ask::Account { name, column } = &term.ask {
                    named.push((name.clone(), *column));
                }
            });
        }
        if named.is_empty() {
            return Ok(());
        }
        let rows = self.accounts().list_with_removed().await?;
        let labels: Vec<String> = rows.iter().map(|row| fold(row.label.as_str())).collect();
        for (name, column) in named {
            let folded = fold(&name);
            let known = labels.contains(&folded) || rows.iter().any(|row| row.id.to_string() == folded);
            if !known {
                let nearest = nearest(&folded, labels.iter().map(String::as_str)).map(str::to_owned);
                let (field, value) = ("account".to_owned(), name.chars().take(40).collect());
                let expected = "the label or the id of an account";
                return Err(QueryError::BadValue { column, field, value, expected, nearest }.into());
            }
        }
        Ok(())
    }
}
