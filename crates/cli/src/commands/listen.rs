//! `paydeskctl listen`: receives what a vendor delivers, until it is stopped.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use contract::events::{HoldLan, HookView, OpenHook, ReceivedEventView};
use contract::{ErrorBody, ErrorCode, Notice, SecretText, Timestamp};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use super::forwarding::{Forwarding, TOUCH_EVERY};
use super::heard::Heard;
use super::hooks::HookArguments;
use super::recording::Recording;
use crate::answers::events::line_of;
use crate::arguments::Global;
use crate::confirm;
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
    /// Have the sandbox deliver here, by its own API; it makes the secret
    #[arg(long, conflicts_with_all = ["secret_env", "name"])]
    register: bool,
    /// Listen beyond this machine as well, on this address of it; asks first, and for this run alone
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "0.0.0.0")]
    lan: Option<String>,
    /// For scripts: what --lan opens is understood
    #[arg(long, requires = "lan")]
    i_understand: bool,
    /// Write what comes into this file, as lines of a session for `paydeskctl replay --file`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Show only events of these types, with commas; `charge.*` stands for all that begin so
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    events: Vec<String>,
    /// Send events on to this address, such as localhost:3000/hook
    #[arg(long, value_name = "URL")]
    forward_to: Option<String>,
}

/// What is said before each time that it listens beyond this machine.
const LAN_WARNING: &str = "\
--lan opens this listener to everybody who reaches ADDRESS: on a network that is not yours alone, to strangers.
They can only POST to a path with a token of 128 bits, and nothing is believed without a good signature; that it is plain
HTTP means that whoever is between can read what vendors send and the token. A tunnel with TLS is the better way.
It is not remembered: it ends with this run, also where a window or `serve` listens for it (within a minute of a kill).
";

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
    arguments.confirm_lan()?;
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
    let mut listening = Listening::begin(arguments, session, hook).await?;
    let mut touch = tokio::time::interval(TOUCH_EVERY);
    let done = loop {
        tokio::select! {
            notice = notices.recv() => match notice {
                Ok(notice) => listening.hear(&notice).await?,
                Err(RecvError::Lagged(_)) => listening.catch_up().await?,
                Err(RecvError::Closed) => break Ok(0),
            },
            _ = touch.tick() => listening.touch().await?,
            () = stop.told() => break Ok(0),
        }
    };
    listening.end().await;
    done
}

/// A path whose events are shown, recorded and sent on.
struct Listening<'a, 'b> {
    arguments: &'a ListenArguments,
    session: &'a Session<'b>,
    hook: HookView,
    heard: Heard,
    recording: Option<Recording>,
    forwarding: Option<Forwarding>,
}

impl<'a, 'b> Listening<'a, 'b> {
    async fn begin(
        arguments: &'a ListenArguments,
        session: &'a Session<'b>,
        hook: HookView,
    ) -> Result<Self, Failure> {
        let heard = Heard::begin(&hook, session).await?;
        let recording = arguments.record.as_deref().map(Recording::begin).transpose()?;
        let forwarding = match &arguments.forward_to {
            Some(url) => Some(Forwarding::begin(url, &arguments.events, &hook, session).await?),
            None => None,
        };
        if let Some(forwarding) = &forwarding {
            session.output().say(&forwarding.said());
        }
        Ok(Self { arguments, session, hook, heard, recording, forwarding })
    }

    /// Does what a notice asks for.
    async fn hear(&mut self, notice: &Notice) -> Result<(), Failure> {
        match (notice, &self.forwarding) {
            (Notice::Missed {}, _) => {
                // Another Desk runs now, perhaps the one of this command.
                open(self.arguments, self.session).await?;
            }
            (Notice::Event { environment, event }, _)
                if self.hook.environment == *environment && event.account == self.hook.account =>
            {
                self.came(event).await?;
            }
            (Notice::Delivery { delivery, .. }, Some(forwarding)) => {
                let now = Timestamp::from(chrono::Utc::now());
                if let Some(lines) = forwarding.lines_of(delivery, now) {
                    let _ = self.session.output().either(delivery, || lines);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Shows and records an event of the path.
    async fn came(&mut self, event: &ReceivedEventView) -> Result<(), Failure> {
        if !self.heard.is_new(event) || !self.arguments.wants(event) {
            return Ok(());
        }
        if let Some(recording) = &mut self.recording {
            recording.take(event, &self.hook, self.session).await?;
        }
        // What is forwarded has lines of its own.
        if self.forwarding.is_none() || event.state == "apart" {
            let _ = self.session.output().either(event, || format!("{}\n", line_of(event)));
        }
        Ok(())
    }

    /// Looks up what came while more was told than could wait here. Lines of deliveries are not told again.
    async fn catch_up(&mut self) -> Result<(), Failure> {
        let missed = self.heard.missed(&self.hook, self.session).await?;
        for event in &missed {
            self.came(event).await?;
        }
        if self.forwarding.is_some() {
            let all = "Some deliveries are not shown here; `paydeskctl endpoints deliveries` has all.";
            self.session.output().say(all);
        }
        Ok(())
    }

    /// Says that the command is still there, to all that goes without it.
    async fn touch(&mut self) -> Result<(), Failure> {
        self.hold_lan(false).await;
        match &mut self.forwarding {
            Some(forwarding) => forwarding.touch(self.session).await,
            None => Ok(()),
        }
    }

    /// Keeps the network let in, or shuts it out.
    async fn hold_lan(&self, ended: bool) {
        let Some(address) = self.arguments.lan.clone() else { return };
        let held = self.session.connection().call(self.session.scope(), HoldLan { address, ended }).await;
        if let Err(error) = held {
            // Another Desk takes over within seconds; where none does, it ends by itself within a minute.
            tracing::warn!(code = %error.code, "the listener's reach could not be told of");
        }
    }

    async fn end(self) {
        self.hold_lan(true).await;
        if let Some(forwarding) = self.forwarding {
            forwarding.end(self.session).await;
        }
        if let Some(recording) = self.recording {
            self.session.output().say(&recording.end());
        }
    }
}

/// Opens the path and says where it is.
async fn open(arguments: &ListenArguments, session: &Session<'_>) -> Result<HookView, Failure> {
    let offered: SecretText = desk::new_webhook_secret()?;
    let request = OpenHook {
        register: arguments.register,
        lan: arguments.lan.clone(),
        ..arguments.hook.request(offered.clone())?
    };
    let hook = session.call(request).await?;
    let failed = not_listening(&hook);
    // What the sandbox makes takes the place of what was offered.
    let is_kept = hook.took_offered && (!arguments.register || failed.is_some());
    let secret = is_kept.then(|| offered.0.expose());
    let printed = match (&failed, secret) {
        (None, _) => session.output().either(&Ready { hook: &hook, secret }, || ready_text(&hook, secret)),
        // Nothing shows it again, so that it comes before what went wrong.
        (Some(_), Some(shown)) => session
            .output()
            .either(&Ready { hook: &hook, secret }, || format!("Secret  {shown}  (shown this once)\n")),
        (Some(_), None) => Printed::Whole,
    };
    match (printed, failed) {
        (_, Some(error)) => Err(error.into()),
        (Printed::Failed, None) => Err(Failure::internal("the address could not be printed")),
        (_, None) => Ok(hook),
    }
}

/// Why nobody listens where somebody should.
fn not_listening(hook: &HookView) -> Option<ErrorBody> {
    match (&hook.problem, hook.problem_port) {
        (Some(why), Some(port)) => {
            Some(ErrorBody::new(ErrorCode::ListenerPortTaken).with("port", port).with("why", why))
        }
        // A command that ends at once has the home; whoever has it next listens.
        _ if !hook.listening => Some(ErrorBody::new(ErrorCode::DeskGone)),
        _ => None,
    }
}

fn ready_text(hook: &HookView, secret: Option<&str>) -> String {
    let url = hook.url.as_deref().unwrap_or_default();
    let called = hook.public_url.as_ref().map(|url| format!("Called  {url}\n")).unwrap_or_default();
    let secret = match secret {
        Some(secret) => format!("{secret}  (shown this once)"),
        None => format!("in the {}", hook.secret_location),
    };
    let lan = match &hook.lan {
        Some(lan) => format!("Network whoever reaches {lan} can call the same path, until this ends\n"),
        None => String::new(),
    };
    let account = &hook.account;
    format!(
        "Listening for events of {account}; stop with Ctrl-C.\nURL     {url}\n{called}{lan}Secret  {secret}\n"
    )
}

impl ListenArguments {
    /// Says what listening beyond this machine opens, each time, and goes on only where that is wanted.
    fn confirm_lan(&self) -> Result<(), Failure> {
        let Some(address) = &self.lan else { return Ok(()) };
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "{}", LAN_WARNING.replace("ADDRESS", &crate::words::clean(address)));
        drop(stderr);
        if self.i_understand {
            return Ok(());
        }
        if !confirm::someone_is_there() {
            return Err(Failure::bad_request("--lan needs --i-understand where nobody can be asked"));
        }
        confirm::ask("Listen beyond this machine until this ends?")
    }

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
