//! A client that could send a key to the wrong place is not made.

use std::sync::Arc;
use std::time::Duration;

use domain::{Environment, Secret};
use testkit::{ManualClock, TestCertificate};
use transport::{Authorization, Client, ClientConfig, ConfigError};

use crate::support::{NOW_MS, Recorder, TestClock, config};

fn refusal(change: impl FnOnce(&mut ClientConfig)) -> ConfigError {
    let mut config = config("http://127.0.0.1:9");
    change(&mut config);
    let clock = Arc::new(TestClock(ManualClock::at_ms(NOW_MS)));
    Client::new(config, Arc::new(Recorder::default()), clock).expect_err("must be refused")
}

#[test]
fn u11_a_live_or_test_key_is_not_sent_to_this_machine_nor_a_sandbox_elsewhere() {
    assert_eq!(refusal(|one| one.environment = Environment::Live), ConfigError::KeyToLoopback);
    assert_eq!(refusal(|one| one.environment = Environment::Test), ConfigError::KeyToLoopback);
    let vendor = "https://api.stripe.com".parse().expect("an address");
    assert_eq!(refusal(|one| one.base_url = vendor), ConfigError::SandboxElsewhere);
    let foreign = "https://api.stripe.com.example".parse().expect("an address");
    assert!(matches!(refusal(|one| one.base_url = foreign), ConfigError::ForeignHost { .. }));
}

#[test]
fn u10_a_key_with_a_line_break_is_refused_without_being_repeated() {
    for key in ["sk_test_canary\n", "sk_test_\r\nX: y", "", "  ", "sk test", "sk_test_\u{e9}"] {
        let error = refusal(|one| one.authorization = Authorization::Bearer(Secret::new(key)));
        assert!(matches!(&error, ConfigError::BadHeader { name } if name == "authorization"), "{error:?}");
        assert!(!error.to_string().contains("sk_"), "{error}");
    }
}

#[test]
fn an_extra_certificate_is_for_this_machine_alone() {
    let error = refusal(|one| {
        one.base_url = "https://api.stripe.com".parse().expect("an address");
        one.environment = Environment::Live;
        one.loopback_root = Some(TestCertificate::valid().pem().to_vec());
    });
    assert_eq!(error, ConfigError::RootElsewhere);
}

#[test]
fn limits_of_zero_are_refused() {
    assert_eq!(refusal(|one| one.limits.attempt = Duration::ZERO), ConfigError::BadLimit { name: "attempt" });
    assert_eq!(
        refusal(|one| one.budget.max_concurrent = 0),
        ConfigError::BadLimit { name: "max_concurrent" }
    );
}
