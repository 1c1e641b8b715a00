//! `paydeskctl sql`: questions over the documented views.

use clap::Args;
use contract::sql::{ListSqlViews, RunSql};

use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;

/// What to ask.
#[derive(Debug, Args)]
#[command(after_help = "\
One statement that begins with SELECT, WITH or VALUES; nothing can be written. docs/SQL.md tells of
the views. Amounts stand as decimals and, to be added up, as whole minor units.

Examples:
  paydeskctl sql --views
  paydeskctl sql 'select currency, count(*), sum(amount_minor) from v_payments group by currency'
  paydeskctl sql \"select id, amount from v_payments where created >= '2026-03'\" --limit 5000 --json")]
pub(crate) struct SqlArguments {
    /// The question
    #[arg(required_unless_present = "views")]
    question: Option<String>,
    /// List the views with their columns
    #[arg(long, conflicts_with_all = ["question", "limit", "seconds"])]
    views: bool,
    /// At most so many rows, 1 to 10,000 [default: 500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: Option<u32>,
    /// Stop after so many seconds, 1 to 60 [default: 60]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=60))]
    seconds: Option<u32>,
}

impl SqlArguments {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self.question {
            Some(text) => {
                let seconds = Some(self.seconds.unwrap_or(60));
                session.answer(RunSql { text, limit: self.limit, seconds }, outcome::done).await
            }
            None => session.answer(ListSqlViews {}, outcome::done).await,
        }
    }
}
