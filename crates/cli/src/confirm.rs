//! Asking before money moves.

use std::io::{BufRead, IsTerminal, Write};

use crate::failure::Failure;

/// Whether there is a person to ask.
pub(crate) fn someone_is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Fails where nobody can be asked.
pub(crate) fn needs_yes(what: &str) -> Failure {
    needs(what, "--yes")
}

/// As [`needs_yes`], where another word says so.
pub(crate) fn needs(what: &str, word: &str) -> Failure {
    Failure::bad_request(format!("{what} needs {word} where nobody can be asked"))
}

/// Asks on stderr; anything but `y` or `yes` is a no.
pub(crate) fn ask(question: &str) -> Result<(), Failure> {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "{} [y/N] ", crate::words::clean(question)).and_then(|()| stderr.flush());
    drop(stderr);
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match read {
        Ok(_) if is_yes(&answer) => Ok(()),
        _ => Err(Failure::bad_request("it was not confirmed")),
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        assert!(is_yes("y\n") && is_yes("YES\r\n"));
        assert!(!is_yes("") && !is_yes("\n") && !is_yes("yo") && !is_yes("n"));
    }
}
