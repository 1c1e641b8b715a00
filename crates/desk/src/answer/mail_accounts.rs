//! Connecting and checking accounts that send mail, and how they are used.

use contract::accounts::{AccountView, Connected, RightView};
use contract::messages::{ConnectMail, MailSettingsView, SenderView, SetMailSettings, ShowMailSettings};
use contract::{ErrorBody, ErrorCode};
use domain::{AccountId, Capability, Environment, Vendor};
use mirror::{AccountFacts, AccountRow, MailSender, MailSettings, MirrorError};
use vendors::EmailAddress;
use vendors::sendgrid::{self, Region, SendGrid};

use super::scope::Resolved;
use super::{accounts, sms_accounts};
use crate::desk::OpenMirror;
use crate::errors;

/// Most addresses and domains that get real mail outside live.
const ALLOWED_MAX: usize = 100;
/// Longest name of a sender, in characters.
const NAME_MAX: usize = 100;
/// What Paydesk needs a key for, in words, with SendGrid's scope of it.
const RIGHTS: [(&str, &str); 6] = [
    ("send email", "mail.send"),
    ("read senders", "sender_verification_eligible"),
    ("read templates", "templates.read"),
    ("read suppressions", "suppression.read"),
    ("read email activity", "messages.read"),
    ("read event webhook", "user.webhooks.event.settings.read"),
];

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// What the vendor says of an account that sends mail.
pub(crate) struct MailLearned {
    facts: AccountFacts,
    senders: Vec<MailSender>,
}

/// Answers `connect_mail`.
pub(crate) async fn connect(scope: &Resolved, request: ConnectMail) -> Result<Connected, ErrorBody> {
    match request.vendor.capability() {
        Capability::Email => {}
        Capability::Sms => return sms_accounts::connect(scope, request).await,
        Capability::Payments => {
            return Err(errors::bad_request(format_args!("{} sends no messages", request.vendor.name())));
        }
    }
    let label = accounts::read_label(&request.label)?;
    accounts::refuse_taken(scope, &label).await?;
    let environment = chosen(scope, request.environment, Vendor::SendGrid)?;
    let given = accounts::given(scope, request.key).await?;
    sendgrid::recognise_key(given.key.expose()).map_err(errors::of_mail_key)?;
    let base_url = base_url(request.region.as_deref(), request.base_url)?;
    let open = scope.mirror(environment).await?;
    let id = AccountId::generate();
    let client = scope.make_mail_client(id, &base_url, environment, given.key.clone(), &open)?;
    let learned = learn(&client, label.as_str()).await?;
    let row = AccountRow {
        id,
        vendor: Vendor::SendGrid,
        environment,
        label,
        base_url,
        key_reference: given.reference.clone(),
        write_key_reference: None,
        vendor_account_id: None,
        vendor_name: None,
        rights_json: learned.facts.rights_json.clone(),
        default_currency: None,
        created_at: scope.clock.now(),
        removed_at: None,
    };
    accounts::keep(scope, &open, &row, &given).await?;
    keep_senders(scope, &open, &row, learned.senders).await?;
    accounts::remember_environment(scope, environment).await?;
    Ok(Connected { account: accounts::view(&open.mirror, &row).await?, imported: Vec::new() })
}

/// The environment that a person chose. A window has one, and takes no other.
pub(super) fn chosen(
    scope: &Resolved,
    asked: Option<Environment>,
    vendor: Vendor,
) -> Result<Environment, ErrorBody> {
    match (asked, scope.scope.environment) {
        (Some(asked), Some(window)) if asked != window => Err(errors::bad_request(format_args!(
            "the account would be of the {asked} environment, and this is the {window} one"
        ))),
        (Some(environment), _) | (None, Some(environment)) => Ok(environment),
        (None, None) => Err(ErrorBody::new(ErrorCode::MailEnvironmentNeeded).with("vendor", vendor.name())),
    }
}

/// A word that is no region of a vendor.
pub(super) fn bad_region(word: &str, vendor: Vendor, regions: &[&str]) -> ErrorBody {
    let given: String = word.chars().filter(|one| !one.is_control()).take(40).collect();
    let error = ErrorBody::new(ErrorCode::BadRegion).with("given", given).with("vendor", vendor.name());
    error.with("regions", regions.join(", "))
}

fn base_url(region: Option<&str>, base_url: Option<String>) -> Result<String, ErrorBody> {
    let region = match region {
        None => Region::Global,
        Some(word) => Region::ALL
            .into_iter()
            .find(|one| one.as_str() == word)
            .ok_or_else(|| bad_region(word, Vendor::SendGrid, &Region::ALL.map(Region::as_str)))?,
    };
    Ok(base_url.unwrap_or_else(|| region.base_url().to_owned()).trim_end_matches('/').to_owned())
}

/// Asks the vendor what the key may do and whom it may send as. A key that may not read the senders connects all the same.
async fn learn(client: &SendGrid, label: &str) -> Result<MailLearned, ErrorBody> {
    let scopes = client.scopes().await.map_err(|error| errors::of_mail_call(&error, label))?;
    let senders = match client.verified_senders().await {
        Ok(senders) => senders,
        Err(sendgrid::CallError::Forbidden(_)) => Vec::new(),
        Err(error) => return Err(errors::of_mail_call(&error, label)),
    };
    let right = |(right, scope): &(&str, &str)| RightView {
        right: (*right).to_owned(),
        permission: (*scope).to_owned(),
        answer: if scopes.iter().any(|one| one == scope) { "allowed" } else { "denied" }.to_owned(),
    };
    let rights: Vec<RightView> = RIGHTS.iter().map(right).collect();
    let facts = AccountFacts {
        vendor_account_id: None,
        vendor_name: None,
        rights_json: serde_json::to_string(&rights).unwrap_or_default(),
        default_currency: None,
    };
    let senders = senders.into_iter().filter_map(usable_sender).collect();
    Ok(MailLearned { facts, senders })
}

/// A sender whose address is one.
fn usable_sender(sender: sendgrid::VerifiedSender) -> Option<MailSender> {
    let email = EmailAddress::read(&sender.email).ok()?.to_string();
    let name = sender.name.filter(|name| !name.chars().any(char::is_control));
    Some(MailSender { email, name, verified: sender.verified })
}

/// Keeps whom the account may send as. The first that is verified is the sender until a person chooses another.
async fn keep_senders(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    senders: Vec<MailSender>,
) -> Result<(), ErrorBody> {
    let messages = open.mirror.messages();
    let known = messages.settings(row.id).await.map_err(of_mirror)?;
    let mut settings = MailSettings { senders, ..known };
    if settings.from_address.is_none() {
        let first = settings.senders.iter().find(|sender| sender.verified).cloned();
        settings.from_address = first.as_ref().map(|sender| sender.email.clone());
        settings.from_name = first.and_then(|sender| sender.name);
    }
    messages.set_settings(row.id, &settings, scope.clock.now()).await.map_err(of_mirror)
}

/// Answers `check_account` for an account that sends mail.
pub(crate) async fn check(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
) -> Result<AccountView, ErrorBody> {
    let account = scope.open_mail_account(row, open).await?;
    let learned = learn(&account.client, row.label.as_str()).await?;
    open.mirror.accounts().update_facts(row.id, &learned.facts).await.map_err(of_mirror)?;
    keep_senders(scope, open, row, learned.senders).await?;
    let (open, row) = scope.account(row.label.as_str()).await?;
    accounts::view(&open.mirror, &row).await
}

/// Answers `show_mail_settings`.
pub(crate) async fn show(scope: &Resolved, request: ShowMailSettings) -> Result<MailSettingsView, ErrorBody> {
    let (open, row) = scope.account(&request.label).await?;
    if row.vendor.takes_payments() {
        return Err(errors::not_for_this(&row));
    }
    let settings = open.mirror.messages().settings(row.id).await.map_err(of_mirror)?;
    Ok(view(&row, settings))
}

/// Answers `set_mail_settings`.
pub(crate) async fn set(scope: &Resolved, request: SetMailSettings) -> Result<MailSettingsView, ErrorBody> {
    let (open, row) = scope.account(&request.label).await?;
    let messages = open.mirror.messages();
    let before = messages.settings(row.id).await.map_err(of_mirror)?;
    let after = match row.vendor.capability() {
        Capability::Email => changed(before.clone(), request)?,
        Capability::Sms => sms_accounts::changed(before.clone(), request)?,
        Capability::Payments => return Err(errors::not_for_this(&row)),
    };
    if after != before {
        messages.set_settings(row.id, &after, scope.clock.now()).await.map_err(of_mirror)?;
    }
    Ok(view(&row, after))
}

fn changed(mut settings: MailSettings, request: SetMailSettings) -> Result<MailSettings, ErrorBody> {
    if let Some(from) = request.from {
        let from = errors::address(&from)?.to_string();
        let known = settings.senders.iter().find(|sender| sender.email.eq_ignore_ascii_case(&from));
        // One that is not listed may be of a domain that was authenticated as a whole: SendGrid itself is left to say whether it knows it.
        if known.is_some_and(|sender| !sender.verified) {
            return Err(ErrorBody::new(ErrorCode::BadAddress).with(
                "why",
                "SendGrid has not verified it as a sender; check the account if it has by now",
            ));
        }
        settings.from_address = Some(from);
    }
    if let Some(name) = request.from_name {
        let name = name.trim().to_owned();
        if name.chars().any(|one| one.is_control() || domain::is_deceptive(one))
            || name.chars().count() > NAME_MAX
        {
            return Err(ErrorBody::new(ErrorCode::BadMessage).with("why", "the sender's name cannot be used"));
        }
        settings.from_name = Some(name).filter(|name| !name.is_empty());
    }
    if let Some(allow) = request.allow {
        let allow = allowed(&allow)?;
        if !settings.allowed.contains(&allow) {
            settings.allowed.push(allow);
        }
    }
    if let Some(disallow) = request.disallow {
        let disallow = allowed(&disallow)?;
        settings.allowed.retain(|one| *one != disallow);
    }
    if settings.allowed.len() > ALLOWED_MAX {
        return Err(errors::bad_request(format_args!(
            "at most {ALLOWED_MAX} addresses and domains are allowed"
        )));
    }
    settings.keep_bodies = request.keep_bodies.unwrap_or(settings.keep_bodies);
    settings.tracking = request.tracking.unwrap_or(settings.tracking);
    Ok(settings)
}

/// An address, or a domain that begins with an `@`, in small letters.
fn allowed(text: &str) -> Result<String, ErrorBody> {
    let text = text.trim();
    match text.strip_prefix('@') {
        Some(domain) => {
            let address = errors::address(&format!("a@{domain}"))?;
            Ok(address.as_str().trim_start_matches('a').to_lowercase())
        }
        None => Ok(errors::address(text)?.as_str().to_lowercase()),
    }
}

fn view(row: &AccountRow, settings: MailSettings) -> MailSettingsView {
    let sender = |one: MailSender| SenderView { email: one.email, name: one.name, verified: one.verified };
    MailSettingsView {
        account: row.label.to_string(),
        from: settings.from_address,
        from_name: settings.from_name,
        senders: settings.senders.into_iter().map(sender).collect(),
        allowed: settings.allowed,
        keep_bodies: settings.keep_bodies,
        tracking: settings.tracking,
    }
}
