//! Connecting and checking accounts that send SMS, and how they are used.

use contract::accounts::{AccountView, Connected, RightView};
use contract::messages::{ConnectMail, SetMailSettings};
use contract::{ErrorBody, ErrorCode};
use domain::{AccountId, Environment, Vendor};
use mirror::{AccountFacts, AccountRow, MailSender, MailSettings, MirrorError};
use vendors::twilio::{CallError, Region, Sender, TEST_SENDER, Twilio};

use super::scope::Resolved;
use super::{accounts, mail_accounts};
use crate::clients::SmsPlace;
use crate::desk::OpenMirror;
use crate::errors;

/// Most numbers that get messages outside live.
const ALLOWED_MAX: usize = 100;
/// Longest name of an account that is kept, in characters.
const NAME_MAX: usize = 100;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// What the vendor says of an account that sends SMS.
struct SmsLearned {
    facts: AccountFacts,
    senders: Vec<MailSender>,
    test_credentials: bool,
}

/// Answers `connect_mail` for a vendor of SMS.
pub(crate) async fn connect(scope: &Resolved, request: ConnectMail) -> Result<Connected, ErrorBody> {
    let label = accounts::read_label(&request.label)?;
    accounts::refuse_taken(scope, &label).await?;
    let environment = mail_accounts::chosen(scope, request.environment, Vendor::Twilio)?;
    let given = accounts::given(scope, request.key).await?;
    let base_url = base_url(request.region.as_deref(), request.base_url)?;
    let open = scope.mirror(environment).await?;
    let id = AccountId::generate();
    let account_sid = request.account_sid.unwrap_or_default().trim().to_owned();
    let place = SmsPlace { account: id, base_url: &base_url, environment, account_sid: &account_sid };
    let client = scope.make_sms_client(&place, given.key.clone(), &open)?;
    let learned = learn(&client, label.as_str(), &account_sid).await?;
    if learned.test_credentials && environment == Environment::Live {
        return Err(ErrorBody::new(ErrorCode::KeyTestInLive));
    }
    let row = AccountRow {
        id,
        vendor: Vendor::Twilio,
        environment,
        label,
        base_url,
        key_reference: given.reference.clone(),
        write_key_reference: None,
        vendor_account_id: Some(account_sid),
        vendor_name: learned.facts.vendor_name.clone(),
        rights_json: learned.facts.rights_json.clone(),
        default_currency: None,
        created_at: scope.clock.now(),
        removed_at: None,
    };
    accounts::keep(scope, &open, &row, &given).await?;
    keep_senders(scope, &open, &row, learned).await?;
    accounts::remember_environment(scope, environment).await?;
    Ok(Connected { account: accounts::view(&open.mirror, &row).await?, imported: Vec::new() })
}

fn base_url(region: Option<&str>, base_url: Option<String>) -> Result<String, ErrorBody> {
    let region = match region {
        None => Region::Us1,
        Some(word) => Region::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| {
            mail_accounts::bad_region(word, Vendor::Twilio, &Region::ALL.map(Region::as_str))
        })?,
    };
    Ok(base_url.unwrap_or_else(|| region.base_url().to_owned()).trim_end_matches('/').to_owned())
}

/// Asks the vendor how the account stands and which numbers it has. Test credentials can read neither, which tells them apart: they send to nobody, and
/// as one number alone.
async fn learn(client: &Twilio, label: &str, account_sid: &str) -> Result<SmsLearned, ErrorBody> {
    let standing = match client.standing().await {
        Ok(standing) => standing,
        Err(CallError::TestCredentials(_)) => return Ok(of_test_credentials(account_sid)),
        Err(error) => return Err(errors::of_sms_call(&error, label)),
    };
    let senders = match client.senders().await {
        Ok(senders) => Some(senders),
        Err(CallError::Forbidden(_)) => None,
        Err(error) => return Err(errors::of_sms_call(&error, label)),
    };
    let is_active = standing.status.as_deref() == Some("active");
    let is_trial = standing.kind.as_deref() == Some("Trial");
    let right = |right: &str, permission: &str, answer: &str| RightView {
        right: right.to_owned(),
        permission: permission.to_owned(),
        answer: answer.to_owned(),
    };
    let allowed = |yes: bool| if yes { "allowed" } else { "denied" };
    let to_anybody = if is_active { allowed(!is_trial) } else { "denied" };
    let rights = [
        right(
            "send sms",
            "an account that is active",
            if is_active { "unknown_until_first_use" } else { "denied" },
        ),
        right("send to numbers that are not verified", "a full account", to_anybody),
        right("read phone numbers", "IncomingPhoneNumbers", allowed(senders.is_some())),
        right("read messages", "Messages", "unknown_until_first_use"),
    ];
    let name = standing
        .friendly_name
        .map(|name| name.chars().filter(|one| !one.is_control()).take(NAME_MAX).collect());
    let sender = |one: vendors::twilio::SmsSender| MailSender {
        email: one.number.to_string(),
        name: one.name,
        verified: one.sends_sms,
    };
    Ok(SmsLearned {
        facts: facts(account_sid, name, &rights),
        senders: senders.unwrap_or_default().into_iter().map(sender).collect(),
        test_credentials: false,
    })
}

fn of_test_credentials(account_sid: &str) -> SmsLearned {
    let right = |right: &str, answer: &str| RightView {
        right: right.to_owned(),
        permission: "test credentials".to_owned(),
        answer: answer.to_owned(),
    };
    let rights = [
        right("send sms to nobody", "allowed"),
        right("read phone numbers", "denied"),
        right("read messages", "denied"),
    ];
    let sender = MailSender { email: TEST_SENDER.to_owned(), name: None, verified: true };
    SmsLearned { facts: facts(account_sid, None, &rights), senders: vec![sender], test_credentials: true }
}

fn facts(account_sid: &str, vendor_name: Option<String>, rights: &[RightView]) -> AccountFacts {
    AccountFacts {
        vendor_account_id: Some(account_sid.to_owned()),
        vendor_name,
        rights_json: serde_json::to_string(rights).unwrap_or_default(),
        default_currency: None,
    }
}

/// Keeps which numbers the account has. The first that can send SMS is the sender until a person chooses another.
async fn keep_senders(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    learned: SmsLearned,
) -> Result<(), ErrorBody> {
    let messages = open.mirror.messages();
    let known = messages.settings(row.id).await.map_err(of_mirror)?;
    let SmsLearned { senders, test_credentials, .. } = learned;
    let mut settings = MailSettings { senders, test_credentials, ..known };
    if settings.from_address.is_none() {
        settings.from_address =
            settings.senders.iter().find(|sender| sender.verified).map(|one| one.email.clone());
    }
    messages.set_settings(row.id, &settings, scope.clock.now()).await.map_err(of_mirror)
}

/// Answers `check_account` for an account that sends SMS.
pub(crate) async fn check(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
) -> Result<AccountView, ErrorBody> {
    let account = scope.open_sms_account(row, open).await?;
    let account_sid = row.vendor_account_id.as_deref().unwrap_or_default();
    let learned = learn(&account.client, row.label.as_str(), account_sid).await?;
    open.mirror.accounts().update_facts(row.id, &learned.facts).await.map_err(of_mirror)?;
    keep_senders(scope, open, row, learned).await?;
    let (open, row) = scope.account(row.label.as_str()).await?;
    accounts::view(&open.mirror, &row).await
}

/// The settings of an account that sends SMS, changed.
pub(super) fn changed(
    mut settings: MailSettings,
    request: SetMailSettings,
) -> Result<MailSettings, ErrorBody> {
    if let Some(from) = request.from {
        let unfit = |why: &str| ErrorBody::new(ErrorCode::BadNumber).with("why", why);
        let sender = Sender::read(&from).ok_or_else(|| {
            unfit("a sender is a number, a name of up to eleven letters or a messaging service (MG…)")
        })?;
        let is_theirs = settings.senders.iter().any(|one| one.email == sender.as_str() && one.verified);
        // Without a right to read the numbers, the vendor itself is left to say whether it knows this one.
        if matches!(sender, Sender::Number(_)) && !is_theirs && !settings.senders.is_empty() {
            return Err(unfit(
                "it is no number of the account that can send SMS; check the account if it is new",
            ));
        }
        settings.from_address = Some(sender.as_str().to_owned());
    }
    if request.from_name.is_some() || request.tracking.is_some() {
        return Err(errors::bad_request(
            "an SMS has no name beside its sender, and nothing in it is counted",
        ));
    }
    if let Some(allow) = request.allow {
        let allow = errors::number(&allow)?.to_string();
        if !settings.allowed.contains(&allow) {
            settings.allowed.push(allow);
        }
    }
    if let Some(disallow) = request.disallow {
        let disallow = errors::number(&disallow)?;
        settings.allowed.retain(|one| one != disallow.as_str());
    }
    if settings.allowed.len() > ALLOWED_MAX {
        return Err(errors::bad_request(format_args!("at most {ALLOWED_MAX} numbers are allowed")));
    }
    settings.keep_bodies = request.keep_bodies.unwrap_or(settings.keep_bodies);
    Ok(settings)
}
