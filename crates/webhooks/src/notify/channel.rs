//! What a channel is: its kind, its rules, and where its vendor is.

use serde::{Deserialize, Serialize};

use super::QuietHours;
use crate::relay::{Filter, FilterMistake, OWN};

/// Most receivers of a mail.
const MOST_RECEIVERS: usize = 10;
/// Longest address of mail, in bytes.
const LONGEST_ADDRESS: usize = 254;
/// Most messages an hour that may be chosen.
const MOST_PER_HOUR: u32 = 1_000;

/// The only machines that channels are sent to.
pub const HOSTS: [&str; 6] = [
    "hooks.slack.com",
    "hooks.slack-gov.com",
    "events.pagerduty.com",
    "events.eu.pagerduty.com",
    "api.sendgrid.com",
    "api.eu.sendgrid.com",
];

/// The kind of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// An incoming webhook of Slack.
    Slack,
    /// Events of PagerDuty.
    PagerDuty,
    /// Mail that SendGrid sends.
    Email,
    /// Notifications of this desktop.
    Desktop,
}

/// Where a vendor keeps the account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// The vendor's first one.
    #[default]
    Us,
    /// Europe.
    Eu,
}

/// What a channel has beside its types and conditions. No secret is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Channel {
    /// Whether name and mail address of a payer go with a message.
    pub with_personal: bool,
    /// Most messages an hour; what is more becomes one summary.
    pub per_hour: Option<u32>,
    /// When nothing is sent.
    pub quiet: Option<QuietHours>,
    /// Where the vendor keeps the account, for PagerDuty and mail.
    pub region: Region,
    /// Who sends mail.
    pub from: Option<String>,
    /// Who receives it.
    pub to: Vec<String>,
}

/// What is wrong with a channel, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ChannelMistake(pub String);

fn mistake(why: impl Into<String>) -> ChannelMistake {
    ChannelMistake(why.into())
}

impl Form {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::PagerDuty => "pagerduty",
            Self::Email => "email",
            Self::Desktop => "desktop",
        }
    }

    /// Whether something is sent over the network, by a secret.
    pub fn has_secret(self) -> bool {
        self != Self::Desktop
    }
}

impl Channel {
    /// Whether a channel of a kind can be like this.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn check(&self, form: Form) -> Result<(), ChannelMistake> {
        if let Some(quiet) = &self.quiet {
            quiet.check().map_err(mistake)?;
        }
        if self.per_hour.is_some_and(|most| most == 0 || most > MOST_PER_HOUR) {
            return Err(mistake(format!("a channel takes 1 to {MOST_PER_HOUR} messages an hour")));
        }
        if form != Form::Email {
            return match self.from.is_some() || !self.to.is_empty() {
                true => Err(mistake("only mail has a sender and receivers")),
                false => Ok(()),
            };
        }
        let from = self.from.as_deref().ok_or_else(|| mistake("mail needs a sender"))?;
        if self.to.is_empty() || self.to.len() > MOST_RECEIVERS {
            return Err(mistake(format!("mail needs 1 to {MOST_RECEIVERS} receivers")));
        }
        for address in std::iter::once(from).chain(self.to.iter().map(String::as_str)) {
            if !is_address(address) {
                return Err(mistake(format!("{address} is no mail address")));
            }
        }
        let mut seen: Vec<String> = self.to.iter().map(|one| one.to_lowercase()).collect();
        seen.sort();
        seen.dedup();
        match seen.len() == self.to.len() {
            true => Ok(()),
            false => Err(mistake("each receiver is named once")),
        }
    }

    /// Where a message goes: the whole address for Slack comes from its secret.
    ///
    /// # Errors
    /// Says why the secret cannot be one of this kind. The secret itself is never part of it.
    pub fn address(&self, form: Form, secret: &str) -> Result<String, ChannelMistake> {
        match (form, self.region) {
            (Form::Slack, _) => slack_address(secret),
            (Form::PagerDuty, region) => {
                if secret.len() != 32 || !secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                    return Err(mistake("a routing key of PagerDuty has 32 letters and digits"));
                }
                let host =
                    if region == Region::Eu { "events.eu.pagerduty.com" } else { "events.pagerduty.com" };
                Ok(format!("https://{host}/v2/enqueue"))
            }
            (Form::Email, region) => {
                let fits = secret.starts_with("SG.") && secret.bytes().all(|byte| byte.is_ascii_graphic());
                if !fits || secret.len() > 200 {
                    return Err(mistake("a key of SendGrid begins with SG."));
                }
                let host = if region == Region::Eu { "api.eu.sendgrid.com" } else { "api.sendgrid.com" };
                Ok(format!("https://{host}/v3/mail/send"))
            }
            (Form::Desktop, _) => Err(mistake("nothing is sent to a desktop over the network")),
        }
    }
}

fn slack_address(secret: &str) -> Result<String, ChannelMistake> {
    let wrong = || {
        mistake("an incoming webhook of Slack is an address such as https://hooks.slack.com/services/T…/B…/…")
    };
    let rest = secret.strip_prefix("https://").ok_or_else(wrong)?;
    let (host, path) = rest.split_once('/').ok_or_else(wrong)?;
    let is_known = matches!(host, "hooks.slack.com" | "hooks.slack-gov.com");
    let parts: Vec<&str> = path.split('/').collect();
    let is_path = parts.len() >= 3
        && parts.iter().all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        });
    match is_known && is_path && secret.len() <= 500 {
        true => Ok(secret.to_owned()),
        false => Err(wrong()),
    }
}

/// Whether a text is one mail address as people have them. Whether it exists, only mail tells.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_plain = |part: &str, more: &[u8]| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    text.len() <= LONGEST_ADDRESS
        && is_plain(local, b".!#$%&'*+/=?^_`{|}~-")
        && is_plain(domain, b".-")
        && domain.contains('.')
        && !domain.starts_with(['.', '-'])
        && !domain.ends_with(['.', '-'])
        && !domain.contains("..")
}

/// The types that a channel wants: all of ours where none are named, and none of a vendor's.
///
/// # Errors
/// Says which is none of ours.
pub fn own_types(types: Vec<String>) -> Result<Vec<String>, ChannelMistake> {
    if types.is_empty() {
        return Ok(vec![format!("{OWN}*")]);
    }
    match types.iter().find(|one| !one.starts_with(OWN)) {
        Some(other) => {
            Err(mistake(format!("{other} is none of Paydesk's own messages, which begin with {OWN}")))
        }
        None => Ok(types),
    }
}

/// Whether a text is the id that Paydesk gave an account.
fn is_account_id(text: &str) -> bool {
    text.parse::<domain::AccountId>().is_ok()
}

/// Conditions on a message in their whole form: `currency=eur` is one on `data.currency`, and the account is named by its
/// label.
///
/// # Errors
/// Says which condition cannot be read, and why.
pub fn conditions(given: Vec<String>) -> Result<Vec<String>, FilterMistake> {
    let whole: Vec<String> = given
        .into_iter()
        .map(|one| {
            let one = one.trim().to_owned();
            let end = one.find(['=', '!', '<', '>']).unwrap_or(one.len());
            let (path, rest) = one.split_at(end);
            // As people type it: `amount >= 5000`.
            let length = rest.find(|one| !['=', '!', '<', '>'].contains(&one)).unwrap_or(rest.len());
            let (sign, value) = rest.split_at(length);
            let (path, value) = (path.trim_end(), value.trim_start());
            match path {
                "amount" => format!("data.amount_minor{sign}{value}"),
                "account" | "data.account" if !is_account_id(value) => {
                    format!("data.account_label{sign}{value}")
                }
                "currency" | "data.currency" => format!("data.currency{sign}{}", value.to_uppercase()),
                "type" | "timestamp" => format!("{path}{sign}{value}"),
                path if path.starts_with("data.") => format!("{path}{sign}{value}"),
                _ => format!("data.{path}{sign}{value}"),
            }
        })
        .collect();
    Filter::read(&[], &whole)?;
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::{Channel, Form, HOSTS, Region, conditions, own_types};

    const KEY: &str = "R0123456789012345678901234567890";

    #[test]
    fn secrets_lead_to_their_vendors_alone() {
        let channel = Channel::default();
        let europe = Channel { region: Region::Eu, ..Channel::default() };
        let slack = "https://hooks.slack.com/services/T0/B0/abcDEF";
        assert_eq!(channel.address(Form::Slack, slack).unwrap(), slack);
        let gov = "https://hooks.slack-gov.com/services/T0/B0/x";
        assert_eq!(channel.address(Form::Slack, gov).unwrap(), gov);
        assert_eq!(channel.address(Form::PagerDuty, KEY).unwrap(), "https://events.pagerduty.com/v2/enqueue");
        assert_eq!(
            europe.address(Form::PagerDuty, KEY).unwrap(),
            "https://events.eu.pagerduty.com/v2/enqueue"
        );
        assert_eq!(channel.address(Form::Email, "SG.a.b").unwrap(), "https://api.sendgrid.com/v3/mail/send");
        assert_eq!(
            europe.address(Form::Email, "SG.a.b").unwrap(),
            "https://api.eu.sendgrid.com/v3/mail/send"
        );
        for bad in [
            "",
            "http://hooks.slack.com/services/T/B/x",
            "https://hooks.slack.com.evil.example/services/T/B/x",
            "https://evil.example/services/T/B/x",
            "https://user@hooks.slack.com/services/T/B/x",
            "https://hooks.slack.com:8443/services/T/B/x",
            "https://hooks.slack.com/services/T/B/x?y",
            "https://hooks.slack.com/services/../B/x",
            "https://hooks.slack.com/",
        ] {
            assert!(channel.address(Form::Slack, bad).is_err(), "{bad:?}");
        }
        for bad in ["", "short", "R01234567890123456789012345678 0"] {
            assert!(channel.address(Form::PagerDuty, bad).is_err(), "{bad:?}");
        }
        for bad in ["", "sk_live_1", "SG.a\nb", "SG.a b"] {
            assert!(channel.address(Form::Email, bad).is_err(), "{bad:?}");
        }
        assert!(channel.address(Form::Desktop, "").is_err());
        assert_eq!(HOSTS.len(), 6);
    }

    #[test]
    fn mail_has_a_sender_and_one_to_ten_receivers() {
        let mail = |from: Option<&str>, to: &[&str]| Channel {
            from: from.map(str::to_owned),
            to: to.iter().map(|&one| one.to_owned()).collect(),
            ..Channel::default()
        };
        assert!(mail(Some("desk@example.com"), &["a+b@example.co.uk"]).check(Form::Email).is_ok());
        let eleven: Vec<String> = (0..11).map(|number| format!("p{number}@example.com")).collect();
        let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
        for (from, to) in [
            (None, &["a@example.com"][..]),
            (Some("desk@example.com"), &[]),
            (Some("desk@example.com"), &eleven),
            (Some("desk"), &["a@example.com"]),
            (Some("desk@example.com"), &["a@example.com\r\nBcc: b@example.com"]),
            (Some("desk@example.com"), &["A@example.com", "a@example.com"]),
            (Some("desk@example..com"), &["a@example.com"]),
        ] {
            assert!(mail(from, to).check(Form::Email).is_err(), "{from:?} {to:?}");
        }
        assert!(mail(Some("desk@example.com"), &[]).check(Form::Slack).is_err());
        assert!(Channel { per_hour: Some(0), ..Channel::default() }.check(Form::Slack).is_err());
    }

    #[test]
    fn a_channel_wants_messages_of_our_own() {
        assert_eq!(own_types(Vec::new()).unwrap(), ["paydesk.*"]);
        assert!(own_types(vec!["charge.refunded".to_owned()]).is_err());
        let read = |text: &str| conditions(vec![text.to_owned()]).map(|list| list.join(","));
        assert_eq!(read("currency=eur").unwrap(), "data.currency=EUR");
        assert_eq!(read("amount>=5000").unwrap(), "data.amount_minor>=5000");
        assert_eq!(read("account=Shop one").unwrap(), "data.account_label=Shop one");
        assert_eq!(read("environment!=live").unwrap(), "data.environment!=live");
        assert_eq!(read("data.cause=key").unwrap(), "data.cause=key");
        assert_eq!(read(" amount >= 5000").unwrap(), "data.amount_minor>=5000");
        assert_eq!(read("data.currency = eur").unwrap(), "data.currency=EUR");
        let id = domain::AccountId::generate();
        assert_eq!(read(&format!("account != {id}")).unwrap(), format!("data.account!={id}"));
        assert!(read("amount").is_err() && read("amount>=fifty").is_err());
    }
}
