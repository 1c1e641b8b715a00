//! The environment vault: reads, and refuses everything else.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;

use domain::{Environment, Secret};
use vault::{EntryName, Vault, VaultError, VaultKind};

use crate::support::{self, account};

async fn vault_with(variables: &[(&str, &str)]) -> Vault {
    let variables: HashMap<String, OsString> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
    let config = support::config(VaultKind::Environment, Path::new("no-such-home"), "home");
    Vault::open_with_variables(config, move |name| variables.get(name).cloned()).await.unwrap()
}

fn from_variable(name: &str) -> EntryName {
    EntryName::AccountKeyFromVariable { variable: name.to_owned() }
}

#[tokio::test]
async fn reads_the_variables_it_is_told() {
    let vault = vault_with(&[("SHOP_KEY", "sk_test_1\n"), ("PAYDESK_MIRROR_KEY", "00ff")]).await;
    assert_eq!(vault.kind(), VaultKind::Environment);
    assert_eq!(vault.get(&from_variable("SHOP_KEY")).await.unwrap(), Some(Secret::new("sk_test_1")));
    let imported = EntryName::Imported { vendor: "stripe".to_owned(), variable: "SHOP_KEY".to_owned() };
    assert_eq!(vault.get(&imported).await.unwrap(), Some(Secret::new("sk_test_1")));
    for environment in Environment::ALL {
        let key = vault.get(&EntryName::MirrorKey(environment)).await.unwrap();
        assert_eq!(key, Some(Secret::new("00ff")));
    }
}

#[tokio::test]
async fn what_is_not_set_or_blank_is_no_entry() {
    let vault = vault_with(&[("EMPTY", ""), ("BLANK", "  \n")]).await;
    for name in [
        from_variable("EMPTY"),
        from_variable("BLANK"),
        from_variable("NEVER"),
        EntryName::MirrorKey(Environment::Live),
        account("a1"),
        EntryName::WebhookSecret("a1".to_owned()),
    ] {
        assert_eq!(vault.get(&name).await.unwrap(), None, "{name}");
    }
}

#[tokio::test]
async fn u10_key_with_a_newline_inside_is_refused_without_showing_it() {
    let vault = vault_with(&[("A", "sk_test_1\nsk_test_2"), ("B", "sk_test_1\n\n"), ("C", "sk\rtest")]).await;
    for variable in ["A", "B", "C"] {
        let error = vault.get(&from_variable(variable)).await.unwrap_err();
        assert_eq!(error.code(), "unusable_variable");
        let told = format!("{error} {error:?}");
        assert!(told.contains(variable) && told.contains("line break"), "{told}");
        assert!(!told.contains("sk_test") && !told.contains("sk\r"), "{told}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_variable_that_is_not_text_is_refused() {
    use std::os::unix::ffi::OsStringExt as _;

    let config = support::config(VaultKind::Environment, Path::new("no-such-home"), "home");
    let vault =
        Vault::open_with_variables(config, |_| Some(OsString::from_vec(vec![b's', 0xff]))).await.unwrap();
    let error = vault.get(&from_variable("A")).await.unwrap_err();
    assert_eq!(error.code(), "unusable_variable");
}

#[tokio::test]
async fn writing_is_refused_with_the_remedy() {
    let vault = vault_with(&[]).await;
    let name = account("a1");
    for result in [vault.set(&name, &support::canary()).await, vault.delete(&name).await] {
        let error = result.unwrap_err();
        assert!(matches!(error, VaultError::ReadOnly { .. }), "{error:?}");
        assert_eq!(error.code(), "read_only");
        let told = error.to_string();
        assert!(told.contains("--key-env") && told.contains("PAYDESK_VAULT=keychain"), "{told}");
    }
    vault.probe().await.unwrap();
    assert!(!Path::new("no-such-home").exists(), "the environment vault touched the disk");
}

#[test]
fn reads_the_variables_of_the_process() {
    let output = support::this_test_alone("environment::inner_reads_the_process")
        .env("PAYDESK_TEST_SHOP_KEY", "sk_test_of_the_process")
        .output()
        .unwrap();
    support::assert_one_passed(&output);
}

#[tokio::test]
#[ignore = "started by reads_the_variables_of_the_process with the variable set"]
async fn inner_reads_the_process() {
    let config = support::config(VaultKind::Environment, Path::new("no-such-home"), "home");
    let vault = Vault::open(config).await.unwrap();
    let secret = vault.get(&from_variable("PAYDESK_TEST_SHOP_KEY")).await.unwrap();
    assert_eq!(secret, Some(Secret::new("sk_test_of_the_process")));
}
