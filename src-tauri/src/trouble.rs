//! What keeps the window from opening, said in words on standard error and in a dialog of the system.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use contract::ErrorBody;
use rfd::{MessageDialog, MessageLevel};

/// Exit code for input that cannot be used, as in `paydeskctl`.
const BAD_INPUT: u8 = contract::ExitCode::BadInput as u8;
/// Exit code for anything that has none of its own.
const FAILED: u8 = contract::ExitCode::Failed as u8;

/// Why there is no window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// What happened and what to do next.
    words: String,
    /// For support: the code of the error table, or of the toolkit.
    code: &'static str,
    exit: u8,
    /// Whether it is said in a dialog too. A page can send a hundred links, and must not open as many dialogs.
    dialog: bool,
}

impl From<ErrorBody> for Trouble {
    fn from(error: ErrorBody) -> Self {
        let words = error.words();
        Self {
            words: format!("{} {} {}", words.what, words.money, words.next),
            code: error.code.as_str(),
            exit: error.code.exit_code() as u8,
            dialog: true,
        }
    }
}

impl Trouble {
    pub(crate) fn unknown_argument(word: &str) -> Self {
        Self {
            words: format!(
                "Paydesk has no argument {word:?}. Start it with --sandbox to open the built-in sandbox, or without any."
            ),
            code: "unknown_argument",
            exit: BAD_INPUT,
            dialog: true,
        }
    }

    pub(crate) fn unreadable_link() -> Self {
        Self {
            words: "This link is none that Paydesk opens, so nothing was opened and nothing was done. Links are of the form \
                    paydesk://payment/ID or paydesk://customer/ID, and only show a page."
                .to_owned(),
            code: "unreadable_link",
            exit: BAD_INPUT,
            dialog: false,
        }
    }

    pub(crate) fn silent_window() -> Self {
        Self {
            words: "Paydesk is open already for this home, and its window does not answer. Nothing was begun and no money \
                    moved by this start. Wait a moment, or end that process, and start Paydesk again."
                .to_owned(),
            code: "silent_window",
            exit: FAILED,
            dialog: true,
        }
    }

    pub(crate) fn no_window(why: &dyn fmt::Display) -> Self {
        Self {
            words: format!(
                "The window could not be opened: {why}. No money moved. paydeskctl does the same without a window."
            ),
            code: "no_window",
            exit: FAILED,
            dialog: true,
        }
    }

    /// Says it and answers with the exit code.
    pub(crate) fn show(&self) -> ExitCode {
        // When standard error is closed too there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "paydesk: {} ({})", self.words, self.code);
        if self.dialog && has_display() {
            MessageDialog::new()
                .set_level(MessageLevel::Error)
                .set_title("Paydesk")
                .set_description(&self.words)
                .show();
        }
        ExitCode::from(self.exit)
    }
}

/// The toolkit ends the process in its own words where there is no display; these are better.
pub(crate) fn need_display() -> Result<(), Trouble> {
    match has_display() {
        true => Ok(()),
        false => {
            Err(Trouble::no_window(&"neither DISPLAY nor WAYLAND_DISPLAY is set, so there is no display"))
        }
    }
}

fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

#[cfg(test)]
mod tests {
    use contract::{ErrorBody, ErrorCode};

    use super::Trouble;

    #[test]
    fn an_error_of_the_desk_keeps_its_words_and_its_exit_code() {
        let trouble = Trouble::from(ErrorBody::new(ErrorCode::WindowNeedsVault));
        assert!(trouble.words.contains("PAYDESK_VAULT"), "{}", trouble.words);
        assert!(trouble.words.contains("No money moved."), "{}", trouble.words);
        assert_eq!((trouble.code, trouble.exit), ("window_needs_vault", 3));
    }
}
