//! Templates of SMS: ours, filled in here.

use contract::text_templates::{ListTextTemplates, RemoveTextTemplate, SaveTextTemplate, TextTemplateView};
use contract::{Empty, ErrorBody, ErrorCode, Page};
use mirror::{MOST_TEXT_TEMPLATES, MirrorError, TextTemplate};
use serde_json::{Map, Value};
use vendors::sendgrid::{self, Rendered};

use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::errors;

/// Longest name, in characters.
const NAME_MAX: usize = 64;
/// Longest text, in bytes: an SMS has 1,600 characters, and names and conditions take some more.
const TEXT_MAX_BYTES: usize = 10_000;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

fn unknown(name: &str) -> ErrorBody {
    let shown: String = name.chars().filter(|one| !one.is_control()).take(80).collect();
    ErrorBody::new(ErrorCode::UnknownTemplate).with("id", shown).with("label", "SMS")
}

/// Answers `list_text_templates`.
pub(crate) async fn list(
    scope: &Resolved,
    _request: ListTextTemplates,
) -> Result<Page<TextTemplateView>, ErrorBody> {
    let open = scope.open_mirror().await?;
    let mut items = Vec::new();
    for template in open.mirror.text_templates().list().await.map_err(of_mirror)? {
        items.push(view(template).await?);
    }
    Ok(Page { total: items.len() as u64, items, next: None })
}

/// Answers `save_text_template`.
pub(crate) async fn save(scope: &Resolved, request: SaveTextTemplate) -> Result<TextTemplateView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let bad = |why: &str| ErrorBody::new(ErrorCode::BadTemplate).with("why", why);
    let name = request.name.trim().to_owned();
    let plain = !name.chars().any(|one| one.is_control() || domain::is_deceptive(one));
    if name.is_empty() || name.chars().count() > NAME_MAX || !plain {
        return Err(bad("its name has 1 to 64 characters that can be seen"));
    }
    if request.text.trim().is_empty() || request.text.len() > TEXT_MAX_BYTES {
        return Err(bad("its text has 1 to 10,000 bytes"));
    }
    let template = TextTemplate { name, text: request.text, updated_at: scope.clock.now() };
    let shown = view(template.clone()).await?;
    if !open.mirror.text_templates().save(&template).await.map_err(of_mirror)? {
        return Err(bad(&format!("there are {MOST_TEXT_TEMPLATES} already, and no more are kept")));
    }
    Ok(shown)
}

/// Answers `remove_text_template`.
pub(crate) async fn remove(scope: &Resolved, request: RemoveTextTemplate) -> Result<Empty, ErrorBody> {
    let open = scope.open_mirror().await?;
    let name = request.name.trim();
    match open.mirror.text_templates().remove(name, scope.clock.now()).await.map_err(of_mirror)? {
        true => Ok(Empty {}),
        false => Err(unknown(name)),
    }
}

/// What a template comes to; nothing that has holes leaves.
pub(super) async fn filled(
    open: &OpenMirror,
    name: &str,
    data: Map<String, Value>,
) -> Result<(String, String), ErrorBody> {
    let found = open.mirror.text_templates().by_name(name.trim()).await.map_err(of_mirror)?;
    let template = found.ok_or_else(|| unknown(name))?;
    let rendered = rendered(template.text, data).await?;
    if !rendered.missing.is_empty() {
        let names = rendered.missing.join(", ");
        return Err(ErrorBody::new(ErrorCode::TemplateDataMissing).with("names", names));
    }
    Ok((template.name, rendered.text))
}

/// Whether there is a template of that name.
pub(super) async fn check(open: &OpenMirror, name: &str) -> Result<(), ErrorBody> {
    let found = open.mirror.text_templates().by_name(name.trim()).await.map_err(of_mirror)?;
    found.map(|_| ()).ok_or_else(|| unknown(name))
}

/// Fills a text in, on a thread of its own: what is given may be anybody's text.
async fn rendered(text: String, data: Map<String, Value>) -> Result<Rendered, ErrorBody> {
    let done = tokio::task::spawn_blocking(move || sendgrid::render_text(&text, &data)).await;
    let done = done.map_err(errors::defect)?;
    done.map_err(|problem| ErrorBody::new(ErrorCode::BadTemplate).with("why", problem))
}

async fn view(template: TextTemplate) -> Result<TextTemplateView, ErrorBody> {
    let names = rendered(template.text.clone(), Map::new()).await?.missing;
    Ok(TextTemplateView { name: template.name, text: template.text, names, updated: template.updated_at })
}
