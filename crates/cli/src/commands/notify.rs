//! `paydeskctl notify`: where messages of Paydesk's own go, and by which rules.

use clap::{Args, Subcommand, ValueEnum};
use contract::accounts::KeySource;
use contract::channels::{
    AddChannel, ChangeChannel, ChannelKind, ChannelRegion, ChannelRules, ListChannels, ListSandboxMessages,
    PauseChannel, PreviewChannel, QuietHours, RemoveChannel, ResumeChannel, TestChannel,
};
use contract::{ErrorBody, ErrorCode};

use crate::failure::Failure;
use crate::key_input;
use crate::outcome;
use crate::session::Session;

/// What to do with channels.
#[derive(Debug, Subcommand)]
pub(crate) enum NotifyCommand {
    /// Add one; what happens from now on is sent to it
    Add(AddArguments),
    /// List them, with how each stands
    List,
    /// Show how a channel would show each message
    Preview(PreviewArguments),
    /// Send a test message now and say what was answered
    Test(NameArgument),
    /// Change the rules or the secret of one; what is left out stays
    Change(ChangeArguments),
    /// Hold back what is to be sent; messages wait meanwhile
    Pause(NameArgument),
    /// Send again to one that was paused or has stopped
    Resume(NameArgument),
    /// Remove one with its secret; what waits for it is canceled
    Remove(NameArgument),
    /// List what the built-in sandbox recorded in the place of Slack, PagerDuty and SendGrid
    Recorded,
}

/// The kind of a channel.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum KindWord {
    /// An incoming webhook
    Slack,
    /// Events API v2
    Pagerduty,
    /// Mail by SendGrid
    Email,
    /// Notifications of this desktop, while a window is open
    Desktop,
}

impl From<KindWord> for ChannelKind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::Slack => Self::Slack,
            KindWord::Pagerduty => Self::Pagerduty,
            KindWord::Email => Self::Email,
            KindWord::Desktop => Self::Desktop,
        }
    }
}

/// Where the vendor keeps the account.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RegionWord {
    /// United States
    Us,
    /// Europe
    Eu,
}

/// What a channel wants.
#[derive(Debug, Args)]
struct RulesArguments {
    /// Only messages of these types, with commas; `paydesk.refund.*` stands for all that begin so
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    events: Option<Vec<String>>,
    /// Only messages that say so: currency=eur, amount>=5000 (minor units), account=LABEL; all of several must hold
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    conditions: Option<Vec<String>>,
    /// Hours in which nothing is sent, such as 22:00-07:00; what comes meanwhile is sent after them
    #[arg(long, value_name = "FROM-TO", requires = "zone")]
    quiet: Option<String>,
    /// The time zone of the quiet hours, such as Europe/Berlin
    #[arg(long, value_name = "ZONE", requires = "quiet")]
    zone: Option<String>,
    /// Most messages an hour, 1 to 1000; what is more becomes one summary
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    per_hour: Option<u32>,
    /// Where the vendor keeps the account, for PagerDuty and mail
    #[arg(long, value_enum)]
    region: Option<RegionWord>,
    /// Who sends mail
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// Who receives it, with commas; at most ten
    #[arg(long, value_name = "ADDRESSES", value_delimiter = ',')]
    to: Option<Vec<String>>,
}

/// A new channel.
#[derive(Debug, Args)]
#[command(after_help = "\
Messages are paydesk.refund.settled, .refused, .failed, .needs_person and .closed, paydesk.dispute.due and .answered,
paydesk.mirror.gap and .healed.
The webhook's address (Slack), the routing key (PagerDuty) or the API key (mail) is read from stdin, one line, or asked for
at a terminal; it is never an argument, since those stand in process lists. In the sandbox nothing leaves the machine: the
sandbox records what would be sent.

Examples:
  paydeskctl notify add slack ops --events 'paydesk.refund.*,paydesk.dispute.due' < webhook.txt
  paydeskctl notify add pagerduty night --events paydesk.refund.needs_person --where 'amount>=100000' --key-env PD_KEY
  paydeskctl notify add email daily --from desk@example.com --to ops@example.com --per-hour 5 --key-env SENDGRID_KEY
  paydeskctl notify add slack quiet --quiet 22:00-07:00 --zone Europe/Berlin --url-env SLACK_URL
  paydeskctl notify add desktop here")]
pub(crate) struct AddArguments {
    /// The kind
    #[arg(value_enum, value_name = "KIND")]
    kind: KindWord,
    /// The name for it
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    rules: RulesArguments,
    /// Send name and mail address of a payer along
    #[arg(long)]
    with_personal: bool,
    #[command(flatten)]
    secret: SecretArguments,
}

/// Where the secret is.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct SecretArguments {
    /// Take Slack's webhook address from this environment variable of the process that runs the Desk
    #[arg(long, value_name = "NAME")]
    url_env: Option<String>,
    /// Take the routing key or API key from this environment variable of the process that runs the Desk
    #[arg(long, value_name = "NAME")]
    key_env: Option<String>,
}

/// What to change.
#[derive(Debug, Args)]
pub(crate) struct ChangeArguments {
    /// The channel's name
    #[arg(value_name = "NAME")]
    name: String,
    /// Another name
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    #[command(flatten)]
    rules: RulesArguments,
    /// Whether name and mail address of a payer are sent along
    #[arg(long, value_name = "true|false")]
    with_personal: Option<bool>,
    /// No quiet hours any more
    #[arg(long, conflicts_with = "quiet")]
    no_quiet: bool,
    /// No limit of messages an hour any more
    #[arg(long, conflicts_with = "per_hour")]
    no_limit: bool,
    /// Read another secret from stdin, one line
    #[arg(long, conflicts_with_all = ["url_env", "key_env"])]
    secret_stdin: bool,
    #[command(flatten)]
    secret: SecretArguments,
}

/// How a channel would show messages.
#[derive(Debug, Args)]
pub(crate) struct PreviewArguments {
    /// The kind
    #[arg(value_enum, value_name = "KIND")]
    kind: KindWord,
    #[command(flatten)]
    rules: RulesArguments,
    /// Send name and mail address of a payer along
    #[arg(long)]
    with_personal: bool,
}

/// Which one.
#[derive(Debug, Args)]
pub(crate) struct NameArgument {
    /// Its name, or its id
    #[arg(value_name = "NAME")]
    name: String,
}

/// A command whose secret was read.
pub(crate) struct PreparedNotify {
    command: NotifyCommand,
    secret: Option<KeySource>,
    pub(crate) secret_came_by_stdin: bool,
}

impl SecretArguments {
    fn variable(&self) -> Option<KeySource> {
        let name = self.url_env.clone().or_else(|| self.key_env.clone())?;
        Some(KeySource::Variable { name })
    }
}

impl RulesArguments {
    /// The rules with what was given in the place of what there was.
    fn over(self, before: ChannelRules) -> Result<ChannelRules, Failure> {
        let quiet = match (self.quiet, self.zone) {
            (Some(hours), Some(zone)) => {
                let (from, to) = hours.split_once('-').ok_or_else(|| {
                    let why = "quiet hours are written as 22:00-07:00";
                    Failure::from(ErrorBody::new(ErrorCode::BadChannel).with("why", why))
                })?;
                Some(QuietHours { from: from.trim().to_owned(), to: to.trim().to_owned(), zone })
            }
            _ => before.quiet,
        };
        Ok(ChannelRules {
            events: self.events.unwrap_or(before.events),
            conditions: self.conditions.unwrap_or(before.conditions),
            quiet,
            per_hour: self.per_hour.or(before.per_hour),
            with_personal: before.with_personal,
            region: self.region.map_or(before.region, |word| match word {
                RegionWord::Us => ChannelRegion::Us,
                RegionWord::Eu => ChannelRegion::Eu,
            }),
            from: self.from.or(before.from),
            to: self.to.unwrap_or(before.to),
        })
    }
}

impl NotifyCommand {
    /// Reads the secret, where there is one to read.
    pub(crate) fn prepare(self) -> Result<PreparedNotify, Failure> {
        let (variable, by_stdin) = match &self {
            Self::Add(arguments) => {
                let variable = arguments.secret.variable();
                let needs_one = !matches!(arguments.kind, KindWord::Desktop);
                let by_stdin = variable.is_none() && needs_one;
                (variable, by_stdin)
            }
            Self::Change(arguments) => (arguments.secret.variable(), arguments.secret_stdin),
            _ => (None, false),
        };
        let secret = match by_stdin {
            true => Some(KeySource::Text { key: key_input::read()? }),
            false => variable,
        };
        Ok(PreparedNotify { command: self, secret, secret_came_by_stdin: by_stdin })
    }
}

impl PreparedNotify {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let secret = self.secret;
        match self.command {
            NotifyCommand::Add(arguments) => {
                let rules = arguments.rules.over(ChannelRules::default())?;
                let request = AddChannel {
                    kind: arguments.kind.into(),
                    name: arguments.name,
                    rules: ChannelRules { with_personal: arguments.with_personal, ..rules },
                    secret,
                };
                session.answer(request, outcome::done).await
            }
            NotifyCommand::Change(arguments) => change(arguments, secret, session).await,
            NotifyCommand::Preview(arguments) => {
                let rules = arguments.rules.over(ChannelRules::default())?;
                let rules = ChannelRules { with_personal: arguments.with_personal, ..rules };
                session.answer(PreviewChannel { kind: arguments.kind.into(), rules }, outcome::done).await
            }
            NotifyCommand::List => session.answer(ListChannels {}, outcome::done).await,
            NotifyCommand::Test(NameArgument { name }) => {
                session.answer(TestChannel { id: name }, outcome::of_channel_test).await
            }
            NotifyCommand::Pause(NameArgument { name }) => {
                session.answer(PauseChannel { id: name }, outcome::done).await
            }
            NotifyCommand::Resume(NameArgument { name }) => {
                session.answer(ResumeChannel { id: name }, outcome::done).await
            }
            NotifyCommand::Remove(NameArgument { name }) => {
                session.answer(RemoveChannel { id: name }, outcome::done).await
            }
            NotifyCommand::Recorded => session.answer(ListSandboxMessages {}, outcome::done).await,
        }
    }
}

async fn change(
    arguments: ChangeArguments,
    secret: Option<KeySource>,
    session: &Session<'_>,
) -> Result<u8, Failure> {
    let channels = session.call(ListChannels {}).await?.items;
    let is_meant = |id: &str, name: &str| id == arguments.name || name == arguments.name;
    let known = channels.into_iter().find(|one| is_meant(&one.id, &one.name));
    let known = known.ok_or_else(|| {
        Failure::from(ErrorBody::new(ErrorCode::UnknownChannel).with("id", &arguments.name))
    })?;
    let mut rules = arguments.rules.over(known.rules)?;
    rules.with_personal = arguments.with_personal.unwrap_or(rules.with_personal);
    if arguments.no_quiet {
        rules.quiet = None;
    }
    if arguments.no_limit {
        rules.per_hour = None;
    }
    let request = ChangeChannel { id: known.id, name: arguments.rename, rules: Some(rules), secret };
    session.answer(request, outcome::done).await
}
