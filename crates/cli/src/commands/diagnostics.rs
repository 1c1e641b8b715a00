//! What Paydesk did and where it sends things: `logs`, `destinations`, `telemetry` and `diagnostics`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use contract::diagnostics::{
    ListDestinations, LogLevel, PrepareDiagnostics, ReadLog, SaveDiagnostics, SetTelemetry, ShowTelemetry,
};

use crate::arguments::RangeArguments;
use crate::confirm;
use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;

/// `paydeskctl logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArguments {
    /// Only lines with this text
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// Only lines of this level or a graver one
    #[arg(long, value_name = "LEVEL", value_parser = level())]
    level: Option<LogLevel>,
    #[command(flatten)]
    range: RangeArguments,
}

fn level() -> impl TypedValueParser<Value = LogLevel> {
    PossibleValuesParser::new(["info", "warn", "error"]).map(|word| match word.as_str() {
        "warn" => LogLevel::Warn,
        "error" => LogLevel::Error,
        _ => LogLevel::Info,
    })
}

/// `paydeskctl telemetry`.
#[derive(Debug, Args)]
pub(crate) struct TelemetryArguments {
    /// Send figures of calls to vendors there by OTLP over HTTP, such as http://localhost:4318
    #[arg(long, value_name = "ADDRESS", conflicts_with = "off")]
    to: Option<String>,
    /// Send them nowhere
    #[arg(long)]
    off: bool,
}

/// `paydeskctl diagnostics`.
#[derive(Debug, Args)]
pub(crate) struct DiagnosticsArguments {
    /// Save what is shown into this new file, after a question
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Do not ask
    #[arg(long, requires = "save")]
    yes: bool,
}

impl LogsArguments {
    /// Reads the log.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let request = ReadLog { level: self.level, text: self.text, range: self.range.into() };
        session.answer(request, outcome::done).await
    }
}

impl TelemetryArguments {
    /// Sets or shows.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        if self.to.is_none() && !self.off {
            return session.answer(ShowTelemetry {}, outcome::done).await;
        }
        session.answer(SetTelemetry { address: self.to }, outcome::done).await
    }
}

/// Shows what leaves this machine.
pub(crate) async fn destinations(session: &Session<'_>) -> Result<u8, Failure> {
    session.answer(ListDestinations {}, outcome::done).await
}

impl DiagnosticsArguments {
    /// Shows the text, and saves exactly that where it is wanted.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let shown = session.call(PrepareDiagnostics {}).await?;
        let Some(file) = self.save else {
            session.show(&shown);
            return Ok(0);
        };
        let to = std::path::absolute(&file).map_err(Failure::bad_request)?.display().to_string();
        if !self.yes {
            if !confirm::someone_is_there() {
                return Err(confirm::needs_yes("saving the diagnostics"));
            }
            session.output().say(&shown.text);
            confirm::ask(&format!("Save this into {to}? It is sent nowhere."))?;
        }
        session.answer(SaveDiagnostics { digest: shown.digest, to }, outcome::done).await
    }
}
