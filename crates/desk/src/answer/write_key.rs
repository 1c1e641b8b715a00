//! A second key of an account: all reads go by the first, which may read widely and nothing else, and what moves
//! money by this one, which may do that and nothing else. Who steals one has half.

use contract::accounts::{AccountView, KeySource, SetWriteKey};
use contract::{ErrorBody, ErrorCode};
use domain::Secret;
use mirror::{AccountRow, KeyReference, MirrorError};
use operations::OperationError;
use operations::connect::{self, Learned};
use serde_json::json;
use vault::EntryName;
use vendors::stripe::{AccountFacts, CallError, Right};

use super::scope::Resolved;
use super::{accounts, airlock};
use crate::desk::OpenMirror;
use crate::errors;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `set_write_key`.
pub(crate) async fn set(scope: &Resolved, request: SetWriteKey) -> Result<AccountView, ErrorBody> {
    let (open, row) = scope.one_account(Some(&request.label)).await?;
    match request.key {
        Some(KeySource::Dotenv { .. } | KeySource::DotenvText { .. }) => {
            Err(errors::bad_request("a second key is given by itself, not in a .env file"))
        }
        Some(source) => add(scope, &open, &row, source).await,
        None => remove(scope, &open, &row).await,
    }
}

async fn add(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    source: KeySource,
) -> Result<AccountView, ErrorBody> {
    let given = accounts::given(scope, source).await?;
    let label = row.label.as_str();
    // With the first key beside it, so that rights are those that the account then has.
    let both = scope.client_with(row, open, Some(given.key.clone())).await?;
    check_account(scope, open, row, given.key.clone()).await?;
    let of_operation = |error: OperationError| errors::of_operation(&error, label);
    let learned = connect::learn(&both).await.map_err(of_operation)?;
    if learned.rights.refunds == Right::Denied && learned.rights.payments == Right::Denied {
        return Err(ErrorBody::new(ErrorCode::KeyCannotWrite));
    }
    let _alone = scope.changing_keys.write().await;
    check_not_in_use(scope, open, row).await?;
    let _spent = airlock::pass(&scope.desk, row).await?;
    if given.reference == KeyReference::Vault {
        let vault = scope.vault().await?;
        let entry = EntryName::AccountWriteKey(row.id.to_string());
        scope.vault_result(vault.set(&entry, &given.key).await)?;
    }
    keep(scope, open, row, Some(&given.reference), &learned).await
}

async fn remove(scope: &Resolved, open: &OpenMirror, row: &AccountRow) -> Result<AccountView, ErrorBody> {
    if row.write_key_reference.is_none() {
        return accounts::view(&open.mirror, row).await;
    }
    let alone = scope.client_with(row, open, None).await?;
    let learned =
        connect::learn(&alone).await.map_err(|error| errors::of_operation(&error, row.label.as_str()))?;
    let _alone = scope.changing_keys.write().await;
    check_not_in_use(scope, open, row).await?;
    let _spent = airlock::pass(&scope.desk, row).await?;
    let view = keep(scope, open, row, None, &learned).await?;
    if row.write_key_reference == Some(KeyReference::Vault) {
        let vault = scope.vault().await?;
        scope.vault_result(vault.delete(&EntryName::AccountWriteKey(row.id.to_string())).await)?;
    }
    Ok(view)
}

async fn keep(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    reference: Option<&KeyReference>,
    learned: &Learned,
) -> Result<AccountView, ErrorBody> {
    let rights = json!({
        "write_refunds": learned.rights.refunds.as_str(),
        "write_payments": learned.rights.payments.as_str(),
        "write_customers": learned.rights.customers.as_str(),
    });
    let accounts_of = open.mirror.accounts();
    accounts_of.set_write_key(row.id, reference, rights, scope.clock.now()).await.map_err(of_mirror)?;
    accounts_of.update_facts(row.id, &accounts::facts(learned)).await.map_err(of_mirror)?;
    scope.forget_account(row.id);
    scope.book_heads.want();
    let (open, row) = scope.account(row.label.as_str()).await?;
    accounts::view(&open.mirror, &row).await
}

/// Refuses to change the key under what is open. Nothing that Stripe says tells whether an idempotency key means the
/// same under two of an account's keys, so what was begun with one is never sent again with another. Whoever calls
/// this holds what no write can begin beside.
async fn check_not_in_use(scope: &Resolved, open: &OpenMirror, row: &AccountRow) -> Result<(), ErrorBody> {
    if scope.bulks.is_sending(row.id) {
        return Err(ErrorBody::new(ErrorCode::BulkBusy));
    }
    let intents = open.mirror.intents();
    let mut unended = intents.pending().await.map_err(of_mirror)?;
    unended.extend(intents.waiting().await.map_err(of_mirror)?);
    match unended.iter().filter(|one| one.account_id == row.id).count() {
        0 => Ok(()),
        count => Err(ErrorBody::new(ErrorCode::KeyInUse).with("count", count).with("label", &row.label)),
    }
}

/// Refuses a key of another account, as far as it may say whose it is. A narrow key may not, and then its first
/// refund would tell: the vendor knows no payment of ours there, and nothing moves.
async fn check_account(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    key: Secret,
) -> Result<(), ErrorBody> {
    let alone = scope.client_by(row, open, key).await?;
    let theirs: Option<AccountFacts> = match alone.account().await {
        Ok(facts) => facts,
        Err(CallError::Forbidden { .. } | CallError::NotFound(_)) => None,
        Err(error) => return Err(errors::of_call(&error, row.label.as_str())),
    };
    match (theirs.map(|facts| facts.vendor_account_id), &row.vendor_account_id) {
        (Some(theirs), Some(ours)) if theirs != *ours => Err(ErrorBody::new(ErrorCode::KeyOtherAccount)
            .with("theirs", theirs)
            .with("ours", ours)
            .with("label", &row.label)),
        _ => Ok(()),
    }
}
