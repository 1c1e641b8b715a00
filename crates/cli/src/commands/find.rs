//! Looking: find, show, overview, calls.

use std::fmt::Write as _;

use clap::Args;
use contract::ExitCode;
use contract::calls::ListCalls;
use contract::completion::{CompleteQuery, QuerySubject};
use contract::overview::ShowOverview;
use contract::payments::{CountPayments, FindPayments, Show};

use crate::answers::FoundAndCounted;
use crate::arguments::RangeArguments;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::session::Session;
use crate::words::explanations;

/// What to find.
#[derive(Debug, Args)]
#[command(after_help = grammar())]
pub(crate) struct FindArguments {
    /// What to look for
    #[arg(allow_hyphen_values = true)]
    query: String,
    /// Only this account
    #[arg(long, value_name = "LABEL", conflicts_with = "complete")]
    account: Option<String>,
    #[command(flatten)]
    range: RangeArguments,
    /// Tell what can be typed next instead of finding
    #[arg(long, conflicts_with_all = ["after", "limit"])]
    complete: bool,
    /// So many characters of the query stand before the cursor [default: all]
    #[arg(long, value_name = "N", requires = "complete")]
    at: Option<u32>,
}

impl FindArguments {
    /// Finds, or tells what can be typed next.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        if self.complete {
            let request = CompleteQuery { query: self.query, place: self.at, of: QuerySubject::Payments };
            return session.answer(request, outcome::done).await;
        }
        find(session, FindPayments { query: self.query, account: self.account, range: self.range.into() })
            .await
    }
}

/// How a search is written, on one screen.
fn grammar() -> String {
    let mut text = String::from(
        "Without a word such as status: the text is looked for everywhere; an empty query finds all.\n\n  \
         a b        both of them            \"a b\"        side by side\n  \
         a OR b c   one of a and b, and c   (a b) OR c   brackets group\n  \
         -a, NOT a  not a; of a group too   jan*         begins so\n  \
         10..20  10..  >10  <=10            status:failed,pending  one of them\n\n",
    );
    let mut others = Vec::new();
    for (word, means) in explanations() {
        match means.strip_prefix("the same as ") {
            Some(same) => others.push(format!("{word}: is {same}")),
            None => _ = writeln!(text, "  {:<13}{means}", format!("{word}:")),
        }
    }
    _ = writeln!(text, "  {}", others.join("  "));
    text.push_str(
        "\nDates are days of UTC. Pasted text needs no care: ids, emails, amounts and last digits are found in it.\n\n\
         Examples:\n  \
         paydeskctl find ada@example.com\n  \
         paydeskctl find '(amount:>100 OR dispute:any) -country:GB created:-7d sort:created'\n  \
         paydeskctl find --complete 'status:'",
    );
    text
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
    while found.looked_back_to.is_some() || found.looked_to_amount.is_some() {
        // The Desk answers a search without an index piece by piece; here nobody waits for a screen.
        let left = wanted.saturating_sub(u32::try_from(found.items.len()).unwrap_or(wanted));
        if left == 0 {
            (found.looked_back_to, found.looked_to_amount) = (None, None);
            break;
        }
        range.limit = Some(left);
        range.after = found.next.take();
        let mut further = session.call(ask(range.clone())).await?;
        found.items.append(&mut further.items);
        found.next = further.next;
        (found.looked_back_to, found.looked_to_amount) = (further.looked_back_to, further.looked_to_amount);
        found.relaxed = further.relaxed;
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
