//! A second person's word on a run: asking for it, its rows, and how it stands with the run.

use std::collections::HashMap;

use approval::{Opened, Request, RunWish, Signed, Wish, WishedRow};
use contract::approvals::{
    ApprovalRowView, ApprovalRunView, ApprovalView, AskRunApproval, BulkOverLimitView, BulkRunApproval,
    ListApprovalRows,
};
use contract::bulk::BulkRunState;
use contract::{ErrorBody, ErrorCode, Page};
use domain::bulk::BulkRun;
use domain::{IntentId, Money, Timestamp};
use mirror::{Acting, ApprovalRow, ApprovalState, ApprovalWish, BulkToSend, FoundPayment};
use operations::refund;

use super::approval_views::{Known, state_of, warning};
use super::approvals::{
    Draft, check_environment, handed_on, life_ms, of_mirror, of_problem, sign, target, text_of,
};
use super::bulk_view::{in_words, run_of, same_total, state_now, wrong_state};
use super::refunds::read_ticket;
use super::scope::Resolved;
use super::{approved, approvers};
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// Rows of one page when nothing is said.
const ROWS: u32 = 50;
/// The most rows of one page.
const ROWS_MAX: u32 = 1_000;
/// Payments that are looked up at once.
const AT_ONCE: usize = 500;

/// Answers `ask_run_approval`.
pub(crate) async fn ask(scope: &Resolved, request: AskRunApproval) -> Result<ApprovalView, ErrorBody> {
    let path = target(request.to.as_deref())?;
    let id: IntentId = request.request_id.to_string().parse().map_err(errors::defect)?;
    let ticket = read_ticket(request.ticket.clone())?;
    let open = scope.open_mirror().await?;
    let open = open.acting(Acting { ticket: ticket.clone(), ..open.mirror.who().clone() });
    let signed = match open.mirror.approvals().by_id(id).await.map_err(of_mirror)? {
        Some(row) => Signed::read(&row.file).map_err(of_problem)?,
        None => ask_now(scope, &open, request, (id, ticket)).await?,
    };
    handed_on(scope, open, &signed, path).await
}

async fn ask_now(
    scope: &Resolved,
    open: &OpenMirror,
    request: AskRunApproval,
    (id, ticket): (IntentId, Option<String>),
) -> Result<Signed<Request>, ErrorBody> {
    let life_ms = life_ms(request.seconds)?;
    refund::check_note(request.note.as_deref()).map_err(|error| errors::of_operation(&error, ""))?;
    // While it is asked about, nobody ticks and nobody begins it.
    let _alone = scope.bulks.deciding.lock().await;
    let run = run_of(open, &request.run).await?;
    let state = state_now(&scope.desk, &run);
    if matches!(state, BulkRunState::Running | BulkRunState::Canceled) {
        return Err(wrong_state(state));
    }
    let accounts = open.mirror.accounts().list().await.map_err(of_mirror)?;
    let unknown = || ErrorBody::new(ErrorCode::UnknownAccount).with("label", run.account_id);
    let row = accounts.iter().find(|row| row.id == run.account_id).ok_or_else(unknown)?;
    let runs = open.mirror.bulk_runs();
    let rows = runs.askable(run.id).await.map_err(of_mirror)?;
    if rows.is_empty() {
        return Err(ErrorBody::new(ErrorCode::BulkNothingToSend));
    }
    let too_many =
        || errors::bad_request(format_args!("one request has at most {} rows", approval::ROWS_MAX));
    let wish = RunWish::of(run.id, rows.iter().map(wished).collect()).ok_or_else(too_many)?;
    let total = in_words(wish.totals.iter().map(|one| (*one).into()));
    if !same_total(&total, &request.total) {
        return Err(ErrorBody::new(ErrorCode::BulkTotalChanged).with("total", total));
    }
    let over = runs.over_limits(run.id, row.id, scope.clock.now()).await.map_err(of_mirror)?;
    let limit = over.first().map(|one| one.room.limit);
    let draft = Draft { id, life_ms, limit, note: request.note, ticket, wish: Wish::Run(wish) };
    sign(scope, &open.mirror, row, draft).await
}

fn wished(row: &BulkToSend) -> WishedRow {
    WishedRow {
        line: row.line,
        payment: row.payment_id.clone(),
        amount: row.amount,
        reason: row.reason.clone(),
    }
}

/// The rows of a request, as shells show them.
pub(super) async fn run_view(
    known: &Known,
    wish: &RunWish,
    mine: bool,
) -> Result<ApprovalRunView, ErrorBody> {
    let here = match known.mirror().filter(|_| mine) {
        Some(mirror) => mirror.bulk_runs().by_id(wish.id).await.map_err(of_mirror)?,
        None => None,
    };
    let totals: Vec<Money> = wish.totals.iter().map(|one| (*one).into()).collect();
    Ok(ApprovalRunView {
        id: wish.id.to_string(),
        name: here.map(|run| run.name),
        rows: wish.count,
        total: in_words(totals.iter().copied()),
        totals,
        digest: wish.digest.clone(),
    })
}

/// What does not go with what this home knows of the payments, each once.
pub(super) async fn warnings(
    known: &Known,
    asked: &Request,
    rows: &[WishedRow],
) -> Result<Vec<String>, ErrorBody> {
    if known.account(asked).is_none() {
        return Ok(vec!["account_not_here".to_owned()]);
    }
    let mut found: Vec<String> = Vec::new();
    let sums = sums_of(rows);
    for (part, sums) in rows.chunks(AT_ONCE).zip(sums.chunks(AT_ONCE)) {
        for warning in row_warnings(known, asked, part, sums).await?.into_iter().flatten() {
            if !found.iter().any(|one| one == warning) {
                found.push(warning.to_owned());
            }
        }
    }
    Ok(found)
}

/// Of each row what it and the rows before it give back of the same payment, which is held against it together.
fn sums_of(rows: &[WishedRow]) -> Vec<i64> {
    let mut sums: HashMap<&str, i64> = HashMap::new();
    let added = |row: &'_ WishedRow, sum: &mut i64| {
        *sum = sum.saturating_add(row.amount.minor);
        *sum
    };
    rows.iter().map(|row| added(row, sums.entry(row.payment.as_str()).or_default())).collect()
}

/// Of each row what does not go with its payment.
async fn row_warnings(
    known: &Known,
    asked: &Request,
    rows: &[WishedRow],
    sums: &[i64],
) -> Result<Vec<Option<&'static str>>, ErrorBody> {
    let (Some(mirror), Some(account)) = (known.mirror(), known.account(asked)) else {
        return Ok(vec![None; rows.len()]);
    };
    let ids: Vec<String> = rows.iter().map(|row| row.payment.clone()).collect();
    let payments = mirror.bulk_facts().by_ids(account.id, &ids).await.map_err(of_mirror)?;
    let payments: HashMap<&str, &FoundPayment> =
        payments.iter().map(|one| (one.payment.vendor_id.as_str(), one)).collect();
    let warned = |(row, sum): (&WishedRow, &i64)| {
        warning(Money::new(*sum, row.amount.currency), payments.get(row.payment.as_str()).copied())
    };
    Ok(rows.iter().zip(sums).map(warned).collect())
}

/// Answers `list_approval_rows`.
pub(crate) async fn rows(
    scope: &Resolved,
    request: ListApprovalRows,
) -> Result<Page<ApprovalRowView>, ErrorBody> {
    let signed = match (&request.file, &request.id) {
        (Some(file), _) => match approval::open(&text_of(file)?).map_err(of_problem)? {
            Opened::Request(signed) => signed,
            Opened::Answer(_) => return Err(errors::bad_request("this is an answer, which has no rows")),
        },
        (None, Some(id)) => listed(scope, id).await?,
        (None, None) => return Err(errors::bad_request("name a file or an id")),
    };
    let asked = &signed.document;
    check_environment(scope, asked.account.environment)?;
    let Wish::Run(wish) = &asked.wish else {
        return Err(errors::bad_request("this is about one refund, which has no rows"));
    };
    let after: u64 = match request.range.after.as_deref() {
        Some(text) => text.parse().map_err(|_| ErrorBody::new(ErrorCode::BadCursor))?,
        None => 0,
    };
    let limit = request.range.limit.unwrap_or(ROWS).clamp(1, ROWS_MAX) as usize;
    let start = wish.rows.partition_point(|row| request.range.after.is_some() && row.line <= after);
    let shown = wish.rows.get(start..).unwrap_or_default();
    let page = shown.get(..limit.min(shown.len())).unwrap_or_default();
    let known = Known::of(scope, scope.existing_mirror(asked.account.environment).await?).await?;
    let sums = sums_of(&wish.rows);
    let warned = row_warnings(&known, asked, page, sums.get(start..).unwrap_or_default()).await?;
    let items = page.iter().zip(warned).map(|(row, warning)| ApprovalRowView {
        line: row.line,
        payment: row.payment.clone(),
        amount: row.amount,
        reason: row.reason.clone(),
        warning: warning.map(str::to_owned),
    });
    let next = page.last().filter(|_| shown.len() > page.len()).map(|row| row.line.to_string());
    Ok(Page { items: items.collect(), total: wish.count, next })
}

/// A request that is listed here.
async fn listed(scope: &Resolved, id: &str) -> Result<Signed<Request>, ErrorBody> {
    let id = approved::id_of(id)?;
    let missing = || ErrorBody::new(ErrorCode::ApprovalNotAskedHere).with("id", id);
    let open = scope.existing_mirror(approvers::environment(scope).await?).await?.ok_or_else(missing)?;
    let row = open.mirror.approvals().by_id(id).await.map_err(of_mirror)?.ok_or_else(missing)?;
    Signed::read(&row.file).map_err(of_problem)
}

/// How a run stands with its limits and with whoever was asked about it.
pub(super) struct Standing {
    pub(super) over_limits: Vec<BulkOverLimitView>,
    /// How many rows somebody can be asked about, and what they come to; none where that is just what is to be sent.
    pub(super) askable: Option<(u64, String)>,
    pub(super) approval: Option<BulkRunApproval>,
}

/// How a run stands of which so many rows wait for a second person. While it is sent only what was used of it is
/// told: the rest changes with every row.
pub(super) async fn standing(
    desk: &Desk,
    open: &OpenMirror,
    run: &BulkRun,
    (state, waiting): (BulkRunState, u64),
) -> Result<Standing, ErrorBody> {
    let rests = !matches!(state, BulkRunState::Running | BulkRunState::Canceled);
    let kept = open.mirror.approvals().of_run(run.id).await.map_err(of_mirror)?;
    let (now, runs) = (desk.clock.now(), open.mirror.bulk_runs());
    let over = match rests {
        true => runs.over_limits(run.id, run.account_id, now).await.map_err(of_mirror)?,
        false => Vec::new(),
    };
    let is_open =
        kept.as_ref().is_some_and(|row| matches!(row.state, ApprovalState::Asked | ApprovalState::Approved));
    // Rows that wait for a second person do so also once the limit that they met is another one.
    let asks = rests && (is_open || waiting > 0 || !over.is_empty());
    let wish = match asks {
        true => {
            let rows = runs.askable(run.id).await.map_err(of_mirror)?;
            RunWish::of(run.id, rows.iter().map(wished).collect())
        }
        false => None,
    };
    let approval = match &kept {
        Some(row) => Some(asked_about(open, row, wish.as_ref(), now).await?),
        None => None,
    };
    Ok(Standing {
        over_limits: over
            .into_iter()
            .map(|one| BulkOverLimitView {
                limit: one.room.limit.as_str().to_owned(),
                most: one.room.most,
                left: one.room.left,
                wanted: one.wanted,
                rows: one.rows,
            })
            .collect(),
        askable: wish.map(|wish| (wish.count, in_words(wish.totals.into_iter().map(Money::from)))),
        approval,
    })
}

/// What a second person was asked about a run, held against what it would send now.
async fn asked_about(
    open: &OpenMirror,
    row: &ApprovalRow,
    wish: Option<&RunWish>,
    now: Timestamp,
) -> Result<BulkRunApproval, ErrorBody> {
    let by = match &row.approver {
        Some(key) => open.mirror.approvers().by_key(key).await.map_err(of_mirror)?,
        None => None,
    };
    let (rows, digest) = match &row.wish {
        ApprovalWish::Run { rows, digest, .. } => (*rows, digest.as_str()),
        ApprovalWish::Refund { .. } => (0, ""),
    };
    let signed = Signed::<Request>::read(&row.file).ok();
    let total = match signed.as_ref().map(|signed| &signed.document.wish) {
        Some(Wish::Run(wish)) => in_words(wish.totals.iter().map(|one| (*one).into())),
        _ => String::new(),
    };
    Ok(BulkRunApproval {
        id: row.id.to_string(),
        state: state_of(Some(row), true, now >= row.expires_at).to_owned(),
        by: by.map(|one| one.name),
        expires: row.expires_at,
        rows,
        total,
        fits: wish.is_some_and(|wish| wish.digest == digest),
    })
}
