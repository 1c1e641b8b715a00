//! A command's way to the Desk: which home, which environment, and how responses come back.

use std::path::PathBuf;
use std::time::Duration;

use contract::endpoint::Call;
use contract::home::UnlockWrites;
use contract::refunds::AcknowledgeIntent;
use contract::shared::Shell;
use contract::{ExitCode, Scope};
use desk::{Connection, DeskOptions};

use crate::answers::Answer;
use crate::arguments::Global;
use crate::commands::unlock;
use crate::failure::Failure;
use crate::output::{Output, Printed, exit_after};
use crate::passphrase;

/// The Desk of the home, and where answers go.
pub(crate) struct Session<'a> {
    connection: Connection,
    scope: Scope,
    output: &'a Output,
}

/// How long a command's Desk may take to close once the command has its answer.
pub(crate) const COMMAND_CLOSING_LIMIT: Duration = Duration::from_secs(2);
/// How long `serve` may take; service managers wait at least so long before they kill.
pub(crate) const SERVE_CLOSING_LIMIT: Duration = Duration::from_secs(60);

/// How a Desk is opened.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Opening {
    /// Stdin carries something else than answers to questions.
    pub(crate) stdin_is_taken: bool,
    /// The Desk goes on working by itself.
    pub(crate) background: bool,
}

/// The folder of the home: as typed, else `PAYDESK_HOME`, else the system's.
pub(crate) fn home_of(global: &Global) -> Result<PathBuf, Failure> {
    let from_variable = || std::env::var_os("PAYDESK_HOME").filter(|home| !home.is_empty());
    match global.home.clone().or_else(|| from_variable().map(PathBuf::from)) {
        Some(home) => std::path::absolute(home).map_err(Failure::bad_request),
        None => Ok(desk::default_home()?),
    }
}

impl<'a> Session<'a> {
    /// Runs the Desk of the home, or reaches the one that runs.
    pub(crate) async fn open(global: &Global, output: &'a Output, opening: Opening) -> Result<Self, Failure> {
        let home = home_of(global)?;
        let passphrase = passphrase::ask_if_needed(&home, opening.stdin_is_taken)?;
        let options = DeskOptions {
            home,
            shell: Shell::Command,
            passphrase,
            background: opening.background,
            vault: None,
        };
        let connection = Connection::open(options).await?;
        let scope = Scope { environment: global.environment, shell: Shell::Command };
        Ok(Self { connection, scope, output })
    }

    /// The Desk.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Where requests come from.
    pub(crate) fn scope(&self) -> Scope {
        self.scope
    }

    /// Where answers go.
    pub(crate) fn output(&self) -> &'a Output {
        self.output
    }

    /// Sends one request.
    pub(crate) async fn call<C: Call>(&self, request: C) -> Result<C::Response, Failure> {
        Ok(self.connection.call(self.scope, request).await?)
    }

    /// Sends one request, shows its response and says what the program exits with.
    pub(crate) async fn answer<C>(
        &self,
        request: C,
        judge: fn(&C::Response) -> ExitCode,
    ) -> Result<u8, Failure>
    where
        C: Call,
        C::Response: Answer,
    {
        let response = self.call(request).await?;
        Ok(exit_after(self.show(&response), judge(&response)))
    }

    /// Shows a response, with what is to be said beside it.
    pub(crate) fn show(&self, response: &impl Answer) -> Printed {
        let printed = self.output.answer(response);
        if let Some(remark) = response.remark() {
            self.output.say(&remark);
        }
        printed
    }

    /// As `answer`, for a write: unlocks live first where that was asked for, and tells the Desk
    /// afterwards that a person was shown the end. Until then the Desk takes the same wish again
    /// for a repeat after a crash, so an outcome that nobody could read is not reported as shown.
    pub(crate) async fn write<C>(
        &self,
        request: C,
        unlock: Option<String>,
        judge: fn(&C::Response) -> ExitCode,
    ) -> Result<u8, Failure>
    where
        C: Call,
        C::Response: Answer,
    {
        self.unlock(unlock).await?;
        let response = self.call(request).await?;
        Ok(self.show_end(&response, judge(&response)).await)
    }

    /// Unlocks writing in live where that was asked for.
    pub(crate) async fn unlock(&self, label: Option<String>) -> Result<(), Failure> {
        if let Some(label) = label {
            let passphrase = unlock::passphrase(self, false).await?;
            let request = UnlockWrites { label, seconds: None, actions: None, passphrase, one_command: true };
            self.call(request).await?;
        }
        Ok(())
    }

    /// Shows what a write came to, tells the Desk that it was shown, and says what the program exits with.
    pub(crate) async fn show_end(&self, response: &impl Answer, exit: ExitCode) -> u8 {
        let printed = self.show(response);
        if let (Printed::Whole, Some(intent_id)) = (printed, response.ended_intent()) {
            let shown = AcknowledgeIntent { intent_id: intent_id.to_owned() };
            if let Err(error) = self.connection.call(self.scope, shown).await {
                tracing::warn!(code = %error.code, "the Desk could not note that the outcome was shown");
            }
        }
        exit_after(printed, exit)
    }

    /// Lets go of the Desk; one that ran here closes its files. A call to the vendor that goes on
    /// beyond the limit is left behind: the program would otherwise not return in the time that
    /// `--wait` promises, and the journal treats it like any other end in the middle of a call.
    pub(crate) async fn close(self, limit: Duration) {
        if tokio::time::timeout(limit, self.connection.close()).await.is_err() {
            tracing::info!("the Desk was left before everything under way had its answer");
        }
    }
}
