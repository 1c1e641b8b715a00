//! From an id that a person has to the account and the thing that it names.

use contract::{ErrorBody, ErrorCode};
use mirror::{AccountRow, Acting};
use operations::OpenAccount;

use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::errors;

/// A thing at a vendor, with the account that it belongs to.
pub(crate) struct Located {
    pub(crate) open: OpenMirror,
    pub(crate) row: AccountRow,
    /// The vendor's id of it.
    pub(crate) vendor_id: String,
}

impl Located {
    /// The same, with the ticket that it is worked on for.
    pub(crate) fn for_ticket(self, ticket: Option<String>) -> Self {
        let acting = Acting { ticket, ..self.open.mirror.who().clone() };
        Self { open: self.open.acting(acting), ..self }
    }

    /// The account, ready to be worked with.
    pub(crate) async fn account(&self, scope: &Resolved) -> Result<OpenAccount, ErrorBody> {
        scope.worked(&self.open, &self.row).await
    }
}

fn unknown(id: &str) -> ErrorBody {
    let shown: String = id.chars().filter(|one| !one.is_control()).take(80).collect();
    ErrorBody::new(ErrorCode::UnknownId).with("id", shown)
}

/// An id without the white space that copying adds; an empty or absurd one names nothing.
fn clean(id: &str) -> Result<&str, ErrorBody> {
    let id = id.trim();
    let plain = id.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '_' | '-'));
    if id.is_empty() || id.len() > 255 || !plain { Err(unknown(id)) } else { Ok(id) }
}

/// Finds the payment that an id names: `ch_ py_`, `pi_` (its payment), or our own id. One that is
/// not mirrored yet is looked for at the vendor, since support often has a fresher id than we do.
pub(crate) async fn payment(scope: &Resolved, id: &str) -> Result<Located, ErrorBody> {
    let id = clean(id)?;
    let (open, rows) = scope.paying_accounts().await?;
    let payments = open.mirror.payments();
    let of_mirror = |error: mirror::MirrorError| errors::of_mirror(&error);
    let found = if id.starts_with("pay_") {
        payments.by_own_id(id).await.map_err(of_mirror)?.into_iter().collect()
    } else if id.starts_with("pi_") {
        payments.by_payment_intent_any_account(id).await.map_err(of_mirror)?
    } else {
        payments.by_vendor_id_any_account(id).await.map_err(of_mirror)?
    };
    let succeeded = found.iter().find(|one| one.payment.captured_minor > 0).or(found.first());
    let accounts: std::collections::BTreeSet<_> = found.iter().map(|one| one.account_id).collect();
    if accounts.len() > 1 {
        return Err(ErrorBody::new(ErrorCode::AmbiguousId).with("id", id).with("accounts", accounts.len()));
    }
    if let Some(one) = succeeded {
        let row = rows.iter().find(|row| row.id == one.account_id).ok_or_else(|| unknown(id))?.clone();
        return Ok(Located { vendor_id: one.payment.vendor_id.clone(), open, row });
    }
    payment_at_vendor(scope, open, rows, id).await
}

/// Asks each account's vendor for a payment that the mirror does not have.
async fn payment_at_vendor(
    scope: &Resolved,
    open: OpenMirror,
    rows: Vec<AccountRow>,
    id: &str,
) -> Result<Located, ErrorBody> {
    if !["ch_", "py_", "pi_"].iter().any(|prefix| id.starts_with(prefix)) {
        return Err(unknown(id));
    }
    for row in rows {
        let account = scope.worked(&open, &row).await?;
        let seen = if id.starts_with("pi_") {
            account.stripe.payment_intent(id).await
        } else {
            account.stripe.payment(id).await
        };
        let seen = match seen {
            Ok(seen) => seen,
            Err(vendors::stripe::CallError::NotFound(_)) => continue,
            Err(error) => return Err(errors::of_call(&error, row.label.as_str()).with("id", id)),
        };
        let vendor_id = match &seen.record {
            domain::Record::PaymentIntent(intention) => intention.latest_payment_id.clone(),
            other => Some(other.vendor_id().to_owned()),
        };
        open.mirror.commit_page(row.id, &[seen], None).await.map_err(|error| errors::of_mirror(&error))?;
        let Some(vendor_id) = vendor_id else { return Err(unknown(id)) };
        if id.starts_with("pi_") {
            let payment = account
                .stripe
                .payment(&vendor_id)
                .await
                .map_err(|error| errors::of_call(&error, row.label.as_str()).with("id", &vendor_id))?;
            open.mirror
                .commit_page(row.id, &[payment], None)
                .await
                .map_err(|error| errors::of_mirror(&error))?;
        }
        return Ok(Located { open, row, vendor_id });
    }
    Err(unknown(id))
}

/// Finds what can be captured, confirmed or canceled: a payer's intention or a bare payment.
pub(crate) async fn intention(scope: &Resolved, id: &str) -> Result<Located, ErrorBody> {
    let id = clean(id)?;
    if !id.starts_with("pi_") {
        return payment(scope, id).await;
    }
    let (open, rows) = scope.paying_accounts().await?;
    let found = open
        .mirror
        .payment_intents()
        .by_vendor_id_any_account(id)
        .await
        .map_err(|error| errors::of_mirror(&error))?;
    let row = match (found.first(), rows.as_slice()) {
        (Some(one), rows) => rows.iter().find(|row| row.id == one.account_id).cloned(),
        (None, [only]) => Some(only.clone()),
        (None, _) => return Err(unknown(id)),
    };
    let row = row.ok_or_else(|| unknown(id))?;
    Ok(Located { vendor_id: id.to_owned(), open, row })
}

/// Finds the refund that an id names.
pub(crate) async fn refund(scope: &Resolved, id: &str) -> Result<Located, ErrorBody> {
    let id = clean(id)?;
    let (open, rows) = scope.paying_accounts().await?;
    let found = open
        .mirror
        .refunds()
        .by_vendor_id_any_account(id)
        .await
        .map_err(|error| errors::of_mirror(&error))?;
    let row = match (found.first(), rows.as_slice()) {
        (Some(one), rows) => rows.iter().find(|row| row.id == one.account_id).cloned(),
        (None, [only]) if id.starts_with("re_") || id.starts_with("pyr_") => Some(only.clone()),
        _ => None,
    };
    let row = row.ok_or_else(|| unknown(id))?;
    Ok(Located { vendor_id: id.to_owned(), open, row })
}

/// Finds the customer that an id names.
pub(crate) async fn customer(scope: &Resolved, id: &str) -> Result<Located, ErrorBody> {
    let id = clean(id)?;
    let (open, rows) = scope.paying_accounts().await?;
    let found = open
        .mirror
        .customers()
        .by_vendor_id_any_account(id)
        .await
        .map_err(|error| errors::of_mirror(&error))?;
    let row = found.first().and_then(|one| rows.iter().find(|row| row.id == one.account_id)).cloned();
    let row = row.ok_or_else(|| unknown(id))?;
    Ok(Located { vendor_id: id.to_owned(), open, row })
}
