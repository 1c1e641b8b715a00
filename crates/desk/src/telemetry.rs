//! Figures of calls to vendors for teams that watch their programs elsewhere: how long calls take, how many there are and how many
//! fail. They are counted here always, leave only for the address that a person set, and tell of no account, person or amount.
//!
//! They are written by hand in the JSON form of OTLP (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>) and go
//! by the same courier as everything else that is sent to addresses of people's: the libraries for it bring an HTTP client of their own.

mod otlp;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Environment, Secret, Timestamp, Vendor};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use transport::{AttemptRecord, Courier, CourierLimits, NotHanded, Parcel, Target, TargetRefusal};

use crate::desk::Desk;

/// How often figures are sent.
const INTERVAL: Duration = Duration::from_secs(60);
/// How long one sending may take.
const SENDING_LIMIT: Duration = Duration::from_secs(10);
/// Different calls that are told apart; more there are not, and a limit there is.
const CALLS_MOST: usize = 2_000;
/// The variable with the key that some receivers ask for.
const BEARER_VARIABLE: &str = "PAYDESK_TELEMETRY_BEARER";
/// Upper ends of the classes of duration, in milliseconds. The last class has none.
const CLASSES_MS: [u64; 12] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

/// What calls are told apart by. There is no account in it, and a path has its ids left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    vendor: &'static str,
    environment: &'static str,
    method: String,
    path: &'static str,
    status: Option<u16>,
    error: Option<&'static str>,
}

/// The tries of one kind since the Desk started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sums {
    count: u64,
    sum_ms: u64,
    least_ms: u64,
    most_ms: u64,
    by_class: [u64; CLASSES_MS.len() + 1],
}

impl Sums {
    fn add(&mut self, took_ms: u64) {
        self.least_ms = if self.count == 0 { took_ms } else { self.least_ms.min(took_ms) };
        self.most_ms = self.most_ms.max(took_ms);
        self.count += 1;
        self.sum_ms = self.sum_ms.saturating_add(took_ms);
        let class = CLASSES_MS.iter().position(|end| took_ms <= *end).unwrap_or(CLASSES_MS.len());
        self.by_class[class] += 1;
    }
}

/// Figures of all calls since the Desk started.
#[derive(Debug, Default)]
pub(crate) struct CallFigures(Mutex<BTreeMap<Kind, Sums>>);

impl CallFigures {
    /// Counts a try. It is on the path of money, so it does no more than that.
    pub(crate) fn note(&self, vendor: Vendor, environment: Environment, attempt: &AttemptRecord) {
        let kind = Kind {
            vendor: vendor.as_str(),
            environment: environment.as_str(),
            method: attempt.method.to_string(),
            path: attempt.path_template,
            status: attempt.status,
            error: attempt.error.map(transport::ErrorKind::as_str),
        };
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kinds.len() < CALLS_MOST || kinds.contains_key(&kind) {
            kinds.entry(kind).or_default().add(attempt.duration_ms);
        }
    }

    fn all(&self) -> BTreeMap<Kind, Sums> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lines for people: each kind of call with its figures.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |(kind, sums): (Kind, Sums)| {
            let answer = kind.status.map(|status| status.to_string());
            let answer = answer.or_else(|| kind.error.map(str::to_owned)).unwrap_or_else(|| "-".to_owned());
            format!(
                "{} {} {} {} -> {answer}: {} tries, {} to {} ms, {} ms on average",
                kind.vendor,
                kind.environment,
                kind.method,
                kind.path,
                sums.count,
                sums.least_ms,
                sums.most_ms,
                sums.sum_ms / sums.count.max(1)
            )
        };
        self.all().into_iter().map(line).collect()
    }
}

/// How the last sending went.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastSending {
    pub(crate) taken_at: Option<Timestamp>,
    pub(crate) problem: Option<String>,
}

/// Figures, and how sending them goes.
pub(crate) struct Telemetry {
    pub(crate) figures: Arc<CallFigures>,
    last: Mutex<LastSending>,
    changed: Notify,
    courier: Courier,
}

impl Default for Telemetry {
    fn default() -> Self {
        let limits = CourierLimits { total: SENDING_LIMIT, ..CourierLimits::default() };
        Self {
            figures: Arc::default(),
            last: Mutex::default(),
            changed: Notify::new(),
            courier: Courier::new(limits),
        }
    }
}

impl Telemetry {
    /// How the last sending went.
    pub(crate) fn last(&self) -> LastSending {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The address was changed: the next figures go at once, and to the new one.
    pub(crate) fn changed(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = LastSending::default();
        self.changed.notify_one();
    }

    fn note(&self, sent: Result<Timestamp, String>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match sent {
            Ok(at) => *last = LastSending { taken_at: Some(at), problem: None },
            Err(problem) => last.problem = Some(problem),
        }
    }
}

/// Reads an address of a receiver: a whole one to this machine or network by http, or to any by https.
pub(crate) fn target(address: &str) -> Result<Target, TargetRefusal> {
    Target::read(&format!("{}/v1/metrics", address.trim().trim_end_matches('/')), true)
}

/// Sends figures while an address is set, until told to stop.
pub(crate) async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    let started = desk.clock.now();
    loop {
        let address = desk.settings.lock().await.telemetry_address.clone();
        if let Some(address) = address {
            let sent = tokio::select! {
                () = stop.cancelled() => return,
                sent = send(&desk, &address, started) => sent,
            };
            if let Err(problem) = &sent {
                tracing::info!(problem, "figures of calls were not taken");
            }
            desk.telemetry.note(sent);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = desk.telemetry.changed.notified() => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

async fn send(desk: &Desk, address: &str, started: Timestamp) -> Result<Timestamp, String> {
    let now = desk.clock.now();
    let target = target(address).map_err(|refusal| refusal.to_string())?;
    let body = otlp::metrics(&desk.telemetry.figures.all(), started, now).to_string();
    let bearer = std::env::var(BEARER_VARIABLE).ok().filter(|key| !key.is_empty()).map(Secret::new);
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let parcel = Parcel { target, headers, bearer, body: body.into(), own_port: None };
    match desk.telemetry.courier.hand_over(&parcel).await.end {
        Ok(receipt) if (200..300).contains(&receipt.status) => Ok(now),
        // What the receiver writes is not shown: it may repeat the key.
        Ok(receipt) => Err(format!("the receiver answered {}", receipt.status)),
        Err(NotHanded::Refused(refusal)) => Err(refusal.to_string()),
        Err(NotHanded::Unsendable(why)) => Err(why),
        Err(NotHanded::Failed { kind, .. }) => Err(format!("there is no answer ({kind})")),
    }
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, Environment, Timestamp, Vendor};
    use transport::{AttemptRecord, Decision, ErrorKind, Method};

    use super::{CallFigures, otlp, target};

    fn attempt(status: Option<u16>, error: Option<ErrorKind>, duration_ms: u64) -> AttemptRecord {
        AttemptRecord {
            call_id: uuid::Uuid::nil(),
            account: AccountId::generate(),
            method: Method::GET,
            path_template: "/v1/charges/{id}",
            attempt: 1,
            status,
            error,
            started_at: Timestamp::from_ms(0),
            duration_ms,
            request_id: Some("req_canary".to_owned()),
            idempotency_key: Some("key_canary".to_owned()),
            decision: Decision::Abandoned,
            wait_ms: None,
        }
    }

    #[test]
    fn calls_of_one_kind_are_one_histogram_without_anything_that_names_somebody() {
        let figures = CallFigures::default();
        for took in [3, 5, 40, 60_000] {
            figures.note(Vendor::Stripe, Environment::Live, &attempt(Some(200), None, took));
        }
        figures.note(Vendor::Stripe, Environment::Live, &attempt(None, Some(ErrorKind::Timeout), 20_000));
        let sent = otlp::metrics(&figures.all(), Timestamp::from_ms(1), Timestamp::from_ms(2));
        let metric = &sent["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
        let points = metric["histogram"]["dataPoints"].as_array().unwrap();
        assert_eq!(points.len(), 2);
        let answered = points.iter().find(|point| point["count"] == "4").unwrap();
        assert_eq!(
            (&answered["sum"], &answered["min"], &answered["max"]),
            (&60_048.into(), &3.into(), &60_000.into())
        );
        let classes: Vec<_> =
            answered["bucketCounts"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        assert_eq!(classes, ["2", "0", "0", "1", "0", "0", "0", "0", "0", "0", "0", "0", "1"]);
        assert_eq!(classes.len(), answered["explicitBounds"].as_array().unwrap().len() + 1);
        assert_eq!(answered["timeUnixNano"], "2000000");
        assert!(points.iter().any(|point| point["attributes"].to_string().contains("timeout")));
        assert!(!sent.to_string().contains("canary"), "{sent}");
    }

    #[test]
    fn figures_go_by_https_or_stay_near() {
        assert!(target("http://localhost:4318").is_ok() && target("https://otlp.example.com/").is_ok());
        for refused in [
            "otlp.example.com",
            "ftp://localhost",
            "https://ada:pw@example.com",
            "http://169.254.169.254",
            "",
        ] {
            assert!(target(refused).is_err(), "{refused}");
        }
    }
}
