//! `paydeskctl sms`: sending SMS to customers, what became of them, and what came in.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use contract::RequestId;
use contract::messages::{
    CloseMessage, MessageContent, PreviewMessage, SendMessage, ShowMessage, SyncMessages,
};
use contract::text_templates::{ListTextTemplates, RemoveTextTemplate, SaveTextTemplate};

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
    /// List your own templates of SMS, save one, or remove one
    Templates {
        #[command(subcommand)]
        command: Option<TemplatesCommand>,
    },
    /// Give one up that may or may not have been sent, so that one like it can be sent
    Close {
        /// Its id
        id: String,
    },
}

/// What to do with templates.
#[derive(Debug, Subcommand)]
pub(crate) enum TemplatesCommand {
    /// Save one; one of that name is changed
    Save {
        /// Its name
        name: String,
        /// Its text, with names to be filled in as {{name}}
        #[arg(long, value_name = "TEXT", required_unless_present = "text_file")]
        text: Option<String>,
        /// Its text from a file, or from stdin with -
        #[arg(long, value_name = "FILE", conflicts_with = "text")]
        text_file: Option<PathBuf>,
    },
    /// Remove one
    Remove {
        /// Its name
        name: String,
    },
}

impl TemplatesCommand {
    async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::Save { name, text, text_file } => {
                let text = match text {
                    Some(text) => text,
                    None => read(text_file.as_deref())?.trim_end_matches(['\n', '\r']).to_owned(),
                };
                session.answer(SaveTextTemplate { name, text }, outcome::done).await
            }
            Self::Remove { name } => session.answer(RemoveTextTemplate { name }, outcome::done).await,
        }
    }
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
  paydeskctl sms send --to +4915112345678 --text-file note.txt
  paydeskctl sms templates save parcel --text 'Hi {{name}}, your parcel left today.'
  paydeskctl sms send --to +4915112345678 --template parcel --data ada.json")]
pub(crate) struct SendArguments {
    /// Whom it goes to, with the country; the payer of the payment when left out
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// The payment that it is about: ch_ py_ pi_ or our own id
    #[arg(long, value_name = "ID", required_unless_present = "to")]
    payment: Option<String>,
    #[command(flatten)]
    content: ContentArguments,
    /// What a template is filled in with besides what the payment tells: a JSON object in a file, or from stdin with -
    #[arg(long, value_name = "FILE", requires = "template")]
    data: Option<PathBuf>,
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
    /// One of your own templates, by name
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
}

impl SmsCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::Send(arguments) => arguments.run(session).await,
            Self::List(arguments) => arguments.run(session, "sms").await,
            Self::Show { id } => session.answer(ShowMessage { id }, outcome::done).await,
            Self::Templates { command: None } => session.answer(ListTextTemplates {}, outcome::done).await,
            Self::Templates { command: Some(command) } => command.run(session).await,
            Self::Sync { account } => {
                session.answer(SyncMessages { account }, outcome::of_synced_messages).await
            }
            Self::Close { id } => session.answer(CloseMessage { id }, outcome::of_closed_message).await,
        }
    }
}

impl SendArguments {
    async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let content = self.content.read(self.data.as_deref())?;
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
    fn read(&self, data: Option<&Path>) -> Result<MessageContent, Failure> {
        if let Some(id) = self.template.clone() {
            let data = if data.is_some() { read(data)? } else { String::new() };
            return Ok(MessageContent::Template { id, data });
        }
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
