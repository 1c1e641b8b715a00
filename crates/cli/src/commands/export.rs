//! `paydeskctl export`: rows of the mirror into a file, or to stdout.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use contract::exports::{
    CancelExport, ExportFormat, ExportSource, ExportState, ExportView, ListExports, StartExport,
};
use contract::{ErrorBody, ErrorCode, ExitCode, Notice};
use tokio::sync::broadcast::error::RecvError;

use crate::failure::Failure;
use crate::output::exit_after;
use crate::progress::Progress;
use crate::session::Session;
use crate::stop::Stop;

/// How long an export that was told to stop may take to do so.
const ENDING_LIMIT: Duration = Duration::from_secs(30);
/// The kinds of record.
const KINDS: [&str; 8] = [
    "payments",
    "refunds",
    "customers",
    "payment_intents",
    "disputes",
    "payouts",
    "balance_entries",
    "events",
];

/// What to export and where to.
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("rows").required(true),
    after_help = "\
Money is written as exact decimals, times are in UTC, and the same rows give the same bytes. A file
gets its name only when it is whole; only you can read it.

Examples:
  paydeskctl export --kind balance_entries --format parquet --out balance.parquet
  paydeskctl export --query 'status:failed created:2026-11-01' --format csv --out failed.csv
  paydeskctl export --view 'Open disputes' --format jsonl --out - | jq .amount"
)]
pub(crate) struct ExportArguments {
    /// The payments of a saved view
    #[arg(long, value_name = "NAME", group = "rows")]
    view: Option<String>,
    /// The payments that a search finds
    #[arg(long, value_name = "QUERY", group = "rows", allow_hyphen_values = true)]
    query: Option<String>,
    /// Every record of a kind
    #[arg(long, value_name = "KIND", group = "rows", value_parser = PossibleValuesParser::new(KINDS))]
    kind: Option<String>,
    /// Only this account
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// As what
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    format: ExportFormat,
    /// The file, or - for stdout (csv and jsonl)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file where there is one
    #[arg(long)]
    force: bool,
}

fn format() -> impl TypedValueParser<Value = ExportFormat> {
    PossibleValuesParser::new(["csv", "xlsx", "jsonl", "parquet"]).map(|word| match word.as_str() {
        "csv" => ExportFormat::Csv,
        "xlsx" => ExportFormat::Xlsx,
        "jsonl" => ExportFormat::Jsonl,
        _ => ExportFormat::Parquet,
    })
}

impl ExportArguments {
    /// Refuses what needs no Desk to be refused.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let is_text = matches!(self.format, ExportFormat::Csv | ExportFormat::Jsonl);
        if self.to_stdout() && !is_text {
            return Err(Failure::bad_request("only csv and jsonl can go to stdout"));
        }
        Ok(())
    }

    fn to_stdout(&self) -> bool {
        self.out.as_os_str() == "-"
    }

    fn source(&self) -> ExportSource {
        match (&self.view, &self.query, &self.kind) {
            (Some(name), ..) => ExportSource::View { name: name.clone() },
            (_, Some(query), _) => ExportSource::Query { query: query.clone() },
            (.., kind) => ExportSource::Kind { kind: kind.clone().unwrap_or_default() },
        }
    }

    /// Exports until it is done or stopped.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        if self.to_stdout() {
            return self.through_a_file(session).await;
        }
        let out = std::path::absolute(&self.out).map_err(Failure::bad_request)?;
        let done = watch(self.request(out, self.force), session).await?;
        Ok(exit_after(session.output().answer(&done), ExitCode::Done))
    }

    fn request(&self, out: PathBuf, overwrite: bool) -> StartExport {
        StartExport {
            source: self.source(),
            account: self.account.clone(),
            format: self.format,
            path: out.display().to_string(),
            overwrite,
            wait: false,
        }
    }

    /// To stdout by way of a file that only this user can read and that is gone afterwards: the Desk
    /// may be another process, and a reader that stops reading must not hold up its mirror.
    async fn through_a_file(&self, session: &Session<'_>) -> Result<u8, Failure> {
        let folder = tempfile::Builder::new().prefix("paydeskctl-").tempdir().map_err(Failure::internal)?;
        let path = folder.path().join("rows");
        watch(self.request(path.clone(), false), session).await?;
        let mut file = std::fs::File::open(&path).map_err(Failure::internal)?;
        // Open is enough to read it, so nothing stays behind even if this process is killed now.
        folder.close().map_err(Failure::internal)?;
        let mut stdout = std::io::stdout().lock();
        match std::io::copy(&mut file, &mut stdout).and_then(|_| stdout.flush()) {
            Ok(()) => Ok(ExitCode::Done as u8),
            // Whoever read closed the pipe, which is their right.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::Done as u8),
            Err(error) => Err(Failure::internal(error)),
        }
    }
}

/// Starts an export, shows its progress and waits for its end.
async fn watch(request: StartExport, session: &Session<'_>) -> Result<ExportView, Failure> {
    let mut stop = Stop::listen()?;
    let mut progress = Progress::new();
    // Before it starts, so that no notice of it is missed.
    let mut notices = session.connection().notices();
    let mut export = session.call(request).await?;
    while matches!(export.state, ExportState::Running | ExportState::Finishing) {
        tokio::select! {
            notice = notices.recv() => match notice {
                Ok(Notice::Export { export: heard, .. }) if heard.id == export.id => {
                    progress.show_export(&heard, Instant::now());
                    export = heard;
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => export = look(session, export).await?,
                Err(RecvError::Closed) => return Err(ErrorBody::new(ErrorCode::DeskGone).into()),
            },
            () = stop.told() => {
                let canceling = session.call(CancelExport { id: export.id.clone() });
                if let Ok(Ok(ended)) = tokio::time::timeout(ENDING_LIMIT, canceling).await {
                    export = ended;
                }
                break;
            }
        }
    }
    progress.end();
    match (export.state, export.problem.clone()) {
        (ExportState::Done, _) => Ok(export),
        (_, Some(problem)) => Err(problem.into()),
        _ => Err(ErrorBody::new(ErrorCode::ExportCanceled).into()),
    }
}

/// How far the export is, after notices were missed.
async fn look(session: &Session<'_>, export: ExportView) -> Result<ExportView, Failure> {
    let listed = session.call(ListExports {}).await?;
    Ok(listed.items.into_iter().find(|one| one.id == export.id).unwrap_or(export))
}
