//! `paydeskctl email bulk | runs | pause | cancel | hold`: email by the thousand.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use contract::bulk::{BulkOrigin, BulkRunState};
use contract::mail_runs::{
    CancelMailRun, HoldMailRun, ImportMailRun, ListMailRunRows, ListMailRuns, MailRunView, PauseMailRun,
    PreviewMailRun, ReadMailList, RunMail, ShowMailRun,
};
use contract::messages::MessageContent;
use contract::{Environment, ErrorBody, ErrorCode, Notice, RequestId, Timestamp};
use tokio::sync::broadcast::error::RecvError;

use super::email::read;
use crate::arguments::RangeArguments;
use crate::confirm;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::progress::Progress;
use crate::session::Session;
use crate::stop::Stop;

/// Whom to send to, and what.
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("recipients_from").required(true),
    after_help = "\
Every recipient gets a message of their own, written down before the vendor is called; up to 1,000 go in one request.
Addresses that are none, those that stand twice and those that the vendor sends nothing to are left out and counted.
The columns of a file are filled into a template under their headings. After a lost answer the whole request is
`unsettled` and never sent again by itself; --resume goes on with everybody else. Ctrl-C pauses. Exit code 4 means
that some were refused, 5 that of some it is not known whether they got it.

Examples:
  paydeskctl email bulk customers.csv --template d-0123 --dry-run
  paydeskctl email bulk customers.csv --template d-0123 --group 102 --yes
  paydeskctl email bulk --view 'Late parcels' --subject 'Your parcel' --text note.txt --at 2026-03-01T09:00:00Z --yes
  paydeskctl email bulk --resume 0199… --yes"
)]
pub(crate) struct BulkArguments {
    /// A CSV or XLSX file, or - for text on stdin
    #[arg(value_name = "FILE", group = "recipients_from")]
    file: Option<PathBuf>,
    /// The payers of a saved view, each with what their payment tells
    #[arg(long, value_name = "NAME", group = "recipients_from")]
    view: Option<String>,
    /// Go on with a run
    #[arg(long, value_name = "RUN", group = "recipients_from", conflicts_with_all = ["template", "subject", "dry_run"])]
    resume: Option<String>,
    /// Of a spreadsheet this sheet
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// The column of the addresses, by its number from 1 or its name
    #[arg(long, value_name = "COLUMN")]
    column: Option<String>,
    /// A template of the vendor's, by its id
    #[arg(long, value_name = "ID", conflicts_with = "subject")]
    template: Option<String>,
    /// What is filled into the template for everybody: a file with one JSON object
    #[arg(long, value_name = "FILE", requires = "template")]
    data: Option<PathBuf>,
    /// A text of your own under this subject
    #[arg(long, value_name = "SUBJECT", requires = "text")]
    subject: Option<String>,
    /// The text of it: a file
    #[arg(long, value_name = "FILE", requires = "subject")]
    text: Option<PathBuf>,
    /// The group that readers can unsubscribe from; whoever did is left out
    #[arg(long, value_name = "NUMBER")]
    group: Option<i64>,
    /// When it is sent, at most 72 hours ahead, such as 2026-03-01T09:00:00Z
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Most recipients of one request, 1 to 1000: a lost answer leaves so many in doubt
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    per_request: u32,
    /// The account that sends; the only one that can when left out
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// Only make the run; `email runs RUN --preview` shows what its first recipients would get
    #[arg(long)]
    dry_run: bool,
    /// So many get one, as `email runs` says; always needed for live
    #[arg(long, value_name = "N")]
    recipients: Option<u64>,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

impl BulkArguments {
    /// Makes a run and sends it, or goes on with one.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let run = match &self.resume {
            Some(id) => session.call(ShowMailRun { id: id.clone() }).await?,
            None => session.call(self.import(session).await?).await?,
        };
        if self.dry_run {
            return Ok(exit_after(session.show(&run), contract::ExitCode::Done));
        }
        if run.environment == Environment::Live && self.recipients.is_none() {
            let wanted = format!("--recipients {}", run.to_send);
            return Err(ErrorBody::new(ErrorCode::NotConfirmed).with("wanted", wanted).into());
        }
        if !self.yes {
            confirm::ask(&question(&run))?;
        }
        let recipients = self.recipients.unwrap_or(run.to_send);
        let request = RunMail { id: run.id, recipients, resume: self.resume.is_some() };
        let run = watch(request, session).await?;
        Ok(exit_after(session.show(&run), outcome::of_mail_run(&run)))
    }

    async fn import(&self, session: &Session<'_>) -> Result<ImportMailRun, Failure> {
        let origin = self.origin()?;
        let address = match &self.column {
            None => None,
            Some(column) => Some(self.column(column, &origin, session).await?),
        };
        Ok(ImportMailRun {
            request_id: RequestId::generate(),
            account: self.account.clone(),
            origin,
            sheet: self.sheet.clone(),
            address,
            content: self.content()?,
            group: self.group,
            send_at: self.at,
            per_request: Some(self.per_request),
        })
    }

    fn content(&self) -> Result<MessageContent, Failure> {
        if let Some(id) = &self.template {
            return Ok(MessageContent::Template { id: id.clone(), data: read(self.data.as_deref())? });
        }
        let Some(subject) = &self.subject else {
            return Err(Failure::bad_request("say what they get: --template, or --subject with --text"));
        };
        Ok(MessageContent::FreeText { subject: subject.clone(), text: read(self.text.as_deref())? })
    }

    fn origin(&self) -> Result<BulkOrigin, Failure> {
        match (&self.view, &self.file) {
            (Some(name), _) => Ok(BulkOrigin::View { name: name.clone() }),
            (None, Some(file)) if file.as_os_str() == "-" => {
                let text = std::io::read_to_string(std::io::stdin().lock()).map_err(Failure::bad_request)?;
                Ok(BulkOrigin::Text { text })
            }
            (None, file) => {
                let path =
                    std::path::absolute(file.clone().unwrap_or_default()).map_err(Failure::bad_request)?;
                Ok(BulkOrigin::File { path: path.display().to_string() })
            }
        }
    }

    /// The place of a column, by its number from 1 or the name that it has in a template.
    async fn column(&self, wanted: &str, origin: &BulkOrigin, session: &Session<'_>) -> Result<u32, Failure> {
        let list = session.call(ReadMailList { origin: origin.clone(), sheet: self.sheet.clone() }).await?;
        let named = list.columns.iter().position(|name| name.eq_ignore_ascii_case(wanted.trim()));
        let numbered = || wanted.trim().parse::<usize>().ok()?.checked_sub(1);
        let place = named.or_else(numbered).filter(|place| *place < list.columns.len());
        place.and_then(|place| u32::try_from(place).ok()).ok_or_else(|| {
            Failure::bad_request(format!(
                "there is no column {wanted}; there are {}",
                list.columns.join(", ")
            ))
        })
    }
}

fn question(run: &MailRunView) -> String {
    let mut question = format!("Send to {} recipients from {}?", run.to_send, run.account);
    if let Some(at) = run.send_at {
        question.push_str(&format!(" It goes at {at}."));
    }
    if let Some(same_as) = &run.same_as {
        question.push_str(&format!(" Mind: the same was said to the same people before, in run {same_as}."));
    }
    if !run.suppressions_read {
        question.push_str(
            " Mind: the key may not read whom the vendor sends nothing to, so nobody was left out for that.",
        );
    }
    question
}

/// Starts a run, shows its progress and waits until it ends. Told to stop, it is paused.
async fn watch(request: RunMail, session: &Session<'_>) -> Result<MailRunView, Failure> {
    let mut stop = Stop::listen()?;
    let mut progress = Progress::new();
    // Before it starts, so that no notice of it is missed.
    let mut notices = session.connection().notices();
    let mut run = session.call(request).await?;
    while run.state == BulkRunState::Running {
        tokio::select! {
            notice = notices.recv() => match notice {
                Ok(Notice::MailRun { run: heard, .. }) if heard.id == run.id => {
                    progress.show_mail_run(&heard, Instant::now());
                    run = *heard;
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => run = session.call(ShowMailRun { id: run.id.clone() }).await?,
                Err(RecvError::Closed) => return Err(ErrorBody::new(ErrorCode::DeskGone).into()),
            },
            () = stop.told() => run = session.call(PauseMailRun { id: run.id.clone() }).await?,
        }
    }
    progress.end();
    Ok(run)
}

/// Which run to show.
#[derive(Debug, Args)]
pub(crate) struct RunsArguments {
    /// The run's id; all runs when left out
    run: Option<String>,
    /// Recipient by recipient
    #[arg(long, requires = "run")]
    rows: bool,
    /// Only recipients in this state; may be given several times
    #[arg(long = "state", value_name = "STATE", requires = "rows")]
    states: Vec<String>,
    /// What its next three recipients would get
    #[arg(long, requires = "run", conflicts_with = "rows")]
    preview: bool,
    #[command(flatten)]
    range: RangeArguments,
}

impl RunsArguments {
    /// Shows it.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        let range = self.range.into();
        match self.run {
            None => session.answer(ListMailRuns { range }, outcome::done).await,
            Some(id) if self.rows => {
                session.answer(ListMailRunRows { id, states: self.states, range }, outcome::done).await
            }
            Some(id) if self.preview => session.answer(PreviewMailRun { id }, outcome::done).await,
            Some(id) => session.answer(ShowMailRun { id }, outcome::done).await,
        }
    }
}

/// Pauses a run.
pub(crate) async fn pause(id: String, session: &Session<'_>) -> Result<u8, Failure> {
    session.answer(PauseMailRun { id }, outcome::done).await
}

/// Takes back what of a run was not handed over, and what waits at the vendor for its time.
pub(crate) async fn cancel(id: String, session: &Session<'_>) -> Result<u8, Failure> {
    session.answer(CancelMailRun { id }, outcome::done).await
}

/// Holds what waits at the vendor for its time, or lets it go.
pub(crate) async fn hold(id: String, release: bool, session: &Session<'_>) -> Result<u8, Failure> {
    session.answer(HoldMailRun { id, hold: !release }, outcome::done).await
}
