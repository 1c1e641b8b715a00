//! Balance transactions and payouts (vendor facts 1.13).

use domain::{BalanceEntry, Money, Payout, PayoutStatus};

use crate::stripe::json::{Json, Unread};

/// A balance transaction; its amount may be negative and is in the settlement currency.
pub(crate) fn balance_entry(tree: &Json<'_>) -> Result<BalanceEntry, Unread> {
    let currency = tree.need_currency("currency")?;
    Ok(BalanceEntry {
        vendor_id: tree.need_id()?,
        amount: Money::new(tree.need_whole("amount")?, currency),
        fee_minor: tree.need_whole("fee")?,
        net_minor: tree.need_whole("net")?,
        category: tree
            .text("reporting_category")
            .or_else(|| tree.text("type"))
            .unwrap_or_else(|| "unknown".to_owned()),
        source_id: tree.id_of("source"),
        status: tree.text("status").unwrap_or_else(|| "unknown".to_owned()),
        created_at: tree.need_created()?,
        available_at: tree.time("available_on"),
        description: tree.text("description"),
    })
}

/// A payout; its amount is negative where Stripe takes money from the bank.
pub(crate) fn payout(tree: &Json<'_>) -> Result<Payout, Unread> {
    let word = tree.text("status").unwrap_or_else(|| "unknown".to_owned());
    Ok(Payout {
        vendor_id: tree.need_id()?,
        amount: Money::new(tree.need_whole("amount")?, tree.need_currency("currency")?),
        status: PayoutStatus::from(word.as_str()),
        created_at: tree.need_created()?,
        arrival_at: tree.time("arrival_date"),
        method: tree.text("method"),
        automatic: tree.flag("automatic").unwrap_or(false),
        failure_code: tree.text("failure_code"),
    })
}
