//! `paydeskctl email`: sending email to customers, and what became of it.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use contract::RequestId;
use contract::messages::{
    CloseMessage, ListMessages, MessageContent, PreviewMessage, SendMessage, ShowMessage,
};

use crate::arguments::{RangeArguments, UnlockArgument};
use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;

/// Largest file that a text or data is read from.
const FILE_MAX_BYTES: u64 = 1024 * 1024;

/// What to do with email.
#[derive(Debug, Subcommand)]
pub(crate) enum EmailCommand {
    /// Send one email about a payment, or to an address
    Send(SendArguments),
    /// Find what was sent, newest first
    List {
        /// A search such as 'status:bounced to:ada@example.com'; its words are to, status, purpose, template, payment, customer, reason, subject and created
        #[arg(default_value = "")]
        query: Vec<String>,
        #[command(flatten)]
        range: RangeArguments,
    },
    /// Show one with all that the vendor told of it
    Show {
        /// Its id
        id: String,
    },
    /// Give one up that may or may not have been sent, so that one like it can be sent
    Close {
        /// Its id
        id: String,
    },
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
    /// Only show what would be sent
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
            Self::List { query, range } => {
                let request = ListMessages { query: of_channel("email", &query), range: range.into() };
                session.answer(request, outcome::done).await
            }
            Self::Show { id } => session.answer(ShowMessage { id }, outcome::done).await,
            Self::Close { id } => session.answer(CloseMessage { id }, outcome::of_closed_message).await,
        }
    }
}

impl SendArguments {
    async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let content = self.content()?;
        let Self { to, payment, language, account, dry_run, unlock, .. } = self;
        if dry_run {
            let request =
                PreviewMessage { channel: None, account, from: None, to, payment, content, language };
            return session.answer(request, outcome::done).await;
        }
        let request_id = RequestId::generate();
        let request =
            SendMessage { request_id, channel: None, account, from: None, to, payment, content, language };
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

/// A search among the messages of one channel.
pub(crate) fn of_channel(channel: &str, words: &[String]) -> String {
    match words.join(" ").trim() {
        "" => format!("channel:{channel}"),
        query => format!("channel:{channel} ({query})"),
    }
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
