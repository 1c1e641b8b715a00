//! From the command line to an open Desk.

use std::env;
use std::path::{Path, PathBuf};

use contract::accounts::OpenSandbox;
use contract::home::ShowHome;
use contract::shared::Shell;
use contract::sync::StartSync;
use contract::{Environment, ErrorBody, ErrorCode, Scope, Secret};
use desk::{Connection, DeskOptions, NoAnswer, WindowSeat, WindowTaken};
use tauri::async_runtime::block_on;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::link::Link;
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
    /// What the window was started to show.
    pub(crate) link: Option<Link>,
    /// Where other starts of the same home are heard.
    pub(crate) seat: WindowSeat,
}

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Arguments {
    /// Connect the built-in sandbox first, and open its window.
    sandbox: bool,
    /// A link to open, as it was given.
    link: Option<String>,
}

impl Arguments {
    fn read(words: impl Iterator<Item = String>) -> Result<Self, Trouble> {
        let mut arguments = Self::default();
        for word in words {
            match word.as_str() {
                "--sandbox" => arguments.sandbox = true,
                _ if arguments.link.is_none() && Link::read(&word).is_some() => arguments.link = Some(word),
                // What it says is a stranger's, so it is not repeated.
                _ if word.to_ascii_lowercase().starts_with("paydesk:") => {
                    return Err(Trouble::unreadable_link());
                }
                _ => return Err(Trouble::unknown_argument(&word)),
            }
        }
        Ok(arguments)
    }
}

/// Opens the Desk of the home, or reaches the one that runs. A passphrase that is wrong is asked for again. None where the
/// window of the home is open already, and was told.
pub(crate) fn start() -> Result<Option<Started>, Trouble> {
    let arguments = Arguments::read(env::args().skip(1))?;
    let home = home()?;
    let seat = match block_on(desk::take_window(&home, arguments.link.clone()))? {
        Ok(WindowTaken::Here(seat)) => seat,
        Ok(WindowTaken::HandedOver) => return Ok(None),
        Err(NoAnswer) => return Err(Trouble::silent_window()),
    };
    let mut passphrase = passphrase::ask_if_needed(&home, Why::Start)?;
    let mut tries = 1;
    loop {
        // The toolkit asks on the thread that it was started on, so only the opening itself is awaited.
        match block_on(open(&home, passphrase.clone())) {
            Ok(connection) => return block_on(started(connection, &arguments, seat)).map(Some),
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

async fn started(
    connection: Connection,
    arguments: &Arguments,
    seat: WindowSeat,
) -> Result<Started, Trouble> {
    let environment = match arguments.sandbox {
        true => open_sandbox(&connection).await,
        false => last_environment(&connection).await,
    };
    match environment {
        Ok(environment) => {
            let link = arguments.link.as_deref().and_then(Link::read);
            Ok(Started { connection, environment, link, seat })
        }
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

/// Logs go to standard error, and into the home while its Desk runs here.
pub(crate) fn start_logging() {
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("warn"));
    let to_stderr = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .log_internal_errors(false)
        .with_filter(filter);
    tracing_subscriber::registry().with(desk::log_layer()).with(to_stderr).init();
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn read(words: &[&str]) -> Option<Arguments> {
        Arguments::read(words.iter().map(|word| (*word).to_owned())).ok()
    }

    #[test]
    fn the_command_line_knows_the_sandbox_and_nothing_else() {
        assert_eq!(read(&[]), Some(Arguments::default()));
        assert_eq!(read(&["--sandbox"]), Some(Arguments { sandbox: true, link: None }));
        assert_eq!(read(&["--refund"]), None);
    }

    #[test]
    fn u09_deep_link_with_refund_command() {
        assert_eq!(read(&["paydesk://refund/ch_1?amount=500"]), None);
        let link = "paydesk://payment/ch_1".to_owned();
        assert_eq!(read(&[&link]), Some(Arguments { sandbox: false, link: Some(link.clone()) }));
        assert_eq!(read(&[&link, &link]), None, "one link at a time");
    }
}
