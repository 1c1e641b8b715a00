//! `paydeskctl mirror`: proving that the mirror is complete.

use std::time::Duration;

use clap::{Args, Subcommand};
use contract::proof::{CancelProof, ProofRun, RunProof, ShowProof};
use contract::{ErrorBody, ErrorCode, Notice, Page};
use tokio::sync::broadcast::error::RecvError;

use crate::answers::Answer;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::progress::Progress;
use crate::session::Session;
use crate::stop::Stop;

/// How long a proof that was told to stop may take to end its page.
const ENDING_LIMIT: Duration = Duration::from_secs(30);

/// What to do with the mirror.
#[derive(Debug, Subcommand)]
pub(crate) enum MirrorCommand {
    /// Its file, and what it holds of a person
    #[command(flatten)]
    Keeping(crate::commands::keeping::KeepingCommand),
    /// Compare days with the vendor now, heal what is wrong, and compare again
    Check(CheckArguments),
    /// Show what is proven, without asking the vendor
    Proof(ProofArguments),
}

/// Which days to compare.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Only this account
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// From this UTC day on, such as 2026-11-01 [default: the first of the mirror]
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Up to and with this UTC day [default: today]
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
}

/// Which days to show.
#[derive(Debug, Args)]
pub(crate) struct ProofArguments {
    #[command(flatten)]
    days: CheckArguments,
    /// Only this kind, such as payments or balance_entries
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
}

impl MirrorCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::Keeping(command) => command.run(session).await,
            Self::Check(arguments) => check(arguments, session).await,
            Self::Proof(ProofArguments { days, kind }) => {
                let request = ShowProof { account: days.account, kind, from: days.from, until: days.until };
                session.answer(request, outcome::done).await
            }
        }
    }
}

/// Proves until it is done or stopped.
async fn check(arguments: CheckArguments, session: &Session<'_>) -> Result<u8, Failure> {
    let mut stop = Stop::listen()?;
    let mut progress = Progress::new();
    let ended = watch(&arguments, session, &mut stop, &mut progress).await;
    progress.end();
    let Some(answer) = ended else {
        // Whatever was compared up to now stays compared.
        return Err(ErrorBody::new(ErrorCode::Canceled).into());
    };
    let page = answer?;
    let printed = session.output().answer(&page);
    if let Some(remark) = page.remark() {
        session.output().say(&remark);
    }
    Ok(exit_after(printed, outcome::of_proof(&page)))
}

/// Waits for the end of the proof and shows its progress meanwhile; none when it was stopped.
async fn watch(
    arguments: &CheckArguments,
    session: &Session<'_>,
    stop: &mut Stop,
    progress: &mut Progress,
) -> Option<Result<Page<ProofRun>, Failure>> {
    let mut notices = session.connection().notices();
    let mut listening = true;
    let account = arguments.account.clone();
    let (from, until) = (arguments.from.clone(), arguments.until.clone());
    let proof = session.call(RunProof { account: account.clone(), from, until, wait: true });
    tokio::pin!(proof);
    loop {
        tokio::select! {
            answer = &mut proof => return Some(answer),
            notice = notices.recv(), if listening => match notice {
                Ok(notice) => show(&notice, arguments, session, progress),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => listening = false,
            },
            () = stop.told() => break,
        }
    }
    progress.end();
    session.output().say("Stopping after the page that is under way; press again to stop at once.");
    let ending = async {
        // Both are polled: the Desk answers the proof only once it was told to stop.
        tokio::join!(session.call(CancelProof { account }), proof)
    };
    tokio::select! {
        _ = tokio::time::timeout(ENDING_LIMIT, ending) => {}
        () = stop.told() => {}
    }
    None
}

fn show(notice: &Notice, arguments: &CheckArguments, session: &Session<'_>, progress: &mut Progress) {
    let Notice::Proof { environment, run } = notice else { return };
    let here = session.scope().environment.is_none_or(|wanted| wanted == *environment);
    let asked_for = arguments.account.as_ref().is_none_or(|wanted| *wanted == run.account);
    if here && asked_for {
        progress.show_proof(run);
    }
}
