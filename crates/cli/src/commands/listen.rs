//! `paydeskctl listen`: receives what a vendor delivers, until it is stopped.

use clap::Args;
use contract::events::{HookView, ReceivedEventView};
use contract::{ErrorBody, ErrorCode, Notice, SecretText, Timestamp};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use super::forwarding::{Forwarding, TOUCH_EVERY};
use super::hooks::HookArguments;
use crate::answers::events::line_of;
use crate::arguments::Global;
use crate::failure::Failure;
use crate::output::{Output, Printed};
use crate::session::{Opening, SERVE_CLOSING_LIMIT, Session};
use crate::stop::Stop;

/// What to listen for.
#[derive(Debug, Args)]
#[command(after_help = "\
It prints the URL to give to the vendor, or to what forwards to this machine, and the secret that what comes must be
signed with. The secret is made once, kept in the vault and not shown again. Where the vendor made one, as Stripe does for
an endpoint, give that with --secret-env. Events are received as long as this, `paydeskctl serve` or the window runs.

With --forward-to each event is sent on to a program on this machine, byte for byte and with a fresh signature of the same
secret, and tried again while it is not taken, as long as this runs. Events are those of --events.

With --scheme and --name it listens for a source: whoever signs in that way, without an account here. Its events are kept,
found, sent on and replayed like those of Stripe, and nothing about money follows from them.
  sendgrid   --secret-env names the public key of the event webhook, in base64
  twilio     --secret-env names the auth token; --url is the address that Twilio calls, which it signs
  hubspot    --secret-env names the client secret; --url is the address that HubSpot calls, which it signs
  paypal     --webhook-id is the id that PayPal gave the webhook; its certificate is fetched from PayPal, or --cert-file
  standard, svix   the secret is made here, or --secret-env names the one that the sender has

Examples:
  paydeskctl listen
  paydeskctl listen --forward-to localhost:3000/hook
  paydeskctl listen --events 'charge.*,refund.updated' --account shop
  STRIPE_WEBHOOK_SECRET=whsec_… paydeskctl listen --secret-env STRIPE_WEBHOOK_SECRET
  paydeskctl listen --scheme sendgrid --name mail --secret-env SENDGRID_PUBLIC_KEY
  paydeskctl listen --scheme twilio --name sms --secret-env TWILIO_AUTH_TOKEN --url https://hooks.example.com")]
pub(crate) struct ListenArguments {
    #[command(flatten)]
    hook: HookArguments,
    /// Show only events of these types, with commas; `charge.*` stands for all that begin so
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    events: Vec<String>,
    /// Send events on to this address, such as localhost:3000/hook
    #[arg(long, value_name = "URL")]
    forward_to: Option<String>,
}

/// Said once it listens.
#[derive(Serialize)]
struct Ready<'a> {
    #[serde(flatten)]
    hook: &'a HookView,
    /// Only where it was made now.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

/// Receives until it is stopped.
pub(crate) async fn run(arguments: ListenArguments, global: &Global, output: &Output) -> Result<u8, Failure> {
    let mut stop = Stop::listen()?;
    let opening = Opening { stdin_is_taken: false, background: true };
    let session = tokio::select! {
        session = Session::open(global, output, opening) => session?,
        () = stop.told() => return Ok(0),
    };
    let done = listen(&arguments, &session, &mut stop).await;
    session.close(SERVE_CLOSING_LIMIT).await;
    done
}

async fn listen(arguments: &ListenArguments, session: &Session<'_>, stop: &mut Stop) -> Result<u8, Failure> {
    let mut notices = session.connection().notices();
    let hook = tokio::select! {
        hook = open(arguments, session) => hook?,
        () = stop.told() => return Ok(0),
    };
    let mut forwarding = match &arguments.forward_to {
        Some(url) => Some(Forwarding::begin(url, &arguments.events, &hook, session).await?),
        None => None,
    };
    if let Some(forwarding) = &forwarding {
        session.output().say(&forwarding.said());
    }
    let mut touch = tokio::time::interval(TOUCH_EVERY);
    let done = loop {
        tokio::select! {
            notice = notices.recv() => match notice {
                Ok(notice) => {
                    if matches!(notice, Notice::Missed {}) {
                        // Another Desk runs now, perhaps the one of this command.
                        open(arguments, session).await?;
                    }
                    hear(&notice, arguments, &hook, forwarding.as_ref(), session);
                }
                Err(RecvError::Lagged(missed)) => session
                    .output()
                    .say(&format!("{missed} lines are left out here; `paydeskctl events list` has all.")),
                Err(RecvError::Closed) => break Ok(0),
            },
            _ = touch.tick() => if let Some(forwarding) = &mut forwarding {
                forwarding.touch(session).await?;
            },
            () = stop.told() => break Ok(0),
        }
    };
    if let Some(forwarding) = forwarding {
        forwarding.end(session).await;
    }
    done
}

/// Shows what a notice tells of the account's events.
fn hear(
    notice: &Notice,
    arguments: &ListenArguments,
    hook: &HookView,
    forwarding: Option<&Forwarding>,
    session: &Session<'_>,
) {
    match (notice, forwarding) {
        (Notice::Event { environment, event }, _) => {
            let here = session.scope().environment.is_none_or(|wanted| wanted == *environment);
            // What is forwarded has lines of its own.
            let is_shown = forwarding.is_none() || event.state == "apart";
            if here && is_shown && event.account == hook.account && arguments.wants(event) {
                show(session, event);
            }
        }
        (Notice::Delivery { delivery, .. }, Some(forwarding)) => {
            let now = Timestamp::from(chrono::Utc::now());
            if let Some(lines) = forwarding.lines_of(delivery, now) {
                let _ = session.output().either(delivery, || lines);
            }
        }
        _ => {}
    }
}

/// Opens the path and says where it is.
async fn open(arguments: &ListenArguments, session: &Session<'_>) -> Result<HookView, Failure> {
    let offered: SecretText = desk::new_webhook_secret()?;
    let hook = session.call(arguments.hook.request(offered.clone())?).await?;
    if !hook.listening {
        // A command that ends at once has the home; whoever has it next listens.
        return Err(ErrorBody::new(ErrorCode::DeskGone).into());
    }
    let secret = hook.took_offered.then(|| offered.0.expose());
    let printed = session.output().either(&Ready { hook: &hook, secret }, || ready_text(&hook, secret));
    match printed {
        Printed::Failed => Err(Failure::internal("the address could not be printed")),
        _ => Ok(hook),
    }
}

fn ready_text(hook: &HookView, secret: Option<&str>) -> String {
    let url = hook.url.as_deref().unwrap_or_default();
    let called = hook.public_url.as_ref().map(|url| format!("Called  {url}\n")).unwrap_or_default();
    let secret = match secret {
        Some(secret) => format!("{secret}  (shown this once)"),
        None => format!("in the {}", hook.secret_location),
    };
    format!(
        "Listening for events of {}; stop with Ctrl-C.\nURL     {url}\n{called}Secret  {secret}\n",
        hook.account
    )
}

fn show(session: &Session<'_>, event: &ReceivedEventView) {
    let _ = session.output().either(event, || format!("{}\n", line_of(event)));
}

impl ListenArguments {
    /// Whether an event is one of those that were asked for. What is kept apart is always shown.
    fn wants(&self, event: &ReceivedEventView) -> bool {
        let Some(kind) = event.event_type.as_deref() else { return true };
        self.events.is_empty() || self.events.iter().any(|wanted| matches(wanted, kind))
    }
}

fn matches(wanted: &str, kind: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => kind == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn types_are_matched_whole_or_by_their_beginning() {
        assert!(matches("charge.refunded", "charge.refunded"));
        assert!(!matches("charge", "charge.refunded"));
        assert!(matches("charge.*", "charge.refunded"));
        assert!(matches("*", "anything"));
        assert!(!matches("charge.*", "charges.made"));
    }
}
