//! The passphrase of the passphrase vault, asked for before the window opens: without it there is no
//! mirror to show. It goes from the field into the Desk and is kept nowhere else.

use std::path::Path;

use contract::{ErrorBody, ErrorCode, Secret};

use crate::trouble::Trouble;

/// How often a wrong passphrase may be typed before Paydesk gives up.
pub(crate) const TRIES: u32 = 5;

/// What the question says besides the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The first time it is asked.
    Start,
    /// What was typed before does not open the vault.
    Wrong,
}

/// Asks where the vault wants a passphrase and no file names it. None where nothing is wanted.
pub(crate) fn ask_if_needed(home: &Path, why: Why) -> Result<Option<Secret>, Trouble> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let wanted = variable("PAYDESK_VAULT").is_some_and(|vault| vault == "passphrase")
        && variable("PAYDESK_PASSPHRASE_FILE").is_none();
    if !wanted {
        return Ok(None);
    }
    dialog::ask(desk::is_new_home(home), why)?.map(Some).ok_or_else(no_passphrase)
}

fn no_passphrase() -> Trouble {
    ErrorBody::new(ErrorCode::VaultNoPassphrase).into()
}

#[cfg(target_os = "linux")]
mod dialog {
    use contract::Secret;
    use gtk::prelude::*;

    use super::Why;
    use crate::trouble::{self, Trouble};

    const MARGIN_PX: i32 = 18;
    const SPACING_PX: i32 = 8;

    /// Shows the dialog; none where it was dismissed or there is no display to show it on.
    pub(super) fn ask(new: bool, why: Why) -> Result<Option<Secret>, Trouble> {
        if trouble::need_display().is_err() {
            return Ok(None);
        }
        gtk::init().map_err(|error| Trouble::no_window(&error))?;
        let dialog = gtk::Dialog::with_buttons(
            Some("Paydesk: passphrase"),
            None::<&gtk::Window>,
            gtk::DialogFlags::MODAL,
            &[("Quit", gtk::ResponseType::Cancel), ("Open", gtk::ResponseType::Accept)],
        );
        dialog.set_default_response(gtk::ResponseType::Accept);
        dialog.set_resizable(false);
        dialog.set_position(gtk::WindowPosition::Center);
        let area = dialog.content_area();
        area.set_margin(MARGIN_PX);
        area.set_spacing(SPACING_PX);
        let passphrase = field(&area, "Passphrase of the vault");
        // A slip of the finger in a new home would lock its keys away for good.
        let again = new.then(|| field(&area, "The home is new: the same passphrase again"));
        let note = gtk::Label::new((why == Why::Wrong).then_some("This passphrase does not open the vault."));
        note.set_xalign(0.0);
        area.add(&note);
        dialog.show_all();
        let typed = loop {
            if dialog.run() != gtk::ResponseType::Accept {
                break None;
            }
            let typed = Secret::new(passphrase.text().to_string());
            let repeated = again.as_ref().map(|again| Secret::new(again.text().to_string()));
            match repeated {
                _ if typed.expose().is_empty() => note.set_text("Type the passphrase first."),
                Some(repeated) if repeated != typed => note.set_text("The two passphrases differ."),
                _ => break Some(typed),
            }
            passphrase.grab_focus();
        };
        dialog.close();
        while gtk::events_pending() {
            gtk::main_iteration();
        }
        Ok(typed)
    }

    fn field(area: &gtk::Box, name: &str) -> gtk::Entry {
        let label = gtk::Label::with_mnemonic(name);
        label.set_xalign(0.0);
        let entry = gtk::Entry::builder().visibility(false).activates_default(true).width_chars(40).build();
        entry.set_input_purpose(gtk::InputPurpose::Password);
        label.set_mnemonic_widget(Some(&entry));
        area.add(&label);
        area.add(&entry);
        entry
    }
}

#[cfg(not(target_os = "linux"))]
mod dialog {
    use std::io::IsTerminal as _;

    use contract::{ErrorBody, ErrorCode, Secret};

    use super::Why;
    use crate::trouble::Trouble;

    /// Asks on the terminal that the window was started from; the system's keychain is the usual vault here.
    pub(super) fn ask(new: bool, _: Why) -> Result<Option<Secret>, Trouble> {
        let prompt = |question: &str| {
            let failed = |error| Trouble::from(ErrorBody::new(ErrorCode::BadRequest).with("why", error));
            rpassword::prompt_password(question).map(Secret::new).map_err(failed)
        };
        if !std::io::stdin().is_terminal() {
            return Ok(None);
        }
        let typed = prompt("Passphrase of the vault: ")?;
        if new && prompt("The home is new. The same passphrase again: ")? != typed {
            return Err(ErrorBody::new(ErrorCode::BadRequest)
                .with("why", "the two passphrases differ")
                .into());
        }
        Ok(Some(typed))
    }
}
