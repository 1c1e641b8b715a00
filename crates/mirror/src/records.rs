//! Whole kinds page by page, for what goes over every row of one.

use domain::{AccountId, Kind, Record};

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::{Stored, read_record, table};
use crate::page::{self, Page};

impl Mirror {
    /// A page of all records of a kind, of one account or of all, newest first. `limit` is from 1
    /// to 1,000; `after` is the `next` of the page before.
    pub async fn records(
        &self,
        kind: Kind,
        account: Option<AccountId>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<Stored<Record>>> {
        let limit = page::checked_limit(limit)?;
        let number = account.map(|account| self.number_of(account)).transpose()?;
        let rest = "where (?1 is null or account = ?1) and key < ?2 order by key desc limit ?3";
        let values = vec![number.into(), page::start(after)?.into(), (limit + 1).into()];
        Ok(page::cut(self.stored(table(kind), |row| read_record(kind, row), rest, values).await?, limit))
    }
}
