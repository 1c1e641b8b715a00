//! Looking: find, show, overview, calls.

use clap::Args;
use contract::calls::ListCalls;
use contract::overview::ShowOverview;
use contract::payments::{FindPayments, Show};

use crate::arguments::RangeArguments;

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
    /// The request for it.
    pub(crate) fn request(self) -> FindPayments {
        FindPayments { query: self.query, account: self.account, range: self.range.into() }
    }
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
