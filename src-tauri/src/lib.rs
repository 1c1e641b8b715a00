//! The desktop shell. It holds no use case: a command builds one request of the contract and calls
//! the Desk; what the Desk says unasked goes on to the windows it concerns.
//!
//! | file | what it does |
//! |---|---|
//! | `start` | reads the command line, opens the home's Desk |
//! | `passphrase` | asks for the vault's passphrase, where that vault was chosen |
//! | `commands` | the endpoints of the contract as Tauri commands |
//! | `link` | reads a `paydesk://` link, strictly |
//! | `opening` | what links and other starts want shown |
//! | `tray` | the icon in the tray, and what it tells |
//! | `windows` | one window per environment, and where they may navigate |
//! | `notices` | from the Desk to the windows |
//! | `desktop` | notifications of the desktop |
//! | `leaving` | closing, the tray, the end |
//! | `trouble` | what keeps the window from opening, in words |

mod commands;
mod desktop;
mod leaving;
mod link;
mod notices;
mod opening;
mod passphrase;
mod start;
mod tray;
mod trouble;
mod windows;

use std::process::ExitCode;

use crate::start::Started;
use crate::trouble::Trouble;

/// Runs the window until its end and answers with the exit code of the process.
pub fn run() -> ExitCode {
    start::start_logging();
    match start::start().and_then(|started| started.map_or(Ok(ExitCode::SUCCESS), show)) {
        Ok(code) => code,
        Err(trouble) => trouble.show(),
    }
}

/// Opens the first window and serves the pages until the last is gone.
fn show(started: Started) -> Result<ExitCode, Trouble> {
    let Started { connection, environment, link, seat } = started;
    trouble::need_display()?;
    let app = tauri::Builder::default()
        .plugin(windows::remembered()?)
        .manage(connection.clone())
        .invoke_handler(commands::handler())
        .on_window_event(leaving::on_window_event)
        .setup(move |app| {
            tray::put_up(app.handle())?;
            notices::forward(app.handle(), connection.notices());
            windows::open(app.handle(), environment)?;
            opening::listen(app.handle(), seat, link);
            Ok(())
        })
        .build(tauri::generate_context!())
        .map_err(|error| Trouble::no_window(&error))?;
    let code = app.run_return(leaving::on_run_event);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
