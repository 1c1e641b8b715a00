//! How much one person alone may give back at an account.

use contract::accounts::{AccountView, RefundLimitsView, SetRefundLimits};
use contract::{ErrorBody, ErrorCode};
use domain::{AccountId, Currency, ExponentTable, Money};
use mirror::{Mirror, RefundLimits};

use super::scope::Resolved;
use super::{accounts, airlock};
use crate::errors;

/// The limits of an account, as shells show them.
pub(crate) async fn of(mirror: &Mirror, account: AccountId) -> Result<Vec<RefundLimitsView>, ErrorBody> {
    let limits = mirror.refund_limits(account).await.map_err(|error| errors::of_mirror(&error))?;
    let view = |one: RefundLimits| {
        let money = |minor: Option<i64>| minor.map(|minor| Money::new(minor, one.currency));
        RefundLimitsView {
            currency: one.currency.to_string(),
            per_refund: money(one.per_refund),
            per_day: money(one.per_day),
            per_person: money(one.per_person),
        }
    };
    Ok(limits.into_iter().map(view).collect())
}

/// Answers `set_refund_limits`. In live it is an action like any other, since it decides about money.
pub(crate) async fn set(scope: &Resolved, request: SetRefundLimits) -> Result<AccountView, ErrorBody> {
    let (open, row) = scope.one_account(Some(&request.label)).await?;
    let bad = || ErrorBody::new(ErrorCode::BadCurrency).with("given", &request.currency);
    let currency: Currency = request.currency.trim().parse().map_err(|_| bad())?;
    let limits = RefundLimits {
        currency,
        per_refund: read(request.per_refund.as_deref(), currency)?,
        per_day: read(request.per_day.as_deref(), currency)?,
        per_person: read(request.per_person.as_deref(), currency)?,
    };
    let _spent = airlock::pass(&scope.desk, &row).await?;
    let set = open.mirror.set_refund_limits(row.id, &limits, scope.clock.now()).await;
    set.map_err(|error| errors::of_mirror(&error))?;
    scope.book_heads.want();
    accounts::view(&open.mirror, &row).await
}

fn read(text: Option<&str>, currency: Currency) -> Result<Option<i64>, ErrorBody> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let shown: String = text.chars().take(40).collect();
    let bad = |why: String| ErrorBody::new(ErrorCode::BadAmount).with("given", &shown).with("why", why);
    let amount =
        Money::parse(text, currency, ExponentTable::Stripe).map_err(|error| bad(error.to_string()))?;
    match amount.minor {
        minor if minor > 0 => Ok(Some(minor)),
        _ => Err(bad("it must be more than zero".to_owned())),
    }
}
