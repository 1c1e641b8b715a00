//! `paydeskctl replay` and `replays`: events sent again, or to an endpoint that was not there when they happened.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, Subcommand};
use contract::accounts::KeySource;
use contract::relay::{
    CancelReplay, EndpointScheme, EndpointState, ListReplays, ReplaySource, ReplayState, ReplayView,
    ResumeReplay, ShowReplay, StartReplay,
};
use contract::{ErrorBody, ErrorCode, Notice, SecretText, Timestamp};
use tokio::sync::broadcast::error::RecvError;
use webhooks::Scheme;

use super::endpoints::SchemeWord;
use super::session_file::SessionFile;
use crate::arguments::RangeArguments;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::progress::Progress;
use crate::session::Session;
use crate::stop::Stop;

/// How often it is asked how far a replay is, where no notice comes.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// What to replay.
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("which").required(true),
    after_help = "\
It waits until every event was taken or not; an event that is not taken is tried three times. Ctrl-C takes back what was
not sent. What became of each event stays listed: `endpoints deliveries --replay ID`. A replay that a kill cuts off is gone on
with by the window, `serve` or `listen`, or by `replays resume`. To an address on this machine it is signed with a secret that
is made for it and shown, or with that of --secret-env. Exit code 1 means that some were not taken.

Examples:
  paydeskctl replay evt_1 evt_2 --to http://localhost:3000/hook
  paydeskctl replay --query 'type:charge.*' --to ep_0199… --rate 50
  paydeskctl replay --failed-since 2h --to ep_0199…

With --file the requests of a session are sent to an address, one after the other and each once: from `events export`, or
`listen --record`. That needs no home and no account. They are signed anew with the secret of --secret-env in the scheme that
they were signed in, or --scheme; --as-recorded sends the headers as they are, whose time is then old.

  paydeskctl replay --file session.jsonl --to http://localhost:3000/hook --secret-env WEBHOOK_SECRET
  paydeskctl replay --file session.jsonl --to http://localhost:3000/hook --as-recorded --rate 5"
)]
pub(crate) struct ReplayArguments {
    /// Events by the vendor's ids, or received requests such as in_17
    #[arg(value_name = "ID", group = "which")]
    ids: Vec<String>,
    /// Those that a search for events finds, the older first
    #[arg(long, value_name = "QUERY", group = "which")]
    query: Option<String>,
    /// Those whose deliveries failed since then: 30m, 2h, 7d, 2026-11-22 or 2026-11-22T10:00:00Z
    #[arg(long, value_name = "TIME", group = "which", value_parser = since)]
    failed_since: Option<Timestamp>,
    /// The requests of a session: a file with a recorded request on each line
    #[arg(long, value_name = "SESSION", group = "which")]
    pub(super) file: Option<PathBuf>,
    /// With --file: the headers as they were recorded, the old signature among them
    #[arg(long, requires = "file", conflicts_with = "secret_env")]
    as_recorded: bool,
    /// Of those that failed only the ones to this endpoint
    #[arg(long, value_name = "ENDPOINT", requires = "failed_since")]
    of: Option<String>,
    /// An endpoint's id, or an address on this machine
    #[arg(long, value_name = "ENDPOINT|URL")]
    to: String,
    /// Most requests a second, 1 to 1000; the endpoint's when left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: Option<u32>,
    /// To an address: how to sign
    #[arg(long, value_enum)]
    scheme: Option<SchemeWord>,
    /// To an address: the variable that holds the secret to sign with
    #[arg(long, value_name = "NAME")]
    secret_env: Option<String>,
}

/// What to do with replays.
#[derive(Debug, Subcommand)]
pub(crate) enum ReplaysCommand {
    /// List them, newest first
    List {
        #[command(flatten)]
        range: RangeArguments,
    },
    /// Show one
    Show {
        /// Its id
        #[arg(value_name = "REPLAY")]
        id: String,
    },
    /// Go on with one that was cut off, and wait for its end
    Resume {
        /// Its id
        #[arg(value_name = "REPLAY")]
        id: String,
    },
    /// Take back what of one was not sent
    Cancel {
        /// Its id
        #[arg(value_name = "REPLAY")]
        id: String,
    },
}

/// Reads a moment, or how long ago it was.
fn since(text: &str) -> Result<Timestamp, &'static str> {
    const WHY: &str = "write it as 30m, 2h, 7d, 2026-11-22 or 2026-11-22T10:00:00Z";
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(moment.with_timezone(&Utc).into());
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(day.and_time(NaiveTime::MIN).and_utc().into());
    }
    let text = text.strip_prefix('-').unwrap_or(text);
    let at = text.len().checked_sub(1).filter(|at| text.is_char_boundary(*at)).ok_or(WHY)?;
    let (number, unit) = text.split_at(at);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(WHY),
    };
    let number: u32 = number.parse().map_err(|_| WHY)?;
    let ago_ms = i64::from(number).checked_mul(seconds * 1_000).ok_or(WHY)?;
    Ok(Timestamp::from(Utc::now()).plus_ms(-ago_ms))
}

impl ReplayArguments {
    /// What a session's file is to be sent by.
    pub(super) fn session(&self) -> SessionFile {
        let scheme = self.scheme.map(|scheme| match EndpointScheme::from(scheme) {
            EndpointScheme::Stripe => Scheme::Stripe,
            EndpointScheme::Standard => Scheme::Standard,
        });
        SessionFile {
            path: self.file.clone().unwrap_or_default(),
            to: self.to.clone(),
            per_second: self.rate,
            secret_env: self.secret_env.clone(),
            as_recorded: self.as_recorded,
            scheme,
        }
    }

    /// Replays, and waits for the end.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let source = match (self.query, self.failed_since) {
            (Some(query), _) => ReplaySource::Query { query },
            (None, Some(since)) => ReplaySource::FailedSince { since, endpoint: self.of },
            (None, None) => ReplaySource::Events { ids: self.ids },
        };
        let offered: SecretText = desk::new_webhook_secret()?;
        let request = StartReplay {
            source,
            to: self.to,
            scheme: self.scheme.unwrap_or_default().into(),
            secret: self.secret_env.map(|name| KeySource::Variable { name }),
            offered_secret: Some(offered.clone()),
            rate_per_second: self.rate,
        };
        let mut stop = Stop::listen()?;
        // Before it starts, so that no notice of it is missed.
        let notices = session.connection().notices();
        let replay = session.call(request).await?;
        if replay.took_offered {
            session.output().say(&format!("Signed with the secret {}", offered.0.expose()));
        }
        watch(replay, notices, &mut stop, session).await
    }
}

impl ReplaysCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::List { range } => session.answer(ListReplays { range: range.into() }, outcome::done).await,
            Self::Show { id } => session.answer(ShowReplay { id }, outcome::done).await,
            Self::Cancel { id } => session.answer(CancelReplay { id }, outcome::done).await,
            Self::Resume { id } => {
                let mut stop = Stop::listen()?;
                let notices = session.connection().notices();
                let replay = session.call(ResumeReplay { id }).await?;
                watch(replay, notices, &mut stop, session).await
            }
        }
    }
}

/// Shows how far it is until it has its end. Told to stop, it takes back what was not sent.
async fn watch(
    mut replay: ReplayView,
    mut notices: tokio::sync::broadcast::Receiver<Notice>,
    stop: &mut Stop,
    session: &Session<'_>,
) -> Result<u8, Failure> {
    let mut progress = Progress::new();
    while matches!(replay.state, ReplayState::Preparing | ReplayState::Running) {
        if replay.endpoint_state != EndpointState::On {
            progress.end();
            session.output().say("The endpoint is not sent to now; what waits goes on once it is resumed.");
            break;
        }
        tokio::select! {
            notice = notices.recv() => match notice {
                Ok(Notice::Replay { replay: heard, .. }) if heard.id == replay.id => {
                    progress.show_replay(&heard, Instant::now());
                    replay = *heard;
                }
                // Another Desk runs now, which may not work on it yet.
                Ok(Notice::Missed {}) => {
                    replay = session.call(ResumeReplay { id: replay.id.clone() }).await?;
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => {
                    replay = session.call(ShowReplay { id: replay.id.clone() }).await?;
                }
                Err(RecvError::Closed) => return Err(ErrorBody::new(ErrorCode::DeskGone).into()),
            },
            () = stop.told() => {
                replay = cancel(&replay, session).await?;
                progress.end();
                session.output().say(&format!("{} were not sent and are taken back.", replay.canceled));
                break;
            }
            () = tokio::time::sleep(ASK_EVERY) => {
                // It is asked for work as well, in case that the Desk which had it is gone.
                replay = session.call(ResumeReplay { id: replay.id.clone() }).await?;
            }
        }
    }
    progress.end();
    Ok(exit_after(session.show(&replay), outcome::of_replay(&replay)))
}

/// Takes back what was not sent; one that ended meanwhile stays as it is.
async fn cancel(replay: &ReplayView, session: &Session<'_>) -> Result<ReplayView, Failure> {
    let id = replay.id.clone();
    match session.connection().call(session.scope(), CancelReplay { id: id.clone() }).await {
        Ok(canceled) => Ok(canceled),
        Err(error) if error.code == ErrorCode::ReplayEnded => session.call(ShowReplay { id }).await,
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use contract::Timestamp;

    use super::since;

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        let at = |text: &str| since(text).unwrap();
        assert_eq!(at("2026-11-22T10:00:00Z"), Timestamp::from_seconds(1_795_341_600));
        assert_eq!(at("2026-11-22"), Timestamp::from_seconds(1_795_305_600));
        let now = Timestamp::from(chrono::Utc::now());
        for (text, seconds) in [("30m", 1_800), ("-2h", 7_200), ("7d", 604_800), ("0s", 0)] {
            let ago_ms = now.ms_since(at(text));
            assert!((ago_ms - seconds * 1_000).abs() < 60_000, "{text}: {ago_ms}");
        }
        for bad in ["", "2", "h", "2 h", "2w", "-", "yesterday", "é", "4294967296d"] {
            assert!(since(bad).is_err(), "{bad:?}");
        }
    }
}
