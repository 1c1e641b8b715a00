//! `paydeskctl replay --file`: the requests of a session sent to a developer's own server. It opens no home.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::time::Duration;

use contract::{ExitCode, Secret, Timestamp};
use serde::Serialize;
use tokio::time::Instant;
use webhooks::session::{Replayer, Sent, Signing};
use webhooks::{RecordedRequest, Scheme};

use super::webhooks::secret;
use crate::answers::Answer;
use crate::failure::Failure;
use crate::output::{Output, exit_after};
use crate::stop::Stop;
use crate::text::Text;

/// The longest line: a request of 24 MiB in base64, as for a file of one.
const LINE_MAX: u64 = 32 * 1024 * 1024;
/// Requests a second where none were chosen.
const PER_SECOND: u32 = 20;

/// What is sent, and how.
#[derive(Debug)]
pub(super) struct SessionFile {
    pub(super) path: PathBuf,
    pub(super) to: String,
    pub(super) per_second: Option<u32>,
    pub(super) secret_env: Option<String>,
    pub(super) as_recorded: bool,
    pub(super) scheme: Option<Scheme>,
}

/// How a session went.
#[derive(Debug, Default, Serialize)]
struct SessionSent {
    /// Requests that were taken.
    taken: u64,
    /// Requests that were answered otherwise, or not at all.
    not_taken: u64,
}

/// One line of the log.
#[derive(Debug, Serialize)]
struct LineSent {
    /// Its line in the file, counted from 1.
    line: u64,
    #[serde(flatten)]
    sent: Sent,
}

impl LineSent {
    fn text(&self) -> String {
        let answer = match (self.sent.status, &self.sent.problem) {
            (Some(status), _) => status.to_string(),
            (None, problem) => problem.clone().unwrap_or_default(),
        };
        let what = self.sent.event.as_deref().unwrap_or("-");
        let text = format!("{:>6}  {answer}  {} ms  {what}", self.line, self.sent.took_ms);
        format!("{}\n", crate::words::clean(&text))
    }
}

impl Answer for SessionSent {
    fn write_text(&self, text: &mut Text) {
        text.line(format!("{} taken, {} not taken", self.taken, self.not_taken));
    }
}

/// Sends them, and says what became of each.
pub(super) async fn run(session: &SessionFile, output: &Output) -> Result<u8, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Failure::bad_request(format!("{} cannot be read: {why}", session.path.display()))
    };
    let replayer = Replayer::new(&session.to, session.signing()?).map_err(Failure::bad_request)?;
    let mut lines = BufReader::new(File::open(&session.path).map_err(|error| unreadable(&error))?);
    let mut stop = Stop::listen()?;
    let every = Duration::from_secs(1) / session.per_second.unwrap_or(PER_SECOND).max(1);
    let (mut next, mut total, mut number) = (Instant::now(), SessionSent::default(), 0_u64);
    loop {
        let mut line = Vec::new();
        let read = lines.by_ref().take(LINE_MAX).read_until(b'\n', &mut line);
        if read.map_err(|error| unreadable(&error))? == 0 {
            break;
        }
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let request = RecordedRequest::from_json(&line)
            .map_err(|error| unreadable(&format!("line {number}: {error}")))?;
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = stop.told() => break,
        }
        next = Instant::now() + every;
        let sent = replayer.send(&request, Timestamp::from(chrono::Utc::now())).await;
        let is_taken = sent.status.is_some_and(|status| (200..300).contains(&status));
        if is_taken {
            total.taken += 1;
        } else {
            total.not_taken += 1;
        }
        let done = LineSent { line: number, sent };
        let _ = output.either(&done, || done.text());
    }
    let code = if total.not_taken == 0 { ExitCode::Done } else { ExitCode::Failed };
    Ok(exit_after(output.answer(&total), code))
}

impl SessionFile {
    fn signing(&self) -> Result<Signing, Failure> {
        match (&self.secret_env, self.as_recorded) {
            (_, true) => Ok(Signing::AsRecorded),
            (Some(name), false) => {
                let secret: Secret = secret(name)?;
                Ok(Signing::Anew { secret, scheme: self.scheme })
            }
            (None, false) => Err(Failure::bad_request(
                "name the secret to sign with by --secret-env, or send the headers --as-recorded",
            )),
        }
    }
}
