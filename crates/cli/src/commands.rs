//! The commands: each file reads the words of one subject and makes requests of them.

pub(crate) mod accounts;
pub(crate) mod approvals;
pub(crate) mod book;
mod bulk;
pub(crate) mod customers;
pub(crate) mod diagnostics;
pub(crate) mod email;
mod email_bulk;
mod email_lists;
pub(crate) mod endpoints;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod find;
mod forwarding;
mod heard;
pub(crate) mod hooks;
pub(crate) mod keeping;
pub(crate) mod listen;
pub(crate) mod manual;
pub(crate) mod mirror;
pub(crate) mod notify;
pub(crate) mod payments;
mod recording;
pub(crate) mod refund;
mod refund_notices;
pub(crate) mod refunds;
pub(crate) mod replay;
pub(crate) mod sandbox;
mod serve;
mod session_file;
pub(crate) mod sms;
pub(crate) mod sql;
pub(crate) mod sync;
mod undo;
pub(crate) mod unlock;
pub(crate) mod views;
pub(crate) mod webhooks;

use contract::home::ShowHome;

use crate::arguments::{Arguments, Command, Global};
use crate::failure::Failure;
use crate::outcome;
use crate::output::Output;
use crate::session::{COMMAND_CLOSING_LIMIT, Opening, Session};

/// Carries a command out and says what the program exits with.
pub(crate) async fn run(arguments: Arguments, output: &Output) -> u8 {
    let Arguments { global, command } = arguments;
    let done = match command {
        // These open the home in a way of their own, or none at all.
        Command::Sandbox(arguments) => sandbox::run(arguments, output).await,
        Command::Serve => serve::run(&global, output).await,
        Command::Webhooks(command) => command.run(output),
        Command::Completion(arguments) => Ok(arguments.run(output)),
        Command::Manual(arguments) => arguments.run(output),
        Command::Replay(arguments) if arguments.file.is_some() => {
            session_file::run(&arguments.session(), output).await
        }
        Command::Listen(arguments) => listen::run(*arguments, &global, output).await,
        other => with_session(&global, output, other).await,
    };
    done.unwrap_or_else(|failure| output.failure(&failure))
}

async fn with_session(global: &Global, output: &Output, command: Command) -> Result<u8, Failure> {
    // What can be refused without the Desk is refused before anything is opened.
    let prepared = Prepared::from(command)?;
    let session = Session::open(global, output, prepared.opening()).await?;
    let done = answer(&session, prepared).await;
    session.close(COMMAND_CLOSING_LIMIT).await;
    done
}

/// A command whose own inputs were read.
enum Prepared {
    /// One that reads a key or a file first.
    Accounts(accounts::PreparedAccounts),
    /// One that reads the secret of a channel first.
    Notify(notify::PreparedNotify),
    /// Any other.
    Plain(Command),
}

impl Prepared {
    fn from(command: Command) -> Result<Self, Failure> {
        match command {
            Command::Accounts(accounts) => Ok(Self::Accounts(accounts.prepare()?)),
            Command::Notify(notify) => Ok(Self::Notify(notify.prepare()?)),
            Command::Refund(refund) => {
                refund.check()?;
                Ok(Self::Plain(Command::Refund(refund)))
            }
            Command::Refunds(refunds) => {
                refunds.check()?;
                Ok(Self::Plain(Command::Refunds(refunds)))
            }
            Command::Approvals(approvals) => {
                approvals.check()?;
                Ok(Self::Plain(Command::Approvals(approvals)))
            }
            Command::Export(export) => {
                export.check()?;
                Ok(Self::Plain(Command::Export(export)))
            }
            other => Ok(Self::Plain(other)),
        }
    }

    fn opening(&self) -> Opening {
        let stdin_is_taken = match self {
            Self::Accounts(accounts) => accounts.key_came_by_stdin(),
            Self::Notify(notify) => notify.secret_came_by_stdin,
            Self::Plain(Command::Unlock(arguments)) => arguments.passphrase_stdin,
            Self::Plain(Command::Approvals(command)) => command.takes_stdin(),
            Self::Plain(_) => false,
        };
        Opening { stdin_is_taken, background: false }
    }
}

async fn answer(session: &Session<'_>, prepared: Prepared) -> Result<u8, Failure> {
    match prepared {
        Prepared::Accounts(accounts) => accounts.run(session).await,
        Prepared::Notify(notify) => notify.run(session).await,
        Prepared::Plain(command) => match command {
            Command::Sync(arguments) => sync::run(arguments, session).await,
            Command::Find(arguments) => arguments.run(session).await,
            Command::Sql(arguments) => arguments.run(session).await,
            Command::Show(arguments) => session.answer(arguments.request(), outcome::done).await,
            Command::Refund(arguments) => arguments.run(session).await,
            Command::Refunds(command) => command.run(session).await,
            Command::Approvals(command) => command.run(session).await,
            Command::Payments(command) => command.run(session).await,
            Command::Customers(command) => command.run(session).await,
            Command::Email(command) => command.run(session).await,
            Command::Sms(command) => command.run(session).await,
            Command::Mirror(command) => command.run(session).await,
            Command::Overview(arguments) => session.answer(arguments.request(), outcome::done).await,
            Command::Calls(arguments) => session.answer(arguments.request(), outcome::done).await,
            Command::Export(arguments) => arguments.run(session).await,
            Command::Views(command) => command.run(session).await,
            Command::Book(command) => command.run(session).await,
            Command::Events(command) => command.run(session).await,
            Command::Trigger(arguments) => session.answer(arguments.request(), outcome::done).await,
            Command::Hooks(command) => command.run(session).await,
            Command::Endpoints(command) => command.run(session).await,
            Command::Replay(arguments) => arguments.run(session).await,
            Command::Replays(command) => command.run(session).await,
            Command::Unlock(arguments) => arguments.run(session).await,
            Command::Lock => unlock::lock(session).await,
            Command::Logs(arguments) => arguments.run(session).await,
            Command::Destinations => diagnostics::destinations(session).await,
            Command::Telemetry(arguments) => arguments.run(session).await,
            Command::Diagnostics(arguments) => arguments.run(session).await,
            Command::Doctor => session.answer(ShowHome { thorough: true }, outcome::of_home).await,
            Command::Accounts(_)
            | Command::Notify(_)
            | Command::Sandbox(_)
            | Command::Serve
            | Command::Webhooks(_)
            | Command::Completion(_)
            | Command::Manual(_)
            | Command::Listen(_) => Err(Failure::internal("this command has a way of its own")),
        },
    }
}
