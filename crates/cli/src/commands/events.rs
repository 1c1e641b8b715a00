//! `paydeskctl events`: what vendors say happened.

use clap::{Args, Subcommand};
use contract::completion::{CompleteQuery, QuerySubject};
use contract::events::{ListReceived, ResendEvent, ShowEvent};
use contract::history::{CountEvents, DiffEvents, ExportEvents, ListEvents, ShowMissed, TriggerEvent};
use contract::sync::{ShowSync, StartSync};
use contract::{ExitCode, Timestamp};

use crate::answers::FoundEventsAndCount;
use crate::arguments::RangeArguments;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::session::Session;
use crate::words::event_explanations;

/// What to do with events.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Find events, and requests that brought none, newest first
    List(ListArguments),
    /// List what the listener received, also what it refused or keeps apart
    Received(ReceivedArguments),
    /// Show an event, or a received request such as in_17, with its document
    Show(ShowArguments),
    /// Tell what differs between two events, or between an event and the object as it is now
    Diff(DiffArguments),
    /// Write events into a file of recorded requests, one JSON object a line
    Export(ExportArguments),
    /// Have the vendor deliver an event again to one of its own endpoints
    Resend(ResendArguments),
    /// Follow the vendor's feed, and tell what was missed meanwhile
    CatchUp(CatchUpArguments),
}

/// Which event, and where to.
#[derive(Debug, Args)]
#[command(after_help = "\
Stripe has a way, for 30 days: what its own `events resend` calls. Other vendors of sources have none that Paydesk has a key
for; `paydeskctl replay` sends their events again from here.")]
pub(crate) struct ResendArguments {
    /// The vendor's id of the event
    #[arg(value_name = "ID")]
    id: String,
    /// The vendor's id of its endpoint, we_…; the only one that is on when left out
    #[arg(long, value_name = "we_…")]
    endpoint: Option<String>,
}

/// Which two.
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The vendor's id of an event
    #[arg(value_name = "ID")]
    one: String,
    /// The other's; the object as it is mirrored when left out
    #[arg(value_name = "ID")]
    other: Option<String>,
}

/// Which events, and where to.
#[derive(Debug, Args)]
#[command(after_help = "\
Each line is {\"method\", \"url\", \"headers\": [[name, value], …], \"body_base64\"}, as it was received. What was masked \
when it came is left out and counted. An event that only the feed brought is its document with the header \
Paydesk-Source: feed and no signature.")]
pub(crate) struct ExportArguments {
    /// A search, as `events list` takes it; \"\" for all events
    #[arg(value_name = "QUERY", allow_hyphen_values = true)]
    query: String,
    /// The file, which must not exist
    #[arg(value_name = "FILE")]
    to: String,
}

/// Since when.
#[derive(Debug, Args)]
pub(crate) struct CatchUpArguments {
    /// Only this account
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// Since this moment, such as 2026-03-01T08:00:00Z [default: since the mirror was complete last]
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Tell what is known already, and ask the vendor nothing
    #[arg(long)]
    no_sync: bool,
}

/// Which events.
#[derive(Debug, Args)]
#[command(after_help = grammar())]
pub(crate) struct ListArguments {
    /// A search, see below; all events when left out
    #[arg(value_name = "QUERY", allow_hyphen_values = true, default_value = "", hide_default_value = true)]
    query: String,
    /// Tell what can be typed next instead of finding
    #[arg(long, conflicts_with_all = ["after", "limit"])]
    complete: bool,
    #[command(flatten)]
    range: RangeArguments,
}

/// How a search is written, on one screen.
fn grammar() -> String {
    let mut text = String::from(
        "A search is written as that of `find`: a b for both, a OR b, -a, brackets, type:a,b for one of them.\n\n",
    );
    for (word, means) in event_explanations() {
        text.push_str(&format!("  {:<13}{means}\n", format!("{word}:")));
    }
    text.push_str(
        "\nWithout a word such as type: an id finds whatever has it, and other text is looked for in the types.\n\n\
         Examples:\n  \
         paydeskctl events list 'type:charge.* -verdict:feed created:-7d'\n  \
         paydeskctl events list verdict:refused,apart\n  \
         paydeskctl events list ch_3Abc123",
    );
    text
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
            Self::List(ListArguments { query, complete, range }) => {
                if complete {
                    let request = CompleteQuery { query, place: None, of: QuerySubject::Events };
                    return session.answer(request, outcome::done).await;
                }
                list(session, ListEvents { query, range: range.into() }).await
            }
            Self::Received(ReceivedArguments { account, apart, range }) => {
                let request = ListReceived { account, apart_only: apart, range: range.into() };
                session.answer(request, outcome::done).await
            }
            Self::Show(ShowArguments { id }) => session.answer(ShowEvent { id }, outcome::done).await,
            Self::Resend(ResendArguments { id, endpoint }) => {
                session.answer(ResendEvent { id, endpoint }, outcome::done).await
            }
            Self::Diff(DiffArguments { one, other }) => {
                session.answer(DiffEvents { one, other }, outcome::done).await
            }
            Self::Export(ExportArguments { query, to }) => {
                session.answer(ExportEvents { query, to }, outcome::done).await
            }
            Self::CatchUp(arguments) => arguments.run(session).await,
        }
    }
}

/// Rows of a page where none are asked for, as the Desk takes it.
const ROWS: u32 = 50;

/// Finds a page, however far back that is, and counts all that there is.
pub(crate) async fn list(session: &Session<'_>, request: ListEvents) -> Result<u8, Failure> {
    let ListEvents { query, mut range } = request;
    let wanted = range.limit.unwrap_or(ROWS);
    let ask = |range| ListEvents { query: query.clone(), range };
    let mut found = session.call(ask(range.clone())).await?;
    while found.looked_back_to.is_some() {
        // The Desk answers a search without an index piece by piece; here nobody waits for a screen.
        let left = wanted.saturating_sub(u32::try_from(found.items.len()).unwrap_or(wanted));
        if left == 0 {
            found.looked_back_to = None;
            break;
        }
        range.limit = Some(left);
        range.after = found.next.take();
        let mut further = session.call(ask(range.clone())).await?;
        found.items.append(&mut further.items);
        (found.next, found.looked_back_to) = (further.next, further.looked_back_to);
    }
    let count = session.call(CountEvents { query, exact: true }).await?;
    Ok(exit_after(session.output().answer(&FoundEventsAndCount { found, count }), ExitCode::Done))
}

impl CatchUpArguments {
    async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let Self { account, since, no_sync } = self;
        let mut since = since;
        if !no_sync {
            let before = session.call(ShowSync {}).await?;
            let wanted = |label: &str| account.as_deref().is_none_or(|account| account == label);
            let known =
                before.items.iter().filter(|one| wanted(&one.account)).filter_map(|one| one.as_of).min();
            since = since.or(known);
            let done = session.call(StartSync { account: account.clone(), wait: true }).await?;
            let problems: Vec<&str> = done.items.iter().filter_map(|one| one.problem.as_deref()).collect();
            if let Some(problem) = problems.first() {
                session.output().say(&format!("The feed could not be followed to its end: {problem}."));
            }
        }
        session.answer(ShowMissed { account, since }, outcome::done).await
    }
}

/// What to cause.
#[derive(Debug, Args)]
#[command(after_help = "\
What the event tells of is really done at the sandbox: a payment, a refund, a customer. It comes by the vendor's feed with \
the next sync. A type that is not known lists those that are.")]
pub(crate) struct TriggerArguments {
    /// The type, such as charge.refunded
    #[arg(value_name = "EVENT_TYPE")]
    event_type: String,
    /// At this account
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
}

impl TriggerArguments {
    /// The request for it.
    pub(crate) fn request(self) -> TriggerEvent {
        TriggerEvent { event_type: self.event_type, account: self.account }
    }
}
