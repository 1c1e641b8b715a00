//! The evidence of one payment: a page, and what the vendor stated beside it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use contract::book::{BookPart, EvidenceView, ListBook, Said, WriteEvidence};
use contract::payments::{PaymentDetail, Shown};
use contract::shared::ListRange;
use contract::{ErrorBody, ErrorCode};
use mirror::{NewLine, VendorObject};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::book::of_file;
use super::exports::absolute;
use super::lookup::{self, Located};
use super::scope::Resolved;
use crate::errors;
use crate::evidence_page::{Attachment, page};
use crate::home::keep_private;

/// Lines of the book that a page takes of one payment or refund.
const MOST_LINES: u32 = 200;

/// Answers `write_evidence`.
pub(crate) async fn write(scope: &Resolved, request: WriteEvidence) -> Result<EvidenceView, ErrorBody> {
    let path = absolute(&request.to)?;
    let located = lookup::payment(scope, &request.payment).await?;
    let Shown::Payment(payment) = super::payments::detail(scope, &located).await? else {
        return Err(ErrorBody::new(ErrorCode::UnknownId).with("id", &request.payment));
    };
    let mirror = &located.open.mirror;
    let objects = mirror.objects_of_payment(located.row.id, &located.vendor_id).await;
    let objects = objects.map_err(|error| errors::of_mirror(&error))?;
    let attachments: Vec<Attachment> = objects.iter().map(attachment).collect();
    let mut done = Vec::new();
    let refunds = payment.refunds.iter().filter_map(|one| one.refund_id.clone());
    for about in std::iter::once(located.vendor_id.clone()).chain(refunds) {
        let range = ListRange { limit: Some(MOST_LINES), after: None };
        let request = ListBook { part: Some(BookPart::Money), about: Some(about), who: None, range };
        done.extend(super::book::list(scope, request).await?.items);
    }
    done.sort_by_key(|line| line.number);
    done.dedup_by_key(|line| line.number);
    let folder = folder_of(&path)?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    put(&path, page(&payment, &done, &name, &attachments).as_bytes(), &folder, &attachments)?;
    note(scope, &located, &payment, &path).await?;
    Ok(EvidenceView {
        payment: located.vendor_id.clone(),
        path: path.display().to_string(),
        attachments: attachments.into_iter().map(|one| Said { name: one.name, value: one.sha256 }).collect(),
        environment: located.row.environment,
    })
}

async fn note(
    scope: &Resolved,
    located: &Located,
    payment: &PaymentDetail,
    path: &Path,
) -> Result<(), ErrorBody> {
    let line = NewLine {
        account: Some(located.row.id),
        personal: json!({ "path": path.display().to_string() }),
        person: Some(super::book::person_of(&payment.payment)),
        ..NewLine::new(scope.clock.now(), "evidence_written", located.vendor_id.as_str())
    };
    located.open.mirror.book().append(&line).await.map_err(|error| errors::of_mirror(&error))?;
    Ok(())
}

fn attachment(object: &VendorObject) -> Attachment {
    // Ids of vendors are plain; whatever else one might hold must not become a path.
    let plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-');
    let id: String = object.vendor_id.chars().map(|one| if plain(one) { one } else { '-' }).collect();
    Attachment {
        name: format!("{}-{}.json", object.kind, id.chars().take(100).collect::<String>()),
        sha256: hex::encode(Sha256::digest(&object.json)),
        bytes: object.json.clone(),
    }
}

/// The folder beside a page: `ch_1.html` has `ch_1-attachments`.
fn folder_of(path: &Path) -> Result<PathBuf, ErrorBody> {
    let stem =
        path.file_stem().filter(|_| path.extension().is_some_and(|one| one.eq_ignore_ascii_case("html")));
    let Some(stem) = stem else {
        let bad = ErrorBody::new(ErrorCode::BadPath).with("path", path.display());
        return Err(bad.with("why", "the page's name must end in .html"));
    };
    Ok(path.with_file_name(format!("{}-attachments", stem.to_string_lossy())))
}

/// Writes the folder and then the page, for their owner alone. Where that fails nothing of it is left.
fn put(path: &Path, page: &[u8], folder: &Path, attachments: &[Attachment]) -> Result<(), ErrorBody> {
    if path.exists() {
        return Err(ErrorBody::new(ErrorCode::FileExists).with("path", path.display()));
    }
    fs::create_dir(folder).map_err(|error| of_file(&error, folder))?;
    let files = attachments.iter().map(|one| (folder.join(&one.name), one.bytes.as_slice()));
    let written = keep_private(folder).map_err(|error| of_file(&error, folder)).and_then(|()| {
        files
            .chain([(path.to_owned(), page)])
            .try_for_each(|(path, bytes)| write_private(&path, bytes).map_err(|error| of_file(&error, &path)))
    });
    if written.is_err() {
        let _ = fs::remove_dir_all(folder);
    }
    written
}

/// A new file for its owner alone; nothing of it is left where it cannot be written whole.
pub(super) fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}
