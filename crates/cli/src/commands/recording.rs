//! `paydeskctl listen --record`: what comes, as lines of a session.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use contract::events::{HookView, ReceivedEventView, RecordReceived};

use super::heard::scope_of;
use crate::failure::Failure;
use crate::session::Session;

/// A file under way.
pub(super) struct Recording {
    path: PathBuf,
    file: File,
    lines: u64,
    left_out: u64,
}

impl Recording {
    /// Makes the file, which must not exist and is the user's alone.
    pub(super) fn begin(path: &Path) -> Result<Self, Failure> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(path)
            .map_err(|error| Failure::bad_request(format!("{} cannot be made: {error}", path.display())))?;
        Ok(Self { path: path.to_owned(), file, lines: 0, left_out: 0 })
    }

    /// Writes a request that came; what was refused or is kept masked is left out.
    pub(super) async fn take(
        &mut self,
        event: &ReceivedEventView,
        hook: &HookView,
        session: &Session<'_>,
    ) -> Result<(), Failure> {
        if event.verdict == "refused" {
            self.left_out += 1;
            return Ok(());
        }
        let request = RecordReceived { received_id: event.received_id.clone() };
        let recorded = session.connection().call(scope_of(hook, session), request).await?;
        match recorded.line {
            Some(line) => {
                let written = writeln!(self.file, "{line}").and_then(|()| self.file.flush());
                written.map_err(|error| {
                    Failure::internal(format!("{} cannot be written: {error}", self.path.display()))
                })?;
                self.lines += 1;
            }
            None => self.left_out += 1,
        }
        Ok(())
    }

    /// What is said at the end.
    pub(super) fn end(self) -> String {
        let path = self.path.display();
        format!("{} requests are in {path}; {} were left out.", self.lines, self.left_out)
    }
}
