//! `paydeskctl book`: reading, verifying and exporting who saw and did what.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use contract::ExitCode;
use contract::book::{AcceptBookLoss, BookPart, ExportBook, ListBook, SetMyName, VerifyBook};
use contract::endpoint::Call;

use crate::answers::Answer;
use crate::arguments::RangeArguments;
use crate::commands::keeping::whole;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::session::Session;

/// What to do with the book.
#[derive(Debug, Subcommand)]
pub(crate) enum BookCommand {
    /// List its lines, newest first
    List {
        /// Only this part
        #[arg(long)]
        part: Option<Part>,
        /// Only lines about this, by the vendor's id
        #[arg(long, value_name = "ID")]
        about: Option<String>,
        /// Only lines of this person, by either name
        #[arg(long, value_name = "NAME")]
        who: Option<String>,
        #[command(flatten)]
        range: RangeArguments,
    },
    /// Follow it from its first line and name the first that does not fit; exit code 1 then
    Verify {
        /// An exported book, which is followed too and must be a beginning of this one
        file: Option<PathBuf>,
    },
    /// Write it into a file that can be followed without Paydesk; what tells of a person stays sealed
    Export {
        /// The file, which must not exist
        file: PathBuf,
    },
    /// Say that its end is lost and go on; the head that was kept is written into it
    AcceptLoss {
        /// How many lines are left, as `book verify` tells
        #[arg(long, value_name = "N")]
        lines: u64,
    },
    /// Give yourself a name in it, beside that of the operating system; empty takes it away
    Name {
        /// The name
        name: String,
    },
}

/// A part of the book.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Part {
    /// Who saw what of whom
    Looks,
    /// Decisions about money and how they ended
    Money,
    /// Accounts, files, persons' rights, locks, and what Paydesk found
    Keeping,
}

impl From<Part> for BookPart {
    fn from(part: Part) -> Self {
        match part {
            Part::Looks => Self::Looks,
            Part::Money => Self::Money,
            Part::Keeping => Self::Keeping,
        }
    }
}

impl BookCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::List { part, about, who, range } => {
                let request = ListBook { part: part.map(BookPart::from), about, who, range: range.into() };
                session.answer(request, outcome::done).await
            }
            Self::Verify { file } => {
                let file = file.map(whole).transpose()?;
                said(session, VerifyBook { file }, outcome::of_book).await
            }
            Self::Export { file } => {
                said(session, ExportBook { to: whole(file)? }, outcome::of_exported_book).await
            }
            Self::AcceptLoss { lines } => said(session, AcceptBookLoss { lines }, outcome::of_book).await,
            Self::Name { name } => session.answer(SetMyName { name }, outcome::done).await,
        }
    }
}

/// Shows an answer, and says on stderr what there is to it.
async fn said<C>(
    session: &Session<'_>,
    request: C,
    judge: fn(&C::Response) -> ExitCode,
) -> Result<u8, Failure>
where
    C: Call,
    C::Response: Answer,
{
    let answer = session.call(request).await?;
    let printed = session.output().answer(&answer);
    if let Some(remark) = answer.remark() {
        session.output().say(&remark);
    }
    Ok(exit_after(printed, judge(&answer)))
}
