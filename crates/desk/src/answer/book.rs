//! The book: recording look-ups, reading, verifying, exporting.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use contract::book::{
    AcceptBookLoss, BookBreak, BookExported, BookLineView, BookPart, BookVerified, ExportBook, ListBook,
    NoteLookUp, Said, SetMyName, VerifyBook, WhoView,
};
use contract::payments::{PaymentView, Shown};
use contract::shared::Shell;
use contract::{Empty, ErrorBody, ErrorCode, Page};
use domain::{ExponentTable, Money};
use mirror::{
    AccountRow, BookFilter, BookLine, BookWriter, Break, Flaw, FoundPayment, MirrorError, NewLine, Person,
    Personal,
};
use serde_json::{Value as Json, json};

use super::calls::ROWS;
use super::exports::absolute;
use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::errors;
use crate::look_ups::{Asked, ShownRow, lines_of};

/// The longest name of a person.
const NAME_MAX: usize = 80;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Takes down what a search showed. A command shows it now; in a window it is shown once it rests there.
pub(crate) async fn searched(scope: &Resolved, open: &OpenMirror, asked: Asked, found: &[FoundPayment]) {
    match scope.scope.shell {
        Shell::Window => scope.look_ups.answered(asked, found),
        Shell::Command => {
            let rows: Vec<ShownRow> = found.iter().map(ShownRow::from).collect();
            for line in lines_of(&asked.query, &rows, scope.clock.now()) {
                scope.look_ups.write(&open.mirror, line).await;
            }
        }
    }
}

/// Answers `note_look_up`.
pub(crate) async fn note_look_up(scope: &Resolved, request: NoteLookUp) -> Result<Empty, ErrorBody> {
    let environment = scope.environment().await?;
    let asked = Asked { environment, query: request.query, account: request.account };
    let open = scope.open_mirror().await?;
    for line in scope.look_ups.rested(&asked, scope.clock.now()) {
        scope.look_ups.write(&open.mirror, line).await;
    }
    Ok(Empty {})
}

/// Whose a payment is.
pub(super) fn person_of(payment: &PaymentView) -> Person {
    match (&payment.customer, &payment.email) {
        (Some(customer), _) => Person::Customer(customer.clone()),
        (None, Some(email)) => Person::Email(email.clone()),
        (None, None) => Person::Payment(payment.id.clone()),
    }
}

/// Takes down that a payment, a payer's intention or a customer was opened.
pub(crate) async fn opened(scope: &Resolved, open: &OpenMirror, rows: &[AccountRow], shown: &Shown) {
    if scope.by_rule {
        return;
    }
    let (action, id, label, person) = match shown {
        Shown::Payment(one) => {
            let payment = &one.payment;
            ("payment_shown", &payment.id, &payment.account, person_of(payment))
        }
        Shown::PaymentIntent(one) => {
            let person = one.customer.clone().map_or(Person::Payment(one.id.clone()), Person::Customer);
            ("payment_shown", &one.id, &one.account, person)
        }
        Shown::Customer(one) => {
            let customer = &one.customer;
            ("customer_shown", &customer.id, &customer.account, Person::Customer(customer.id.clone()))
        }
    };
    let now = scope.clock.now();
    let environment = open.mirror.environment();
    if scope.scope.shell == Shell::Window && !scope.look_ups.is_new(environment, id, now) {
        return;
    }
    let account = rows.iter().find(|row| row.label.as_str() == label).map(|row| row.id);
    let line = NewLine { account, person: Some(person), ..NewLine::new(now, action, id.as_str()) };
    scope.look_ups.write(&open.mirror, line).await;
}

/// Takes down a question in SQL, which can show anything.
pub(crate) async fn asked_in_sql(scope: &Resolved, open: &OpenMirror, text: &str, rows: usize) {
    let line = NewLine {
        facts: json!({ "shown": rows }),
        personal: json!({ "sql": text }),
        ..NewLine::new(scope.clock.now(), "sql_asked", "")
    };
    scope.look_ups.write(&open.mirror, line).await;
}

/// Answers `list_book`.
pub(crate) async fn list(scope: &Resolved, request: ListBook) -> Result<Page<BookLineView>, ErrorBody> {
    let open = scope.open_mirror().await?;
    // Whoever only approves has a book and no account.
    let rows = open.mirror.accounts().list().await.map_err(of_mirror)?;
    let given =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = BookFilter {
        actions: request.part.map(actions_of).unwrap_or_default(),
        subject: given(request.about),
        who: given(request.who),
    };
    let book = open.mirror.book();
    let limit = request.range.limit.unwrap_or(ROWS);
    let page = book.list(&filter, limit, request.range.after.as_deref()).await.map_err(of_mirror)?;
    let total = book.count(&filter).await.map_err(of_mirror)?;
    Ok(Page { items: page.items.into_iter().map(|line| view(line, &rows)).collect(), total, next: page.next })
}

fn actions_of(part: BookPart) -> Vec<String> {
    let words: &[&str] = match part {
        BookPart::Looks => &[
            "search_shown",
            "payment_shown",
            "customer_shown",
            "sql_asked",
            "bulk_imported",
            "bulk_rows_shown",
            "bulk_receipts_written",
        ],
        BookPart::Money => &[
            "refund_*",
            "cancel_refund_*",
            "capture_*",
            "cancel_payment_*",
            "create_*",
            "confirm_*",
            "attach_*",
            "bulk_ticked",
            "bulk_begun",
            "bulk_paused",
            "bulk_canceled",
        ],
        BookPart::Keeping => &[
            "account_*",
            "mirror_*",
            "customer_erased",
            "customer_copied",
            "exported",
            "evidence_written",
            "book_*",
            "live_*",
            "record_*",
            "limits_*",
            "approv*",
            "endpoint_*",
            "channel_*",
            "replay_*",
        ],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn view(line: BookLine, rows: &[AccountRow]) -> BookLineView {
    let label =
        |id: String| rows.iter().find(|row| row.id.to_string() == id).map_or(id, |row| row.label.to_string());
    let mut facts = line.facts;
    let amount: Option<Money> = take(&mut facts, "amount").and_then(|amount| {
        let currency = amount.get("currency")?.as_str()?.parse().ok()?;
        Some(Money::new(amount.get("minor")?.as_i64()?, currency))
    });
    let currency = amount.map(|amount| amount.currency);
    let before = take(&mut facts, "before").map(|one| said(&one, currency)).unwrap_or_default();
    let after = take(&mut facts, "after").map(|one| said(&one, currency)).unwrap_or_default();
    let (personal, erased) = match line.personal {
        Personal::Nothing => (Vec::new(), false),
        Personal::Readable(personal) => (said(&personal, None), false),
        Personal::Erased => (Vec::new(), true),
    };
    BookLineView {
        number: line.number,
        at: line.at,
        system_user: line.system_user,
        name: line.name,
        shell: line.shell,
        action: line.action,
        account: line.account.map(label),
        about: line.subject,
        amount,
        before,
        after,
        facts: said(&facts, None),
        personal,
        erased,
    }
}

fn take(facts: &mut Json, name: &str) -> Option<Json> {
    facts.as_object_mut()?.remove(name)
}

/// The fields of a document, one beside the other. Whole numbers of a currency are amounts.
fn said(document: &Json, currency: Option<domain::Currency>) -> Vec<Said> {
    let Some(fields) = document.as_object() else { return Vec::new() };
    let text = |value: &Json| match (value, currency) {
        (Json::Null, _) => None,
        (Json::String(text), _) => Some(text.clone()),
        (Json::Number(number), Some(currency)) => number.as_i64().map(|minor| {
            format!("{} {currency}", Money::new(minor, currency).to_decimal(ExponentTable::Stripe))
        }),
        (Json::Array(items), _) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect();
            Some(items.join(" "))
        }
        (other, _) => Some(other.to_string()),
    };
    let values =
        fields.iter().filter_map(|(name, value)| Some(Said { name: name.clone(), value: text(value)? }));
    values.collect()
}

fn broken(found: Break) -> BookBreak {
    BookBreak { line: found.line, flaw: found.flaw.as_str().to_owned() }
}

/// Answers `verify_book`.
pub(crate) async fn verify(scope: &Resolved, request: VerifyBook) -> Result<BookVerified, ErrorBody> {
    let environment = scope.environment().await?;
    let open = scope.open_mirror().await?;
    let file = match request.file {
        Some(path) => Some(follow_file(&absolute(&path)?)?),
        None => None,
    };
    if file.is_some_and(|file| file.environment != environment) {
        return Err(errors::bad_request("the file holds the book of another environment"));
    }
    let kept = scope.kept_book_head(environment).await?;
    // A file is a witness only as far as it fits itself.
    let witness = file.filter(|file| file.broken.is_none()).map(|file| file.head);
    let heads: Vec<mirror::Head> = kept.into_iter().chain(witness).collect();
    let found = open.mirror.book().verify(&heads).await.map_err(of_mirror)?;
    let file_broken = file.and_then(|file| file.broken).map(broken);
    Ok(BookVerified {
        whole: found.broken.is_none() && file_broken.is_none(),
        lines: found.lines,
        head: found.head.to_text(),
        broken: found.broken.map(broken),
        kept: kept.map(|kept| kept.count),
        since_kept: kept.map_or(found.lines, |kept| found.lines.saturating_sub(kept.count)),
        erased: found.erased,
        file_broken,
        file_lines: file.map(|file| file.head.count),
    })
}

fn follow_file(path: &Path) -> Result<mirror::VerifiedFile, ErrorBody> {
    let unusable = || ErrorBody::new(ErrorCode::BadBookFile).with("path", path.display());
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(ErrorBody::new(ErrorCode::FileMissing).with("path", path.display()));
        }
        Err(_) => return Err(unusable()),
    };
    let followed = mirror::verify_file(BufReader::new(file)).map_err(|_| unusable())?;
    followed.ok_or_else(unusable)
}

/// Answers `export_book`.
pub(crate) async fn export(scope: &Resolved, request: ExportBook) -> Result<BookExported, ErrorBody> {
    let environment = scope.environment().await?;
    let open = scope.open_mirror().await?;
    let path = absolute(&request.to)?;
    // The export itself is in the book, and so in the export.
    let line = NewLine {
        personal: json!({ "path": path.display().to_string() }),
        ..NewLine::new(scope.clock.now(), "book_exported", "")
    };
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(|error| of_file(&error, &path))?;
    let written = async {
        open.mirror.book().append(&line).await?;
        write(&open, environment, &file).await
    };
    let (lines, head, found) = match written.await {
        Ok(written) => written,
        Err(error) => {
            let _ = std::fs::remove_file(&path);
            return Err(of_mirror(error));
        }
    };
    scope.book_heads.want();
    let path = path.display().to_string();
    Ok(BookExported { path, lines, head: head.to_text(), broken: found.map(broken) })
}

pub(super) fn of_file(error: &std::io::Error, path: &Path) -> ErrorBody {
    let code = match error.kind() {
        std::io::ErrorKind::AlreadyExists => ErrorCode::FileExists,
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
        _ => ErrorCode::BadPath,
    };
    ErrorBody::new(code).with("path", path.display()).with("why", error)
}

async fn write(
    open: &OpenMirror,
    environment: domain::Environment,
    file: &File,
) -> mirror::Result<(u64, mirror::Head, Option<Break>)> {
    let mut writer = BookWriter::begin(std::io::BufWriter::new(file), environment)?;
    let (mut last, mut count) = (0, 0);
    loop {
        let lines = open.mirror.book().raw_after(last).await?;
        let Some(end) = lines.last() else { break };
        last = end.number();
        count += lines.len() as u64;
        for line in &lines {
            writer.push(line)?;
        }
    }
    let (_, head, found) = writer.finish()?;
    file.sync_all()?;
    Ok((count, head, found))
}

/// Answers `accept_book_loss`.
pub(crate) async fn accept_loss(
    scope: &Resolved,
    request: AcceptBookLoss,
) -> Result<BookVerified, ErrorBody> {
    let environment = scope.environment().await?;
    let open = scope.open_mirror().await?;
    let before = verify(scope, VerifyBook::default()).await?;
    let refuse =
        |why: &str| Err(ErrorBody::new(ErrorCode::NoBookLoss).with("lines", before.lines).with("why", why));
    let lost = [Flaw::CutOff, Flaw::Rewritten].map(Flaw::as_str);
    let Some(found) = before.broken.as_ref().filter(|found| lost.contains(&found.flaw.as_str())) else {
        return refuse("its end is not missing");
    };
    if request.lines != before.lines {
        return refuse("another number was given");
    }
    let kept = scope.kept_book_head(environment).await?;
    let line = NewLine {
        facts: json!({
            "line": found.line,
            "flaw": found.flaw,
            "kept": kept.map(mirror::Head::to_text),
            "left": before.lines,
        }),
        ..NewLine::new(scope.clock.now(), "book_loss_accepted", "")
    };
    open.mirror.book().append(&line).await.map_err(of_mirror)?;
    scope.keep_book_head(environment, &open.mirror, true).await?;
    verify(scope, VerifyBook::default()).await
}

/// Answers `set_my_name`.
pub(crate) async fn set_my_name(scope: &Resolved, request: SetMyName) -> Result<WhoView, ErrorBody> {
    let name = request.name.trim();
    if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(errors::bad_request(format_args!("a name has at most {NAME_MAX} plain characters")));
    }
    {
        let mut settings = scope.settings.lock().await;
        settings.name = Some(name.to_owned()).filter(|name| !name.is_empty());
        settings.save(scope.home())?;
    }
    Ok(who(scope).await)
}

/// Who the book says is here.
pub(crate) async fn who(scope: &Resolved) -> WhoView {
    let acting = scope.acting().await;
    WhoView { system_user: acting.system_user, name: acting.name }
}
