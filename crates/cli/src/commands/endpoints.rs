//! `paydeskctl endpoints`: where events are sent on to.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};
use contract::accounts::KeySource;
use contract::relay::{
    AddEndpoint, ChangeEndpoint, DeliveryState, EndpointScheme, EndpointView, ListDeliveries, ListEndpoints,
    PauseEndpoint, RemoveEndpoint, ResumeEndpoint, ShowDelivery, ShowEndpoint,
};
use contract::{ExitCode, SecretText};
use serde::Serialize;

use crate::answers::Answer;
use crate::arguments::RangeArguments;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::session::Session;
use crate::text::Text;

/// What to do with endpoints.
#[derive(Debug, Subcommand)]
pub(crate) enum EndpointsCommand {
    /// Add one; events that happen from now on are sent to it
    Add(AddArguments),
    /// List them
    List,
    /// Show one, with what was taken on each day; or a delivery such as dl_17, with its tries
    Show(IdArgument),
    /// Change one
    Change(ChangeArguments),
    /// Hold back what is to be sent; events wait meanwhile
    Pause(IdArgument),
    /// Send again to one that was paused or has stopped
    Resume(IdArgument),
    /// Remove one with its secret; what waits for it is canceled
    Remove(IdArgument),
    /// List what was sent, and what waits or failed
    Deliveries(DeliveriesArguments),
}

/// How to sign.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum SchemeWord {
    /// Stripe-Signature
    #[default]
    Stripe,
    /// Standard Webhooks
    Standard,
}

impl From<SchemeWord> for EndpointScheme {
    fn from(word: SchemeWord) -> Self {
        match word {
            SchemeWord::Stripe => Self::Stripe,
            SchemeWord::Standard => Self::Standard,
        }
    }
}

/// What an endpoint wants and takes.
#[derive(Debug, Args)]
struct WantsArguments {
    /// Only events of these types, with commas; `charge.*` stands for all that begin so
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    events: Option<Vec<String>>,
    /// Only events whose document says so, such as data.object.currency=eur; all of several must hold
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    conditions: Option<Vec<String>>,
    /// Most requests a second, 1 to 1000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: Option<u32>,
    /// Most requests at once, 1 to 64; after a kill as many may be sent once more
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    concurrency: Option<u32>,
    /// The variable that holds the secret to sign with
    #[arg(long, value_name = "NAME")]
    secret_env: Option<String>,
}

/// What to add.
#[derive(Debug, Args)]
#[command(after_help = "\
What the vendor sent is sent on byte for byte, with a fresh signature of the endpoint's own secret and the header
webhook-id, which stays the same over all tries. The secret is made, shown this once and kept in the vault; give one with
--secret-env where the receiver has it already. What is not taken is tried ten times over three days or more; an endpoint
that takes nothing for five days, or answers 410, is switched off. Addresses on this machine and in private networks need
--allow-local, all others https.

Examples:
  paydeskctl endpoints add https://example.com/hooks --events 'charge.*,refund.updated'
  paydeskctl endpoints add http://localhost:3000/hook --allow-local --where data.object.currency=eur
  paydeskctl endpoints add https://example.com/hooks --scheme standard --rate 50 --concurrency 8 --ordered
  paydeskctl endpoints add https://example.com/hooks --scheme standard --events 'paydesk.refund.*'")]
pub(crate) struct AddArguments {
    /// Where to
    #[arg(value_name = "URL")]
    url: String,
    #[command(flatten)]
    wants: WantsArguments,
    /// Only events of this account; of all when left out
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// How to sign
    #[arg(long, value_enum, default_value_t)]
    scheme: SchemeWord,
    /// The address may be on this machine or in a private network
    #[arg(long)]
    allow_local: bool,
    /// Send what concerns one object one after the other, the older first
    #[arg(long)]
    ordered: bool,
}

/// What to change.
#[derive(Debug, Args)]
pub(crate) struct ChangeArguments {
    /// The endpoint's id
    #[arg(value_name = "ENDPOINT")]
    id: String,
    /// Another address
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    wants: WantsArguments,
    /// Whether the address may be on this machine or in a private network
    #[arg(long, value_name = "true|false")]
    allow_local: Option<bool>,
    /// Whether what concerns one object is sent one after the other
    #[arg(long, value_name = "true|false")]
    ordered: Option<bool>,
}

/// Which one.
#[derive(Debug, Args)]
pub(crate) struct IdArgument {
    /// Its id, as it is listed
    #[arg(value_name = "ID")]
    id: String,
}

/// Which deliveries.
#[derive(Debug, Args)]
pub(crate) struct DeliveriesArguments {
    /// Only to this endpoint
    #[arg(value_name = "ENDPOINT")]
    endpoint: Option<String>,
    /// Only those that came to their end without being taken
    #[arg(long, conflicts_with = "state")]
    failed: bool,
    /// Only in this state
    #[arg(long, value_name = "STATE", value_parser = PossibleValuesParser::new(["waiting", "sending", "delivered", "failed", "canceled"]))]
    state: Option<String>,
    /// Only of this event, by the vendor's id
    #[arg(long, value_name = "EVENT")]
    event: Option<String>,
    /// Only of this replay
    #[arg(long, value_name = "REPLAY")]
    replay: Option<String>,
    #[command(flatten)]
    range: RangeArguments,
}

/// An endpoint with the secret that was made for it, which is shown this once.
#[derive(Serialize)]
struct Added<'a> {
    #[serde(flatten)]
    endpoint: &'a EndpointView,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

impl Answer for Added<'_> {
    fn write_text(&self, text: &mut Text) {
        self.endpoint.write_text(text);
        if let Some(secret) = self.secret {
            text.line(format!("Secret  {secret}  (shown this once)"));
        }
    }
}

impl EndpointsCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::Add(arguments) => arguments.run(session).await,
            Self::List => session.answer(ListEndpoints {}, outcome::done).await,
            Self::Show(IdArgument { id }) if id.starts_with("dl_") => {
                session.answer(ShowDelivery { id }, outcome::done).await
            }
            Self::Show(IdArgument { id }) => session.answer(ShowEndpoint { id }, outcome::done).await,
            Self::Change(arguments) => session.answer(arguments.request(), outcome::done).await,
            Self::Pause(IdArgument { id }) => session.answer(PauseEndpoint { id }, outcome::done).await,
            Self::Resume(IdArgument { id }) => session.answer(ResumeEndpoint { id }, outcome::done).await,
            Self::Remove(IdArgument { id }) => session.answer(RemoveEndpoint { id }, outcome::done).await,
            Self::Deliveries(arguments) => session.answer(arguments.request(), outcome::done).await,
        }
    }
}

impl AddArguments {
    async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let offered: SecretText = desk::new_webhook_secret()?;
        let request = AddEndpoint {
            url: self.url,
            events: self.wants.events.unwrap_or_default(),
            conditions: self.wants.conditions.unwrap_or_default(),
            account: self.account,
            scheme: self.scheme.into(),
            secret: self.wants.secret_env.map(|name| KeySource::Variable { name }),
            offered_secret: Some(offered.clone()),
            secret_of_listener: false,
            allow_local: self.allow_local,
            rate_per_second: self.wants.rate,
            concurrency: self.wants.concurrency,
            ordered: self.ordered,
            temporary: false,
        };
        let endpoint = session.call(request).await?;
        let secret = endpoint.took_offered.then(|| offered.0.expose());
        let printed = session.show(&Added { endpoint: &endpoint, secret });
        Ok(exit_after(printed, ExitCode::Done))
    }
}

impl ChangeArguments {
    fn request(self) -> ChangeEndpoint {
        ChangeEndpoint {
            id: self.id,
            url: self.url,
            events: self.wants.events,
            conditions: self.wants.conditions,
            secret: self.wants.secret_env.map(|name| KeySource::Variable { name }),
            allow_local: self.allow_local,
            rate_per_second: self.wants.rate,
            concurrency: self.wants.concurrency,
            ordered: self.ordered,
        }
    }
}

impl DeliveriesArguments {
    fn request(self) -> ListDeliveries {
        let state = match self.state.as_deref() {
            _ if self.failed => Some(DeliveryState::Failed),
            Some("waiting") => Some(DeliveryState::Waiting),
            Some("sending") => Some(DeliveryState::Sending),
            Some("delivered") => Some(DeliveryState::Delivered),
            Some("failed") => Some(DeliveryState::Failed),
            Some("canceled") => Some(DeliveryState::Canceled),
            _ => None,
        };
        ListDeliveries {
            endpoint: self.endpoint,
            event: self.event,
            replay: self.replay,
            state,
            range: self.range.into(),
        }
    }
}
