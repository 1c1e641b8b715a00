//! A person who is known by an address alone: no vendor lists them as a customer, or the account that did is gone.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::AccountId;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};

use crate::error::{MirrorError, Result};
use crate::person::{Finder, Held, hanging};
use crate::person_copy::PersonCopy;
use crate::statement::{Value, bind_all, fold, numbers};
use crate::traces::Traces;
use crate::{Mirror, messages};

/// The address in small letters, as it is, and with its domain in the letters that mail is sent under and that people read.
pub(crate) fn forms(address: &str) -> Vec<String> {
    let folded = fold(address);
    let mut forms = BTreeSet::from([folded.clone()]);
    if let Some((local, domain)) = folded.rsplit_once('@') {
        if let Ok(ascii) = idna::domain_to_ascii(domain) {
            forms.insert(format!("{local}@{ascii}"));
        }
        if let (readable, Ok(())) = idna::domain_to_unicode(domain) {
            forms.insert(format!("{local}@{readable}"));
        }
    }
    forms.into_iter().collect()
}

/// What is held under an address.
#[derive(Debug)]
pub(crate) struct HeldByAddress {
    /// Messages, and what vendors delivered of them.
    pub(crate) person: Held,
    /// Payments without a customer and what hangs on them, by account.
    pub(crate) guests: Vec<(AccountId, i64, Held)>,
}

impl HeldByAddress {
    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.person.is_empty() && self.guests.is_empty()
    }
}

impl Mirror {
    /// Finds what is held under an address. One that customers have is refused: they are erased and copied by their ids.
    pub(crate) async fn held_by_address(
        &self,
        connection: &mut SqliteConnection,
        address: &str,
    ) -> Result<HeldByAddress> {
        let emails = forms(address);
        let customers = "select vendor_id from customers where email_folded in (…) union \
             select customer_id from payments where customer_id is not null and email_folded in (…) limit 20";
        let customers = with_emails(connection, customers, &emails).await?;
        if !customers.is_empty() {
            let customers = customers
                .iter()
                .map(|row| row.try_get(0))
                .collect::<std::result::Result<_, sqlx::Error>>()?;
            return Err(MirrorError::AddressOfCustomers { customers });
        }
        let guests =
            "select account, vendor_id from payments where customer_id is null and email_folded in (…)";
        let mut of_accounts: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for row in with_emails(connection, guests, &emails).await? {
            of_accounts.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
        }
        let (mut guests, mut payments) = (Vec::new(), Vec::new());
        for (number, ids) in of_accounts {
            let by_kind = hanging(connection, number, &ids).await?;
            let mut held = Held { by_kind, traces: Traces::of(emails.clone()), ..Held::default() };
            held.intents = Finder { number }.intents(connection, &ids).await?;
            let named: HashSet<String> = held.all_ids().into_iter().map(str::to_owned).collect();
            let named: HashSet<&str> = named.iter().map(String::as_str).collect();
            held.apart = self.apart_of(connection, number, &named, &held.traces).await?;
            held.received = self.received_of(connection, number, &named, &held.traces).await?;
            payments.extend(held.payments());
            guests.push((self.account_of(number)?, number, held));
        }
        let mut person = Held {
            traces: Traces::of(emails.clone()),
            addresses: Traces::of(emails.clone()),
            messages: messages::of_person(connection, &emails, &[], &payments).await?,
            emails,
            ..Held::default()
        };
        person.elsewhere = self.elsewhere(connection, &person.addresses, &person.messages).await?;
        Ok(HeldByAddress { person, guests })
    }

    /// A copy of all that is held under an address, as [`Mirror::copy_person`] makes one of a customer.
    pub async fn copy_address(&self, address: &str) -> Result<PersonCopy> {
        let mut connection = self.readers().acquire().await?;
        let held = self.held_by_address(&mut connection, address).await?;
        if held.is_empty() {
            return Err(MirrorError::UnknownPerson { vendor_id: address.to_owned() });
        }
        let guests = held.guests.iter().map(|(_, _, held)| held);
        let parts: Vec<&Held> = guests.chain([&held.person]).collect();
        self.write_copy(&mut connection, address, &parts).await
    }
}

async fn with_emails(
    connection: &mut SqliteConnection,
    statement: &str,
    emails: &[String],
) -> Result<Vec<SqliteRow>> {
    let statement = statement.replace('…', &numbers(1, emails.len()));
    let statement = bind_all(sqlx::query(AssertSqlSafe(statement)), emails.iter().map(Value::from));
    Ok(statement.fetch_all(connection).await?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_has_the_form_that_mail_is_sent_under_and_the_one_that_people_read() {
        let both = ["kunde@b\u{fc}cher.example".to_owned(), "kunde@xn--bcher-kva.example".to_owned()];
        for address in ["Kunde@B\u{dc}CHER.example", "kunde@xn--bcher-kva.example "] {
            let mut forms = super::forms(address);
            forms.sort();
            assert_eq!(forms, both, "{address}");
        }
        assert_eq!(super::forms("Ada@example.com"), ["ada@example.com"]);
        assert_eq!(super::forms("no address"), ["no address"]);
    }
}
