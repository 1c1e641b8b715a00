//! Where the secrets of paths are kept.

use contract::ErrorBody;
use domain::{AccountId, Secret};
use mirror::{HookRow, KeyReference};
use vault::EntryName;
use webhooks::{Keys, Scheme};

use crate::desk::Desk;

/// Where the vault keeps the secret that the vendor of an account signs with. One that came with a `.env` file stands
/// there before there is a path.
pub(crate) fn secret_name(account: AccountId) -> EntryName {
    EntryName::WebhookSecret(secret_entry(account))
}

/// The part of that name that is the account's own; what is forwarded is signed with the same secret.
pub(crate) fn secret_entry(account: AccountId) -> String {
    account.to_string()
}

/// Where the vault keeps the secret before the present one.
pub(crate) fn previous_secret(account: AccountId) -> EntryName {
    EntryName::WebhookSecret(format!("{account}-previous"))
}

/// Takes secrets over from where an earlier version kept them, which was by the path and not by the account. That one is
/// what the vendor signs with, so it wins over one that came with a `.env` file.
pub(crate) async fn take_over_secrets(desk: &Desk, row: &HookRow) -> Result<(), ErrorBody> {
    if row.secret_reference != KeyReference::Vault {
        return Ok(());
    }
    let vault = desk.vault().await?;
    let [secret, previous] = earlier_names(row);
    for (before, name) in [(secret, secret_name(row.account_id)), (previous, previous_secret(row.account_id))]
    {
        if let Some(kept) = desk.vault_result(vault.get(&before).await)? {
            desk.vault_result(vault.set(&name, &kept).await)?;
            desk.vault_result(vault.delete(&before).await)?;
        }
    }
    Ok(())
}

/// Where an earlier version kept the secret of a path, and the one before.
pub(crate) fn earlier_names(row: &HookRow) -> [EntryName; 2] {
    [EntryName::WebhookSecret(row.id.clone()), EntryName::WebhookSecret(format!("{}-previous", row.id))]
}

/// The secrets of a path.
pub(crate) async fn keys(desk: &Desk, row: &HookRow) -> Result<Keys, ErrorBody> {
    take_over_secrets(desk, row).await?;
    let ways = &row.ways;
    let others = Keys {
        secrets: Vec::new(),
        webhook_id: ways.webhook_id.clone(),
        certificate_pem: ways.certificate.as_ref().map(|one| one.pem.clone().into_bytes()),
        roots_pem: ways.roots_pem.as_ref().map(|pem| pem.clone().into_bytes()),
    };
    if row.scheme == Scheme::PayPal.as_str() {
        let roots_pem = others.roots_pem.or_else(|| desk.listening.certificates.system_roots());
        return Ok(Keys { roots_pem, ..others });
    }
    let vault = desk.vault().await?;
    let name = match &row.secret_reference {
        KeyReference::Vault => secret_name(row.account_id),
        KeyReference::Variable(variable) => EntryName::AccountKeyFromVariable { variable: variable.clone() },
    };
    let mut secrets: Vec<Secret> = Vec::new();
    secrets.extend(desk.vault_result(vault.get(&name).await)?);
    if row.previous_until.is_some() && row.secret_reference == KeyReference::Vault {
        secrets.extend(desk.vault_result(vault.get(&previous_secret(row.account_id)).await)?);
    }
    match secrets.is_empty() {
        true => {
            Err(ErrorBody::new(contract::ErrorCode::VaultEntryLost).with("entry", "the secret of a path"))
        }
        false => Ok(Keys { secrets, ..others }),
    }
}
