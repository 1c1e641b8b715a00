//! `paydeskctl`: the requests of the contract without a window, for scripts, servers and tests.
//!
//! A command builds one request, hands it to the Desk of the home and shows the response. What the
//! response means for the exit code stands in `outcome`, what it looks like in `answers`.

mod answers;
mod arguments;
mod commands;
mod confirm;
mod failure;
mod key_input;
mod logging;
mod outcome;
mod output;
mod passphrase;
mod progress;
mod session;
mod stop;
mod text;
mod usage;
mod words;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return ExitCode::from(usage::report(&error)),
    };
    logging::start();
    let output = Output::new(arguments.global.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ExitCode::from(output.failure(&Failure::internal(error))),
    };
    let code = runtime.block_on(commands::run(arguments, &output));
    // A task that still waits for something must not keep a finished command alive.
    runtime.shutdown_background();
    ExitCode::from(code)
}
