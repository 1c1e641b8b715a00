//! The passphrase of the passphrase vault, asked for on the terminal.

use std::io::IsTerminal;
use std::path::Path;

use contract::Secret;

use crate::failure::Failure;

/// Asks for the passphrase where the vault wants one, no file names it and somebody is there.
/// Otherwise the Desk finds the file, or says what is missing.
pub(crate) fn ask_if_needed(home: &Path, stdin_is_taken: bool) -> Result<Option<Secret>, Failure> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let wanted = variable("PAYDESK_VAULT").is_some_and(|vault| vault == "passphrase")
        && variable("PAYDESK_PASSPHRASE_FILE").is_none();
    if !wanted || stdin_is_taken || !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let ask = |question: &str| rpassword::prompt_password(question).map(Secret::new);
    let passphrase = ask("Passphrase of the vault: ").map_err(Failure::bad_request)?;
    if desk::is_new_home(home) {
        let again = ask("The home is new. The same passphrase again: ").map_err(Failure::bad_request)?;
        if again != passphrase {
            return Err(Failure::bad_request("the two passphrases differ"));
        }
    }
    Ok(Some(passphrase))
}
