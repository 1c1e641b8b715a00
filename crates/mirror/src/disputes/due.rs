//! Disputes whose evidence is due soon.

use domain::Timestamp;
use serde_json::json;
use sqlx::Row;

use super::Disputes;
use crate::deliveries::{OwnMessage, note};
use crate::error::Result;

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// Disputes of one look. There are more only where nobody answered thousands.
const AT_ONCE: i64 = 1_000;

impl Disputes<'_> {
    /// When the evidence of the nearest dispute is due that still needs an answer and can have one.
    pub async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let next: Option<i64> = sqlx::query_scalar(
            "select min(d.evidence_due_at) from disputes d join accounts a on a.number = d.account \
             where a.removed_at is null and d.status in ('needs_response', 'warning_needs_response') \
             and d.status not in ('warning_closed', 'won', 'lost', 'prevented') and d.evidence_due_at > ?1",
        )
        .bind(now.as_ms())
        .fetch_one(self.mirror.readers())
        .await?;
        Ok(next.map(Timestamp::from_ms))
    }

    /// Tells of disputes that still need an answer and whose evidence is due within so many hours, each once for the nearest
    /// of these times: what a machine slept through is told once. Tells how many messages are new.
    pub async fn tell_due(&self, hours: &[u32], now: Timestamp) -> Result<u64> {
        let Some(longest) = hours.iter().max() else { return Ok(0) };
        let until = now.plus_ms(i64::from(*longest) * HOUR_MS);
        let due = "select d.account, d.vendor_id, d.payment_id, d.amount_minor, d.currency, d.status, d.reason, d.evidence_due_at \
             from disputes d join accounts a on a.number = d.account where a.removed_at is null \
             and d.status in ('needs_response', 'warning_needs_response') \
             and d.status not in ('warning_closed', 'won', 'lost', 'prevented') \
             and d.evidence_due_at > ?1 and d.evidence_due_at <= ?2 order by d.evidence_due_at limit ?3";
        let any = sqlx::query(due)
            .bind(now.as_ms())
            .bind(until.as_ms())
            .bind(1)
            .fetch_optional(self.mirror.readers())
            .await?;
        if any.is_none() {
            // Nothing to write is no reason to wait for the disk.
            return Ok(0);
        }
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let rows = sqlx::query(due)
            .bind(now.as_ms())
            .bind(until.as_ms())
            .bind(AT_ONCE)
            .fetch_all(&mut *transaction)
            .await?;
        let mut told = 0;
        for row in &rows {
            let due_at = Timestamp::from_ms(row.try_get("evidence_due_at")?);
            let Some(nearest) = nearest(hours, due_at, now) else { continue };
            let (account, id): (i64, String) = (row.try_get("account")?, row.try_get("vendor_id")?);
            let name = |hours: u32| format!("{id}_due_{}_{hours}h", due_at.as_ms());
            // A clock that was set back must not tell of a longer time after a shorter one.
            let known: bool = sqlx::query_scalar(
                "select exists (select 1 from own_messages where account = ?1 and name in (select value from json_each(?2)))",
            )
            .bind(account)
            .bind(json!(hours.iter().filter(|one| **one <= nearest).map(|one| name(*one)).collect::<Vec<_>>()).to_string())
            .fetch_one(&mut *transaction)
            .await?;
            if known {
                continue;
            }
            let message = OwnMessage {
                account,
                name: name(nearest),
                event_type: "paydesk.dispute.due",
                data: json!({
                    "dispute": id,
                    "payment": row.try_get::<Option<String>, _>("payment_id")?,
                    "amount_minor": row.try_get::<i64, _>("amount_minor")?.to_string(),
                    "currency": row.try_get::<String, _>("currency")?,
                    "status": row.try_get::<String, _>("status")?,
                    "reason": row.try_get::<Option<String>, _>("reason")?,
                    "due": due_at.to_datetime().to_rfc3339(),
                    "within_hours": nearest,
                }),
                object_id: Some(id.clone()),
                at: now,
            };
            told += u64::from(note(&mut transaction, self.mirror, message).await?);
        }
        if told > 0 {
            transaction.commit().await?;
        }
        Ok(told)
    }
}

impl Disputes<'_> {
    /// Tells of disputes that were told to be due and need no answer any more, since they were answered or are closed, each
    /// once, so that what was opened by the first is ended by the second. Tells how many messages are new.
    pub async fn tell_answered(&self, now: Timestamp) -> Result<u64> {
        let answered = "select m.account, m.name, d.vendor_id, d.payment_id, d.amount_minor, d.currency, d.status \
             from own_messages m indexed by own_messages_opening \
             join disputes d on d.account = m.account and d.vendor_id = m.object_id \
             where m.event_type = 'paydesk.dispute.due' \
             and m.event_type in ('paydesk.dispute.due', 'paydesk.refund.refused') \
             and d.status not in ('needs_response', 'warning_needs_response') \
             and not exists (select 1 from own_messages o where o.account = m.account \
                and o.event_type = m.event_type and o.object_id = m.object_id and o.number > m.number) \
             and not exists (select 1 from own_messages o where o.account = m.account and o.name = m.name || '_answered') \
             order by m.number limit ?1";
        let any = sqlx::query(answered).bind(1).fetch_optional(self.mirror.readers()).await?;
        if any.is_none() {
            return Ok(0);
        }
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let rows = sqlx::query(answered).bind(AT_ONCE).fetch_all(&mut *transaction).await?;
        let mut told = 0;
        for row in &rows {
            let (name, id): (String, String) = (row.try_get("name")?, row.try_get("vendor_id")?);
            let message = OwnMessage {
                account: row.try_get("account")?,
                name: format!("{name}_answered"),
                event_type: "paydesk.dispute.answered",
                data: json!({
                    "dispute": id,
                    "payment": row.try_get::<Option<String>, _>("payment_id")?,
                    "amount_minor": row.try_get::<i64, _>("amount_minor")?.to_string(),
                    "currency": row.try_get::<String, _>("currency")?,
                    "status": row.try_get::<String, _>("status")?,
                }),
                object_id: Some(id),
                at: now,
            };
            told += u64::from(note(&mut transaction, self.mirror, message).await?);
        }
        if told > 0 {
            transaction.commit().await?;
        }
        Ok(told)
    }
}

/// The shortest of the times that is not over before the moment that something is due.
fn nearest(hours: &[u32], due: Timestamp, now: Timestamp) -> Option<u32> {
    let left_ms = due.ms_since(now);
    hours.iter().copied().filter(|hours| left_ms <= i64::from(*hours) * HOUR_MS).min()
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::{HOUR_MS, nearest};

    #[test]
    fn the_shortest_time_that_is_reached_is_the_nearest() {
        let due = Timestamp::from_ms(1_000 * HOUR_MS);
        let at = |left_ms: i64| nearest(&[168, 48, 24], due, due.plus_ms(-left_ms));
        assert_eq!(at(169 * HOUR_MS), None);
        assert_eq!(at(168 * HOUR_MS), Some(168));
        assert_eq!(at(48 * HOUR_MS + 1), Some(168));
        assert_eq!(at(48 * HOUR_MS), Some(48));
        assert_eq!(at(HOUR_MS), Some(24));
        assert_eq!(nearest(&[], due, due), None);
    }
}
