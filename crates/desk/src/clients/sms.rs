//! Clients of accounts that send SMS.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use contract::{ErrorBody, ErrorCode};
use domain::{AccountId, Capability, Environment, Secret, Vendor};
use mirror::AccountRow;
use operations::sms::SmsAccount;
use vendors::twilio::{Twilio, TwilioConfig};

use super::{ATTEMPT_LIMIT, Clients};
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// Where an account that sends SMS is, and by which id.
pub(crate) struct SmsPlace<'a> {
    pub(crate) account: AccountId,
    pub(crate) base_url: &'a str,
    pub(crate) environment: Environment,
    pub(crate) account_sid: &'a str,
}

impl Clients {
    pub(super) fn sms(&self) -> MutexGuard<'_, HashMap<AccountId, Twilio>> {
        self.sending_sms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// An account that sends SMS and can be worked with.
    pub(crate) async fn open_sms_account(
        &self,
        row: &AccountRow,
        open: &OpenMirror,
    ) -> Result<SmsAccount, ErrorBody> {
        if row.vendor.capability() != Capability::Sms {
            return Err(errors::not_for_this(row));
        }
        let kept = self.clients.sms().get(&row.id).cloned();
        let client = match kept {
            Some(client) => client,
            None => {
                let key = self.account_key(row).await?;
                let place = SmsPlace {
                    account: row.id,
                    base_url: &row.base_url,
                    environment: row.environment,
                    account_sid: row.vendor_account_id.as_deref().unwrap_or_default(),
                };
                let client = self.make_sms_client(&place, key, open)?;
                self.clients.sms().insert(row.id, client.clone());
                client
            }
        };
        let (mirror, clock) = (open.mirror.clone(), Arc::clone(&self.clock));
        Ok(SmsAccount { row: row.clone(), mirror, client, clock })
    }

    /// A client for SMS that is not kept, such as for an account that is being connected.
    pub(crate) fn make_sms_client(
        &self,
        place: &SmsPlace<'_>,
        key: Secret,
        open: &OpenMirror,
    ) -> Result<Twilio, ErrorBody> {
        let url = place.base_url.parse().map_err(|error| {
            ErrorBody::new(ErrorCode::BadBaseUrl).with("given", place.base_url).with("why", error)
        })?;
        let config = TwilioConfig {
            account: place.account,
            base_url: url,
            environment: place.environment,
            account_sid: place.account_sid.to_owned(),
            key,
            attempt: ATTEMPT_LIMIT,
        };
        let clock = Arc::new(transport::SystemClock::new());
        Twilio::new(config, open.calls.of(Vendor::Twilio), clock)
            .map_err(|error| errors::of_sms_connect(&error, place.base_url))
    }
}
