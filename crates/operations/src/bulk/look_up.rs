//! Which payment a row means, for some hundred rows at once.

use std::collections::HashMap;

use domain::bulk::{BulkMatch, GivenRefund};
use domain::{AccountId, Currency, PaymentStatus};
use mirror::{FoundPayment, Mirror};

use super::columns::is_id;
use super::dates;
use crate::error::Result;

/// What names of metadata tell of an order, in small letters without anything but letters.
const ORDER_WORDS: [&str; 12] = [
    "order",
    "bestell",
    "auftrag",
    "commande",
    "pedido",
    "ordine",
    "invoice",
    "rechnung",
    "facture",
    "factura",
    "fattura",
    "reference",
];

/// The payment that a row means.
#[derive(Debug, Clone)]
pub(super) struct Matched {
    pub(super) kind: BulkMatch,
    pub(super) by: Option<&'static str>,
    pub(super) payment: Option<FoundPayment>,
    /// How many payments fit.
    pub(super) fitting: usize,
}

impl Matched {
    fn none() -> Self {
        Self { kind: BulkMatch::None, by: None, payment: None, fitting: 0 }
    }

    fn one(kind: BulkMatch, by: &'static str, payment: &FoundPayment) -> Self {
        Self { kind, by: Some(by), payment: Some(payment.clone()), fitting: 1 }
    }

    fn several(by: &'static str, fitting: usize) -> Self {
        Self { kind: BulkMatch::Ambiguous, by: Some(by), payment: None, fitting }
    }
}

/// How much a row wants back in a currency, where it says so.
pub(super) type WishedIn<'a> = dyn Fn(usize, Currency) -> Option<i64> + Send + Sync + 'a;

/// Matches rows with payments of an account.
pub(super) struct LookUp<'a> {
    mirror: &'a Mirror,
    account: AccountId,
    order_names: Vec<String>,
}

/// Payments that some hundred rows may mean.
#[derive(Default)]
struct Payments {
    by_id: HashMap<String, Vec<FoundPayment>>,
    by_order: HashMap<String, Vec<FoundPayment>>,
    by_email: HashMap<String, Vec<FoundPayment>>,
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The order id of a row. What stands in a column of payments and is none of the vendor's ids may be one.
fn order_of(row: &GivenRefund) -> Option<&str> {
    let instead = row.payment.as_deref().filter(|id| !is_id(id));
    row.order
        .as_deref()
        .or(instead)
        .map(|order| order.trim_start_matches('#'))
        .filter(|order| !order.is_empty())
}

impl<'a> LookUp<'a> {
    pub(super) async fn new(mirror: &'a Mirror, account: AccountId) -> Result<Self> {
        let plain =
            |name: &String| name.to_lowercase().chars().filter(|one| one.is_alphabetic()).collect::<String>();
        let tells_order = |name: &String| ORDER_WORDS.iter().any(|word| plain(name).contains(word));
        let order_names =
            mirror.bulk_facts().metadata_names().await?.into_iter().filter(tells_order).collect();
        Ok(Self { mirror, account, order_names })
    }

    /// The payments that rows mean, in the order of the rows.
    pub(super) async fn matches(&self, rows: &[GivenRefund], wished: &WishedIn<'_>) -> Result<Vec<Matched>> {
        let payments = Payments {
            by_id: self.by_ids(rows).await?,
            by_order: self.by_orders(rows).await?,
            by_email: self.by_emails(rows).await?,
        };
        Ok(rows
            .iter()
            .enumerate()
            .map(|(place, row)| payments.meant(row, &|currency| wished(place, currency)))
            .collect())
    }

    async fn by_ids(&self, rows: &[GivenRefund]) -> Result<HashMap<String, Vec<FoundPayment>>> {
        let facts = self.mirror.bulk_facts();
        let of = |starts: &[&str]| -> Vec<String> {
            let ids = rows.iter().filter_map(|row| row.payment.as_ref()).filter(|id| is_id(id));
            ids.filter(|id| starts.iter().any(|start| id.starts_with(start))).cloned().collect()
        };
        let mut by_id: HashMap<String, Vec<FoundPayment>> = HashMap::new();
        let refunds = facts.of_refunds(self.account, &of(&["re_", "pyr_"])).await?;
        let mut charges = of(&["ch_", "py_"]);
        charges.extend(refunds.values().cloned());
        for one in facts.by_ids(self.account, &charges).await? {
            by_id.entry(one.payment.vendor_id.clone()).or_default().push(one);
        }
        for (refund, payment) in &refunds {
            if let Some(found) = by_id.get(payment).cloned() {
                by_id.insert(refund.clone(), found);
            }
        }
        for one in facts.by_payment_intents(self.account, &of(&["pi_"])).await? {
            if let Some(id) = one.payment.payment_intent_id.clone() {
                by_id.entry(id).or_default().push(one);
            }
        }
        for one in facts.by_own_ids(self.account, &of(&["pay_"])).await? {
            by_id.entry(one.own_id.clone()).or_default().push(one);
        }
        Ok(by_id)
    }

    async fn by_orders(&self, rows: &[GivenRefund]) -> Result<HashMap<String, Vec<FoundPayment>>> {
        let orders: Vec<String> = rows.iter().filter_map(order_of).map(fold).collect();
        // Some sellers note the sign as well.
        let orders: Vec<String> =
            orders.iter().flat_map(|order| [order.clone(), format!("#{order}")]).collect();
        let mut by_order: HashMap<String, Vec<FoundPayment>> = HashMap::new();
        if orders.is_empty() || self.order_names.is_empty() {
            return Ok(by_order);
        }
        for (order, one) in
            self.mirror.bulk_facts().by_metadata(self.account, &self.order_names, &orders).await?
        {
            let found = by_order.entry(order.trim_start_matches('#').to_owned()).or_default();
            // One payment may carry it under two names.
            if !found.iter().any(|known| known.own_id == one.own_id) {
                found.push(one);
            }
        }
        Ok(by_order)
    }

    async fn by_emails(&self, rows: &[GivenRefund]) -> Result<HashMap<String, Vec<FoundPayment>>> {
        let mut emails: Vec<String> = rows.iter().filter_map(|row| row.email.as_deref()).map(fold).collect();
        emails.sort();
        emails.dedup();
        let days: Option<Vec<_>> = rows
            .iter()
            .filter(|row| row.email.is_some())
            .map(|row| dates::read(row.date.as_deref()?))
            .collect();
        // Only where every row tells its day can the others be left out.
        let span = days.and_then(|days| dates::span(days.into_iter().flatten()));
        let mut by_email: HashMap<String, Vec<FoundPayment>> = HashMap::new();
        for one in self.mirror.bulk_facts().by_emails(self.account, &emails, span).await? {
            if let Some(email) = one.payment.email.as_deref().map(fold) {
                by_email.entry(email).or_default().push(one);
            }
        }
        Ok(by_email)
    }
}

impl Payments {
    /// The payment that a row means: by its id, else by its order, else by who paid how much when.
    fn meant(&self, row: &GivenRefund, wished: &dyn Fn(Currency) -> Option<i64>) -> Matched {
        if let Some(id) = row.payment.as_deref().filter(|id| is_id(id)) {
            // Of several tries to pay, the one that brought money.
            let found = self.by_id.get(id).map(Vec::as_slice).unwrap_or_default();
            let paid = found.iter().find(|one| one.payment.captured_minor > 0).or(found.first());
            return paid.map_or_else(Matched::none, |one| Matched::one(BulkMatch::Exact, "id", one));
        }
        if let Some(found) = order_of(row).and_then(|order| self.by_order.get(&fold(order))) {
            let paid: Vec<&FoundPayment> = found.iter().filter(|one| is_paid(one)).collect();
            match (paid.as_slice(), found.as_slice()) {
                ([one], _) => return Matched::one(BulkMatch::Exact, "order", one),
                ([], [one]) => return Matched::one(BulkMatch::Exact, "order", one),
                ([], _) => {}
                (several, _) => return by_payer("order", several, row, wished),
            }
        }
        if order_of(row).is_some() && row.email.is_none() {
            return Matched::none();
        }
        let of_payer = row.email.as_deref().and_then(|email| self.by_email.get(&fold(email)));
        let paid: Vec<&FoundPayment> = of_payer.into_iter().flatten().filter(|one| is_paid(one)).collect();
        by_payer("email", &paid, row, wished)
    }
}

fn is_paid(one: &FoundPayment) -> bool {
    one.payment.status == PaymentStatus::Succeeded && one.payment.captured_minor > 0
}

/// The one of several payments that fits what else a row says. It is likely at best.
fn by_payer(
    by: &'static str,
    paid: &[&FoundPayment],
    row: &GivenRefund,
    wished: &dyn Fn(Currency) -> Option<i64>,
) -> Matched {
    let same_email = |one: &&&FoundPayment| match (&row.email, &one.payment.email) {
        (Some(given), Some(known)) => fold(given) == fold(known),
        (given, _) => given.is_none(),
    };
    let same_currency = |one: &&&FoundPayment| {
        row.currency
            .as_deref()
            .is_none_or(|code| code.eq_ignore_ascii_case(one.payment.amount.currency.code()))
    };
    let days = row.date.as_deref().and_then(dates::read);
    let on_day = |one: &&&FoundPayment| {
        days.as_ref().is_none_or(|days| days.iter().any(|day| dates::is_on(one.payment.created_at, *day)))
    };
    let fitting: Vec<&FoundPayment> =
        paid.iter().filter(same_email).filter(same_currency).filter(on_day).copied().collect();
    let amount = |one: &FoundPayment| wished(one.payment.amount.currency);
    let whole: Vec<&FoundPayment> =
        fitting.iter().filter(|one| amount(one) == Some(one.payment.captured_minor)).copied().collect();
    let enough: Vec<&FoundPayment> = fitting
        .iter()
        .filter(|one| amount(one).is_none_or(|minor| minor <= one.payment.captured_minor))
        .copied()
        .collect();
    let best = if whole.is_empty() { enough } else { whole };
    match best.as_slice() {
        [] => Matched::none(),
        [one] => Matched::one(BulkMatch::Likely, by, one),
        several => Matched::several(by, several.len()),
    }
}
