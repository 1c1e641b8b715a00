//! What the requests of a path are checked with: a secret that somebody brings, that a shell offers, or that is there already.

use contract::accounts::KeySource;
use contract::{ErrorBody, ErrorCode, SecretText};
use domain::{AccountId, Secret};
use mirror::{HookRow, KeyReference, Origin};
use vault::VaultKind;
use webhooks::Scheme;

use super::hooks::{of_mirror, unfit};
use super::scope::Resolved;
use super::{accounts, endpoint_secrets};
use crate::desk::OpenMirror;
use crate::listening::{previous_secret, secret_name};
use crate::{errors, listening};

/// How long the secret before the present one is honoured: as long as Stripe signs with both.
const PREVIOUS_KEPT_MS: i64 = 24 * 3_600_000;

/// A secret that somebody brings, and where it is to be kept.
pub(super) async fn given_secret(
    scope: &Resolved,
    source: KeySource,
) -> Result<(Secret, KeyReference), ErrorBody> {
    if matches!(source, KeySource::Dotenv { .. } | KeySource::DotenvText { .. }) {
        // Of such a file the vendor's key is taken, which signs nothing.
        return Err(errors::bad_request("the secret of a path is given by itself or by a variable"));
    }
    let given = accounts::given(scope, source).await.map_err(|error| match error.code {
        ErrorCode::VaultKeepsNothing => ErrorBody::new(ErrorCode::HookSecretNeeded),
        _ => error,
    })?;
    // Everybody's signature would be good under an empty one.
    if given.key.expose().trim().is_empty() {
        return Err(ErrorBody::new(ErrorCode::HookSecretBlank));
    }
    Ok((given.key, given.reference))
}

/// A path that is to be made.
pub(super) struct Wanted {
    pub(super) scheme: Scheme,
    pub(super) given: Option<(Secret, KeyReference)>,
    pub(super) offered: Option<SecretText>,
    pub(super) name: Option<String>,
}

impl Wanted {
    /// Makes the path, its secret first, so that there is never a path without one; and the source before both where it
    /// is new. Tells whether the offered secret was taken.
    pub(super) async fn make(
        self,
        scope: &Resolved,
        open: &OpenMirror,
        origin: Option<Origin>,
    ) -> Result<(Origin, HookRow, bool), ErrorBody> {
        let Self { scheme, mut given, offered, name } = self;
        if given.is_none()
            && let Some(origin) = origin.as_ref().filter(|origin| !origin.is_source)
        {
            let kept = imported_secret(scope, origin.id).await?;
            given = kept.map(|secret| (secret, KeyReference::Vault));
        }
        let takes_offered = given.is_none() && scheme.takes_our_secret();
        let secret = match (given, offered) {
            (Some(given), _) => Some(given),
            (None, _) if scheme == Scheme::PayPal => None,
            (None, _) if !scheme.takes_our_secret() => {
                return Err(unfit(format!(
                    "only the vendor has what {scheme} is checked with, so name its variable with --secret-env"
                )));
            }
            (None, Some(_)) if scope.vault_kind() == VaultKind::Environment => {
                return Err(ErrorBody::new(ErrorCode::HookSecretNeeded));
            }
            (None, Some(SecretText(offered))) if !offered.expose().trim().is_empty() => {
                Some((offered, KeyReference::Vault))
            }
            (None, _) => return Err(ErrorBody::new(ErrorCode::HookSecretBlank)),
        };
        let origin = match origin {
            Some(origin) => origin,
            None => make_source(scope, open, &name.unwrap_or_default(), scheme).await?,
        };
        let reference = match secret {
            Some((secret, KeyReference::Vault)) => {
                let vault = scope.vault().await?;
                scope.vault_result(vault.set(&secret_name(origin.id), &secret).await)?;
                KeyReference::Vault
            }
            Some((_, reference)) => reference,
            None => KeyReference::Vault,
        };
        let (id, now) = (uuid::Uuid::now_v7().to_string(), scope.clock.now());
        let row = open.mirror.hooks().insert(&id, origin.id, scheme.as_str(), &reference, now).await;
        Ok((origin, row.map_err(of_mirror)?, takes_offered))
    }
}

async fn make_source(
    scope: &Resolved,
    open: &OpenMirror,
    name: &str,
    scheme: Scheme,
) -> Result<Origin, ErrorBody> {
    let label: domain::Label = name.parse().map_err(errors::defect)?;
    let id = AccountId::generate();
    let vendor = scheme.as_str();
    open.mirror.insert_source(id, &label, vendor, scope.clock.now()).await.map_err(of_mirror)?;
    Ok(Origin { id, label, vendor: vendor.to_owned(), is_source: true, removed_at: None })
}

/// The secret that came with the account's `.env` file: what the vendor signs with already.
async fn imported_secret(scope: &Resolved, account: AccountId) -> Result<Option<Secret>, ErrorBody> {
    if scope.vault_kind() == VaultKind::Environment {
        return Ok(None);
    }
    let vault = scope.vault().await?;
    let kept = scope.vault_result(vault.get(&secret_name(account)).await)?;
    Ok(kept.filter(|kept| !kept.expose().trim().is_empty()))
}

/// Gives a path another secret. The vendor may sign by the one before for a while, and it is honoured meanwhile.
pub(super) async fn replace_secret(
    scope: &Resolved,
    open: &OpenMirror,
    row: &HookRow,
    secret: &Secret,
    reference: &KeyReference,
) -> Result<(), ErrorBody> {
    listening::take_over_secrets(scope, row).await?;
    let mut previous_until = None;
    if *reference == KeyReference::Vault {
        let vault = scope.vault().await?;
        let name = secret_name(row.account_id);
        let before = scope.vault_result(vault.get(&name).await)?;
        if before.as_ref().is_some_and(|before| before.expose() == secret.expose()) {
            return Ok(());
        }
        if let Some(before) = before {
            scope.vault_result(vault.set(&previous_secret(row.account_id), &before).await)?;
            previous_until = Some(scope.clock.now().plus_ms(PREVIOUS_KEPT_MS));
        }
        scope.vault_result(vault.set(&name, secret).await)?;
    } else if row.secret_reference == *reference {
        return Ok(());
    }
    open.mirror.hooks().set_secret(&row.id, reference, previous_until).await.map_err(of_mirror)?;
    // What is sent on signed by this secret is signed by the new one from now on.
    for endpoint in open.mirror.endpoints().list().await.map_err(of_mirror)? {
        if endpoint.account_id == Some(row.account_id) && endpoint_secrets::is_of_listener(&endpoint) {
            scope.relay.forget_secret(&endpoint, open.mirror.environment());
        }
    }
    Ok(())
}
