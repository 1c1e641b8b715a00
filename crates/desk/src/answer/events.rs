//! Events: what was received, and what is in the mirror.

use std::collections::HashMap;

use contract::events::{EventDetail, EventView, ListReceived, ReceivedDetail, ReceivedEventView, ShowEvent};
use contract::{ErrorBody, ErrorCode, Page};
use domain::{AccountId, Event, Kind, Timestamp};
use mirror::{Came, FindScope, FoundEvent, FoundWhat, InboxRow, MirrorError, Origin, Stored};

use super::history::came_by;
use super::scope::{Resolved, label_of};
use crate::desk::OpenMirror;
use crate::errors;

/// Rows of a page when the shell asks for no number.
const PAGE: u32 = 50;
/// Events about one thing that are shown with one of them.
const VERSIONS: usize = 100;
/// In front of the number of a request.
pub(super) const RECEIVED: &str = "in_";

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// A page of events that a search finds, newest first, for whoever sends them on. Requests that brought none are no
/// events and left out, so a page may be short, but never empty before the last.
pub(crate) async fn search(
    open: &OpenMirror,
    query: &str,
    now: Timestamp,
    limit: u32,
    after: Option<&str>,
) -> Result<mirror::Page<(AccountId, Event)>, ErrorBody> {
    let event = |one: FoundEvent| match one.what {
        FoundWhat::Event(event) => Some((one.account_id, event)),
        FoundWhat::Request(_) => None,
    };
    let mut after = after.map(str::to_owned);
    loop {
        let found = open.mirror.find_events(query, FindScope::all(now), limit, after.as_deref(), None).await;
        let found = found.map_err(of_mirror)?;
        let items: Vec<_> = found.items.into_iter().filter_map(event).collect();
        if !items.is_empty() || found.next.is_none() {
            return Ok(mirror::Page { items, next: found.next });
        }
        // A page of requests alone is not the end.
        after = found.next;
    }
}

/// The event with the vendor's id, or the one that a received request brought where that is believed.
pub(crate) async fn find(open: &OpenMirror, id: &str) -> Result<Option<(AccountId, Event)>, ErrorBody> {
    let mut wanted = (id.to_owned(), None);
    if let Some(number) = id.strip_prefix(RECEIVED) {
        let Ok(number) = number.parse() else { return Ok(None) };
        let Some(row) = open.mirror.inbox().by_number(number).await.map_err(of_mirror)? else {
            return Ok(None);
        };
        let why = match (row.verdict.as_str(), row.state.as_str()) {
            ("refused", _) => {
                Some("its signature was refused, and Paydesk signs nothing that nobody vouches for")
            }
            (_, "apart") => Some("it is kept apart, and nothing follows from it"),
            _ => None,
        };
        if let Some(why) = why {
            return Err(ErrorBody::new(ErrorCode::NotReplayable).with("id", id).with("why", why));
        }
        let Some(event_id) = row.event_id else { return Ok(None) };
        wanted = (event_id, Some(row.account_id));
    }
    let mut found = Vec::new();
    for account in open.mirror.origins().await.map_err(of_mirror)? {
        if wanted.1.is_none_or(|only| only == account.id) {
            let event = open.mirror.events().by_id(account.id, &wanted.0).await.map_err(of_mirror)?;
            found.extend(event.map(|event| (account.label.to_string(), account.id, event.value)));
        }
    }
    if found.len() > 1 {
        let labels: Vec<&str> = found.iter().map(|(label, _, _)| label.as_str()).collect();
        let error = ErrorBody::new(ErrorCode::AmbiguousId).with("id", id);
        return Err(error.with("accounts", labels.join(", ")));
    }
    Ok(found.pop().map(|(_, account, event)| (account, event)))
}

fn event_view(rows: &[Origin], stored: Stored<Event>, came: &HashMap<String, Came>) -> EventView {
    let came = came_by(came.get(&stored.value.vendor_id).copied().unwrap_or(Came::Feed));
    let Event { vendor_id, kind, created_at, api_version, subject, request_id, .. } = stored.value;
    EventView {
        id: vendor_id,
        account: label_of(rows, stored.account_id),
        event_type: kind,
        created: created_at,
        object: subject.object,
        object_id: subject.vendor_id,
        payment: subject.payment_id,
        api_version,
        request_id,
        came,
    }
}

/// The events about the thing that an event is about, newest first.
async fn versions_of(
    open: &OpenMirror,
    rows: &[Origin],
    event: &Stored<Event>,
) -> Result<Vec<EventView>, ErrorBody> {
    let events = open.mirror.events();
    let mut found = match &event.value.subject.vendor_id {
        Some(id) => {
            events.for_subject(event.account_id, std::slice::from_ref(id)).await.map_err(of_mirror)?
        }
        None => vec![event.clone()],
    };
    // Those that are about a payment's other things are no versions of it.
    found.retain(|one| one.value.subject.vendor_id == event.value.subject.vendor_id);
    found.truncate(VERSIONS);
    let ids: Vec<String> = found.iter().map(|one| one.value.vendor_id.clone()).collect();
    let came = events.came(event.account_id, &ids).await.map_err(of_mirror)?;
    Ok(found.into_iter().map(|one| event_view(rows, one, &came)).collect())
}

async fn view_of(open: &OpenMirror, rows: &[Origin], event: Stored<Event>) -> Result<EventView, ErrorBody> {
    let ids = [event.value.vendor_id.clone()];
    let came = open.mirror.events().came(event.account_id, &ids).await.map_err(of_mirror)?;
    Ok(event_view(rows, event, &came))
}

/// Answers `list_received`.
pub(crate) async fn list_received(
    scope: &Resolved,
    request: ListReceived,
) -> Result<Page<ReceivedEventView>, ErrorBody> {
    let (open, rows) = scope.origins().await?;
    let account = match &request.account {
        Some(label) => Some(scope.origin(label).await?.1.id),
        None => None,
    };
    let (inbox, limit) = (open.mirror.inbox(), request.range.limit.unwrap_or(PAGE));
    let found = inbox.list(account, request.apart_only, limit, request.range.after.as_deref()).await;
    let found = found.map_err(of_mirror)?;
    let total = inbox.count(account, request.apart_only).await.map_err(of_mirror)?;
    let items = found.items.iter().map(|row| received_view(&rows, row, None)).collect();
    Ok(Page { items, total, next: found.next })
}

/// A request as shells show it.
pub(crate) fn received_view(rows: &[Origin], row: &InboxRow, object_id: Option<String>) -> ReceivedEventView {
    ReceivedEventView {
        received_id: format!("{RECEIVED}{}", row.number),
        account: label_of(rows, row.account_id),
        received: row.received_at,
        verdict: row.verdict.clone(),
        state: row.state.clone(),
        reason: row.reason.clone(),
        event: row.event_id.clone(),
        several: row.several,
        event_type: row.event_type.clone(),
        object_id,
        replayable: row.replayable,
    }
}

/// The event with the vendor's id, whosever it is.
pub(super) async fn one_event(
    open: &OpenMirror,
    rows: &[Origin],
    id: &str,
) -> Result<Stored<Event>, ErrorBody> {
    let mut found = Vec::new();
    for account in rows {
        found.extend(open.mirror.events().by_id(account.id, id).await.map_err(of_mirror)?);
    }
    if found.len() > 1 {
        let labels: Vec<String> = found.iter().map(|one| label_of(rows, one.account_id)).collect();
        return Err(ErrorBody::new(ErrorCode::AmbiguousId)
            .with("id", id)
            .with("accounts", labels.join(", ")));
    }
    found.pop().ok_or_else(|| ErrorBody::new(ErrorCode::UnknownId).with("id", id))
}

/// Answers `show_event`.
pub(crate) async fn show(scope: &Resolved, request: ShowEvent) -> Result<EventDetail, ErrorBody> {
    let (open, rows) = scope.origins().await?;
    let unknown = || ErrorBody::new(ErrorCode::UnknownId).with("id", &request.id);
    if let Some(number) = request.id.strip_prefix(RECEIVED) {
        let number = number.parse().map_err(|_| unknown())?;
        let row = open.mirror.inbox().by_number(number).await.map_err(of_mirror)?.ok_or_else(unknown)?;
        return shown_request(&open, &rows, row).await;
    }
    let event = one_event(&open, &rows, &request.id).await?;
    let account = event.account_id;
    let document = open.mirror.raw(account, Kind::Events, &request.id).await.map_err(of_mirror)?;
    let received = received_of(&open, &rows, account, &request.id).await?;
    let document = text_of(&document.unwrap_or_default());
    let versions = versions_of(&open, &rows, &event).await?;
    let event = Some(view_of(&open, &rows, event).await?);
    Ok(EventDetail { event, document, received, versions })
}

async fn received_of(
    open: &OpenMirror,
    rows: &[Origin],
    account: AccountId,
    event_id: &str,
) -> Result<Vec<ReceivedDetail>, ErrorBody> {
    let found = open.mirror.inbox().of_event(account, event_id).await.map_err(of_mirror)?;
    Ok(found.into_iter().map(|row| received_detail(rows, row)).collect())
}

/// A request that brought no event of the mirror, or one that another brought before.
async fn shown_request(open: &OpenMirror, rows: &[Origin], row: InboxRow) -> Result<EventDetail, ErrorBody> {
    let body = open.mirror.inbox().body(row.number).await.map_err(of_mirror)?.unwrap_or_default();
    // What is shown has no secrets either; what is kept has them where the vendor sent them.
    let document = vendors::stripe::shown_body(&body).unwrap_or(body);
    let event = match &row.event_id {
        Some(id) => open.mirror.events().by_id(row.account_id, id).await.map_err(of_mirror)?,
        None => None,
    };
    let (event, versions) = match event {
        Some(event) => {
            let versions = versions_of(open, rows, &event).await?;
            (Some(view_of(open, rows, event).await?), versions)
        }
        None => (None, Vec::new()),
    };
    let (document, received) = (text_of(&document), vec![received_detail(rows, row)]);
    Ok(EventDetail { event, document, received, versions })
}

fn received_detail(rows: &[Origin], row: InboxRow) -> ReceivedDetail {
    ReceivedDetail {
        request: received_view(rows, &row, None),
        method: row.method,
        signed_at: signed_at(&row.headers),
        scheme: row.scheme,
        path: row.path,
        headers: row.headers,
        body_bytes: row.body_bytes,
    }
}

/// When a request says that it was signed, by the header of its scheme.
fn signed_at(headers: &[(String, String)]) -> Option<Timestamp> {
    const SECONDS: [&str; 3] =
        ["webhook-timestamp", "svix-timestamp", "x-twilio-email-event-webhook-timestamp"];
    let of = |name: &str| {
        headers.iter().find(|(held, _)| held.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    };
    if let Some(value) = of("stripe-signature") {
        let seconds = value.split(',').find_map(|part| part.trim().strip_prefix("t="))?;
        return seconds.parse().ok().map(Timestamp::from_seconds);
    }
    if let Some(value) = of("x-hubspot-request-timestamp") {
        return value.parse().ok().map(Timestamp::from_ms);
    }
    if let Some(value) = of("paypal-transmission-time") {
        return value.parse().ok();
    }
    SECONDS.into_iter().find_map(of)?.parse().ok().map(Timestamp::from_seconds)
}

/// A document as text that can be read.
fn text_of(document: &[u8]) -> String {
    let pretty = serde_json::from_slice::<serde_json::Value>(document)
        .and_then(|value| serde_json::to_string_pretty(&value));
    pretty.unwrap_or_else(|_| String::from_utf8_lossy(document).into_owned())
}

#[cfg(test)]
mod tests {
    use contract::Scope;
    use contract::accounts::RemoveAccount;
    use contract::shared::Shell;
    use domain::{AccountId, Environment, Secret, Timestamp};
    use mirror::{AccountRow, KeyReference};
    use tokio::sync::broadcast;

    use super::signed_at;
    use crate::connection::DeskOptions;
    use crate::desk::Desk;
    use crate::home::Home;
    use crate::listening::{previous_secret, secret_name};

    #[tokio::test(flavor = "multi_thread")]
    async fn an_account_that_goes_takes_the_secrets_of_its_path_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let options = DeskOptions {
            home: folder.path().join("home"),
            shell: Shell::Command,
            passphrase: Some(Secret::new("correct horse battery staple")),
            background: false,
            vault: Some("passphrase".to_owned()),
        };
        let home = Home::open(&options.home).unwrap();
        let clock = std::sync::Arc::new(operations::SystemClock);
        let desk = Desk::open(home, &options, broadcast::channel(8).0, clock).await.unwrap();
        let row = AccountRow {
            id: AccountId::generate(),
            vendor: domain::Vendor::Stripe,
            environment: Environment::Test,
            label: "shop".parse().unwrap(),
            base_url: "https://api.stripe.com".to_owned(),
            // Its own key is no entry of the vault, that of its path is one.
            key_reference: KeyReference::Variable("SHOP_KEY".to_owned()),
            write_key_reference: None,
            vendor_account_id: None,
            vendor_name: None,
            rights_json: "[]".to_owned(),
            default_currency: None,
            created_at: desk.clock.now(),
            removed_at: None,
        };
        let open = desk.mirror(Environment::Test).await.unwrap();
        open.mirror.accounts().insert(&row).await.unwrap();
        let (hooks, now) = (open.mirror.hooks(), desk.clock.now());
        hooks.insert("hook", row.id, "stripe", &KeyReference::Vault, now).await.unwrap();
        let vault = desk.vault().await.unwrap();
        for name in [secret_name(row.id), previous_secret(row.id)] {
            vault.set(&name, &Secret::new("whsec_1")).await.unwrap();
        }
        let scope = Scope { environment: Some(Environment::Test), shell: Shell::Command };
        desk.answer(scope, RemoveAccount { label: "shop".to_owned() }.into()).await.unwrap();
        for name in [secret_name(row.id), previous_secret(row.id)] {
            assert!(vault.get(&name).await.unwrap().is_none(), "{name}");
        }
        assert!(open.mirror.hooks().list().await.unwrap().is_empty());
        // A Desk that closes waits for whoever still has its mirror.
        drop(open);
        desk.close().await;
    }

    #[test]
    fn the_moment_of_a_signature_is_read_where_it_says_one() {
        let of = |value: &str| signed_at(&[("Stripe-Signature".to_owned(), value.to_owned())]);
        assert_eq!(of("t=1772366400,v1=00"), Some(Timestamp::from_seconds(1_772_366_400)));
        assert_eq!(of("v1=00"), None);
        assert_eq!(of("t=soon,v1=00"), None);
    }
}
