//! `paydeskctl email templates | groups | suppressions`: what the vendor lists of an account that sends mail.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use contract::mail_lists::{ListGroups, ListSuppressions, ListTemplates, ShowTemplate};

use super::email::read;
use crate::arguments::RangeArguments;
use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;

/// Which list, and how new it must be.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// The account that sends; the only one that can when left out
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// Ask the vendor now; without it, what is at most ten minutes old will do
    #[arg(long)]
    fresh: bool,
}

/// Templates, or one of them.
#[derive(Debug, Args)]
#[command(after_help = "\
A template is rendered on this machine, as SendGrid documents its language; what it writes out and the data does not
have is named, and so is every helper that SendGrid does not have. Nothing is sent.

Examples:
  paydeskctl email templates
  paydeskctl email templates show d-0123 --payment ch_1A2b --data data.json")]
pub(crate) struct TemplatesArguments {
    #[command(subcommand)]
    one: Option<TemplatesCommand>,
    #[command(flatten)]
    list: ListArguments,
}

/// What to do with templates.
#[derive(Debug, Subcommand)]
enum TemplatesCommand {
    /// Show what one comes to
    Show {
        /// Its id
        id: String,
        /// The payment whose data is filled in
        #[arg(long, value_name = "ID")]
        payment: Option<String>,
        /// What else is filled in: a file with one JSON object, or - for stdin
        #[arg(long, value_name = "FILE")]
        data: Option<PathBuf>,
        #[command(flatten)]
        list: ListArguments,
    },
}

impl TemplatesArguments {
    /// Shows them.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self.one {
            None => {
                let ListArguments { account, fresh } = self.list;
                session.answer(ListTemplates { account, fresh }, outcome::done).await
            }
            Some(TemplatesCommand::Show { id, payment, data, list }) => {
                let data = data.as_deref().map(|path| read(Some(path))).transpose()?;
                let request = ShowTemplate { account: list.account, id, payment, data, fresh: list.fresh };
                session.answer(request, outcome::done).await
            }
        }
    }
}

/// Lists groups.
pub(crate) async fn groups(list: ListArguments, session: &Session<'_>) -> Result<u8, Failure> {
    session.answer(ListGroups { account: list.account, fresh: list.fresh }, outcome::done).await
}

/// Lists whom the vendor sends nothing to.
#[derive(Debug, Args)]
pub(crate) struct SuppressionsArguments {
    /// A part of the address, or a list: bounce, block, spam_report, invalid, unsubscribed, group_unsubscribed
    #[arg(default_value = "")]
    query: String,
    #[command(flatten)]
    list: ListArguments,
    #[command(flatten)]
    range: RangeArguments,
}

impl SuppressionsArguments {
    /// Shows them.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let ListArguments { account, fresh } = self.list;
        let request = ListSuppressions { account, query: self.query, fresh, range: self.range.into() };
        session.answer(request, outcome::done).await
    }
}
