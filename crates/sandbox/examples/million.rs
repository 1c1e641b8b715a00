//! Serves a million charges and says what that takes: `million [CHARGES]`.
//!
//! Prints the time to start, the memory resident then and at the end, and how long pages of 100 take: at random places of the history, with ranges of `created`,
//! by customer, and on a walk through each kind from the newest row to the oldest, which also counts the rows, looks for doubles and checks their order.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use sandbox::{Sandbox, SandboxConfig};
use serde::Deserialize;
use serde_json::Value;

/// What the walk looks at.
#[derive(Deserialize)]
struct Page {
    data: Vec<Row>,
    has_more: bool,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    created: i64,
}

/// One connection that asks one thing after the other.
struct Client {
    reader: BufReader<TcpStream>,
    head: String,
    times: Vec<Duration>,
}

impl Client {
    fn get(&mut self, path: &str) -> io::Result<Value> {
        Ok(serde_json::from_slice(&self.bytes(path)?)?)
    }

    fn bytes(&mut self, path: &str) -> io::Result<Vec<u8>> {
        let started = Instant::now();
        let request = format!("GET {path} HTTP/1.1\r\n{}", self.head);
        self.reader.get_mut().write_all(request.as_bytes())?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        self.times.push(started.elapsed());
        Ok(body)
    }

    /// The median, the 99th hundredth and the longest of the times since the last call, in microseconds.
    fn figures(&mut self) -> String {
        self.times.sort_unstable();
        let at = |hundredths: usize| {
            self.times.get((self.times.len() * hundredths / 100).min(self.times.len().saturating_sub(1)))
        };
        let figures = [50, 99, 100].map(|part| at(part).map_or(0, Duration::as_micros));
        let text = format!(
            "{} answers, p50 {} µs, p99 {} µs, longest {} µs",
            self.times.len(),
            figures[0],
            figures[1],
            figures[2]
        );
        self.times.clear();
        text
    }
}

fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = |name: &str| {
        let found = status.lines().find_map(|line| line.strip_prefix(name));
        found.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1_024
    };
    format!("{} MB resident, at most {} MB", line("VmRSS:"), line("VmHWM:"))
}

/// Walks through a kind; answers how many rows it has and some ids from all over it.
fn walk(client: &mut Client, kind: &str) -> io::Result<(u64, Vec<String>)> {
    let hashes = RandomState::new();
    let (mut seen, mut cursor, mut last) = (HashSet::new(), String::new(), i64::MAX);
    let (mut count, mut some) = (0_u64, Vec::new());
    loop {
        let page: Page = serde_json::from_slice(&client.bytes(&format!("/v1/{kind}?limit=100{cursor}"))?)?;
        for Row { id, created } in &page.data {
            if !seen.insert(hashes.hash_one(id)) {
                return Err(io::Error::other(format!("{kind}: {id} comes twice")));
            }
            if *created > last {
                return Err(io::Error::other(format!("{kind}: {id} is out of order")));
            }
            last = *created;
            count += 1;
        }
        let Some(row) = page.data.last() else { return Ok((count, some)) };
        cursor = format!("&starting_after={}", row.id);
        some.push(row.id.clone());
        if !page.has_more {
            return Ok((count, some));
        }
    }
}

fn ask(address: &str, key: &str, charges: u32, out: &mut impl Write) -> io::Result<()> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let head = format!("host: {address}\r\nauthorization: Bearer {key}\r\n\r\n");
    let mut client = Client { reader: BufReader::new(stream), head, times: Vec::new() };
    let newest = client.get("/v1/charges?limit=1")?["data"][0]["created"].as_i64().unwrap_or(0);
    client.figures();
    for step in 0..500_i64 {
        // A step that shares no divisor with the span goes all over it without dice.
        let to = newest - (step * 7_919 * 6_151) % (540 * 86_400);
        client.get(&format!("/v1/charges?limit=100&created[lte]={to}"))?;
    }
    writeln!(out, "charges before a moment: {}", client.figures())?;
    for step in 0..500_i64 {
        let to = newest - (step * 7_919 * 6_151) % (540 * 86_400);
        client.get(&format!("/v1/balance_transactions?limit=100&created[lte]={to}"))?;
    }
    writeln!(out, "balance lines before a moment: {}", client.figures())?;
    for kind in
        ["charges", "payment_intents", "refunds", "customers", "disputes", "balance_transactions", "payouts"]
    {
        let started = Instant::now();
        let (count, ids) = walk(&mut client, kind)?;
        writeln!(
            out,
            "{kind}: {count} rows in {:.1} s; {}",
            started.elapsed().as_secs_f32(),
            client.figures()
        )?;
        if kind == "charges" && count != u64::from(charges) {
            return Err(io::Error::other(format!("{count} charges instead of {charges}")));
        }
        let mut place = 0;
        for _ in 0..500 {
            place = (place + 7_919) % ids.len();
            client.get(&format!("/v1/{kind}?limit=100&starting_after={}", ids[place]))?;
        }
        writeln!(out, "  pages at random places: {}", client.figures())?;
        for _ in 0..500 {
            place = (place + 7_919) % ids.len();
            let row = client.get(&format!("/v1/{kind}/{}", ids[place]))?;
            if row["id"] != ids[place] {
                return Err(io::Error::other(format!("{} is not found by its id", ids[place])));
            }
        }
        writeln!(out, "  single rows: {}", client.figures())?;
        if kind == "customers" {
            for _ in 0..500 {
                place = (place + 7_919) % ids.len();
                client.get(&format!("/v1/charges?limit=100&customer={}", ids[place]))?;
            }
            writeln!(out, "  charges of one customer: {}", client.figures())?;
        }
    }
    Ok(())
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let charges = std::env::args().nth(1).map_or(Ok(1_000_000), |word| word.parse())?;
    let mut out = io::stdout();
    let started = Instant::now();
    let sandbox = Sandbox::start(SandboxConfig { charges, ..SandboxConfig::default() }).await?;
    writeln!(out, "{charges} charges start in {} ms; {}", started.elapsed().as_millis(), resident())?;
    let address = sandbox.base_url().replace("http://", "");
    let key = sandbox.secret_key().to_owned();
    let asking = tokio::task::spawn_blocking(move || ask(&address, &key, charges, &mut io::stdout()));
    asking.await??;
    writeln!(out, "at the end, with the walk's own notes: {}", resident())?;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when stderr is closed.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(1)
        }
    }
}
