//! `paydeskctl refund`: giving money of a payment back.

use clap::Args;
use clap::builder::PossibleValuesParser;
use contract::refunds::{IssueRefund, Preflight, PreflightRefund, RefundAmount};
use contract::{RefundReason, RequestId};

use super::undo;
use crate::arguments::{UndoArgument, UnlockArgument, WaitArgument};
use crate::confirm;
use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;
use crate::words::{code, money};

/// What to give back.
#[derive(Debug, Args)]
#[command(after_help = "\
The decision is written down before the vendor is called, so a crash at any moment never makes a
second refund: run `paydeskctl refunds settle` and look. Exit code 5 means that it is not settled
yet; do not repeat it.

Examples:
  paydeskctl refund ch_1A2b --amount 5.00 --reason requested_by_customer --yes
  paydeskctl refund pi_3C4d --all --ticket 1234 --note 'the parcel was lost' --yes
  paydeskctl refund ch_1A2b --all --undo-window 20 --yes     # Ctrl-C within 20 s takes it back")]
pub(crate) struct RefundArguments {
    /// ch_ py_ pi_ or our own id
    payment: String,
    #[command(flatten)]
    amount: AmountArguments,
    #[command(flatten)]
    why: ReasonArguments,
    /// The id of the approval that it is issued with; payment, amount and reason must be those of the request
    #[arg(long, value_name = "ID")]
    approval: Option<String>,
    #[command(flatten)]
    undo: UndoArgument,
    #[command(flatten)]
    wait: WaitArgument,
    #[command(flatten)]
    unlock: UnlockArgument,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

/// Why.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReasonArguments {
    /// Why; fraudulent also blocks the card and the email at the vendor
    #[arg(long, value_name = "REASON", value_parser = PossibleValuesParser::new(RefundReason::KNOWN))]
    reason: Option<String>,
    /// An internal note; the vendor does not get it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// The ticket that it is for, for the book
    #[arg(long, value_name = "TICKET")]
    ticket: Option<String>,
}

impl ReasonArguments {
    /// Reason, note and ticket.
    pub(crate) fn into_parts(self) -> (Option<String>, Option<String>, Option<String>) {
        (self.reason, self.note, self.ticket)
    }
}

/// How much.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct AmountArguments {
    /// So much, in major units with a point, such as 5.00
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    amount: Option<String>,
    /// All that is left
    #[arg(long)]
    all: bool,
}

impl RefundArguments {
    /// Fails where a person would have to be asked and nobody is there.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.yes || confirm::someone_is_there() { Ok(()) } else { Err(confirm::needs_yes("a refund")) }
    }

    /// Asks where that was not waived, then issues the refund.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let request = self.request();
        if self.why.reason.as_deref() == Some(RefundReason::Fraudulent.as_str()) {
            session
                .output()
                .say("The reason fraudulent also puts the card and the email on the vendor's block lists.");
        }
        if !self.yes {
            let preflight = session.call(PreflightRefund { payment: self.payment.clone() }).await?;
            confirm::ask(&self.question(&preflight))?;
        }
        if self.undo.undo_seconds == 0 {
            return session.write(request, self.unlock.unlock, outcome::of_refund).await;
        }
        session.unlock(self.unlock.unlock).await?;
        undo::issue(session, request, self.wait.milliseconds()).await
    }

    fn request(&self) -> IssueRefund {
        IssueRefund {
            request_id: RequestId::generate(),
            payment: self.payment.clone(),
            amount: self.amount.request(),
            reason: self.why.reason.clone(),
            note: self.why.note.clone(),
            ticket: self.why.ticket.clone(),
            wait_ms: Some(self.wait.milliseconds()),
            undo_seconds: Some(self.undo.undo_seconds),
            approval: self.approval.clone(),
        }
    }

    fn question(&self, preflight: &Preflight) -> String {
        let asked = self.amount.amount.as_ref().map_or_else(
            || money(preflight.refundable),
            |amount| format!("{} {}", amount.trim(), preflight.refundable.currency),
        );
        let payment = &preflight.payment;
        let whose = payment.email.as_ref().map(|email| format!(" of {email}")).unwrap_or_default();
        let mut question = format!(
            "Refund {asked} of {}{whose} on {} ({})? {} is left of {}.",
            payment.id,
            payment.account,
            preflight.environment,
            money(preflight.refundable),
            money(payment.captured),
        );
        for warning in preflight.blocked_by.iter().chain(&preflight.warnings) {
            question.push_str(&format!(" Mind: {}.", code(warning)));
        }
        question
    }
}

impl AmountArguments {
    /// Without an amount it is all of it: one of the two is always there.
    pub(crate) fn request(&self) -> RefundAmount {
        match &self.amount {
            Some(amount) => RefundAmount::Exactly { amount: amount.clone() },
            None => RefundAmount::All,
        }
    }
}
