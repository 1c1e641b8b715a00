//! macOS Keychain and Windows Credential Manager, through keyring's own stores.
//!
//! On macOS an entry is bound to the program that made it: after an update of an unsigned build the
//! keychain asks again, and that dialog can outlast our limit.

use super::{Call, Place, SERVICE};
use crate::error::{Source, VaultError};

/// Makes the entry for `place`; these stores hold no connection that could go stale.
pub(super) fn open(_call: &Call, place: &Place) -> Result<keyring::Entry, VaultError> {
    keyring::Entry::new(SERVICE, &place.user).map_err(|error| super::explain(error, place))
}

/// Without access means locked on both systems.
pub(super) fn explain_no_access(source: Source) -> VaultError {
    VaultError::Locked(Some(source))
}
