//! `paydeskctl payments`: creating, confirming, capturing, canceling.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use contract::RequestId;
use contract::book::WriteEvidence;
use contract::payments::{CancelPayment, CapturePayment, ConfirmPayment, CreatePayment};
use contract::replies::PrepareReplies;

use crate::arguments::UnlockArgument;
use crate::commands::keeping::whole;
use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;

/// What to do with payments.
#[derive(Debug, Subcommand)]
pub(crate) enum PaymentsCommand {
    /// Create a payment
    Create(CreateArguments),
    /// Confirm a payment that was created without --confirm
    Confirm {
        /// pi_…
        id: String,
        /// With what, by the vendor's id
        #[arg(long, value_name = "ID")]
        payment_method: Option<String>,
        #[command(flatten)]
        unlock: UnlockArgument,
    },
    /// Take authorised money
    Capture {
        /// pi_ ch_ or our own id
        id: String,
        /// So much, in major units; all when left out
        #[arg(long, allow_negative_numbers = true)]
        amount: Option<String>,
        #[command(flatten)]
        unlock: UnlockArgument,
    },
    /// Answer what payers ask: where is my refund, why was I charged, was I charged twice
    Answer {
        /// ch_ pi_ re_ or our own id
        id: String,
        /// The reply's language: en, de, fr or es; else the payer's, as far as the mirror tells
        #[arg(long, value_name = "CODE")]
        language: Option<String>,
    },
    /// Write all that is known of a payment into a page, with the vendor's records beside it
    Evidence {
        /// ch_ pi_ or our own id
        id: String,
        /// The page, NAME.html, which must not exist; the rest goes into NAME-attachments
        file: PathBuf,
    },
    /// Let authorised money go
    Cancel {
        /// pi_ ch_ or our own id
        id: String,
        #[command(flatten)]
        unlock: UnlockArgument,
    },
}

/// A new payment.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paydeskctl payments create --amount 12.99 --currency usd --payment-method pm_card_visa --confirm
  paydeskctl payments create --amount 1299 --currency jpy --customer cus_1A2b --capture-later")]
pub(crate) struct CreateArguments {
    /// How much, in major units with a point, such as 12.99
    #[arg(long, allow_negative_numbers = true)]
    amount: String,
    /// The currency's three letters
    #[arg(long)]
    currency: String,
    /// For whom, by the vendor's id
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// With what, by the vendor's id
    #[arg(long, value_name = "ID")]
    payment_method: Option<String>,
    /// Charge it at once
    #[arg(long)]
    confirm: bool,
    /// Authorise only
    #[arg(long)]
    capture_later: bool,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The account; needed when there are several
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    #[command(flatten)]
    unlock: UnlockArgument,
}

impl PaymentsCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let request_id = RequestId::generate();
        match self {
            Self::Create(arguments) => {
                let unlock = arguments.unlock.unlock.clone();
                session.write(arguments.request(request_id), unlock, outcome::of_write).await
            }
            Self::Confirm { id, payment_method, unlock } => {
                let request = ConfirmPayment { request_id, payment: id, payment_method };
                session.write(request, unlock.unlock, outcome::of_write).await
            }
            Self::Capture { id, amount, unlock } => {
                let request = CapturePayment { request_id, payment: id, amount };
                session.write(request, unlock.unlock, outcome::of_write).await
            }
            Self::Answer { id, language } => {
                let request = PrepareReplies { payment: id, language };
                session.answer(request, outcome::done).await
            }
            Self::Evidence { id, file } => {
                let request = WriteEvidence { payment: id, to: whole(file)? };
                session.answer(request, outcome::done).await
            }
            Self::Cancel { id, unlock } => {
                let request = CancelPayment { request_id, payment: id };
                session.write(request, unlock.unlock, outcome::of_write).await
            }
        }
    }
}

impl CreateArguments {
    fn request(self, request_id: RequestId) -> CreatePayment {
        CreatePayment {
            request_id,
            account: self.account,
            amount: self.amount,
            currency: self.currency,
            customer: self.customer,
            payment_method: self.payment_method,
            confirm: self.confirm,
            capture_later: self.capture_later,
            description: self.description,
        }
    }
}
