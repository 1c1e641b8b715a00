//! Completion for shells and the manual's pages, both made from the description of the command line, so that neither
//! can tell of an option that is not there. The packages carry them.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;
use contract::ExitCode;
use serde::Serialize;

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::output::{Output, Printed, exit_after};

/// The program's name, as shells know it.
const NAME: &str = "paydeskctl";

/// `paydeskctl completion`.
#[derive(Debug, Args)]
pub(crate) struct CompletionArguments {
    /// For which shell
    #[arg(value_enum)]
    shell: CompletedShell,
}

/// Shells that there is completion for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompletedShell {
    /// GNU Bash
    Bash,
    /// Z shell
    Zsh,
    /// Fish
    Fish,
}

impl From<CompletedShell> for Shell {
    fn from(shell: CompletedShell) -> Self {
        match shell {
            CompletedShell::Bash => Self::Bash,
            CompletedShell::Zsh => Self::Zsh,
            CompletedShell::Fish => Self::Fish,
        }
    }
}

/// `paydeskctl manual`.
#[derive(Debug, Args)]
pub(crate) struct ManualArguments {
    /// The folder to write the pages into; it must exist
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
}

/// What was written.
#[derive(Serialize)]
struct Written {
    folder: PathBuf,
    pages: usize,
}

impl CompletionArguments {
    /// Prints the completion.
    pub(crate) fn run(&self, output: &Output) -> u8 {
        exit_after(output.raw(&completion(self.shell)), ExitCode::Done)
    }
}

impl ManualArguments {
    /// Writes a page for the program and one for each of its commands.
    pub(crate) fn run(&self, output: &Output) -> Result<u8, Failure> {
        let folder = std::path::absolute(&self.into).map_err(Failure::bad_request)?;
        let failed = |error| Failure::bad_request(format_args!("{}: {error}", folder.display()));
        let pages = write_manual(&folder).map_err(failed)?;
        let text = format!("{pages} pages in {}\n", folder.display());
        let printed: Printed = output.either(&Written { folder, pages }, || text);
        Ok(exit_after(printed, ExitCode::Done))
    }
}

fn completion(shell: CompletedShell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(Shell::from(shell), &mut Arguments::command(), NAME, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Writes into an existing folder, over what is there of an earlier version, and answers with the number of pages.
fn write_manual(folder: &Path) -> io::Result<usize> {
    if !folder.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "there is no such folder"));
    }
    clap_mangen::generate_to(Arguments::command(), folder)?;
    let ours = |entry: io::Result<std::fs::DirEntry>| match entry {
        Ok(entry) => {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            Ok(usize::from(name.starts_with(NAME) && name.ends_with(".1")))
        }
        Err(error) => Err(error),
    };
    std::fs::read_dir(folder)?.map(ours).sum()
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::{CompletedShell, completion, write_manual};
    use crate::arguments::Arguments;

    fn shown(command: &Command) -> impl Iterator<Item = &Command> {
        command.get_subcommands().filter(|one| !one.is_hide_set())
    }

    #[test]
    fn every_shell_completes_every_command() {
        for shell in [CompletedShell::Bash, CompletedShell::Zsh, CompletedShell::Fish] {
            let text = completion(shell);
            for command in shown(&Arguments::command()) {
                assert!(text.contains(command.get_name()), "{shell:?} does not know {}", command.get_name());
            }
            assert!(text.contains("environment"), "{shell:?} does not know the options of every command");
        }
    }

    #[test]
    fn every_command_has_a_page_with_its_options() {
        let folder = tempfile::tempdir().unwrap();
        let pages = write_manual(folder.path()).unwrap();
        for command in shown(&Arguments::command()) {
            let page = folder.path().join(format!("paydeskctl-{}.1", command.get_name()));
            let text = std::fs::read_to_string(&page).unwrap_or_default();
            assert!(text.contains(".SH DESCRIPTION"), "{} has no page", command.get_name());
        }
        let refund = std::fs::read_to_string(folder.path().join("paydeskctl-refund.1")).unwrap();
        assert!(refund.contains("amount") && refund.contains("undo"), "{refund}");
        assert!(pages > shown(&Arguments::command()).count(), "only {pages} pages");
    }

    #[test]
    fn a_folder_that_is_missing_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_manual(&folder.path().join("missing")).is_err());
    }
}
