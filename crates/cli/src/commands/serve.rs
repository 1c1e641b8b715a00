//! `paydeskctl serve`: the Desk of a home without a window, until it is stopped.

use std::path::PathBuf;

use serde::Serialize;

use crate::arguments::Global;
use crate::failure::Failure;
use crate::output::{Output, Printed};
use crate::session::{Opening, SERVE_CLOSING_LIMIT, Session, home_of};
use crate::stop::Stop;

/// Said once requests are answered.
#[derive(Serialize)]
struct Ready {
    home: PathBuf,
    process: u32,
}

/// Serves until it is stopped, then closes the files.
pub(crate) async fn run(global: &Global, output: &Output) -> Result<u8, Failure> {
    let mut stop = Stop::listen()?;
    let home = home_of(global)?;
    let opening = Opening { stdin_is_taken: false, background: true };
    let session = tokio::select! {
        session = Session::open(global, output, opening) => session?,
        () = stop.told() => return Ok(0),
    };
    if !session.connection().owns_desk().await {
        session.close(SERVE_CLOSING_LIMIT).await;
        return Err(Failure::desk_is_running(&home));
    }
    if output.document(&Ready { home, process: std::process::id() }) != Printed::Failed {
        stop.told().await;
    }
    session.close(SERVE_CLOSING_LIMIT).await;
    Ok(0)
}
