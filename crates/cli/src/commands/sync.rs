//! `paydeskctl sync`: brings the mirror up to date and shows how far it is.

use std::time::{Duration, Instant};

use clap::Args;
use contract::sync::{CancelSync, ShowSync, StartSync, SyncView};
use contract::{ErrorBody, ErrorCode, ExitCode, Notice, Page};
use tokio::sync::broadcast::error::RecvError;

use crate::answers::Answer;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::progress::Progress;
use crate::session::Session;
use crate::stop::Stop;

/// How long a sync that was told to stop may take to end its page.
const ENDING_LIMIT: Duration = Duration::from_secs(30);

/// What to sync.
#[derive(Debug, Args)]
pub(crate) struct SyncArguments {
    /// Only this account
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// Stop what is under way and do not follow until the next `sync`
    #[arg(long, conflicts_with_all = ["stop", "show"])]
    pause: bool,
    /// Stop what is under way; it goes on from there the next time
    #[arg(long, conflicts_with = "show")]
    stop: bool,
    /// Only show how far it is
    #[arg(long, conflicts_with = "account")]
    show: bool,
}

/// Syncs until it is done or stopped.
pub(crate) async fn run(arguments: SyncArguments, session: &Session<'_>) -> Result<u8, Failure> {
    if arguments.show {
        let page = session.call(ShowSync {}).await?;
        return Ok(exit_after(session.output().answer(&page), ExitCode::Done));
    }
    if arguments.stop || arguments.pause {
        let request = CancelSync { account: arguments.account, pause: arguments.pause };
        let page = session.call(request).await?;
        return Ok(exit_after(session.output().answer(&page), ExitCode::Done));
    }
    let mut stop = Stop::listen()?;
    let mut progress = Progress::new();
    let ended = watch(&arguments, session, &mut stop, &mut progress).await;
    progress.end();
    let Some(answer) = ended else {
        // Whatever was mirrored up to now stays, with the place to go on from.
        return Err(ErrorBody::new(ErrorCode::Canceled).into());
    };
    let page = answer?;
    let printed = session.output().answer(&page);
    if let Some(remark) = page.remark() {
        session.output().say(&remark);
    }
    Ok(exit_after(printed, outcome::of_sync(&page)))
}

/// Waits for the end of the sync and shows its progress meanwhile; none when it was stopped.
async fn watch(
    arguments: &SyncArguments,
    session: &Session<'_>,
    stop: &mut Stop,
    progress: &mut Progress,
) -> Option<Result<Page<SyncView>, Failure>> {
    let mut notices = session.connection().notices();
    let mut listening = true;
    let sync = session.call(StartSync { account: arguments.account.clone(), wait: true });
    tokio::pin!(sync);
    loop {
        tokio::select! {
            answer = &mut sync => return Some(answer),
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
        // Both are polled: the Desk answers the sync only once it was told to stop.
        tokio::join!(session.call(CancelSync { account: arguments.account.clone(), pause: false }), sync)
    };
    tokio::select! {
        _ = tokio::time::timeout(ENDING_LIMIT, ending) => {}
        () = stop.told() => {}
    }
    None
}

fn show(notice: &Notice, arguments: &SyncArguments, session: &Session<'_>, progress: &mut Progress) {
    let Notice::Sync { environment, sync } = notice else { return };
    let here = session.scope().environment.is_none_or(|wanted| wanted == *environment);
    let asked_for = arguments.account.as_ref().is_none_or(|wanted| *wanted == sync.account);
    if here && asked_for {
        progress.show(sync, Instant::now());
    }
}
