//! What the book says of an intent, in the transaction that writes the intent: there is no decision about money
//! without its line, and no line without its decision.

use domain::intent::{Intent, IntentKind, IntentState};
use serde_json::{Value as Json, json};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::Mirror;
use crate::approvals::AgreedBy;
use crate::book::{self, NewLine};
use crate::error::Result;

/// Records that something was decided, with what had moved before and who else agreed.
pub(super) async fn decided(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    account: i64,
    intent: &Intent,
    agreed: Option<&AgreedBy>,
) -> Result<()> {
    let mut facts = facts_of(intent);
    if let (Some(fields), Some(agreed)) = (facts.as_object_mut(), agreed) {
        fields.insert("approval".to_owned(), json!(agreed.approval.to_string()));
        fields.insert("approved_by".to_owned(), json!(agreed.name));
        fields.insert("key".to_owned(), json!(agreed.key));
    }
    if let (Some(fields), Some(target)) = (facts.as_object_mut(), &intent.target_id) {
        let known = sqlx::query(
            "select captured_minor, refunded_minor from payments where account = ?1 and vendor_id = ?2",
        )
        .bind(account)
        .bind(target)
        .fetch_optional(&mut *connection)
        .await?;
        if let Some(row) = known {
            let (captured, refunded): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            fields.insert("before".to_owned(), json!({ "captured": captured, "refunded": refunded }));
            if let (IntentKind::Refund, Some(amount)) = (intent.kind, intent.amount) {
                let refunded = refunded.saturating_add(amount.minor);
                fields.insert("after".to_owned(), json!({ "captured": captured, "refunded": refunded }));
            }
        }
    }
    let action = format!("{}_decided", intent.kind);
    append(connection, mirror, account, intent, (intent.created_at, action, facts)).await
}

/// Records that something came to its end, or that its end turned out to be another one.
pub(super) async fn ended(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    before: IntentState,
    intent: &Intent,
) -> Result<()> {
    if intent.state.is_open() || intent.state == before {
        return Ok(());
    }
    let mut facts = facts_of(intent);
    if let Some(fields) = facts.as_object_mut() {
        fields.insert("before".to_owned(), json!({ "state": before.as_str() }));
        let after = json!({ "state": intent.state.as_str(), "made": intent.object_id, "status": intent.object_status });
        fields.insert("after".to_owned(), after);
    }
    let account = mirror.number_of(intent.account_id)?;
    let action = format!("{}_ended", intent.kind);
    append(connection, mirror, account, intent, (intent.updated_at, action, facts)).await
}

fn facts_of(intent: &Intent) -> Json {
    let mut facts = json!({ "intent": intent.id.to_string() });
    if let (Some(fields), Some(amount)) = (facts.as_object_mut(), intent.amount) {
        fields.insert(
            "amount".to_owned(),
            json!({ "minor": amount.minor, "currency": amount.currency.to_string() }),
        );
        fields.insert("reason".to_owned(), json!(intent.reason.as_ref().map(ToString::to_string)));
    }
    facts
}

async fn append(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    account: i64,
    intent: &Intent,
    (at, action, facts): (domain::Timestamp, String, Json),
) -> Result<()> {
    let target = intent.target_id.as_deref().or(intent.object_id.as_deref());
    let person = match target {
        Some(target) => Some(book::person_of(connection, account, target).await?),
        None => None,
    };
    let personal = intent.note.as_ref().map_or_else(|| json!({}), |note| json!({ "note": note }));
    let line = NewLine {
        account: Some(intent.account_id),
        facts,
        personal,
        person,
        ..NewLine::new(at, action, target.unwrap_or_default())
    };
    book::append(connection, mirror, &line).await?;
    Ok(())
}
