//! Mirrored customers.

use domain::{AccountId, Customer, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::{self, Stored, Table};
use crate::statement::{Value, fold};

pub(crate) const TABLE: Table = Table {
    name: "customers",
    columns: &["email", "email_folded", "name", "phone", "description", "deleted", "metadata"],
    repeated: &["vendor_id", "email", "name", "phone", "description"],
};

pub(crate) fn values(customer: &Customer) -> Vec<Value> {
    vec![
        customer.email.as_ref().into(),
        customer.email.as_deref().map(fold).into(),
        customer.name.as_ref().into(),
        customer.phone.as_ref().into(),
        customer.description.as_ref().into(),
        customer.deleted.into(),
        mirrored::metadata_value(&customer.metadata),
    ]
}

pub(crate) fn read(row: &SqliteRow) -> Result<Customer> {
    Ok(Customer {
        vendor_id: row.try_get("vendor_id")?,
        created_at: mirrored::moment(row, "created_at")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        phone: row.try_get("phone")?,
        description: row.try_get("description")?,
        deleted: row.try_get("deleted")?,
        metadata: mirrored::metadata(row)?,
    })
}

/// The mirrored customers.
#[derive(Debug)]
pub struct Customers<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Customers<'_> {
    /// The customer of one account with the vendor's id.
    pub async fn by_id(&self, account: AccountId, vendor_id: &str) -> Result<Option<Stored<Customer>>> {
        self.mirror.stored_one(&TABLE, read, account, vendor_id).await
    }

    /// The customers with the vendor's id over all accounts.
    pub async fn by_vendor_id_any_account(&self, vendor_id: &str) -> Result<Vec<Stored<Customer>>> {
        let rest = "where vendor_id = ?1 order by key desc";
        self.mirror.stored_list(&TABLE, read, rest, vec![vendor_id.into()]).await
    }

    /// The vendor's ids of customers that are not marked as deleted and were last stated before the
    /// moment, newest first.
    pub async fn not_stated_since(&self, account: AccountId, moment: Timestamp) -> Result<Vec<String>> {
        let found = sqlx::query_scalar(
            "select vendor_id from customers where account = ?1 and observed_at < ?2 and deleted = 0 \
             order by key desc",
        );
        let found = found.bind(self.mirror.number_of(account)?).bind(moment.as_ms());
        Ok(found.fetch_all(self.mirror.readers()).await?)
    }

    /// The customers with an email address, in either case, newest first, at most 1,000.
    pub async fn by_email(&self, account: Option<AccountId>, email: &str) -> Result<Vec<Stored<Customer>>> {
        let number = account.map(|account| self.mirror.number_of(account)).transpose()?;
        let rest = "where email_folded = ?1 and (?2 is null or account = ?2) order by key desc limit 1000";
        self.mirror.stored_list(&TABLE, read, rest, vec![fold(email).into(), number.into()]).await
    }
}
