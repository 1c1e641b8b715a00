//! `paydeskctl events`: what vendors say happened.

use clap::{Args, Subcommand};
use contract::events::{ListEvents, ListReceived, ShowEvent};

use crate::arguments::RangeArguments;
use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;

/// What to do with events.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List events, newest first
    List(ListArguments),
    /// List what the listener received, also what it refused or keeps apart
    Received(ReceivedArguments),
    /// Show an event, or a received request such as in_17, with its document
    Show(ShowArguments),
}

/// Which events.
#[derive(Debug, Args)]
#[command(after_help = "\
Words of a search, all of which must hold: type:charge.refunded, type:charge.*, account:LABEL, object:ID, payment:ID,
or an id of an event, of what it is about, or of a payment.")]
pub(crate) struct ListArguments {
    /// A search, see below; all events when left out
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    #[command(flatten)]
    range: RangeArguments,
}

/// Which requests.
#[derive(Debug, Args)]
pub(crate) struct ReceivedArguments {
    /// Only this account
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// Only what was refused or is kept apart
    #[arg(long)]
    apart: bool,
    #[command(flatten)]
    range: RangeArguments,
}

/// Which event.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The vendor's id, or the number of a received request
    #[arg(value_name = "ID")]
    id: String,
}

impl EventsCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::List(ListArguments { query, range }) => {
                let request = ListEvents { query: query.join(" "), range: range.into() };
                session.answer(request, outcome::done).await
            }
            Self::Received(ReceivedArguments { account, apart, range }) => {
                let request = ListReceived { account, apart_only: apart, range: range.into() };
                session.answer(request, outcome::done).await
            }
            Self::Show(ShowArguments { id }) => session.answer(ShowEvent { id }, outcome::done).await,
        }
    }
}
