//! A vendor that delivers events as fast as they are taken, or so many a second: the other side of the figures of the
//! listener. It signs as Stripe does, or, with the private key of `--mail yes` in the place of the secret, as SendGrid does lists of a
//! hundred events.
//!
//! `deliver URL SECRET COUNT CONNECTIONS [--rate PER_SECOND] [--half-open COUNT] [--from NUMBER] [--until-cut yes] [--mail yes]` prints
//! one line of JSON: how many were acknowledged, in how many seconds, and how long an answer took in the middle and at the
//! 99th percentile. With a rate, an answer's time counts from when the event was to leave, so that whoever falls behind is
//! not flattered. With `--until-cut` a connection that ends is no fault, and the numbers that were acknowledged are told.

#![recursion_limit = "256"]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a measurement speaks on stdout")]

#[path = "vendors/mail.rs"]
mod mail;

use std::borrow::Cow;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::{Secret, Timestamp};
use openssl::pkey::{PKey, Private};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use webhooks::Scheme;

/// What is wrong is told in words and ends the run.
type Outcome<T> = Result<T, String>;

/// What is to be done.
struct Task {
    host: String,
    path: String,
    secret: Secret,
    count: u64,
    connections: u64,
    rate_per_second: Option<u64>,
    half_open: u64,
    from: u64,
    until_cut: bool,
    /// The key that lists of events of mail are signed with.
    mail: Option<PKey<Private>>,
}

fn read_task() -> Outcome<Task> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [url, secret, count, connections, rest @ ..] = words.as_slice() else {
        return Err("deliver URL SECRET COUNT CONNECTIONS [--rate N] [--half-open N] [--from N]".to_owned());
    };
    let number = |word: &String| word.parse::<u64>().map_err(|error| format!("{word}: {error}"));
    let (host, path) = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .ok_or("the URL is no http:// one")?;
    let mut task = Task {
        host: host.to_owned(),
        path: path.to_owned(),
        secret: Secret::new(secret.clone()),
        count: number(count)?,
        connections: number(connections)?.max(1),
        rate_per_second: None,
        half_open: 0,
        from: 0,
        until_cut: false,
        mail: None,
    };
    for pair in rest.chunks(2) {
        let [name, value] = pair else { return Err("an option lacks its number".to_owned()) };
        match name.as_str() {
            "--rate" => task.rate_per_second = Some(number(value)?.max(1)),
            "--half-open" => task.half_open = number(value)?,
            "--from" => task.from = number(value)?,
            "--until-cut" => task.until_cut = value == "yes",
            "--mail" if value == "yes" => task.mail = Some(mail::key(secret)?),
            other => return Err(format!("there is no option {other}")),
        }
    }
    Ok(task)
}

/// An event about a charge of its own, as long as those of the vendor are.
fn event(number: u64, created: i64) -> String {
    let charge = format!("ch_deliver{number:010}");
    let method = json!({ "type": "card", "card": {
                "amount_authorized": 1_000 + number % 9_000, "brand": "visa", "country": "US", "exp_month": 12,
                "exp_year": 2030, "fingerprint": "Xt5EWLLDS7FJjR1c", "funding": "credit", "last4": "4242",
                "network": "visa", "three_d_secure": null, "wallet": null,
                "checks": { "address_line1_check": "pass", "address_postal_code_check": "pass", "cvc_check": "pass" },
                "extended_authorization": { "status": "disabled" }, "incremental_authorization": { "status": "unavailable" },
                "multicapture": { "status": "unavailable" }, "overcapture": { "status": "unavailable" }
            } });
    json!({
        "id": format!("evt_deliver{number:010}"), "object": "event", "api_version": "2026-10-28.endive",
        "created": created, "livemode": false, "pending_webhooks": 1, "type": "charge.succeeded",
        "request": { "id": format!("req_deliver{number}"), "idempotency_key": null },
        "data": { "object": {
            "id": charge, "object": "charge", "amount": 1_000 + number % 9_000, "amount_captured": 1_000 + number % 9_000,
            "amount_refunded": 0, "application": null, "application_fee": null, "application_fee_amount": null,
            "balance_transaction": format!("txn_deliver{number:010}"),
            "billing_details": {
                "address": { "city": "Springfield", "country": "US", "line1": "1 Main Street", "line2": null,
                    "postal_code": "12345", "state": "OR" },
                "email": format!("payer{number}@example.com"), "name": "Robin Example", "phone": null, "tax_id": null
            },
            "calculated_statement_descriptor": "EXAMPLE SHOP", "captured": true, "created": created, "currency": "usd",
            "customer": format!("cus_deliver{:08}", number % 5_000), "description": format!("Order {number}"),
            "destination": null, "dispute": null, "disputed": false, "failure_balance_transaction": null,
            "failure_code": null, "failure_message": null, "fraud_details": {}, "livemode": false,
            "metadata": { "order_id": format!("{number}") }, "on_behalf_of": null,
            "outcome": { "advice_code": null, "network_advice_code": null, "network_decline_code": null,
                "network_status": "approved_by_network", "reason": null, "risk_level": "normal", "risk_score": 12,
                "seller_message": "Payment complete.", "type": "authorized" },
            "paid": true, "payment_intent": format!("pi_deliver{number:010}"), "payment_method": "pm_deliver",
            "payment_method_details": method,
            "receipt_email": null, "receipt_number": null, "refunded": false, "review": null, "shipping": null,
            "source": null, "source_transfer": null, "statement_descriptor": null, "statement_descriptor_suffix": null,
            "status": "succeeded", "transfer_data": null, "transfer_group": null
        } },
    })
    .to_string()
}

/// What one event is as a request.
fn request(task: &Task, number: u64) -> Outcome<Vec<u8>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?;
    let seconds = i64::try_from(now.as_secs()).map_err(|error| error.to_string())?;
    let (body, signed) = match &task.mail {
        Some(key) => {
            let (body, headers) = mail::signed(key, number, seconds)?;
            (
                body,
                headers.into_iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>(),
            )
        }
        None => {
            let body = event(number, seconds);
            let at = Timestamp::from_seconds(seconds);
            let secrets = [task.secret.clone()];
            let signed = webhooks::sign(Scheme::Stripe, "", at, body.as_bytes(), &secrets);
            let (name, value) =
                signed.map_err(|error| error.to_string())?.pop().ok_or("nothing was signed")?;
            (body, format!("{name}: {value}\r\n"))
        }
    };
    let head = format!(
        "POST /{} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json; charset=utf-8\r\nUser-Agent: Vendor/1.0\r\n\
         Accept: */*; q=0.5, application/xml\r\nCache-Control: no-cache\r\n{signed}Content-Length: {}\r\n\r\n",
        task.path,
        task.host,
        body.len()
    );
    Ok([head.as_bytes(), body.as_bytes()].concat())
}

/// Reads an answer, and tells its status and whether another request may follow on the connection.
async fn answer(stream: &mut BufReader<TcpStream>) -> Outcome<(u16, bool)> {
    let mut line = String::new();
    let (mut status, mut length, mut stays) = (0, 0, true);
    loop {
        line.clear();
        let read = stream.read_line(&mut line).await.map_err(|error| error.to_string())?;
        if read == 0 {
            return Err("the connection ended".to_owned());
        }
        let text = line.trim_end().to_ascii_lowercase();
        if text.is_empty() {
            break;
        }
        if status == 0 {
            status = text.get(9..12).and_then(|code| code.parse().ok()).ok_or("no answer of HTTP")?;
        } else if let Some(value) = text.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|_| "no length")?;
        } else if text == "connection: close" {
            stays = false;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.map_err(|error| error.to_string())?;
    Ok((status, stays))
}

/// Requests are made before the clock starts where there are no more than this: what the vendor spends on them is not the
/// listener's time.
const MADE_BEFORE: u64 = 50_000;

/// What all connections share.
struct Shared {
    task: Task,
    made_before: Vec<Vec<u8>>,
    next: AtomicU64,
    began: Instant,
    /// One for each event whose moment has come.
    due: Semaphore,
}

/// Lets events leave at their moments. A thread of its own, since the timers of the runtime are as coarse as what is
/// measured.
fn pace(shared: &Shared, per_second: u64) {
    for number in 0..shared.task.count {
        let moment = shared.began + Duration::from_micros(number * 1_000_000 / per_second);
        std::thread::sleep(moment.saturating_duration_since(Instant::now()));
        shared.due.add_permits(1);
    }
}

/// What came of one connection's deliveries.
#[derive(Default)]
struct Delivered {
    /// How long each answer took, in microseconds.
    took_us: Vec<u64>,
    /// Their numbers.
    acknowledged: Vec<u64>,
    refused: u64,
}

/// Delivers over one connection until there is nothing left.
async fn deliver(shared: Arc<Shared>) -> Outcome<Delivered> {
    let task = &shared.task;
    let (mut stream, mut done): (Option<BufReader<TcpStream>>, _) = (None, Delivered::default());
    loop {
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        if number >= task.count {
            return Ok(done);
        }
        let mut begun = Instant::now();
        if let Some(rate) = task.rate_per_second {
            begun = shared.began + Duration::from_micros(number * 1_000_000 / rate);
            shared.due.acquire().await.map_err(|error| error.to_string())?.forget();
        }
        let made = usize::try_from(number).ok().and_then(|number| shared.made_before.get(number));
        let bytes = match made {
            Some(bytes) => Cow::Borrowed(bytes),
            None => Cow::Owned(request(task, task.from + number)?),
        };
        let (status, next) = match exchange(stream.take(), &task.host, &bytes).await {
            Ok(answered) => answered,
            Err(_) if task.until_cut => return Ok(done),
            Err(problem) => return Err(problem),
        };
        stream = next;
        if status == 200 {
            done.took_us.push(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
            done.acknowledged.push(task.from + number);
        } else {
            done.refused += 1;
        }
    }
}

/// Sends a request and reads its answer; the connection comes back where another request may follow on it.
async fn exchange(
    open: Option<BufReader<TcpStream>>,
    host: &str,
    bytes: &[u8],
) -> Outcome<(u16, Option<BufReader<TcpStream>>)> {
    let mut open = match open {
        Some(open) => open,
        None => {
            let connected = TcpStream::connect(host).await.map_err(|error| error.to_string())?;
            connected.set_nodelay(true).map_err(|error| error.to_string())?;
            BufReader::new(connected)
        }
    };
    open.get_mut().write_all(bytes).await.map_err(|error| error.to_string())?;
    let (status, stays) = answer(&mut open).await?;
    Ok((status, stays.then_some(open)))
}

/// A connection that never ends its request; tells how long it was let.
async fn half_open(host: String) -> Outcome<Duration> {
    let began = Instant::now();
    let mut stream = TcpStream::connect(host).await.map_err(|error| error.to_string())?;
    // Turned away at once is an answer, too.
    let _ = stream.write_all(b"POST /hooks/0 HTTP/1.1\r\nHost: ").await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    Ok(began.elapsed())
}

async fn run() -> Outcome<String> {
    let task = read_task()?;
    let (host, connections, half) = (task.host.clone(), task.connections, task.half_open);
    let held: Vec<_> = (0..half).map(|_| tokio::spawn(half_open(host.clone()))).collect();
    if half > 0 {
        // They are to be there before what is measured begins.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let made_before = match task.count <= MADE_BEFORE && !task.until_cut {
        true => (0..task.count).map(|number| request(&task, task.from + number)).collect::<Outcome<_>>()?,
        false => Vec::new(),
    };
    let (next, due) = (AtomicU64::new(0), Semaphore::new(0));
    let shared = Arc::new(Shared { task, made_before, next, began: Instant::now(), due });
    if let Some(rate) = shared.task.rate_per_second {
        let shared = Arc::clone(&shared);
        std::thread::spawn(move || pace(&shared, rate));
    }
    let senders: Vec<_> = (0..connections).map(|_| tokio::spawn(deliver(Arc::clone(&shared)))).collect();
    let mut all = Delivered::default();
    for sender in senders {
        let one = sender.await.map_err(|error| error.to_string())??;
        all.took_us.extend(one.took_us);
        all.acknowledged.extend(one.acknowledged);
        all.refused += one.refused;
    }
    let seconds = shared.began.elapsed().as_secs_f64();
    let mut longest_held = Duration::ZERO;
    for one in held {
        longest_held = longest_held.max(one.await.map_err(|error| error.to_string())??);
    }
    let mut took = all.took_us;
    took.sort_unstable();
    let percentile = |percent: usize| {
        let at = (took.len() * percent / 100).min(took.len().saturating_sub(1));
        took.get(at).copied().unwrap_or_default()
    };
    let mut told = json!({
        "acknowledged": took.len(), "refused": all.refused, "seconds": seconds, "p50_us": percentile(50),
        "p99_us": percentile(99), "half_open_held_s": longest_held.as_secs_f64(),
    });
    if shared.task.until_cut {
        told["numbers"] = all.acknowledged.into();
    }
    Ok(told.to_string())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("deliver: {problem}");
            ExitCode::FAILURE
        }
    }
}
