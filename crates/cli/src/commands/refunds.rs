//! `paydeskctl refunds`: listing, settling, closing, stopping.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use contract::home::ShowHome;
use contract::refunds::{
    CancelRefund, CloseIntent, ListRefunds, ReleaseIntent, SetUndoWindow, SettleRefunds, UndoWindow,
    WithdrawIntent,
};
use contract::{ExitCode, IntentState, RequestId};

use super::bulk::{self, ImportArguments, ReceiptsArguments, RunArguments, StatusArguments, TickArguments};
use crate::arguments::{RangeArguments, UnlockArgument, WaitArgument};
use crate::confirm;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::session::Session;

/// What to do with refunds.
#[derive(Debug, Subcommand)]
pub(crate) enum RefundsCommand {
    /// List refunds, newest first
    List {
        /// Also those that were issued elsewhere
        #[arg(long)]
        elsewhere: bool,
        /// Only those whose intent is in this state; may be given several times
        #[arg(long = "state", value_name = "STATE", value_parser = states())]
        states: Vec<String>,
        /// Only this account
        #[arg(long, value_name = "LABEL")]
        account: Option<String>,
        #[command(flatten)]
        range: RangeArguments,
    },
    /// Find out now about every refund that is not settled
    Settle {
        /// Only this intent
        #[arg(long, value_name = "ID")]
        intent: Option<String>,
        #[command(flatten)]
        wait: WaitArgument,
    },
    /// Close an intent that needs a person, after a look found nothing of it at the vendor
    Close {
        /// The intent
        intent: String,
    },
    /// Take back a refund that has not left: one that waits, or whose undo window ran out
    Withdraw {
        /// The intent
        intent: String,
    },
    /// Send a refund now that waits, or whose undo window ended while Paydesk was not running
    Send {
        /// The intent
        intent: String,
        #[command(flatten)]
        wait: WaitArgument,
        #[command(flatten)]
        unlock: UnlockArgument,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
    /// Show how long refunds of the window wait and can be undone, or choose it
    UndoWindow {
        /// 0 to 60; commands wait only where --undo-window says so
        #[arg(value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=60))]
        seconds: Option<u32>,
    },
    /// Make a run of a file or a saved view; nothing is sent
    Import(ImportArguments),
    /// Send the ticked rows of a run
    Run(RunArguments),
    /// Show runs, or one of them
    Status(StatusArguments),
    /// Say which rows of a run are meant
    Tick(TickArguments),
    /// Pause a run
    Pause {
        /// The run's id
        run: String,
    },
    /// Write one receipt for each row of a run into a CSV file
    Receipts(ReceiptsArguments),
    /// Stop a refund that can still be stopped at the vendor, or take back what of a run has not left
    Cancel {
        /// re_…, or the run's id
        refund: String,
        #[command(flatten)]
        unlock: UnlockArgument,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}

fn states() -> PossibleValuesParser {
    PossibleValuesParser::new(IntentState::ALL.iter().map(|state| state.as_str()))
}

impl RefundsCommand {
    /// Fails where a person would have to be asked and nobody is there.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self {
            Self::Cancel { yes: false, .. } if !confirm::someone_is_there() => {
                Err(confirm::needs_yes("stopping a refund"))
            }
            Self::Send { yes: false, .. } if !confirm::someone_is_there() => {
                Err(confirm::needs_yes("sending a refund"))
            }
            Self::Run(run) if !run.yes && !confirm::someone_is_there() => {
                Err(confirm::needs_yes("a run of refunds"))
            }
            _ => Ok(()),
        }
    }

    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::List { elsewhere, states, account, range } => {
                let request = ListRefunds { states, elsewhere, account, range: range.into() };
                session.answer(request, outcome::done).await
            }
            Self::Settle { intent, wait } => {
                // Whoever names an intent knows of it, and is shown how it ended. Settling all of them may be
                // a script's work, after which a wish that is repeated must still not be doubled.
                let is_named = intent.is_some();
                let request = SettleRefunds { intent_id: intent, wait_ms: Some(wait.milliseconds()) };
                match is_named {
                    true => session.write(request, None, outcome::of_refunds).await,
                    false => session.answer(request, outcome::of_refunds).await,
                }
            }
            Self::Close { intent } => {
                session.answer(CloseIntent { intent_id: intent }, outcome::of_closed_intent).await
            }
            Self::Withdraw { intent } => {
                session.write(WithdrawIntent { intent_id: intent }, None, outcome::of_withdrawn).await
            }
            Self::Send { intent, wait, unlock, yes } => {
                if !yes {
                    confirm::ask(&format!("Send the refund {intent} now?"))?;
                }
                let request = ReleaseIntent { intent_id: intent, wait_ms: Some(wait.milliseconds()) };
                session.write(request, unlock.unlock, outcome::of_refund).await
            }
            Self::UndoWindow { seconds: Some(seconds) } => {
                session.answer(SetUndoWindow { seconds }, outcome::done).await
            }
            Self::UndoWindow { seconds: None } => {
                let home = session.call(ShowHome::default()).await?;
                let window = UndoWindow { seconds: home.undo_seconds };
                Ok(exit_after(session.output().answer(&window), ExitCode::Done))
            }
            Self::Import(arguments) => arguments.run(session).await,
            Self::Run(arguments) => arguments.run(session).await,
            Self::Status(arguments) => arguments.run(session).await,
            Self::Tick(arguments) => arguments.run(session).await,
            Self::Pause { run } => bulk::pause(run, session).await,
            Self::Receipts(arguments) => arguments.run(session).await,
            // A run's id has the shape of ours, a refund's that of the vendor's.
            Self::Cancel { refund, yes, .. } if refund.parse::<RequestId>().is_ok() => {
                if !yes {
                    confirm::ask(&format!("Take back what of the run {refund} has not left?"))?;
                }
                bulk::cancel(refund, session).await
            }
            Self::Cancel { refund, unlock, yes } => {
                let request_id = RequestId::generate();
                if !yes {
                    confirm::ask(&format!("Stop the refund {refund}?"))?;
                }
                let request = CancelRefund { request_id, refund };
                session.write(request, unlock.unlock, outcome::of_canceled_refund).await
            }
        }
    }
}
