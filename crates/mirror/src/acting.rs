//! Who works through a handle on the mirror, so that whatever it writes down is theirs in the book.

use crate::Mirror;

/// Who acts, and why. The default is Paydesk itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acting {
    /// The operating system's name of the user.
    pub system_user: String,
    /// The name that the person gave in Paydesk's settings; empty where there is none.
    pub name: String,
    /// `window` or `command`; `paydesk` for what it does by itself.
    pub shell: Shell,
    /// Why, in the person's own words.
    pub why: Option<String>,
    /// The ticket that it is for.
    pub ticket: Option<String>,
}

/// Through what somebody acts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shell {
    /// Nobody does: Paydesk acts by itself.
    #[default]
    Paydesk,
    /// The window.
    Window,
    /// `paydeskctl`.
    Command,
}

impl Shell {
    /// The word in the book.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paydesk => "paydesk",
            Self::Window => "window",
            Self::Command => "command",
        }
    }
}

impl Mirror {
    /// The same mirror, for somebody: what is decided through this handle is recorded as theirs.
    #[must_use]
    pub fn acting(&self, acting: Acting) -> Self {
        Self(self.0.clone(), acting.into())
    }

    /// Who acts through this handle.
    pub fn who(&self) -> &Acting {
        &self.1
    }
}
