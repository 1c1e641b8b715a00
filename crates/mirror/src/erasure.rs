//! Erasing a person (GDPR, article 17). The books stay: amounts, states, moments and the vendor's ids.

use std::collections::HashSet;

use domain::{AccountId, Kind, Observed, Timestamp};
use sqlx::{Row, Sqlite, Transaction};

use crate::book::{self, NewLine};
use crate::changes;
use crate::compression::Packer;
use crate::erased::{self, without_person};
use crate::error::{MirrorError, Result};
use crate::person::Held;
use crate::person_elsewhere::Elsewhere;
use crate::rows::{self, Given, Prepared};
use crate::{Mirror, bulk_person, commit, mail_runs, messages};

/// What an erasure did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasure {
    /// Records of each kind that nothing of the person is left in.
    pub records: Vec<(Kind, u64)>,
    /// Intents of ours whose notes and requests are gone.
    pub intents: u64,
    /// Messages whose reader is not known any more.
    pub messages: u64,
}

impl Erasure {
    /// Of all that is held of a person, by several accounts perhaps.
    fn of(parts: &[&Held]) -> Self {
        let mut erasure = Self::default();
        for held in parts {
            let elsewhere: u64 = held.elsewhere.iter().map(Elsewhere::records).sum();
            let by_kind = held.by_kind.iter().map(|(kind, keys)| (*kind, keys.len() as u64));
            for (kind, count) in by_kind.chain((elsewhere > 0).then_some((Kind::Events, elsewhere))) {
                match erasure.records.iter_mut().find(|(known, _)| *known == kind) {
                    Some((_, known)) => *known += count,
                    None => erasure.records.push((kind, count)),
                }
            }
            erasure.intents += held.intents.len() as u64;
            erasure.messages += held.messages.len() as u64;
        }
        erasure
    }

    fn line(&self, now: Timestamp, subject: &str) -> NewLine {
        let records: u64 = self.records.iter().map(|(_, records)| records).sum();
        let facts =
            serde_json::json!({ "records": records, "intents": self.intents, "messages": self.messages });
        NewLine { facts, ..NewLine::new(now, "customer_erased", subject) }
    }
}

impl Mirror {
    /// Erases a customer: from their records, the vendor's JSON, the search, the journal and the book, in one
    /// transaction, and then from the log of the file; from messages and from what other vendors told, too. An open intent
    /// must be settled first, since its request is what settles it, and so must an open message, whose row keeps it from being
    /// sent again. Copies that were made before still hold the person.
    pub async fn erase_person(
        &self,
        account: AccountId,
        customer_id: &str,
        now: Timestamp,
    ) -> Result<Erasure> {
        self.erase(account, customer_id, now, true).await
    }

    async fn erase(
        &self,
        account: AccountId,
        customer_id: &str,
        now: Timestamp,
        refuses_open: bool,
    ) -> Result<Erasure> {
        let number = self.number_of(account)?;
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        let held = self.held(&mut transaction, number, customer_id).await?;
        if held.is_empty() {
            return Err(MirrorError::UnknownPerson { vendor_id: customer_id.to_owned() });
        }
        if refuses_open {
            refuse_open_intents(&mut transaction, &held).await?;
            messages::refuse_open(&held.messages)?;
        }
        let salt = salt(&mut transaction).await?;
        let mut digests = self.erase_records(&mut transaction, (account, number), &salt, &held).await?;
        digests.insert(erased::digest(&salt, account, customer_id));
        digests.extend(self.erase_everywhere(&mut transaction, &salt, &held).await?);
        book::forget(&mut transaction, &self.all_accounts(), Some(customer_id), &held).await?;
        let erasure = Erasure::of(&[&held]);
        let line = NewLine { account: Some(account), ..erasure.line(now, customer_id) };
        book::append(&mut transaction, self, &line).await?;
        erased::keep_digests(&mut transaction, &digests).await?;
        transaction.commit().await?;
        self.remember_erased(salt, digests);
        // What the log of the file holds is from before; readers of this moment may keep a part of it
        // until the next time.
        sqlx::query("pragma wal_checkpoint(truncate)").execute(writer.connection()?).await?;
        Ok(erasure)
    }

    /// Erases whom only an address tells of: who was mailed and is no customer, or was one of an account that is gone.
    pub async fn erase_address(&self, address: &str, now: Timestamp) -> Result<Erasure> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        let held = self.held_by_address(&mut transaction, address).await?;
        if held.is_empty() {
            return Err(MirrorError::UnknownPerson { vendor_id: address.to_owned() });
        }
        messages::refuse_open(&held.person.messages)?;
        let salt = salt(&mut transaction).await?;
        let mut digests = self.erase_everywhere(&mut transaction, &salt, &held.person).await?;
        for (account, number, guest) in &held.guests {
            refuse_open_intents(&mut transaction, guest).await?;
            digests.extend(self.erase_records(&mut transaction, (*account, *number), &salt, guest).await?);
            book::forget(&mut transaction, &[*account], None, guest).await?;
        }
        book::forget(&mut transaction, &self.all_accounts(), None, &held.person).await?;
        let guests = held.guests.iter().map(|(_, _, held)| held);
        let parts: Vec<&Held> = guests.chain([&held.person]).collect();
        let erasure = Erasure::of(&parts);
        book::append(&mut transaction, self, &erasure.line(now, "")).await?;
        erased::keep_digests(&mut transaction, &digests).await?;
        transaction.commit().await?;
        self.remember_erased(salt, digests);
        sqlx::query("pragma wal_checkpoint(truncate)").execute(writer.connection()?).await?;
        Ok(erasure)
    }

    /// Erases a person from what one account that takes payments holds; answers with the hashes of what was theirs.
    async fn erase_records(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        (account, number): (AccountId, i64),
        salt: &str,
        held: &Held,
    ) -> Result<HashSet<[u8; 32]>> {
        for (kind, keys) in &held.by_kind {
            self.rewrite(transaction, account, number, *kind, keys).await?;
        }
        for intent in &held.intents {
            sqlx::query(
                "update intents set note = null, body = '', problem_detail = null where number = ?1 \
                 and state not in ('waiting', 'prepared', 'sent', 'unsettled', 'needs_person')",
            )
            .bind(intent)
            .execute(&mut **transaction)
            .await?;
        }
        forget_approvals(transaction, number, held).await?;
        self.clear_apart(transaction, &held.apart).await?;
        let named = held.named();
        let tells = |text: &str| named.contains(text) || held.traces.are_in(text);
        self.clear_received(transaction, (account, salt), &held.received, tells).await?;
        self.clear_deliveries(transaction, number, &held.all_ids(), &held.traces).await?;
        bulk_person::clear(transaction, number, &held.payments(), &held.traces).await?;
        Ok(held.all_ids().into_iter().map(|id| erased::digest(salt, account, id)).collect())
    }

    /// Erases a person from what is no account's alone, and from what others delivered; answers with the hashes of what was theirs.
    async fn erase_everywhere(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        salt: &str,
        held: &Held,
    ) -> Result<HashSet<[u8; 32]>> {
        held.traces.clear(transaction).await?;
        let mut digests = self.clear_elsewhere(transaction, salt, held).await?;
        mail_runs::forget_person(transaction, &held.emails, &held.traces).await?;
        let reached = [held.emails.as_slice(), held.phones.as_slice()].concat();
        let theirs = messages::forget_person(self, transaction, salt, &held.messages, &reached).await?;
        digests.extend(theirs);
        // A vendor of SMS goes on listing their number.
        let numbers = self
            .all_accounts()
            .into_iter()
            .flat_map(|account| held.phones.iter().map(move |phone| erased::digest(salt, account, phone)));
        digests.extend(numbers);
        forget_deleted_words(transaction).await?;
        Ok(digests)
    }

    /// Erases everybody again who was erased and whom the file holds: after a copy from before came back.
    /// An intent that is open then keeps its request, which settles it; it was made after the erasure.
    pub async fn erase_again(&self, now: Timestamp) -> Result<u64> {
        if !self.is_anybody_erased() {
            return Ok(0);
        }
        self.clear_erased_messages().await?;
        let rows = sqlx::query(
            "select distinct account, vendor_id from customers union \
             select distinct account, customer_id from payments where customer_id is not null",
        )
        .fetch_all(self.readers())
        .await?;
        let mut again = 0;
        for row in &rows {
            let (account, id) = (self.account_of(row.try_get(0)?)?, row.try_get::<String, _>(1)?);
            if self.is_erased(account, &id) {
                self.erase(account, &id, now, false).await?;
                again += 1;
            }
        }
        Ok(again)
    }

    /// Writes rows of a kind anew, without their person.
    pub(crate) async fn rewrite(
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
                ready.push(Prepared::new(account, kind, &observed, &mut packer, 0, true)?);
                known.push(key);
            }
            let given = ready.iter().map(|row| Given { page: 0, account: number, row });
            let written = rows::rewrite(transaction, kind, known.into_iter().zip(given).collect()).await?;
            changes::follow(transaction, &self.zones(), &commit::changes_of(written)).await?;
        }
        Ok(())
    }
}

/// Takes the signed files away that name a person's payments, among others or alone: notes and tickets stand in them,
/// and nothing of a signed file can be left out. What was not used yet is used no more, and rows that a run has not
/// sent yet have to be asked about anew.
async fn forget_approvals(transaction: &mut Transaction<'_, Sqlite>, number: i64, held: &Held) -> Result<()> {
    let payments = held.by_kind.iter().filter(|(kind, _)| *kind == Kind::Payments);
    for (_, id) in payments.flat_map(|(_, rows)| rows) {
        sqlx::query(
            "update approval_requests set file = '', answer = null, \
             state = case when own = 1 and state in ('asked', 'approved') then 'void' else state end \
             where account = ?1 and (payment_id = ?2 \
             or (run is not null and instr(file, '\",\"' || ?2 || '\",\"') > 0))",
        )
        .bind(number)
        .bind(id)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

/// The salt of the hashes by which erased persons are known.
async fn salt(transaction: &mut Transaction<'_, Sqlite>) -> Result<String> {
    sqlx::query("insert or ignore into file_facts (name, value) values ('erasure_salt', ?1)")
        .bind(Mirror::generate_key()?.expose())
        .execute(&mut **transaction)
        .await?;
    let salt = sqlx::query_scalar("select value from file_facts where name = 'erasure_salt'");
    Ok(salt.fetch_one(&mut **transaction).await?)
}

/// Writes the search's segments anew: deleted words stay in them until then. FTS5's `secure-delete` would
/// change nothing, since a table without content only marks a row as deleted and never looks for its words.
pub(crate) async fn forget_deleted_words(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    for statement in [
        "insert into payment_words (payment_words) values ('optimize')",
        "insert into message_words (message_words) values ('optimize')",
    ] {
        sqlx::query(statement).execute(&mut **transaction).await?;
    }
    Ok(())
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
