//! `paydeskctl sms`: sending SMS to customers, what became of them, and what came in.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use contract::RequestId;
use contract::messages::{
    CloseMessage, MessageContent, PreviewMessage, SendMessage, ShowMessage, SyncMessages,
};

use super::email::{ListArguments, read};
use crate::arguments::UnlockArgument;
use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;

/// What to do with SMS.
#[derive(Debug, Subcommand)]
pub(crate) enum SmsCommand {
    /// Send one SMS about a payment, or to a number
    Send(SendArguments),
    /// Find what was sent and what came in, newest first
    List(ListArguments),
    /// Show one with all that the vendor told of it
    Show {
        /// Its id
        id: String,
    },
    /// Read the vendor's own list of messages, and look in it for what may have been sent
    #[command(after_help = "\
It goes on where it ended, newest first, so that it can be stopped at any time. Exit code 5 means that of some message
it is still not known whether it was sent.")]
    Sync {
        /// The account; the only one that sends SMS when left out
        #[arg(long, value_name = "LABEL")]
        account: Option<String>,
    },
    /// Give one up that may or may not have been sent, so that one like it can be sent
    Close {
        /// Its id
        id: String,
    },
}

/// One SMS.
#[derive(Debug, Args)]
#[command(after_help = "\
The SMS is written down before the vendor is called, and handed over once. Where its answer is lost, the vendor's list
is looked into; exit code 5 means that even then it is not known whether it was sent: do not repeat it, run `sms sync`.
Outside live only numbers that `accounts mail --allow` names get one, since Twilio cannot check without sending.

Examples:
  paydeskctl sms send --payment ch_1A2b --receipt
  paydeskctl sms send --payment ch_1A2b --refund-notice --language de --dry-run
  paydeskctl sms send --to '+49 151 12345678' --text 'Your parcel left today.'
  paydeskctl sms send --to +4915112345678 --text-file note.txt")]
pub(crate) struct SendArguments {
    /// Whom it goes to, with the country; the payer of the payment when left out
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// The payment that it is about: ch_ py_ pi_ or our own id
    #[arg(long, value_name = "ID", required_unless_present = "to")]
    payment: Option<String>,
    #[command(flatten)]
    content: ContentArguments,
    /// Who it comes from: a number, a name or a messaging service; the account's sender when left out
    #[arg(long, value_name = "SENDER")]
    from: Option<String>,
    /// The language of our words: en, de, fr or es; the customer's when left out
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// The account that sends it; the only one that can when left out
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// Only show what would be sent, and how long it is on the air
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
    /// A text of your own
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// A text of your own from a file, or from stdin with -
    #[arg(long, value_name = "FILE")]
    text_file: Option<PathBuf>,
}

impl SmsCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::Send(arguments) => arguments.run(session).await,
            Self::List(arguments) => arguments.run(session, "sms").await,
            Self::Show { id } => session.answer(ShowMessage { id }, outcome::done).await,
            Self::Sync { account } => {
                session.answer(SyncMessages { account }, outcome::of_synced_messages).await
            }
            Self::Close { id } => session.answer(CloseMessage { id }, outcome::of_closed_message).await,
        }
    }
}

impl SendArguments {
    async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let content = self.content.read()?;
        let Self { to, payment, from, language, account, dry_run, unlock, .. } = self;
        let channel = Some("sms".to_owned());
        if dry_run {
            let request = PreviewMessage {
                channel,
                account,
                from,
                to,
                payment,
                content,
                language,
                group: None,
                send_at: None,
                check: false,
            };
            return session.answer(request, outcome::done).await;
        }
        let request_id = RequestId::generate();
        let request = SendMessage {
            request_id,
            channel,
            account,
            from,
            to,
            payment,
            content,
            language,
            group: None,
            send_at: None,
        };
        session.write(request, unlock.unlock, outcome::of_message).await
    }
}

impl ContentArguments {
    fn read(&self) -> Result<MessageContent, Failure> {
        let free = |text: String| MessageContent::FreeText { subject: String::new(), text };
        Ok(match (&self.text, &self.text_file) {
            (Some(text), _) => free(text.clone()),
            // A file ends with a line break that nobody means to send.
            (None, Some(file)) => free(read(Some(file))?.trim_end_matches(['\n', '\r']).to_owned()),
            (None, None) if self.receipt => MessageContent::Receipt,
            (None, None) => MessageContent::RefundNotice,
        })
    }
}
