//! The newest payments of a search, in whatever order it wants to be shown.

use super::cursor::Spot;
use super::term::Sort;
use super::{FindScope, FoundPayment, parse};
use crate::Mirror;
use crate::error::Result;
use crate::page::checked_limit;

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
        let mut meant = self.with_accounts(parse::parse(query, scope.now)?).await?;
        if meant.is_essence {
            return Ok(Vec::new());
        }
        meant.sort = Sort::Newest;
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let looked = self.look_for(&meant, number, Spot::start(meant.sort), limit, None).await?;
        Ok(crate::page::cut(looked.rows, limit).items)
    }
}
