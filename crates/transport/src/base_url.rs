//! Where a key may be sent: the vendor's own hosts over https, or this machine.

use domain::Environment;
use url::{Host, Url};

use crate::config::ConfigError;

/// Where an allowed base address leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This machine: 127.0.0.0/8, `[::1]`, or `localhost` when it resolves to those alone.
    Loopback,
    /// One of the vendor's own hosts, over https at its usual port.
    Vendor,
}

/// Says where `base` leads, or why a key must not be sent there.
///
/// # Errors
/// [`ConfigError`] in words that can be shown as they are.
pub fn check(base: &Url, allowed_hosts: &[&str]) -> Result<Reach, ConfigError> {
    if !matches!(base.scheme(), "http" | "https") {
        return Err(ConfigError::NotHttp);
    }
    let is_loopback = match base.host().ok_or(ConfigError::NotHttp)? {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => name == "localhost",
    };
    let has_extras = !base.username().is_empty()
        || base.password().is_some()
        || base.query().is_some()
        || base.fragment().is_some();
    if has_extras {
        return Err(ConfigError::NotPlain);
    }
    if is_loopback {
        return Ok(Reach::Loopback);
    }
    if base.scheme() != "https" {
        return Err(ConfigError::NotHttps);
    }
    if !base.host_str().is_some_and(|host| allowed_hosts.contains(&host)) {
        return Err(ConfigError::ForeignHost { allowed: allowed_hosts.join(", ") });
    }
    // `port()` is `None` for 443, the default of https.
    if base.port().is_some() || base.path() != "/" {
        return Err(ConfigError::NotPlain);
    }
    Ok(Reach::Vendor)
}

/// Holds environment and place together: a sandbox is on this machine, real accounts are not.
///
/// # Errors
/// When they do not belong together.
pub fn check_environment(reach: Reach, environment: Environment) -> Result<(), ConfigError> {
    match (reach, environment) {
        (Reach::Loopback, Environment::Sandbox) | (Reach::Vendor, Environment::Test | Environment::Live) => {
            Ok(())
        }
        (Reach::Loopback, _) => Err(ConfigError::KeyToLoopback),
        (Reach::Vendor, Environment::Sandbox) => Err(ConfigError::SandboxElsewhere),
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, check, check_environment};
    use crate::config::ConfigError;
    use domain::Environment;

    const HOSTS: &[&str] = &["api.stripe.com", "files.stripe.com"];

    fn checked(address: &str) -> Result<Reach, ConfigError> {
        check(&address.parse().expect("an address"), HOSTS)
    }

    #[test]
    fn the_vendor_s_own_hosts_over_https_and_this_machine_pass() {
        assert_eq!(checked("https://api.stripe.com"), Ok(Reach::Vendor));
        assert_eq!(checked("https://API.Stripe.com:443/"), Ok(Reach::Vendor));
        for local in
            ["http://127.0.0.1:12111", "https://127.9.9.9", "http://[::1]:80", "http://localhost:8080/stripe"]
        {
            assert_eq!(checked(local), Ok(Reach::Loopback), "{local}");
        }
    }

    #[test]
    fn nothing_else_passes() {
        let foreign = || ConfigError::ForeignHost { allowed: HOSTS.join(", ") };
        assert_eq!(checked("http://api.stripe.com"), Err(ConfigError::NotHttps));
        assert_eq!(checked("https://api.stripe.com.evil.example"), Err(foreign()));
        assert_eq!(checked("https://evil.example"), Err(foreign()));
        assert_eq!(checked("https://api.stripe.com."), Err(foreign()));
        assert_eq!(checked("https://api.str\u{ed}pe.com"), Err(foreign()));
        assert_eq!(checked("https://api.stripe.com@evil.example"), Err(ConfigError::NotPlain));
        assert_eq!(checked("https://key:@api.stripe.com"), Err(ConfigError::NotPlain));
        assert_eq!(checked("https://api.stripe.com:8443"), Err(ConfigError::NotPlain));
        assert_eq!(checked("https://api.stripe.com/prefix"), Err(ConfigError::NotPlain));
        assert_eq!(checked("http://127.0.0.1/?x=1"), Err(ConfigError::NotPlain));
        assert_eq!(checked("ftp://127.0.0.1"), Err(ConfigError::NotHttp));
        assert_eq!(checked("file:///etc/passwd"), Err(ConfigError::NotHttp));
        for elsewhere in [
            "http://0.0.0.0",
            "http://10.0.0.1",
            "http://169.254.169.254",
            "http://localhost.evil.example",
            "http://127.0.0.1.nip.io",
            "http://[::]",
            "http://192.168.1.1",
        ] {
            assert_eq!(checked(elsewhere), Err(ConfigError::NotHttps), "{elsewhere}");
        }
    }

    #[test]
    fn a_live_key_never_goes_to_this_machine_and_a_sandbox_never_elsewhere() {
        assert_eq!(check_environment(Reach::Loopback, Environment::Live), Err(ConfigError::KeyToLoopback));
        assert_eq!(check_environment(Reach::Loopback, Environment::Test), Err(ConfigError::KeyToLoopback));
        assert_eq!(
            check_environment(Reach::Vendor, Environment::Sandbox),
            Err(ConfigError::SandboxElsewhere)
        );
        assert_eq!(check_environment(Reach::Loopback, Environment::Sandbox), Ok(()));
        assert_eq!(check_environment(Reach::Vendor, Environment::Live), Ok(()));
    }
}
