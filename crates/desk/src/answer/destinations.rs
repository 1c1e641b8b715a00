//! What leaves this machine, from the very lists that the code holds itself to.

use std::collections::{BTreeMap, BTreeSet};

use contract::diagnostics::{DestinationKind, DestinationView, Destinations};
use contract::{Environment, ErrorBody};
use domain::{Capability, Vendor};
use mirror::{EndpointForm, EndpointPurpose, Mirror};

use super::scope::Resolved;
use crate::errors;

/// Each machine with what it is, and where it is used.
type Found = BTreeMap<(DestinationKind, String), (Option<String>, BTreeSet<Environment>)>;

/// Answers `list_destinations`. It is the same for every environment, since a person asks it of the machine.
pub(crate) async fn list(scope: &Resolved) -> Result<Destinations, ErrorBody> {
    let mut found = known();
    for environment in Environment::ALL {
        if let Some(open) = scope.existing_mirror(environment).await? {
            add_used(&open.mirror, environment, &mut found)
                .await
                .map_err(|error| errors::of_mirror(&error))?;
        }
    }
    let telemetry = scope.settings.lock().await.telemetry_address.clone();
    let telemetry = telemetry.as_deref().and_then(host_of);
    if let Some(host) = &telemetry {
        found.entry((DestinationKind::Telemetry, host.clone())).or_default();
    }
    let mut items: Vec<DestinationView> = found
        .into_iter()
        .map(|((kind, host), (company, used_in))| DestinationView {
            in_use: !used_in.is_empty() || kind == DestinationKind::Telemetry,
            host,
            kind,
            company,
            used_in: used_in.into_iter().collect(),
        })
        .collect();
    items.sort_by_key(|item| !item.in_use);
    Ok(Destinations { items })
}

/// Everything that Paydesk may ever send to by itself, without what people add.
fn known() -> Found {
    let mut found = Found::new();
    for vendor in Vendor::ALL {
        let kind = match vendor.capability() {
            Capability::Payments => DestinationKind::Payments,
            Capability::Email => DestinationKind::Email,
            Capability::Sms => DestinationKind::Sms,
        };
        for host in vendors::hosts(vendor) {
            found.insert((kind, (*host).to_owned()), (Some(vendor.name().to_owned()), BTreeSet::new()));
        }
    }
    for host in webhooks::notify::HOSTS {
        found.insert((DestinationKind::Channel, host.to_owned()), (None, BTreeSet::new()));
    }
    let certificates = format!("*{}", webhooks::CERTIFICATE_DOMAIN);
    found.insert((DestinationKind::Certificate, certificates), (Some("PayPal".to_owned()), BTreeSet::new()));
    found
}

async fn add_used(mirror: &Mirror, environment: Environment, found: &mut Found) -> mirror::Result<()> {
    for account in mirror.accounts().list().await? {
        // An account of a sandbox calls this machine, which is no address of the vendor's.
        let Some(host) = host_of(&account.base_url) else { continue };
        for ((_, known), (_, used_in)) in found.iter_mut().filter(|((kind, _), _)| is_of_vendor(*kind)) {
            if *known == host {
                used_in.insert(environment);
            }
        }
    }
    for endpoint in mirror.endpoints().list().await? {
        if endpoint.purpose != EndpointPurpose::Standing {
            continue;
        }
        let kind = match endpoint.form {
            EndpointForm::Desktop => continue,
            EndpointForm::Events => DestinationKind::Endpoint,
            EndpointForm::Slack | EndpointForm::PagerDuty | EndpointForm::Email => DestinationKind::Channel,
        };
        if let Some(host) = host_of(&endpoint.facts.url) {
            found.entry((kind, host)).or_default().1.insert(environment);
        }
    }
    let origins = mirror.origins().await?;
    if origins.iter().any(|origin| origin.is_source && origin.vendor == webhooks::Scheme::PayPal.as_str()) {
        for ((_, _), (_, used_in)) in
            found.iter_mut().filter(|((kind, _), _)| *kind == DestinationKind::Certificate)
        {
            used_in.insert(environment);
        }
    }
    Ok(())
}

fn is_of_vendor(kind: DestinationKind) -> bool {
    matches!(kind, DestinationKind::Payments | DestinationKind::Email | DestinationKind::Sms)
}

/// The machine of an address. Its path may hold a token and is told to nobody.
fn host_of(address: &str) -> Option<String> {
    transport::Target::read(address, true).ok().and_then(|target| target.url().host_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use contract::diagnostics::DestinationKind;
    use domain::Vendor;

    use super::{host_of, known};

    #[test]
    fn every_machine_of_every_adapter_is_told_of() {
        let known = known();
        for vendor in Vendor::ALL {
            for host in vendors::hosts(vendor) {
                assert!(known.keys().any(|(_, told)| told == host), "{host}");
            }
        }
        for host in webhooks::notify::HOSTS {
            assert!(known.contains_key(&(DestinationKind::Channel, host.to_owned())), "{host}");
        }
        assert!(
            !known
                .keys()
                .any(|(kind, _)| matches!(kind, DestinationKind::Telemetry | DestinationKind::Endpoint))
        );
    }

    #[test]
    fn of_an_address_only_the_machine_is_told() {
        assert_eq!(host_of("https://hooks.slack.com/services/T/B/token").as_deref(), Some("hooks.slack.com"));
        assert_eq!(host_of("builtin:sandbox"), None);
    }
}
