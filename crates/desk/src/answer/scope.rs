//! Which environment and which account a request is about.

use std::ops::Deref;
use std::sync::Arc;

use contract::{ErrorBody, ErrorCode, Scope};
use domain::{AccountId, Capability, Environment};
use mirror::{AccountRow, Acting, Labelled, Origin, Shell};
use operations::OpenAccount;

use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// The only one that was found, where there is one; which of several is meant is for whoever asks to say.
pub(super) fn only_one<T>(mut found: Vec<(OpenMirror, T)>) -> Result<Option<(OpenMirror, T)>, ErrorBody> {
    if found.len() > 1 {
        let words: Vec<&str> = found.iter().map(|(open, _)| open.mirror.environment().as_str()).collect();
        return Err(ErrorBody::new(ErrorCode::EnvironmentNeeded).with("environments", words.join(", ")));
    }
    Ok(found.pop())
}

/// A request's scope together with the Desk that answers it.
#[derive(Clone)]
pub(crate) struct Resolved {
    pub(crate) desk: Arc<Desk>,
    pub(crate) scope: Scope,
    /// Paydesk works by a rule that a person made: nobody asks, and nobody looks.
    pub(crate) by_rule: bool,
}

impl Deref for Resolved {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

impl Resolved {
    /// The scope of a request.
    pub(crate) fn of(desk: Arc<Desk>, scope: Scope) -> Self {
        Self { desk, scope, by_rule: false }
    }

    /// What Paydesk does by itself in an environment, since a person made a rule of it.
    pub(crate) fn by_rule(desk: Arc<Desk>, environment: Environment) -> Self {
        let scope = Scope { environment: Some(environment), shell: contract::shared::Shell::Command };
        Self { desk, scope, by_rule: true }
    }

    /// Who asks, for the book.
    pub(crate) async fn acting(&self) -> Acting {
        if self.by_rule {
            return Acting { system_user: self.system_user.clone(), ..Acting::default() };
        }
        Acting {
            system_user: self.system_user.clone(),
            name: self.settings.lock().await.name.clone().unwrap_or_default(),
            shell: match self.scope.shell {
                contract::shared::Shell::Window => Shell::Window,
                contract::shared::Shell::Command => Shell::Command,
            },
            why: None,
            ticket: None,
        }
    }

    /// The mirror of an environment, where its file exists, for whoever asks.
    pub(crate) async fn existing_mirror(
        &self,
        environment: Environment,
    ) -> Result<Option<OpenMirror>, ErrorBody> {
        let open = self.desk.existing_mirror(environment).await?;
        let acting = self.acting().await;
        Ok(open.map(|open| open.acting(acting)))
    }

    /// The mirror of an environment, made where there is none, for whoever asks.
    pub(crate) async fn mirror(&self, environment: Environment) -> Result<OpenMirror, ErrorBody> {
        let open = self.desk.mirror(environment).await?;
        Ok(open.acting(self.acting().await))
    }

    /// The environments that the home has accounts in.
    pub(crate) async fn environments_with_accounts(&self) -> Result<Vec<Environment>, ErrorBody> {
        let mut found = Vec::new();
        for environment in Environment::ALL {
            if let Some(open) = self.existing_mirror(environment).await?
                && !open.mirror.origins().await.map_err(|error| errors::of_mirror(&error))?.is_empty()
            {
                found.push(environment);
            }
        }
        Ok(found)
    }

    /// The environment: the window's, the one that was named, or the only one of the home.
    pub(crate) async fn environment(&self) -> Result<Environment, ErrorBody> {
        if let Some(environment) = self.scope.environment {
            return Ok(environment);
        }
        let found = self.environments_with_accounts().await?;
        match found.as_slice() {
            [] => Err(ErrorBody::new(ErrorCode::NoAccount)),
            [only] => Ok(*only),
            several => {
                let words: Vec<&str> = several.iter().map(|one| one.as_str()).collect();
                Err(ErrorBody::new(ErrorCode::EnvironmentNeeded).with("environments", words.join(", ")))
            }
        }
    }

    /// The environment's mirror.
    pub(crate) async fn open_mirror(&self) -> Result<OpenMirror, ErrorBody> {
        let environment = self.environment().await?;
        self.existing_mirror(environment).await?.ok_or_else(|| ErrorBody::new(ErrorCode::NoAccount))
    }

    /// The environment's accounts.
    pub(crate) async fn accounts(&self) -> Result<(OpenMirror, Vec<AccountRow>), ErrorBody> {
        let open = self.open_mirror().await?;
        let rows = open.mirror.accounts().list().await.map_err(|error| errors::of_mirror(&error))?;
        if rows.is_empty() { Err(ErrorBody::new(ErrorCode::NoAccount)) } else { Ok((open, rows)) }
    }

    /// The environment's accounts and sources.
    pub(crate) async fn origins(&self) -> Result<(OpenMirror, Vec<Origin>), ErrorBody> {
        let open = self.open_mirror().await?;
        let rows = open.mirror.origins().await.map_err(|error| errors::of_mirror(&error))?;
        if rows.is_empty() { Err(ErrorBody::new(ErrorCode::NoAccount)) } else { Ok((open, rows)) }
    }

    /// The account or source with a label, in the environment or anywhere in the home.
    pub(crate) async fn origin(&self, label: &str) -> Result<(OpenMirror, Origin), ErrorBody> {
        let mut found = self.origins_called(label).await?;
        found.retain(|(open, _)| {
            self.scope.environment.is_none_or(|wanted| wanted == open.mirror.environment())
        });
        only_one(found)?.ok_or_else(|| ErrorBody::new(ErrorCode::UnknownAccount).with("label", label))
    }

    /// The accounts and sources of the whole home with a label: one, unless an earlier version let two have it or a copy
    /// brought another one back.
    pub(crate) async fn origins_called(&self, label: &str) -> Result<Vec<(OpenMirror, Origin)>, ErrorBody> {
        let mut found = Vec::new();
        for environment in Environment::ALL {
            let Some(open) = self.existing_mirror(environment).await? else { continue };
            let rows = open.mirror.origins().await.map_err(|error| errors::of_mirror(&error))?;
            if let Some(row) = rows.into_iter().find(|row| row.label.as_str() == label) {
                found.push((open, row));
            }
        }
        Ok(found)
    }

    /// The account with a label in the environment.
    pub(crate) async fn account(&self, label: &str) -> Result<(OpenMirror, AccountRow), ErrorBody> {
        let unknown = || ErrorBody::new(ErrorCode::UnknownAccount).with("label", label);
        let (open, rows) = match self.scope.environment {
            Some(_) => self.accounts().await?,
            None => return self.account_anywhere(label).await,
        };
        let row = rows.into_iter().find(|row| row.label.as_str() == label).ok_or_else(unknown)?;
        Ok((open, row))
    }

    /// The account with a label in any environment of the home.
    async fn account_anywhere(&self, label: &str) -> Result<(OpenMirror, AccountRow), ErrorBody> {
        let mut found = Vec::new();
        for environment in Environment::ALL {
            let Some(open) = self.existing_mirror(environment).await? else { continue };
            let row = open.mirror.accounts().by_label(label).await;
            found.extend(row.map_err(|error| errors::of_mirror(&error))?.map(|row| (open, row)));
        }
        only_one(found)?.ok_or_else(|| ErrorBody::new(ErrorCode::UnknownAccount).with("label", label))
    }

    /// The account that was named, which must take payments.
    async fn paying(&self, label: &str) -> Result<(OpenMirror, AccountRow), ErrorBody> {
        let (open, row) = self.account(label).await?;
        if row.vendor.takes_payments() { Ok((open, row)) } else { Err(errors::not_for_this(&row)) }
    }

    /// The account that was named, or the only one of the environment, of those that take payments.
    pub(crate) async fn one_account(
        &self,
        label: Option<&str>,
    ) -> Result<(OpenMirror, AccountRow), ErrorBody> {
        if let Some(label) = label {
            return self.paying(label).await;
        }
        let (open, mut rows) = self.paying_accounts().await?;
        match (rows.len(), rows.pop()) {
            (1, Some(row)) => Ok((open, row)),
            _ => Err(ErrorBody::new(ErrorCode::AccountNeeded)),
        }
    }

    /// The accounts of the environment that take payments.
    pub(crate) async fn paying_accounts(&self) -> Result<(OpenMirror, Vec<AccountRow>), ErrorBody> {
        let (open, mut rows) = self.accounts().await?;
        rows.retain(|row| row.vendor.takes_payments());
        if rows.is_empty() { Err(ErrorBody::new(ErrorCode::NoAccount)) } else { Ok((open, rows)) }
    }

    /// The account that sends mail: the one that was named, or the only one of the environment that can.
    pub(crate) async fn mail_account(
        &self,
        label: Option<&str>,
    ) -> Result<(OpenMirror, AccountRow), ErrorBody> {
        self.only_for(Capability::Email, label, (ErrorCode::NoMailAccount, ErrorCode::MailAccountNeeded))
            .await
    }

    /// The account that sends SMS: the one that was named, or the only one of the environment that can.
    pub(crate) async fn sms_account(
        &self,
        label: Option<&str>,
    ) -> Result<(OpenMirror, AccountRow), ErrorBody> {
        self.only_for(Capability::Sms, label, (ErrorCode::NoSmsAccount, ErrorCode::SmsAccountNeeded)).await
    }

    async fn only_for(
        &self,
        capability: Capability,
        label: Option<&str>,
        (none, several): (ErrorCode, ErrorCode),
    ) -> Result<(OpenMirror, AccountRow), ErrorBody> {
        let can = |row: &AccountRow| row.vendor.capability() == capability;
        if let Some(label) = label {
            let (open, row) = self.account(label).await?;
            return if can(&row) { Ok((open, row)) } else { Err(errors::not_for_this(&row)) };
        }
        let (open, mut rows) = self.accounts().await?;
        rows.retain(can);
        match (rows.len(), rows.pop()) {
            (1, Some(row)) => Ok((open, row)),
            (0, _) => Err(ErrorBody::new(none)),
            _ => Err(ErrorBody::new(several)),
        }
    }

    /// The named account, or all of the environment that take payments.
    pub(crate) async fn some_accounts(
        &self,
        label: Option<&str>,
    ) -> Result<(OpenMirror, Vec<AccountRow>), ErrorBody> {
        match label {
            Some(label) => self.paying(label).await.map(|(open, row)| (open, vec![row])),
            None => self.paying_accounts().await,
        }
    }

    /// The named account, or all of the environment, whatever they are for.
    pub(crate) async fn any_accounts(
        &self,
        label: Option<&str>,
    ) -> Result<(OpenMirror, Vec<AccountRow>), ErrorBody> {
        match label {
            Some(label) => self.account(label).await.map(|(open, row)| (open, vec![row])),
            None => self.accounts().await,
        }
    }

    /// An account with its client.
    pub(crate) async fn worked(&self, open: &OpenMirror, row: &AccountRow) -> Result<OpenAccount, ErrorBody> {
        self.open_account(row, open).await
    }
}

/// The label of an account or source in a list of rows; its id once it was removed.
pub(crate) fn label_of(rows: &[impl Labelled], id: AccountId) -> String {
    rows.iter().find(|row| row.id() == id).map_or_else(|| id.to_string(), |row| row.label().to_string())
}
