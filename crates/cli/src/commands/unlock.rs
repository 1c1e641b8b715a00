//! `paydeskctl unlock` and `lock`: the airlock before live money.

use std::io::{BufRead, IsTerminal};

use clap::Args;
use contract::home::{LockWrites, SetUnlockPassphrase, ShowHome, UnlockBy, UnlockWrites};
use contract::{Secret, SecretText};

use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;

/// What to unlock.
#[derive(Debug, Args)]
#[command(after_help = "\
Live money opens read-only. Unlocking is for one account, and is checked by the operating system where it can, else by
the passphrase. While a window or `serve` runs it is unlocked there, until that ends; else for the commands that follow.

Examples:
  paydeskctl unlock shop --for 15m
  paydeskctl unlock shop --actions 1 --passphrase-stdin < passphrase
  paydeskctl lock")]
pub(crate) struct UnlockArguments {
    /// The account's label, exactly
    #[arg(required_unless_present = "set_passphrase")]
    label: Option<String>,
    /// For so long, such as 90s, 15m or 1h, which is the most [default: 10m]
    #[arg(long = "for", value_name = "TIME", value_parser = seconds)]
    time: Option<u32>,
    /// For so many actions, 1 to 1000; as many as the time allows when left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    actions: Option<u32>,
    /// Read the passphrase from the first line of stdin
    #[arg(long)]
    pub(crate) passphrase_stdin: bool,
    /// Set the passphrase that unlocks live, where the vault is the keychain
    #[arg(long, conflicts_with_all = ["label", "time", "actions", "passphrase_stdin"])]
    set_passphrase: bool,
}

/// A time with its unit, in seconds.
fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || "a time is a whole number with s, m or h, such as 15m, and at most 1h".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let of_unit = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return Err(wrong()),
    };
    let number: u32 = text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(of_unit).ok_or_else(wrong)?;
    if (1..=3_600).contains(&seconds) { Ok(seconds) } else { Err(wrong()) }
}

impl UnlockArguments {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let Some(label) = self.label else { return set(session).await };
        let passphrase = passphrase(session, self.passphrase_stdin).await?;
        let request =
            UnlockWrites { label, seconds: self.time, actions: self.actions, passphrase, one_command: false };
        session.answer(request, outcome::done).await
    }
}

/// Locks at once.
pub(crate) async fn lock(session: &Session<'_>) -> Result<u8, Failure> {
    session.answer(LockWrites { idle: false }, outcome::done).await
}

/// The passphrase, where one is asked for and somebody or a pipe is there to give it. Without it the Desk says
/// what is missing.
pub(crate) async fn passphrase(
    session: &Session<'_>,
    from_stdin: bool,
) -> Result<Option<SecretText>, Failure> {
    passphrase_for(session, from_stdin, "Passphrase, to unlock live money: ").await
}

/// As [`passphrase`], with what it is asked for.
pub(crate) async fn passphrase_for(
    session: &Session<'_>,
    from_stdin: bool,
    question: &str,
) -> Result<Option<SecretText>, Failure> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(Failure::bad_request)?;
        let end = line.trim_end_matches(['\r', '\n']).len();
        line.truncate(end);
        return Ok(Some(SecretText(Secret::new(line))));
    }
    let by = session.call(ShowHome::default()).await?.unlock_by;
    if by != UnlockBy::Passphrase || !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    ask(question).map(Some)
}

fn ask(question: &str) -> Result<SecretText, Failure> {
    let typed = rpassword::prompt_password(question).map_err(Failure::bad_request)?;
    Ok(SecretText(Secret::new(typed)))
}

async fn set(session: &Session<'_>) -> Result<u8, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::bad_request("a passphrase is set on a terminal, or in the window"));
    }
    let current = match session.call(ShowHome::default()).await?.unlock_by {
        UnlockBy::Passphrase => Some(ask("The passphrase until now: ")?),
        _ => None,
    };
    let new = ask("New passphrase, to unlock live money: ")?;
    if ask("The same again: ")? != new {
        return Err(Failure::bad_request("the two passphrases differ"));
    }
    session.answer(SetUnlockPassphrase { current, new }, outcome::done).await
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_time_has_a_unit_and_an_end() {
        assert_eq!([seconds("90s"), seconds("15m"), seconds("1h")], [Ok(90), Ok(900), Ok(3_600)]);
        for wrong in ["", "15", "m", "0m", "61m", "2h", "-5m", "1.5h", "99999999999m", "15mm", "15 m"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
