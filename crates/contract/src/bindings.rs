//! The page's TypeScript, generated from the contract. `./dev bindings` writes it; a test compares.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use ts_rs::{Config, TS, TypeVisitor};

use crate::completion::{SEARCH_EN, SEARCH_EVENTS_EN, SEARCH_MESSAGES_EN};
use crate::endpoint::{Endpoint, EndpointVisitor, Tag, visit_types};
use crate::error::{ERRORS_EN, ErrorBody};
use crate::progress::Notice;

/// A generated file: its name inside `ui/src/bindings` and its text.
pub type GeneratedFile = (&'static str, String);

/// Numbers beyond 2^53 are never sent as numbers (money is text), so `number` is right for the rest.
fn config() -> Config {
    Config::new().with_large_int("number")
}

/// Collects the declaration of every type that a request, response or notice reaches.
struct Declarations {
    config: Config,
    seen: HashSet<TypeId>,
    declarations: BTreeMap<String, String>,
    endpoints: String,
    table: String,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
        if T::output_path().is_some() {
            let declaration = format!("export {}", T::decl(&self.config));
            self.declarations.insert(T::ident(&self.config), declaration);
        }
    }
}

impl EndpointVisitor for Declarations {
    fn endpoint<Req: TS + 'static, Res: TS + 'static>(&mut self, endpoint: &Endpoint) {
        self.visit::<Req>();
        self.visit::<Res>();
        let (request, response) = (Req::name(&self.config), Res::name(&self.config));
        let _ =
            writeln!(self.endpoints, "  {}: {{ request: {request}; response: {response} }};", endpoint.name);
        let tags = |tags: &[Tag]| serde_json::to_string(tags).unwrap_or_default();
        let _ = writeln!(
            self.table,
            "  {}: {{ provides: {}, invalidates: {}, writes: {} }},",
            endpoint.name,
            tags(endpoint.provides),
            tags(endpoint.invalidates),
            endpoint.writes
        );
    }
}

/// All generated files.
pub fn generate() -> Vec<GeneratedFile> {
    let mut all = Declarations {
        config: config(),
        seen: HashSet::new(),
        declarations: BTreeMap::new(),
        endpoints: String::new(),
        table: String::new(),
    };
    visit_types(&mut all);
    all.visit::<Notice>();
    all.visit::<ErrorBody>();
    all.visit::<Tag>();
    let mut text = String::from(
        "// Generated from crates/contract by `./dev bindings`; do not edit.\n\n\
         /** Whole minor units as text, and the currency's three letters. */\n\
         export type Money = { minor: string; currency: string };\n\
         export type Environment = \"sandbox\" | \"test\" | \"live\";\n\n",
    );
    for declaration in all.declarations.values() {
        text.push_str(declaration);
        text.push_str("\n\n");
    }
    let _ = write!(text, "export interface Endpoints {{\n{}}}\n\n", all.endpoints);
    let _ = write!(
        text,
        "export const ENDPOINTS: Record<keyof Endpoints, {{ provides: Tag[]; invalidates: Tag[]; writes: boolean }}> = {{\n{}}};\n",
        all.table
    );
    vec![
        ("contract.ts", text),
        ("errors.en.json", ERRORS_EN.to_owned()),
        ("search.en.json", SEARCH_EN.to_owned()),
        ("search-events.en.json", SEARCH_EVENTS_EN.to_owned()),
        ("search-messages.en.json", SEARCH_MESSAGES_EN.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ts_rs::{TS, TypeVisitor};

    use super::generate;
    use crate::SecretText;
    use crate::endpoint::{Endpoint, EndpointVisitor, visit_types};

    /// `./dev bindings` sets this to write the files instead of comparing them.
    const WRITE: &str = "PAYDESK_WRITE_BINDINGS";

    #[test]
    fn the_committed_bindings_are_those_of_the_contract() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/bindings");
        for (name, text) in generate() {
            let path = folder.join(name);
            if std::env::var_os(WRITE).is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, &text).unwrap();
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(committed == text, "{name} is out of date; run `./dev bindings`");
        }
    }

    /// Looks for a type anywhere below another.
    struct Search {
        found: bool,
        seen: std::collections::HashSet<std::any::TypeId>,
    }

    impl TypeVisitor for Search {
        fn visit<T: TS + 'static + ?Sized>(&mut self) {
            let id = std::any::TypeId::of::<T>();
            self.found |= id == std::any::TypeId::of::<SecretText>();
            if self.seen.insert(id) {
                T::visit_dependencies(self);
                T::visit_generics(self);
            }
        }
    }

    struct Responses(Vec<&'static str>);

    impl EndpointVisitor for Responses {
        fn endpoint<Req: TS + 'static, Res: TS + 'static>(&mut self, endpoint: &Endpoint) {
            let mut search = Search { found: false, seen: std::collections::HashSet::new() };
            search.visit::<Res>();
            if search.found {
                self.0.push(endpoint.name);
            }
        }
    }

    #[test]
    fn no_response_can_carry_a_secret() {
        let mut responses = Responses(Vec::new());
        visit_types(&mut responses);
        assert!(responses.0.is_empty(), "{:?} can answer with a secret", responses.0);
    }

    #[test]
    fn the_search_for_secrets_finds_one_where_there_is_one() {
        let mut search = Search { found: false, seen: std::collections::HashSet::new() };
        search.visit::<crate::accounts::ConnectAccount>();
        assert!(search.found);
    }
}
