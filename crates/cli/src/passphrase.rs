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
    if is_new(home) {
        // A slip of the finger now would lock the keys away for good.
        let again = ask("The home is new. The same passphrase again: ").map_err(Failure::bad_request)?;
        if again != passphrase {
            return Err(Failure::bad_request("the two passphrases differ"));
        }
    }
    Ok(Some(passphrase))
}

/// Whether nothing was ever kept in the home.
fn is_new(home: &Path) -> bool {
    std::fs::read_dir(home).map_or(true, |mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::is_new;

    #[test]
    fn a_home_is_new_until_something_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(is_new(folder.path()) && is_new(&folder.path().join("missing")));
        std::fs::write(folder.path().join("settings.toml"), "").unwrap();
        assert!(!is_new(folder.path()));
    }
}
