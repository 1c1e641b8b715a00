//! `paydeskctl email`: sending email to customers, and what became of it.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use contract::completion::{CompleteQuery, QuerySubject};
use contract::message_sources::{CheckActivity, ImportMessages};
use contract::messages::{
    CloseMessage, CountMessages, LinkMessage, ListMessages, MessageContent, PreviewMessage, SendMessage,
    ShowMessage, ShowThread, TakeBackMessage, UnlinkMessage,
};
use contract::shared::ListRange;
use contract::{ExitCode, RequestId, Timestamp};

use super::email_bulk::{self, BulkArguments, RunsArguments};
use super::email_lists::{self, SuppressionsArguments, TemplatesArguments};
use crate::answers::FoundMessagesAndCount;
use crate::arguments::{RangeArguments, UnlockArgument};
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::session::Session;
use crate::words::message_explanations;

/// Largest file that a text or data is read from.
const FILE_MAX_BYTES: u64 = 1024 * 1024;

/// What to do with email.
#[derive(Debug, Subcommand)]
pub(crate) enum EmailCommand {
    /// Send one email about a payment, or to an address
    Send(SendArguments),
    /// Find what was sent, newest first
    List(ListArguments),
    /// Show one with all that the vendor told of it
    Show {
        /// Its id
        id: String,
    },
    /// List the vendor's templates, or show what one comes to
    Templates(TemplatesArguments),
    /// List the groups that people can unsubscribe from
    Groups(email_lists::ListArguments),
    /// List whom the vendor sends nothing to, and why
    Suppressions(SuppressionsArguments),
    /// Send to everybody in a file or a saved view
    Bulk(BulkArguments),
    /// Show what was sent to many, or all such runs
    Runs(RunsArguments),
    /// Pause a run; --resume goes on with it
    Pause {
        /// The run's id
        run: String,
    },
    /// Take back what of a run was not handed over, and what waits at the vendor for its time
    Cancel {
        /// The run's id
        run: String,
    },
    /// Hold what waits at the vendor for its time, or let it go
    Hold {
        /// The run's id
        run: String,
        /// Let it go
        #[arg(long)]
        release: bool,
    },
    /// Say which payment one is about; nothing else changes that afterwards
    Link {
        /// Its id
        id: String,
        /// The payment: ch_ py_ pi_ or our own id
        payment: String,
    },
    /// Say that one is about no payment
    Unlink {
        /// Its id
        id: String,
    },
    /// Read dumps of events from a folder: lines or arrays as SendGrid's event webhook delivers them, also gzipped
    Import {
        /// The folder
        folder: String,
        /// The account whose messages they are of; the only one that sends mail when left out
        #[arg(long, value_name = "LABEL")]
        account: Option<String>,
    },
    /// Ask SendGrid's activity, a paid extra, about those that may have been sent or not; nothing is sent
    Check {
        /// One alone, by its id
        id: Option<String>,
        /// The account; the only one that sends mail when left out
        #[arg(long, value_name = "LABEL")]
        account: Option<String>,
    },
    /// Take back one that waits at the vendor for its time
    TakeBack {
        /// Our id of it
        id: String,
    },
    /// Show all that was written to and by the customer of a message, by email and SMS
    Thread {
        /// Our id of the message
        id: String,
    },
    /// Give one up that may or may not have been sent, so that one like it can be sent
    Close {
        /// Its id
        id: String,
    },
}

/// Which messages.
#[derive(Debug, Args)]
#[command(after_help = list_help())]
pub(crate) struct ListArguments {
    /// A search such as 'status:bounced to:@example.com created:-7d'
    #[arg(default_value = "", allow_hyphen_values = true)]
    query: Vec<String>,
    /// Offer what can be typed next instead of searching
    #[arg(long)]
    complete: bool,
    #[command(flatten)]
    range: RangeArguments,
}

fn list_help() -> String {
    let words = message_explanations();
    let width = words.iter().map(|(word, _)| word.len()).max().unwrap_or_default() + 1;
    let lines = words.iter().map(|(word, takes)| format!("  {:width$} {takes}\n", format!("{word}:")));
    format!("Words of a search (`a OR b`, -not and brackets as in `find`):\n{}", lines.collect::<String>())
}

/// One email.
#[derive(Debug, Args)]
#[command(after_help = "\
The email is written down before the vendor is called, and handed over once. Exit code 5 means that it may or may
not have been sent: do not repeat it, look at `email show`. Outside live only addresses that `accounts mail --allow`
names get real mail; for all others the vendor checks it and delivers nothing.

Examples:
  paydeskctl email send --payment ch_1A2b --receipt
  paydeskctl email send --payment ch_1A2b --refund-notice --language de --dry-run
  paydeskctl email send --to ada@example.com --subject 'Your parcel' --text note.txt
  paydeskctl email send --payment ch_1A2b --template d-0123 --data data.json")]
pub(crate) struct SendArguments {
    /// Whom it goes to; the payer of the payment when left out
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// The payment that it is about: ch_ py_ pi_ or our own id
    #[arg(long, value_name = "ID", required_unless_present = "to")]
    payment: Option<String>,
    #[command(flatten)]
    content: ContentArguments,
    /// The text of it: a file, or - for stdin
    #[arg(long, value_name = "FILE", requires = "subject")]
    text: Option<PathBuf>,
    /// What is filled into the template: a file with one JSON object
    #[arg(long, value_name = "FILE", requires = "template")]
    data: Option<PathBuf>,
    /// The language of our words: en, de, fr or es; the customer's when left out
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// The account that sends it; the only one that can when left out
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// The group that its reader can unsubscribe from
    #[arg(long, value_name = "NUMBER")]
    group: Option<i64>,
    /// When it is sent, at most 72 hours ahead, such as 2026-03-01T09:00:00Z
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Only show what would be sent, and whether the vendor would drop it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    unlock: UnlockArgument,
}

/// What it says.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct ContentArguments {
    /// What was paid, in our words
    #[arg(long, requires = "payment")]
    receipt: bool,
    /// What was given back, in our words
    #[arg(long, requires = "payment")]
    refund_notice: bool,
    /// A text of your own under this subject
    #[arg(long, value_name = "SUBJECT", requires = "text")]
    subject: Option<String>,
    /// A template of the vendor's, by its id
    #[arg(long, value_name = "ID")]
    template: Option<String>,
}

impl EmailCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::Send(arguments) => arguments.run(session).await,
            Self::List(arguments) => arguments.run(session, "email").await,
            Self::Show { id } => session.answer(ShowMessage { id }, outcome::done).await,
            Self::Templates(arguments) => arguments.run(session).await,
            Self::Groups(list) => email_lists::groups(list, session).await,
            Self::Suppressions(arguments) => arguments.run(session).await,
            Self::Bulk(arguments) => arguments.run(session).await,
            Self::Runs(arguments) => arguments.run(session).await,
            Self::Pause { run } => email_bulk::pause(run, session).await,
            Self::Cancel { run } => email_bulk::cancel(run, session).await,
            Self::Hold { run, release } => email_bulk::hold(run, release, session).await,
            Self::Link { id, payment } => session.answer(LinkMessage { id, payment }, outcome::done).await,
            Self::Unlink { id } => session.answer(UnlinkMessage { id }, outcome::done).await,
            Self::Import { folder, account } => import(session, ImportMessages { account, folder }).await,
            Self::Check { id, account } => session.answer(CheckActivity { account, id }, outcome::done).await,
            Self::TakeBack { id } => session.answer(TakeBackMessage { id }, outcome::done).await,
            Self::Thread { id } => session.answer(ShowThread { id }, outcome::done).await,
            Self::Close { id } => session.answer(CloseMessage { id }, outcome::of_closed_message).await,
        }
    }
}

/// Reads on until all is read, and says how far it came meanwhile.
async fn import(session: &Session<'_>, request: ImportMessages) -> Result<u8, Failure> {
    loop {
        let read = session.call(request.clone()).await?;
        if read.done {
            let is_whole = read.files.iter().all(|file| file.problem.is_none());
            let code = if is_whole { ExitCode::Done } else { ExitCode::Failed };
            return Ok(exit_after(session.output().answer(&read), code));
        }
        let lines: u64 = read.files.iter().map(|file| file.lines).sum();
        let finished = read.files.iter().filter(|file| file.finished).count();
        session.output().say(&format!("{lines} lines read, {finished} of {} files", read.files.len()));
    }
}

/// Rows of a page where none are asked for, as the Desk takes it.
const ROWS: u32 = 50;

impl ListArguments {
    /// Finds a page, however far back that is, and counts all that there is.
    pub(crate) async fn run(self, session: &Session<'_>, channel: &str) -> Result<u8, Failure> {
        let query = self.query.join(" ");
        if self.complete {
            let request = CompleteQuery { query, place: None, of: QuerySubject::Messages };
            return session.answer(request, outcome::done).await;
        }
        let query = of_channel(channel, &self.query);
        let mut range: ListRange = self.range.into();
        let wanted = range.limit.unwrap_or(ROWS);
        let ask = |range| ListMessages { query: query.clone(), range };
        let mut found = session.call(ask(range.clone())).await?;
        while found.looked_back_to.is_some() {
            // The Desk answers a search without an index piece by piece; here nobody waits for a screen.
            let left = wanted.saturating_sub(u32::try_from(found.items.len()).unwrap_or(wanted));
            if left == 0 {
                found.looked_back_to = None;
                break;
            }
            range.limit = Some(left);
            range.after = found.next.take();
            let mut further = session.call(ask(range.clone())).await?;
            found.items.append(&mut further.items);
            (found.next, found.looked_back_to) = (further.next, further.looked_back_to);
        }
        let count = session.call(CountMessages { query, exact: true }).await?;
        Ok(exit_after(session.output().answer(&FoundMessagesAndCount { found, count }), ExitCode::Done))
    }
}

impl SendArguments {
    async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let content = self.content()?;
        let Self { to, payment, language, account, dry_run, unlock, group, at: send_at, .. } = self;
        if dry_run {
            let request = PreviewMessage {
                channel: None,
                account,
                from: None,
                to,
                payment,
                content,
                language,
                group,
                send_at,
                check: true,
            };
            return session.answer(request, outcome::done).await;
        }
        let request_id = RequestId::generate();
        let request = SendMessage {
            request_id,
            channel: None,
            account,
            from: None,
            to,
            payment,
            content,
            language,
            group,
            send_at,
        };
        session.write(request, unlock.unlock, outcome::of_message).await
    }

    fn content(&self) -> Result<MessageContent, Failure> {
        let ContentArguments { receipt, refund_notice, subject, template } = &self.content;
        if let Some(subject) = subject {
            let text = read(self.text.as_deref())?;
            return Ok(MessageContent::FreeText { subject: subject.clone(), text });
        }
        if let Some(id) = template {
            return Ok(MessageContent::Template { id: id.clone(), data: read(self.data.as_deref())? });
        }
        Ok(if *receipt && !*refund_notice { MessageContent::Receipt } else { MessageContent::RefundNotice })
    }
}

/// A search among the messages of one channel. What was typed stands first, so that a mistake in it is where it was made.
fn of_channel(channel: &str, words: &[String]) -> String {
    let query = words.join(" ");
    if !query.split_whitespace().any(|word| word == "OR") {
        return format!("{query} channel:{channel}").trim().to_owned();
    }
    // The order is said once, outside of all brackets.
    let (sort, asked): (Vec<&str>, Vec<&str>) =
        query.split_whitespace().partition(|word| word.to_lowercase().starts_with("sort:"));
    let sort: String = sort.iter().map(|word| format!(" {word}")).collect();
    format!("({}) channel:{channel}{sort}", asked.join(" "))
}

/// The contents of a file, or of stdin; nothing where no file was named.
pub(crate) fn read(path: Option<&Path>) -> Result<String, Failure> {
    use std::io::Read;
    let Some(path) = path else { return Ok(String::new()) };
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(FILE_MAX_BYTES + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(FILE_MAX_BYTES + 1).read_to_string(&mut text))
    };
    let bytes = read.map_err(|error| Failure::bad_request(format!("{}: {error}", path.display())))?;
    if bytes as u64 > FILE_MAX_BYTES {
        return Err(Failure::bad_request(format!("{} is larger than 1 MiB", path.display())));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::of_channel;

    #[test]
    fn a_search_of_one_channel_keeps_what_was_typed_in_its_place() {
        let of = |text: &str| of_channel("sms", &[text.to_owned()]);
        assert_eq!(of(""), "channel:sms");
        assert_eq!(of("status:sent sort:created"), "status:sent sort:created channel:sms");
        assert_eq!(
            of("sort:created status:sent OR status:queued"),
            "(status:sent OR status:queued) channel:sms sort:created"
        );
    }
}
