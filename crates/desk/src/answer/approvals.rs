//! Requests for a second person's word: asking, showing, deciding, taking the answer, and making sure that an
//! approval is one before it is spent.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use approval::{Answer, Decision, Moment, Opened, Request, Signed, Wish};
use contract::approvals::{
    ApprovalFile, ApprovalView, AskApproval, DecideApproval, ListApprovals, OpenApproval, TakeApproval,
};
use contract::refunds::RefundAmount;
use contract::{ErrorBody, ErrorCode, Page};
use domain::{Environment, IntentId};
use mirror::{
    AccountRow, ApprovalRow, ApprovalState, ApprovalWish, Mirror, MirrorError, RefundLimit, TakenAnswer,
};
use operations::refund::{self, RefundWish, WishedAmount};
use serde_json::json;

use super::approval_views::{Known, view};
use super::calls::ROWS;
use super::evidence::write_private;
use super::exports::absolute;
use super::intents::Patience;
use super::lookup::{self, Located};
use super::refunds::read_ticket;
use super::scope::Resolved;
use super::{airlock, approvers};
use crate::desk::OpenMirror;
use crate::errors;

/// The longest file that a list hands on; that of a run of thousands is had by its id.
const FILE_OF_A_LIST_MAX: usize = 64 * 1024;

pub(super) fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// What is wrong with a file.
pub(super) fn of_problem(problem: approval::Problem) -> ErrorBody {
    ErrorBody::new(match problem {
        approval::Problem::Unreadable | approval::Problem::Absurd => ErrorCode::ApprovalUnreadable,
        approval::Problem::Newer => ErrorCode::ApprovalNewer,
        approval::Problem::Forged => ErrorCode::ApprovalForged,
    })
}

/// The text of a file. One that is larger than any of ours is read no further.
pub(super) fn text_of(file: &ApprovalFile) -> Result<String, ErrorBody> {
    let path = match file {
        ApprovalFile::Text { text } => return Ok(text.clone()),
        ApprovalFile::Path { path } => absolute(path)?,
    };
    let of_file = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => ErrorBody::new(ErrorCode::FileMissing).with("path", path.display()),
        _ => ErrorBody::new(ErrorCode::BadPath).with("path", path.display()).with("why", error),
    };
    let mut bytes = Vec::new();
    let most = approval::FILE_MAX_BYTES as u64 + 16;
    File::open(&path).map_err(of_file)?.take(most).read_to_end(&mut bytes).map_err(of_file)?;
    String::from_utf8(bytes).map_err(|_| ErrorBody::new(ErrorCode::ApprovalUnreadable))
}

/// A new file that must not be there yet, checked before anything is written down.
pub(super) fn target(to: Option<&str>) -> Result<Option<PathBuf>, ErrorBody> {
    let path = to.map(str::trim).filter(|to| !to.is_empty()).map(absolute).transpose()?;
    match path {
        Some(path) if path.exists() => {
            Err(ErrorBody::new(ErrorCode::FileExists).with("path", path.display()))
        }
        path => Ok(path),
    }
}

fn write(path: &Path, file: &str) -> Result<(), ErrorBody> {
    write_private(path, format!("{file}\n").as_bytes()).map_err(|error| super::book::of_file(&error, path))
}

/// Refuses a file of another environment than the window's: what is decided in one is about its money alone.
pub(super) fn check_environment(scope: &Resolved, environment: Environment) -> Result<(), ErrorBody> {
    match scope.scope.environment {
        Some(here) if here != environment => Err(errors::bad_request(format_args!(
            "this file is about {environment} money, and this is {here}; open it there"
        ))),
        _ => Ok(()),
    }
}

/// Answers `ask_approval`.
pub(crate) async fn ask(scope: &Resolved, request: AskApproval) -> Result<ApprovalView, ErrorBody> {
    let patience = Patience::begin(None);
    let path = target(request.to.as_deref())?;
    let id: IntentId = request.request_id.to_string().parse().map_err(errors::defect)?;
    let life_ms = life_ms(request.seconds)?;
    let ticket = read_ticket(request.ticket.clone())?;
    let located = lookup::payment(scope, &request.payment).await?.for_ticket(ticket.clone());
    let signed = match located.open.mirror.approvals().by_id(id).await.map_err(of_mirror)? {
        Some(row) => Signed::read(&row.file).map_err(of_problem)?,
        None => ask_now(scope, &located, request, (id, life_ms, ticket), patience).await?,
    };
    handed_on(scope, located.open.clone(), &signed, path).await
}

/// How long a request is good.
pub(super) fn life_ms(seconds: Option<u32>) -> Result<i64, ErrorBody> {
    let life_ms = seconds.map_or(approval::LIFE_MS, |seconds| i64::from(seconds) * 1_000);
    match (60_000..=approval::LIFE_MAX_MS).contains(&life_ms) {
        true => Ok(life_ms),
        false => Err(errors::bad_request("an answer counts for 1 minute to 7 days")),
    }
}

/// Writes a request that was asked here into the file that was wished for, and shows it.
pub(super) async fn handed_on(
    scope: &Resolved,
    open: OpenMirror,
    signed: &Signed<Request>,
    path: Option<PathBuf>,
) -> Result<ApprovalView, ErrorBody> {
    if let Some(path) = &path {
        write(path, &signed.file)?;
    }
    let known = Known::of(scope, Some(open)).await?;
    let row = known.row(signed.document.id).await?;
    let shown = view(scope, &known, signed, None, row.as_ref()).await?;
    Ok(ApprovalView { path: path.map(|path| path.display().to_string()), ..shown })
}

async fn ask_now(
    scope: &Resolved,
    located: &Located,
    request: AskApproval,
    (id, life_ms, ticket): (IntentId, i64, Option<String>),
    patience: Patience,
) -> Result<Signed<Request>, ErrorBody> {
    let (row, mirror) = (&located.row, &located.open.mirror);
    let label = row.label.as_str();
    let account = located.account(scope).await?;
    let wish = RefundWish {
        request_id: request.request_id,
        payment_id: located.vendor_id.clone(),
        amount: match request.amount {
            RefundAmount::All => WishedAmount::All,
            RefundAmount::Exactly { amount } => WishedAmount::Exactly(amount),
        },
        reason: request.reason,
        note: request.note,
        undo_ms: 0,
        approval: None,
    };
    let found = refund::askable(&account, &wish, patience.for_reads())
        .await
        .map_err(|error| errors::of_operation(&error, label))?;
    let now = scope.clock.now();
    let room = mirror.refund_room(row.id, found.amount.currency, now).await.map_err(of_mirror)?;
    let limit = room.filter(|room| found.amount.minor > room.left.minor).map(|room| room.limit);
    let wished = Wish::Refund(approval::RefundWish {
        amount: found.amount.into(),
        payment: found.payment.vendor_id,
        reason: found.reason.map(|reason| reason.to_string()),
    });
    let draft = Draft { id, life_ms, limit, note: wish.note, ticket, wish: wished };
    sign(scope, mirror, row, draft).await
}

/// What a request is made of.
pub(super) struct Draft {
    pub(super) id: IntentId,
    pub(super) life_ms: i64,
    pub(super) limit: Option<RefundLimit>,
    pub(super) note: Option<String>,
    pub(super) ticket: Option<String>,
    pub(super) wish: Wish,
}

/// Signs a request with the key of the vault and keeps it.
pub(super) async fn sign(
    scope: &Resolved,
    mirror: &Mirror,
    row: &AccountRow,
    draft: Draft,
) -> Result<Signed<Request>, ErrorBody> {
    let needs_id = || ErrorBody::new(ErrorCode::ApprovalNeedsAccountId).with("label", row.label.as_str());
    let account_id = row.vendor_account_id.clone().ok_or_else(needs_id)?;
    let (key, now) = (approvers::key(scope).await?, scope.clock.now());
    let document = Request {
        account: approval::AccountName { environment: row.environment, id: account_id, vendor: row.vendor },
        asked_by: approvers::signer(scope, &key).await,
        created: now,
        expires: now.plus_ms(draft.life_ms),
        id: draft.id,
        limit: draft.limit.map(|limit| limit.as_str().to_owned()),
        nonce: Request::new_nonce().map_err(errors::defect)?,
        note: draft.note.filter(|note| !note.trim().is_empty()),
        ticket: draft.ticket,
        wish: draft.wish,
    };
    let signed = Signed::sign(document, &key).map_err(errors::defect)?;
    let kept = row_of(&signed, true, ApprovalState::Asked, Some(row.id));
    mirror.approvals().ask(&kept, signed.document.note.as_deref()).await.map_err(of_mirror)?;
    scope.book_heads.want();
    Ok(signed)
}

/// What a request is for, as the mirror keeps it.
pub(super) fn wish_of(wish: &Wish) -> ApprovalWish {
    match wish {
        Wish::Refund(wish) => ApprovalWish::Refund {
            payment_id: wish.payment.clone(),
            amount: wish.amount.into(),
            reason: wish.reason.clone(),
        },
        Wish::Run(wish) => ApprovalWish::Run { run: wish.id, digest: wish.digest.clone(), rows: wish.count },
    }
}

fn row_of(
    signed: &Signed<Request>,
    own: bool,
    state: ApprovalState,
    account: Option<domain::AccountId>,
) -> ApprovalRow {
    let request = &signed.document;
    ApprovalRow {
        id: request.id,
        own,
        state,
        account,
        wish: wish_of(&request.wish),
        file: signed.file.clone(),
        answer: None,
        approver: None,
        created_at: request.created,
        expires_at: request.expires,
        updated_at: request.created,
    }
}

/// Answers `list_approvals`.
pub(crate) async fn list(scope: &Resolved, request: ListApprovals) -> Result<Page<ApprovalView>, ErrorBody> {
    let environment = approvers::environment(scope).await?;
    let Some(open) = scope.existing_mirror(environment).await? else {
        return Ok(Page { items: Vec::new(), total: 0, next: None });
    };
    let known = Known::of(scope, Some(open.clone())).await?;
    let approvals = open.mirror.approvals();
    if let Some(id) = &request.id {
        let row = match id.trim().parse() {
            Ok(id) => known.row(id).await?,
            Err(_) => None,
        };
        let items = match row {
            Some(row) => vec![super::approval_views::of_row(scope, &known, &row).await?],
            None => Vec::new(),
        };
        return Ok(Page { total: items.len() as u64, items, next: None });
    }
    let (limit, after) = (request.range.limit.unwrap_or(ROWS), request.range.after.as_deref());
    let page = approvals.list(request.mine, limit, after).await.map_err(of_mirror)?;
    let total = approvals.count(request.mine).await.map_err(of_mirror)?;
    let mut items = Vec::with_capacity(page.items.len());
    for row in &page.items {
        let shown = super::approval_views::of_row(scope, &known, row).await?;
        let file = shown.file.filter(|file| file.len() <= FILE_OF_A_LIST_MAX);
        items.push(ApprovalView { file, ..shown });
    }
    Ok(Page { items, total, next: page.next })
}

/// Answers `open_approval`.
pub(crate) async fn open(scope: &Resolved, request: OpenApproval) -> Result<ApprovalView, ErrorBody> {
    match approval::open(&text_of(&request.file)?).map_err(of_problem)? {
        Opened::Request(signed) => {
            let environment = signed.document.account.environment;
            check_environment(scope, environment)?;
            let known = Known::of(scope, scope.existing_mirror(environment).await?).await?;
            let row = known.row(signed.document.id).await?;
            // What is listed under the id is another request than this file.
            let row = row.filter(|row| row.file == signed.file);
            view(scope, &known, &signed, None, row.as_ref()).await
        }
        Opened::Answer(answer) => {
            let (open, row) = asked_here(scope, &answer.document).await?;
            let signed = Signed::<Request>::read(&row.file).map_err(of_problem)?;
            if !signed.is_answered_by(&answer.document) {
                return Err(ErrorBody::new(ErrorCode::ApprovalOtherRequest));
            }
            let known = Known::of(scope, Some(open)).await?;
            view(scope, &known, &signed, Some(&answer.document), Some(&row)).await
        }
    }
}

/// The request here that an answer names.
async fn asked_here(scope: &Resolved, answer: &Answer) -> Result<(OpenMirror, ApprovalRow), ErrorBody> {
    let environments = match scope.scope.environment {
        Some(environment) => vec![environment],
        None => Environment::ALL.to_vec(),
    };
    for environment in environments {
        let Some(open) = scope.existing_mirror(environment).await? else { continue };
        let found = open.mirror.approvals().by_id(answer.request).await.map_err(of_mirror)?;
        if let Some(row) = found.filter(|row| row.own) {
            if row.file.is_empty() {
                return Err(void("the person that it was about was erased"));
            }
            return Ok((open, row));
        }
    }
    Err(ErrorBody::new(ErrorCode::ApprovalNotAskedHere).with("id", answer.request))
}

pub(super) fn void(why: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::ApprovalVoid).with("why", why)
}

/// Answers `decide_approval`.
pub(crate) async fn decide(scope: &Resolved, request: DecideApproval) -> Result<ApprovalView, ErrorBody> {
    let path = target(request.to.as_deref())?;
    let signed = match approval::open(&text_of(&request.file)?).map_err(of_problem)? {
        Opened::Request(signed) => signed,
        Opened::Answer(_) => {
            return Err(errors::bad_request(
                "this is an answer; whoever asked takes it, and nobody decides it",
            ));
        }
    };
    let asked = &signed.document;
    check_environment(scope, asked.account.environment)?;
    let key = approvers::key(scope).await?;
    if asked.asked_by.key == key.public() {
        return Err(ErrorBody::new(ErrorCode::ApprovalOwn));
    }
    // Whoever trusts nobody in that environment may have no mirror of it, and gets none for a stranger's file.
    let open = scope.existing_mirror(asked.account.environment).await?;
    let open = approvers::check_trusted(open, &asked.asked_by).await?;
    check_moment(asked, scope.clock.now())?;
    let decision = if request.approve { Decision::Approved } else { Decision::Declined };
    let before = open.mirror.approvals().by_id(asked.id).await.map_err(of_mirror)?;
    let answer = match before {
        Some(row) => decided_before(&row, &signed, decision)?,
        None => {
            let checked_by =
                airlock::check_person(scope, &open, request.passphrase.map(|text| text.0)).await?;
            let me = approvers::signer(scope, &key).await;
            let answer = signed.answer(decision, me, scope.clock.now(), &key).map_err(errors::defect)?;
            keep_decision(scope, &open, &signed, &answer, checked_by).await?;
            answer
        }
    };
    if let Some(path) = &path {
        write(path, &answer.file)?;
    }
    let known = Known::of(scope, Some(open)).await?;
    let row = known.row(asked.id).await?;
    let shown = view(scope, &known, &signed, Some(&answer.document), row.as_ref()).await?;
    Ok(ApprovalView { path: path.map(|path| path.display().to_string()), ..shown })
}

/// The answer that was given before. The same one is handed on again; another one is none any more.
fn decided_before(
    row: &ApprovalRow,
    signed: &Signed<Request>,
    decision: Decision,
) -> Result<Signed<Answer>, ErrorBody> {
    let answer = Signed::<Answer>::read(row.answer.as_deref().unwrap_or_default()).map_err(of_problem)?;
    if row.own || !signed.is_answered_by(&answer.document) {
        return Err(ErrorBody::new(ErrorCode::ApprovalOtherRequest));
    }
    match answer.document.decision == decision {
        true => Ok(answer),
        false => Err(errors::bad_request(format_args!("it was {} here before", row.state.as_str()))),
    }
}

fn check_moment(asked: &Request, latest: domain::Timestamp) -> Result<(), ErrorBody> {
    match asked.moment(latest) {
        Moment::Good => Ok(()),
        Moment::Expired => Err(ErrorBody::new(ErrorCode::ApprovalExpired).with("until", asked.expires)),
        Moment::ClockBehind => Err(ErrorBody::new(ErrorCode::ApprovalClock)),
    }
}

async fn keep_decision(
    scope: &Resolved,
    open: &OpenMirror,
    signed: &Signed<Request>,
    answer: &Signed<Answer>,
    checked_by: &str,
) -> Result<(), ErrorBody> {
    let asked = &signed.document;
    let known = Known::of(scope, Some(open.clone())).await?;
    let state = match answer.document.decision {
        Decision::Approved => ApprovalState::Approved,
        Decision::Declined => ApprovalState::Declined,
    };
    let row = ApprovalRow {
        answer: Some(answer.file.clone()),
        approver: Some(answer.document.decided_by.key.to_string()),
        updated_at: answer.document.decided,
        ..row_of(signed, false, state, known.account(asked).map(|row| row.id))
    };
    let facts = json!({
        "asked_by": known.signer(&asked.asked_by).await?.name,
        "key": asked.asked_by.key.to_string(),
        "at_account": asked.account.id,
        "checked_by": checked_by,
    });
    open.mirror.approvals().decided(&row, facts).await.map_err(of_mirror)?;
    scope.book_heads.want();
    Ok(())
}

/// Answers `take_approval`.
pub(crate) async fn take(scope: &Resolved, request: TakeApproval) -> Result<ApprovalView, ErrorBody> {
    let answer = match approval::open(&text_of(&request.file)?).map_err(of_problem)? {
        Opened::Answer(answer) => answer,
        Opened::Request(_) => {
            return Err(errors::bad_request("this is a request; whoever is asked approves or declines it"));
        }
    };
    let said = &answer.document;
    let (open, row) = asked_here(scope, said).await?;
    let signed = Signed::<Request>::read(&row.file).map_err(of_problem)?;
    if !signed.is_answered_by(said) {
        return Err(ErrorBody::new(ErrorCode::ApprovalOtherRequest));
    }
    let mine = approvers::existing_key(scope).await?.map(|key| key.public());
    if said.decided_by.key == signed.document.asked_by.key || Some(said.decided_by.key) == mine {
        return Err(ErrorBody::new(ErrorCode::ApprovalOwn));
    }
    let open = approvers::check_trusted(Some(open), &said.decided_by).await?;
    check_moment(&signed.document, said.decided)?;
    let taken = TakenAnswer {
        file: answer.file.clone(),
        approver: said.decided_by.key.to_string(),
        approved: said.decision == Decision::Approved,
    };
    open.mirror.approvals().take(row.id, &taken, scope.clock.now()).await.map_err(of_mirror)?;
    scope.book_heads.want();
    let known = Known::of(scope, Some(open)).await?;
    let row = known.row(said.request).await?;
    view(scope, &known, &signed, Some(said), row.as_ref()).await
}
