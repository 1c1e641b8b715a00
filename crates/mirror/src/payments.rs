//! Mirrored payments.

use domain::{AccountId, CardFacts, Kind, Money, Payment};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::error::Result;
use crate::find::FoundPayment;
use crate::key;
use crate::mirrored::{self, Stored, Table};
use crate::page::{self, Page};
use crate::statement::{Value, fold};
use crate::{Mirror, MirrorError};

pub(crate) const TABLE: Table = Table {
    name: "payments",
    columns: &[
        "payment_intent_id",
        "amount_minor",
        "currency",
        "captured_minor",
        "refunded_minor",
        "presentment_minor",
        "presentment_currency",
        "status",
        "disputed",
        "customer_id",
        "email",
        "email_folded",
        "name",
        "postal_code",
        "description",
        "statement_descriptor",
        "receipt_number",
        "method",
        "payment_method_id",
        "card_brand",
        "card_last4",
        "card_exp_month",
        "card_exp_year",
        "card_country",
        "card_funding",
        "card_fingerprint",
        "failure_code",
        "failure_message",
        "decline_reason",
        "risk_level",
        "balance_entry_id",
        "metadata",
    ],
    repeated: &[
        "vendor_id",
        "payment_intent_id",
        "customer_id",
        "balance_entry_id",
        "payment_method_id",
        "card_fingerprint",
        "email",
        "name",
        "description",
        "receipt_number",
    ],
};

pub(crate) fn values(payment: &Payment) -> Vec<Value> {
    let card = &payment.card;
    vec![
        payment.payment_intent_id.as_ref().into(),
        payment.amount.minor.into(),
        payment.amount.currency.code().into(),
        payment.captured_minor.into(),
        payment.refunded_minor.into(),
        payment.presentment.map(|money| money.minor).into(),
        payment.presentment.map(|money| money.currency.code().to_owned()).into(),
        payment.status.as_str().into(),
        payment.disputed.into(),
        payment.customer_id.as_ref().into(),
        payment.email.as_ref().into(),
        payment.email.as_deref().map(fold).into(),
        payment.name.as_ref().into(),
        payment.postal_code.as_ref().into(),
        payment.description.as_ref().into(),
        payment.statement_descriptor.as_ref().into(),
        payment.receipt_number.as_ref().into(),
        payment.method.as_ref().into(),
        payment.payment_method_id.as_ref().into(),
        card.brand.as_ref().into(),
        card.last4.as_ref().into(),
        card.exp_month.map(i64::from).into(),
        card.exp_year.map(i64::from).into(),
        card.country.as_ref().into(),
        card.funding.as_ref().into(),
        card.fingerprint.as_ref().into(),
        payment.failure_code.as_ref().into(),
        payment.failure_message.as_ref().into(),
        payment.decline_reason.as_ref().into(),
        payment.risk_level.as_ref().into(),
        payment.balance_entry_id.as_ref().into(),
        mirrored::metadata_value(&payment.metadata),
    ]
}

pub(crate) fn read(row: &SqliteRow) -> Result<Payment> {
    let presentment: Option<i64> = row.try_get("presentment_minor")?;
    let presentment = match presentment {
        Some(minor) => Some(Money::new(minor, mirrored::currency(row, "presentment_currency")?)),
        None => None,
    };
    Ok(Payment {
        vendor_id: row.try_get("vendor_id")?,
        payment_intent_id: row.try_get("payment_intent_id")?,
        amount: mirrored::amount(row)?,
        captured_minor: row.try_get("captured_minor")?,
        refunded_minor: row.try_get("refunded_minor")?,
        presentment,
        status: mirrored::word(row, "status")?,
        disputed: row.try_get("disputed")?,
        created_at: mirrored::moment(row, "created_at")?,
        customer_id: row.try_get("customer_id")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        postal_code: row.try_get("postal_code")?,
        description: row.try_get("description")?,
        statement_descriptor: row.try_get("statement_descriptor")?,
        receipt_number: row.try_get("receipt_number")?,
        method: row.try_get("method")?,
        payment_method_id: row.try_get("payment_method_id")?,
        card: CardFacts {
            brand: row.try_get("card_brand")?,
            last4: row.try_get("card_last4")?,
            exp_month: mirrored::small(row, "card_exp_month")?,
            exp_year: mirrored::small(row, "card_exp_year")?,
            country: row.try_get("card_country")?,
            funding: row.try_get("card_funding")?,
            fingerprint: row.try_get("card_fingerprint")?,
        },
        failure_code: row.try_get("failure_code")?,
        failure_message: row.try_get("failure_message")?,
        decline_reason: row.try_get("decline_reason")?,
        risk_level: row.try_get("risk_level")?,
        balance_entry_id: row.try_get("balance_entry_id")?,
        metadata: mirrored::metadata(row)?,
    })
}

/// The mirrored payments.
#[derive(Debug)]
pub struct Payments<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Payments<'_> {
    /// The payment of one account with the vendor's id.
    pub async fn by_id(&self, account: AccountId, vendor_id: &str) -> Result<Option<FoundPayment>> {
        let values = vec![self.mirror.number_of(account)?.into(), vendor_id.into()];
        self.first("where account = ?1 and vendor_id = ?2", values).await
    }

    /// The payment with our own id, such as `pay_65…`; none where the text is no such id.
    pub async fn by_own_id(&self, own_id: &str) -> Result<Option<FoundPayment>> {
        match key::from_own_id(own_id) {
            Some(key) => self.first("where key = ?1", vec![key.into()]).await,
            None => Ok(None),
        }
    }

    /// The payments with the vendor's id over all accounts; more than one only where two accounts
    /// of this file are one at the vendor.
    pub async fn by_vendor_id_any_account(&self, vendor_id: &str) -> Result<Vec<FoundPayment>> {
        self.all("where vendor_id = ?1 order by key desc", vec![vendor_id.into()]).await
    }

    /// The payments that tried to fulfil a payer's intention, newest first.
    pub async fn by_payment_intent(
        &self,
        account: AccountId,
        payment_intent_id: &str,
    ) -> Result<Vec<FoundPayment>> {
        let values = vec![self.mirror.number_of(account)?.into(), payment_intent_id.into()];
        self.all("where account = ?1 and payment_intent_id = ?2 order by key desc", values).await
    }

    /// The payments that tried to fulfil a payer's intention, over all accounts, newest first.
    pub async fn by_payment_intent_any_account(&self, payment_intent_id: &str) -> Result<Vec<FoundPayment>> {
        let rest = "where payment_intent_id = ?1 order by key desc";
        self.all(rest, vec![payment_intent_id.into()]).await
    }

    /// A page of a customer's payments, newest first.
    pub async fn by_customer(
        &self,
        account: AccountId,
        customer_id: &str,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<FoundPayment>> {
        let rest = "where account = ?1 and customer_id = ?2 and key < ?3 order by key desc limit ?4";
        let values = vec![self.mirror.number_of(account)?.into(), customer_id.into()];
        self.page(rest, values, limit, after).await
    }

    /// Payments of the same payer and amount that were made within so long before or after, newest first,
    /// each with what tells that it is the same payer: `customer`, `email` or `card`, the surest first.
    pub async fn beside(
        &self,
        account: AccountId,
        payment: &Payment,
        within_ms: i64,
        limit: u32,
    ) -> Result<Vec<(FoundPayment, &'static str)>> {
        let limit = page::checked_limit(limit)?;
        let number = self.mirror.number_of(account)?;
        let (from, to) =
            (payment.created_at.plus_ms(-within_ms), payment.created_at.plus_ms(within_ms + 1_000));
        let email = payment.email.as_deref().map(fold);
        let (last4, fingerprint) = (payment.card.last4.as_deref(), payment.card.fingerprint.as_deref());
        let ways = [
            ("customer", "customer_id = ?1 and ?2 is null", payment.customer_id.as_deref(), None),
            ("email", "email_folded = ?1 and ?2 is null", email.as_deref(), None),
            (
                "card",
                "card_last4 = ?1 and card_fingerprint = ?2",
                last4.filter(|_| fingerprint.is_some()),
                fingerprint,
            ),
        ];
        let mut beside: Vec<(FoundPayment, &'static str)> = Vec::new();
        for (known_by, of_payer, first, second) in ways {
            let Some(first) = first else { continue };
            let rest = format!(
                "where {of_payer} and account = ?3 and currency = ?4 and amount_minor = ?5 and vendor_id <> ?6 \
                 and key >= ?7 and key < ?8 order by key desc limit ?9"
            );
            let values = vec![
                first.into(),
                second.into(),
                number.into(),
                payment.amount.currency.code().into(),
                payment.amount.minor.into(),
                payment.vendor_id.as_str().into(),
                key::first_of_second(from).into(),
                key::first_of_second(to).into(),
                limit.into(),
            ];
            for one in self.all(&rest, values).await? {
                if !beside.iter().any(|(known, _)| known.own_id == one.own_id) {
                    beside.push((one, known_by));
                }
            }
        }
        beside.sort_by_key(|(one, _)| std::cmp::Reverse(one.payment.created_at));
        Ok(beside)
    }

    /// A page of failed payments, newest first; of one reason where one is given.
    pub async fn recent_failures(
        &self,
        account: Option<AccountId>,
        reason: Option<&str>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<FoundPayment>> {
        // The second condition is the one that the index is made under.
        let rest = "where status = 'failed' and status <> 'succeeded' and (?1 is null or account = ?1) \
             and (?2 is null or coalesce(decline_reason, failure_code, 'unknown') = ?2) \
             and key < ?3 order by key desc limit ?4";
        let number = account.map(|account| self.mirror.number_of(account)).transpose()?;
        self.page(rest, vec![number.into(), reason.into()], limit, after).await
    }

    /// Our own id of a mirrored payment.
    pub async fn own_id(&self, account: AccountId, vendor_id: &str) -> Result<Option<String>> {
        Ok(self.by_id(account, vendor_id).await?.map(|found| found.own_id))
    }

    /// The vendor's JSON of a payment.
    pub async fn raw(&self, account: AccountId, vendor_id: &str) -> Result<Option<Vec<u8>>> {
        self.mirror.raw(account, Kind::Payments, vendor_id).await
    }

    async fn first(&self, rest: &str, values: Vec<Value>) -> Result<Option<FoundPayment>> {
        Ok(self.all(rest, values).await?.into_iter().next())
    }

    async fn all(&self, rest: &str, values: Vec<Value>) -> Result<Vec<FoundPayment>> {
        let rows = self.mirror.stored(&TABLE, read, rest, values).await?;
        Ok(rows.into_iter().map(found).collect())
    }

    async fn page(
        &self,
        rest: &str,
        mut values: Vec<Value>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<FoundPayment>> {
        let limit = page::checked_limit(limit)?;
        values.push(page::start(after)?.into());
        values.push((limit + 1).into());
        let rows = self.mirror.stored(&TABLE, read, rest, values).await?;
        let rows = rows.into_iter().map(|(key, stored)| (key, found((key, stored)))).collect();
        Ok(page::cut(rows, limit))
    }
}

/// A row with our own id for it.
pub(crate) fn found((key, stored): (i64, Stored<Payment>)) -> FoundPayment {
    FoundPayment {
        account_id: stored.account_id,
        own_id: key::own_id(key),
        payment: stored.value,
        observed_at: stored.observed_at,
    }
}

/// The text of a payment that word search reads, in the order of the columns of `payment_words`. A
/// card is what nearly all are paid with, so the word for it would find nothing.
pub(crate) fn words(payment: &Payment) -> [String; 8] {
    let text = |one: &Option<String>| one.clone().unwrap_or_default();
    let metadata: Vec<&str> = payment.metadata.iter().map(|(_, value)| value.as_str()).collect();
    [
        text(&payment.name),
        text(&payment.email),
        text(&payment.description),
        text(&payment.statement_descriptor),
        text(&payment.receipt_number),
        text(&payment.postal_code),
        payment.method.clone().filter(|method| method != "card").unwrap_or_default(),
        metadata.join("\n"),
    ]
}

/// Guards against a list of ids that would make a statement without end.
pub(crate) fn checked_ids(ids: &[String]) -> Result<()> {
    if ids.len() <= page::MOST as usize {
        Ok(())
    } else {
        Err(MirrorError::LimitOutOfRange { most: page::MOST })
    }
}
