//! Refunds by the thousand: reading files, making runs of them, showing and ticking rows, receipts.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use contract::bulk::{
    BulkColumnName, BulkDecimals, BulkFile, BulkImporting, BulkMapping, BulkOrigin, BulkReceiptsFile,
    BulkRowView, BulkRunState, BulkRunView, BulkTicking, ImportBulk, ListBulkRows, ListBulkRuns, ReadBulk,
    ShowBulkRun, TickBulkRows, WriteBulkReceipts,
};
use contract::shared::Shell;
use contract::{ErrorBody, ErrorCode, Notice, Page};
use domain::AccountId;
use domain::bulk::{BulkHold, BulkRowState, BulkRun, BulkSource};
use export::reading::{self, GivenTable, ReadError};
use mirror::{BulkFilter, BulkReceipt, MirrorError, NewLine, Ticking};
use operations::bulk::{self, BulkColumn, Decimals, Mapping, Origin, ReceiptFile};
use serde_json::json;

use super::bulk_view::{note, run_of, state_now, view, wrong_state};
use super::exports::{absolute, of_export};
use super::scope::{Resolved, label_of};
use crate::desk::OpenMirror;
use crate::errors;

/// Rows of a file that are shown before it is imported.
const SAMPLE_ROWS: usize = 6;
/// Rows of one list when nothing is said.
const ROWS: u32 = 50;
/// Rows that one line of the book names.
const ROWS_OF_A_LINE: usize = 200;
/// Rows that are read at once for receipts.
const RECEIPTS_AT_ONCE: u32 = 1_000;
/// Notices of one import are at least this far apart.
const NOTICE_PAUSE_MS: i64 = 200;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// A table with what it is called and where it came from.
struct Given {
    name: String,
    source: BulkSource,
    table: GivenTable,
    /// What the columns are, where that needs no guess.
    mapping: Option<Mapping>,
}

fn unusable(name: &str, why: impl std::fmt::Display) -> ErrorBody {
    ErrorBody::new(ErrorCode::BadBulkFile).with("name", name).with("why", why)
}

/// Reads a file; a large one takes its time, so on a thread of its own.
async fn table(name: &str, bytes: Vec<u8>, sheet: Option<String>) -> Result<GivenTable, ErrorBody> {
    let read = move || reading::read_table(&bytes, sheet.as_deref());
    let read = tokio::task::spawn_blocking(read).await.map_err(errors::defect)?;
    read.map_err(|error: ReadError| unusable(name, error))
}

async fn from_path(path: &str, sheet: Option<String>) -> Result<Given, ErrorBody> {
    let path = absolute(path)?;
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let bytes = read_file(&path, &name).await?;
    Ok(Given { table: table(&name, bytes, sheet).await?, name, source: BulkSource::File, mapping: None })
}

/// The bytes of an ordinary file within the limits; a device or a pipe would never end.
async fn read_file(path: &Path, name: &str) -> Result<Vec<u8>, ErrorBody> {
    let found = tokio::fs::metadata(path).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ErrorBody::new(ErrorCode::FileMissing).with("path", path.display()),
        _ => unusable(name, error),
    })?;
    if !found.is_file() {
        return Err(unusable(name, "it is no ordinary file"));
    }
    if found.len() > reading::MOST_TEXT_BYTES as u64 {
        return Err(unusable(name, ReadError::TooLarge { most: reading::MOST_TEXT_BYTES / 1_048_576 }));
    }
    tokio::fs::read(path).await.map_err(|error| unusable(name, error))
}

/// The rows that a request means. A view is of one account, so that is known by then.
async fn given(
    open: &OpenMirror,
    scope: &Resolved,
    account: Option<AccountId>,
    origin: BulkOrigin,
    sheet: Option<String>,
) -> Result<Given, ErrorBody> {
    match origin {
        BulkOrigin::File { path } => from_path(&path, sheet).await,
        BulkOrigin::Content { name, base64 } => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(base64.as_bytes());
            let bytes = bytes.map_err(|_| unusable(&name, "its bytes did not come through"))?;
            Ok(Given {
                table: table(&name, bytes, sheet).await?,
                name,
                source: BulkSource::File,
                mapping: None,
            })
        }
        BulkOrigin::Text { text } => {
            let name = "text".to_owned();
            let table = reading::read_pasted(&text).map_err(|error| unusable("The text", error))?;
            Ok(Given { table, name, source: BulkSource::Text, mapping: None })
        }
        BulkOrigin::View { name } => {
            let account = account.ok_or_else(|| ErrorBody::new(ErrorCode::AccountNeeded))?;
            let view = super::saved_views::of_payments(open, &name).await?;
            let found = bulk::table_of_view(&open.mirror, account, &view.query, scope.clock.now()).await;
            let (table, mapping) = found.map_err(|error| errors::of_operation(&error, ""))?;
            Ok(Given { name: view.name, source: BulkSource::View, table, mapping: Some(mapping) })
        }
    }
}

/// Answers `read_bulk`.
pub(crate) async fn read(scope: &Resolved, request: ReadBulk) -> Result<BulkFile, ErrorBody> {
    let (open, rows) = scope.paying_accounts().await?;
    let account = rows.first().filter(|_| rows.len() == 1).map(|row| row.id);
    let given = given(&open, scope, account, request.origin, request.sheet).await?;
    let mapping = given.mapping.unwrap_or_else(|| bulk::propose(&given.table));
    let sample = given.table.rows.iter().take(SAMPLE_ROWS);
    Ok(BulkFile {
        name: given.name,
        encoding: given.table.encoding.map(str::to_owned),
        delimiter: given.table.delimiter.map(String::from),
        sheets: given.table.sheets.clone(),
        sheet: given.table.sheet.clone(),
        rows: given.table.rows.len() as u64,
        sample: sample
            .map(|row| {
                let shown = |cell: &reading::GivenCell| domain::card_number::mask_card_numbers(&cell.text);
                row.cells.iter().map(shown).map(|text| text.chars().take(200).collect()).collect()
            })
            .collect(),
        mapping: BulkMapping {
            has_names: mapping.has_names,
            columns: mapping.columns.iter().map(|column| column.map(name_of)).collect(),
        },
    })
}

fn name_of(column: BulkColumn) -> BulkColumnName {
    match column {
        BulkColumn::Payment => BulkColumnName::Payment,
        BulkColumn::Email => BulkColumnName::Email,
        BulkColumn::Amount => BulkColumnName::Amount,
        BulkColumn::Currency => BulkColumnName::Currency,
        BulkColumn::Date => BulkColumnName::Date,
        BulkColumn::Order => BulkColumnName::Order,
        BulkColumn::Reason => BulkColumnName::Reason,
        BulkColumn::Note => BulkColumnName::Note,
    }
}

fn column_of(name: BulkColumnName) -> BulkColumn {
    BulkColumn::ALL.into_iter().find(|column| name_of(*column) == name).unwrap_or(BulkColumn::Note)
}

/// Answers `import_bulk`.
pub(crate) async fn import(scope: &Resolved, request: ImportBulk) -> Result<BulkRunView, ErrorBody> {
    let (open, row) = scope.one_account(request.account.as_deref()).await?;
    let given = given(&open, scope, Some(row.id), request.origin, request.sheet).await?;
    let named = request.mapping.map(|mapping| Mapping {
        has_names: mapping.has_names,
        columns: mapping.columns.into_iter().map(|column| column.map(column_of)).collect(),
    });
    let mapping = named.or(given.mapping).unwrap_or_else(|| bulk::propose(&given.table));
    let origin = Origin {
        request_id: request.request_id,
        name: given.name,
        source: given.source,
        reason: request.reason,
        note: request.note,
        decimals: request.decimals.map(|decimals| match decimals {
            BulkDecimals::Point => Decimals::Point,
            BulkDecimals::Comma => Decimals::Comma,
        }),
    };
    let total = given.table.rows.len() as u64;
    let said_at = AtomicI64::new(0);
    let heard = |rows: u64| {
        let now = scope.clock.now().as_ms();
        if now - said_at.load(Ordering::Relaxed) >= NOTICE_PAUSE_MS {
            said_at.store(now, Ordering::Relaxed);
            let import = BulkImporting { request_id: origin.request_id, rows, total };
            scope.say(Notice::BulkImport { environment: row.environment, import });
        }
    };
    let now = scope.clock.now();
    let imported = bulk::import(&open.mirror, row.id, &origin, (&given.table, &mapping), now, &heard).await;
    let imported = imported.map_err(|error| match error {
        operations::OperationError::BadInput(why) => unusable(&origin.name, why),
        other => errors::of_operation(&other, row.label.as_str()),
    })?;
    if !imported.before {
        note_import(scope, &open, &imported.run, total - u64::from(mapping.has_names)).await;
    }
    view(&scope.desk, &open, &imported.run).await
}

/// A file of refunds tells of people, and so may its name.
async fn note_import(scope: &Resolved, open: &OpenMirror, run: &BulkRun, rows: u64) {
    let line = NewLine {
        account: Some(run.account_id),
        facts: json!({ "rows": rows, "from": run.source.to_string() }),
        personal: json!({ "file": run.name }),
        ..NewLine::new(scope.clock.now(), "bulk_imported", run.id.to_string())
    };
    scope.look_ups.write(&open.mirror, line).await;
}

/// Takes down that rows were looked at. A page asks for the same again whenever one of them changed.
async fn note_rows(scope: &Resolved, open: &OpenMirror, run: &BulkRun, found: &[BulkReceipt]) {
    let now = scope.clock.now();
    for chunk in found.chunks(ROWS_OF_A_LINE) {
        let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else { continue };
        let lines = format!("{}-{}", first.row.given.line, last.row.given.line);
        let key = format!("{} {lines}", run.id);
        if scope.scope.shell == Shell::Window && !scope.look_ups.is_new(open.mirror.environment(), &key, now)
        {
            continue;
        }
        let ids: Vec<&str> = chunk.iter().filter_map(|one| one.row.payment_id.as_deref()).collect();
        let facts = json!({ "shown": chunk.len(), "lines": lines, "payments": ids });
        note(scope, open, "bulk_rows_shown", run, facts).await;
    }
}

/// Answers `list_bulk_runs`.
pub(crate) async fn list(scope: &Resolved, request: ListBulkRuns) -> Result<Page<BulkRunView>, ErrorBody> {
    let open = scope.open_mirror().await?;
    let runs = open.mirror.bulk_runs();
    let limit = request.range.limit.unwrap_or(ROWS);
    let page = runs.list(limit, request.range.after.as_deref()).await.map_err(of_mirror)?;
    let total = runs.count().await.map_err(of_mirror)?;
    let mut items = Vec::with_capacity(page.items.len());
    for run in &page.items {
        items.push(view(&scope.desk, &open, run).await?);
    }
    Ok(Page { items, total, next: page.next })
}

/// Answers `show_bulk_run`.
pub(crate) async fn show(scope: &Resolved, request: ShowBulkRun) -> Result<BulkRunView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let run = run_of(&open, &request.id).await?;
    view(&scope.desk, &open, &run).await
}

/// Answers `list_bulk_rows`.
pub(crate) async fn rows(scope: &Resolved, request: ListBulkRows) -> Result<Page<BulkRowView>, ErrorBody> {
    let open = scope.open_mirror().await?;
    let run = run_of(&open, &request.id).await?;
    let state = |word: &String| {
        word.parse::<BulkRowState>()
            .map_err(|_| errors::bad_request(format!("{word} is not a state of a row")))
    };
    let states = request.states.iter().map(state).collect::<Result<_, _>>()?;
    let filter = BulkFilter { states, problem: request.problem };
    let limit = request.range.limit.unwrap_or(ROWS);
    let runs = open.mirror.bulk_runs();
    let page = runs.rows(run.id, &filter, limit, request.range.after.as_deref()).await.map_err(of_mirror)?;
    let total = runs.count_rows(run.id, &filter).await.map_err(of_mirror)?;
    let stands = !matches!(state_now(&scope.desk, &run), BulkRunState::Running | BulkRunState::Canceled);
    note_rows(scope, &open, &run, &page.items).await;
    let items = page.items.iter().map(|receipt| row_view(receipt, stands)).collect();
    Ok(Page { items, total, next: page.next })
}

fn row_view(receipt: &BulkReceipt, stands: bool) -> BulkRowView {
    let (row, given) = (&receipt.row, &receipt.row.given);
    let is_sent = receipt.intent_id.is_some();
    let (problem, problem_detail) = match is_sent {
        true => (receipt.intent_problem.clone(), receipt.intent_detail.clone()),
        false => (row.problem_code.clone(), row.problem_detail.clone()),
    };
    BulkRowView {
        line: given.line,
        state: receipt.state.to_string(),
        ticked: row.ticked && !matches!(row.hold, Some(BulkHold::Blocked)),
        can_tick: stands && !is_sent && matches!(row.hold, None | Some(BulkHold::Asks | BulkHold::Approval)),
        matched: row.matched.to_string(),
        matched_by: row.matched_by.clone(),
        payment: row.payment_id.clone(),
        amount: row.amount,
        problem,
        problem_detail,
        given_payment: given.payment.clone(),
        given_email: given.email.clone(),
        given_amount: given.amount.clone(),
        given_currency: given.currency.clone(),
        given_date: given.date.clone(),
        given_order: given.order.clone(),
        reason: given.reason.clone(),
        note: given.note.clone(),
        intent_id: receipt.intent_id.clone(),
        refund_id: receipt.refund_id.clone(),
        refund_status: receipt.refund_status.clone(),
        trace_reference: receipt.trace_reference.clone(),
        approval: receipt.approval.clone(),
    }
}

/// Answers `tick_bulk_rows`.
pub(crate) async fn tick(scope: &Resolved, request: TickBulkRows) -> Result<BulkRunView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let _alone = scope.bulks.deciding.lock().await;
    let run = run_of(&open, &request.id).await?;
    let state = state_now(&scope.desk, &run);
    if matches!(state, BulkRunState::Running | BulkRunState::Canceled) {
        return Err(wrong_state(state));
    }
    let which = match request.which {
        BulkTicking::Lines { lines } => Ticking::Lines(lines),
        BulkTicking::Problem { problem } => Ticking::Problem(problem),
        BulkTicking::All => Ticking::All,
    };
    let by = match &which {
        Ticking::Lines(lines) => json!({ "lines": lines }),
        Ticking::Problem(problem) => json!({ "problem": problem }),
        Ticking::All => json!({ "all": true }),
    };
    let rows = open.mirror.bulk_runs().tick(run.id, &which, request.ticked).await.map_err(of_mirror)?;
    if rows > 0 {
        let facts = json!({ "rows": rows, "ticked": request.ticked, "which": by });
        note(scope, &open, "bulk_ticked", &run, facts).await;
    }
    view(&scope.desk, &open, &run).await
}

/// Answers `write_bulk_receipts`.
pub(crate) async fn receipts(
    scope: &Resolved,
    request: WriteBulkReceipts,
) -> Result<BulkReceiptsFile, ErrorBody> {
    let (open, accounts) = scope.accounts().await?;
    let run = run_of(&open, &request.id).await?;
    let path = absolute(&request.path)?;
    let of_file = |error: export::ExportError| of_export(&error, &path);
    let label = label_of(&accounts, run.account_id);
    let mut file = ReceiptFile::create(&path, request.overwrite, &label).map_err(of_file)?;
    let mut after = None::<String>;
    loop {
        let runs = open.mirror.bulk_runs();
        let page = runs.rows(run.id, &BulkFilter::default(), RECEIPTS_AT_ONCE, after.as_deref()).await;
        let page = page.map_err(of_mirror)?;
        file.push(&page.items).map_err(of_file)?;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let finished = tokio::task::spawn_blocking(|| file.finish()).await.map_err(errors::defect)?;
    let finished = finished.map_err(of_file)?;
    note(scope, &open, "bulk_receipts_written", &run, json!({ "rows": finished.rows })).await;
    Ok(BulkReceiptsFile { path: path.display().to_string(), rows: finished.rows, bytes: finished.bytes })
}
