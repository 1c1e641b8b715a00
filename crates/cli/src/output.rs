//! Where words go: answers to stdout, everything else to stderr. Neither may end the program.

use std::io::{ErrorKind, Write};

use contract::ExitCode;
use serde::Serialize;

use crate::answers::Answer;
use crate::failure::{Failure, FailureDocument};
use crate::text::Text;
use crate::words::clean;

/// Prints for one command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

/// What became of something that was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Printed {
    /// All of it was taken.
    Whole,
    /// Whoever read closed the pipe, which is their right.
    ReaderGone,
    /// It could not be written.
    Failed,
}

impl Output {
    /// As JSON documents, or as text for people.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a response.
    pub(crate) fn answer(&self, answer: &impl Answer) -> Printed {
        if self.json {
            return self.document(answer);
        }
        let mut text = Text::default();
        answer.write_text(&mut text);
        self.to_stdout(&text.into_string())
    }

    /// Prints text as it is, for what is a file of its own.
    pub(crate) fn raw(&self, text: &str) -> Printed {
        self.to_stdout(text)
    }

    /// Prints a JSON document on a line of its own, with or without `--json`.
    pub(crate) fn document(&self, document: &impl Serialize) -> Printed {
        match serde_json::to_string(document) {
            Ok(line) => self.to_stdout(&format!("{line}\n")),
            Err(error) => {
                self.say(&format!("The answer cannot be written as JSON: {error}."));
                Printed::Failed
            }
        }
    }

    /// Prints an error and says what the program exits with.
    pub(crate) fn failure(&self, failure: &Failure) -> u8 {
        if self.json {
            self.document(&FailureDocument { error: failure });
        } else {
            self.say(&failure.sentences());
        }
        failure.exit() as u8
    }

    /// Prints a JSON document, or the text in its place for people.
    pub(crate) fn either(&self, document: &impl Serialize, text: impl FnOnce() -> String) -> Printed {
        if self.json { self.document(document) } else { self.to_stdout(&text()) }
    }

    /// Says something to the person. Nobody listening is no reason to fail.
    pub(crate) fn say(&self, sentences: &str) {
        let lines: Vec<String> = sentences.lines().map(clean).collect();
        let mut stderr = std::io::stderr().lock();
        let _ = writeln!(stderr, "{}", lines.join("\n"));
    }

    fn to_stdout(self, text: &str) -> Printed {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => Printed::Whole,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Printed::ReaderGone,
            Err(error) => {
                self.say(&format!("The answer cannot be written: {error}."));
                Printed::Failed
            }
        }
    }
}

/// What the program exits with: an answer that could not be written is not done.
pub(crate) fn exit_after(printed: Printed, outcome: ExitCode) -> u8 {
    match (printed, outcome) {
        (Printed::Failed, ExitCode::Done) => ExitCode::Failed as u8,
        (_, outcome) => outcome as u8,
    }
}
