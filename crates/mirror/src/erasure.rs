//! Erasing a person (GDPR, article 17). The books stay: amounts, states, moments and the vendor's ids.
//!
//! The vendor goes on stating the person until it erases them too, so a keyed hash of each of their
//! ids is kept, and whatever comes in later of those ids is written without the person.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::PoisonError;

use domain::{AccountId, Kind, Observed, Record, Timestamp};
use sha2::{Digest, Sha256};
use sqlx::{Row, Sqlite, Transaction};

use crate::changes;
use crate::compression::Packer;
use crate::error::{MirrorError, Result};
use crate::person::{self, Held};
use crate::rows::{self, Given, Prepared};
use crate::{Mirror, commit, redact};

/// What an erasure did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasure {
    /// Records of each kind that nothing of the person is left in.
    pub records: Vec<(Kind, u64)>,
    /// Intents of ours whose notes and requests are gone.
    pub intents: u64,
}

/// Who was erased.
#[derive(Debug, Default)]
pub(crate) struct Erased {
    salt: String,
    digests: HashSet<[u8; 32]>,
}

/// The hash of an id under the file's own salt.
fn digest(salt: &str, account: AccountId, vendor_id: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in [salt, &account.to_string(), vendor_id] {
        // A length in front keeps neighbours apart.
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

impl Erased {
    fn holds(&self, account: AccountId, vendor_id: Option<&str>) -> bool {
        vendor_id.is_some_and(|vendor_id| self.digests.contains(&digest(&self.salt, account, vendor_id)))
    }

    /// Whether the record is of somebody who was erased.
    fn is_of(&self, account: AccountId, record: &Record) -> bool {
        if self.digests.is_empty() {
            return false;
        }
        let others: [Option<&str>; 3] = match record {
            Record::Payment(one) => [one.customer_id.as_deref(), None, None],
            Record::PaymentIntent(one) => {
                [one.customer_id.as_deref(), one.latest_payment_id.as_deref(), None]
            }
            Record::Refund(one) => [one.payment_id.as_deref(), None, None],
            Record::Dispute(one) => [one.payment_id.as_deref(), None, None],
            Record::BalanceEntry(one) => [one.source_id.as_deref(), None, None],
            Record::Event(one) => [
                one.subject.customer_id.as_deref(),
                one.subject.payment_id.as_deref(),
                one.subject.vendor_id.as_deref(),
            ],
            Record::Customer(_) | Record::Payout(_) => [None; 3],
        };
        self.holds(account, Some(record.vendor_id()))
            || others.into_iter().any(|other| self.holds(account, other))
    }
}

/// The record as it may be written of somebody who was erased.
fn without_person(observed: &Observed) -> Observed {
    let mut kept = observed.clone();
    redact::record(&mut kept.record);
    kept.json = redact::json(&observed.json);
    kept
}

impl Mirror {
    /// Reads who was erased.
    pub(crate) async fn load_erased(&self) -> Result<()> {
        let salt: Option<String> =
            sqlx::query_scalar("select value from file_facts where name = 'erasure_salt'")
                .fetch_optional(self.readers())
                .await?;
        let digests: Vec<Vec<u8>> =
            sqlx::query_scalar("select digest from erased").fetch_all(self.readers()).await?;
        let mut erased = self.0.erased.write().unwrap_or_else(PoisonError::into_inner);
        erased.salt = salt.unwrap_or_default();
        erased.digests = digests.into_iter().filter_map(|digest| digest.try_into().ok()).collect();
        Ok(())
    }

    /// The record as it may be written.
    pub(crate) fn permitted<'a>(&self, account: AccountId, observed: &'a Observed) -> Cow<'a, Observed> {
        let erased = self.0.erased.read().unwrap_or_else(PoisonError::into_inner);
        match erased.is_of(account, &observed.record) {
            true => Cow::Owned(without_person(observed)),
            false => Cow::Borrowed(observed),
        }
    }

    /// Erases a customer: from their records, the vendor's JSON, the search and the journal, in one
    /// transaction, and then from the log of the file. An open intent must be settled first, since its
    /// request is what settles it. Copies that were made before still hold the person.
    pub async fn erase_person(
        &self,
        account: AccountId,
        customer_id: &str,
        now: Timestamp,
    ) -> Result<Erasure> {
        let number = self.number_of(account)?;
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        let held = person::held(&mut transaction, number, customer_id).await?;
        if held.records() == 0 {
            return Err(MirrorError::UnknownPerson { vendor_id: customer_id.to_owned() });
        }
        refuse_open_intents(&mut transaction, &held).await?;
        let (salt, digests) = remember(&mut transaction, account, customer_id, &held).await?;
        let mut erasure = Erasure { records: Vec::new(), intents: held.intents.len() as u64 };
        for (kind, keys) in &held.by_kind {
            self.rewrite(&mut transaction, account, number, *kind, keys).await?;
            erasure.records.push((*kind, keys.len() as u64));
        }
        for intent in &held.intents {
            sqlx::query("update intents set note = null, body = '', problem_detail = null where number = ?1")
                .bind(intent)
                .execute(&mut *transaction)
                .await?;
        }
        // Deleted words stay in the search's own segments until those are written anew.
        sqlx::query("insert into payment_words (payment_words) values ('optimize')")
            .execute(&mut *transaction)
            .await?;
        sqlx::query("insert into audit_log (at, actor, action, subject, detail) values (?1, 'person', 'customer_erased', ?2, '{}')")
            .bind(now.as_ms())
            .bind(customer_id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        {
            let mut erased = self.0.erased.write().unwrap_or_else(PoisonError::into_inner);
            erased.salt = salt;
            erased.digests.extend(digests);
        }
        // What the log of the file holds is from before; readers of this moment may keep a part of it
        // until the next time.
        sqlx::query("pragma wal_checkpoint(truncate)").execute(writer.connection()?).await?;
        Ok(erasure)
    }

    /// Erases everybody again who was erased and whom the file holds: after a copy from before came back.
    pub async fn erase_again(&self, now: Timestamp) -> Result<u64> {
        if self.0.erased.read().unwrap_or_else(PoisonError::into_inner).digests.is_empty() {
            return Ok(0);
        }
        let rows = sqlx::query(
            "select distinct account, vendor_id from customers union \
             select distinct account, customer_id from payments where customer_id is not null",
        )
        .fetch_all(self.readers())
        .await?;
        let mut again = 0;
        for row in &rows {
            let (account, id) = (self.account_of(row.try_get(0)?)?, row.try_get::<String, _>(1)?);
            let erased =
                self.0.erased.read().unwrap_or_else(PoisonError::into_inner).holds(account, Some(&id));
            if erased {
                self.erase_person(account, &id, now).await?;
                again += 1;
            }
        }
        Ok(again)
    }

    /// Writes rows of a kind anew, without their person.
    async fn rewrite(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        account: AccountId,
        number: i64,
        kind: Kind,
        keys: &[(i64, String)],
    ) -> Result<()> {
        let newest = self.0.dictionaries.newest(kind);
        let mut packer = Packer::new(newest.as_deref())?;
        for chunk in keys.chunks(200) {
            let keys: Vec<i64> = chunk.iter().map(|(key, _)| *key).collect();
            let mut ready = Vec::with_capacity(chunk.len());
            let mut known = Vec::with_capacity(chunk.len());
            for (key, record, observed_at) in rows::read_whole(transaction, kind, &keys).await? {
                let json = self.object(transaction, key).await?.unwrap_or_else(|| b"{}".to_vec());
                let observed = without_person(&Observed { record, json, observed_at });
                let packed = packer.pack(&observed.json)?;
                ready.push(Prepared::new(account, kind, &observed, packed));
                known.push(key);
            }
            let given = ready.iter().map(|row| Given { page: 0, account: number, row });
            let written = rows::rewrite(transaction, kind, known.into_iter().zip(given).collect()).await?;
            changes::follow(transaction, &self.zones(), &commit::changes_of(written)).await?;
        }
        Ok(())
    }
}

/// Keeps the hashes of what was a person's; answers with them and the salt they were made with.
async fn remember(
    transaction: &mut Transaction<'_, Sqlite>,
    account: AccountId,
    customer_id: &str,
    held: &Held,
) -> Result<(String, Vec<[u8; 32]>)> {
    sqlx::query("insert or ignore into file_facts (name, value) values ('erasure_salt', ?1)")
        .bind(Mirror::generate_key()?.expose())
        .execute(&mut **transaction)
        .await?;
    let salt: String = sqlx::query_scalar("select value from file_facts where name = 'erasure_salt'")
        .fetch_one(&mut **transaction)
        .await?;
    let ids = held.by_kind.iter().flat_map(|(_, rows)| rows.iter().map(|(_, id)| id.as_str()));
    let digests: Vec<[u8; 32]> = ids.chain([customer_id]).map(|id| digest(&salt, account, id)).collect();
    for one in &digests {
        sqlx::query("insert or ignore into erased (digest) values (?1)")
            .bind(one.as_slice())
            .execute(&mut **transaction)
            .await?;
    }
    Ok((salt, digests))
}

async fn refuse_open_intents(transaction: &mut Transaction<'_, Sqlite>, held: &Held) -> Result<()> {
    for number in &held.intents {
        let open = sqlx::query(
            "select id, coalesce(target_id, '') as target from intents where number = ?1 \
             and state in ('waiting', 'prepared', 'sent', 'unsettled', 'needs_person')",
        )
        .bind(number)
        .fetch_optional(&mut **transaction)
        .await?;
        if let Some(row) = open {
            let id: String = row.try_get("id")?;
            return Err(MirrorError::OpenIntentExists {
                payment_id: row.try_get("target")?,
                intent_id: id.parse().map_err(|_| MirrorError::corrupt("an intent has no id"))?,
            });
        }
    }
    Ok(())
}
