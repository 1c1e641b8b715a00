//! Signs what comes by stdin, for tests with other people's verifiers: `sign SCHEME ID`, with the secret in `SECRET`.
//! Prints the headers as a JSON list of names and values.

use std::io::{Read, Write};
use std::time::SystemTime;

use domain::{Secret, Timestamp};
use webhooks::Scheme;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let scheme: Scheme = words.next().ok_or("the scheme is missing")?.parse()?;
    let id = words.next().ok_or("the id is missing")?;
    let secret = Secret::new(std::env::var("SECRET")?);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let mut body = Vec::new();
    std::io::stdin().read_to_end(&mut body)?;
    let at = Timestamp::from_ms(i64::try_from(now.as_millis())?);
    let headers = webhooks::sign(scheme, &id, at, &body, &[secret])?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&headers)?)?;
    Ok(())
}
