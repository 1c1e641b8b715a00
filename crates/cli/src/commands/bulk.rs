//! `paydeskctl refunds import | run | status | tick | pause | receipts`: refunds by the thousand.

use std::path::PathBuf;
use std::time::Instant;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use contract::approvals::BulkRunApproval;
use contract::bulk::{
    BulkColumnName, BulkDecimals, BulkMapping, BulkOrigin, BulkRunState, BulkRunView, BulkTicking,
    CancelBulk, ImportBulk, ListBulkRows, ListBulkRuns, PauseBulk, ReadBulk, RunBulk, ShowBulkRun,
    TickBulkRows, WriteBulkReceipts,
};
use contract::{Environment, ErrorBody, ErrorCode, Notice, RefundReason, RequestId};
use tokio::sync::broadcast::error::RecvError;

use crate::arguments::RangeArguments;
use crate::confirm;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::progress::Progress;
use crate::session::Session;
use crate::stop::Stop;

/// What to make a run of.
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("rows").required(true),
    after_help = "\
Nothing is sent. Every row is matched with a payment and looked over; what came of it is shown, and
`refunds status` shows it again, row by row with --rows. Columns are known by their names in several
languages, else by what stands in them, else by --map.

Examples:
  paydeskctl refunds import refunds.csv
  paydeskctl refunds import book.xlsx --sheet Returns --map payment=2 --map amount=5
  paydeskctl refunds import --view 'Double charges' --reason duplicate
  pbpaste | paydeskctl refunds import -"
)]
pub(crate) struct ImportArguments {
    /// A CSV or XLSX file, or - for text on stdin
    #[arg(value_name = "FILE", group = "rows")]
    file: Option<PathBuf>,
    /// The payments of a saved view; all that is left of each goes back
    #[arg(long, value_name = "NAME", group = "rows")]
    view: Option<String>,
    /// Of a spreadsheet this sheet
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// What a column is, by its number from 1 or its name; may be given several times
    #[arg(long, value_name = "WHAT=COLUMN", value_parser = mapped())]
    map: Vec<(BulkColumnName, String)>,
    /// What stands before the decimals of amounts, where the amounts do not tell it
    #[arg(long, value_name = "SIGN", value_enum)]
    decimals: Option<DecimalsWord>,
    /// The account; needed when the environment has several
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// Why, for rows that do not say
    #[arg(long, value_name = "REASON", value_parser = PossibleValuesParser::new(RefundReason::KNOWN))]
    reason: Option<String>,
    /// The internal note of rows that have none
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// What stands before the decimals.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum DecimalsWord {
    /// As in 1,299.00
    Point,
    /// As in 1.299,00
    Comma,
}

/// The words for columns.
const COLUMNS: [(&str, BulkColumnName); 8] = [
    ("payment", BulkColumnName::Payment),
    ("email", BulkColumnName::Email),
    ("amount", BulkColumnName::Amount),
    ("currency", BulkColumnName::Currency),
    ("date", BulkColumnName::Date),
    ("order", BulkColumnName::Order),
    ("reason", BulkColumnName::Reason),
    ("note", BulkColumnName::Note),
];

fn mapped() -> impl TypedValueParser<Value = (BulkColumnName, String)> {
    clap::builder::NonEmptyStringValueParser::new().try_map(|text| {
        let (word, column) = text.split_once('=').ok_or("write it as payment=3 or payment=Charge")?;
        let known = COLUMNS.into_iter().find(|(known, _)| *known == word).map(|(_, name)| name);
        let name =
            known.ok_or("a column is payment, email, amount, currency, date, order, reason or note")?;
        Ok::<_, &str>((name, column.to_owned()))
    })
}

impl ImportArguments {
    /// Makes the run and shows it.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let origin = self.origin()?;
        let mapping = match self.map.is_empty() {
            true => None,
            false => Some(self.mapping(session, &origin).await?),
        };
        let request = ImportBulk {
            request_id: RequestId::generate(),
            origin,
            sheet: self.sheet,
            mapping,
            decimals: self.decimals.map(|word| match word {
                DecimalsWord::Point => BulkDecimals::Point,
                DecimalsWord::Comma => BulkDecimals::Comma,
            }),
            account: self.account,
            reason: self.reason,
            note: self.note,
        };
        session.answer(request, outcome::done).await
    }

    fn origin(&self) -> Result<BulkOrigin, Failure> {
        match (&self.view, &self.file) {
            (Some(name), _) => Ok(BulkOrigin::View { name: name.clone() }),
            (None, Some(file)) if file.as_os_str() == "-" => {
                let text = std::io::read_to_string(std::io::stdin().lock()).map_err(Failure::bad_request)?;
                Ok(BulkOrigin::Text { text })
            }
            (None, file) => {
                let file = file.clone().unwrap_or_default();
                let path = std::path::absolute(file).map_err(Failure::bad_request)?;
                Ok(BulkOrigin::File { path: path.display().to_string() })
            }
        }
    }

    /// What the columns seem to be, but for what was said.
    async fn mapping(&self, session: &Session<'_>, origin: &BulkOrigin) -> Result<BulkMapping, Failure> {
        let file = session.call(ReadBulk { origin: origin.clone(), sheet: self.sheet.clone() }).await?;
        let names = file.sample.first().cloned().unwrap_or_default();
        let mut mapping = file.mapping;
        for (name, column) in &self.map {
            let numbered = column.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let place = names.iter().position(|one| one.trim() == column.trim()).or(numbered);
            let place = place.filter(|place| *place < mapping.columns.len());
            let place = place.ok_or_else(|| Failure::bad_request(format!("there is no column {column}")))?;
            for known in mapping.columns.iter_mut().filter(|known| **known == Some(*name)) {
                *known = None;
            }
            if let Some(mapped) = mapping.columns.get_mut(place) {
                *mapped = Some(*name);
            }
        }
        Ok(mapping)
    }
}

/// Which run to send.
#[derive(Debug, Args)]
#[command(after_help = "\
Each row is a refund of its own, written down before the vendor is called. Ctrl-C pauses the run; a
crash does the same. --resume goes on with it: what was on its way is settled first, and no row is
sent twice. Live money is unlocked before by `paydeskctl unlock`, each row is one action, and a run
that meets the lock or a limit of the account pauses with exit code 3. Exit code 4 means that some
rows were refused, 5 that some are not settled yet.

Examples:
  paydeskctl refunds run 0199… --yes
  paydeskctl refunds run 0199… --resume --yes
  paydeskctl refunds run 0199… --total '1204.50 EUR' --yes")]
pub(crate) struct RunArguments {
    /// The run's id
    run: String,
    /// Go on with a run that was begun before
    #[arg(long)]
    resume: bool,
    /// What is to be sent comes to this, as `refunds status` says; always needed for live money
    #[arg(long, value_name = "TOTAL")]
    total: Option<String>,
    /// The ticket that it is for, for the book
    #[arg(long, value_name = "TICKET")]
    ticket: Option<String>,
    /// Do it without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

impl RunArguments {
    /// Sends the rows, and watches until the run ends or pauses.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let stands = session.call(ShowBulkRun { id: self.run.clone() }).await?;
        // What a second person agreed to of exactly these rows is there to be used.
        let approval = stands.approval.as_ref().filter(|one| one.state == "approved" && one.fits);
        let shown = approval.map_or(&stands.total, |approval| &approval.total);
        if stands.environment == Environment::Live && self.total.is_none() {
            let wanted = format!("--total '{shown}'");
            return Err(ErrorBody::new(ErrorCode::NotConfirmed).with("wanted", wanted).into());
        }
        if !self.yes {
            confirm::ask(&question(&stands, approval))?;
        }
        let total = self.total.unwrap_or_else(|| shown.clone());
        let approval = approval.map(|approval| approval.id.clone());
        let request = RunBulk { id: self.run, total, resume: self.resume, ticket: self.ticket, approval };
        send(request, session).await
    }
}

async fn send(request: RunBulk, session: &Session<'_>) -> Result<u8, Failure> {
    let run = watch(request, session).await?;
    Ok(exit_after(session.show(&run), outcome::of_bulk(&run)))
}

/// Begins a run under what a second person agreed to, and watches it.
pub(crate) async fn send_approved(
    id: &str,
    approval: &str,
    total: &str,
    session: &Session<'_>,
) -> Result<u8, Failure> {
    let stands = session.call(ShowBulkRun { id: id.to_owned() }).await?;
    let request = RunBulk {
        id: id.to_owned(),
        total: total.to_owned(),
        resume: stands.started.is_some(),
        ticket: None,
        approval: Some(approval.to_owned()),
    };
    send(request, session).await
}

fn question(run: &BulkRunView, approval: Option<&BulkRunApproval>) -> String {
    let asked: u64 = run.problems.iter().filter(|one| one.hold == "asks").map(|one| one.rows).sum();
    let (rows, total) = approval.map_or((run.to_send, &run.total), |one| (one.rows, &one.total));
    let mut question = format!("Refund {rows} payments on {}, {total} in all?", run.account);
    match approval.and_then(|approval| approval.by.as_ref()) {
        Some(by) => question.push_str(&format!(" Exactly these rows were approved by {by}.")),
        None if !run.over_limits.is_empty() => {
            question.push_str(" Mind: what goes beyond a limit is not sent without a second person.");
        }
        None => {}
    }
    if let Some(same_as) = &run.same_as {
        question.push_str(&format!(" Mind: the same rows came in before, as {same_as}."));
    }
    if asked > 0 {
        question.push_str(&format!(" Mind: {asked} rows ask for a look."));
    }
    question
}

/// Starts a run, shows its progress and waits until it ends. Told to stop, it is paused.
async fn watch(request: RunBulk, session: &Session<'_>) -> Result<BulkRunView, Failure> {
    let mut stop = Stop::listen()?;
    let mut progress = Progress::new();
    // Before it starts, so that no notice of it is missed.
    let mut notices = session.connection().notices();
    let mut run = session.call(request).await?;
    while run.state == BulkRunState::Running {
        tokio::select! {
            notice = notices.recv() => match notice {
                Ok(Notice::Bulk { run: heard, .. }) if heard.id == run.id => {
                    progress.show_bulk(&heard, Instant::now());
                    run = *heard;
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => run = session.call(ShowBulkRun { id: run.id.clone() }).await?,
                Err(RecvError::Closed) => return Err(ErrorBody::new(ErrorCode::DeskGone).into()),
            },
            () = stop.told() => run = session.call(PauseBulk { id: run.id.clone() }).await?,
        }
    }
    progress.end();
    Ok(run)
}

/// Which run to show.
#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// The run's id; all runs when left out
    run: Option<String>,
    /// Row by row
    #[arg(long, requires = "run")]
    rows: bool,
    /// Only rows in this state; may be given several times
    #[arg(long = "state", value_name = "STATE", requires = "rows")]
    states: Vec<String>,
    /// Only rows with this problem
    #[arg(long, value_name = "PROBLEM", requires = "rows")]
    problem: Option<String>,
    #[command(flatten)]
    range: RangeArguments,
}

impl StatusArguments {
    /// Shows it.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self.run {
            None => session.answer(ListBulkRuns { range: self.range.into() }, outcome::done).await,
            Some(id) if self.rows => {
                let range = self.range.into();
                let request = ListBulkRows { id, states: self.states, problem: self.problem, range };
                session.answer(request, outcome::done).await
            }
            Some(id) => session.answer(ShowBulkRun { id }, outcome::done).await,
        }
    }
}

/// Which rows to tick.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub(crate) struct TickArguments {
    /// The run's id
    run: String,
    /// The row of this line; may be given several times
    #[arg(long = "line", value_name = "LINE", group = "which")]
    lines: Vec<u64>,
    /// Every row that has this problem, such as likely_match
    #[arg(long, value_name = "PROBLEM", group = "which")]
    problem: Option<String>,
    /// Every row that can be ticked
    #[arg(long, group = "which")]
    all: bool,
    /// Take the ticks away
    #[arg(long)]
    off: bool,
}

impl TickArguments {
    /// Ticks them.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let which = match (self.problem, self.all) {
            (Some(problem), _) => BulkTicking::Problem { problem },
            (None, true) => BulkTicking::All,
            (None, false) => BulkTicking::Lines { lines: self.lines },
        };
        session.answer(TickBulkRows { id: self.run, which, ticked: !self.off }, outcome::done).await
    }
}

/// Where receipts go.
#[derive(Debug, Args)]
pub(crate) struct ReceiptsArguments {
    /// The run's id
    run: String,
    /// The CSV file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file where there is one
    #[arg(long)]
    force: bool,
}

impl ReceiptsArguments {
    /// Writes them.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let path = std::path::absolute(self.out).map_err(Failure::bad_request)?.display().to_string();
        let request = WriteBulkReceipts { id: self.run, path, overwrite: self.force };
        session.answer(request, outcome::done).await
    }
}

/// Pauses a run.
pub(crate) async fn pause(id: String, session: &Session<'_>) -> Result<u8, Failure> {
    session.answer(PauseBulk { id }, outcome::done).await
}

/// Takes back what of a run has not left.
pub(crate) async fn cancel(id: String, session: &Session<'_>) -> Result<u8, Failure> {
    session.answer(CancelBulk { id }, outcome::done).await
}
