//! `paydeskctl webhooks verify`: whether a recorded request is from whom it claims to be. It opens no home and asks nobody.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use contract::{ExitCode, Secret, Timestamp};
use webhooks::{Keys, RecordedRequest, Rules, Scheme, verify};

use crate::answers::WebhookVerdict;
use crate::failure::Failure;
use crate::output::{Output, exit_after};

/// The longest file that is read: a request of 24 MiB in base64, far more than a vendor sends.
const FILE_MAX_BYTES: u64 = 32 * 1024 * 1024;
/// The end of the year 9999.
const SECONDS_MAX: i64 = 253_402_300_799;

/// What to do with webhooks.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksCommand {
    /// Check the signature of a recorded request; needs no home and no network
    Verify(VerifyArguments),
}

/// What to check, and by what.
#[derive(Debug, Args)]
#[command(after_help = "\
Prints `valid`, or `invalid: ` and the reason, and exits with 0 or 3.

A recorded request is one JSON object, with headers in order and repeated ones kept:
  {\"method\": \"POST\", \"url\": \"https://…\", \"headers\": [[\"Name\", \"value\"]], \"body_base64\": \"…\"}

The secret is the endpoint's secret (stripe, standard, svix), the auth token (twilio), the client secret
(hubspot) or the public key in base64 (sendgrid). paypal has none: give --webhook-id, with --cert-file what
the address of the certificate returns and with --ca-file the roots to trust.

The signed time may lie 300 seconds before or behind the present for stripe, standard, svix and version 3
of hubspot, and anywhere for sendgrid and paypal. twilio and versions 1 and 2 of hubspot sign no time.

Examples:
  paydeskctl webhooks verify --scheme stripe --request event.json --secret-env WEBHOOK_SECRET
  paydeskctl webhooks verify --scheme stripe --request old.json --secret-env NEW --secret-env OLD --tolerance off
  paydeskctl webhooks verify --scheme paypal --request event.json --webhook-id 1JE4291016473214C \\
    --cert-file cert.pem --ca-file roots.pem --at 1771444900")]
pub(crate) struct VerifyArguments {
    /// How the vendor signs
    #[arg(long, value_name = "SCHEME", value_parser = scheme())]
    scheme: Scheme,
    /// The file with the recorded request
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// The variable that holds the secret; several while one is exchanged for the next
    #[arg(long, value_name = "NAME", required_if_eq_any(OF_SECRETS))]
    secret_env: Vec<String>,
    /// The id that PayPal gave the webhook
    #[arg(long, value_name = "ID", required_if_eq("scheme", "paypal"))]
    webhook_id: Option<String>,
    /// PayPal's certificate and those between it and a root, in PEM
    #[arg(long, value_name = "PEM", required_if_eq("scheme", "paypal"))]
    cert_file: Option<PathBuf>,
    /// The roots to trust, in PEM
    #[arg(long, value_name = "PEM", required_if_eq("scheme", "paypal"))]
    ca_file: Option<PathBuf>,
    /// When it is judged, in seconds since 1970 [default: now]
    #[arg(long, value_name = "UNIX_SECONDS", value_parser = clap::value_parser!(i64).range(0..=SECONDS_MAX))]
    at: Option<i64>,
    /// How far its time may lie from then, or `off` [default: that of the scheme]
    #[arg(long, value_name = "SECONDS|off")]
    tolerance: Option<Tolerance>,
}

/// The schemes with secrets.
const OF_SECRETS: [(&str, &str); 6] = [
    ("scheme", "stripe"),
    ("scheme", "sendgrid"),
    ("scheme", "twilio"),
    ("scheme", "standard"),
    ("scheme", "svix"),
    ("scheme", "hubspot"),
];

fn scheme() -> impl TypedValueParser<Value = Scheme> {
    PossibleValuesParser::new(Scheme::ALL.map(Scheme::as_str)).try_map(|word| word.parse::<Scheme>())
}

/// How far a signed time may lie from the present; nothing leaves it out.
#[derive(Debug, Clone, Copy)]
struct Tolerance(Option<Duration>);

impl FromStr for Tolerance {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = match text {
            "off" => return Ok(Self(None)),
            _ if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse::<u32>(),
            _ => return Err("it is `off` or whole seconds"),
        };
        let seconds = seconds.map_err(|_| "it is `off` or whole seconds, up to 4294967295")?;
        Ok(Self(Some(Duration::from_secs(seconds.into()))))
    }
}

impl WebhooksCommand {
    /// Carries it out and says what the program exits with.
    pub(crate) fn run(self, output: &Output) -> Result<u8, Failure> {
        let Self::Verify(arguments) = self;
        let request = arguments.request()?;
        let keys = arguments.keys()?;
        let verdict = verify(arguments.scheme, &request, &keys, &arguments.rules());
        let code = if verdict.is_ok() { ExitCode::Done } else { ExitCode::RefusedByGuard };
        let answer = WebhookVerdict::of(verdict, &arguments.secret_env);
        Ok(exit_after(output.answer(&answer), code))
    }
}

impl VerifyArguments {
    fn request(&self) -> Result<RecordedRequest, Failure> {
        let text = contents(&self.request)?;
        RecordedRequest::from_json(&text).map_err(|error| {
            Failure::bad_request(format!("{} holds no recorded request: {error}", self.request.display()))
        })
    }

    fn keys(&self) -> Result<Keys, Failure> {
        // PayPal has no secret, so that a variable named for it is not even looked at.
        let names = if self.scheme == Scheme::PayPal { &[][..] } else { &self.secret_env };
        Ok(Keys {
            secrets: names.iter().map(|name| secret(name)).collect::<Result<_, _>>()?,
            webhook_id: self.webhook_id.clone(),
            certificate_pem: self.cert_file.as_deref().map(contents).transpose()?,
            roots_pem: self.ca_file.as_deref().map(contents).transpose()?,
        })
    }

    fn rules(&self) -> Rules {
        let at = self.at.map_or_else(present, Timestamp::from_seconds);
        let tolerance =
            self.tolerance.map_or_else(|| self.scheme.default_tolerance(), |Tolerance(tolerance)| tolerance);
        Rules { at, tolerance }
    }
}

/// The present by this machine's clock; one that stands before 1970 is taken as that.
fn present() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The secret in a variable; an empty one is a secret that the check refuses.
fn secret(name: &str) -> Result<Secret, Failure> {
    std::env::var(name).map(Secret::new).map_err(|error| match error {
        std::env::VarError::NotPresent => Failure::bad_request(format!("there is no variable {name}")),
        std::env::VarError::NotUnicode(_) => {
            Failure::bad_request(format!("the variable {name} holds no text"))
        }
    })
}

/// A file as text.
pub(super) fn text_of_file(path: &Path) -> Result<String, Failure> {
    String::from_utf8(contents(path)?)
        .map_err(|_| Failure::bad_request(format!("{} holds no text", path.display())))
}

/// All of a file.
fn contents(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Failure::bad_request(format!("{} cannot be read: {why}", path.display()))
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    file.take(FILE_MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > FILE_MAX_BYTES {
        return Err(unreadable(&"it has more than 32 MiB"));
    }
    Ok(bytes)
}
