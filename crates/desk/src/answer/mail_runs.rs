//! Email by the thousand: reading lists, making runs of them, and showing what came of each recipient.

use contract::bulk::BulkOrigin;
use contract::mail_lists::RenderedView;
use contract::mail_runs::{
    ImportMailRun, ListMailRunRows, ListMailRuns, MailListFile, MailRunRowView, MailRunView, MailSample,
    MailSamples, PreviewMailRun, ReadMailList, ShowMailRun,
};
use contract::messages::MessageContent;
use contract::{ErrorBody, ErrorCode, Page};
use domain::BulkRunId;
use domain::bulk::{BulkSource, BulkState};
use domain::mail_run::{MailRun, MailRunContent};
use mirror::{AccountRow, MailRowResult, MirrorError, NewLine};
use operations::mail_batch;
use operations::mail_list::{self, MailList};
use serde_json::{Map, Value, json};
use vendors::sendgrid::{BATCH_MOST, Content};

use super::mail_run_view::{run_of, view};
use super::messages::check_send_at;
use super::scope::Resolved;
use super::{bulk, mail_lists, saved_views};
use crate::desk::OpenMirror;
use crate::errors;

/// Recipients of a list that are shown before a run is made, and those whose messages are.
const SAMPLE_ROWS: usize = 5;
const SHOWN: u32 = 3;
/// Rows of one page when nothing is said.
const ROWS: u32 = 50;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// A list with what it is called and where it came from.
async fn list_of(
    scope: &Resolved,
    origin: BulkOrigin,
    sheet: Option<String>,
) -> Result<(String, BulkSource, MailList), ErrorBody> {
    let (name, source, table) = bulk::table_of(origin, sheet).await?;
    if let Some(table) = table {
        return Ok((name, source, MailList::of_table(table)));
    }
    let (open, row) = scope.one_account(None).await?;
    let found = saved_views::by_name(&open, &name).await?;
    let list = mail_list::list_of_view(&open.mirror, row.id, &found.query, scope.clock.now()).await;
    let list = list.map_err(|error| errors::of_operation(&error, row.label.as_str()))?;
    Ok((found.name, source, list))
}

/// Answers `read_mail_list`.
pub(crate) async fn read(scope: &Resolved, request: ReadMailList) -> Result<MailListFile, ErrorBody> {
    let (name, _, list) = list_of(scope, request.origin, request.sheet).await?;
    let shown =
        |text: &str| domain::card_number::mask_card_numbers(text).chars().take(200).collect::<String>();
    let sample = list.rows().iter().take(SAMPLE_ROWS);
    let sample = sample.map(|row| row.cells.iter().map(|cell| shown(&cell.text)).collect()).collect();
    Ok(MailListFile {
        name,
        sheets: list.table().sheets.clone(),
        sheet: list.table().sheet.clone(),
        rows: list.rows().len() as u64,
        columns: list.columns.clone(),
        address: list.address.and_then(|place| u32::try_from(place).ok()),
        sample,
    })
}

/// What a run says, without card numbers.
fn content_of(content: MessageContent) -> Result<MailRunContent, ErrorBody> {
    let content = match content {
        MessageContent::FreeText { subject, text } => Content::Text { subject, text },
        MessageContent::Template { id, data } => {
            Content::Template { id, data: mail_lists::read_data(&data)? }
        }
        MessageContent::Receipt | MessageContent::RefundNotice => {
            return Err(errors::bad_request("a run says a text or a template"));
        }
    };
    content.check().map_err(|problem| ErrorBody::new(ErrorCode::BadMessage).with("why", problem))?;
    Ok(match content.without_card_numbers().0 {
        Content::Text { subject, text } => MailRunContent::Text { subject, text: Some(text) },
        Content::Template { id, data } => {
            MailRunContent::Template { id, data: Value::Object(data).to_string() }
        }
    })
}

/// Answers `import_mail_run`.
pub(crate) async fn import(scope: &Resolved, request: ImportMailRun) -> Result<MailRunView, ErrorBody> {
    let (open, row) = scope.mail_account(request.account.as_deref()).await?;
    let runs = open.mirror.mail_runs();
    if let Some(run) = runs.by_request_id(request.request_id).await.map_err(of_mirror)? {
        return view(&scope.desk, &open, &run).await;
    }
    let per_request = request.per_request.unwrap_or(BATCH_MOST as u32);
    if per_request == 0 || per_request as usize > BATCH_MOST {
        return Err(errors::bad_request(format_args!("one request has 1 to {BATCH_MOST} recipients")));
    }
    check_send_at(request.send_at, scope.clock.now())?;
    let settings = open.mirror.messages().settings(row.id).await.map_err(of_mirror)?;
    if settings.from_address.is_none() {
        return Err(ErrorBody::new(ErrorCode::SenderNeeded).with("label", &row.label));
    }
    let content = content_of(request.content)?;
    let (name, source, list) = list_of(scope, request.origin, request.sheet).await?;
    let chosen = request.address.map(|place| place as usize).or(list.address);
    let address = chosen.filter(|place| *place < list.columns.len());
    let address = address.ok_or_else(|| ErrorBody::new(ErrorCode::NoAddressColumn).with("name", &name))?;
    let (rows, content) =
        tokio::task::spawn_blocking(move || (mail_list::recipients(&list, address, &content), content))
            .await
            .map_err(errors::defect)?;
    refuse_holes(scope, &open, &row, &content, rows.iter().find_map(|row| row.data.clone())).await?;
    let suppressions_read = match mail_lists::refresh_suppressions(scope, &open, &row, false).await {
        Ok(_) => true,
        Err(error) if error.code == ErrorCode::VendorForbidden => false,
        Err(error) => return Err(error),
    };
    let digest = mail_list::digest(&content, &rows);
    let run = MailRun {
        id: BulkRunId::generate(),
        request_id: request.request_id,
        account_id: row.id,
        name,
        source,
        same_as: runs.same_rows(row.id, &digest).await.map_err(of_mirror)?.map(|earlier| earlier.id),
        digest,
        state: BulkState::Ready,
        problem_code: None,
        problem_detail: None,
        content,
        group_id: request.group,
        send_at: request.send_at,
        batch_id: None,
        schedule: None,
        per_request,
        suppressions_read,
        created_at: scope.clock.now(),
        started_at: None,
        ended_at: None,
    };
    let earlier = runs.insert(&run, &rows).await.map_err(of_mirror)?;
    if earlier.is_none() {
        runs.mark_suppressed(run.id).await.map_err(of_mirror)?;
        note_import(scope, &open, &run, rows.len()).await;
    }
    view(&scope.desk, &open, earlier.as_ref().unwrap_or(&run)).await
}

/// A list of recipients tells of people, and so may its name.
async fn note_import(scope: &Resolved, open: &OpenMirror, run: &MailRun, rows: usize) {
    let line = NewLine {
        account: Some(run.account_id),
        facts: json!({ "rows": rows, "from": run.source.to_string() }),
        personal: json!({ "file": run.name }),
        ..NewLine::new(scope.clock.now(), "mail_run_imported", run.id.to_string())
    };
    scope.look_ups.write(&open.mirror, line).await;
}

/// Refuses a template that would leave with holes. All rows have the same columns, so what the first has, all have.
async fn refuse_holes(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    content: &MailRunContent,
    first: Option<String>,
) -> Result<(), ErrorBody> {
    let MailRunContent::Template { id, data } = content else { return Ok(()) };
    let found = match mail_lists::version_of(scope, open, row, id, false).await {
        // What the key may not read only the vendor can tell.
        Err(error) if error.code == ErrorCode::VendorForbidden => return Ok(()),
        other => other?,
    };
    match mail_lists::rendered(found.version, merged(data, first.as_deref())).await? {
        Ok(rendered) if rendered.missing.is_empty() => Ok(()),
        Ok(rendered) => {
            Err(ErrorBody::new(ErrorCode::TemplateDataMissing).with("names", rendered.missing.join(", ")))
        }
        Err(problem) => Err(ErrorBody::new(ErrorCode::BadTemplate).with("why", problem)),
    }
}

fn merged(common: &str, own: Option<&str>) -> Map<String, Value> {
    let mut data: Map<String, Value> = serde_json::from_str(common).unwrap_or_default();
    let own: Map<String, Value> = own.and_then(|own| serde_json::from_str(own).ok()).unwrap_or_default();
    data.extend(own);
    data
}

/// Answers `preview_mail_run`.
pub(crate) async fn preview(scope: &Resolved, request: PreviewMailRun) -> Result<MailSamples, ErrorBody> {
    let (open, accounts) = scope.accounts().await?;
    let run = run_of(&open, &request.id).await?;
    let unknown = || ErrorBody::new(ErrorCode::UnknownAccount).with("label", run.account_id);
    let row = accounts.into_iter().find(|row| row.id == run.account_id).ok_or_else(unknown)?;
    let settings = open.mirror.messages().settings(row.id).await.map_err(of_mirror)?;
    let next = open.mirror.mail_runs().to_send(run.id, SHOWN).await.map_err(of_mirror)?;
    let mut items = Vec::with_capacity(next.len());
    for one in next {
        let rendered = match &run.content {
            MailRunContent::Text { subject, text } => RenderedView {
                subject: subject.clone(),
                text: text.clone().unwrap_or_default(),
                html: String::new(),
                missing: Vec::new(),
                unknown_helpers: Vec::new(),
            },
            MailRunContent::Template { id, data } => {
                let found = mail_lists::version_of(scope, &open, &row, id, false).await?;
                let rendered = mail_lists::rendered(found.version, merged(data, Some(&one.data))).await?;
                let bad = |problem| ErrorBody::new(ErrorCode::BadTemplate).with("why", problem);
                mail_lists::rendered_view(rendered.map_err(bad)?)
            }
        };
        let sandbox_mode = mail_batch::only_checked(row.environment, &settings, &one.to);
        items.push(MailSample { line: one.line, to: one.to, rendered, sandbox_mode });
    }
    let from = settings.from_address.unwrap_or_default();
    let from = settings.from_name.map_or_else(|| from.clone(), |name| format!("{name} <{from}>"));
    Ok(MailSamples { from, items })
}

/// Answers `list_mail_runs`.
pub(crate) async fn list(scope: &Resolved, request: ListMailRuns) -> Result<Page<MailRunView>, ErrorBody> {
    let open = scope.open_mirror().await?;
    let runs = open.mirror.mail_runs();
    let limit = request.range.limit.unwrap_or(ROWS);
    let page = runs.list(limit, request.range.after.as_deref()).await.map_err(of_mirror)?;
    let total = runs.count().await.map_err(of_mirror)?;
    let mut items = Vec::with_capacity(page.items.len());
    for run in &page.items {
        items.push(view(&scope.desk, &open, run).await?);
    }
    Ok(Page { items, total, next: page.next })
}

/// Answers `show_mail_run`.
pub(crate) async fn show(scope: &Resolved, request: ShowMailRun) -> Result<MailRunView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let run = run_of(&open, &request.id).await?;
    view(&scope.desk, &open, &run).await
}

/// Answers `list_mail_run_rows`.
pub(crate) async fn rows(
    scope: &Resolved,
    request: ListMailRunRows,
) -> Result<Page<MailRunRowView>, ErrorBody> {
    let open = scope.open_mirror().await?;
    let run = run_of(&open, &request.id).await?;
    let runs = open.mirror.mail_runs();
    let limit = request.range.limit.unwrap_or(ROWS);
    let page =
        runs.rows(run.id, &request.states, limit, request.range.after.as_deref()).await.map_err(of_mirror)?;
    let total = runs.count_rows(run.id, &request.states).await.map_err(of_mirror)?;
    Ok(Page { items: page.items.into_iter().map(row_view).collect(), total, next: page.next })
}

fn row_view(row: MailRowResult) -> MailRunRowView {
    MailRunRowView {
        line: row.line,
        given: row.given,
        to: row.to,
        state: row.state,
        reason: row.reason,
        detail: row.detail,
        payment: row.payment_id,
        message: row.message.map(|id| id.to_string()),
        delivered: row.delivered_at,
    }
}
