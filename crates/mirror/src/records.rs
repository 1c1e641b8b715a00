//! Whole kinds page by page, for what goes over every row of one.

use domain::{AccountId, Kind, Record};
use sqlx::sqlite::SqliteRow;

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::{Stored, table};
use crate::page::{self, Page};
use crate::{balance_entries, customers, disputes, events, payment_intents, payments, payouts, refunds};

/// Reads a row of a kind's table.
fn reader(kind: Kind) -> fn(&SqliteRow) -> Result<Record> {
    match kind {
        Kind::Payments => |row| payments::read(row).map(Record::Payment),
        Kind::Refunds => |row| refunds::read(row).map(Record::Refund),
        Kind::Customers => |row| customers::read(row).map(Record::Customer),
        Kind::PaymentIntents => |row| payment_intents::read(row).map(Record::PaymentIntent),
        Kind::Disputes => |row| disputes::read(row).map(Record::Dispute),
        Kind::BalanceEntries => |row| balance_entries::read(row).map(Record::BalanceEntry),
        Kind::Payouts => |row| payouts::read(row).map(Record::Payout),
        Kind::Events => |row| events::read(row).map(Record::Event),
    }
}

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
        Ok(page::cut(self.stored(table(kind), reader(kind), rest, values).await?, limit))
    }
}
