//! Serves a sandbox until it is killed: `serve [--port N] [--charges N] [--seed N] [--latency-ms N] [--faults SPEC] [--state-file PATH] [--limits live|test|none|ENDPOINT,ACCOUNT]`.
//!
//! The first line on stdout is JSON with `base_url`, `secret_key` and `webhook_secret`.

use std::io::Write;
use std::process::ExitCode;

use sandbox::{Sandbox, SandboxConfig};

fn read(mut words: impl Iterator<Item = String>) -> Result<SandboxConfig, String> {
    let mut config = SandboxConfig::default();
    while let Some(flag) = words.next() {
        let value = words.next().ok_or_else(|| format!("{flag} needs a value"))?;
        let bad = || format!("`{value}` is no value for {flag}");
        match flag.as_str() {
            "--port" => config.port = value.parse().map_err(|_| bad())?,
            "--charges" => config.charges = value.parse().map_err(|_| bad())?,
            "--seed" => config.seed = value.parse().map_err(|_| bad())?,
            "--latency-ms" => config.latency_ms = value.parse().map_err(|_| bad())?,
            "--faults" => config.faults = value.parse().map_err(|error| format!("--faults: {error}"))?,
            "--limits" => config.limits = value.parse().map_err(|error| format!("--limits: {error}"))?,
            "--state-file" => config.state_file = Some(value.into()),
            _ => return Err(format!("{flag} is not known")),
        }
    }
    Ok(config)
}

async fn serve() -> Result<(), String> {
    let config = read(std::env::args().skip(1))?;
    let sandbox = Sandbox::start(config).await.map_err(|error| error.to_string())?;
    let line = serde_json::json!({ "base_url": sandbox.base_url(), "secret_key": sandbox.secret_key(), "webhook_secret": sandbox.webhook_secret() });
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| error.to_string())?;
    std::future::pending::<()>().await;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nobody is left to tell when stderr is closed.
            let _ = writeln!(std::io::stderr(), "{message}");
            ExitCode::from(2)
        }
    }
}
