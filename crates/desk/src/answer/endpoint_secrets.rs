//! The secrets that events are signed with on their way to endpoints.

use contract::accounts::KeySource;
use contract::relay::EndpointScheme;
use contract::{ErrorBody, ErrorCode};
use domain::Secret;
use mirror::{EndpointRow, KeyReference};
use vault::EntryName;
use webhooks::Scheme;

use super::accounts;
use super::endpoints::of_mirror;
use super::scope::Resolved;
use crate::desk::{Desk, OpenMirror};

/// Why something cannot be signed.
pub(super) fn bad_secret(why: impl std::fmt::Display) -> ErrorBody {
    ErrorBody::new(ErrorCode::BadEndpointSecret).with("why", why)
}

/// A secret that somebody brings, and where it is to be kept.
pub(super) async fn given_secret(
    scope: &Resolved,
    source: KeySource,
) -> Result<(Secret, KeyReference), ErrorBody> {
    if matches!(source, KeySource::Dotenv { .. } | KeySource::DotenvText { .. }) {
        return Err(bad_secret("a secret is given by itself or by a variable"));
    }
    let given = accounts::given(scope, source).await.map_err(|error| match error.code {
        ErrorCode::VaultKeepsNothing => bad_secret("the environment vault keeps no secrets"),
        _ => error,
    })?;
    Ok((given.key, given.reference))
}

/// Puts a secret into the vault, where that keeps any, once something could be signed by it.
pub(super) async fn keep(
    scope: &Resolved,
    entry: &str,
    scheme: EndpointScheme,
    secret: &Secret,
    reference: &KeyReference,
) -> Result<(), ErrorBody> {
    let as_scheme = match scheme {
        EndpointScheme::Stripe => Scheme::Stripe,
        EndpointScheme::Standard => Scheme::Standard,
    };
    webhooks::sign(as_scheme, "msg_1", scope.clock.now(), b"", std::slice::from_ref(secret))
        .map_err(bad_secret)?;
    if *reference == KeyReference::Vault {
        let vault = scope.vault().await?;
        scope.vault_result(vault.set(&EntryName::WebhookSecret(entry.to_owned()), secret).await)?;
    }
    Ok(())
}

/// The name that the vault keeps an endpoint's secret under.
pub(super) fn entry(row: &EndpointRow) -> EntryName {
    EntryName::WebhookSecret(row.secret_entry.clone())
}

/// Where the secret of an endpoint is kept now. One that signs by the listener's follows it wherever that goes.
async fn reference(open: &OpenMirror, row: &EndpointRow) -> Result<KeyReference, ErrorBody> {
    if let (true, Some(account)) = (is_of_listener(row), row.account_id) {
        let hooks = open.mirror.hooks().list().await.map_err(of_mirror)?;
        if let Some(hook) = hooks.into_iter().find(|hook| hook.account_id == account) {
            return Ok(hook.secret_reference);
        }
    }
    Ok(row.facts.secret_reference.clone())
}

/// Whether what is sent to an endpoint is signed with the listener's secret.
pub(super) fn is_of_listener(row: &EndpointRow) -> bool {
    row.secret_entry != row.id
}

/// The secret of an endpoint.
pub(crate) async fn secret(desk: &Desk, open: &OpenMirror, row: &EndpointRow) -> Result<Secret, ErrorBody> {
    let name = match &reference(open, row).await? {
        KeyReference::Vault => entry(row),
        KeyReference::Variable(variable) => EntryName::AccountKeyFromVariable { variable: variable.clone() },
    };
    let vault = desk.vault().await?;
    let found = desk.vault_result(vault.get(&name).await)?;
    found.ok_or_else(|| ErrorBody::new(ErrorCode::VaultEntryLost).with("entry", "the secret of an endpoint"))
}

/// Where the secret of an endpoint is, in words.
pub(super) async fn secret_location(open: &OpenMirror, row: &EndpointRow) -> Result<String, ErrorBody> {
    Ok(match reference(open, row).await? {
        KeyReference::Vault => "vault".to_owned(),
        KeyReference::Variable(name) => format!("variable {name}"),
    })
}
