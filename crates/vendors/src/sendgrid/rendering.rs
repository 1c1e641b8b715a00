//! What a template comes to with its data, worked out here: nothing is asked of SendGrid for it, and what is missing is named before
//! anything is sent.
//!
//! The language is Handlebars with the helpers that SendGrid documents. Whatever else a template uses is told, since SendGrid would render it
//! otherwise than is shown here, or not at all. A template is somebody else's text: its size, its nesting, the rounds of its loops and what comes
//! out have limits, and it can include nothing.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use handlebars::{Handlebars, RenderErrorReason};
use serde_json::{Map, Value};

use super::handlebars_helpers::register;
use super::templates::TemplateVersion;

/// Largest part of a template that is rendered, in bytes; SendGrid allows no larger.
const TEMPLATE_MAX_BYTES: usize = 1_048_576;
/// Most that may come out, in bytes.
const OUTPUT_MAX_BYTES: usize = 2 * 1_048_576;
/// How deep blocks, brackets and lists of a template may be nested.
const NESTING_MAX: usize = 30;
/// Most rounds of all loops together.
pub(super) const ROUNDS_MAX: u32 = 10_000;
/// Most names that are told as missing.
const NAMES_MAX: usize = 50;

/// What a template comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// The subject.
    pub subject: String,
    /// The HTML. It is the template's own, and nothing in it may run or load where it is shown.
    pub html: String,
    /// The plain text.
    pub text: String,
    /// Names that the template writes out and that the data does not have; SendGrid would leave them blank.
    pub missing: Vec<String>,
    /// Helpers that SendGrid does not document.
    pub unknown_helpers: Vec<String>,
}

/// Why a template cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderProblem {
    /// Too large.
    #[error("the template is larger than 1 MiB")]
    TooLarge,
    /// Nested too deep.
    #[error("the template is nested deeper than {NESTING_MAX}")]
    TooDeep,
    /// It would include another.
    #[error("the template includes another one, which SendGrid does not do")]
    Includes,
    /// Too many rounds or too much that comes out.
    #[error("the template makes more of its data than a message can hold")]
    TooMuch,
    /// It does not read as a template.
    #[error("the template does not read: {0}")]
    Unreadable(String),
}

/// What was noticed while a template was rendered.
#[derive(Debug, Default)]
pub(super) struct Noticed {
    missing: BTreeSet<String>,
    unknown: BTreeSet<String>,
    rounds: u32,
}

/// The same, shared with the helpers.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes(Arc<Mutex<Noticed>>);

impl Notes {
    fn with<T>(&self, change: impl FnOnce(&mut Noticed) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn missing(&self, name: &str) {
        self.with(|noticed| {
            if noticed.missing.len() < NAMES_MAX {
                noticed.missing.insert(name.chars().take(100).collect());
            }
        });
    }

    pub(super) fn unknown(&self, name: &str) {
        self.with(|noticed| {
            if noticed.unknown.len() < NAMES_MAX {
                noticed.unknown.insert(name.chars().take(100).collect());
            }
        });
    }

    /// Counts a round of a loop; false once there were too many.
    pub(super) fn round(&self) -> bool {
        self.with(|noticed| {
            noticed.rounds += 1;
            noticed.rounds <= ROUNDS_MAX
        })
    }
}

/// Renders the version of a template that is sent.
///
/// # Errors
/// Says what is wrong with the template.
pub fn render(version: &TemplateVersion, data: &Map<String, Value>) -> Result<Rendered, RenderProblem> {
    let notes = Notes::default();
    let one = |text: &str| one_part(text, data, (&notes, handlebars::html_escape));
    let (subject, html, text) = (one(&version.subject)?, one(&version.html)?, one(&version.plain)?);
    // A subject of several lines would become headers; SendGrid takes none either.
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let (missing, unknown_helpers) = notes.with(|noticed| {
        (noticed.missing.iter().cloned().collect(), noticed.unknown.iter().cloned().collect())
    });
    Ok(Rendered { subject, html, text, missing, unknown_helpers })
}

/// Renders a text that is no HTML, such as an SMS: what is filled in stands there as it is.
///
/// # Errors
/// Says what is wrong with the template.
pub fn render_text(text: &str, data: &Map<String, Value>) -> Result<Rendered, RenderProblem> {
    let notes = Notes::default();
    let text = one_part(text, data, (&notes, handlebars::no_escape))?;
    let (missing, unknown_helpers) = notes.with(|noticed| {
        (noticed.missing.iter().cloned().collect(), noticed.unknown.iter().cloned().collect())
    });
    Ok(Rendered { subject: String::new(), html: String::new(), text, missing, unknown_helpers })
}

/// Renders with data that is any JSON; what is no object has no names.
///
/// # Errors
/// Says what is wrong with the template.
pub fn render_value(version: &TemplateVersion, data: &Value) -> Result<Rendered, RenderProblem> {
    render(version, data.as_object().unwrap_or(&Map::new()))
}

fn one_part(
    template: &str,
    data: &Map<String, Value>,
    (notes, escape): (&Notes, fn(&str) -> String),
) -> Result<String, RenderProblem> {
    check_shape(template)?;
    let mut registry = Handlebars::new();
    registry.register_escape_fn(escape);
    register(&mut registry, notes);
    registry
        .register_template_string("part", template)
        .map_err(|error| RenderProblem::Unreadable(plain(&error.reason().to_string())))?;
    let mut out = Bounded(Vec::new());
    match registry.render_to_write("part", data, &mut out) {
        Ok(()) => Ok(String::from_utf8_lossy(&out.0).into_owned()),
        Err(error) => Err(match error.reason() {
            RenderErrorReason::IOError(_) => RenderProblem::TooMuch,
            RenderErrorReason::Other(why) if why == TOO_MANY_ROUNDS => RenderProblem::TooMuch,
            why => RenderProblem::Unreadable(plain(&why.to_string())),
        }),
    }
}

/// What the loop says once it went round too often.
pub(super) const TOO_MANY_ROUNDS: &str = "too many rounds";

fn plain(text: &str) -> String {
    text.chars().filter(|one| !one.is_control()).take(200).collect()
}

/// Refuses what the reader of templates would follow too deep, and what includes.
fn check_shape(template: &str) -> Result<(), RenderProblem> {
    if template.len() > TEMPLATE_MAX_BYTES {
        return Err(RenderProblem::TooLarge);
    }
    let (mut depth, mut rest) = (0_usize, template);
    while let Some(at) = rest.find("{{") {
        rest = rest[at + 2..].trim_start_matches(['{', '~', '&', ' ', '\t', '\r', '\n']);
        let end = rest.find("}}").unwrap_or(rest.len());
        let tag = &rest[..end];
        let inner = tag.trim_start_matches(['#', '^', '~', ' ', '\t', '\r', '\n']);
        if inner.starts_with(['>', '*']) {
            return Err(RenderProblem::Includes);
        }
        match tag.chars().next() {
            Some('#' | '^') => depth += 1,
            Some('/') => depth = depth.saturating_sub(1),
            _ => {}
        }
        let open = tag.bytes().filter(|byte| matches!(byte, b'(' | b'[' | b'{')).count();
        if depth > NESTING_MAX || open > NESTING_MAX || tag.starts_with("else") && tag.len() > 10_000 {
            return Err(RenderProblem::TooDeep);
        }
        rest = &rest[end..];
    }
    Ok(())
}

/// Takes what comes out, up to a limit.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_MAX_BYTES {
            return Err(std::io::Error::other("too much"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rendered(template: &str, data: &Value) -> Result<Rendered, RenderProblem> {
        let version = TemplateVersion {
            name: "one".to_owned(),
            subject: String::new(),
            html: template.to_owned(),
            plain: String::new(),
        };
        render_value(&version, data)
    }

    fn html(template: &str, data: &Value) -> String {
        rendered(template, data).unwrap().html
    }

    #[test]
    fn the_helpers_that_sendgrid_documents_do_what_it_says() {
        let data = json!({
            "name": "Ada <b>", "vip": true, "items": [{ "what": "cup", "n": 2 }, { "what": "pot", "n": 1 }], "none": [],
            "paid": "2026-03-07T15:04:05Z", "a": 5, "b": "5", "deep": { "x": "y" },
        });
        for (template, wanted) in [
            ("Hi {{name}} {{{name}}}", "Hi Ada &lt;b&gt; Ada <b>"),
            ("{{#if vip}}yes{{else}}no{{/if}} {{#unless vip}}no{{/unless}}", "yes "),
            ("{{#if gone}}a{{else if vip}}b{{else}}c{{/if}}", "b"),
            ("{{#each items}}{{@index}}:{{this.what}}x{{n}} {{../deep.x}};{{/each}}", "0:cupx2 y;1:potx1 y;"),
            ("{{#each none}}a{{else}}nothing{{/each}}", "nothing"),
            ("{{#equals a b}}same{{else}}other{{/equals}}", "other"),
            ("{{#equals b \"5\"}}same{{/equals}}{{#notEquals a 6}} not{{/notEquals}}", "same not"),
            ("{{#and vip a}}1{{/and}}{{#or gone vip}}2{{else}}3{{/or}}{{#and vip gone}}4{{/and}}", "12"),
            (
                "{{#greaterThan a 4}}more{{/greaterThan}}{{#lessThan a 4}}less{{else}} not less{{/lessThan}}",
                "more not less",
            ),
            ("{{#greaterThan (length items) 1}}several{{/greaterThan}} {{length name}}", "several 7"),
            ("{{insert gone \"default=you\"}} {{insert b \"default=you\"}}", "you 5"),
            ("{{formatDate paid \"MMMM D, YYYY h:mm A\"}}", "March 7, 2026 3:04 PM"),
            ("{{formatDate paid \"DD.MM.YYYY HH:mm\" \"+0100\"}}", "07.03.2026 16:04"),
            ("{{@root.deep.x}}{{! a remark }}", "y"),
        ] {
            assert_eq!(html(template, &data), wanted, "{template}");
        }
    }

    #[test]
    fn what_is_missing_and_what_sendgrid_does_not_know_is_named() {
        let found = rendered(
            "{{name}} {{order.total}} {{#each lines}}{{x}}{{/each}}{{upper name}}{{#with a}}{{/with}}{{#if gone}}{{/if}}",
            &json!({ "name": "Ada" }),
        );
        let found = found.unwrap();
        assert_eq!(found.missing, ["lines", "order.total"]);
        assert_eq!(found.unknown_helpers, ["upper", "with"]);
    }

    #[test]
    fn a_template_that_would_never_end_or_include_another_is_refused() {
        let many: Value = json!({ "l": vec![0; 200] });
        let squared = "{{#each l}}{{#each ../l}}{{#each ../../l}}{{/each}}{{/each}}{{/each}}";
        assert_eq!(rendered(squared, &many), Err(RenderProblem::TooMuch));
        let wide = format!("{{{{#each l}}}}{}{{{{/each}}}}", "x".repeat(20_000));
        assert_eq!(rendered(&wide, &many), Err(RenderProblem::TooMuch));
        for template in
            ["{{> a}}", "{{#> a}}{{/a}}", "{{#*inline \"a\"}}{{> a}}{{/inline}}", "{{~ > a}}", "{{* a}}"]
        {
            assert_eq!(rendered(template, &many), Err(RenderProblem::Includes), "{template}");
        }
        let deep = format!("{}{}", "{{#if l}}".repeat(100_000), "{{/if}}".repeat(100_000));
        assert!(matches!(rendered(&deep, &many), Err(RenderProblem::TooLarge | RenderProblem::TooDeep)));
        let deep = format!("{}{}", "{{#if l}}".repeat(40), "{{/if}}".repeat(40));
        assert_eq!(rendered(&deep, &many), Err(RenderProblem::TooDeep));
        assert_eq!(rendered(&format!("{{{{a {}}}}}", "(".repeat(5_000)), &many), Err(RenderProblem::TooDeep));
        assert_eq!(rendered(&"x".repeat(1_100_000), &many), Err(RenderProblem::TooLarge));
        for template in [
            "{{",
            "{{#if a}}",
            "{{/if}}",
            "{{#each}}{{/each}}",
            "{{formatDate}}",
            "{{insert}}",
            "{{#equals a}}x{{/equals}}",
        ] {
            // Whatever it is, it is an answer and no end of the program.
            let _ = rendered(template, &many);
        }
    }

    #[test]
    fn a_subject_is_one_line() {
        let version = TemplateVersion {
            name: String::new(),
            subject: "Your\r\nBcc: {{x}}".to_owned(),
            html: String::new(),
            plain: String::new(),
        };
        let found = render_value(&version, &json!({ "x": "a\nb" })).unwrap();
        assert_eq!(found.subject, "Your Bcc: a b");
    }
}
