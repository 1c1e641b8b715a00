//! Imports point one way. The arrows of `docs/ARCHITECTURE.md` are the table below; a crate that
//! names another one it should not know fails here, and so does a new crate without an entry.
//!
//! Only manifests are read, so the test needs no network and no built dependency.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Which of our crates a crate may name. What may be named only in tests is in [`IN_TESTS`].
const ARROWS: &[(&str, &[&str])] = &[
    ("paydesk", &["desk", "contract"]),
    ("cli", &["desk", "contract", "sandbox", "webhooks"]),
    (
        "desk",
        &[
            "contract",
            "operations",
            "vendors",
            "mirror",
            "vault",
            "transport",
            "sandbox",
            "export",
            "approval",
            "webhooks",
            "domain",
        ],
    ),
    ("operations", &["vendors", "mirror", "vault", "export", "domain"]),
    ("vendors", &["transport", "domain"]),
    ("mirror", &["domain"]),
    ("vault", &["domain"]),
    ("contract", &["domain"]),
    ("export", &["domain"]),
    ("approval", &["domain"]),
    ("webhooks", &["transport", "mirror", "domain"]),
    ("transport", &["domain"]),
    ("domain", &[]),
    ("sandbox", &[]),
    ("testkit", &[]),
];

/// What tests of any crate may name besides: the test helpers, and the simulated vendors to talk to.
const IN_TESTS: &[&str] = &["testkit", "sandbox"];

/// Crates whose tests name further ones of ours, because they wire up what the Desk wires up.
const MORE_IN_TESTS: &[(&str, &[&str])] = &[("operations", &["transport"])];

/// Other people's crates that exactly one of ours may name, so that replacing one touches one folder.
/// A trailing `*` stands for any ending.
const FENCED: &[(&str, &str)] = &[
    ("tauri*", "paydesk"),
    ("wry", "paydesk"),
    ("sqlx*", "mirror"),
    ("libsqlite3-sys", "mirror"),
    ("rusqlite", "mirror"),
    ("reqwest*", "transport"),
    ("keyring*", "vault"),
    ("secret-service", "vault"),
    ("ed25519-dalek", "approval"),
];

/// One dependency as a manifest names it.
#[derive(Debug, Clone)]
struct Import {
    from: String,
    to: String,
    only_in_tests: bool,
}

/// Where this repository is.
fn workspace() -> Result<Metadata, cargo_metadata::Error> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec()
}

fn imports_of(workspace: &Metadata) -> Vec<Import> {
    let mut imports = Vec::new();
    for package in workspace.workspace_packages() {
        for dependency in &package.dependencies {
            imports.push(Import {
                from: package.name.to_string(),
                to: dependency.name.clone(),
                only_in_tests: dependency.kind == DependencyKind::Development,
            });
        }
    }
    imports
}

/// What a table says of a name; nothing where it does not hold the name.
fn entry<'a>(table: &[(&str, &'a [&'a str])], name: &str) -> &'a [&'a str] {
    table.iter().find(|(held, _)| *held == name).map_or(&[], |(_, allowed)| allowed)
}

fn fence_of(name: &str) -> Option<&'static str> {
    let holds = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    };
    FENCED.iter().find(|(pattern, _)| holds(pattern)).map(|(_, owner)| *owner)
}

/// Why an import is wrong, in words; nothing when it is right.
fn objection(import: &Import, ours: &BTreeSet<String>) -> Option<String> {
    let Import { from, to, only_in_tests } = import;
    if ours.contains(to) {
        let allowed = entry(ARROWS, from).contains(&to.as_str())
            || (*only_in_tests
                && (IN_TESTS.contains(&to.as_str()) || entry(MORE_IN_TESTS, from).contains(&to.as_str())));
        return (!allowed).then(|| format!("{from} must not import {to}: no arrow leads there"));
    }
    let owner = fence_of(to)?;
    (owner != from).then(|| format!("{from} must not name {to}: only {owner} does"))
}

fn names(workspace: &Metadata) -> BTreeSet<String> {
    workspace.workspace_packages().iter().map(|package| package.name.to_string()).collect()
}

#[test]
fn imports_point_one_way() {
    let workspace = workspace().unwrap();
    let ours = names(&workspace);
    let objections: Vec<_> =
        imports_of(&workspace).iter().filter_map(|import| objection(import, &ours)).collect();
    assert!(objections.is_empty(), "{}", objections.join("\n"));
}

#[test]
fn every_crate_has_its_arrows() {
    let held: BTreeSet<_> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(held, names(&workspace().unwrap()), "the table of arrows and the workspace differ");
}

#[test]
fn the_arrows_make_no_circle() {
    let mut open: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    while !open.is_empty() {
        let leaves: Vec<_> = open
            .iter()
            .filter(|(_, targets)| targets.iter().all(|target| !open.contains_key(target)))
            .map(|(name, _)| *name)
            .collect();
        assert!(!leaves.is_empty(), "a circle among {:?}", open.keys());
        for leaf in leaves {
            open.remove(leaf);
        }
    }
}

#[test]
fn a_wrong_import_is_objected_to() {
    let ours = names(&workspace().unwrap());
    let wrong = |from: &str, to: &str, only_in_tests: bool| {
        objection(&Import { from: from.to_owned(), to: to.to_owned(), only_in_tests }, &ours).is_some()
    };
    assert!(wrong("domain", "transport", false), "the domain knows nobody");
    assert!(
        wrong("sandbox", "vendors", true),
        "the sandbox shares nothing with the vendors, in tests neither"
    );
    assert!(wrong("mirror", "testkit", false), "the test helpers are not shipped");
    assert!(wrong("cli", "tauri-plugin-shell", false), "only the window names Tauri");
    assert!(wrong("desk", "sqlx", true), "only the mirror names sqlx");
    assert!(!wrong("mirror", "testkit", true));
    assert!(!wrong("vendors", "axum", true));
    assert!(!wrong("desk", "operations", false));
}
