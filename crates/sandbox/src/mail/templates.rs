//! The templates that the simulated account has.

use serde_json::{Value, json};

use super::requests::Answer;

/// A template with the version that is sent.
struct Template {
    id: &'static str,
    name: &'static str,
    subject: &'static str,
    html: &'static str,
    plain: &'static str,
}

const TEMPLATES: [Template; 3] = [
    Template {
        id: "d-00000000000000000000000000000001",
        name: "Receipt",
        subject: "Your payment of {{amount}}",
        html: "<h1>Thank you{{#if name}}, {{name}}{{/if}}</h1><p>We received {{amount}} on {{formatDate date \"MMMM D, YYYY\"}} for payment \
               {{payment}}.</p>{{#each lines}}<p>{{this.what}}: {{this.price}}</p>{{/each}}<p><a href=\"https://shop.example/help\">Questions?</a></p>",
        plain: "Thank you{{#if name}}, {{name}}{{/if}}. We received {{amount}} for payment {{payment}}.",
    },
    Template {
        id: "d-00000000000000000000000000000002",
        name: "Refund notice",
        subject: "{{amount}} is on its way back to you",
        html: "<p>Dear {{insert name \"default=customer\"}},</p><p>{{amount}} of payment {{payment}} goes back to your card.</p>\
               <script>document.title = 'never'</script><img src=\"https://tracker.example/pixel.gif\">",
        plain: "Dear {{insert name \"default=customer\"}}, {{amount}} of payment {{payment}} goes back to your card.",
    },
    Template {
        id: "d-00000000000000000000000000000003",
        name: "News",
        subject: "News for {{name}}",
        html: "<p>Hello {{name}}, your code is {{code}}.</p>",
        plain: "Hello {{name}}, your code is {{code}}.",
    },
];

/// Whether there is such a template.
pub(super) fn is_known(id: &str) -> bool {
    TEMPLATES.iter().any(|one| one.id == id)
}

/// A page of templates, of those generations that were asked for.
pub(super) fn list(query: &[(String, String)]) -> Answer {
    let value = |name: &str| query.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str());
    let size = match value("page_size").and_then(|size| size.parse::<usize>().ok()) {
        Some(size) if (1..=200).contains(&size) => size,
        _ => return Answer::error(400, "page_size must be between 1 and 200", Some("page_size")),
    };
    if !value("generations").unwrap_or("legacy").split(',').any(|one| one == "dynamic") {
        return Answer::ok(json!({ "result": [], "_metadata": { "count": 0 } }));
    }
    let from = value("page_token").and_then(|token| token.parse::<usize>().ok()).unwrap_or(0);
    let page: Vec<Value> = TEMPLATES.iter().skip(from).take(size).map(|one| shown(one, false)).collect();
    let mut metadata = json!({ "self": "https://api.sendgrid.com/v3/templates", "count": TEMPLATES.len() });
    let next = from + page.len();
    if next < TEMPLATES.len() {
        metadata["next"] =
            json!(format!("https://api.sendgrid.com/v3/templates?page_size={size}&page_token={next}"));
    }
    Answer::ok(json!({ "result": page, "_metadata": metadata }))
}

/// One template with all that it says.
pub(super) fn show(id: &str) -> Answer {
    match TEMPLATES.iter().find(|one| one.id == id) {
        Some(one) => Answer::ok(shown(one, true)),
        None => Answer::error(404, "template not found", None),
    }
}

fn shown(template: &Template, whole: bool) -> Value {
    let mut version = json!({
        "id": format!("{}-0000-4000-8000-000000000001", &template.id[template.id.len() - 8..]), "template_id": template.id, "active": 1,
        "name": "First", "subject": template.subject, "updated_at": "2026-05-04 09:00:00", "generate_plain_content": false, "editor": "code",
    });
    if whole {
        version["html_content"] = json!(template.html);
        version["plain_content"] = json!(template.plain);
    }
    json!({
        "id": template.id, "name": template.name, "generation": "dynamic", "updated_at": "2026-05-04 09:00:00", "versions": [version],
    })
}
