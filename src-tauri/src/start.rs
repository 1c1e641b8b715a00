//! From the command line to an open Desk.

use std::env;
use std::path::{Path, PathBuf};

use contract::accounts::OpenSandbox;
use contract::home::ShowHome;
use contract::shared::Shell;
use contract::sync::StartSync;
use contract::{Environment, ErrorBody, ErrorCode, Scope, Secret};
use desk::{Connection, DeskOptions};
use tauri::async_runtime::block_on;
use tracing_subscriber::EnvFilter;

use crate::passphrase::{self, Why};
use crate::trouble::Trouble;

/// The variable that names the home's folder.
const HOME_VARIABLE: &str = "PAYDESK_HOME";
/// The variable that says how much is logged, such as `debug` or `desk=trace`.
const LOG_VARIABLE: &str = "PAYDESK_LOG";

/// What the first window needs.
pub(crate) struct Started {
    pub(crate) connection: Connection,
    pub(crate) environment: Environment,
}

/// What the command line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Arguments {
    /// Connect the built-in sandbox first, and open its window.
    sandbox: bool,
}

impl Arguments {
    fn read(words: impl Iterator<Item = String>) -> Result<Self, Trouble> {
        let mut arguments = Self::default();
        for word in words {
            match word.as_str() {
                "--sandbox" => arguments.sandbox = true,
                _ => return Err(Trouble::unknown_argument(&word)),
            }
        }
        Ok(arguments)
    }
}

/// Opens the Desk of the home, or reaches the one that runs. A passphrase that is wrong is asked for again.
pub(crate) fn start() -> Result<Started, Trouble> {
    let arguments = Arguments::read(env::args().skip(1))?;
    let home = home()?;
    let mut passphrase = passphrase::ask_if_needed(&home, Why::Start)?;
    let mut tries = 1;
    loop {
        // The toolkit asks on the thread that it was started on, so only the opening itself is awaited.
        match block_on(open(&home, passphrase.clone())) {
            Ok(connection) => return block_on(started(connection, arguments)),
            Err(error)
                if error.code == ErrorCode::VaultWrongPassphrase
                    && passphrase.is_some()
                    && tries < passphrase::TRIES =>
            {
                tries += 1;
                passphrase = passphrase::ask_if_needed(&home, Why::Wrong)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn open(home: &Path, passphrase: Option<Secret>) -> Result<Connection, ErrorBody> {
    let home = home.to_owned();
    Connection::open(DeskOptions { home, shell: Shell::Window, passphrase, background: true, vault: None })
        .await
}

async fn started(connection: Connection, arguments: Arguments) -> Result<Started, Trouble> {
    let environment = match arguments.sandbox {
        true => open_sandbox(&connection).await,
        false => last_environment(&connection).await,
    };
    match environment {
        Ok(environment) => Ok(Started { connection, environment }),
        Err(error) => {
            connection.close().await;
            Err(error.into())
        }
    }
}

/// The home's folder.
pub(crate) fn home() -> Result<PathBuf, ErrorBody> {
    match env::var_os(HOME_VARIABLE).filter(|value| !value.is_empty()) {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => desk::default_home(),
    }
}

/// The built-in sandbox, with its mirror under way by the time the window stands.
async fn open_sandbox(connection: &Connection) -> Result<Environment, ErrorBody> {
    let scope = Scope { environment: Some(Environment::Sandbox), shell: Shell::Window };
    connection.call(scope, OpenSandbox {}).await?;
    connection.call(scope, StartSync::default()).await?;
    Ok(Environment::Sandbox)
}

/// The environment that was last worked in. A new home starts in the sandbox, where nothing can go wrong.
async fn last_environment(connection: &Connection) -> Result<Environment, ErrorBody> {
    let scope = Scope { environment: None, shell: Shell::Window };
    let home = connection.call(scope, ShowHome::default()).await?;
    Ok(home.environment.unwrap_or(Environment::Sandbox))
}

/// Logs go to standard error only; nothing is written to a file.
pub(crate) fn log_to_stderr() {
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn read(words: &[&str]) -> Option<Arguments> {
        Arguments::read(words.iter().map(|word| (*word).to_owned())).ok()
    }

    #[test]
    fn the_command_line_knows_the_sandbox_and_nothing_else() {
        assert_eq!(read(&[]), Some(Arguments { sandbox: false }));
        assert_eq!(read(&["--sandbox"]), Some(Arguments { sandbox: true }));
        assert_eq!(read(&["--refund"]), None);
    }

    #[test]
    fn u09_deep_link_with_refund_command() {
        assert_eq!(read(&["paydesk://refund/ch_1?amount=500"]), None);
    }
}
