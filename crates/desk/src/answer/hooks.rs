//! The paths that vendors deliver to: those of accounts, and those of sources, which are made with their path.

use contract::events::{HoldLan, HookView, ListHooks, OpenHook, RemoveHook};
use contract::{Empty, ErrorBody, ErrorCode, Page};
use domain::Environment;
use mirror::{Certificate, HookRow, HookWays, KeyReference, MirrorError, Origin};
use vault::VaultKind;
use webhooks::Scheme;

use super::hook_secrets::{Wanted, given_secret, replace_secret};
use super::scope::{Resolved, only_one};
use crate::desk::OpenMirror;
use crate::listening::{ListenState, previous_secret, secret_name};
use crate::{errors, public_url};

/// The environment of a source where the home has none yet.
const FIRST_ENVIRONMENT: Environment = Environment::Test;
/// Longest certificates and roots that are kept.
const PEM_MAX: usize = 1024 * 1024;

pub(super) fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

pub(super) fn unfit(why: impl std::fmt::Display) -> ErrorBody {
    ErrorBody::new(ErrorCode::HookUnfit).with("why", why)
}

/// Answers `open_hook`.
pub(crate) async fn open(scope: &Resolved, request: OpenHook) -> Result<HookView, ErrorBody> {
    let lan = request.lan.as_deref().map(|address| beyond(scope, address)).transpose()?;
    let scheme: Scheme = request.scheme.as_deref().unwrap_or("stripe").parse().map_err(unfit)?;
    let given = match request.secret.clone() {
        Some(source) => Some(given_secret(scope, source).await?),
        None => None,
    };
    let one_at_a_time = scope.listening.secrets.lock().await;
    let place = Place::find(scope, &request, scheme).await?;
    let known = match &place.origin {
        Some(origin) => place.open.mirror.hooks().of(origin.id, scheme.as_str()).await.map_err(of_mirror)?,
        None => None,
    };
    let ways = ways(&request, scheme, known.as_ref().map(|row| &row.ways))?;
    let (origin, row, took_offered) = match (known, place.origin) {
        (Some(row), Some(origin)) => {
            if let Some((secret, reference)) = &given {
                replace_secret(scope, &place.open, &row, secret, reference).await?;
            }
            (origin, row, false)
        }
        (_, origin) => {
            let wanted = Wanted { scheme, given, offered: request.offered_secret, name: request.name };
            wanted.make(scope, &place.open, origin).await?
        }
    };
    place.open.mirror.hooks().set_ways(&row.id, &ways).await.map_err(of_mirror)?;
    drop(one_at_a_time);
    set_port(scope, request.port).await?;
    if let Some(address) = lan {
        scope.listening.expose(address);
    }
    let state =
        if scope.ends_with_its_command() { scope.listening.state() } else { scope.listening.take_in().await };
    let port = port_of(scope, &state).await;
    let environment = place.open.mirror.environment();
    match &state.problem {
        // A secret that was made for this is shown now or never, whatever else went wrong.
        Some(_) if took_offered => {
            return Ok(HookView { took_offered, ..view(environment, &origin, &row, &state, port) });
        }
        Some((port, why)) => {
            return Err(ErrorBody::new(ErrorCode::ListenerPortTaken).with("port", port).with("why", why));
        }
        None => {}
    }
    if request.register {
        register(scope, &place.open, &origin, &row, port).await?;
    }
    let row =
        place.open.mirror.hooks().of(origin.id, scheme.as_str()).await.map_err(of_mirror)?.unwrap_or(row);
    Ok(HookView { took_offered, ..view(environment, &origin, &row, &state, port) })
}

/// Has the sandbox deliver to a path, and believes it by the secret that it made.
async fn register(
    scope: &Resolved,
    open: &OpenMirror,
    origin: &Origin,
    row: &HookRow,
    port: Option<u16>,
) -> Result<(), ErrorBody> {
    let account = open.mirror.accounts().by_id(origin.id).await.map_err(of_mirror)?;
    let account = account.ok_or_else(|| unfit("a source has no API to register at"))?;
    let port = port.ok_or_else(|| unfit("nobody listens yet"))?;
    let url = format!("http://127.0.0.1:{port}{}{}", webhooks::PATH, row.token);
    let Some(secret) = super::resend::register(scope, open, &account, &url).await? else { return Ok(()) };
    if scope.vault_kind() == VaultKind::Environment {
        return Err(ErrorBody::new(ErrorCode::HookSecretNeeded));
    }
    let one_at_a_time = scope.listening.secrets.lock().await;
    replace_secret(scope, open, row, &secret, &KeyReference::Vault).await?;
    drop(one_at_a_time);
    scope.listening.take_in().await;
    Ok(())
}

/// Where vendors are to deliver: the port that is listened on, or was last.
async fn port_of(scope: &Resolved, state: &ListenState) -> Option<u16> {
    match state.port {
        Some(port) => Some(port),
        None => scope.settings.lock().await.listener_port,
    }
}

/// Has it listen on a port. Whoever listens remembers it once it has it; a command that ends at once leaves word of it.
async fn set_port(scope: &Resolved, port: Option<u16>) -> Result<(), ErrorBody> {
    let Some(port) = port else { return Ok(()) };
    if !scope.ends_with_its_command() {
        scope.listening.ask_port(port);
        return Ok(());
    }
    let mut settings = scope.settings.lock().await;
    if settings.listener_port != Some(port) {
        settings.listener_port = Some(port);
        settings.save(scope.home())?;
    }
    Ok(())
}

/// Answers `hold_lan`.
pub(crate) fn hold_lan(scope: &Resolved, request: HoldLan) -> Result<Empty, ErrorBody> {
    let address = beyond(scope, &request.address)?;
    if request.ended {
        scope.listening.shut_in(address);
    } else {
        scope.listening.keep_exposed(address);
    }
    Ok(Empty {})
}

/// An address beyond this machine, for a command that asked its user. It is written down nowhere.
fn beyond(scope: &Resolved, address: &str) -> Result<std::net::IpAddr, ErrorBody> {
    if scope.scope.shell == contract::shared::Shell::Window {
        return Err(unfit(
            "a window never listens beyond this machine; `paydeskctl listen --lan` asks first",
        ));
    }
    let address: std::net::IpAddr =
        address.parse().map_err(|_| unfit("--lan takes an address of this machine, such as 192.168.1.5"))?;
    if address.is_unspecified() && address.is_ipv6() {
        return Err(unfit("--lan takes 0.0.0.0 for all addresses, or a single one of IPv4 or IPv6"));
    }
    Ok(address)
}

/// Where a path is to be.
struct Place {
    open: OpenMirror,
    /// Whose it is; none where the source is to be made.
    origin: Option<Origin>,
}

impl Place {
    async fn find(scope: &Resolved, request: &OpenHook, scheme: Scheme) -> Result<Self, ErrorBody> {
        let Some(name) = &request.name else {
            let (open, origin) = match &request.account {
                Some(label) => scope.origin(label).await?,
                None => {
                    let (open, account) = scope.one_account(None).await?;
                    let origins = open.mirror.origins().await.map_err(of_mirror)?;
                    let origin = origins.into_iter().find(|one| one.id == account.id);
                    let origin = origin.ok_or_else(|| ErrorBody::new(ErrorCode::NoAccount))?;
                    (open, origin)
                }
            };
            return Self { open, origin: Some(origin) }.fitting(scheme);
        };
        if request.account.is_some() {
            return Err(unfit("it is given to an account or to a source, not to both"));
        }
        let label: domain::Label = name
            .parse()
            .map_err(|error| ErrorBody::new(ErrorCode::BadLabel).with("label", name).with("why", error))?;
        let taken = || Err(ErrorBody::new(ErrorCode::LabelTaken).with("label", &label));
        let everywhere = scope.origins_called(label.as_str()).await?;
        let is_anywhere = !everywhere.is_empty();
        let wanted = scope.scope.environment;
        let here = everywhere
            .into_iter()
            .filter(|(open, _)| wanted.is_none_or(|wanted| wanted == open.mirror.environment()))
            .collect();
        match only_one(here)? {
            Some((_, origin)) if !origin.is_source => return taken(),
            Some((open, origin)) => return Self { open, origin: Some(origin) }.fitting(scheme),
            // A label stands for one thing in the whole home.
            None if is_anywhere => return taken(),
            None => {}
        }
        let environment = match scope.environment().await {
            Ok(environment) => environment,
            Err(error) if error.code == ErrorCode::NoAccount => FIRST_ENVIRONMENT,
            Err(error) => return Err(error),
        };
        Self { open: scope.mirror(environment).await?, origin: None }.fitting(scheme)
    }

    /// An account or source has one vendor, and so has what is delivered to it.
    fn fitting(self, scheme: Scheme) -> Result<Self, ErrorBody> {
        match &self.origin {
            Some(origin) if origin.vendor != scheme.as_str() => Err(unfit(format!(
                "{} takes what is signed as {}, and this is {scheme}; another --name makes a source for it",
                origin.label, origin.vendor
            ))),
            _ => Ok(self),
        }
    }
}

/// What the check needs besides the secret: what is given now, and what was given before where it is not.
fn ways(request: &OpenHook, scheme: Scheme, known: Option<&HookWays>) -> Result<HookWays, ErrorBody> {
    let mut ways = known.cloned().unwrap_or_default();
    if let Some(url) = &request.public_url {
        ways.public_url = Some(public_url::checked(url).map_err(unfit)?);
    }
    if let Some(id) = &request.webhook_id {
        ways.webhook_id = Some(id.clone());
    }
    let pems = [&request.certificate_pem, &request.roots_pem];
    if pems.into_iter().flatten().any(|pem| pem.len() > PEM_MAX || !pem.contains("BEGIN CERTIFICATE")) {
        return Err(unfit("a certificate is given in PEM, of at most 1 MiB"));
    }
    if let Some(pem) = &request.certificate_pem {
        ways.certificate = Some(Certificate { url: None, pem: pem.clone() });
    }
    if let Some(pem) = &request.roots_pem {
        ways.roots_pem = Some(pem.clone());
    }
    if scheme.signs_address() && ways.public_url.is_none() {
        return Err(unfit(format!("{scheme} signs the address that it calls, so name that with --url")));
    }
    if scheme == Scheme::PayPal && ways.webhook_id.is_none() {
        return Err(unfit("paypal signs the id that it gave the webhook, so name that with --webhook-id"));
    }
    Ok(ways)
}

fn view(
    environment: Environment,
    origin: &Origin,
    row: &HookRow,
    state: &ListenState,
    port: Option<u16>,
) -> HookView {
    let path = format!("{}{}", webhooks::PATH, row.token);
    HookView {
        account: origin.label.to_string(),
        environment,
        is_source: origin.is_source,
        scheme: row.scheme.clone(),
        public_url: row.ways.public_url.as_ref().map(|url| public_url::called(url, &path)),
        webhook_id: row.ways.webhook_id.clone(),
        url: port.map(|port| format!("http://127.0.0.1:{port}{path}")),
        secret_location: match &row.secret_reference {
            _ if row.scheme == Scheme::PayPal.as_str() => "certificate of PayPal".to_owned(),
            KeyReference::Vault => "vault".to_owned(),
            KeyReference::Variable(name) => format!("variable {name}"),
        },
        took_offered: false,
        listening: state.port.is_some(),
        lan: state.lan.map(|address| address.to_string()),
        problem: state.problem.as_ref().map(|(_, why)| why.clone()),
        problem_port: state.problem.as_ref().map(|(port, _)| *port),
    }
}

/// Answers `list_hooks`.
pub(crate) async fn list(scope: &Resolved, _request: ListHooks) -> Result<Page<HookView>, ErrorBody> {
    let (open, rows) = scope.origins().await?;
    let mut state = scope.listening.state();
    // That another port could not be had is told to whoever asked for it.
    state.problem.take_if(|_| state.port.is_some());
    let port = port_of(scope, &state).await;
    let mut items = Vec::new();
    for hook in open.mirror.hooks().list().await.map_err(of_mirror)? {
        if let Some(origin) = rows.iter().find(|origin| origin.id == hook.account_id) {
            items.push(view(open.mirror.environment(), origin, &hook, &state, port));
        }
    }
    Ok(Page { total: items.len() as u64, items, next: None })
}

/// Answers `remove_hook`.
pub(crate) async fn remove(scope: &Resolved, request: RemoveHook) -> Result<Empty, ErrorBody> {
    let (open, origin) = scope.origin(&request.account).await?;
    if request.forget && !origin.is_source {
        return Err(unfit(format!(
            "{} is an account, which `paydeskctl accounts remove` forgets",
            origin.label
        )));
    }
    let now = scope.clock.now();
    let hooks = open.mirror.hooks();
    let found = hooks.of(origin.id, &origin.vendor).await.map_err(of_mirror)?;
    if let Some(row) = &found {
        hooks.remove(&row.id, now).await.map_err(of_mirror)?;
        // Nothing is taken any more under the path, before what it brought is forgotten.
        if !scope.ends_with_its_command() {
            scope.listening.take_in().await;
        }
    } else if !request.forget {
        return Err(unfit(format!("{} has no path", origin.label)));
    }
    if request.forget {
        for endpoint in open.mirror.endpoints().list().await.map_err(of_mirror)? {
            if endpoint.account_id == Some(origin.id) {
                super::endpoints::take_away(scope, open.mirror.environment(), &open, &endpoint).await?;
            }
        }
        open.mirror.accounts().remove(origin.id, now).await.map_err(of_mirror)?;
    }
    if found.is_some_and(|row| row.secret_reference == KeyReference::Vault) && origin.is_source {
        let vault = scope.vault().await?;
        for name in [secret_name(origin.id), previous_secret(origin.id)] {
            scope.vault_result(vault.delete(&name).await)?;
        }
    }
    Ok(Empty {})
}
