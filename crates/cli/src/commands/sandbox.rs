//! `paydeskctl sandbox`: a simulated vendor until it is stopped. It opens no home.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use clap::Args;
use sandbox::{
    FaultSpec, Limits, MailSandbox, MailSandboxConfig, PastMail, Sandbox, SandboxConfig, SandboxError,
    SmsSandbox, SmsSandboxConfig,
};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Output, Printed};
use crate::stop::Stop;

/// How the simulated vendor is.
#[derive(Debug, Args)]
#[command(after_help = "\
The first line on stdout is JSON with base_url, secret_key and webhook_secret; with --count another
one, when it is stopped, says how many requests came and how many the limits refused. With --mail a
SendGrid is simulated too; the line then has its base_url, api_key and public_key under `mail`; with --sms a Twilio,
with its base_url, account_sid, auth_token, an API key, test credentials and its number under `sms`. The simulated
Stripe stands in for channels too: Slack (POST /services/…), PagerDuty (POST /v2/enqueue) and SendGrid (POST /v3/mail/send): it keeps what it is
sent, lists it at GET /sandbox/messages, and with --messages prints it when it is stopped.

Faults are a list with commas: [METHOD PATH:]FAULT, where FAULT is latency=MS, KIND, KIND=PROBABILITY
or KIND:COUNT, and KIND one of reset-before, reset-after, truncate, html, bad-gateway, timeout, 500,
502, 503, 504, 500-after, 500-saved, 500-lost, 401, 409, 429, lock-timeout.

Examples:
  paydeskctl sandbox --charges 2000 --seed 7
  paydeskctl sandbox --mail --mail-faults 'POST /v3/mail/send:reset-after:1'
  paydeskctl sandbox --sms --sms-history 5000 --sms-faults 'POST /Messages.json:reset-after:1'
  paydeskctl sandbox --charges 1000000 --latency-ms 300 --limits live
  paydeskctl sandbox --faults 'latency=50,429=0.05,POST /v1/refunds:reset-after:1'")]
pub(crate) struct SandboxArguments {
    /// The port on 127.0.0.1; a free one when left out
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// How many charges its history has, up to 10000000; those older than about the newest 20000 have no events
    #[arg(long, value_name = "N", default_value_t = 500)]
    charges: u32,
    /// What everything is made from; the same seed gives the same vendor
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How long each answer takes
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency_ms: u64,
    /// How many requests a second it answers: live, test, none, or two numbers such as 25,100 for one endpoint and for all
    #[arg(long, value_name = "LIMITS", default_value = "none")]
    limits: Limits,
    /// Have its clock stand this long ago, until `POST /sandbox/clock` with advance_seconds=N and the key moves it: a night in seconds
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..=8_760))]
    hours_ago: Option<u32>,
    /// Print how many requests came, once it is stopped
    #[arg(long)]
    count: bool,
    /// Print what it was sent in the place of Slack, PagerDuty and SendGrid, one JSON a line, once it is stopped
    #[arg(long)]
    messages: bool,
    /// What goes wrong, see below
    #[arg(long, value_name = "SPEC")]
    faults: Option<FaultSpec>,
    #[command(flatten)]
    mail: MailArguments,
    #[command(flatten)]
    sms: SmsArguments,
}

/// How the simulated Twilio is.
#[derive(Debug, Args)]
struct SmsArguments {
    /// Simulate a Twilio as well
    #[arg(long)]
    sms: bool,
    /// Its port on 127.0.0.1; a free one when left out
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, requires = "sms")]
    sms_port: u16,
    /// What goes wrong with it, as for --faults, by what stands behind the account in a path
    #[arg(long, value_name = "SPEC", requires = "sms")]
    sms_faults: Option<FaultSpec>,
    /// How many older messages it has, an hour apart; every fifth came in
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, requires = "sms")]
    sms_history: u32,
    /// How long the first thing happens after an SMS was taken; the others follow at multiples of it
    #[arg(long, value_name = "MS", default_value_t = 500, requires = "sms")]
    sms_pace_ms: u64,
}

impl SmsArguments {
    async fn start(self, seed: u64, latency_ms: u64) -> Result<Option<SmsSandbox>, SandboxError> {
        if !self.sms {
            return Ok(None);
        }
        let config = SmsSandboxConfig {
            port: self.sms_port,
            seed,
            latency_ms,
            faults: self.sms_faults.unwrap_or_default(),
            pace: Duration::from_millis(self.sms_pace_ms),
            history: self.sms_history,
        };
        SmsSandbox::start(config).await.map(Some)
    }
}

/// How the simulated SendGrid is.
#[derive(Debug, Args)]
struct MailArguments {
    /// Simulate a SendGrid as well
    #[arg(long)]
    mail: bool,
    /// Its port on 127.0.0.1; a free one when left out
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, requires = "mail")]
    mail_port: u16,
    /// What goes wrong with it, as for --faults
    #[arg(long, value_name = "SPEC", requires = "mail")]
    mail_faults: Option<FaultSpec>,
    /// Deliver its events to this address on this machine
    #[arg(long, value_name = "URL", requires = "mail")]
    mail_events_to: Option<String>,
    /// How long the first thing happens after a mail was taken; the others follow at multiples of it
    #[arg(long, value_name = "MS", default_value_t = 500, requires = "mail")]
    mail_pace_ms: u64,
    /// Newest charges whose receipts, notices and letters of before it knows
    #[arg(long, value_name = "N", default_value_t = 2_000, requires = "mail")]
    mail_history: u32,
    /// Write those into this folder as dumps of events, which email import reads
    #[arg(long, value_name = "FOLDER", requires = "mail")]
    mail_dump: Option<PathBuf>,
    /// Be without the paid extra of asking for activity
    #[arg(long, requires = "mail")]
    mail_without_activity: bool,
}

impl MailArguments {
    async fn start(
        self,
        sandbox: &Sandbox,
        seed: u64,
        latency_ms: u64,
    ) -> Result<Option<MailSandbox>, SandboxError> {
        if !self.mail {
            return Ok(None);
        }
        let history = sandbox.past_mail(self.mail_history);
        if let Some(folder) = &self.mail_dump {
            dump(folder, &history)
                .map_err(|error| SandboxError::Setting(format!("{}: {error}", folder.display())))?;
        }
        let config = MailSandboxConfig {
            port: self.mail_port,
            seed,
            latency_ms,
            faults: self.mail_faults.unwrap_or_default(),
            pace: Duration::from_millis(self.mail_pace_ms),
            events_to: self.mail_events_to,
            history,
            activity: !self.mail_without_activity,
        };
        MailSandbox::start(config).await.map(Some)
    }
}

/// Events of one file of a dump.
const EVENTS_OF_A_FILE: usize = 5_000;

/// Writes what became of mail as JSON lines, some thousands a file.
fn dump(folder: &Path, history: &[PastMail]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let events: Vec<_> = history.iter().flat_map(PastMail::webhook_events).collect();
    for (number, part) in events.chunks(EVENTS_OF_A_FILE).enumerate() {
        let lines: String = part.iter().map(|event| format!("{event}\n")).collect();
        std::fs::write(folder.join(format!("events-{number:04}.jsonl")), lines)?;
    }
    Ok(())
}

/// The first line. The keys are made up: they open nothing but this sandbox.
#[derive(Serialize)]
struct FirstLine<'a> {
    base_url: String,
    secret_key: &'a str,
    /// A restricted key that may read all and write nothing.
    read_key: &'a str,
    /// A restricted key that may refund, capture and cancel, and read nothing.
    write_key: &'a str,
    webhook_secret: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<MailLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms: Option<SmsLine<'a>>,
}

/// The simulated Twilio.
#[derive(Serialize)]
struct SmsLine<'a> {
    base_url: String,
    account_sid: &'a str,
    /// What its callbacks are signed with.
    auth_token: &'a str,
    api_key_sid: &'a str,
    api_key_secret: &'a str,
    test_account_sid: &'a str,
    test_auth_token: &'a str,
    number: &'a str,
}

impl<'a> SmsLine<'a> {
    fn of(vendor: &'a SmsSandbox) -> Self {
        let ((account_sid, auth_token), (api_key_sid, api_key_secret)) = (vendor.account(), vendor.api_key());
        let (test_account_sid, test_auth_token) = vendor.test_credentials();
        Self {
            base_url: vendor.base_url(),
            account_sid,
            auth_token,
            api_key_sid,
            api_key_secret,
            test_account_sid,
            test_auth_token,
            number: vendor.number(),
        }
    }
}

/// The simulated SendGrid.
#[derive(Serialize)]
struct MailLine<'a> {
    base_url: String,
    api_key: &'a str,
    /// What its events are signed under.
    public_key: &'a str,
}

/// The last line.
#[derive(Serialize)]
struct LastLine {
    requests: u64,
    refused_by_limits: u64,
}

/// A message that it was sent.
#[derive(Serialize)]
struct MessageLine {
    vendor: &'static str,
    at: i64,
    status: u16,
    body: String,
}

/// Serves until it is stopped.
pub(crate) async fn run(arguments: SandboxArguments, output: &Output) -> Result<u8, Failure> {
    let mut stop = Stop::listen()?;
    let config = SandboxConfig {
        port: arguments.port,
        charges: arguments.charges,
        seed: arguments.seed,
        latency_ms: arguments.latency_ms,
        limits: arguments.limits,
        faults: arguments.faults.unwrap_or_default(),
        now: arguments.hours_ago.map(|hours| Utc::now() - TimeDelta::hours(hours.into())),
        ..SandboxConfig::default()
    };
    let failed = |error| match error {
        SandboxError::Bind { .. } | SandboxError::Setting(_) => Failure::bad_request(error),
        SandboxError::Journal(_) => Failure::internal(error),
    };
    let sms = arguments.sms.start(arguments.seed, arguments.latency_ms).await.map_err(failed)?;
    let sandbox = Sandbox::start(config).await.map_err(failed)?;
    let mail = arguments.mail.start(&sandbox, arguments.seed, arguments.latency_ms).await.map_err(failed)?;
    let line = FirstLine {
        base_url: sandbox.base_url(),
        secret_key: sandbox.secret_key(),
        read_key: sandbox.restricted_key_read_only(),
        write_key: sandbox.restricted_key_writes_alone(),
        webhook_secret: sandbox.webhook_secret(),
        mail: mail.as_ref().map(|mail| MailLine {
            base_url: mail.base_url(),
            api_key: mail.api_key(),
            public_key: mail.public_key(),
        }),
        sms: sms.as_ref().map(SmsLine::of),
    };
    // Nobody could call a sandbox whose address nobody learned.
    if output.document(&line) == Printed::Whole {
        stop.told().await;
        if arguments.messages {
            for one in sandbox.messages() {
                let (vendor, at, status, body) = (one.vendor, one.at, one.status, one.body);
                output.document(&MessageLine { vendor, at, status, body });
            }
        }
        if arguments.count {
            let counters = sandbox.counters();
            let requests = counters.requests.values().sum();
            output.document(&LastLine { requests, refused_by_limits: counters.refused_by_limits });
        }
    }
    Ok(0)
}
