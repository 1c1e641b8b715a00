//! Dynamic templates of an account, as SendGrid lists them.

use serde::Deserialize;
use transport::{Endpoint, Method, Request};

use super::mail::check_template_id;
use super::{CallError, SendGrid};

/// Templates of one page; SendGrid gives at most 200.
const PAGE: u32 = 200;
/// Most pages that are read: SendGrid allows 300 templates, and a token that never ends must not go on for ever.
const MOST_PAGES: usize = 20;
/// Longest name or subject that is kept, in characters.
const WORDS_MAX: usize = 300;
/// Largest content that SendGrid lets a version have, in bytes.
const CONTENT_MAX_BYTES: usize = 1_048_576;

/// A template without what its versions say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateSummary {
    /// Its id, which begins with `d-`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The subject of the version that is sent; none where no version is active.
    pub subject: Option<String>,
    /// When it changed, as SendGrid writes it.
    pub updated_at: Option<String>,
}

/// The version of a template that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateVersion {
    /// Its name.
    pub name: String,
    /// The subject, with what is filled in between braces.
    pub subject: String,
    /// The HTML.
    pub html: String,
    /// The plain text.
    pub plain: String,
}

/// A template with its active version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The template.
    pub summary: TemplateSummary,
    /// The version that is sent; none where none is active.
    pub version: Option<TemplateVersion>,
}

#[derive(Deserialize)]
struct Listed {
    result: Vec<Wire>,
    #[serde(default, rename = "_metadata")]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    id: String,
    name: String,
    #[serde(default)]
    updated_at: Option<String>,
    #[serde(default)]
    versions: Vec<WireVersion>,
}

#[derive(Deserialize)]
struct WireVersion {
    #[serde(default)]
    active: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    html_content: Option<String>,
    #[serde(default)]
    plain_content: Option<String>,
}

impl Wire {
    fn summary(&self) -> TemplateSummary {
        let active = self.versions.iter().find(|version| version.active == 1);
        TemplateSummary {
            id: self.id.clone(),
            name: cut(&self.name),
            subject: active.map(|version| cut(&version.subject)),
            updated_at: self.updated_at.as_deref().map(cut),
        }
    }
}

fn cut(text: &str) -> String {
    text.chars().filter(|one| !one.is_control()).take(WORDS_MAX).collect()
}

impl SendGrid {
    /// The dynamic templates of the account, in SendGrid's order.
    ///
    /// # Errors
    /// When the key may not read them, or nothing answers.
    pub async fn templates(&self) -> Result<Vec<TemplateSummary>, CallError> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let endpoint = Endpoint { method: Method::GET, path_template: "/v3/templates" };
            let mut request = Request::new(endpoint, "/v3/templates");
            request.query = vec![
                ("generations".to_owned(), "dynamic".to_owned()),
                ("page_size".to_owned(), PAGE.to_string()),
            ];
            request.query.extend(token.take().map(|token| ("page_token".to_owned(), token)));
            let page: Listed = self.read(request).await?;
            all.extend(page.result.iter().filter(|one| check_template_id(&one.id)).map(Wire::summary));
            token = page.metadata.next.as_deref().and_then(page_token);
            if token.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// A template with the version that is sent; none where the account has no such template.
    ///
    /// # Errors
    /// When the key may not read it, or nothing answers.
    pub async fn template(&self, id: &str) -> Result<Option<Template>, CallError> {
        if !check_template_id(id) {
            return Ok(None);
        }
        let endpoint = Endpoint { method: Method::GET, path_template: "/v3/templates/{template_id}" };
        let path = endpoint.path(&[id]).map_err(|_| CallError::Unreadable)?;
        let request = Request::new(endpoint, path);
        let wire: Wire = match self.read(request).await {
            Ok(wire) => wire,
            Err(CallError::Refused(problem)) if problem.status == 404 => return Ok(None),
            Err(error) => return Err(error),
        };
        let fits = |text: &String| text.len() <= CONTENT_MAX_BYTES;
        let version =
            wire.versions.iter().find(|version| version.active == 1).map(|version| TemplateVersion {
                name: cut(&version.name),
                subject: cut(&version.subject),
                html: version.html_content.clone().filter(fits).unwrap_or_default(),
                plain: version.plain_content.clone().filter(fits).unwrap_or_default(),
            });
        Ok(Some(Template { summary: wire.summary(), version }))
    }
}

/// The token of the next page, out of its address.
fn page_token(next: &str) -> Option<String> {
    let url = url::Url::parse(next).ok()?;
    url.query_pairs().find(|(name, _)| name == "page_token").map(|(_, token)| token.into_owned())
}

#[cfg(test)]
mod tests {
    use super::page_token;

    #[test]
    fn the_next_page_is_named_by_its_token_and_an_address_without_one_ends_the_list() {
        assert_eq!(
            page_token("https://api.sendgrid.com/v3/templates?page_size=2&page_token=a%2Bb"),
            Some("a+b".to_owned())
        );
        assert_eq!(page_token("https://api.sendgrid.com/v3/templates"), None);
        assert_eq!(page_token("nothing"), None);
    }
}
