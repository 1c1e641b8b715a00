//! Looking: find, show, overview, calls.

use clap::Args;
use contract::ExitCode;
use contract::calls::ListCalls;
use contract::overview::ShowOverview;
use contract::payments::{CountPayments, FindPayments, Show};

use crate::answers::FoundAndCounted;
use crate::arguments::RangeArguments;
use crate::failure::Failure;
use crate::output::exit_after;
use crate::session::Session;

/// What to find.
#[derive(Debug, Args)]
#[command(after_help = "\
The words status: amount: last4: email: created: narrow the search; anything else is looked for
everywhere. An empty query finds all.

Examples:
  paydeskctl find ada@example.com
  paydeskctl find 'status:failed last4:4242'
  paydeskctl find 'amount:12.99 created:2026-11-01' --limit 200")]
pub(crate) struct FindArguments {
    /// What to look for
    query: String,
    /// Only this account
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    #[command(flatten)]
    range: RangeArguments,
}

impl FindArguments {
    /// Finds and counts.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        find(session, FindPayments { query: self.query, account: self.account, range: self.range.into() })
            .await
    }
}

/// Rows of a page where none are asked for, as the Desk takes it.
const ROWS: u32 = 50;

/// Finds a page, however far back that is, and counts all that there is.
pub(crate) async fn find(session: &Session<'_>, request: FindPayments) -> Result<u8, Failure> {
    let FindPayments { query, account, mut range } = request;
    let counting = CountPayments { query: query.clone(), account: account.clone(), exact: true };
    let wanted = range.limit.unwrap_or(ROWS);
    let ask = |range| FindPayments { query: query.clone(), account: account.clone(), range };
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
    let count = session.call(counting).await?;
    let answer = FoundAndCounted { found, count };
    Ok(exit_after(session.output().answer(&answer), ExitCode::Done))
}

/// What to show.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// ch_ py_ pi_ re_ cus_ dp_ or our own id
    id: String,
}

impl ShowArguments {
    /// The request for it.
    pub(crate) fn request(self) -> Show {
        Show { id: self.id }
    }
}

/// Which days.
#[derive(Debug, Args)]
pub(crate) struct OverviewArguments {
    /// So many days up to today (UTC), 1 to 366 [default: 30]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=366))]
    days: Option<u32>,
    /// Only this account
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
}

impl OverviewArguments {
    /// The request for it.
    pub(crate) fn request(self) -> ShowOverview {
        ShowOverview { days: self.days, account: self.account }
    }
}

/// Which calls.
#[derive(Debug, Args)]
pub(crate) struct CallsArguments {
    /// Only this account
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// Only calls that change something at the vendor
    #[arg(long)]
    writes: bool,
    #[command(flatten)]
    range: RangeArguments,
}

impl CallsArguments {
    /// The request for it.
    pub(crate) fn request(self) -> ListCalls {
        ListCalls { account: self.account, writes_only: self.writes, range: self.range.into() }
    }
}
