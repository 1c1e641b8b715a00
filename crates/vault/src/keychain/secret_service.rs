//! Linux and the other systems with D-Bus: the Secret Service.
//!
//! keyring's own constructor opens one store per process and keeps a failure for ever, so a window
//! started before the keychain would never find it. A store per call costs a few milliseconds, survives
//! a restarted keychain, and leaves a hung connection behind instead of waiting on its mutex.

use std::collections::HashMap;

use keyring_core::api::CredentialStoreApi;
use secret_service::blocking::SecretService;
use secret_service::{EncryptionType, Error as ServiceError};
use zbus_secret_service_keyring_store::Store;

use super::{Call, Place, SERVICE};
use crate::error::{Source, VaultError};

/// Unlocks the default keychain if need be and makes the entry for `place`.
pub(super) fn open(call: &Call, place: &Place) -> Result<keyring::Entry, VaultError> {
    unlock(call)?;
    let store = Store::new().map_err(|error| VaultError::Unavailable(Some(Box::new(error))))?;
    let label = format!("Paydesk {}", place.entry);
    let inner = store
        .build(SERVICE, &place.user, Some(&HashMap::from([("label", label.as_str())])))
        .map_err(|error| super::explain(error, place))?;
    Ok(keyring::Entry { inner })
}

/// The store would unlock by itself, but then we could not tell a dialog that waits for a person from a
/// service that hangs, nor stop before the work when the person took too long.
fn unlock(call: &Call) -> Result<(), VaultError> {
    // No secret passes this connection, so it needs no encryption of its own.
    let service = SecretService::connect(EncryptionType::Plain)
        .map_err(|error| VaultError::Unavailable(Some(Box::new(error))))?;
    let collection = match service.get_default_collection() {
        Ok(collection) => collection,
        // Reading from another collection may still work; storing will meet this again and say so.
        Err(ServiceError::NoResult) => return Ok(()),
        Err(error) => return Err(explain_service(error)),
    };
    if !collection.is_locked().map_err(explain_service)? {
        return Ok(());
    }
    call.ask_person(|| collection.unlock().map_err(explain_service))
}

/// Looks into the reason the store gives for not getting at its storage.
pub(super) fn explain_no_access(source: Source) -> VaultError {
    match source.downcast::<ServiceError>() {
        Ok(error) => explain_service(*error),
        Err(other) => VaultError::Locked(Some(other)),
    }
}

fn explain_service(error: ServiceError) -> VaultError {
    let kind = match error {
        ServiceError::Locked => VaultError::Locked,
        ServiceError::Prompt | ServiceError::PromptDisconnected => VaultError::Dismissed,
        ServiceError::NoResult => VaultError::NoDefaultKeychain,
        ServiceError::Unavailable => VaultError::Unavailable,
        _ => VaultError::KeychainFailed,
    };
    kind(Some(Box::new(error)))
}
