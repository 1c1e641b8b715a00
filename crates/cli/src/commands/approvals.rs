//! `paydeskctl approvals`: a second person's word on a refund or a run of refunds above a limit.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use contract::approvals::{
    ApprovalFile, ApprovalRunView, ApprovalView, AskApproval, AskRunApproval, DecideApproval,
    DistrustApprover, ListApprovalRows, ListApprovals, ListApprovers, OpenApproval, ShowMyKey, TakeApproval,
    TrustApprover,
};
use contract::bulk::ShowBulkRun;
use contract::refunds::{IssueRefund, RefundAmount};
use contract::{Environment, ErrorBody, ErrorCode, ExponentTable, RequestId};

use crate::arguments::{RangeArguments, UndoArgument, UnlockArgument, WaitArgument};
use crate::commands::keeping::whole;
use crate::commands::refund::ReasonArguments;
use crate::commands::{bulk, undo, unlock};
use crate::confirm;
use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;
use crate::words::money;

/// What to do with approvals.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Each person has a key in their vault. Exchange public keys once, compare fingerprints by voice, and trust each other's.

Examples, on the profile that asks (A) and on the one that approves (B):
  A and B  paydeskctl approvals me --out my-key.txt
  A and B  paydeskctl approvals trust their-key.txt --name Bob
  A        paydeskctl approvals request ch_1A2b --amount 900.00 --ticket 1234 --out request.json
  B        paydeskctl approvals list request.json
  B        paydeskctl approvals approve request.json --out answer.json
  A        paydeskctl approvals take answer.json
  A        paydeskctl approvals use ID --yes

For all that a run is to send there is one request, which becomes void where a row of it changes:
  A        paydeskctl approvals request --run RUN --note 'double charges of May' --out request.json
  B        paydeskctl approvals list request.json --rows
  B        paydeskctl approvals approve request.json --out answer.json
  A        paydeskctl approvals take answer.json
  A        paydeskctl refunds run RUN --yes")]
pub(crate) enum ApprovalsCommand {
    /// Show your own key, made where there is none yet
    Me {
        /// Write the public key into this new file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// List the people whose approvals count here, and those whose did
    People,
    /// Let a colleague's approvals count here
    Trust {
        /// Their public key, or a file that holds it
        #[arg(value_name = "FILE|KEY")]
        key: String,
        /// The name that they get here
        #[arg(long)]
        name: String,
        #[command(flatten)]
        person: PersonArguments,
    },
    /// Let somebody's approvals count no more, also those that were not used yet
    Distrust {
        /// Their key, its fingerprint, or their name here
        who: String,
    },
    /// Ask for a refund or a run of refunds to be approved; nothing is paid
    Request(RequestArguments),
    /// List what was asked and decided here, or show what a file says
    List {
        /// A request or an answer
        file: Option<PathBuf>,
        /// Show the rows of a request for a run
        #[arg(long, requires = "file")]
        rows: bool,
        #[command(flatten)]
        range: RangeArguments,
    },
    /// Approve somebody's request
    Approve(DecideArguments),
    /// Decline somebody's request
    Decline(DecideArguments),
    /// Take the answer to a request of yours
    Take {
        /// The answer
        file: PathBuf,
    },
    /// Issue the refund, or begin the run, that was approved, once and exactly so
    Use(UseArguments),
}

/// How the person is checked.
#[derive(Debug, Args)]
pub(crate) struct PersonArguments {
    /// Read the passphrase from the first line of stdin
    #[arg(long)]
    passphrase_stdin: bool,
}

/// What to ask for.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("how").required(true).args(["amount", "all", "run"]))]
pub(crate) struct RequestArguments {
    /// ch_ py_ pi_ or our own id
    #[arg(required_unless_present = "run", conflicts_with = "run")]
    payment: Option<String>,
    /// So much, in major units with a point, such as 5.00
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    amount: Option<String>,
    /// All that is left
    #[arg(long)]
    all: bool,
    /// Every row that this run is to send, in place of one payment
    #[arg(long, value_name = "RUN", conflicts_with = "reason")]
    run: Option<String>,
    #[command(flatten)]
    why: ReasonArguments,
    /// How long an answer counts, such as 90m, 24h or 3d; 7 days are the most
    #[arg(long = "for", value_name = "TIME", value_parser = seconds)]
    time: Option<u32>,
    /// Write the request into this new file; printed when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A time with its unit, in seconds.
fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || "a time is a whole number with m, h or d, such as 24h, and at most 7d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let of_unit = match unit {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u32 = text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(of_unit).ok_or_else(wrong)?;
    if (60..=7 * 86_400).contains(&seconds) { Ok(seconds) } else { Err(wrong()) }
}

/// What to decide about.
#[derive(Debug, Args)]
pub(crate) struct DecideArguments {
    /// The request
    file: PathBuf,
    /// Write the answer into this new file; printed when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    person: PersonArguments,
}

/// What to issue.
#[derive(Debug, Args)]
pub(crate) struct UseArguments {
    /// The id of the request
    id: String,
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

fn path_of(file: PathBuf) -> Result<ApprovalFile, Failure> {
    Ok(ApprovalFile::Path { path: whole(file)? })
}

impl ApprovalsCommand {
    /// Whether stdin carries the passphrase.
    pub(crate) fn takes_stdin(&self) -> bool {
        match self {
            Self::Trust { person, .. } => person.passphrase_stdin,
            Self::Approve(arguments) | Self::Decline(arguments) => arguments.person.passphrase_stdin,
            _ => false,
        }
    }

    /// Fails where a person would have to be asked and nobody is there.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let (yes, what) = match self {
            Self::Approve(arguments) | Self::Decline(arguments) => (arguments.yes, "an answer"),
            Self::Use(arguments) => (arguments.yes, "a refund"),
            _ => return Ok(()),
        };
        if yes || confirm::someone_is_there() { Ok(()) } else { Err(confirm::needs_yes(what)) }
    }

    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::Me { out } => {
                session.answer(ShowMyKey { to: out.map(whole).transpose()? }, outcome::done).await
            }
            Self::People => session.answer(ListApprovers {}, outcome::done).await,
            Self::Trust { key, name, person } => {
                let key = key_or_path(key)?;
                let passphrase = unlock::passphrase_for(session, person.passphrase_stdin, PERSON).await?;
                session.answer(TrustApprover { key, name, passphrase }, outcome::done).await
            }
            Self::Distrust { who } => session.answer(DistrustApprover { who }, outcome::done).await,
            Self::Request(arguments) => arguments.run(session).await,
            Self::List { file: Some(file), rows: true, range } => {
                let file = Some(path_of(file)?);
                let request = ListApprovalRows { file, id: None, range: range.into() };
                session.answer(request, outcome::done).await
            }
            Self::List { file: None, range, .. } => {
                session
                    .answer(ListApprovals { range: range.into(), ..ListApprovals::default() }, outcome::done)
                    .await
            }
            Self::List { file: Some(file), .. } => {
                session.answer(OpenApproval { file: path_of(file)? }, outcome::done).await
            }
            Self::Approve(arguments) => arguments.run(session, true).await,
            Self::Decline(arguments) => arguments.run(session, false).await,
            Self::Take { file } => session.answer(TakeApproval { file: path_of(file)? }, outcome::done).await,
            Self::Use(arguments) => arguments.run(session).await,
        }
    }
}

const PERSON: &str = "Passphrase, to make sure that it is you: ";

/// A key stays as it is; anything else is a file, in the folder of the command and not in the Desk's.
fn key_or_path(text: String) -> Result<String, Failure> {
    if text.trim_start().starts_with("ed25519:") { Ok(text) } else { whole(PathBuf::from(text)) }
}

impl RequestArguments {
    async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let (reason, note, ticket) = self.why.into_parts();
        let (request_id, seconds, to) = (RequestId::generate(), self.time, self.out.map(whole).transpose()?);
        if let Some(run) = self.run {
            // What is asked for is what the run comes to now; where it changes meanwhile, nothing is asked.
            let total = session.call(ShowBulkRun { id: run.clone() }).await?.askable_total;
            let request = AskRunApproval { request_id, run, total, note, ticket, seconds, to };
            return session.answer(request, outcome::done).await;
        }
        let amount = match self.amount {
            Some(amount) => RefundAmount::Exactly { amount },
            None => RefundAmount::All,
        };
        let payment = self.payment.unwrap_or_default();
        let request = AskApproval { request_id, payment, amount, reason, note, ticket, seconds, to };
        session.answer(request, outcome::done).await
    }
}

impl DecideArguments {
    async fn run(self, session: &Session<'_>, approve: bool) -> Result<u8, Failure> {
        let file = path_of(self.file)?;
        if !self.yes {
            let asked = session.call(OpenApproval { file: file.clone() }).await?;
            confirm::ask(&question(&asked, approve))?;
        }
        let passphrase = unlock::passphrase_for(session, self.person.passphrase_stdin, PERSON).await?;
        let request = DecideApproval { file, approve, to: self.out.map(whole).transpose()?, passphrase };
        session.answer(request, outcome::done).await
    }
}

fn question(asked: &ApprovalView, approve: bool) -> String {
    let who = asked.asked_by.as_ref().map_or_else(String::new, |who| {
        let known = if who.trusted { "" } else { ", who is not trusted here" };
        format!(" for {} ({}){known}", who.name, who.fingerprint)
    });
    let word = if approve { "Approve" } else { "Decline" };
    let mut question =
        format!("{word} {} at {} ({}){who}?", what(asked), asked.account_id, asked.environment);
    for warning in &asked.warnings {
        question.push_str(&format!(" Mind: {}.", crate::words::code(warning)));
    }
    question
}

/// What is asked for, in words.
fn what(asked: &ApprovalView) -> String {
    match (&asked.run, asked.amount, &asked.payment) {
        (Some(run), ..) => format!("{} refunds of a run, {} in all,", run.rows, run.total),
        (None, Some(amount), Some(payment)) => format!("a refund of {} of {payment}", money(amount)),
        _ => "a refund".to_owned(),
    }
}

impl UseArguments {
    async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let request = ListApprovals { id: Some(self.id.clone()), ..ListApprovals::default() };
        let found = session.call(request).await?.items.into_iter().next();
        let missing = || ErrorBody::new(ErrorCode::ApprovalNotAskedHere).with("id", &self.id);
        let asked = found.filter(|one| one.mine).ok_or_else(|| Failure::from(missing()))?;
        if let Some(run) = &asked.run {
            says_its_total(run, asked.environment)?;
        }
        if !self.yes {
            let by = asked.decided_by.as_ref().map_or("nobody yet", |one| one.name.as_str());
            confirm::ask(&format!("Issue {} ({}), approved by {by}?", what(&asked), asked.environment))?;
        }
        if let Some(run) = &asked.run {
            return bulk::send_approved(&run.id, &asked.id, &run.total, session).await;
        }
        let (Some(payment), Some(amount)) = (asked.payment, asked.amount) else {
            return Err(missing().into());
        };
        let amount = amount.to_decimal(ExponentTable::Stripe);
        let request = IssueRefund {
            request_id: RequestId::generate(),
            payment,
            amount: RefundAmount::Exactly { amount },
            reason: asked.reason,
            note: None,
            ticket: None,
            wait_ms: Some(self.wait.milliseconds()),
            undo_seconds: Some(self.undo.undo_seconds),
            approval: Some(asked.id),
        };
        if self.undo.undo_seconds == 0 {
            return session.write(request, self.unlock.unlock, outcome::of_refund).await;
        }
        session.unlock(self.unlock.unlock).await?;
        undo::issue(session, request, self.wait.milliseconds()).await
    }
}

/// Refuses to send a run of live money from here: what many rows of it come to is always said by whoever sends
/// them, and `use` names a request and no sum.
fn says_its_total(run: &ApprovalRunView, environment: Environment) -> Result<(), ErrorBody> {
    if environment != Environment::Live {
        return Ok(());
    }
    let wanted = format!("`refunds run {}` with --total '{}'", run.id, run.total);
    Err(ErrorBody::new(ErrorCode::NotConfirmed).with("wanted", wanted))
}

#[cfg(test)]
mod tests {
    use contract::approvals::ApprovalRunView;
    use contract::{Environment, ErrorCode, MoneyMoved};

    use super::{says_its_total, seconds};

    #[test]
    fn an_approved_run_of_live_money_is_sent_only_by_whoever_says_its_total() {
        let run = ApprovalRunView {
            id: "0199-run".to_owned(),
            name: None,
            rows: 2,
            totals: Vec::new(),
            total: "12.50 EUR + 300 JPY".to_owned(),
            digest: "d".to_owned(),
        };
        let refused = says_its_total(&run, Environment::Live).unwrap_err();
        assert_eq!((refused.code, refused.money_moved), (ErrorCode::NotConfirmed, MoneyMoved::No));
        let wanted = refused.params.get("wanted").map(String::as_str);
        assert_eq!(wanted, Some("`refunds run 0199-run` with --total '12.50 EUR + 300 JPY'"));
        for other in [Environment::Test, Environment::Sandbox] {
            assert!(says_its_total(&run, other).is_ok());
        }
    }

    #[test]
    fn an_answer_counts_for_a_minute_to_a_week() {
        assert_eq!([seconds("90m"), seconds("24h"), seconds("7d")], [Ok(5_400), Ok(86_400), Ok(604_800)]);
        for wrong in ["", "24", "h", "0m", "8d", "-1h", "1.5h", "30s", "99999999999d"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
