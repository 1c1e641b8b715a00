//! How well messages that somebody else sent find their payments, over the seeded mail of a sandbox: the whole way, by a Desk that mirrors
//! the payments and reads the events from dumps.

use std::collections::HashMap;
use std::path::Path;

use contract::accounts::{ConnectAccount, KeySource};
use contract::message_sources::ImportMessages;
use contract::messages::{ConnectMail, ListMessages, MessageView, ShowMessage};
use contract::shared::{ListRange, Shell};
use contract::sync::StartSync;
use contract::{Scope, SecretText};
use desk::Connection;
use domain::{Environment, Secret, Vendor};
use sandbox::{MailSandbox, MailSandboxConfig, PastMail, Sandbox};

const SCOPE: Scope = Scope { environment: Some(Environment::Sandbox), shell: Shell::Command };

/// What became of the messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Quality {
    /// All of them.
    pub(crate) messages: u64,
    /// Those shown as exact, and how many of these are right.
    pub(crate) exact: (u64, u64),
    /// The same of those shown as likely.
    pub(crate) likely: (u64, u64),
    /// Those about a payment that are shown without one.
    pub(crate) missed: u64,
    /// Those shown as exact whose sender named nothing.
    pub(crate) shown_as_more: u64,
}

impl Quality {
    /// Whether it reaches what it must: all exact are right, 95 of 100 likely are, and no likely one is shown as exact.
    pub(crate) fn is_reached(&self) -> bool {
        let (exact, exact_right) = self.exact;
        let (likely, likely_right) = self.likely;
        exact > 0
            && exact == exact_right
            && likely > 0
            && likely_right * 100 >= likely * 95
            && self.shown_as_more == 0
    }
}

/// Mirrors the payments of a sandbox, takes its past mail over, and compares what each message is said to be about with what it was.
pub(crate) async fn measure(desk: &Connection, vendor: &Sandbox, charges: u32, folder: &Path) -> Quality {
    let history = vendor.past_mail(charges);
    let mail = MailSandbox::start(MailSandboxConfig::default()).await.expect("a SendGrid");
    let key = KeySource::Text { key: SecretText(Secret::new(vendor.secret_key())) };
    let (label, base_url) = ("shop".to_owned(), Some(vendor.base_url()));
    let connect = ConnectAccount { vendor: Vendor::Stripe, label, base_url, key };
    desk.call(SCOPE, connect).await.expect("an account");
    let connect = ConnectMail {
        vendor: Vendor::SendGrid,
        label: "letters".to_owned(),
        environment: Some(Environment::Sandbox),
        region: None,
        account_sid: None,
        base_url: Some(mail.base_url()),
        key: KeySource::Text { key: SecretText(Secret::new(mail.api_key())) },
    };
    desk.call(SCOPE, connect).await.expect("an account for mail");
    desk.call(SCOPE, StartSync { account: None, wait: true }).await.expect("a mirror");
    let lines: String =
        history.iter().flat_map(PastMail::webhook_events).map(|event| format!("{event}\n")).collect();
    std::fs::write(folder.join("events.jsonl"), lines).expect("a dump");
    let folder = folder.display().to_string();
    while !desk
        .call(SCOPE, ImportMessages { account: None, folder: folder.clone() })
        .await
        .expect("an import")
        .done
    {}
    judge(desk, &history).await
}

async fn judge(desk: &Connection, history: &[PastMail]) -> Quality {
    let truth: HashMap<&str, &PastMail> = history.iter().map(|one| (one.message_id.as_str(), one)).collect();
    let mut quality = Quality::default();
    let mut after = None;
    loop {
        let range = ListRange { limit: Some(1_000), after };
        let page = ListMessages { query: "purpose:elsewhere".to_owned(), range };
        let page = desk.call(SCOPE, page).await.expect("messages");
        for message in &page.items {
            let shown = desk.call(SCOPE, ShowMessage { id: message.id.clone() }).await.expect("a message");
            let was = truth[shown.vendor_id.as_deref().expect("an id")];
            count(&mut quality, message, was);
        }
        after = page.next;
        if after.is_none() {
            return quality;
        }
    }
}

fn count(quality: &mut Quality, message: &MessageView, was: &PastMail) {
    quality.messages += 1;
    let right = u64::from(message.payment == was.about && was.about.is_some());
    let named = was.arguments.iter().any(|(name, _)| name != "singlesend_id");
    match message.link.as_deref() {
        Some("exact") => {
            quality.exact = (quality.exact.0 + 1, quality.exact.1 + right);
            quality.shown_as_more += u64::from(!named);
        }
        Some("likely") => quality.likely = (quality.likely.0 + 1, quality.likely.1 + right),
        _ => quality.missed += u64::from(was.about.is_some()),
    }
}
