//! One try: what is sent, by which signature, and what follows from how it ended.

use std::sync::Arc;
use std::time::Duration;

use contract::Notice;
use domain::{Environment, Secret, Timestamp};
use mirror::{AttemptEnd, Claimed, DeliveryBody, DeliveryRow, EndpointRow, MirrorError, Next, SentOn};
use transport::{ErrorKind, Handed, NotHanded, Parcel, Target};
use webhooks::Scheme;
use webhooks::notify::{Form, Message, judge};
use webhooks::relay::{Ended, NextStep, PAUSE_MOST_MS, Schedule, Tried, decide};

use super::{channels, of_mirror, tell, tell_replay};
use crate::answer::deliveries;
use crate::desk::{Desk, OpenMirror};

/// How long a Desk that closes waits for what is on its way.
const CLOSING_LIMIT: Duration = Duration::from_secs(5);
/// How often it is tried to write down how a try ended, on a disk that refuses it.
const WRITE_EVERY: Duration = Duration::from_secs(2);
/// When something is sent that could not be read.
const READ_AGAIN_MS: i64 = 30_000;
/// The type of a document that nobody delivered.
const JSON: &str = "application/json; charset=utf-8";
/// The header that says under which id a delivery is sent, the same over all its tries.
const MESSAGE_ID: &str = "webhook-id";
/// The header that says that the event's vendor signed a part of it alone: our signature, which covers all of it, says
/// that it came so and does not vouch for the rest.
const SIGNED_IN_PART: (&str, &str) = ("paydesk-signed", "in part");

/// What a try needs.
pub(super) struct Sender {
    pub(super) desk: Arc<Desk>,
    pub(super) environment: Environment,
    pub(super) open: OpenMirror,
    pub(super) endpoint: Arc<EndpointRow>,
    pub(super) secret: Secret,
    pub(super) is_replay: bool,
}

/// What is sent.
struct Load {
    body: Vec<u8>,
    content_type: String,
    signed_in_part: bool,
}

impl Load {
    fn of(body: Vec<u8>, content_type: Option<String>, signed_in_part: bool) -> Self {
        Self { body, content_type: content_type.unwrap_or_else(|| JSON.to_owned()), signed_in_part }
    }
}

/// A try's end, as the schedule and as the mirror see it.
pub(crate) struct Outcome {
    pub(crate) end: AttemptEnd,
    ended: Ended,
    retry_after: Option<Duration>,
}

impl Sender {
    /// Makes one try and writes down how it ended. One that is cut off by the Desk's end is made again at its next start.
    pub(super) async fn send(&self, claimed: Claimed) {
        let delivery = match self.open.mirror.deliveries().by_number(claimed.number).await {
            Ok(Some(delivery)) => delivery,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "a delivery cannot be read");
                return;
            }
        };
        let load = match self.load(&delivery).await {
            Ok(Some(found)) => found,
            Ok(None) => return self.refuse(&claimed).await,
            Err(error) => return self.put_back(&claimed, &error).await,
        };
        let outcome = tokio::select! {
            outcome = self.try_once(&delivery, load) => outcome,
            () = self.closed() => return,
        };
        self.finish(&claimed, &outcome).await;
        self.tell(&claimed).await;
    }

    async fn refuse(&self, claimed: &Claimed) {
        let now = self.desk.clock.now();
        let refused = self.open.mirror.deliveries().refuse(claimed, "not_replayable", now).await;
        if let Err(error) = refused {
            self.desk.note_refused_write(self.environment, &of_mirror(error));
        }
        self.tell(claimed).await;
    }

    /// What cannot be read now may be read later. Where that cannot be written down either, it stands as being on its way,
    /// and the relay's next turn takes it up.
    async fn put_back(&self, claimed: &Claimed, error: &MirrorError) {
        tracing::warn!(%error, "what is to be sent cannot be read, so it is sent later");
        let due = self.desk.clock.now().plus_ms(READ_AGAIN_MS);
        if let Err(error) = self.open.mirror.deliveries().put_back(claimed, "unreadable", due).await {
            self.desk.note_refused_write(self.environment, &of_mirror(error));
        }
        self.tell(claimed).await;
    }

    async fn closed(&self) {
        self.desk.stop.cancelled().await;
        tokio::time::sleep(CLOSING_LIMIT).await;
    }

    /// What is sent; none where what is kept is not what the vendor sent.
    async fn load(&self, delivery: &DeliveryRow) -> mirror::Result<Option<Load>> {
        let deliveries = self.open.mirror.deliveries();
        if delivery.body == DeliveryBody::Own {
            let own = deliveries.own_message(delivery.number).await?;
            return Ok(own.map(|body| Load::of(body, None, false)));
        }
        Ok(match deliveries.sent_on(delivery.account_id, &delivery.event_id).await? {
            SentOn::Received { body, content_type, in_part } => Some(Load::of(body, content_type, in_part)),
            SentOn::Feed { body, in_part } => Some(Load::of(body, None, in_part)),
            SentOn::Masked | SentOn::Gone => None,
        })
    }

    async fn try_once(&self, delivery: &DeliveryRow, load: Load) -> Outcome {
        match channels::form(&self.endpoint) {
            Some(form) => self.notify(delivery, &load.body, form).await,
            None => self.hand_over(delivery, load).await,
        }
    }

    /// Sends a message as its channel shows it.
    async fn notify(&self, delivery: &DeliveryRow, body: &[u8], form: Form) -> Outcome {
        let Some(message) = Message::read(body) else {
            return Outcome::refused("not_replayable", "the message does not read".to_owned());
        };
        let channel = channels::channel(&self.endpoint);
        let of = channels::of_delivery(delivery, form, &channel, &self.secret, &message);
        match channels::parcel(&self.desk, &self.open, &of).await {
            Ok(parcel) => Outcome::of_channel(form, self.desk.relay.courier.hand_over(&parcel).await),
            Err((problem, detail)) => Outcome::refused(problem, detail),
        }
    }

    async fn hand_over(&self, delivery: &DeliveryRow, load: Load) -> Outcome {
        let Load { body, content_type, signed_in_part } = load;
        let facts = &self.endpoint.facts;
        let now = self.desk.clock.now();
        let scheme = if self.endpoint.scheme == "standard" { Scheme::Standard } else { Scheme::Stripe };
        let signed =
            webhooks::sign(scheme, &delivery.message_id, now, &body, std::slice::from_ref(&self.secret));
        let signed = match signed {
            Ok(signed) => signed,
            Err(error) => return Outcome::refused("no_secret", error.to_string()),
        };
        let target = match Target::read(&facts.url, facts.allow_local) {
            Ok(target) => target,
            Err(refusal) => return Outcome::refused("address_refused", refusal.to_string()),
        };
        let mut headers = vec![("content-type".to_owned(), content_type)];
        if scheme != Scheme::Standard {
            headers.push((MESSAGE_ID.to_owned(), delivery.message_id.clone()));
        }
        if signed_in_part {
            headers.push((SIGNED_IN_PART.0.to_owned(), SIGNED_IN_PART.1.to_owned()));
        }
        headers.extend(signed.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let own_port = match self.desk.listening.state().port {
            Some(port) => Some(port),
            None => self.desk.settings.lock().await.listener_port,
        };
        let parcel = Parcel { target, headers, bearer: None, body: body.into(), own_port };
        Outcome::of(self.desk.relay.courier.hand_over(&parcel).await)
    }

    /// Writes down how the try ended and what follows, until the disk takes it. What a repetition does not mend ends the
    /// delivery as one that was cut off, so that it is neither held for ever nor sent over and over.
    async fn finish(&self, claimed: &Claimed, outcome: &Outcome) {
        loop {
            let now = self.desk.clock.now();
            let written = match self.next(claimed, outcome, now).await {
                Ok(next) => self.open.mirror.deliveries().finish(claimed, &outcome.end, &next, now).await,
                Err(error) => Err(error),
            };
            let error = match written {
                Ok(()) => return,
                // Another file is in the place of this one, or will be; there it is sent again.
                Err(MirrorError::Closed) => return,
                Err(error) => error,
            };
            let passes = matches!(
                error,
                MirrorError::DiskFull | MirrorError::ReadOnly | MirrorError::Io { .. } | MirrorError::Busy
            );
            if !passes {
                tracing::error!(%error, "how a delivery ended cannot be written down");
                let given_up = self.open.mirror.deliveries().refuse(claimed, "cut_off", now).await;
                if let Err(error) = given_up {
                    self.desk.note_refused_write(self.environment, &of_mirror(error));
                }
                return;
            }
            let error = of_mirror(error);
            self.desk.note_refused_write(self.environment, &error);
            tracing::warn!(code = %error.code, "how a delivery ended is written down later");
            tokio::select! {
                () = self.desk.stop.cancelled() => return,
                () = tokio::time::sleep(WRITE_EVERY) => {}
            }
        }
    }

    async fn next(&self, claimed: &Claimed, outcome: &Outcome, now: Timestamp) -> mirror::Result<Next> {
        // In a long pause, as while Paydesk was closed, nothing says that it would have taken nothing.
        let endpoints = self.open.mirror.endpoints();
        let failing = endpoints.failing_without_pause(self.endpoint.number, now, PAUSE_MOST_MS).await?;
        let tried = Tried {
            schedule: if self.is_replay { Schedule::Replay } else { Schedule::Relay },
            ended: outcome.ended,
            attempt: claimed.counted,
            retry_after_ms: outcome
                .retry_after
                .map(|wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)),
            failing_since: failing,
            now,
            chance: chance(),
        };
        let step = match channels::form(&self.endpoint) {
            Some(form) => judge(form, &tried, &outcome.end.answer),
            None => decide(&tried),
        };
        Ok(match step {
            NextStep::Delivered => Next::Delivered,
            NextStep::Retry { wait_ms } => Next::TryAt(now.plus_ms(wait_ms)),
            NextStep::GiveUp => Next::GiveUp,
            NextStep::Stop(reason) => Next::Stop(reason.as_str()),
        })
    }

    /// Tells shells what became of it.
    async fn tell(&self, claimed: &Claimed) {
        let Ok(Some(row)) = self.open.mirror.deliveries().by_number(claimed.number).await else { return };
        let Ok(accounts) = self.open.mirror.origins().await else { return };
        let replay = row.replay_id.clone();
        let delivery = Box::new(deliveries::view(&accounts, row));
        let stopped = delivery.problem.is_some();
        self.desk.say(Notice::Delivery { environment: self.environment, delivery });
        tell(&self.desk, self.environment, false);
        if stopped {
            self.desk.say_changed(self.environment, &[contract::Tag::Endpoints]);
        }
        if let Some(replay) = replay {
            tell_replay(&self.desk, self.environment, &self.open, &replay).await;
        }
    }
}

impl Outcome {
    pub(crate) fn refused(problem: &str, detail: String) -> Self {
        let end = AttemptEnd {
            problem: Some(problem.to_owned()),
            detail: Some(transport::redact(&detail)),
            ..AttemptEnd::default()
        };
        Self { end, ended: Ended::RefusedHere, retry_after: None }
    }

    /// How a try at a channel ended. One whose answer is none of its vendor's was not taken, whatever its status says.
    pub(crate) fn of_channel(form: Form, handed: Handed) -> Self {
        let mut outcome = Self::of(handed);
        let tried = Tried {
            schedule: Schedule::Relay,
            ended: outcome.ended,
            attempt: 1,
            retry_after_ms: None,
            failing_since: None,
            now: Timestamp::from_ms(0),
            chance: 0,
        };
        if outcome.end.problem.is_none() && judge(form, &tried, &outcome.end.answer) != NextStep::Delivered {
            outcome.end.problem = Some("bad_answer".to_owned());
        }
        if (form, outcome.end.status) == (Form::Email, Some(429)) {
            outcome.retry_after = outcome.retry_after.or_else(|| rate_reset(&outcome.end.headers));
        }
        outcome
    }

    fn of(handed: Handed) -> Self {
        let base = AttemptEnd {
            took_ms: u64::try_from(handed.took.as_millis()).unwrap_or(u64::MAX),
            address: handed.address.map(|address| address.to_string()),
            ..AttemptEnd::default()
        };
        match handed.end {
            Ok(receipt) => {
                let problem = match receipt.status {
                    200..=299 => None,
                    300..=399 => Some("redirect".to_owned()),
                    _ => Some("status".to_owned()),
                };
                let end = AttemptEnd {
                    status: Some(receipt.status),
                    problem,
                    headers: receipt.headers,
                    answer: receipt.body,
                    answer_cut: receipt.cut,
                    ..base
                };
                Self { end, ended: Ended::Status(receipt.status), retry_after: receipt.retry_after }
            }
            Err(not_handed) => {
                let (problem, detail, ended) = match not_handed {
                    NotHanded::Refused(refusal) => {
                        ("address_refused", refusal.to_string(), Ended::RefusedHere)
                    }
                    NotHanded::Unsendable(detail) => ("not_replayable", detail, Ended::RefusedHere),
                    NotHanded::Failed { kind, detail } => (word(kind), detail, ended(kind)),
                };
                let end = AttemptEnd { problem: Some(problem.to_owned()), detail: Some(detail), ..base };
                Self { end, ended, retry_after: None }
            }
        }
    }
}

/// How long until SendGrid takes more, which it says as seconds of Unix time by the clock of its own `Date`.
fn rate_reset(headers: &[(String, String)]) -> Option<Duration> {
    let value = |wanted: &str| {
        headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    };
    let reset: i64 = value("x-ratelimit-reset")?.trim().parse().ok()?;
    let now = chrono::DateTime::parse_from_rfc2822(value("date")?).ok()?.timestamp();
    u64::try_from(reset.checked_sub(now)?).ok().map(Duration::from_secs)
}

fn ended(kind: ErrorKind) -> Ended {
    if kind == ErrorKind::Timeout { Ended::TimedOut } else { Ended::NoAnswer }
}

/// The word for what went wrong, one of few that a person needs.
fn word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Dns => "dns",
        ErrorKind::Connect => "connect",
        ErrorKind::Tls => "tls",
        ErrorKind::Certificate => "certificate",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Reset | ErrorKind::Truncated | ErrorKind::NotProcessed => "reset",
        ErrorKind::TooLarge | ErrorKind::BadHeader | ErrorKind::UnexpectedEncoding => "bad_answer",
    }
}

/// Any number.
fn chance() -> u32 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    u32::try_from(high >> 32).unwrap_or(0)
}
