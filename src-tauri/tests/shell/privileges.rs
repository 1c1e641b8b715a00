//! The window's whole privilege is in `tauri.conf.json`; these tests hold it to the least.

use std::collections::BTreeSet;

use contract::endpoint::ENDPOINTS;
use serde_json::Value;

const CONFIGURATION: &str = include_str!("../../../tauri.conf.json");

fn security() -> Value {
    serde_json::from_str::<Value>(CONFIGURATION).unwrap_or_default()["app"]["security"].clone()
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// Every command is allowed exactly once, and no permission is left over.
#[test]
fn every_command_is_in_exactly_one_capability() {
    let security = security();
    let capabilities = security["capabilities"].as_array().unwrap();
    let granted: Vec<_> = capabilities.iter().flat_map(|one| strings(&one["permissions"])).collect();
    let expected: BTreeSet<_> = ENDPOINTS
        .iter()
        .map(|endpoint| format!("allow-{}", endpoint.name.replace('_', "-")))
        .chain(
            ["allow-open-environment", "core:event:allow-listen", "core:event:allow-unlisten"]
                .map(str::to_owned),
        )
        .collect();
    assert_eq!(granted.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(granted.len(), expected.len(), "a permission is granted twice");
}

#[test]
fn only_our_own_windows_and_no_remote_page_have_a_capability() {
    let security = security();
    for capability in security["capabilities"].as_array().unwrap() {
        assert_eq!(strings(&capability["windows"]), ["main-sandbox", "main-test", "main-live"]);
        assert_eq!(capability["local"], true);
        assert!(capability.get("remote").is_none(), "a remote page has a capability");
        assert!(capability.get("webviews").is_none(), "a web view of its own has a capability");
    }
}

/// Nothing is inline, evaluated or remote: text of a vendor that became markup could neither run nor call out.
#[test]
fn t12_the_content_policy_lets_nothing_in() {
    let policy = security()["csp"].clone();
    assert_eq!(policy["default-src"], "'none'");
    for (directive, sources) in policy.as_object().unwrap() {
        let sources = sources.as_str().unwrap();
        for source in sources.split(' ') {
            let allowed = ["'none'", "'self'", "ipc:", "http://ipc.localhost"].contains(&source);
            assert!(allowed, "{directive} allows {source}");
        }
    }
    assert_eq!(policy["script-src"], "'self'");
    assert_eq!(policy["frame-src"], "'none'");
    assert_eq!(policy["connect-src"], "ipc: http://ipc.localhost");
}

#[test]
fn no_window_opens_by_configuration_and_the_page_has_no_global() {
    let configuration: Value = serde_json::from_str(CONFIGURATION).unwrap();
    assert_eq!(configuration["app"]["windows"], Value::Array(Vec::new()));
    assert_eq!(configuration["app"]["withGlobalTauri"], false);
    assert_eq!(configuration["app"]["security"]["freezePrototype"], true);
    // What packers register for links; the program reads links by itself, so there is nothing that a page could call.
    let links = serde_json::json!({ "deep-link": { "desktop": { "schemes": ["paydesk"] } } });
    assert_eq!(configuration["plugins"], links);
}
