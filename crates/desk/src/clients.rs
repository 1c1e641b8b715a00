//! The vendor client of each account, and the sandbox that is built in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as BlockingMutex, PoisonError};

use contract::calls::QuotaView;
use contract::{ErrorBody, ErrorCode};
use domain::{AccountId, Capability, Environment, Secret, Vendor};
use mirror::{AccountRow, KeyReference};
use operations::OpenAccount;
use operations::mail::MailAccount;
use sandbox::{Sandbox, SandboxConfig};
use tokio::sync::Mutex;
use vault::EntryName;
use vendors::sendgrid::{SendGrid, SendGridConfig};
use vendors::stripe::{Stripe, StripeConfig};
use vendors::twilio::Twilio;

use crate::desk::{Desk, OpenMirror};
use crate::errors;
use crate::settings::SandboxSettings;

mod sms;

pub(crate) use sms::SmsPlace;

/// In place of an address: the sandbox that is built in. Its port changes at every start.
pub(crate) const BUILT_IN: &str = "builtin:sandbox";

/// Where what was done to the built-in sandbox is kept.
const SANDBOX_FILE: &str = "sandbox.jsonl";

/// Charges in the history of the built-in sandbox: enough to feel like a shop, few enough to load
/// in seconds.
const SANDBOX_CHARGES: u32 = 2_000;

/// How long one try may take. A shell waits thirty seconds for a refund, so that a try which gets no
/// answer leaves time for a second under the same key.
const ATTEMPT_LIMIT: std::time::Duration = std::time::Duration::from_secs(20);

/// Requests that left, and those that the vendor answered with `429`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SentCounts {
    pub(crate) requests: u64,
    pub(crate) too_many: u64,
}

impl SentCounts {
    /// What came since an earlier count. A client that was made anew counts from zero.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(earlier.requests),
            too_many: self.too_many.saturating_sub(earlier.too_many),
        }
    }
}

/// Clients by account, and the running sandbox.
#[derive(Default)]
pub(crate) struct Clients {
    by_account: BlockingMutex<HashMap<AccountId, Stripe>>,
    sending_mail: BlockingMutex<HashMap<AccountId, SendGrid>>,
    sending_sms: BlockingMutex<HashMap<AccountId, Twilio>>,
    sandbox: Mutex<Option<Arc<Sandbox>>>,
}

impl Clients {
    pub(crate) fn forget(&self, account: AccountId) {
        self.by_account.lock().unwrap_or_else(PoisonError::into_inner).remove(&account);
        self.mail().remove(&account);
        self.sms().remove(&account);
    }

    fn get(&self, account: AccountId) -> Option<Stripe> {
        self.by_account.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }

    fn keep(&self, account: AccountId, client: Stripe) {
        self.by_account.lock().unwrap_or_else(PoisonError::into_inner).insert(account, client);
    }

    fn mail(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, SendGrid>> {
        self.sending_mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops every client and stops the sandbox.
    pub(crate) async fn close(&self) {
        self.by_account.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.mail().clear();
        self.sms().clear();
        if let Some(running) = self.sandbox.lock().await.take()
            && let Ok(running) = Arc::try_unwrap(running)
        {
            running.stop().await;
        }
    }

    /// How many requests of an account left since the start.
    pub(crate) fn sent(&self, account: AccountId) -> SentCounts {
        self.get(account).map_or_else(SentCounts::default, |client| {
            let quota = client.quota();
            SentCounts { requests: quota.sent, too_many: quota.refused }
        })
    }

    /// The rate of an account, where it was called since the start.
    pub(crate) fn quota(&self, account: &AccountRow) -> Option<QuotaView> {
        let of_mail = || self.mail().get(&account.id).map(SendGrid::quota);
        let of_sms = || self.sms().get(&account.id).map(Twilio::quota);
        let quota = self.get(account.id).map(|client| client.quota()).or_else(of_mail).or_else(of_sms)?;
        Some(crate::answer::calls::quota_view(account.label.as_str(), &quota))
    }
}

impl Desk {
    /// An account that can be worked with.
    pub(crate) async fn open_account(
        &self,
        row: &AccountRow,
        open: &OpenMirror,
    ) -> Result<OpenAccount, ErrorBody> {
        if !row.vendor.takes_payments() {
            return Err(errors::not_for_this(row));
        }
        let client = match self.clients.get(row.id) {
            Some(client) => client,
            None => {
                let write_key = self.write_key(row).await?;
                let client = self.client_with(row, open, write_key).await?;
                self.clients.keep(row.id, client.clone());
                client
            }
        };
        Ok(OpenAccount {
            row: row.clone(),
            mirror: open.mirror.clone(),
            stripe: client,
            clock: Arc::clone(&self.clock),
            reads_back: true,
        })
    }

    /// An account that sends mail and can be worked with.
    pub(crate) async fn open_mail_account(
        &self,
        row: &AccountRow,
        open: &OpenMirror,
    ) -> Result<MailAccount, ErrorBody> {
        if row.vendor.capability() != Capability::Email {
            return Err(errors::not_for_this(row));
        }
        let kept = self.clients.mail().get(&row.id).cloned();
        let client = match kept {
            Some(client) => client,
            None => {
                let key = self.account_key(row).await?;
                let client = self.make_mail_client(row.id, &row.base_url, row.environment, key, open)?;
                self.clients.mail().insert(row.id, client.clone());
                client
            }
        };
        let (mirror, clock) = (open.mirror.clone(), Arc::clone(&self.clock));
        Ok(MailAccount { row: row.clone(), mirror, client, clock })
    }

    /// A client for mail that is not kept, such as for an account that is being connected.
    pub(crate) fn make_mail_client(
        &self,
        account: AccountId,
        base_url: &str,
        environment: Environment,
        key: Secret,
        open: &OpenMirror,
    ) -> Result<SendGrid, ErrorBody> {
        let url = base_url.parse().map_err(|error| {
            ErrorBody::new(ErrorCode::BadBaseUrl).with("given", base_url).with("why", error)
        })?;
        let config = SendGridConfig { account, base_url: url, environment, key, attempt: ATTEMPT_LIMIT };
        let clock = Arc::new(transport::SystemClock::new());
        SendGrid::new(config, open.calls.of(Vendor::SendGrid), clock)
            .map_err(|error| errors::of_mail_connect(&error, base_url))
    }

    /// A client of an account under its first key, with another one for what moves money or without.
    pub(crate) async fn client_with(
        &self,
        row: &AccountRow,
        open: &OpenMirror,
        write_key: Option<Secret>,
    ) -> Result<Stripe, ErrorBody> {
        let key = self.account_key(row).await?;
        self.make_client_of(row.id, &self.base_url(row).await?, (key, write_key), open)
    }

    /// A client of an account under one other key, to find out what that is.
    pub(crate) async fn client_by(
        &self,
        row: &AccountRow,
        open: &OpenMirror,
        key: Secret,
    ) -> Result<Stripe, ErrorBody> {
        self.make_client_of(row.id, &self.base_url(row).await?, (key, None), open)
    }

    /// A client that is not kept, such as for an account that is being connected.
    pub(crate) fn make_client(
        &self,
        account: AccountId,
        base_url: &str,
        key: Secret,
        open: &OpenMirror,
    ) -> Result<Stripe, ErrorBody> {
        self.make_client_of(account, base_url, (key, None), open)
    }

    fn make_client_of(
        &self,
        account: AccountId,
        base_url: &str,
        (key, write_key): (Secret, Option<Secret>),
        open: &OpenMirror,
    ) -> Result<Stripe, ErrorBody> {
        let url = base_url.parse().map_err(|error| {
            ErrorBody::new(ErrorCode::BadBaseUrl).with("given", base_url).with("why", error)
        })?;
        let clock = Arc::new(transport::SystemClock::new());
        let mut config = StripeConfig::new(account, url, key);
        config.limits.attempt = ATTEMPT_LIMIT;
        config.write_key = write_key;
        Stripe::new(config, open.calls.of(Vendor::Stripe), clock)
            .map_err(|error| errors::of_connect(&error, base_url))
    }

    /// Where an account is called now.
    /// Where the vendor of an account is; the built-in sandbox is started for it.
    pub(crate) async fn base_url(&self, row: &AccountRow) -> Result<String, ErrorBody> {
        if row.base_url != BUILT_IN {
            return Ok(row.base_url.clone());
        }
        Ok(self.sandbox().await?.base_url())
    }

    /// The key of an account, from the vault or from the variable that it remembers.
    async fn account_key(&self, row: &AccountRow) -> Result<Secret, ErrorBody> {
        let kept = EntryName::AccountKey(row.id.to_string());
        self.kept_key(row, &row.key_reference, kept, "the key").await
    }

    /// The key of an account for what moves money, where it has one of its own.
    async fn write_key(&self, row: &AccountRow) -> Result<Option<Secret>, ErrorBody> {
        let Some(reference) = &row.write_key_reference else { return Ok(None) };
        let kept = EntryName::AccountWriteKey(row.id.to_string());
        self.kept_key(row, reference, kept, "the key for refunds").await.map(Some)
    }

    async fn kept_key(
        &self,
        row: &AccountRow,
        reference: &KeyReference,
        kept: EntryName,
        what: &str,
    ) -> Result<Secret, ErrorBody> {
        let name = match reference {
            KeyReference::Vault => kept,
            KeyReference::Variable(variable) => {
                EntryName::AccountKeyFromVariable { variable: variable.clone() }
            }
        };
        let vault = self.vault().await?;
        self.vault_result(vault.get(&name).await)?.ok_or_else(|| {
            let entry = match reference {
                KeyReference::Vault => format!("{what} of {}", row.label),
                KeyReference::Variable(variable) => format!("the variable {variable} for {}", row.label),
            };
            ErrorBody::new(ErrorCode::VaultEntryLost).with("entry", entry)
        })
    }

    /// The running sandbox, started at its first use with the world that it had the last time.
    pub(crate) async fn sandbox(&self) -> Result<Arc<Sandbox>, ErrorBody> {
        let mut running = self.clients.sandbox.lock().await;
        if let Some(sandbox) = &*running {
            return Ok(Arc::clone(sandbox));
        }
        let world = self.sandbox_settings().await?;
        // Its state file remembers when the made-up history ended; from there its clock is the real one.
        let config = SandboxConfig {
            charges: world.charges,
            seed: world.seed,
            state_file: Some(self.home().file(SANDBOX_FILE)),
            ..SandboxConfig::default()
        };
        let sandbox = Sandbox::start(config)
            .await
            .map_err(|error| errors::defect(format!("the built-in sandbox did not start: {error}")))?;
        let sandbox = Arc::new(sandbox);
        *running = Some(Arc::clone(&sandbox));
        Ok(sandbox)
    }

    async fn sandbox_settings(&self) -> Result<SandboxSettings, ErrorBody> {
        let mut settings = self.settings.lock().await;
        if let Some(world) = &settings.sandbox {
            return Ok(world.clone());
        }
        let world = SandboxSettings { seed: 1, charges: SANDBOX_CHARGES };
        settings.sandbox = Some(world.clone());
        settings.save(self.home())?;
        Ok(world)
    }
}
