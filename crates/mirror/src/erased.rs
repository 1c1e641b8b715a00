//! Who was erased, and how nothing of them is written again.
//!
//! The vendor goes on stating a person until it erases them too, so a keyed hash of each of their ids is
//! kept. Whatever comes in of those ids is written without the person, and its own ids join them: a payment
//! that came later is theirs, and what hangs on it names that payment only.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::PoisonError;

use domain::{AccountId, Kind, Observed, Record};
use sha2::{Digest, Sha256};
use sqlx::{Sqlite, Transaction};

use crate::compression::Packer;
use crate::delivered::erased_address;
use crate::erasure::forget_deleted_words;
use crate::error::Result;
use crate::mirrored;
use crate::repeated::Repeated;
use crate::rows::Prepared;
use crate::{Mirror, person, redact};

/// Who was erased.
#[derive(Debug, Default)]
pub(crate) struct Erased {
    /// Grows with the hashes: a row that was made ready before may hold somebody who was erased since.
    generation: u64,
    /// The file's own salt, then those of files whose hashes a restore brought.
    salts: Vec<String>,
    digests: HashSet<[u8; 32]>,
}

/// Ids that became known as an erased person's while rows were written.
#[derive(Debug, Default)]
#[must_use = "they are kept in the transaction and remembered after it"]
pub(crate) struct Withheld {
    digests: HashSet<[u8; 32]>,
    /// The number of the account, and the id.
    ids: Vec<(i64, String)>,
}

/// The hash of an id under the file's own salt.
pub(crate) fn digest(salt: &str, account: AccountId, vendor_id: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in [salt, &account.to_string(), vendor_id] {
        // A length in front keeps neighbours apart.
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

impl Erased {
    fn holds(&self, account: AccountId, vendor_id: &str) -> bool {
        self.salts.iter().any(|salt| self.digests.contains(&digest(salt, account, vendor_id)))
    }
}

/// Whether the record is of somebody whose ids are held to be erased.
fn is_of(record: &Record, holds: impl Fn(&str) -> bool) -> bool {
    let others: [Option<&str>; 3] = match record {
        Record::Payment(one) => [one.customer_id.as_deref(), one.payment_intent_id.as_deref(), None],
        Record::PaymentIntent(one) => [one.customer_id.as_deref(), one.latest_payment_id.as_deref(), None],
        Record::Refund(one) => [one.payment_id.as_deref(), one.payment_intent_id.as_deref(), None],
        Record::Dispute(one) => [one.payment_id.as_deref(), None, None],
        Record::BalanceEntry(one) => [one.source_id.as_deref(), None, None],
        Record::Event(one) => [
            one.subject.customer_id.as_deref(),
            one.subject.payment_id.as_deref(),
            one.subject.vendor_id.as_deref(),
        ],
        Record::Customer(_) | Record::Payout(_) => [None; 3],
    };
    holds(record.vendor_id()) || others.into_iter().flatten().any(holds)
}

/// Ids by which other records name what is a person's. A dispute or a refund of a payment that came after
/// the erasure names that payment only, so each of them must be known too.
fn names_of(record: &Record) -> [Option<&str>; 2] {
    match record {
        Record::Payment(one) => [Some(&one.vendor_id), one.payment_intent_id.as_deref()],
        Record::PaymentIntent(one) => [Some(&one.vendor_id), one.latest_payment_id.as_deref()],
        Record::Refund(_) | Record::Dispute(_) | Record::Customer(_) => [Some(record.vendor_id()), None],
        Record::BalanceEntry(_) | Record::Event(_) | Record::Payout(_) => [None; 2],
    }
}

/// The record as it may be written of somebody who was erased.
pub(crate) fn without_person(observed: &Observed) -> Observed {
    let mut kept = observed.clone();
    redact::record(&mut kept.record);
    kept.json = redact::json(&observed.json);
    kept
}

impl Mirror {
    /// Reads who was erased.
    pub(crate) async fn load_erased(&self) -> Result<()> {
        let salts: Vec<String> =
            sqlx::query_scalar("select value from file_facts where name glob 'erasure_salt*' order by name")
                .fetch_all(self.readers())
                .await?;
        let digests: Vec<Vec<u8>> =
            sqlx::query_scalar("select digest from erased").fetch_all(self.readers()).await?;
        let mut erased = self.0.erased.write().unwrap_or_else(PoisonError::into_inner);
        erased.salts = salts;
        erased.digests = digests.into_iter().filter_map(|digest| digest.try_into().ok()).collect();
        Ok(())
    }

    /// Whether anybody was erased.
    pub(crate) fn is_anybody_erased(&self) -> bool {
        !self.0.erased.read().unwrap_or_else(PoisonError::into_inner).digests.is_empty()
    }

    /// Whether the id is of somebody who was erased.
    pub(crate) fn is_erased(&self, account: AccountId, vendor_id: &str) -> bool {
        self.0.erased.read().unwrap_or_else(PoisonError::into_inner).holds(account, vendor_id)
    }

    /// The file's own salt; none where nobody was erased.
    pub(crate) fn erasure_salt(&self) -> Option<String> {
        let erased = self.0.erased.read().unwrap_or_else(PoisonError::into_inner);
        erased.salts.first().filter(|_| !erased.digests.is_empty()).cloned()
    }

    /// What may stand in the place of the address of a message whose reader was erased, one for each salt.
    pub(crate) fn erased_addresses(&self, account: AccountId, message: &str, address: &str) -> Vec<String> {
        let erased = self.0.erased.read().unwrap_or_else(PoisonError::into_inner);
        erased.salts.iter().map(|salt| erased_address(salt, account, message, address)).collect()
    }

    /// The record as it may be written, and as of which erasures.
    pub(crate) fn permitted<'a>(
        &self,
        account: AccountId,
        observed: &'a Observed,
    ) -> (Cow<'a, Observed>, u64) {
        let erased = self.0.erased.read().unwrap_or_else(PoisonError::into_inner);
        let is_erased = !erased.digests.is_empty() && is_of(&observed.record, |id| erased.holds(account, id));
        let permitted = match is_erased {
            true => Cow::Owned(without_person(observed)),
            false => Cow::Borrowed(observed),
        };
        (permitted, erased.generation)
    }

    /// Looks once more at rows that are about to be written by whoever has the writer: takes out who was
    /// erased after they were made ready, and who is known only by another row that is written with them.
    pub(crate) fn withhold(&self, rows: &mut [(i64, &mut Prepared)]) -> Result<Withheld> {
        let erased = self.0.erased.read().unwrap_or_else(PoisonError::into_inner);
        let mut withheld = Withheld::default();
        let Some(salt) = erased.salts.first().filter(|_| !erased.digests.is_empty()) else {
            return Ok(withheld);
        };
        loop {
            let known = withheld.digests.len();
            for (number, row) in rows.iter_mut() {
                let account = self.account_of(*number)?;
                let is_known = |id: &str| {
                    erased.holds(account, id) || withheld.digests.contains(&digest(salt, account, id))
                };
                let is_checked = row.as_of == erased.generation && withheld.digests.is_empty();
                if !row.redacted && !is_checked && is_of(&row.record, is_known) {
                    **row = self.redacted(account, row)?;
                }
                if row.redacted {
                    for id in names_of(&row.record).into_iter().flatten() {
                        let digest = digest(salt, account, id);
                        if !erased.holds(account, id) && withheld.digests.insert(digest) {
                            withheld.ids.push((*number, id.to_owned()));
                        }
                    }
                }
            }
            if withheld.digests.len() == known {
                return Ok(withheld);
            }
        }
    }

    fn redacted(&self, account: AccountId, row: &Prepared) -> Result<Prepared> {
        let kind = row.record.kind();
        let repeated = Repeated::of(&row.record, &mirrored::values(&row.record));
        let json = self.unpack_of(&row.packed, &repeated)?;
        let whole = Observed { record: row.record.clone(), json, observed_at: row.observed_at };
        let observed = without_person(&whole);
        let newest = self.0.dictionaries.newest(kind);
        let mut packer = Packer::new(newest.as_deref())?;
        Prepared::new(account, kind, &observed, &mut packer, row.as_of, true)
    }

    /// Keeps ids that became known, and takes the person out of the rows that hang on them: a dispute may
    /// have come before its payment.
    pub(crate) async fn keep_withheld(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        withheld: &mut Withheld,
    ) -> Result<()> {
        keep_digests(transaction, &withheld.digests).await?;
        let numbers: BTreeSet<i64> = withheld.ids.iter().map(|(number, _)| *number).collect();
        for number in numbers {
            let account = self.account_of(number)?;
            let of_account = withheld.ids.iter().filter(|(one, _)| *one == number);
            let ids: Vec<String> = of_account.map(|(_, id)| id.clone()).collect();
            let found = person::hanging(transaction, number, &ids).await?;
            let further = found.iter().flat_map(|(_, rows)| rows.iter().map(|(_, id)| id.as_str()));
            let digests = self.digests_of(account, further);
            keep_digests(transaction, &digests).await?;
            withheld.digests.extend(digests);
            for (kind, rows) in &found {
                self.rewrite(transaction, account, number, *kind, rows).await?;
                let had_words = *kind == Kind::Payments && rows.iter().any(|(_, id)| !ids.contains(id));
                if had_words {
                    forget_deleted_words(transaction).await?;
                }
            }
        }
        Ok(())
    }

    /// Remembers ids that became known, once the transaction that keeps them is on the disk and before
    /// anybody else has the writer.
    pub(crate) fn remember_withheld(&self, withheld: Withheld) {
        if !withheld.digests.is_empty() {
            let mut erased = self.0.erased.write().unwrap_or_else(PoisonError::into_inner);
            erased.digests.extend(withheld.digests);
            erased.generation += 1;
        }
    }

    /// Takes hashes into use that are on the disk; the salt that they were made with is the file's own.
    pub(crate) fn remember_erased(&self, salt: String, digests: HashSet<[u8; 32]>) {
        let mut erased = self.0.erased.write().unwrap_or_else(PoisonError::into_inner);
        if !erased.salts.contains(&salt) {
            erased.salts.insert(0, salt);
        }
        erased.digests.extend(digests);
        erased.generation += 1;
    }

    fn digests_of<'a>(&self, account: AccountId, ids: impl Iterator<Item = &'a str>) -> HashSet<[u8; 32]> {
        let erased = self.0.erased.read().unwrap_or_else(PoisonError::into_inner);
        let salt = erased.salts.first().map_or("", String::as_str);
        ids.map(|id| digest(salt, account, id)).collect()
    }
}

/// Keeps hashes in the file.
pub(crate) async fn keep_digests(
    transaction: &mut Transaction<'_, Sqlite>,
    digests: &HashSet<[u8; 32]>,
) -> Result<()> {
    for one in digests {
        sqlx::query("insert or ignore into erased (digest) values (?1)")
            .bind(one.as_slice())
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}
