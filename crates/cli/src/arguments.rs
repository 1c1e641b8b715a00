//! What a person types: the options that every command takes, and the list of commands.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use contract::Environment;
use contract::shared::ListRange;

use crate::commands::accounts::AccountsCommand;
use crate::commands::approvals::ApprovalsCommand;
use crate::commands::book::BookCommand;
use crate::commands::customers::CustomersCommand;
use crate::commands::diagnostics::{DiagnosticsArguments, LogsArguments, TelemetryArguments};
use crate::commands::email::EmailCommand;
use crate::commands::endpoints::EndpointsCommand;
use crate::commands::events::{EventsCommand, TriggerArguments};
use crate::commands::export::ExportArguments;
use crate::commands::find::{CallsArguments, FindArguments, OverviewArguments, ShowArguments};
use crate::commands::hooks::HooksCommand;
use crate::commands::listen::ListenArguments;
use crate::commands::manual::{CompletionArguments, ManualArguments};
use crate::commands::mirror::MirrorCommand;
use crate::commands::notify::NotifyCommand;
use crate::commands::payments::PaymentsCommand;
use crate::commands::refund::RefundArguments;
use crate::commands::refunds::RefundsCommand;
use crate::commands::replay::{ReplayArguments, ReplaysCommand};
use crate::commands::sandbox::SandboxArguments;
use crate::commands::sms::SmsCommand;
use crate::commands::sql::SqlArguments;
use crate::commands::sync::SyncArguments;
use crate::commands::unlock::UnlockArguments;
use crate::commands::views::ViewsCommand;
use crate::commands::webhooks::WebhooksCommand;

const EXAMPLES: &str = "\
Examples:
  paydeskctl accounts add stripe --label shop --key-stdin < key.txt
  paydeskctl sync
  paydeskctl find 'email:ada@example.com status:succeeded'
  paydeskctl refund ch_1A2b --amount 5.00 --reason requested_by_customer --yes
  paydeskctl refunds settle
  paydeskctl --json find ada@example.com | jq '.items[0].id'

Exit codes:
  0 done                       1 anything else
  2 the input cannot be used   3 refused by a guard; nothing left this machine
  4 declined by the vendor     5 not settled yet: do not repeat it, run `refunds settle`
  6 the vault cannot be used

Environment:
  PAYDESK_HOME                 the home folder, when --home is left out
  PAYDESK_VAULT                keychain (default), passphrase or environment
  PAYDESK_PASSPHRASE_FILE      a file with the passphrase that only you can read
  PAYDESK_LOG                  what to log to stderr, such as `info`";

/// Look up payments, issue refunds and mirror accounts from the command line.
#[derive(Debug, Parser)]
#[command(name = "paydeskctl", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// For every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes, before it or after it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "For every command")]
pub(crate) struct Global {
    /// The home folder; PAYDESK_HOME or the system's data folder when left out
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// One JSON document on stdout; everything else goes to stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Which environment; needed when the home has several
    #[arg(long, global = true, value_name = "ENVIRONMENT", value_parser = environment())]
    pub(crate) environment: Option<Environment>,
}

pub(crate) fn environment() -> impl TypedValueParser<Value = Environment> {
    PossibleValuesParser::new(Environment::ALL.map(Environment::as_str))
        .try_map(|word| word.parse::<Environment>())
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a simulated vendor on this machine until it is stopped
    Sandbox(SandboxArguments),
    /// Connect, list, check, rename and remove accounts
    #[command(subcommand)]
    Accounts(AccountsCommand),
    /// Bring the mirror up to date
    Sync(SyncArguments),
    /// Prove that the mirror is complete, and look after its file
    #[command(subcommand)]
    Mirror(MirrorCommand),
    /// Find payments in the mirror
    Find(FindArguments),
    /// Ask the mirror in SQL, over documented views
    Sql(SqlArguments),
    /// Show a payment, refund, dispute or customer by its id
    Show(ShowArguments),
    /// Give money of a payment back
    Refund(RefundArguments),
    /// List refunds and settle what is open
    #[command(subcommand)]
    Refunds(RefundsCommand),
    /// A second person's word on refunds above a limit: ask, approve, use
    #[command(subcommand)]
    Approvals(ApprovalsCommand),
    /// Create, confirm, capture and cancel payments
    #[command(subcommand)]
    Payments(PaymentsCommand),
    /// Create and show customers
    #[command(subcommand)]
    Customers(CustomersCommand),
    /// Send email to customers, and see what became of it
    #[command(subcommand)]
    Email(EmailCommand),
    /// Send SMS to customers, see what became of them, and read what came in
    #[command(subcommand)]
    Sms(SmsCommand),
    /// What came in, what went back and what failed
    Overview(OverviewArguments),
    /// Every API call with its tries
    Calls(CallsArguments),
    /// Write payments, refunds and other records into a file
    Export(ExportArguments),
    /// Save, share and remove searches with a name
    #[command(subcommand)]
    Views(ViewsCommand),
    /// Who saw and did what: list, verify, export
    #[command(subcommand)]
    Book(BookCommand),
    /// Check the signatures of webhooks
    #[command(subcommand)]
    Webhooks(WebhooksCommand),
    /// What vendors say happened: find, show, compare, export, catch up
    #[command(subcommand)]
    Events(EventsCommand),
    /// Cause an event in the sandbox by doing what it tells of
    Trigger(TriggerArguments),
    /// Where events are sent on to: add, list, pause, and what was sent
    #[command(subcommand)]
    Endpoints(EndpointsCommand),
    /// Where messages of Paydesk's own go: Slack, PagerDuty, mail and this desktop
    #[command(subcommand)]
    Notify(NotifyCommand),
    /// Send events again, to an endpoint or an address on this machine
    Replay(ReplayArguments),
    /// List, show, resume and cancel replays
    #[command(subcommand)]
    Replays(ReplaysCommand),
    /// Receive the events that a vendor delivers, until it is stopped
    Listen(Box<ListenArguments>),
    /// The paths that vendors deliver to: list, add, remove
    #[command(subcommand)]
    Hooks(HooksCommand),
    /// Unlock writing to a live account, for a time or a number of actions
    Unlock(UnlockArguments),
    /// Lock writing to live accounts at once
    Lock,
    /// Check the home, its vault and its files
    Doctor,
    /// What Paydesk did, newest first
    Logs(LogsArguments),
    /// Every machine that Paydesk sends to, and what for
    Destinations,
    /// Where figures of calls to vendors are sent; nowhere unless you set an address
    Telemetry(TelemetryArguments),
    /// A text for support, without secrets and without people: shown, and saved where you want
    Diagnostics(DiagnosticsArguments),
    /// Run the Desk of the home without a window until it is stopped
    Serve,
    /// Print completion for a shell
    Completion(CompletionArguments),
    /// Write the pages of the manual, for packages
    #[command(hide = true)]
    Manual(ManualArguments),
}

/// Which page of a list.
#[derive(Debug, Clone, Args)]
pub(crate) struct RangeArguments {
    /// At most so many rows, 1 to 1000 [default: 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: Option<u32>,
    /// The `next` of the page before
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
}

impl From<RangeArguments> for ListRange {
    fn from(range: RangeArguments) -> Self {
        Self { limit: range.limit, after: range.after }
    }
}

/// How long to wait for the vendor.
#[derive(Debug, Clone, Args)]
pub(crate) struct WaitArgument {
    /// Answer at the latest after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) wait: u32,
}

impl WaitArgument {
    /// In the unit of the contract; the range above keeps it far from the end of 32 bits.
    pub(crate) fn milliseconds(&self) -> u32 {
        self.wait.saturating_mul(1000)
    }
}

/// How long a refund waits before it leaves.
#[derive(Debug, Clone, Args)]
pub(crate) struct UndoArgument {
    /// Wait so many seconds before it leaves; Ctrl-C takes it back meanwhile
    #[arg(long = "undo-window", value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=60))]
    pub(crate) undo_seconds: u32,
}

/// Unlocks one action in the live environment, for this command.
#[derive(Debug, Clone, Args)]
pub(crate) struct UnlockArgument {
    /// Unlock live money by the account's label, exactly; only live needs it
    #[arg(long, value_name = "LABEL")]
    pub(crate) unlock: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Arguments, Command};

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in [
            ["paydeskctl", "--json", "--home", "/h", "--environment", "test", "doctor"],
            ["paydeskctl", "doctor", "--json", "--home", "/h", "--environment", "test"],
        ] {
            let arguments = Arguments::try_parse_from(line).unwrap();
            assert!(arguments.global.json);
            assert_eq!(arguments.global.home.as_deref(), Some(std::path::Path::new("/h")));
            assert_eq!(arguments.global.environment, Some(contract::Environment::Test));
            assert!(matches!(arguments.command, Command::Doctor));
        }
    }

    #[test]
    fn a_refund_needs_an_amount_or_all_and_not_both() {
        let parse = |rest: &[&str]| {
            let line: Vec<&str> = ["paydeskctl", "refund", "ch_1"].iter().chain(rest).copied().collect();
            Arguments::try_parse_from(line)
        };
        assert!(parse(&[]).is_err());
        assert!(parse(&["--all", "--amount", "5.00"]).is_err());
        assert!(parse(&["--all"]).is_ok());
        assert!(parse(&["--amount", "5.00"]).is_ok());
        // A negative number reaches the Desk, which says what is wrong with it.
        assert!(parse(&["--amount", "-1"]).is_ok());
    }

    #[test]
    fn an_account_takes_its_key_from_exactly_one_place() {
        let parse = |rest: &[&str]| {
            let line: Vec<&str> = ["paydeskctl", "accounts", "add", "stripe", "--label", "shop"]
                .iter()
                .chain(rest)
                .copied()
                .collect();
            Arguments::try_parse_from(line)
        };
        assert!(parse(&[]).is_err());
        assert!(parse(&["--key-stdin"]).is_ok());
        assert!(parse(&["--key-env", "KEY"]).is_ok());
        assert!(parse(&["--from-dotenv", ".env"]).is_ok());
        assert!(parse(&["--key-stdin", "--key-env", "KEY"]).is_err());
        assert!(parse(&["--key", "sk_test_1"]).is_err());
    }

    #[test]
    fn limits_and_waits_have_ends() {
        for line in [
            &["paydeskctl", "find", "x", "--limit", "0"][..],
            &["paydeskctl", "find", "x", "--limit", "1001"],
            &["paydeskctl", "refund", "ch_1", "--all", "--wait", "601"],
            &["paydeskctl", "refund", "ch_1", "--all", "--wait", "0"],
            &["paydeskctl", "refund", "ch_1", "--all", "--undo-window", "61"],
            &["paydeskctl", "refunds", "undo-window", "61"],
        ] {
            assert!(Arguments::try_parse_from(line).is_err(), "{line:?}");
        }
    }
}
