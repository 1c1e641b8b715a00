//! `paydeskctl accounts`: connecting, listing, checking, renaming, removing.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use contract::accounts::{
    CheckAccount, ConnectAccount, KeySource, ListAccounts, RemoveAccount, RenameAccount, SetRefundLimits,
    SetReportingZone, SetWriteKey,
};
use contract::messages::{ConnectMail, SetMailSettings};
use contract::{Environment, Vendor};

use super::refund_notices::NoticesArguments;
use crate::answers::Answer;
use crate::arguments::{UnlockArgument, environment};
use crate::failure::Failure;
use crate::output::exit_after;
use crate::session::Session;
use crate::{key_input, outcome};

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountsCommand {
    /// Connect an account
    Add(AddArguments),
    /// List the accounts
    List,
    /// Call the vendor once to see whether the key still works and what it may do
    Check {
        /// The account
        label: String,
    },
    /// Give an account another label
    Rename {
        /// The label it has
        label: String,
        /// The label it gets
        new_label: String,
    },
    /// Choose the time zone whose days the account's figures are of, and count them anew
    Zone {
        /// The account
        label: String,
        /// A name of the IANA database, such as Europe/Zurich; UTC unless chosen
        zone: String,
    },
    /// Limit how much one person alone may give back, in one currency; without any limit it has none
    Limit(LimitArguments),
    /// Choose who email or SMS comes from, who gets real messages outside live, and what is kept of them
    #[command(visible_alias = "messages")]
    Mail(MailArguments),
    /// Choose whether a refund that settled tells its payer by itself, and how
    Notices(NoticesArguments),
    /// Give an account a second key for what moves money, so that its first may be one that only reads
    WriteKey(WriteKeyArguments),
    /// Remove an account with its key and its mirrored rows
    Remove {
        /// The account
        label: String,
    },
}

/// How much one person alone may give back.
#[derive(Debug, Args)]
#[command(after_help = "\
A day is the last 24 hours. In live the account must be unlocked.

Example:
  paydeskctl accounts limit shop --currency usd --per-refund 200 --per-day 2000 --per-person 500")]
pub(crate) struct LimitArguments {
    /// The account
    label: String,
    /// The currency's three letters
    #[arg(long)]
    currency: String,
    /// By one refund, in major units with a point
    #[arg(long, value_name = "AMOUNT")]
    per_refund: Option<String>,
    /// By all refunds of a day
    #[arg(long, value_name = "AMOUNT")]
    per_day: Option<String>,
    /// By all refunds of a day that one person decided
    #[arg(long, value_name = "AMOUNT")]
    per_person: Option<String>,
    #[command(flatten)]
    unlock: UnlockArgument,
}

/// How an account that sends messages is used.
#[derive(Debug, Args)]
#[command(after_help = "\
What is left out stays as it is; without options the settings are only shown.

Examples:
  paydeskctl accounts mail letters --from shop@example.com --from-name 'The shop'
  paydeskctl accounts mail letters --allow @example.com
  paydeskctl accounts mail letters --keep-bodies true
  paydeskctl accounts messages texts --from +15005550006 --allow '+49 151 12345678'")]
pub(crate) struct MailArguments {
    /// The account
    label: String,
    /// Who it comes from: a sender that the vendor has verified; of SMS a number, a name or a messaging service
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// The sender's name
    #[arg(long, value_name = "NAME")]
    from_name: Option<String>,
    /// An address, a domain that begins with @, or a number, that gets real messages outside live
    #[arg(long, value_name = "ADDRESS")]
    allow: Option<String>,
    /// One that does so no more
    #[arg(long, value_name = "ADDRESS")]
    disallow: Option<String>,
    /// Keep what is sent
    #[arg(long, value_name = "BOOL")]
    keep_bodies: Option<bool>,
    /// Count opens and clicks
    #[arg(long, value_name = "BOOL")]
    tracking: Option<bool>,
}

impl MailArguments {
    fn request(self) -> SetMailSettings {
        let Self { label, from, from_name, allow, disallow, keep_bodies, tracking } = self;
        SetMailSettings { label, from, from_name, allow, disallow, keep_bodies, tracking }
    }
}

/// A second key.
#[derive(Debug, Args)]
#[command(after_help = "\
All reads then go by the first key and all that moves money by this one. At the vendor, make both as restricted keys:
the first with Read on Charges and Refunds, PaymentIntents, Customers, Disputes, Balance, Payouts and Events; the
second with Write on Charges and Refunds and on PaymentIntents, and nothing else. In live the account must be unlocked.

Examples:
  paydeskctl accounts write-key shop --key-stdin < refund-key.txt
  paydeskctl accounts write-key shop --none")]
pub(crate) struct WriteKeyArguments {
    /// The account
    label: String,
    /// Read the key from stdin, one line
    #[arg(long, required_unless_present_any = ["key_env", "none"], conflicts_with_all = ["key_env", "none"])]
    pub(crate) key_stdin: bool,
    /// Take it from this environment variable of the process that runs the Desk
    #[arg(long, value_name = "NAME", conflicts_with = "none")]
    key_env: Option<String>,
    /// Let the first key do all again
    #[arg(long)]
    none: bool,
    #[command(flatten)]
    unlock: UnlockArgument,
}

/// A new account.
#[derive(Debug, Args)]
#[command(after_help = "\
A key is never an argument, since those stand in process lists.

Examples:
  paydeskctl accounts add stripe --label shop --key-stdin < key.txt
  paydeskctl accounts add stripe --label shop --key-env STRIPE_SECRET_KEY
  paydeskctl accounts add stripe --label shop --from-dotenv .env
  paydeskctl accounts add stripe --label play --base-url http://127.0.0.1:4242 --key-stdin
  paydeskctl accounts add sendgrid --label letters --env test --region eu --key-stdin < key.txt
  paydeskctl accounts add twilio --label texts --env test --account-sid AC… --key-stdin < token.txt

The key of Twilio is the auth token, or an API key with its secret as SK…:secret.")]
pub(crate) struct AddArguments {
    /// The vendor
    #[arg(value_parser = vendor())]
    vendor: Vendor,
    /// The name for it; 1 to 64 characters
    #[arg(long)]
    label: String,
    /// A loopback address, or the vendor's own host over https
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// The environment that it is connected into, for a vendor whose keys say nothing of one
    #[arg(long = "env", value_name = "ENVIRONMENT", value_parser = environment())]
    into: Option<Environment>,
    /// The vendor's region: global or eu of SendGrid, us1, ie1, au1 or jp1 of Twilio
    #[arg(long)]
    region: Option<String>,
    /// The id of the account at Twilio, which begins with AC
    #[arg(long, value_name = "SID")]
    account_sid: Option<String>,
    #[command(flatten)]
    key: KeyArguments,
}

/// Where the key is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct KeyArguments {
    /// Read the key from stdin, one line
    #[arg(long)]
    key_stdin: bool,
    /// Take it from this environment variable of the process that runs the Desk
    #[arg(long, value_name = "NAME")]
    key_env: Option<String>,
    /// Take it, and what belongs to it, from a .env file
    #[arg(long, value_name = "FILE")]
    from_dotenv: Option<PathBuf>,
}

fn vendor() -> impl TypedValueParser<Value = Vendor> {
    PossibleValuesParser::new(Vendor::ALL.map(Vendor::as_str)).try_map(|word| word.parse::<Vendor>())
}

/// A command whose key was read.
pub(crate) enum PreparedAccounts {
    WriteKey { request: SetWriteKey, key_came_by_stdin: bool, unlock: Option<String> },
    Add { request: ConnectAccount, key_came_by_stdin: bool },
    AddMail { request: ConnectMail, key_came_by_stdin: bool },
    Other(AccountsCommand),
}

impl AccountsCommand {
    /// Reads the key, where there is one to read.
    pub(crate) fn prepare(self) -> Result<PreparedAccounts, Failure> {
        let arguments = match self {
            Self::Add(arguments) => arguments,
            Self::WriteKey(arguments) => return arguments.prepare(),
            other => return Ok(PreparedAccounts::Other(other)),
        };
        let AddArguments { vendor, label, base_url, into, region, account_sid, key } = arguments;
        let key_came_by_stdin = key.key_stdin;
        if vendor != Vendor::Stripe {
            let key = key.read()?;
            let environment = into;
            let request = ConnectMail { vendor, label, environment, region, account_sid, base_url, key };
            return Ok(PreparedAccounts::AddMail { request, key_came_by_stdin });
        }
        if into.is_some() || region.is_some() || account_sid.is_some() {
            return Err(Failure::bad_request(
                "a key of Stripe says which environment and account it is of, and there are no regions",
            ));
        }
        let request = ConnectAccount { vendor, label, base_url, key: key.read()? };
        Ok(PreparedAccounts::Add { request, key_came_by_stdin })
    }
}

impl WriteKeyArguments {
    fn prepare(self) -> Result<PreparedAccounts, Failure> {
        let key = match (self.none, self.key_env) {
            (true, _) => None,
            (false, Some(name)) => Some(KeySource::Variable { name }),
            (false, None) => Some(KeySource::Text { key: key_input::read()? }),
        };
        let request = SetWriteKey { label: self.label, key };
        let unlock = self.unlock.unlock;
        Ok(PreparedAccounts::WriteKey { request, key_came_by_stdin: self.key_stdin, unlock })
    }
}

impl KeyArguments {
    fn read(self) -> Result<KeySource, Failure> {
        match (self.key_env, self.from_dotenv) {
            (Some(name), _) => Ok(KeySource::Variable { name }),
            (None, Some(file)) => {
                // The Desk may run in another process, in another folder.
                let path = std::path::absolute(file).map_err(Failure::bad_request)?;
                let path = path.into_os_string().into_string();
                let path =
                    path.map_err(|_| Failure::bad_request("the path of the .env file is not UTF-8"))?;
                Ok(KeySource::Dotenv { path })
            }
            (None, None) => Ok(KeySource::Text { key: key_input::read()? }),
        }
    }
}

impl PreparedAccounts {
    /// Whether stdin is used up.
    pub(crate) fn key_came_by_stdin(&self) -> bool {
        matches!(
            self,
            Self::Add { key_came_by_stdin: true, .. }
                | Self::AddMail { key_came_by_stdin: true, .. }
                | Self::WriteKey { key_came_by_stdin: true, .. }
        )
    }

    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let command = match self {
            Self::Add { request, .. } => {
                let connected = session.call(request).await?;
                let printed = session.output().answer(&connected);
                if let Some(remark) = connected.remark() {
                    session.output().say(&remark);
                }
                return Ok(exit_after(printed, outcome::done(&connected)));
            }
            Self::AddMail { request, .. } => return session.answer(request, outcome::done).await,
            Self::WriteKey { request, unlock, .. } => {
                return session.write(request, unlock, outcome::done).await;
            }
            Self::Other(command) => command,
        };
        match command {
            AccountsCommand::Check { label } => session.answer(CheckAccount { label }, outcome::done).await,
            AccountsCommand::Rename { label, new_label } => {
                session.answer(RenameAccount { label, new_label }, outcome::done).await
            }
            AccountsCommand::Zone { label, zone } => {
                session.answer(SetReportingZone { label, zone }, outcome::done).await
            }
            AccountsCommand::Mail(arguments) => session.answer(arguments.request(), outcome::done).await,
            AccountsCommand::Notices(arguments) => arguments.run(session).await,
            AccountsCommand::Limit(LimitArguments {
                label,
                currency,
                per_refund,
                per_day,
                per_person,
                unlock,
            }) => {
                let request = SetRefundLimits { label, currency, per_refund, per_day, per_person };
                session.write(request, unlock.unlock, outcome::done).await
            }
            AccountsCommand::Remove { label } => session.answer(RemoveAccount { label }, outcome::done).await,
            AccountsCommand::List | AccountsCommand::Add(_) | AccountsCommand::WriteKey(_) => {
                session.answer(ListAccounts {}, outcome::done).await
            }
        }
    }
}
