//! Everything that is held of one person, to be copied for them or erased.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::{AccountId, Kind, PhoneNumber};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};

use crate::error::{MirrorError, Result};
use crate::key::kind_of;
use crate::messages::Theirs;
use crate::mirrored::table;
use crate::person_address::forms;
use crate::person_elsewhere::Elsewhere;
use crate::repeated::{self, Repeated};
use crate::statement::{Value, bind_all, numbers};
use crate::traces::Traces;
use crate::{Mirror, messages};

/// Ids of one statement.
const IDS_PER_STATEMENT: usize = 500;
/// Bytes of one copy; a person with more is told so instead of filling the memory.
pub(crate) const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Keys and the vendor's ids of what is a person's, by kind.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) by_kind: Vec<(Kind, Vec<(i64, String)>)>,
    /// Numbers of intents of ours that acted on any of it.
    pub(crate) intents: Vec<i64>,
    /// Numbers of objects that are kept apart.
    pub(crate) apart: Vec<i64>,
    /// Numbers of requests that were received.
    pub(crate) received: Vec<i64>,
    /// Their addresses, in small letters.
    pub(crate) emails: Vec<String>,
    /// Their telephone numbers, as messages go to them.
    pub(crate) phones: Vec<String>,
    /// Words that tell of the person, wherever somebody wrote them.
    pub(crate) traces: Traces,
    /// Those that are nobody else's: a name may be another's in what other vendors tell.
    pub(crate) addresses: Traces,
    /// Messages to them and about their payments.
    pub(crate) messages: Vec<Theirs>,
    /// What other accounts and sources hold of them.
    pub(crate) elsewhere: Vec<Elsewhere>,
}

/// Columns by which records name what they hang on, and their own id.
const NAMES: [(Kind, &[&str]); 6] = [
    (Kind::Payments, &["vendor_id", "payment_intent_id"]),
    (Kind::PaymentIntents, &["vendor_id"]),
    (Kind::Refunds, &["vendor_id", "payment_id", "payment_intent_id"]),
    (Kind::Disputes, &["vendor_id", "payment_id"]),
    (Kind::BalanceEntries, &["source_id"]),
    (Kind::Events, &["subject_id", "payment_id"]),
];

impl Held {
    fn ids(&self, kinds: &[Kind]) -> Vec<String> {
        let of_kinds = self.by_kind.iter().filter(|(kind, _)| kinds.contains(kind));
        of_kinds.flat_map(|(_, rows)| rows.iter().map(|(_, id)| id.clone())).collect()
    }

    /// The vendor's ids of all that is theirs.
    pub(crate) fn all_ids(&self) -> HashSet<&str> {
        self.by_kind.iter().flat_map(|(_, rows)| rows.iter().map(|(_, id)| id.as_str())).collect()
    }

    /// The vendor's ids of all that is theirs and of all that was told of messages to them.
    pub(crate) fn named(&self) -> HashSet<&str> {
        let told = self.messages.iter().flat_map(|one| one.events.iter().map(String::as_str));
        self.all_ids().into_iter().chain(told).collect()
    }

    /// The vendor's ids of their payments.
    pub(crate) fn payments(&self) -> Vec<String> {
        self.ids(&[Kind::Payments])
    }

    /// Whether there is nothing of the person.
    pub(crate) fn is_empty(&self) -> bool {
        self.records() == 0
            && self.apart.is_empty()
            && self.received.is_empty()
            && self.messages.is_empty()
            && self.elsewhere.iter().all(Elsewhere::is_empty)
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> u64 {
        let elsewhere: u64 = self.elsewhere.iter().map(Elsewhere::records).sum();
        self.by_kind.iter().map(|(_, rows)| rows.len() as u64).sum::<u64>() + elsewhere
    }
}

/// Records that some ids lead to: what has such an id or names one, what hangs on that, and so on.
pub(crate) async fn hanging(
    connection: &mut SqliteConnection,
    number: i64,
    ids: &[String],
) -> Result<Vec<(Kind, Vec<(i64, String)>)>> {
    let find = Finder { number };
    let mut found: BTreeMap<Kind, BTreeSet<(i64, String)>> = BTreeMap::new();
    let mut known: HashSet<String> = ids.iter().cloned().collect();
    let mut from = ids.to_vec();
    while !from.is_empty() {
        let mut next = Vec::new();
        for (kind, columns) in NAMES {
            for column in columns {
                let condition = format!("account = ?1 and {column} in (…)");
                for row in find.rows(connection, kind, &condition, &from).await? {
                    next.push(row.1.clone());
                    found.entry(kind).or_default().insert(row);
                }
            }
        }
        let behind = "select payment_intent_id from payments where account = ?1 and vendor_id in (…)";
        next.extend(find.texts(connection, behind, &from).await?);
        next.retain(|id| known.insert(id.clone()));
        from = next;
    }
    Ok(found.into_iter().map(|(kind, rows)| (kind, rows.into_iter().collect())).collect())
}

impl Mirror {
    /// Finds what is held of the customer: theirs by id, what hangs on their payments, and payments
    /// without any customer that carry one of their addresses.
    pub(crate) async fn held(
        &self,
        connection: &mut SqliteConnection,
        number: i64,
        customer_id: &str,
    ) -> Result<Held> {
        let find = Finder { number };
        let me = [customer_id.to_owned()];
        let own = |condition: &str| format!("account = ?1 and {condition}");
        let customers = find.rows(connection, Kind::Customers, &own("vendor_id in (…)"), &me).await?;
        let mut ids: BTreeSet<String> = BTreeSet::new();
        for kind in [Kind::Payments, Kind::PaymentIntents, Kind::Events] {
            let rows = find.rows(connection, kind, &own("customer_id in (…)"), &me).await?;
            ids.extend(rows.into_iter().map(|(_, id)| id));
        }
        let mut emails: BTreeSet<String> = BTreeSet::new();
        for statement in [
            "select email_folded from customers where account = ?1 and vendor_id in (…)",
            "select distinct email_folded from payments where account = ?1 and customer_id in (…)",
        ] {
            emails.extend(find.texts(connection, statement, &me).await?);
        }
        let emails: BTreeSet<String> = emails.iter().flat_map(|email| forms(email)).collect();
        let emails: Vec<String> = emails.into_iter().collect();
        let guest = own("customer_id is null and email_folded in (…)");
        let guests = find.rows(connection, Kind::Payments, &guest, &emails).await?;
        ids.extend(guests.into_iter().map(|(_, id)| id));
        ids.insert(customer_id.to_owned());
        let ids: Vec<String> = ids.into_iter().collect();
        let mut by_kind = hanging(connection, number, &ids).await?;
        // Events name a customer by a column of its own.
        let events = find.rows(connection, Kind::Events, &own("customer_id in (…)"), &me).await?;
        by_kind.retain(|(kind, _)| *kind != Kind::Customers);
        match by_kind.iter_mut().find(|(kind, _)| *kind == Kind::Events) {
            Some((_, known)) => {
                known.extend(events);
                known.sort();
                known.dedup();
            }
            None => by_kind.push((Kind::Events, events)),
        }
        by_kind.insert(0, (Kind::Customers, customers));
        by_kind.retain(|(_, rows)| !rows.is_empty());
        let mut held = Held { by_kind, ..Held::default() };
        let all = held.ids(&Kind::ALL);
        held.intents = find.intents(connection, &all).await?;
        held.traces = find.traces(connection, &me, &emails).await?;
        held.addresses = find.addresses(connection, &me, &emails).await?;
        held.phones = find.phones(connection, &me).await?;
        let reached = [emails.as_slice(), held.phones.as_slice()].concat();
        held.messages = messages::of_person(connection, &reached, &me, &held.payments()).await?;
        held.elsewhere = self.elsewhere(connection, &held.addresses, &held.messages).await?;
        held.emails = emails;
        let told = held.messages.iter().flat_map(|one| &one.events);
        let named: HashSet<&str> = all.iter().chain(&me).chain(told).map(String::as_str).collect();
        held.apart = self.apart_of(connection, number, &named, &held.traces).await?;
        held.received = self.received_of(connection, number, &named, &held.traces).await?;
        Ok(held)
    }
}

pub(crate) struct Finder {
    pub(crate) number: i64,
}

impl Finder {
    async fn rows(
        &self,
        connection: &mut SqliteConnection,
        kind: Kind,
        condition: &str,
        ids: &[String],
    ) -> Result<Vec<(i64, String)>> {
        let mut found = Vec::new();
        for chunk in ids.chunks(IDS_PER_STATEMENT) {
            let condition = condition.replace('…', &numbers(2, chunk.len()));
            let statement = format!("select key, vendor_id from {} where {condition}", table(kind).name);
            for row in self.fetch(connection, statement, chunk).await? {
                found.push((row.try_get("key")?, row.try_get("vendor_id")?));
            }
        }
        Ok(found)
    }

    async fn texts(
        &self,
        connection: &mut SqliteConnection,
        statement: &str,
        ids: &[String],
    ) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for chunk in ids.chunks(IDS_PER_STATEMENT) {
            let statement = statement.replace('…', &numbers(2, chunk.len()));
            for row in self.fetch(connection, statement, chunk).await? {
                found.extend(row.try_get::<Option<String>, _>(0)?);
            }
        }
        Ok(found)
    }

    pub(crate) async fn intents(
        &self,
        connection: &mut SqliteConnection,
        ids: &[String],
    ) -> Result<Vec<i64>> {
        let mut found = BTreeSet::new();
        for chunk in ids.chunks(IDS_PER_STATEMENT) {
            for column in ["target_id", "object_id"] {
                let statement = format!(
                    "select number from intents where account = ?1 and {column} in ({})",
                    numbers(2, chunk.len())
                );
                for row in self.fetch(connection, statement, chunk).await? {
                    found.insert(row.try_get("number")?);
                }
            }
        }
        Ok(found.into_iter().collect())
    }

    /// Addresses, names and numbers of the person as they may stand anywhere.
    async fn traces(
        &self,
        connection: &mut SqliteConnection,
        me: &[String],
        emails: &[String],
    ) -> Result<Traces> {
        let mut words = emails.to_vec();
        for statement in [
            "select name from customers where account = ?1 and vendor_id in (…)",
            "select phone from customers where account = ?1 and vendor_id in (…)",
            "select distinct name from payments where account = ?1 and customer_id in (…)",
        ] {
            words.extend(self.texts(connection, statement, me).await?);
        }
        Ok(Traces::of(words))
    }

    /// Addresses and telephone numbers, these as they were written and as vendors write them.
    /// The telephone numbers of a customer, in the form that messages go to.
    async fn phones(&self, connection: &mut SqliteConnection, me: &[String]) -> Result<Vec<String>> {
        let statement = "select phone from customers where account = ?1 and vendor_id in (…)";
        let phones = self.texts(connection, statement, me).await?;
        let read = |phone: &String| PhoneNumber::read(phone).ok().map(|number| number.to_string());
        Ok(phones.iter().filter_map(read).collect())
    }

    async fn addresses(
        &self,
        connection: &mut SqliteConnection,
        me: &[String],
        emails: &[String],
    ) -> Result<Traces> {
        let mut words = emails.to_vec();
        let phones = "select phone from customers where account = ?1 and vendor_id in (…)";
        for phone in self.texts(connection, phones, me).await? {
            words.push(phone.chars().filter(|one| *one == '+' || one.is_ascii_digit()).collect());
            words.push(phone);
        }
        Ok(Traces::of(words))
    }

    async fn fetch(
        &self,
        connection: &mut SqliteConnection,
        statement: String,
        ids: &[String],
    ) -> Result<Vec<sqlx::sqlite::SqliteRow>> {
        let values = std::iter::once(Value::from(self.number)).chain(ids.iter().map(Value::from));
        let statement = bind_all(sqlx::query(AssertSqlSafe(statement)), values);
        Ok(statement.fetch_all(&mut *connection).await?)
    }
}

/// What the vendor stated of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorObject {
    /// What it is.
    pub kind: Kind,
    /// The vendor's id.
    pub vendor_id: String,
    /// Its JSON, as it was last stated.
    pub json: Vec<u8>,
}

impl Mirror {
    /// Everything that the vendor stated of a payment and of what hangs on it: refunds, disputes, balance
    /// entries and events. By kind and id, so that the same mirror always tells the same.
    pub async fn objects_of_payment(
        &self,
        account: AccountId,
        payment_id: &str,
    ) -> Result<Vec<VendorObject>> {
        let number = self.number_of(account)?;
        let mut connection = self.readers().acquire().await?;
        let found = hanging(&mut connection, number, &[payment_id.to_owned()]).await?;
        let mut objects = Vec::new();
        let mut bytes = 0;
        for (kind, rows) in found {
            for (key, vendor_id) in rows {
                let Some(json) = self.object(&mut connection, key).await? else { continue };
                bytes += json.len();
                if bytes > MOST_BYTES {
                    return Err(MirrorError::LimitOutOfRange { most: 64 });
                }
                objects.push(VendorObject { kind, vendor_id, json });
            }
        }
        objects.sort_by(|left, right| (left.kind, &left.vendor_id).cmp(&(right.kind, &right.vendor_id)));
        Ok(objects)
    }

    /// The vendor's JSON of the row with the key.
    pub(crate) async fn object(
        &self,
        connection: &mut SqliteConnection,
        key: i64,
    ) -> Result<Option<Vec<u8>>> {
        let Some(kind) = kind_of(key) else { return Ok(None) };
        let statement = format!(
            "select r.json_zstd{} from raw_objects r join {} t on t.key = r.key where r.key = ?1",
            repeated::columns(kind, "t"),
            table(kind).name
        );
        let row = sqlx::query(AssertSqlSafe(statement)).bind(key).fetch_optional(&mut *connection).await?;
        let unpack = |row: SqliteRow| self.unpack_of(row.try_get("json_zstd")?, &Repeated::read(kind, &row)?);
        row.map(unpack).transpose()
    }
}
