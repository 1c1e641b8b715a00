//! Templates, groups and suppressions of accounts that send mail: kept a while, with the moment that they are as of.

use contract::mail_lists::{
    GroupList, GroupView, ListGroups, ListSuppressions, ListTemplates, RenderedView, ShowTemplate,
    SuppressionList, SuppressionView, TemplateDetail, TemplateList, TemplateView,
};
use contract::{ErrorBody, ErrorCode};
use domain::Timestamp;
use mirror::{AccountRow, KeptGroup, KeptSuppression, KeptTemplate, MailList, MirrorError};
use operations::mail_list::payment_data;
use serde_json::{Map, Value, json};
use vendors::sendgrid::{self, CallError, Rendered, SuppressionKind, TemplateVersion};

use super::lookup;
use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::errors;

/// What is older than this is asked for anew.
const OLD_MS: i64 = 10 * 60_000;
/// Rows of a page where nothing else is asked for.
const ROWS: u32 = 50;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

fn is_old(as_of: Option<Timestamp>, now: Timestamp) -> bool {
    // A moment that has not come was noted under another clock.
    as_of.is_none_or(|as_of| !(0..=OLD_MS).contains(&now.ms_since(as_of)))
}

/// Answers `list_templates`.
pub(crate) async fn templates(scope: &Resolved, request: ListTemplates) -> Result<TemplateList, ErrorBody> {
    let (open, row) = scope.mail_account(request.account.as_deref()).await?;
    let lists = open.mirror.mail_lists();
    let mut as_of = lists.as_of(row.id, MailList::Templates).await.map_err(of_mirror)?;
    if request.fresh || is_old(as_of, scope.clock.now()) {
        let account = scope.open_mail_account(&row, &open).await?;
        let found = account.client.templates().await;
        let found = found.map_err(|error| errors::of_mail_call(&error, row.label.as_str()))?;
        let now = scope.clock.now();
        let kept: Vec<KeptTemplate> = found.into_iter().map(kept).collect();
        lists.keep_templates(row.id, &kept, now).await.map_err(of_mirror)?;
        as_of = Some(now);
    }
    let items = lists.templates(row.id).await.map_err(of_mirror)?.into_iter().map(template_view).collect();
    Ok(TemplateList { account: row.label.to_string(), items, as_of: as_of.unwrap_or(scope.clock.now()) })
}

fn kept(one: sendgrid::TemplateSummary) -> KeptTemplate {
    KeptTemplate { id: one.id, name: one.name, subject: one.subject, updated_at: one.updated_at }
}

fn template_view(one: KeptTemplate) -> TemplateView {
    TemplateView { id: one.id, name: one.name, subject: one.subject, updated: one.updated_at }
}

/// A template with the version that is sent, as it was at a moment.
pub(super) struct Versioned {
    pub(super) template: KeptTemplate,
    pub(super) version: TemplateVersion,
    pub(super) as_of: Timestamp,
}

/// A template with what it says: what is kept while that is young, else as the vendor shows it now.
pub(super) async fn version_of(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    id: &str,
    fresh: bool,
) -> Result<Versioned, ErrorBody> {
    let lists = open.mirror.mail_lists();
    if !fresh
        && let Some((template, version, as_of)) = lists.version(row.id, id).await.map_err(of_mirror)?
        && !is_old(Some(as_of), scope.clock.now())
    {
        return Ok(Versioned { template, version: read_version(&version), as_of });
    }
    let unknown = || {
        let shown: String = id.chars().filter(|one| !one.is_control()).take(80).collect();
        ErrorBody::new(ErrorCode::UnknownTemplate).with("id", shown).with("label", &row.label)
    };
    let account = scope.open_mail_account(row, open).await?;
    let found = account.client.template(id).await;
    let found =
        found.map_err(|error| errors::of_mail_call(&error, row.label.as_str()))?.ok_or_else(unknown)?;
    let version = found.version.unwrap_or_else(|| read_version(""));
    let text = json!({ "name": version.name, "subject": version.subject, "html": version.html, "plain": version.plain });
    let (template, now) = (kept(found.summary), scope.clock.now());
    lists.keep_version(row.id, &template, &text.to_string(), now).await.map_err(of_mirror)?;
    Ok(Versioned { template, version, as_of: now })
}

fn read_version(text: &str) -> TemplateVersion {
    let tree: Value = serde_json::from_str(text).unwrap_or_default();
    let part = |name: &str| tree[name].as_str().unwrap_or_default().to_owned();
    TemplateVersion { name: part("name"), subject: part("subject"), html: part("html"), plain: part("plain") }
}

/// Data as typed: one JSON object, or nothing.
pub(super) fn read_data(text: &str) -> Result<Map<String, Value>, ErrorBody> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    match serde_json::from_str(text) {
        Ok(Value::Object(data)) => Ok(data),
        _ => {
            Err(ErrorBody::new(ErrorCode::BadMessage)
                .with("why", "the data of a template is one JSON object"))
        }
    }
}

/// What a template is filled with: what the payment tells, and what was given, which goes before it.
pub(super) async fn whole_data(
    scope: &Resolved,
    open: &OpenMirror,
    payment: Option<&str>,
    given: Map<String, Value>,
) -> Result<Map<String, Value>, ErrorBody> {
    let mut data = Map::new();
    if let Some(payment) = payment.map(str::trim).filter(|payment| !payment.is_empty()) {
        let located = lookup::payment(scope, payment).await?;
        let stored =
            open.mirror.payments().by_id(located.row.id, &located.vendor_id).await.map_err(of_mirror)?;
        data = stored.map(|stored| payment_data(&stored.payment)).unwrap_or_default();
    }
    data.extend(given);
    Ok(data)
}

/// Renders a version, on a thread of its own: a template is somebody else's text.
pub(super) async fn rendered(
    version: TemplateVersion,
    data: Map<String, Value>,
) -> Result<Result<Rendered, sendgrid::RenderProblem>, ErrorBody> {
    tokio::task::spawn_blocking(move || sendgrid::render(&version, &data)).await.map_err(errors::defect)
}

/// What a template comes to, as the shells show it.
pub(super) fn rendered_view(one: Rendered) -> RenderedView {
    RenderedView {
        subject: one.subject,
        text: one.text,
        html: one.html,
        missing: one.missing,
        unknown_helpers: one.unknown_helpers,
    }
}

/// Answers `show_template`.
pub(crate) async fn show_template(
    scope: &Resolved,
    request: ShowTemplate,
) -> Result<TemplateDetail, ErrorBody> {
    let (open, row) = scope.mail_account(request.account.as_deref()).await?;
    let given = read_data(request.data.as_deref().unwrap_or_default())?;
    let Versioned { template, version, as_of } =
        version_of(scope, &open, &row, &request.id, request.fresh).await?;
    let data = whole_data(scope, &open, request.payment.as_deref(), given).await?;
    sendgrid::check_data(&data)
        .map_err(|problem| ErrorBody::new(ErrorCode::BadMessage).with("why", problem))?;
    let shown = Value::Object(data.clone()).to_string();
    let (rendered, problem) = match rendered(version, data).await? {
        Ok(rendered) => (Some(rendered_view(rendered)), None),
        Err(problem) => (None, Some(problem.to_string())),
    };
    Ok(TemplateDetail { template: template_view(template), rendered, problem, data: shown, as_of })
}

/// Answers `list_groups`.
pub(crate) async fn groups(scope: &Resolved, request: ListGroups) -> Result<GroupList, ErrorBody> {
    let (open, row) = scope.mail_account(request.account.as_deref()).await?;
    let lists = open.mirror.mail_lists();
    let mut as_of = lists.as_of(row.id, MailList::Groups).await.map_err(of_mirror)?;
    if request.fresh || is_old(as_of, scope.clock.now()) {
        let account = scope.open_mail_account(&row, &open).await?;
        let found = account.client.unsubscribe_groups().await;
        let found = found.map_err(|error| errors::of_mail_call(&error, row.label.as_str()))?;
        let now = scope.clock.now();
        let kept = |one: sendgrid::UnsubscribeGroup| KeptGroup {
            id: one.id,
            name: one.name,
            description: one.description,
            unsubscribes: one.unsubscribes,
        };
        let all: Vec<KeptGroup> = found.into_iter().map(kept).collect();
        lists.keep_groups(row.id, &all, now).await.map_err(of_mirror)?;
        as_of = Some(now);
    }
    let view = |one: KeptGroup| GroupView {
        id: one.id,
        name: one.name,
        description: one.description,
        unsubscribes: one.unsubscribes,
    };
    let items = lists.groups(row.id).await.map_err(of_mirror)?.into_iter().map(view).collect();
    Ok(GroupList { account: row.label.to_string(), items, as_of: as_of.unwrap_or(scope.clock.now()) })
}

/// Answers `list_suppressions`.
pub(crate) async fn suppressions(
    scope: &Resolved,
    request: ListSuppressions,
) -> Result<SuppressionList, ErrorBody> {
    let (open, row) = scope.mail_account(request.account.as_deref()).await?;
    let as_of = refresh_suppressions(scope, &open, &row, request.fresh).await?;
    let lists = open.mirror.mail_lists();
    let limit = request.range.limit.unwrap_or(ROWS);
    let page = lists.suppressions(row.id, &request.query, limit, request.range.after.as_deref()).await;
    let page = page.map_err(of_mirror)?;
    let total = lists.count_suppressions(row.id, &request.query).await.map_err(of_mirror)?;
    let items = page.items.into_iter().map(suppression_view).collect();
    Ok(SuppressionList { account: row.label.to_string(), items, total, next: page.next, as_of })
}

fn suppression_view(one: KeptSuppression) -> SuppressionView {
    let drops = one.kind.parse::<SuppressionKind>().is_ok_and(SuppressionKind::drops);
    SuppressionView {
        drops,
        kind: one.kind,
        email: one.email,
        group: one.group_id,
        reason: one.reason,
        since: one.since,
    }
}

fn kept_suppression(one: sendgrid::Suppression) -> KeptSuppression {
    KeptSuppression {
        kind: one.kind.as_str().to_owned(),
        email: one.email,
        group_id: one.group_id,
        reason: one.reason,
        since: one.since,
    }
}

/// Reads the lists of whom the vendor sends nothing to, where what is kept is old; answers with the moment that they are as of.
pub(super) async fn refresh_suppressions(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    fresh: bool,
) -> Result<Timestamp, ErrorBody> {
    let lists = open.mirror.mail_lists();
    let as_of = lists.as_of(row.id, MailList::Suppressions).await.map_err(of_mirror)?;
    match as_of {
        Some(as_of) if !fresh && !is_old(Some(as_of), scope.clock.now()) => return Ok(as_of),
        _ => {}
    }
    let account = scope.open_mail_account(row, open).await?;
    let (mut all, now) = (Vec::new(), scope.clock.now());
    for kind in SuppressionKind::ALL {
        let found = account.client.suppressions(kind).await;
        let found = found.map_err(|error| errors::of_mail_call(&error, row.label.as_str()))?;
        all.extend(found.into_iter().map(kept_suppression));
    }
    lists.keep_suppressions(row.id, &all, now).await.map_err(of_mirror)?;
    Ok(now)
}

/// Why the vendor would send an address nothing, of the groups only the one that is chosen; none where the key may not read that.
pub(super) async fn suppressions_of(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    address: &str,
    group: Option<i64>,
) -> Result<Option<Vec<SuppressionView>>, ErrorBody> {
    let lists = open.mirror.mail_lists();
    let as_of = lists.as_of(row.id, MailList::Suppressions).await.map_err(of_mirror)?;
    let found = if is_old(as_of, scope.clock.now()) {
        let account = scope.open_mail_account(row, open).await?;
        match account.client.suppressions_of(address).await {
            Ok(found) => found.into_iter().map(kept_suppression).collect(),
            Err(CallError::Forbidden(_)) => return Ok(None),
            Err(error) => return Err(errors::of_mail_call(&error, row.label.as_str())),
        }
    } else {
        lists.suppressions_of(row.id, address).await.map_err(of_mirror)?
    };
    let concerns = |one: &KeptSuppression| one.group_id.is_none() || one.group_id == group;
    Ok(Some(found.into_iter().filter(concerns).map(suppression_view).collect()))
}
