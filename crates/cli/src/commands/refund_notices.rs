//! `paydeskctl accounts notices`: whether refunds tell their payers by themselves.

use clap::Args;
use contract::refund_notices::{SetRefundNotices, ShowRefundNotices};

use crate::arguments::UnlockArgument;
use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;

/// Whether refunds tell their payers.
#[derive(Debug, Args)]
#[command(after_help = "\
A refund of ours that settled, and that the vendor says has succeeded, then tells its payer once. Nobody looks at it before it leaves, so in
live the account must be unlocked to change the rule. Without options the rule is only shown, with whom nobody told and why.

Examples:
  paydeskctl accounts notices shop --on true
  paydeskctl accounts notices shop --on true --channel sms --by texts --language de
  paydeskctl accounts notices shop --template d-0123456789abcdef0123456789abcdef
  paydeskctl accounts notices shop --template ''")]
pub(crate) struct NoticesArguments {
    /// The account of the refunds
    label: String,
    /// Whether refunds tell their payers
    #[arg(long, value_name = "BOOL")]
    on: Option<bool>,
    /// By what
    #[arg(long, value_parser = ["email", "sms"])]
    channel: Option<String>,
    /// The account that sends; the only one that can unless chosen
    #[arg(long, value_name = "ACCOUNT")]
    by: Option<String>,
    /// The vendor's id of a template of email; empty for our own words
    #[arg(long, value_name = "ID")]
    template: Option<String>,
    /// The language of our own words, such as de; empty for the customer's
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    #[command(flatten)]
    unlock: UnlockArgument,
}

impl NoticesArguments {
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let Self { label, on, channel, by, template, language, unlock } = self;
        let request = SetRefundNotices { label, on, channel, by, template, language };
        let changes_nothing =
            request == SetRefundNotices { label: request.label.clone(), ..SetRefundNotices::default() };
        if changes_nothing {
            return session.answer(ShowRefundNotices { label: request.label }, outcome::done).await;
        }
        session.write(request, unlock.unlock, outcome::done).await
    }
}
