//! What other accounts and sources hold of a person: the vendor of mail tells of every message, others of contacts, calls
//! and payments. Another account whose payments are mirrored is none of them: its customers are erased by their own ids.

use std::collections::{BTreeMap, HashSet};

use domain::{AccountId, Kind};
use serde_json::Value as Json;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use crate::Mirror;
use crate::compression::Packer;
use crate::delivered::message_of_event;
use crate::erased::digest;
use crate::error::Result;
use crate::kept_apart::tells_of;
use crate::messages::Theirs;
use crate::person::Held;
use crate::repeated::{self, Repeated};
use crate::traces::Traces;

/// Rows that are looked through at once.
const AT_ONCE: i64 = 500;
/// Letters of an id of an event that is remembered: a shorter one stands in too much that is nobody's.
const FEWEST_LETTERS: usize = 8;

/// What one account or source holds of a person.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    pub(crate) number: i64,
    pub(crate) account: AccountId,
    /// The vendor's ids of events, and our ids of messages, that tell of them.
    named: HashSet<String>,
    /// Keys and ids of the events.
    events: Vec<(i64, String)>,
    /// By what the messages of these events are remembered: nobody may have a row of them.
    messages: HashSet<String>,
    /// Numbers of the requests.
    received: Vec<i64>,
}

impl Elsewhere {
    fn tells(&self, addresses: &Traces, text: &str) -> bool {
        self.named.contains(text) || addresses.are_in(text)
    }

    /// Whether it holds nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.received.is_empty()
    }

    /// How many events there are.
    pub(crate) fn records(&self) -> u64 {
        self.events.len() as u64
    }
}

impl Mirror {
    /// Looks through all accounts and sources but those whose payments are mirrored.
    pub(crate) async fn elsewhere(
        &self,
        connection: &mut SqliteConnection,
        addresses: &Traces,
        theirs: &[Theirs],
    ) -> Result<Vec<Elsewhere>> {
        let accounts: Vec<i64> =
            sqlx::query_scalar("select number from accounts where vendor <> 'stripe' or is_source = 1")
                .fetch_all(&mut *connection)
                .await?;
        let mut found = BTreeMap::new();
        for number in accounts {
            let account = self.account_of(number)?;
            let named = theirs.iter().filter(|one| one.account == number);
            let named = named.flat_map(|one| one.events.iter().chain([&one.id]).cloned()).collect();
            let one = Elsewhere {
                number,
                account,
                named,
                events: Vec::new(),
                messages: HashSet::new(),
                received: Vec::new(),
            };
            found.insert(number, one);
        }
        self.events_elsewhere(connection, addresses, &mut found).await?;
        for one in found.values_mut() {
            let named: HashSet<&str> = one.named.iter().map(String::as_str).collect();
            one.received = self.received_of(connection, one.number, &named, addresses).await?;
        }
        Ok(found.into_values().collect())
    }

    async fn events_elsewhere(
        &self,
        connection: &mut SqliteConnection,
        addresses: &Traces,
        found: &mut BTreeMap<i64, Elsewhere>,
    ) -> Result<()> {
        let mut after = i64::MIN;
        loop {
            let rows = sqlx::query(AssertSqlSafe(format!(
                "select e.key, e.account{}, r.json_zstd from events e \
                 join raw_objects r on r.key = e.key where e.key > ?1 \
                 and e.account in (select number from accounts where vendor <> 'stripe' or is_source = 1) \
                 order by e.key limit ?2",
                repeated::columns(Kind::Events, "e")
            )))
            .bind(after)
            .bind(AT_ONCE)
            .fetch_all(&mut *connection)
            .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.try_get("key")?;
            for row in &rows {
                let Some(one) = found.get_mut(&row.try_get("account")?) else { continue };
                let vendor_id: &str = row.try_get("vendor_id")?;
                let subject: Option<&str> = row.try_get("subject_id")?;
                let json = self.unpack_of(row.try_get("json_zstd")?, &Repeated::read(Kind::Events, row)?)?;
                let is_theirs = one.named.contains(vendor_id)
                    || subject.is_some_and(|subject| addresses.are_in(subject))
                    || tells_of(&json, |text| one.tells(addresses, text));
                if is_theirs {
                    one.events.push((row.try_get("key")?, vendor_id.to_owned()));
                    one.messages.extend(message_of_event(&json));
                }
            }
        }
    }

    /// Takes the person out of all of it, and out of what was sent on; answers with the hashes of the events' ids.
    pub(crate) async fn clear_elsewhere(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        salt: &str,
        held: &Held,
    ) -> Result<HashSet<[u8; 32]>> {
        let mut digests = HashSet::new();
        for one in &held.elsewhere {
            self.rewrite(transaction, one.account, one.number, Kind::Events, &one.events).await?;
            let tells = |text: &str| one.tells(&held.addresses, text);
            self.clear_received(transaction, (one.account, salt), &one.received, tells).await?;
            let ids = one.events.iter().map(|(_, id)| id.as_str());
            let ids: HashSet<&str> = ids.chain(one.named.iter().map(String::as_str)).collect();
            self.clear_deliveries(transaction, one.number, &ids, &held.addresses).await?;
            let long = ids.iter().filter(|id| id.chars().count() >= FEWEST_LETTERS);
            let names = one.messages.iter().map(String::as_str);
            digests.extend(long.copied().chain(names).map(|id| digest(salt, one.account, id)));
        }
        Ok(digests)
    }

    /// Takes out of a copy that came back what vendors told of messages whose reader was erased: an address alone may
    /// have told of them, and no customer leads to it.
    pub(crate) async fn clear_erased_messages(&self) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        for (table, key, json, rest) in [
            ("inbox", "number", "body_zstd", "replayable = 0"),
            ("raw_objects", "key", "json_zstd", "key = key"),
        ] {
            let accounts = "(select number from accounts where vendor <> 'stripe' or is_source = 1)";
            let from = match table {
                "inbox" => format!("inbox r where r.account in {accounts}"),
                _ => format!("raw_objects r join events e on e.key = r.key where e.account in {accounts}"),
            };
            let also = match table {
                "inbox" => "r.account".to_owned(),
                _ => format!("e.account{}", repeated::columns(Kind::Events, "e")),
            };
            let select = format!(
                "select r.{key}, r.{json}, {also} from {from} and r.{key} > ?1 order by r.{key} limit ?2"
            );
            let update = format!("update {table} set {json} = ?2, {rest} where {key} = ?1");
            let mut after = i64::MIN;
            loop {
                let rows = sqlx::query(AssertSqlSafe(select.clone()))
                    .bind(after)
                    .bind(AT_ONCE)
                    .fetch_all(&mut *transaction)
                    .await?;
                let Some(last) = rows.last() else { break };
                after = last.try_get(0)?;
                for row in &rows {
                    let body = match table {
                        "inbox" => self.unpack(row.try_get(1)?)?,
                        _ => self.unpack_of(row.try_get(1)?, &Repeated::read(Kind::Events, row)?)?,
                    };
                    let account = self.account_of(row.try_get("account")?)?;
                    let Some(cleared) = self.without_erased(account, &body) else {
                        continue;
                    };
                    sqlx::query(AssertSqlSafe(update.clone()))
                        .bind(row.try_get::<i64, _>(0)?)
                        .bind(Packer::new(None)?.pack(&cleared)?)
                        .execute(&mut *transaction)
                        .await?;
                }
            }
        }
        Ok(transaction.commit().await?)
    }

    /// All of it as the vendors stated it, for the person.
    pub(crate) async fn read_elsewhere(
        &self,
        connection: &mut SqliteConnection,
        held: &Held,
    ) -> Result<(Vec<Json>, Vec<Json>)> {
        let (mut events, mut received) = (Vec::new(), Vec::new());
        for one in &held.elsewhere {
            for (key, _) in &one.events {
                let json = self.object(connection, *key).await?.unwrap_or_default();
                events.push(serde_json::from_slice(&json).unwrap_or(Json::Null));
            }
            let tells = |text: &str| one.tells(&held.addresses, text);
            received.extend(self.read_received(connection, &one.received, tells).await?);
        }
        Ok((events, received))
    }
}
